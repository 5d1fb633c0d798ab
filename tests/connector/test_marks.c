/*
 * tests/connector/test_marks.c - a mark has one spelling, one tenant, one mail.
 *
 * The expected value was computed apart from our code:
 *   python3 -c 'import hmac,hashlib,base64; print(base64.urlsafe_b64encode(hmac.new(bytes(range(32)),
 *     b"v1; t=11111111-2222-3333-4444-555555555555; c=42; d=1700000000000; <a@b.example>",
 *     hashlib.sha256).digest()))'
 */
#include "connector/marks.h"

#include "support/unit.h"

#define ENTRA "11111111-2222-3333-4444-555555555555"
#define VALUE \
	"v1; t=" ENTRA "; c=42; d=1700000000000; m=xbwyvJeD1Jeh5MSpGHDUJHMxX-1hzJt5JvCFC3PXhB4"

static uint8_t key[SHA256_SIZE];

static int
setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	return 0;
}

static void
as_computed_elsewhere(void **state)
{
	struct mark m = { .copy_id = 42, .made_ms = 1700000000000 }, back;
	struct buf b;

	(void)state;
	buf_init(&b, MARK_VALUE_MAX);
	assert_ok(mark_put(key, ENTRA, &m, SPAN("<a@b.example>"), &b));
	assert_span(buf_span(&b), VALUE);
	assert_true(mark_check(key, ENTRA, buf_span(&b), SPAN("<a@b.example>"), &back));
	assert_int_equal(back.copy_id, 42);
	assert_int_equal(back.made_ms, 1700000000000);
	buf_done(&b);
}

static void
largest(void **state)
{
	struct mark m = { .copy_id = INT64_MAX, .made_ms = INT64_MAX }, back;
	struct buf b;

	(void)state;
	buf_init(&b, MARK_VALUE_MAX);
	assert_ok(mark_put(key, ENTRA, &m, SPAN(""), &b));
	assert_true(mark_check(key, ENTRA, buf_span(&b), SPAN(""), &back));
	assert_int_equal(back.copy_id, INT64_MAX);
	buf_done(&b);
}

static void
another_mail_tenant_key(void **state)
{
	uint8_t other[SHA256_SIZE] = { 1 };
	struct mark m;

	(void)state;
	assert_true(mark_check(key, ENTRA, SPAN(VALUE), SPAN("<a@b.example>"), &m));
	assert_false(mark_check(key, ENTRA, SPAN(VALUE), SPAN("<b@b.example>"), &m));
	assert_false(mark_check(key, ENTRA, SPAN(VALUE), SPAN(""), &m));
	assert_false(mark_check(other, ENTRA, SPAN(VALUE), SPAN("<a@b.example>"), &m));
	assert_false(mark_check(
	    key, "21111111-2222-3333-4444-555555555555", SPAN(VALUE), SPAN("<a@b.example>"), &m));
}

static void
other_spellings(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{ "v1; ", "v2; " },
		{ "v1; ", "v1;" },
		{ "v1; ", "V1; " },
		{ "c=42", "c=43" },
		{ "c=42", "c=042" },
		{ "c=42", "c=+42" },
		{ "c=42", "c=" },
		{ "c=42; ", "" },
		{ "c=42", "c=99999999999999999999" },
		{ "d=1700000000000", "d=1700000000001" },
		{ "d=1700000000000", "d=01700000000000" },
		{ "; d=", " ; d=" },
		{ "m=", "m= " },
		{ "m=", "M=" },
		{ "; m=", "; x=1; m=" },
		{ "t=1111", "t=\"1111" },
		{ "v1", " v1" },
	};
	struct mark m;

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		char value[300];
		const char *at = strstr(VALUE, changes[i].from);
		size_t before = (size_t)(at - VALUE);

		memcpy(value, VALUE, before);
		strcpy(value + before, changes[i].to);
		strcat(value, at + strlen(changes[i].from));
		if (mark_check(key, ENTRA, span_str(value), SPAN("<a@b.example>"), &m))
			fail_msg("%s for %s", changes[i].to, changes[i].from);
	}
	/* shorter by every length, longer by one, every bit */
	for (size_t len = 0; len < sizeof(VALUE) - 1; len++)
		assert_false(
		    mark_check(key, ENTRA, span_of(VALUE, len), SPAN("<a@b.example>"), &m));
	assert_false(mark_check(key, ENTRA, SPAN(VALUE "A"), SPAN("<a@b.example>"), &m));
	for (size_t i = 0; i < (sizeof(VALUE) - 1) * 8; i++) {
		char value[] = VALUE;

		value[i / 8] = (char)(value[i / 8] ^ (1 << i % 8));
		assert_false(mark_check(
		    key, ENTRA, span_of(value, sizeof(value) - 1), SPAN("<a@b.example>"), &m));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_computed_elsewhere),
		cmocka_unit_test(largest),
		cmocka_unit_test(another_mail_tenant_key),
		cmocka_unit_test(other_spellings),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
