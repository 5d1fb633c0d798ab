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

#include "core/address.h"

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

/*
 * Patterns use the signs that Microsoft lists ("Regular expressions in mail flow rules in Exchange Online"): \s
 * \S \d \D \w \W | * ( ) ^ $. Whether . + ? and brackets mean what they mean to .NET is disputed, so as
 * text they have a backslash in front, which is the sign itself under either reading.
 */
enum err
plan_regex_escape(struct span text, struct buf *out)
{
	const struct span special = SPAN("\\*+?|{}[]()^$.# ");

	for (size_t i = 0; i < text.len; i++) {
		if (span_find_byte(special, text.p[i]) < special.len)
			TRY(buf_put_byte(out, '\\'));
		TRY(buf_put_byte(out, text.p[i]));
	}
	return ERR_OK;
}

/* An address ends in its domain and "@" stands in none, so one anchor suffices. */
enum err
plan_regex_domain(struct span pattern, struct buf *out)
{
	if (!span_take(&pattern, SPAN("*@")) && !span_take(&pattern, SPAN("@")))
		return err_set(ERR_SYNTAX, "a domain pattern begins with \"@\" or \"*@\"");
	TRY(buf_put_str(out, "@"));
	if (span_take(&pattern, SPAN("*.")))
		TRY(buf_put_str(out, "\\S\\S*\\."));
	TRY(plan_regex_escape(pattern, out));
	return buf_put_str(out, "$");
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

size_t
plan_rule_bytes(const struct exo_object *rule)
{
	size_t bytes = 0;

	for (size_t i = 0; i < rule->count; i++) {
		const struct exo_value *v = &rule->members[i].value;

		bytes += rule->members[i].name.len + v->text.len + PLAN_ITEM_BYTES;
		for (size_t k = 0; k < v->count; k++)
			bytes += v->items[k].len + PLAN_ITEM_BYTES;
	}
	return bytes;
}

/* Items for one member of the rule under way, and how much they take. */
struct items {
	struct span *items;
	size_t count, bytes;
	size_t left; /* not for Exchange */
};

static void
items_add(struct items *list, struct span item)
{
	list->items[list->count++] = item;
	list->bytes += item.len + PLAN_ITEM_BYTES;
}

static bool
ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] > '~')
			return false;
	}
	return true;
}

/*
 * Exchange refuses a rule that names a recipient it does not know: an address of a domain that is written out
 * is one, an address below a wildcard may be, others are not. Neither takes quotes or UTF-8.
 */
static bool
recipient_certain(const struct tenant *t, struct span address)
{
	struct address a;

	if (!ascii(address) || address_parse(address, &a) != ERR_OK || a.local.p[0] == '"')
		return false;
	for (size_t i = 0; i < t->domains.count; i++) {
		if (span_ieq(a.domain, span_str(t->domains.items[i])))
			return true;
	}
	return false;
}

static enum err
sort_senders(const struct plan_draft *d, struct items *people, struct items *patterns)
{
	const struct setting_list *list = &d->t->excluded_senders;

	people->items = arena_alloc(d->a, (list->count + 1) * sizeof(*people->items));
	patterns->items = arena_alloc(d->a, (list->count + 1) * sizeof(*patterns->items));
	if (people->items == NULL || patterns->items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < list->count; i++) {
		struct span s = span_trim(span_str(list->items[i]));
		bool domain = span_starts(s, SPAN("@")) || span_starts(s, SPAN("*@"));

		if (domain && ascii(s)) {
			CLEANUP(buf_done) struct buf text;
			struct span copy;

			buf_init(&text, 4 * ADDRESS_MAX);
			TRY(plan_regex_domain(s, &text));
			TRY(arena_dup(d->a, buf_span(&text), &copy));
			items_add(patterns, copy);
		} else if (!domain && recipient_certain(d->t, s)) {
			items_add(people, s);
		} else {
			people->left++;
		}
	}
	return ERR_OK;
}

/* Either all of them or none: half a list would be taken for the whole by whoever reads the rule. */
static void
except_items(struct plan_draft *d, const char *member, const char *what, const struct items *list,
    size_t max_bytes)
{
	if (d->err != ERR_OK || list->count == 0)
		return;
	if (list->bytes > max_bytes || plan_rule_bytes(d->object) + list->bytes > PLAN_RULE_BYTES) {
		plan_note(d,
		    "The %zu %s of excluded_senders do not fit into a rule (Microsoft's limit is 8 KB): their "
		    "mail is routed here, and the service passes it on untouched.",
		    list->count, what);
		return;
	}
	plan_list_member(d, member, list->items, list->count);
}

/* SD-090, SD-091: the service excepts these senders as well, so whatever is not in the rule is still safe. */
static void
exception_senders(struct plan_draft *d)
{
	struct items people = { 0 }, patterns = { 0 };

	if (d->err == ERR_OK)
		d->err = sort_senders(d, &people, &patterns);
	except_items(
	    d, "ExceptIfFromAddressMatchesPatterns", "domains", &patterns, PLAN_PATTERN_BYTES);
	except_items(d, "ExceptIfFrom", "addresses", &people, PLAN_RULE_BYTES);
	if (people.count > 0)
		plan_note(d,
		    "Excluded senders must be there as recipients of the organization when the rule is made, "
		    "and only their primary address counts.");
	if (people.left > 0)
		plan_note(d,
		    "%zu of excluded_senders cannot be named in a rule (not in a domain of the organization "
		    "that is written out, or not plain ASCII): their mail is routed here, and the service "
		    "passes it on untouched.",
		    people.left);
}

/* SD-092: only Exchange knows who is in a group, so these must be in the rule. */
static void
exception_groups(struct plan_draft *d)
{
	const struct setting_list *list = &d->t->excluded_groups;
	struct span *items = arena_alloc(d->a, (list->count + 1) * sizeof(*items));

	if (d->err == ERR_OK && items == NULL)
		d->err = ERR_TEMP;
	if (d->err != ERR_OK)
		return;
	for (size_t i = 0; i < list->count; i++)
		items[i] = span_str(list->items[i]);
	plan_list_member(d, "ExceptIfFromMemberOf", items, list->count);
	if (d->err == ERR_OK && plan_rule_bytes(d->object) > PLAN_RULE_BYTES)
		d->err = err_set(ERR_LIMIT,
		    "the %zu excluded_groups do not fit into one mail flow rule (Microsoft's limit is 8 KB)",
		    list->count);
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
	exception_groups(d);
	exception_senders(d);
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
