/*
 * tests/mime/mail_text.h - mails as C strings: a line end is CRLF, and what has no letter has a stand-in.
 *
 *	\n  CRLF		\a  LF alone		\b  CR alone		\v  NUL
 */
#ifndef TESTS_MIME_MAIL_TEXT_H
#define TESTS_MIME_MAIL_TEXT_H

#include "core/buf.h"

#include <assert.h>

static inline void
mail_text(struct buf *out, const char *text)
{
	enum err err = ERR_OK;

	for (; *text != '\0' && err == ERR_OK; text++) {
		if (*text == '\n')
			err = buf_put_str(out, "\r\n");
		else if (*text == '\a')
			err = buf_put_byte(out, '\n');
		else if (*text == '\b')
			err = buf_put_byte(out, '\r');
		else
			err = buf_put_byte(out, *text == '\v' ? 0 : (uint8_t)*text);
	}
	assert(err == ERR_OK);
}

#endif
