#include "rules/tools.h"

#include "support/unit.h"

static void
patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "abc", "abc", true },
		{ "abc", "ABC", true },
		{ "abc", "abcd", false },
		{ "abc", "ab", false },
		{ "abc*", "abc", true },
		{ "abc*", "abc def", true },
		{ "abc*", "xabc", false },
		{ "*abc", "xabc", true },
		{ "*abc", "abcx", false },
		{ "*abc", "abcabc", true },
		{ "a*c", "abc", true },
		{ "a*c", "ac", true },
		{ "a*c", "a", false },
		{ "aa*aa", "aaa", false },
		{ "aa*aa", "aaaa", true },
		{ "*b*", "abc", true },
		{ "*b*", "ac", false },
		{ "a*b*c", "a-b-b-c", true },
		{ "a*b*c", "a-c-b", false },
		{ "*", "", true },
		{ "**", "x", true },
		{ "", "", true },
		{ "", "x", false },
		/* what means something elsewhere means itself here */
		{ "a.c", "abc", false },
		{ "[a]*", "[a] b", true },
		{ "[a]*", "a", false },
		{ "a?c", "abc", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (rule_pattern_matches(span_str(cases[i].pattern), span_str(cases[i].text)) !=
		    cases[i].matches)
			fail_msg("%s %s", cases[i].pattern, cases[i].text);
	}
}

/* Names as the makers' pages and scripts have them. */
static void
tools(void **state)
{
	static const struct {
		const char *rule, *connector, *tool; /* tool NULL: nobody's */
	} cases[] = {
		{ "CodeTwo Exchange transport rule", "", "CodeTwo Email Signatures 365" },
		{ "Identify messages to send to Exclaimer Cloud", "", "Exclaimer" },
		{ "signatures", "Send to Exclaimer Cloud", "Exclaimer" },
		{ "Prevent Out of Office messages being sent to Exclaimer Cloud", "", "Exclaimer" },
		{ "Route email to LSI contoso.nl", "", "Letsignit" },
		{ "renamed", "o365 to LSI", "Letsignit" },
		{ "crossware transport rule", "", "Crossware Mail Signature" },
		{ "Identify messages to send to ExSign Agent", "From O365 to ExSign Agent",
		    "ExSign Agent" },
		{ "SecuDoc Mail Integration", "SecuDoc Out", NULL },
		{ "Disclaimer", "", NULL },
		{ "", "", NULL },
		{ "Not CodeTwo Exchange transport rule", "", NULL },
		{ "", "Receive from Exclaimer Cloud", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct rule_tool *tool =
		    rule_tool_find(span_str(cases[i].rule), span_str(cases[i].connector));

		if (cases[i].tool == NULL ? tool != NULL
					  : tool == NULL || strcmp(tool->name, cases[i].tool) != 0)
			fail_msg("%s: %s", cases[i].rule, tool == NULL ? "nobody" : tool->name);
	}
}

/* A row without a source, or that matches everything, would put our rules behind anything. */
static void
table(void **state)
{
	(void)state;
	for (size_t i = 0; i < rule_tool_count; i++) {
		const struct rule_tool *t = &rule_tools[i];

		assert_true(strlen(t->name) > 3);
		assert_true(strlen(t->source) > 10);
		assert_true(t->rule_pattern != NULL || t->connector_pattern != NULL);
		assert_true(t->rule_pattern == NULL || strlen(t->rule_pattern) > 8);
		assert_true(t->connector_pattern == NULL || strlen(t->connector_pattern) > 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(tools),
		cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
