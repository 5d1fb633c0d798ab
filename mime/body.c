/* mime/body.c - see body.h. */
#include "mime/body.h"

#include <assert.h>
#include <string.h>

#define LINE_MAX_ 998u /* RFC 5321 section 4.5.3.1.6 without CRLF */

/* ---- what the lines are like ---- */

static bool
has_8bit(struct span s)
{
	uint64_t word, all = 0;
	size_t i = 0;

	for (; s.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.p + i, sizeof(word));
		all |= word;
	}
	for (; i < s.len; i++)
		all |= (uint64_t)s.p[i];
	return (all & UINT64_C(0x8080808080808080)) != 0;
}

/* len bytes without LF. A CR among them is bare unless it is the last byte, which is not known yet. */
static void
scan_text(struct mime_lines *l, const uint8_t *p, size_t len, struct mime_wire_facts *facts)
{
	const uint8_t *cr = memchr(p, '\r', len);

	if (l->cr || (cr != NULL && cr + 1 < p + len))
		facts->bare_cr = true;
	l->column += len + (l->cr ? 1 : 0);
	l->cr = p[len - 1] == '\r';
	l->column -= l->cr ? 1 : 0;
	if (l->column > LINE_MAX_)
		facts->long_line = true;
}

void
mime_lines_scan(struct mime_lines *l, struct span in, struct mime_wire_facts *facts)
{
	const uint8_t *p = in.p, *end = in.p + in.len, *lf;

	facts->nul = facts->nul || span_find_byte(in, 0) < in.len;
	facts->body_8bit = facts->body_8bit || has_8bit(in);
	while (p < end) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (lf != p)
			scan_text(l, p, (size_t)((lf == NULL ? end : lf) - p), facts);
		if (lf == NULL)
			return;
		if (!l->cr)
			facts->bare_lf = true;
		*l = (struct mime_lines){ 0 };
		p = lf + 1;
	}
}

void
mime_lines_end(struct mime_lines *l, struct mime_wire_facts *facts)
{
	if (l->cr)
		facts->bare_cr = true;
	*l = (struct mime_lines){ 0 };
}

/* ---- decoded bytes ---- */

static void
decoded(struct mime_body *b, struct span bytes)
{
	b->file_len += bytes.len;
	sha256_update(b->sha, bytes);
	if (b->html != NULL)
		mime_html_push(b->html, bytes);
	if (b->text)
		mime_uu_push(&b->uu, bytes);
}

/* Decode bytes that are stored as they were written. */
static void
decode_raw(struct mime_body *b, struct span in)
{
	size_t piece, n;

	assert(b->out_len == 0);
	if (b->cte == MIME_CTE_IDENTITY) {
		decoded(b, in);
		return;
	}
	while (in.len > 0) {
		piece = in.len < MIME_BODY_OUT / 2 ? in.len : MIME_BODY_OUT / 2;
		if (b->cte == MIME_CTE_BASE64)
			n = mime_base64_push(&b->base64, span_upto(in, piece), b->out);
		else
			n = mime_qp_push(&b->qp, span_upto(in, piece), b->out);
		decoded(b, span_of(b->out, n));
		in = span_from(in, piece);
	}
}

/* Store bytes as they stand in the mail; the open RAW piece learns what they decode to. */
static enum err
put_raw(struct mime_body *b, struct span in)
{
	uint64_t before = b->file_len;

	if (in.len == 0)
		return ERR_OK;
	mime_lines_scan(&b->lines, in, b->facts);
	decode_raw(b, in);
	TRY(mime_writer_put(b->writer, MIME_PIECE_RAW, b->owner, in));
	b->writer->piece.file_len += b->file_len - before;
	return ERR_OK;
}

/* ---- runs of canonical base64 ---- */

/* What waits in out belongs to the open CODED piece. */
static enum err
run_flush(struct mime_body *b)
{
	struct span bytes = span_of(b->out, b->out_len);

	b->out_len = 0;
	if (bytes.len == 0)
		return ERR_OK;
	b->writer->piece.file_len += bytes.len;
	decoded(b, bytes);
	return mime_writer_decoded(b->writer, bytes);
}

static enum err
run_close(struct mime_body *b)
{
	if (!b->run)
		return ERR_OK;
	b->run = false;
	TRY(run_flush(b));
	return mime_writer_end(b->writer);
}

static enum err
run_open(struct mime_body *b, size_t line_len, bool lf_only)
{
	TRY(run_close(b));
	TRY(mime_writer_coded(b->writer, b->owner, (uint32_t)line_len, lf_only));
	b->coded_left--;
	b->run = true;
	return ERR_OK;
}

/* A whole line that is not part of a run. */
static enum err
raw_line(struct mime_body *b, struct span line, struct span eol)
{
	TRY(run_close(b));
	TRY(put_raw(b, line));
	return put_raw(b, eol);
}

/* May a line of len characters with this line end continue the open run? */
static bool
run_takes(const struct mime_body *b, size_t len, struct span eol)
{
	const struct mime_piece *piece = &b->writer->piece;

	return b->run && len <= piece->line_len &&
	    (eol.len == 0 || (eol.len == 1) == piece->lf_only);
}

/* One line; eol is empty only at the end of the body. */
static enum err
take_line(struct mime_body *b, struct span line, struct span eol)
{
	struct mime_piece *piece = &b->writer->piece;
	size_t n;

	if (sizeof(b->out) - b->out_len < sizeof(b->line))
		TRY(run_flush(b));
	/* decoded behind what waits; only kept if the line turns out to be canonical */
	if (b->base64.count != 0 || line.len > MIME_MAX_CODED_LINE ||
	    !mime_base64_line(line, b->out + b->out_len, &n))
		return raw_line(b, line, eol);
	if (!run_takes(b, line.len, eol)) {
		if (b->coded_left == 0)
			return raw_line(b, line, eol);
		memmove(b->line, b->out + b->out_len, n);
		TRY(run_open(b, line.len, eol.len == 1));
		memcpy(b->out, b->line, n);
	}
	b->out_len += n;
	piece->mail_len += line.len + eol.len;
	piece->last_eol = eol.len > 0;
	if (eol.len == 1)
		b->facts->bare_lf = true;
	/* a shorter line, or padding, can only be the last of a run */
	if (line.len < piece->line_len || n % 3 != 0)
		return run_close(b);
	return ERR_OK;
}

/* Whole lines like those of the open run, in bulk. Returns how many bytes of in they were. */
static enum err
take_lines(struct mime_body *b, struct span in, size_t *ret_used)
{
	struct mime_piece *piece = &b->writer->piece;
	struct span eol = piece->lf_only ? SPAN("\n") : SPAN("\r\n");
	size_t used = 0, n, bytes = piece->line_len / 4 * 3;

	do {
		if (sizeof(b->out) - b->out_len < bytes)
			TRY(run_flush(b));
		n = mime_base64_lines(span_from(in, used), piece->line_len, eol,
		    b->out + b->out_len, sizeof(b->out) - b->out_len);
		b->out_len += n * bytes;
		used += n * (piece->line_len + eol.len);
	} while (n > 0);
	piece->mail_len += used;
	*ret_used = used;
	return ERR_OK;
}

static struct span
eol_of(struct span line)
{
	size_t n = line.len >= 2 && line.p[line.len - 2] == '\r' ? 2 : 1;

	return span_from(line, line.len - n);
}

/* A line too long to be CODED: all there is of it, up to and with its LF. */
static enum err
long_line(struct mime_body *b, struct span *in)
{
	size_t n = span_find_byte(*in, '\n');

	b->in_long = n == in->len;
	n += b->in_long ? 0 : 1;
	TRY(put_raw(b, span_upto(*in, n)));
	*in = span_from(*in, n);
	return ERR_OK;
}

/* The line that waits cannot be CODED any more. */
static enum err
give_up_line(struct mime_body *b)
{
	size_t n = b->line_len;

	TRY(run_close(b));
	b->line_len = 0;
	b->in_long = true;
	return put_raw(b, span_of(b->line, n));
}

/* Take the next line off in, or keep the piece of it that is there. */
static enum err
next_line(struct mime_body *b, struct span *in)
{
	size_t room = sizeof(b->line) - b->line_len, n = span_find_byte(*in, '\n');
	bool whole = n < in->len;
	struct span line, eol;

	n += whole ? 1 : 0;
	if (n > room)
		return give_up_line(b);
	line = span_upto(*in, n);
	*in = span_from(*in, n);
	if (!whole || b->line_len > 0) {
		memcpy(b->line + b->line_len, line.p, n);
		b->line_len += n;
		line = span_of(b->line, b->line_len);
	}
	if (!whole)
		return ERR_OK;
	b->line_len = 0;
	eol = eol_of(line);
	return take_line(b, span_upto(line, line.len - eol.len), eol);
}

static enum err
push_coded(struct mime_body *b, struct span in)
{
	size_t used;

	while (in.len > 0) {
		if (b->in_long) {
			TRY(long_line(b, &in));
			continue;
		}
		if (b->run && b->line_len == 0) {
			TRY(take_lines(b, in, &used));
			in = span_from(in, used);
		}
		if (in.len > 0)
			TRY(next_line(b, &in));
	}
	return ERR_OK;
}

/* ---- a leaf ---- */

void
mime_body_init(struct mime_body *b, struct mime_writer *writer, struct mime_wire_facts *facts,
    struct sha256 *sha)
{
	memset(b, 0, offsetof(struct mime_body, line));
	b->writer = writer;
	b->facts = facts;
	b->sha = sha;
	b->coded_left = MIME_MAX_CODED_PIECES;
	b->out_len = 0;
}

void
mime_body_start(
    struct mime_body *b, uint32_t owner, enum mime_cte cte, bool keep_coded, struct mime_html *html)
{
	b->owner = owner;
	b->cte = cte;
	b->keep_coded = keep_coded;
	b->html = html;
	b->text = false;
	b->uu = (struct mime_uu){ 0 };
	b->file_len = 0;
	b->base64 = (struct mime_base64){ 0 };
	b->qp = (struct mime_qp){ 0 };
	b->lines = (struct mime_lines){ 0 };
	b->in_long = false;
	b->line_len = 0;
}

enum err
mime_body_push(struct mime_body *b, struct span in)
{
	if (b->cte == MIME_CTE_BASE64 && !b->keep_coded)
		return push_coded(b, in);
	return put_raw(b, in);
}

/* What the decoder still held belongs to the last RAW piece. */
static void
finish_decoder(struct mime_body *b)
{
	uint64_t before = b->file_len;
	size_t n = 0;

	if (b->cte == MIME_CTE_BASE64)
		n = mime_base64_finish(&b->base64, b->out);
	else if (b->cte == MIME_CTE_QP)
		n = mime_qp_finish(&b->qp, b->out);
	if (n == 0)
		return;
	assert(b->writer->open && b->writer->piece.kind == MIME_PIECE_RAW);
	decoded(b, span_of(b->out, n));
	b->writer->piece.file_len += b->file_len - before;
}

enum err
mime_body_finish(struct mime_body *b, uint64_t *ret_len, uint8_t ret_sha256[SHA256_SIZE])
{
	size_t n = b->line_len;

	b->line_len = 0;
	if (n > 0)
		TRY(take_line(b, span_of(b->line, n), SPAN_NONE));
	TRY(run_close(b));
	finish_decoder(b);
	mime_lines_end(&b->lines, b->facts);
	*ret_len = b->file_len;
	sha256_final(b->sha, ret_sha256);
	return ERR_OK;
}
