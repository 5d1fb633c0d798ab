/*
 * Form tokens and the origin of a POST. Values of Origin and Sec-Fetch-Site: Fetch Standard (Origin header,
 * "null" under no-referrer) and W3C Fetch Metadata section 2.1.
 */
#include "portal/guard.h"
#include "support/unit.h"

#define NOW     1795000000000ll
#define HOUR_MS (3600 * 1000ll)

static const uint8_t key[STORE_KEY_SIZE] = { 1, 2, 3 };
static const uint8_t other_key[STORE_KEY_SIZE] = { 1, 2, 4 };

static void
test_page_token(void **state)
{
	char token[GUARD_TOKEN_SIZE], other[GUARD_TOKEN_SIZE];
	struct span t;

	(void)state;
	guard_page_token(key, SPAN("link-a"), NOW, token);
	t = span_str(token);
	assert_true(t.len > 32 && t.len < GUARD_TOKEN_SIZE);
	assert_true(guard_page_ok(key, SPAN("link-a"), t, NOW));
	assert_true(guard_page_ok(key, SPAN("link-a"), t, NOW + 23 * HOUR_MS));
	assert_false(guard_page_ok(key, SPAN("link-a"), t, NOW + 25 * HOUR_MS));
	assert_true(
	    guard_page_ok(key, SPAN("link-a"), t, NOW - 60 * 1000)); /* another machine's clock */
	assert_false(guard_page_ok(key, SPAN("link-a"), t, NOW - HOUR_MS));
	assert_false(guard_page_ok(key, SPAN("link-b"), t, NOW));
	assert_false(guard_page_ok(key, SPAN("link-"), t, NOW));
	assert_false(guard_page_ok(other_key, SPAN("link-a"), t, NOW));
	assert_false(guard_page_ok(key, SPAN("link-a"), span_upto(t, t.len - 1), NOW));
	guard_page_token(key, SPAN("link-a"), NOW + HOUR_MS, other);
	assert_string_not_equal(token, other);
	assert_false(guard_page_ok(key, SPAN("link-a"), SPAN(""), NOW));
	assert_false(guard_page_ok(key, SPAN("link-a"), SPAN("."), NOW));
	assert_false(guard_page_ok(key, SPAN("link-a"), SPAN("99999999999999999999.a"), NOW));
}

/* Not one character of a token may differ. */
static void
test_page_token_changed(void **state)
{
	char token[GUARD_TOKEN_SIZE];
	size_t len;

	(void)state;
	guard_page_token(key, SPAN("link-a"), NOW, token);
	len = strlen(token);
	for (size_t i = 0; i < len; i++) {
		char was = token[i];

		token[i] = was == '2' ? '3' : '2';
		if (guard_page_ok(key, SPAN("link-a"), span_of(token, len), NOW))
			fail_msg("character %zu", i);
		token[i] = was;
	}
}

static void
test_who(void **state)
{
	char a[GUARD_TOKEN_SIZE], b[GUARD_TOKEN_SIZE];

	(void)state;
	guard_who(key, SPAN("link-a"), SPAN("bob@x.example"), a);
	guard_who(key, SPAN("link-a"), SPAN("bob@x.example"), b);
	assert_string_equal(a, b);
	guard_who(key, SPAN("link-b"), SPAN("bob@x.example"), b);
	assert_string_not_equal(a, b);
	guard_who(key, SPAN("link-a"), SPAN("eve@x.example"), b);
	assert_string_not_equal(a, b);
	guard_who(key, SPAN("link-ab"), SPAN("ob@x.example"), b); /* no running into each other */
	assert_string_not_equal(a, b);
	guard_who(other_key, SPAN("link-a"), SPAN("bob@x.example"), b);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), 32);
}

static void
test_origin(void **state)
{
	static const struct {
		const char *site, *origin, *host;
		bool tls, want;
	} cases[] = {
		{ "same-origin", "https://a.example", "a.example", true, true },
		{ "same-origin", "null", "a.example", true, true },
		{ "none", "", "a.example", true, true },
		{ "same-site", "https://b.a.example", "a.example", true, false },
		{ "cross-site", "https://a.example", "a.example", true, false },
		{ "cross-site", "null", "a.example", true, false },
		{ "anything", "https://a.example", "a.example", true, false },
		{ "", "", "a.example", true, true },
		{ "", "null", "a.example", true, true },
		{ "", "https://a.example", "a.example", true, true },
		{ "", "https://A.example", "a.EXAMPLE", true, true },
		{ "", "https://a.example:8443", "a.example:8443", true, true },
		{ "", "https://a.example:8443", "a.example", true, false },
		{ "", "https://a.example", "", true, false },
		{ "", "http://a.example", "a.example", true, false },
		{ "", "http://a.example", "a.example", false, true },
		{ "", "https://a.example", "a.example", false, true }, /* a proxy does TLS */
		{ "", "https://a.example.evil.example", "a.example", true, false },
		{ "", "https://evil.example/a.example", "a.example", true, false },
		{ "", "https://a.example@evil.example", "a.example", true, false },
		{ "", "file://", "a.example", true, false },
		{ "", "a.example", "a.example", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (guard_origin_ok(span_str(cases[i].site), span_str(cases[i].origin),
			span_str(cases[i].host), cases[i].tls) != cases[i].want)
			fail_msg("row %zu: %s %s", i, cases[i].site, cases[i].origin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_token),
		cmocka_unit_test(test_page_token_changed),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
