/*
 * mime/banner.c: what the notice says, that nothing in it can break out, and that it fits everywhere.
 * Expected words: the phrases of this file were written by hand from SD-134, not taken from the code.
 */
#include "mime/banner.h"
#include "mime/html.h"

#include "support/unit.h"

#include <stdio.h>

/* U+202E, which turns "fdp.exe" into "exe.pdf" for the eye */
#define OVERRIDE "\u202e"
#define URL      "https://secudoc.example.nl/t/abcdefghijklmnopqrstuvwxyz234567"

static const struct mime_banner_file two[] = {
	{ { (const uint8_t *)"rapport.pdf", 11 }, 1234567 },
	{ { (const uint8_t *)"f\xc3\xb6to.jpg", 9 }, 840000 },
};

static struct mime_banner
banner(enum tenant_language language)
{
	return (struct mime_banner){
		.language = language,
		.organisation = SPAN("Contoso B.V."),
		.files = two,
		.file_count = 2,
		.expires_ms = 1798070400000,
		.url = SPAN(URL),
	};
}

static char *
make(const struct mime_banner *b, bool html, enum mime_charset cs, unsigned pad, struct buf *out)
{
	static char text[MIME_BANNER_BYTES_MAX + 1];

	buf_init(out, MIME_BANNER_BYTES_MAX);
	if (html)
		assert_ok(mime_banner_html(b, cs, pad, out));
	else
		assert_ok(mime_banner_text(b, cs, pad, out));
	memcpy(text, buf_cstr(out), out->len + 1);
	buf_done(out);
	return text;
}

static void
expect(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void
refuse(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in:\n%s", part, text);
}

static const char *const phrases[3][6] = {
	[LANGUAGE_NL] = { "U hebt 2 bestanden ontvangen van Contoso B.V.", "rapport.pdf (1,2 MB)",
	    "f\u00f6to.jpg (840 kB)", "Bestanden downloaden", "Beschikbaar tot 24 december 2026.",
	    URL },
	[LANGUAGE_DE] = { "Sie haben 2 Dateien von Contoso B.V. erhalten", "rapport.pdf (1,2 MB)",
	    "f\u00f6to.jpg (840 kB)", "Dateien herunterladen",
	    "Verf\u00fcgbar bis 24. Dezember 2026.", URL },
	[LANGUAGE_EN] = { "You have received 2 files from Contoso B.V.", "rapport.pdf (1.2 MB)",
	    "f\u00f6to.jpg (840 kB)", "Download files", "Available until 24 December 2026.", URL },
};

static void
says_it_in_three_languages(void **state)
{
	struct buf out;

	(void)state;
	for (int l = LANGUAGE_NL; l <= LANGUAGE_EN; l++) {
		struct mime_banner b = banner((enum tenant_language)l);

		for (size_t i = 0; i < 6; i++) {
			expect(make(&b, false, MIME_CHARSET_UTF8, 0, &out), phrases[l][i]);
			expect(make(&b, true, MIME_CHARSET_UTF8, 0, &out), phrases[l][i]);
		}
	}
}

static void
says_one_and_many(void **state)
{
	struct mime_banner b = banner(LANGUAGE_EN);
	struct mime_banner_file many[1000];
	struct buf out;
	char *text;

	(void)state;
	b.file_count = 1;
	text = make(&b, false, MIME_CHARSET_UTF8, 0, &out);
	expect(text, "You have received a file from Contoso B.V.");
	expect(text, "Download file:\r\n" URL "\r\n");
	b.organisation = SPAN("  ");
	expect(make(&b, false, MIME_CHARSET_UTF8, 0, &out), "You have received a file\r\n");
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct mime_banner_file){ SPAN_NONE, i };
	b.files = many;
	b.file_count = COUNT(many);
	text = make(&b, false, MIME_CHARSET_UTF8, 0, &out);
	expect(text, "You have received 1000 files\r\n");
	expect(text, "- unnamed file (19 bytes)\r\nand 980 more\r\n");
	refuse(text, "(20 bytes)");
}

static void
breaks_out_of_nothing(void **state)
{
	const struct mime_banner_file files[] = {
		{ SPAN("<script>alert(1)</script>\"'--><!--"), 1 },
		{ SPAN("a\r\nBcc: b@c\r\n\r\n.\r\n"), 1 },
		/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
		{ SPAN("invoice" OVERRIDE "fdp.exe"), 1 },
		{ SPAN("\0\x1b[2J"), 1 },
	};
	struct mime_banner b = banner(LANGUAGE_EN);
	struct buf out;
	char *text;

	(void)state;
	b.files = files;
	b.file_count = COUNT(files);
	b.organisation = SPAN("</td></table><body onload=x>&\"%N%O%D");
	text = make(&b, true, MIME_CHARSET_UTF8, 0, &out);
	refuse(text, "<script");
	refuse(text, "<!--");
	refuse(text, "<body");
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
	refuse(text, OVERRIDE);
	expect(text, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;--&gt;&lt;!--");
	expect(text, "&lt;/td&gt;&lt;/table&gt;&lt;body onload=x&gt;&amp;&quot;%N%O%D</p>");
	text = make(&b, false, MIME_CHARSET_UTF8, 0, &out);
	expect(text, "- a Bcc: b@c . (1 byte)\r\n");
	expect(text, "- invoice\ufffdfdp.exe (1 byte)\r\n");
	expect(text, "- \ufffd\ufffd[2J (1 byte)\r\n");
	refuse(text, "\r\n.\r\n");
}

/* The HTML holds nothing that could be addressed, run or loaded, and is balanced. */
static void
is_plain_markup(void **state)
{
	static const char *const never[] = { " id=", " class=", "<script", "<style", "<img",
		"<form", "src=", "url(", " on", "javascript:", "cid:" };
	struct mime_banner b = banner(LANGUAGE_EN);
	struct mime_html h;
	uint64_t place;
	struct buf out;
	char *text = make(&b, true, MIME_CHARSET_UTF8, 0, &out);
	size_t opened = 0, closed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(never); i++)
		refuse(text, never[i]);
	for (char *p = text; (p = strchr(p, '<')) != NULL; p++) {
		opened += p[1] != '/';
		closed += p[1] == '/';
	}
	assert_int_equal(opened, closed);
	/* a reader's parser is back in plain content behind it */
	mime_html_init(&h, false, NULL);
	mime_html_push(&h, span_str(text));
	assert_int_equal(mime_html_finish(&h), 2);
	assert_true(mime_html_place(&h, &place));
	assert_string_equal(text + strlen(text) - 8, "</div>\r\n");
	assert_memory_equal(text, "\r\n<div", 6);
}

/* Every declaration that the mail's style sheet could beat stands there as important too. */
static void
is_important(void **state)
{
	struct mime_banner b = banner(LANGUAGE_NL);
	struct buf out;
	char *text = make(&b, true, MIME_CHARSET_UTF8, 0, &out);
	size_t styles = 0;

	(void)state;
	for (char *p = text; (p = strstr(p, "style=\"")) != NULL;) {
		char style[8192];
		char *end = strchr(p + 7, '"'), *save = NULL;

		styles++;
		snprintf(style, sizeof(style), "%.*s", (int)(end - p - 7), p + 7);
		p = end;
		for (char *d = strtok_r(style, ";", &save); d != NULL;
		     d = strtok_r(NULL, ";", &save)) {
			char again[512];

			d += strspn(d, "\r\n ");
			if (*d == '\0' || strstr(d, "!important") != NULL ||
			    strncmp(d, "mso-", 4) == 0)
				continue;
			snprintf(again, sizeof(again), "%s!important;", d);
			if (strstr(text, again) == NULL)
				fail_msg("not important: %s", d);
		}
	}
	assert_true(styles >= 10);
}

static void
check_lines(const char *text, bool flowed)
{
	for (const char *line = text; *line != '\0';) {
		const char *end = strstr(line, "\r\n");

		assert_non_null(end);
		assert_true(strncmp(line, "--", 2) != 0);
		if (end - line > 998)
			fail_msg("a line of %d bytes", (int)(end - line));
		for (const char *p = line; p < end; p++)
			assert_true(*p != '\r' && *p != '\n');
		/* RFC 3676 section 4: a blank at the end flows, these beginnings would be stuffed */
		if (flowed && end > line)
			assert_true(end[-1] != ' ' && *line != ' ' && *line != '>' &&
			    strncmp(line, "From ", 5) != 0);
		line = end + 2;
	}
}

/* The largest banner: long names in the widest characters, a long link, a long organisation. */
static void
fits_its_bounds(void **state)
{
	/* U+10FFFD: ten characters as a character reference */
	static const uint8_t widest[4] = { 0xf4, 0x8f, 0xbf, 0xbd };
	static char name[4096], url[MIME_BANNER_URL_MAX + 1];
	struct mime_banner_file files[50];
	struct mime_banner b = banner(LANGUAGE_DE);
	struct buf out;

	(void)state;
	for (size_t i = 0; i + 4 < sizeof(name); i += 4)
		memcpy(name + i, widest, sizeof(widest));
	snprintf(url, sizeof(url), "https://%0*d", (int)sizeof(url) - 9, 0);
	for (size_t i = 0; i < COUNT(files); i++)
		files[i] = (struct mime_banner_file){ span_of(name, sizeof(name)), UINT64_MAX };
	b.files = files;
	b.file_count = COUNT(files);
	b.organisation = span_of(name, sizeof(name));
	b.url = span_str(url);
	for (int cs = MIME_CHARSET_ASCII; cs < MIME_CHARSET_FOREIGN; cs++) {
		check_lines(make(&b, true, (enum mime_charset)cs, 0, &out), false);
		check_lines(make(&b, false, (enum mime_charset)cs, 0, &out), true);
	}
	memset(name, '"', sizeof(name));
	check_lines(make(&b, true, MIME_CHARSET_ASCII, 0, &out), false);
}

static void
takes_other_charsets(void **state)
{
	struct mime_banner b = banner(LANGUAGE_DE);
	struct buf out;
	char *text;

	(void)state;
	expect(make(&b, true, MIME_CHARSET_LATIN1, 0, &out), "Verf\xfcgbar");
	expect(make(&b, true, MIME_CHARSET_OTHER, 0, &out), "Verf&#252;gbar");
	expect(make(&b, false, MIME_CHARSET_CP1252, 0, &out), "f\xf6to.jpg");
	expect(make(&b, false, MIME_CHARSET_ASCII, 0, &out), "foeto.jpg");
	for (text = make(&b, true, MIME_CHARSET_ISO2022, 0, &out); *text != '\0'; text++)
		assert_true((unsigned char)*text < 0x80);
}

static void
pads(void **state)
{
	struct mime_banner b = banner(LANGUAGE_EN);
	struct buf out;

	(void)state;
	for (unsigned pad = 0; pad <= 2; pad++) {
		size_t html = strlen(make(&b, true, MIME_CHARSET_UTF8, 0, &out));
		size_t text = strlen(make(&b, false, MIME_CHARSET_UTF8, 0, &out));

		assert_int_equal(strlen(make(&b, true, MIME_CHARSET_UTF8, pad, &out)), html + pad);
		assert_int_equal(strlen(make(&b, false, MIME_CHARSET_UTF8, pad, &out)), text + pad);
		check_lines(make(&b, false, MIME_CHARSET_UTF8, pad, &out), true);
	}
}

static const struct {
	const char *url;
	enum err want;
} urls[] = {
	{ "https://a.example/t/x", ERR_OK },
	{ "http://127.0.0.1:8080/t/x", ERR_OK },
	{ "https://[::1]:8443/t/x?a=b&c=%20#d", ERR_OK },
	{ "", ERR_SYNTAX },
	{ "https://", ERR_SYNTAX },
	{ "javascript:alert(1)", ERR_SYNTAX },
	{ "//a.example/x", ERR_SYNTAX },
	{ "HTTPS://a.example/x", ERR_SYNTAX },
	{ "https://a.example/\"x", ERR_SYNTAX },
	{ "https://a.example/'x", ERR_SYNTAX },
	{ "https://a.example/<x>", ERR_SYNTAX },
	{ "https://a.example/x y", ERR_SYNTAX },
	{ "https://a.example/x\r\n", ERR_SYNTAX },
	{ "https://a.example/\xc3\xa9", ERR_SYNTAX },
	{ "https://a.example/\x7f", ERR_SYNTAX },
	{ "https://a.example/\\x", ERR_SYNTAX },
};

static void
checks_the_link(void **state)
{
	struct mime_banner b = banner(LANGUAGE_EN);
	static char big[MIME_BANNER_URL_MAX + 2];
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		b.url = span_str(urls[i].url);
		if (mime_banner_check(&b) != urls[i].want)
			fail_msg("%s", urls[i].url);
	}
	buf_init(&out, 100000);
	b.url = SPAN("https://a\0b/");
	assert_int_equal(mime_banner_html(&b, MIME_CHARSET_UTF8, 0, &out), ERR_SYNTAX);
	assert_int_equal(mime_banner_text(&b, MIME_CHARSET_UTF8, 0, &out), ERR_SYNTAX);
	snprintf(big, sizeof(big), "https://%0*d", (int)sizeof(big) - 9, 0);
	b.url = span_str(big);
	assert_int_equal(mime_banner_check(&b), ERR_LIMIT);
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_it_in_three_languages),
		cmocka_unit_test(says_one_and_many),
		cmocka_unit_test(breaks_out_of_nothing),
		cmocka_unit_test(is_plain_markup),
		cmocka_unit_test(is_important),
		cmocka_unit_test(fits_its_bounds),
		cmocka_unit_test(takes_other_charsets),
		cmocka_unit_test(pads),
		cmocka_unit_test(checks_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
