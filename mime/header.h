/*
 * mime/header.h - a header block as fields, a field's value as words and parameters.
 *
 * Works on whole blocks or values that are in memory. mime/parse.h finds where blocks begin and end;
 * mime/entity.h says what the Content-* fields of a part mean, and which of them are ambiguous.
 *
 * Source: RFC 5322 section 2.2, RFC 2045 section 5.1, RFC 2231, RFC 2047.
 */
#ifndef SECUDOC_MIME_HEADER_H
#define SECUDOC_MIME_HEADER_H

#include "core/buf.h"

struct mime_field {
	struct span name;  /* without colon and blanks; empty for a line without colon */
	struct span value; /* after the colon, folding as it was written, last line end left off */
	struct span whole; /* all its bytes, last line end included */
};

/*
 * mime_header_next() - take the next field off a header block; line ends CRLF or LF.
 *
 * Returns false at the end of the block: at its empty line, which stays in *block, or when nothing is left.
 * A block that came out of a container holds nothing else.
 */
bool mime_header_next(struct span *block, struct mime_field *ret);

/* mime_value_unfold() - append value without the line ends of folding, blanks trimmed off both ends. */
MUST_USE enum err mime_value_unfold(struct span value, struct buf *out);

/*
 * mime_value_decode() - append an unstructured value (Subject) as UTF-8: unfolded, encoded words decoded
 * (RFC 2047 section 6.2: blanks between two of them vanish), other bytes as mime_to_utf8() takes them
 * without a charset, controls as blanks. ERR_LIMIT when out is full; it then holds what fitted.
 */
MUST_USE enum err mime_value_decode(struct span value, struct buf *out);

/* A walk over "token/token; name=value; ...": Content-Type and Content-Disposition. */
struct mime_params {
	struct span rest;
	bool odd;     /* something was skipped: unknown syntax, a missing quote, stray words */
	bool comment; /* a comment was skipped */
};

struct mime_param {
	struct span name;  /* as written, with "*", "*0" or "*0*" if there */
	struct span value; /* as written, quotes and blanks off */
	bool quoted;       /* backslash escapes are still in it: mime_param_unquote() */
	bool odd;          /* its syntax is broken but what was meant is clear */
};

/*
 * mime_params_start() - take the value before the first ";" ("text/plain", "attachment"), trimmed, comments
 * off. value is a field's raw value; folding counts as blank.
 */
void mime_params_start(struct mime_params *ps, struct span value, struct span *ret_first);
bool mime_params_next(struct mime_params *ps, struct mime_param *ret);

/* mime_param_unquote() - append the value with backslash escapes and folding undone. */
MUST_USE enum err mime_param_unquote(const struct mime_param *p, struct buf *out);

/*
 * mime_param_get() - the value of the parameter name (token or quoted, RFC 2231 forms not looked at),
 * unquoted into out. Returns ERR_NOT_FOUND when it is not there, ERR_SYNTAX when it is there twice.
 */
MUST_USE enum err mime_param_get(struct span value, struct span name, struct buf *out);

#endif
