/*
 * tests/connector/test_trust.c - whose mail is it, and who wrote it?
 *
 * Threats T1, T2, T8; addresses in From from RFC 5322 appendix A.1 and A.6 (the odd forms are refused here,
 * because readers differ over them). Also the small neighbours: how often, and the Received field.
 */
#include "connector/trust.h"

#include "connector/mail_from.h"
#include "connector/rate.h"
#include "connector/received.h"

#include "support/unit.h"

#define ENTRA  "11111111-2222-3333-4444-555555555555"
#define SECRET "0123456789abcdef"
#define OLD    "fedcba9876543210"

static const char *domains[] = { "contoso.example", "contoso.nl" };
static const char *secrets[] = { SECRET, OLD };
static const struct tenant tenant = {
	.entra_id = ENTRA,
	.domains = { domains, 2 },
	.secret_header = "X-Contoso-Secret",
	.secret_values = { secrets, 2 },
};

/* "Name: value|Name: value" */
static void
head_of(const char *text, struct mail_head *h)
{
	struct span s = span_str(text);

	mail_head_init(h);
	while (s.len > 0) {
		struct span line = span_upto(s, span_find_byte(s, '|'));
		struct span name = span_upto(line, span_find_byte(line, ':'));

		assert_ok(mail_head_add(h, name, span_from(line, name.len + 1)));
		s = span_from(s, line.len + 1);
	}
}

static void
tenant_id(void **state)
{
	static const struct {
		const char *head;
		enum smtp_say want;
	} cases[] = {
		{ "X-MS-Exchange-CrossTenant-Id: " ENTRA, SMTP_SAY_OK },
		{ "x-ms-exchange-crosstenant-id:" ENTRA, SMTP_SAY_OK },
		{ "From: a|X-MS-Exchange-CrossTenant-Id: \t" ENTRA " ", SMTP_SAY_OK },
		{ "", SMTP_SAY_TENANT_MISSING },
		{ "X-MS-Exchange-CrossTenant-Id2: " ENTRA, SMTP_SAY_TENANT_MISSING },
		{ "X-MS-Exchange-CrossTenant-Id: ", SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: " ENTRA "|X-MS-Exchange-CrossTenant-Id: " ENTRA,
		    SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: " ENTRA "|X-MS-EXCHANGE-CROSSTENANT-ID: x",
		    SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: 11111111-2222-3333-4444-55555555555",
		    SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: " ENTRA "5", SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: 1111111122223333444455555555555555555",
		    SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: AAAAAAAA-2222-3333-4444-555555555555",
		    SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: {" ENTRA "}", SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: 11111111-2222-\r\n 3333-4444-555555555555",
		    SMTP_SAY_TENANT_AMBIGUOUS },
		{ "X-MS-Exchange-CrossTenant-Id: " ENTRA " (a)", SMTP_SAY_TENANT_AMBIGUOUS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail_head h;
		struct span id;

		head_of(cases[i].head, &h);
		if (trust_tenant_id(&h, &id) != cases[i].want)
			fail_msg("%s", cases[i].head);
		if (cases[i].want == SMTP_SAY_OK)
			assert_span(id, ENTRA);
		mail_head_done(&h);
	}
}

static void
secret(void **state)
{
	static const struct {
		const char *head;
		enum smtp_say want;
	} cases[] = {
		{ "X-Contoso-Secret: " SECRET, SMTP_SAY_OK },
		{ "X-Contoso-Secret: " OLD, SMTP_SAY_OK },
		{ "x-contoso-secret:" SECRET "\t", SMTP_SAY_OK },
		{ "From: a", SMTP_SAY_SECRET_MISSING },
		{ "X-Contoso-Secret: ", SMTP_SAY_SECRET_WRONG },
		{ "X-Contoso-Secret: 0123456789abcde", SMTP_SAY_SECRET_WRONG },
		{ "X-Contoso-Secret: " SECRET "0", SMTP_SAY_SECRET_WRONG },
		{ "X-Contoso-Secret: 0123456789ABCDEF", SMTP_SAY_SECRET_WRONG },
		{ "X-Contoso-Secret: " SECRET " " OLD, SMTP_SAY_SECRET_WRONG },
		{ "X-Contoso-Secret: " SECRET "|X-Contoso-Secret: " SECRET,
		    SMTP_SAY_SECRET_AMBIGUOUS },
		{ "X-Contoso-Secret: x|X-CONTOSO-SECRET: " SECRET, SMTP_SAY_SECRET_AMBIGUOUS },
		{ "X-Contoso-Secret: 01234567\r\n 89abcdef", SMTP_SAY_SECRET_AMBIGUOUS },
		{ "X-Contoso-Secret: \xc3\xbc", SMTP_SAY_SECRET_AMBIGUOUS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail_head h;

		head_of(cases[i].head, &h);
		if (trust_secret(&h, &tenant) != cases[i].want)
			fail_msg("%s", cases[i].head);
		mail_head_done(&h);
	}
}

static void
sender(void **state)
{
	static const struct {
		const char *sender, *head;
		enum smtp_say want;
	} cases[] = {
		{ "a@contoso.example", "From: a@contoso.example", SMTP_SAY_OK },
		{ "a@CONTOSO.nl", "From: A <a@contoso.example>", SMTP_SAY_OK },
		{ "", "From: a@contoso.nl", SMTP_SAY_OK },
		{ "a@fabrikam.example", "From: a@contoso.example", SMTP_SAY_SENDER_DOMAIN },
		{ "a@x.contoso.example", "From: a@contoso.example", SMTP_SAY_SENDER_DOMAIN },
		{ "a@contoso.example.evil.example", "From: a@contoso.example",
		    SMTP_SAY_SENDER_DOMAIN },
		{ "a@xcontoso.example", "From: a@contoso.example", SMTP_SAY_SENDER_DOMAIN },
		{ "a@[192.0.2.1]", "From: a@contoso.example", SMTP_SAY_SENDER_DOMAIN },
		{ "a@contoso.example", "To: a@contoso.example", SMTP_SAY_FROM_MISSING },
		{ "a@contoso.example", "From: a@contoso.example|From: a@contoso.example",
		    SMTP_SAY_FROM_AMBIGUOUS },
		{ "a@contoso.example", "From: a@contoso.example|FROM: b@fabrikam.example",
		    SMTP_SAY_FROM_AMBIGUOUS },
		{ "a@contoso.example", "From: a@contoso.example, b@contoso.example",
		    SMTP_SAY_FROM_AMBIGUOUS },
		{ "a@contoso.example", "From: All: a@contoso.example;", SMTP_SAY_FROM_AMBIGUOUS },
		{ "a@contoso.example", "From: ", SMTP_SAY_FROM_AMBIGUOUS },
		{ "a@contoso.example", "From: ceo@fabrikam.example", SMTP_SAY_FROM_DOMAIN },
		{ "a@contoso.example", "From: \"a@contoso.example\" <ceo@fabrikam.example>",
		    SMTP_SAY_FROM_DOMAIN },
		{ "", "From: ceo@fabrikam.example", SMTP_SAY_FROM_DOMAIN },
		{ "", "From: <>", SMTP_SAY_FROM_AMBIGUOUS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail_head h;

		head_of(cases[i].head, &h);
		if (trust_sender(&h, &tenant, span_str(cases[i].sender)) != cases[i].want)
			fail_msg("%s, %s", cases[i].sender, cases[i].head);
		mail_head_done(&h);
	}
}

static void
author(void **state)
{
	static const struct {
		const char *in, *domain; /* NULL: not one plain mailbox */
	} cases[] = {
		{ "jdoe@machine.example", "machine.example" },
		{ "John Doe <jdoe@machine.example>", "machine.example" },
		{ "\"Joe Q. Public\" <john.q.public@example.com>", "example.com" },
		{ "Joe Q. Public <john.q.public@example.com>", "example.com" },
		{ "=?utf-8?q?J=C3=BCrgen?= <j@example.com>", "example.com" },
		{ "J\xc3\xbcrgen <j\xc3\xbcrgen@example.com>", "example.com" },
		{ "<boss@nil.test>", "nil.test" },
		{ "\"Giant; \\\"Big\\\" Box\" <sysservices@example.net>", "example.net" },
		{ "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", NULL },
		{ "Pete (A nice \\) chap) <pete@silly.test> (his host)", "silly.test" },
		{ "jdoe@machine.example (John (the) Doe)", "machine.example" },
		{ "John\r\n Doe\r\n\t<jdoe@machine.example>\r\n ", "machine.example" },
		{ "\"quoted local\"@example.com", "example.com" },
		{ "a@example.com b", NULL },
		{ "a@example.com <b@example.org>", NULL },
		{ "a <b@example.com> <c@example.org>", NULL },
		{ "a <b@example.com>, c@example.org", NULL },
		{ "a, b <c@example.com>", NULL },
		{ "A Group:Ed Jones <joe@where.test>;", NULL },
		{ "Undisclosed recipients:;", NULL },
		{ "a <@route.example:b@example.com>", NULL },
		{ "a < b@example.com >", NULL },
		{ "a <b@example.com", NULL },
		{ "\"a <b@example.com>", NULL },
		{ "a (b <b@example.com>", NULL },
		{ "((((((a)))))) <b@example.com>", NULL },
		{ "a \\<x@y.example> <b@example.com>", NULL },
		{ "no address", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address a;
		const char *domain = cases[i].domain;
		enum err err = mail_from_parse(span_str(cases[i].in), &a);

		if (err != (domain != NULL ? ERR_OK : ERR_SYNTAX))
			fail_msg("\"%s\": %s", cases[i].in, err_name(err));
		if (domain == NULL)
			continue;
		if (!span_eq(a.domain, span_str(domain)))
			fail_msg("\"%s\"", cases[i].in);
	}
	struct address a;
	assert_int_equal(mail_from_parse(SPAN("a@example.com\0b@example.org"), &a), ERR_SYNTAX);
}

static void
how_often(void **state)
{
	static struct rate r;
	const int64_t hour = 3600 * 1000;

	(void)state;
	rate_init(&r);
	for (int i = 0; i < 3; i++)
		assert_true(rate_allow(&r, 7, 3, 1000 + i));
	assert_false(rate_allow(&r, 7, 3, 2000));
	assert_true(rate_allow(&r, 8, 3, 2000)); /* another's */
	assert_false(rate_allow(&r, 7, 3, 999 + hour));
	assert_true(rate_allow(&r, 7, 3, 1000 + hour));
	/* more ids than places: old ones go, nothing is written past the end */
	for (int64_t id = 100; id < 100 + 3 * RATE_PLACES; id++)
		assert_true(rate_allow(&r, id, 1, 2 * hour + id));
	assert_false(rate_allow(&r, 99 + 3 * RATE_PLACES, 1, 2 * hour + 500));
	rate_done(&r);
}

static void
received(void **state)
{
	const struct tls_facts tls = { .version = "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.cipher_bits = 256,
		.cert = TLS_CERT_GOOD,
		.names = { "mail.protection.outlook.com" },
		.name_count = 1 };
	struct received_facts f = { .hostname = "mx.secudoc.example",
		.helo = "exo.example",
		.peer = "192.0.2.1",
		.tls = &tls,
		.mail_id = 42,
		.now_ms = 1763757046123 };
	struct buf b;

	(void)state;
	buf_init(&b, RECEIVED_MAX);
	assert_ok(received_put(&f, &b));
	/* RFC 5321 section 4.4; the date: date -u -R -d @1763757046 */
	assert_span(buf_span(&b),
	    "Received: from exo.example ([192.0.2.1])\r\n"
	    "\tby mx.secudoc.example with ESMTPS id 42\r\n"
	    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256 bits)\r\n"
	    "\tclient certificate mail.protection.outlook.com);\r\n"
	    "\tFri, 21 Nov 2025 20:30:46 +0000\r\n");
	buf_clear(&b);
	f.smtputf8 = true;
	f.peer = "2001:db8::1";
	f.helo = "a)b\r\nX: y";
	f.tls = NULL;
	assert_ok(received_put(&f, &b));
	assert_span(buf_span(&b),
	    "Received: from a?b??X:?y ([IPv6:2001:db8::1])\r\n"
	    "\tby mx.secudoc.example with UTF8SMTPS id 42;\r\n\tFri, 21 Nov 2025 20:30:46 +0000\r\n");
	buf_done(&b);
}

static void
replies(void **state)
{
	(void)state;
	for (int i = 0; i < SMTP_SAY__COUNT; i++) {
		const struct smtp_answer *a = smtp_answer((enum smtp_say)i);

		assert_non_null(a->word);
		assert_non_null(a->text);
		/* RFC 2034 section 4: the classes agree; 3yz has no status */
		if (a->code / 100 == 3 ? a->status != NULL
				       : (unsigned)(a->status[0] - '0') != a->code / 100)
			fail_msg("%s", a->word);
		assert_true(strlen(a->text) < 200);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(a->word, smtp_answer((enum smtp_say)k)->word);
	}
	assert_int_equal(smtp_answer(smtp_reply_for(ERR_SYNTAX))->code, 550);
	assert_int_equal(smtp_answer(smtp_reply_for(ERR_LIMIT))->code, 554);
	for (enum err e = ERR_DENIED; e >= ERR_UNCERTAIN; e = (enum err)(e - 1))
		assert_int_equal(smtp_answer(smtp_reply_for(e))->code, 451);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tenant_id),
		cmocka_unit_test(secret),
		cmocka_unit_test(sender),
		cmocka_unit_test(author),
		cmocka_unit_test(how_often),
		cmocka_unit_test(received),
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
