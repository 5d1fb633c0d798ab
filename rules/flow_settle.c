/*
 * rules/flow_settle.c - the checks of recipients who share a copy for different reasons.
 *
 * A rule may rest for one recipient for one reason, and for another for another. While the pass goes on nobody
 * knows who will share a copy in the end; then the conditions on recipients whose answers differ are asked once
 * more, and each answer becomes a check that says for whom it is. They look at nothing but the recipient and
 * the mail as it came, so that they answer as they did.
 */
#include "rules/flow_int.h"

#include <assert.h>

/* those who have one answer by one fact */
struct reason {
	struct flow_verdict verdict;
	struct span named[FLOW_NAMED];
	size_t count;
	struct reason *next;
};

/* in the order of the facts, then of answers: the order of recipients changes nothing */
static bool
is_before(struct flow_verdict a, struct flow_verdict b)
{
	return a.fact != b.fact ? a.fact < b.fact : a.answer < b.answer;
}

static enum err
count_in(struct reason **first, struct flow_verdict v, struct span recipient, struct arena *a)
{
	struct reason **at = first, *r;

	while (*at != NULL && is_before((*at)->verdict, v))
		at = &(*at)->next;
	if (*at == NULL || is_before(v, (*at)->verdict)) {
		TRY(flow_alloc(a, 1, sizeof(*r), &r));
		*r = (struct reason){ .verdict = v, .next = *at };
		*at = r;
	}
	r = *at;
	if (r->count < FLOW_NAMED)
		r->named[r->count] = recipient;
	r->count++;
	return ERR_OK;
}

static enum err
reasons_of(const struct flow_pass *pass, const struct flow_branch *b, struct flow_ask *q,
    struct reason **ret)
{
	assert(flow_subject_of(q->condition) == FLOW_ASKS_RECIPIENT);
	*ret = NULL;
	for (size_t i = 0; i < b->recipient_count; i++) {
		struct flow_verdict v;

		q->recipient = pass->mail->recipients[b->recipients[i]];
		TRY(flow_ask_one(q, &v));
		TRY(count_in(ret, v, q->recipient, pass->a));
	}
	return ERR_OK;
}

/* checks of one condition, into a list that has room for them */
static enum err
put_reasons(struct flow_ask *q, const struct reason *first, const struct flow_check *like,
    struct arena *a, struct flow_check *checks, size_t *count)
{
	for (const struct reason *r = first; r != NULL; r = r->next) {
		struct flow_check *c = &checks[(*count)++];
		bool all = r == first && r->next == NULL;

		*c = *like;
		c->answer = r->verdict.answer;
		c->fact = r->verdict.fact;
		c->also = flow_cite_check(q, c, NULL, 0);
		c->only_for = all ? 0 : r->count;
		q->whom = r->named;
		q->whom_count = all ? 0 : r->count < FLOW_NAMED ? r->count : FLOW_NAMED;
		TRY(flow_detail(q, a, c));
	}
	return ERR_OK;
}

static size_t
length(const struct reason *r)
{
	size_t n = 0;

	for (; r != NULL; r = r->next)
		n++;
	return n;
}

static enum err
settle(const struct flow_pass *pass, const struct flow_branch *b, struct flow_rule_result *result)
{
	struct reason **reasons;
	struct flow_check *checks;
	size_t room = 0, count = 0;

	TRY(flow_alloc(pass->a, result->check_count, sizeof(struct reason *), &reasons));
	for (size_t i = 0; i < result->check_count; i++) {
		struct flow_ask q = { .rule = result->rule,
			.condition = &result->rule->conditions[i],
			.world = pass->world,
			.mail = pass->mail };

		if (result->checks[i].fact == NULL)
			TRY(reasons_of(pass, b, &q, &reasons[i]));
		room += result->checks[i].fact == NULL ? length(reasons[i]) : 1;
	}
	TRY(flow_alloc(pass->a, room, sizeof(*checks), &checks));
	for (size_t i = 0; i < result->check_count; i++) {
		struct flow_ask q = { .rule = result->rule,
			.condition = &result->rule->conditions[i],
			.world = pass->world,
			.mail = pass->mail };

		if (reasons[i] == NULL)
			checks[count++] = result->checks[i];
		else
			TRY(put_reasons(
			    &q, reasons[i], &result->checks[i], pass->a, checks, &count));
	}
	result->checks = checks;
	result->check_count = count;
	return ERR_OK;
}

static bool
is_settled(const struct flow_rule_result *result)
{
	for (size_t i = 0; i < result->check_count; i++)
		if (result->checks[i].fact == NULL)
			return false;
	return true;
}

enum err
flow_settle(struct flow_pass *pass, struct flow_branch *b, size_t rule_count)
{
	for (size_t i = 0; i < rule_count; i++)
		if (!is_settled(&b->results[i]))
			TRY(settle(pass, b, &b->results[i]));
	return ERR_OK;
}
