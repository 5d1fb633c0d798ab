/* mime/header.c - see header.h. Each function walks its input once. */
#include "mime/header.h"

#include "core/crypto.h"
#include "mime/base64.h"
#include "mime/limits.h"
#include "mime/qp.h"
#include "mime/utf8.h"

#include <string.h>

/* Longest encoded word that is looked for; RFC 2047 section 2 allows 75, mailers write more. */
#define WORD_MAX    1024u
#define CHARSET_MAX 60u

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(uint8_t c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

static size_t
line_len(struct span s)
{
	size_t n = span_find_byte(s, '\n');

	return n < s.len ? n + 1 : s.len;
}

static struct span
without_eol(struct span line)
{
	if (line.len > 0 && line.p[line.len - 1] == '\n')
		line.len--;
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

bool
mime_header_next(struct span *block, struct mime_field *ret)
{
	size_t len = line_len(*block), colon;

	if (block->len == 0 || without_eol(span_upto(*block, len)).len == 0)
		return false;
	while (len < block->len && is_blank(block->p[len]))
		len += line_len(span_from(*block, len));
	ret->whole = span_upto(*block, len);
	*block = span_from(*block, len);
	ret->value = without_eol(ret->whole);
	colon = span_find_byte(span_upto(ret->value, line_len(ret->value)), ':');
	ret->name = SPAN_NONE;
	if (colon < span_upto(ret->value, line_len(ret->value)).len) {
		ret->name = span_trim(span_upto(ret->value, colon));
		ret->value = span_from(ret->value, colon + 1);
	}
	return true;
}

enum err
mime_value_unfold(struct span value, struct buf *out)
{
	size_t n;

	value = span_trim(value);
	while (value.len > 0) {
		for (n = 0; n < value.len && value.p[n] != '\r' && value.p[n] != '\n'; n++)
			;
		TRY(buf_put(out, span_upto(value, n)));
		value = span_from(value, n);
		while (value.len > 0 && (value.p[0] == '\r' || value.p[0] == '\n'))
			value = span_from(value, 1);
	}
	return ERR_OK;
}

/* encoded-word = "=?" charset "?" encoding "?" encoded-text "?=" (RFC 2047 section 2) */
struct word {
	struct span charset;
	struct span text;
	bool base64;
};

static bool
word_head(struct span *s, struct word *ret)
{
	struct span in = *s;

	if (!span_take(&in, SPAN("=?")) || !span_take_until(&in, '?', &ret->charset) ||
	    ret->charset.len == 0 || ret->charset.len > CHARSET_MAX || in.len < 3 || in.p[2] != '?')
		return false;
	if ((in.p[1] | 0x20) != 'b' && (in.p[1] | 0x20) != 'q')
		return false;
	ret->base64 = (in.p[1] | 0x20) == 'b';
	*s = span_from(in, 3);
	return true;
}

/*
 * Take the encoded word at the front. no_end is the address up to which no "?=" was found by earlier calls:
 * a flood of beginnings without an end is looked through once.
 */
static bool
word_take(struct span *s, struct word *ret, const uint8_t **no_end)
{
	struct span in = *s, ahead;
	size_t end;

	if (!word_head(&in, ret))
		return false;
	ahead = span_upto(in, WORD_MAX);
	if (ahead.p + ahead.len <= *no_end)
		return false;
	end = span_find(ahead, SPAN("?="));
	if (end == ahead.len) {
		*no_end = ahead.p + ahead.len;
		return false;
	}
	ret->text = span_upto(in, end);
	*s = span_from(in, end + 2);
	return true;
}

static bool
hex_pair(struct span s, uint8_t *ret)
{
	if (s.len < 2 || hex_value(s.p[0]) < 0 || hex_value(s.p[1]) < 0)
		return false;
	*ret = (uint8_t)(hex_value(s.p[0]) << 4 | hex_value(s.p[1]));
	return true;
}

static enum err
word_bytes(const struct word *w, struct buf *out)
{
	uint8_t piece[MIME_BASE64_DECODED_MAX(WORD_MAX)], c;
	struct mime_base64 b = { 0 };
	struct span text = w->text;
	size_t n;

	if (w->base64) {
		n = mime_base64_push(&b, text, piece);
		n += mime_base64_finish(&b, piece + n);
		return buf_put(out, span_of(piece, n));
	}
	while (text.len > 0) {
		c = text.p[0];
		text = span_from(text, 1);
		if (c == '_')
			c = ' '; /* section 4.2 (2) */
		else if (c == '=' && hex_pair(text, &c))
			text = span_from(text, 2);
		TRY(buf_put_byte(out, c));
	}
	return ERR_OK;
}

/* Words side by side in one charset are joined before they are read: some break inside a character. */
struct joined {
	struct span charset;
	struct buf bytes;
};

static void
joined_done(struct joined *j)
{
	buf_done(&j->bytes);
}

static enum err
joined_flush(struct joined *j, struct buf *out)
{
	enum err err = ERR_OK;

	if (j->bytes.len > 0)
		err = mime_to_utf8(j->charset, buf_span(&j->bytes), out);
	buf_clear(&j->bytes);
	return err;
}

static enum err
joined_add(struct joined *j, const struct word *w, struct buf *out)
{
	if (!span_ieq(j->charset, w->charset))
		TRY(joined_flush(j, out));
	j->charset = w->charset;
	return word_bytes(w, &j->bytes);
}

/* Text up to where the next word may begin; a "=?" at the front begins none. */
static enum err
plain_text(struct span *in, struct buf *out)
{
	size_t n = 1 + span_find(span_from(*in, 1), SPAN("=?"));
	struct span text = span_upto(*in, n);

	*in = span_from(*in, n);
	return mime_to_utf8(SPAN_NONE, text, out);
}

static enum err
decode_words(struct span in, struct joined *j, struct buf *out)
{
	const uint8_t *no_end = in.p;
	bool after_word = false;
	struct span ahead;
	struct word w;

	while (in.len > 0) {
		ahead = in;
		if (after_word)
			span_skip_wsp(&ahead); /* section 6.2: blanks between two words vanish */
		if (word_take(&ahead, &w, &no_end)) {
			TRY(joined_add(j, &w, out));
			after_word = true;
			in = ahead;
		} else if (after_word) {
			TRY(joined_flush(j, out));
			after_word = false;
		} else {
			TRY(plain_text(&in, out));
		}
	}
	return joined_flush(j, out);
}

enum err
mime_value_decode(struct span value, struct buf *out)
{
	CLEANUP(joined_done) struct joined j = { 0 };
	CLEANUP(buf_done) struct buf line;
	size_t start = out->len;
	enum err err;

	buf_init(&line, MIME_MAX_HEADER_BYTES);
	buf_init(&j.bytes, MIME_MAX_HEADER_BYTES);
	TRY(mime_value_unfold(span_upto(value, MIME_MAX_HEADER_BYTES), &line));
	err = decode_words(buf_span(&line), &j, out);
	for (size_t i = start; i < out->len; i++)
		if (out->p[i] < ' ' || out->p[i] == 0x7F)
			out->p[i] = ' ';
	return err;
}

/* comment = "(" *([FWS] ctext / quoted-pair / comment) ")" (RFC 5322 section 3.2.2); unclosed: to the end */
static struct span
skip_comment(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return span_from(s, i + 1);
	}
	return span_from(s, s.len);
}

static void
skip_cfws(struct mime_params *ps)
{
	while (ps->rest.len > 0 && (is_space(ps->rest.p[0]) || ps->rest.p[0] == '(')) {
		if (ps->rest.p[0] == '(') {
			ps->comment = true;
			ps->rest = skip_comment(ps->rest);
		} else {
			ps->rest = span_from(ps->rest, 1);
		}
	}
}

static bool
at_end_of_param(const struct mime_params *ps)
{
	return ps->rest.len == 0 || ps->rest.p[0] == ';';
}

/* Up to the next ";", whatever stands before it. */
static void
skip_rest(struct mime_params *ps)
{
	skip_cfws(ps);
	if (at_end_of_param(ps))
		return;
	ps->odd = true;
	ps->rest = span_from(ps->rest, span_find_byte(ps->rest, ';'));
}

void
mime_params_start(struct mime_params *ps, struct span value, struct span *ret_first)
{
	size_t n = 0;

	*ps = (struct mime_params){ .rest = value };
	skip_cfws(ps);
	while (n < ps->rest.len && ps->rest.p[n] != ';' && ps->rest.p[n] != '(')
		n++;
	*ret_first = span_trim(span_upto(ps->rest, n));
	ps->rest = span_from(ps->rest, n);
	skip_rest(ps);
}

/* quoted-string (RFC 5322 section 3.2.4); a quote that is never closed runs to the end */
static void
take_quoted(struct mime_params *ps, struct mime_param *ret)
{
	size_t n = 1;

	while (n < ps->rest.len && ps->rest.p[n] != '"')
		n += ps->rest.p[n] == '\\' ? 2 : 1;
	ret->quoted = true;
	ret->value = span_from(span_upto(ps->rest, n), 1);
	ret->odd = n >= ps->rest.len;
	ps->rest = span_from(ps->rest, n + 1);
	skip_cfws(ps);
	if (!at_end_of_param(ps))
		ret->odd = true;
	skip_rest(ps);
}

/* A token, or what mailers write without quotes though it needs them: all up to ";". */
static void
take_bare(struct mime_params *ps, struct mime_param *ret)
{
	size_t n = span_find_byte(ps->rest, ';');

	ret->value = span_trim(span_upto(ps->rest, n));
	ps->rest = span_from(ps->rest, n);
	for (size_t i = 0; i < ret->value.len && !ret->odd; i++)
		ret->odd = is_space(ret->value.p[i]) || memchr("()\"", ret->value.p[i], 3) != NULL;
}

static bool
in_name(uint8_t c)
{
	return !is_space(c) && memchr("=;()\"", c, 5) == NULL;
}

bool
mime_params_next(struct mime_params *ps, struct mime_param *ret)
{
	size_t n;

	for (;;) {
		skip_cfws(ps);
		if (ps->rest.len == 0)
			return false;
		if (span_take_byte(&ps->rest, ';'))
			continue;
		for (n = 0; n < ps->rest.len && in_name(ps->rest.p[n]); n++)
			;
		*ret = (struct mime_param){ .name = span_upto(ps->rest, n) };
		ps->rest = span_from(ps->rest, n);
		skip_cfws(ps);
		if (n > 0 && span_take_byte(&ps->rest, '='))
			break;
		/* a word without value, a value without name: passed over */
		ps->odd = true;
		if (n == 0 && ps->rest.len > 0)
			ps->rest = span_from(ps->rest, 1);
	}
	skip_cfws(ps);
	if (ps->rest.len > 0 && ps->rest.p[0] == '"')
		take_quoted(ps, ret);
	else
		take_bare(ps, ret);
	ps->odd = ps->odd || ret->odd;
	return true;
}

enum err
mime_param_unquote(const struct mime_param *p, struct buf *out)
{
	struct span s = p->value;

	while (s.len > 0) {
		if (p->quoted && s.p[0] == '\\' && s.len > 1)
			s = span_from(s, 1);
		if (s.p[0] != '\r' && s.p[0] != '\n')
			TRY(buf_put(out, span_upto(s, 1)));
		s = span_from(s, 1);
	}
	return ERR_OK;
}

enum err
mime_param_get(struct span value, struct span name, struct buf *out)
{
	struct mime_params ps;
	struct mime_param p, found = { 0 };
	struct span first;
	bool have = false;

	mime_params_start(&ps, value, &first);
	while (mime_params_next(&ps, &p)) {
		if (!span_ieq(p.name, name))
			continue;
		if (have)
			return err_set(ERR_SYNTAX, "a parameter stands twice in one header field");
		have = true;
		found = p;
	}
	return have ? mime_param_unquote(&found, out) : ERR_NOT_FOUND;
}
