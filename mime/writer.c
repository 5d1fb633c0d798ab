/* mime/writer.c - see writer.h; the bytes are in format.h. */
#include "mime/writer.h"

#include "mime/format.h"

#include <assert.h>
#include <string.h>

void
mime_writer_init(struct mime_writer *w, struct sink sink)
{
	/* the arrays are written before they are read */
	memset(w, 0, offsetof(struct mime_writer, chunks));
	w->used = 0;
	w->sink = sink;
}

static enum err
put(struct mime_writer *w, struct span bytes)
{
	w->off += bytes.len;
	return sink_put(w->sink, bytes);
}

static enum err
spill(struct mime_writer *w)
{
	assert(!w->open);
	if (w->used == 0)
		return ERR_OK;
	if (w->chunk_count == MIME_MAX_CHUNKS)
		return err_set(ERR_LIMIT, "index of more than %u chunks", MIME_MAX_CHUNKS);
	w->chunks[w->chunk_count].off = w->off;
	w->chunks[w->chunk_count].len = (uint32_t)w->used;
	w->chunk_count++;
	TRY(put(w, span_of(w->chunk, w->used)));
	w->used = 0;
	return ERR_OK;
}

static enum err
record(struct mime_writer *w, uint8_t tag, struct span payload)
{
	uint8_t *p;

	if (MIME_RECORD_HEAD + payload.len > sizeof(w->chunk) - w->used)
		TRY(spill(w));
	if (w->used == 0 && w->chunk_count < MIME_MAX_CHUNKS)
		w->chunks[w->chunk_count].first_piece = w->piece_count;
	p = w->chunk + w->used;
	p = mime_put_num(p, tag, 1);
	p = mime_put_num(p, payload.len, 2);
	memcpy(p, payload.p, payload.len);
	w->used += MIME_RECORD_HEAD + payload.len;
	return ERR_OK;
}

static void
open_piece(struct mime_writer *w, enum mime_piece_kind kind, uint32_t owner)
{
	w->open = true;
	w->piece = (struct mime_piece){ .kind = kind, .owner = owner, .off = w->off };
}

enum err
mime_writer_end(struct mime_writer *w)
{
	const struct mime_piece *m = &w->piece;
	uint8_t payload[MIME_PIECE_PAYLOAD], *p = payload;

	if (!w->open)
		return ERR_OK;
	w->open = false;
	p = mime_put_num(p, m->kind, 1);
	p = mime_put_num(
	    p, (m->lf_only ? MIME_FLAG_LF_ONLY : 0) | (m->last_eol ? MIME_FLAG_LAST_EOL : 0), 1);
	p = mime_put_num(p, m->owner, 2);
	p = mime_put_num(p, m->line_len, 2);
	p = mime_put_num(p, m->off, 8);
	p = mime_put_num(p, m->stored_len, 8);
	p = mime_put_num(p, m->mail_len, 8);
	p = mime_put_num(p, m->file_len, 8);
	assert(p == payload + sizeof(payload));
	TRY(record(w, MIME_TAG_PIECE, span_of(payload, sizeof(payload))));
	w->piece_count++;
	w->mail_len += m->mail_len;
	return ERR_OK;
}

enum err
mime_writer_put(struct mime_writer *w, enum mime_piece_kind kind, uint32_t owner, struct span bytes)
{
	if (w->open && (w->piece.kind != kind || w->piece.owner != owner))
		TRY(mime_writer_end(w));
	if (!w->open)
		open_piece(w, kind, owner);
	w->piece.stored_len += bytes.len;
	w->piece.mail_len += bytes.len;
	return put(w, bytes);
}

enum err
mime_writer_coded(struct mime_writer *w, uint32_t owner, uint32_t line_len, bool lf_only)
{
	TRY(mime_writer_end(w));
	open_piece(w, MIME_PIECE_CODED, owner);
	w->piece.line_len = line_len;
	w->piece.lf_only = lf_only;
	return ERR_OK;
}

enum err
mime_writer_decoded(struct mime_writer *w, struct span bytes)
{
	assert(w->open && w->piece.kind == MIME_PIECE_CODED);
	w->piece.stored_len += bytes.len;
	return put(w, bytes);
}

uint32_t
mime_writer_next_piece(const struct mime_writer *w)
{
	return w->piece_count + (w->open ? 1 : 0);
}

static uint8_t *
put_string(uint8_t *p, struct span s)
{
	assert(s.len <= UINT8_MAX);
	p = mime_put_num(p, s.len, 1);
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return p + s.len;
}

enum err
mime_writer_part(struct mime_writer *w, const struct mime_part *part)
{
	uint8_t payload[64 + SHA256_SIZE + 5 * (1 + UINT8_MAX)], *p = payload;
	unsigned flags = (part->named ? MIME_FLAG_NAMED : 0) |
	    (part->disposition_attachment ? MIME_FLAG_ATTACHMENT : 0);

	TRY(mime_writer_end(w));
	p = mime_put_num(p, part->no, 2);
	p = mime_put_num(p, part->parent == MIME_NO_PART ? MIME_NO_PARENT : part->parent, 2);
	p = mime_put_num(p, part->depth, 2);
	p = mime_put_num(p, part->cte, 1);
	p = mime_put_num(p, flags, 1);
	p = mime_put_num(p, part->file_len, 8);
	memcpy(p, part->sha256, SHA256_SIZE);
	p = mime_put_num(p + SHA256_SIZE, part->insert_off, 8);
	p = mime_put_num(p, part->first_piece, 4);
	p = put_string(p, part->type);
	p = put_string(p, part->subtype);
	p = put_string(p, part->charset);
	p = put_string(p, part->name);
	p = put_string(p, part->content_id);
	return record(w, MIME_TAG_PART, span_of(payload, (size_t)(p - payload)));
}

static unsigned
wire_flags(const struct mime_wire_facts *f)
{
	return (f->bare_cr ? MIME_WIRE_BARE_CR : 0) | (f->bare_lf ? MIME_WIRE_BARE_LF : 0) |
	    (f->nul ? MIME_WIRE_NUL : 0) | (f->long_line ? MIME_WIRE_LONG_LINE : 0) |
	    (f->body_8bit ? MIME_WIRE_BODY_8BIT : 0) | (f->header_8bit ? MIME_WIRE_HEADER_8BIT : 0);
}

static enum err
put_root(struct mime_writer *w, enum mime_kind kind, const struct mime_wire_facts *wire,
    const uint8_t *roles, uint32_t part_count)
{
	uint8_t fixed[MIME_ROOT_FIXED], entry[MIME_ROOT_CHUNK], *p = fixed;

	p = mime_put_num(p, kind, 1);
	p = mime_put_num(p, wire_flags(wire), 1);
	p = mime_put_num(p, part_count, 4);
	p = mime_put_num(p, w->piece_count, 4);
	p = mime_put_num(p, w->mail_len, 8);
	p = mime_put_num(p, w->chunk_count, 4);
	assert(p == fixed + sizeof(fixed));
	TRY(put(w, span_of(fixed, sizeof(fixed))));
	for (uint32_t i = 0; i < w->chunk_count; i++) {
		p = mime_put_num(entry, w->chunks[i].off, 8);
		p = mime_put_num(p, w->chunks[i].len, 4);
		mime_put_num(p, w->chunks[i].first_piece, 4);
		TRY(put(w, span_of(entry, sizeof(entry))));
	}
	return put(w, span_of(roles, part_count));
}

enum err
mime_writer_finish(struct mime_writer *w, enum mime_kind kind, const struct mime_wire_facts *wire,
    const uint8_t *roles, uint32_t part_count)
{
	uint8_t footer[MIME_FOOTER_SIZE], *p = footer;
	uint64_t root;

	TRY(mime_writer_end(w));
	TRY(spill(w));
	root = w->off;
	TRY(put_root(w, kind, wire, roles, part_count));
	memcpy(p, MIME_MAGIC, 8);
	p = mime_put_num(p + 8, w->off + sizeof(footer), 8);
	p = mime_put_num(p, root, 8);
	p = mime_put_num(p, w->off - root, 8);
	assert(p == footer + sizeof(footer));
	return put(w, span_of(footer, sizeof(footer)));
}
