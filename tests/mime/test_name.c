/*
 * mime/name.c. Expected values: RFC 2231 sections 3 to 4.1, RFC 2183, RFC 5987; what Thunderbird, Outlook and
 * Gmail write; threats M5, M6 and M7.
 */
#include "mime/limits.h"
#include "mime/name.h"

#include "support/unit.h"

static const struct {
	const char *disposition, *type, *want;
	enum err err;
	bool named;
} choices[] = {
	{ "attachment; filename=a.pdf", "", "a.pdf", ERR_OK, true },
	{ "attachment; filename=\"a b.pdf\"", "application/pdf; name=c.pdf", "a b.pdf", ERR_OK,
	    true },
	{ "attachment", "application/pdf; name=\"c.pdf\"", "c.pdf", ERR_OK, true },
	{ "inline", "text/plain; charset=utf-8", "", ERR_OK, false },
	{ "", "", "", ERR_OK, false },
	/* named, but with nothing (CVE-2026-116269) */
	{ "attachment; filename=\"\"", "", "", ERR_OK, true },
	{ "attachment; filename=", "x/y; name=n", "n", ERR_OK, true },
	{ "attachment; filename*=utf-8''", "x/y; name=n", "n", ERR_OK, true },
	/* order: filename*, filename*0, filename, name*, name (M6: one choice) */
	{ "a; filename=p; filename*=utf-8''e", "x/y; name=t", "e", ERR_OK, true },
	{ "a; filename=p; filename*0=s; filename*1=t", "", "st", ERR_OK, true },
	{ "a; filename*0=s; filename*=utf-8''e", "", "e", ERR_OK, true },
	{ "", "x/y; name=p; name*=utf-8''e", "e", ERR_OK, true },
	/* RFC 2231 section 4.1, its example */
	{ "",
	    "application/x-stuff; name*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
	    " name*1*=%2A%2A%2Afun%2A%2A%2A%20; name*2=\"isn't it!\"",
	    "This is even more ***fun*** isn't it!", ERR_OK, true },
	/* sections out of order; a gap ends the name */
	{ "a; filename*1=b; filename*0=a; filename*2=c", "", "abc", ERR_OK, true },
	{ "a; filename*0=a; filename*2=c", "", "a", ERR_OK, true },
	{ "a; filename*1=b; filename=p", "", "p", ERR_OK, true },
	{ "a; filename*00=x; filename=p", "", "p", ERR_OK, true },
	{ "a; filename*x=x; filename=p", "", "p", ERR_OK, true },
	{ "a; filename*0*=utf-8''%E2%82; filename*1*=%AC.pdf", "", "\xE2\x82\xAC.pdf", ERR_OK,
	    true },
	/* charsets */
	{ "a; filename*=iso-8859-1'en'%A3%20rates", "", "\xC2\xA3 rates", ERR_OK, true },
	{ "a; filename*=UTF-8''%c2%a3%20and%20%e2%82%ac", "", "\xC2\xA3 and \xE2\x82\xAC", ERR_OK,
	    true },
	{ "a; filename*=windows-1252''%80", "", "\xE2\x82\xAC", ERR_OK, true },
	{ "a; filename*=no-quotes%20here", "", "no-quotes here", ERR_OK, true },
	{ "a; filename*=utf-8''100%", "", "100%", ERR_OK, true },
	{ "a; filename*=utf-8''%zz%4", "", "%zz%4", ERR_OK, true },
	{ "a; filename*=utf-16be''%00a%00b", "", "ab", ERR_OK, true },
	{ "a; filename*=unknown-8bit''%E9", "", "\xC3\xA9", ERR_OK, true },
	{ "a; filename=\"\xC3\xA9.pdf\"", "", "\xC3\xA9.pdf", ERR_OK, true },
	{ "a; filename=\"\xE9.pdf\"", "", "\xC3\xA9.pdf", ERR_OK, true },
	/* encoded words, which RFC 2047 section 5 forbids here */
	{ "a; filename=\"=?utf-8?B?4oKsLnBkZg==?=\"", "", "\xE2\x82\xAC.pdf", ERR_OK, true },
	{ "a; filename==?iso-8859-1?Q?=E9t=E9?=", "", "\xC3\xA9t\xC3\xA9", ERR_OK, true },
	{ "a; filename=\"=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\"", "", "ab", ERR_OK, true },
	{ "a; filename=\"a\\\"b\\\\c\"", "", "a\"b\\c", ERR_OK, true },
	{ "a; filename=my file (1).pdf; size=3", "", "my file (1).pdf", ERR_OK, true },
	/* not the parameter */
	{ "a; filenames=x; file-name=y; xfilename=z", "x/y; names=n", "", ERR_OK, false },
	/* the same one twice: readers take different ones */
	{ "a; filename=x; filename=y", "", NULL, ERR_SYNTAX, false },
	{ "a; filename=x; FileName=x", "", NULL, ERR_SYNTAX, false },
	{ "a; filename*=utf-8''x; filename*=utf-8''y", "", NULL, ERR_SYNTAX, false },
	{ "a; filename*0=x; filename*0=y", "", NULL, ERR_SYNTAX, false },
	{ "a; filename*0=x; filename*0*=utf-8''y", "", NULL, ERR_SYNTAX, false },
	{ "", "x/y; name=a; name=b", NULL, ERR_SYNTAX, false },
};

static void
chooses_one_name(void **state)
{
	struct buf out;
	bool named;
	enum err err;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < COUNT(choices); i++) {
		buf_clear(&out);
		named = false;
		err = mime_name_choose(
		    span_str(choices[i].disposition), span_str(choices[i].type), &out, &named);
		if (err != choices[i].err || named != choices[i].named ||
		    (err == ERR_OK && strcmp(buf_cstr(&out), choices[i].want) != 0))
			fail_msg("%s | %s: %s \"%s\"", choices[i].disposition, choices[i].type,
			    err_name(err), buf_cstr(&out));
	}
	buf_done(&out);
}

static const struct {
	const char *in, *want;
} labels[] = {
	{ "a.pdf", "a.pdf" },
	{ "\xE2\x82\xAC r\xC3\xA9sum\xC3\xA9.pdf", "\xE2\x82\xAC r\xC3\xA9sum\xC3\xA9.pdf" },
	{ "", "unnamed" },
	{ "...", "unnamed" },
	{ "/", "unnamed" },
	{ " \t ", "unnamed" },
	/* M5: paths, devices, streams */
	{ "../../x", "x" },
	{ "/etc/passwd", "passwd" },
	{ "C:\\dir\\a.txt", "a.txt" },
	{ "\\\\server\\share\\a", "a" },
	{ "dir/", "dir" },
	{ ".htaccess", "htaccess" },
	{ "CON", "_CON" },
	{ "con.txt", "_con.txt" },
	{ "Lpt1.x", "_Lpt1.x" },
	{ "COM10", "COM10" },
	{ "console", "console" },
	{ "nul .txt", "_nul .txt" },
	{ "a.txt. . ", "a.txt" },
	{ "file:stream", "file_stream" },
	{ "C:a", "C_a" },
	{ "a*?\"<>|b", "a______b" },
	/* M6: nothing that ends a header or a quote */
	{ "a\r\nBcc: x", "a__Bcc_ x" },
	{ "a\"; filename=\"b", "a_; filename=_b" },
	{ "a\x7F\x01z", "a__z" },
	/* M7: order and invisible characters */
	{ "invoice\xE2\x80\xAE"
	  "fdp.exe",
	    "invoice_fdp.exe" },
	{ "a\xE2\x80\x8B"
	  "b",
	    "a_b" },
	{ "a\xEF\xBB\xBF"
	  "b",
	    "a_b" },
	{ "a\xE2\x81\xA6"
	  "b\xE2\x81\xA9",
	    "a_b_" },
	{ "a\xC2\xAD"
	  "b\xC2\x85"
	  "c",
	    "a_b_c" },
	{ "a\xF3\xA0\x81\x81"
	  "b",
	    "a_b" },
	{ "a\xE2\x80\xA8"
	  "b",
	    "a_b" },
	{ "x.pdf                                          .exe", "x.pdf .exe" },
	{ "x\xC2\xA0\xE3\x80\x80\xE2\x80\x83 y", "x y" },
	/* not UTF-8 */
	{ "a\xFF"
	  "b",
	    "a\xEF\xBF\xBD"
	    "b" },
	{ "a\xC0\xAF"
	  "b",
	    "a\xEF\xBF\xBD\xEF\xBF\xBD"
	    "b" },
	{ "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
};

static void
makes_labels(void **state)
{
	char out[MIME_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(labels); i++) {
		size_t n = mime_name_label(span_str(labels[i].in), out);

		if (strcmp(out, labels[i].want) != 0 || n != strlen(out))
			fail_msg("\"%s\": \"%s\"", labels[i].in, out);
	}
}

static void
labels_take_nul(void **state)
{
	char out[MIME_NAME_MAX + 1];

	(void)state;
	assert_int_equal(mime_name_label(SPAN("a.exe\0.pdf"), out), 10);
	assert_string_equal(out, "a.exe_.pdf");
}

/* M5: a name of 4 KB keeps the extension that decides how it opens, and whole characters. */
static void
cuts_long_names(void **state)
{
	char in[4100], out[MIME_NAME_MAX + 1];
	size_t n;

	(void)state;
	memset(in, 'a', sizeof(in));
	memcpy(in + 4096, ".exe", 4);
	n = mime_name_label(span_of(in, 4100), out);
	assert_int_equal(n, MIME_NAME_MAX);
	assert_string_equal(out + n - 5, "a.exe");
	for (size_t i = 0; i + 2 < 4096; i += 3)
		memcpy(in + i, "\xE2\x82\xAC", 3);
	n = mime_name_label(span_of(in, 4100), out);
	assert_true(n <= MIME_NAME_MAX && n > MIME_NAME_MAX - 4);
	assert_string_equal(out + n - 4, ".exe");
	assert_memory_equal(out + n - 7, "\xE2\x82\xAC", 3);
}

/* 101 and more sections, and a parameter of many thousand: cut, not refused. */
static void
many_sections_are_cut(void **state)
{
	struct buf in, out;
	bool named = false;

	(void)state;
	buf_init(&in, 1u << 20);
	buf_init(&out, 1u << 20);
	assert_ok(buf_put_str(&in, "attachment"));
	for (int i = 3000; i >= 0; i--)
		assert_ok(buf_printf(&in, "; filename*%d=a", i));
	assert_ok(mime_name_choose(buf_span(&in), SPAN_NONE, &out, &named));
	assert_int_equal(out.len, MIME_MAX_SECTIONS);
	assert_true(named);
	buf_done(&in);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_one_name),
		cmocka_unit_test(makes_labels),
		cmocka_unit_test(labels_take_nul),
		cmocka_unit_test(cuts_long_names),
		cmocka_unit_test(many_sections_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
