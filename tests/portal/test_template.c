/*
 * Templates. Expected escapes: HTML Standard section 13.1.2.3 and 13.3 (text and attribute values), RFC 3986
 * section 2 (URL components). A hole where it must not be stops the process, so those cases run in a child.
 */
#include "portal/template.h"
#include "portal/page.h"
#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVIL "<b>\"'&</b> {{t.close}} {{7*7}} %s javascript:x"

static enum err
render(const char *text, struct buf *out)
{
	struct template_value a[] = { TEMPLATE_SET("name", SPAN("one")),
		TEMPLATE_SET("no", SPAN("1")) };
	struct template_value b[] = { TEMPLATE_SET("name", SPAN("<2>")),
		TEMPLATE_SET("no", SPAN("2")) };
	struct template_view rows[] = { { a, 2 }, { b, 2 } };
	struct template_value values[] = {
		TEMPLATE_SET("evil", SPAN(EVIL)),
		TEMPLATE_SET("name", SPAN("outer")),
		TEMPLATE_SET("empty", SPAN_NONE),
		TEMPLATE_SET("organisation", SPAN("C & A")),
		TEMPLATE_SET("count", SPAN("2")),
		TEMPLATE_SET("total", SPAN("3 MB")),
		TEMPLATE_SWITCH("one", false),
		TEMPLATE_SWITCH("on", true),
		TEMPLATE_SWITCH("off", false),
		TEMPLATE_LIST("rows", rows, 2),
		TEMPLATE_LIST("none", NULL, 0),
	};
	struct template_view view = { values, COUNT(values) };

	return template_render(text, LANGUAGE_EN, &view, 1, out);
}

static void
test_render(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "<p>plain</p>", "<p>plain</p>" },
		{ "<p>{{name}}</p>", "<p>outer</p>" },
		{ "<p title=\"{{name}}\">x</p>", "<p title=\"outer\">x</p>" },
		{ "<p>{{empty}}</p>", "<p></p>" },
		{ "{{#on}}yes{{/on}}{{^on}}no{{/on}}", "yes" },
		{ "{{#off}}yes{{/off}}{{^off}}no{{/off}}", "no" },
		{ "{{#unknown}}yes{{/unknown}}{{^unknown}}no{{/unknown}}", "no" },
		{ "{{#empty}}yes{{/empty}}{{^empty}}no{{/empty}}", "no" },
		{ "{{#name}}[{{name}}]{{/name}}", "[outer]" },
		{ "{{#rows}}{{no}}={{name}};{{/rows}}", "1=one;2=&lt;2&gt;;" },
		{ "{{#rows}}{{count}}{{/rows}}", "22" },
		{ "{{#none}}x{{/none}}{{^none}}nothing{{/none}}", "nothing" },
		{ "{{#rows}}{{#on}}{{no}}{{/on}}{{/rows}}", "12" },
		{ "<a href=\"/f/{{name}}{{#on}}?n={{count}}{{/on}}\">x</a>",
		    "<a href=\"/f/outer?n=2\">x</a>" },
		{ "<b>{{t.download}}</b>", "<b>Download</b>" },
		{ "{{t.link_intro}}",
		    "<strong>C &amp; A</strong> has 2 files "
		    "(<span class=\"keep\">3 MB</span>) ready for you." },
		{ "<a href=\"/{{evil}}\">x</a>",
		    "<a href=\"/%3Cb%3E%22%27%26%3C%2Fb%3E%20%7B%7Bt.close%7D%7D%20%7B%7B7%2A7%7D%7D%20%25s%20"
		    "javascript%3Ax\">x</a>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 65536);
		assert_ok(render(cases[i].text, &out));
		if (strcmp(buf_cstr(&out), cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].text, buf_cstr(&out));
		buf_done(&out);
	}
}

/* In text and in attributes, what a stranger wrote opens no tag, closes no value, and is no template. */
static void
test_escapes(void **state)
{
	static const char *const texts[] = { "{{evil}}", "<input value=\"{{evil}}\">" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buf out;

		buf_init(&out, 65536);
		assert_ok(render(texts[i], &out));
		assert_null(strstr(buf_cstr(&out), "<b>"));
		assert_non_null(strstr(buf_cstr(&out), "&lt;b&gt;"));
		assert_non_null(strstr(buf_cstr(&out), "{{t.close}} {{7*7}} %s"));
		assert_null(strstr(buf_cstr(&out), "\"'&"));
		buf_done(&out);
	}
}

static void
test_plain_text(void **state)
{
	struct template_value values[] = { TEMPLATE_SET("name", SPAN("<&>\"")) };
	struct template_view view = { values, 1 };
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	assert_ok(template_render_text(
	    "a < b, \"{{name}}\" {{t.mail_code}}", LANGUAGE_NL, &view, 1, &out));
	assert_span(buf_span(&out), "a < b, \"<&>\"\" Uw code is");
	buf_done(&out);
}

static void
test_bound(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 10);
	assert_err(render("0123456789a", &out), ERR_LIMIT, "");
	buf_done(&out);
}

/* --- bugs of ours stop the process --- */

static bool
dies(const char *text)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit none = { 0, 0 };
		struct buf out;

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)!freopen("/dev/null", "w", stderr);
		buf_init(&out, 65536);
		_exit(render(text, &out) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
test_misplaced_holes(void **state)
{
	static const char *const texts[] = {
		"<p {{name}}>",             /* attribute name */
		"<p title={{name}}>",       /* unquoted */
		"<p title='{{name}}'>",     /* single quotes */
		"<{{name}}>",               /* tag name */
		"<p style=\"{{name}}\">",   /* code */
		"<img src=\"{{name}}\">",   /* loads */
		"<p onclick=\"{{name}}\">", /* code */
		"{{unset}}",                /* nobody said what */
		"{{t.no-such-text}}",
		"{{rows}}",
		"{{#on}}x",     /* not closed */
		"<p title=\"x", /* ends inside a tag */
		"{{}}",
	};

	(void)state;
	assert_false(dies("{{name}}"));
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!dies(texts[i]))
			fail_msg("%s", texts[i]);
}

/* --- texts --- */

static size_t
count_of(const char *text, const char *needle)
{
	size_t n = 0;

	for (; (text = strstr(text, needle)) != NULL; text += strlen(needle))
		n++;
	return n;
}

/* Each language says everything, with the same holes. */
static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < text_count; i++) {
		const struct text *t = &text_table[i];

		for (unsigned l = 0; l < TEXT_LANGUAGES; l++) {
			assert_non_null(t->in[l]);
			if (t->in[l][0] == '\0' ||
			    count_of(t->in[l], "{{") != count_of(t->in[0], "{{"))
				fail_msg("%s in %s", t->key, text_language_codes[l]);
			for (const char *h = t->in[0]; (h = strstr(h, "{{")) != NULL; h += 2) {
				char hole[64];
				size_t n = strcspn(h, "}");

				assert_true(n + 3 < sizeof(hole));
				(void)snprintf(hole, sizeof(hole), "%.*s}}", (int)n, h);
				if (strstr(t->in[l], hole) == NULL)
					fail_msg("%s in %s: no %s", t->key, text_language_codes[l],
					    hole);
			}
		}
		for (size_t k = i + 1; k < text_count; k++)
			assert_string_not_equal(t->key, text_table[k].key);
	}
}

/* Nothing in the table that no page and no mail uses. */
static void
test_texts_are_used(void **state)
{
	static const char *const files[] = { "page.c", "code_mail.c", "texts.c" };
	struct buf all;

	(void)state;
	buf_init(&all, 1u << 20);
	for (size_t i = 0; i < COUNT(files); i++) {
		char path[512], piece[4096];
		FILE *f;
		size_t n;

		(void)snprintf(path, sizeof(path), "%s/portal/%s", SOURCE_DIR, files[i]);
		f = fopen(path, "re");
		assert_non_null(f);
		while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
			assert_ok(buf_put(&all, span_of(piece, n)));
		(void)fclose(f);
	}
	for (size_t i = 0; i < text_count; i++) {
		char hole[80], quoted[80];

		(void)snprintf(hole, sizeof(hole), "{{t.%s}}", text_table[i].key);
		(void)snprintf(quoted, sizeof(quoted), "\"%s\"", text_table[i].key);
		/* titles, notices and alerts are named by a macro's argument */
		if (strstr(buf_cstr(&all), hole) == NULL && count_of(buf_cstr(&all), quoted) < 2 &&
		    strncmp(text_table[i].key, "code_", 5) != 0)
			fail_msg("%s", text_table[i].key);
	}
	buf_done(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_plain_text),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_misplaced_holes),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_texts_are_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
