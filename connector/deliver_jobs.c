/*
 * connector/deliver_jobs.c - timed jobs, each safe to repeat after any crash (store/store.h).
 */
#include "connector/deliver_jobs.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"

#include <poll.h>

static bool
stopping(const struct deliver_env *env)
{
	struct pollfd fd = { .fd = env->stop_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static void
recover(const struct deliver_env *env)
{
	uint64_t freed = 0;
	enum err err = store_queue_recover(env->store, &freed);

	if (err != ERR_OK)
		log_err(LOG_ERROR, NULL, "queue-recover", err);
	else if (freed > 0) {
		log_line(LOG_WARN, NULL, "queue-recover", "%llu copies of a process that is gone",
		    (unsigned long long)freed);
		store_wake(env->store);
	}
}

/* Expired links lose their keys, delivered mails their containers, old rows and stray files go. */
static void
housekeep(const struct deliver_env *env)
{
	bool more = true;

	while (more && !stopping(env)) {
		struct store_housekeeping did = { 0 };
		enum err err = store_housekeeping(env->store, &did, &more);

		if (err != ERR_OK) {
			log_err(LOG_ERROR, NULL, "housekeeping", err);
			return;
		}
		metric_add(METRIC_TRANSFERS_EXPIRED, (int64_t)did.expired);
		if (did.expired + did.erased + did.forgotten + did.swept > 0)
			log_line(LOG_INFO, NULL, "housekeeping",
			    "%llu links expired, %llu keys erased, %llu rows forgotten, %llu files swept",
			    (unsigned long long)did.expired, (unsigned long long)did.erased,
			    (unsigned long long)did.forgotten, (unsigned long long)did.swept);
	}
}

void
deliver_jobs_run(const struct deliver_env *env)
{
	recover(env);
	housekeep(env);
}

void
deliver_tidy_run(const struct deliver_env *env)
{
	struct store_queue_stats stats;
	int64_t age_ms;

	pool_tidy(env->pool);
	if (store_queue_stats(env->store, &stats) != ERR_OK)
		return;
	age_ms = stats.oldest_received_ms != 0 ? clock_now_ms() - stats.oldest_received_ms : 0;
	metric_set(METRIC_QUEUE_COPIES, (int64_t)(stats.queued + stats.claimed));
	metric_set(METRIC_QUEUE_OLDEST_SECONDS, age_ms / 1000);
}

void *
deliver_jobs_thread(void *arg)
{
	const struct deliver_env *env = arg;
	int64_t next_jobs = 0;

	while (!stopping(env)) {
		struct pollfd fd = { .fd = env->stop_fd, .events = POLLIN };

		if (clock_mono_ms() >= next_jobs) {
			deliver_jobs_run(env);
			next_jobs = clock_mono_ms() + DELIVER_JOBS_EVERY_MS;
		}
		deliver_tidy_run(env);
		(void)poll(&fd, 1, DELIVER_TIDY_EVERY_MS);
	}
	return NULL;
}
