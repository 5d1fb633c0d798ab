/*
 * cli/supervisor.c - the life of the children. See supervisor.h.
 *
 * A generation is a configuration with its listeners and one child a role. There is a current one; while
 * a reload is under way also a next one; and a list of old children that drain.
 */
#include "cli/supervisor.h"

#include "cli/child.h"
#include "cli/config_text.h"
#include "cli/monitor.h"
#include "cli/notify.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD_MAX           32    /* draining children at a time: eight reloads in a row and more */
#define READY_PATIENCE_MS 60000 /* a new generation that is not up by then is dropped */
#define STEADY_MS         60000 /* a child that lived so long starts again without a pause */
#define KILL_MARGIN_MS    7000  /* beyond drain: a role ends itself after drain + 5 s */

struct generation {
	struct config *config;
	int config_fd;
	struct listeners listeners;
	struct child children[ROLE__COUNT];
	int64_t restart_at_ms[ROLE__COUNT]; /* monotonic; 0: not waiting */
	int64_t pause_ms[ROLE__COUNT];
};

struct supervisor {
	const char *config_path;
	int signal_fd;
	int metrics_fd;
	struct generation current;
	struct generation next;
	bool reloading;
	bool reload_again; /* SIGHUP came while reloading */
	int64_t reload_until_ms;
	struct child old[OLD_MAX];
	bool stopping;
	bool was_ready;
	struct monitor monitor;
};

/* ---- generations ---- */

static void
generation_init(struct generation *g)
{
	memset(g, 0, sizeof(*g));
	g->config_fd = -1;
	for (int id = 0; id < ROLE__COUNT; id++) {
		g->children[id].ready_fd = -1;
		g->children[id].metrics_slot = -1;
	}
}

static void
generation_done(struct generation *g)
{
	listeners_close(&g->listeners);
	if (g->config_fd >= 0)
		close(g->config_fd);
	config_free(&g->config);
	generation_init(g);
}

static enum err
generation_open(struct generation *g, const char *path, const struct listeners *old)
{
	int64_t patience_ms;

	TRY(config_text_open(path, &g->config_fd));
	TRY(config_text_load_fd(path, g->config_fd, &g->config));
	patience_ms = old == NULL ? g->config->drain_ms + KILL_MARGIN_MS : 0;
	return listeners_open(g->config, old, patience_ms, &g->listeners);
}

static enum err
start_role(struct supervisor *s, struct generation *g, enum role_id id)
{
	const struct child_legacy legacy = {
		.config_path = s->config_path,
		.config_fd = g->config_fd,
		.metrics_fd = s->metrics_fd,
		.listeners = &g->listeners,
	};

	g->restart_at_ms[id] = 0;
	TRY(child_start(id, &legacy, &g->children[id]));
	log_line(LOG_INFO, NULL, "child.start", "%s is process %d", roles[id].name,
	    (int)g->children[id].pid);
	return ERR_OK;
}

static enum err
generation_start(struct supervisor *s, struct generation *g)
{
	for (int id = 0; id < ROLE__COUNT; id++) {
		if (role_wanted((enum role_id)id, g->config))
			TRY(start_role(s, g, (enum role_id)id));
	}
	return ERR_OK;
}

static bool
generation_ready(struct generation *g)
{
	bool ready = true;

	for (int id = 0; id < ROLE__COUNT; id++) {
		if (role_wanted((enum role_id)id, g->config) && !child_is_ready(&g->children[id]))
			ready = false;
	}
	return ready;
}

/* ---- old children ---- */

static void
retire(struct supervisor *s, struct child *c, int64_t drain_ms)
{
	if (c->pid == 0)
		return;
	child_stop(c, drain_ms + KILL_MARGIN_MS);
	for (size_t i = 0; i < OLD_MAX; i++) {
		if (s->old[i].pid == 0) {
			s->old[i] = *c;
			memset(c, 0, sizeof(*c));
			c->ready_fd = -1;
			c->metrics_slot = -1;
			return;
		}
	}
	abort(); /* reload_begin() does not start a generation without room to retire one */
}

static void
retire_all(struct supervisor *s, struct generation *g)
{
	for (int id = 0; id < ROLE__COUNT; id++)
		retire(s, &g->children[id], g->config->drain_ms);
}

static size_t
old_count(const struct supervisor *s)
{
	size_t count = 0;

	for (size_t i = 0; i < OLD_MAX; i++)
		count += s->old[i].pid != 0;
	return count;
}

/* ---- reload ---- */

static void
reload_refuse(struct supervisor *s, enum err err)
{
	log_err(LOG_ERROR, NULL, "reload.refused", err);
	metric_add(METRIC_CONFIG_RELOADS_REFUSED, 1);
	if (s->next.config != NULL)
		retire_all(s, &s->next);
	generation_done(&s->next);
	s->reloading = false;
	notify("READY=1\nSTATUS=the new configuration was refused, the old one is in force");
}

static void
reload_begin(struct supervisor *s)
{
	enum err err;

	if (s->reloading || old_count(s) + 2 * ROLE__COUNT > OLD_MAX) {
		s->reload_again = true;
		return;
	}
	s->reload_again = false;
	s->reloading = true;
	s->reload_until_ms = clock_mono_ms() + READY_PATIENCE_MS;
	notify_reloading();
	err = generation_open(&s->next, s->config_path, &s->current.listeners);
	if (err == ERR_OK)
		err = generation_start(s, &s->next);
	if (err != ERR_OK)
		reload_refuse(s, err);
}

static enum err
monitor_restart(struct supervisor *s)
{
	monitor_stop(&s->monitor);
	return monitor_start(&s->monitor, listeners_monitor(&s->current.listeners));
}

static void
reload_finish(struct supervisor *s)
{
	struct generation before = s->current;
	enum err err;

	retire_all(s, &before);
	s->current = s->next;
	generation_init(&s->next);
	/* the sockets that both generations use belong to the new one from here on */
	monitor_stop(&s->monitor);
	listeners_adopt(&s->current.listeners, &before.listeners);
	generation_done(&before);
	err = listeners_publish(&s->current.listeners, s->current.config->run_dir);
	if (err == ERR_OK)
		err = monitor_restart(s);
	if (err != ERR_OK)
		log_err(LOG_ERROR, NULL, "reload.monitor", err);
	log_init("serve", (enum log_level)s->current.config->log_level,
	    (enum log_form)s->current.config->log_form, STDERR_FILENO);
	s->reloading = false;
	metric_add(METRIC_CONFIG_RELOADS, 1);
	log_line(LOG_INFO, NULL, "reload.done", "the new configuration is in force");
	notify("READY=1\nSTATUS=running");
}

/* ---- children that end ---- */

static void
log_end(const struct child *c, int status)
{
	enum log_level level = c->kill_at_ms != 0 ? LOG_INFO : LOG_ERROR;

	if (WIFSIGNALED(status))
		log_line(level, NULL, "child.end", "%s, process %d, ended by signal %d",
		    roles[c->role].name, (int)c->pid, WTERMSIG(status));
	else
		log_line(level, NULL, "child.end", "%s, process %d, ended with code %d",
		    roles[c->role].name, (int)c->pid, WEXITSTATUS(status));
}

static void
plan_restart(struct supervisor *s, struct generation *g, enum role_id id, int64_t started_ms)
{
	int64_t now_ms = clock_mono_ms();

	metric_add(METRIC_CHILDREN_FAILED, 1);
	if (s->stopping)
		return;
	if (now_ms - started_ms >= STEADY_MS)
		g->pause_ms[id] = 0;
	g->restart_at_ms[id] = now_ms + g->pause_ms[id];
	g->pause_ms[id] = g->pause_ms[id] == 0 ? g->config->restart_min_ms : g->pause_ms[id] * 2;
	if (g->pause_ms[id] > g->config->restart_max_ms)
		g->pause_ms[id] = g->config->restart_max_ms;
}

static struct child *
find_child(struct child *children, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++) {
		if (children[i].pid == pid)
			return &children[i];
	}
	return NULL;
}

static void
child_ended(struct supervisor *s, pid_t pid, int status)
{
	struct child *c = find_child(s->old, OLD_MAX, pid);
	enum role_id id;

	if (c != NULL) {
		log_end(c, status);
		child_gone(c);
		return;
	}
	c = find_child(s->current.children, ROLE__COUNT, pid);
	if (c != NULL) {
		int64_t started_ms = c->started_ms;

		id = c->role;
		log_end(c, status);
		child_gone(c);
		plan_restart(s, &s->current, id, started_ms);
		return;
	}
	c = find_child(s->next.children, ROLE__COUNT, pid);
	if (c != NULL) {
		log_end(c, status);
		id = c->role;
		child_gone(c);
		reload_refuse(s, err_set(ERR_TEMP, "%s did not start", roles[id].name));
	}
}

static void
reap(struct supervisor *s)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		child_ended(s, pid, status);
}

/* ---- stop ---- */

static void
stop_begin(struct supervisor *s)
{
	if (s->stopping)
		return;
	log_line(LOG_INFO, NULL, "serve.stop", "draining");
	notify("STOPPING=1");
	s->stopping = true;
	if (s->reloading)
		reload_refuse(s, err_set(ERR_TEMP, "stopping"));
	for (int id = 0; id < ROLE__COUNT; id++) {
		s->current.restart_at_ms[id] = 0;
		child_stop(&s->current.children[id], s->current.config->drain_ms + KILL_MARGIN_MS);
	}
}

static bool
all_gone(const struct supervisor *s)
{
	for (int id = 0; id < ROLE__COUNT; id++) {
		if (s->current.children[id].pid != 0)
			return false;
	}
	return old_count(s) == 0;
}

/* ---- events ---- */

static void
on_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP && !s->stopping)
			reload_begin(s);
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			stop_begin(s);
	}
	reap(s);
}

static void
restart_due(struct supervisor *s, int64_t now_ms)
{
	struct generation *g = &s->current;

	for (int id = 0; id < ROLE__COUNT; id++) {
		if (g->restart_at_ms[id] == 0 || now_ms < g->restart_at_ms[id])
			continue;
		if (start_role(s, g, (enum role_id)id) != ERR_OK) {
			log_err(LOG_ERROR, NULL, "child.start", ERR_TEMP);
			g->restart_at_ms[id] = now_ms + g->config->restart_max_ms;
		}
	}
}

static void
on_time(struct supervisor *s)
{
	int64_t now_ms = clock_mono_ms();

	restart_due(s, now_ms);
	for (size_t i = 0; i < OLD_MAX; i++)
		child_kill_if_due(&s->old[i], now_ms);
	for (int id = 0; id < ROLE__COUNT; id++)
		child_kill_if_due(&s->current.children[id], now_ms);
	if (s->reloading && now_ms >= s->reload_until_ms)
		reload_refuse(s, err_set(ERR_TEMP, "the new children were not ready in time"));
	if (s->reload_again && !s->stopping)
		reload_begin(s);
}

static void
on_ready(struct supervisor *s)
{
	unsigned ready = 0, wanted = 0;

	if (generation_ready(&s->current) && !s->was_ready) {
		s->was_ready = true;
		log_line(LOG_INFO, NULL, "serve.ready", "all roles are up");
		notify("READY=1\nSTATUS=running");
	}
	if (s->reloading && generation_ready(&s->next))
		reload_finish(s);
	for (int id = 0; id < ROLE__COUNT; id++) {
		wanted |= role_wanted((enum role_id)id, s->current.config) ? 1u << id : 0;
		ready |= s->current.children[id].ready ? 1u << id : 0;
	}
	monitor_health(&s->monitor, wanted, ready, s->stopping);
}

static size_t
poll_set(struct supervisor *s, struct pollfd *fds)
{
	size_t count = 0;

	fds[count++] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	for (int id = 0; id < ROLE__COUNT; id++) {
		if (s->current.children[id].ready_fd >= 0)
			fds[count++] = (struct pollfd){ .fd = s->current.children[id].ready_fd,
				.events = POLLIN };
		if (s->next.children[id].ready_fd >= 0)
			fds[count++] = (struct pollfd){ .fd = s->next.children[id].ready_fd,
				.events = POLLIN };
	}
	return count;
}

static void
sooner(int64_t *wait_ms, int64_t at_ms, int64_t now_ms)
{
	int64_t in_ms = at_ms > now_ms ? at_ms - now_ms : 0;

	if (at_ms != 0 && at_ms != INT64_MAX && in_ms < *wait_ms)
		*wait_ms = in_ms;
}

static int
poll_timeout(const struct supervisor *s)
{
	int64_t now_ms = clock_mono_ms();
	int64_t wait_ms = 3600000;

	for (int id = 0; id < ROLE__COUNT; id++) {
		sooner(&wait_ms, s->current.restart_at_ms[id], now_ms);
		sooner(&wait_ms, s->current.children[id].kill_at_ms, now_ms);
	}
	for (size_t i = 0; i < OLD_MAX; i++)
		sooner(&wait_ms, s->old[i].kill_at_ms, now_ms);
	if (s->reloading)
		sooner(&wait_ms, s->reload_until_ms, now_ms);
	if (s->reload_again)
		sooner(&wait_ms, now_ms + 1000, now_ms);
	return (int)wait_ms;
}

static void
loop(struct supervisor *s)
{
	while (!s->stopping || !all_gone(s)) {
		struct pollfd fds[1 + 2 * ROLE__COUNT];
		size_t count = poll_set(s, fds);

		if (poll(fds, (nfds_t)count, poll_timeout(s)) < 0 && errno != EINTR)
			abort();
		on_signals(s);
		on_time(s);
		on_ready(s);
	}
}

/* ---- start ---- */

static enum err
signals_open(int *ret_fd)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_set(ERR_TEMP, "signalfd: %s", strerror(errno));
	*ret_fd = fd;
	return ERR_OK;
}

static enum err
start(struct supervisor *s)
{
	TRY(signals_open(&s->signal_fd));
	TRY(metrics_create(&s->metrics_fd));
	TRY(generation_open(&s->current, s->config_path, NULL));
	log_init("serve", (enum log_level)s->current.config->log_level,
	    (enum log_form)s->current.config->log_form, STDERR_FILENO);
	TRY(listeners_publish(&s->current.listeners, s->current.config->run_dir));
	TRY(generation_start(s, &s->current));
	return monitor_start(&s->monitor, listeners_monitor(&s->current.listeners));
}

int
supervisor_main(const char *config_path)
{
	struct supervisor s = { .config_path = config_path, .signal_fd = -1, .metrics_fd = -1 };
	enum err err;

	generation_init(&s.current);
	generation_init(&s.next);
	log_init("serve", LOG_INFO, LOG_FORM_AUTO, STDERR_FILENO);
	err = start(&s);
	if (err != ERR_OK) {
		log_err(LOG_ERROR, NULL, "serve.failed", err);
		s.stopping = true;
		if (s.current.config != NULL)
			retire_all(&s, &s.current);
	}
	if (err == ERR_OK || old_count(&s) > 0)
		loop(&s);
	monitor_stop(&s.monitor);
	generation_done(&s.current);
	if (s.metrics_fd >= 0)
		close(s.metrics_fd);
	if (s.signal_fd >= 0)
		close(s.signal_fd);
	return err == ERR_OK ? 0 : 1;
}
