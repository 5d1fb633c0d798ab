/*
 * rules/flow_match.c - words and patterns in a text; the only file that knows PCRE2.
 *
 * Where several readings of a pattern or a text are possible (a dot, the blank before a field's text, the
 * blanks within it, which letters differ in case only), all are tried: what they agree on is the answer, else
 * it is unknown. Compiled patterns live in the arena;
 * what a match needs is freed behind it. Texts and patterns may be hostile: both are bounded, so are steps,
 * depth and memory of a match; no JIT.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/flow_int.h"

#include "core/utf8.h"

#include <assert.h>
#include <pcre2.h>
#include <string.h>

#define MAX_TEXT_BYTES (32u << 10) /* a subject has 255 characters, a whole header 256 KB */
#define MAX_STEPS      50000u      /* of a match; a hostile rule costs milliseconds */
#define MAX_DEPTH      5000u
#define MAX_HEAP_KIB   4096u
#define MAX_NESTING    100u

/* what counts as the same letter */
enum fold {
	FOLD_ALL,   /* all that Unicode folds into one */
	FOLD_ASCII, /* a to z; a pattern is in lower case, and wants such a text */
	FOLD_NONE,  /* case counts */
	FOLDS
};

/* one value: a word is code[0][FOLD_ALL] and code[0][FOLD_ASCII] */
struct item {
	const char *fact; /* not NULL: always unknown, for this */
	bool dot;
	pcre2_code *code[2][FOLDS]; /* [dot is any character] */
};

struct flow_text {
	enum flow_text_kind kind;
	struct item *items;
	size_t count;
	bool takes_all;
};

/*
 * Compiling
 */
static void *
take(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

static void
give_back(void *p, void *arena)
{
	(void)p;
	(void)arena; /* all of it goes at once */
}

struct compiler {
	struct arena *a;
	pcre2_compile_context *context;
};

static enum err
compiler_init(struct compiler *c, struct arena *a)
{
	pcre2_general_context *general = pcre2_general_context_create(take, give_back, a);

	c->a = a;
	c->context = general != NULL ? pcre2_compile_context_create(general) : NULL;
	if (c->context == NULL)
		return ERR_TEMP; /* the arena wrote the note */
	pcre2_set_parens_nest_limit(c->context, MAX_NESTING);
	return ERR_OK;
}

/* *fact is set when it is the pattern's fault */
static enum err
compile(
    struct compiler *c, struct span pattern, uint32_t options, pcre2_code **ret, const char **fact)
{
	int code = 0;
	PCRE2_SIZE at;

	*ret = pcre2_compile(pattern.len > 0 ? pattern.p : (PCRE2_SPTR) "", pattern.len, options,
	    &code, &at, c->context);
	if (*ret != NULL)
		return ERR_OK;
	switch (code) {
	case PCRE2_ERROR_HEAP_FAILED:
		return ERR_TEMP;
	case PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP:
	case PCRE2_ERROR_PATTERN_TOO_LARGE:
	case PCRE2_ERROR_PATTERN_TOO_COMPLICATED:
	case PCRE2_ERROR_PATTERN_STRING_TOO_LONG:
		*fact = "pattern-limit";
		return ERR_OK;
	default:
		*fact = "pattern-broken";
		return ERR_OK;
	}
}

static enum err
compile_word(struct compiler *c, struct span word, struct item *ret)
{
	if (word.len > FLOW_MAX_PATTERN_BYTES) {
		ret->fact = "pattern-limit";
		return ERR_OK;
	}
	TRY(compile(c, word, PCRE2_LITERAL | PCRE2_CASELESS | PCRE2_UTF, &ret->code[0][FOLD_ALL],
	    &ret->fact));
	/* as bytes, of which those of ASCII have case */
	return compile(
	    c, word, PCRE2_LITERAL | PCRE2_CASELESS, &ret->code[0][FOLD_ASCII], &ret->fact);
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* a pattern, or a text, in lower case; a backslash keeps what is behind it, a sign of its own */
static enum err
put_lower(struct span in, bool escapes, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		bool escaped = escapes && in.p[i] == '\\' && i + 1 < in.len;

		TRY(buf_put_byte(out, lower(in.p[i])));
		if (escaped)
			TRY(buf_put_byte(out, in.p[++i]));
	}
	return ERR_OK;
}

static enum err
compile_fold(
    struct compiler *c, struct span pattern, bool dot_any, enum fold fold, struct item *ret)
{
	/* the end is the end: texts are unfolded */
	const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
	    PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C;
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, FLOW_MAX_TRANSLATED_BYTES);
	TRY(flow_pattern_translate(pattern, dot_any, &text, &ret->fact, &ret->dot));
	if (ret->fact != NULL)
		return ERR_OK;
	return compile(c, buf_span(&text), options | (fold == FOLD_ALL ? PCRE2_CASELESS : 0),
	    &ret->code[dot_any][fold], &ret->fact);
}

static enum err
compile_reading(struct compiler *c, struct span pattern, bool dot_any, struct item *ret)
{
	CLEANUP(buf_done) struct buf small;

	buf_init(&small, FLOW_MAX_PATTERN_BYTES);
	TRY(compile_fold(c, pattern, dot_any, FOLD_ALL, ret));
	if (ret->fact == NULL)
		TRY(compile_fold(c, pattern, dot_any, FOLD_NONE, ret));
	if (ret->fact != NULL)
		return ERR_OK; /* too large, maybe */
	TRY(put_lower(pattern, true, &small));
	return compile_fold(c, buf_span(&small), dot_any, FOLD_ASCII, ret);
}

static enum err
compile_pattern(struct compiler *c, struct span pattern, struct item *ret)
{
	TRY(compile_reading(c, pattern, false, ret));
	if (ret->fact == NULL && ret->dot)
		TRY(compile_reading(c, pattern, true, ret));
	return ERR_OK;
}

enum err
flow_text_compile(enum flow_text_kind kind, const struct span *items, size_t count, bool legacy,
    struct arena *a, const struct flow_text **ret)
{
	struct flow_text *t;
	struct compiler c;

	TRY(compiler_init(&c, a));
	TRY(flow_alloc(a, 1, sizeof(*t), &t));
	t->kind = kind;
	TRY(flow_alloc(a, count, sizeof(*t->items), &t->items));
	for (size_t i = 0; i < count; i++) {
		struct item *item = &t->items[t->count];

		if (kind == FLOW_WORDS && items[i].len == 0)
			continue; /* finds nothing */
		t->count++;
		if (kind == FLOW_WORDS)
			TRY(compile_word(&c, items[i], item));
		else if (legacy)
			item->fact = "pattern-legacy";
		else
			TRY(compile_pattern(&c, items[i], item));
		t->takes_all |= kind == FLOW_PATTERNS && !legacy && span_eq(items[i], SPAN("\\S"));
	}
	*ret = t;
	return ERR_OK;
}

bool
flow_text_takes_all(const struct flow_text *t)
{
	return t->takes_all;
}

/*
 * Matching
 */
struct matcher {
	pcre2_match_context *context;
	pcre2_match_data *data;
};

static void
matcher_done(struct matcher *m)
{
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
}

static enum err
matcher_init(struct matcher *m)
{
	m->context = pcre2_match_context_create(NULL);
	m->data = pcre2_match_data_create(1, NULL);
	if (m->context == NULL || m->data == NULL)
		return err_set(ERR_TEMP, "no memory for a match");
	pcre2_set_match_limit(m->context, MAX_STEPS);
	pcre2_set_depth_limit(m->context, MAX_DEPTH);
	pcre2_set_heap_limit(m->context, MAX_HEAP_KIB);
	return ERR_OK;
}

/* unknown: a bound was hit; the text is UTF-8 */
static enum err
find(
    struct matcher *m, const pcre2_code *code, struct span text, size_t from, enum rule_answer *ret)
{
	int rc = pcre2_match(code, text.len > 0 ? text.p : (PCRE2_SPTR) "", text.len, from,
	    PCRE2_NO_UTF_CHECK, m->data, m->context);

	if (rc == PCRE2_ERROR_NOMEMORY)
		return err_set(ERR_TEMP, "no memory for a match");
	if (rc == PCRE2_ERROR_NOMATCH)
		*ret = RULE_NO;
	else
		*ret = rc < 0 ? RULE_UNKNOWN : RULE_YES;
	return ERR_OK;
}

/* does a character part a word from what is beside it? */
static enum rule_answer
parts(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return RULE_NO;
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return RULE_NO;
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
		return RULE_YES;
	if (c < ' ' || c >= 0x7F || memchr("_$+<=>^`|~", c, 10) != NULL)
		return RULE_UNKNOWN;
	return RULE_YES;
}

static enum rule_answer
stands_alone(struct span text, size_t start, size_t end)
{
	enum rule_answer before = start > 0 ? parts(text.p[start - 1]) : RULE_YES;
	enum rule_answer after = end < text.len ? parts(text.p[end]) : RULE_YES;

	return flow_and(before, after);
}

static enum err
ask_word_fold(struct matcher *m, const pcre2_code *code, struct span text, struct flow_verdict *ret)
{
	struct flow_verdict v = flow_says(RULE_NO, "words-whole");
	enum rule_answer found = RULE_YES;
	size_t from = 0;

	while (v.answer != RULE_YES && from <= text.len) {
		TRY(find(m, code, text, from, &found));
		if (found != RULE_YES)
			break;
		const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);
		enum rule_answer alone = stands_alone(text, at[0], at[1]);

		v = flow_or(
		    v, flow_says(alone, alone == RULE_UNKNOWN ? "words-neighbour" : "words-whole"));
		from = at[0] + utf8_length(span_from(text, at[0]));
	}
	if (found == RULE_UNKNOWN)
		v = flow_or(v, flow_says(RULE_UNKNOWN, "pattern-limit"));
	*ret = v;
	return ERR_OK;
}

static enum err
ask_word(struct matcher *m, const struct item *item, struct span text, struct flow_verdict *ret)
{
	struct flow_verdict ascii;

	TRY(ask_word_fold(m, item->code[0][FOLD_ALL], text, ret));
	if (ret->answer == RULE_NO)
		return ERR_OK;
	TRY(ask_word_fold(m, item->code[0][FOLD_ASCII], text, &ascii));
	if (ascii.answer == RULE_NO && ret->answer == RULE_YES)
		*ret = flow_says(RULE_UNKNOWN, "letter-case");
	else if (ascii.answer != RULE_NO)
		*ret = ascii;
	return ERR_OK;
}

/* one reading of pattern and text */
static enum err
ask_reading(struct matcher *m, const struct item *item, bool dot_any, struct span text,
    struct flow_verdict *ret)
{
	CLEANUP(buf_done) struct buf small;
	enum rule_answer all, ascii, exact;

	buf_init(&small, MAX_TEXT_BYTES + 1);
	TRY(find(m, item->code[dot_any][FOLD_ALL], text, 0, &all));
	*ret = flow_says(all, all == RULE_UNKNOWN ? "pattern-limit" : "patterns");
	if (all != RULE_YES)
		return ERR_OK;
	TRY(find(m, item->code[dot_any][FOLD_NONE], text, 0, &exact));
	if (exact == RULE_YES)
		return ERR_OK;
	TRY(put_lower(text, false, &small));
	TRY(find(m, item->code[dot_any][FOLD_ASCII], buf_span(&small), 0, &ascii));
	if (ascii == RULE_YES)
		*ret = flow_says(RULE_YES, "pattern-case");
	else
		*ret = flow_says(
		    RULE_UNKNOWN, ascii == RULE_UNKNOWN ? "pattern-limit" : "letter-case");
	return ERR_OK;
}

/* both readings of the dot */
static enum err
ask_dots(struct matcher *m, const struct item *item, struct span text, struct flow_verdict *ret)
{
	struct flow_verdict any;

	TRY(ask_reading(m, item, false, text, ret));
	if (!item->dot)
		return ERR_OK;
	TRY(ask_reading(m, item, true, text, &any));
	if (any.answer != ret->answer)
		*ret = flow_says(RULE_UNKNOWN, "pattern-dot");
	return ERR_OK;
}

/* without a blank in front, and with one */
static enum err
ask_blank(struct matcher *m, const struct item *item, struct span text, struct flow_verdict *ret)
{
	CLEANUP(buf_done) struct buf with_blank;
	struct flow_verdict other;

	buf_init(&with_blank, MAX_TEXT_BYTES + 1);
	TRY(ask_dots(m, item, text, ret));
	if (ret->answer == RULE_UNKNOWN)
		return ERR_OK;
	TRY(buf_put_byte(&with_blank, ' '));
	TRY(buf_put(&with_blank, text));
	TRY(ask_dots(m, item, buf_span(&with_blank), &other));
	if (other.answer != ret->answer)
		*ret = flow_says(RULE_UNKNOWN, "header-blank");
	return ERR_OK;
}

/* a field's text as it came, and with one blank in the place of several; empty: it is the same */
struct field_text {
	struct span came, collapsed;
};

static enum err
collapse(struct span text, struct buf *out, struct field_text *ret)
{
	while (span_take_byte(&text, ' ') || span_take_byte(&text, '\t'))
		;
	*ret = (struct field_text){ .came = text };
	for (size_t i = 0; i < text.len; i++) {
		bool blank = text.p[i] == ' ' || text.p[i] == '\t';

		if (blank && i > 0 && (text.p[i - 1] == ' ' || text.p[i - 1] == '\t'))
			continue;
		TRY(buf_put_byte(out, blank ? ' ' : text.p[i]));
	}
	if (!span_eq(buf_span(out), text))
		ret->collapsed = buf_span(out);
	return ERR_OK;
}

typedef enum err (*ask_item)(
    struct matcher *m, const struct item *item, struct span text, struct flow_verdict *ret);

static enum err
ask_field(struct matcher *m, const struct item *item, ask_item ask, struct field_text text,
    struct flow_verdict *ret)
{
	struct flow_verdict other;

	TRY(ask(m, item, text.came, ret));
	if (text.collapsed.len == 0 || ret->answer == RULE_UNKNOWN)
		return ERR_OK;
	TRY(ask(m, item, text.collapsed, &other));
	if (other.answer != ret->answer)
		*ret = flow_says(RULE_UNKNOWN, "header-folded");
	return ERR_OK;
}

enum err
flow_text_ask(const struct flow_text *t, struct span text, bool of_field, struct flow_verdict *ret)
{
	CLEANUP(matcher_done) struct matcher m = { 0 };
	CLEANUP(buf_done) struct buf collapsed;
	struct flow_verdict v =
	    flow_says(RULE_NO, t->kind == FLOW_WORDS ? "words-whole" : "patterns");
	ask_item ask = t->kind == FLOW_WORDS ? ask_word : of_field ? ask_blank : ask_dots;
	struct field_text readings = { .came = text };

	assert(utf8_valid(text));
	buf_init(&collapsed, MAX_TEXT_BYTES);
	if (text.len > MAX_TEXT_BYTES) {
		*ret = flow_says(RULE_UNKNOWN, "pattern-limit");
		return ERR_OK;
	}
	if (of_field)
		TRY(collapse(text, &collapsed, &readings));
	TRY(matcher_init(&m));
	for (size_t i = 0; i < t->count && v.answer != RULE_YES; i++) {
		struct flow_verdict one = { RULE_UNKNOWN, NULL };

		if (t->items[i].fact != NULL)
			one = flow_says(RULE_UNKNOWN, t->items[i].fact);
		else
			TRY(ask_field(&m, &t->items[i], ask, readings, &one));
		v = flow_or(v, one);
	}
	*ret = v;
	return ERR_OK;
}
