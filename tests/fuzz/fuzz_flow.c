/*
 * fuzz_flow: mail flow rules against a mail.
 *
 * The input is read as small numbers that choose conditions, exceptions, actions and parts of a mail from
 * lists, and as free texts for words, patterns and fields. Held for every input: the recipients of the
 * copies are those of the mail, each as often; their order does not matter; an answer is what its fact's
 * standing allows; one more exception or condition never makes a rule act where it did not.
 */
#include "rules/exo_int.h"
#include "rules/flow_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_RULES      5
#define MAX_MEMBERS    6
#define MAX_RECIPIENTS 6
#define MAX_FIELDS     5
#define MEMORY         (32u << 20)

static void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

/* only memory and bounds are excuses */
static bool
done(enum err err)
{
	require(err == ERR_OK || err == ERR_TEMP || err == ERR_LIMIT, "errors");
	return err == ERR_OK;
}

/*
 * Choosing
 */
static size_t
choose(struct span *in, size_t count)
{
	uint8_t c = in->len > 0 ? in->p[0] : 0;

	*in = span_from(*in, 1);
	return c % count;
}

/* up to 31 bytes */
static struct span
choose_text(struct span *in)
{
	size_t len = choose(in, 32);
	struct span s = span_upto(*in, len);

	*in = span_from(*in, len);
	return s;
}

static const char *const addresses[] = { "anna@contoso.nl", "bert@contoso.nl", "out@fabrikam.com",
	"x@sub.fabrikam.com", "users@contoso.nl", "sales@contoso.nl", "Anna Smith", "a@b", "" };

/* parameters with values of the given sort: a address, d domain, w word, p pattern, or the value itself */
static const struct {
	const char *name, *partner, *value;
} conditions[] = {
	{ "From", NULL, "a" },
	{ "FromMemberOf", NULL, "a" },
	{ "FromScope", NULL, "InOrganization" },
	{ "FromScope", NULL, "NotInOrganization" },
	{ "FromAddressContainsWords", NULL, "w" },
	{ "FromAddressMatchesPatterns", NULL, "p" },
	{ "SenderDomainIs", NULL, "d" },
	{ "SentTo", NULL, "a" },
	{ "SentToMemberOf", NULL, "a" },
	{ "SentToScope", NULL, "InOrganization" },
	{ "SentToScope", NULL, "NotInOrganization" },
	{ "RecipientAddressContainsWords", NULL, "w" },
	{ "RecipientAddressMatchesPatterns", NULL, "p" },
	{ "RecipientDomainIs", NULL, "d" },
	{ "AnyOfRecipientAddressContainsWords", NULL, "w" },
	{ "AnyOfRecipientAddressMatchesPatterns", NULL, "p" },
	{ "HeaderContainsWords", "HeaderContainsMessageHeader", "w" },
	{ "HeaderMatchesPatterns", "HeaderMatchesMessageHeader", "p" },
	{ "SubjectContainsWords", NULL, "w" },
	{ "SubjectMatchesPatterns", NULL, "p" },
	{ "AttachmentSizeOver", NULL, "1 KB" },
	{ "AttachmentSizeOver", NULL, "100 B" },
	{ "MessageSizeOver", NULL, "2 KB" },
	{ "MessageTypeMatches", NULL, "OOF" },
	{ "MessageTypeMatches", NULL, "Signed" },
	{ "SCLOver", NULL, "5" },
	{ "WithImportance", NULL, "High" },
};
#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

static const struct {
	const char *name, *value;
} actions[] = {
	{ "RouteMessageOutboundConnector", "Out" },
	{ "RouteMessageOutboundConnector", "Other" },
	{ "RemoveHeader", "X-A" },
	{ "SetSCL", "-1" },
	{ "SetSCL", "5" },
	{ "StopRuleProcessing", "true" },
	{ "DeleteMessage", "true" },
	{ "RejectMessageReasonText", "no" },
	{ "ApplyHtmlDisclaimerText", "hello" },
	{ "BlindCopyTo", "x@y" },
	{ "PrependSubject", "new" },
	{ "SetAuditSeverity", "Low" },
	{ "Mode", "Audit" },
	{ "Enabled", "false" },
	{ "SenderAddressLocation", "Envelope" },
	{ "SenderAddressLocation", "HeaderOrEnvelope" },
	{ "RecipientAddressType", "Original" },
	{ "UseLegacyRegex", "true" },
};

static const char *const headers[] = { "X-A", "X-B", "Subject", "x-a", "Received" };

/* texts that are not UTF-8 are refused by the objects: then the member is left out */
static void
put(struct exo_object *o, bool exception, const char *name, struct span value, struct arena *a)
{
	char full[64];

	snprintf(full, sizeof(full), "%s%s", exception ? "ExceptIf" : "", name);
	(void)!exo_set_text(o, full, value, a);
}

static struct span
value_of(const char *sort, struct span *in)
{
	if (strcmp(sort, "a") == 0)
		return span_str(addresses[choose(in, sizeof(addresses) / sizeof(addresses[0]))]);
	if (strcmp(sort, "d") == 0)
		return choose(in, 2) ? SPAN("fabrikam.com") : SPAN("contoso.nl");
	if (strcmp(sort, "w") == 0 || strcmp(sort, "p") == 0)
		return choose_text(in);
	return span_str(sort);
}

static void
put_condition(struct exo_object *o, bool exception, struct span *in, struct arena *a)
{
	size_t i = choose(in, CONDITIONS);
	struct span value = value_of(conditions[i].value, in);
	const char *header = headers[choose(in, sizeof(headers) / sizeof(headers[0]))];
	char full[64];

	put(o, exception, conditions[i].name, value, a);
	snprintf(full, sizeof(full), "%s%s", exception ? "ExceptIf" : "", conditions[i].name);
	/* an empty text takes a member away, and with it the other half */
	if (conditions[i].partner != NULL)
		put(o, exception, conditions[i].partner,
		    exo_get(o, full) != NULL ? span_str(header) : SPAN_NONE, a);
}

static void
put_action(struct exo_object *o, struct span *in, struct arena *a)
{
	size_t count = sizeof(actions) / sizeof(actions[0]), i = choose(in, count + 2);

	if (i < count) {
		put(o, false, actions[i].name, span_str(actions[i].value), a);
		return;
	}
	put(o, false, "SetHeaderValue", i == count ? choose_text(in) : SPAN("1.0"), a);
	put(o, false, "SetHeaderName",
	    exo_get(o, "SetHeaderValue") != NULL ? SPAN("X-A") : SPAN_NONE, a);
}

/* extra: one more exception (1) or condition (2) for the last rule */
static bool
make_rules(struct span *in, struct span more, int extra, struct arena *a, struct exo_list *list,
    struct flow_rules *ret)
{
	size_t count = 1 + choose(in, MAX_RULES);

	*list = (struct exo_list){ 0 };
	for (size_t i = 0; i < count; i++) {
		struct exo_object *o;

		if (!done(exo_add(list, EXO_TRANSPORT_RULE, a, &o)))
			return false;
		put(o, false, "Name", SPAN("rule"), a);
		for (size_t k = choose(in, MAX_MEMBERS); k > 0; k--)
			put_condition(o, choose(in, 3) == 0, in, a);
		for (size_t k = choose(in, 3); k > 0; k--)
			put_action(o, in, a);
		if (extra != 0 && i + 1 == count)
			put_condition(o, extra == 1, &more, a);
	}
	return done(flow_compile(list, a, ret));
}

struct scene {
	struct flow_mail mail;
	struct span recipients[MAX_RECIPIENTS];
	struct flow_field fields[MAX_FIELDS];
	struct flow_attachment attachments[3];
};

static void
make_mail(struct span *in, struct scene *s)
{
	static const uint64_t sizes[] = { 0, 50, 100, 700, 900, 1024, 1025, 5000, UINT64_MAX };
	const size_t size_count = sizeof(sizes) / sizeof(sizes[0]);
	struct flow_mail *m = &s->mail;

	*m = (struct flow_mail){ .recipients = s->recipients,
		.fields = s->fields,
		.attachments = s->attachments,
		.size_bytes = sizes[choose(in, size_count)] };
	m->from = value_of("a", in);
	m->envelope_from = choose(in, 4) == 0 ? choose_text(in) : m->from;
	m->authenticated = (enum rule_answer)choose(in, 3);
	for (size_t i = choose(in, MAX_RECIPIENTS + 1); i > 0; i--)
		s->recipients[m->recipient_count++] =
		    choose(in, 5) == 0 ? choose_text(in) : value_of("a", in);
	for (size_t i = choose(in, MAX_FIELDS + 1); i > 0; i--)
		s->fields[m->field_count++] = (struct flow_field){
			.name = span_str(headers[choose(in, sizeof(headers) / sizeof(headers[0]))]),
			.value = choose_text(in)
		};
	for (size_t i = choose(in, 4); i > 0; i--)
		s->attachments[m->attachment_count++] =
		    (struct flow_attachment){ (enum flow_attachment_kind)choose(in, 5),
			    sizes[choose(in, size_count)] };
	for (size_t i = 0; i < FLOW_TYPES; i++)
		m->types[i] = choose(in, 4) == 0 ? (enum rule_answer)choose(in, 3) : RULE_NO;
}

static struct flow_world
make_world(struct span *in)
{
	static const struct span domains[] = { { (const uint8_t *)"contoso.nl", 10 } };
	static struct span members[2], nested[1];
	static struct flow_group groups[2];

	members[0] = span_str("anna@contoso.nl");
	members[1] = span_str("out@fabrikam.com");
	nested[0] = span_str("team@contoso.nl");
	groups[0] = (struct flow_group){ span_str("users@contoso.nl"), members, 2, nested, 1 };
	groups[1] = (struct flow_group){ span_str("sales@contoso.nl"), members, 1, NULL, 0 };
	return (struct flow_world){ domains, choose(in, 8) != 0, groups, choose(in, 3) };
}

/*
 * Promises
 */
static const struct flow_copy *
copy_of(const struct flow_outcome *out, struct span recipient)
{
	for (size_t i = 0; i < out->count; i++)
		for (size_t k = 0; k < out->copies[i].recipient_count; k++)
			if (span_eq(out->copies[i].recipients[k], recipient))
				return &out->copies[i];
	require(false, "every recipient is in a copy");
	return NULL;
}

static size_t
times(const struct span *items, size_t count, struct span what)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += span_eq(items[i], what);
	return n;
}

static void
check_recipients(const struct flow_outcome *out, const struct flow_mail *mail)
{
	size_t total = 0;

	for (size_t i = 0; i < out->count; i++) {
		require(out->copies[i].recipient_count > 0, "no empty copy");
		total += out->copies[i].recipient_count;
	}
	require(total == mail->recipient_count, "as many recipients as there were");
	for (size_t i = 0; i < mail->recipient_count; i++) {
		const struct flow_copy *c = copy_of(out, mail->recipients[i]);

		require(times(c->recipients, c->recipient_count, mail->recipients[i]) ==
			times(mail->recipients, mail->recipient_count, mail->recipients[i]),
		    "a recipient is in one copy, as often as in the mail");
	}
}

static void
check_checks(const struct flow_rule_result *r)
{
	for (size_t i = 0; i < r->check_count; i++) {
		const struct flow_check *c = &r->checks[i];
		bool open =
		    c->fact->standing != FLOW_DOCUMENTED && c->fact->standing != FLOW_REPORTED;

		require(c->fact->place == FLOW_OF_CONDITION, "a check cites facts of conditions");
		require(open == (c->answer == RULE_UNKNOWN), "an answer is what its fact allows");
		require(c->also == NULL || c->also->place == FLOW_OF_PASS,
		    "what a check rests on as well is of the pass");
		require(c->detail.len > 0, "a check has its sentence");
		if (c->exception ? c->answer == RULE_YES : c->answer == RULE_NO)
			require(
			    r->fires == RULE_NO, "one no, or one exception, and the rule rests");
		if (c->answer == RULE_UNKNOWN)
			require(r->fires != RULE_YES, "unknown is never rounded");
	}
}

/* checks of one condition stand one behind the other, by name; an exception has a name of its own */
static bool
is_next(const struct flow_rule_result *r, size_t check)
{
	return check == 0 || !span_eq(r->checks[check].name, r->checks[check - 1].name);
}

static size_t
conditions_of(const struct flow_rule_result *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->check_count; i++)
		count += is_next(r, i);
	return count;
}

static void
check_for_whom(const struct flow_copy *c, const struct flow_rule_result *r)
{
	size_t total = 0;

	for (size_t i = 0; i < r->check_count; i++) {
		total = (is_next(r, i) ? 0 : total) + r->checks[i].only_for;
		require(
		    is_next(r, i) || (r->checks[i - 1].only_for > 0 && r->checks[i].only_for > 0),
		    "several answers to one condition say for whom they are");
		if (i + 1 == r->check_count || is_next(r, i + 1))
			require(total == 0 || total == c->recipient_count,
			    "the answers to one condition are those of the copy's recipients");
	}
}

static void
check_copy(const struct flow_copy *c)
{
	bool stopped = false;

	for (size_t i = 0; i < c->result_count; i++) {
		const struct flow_rule_result *r = &c->results[i];

		check_checks(r);
		check_for_whom(c, r);
		require(!stopped || r->skip == FLOW_STOPPED || r->skip == FLOW_DISABLED,
		    "nothing is asked after the end");
		if (r->skip == FLOW_ASKED && r->fires == RULE_YES && r->rule->stops)
			stopped = true;
		require(r->skip == FLOW_ASKED || r->skip == FLOW_AUDIT || r->fires == RULE_NO,
		    "what is not asked does not act");
	}
	require(c->routed == RULE_NO || c->connector.len > 0, "routed somewhere");
}

/* copies differ in how a rule comes out, not in the reasons alone */
static void
check_differ(const struct flow_outcome *out)
{
	for (size_t i = 0; i < out->count; i++)
		for (size_t k = 0; k < i; k++) {
			size_t r = 0, count = out->copies[i].result_count;

			while (r < count &&
			    out->copies[i].results[r].fires == out->copies[k].results[r].fires)
				r++;
			require(r < count, "no two copies in which every rule comes out the same");
		}
}

static bool
same_copies(const struct flow_copy *x, const struct flow_copy *y)
{
	if (x->recipient_count != y->recipient_count || x->routed != y->routed ||
	    x->altered != y->altered || x->spam_check_skipped != y->spam_check_skipped ||
	    x->connector_sure != y->connector_sure || x->field_count != y->field_count)
		return false;
	for (size_t i = 0; i < x->result_count; i++) {
		const struct flow_rule_result *r = &x->results[i], *s = &y->results[i];

		if (r->skip != s->skip || r->fires != s->fires || r->check_count != s->check_count)
			return false;
		for (size_t k = 0; k < r->check_count; k++)
			if (r->checks[k].answer != s->checks[k].answer ||
			    r->checks[k].fact != s->checks[k].fact ||
			    r->checks[k].only_for != s->checks[k].only_for)
				return false;
	}
	return true;
}

static void
check_order(const struct flow_rules *rules, const struct flow_world *world,
    const struct flow_mail *mail, const struct flow_outcome *out, struct arena *a)
{
	struct span backwards[MAX_RECIPIENTS];
	struct flow_mail turned = *mail;
	struct flow_outcome other;

	for (size_t i = 0; i < mail->recipient_count; i++)
		backwards[i] = mail->recipients[mail->recipient_count - 1 - i];
	turned.recipients = backwards;
	if (!done(flow_run(rules, world, &turned, a, &other)))
		return;
	require(other.count == out->count, "the order of recipients makes no copy");
	for (size_t i = 0; i < mail->recipient_count; i++)
		require(same_copies(copy_of(out, mail->recipients[i]),
			    copy_of(&other, mail->recipients[i])),
		    "the order of recipients changes no copy");
}

/* one more exception or condition for the last rule */
static void
check_extra(struct span input, struct span more, int extra, const struct flow_world *world,
    const struct flow_mail *mail, const struct flow_outcome *out, struct arena *a)
{
	struct flow_rules rules;
	struct flow_outcome other;
	struct exo_list list;

	if (!make_rules(&input, more, extra, a, &list, &rules) ||
	    !done(flow_run(&rules, world, mail, a, &other)))
		return;
	size_t last = rules.count - 1;
	/* the extra may have taken the place of a member that was there, a location, say: not one more */
	for (size_t i = 0; i < mail->recipient_count; i++) {
		const struct flow_rule_result *was =
		    &copy_of(out, mail->recipients[i])->results[last];
		const struct flow_rule_result *is =
		    &copy_of(&other, mail->recipients[i])->results[last];

		if (conditions_of(is) != conditions_of(was) + 1)
			continue;
		require(was->fires == RULE_YES || is->fires != RULE_YES,
		    "one more exception or condition makes no rule act");
		require(was->fires != RULE_NO || is->fires == RULE_NO,
		    "one more exception or condition keeps a rule at rest");
	}
}

static void
check_returned(const struct flow_mail *mail, const struct flow_copy *c, struct arena *a)
{
	struct flow_return how = { span_str("token"), span_str("X-B"), true };
	struct flow_mail back;

	if (!done(flow_returned(mail, c, &how, a, &back)))
		return;
	require(span_eq(back.fields[0].value, span_str("1.0 token")), "the mark is in front");
	for (size_t i = 0; i < back.field_count; i++)
		require(!span_ieq(back.fields[i].name, how.secret_header), "no secret goes back");
	require(back.recipient_count == c->recipient_count, "its recipients");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), more = span_upto(in, 40), rest;
	struct flow_outcome out;
	struct flow_rules rules;
	struct exo_list list;
	struct scene scene = { 0 };
	struct arena a;

	arena_init(&a, MEMORY);
	/* the mail first: rules take all that is left */
	in = span_from(in, 40);
	make_mail(&in, &scene);
	scene.mail.from_uncertain = more.len == 40 && (more.p[39] & 0x11) == 0x11;
	scene.mail.envelope_uncertain = more.len == 40 && (more.p[39] & 0x22) == 0x22;
	struct flow_world world = make_world(&in);
	rest = in;
	if (make_rules(&in, SPAN_NONE, 0, &a, &list, &rules) &&
	    done(flow_run(&rules, &world, &scene.mail, &a, &out))) {
		check_recipients(&out, &scene.mail);
		check_differ(&out);
		for (size_t i = 0; i < out.count; i++) {
			check_copy(&out.copies[i]);
			check_returned(&scene.mail, &out.copies[i], &a);
		}
		check_order(&rules, &world, &scene.mail, &out, &a);
		check_extra(rest, more, 1, &world, &scene.mail, &out, &a);
		check_extra(rest, more, 2, &world, &scene.mail, &out, &a);
	}
	arena_done(&a);
	return 0;
}
