/*
 * connector/deliver_int.h - what the role's own files share.
 */
#ifndef SECUDOC_CONNECTOR_DELIVER_INT_H
#define SECUDOC_CONNECTOR_DELIVER_INT_H

#include "connector/backoff.h"
#include "connector/pool.h"
#include "connector/queue.h"
#include "core/config.h"
#include "store/queue.h"

/* Everything that workers and timed jobs work with; set up once, then only read. */
struct deliver_env {
	const struct config *config;
	const char *hostname;
	struct backoff_rules rules;
	struct store *store;
	struct store_owner *owner;
	struct pool *pool;
	int stop_fd;  /* readable: no new work */
	int abort_fd; /* readable: the time for finishing is over too */
};

#endif
