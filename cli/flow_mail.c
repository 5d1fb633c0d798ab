/*
 * cli/flow_mail.c - see flow_mail.h.
 *
 * The container goes into a temporary file, because only its index is wanted and a mail may be as large as
 * Exchange Online takes; the header stays in the arena.
 */
#include "cli/flow_mail.h"

#include "cli/address_list.h"
#include "cli/flow_type.h"
#include "connector/mail_from.h"
#include "mime/detach.h"
#include "mime/header.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define PIECE_BYTES (64u << 10)
/* a header block in UTF-8 at most: three bytes for one of a charset */
#define VALUE_BYTES (3u * MIME_MAX_HEADER_BYTES)

struct reading {
	struct arena *a;
	FILE *in;
	FILE *container;
	uint64_t container_bytes;
	uint64_t bare_lf; /* each gets a CR before it is sent */
	uint64_t bytes;
	struct flow_field *fields;
	struct span *raw; /* values as they came, folding and encoded words in place */
	size_t field_count;
	bool head_complete;
};

static void
reading_done(struct reading *r)
{
	if (r->container != NULL)
		(void)fclose(r->container);
}

/* --- the container's file --- */

static enum err
container_put(void *ctx, struct span in)
{
	struct reading *r = ctx;

	if (fwrite(in.p, 1, in.len, r->container) != in.len)
		return err_set(ERR_TEMP, "temporary file: %s", strerror(errno));
	r->container_bytes += in.len;
	return ERR_OK;
}

static enum err
container_get(void *ctx, uint64_t off, uint8_t *out, size_t len)
{
	struct reading *r = ctx;

	if (fseeko(r->container, (off_t)off, SEEK_SET) != 0 ||
	    fread(out, 1, len, r->container) != len)
		return err_set(ERR_TEMP, "temporary file: it is shorter than it was");
	return ERR_OK;
}

/* --- while bytes arrive --- */

static enum err
on_field(void *ctx, struct span name, struct span raw_value)
{
	struct reading *r = ctx;
	struct flow_field *f = &r->fields[r->field_count];
	CLEANUP(buf_done) struct buf value;

	buf_init(&value, VALUE_BYTES);
	if (r->field_count == MIME_MAX_FIELDS)
		return err_set(ERR_LIMIT, "more than %u header fields", MIME_MAX_FIELDS);
	TRY(mime_value_decode(raw_value, &value));
	f->undecodable = !flow_decodes(raw_value);
	f->tabbed = span_find_byte(span_trim(raw_value), '\t') < span_trim(raw_value).len;
	TRY(arena_dup(r->a, name, &f->name));
	TRY(arena_dup(r->a, buf_span(&value), &f->value));
	TRY(arena_dup(r->a, raw_value, &r->raw[r->field_count]));
	r->field_count++;
	return ERR_OK;
}

static enum err
on_head_end(void *ctx)
{
	struct reading *r = ctx;

	r->head_complete = true;
	return ERR_OK;
}

static void
count_bytes(struct reading *r, struct span in, bool *after_cr)
{
	for (size_t i = 0; i < in.len; i++) {
		r->bare_lf += in.p[i] == '\n' && !*after_cr;
		*after_cr = in.p[i] == '\r';
	}
	r->bytes += in.len;
}

/* All of the file into the parser; what it refuses behind the header is read to its end for its size. */
static enum err
push_all(struct reading *r, struct mime_detach *d, enum err *ret_refused)
{
	uint8_t piece[PIECE_BYTES];
	bool after_cr = false;
	enum err err = ERR_OK;
	size_t n;

	while ((n = fread(piece, 1, sizeof(piece), r->in)) > 0) {
		count_bytes(r, span_of(piece, n), &after_cr);
		if (err == ERR_OK)
			err = mime_detach_push(d, span_of(piece, n));
		if (err == ERR_TEMP || (err != ERR_OK && !r->head_complete))
			break;
		if (r->bytes > FLOW_EML_BYTES)
			return err_set(ERR_LIMIT, "over %u MB: no mail", FLOW_EML_BYTES >> 20);
	}
	if (ferror(r->in))
		return err_set(ERR_TEMP, "%s", strerror(errno));
	*ret_refused = err;
	return ERR_OK;
}

static enum err
take_apart(struct reading *r, struct flow_eml *e, struct mime_facts *ret_facts)
{
	struct mime_detach_opts opts = { .lenient_line_ends = true };
	struct mime_detach_events events = { r, on_field, on_head_end };
	const struct mime_facts *facts = NULL;
	struct mime_detach *d = NULL;
	enum err err;

	TRY(mime_detach_new(&opts, &events, (struct sink){ container_put, r }, &d));
	err = push_all(r, d, &e->refused);
	if (err == ERR_OK && e->refused == ERR_OK)
		e->refused = mime_detach_finish(d, &facts);
	if (err == ERR_OK && e->refused == ERR_TEMP)
		err = ERR_TEMP;
	if (err == ERR_OK && e->refused != ERR_OK)
		err = arena_dup(r->a, span_str(err_note()), &e->refused_note);
	if (facts != NULL)
		*ret_facts = *facts;
	ret_facts->parts = NULL; /* they go with d */
	mime_detach_free(&d);
	return err;
}

/* --- what it carries --- */

static bool
part_is(const struct mime_part *p, const char *type, const char *subtype)
{
	return span_eq(p->type, span_str(type)) &&
	    (subtype == NULL || span_eq(p->subtype, span_str(subtype)));
}

/*
 * Does the part count for AttachmentSizeOver, and as what? Only files and pictures in the text are
 * documented; the mail's own text is no attachment. A multipart in the place of a file is one that nobody
 * knows and nobody looks into.
 */
static bool
attachment_kind(const struct mime_part *p, enum flow_attachment_kind *ret)
{
	switch (p->role) {
	case MIME_ROLE_MULTIPART:
	case MIME_ROLE_BODY_PLAIN:
	case MIME_ROLE_BODY_HTML:
		return false;
	case MIME_ROLE_PICTURE:
		*ret = FLOW_EMBEDDED;
		return true;
	case MIME_ROLE_TNEF:
		*ret = FLOW_TNEF;
		return true;
	case MIME_ROLE_ATTACHMENT:
		*ret = FLOW_FILE;
		if (part_is(p, "message", NULL))
			*ret = FLOW_MESSAGE;
		if (part_is(p, "multipart", NULL))
			*ret = FLOW_UNSURE;
		return true;
	default:
		*ret = FLOW_UNSURE;
		return true;
	}
}

struct contents {
	struct flow_attachment *items;
	struct span *names;
	size_t count;
};

static enum err
contents_new(struct arena *a, size_t room, struct contents *ret)
{
	ret->items = arena_alloc(a, room * sizeof(*ret->items));
	ret->names = arena_alloc(a, room * sizeof(*ret->names));
	ret->count = 0;
	return ret->items != NULL && ret->names != NULL ? ERR_OK : ERR_TEMP;
}

static void
note_part(const struct mime_part *p, struct flow_type_facts *f)
{
	if (part_is(p, "application", "x-microsoft-rpmsg-message"))
		f->rights_part = true;
	if (p->role != MIME_ROLE_PROTECTED)
		return;
	if (part_is(p, "multipart", "signed"))
		f->signed_part = true;
	else
		f->sealed_part = true;
}

static enum err
contents_read(struct reading *r, struct contents *c, struct flow_type_facts *f)
{
	struct source container = { container_get, r, r->container_bytes };
	struct mime_index *ix;

	if (fflush(r->container) != 0)
		return err_set(ERR_TEMP, "temporary file: %s", strerror(errno));
	TRY(mime_index_open(container, r->a, &ix));
	TRY(contents_new(r->a, ix->part_count, c));
	for (uint32_t i = 0; i < ix->part_count; i++) {
		const struct mime_part *p = &ix->parts[i];

		note_part(p, f);
		if (!attachment_kind(p, &c->items[c->count].kind))
			continue;
		c->items[c->count].size_bytes = p->file_len;
		c->names[c->count++] = p->name;
	}
	return ERR_OK;
}

/* Of a mail that is refused nothing is known but that it is there. */
static enum err
contents_unknown(struct reading *r, struct contents *c)
{
	TRY(contents_new(r->a, 1, c));
	c->items[0] = (struct flow_attachment){ FLOW_UNSURE, r->bytes + r->bare_lf };
	c->count = 1;
	return ERR_OK;
}

static enum err
read_contents(struct reading *r, const struct mime_facts *facts, struct flow_eml *e)
{
	struct flow_type_facts f = { .fields = r->fields,
		.field_count = r->field_count,
		.readable = e->refused == ERR_OK,
		.kind = facts->kind };
	struct contents c = { NULL, NULL, 0 };

	TRY(f.readable ? contents_read(r, &c, &f) : contents_unknown(r, &c));
	for (int t = 0; t < FLOW_TYPES; t++)
		e->mail.types[t] = flow_type_answer(t, &f, &e->types_why[t]);
	e->mail.attachments = c.items;
	e->mail.attachment_count = c.count;
	e->attachment_names = c.names;
	return ERR_OK;
}

/* --- who --- */

static void
read_from(struct reading *r, struct flow_eml *e)
{
	struct address author;
	size_t seen = 0;

	for (size_t i = 0; i < r->field_count; i++) {
		if (!span_ieq(r->fields[i].name, SPAN("From")))
			continue;
		if (seen++ == 0 && mail_from_parse(r->raw[i], &author) == ERR_OK)
			e->mail.from =
			    span_of(author.local.p, author.local.len + 1 + author.domain.len);
	}
	e->mail.from_uncertain = seen != 1 || e->mail.from.len == 0;
}

static bool
is_recipient_field(struct span name)
{
	return span_ieq(name, SPAN("To")) || span_ieq(name, SPAN("Cc")) ||
	    span_ieq(name, SPAN("Bcc"));
}

static bool
is_among(const struct span *items, size_t count, struct span s)
{
	for (size_t i = 0; i < count; i++)
		if (span_ieq(items[i], s))
			return true;
	return false;
}

/* The mailboxes of one field, each once, behind those that items has; items NULL: only how many. */
static size_t
add_recipients(struct span value, struct span *items, size_t count, size_t *unread)
{
	struct span mailbox;

	while (address_list_next(&value, &mailbox)) {
		if (items == NULL)
			count++;
		else if (mailbox.len == 0)
			(*unread)++;
		else if (!is_among(items, count, mailbox))
			items[count++] = mailbox;
	}
	return count;
}

static enum err
read_recipients(struct reading *r, struct flow_eml *e)
{
	size_t room = 1, count = 0;
	struct span *items;

	for (size_t i = 0; i < r->field_count; i++)
		if (is_recipient_field(r->fields[i].name))
			room = add_recipients(r->raw[i], NULL, room, NULL);
	items = arena_alloc(r->a, room * sizeof(*items));
	if (items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < r->field_count; i++)
		if (is_recipient_field(r->fields[i].name))
			count = add_recipients(r->raw[i], items, count, &e->unread_recipients);
	e->mail.recipients = items;
	e->mail.recipient_count = count;
	return ERR_OK;
}

/* --- together --- */

static enum err
reading_init(struct reading *r)
{
	r->fields = arena_alloc(r->a, MIME_MAX_FIELDS * sizeof(*r->fields));
	r->raw = arena_alloc(r->a, MIME_MAX_FIELDS * sizeof(*r->raw));
	if (r->fields == NULL || r->raw == NULL)
		return ERR_TEMP;
	r->container = tmpfile();
	if (r->container == NULL)
		return err_set(ERR_TEMP, "temporary file: %s", strerror(errno));
	return ERR_OK;
}

enum err
flow_mail_read(FILE *in, const struct flow_mail_opts *opts, struct arena *a, struct flow_eml *ret)
{
	CLEANUP(reading_done) struct reading r = { .a = a, .in = in };
	struct mime_facts facts = { .kind = MIME_KIND_PLAIN };
	struct flow_eml e = { .refused = ERR_OK };

	assert(in != NULL && opts != NULL);
	TRY(reading_init(&r));
	TRY(take_apart(&r, &e, &facts));
	if (r.field_count == 0)
		return err_set(ERR_SYNTAX, "it has no header: no mail");
	/* half a header says nothing: what decides may stand in the other half */
	if (!r.head_complete)
		return e.refused;
	TRY(read_contents(&r, &facts, &e));
	read_from(&r, &e);
	if (opts->to == NULL)
		TRY(read_recipients(&r, &e));
	if (opts->to != NULL) {
		e.mail.recipients = opts->to;
		e.mail.recipient_count = opts->to_count;
	}
	e.mail.envelope_from = opts->envelope_from != NULL ? *opts->envelope_from : e.mail.from;
	e.mail.envelope_uncertain = opts->envelope_from == NULL && e.mail.from_uncertain;
	e.mail.fields = r.fields;
	e.mail.field_count = r.field_count;
	e.mail.size_bytes = r.bytes + r.bare_lf;
	e.mail.authenticated = opts->anonymous ? RULE_NO : RULE_YES;
	*ret = e;
	return ERR_OK;
}
