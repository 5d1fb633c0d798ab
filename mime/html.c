/*
 * mime/html.c - one pass over an HTML body: the pictures it shows, and where a banner goes.
 *
 * Three small machines on top of each other. push() undoes ISO 2022 escapes and hands each byte to step(),
 * which is the tokenizer of the HTML standard (13.2.5) cut down to what can hide a tag: comments,
 * declarations, quoted values, raw text. The values of a few attributes and the text of style elements
 * go on to the matcher, which undoes character references and percent-encoding and looks for "cid:".
 *
 * The tree builder is reduced to one question, "does this token start the body?" (13.2.6.4.1 to .6).
 * Where readers are known to disagree, the earlier place is taken: script, noscript and template start the
 * body here, and so does a comment that only new parsers see the end of. A banner that is too early is
 * still seen, one that is too late may not be.
 */
#include "mime/html.h"

#include "core/crypto.h"

#include <assert.h>
#include <string.h>

enum state {
	DATA,
	TAG_OPEN,
	END_OPEN,
	MARKUP,
	MARKUP_DASH,
	BOGUS,
	TAG_NAME,
	BEFORE_ATTR,
	ATTR_NAME,
	AFTER_ATTR,
	BEFORE_VALUE,
	VALUE_DOUBLE,
	VALUE_SINGLE,
	VALUE_BARE,
	RAW,
	RAW_LT,
	RAW_END,
	STATE_COUNT,
};

/* How much of a comment's end stands before the next byte. */
enum comment {
	COMMENT_TEXT,
	COMMENT_DASH,
	COMMENT_DASHES,
	COMMENT_BANG,
	COMMENT_START,
	COMMENT_START_DASH,
};

enum escape { ESC_NONE, ESC_SEEN, ESC_G0, ESC_WIDE, ESC_WIDE_G0, ESC_OTHER };

enum mode {
	MODE_OFF,
	MODE_URL,  /* the whole value is one URL */
	MODE_LIST, /* srcset: URLs and descriptors, separated by blanks and commas */
	MODE_CSS,  /* url(...) only */
};

enum match {
	MATCH_NONE,
	MATCH_URL,
	MATCH_OPEN,
	MATCH_SCHEME,
	MATCH_CID,
	CSS_SLASH,
	CSS_COMMENT,
	CSS_STAR,
};

static void step(struct mime_html *h, uint8_t c);

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool
is_letter(uint8_t c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* name_is() - bytes collected so far; a name that was too long (len 255) is never equal. */
static bool
name_is(const uint8_t *name, uint8_t len, const char *word)
{
	return len == strlen(word) && memcmp(name, word, len) == 0;
}

static bool
name_in(const uint8_t *name, uint8_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (name_is(name, len, *words))
			return true;
	return false;
}

static void
name_add(uint8_t *name, uint8_t *len, uint8_t c)
{
	if (*len < 16)
		name[(*len)++] = lower(c);
	else
		*len = 255;
}

static void
open_body(struct mime_html *h, uint64_t place)
{
	/* what stands in a conditional comment is seen by one reader only */
	if (h->body_open || h->conditional)
		return;
	h->body_open = true;
	h->place = place;
}

/*
 * The matcher.
 */

static void
cid_end(struct mime_html *h)
{
	struct span id = { h->cid, h->cid_len };

	h->match = MATCH_NONE;
	h->match_len = 0;
	h->percent_len = 0;
	if (h->cid_len > MIME_HTML_CID_MAX)
		return;
	id = span_trim(id);
	if (h->mode == MODE_LIST)
		while (id.len > 0 && id.p[id.len - 1] == ',')
			id.len--;
	if (id.len > 1 && id.p[0] == '<' && id.p[id.len - 1] == '>') {
		id.p++;
		id.len -= 2;
	}
	if (id.len > 0 && h->events.cid != NULL)
		h->events.cid(h->events.ctx, id);
}

static void
cid_add(struct mime_html *h, uint8_t c)
{
	if (h->cid_len < MIME_HTML_CID_MAX)
		h->cid[h->cid_len++] = c;
	else
		h->cid_len = MIME_HTML_CID_MAX + 1;
}

static void
percent_flush(struct mime_html *h)
{
	for (uint8_t i = 0; i < h->percent_len; i++)
		cid_add(h, h->percent[i]);
	h->percent_len = 0;
}

/* cid_take() - one byte of a reference; RFC 3986 section 2.1 for the percent sign. */
static void
cid_take(struct mime_html *h, uint8_t c)
{
	if (h->percent_len > 0 && hex_value(c) < 0)
		percent_flush(h);
	if (h->percent_len == 0 && c != '%') {
		cid_add(h, c);
		return;
	}
	h->percent[h->percent_len++] = c;
	if (h->percent_len == 3) {
		h->percent_len = 0;
		cid_add(h, (uint8_t)(hex_value(h->percent[1]) << 4 | hex_value(h->percent[2])));
	}
}

static bool
cid_ends_at(const struct mime_html *h, uint8_t c)
{
	if (h->mode == MODE_URL)
		return false;
	if (h->mode == MODE_LIST)
		return is_space(c);
	if (h->match_end != 0)
		return c == h->match_end;
	return c == ')' || is_space(c);
}

/* match_word() - one more byte of word; true when it is complete. A wrong byte starts again at none. */
static bool
match_word(struct mime_html *h, const char *word, uint8_t c)
{
	if (lower(c) != (uint8_t)word[h->match_len]) {
		h->match = MATCH_NONE;
		h->match_len = 0;
		return false;
	}
	if (word[++h->match_len] != '\0')
		return false;
	h->match_len = 0;
	return true;
}

static void
match_none(struct mime_html *h, uint8_t c)
{
	if (h->mode == MODE_CSS && lower(c) == 'u') {
		h->match = MATCH_URL;
		h->match_len = 1;
	}
	if (h->mode == MODE_CSS && c == '/')
		h->match = CSS_SLASH;
	if (h->mode == MODE_LIST && (is_space(c) || c == ','))
		h->match = MATCH_OPEN;
}

/* match_open() - where a URL may begin: leading blanks, and in CSS one quote, are no part of it. */
static void
match_open(struct mime_html *h, uint8_t c)
{
	if (c <= ' ' || (h->mode == MODE_LIST && c == ','))
		return;
	if (h->mode == MODE_CSS && h->match_end == 0 && (c == '"' || c == '\'')) {
		h->match_end = c;
		return;
	}
	h->match = MATCH_SCHEME;
	h->match_len = 0;
	(void)match_word(h, "cid:", c);
}

static void
match_css_comment(struct mime_html *h, uint8_t c)
{
	if (h->match == CSS_SLASH) {
		h->match = c == '*' ? CSS_COMMENT : MATCH_NONE;
		if (h->match == MATCH_NONE)
			match_none(h, c);
		return;
	}
	if (h->match == CSS_STAR && c == '/')
		h->match = MATCH_NONE;
	else
		h->match = c == '*' ? CSS_STAR : CSS_COMMENT;
}

static void
match(struct mime_html *h, uint8_t c)
{
	switch ((enum match)h->match) {
	case MATCH_NONE:
		match_none(h, c);
		return;
	case MATCH_URL:
		if (match_word(h, "url(", c)) {
			h->match = MATCH_OPEN;
			h->match_end = 0;
		} else if (h->match == MATCH_NONE) {
			match_none(h, c);
		}
		return;
	case MATCH_OPEN:
		match_open(h, c);
		return;
	case MATCH_SCHEME:
		if (match_word(h, "cid:", c)) {
			h->match = MATCH_CID;
			h->cid_len = 0;
		} else if (h->match == MATCH_NONE) {
			match_none(h, c);
		}
		return;
	case MATCH_CID:
		if (cid_ends_at(h, c)) {
			percent_flush(h);
			cid_end(h);
			match_none(h, c);
		} else if (c != '\t' && c != '\r' && c != '\n') {
			cid_take(h, c);
		}
		return;
	case CSS_SLASH:
	case CSS_COMMENT:
	case CSS_STAR:
		match_css_comment(h, c);
		return;
	}
}

static void
match_start(struct mime_html *h, enum mode mode)
{
	h->mode = (uint8_t)mode;
	h->match = mode == MODE_CSS ? MATCH_NONE : MATCH_OPEN;
	h->match_len = 0;
	h->match_end = 0;
	h->entity_len = 0;
	h->percent_len = 0;
	h->cid_len = 0;
}

static void
put_utf8(struct mime_html *h, uint32_t cp)
{
	if (cp < 0x80) {
		match(h, (uint8_t)cp);
		return;
	}
	if (cp < 0x800) {
		match(h, (uint8_t)(0xC0 | cp >> 6));
	} else if (cp < 0x10000) {
		match(h, (uint8_t)(0xE0 | cp >> 12));
		match(h, (uint8_t)(0x80 | (cp >> 6 & 0x3F)));
	} else {
		match(h, (uint8_t)(0xF0 | cp >> 18));
		match(h, (uint8_t)(0x80 | (cp >> 12 & 0x3F)));
		match(h, (uint8_t)(0x80 | (cp >> 6 & 0x3F)));
	}
	match(h, (uint8_t)(0x80 | (cp & 0x3F)));
}

/* entity_value() - the code point of "&name" or "&#n", without the semicolon; 0: not one that we know. */
static uint32_t
entity_value(const uint8_t *s, uint8_t len)
{
	/* clang-format off */
	/* those that a URL or a Content-ID can hold */
	static const struct {
		const char *name;
		uint8_t     cp;
	} named[] = {
		{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' },
		{ "colon", ':' }, { "commat", '@' }, { "period", '.' }, { "dollar", '$' },
		{ "percnt", '%' }, { "num", '#' }, { "plus", '+' }, { "equals", '=' },
		{ "lowbar", '_' }, { "sol", '/' }, { "excl", '!' }, { "ast", '*' },
		{ "lpar", '(' }, { "rpar", ')' }, { "comma", ',' }, { "semi", ';' },
		{ "Tab", '\t' }, { "NewLine", '\n' }, { "AMP", '&' }, { "LT", '<' }, { "GT", '>' },
	};
	/* clang-format on */
	uint32_t cp = 0;
	bool hex = len > 2 && lower(s[2]) == 'x';

	if (len < 2)
		return 0;
	if (s[1] != '#') {
		for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
			if (name_is(s + 1, (uint8_t)(len - 1), named[i].name))
				return named[i].cp;
		return 0;
	}
	for (uint8_t i = hex ? 3 : 2; i < len; i++) {
		int v = hex_value(s[i]);

		if (v < 0 || (!hex && v > 9))
			return 0;
		cp = cp * (hex ? 16u : 10u) + (uint32_t)v;
		if (cp > 0x10FFFF)
			return 0;
	}
	return cp;
}

static void
entity_end(struct mime_html *h)
{
	uint8_t len = h->entity_len;
	uint32_t cp = entity_value(h->entity, len);

	h->entity_len = 0;
	if (cp != 0) {
		put_utf8(h, cp);
		return;
	}
	for (uint8_t i = 0; i < len; i++)
		match(h, h->entity[i]);
}

/* value_byte() - a byte of an attribute value, before character references are undone. */
static void
value_byte(struct mime_html *h, uint8_t c)
{
	bool known;

	if (h->mode == MODE_OFF)
		return;
	if (h->entity_len > 0) {
		if (is_letter(c) || is_digit(c) || (c == '#' && h->entity_len == 1)) {
			h->entity[h->entity_len++] = c;
			if (h->entity_len == sizeof(h->entity))
				entity_end(h);
			return;
		}
		known = entity_value(h->entity, h->entity_len) != 0;
		entity_end(h);
		if (c == ';' && known)
			return;
	}
	if (c == '&')
		h->entity[h->entity_len++] = c;
	else
		match(h, c);
}

static void
value_start(struct mime_html *h)
{
	static const char *const urls[] = { "src", "background", "href", "poster", "data",
		"xlink:href", NULL };
	static const char *const links[] = { "a", "area", NULL };
	enum mode mode = MODE_OFF;

	if (h->events.cid == NULL || h->closing)
		mode = MODE_OFF;
	else if (name_in(h->name, h->name_len, links) && !name_is(h->attr, h->attr_len, "style"))
		mode = MODE_OFF; /* what is linked to is not shown: readers list it as a file */
	else if (name_in(h->attr, h->attr_len, urls))
		mode = MODE_URL;
	else if (name_is(h->attr, h->attr_len, "srcset"))
		mode = MODE_LIST;
	else if (name_is(h->attr, h->attr_len, "style"))
		mode = MODE_CSS;
	match_start(h, mode);
}

static void
value_end(struct mime_html *h)
{
	if (h->entity_len > 0)
		entity_end(h);
	if (h->mode != MODE_OFF && h->match == MATCH_CID) {
		percent_flush(h);
		cid_end(h);
	}
	h->mode = MODE_OFF;
}

/*
 * The tokenizer.
 */

static void
in_data(struct mime_html *h, uint8_t c)
{
	if (c == '<') {
		if (!h->in_comment)
			h->construct_at = h->at;
		h->state = TAG_OPEN;
	} else if (!is_space(c)) {
		open_body(h, h->at);
	}
}

static void
tag_start(struct mime_html *h, bool closing, uint8_t c)
{
	h->closing = closing;
	h->name_len = 0;
	name_add(h->name, &h->name_len, c);
	h->state = TAG_NAME;
}

static void
in_tag_open(struct mime_html *h, uint8_t c)
{
	if (is_letter(c)) {
		tag_start(h, false, c);
	} else if (c == '/') {
		h->state = END_OPEN;
	} else if (c == '!') {
		h->state = MARKUP;
	} else if (c == '?') {
		h->state = BOGUS;
	} else {
		open_body(h, h->construct_at);
		h->state = DATA;
		step(h, c);
	}
}

static void
in_end_open(struct mime_html *h, uint8_t c)
{
	if (is_letter(c))
		tag_start(h, true, c);
	else
		h->state = c == '>' ? DATA : BOGUS;
}

static void
in_markup(struct mime_html *h, uint8_t c)
{
	/* inside a conditional comment there is no further comment: the first "-->" ends all */
	if (c == '-' && !h->in_comment) {
		h->state = MARKUP_DASH;
		return;
	}
	h->state = BOGUS;
	step(h, c);
}

static void
in_markup_dash(struct mime_html *h, uint8_t c)
{
	h->state = BOGUS;
	if (c != '-') {
		step(h, c);
		return;
	}
	h->in_comment = true;
	h->conditional = false;
	h->comment = COMMENT_START;
	h->cond_len = 0;
}

static void
in_bogus(struct mime_html *h, uint8_t c)
{
	if (c == '>')
		h->state = DATA;
}

static const char *
raw_element(const struct mime_html *h)
{
	static const char *const raws[] = { "script", "style", "title", "textarea", "xmp", "iframe",
		"noembed", "noframes", "plaintext", NULL };

	for (const char *const *r = raws; *r != NULL; r++)
		if (name_is(h->name, h->name_len, *r))
			return *r;
	return NULL;
}

/* tag_body() - does this tag start the body? HTML standard 13.2.6.4.2 to 13.2.6.4.6. */
static void
tag_body(struct mime_html *h)
{
	static const char *const head[] = { "html", "head", "base", "basefont", "bgsound", "link",
		"meta", "style", "title", "noframes", NULL };
	static const char *const ends[] = { "body", "html", "br", NULL };

	if (h->closing) {
		if (name_in(h->name, h->name_len, ends))
			open_body(h, h->construct_at);
	} else if (name_is(h->name, h->name_len, "body")) {
		open_body(h, h->at + 1);
	} else if (!name_in(h->name, h->name_len, head)) {
		open_body(h, h->construct_at);
	}
}

static void
tag_end(struct mime_html *h)
{
	tag_body(h);
	h->state = DATA;
	h->raw = h->closing ? NULL : raw_element(h);
	if (h->raw == NULL)
		return;
	h->state = RAW;
	match_start(h, h->events.cid != NULL && strcmp(h->raw, "style") == 0 ? MODE_CSS : MODE_OFF);
}

static void
in_tag_name(struct mime_html *h, uint8_t c)
{
	if (c == '>')
		tag_end(h);
	else if (is_space(c) || c == '/')
		h->state = BEFORE_ATTR;
	else
		name_add(h->name, &h->name_len, c);
}

static void
in_before_attr(struct mime_html *h, uint8_t c)
{
	if (c == '>') {
		tag_end(h);
	} else if (!is_space(c) && c != '/') {
		h->attr_len = 0;
		name_add(h->attr, &h->attr_len, c);
		h->state = ATTR_NAME;
	}
}

static void
in_attr_name(struct mime_html *h, uint8_t c)
{
	if (c == '>')
		tag_end(h);
	else if (c == '=')
		h->state = BEFORE_VALUE;
	else if (c == '/')
		h->state = BEFORE_ATTR;
	else if (is_space(c))
		h->state = AFTER_ATTR;
	else
		name_add(h->attr, &h->attr_len, c);
}

static void
in_after_attr(struct mime_html *h, uint8_t c)
{
	if (c == '=') {
		h->state = BEFORE_VALUE;
	} else if (!is_space(c)) {
		h->state = BEFORE_ATTR;
		step(h, c);
	}
}

static void
in_before_value(struct mime_html *h, uint8_t c)
{
	if (is_space(c))
		return;
	if (c == '>') {
		tag_end(h);
		return;
	}
	value_start(h);
	if (c == '"') {
		h->state = VALUE_DOUBLE;
	} else if (c == '\'') {
		h->state = VALUE_SINGLE;
	} else {
		h->state = VALUE_BARE;
		value_byte(h, c);
	}
}

static void
in_value_double(struct mime_html *h, uint8_t c)
{
	if (c != '"') {
		value_byte(h, c);
		return;
	}
	value_end(h);
	h->state = BEFORE_ATTR;
}

static void
in_value_single(struct mime_html *h, uint8_t c)
{
	if (c != '\'') {
		value_byte(h, c);
		return;
	}
	value_end(h);
	h->state = BEFORE_ATTR;
}

static void
in_value_bare(struct mime_html *h, uint8_t c)
{
	if (c != '>' && !is_space(c)) {
		value_byte(h, c);
		return;
	}
	value_end(h);
	h->state = BEFORE_ATTR;
	step(h, c);
}

static void
in_raw(struct mime_html *h, uint8_t c)
{
	if (c == '<')
		h->state = RAW_LT;
	else if (h->mode != MODE_OFF)
		match(h, c);
}

static void
in_raw_lt(struct mime_html *h, uint8_t c)
{
	if (c == '/') {
		h->name_len = 0;
		h->state = RAW_END;
	} else {
		h->state = RAW;
		step(h, c);
	}
}

static void
in_raw_end(struct mime_html *h, uint8_t c)
{
	bool ends = name_is(h->name, h->name_len, h->raw) && strcmp(h->raw, "plaintext") != 0;

	if (is_letter(c)) {
		name_add(h->name, &h->name_len, c);
	} else if (ends && (c == '>' || c == '/' || is_space(c))) {
		value_end(h);
		h->raw = NULL;
		h->closing = true;
		h->state = BEFORE_ATTR;
		step(h, c);
	} else {
		h->state = RAW;
		step(h, c);
	}
}

static void (*const states[STATE_COUNT])(struct mime_html *, uint8_t) = {
	[DATA] = in_data,
	[TAG_OPEN] = in_tag_open,
	[END_OPEN] = in_end_open,
	[MARKUP] = in_markup,
	[MARKUP_DASH] = in_markup_dash,
	[BOGUS] = in_bogus,
	[TAG_NAME] = in_tag_name,
	[BEFORE_ATTR] = in_before_attr,
	[ATTR_NAME] = in_attr_name,
	[AFTER_ATTR] = in_after_attr,
	[BEFORE_VALUE] = in_before_value,
	[VALUE_DOUBLE] = in_value_double,
	[VALUE_SINGLE] = in_value_single,
	[VALUE_BARE] = in_value_bare,
	[RAW] = in_raw,
	[RAW_LT] = in_raw_lt,
	[RAW_END] = in_raw_end,
};

static void
step(struct mime_html *h, uint8_t c)
{
	states[h->state](h, c);
}

/* comment_next() - the comment's end after one more byte; HTML standard 13.2.5.43 to 13.2.5.52. */
static enum comment
comment_next(enum comment seen, uint8_t c)
{
	if (c == '-') {
		if (seen == COMMENT_START)
			return COMMENT_START_DASH;
		return seen == COMMENT_TEXT || seen == COMMENT_BANG ? COMMENT_DASH : COMMENT_DASHES;
	}
	return c == '!' && seen == COMMENT_DASHES ? COMMENT_BANG : COMMENT_TEXT;
}

static void
comment_end(struct mime_html *h)
{
	bool odd = h->comment != COMMENT_DASHES;

	h->in_comment = false;
	h->conditional = false;
	h->mode = MODE_OFF;
	h->raw = NULL;
	h->state = DATA;
	/* "<!-->" and "--!>" end a comment in new parsers only; for the others it goes on */
	if (odd)
		open_body(h, h->construct_at);
}

static void
in_comment(struct mime_html *h, uint8_t c)
{
	static const uint8_t word[3] = { '[', 'i', 'f' };

	if (c == '>' && h->comment != COMMENT_TEXT && h->comment != COMMENT_DASH) {
		comment_end(h);
		return;
	}
	h->comment = (uint8_t)comment_next((enum comment)h->comment, c);
	if (h->conditional) {
		step(h, c);
	} else if (h->cond_len < sizeof(word)) {
		h->cond_len = lower(c) == word[h->cond_len] ? (uint8_t)(h->cond_len + 1) : 255;
		/* what follows up to ">" is the condition */
		h->conditional = h->cond_len == sizeof(word);
		h->state = BOGUS;
	}
}

static void
take(struct mime_html *h, uint8_t c)
{
	if (h->in_comment)
		in_comment(h, c);
	else
		step(h, c);
	h->at++;
}

/* escape_kind() - what the byte behind ESC announces. */
static enum escape
escape_kind(uint8_t c)
{
	if (c == '$')
		return ESC_WIDE;
	if (c == '(')
		return ESC_G0;
	return c >= 0x20 && c < 0x30 ? ESC_OTHER : ESC_NONE;
}

/* unescape() - ISO 2022 (RFC 1468, RFC 1557, RFC 1922): bytes that are not ASCII now count as text. */
static uint8_t
unescape(struct mime_html *h, uint8_t c)
{
	switch ((enum escape)h->escape) {
	case ESC_NONE:
		if (c == 0x1B)
			h->escape = ESC_SEEN;
		else if (c == 0x0E || c == 0x0F) /* SO, SI */
			h->foreign = c == 0x0E;
		else
			return h->foreign ? 0x80 : c;
		return 0x80;
	case ESC_SEEN:
		h->escape = (uint8_t)escape_kind(c);
		return 0x80;
	case ESC_G0:
		h->foreign = c != 'B' && c != 'J';
		break;
	case ESC_WIDE:
		if (c == '(' || (c > '(' && c < '0')) {
			h->escape = c == '(' ? ESC_WIDE_G0 : ESC_OTHER;
			return 0x80;
		}
		h->foreign = true;
		break;
	case ESC_WIDE_G0:
		h->foreign = true;
		break;
	case ESC_OTHER:
		break;
	}
	h->escape = ESC_NONE;
	return 0x80;
}

/* skip_bom() - true: c belongs to a byte order mark at the very start. */
static bool
skip_bom(struct mime_html *h, uint8_t c)
{
	static const uint8_t mark[3] = { 0xEF, 0xBB, 0xBF };

	if (h->bom < sizeof(mark) && c == mark[h->bom]) {
		h->bom++;
		h->at++;
		return true;
	}
	if (h->bom > 0 && h->bom < sizeof(mark))
		open_body(h, 0); /* text after all */
	h->bom = sizeof(mark);
	return false;
}

/* skip_plain() - how many bytes of in mean nothing in this state: most of a mail. */
static size_t
skip_plain(const struct mime_html *h, struct span in)
{
	if (!h->body_open || h->in_comment || h->iso2022 || h->bom < 3)
		return 0;
	if (h->state == DATA || (h->state == RAW && h->mode == MODE_OFF))
		return span_find_byte(in, '<');
	if (h->mode == MODE_OFF && h->state == VALUE_DOUBLE)
		return span_find_byte(in, '"');
	return 0;
}

void
mime_html_init(struct mime_html *h, bool iso2022, const struct mime_html_events *events)
{
	assert(h != NULL);

	memset(h, 0, sizeof(*h));
	h->iso2022 = iso2022;
	if (events != NULL)
		h->events = *events;
}

void
mime_html_push(struct mime_html *h, struct span in)
{
	assert(h != NULL);

	while (in.len > 0) {
		size_t plain = skip_plain(h, in);

		h->at += plain;
		in = span_from(in, plain);
		if (in.len == 0)
			return;
		if (h->bom == 3 || !skip_bom(h, in.p[0]))
			take(h, h->iso2022 ? unescape(h, in.p[0]) : in.p[0]);
		in = span_from(in, 1);
	}
}

uint64_t
mime_html_finish(struct mime_html *h)
{
	assert(h != NULL);

	h->conditional = false;
	if (h->bom == 1 || h->bom == 2)
		open_body(h, 0);
	else if (h->in_comment || h->state != DATA)
		open_body(h, h->construct_at);
	else
		open_body(h, h->at);
	return h->place;
}

bool
mime_html_place(const struct mime_html *h, uint64_t *ret_offset)
{
	assert(h != NULL);

	if (h->body_open)
		*ret_offset = h->place;
	return h->body_open;
}
