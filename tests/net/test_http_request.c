/*
 * The readers of request parts. Expected values: RFC 3986 section 3.3 (path), RFC 9110
 * section 14.1.2 (the examples for byte ranges of a body of 10000 bytes) and 12.5.4, RFC 6265
 * section 4.2.1.
 */
#include "net/http_request.h"
#include "support/unit.h"

static void
test_path(void **state)
{
	static const struct {
		const char *name, *raw;
		enum err want;
		size_t count;
		const char *last;
	} cases[] = {
		{ "root", "/", ERR_OK, 0, NULL },
		{ "one", "/closed", ERR_OK, 1, "closed" },
		{ "four", "/f/abc/1/report.pdf", ERR_OK, 4, "report.pdf" },
		{ "escapes", "/f/a/1/na%C3%AFve%20plan.pdf", ERR_OK, 4, "na\xc3\xafve plan.pdf" },
		{ "sub-delims", "/f/a/1/a!$&'()*+,;=:@b", ERR_OK, 4, "a!$&'()*+,;=:@b" },
		{ "plus stays", "/a+b", ERR_OK, 1, "a+b" },
		{ "double escape once", "/%2541", ERR_OK, 1, "%41" },
		{ "no slash", "t/abc", ERR_SYNTAX, 0, NULL },
		{ "absolute form", "http://host/t", ERR_SYNTAX, 0, NULL },
		{ "star", "*", ERR_SYNTAX, 0, NULL },
		{ "empty", "", ERR_SYNTAX, 0, NULL },
		{ "double slash", "/t//abc", ERR_SYNTAX, 0, NULL },
		{ "leading double slash", "//t", ERR_SYNTAX, 0, NULL },
		{ "trailing slash", "/t/abc/", ERR_SYNTAX, 0, NULL },
		{ "dot", "/t/./abc", ERR_SYNTAX, 0, NULL },
		{ "dot dot", "/t/../abc", ERR_SYNTAX, 0, NULL },
		{ "escaped dot dot", "/t/%2e%2E/abc", ERR_SYNTAX, 0, NULL },
		{ "escaped slash", "/t/a%2Fb", ERR_SYNTAX, 0, NULL },
		{ "escaped backslash", "/t/a%5cb", ERR_SYNTAX, 0, NULL },
		{ "backslash", "/t/a\\b", ERR_SYNTAX, 0, NULL },
		{ "nul", "/t/a%00", ERR_SYNTAX, 0, NULL },
		{ "line end", "/t/a%0d%0aSet-Cookie:x", ERR_SYNTAX, 0, NULL },
		{ "delete", "/t/%7f", ERR_SYNTAX, 0, NULL },
		{ "C1 control", "/t/%C2%85", ERR_SYNTAX, 0, NULL },
		{ "raw 8-bit", "/t/\xc3\xa9", ERR_SYNTAX, 0, NULL },
		{ "overlong slash", "/t/%c0%af", ERR_SYNTAX, 0, NULL },
		{ "surrogate", "/t/%ed%a0%80", ERR_SYNTAX, 0, NULL },
		{ "beyond unicode", "/t/%f4%90%80%80", ERR_SYNTAX, 0, NULL },
		{ "half an escape", "/t/%4", ERR_SYNTAX, 0, NULL },
		{ "no escape", "/t/%zz", ERR_SYNTAX, 0, NULL },
		{ "brackets", "/t/{{7*7}}", ERR_SYNTAX, 0, NULL },
		{ "angle", "/t/<script>", ERR_SYNTAX, 0, NULL },
		{ "space", "/t/a b", ERR_SYNTAX, 0, NULL },
		{ "too deep", "/1/2/3/4/5/6/7", ERR_LIMIT, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_segments got = { .count = 99 };
		struct arena a;

		arena_init(&a, 65536);
		if (http_path_parse(span_str(cases[i].raw), &a, &got) != cases[i].want)
			fail_msg("%s", cases[i].name);
		if (cases[i].want != ERR_OK) {
			assert_int_equal(got.count, 99); /* written only on success */
		} else {
			assert_int_equal(got.count, cases[i].count);
			if (cases[i].last != NULL)
				assert_span(got.items[got.count - 1], cases[i].last);
		}
		arena_done(&a);
	}
}

static void
test_path_length(void **state)
{
	char raw[HTTP_PATH_MAX_BYTES + 2];
	struct http_segments got;
	struct arena a;

	(void)state;
	memset(raw, 'a', sizeof(raw));
	raw[0] = '/';
	arena_init(&a, 65536);
	assert_ok(http_path_parse(span_of(raw, HTTP_PATH_MAX_BYTES), &a, &got));
	assert_err(
	    http_path_parse(span_of(raw, HTTP_PATH_MAX_BYTES + 1), &a, &got), ERR_LIMIT, "path of");
	arena_done(&a);
}

static void
test_range(void **state)
{
	static const struct {
		const char *name, *value;
		uint64_t size;
		enum http_range want;
		uint64_t off, len;
	} cases[] = {
		/* RFC 9110 section 14.1.2, a representation of length 10000 */
		{ "first 500", "bytes=0-499", 10000, HTTP_RANGE_PART, 0, 500 },
		{ "second 500", "bytes=500-999", 10000, HTTP_RANGE_PART, 500, 500 },
		{ "final 500", "bytes=-500", 10000, HTTP_RANGE_PART, 9500, 500 },
		{ "final 500, open", "bytes=9500-", 10000, HTTP_RANGE_PART, 9500, 500 },
		{ "first byte", "bytes=0-0", 10000, HTTP_RANGE_PART, 0, 1 },
		{ "last byte", "bytes=9999-9999", 10000, HTTP_RANGE_PART, 9999, 1 },
		{ "beyond the end", "bytes=9000-20000", 10000, HTTP_RANGE_PART, 9000, 1000 },
		{ "suffix longer than it", "bytes=-20000", 10000, HTTP_RANGE_PART, 0, 10000 },
		{ "unit in capitals", "BYTES=0-0", 10000, HTTP_RANGE_PART, 0, 1 },
		{ "starts at the end", "bytes=10000-", 10000, HTTP_RANGE_NEVER, 0, 0 },
		{ "starts beyond", "bytes=10001-10002", 10000, HTTP_RANGE_NEVER, 0, 0 },
		{ "suffix of nothing", "bytes=-0", 10000, HTTP_RANGE_NEVER, 0, 0 },
		{ "empty file", "bytes=0-", 0, HTTP_RANGE_NEVER, 0, 0 },
		{ "empty file, suffix", "bytes=-1", 0, HTTP_RANGE_NEVER, 0, 0 },
		{ "backwards", "bytes=500-499", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "several", "bytes=0-0,-1", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "other unit", "lines=1-2", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "no unit", "0-499", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "no number", "bytes=-", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "sign", "bytes=+1-2", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "hex", "bytes=0x0-1", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "overflow", "bytes=0-18446744073709551616", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "largest", "bytes=1-18446744073709551615", 10000, HTTP_RANGE_PART, 1, 9999 },
		{ "blank inside", "bytes=0 - 1", 10000, HTTP_RANGE_WHOLE, 0, 0 },
		{ "empty", "", 10000, HTTP_RANGE_WHOLE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t off = 0, len = 0;

		if (http_range_parse(span_str(cases[i].value), cases[i].size, &off, &len) !=
			cases[i].want ||
		    off != cases[i].off || len != cases[i].len)
			fail_msg("%s: %llu+%llu", cases[i].name, (unsigned long long)off,
			    (unsigned long long)len);
	}
}

static void
test_range_flood(void **state)
{
	char value[60000] = "bytes=0-";
	uint64_t off, len;

	(void)state;
	for (size_t i = strlen(value); i + 4 < sizeof(value); i += 3)
		memcpy(value + i, ",5-", 3);
	assert_int_equal(http_range_parse(span_str(value), 1000, &off, &len), HTTP_RANGE_WHOLE);
}

static void
test_cookie(void **state)
{
	static const struct {
		const char *name, *field;
		const char *want;
	} cases[] = {
		{ "alone", "__Host-f-x=abc", "abc" },
		{ "between", "a=1; __Host-f-x=abc; b=2", "abc" },
		{ "no blank", "a=1;__Host-f-x=abc", "abc" },
		{ "empty value", "__Host-f-x=", "" },
		{ "value with =", "__Host-f-x=a=b", "a=b" },
		{ "not there", "a=1; b=2", NULL },
		{ "other case", "__host-f-x=abc", NULL },
		{ "longer name", "__Host-f-xy=abc", NULL },
		{ "prefix before it", "x__Host-f-x=abc", NULL },
		{ "twice", "__Host-f-x=evil; __Host-f-x=abc", NULL },
		{ "quotes", "__Host-f-x=\"abc\"", NULL },
		{ "comma", "__Host-f-x=a,b", NULL },
		{ "backslash", "__Host-f-x=a\\b", NULL },
		{ "8-bit", "__Host-f-x=\xc3\xa9", NULL },
		{ "no value", "__Host-f-x", NULL },
		{ "in another's value", "a=__Host-f-x=abc", NULL },
		{ "empty", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span value = SPAN_NONE;
		bool got = http_cookie_find(span_str(cases[i].field), SPAN("__Host-f-x"), &value);

		if (got != (cases[i].want != NULL) ||
		    (got && !span_eq(value, span_str(cases[i].want))))
			fail_msg("%s", cases[i].name);
	}
}

static void
test_language(void **state)
{
	static const char *const offered[] = { "nl", "de", "en" };
	static const struct {
		const char *field;
		size_t want;
	} cases[] = {
		{ "nl", 0 }, { "nl-BE,nl;q=0.9,en;q=0.8", 0 }, { "DE-at", 1 },
		{ "fr, en;q=0.5, de;q=0.7", 1 },
		{ "en;q=0.5, de;q=0.5", 2 }, /* the first of equals */
		{ "de;q=0.001, en;q=0", 1 },
		{ "da, en-gb;q=0.8, en;q=0.7", 2 }, /* RFC 9110 section 12.5.4 */
		{ "fr", 3 }, { "*", 3 }, { "", 3 }, { "nl;q=0", 3 }, { "nl;q=2", 3 },
		{ "nl;q=1.001", 3 }, { "nl;q=0.12345", 3 }, { "nl;x=1", 3 }, { "nlx", 3 },
		{ "n", 3 }, { ",,,,;;;q=,", 3 },
		{ "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,nl", 3 }, /* beyond what is read */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (http_language_pick(span_str(cases[i].field), offered, 3) != cases[i].want)
			fail_msg("%s", cases[i].field);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_path_length),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_range_flood),
		cmocka_unit_test(test_cookie),
		cmocka_unit_test(test_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
