/*
 * mime/detach.c - see detach.h.
 *
 * Listens to the parser: each header becomes an entity, the entity a role, and the body that follows goes to
 * the leaf's content (mime/body.h) or, for a multipart, straight into the container. A part's record is
 * written when its content is complete; of the part only what the end needs stays in memory.
 */
#include "mime/detach.h"

#include "mime/body.h"
#include "mime/charset.h"
#include "mime/cids.h"
#include "mime/entity.h"
#include "mime/format.h"
#include "mime/parse.h"
#include "mime/role.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stays of a part until the end. */
struct slot {
	uint64_t file_len;
	uint64_t picture; /* hash of its Content-ID if it may be a picture, else 0 */
	uint16_t parent;
	uint8_t role;
};

/* A multipart that is open. */
struct open_level {
	struct mime_level level;
	uint32_t part;
};

struct mime_detach {
	struct mime_detach_events events;
	struct mime_parse *parse;
	struct sha256 *sha;     /* of the leaf at hand */
	struct sha256 *content; /* over the digests of all leaves */
	struct mime_facts facts;
	struct mime_entity entity; /* of the header at hand */
	struct mime_part part;     /* the leaf or multipart whose body comes */
	char name[MIME_NAME_MAX + 1];
	bool in_leaf;
	bool failed;
	struct mime_html html;
	struct mime_cids cids;
	bool no_memory;
	struct mime_lines lines; /* of preambles and epilogues */
	uint32_t owner;          /* of body bytes outside of leaves */
	unsigned depth;
	unsigned level_room;
	struct open_level *levels;
	struct slot *slots;
	struct mime_part_fact *part_facts;
	uint32_t part_count;
	uint32_t part_room;
	struct mime_writer writer;
	struct mime_body body;
};

/* ---- parts ---- */

static enum err
grow(void **array, size_t count, size_t size)
{
	void *p = realloc(*array, count * size);

	if (p == NULL)
		return err_set(ERR_TEMP, "no memory for %zu parts or levels", count);
	*array = p;
	return ERR_OK;
}

/* Room for one more of count elements; *room doubles, in an array of elements of size bytes. */
static enum err
make_room(void **array, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room == 0 ? 8 : *room * 2;

	if (count < *room)
		return ERR_OK;
	TRY(grow(array, more, size));
	*room = more;
	return ERR_OK;
}

static enum err
slot_new(struct mime_detach *d, uint32_t *ret_no)
{
	void *p = d->slots;

	if (d->part_count == MIME_MAX_PARTS)
		return err_set(ERR_LIMIT, "more than %u parts", MIME_MAX_PARTS);
	TRY(make_room(&p, d->part_count, &d->part_room, sizeof(*d->slots)));
	d->slots = p;
	*ret_no = d->part_count++;
	d->slots[*ret_no] = (struct slot){ 0 };
	return ERR_OK;
}

/* A multipart begins; past MIME_MAX_DEPTH the parser refuses what it is told. */
static enum err
level_new(struct mime_detach *d, const struct mime_verdict *v)
{
	void *p = d->levels;

	if (d->depth == MIME_MAX_DEPTH)
		return ERR_OK;
	TRY(make_room(&p, d->depth, &d->level_room, sizeof(*d->levels)));
	d->levels = p;
	mime_role_level(&d->entity, v, &d->levels[d->depth].level);
	d->levels[d->depth++].part = d->owner = d->part.no;
	return ERR_OK;
}

/* A part begins; its header comes next. */
static enum err
part_begin(struct mime_detach *d)
{
	uint32_t parent = d->depth == 0 ? MIME_NO_PART : d->levels[d->depth - 1].part;
	uint32_t no = 0;

	TRY(slot_new(d, &no));
	d->slots[no].parent = (uint16_t)(parent == MIME_NO_PART ? MIME_NO_PARENT : parent);
	d->part = (struct mime_part){ .no = no,
		.parent = parent,
		.depth = d->depth,
		.insert_off = MIME_NO_INSERT,
		.first_piece = mime_writer_next_piece(&d->writer) };
	mime_entity_init(&d->entity);
	return ERR_OK;
}

/* An attachment that came without a name gets one that says what it is. */
static void
give_name(struct mime_detach *d)
{
	static const struct {
		const char *type, *subtype, *extension;
	} known[] = {
		{ "application", "pdf", ".pdf" },
		{ "application", "zip", ".zip" },
		{ "image", "gif", ".gif" },
		{ "image", "jpeg", ".jpg" },
		{ "image", "png", ".png" },
		{ "message", "rfc822", ".eml" },
		{ "text", "calendar", ".ics" },
		{ "text", "csv", ".csv" },
		{ "text", "html", ".html" },
		{ "text", "plain", ".txt" },
		{ "text", "vcard", ".vcf" },
	};
	const char *extension = ".bin";

	memcpy(d->name, d->entity.name, sizeof(d->name));
	if (d->part.role != MIME_ROLE_ATTACHMENT || d->name[0] != '\0')
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (mime_entity_is(&d->entity, known[i].type, known[i].subtype))
			extension = known[i].extension;
	snprintf(d->name, sizeof(d->name), "attachment-%u%s", d->part.no, extension);
}

/* A text with a file inside (mime/uu.h) is taken out as a whole. */
static void
become_attachment(struct mime_detach *d)
{
	d->part.role = MIME_ROLE_ATTACHMENT;
	d->slots[d->part.no].role = MIME_ROLE_ATTACHMENT;
	give_name(d);
	d->part.name = span_str(d->name);
}

/* The leaf at hand is complete. */
static enum err
leaf_end(struct mime_detach *d)
{
	if (!d->in_leaf)
		return ERR_OK;
	d->in_leaf = false;
	TRY(mime_body_finish(&d->body, &d->part.file_len, d->part.sha256));
	sha256_update(d->content, span_of(d->part.sha256, SHA256_SIZE));
	if (mime_uu_end(&d->body.uu))
		become_attachment(d);
	if (d->part.role == MIME_ROLE_BODY_HTML)
		d->part.insert_off = mime_html_finish(&d->html);
	else if (d->part.role == MIME_ROLE_BODY_PLAIN)
		d->part.insert_off = 0;
	if (d->no_memory)
		return err_set(ERR_TEMP, "no memory for references to pictures");
	d->slots[d->part.no].file_len = d->part.file_len;
	return mime_writer_part(&d->writer, &d->part);
}

static void
on_cid(void *ctx, struct span id)
{
	struct mime_detach *d = ctx;

	if (!mime_cids_add(&d->cids, mime_cids_hash(&d->cids, id)))
		d->no_memory = true;
}

static void
leaf_begin(struct mime_detach *d)
{
	struct mime_html_events events = { .ctx = d, .cid = on_cid };
	enum mime_role role = d->part.role;
	bool text = role == MIME_ROLE_BODY_PLAIN || role == MIME_ROLE_BODY_HTML;
	bool scan = mime_entity_is(&d->entity, "text", "html") && role != MIME_ROLE_ATTACHMENT;

	if (scan)
		mime_html_init(
		    &d->html, mime_charset_iso2022(span_str(d->entity.charset)), &events);
	mime_body_start(&d->body, d->part.no, d->entity.cte, text, scan ? &d->html : NULL);
	/* other roles leave, or are never shown as text */
	d->body.text = text || role == MIME_ROLE_INLINE_TEXT;
	d->in_leaf = true;
}

static void
describe(struct mime_detach *d, enum mime_role role)
{
	struct mime_part *part = &d->part;
	const struct mime_entity *e = &d->entity;

	part->role = role;
	part->cte = e->cte;
	give_name(d);
	part->type = span_str(e->type);
	part->subtype = span_str(e->subtype);
	part->charset = span_str(e->charset);
	part->content_id = span_str(e->content_id);
	part->name = span_str(d->name);
	part->named = e->named;
	part->disposition_attachment = e->disposition == MIME_DISPOSITION_ATTACHMENT;
}

static void
note_kind(struct mime_detach *d, const struct mime_verdict *v)
{
	if (d->part.no == 0)
		d->facts.kind = mime_role_kind(&d->entity);
	if (d->facts.kind != MIME_KIND_PLAIN)
		return;
	if (v->role == MIME_ROLE_TNEF)
		d->facts.kind = MIME_KIND_TNEF;
	else if (v->invitation)
		d->facts.kind = MIME_KIND_CALENDAR;
}

/* ---- what the parser says ---- */

static enum err
on_head(void *ctx, struct span bytes)
{
	struct mime_detach *d = ctx;

	if (d->part.no == 0)
		d->facts.header_len += bytes.len;
	return mime_writer_put(&d->writer, MIME_PIECE_HEAD, d->part.no, bytes);
}

static enum err
on_field(void *ctx, struct span name, struct span value)
{
	struct mime_detach *d = ctx;

	TRY(mime_entity_field(&d->entity, name, value));
	if (d->part.no != 0)
		return ERR_OK;
	if (span_ieq(name, SPAN("Received")))
		d->facts.received_count++;
	return d->events.field == NULL ? ERR_OK : d->events.field(d->events.ctx, name, value);
}

static enum err
on_head_end(void *ctx, struct mime_framing *ret)
{
	struct mime_detach *d = ctx;
	struct mime_level *parent = d->depth == 0 ? NULL : &d->levels[d->depth - 1].level;
	struct slot *slot = &d->slots[d->part.no];
	struct mime_verdict v;

	TRY(mime_entity_end(&d->entity, parent != NULL && parent->digest));
	v = mime_role_decide(&d->entity, parent);
	note_kind(d, &v);
	describe(d, v.role);
	slot->role = (uint8_t)v.role;
	if (v.picture)
		slot->picture = mime_cids_hash(&d->cids, d->part.content_id);
	ret->boundary = span_str(d->entity.boundary);
	ret->descend = v.role == MIME_ROLE_MULTIPART;
	if (ret->descend) {
		TRY(mime_writer_part(&d->writer, &d->part));
		TRY(level_new(d, &v));
	} else {
		leaf_begin(d);
	}
	if (d->part.no == 0 && d->events.head_end != NULL)
		return d->events.head_end(d->events.ctx);
	return ERR_OK;
}

static enum err
on_body(void *ctx, struct span bytes)
{
	struct mime_detach *d = ctx;

	if (d->in_leaf)
		return mime_body_push(&d->body, bytes);
	mime_lines_scan(&d->lines, bytes, &d->facts.wire);
	return mime_writer_put(&d->writer, MIME_PIECE_RAW, d->owner, bytes);
}

static enum err
on_delim(void *ctx, unsigned depth, struct span bytes)
{
	struct mime_detach *d = ctx;

	TRY(leaf_end(d));
	mime_lines_end(&d->lines, &d->facts.wire);
	assert(depth < d->depth);
	d->depth = depth + 1;
	TRY(part_begin(d));
	return mime_writer_put(&d->writer, MIME_PIECE_DELIM, d->part.no, bytes);
}

static enum err
on_close(void *ctx, unsigned depth, struct span bytes)
{
	struct mime_detach *d = ctx;

	TRY(leaf_end(d));
	mime_lines_end(&d->lines, &d->facts.wire);
	assert(depth < d->depth);
	d->depth = depth + 1;
	d->owner = d->levels[depth].part;
	return mime_writer_put(&d->writer, MIME_PIECE_CLOSE, d->owner, bytes);
}

/* ---- the interface ---- */

enum err
mime_detach_new(const struct mime_detach_opts *opts, const struct mime_detach_events *events,
    struct sink container, struct mime_detach **ret)
{
	struct mime_detach *d = malloc(sizeof(*d));
	struct mime_parse_events listen = { .head = on_head,
		.field = on_field,
		.head_end = on_head_end,
		.body = on_body,
		.delim = on_delim,
		.close = on_close };
	enum err err;

	if (d == NULL)
		return err_set(ERR_TEMP, "no memory for a mail");
	/* the large arrays at the end are written before they are read */
	memset(d, 0, offsetof(struct mime_detach, writer));
	if (events != NULL)
		d->events = *events;
	mime_cids_init(&d->cids);
	d->sha = sha256_new();
	d->content = sha256_new();
	mime_writer_init(&d->writer, container);
	mime_body_init(&d->body, &d->writer, &d->facts.wire, d->sha);
	listen.ctx = d;
	err = mime_parse_new(opts != NULL && opts->lenient_line_ends, &listen, &d->parse);
	if (err == ERR_OK)
		err = part_begin(d);
	if (err != ERR_OK) {
		mime_detach_free(&d);
		return err;
	}
	*ret = d;
	return ERR_OK;
}

void
mime_detach_free(struct mime_detach **d)
{
	struct mime_detach *x = *d;

	if (x == NULL)
		return;
	mime_parse_free(&x->parse);
	mime_entity_done(&x->entity);
	mime_cids_done(&x->cids);
	sha256_free(&x->sha);
	sha256_free(&x->content);
	free(x->levels);
	free(x->slots);
	free(x->part_facts);
	free(x);
	*d = NULL;
}

enum err
mime_detach_push(struct mime_detach *d, struct span in)
{
	enum err err;

	assert(!d->failed);
	err = mime_parse_push(d->parse, in);
	d->failed = err != ERR_OK;
	return err;
}

/* Pictures that no HTML shows are attachments; now all HTML was seen. */
static void
settle_roles(struct mime_detach *d, uint8_t *roles)
{
	struct mime_facts *f = &d->facts;

	for (uint32_t i = 0; i < d->part_count; i++) {
		struct slot *s = &d->slots[i];

		if (s->picture != 0 && mime_cids_has(&d->cids, s->picture))
			s->role = MIME_ROLE_PICTURE;
		roles[i] = s->role;
		d->part_facts[i] =
		    (struct mime_part_fact){ .role = s->role, .file_len = s->file_len };
		if (s->role != MIME_ROLE_ATTACHMENT)
			continue;
		f->attachment_count++;
		f->attachment_bytes += s->file_len;
		if (s->file_len > f->largest_attachment_bytes)
			f->largest_attachment_bytes = s->file_len;
	}
}

static void
gather_facts(struct mime_detach *d)
{
	const struct mime_parse_facts *seen = mime_parse_facts(d->parse);
	struct mime_facts *f = &d->facts;

	f->parts = d->part_facts;
	f->part_count = d->part_count;
	f->mail_len = d->writer.mail_len;
	f->wire.header_8bit = seen->header_8bit;
	f->wire.bare_lf = f->wire.bare_lf || seen->bare_lf;
	f->wire.long_line = f->wire.long_line || seen->long_line;
	sha256_final(d->content, f->content_sha256);
}

static enum err
finish(struct mime_detach *d)
{
	uint8_t roles[MIME_MAX_PARTS];
	void *p = NULL;

	TRY(mime_parse_finish(d->parse));
	TRY(leaf_end(d));
	mime_lines_end(&d->lines, &d->facts.wire);
	TRY(mime_writer_end(&d->writer));
	if (d->writer.mail_len == 0)
		return err_set(ERR_SYNTAX, "a mail of no bytes");
	TRY(grow(&p, d->part_count, sizeof(*d->part_facts)));
	d->part_facts = p;
	settle_roles(d, roles);
	gather_facts(d);
	return mime_writer_finish(&d->writer, d->facts.kind, &d->facts.wire, roles, d->part_count);
}

enum err
mime_detach_finish(struct mime_detach *d, const struct mime_facts **ret_facts)
{
	enum err err;

	assert(!d->failed);
	err = finish(d);
	d->failed = true; /* nothing may follow */
	if (err == ERR_OK)
		*ret_facts = &d->facts;
	return err;
}
