/*
 * The count of POSTs from one address.
 */
#include "portal/throttle.h"
#include "support/unit.h"

#define NOW 6000000ll

static void
use_up(struct throttle *t, const char *peer)
{
	for (unsigned i = 0; i < THROTTLE_POSTS_PER_MINUTE; i++)
		assert_true(throttle_pass(t, span_str(peer), NOW));
	assert_false(throttle_pass(t, span_str(peer), NOW));
}

static void
test_throttle(void **state)
{
	static const struct {
		const char *name, *peer;
		bool pass;
	} cases[] = {
		{ "another IPv4", "192.0.2.8", true },
		{ "the same IPv4", "192.0.2.7", false },
		{ "same network of IPv6", "2001:db8:1:2:ffff::9", false },
		{ "the same, written otherwise", "2001:0db8:0001:0002::1", false },
		{ "another network of IPv6", "2001:db8:1:3::1", true },
		{ "no address", "", true },
	};
	struct throttle *t = NULL;

	(void)state;
	assert_ok(throttle_new(SPAN("a secret"), &t));
	use_up(t, "192.0.2.7");
	use_up(t, "2001:db8:1:2::1");
	for (size_t i = 0; i < COUNT(cases); i++)
		if (throttle_pass(t, span_str(cases[i].peer), NOW + 1000) != cases[i].pass)
			fail_msg("%s", cases[i].name);
	assert_true(throttle_pass(t, SPAN("192.0.2.7"), NOW + 60000)); /* the next minute */
	throttle_free(&t);
	throttle_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_throttle) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
