#include "core/settings.h"

#include "core/address.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* One assignment under way: what is set, to what, and where strings go. */
struct assign {
	const struct setting *s;
	void *base;
	const char *dir;
	struct arena *a;
};

const struct setting *
setting_find(const struct setting *table, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++) {
		if (span_eq(span_str(table[i].name), name))
			return &table[i];
	}
	return NULL;
}

static void *
place(const struct setting *s, void *base)
{
	return (char *)base + s->offset;
}

static const void *
place_const(const struct setting *s, const void *base)
{
	return (const char *)base + s->offset;
}

/* refuse() - "NAME is "VALUE": WHAT IS WANTED"; a secret's value is not quoted. */
static enum err
refuse(const struct setting *s, const char *value, const char *want)
{
	char shown[80];

	if (s->secret)
		return err_set(ERR_SYNTAX, "%s: %s", s->name, want);
	return err_set(ERR_SYNTAX, "%s is \"%s\": %s", s->name,
	    span_printable(span_str(value), shown, sizeof(shown)), want);
}

struct unit {
	const char *name;
	int64_t factor;
};

/* largest first: formatting takes the first that divides */
static const struct unit size_units[] = {
	{ "GiB", 1 << 30 },
	{ "GB", 1000000000 },
	{ "MiB", 1 << 20 },
	{ "MB", 1000000 },
	{ "KiB", 1 << 10 },
	{ "KB", 1000 },
	{ "B", 1 },
	{ NULL, 0 },
};
static const struct unit duration_units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "min", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};

/* quantity() - digits, blanks, a unit; bare says whether a number without a unit is one. */
static bool
quantity(const char *text, const struct unit *units, bool bare, int64_t *ret)
{
	struct span s = span_trim(span_str(text));
	uint64_t n;

	if (!span_take_u64(&s, INT64_MAX, &n))
		return false;
	span_skip_wsp(&s);
	if (s.len == 0) {
		*ret = (int64_t)n;
		return bare || n == 0;
	}
	for (const struct unit *u = units; u->name != NULL; u++) {
		if (!span_ieq(s, span_str(u->name)))
			continue;
		if (n > (uint64_t)(INT64_MAX / u->factor))
			return false;
		*ret = (int64_t)n * u->factor;
		return true;
	}
	return false;
}

static enum err
put_quantity(struct buf *out, const struct unit *units, int64_t value)
{
	for (const struct unit *u = units; u->name != NULL; u++) {
		if (value != 0 && value % u->factor == 0)
			return buf_printf(out, "%" PRId64 " %s", value / u->factor, u->name);
	}
	return buf_put_str(out, "0");
}

static bool
bounded(const struct setting *s)
{
	return s->min != 0 || s->max != 0;
}

static enum err
put_bound(struct buf *out, const struct setting *s, int64_t value)
{
	if (s->type == SETTING_SIZE)
		return put_quantity(out, size_units, value);
	if (s->type == SETTING_DURATION)
		return put_quantity(out, duration_units, value);
	return buf_printf(out, "%" PRId64, value);
}

/* outside() - the note says both bounds in the setting's own unit. */
static enum err
outside(const struct setting *s, const char *value, const char *what)
{
	CLEANUP(buf_done) struct buf want;

	buf_init(&want, 256);
	TRY(buf_printf(&want, "%s", what));
	TRY(put_bound(&want, s, s->min));
	TRY(buf_put_str(&want, " to "));
	TRY(put_bound(&want, s, s->max));
	return refuse(s, value, buf_cstr(&want));
}

static enum err
assign_number(const struct assign *as, const char *value)
{
	const struct setting *s = as->s;
	int64_t n = 0;
	bool ok;

	if (s->type == SETTING_SIZE)
		ok = quantity(value, size_units, true, &n);
	else if (s->type == SETTING_DURATION)
		ok = quantity(value, duration_units, false, &n);
	else
		ok = quantity(value, &(struct unit){ NULL, 0 }, true, &n);
	if (!ok && s->type == SETTING_SIZE)
		return refuse(
		    s, value, "a size like \"64 KiB\", \"150 MiB\" or a number of bytes is wanted");
	if (!ok && s->type == SETTING_DURATION)
		return refuse(s, value,
		    "a time like \"30 d\", \"24 h\", \"10 min\", \"5 s\", \"200 ms\" is wanted");
	if (!ok)
		return refuse(s, value, "a whole number is wanted");
	if (bounded(s) && (n < s->min || n > s->max))
		return outside(s, value, "allowed is ");
	*(int64_t *)place(s, as->base) = n;
	return ERR_OK;
}

static enum err
assign_bool(const struct assign *as, const char *value)
{
	static const char *const yes[] = { "true", "yes", "on" };
	static const char *const no[] = { "false", "no", "off" };

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(value, yes[i]) != 0 && strcmp(value, no[i]) != 0)
			continue;
		*(bool *)place(as->s, as->base) = strcmp(value, yes[i]) == 0;
		return ERR_OK;
	}
	return refuse(as->s, value, "true or false is wanted");
}

static enum err
assign_choice(const struct assign *as, const char *value)
{
	CLEANUP(buf_done) struct buf want;

	buf_init(&want, 256);
	for (int i = 0; as->s->choices[i] != NULL; i++) {
		if (strcmp(value, as->s->choices[i]) == 0) {
			*(int *)place(as->s, as->base) = i;
			return ERR_OK;
		}
	}
	TRY(buf_put_str(&want, "wanted is one of"));
	for (int i = 0; as->s->choices[i] != NULL; i++)
		TRY(buf_printf(&want, " %s", as->s->choices[i]));
	return refuse(as->s, value, buf_cstr(&want));
}

static bool
endpoint_valid(struct span s)
{
	struct address literal;
	uint64_t port;

	/* the last colon: an IPv6 address stands in brackets */
	size_t at = s.len;
	while (at > 0 && s.p[at - 1] != ':')
		at--;
	if (at == 0)
		return false;
	struct span digits = span_from(s, at);
	if (!span_take_u64(&digits, 65535, &port) || digits.len > 0)
		return false;
	struct span host = span_upto(s, at - 1);
	if (host.len == 0 || host.p[0] != '[')
		return domain_valid(host);
	/* the grammar of mailboxes has address literals; there an IPv6 address is marked */
	char text[64] = "a@[IPv6:";
	if (host.len > 48)
		return false;
	memcpy(text + 8, host.p + 1, host.len - 1);
	return address_parse(span_str(text), &literal) == ERR_OK;
}

static bool
pattern_valid(struct span s)
{
	struct address a;

	if (span_take(&s, SPAN("@")) || span_take(&s, SPAN("*@")))
		return domain_valid(s);
	/* a star is a letter like any other in a mailbox; who writes one here means something else */
	return address_parse(s, &a) == ERR_OK && span_find_byte(s, '*') == s.len;
}

static bool
has_control(const char *value)
{
	for (; *value != '\0'; value++) {
		if ((uint8_t)*value < 0x20 || *value == 0x7f)
			return true;
	}
	return false;
}

/* text_checked() - what one text of the setting's type must be like. */
static enum err
text_checked(const struct setting *s, const char *value)
{
	struct span text = span_str(value);
	struct address a;

	if (has_control(value))
		return refuse(s, value, "control characters are not allowed");
	switch (s->type) {
	case SETTING_ENDPOINT:
	case SETTING_ENDPOINTS:
		if (!endpoint_valid(text))
			return refuse(s, value, "\"host:port\" or \"[v6 address]:port\" is wanted");
		break;
	case SETTING_DOMAINS:
		span_take(&text, SPAN("*."));
		if (!domain_valid(text))
			return refuse(s, value, "a domain name is wanted");
		break;
	case SETTING_ADDRESS:
		if (address_parse(text, &a) != ERR_OK)
			return refuse(s, value, "a mail address is wanted");
		break;
	case SETTING_PATTERNS:
		if (!pattern_valid(text))
			return refuse(s, value, "a mail address or \"@domain\" is wanted");
		break;
	default:
		break;
	}
	return ERR_OK;
}

static enum err
keep(struct arena *a, struct span text, const char **ret)
{
	struct span copy;

	TRY(arena_dup(a, text, &copy));
	*ret = (const char *)copy.p;
	return ERR_OK;
}

static enum err
path_resolved(const struct assign *as, const char *value, const char **ret)
{
	struct span joined;

	if (value[0] == '/')
		return keep(as->a, span_str(value), ret);
	if (as->dir == NULL)
		return refuse(as->s, value, "an absolute path is wanted");
	TRY(arena_printf(as->a, &joined, "%s/%s", as->dir, value));
	*ret = (const char *)joined.p;
	return ERR_OK;
}

static enum err
assign_text(const struct assign *as, const char *value)
{
	const struct setting *s = as->s;
	const char **at = place(s, as->base);
	int64_t len = (int64_t)strlen(value);

	if (len == 0) {
		/* nothing at all is a value only where it is the default */
		if (s->def == NULL || s->def[0] != '\0')
			return err_set(ERR_SYNTAX, "%s is empty", s->name);
		*at = "";
		return ERR_OK;
	}
	TRY(text_checked(s, value));
	if (bounded(s) && (len < s->min || len > s->max))
		return outside(s, value, "its length may be ");
	if (s->type == SETTING_PATH)
		return path_resolved(as, value, at);
	return keep(as->a, span_str(value), at);
}

static enum err
assign_list(const struct assign *as, const char *const *values, size_t count)
{
	const struct setting *s = as->s;
	struct setting_list list = { NULL, count };

	if (bounded(s) && ((int64_t)count < s->min || (int64_t)count > s->max))
		return err_set(ERR_SYNTAX, "%s has %zu items: allowed are %" PRId64 " to %" PRId64,
		    s->name, count, s->min, s->max);
	list.items = arena_alloc(as->a, count * sizeof(*list.items));
	if (list.items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < count; i++) {
		if (values[i][0] == '\0')
			return err_set(ERR_SYNTAX, "%s has an empty item", s->name);
		TRY(text_checked(s, values[i]));
		TRY(keep(as->a, span_str(values[i]), &list.items[i]));
	}
	*(struct setting_list *)place(s, as->base) = list;
	return ERR_OK;
}

bool
setting_is_list(enum setting_type type)
{
	return type == SETTING_LIST || type == SETTING_ENDPOINTS || type == SETTING_DOMAINS ||
	    type == SETTING_PATTERNS;
}

enum err
setting_assign(const struct setting *s, void *base, const char *const *values, size_t value_count,
    const char *dir, struct arena *a)
{
	const struct assign as = { s, base, dir, a };

	assert(values != NULL || value_count == 0);
	if (setting_is_list(s->type))
		return assign_list(&as, values, value_count);
	if (value_count != 1)
		return err_set(ERR_SYNTAX, "%s takes one value, not %zu", s->name, value_count);
	switch (s->type) {
	case SETTING_BOOL:
		return assign_bool(&as, values[0]);
	case SETTING_CHOICE:
		return assign_choice(&as, values[0]);
	case SETTING_INT:
	case SETTING_SIZE:
	case SETTING_DURATION:
		return assign_number(&as, values[0]);
	default:
		return assign_text(&as, values[0]);
	}
}

#define DEFAULT_ITEMS 8u /* a default with more is a list for the administrator to write */

/* Defaults of lists are written with commas. */
static enum err
assign_default(const struct setting *s, void *base, const char *dir, struct arena *a)
{
	const char *items[DEFAULT_ITEMS];
	size_t n = 0;

	if (!setting_is_list(s->type))
		return setting_assign(s, base, &s->def, 1, dir, a);
	struct span rest = span_str(s->def), item;
	while (rest.len > 0) {
		assert(n < DEFAULT_ITEMS);
		if (!span_take_until(&rest, ',', &item)) {
			item = rest;
			rest = SPAN_NONE;
		}
		span_take_byte(&rest, ',');
		TRY(keep(a, span_trim(item), &items[n++]));
	}
	if (n == 0) {
		/* an empty default stands even where a value must have items */
		*(struct setting_list *)place(s, base) = (struct setting_list){ NULL, 0 };
		return ERR_OK;
	}
	return setting_assign(s, base, items, n, dir, a);
}

enum err
settings_defaults(
    const struct setting *table, size_t count, void *base, const char *dir, struct arena *a)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].def != NULL)
			TRY(assign_default(&table[i], base, dir, a));
	}
	return ERR_OK;
}

static enum err
put_list(const struct setting_list *list, bool mask, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++)
		TRY(buf_printf(out, "%s%s", i > 0 ? ", " : "", mask ? "********" : list->items[i]));
	return ERR_OK;
}

enum err
setting_format(const struct setting *s, const void *base, bool reveal, struct buf *out)
{
	const void *at = place_const(s, base);
	bool mask = s->secret && !reveal;

	if (setting_is_list(s->type))
		return put_list(at, mask, out);
	if (mask)
		return buf_put_str(out, "********");
	switch (s->type) {
	case SETTING_BOOL:
		return buf_put_str(out, *(const bool *)at ? "true" : "false");
	case SETTING_CHOICE:
		return buf_put_str(out, s->choices[*(const int *)at]);
	case SETTING_INT:
		return buf_printf(out, "%" PRId64, *(const int64_t *)at);
	case SETTING_SIZE:
		return put_quantity(out, size_units, *(const int64_t *)at);
	case SETTING_DURATION:
		return put_quantity(out, duration_units, *(const int64_t *)at);
	default:
		return buf_put(out, span_str(*(const char *const *)at));
	}
}

enum err
setting_format_bounds(const struct setting *s, struct buf *out)
{
	if (s->type == SETTING_CHOICE) {
		for (int i = 0; s->choices[i] != NULL; i++)
			TRY(buf_printf(out, "%s%s", i > 0 ? ", " : "", s->choices[i]));
		return ERR_OK;
	}
	if (!bounded(s))
		return ERR_OK;
	TRY(put_bound(out, s, s->min));
	TRY(buf_put_str(out, " to "));
	TRY(put_bound(out, s, s->max));
	if (setting_is_list(s->type))
		return buf_put_str(out, " items");
	bool number =
	    s->type == SETTING_INT || s->type == SETTING_SIZE || s->type == SETTING_DURATION;
	return number ? ERR_OK : buf_put_str(out, " bytes");
}
