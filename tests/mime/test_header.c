/*
 * mime/header.c. Expected values: RFC 5322 section 2.2.3, RFC 2047 section 8 (the table of examples),
 * RFC 2045 section 5.1, RFC 2183; odd shapes as Python's email and browsers read them.
 */
#include "mime/header.h"
#include "mime/limits.h"

#include "support/unit.h"

#include <stdio.h>

static void
splits_a_block(void **state)
{
	struct span block = SPAN("From: a@b\r\nSubject: one\r\n two\r\n\tthree\r\nX :\tv \r\n"
				 "no colon\r\nEmpty:\r\n\r\nbody: not\r\n");
	static const struct {
		const char *name, *value, *whole;
	} want[] = {
		{ "From", " a@b", "From: a@b\r\n" },
		{ "Subject", " one\r\n two\r\n\tthree", "Subject: one\r\n two\r\n\tthree\r\n" },
		{ "X", "\tv ", "X :\tv \r\n" },
		{ "", "no colon", "no colon\r\n" },
		{ "Empty", "", "Empty:\r\n" },
	};
	struct mime_field f;

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_true(mime_header_next(&block, &f));
		assert_span(f.name, want[i].name);
		assert_span(f.value, want[i].value);
		assert_span(f.whole, want[i].whole);
	}
	assert_false(mime_header_next(&block, &f));
	assert_span(block, "\r\nbody: not\r\n");
}

static void
splits_lf_and_cut_blocks(void **state)
{
	struct span block = SPAN("A: 1\n b\nC: 2");
	struct mime_field f;

	(void)state;
	assert_true(mime_header_next(&block, &f));
	assert_span(f.value, " 1\n b");
	assert_true(mime_header_next(&block, &f));
	assert_span(f.name, "C");
	assert_span(f.value, " 2");
	assert_false(mime_header_next(&block, &f));
	assert_int_equal(block.len, 0);
}

static const struct {
	const char *in, *unfolded, *decoded;
} values[] = {
	{ " plain ", "plain", "plain" },
	{ " a\r\n b\n\tc\r\n", "a b\tc", "a b c" },
	{ "", "", "" },
	/* RFC 2047 section 8 */
	{ "(=?ISO-8859-1?Q?a?=)", "(=?ISO-8859-1?Q?a?=)", "(a)" },
	{ "=?ISO-8859-1?Q?a?= b", "=?ISO-8859-1?Q?a?= b", "a b" },
	{ "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", NULL, "ab" },
	{ "=?ISO-8859-1?Q?a?=   =?ISO-8859-1?Q?b?=", NULL, "ab" },
	{ "=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", NULL, "ab" },
	{ "=?ISO-8859-1?Q?a_b?=", NULL, "a b" },
	{ "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", NULL, "a b" },
	/* section 8, the header fields above the table */
	{ "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", NULL, "Keld J\xC3\xB8rn Simonsen" },
	{ "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
	  " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
	    NULL, "If you can read this you understand the example." },
	/* a character across two words, as some mailers write */
	{ "=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", NULL, "\xE2\x82\xAC" },
	{ "=?utf-8?q?=E2=82=AC?=", NULL, "\xE2\x82\xAC" },
	/* not encoded words */
	{ "=?utf-8?X?a?=", NULL, "=?utf-8?X?a?=" },
	{ "=?utf-8?Q?a", NULL, "=?utf-8?Q?a" },
	{ "=?utf-8?Q", NULL, "=?utf-8?Q" },
	{ "=??Q?a?=", NULL, "=??Q?a?=" },
	{ "=?=?=?utf-8?Q?a?=", NULL, "=?=?a" },
	{ "a=b?c", NULL, "a=b?c" },
	/* bytes outside ASCII: UTF-8 if they are, else Windows-1252 */
	{ "\xE2\x82\xAC", NULL, "\xE2\x82\xAC" },
	{ "\x80 \xE9", NULL, "\xE2\x82\xAC \xC3\xA9" },
	{ "=?utf-8?Q?=FF?=", NULL, "\xEF\xBF\xBD" },
	{ "=?x-none?Q?=E9?=", NULL, "\xC3\xA9" },
	/* charsets: Python's codecs give the same, but for Latin 1, which readers take for Windows-1252 */
	{ "=?windows-1252?Q?=80=8A=9F=E9?=", NULL, "\xE2\x82\xAC\xC5\xA0\xC5\xB8\xC3\xA9" },
	{ "=?iso-8859-1?Q?=C3=A9=80?=", NULL, "\xC3\x83\xC2\xA9\xE2\x82\xAC" },
	{ "=?iso-8859-15?Q?=A4?=", NULL, "\xE2\x82\xAC" },
	{ "=?koi8-r?B?8NLJ18XU?=", NULL, "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82" },
	{ "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", NULL, "\xE6\x97\xA5\xE6\x9C\xAC" },
	{ "=?shift_jis?B?k/qWew==?=", NULL, "\xE6\x97\xA5\xE6\x9C\xAC" },
	{ "=?shift_jis?B?k/qW?=", NULL, "\xE6\x97\xA5\xEF\xBF\xBD" },
	{ "=?utf-8*en?Q?=C3=A9?=", NULL, "\xC3\xA9" },
	/* not on the list: no converter is loaded for it */
	{ "=?utf-7?Q?+AOk-?=", NULL, "+AOk-" },
	{ "=?iso-2022-cn-ext?Q?a?=", NULL, "a" },
	{ "=?../../x//translit?Q?a?=", NULL, "a" },
	/* controls are blanks, wherever they come from: no new header line can come out */
	{ "=?utf-8?Q?a=0D=0ABcc:_x?=", NULL, "a  Bcc: x" },
	{ "a\x01"
	  "b",
	    "a\x01"
	    "b",
	    "a b" },
};

static void
unfolds_and_decodes(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < COUNT(values); i++) {
		if (values[i].unfolded != NULL) {
			buf_clear(&out);
			assert_ok(mime_value_unfold(span_str(values[i].in), &out));
			assert_span(buf_span(&out), values[i].unfolded);
		}
		buf_clear(&out);
		assert_ok(mime_value_decode(span_str(values[i].in), &out));
		if (!span_eq(buf_span(&out), span_str(values[i].decoded)))
			fail_msg("\"%s\": \"%s\"", values[i].in, buf_cstr(&out));
	}
	buf_done(&out);
}

static void
stops_when_full(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4);
	assert_err(mime_value_decode(SPAN("=?utf-8?Q?=E2=82=AC=E2=82=AC?="), &out), ERR_LIMIT, "");
	assert_span(buf_span(&out), "\xE2\x82\xAC");
	buf_done(&out);
}

/* first | name=value (q quoted, o odd) ...; ending in "!" when the walk was odd, "c" when a comment came */
static const struct {
	const char *in, *want;
} params[] = {
	{ " text/plain", "text/plain" },
	{ " text/plain; charset=us-ascii", "text/plain|charset=us-ascii" },
	{ " text/plain; charset=\"us-ascii\"", "text/plain|charset=us-ascii,q" },
	{ "a;b=c;d=e;", "a|b=c|d=e" },
	{ "a ; b = c ; d = \"e\" ", "a|b=c|d=e,q" },
	{ "a;\r\n\tb=c;\r\n\td=e\r\n", "a|b=c|d=e" },
	{ "a; b=\"x;y=z\"", "a|b=x;y=z,q" },
	{ "a; b=\"\"", "a|b=,q" },
	{ "a; b=", "a|b=" },
	{ "a;;; b=c", "a|b=c" },
	{ "", "" },
	{ ";", "" },
	/* RFC 2045 section 5.1: a comment */
	{ "text/plain; charset=us-ascii (Plain text)",
	    "text/plain|charset=us-ascii (Plain text),o!" },
	{ "text/plain (x;y=z (n\\)ested)); b=c", "text/plain|b=cc" },
	{ "a; (x) b (y) = (z) c", "a|b=cc" },
	{ "a; b=\"c\" (d)", "a|b=c,qc" },
	{ "a (never closed; b=c", "ac" },
	/* broken, and still of use */
	{ "a; name=my file.pdf; b=c", "a|name=my file.pdf,o|b=c!" },
	{ "a; b=\"never closed; c=d", "a|b=never closed; c=d,qo!" },
	{ "a; b=\"c\"d; e=f", "a|b=c,qo|e=f!" },
	{ "a; word; b=c", "a|b=c!" },
	{ "a; word b=c", "a|b=c!" },
	{ "a; =x; b=c", "a|b=c!" },
	{ "a; \"q\"; b=c", "a|b=c!" },
	{ "a b; c=d", "a b|c=d" },
	{ "a; b=c\"d\"", "a|b=c\"d\",o!" },
};

static void
describe(struct span value, struct buf *out)
{
	struct mime_params ps;
	struct mime_param p;
	struct span first;

	mime_params_start(&ps, value, &first);
	assert_ok(buf_put(out, first));
	while (mime_params_next(&ps, &p)) {
		assert_ok(buf_put_byte(out, '|'));
		assert_ok(buf_put(out, p.name));
		assert_ok(buf_put_byte(out, '='));
		assert_ok(buf_put(out, p.value));
		if (p.quoted || p.odd)
			assert_ok(buf_put_byte(out, ','));
		assert_ok(buf_put_str(out, p.quoted ? "q" : ""));
		assert_ok(buf_put_str(out, p.odd ? "o" : ""));
	}
	assert_ok(buf_put_str(out, ps.comment ? "c" : ""));
	assert_ok(buf_put_str(out, ps.odd ? "!" : ""));
}

static void
walks_parameters(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < COUNT(params); i++) {
		buf_clear(&out);
		describe(span_str(params[i].in), &out);
		if (strcmp(buf_cstr(&out), params[i].want) != 0)
			fail_msg("\"%s\": \"%s\", wanted \"%s\"", params[i].in, buf_cstr(&out),
			    params[i].want);
	}
	buf_done(&out);
}

static void
gets_one_parameter(void **state)
{
	struct span value = SPAN("x/y; A=1; b=\"q\\\"u\r\n o\\\\te\"; c=3; c=4");
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_ok(mime_param_get(value, SPAN("a"), &out));
	assert_span(buf_span(&out), "1");
	buf_clear(&out);
	assert_ok(mime_param_get(value, SPAN("B"), &out));
	assert_span(buf_span(&out), "q\"u o\\te");
	assert_int_equal(mime_param_get(value, SPAN("d"), &out), ERR_NOT_FOUND);
	assert_err(mime_param_get(value, SPAN("c"), &out), ERR_SYNTAX, "twice");
	buf_done(&out);
}

/* M4: comments that never close, beginnings of words without end: the time grows with the length only. */
static void
floods_are_linear(void **state)
{
	static const char *const floods[] = { "(", "=?", "=?a?q?", "=?utf-8?Q?a?=", "\xE9=?", ";",
		"a=", "\"", "\\", "\r\n " };
	struct buf in, out;

	(void)state;
	buf_init(&in, MIME_MAX_HEADER_BYTES);
	buf_init(&out, 2 * MIME_MAX_HEADER_BYTES);
	for (size_t i = 0; i < COUNT(floods); i++) {
		buf_clear(&in);
		buf_clear(&out);
		while (buf_put_str(&in, floods[i]) == ERR_OK)
			;
		assert_ok(mime_value_decode(buf_span(&in), &out));
		buf_clear(&out);
		describe(buf_span(&in), &out);
	}
	buf_done(&in);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_a_block),
		cmocka_unit_test(splits_lf_and_cut_blocks),
		cmocka_unit_test(unfolds_and_decodes),
		cmocka_unit_test(stops_when_full),
		cmocka_unit_test(walks_parameters),
		cmocka_unit_test(gets_one_parameter),
		cmocka_unit_test(floods_are_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
