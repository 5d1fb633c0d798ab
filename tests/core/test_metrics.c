#include "core/metrics.h"

#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void
assert_shows(const char *line, bool shown)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_ok(metrics_render(&out));
	bool found = strstr(buf_cstr(&out), line) != NULL;
	if (found != shown)
		fail_msg("%s\n%s", line, buf_cstr(&out));
	buf_done(&out);
}

static void
alone(void **state)
{
	(void)state;
	assert_shows("\nsecudoc_downloads_total 0\n", true);
	metric_add(METRIC_DOWNLOADS, 2);
	metric_add(METRIC_DOWNLOADS, 1);
	assert_int_equal(metric_value(METRIC_DOWNLOADS), 3);
	metric_add(METRIC_WEB_CONNECTIONS, 1);
	metric_add(METRIC_WEB_CONNECTIONS, -1);
	metric_set(METRIC_QUEUE_COPIES, 17);
	assert_shows("\n# TYPE secudoc_downloads_total counter\nsecudoc_downloads_total 3\n", true);
	assert_shows("# TYPE secudoc_queue_copies gauge\nsecudoc_queue_copies 17\n", true);
	assert_shows("\nsecudoc_web_connections 0\n", true);
	metric_add(METRIC_MAIL_REFUSED, 1);
	assert_shows("secudoc_mails_total{result=\"refused\"} 1\n", true);
}

static void
times(void **state)
{
	(void)state;
	metric_time_ms(METRIC_WEB_SECONDS, 5);
	metric_time_ms(METRIC_WEB_SECONDS, 6);
	metric_time_ms(METRIC_WEB_SECONDS, 1500);
	metric_time_ms(METRIC_WEB_SECONDS, 60001);
	metric_time_ms(METRIC_WEB_SECONDS, -9);
	assert_int_equal(metric_value(METRIC_WEB_SECONDS), 5);
	assert_shows("secudoc_web_seconds_bucket{le=\"0.005\"} 2\n"
		     "secudoc_web_seconds_bucket{le=\"0.01\"} 3\n",
	    true);
	assert_shows("secudoc_web_seconds_bucket{le=\"2.5\"} 4\n", true);
	assert_shows("secudoc_web_seconds_bucket{le=\"60\"} 4\n"
		     "secudoc_web_seconds_bucket{le=\"+Inf\"} 5\n"
		     "secudoc_web_seconds_sum 61.512\nsecudoc_web_seconds_count 5\n",
	    true);
}

/* Every name has help and type once, before its first value. */
static void
format(void **state)
{
	struct buf out;
	struct span rest, line, name, last = SPAN_NONE;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_ok(metrics_render(&out));
	for (rest = buf_span(&out); span_take_until(&rest, '\n', &line);
	     span_take_byte(&rest, '\n')) {
		if (!span_take(&line, SPAN("# HELP ")))
			continue;
		assert_true(span_take_word(&line, &name));
		assert_true(span_starts(name, SPAN("secudoc_")));
		assert_false(span_eq(name, last));
		last = name;
	}
	buf_done(&out);
	buf_init(&out, 100);
	assert_err(metrics_render(&out), ERR_LIMIT, "100 allowed");
	buf_done(&out);
}

/* in_child() - a role process that got the segment; leaves by _exit(), as a killed one would. */
static void
in_child(int fd, int slot, int64_t downloads, int64_t connections)
{
	pid_t pid = fork();
	int status = 1;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (metrics_attach(fd, slot) != ERR_OK)
			_exit(1);
		metric_add(METRIC_DOWNLOADS, downloads);
		metric_add(METRIC_WEB_CONNECTIONS, connections);
		metric_time_ms(METRIC_WEB_SECONDS, 7);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
children(void **state)
{
	int fd = -1;

	(void)state;
	assert_ok(metrics_create(&fd));
	int first = metrics_slot_take(), second = metrics_slot_take();
	assert_true(first > 0 && second > 0 && first != second);
	metric_add(METRIC_DOWNLOADS, 1);
	in_child(fd, first, 10, 3);
	in_child(fd, second, 100, 4);
	assert_int_equal(metric_value(METRIC_DOWNLOADS), 111);
	assert_int_equal(metric_value(METRIC_WEB_CONNECTIONS), 7);
	/* who is gone has no connections, but what it did stays done */
	metrics_slot_drop(first);
	assert_int_equal(metric_value(METRIC_DOWNLOADS), 111);
	assert_int_equal(metric_value(METRIC_WEB_CONNECTIONS), 4);
	assert_int_equal(metric_value(METRIC_WEB_SECONDS), 2);
	assert_int_equal(metrics_slot_take(), first);
	while (metrics_slot_take() > 0)
		;
	assert_int_equal(metrics_slot_take(), -1);
	metrics_slot_drop(-1);
	close(fd);
}

static void
foreign_segment(void **state)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_err(metrics_attach(fd, 1), ERR_SYNTAX, "another size");
	assert_err(metrics_attach(fd, -1), ERR_SYNTAX, "slot -1");
	assert_err(metrics_attach(fd, 1000), ERR_SYNTAX, "slot 1000");
	close(fd);
	assert_err(metrics_attach(fd, 1), ERR_TEMP, "metrics");
}

static void *
count_up(void *arg)
{
	for (int i = 0; i < 10000; i++)
		metric_add(METRIC_CODES_WRONG, 1);
	return arg;
}

static void
threads(void **state)
{
	pthread_t t[4];

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, count_up, NULL), 0);
	for (size_t i = 0; i < COUNT(t); i++)
		pthread_join(t[i], NULL);
	assert_int_equal(metric_value(METRIC_CODES_WRONG), 40000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(times),
		cmocka_unit_test(format),
		cmocka_unit_test(threads),
		cmocka_unit_test(children),
		cmocka_unit_test(foreign_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
