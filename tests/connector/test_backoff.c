/*
 * tests/connector/test_backoff.c - delays and limits. Expected values are worked out by hand from
 * the rule: double from min to max, 75 % to 125 %, within min and max, last try at the end.
 */
#include "connector/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MIN 60000
#define MAX 3600000
#define DAY 86400000

static const struct backoff_rules rules = { MIN, MAX, DAY };

static const struct {
	const char *name;
	uint32_t tries;
	int64_t age_ms;
	uint32_t random;
	bool give_up;
	int64_t delay_ms;
} rows[] = {
	{ "first, lowest jitter is held up to min", 1, 0, 0, false, MIN },
	{ "first, highest jitter", 1, 0, 30000, false, 75000 },
	{ "first, middle", 1, 0, 15000, false, MIN },
	{ "second, lowest", 2, 0, 0, false, 90000 },
	{ "second, highest", 2, 0, 60000, false, 150000 },
	{ "third, middle", 3, 0, 60000, false, 240000 },
	{ "random wraps", 3, 0, 60000 + 120001, false, 240000 },
	{ "cap, lowest", 7, 0, 0, false, 2700000 },
	{ "cap, highest is held down to max", 7, 0, 1800000, false, MAX },
	{ "many tries do not overflow", UINT32_MAX, 0, 0, false, 2700000 },
	{ "last try falls on the end", 20, DAY - 1000, 0, false, 1000 },
	{ "one ms before the end", 20, DAY - 1, 0, false, 1 },
	{ "at the end", 20, DAY, 0, true, 0 },
	{ "long after the end", 1, 10 * (int64_t)DAY, 0, true, 0 },
	{ "clock set back", 2, -5 * (int64_t)DAY, 0, false, 90000 },
};

static void
test_next(void **state)
{
	const int64_t first = 1700000000000;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct backoff_answer a = backoff_next(
		    &rules, rows[i].tries, first, first + rows[i].age_ms, rows[i].random);

		if (a.give_up != rows[i].give_up ||
		    (!a.give_up && a.next_ms != first + rows[i].age_ms + rows[i].delay_ms))
			fail_msg("%s: give up %d, delay %lld", rows[i].name, a.give_up,
			    (long long)(a.next_ms - first - rows[i].age_ms));
	}
}

/*
 * Whatever the random number: within the bounds, never beyond the end, and a day has a sane
 * number of tries.
 */
static void
test_whole_day(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed < 200; seed++) {
		int64_t now = 0;
		uint32_t tries = 0, random = seed;

		for (;;) {
			struct backoff_answer a;

			random = random * 1664525u + 1013904223u;
			a = backoff_next(&rules, ++tries, 0, now, random);
			if (a.give_up)
				break;
			assert_true(a.next_ms > now && a.next_ms <= DAY);
			assert_true(a.next_ms - now <= MAX);
			assert_true(a.next_ms - now >= MIN || a.next_ms == DAY);
			now = a.next_ms;
		}
		assert_int_equal(now, DAY);
		assert_in_range(tries, 24, 48);
	}
}

static void
test_throttle(void **state)
{
	struct throttle t;

	(void)state;
	throttle_init(&t, 8, 1000, 60000);
	assert_int_equal(throttle_limit(&t, 0), 8);

	throttle_refused(&t, 1000);
	assert_int_equal(throttle_limit(&t, 1000), 0);
	assert_int_equal(throttle_limit(&t, 1999), 0);
	assert_int_equal(throttle_limit(&t, 2000), 4);

	/* those that ran side by side with the refused one: the same refusal */
	throttle_refused(&t, 1500);
	assert_int_equal(throttle_limit(&t, 2000), 4);

	throttle_refused(&t, 2000);
	assert_int_equal(throttle_limit(&t, 3999), 0);
	assert_int_equal(throttle_limit(&t, 4000), 2);
	throttle_refused(&t, 4000);
	assert_int_equal(throttle_limit(&t, 8000), 1);
	throttle_refused(&t, 8000);
	assert_int_equal(throttle_limit(&t, 16000), 1);

	/* one more for as many successes as the limit: 1, then 2, then 3 */
	throttle_succeeded(&t);
	assert_int_equal(throttle_limit(&t, 16000), 2);
	throttle_succeeded(&t);
	assert_int_equal(throttle_limit(&t, 16000), 2);
	throttle_succeeded(&t);
	assert_int_equal(throttle_limit(&t, 16000), 3);
	for (int i = 0; i < 1000; i++)
		throttle_succeeded(&t);
	assert_int_equal(throttle_limit(&t, 16000), 8);

	/* after a success the pauses start small again */
	throttle_refused(&t, 20000);
	assert_int_equal(throttle_limit(&t, 21000), 4);
}

static void
test_throttle_pause_is_bounded(void **state)
{
	struct throttle t;
	int64_t now = 0;

	(void)state;
	throttle_init(&t, 1, 1000, 60000);
	for (int i = 0; i < 100; i++) {
		throttle_refused(&t, now);
		assert_in_range(t.paused_until_ms - now, 1000, 60000);
		now = t.paused_until_ms;
	}
}

static void
test_throttle_setting_changes(void **state)
{
	struct throttle t;

	(void)state;
	throttle_init(&t, 4, 1000, 60000);
	throttle_set_max(&t, 10);
	assert_int_equal(throttle_limit(&t, 0), 10);
	throttle_refused(&t, 0);
	throttle_set_max(&t, 20);
	assert_int_equal(throttle_limit(&t, 5000), 5);
	throttle_set_max(&t, 2);
	assert_int_equal(throttle_limit(&t, 5000), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_whole_day),
		cmocka_unit_test(test_throttle),
		cmocka_unit_test(test_throttle_pause_is_bounded),
		cmocka_unit_test(test_throttle_setting_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
