/*
 * tests/mime/load.h - files of the tree for tests: as they are, or as mail with CRLF line ends.
 */
#ifndef TESTS_MIME_LOAD_H
#define TESTS_MIME_LOAD_H

#include "core/buf.h"

#include <stdio.h>

#define LOAD_MAX ((size_t)64 << 20)

/* load_file() - all of path into out, which must be zeros; false when it cannot be read. */
static inline bool
load_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	uint8_t chunk[4096];
	size_t n;
	bool ok = f != NULL;

	buf_init(out, LOAD_MAX);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = buf_put(out, span_of(chunk, n)) == ERR_OK;
	if (f != NULL)
		fclose(f);
	return ok;
}

/* load_crlf() - append text with each LF that has no CR before it as CRLF. */
static inline bool
load_crlf(struct span text, struct buf *out)
{
	uint8_t before = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < text.len; before = text.p[i++]) {
		if (text.p[i] == '\n' && before != '\r')
			ok = buf_put_byte(out, '\r') == ERR_OK;
		ok = ok && buf_put_byte(out, text.p[i]) == ERR_OK;
	}
	return ok;
}

/* load_mail() - a mail stored with LF, as it goes over the wire. */
static inline bool
load_mail(const char *path, struct buf *out)
{
	struct buf text = { 0 };
	bool ok = load_file(path, &text);

	buf_init(out, LOAD_MAX);
	ok = ok && load_crlf(buf_span(&text), out);
	buf_done(&text);
	return ok;
}

/* load_cell() - take the next "| cell |" off a line of a Markdown table, blanks and backquotes off. */
static inline bool
load_cell(struct span *line, struct span *ret)
{
	if (!span_take_byte(line, '|') || !span_take_until(line, '|', ret))
		return false;
	*ret = span_trim(*ret);
	return true;
}

#endif
