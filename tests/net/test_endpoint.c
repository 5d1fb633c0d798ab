/*
 * What counts as one peer. Networks by hand from RFC 4291 section 2.5.5.2 (mapped IPv4) and RFC 6177.
 */
#include "net/endpoint.h"
#include "support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&a;

	a.ss_family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	assert_int_equal(
	    inet_pton(a.ss_family, text,
		a.ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr),
	    1);
	return a;
}

static void
test_network(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.8", false },
		{ "192.0.2.7", "::ffff:192.0.2.7", true },
		{ "::ffff:192.0.2.7", "::ffff:192.0.2.8", false },
		{ "2001:db8::1", "2001:db8::ffff:1:2:3", true },
		{ "2001:db8::1", "2001:db8:0:1::1", false },
		{ "192.0.2.7", "c000:207::", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sockaddr_storage a = address(cases[i].a), b = address(cases[i].b);
		uint8_t x[ENDPOINT_NETWORK_SIZE], y[ENDPOINT_NETWORK_SIZE];

		endpoint_network(&a, x);
		endpoint_network(&b, y);
		if ((memcmp(x, y, sizeof(x)) == 0) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_network) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
