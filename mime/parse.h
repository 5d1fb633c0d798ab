/*
 * mime/parse.h - the framing of a message: header blocks, boundaries, bodies. A push parser.
 *
 * Finds what belongs to what and says it by events; what the header fields mean is the listener's business
 * (mime/detach.c with mime/entity.h), which answers at the end of each header whether the part is a
 * multipart to descend into. All bytes of the message come out exactly once, in order, by head(), body(),
 * delim() and close(). How the bytes of one run are cut into calls is not defined; everything else is the
 * same for any split of the input.
 *
 * The line end before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1). Delimiters are looked
 * for with memchr(), not line by line.
 *
 * ERR_SYNTAX, because readers differ: header lines without colon or with NUL or CR; names of Content
 * fields with other characters in them; line ends other than
 * CRLF in headers or beside a boundary (strict); a boundary, or a field name that looks like one, in a
 * header; a line that begins with an open boundary and is not it; a part behind the closing delimiter; a
 * boundary equal to an open one.
 *
 * Taken, although readers differ: a line of blanks inside a header, and in the message's own header
 * blanks before a field's colon. Some
 * readers end the header there; they see a part of the fields that we see, so no file that we do not.
 */
#ifndef SECUDOC_MIME_PARSE_H
#define SECUDOC_MIME_PARSE_H

#include "core/buf.h"
#include "mime/limits.h"

/* What head_end() answers. */
struct mime_framing {
	struct span boundary; /* empty: not a multipart; borrowed until head_end() returns */
	bool descend;         /* false: its inside is one opaque body */
};

/* Spans are borrowed during the call. All members are required. An error ends the parse. */
struct mime_parse_events {
	void *ctx;
	enum err (*head)(void *ctx, struct span bytes);
	enum err (*field)(void *ctx, struct span name, struct span value);
	enum err (*head_end)(void *ctx, struct mime_framing *ret);
	/* body of the part at hand; of a multipart its preamble or epilogue */
	enum err (*body)(void *ctx, struct span bytes);
	/* opens a part below the multipart at depth (0: the outermost); closes all that is deeper */
	enum err (*delim)(void *ctx, unsigned depth, struct span bytes);
	/* ends the multipart at depth; its epilogue may follow */
	enum err (*close)(void *ctx, unsigned depth, struct span bytes);
};

/* Seen while framing. */
struct mime_parse_facts {
	bool header_8bit;
	bool bare_lf;   /* in headers and beside boundaries, lenient only */
	bool long_line; /* header line over 998 bytes */
};

struct mime_parse;

MUST_USE enum err
mime_parse_new(bool lenient, const struct mime_parse_events *events, struct mime_parse **ret);
MUST_USE enum err mime_parse_push(struct mime_parse *p, struct span in);
MUST_USE enum err mime_parse_finish(struct mime_parse *p);
const struct mime_parse_facts *mime_parse_facts(const struct mime_parse *p);
void mime_parse_free(struct mime_parse **p);

#endif
