#include "core/config.h"

#include "core/log.h"

#include "support/alloc.h"
#include "support/tmpdir.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define REQUIRED \
	"smtp {\n\thostname = mx.example.net\n\tcert = cert.pem\n\tkey = key.pem\n\tclient_ca = ca.pem\n"
#define WEB "web {\n\tbehind_proxy = true\n}\n"

static enum err
parse(const char *text, struct config **ret)
{
	return config_parse("test.conf", span_str(text), "/etc/secudoc", ret);
}

static void
smallest(void **state)
{
	struct config *c = NULL;

	(void)state;
	assert_ok(parse(REQUIRED "}\n" WEB, &c));
	assert_string_equal(c->smtp_hostname, "mx.example.net");
	assert_string_equal(c->smtp_cert, "/etc/secudoc/cert.pem");
	assert_string_equal(c->deliver_hostname, "mx.example.net");
	assert_string_equal(c->database, "sqlite:/var/lib/secudoc/secudoc.db");
	assert_int_equal(c->smtp_max_size, 150 << 20);
	assert_int_equal(c->smtp_repeat_window_ms, INT64_C(172800000));
	assert_int_equal(c->deliver_give_up_ms, 86400000);
	assert_int_equal(c->web_code_attempts, 5);
	assert_int_equal(c->log_level, LOG_INFO);
	assert_int_equal(c->smtp_listen.count, 1);
	assert_string_equal(c->smtp_client_names.items[0], "mail.protection.outlook.com");
	config_free(&c);
	assert_null(c);
	config_free(&c);
}

static void
all_forms(void **state)
{
	struct config *c = NULL;

	(void)state;
	assert_ok(parse("# a comment\n"
			"store { database = \"sqlite:db/x.db\"\n containers_dir = '/data dir/c' }\n"
			"log { level = debug form = \"json\" }\n" REQUIRED
			"\tlisten = {\"127.0.0.1:0\", \"[::1]:0\"}\n\tmax_size = \"10 MB\"\n"
			"\tcommand_timeout = \"30 s\"\n\tmax_connections = 7 // as in C\n}\n" WEB
			"deliver { hostname = out.example.net }\n",
	    &c));
	assert_string_equal(c->database, "sqlite:/etc/secudoc/db/x.db");
	assert_string_equal(c->containers_dir, "/data dir/c");
	assert_int_equal(c->log_level, LOG_DEBUG);
	assert_int_equal(c->log_form, LOG_FORM_JSON);
	assert_int_equal(c->smtp_listen.count, 2);
	assert_string_equal(c->smtp_listen.items[1], "[::1]:0");
	assert_int_equal(c->smtp_max_size, 10000000);
	assert_int_equal(c->smtp_command_timeout_ms, 30000);
	assert_int_equal(c->smtp_max_connections, 7);
	assert_string_equal(c->deliver_hostname, "out.example.net");
	config_free(&c);
}

static void
refused(void **state)
{
	static const struct {
		const char *text, *note;
	} cases[] = {
		{ "", "test.conf: smtp.hostname is missing" },
		{ REQUIRED "}", "test.conf: web.cert is missing" },
		{ "smtp {\n\tkey = key.pem\n}\n" WEB, "test.conf: smtp.hostname is missing" },
		{ "web {\n\tbehind_proxy = maybe\n}\n",
		    "test.conf:2: web.behind_proxy is \"maybe\"" },
		{ "smtp {\n\tmax_hops = 1\n}\n", "test.conf:2: smtp.max_hops is \"1\"" },
		{ "smtp {\n\thostname = \"a b\"\n}\n", "test.conf:2: smtp.hostname is not" },
		{ "monitor {\n\tlisten = \"0.0.0.0:9109\"\n}\n",
		    "test.conf:2: monitor.listen must" },
		{ "web {\n\tcert = a.pem\n}\n", "test.conf:2: web.cert and web.key belong" },
		{ REQUIRED "\tmax_sise = 1\n}\n" WEB, "test.conf:6: no such option 'max_sise'" },
		{ REQUIRED "}\nsntp {\n}\n" WEB, "test.conf:7: no such option 'sntp'" },
		{ REQUIRED "\tmax_size = \"many\"\n}\n" WEB,
		    "test.conf:6: smtp.max_size is \"many\": a size like" },
		{ REQUIRED "\tmax_hops = 1\n}\n" WEB,
		    "test.conf:6: smtp.max_hops is \"1\": allowed is 5 to 200" },
		{ REQUIRED "\tmax_hops = 9\n\tmax_hops = 8\n}\n" WEB,
		    "smtp.max_hops a second time" },
		{ REQUIRED "\tlisten = {\"a:1\"}\n\tlisten = {\"b:2\"}\n}\n" WEB,
		    "smtp.listen a second time" },
		{ REQUIRED "\tlisten = {\"a:1\",\"c:3\"}\n\tlisten = {\"b:2\"}\n}\n" WEB,
		    "smtp.listen a second time" },
		{ REQUIRED "}\nsmtp {\n\tmax_hops = 9\n}\n" WEB, "section smtp a second time" },
		{ REQUIRED "\tlisten = {}\n}\n" WEB, "smtp.listen" },
		{ REQUIRED "\tlisten = {\"a\"}\n}\n" WEB,
		    "test.conf:6: smtp.listen is \"a\": \"host:port\"" },
		{ REQUIRED "\tmax_hops = \"9\n}\n" WEB, "test.conf:" },
		{ REQUIRED, "test.conf:" },
		{ REQUIRED "}}\n" WEB, "test.conf:6:" },
		{ "smtp = 5\n", "test.conf:1:" },
		{ "include(\"/etc/passwd\")\n", "test.conf:1: no such option 'include'" },
		{ REQUIRED "}\nweb { cert = a.pem }\n",
		    "test.conf:7: web.cert and web.key belong together" },
		{ REQUIRED "}\nweb { key = a.pem }\n",
		    "test.conf:7: web.cert and web.key belong together" },
		{ REQUIRED "}\n" WEB "monitor { listen = \"0.0.0.0:9109\" }\n",
		    "test.conf:10: monitor.listen must be" },
		{ REQUIRED "}\n" WEB "store { database = \"mysql://x\" }\n",
		    "test.conf:10: store.database must" },
		{ REQUIRED "}\n" WEB "store { database = \"sqlite:\" }\n", "store.database" },
		{ REQUIRED "}\n" WEB "deliver { retry_min = \"10 min\"\nretry_max = \"1 min\" }\n",
		    "test.conf:10: deliver.retry_min is longer" },
		{ REQUIRED "}\n" WEB "serve { restart_min = \"1 min\" }\n",
		    "serve.restart_min is longer" },
		{ "smtp {\n\thostname = \"a b\"\n cert=c key=k client_ca=a }\n" WEB,
		    "test.conf:2: smtp.hostname is not" },
		{ REQUIRED "\tcert = \"\"\n}\n" WEB, "smtp.cert a second time" },
		{ "smtp {\n\thostname = a\n\tcert = \"\"\n key=k client_ca=a }\n" WEB,
		    "test.conf:3: smtp.cert is empty" },
		{ REQUIRED "}\n" WEB "deliver { hostname = \"a_b\" }\n",
		    "deliver.hostname is not" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config *c = NULL;
		enum err err = parse(cases[i].text, &c);

		if (err != ERR_SYNTAX || strstr(err_note(), cases[i].note) == NULL)
			fail_msg("case %zu: %s: %s (wanted: %s)", i, err_name(err), err_note(),
			    cases[i].note);
		assert_null(c);
	}
	struct config *c = NULL;
	assert_err(config_parse("x", SPAN("smtp\0{}"), "/", &c), ERR_SYNTAX, "x: NUL byte at 4");
}

static void
too_long(void **state)
{
	struct config *c = NULL;
	struct buf text;

	(void)state;
	buf_init(&text, 2 << 20);
	assert_ok(buf_put_str(&text, REQUIRED "\tclient_names = {\"a\""));
	while (text.len < 900000)
		assert_ok(buf_put_str(&text, ", \"a\""));
	assert_ok(buf_put_str(&text, "}\n}\n"));
	enum err err = config_parse("x", buf_span(&text), "/", &c);
	assert_int_equal(err, ERR_LIMIT);
	while (text.len <= 1 << 20)
		assert_ok(buf_put_str(&text, "# more\n"));
	assert_err(config_parse("x", buf_span(&text), "/", &c), ERR_LIMIT, "x: ");
	buf_done(&text);
}

static void
from_a_file(void **state)
{
	struct tmpdir dir;
	struct config *c = NULL;
	char path[2 * TMPDIR_PATH_MAX], expected[3 * TMPDIR_PATH_MAX];

	(void)state;
	tmpdir_make(&dir);
	tmpdir_join(&dir, "secudoc.conf", path);
	assert_err(config_load(path, &c), ERR_NOT_FOUND, "secudoc.conf: No such file");
	tmpdir_write(&dir, "secudoc.conf", SPAN(REQUIRED "}\n" WEB));
	assert_ok(config_load(path, &c));
	char *full = realpath(dir.path, NULL);
	assert_non_null(full);
	snprintf(expected, sizeof(expected), "%s/cert.pem", full);
	free(full);
	assert_string_equal(c->smtp_cert, expected);
	config_free(&c);
	tmpdir_write(&dir, "secudoc.conf", SPAN(REQUIRED "odd = 1 }\n" WEB));
	assert_err(config_load(path, &c), ERR_SYNTAX, "secudoc.conf:6: no such option 'odd'");
	assert_true(strncmp(err_note(), path, strlen(path)) == 0);
	assert_err(config_load(dir.path, &c), ERR_SYNTAX, "not a file");
	tmpdir_done(&dir);
}

static bool
starts_comment(struct span line)
{
	return span_skip_wsp(&line) > 0 && line.len > 1 && line.p[0] == '#' && line.p[1] != ' ';
}

/* The example loads once the required values are written in, and says the same as no file would. */
static void
example(void **state)
{
	struct buf out, text;
	struct config *plain = NULL, *written = NULL;
	struct span rest, line;

	(void)state;
	buf_init(&out, 1 << 16);
	buf_init(&text, 1 << 16);
	assert_ok(config_print_defaults(&out));
	rest = buf_span(&out);
	while (span_take_until(&rest, '\n', &line)) {
		static const char *const required[] = { "hostname", "cert", "key", "client_ca" };

		span_take_byte(&rest, '\n');
		for (size_t i = 0; i < COUNT(required); i++) {
			char empty[64];

			snprintf(empty, sizeof(empty), "\t%s = \"\"", required[i]);
			if (span_eq(line, span_str(empty)))
				assert_ok(buf_printf(&text, "\t%s = \"x.nl\" #", required[i]));
		}
		/* all defaults switched on */
		if (starts_comment(line))
			line = span_from(line, 2);
		assert_true(line.len <= 160);
		assert_ok(buf_put(&text, line));
		assert_ok(buf_put_byte(&text, '\n'));
	}
	struct buf proxied;
	buf_init(&proxied, 1 << 16);
	size_t at = span_find(buf_span(&text), SPAN("behind_proxy = \"false\""));
	assert_true(at < text.len);
	assert_ok(buf_put(&proxied, span_upto(buf_span(&text), at)));
	assert_ok(buf_put_str(&proxied, "behind_proxy = true"));
	assert_ok(
	    buf_put(&proxied, span_from(buf_span(&text), at + strlen("behind_proxy = \"false\""))));
	assert_ok(config_parse("example", buf_span(&proxied), "/e", &written));
	assert_ok(config_parse("plain",
	    SPAN(
		"smtp { hostname=x.nl cert=x.nl key=x.nl client_ca=x.nl } web { behind_proxy = true }"),
	    "/e", &plain));
	for (size_t i = 0; i < config_table_count; i++) {
		struct buf a, b;

		buf_init(&a, 4096);
		buf_init(&b, 4096);
		assert_ok(setting_format(&config_table[i], plain, true, &a));
		assert_ok(setting_format(&config_table[i], written, true, &b));
		assert_string_equal(buf_cstr(&a), buf_cstr(&b));
		buf_done(&a);
		buf_done(&b);
	}
	config_free(&plain);
	config_free(&written);
	buf_done(&proxied);
	buf_done(&text);
	buf_done(&out);
}

/* Each row has its help, and a default within its own bounds (settings_defaults() said so above). */
static void
table_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_table_count; i++) {
		const struct setting *s = &config_table[i];

		assert_non_null(s->help);
		assert_true(s->help[strlen(s->help) - 1] == '.');
		assert_true(strchr(s->name, '.') != NULL);
		assert_ptr_equal(
		    setting_find(config_table, config_table_count, span_str(s->name)), s);
	}
}

static void
without_memory(void **state)
{
	(void)state;
	for (size_t n = 1;; n++) {
		struct config *c = NULL;

		alloc_fail_at(n);
		enum err err = parse(REQUIRED "\tlisten = {\"a:1\"}\n}\n" WEB, &c);
		bool failed = alloc_failed();
		alloc_fail_at(0);
		if (!failed) {
			assert_ok(err);
			config_free(&c);
			break;
		}
		assert_int_equal(err, ERR_TEMP);
		assert_null(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest),
		cmocka_unit_test(all_forms),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_long),
		cmocka_unit_test(from_a_file),
		cmocka_unit_test(example),
		cmocka_unit_test(table_rows),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
