#include "core/log.h"

#include "core/clock.h"
#include "core/json.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static struct tmpdir dir;
static int fd;

static int64_t
fixed_now(void)
{
	return INT64_C(1795293046123);
}

static int
setup(void **state)
{
	char path[2 * TMPDIR_PATH_MAX];

	(void)state;
	tmpdir_make(&dir);
	fd = open(tmpdir_join(&dir, "log", path), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	clock_replace(&(struct clock_source){ .now_ms = fixed_now });
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	clock_replace(NULL);
	close(fd);
	tmpdir_done(&dir);
	return 0;
}

static void
assert_logged(const char *expected)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	tmpdir_read(&dir, "log", &b);
	assert_string_equal(buf_cstr(&b), expected);
	buf_done(&b);
}

static void
json_line(void **state)
{
	struct log_scope tenant, session, mail;
	char expected[600];

	(void)state;
	log_init("receive", LOG_INFO, LOG_FORM_AUTO, fd); /* a file is no terminal */
	log_scope_str(&session, NULL, "session", "s\"1");
	log_scope_str(&tenant, &session, "tenant", "contoso");
	log_scope_id(&mail, &tenant, "mail", INT64_MAX);
	log_line(LOG_INFO, &mail, "mail-accepted", "%d recipients\r\n\x1b[31m", 3);
	log_line(LOG_DEBUG, &mail, "quiet", "%s", "not wanted");
	snprintf(expected, sizeof(expected),
	    "{\"time\":\"2026-11-21T20:30:46.123Z\",\"level\":\"info\",\"role\":\"receive\",\"pid\":%d,"
	    "\"event\":\"mail-accepted\",\"session\":\"s\\\"1\",\"tenant\":\"contoso\","
	    "\"mail\":\"9223372036854775807\",\"msg\":\"3 recipients\\u000d\\u000a\\u001b[31m\"}\n",
	    getpid());
	assert_logged(expected);
}

static void
text_line(void **state)
{
	struct log_scope mail;

	(void)state;
	log_init("deliver", LOG_DEBUG, LOG_FORM_TEXT, fd);
	log_scope_id(&mail, NULL, "mail", 42);
	log_line(LOG_DEBUG, &mail, "sent",
	    "caf\xc3\xa9\n\x1b]0;title\x07\xc2\x9b"
	    "31m");
	(void)!err_set(ERR_TEMP, "no route to 192.0.2.1\nfake line");
	log_err(LOG_ERROR, &mail, "deliver-failed", ERR_TEMP);
	log_line(LOG_WARN, NULL, "plain", NULL);
	assert_logged(
	    "20:30:46.123 debug deliver mail=42 sent: caf\xc3\xa9\\x0a\\x1b]0;title\\x07\\xc2\x9b"
	    "31m\n"
	    "20:30:46.123 error deliver mail=42 deliver-failed: temporary: no route to "
	    "192.0.2.1\\x0afake line\n"
	    "20:30:46.123 warn  deliver plain\n");
}

static void
failure_line(void **state)
{
	char expected[400];

	(void)state;
	log_init("web", LOG_WARN, LOG_FORM_JSON, fd);
	(void)!err_set(ERR_LIMIT, "too \"long\"");
	log_err(LOG_WARN, NULL, "request-refused", ERR_LIMIT);
	/* the note is still there for the answer */
	assert_string_equal(err_note(), "too \"long\"");
	log_err(LOG_INFO, NULL, "not-wanted", ERR_LIMIT);
	snprintf(expected, sizeof(expected),
	    "{\"time\":\"2026-11-21T20:30:46.123Z\",\"level\":\"warn\",\"role\":\"web\",\"pid\":%d,"
	    "\"event\":\"request-refused\",\"err\":\"limit\",\"note\":\"too \\\"long\\\"\"}\n",
	    getpid());
	assert_logged(expected);
}

/* Words full of bytes that must be escaped still make one whole line. */
static void
longest_line(void **state)
{
	struct buf b;
	struct json *j = NULL;
	struct span msg;
	char words[2000];

	(void)state;
	memset(words, 1, sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	log_init("web", LOG_INFO, LOG_FORM_JSON, fd);
	log_line(LOG_INFO, NULL, "long", "%s", words);
	buf_init(&b, 1 << 20);
	tmpdir_read(&dir, "log", &b);
	assert_ok(json_parse(buf_span(&b), &j));
	assert_true(json_str(json_get(j, "msg"), &msg));
	assert_int_equal(msg.len, 1023);
	json_free(&j);
	buf_done(&b);
}

#define THREADS 4
#define LINES   500

static void *
many_lines(void *arg)
{
	for (int i = 0; i < LINES; i++)
		log_line(LOG_INFO, NULL, "tick", "%d", i);
	return arg;
}

/* Lines of several threads do not mix: each one is JSON by itself. */
static void
threads(void **state)
{
	pthread_t t[THREADS];
	struct buf b;
	struct span rest, line;
	size_t n = 0;

	(void)state;
	log_init("receive", LOG_INFO, LOG_FORM_JSON, fd);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, many_lines, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	buf_init(&b, 4 << 20);
	tmpdir_read(&dir, "log", &b);
	for (rest = buf_span(&b); span_take_until(&rest, '\n', &line); n++) {
		struct json *j = NULL;

		assert_ok(json_parse(line, &j));
		json_free(&j);
		span_take_byte(&rest, '\n');
	}
	assert_int_equal(n, THREADS * LINES);
	assert_int_equal(rest.len, 0);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(json_line, setup, teardown),
		cmocka_unit_test_setup_teardown(text_line, setup, teardown),
		cmocka_unit_test_setup_teardown(failure_line, setup, teardown),
		cmocka_unit_test_setup_teardown(longest_line, setup, teardown),
		cmocka_unit_test_setup_teardown(threads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
