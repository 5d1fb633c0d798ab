/*
 * mime/charset.c and mime/encode.c: our texts in other charsets and transfer encodings.
 * Expected bytes: Python's codecs (str.encode), quopri and base64 for the same texts; names: the IANA
 * registry "Character Sets".
 */
#include "mime/charset.h"
#include "mime/encode.h"

#include "support/unit.h"

#include <stdio.h>

static const struct {
	const char *name;
	enum mime_charset want;
} names[] = {
	{ "", MIME_CHARSET_ASCII },
	{ "us-ascii", MIME_CHARSET_ASCII },
	{ "US-ASCII", MIME_CHARSET_ASCII },
	{ " utf-8 ", MIME_CHARSET_UTF8 },
	{ "UTF8", MIME_CHARSET_UTF8 },
	{ "iso-8859-1", MIME_CHARSET_LATIN1 },
	{ "Latin1", MIME_CHARSET_LATIN1 },
	{ "ISO-8859-15", MIME_CHARSET_LATIN9 },
	{ "Windows-1252", MIME_CHARSET_CP1252 },
	{ "cp1252", MIME_CHARSET_CP1252 },
	{ "iso-8859-2", MIME_CHARSET_OTHER },
	{ "iso-8859-11", MIME_CHARSET_OTHER },
	{ "windows-1251", MIME_CHARSET_OTHER },
	{ "koi8-r", MIME_CHARSET_OTHER },
	{ "gb18030", MIME_CHARSET_OTHER },
	{ "shift_jis", MIME_CHARSET_OTHER },
	{ "x-unknown", MIME_CHARSET_OTHER },
	{ "cp850", MIME_CHARSET_OTHER },
	{ "ibm850", MIME_CHARSET_OTHER },
	{ "iso-2022-jp", MIME_CHARSET_ISO2022 },
	{ "ISO-2022-KR", MIME_CHARSET_ISO2022 },
	{ "utf-16", MIME_CHARSET_FOREIGN },
	{ "UTF-16LE", MIME_CHARSET_FOREIGN },
	{ "utf-32be", MIME_CHARSET_FOREIGN },
	{ "utf-7", MIME_CHARSET_FOREIGN },
	{ "ISO-10646-UCS-2", MIME_CHARSET_FOREIGN },
	{ "ebcdic-cp-us", MIME_CHARSET_FOREIGN },
	{ "ibm037", MIME_CHARSET_FOREIGN },
	{ "cp500", MIME_CHARSET_FOREIGN },
	{ "IBM-1047", MIME_CHARSET_FOREIGN },
	{ "hz-gb-2312", MIME_CHARSET_FOREIGN },
};

static void
knows_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct span name = span_str(names[i].name);

		if (mime_charset_of(name) != names[i].want)
			fail_msg("\"%s\": %d", names[i].name, (int)mime_charset_of(name));
		assert_int_equal(
		    mime_charset_editable(name), names[i].want != MIME_CHARSET_FOREIGN);
		assert_int_equal(mime_charset_iso2022(name), names[i].want == MIME_CHARSET_ISO2022);
	}
}

#define SAMPLE                                                                                         \
	"Verf\u00fcgbar bis M\u00e4rz \u2013 \u201e\u00dcn\u00efc\u00f8d\u00e9\u201c \u20ac 5 \u0160 " \
	"\u017e \u0152 \u0178 \u2026 \u2122 \u00e9 \u00ff"

static const struct {
	const char *name;
	enum mime_charset cs;
	bool html;
	const char *in, *want;
} texts[] = {
	{ "ASCII", MIME_CHARSET_ASCII, false, "plain\r\n", "plain\r\n" },
	{ "UTF-8", MIME_CHARSET_UTF8, false, SAMPLE "\U0001f4ce", SAMPLE "\U0001f4ce" },
	{ "ISO-8859-1, HTML", MIME_CHARSET_LATIN1, true, SAMPLE,
	    "Verf\xfcgbar bis M\xe4rz &#8211; &#8222;\xdcn\xef"
	    "c\xf8"
	    "d\xe9&#8220; &#8364; 5 &#352; &#382; "
	    "&#338; &#376; &#8230; &#8482; \xe9 \xff" },
	{ "ISO-8859-15, HTML", MIME_CHARSET_LATIN9, true, SAMPLE,
	    "Verf\xfcgbar bis M\xe4rz &#8211; &#8222;\xdcn\xef"
	    "c\xf8"
	    "d\xe9&#8220; \xa4 5 \xa6 \xb8 \xbc \xbe "
	    "&#8230; &#8482; \xe9 \xff" },
	{ "Windows-1252, HTML", MIME_CHARSET_CP1252, true, SAMPLE,
	    "Verf\xfcgbar bis M\xe4rz \x96 \x84\xdcn\xef"
	    "c\xf8"
	    "d\xe9\x93 \x80 5 \x8a \x9e \x8c \x9f \x85 \x99 "
	    "\xe9 \xff" },
	{ "ISO-8859-1, text", MIME_CHARSET_LATIN1, false,
	    "\u20ac 5 \u2013 \u201e\u00e9\u201c \u0160", "EUR 5 - \"\xe9\" S" },
	{ "ASCII, text", MIME_CHARSET_ASCII, false,
	    "Verf\u00fcgbar bis M\u00e4rz, \u0141\u00f3d\u017a, Stra\u00dfe",
	    "Verfuegbar bis Maerz, Lodz, Strasse" },
	{ "other, HTML", MIME_CHARSET_OTHER, true, "M\u00e4rz \U0001f4ce", "M&#228;rz &#128206;" },
	{ "other, text", MIME_CHARSET_OTHER, false, "M\u00e4rz \U0001f4ce \u0416", "Maerz ? ?" },
	{ "ISO 2022, text", MIME_CHARSET_ISO2022, false, "\u65e5\u672c", "??" },
	/* what the charset's table does not hold: 0xA4 of Latin-1 in Latin-9, 0x80 in both */
	{ "currency sign in ISO-8859-15", MIME_CHARSET_LATIN9, true, "\u00a4\u00a6\u00be",
	    "&#164;&#166;&#190;" },
	{ "C1 control in Windows-1252", MIME_CHARSET_CP1252, true, "\xc2\x81\xc2\x80",
	    "&#129;&#128;" },
	{ "C1 control in ISO-8859-1", MIME_CHARSET_LATIN1, true, "\xc2\x85", "&#133;" },
	{ "not UTF-8", MIME_CHARSET_LATIN1, false, "a\xff\xc3", "a??" },
	{ "overlong", MIME_CHARSET_ASCII, true, "\xc0\xbc", "&#65533;&#65533;" },
	{ "surrogate", MIME_CHARSET_UTF8, false, "\xed\xa0\x80", "\ufffd\ufffd\ufffd" },
};

static void
writes_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buf out;

		buf_init(&out, 4096);
		if (texts[i].html)
			assert_int_equal(
			    mime_charset_html(texts[i].cs, span_str(texts[i].in), &out), ERR_OK);
		else
			assert_int_equal(
			    mime_charset_text(texts[i].cs, span_str(texts[i].in), &out), ERR_OK);
		if (!span_eq(buf_span(&out), span_str(texts[i].want)))
			fail_msg("%s: \"%s\"", texts[i].name, buf_cstr(&out));
		buf_done(&out);
	}
}

static void
stops_at_the_bound(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 5);
	assert_int_equal(mime_charset_html(MIME_CHARSET_ASCII, SPAN("\xc3\xa9"), &out), ERR_LIMIT);
	buf_done(&out);
}

#define TEN     "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *name, *in, *want;
} qps[] = {
	{ "plain", "a b\r\nc", "a b\r\nc" },
	{ "equals sign", "a=b", "a=3Db" },
	{ "8-bit", "\xc3\xa9", "=C3=A9" },
	{ "blank at a line's end", "a \r\nb\t\r\n ", "a=20\r\nb=09\r\n=20" },
	{ "76 characters", SEVENTY "abcdef\r\n", SEVENTY "abcdef\r\n" },
	{ "77 characters", SEVENTY "abcdefg\r\n", SEVENTY "abcde=\r\nfg\r\n" },
	{ "escape at the edge", SEVENTY "abc\xe9x", SEVENTY "abc=\r\n=E9x" },
	{ "escape as the last", SEVENTY "abc\xe9", SEVENTY "abc=E9" },
	{ "bare CR and LF", "a\rb\nc", "a=0Db=0Ac" },
	{ "beginnings of boundaries and of SMTP's end", "--a\r\n.\r\n-.", "=2D-a\r\n=2E\r\n=2D." },
	{ "the same behind a soft break", SEVENTY "abcde--x", SEVENTY "abcde=\r\n=2D-x" },
	{ "NUL has its escape", "\x01", "=01" },
};

static void
writes_qp(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(qps); i++) {
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(mime_encode_qp(span_str(qps[i].in), &out), ERR_OK);
		if (!span_eq(buf_span(&out), span_str(qps[i].want)))
			fail_msg("%s: \"%s\"", qps[i].name, buf_cstr(&out));
		buf_done(&out);
	}
}

static void
writes_base64(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(mime_encode_base64(SPAN(""), &out), ERR_OK);
	assert_int_equal(out.len, 0);
	assert_int_equal(mime_encode_base64(SPAN("fooba"), &out), ERR_OK); /* RFC 4648 section 10 */
	assert_string_equal(buf_cstr(&out), "Zm9vYmE=");
	buf_clear(&out);
	assert_int_equal(mime_encode_base64(SPAN(TEN TEN TEN TEN TEN "1234567"), &out), ERR_OK);
	assert_string_equal(buf_cstr(&out),
	    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkxMjM0NTY3");
	buf_clear(&out);
	assert_int_equal(mime_encode_base64(SPAN(TEN TEN TEN TEN TEN "12345678"), &out), ERR_OK);
	assert_string_equal(buf_cstr(&out),
	    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkxMjM0NTY3\r\nOA==");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_names),
		cmocka_unit_test(writes_texts),
		cmocka_unit_test(stops_at_the_bound),
		cmocka_unit_test(writes_qp),
		cmocka_unit_test(writes_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
