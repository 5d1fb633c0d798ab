/*
 * rules/flow_recipient.c - conditions on one recipient.
 *
 * A recipient that is a group is a riddle: nobody says whether rules see it or its members. Only what is in
 * the world is known to be one.
 */
#include "rules/flow_int.h"

#include "core/utf8.h"

static bool
is_group(const struct flow_ask *q)
{
	return flow_group_of(q->world, q->recipient) != NULL;
}

/* why nothing can be said of this recipient; NULL: something can */
static const char *
riddle(const struct flow_ask *q)
{
	if (q->rule->original_recipients)
		return "recipient-original";
	return is_group(q) ? "recipient-group" : NULL;
}

enum err
flow_ask_recipient_is(const struct flow_ask *q, struct flow_verdict *ret)
{
	struct flow_verdict v = flow_says(RULE_NO, "recipient-is");
	size_t count;
	const struct span *values = flow_values(q->condition->value, &count);

	if (riddle(q) != NULL)
		v = flow_says(RULE_UNKNOWN, riddle(q));
	for (size_t i = 0; i < count && riddle(q) == NULL; i++) {
		if (flow_address_is(values[i], q->recipient)) {
			v = flow_says(RULE_YES, "recipient-is");
			break;
		}
		if (span_find_byte(values[i], '@') == values[i].len)
			v = flow_says(RULE_UNKNOWN, "sender-name");
	}
	*ret = v;
	return ERR_OK;
}

/* "the group can be in the To, Cc or Bcc fields": a mail to it is meant */
static bool
is_named(const struct flow_ask *q)
{
	size_t count;
	const struct span *values = flow_values(q->condition->value, &count);

	for (size_t i = 0; i < count; i++)
		if (flow_address_is(values[i], q->recipient))
			return true;
	return false;
}

enum err
flow_ask_recipient_member(const struct flow_ask *q, struct flow_verdict *ret)
{
	if (q->rule->original_recipients)
		*ret = flow_says(RULE_UNKNOWN, "recipient-original");
	else if (is_named(q))
		*ret = flow_says(RULE_YES, "recipient-member");
	else if (is_group(q))
		*ret = flow_or(
		    flow_member_ask(q, q->recipient), flow_says(RULE_UNKNOWN, "recipient-group"));
	else
		*ret = flow_member_ask(q, q->recipient);
	return ERR_OK;
}

enum err
flow_ask_recipient_domain(const struct flow_ask *q, struct flow_verdict *ret)
{
	*ret = riddle(q) != NULL ? flow_says(RULE_UNKNOWN, riddle(q))
				 : flow_domain_ask(q->condition, q->recipient);
	return ERR_OK;
}

enum err
flow_ask_recipient_text(const struct flow_ask *q, struct flow_verdict *ret)
{
	if (riddle(q) != NULL)
		*ret = flow_says(RULE_UNKNOWN, riddle(q));
	else if (!utf8_valid(q->recipient))
		*ret = flow_says(RULE_UNKNOWN, "header-undecodable");
	else
		return flow_text_ask(q->condition->text, q->recipient, false, ret);
	return ERR_OK;
}

static struct flow_verdict
inside(const struct flow_ask *q)
{
	if (q->mail->authenticated == RULE_NO)
		return flow_says(RULE_NO, "recipient-inside");
	if (!flow_accepted(q->world, q->recipient))
		return flow_says(RULE_UNKNOWN, "scope-mail-user");
	if (q->mail->authenticated == RULE_YES)
		return flow_says(RULE_YES, "recipient-inside");
	return flow_says(RULE_UNKNOWN, "scope-authenticated");
}

enum err
flow_ask_recipient_scope(const struct flow_ask *q, struct flow_verdict *ret)
{
	struct span scope = q->condition->value->text;
	bool in = span_ieq(scope, SPAN("InOrganization"));

	if (!in && !span_ieq(scope, SPAN("NotInOrganization")))
		*ret = flow_says(RULE_UNKNOWN, "not-modelled");
	else if (in && q->mail->authenticated == RULE_NO)
		*ret = inside(q);
	else if (q->world->domain_count == 0)
		*ret = flow_says(RULE_UNKNOWN, "scope-domains");
	else if (is_group(q))
		*ret = flow_says(RULE_UNKNOWN, "recipient-group");
	else if (in)
		*ret = inside(q);
	else
		*ret = flow_says(flow_accepted(q->world, q->recipient) ? RULE_NO : RULE_YES,
		    "recipient-outside");
	return ERR_OK;
}
