/*
 * mime/parse.c - see parse.h.
 *
 * Two states: in a header block (head_scan) and in a body (body_scan). Each takes as much as it can decide
 * from the bytes at hand and says how much that was; what is left, never more than a delimiter line with
 * its padding, waits in carry and is looked at again together with the next bytes. So no decision depends
 * on where the input was cut.
 */
#include "mime/parse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* "--" boundary "--" padding CRLF, and the line end before it */
#define DELIM_MAX (2u + MIME_MAX_BOUNDARY + 2u + MIME_MAX_PADDING + 2u)
#define CARRY_MAX (2u * DELIM_MAX)
#define LINE_MAX_ 998u /* RFC 5322 section 2.1.1 */

struct level {
	uint8_t boundary[MIME_MAX_BOUNDARY];
	size_t len;
	bool closed; /* its closing delimiter was seen */
};

struct mime_parse {
	struct mime_parse_events events;
	struct mime_parse_facts facts;
	bool lenient;
	bool in_head;
	bool root_head;   /* the header at hand is the message's own */
	bool line_start;  /* body: the next byte begins a line and no line end waits before it */
	struct buf field; /* header: the field at hand, then the line at hand */
	size_t line_at;   /* where that line begins in field */
	size_t head_bytes;
	unsigned head_fields;
	unsigned depth;
	struct level levels[MIME_MAX_DEPTH];
	size_t carry_len;
	uint8_t carry[CARRY_MAX];
};

enum err
mime_parse_new(bool lenient, const struct mime_parse_events *events, struct mime_parse **ret)
{
	struct mime_parse *p = malloc(sizeof(*p));

	if (p == NULL)
		return err_set(ERR_TEMP, "no memory for a MIME parser");
	memset(p, 0, offsetof(struct mime_parse, levels));
	p->carry_len = 0;
	p->events = *events;
	p->lenient = lenient;
	p->in_head = true;
	p->root_head = true;
	buf_init(&p->field, MIME_MAX_HEADER_BYTES);
	*ret = p;
	return ERR_OK;
}

void
mime_parse_free(struct mime_parse **p)
{
	if (*p != NULL)
		buf_done(&(*p)->field);
	free(*p);
	*p = NULL;
}

const struct mime_parse_facts *
mime_parse_facts(const struct mime_parse *p)
{
	return &p->facts;
}

/* ---- boundaries ---- */

static struct span
boundary_of(const struct level *l)
{
	return span_of(l->boundary, l->len);
}

/* text is what closes boundary */
static bool
is_closing(struct span boundary, struct span text)
{
	return span_starts(text, boundary) && span_eq(span_from(text, boundary.len), SPAN("--"));
}

static enum err
level_open(struct mime_parse *p, struct span boundary, bool descend)
{
	struct level *l;

	for (unsigned i = 0; i < p->depth; i++) {
		struct span outer = boundary_of(&p->levels[i]);

		if (span_eq(outer, boundary))
			return err_set(ERR_SYNTAX, "a multipart has the boundary of one around it");
		if (is_closing(outer, boundary) || is_closing(boundary, outer))
			return err_set(ERR_SYNTAX, "a boundary looks like the end of another one");
	}
	if (!descend)
		return ERR_OK;
	if (p->depth == MIME_MAX_DEPTH)
		return err_set(ERR_LIMIT, "multiparts nested deeper than %u", MIME_MAX_DEPTH);
	assert(boundary.len > 0 && boundary.len <= MIME_MAX_BOUNDARY);
	l = &p->levels[p->depth++];
	memcpy(l->boundary, boundary.p, boundary.len);
	l->len = boundary.len;
	l->closed = false;
	return ERR_OK;
}

enum match {
	MATCH_NONE,
	MATCH_MORE,   /* more bytes are needed to tell */
	MATCH_PREFIX, /* begins with an open boundary */
};

/* Does text, which follows "--" at the start of a line, begin with a boundary that is known? */
static enum match
match_prefix(const struct mime_parse *p, struct span text)
{
	enum match m = MATCH_NONE;

	for (unsigned i = p->depth; i-- > 0;) {
		struct span b = boundary_of(&p->levels[i]);

		if (span_starts(text, b))
			return MATCH_PREFIX;
		if (span_starts(b, text))
			m = MATCH_MORE;
	}
	return m;
}

enum line {
	LINE_TEXT,
	LINE_DELIM,
	LINE_CLOSE,
	LINE_AMBIGUOUS,
	LINE_BEHIND_END, /* a delimiter of a multipart that has ended */
};

/* What a whole line is; core is the text behind "--" without padding. Innermost multipart first. */
static enum line
classify(const struct mime_parse *p, struct span core, unsigned *ret_level)
{
	enum line line = LINE_TEXT;

	for (unsigned i = p->depth; i-- > 0;) {
		const struct level *l = &p->levels[i];
		struct span rest;

		if (!span_starts(core, boundary_of(l)))
			continue;
		rest = span_from(core, l->len);
		*ret_level = i;
		if (rest.len == 0)
			return l->closed ? LINE_BEHIND_END : LINE_DELIM;
		if (span_eq(rest, SPAN("--")))
			return l->closed ? LINE_TEXT : LINE_CLOSE;
		if (!l->closed)
			line = LINE_AMBIGUOUS;
	}
	return line;
}

/* ---- header blocks ---- */

static enum err
bad_line_end(void)
{
	return err_set(
	    ERR_SYNTAX, "a line of a header or beside a boundary does not end with CRLF");
}

/*
 * field-name = 1*%d33-57 / %d59-126 (RFC 5322 section 2.2). Other bytes are trimmed off or dropped by some
 * readers (a no-break space, a control), which then see a Content field where others see none. In the names
 * of other fields they do no harm.
 */
static bool
name_is_clear(struct span name)
{
	static const char word[] = "content-";
	bool clear = true, content = false;
	size_t matched = 0;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i];

		if (c <= ' ' || c >= 0x7F) {
			clear = false;
			continue;
		}
		matched = c == (uint8_t)word[matched] ? matched + 1 : c == (uint8_t)word[0];
		content = content || word[matched] == '\0';
		matched = word[matched] == '\0' ? 0 : matched;
	}
	return clear || !content;
}

static bool
is_mailbox_line(const struct mime_parse *p, struct span field)
{
	return p->lenient && p->root_head && p->head_fields == 0 &&
	    (span_starts(field, SPAN("From ")) || span_starts(field, SPAN(">From ")));
}

/* field-name ":" value; field is without its last line end (RFC 5322 section 2.2) */
static enum err
field_done(struct mime_parse *p, struct span field)
{
	struct span name, trimmed;

	if (is_mailbox_line(p, field))
		return ERR_OK;
	if (++p->head_fields > MIME_MAX_FIELDS)
		return err_set(ERR_LIMIT, "more than %u header fields", MIME_MAX_FIELDS);
	if (!span_take_until(&field, ':', &name) || memchr(name.p, '\n', name.len) != NULL)
		return err_set(ERR_SYNTAX, "a header line has no colon");
	trimmed = span_trim(name);
	if (trimmed.len == 0)
		return err_set(ERR_SYNTAX, "a header field has no name");
	if (!name_is_clear(trimmed))
		return err_set(
		    ERR_SYNTAX, "a Content field's name holds characters that some readers drop");
	/* some readers pass over such a field and see the default type; in the message's own header that is text */
	if (!p->root_head && trimmed.len < name.len && span_istarts(trimmed, SPAN("Content-")))
		return err_set(
		    ERR_SYNTAX, "a blank stands before the colon of a part's Content field");
	/* readers that ended the header earlier (see parse.h) would take it for a delimiter */
	if (span_starts(trimmed, SPAN("--")))
		return err_set(ERR_SYNTAX, "a header field looks like a boundary");
	return p->events.field(p->events.ctx, trimmed, span_from(field, 1));
}

static enum err
head_done(struct mime_parse *p)
{
	struct mime_framing framing = { 0 };

	/* the listener needs memory now, the header none */
	buf_done(&p->field);
	buf_init(&p->field, MIME_MAX_HEADER_BYTES);
	TRY(p->events.head_end(p->events.ctx, &framing));
	if (framing.boundary.len > 0)
		TRY(level_open(p, framing.boundary, framing.descend));
	p->in_head = false;
	p->root_head = false;
	p->line_start = true;
	p->line_at = 0;
	p->head_bytes = 0;
	p->head_fields = 0;
	return ERR_OK;
}

/* The field that ended where the line at hand begins. */
static enum err
flush_field(struct mime_parse *p)
{
	struct span field = span_upto(buf_span(&p->field), p->line_at);

	if (field.len == 0)
		return ERR_OK;
	if (field.len > 0 && field.p[field.len - 1] == '\n')
		field.len--;
	if (field.len > 0 && field.p[field.len - 1] == '\r')
		field.len--;
	TRY(field_done(p, field));
	buf_consume(&p->field, p->line_at);
	p->line_at = 0;
	return ERR_OK;
}

/* One header line without its line end; what it may not hold in any place. */
static enum err
check_line(struct mime_parse *p, struct span line, size_t eol_len)
{
	unsigned level;

	if (line.len == 0)
		return ERR_OK;
	if (memchr(line.p, 0, line.len) != NULL)
		return err_set(ERR_SYNTAX, "a header holds NUL");
	if (memchr(line.p, '\r', line.len) != NULL)
		return err_set(ERR_SYNTAX, "a header holds CR without LF");
	for (size_t i = 0; i < line.len && !p->facts.header_8bit; i++)
		p->facts.header_8bit = line.p[i] >= 0x80;
	if (line.len + eol_len > LINE_MAX_ + 2)
		p->facts.long_line = true;
	if (span_starts(line, SPAN("--")) &&
	    classify(p, span_trim(span_from(line, 2)), &level) != LINE_TEXT)
		return err_set(ERR_SYNTAX, "a boundary stands inside a header");
	return ERR_OK;
}

/* The line at hand is complete (or cut by the end of the mail: eol_len 0). */
static enum err
line_done(struct mime_parse *p, size_t eol_len, bool *ret_end)
{
	struct span line = span_from(buf_span(&p->field), p->line_at);
	bool continues;

	line.len -= eol_len;
	*ret_end = false;
	if (eol_len == 1) {
		if (!p->lenient)
			return bad_line_end();
		p->facts.bare_lf = true;
	}
	TRY(check_line(p, line, eol_len));
	continues = line.len > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
	if (continues && p->line_at == 0)
		return err_set(ERR_SYNTAX, "a header begins with a blank");
	if (!continues)
		TRY(flush_field(p));
	if (line.len == 0 && eol_len > 0)
		*ret_end = true;
	p->line_at = p->field.len;
	return ERR_OK;
}

static enum err
head_append(struct mime_parse *p, struct span bytes)
{
	unsigned max = p->root_head ? MIME_MAX_HEADER_BYTES : MIME_MAX_PART_HEADER_BYTES;

	if (bytes.len > max - p->head_bytes)
		return err_set(ERR_LIMIT, "header of more than %u bytes", max);
	p->head_bytes += bytes.len;
	TRY(p->events.head(p->events.ctx, bytes));
	return buf_put(&p->field, bytes);
}

/* Takes all of in, or all up to and with the empty line. */
static enum err
head_scan(struct mime_parse *p, struct span in, size_t *ret_used)
{
	size_t used = 0, n;
	bool end = false;

	while (used < in.len && !end) {
		struct span rest = span_from(in, used), text;

		n = span_find_byte(rest, '\n');
		n = n < rest.len ? n + 1 : n;
		TRY(head_append(p, span_upto(rest, n)));
		used += n;
		text = buf_span(&p->field);
		if (text.p[text.len - 1] != '\n')
			break;
		n = text.len - p->line_at >= 2 && text.p[text.len - 2] == '\r' ? 2 : 1;
		TRY(line_done(p, n, &end));
	}
	*ret_used = used;
	return end ? head_done(p) : ERR_OK;
}

/* The mail ends inside a header. */
static enum err
head_finish(struct mime_parse *p)
{
	bool end;

	if (p->field.len > p->line_at)
		TRY(line_done(p, 0, &end));
	p->line_at = p->field.len;
	TRY(flush_field(p));
	return head_done(p);
}

/* ---- bodies ---- */

/* Length of the line end (CRLF, LF, or CR alone) just before at; first is where undecided bytes begin. */
static size_t
eol_before(const uint8_t *s, size_t first, size_t at)
{
	if (at == first)
		return 0;
	if (s[at - 1] == '\n')
		return at - first >= 2 && s[at - 2] == '\r' ? 2 : 1;
	return s[at - 1] == '\r' ? 1 : 0;
}

/* The next "-" at the start of a line, from at on; in.len when there is none. */
static size_t
find_dash(struct span in, size_t at, size_t line_at)
{
	while (at < in.len) {
		const uint8_t *q = memchr(in.p + at, '-', in.len - at);

		if (q == NULL)
			return in.len;
		at = (size_t)(q - in.p);
		if (at == line_at || (at > 0 && (q[-1] == '\n' || q[-1] == '\r')))
			return at;
		at++;
	}
	return in.len;
}

struct found {
	enum line line;
	unsigned level;
	size_t start; /* of the line end before it */
	size_t end;   /* behind its own line end */
};

/* The line end at the front of s: its length; 0 when there is none (end of the mail); CR alone gives 1. */
static size_t
eol_at(struct span s)
{
	if (s.len >= 2 && s.p[0] == '\r' && s.p[1] == '\n')
		return 2;
	return s.len >= 1 ? 1 : 0;
}

/* Both line ends of a delimiter must be CRLF; LF will do when lenient; CR alone never. */
static enum err
check_line_ends(struct mime_parse *p, struct span before, struct span after)
{
	struct span ends[2] = { before, after };

	for (size_t i = 0; i < 2; i++) {
		if (ends[i].len == 0 || ends[i].len == 2)
			continue;
		if (ends[i].p[0] == '\r' || !p->lenient)
			return bad_line_end();
		p->facts.bare_lf = true;
	}
	return ERR_OK;
}

/*
 * in[at] is "-" at the start of a line. Fills *ret when the line is decided; *ret_more when more bytes must
 * come first.
 */
static enum err
inspect(struct mime_parse *p, struct span in, size_t first, size_t at, bool eof, struct found *ret,
    bool *ret_more)
{
	struct span text = span_from(in, at + 1), core;
	enum match m;
	size_t n, eol;

	*ret = (struct found){ .line = LINE_TEXT, .start = at, .end = at + 1 };
	*ret_more = text.len == 0 && !eof;
	if (!span_take_byte(&text, '-'))
		return ERR_OK;
	m = match_prefix(p, text);
	*ret_more = m == MATCH_MORE && !eof;
	if (m != MATCH_PREFIX)
		return ERR_OK;
	for (n = 0; n < text.len && text.p[n] != '\r' && text.p[n] != '\n'; n++)
		if (n > DELIM_MAX - 4)
			return err_set(ERR_SYNTAX, "a line begins with a boundary and goes on");
	*ret_more = (n == text.len || (text.p[n] == '\r' && n + 1 == text.len)) && !eof;
	if (*ret_more)
		return ERR_OK;
	core = span_upto(text, n);
	while (core.len > 0 && (core.p[core.len - 1] == ' ' || core.p[core.len - 1] == '\t'))
		core.len--;
	ret->line = classify(p, core, &ret->level);
	if (ret->line == LINE_TEXT)
		return ERR_OK;
	if (ret->line == LINE_AMBIGUOUS)
		return err_set(ERR_SYNTAX, "a line begins with a boundary and goes on");
	if (ret->line == LINE_BEHIND_END)
		return err_set(ERR_SYNTAX, "a part stands behind the end of its multipart");
	eol = eol_before(in.p, first, at);
	ret->start = at - eol;
	ret->end = at + 2 + n + eol_at(span_from(text, n));
	return check_line_ends(p, span_of(in.p + ret->start, eol),
	    span_upto(span_from(text, n), eol_at(span_from(text, n))));
}

/* The end of what can be given out as body: an open line end at the end waits. */
static size_t
decided_end(struct span in, size_t first, bool eof)
{
	return eof ? in.len : in.len - eol_before(in.p, first, in.len);
}

static enum err
put_body(struct mime_parse *p, struct span in, size_t from, size_t to)
{
	if (to <= from)
		return ERR_OK;
	p->line_start = false;
	return p->events.body(p->events.ctx, span_of(in.p + from, to - from));
}

static enum err
take_delimiter(struct mime_parse *p, const struct found *f, struct span bytes)
{
	p->line_start = true;
	p->depth = f->level + 1;
	if (f->line == LINE_CLOSE) {
		p->levels[f->level].closed = true;
		return p->events.close(p->events.ctx, f->level, bytes);
	}
	p->in_head = true;
	return p->events.delim(p->events.ctx, f->level, bytes);
}

/*
 * Takes what can be decided. Stops behind a delimiter that opens a part. first is where the bytes not yet
 * given out begin, line_at a place where a line begins without a line end before it in the bytes at hand.
 */
static enum err
body_scan(struct mime_parse *p, struct span in, bool eof, size_t *ret_used)
{
	size_t first = 0, at = 0, line_at = p->line_start ? 0 : in.len + 1, end;
	struct found f;
	bool more = false;

	while (p->depth > 0) {
		at = find_dash(in, at, line_at);
		if (at == in.len)
			break;
		TRY(inspect(p, in, first, at, eof, &f, &more));
		if (more)
			break;
		at = f.end;
		if (f.line != LINE_DELIM && f.line != LINE_CLOSE)
			continue;
		TRY(put_body(p, in, first, f.start));
		TRY(take_delimiter(p, &f, span_of(in.p + f.start, f.end - f.start)));
		first = line_at = f.end;
		*ret_used = f.end;
		if (f.line == LINE_DELIM)
			return ERR_OK;
	}
	end = p->depth == 0 ? in.len
	    : more          ? at - eol_before(in.p, first, at)
			    : decided_end(in, first, eof);
	TRY(put_body(p, in, first, end));
	*ret_used = end;
	return ERR_OK;
}

/* ---- input ---- */

/* As much of in as can be decided. */
static enum err
scan(struct mime_parse *p, struct span in, bool eof, size_t *ret_used)
{
	size_t used = 0, n;

	do {
		n = 0;
		if (p->in_head)
			TRY(head_scan(p, span_from(in, used), &n));
		else
			TRY(body_scan(p, span_from(in, used), eof, &n));
		used += n;
	} while (n > 0 && used < in.len);
	*ret_used = used;
	return ERR_OK;
}

/* Move bytes of in behind those that wait, and decide both. */
static enum err
scan_carry(struct mime_parse *p, struct span *in)
{
	size_t old = p->carry_len, take = sizeof(p->carry) - old, used;

	take = take < in->len ? take : in->len;
	memcpy(p->carry + old, in->p, take);
	TRY(scan(p, span_of(p->carry, old + take), false, &used));
	if (used >= old) {
		p->carry_len = 0;
		*in = span_from(*in, used - old);
		return ERR_OK;
	}
	assert(used > 0 || old + take < sizeof(p->carry));
	p->carry_len = old + take - used;
	memmove(p->carry, p->carry + used, p->carry_len);
	*in = span_from(*in, take);
	return ERR_OK;
}

enum err
mime_parse_push(struct mime_parse *p, struct span in)
{
	size_t used;

	while (p->carry_len > 0 && in.len > 0)
		TRY(scan_carry(p, &in));
	if (in.len == 0)
		return ERR_OK;
	TRY(scan(p, in, false, &used));
	in = span_from(in, used);
	assert(in.len < sizeof(p->carry));
	if (in.len > 0)
		memcpy(p->carry, in.p, in.len);
	p->carry_len = in.len;
	return ERR_OK;
}

enum err
mime_parse_finish(struct mime_parse *p)
{
	size_t used;

	TRY(scan(p, span_of(p->carry, p->carry_len), true, &used));
	assert(used == p->carry_len || p->carry_len == 0);
	return p->in_head ? head_finish(p) : ERR_OK;
}
