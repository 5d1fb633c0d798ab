/*
 * rules/verify_same.c - which values, groups and connectors are the same.
 *
 * Exchange names a group or a connector by what it likes best (its name, its address, its GUID), whatever
 * was typed when the rule was made. Both sides are led back to one object of the export.
 */
#include "rules/verify_int.h"

#include <string.h>

#define MAX_RESOLVED 100u  /* names in a list that are looked up; a rule of 8 KB holds some 200 */
#define MAX_BRANCHES 1000u /* alternatives that are compared one by one; longer lists as they are */

const struct exo_list *
verify_want(const struct verify *v, enum exo_kind kind)
{
	return &v->want->lists[kind];
}

const struct exo_list *
verify_have(const struct verify *v, enum exo_kind kind)
{
	return &v->have->lists[kind];
}

bool
verify_yes(const struct exo_object *o, const char *name)
{
	const struct exo_value *value = exo_get(o, name);

	return value != NULL && value->type == EXO_BOOL && value->yes;
}

struct span
verify_text(const struct exo_object *o, const char *name)
{
	const struct exo_value *value = exo_get(o, name);

	return value == NULL ? SPAN_NONE : value->text;
}

bool
verify_on(const struct exo_object *o)
{
	const struct exo_value *enabled = exo_get(o, "Enabled");

	if (enabled != NULL && !enabled->yes)
		return false;
	return o->kind != EXO_TRANSPORT_RULE ||
	    !span_istarts(verify_text(o, "Mode"), SPAN("Audit"));
}

/*
 * Objects behind names
 */
/* the export's object behind a name in the plan or in the export */
static size_t
resolve(const struct verify *v, enum exo_kind kind, struct span name, bool is_want)
{
	if (is_want) {
		size_t planned = verify_lookup(&v->want_names[kind], name);

		if (planned != VERIFY_NONE && v->have_of[kind][planned] != VERIFY_NONE)
			return v->have_of[kind][planned];
	}
	return verify_lookup(&v->have_names[kind], name);
}

static bool
ends_with(const char *name, struct span end)
{
	return span_iends(span_str(name), end);
}

static bool
is_host(const char *name)
{
	return strcmp(name, "SmartHosts") == 0;
}

/* what kind of object a condition or action names; EXO_KINDS: none */
static enum exo_kind
names_kind(const char *name)
{
	if (ends_with(name, SPAN("MemberOf")))
		return EXO_DISTRIBUTION_GROUP;
	if (ends_with(name, SPAN("RouteMessageOutboundConnector")))
		return EXO_OUTBOUND_CONNECTOR;
	return EXO_KINDS;
}

const struct exo_object *
verify_connector(const struct verify *v, struct span name)
{
	size_t found = resolve(v, EXO_OUTBOUND_CONNECTOR, name, false);

	return found == VERIFY_NONE ? NULL : &verify_have(v, EXO_OUTBOUND_CONNECTOR)->items[found];
}

bool
verify_ours(const struct verify *v, const struct exo_object *rule)
{
	struct span name = verify_text(rule, "RouteMessageOutboundConnector");
	const struct exo_object *connector = verify_connector(v, name);

	if (name.len == 0)
		return false;
	if (connector == NULL)
		return exo_find(verify_want(v, EXO_OUTBOUND_CONNECTOR), name) != NULL;
	size_t index = (size_t)(connector - verify_have(v, EXO_OUTBOUND_CONNECTOR)->items);
	return v->want_of[EXO_OUTBOUND_CONNECTOR][index] != VERIFY_NONE;
}

/*
 * Values
 */
static bool
is_list(const struct exo_value *value)
{
	return value->type == EXO_TEXTS || value->type == EXO_NAMES;
}

/* "mail.example.net." is the same host, said in full (RFC 1034 section 3.1) */
static struct span
without_dot(struct span host)
{
	return host.len > 1 && host.p[host.len - 1] == '.' ? span_upto(host, host.len - 1) : host;
}

static bool
same_text(enum exo_type type, struct span a, struct span b)
{
	return type == EXO_TEXT || type == EXO_TEXTS ? span_eq(a, b) : span_ieq(a, b);
}

bool
verify_holds(const struct verify *v, const char *name, const struct exo_value *list,
    bool list_is_want, struct span item, bool item_is_want)
{
	const struct span *items = is_list(list) ? list->items : &list->text;
	size_t count = is_list(list) ? list->count : 1;
	enum exo_kind kind = names_kind(name);

	for (size_t i = 0; i < count; i++)
		if (is_host(name) ? span_ieq(without_dot(items[i]), without_dot(item))
				  : same_text(list->type, items[i], item))
			return true;
	if (kind == EXO_KINDS || count > MAX_RESOLVED)
		return false;
	size_t meant = resolve(v, kind, item, item_is_want);
	for (size_t i = 0; meant != VERIFY_NONE && i < count; i++)
		if (resolve(v, kind, items[i], list_is_want) == meant)
			return true;
	return false;
}

bool
verify_covers(const struct verify *v, const char *name, const struct exo_value *big,
    bool big_is_want, const struct exo_value *small, bool small_is_want)
{
	if (big == NULL || small == NULL)
		return false;
	if (big->type != small->type || (!is_list(small) && small->type != EXO_NAME))
		return exo_equal(big, small);
	if (!is_list(small))
		return verify_holds(v, name, big, big_is_want, small->text, small_is_want);
	for (size_t i = 0; i < small->count; i++)
		if (!verify_holds(v, name, big, big_is_want, small->items[i], small_is_want))
			return false;
	return small->count > 0;
}

bool
verify_same(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	if (exo_equal(want, have))
		return true;
	if (want == NULL || have == NULL || want->type != have->type)
		return false;
	if (ends_with(name, SPAN("Patterns")))
		return verify_patterns_same(want, have);
	return (names_kind(name) != EXO_KINDS || is_host(name)) &&
	    verify_covers(v, name, want, true, have, false) &&
	    verify_covers(v, name, have, false, want, true);
}

/* what is absent is $false; connectors that are not there agree with none */
static int
connector_says(const struct verify *v, enum exo_kind kind, const char *name)
{
	const struct exo_list *want = verify_want(v, kind);

	for (size_t i = 0; i < want->count; i++) {
		size_t j = v->have_of[kind][i];

		if (j != VERIFY_NONE)
			return verify_yes(&verify_have(v, kind)->items[j], name);
	}
	return -1;
}

bool
verify_connectors_agree(const struct verify *v, const char *name)
{
	int in = connector_says(v, EXO_INBOUND_CONNECTOR, name);

	return in >= 0 && in == connector_says(v, EXO_OUTBOUND_CONNECTOR, name);
}

/* headers and what is looked for in them are two parameters that mean nothing alone */
const char *
verify_partner(struct span name)
{
	static const struct {
		const char *a, *b;
	} pairs[] = {
		{ "HeaderMatchesMessageHeader", "HeaderMatchesPatterns" },
		{ "HeaderContainsMessageHeader", "HeaderContainsWords" },
		{ "ExceptIfHeaderMatchesMessageHeader", "ExceptIfHeaderMatchesPatterns" },
		{ "ExceptIfHeaderContainsMessageHeader", "ExceptIfHeaderContainsWords" },
		{ "SetHeaderName", "SetHeaderValue" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (span_ieq(name, span_str(pairs[i].a)))
			return pairs[i].b;
		if (span_ieq(name, span_str(pairs[i].b)))
			return pairs[i].a;
	}
	return NULL;
}

/*
 * The plan's rules
 */
enum verify_part
verify_part_of(const struct exo_object *rule)
{
	if (exo_get(rule, "RouteMessageOutboundConnector") != NULL)
		return PART_ROUTE;
	if (exo_get(rule, "SetHeaderName") != NULL)
		return PART_STAMP;
	if (exo_get(rule, "SetSCL") != NULL)
		return PART_SPAM;
	return exo_get(rule, "RemoveHeader") != NULL ? PART_STRIP : PART_OTHER;
}

size_t
verify_route(const struct verify *v)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);

	for (size_t i = 0; i < rules->count; i++)
		if (verify_part_of(&rules->items[i]) == PART_ROUTE)
			return i;
	return VERIFY_NONE;
}

struct span
verify_mark_header(const struct verify *v)
{
	size_t route = verify_route(v);

	if (route == VERIFY_NONE)
		return SPAN_NONE;
	const struct exo_object *rule = &verify_want(v, EXO_TRANSPORT_RULE)->items[route];
	struct span tokens = verify_text(rule, "ExceptIfHeaderMatchesMessageHeader");
	return tokens.len > 0 ? tokens : verify_text(rule, "ExceptIfHeaderContainsMessageHeader");
}

/*
 * Patterns
 *
 * "^a(b|c)d$" says what "^abd$" and "^acd$" say. The plan writes the tokens of the loop mark like that, and an
 * administrator may well have them in another order.
 */
struct branch {
	struct span head, middle, tail;
};

/* offset of the next byte of a pair that no backslash precedes, or s.len */
static size_t
find_bare(struct span s, size_t at, const char *bytes)
{
	for (; at < s.len; at++) {
		if (s.p[at] == '\\')
			at++;
		else if (span_find_byte(span_str(bytes), s.p[at]) < strlen(bytes))
			return at;
	}
	return s.len;
}

/* the one group of a pattern, opened up; false: there is none, or more than a list of alternatives */
static bool
open_group(struct span pattern, struct branch *ret)
{
	size_t open = find_bare(pattern, 0, "([");
	size_t shut = find_bare(pattern, open + 1, ")([");

	if (open >= pattern.len || shut >= pattern.len || pattern.p[open] != '(' ||
	    pattern.p[shut] != ')')
		return false;
	struct span tail = span_from(pattern, shut + 1);
	/* "(a|b)*" or a second choice is beyond this */
	if (find_bare(pattern, 0, "|") < open || find_bare(tail, 0, "([|") < tail.len ||
	    (tail.len > 0 && span_find_byte(SPAN("*+?{"), tail.p[0]) < 4))
		return false;
	struct span middle = span_from(span_upto(pattern, shut), open + 1);
	if (middle.len > 0 && middle.p[0] == '?')
		return false;
	*ret = (struct branch){ span_upto(pattern, open), middle, tail };
	return true;
}

bool
verify_branch_next(struct verify_branches *b, struct span ret[3])
{
	while (!b->in_group) {
		struct branch group;

		if (b->item == b->value->count)
			return false;
		struct span pattern = b->value->items[b->item++];
		if (!open_group(pattern, &group)) {
			ret[0] = pattern;
			ret[1] = ret[2] = SPAN_NONE;
			return true;
		}
		b->head = group.head;
		b->rest = group.middle;
		b->tail = group.tail;
		b->in_group = true;
	}
	size_t bar = find_bare(b->rest, 0, "|");
	ret[0] = b->head;
	ret[1] = span_upto(b->rest, bar);
	ret[2] = b->tail;
	b->in_group = bar < b->rest.len;
	b->rest = span_from(b->rest, bar + 1);
	return true;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/*
 * Are three pieces and three pieces the same text? Alike: but for the case of letters that are only letters: "\S"
 * is not "\s".
 */
static bool
same_branch(const struct span a[3], const struct span b[3], bool alike)
{
	size_t i = 0, j = 0, x = 0, y = 0;
	bool escaped = false;

	for (;;) {
		while (i < 3 && x == a[i].len)
			i++, x = 0;
		while (j < 3 && y == b[j].len)
			j++, y = 0;
		if (i == 3 || j == 3)
			return i == j;
		uint8_t of_a = a[i].p[x++], of_b = b[j].p[y++];
		if (of_a != of_b && (!alike || escaped || lower(of_a) != lower(of_b)))
			return false;
		escaped = !escaped && of_a == '\\';
	}
}

static bool
branch_in(const struct exo_value *value, const struct span branch[3], bool alike)
{
	struct verify_branches all = { .value = value };
	struct span other[3];

	while (verify_branch_next(&all, other))
		if (same_branch(branch, other, alike))
			return true;
	return false;
}

bool
verify_branch_in(const struct exo_value *value, const struct span branch[3])
{
	return branch_in(value, branch, false);
}

static bool
branches_in(const struct exo_value *some, const struct exo_value *all, bool alike)
{
	struct verify_branches branches = { .value = some };
	struct span branch[3];

	while (verify_branch_next(&branches, branch))
		if (!branch_in(all, branch, alike))
			return false;
	return true;
}

static bool
is_short(const struct exo_value *value)
{
	struct verify_branches all = { .value = value };
	struct span branch[3];
	size_t n = 0;

	while (n <= MAX_BRANCHES && verify_branch_next(&all, branch))
		n++;
	return n <= MAX_BRANCHES;
}

static bool
same_patterns(const struct exo_value *want, const struct exo_value *have, bool alike)
{
	return is_short(want) && is_short(have) && branches_in(want, have, alike) &&
	    branches_in(have, want, alike);
}

bool
verify_patterns_same(const struct exo_value *want, const struct exo_value *have)
{
	return same_patterns(want, have, false);
}

bool
verify_patterns_alike(const struct exo_value *want, const struct exo_value *have)
{
	return same_patterns(want, have, true);
}
