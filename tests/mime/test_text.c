/*
 * mime/text.c: sizes and dates as people in three countries write them, and strangers' words made harmless.
 * Expected sizes: IEEE 1541 decimal prefixes; dates: the Unix epoch's calendar (date -u -d @N).
 */
#include "mime/text.h"

#include "support/unit.h"

#include <stdio.h>

static const struct {
	uint64_t size;
	const char *nl, *de, *en;
} sizes[] = {
	{ 0, "0 bytes", "0 Byte", "0 bytes" },
	{ 1, "1 byte", "1 Byte", "1 byte" },
	{ 999, "999 bytes", "999 Byte", "999 bytes" },
	{ 1000, "1,0 kB", "1,0 kB", "1.0 kB" },
	{ 1049, "1,0 kB", "1,0 kB", "1.0 kB" },
	{ 1050, "1,1 kB", "1,1 kB", "1.1 kB" },
	{ 9949, "9,9 kB", "9,9 kB", "9.9 kB" },
	{ 9950, "10 kB", "10 kB", "10 kB" },
	{ 10499, "10 kB", "10 kB", "10 kB" },
	{ 999499, "999 kB", "999 kB", "999 kB" },
	{ 999500, "1,0 MB", "1,0 MB", "1.0 MB" },
	{ 157286400, "157 MB", "157 MB", "157 MB" },
	{ 2500000000, "2,5 GB", "2,5 GB", "2.5 GB" },
	{ UINT64_MAX, "18 EB", "18 EB", "18 EB" },
};

static const struct {
	int64_t ms;
	const char *nl, *de, *en;
} dates[] = {
	{ 0, "1 januari 1970", "1. Januar 1970", "1 January 1970" },
	{ 1798070399999, "23 december 2026", "23. Dezember 2026", "23 December 2026" },
	{ 1798070400000, "24 december 2026", "24. Dezember 2026", "24 December 2026" },
	{ 1835395200000, "29 februari 2028", "29. Februar 2028", "29 February 2028" },
	{ 1835481600000, "1 maart 2028", "1. M\u00e4rz 2028", "1 March 2028" },
};

static void
check(enum tenant_language language, uint64_t size, int64_t ms, const char *want)
{
	struct buf out;

	buf_init(&out, 100);
	if (size != UINT64_MAX - 1)
		assert_int_equal(mime_text_size(language, size, &out), ERR_OK);
	else
		assert_int_equal(mime_text_date(language, ms, &out), ERR_OK);
	assert_string_equal(buf_cstr(&out), want);
	buf_done(&out);
}

static void
writes_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		check(LANGUAGE_NL, sizes[i].size, 0, sizes[i].nl);
		check(LANGUAGE_DE, sizes[i].size, 0, sizes[i].de);
		check(LANGUAGE_EN, sizes[i].size, 0, sizes[i].en);
	}
}

static void
writes_dates(void **state)
{
	const uint64_t date = UINT64_MAX - 1;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT(dates); i++) {
		check(LANGUAGE_NL, date, dates[i].ms, dates[i].nl);
		check(LANGUAGE_DE, date, dates[i].ms, dates[i].de);
		check(LANGUAGE_EN, date, dates[i].ms, dates[i].en);
	}
	buf_init(&out, 100);
	assert_int_equal(mime_text_date(LANGUAGE_EN, INT64_MAX, &out), ERR_LIMIT);
	buf_done(&out);
}

static const struct {
	const char *name, *in;
	size_t max;
	const char *want;
} lines[] = {
	{ "plain", "report.pdf", 80, "report.pdf" },
	{ "other scripts stay", "\u0434\u043e\u043a \u65e5\u672c \u05e9\u05dc\u05d5\u05dd.pdf", 80,
	    "\u0434\u043e\u043a \u65e5\u672c \u05e9\u05dc\u05d5\u05dd.pdf" },
	{ "blanks", "  a \t b\u00a0\u3000c  ", 80, "a b c" },
	{ "line ends", "a\r\nBcc: x\n", 80, "a Bcc: x" },
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
	{ "direction override", "invoice\u202efdp.exe", 80, "invoice\ufffdfdp.exe" },
	{ "isolates", "\u2066a\u2069", 80, "\ufffda\ufffd" },
	{ "zero width", "a\u200bb\u200dc\ufeff", 80, "a\ufffdb\ufffdc\ufffd" },
	{ "line separators", "a\u2028b\u2029", 80, "a\ufffdb\ufffd" },
	{ "controls", "a\x1b[31mb\x7f\xc2\x85", 80, "a\ufffd[31mb\ufffd\ufffd" },
	{ "tags", "a\U000e0041", 80, "a\ufffd" },
	{ "not UTF-8", "a\xff", 80, "a\ufffd" },
	{ "hidden extension", "invoice.pdf                                                  .exe",
	    80, "invoice.pdf .exe" },
	{ "long", "abcdefghijklmnopqrstuvwxyz.pdf", 16, "abcdefghijk\u2026.pdf" },
	{ "just fits", "abcdefghijkl.pdf", 16, "abcdefghijkl.pdf" },
	{ "nothing", "", 80, "" },
	{ "only blanks", " \t\r\n", 80, "" },
};

static void
neutralises_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct buf out;

		buf_init(&out, 400);
		assert_int_equal(mime_text_line(span_str(lines[i].in), lines[i].max, &out), ERR_OK);
		if (strcmp(buf_cstr(&out), lines[i].want) != 0)
			fail_msg("%s: \"%s\"", lines[i].name, buf_cstr(&out));
		buf_done(&out);
	}
}

static void
escapes_html(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 400);
	assert_int_equal(
	    mime_text_html(SPAN("<a href=\"x\" b='y'>&amp;\t\r\n\x01\x1b\xff\u00e9"), &out),
	    ERR_OK);
	assert_string_equal(buf_cstr(&out),
	    "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;\t\r\n\ufffd\ufffd"
	    "\ufffd\u00e9");
	buf_clear(&out);
	assert_int_equal(mime_text_html(SPAN("\0"), &out), ERR_OK);
	assert_string_equal(buf_cstr(&out), "\ufffd");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_sizes),
		cmocka_unit_test(writes_dates),
		cmocka_unit_test(neutralises_lines),
		cmocka_unit_test(escapes_html),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
