/*
 * cli/child.c - one child process of the supervisor. See child.h.
 *
 * The supervisor has a thread (the monitor), so between fork and exec only async-signal-safe calls are
 * made: everything a child needs is put together before.
 */
#include "cli/child.h"

#include "core/clock.h"
#include "core/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWN_VARIABLES 5

/* The environment of a child and the descriptors it keeps over exec. */
struct launch {
	char *variables[OWN_VARIABLES];
	char **environment;
	int fds[LISTENERS_MAX + 3];
	size_t fd_count;
};

static void
launch_done(struct launch *l)
{
	for (size_t i = 0; i < OWN_VARIABLES; i++)
		free(l->variables[i]);
	free(l->environment);
}

PRINTF_LIKE(1, 2)
static char *
variable(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	return text;
}

static void
keep_fds(struct launch *l, const struct child_legacy *legacy, const char *section, int ready_fd)
{
	for (size_t i = 0; section != NULL && i < legacy->listeners->count; i++) {
		if (strcmp(legacy->listeners->items[i].section, section) == 0)
			l->fds[l->fd_count++] = legacy->listeners->items[i].fd;
	}
	l->fds[l->fd_count++] = legacy->config_fd;
	l->fds[l->fd_count++] = legacy->metrics_fd;
	l->fds[l->fd_count++] = ready_fd;
}

static void
merge_environment(struct launch *l)
{
	size_t count = 0;

	while (environ[count] != NULL)
		count++;
	l->environment = calloc(count + OWN_VARIABLES + 1, sizeof(char *));
	if (l->environment == NULL)
		abort();
	memcpy(l->environment, environ, count * sizeof(char *));
	memcpy(l->environment + count, l->variables, sizeof(l->variables));
}

static enum err
launch_init(
    struct launch *l, enum role_id role, const struct child_legacy *legacy, int ready_fd, int slot)
{
	CLEANUP(buf_done) struct buf fds;

	memset(l, 0, sizeof(*l));
	buf_init(&fds, 1024);
	if (roles[role].listen != NULL)
		TRY(listeners_fds(legacy->listeners, roles[role].listen, &fds));
	l->variables[0] = variable(ROLE_ENV_FDS "=%s", buf_cstr(&fds));
	l->variables[1] = variable(ROLE_ENV_READY "=%d", ready_fd);
	l->variables[2] = variable(ROLE_ENV_CONFIG "=%d", legacy->config_fd);
	l->variables[3] = variable(ROLE_ENV_METRICS "=%d:%d", legacy->metrics_fd, slot);
	l->variables[4] = variable(ROLE_ENV_SUPERVISOR "=%d", (int)getpid());
	keep_fds(l, legacy, roles[role].listen, ready_fd);
	merge_environment(l);
	return ERR_OK;
}

static void
exec_child(const struct launch *l, char *const *argv)
{
	sigset_t none;

	for (size_t i = 0; i < l->fd_count; i++)
		fcntl(l->fds[i], F_SETFD, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve("/proc/self/exe", argv, l->environment);
	_exit(127);
}

static enum err
spawn(enum role_id role, const struct child_legacy *legacy, int ready_fd, int slot, pid_t *ret_pid)
{
	char *argv[] = { strdup("secudoc"), strdup("serve"), strdup("--config"),
		strdup(legacy->config_path), strdup("--role"), strdup(roles[role].name), NULL };
	struct launch launch;
	enum err err = launch_init(&launch, role, legacy, ready_fd, slot);
	pid_t pid = -1;

	if (err == ERR_OK) {
		pid = fork();
		if (pid == 0)
			exec_child(&launch, argv);
		if (pid < 0)
			err = err_set(ERR_TEMP, "fork: %s", strerror(errno));
	}
	launch_done(&launch);
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	*ret_pid = pid;
	return err;
}

enum err
child_start(enum role_id role, const struct child_legacy *legacy, struct child *ret)
{
	struct child c = { .role = role, .ready_fd = -1, .started_ms = clock_mono_ms() };
	int ready[2];
	enum err err;

	if (pipe2(ready, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_set(ERR_TEMP, "pipe: %s", strerror(errno));
	c.ready_fd = ready[0];
	c.metrics_slot = metrics_slot_take();
	err = spawn(role, legacy, ready[1], c.metrics_slot, &c.pid);
	close(ready[1]);
	if (err != ERR_OK) {
		c.pid = 0;
		child_gone(&c);
		return err;
	}
	metric_add(METRIC_CHILDREN_STARTED, 1);
	*ret = c;
	return ERR_OK;
}

bool
child_is_ready(struct child *c)
{
	char byte;

	if (c->ready_fd < 0)
		return c->ready;
	if (read(c->ready_fd, &byte, 1) == 1) {
		c->ready = true;
		close(c->ready_fd);
		c->ready_fd = -1;
	}
	return c->ready;
}

void
child_stop(struct child *c, int64_t grace_ms)
{
	if (c->pid == 0 || c->kill_at_ms != 0)
		return;
	c->kill_at_ms = clock_mono_ms() + grace_ms;
	kill(c->pid, SIGTERM);
}

void
child_kill_if_due(struct child *c, int64_t now_ms)
{
	if (c->pid != 0 && c->kill_at_ms != 0 && now_ms >= c->kill_at_ms) {
		kill(c->pid, SIGKILL);
		c->kill_at_ms = INT64_MAX;
	}
}

void
child_gone(struct child *c)
{
	if (c->ready_fd >= 0)
		close(c->ready_fd);
	if (c->metrics_slot >= 0)
		metrics_slot_drop(c->metrics_slot);
	c->ready_fd = -1;
	c->metrics_slot = -1;
	c->ready = false;
	c->pid = 0;
	c->kill_at_ms = 0;
}
