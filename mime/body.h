/*
 * mime/body.h - the content of one leaf while it arrives: decoded, hashed, measured, stored.
 *
 * Base64 becomes CODED pieces where its lines are canonical and RAW ones where they are not (mime/index.h);
 * everything else is one RAW piece. What is decoded goes to the digest, and of HTML to the scanner. What the
 * lines of the mail were like is noted in the wire facts. Any split of the input gives the same pieces.
 */
#ifndef SECUDOC_MIME_BODY_H
#define SECUDOC_MIME_BODY_H

#include "core/crypto.h"
#include "mime/base64.h"
#include "mime/html.h"
#include "mime/index.h"
#include "mime/qp.h"
#include "mime/uu.h"
#include "mime/writer.h"

/* Decoded bytes on their way; large enough that the sink and the digest are called seldom. */
#define MIME_BODY_OUT (16u * 1024)

/* Facts of body lines, across calls; zeros are the start. */
struct mime_lines {
	uint64_t column;
	bool cr; /* the last byte was CR */
};

/* mime_lines_scan() - note in *facts what the bytes hold. */
void mime_lines_scan(struct mime_lines *l, struct span in, struct mime_wire_facts *facts);
/* mime_lines_end() - the line end that a delimiter takes along comes now, or the mail is over. */
void mime_lines_end(struct mime_lines *l, struct mime_wire_facts *facts);

struct mime_body {
	struct mime_writer *writer;
	struct mime_wire_facts *facts;
	struct sha256 *sha;
	struct mime_html *html; /* or NULL */
	bool text;              /* look for uuencoded files */
	struct mime_uu uu;
	uint32_t owner;
	enum mime_cte cte;
	bool keep_coded; /* base64 is stored as written */
	uint64_t file_len;
	struct mime_base64 base64;
	struct mime_qp qp;
	struct mime_lines lines;
	uint32_t coded_left; /* pieces that may still be CODED, over all bodies */
	/* the open CODED piece */
	bool run;
	bool in_long;    /* inside a line that is too long to be CODED */
	size_t line_len; /* characters of the line that waits */
	uint8_t line[MIME_MAX_CODED_LINE + 2];
	size_t out_len;
	uint8_t out[MIME_BODY_OUT];
};

/* mime_body_init() - once; the pointers must stay. */
void mime_body_init(struct mime_body *b, struct mime_writer *writer, struct mime_wire_facts *facts,
    struct sha256 *sha);
/* mime_body_start() - a leaf begins. html: its scanner, initialised, or NULL. */
void mime_body_start(struct mime_body *b, uint32_t owner, enum mime_cte cte, bool keep_coded,
    struct mime_html *html);
MUST_USE enum err mime_body_push(struct mime_body *b, struct span in);
/* mime_body_finish() - the leaf is complete: its decoded size and digest. */
MUST_USE enum err
mime_body_finish(struct mime_body *b, uint64_t *ret_len, uint8_t ret_sha256[SHA256_SIZE]);

#endif
