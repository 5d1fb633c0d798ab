/*
 * rules/policy.c: every row of the table by a mail that it decides and by mails that it must not decide.
 * Expected values: the requirements named in rules/policy.h, and docs/attachments.md for the order.
 */
#include "rules/policy.h"

#include "support/unit.h"

#include <stdio.h>

#define KB 1000u

/* A mail that is secured; the rows below change what they name. */
static const struct policy_facts secured = {
	.kind = POLICY_KIND_PLAIN,
	.enabled = POLICY_SWITCH_ABSENT,
	.has_required_header = RULE_YES,
	.sender_excluded = RULE_NO,
	.recipient_excluded = RULE_NO,
	.attachment_count = 1,
	.largest_attachment_bytes = 5 * KB,
	.threshold_bytes = KB,
};

/* The rows override members of F on purpose. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define F                                                                                  \
	.kind = POLICY_KIND_PLAIN, .has_required_header = RULE_YES, .attachment_count = 1, \
	.largest_attachment_bytes = 5 * KB, .threshold_bytes = KB

static const struct {
	const char *name;
	struct policy_facts facts;
	enum policy_verdict want;
	const char *reason;
} cases[] = {
	/* opt-out is the default: SD-012 */
	{ "opt-out, no switch", { F }, POLICY_SECURE, "attachment" },
	{ "opt-out, on", { F, .enabled = POLICY_SWITCH_ON }, POLICY_SECURE, "attachment" },
	{ "opt-out, off", { F, .enabled = POLICY_SWITCH_OFF }, POLICY_PASS, "switched-off" },
	{ "opt-out, odd", { F, .enabled = POLICY_SWITCH_ODD }, POLICY_SECURE, "switch-odd" },
	{ "opt-out, no such switch", { F, .enabled = (enum policy_switch)9 }, POLICY_SECURE,
	    "switch-odd" },
	/* opt-in: SD-013, SD-076 */
	{ "opt-in, no switch", { F, .opt_in = true }, POLICY_PASS, "not-switched-on" },
	{ "opt-in, on", { F, .opt_in = true, .enabled = POLICY_SWITCH_ON }, POLICY_SECURE,
	    "attachment" },
	{ "opt-in, off", { F, .opt_in = true, .enabled = POLICY_SWITCH_OFF }, POLICY_PASS,
	    "switched-off" },
	{ "opt-in, odd", { F, .opt_in = true, .enabled = POLICY_SWITCH_ODD }, POLICY_SECURE,
	    "switch-odd" },
	/* kinds: X-06, X-07; a switch does not change what would break */
	{ "signed", { F, .kind = POLICY_KIND_SIGNED }, POLICY_PASS, "signed" },
	{ "signed, on", { F, .kind = POLICY_KIND_SIGNED, .enabled = POLICY_SWITCH_ON }, POLICY_PASS,
	    "signed" },
	{ "encrypted", { F, .kind = POLICY_KIND_ENCRYPTED }, POLICY_PASS, "encrypted" },
	{ "calendar", { F, .kind = POLICY_KIND_CALENDAR }, POLICY_PASS, "calendar" },
	{ "report", { F, .kind = POLICY_KIND_REPORT }, POLICY_PASS, "report" },
	{ "tnef", { F, .kind = POLICY_KIND_TNEF }, POLICY_PASS, "tnef" },
	{ "tnef, sender unknown", { F, .kind = POLICY_KIND_TNEF, .sender_excluded = RULE_UNKNOWN },
	    POLICY_PASS, "tnef" },
	{ "no such kind", { F, .kind = (enum policy_kind)42 }, POLICY_SECURE, "attachment" },
	/* threshold: SD-073, at least that many decoded bytes; any single attachment, not the sum */
	{ "nothing attached", { F, .attachment_count = 0, .largest_attachment_bytes = 0 },
	    POLICY_PASS, "no-attachment" },
	{ "nothing attached, threshold 0",
	    { F, .attachment_count = 0, .largest_attachment_bytes = 0, .threshold_bytes = 0 },
	    POLICY_PASS, "no-attachment" },
	{ "one byte below", { F, .largest_attachment_bytes = KB - 1 }, POLICY_PASS,
	    "below-threshold" },
	{ "at the threshold", { F, .largest_attachment_bytes = KB }, POLICY_SECURE, "attachment" },
	{ "many small ones", { F, .attachment_count = 100, .largest_attachment_bytes = KB - 1 },
	    POLICY_PASS, "below-threshold" },
	{ "empty file, threshold 0", { F, .largest_attachment_bytes = 0, .threshold_bytes = 0 },
	    POLICY_SECURE, "attachment" },
	{ "huge", { F, .largest_attachment_bytes = UINT64_MAX }, POLICY_SECURE, "attachment" },
	/* required header: SD-133 */
	{ "header missing", { F, .has_required_header = RULE_NO }, POLICY_PASS,
	    "required-header-missing" },
	{ "header missing, on", { F, .has_required_header = RULE_NO, .enabled = POLICY_SWITCH_ON },
	    POLICY_PASS, "required-header-missing" },
	{ "header unknown", { F, .has_required_header = RULE_UNKNOWN }, POLICY_WAIT,
	    "required-header-unknown" },
	/* exclusions: SD-090, SD-096 */
	{ "sender excluded", { F, .sender_excluded = RULE_YES }, POLICY_PASS, "sender-excluded" },
	{ "sender excluded, on", { F, .sender_excluded = RULE_YES, .enabled = POLICY_SWITCH_ON },
	    POLICY_PASS, "sender-excluded" },
	{ "sender excluded, odd", { F, .sender_excluded = RULE_YES, .enabled = POLICY_SWITCH_ODD },
	    POLICY_PASS, "sender-excluded" },
	{ "recipient excluded", { F, .recipient_excluded = RULE_YES }, POLICY_PASS,
	    "recipient-excluded" },
	{ "both excluded", { F, .sender_excluded = RULE_YES, .recipient_excluded = RULE_YES },
	    POLICY_PASS, "sender-excluded" },
	/* unknown waits and never passes */
	{ "sender unknown", { F, .sender_excluded = RULE_UNKNOWN }, POLICY_WAIT, "sender-unknown" },
	{ "recipient unknown", { F, .recipient_excluded = RULE_UNKNOWN }, POLICY_WAIT,
	    "recipient-unknown" },
	{ "sender unknown, recipient excluded",
	    { F, .sender_excluded = RULE_UNKNOWN, .recipient_excluded = RULE_YES }, POLICY_WAIT,
	    "sender-unknown" },
	{ "sender unknown, on", { F, .sender_excluded = RULE_UNKNOWN, .enabled = POLICY_SWITCH_ON },
	    POLICY_WAIT, "sender-unknown" },
	{ "sender unknown, odd",
	    { F, .sender_excluded = RULE_UNKNOWN, .enabled = POLICY_SWITCH_ODD }, POLICY_WAIT,
	    "sender-unknown" },
	{ "no such answer", { F, .recipient_excluded = (enum rule_answer)7 }, POLICY_WAIT,
	    "recipient-unknown" },
	/* where no answer of the lookup could change the decision, a failed one does not either */
	{ "off, sender unknown",
	    { F, .enabled = POLICY_SWITCH_OFF, .sender_excluded = RULE_UNKNOWN }, POLICY_PASS,
	    "switched-off" },
	{ "nothing attached, recipient unknown",
	    { F, .attachment_count = 0, .recipient_excluded = RULE_UNKNOWN }, POLICY_PASS,
	    "no-attachment" },
	/* X-17, and the way back */
	{ "validation", { F, .validation = true }, POLICY_PASS, "connector-validation" },
	{ "validation, all unknown",
	    { F, .validation = true, .sender_excluded = RULE_UNKNOWN,
		.recipient_excluded = RULE_UNKNOWN },
	    POLICY_PASS, "connector-validation" },
	{ "passed before", { F, .passed_before = true }, POLICY_PASS, "passed-before" },
	{ "passed before, on now", { F, .passed_before = true, .enabled = POLICY_SWITCH_ON },
	    POLICY_PASS, "passed-before" },
};

static void
decides_each_row(void **state)
{
	bool seen[64] = { false };

	(void)state;
	assert_true(policy_table_count <= 64);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy_decision d = policy_decide(&cases[i].facts);

		if (d.verdict != cases[i].want || strcmp(d.reason, cases[i].reason) != 0)
			fail_msg(
			    "%s: %s (%s)", cases[i].name, policy_verdict_name(d.verdict), d.reason);
		for (size_t r = 0; r < policy_table_count; r++)
			seen[r] |= strcmp(policy_table[r].reason, d.reason) == 0;
	}
	for (size_t r = 0; r < policy_table_count; r++)
		if (!seen[r])
			fail_msg("no case for row %s", policy_table[r].reason);
}

/* The promise as a property: over all combinations, unknown never leads to a pass that "no" would not give. */
static void
unknown_never_counts_as_yes(void **state)
{
	unsigned passes = 0, secures = 0, waits = 0;

	(void)state;
	for (unsigned n = 0; n < 6u * 4 * 2 * 3 * 3 * 3 * 2 * 2; n++) {
		struct policy_facts f = secured, no;
		unsigned m = n;

		f.kind = (enum policy_kind)(m % 6), m /= 6;
		f.enabled = (enum policy_switch)(m % 4), m /= 4;
		f.opt_in = m % 2, m /= 2;
		f.has_required_header = (enum rule_answer)(m % 3), m /= 3;
		f.sender_excluded = (enum rule_answer)(m % 3), m /= 3;
		f.recipient_excluded = (enum rule_answer)(m % 3), m /= 3;
		f.attachment_count = m % 2, m /= 2;
		f.largest_attachment_bytes = f.attachment_count == 0 ? 0 : m % 2 == 0 ? KB - 1 : KB;
		no = f;
		if (f.has_required_header == RULE_UNKNOWN)
			no.has_required_header = RULE_YES;
		if (f.sender_excluded == RULE_UNKNOWN)
			no.sender_excluded = RULE_NO;
		if (f.recipient_excluded == RULE_UNKNOWN)
			no.recipient_excluded = RULE_NO;

		enum policy_verdict v = policy_decide(&f).verdict;
		if (v == POLICY_PASS && policy_decide(&no).verdict != POLICY_PASS)
			fail_msg("combination %u passes because something is unknown", n);
		if (v == POLICY_WAIT && f.has_required_header != RULE_UNKNOWN &&
		    f.sender_excluded != RULE_UNKNOWN && f.recipient_excluded != RULE_UNKNOWN)
			fail_msg("combination %u waits for nothing", n);
		passes += v == POLICY_PASS;
		secures += v == POLICY_SECURE;
		waits += v == POLICY_WAIT;
	}
	assert_true(passes > 0 && secures > 0 && waits > 0);
}

static void
table_is_well_formed(void **state)
{
	struct policy_facts f = secured;

	(void)state;
	assert_true(policy_table[policy_table_count - 1].applies(&f));
	assert_int_equal(policy_table[policy_table_count - 1].verdict, POLICY_SECURE);
	for (size_t i = 0; i < policy_table_count; i++) {
		const char *s = policy_table[i].sentence;

		assert_true(strlen(s) > 10 && s[strlen(s) - 1] == '.');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(policy_table[i].reason, policy_table[k].reason);
	}
}

static void
reads_the_switch(void **state)
{
	static const struct {
		const char *name, *first, *second;
		enum policy_switch want;
	} rows[] = {
		{ "one", "1", NULL, POLICY_SWITCH_ON },
		{ "one with blanks", " 1 ", NULL, POLICY_SWITCH_ON },
		{ "folded one", "\r\n 1", NULL, POLICY_SWITCH_ON },
		{ "zero", "0", NULL, POLICY_SWITCH_OFF },
		{ "empty", "", NULL, POLICY_SWITCH_ODD },
		{ "two zeros", "00", NULL, POLICY_SWITCH_ODD },
		{ "false", "false", NULL, POLICY_SWITCH_ODD },
		{ "zero and comment", "0 (off)", NULL, POLICY_SWITCH_ODD },
		{ "zero in quotes", "\"0\"", NULL, POLICY_SWITCH_ODD },
		{ "minus zero", "-0", NULL, POLICY_SWITCH_ODD },
		{ "full-width zero", "\xef\xbc\x90", NULL, POLICY_SWITCH_ODD },
		{ "off twice", "0", "0", POLICY_SWITCH_ODD },
		{ "on twice", "1", "1", POLICY_SWITCH_ODD },
		{ "on and off", "1", "0", POLICY_SWITCH_ODD },
		{ "odd and off", "x", "0", POLICY_SWITCH_ODD },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum policy_switch got =
		    policy_switch_seen(POLICY_SWITCH_ABSENT, span_str(rows[i].first));

		if (rows[i].second != NULL)
			got = policy_switch_seen(got, span_str(rows[i].second));
		if (got != rows[i].want)
			fail_msg("%s: %d", rows[i].name, (int)got);
	}
}

static void
compares_the_required_header(void **state)
{
	static const struct {
		const char *setting, *name, *value;
		bool want;
	} rows[] = {
		{ "X-Secure", "X-Secure", "anything", true },
		{ "X-Secure", "x-secure", "", true },
		{ "X-Secure: yes", "X-Secure", " yes ", true },
		{ "X-Secure:yes", "X-SECURE", "yes", true },
		{ "X-Secure: yes", "X-Secure", "YES", true },
		{ "X-Secure:", "X-Secure", "1", true },
		{ "X-Secure: a:b", "X-Secure", "a:b", true },
		{ "", "X-Secure", "", false },
		{ ":", "", "", false },
		{ ": yes", "", "yes", false },
		{ "X-Secure", "X-Secure-2", "", false },
		{ "X-Secure: yes", "X-Secure", "no", false },
		{ "X-Secure: yes", "X-Secure", "yes please", false },
		{ "X-Secure: yes", "X-Secure", "ye", false },
		{ "X-Secure: yes", "X-Secure", "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (policy_header_matches(span_str(rows[i].setting), span_str(rows[i].name),
			span_str(rows[i].value)) != rows[i].want)
			fail_msg(
			    "\"%s\" and \"%s: %s\"", rows[i].setting, rows[i].name, rows[i].value);
}

static void
matches_patterns(void **state)
{
	static const struct {
		const char *pattern, *address;
		bool want;
	} rows[] = {
		{ "invoice@contoso.nl", "invoice@contoso.nl", true },
		{ "Invoice@Contoso.NL", "invoice@contoso.nl", true },
		{ "\"invoice\"@contoso.nl", "invoice@contoso.nl", true },
		{ "@contoso.nl", "anyone@contoso.nl", true },
		{ "*@contoso.nl", "anyone@contoso.nl", true },
		{ "*@Contoso.nl", "\"a@b\"@contoso.nl", true },
		{ "@*.contoso.nl", "anyone@mail.contoso.nl", true },
		{ "invoice@contoso.nl", "xinvoice@contoso.nl", false },
		{ "invoice@contoso.nl", "invoice@contoso.nl.evil.example", false },
		{ "invoice@contoso.nl", "invoice+x@contoso.nl", false },
		{ "@contoso.nl", "anyone@mail.contoso.nl", false },
		{ "@contoso.nl", "anyone@xcontoso.nl", false },
		{ "@contoso.nl", "\"x@contoso.nl\"@evil.example", false },
		{ "@*.contoso.nl", "anyone@contoso.nl", false },
		{ "@", "anyone@contoso.nl", false },
		{ "*@", "anyone@contoso.nl", false },
		{ "*", "anyone@contoso.nl", false },
		{ "", "anyone@contoso.nl", false },
		{ "contoso.nl", "anyone@contoso.nl", false },
		{ "@contoso.nl", "", false },
		{ "", "", false },
		{ "*@contoso.nl", "contoso.nl", false },
	};
	static const char *const list[] = { "a@contoso.nl", "@fabrikam.example" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (policy_pattern_matches(span_str(rows[i].pattern), span_str(rows[i].address)) !=
		    rows[i].want)
			fail_msg("\"%s\" and \"%s\"", rows[i].pattern, rows[i].address);
	assert_true(policy_patterns_match(list, 2, SPAN("b@fabrikam.example")));
	assert_false(policy_patterns_match(list, 2, SPAN("b@contoso.nl")));
	assert_false(policy_patterns_match(NULL, 0, SPAN("b@contoso.nl")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_each_row),
		cmocka_unit_test(unknown_never_counts_as_yes),
		cmocka_unit_test(table_is_well_formed),
		cmocka_unit_test(reads_the_switch),
		cmocka_unit_test(compares_the_required_header),
		cmocka_unit_test(matches_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
