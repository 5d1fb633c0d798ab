/* mime/reattach.c - see reattach.h; and a single piece, which render needs too. */
#include "mime/reattach.h"

#include "mime/base64.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Decoded bytes at a time; their lines are at least 6 characters of text for 3 bytes. */
#define BLOCK     (16u * 1024)
#define LINES_MAX 1024u
#define TEXT_MAX  (MIME_BASE64_ENCODED(BLOCK) + LINES_MAX * 2u)

/* How a CODED piece is cut: whole lines, as many as fit. */
struct coded {
	size_t line_bytes;
	size_t block_bytes;
	struct span eol;
};

static struct coded
coded_of(const struct mime_piece *piece)
{
	size_t line_bytes = piece->line_len / 4 * 3, lines = BLOCK / line_bytes;

	lines = lines < LINES_MAX ? lines : LINES_MAX;
	return (struct coded){ line_bytes, lines * line_bytes,
		piece->lf_only ? SPAN("\n") : SPAN("\r\n") };
}

/* Encode a block; a line end stands behind each line but the last of the block. */
static size_t
encode_lines(const struct coded *c, struct span in, uint8_t *out)
{
	uint8_t *start = out;

	for (;;) {
		out += mime_base64_encode(span_upto(in, c->line_bytes), out);
		in = span_from(in, c->line_bytes);
		if (in.len == 0)
			return (size_t)(out - start);
		memcpy(out, c->eol.p, c->eol.len);
		out += c->eol.len;
	}
}

static enum err
copy_coded(const struct mime_index *ix, const struct mime_piece *piece, struct sink out)
{
	uint8_t bytes[BLOCK], text[TEXT_MAX + 2];
	struct coded c = coded_of(piece);
	uint64_t done = 0;
	size_t n, len;

	while (done < piece->stored_len) {
		n = c.block_bytes;
		if (n > piece->stored_len - done)
			n = (size_t)(piece->stored_len - done);
		TRY(source_get(ix->source, piece->off + done, bytes, n));
		done += n;
		len = encode_lines(&c, span_of(bytes, n), text);
		if (done < piece->stored_len || piece->last_eol) {
			memcpy(text + len, c.eol.p, c.eol.len);
			len += c.eol.len;
		}
		TRY(sink_put(out, span_of(text, len)));
	}
	return ERR_OK;
}

enum err
mime_piece_copy(const struct mime_index *ix, const struct mime_piece *piece, struct sink out)
{
	if (piece->kind == MIME_PIECE_CODED)
		return copy_coded(ix, piece, out);
	return source_copy(ix->source, piece->off, piece->stored_len, out);
}

enum err
mime_reattach(const struct mime_index *ix, struct sink out)
{
	struct mime_pieces *it = malloc(sizeof(*it));
	struct mime_piece piece;
	enum err err = ERR_OK;

	if (it == NULL)
		return err_set(ERR_TEMP, "no memory for the pieces of a mail");
	mime_pieces_start(it, ix, 0);
	for (uint32_t i = 0; i < ix->piece_count && err == ERR_OK; i++) {
		err = mime_pieces_next(it, &piece);
		if (err == ERR_OK)
			err = mime_piece_copy(ix, &piece, out);
	}
	free(it);
	return err;
}
