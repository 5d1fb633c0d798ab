/*
 * tests/connector/test_smtp_client_reply.c - replies into outcomes. Replies come from RFC 5321
 * appendix D, RFC 3463, and public records of what Exchange Online answers.
 */
#include "connector/smtp_client_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Lines separated by "\n"; returns the error of the last push. */
static enum err
parse(const char *lines, struct smtp_reply *ret, bool *ret_done)
{
	struct smtp_reply_parser p;
	struct span rest = span_str(lines), line, text;
	enum err err = ERR_OK;

	smtp_reply_begin(&p);
	*ret_done = false;
	while (err == ERR_OK && rest.len > 0) {
		assert_false(*ret_done);
		if (!span_take_until(&rest, '\n', &line)) {
			line = rest;
			rest = SPAN_NONE;
		}
		(void)span_take_byte(&rest, '\n');
		err = smtp_reply_push(&p, line, &text, ret_done);
	}
	*ret = p.reply;
	return err;
}

static const struct {
	const char *name, *lines;
	enum smtp_step step;
	enum smtp_outcome want;
	bool throttles;
	const char *status;
} outcomes[] = {
	{ "accepted", "250 2.1.5 Recipient OK", SMTP_STEP_RCPT, SMTP_OUTCOME_OK, false, "2.1.5" },
	{ "accepted, bare", "250", SMTP_STEP_RCPT, SMTP_OUTCOME_OK, false, "2.0.0" },
	{ "will forward", "251 2.1.5 will forward", SMTP_STEP_RCPT, SMTP_OUTCOME_OK, false,
	    "2.1.5" },
	{ "go ahead", "354 go", SMTP_STEP_DATA, SMTP_OUTCOME_OK, false, "4.0.0" },
	{ "354 where it has no place", "354 go", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY, false,
	    "4.0.0" },
	{ "354 at the end", "354 go", SMTP_STEP_END, SMTP_OUTCOME_RETRY, false, "4.0.0" },
	{ "unknown user", "550 5.1.1 MXIN501 mailbox unknown", SMTP_STEP_RCPT, SMTP_OUTCOME_FAILED,
	    false, "5.1.1" },
	{ "unknown user, no enhanced code", "550 no such user", SMTP_STEP_RCPT, SMTP_OUTCOME_FAILED,
	    false, "5.0.0" },
	{ "relay denied", "550 5.7.64 TenantAttribution; Relay Access Denied", SMTP_STEP_RCPT,
	    SMTP_OUTCOME_FAILED, false, "5.7.64" },
	{ "mailbox busy", "450 4.2.1 busy", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY, false, "4.2.1" },
	{ "two codes disagree", "550 4.2.1 try later", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY, false,
	    "5.0.0" },
	{ "words that only look so", "550 4.5 of you are gone", SMTP_STEP_RCPT, SMTP_OUTCOME_FAILED,
	    false, "5.0.0" },
	{ "too many recipients, old", "552 too many recipients", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY,
	    false, "5.0.0" },
	{ "too many recipients, enhanced", "550 5.5.3 too many", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY,
	    false, "5.5.3" },
	{ "quota", "552 5.2.2 mailbox full", SMTP_STEP_RCPT, SMTP_OUTCOME_FAILED, false, "5.2.2" },
	{ "too large", "552 5.3.4 message too big", SMTP_STEP_END, SMTP_OUTCOME_FAILED, false,
	    "5.3.4" },
	{ "552 at the end is final", "552 too much mail data", SMTP_STEP_END, SMTP_OUTCOME_FAILED,
	    false, "5.0.0" },
	{ "bad sequence", "503 5.5.1 bad sequence", SMTP_STEP_END, SMTP_OUTCOME_RETRY, false,
	    "5.5.1" },
	{ "5xx at connect is about us", "554 5.7.1 go away", SMTP_STEP_GREETING, SMTP_OUTCOME_RETRY,
	    false, "5.7.1" },
	{ "5xx at EHLO", "502 5.5.1 what?", SMTP_STEP_EHLO, SMTP_OUTCOME_RETRY, false, "5.5.1" },
	{ "5xx at STARTTLS", "501 5.5.4 no", SMTP_STEP_STARTTLS, SMTP_OUTCOME_RETRY, false,
	    "5.5.4" },
	{ "454 at STARTTLS", "454 4.7.0 TLS not available", SMTP_STEP_STARTTLS, SMTP_OUTCOME_RETRY,
	    false, "4.7.0" },
	{ "shutting down", "421 4.3.2 bye", SMTP_STEP_MAIL, SMTP_OUTCOME_RETRY, true, "4.3.2" },
	{ "421 without more", "421 bye", SMTP_STEP_MAIL, SMTP_OUTCOME_RETRY, true, "4.0.0" },
	{ "server busy", "451 4.7.500 Server busy. Please try again later (S77719)", SMTP_STEP_MAIL,
	    SMTP_OUTCOME_RETRY, true, "4.7.500" },
	{ "last of the range", "451 4.7.699 (AS9999)", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY, true,
	    "4.7.699" },
	{ "behind the range", "451 4.7.700 other", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY, false,
	    "4.7.700" },
	{ "before the range", "451 4.7.1 greylisted", SMTP_STEP_RCPT, SMTP_OUTCOME_RETRY, false,
	    "4.7.1" },
	{ "not accepting", "452 4.3.2 not now", SMTP_STEP_MAIL, SMTP_OUTCOME_RETRY, true, "4.3.2" },
	{ "5.7.500 is no request for less", "550 5.7.500 banned", SMTP_STEP_MAIL,
	    SMTP_OUTCOME_FAILED, false, "5.7.500" },
};

static void
test_outcomes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		struct smtp_reply r;
		char status[12];
		bool done;

		if (parse(outcomes[i].lines, &r, &done) != ERR_OK || !done)
			fail_msg("%s: not parsed", outcomes[i].name);
		if (smtp_reply_outcome(&r, outcomes[i].step) != outcomes[i].want)
			fail_msg("%s: outcome %s", outcomes[i].name,
			    smtp_outcome_name(smtp_reply_outcome(&r, outcomes[i].step)));
		if (smtp_reply_throttles(&r) != outcomes[i].throttles)
			fail_msg("%s: throttles %d", outcomes[i].name, !outcomes[i].throttles);
		if (strcmp(smtp_reply_status(&r, status), outcomes[i].status) != 0)
			fail_msg("%s: status %s", outcomes[i].name, status);
	}
}

static const struct {
	const char *name, *lines, *text;
} texts[] = {
	{ "one line", "550 5.1.1 no such user", "5.1.1 no such user" },
	{ "lines are joined", "550-5.1.1 no such\n550 5.1.1 user here",
	    "5.1.1 no such 5.1.1 user here" },
	{ "empty lines vanish", "550-\n550-words\n550", "words" },
	{ "controls",
	    "550 a\x01"
	    "b\tc\x7f",
	    "a?b c?" },
	{ "utf-8 stays", "550 caf\xc3\xa9", "caf\xc3\xa9" },
	{ "latin-1 is not utf-8", "550 caf\xe9!", "caf?!" },
	{ "overlong", "550 \xc0\xaf", "??" },
	{ "surrogate", "550 \xed\xa0\x80", "???" },
};

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct smtp_reply r;
		bool done;

		if (parse(texts[i].lines, &r, &done) != ERR_OK || !done ||
		    strcmp(r.text, texts[i].text) != 0)
			fail_msg("%s: \"%s\"", texts[i].name, r.text);
	}
}

static const struct {
	const char *name, *lines;
	enum err want;
} bad[] = {
	{ "empty line", "\n", ERR_SYNTAX },
	{ "two digits", "25", ERR_SYNTAX },
	{ "no digits", "hello there", ERR_SYNTAX },
	{ "four digits", "2500 x", ERR_SYNTAX },
	{ "first digit 1", "150 x", ERR_SYNTAX },
	{ "first digit 6", "650 x", ERR_SYNTAX },
	{ "odd separator", "250_x", ERR_SYNTAX },
	{ "blank in front", " 250 x", ERR_SYNTAX },
	{ "another code in the second line", "250-a\n550 b", ERR_SYNTAX },
	{ "text in the second line", "250-a\nb", ERR_SYNTAX },
	{ "200 without end", "250-a", ERR_OK },
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct smtp_reply r;
		bool done;
		enum err err = parse(bad[i].lines, &r, &done);

		if (err != bad[i].want || done)
			fail_msg("%s: %s, done %d", bad[i].name, err_name(err), done);
	}
}

static void
test_bounds(void **state)
{
	struct smtp_reply_parser p;
	struct span text;
	char line[SMTP_REPLY_LINE_MAX + 2];
	bool done;

	(void)state;
	smtp_reply_begin(&p);
	for (unsigned i = 0; i < SMTP_REPLY_LINES_MAX; i++)
		assert_int_equal(smtp_reply_push(&p, SPAN("250-x"), &text, &done), ERR_OK);
	assert_int_equal(smtp_reply_push(&p, SPAN("250-x"), &text, &done), ERR_LIMIT);

	/* a long text is cut, between whole characters */
	memset(line, 'x', sizeof(line));
	line[0] = line[1] = '5';
	line[2] = '0';
	line[3] = ' ';
	line[4 + SMTP_REPLY_TEXT_MAX - 1] = (char)0xc3;
	line[4 + SMTP_REPLY_TEXT_MAX] = (char)0xa9;
	smtp_reply_begin(&p);
	assert_int_equal(
	    smtp_reply_push(&p, span_of(line, SMTP_REPLY_LINE_MAX), &text, &done), ERR_OK);
	assert_int_equal(strlen(p.reply.text), SMTP_REPLY_TEXT_MAX - 1);
	assert_int_equal(text.len, SMTP_REPLY_LINE_MAX - 4);
	smtp_reply_begin(&p);
	assert_int_not_equal(
	    smtp_reply_push(&p, span_of(line, SMTP_REPLY_LINE_MAX + 1), &text, &done), ERR_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
