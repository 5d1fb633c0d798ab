/*
 * Is it certain what a field's raw value decodes to? Yes-cases are the examples of RFC 2047 section 8 and what
 * mailers write; no-cases each break one sentence of its sections 2, 4, 5 and 6.
 */
#include "rules/flow.h"

#include "support/unit.h"

static const struct {
	const char *name, *raw;
	bool want;
} cases[] = {
	{ "nothing", "", true },
	{ "plain", " hello, world", true },
	{ "folded", " hello,\r\n world\r\n\tagain", true },
	{ "UTF-8 (RFC 6532)", " caf\xC3\xA9", true },
	{ "signs", " why ?= is =? this =x?", true },
	{ "an equals sign", " a=b?c", true },
	/* RFC 2047 section 8 */
	{ "Keld", " =?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>", true },
	{ "Patrik", " =?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= <paf@nada.kth.se>", true },
	{ "two words, folded",
	    " =?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
	    " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
	    true },
	{ "lower case", " =?utf-8?q?caf=c3=a9?=", true },
	{ "language (RFC 2231)", " =?utf-8*nl?q?caf=C3=A9?=", true },
	{ "base64 of UTF-8", " =?utf-8?b?Y2Fmw6k=?=", true },
	{ "75 characters",
	    " =?utf-8?q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=", true },

	/* not decoded by all: section 5, separated from other text by blanks */
	{ "behind a word", " foo=?utf-8?q?bar?=", false },
	{ "in front of a word", " =?utf-8?q?bar?=foo", false },
	{ "two without a blank", " =?utf-8?q?a?==?utf-8?q?b?=", false },
	{ "in quotes", " \"=?utf-8?q?foo?=\"", false },
	{ "in quotes, with blanks", " \"a =?utf-8?q?foo?= b\"", false },
	{ "in brackets", " (=?utf-8?q?foo?=)", false },
	{ "behind quotes", " \"a\" =?utf-8?q?foo?=", true },
	/* section 2: the grammar */
	{ "begun and ended", " why =? is ?= this", false },
	{ "encoding", " =?utf-8?x?foo?=", false },
	{ "no charset", " =??q?foo?=", false },
	{ "a charset that there is not", " =?utf-9?q?foo?=", false },
	{ "a charset of few", " =?x-mac-roman?q?foo?=", false },
	{ "Latin-9", " =?iso-8859-15?q?=A4?=", true },
	{ "Windows", " =?Windows-1252?Q?=80?=", true },
	{ "blank in it", " =?utf-8?q?foo bar?=", false },
	{ "folded in it", " =?utf-8?q?foo\r\n bar?=", false },
	{ "sign in the charset", " =?utf(8?q?foo?=", false },
	{ "question mark", " =?utf-8?q?foo?bar?=", false },
	{ "76 characters",
	    " =?utf-8?q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=",
	    false },
	/* section 4 */
	{ "half an octet", " =?utf-8?q?caf=C?=", false },
	{ "no octet", " =?utf-8?q?caf=XY?=", false },
	{ "base64: length", " =?utf-8?b?Y2F?=", false },
	{ "base64: signs", " =?utf-8?b?@@@@?=", false },
	{ "base64: padding within", " =?utf-8?b?Y2E=Y2E=?=", false },
	{ "base64: bits behind", " =?utf-8?b?Y2F=?=", false },
	{ "base64: nothing but padding", " =?utf-8?b?====?=", false },
	/* section 5: a character is in one word */
	{ "half a character", " =?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", false },
	{ "not UTF-8", " =?UTF-8?b?/////w==?=", false },
	{ "a line end in it", " =?utf-8?q?1=0A2?=", false },
	{ "a null in it", " =?utf-8?b?AGE=?=", false },
	/* no words at all */
	{ "Latin-1", " caf\xE9", false },
	{ "a control", " a\x01", false },
	{ "a bare carriage return", " a\rb", false },
	{ "DEL", " a\x7F", false },
};

static void
decodes_or_not(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (flow_decodes(span_str(cases[i].raw)) != cases[i].want) {
			wrong++;
			print_error("%s\n", cases[i].name);
		}
	assert_int_equal(wrong, 0);
	assert_false(flow_decodes(SPAN("a\0b")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
