/*
 * cli/monitor.h - /healthz and /metrics of the supervisor.
 *
 * A thread of net/http_monitor answers; the supervisor's loop tells it the state through one atomic word, so
 * that a probe gets its answer also while the loop is busy.
 */
#ifndef SECUDOC_CLI_MONITOR_H
#define SECUDOC_CLI_MONITOR_H

#include "core/err.h"
#include "net/http_monitor.h"

#include <stdatomic.h>
#include <stdbool.h>

struct monitor {
	struct http_monitor *http;
	struct http_monitor_page pages[2];
	_Atomic unsigned wanted; /* bits by enum role_id */
	_Atomic unsigned ready;
	_Atomic bool stopping;
};

/* monitor_start() - listen_fd is borrowed; -1: there is no monitor, and that is fine. */
MUST_USE enum err monitor_start(struct monitor *m, int listen_fd);
void monitor_stop(struct monitor *m);
/* monitor_health() - 200 when all wanted roles are ready and we are not stopping, else 503. */
void monitor_health(struct monitor *m, unsigned wanted, unsigned ready, bool stopping);

#endif
