/*
 * mime/encode.h - our own texts in the transfer encodings of RFC 2045.
 *
 * For the banner and for parts that we write ourselves: small texts in memory, CRLF line ends. Foreign bodies
 * are never encoded anew; for stored base64 runs see mime_piece_copy().
 */
#ifndef SECUDOC_MIME_ENCODE_H
#define SECUDOC_MIME_ENCODE_H

#include "core/buf.h"

/*
 * mime_encode_qp() - append text as quoted-printable: CRLF stays a line break, lines have at most 76
 * characters, soft breaks included, none ends in a blank, and none begins with "-" (boundaries) or "." (SMTP).
 * RFC 2045 section 6.7.
 */
MUST_USE enum err mime_encode_qp(struct span text, struct buf *out);

/*
 * mime_encode_base64() - append bytes as base64 in lines of 76 with CRLF between them, and none behind the
 * last. RFC 2045 section 6.8.
 */
MUST_USE enum err mime_encode_base64(struct span bytes, struct buf *out);

#endif
