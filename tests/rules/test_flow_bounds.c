/*
 * Hostile and large: patterns that never end, thousands of rules, a copy for everyone, no memory.
 */
#include "flow_case.h"

#include "rules/flow_int.h"

#include "support/alloc.h"

#include <time.h>

static double
seconds_since(clock_t start)
{
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* processor time under sanitizers; a bound that is missing would cost hours */
#define PATIENCE 120.0

static struct span
numbered(struct arena *a, const char *before, size_t n, const char *after)
{
	struct span s;

	assert_ok(arena_printf(a, &s, "%s%zu%s", before, n, after));
	return s;
}

static struct exo_list
many_rules(size_t count, const char *name, const char *value, struct arena *a)
{
	struct exo_list list = { 0 };
	struct exo_object *o;

	for (size_t i = 0; i < count; i++) {
		assert_ok(exo_add(&list, EXO_TRANSPORT_RULE, a, &o));
		assert_ok(exo_set_text(o, "Name", numbered(a, "rule ", i, ""), a));
		assert_ok(exo_set_text(o, name, span_str(value), a));
	}
	return list;
}

static void
endless_patterns(void **state)
{
	static const char *const patterns[] = {
		"x(a*)*(a*)*(a*)*(y|z)",
		"(((a*)*)*)*(y|z)",
		"(a|a)*(a|a)*(a|a)*(y|z)",
		"(\\w*\\s*)*(y|z)",
		"(x|\\S*)*\\d$",
	};
	char subject[4096] = "h Subject: x";
	clock_t start = clock();

	(void)state;
	memset(subject + strlen(subject), 'a', 3000);
	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct flow_world world = case_world();
		struct flow_rules rules;
		struct flow_outcome out;
		struct arena a;

		arena_init(&a, CASE_MEMORY);
		struct exo_list list = many_rules(300, "SubjectMatchesPatterns", patterns[i], &a);
		assert_ok(flow_compile(&list, &a, &rules));
		assert_ok(flow_run(&rules, &world, case_mail(subject, &a), &a, &out));
		assert_string_equal(out.copies[0].results[299].checks[0].fact->id, "pattern-limit");
		assert_int_equal(out.copies[0].results[299].fires, RULE_UNKNOWN);
		arena_done(&a);
	}
	assert_true(seconds_since(start) < PATIENCE);
}

static void
deep_and_long_patterns(void **state)
{
	static char deep[FLOW_MAX_PATTERN_BYTES + 64], text[64];
	size_t depths[] = { 10, 90, 200, 4000 };

	(void)state;
	for (size_t i = 0; i < COUNT(depths); i++) {
		const struct flow_text *t;
		struct flow_verdict v;
		struct arena a;

		arena_init(&a, CASE_MEMORY);
		memset(deep, '(', depths[i]);
		deep[depths[i]] = 'x';
		memset(deep + depths[i] + 1, ')', depths[i]);
		struct span s = span_of(deep, 2 * depths[i] + 1);
		assert_ok(flow_text_compile(FLOW_PATTERNS, &s, 1, false, &a, &t));
		snprintf(text, sizeof(text), "x");
		assert_ok(flow_text_ask(t, span_str(text), false, &v));
		assert_int_equal(v.answer, depths[i] <= 90 ? RULE_YES : RULE_UNKNOWN);
		assert_string_equal(v.fact->id, depths[i] <= 90 ? "patterns" : "pattern-limit");
		arena_done(&a);
	}
}

static void
texts_of_any_length(void **state)
{
	static char text[(32u << 10) + 2];
	const size_t lengths[] = { 0, 1, 32u << 10, (32u << 10) + 1 };

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < COUNT(lengths); i++)
		for (int kind = 0; kind < 2; kind++) {
			const struct span values[] = { SPAN("nowhere"), SPAN_NONE };
			const struct flow_text *t;
			struct flow_verdict v;
			struct arena a;

			arena_init(&a, CASE_MEMORY);
			assert_ok(
			    flow_text_compile((enum flow_text_kind)kind, values, 1, false, &a, &t));
			assert_ok(flow_text_ask(t, span_of(text, lengths[i]), true, &v));
			assert_int_equal(v.answer, lengths[i] > 32u << 10 ? RULE_UNKNOWN : RULE_NO);
			arena_done(&a);
		}
}

static void
too_long_values(void **state)
{
	static char text[FLOW_MAX_PATTERN_BYTES + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (int kind = 0; kind < 2; kind++)
		for (size_t more = 0; more < 2; more++) {
			struct span value = span_of(text, FLOW_MAX_PATTERN_BYTES + more);
			const struct flow_text *t;
			struct flow_verdict v;
			struct arena a;

			arena_init(&a, CASE_MEMORY);
			assert_ok(
			    flow_text_compile((enum flow_text_kind)kind, &value, 1, false, &a, &t));
			assert_ok(flow_text_ask(t, SPAN("a"), true, &v));
			assert_int_equal(v.answer, more ? RULE_UNKNOWN : RULE_NO);
			arena_done(&a);
		}
}

static void
thousands_of_rules(void **state)
{
	struct flow_world world = case_world();
	struct flow_rules rules;
	struct flow_outcome out;
	clock_t start = clock();
	struct arena a;

	(void)state;
	arena_init(&a, 512u << 20);
	struct exo_list list =
	    many_rules(EXO_MAX_OBJECTS, "FromAddressMatchesPatterns", "^(an|be)na*@\\w*", &a);
	assert_ok(flow_compile(&list, &a, &rules));
	assert_ok(
	    flow_run(&rules, &world, case_mail("to: a@x.nl\nto: b@contoso.nl", &a), &a, &out));
	assert_int_equal(out.count, 1);
	assert_int_equal(out.copies[0].result_count, EXO_MAX_OBJECTS);
	assert_int_equal(out.copies[0].results[EXO_MAX_OBJECTS - 1].fires, RULE_YES);
	arena_done(&a);
	assert_true(seconds_since(start) < PATIENCE);
}

static struct flow_mail
mail_to_many(size_t count, struct arena *a)
{
	struct flow_mail mail = *case_mail("", a);
	struct span *to = arena_alloc(a, count * sizeof(*to));

	for (size_t i = 0; i < count; i++)
		to[i] = numbered(a, "r", i, "@fabrikam.com");
	mail.recipients = to;
	mail.recipient_count = count;
	return mail;
}

/* each rule parts one more recipient off, and asks for any */
static void
a_copy_for_everyone(void **state)
{
	struct flow_world world = case_world();
	struct exo_list list = { 0 };
	struct flow_rules rules;
	struct flow_outcome out;
	struct exo_object *o;
	struct arena a;

	(void)state;
	arena_init(&a, 512u << 20);
	for (size_t i = 0; i < 150; i++) {
		assert_ok(exo_add(&list, EXO_TRANSPORT_RULE, &a, &o));
		assert_ok(exo_set_text(o, "Name", numbered(&a, "rule ", i, ""), &a));
		assert_ok(exo_set_text(o, "SentTo", numbered(&a, "r", i, "@fabrikam.com"), &a));
		assert_ok(exo_set_text(
		    o, "ExceptIfAnyOfRecipientAddressContainsWords", SPAN("nobody"), &a));
		assert_ok(exo_set_text(o, "SetHeaderName", SPAN("X-A"), &a));
		assert_ok(exo_set_text(o, "SetHeaderValue", numbered(&a, "", i, ""), &a));
	}
	struct flow_mail mail = mail_to_many(200, &a);
	assert_ok(flow_compile(&list, &a, &rules));
	assert_ok(flow_run(&rules, &world, &mail, &a, &out));
	assert_int_equal(out.count, 151);
	for (size_t i = 0; i < 150; i++) {
		struct span value;

		assert_int_equal(out.copies[i].recipient_count, 1);
		assert_int_equal(out.copies[i].field_count, 1);
		value = out.copies[i].fields[0].value;
		assert_true(span_eq(value, numbered(&a, "", i, "")));
	}
	assert_int_equal(out.copies[150].recipient_count, 50);
	assert_int_equal(out.copies[150].field_count, 0);
	arena_done(&a);
}

static void
bounds_are_said(void **state)
{
	struct flow_world world = case_world();
	struct flow_outcome out;
	struct flow_mail mail;
	struct arena a;

	(void)state;
	arena_init(&a, 64u << 20);
	struct flow_rules rules = case_rules("SentToScope: NotInOrganization", &a);

	mail = mail_to_many(FLOW_MAX_RECIPIENTS, &a);
	assert_ok(flow_run(&rules, &world, &mail, &a, &out));
	assert_int_equal(out.copies[0].recipient_count, FLOW_MAX_RECIPIENTS);
	mail = mail_to_many(FLOW_MAX_RECIPIENTS + 1, &a);
	assert_err(flow_run(&rules, &world, &mail, &a, &out), ERR_LIMIT, "10001 recipients");
	mail = *case_mail("", &a);
	mail.field_count = FLOW_MAX_FIELDS + 1;
	assert_err(flow_run(&rules, &world, &mail, &a, &out), ERR_LIMIT, "100001 fields");
	mail = *case_mail("", &a);
	mail.attachment_count = FLOW_MAX_ATTACHMENTS + 1;
	assert_err(flow_run(&rules, &world, &mail, &a, &out), ERR_LIMIT, "100001 attachments");
	arena_done(&a);
}

static const char busy_rules[] =
    "FromMemberOf: users@contoso.nl\nSentToScope: NotInOrganization\nAttachmentSizeOver: 1KB\n"
    "ExceptIfHeaderMatchesMessageHeader: X-SecuDoc\n"
    "ExceptIfHeaderMatchesPatterns: ^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$\n"
    "RouteMessageOutboundConnector: Out\nSetHeaderName: X-A\nSetHeaderValue: 1\n\n"
    "AnyOfRecipientAddressContainsWords: fabrikam\nRemoveHeader: X-A\n\n"
    "RecipientAddressMatchesPatterns: ^a.c\nSetSCL: -1";
static const char busy_mail[] = "to: out@fabrikam.com\nto: bert@contoso.nl\nfile: 5000\n"
				"h X-SecuDoc: 1.0 no\nh Subject: hello";

static enum err
everything(size_t arena_bytes, size_t fail_at)
{
	struct flow_world world = case_world();
	struct flow_return how = { SPAN("tok1"), SPAN("X-A"), true };
	struct arena a, texts;
	struct flow_outcome out;
	struct flow_rules rules;
	struct exo_list list;
	struct flow_mail back;
	enum err err;

	arena_init(&texts, CASE_MEMORY);
	arena_init(&a, arena_bytes);
	assert_ok(case_read_rules(busy_rules, &texts, &list));
	const struct flow_mail *mail = case_mail(busy_mail, &texts);
	alloc_fail_at(fail_at);
	err = flow_compile(&list, &a, &rules);
	if (err == ERR_OK)
		err = flow_run(&rules, &world, mail, &a, &out);
	if (err == ERR_OK)
		err = flow_returned(mail, &out.copies[0], &how, &a, &back);
	if (err == ERR_OK)
		assert_int_equal(out.count, 2);
	arena_done(&a);
	arena_done(&texts);
	return err;
}

/* an arena that is too small by any number of bytes is an answer, not a crash */
static void
any_small_arena(void **state)
{
	size_t refused = 0, bytes = 64;

	(void)state;
	while (everything(bytes, 0) != ERR_OK) {
		refused++;
		bytes += 97;
		assert_true(bytes < 1u << 20);
	}
	assert_true(refused > 20);
	alloc_fail_at(0);
}

static void
any_failing_allocation(void **state)
{
	size_t n = 1;

	(void)state;
	for (;; n++) {
		enum err err = everything(CASE_MEMORY, n);

		if (!alloc_failed())
			break;
		assert_int_equal(err, ERR_TEMP);
	}
	alloc_fail_at(0);
	assert_true(n > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endless_patterns),
		cmocka_unit_test(deep_and_long_patterns),
		cmocka_unit_test(texts_of_any_length),
		cmocka_unit_test(too_long_values),
		cmocka_unit_test(thousands_of_rules),
		cmocka_unit_test(a_copy_for_everyone),
		cmocka_unit_test(bounds_are_said),
		cmocka_unit_test(any_small_arena),
		cmocka_unit_test(any_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
