/*
 * rules/verify.c - the frame: pairs of objects, findings, their order, their repairs.
 *
 * Objects are walked in the order of the plan, and what belongs to others after them, so that within one
 * severity groups and connectors come before the rules that need them: repairs are run in that order.
 */
#include "rules/verify_int.h"

#include "core/utf8.h"
#include "rules/powershell.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_ROOM  32u
#define MAX_HELD    (4 * DRIFT_MAX_FINDINGS) /* while they are looked for; then the worst stay */
#define WHY_BYTES   640u
#define SHOWN_BYTES 16384u /* of a value that is looked through for secrets before it is cut */

const char *
drift_severity_name(enum drift_severity s)
{
	static const char *const names[] = { "note", "warning", "critical" };

	assert((unsigned)s < sizeof(names) / sizeof(names[0]));
	return names[s];
}

const char *
drift_kind_name(enum drift_kind k)
{
	static const char *const names[DRIFT_KINDS] = {
		[DRIFT_MISSING] = "missing",
		[DRIFT_CHANGED] = "changed",
		[DRIFT_ADDED] = "added",
		[DRIFT_DISABLED] = "disabled",
		[DRIFT_ORDER] = "order",
		[DRIFT_IN_FRONT] = "in-front",
		[DRIFT_RIVAL] = "rival",
		[DRIFT_DUPLICATE] = "duplicate",
		[DRIFT_NOT_EXPORTED] = "not-exported",
	};

	assert((unsigned)k < DRIFT_KINDS);
	return names[k];
}

enum err
verify_alloc(struct arena *a, size_t count, size_t size, void *ret)
{
	void *p = arena_alloc(a, (count + 1) * size);

	if (p == NULL)
		return (count + 1) * size > a->max_bytes - a->used_bytes ? ERR_LIMIT : ERR_TEMP;
	memcpy(ret, &p, sizeof(p));
	return ERR_OK;
}

/*
 * Findings
 */
/* keep as many as are handed over, the worst, in their order */
static void
prune(struct verify *v)
{
	size_t quota[DRIFT_CRITICAL + 1] = { 0 }, left = DRIFT_MAX_FINDINGS, kept = 0;

	for (size_t i = 0; i < v->count; i++)
		quota[v->items[i].drift.severity]++;
	for (int s = DRIFT_CRITICAL; s >= DRIFT_NOTE; s--) {
		if (quota[s] > left)
			quota[s] = left;
		left -= quota[s];
	}
	for (size_t i = 0; i < v->count; i++) {
		enum drift_severity s = v->items[i].drift.severity;

		if (quota[s] == 0)
			continue;
		quota[s]--;
		v->items[kept++] = v->items[i];
	}
	v->left_out += v->count - kept;
	v->count = kept;
}

enum err
verify_add(struct verify *v, enum drift_kind kind, enum drift_severity severity,
    const struct exo_object *object, struct verify_item **ret)
{
	if (v->count == MAX_HELD)
		prune(v);
	if (v->count == v->room) {
		struct verify_item *wider;
		size_t room = v->room == 0 ? FIRST_ROOM : 2 * v->room;

		TRY(verify_alloc(v->a, room, sizeof(*wider), &wider));
		if (v->count > 0)
			memcpy(wider, v->items, v->count * sizeof(*wider));
		v->items = wider;
		v->room = room;
	}
	*ret = &v->items[v->count++];
	**ret = (struct verify_item){
		.drift = {
			.kind = kind,
			.severity = severity,
			.object_kind = object->kind,
			.object = exo_name(object),
		},
	};
	return ERR_OK;
}

enum err
verify_show(struct verify *v, const struct exo_value *value, struct span *ret)
{
	CLEANUP(buf_done) struct buf text = { 0 }, masked = { 0 };

	*ret = SPAN_NONE;
	if (value == NULL)
		return ERR_OK;
	/* masked before it is cut, as half a token is one too */
	buf_init(&text, SHOWN_BYTES);
	buf_init(&masked, SHOWN_BYTES * 2);
	enum err err = exo_value_print(value, &text);
	if (err != ERR_LIMIT)
		TRY(err);
	TRY(verify_mask(v, buf_span(&text), &masked));
	struct span shown = utf8_upto(buf_span(&masked), DRIFT_MAX_TEXT_BYTES - 3);
	return arena_printf(v->a, ret, "%.*s%s", (int)shown.len, (const char *)shown.p,
	    err == ERR_LIMIT || shown.len < masked.len ? "..." : "");
}

enum err
verify_safe(struct verify *v, struct span s, struct span *ret)
{
	struct exo_value text = { .type = EXO_TEXT, .text = s };

	return verify_show(v, &text, ret);
}

enum err
verify_printf(struct verify *v, struct span *ret, const char *fmt, ...)
{
	char text[WHY_BYTES];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		(void)snprintf(&text[sizeof(text) - 4], 4, "...");
	return arena_dup(v->a, span_str(text), ret);
}

bool
verify_unique(const struct verify *v, const struct exo_object *have)
{
	const struct exo_list *list = verify_have(v, have->kind);
	struct span name = exo_name(have);
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		if (span_ieq(v->names[have->kind][i], name))
			n++;
	return n <= 1;
}

/*
 * Repairs
 */

/* is text at this place behind a quote that is still open? All five that PowerShell knows count. */
static bool
in_quotes(struct span text, size_t at)
{
	bool open = false;

	for (size_t i = 0; i < at; i++) {
		struct span s = span_from(text, i);

		if (s.p[0] == '\'' ||
		    (s.len >= 3 && s.p[0] == 0xE2 && s.p[1] == 0x80 && s.p[2] >= 0x98 &&
			s.p[2] <= 0x9B))
			open = !open;
	}
	return open;
}

/* text with what stands for something secret in place of it, outside of quotes */
static enum err
put_replaced(struct span text, struct span what, const char *by, struct buf *out)
{
	struct span rest = text;

	while (what.len > 0) {
		size_t at = text.len - rest.len + span_find(rest, what);

		if (at >= text.len)
			break;
		size_t end = at + (in_quotes(text, at) ? 1 : what.len);
		TRY(buf_put(out, span_upto(rest, at - (text.len - rest.len))));
		if (end == at + what.len)
			TRY(buf_put_str(out, by));
		else
			TRY(buf_put(out, span_upto(span_from(text, at), 1)));
		rest = span_from(text, end);
	}
	return buf_put(out, rest);
}

/*
 * The tokens of the loop mark stay out of a text that may go by mail, as secrets do: $pattern stands for them,
 * and $mark for what the rules that set mail aside write, which is not the $secret of the routing rule.
 */
static enum err
put_masked(const struct verify *v, struct span text, bool stamp, struct buf *out)
{
	CLEANUP(buf_done) struct buf once;

	buf_init(&once, DRIFT_MAX_REPAIR);
	TRY(put_replaced(text, v->mark_literal, POWERSHELL_FILLED("pattern"), &once));
	return put_replaced(buf_span(&once), stamp ? SPAN(POWERSHELL_FILLED("secret")) : SPAN_NONE,
	    POWERSHELL_FILLED("mark"), out);
}

/* err is what making the text came to: one that is too long is left out, as is one that is no text */
static enum err
command(struct verify *v, const struct exo_object *want, enum err err, const struct buf *text,
    struct span *ret)
{
	bool stamp =
	    want != NULL && want->kind == EXO_TRANSPORT_RULE && verify_part_of(want) == PART_STAMP;
	CLEANUP(buf_done) struct buf masked = { 0 };

	*ret = SPAN_NONE;
	if (err == ERR_LIMIT || err == ERR_SYNTAX)
		return ERR_OK;
	TRY(err);
	buf_init(&masked, DRIFT_MAX_REPAIR);
	err = put_masked(v, buf_span(text), stamp, &masked);
	if (err == ERR_LIMIT || (err == ERR_OK && verify_is_secret(v, buf_span(&masked))))
		return ERR_OK;
	TRY(err);
	return arena_dup(v->a, buf_span(&masked), ret);
}

static const struct exo_member *
member_of(const struct exo_object *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (span_ieq(o->members[i].name, span_str(name)))
			return &o->members[i];
	return NULL;
}

/* a rule of the plan names the connector as the plan does; the tenant may call it something else */
static struct exo_member
as_called(const struct verify *v, const struct exo_member *m)
{
	const struct exo_list *planned = verify_want(v, EXO_OUTBOUND_CONNECTOR);
	struct exo_member called = *m;

	if (!span_ieq(m->name, SPAN("RouteMessageOutboundConnector")))
		return called;
	for (size_t i = 0; i < planned->count; i++) {
		size_t j = v->have_of[EXO_OUTBOUND_CONNECTOR][i];

		if (j != VERIFY_NONE && span_ieq(exo_name(&planned->items[i]), m->value.text))
			called.value.text = v->names[EXO_OUTBOUND_CONNECTOR][j];
	}
	return called;
}

static enum err
put_set(const struct verify *v, const struct exo_object *have, const struct exo_object *want,
    const struct exo_member *member, struct buf *out)
{
	const char *partner = verify_partner(member->name);
	const struct exo_member *other = partner == NULL ? NULL : member_of(want, partner);
	struct exo_member called = as_called(v, member);

	TRY(powershell_set(have, &called, out));
	if (other == NULL || out->len == 0)
		return ERR_OK;
	TRY(buf_printf(out, " -%s ", partner));
	return powershell_value(&other->value, out);
}

enum err
verify_set(struct verify *v, const struct exo_object *have, const struct exo_object *want,
    const struct exo_member *member, struct span *ret)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, DRIFT_MAX_REPAIR);
	*ret = SPAN_NONE;
	if (!verify_unique(v, have))
		return ERR_OK;
	return command(v, want, put_set(v, have, want, member, &text), &text, ret);
}

static enum err
put_unset(const struct exo_object *have, const struct exo_object *want,
    const struct exo_member *member, struct buf *out)
{
	const char *partner = verify_partner(member->name);
	const struct exo_member *other = partner == NULL ? NULL : member_of(have, partner);

	TRY(powershell_unset(have, member, out));
	if (other == NULL || out->len == 0 || exo_get(want, partner) != NULL)
		return ERR_OK;
	return buf_printf(out, " -%s $null", partner);
}

enum err
verify_unset(struct verify *v, const struct exo_object *have, const struct exo_object *want,
    const struct exo_member *member, struct span *ret)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, DRIFT_MAX_REPAIR);
	*ret = SPAN_NONE;
	if (!verify_unique(v, have))
		return ERR_OK;
	return command(v, want, put_unset(have, want, member, &text), &text, ret);
}

enum err
verify_switch(struct verify *v, const struct exo_object *have, bool on, struct span *ret)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	bool exception;
	struct exo_member m = {
		.property = exo_property_find(have->kind, SPAN("Enabled"), &exception),
		.name = SPAN("Enabled"),
		.value = { .type = EXO_BOOL, .yes = on },
	};

	buf_init(&text, DRIFT_MAX_REPAIR);
	*ret = SPAN_NONE;
	if (!verify_unique(v, have))
		return ERR_OK;
	return command(v, NULL, powershell_set(have, &m, &text), &text, ret);
}

/*
 * Priority is where the rule stood when the plan was an export; where it belongs is said at the end. A rule is made
 * switched off, and switched on by a command behind it: one that came out only half never acts.
 */
static enum err
as_made(struct verify *v, const struct exo_object *o, struct exo_object *ret)
{
	struct exo_member *members;
	bool rule = o->kind == EXO_TRANSPORT_RULE, exception;
	size_t count = 0;

	TRY(verify_alloc(v->a, o->count, sizeof(*members), &members));
	for (size_t i = 0; i < o->count; i++)
		if (!span_ieq(o->members[i].name, SPAN("Priority")) &&
		    !(rule && span_ieq(o->members[i].name, SPAN("Enabled"))))
			members[count++] = as_called(v, &o->members[i]);
	if (rule)
		members[count++] = (struct exo_member){
			.property = exo_property_find(o->kind, SPAN("Enabled"), &exception),
			.name = SPAN("Enabled"),
			.value = { .type = EXO_BOOL, .yes = false },
		};
	*ret = (struct exo_object){ .kind = o->kind, .members = members, .count = count };
	return ERR_OK;
}

enum err
verify_new(struct verify *v, const struct exo_object *want, struct span *ret)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct exo_object o;

	TRY(as_made(v, want, &o));
	buf_init(&text, DRIFT_MAX_REPAIR);
	return command(v, want, powershell_new(&o, &text), &text, ret);
}

/*
 * Pairs
 */

/*
 * Is this one of the tenant's ours under another name? A group by its address, the way in by its certificate, the
 * way out by its hosts and by being there for rules only: two of these would be one too many.
 */
static bool
is_renamed(const struct verify *v, const struct exo_object *want, size_t j)
{
	const struct exo_object *have = &verify_have(v, want->kind)->items[j];
	struct span address = verify_text(want, "PrimarySmtpAddress"),
		    certificate = verify_text(want, "TlsSenderCertificateName");
	const struct exo_value *hosts = exo_get(want, "SmartHosts");

	switch (want->kind) {
	case EXO_DISTRIBUTION_GROUP:
		return verify_lookup(&v->have_addresses, address) == j;
	case EXO_INBOUND_CONNECTOR:
		return certificate.len > 0 &&
		    span_ieq(verify_text(have, "TlsSenderCertificateName"), certificate) &&
		    span_ieq(
			verify_text(have, "ConnectorType"), verify_text(want, "ConnectorType"));
	case EXO_OUTBOUND_CONNECTOR:
		return hosts != NULL && verify_yes(have, "IsTransportRuleScoped") &&
		    verify_same(v, "SmartHosts", hosts, exo_get(have, "SmartHosts"));
	case EXO_ACCEPTED_DOMAIN:
	case EXO_REMOTE_DOMAIN:
	case EXO_TRANSPORT_RULE:
	case EXO_KINDS:
		break;
	}
	return false;
}

/* those that no name found; one of several that could be meant is none */
static void
pair_renamed(struct verify *v, enum exo_kind kind)
{
	const struct exo_list *want = verify_want(v, kind), *have = verify_have(v, kind);

	for (size_t i = 0; i < want->count; i++) {
		size_t found = VERIFY_NONE;
		bool single = true;

		for (size_t j = 0; v->have_of[kind][i] == VERIFY_NONE && j < have->count; j++) {
			if (v->want_of[kind][j] != VERIFY_NONE ||
			    !is_renamed(v, &want->items[i], j))
				continue;
			single = found == VERIFY_NONE;
			found = j;
		}
		if (found == VERIFY_NONE || !single)
			continue;
		v->have_of[kind][i] = found;
		v->want_of[kind][found] = i;
	}
}

static enum err
pair(struct verify *v, enum exo_kind kind)
{
	const struct exo_list *want = verify_want(v, kind), *have = verify_have(v, kind);
	struct span *names;

	TRY(verify_alloc(v->a, want->count, sizeof(size_t), &v->have_of[kind]));
	TRY(verify_alloc(v->a, have->count, sizeof(size_t), &v->want_of[kind]));
	TRY(verify_alloc(v->a, have->count, sizeof(*names), &names));
	for (size_t i = 0; i < have->count; i++) {
		v->want_of[kind][i] = VERIFY_NONE;
		names[i] = exo_name(&have->items[i]);
	}
	v->names[kind] = names;
	for (size_t i = 0; i < want->count; i++) {
		struct span name = exo_name(&want->items[i]);
		size_t j = 0;

		/* the first that is not taken yet, so that two of a name are two */
		while (j < have->count &&
		    (v->want_of[kind][j] != VERIFY_NONE || !span_ieq(names[j], name)))
			j++;
		v->have_of[kind][i] = j < have->count ? j : VERIFY_NONE;
		if (j < have->count)
			v->want_of[kind][j] = i;
	}
	pair_renamed(v, kind);
	return ERR_OK;
}

/* the loop mark's patterns as they stand in commands */
static enum err
find_mark(struct verify *v)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	size_t route = verify_route(v);

	if (route == VERIFY_NONE)
		return ERR_OK;
	const struct exo_value *patterns = exo_get(
	    &verify_want(v, EXO_TRANSPORT_RULE)->items[route], "ExceptIfHeaderMatchesPatterns");
	if (patterns == NULL)
		return ERR_OK;
	buf_init(&text, DRIFT_MAX_REPAIR);
	enum err err = powershell_value(patterns, &text);
	/* too long for a command in any case */
	if (err == ERR_LIMIT || err == ERR_SYNTAX)
		return ERR_OK;
	TRY(err);
	return arena_dup(v->a, buf_span(&text), &v->mark_literal);
}

/*
 * Steps
 */
static enum err
missing(struct verify *v, const struct exo_object *want, size_t index)
{
	struct verify_judgement j = verify_judge_missing(v, want);
	struct verify_item *item;

	TRY(verify_add(v, DRIFT_MISSING, j.severity, want, &item));
	item->drift.why = span_str(j.why);
	if (want->kind == EXO_TRANSPORT_RULE) {
		item->fix = FIX_CREATE_RULE;
		item->rule = index;
	}
	return verify_new(v, want, &item->drift.repair);
}

static enum err
not_exported(struct verify *v, enum exo_kind kind)
{
	struct exo_object nameless = { .kind = kind };
	struct verify_item *item;
	bool vital = kind == EXO_TRANSPORT_RULE || kind == EXO_INBOUND_CONNECTOR ||
	    kind == EXO_OUTBOUND_CONNECTOR;

	TRY(verify_add(
	    v, DRIFT_NOT_EXPORTED, vital ? DRIFT_CRITICAL : DRIFT_WARNING, &nameless, &item));
	return verify_printf(v, &item->drift.why,
	    "The export has no %s: the script could not read them, so nothing is known of them.",
	    exo_kind_names(kind)->array);
}

/* nothing depends on it: commands here use the name that is there */
static enum err
renamed(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	struct verify_item *item;

	if (span_ieq(exo_name(want), exo_name(have)))
		return ERR_OK;
	TRY(verify_add(v, DRIFT_CHANGED, DRIFT_NOTE, want, &item));
	item->drift.property = span_str(exo_kind_names(want->kind)->name_key);
	TRY(verify_safe(v, exo_name(want), &item->drift.want));
	TRY(verify_safe(v, exo_name(have), &item->drift.have));
	item->drift.why = SPAN(
	    "It has another name than planned, and was found by its address, certificate or host; "
	    "the name is free to choose.");
	return ERR_OK;
}

static enum err
compare_pair(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	TRY(verify_members(v, want, have));
	return renamed(v, want, have);
}

static enum err
compare_kind(struct verify *v, enum exo_kind kind)
{
	const struct exo_list *want = verify_want(v, kind);

	if (verify_have(v, kind)->absent)
		return want->count > 0 ? not_exported(v, kind) : ERR_OK;
	for (size_t i = 0; i < want->count; i++) {
		size_t j = v->have_of[kind][i];

		TRY(j == VERIFY_NONE
			? missing(v, &want->items[i], i)
			: compare_pair(v, &want->items[i], &verify_have(v, kind)->items[j]));
	}
	return ERR_OK;
}

/* two objects whose names are equal but for case: no command can tell them apart */
static enum err
same_names(struct verify *v, enum exo_kind kind)
{
	const struct exo_list *want = verify_want(v, kind), *have = verify_have(v, kind);

	for (size_t i = 0; i < have->count; i++) {
		struct verify_item *item;
		const struct exo_object *o = &have->items[i];
		size_t j = 0;

		/* the ones that have no counterpart, beside one that has */
		if (v->want_of[kind][i] != VERIFY_NONE)
			continue;
		while (j < want->count && !span_ieq(exo_name(&want->items[j]), exo_name(o)))
			j++;
		if (j == want->count)
			continue;
		TRY(verify_add(v, DRIFT_DUPLICATE, DRIFT_WARNING, o, &item));
		item->drift.property = span_str(exo_kind_names(kind)->name_key);
		TRY(verify_printf(v, &item->drift.why,
		    "A second %s has this name, but for the case of letters: commands that name it may "
		    "change the wrong one.",
		    exo_kind_names(kind)->words));
	}
	return ERR_OK;
}

static enum err
sort(struct verify *v)
{
	struct verify_item *sorted;
	size_t n = 0;

	prune(v);
	TRY(verify_alloc(v->a, v->count, sizeof(*sorted), &sorted));
	for (int s = DRIFT_CRITICAL; s >= DRIFT_NOTE; s--)
		for (size_t i = 0; i < v->count; i++)
			if ((int)v->items[i].drift.severity == s)
				sorted[n++] = v->items[i];
	assert(n == v->count);
	v->items = sorted;
	return ERR_OK;
}

static enum err
hand_over(struct verify *v, struct drift_list *ret)
{
	struct drift *drifts;

	TRY(verify_alloc(v->a, v->count, sizeof(*drifts), &drifts));
	for (size_t i = 0; i < v->count; i++)
		drifts[i] = v->items[i].drift;
	*ret = (struct drift_list){ .items = drifts, .count = v->count, .left_out = v->left_out };
	return ERR_OK;
}

enum err
verify_compare(const struct exo_state *want, const struct exo_state *have, struct arena *a,
    struct drift_list *ret)
{
	struct verify v = { .want = want, .have = have, .a = a };

	TRY(verify_find_names(&v));
	for (unsigned kind = 0; kind < EXO_KINDS; kind++)
		TRY(pair(&v, kind));
	TRY(find_mark(&v));
	TRY(verify_find_secrets(&v));
	for (unsigned kind = 0; kind < EXO_KINDS; kind++)
		TRY(compare_kind(&v, kind));
	TRY(verify_order(&v));
	for (unsigned kind = 0; kind < EXO_KINDS; kind++)
		TRY(same_names(&v, kind));
	TRY(verify_front(&v));
	TRY(verify_rivals(&v));
	TRY(sort(&v));
	TRY(verify_number(&v));
	return hand_over(&v, ret);
}
