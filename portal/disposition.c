/*
 * portal/disposition.c - Content-Disposition of a download.
 *
 * The plain form holds no quotes, backslashes or "%": readers disagree about escapes in it (RFC
 * 6266 appendix D), so such bytes are replaced there and stand in the extended form only.
 */
#include "portal/disposition.h"

#include "net/http_text.h"

static bool
is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%';
}

enum err
disposition_put(struct span name, struct buf *out)
{
	bool extended = false;

	TRY(buf_put_str(out, "attachment; filename=\""));
	for (size_t i = 0; i < name.len; i++) {
		if (is_plain(name.p[i])) {
			TRY(buf_put_byte(out, name.p[i]));
			continue;
		}
		extended = true;
		if ((name.p[i] & 0xc0) != 0x80) /* one "_" a character, not a byte */
			TRY(buf_put_byte(out, '_'));
	}
	TRY(buf_put_str(out, "\""));
	if (!extended)
		return ERR_OK;
	TRY(buf_put_str(out, "; filename*=UTF-8''"));
	return http_pct_encode(
	    name, out); /* unreserved is part of attr-char, RFC 8187 section 3.2.1 */
}
