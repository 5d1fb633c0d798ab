/*
 * connector/marks.c - see marks.h.
 */
#include "connector/marks.h"

#include <inttypes.h>
#include <string.h>

#define MAC_TEXT 43u /* 32 bytes in base64url without padding (RFC 4648 section 5) */

static void
base64url(const uint8_t *in, size_t len, char *out)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6; have -= 6)
			*out++ = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*out++ = alphabet[bits << (6 - have) & 63];
	*out = '\0';
}

/* The fields are fixed in form and end with "; ", so nothing can move between them and the
 * Message-ID. */
static enum err
put_with_mac(const uint8_t key[SHA256_SIZE], const char *entra_id, const struct mark *mark,
    struct span message_id, struct buf *value)
{
	CLEANUP(buf_done) struct buf covered;
	uint8_t mac[SHA256_SIZE];
	char text[MAC_TEXT + 1];
	size_t begin = value->len;

	TRY(buf_printf(value, "v1; t=%s; c=%" PRId64 "; d=%" PRId64 "; ", entra_id, mark->copy_id,
	    mark->made_ms));
	buf_init(&covered, value->len + message_id.len);
	TRY(buf_put(&covered, span_from(buf_span(value), begin)));
	TRY(buf_put(&covered, message_id));
	hmac_sha256(span_of(key, SHA256_SIZE), buf_span(&covered), mac);
	base64url(mac, sizeof(mac), text);
	return buf_printf(value, "m=%s", text);
}

enum err
mark_put(const uint8_t key[SHA256_SIZE], const char *entra_id, const struct mark *mark,
    struct span message_id, struct buf *out)
{
	return put_with_mac(key, entra_id, mark, message_id, out);
}

static bool
take_id(struct span *s, int64_t *ret)
{
	uint64_t n;

	if (!span_take_u64(s, INT64_MAX, &n))
		return false;
	*ret = (int64_t)n;
	return true;
}

bool
mark_check(const uint8_t key[SHA256_SIZE], const char *entra_id, struct span value,
    struct span message_id, struct mark *ret)
{
	CLEANUP(buf_done) struct buf expected;
	struct span s = value;
	struct mark m;

	buf_init(&expected, MARK_VALUE_MAX);
	if (value.len > MARK_VALUE_MAX)
		return false;
	if (!span_take(&s, SPAN("v1; t=")) || !span_take(&s, span_str(entra_id)) ||
	    !span_take(&s, SPAN("; c=")) || !take_id(&s, &m.copy_id) ||
	    !span_take(&s, SPAN("; d=")) || !take_id(&s, &m.made_ms))
		return false;
	/* made anew from what was read, so that there is one spelling only ("c=007" is none) */
	if (put_with_mac(key, entra_id, &m, message_id, &expected) != ERR_OK ||
	    !span_eq_secret(value, buf_span(&expected)))
		return false;
	*ret = m;
	return true;
}
