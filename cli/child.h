/*
 * cli/child.h - one child process of the supervisor: start, ready, stop, gone.
 */
#ifndef SECUDOC_CLI_CHILD_H
#define SECUDOC_CLI_CHILD_H

#include "cli/listeners.h"
#include "cli/roles.h"

#include <sys/types.h>

struct child {
	enum role_id role;
	pid_t pid;    /* 0: not running */
	int ready_fd; /* -1 once it told us or is gone */
	bool ready;
	int metrics_slot;
	int64_t started_ms; /* monotonic */
	int64_t kill_at_ms; /* told to stop; SIGKILL then. 0: was not told */
};

/* What each child of a generation inherits; all borrowed. */
struct child_legacy {
	const char *config_path;
	int config_fd;
	int metrics_fd;
	const struct listeners *listeners;
};

/* child_start() - fork and run this very program with --role. ERR_TEMP: no process, no descriptors. */
MUST_USE enum err
child_start(enum role_id role, const struct child_legacy *legacy, struct child *ret);
/* child_is_ready() - reads ready_fd without waiting; true from the moment the child accepts. */
bool child_is_ready(struct child *c);
/* child_stop() - SIGTERM now; child_kill_if_due() SIGKILL when grace_ms have gone by. */
void child_stop(struct child *c, int64_t grace_ms);
void child_kill_if_due(struct child *c, int64_t now_ms);
/* child_gone() - it was waited for: give its descriptors and its metrics slot back. */
void child_gone(struct child *c);

#endif
