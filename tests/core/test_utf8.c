/*
 * Tests of core/utf8.c. Good: the examples of RFC 3629 section 7 and the borders of each row of table 3-7
 * of the Unicode standard; bad: the forms of Markus Kuhn's list of what a decoder must refuse.
 */
#include "core/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
	const char *name, *in;
	size_t len; /* of the first character; 0: none */
	uint32_t value;
	bool graphic;
} cases[] = {
	{ "ASCII", "A", 1, 'A', false },
	{ "DEL", "\x7f", 1, 0x7f, false },
	{ "first of two", "\xc2\x80", 2, 0x80, false },
	{ "last C1 control", "\xc2\x9f", 2, 0x9f, false },
	{ "no-break space", "\xc2\xa0", 2, 0xa0, true },
	{ "last of two", "\xdf\xbf", 2, 0x7ff, true },
	{ "first of three", "\xe0\xa0\x80", 3, 0x800, true },
	{ "RFC 3629: not identical to, Alpha", "\xe2\x89\xa2\xce\x91.", 3, 0x2262, true },
	{ "RFC 3629: han", "\xed\x95\x9c", 3, 0xd55c, true },
	{ "RFC 3629: ri", "\xe6\x97\xa5", 3, 0x65e5, true },
	{ "last before surrogates", "\xed\x9f\xbf", 3, 0xd7ff, true },
	{ "first behind surrogates", "\xee\x80\x80", 3, 0xe000, true },
	{ "last of three", "\xef\xbf\xbf", 3, 0xffff, true },
	{ "first of four", "\xf0\x90\x80\x80", 4, 0x10000, true },
	{ "RFC 3629: stump of tree", "\xf0\xa3\x8e\xb4", 4, 0x233b4, true },
	{ "last of all", "\xf4\x8f\xbf\xbf", 4, 0x10ffff, true },

	{ "lone continuation", "\x80", 0, 0, false },
	{ "overlong slash of two", "\xc0\xaf", 0, 0, false },
	{ "overlong border of two", "\xc1\xbf", 0, 0, false },
	{ "overlong slash of three", "\xe0\x80\xaf", 0, 0, false },
	{ "overlong border of three", "\xe0\x9f\xbf", 0, 0, false },
	{ "overlong slash of four", "\xf0\x80\x80\xaf", 0, 0, false },
	{ "overlong border of four", "\xf0\x8f\xbf\xbf", 0, 0, false },
	{ "first surrogate", "\xed\xa0\x80", 0, 0, false },
	{ "last surrogate", "\xed\xbf\xbf", 0, 0, false },
	{ "beyond U+10FFFF", "\xf4\x90\x80\x80", 0, 0, false },
	{ "five bytes", "\xf8\x88\x80\x80\x80", 0, 0, false },
	{ "FE", "\xfe", 0, 0, false },
	{ "FF", "\xff", 0, 0, false },
	{ "cut, two", "\xc2", 0, 0, false },
	{ "cut, three", "\xe2\x89", 0, 0, false },
	{ "cut, four", "\xf0\xa3\x8e", 0, 0, false },
	{ "letter in place of a continuation",
	    "\xe2\x89"
	    "A",
	    0, 0, false },
};

static void
test_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = span_str(cases[i].in), graphic = s;
		size_t whole = s.len;
		bool ok;
		uint32_t value;

		print_message("utf8: %s\n", cases[i].name);
		assert_int_equal(utf8_length(s), cases[i].len);
		value = utf8_take(&s, &ok);
		assert_int_equal(ok, cases[i].len > 0);
		assert_int_equal(value, ok ? cases[i].value : UTF8_REPLACEMENT);
		assert_int_equal(whole - s.len, ok ? cases[i].len : 1);
		assert_int_equal(utf8_take_graphic(&graphic), cases[i].graphic);
		assert_int_equal(whole - graphic.len, cases[i].graphic ? cases[i].len : 0);
		assert_int_equal(utf8_valid(span_str(cases[i].in)), cases[i].len > 0);
	}
	assert_int_equal(utf8_length(SPAN_NONE), 0);
	assert_true(utf8_valid(SPAN_NONE));
	assert_false(utf8_valid(SPAN("good\xc2")));
}

/* "a", e with an acute accent (2 bytes), the euro sign (3 bytes) */
static void
test_upto(void **state)
{
	static const size_t kept[] = { 0, 1, 1, 3, 3, 3, 6, 6 };
	const struct span s = SPAN("a\xc3\xa9\xe2\x82\xac");

	(void)state;
	for (size_t max = 0; max < sizeof(kept) / sizeof(kept[0]); max++) {
		struct span front = utf8_upto(s, max);

		assert_int_equal(front.len, kept[max]);
		assert_ptr_equal(front.p, s.p);
	}
	assert_int_equal(utf8_upto(SPAN_NONE, 3).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_characters),
		cmocka_unit_test(test_upto) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
