/*
 * One pass of rules over a mail: what fires, what it does to later rules, which copies come out.
 *
 * Every fact that speaks of the pass has a test here; the list at the end names it.
 */
#include "flow_case.h"

#include "rules/flow_int.h"

#define YES  RULE_YES
#define NO   RULE_NO
#define OPEN RULE_UNKNOWN

/* conditions on a mail from Anna to out@fabrikam.com of which the answer is plain */
#define IS_TRUE  "From: anna@contoso.nl"
#define IS_FALSE "From: bert@contoso.nl"
#define IS_OPEN  "SCLOver: 5"

/* the only copy */
static const struct flow_copy *
run(const char *rules, const char *mail)
{
	struct flow_outcome out = case_run(rules, mail, &case_arena);

	assert_int_equal(out.count, 1);
	return out.copies;
}

static const struct flow_field *
find_field(const struct flow_copy *c, const char *name, const struct flow_field *missing)
{
	for (size_t i = 0; i < c->field_count; i++)
		if (span_ieq(c->fields[i].name, span_str(name)))
			return &c->fields[i];
	return missing;
}

static bool
has_field(const struct flow_copy *c, const char *name)
{
	return find_field(c, name, NULL) != NULL;
}

static const struct flow_field *
field_of(const struct flow_copy *c, const char *name)
{
	static const struct flow_field none;
	const struct flow_field *f = find_field(c, name, &none);

	assert_ptr_not_equal(f, &none);
	return f;
}

/* yes, no and unknown in each of two conditions and in an exception, which may be missing */
static void
conditions_and_exceptions(void **state)
{
	static const char *const first[] = { "FromScope: NotInOrganization",
		"FromScope: InOrganization", "SCLOver: 5" };
	static const char *const second[] = { "SentTo: bert@contoso.nl", "SentTo: out@fabrikam.com",
		"WithImportance: High" };
	static const char *const except[] = { "ExceptIfFrom: bert@contoso.nl",
		"ExceptIfFrom: anna@contoso.nl", "ExceptIfWithImportance: Low", "Comments: none" };
	static const enum rule_answer answers[] = { NO, YES, OPEN };

	(void)state;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 4; k++) {
				char rule[256];
				enum rule_answer want = OPEN;

				if (answers[i] == NO || answers[j] == NO || k == 1)
					want = NO;
				else if (answers[i] == YES && answers[j] == YES && k != 2)
					want = YES;
				snprintf(rule, sizeof(rule), "%s\n%s\n%s", first[i], second[j],
				    except[k]);
				if (run(rule, "")->results[0].fires != want)
					fail_msg("%s: wanted %s", rule, case_answer_name(want));
			}
}

/* Microsoft: "message must match any one (not all) of the specified values" */
static void
values_of_one_condition(void **state)
{
	(void)state;
	assert_int_equal(run("From: bert@contoso.nl | anna@contoso.nl", "")->results[0].fires, YES);
	assert_int_equal(run("From: bert@contoso.nl | carl@contoso.nl", "")->results[0].fires, NO);
	assert_int_equal(run("From: Bert Smith | carl@contoso.nl", "")->results[0].fires, OPEN);
	assert_int_equal(run("From: Bert Smith | anna@contoso.nl", "")->results[0].fires, YES);
}

static void
any_of_several_exceptions(void **state)
{
	(void)state;
	assert_int_equal(run(IS_TRUE "\nExceptIfSentTo: x@y\nExceptIfFromScope: InOrganization", "")
			     ->results[0]
			     .fires,
	    NO);
	assert_int_equal(run(IS_TRUE "\nExceptIfSCLOver: 5\nExceptIfFromScope: InOrganization", "")
			     ->results[0]
			     .fires,
	    NO);
	assert_int_equal(
	    run(IS_TRUE "\nExceptIfSentTo: x@y\nExceptIfFromScope: NotInOrganization", "")
		->results[0]
		.fires,
	    YES);
	/* exceptions alone: every mail but those */
	assert_int_equal(run("ExceptIfFrom: bert@contoso.nl", "")->results[0].fires, YES);
	assert_int_equal(run("ExceptIfFrom: anna@contoso.nl", "")->results[0].fires, NO);
}

static void
no_condition_at_all(void **state)
{
	const struct flow_copy *c = run("RouteMessageOutboundConnector: Out", "");

	(void)state;
	assert_int_equal(c->results[0].fires, YES);
	assert_int_equal(c->results[0].check_count, 0);
	assert_int_equal(c->routed, YES);
}

/* a pair is one check, named by its words or patterns */
static void
pairs_are_one_check(void **state)
{
	const struct flow_rule_result *r;

	(void)state;
	r = &run("HeaderContainsMessageHeader: X-A\nHeaderContainsWords: 1\n"
		 "ExceptIfHeaderMatchesMessageHeader: X-B\nExceptIfHeaderMatchesPatterns: 1\n"
		 "ADComparisonAttribute: City\nADComparisonOperator: Equal",
	    "h X-A: 1\nh X-B: 2")
		 ->results[0];
	assert_int_equal(r->check_count, 3);
	assert_span(r->checks[0].name, "HeaderContainsWords");
	assert_int_equal(r->checks[0].answer, YES);
	assert_false(r->checks[0].exception);
	assert_span(r->checks[1].name, "ADComparisonAttribute");
	assert_int_equal(r->checks[1].answer, OPEN);
	assert_span(r->checks[2].name, "ExceptIfHeaderMatchesPatterns");
	assert_int_equal(r->checks[2].answer, NO);
	assert_true(r->checks[2].exception);
}

/* the header of the condition is not the header of the exception */
static void
pairs_keep_their_own_header(void **state)
{
	static const char rule[] = "HeaderContainsMessageHeader: X-A\nHeaderContainsWords: 1\n"
				   "ExceptIfHeaderContainsMessageHeader: X-B\n"
				   "ExceptIfHeaderContainsWords: 1";

	(void)state;
	assert_int_equal(run(rule, "h X-A: 1\nh X-B: 0")->results[0].fires, YES);
	assert_int_equal(run(rule, "h X-A: 1\nh X-B: 1")->results[0].fires, NO);
	assert_int_equal(run(rule, "h X-A: 0\nh X-B: 0")->results[0].fires, NO);
}

static void
order_of_the_list(void **state)
{
	const struct flow_copy *c = run("SetHeaderName: X-A\nSetHeaderValue: one\n\n"
					"SetHeaderName: X-A\nSetHeaderValue: two",
	    "");

	(void)state;
	assert_span(field_of(c, "X-A")->value, "two");
	assert_int_equal(c->result_count, 2);
	assert_span(flow_rule_name(c->results[0].rule), "rule 1");
	assert_span(flow_rule_name(c->results[1].rule), "rule 2");
}

static void
disabled_rules_are_not_asked(void **state)
{
	static const char *const off[] = { "Enabled: false", "State: Disabled", "Enabled: $false" };

	(void)state;
	for (size_t i = 0; i < COUNT(off); i++) {
		char rule[128];
		const struct flow_copy *c;

		snprintf(rule, sizeof(rule), "%s\n" IS_TRUE "\nRouteMessageOutboundConnector: Out",
		    off[i]);
		c = run(rule, "");
		assert_int_equal(c->results[0].skip, FLOW_DISABLED);
		assert_int_equal(c->results[0].fires, NO);
		assert_int_equal(c->results[0].check_count, 0);
		assert_int_equal(c->routed, NO);
	}
	assert_int_equal(run("State: Enabled\n" IS_TRUE, "")->results[0].fires, YES);
}

static void
audit_does_nothing(void **state)
{
	static const char *const modes[] = { "Audit", "AuditAndNotify" };

	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		char rule[256];
		const struct flow_copy *c;

		snprintf(rule, sizeof(rule),
		    "Mode: %s\n" IS_TRUE "\nRouteMessageOutboundConnector: Out\n"
		    "SetHeaderName: X-A\nSetHeaderValue: 1\nSetSCL: -1\nDeleteMessage: true\n"
		    "StopRuleProcessing: true\n\n" IS_TRUE,
		    modes[i]);
		c = run(rule, "");
		assert_int_equal(c->results[0].skip, FLOW_AUDIT);
		assert_int_equal(c->results[0].fires, YES);
		assert_int_equal(c->results[0].check_count, 1);
		assert_int_equal(c->results[1].skip, FLOW_ASKED);
		assert_int_equal(c->results[1].fires, YES);
		assert_int_equal(c->routed, NO);
		assert_int_equal(c->altered, NO);
		assert_int_equal(c->spam_check_skipped, NO);
		assert_false(has_field(c, "X-A"));
	}
	assert_int_equal(
	    run("Mode: Enforce\n" IS_TRUE "\nRouteMessageOutboundConnector: Out", "")->routed, YES);
}

#define THEN_ROUTE "\n\n" IS_TRUE "\nRouteMessageOutboundConnector: Out"

static void
stop_ends_the_pass(void **state)
{
	const struct flow_copy *c = run(IS_TRUE "\nStopRuleProcessing: true" THEN_ROUTE, "");

	(void)state;
	assert_int_equal(c->results[1].skip, FLOW_STOPPED);
	assert_int_equal(c->results[1].fires, NO);
	assert_int_equal(c->results[1].check_count, 0);
	assert_int_equal(c->routed, NO);
	c = run(IS_FALSE "\nStopRuleProcessing: true" THEN_ROUTE, "");
	assert_int_equal(c->results[1].skip, FLOW_ASKED);
	assert_int_equal(c->routed, YES);
	c = run(IS_TRUE "\nStopRuleProcessing: false" THEN_ROUTE, "");
	assert_int_equal(c->routed, YES);
}

static void
stop_that_may_be(void **state)
{
	const struct flow_copy *c =
	    run(IS_OPEN "\nStopRuleProcessing: true" THEN_ROUTE "\n\n" IS_FALSE "\nSetSCL: -1", "");

	(void)state;
	assert_int_equal(c->results[0].fires, OPEN);
	assert_int_equal(c->results[1].skip, FLOW_ASKED);
	assert_int_equal(c->results[1].fires, OPEN);
	assert_int_equal(c->routed, OPEN);
	assert_int_equal(c->results[2].fires, NO);
	assert_int_equal(c->spam_check_skipped, NO);
	/* whatever comes of the first: here the pass has ended */
	c = run(IS_OPEN "\nStopRuleProcessing: true\n\n" IS_TRUE
			"\nStopRuleProcessing: true" THEN_ROUTE,
	    "");
	assert_int_equal(c->results[1].fires, OPEN);
	assert_int_equal(c->routed, OPEN);
}

static void
delete_and_quarantine_end_the_pass(void **state)
{
	static const char *const ends[] = { "DeleteMessage: true", "Quarantine: true" };

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		char rules[256];
		const struct flow_copy *c;

		snprintf(rules, sizeof(rules), IS_TRUE "\n%s" THEN_ROUTE, ends[i]);
		c = run(rules, "");
		assert_int_equal(c->results[1].skip, FLOW_STOPPED);
		assert_int_equal(c->routed, NO);
		assert_int_equal(c->altered, YES);
		snprintf(rules, sizeof(rules), IS_OPEN "\n%s" THEN_ROUTE, ends[i]);
		c = run(rules, "");
		assert_int_equal(c->routed, OPEN);
		assert_int_equal(c->altered, OPEN);
		snprintf(rules, sizeof(rules), IS_FALSE "\n%s" THEN_ROUTE, ends[i]);
		c = run(rules, "");
		assert_int_equal(c->routed, YES);
		assert_int_equal(c->altered, NO);
	}
}

/* actions that are not followed: what of them makes later rules doubtful */
static void
other_actions_are_shown(void **state)
{
	static const struct {
		const char *action;
		enum rule_answer altered, routed_behind;
	} cases[] = {
		{ "RejectMessageReasonText: no", YES, OPEN },
		{ "RedirectMessageTo: boss@contoso.nl", YES, OPEN },
		{ "ModerateMessageByUser: boss@contoso.nl", YES, OPEN },
		{ "ApplyHtmlDisclaimerText: hello", YES, OPEN },
		{ "SomethingOfNextYear: 1", OPEN, OPEN },
		{ "BlindCopyTo: audit@contoso.nl", YES, YES },
		{ "AddToRecipients: audit@contoso.nl", YES, YES },
		{ "PrependSubject: [out]", YES, YES },
		{ "ApplyOME: true", YES, YES },
		{ "SetAuditSeverity: Low", NO, YES },
		{ "GenerateIncidentReport: audit@contoso.nl", NO, YES },
		{ "RouteMessageOutboundRequireTls: true", NO, YES },
		{ "DeleteMessage: false", NO, YES },
		{ "ApplyOME: false", NO, YES },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char rules[256];
		const struct flow_copy *c;

		snprintf(rules, sizeof(rules), IS_TRUE "\n%s" THEN_ROUTE, cases[i].action);
		c = run(rules, "");
		if (c->altered != cases[i].altered || c->routed != cases[i].routed_behind)
			fail_msg("%s: altered %s, routed %s", cases[i].action,
			    case_answer_name(c->altered), case_answer_name(c->routed));
	}
}

/* Get-TransportRule shows every switch of every rule */
static void
switches_that_are_off(void **state)
{
	const struct flow_rule_result *r =
	    &run(IS_TRUE "\nAttachmentHasExecutableContent: False\nHasNoClassification: False\n"
			 "ExceptIfAttachmentIsUnsupported: False\nQuarantine: False",
		"")
		 ->results[0];

	(void)state;
	assert_int_equal(r->check_count, 1);
	assert_int_equal(r->fires, YES);
	assert_int_equal(
	    run(IS_TRUE "\nAttachmentHasExecutableContent: True", "")->results[0].fires, OPEN);
}

static void
sender_address_location(void **state)
{
	static const struct {
		const char *location;
		enum rule_answer anna, bert;
	} cases[] = {
		{ "Header", YES, NO },
		{ "Envelope", NO, YES },
		{ "HeaderOrEnvelope", YES, YES },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		static const char *const conditions[][2] = { { "From: ", "@contoso.nl" },
			{ "FromAddressContainsWords: ", "" },
			{ "FromAddressMatchesPatterns: ^", "@" } };

		for (size_t k = 0; k < COUNT(conditions); k++) {
			char rule[256];

			snprintf(rule, sizeof(rule), "SenderAddressLocation: %s\n%sanna%s",
			    cases[i].location, conditions[k][0], conditions[k][1]);
			assert_int_equal(
			    run(rule, "env: bert@contoso.nl")->results[0].fires, cases[i].anna);
			snprintf(rule, sizeof(rule), "SenderAddressLocation: %s\n%sbert%s",
			    cases[i].location, conditions[k][0], conditions[k][1]);
			assert_int_equal(
			    run(rule, "env: bert@contoso.nl")->results[0].fires, cases[i].bert);
		}
	}
}

#define IF_WORD(header, word) "HeaderContainsMessageHeader: " header "\nHeaderContainsWords: " word

static void
later_rules_see_what_earlier_ones_set(void **state)
{
	(void)state;
	assert_int_equal(
	    run(IS_TRUE "\nSetHeaderName: X-A\nSetHeaderValue: 1\n\n" IF_WORD("X-A", "1"), "")
		->results[1]
		.fires,
	    YES);
	assert_int_equal(
	    run(IS_FALSE "\nSetHeaderName: X-A\nSetHeaderValue: 1\n\n" IF_WORD("X-A", "1"), "")
		->results[1]
		.fires,
	    NO);
	assert_int_equal(run(IS_TRUE "\nRemoveHeader: X-A\n\n" IF_WORD("X-A", "1"), "h X-A: 1")
			     ->results[1]
			     .fires,
	    NO);
	/* not the other way round */
	assert_int_equal(
	    run(IF_WORD("X-A", "1") "\n\n" IS_TRUE "\nSetHeaderName: X-A\nSetHeaderValue: 1", "")
		->results[0]
		.fires,
	    NO);
}

static void
setting_a_header(void **state)
{
	const struct flow_copy *c =
	    run("SetHeaderName: X-A\nSetHeaderValue: new value", "h X-B: 1");

	(void)state;
	assert_int_equal(c->field_count, 2);
	assert_span(field_of(c, "X-A")->value, "new value");
	assert_false(field_of(c, "X-A")->uncertain);
	c = run("SetHeaderName: X-A\nSetHeaderValue: new", "h x-a: old\nh X-B: 1");
	assert_int_equal(c->field_count, 2);
	assert_span(field_of(c, "X-A")->value, "new");
	c = run(IS_OPEN "\nSetHeaderName: X-A\nSetHeaderValue: new", "h X-A: old");
	assert_int_equal(c->field_count, 2);
	assert_true(c->fields[0].uncertain && c->fields[1].uncertain);
	assert_span(c->fields[0].value, "old");
	assert_span(c->fields[1].value, "new");
}

static void
several_fields_of_a_name(void **state)
{
	const struct flow_copy *c = run(
	    "SetHeaderName: X-A\nSetHeaderValue: 3\n\n" IF_WORD("X-A", "3"), "h X-A: 1\nh X-A: 2");

	(void)state;
	assert_int_equal(c->field_count, 3);
	assert_int_equal(c->results[1].fires, OPEN);
	c = run("RemoveHeader: X-A\n\n" IF_WORD("X-A", "1"), "h X-A: 1\nh X-A: 1");
	assert_int_equal(c->field_count, 2);
	assert_true(c->fields[0].uncertain && c->fields[1].uncertain);
	assert_int_equal(c->results[1].fires, OPEN);
}

/*
 * A rule that may have acted: in every case that may be the case, the condition is met, or in none, or it is
 * not known. Rules in front of the last one, fields of the mail, the answer of the last, which asks for "1".
 */
static void
what_may_have_been_set(void **state)
{
#define SET(value)    "SetHeaderName: X-A\nSetHeaderValue: " value "\n\n"
#define MAY_SET(what) IS_OPEN "\n" SET(what)
#define MAY_REMOVE    IS_OPEN "\nRemoveHeader: X-A\n\n"
#define MASKED        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	static const struct {
		const char *rules, *mail;
		enum rule_answer want;
	} cases[] = {
		/* old and new agree */
		{ MAY_SET("1"), "h X-A: 1", YES },
		{ MAY_SET("1 b"), "h X-A: a 1", YES },
		{ MAY_SET("2"), "h X-A: 3", NO },
		{ MAY_SET("1") MAY_SET("1 1") MAY_SET("a 1"), "h X-A: 1", YES },
		{ MAY_SET("2"), "", NO },
		{ MAY_REMOVE, "h X-A: 2", NO },
		{ MAY_REMOVE, "", NO },
		/* they do not */
		{ MAY_SET("2"), "h X-A: 1", OPEN },
		{ MAY_SET("1"), "h X-A: 2", OPEN },
		{ MAY_SET("1"), "", OPEN },
		{ MAY_SET("1") MAY_SET("1 1"), "", OPEN },
		{ MAY_SET("1") MAY_SET("2"), "h X-A: 1", OPEN },
		{ MAY_REMOVE, "h X-A: 1", OPEN },
		{ MAY_REMOVE MAY_SET("1"), "h X-A: 1", OPEN },
		{ MAY_SET("1") MAY_REMOVE, "h X-A: 1", OPEN },
		{ MAY_SET(MASKED), "h X-A: 1", OPEN },
		/* what is certain ends all doubt */
		{ MAY_SET("2") SET("1"), "h X-A: 3", YES },
		{ MAY_REMOVE SET("1"), "h X-A: 2", YES },
		{ MAY_SET("1") SET("2"), "h X-A: 1", NO },
		{ MAY_SET("1") "RemoveHeader: X-A\n\n", "h X-A: 1", NO },
		{ MAY_SET(MASKED) SET("1"), "", YES },
		{ SET("1") MAY_SET("1"), "", YES },
		{ SET("1") MAY_REMOVE SET("1"), "h X-A: 2", YES },
		/* several of the name */
		{ SET("1"), "h X-A: 1\nh X-A: 1 a", YES },
		{ SET("2"), "h X-A: 3\nh X-A: 4", NO },
		{ SET("1"), "h X-A: 3\nh X-A: 4", OPEN },
		{ SET("2"), "h X-A: 1\nh X-A: 1", OPEN },
		{ MAY_SET("1"), "h X-A: 1\nh X-A: 1 a", YES },
		{ MAY_SET("1"), "h X-A: 1\nh X-A: 2", OPEN },
		{ MAY_SET("1") SET("2"), "h X-A: 1\nh X-A: 1", OPEN },
		{ MAY_SET("1") SET("1"), "h X-A: 1\nh X-A: 1", YES },
		{ "RemoveHeader: X-A\n\n", "h X-A: 2\nh X-A: 3", NO },
		{ "RemoveHeader: X-A\n\n" SET("1"), "h X-A: 1\nh X-A: 1 a", YES },
		{ "RemoveHeader: X-A\n\n" SET("1"), "h X-A: 1\nh X-A: 2", OPEN },
		/* another field is another field */
		{ MAY_SET("1"), "h X-AB: 1", OPEN },
		{ IS_OPEN "\nSetHeaderName: X-AB\nSetHeaderValue: 2\n\n", "h X-A: 1", YES },
		/* sets and removes: which of the two comes first is not said */
		{ "RemoveHeader: X-A\n" SET("1"), "h X-A: 1", OPEN },
		{ "RemoveHeader: X-A\n" SET("2"), "h X-A: 1", NO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char rules[1024];
		const struct flow_copy *c;

		snprintf(rules, sizeof(rules), "%s" IF_WORD("X-A", "1"), cases[i].rules);
		c = run(rules, cases[i].mail);
		if (c->results[c->result_count - 1].fires != cases[i].want)
			fail_msg("%s with %s: wanted %s", rules, cases[i].mail,
			    case_answer_name(cases[i].want));
	}
}

/* many rules that may set one field need no more room than the values they set */
static void
many_that_may_set(void **state)
{
	static char rules[64 << 10], mail[] = "h X-A: v\nh X-A: 1";
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		len += (size_t)snprintf(rules + len, sizeof(rules) - len,
		    IS_OPEN "\nSetHeaderName: X-A\nSetHeaderValue: v%zu\n\n%s", i % 10,
		    i % 20 == 0 ? MAY_REMOVE : "");
	snprintf(rules + len, sizeof(rules) - len, IF_WORD("X-A", "2"));
	const struct flow_copy *c = run(rules, mail);
	assert_true(c->field_count <= 12);
	assert_int_equal(c->results[c->result_count - 1].fires, NO);
}

static void
removing_a_header(void **state)
{
	const struct flow_copy *c = run("RemoveHeader: x-a", "h X-A: 1\nh X-AB: 2\nh X-B: 3");

	(void)state;
	assert_int_equal(c->field_count, 2);
	assert_false(has_field(c, "X-A"));
	assert_true(has_field(c, "X-AB"));
	c = run(IS_OPEN "\nRemoveHeader: X-A", "h X-A: 1");
	assert_int_equal(c->field_count, 1);
	assert_true(c->fields[0].uncertain);
	c = run(IS_FALSE "\nRemoveHeader: X-A", "h X-A: 1");
	assert_false(c->fields[0].uncertain);
	/* which of the two comes first is not said */
	c = run("RemoveHeader: X-A\nSetHeaderName: X-A\nSetHeaderValue: 2", "h X-A: 1");
	assert_true(field_of(c, "X-A")->uncertain);
}

static void
routing(void **state)
{
	const struct flow_copy *c = run(IS_TRUE "\nRouteMessageOutboundConnector: Out", "");

	(void)state;
	assert_int_equal(c->routed, YES);
	assert_true(c->connector_sure);
	assert_span(c->connector, "Out");
	c = run(IS_FALSE "\nRouteMessageOutboundConnector: Out", "");
	assert_int_equal(c->routed, NO);
	assert_int_equal(c->connector.len, 0);
	c = run(IS_OPEN "\nRouteMessageOutboundConnector: Out", "");
	assert_int_equal(c->routed, OPEN);
	assert_true(c->connector_sure);
	assert_span(c->connector, "Out");
}

static void
routing_twice(void **state)
{
	static const struct {
		const char *first, *second;
		enum rule_answer routed;
		bool sure;
		const char *connector;
	} cases[] = {
		{ IS_TRUE, IS_TRUE, YES, false, "B" },
		{ IS_TRUE, IS_OPEN, YES, false, "B" },
		{ IS_OPEN, IS_TRUE, YES, false, "B" },
		{ IS_OPEN, IS_OPEN, OPEN, false, "B" },
		{ IS_TRUE, IS_FALSE, YES, true, "A" },
		{ IS_FALSE, IS_TRUE, YES, true, "B" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char rules[256];
		const struct flow_copy *c;

		snprintf(rules, sizeof(rules),
		    "%s\nRouteMessageOutboundConnector: A\n\n%s\nRouteMessageOutboundConnector: B",
		    cases[i].first, cases[i].second);
		c = run(rules, "");
		assert_int_equal(c->routed, cases[i].routed);
		assert_int_equal(c->connector_sure, cases[i].sure);
		assert_span(c->connector, cases[i].connector);
	}
	assert_true(run("RouteMessageOutboundConnector: A\n\nRouteMessageOutboundConnector: a", "")
			->connector_sure);
}

static void
spam_level(void **state)
{
	(void)state;
	assert_int_equal(run(IS_TRUE "\nSetSCL: -1", "")->spam_check_skipped, YES);
	assert_int_equal(run(IS_TRUE "\nSetSCL: 5", "")->spam_check_skipped, NO);
	assert_int_equal(run(IS_FALSE "\nSetSCL: -1", "")->spam_check_skipped, NO);
	assert_int_equal(run(IS_OPEN "\nSetSCL: -1", "")->spam_check_skipped, OPEN);
	assert_int_equal(run("SetSCL: -1\n\nSetSCL: 5", "")->spam_check_skipped, NO);
	assert_int_equal(run("SetSCL: -1\n\n" IS_OPEN "\nSetSCL: 5", "")->spam_check_skipped, OPEN);
	assert_int_equal(run("SetSCL: -1\n\n" IS_OPEN "\nSetSCL: -1", "")->spam_check_skipped, YES);
}

/* Microsoft: internal recipients get the original copy, external ones the routed one */
static void
copies(void **state)
{
	struct flow_outcome out = case_run("SentToScope: NotInOrganization\n"
					   "RouteMessageOutboundConnector: Out\n"
					   "SetHeaderName: X-A\nSetHeaderValue: 1",
	    "to: bert@contoso.nl\nto: out@fabrikam.com\nto: anna@contoso.nl\nto: b@northwind.com",
	    &case_arena);
	const struct flow_copy *inside = &out.copies[0], *outside = &out.copies[1];

	(void)state;
	assert_int_equal(out.count, 2);
	assert_int_equal(inside->recipient_count, 2);
	assert_span(inside->recipients[0], "bert@contoso.nl");
	assert_span(inside->recipients[1], "anna@contoso.nl");
	assert_int_equal(inside->routed, NO);
	assert_false(has_field(inside, "X-A"));
	assert_int_equal(outside->recipient_count, 2);
	assert_span(outside->recipients[0], "out@fabrikam.com");
	assert_span(outside->recipients[1], "b@northwind.com");
	assert_int_equal(outside->routed, YES);
	assert_span(field_of(outside, "X-A")->value, "1");
}

static void
copies_part_where_they_differ(void **state)
{
	struct flow_outcome out;

	(void)state;
	/* three rules, four ways */
	out = case_run("SentTo: a@x.nl | b@x.nl\nSetHeaderName: X-A\nSetHeaderValue: 1\n\n"
		       "SentTo: b@x.nl | c@x.nl\nSetHeaderName: X-B\nSetHeaderValue: 1\n\n"
		       "SentTo: c@x.nl\nStopRuleProcessing: true\n\n"
		       "SetHeaderName: X-C\nSetHeaderValue: 1",
	    "to: a@x.nl\nto: b@x.nl\nto: c@x.nl\nto: d@x.nl\nto: e@x.nl\nto: b@x.nl", &case_arena);
	assert_int_equal(out.count, 4);
	assert_int_equal(case_copy(&out, "b@x.nl")->recipient_count, 2);
	assert_true(has_field(case_copy(&out, "a@x.nl"), "X-A"));
	assert_false(has_field(case_copy(&out, "a@x.nl"), "X-B"));
	assert_true(has_field(case_copy(&out, "b@x.nl"), "X-A"));
	assert_true(has_field(case_copy(&out, "b@x.nl"), "X-B"));
	assert_false(has_field(case_copy(&out, "c@x.nl"), "X-C"));
	assert_int_equal(case_copy(&out, "c@x.nl")->results[3].skip, FLOW_STOPPED);
	assert_int_equal(case_copy(&out, "d@x.nl")->recipient_count, 2);
	assert_true(has_field(case_copy(&out, "e@x.nl"), "X-C"));
	/* nothing on recipients: one copy for all */
	out = case_run(IS_TRUE, "to: a@x.nl\nto: b@contoso.nl\nto: sales@contoso.nl", &case_arena);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.copies[0].recipient_count, 3);
	/* an exception on a recipient parts as a condition does */
	out = case_run("ExceptIfSentTo: a@x.nl\nSetSCL: -1", "to: a@x.nl\nto: b@x.nl", &case_arena);
	assert_int_equal(out.count, 2);
	assert_int_equal(case_copy(&out, "a@x.nl")->spam_check_skipped, NO);
	assert_int_equal(case_copy(&out, "b@x.nl")->spam_check_skipped, YES);
}

static const struct flow_check *
check_at(const struct flow_copy *c, size_t rule, size_t check)
{
	assert_true(rule < c->result_count && check < c->results[rule].check_count);
	return &c->results[rule].checks[check];
}

/* the rule comes out the same for all, for different reasons: one copy, and each reason with whom it is of */
static void
reasons_make_no_copies(void **state)
{
	static const char rule[] = "SentToScope: NotInOrganization\nAttachmentSizeOver: 1KB\n"
				   "RouteMessageOutboundConnector: Out";
	struct flow_outcome out = case_run(rule,
	    "to: out@fabrikam.com\nto: bert@contoso.nl\nto: b@x\nto: anna@contoso.nl\nto: c@x\n"
	    "to: d@x\nto: e@x",
	    &case_arena);
	const struct flow_copy *c = &out.copies[0];

	(void)state;
	assert_int_equal(out.count, 1);
	assert_int_equal(c->recipient_count, 7);
	assert_int_equal(c->results[0].fires, NO);
	assert_int_equal(c->results[0].check_count, 3);
	/* in the order of the facts */
	assert_span(check_at(c, 0, 0)->name, "SentToScope");
	assert_int_equal(check_at(c, 0, 0)->answer, NO);
	assert_int_equal(check_at(c, 0, 0)->only_for, 2);
	assert_span(check_at(c, 0, 0)->detail,
	    "For \"bert@contoso.nl\" and \"anna@contoso.nl\": The recipient is not outside the "
	    "organisation.");
	assert_span(check_at(c, 0, 1)->name, "SentToScope");
	assert_int_equal(check_at(c, 0, 1)->answer, YES);
	assert_int_equal(check_at(c, 0, 1)->only_for, 5);
	assert_span(check_at(c, 0, 1)->detail,
	    "For \"out@fabrikam.com\", \"b@x\", \"c@x\" and 2 more: The recipient is outside the "
	    "organisation.");
	assert_span(check_at(c, 0, 2)->name, "AttachmentSizeOver");
	assert_int_equal(check_at(c, 0, 2)->only_for, 0);
	/* with a file the rule fires for some: they get their copy, and the reasons are plain */
	out = case_run(
	    rule, "file: 5000\nto: out@fabrikam.com\nto: bert@contoso.nl\nto: b@x", &case_arena);
	assert_int_equal(out.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(out.copies[i].results[0].check_count, 2);
		assert_int_equal(check_at(&out.copies[i], 0, 0)->only_for, 0);
		assert_int_equal(check_at(&out.copies[i], 0, 0)->answer, i == 0 ? YES : NO);
	}
	assert_span(
	    check_at(&out.copies[0], 0, 0)->detail, "The recipient is outside the organisation.");
	/* unknown for different reasons is one copy too */
	out = case_run("SentToMemberOf: users@contoso.nl",
	    "to: carl@contoso.nl\nto: dora@contoso.nl", &case_arena);
	assert_int_equal(out.count, 1);
	/* yes by one fact or another */
	out = case_run("SentToMemberOf: sales@contoso.nl",
	    "to: eva@contoso.nl\nto: sales@contoso.nl", &case_arena);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.copies[0].results[0].check_count, 2);
	assert_int_equal(out.copies[0].results[0].fires, YES);
	/* whether or not a rule in front may have ended the pass */
	out = case_run(IS_OPEN "\nStopRuleProcessing: true\n\nSentToMemberOf: users@contoso.nl",
	    "to: anna@contoso.nl\nto: carl@contoso.nl", &case_arena);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.copies[0].results[1].fires, OPEN);
}

/* a copy says nothing of those who are in another */
static void
reasons_are_those_of_the_copy(void **state)
{
	struct flow_outcome out =
	    case_run("SentToScope: NotInOrganization\nAttachmentSizeOver: 1KB\n\n"
		     "SentTo: b@x | anna@contoso.nl\nSetSCL: 1",
		"to: a@x\nto: b@x\nto: c@x\nto: anna@contoso.nl\nto: bert@contoso.nl", &case_arena);
	const struct flow_copy *rest = case_copy(&out, "a@x"), *named = case_copy(&out, "b@x");

	(void)state;
	assert_int_equal(out.count, 2);
	assert_span(check_at(rest, 0, 0)->detail,
	    "For \"bert@contoso.nl\": The recipient is not outside the organisation.");
	assert_span(check_at(rest, 0, 1)->detail,
	    "For \"a@x\" and \"c@x\": The recipient is outside the organisation.");
	assert_span(check_at(named, 0, 0)->detail,
	    "For \"anna@contoso.nl\": The recipient is not outside the organisation.");
	assert_span(check_at(named, 0, 1)->detail,
	    "For \"b@x\": The recipient is outside the organisation.");
	/* where one is left, it is said plainly */
	out = case_run("SentToScope: NotInOrganization\nAttachmentSizeOver: 1KB\n\n"
		       "SentTo: a@x\nSetSCL: 1",
	    "to: a@x\nto: bert@contoso.nl", &case_arena);
	assert_int_equal(case_copy(&out, "a@x")->results[0].check_count, 2);
	assert_int_equal(check_at(case_copy(&out, "a@x"), 0, 0)->only_for, 0);
	assert_int_equal(check_at(case_copy(&out, "a@x"), 0, 0)->answer, YES);
	assert_int_equal(check_at(case_copy(&out, "bert@contoso.nl"), 0, 0)->answer, NO);
}

/* of those who share an unknown answer, one may get a copy of his own: "any" is not all of them then */
static void
unknown_may_part(void **state)
{
	static const char any[] = "AnyOfRecipientAddressContainsWords: fabrikam";
	static const char to[] = "to: out@fabrikam.com\nto: bert@contoso.nl";
	static const struct {
		const char *first;
		enum rule_answer want;
	} cases[] = {
		{ "SentTo: Bert Smith", OPEN },
		{ "SentToMemberOf: other@contoso.nl", OPEN },
		{ "SCLOver: 5\nSentToScope: NotInOrganization", OPEN },
		/* what is unknown of the mail is the same for all */
		{ "SCLOver: 5", YES },
		{ "SCLOver: 5\nSentTo: c@x", YES },
		{ "FromScope: NotInOrganization\nSentTo: Bert Smith", YES },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char rules[512];
		struct flow_outcome out;

		snprintf(rules, sizeof(rules), "%s\nSetSCL: 1\n\n%s", cases[i].first, any);
		out = case_run(rules, to, &case_arena);
		enum rule_answer have = case_copy(&out, "bert@contoso.nl")->results[1].fires;
		if (have != cases[i].want)
			fail_msg("%s: %s", cases[i].first, case_answer_name(have));
	}
	/* all of them meet it, or nobody does */
	assert_int_equal(case_run("SentTo: Bert Smith\nSetSCL: 1\n\n"
				  "AnyOfRecipientAddressContainsWords: fabrikam",
			     "to: a@fabrikam.com\nto: b@fabrikam.com", &case_arena)
			     .copies[0]
			     .results[1]
			     .fires,
	    YES);
	assert_int_equal(case_run("SentTo: Bert Smith\nSetSCL: 1\n\n"
				  "AnyOfRecipientAddressContainsWords: northwind",
			     "to: a@fabrikam.com\nto: b@fabrikam.com", &case_arena)
			     .copies[0]
			     .results[1]
			     .fires,
	    NO);
}

/* what is done to one copy is not done to another, and each has all its results */
static void
copies_are_their_own(void **state)
{
	struct flow_outcome out =
	    case_run("SetHeaderName: X-A\nSetHeaderValue: 1\n\n"
		     "SentTo: c@x.nl\nRemoveHeader: X-A\n\n"
		     "SentTo: b@x.nl\nSetHeaderName: X-A\nSetHeaderValue: 2\n\n"
		     "SentTo: a@x.nl\nSetHeaderName: X-B\nSetHeaderValue: 3",
		"to: a@x.nl\nto: b@x.nl\nto: c@x.nl\nh X-A: 0\nh X-C: 4", &case_arena);

	(void)state;
	assert_int_equal(out.count, 3);
	/* in the order of their first recipients, not in that in which they parted */
	assert_span(out.copies[0].recipients[0], "a@x.nl");
	assert_span(out.copies[1].recipients[0], "b@x.nl");
	assert_span(out.copies[2].recipients[0], "c@x.nl");
	assert_span(field_of(&out.copies[0], "X-A")->value, "1");
	assert_span(field_of(&out.copies[1], "X-A")->value, "2");
	assert_false(has_field(&out.copies[2], "X-A"));
	assert_true(has_field(&out.copies[0], "X-B"));
	for (size_t i = 0; i < 3; i++) {
		const struct flow_copy *c = &out.copies[i];

		assert_span(field_of(c, "X-C")->value, "4");
		assert_int_equal(c->result_count, 4);
		assert_int_equal(c->results[0].fires, YES);
		assert_int_equal(c->results[1].fires, i == 2 ? YES : NO);
		assert_int_equal(c->results[2].fires, i == 1 ? YES : NO);
		assert_int_equal(c->results[3].fires, i == 0 ? YES : NO);
		for (size_t k = 0; k < 4; k++)
			assert_ptr_equal(c->results[k].rule, out.copies[0].results[k].rule);
	}
}

/* two reasons for one answer: the same is cited in any order */
static void
order_of_recipients_changes_nothing(void **state)
{
	static const char rule[] = "AnyOfRecipientAddressMatchesPatterns: ^a.d@x | [z]";
	const struct flow_copy *one =
	    run(rule, "to: acd@x.nl\nto: bert@x.nl\nto: sales@contoso.nl");
	const struct flow_copy *other =
	    run(rule, "to: sales@contoso.nl\nto: bert@x.nl\nto: acd@x.nl");

	(void)state;
	assert_int_equal(one->results[0].checks[0].answer, OPEN);
	assert_ptr_equal(one->results[0].checks[0].fact, other->results[0].checks[0].fact);
}

static void
no_recipients_no_copy(void **state)
{
	struct flow_rules rules = case_rules(IS_TRUE, &case_arena);
	struct flow_world world = case_world();
	struct flow_mail mail = *case_mail("", &case_arena);
	struct flow_outcome out;

	(void)state;
	mail.recipient_count = 0;
	assert_ok(flow_run(&rules, &world, &mail, &case_arena, &out));
	assert_int_equal(out.count, 0);
	/* and no rules: one copy, nothing asked */
	rules = (struct flow_rules){ NULL, 0 };
	assert_ok(flow_run(
	    &rules, &world, case_mail("to: a@x\nto: b@y", &case_arena), &case_arena, &out));
	assert_int_equal(out.count, 1);
	assert_int_equal(out.copies[0].result_count, 0);
	assert_int_equal(out.copies[0].routed, NO);
}

static void
returned_mail(void **state)
{
	struct flow_rules rules =
	    case_rules("SentToScope: NotInOrganization\nRouteMessageOutboundConnector: Out\n"
		       "SetHeaderName: X-Secret\nSetHeaderValue: s3cret",
		&case_arena);
	struct flow_world world = case_world();
	const struct flow_mail *sent = case_mail("to: out@fabrikam.com\nto: bert@contoso.nl\n"
						 "h X-SecuDoc: forged\nh x-secudoc-enabled: 1\n"
						 "h Subject: hello\nfile: 5000\nOOF: yes\n"
						 "Signed: yes\nVoicemail: unknown",
	    &case_arena);
	struct flow_return how = { SPAN("tok1"), SPAN("x-secret"), true };
	struct flow_outcome out;
	struct flow_mail back;

	(void)state;
	assert_ok(flow_run(&rules, &world, sent, &case_arena, &out));
	assert_ok(
	    flow_returned(sent, case_copy(&out, "out@fabrikam.com"), &how, &case_arena, &back));
	assert_int_equal(back.field_count, 3);
	assert_span(back.fields[0].name, "X-SecuDoc");
	assert_span(back.fields[0].value, "1.0 tok1");
	/* the service marks every mail that it hands on; with what, only it can know */
	assert_span(back.fields[1].name, "X-SecuDoc-Mark");
	assert_true(back.fields[1].masked && back.fields[1].filled);
	assert_span(back.fields[2].name, "Subject");
	assert_int_equal(back.recipient_count, 1);
	assert_span(back.recipients[0], "out@fabrikam.com");
	assert_int_equal(back.attachment_count, 1);
	assert_int_equal(back.authenticated, YES);
	assert_int_equal(back.types[FLOW_OOF], OPEN);
	assert_int_equal(back.types[FLOW_SIGNED], YES);
	assert_int_equal(back.types[FLOW_VOICEMAIL], OPEN);
	assert_int_equal(back.types[FLOW_APPROVAL_REQUEST], NO);
	how = (struct flow_return){ SPAN_NONE, SPAN_NONE, false };
	assert_ok(
	    flow_returned(sent, case_copy(&out, "out@fabrikam.com"), &how, &case_arena, &back));
	assert_span(back.fields[0].value, "1.0");
	assert_int_equal(back.field_count, 4);
	assert_int_equal(back.authenticated, OPEN);
}

/* of the mark it is known that something stands in it, and no more */
static void
mark_of_the_returned_mail(void **state)
{
	static const struct {
		const char *pattern;
		enum rule_answer want;
	} cases[] = { { "\\S", YES }, { "x | \\S", YES }, { "v1", OPEN }, { "\\s", OPEN },
		{ "^\\S", OPEN }, { "(x)", OPEN } };
	struct flow_return how = { SPAN("tok1"), SPAN_NONE, true };
	struct flow_world world = case_world();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[128];
		struct flow_outcome out;
		struct flow_mail back;

		snprintf(text, sizeof(text),
		    "HeaderMatchesMessageHeader: X-SecuDoc-Mark\nHeaderMatchesPatterns: %s",
		    cases[i].pattern);
		struct flow_rules rules = case_rules(text, &case_arena);
		const struct flow_mail *sent = case_mail("h X-SecuDoc-Mark: forged", &case_arena);

		assert_ok(flow_run(&rules, &world, sent, &case_arena, &out));
		assert_ok(flow_returned(sent, &out.copies[0], &how, &case_arena, &back));
		assert_ok(flow_run(&rules, &world, &back, &case_arena, &out));
		assert_int_equal(out.copies[0].results[0].fires, cases[i].want);
	}
	/* of what a rule sets in an export nothing is known, not even that */
	assert_int_equal(run("SetHeaderName: X-A\nSetHeaderValue: " MASKED
			     "\n\nHeaderMatchesMessageHeader: X-A\nHeaderMatchesPatterns: \\S",
			     "")
			     ->results[1]
			     .fires,
	    OPEN);
}

/* what Exchange would not have taken is unknown, and so is what it does; other rules are asked as ever */
static void
broken_rules_are_unknown(void **state)
{
	static const struct {
		const char *rule, *check;
		enum rule_answer fires;
	} cases[] = {
		{ "HeaderContainsWords: 1", "HeaderContainsWords", OPEN },
		{ "HeaderContainsMessageHeader: X-A", "HeaderContainsMessageHeader", OPEN },
		{ "HeaderMatchesMessageHeader: X-A\nExceptIfHeaderMatchesPatterns: 1",
		    "HeaderMatchesMessageHeader", OPEN },
		{ "ExceptIfHeaderMatchesPatterns: 1", "ExceptIfHeaderMatchesPatterns", OPEN },
		{ "SetHeaderName: X-A", "SetHeaderName", OPEN },
		{ "SetHeaderValue: 1", "SetHeaderValue", OPEN },
		{ "Mode: Sometimes", "Mode", OPEN },
		{ "SenderAddressLocation: Body", "SenderAddressLocation", OPEN },
		{ "SenderAddressLocation: Body\n" IS_FALSE, "SenderAddressLocation", OPEN },
		{ "SenderAddressLocation: Body\nSentTo: x@y", "SenderAddressLocation", NO },
		{ "HeaderContainsWords: 1\n" IS_FALSE, "HeaderContainsWords", NO },
		{ "Mode: Sometimes\nExceptIf" IS_TRUE, "Mode", NO },
		{ "SetHeaderName: X-A\n" IS_FALSE, "SetHeaderName", NO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char rules[512];
		const struct flow_copy *c;
		size_t k = 0;

		snprintf(rules, sizeof(rules), "%s\nRouteMessageOutboundConnector: Out\n\n" IS_TRUE,
		    cases[i].rule);
		c = run(rules, "h X-A: 1");
		const struct flow_rule_result *r = &c->results[0];
		while (k < r->check_count && !span_eq(r->checks[k].name, span_str(cases[i].check)))
			k++;
		if (k == r->check_count || r->fires != cases[i].fires ||
		    c->routed != cases[i].fires)
			fail_msg("%s: %s", cases[i].rule, case_answer_name(r->fires));
		assert_string_equal(r->checks[k].fact->id, "rule-broken");
		assert_int_equal(c->results[1].fires, YES);
	}
	/* half of an action, and what is not known, may have changed any field */
	assert_int_equal(
	    run(IS_TRUE "\nSetHeaderValue: 1\n\n" IF_WORD("X-A", "1"), "")->results[1].fires, OPEN);
	assert_int_equal(
	    run(IS_TRUE "\nSetHeaderName: X-A\n\n" IF_WORD("X-A", "1"), "")->results[1].fires,
	    OPEN);
	assert_int_equal(
	    run("SomethingOfNextYear: 1\n\n" IF_WORD("X-A", "1"), "")->results[1].fires, OPEN);
	assert_int_equal(
	    run(IS_FALSE "\nSomethingOfNextYear: 1\n\n" IF_WORD("X-A", "1"), "")->results[1].fires,
	    NO);
}

/* a rule without a name is none */
static void
refuses_rules_without_a_name(void **state)
{
	struct exo_list list = { 0 };
	struct flow_rules rules;
	struct exo_object *o;

	(void)state;
	assert_ok(exo_add(&list, EXO_TRANSPORT_RULE, &case_arena, &o));
	assert_err(flow_compile(&list, &case_arena, &rules), ERR_SYNTAX, "without a name");
}

/* sentences are one line that does nothing to a terminal, and name no recipient: copies share them */
static void
details_are_safe(void **state)
{
	static const char *const want[] = {
		"Field X-A \"U+001B[31m red\", \"??\" may contain \"a\", \"b\", \"c\" or 2 more.",
		"The recipient is not \"x@y\".",
		"One attachment, of 3 bytes, is not larger than 1048576 bytes.",
		"The message, of 5000 bytes, is not larger than 5242880 bytes.",
		"Sender \"anna@contoso.nl\" is inside the organisation.",
		"Field Subject \"U+202E caf\xC3\xA9\" matches \"^\\s*U+202E\".",
		"The message may be over spam level 5.",
		"Not looked at; the rule names \"High\".",
		"No field X-B.",
		"No recipient's address contains \"z\".",
		"The message is not of type OOF.",
	};
	struct flow_outcome out = case_run(
	    "HeaderContainsMessageHeader: X-A\nHeaderContainsWords: a | b | c | d | e\n"
	    "SentTo: x@y\nAttachmentSizeOver: 1 MB\nMessageSizeOver: 5 MB\nFromScope: InOrganization\n"
	    "SubjectMatchesPatterns: ^\\s*\xE2\x80\xAE\nSCLOver: 5\nWithImportance: High\n"
	    "HeaderMatchesMessageHeader: X-B\nHeaderMatchesPatterns: "
	    "xyz\n"
	    "AnyOfRecipientAddressContainsWords: z\nExceptIfMessageTypeMatches: OOF",
	    "h X-A: \x1B[31m red\nh X-A: \xFF\xFE\nh Subject: \xE2\x80\xAE caf\xC3\xA9\nfile: 3\n"
	    "to: secret-person@fabrikam.com",
	    &case_arena);
	const struct flow_rule_result *r = &out.copies[0].results[0];

	(void)state;
	assert_int_equal(r->check_count, COUNT(want));
	for (size_t i = 0; i < r->check_count; i++)
		assert_span(r->checks[i].detail, want[i]);
	r = &run("SenderAddressLocation: HeaderOrEnvelope\nFrom: x", "env: bert@contoso.nl")
		 ->results[0];
	assert_span(
	    r->checks[0].detail, "Sender \"anna@contoso.nl\" or \"bert@contoso.nl\" may be \"x\".");
}

/* yes, no and unknown read differently, and so do words and patterns */
static void
details_say_the_answer(void **state)
{
	static const struct {
		const char *rule, *mail, *detail, *asked;
	} cases[] = {
		{ "From: anna@contoso.nl", "", "Sender \"anna@contoso.nl\" is \"anna@contoso.nl\".",
		    "\"anna@contoso.nl\"" },
		{ "From: a@x | b@x", "", "Sender \"anna@contoso.nl\" is not \"a@x\" or \"b@x\".",
		    "\"a@x\" or \"b@x\"" },
		{ "From: Anna", "", "Sender \"anna@contoso.nl\" may be \"Anna\".", "\"Anna\"" },
		{ "FromMemberOf: users@contoso.nl", "",
		    "Sender \"anna@contoso.nl\" is in \"users@contoso.nl\".",
		    "\"users@contoso.nl\"" },
		{ "FromMemberOf: sales@contoso.nl", "",
		    "Sender \"anna@contoso.nl\" is not in \"sales@contoso.nl\".",
		    "\"sales@contoso.nl\"" },
		{ "ExceptIfFromMemberOf: other@contoso.nl", "",
		    "Sender \"anna@contoso.nl\" may be in \"other@contoso.nl\".",
		    "\"other@contoso.nl\"" },
		{ "FromScope: NotInOrganization", "",
		    "Sender \"anna@contoso.nl\" is not outside the organisation.",
		    "outside the organisation" },
		{ "From: bert@contoso.nl", "odd: from",
		    "Sender \"anna@contoso.nl\", who is not certain, may be \"bert@contoso.nl\".",
		    "\"bert@contoso.nl\"" },
		{ "SenderDomainIs: contoso.nl", "",
		    "Sender \"anna@contoso.nl\" is of \"contoso.nl\".", "\"contoso.nl\"" },
		{ "SentToScope: NotInOrganization", "to: out@fabrikam.com",
		    "The recipient is outside the organisation.", "outside the organisation" },
		{ "SentToScope: InPartner", "to: out@fabrikam.com",
		    "The recipient may be of the scope \"InPartner\".",
		    "of the scope \"InPartner\"" },
		{ "AnyOfRecipientAddressMatchesPatterns: out", "to: out@fabrikam.com",
		    "A recipient's address matches \"out\".", "\"out\"" },
		{ "RecipientAddressContainsWords: out", "to: out@fabrikam.com",
		    "The recipient's address contains \"out\".", "\"out\"" },
		{ "AttachmentSizeOver: 2 KB", "", "No attachment.", "2048 bytes" },
		{ "AttachmentSizeOver: 2 KB", "Encrypted: yes",
		    "An attachment, not seen here, may count as larger than 2048 bytes.",
		    "2048 bytes" },
		{ "AttachmentSizeOver: 2 KB", "file: 2048",
		    "One attachment, of 2048 bytes, may count as larger than 2048 bytes.",
		    "2048 bytes" },
		{ "AttachmentSizeOver: 2 KB", "file: 3000\nfile: 20",
		    "The largest of 2 attachments, of 3000 bytes, is larger than 2048 bytes.",
		    "2048 bytes" },
		{ "HeaderContainsMessageHeader: X-A\nHeaderContainsWords: a", "h X-A: a",
		    "Field X-A \"a\" contains \"a\".", "\"a\"" },
		{ "HeaderContainsMessageHeader: Received\nHeaderContainsWords: a", "",
		    "A field Received, not seen here, may contain \"a\".", "\"a\"" },
		{ "SubjectContainsWords: a", "", "No field Subject.", "\"a\"" },
		{ "MessageTypeMatches: OOF", "OOF: yes", "The message is of type OOF.", "OOF" },
		{ "MessageTypeMatches: OOF", "OOF: unknown", "The message may be of type OOF.",
		    "OOF" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct flow_check *c = run(cases[i].rule, cases[i].mail)->results[0].checks;

		assert_span(c->detail, cases[i].detail);
		assert_span(c->asked, cases[i].asked);
	}
}

static bool
rests_on(const struct flow_copy *c, const char *fact)
{
	size_t found = 0;

	for (size_t i = 0; i < c->fact_count; i++) {
		assert_int_equal(c->facts[i]->place, FLOW_OF_PASS);
		found += strcmp(c->facts[i]->id, fact) == 0;
	}
	assert_true(found < 2);
	return found == 1;
}

/* the fact of the pass that the first check of the second rule rests on as well */
static void
checks_cite_the_pass(void **state)
{
	static const struct {
		const char *rules, *mail, *also;
	} cases[] = {
		{ IS_TRUE "\n" SET("1") IF_WORD("X-A", "1"), "", "sees-earlier" },
		{ IS_OPEN "\n" SET("1") IF_WORD("X-A", "1"), "", "sees-earlier" },
		{ "RemoveHeader: x-a\n\n" IF_WORD("X-A", "1"), "h X-A: 1", "sees-earlier" },
		{ "SetHeaderName: Subject\nSetHeaderValue: 1\n\nSubjectContainsWords: 1", "",
		    "sees-earlier" },
		{ SET("1") IF_WORD("X-A", "1"), "h X-A: 1\nh X-A: 2", "set-header-many" },
		{ "RemoveHeader: X-A\n\n" IF_WORD("X-A", "1"), "h X-A: 1\nh X-A: 2",
		    "set-header-many" },
		/* nothing was done to it */
		{ IS_FALSE "\n" SET("1") IF_WORD("X-A", "1"), "h X-A: 1", NULL },
		{ "Mode: Audit\n" SET("1") IF_WORD("X-A", "1"), "h X-A: 1", NULL },
		{ IS_TRUE "\n" SET("1") IF_WORD("X-B", "1"), "h X-B: 1", NULL },
		{ "RemoveHeader: X-A\n\n" IF_WORD("X-A", "1"), "", NULL },
		{ IS_TRUE "\n" SET("1") "From: anna@contoso.nl", "", NULL },
		{ IS_TRUE "\n\n" IF_WORD("X-A", "1"), "h X-A: 1\nh X-A: 2", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct flow_copy *c = run(cases[i].rules, cases[i].mail);
		const struct flow_fact *also = c->results[1].checks[0].also;

		if (also == NULL ? cases[i].also != NULL
				 : cases[i].also == NULL || strcmp(also->id, cases[i].also) != 0)
			fail_msg("%s: %s", cases[i].rules, also != NULL ? also->id : "nothing");
		assert_int_equal(rests_on(c, "sees-earlier"),
		    also != NULL && strcmp(also->id, "sees-earlier") == 0);
		assert_int_equal(rests_on(c, "set-header-many"),
		    also != NULL && strcmp(also->id, "set-header-many") == 0);
	}
}

static void
copies_cite_the_pass(void **state)
{
	static const struct {
		const char *rules, *fact;
		bool want;
	} cases[] = {
		{ "SentTo: a@x", "bifurcation", true },
		{ IS_TRUE, "bifurcation", false },
		{ IS_TRUE "\nStopRuleProcessing: true\n\n" IS_TRUE, "stop", true },
		{ IS_FALSE "\nStopRuleProcessing: true\n\n" IS_TRUE, "stop", false },
		{ IS_TRUE "\nDeleteMessage: true\n\n" IS_TRUE, "ends", true },
		{ IS_FALSE "\nDeleteMessage: true\n\n" IS_TRUE, "ends", false },
		{ "Mode: Audit\n" IS_TRUE, "audit", true },
		{ "Mode: Audit\n" IS_FALSE, "audit", false },
		{ IS_OPEN, "unknown-stays", true },
		{ IS_FALSE, "unknown-stays", false },
		{ "RouteMessageOutboundConnector: A\n\nRouteMessageOutboundConnector: B",
		    "route-twice", true },
		{ "RouteMessageOutboundConnector: A\n\nRouteMessageOutboundConnector: A",
		    "route-twice", false },
		{ IS_TRUE "\nSetSCL: -1", "scl", true },
		{ IS_FALSE "\nSetSCL: -1", "scl", false },
		{ IS_TRUE "\nApplyOME: true", "other-actions", true },
		{ IS_FALSE "\nApplyOME: true", "other-actions", false },
		{ "FromScope: InOrganization", "returned", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct flow_outcome out = case_run(cases[i].rules, "to: a@x\nto: b@x", &case_arena);

		for (size_t k = 0; k < out.count; k++)
			if (rests_on(&out.copies[k], cases[i].fact) != cases[i].want)
				fail_msg("%s: %s", cases[i].rules, cases[i].fact);
	}
}

/* whether a mail that comes back is of the organisation rests on how it comes back */
static void
second_pass_cites_the_return(void **state)
{
	struct flow_rules rules =
	    case_rules("FromScope: InOrganization\nFrom: anna@contoso.nl\n\n"
		       "SentToScope: NotInOrganization\n\nSentToScope: InOrganization",
		&case_arena);
	struct flow_return how = { SPAN("tok1"), SPAN_NONE, true };
	const struct flow_mail *sent = case_mail("to: bert@contoso.nl", &case_arena);
	struct flow_world world = case_world();
	struct flow_outcome out;
	struct flow_mail back;

	(void)state;
	for (int retain = 0; retain < 2; retain++) {
		how.retain_headers = retain == 1;
		assert_ok(flow_run(&rules, &world, sent, &case_arena, &out));
		assert_false(rests_on(&out.copies[0], "returned"));
		assert_ok(flow_returned(sent, &out.copies[0], &how, &case_arena, &back));
		assert_ok(flow_run(&rules, &world, &back, &case_arena, &out));
		assert_true(rests_on(&out.copies[0], "returned"));
		assert_string_equal(check_at(&out.copies[0], 0, 0)->also->id, "returned");
		assert_null(check_at(&out.copies[0], 0, 1)->also);
		assert_null(check_at(&out.copies[0], 1, 0)->also);
		assert_string_equal(check_at(&out.copies[0], 2, 0)->also->id, "returned");
	}
}

/* long texts are cut, never within a character */
static void
details_are_cut(void **state)
{
	static char mail[4096], want[4096];

	(void)state;
	for (size_t more = 0; more < 3; more++) {
		size_t len = 1023 + more;

		snprintf(mail, sizeof(mail), "h Subject: %0*d\xC3\xA9", (int)len, 0);
		/* with the last character of two bytes there are 1025, 1026 or 1027 */
		snprintf(want, sizeof(want), "Field Subject \"%0*d...\" does not contain \"x\".",
		    len < 1024 ? (int)len : 1024, 0);
		assert_span(
		    run("SubjectContainsWords: x", mail)->results[0].checks[0].detail, want);
	}
	snprintf(mail, sizeof(mail), "h Subject: %01022d\xC3\xA9", 0);
	snprintf(
	    want, sizeof(want), "Field Subject \"%01022d\xC3\xA9\" does not contain \"x\".", 0);
	assert_span(run("SubjectContainsWords: x", mail)->results[0].checks[0].detail, want);
}

/*
 * The facts that speak of the pass, each with the test that would fail if it did not hold.
 */
static void
every_fact_of_the_pass_has_a_test(void **state)
{
	static const struct {
		const char *fact;
		void (*test)(void **state);
	} tests[] = {
		{ "and-or", conditions_and_exceptions },
		{ "exceptions", any_of_several_exceptions },
		{ "no-condition", no_condition_at_all },
		{ "unknown-stays", stop_that_may_be },
		{ "order", order_of_the_list },
		{ "disabled", disabled_rules_are_not_asked },
		{ "audit", audit_does_nothing },
		{ "stop", stop_ends_the_pass },
		{ "ends", delete_and_quarantine_end_the_pass },
		{ "location", sender_address_location },
		{ "switch-off", switches_that_are_off },
		{ "sees-earlier", later_rules_see_what_earlier_ones_set },
		{ "set-header", setting_a_header },
		{ "set-header-many", several_fields_of_a_name },
		{ "remove-header", removing_a_header },
		{ "route", routing },
		{ "route-twice", routing_twice },
		{ "scl", spam_level },
		{ "other-actions", other_actions_are_shown },
		{ "bifurcation", copies },
		{ "returned", returned_mail },
	};
	size_t of_pass = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(tests); i++) {
		assert_int_equal(flow_fact(tests[i].fact)->place, FLOW_OF_PASS);
		assert_non_null(tests[i].test);
	}
	for (size_t i = 0; i < flow_fact_count; i++)
		of_pass += flow_facts[i].place == FLOW_OF_PASS;
	assert_int_equal(of_pass, COUNT(tests));
}

static void
facts_are_a_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < flow_fact_count; i++) {
		const struct flow_fact *f = &flow_facts[i];

		assert_ptr_equal(flow_fact(f->id), f);
		assert_true(
		    strlen(f->sentence) > 20 && f->sentence[strlen(f->sentence) - 1] == '.');
		assert_true(strlen(f->source) > 5);
		/* nobody says, or somebody does */
		if (strcmp(f->source, "no source") == 0)
			assert_int_equal(f->standing, FLOW_UNDOCUMENTED);
		for (size_t k = 0; k < strlen(f->id); k++)
			assert_true((f->id[k] >= 'a' && f->id[k] <= 'z') || f->id[k] == '-');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(conditions_and_exceptions),
		CASE_TEST(values_of_one_condition),
		CASE_TEST(any_of_several_exceptions),
		CASE_TEST(no_condition_at_all),
		CASE_TEST(pairs_are_one_check),
		CASE_TEST(pairs_keep_their_own_header),
		CASE_TEST(order_of_the_list),
		CASE_TEST(disabled_rules_are_not_asked),
		CASE_TEST(audit_does_nothing),
		CASE_TEST(stop_ends_the_pass),
		CASE_TEST(stop_that_may_be),
		CASE_TEST(delete_and_quarantine_end_the_pass),
		CASE_TEST(other_actions_are_shown),
		CASE_TEST(switches_that_are_off),
		CASE_TEST(sender_address_location),
		CASE_TEST(later_rules_see_what_earlier_ones_set),
		CASE_TEST(setting_a_header),
		CASE_TEST(several_fields_of_a_name),
		CASE_TEST(what_may_have_been_set),
		CASE_TEST(many_that_may_set),
		CASE_TEST(removing_a_header),
		CASE_TEST(routing),
		CASE_TEST(routing_twice),
		CASE_TEST(spam_level),
		CASE_TEST(copies),
		CASE_TEST(copies_part_where_they_differ),
		CASE_TEST(copies_are_their_own),
		CASE_TEST(reasons_make_no_copies),
		CASE_TEST(reasons_are_those_of_the_copy),
		CASE_TEST(unknown_may_part),
		CASE_TEST(order_of_recipients_changes_nothing),
		CASE_TEST(no_recipients_no_copy),
		CASE_TEST(returned_mail),
		CASE_TEST(mark_of_the_returned_mail),
		CASE_TEST(broken_rules_are_unknown),
		CASE_TEST(refuses_rules_without_a_name),
		CASE_TEST(details_are_safe),
		CASE_TEST(details_say_the_answer),
		CASE_TEST(details_are_cut),
		CASE_TEST(checks_cite_the_pass),
		CASE_TEST(copies_cite_the_pass),
		CASE_TEST(second_pass_cites_the_return),
		CASE_TEST(every_fact_of_the_pass_has_a_test),
		CASE_TEST(facts_are_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
