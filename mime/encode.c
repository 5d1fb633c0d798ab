/*
 * mime/encode.c - see encode.h.
 */
#include "mime/encode.h"

#include "mime/base64.h"

#define LINE_MAX_CHARS 76u
#define LINE_BYTES     57u /* 76 characters of base64 */

/* is_plain() - stays as it is, unless a line break follows (blanks). */
static bool
is_plain(uint8_t c)
{
	return c == ' ' || c == '\t' || (c > ' ' && c < 0x7F && c != '=');
}

static bool
breaks_here(struct span s)
{
	return s.len == 0 || span_starts(s, SPAN("\r\n"));
}

/* width_of() - characters that c takes at this column, with rest behind it. */
static size_t
width_of(uint8_t c, size_t column, struct span rest)
{
	if (!is_plain(c) || ((c == ' ' || c == '\t') && breaks_here(rest)))
		return 3;
	return column == 0 && (c == '-' || c == '.') ? 3 : 1;
}

enum err
mime_encode_qp(struct span text, struct buf *out)
{
	size_t column = 0;

	while (text.len > 0) {
		uint8_t c = text.p[0];
		struct span rest = span_from(text, 1);
		size_t width = width_of(c, column, rest);

		if (span_take(&text, SPAN("\r\n"))) {
			TRY(buf_put_str(out, "\r\n"));
			column = 0;
			continue;
		}
		text = rest;
		/* room for "=" unless the line ends here */
		if (column + width > LINE_MAX_CHARS - (breaks_here(rest) ? 0 : 1)) {
			TRY(buf_put_str(out, "=\r\n"));
			column = 0;
			width = width_of(c, column, rest);
		}
		if (width == 1)
			TRY(buf_put_byte(out, c));
		else
			TRY(buf_printf(out, "=%02X", c));
		column += width;
	}
	return ERR_OK;
}

enum err
mime_encode_base64(struct span bytes, struct buf *out)
{
	uint8_t line[MIME_BASE64_ENCODED(LINE_BYTES)];

	while (bytes.len > 0) {
		size_t n = mime_base64_encode(span_upto(bytes, LINE_BYTES), line);

		TRY(buf_put(out, span_of(line, n)));
		bytes = span_from(bytes, LINE_BYTES);
		if (bytes.len > 0)
			TRY(buf_put_str(out, "\r\n"));
	}
	return ERR_OK;
}
