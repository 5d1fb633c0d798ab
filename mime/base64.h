/*
 * mime/base64.h - base64 bodies: a table decoder for foreign input, and the canonical encoder.
 *
 * The decoder is lenient, as RFC 2045 section 6.8 asks: bytes outside the alphabet are skipped. Padding
 * ends a quantum; what follows starts the next one (two files one behind the other decode to both).
 * Missing padding at the end gives the whole bytes that are there.
 *
 * Source: RFC 2045 section 6.8, RFC 4648 section 4.
 */
#ifndef SECUDOC_MIME_BASE64_H
#define SECUDOC_MIME_BASE64_H

#include "core/err.h"
#include "core/span.h"

/* A running decoder; zeros are the start. */
struct mime_base64 {
	uint32_t bits; /* of the open quantum */
	uint8_t count; /* its characters so far, 0 to 3; 0 is a quantum boundary */
};

/* Bytes that decoding n characters gives at most. */
#define MIME_BASE64_DECODED_MAX(n) (((n) / 4 + 1) * 3)
/* Characters for n bytes, padding included, no line ends. */
#define MIME_BASE64_ENCODED(n) (((n) + 2) / 3 * 4)

/* mime_base64_push() - decode in, any split; out holds MIME_BASE64_DECODED_MAX(in.len). Returns the count. */
size_t mime_base64_push(struct mime_base64 *b, struct span in, uint8_t *out);

/* mime_base64_finish() - the bytes of an open quantum (0 to 2); b is at the start again. */
size_t mime_base64_finish(struct mime_base64 *b, uint8_t out[2]);

/*
 * mime_base64_line() - decode one line if it is canonical: a multiple of 4 characters, all of the
 * alphabet, padding only at its end and with zero bits beneath it, so that encoding gives the same line.
 *
 * line  without its line end; empty is not canonical
 * out   line.len / 4 * 3 bytes
 *
 * Returns false, with out undefined, when the line is not canonical.
 */
bool mime_base64_line(struct span line, uint8_t *out, size_t *ret_len);

/*
 * mime_base64_lines() - decode whole lines of exactly line_len characters with the line end eol behind
 * each, as many as there are; stops before the first line that differs in any way (padding too).
 *
 * line_len  a multiple of 4, at least 4
 * out       holds out_max bytes
 *
 * Returns the number of lines; each gave line_len / 4 * 3 bytes.
 */
size_t
mime_base64_lines(struct span in, size_t line_len, struct span eol, uint8_t *out, size_t out_max);

/* mime_base64_encode() - canonical, padded, without line ends; out holds MIME_BASE64_ENCODED(in.len). */
size_t mime_base64_encode(struct span in, uint8_t *out);

#endif
