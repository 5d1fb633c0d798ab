/*
 * tests/cli/test_queue.c - the queue as an administrator sees and moves it, over a real store.
 */
#include "cli/cli.h"
#include "cli/commands.h"

#include "core/clock.h"
#include "core/json.h"
#include "store/keys.h"
#include "store/mail.h"
#include "store/queue.h"
#include "store/tenant.h"
#include "support/tmpdir.h"
#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct tmpdir dir;
static struct buf said;
static int64_t copy_id;
static char copy_text[24];

/* queue() - "secudoc queue ..." with its standard output and errors in said. */
static int
queue(const char *a, const char *b, const char *c, const char *d)
{
	static char name[] = "queue", option[] = "--config";
	char path[2 * TMPDIR_PATH_MAX], config[2 * TMPDIR_PATH_MAX], words[4][40];
	char *argv[8] = { name, option, tmpdir_join(&dir, "secudoc.conf", config) };
	const char *const more[] = { a, b, c, d };
	int argc = 3, out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), code;
	int fd =
	    open(tmpdir_join(&dir, "said", path), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(out >= 0 && err >= 0 && fd >= 0);
	for (int i = 0; i < 4 && more[i] != NULL; i++) {
		(void)snprintf(words[i], sizeof(words[i]), "%s", more[i]);
		argv[argc++] = words[i];
	}
	fflush(stdout);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	code = cmd_queue(argc, argv);
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
	close(out);
	close(err);
	close(fd);
	buf_clear(&said);
	tmpdir_read(&dir, "said", &said);
	return code;
}

static void
assert_said(const char *part)
{
	if (strstr(buf_cstr(&said), part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, buf_cstr(&said));
}

static struct store *
store_as(enum store_role role)
{
	char database[2 * TMPDIR_PATH_MAX + 8], containers[2 * TMPDIR_PATH_MAX],
	    keys[2 * TMPDIR_PATH_MAX], run[2 * TMPDIR_PATH_MAX];
	struct store_options o = { .database = database,
		.role = role,
		.sweep_age_ms = 3600000,
		.repeat_window_ms = 3600000 };
	struct store *st;

	(void)snprintf(database, sizeof(database), "sqlite:%s/secudoc.db", dir.path);
	o.containers_dir = tmpdir_join(&dir, "containers", containers);
	o.keys_dir = tmpdir_join(&dir, "keys", keys);
	o.run_dir = tmpdir_join(&dir, "run", run);
	assert_ok(store_open(&o, &st));
	return st;
}

static int64_t
tenant_make(struct store *st)
{
	static const char *const rows[][2] = { { "organisation", "Contoso" },
		{ "entra_id", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3d0001" },
		{ "domains", "contoso.example" }, { "link_base", "https://secudoc.example" },
		{ "facility_address", "secudoc@contoso.example" },
		{ "inbound_host", "127.0.0.1:25" }, { "client_cert", "/x.pem" },
		{ "client_key", "/x.key" } };
	struct tenant *t;
	int64_t id;

	assert_ok(tenant_new("contoso", &t));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_ok(setting_assign(
		    setting_find(tenant_table, tenant_table_count, span_str(rows[i][0])), t,
		    &rows[i][1], 1, "/", &t->arena));
	assert_ok(store_tenant_add(st, t, &id));
	tenant_free(&t);
	return id;
}

static void
mail_make(struct store *st, int64_t tenant_id)
{
	struct store_mail_done *done = calloc(1, sizeof(*done));
	struct store_rcpt_new rcpts[2] = { { .address = SPAN("bert@out.example") },
		{ .address = SPAN("carl@out.example") } };
	struct store_mail_new m = { .tenant_id = tenant_id,
		.reason = "no-attachment",
		.facts = { .sender = SPAN("anna@contoso.example"),
		    .subject = SPAN("Offer\nfor you") },
		.rcpts = rcpts,
		.rcpt_count = 2,
		.received_ms = clock_now_ms() };

	assert_non_null(done);
	assert_ok(store_container_new(st, tenant_id, &m.container));
	assert_ok(sink_put(store_container_sink(m.container), SPAN("bytes")));
	assert_ok(store_mail_commit(st, &m, done));
	free(done);
}

static int
setup(void **state)
{
	char keys[2 * TMPDIR_PATH_MAX];
	struct store *st, *receive;
	struct arena a;
	struct store_queue_row *rows;
	size_t count;

	(void)state;
	buf_init(&said, 1u << 20);
	tmpdir_make(&dir);
	tmpdir_write(&dir, "secudoc.conf",
	    SPAN(
		"store { database = \"sqlite:secudoc.db\"\n containers_dir = containers\n keys_dir = keys\n run_dir = run }\n"
		"smtp { hostname = mx.example.net cert = mx.pem key = mx.key client_ca = ca.pem }\n"
		"web { cert = mx.pem key = mx.key }\n"));
	assert_ok(store_keys_init(tmpdir_join(&dir, "keys", keys)));
	st = store_as(STORE_ADMIN);
	receive = store_as(STORE_RECEIVE);
	mail_make(receive, tenant_make(st));
	store_close(&receive);
	arena_init(&a, 1u << 20);
	assert_ok(store_queue_list(st, 0, 0, 10, &a, &rows, &count));
	assert_int_equal(count, 1);
	copy_id = rows[0].copy_id;
	(void)snprintf(copy_text, sizeof(copy_text), "%lld", (long long)copy_id);
	arena_done(&a);
	store_close(&st);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tmpdir_done(&dir);
	buf_done(&said);
	return 0;
}

static void
test_list(void **state)
{
	struct json *j;
	struct span text;

	(void)state;
	assert_int_equal(queue("list", NULL, NULL, NULL), CLI_OK);
	assert_said("COPY");
	assert_said("TENANT");
	assert_said(" contoso ");
	assert_said(copy_text);
	assert_said("queued");
	assert_int_equal(queue("list", "--tenant", "contoso", NULL), CLI_OK);
	assert_said(copy_text);
	assert_int_equal(queue("list", "--tenant", "nobody", NULL), CLI_FAILED);
	assert_int_equal(queue("list", "--json", NULL, NULL), CLI_OK);
	assert_ok(json_parse(buf_span(&said), &j));
	assert_int_equal(json_count(j), 1);
	assert_true(json_str(json_get(json_at(j, 0), "copy_id"), &text));
	assert_span(text, copy_text);
	assert_true(json_str(json_get(json_at(j, 0), "tenant"), &text));
	assert_span(text, "contoso");
	assert_true(json_str(json_get(json_at(j, 0), "state"), &text));
	assert_span(text, "queued");
	json_free(&j);
}

static void
test_show(void **state)
{
	struct json *j;
	struct span text;

	(void)state;
	assert_int_equal(queue("show", copy_text, NULL, NULL), CLI_OK);
	assert_said("anna@contoso.example");
	assert_said("bert@out.example");
	assert_said("carl@out.example");
	assert_said("pending");
	assert_null(
	    strstr(buf_cstr(&said), "Offer\nfor")); /* stored text is made safe for terminals */
	assert_int_equal(queue("show", copy_text, "--json", NULL), CLI_OK);
	assert_ok(json_parse(buf_span(&said), &j));
	assert_int_equal(json_count(json_get(j, "recipients")), 2);
	assert_true(json_str(json_get(json_at(json_get(j, "recipients"), 1), "address"), &text));
	assert_span(text, "carl@out.example");
	json_free(&j);
	assert_int_equal(queue("show", "12345", NULL, NULL), CLI_FAILED);
}

static void
test_retry_and_drop(void **state)
{
	struct store *st;
	struct store_queue_stats stats;

	(void)state;
	assert_int_equal(queue("retry", copy_text, NULL, NULL), CLI_OK);
	assert_said("is due now");
	assert_int_equal(queue("retry", "12345", NULL, NULL), CLI_FAILED);
	assert_int_equal(queue("drop", copy_text, NULL, NULL), CLI_OK);
	assert_int_equal(queue("drop", copy_text, NULL, NULL), CLI_FAILED); /* done is done */
	assert_int_equal(queue("retry", copy_text, NULL, NULL), CLI_FAILED);
	st = store_as(STORE_ADMIN);
	assert_ok(store_queue_stats(st, &stats));
	assert_int_equal(stats.queued, 0);
	store_close(&st);
	assert_int_equal(queue("list", "--json", NULL, NULL), CLI_OK);
	assert_said("[]");
}

static void
test_usage(void **state)
{
	static const char *const rows[][3] = {
		{ NULL, NULL, NULL },
		{ "fly", NULL, NULL },
		{ "show", NULL, NULL },
		{ "show", "x", NULL },
		{ "show", "0", NULL },
		{ "show", "-1", NULL },
		{ "retry", NULL, NULL },
		{ "drop", "1", "2" },
		{ "list", "1", NULL },
		{ "list", "--colour", NULL },
		{ "show", "99999999999999999999", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(queue(rows[i][0], rows[i][1], rows[i][2], NULL), CLI_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_show, setup, teardown),
		cmocka_unit_test_setup_teardown(test_retry_and_drop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
