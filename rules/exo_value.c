/*
 * rules/exo_value.c - values as Exchange shows and takes them: read, compared, printed.
 */
#include "rules/exo_int.h"

#include "core/crypto.h"
#include "core/utf8.h"

#include <assert.h>
#include <string.h>

#define SHOWN 64 /* of a foreign value in a note */

/*
 * Sizes
 */
static const struct {
	const char *name;
	unsigned shift;
} units[] = {
	{ "TB", 40 },
	{ "GB", 30 },
	{ "MB", 20 },
	{ "KB", 10 },
	{ "B", 0 },
};
#define UNITS (sizeof(units) / sizeof(units[0]))

/* a blank or point between groups of three digits, in the languages that Exchange may speak */
static bool
take_separator(struct span *s)
{
	static const char *const separators[] = { ",", ".", "'", " ", "\xC2\xA0", "\xE2\x80\xAF" };

	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
		if (span_take(s, span_str(separators[i])))
			return true;
	return false;
}

static bool
take_digit(struct span *s, uint64_t *n)
{
	if (s->len == 0 || s->p[0] < '0' || s->p[0] > '9')
		return false;
	if (*n > (INT64_MAX - 9) / 10)
		return false;
	*n = *n * 10 + (uint64_t)(s->p[0] - '0');
	*s = span_from(*s, 1);
	return true;
}

static bool
take_group(struct span *s, uint64_t *n)
{
	for (int i = 0; i < 3; i++)
		if (!take_digit(s, n))
			return false;
	return true;
}

/* "1,572,864 bytes)": digits, then groups of three */
static bool
take_bytes(struct span s, int64_t *ret)
{
	uint64_t n = 0;

	if (!take_digit(&s, &n))
		return false;
	while (take_digit(&s, &n))
		;
	while (take_separator(&s)) {
		if (s.len > 0 && (s.p[0] | 0x20) == 'b')
			break; /* the blank before "bytes" */
		if (!take_group(&s, &n))
			return false;
	}
	if (!span_take_i(&s, SPAN("bytes")) || !span_take_byte(&s, ')') || s.len > 0)
		return false;
	*ret = (int64_t)n;
	return true;
}

/* the unit at the front; none is bytes */
static bool
take_unit(struct span *s, unsigned *ret_shift)
{
	span_skip_wsp(s);
	for (size_t i = 0; i < UNITS; i++)
		if (span_take_i(s, span_str(units[i].name))) {
			*ret_shift = units[i].shift;
			return true;
		}
	*ret_shift = 0;
	return s->len == 0;
}

bool
exo_size_parse(struct span text, int64_t *ret_bytes)
{
	struct span s = span_trim(text);
	uint64_t whole = 0, fraction = 0, scale = 1;
	unsigned shift;

	if (!take_digit(&s, &whole))
		return false;
	while (take_digit(&s, &whole))
		;
	bool comma = s.len > 0 && s.p[0] == ',';
	if (comma || (s.len > 0 && s.p[0] == '.')) {
		s = span_from(s, 1);
		if (s.len == 0 || s.p[0] < '0' || s.p[0] > '9')
			return false;
		/* six digits are more than Exchange shows, and cannot overflow below */
		while (scale < 1000000 && take_digit(&s, &fraction))
			scale *= 10;
	}
	if (!take_unit(&s, &shift) || (shift == 0 && scale > 1))
		return false;
	span_skip_wsp(&s);
	if (span_take_byte(&s, '('))
		return take_bytes(s, ret_bytes);
	/* "1,024 KB" is a thousand in one country and one in another: only brackets can tell */
	if (s.len > 0 || comma || whole > (uint64_t)(INT64_MAX >> shift) - 1)
		return false;
	*ret_bytes = (int64_t)((whole << shift) + (fraction << shift) / scale);
	return true;
}

enum err
exo_size_print(int64_t bytes, const char *blank, struct buf *out)
{
	for (size_t i = 0; i < UNITS; i++)
		if (bytes % (INT64_C(1) << units[i].shift) == 0 && (bytes > 0 || i + 1 == UNITS))
			return buf_printf(out, "%lld%s%s", (long long)(bytes >> units[i].shift),
			    blank, units[i].name);
	assert(!"every number of bytes is one of bytes");
	return ERR_SYNTAX;
}

/*
 * Reading
 */
static bool
one_of(struct span s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (span_ieq(s, span_str(*words)))
			return true;
	return false;
}

static enum err
read_bool(struct span s, bool *ret)
{
	/* the last of each is a rule's State */
	static const char *const yes[] = { "true", "$true", "1", "yes", "enabled", NULL };
	static const char *const no[] = { "false", "$false", "0", "no", "disabled", NULL };
	char shown[SHOWN];

	if (!one_of(s, yes) && !one_of(s, no))
		return err_set(
		    ERR_SYNTAX, "%s is not true or false", span_printable(s, shown, sizeof(shown)));
	*ret = one_of(s, yes);
	return ERR_OK;
}

static enum err
read_int(struct span s, int64_t *ret)
{
	struct span rest = s;
	uint64_t n;
	bool minus = span_take_byte(&rest, '-');
	char shown[SHOWN];

	/* as far as JSON can hold one */
	if (!span_take_u64(&rest, UINT64_C(1) << 53, &n) || rest.len > 0)
		return err_set(
		    ERR_SYNTAX, "%s is not a number", span_printable(s, shown, sizeof(shown)));
	*ret = minus ? -(int64_t)n : (int64_t)n;
	return ERR_OK;
}

static enum err
check_text(struct span s)
{
	if (s.len > EXO_MAX_TEXT_BYTES)
		return err_set(
		    ERR_LIMIT, "text of %zu bytes, %u allowed", s.len, EXO_MAX_TEXT_BYTES);
	if (span_find_byte(s, '\0') < s.len)
		return err_set(ERR_SYNTAX, "text with NUL");
	if (!utf8_valid(s))
		return err_set(ERR_SYNTAX, "text that is not UTF-8");
	return ERR_OK;
}

static bool
is_texts(enum exo_type t)
{
	return t == EXO_TEXTS || t == EXO_NAMES;
}

/* are these types compared letter by letter, so that blanks around count too? */
static bool
is_exact(enum exo_type t)
{
	return t == EXO_TEXT || t == EXO_TEXTS || t == EXO_SECRET;
}

/* "smtp:*;1" is how SenderDomains are shown: the address type in front, the cost behind */
static struct span
bare_domain(struct span s)
{
	(void)span_take_i(&s, SPAN("smtp:"));
	size_t at = span_find_byte(s, ';');
	struct span cost = span_from(s, at + 1);
	uint64_t n;

	/* without a semicolon there is nothing behind it */
	if (span_take_u64(&cost, UINT32_MAX, &n) && cost.len == 0)
		s = span_upto(s, at);
	return s;
}

/* "[192.0.2.1]" is how Exchange shows the address of a smart host */
static struct span
bare_host(struct span s)
{
	struct span inner = s;

	if (span_take_byte(&inner, '[') && inner.len > 1 && inner.p[inner.len - 1] == ']')
		return span_upto(inner, inner.len - 1);
	return s;
}

/* the text without what does not count; empty: no value */
static struct span
bare(const struct exo_property *p, struct span s)
{
	if (is_exact(p->type))
		return s;
	s = span_trim(s);
	if (p->flags & EXO_DOMAIN)
		s = bare_domain(s);
	if (p->flags & EXO_HOST)
		s = bare_host(s);
	return s;
}

static bool
is_no_value(enum exo_type t, struct span s)
{
	static const char *const numbers[] = { "Unlimited", "$null", NULL };
	static const char *const names[] = { "$null", NULL };

	if (t == EXO_INT || t == EXO_SIZE)
		return s.len == 0 || one_of(s, numbers);
	return s.len == 0 || (!is_exact(t) && one_of(s, names));
}

static enum err
read_items(const struct exo_property *p, const struct span *texts, size_t count, struct arena *a,
    struct exo_value *ret, bool *ret_there)
{
	struct span *items = arena_alloc(a, count * sizeof(*items));

	if (items == NULL)
		return a->max_bytes - a->used_bytes < count * sizeof(*items) ? ERR_LIMIT : ERR_TEMP;
	ret->items = items;
	for (size_t i = 0; i < count; i++) {
		struct span s = bare(p, texts[i]);

		TRY(check_text(s));
		if (!is_no_value(p->type, s))
			TRY(arena_dup(a, s, &items[ret->count++]));
	}
	*ret_there = ret->count > 0;
	return ERR_OK;
}

static enum err
read_one(const struct exo_property *p, struct span s, struct arena *a, struct exo_value *ret)
{
	char shown[SHOWN];

	switch (p->type) {
	case EXO_BOOL:
		return read_bool(s, &ret->yes);
	case EXO_INT:
		return read_int(s, &ret->number);
	case EXO_SIZE:
		if (!exo_size_parse(s, &ret->number))
			return err_set(ERR_SYNTAX, "%s is not a size",
			    span_printable(s, shown, sizeof(shown)));
		return ERR_OK;
	case EXO_TEXT:
	case EXO_NAME:
	case EXO_SECRET:
	case EXO_IGNORED:
	case EXO_TEXTS:
	case EXO_NAMES:
		break;
	}
	return arena_dup(a, s, &ret->text);
}

enum err
exo_value_read(const struct exo_property *p, const struct span *texts, size_t count,
    struct arena *a, struct exo_value *ret, bool *ret_there)
{
	struct exo_value v = { .type = p->type };

	if (count > EXO_MAX_ITEMS)
		return err_set(ERR_LIMIT, "%zu values, %u allowed", count, EXO_MAX_ITEMS);
	*ret_there = false;
	if (is_texts(p->type)) {
		TRY(read_items(p, texts, count, a, &v, ret_there));
	} else if (count > 1) {
		return err_set(ERR_SYNTAX, "%zu values, one expected", count);
	} else if (count == 1) {
		struct span s = bare(p, texts[0]);

		TRY(check_text(s));
		*ret_there = !is_no_value(p->type, s);
		if (*ret_there)
			TRY(read_one(p, s, a, &v));
	}
	if (*ret_there)
		*ret = v;
	return ERR_OK;
}

/*
 * Comparing
 */
#define DIGEST_PREFIX "sha256:"

/* the digest that a secret has, or is in an export */
static void
digest(struct span text, uint8_t out[SHA256_SIZE])
{
	struct span hex = text;

	if (span_take_i(&hex, SPAN(DIGEST_PREFIX)) && hex_decode(hex, out, SHA256_SIZE) == ERR_OK)
		return;
	sha256_of(text, out);
}

static bool
same_secret(struct span a, struct span b)
{
	uint8_t da[SHA256_SIZE], db[SHA256_SIZE];

	digest(a, da);
	digest(b, db);
	return span_eq_secret(span_of(da, sizeof(da)), span_of(db, sizeof(db)));
}

static bool
same_text(enum exo_type t, struct span a, struct span b)
{
	return t == EXO_TEXTS || t == EXO_TEXT ? span_eq(a, b) : span_ieq(a, b);
}

static bool
all_in(const struct exo_value *some, const struct exo_value *all)
{
	for (size_t i = 0; i < some->count; i++) {
		size_t j = 0;

		while (j < all->count && !same_text(some->type, some->items[i], all->items[j]))
			j++;
		if (j == all->count)
			return false;
	}
	return true;
}

static bool
is_nothing(const struct exo_value *v)
{
	return v == NULL || (is_texts(v->type) && v->count == 0);
}

bool
exo_equal(const struct exo_value *a, const struct exo_value *b)
{
	if ((a != NULL && a->type == EXO_IGNORED) || (b != NULL && b->type == EXO_IGNORED))
		return true;
	if (is_nothing(a) || is_nothing(b))
		return is_nothing(a) && is_nothing(b);
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case EXO_BOOL:
		return a->yes == b->yes;
	case EXO_INT:
	case EXO_SIZE:
		return a->number == b->number;
	case EXO_TEXT:
	case EXO_NAME:
		return same_text(a->type, a->text, b->text);
	case EXO_TEXTS:
	case EXO_NAMES:
		return all_in(a, b) && all_in(b, a);
	case EXO_SECRET:
		return same_secret(a->text, b->text);
	case EXO_IGNORED:
		break;
	}
	return true;
}

bool
exo_says_nothing(const struct exo_member *m)
{
	const struct exo_property *p = m->property;

	if (is_texts(m->value.type) && m->value.count == 0)
		return true;
	if (m->value.type == EXO_BOOL && !m->value.yes && (p == NULL || p->role != EXO_PLAIN))
		return true;
	if (p == NULL || p->absent == NULL)
		return false;
	if (m->value.type == EXO_BOOL)
		return m->value.yes == span_ieq(span_str(p->absent), SPAN("True"));
	return span_ieq(m->value.text, span_str(p->absent));
}

/*
 * Printing
 */
bool
exo_unsafe(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} unsafe[] = {
		{ 0, 0x1F },        /* C0 */
		{ 0x7F, 0x9F },     /* DEL, C1 */
		{ 0xAD, 0xAD },     /* soft hyphen */
		{ 0x61C, 0x61C },   /* Arabic letter mark */
		{ 0x180E, 0x180E }, /* Mongolian vowel separator */
		{ 0x200B, 0x200F }, /* zero width, direction marks */
		{ 0x2028, 0x202E }, /* line, paragraph, direction */
		{ 0x2060, 0x206F }, /* invisible operators, isolates */
		{ 0xFEFF, 0xFEFF }, /* zero width no-break space */
		{ 0xFFF9, 0xFFFB }, /* interlinear annotation */
	};

	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	return false;
}

enum err
exo_text_print(struct span s, struct buf *out)
{
	while (s.len > 0) {
		struct span rest = s;
		bool ok;
		uint32_t c = utf8_take(&rest, &ok);

		if (!ok)
			TRY(buf_put_str(out, "?"));
		else if (exo_unsafe(c))
			TRY(buf_printf(out, "U+%04X", (unsigned)c));
		else
			TRY(buf_put(out, span_upto(s, s.len - rest.len)));
		s = rest;
	}
	return ERR_OK;
}

enum err
exo_value_print(const struct exo_value *v, struct buf *out)
{
	if (is_nothing(v))
		return buf_put_str(out, "none");
	switch (v->type) {
	case EXO_BOOL:
		return buf_put_str(out, v->yes ? "yes" : "no");
	case EXO_INT:
		return buf_printf(out, "%lld", (long long)v->number);
	case EXO_SIZE:
		return exo_size_print(v->number, " ", out);
	case EXO_SECRET:
		return buf_put_str(out, "(secret)");
	case EXO_TEXT:
	case EXO_NAME:
	case EXO_IGNORED:
		return exo_text_print(v->text, out);
	case EXO_TEXTS:
	case EXO_NAMES:
		break;
	}
	for (size_t i = 0; i < v->count; i++) {
		if (i > 0)
			TRY(buf_put_str(out, ", "));
		TRY(exo_text_print(v->items[i], out));
	}
	return ERR_OK;
}
