/*
 * Content-Disposition. Expected values: RFC 6266 sections 4.1 to 4.3 and appendix D, RFC 8187 section 3.2.
 */
#include "portal/disposition.h"
#include "support/unit.h"

static void
test_disposition(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "report.pdf", "attachment; filename=\"report.pdf\"" },
		{ "a b;c=d, e.pdf", "attachment; filename=\"a b;c=d, e.pdf\"" },
		{ "\xe2\x82\xac rates.csv",
		    "attachment; filename=\"_ rates.csv\"; "
		    "filename*=UTF-8''%E2%82%AC%20rates.csv" },
		{ "na\xc3\xafve.txt",
		    "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt" },
		{ "100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt" },
		{ "%41.txt", "attachment; filename=\"_41.txt\"; filename*=UTF-8''%2541.txt" },
		{ "a\"b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b" },
		{ "a\\b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%5Cb" },
		{ "a\r\nSet-Cookie: x",
		    "attachment; filename=\"a__Set-Cookie: x\"; "
		    "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x" },
		{ "\xf0\x9f\x93\x8e", "attachment; filename=\"_\"; filename*=UTF-8''%F0%9F%93%8E" },
		{ "it's (1)*.txt", "attachment; filename=\"it's (1)*.txt\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 2048);
		assert_ok(disposition_put(span_str(cases[i].name), &out));
		if (strcmp(buf_cstr(&out), cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, buf_cstr(&out));
		buf_done(&out);
	}
}

/* The longest name there is, all of it to be escaped, fits what visit_files.c allows. */
static void
test_longest(void **state)
{
	char name[241];
	struct buf out;

	(void)state;
	memset(name, '%', 240);
	name[240] = '\0';
	buf_init(&out, 2048);
	assert_ok(disposition_put(span_str(name), &out));
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disposition),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
