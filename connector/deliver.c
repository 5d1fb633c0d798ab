/*
 * connector/deliver.c - the role: set up, dispatch, drain.
 *
 * The dispatcher is the thread that called deliver_run(). It claims when there is reason to believe
 * that something is due (a wake-up, the next due time, a claim that was cut short), never by
 * polling the store.
 */
#include "connector/deliver.h"

#include "connector/deliver_copy.h"
#include "connector/deliver_int.h"
#include "connector/deliver_jobs.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/role.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CLAIM_MAX 64u /* store/queue.h's bound */
/*
 * After an error of the store, and as the longest sleep: a wake-up that got lost costs no more
 * than this.
 */
#define RETRY_MS     1000
#define SLEEP_MAX_MS 60000
#define SLEEP_MIN_MS 10 /* whatever the store says: no spinning */
#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 60000

struct worker {
	struct role *role;
	pthread_t thread;
};

struct role {
	struct deliver_env env;
	struct queue *queue;
	int wake_fd;
	struct worker *workers;
	size_t worker_count; /* started */
	long working;        /* not ended; under lock */
	pthread_mutex_t lock;
	pthread_t jobs;
	bool jobs_started;
	bool due; /* something may be due now */
};

/* --- workers --- */

static void
working_add(struct role *role, long n)
{
	pthread_mutex_lock(&role->lock);
	role->working += n;
	pthread_mutex_unlock(&role->lock);
}

static void *
worker_run(void *arg)
{
	struct worker *w = arg;
	struct role *role = w->role;
	struct store_claim *claim;
	int64_t tenant_id;

	while ((claim = queue_take(role->queue, &tenant_id)) != NULL) {
		enum queue_done done = deliver_copy(&role->env, claim);

		store_claim_free(&claim);
		queue_done(role->queue, tenant_id, done);
	}
	working_add(role, -1);
	return NULL;
}

static enum err
start_threads(struct role *role)
{
	size_t count = (size_t)role->env.config->deliver_threads;

	role->workers = calloc(count, sizeof(*role->workers));
	if (role->workers == NULL)
		return err_set(ERR_TEMP, "no memory for %zu threads", count);
	for (; role->worker_count < count; role->worker_count++) {
		struct worker *w = &role->workers[role->worker_count];

		w->role = role;
		working_add(role, 1);
		if (pthread_create(&w->thread, NULL, worker_run, w) != 0) {
			working_add(role, -1);
			return err_set(ERR_TEMP, "thread %zu of %zu cannot be started",
			    role->worker_count + 1, count);
		}
	}
	if (pthread_create(&role->jobs, NULL, deliver_jobs_thread, &role->env) != 0)
		return err_set(ERR_TEMP, "the thread for timed jobs cannot be started");
	role->jobs_started = true;
	return ERR_OK;
}

/* --- dispatching --- */

static void
release(struct role *role, struct store_claim *claim)
{
	enum err err = store_queue_release(role->env.store, role->env.owner, claim);

	if (err != ERR_OK)
		log_err(LOG_WARN, NULL, "deliver-release", err);
	store_claim_free(&claim);
}

/* One claim; *ret_again: there may be more that is due and for which there is room. */
static enum err
claim_some(struct role *role, size_t room, const int64_t *skip, size_t skip_count, bool *ret_again)
{
	struct store_claim *claims[CLAIM_MAX];
	const struct store_claim_opts opts = {
		.max = room < CLAIM_MAX ? room : CLAIM_MAX,
		.max_per_tenant = (size_t)role->env.config->deliver_connections_per_tenant,
		.skip_tenants = skip,
		.skip_count = skip_count,
	};
	size_t count = 0;

	TRY(store_queue_claim(
	    role->env.store, role->env.owner, clock_now_ms(), &opts, claims, &count));
	for (size_t i = 0; i < count; i++)
		if (queue_put(role->queue, claims[i]->tenant_id, claims[i]) != ERR_OK)
			release(role, claims[i]);
	/* fewer than any bound: that was all */
	*ret_again = count >= opts.max || count >= opts.max_per_tenant;
	return ERR_OK;
}

/*
 * dispatch() - claim while there is room and something due. Returns how long to sleep: until the
 * next due time, or until a tenant's pause is over; a worker's end wakes us anyway.
 */
static int64_t
dispatch(struct role *role)
{
	int64_t pause_ms = -1, due_ms = 0, now;
	bool again = role->due;

	while (again) {
		const int64_t *skip;
		size_t skip_count, room = queue_room(role->queue, &skip, &skip_count, &pause_ms);

		if (room == 0)
			return SLEEP_MAX_MS; /* still due; a worker will make room */
		enum err err = claim_some(role, room, skip, skip_count, &again);

		if (err != ERR_OK) {
			log_err(LOG_ERROR, NULL, "deliver-claim", err);
			return RETRY_MS;
		}
		/*
		 * nothing for those that may be served; something may be there for those that
		 * were left out
		 */
		if (!again && skip_count > 0)
			return pause_ms >= 0 ? pause_ms : SLEEP_MAX_MS;
	}
	role->due = false;
	if (store_queue_next_due(role->env.store, &due_ms) != ERR_OK) {
		role->due = true;
		return RETRY_MS;
	}
	now = clock_now_ms();
	if (due_ms != 0 && due_ms - now < SLEEP_MAX_MS) {
		role->due = true; /* by the time we wake up */
		return due_ms > now + SLEEP_MIN_MS ? due_ms - now : SLEEP_MIN_MS;
	}
	return SLEEP_MAX_MS;
}

static void
dispatch_until_stop(struct role *role)
{
	role->due = true;
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = role->env.stop_fd, .events = POLLIN },
			{ .fd = role->wake_fd, .events = POLLIN },
			{ .fd = queue_fd(role->queue), .events = POLLIN },
		};
		int64_t sleep_ms = dispatch(role);

		if (poll(fds, 3, (int)sleep_ms) == 0)
			role->due = true;
		if (fds[0].revents != 0)
			return;
		if (fds[1].revents != 0) {
			store_wake_drain(role->wake_fd);
			role->due = true;
		}
		if (fds[2].revents != 0)
			queue_fd_drain(role->queue);
	}
}

/* --- setting up and ending --- */

static enum err
open_role(struct role *role, const struct role_env *env)
{
	const struct config *c = env->config;
	const struct store_options options = store_options_of(c, STORE_DELIVER);
	int64_t retry_max = c->deliver_retry_max_ms > c->deliver_retry_min_ms
	    ? c->deliver_retry_max_ms
	    : c->deliver_retry_min_ms;
	const struct pool_opts pool = {
		.ca = c->deliver_ca,
		.connect_timeout_ms = c->deliver_connect_timeout_ms,
		.reply_timeout_ms = c->deliver_reply_timeout_ms,
		.idle_ms = c->deliver_idle_ms,
	};
	const struct queue_opts queue = {
		.threads = (unsigned)c->deliver_threads,
		.per_tenant = (unsigned)c->deliver_connections_per_tenant,
		.pause_min_ms =
		    c->deliver_retry_min_ms < PAUSE_MIN_MS ? c->deliver_retry_min_ms : PAUSE_MIN_MS,
		.pause_max_ms = retry_max < PAUSE_MAX_MS ? retry_max : PAUSE_MAX_MS,
	};
	struct pool_opts pool_opts = pool;

	role->env.config = c;
	role->env.stop_fd = env->stop_fd;
	role->env.hostname =
	    c->deliver_hostname[0] != '\0' ? c->deliver_hostname : c->smtp_hostname;
	role->env.rules =
	    (struct backoff_rules){ c->deliver_retry_min_ms, retry_max, c->deliver_give_up_ms };
	role->env.abort_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (role->env.abort_fd < 0)
		return err_set(ERR_TEMP, "event: %s", strerror(errno));
	pool_opts.hostname = role->env.hostname;
	pool_opts.interrupt_fd = role->env.abort_fd;
	TRY(store_open(&options, &role->env.store));
	TRY(store_owner_new(role->env.store, &role->env.owner));
	TRY(store_wake_listen(role->env.store, &role->wake_fd));
	TRY(pool_new(&pool_opts, &role->env.pool));
	return queue_new(&queue, &role->queue);
}

static bool
all_ended(struct role *role)
{
	bool ended;

	pthread_mutex_lock(&role->lock);
	ended = role->working == 0;
	pthread_mutex_unlock(&role->lock);
	return ended;
}

/*
 * drain() - workers finish what they have within the time for it, and are then broken off. A part
 * of serve.drain is kept back for writing down what was broken off.
 */
static void
drain(struct role *role)
{
	int64_t end = clock_mono_ms() + role->env.config->drain_ms * 3 / 4;
	uint64_t one = 1;
	struct store_claim *claim;

	if (role->queue == NULL)
		return;
	queue_stop(role->queue);
	while ((claim = queue_take_rest(role->queue)) != NULL)
		release(role, claim);
	while (!all_ended(role) && clock_mono_ms() < end) {
		struct pollfd fd = { .fd = queue_fd(role->queue), .events = POLLIN };

		(void)poll(&fd, 1, 100);
		queue_fd_drain(role->queue);
	}
	if (write(role->env.abort_fd, &one, sizeof(one)) < 0)
		log_line(LOG_ERROR, NULL, "deliver-abort", "%s", strerror(errno));
	for (size_t i = 0; i < role->worker_count; i++)
		pthread_join(role->workers[i].thread, NULL);
	if (role->jobs_started)
		pthread_join(role->jobs, NULL);
}

static void
close_role(struct role *role)
{
	free(role->workers);
	queue_free(&role->queue);
	pool_free(&role->env.pool);
	if (role->wake_fd >= 0)
		close(role->wake_fd);
	store_owner_free(&role->env.owner);
	store_close(&role->env.store);
	if (role->env.abort_fd >= 0)
		close(role->env.abort_fd);
	pthread_mutex_destroy(&role->lock);
}

enum err
deliver_run(const struct role_env *env)
{
	struct role role = { .wake_fd = -1, .env = { .abort_fd = -1 } };
	enum err err;

	if (pthread_mutex_init(&role.lock, NULL) != 0)
		return err_set(ERR_TEMP, "no lock");
	err = open_role(&role, env);
	if (err == ERR_OK)
		err = start_threads(&role);
	if (err == ERR_OK) {
		log_line(LOG_INFO, NULL, "deliver-ready", "%zu threads", role.worker_count);
		if (env->ready != NULL)
			env->ready(env->ctx);
		dispatch_until_stop(&role);
		log_line(LOG_INFO, NULL, "deliver-stop", "finishing what is under way");
	}
	drain(&role);
	close_role(&role);
	return err;
}
