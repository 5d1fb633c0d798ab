/* mime/index.c - see index.h; the bytes are in format.h. */
#include "mime/index.h"

#include "mime/format.h"

#include <assert.h>
#include <string.h>

static enum err
damaged(const char *what)
{
	return err_set(ERR_DENIED, "container damaged: %s", what);
}

/* ---- root and footer ---- */

struct root {
	uint64_t off;
	uint64_t len;
};

static enum err
read_footer(struct source container, struct root *ret)
{
	uint8_t bytes[MIME_FOOTER_SIZE];
	struct span s = span_of(bytes, sizeof(bytes));
	uint64_t len, end = container.len - sizeof(bytes);

	if (container.len < sizeof(bytes))
		return damaged("too short");
	TRY(source_get(container, end, bytes, sizeof(bytes)));
	if (!span_take(&s, span_of(MIME_MAGIC, 8)) || !mime_take_num(&s, 8, &len) ||
	    !mime_take_num(&s, 8, &ret->off) || !mime_take_num(&s, 8, &ret->len))
		return damaged("no footer");
	if (len != container.len || ret->off > end || ret->len != end - ret->off)
		return damaged("footer does not fit");
	return ERR_OK;
}

static enum err
take_chunks(struct span *s, uint64_t root_off, struct mime_index *ix, struct arena *arena)
{
	struct mime_chunk *chunks = arena_alloc(arena, (ix->chunk_count + 1) * sizeof(*chunks));
	uint64_t off, len, first;

	if (chunks == NULL)
		return ERR_TEMP;
	for (uint32_t i = 0; i < ix->chunk_count; i++) {
		if (!mime_take_num(s, 8, &off) || !mime_take_num(s, 4, &len) ||
		    !mime_take_num(s, 4, &first))
			return damaged("list of chunks");
		if (len > MIME_INDEX_CHUNK || off > root_off || len > root_off - off ||
		    first > ix->piece_count || (i > 0 && first < chunks[i - 1].first_piece))
			return damaged("chunk out of bounds");
		chunks[i] = (struct mime_chunk){ off, (uint32_t)len, (uint32_t)first };
	}
	ix->chunks = chunks;
	return ERR_OK;
}

static void
set_wire(struct mime_index *ix, uint64_t flags)
{
	ix->wire.bare_cr = (flags & MIME_WIRE_BARE_CR) != 0;
	ix->wire.bare_lf = (flags & MIME_WIRE_BARE_LF) != 0;
	ix->wire.nul = (flags & MIME_WIRE_NUL) != 0;
	ix->wire.long_line = (flags & MIME_WIRE_LONG_LINE) != 0;
	ix->wire.body_8bit = (flags & MIME_WIRE_BODY_8BIT) != 0;
	ix->wire.header_8bit = (flags & MIME_WIRE_HEADER_8BIT) != 0;
}

/* Leaves the roles in *ret_roles, which the arena holds. */
static enum err
read_root(
    struct mime_index *ix, const struct root *root, struct arena *arena, struct span *ret_roles)
{
	uint64_t max = MIME_ROOT_FIXED + MIME_MAX_CHUNKS * MIME_ROOT_CHUNK + MIME_MAX_PARTS;
	uint64_t kind, wire, parts, pieces, chunks;
	uint8_t *bytes;
	struct span s;

	if (root->len > max)
		return damaged("root too long");
	bytes = arena_alloc(arena, root->len + 1);
	if (bytes == NULL)
		return ERR_TEMP;
	TRY(source_get(ix->source, root->off, bytes, root->len));
	s = span_of(bytes, root->len);
	if (!mime_take_num(&s, 1, &kind) || !mime_take_num(&s, 1, &wire) ||
	    !mime_take_num(&s, 4, &parts) || !mime_take_num(&s, 4, &pieces) ||
	    !mime_take_num(&s, 8, &ix->mail_len) || !mime_take_num(&s, 4, &chunks))
		return damaged("root");
	if (kind > MIME_KIND_TNEF || parts == 0 || parts > MIME_MAX_PARTS ||
	    chunks > MIME_MAX_CHUNKS)
		return damaged("root out of bounds");
	ix->kind = (enum mime_kind)kind;
	set_wire(ix, wire);
	ix->part_count = (uint32_t)parts;
	ix->piece_count = (uint32_t)pieces;
	ix->chunk_count = (uint32_t)chunks;
	TRY(take_chunks(&s, root->off, ix, arena));
	if (s.len != parts)
		return damaged("roles");
	*ret_roles = s;
	return ERR_OK;
}

/* ---- records ---- */

struct record {
	uint8_t tag;
	struct span payload;
};

static enum err
take_record(struct span *s, struct record *ret)
{
	uint64_t tag, len;

	if (!mime_take_num(s, 1, &tag) || !mime_take_num(s, 2, &len) || len > s->len)
		return damaged("record");
	ret->tag = (uint8_t)tag;
	ret->payload = span_upto(*s, len);
	*s = span_from(*s, len);
	return ERR_OK;
}

static bool
take_string(struct span *s, struct arena *arena, struct span *ret)
{
	uint64_t len;

	if (!mime_take_num(s, 1, &len) || len > s->len ||
	    arena_dup(arena, span_upto(*s, len), ret) != ERR_OK)
		return false;
	*s = span_from(*s, len);
	return true;
}

static enum err
parse_part(struct span s, struct arena *arena, struct mime_part *ret)
{
	uint64_t no, parent, depth, cte, flags, first;

	if (!mime_take_num(&s, 2, &no) || !mime_take_num(&s, 2, &parent) ||
	    !mime_take_num(&s, 2, &depth) || !mime_take_num(&s, 1, &cte) ||
	    !mime_take_num(&s, 1, &flags) || !mime_take_num(&s, 8, &ret->file_len) ||
	    s.len < SHA256_SIZE)
		return damaged("part");
	memcpy(ret->sha256, s.p, SHA256_SIZE);
	s = span_from(s, SHA256_SIZE);
	if (!mime_take_num(&s, 8, &ret->insert_off) || !mime_take_num(&s, 4, &first) ||
	    cte > MIME_CTE_QP)
		return damaged("part");
	ret->no = (uint32_t)no;
	ret->parent = parent == MIME_NO_PARENT ? MIME_NO_PART : (uint32_t)parent;
	ret->depth = (uint32_t)depth;
	ret->cte = (enum mime_cte)cte;
	ret->named = (flags & MIME_FLAG_NAMED) != 0;
	ret->disposition_attachment = (flags & MIME_FLAG_ATTACHMENT) != 0;
	ret->first_piece = (uint32_t)first;
	if (!take_string(&s, arena, &ret->type) || !take_string(&s, arena, &ret->subtype) ||
	    !take_string(&s, arena, &ret->charset) || !take_string(&s, arena, &ret->name) ||
	    !take_string(&s, arena, &ret->content_id))
		return damaged("words of a part");
	return ERR_OK;
}

static enum err
add_part(struct mime_index *ix, struct mime_part *parts, struct span payload, struct span roles,
    struct arena *arena)
{
	struct mime_part part = { 0 };

	TRY(parse_part(payload, arena, &part));
	if (part.no >= ix->part_count || parts[part.no].type.p != NULL ||
	    (part.no == 0) != (part.parent == MIME_NO_PART) ||
	    (part.no > 0 && part.parent >= part.no) || roles.p[part.no] >= MIME_ROLE__COUNT ||
	    part.first_piece > ix->piece_count)
		return damaged("part out of bounds");
	part.role = (enum mime_role)roles.p[part.no];
	parts[part.no] = part;
	return ERR_OK;
}

static enum err
read_parts(struct mime_index *ix, struct span roles, struct arena *arena)
{
	struct mime_part *parts = arena_alloc(arena, ix->part_count * sizeof(*parts));
	uint8_t *bytes = arena_alloc(arena, MIME_INDEX_CHUNK);
	struct record r;
	uint32_t seen = 0;

	if (parts == NULL || bytes == NULL)
		return ERR_TEMP;
	for (uint32_t i = 0; i < ix->chunk_count; i++) {
		struct span s = span_of(bytes, ix->chunks[i].len);

		TRY(source_get(ix->source, ix->chunks[i].off, bytes, s.len));
		while (s.len > 0) {
			TRY(take_record(&s, &r));
			if (r.tag != MIME_TAG_PART)
				continue;
			TRY(add_part(ix, parts, r.payload, roles, arena));
			seen++;
		}
	}
	if (seen != ix->part_count)
		return damaged("a part is missing");
	ix->parts = parts;
	return ERR_OK;
}

enum err
mime_index_open(struct source container, struct arena *arena, struct mime_index **ret)
{
	struct mime_index *ix = arena_alloc(arena, sizeof(*ix));
	struct span roles = SPAN_NONE;
	struct root root = { 0 };

	if (ix == NULL)
		return ERR_TEMP;
	ix->source = container;
	TRY(read_footer(container, &root));
	TRY(read_root(ix, &root, arena, &roles));
	TRY(read_parts(ix, roles, arena));
	*ret = ix;
	return ERR_OK;
}

bool
mime_part_inside(const struct mime_index *ix, uint32_t part, uint32_t outer)
{
	while (part != outer && part < ix->part_count)
		part = ix->parts[part].parent;
	return part == outer;
}

/* ---- pieces ---- */

static enum err
load_chunk(struct mime_pieces *it, uint32_t chunk)
{
	const struct mime_chunk *c = &it->ix->chunks[chunk];

	it->chunk = chunk;
	it->chunk_pos = 0;
	it->chunk_len = c->len;
	return source_get(it->ix->source, c->off, it->bytes, c->len);
}

void
mime_pieces_start(struct mime_pieces *it, const struct mime_index *ix, uint32_t first)
{
	it->ix = ix;
	it->next = first;
	it->chunk = UINT32_MAX;
	it->chunk_pos = 0;
	it->chunk_len = 0;
}

/* The chunk that holds the first piece asked for; its earlier pieces are passed over. */
static enum err
find_first(struct mime_pieces *it)
{
	const struct mime_index *ix = it->ix;
	uint32_t want = it->next, c = 0;
	struct mime_piece skipped;

	if (ix->chunk_count == 0)
		return ERR_NOT_FOUND;
	while (c + 1 < ix->chunk_count && ix->chunks[c + 1].first_piece <= want)
		c++;
	TRY(load_chunk(it, c));
	for (it->next = ix->chunks[c].first_piece; it->next < want;)
		TRY(mime_pieces_next(it, &skipped));
	return ERR_OK;
}

static bool
piece_is_sound(const struct mime_index *ix, const struct mime_piece *m)
{
	if (m->owner >= ix->part_count || m->off > ix->source.len ||
	    m->stored_len > ix->source.len - m->off)
		return false;
	if (m->kind != MIME_PIECE_CODED)
		return m->mail_len == m->stored_len;
	return m->line_len >= 4 && m->line_len % 4 == 0 && m->line_len <= MIME_MAX_CODED_LINE &&
	    m->file_len == m->stored_len;
}

static enum err
parse_piece(const struct mime_index *ix, struct span s, struct mime_piece *ret)
{
	uint64_t kind, flags, owner, line_len;

	if (!mime_take_num(&s, 1, &kind) || !mime_take_num(&s, 1, &flags) ||
	    !mime_take_num(&s, 2, &owner) || !mime_take_num(&s, 2, &line_len) ||
	    !mime_take_num(&s, 8, &ret->off) || !mime_take_num(&s, 8, &ret->stored_len) ||
	    !mime_take_num(&s, 8, &ret->mail_len) || !mime_take_num(&s, 8, &ret->file_len) ||
	    kind > MIME_PIECE_CLOSE)
		return damaged("piece");
	ret->kind = (enum mime_piece_kind)kind;
	ret->owner = (uint32_t)owner;
	ret->line_len = (uint32_t)line_len;
	ret->lf_only = (flags & MIME_FLAG_LF_ONLY) != 0;
	ret->last_eol = (flags & MIME_FLAG_LAST_EOL) != 0;
	return piece_is_sound(ix, ret) ? ERR_OK : damaged("piece out of bounds");
}

enum err
mime_pieces_next(struct mime_pieces *it, struct mime_piece *ret)
{
	struct record r = { 0 };
	struct span s;

	if (it->next >= it->ix->piece_count)
		return ERR_NOT_FOUND;
	if (it->chunk == UINT32_MAX)
		TRY(find_first(it));
	while (r.tag != MIME_TAG_PIECE) {
		if (it->chunk_pos == it->chunk_len) {
			if (it->chunk + 1 >= it->ix->chunk_count)
				return damaged("a piece is missing");
			TRY(load_chunk(it, it->chunk + 1));
			continue;
		}
		s = span_of(it->bytes + it->chunk_pos, it->chunk_len - it->chunk_pos);
		TRY(take_record(&s, &r));
		it->chunk_pos = it->chunk_len - (uint32_t)s.len;
	}
	it->next++;
	return parse_piece(it->ix, r.payload, ret);
}
