/*
 * Tests of cli/listeners.c and cli/notify.c with real sockets: a reload keeps what stays, opens what is
 * new, closes what went.
 */
#include "cli/listeners.h"
#include "cli/notify.h"
#include "core/json.h"
#include "net/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Only what listeners_open() looks at. */
static struct config
config_of(
    const char **smtp, size_t smtp_count, const char **web, size_t web_count, const char *monitor)
{
	struct config c = { .monitor_listen = monitor };

	c.smtp_listen = (struct setting_list){ smtp, smtp_count };
	c.web_listen = (struct setting_list){ web, web_count };
	return c;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void
test_reload_keeps_and_closes(void **state)
{
	const char *smtp[] = { "127.0.0.1:0", "[::1]:0" };
	const char *smtp_one[] = { "127.0.0.1:0" };
	const char *web[] = { "127.0.0.1:0" };
	struct config before = config_of(smtp, 2, NULL, 0, "127.0.0.1:0");
	struct config after = config_of(smtp_one, 1, web, 1, "127.0.0.1:0");
	struct listeners old = { .count = 0 }, next = { .count = 0 };
	int kept, gone, monitor;

	(void)state;
	assert_int_equal(listeners_open(&before, NULL, 0, &old), ERR_OK);
	assert_int_equal(old.count, 3);
	kept = old.items[0].fd;
	gone = old.items[1].fd;
	monitor = listeners_monitor(&old);
	assert_int_equal(listeners_open(&after, &old, 0, &next), ERR_OK);
	assert_int_equal(next.count, 3);
	assert_int_equal(next.items[0].fd, kept);
	assert_true(next.items[1].fd != gone);
	assert_int_equal(listeners_monitor(&next), monitor);
	listeners_adopt(&next, &old);
	assert_true(is_open(kept));
	assert_true(is_open(monitor));
	assert_false(is_open(gone));
	listeners_close(&next);
	assert_false(is_open(kept));
	assert_false(is_open(monitor));
}

/* Two sockets with ports of the kernel's choice stay two. */
static void
test_reload_keeps_each(void **state)
{
	const char *smtp[] = { "127.0.0.1:0", "127.0.0.1:0" };
	struct config c = config_of(smtp, 2, NULL, 0, "");
	struct listeners old = { .count = 0 }, next = { .count = 0 };
	int first, second;

	(void)state;
	assert_int_equal(listeners_open(&c, NULL, 0, &old), ERR_OK);
	first = old.items[0].fd;
	second = old.items[1].fd;
	assert_int_equal(listeners_open(&c, &old, 0, &next), ERR_OK);
	assert_int_equal(next.items[0].fd, first);
	assert_int_equal(next.items[1].fd, second);
	listeners_adopt(&next, &old);
	assert_true(is_open(first));
	assert_true(is_open(second));
	listeners_close(&next);
}

/* Who waits for an address at the start is still to be stopped. */
static void
test_stop_ends_patience(void **state)
{
	char name[LISTEN_NAME_SIZE];
	const char *smtp[] = { "127.0.0.1:0" }, *taken[1];
	struct config c = config_of(smtp, 1, NULL, 0, "");
	struct listeners holder = { .count = 0 }, l = { .count = 0 };
	sigset_t set, before;
	int signo;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	assert_int_equal(listeners_open(&c, NULL, 0, &holder), ERR_OK);
	taken[0] = listen_name(holder.items[0].fd, name);
	c = config_of(taken, 1, NULL, 0, "");
	kill(getpid(), SIGTERM);
	assert_int_equal(listeners_open(&c, NULL, INT32_MAX, &l), ERR_TEMP);
	assert_int_equal(sigwait(&set, &signo), 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	listeners_close(&holder);
}

static void
test_refused_reload_leaves_the_old(void **state)
{
	char name[LISTEN_NAME_SIZE];
	const char *smtp[] = { "127.0.0.1:0" };
	struct config before = config_of(smtp, 1, NULL, 0, "");
	struct listeners old = { .count = 0 }, next = { .count = 0 };
	const char *bad[] = { "127.0.0.1:0", "no endpoint" };
	struct config after = config_of(bad, 2, NULL, 0, "");
	const char *taken[2];

	(void)state;
	assert_int_equal(listeners_open(&before, NULL, 0, &old), ERR_OK);
	assert_int_equal(listeners_monitor(&old), -1);
	assert_int_equal(listeners_open(&after, &old, 0, &next), ERR_SYNTAX);
	assert_true(is_open(old.items[0].fd));
	/* an address that somebody else holds */
	taken[0] = "127.0.0.1:0";
	taken[1] = listen_name(old.items[0].fd, name);
	after = config_of(taken, 2, NULL, 0, "");
	assert_int_equal(listeners_open(&after, NULL, 0, &next), ERR_TEMP);
	assert_int_equal(next.count, 0);
	/* the same address twice */
	taken[0] = taken[1];
	after = config_of(taken, 2, NULL, 0, "");
	assert_int_not_equal(listeners_open(&after, NULL, 0, &next), ERR_OK);
	listeners_close(&old);
}

static void
read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	char chunk[1024];
	size_t n;

	assert_non_null(file);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		assert_int_equal(buf_put(out, span_of(chunk, n)), ERR_OK);
	fclose(file);
}

static void
test_publish(void **state)
{
	char dir[] = "/tmp/secudoc-listeners-XXXXXX";
	char path[128], name[LISTEN_NAME_SIZE];
	const char *smtp[] = { "127.0.0.1:0", "127.0.0.1:0" };
	struct config c = config_of(smtp, 2, NULL, 0, "127.0.0.1:0");
	struct listeners l = { .count = 0 };
	struct json *json = NULL;
	struct span text;
	struct buf file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(listeners_open(&c, NULL, 0, &l), ERR_OK);
	assert_int_equal(listeners_publish(&l, dir), ERR_OK);
	snprintf(path, sizeof(path), "%s/listeners.json", dir);
	buf_init(&file, 4096);
	read_file(path, &file);
	assert_int_equal(json_parse(buf_span(&file), &json), ERR_OK);
	assert_int_equal(json_count(json_get(json, "smtp")), 2);
	assert_int_equal(json_count(json_get(json, "web")), 0);
	assert_true(json_str(json_get(json, "monitor"), &text));
	assert_true(span_eq(text, span_str(listen_name(listeners_monitor(&l), name))));
	assert_int_not_equal(listeners_publish(&l, "/nonexistent/folder"), ERR_OK);
	json_free(&json);
	buf_done(&file);
	listeners_close(&l);
	unlink(path);
	rmdir(dir);
}

static void
test_notify(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/secudoc-notify-XXXXXX";
	char got[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	notify("READY=1");
	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), 7);
	assert_string_equal(got, "READY=1");
	notify_reloading();
	memset(got, 0, sizeof(got));
	assert_true(recv(fd, got, sizeof(got) - 1, 0) > 0);
	assert_int_equal(strncmp(got, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	/* nobody reads: it never waits, though the socket's box is full long before */
	for (int i = 0; i < 5000; i++)
		notify("STATUS=x");
	/* nobody there, or an odd value: nothing happens */
	close(fd);
	notify("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	unlink(address.sun_path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reload_keeps_and_closes),
		cmocka_unit_test(test_reload_keeps_each),
		cmocka_unit_test(test_stop_ends_patience),
		cmocka_unit_test(test_refused_reload_leaves_the_old),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
