/*
 * mime/format.h - the container's bytes: what writer.c writes and index.c reads.
 *
 * Records of a chunk: tag, length of the payload (16 bits), payload. A record never spans chunks.
 *   piece  kind 8, flags 8, owner 16, line_len 16, off 64, stored_len 64, mail_len 64, file_len 64
 *   part   no 16, parent 16, depth 16, cte 8, flags 8, file_len 64, sha256, insert_off 64, first_piece 32,
 *          then type, subtype, charset, name, content_id, each length 8 and bytes
 * Root: kind 8, wire flags 8, part_count 32, piece_count 32, mail_len 64, chunk_count 32,
 *       chunks (off 64, len 32, first_piece 32), roles 8 each
 * Footer: magic, container length 64, root offset 64, root length 64
 */
#ifndef SECUDOC_MIME_FORMAT_H
#define SECUDOC_MIME_FORMAT_H

#include "mime/writer.h"

#define MIME_MAGIC "SDMIME\x01\n" /* 8 bytes; the number is the version */

#define MIME_TAG_PIECE 'p'
#define MIME_TAG_PART  'P'

#define MIME_RECORD_HEAD   3u
#define MIME_PIECE_PAYLOAD 38u
#define MIME_ROOT_FIXED    22u
#define MIME_ROOT_CHUNK    16u

#define MIME_FLAG_LF_ONLY    1u /* of pieces */
#define MIME_FLAG_LAST_EOL   2u
#define MIME_FLAG_NAMED      1u /* of parts */
#define MIME_FLAG_ATTACHMENT 2u

#define MIME_WIRE_BARE_CR     1u
#define MIME_WIRE_BARE_LF     2u
#define MIME_WIRE_NUL         4u
#define MIME_WIRE_LONG_LINE   8u
#define MIME_WIRE_BODY_8BIT   16u
#define MIME_WIRE_HEADER_8BIT 32u

#define MIME_NO_PARENT 0xFFFFu

/* mime_put_num() - bytes little-endian bytes of v; returns the place behind. */
static inline uint8_t *
mime_put_num(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		*p++ = (uint8_t)v;
	return p;
}

/* mime_take_num() - false, and nothing taken, when s is too short. */
static inline bool
mime_take_num(struct span *s, unsigned bytes, uint64_t *ret)
{
	uint64_t v = 0;

	if (s->len < bytes)
		return false;
	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | s->p[i];
	*s = span_from(*s, bytes);
	*ret = v;
	return true;
}

#endif
