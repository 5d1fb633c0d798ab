#include "core/settings.h"

#include "support/unit.h"

struct values {
	const char *text, *path, *endpoint, *address;
	struct setting_list list, endpoints, domains, patterns, secrets;
	bool flag;
	int64_t number, size, time;
	int choice;
};

static const char *const colours[] = { "red", "green", NULL };

#define AT(member) offsetof(struct values, member)
static const struct setting table[] = {
	{ .name = "text",
	    .type = SETTING_STR,
	    .offset = AT(text),
	    .def = "hello",
	    .min = 1,
	    .max = 10 },
	{ .name = "path", .type = SETTING_PATH, .offset = AT(path), .def = "" },
	{ .name = "endpoint",
	    .type = SETTING_ENDPOINT,
	    .offset = AT(endpoint),
	    .def = "127.0.0.1:25" },
	{ .name = "address", .type = SETTING_ADDRESS, .offset = AT(address), .def = NULL },
	{ .name = "list",
	    .type = SETTING_LIST,
	    .offset = AT(list),
	    .def = "a, b",
	    .min = 1,
	    .max = 3 },
	{ .name = "endpoints",
	    .type = SETTING_ENDPOINTS,
	    .offset = AT(endpoints),
	    .def = "[::]:25" },
	{ .name = "domains", .type = SETTING_DOMAINS, .offset = AT(domains), .def = "" },
	{ .name = "patterns", .type = SETTING_PATTERNS, .offset = AT(patterns), .def = "" },
	{ .name = "secrets",
	    .type = SETTING_LIST,
	    .offset = AT(secrets),
	    .def = "",
	    .secret = true },
	{ .name = "flag", .type = SETTING_BOOL, .offset = AT(flag), .def = "true" },
	{ .name = "number",
	    .type = SETTING_INT,
	    .offset = AT(number),
	    .def = "5",
	    .min = 1,
	    .max = 9 },
	{ .name = "size",
	    .type = SETTING_SIZE,
	    .offset = AT(size),
	    .def = "64 KiB",
	    .min = 1,
	    .max = 1 << 20 },
	{ .name = "time",
	    .type = SETTING_DURATION,
	    .offset = AT(time),
	    .def = "30 d",
	    .min = 0,
	    .max = INT64_MAX },
	{ .name = "choice",
	    .type = SETTING_CHOICE,
	    .offset = AT(choice),
	    .def = "green",
	    .choices = colours },
};

static struct values v;
static struct arena arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	memset(&v, 0, sizeof(v));
	assert_ok(settings_defaults(table, COUNT(table), &v, "/etc/secudoc", &arena));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static const struct setting *
row(const char *name)
{
	const struct setting *s = setting_find(table, COUNT(table), span_str(name));

	assert_non_null(s);
	return s;
}

static enum err
assign(const char *name, const char *value)
{
	return setting_assign(row(name), &v, &value, 1, "/etc/secudoc", &arena);
}

static void
assert_formats(const char *name, const char *expected)
{
	struct buf out;

	buf_init(&out, 1000);
	assert_ok(setting_format(row(name), &v, false, &out));
	assert_string_equal(buf_cstr(&out), expected);
	buf_done(&out);
}

static void
defaults(void **state)
{
	(void)state;
	assert_string_equal(v.text, "hello");
	assert_string_equal(v.path, "");
	assert_string_equal(v.endpoint, "127.0.0.1:25");
	assert_null(v.address);
	assert_int_equal(v.list.count, 2);
	assert_string_equal(v.list.items[1], "b");
	assert_int_equal(v.domains.count, 0);
	assert_true(v.flag);
	assert_int_equal(v.number, 5);
	assert_int_equal(v.size, 65536);
	assert_int_equal(v.time, INT64_C(2592000000));
	assert_int_equal(v.choice, 1);
	assert_null(setting_find(table, COUNT(table), SPAN("tex")));
	assert_null(setting_find(table, COUNT(table), SPAN("texts")));
}

static void
quantities(void **state)
{
	static const struct {
		const char *name, *text;
		int64_t value;      /* -1: refused */
		const char *format; /* how it is shown */
	} cases[] = {
		{ "number", "1", 1, "1" },
		{ "number", " 9 ", 9, "9" },
		{ "number", "0", -1, NULL },
		{ "number", "10", -1, NULL },
		{ "number", "-1", -1, NULL },
		{ "number", "5x", -1, NULL },
		{ "number", "", -1, NULL },
		{ "number", "5.0", -1, NULL },
		{ "number", "5 s", -1, NULL },
		{ "number", "99999999999999999999", -1, NULL },
		{ "size", "1", 1, "1 B" },
		{ "size", "1 KB", 1000, "1 KB" },
		{ "size", "1kib", 1024, "1 KiB" },
		{ "size", "1 MiB", 1 << 20, "1 MiB" },
		{ "size", "1048577", -1, NULL },
		{ "size", "1 MB", 1000000, "1 MB" },
		{ "size", "2 MB", -1, NULL },
		{ "size", "1 M", -1, NULL },
		{ "size", "1.5 KB", -1, NULL },
		{ "size", "0", -1, NULL },
		{ "size", "17179869184 GiB", -1, NULL },
		{ "size", "1 KiB 1", -1, NULL },
		{ "size", "KiB", -1, NULL },
		{ "time", "90 s", 90000, "90 s" },
		{ "time", "120 s", 120000, "2 min" },
		{ "time", "48 h", INT64_C(172800000), "2 d" },
		{ "time", "200ms", 200, "200 ms" },
		{ "time", "0", 0, "0" },
		{ "time", "5", -1, NULL },
		{ "time", "1 h 30 min", -1, NULL },
		{ "time", "5 m", -1, NULL },
		{ "time", "-1 s", -1, NULL },
		{ "time", "1 KB", -1, NULL },
		{ "time", "9223372036854775807 d", -1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const int64_t *at = (const void *)((const char *)&v + row(cases[i].name)->offset);
		int64_t before = *at;
		enum err err = assign(cases[i].name, cases[i].text);

		if (err != (cases[i].value < 0 ? ERR_SYNTAX : ERR_OK))
			fail_msg("%s = %s: %s", cases[i].name, cases[i].text, err_name(err));
		assert_int_equal(*at, cases[i].value < 0 ? before : cases[i].value);
		if (cases[i].format != NULL)
			assert_formats(cases[i].name, cases[i].format);
	}
}

static void
notes(void **state)
{
	(void)state;
	assert_err(assign("number", "12"), ERR_SYNTAX, "number is \"12\": allowed is 1 to 9");
	assert_err(
	    assign("size", "2 MiB"), ERR_SYNTAX, "size is \"2 MiB\": allowed is 1 B to 1 MiB");
	assert_err(
	    assign("choice", "blue"), ERR_SYNTAX, "choice is \"blue\": wanted is one of red green");
	assert_err(assign("flag", "maybe"), ERR_SYNTAX, "true or false is wanted");
	assert_err(assign("text", ""), ERR_SYNTAX, "text is empty");
	assert_err(assign("text", "01234567890"), ERR_SYNTAX, "its length may be 1 to 10");
	assert_err(assign("text", "a\nb"), ERR_SYNTAX, "text is \"a\\x0ab\": control characters");
	assert_err(assign("secrets", "hush\n"), ERR_SYNTAX, "secrets: control");
	assert_null(strstr(err_note(), "hush"));
	assert_err(
	    setting_assign(row("flag"), &v, NULL, 0, NULL, &arena), ERR_SYNTAX, "one value, not 0");
}

static void
words(void **state)
{
	static const struct {
		const char *name, *text;
		bool ok;
	} cases[] = {
		{ "flag", "yes", true },
		{ "flag", "off", true },
		{ "flag", "1", false },
		{ "flag", "True", false },
		{ "choice", "red", true },
		{ "choice", "Red", false },
		{ "choice", "", false },
		{ "endpoint", "0.0.0.0:0", true },
		{ "endpoint", "[::1]:65535", true },
		{ "endpoint", "mx.example.net:25", true },
		{ "endpoint", "[2001:db8::1]:25", true },
		{ "endpoint", "localhost", false },
		{ "endpoint", ":25", false },
		{ "endpoint", "a:65536", false },
		{ "endpoint", "::1:25", false },
		{ "endpoint", "[::1]", false },
		{ "endpoint", "[::1:25", false },
		{ "endpoint", "a:25x", false },
		{ "endpoint", "a b:25", false },
		{ "endpoint", "[x]:25", false },
		{ "endpoint", "a:", false },
		{ "endpoint", "", false },
		{ "address", "a@b.nl", true },
		{ "address", "a", false },
		{ "address", "", false },
		{ "address", "<a@b.nl>", false },
		{ "domains", "example.nl", true },
		{ "domains", "*.example.nl", true },
		{ "domains", "*", false },
		{ "domains", "a..b", false },
		{ "domains", "@a.nl", false },
		{ "domains", "", false },
		{ "patterns", "a@b.nl", true },
		{ "patterns", "@b.nl", true },
		{ "patterns", "*@b.nl", true },
		{ "patterns", "b.nl", false },
		{ "patterns", "*", false },
		{ "patterns", "a*@b.nl", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err err = assign(cases[i].name, cases[i].text);

		if (err != (cases[i].ok ? ERR_OK : ERR_SYNTAX))
			fail_msg("%s = %s: %s", cases[i].name, cases[i].text, err_name(err));
	}
}

static void
paths(void **state)
{
	const char *value = "keys";

	(void)state;
	assert_ok(assign("path", "keys/a"));
	assert_string_equal(v.path, "/etc/secudoc/keys/a");
	assert_ok(assign("path", "/var/keys"));
	assert_string_equal(v.path, "/var/keys");
	assert_ok(assign("path", ""));
	assert_string_equal(v.path, "");
	assert_err(
	    setting_assign(row("path"), &v, &value, 1, NULL, &arena), ERR_SYNTAX, "absolute path");
}

static void
lists(void **state)
{
	const char *const four[] = { "1", "2", "3", "4" }, *const gap[] = { "1", "" };

	(void)state;
	assert_ok(setting_assign(row("list"), &v, four, 3, NULL, &arena));
	assert_formats("list", "1, 2, 3");
	assert_err(setting_assign(row("list"), &v, four, 4, NULL, &arena), ERR_SYNTAX,
	    "4 items: allowed are 1 to 3");
	assert_err(setting_assign(row("list"), &v, NULL, 0, NULL, &arena), ERR_SYNTAX, "0 items");
	assert_err(setting_assign(row("list"), &v, gap, 2, NULL, &arena), ERR_SYNTAX, "empty item");
	assert_formats("list", "1, 2, 3");
	assert_ok(setting_assign(row("domains"), &v, NULL, 0, NULL, &arena));
	assert_formats("domains", "");
}

static void
secrets(void **state)
{
	const char *const both[] = { "first secret", "second" };
	struct buf out;

	(void)state;
	assert_ok(setting_assign(row("secrets"), &v, both, 2, NULL, &arena));
	assert_formats("secrets", "********, ********");
	buf_init(&out, 100);
	assert_ok(setting_format(row("secrets"), &v, true, &out));
	assert_string_equal(buf_cstr(&out), "first secret, second");
	buf_done(&out);
}

static void
documented(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_ok(setting_format_bounds(row("list"), &out));
	assert_ok(buf_put_str(&out, "; "));
	assert_ok(setting_format_bounds(row("choice"), &out));
	assert_ok(buf_put_str(&out, "; "));
	assert_ok(setting_format_bounds(row("text"), &out));
	assert_ok(buf_put_str(&out, "; "));
	assert_ok(setting_format_bounds(row("flag"), &out));
	assert_string_equal(buf_cstr(&out), "1 to 3 items; red, green; 1 to 10 bytes; ");
	buf_clear(&out);
	const struct setting rows[] = {
		{ .name = "a.b",
		    .type = SETTING_CHOICE,
		    .def = "x",
		    .choices = colours,
		    .help = "One | two_*." },
		{ .name = "c", .type = SETTING_INT, .min = 1, .max = 2, .help = "H." },
	};
	assert_ok(settings_print_markdown(rows, 2, &out));
	assert_string_equal(buf_cstr(&out),
	    "| setting | kind | default | meaning |\n| --- | --- | --- | --- |\n"
	    "| `a.b` | one of red, green | `x` | One \\| two\\_\\*. |\n"
	    "| `c` | number, 1 to 2, required | | H. |\n");
	buf_done(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(defaults), TEST(quantities), TEST(notes),
		TEST(words), TEST(paths), TEST(lists), TEST(secrets), TEST(documented) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
