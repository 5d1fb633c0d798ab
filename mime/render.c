/*
 * mime/render.c - walk over the pieces of a mail and write those that stay, with the banner between them.
 *
 * First is decided which parts stay and where the notice goes; then the pieces pass by once, in order.
 * Pieces are copied from the container to the sink; the only bytes of our own are the fields added on top,
 * the banner, and a part of our own where there is no text to put it in.
 */
#include "mime/render.h"

#include "mime/encode.h"
#include "mime/header.h"
#include "mime/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where the notice goes when no text can take it. */
enum own_part {
	OWN_NONE,  /* there is a text */
	OWN_FIRST, /* as the first part of the top multipart */
	OWN_LAST, /* as its last: multipart/alternative, whose last part is the one that is shown */
	OWN_BODY, /* as the body: the file was the body */
};

#define BOUNDARY_SIZE 64

struct render {
	const struct mime_index *ix;
	const struct mime_render_plan *plan;
	struct sink out;
	uint8_t last; /* byte written last */
	bool *keep;   /* a part stays */
	enum own_part own;
	bool own_written;
	bool cut; /* the piece walked last was left out */
	struct mime_banner banner;
	struct mime_banner_file *files;
	uint32_t due;  /* BODY_* whose banner comes next, or MIME_NO_PART */
	bool due_8bit; /* its body may hold 8-bit bytes */
	struct mime_pieces pieces;
};

static void
render_free(struct render **r)
{
	if (*r == NULL)
		return;
	free((*r)->keep);
	free((*r)->files);
	free(*r);
	*r = NULL;
}

static enum err
out_put(void *ctx, struct span in)
{
	struct render *r = ctx;

	if (in.len == 0)
		return ERR_OK;
	r->last = in.p[in.len - 1];
	return sink_put(r->out, in);
}

static struct sink
out_sink(struct render *r)
{
	return (struct sink){ out_put, r };
}

static enum err
out_str(struct render *r, const char *s)
{
	return out_put(r, span_str(s));
}

/* line_start() - what comes next must begin a line. */
static enum err
line_start(struct render *r)
{
	return r->last == '\n' ? ERR_OK : out_str(r, "\r\n");
}

static bool
is_body(const struct mime_part *p)
{
	return p->role == MIME_ROLE_BODY_PLAIN || p->role == MIME_ROLE_BODY_HTML;
}

/*
 * What stays.
 */

/*
 * decide_parts() - what stays; returns how many files leave. Children stand behind their parents, so from
 * the end each child is settled before its parent.
 */
static uint32_t
decide_parts(struct render *r, bool *had_child, bool *keeps_child)
{
	uint32_t leaving = 0;

	for (uint32_t i = r->ix->part_count; i-- > 0;) {
		const struct mime_part *p = &r->ix->parts[i];

		leaving += p->role == MIME_ROLE_ATTACHMENT;
		r->keep[i] =
		    p->role != MIME_ROLE_ATTACHMENT && (!had_child[i] || keeps_child[i] || i == 0);
		if (p->parent == MIME_NO_PART)
			continue;
		had_child[p->parent] = true;
		keeps_child[p->parent] |= r->keep[i];
	}
	for (uint32_t i = 1; i < r->ix->part_count; i++)
		r->keep[i] &= r->keep[r->ix->parts[i].parent];
	return leaving;
}

static enum own_part
decide_own(const struct render *r)
{
	const struct mime_part *top = &r->ix->parts[0];

	for (uint32_t i = 0; i < r->ix->part_count; i++)
		if (r->keep[i] && is_body(&r->ix->parts[i]))
			return OWN_NONE;
	if (top->role != MIME_ROLE_MULTIPART)
		return OWN_BODY;
	return span_ieq(top->subtype, SPAN("alternative")) ? OWN_LAST : OWN_FIRST;
}

/* list_files() - the parts that leave, unless the caller named files. */
static enum err
list_files(struct render *r)
{
	size_t n = 0;

	r->banner = *r->plan->banner;
	if (r->banner.files != NULL)
		return ERR_OK;
	r->files = calloc(r->ix->part_count, sizeof(*r->files));
	if (r->files == NULL)
		return err_set(ERR_TEMP, "no memory for a list of %u files", r->ix->part_count);
	for (uint32_t i = 0; i < r->ix->part_count; i++) {
		const struct mime_part *p = &r->ix->parts[i];

		if (p->role == MIME_ROLE_ATTACHMENT)
			r->files[n++] = (struct mime_banner_file){ p->name, p->file_len };
	}
	r->banner.files = r->files;
	r->banner.file_count = n;
	return ERR_OK;
}

static enum err
decide(struct render *r)
{
	uint32_t n = r->ix->part_count;
	uint32_t leaving;
	bool *scratch;

	if (!r->plan->edit)
		return ERR_OK;
	assert(r->plan->banner != NULL);
	TRY(mime_banner_check(r->plan->banner));
	r->keep = calloc(n, sizeof(*r->keep));
	scratch = calloc(n, 2 * sizeof(*scratch));
	if (r->keep == NULL || scratch == NULL) {
		free(scratch);
		return err_set(ERR_TEMP, "no memory for %u parts", n);
	}
	leaving = decide_parts(r, scratch, scratch + n);
	free(scratch);
	if (leaving == 0)
		return err_set(ERR_SYNTAX, "the mail has no part that could be taken out");
	r->own = decide_own(r);
	return list_files(r);
}

/*
 * The banner in a text of the mail.
 */

static enum err
banner_put(const struct render *r, const struct mime_part *p, enum mime_charset cs, unsigned pad,
    struct buf *out)
{
	if (p->role == MIME_ROLE_BODY_HTML)
		return mime_banner_html(&r->banner, cs, pad, out);
	return mime_banner_text(&r->banner, cs, pad, out);
}

static enum mime_charset
banner_charset(const struct render *r, const struct mime_part *p)
{
	enum mime_charset cs = mime_charset_of(p->charset);

	if (cs == MIME_CHARSET_FOREIGN || (p->cte == MIME_CTE_IDENTITY && !r->due_8bit))
		return MIME_CHARSET_ASCII;
	return cs;
}

/* banner_base64() - the quantum that is cut keeps its bytes; ours are a multiple of 3, so all fits. */
static enum err
banner_base64(struct render *r, const struct mime_part *p, const struct mime_insert *at,
    bool eol_follows, struct buf *out)
{
	struct buf bytes CLEANUP(buf_done) = { 0 };
	enum mime_charset cs = banner_charset(r, p);
	size_t len;

	buf_init(&bytes, MIME_BANNER_BYTES_MAX + 8);
	TRY(banner_put(r, p, cs, 0, &bytes));
	len = bytes.len;
	buf_clear(&bytes);
	TRY(buf_put(&bytes, span_of(at->quantum, at->quantum_split)));
	TRY(banner_put(r, p, cs, (unsigned)((3 - len % 3) % 3), &bytes));
	TRY(buf_put(&bytes,
	    span_of(at->quantum + at->quantum_split, (size_t)at->quantum_len - at->quantum_split)));
	if (at->column > 0)
		TRY(buf_put_str(out, "\r\n"));
	TRY(mime_encode_base64(buf_span(&bytes), out));
	return eol_follows ? ERR_OK : buf_put_str(out, "\r\n");
}

/* banner_qp() - our text begins with a line end or stands at the start of a line; ends with a line end. */
static enum err
banner_qp(struct render *r, const struct mime_part *p, bool after_blank, struct buf *out)
{
	struct buf text CLEANUP(buf_done) = { 0 };

	buf_init(&text, MIME_BANNER_BYTES_MAX);
	TRY(banner_put(r, p, banner_charset(r, p), 0, &text));
	/* a blank before a hard line break would be taken for padding (RFC 2045 section 6.7, rule 3) */
	if (after_blank)
		TRY(buf_put_str(out, "=\r\n"));
	return mime_encode_qp(buf_span(&text), out);
}

static enum err
peek(const struct render *r, const struct mime_piece *body, uint64_t off, uint8_t *ret)
{
	*ret = 0;
	if (body == NULL || off >= body->stored_len)
		return ERR_OK;
	return source_get(r->ix->source, body->off + off, ret, 1);
}

static enum err
banner_encode(struct render *r, const struct mime_part *p, const struct mime_insert *at,
    const struct mime_piece *body, struct buf *out)
{
	uint8_t before = 0, after;

	if (at->column > 0)
		TRY(peek(r, body, at->raw_off - 1, &before));
	TRY(peek(r, body, at->raw_resume, &after));
	switch (p->cte) {
	case MIME_CTE_BASE64:
		return banner_base64(r, p, at, after == '\r' || after == '\n', out);
	case MIME_CTE_QP:
		return banner_qp(r, p, before == ' ' || before == '\t', out);
	case MIME_CTE_IDENTITY:
		break;
	}
	return banner_put(r, p, banner_charset(r, p), 0, out);
}

/* write_body() - a text with its banner; body is its only piece, or NULL when it is empty. */
static enum err
write_body(struct render *r, const struct mime_piece *body)
{
	struct buf banner CLEANUP(buf_done) = { 0 };
	const struct mime_part *p = &r->ix->parts[r->due];
	uint64_t len = body != NULL ? body->stored_len : 0;
	struct mime_insert at;

	r->due = MIME_NO_PART;
	TRY(mime_insert_find(r->ix, p->no, &at));
	if (at.raw_off > at.raw_resume || at.raw_resume > len)
		return err_set(ERR_SYNTAX, "part %u has no byte %llu for the banner", p->no,
		    (unsigned long long)at.raw_resume);
	buf_init(&banner, 5 * MIME_BANNER_BYTES_MAX);
	TRY(banner_encode(r, p, &at, body, &banner));
	if (body != NULL)
		TRY(source_copy(r->ix->source, body->off, at.raw_off, out_sink(r)));
	TRY(out_put(r, buf_span(&banner)));
	if (body == NULL)
		return ERR_OK;
	return source_copy(
	    r->ix->source, body->off + at.raw_resume, len - at.raw_resume, out_sink(r));
}

/*
 * A part of our own.
 */

/* own_boundary() - from the link, which no sender can know; "=_" never stands in quoted-printable. */
static void
own_boundary(const struct render *r, char out[BOUNDARY_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	char hex[HEX_SIZE(SHA256_SIZE)];

	sha256_of(r->banner.url, digest);
	hex_encode(span_of(digest, 16), hex);
	strcpy(out, "=_secudoc_");
	strcat(out, hex);
}

static enum err
own_text(struct render *r, const char *subtype, struct span text)
{
	struct buf qp CLEANUP(buf_done) = { 0 };

	buf_init(&qp, 5 * MIME_BANNER_BYTES_MAX);
	TRY(mime_encode_qp(text, &qp));
	TRY(out_str(r, "Content-Type: text/"));
	TRY(out_str(r, subtype));
	TRY(out_str(r, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"));
	return out_put(r, buf_span(&qp));
}

/* own_content() - the two forms between their boundaries; ends without a line end. */
static enum err
own_content(struct render *r)
{
	struct buf text CLEANUP(buf_done) = { 0 };
	char boundary[BOUNDARY_SIZE];

	own_boundary(r, boundary);
	buf_init(&text, 2 * MIME_BANNER_BYTES_MAX);
	TRY(mime_banner_text(&r->banner, MIME_CHARSET_UTF8, 0, &text));
	TRY(out_str(r, "--"));
	TRY(out_str(r, boundary));
	TRY(out_str(r, "\r\n"));
	TRY(own_text(r, "plain", buf_span(&text)));
	buf_clear(&text);
	TRY(buf_put_str(&text,
	    "<!DOCTYPE html>\r\n<html><head><meta http-equiv=\"Content-Type\" "
	    "content=\"text/html; charset=utf-8\"></head><body>"));
	TRY(mime_banner_html(&r->banner, MIME_CHARSET_UTF8, 0, &text));
	TRY(buf_put_str(&text, "</body></html>\r\n"));
	TRY(out_str(r, "\r\n--"));
	TRY(out_str(r, boundary));
	TRY(out_str(r, "\r\n"));
	TRY(own_text(r, "html", buf_span(&text)));
	TRY(out_str(r, "\r\n--"));
	TRY(out_str(r, boundary));
	return out_str(r, "--");
}

static enum err
own_type(struct render *r)
{
	char boundary[BOUNDARY_SIZE];

	own_boundary(r, boundary);
	TRY(out_str(r, "Content-Type: multipart/alternative;\r\n boundary=\""));
	TRY(out_str(r, boundary));
	return out_str(r, "\"\r\n");
}

/* find_delimiter() - append the line "--boundary" that opens the parts of the top multipart. */
static enum err
find_delimiter(struct render *r, struct buf *out)
{
	const struct mime_part *p = r->ix->parts + 1, *end = r->ix->parts + r->ix->part_count;
	struct mime_pieces *own = malloc(sizeof(*own));
	struct mime_piece piece;
	struct span line;
	enum err err;

	if (own == NULL)
		return err_set(ERR_TEMP, "no memory for a walk over the pieces");
	while (p < end && p->parent != 0)
		p++;
	assert(p < end); /* something leaves, and it is not the top */
	mime_pieces_start(own, r->ix, p->first_piece);
	err = mime_pieces_next(own, &piece);
	free(own);
	if (err != ERR_OK)
		return err;
	if (piece.kind != MIME_PIECE_DELIM)
		return err_set(ERR_SYNTAX, "part %u does not begin with its delimiter", p->no);
	TRY(mime_piece_copy(r->ix, &piece, sink_buf(out)));
	line = buf_span(out);
	while (span_take_byte(&line, '\r') || span_take_byte(&line, '\n'))
		;
	buf_consume(out, out->len - line.len);
	while (out->len > 0 && (out->p[out->len - 1] == '\r' || out->p[out->len - 1] == '\n'))
		out->len--;
	return ERR_OK;
}

/* write_own_part() - delimiter, header and content, among the parts of the top multipart. */
static enum err
write_own_part(struct render *r)
{
	struct buf delimiter CLEANUP(buf_done) = { 0 };

	r->own_written = true;
	buf_init(&delimiter, 4096);
	TRY(find_delimiter(r, &delimiter));
	TRY(line_start(r));
	TRY(out_put(r, buf_span(&delimiter)));
	TRY(out_str(r, "\r\n"));
	TRY(own_type(r));
	TRY(out_str(r, "\r\n"));
	return own_content(r);
}

/*
 * Headers.
 */

/* check_added() - whole fields: no line begins with a blank or is empty, and CRLF ends each. */
static enum err
check_added(struct span fields)
{
	struct span rest = fields, line;
	bool first = true;

	while (rest.len > 0) {
		if (!span_take_until(&rest, '\n', &line) || line.len < 2 ||
		    line.p[line.len - 1] != '\r' ||
		    span_find_byte(span_upto(line, line.len - 1), '\r') < line.len - 1 ||
		    (first && (line.p[0] == ' ' || line.p[0] == '\t')))
			return err_set(ERR_SYNTAX, "added fields that are not whole lines");
		(void)span_take_byte(&rest, '\n');
		first = false;
	}
	return ERR_OK;
}

static enum err
read_head(struct render *r, const struct mime_piece *piece, struct buf *out)
{
	buf_init(out, 2 * MIME_MAX_HEADER_BYTES);
	return source_copy(r->ix->source, piece->off, piece->stored_len, sink_buf(out));
}

/* end_head() - what is left of a header block: its empty line, or one of ours where the mail was cut. */
static enum err
end_head(struct render *r, struct span rest, bool body_follows)
{
	if (rest.len > 0)
		return out_put(r, rest);
	if (!body_follows)
		return ERR_OK;
	if (r->last != 0)
		TRY(line_start(r));
	return out_str(r, "\r\n");
}

static enum err
write_own_head(struct render *r, bool has_version)
{
	if (r->last != 0)
		TRY(line_start(r));
	if (!has_version)
		TRY(out_str(r, "MIME-Version: 1.0\r\n"));
	return own_type(r);
}

static bool
is_dropped(const struct render *r, struct span name)
{
	if (name.len == 0)
		return false;
	if (r->own == OWN_BODY && span_istarts(name, SPAN("Content-")))
		return true;
	return r->plan->drop_field != NULL && r->plan->drop_field(r->plan->ctx, name);
}

/* write_top_head() - the message's own header, with all changes that it may have. */
static enum err
write_top_head(struct render *r, struct span block)
{
	struct mime_field field;
	bool has_version = false;

	while (mime_header_next(&block, &field)) {
		has_version |= span_ieq(field.name, SPAN("MIME-Version"));
		if (!is_dropped(r, field.name))
			TRY(out_put(r, field.whole));
	}
	if (r->own == OWN_BODY)
		TRY(write_own_head(r, has_version));
	return end_head(r, block, r->own == OWN_BODY || r->due == 0);
}

static enum err
write_part_head(struct render *r, struct span block)
{
	struct mime_field field;

	while (mime_header_next(&block, &field))
		TRY(out_put(r, field.whole));
	return end_head(r, block, true);
}

/* declares_8bit() - the part's own Content-Transfer-Encoding lets 8-bit bytes in (RFC 2045 section 6.2). */
static bool
declares_8bit(struct span block)
{
	struct mime_field field;

	while (mime_header_next(&block, &field)) {
		struct span value = span_trim(field.value);

		if (span_ieq(field.name, SPAN("Content-Transfer-Encoding")))
			return span_ieq(value, SPAN("8bit")) || span_ieq(value, SPAN("binary"));
	}
	return false;
}

static enum err
write_head(struct render *r, const struct mime_piece *piece)
{
	struct buf head CLEANUP(buf_done) = { 0 };
	bool takes_banner = r->plan->edit && is_body(&r->ix->parts[piece->owner]);

	if (piece->owner != 0 && !takes_banner)
		return mime_piece_copy(r->ix, piece, out_sink(r));
	TRY(read_head(r, piece, &head));
	if (takes_banner) {
		r->due = piece->owner;
		/* the way of the mail must not change because of us, so only where it is 8-bit already */
		r->due_8bit = r->ix->wire.body_8bit && declares_8bit(buf_span(&head));
	}
	if (piece->owner != 0)
		return write_part_head(r, buf_span(&head));
	TRY(write_top_head(r, buf_span(&head)));
	return r->own == OWN_BODY ? own_content(r) : ERR_OK;
}

/*
 * The walk.
 */

/* own_goes_before() - our part stands before this piece. */
static bool
own_goes_before(const struct render *r, const struct mime_piece *piece)
{
	if (r->own_written)
		return false;
	if (r->own == OWN_FIRST)
		return piece->kind == MIME_PIECE_DELIM && r->ix->parts[piece->owner].parent == 0;
	return r->own == OWN_LAST && piece->kind == MIME_PIECE_CLOSE && piece->owner == 0;
}

static enum err
write_piece(struct render *r, const struct mime_piece *piece)
{
	uint8_t first;

	if (piece->kind == MIME_PIECE_HEAD)
		return write_head(r, piece);
	/* the line end in front of a delimiter may have gone with the part before it */
	if (piece->kind == MIME_PIECE_DELIM || piece->kind == MIME_PIECE_CLOSE) {
		TRY(peek(r, piece, 0, &first));
		if (first == '-')
			TRY(line_start(r));
	}
	return mime_piece_copy(r->ix, piece, out_sink(r));
}

static enum err
edit_piece(struct render *r, const struct mime_piece *piece)
{
	if (r->due != MIME_NO_PART) {
		bool body = piece->kind == MIME_PIECE_RAW && piece->owner == r->due;

		TRY(write_body(r, body ? piece : NULL));
		if (body)
			return ERR_OK;
	}
	if (own_goes_before(r, piece))
		TRY(write_own_part(r));
	/* of a message that is the file itself the header stays */
	r->cut = !r->keep[piece->owner] && (piece->owner != 0 || piece->kind != MIME_PIECE_HEAD);
	return r->cut ? ERR_OK : write_piece(r, piece);
}

static enum err
walk(struct render *r)
{
	struct mime_piece piece;
	enum err err;

	mime_pieces_start(&r->pieces, r->ix, 0);
	while ((err = mime_pieces_next(&r->pieces, &piece)) == ERR_OK) {
		if (r->plan->edit)
			TRY(edit_piece(r, &piece));
		else if (piece.kind == MIME_PIECE_HEAD)
			TRY(write_head(r, &piece));
		else
			TRY(mime_piece_copy(r->ix, &piece, out_sink(r)));
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* finish() - what the mail's end leaves to do; a mail may be cut before its closing delimiter. */
static enum err
finish(struct render *r)
{
	if (r->due != MIME_NO_PART)
		TRY(write_body(r, NULL));
	if ((r->own == OWN_FIRST || r->own == OWN_LAST) && !r->own_written) {
		TRY(write_own_part(r));
		r->cut = true;
	}
	/* the last line end may have belonged to what was left out */
	return r->cut || r->own == OWN_BODY ? line_start(r) : ERR_OK;
}

enum err
mime_render(const struct mime_index *index, const struct mime_render_plan *plan, struct sink out)
{
	struct render *r CLEANUP(render_free) = NULL;

	assert(index != NULL && plan != NULL && index->part_count > 0);
	TRY(check_added(plan->head_add));
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return err_set(ERR_TEMP, "no memory for rendering");
	r->ix = index;
	r->plan = plan;
	r->out = out;
	r->due = MIME_NO_PART;
	TRY(decide(r));
	TRY(out_put(r, plan->head_add));
	TRY(walk(r));
	return plan->edit ? finish(r) : ERR_OK;
}
