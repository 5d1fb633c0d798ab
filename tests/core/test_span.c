#include "core/span.h"

#include "support/unit.h"

static void
equal_bytes(void **state)
{
	(void)state;
	assert_true(span_eq(SPAN("a\0b"), SPAN("a\0b")));
	assert_false(span_eq(SPAN("a\0b"), SPAN("a\0c")));
	assert_false(span_eq(SPAN("ab"), SPAN("abc")));
	assert_true(span_eq(SPAN_NONE, SPAN("")));
	assert_true(span_ieq(SPAN("HeLLo-@["), SPAN("hEllO-@[")));
	/* '@' and '`', '[' and '{' differ by the bit that tells cases of letters apart */
	assert_false(span_ieq(SPAN("@"), SPAN("`")));
	assert_false(span_ieq(SPAN("["), SPAN("{")));
	assert_true(span_starts(SPAN("MAIL FROM"), SPAN("MAIL")));
	assert_false(span_starts(SPAN("MAI"), SPAN("MAIL")));
	assert_true(span_istarts(SPAN("mail from"), SPAN("MAIL")));
	assert_true(span_iends(SPAN("x.Example.NL"), SPAN(".example.nl")));
	assert_false(span_iends(SPAN("nl"), SPAN(".nl")));
}

static void
equal_secret(void **state)
{
	(void)state;
	assert_true(span_eq_secret(SPAN("0123"), SPAN("0123")));
	assert_false(span_eq_secret(SPAN("0123"), SPAN("0124")));
	assert_false(span_eq_secret(SPAN("1123"), SPAN("0123")));
	assert_false(span_eq_secret(SPAN("012"), SPAN("0123")));
	assert_true(span_eq_secret(SPAN_NONE, SPAN_NONE));
}

static void
find(void **state)
{
	(void)state;
	assert_int_equal(span_find(SPAN("a\r\n\r\nb"), SPAN("\r\n\r\n")), 1);
	assert_int_equal(span_find(SPAN("a\r\n\rb"), SPAN("\r\n\r\n")), 5);
	assert_int_equal(span_find(SPAN("ab"), SPAN("abc")), 2);
	assert_int_equal(span_find(SPAN_NONE, SPAN("a")), 0);
	assert_int_equal(span_find_byte(SPAN("abc"), 'c'), 2);
	assert_int_equal(span_find_byte(SPAN("abc"), 'd'), 3);
	assert_int_equal(span_find_byte(SPAN_NONE, 'd'), 0);
}

static void
clamp(void **state)
{
	struct span s = SPAN("abc");

	(void)state;
	assert_span(span_from(s, 1), "bc");
	assert_span(span_from(s, 3), "");
	assert_span(span_from(s, SIZE_MAX), "");
	assert_span(span_upto(s, 2), "ab");
	assert_span(span_upto(s, SIZE_MAX), "abc");
	assert_span(span_from(SPAN_NONE, 5), "");
	assert_span(span_trim(SPAN(" \t a b\r\n")), "a b");
	assert_span(span_trim(SPAN(" \r\n\t ")), "");
}

static void
take(void **state)
{
	struct span s = SPAN("MAIL FROM:<a>");
	struct span word;

	(void)state;
	assert_false(span_take(&s, SPAN("mail")));
	assert_true(span_take_i(&s, SPAN("mail")));
	assert_int_equal(span_skip_wsp(&s), 1);
	assert_int_equal(span_skip_wsp(&s), 0);
	assert_false(span_take_byte(&s, 'f'));
	assert_true(span_take_byte(&s, 'F'));
	assert_true(span_take_until(&s, ':', &word));
	assert_span(word, "ROM");
	assert_span(s, ":<a>");
	assert_false(span_take_until(&s, '!', &word));
	assert_span(s, ":<a>");
	assert_true(span_take_word(&s, &word));
	assert_span(word, ":<a>");
	assert_false(span_take_word(&s, &word));
	assert_false(span_take_byte(&s, 0));
}

static void
take_number(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool ok;
		uint64_t value;
		const char *rest;
	} cases[] = {
		{ "0", 0, true, 0, "" },
		{ "42 ", 100, true, 42, " " },
		{ "100", 100, true, 100, "" },
		{ "101", 100, false, 0, "101" },
		{ "7", 5, false, 0, "7" },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX, "" },
		{ "18446744073709551616", UINT64_MAX, false, 0, "18446744073709551616" },
		{ "99999999999999999999999", UINT64_MAX, false, 0, "99999999999999999999999" },
		{ "", 5, false, 0, "" },
		{ "-1", 5, false, 0, "-1" },
		{ "+1", 5, false, 0, "+1" },
		{ " 1", 5, false, 0, " 1" },
		{ "0x1", 5, true, 0, "x1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span s = span_str(cases[i].text);
		uint64_t value = 0;

		assert_int_equal(span_take_u64(&s, cases[i].max, &value), cases[i].ok);
		assert_int_equal(value, cases[i].value);
		assert_span(s, cases[i].rest);
	}
}

static void
printable(void **state)
{
	char out[12];

	(void)state;
	assert_string_equal(span_printable(SPAN("abc"), out, sizeof(out)), "abc");
	assert_string_equal(span_printable(SPAN("a\\b"), out, sizeof(out)), "a\\\\b");
	assert_string_equal(span_printable(SPAN("\r\n"), out, sizeof(out)), "\\x0d\\x0a");
	assert_string_equal(span_printable(SPAN("\x1b"), out, sizeof(out)), "\\x1b");
	assert_string_equal(span_printable(SPAN("01234567890"), out, sizeof(out)), "01234567890");
	assert_string_equal(span_printable(SPAN("012345678901"), out, sizeof(out)), "01234567...");
	assert_string_equal(span_printable(SPAN("012345\x01"
						"89"),
				out, sizeof(out)),
	    "012345...");
	assert_string_equal(span_printable(SPAN_NONE, out, sizeof(out)), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_bytes),
		cmocka_unit_test(equal_secret),
		cmocka_unit_test(find),
		cmocka_unit_test(clamp),
		cmocka_unit_test(take),
		cmocka_unit_test(take_number),
		cmocka_unit_test(printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
