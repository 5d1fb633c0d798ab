/*
 * mime/writer.h - writes a container (mime/index.h): pieces as they come, the index in between.
 *
 * One piece is open at a time; its bytes go to the sink at once. Records are kept until a chunk of the index
 * is full, then the chunk goes to the sink, between two pieces. Only mime/detach.c and mime/body.c use it.
 */
#ifndef SECUDOC_MIME_WRITER_H
#define SECUDOC_MIME_WRITER_H

#include "core/stream.h"
#include "mime/index.h"

/* Chunks of one container: MIME_MAX_CODED_PIECES and MIME_MAX_PARTS fill about 160. */
#define MIME_MAX_CHUNKS 256u

struct mime_chunk {
	uint64_t off;
	uint32_t len;
	uint32_t first_piece; /* number of the first piece recorded at or behind its start */
};

struct mime_writer {
	struct sink sink;
	uint64_t off;         /* bytes put so far */
	uint64_t mail_len;    /* of the pieces that are closed */
	uint32_t piece_count; /* closed ones */
	bool open;
	struct mime_piece piece; /* the open one */
	uint32_t chunk_count;
	struct mime_chunk chunks[MIME_MAX_CHUNKS];
	size_t used; /* of chunk */
	uint8_t chunk[MIME_INDEX_CHUNK];
};

void mime_writer_init(struct mime_writer *w, struct sink sink);

/* mime_writer_put() - bytes as they stand in the mail; joins the open piece if kind and owner are its own. */
MUST_USE enum err mime_writer_put(
    struct mime_writer *w, enum mime_piece_kind kind, uint32_t owner, struct span bytes);
/* mime_writer_coded() - open a CODED piece; its mail_len, file_len and last_eol are set by the caller. */
MUST_USE enum err
mime_writer_coded(struct mime_writer *w, uint32_t owner, uint32_t line_len, bool lf_only);
/* mime_writer_decoded() - bytes of the open CODED piece. */
MUST_USE enum err mime_writer_decoded(struct mime_writer *w, struct span bytes);
/* mime_writer_end() - close the open piece, if there is one. */
MUST_USE enum err mime_writer_end(struct mime_writer *w);
/* mime_writer_next_piece() - the number that the next piece to be opened gets. */
uint32_t mime_writer_next_piece(const struct mime_writer *w);

/* mime_writer_part() - record a part whose content is complete; role is taken from roles at the end. */
MUST_USE enum err mime_writer_part(struct mime_writer *w, const struct mime_part *part);

/* mime_writer_finish() - root and footer. roles has one byte for each part. */
MUST_USE enum err mime_writer_finish(struct mime_writer *w, enum mime_kind kind,
    const struct mime_wire_facts *wire, const uint8_t *roles, uint32_t part_count);

#endif
