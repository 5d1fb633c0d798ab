/*
 * rules/flow_cite.c - which facts that speak of the pass, not of a condition, a result rests on.
 */
#include "rules/flow_int.h"

#include <assert.h>
#include <string.h>

/*
 * Checks
 */
static bool
was_there(const struct flow_mail *mail, struct span name)
{
	for (size_t i = 0; i < mail->field_count; i++)
		if (span_ieq(mail->fields[i].name, name))
			return true;
	return false;
}

/* has the rule set or removed fields of the name, or may it have? */
static bool
touches(const struct flow_rule_result *r, const struct flow_mail *mail, struct span name)
{
	if (r->skip != FLOW_ASKED || r->fires == RULE_NO)
		return false;
	if (r->rule->set_name.len > 0 && span_ieq(r->rule->set_name, name))
		return true;
	return span_ieq(r->rule->remove_name, name) && was_there(mail, name);
}

static const struct flow_fact *
of_field(
    const struct flow_ask *q, struct span name, const struct flow_rule_result *before, size_t count)
{
	const char *fact = NULL;

	for (size_t i = 0; i < count && fact == NULL; i++)
		if (touches(&before[i], q->mail, name))
			fact = "sees-earlier";
	for (size_t i = 0; i < q->field_count; i++) {
		if (!span_ieq(q->fields[i].name, name))
			continue;
		if (q->fields[i].together)
			fact = "set-header-many";
		else if (q->fields[i].uncertain && fact == NULL)
			fact = "sees-earlier"; /* of the pass before this one */
	}
	return fact != NULL ? flow_fact(fact) : NULL;
}

/* does the answer rest on how the mail came? */
static bool
asks_connection(const struct flow_check *c)
{
	static const char *const facts[] = { "sender-inside", "recipient-inside",
		"scope-authenticated" };

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (c->fact == flow_fact(facts[i]))
			return true;
	return false;
}

const struct flow_fact *
flow_cite_check(const struct flow_ask *q, const struct flow_check *check,
    const struct flow_rule_result *before, size_t count)
{
	const struct flow_predicate *p = q->condition->predicate;

	if (p != NULL && p->ask == flow_ask_header)
		return of_field(q, span_trim(q->condition->partner->text), before, count);
	if (p != NULL && p->ask == flow_ask_subject)
		return of_field(q, SPAN("Subject"), before, count);
	return q->mail->returned && asks_connection(check) ? flow_fact("returned") : NULL;
}

/*
 * Copies
 */
struct cited {
	bool *is; /* by place in the table */
};

static void
cite(struct cited *c, const struct flow_fact *fact)
{
	assert(fact->place == FLOW_OF_PASS);
	c->is[fact - flow_facts] = true;
}

static void
cite_if(struct cited *c, bool is, const char *id)
{
	if (is)
		cite(c, flow_fact(id));
}

static void
cite_result(struct cited *c, const struct flow_rule_result *r)
{
	const struct flow_rule *rule = r->rule;
	bool acts = r->skip == FLOW_ASKED && r->fires != RULE_NO;

	for (size_t i = 0; i < r->check_count; i++)
		if (r->checks[i].also != NULL)
			cite(c, r->checks[i].also);
	cite_if(c, r->skip == FLOW_AUDIT && r->fires != RULE_NO, "audit");
	cite_if(c, r->fires == RULE_UNKNOWN, "unknown-stays");
	cite_if(c, acts && rule->stops, "stop");
	cite_if(c, acts && rule->ends, "ends");
	cite_if(c, acts && rule->has_scl, "scl");
	cite_if(c, acts && rule->changes != 0, "other-actions");
}

enum err
flow_cite_copy(const struct flow_mail *mail, size_t copies, struct arena *a, struct flow_copy *copy)
{
	const struct flow_fact **facts;
	struct cited c;

	TRY(flow_alloc(a, flow_fact_count, sizeof(*c.is), &c.is));
	for (size_t i = 0; i < copy->result_count; i++)
		cite_result(&c, &copy->results[i]);
	cite_if(&c, copy->routed != RULE_NO && !copy->connector_sure, "route-twice");
	cite_if(&c, copies > 1, "bifurcation");
	cite_if(&c, mail->returned, "returned");
	TRY(flow_alloc(a, flow_fact_count, sizeof(const struct flow_fact *), &facts));
	for (size_t i = 0; i < flow_fact_count; i++)
		if (c.is[i])
			facts[copy->fact_count++] = &flow_facts[i];
	copy->facts = facts;
	return ERR_OK;
}
