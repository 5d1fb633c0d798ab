/*
 * rules/flow.c - rules as objects of Exchange Online, made ready to be asked.
 *
 * A member of a rule is a condition, an exception, an action or a property, as the table of rules/exo.h says.
 * What that table does not know may be anything: it is a condition that is always unknown, and an action
 * that may change everything.
 */
#include "rules/flow_int.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum err
flow_alloc(struct arena *a, size_t count, size_t size, void *ret)
{
	void *p;

	assert(size > 0);
	if (count > a->max_bytes / size)
		return err_set(ERR_LIMIT, "arena of %zu bytes, %zu things of %zu bytes",
		    a->max_bytes, count, size);
	p = arena_alloc(a, count * size);
	if (p == NULL)
		return count * size > a->max_bytes - a->used_bytes ? ERR_LIMIT : ERR_TEMP;
	memcpy(ret, &p, sizeof(p));
	return ERR_OK;
}

struct flow_verdict
flow_says(enum rule_answer answer, const char *fact)
{
	return (struct flow_verdict){ answer, flow_fact(fact) };
}

static int
weight(enum rule_answer answer)
{
	if (answer == RULE_YES)
		return 2;
	return answer == RULE_NO ? 0 : 1;
}

struct flow_verdict
flow_or(struct flow_verdict a, struct flow_verdict b)
{
	if (a.fact == NULL)
		return b;
	if (b.fact == NULL)
		return a;
	if (weight(a.answer) != weight(b.answer))
		return weight(a.answer) > weight(b.answer) ? a : b;
	return a.fact <= b.fact ? a : b;
}

enum rule_answer
flow_and(enum rule_answer a, enum rule_answer b)
{
	return weight(a) < weight(b) ? a : b;
}

enum rule_answer
flow_maybe(enum rule_answer a)
{
	return a == RULE_NO ? RULE_NO : RULE_UNKNOWN;
}

const struct span *
flow_values(const struct exo_value *v, size_t *ret_count)
{
	switch (v->type) {
	case EXO_TEXTS:
	case EXO_NAMES:
		*ret_count = v->count;
		return v->items;
	case EXO_TEXT:
	case EXO_NAME:
	case EXO_SECRET:
		*ret_count = 1;
		return &v->text;
	case EXO_BOOL:
	case EXO_INT:
	case EXO_SIZE:
	case EXO_IGNORED:
		break;
	}
	*ret_count = 0;
	return NULL;
}

/*
 * Conditions
 */

/* pairs of which none is modelled: one check each, by the first */
static const struct {
	const char *name, *partner;
} other_pairs[] = {
	{ "ADComparisonAttribute", "ADComparisonOperator" },
	{ "BetweenMemberOf1", "BetweenMemberOf2" },
	{ "ManagerAddresses", "ManagerForEvaluatedUser" },
};

/* is it the second of a pair, asked with its first? */
static bool
is_partner(const char *name)
{
	for (size_t i = 0; i < flow_predicate_count; i++)
		if (flow_predicates[i].partner != NULL &&
		    strcmp(flow_predicates[i].partner, name) == 0)
			return true;
	return false;
}

static bool
is_other_partner(const char *name, const struct exo_object *o, bool exception)
{
	char full[64];

	for (size_t i = 0; i < sizeof(other_pairs) / sizeof(other_pairs[0]); i++) {
		if (strcmp(other_pairs[i].partner, name) != 0)
			continue;
		snprintf(
		    full, sizeof(full), "%s%s", exception ? "ExceptIf" : "", other_pairs[i].name);
		return exo_get(o, full) != NULL;
	}
	return false;
}

static const struct flow_predicate *
predicate_of(const char *name)
{
	for (size_t i = 0; i < flow_predicate_count; i++)
		if (strcmp(flow_predicates[i].name, name) == 0)
			return &flow_predicates[i];
	return NULL;
}

static bool
has(const struct exo_object *o, bool exception, const char *name)
{
	char full[64];

	snprintf(full, sizeof(full), "%s%s", exception ? "ExceptIf" : "", name);
	return exo_get(o, full) != NULL;
}

/* a property of a rule with few values */
static bool
is_one_of(const struct exo_value *v, const char *const *values)
{
	for (; *values != NULL; values++)
		if (span_ieq(v->text, span_str(*values)))
			return true;
	return false;
}

static const char *const modes[] = { "Enforce", "Audit", "AuditAndNotify", NULL };
static const char *const locations[] = { "Header", "Envelope", "HeaderOrEnvelope", NULL };

/* Is it half of a pair ("always used together"), or a value that there is not? */
static bool
is_broken(const struct exo_object *o, const struct exo_member *m)
{
	const char *name = m->property != NULL ? m->property->name : "";

	for (size_t i = 0; i < flow_predicate_count; i++) {
		const struct flow_predicate *p = &flow_predicates[i];

		if (p->partner == NULL)
			continue;
		if (strcmp(name, p->name) == 0)
			return !has(o, m->exception, p->partner);
		if (strcmp(name, p->partner) == 0)
			return !has(o, m->exception, p->name);
	}
	if (strcmp(name, "SetHeaderName") == 0)
		return !has(o, false, "SetHeaderValue");
	if (strcmp(name, "SetHeaderValue") == 0)
		return !has(o, false, "SetHeaderName");
	if (strcmp(name, "Mode") == 0)
		return !is_one_of(&m->value, modes);
	return strcmp(name, "SenderAddressLocation") == 0 && !is_one_of(&m->value, locations);
}

static bool
is_date(const struct exo_property *p)
{
	return strcmp(p->name, "ActivationDate") == 0 || strcmp(p->name, "ExpiryDate") == 0;
}

static enum err
compile_condition(const struct exo_object *o, const struct exo_member *m, bool legacy,
    struct arena *a, struct flow_condition *ret)
{
	const struct exo_property *p = m->property;
	size_t count;

	*ret = (struct flow_condition){ .name = m->name,
		.exception = p != NULL ? m->exception : span_istarts(m->name, SPAN("ExceptIf")),
		.value = &m->value };
	if (is_broken(o, m)) {
		ret->always = "rule-broken";
		return ERR_OK;
	}
	ret->predicate = p != NULL ? predicate_of(p->name) : NULL;
	if (ret->predicate == NULL) {
		ret->always = p != NULL && is_date(p) ? "dates-unseen" : "not-modelled";
		return ERR_OK;
	}
	if (ret->predicate->partner != NULL) {
		char partner[64];

		snprintf(partner, sizeof(partner), "%s%s", m->exception ? "ExceptIf" : "",
		    ret->predicate->partner);
		ret->partner = exo_get(o, partner);
		assert(ret->partner != NULL);
	}
	if (!ret->predicate->text)
		return ERR_OK;
	const struct span *items = flow_values(&m->value, &count);
	return flow_text_compile(ret->predicate->kind, items, count, legacy, a, &ret->text);
}

/* what of a member stands among the checks? */
static bool
is_check(const struct exo_object *o, const struct exo_member *m)
{
	const struct exo_property *p = m->property;

	if (exo_says_nothing(m))
		return false;
	if (p == NULL || is_broken(o, m))
		return true;
	if (p->role == EXO_CONDITION)
		return !is_partner(p->name) && !is_other_partner(p->name, o, m->exception);
	return is_date(p);
}

/* conditions first, then exceptions, each in the order of the object */
static enum err
compile_conditions(const struct exo_object *o, bool legacy, struct arena *a, struct flow_rule *rule)
{
	struct flow_condition *items;
	size_t count = 0;

	TRY(flow_alloc(a, o->count, sizeof(*items), &items));
	for (int exceptions = 0; exceptions < 2; exceptions++)
		for (size_t i = 0; i < o->count; i++) {
			struct flow_condition c;

			if (!is_check(o, &o->members[i]))
				continue;
			bool exception = o->members[i].property != NULL
			    ? o->members[i].exception
			    : span_istarts(o->members[i].name, SPAN("ExceptIf"));
			if (exception != (exceptions == 1))
				continue;
			TRY(compile_condition(o, &o->members[i], legacy, a, &c));
			if (rule->location_broken && c.predicate != NULL &&
			    flow_asks_location(c.predicate))
				c.always = "rule-broken";
			items[count++] = c;
		}
	rule->conditions = items;
	rule->condition_count = count;
	return ERR_OK;
}

/*
 * Properties
 */
static bool
has_word(const struct exo_object *o, const char *name, struct span word)
{
	const struct exo_value *v = exo_get(o, name);

	return v != NULL && span_ieq(v->text, word);
}

static bool
has_flag(const struct exo_object *o, const char *name, bool missing)
{
	const struct exo_value *v = exo_get(o, name);

	return v != NULL ? v->yes : missing;
}

static void
compile_properties(const struct exo_object *o, struct flow_rule *rule)
{
	const struct exo_value *location = exo_get(o, "SenderAddressLocation");

	rule->audit =
	    has_word(o, "Mode", SPAN("Audit")) || has_word(o, "Mode", SPAN("AuditAndNotify"));
	if (has_word(o, "SenderAddressLocation", SPAN("Envelope")))
		rule->location = FLOW_IN_ENVELOPE;
	else if (has_word(o, "SenderAddressLocation", SPAN("HeaderOrEnvelope")))
		rule->location = FLOW_IN_BOTH;
	rule->location_broken = location != NULL && !is_one_of(location, locations);
	rule->enabled = has_flag(o, "Enabled", true);
	rule->original_recipients = exo_get(o, "RecipientAddressType") != NULL &&
	    !has_word(o, "RecipientAddressType", SPAN("Resolved"));
}

static void
compile_actions(const struct exo_object *o, struct flow_rule *rule)
{
	for (size_t i = 0; i < o->count; i++) {
		const struct exo_member *m = &o->members[i];

		if (exo_says_nothing(m))
			continue;
		/* half of what sets a field */
		if (m->property != NULL && m->property->role == EXO_ACTION && is_broken(o, m))
			rule->changes |= FLOW_CHANGES_HEADER;
		else
			flow_action_read(m, rule);
	}
}

static enum err
compile_rule(const struct exo_object *o, struct arena *a, struct flow_rule *rule)
{
	rule->name = exo_name(o);
	if (rule->name.len == 0)
		return err_set(ERR_SYNTAX, "a mail flow rule without a name");
	compile_properties(o, rule);
	TRY(compile_conditions(o, has_flag(o, "UseLegacyRegex", false), a, rule));
	compile_actions(o, rule);
	return ERR_OK;
}

enum err
flow_compile(const struct exo_list *rules, struct arena *a, struct flow_rules *ret)
{
	struct flow_rule *items;

	assert(rules != NULL);
	TRY(flow_alloc(a, rules->count, sizeof(*items), &items));
	for (size_t i = 0; i < rules->count; i++) {
		assert(rules->items[i].kind == EXO_TRANSPORT_RULE);
		TRY(compile_rule(&rules->items[i], a, &items[i]));
	}
	*ret = (struct flow_rules){ items, rules->count };
	return ERR_OK;
}

struct span
flow_rule_connector(const struct flow_rule *rule)
{
	return rule->connector;
}

struct span
flow_rule_name(const struct flow_rule *rule)
{
	return rule->name;
}
