/*
 * rules/flow_sender.c - conditions on the sender, and what they share with those on recipients.
 *
 * SenderAddressLocation says where the address stands: in the From field, in the envelope, or either. An
 * empty address has no domain and is no member of anything.
 */
#include "rules/flow_int.h"

#include "core/address.h"
#include "core/utf8.h"

bool
flow_address_is(struct span a, struct span b)
{
	return span_ieq(span_trim(a), span_trim(b));
}

struct span
flow_domain_of(struct span address)
{
	size_t at = address.len;

	while (at > 0 && address.p[at - 1] != '@')
		at--;
	return at > 0 ? span_trim(span_from(address, at)) : SPAN_NONE;
}

bool
flow_accepted(const struct flow_world *world, struct span address)
{
	struct span domain = flow_domain_of(address);

	for (size_t i = 0; i < world->domain_count && domain.len > 0; i++)
		if (domain_is(domain, world->domains[i]))
			return true;
	return false;
}

const struct flow_group *
flow_group_of(const struct flow_world *world, struct span address)
{
	for (size_t i = 0; i < world->group_count; i++)
		if (flow_address_is(world->groups[i].address, address))
			return &world->groups[i];
	return NULL;
}

/*
 * Domains: "contoso.com" is contoso.com, and by one of two pages x.contoso.com too.
 */
static struct flow_verdict
domain_verdict(struct span domain, struct span rule)
{
	rule = span_trim(rule);
	if (span_ieq(domain, rule))
		return flow_says(RULE_YES, "domain-is");
	if (domain.len > rule.len && rule.len > 0 && span_iends(domain, rule) &&
	    domain.p[domain.len - rule.len - 1] == '.')
		return flow_says(RULE_UNKNOWN, "domain-below");
	return flow_says(RULE_NO, "domain-is");
}

struct flow_verdict
flow_domain_ask(const struct flow_condition *c, struct span address)
{
	struct flow_verdict v = flow_says(RULE_NO, "domain-is");
	struct span domain = flow_domain_of(address);
	size_t count;
	const struct span *values = flow_values(c->value, &count);

	for (size_t i = 0; i < count && domain.len > 0; i++)
		v = flow_or(v, domain_verdict(domain, values[i]));
	return v;
}

/*
 * Groups
 */
static struct flow_verdict
member_verdict(const struct flow_group *group, struct span address)
{
	for (size_t i = 0; i < group->member_count; i++)
		if (flow_address_is(group->members[i], address))
			return flow_says(RULE_YES, "member-direct");
	if (group->nested_count > 0)
		return flow_says(RULE_UNKNOWN, "member-nested");
	return flow_says(RULE_NO, "member-direct");
}

struct flow_verdict
flow_member_ask(const struct flow_ask *q, struct span address)
{
	struct flow_verdict v = { RULE_NO, NULL };
	size_t count;
	const struct span *values = flow_values(q->condition->value, &count);

	if (address.len == 0)
		return flow_says(RULE_NO, "member-direct");
	for (size_t i = 0; i < count; i++) {
		const struct flow_group *group = flow_group_of(q->world, values[i]);

		v = flow_or(v,
		    group != NULL ? member_verdict(group, address)
				  : flow_says(RULE_UNKNOWN, "member-unseen"));
	}
	return v.fact != NULL ? v : flow_says(RULE_NO, "member-direct");
}

/*
 * Where the sender stands
 */
struct sender {
	struct span address;
	bool odd; /* who it is is not certain */
};
struct senders {
	struct sender items[2];
	size_t count;
};

bool
flow_asks_location(const struct flow_predicate *p)
{
	return p->ask == flow_ask_sender_is || p->ask == flow_ask_sender_member ||
	    p->ask == flow_ask_sender_domain || p->ask == flow_ask_sender_text;
}

static struct senders
senders_of(const struct flow_ask *q)
{
	const struct flow_mail *m = q->mail;
	const struct sender from = { m->from, m->from_uncertain };
	const struct sender envelope = { m->envelope_from, m->envelope_uncertain };

	switch (q->rule->location) {
	case FLOW_IN_ENVELOPE:
		return (struct senders){ { envelope }, 1 };
	case FLOW_IN_BOTH:
		return (struct senders){ { from, envelope }, 2 };
	case FLOW_IN_HEADER:
		break;
	}
	return (struct senders){ { from }, 1 };
}

/* what one address answers */
typedef enum err (*ask_address)(
    const struct flow_ask *q, struct span address, struct flow_verdict *ret);

static enum err
ask_senders(const struct flow_ask *q, ask_address one, struct flow_verdict *ret)
{
	struct senders senders = senders_of(q);
	struct flow_verdict all = { RULE_NO, NULL };

	for (size_t i = 0; i < senders.count; i++) {
		struct flow_verdict v = flow_says(RULE_UNKNOWN, "sender-odd");

		if (!senders.items[i].odd)
			TRY(one(q, senders.items[i].address, &v));
		all = flow_or(all, v);
	}
	*ret = all;
	return ERR_OK;
}

static enum err
address_is(const struct flow_ask *q, struct span sender, struct flow_verdict *ret)
{
	struct flow_verdict v = flow_says(RULE_NO, "sender-is");
	size_t count;
	const struct span *values = flow_values(q->condition->value, &count);

	for (size_t i = 0; i < count && sender.len > 0 && v.answer != RULE_YES; i++) {
		if (flow_address_is(values[i], sender))
			v = flow_says(RULE_YES, "sender-is");
		else if (span_find_byte(values[i], '@') == values[i].len)
			v = flow_says(RULE_UNKNOWN, "sender-name");
	}
	*ret = v;
	return ERR_OK;
}

static enum err
address_is_member(const struct flow_ask *q, struct span address, struct flow_verdict *ret)
{
	*ret = flow_member_ask(q, address);
	return ERR_OK;
}

static enum err
address_is_of_domain(const struct flow_ask *q, struct span address, struct flow_verdict *ret)
{
	*ret = flow_domain_ask(q->condition, address);
	return ERR_OK;
}

/* an empty sender may be seen as nothing or as "<>", and looking for it "doesn't work" */
static enum err
empty_sender(const struct flow_text *text, struct flow_verdict *ret)
{
	struct flow_verdict brackets;

	TRY(flow_text_ask(text, SPAN_NONE, false, ret));
	TRY(flow_text_ask(text, SPAN("<>"), false, &brackets));
	if (ret->answer == RULE_YES || brackets.answer == RULE_YES)
		*ret = flow_says(RULE_UNKNOWN, "sender-none");
	else
		*ret = flow_or(*ret, brackets);
	return ERR_OK;
}

static enum err
address_has_text(const struct flow_ask *q, struct span address, struct flow_verdict *ret)
{
	if (address.len == 0)
		return empty_sender(q->condition->text, ret);
	if (utf8_valid(address))
		return flow_text_ask(q->condition->text, address, false, ret);
	*ret = flow_says(RULE_UNKNOWN, "header-undecodable");
	return ERR_OK;
}

enum err
flow_ask_sender_is(const struct flow_ask *q, struct flow_verdict *ret)
{
	return ask_senders(q, address_is, ret);
}

enum err
flow_ask_sender_member(const struct flow_ask *q, struct flow_verdict *ret)
{
	return ask_senders(q, address_is_member, ret);
}

enum err
flow_ask_sender_domain(const struct flow_ask *q, struct flow_verdict *ret)
{
	return ask_senders(q, address_is_of_domain, ret);
}

enum err
flow_ask_sender_text(const struct flow_ask *q, struct flow_verdict *ret)
{
	return ask_senders(q, address_has_text, ret);
}

/*
 * Inside or outside
 */
static struct flow_verdict
inside(const struct flow_ask *q)
{
	if (q->mail->authenticated == RULE_NO)
		return flow_says(RULE_NO, "sender-inside");
	if (!flow_accepted(q->world, q->mail->from))
		return flow_says(RULE_UNKNOWN, "scope-mail-user");
	if (q->mail->authenticated == RULE_YES)
		return flow_says(RULE_YES, "sender-inside");
	return flow_says(RULE_UNKNOWN, "scope-authenticated");
}

/* the envelope is not asked: Microsoft's list of conditions that look there does not have this one */
enum err
flow_ask_sender_scope(const struct flow_ask *q, struct flow_verdict *ret)
{
	struct span scope = q->condition->value->text;
	bool in = span_ieq(scope, SPAN("InOrganization"));

	if (!in && !span_ieq(scope, SPAN("NotInOrganization")))
		*ret = flow_says(RULE_UNKNOWN, "not-modelled");
	else if (in && q->mail->authenticated == RULE_NO)
		*ret = inside(q);
	else if (q->mail->from_uncertain)
		*ret = flow_says(RULE_UNKNOWN, "sender-odd");
	else if (q->world->domain_count == 0)
		*ret = flow_says(RULE_UNKNOWN, "scope-domains");
	else if (flow_domain_of(q->mail->from).len == 0)
		*ret = flow_says(RULE_UNKNOWN, "scope-no-sender");
	else if (in)
		*ret = inside(q);
	else
		*ret = flow_says(
		    flow_accepted(q->world, q->mail->from) ? RULE_NO : RULE_YES, "sender-outside");
	return ERR_OK;
}
