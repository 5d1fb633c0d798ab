#include "core/clock.h"

#include "support/unit.h"

static int64_t
fixed_now(void)
{
	return INT64_C(1795293046123);
}

static void
texts(void **state)
{
	/* date -u -d @SECONDS */
	static const struct {
		int64_t ms;
		const char *rfc3339, *rfc5322, *rfc9110;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000",
		    "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ INT64_C(1795293046123), "2026-11-21T20:30:46.123Z",
		    "Sat, 21 Nov 2026 20:30:46 +0000", "Sat, 21 Nov 2026 20:30:46 GMT" },
		{ INT64_C(951782400000), "2000-02-29T00:00:00.000Z",
		    "Tue, 29 Feb 2000 00:00:00 +0000", "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ -1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 +0000",
		    "Wed, 31 Dec 1969 23:59:59 GMT" },
	};
	char out[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(clock_rfc3339(cases[i].ms, out), cases[i].rfc3339);
		assert_string_equal(clock_rfc5322(cases[i].ms, out), cases[i].rfc5322);
		assert_string_equal(clock_rfc9110(cases[i].ms, out), cases[i].rfc9110);
	}
	/* nonsense in a database row must not run over the buffer */
	clock_rfc3339(INT64_MAX, out);
	clock_rfc3339(INT64_MIN, out);
	assert_true(strlen(out) < CLOCK_TEXT_SIZE);
}

static void
replace(void **state)
{
	(void)state;
	int64_t mono = clock_mono_ms();
	assert_true(clock_mono_ms() >= mono);
	assert_true(clock_now_ms() > INT64_C(1700000000000));
	clock_replace(&(struct clock_source){ .now_ms = fixed_now });
	assert_int_equal(clock_now_ms(), INT64_C(1795293046123));
	assert_true(clock_mono_ms() >= mono);
	clock_replace(NULL);
	assert_int_not_equal(clock_now_ms(), INT64_C(1795293046123));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts), cmocka_unit_test(replace) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
