/*
 * net/http_text.c - percent-encoding and UTF-8.
 */
#include "net/http_text.h"

#include "core/crypto.h"
#include "core/utf8.h"

#include <string.h>

bool
http_line_valid(struct span s)
{
	if (!utf8_valid(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
		if (s.p[i] == 0xc2 && s.p[i + 1] < 0xa0) /* C1; valid, so a byte follows */
			return false;
	}
	return true;
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
