/*
 * tests/connector/test_report.c - reports as another implementation reads them (Python's email),
 * and the questions whether one may be sent and is wanted. Rows of the latter: RFC 3834 section 5,
 * RFC 3461 section 4.1, and what Exchange writes.
 */
#include "connector/report.h"
#include "connector/smtp_client.h"
#include "core/buf.h"
#include "support/alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PYTHON "/usr/bin/python3"

static const char header[] =
    "Received: from a by b; Sat, 21 Nov 2026 20:00:00 +0000\r\n"
    "X-SecuDoc-Enabled: 1\r\n"
    "x-secudoc: 1.0 token\r\n"
    "X-Our-Secret: 0123456789abcdef\r\n"
    "From: Anna <anna@contoso.example>\r\n"
    "To: bert@out.example,\r\n"
    " carl@out.example\r\n"
    "Subject: =?utf-8?Q?Rechnung_f=C3=BCr_?=\r\n"
    " =?utf-8?B?TcOkcno=?=\r\n"
    "Date: Sat, 21 Nov 2026 21:00:00 +0100\r\n"
    "X-Latin: caf\xe9\r\n"
    "X-Long: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\r\n"
    "Message-ID: <1@contoso.example>\r\n"
    "\r\n";

static bool
have_python(void)
{
	if (access(PYTHON, X_OK) == 0)
		return true;
	print_message("skipped: %s is not there\n", PYTHON);
	return false;
}

/* Feeds the report to report_parse.py; what it prints goes to out. */
static void
parse(const struct report *r, struct buf *out)
{
	char path[] = "/tmp/report-test-XXXXXX", command[600], chunk[4096];
	int fd = mkstemp(path);
	struct buf mail;
	FILE *pipe;
	size_t n;

	assert_true(fd >= 0);
	buf_init(&mail, 16u << 20);
	assert_ok(report_write(r, sink_buf(&mail)));
	assert_int_equal(write(fd, mail.p, mail.len), (ssize_t)mail.len);
	close(fd);
	(void)snprintf(command, sizeof(command),
	    "PYTHONIOENCODING=utf-8 " PYTHON " %s/tests/connector/report_parse.py < %s", SOURCE_DIR,
	    path);
	pipe = popen(command, "r"); /* NOLINT(cert-env33-c): the command is ours */
	assert_non_null(pipe);
	while ((n = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
		assert_ok(buf_put(out, span_of(chunk, n)));
	assert_int_equal(pclose(pipe), 0);
	unlink(path);
	buf_done(&mail);
}

static void
must_have(const struct buf *seen, const char *line)
{
	char whole[1000];

	(void)snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(buf_cstr(seen), whole) == NULL)
		fail_msg("no line \"%s\" in:\n%s", line, buf_cstr(seen));
}

static void
must_not_have(const struct buf *seen, const char *piece)
{
	if (strstr(buf_cstr(seen), piece) != NULL)
		fail_msg("\"%s\" in:\n%s", piece, buf_cstr(seen));
}

static struct report
sample(struct report_rcpt *rcpts, size_t count)
{
	return (struct report){
		.kind = REPORT_FAILED,
		.language = LANGUAGE_EN,
		.organisation = "Contoso",
		.hostname = "out.secudoc.example",
		.remote_host = "contoso.mail.protection.example",
		.from = "secudoc@contoso.example",
		.to = SPAN("anna@contoso.example"),
		.envid = SPAN("QQ+2B314159"),
		.id = 4711,
		.tries = 2,
		.arrival_ms = 1795291200000, /* Sat, 21 Nov 2026 20:00:00 UTC */
		.now_ms = 1795294800000,
		.header = span_of(header, sizeof(header) - 1),
		.secret_header = "X-Our-Secret",
		.rcpts = rcpts,
		.rcpt_count = count,
	};
}

static void
test_failed(void **state)
{
	struct report_rcpt rcpts[] = {
		{ .address = SPAN("bert@out.example"),
		    .orcpt = SPAN("rfc822;bert+2Bx@old.example"),
		    .status = SPAN("5.1.1"),
		    .diagnostic = SPAN("550 5.1.1 MXIN501 mailbox bert unknown"),
		    .last_try_ms = 1795294800000 },
		{ .address = SPAN("carl@out.example"),
		    .status = SPAN("5.6.7"),
		    .reason =
			SPAN("the mail needs SMTPUTF8, which the next server does not offer") },
	};
	struct report r = sample(rcpts, 2);
	struct buf seen;

	(void)state;
	if (!have_python())
		return;
	buf_init(&seen, 1u << 20);
	parse(&r, &seen);
	assert_true(span_starts(buf_span(&seen), SPAN("7bit=True\n")));
	must_have(&seen, "From=SecuDoc <secudoc@contoso.example>");
	must_have(&seen, "To=anna@contoso.example");
	must_have(&seen, "Subject=Not delivered: Rechnung für März");
	must_have(&seen, "Auto-Submitted=auto-replied");
	must_have(&seen, "Message-ID=<report.4711.2.0@out.secudoc.example>");
	must_have(&seen, "Content-Language=en");
	must_have(&seen, "date=2026-11-21T21:00:00+00:00");
	must_have(&seen, "type=multipart/report/delivery-status");
	must_have(&seen, "part=message/delivery-status");
	must_have(&seen, "part=text/rfc822-headers");
	must_have(&seen, "defects=0");
	/* names the mail and the action */
	must_have(&seen, "text|Subject: Rechnung für März");
	must_have(&seen, "text|Date: Sat, 21 Nov 2026 21:00:00 +0100");
	must_have(&seen, "text|    bert@out.example");
	must_have(&seen, "text|    carl@out.example");
	must_have(&seen,
	    "text|    Check the address for typing errors (for example .com instead of .nl) and send "
	    "the mail again.");
	/* SM-028 */
	must_have(&seen, "text|    smtp; 550 5.1.1 MXIN501 mailbox bert unknown");
	must_have(&seen, "status.0|Reporting-MTA=dns; out.secudoc.example");
	must_have(&seen, "status.0|Original-Envelope-Id=QQ+314159");
	must_have(&seen, "status.0|Arrival-Date=Sat, 21 Nov 2026 20:00:00 +0000");
	must_have(&seen, "status.1|Original-Recipient=rfc822; bert+x@old.example");
	must_have(&seen, "status.1|Final-Recipient=rfc822; bert@out.example");
	must_have(&seen, "status.1|Action=failed");
	must_have(&seen, "status.1|Status=5.1.1");
	must_have(&seen, "status.1|Remote-MTA=dns; contoso.mail.protection.example");
	must_have(&seen, "status.1|Diagnostic-Code=smtp; 550 5.1.1 MXIN501 mailbox bert unknown");
	must_have(&seen, "status.1|Last-Attempt-Date=Sat, 21 Nov 2026 21:00:00 +0000");
	must_have(&seen, "status.2|Status=5.6.7");
	must_not_have(&seen, "status.2|Remote-MTA");
	must_not_have(&seen, "status.2|Original-Recipient");
	/* headers only, and none of ours */
	must_have(&seen, "original|Subject=Rechnung für März");
	must_have(&seen, "original|Message-ID=<1@contoso.example>");
	must_not_have(&seen, "0123456789abcdef");
	must_not_have(&seen, "original|X-SecuDoc");
	must_not_have(&seen, "original|x-secudoc");
	buf_done(&seen);
}

static const struct {
	enum report_kind kind;
	int language;
	const char *subject, *language_tag, *status, *action, *line;
} kinds[] = {
	{ REPORT_FAILED, LANGUAGE_NL, "Subject=Niet bezorgd: Rechnung für März",
	    "Content-Language=nl", "status.1|Status=5.2.2", "status.1|Action=failed",
	    "text|Ontvangers:" },
	{ REPORT_EXPIRED, LANGUAGE_NL, "Subject=Niet bezorgd: Rechnung für März",
	    "Content-Language=nl", "status.1|Status=4.4.7", "status.1|Action=failed",
	    "text|Wat kunt u doen?" },
	{ REPORT_RELAYED, LANGUAGE_DE, "Subject=Weitergegeben: Rechnung für März",
	    "Content-Language=de", "status.1|Status=2.0.0", "status.1|Action=relayed",
	    "text|Empfänger:" },
	{ REPORT_LOOP, LANGUAGE_DE, "Subject=Angehalten: Rechnung für März", "Content-Language=de",
	    "status.1|Status=5.4.6", "status.1|Action=failed", "text|Was können Sie tun?" },
	{ REPORT_EXPIRED, LANGUAGE_EN, "Subject=Not delivered: Rechnung für März",
	    "Content-Language=en", "status.1|Status=4.4.7", "status.1|Action=failed",
	    "text|What can you do?" },
	{ REPORT_LOOP, 99, "Subject=Stopped: Rechnung für März", "Content-Language=en",
	    "status.1|Status=5.4.6", "status.1|Action=failed", "text|Recipients:" },
};

static void
test_kinds_and_languages(void **state)
{
	(void)state;
	if (!have_python())
		return;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct report_rcpt rcpt = { .address = SPAN("bert@out.example"),
			.status = SPAN("5.2.2"),
			.diagnostic = SPAN("452 4.2.2 full") };
		struct report r = sample(&rcpt, 1);
		struct buf seen;

		r.kind = kinds[i].kind;
		r.language = kinds[i].language;
		buf_init(&seen, 1u << 20);
		parse(&r, &seen);
		must_have(&seen, kinds[i].subject);
		must_have(&seen, kinds[i].language_tag);
		must_have(&seen, kinds[i].status);
		must_have(&seen, kinds[i].action);
		must_have(&seen, kinds[i].line);
		must_have(&seen, "defects=0");
		buf_done(&seen);
	}
}

/* Strangers' bytes: nothing breaks the mail or reaches a header or a part of its own. */
static void
test_hostile(void **state)
{
	static const char evil[] = "Subject: x=?utf-8?B?DQpCY2M6IGVAZQ==?=\r\n"
				   "Date: now\r\n --=_report_4711_2_0\r\n\r\n";
	struct report_rcpt rcpt = {
		.address = SPAN("b\xc3\xa9rt@\xe4\xbe\x8b.example"),
		.status = SPAN("5.7.1"),
		.diagnostic = SPAN(
		    "550 5.7.1 caf\xc3\xa9 \t --=_report_4711_2_0 "
		    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")
	};
	struct report r = sample(&rcpt, 1);
	struct buf seen;

	(void)state;
	if (!have_python())
		return;
	r.header = span_of(evil, sizeof(evil) - 1);
	r.envid = SPAN("x+0D+0ABcc:+20e");
	rcpt.orcpt = SPAN("rfc822;a+0D+0ABcc:e");
	buf_init(&seen, 1u << 20);
	parse(&r, &seen);
	must_have(&seen, "defects=0");
	must_have(&seen, "status.1|Final-Recipient=utf-8; b\\x{E9}rt@\\x{4F8B}.example");
	must_not_have(&seen, "\nstatus.0|Original-Envelope-Id");
	must_not_have(&seen, "Original-Recipient");
	must_not_have(&seen, "|Bcc=");
	must_not_have(&seen, "long line");
	must_not_have(&seen, "bare line end");
	must_not_have(&seen, "status.2|");
	buf_done(&seen);
}

static void
test_no_header(void **state)
{
	struct report_rcpt rcpt = { .address = SPAN("bert@out.example"),
		.status = SPAN("5.1.1"),
		.diagnostic = SPAN("550 no") };
	struct report r = sample(&rcpt, 1);
	struct buf seen;

	(void)state;
	if (!have_python())
		return;
	r.header = SPAN_NONE;
	r.envid = SPAN_NONE;
	buf_init(&seen, 1u << 20);
	parse(&r, &seen);
	must_have(&seen, "Subject=Not delivered: (no subject)");
	must_have(&seen, "text|Date: Sat, 21 Nov 2026 20:00:00 +0000");
	must_not_have(&seen, "part=text/rfc822-headers");
	must_have(&seen, "defects=0");
	buf_done(&seen);
}

static void
test_same_bytes(void **state)
{
	struct report_rcpt rcpt = { .address = SPAN("bert@out.example"), .status = SPAN("5.1.1") };
	struct report r = sample(&rcpt, 1);
	struct buf a, b;

	(void)state;
	buf_init(&a, 1u << 20);
	buf_init(&b, 1u << 20);
	assert_ok(report_write(&r, sink_buf(&a)));
	assert_ok(report_write(&r, sink_buf(&b)));
	assert_true(span_eq(buf_span(&a), buf_span(&b)));
	buf_done(&a);
	buf_done(&b);
}

/* A sink that stops at any byte: the error comes out. */
static void
test_sink_fails(void **state)
{
	struct report_rcpt rcpt = { .address = SPAN("bert@out.example"), .status = SPAN("5.1.1") };
	struct report r = sample(&rcpt, 1);
	uint64_t whole = 0;

	(void)state;
	assert_ok(report_write(&r, sink_counting(&whole)));
	for (size_t max = 1; max < whole; max += 7) {
		struct buf small;

		buf_init(&small, max);
		assert_int_equal(report_write(&r, sink_buf(&small)), ERR_LIMIT);
		buf_done(&small);
	}
}

static void
test_no_memory(void **state)
{
	struct report_rcpt rcpt = { .address = SPAN("bert@out.example"),
		.orcpt = SPAN("rfc822;x@y"),
		.status = SPAN("5.1.1"),
		.diagnostic = SPAN("550 no") };
	struct report r = sample(&rcpt, 1);

	(void)state;
	for (size_t n = 1;; n++) {
		uint64_t bytes = 0;
		enum err err;

		alloc_fail_at(n);
		err = report_write(&r, sink_counting(&bytes));
		if (!alloc_failed())
			break;
		assert_int_equal(err, ERR_TEMP);
	}
	alloc_fail_at(0);
}

static const struct {
	const char *name, *sender, *header;
	bool want;
} allowed[] = {
	{ "ordinary", "a@b", "Subject: x\r\n\r\n", true },
	{ "null sender", "", "Subject: x\r\n\r\n", false },
	{ "no header known", "a@b", "", true },
	{ "auto-replied", "a@b", "Auto-Submitted: auto-replied\r\n\r\n", false },
	{ "auto-generated, folded", "a@b", "Auto-Submitted:\r\n auto-generated\r\n\r\n", false },
	{ "with a parameter", "a@b", "auto-submitted: auto-replied; owner-email=x\r\n\r\n", false },
	{ "auto-submitted no", "a@b", "Auto-Submitted: no\r\n\r\n", true },
	{ "no with a comment", "a@b", "Auto-Submitted: No (by hand)\r\n\r\n", true },
	{ "nobody is not no", "a@b", "Auto-Submitted: nobody\r\n\r\n", false },
	{ "empty is odd", "a@b", "Auto-Submitted:\r\n\r\n", false },
	{ "bulk", "a@b", "Precedence: bulk\r\n\r\n", false },
	{ "junk", "a@b", "PRECEDENCE: Junk\r\n\r\n", false },
	{ "list", "a@b", "Subject: x\r\nPrecedence: list\r\n\r\n", false },
	{ "first class", "a@b", "Precedence: first-class\r\n\r\n", true },
	{ "suppress all", "a@b", "X-Auto-Response-Suppress: All\r\n\r\n", false },
	{ "suppress some", "a@b", "X-Auto-Response-Suppress: DR, OOF, NDR\r\n\r\n", false },
	{ "suppress others", "a@b", "X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n\r\n", true },
	{ "in the body only", "a@b", "Subject: x\r\n\r\nPrecedence: bulk\r\n", true },
	{ "another field", "a@b", "X-Precedence: bulk\r\n\r\n", true },
};

static void
test_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(allowed); i++)
		if (report_allowed(span_str(allowed[i].sender), span_str(allowed[i].header)) !=
		    allowed[i].want)
			fail_msg("%s", allowed[i].name);
}

static void
test_wanted(void **state)
{
	(void)state;
	assert_true(report_wanted(REPORT_FAILED, 0));
	assert_true(report_wanted(REPORT_EXPIRED, 0));
	assert_true(report_wanted(REPORT_FAILED, SMTP_NOTIFY_FAILURE));
	assert_true(report_wanted(REPORT_FAILED, SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_SUCCESS));
	assert_false(report_wanted(REPORT_FAILED, SMTP_NOTIFY_NEVER));
	assert_false(report_wanted(REPORT_FAILED, SMTP_NOTIFY_SUCCESS));
	assert_false(report_wanted(REPORT_EXPIRED, SMTP_NOTIFY_DELAY));
	assert_true(report_wanted(REPORT_RELAYED, SMTP_NOTIFY_SUCCESS));
	assert_false(report_wanted(REPORT_RELAYED, 0));
	assert_false(report_wanted(REPORT_RELAYED, SMTP_NOTIFY_FAILURE));
	assert_false(report_wanted(REPORT_RELAYED, SMTP_NOTIFY_NEVER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_kinds_and_languages),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_no_header),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_sink_fails),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
