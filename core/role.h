/*
 * core/role.h - what a role process is handed when it starts.
 *
 * The supervisor opens the listeners and starts one child a role; a role started alone gets the same
 * struct from the same code. Entry points block until they are told to stop and have drained:
 *
 *	enum err receive_run(const struct role_env *env);	connector/receive.h
 *	enum err deliver_run(const struct role_env *env);	connector/deliver.h
 *	enum err portal_run(const struct role_env *env);	portal/portal.h
 *
 * Stop: stop_fd becomes readable and stays so; it is only ever polled, never read, so that all threads
 * of a role may wait for it. From then on: accept nothing new, finish what is begun, return ERR_OK. Who
 * started the role ends the process when config->drain_ms has gone by.
 */
#ifndef SECUDOC_CORE_ROLE_H
#define SECUDOC_CORE_ROLE_H

#include "core/config.h"

#define ROLE_LISTEN_MAX 16u /* listeners of one role: two addresses a network card, and room */

struct role_env {
	const struct config *config; /* borrowed, outlives the run */
	int listen_fds
	    [ROLE_LISTEN_MAX]; /* bound, listening, close-on-exec; the caller closes them */
	size_t listen_count;
	int stop_fd;
	void (*ready)(void *ctx); /* the role calls it once, when it accepts; may be NULL */
	void *ctx;
};

#endif
