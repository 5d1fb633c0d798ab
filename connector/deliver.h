/*
 * connector/deliver.h - the role that sends mail out: from the store to the tenants' inbound
 * connectors.
 *
 * One dispatcher claims what is due, shares it fairly between tenants (connector/queue.h) and looks
 * after the timed jobs (connector/deliver_jobs.h); deliver.threads workers render and send
 * (connector/deliver_copy.h) over pooled connections (connector/pool.h). Roles meet only in the
 * store: a datagram in run_dir says that there is work, the queue's next due time says
 * when else.
 */
#ifndef SECUDOC_CONNECTOR_DELIVER_H
#define SECUDOC_CONNECTOR_DELIVER_H

#include "core/err.h"

struct role_env;

/*
 * deliver_run() - run the role until env->stop_fd becomes readable.
 *
 * Calls env->ready once the store is open and the wake-up socket stands. On stop nothing new is
 * claimed, claims not begun go back to the queue, and transactions under way may finish within
 * serve.drain; what then still runs is broken off and tried again by the next process.
 *
 * ERR_OK after an orderly stop; else the note says what could not be opened.
 */
MUST_USE enum err deliver_run(const struct role_env *env);

#endif
