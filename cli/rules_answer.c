/* cli/rules_answer.c - see rules_answer.h. */
#include "cli/rules_answer.h"

#include <string.h>

const char *
rules_yes_no(enum rule_answer a)
{
	return a == RULE_YES ? "yes" : a == RULE_NO ? "no" : "unknown";
}

bool
rules_routes(const struct flow_rule *rule)
{
	return flow_rule_connector(rule).len > 0;
}

/* Has the rule the action that routes here? */
static bool
brings(const struct rules_source *s, const struct flow_rule *rule)
{
	return rules_is_our_way(s, flow_rule_connector(rule));
}

enum rule_answer
rules_brought(const struct rules_source *s, const struct flow_copy *copy)
{
	if (copy->routed == RULE_NO)
		return RULE_NO;
	if (copy->connector_sure)
		return rules_is_our_way(s, copy->connector) ? copy->routed : RULE_NO;
	for (size_t i = 0; i < copy->result_count; i++) {
		const struct flow_rule_result *r = &copy->results[i];

		if (r->skip == FLOW_ASKED && r->fires != RULE_NO && brings(s, r->rule))
			return RULE_UNKNOWN;
	}
	return RULE_NO;
}

bool
rules_is_ours(const struct rules_source *s, struct span name)
{
	return span_istarts(name, SPAN("X-SecuDoc")) ||
	    (s->back.secret_header.len > 0 && span_ieq(name, s->back.secret_header));
}

/* --- who --- */

enum cli_exit
rules_who_read(const struct rules_args *args, struct arena *a, struct rules_who *ret)
{
	const char *to = rules_value(args, "to"), *from = rules_value(args, "from-envelope");

	memset(ret, 0, sizeof(*ret));
	if (to != NULL) {
		if (rules_addresses(to, a, &ret->to) != ERR_OK)
			return rules_wrong(args, "--to: %s", err_note());
		ret->opts.to = ret->to.items;
		ret->opts.to_count = ret->to.count;
	}
	if (from != NULL) {
		ret->envelope_from = span_str(from);
		if (from[0] != '\0' && !rules_is_address(ret->envelope_from))
			return rules_wrong(args, "--from-envelope: \"%s\" is no address", from);
		ret->opts.envelope_from = &ret->envelope_from;
	}
	ret->opts.anonymous = rules_given(args, "anonymous") != NULL;
	return CLI_OK;
}

enum cli_exit
rules_mail_open(int argc, char **argv, const char *wanted, struct rules_args *ret_args,
    struct rules_source *ret_source, struct rules_who *ret_who)
{
	enum cli_exit code =
	    rules_args_parse(argc, argv, rules_mail_options, rules_mail_option_count, ret_args);

	if (code != CLI_OK)
		return code;
	if (ret_args->operand_count != 1)
		return rules_wrong(ret_args, "%s", wanted);
	code = rules_source_open(ret_args, ret_source);
	if (code == CLI_OK)
		code = rules_source_world(ret_args, ret_source);
	return code == CLI_OK ? rules_who_read(ret_args, &ret_source->arena, ret_who) : code;
}

/* --- the reason in a word --- */

/* What a condition that is no, or an exception that is yes, means for the rule that routes. */
static const struct {
	const char *check, *word;
} words[] = {
	{ "FromMemberOf", "not-a-member" },
	{ "FromScope", "sender-outside" },
	{ "SentToScope", "recipients-inside" },
	{ "AttachmentSizeOver", "no-large-file" },
	{ "HeaderMatchesPatterns", "not-switched-on" },
	{ "HeaderContainsWords", "not-switched-on" },
	{ "ExceptIfHeaderMatchesPatterns", "marked" },
	{ "ExceptIfHeaderContainsWords", "marked" },
	{ "ExceptIfMessageTypeMatches", "message-type" },
	{ "ExceptIfFrom", "excluded-sender" },
	{ "ExceptIfFromAddressMatchesPatterns", "excluded-sender" },
	{ "ExceptIfFromMemberOf", "excluded-group" },
};

static const char *
word_of(struct span check)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_ieq(check, span_str(words[i].check)))
			return words[i].word;
	return "another-condition";
}

/* The first check that alone keeps the rule as it is: off, or undecided. */
static const char *
reason_of_checks(const struct flow_rule_result *r)
{
	for (size_t i = 0; i < r->check_count; i++) {
		const struct flow_check *c = &r->checks[i];
		enum rule_answer off = c->exception ? RULE_YES : RULE_NO;

		if (c->answer == (r->fires == RULE_NO ? off : RULE_UNKNOWN))
			return word_of(c->name);
	}
	return "rule-in-front";
}

static const char *
reason_of(const struct rules_source *s, const struct flow_copy *copy, enum rule_answer brought)
{
	const char *reason = "no-rule";

	if (brought == RULE_YES)
		return "rule-fires";
	if (brought == RULE_NO && copy->routed != RULE_NO)
		return "other-connector";
	for (size_t i = 0; i < copy->result_count; i++) {
		const struct flow_rule_result *r = &copy->results[i];

		if (!brings(s, r->rule))
			continue;
		if (r->skip == FLOW_DISABLED)
			reason = "rule-disabled";
		else if (r->skip == FLOW_AUDIT)
			reason = "rule-in-audit-mode";
		else if (r->skip == FLOW_STOPPED)
			reason = "rule-in-front";
		else if (r->fires == brought)
			return reason_of_checks(r);
		else if (r->fires == RULE_YES && !copy->connector_sure)
			return "other-connector";
	}
	return brought == RULE_UNKNOWN ? "rule-in-front" : reason;
}

/* --- both passes --- */

static void
add_again(const struct rules_source *s, struct rules_tally *t, const struct flow_outcome *second)
{
	for (size_t i = 0; i < second->count; i++) {
		const struct flow_copy *copy = &second->copies[i];
		enum rule_answer again = rules_brought(s, copy);

		/* to another tool: it may come back from there as new */
		if (again == RULE_NO && copy->routed != RULE_NO)
			again = RULE_UNKNOWN;
		if (again == RULE_YES || (again == RULE_UNKNOWN && t->again == RULE_NO))
			t->again = again;
	}
}

/* Where a copy goes; of several copies the largest is what is said of the mail. */
enum way { DIRECT, ELSEWHERE, MAYBE, ROUTED };

static enum way
way_of(const struct flow_copy *copy, enum rule_answer brought)
{
	if (brought != RULE_NO)
		return brought == RULE_YES ? ROUTED : MAYBE;
	return copy->routed == RULE_NO ? DIRECT : ELSEWHERE;
}

static void
tally_copy(const struct rules_source *s, struct rules_tally *t, const struct flow_copy *copy)
{
	enum rule_answer brought = rules_brought(s, copy);
	size_t *const counts[] = { [DIRECT] = &t->direct,
		[ELSEWHERE] = &t->elsewhere,
		[MAYBE] = &t->maybe,
		[ROUTED] = &t->routed };
	enum way way = way_of(copy, brought), most = ROUTED;

	while (most > DIRECT && *counts[most] == 0)
		most--;
	if (way > most || t->recipients == 0) {
		const struct exo_value *ours =
		    s->ours != NULL ? exo_get(s->ours, "RouteMessageOutboundConnector") : NULL;

		t->reason = reason_of(s, copy, brought);
		t->connector = way >= MAYBE && ours != NULL ? ours->text : copy->connector;
	}
	t->recipients += copy->recipient_count;
	*counts[way] += copy->recipient_count;
	t->elsewhere_sure |= way == ELSEWHERE && copy->routed == RULE_YES;
}

static enum err
second_pass(const struct rules_source *s, struct rules_answer *r, struct arena *a)
{
	r->returns = arena_alloc(a, (r->first.count + 1) * sizeof(*r->returns));
	if (r->returns == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < r->first.count; i++) {
		const struct flow_copy *copy = &r->first.copies[i];
		struct rules_return *back = &r->returns[i];

		tally_copy(s, &r->tally, copy);
		if (rules_brought(s, copy) == RULE_NO)
			continue;
		TRY(flow_returned(&r->eml.mail, copy, &s->back, a, &back->mail));
		TRY(flow_run(&s->rules, &s->world, &back->mail, a, &back->outcome));
		add_again(s, &r->tally, &back->outcome);
	}
	if (r->tally.elsewhere > 0 && r->tally.again == RULE_NO)
		r->tally.again = RULE_UNKNOWN;
	return ERR_OK;
}

enum err
rules_answer_read(FILE *in, const struct rules_source *s, const struct rules_who *who,
    struct arena *a, struct rules_answer *ret)
{
	struct rules_answer r = { .tally = { .again = RULE_NO, .reason = "no-recipient" } };

	TRY(flow_mail_read(in, &who->opts, a, &r.eml));
	TRY(flow_run(&s->rules, &s->world, &r.eml.mail, a, &r.first));
	TRY(second_pass(s, &r, a));
	*ret = r;
	return ERR_OK;
}
