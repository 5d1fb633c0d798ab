/*
 * connector/deliver_jobs.h - what the role does by the clock: expiry, sweeping, pruning, recovery,
 * gauges.
 */
#ifndef SECUDOC_CONNECTOR_DELIVER_JOBS_H
#define SECUDOC_CONNECTOR_DELIVER_JOBS_H

#include "connector/deliver_int.h"

#define DELIVER_JOBS_EVERY_MS 60000 /* links expire to the minute */
#define DELIVER_TIDY_EVERY_MS 2000  /* idle connections and gauges */

/*
 * deliver_jobs_run() - one round of the minute's work; every failure is logged, none ends
 * anything.
 */
void deliver_jobs_run(const struct deliver_env *env);
/* deliver_tidy_run() - one round of the second's work. */
void deliver_tidy_run(const struct deliver_env *env);
/* deliver_jobs_thread() - both, at their times, until env->stop_fd is readable; arg is the env. */
void *deliver_jobs_thread(void *arg);

#endif
