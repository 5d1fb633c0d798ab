/* mime/uu.c - see uu.h. */
#include "mime/uu.h"

/* "begin 644 " and "begin 0644 " */
static bool
fits_begin(uint32_t column, uint8_t c)
{
	static const char word[] = "begin ";

	if (column < sizeof(word) - 1)
		return c == (uint8_t)word[column];
	if (column < 9)
		return c >= '0' && c <= '7';
	return column > 9 || c == ' ' || (c >= '0' && c <= '7');
}

/* A data line: its length n as chr(32 + n), then 4 characters for each 3 bytes (POSIX, uuencode). */
static bool
fits_data(struct mime_uu *u, uint8_t c)
{
	if (c < ' ' || c > '`')
		return false;
	if (u->column == 0)
		u->want = ((c - ' ') & 63u) == 0 ? 0 : 1 + ((c - ' ') + 2u) / 3 * 4;
	/* some writers add a checksum or blank */
	return u->want > 0 && u->column <= u->want;
}

static void
line_end(struct mime_uu *u)
{
	if (u->after_begin) {
		u->found = u->found || (!u->text && u->column >= u->want && u->column > 1);
		u->after_begin = false;
	} else {
		u->after_begin = !u->text && u->column > 10;
	}
	u->column = 0;
	u->text = false;
}

void
mime_uu_push(struct mime_uu *u, struct span in)
{
	for (size_t i = 0; i < in.len && !u->found; i++) {
		uint8_t c = in.p[i];

		if (u->text) { /* the rest of such a line says nothing more */
			i += span_find_byte(span_from(in, i), '\n');
			if (i < in.len)
				line_end(u);
			continue;
		}
		if (c == '\r')
			continue;
		if (c == '\n') {
			line_end(u);
			continue;
		}
		u->text = u->after_begin ? !fits_data(u, c) : !fits_begin(u->column, c);
		if (u->column < UINT32_MAX)
			u->column++;
	}
}

bool
mime_uu_end(struct mime_uu *u)
{
	if (u->column > 0)
		line_end(u);
	return u->found;
}
