/*
 * mime/qp.h - quoted-printable bodies: a decoder for foreign input.
 *
 * Soft line breaks and blanks at the end of a line vanish; a "=" that starts no escape stays as it is.
 * Line ends inside the text come out as they were written (CRLF or LF).
 *
 * Source: RFC 2045 section 6.7, with its notes on what robust decoders do.
 */
#ifndef SECUDOC_MIME_QP_H
#define SECUDOC_MIME_QP_H

#include "core/err.h"
#include "core/stream.h"

/*
 * A running decoder; zeros are the start. Blanks wait for the end of their line; more than fit are let
 * through, as a line of 76 has no room for them.
 */
struct mime_qp {
	uint8_t held[128]; /* an unfinished escape, or blanks that may end a line */
	uint8_t held_count;
	uint8_t escape; /* the held bytes began with "=" */
};

/*
 * mime_qp_push() - decode in, any split.
 * out  room for MIME_QP_DECODED_MAX(in.len)
 * Returns the number of bytes.
 */
#define MIME_QP_DECODED_MAX(n) ((n) + 128)
size_t mime_qp_push(struct mime_qp *q, struct span in, uint8_t *out);

/* mime_qp_finish() - what was held; at most 128 bytes. q is at the start again. */
size_t mime_qp_finish(struct mime_qp *q, uint8_t *out);

#endif
