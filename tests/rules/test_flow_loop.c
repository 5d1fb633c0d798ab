/*
 * A mail goes out, is routed to the service, comes back, and is not routed again: for every scope, mode, loop
 * mark, with and without retained headers, with the rules of the plan and with rules written by hand from
 * the requirements (SD-070 to SD-096, X-18).
 */
#include "flow_case.h"
#include "plan_tenant.h"

#include "rules/plan.h"

#define YES  RULE_YES
#define NO   RULE_NO
#define OPEN RULE_UNKNOWN

struct variant {
	bool organization, opt_in, plain, everybody, retain;
};

static struct variant
variant(unsigned bits)
{
	return (struct variant){ .organization = bits & 1,
		.opt_in = bits & 2,
		.plain = bits & 4,
		.everybody = bits & 8,
		.retain = bits & 16 };
}
#define VARIANTS 32u

/* the stamp that the set-aside rules and the service write, and what the routing rule excepts */
#define STAMP(v) ((v).plain ? "1.0" : "1.0 tok1")

static const char *
by_hand(struct variant v)
{
	static char text[4096];
	const char *scope =
	    v.organization ? "FromScope: InOrganization\n" : "FromMemberOf: users@contoso.nl\n";
	const char *out = v.everybody ? "" : "SentToScope: NotInOrganization\n";
	snprintf(text, sizeof(text),
	    "%s%sMessageTypeMatches: OOF\nSetHeaderName: X-SecuDoc\nSetHeaderValue: %s\n\n"
	    "%s%s%s%s"
	    "Name: route\n%s%sAttachmentSizeOver: 1KB\n%s%s"
	    "ExceptIfMessageTypeMatches: Calendaring\nExceptIfFrom: scanner@contoso.nl\n"
	    "RouteMessageOutboundConnector: SecuDoc Out\nSetHeaderName: X-SecuDoc-Tenant\n"
	    "SetHeaderValue: secret\nStopRuleProcessing: true\n\n"
	    "%sSetSCL: -1\n\n"
	    "SentToScope: NotInOrganization\nRemoveHeader: X-SecuDoc\n\n"
	    "SentToScope: NotInOrganization\nRemoveHeader: X-SecuDoc-Mark\n\n"
	    "SentToScope: NotInOrganization\nRemoveHeader: X-SecuDoc-Enabled",
	    scope, out, STAMP(v), v.opt_in ? "" : scope, v.opt_in ? "" : out,
	    v.opt_in
		? ""
		: "HeaderMatchesMessageHeader: X-SecuDoc-Enabled\n"
		  "HeaderMatchesPatterns: ^\\s*0\\s*$\nSetHeaderName: X-SecuDoc\nSetHeaderValue: ",
	    v.opt_in      ? ""
		: v.plain ? "1.0\n\n"
			  : "1.0 tok1\n\n",
	    scope, out,
	    v.opt_in ? "HeaderMatchesMessageHeader: X-SecuDoc-Enabled\n"
		       "HeaderMatchesPatterns: ^\\s*1\\s*$\n"
		     : "",
	    v.plain ? "ExceptIfHeaderContainsMessageHeader: X-SecuDoc\n"
		      "ExceptIfHeaderContainsWords: 1.0\n"
		    : "ExceptIfHeaderMatchesMessageHeader: X-SecuDoc\n"
		      "ExceptIfHeaderMatchesPatterns: ^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$\n",
	    v.plain ? "HeaderContainsMessageHeader: X-SecuDoc\nHeaderContainsWords: 1.0\n"
		    : "HeaderMatchesMessageHeader: X-SecuDoc\n"
		      "HeaderMatchesPatterns: ^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$\n");
	return text;
}

static struct tenant *
tenant_of(struct variant v)
{
	struct tenant *t = tenant_fixed();

	tenant_set(t, "rule_scope", v.organization ? "organization" : "group");
	tenant_set(t, "mode", v.opt_in ? "opt-in" : "opt-out");
	tenant_set(t, "loop_mark", v.plain ? "plain" : "tokens");
	tenant_set(t, "rule_recipients", v.everybody ? "all" : "outside");
	tenant_set(t, "retain_headers", v.retain ? "true" : "false");
	tenant_set(t, "excluded_senders", "scanner@contoso.nl");
	return t;
}

static struct flow_rules
rules_of(const struct tenant *t)
{
	struct flow_rules rules;
	struct plan *plan = arena_alloc(&case_arena, sizeof(*plan));

	assert_ok(plan_make(t, &case_arena, plan));
	assert_ok(flow_compile(&plan->state.lists[EXO_TRANSPORT_RULE], &case_arena, &rules));
	return rules;
}

/* what is under test: rules, the organisation, and how mail comes back */
struct setup {
	struct flow_rules rules;
	struct flow_world world;
	struct flow_return how;
	struct variant v;
};

static struct flow_world
world_with_users(void)
{
	static struct span members[2];
	static struct flow_group groups[2];
	static const struct span domains[] = { { (const uint8_t *)"contoso.nl", 10 } };

	members[0] = SPAN("anna@contoso.nl");
	members[1] = SPAN("scanner@contoso.nl");
	groups[0] = (struct flow_group){ SPAN("users@contoso.nl"), members, 2, NULL, 0 };
	groups[1] = (struct flow_group){ SPAN("secudoc_users@contoso.nl"), members, 2, NULL, 0 };
	return (struct flow_world){ domains, 1, groups, 2 };
}

static const struct flow_copy *
pass(const struct setup *s, const struct flow_mail *mail, const char *recipient)
{
	struct flow_outcome out;

	assert_ok(flow_run(&s->rules, &s->world, mail, &case_arena, &out));
	return case_copy(&out, recipient);
}

static bool
has_control(const struct flow_copy *c)
{
	for (size_t i = 0; i < c->field_count; i++)
		if (span_istarts(c->fields[i].name, SPAN("X-SecuDoc")))
			return true;
	return false;
}

#define SWITCH(v) ((v).opt_in ? "h X-SecuDoc-Enabled: 1\n" : "")
#define MAIL(v, text) \
	with_switch(v, "to: out@fabrikam.com\nto: bert@contoso.nl\nfile: 50000\n" text)

static const struct flow_mail *
with_switch(struct variant v, const char *text)
{
	struct span all;

	assert_ok(arena_printf(&case_arena, &all, "%s%s", SWITCH(v), text));
	return case_mail(arena_strdup(&case_arena, all), &case_arena);
}

/* an automatic mail, or one of which that cannot be told: what was set aside by a doubt holds all the same */
static void
check_automatic(const struct setup *s, const struct flow_mail *mail, const char *recipient)
{
	struct flow_mail back, doubtful = *mail;
	const struct flow_copy *first;

	doubtful.types[FLOW_OOF] = OPEN;
	first = pass(s, &doubtful, recipient);
	assert_int_equal(first->routed, OPEN);
	assert_ok(flow_returned(&doubtful, first, &s->how, &case_arena, &back));
	assert_int_equal(back.types[FLOW_OOF], OPEN);
	const struct flow_copy *second = pass(s, &back, recipient);

	assert_int_equal(second->routed, NO);
	if (span_iends(span_str(recipient), SPAN("@fabrikam.com")))
		assert_false(has_control(second));
}

/* out, back, delivered */
static void
check_round(const struct setup *s, const struct flow_mail *mail, const char *recipient)
{
	const struct flow_copy *first = pass(s, mail, recipient);
	struct flow_mail back;

	assert_int_equal(first->routed, YES);
	assert_true(first->connector_sure);
	assert_span(first->connector, "SecuDoc Out");
	assert_int_equal(first->altered, NO);
	assert_ok(flow_returned(mail, first, &s->how, &case_arena, &back));
	const struct flow_copy *second = pass(s, &back, recipient);

	assert_int_equal(second->routed, NO);
	assert_int_equal(second->altered, NO);
	if (span_iends(span_str(recipient), SPAN("@fabrikam.com")))
		assert_false(has_control(second));
	/* a third time, as if the rules that remove had not been there */
	assert_ok(flow_returned(&back, first, &s->how, &case_arena, &back));
	assert_int_equal(pass(s, &back, recipient)->routed, NO);
}

static void
check_not_routed(const struct setup *s, const struct flow_mail *mail, const char *recipient)
{
	const struct flow_copy *c = pass(s, mail, recipient);

	assert_int_equal(c->routed, NO);
	if (span_iends(span_str(recipient), SPAN("@fabrikam.com")))
		assert_false(has_control(c));
}

static void
check_all(const struct setup *s)
{
	struct variant v = s->v;
	const struct flow_mail *mail = MAIL(v, "");

	check_round(s, mail, "out@fabrikam.com");
	check_automatic(s, mail, "out@fabrikam.com");
	if (v.everybody)
		check_round(s, mail, "bert@contoso.nl");
	else
		check_not_routed(s, mail, "bert@contoso.nl");

	/* SD-078: nothing to secure, or not theirs */
	check_not_routed(s, MAIL(v, "from: fremd@fabrikam.com\nauth: no\n"), "out@fabrikam.com");
	check_not_routed(
	    s, case_mail("to: out@fabrikam.com\nfile: 700\n", &case_arena), "out@fabrikam.com");
	check_not_routed(s, MAIL(v, "Calendaring: yes\n"), "out@fabrikam.com");
	check_not_routed(s, MAIL(v, "from: scanner@contoso.nl\n"), "out@fabrikam.com");
	check_not_routed(s, MAIL(v, "OOF: yes\n"), "out@fabrikam.com");

	/* the switch */
	if (v.opt_in) {
		check_not_routed(s, case_mail("to: out@fabrikam.com\nfile: 50000\n", &case_arena),
		    "out@fabrikam.com");
		check_not_routed(s,
		    case_mail("to: out@fabrikam.com\nfile: 50000\nh X-SecuDoc-Enabled: 1.0\n",
			&case_arena),
		    "out@fabrikam.com");
	} else {
		check_not_routed(s, MAIL(v, "h X-SecuDoc-Enabled: 0\n"), "out@fabrikam.com");
		check_round(s, MAIL(v, "h X-SecuDoc-Enabled: no\n"), "out@fabrikam.com");
	}

	/* a sender who sets the mark himself goes past the plain one only (SD-082) */
	if (v.plain) {
		check_not_routed(s, MAIL(v, "h X-SecuDoc: 1.0\n"), "out@fabrikam.com");
	} else {
		check_round(s, MAIL(v, "h X-SecuDoc: 1.0\n"), "out@fabrikam.com");
		check_round(s, MAIL(v, "h X-SecuDoc: 1.0 guess\n"), "out@fabrikam.com");
	}
	/* two marks: nobody says which one counts */
	assert_int_not_equal(
	    pass(s, MAIL(v, "h X-SecuDoc: 2.0\nh X-SecuDoc: 1.0\n"), "out@fabrikam.com")->routed,
	    v.plain ? YES : NO);
}

static void
no_loop_by_hand(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < VARIANTS; bits++) {
		struct setup s = { .v = variant(bits), .world = world_with_users() };

		s.rules = case_rules(by_hand(s.v), &case_arena);
		assert_int_equal(s.rules.count, s.v.opt_in ? 6 : 7);
		s.how = (struct flow_return){ s.v.plain ? SPAN_NONE : SPAN("tok1"),
			SPAN("X-SecuDoc-Tenant"), s.v.retain };
		check_all(&s);
		arena_clear(&case_arena);
	}
}

static void
no_loop_by_plan(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < VARIANTS; bits++) {
		struct setup s = { .v = variant(bits), .world = world_with_users() };
		struct tenant *t = tenant_of(s.v);

		s.rules = rules_of(t);
		s.how = (struct flow_return){ SPAN(TEST_TOKEN), span_str(t->secret_header),
			s.v.retain };
		check_all(&s);
		tenant_free(&t);
		arena_clear(&case_arena);
	}
}

/* the proof is one: without the exception the mail is routed again */
static void
loops_without_the_exception(void **state)
{
	static const char rules[] =
	    "FromMemberOf: users@contoso.nl\nSentToScope: NotInOrganization\n"
	    "AttachmentSizeOver: 1KB\nRouteMessageOutboundConnector: SecuDoc Out\n"
	    "StopRuleProcessing: true";
	struct setup s = { .world = world_with_users(), .rules = case_rules(rules, &case_arena) };
	const struct flow_mail *mail = case_mail("file: 50000\n", &case_arena);
	struct flow_mail back;

	(void)state;
	assert_ok(
	    flow_returned(mail, pass(&s, mail, "out@fabrikam.com"), &s.how, &case_arena, &back));
	assert_int_equal(pass(&s, &back, "out@fabrikam.com")->routed, YES);
}

/* while tokens change, mail with either comes back: tokens of the length that the service makes */
static void
no_loop_while_tokens_change(void **state)
{
	static const char *const two[] = { "newtoken0123456789abcdefgh",
		"oldtoken0123456789abcdefgh" };

	(void)state;
	for (unsigned bits = 0; bits < VARIANTS; bits++) {
		struct setup s = { .v = variant(bits), .world = world_with_users() };
		struct tenant *t = tenant_of(s.v);

		tenant_set_list(t, "mark_tokens", two, COUNT(two));
		s.rules = rules_of(t);
		for (size_t i = 0; i < COUNT(two); i++) {
			s.how = (struct flow_return){ span_str(two[i]), span_str(t->secret_header),
				s.v.retain };
			check_all(&s);
		}
		/* a token that is gone is none */
		s.how.token = SPAN("gonetoken0123456789abcdefg");
		struct flow_mail back;
		const struct flow_mail *mail = MAIL(s.v, "");
		assert_ok(flow_returned(
		    mail, pass(&s, mail, "out@fabrikam.com"), &s.how, &case_arena, &back));
		enum rule_answer again = pass(&s, &back, "out@fabrikam.com")->routed;

		/* in opt-in the service takes the switch off, and without the switch nothing is routed */
		if (s.v.plain || s.v.opt_in)
			assert_int_equal(again, NO);
		else /* who sent it is known by headers that were kept */
			assert_int_equal(again, s.v.organization && !s.v.retain ? OPEN : YES);
		tenant_free(&t);
		arena_clear(&case_arena);
	}
}

/* the rule that takes the switch off must stand behind the one that asks for it */
static void
switch_taken_off_too_early(void **state)
{
	static const char strip[] =
	    "SentToScope: NotInOrganization\nRemoveHeader: X-SecuDoc-Enabled\n\n";
	static const char *const settings[] = { "", "h X-SecuDoc-Enabled: 1\n" };

	(void)state;
	for (unsigned bits = 0; bits < VARIANTS; bits++)
		for (size_t on = 0; on < COUNT(settings); on++) {
			struct setup s = { .v = variant(bits), .world = world_with_users() };
			char rules[4096], text[128];

			snprintf(rules, sizeof(rules), "%s%s", strip, by_hand(s.v));
			snprintf(text, sizeof(text), "file: 50000\n%s", settings[on]);
			s.rules = case_rules(rules, &case_arena);
			assert_int_equal(
			    pass(&s, case_mail(text, &case_arena), "out@fabrikam.com")->routed,
			    s.v.opt_in ? NO : YES);
			s.rules = case_rules(by_hand(s.v), &case_arena);
			assert_int_equal(
			    pass(&s, case_mail(text, &case_arena), "out@fabrikam.com")->routed,
			    s.v.opt_in && on == 0 ? NO : YES);
			arena_clear(&case_arena);
		}
}

/* in an export the stamp is a digest: that of the mark with which mail comes back is known all the same */
static void
masked_stamp_is_the_mark(void **state)
{
	/* printf '1.0 tok1' | sha256sum */
	static const char rules[] =
	    "MessageTypeMatches: OOF\nSetHeaderName: X-SecuDoc\nSetHeaderValue: "
	    "sha256:2a0db0d5bee3c8ec2fb7baa95fb0b7e4bb3965e543e7ce17c4e3c078303b48dc\n\n"
	    "FromScope: InOrganization\nExceptIfHeaderMatchesMessageHeader: X-SecuDoc\n"
	    "ExceptIfHeaderMatchesPatterns: ^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$\n"
	    "RouteMessageOutboundConnector: SecuDoc Out";
	static const struct {
		const char *token;
		enum rule_answer want;
	} cases[] = { { "tok1", NO }, { "tok2", OPEN } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct setup s = { .world = world_with_users(),
			.rules = case_rules(rules, &case_arena),
			.how = { span_str(cases[i].token), SPAN_NONE, true } };
		const struct flow_mail *mail = case_mail("OOF: unknown\n", &case_arena);
		struct flow_mail back;

		assert_ok(flow_returned(
		    mail, pass(&s, mail, "out@fabrikam.com"), &s.how, &case_arena, &back));
		assert_int_equal(pass(&s, &back, "out@fabrikam.com")->routed, cases[i].want);
	}
}

/* in an export the stamp of the rules that set aside is a digest: their mail is doubtful, never said to be safe */
static void
masked_stamps_are_doubtful(void **state)
{
	static const char rules[] =
	    "MessageTypeMatches: OOF\nSetHeaderName: X-SecuDoc\nSetHeaderValue: "
	    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n"
	    "FromScope: InOrganization\nExceptIfHeaderMatchesMessageHeader: X-SecuDoc\n"
	    "ExceptIfHeaderMatchesPatterns: ^\\s*1\\.0\\s\\s*tok1\\s*$\n"
	    "RouteMessageOutboundConnector: SecuDoc Out";
	struct setup s = { .world = world_with_users(), .rules = case_rules(rules, &case_arena) };

	(void)state;
	assert_int_equal(pass(&s, case_mail("", &case_arena), "out@fabrikam.com")->routed, YES);
	assert_int_equal(
	    pass(&s, case_mail("OOF: yes\n", &case_arena), "out@fabrikam.com")->routed, OPEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(no_loop_by_hand),
		CASE_TEST(no_loop_by_plan),
		CASE_TEST(no_loop_while_tokens_change),
		CASE_TEST(switch_taken_off_too_early),
		CASE_TEST(loops_without_the_exception),
		CASE_TEST(masked_stamp_is_the_mark),
		CASE_TEST(masked_stamps_are_doubtful),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
