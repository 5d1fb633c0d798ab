/*
 * rules/verify_members.c - one object of the plan with its counterpart in the export.
 *
 * First the members, then whether it is on: the repair that switches a rule on must find it right.
 */
#include "rules/verify_int.h"

#include <assert.h>
#include <string.h>

#define TOKEN_MIN 16u /* core/tenant.c takes none that is shorter */

static bool
is_called(const struct exo_member *m, const char *name)
{
	return m->property != NULL && !m->exception && strcmp(m->property->name, name) == 0;
}

/* what decides whether the object does anything at all is compared by itself */
static bool
is_state(const struct exo_member *m)
{
	static const char *const names[] = { "Enabled", "Mode", "ActivationDate", "ExpiryDate" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_called(m, names[i]))
			return true;
	return false;
}

/* names are how the two were found; where a rule stands is the order's business */
static bool
is_compared(const struct exo_member *m, enum exo_kind kind)
{
	if (m->value.type == EXO_IGNORED || is_state(m))
		return false;
	if (is_called(m, exo_kind_names(kind)->name_key))
		return false;
	return kind != EXO_TRANSPORT_RULE || !is_called(m, "Priority");
}

/* the member of the same parameter, NULL: there is none */
static const struct exo_value *
counterpart(const struct exo_object *o, const struct exo_member *m)
{
	for (size_t i = 0; i < o->count; i++) {
		const struct exo_member *other = &o->members[i];

		if (other->property != m->property || other->exception != m->exception)
			continue;
		if (m->property != NULL || span_ieq(other->name, m->name))
			return &other->value;
	}
	return NULL;
}

/* is it no news that the export does not show this member? */
static bool
may_be_absent(const struct exo_member *m, enum exo_kind kind)
{
	if (kind == EXO_TRANSPORT_RULE)
		return exo_says_nothing(m);
	/* what only New- takes is not shown again, or told by itself */
	if (kind == EXO_DISTRIBUTION_GROUP && !(m->property->flags & EXO_SET))
		return true;
	/* $true is the default of the one, "as the user likes" of the other */
	return m->value.type == EXO_BOOL && !m->value.yes && !is_called(m, "UseMXRecord") &&
	    !is_called(m, "TNEFEnabled");
}

/*
 * Values for people
 */

/* what is looked for in the loop mark's header may be tokens, ours or former ones: counted, not shown */
static bool
asks_mark(const struct verify *v, const struct exo_object *o, struct span name)
{
	const char *half = verify_partner(name);

	if (o->kind != EXO_TRANSPORT_RULE || half == NULL ||
	    !span_iends(span_str(half), SPAN("MessageHeader")))
		return false;
	struct span asked = verify_text(o, half);
	return asked.len > 0 && span_ieq(asked, verify_mark_header(v));
}

/* a word like "1.0" is none; of a list, one that may be is enough */
static bool
may_be_token(const struct exo_value *value)
{
	for (size_t i = 0; i < value->count; i++)
		if (value->items[i].len >= TOKEN_MIN)
			return true;
	return false;
}

static size_t
branches(const struct exo_value *value, const struct exo_value *in)
{
	struct verify_branches all = { .value = value };
	struct span branch[3];
	size_t n = 0;

	while (verify_branch_next(&all, branch))
		if (in == NULL || verify_branch_in(in, branch))
			n++;
	return n;
}

static enum err
show_mark(
    struct verify *v, struct drift *d, const struct exo_value *want, const struct exo_value *have)
{
	size_t ours = branches(want, NULL);

	TRY(verify_printf(
	    v, &d->want, ours == 1 ? "the tenant's token" : "the tenant's %zu tokens", ours));
	if (have == NULL)
		return ERR_OK;
	size_t there = branches(want, have), others = branches(have, NULL) - branches(have, want);
	if (others == 0)
		return verify_printf(v, &d->have, "%zu of them", there);
	return verify_printf(
	    v, &d->have, "%zu of them, and %zu other%s", there, others, others == 1 ? "" : "s");
}

static enum err
show(struct verify *v, struct drift *d, const struct exo_object *want,
    const struct exo_object *have, const struct exo_member *m, const struct exo_value *wanted,
    const struct exo_value *found)
{
	if (wanted != NULL && verify_is_mark(v, want, m->name))
		return show_mark(v, d, wanted, found);
	TRY(verify_show(v, wanted, &d->want));
	if (found != NULL && found->type == EXO_SECRET && wanted != NULL)
		return verify_printf(v, &d->have, "(another secret)");
	if (found != NULL && asks_mark(v, have, m->name) && may_be_token(found)) {
		bool words = span_iends(m->name, SPAN("Words"));
		size_t n = words ? found->count : branches(found, NULL);

		return verify_printf(
		    v, &d->have, "%zu %s%s", n, words ? "word" : "pattern", n == 1 ? "" : "s");
	}
	return verify_show(v, found, &d->have);
}

/*
 * Members
 */
static enum err
put_why(struct verify *v, const struct exo_member *m, const char *why, struct span *ret)
{
	if (m->property != NULL) {
		*ret = span_str(why);
		return ERR_OK;
	}
	return verify_printf(
	    v, ret, "This program does not know the parameter; if it is one: %s", why);
}

/* a parameter that Exchange Online always has goes back to what it is when nobody chose */
static enum err
reset(struct verify *v, const struct exo_object *have, const struct exo_object *want,
    const struct exo_member *m, struct span *ret)
{
	struct exo_member member = *m;

	if (m->property == NULL || m->property->absent == NULL)
		return verify_unset(v, have, want, m, ret);
	member.value.text = span_str(m->property->absent);
	member.value.yes = span_ieq(member.value.text, SPAN("True"));
	return verify_set(v, have, want, &member, ret);
}

/* the rules name the group by this address: now they mean the other group, from which no command takes it */
static enum err
taken(struct verify *v, const struct exo_object *want, const struct exo_object *holder,
    struct verify_item *item)
{
	struct span name;

	TRY(verify_safe(v, exo_name(holder), &name));
	item->drift.severity = verify_judge_missing(v, want).severity;
	return verify_printf(v, &item->drift.why,
	    "The group '%.*s' has this address now: rules that ask for it mean the members of that one.",
	    (int)name.len, (const char *)name.p);
}

/* the group of the export that has the address which want should have; NULL: have itself, or nobody */
static const struct exo_object *
holder_of(const struct verify *v, const struct exo_object *want, const struct exo_object *have,
    const struct exo_member *m)
{
	if (want->kind != EXO_DISTRIBUTION_GROUP || !is_called(m, "PrimarySmtpAddress"))
		return NULL;
	size_t holder = verify_lookup(&v->have_addresses, verify_text(want, "PrimarySmtpAddress"));
	const struct exo_object *other =
	    holder == VERIFY_NONE ? NULL : &verify_have(v, want->kind)->items[holder];
	return other == have ? NULL : other;
}

static enum err
differ(struct verify *v, const struct exo_object *want, const struct exo_object *have,
    const struct exo_member *m, const struct exo_value *wanted, const struct exo_value *found)
{
	struct verify_judgement j = verify_judge(v, want, m, wanted, found);
	enum drift_kind kind = wanted == NULL ? DRIFT_ADDED
	    : found == NULL                   ? DRIFT_MISSING
					      : DRIFT_CHANGED;
	struct verify_item *item;

	if (!j.watched)
		return ERR_OK;
	if (kind == DRIFT_CHANGED && verify_is_mark(v, want, m->name)) {
		struct verify_judgement mark = verify_judge_mark(wanted, found);

		if (verify_part_of(want) == PART_ROUTE)
			j = mark;
	} else if (kind == DRIFT_CHANGED && span_iends(m->name, SPAN("Patterns")) &&
	    verify_patterns_alike(wanted, found)) {
		j.severity = DRIFT_NOTE;
		j.why =
		    "Only the case of letters differs, and patterns are reported to be found without "
		    "regard to it.";
	}
	TRY(verify_add(v, kind, j.severity, want, &item));
	item->drift.property = m->name;
	TRY(put_why(v, m, j.why, &item->drift.why));
	TRY(show(v, &item->drift, want, have, m, wanted, found));
	const struct exo_object *holder = holder_of(v, want, have, m);
	if (holder != NULL)
		return taken(v, want, holder, item);
	if (kind == DRIFT_ADDED)
		return reset(v, have, want, m, &item->drift.repair);
	return verify_set(v, have, want, m, &item->drift.repair);
}

static enum err
compare_wanted(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	for (size_t i = 0; i < want->count; i++) {
		const struct exo_member *m = &want->members[i];
		const struct exo_value *found = counterpart(have, m);
		char name[EXO_MAX_NAME_BYTES + 1] = "";

		if (!is_compared(m, want->kind))
			continue;
		memcpy(
		    name, m->name.p, m->name.len < sizeof(name) ? m->name.len : sizeof(name) - 1);
		if (found == NULL ? may_be_absent(m, want->kind)
				  : verify_same(v, name, &m->value, found))
			continue;
		TRY(differ(v, want, have, m, &m->value, found));
	}
	return ERR_OK;
}

static enum err
compare_found(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	for (size_t i = 0; i < have->count; i++) {
		const struct exo_member *m = &have->members[i];

		if (!is_compared(m, have->kind) || exo_says_nothing(m) ||
		    counterpart(want, m) != NULL)
			continue;
		/* what is off says no more than what is not there */
		if (have->kind != EXO_TRANSPORT_RULE && m->value.type == EXO_BOOL && !m->value.yes)
			continue;
		TRY(differ(v, want, have, m, NULL, &m->value));
	}
	return ERR_OK;
}

/*
 * On or off
 */
static enum err
off(struct verify *v, const struct exo_object *want, const struct exo_object *have,
    const char *property, enum drift_severity severity, const char *how, struct verify_item **ret)
{
	struct verify_judgement j = verify_judge_missing(v, want);
	struct verify_item *item;

	if (severity > j.severity)
		severity = j.severity;
	TRY(verify_add(v, DRIFT_DISABLED, severity, want, &item));
	item->drift.property = span_str(property);
	TRY(verify_show(v, exo_get(want, property), &item->drift.want));
	TRY(verify_show(v, exo_get(have, property), &item->drift.have));
	TRY(verify_printf(v, &item->drift.why, "%s %s", how, j.why));
	*ret = item;
	return ERR_OK;
}

static enum err
compare_date(struct verify *v, const struct exo_object *want, const struct exo_object *have,
    const char *property, enum drift_severity severity, const char *how)
{
	const struct exo_value *wanted = exo_get(want, property), *found = exo_get(have, property);
	struct verify_item *item;
	bool exception;

	if (found == NULL || exo_equal(wanted, found))
		return ERR_OK;
	TRY(off(v, want, have, property, severity, how, &item));
	struct exo_member m = {
		.property = exo_property_find(have->kind, span_str(property), &exception),
		.name = span_str(property),
		.value = wanted == NULL ? *found : *wanted,
	};
	if (wanted == NULL)
		return verify_unset(v, have, want, &m, &item->drift.repair);
	return verify_set(v, have, want, &m, &item->drift.repair);
}

static bool
is_audit(const struct exo_object *o)
{
	return span_istarts(verify_text(o, "Mode"), SPAN("Audit"));
}

/* what the script always writes, and this export does not have */
static enum err
not_known(struct verify *v, const struct exo_object *want, const char *property, const char *why)
{
	struct verify_item *item;

	TRY(verify_add(v, DRIFT_NOT_EXPORTED, DRIFT_WARNING, want, &item));
	item->drift.property = span_str(property);
	TRY(verify_show(v, exo_get(want, property), &item->drift.want));
	item->drift.why = span_str(why);
	return ERR_OK;
}

static enum err
compare_mode(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	const struct exo_value *wanted = exo_get(want, "Mode"), *found = exo_get(have, "Mode");
	struct span mode = wanted == NULL ? SPAN("Enforce") : wanted->text;
	struct verify_item *item;
	bool exception;
	struct exo_member m = {
		.property = exo_property_find(have->kind, SPAN("Mode"), &exception),
		.name = SPAN("Mode"),
		.value = { .type = EXO_NAME, .text = mode },
	};

	if (found == NULL && wanted != NULL)
		return not_known(v, want, "Mode",
		    "The export does not say whether the rule acts or is only on trial.");
	if (found == NULL || is_audit(want) || span_ieq(found->text, mode))
		return ERR_OK;
	TRY(off(v, want, have, "Mode", DRIFT_CRITICAL,
	    is_audit(have) ? "The rule is on trial: it is asked, and does nothing."
			   : "What the rule does in this mode is not known to this program.",
	    &item));
	return verify_set(v, have, want, &m, &item->drift.repair);
}

static enum err
compare_enabled(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	const struct exo_value *wanted = exo_get(want, "Enabled"),
			       *found = exo_get(have, "Enabled");
	bool on = wanted == NULL || wanted->yes;
	struct verify_item *item;

	if (found == NULL && wanted != NULL)
		return not_known(
		    v, want, "Enabled", "The export does not say whether it is switched on.");
	if (found == NULL || on == found->yes)
		return ERR_OK;
	if (on) {
		TRY(off(v, want, have, "Enabled", DRIFT_CRITICAL, "It is switched off.", &item));
	} else {
		TRY(verify_add(v, DRIFT_CHANGED, DRIFT_WARNING, want, &item));
		item->drift.property = SPAN("Enabled");
		item->drift.want = SPAN("no");
		item->drift.have = SPAN("yes");
		item->drift.why = SPAN("It is on, though the plan has it off.");
	}
	return verify_switch(v, have, on, &item->drift.repair);
}

/* Get-DistributionGroup has other words for a group's Type, which the script translates */
static enum err
compare_type(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	if (exo_get(want, "Type") == NULL || exo_get(have, "Type") != NULL)
		return ERR_OK;
	return not_known(v, want, "Type",
	    "The export does not say whether it is a security group, as the application for sign-in "
	    "needs.");
}

enum err
verify_members(struct verify *v, const struct exo_object *want, const struct exo_object *have)
{
	TRY(compare_wanted(v, want, have));
	TRY(compare_found(v, want, have));
	if (want->kind == EXO_TRANSPORT_RULE) {
		TRY(compare_date(v, want, have, "ActivationDate", DRIFT_WARNING,
		    "Before that date the rule does nothing."));
		TRY(compare_date(v, want, have, "ExpiryDate", DRIFT_CRITICAL,
		    "After that date the rule does nothing."));
		TRY(compare_mode(v, want, have));
	}
	if (want->kind == EXO_DISTRIBUTION_GROUP)
		TRY(compare_type(v, want, have));
	return compare_enabled(v, want, have);
}
