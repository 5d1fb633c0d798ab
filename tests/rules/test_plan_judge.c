/*
 * Plans before a judge that shares nothing with the program (plan_judge.py): Python's json and re, Microsoft's
 * parameters, and mails that pass the rules twice.
 */
#include "rules/plan_int.h"

#include "rules/plan_tenant.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>

#define ASKED_AT_LEAST 150 /* questions a plan: fewer, and the judge did not look */

/* judge() - how many questions were asked; negative: so many lines of complaint were written. */
static int
judge(const struct buf *json, char *complaints, size_t size)
{
	char command[1024], line[512];
	size_t used = 0;
	struct tmpdir dir;
	int asked = 0, lines = 0;

	tmpdir_make(&dir);
	tmpdir_write(&dir, "plan.json", buf_span(json));
	snprintf(command, sizeof(command),
	    "/usr/bin/python3 -B '" SOURCE_DIR "/tests/rules/plan_judge.py' '" SOURCE_DIR
	    "/tests/data/cmdlets.json' '%s/plan.json' 2>&1",
	    dir.path);
	FILE *f = popen(command, "r"); /* NOLINT(cert-env33-c): the command is ours */
	assert_non_null(f);
	complaints[0] = '\0';
	while (fgets(line, sizeof(line), f) != NULL) {
		lines++;
		asked = atoi(line);
		if (used + strlen(line) < size) {
			memcpy(complaints + used, line, strlen(line) + 1);
			used += strlen(line);
		}
	}
	int status = pclose(f);
	tmpdir_done(&dir);
	return status == 0 ? asked : -lines;
}

static void
make_json(struct tenant *t, struct buf *json)
{
	struct arena a;
	struct plan plan;

	arena_init_secret(&a, 8 << 20);
	buf_init(json, 8 << 20);
	assert_ok(plan_make(t, &a, &plan));
	assert_ok(plan_json(&plan, json));
	arena_done(&a);
}

/* Every combination of the settings that change rules. */
static void
combinations(void **state)
{
	static const char *const exclusions[] = { "facturen@contoso.nl", "@hr.contoso.nl",
		"*@robots.contoso.nl", "someone@fabrikam.example" };
	static const char *const groups[] = { "scanners@contoso.nl" };
	static const char *const two[] = { TEST_TOKEN, TEST_TOKEN2 };

	(void)state;
	for (unsigned bits = 0; bits < 128; bits++) {
		struct tenant *t = tenant_fixed();
		char complaint[4096];
		struct buf json;

		tenant_set(t, "mode", bits & 1 ? "opt-in" : "opt-out");
		tenant_set(t, "rule_scope", bits & 2 ? "organization" : "group");
		tenant_set(t, "rule_recipients", bits & 4 ? "all" : "outside");
		tenant_set(t, "loop_mark", bits & 8 ? "plain" : "tokens");
		tenant_set(t, "retain_headers", bits & 16 ? "false" : "true");
		tenant_set(t, "spam_rule", bits & 32 ? "false" : "true");
		if (bits & 64) {
			tenant_set_list(t, "excluded_senders", exclusions, COUNT(exclusions));
			tenant_set_list(t, "excluded_groups", groups, COUNT(groups));
			tenant_set_list(t, "mark_tokens", two, COUNT(two));
		}
		make_json(t, &json);
		int asked = judge(&json, complaint, sizeof(complaint));
		if (asked < ASKED_AT_LEAST)
			fail_msg("settings %u: %d: %s", bits, asked, complaint);
		buf_done_secret(&json);
		tenant_free(&t);
	}
}

static void
replace(struct buf *text, const char *what, const char *by)
{
	struct buf out;

	buf_init(&out, text->max);
	size_t at = span_find(buf_span(text), span_str(what));
	if (at == text->len)
		fail_msg("no %s", what);
	assert_ok(buf_put(&out, span_upto(buf_span(text), at)));
	assert_ok(buf_put_str(&out, by));
	assert_ok(buf_put(&out, span_from(buf_span(text), at + strlen(what))));
	buf_done(text);
	*text = out;
}

/* A judge who never says no is none: one thing wrong each time. */
static void
judge_says_no(void **state)
{
	static const struct {
		const char *what, *by, *complaint;
	} cases[] = {
		{ "\"UseMXRecord\"", "\"UseMXRecords\"", "UseMXRecords is no parameter" },
		{ "\"RequireTls\":true", "\"RequireTls\":\"yes\"", "RequireTls is yes" },
		{ "\"OnPremises\"", "\"OnPremise\"", "not in" },
		{ "\"SenderDomains\"", "\"SenderIPAddresses\"", "SenderDomains missing" },
		{ "\"Defer\"", "\"Ignore\"", "waits" },
		{ "\"^\\\\s*0\\\\s*$\"", "\"0\"", "10 is neither" },
		{ "^\\\\s*1\\\\.0\\\\s\\\\s*", "1.0 ", "dot is a dot" },
		{ "\\\\s\\\\s*test", " +test", "a sign that is not listed" },
		{ "[\"\\\\S\"]", "[\".\"]", "a sign that is not listed" },
		{ "\"MessageTypeMatches\":\"OOF\"", "\"MessageTypeMatches\":\"Signed\"",
		    "automatic reply" },
		/* a secret on mail that is not sent to the service leaves with it */
		{ "\"SetSCL\":-1",
		    "\"SetSCL\":-1,\"SetHeaderName\":\"X-SecuDoc-Tenant\",\"SetHeaderValue\":\"s\"",
		    "leaves with ['X-SecuDoc-Tenant']" },
		{ "\"RemoveHeader\":\"X-SecuDoc-Mark\"", "\"RemoveHeader\":\"X-SecuDoc\"",
		    "leaves with" },
		{ "\"StopRuleProcessing\":true", "\"StopRuleProcessing\":false", "does not see" },
		{ "\"ExceptIfHeaderMatchesMessageHeader\":\"X-SecuDoc-Enabled\"",
		    "\"ExceptIfHeaderMatchesMessageHeader\":\"X-Other\"", "SCL -1" },
		{ "\"AttachmentSizeOver\":\"1KB\"", "\"AttachmentSizeOver\":\"2KB\"",
		    "a file of 2 KB" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tenant *t = tenant_fixed();
		char complaint[4096];
		struct buf json;

		make_json(t, &json);
		replace(&json, cases[i].what, cases[i].by);
		int asked = judge(&json, complaint, sizeof(complaint));
		if (asked > 0 || strstr(complaint, cases[i].complaint) == NULL)
			fail_msg("%s: %d: %s", cases[i].by, asked, complaint);
		buf_done_secret(&json);
		tenant_free(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(combinations),
		cmocka_unit_test(judge_says_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
