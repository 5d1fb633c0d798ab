/* mime/insert.c - where a banner goes in the bytes of a body as they are written; see index.h. */
#include "mime/base64.h"
#include "mime/index.h"
#include "mime/qp.h"

#include <assert.h>
#include <stdlib.h>

#define BLOCK 4096u

/* The body, read byte by byte from the front, and what was decoded of it. */
struct walk {
	const struct mime_index *ix;
	struct mime_piece body;
	uint64_t at;   /* raw bytes read */
	uint64_t want; /* decoded offset that is looked for */
	uint64_t decoded;
	uint64_t line_at; /* where the line at hand begins */
	struct mime_base64 base64;
	struct mime_qp qp;
	uint64_t quantum_at;      /* raw offset of the open quantum's first character */
	uint64_t quantum_line_at; /* and of its line */
	uint8_t quantum[4];
	uint8_t quantum_len;
};

/* Takes the next raw byte; true when the place is found. */
typedef bool step_fn(struct walk *w, uint8_t c, struct mime_insert *ret);

static void
place(uint64_t off, uint64_t line_at, struct mime_insert *ret)
{
	uint64_t column = off - line_at;

	*ret = (struct mime_insert){ .raw_off = off,
		.raw_resume = off,
		.column = column > UINT32_MAX ? UINT32_MAX : (uint32_t)column };
}

static bool
step_identity(struct walk *w, uint8_t c, struct mime_insert *ret)
{
	(void)c;
	if (w->at < w->want)
		return false;
	place(w->at, w->line_at, ret);
	return true;
}

/* What comes out late (blanks, broken escapes) comes out as it was written, so raw offsets count back. */
static bool
step_qp(struct walk *w, uint8_t c, struct mime_insert *ret)
{
	uint8_t out[MIME_QP_DECODED_MAX(1)];
	uint64_t behind;

	if (w->want == 0) {
		place(0, 0, ret);
		return true;
	}
	w->decoded += mime_qp_push(&w->qp, span_of(&c, 1), out);
	if (w->decoded < w->want)
		return false;
	behind = w->at + 1 - (w->decoded - w->want);
	if (c == '\n' && behind == w->at + 1)
		w->line_at = behind;
	place(behind, w->line_at, ret);
	return true;
}

/*
 * The quantum around the place is split: the renderer encodes its bytes anew. So is the one just before it
 * when padding follows, as nothing may stand behind padding.
 */
static void
place_quantum(const struct walk *w, uint64_t resume, struct mime_insert *ret)
{
	place(w->quantum_at, w->quantum_line_at, ret);
	ret->raw_resume = resume;
	ret->quantum_len = w->quantum_len;
	ret->quantum_split = (uint8_t)(w->want - w->decoded);
	for (uint8_t i = 0; i < w->quantum_len; i++)
		ret->quantum[i] = w->quantum[i];
}

/* Between quanta, nothing is decoded ahead. When one is complete it is known what stands in it. */
static bool
step_base64(struct walk *w, uint8_t c, struct mime_insert *ret)
{
	bool open = w->base64.count > 0;
	size_t n;

	/* a padded quantum that reached the place: the rest of its padding goes with it */
	if (w->quantum_len > 0 && c == '=')
		return false;
	if (w->quantum_len > 0) {
		place_quantum(w, w->at, ret);
		return true;
	}
	if (!open && w->decoded == w->want) {
		place(w->at, w->line_at, ret);
		return true;
	}
	n = mime_base64_push(&w->base64, span_of(&c, 1), w->quantum);
	if (!open && w->base64.count > 0) {
		w->quantum_at = w->at;
		w->quantum_line_at = w->line_at;
	}
	if (n == 0)
		return false;
	if (w->decoded + n < w->want || (n == 3 && w->decoded + n == w->want)) {
		w->decoded += n;
		return false;
	}
	w->quantum_len = (uint8_t)n;
	return false;
}

/* The body ends before the place was passed. */
static void
end_of_body(struct walk *w, enum mime_cte cte, struct mime_insert *ret)
{
	if (cte == MIME_CTE_BASE64 && w->quantum_len == 0)
		w->quantum_len = (uint8_t)mime_base64_finish(&w->base64, w->quantum);
	if (w->quantum_len == 0 || w->want < w->decoded) {
		place(w->at, w->line_at, ret);
		return;
	}
	if (w->want - w->decoded > w->quantum_len)
		w->want = w->decoded + w->quantum_len;
	place_quantum(w, w->at, ret);
}

static enum err
find(struct walk *w, enum mime_cte cte, struct mime_insert *ret)
{
	static step_fn *const steps[] = {
		[MIME_CTE_IDENTITY] = step_identity,
		[MIME_CTE_BASE64] = step_base64,
		[MIME_CTE_QP] = step_qp,
	};
	uint8_t block[BLOCK];
	uint64_t start = 0;
	size_t n = 0;

	for (; w->at < w->body.stored_len; w->at++) {
		if (w->at == start + n) {
			start = w->at;
			n = BLOCK;
			if (n > w->body.stored_len - start)
				n = (size_t)(w->body.stored_len - start);
			TRY(source_get(w->ix->source, w->body.off + start, block, n));
		}
		if (steps[cte](w, block[w->at - start], ret))
			return ERR_OK;
		if (block[w->at - start] == '\n')
			w->line_at = w->at + 1;
	}
	end_of_body(w, cte, ret);
	return ERR_OK;
}

/* The body's one piece; all zeros when it is empty. */
static enum err
find_body(const struct mime_index *ix, const struct mime_part *part, struct mime_pieces *it,
    struct mime_piece *ret)
{
	enum err err;

	mime_pieces_start(it, ix, part->first_piece);
	do {
		err = mime_pieces_next(it, ret);
	} while (err == ERR_OK && ret->owner == part->no && ret->kind != MIME_PIECE_RAW);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && ret->owner != part->no)) {
		*ret = (struct mime_piece){ 0 };
		return ERR_OK;
	}
	return err;
}

enum err
mime_insert_find(const struct mime_index *ix, uint32_t part, struct mime_insert *ret)
{
	const struct mime_part *p = &ix->parts[part];
	struct walk w = { .ix = ix, .want = p->insert_off };
	struct mime_pieces *it;
	enum err err;

	assert(part < ix->part_count);
	assert(p->role == MIME_ROLE_BODY_PLAIN || p->role == MIME_ROLE_BODY_HTML);
	it = malloc(sizeof(*it));
	if (it == NULL)
		return err_set(ERR_TEMP, "no memory for the pieces of a body");
	err = find_body(ix, p, it, &w.body);
	free(it);
	return err == ERR_OK ? find(&w, p->cte, ret) : err;
}
