/* mime/file.c - see file.h. */
#include "mime/file.h"

#include "mime/base64.h"
#include "mime/qp.h"

#include <assert.h>
#include <stdlib.h>

#define BLOCK (16u * 1024)

/* What is still wanted of the file: len bytes after skipping skip. */
struct window {
	uint64_t skip;
	uint64_t len;
	struct sink out;
};

static enum err
give(struct window *w, struct span bytes)
{
	uint64_t skip = w->skip < bytes.len ? w->skip : bytes.len;

	w->skip -= skip;
	bytes = span_from(bytes, (size_t)skip);
	if (bytes.len > w->len)
		bytes = span_upto(bytes, (size_t)w->len);
	w->len -= bytes.len;
	return bytes.len == 0 ? ERR_OK : sink_put(w->out, bytes);
}

/* The stored bytes are the file's own. */
static enum err
copy_plain(const struct mime_index *ix, const struct mime_piece *m, struct window *w)
{
	uint64_t off = m->off + w->skip, len = m->stored_len - w->skip;

	if (len > w->len)
		len = w->len;
	w->skip = 0;
	w->len -= len;
	return source_copy(ix->source, off, len, w->out);
}

/* The stored bytes must be decoded from the start of the piece. */
static enum err
copy_decoded(
    const struct mime_index *ix, const struct mime_piece *m, enum mime_cte cte, struct window *w)
{
	uint8_t in[BLOCK], out[MIME_BASE64_DECODED_MAX(BLOCK) + MIME_QP_DECODED_MAX(BLOCK)];
	struct mime_base64 b64 = { 0 };
	struct mime_qp qp = { 0 };
	uint64_t done = 0;
	size_t n, len;

	while (done < m->stored_len && w->len > 0) {
		n = m->stored_len - done < BLOCK ? (size_t)(m->stored_len - done) : BLOCK;
		TRY(source_get(ix->source, m->off + done, in, n));
		done += n;
		len = cte == MIME_CTE_BASE64 ? mime_base64_push(&b64, span_of(in, n), out)
					     : mime_qp_push(&qp, span_of(in, n), out);
		TRY(give(w, span_of(out, len)));
	}
	len = cte == MIME_CTE_BASE64 ? mime_base64_finish(&b64, out) : mime_qp_finish(&qp, out);
	return give(w, span_of(out, len));
}

static enum err
copy_piece(
    const struct mime_index *ix, const struct mime_piece *m, enum mime_cte cte, struct window *w)
{
	if (m->file_len <= w->skip) {
		w->skip -= m->file_len;
		return ERR_OK;
	}
	if (m->kind == MIME_PIECE_CODED || cte == MIME_CTE_IDENTITY)
		return copy_plain(ix, m, w);
	return copy_decoded(ix, m, cte, w);
}

/* The pieces of a leaf stand one behind the other: its delimiter, its header, its body. */
static enum err
copy_pieces(const struct mime_index *ix, const struct mime_part *part, struct mime_pieces *it,
    struct window *w)
{
	struct mime_piece m;

	mime_pieces_start(it, ix, part->first_piece);
	while (w->len > 0) {
		TRY(mime_pieces_next(it, &m));
		if (m.owner != part->no)
			return err_set(
			    ERR_DENIED, "container damaged: a file is shorter than its part");
		if (m.kind == MIME_PIECE_RAW || m.kind == MIME_PIECE_CODED)
			TRY(copy_piece(ix, &m, part->cte, w));
	}
	return ERR_OK;
}

enum err
mime_file_copy(
    const struct mime_index *ix, uint32_t part, uint64_t off, uint64_t len, struct sink out)
{
	const struct mime_part *p = &ix->parts[part];
	struct window w = { off, len, out };
	struct mime_pieces *it;
	enum err err;

	assert(part < ix->part_count && p->role != MIME_ROLE_MULTIPART);
	if (off > p->file_len || len > p->file_len - off)
		return err_set(ERR_NOT_FOUND, "bytes behind the end of a file");
	it = malloc(sizeof(*it));
	if (it == NULL)
		return err_set(ERR_TEMP, "no memory for the pieces of a file");
	err = copy_pieces(ix, p, it, &w);
	free(it);
	return err;
}
