/*
 * rules/plan_rules.c - the mail flow rules of a plan, in their order.
 *
 * A mail passes the rules twice. The first time: set aside what must not be routed, then route the rest and
 * stop. The second time, with the loop mark that only this service writes: take the marks off, and let it
 * go. Every rule waits when it cannot be asked (RuleErrorAction Defer): the default, Ignore, would let a mail
 * out unprotected, or with our marks on it. That holds for the advice to the spam filter as well: it is not
 * said whether "Ignore" goes on with the rules behind, and these take the marks off.
 *
 * An exception for the null sender is nowhere: copies for the members of a group have it, with attachments.
 */
#include "rules/plan_int.h"

#define DONE     "X-SecuDoc"
#define SWITCH   "X-SecuDoc-Enabled"
#define MARK     "X-SecuDoc-Mark"
#define ANYTHING "\\S"

/*
 * Blanks around do not matter, anything else does: the word 1, as HeaderContainsWords would find it, also
 * stands in "1.0" and "not-1", and the word 0 in "1.0".
 */
#define SWITCHED_ON  "^\\s*1\\s*$"
#define SWITCHED_OFF "^\\s*0\\s*$"

bool
plan_rule_name_fixed(struct span name)
{
	static const char *const names[] = { PLAN_RULE_OOF, PLAN_RULE_OFF, PLAN_RULE_SPAM,
		PLAN_RULE_REMOVE_ENABLED, PLAN_RULE_REMOVE_MARK, PLAN_RULE_REMOVE_DONE };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_ieq(name, span_str(names[i])))
			return true;
	}
	return false;
}

static bool
tokens(const struct plan_draft *d)
{
	return d->t->loop_mark == TENANT_LOOP_TOKENS;
}

/* "^\s*1\.0\s\s*(TOKEN1|TOKEN2)\s*$": what connector/deliver_mail writes, and nothing that others can write. */
static enum err
done_pattern(const struct plan_draft *d, struct span *ret)
{
	CLEANUP(buf_done_secret) struct buf text;
	const struct setting_list *list = &d->t->mark_tokens;

	buf_init(&text, 1024);
	TRY(buf_put_str(&text, "^\\s*1\\.0\\s\\s*"));
	TRY(buf_put_str(&text, list->count > 1 ? "(" : ""));
	for (size_t i = 0; i < list->count; i++) {
		TRY(buf_put_str(&text, i > 0 ? "|" : ""));
		TRY(plan_regex_escape(span_str(list->items[i]), &text));
	}
	TRY(buf_put_str(&text, list->count > 1 ? ")\\s*$" : "\\s*$"));
	return arena_dup(d->a, buf_span(&text), ret);
}

/*
 * Members that every rule has. Comments show in the admin center to everybody who may read rules: they say
 * why the rule is there, and hold no secret.
 */
static void
open_rule(struct plan_draft *d, const char *name, const char *comments)
{
	plan_open(d, EXO_TRANSPORT_RULE, "Name", span_str(name));
	plan_text_member(d, "Comments", comments);
	plan_bool_member(d, "Enabled", true);
	plan_text_member(d, "Mode", "Enforce");
	plan_text_member(d, "RuleErrorAction", "Defer");
}

/* Whose mail: SD-071 or SD-093. The header From counts, as the envelope of group copies names nobody. */
static void
condition_scope(struct plan_draft *d)
{
	plan_text_member(d, "SenderAddressLocation", "Header");
	if (d->t->rule_scope == TENANT_SCOPE_ORGANIZATION)
		plan_text_member(d, "FromScope", "InOrganization");
	else
		plan_list_member(d, "FromMemberOf", &d->users, 1);
}

/* To whom: SD-072; left out, mail among colleagues is secured as well (SD-079). */
static void
condition_recipients(struct plan_draft *d)
{
	if (d->t->rule_recipients == TENANT_RECIPIENTS_OUTSIDE)
		plan_text_member(d, "SentToScope", "NotInOrganization");
}

static void
header_matches(struct plan_draft *d, const char *header, struct span pattern)
{
	plan_text_member(d, "HeaderMatchesMessageHeader", header);
	plan_list_member(d, "HeaderMatchesPatterns", &pattern, 1);
}

static void
header_matches_not(struct plan_draft *d, const char *header, struct span pattern)
{
	plan_text_member(d, "ExceptIfHeaderMatchesMessageHeader", header);
	plan_list_member(d, "ExceptIfHeaderMatchesPatterns", &pattern, 1);
}

/* What the routing rule excepts: the pattern with the tokens, or the plain word of SD-075. */
static void
exception_done(struct plan_draft *d)
{
	const struct span word = SPAN("1.0");
	struct span pattern = SPAN_NONE;

	if (!tokens(d)) {
		plan_text_member(d, "ExceptIfHeaderContainsMessageHeader", DONE);
		plan_list_member(d, "ExceptIfHeaderContainsWords", &word, 1);
		return;
	}
	if (d->err == ERR_OK)
		d->err = done_pattern(d, &pattern);
	header_matches_not(d, DONE, pattern);
}

/* The stamp by which the routing rule leaves a mail alone, as a rule has one header exception only. */
static void
action_stamp(struct plan_draft *d)
{
	struct span value = SPAN("1.0");

	if (d->err == ERR_OK && tokens(d))
		d->err = arena_printf(d->a, &value, "1.0 %s", d->t->mark_tokens.items[0]);
	plan_text_member(d, "SetHeaderName", DONE);
	plan_span_member(d, "SetHeaderValue", value);
}

/* ExceptIfMessageTypeMatches takes one type, and the routing rule needs it for invitations. */
static void
rule_oof(struct plan_draft *d)
{
	open_rule(d, PLAN_RULE_OOF,
	    "SecuDoc 365. Marks automatic replies as done, so that the routing rule behind leaves them alone: "
	    "they have no files that anybody chose to send, and no person waits for a link. The mark is taken "
	    "off again before the mail leaves.");
	condition_scope(d);
	condition_recipients(d);
	plan_text_member(d, "MessageTypeMatches", "OOF");
	action_stamp(d);
}

/* Opt-out: what the sender switched off for one mail keeps its files (SD-123, SD-124). */
static void
rule_switched_off(struct plan_draft *d)
{
	if (d->t->mode != TENANT_OPT_OUT)
		return;
	open_rule(d, PLAN_RULE_OFF,
	    "SecuDoc 365, opt-out. Marks mail that its sender switched off (X-SecuDoc-Enabled: 0) as done, so "
	    "that the routing rule behind leaves it alone. Any other value of that header does not count.");
	condition_scope(d);
	condition_recipients(d);
	header_matches(d, SWITCH, SPAN(SWITCHED_OFF));
	action_stamp(d);
}

/*
 * SD-073. Microsoft says "greater than", an older page "greater than or equal": one byte below the threshold,
 * in whole KB of 1,024 rounded down, routes every file that counts under both readings. What is
 * routed and smaller, the service passes on as it was.
 */
static void
condition_size(struct plan_draft *d)
{
	int64_t threshold = d->t->threshold_bytes;
	int64_t kb = threshold > 0 ? (threshold - 1) / 1024 : 0;
	struct span text = SPAN_NONE;

	if (kb < 1)
		kb = 1; /* smaller values may be rounded up to this (New-TransportRule) */
	if (d->err == ERR_OK)
		d->err = arena_printf(d->a, &text, "%lldKB", (long long)kb);
	plan_span_member(d, "AttachmentSizeOver", text);
	if (threshold <= 1024)
		plan_note(d,
		    "The threshold is %lld bytes, the smallest size that a rule can ask for 1 KB (1,024 bytes): "
		    "files from the threshold up to and including 1,024 bytes are not routed here and leave as "
		    "they are.",
		    (long long)threshold);
	else
		plan_note(d,
		    "Exchange counts in KB of 1,024 bytes and asks for \"more than\": mail with files above %lld "
		    "KB is routed here, and passed on as it was when no file has %lld bytes.",
		    (long long)kb, (long long)threshold);
	plan_note(d,
	    "Pictures in the text, like a logo in a signature, count as attachments for Exchange Online, so "
	    "nearly every HTML mail with one is routed here. The service knows the difference and passes "
	    "them on. Whether mail that is attached to a mail counts is not documented.");
}

/* The rule that everything is about (SD-070 to SD-079). */
static void
rule_route(struct plan_draft *d)
{
	open_rule(d, d->t->rule_name,
	    "SecuDoc 365. Sends mail with files to the service, which hands it back with links in place of "
	    "the files. Leaves alone what was there already, what was set aside by the rules in front, "
	    "invitations, and excluded senders. The header it sets says to the service that the mail "
	    "is this organization's. No rule behind may see the mail before it is back.");
	condition_scope(d);
	condition_recipients(d);
	condition_size(d);
	if (d->t->mode == TENANT_OPT_IN)
		header_matches(d, SWITCH, SPAN(SWITCHED_ON));
	exception_done(d);
	plan_text_member(d, "ExceptIfMessageTypeMatches", "Calendaring");
	plan_text_member(d, "RouteMessageOutboundConnector", d->t->outbound_connector);
	plan_text_member(d, "SetHeaderName", d->t->secret_header);
	plan_text_member(d, "SetHeaderValue", d->t->secret_values.items[0]);
	plan_bool_member(d, "StopRuleProcessing", true);
	plan_exclusions(d);
}

/*
 * SD-095. Not for what was set aside: a sender could switch his mail off and so past the outbound spam check;
 * what the service hands back has no X-SecuDoc-Enabled any more. With the plain mark anybody on the
 * internet could write it, so then the mail must come from inside as well.
 */
static void
rule_spam(struct plan_draft *d)
{
	const struct span word = SPAN("1.0");
	struct span pattern = SPAN_NONE;

	if (!d->t->spam_rule)
		return;
	open_rule(d, PLAN_RULE_SPAM,
	    "SecuDoc 365. Mail that the service handed back is now and then taken for spam: asks the filter to "
	    "let it pass. Microsoft calls this an input to its filter, no more.");
	if (tokens(d)) {
		if (d->err == ERR_OK)
			d->err = done_pattern(d, &pattern);
		header_matches(d, DONE, pattern);
	} else {
		plan_text_member(d, "FromScope", "InOrganization");
		plan_text_member(d, "HeaderContainsMessageHeader", DONE);
		plan_list_member(d, "HeaderContainsWords", &word, 1);
	}
	header_matches_not(d, SWITCH, SPAN(ANYTHING));
	plan_text_member(d, "ExceptIfMessageTypeMatches", "OOF");
	if (d->err == ERR_OK)
		d->err = exo_set_int(d->object, "SetSCL", -1, d->a);
}

/*
 * X-18, SD-082: the marks are nobody's business. RemoveHeader takes one name a rule. When colleagues get
 * secured mail too, the marks are taken off for them as well: the token would stand in their mailboxes.
 */
static void
rule_remove(struct plan_draft *d, const char *name, const char *header, const char *comments)
{
	open_rule(d, name, comments);
	condition_recipients(d);
	header_matches(d, header, SPAN(ANYTHING));
	plan_text_member(d, "RemoveHeader", header);
}

static void
rules_remove(struct plan_draft *d)
{
	rule_remove(d, PLAN_RULE_REMOVE_ENABLED, SWITCH,
	    "SecuDoc 365. Takes the sender's switch off mail before it is delivered. Mail on its way to the service is "
	    "not touched: the routing rule in front has stopped the rules.");
	rule_remove(d, PLAN_RULE_REMOVE_MARK, MARK,
	    "SecuDoc 365. Takes the service's signed mark off mail before it is delivered.");
	/* the last: a mail that waits because of a rule in front still has the mark against the loop */
	rule_remove(d, PLAN_RULE_REMOVE_DONE, DONE,
	    "SecuDoc 365. Takes the loop mark off mail before it is delivered. Must stay the last of these rules: by "
	    "this mark the routing rule knows what was there already.");
}

/* What the service does and the rules cannot, or must not. */
static void
notes(struct plan_draft *d)
{
	const struct tenant *t = d->t;

	if (!tokens(d))
		plan_note(d,
		    "loop_mark is plain: every sender can write \"X-SecuDoc: 1.0\" into a mail himself, and so "
		    "send files unprotected%s. With tokens nobody can.",
		    t->spam_rule ? " and past the spam filter" : "");
	if (t->spam_rule)
		plan_note(d,
		    "The spam rule asks for mail that returns not to be checked. Whether Exchange Online checks "
		    "a mail before it routes it here is not documented: set spam_rule to false if that "
		    "matters more than a mail that is taken for spam now and then.");
	if (!tokens(d) && t->spam_rule && !t->retain_headers)
		plan_note(d,
		    "With loop_mark plain the spam rule asks for mail from inside, which mail that returns may "
		    "not count as while retain_headers is false.");
	if (t->excluded_recipients.count > 0)
		plan_note(d,
		    "excluded_recipients stay with the service: a rule would except the whole mail, not one "
		    "recipient. Their mail is routed here and passed on untouched.");
	if (t->required_header[0] != '\0')
		plan_note(d,
		    "required_header stays with the service%s: mail without it is routed here and passed on "
		    "untouched.",
		    t->mode == TENANT_OPT_IN
			? ", as a rule asks for one header only, and that is X-SecuDoc-Enabled"
			: "");
	if (t->mode == TENANT_OPT_IN)
		plan_note(
		    d, "Opt-in: nothing is secured unless something sets X-SecuDoc-Enabled: 1.");
	if (t->rule_scope == TENANT_SCOPE_ORGANIZATION)
		plan_note(d,
		    "Scope organization: mail of everybody inside is routed here, whether or not the service "
		    "knows the sender. Begin with a group if you want to try it.");
	plan_note(d, "Rules that are new or changed take up to 30 minutes, connectors up to 10.");
}

void
plan_rules(struct plan_draft *d)
{
	rule_oof(d);
	rule_switched_off(d);
	rule_route(d);
	rule_spam(d);
	rules_remove(d);
	notes(d);
}
