/*
 * rules/flow_encoded.c - is it certain what the raw value of a header field decodes to?
 *
 *	encoded-word = "=?" charset [ "*" language ] "?" encoding "?" encoded-text "?="   (RFC 2047 section 2)
 *
 * Decoders differ in what they do with words that stand where none may stand, or are not whole; what Exchange
 * Online does nobody has written down. Only what leaves no room for that is certain. Pure; nothing is decoded
 * for others here, it is only looked at.
 */
#include "rules/flow.h"

#include "core/utf8.h"

#include <string.h>

#define WORD_MAX 75   /* RFC 2047 section 2 */
#define LOOKED   1024 /* mailers write longer ones, and decoders take them */

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* what a word decodes to */
struct octets {
	uint8_t p[WORD_MAX];
	size_t len;
};

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2047 section 4.2 */
static bool
take_q(struct span text, struct octets *out)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i] == '_' ? ' ' : text.p[i];

		if (c == '=') {
			if (text.len - i < 3 || hex(text.p[i + 1]) < 0 || hex(text.p[i + 2]) < 0)
				return false;
			c = (uint8_t)(hex(text.p[i + 1]) << 4 | hex(text.p[i + 2]));
			i += 2;
		}
		out->p[out->len++] = c;
	}
	return true;
}

static int
sextet(uint8_t c)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != 0 ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

/* RFC 4648 section 4: whole groups, padding at the end only, no bits left over */
static bool
take_b(struct span text, struct octets *out)
{
	size_t pad = 0;
	unsigned bits = 0;

	if (text.len % 4 != 0)
		return false;
	while (pad < 2 && pad < text.len && text.p[text.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < text.len - pad; i++) {
		if (sextet(text.p[i]) < 0)
			return false;
		bits = (bits << 6 | (unsigned)sextet(text.p[i])) & 0xFFFFFFu;
		if (i % 4 > 0)
			out->p[out->len++] = (uint8_t)(bits >> (6 - i % 4 * 2));
	}
	return (pad == 0 || (bits & (pad == 1 ? 0x03u : 0x0Fu)) == 0);
}

/* one of which every reader knows what its octets mean; of others nobody said whether they are decoded */
static bool
is_known(struct span charset)
{
	static const char *const families[] = { "iso-8859-", "windows-125" };
	uint64_t number;

	if (span_ieq(charset, SPAN("utf-8")) || span_ieq(charset, SPAN("us-ascii")))
		return true;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (span_take_i(&charset, span_str(families[i])))
			return span_take_u64(&charset, 16, &number) && charset.len == 0;
	return false;
}

/* no control, and UTF-8 where it is said to be */
static bool
is_text(const struct octets *o, struct span charset)
{
	charset = span_upto(charset, span_find_byte(charset, '*'));
	for (size_t i = 0; i < o->len; i++)
		if (o->p[i] < ' ' || o->p[i] == 0x7F)
			return false;
	if (span_ieq(charset, SPAN("utf-8")))
		return utf8_valid(span_of(o->p, o->len));
	return is_known(charset);
}

/* printable, without what ends a token: RFC 2047 section 2 */
static bool
is_token(struct span s, const char *without)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F || strchr(without, s.p[i]) != NULL)
			return false;
	return true;
}

static bool
take_part(struct span *in, struct span *ret)
{
	return span_take_until(in, '?', ret) && span_take_byte(in, '?');
}

/* take the word at the front */
static bool
take_word(struct span *in)
{
	struct span rest = *in, charset, encoding, text;
	struct octets octets = { .len = 0 };

	if (!span_take(&rest, SPAN("=?")) || !take_part(&rest, &charset) ||
	    !take_part(&rest, &encoding) || !take_part(&rest, &text) ||
	    !span_take_byte(&rest, '=') || in->len - rest.len > WORD_MAX)
		return false;
	if (charset.len == 0 || !is_token(charset, "()<>@,;:\"/[]?.=") || !is_token(text, "?"))
		return false;
	bool q = span_ieq(encoding, SPAN("q"));
	if (!q && !span_ieq(encoding, SPAN("b")))
		return false;
	*in = rest;
	return (q ? take_q(text, &octets) : take_b(text, &octets)) && is_text(&octets, charset);
}

/* a line end belongs to folding: CR LF in front of a blank, or LF alone as files have it */
static bool
is_plain(struct span rest)
{
	uint8_t c = rest.p[0];

	if (c == '\r')
		return rest.len > 1 && rest.p[1] == '\n';
	return c == '\t' || c == '\n' || (c >= ' ' && c != 0x7F);
}

/* does a word begin here that somebody may decode? */
static bool
is_begun(struct span rest)
{
	struct span behind = span_upto(span_from(rest, 2), LOOKED);

	return span_starts(rest, SPAN("=?")) && span_find(behind, SPAN("?=")) < behind.len;
}

bool
flow_decodes(struct span raw)
{
	struct span rest = raw;
	bool quoted = false, after_blank = true;

	if (!utf8_valid(raw))
		return false;
	while (rest.len > 0) {
		if (!is_plain(rest))
			return false;
		if (is_begun(rest)) {
			if (quoted || !after_blank || !take_word(&rest))
				return false;
			if (rest.len > 0 && !is_blank(rest.p[0]))
				return false;
			continue;
		}
		quoted ^= rest.p[0] == '"';
		after_blank = is_blank(rest.p[0]);
		rest = span_from(rest, 1);
	}
	return true;
}
