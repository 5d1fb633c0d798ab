/*
 * cli/roles.c - run one role in this process: configuration, descriptors, user, restrictions, run.
 *
 * Place in the flow: cmd_serve.c calls role_main() for --role; the supervisor starts the same program with
 * --role for each child, so a role alone and a role under the supervisor are the same code.
 */
#include "cli/roles.h"

#include "cli/config_text.h"
#include "connector/deliver.h"
#include "connector/receive.h"
#include "core/log.h"
#include "core/metrics.h"
#include "net/listen.h"
#include "portal/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

const struct role roles[ROLE__COUNT] = {
	[ROLE_RECEIVE] = { "receive", "smtp", receive_run },
	[ROLE_DELIVER] = { "deliver", NULL, deliver_run },
	[ROLE_WEB] = { "web", "web", portal_run },
};

enum role_id
role_find(const char *name)
{
	for (int id = 0; id < ROLE__COUNT; id++) {
		if (strcmp(roles[id].name, name) == 0)
			return (enum role_id)id;
	}
	return ROLE__COUNT;
}

const struct setting_list *
role_endpoints(enum role_id id, const struct config *config)
{
	switch (id) {
	case ROLE_RECEIVE:
		return &config->smtp_listen;
	case ROLE_WEB:
		return &config->web_listen;
	default:
		return NULL;
	}
}

bool
role_wanted(enum role_id id, const struct config *config)
{
	return id != ROLE_WEB || config->web_listen.count > 0;
}

/* ---- stop: the handler may only do what is safe in a handler ---- */

static volatile sig_atomic_t stop_eventfd = -1;
static volatile sig_atomic_t stop_grace_seconds;

static void
on_stop_signal(int signo)
{
	const uint64_t one = 1;
	int saved = errno;

	(void)signo;
	if (write((int)stop_eventfd, &one, sizeof(one)) < 0)
		_exit(1);
	/* Nobody may be left to end a role that does not drain: then SIGALRM does. */
	alarm((unsigned)stop_grace_seconds);
	errno = saved;
}

static enum err
stop_prepare(const struct config *config, int *ret_fd)
{
	struct sigaction action = { .sa_handler = on_stop_signal, .sa_flags = SA_RESTART };
	sigset_t none;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return err_set(ERR_TEMP, "eventfd: %s", strerror(errno));
	stop_eventfd = fd;
	stop_grace_seconds = (sig_atomic_t)(config->drain_ms / 1000 + 5);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	/* SIGHUP is the supervisor's; to a role alone it means nothing. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	*ret_fd = fd;
	return ERR_OK;
}

/* ---- what was inherited ---- */

/* The variable's value, taken out of the environment; NULL when it is not there. */
static char *
env_take(const char *name)
{
	const char *value = getenv(name);
	char *copy = value != NULL ? strdup(value) : NULL;

	unsetenv(name);
	return copy;
}

static int
env_take_int(const char *name)
{
	char *text = env_take(name);
	int value = text != NULL ? atoi(text) : -1;

	free(text);
	return value;
}

static void
close_on_exec(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static enum err
inherit_listeners(struct role_env *env)
{
	char *text = env_take(ROLE_ENV_FDS);
	struct span rest = span_str(text);
	enum err err = ERR_OK;

	while (err == ERR_OK && rest.len > 0) {
		uint64_t fd;

		if (env->listen_count == ROLE_LISTEN_MAX || !span_take_u64(&rest, INT32_MAX, &fd))
			err = err_set(ERR_SYNTAX, ROLE_ENV_FDS " is not a list of descriptors");
		else {
			close_on_exec((int)fd);
			env->listen_fds[env->listen_count++] = (int)fd;
			span_take_byte(&rest, ',');
		}
	}
	free(text);
	return err;
}

static enum err
open_listeners(enum role_id id, struct role_env *env)
{
	const struct setting_list *endpoints = role_endpoints(id, env->config);

	for (size_t i = 0; endpoints != NULL && i < endpoints->count; i++) {
		if (env->listen_count == ROLE_LISTEN_MAX)
			return err_set(
			    ERR_LIMIT, "more than %u addresses to listen on", ROLE_LISTEN_MAX);
		TRY(listen_open(endpoints->items[i], &env->listen_fds[env->listen_count]));
		env->listen_count++;
	}
	return ERR_OK;
}

static enum err
inherit_metrics(void)
{
	char *text = env_take(ROLE_ENV_METRICS);
	struct span rest = span_str(text);
	uint64_t fd, slot;
	bool ok = span_take_u64(&rest, INT32_MAX, &fd) && span_take_byte(&rest, ':') &&
	    span_take_u64(&rest, INT32_MAX, &slot);

	free(text);
	if (!ok)
		return ERR_OK; /* a role alone counts for itself */
	close_on_exec((int)fd);
	return metrics_attach((int)fd, (int)slot);
}

static void
tell_ready(void *ctx)
{
	int *fd = ctx;

	if (*fd < 0)
		return;
	if (write(*fd, "+", 1) != 1)
		log_line(
		    LOG_WARN, NULL, "role.ready", "the supervisor is gone: %s", strerror(errno));
	close(*fd);
	*fd = -1;
}

/* ---- user and restrictions ---- */

static enum err
become_user(const char *name)
{
	const struct passwd *user;

	if (name == NULL || name[0] == '\0' || geteuid() != 0)
		return ERR_OK;
	user = getpwnam(name);
	if (user == NULL)
		return err_set(ERR_NOT_FOUND, "there is no user %s (serve.user)", name);
	if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
	    setuid(user->pw_uid) != 0)
		return err_set(ERR_DENIED, "cannot become user %s: %s", name, strerror(errno));
	return ERR_OK;
}

/*
 * No privilege may be gained any more, and no memory with keys in it is written to a core file. The
 * death signal is asked for after the change of user, which would clear it (prctl(2)).
 */
static enum err
restrict_process(int supervisor_pid)
{
	const struct rlimit none = { 0, 0 };

	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(ERR_TEMP, "no_new_privs: %s", strerror(errno));
	if (supervisor_pid > 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		if (getppid() != supervisor_pid)
			return err_set(ERR_TEMP, "the supervisor is gone");
	}
	return ERR_OK;
}

static enum err
run(const char *config_path, enum role_id id)
{
	CLEANUP(config_free) struct config *config = NULL;
	int ready_fd = env_take_int(ROLE_ENV_READY);
	int config_fd = env_take_int(ROLE_ENV_CONFIG);
	int supervisor_pid = env_take_int(ROLE_ENV_SUPERVISOR);
	bool inherited = getenv(ROLE_ENV_FDS) != NULL;
	struct role_env env = { .ready = tell_ready, .ctx = &ready_fd };

	close_on_exec(ready_fd);
	TRY(config_fd >= 0 ? config_text_load_fd(config_path, config_fd, &config)
			   : config_load(config_path, &config));
	log_init(roles[id].name, (enum log_level)config->log_level, (enum log_form)config->log_form,
	    STDERR_FILENO);
	env.config = config;
	TRY(stop_prepare(config, &env.stop_fd));
	TRY(inherit_metrics());
	TRY(inherited ? inherit_listeners(&env) : open_listeners(id, &env));
	TRY(become_user(config->user));
	TRY(restrict_process(supervisor_pid));
	log_line(LOG_INFO, NULL, "role.start", "process %d", (int)getpid());
	TRY(roles[id].run(&env));
	log_line(LOG_INFO, NULL, "role.stop", "process %d", (int)getpid());
	for (size_t i = 0; i < env.listen_count; i++)
		close(env.listen_fds[i]);
	return ERR_OK;
}

int
role_main(const char *config_path, enum role_id id)
{
	enum err err;

	log_init(roles[id].name, LOG_INFO, LOG_FORM_AUTO, STDERR_FILENO);
	err = run(config_path, id);
	if (err != ERR_OK) {
		log_err(LOG_ERROR, NULL, "role.failed", err);
		return 1;
	}
	return 0;
}
