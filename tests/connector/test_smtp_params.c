/*
 * tests/connector/test_smtp_params.c - parameters of MAIL and RCPT.
 *
 * Right ones: the examples of RFC 1870 section 7, RFC 3461 sections 4 and 10, RFC 6531 section 3.4,
 * RFC 6533 section 3. Wrong ones: values these forbid, each thing twice, S10.
 */
#include "connector/smtp_params.h"

#include "support/unit.h"

#include <stdio.h>

static void
mail_params(void **state)
{
	static const struct {
		const char *in;
		enum err want;
		struct smtp_mail_params is;
		const char *envid;
	} cases[] = {
		{ "", ERR_OK, { .size = 0 }, "" },
		{ " SIZE=500000", ERR_OK, { .has_size = true, .size = 500000 }, "" },
		{ " size=0", ERR_OK, { .has_size = true }, "" },
		{ " SIZE=00000000000000000012", ERR_OK, { .has_size = true, .size = 12 }, "" },
		{ " SIZE=99999999999999999999", ERR_OK, { .has_size = true, .size = UINT64_MAX },
		    "" },
		{ " SIZE=000000000000000000012", ERR_SYNTAX, { .size = 0 }, "" }, /* 21 digits */
		{ " SIZE=", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SIZE", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SIZE=-1", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SIZE=1k", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SIZE=1 SIZE=1", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SIZE=1 size=2", ERR_SYNTAX, { .size = 0 }, "" },
		{ " BODY=8BITMIME", ERR_OK, { .body_8bit = true }, "" },
		{ " BODY=7BIT", ERR_OK, { .body_8bit = false }, "" },
		{ " body=8bitmime", ERR_OK, { .body_8bit = true }, "" },
		{ " BODY=BINARYMIME", ERR_SYNTAX, { .size = 0 }, "" },
		{ " BODY", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SMTPUTF8", ERR_OK, { .smtputf8 = true }, "" },
		{ " SMTPUTF8=1", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SMTPUTF8 SMTPUTF8", ERR_SYNTAX, { .size = 0 }, "" },
		{ " RET=HDRS ENVID=QQ314159", ERR_OK, { .ret = STORE_RET_HDRS }, "QQ314159" },
		{ " RET=full", ERR_OK, { .ret = STORE_RET_FULL }, "" },
		{ " RET=BODY", ERR_SYNTAX, { .size = 0 }, "" },
		{ " RET=", ERR_SYNTAX, { .size = 0 }, "" },
		{ " ENVID=a+2Bb+3Dc", ERR_OK, { .size = 0 }, "a+2Bb+3Dc" },
		{ " ENVID=a+2bb", ERR_SYNTAX, { .size = 0 }, "" }, /* lower case is no hexchar */
		{ " ENVID=a+0D+0Ab", ERR_SYNTAX, { .size = 0 }, "" },
		{ " ENVID=a+00", ERR_SYNTAX, { .size = 0 }, "" },
		{ " ENVID=a+", ERR_SYNTAX, { .size = 0 }, "" },
		{ " ENVID=a=b", ERR_SYNTAX, { .size = 0 }, "" },
		{ " ENVID=\xc3\xbc", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SIZE=1 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x  ", ERR_OK,
		    { .has_size = true,
			.size = 1,
			.body_8bit = true,
			.smtputf8 = true,
			.ret = STORE_RET_FULL },
		    "x" },
		{ "SIZE=1", ERR_SYNTAX, { .size = 0 }, "" },
		{ "  SIZE=1", ERR_SYNTAX, { .size = 0 }, "" },
		{ " SIZE=1\tBODY=7BIT", ERR_SYNTAX, { .size = 0 }, "" },
		{ " =1", ERR_SYNTAX, { .size = 0 }, "" },
		{ " -A=1", ERR_SYNTAX, { .size = 0 }, "" },
		{ " XOORG=contoso.example", ERR_DENIED, { .size = 0 }, "" },
		{ " AUTH=<>", ERR_DENIED, { .size = 0 }, "" },
		{ " NOTIFY=NEVER", ERR_DENIED, { .size = 0 }, "" }, /* belongs to RCPT */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_mail_params p;
		const struct smtp_mail_params *is = &cases[i].is;
		enum err err = smtp_mail_params_parse(span_str(cases[i].in), &p);

		if (err != cases[i].want)
			fail_msg("\"%s\": %s: %s", cases[i].in, err_name(err), err_note());
		if (err == ERR_OK &&
		    (p.has_size != is->has_size || p.size != is->size ||
			p.body_8bit != is->body_8bit || p.smtputf8 != is->smtputf8 ||
			p.ret != is->ret || !span_eq(p.envid, span_str(cases[i].envid))))
			fail_msg("\"%s\"", cases[i].in);
	}
}

static void
rcpt_params(void **state)
{
	static const struct {
		const char *in;
		enum err want;
		unsigned notify;
		const char *orcpt;
	} cases[] = {
		{ "", ERR_OK, 0, "" },
		{ " NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM", ERR_OK, STORE_NOTIFY_SUCCESS,
		    "rfc822;Bob@Example.COM" },
		{ " NOTIFY=NEVER", ERR_OK, STORE_NOTIFY_NEVER, "" },
		{ " NOTIFY=FAILURE,DELAY", ERR_OK, STORE_NOTIFY_FAILURE | STORE_NOTIFY_DELAY, "" },
		{ " notify=delay,failure,success", ERR_OK,
		    STORE_NOTIFY_FAILURE | STORE_NOTIFY_DELAY | STORE_NOTIFY_SUCCESS, "" },
		{ " NOTIFY=NEVER,FAILURE", ERR_SYNTAX, 0, "" },
		{ " NOTIFY=FAILURE,NEVER", ERR_SYNTAX, 0, "" },
		{ " NOTIFY=FAILURE,FAILURE", ERR_SYNTAX, 0, "" },
		{ " NOTIFY=FAILURE,", ERR_SYNTAX, 0, "" },
		{ " NOTIFY=,FAILURE", ERR_SYNTAX, 0, "" },
		{ " NOTIFY=", ERR_SYNTAX, 0, "" },
		{ " NOTIFY", ERR_SYNTAX, 0, "" },
		{ " NOTIFY=NEVER NOTIFY=NEVER", ERR_SYNTAX, 0, "" },
		{ " ORCPT=rfc822;Carol+2B1@Ivory.EDU", ERR_OK, 0, "rfc822;Carol+2B1@Ivory.EDU" },
		{ " ORCPT=x400;/S+3Dbob/", ERR_OK, 0, "x400;/S+3Dbob/" },
		{ " ORCPT=bob@example.org", ERR_SYNTAX, 0, "" },
		{ " ORCPT=;bob@example.org", ERR_SYNTAX, 0, "" },
		{ " ORCPT=rfc822;", ERR_SYNTAX, 0, "" },
		{ " ORCPT=rfc822;bob+0D+0ADATA", ERR_SYNTAX, 0, "" },
		{ " ORCPT=rfc822;bob+7F", ERR_SYNTAX, 0, "" },
		{ " ORCPT=rfc822;b\xc3\xb6"
		  "b@example.org",
		    ERR_SYNTAX, 0, "" },
		{ " ORCPT=rf_822;bob@example.org", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;b\xc3\xb6"
		  "b@example.org",
		    ERR_OK, 0,
		    "utf-8;b\xc3\xb6"
		    "b@example.org" },
		{ " ORCPT=utf-8;b\\x{F6}b@example.org", ERR_OK, 0, "utf-8;b\\x{F6}b@example.org" },
		{ " ORCPT=utf-8;\\x{4E2D}\\x{1F600}@example.org", ERR_OK, 0,
		    "utf-8;\\x{4E2D}\\x{1F600}@example.org" },
		{ " ORCPT=utf-8;bob\\x{0D}\\x{0A}", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\\x{1F}", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\\x{85}", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\\x{0000D}", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\\x{110000}", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\\x{f6}", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\\x{}", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\\n", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\xc2\x85", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\xff", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\xed\xa0\x80", ERR_SYNTAX, 0, "" },
		{ " ORCPT=utf-8;bob\xc3", ERR_SYNTAX, 0, "" },
		{ " RET=FULL", ERR_DENIED, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_rcpt_params p;
		enum err err = smtp_rcpt_params_parse(span_str(cases[i].in), &p);

		if (err != cases[i].want)
			fail_msg("\"%s\": %s: %s", cases[i].in, err_name(err), err_note());
		if (err == ERR_OK &&
		    (p.notify != cases[i].notify || !span_eq(p.orcpt, span_str(cases[i].orcpt))))
			fail_msg("\"%s\"", cases[i].in);
	}
}

static void
lengths(void **state)
{
	char in[800];
	struct smtp_mail_params m;
	struct smtp_rcpt_params r;

	(void)state;
	(void)snprintf(in, sizeof(in), " ENVID=%0100d", 0);
	assert_ok(smtp_mail_params_parse(span_str(in), &m));
	(void)snprintf(in, sizeof(in), " ENVID=%0101d", 0);
	assert_int_equal(smtp_mail_params_parse(span_str(in), &m), ERR_SYNTAX);
	(void)snprintf(in, sizeof(in), " ORCPT=rfc822;%0493d", 0);
	assert_ok(smtp_rcpt_params_parse(span_str(in), &r));
	(void)snprintf(in, sizeof(in), " ORCPT=rfc822;%0494d", 0);
	assert_int_equal(smtp_rcpt_params_parse(span_str(in), &r), ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_params),
		cmocka_unit_test(rcpt_params),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
