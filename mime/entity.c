/* mime/entity.c - see entity.h. */
#include "mime/entity.h"

#include "mime/header.h"
#include "mime/name.h"

#include <string.h>

void
mime_entity_init(struct mime_entity *e)
{
	*e = (struct mime_entity){ .encoding_known = true };
	buf_init(&e->raw_type, MIME_MAX_CONTENT_FIELD);
	buf_init(&e->raw_encoding, MIME_MAX_CONTENT_FIELD);
	buf_init(&e->raw_disposition, MIME_MAX_CONTENT_FIELD);
	buf_init(&e->raw_id, MIME_MAX_CONTENT_FIELD);
}

void
mime_entity_done(struct mime_entity *e)
{
	buf_done(&e->raw_type);
	buf_done(&e->raw_encoding);
	buf_done(&e->raw_disposition);
	buf_done(&e->raw_id);
}

static enum err
keep(struct buf *raw, bool *have, struct span value, const char *name)
{
	if (*have && span_eq(span_trim(value), span_trim(buf_span(raw))))
		return ERR_OK; /* all readers see the same, whichever they take */
	if (*have)
		return err_set(ERR_SYNTAX, "a part has two different %s fields", name);
	*have = true;
	if (value.len > MIME_MAX_CONTENT_FIELD)
		return err_set(ERR_LIMIT, "%s field of %zu bytes, %u allowed", name, value.len,
		    MIME_MAX_CONTENT_FIELD);
	return buf_put(raw, value);
}

enum err
mime_entity_field(struct mime_entity *e, struct span name, struct span value)
{
	if (!span_istarts(name, SPAN("Content-")))
		return ERR_OK;
	if (span_ieq(name, SPAN("Content-Type")))
		return keep(&e->raw_type, &e->have_type, value, "Content-Type");
	if (span_ieq(name, SPAN("Content-Transfer-Encoding")))
		return keep(
		    &e->raw_encoding, &e->have_encoding, value, "Content-Transfer-Encoding");
	if (span_ieq(name, SPAN("Content-Disposition")))
		return keep(
		    &e->raw_disposition, &e->have_disposition, value, "Content-Disposition");
	if (span_ieq(name, SPAN("Content-ID")))
		return keep(&e->raw_id, &e->have_id, value, "Content-ID");
	return ERR_OK;
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Copy into a word; what does not fit or holds NUL leaves it empty. */
static void
set_word(char *word, size_t max, struct span s)
{
	if (s.len > max || memchr(s.len == 0 ? (const uint8_t *)"" : s.p, 0, s.len) != NULL)
		return;
	if (s.len > 0)
		memcpy(word, s.p, s.len);
	word[s.len] = '\0';
}

/* The characters up to the first blank; *ret_more when others follow. */
static struct span
first_word(struct span s, bool *ret_more)
{
	size_t n = 0;

	s = span_trim(s);
	while (n < s.len && !is_space(s.p[n]))
		n++;
	*ret_more = n < s.len;
	return span_upto(s, n);
}

/* token (RFC 2045 section 5.1): printable ASCII without blanks and tspecials */
static bool
is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F ||
		    memchr("()<>@,;:\\\"/[]?=", s.p[i], 15) != NULL)
			return false;
	return s.len > 0;
}

static bool
contains_i(struct span s, struct span needle)
{
	for (; s.len >= needle.len; s = span_from(s, 1))
		if (span_istarts(s, needle))
			return true;
	return false;
}

/* A word parameter: the value up to a blank or comment, quotes off. */
static enum err
word_param(const struct mime_param *p, char *word, bool *have)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct span s;
	bool more;

	if (*have)
		return ERR_OK; /* the first counts; nothing can hide behind the second */
	*have = true;
	buf_init(&value, MIME_MAX_CONTENT_FIELD);
	TRY(mime_param_unquote(p, &value));
	s = first_word(buf_span(&value), &more);
	s = span_upto(s, span_find_byte(s, '('));
	if (s.len > 1 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = span_from(span_upto(s, s.len - 1), 1); /* start="<id>" */
	set_word(word, MIME_WORD_MAX, s);
	return ERR_OK;
}

/* What may follow the first "=" of a boundary without quotes. */
static bool
is_bare_tail(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (memchr("<>@,:[]*", s.p[i], 8) != NULL)
			return false;
	return true;
}

/*
 * A boundary without quotes that holds tspecials (RFC 2045 section 5.1): some readers end it there, and split
 * the mail at other lines. Taken is "=" behind nothing but dashes, which many mailers write.
 */
static bool
is_bare_boundary(struct span s)
{
	size_t dashes = 0;

	while (dashes < s.len && (s.p[dashes] == '-' || s.p[dashes] == '_'))
		dashes++;
	if (dashes < s.len && s.p[dashes] == '=')
		return is_bare_tail(span_from(s, dashes));
	return is_token(s) && span_find_byte(s, '*') == s.len;
}

/*
 * boundary := 0*69<bchars> bcharsnospace (RFC 2046 section 5.1.1); taken are all printable characters, as
 * readers do, but none that only some of them undo.
 */
static enum err
set_boundary(struct mime_entity *e, const struct mime_param *p, bool *have)
{
	struct span s = p->value;

	if (*have)
		return err_set(ERR_SYNTAX, "a multipart has two boundary parameters");
	*have = true;
	if (s.len == 0)
		return err_set(ERR_SYNTAX, "a multipart has an empty boundary");
	if (s.len > MIME_MAX_BOUNDARY)
		return err_set(
		    ERR_LIMIT, "boundary of %zu characters, %u allowed", s.len, MIME_MAX_BOUNDARY);
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < ' ' || s.p[i] >= 0x7F || s.p[i] == '\\' || s.p[i] == '"')
			return err_set(
			    ERR_SYNTAX, "a boundary holds a character that no boundary may hold");
	if (p->odd || (!p->quoted && !is_bare_boundary(s)) || s.p[0] == ' ' ||
	    s.p[s.len - 1] == ' ')
		return err_set(ERR_SYNTAX, "the extent of a boundary parameter is not clear");
	if (span_starts(s, SPAN("=?")) && span_iends(s, SPAN("?=")))
		return err_set(ERR_SYNTAX, "a boundary is written as an encoded word");
	set_word(e->boundary, MIME_MAX_BOUNDARY, s);
	return ERR_OK;
}

struct type_seen {
	bool boundary, charset, start, word;
};

static enum err
type_param(struct mime_entity *e, const struct mime_param *p, bool clean, struct type_seen *seen)
{
	bool multipart = strcmp(e->type, "multipart") == 0;

	if (multipart && span_istarts(p->name, SPAN("boundary*")))
		return err_set(ERR_SYNTAX, "a boundary is written in the form of RFC 2231");
	if (multipart && span_ieq(p->name, SPAN("boundary"))) {
		if (!clean)
			return err_set(
			    ERR_SYNTAX, "a boundary stands behind something that is no parameter");
		return set_boundary(e, p, &seen->boundary);
	}
	if (!multipart && span_ieq(p->name, SPAN("charset")))
		return word_param(p, e->charset, &seen->charset);
	if (multipart && span_ieq(p->name, SPAN("start")))
		return word_param(p, e->start, &seen->start);
	if (span_ieq(p->name, SPAN("report-type")) || span_ieq(p->name, SPAN("smime-type")) ||
	    span_ieq(p->name, SPAN("method")))
		return word_param(p, e->word, &seen->word);
	return ERR_OK;
}

/*
 * "text/plain"; "text" alone was a type before MIME (RFC 1049). Anything else is left unknown. clear: no
 * comment and nothing odd stands beside it.
 */
static void
set_type(struct mime_entity *e, struct span first, bool clear)
{
	struct span type, subtype = first;
	bool more;

	first = first_word(first, &more);
	e->odd = e->odd || more;
	subtype = first;
	if (span_take_until(&subtype, '/', &type) && is_token(type) &&
	    is_token(span_from(subtype, 1)) && first.len <= MIME_WORD_MAX) {
		set_word(e->type, MIME_WORD_MAX, type);
		set_word(e->subtype, MIME_WORD_MAX, span_from(subtype, 1));
		lower(e->type);
		lower(e->subtype);
		return;
	}
	if ((clear && !more) && (first.len == 0 || span_ieq(first, SPAN("text")))) {
		e->bare_type = e->have_type;
		strcpy(e->type, "text");
		strcpy(e->subtype, "plain");
		return;
	}
	strcpy(e->type, "application");
	strcpy(e->subtype, "octet-stream");
	e->odd = true;
}

/*
 * How often "boundary" and "=" stand in s, in parameters or anywhere else. Readers that search for it
 * instead of parsing, or trim more than blanks, must find the same one.
 */
static unsigned
boundaries_in(struct span s)
{
	unsigned count = 0;
	struct span rest;

	for (; s.len > 0; s = span_from(s, 1)) {
		rest = s;
		if (!span_take_i(&rest, SPAN("boundary")))
			continue;
		while (rest.len > 0 && (rest.p[0] <= ' ' || rest.p[0] >= 0x7F))
			rest = span_from(rest, 1);
		count += span_take_byte(&rest, '=');
	}
	return count;
}

static enum err
resolve_type(struct mime_entity *e)
{
	struct span raw = buf_span(&e->raw_type), first;
	struct type_seen seen = { 0 };
	struct mime_params ps;
	struct mime_param p;
	bool clean;

	mime_params_start(&ps, raw, &first);
	set_type(e, first, !ps.odd && !ps.comment);
	/* Python's email takes "(x)text/plain" for a type of its own */
	e->bare_type = e->bare_type || span_starts(span_trim(raw), SPAN("("));
	clean = !ps.odd && !ps.comment && !e->odd;
	if (strcmp(e->type, "multipart") == 0 && boundaries_in(raw) > 1)
		return err_set(ERR_SYNTAX, "a multipart has two boundary parameters, or seems to");
	while (mime_params_next(&ps, &p)) {
		clean = clean && !ps.comment && (!ps.odd || p.odd);
		TRY(type_param(e, &p, clean, &seen));
		clean = clean && !ps.odd;
	}
	e->odd = e->odd || ps.odd;
	if (strcmp(e->type, "multipart") == 0 && e->boundary[0] == '\0')
		return err_set(ERR_SYNTAX, "a multipart has no boundary");
	lower(e->charset);
	lower(e->word);
	/* mailparser goes by the boundary alone */
	if (e->bare_type && boundaries_in(raw) > 0)
		return err_set(ERR_SYNTAX, "a Content-Type is almost a multipart");
	/* "multipart /mixed", "multipart\mixed": some readers take it for one */
	if (strcmp(e->type, "multipart") != 0 &&
	    contains_i(span_upto(raw, span_find_byte(raw, ';')), SPAN("multipart")))
		return err_set(ERR_SYNTAX, "a Content-Type is almost a multipart");
	return ERR_OK;
}

/* mechanism := "7bit" / "8bit" / "binary" / "quoted-printable" / "base64" / ... (RFC 2045 section 6.1) */
static void
resolve_encoding(struct mime_entity *e)
{
	static const char *const identity[] = { "7bit", "8bit", "binary", "7-bit", "8-bit", "" };
	struct span word = span_trim(buf_span(&e->raw_encoding));

	for (size_t i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		if (span_ieq(word, span_str(identity[i])))
			return;
	if (span_ieq(word, SPAN("base64")))
		e->cte = MIME_CTE_BASE64;
	else if (span_ieq(word, SPAN("quoted-printable")))
		e->cte = MIME_CTE_QP;
	else
		e->encoding_known = false;
}

static void
resolve_disposition(struct mime_entity *e)
{
	struct mime_params ps;
	struct mime_param p;
	struct span first;
	bool more;

	if (!e->have_disposition)
		return;
	mime_params_start(&ps, buf_span(&e->raw_disposition), &first);
	first = first_word(first, &more);
	while (mime_params_next(&ps, &p))
		;
	e->odd = e->odd || more || ps.odd;
	e->disposition = MIME_DISPOSITION_ATTACHMENT;
	if (span_ieq(first, SPAN("inline")))
		e->disposition = MIME_DISPOSITION_INLINE;
}

/* msg-id (RFC 2045 section 7): what stands between < and >, or all of it */
static void
resolve_id(struct mime_entity *e)
{
	struct span s = span_trim(buf_span(&e->raw_id));

	if (s.len > 1 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = span_trim(span_from(span_upto(s, s.len - 1), 1));
	set_word(e->content_id, MIME_WORD_MAX, s);
}

static enum err
resolve_name(struct mime_entity *e)
{
	CLEANUP(buf_done) struct buf name;
	struct span type = buf_span(&e->raw_type), disposition = buf_span(&e->raw_disposition);

	buf_init(&name, MIME_MAX_CONTENT_FIELD);
	TRY(mime_name_choose(disposition, type, &name, &e->named));
	if (name.len > 0)
		mime_name_label(buf_span(&name), e->name);
	/* a name that we cannot get at may be one that others can */
	if (contains_i(type, SPAN("name")) || contains_i(disposition, SPAN("name")) ||
	    contains_i(type, SPAN("=?")) || contains_i(disposition, SPAN("=?")))
		e->named = true;
	return ERR_OK;
}

enum err
mime_entity_end(struct mime_entity *e, bool in_digest)
{
	if (!e->have_type && in_digest) {
		strcpy(e->type, "message");
		strcpy(e->subtype, "rfc822");
	} else {
		TRY(resolve_type(e));
	}
	resolve_encoding(e);
	resolve_disposition(e);
	resolve_id(e);
	TRY(resolve_name(e));
	if (strcmp(e->type, "multipart") == 0 &&
	    (e->cte != MIME_CTE_IDENTITY || !e->encoding_known))
		return err_set(ERR_SYNTAX, "a multipart has a transfer encoding");
	mime_entity_done(e);
	return ERR_OK;
}

bool
mime_entity_is(const struct mime_entity *e, const char *type, const char *subtype)
{
	return strcmp(e->type, type) == 0 && (subtype == NULL || strcmp(e->subtype, subtype) == 0);
}
