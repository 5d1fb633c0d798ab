/*
 * net/http_text.c - percent-encoding and UTF-8.
 */
#include "net/http_text.h"

#include <string.h>

/* The table of RFC 3629 section 4: length of a sequence and the range of its second byte. */
static size_t
sequence_len(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > left)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* overlong below */
	if (p[0] == 0xed)
		high = 0x9f; /* surrogates above */
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f; /* beyond U+10FFFF above */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool
http_utf8_valid(struct span s)
{
	while (s.len > 0) {
		size_t n = sequence_len(s.p, s.len);

		if (n == 0)
			return false;
		s = span_from(s, n);
	}
	return true;
}

bool
http_line_valid(struct span s)
{
	if (!http_utf8_valid(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
		if (s.p[i] == 0xc2 && s.p[i + 1] < 0xa0) /* C1; valid, so a byte follows */
			return false;
	}
	return true;
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
http_pct_decode(struct span s, bool plus, struct arena *a, struct span *ret)
{
	uint8_t *out;
	size_t len = 0;

	if (span_find_byte(s, '%') == s.len && (!plus || span_find_byte(s, '+') == s.len)) {
		*ret = s;
		return ERR_OK;
	}
	out = arena_alloc(a, s.len);
	if (out == NULL)
		return ERR_TEMP;
	while (s.len > 0) {
		uint8_t byte = s.p[0];

		s = span_from(s, 1);
		if (byte == '+' && plus)
			byte = ' ';
		if (byte == '%') {
			int high = s.len > 0 ? hex_value(s.p[0]) : -1;
			int low = s.len > 1 ? hex_value(s.p[1]) : -1;

			if (high < 0 || low < 0)
				return err_set(ERR_SYNTAX, "\"%%\" without two hex digits");
			out[len++] = (uint8_t)(high << 4 | low);
			s = span_from(s, 2);
			continue;
		}
		out[len++] = byte;
	}
	*ret = span_of(out, len);
	return ERR_OK;
}

static bool
is_unreserved(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '.' || c == '_' || c == '~';
}

enum err
http_pct_encode(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (is_unreserved(s.p[i]))
			TRY(buf_put_byte(out, s.p[i]));
		else
			TRY(buf_printf(out, "%%%02X", s.p[i]));
	}
	return ERR_OK;
}
