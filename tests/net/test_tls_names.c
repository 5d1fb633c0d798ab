/*
 * tests/net/test_tls_names.c - whose names a certificate carries, and what they stand for.
 *
 * Matching: the examples of RFC 6125 section 6.4 and appendix; CVE-2009-4565 (NUL in names, S7).
 */
#include "net/tls_names.h"

#include "support/certs.h"
#include "support/unit.h"

#include <openssl/x509v3.h>

#define STR(lit) lit, sizeof(lit) - 1

/* A certificate with names that no tool would write; unsigned, because signing is not what is asked. */
static X509 *
odd_cert(const char *cn, size_t cn_len, const char *dns, size_t dns_len)
{
	X509 *x = X509_new();

	if (cn != NULL)
		X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8,
		    (const unsigned char *)cn, (int)cn_len, -1, 0);
	if (dns != NULL) {
		GENERAL_NAMES *names = GENERAL_NAMES_new();
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();

		ASN1_STRING_set(text, dns, (int)dns_len);
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		sk_GENERAL_NAME_push(names, name);
		X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
		GENERAL_NAMES_free(names);
	}
	return x;
}

static void
odd_names(void **state)
{
	static const struct {
		const char *name;
		const char *cn;
		size_t cn_len;
		const char *dns;
		size_t dns_len;
		bool want;
		const char *first; /* NULL: no name */
	} cases[] = {
		{ "plain", NULL, 0, STR("a.example"), true, "a.example" },
		{ "lower case", NULL, 0, STR("A.Example"), true, "a.example" },
		{ "NUL in dNSName", NULL, 0, STR("a.example\0.evil.example"), false, NULL },
		{ "NUL at the end", NULL, 0, STR("a.example\0"), false, NULL },
		{ "blank", NULL, 0, STR("a.example b"), false, NULL },
		{ "empty", NULL, 0, STR(""), false, NULL },
		{ "beyond ASCII", NULL, 0, STR("\xc3\xa4.example"), false, NULL },
		{ "common name", STR("a.example"), NULL, 0, true, "a.example" },
		{ "NUL in common name", STR("a.example\0.evil"), NULL, 0, false, NULL },
		{ "NUL and blank in common name", STR("a.example\0 b"), NULL, 0, false, NULL },
		{ "common name of words", STR("Some Company"), NULL, 0, true, NULL },
		{ "common name is not looked at", STR("a.example\0.evil"), STR("b.example"), true,
		    "b.example" },
		{ "no name at all", NULL, 0, NULL, 0, true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		X509 *x = odd_cert(cases[i].cn, cases[i].cn_len, cases[i].dns, cases[i].dns_len);
		struct tls_facts f = { .cert = TLS_CERT_GOOD };
		struct arena a;

		arena_init(&a, 65536);
		if (tls_names_collect(x, &a, &f) != cases[i].want ||
		    f.name_count != (cases[i].first != NULL) ||
		    (cases[i].first != NULL && strcmp(f.names[0], cases[i].first) != 0))
			fail_msg("%s", cases[i].name);
		arena_done(&a);
		X509_free(x);
	}
}

static void
two_common_names(void **state)
{
	X509 *x = odd_cert(STR("a.example"), NULL, 0);
	struct tls_facts f = { .cert = TLS_CERT_GOOD };
	struct arena a;

	(void)state;
	X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8,
	    (const unsigned char *)"b.example", -1, -1, 0);
	arena_init(&a, 65536);
	assert_false(tls_names_collect(x, &a, &f));
	assert_int_equal(f.name_count, 0);
	arena_done(&a);
	X509_free(x);
}

static void
too_many_names(void **state)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	struct tls_facts f = { .cert = TLS_CERT_GOOD };
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	for (unsigned i = 0; i <= TLS_NAMES_MAX; i++) {
		X509 *x = X509_new();
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();

		ASN1_STRING_set(text, "n.example", 9);
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		sk_GENERAL_NAME_push(names, name);
		X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
		assert_int_equal(tls_names_collect(x, &a, &f), i < TLS_NAMES_MAX);
		arena_clear(&a);
		X509_free(x);
	}
	GENERAL_NAMES_free(names);
	arena_done(&a);
}

static void
matching(void **state)
{
	static const struct {
		const char *name, *rule;
		bool want;
	} cases[] = {
		{ "a.example", "a.example", true },
		{ "a.example", "A.EXAMPLE", true },
		{ "a.example", "b.example", false },
		{ "a.example", "a.example.org", false },
		{ "xa.example", "a.example", false },
		{ "a.example.evil", "a.example", false },
		/* the certificate's wildcard: one label */
		{ "*.b.example", "a.b.example", true },
		{ "*.b.example", "b.example", false },
		{ "*.b.example", "x.a.b.example", false },
		{ "a*.b.example", "ax.b.example", false },
		{ "*a.b.example", "xa.b.example", false },
		{ "a.*.example", "a.b.example", false },
		{ "*", "example", false },
		{ "*.*.example", "a.b.example", false },
		/* the rule's: everything below */
		{ "a.b.example", "*.b.example", true },
		{ "x.a.b.example", "*.b.example", true },
		{ "b.example", "*.b.example", false },
		{ "xb.example", "*.b.example", false },
		{ "*.b.example", "*.b.example", true },
		{ "*.a.b.example", "*.b.example", true },
		{ "*.example", "*.b.example", false },
		/* Exchange Online's names */
		{ "mail.protection.outlook.com", "mail.protection.outlook.com", true },
		{ "*.mail.protection.outlook.com", "mail.protection.outlook.com", false },
		{ "*.protection.outlook.com", "mail.protection.outlook.com", true },
		{ "", "a.example", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tls_facts f = {
			.cert = TLS_CERT_GOOD, .names = { cases[i].name }, .name_count = 1
		};

		if (tls_name_matches(&f, span_str(cases[i].rule)) != cases[i].want)
			fail_msg("%s for %s", cases[i].name, cases[i].rule);
		f.cert = TLS_CERT_BAD; /* a certificate that is not good has no name */
		assert_false(tls_name_matches(&f, span_str(cases[i].rule)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_names),
		cmocka_unit_test(two_common_names),
		cmocka_unit_test(too_many_names),
		cmocka_unit_test(matching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
