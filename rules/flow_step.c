/*
 * rules/flow_step.c - one rule, asked of every branch of a mail.
 *
 * Conditions on the mail are asked once for a branch, those on recipients for each; where the rule comes out
 * differently, the branch parts (bifurcation). For what reasons makes no difference: where they differ, the
 * checks are made at the end (flow_settle.c). "Any recipient" needs all recipients, and knows which of them
 * earlier rules may have parted from each other.
 */
#include "rules/flow_int.h"

#include <assert.h>
#include <string.h>

/* what a condition on any recipient answers; for others nothing */
struct any {
	struct flow_verdict *by_branch, of_all;
	bool *everyone; /* by branch: every one of them meets it */
};

struct step {
	struct flow_pass *pass;
	const struct flow_rule *rule;
	size_t index, rule_count;
	struct any *any; /* for each condition */
};

static struct flow_ask
question(const struct step *s, const struct flow_condition *c, const struct flow_branch *b)
{
	return (struct flow_ask){ .rule = s->rule,
		.condition = c,
		.world = s->pass->world,
		.mail = s->pass->mail,
		.fields = b->fields,
		.field_count = b->field_count,
		.changed = b->changed };
}

enum flow_subject
flow_subject_of(const struct flow_condition *c)
{
	return c->predicate != NULL ? c->predicate->subject : FLOW_ASKS_MAIL;
}

enum err
flow_ask_one(const struct flow_ask *q, struct flow_verdict *ret)
{
	if (q->condition->always != NULL) {
		*ret = flow_says(RULE_UNKNOWN, q->condition->always);
		return ERR_OK;
	}
	TRY(q->condition->predicate->ask(q, ret));
	assert(ret->fact != NULL);
	return ERR_OK;
}

/*
 * Any recipient
 */
static enum err
ask_any(struct step *s, size_t condition)
{
	struct flow_pass *pass = s->pass;
	struct any *any = &s->any[condition];

	TRY(flow_alloc(pass->a, pass->count, sizeof(*any->by_branch), &any->by_branch));
	TRY(flow_alloc(pass->a, pass->count, sizeof(*any->everyone), &any->everyone));
	for (size_t b = 0; b < pass->count; b++) {
		const struct flow_branch *branch = &pass->branches[b];
		struct flow_verdict *own = &any->by_branch[b];
		struct flow_ask q = question(s, &s->rule->conditions[condition], branch);

		any->everyone[b] = true;
		for (size_t i = 0; i < branch->recipient_count; i++) {
			struct flow_verdict v;

			q.recipient = pass->mail->recipients[branch->recipients[i]];
			TRY(flow_ask_one(&q, &v));
			*own = flow_or(*own, v);
			any->everyone[b] &= v.answer == RULE_YES;
		}
		any->of_all = flow_or(any->of_all, *own);
	}
	return ERR_OK;
}

static enum err
prepare_any(struct step *s)
{
	size_t count = s->rule->condition_count;

	TRY(flow_alloc(s->pass->a, count, sizeof(*s->any), &s->any));
	for (size_t i = 0; i < count && s->rule->enabled; i++)
		if (flow_subject_of(&s->rule->conditions[i]) == FLOW_ASKS_ANY_RECIPIENT)
			TRY(ask_any(s, i));
	return ERR_OK;
}

static struct flow_verdict
any_verdict(const struct step *s, size_t condition, size_t branch)
{
	const struct any *any = &s->any[condition];
	const struct flow_branch *b = &s->pass->branches[branch];
	struct flow_verdict own = any->by_branch[branch];

	if (own.answer == RULE_YES && (any->everyone[branch] || !b->loose))
		return flow_says(RULE_YES, "recipient-any");
	if (b->changed & FLOW_CHANGES_RECIPIENTS)
		return flow_says(RULE_UNKNOWN, "earlier-action");
	if (own.answer == RULE_UNKNOWN)
		return own;
	if (any->of_all.answer != RULE_NO)
		return flow_says(RULE_UNKNOWN, "recipient-split");
	return flow_says(RULE_NO, "recipient-any");
}

/*
 * Asking
 */

/* everything but what differs from recipient to recipient */
static enum err
ask_mail(const struct step *s, size_t branch, struct flow_verdict *verdicts)
{
	const struct flow_branch *b = &s->pass->branches[branch];

	for (size_t i = 0; i < s->rule->condition_count; i++) {
		const struct flow_condition *c = &s->rule->conditions[i];
		struct flow_ask q = question(s, c, b);

		if (flow_subject_of(c) == FLOW_ASKS_MAIL)
			TRY(flow_ask_one(&q, &verdicts[i]));
		else if (flow_subject_of(c) == FLOW_ASKS_ANY_RECIPIENT)
			verdicts[i] = any_verdict(s, i, branch);
	}
	return ERR_OK;
}

static enum err
ask_recipient(const struct step *s, const struct flow_branch *b, size_t recipient,
    struct flow_verdict *verdicts)
{
	for (size_t i = 0; i < s->rule->condition_count; i++) {
		const struct flow_condition *c = &s->rule->conditions[i];
		struct flow_ask q = question(s, c, b);

		if (flow_subject_of(c) != FLOW_ASKS_RECIPIENT)
			continue;
		q.recipient = s->pass->mail->recipients[recipient];
		TRY(flow_ask_one(&q, &verdicts[i]));
	}
	return ERR_OK;
}

/* AND of conditions, kept off by an exception: nothing unknown is rounded */
static enum rule_answer
fires(const struct flow_rule *rule, const struct flow_verdict *verdicts, enum rule_answer stopped)
{
	enum rule_answer answer = RULE_YES;

	for (size_t i = 0; i < rule->condition_count; i++) {
		enum rule_answer v = verdicts[i].answer;

		if (!rule->conditions[i].exception)
			answer = flow_and(answer, v);
		else if (v == RULE_YES)
			answer = RULE_NO;
		else if (v != RULE_NO)
			answer = flow_maybe(answer);
	}
	return stopped == RULE_NO ? answer : flow_maybe(answer);
}

/*
 * Parting
 */
static enum err
part_off(struct step *s, size_t parent, struct flow_branch **ret)
{
	struct flow_pass *pass = s->pass;
	struct flow_branch *b = &pass->branches[pass->count++];

	assert(pass->count <= pass->mail->recipient_count);
	*b = pass->branches[parent];
	TRY(flow_alloc(pass->a, b->recipient_count, sizeof(*b->recipients), &b->recipients));
	b->recipient_count = 0;
	TRY(flow_alloc(pass->a, s->rule_count, sizeof(*b->results), &b->results));
	memcpy(b->results, pass->branches[parent].results, s->index * sizeof(*b->results));
	*ret = b;
	return ERR_OK;
}

/* those of a branch for whom the rule came out the same */
struct part {
	struct flow_branch *branch;
	enum rule_answer fires;
	struct flow_verdict *verdicts; /* of the first of them */
	bool *mixed;                   /* by condition: others of them have another one */
};
#define ANSWERS 3
struct parts {
	struct part items[ANSWERS];
	size_t count;
};

static enum err
part_new(struct step *s, size_t parent, const struct flow_verdict *verdicts, struct parts *parts)
{
	size_t count = s->rule->condition_count;
	struct part *p = &parts->items[parts->count];

	TRY(flow_alloc(s->pass->a, count, sizeof(*p->verdicts), &p->verdicts));
	TRY(flow_alloc(s->pass->a, count, sizeof(*p->mixed), &p->mixed));
	if (count > 0)
		memcpy(p->verdicts, verdicts, count * sizeof(*verdicts));
	if (parts->count++ == 0)
		p->branch = &s->pass->branches[parent];
	else
		TRY(part_off(s, parent, &p->branch));
	return ERR_OK;
}

static enum err
part_for(struct step *s, size_t parent, const struct flow_verdict *verdicts, struct parts *parts,
    struct part **ret)
{
	enum rule_answer answer = fires(s->rule, verdicts, s->pass->branches[parent].stopped);
	size_t i = 0;

	while (i < parts->count && parts->items[i].fires != answer)
		i++;
	assert(i < ANSWERS);
	*ret = &parts->items[i];
	if (i == parts->count) {
		(*ret)->fires = answer;
		return part_new(s, parent, verdicts, parts);
	}
	for (size_t k = 0; k < s->rule->condition_count; k++)
		(*ret)->mixed[k] |= verdicts[k].answer != (*ret)->verdicts[k].answer ||
		    verdicts[k].fact != (*ret)->verdicts[k].fact;
	return ERR_OK;
}

/* the recipients of the first part move up in their own list, in order */
static enum err
part_branch(struct step *s, size_t parent, struct parts *ret)
{
	struct flow_branch *b = &s->pass->branches[parent];
	size_t total = b->recipient_count, kept = 0;
	struct flow_verdict *verdicts;

	TRY(flow_alloc(s->pass->a, s->rule->condition_count, sizeof(*verdicts), &verdicts));
	TRY(ask_mail(s, parent, verdicts));
	for (size_t i = 0; i < total; i++) {
		struct part *p;

		TRY(ask_recipient(s, b, b->recipients[i], verdicts));
		TRY(part_for(s, parent, verdicts, ret, &p));
		if (p->branch == b)
			b->recipients[kept++] = b->recipients[i];
		else
			p->branch->recipients[p->branch->recipient_count++] = b->recipients[i];
	}
	b->recipient_count = kept;
	return ERR_OK;
}

/*
 * Doing
 */
static enum err
put_checks(const struct step *s, const struct part *p, struct flow_rule_result *ret)
{
	size_t count = s->rule->condition_count;
	struct flow_check *checks;

	TRY(flow_alloc(s->pass->a, count, sizeof(*checks), &checks));
	for (size_t i = 0; i < count; i++) {
		const struct flow_condition *c = &s->rule->conditions[i];
		struct flow_ask q = question(s, c, p->branch);

		checks[i] = (struct flow_check){ .name = c->name, .exception = c->exception };
		if (p->mixed[i])
			continue;
		checks[i].answer = p->verdicts[i].answer;
		checks[i].fact = p->verdicts[i].fact;
		checks[i].also = flow_cite_check(&q, &checks[i], p->branch->results, s->index);
		TRY(flow_detail(&q, s->pass->a, &checks[i]));
	}
	ret->checks = checks;
	ret->check_count = count;
	return ERR_OK;
}

/* does the rule act for each of them as he is, which is not known? */
static bool
may_part(const struct step *s, const struct part *p)
{
	for (size_t i = 0; i < s->rule->condition_count && p->fires == RULE_UNKNOWN; i++)
		if (flow_subject_of(&s->rule->conditions[i]) == FLOW_ASKS_RECIPIENT &&
		    (p->mixed[i] || p->verdicts[i].answer == RULE_UNKNOWN))
			return true;
	return false;
}

static enum err
conclude(const struct step *s, const struct part *p)
{
	struct flow_rule_result *result = &p->branch->results[s->index];

	*result = (struct flow_rule_result){
		.rule = s->rule, .skip = s->rule->audit ? FLOW_AUDIT : FLOW_ASKED, .fires = p->fires
	};
	p->branch->loose |= may_part(s, p);
	TRY(put_checks(s, p, result));
	if (s->rule->audit || result->fires == RULE_NO)
		return ERR_OK;
	return flow_act(s->rule, result->fires, p->branch, s->pass->a);
}

static enum err
step_branch(struct step *s, size_t index)
{
	struct flow_branch *b = &s->pass->branches[index];
	struct parts parts = { 0 };

	if (!s->rule->enabled || b->stopped == RULE_YES) {
		b->results[s->index] = (struct flow_rule_result){ .rule = s->rule,
			.skip = s->rule->enabled ? FLOW_STOPPED : FLOW_DISABLED,
			.fires = RULE_NO };
		return ERR_OK;
	}
	TRY(part_branch(s, index, &parts));
	for (size_t i = 0; i < parts.count; i++)
		TRY(conclude(s, &parts.items[i]));
	return ERR_OK;
}

enum err
flow_step(struct flow_pass *pass, const struct flow_rule *rule, size_t index, size_t rule_count)
{
	struct step s = { .pass = pass, .rule = rule, .index = index, .rule_count = rule_count };
	size_t before = pass->count;

	TRY(prepare_any(&s));
	for (size_t b = 0; b < before; b++)
		TRY(step_branch(&s, b));
	return ERR_OK;
}
