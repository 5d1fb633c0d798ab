/*
 * connector/queue.c - a lane for each tenant; workers go round the lanes.
 */
#include "connector/queue.h"

#include "connector/backoff.h"
#include "core/clock.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct item {
	void *what;
	struct item *next;
};

struct lane {
	int64_t tenant_id;
	struct throttle throttle;
	struct item *first, **end;
	unsigned waiting, working;
};

struct queue {
	struct queue_opts opts;
	pthread_mutex_t lock;
	pthread_cond_t change; /* for workers */
	int fd;                /* for the dispatcher */
	struct lane **lanes;
	size_t lane_count, lane_size;
	size_t turn; /* the lane that is asked first */
	unsigned waiting;
	int64_t *skip; /* lane_size long */
	bool stopped;
};

static void
notify(struct queue *q)
{
	uint64_t one = 1;

	/* a full counter is as readable as one that was just raised */
	if (write(q->fd, &one, sizeof(one)) < 0)
		return;
}

static enum err
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int bad;

	if (pthread_condattr_init(&attr) != 0)
		return ERR_TEMP;
	bad = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(cond, &attr) != 0;
	pthread_condattr_destroy(&attr);
	return bad ? ERR_TEMP : ERR_OK;
}

enum err
queue_new(const struct queue_opts *opts, struct queue **ret)
{
	struct queue *q = calloc(1, sizeof(*q));

	assert(opts->threads > 0 && opts->per_tenant > 0);
	if (q == NULL)
		return err_set(ERR_TEMP, "no memory for the work queue");
	q->opts = *opts;
	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->fd < 0 || pthread_mutex_init(&q->lock, NULL) != 0 ||
	    cond_init(&q->change) != ERR_OK) {
		if (q->fd >= 0)
			close(q->fd);
		free(q);
		return err_set(ERR_TEMP, "no event or lock for the work queue");
	}
	*ret = q;
	return ERR_OK;
}

void
queue_free(struct queue **q)
{
	if (*q == NULL)
		return;
	assert((*q)->waiting == 0);
	for (size_t i = 0; i < (*q)->lane_count; i++)
		free((*q)->lanes[i]);
	free((*q)->lanes);
	free((*q)->skip);
	pthread_cond_destroy(&(*q)->change);
	pthread_mutex_destroy(&(*q)->lock);
	close((*q)->fd);
	free(*q);
	*q = NULL;
}

int
queue_fd(const struct queue *q)
{
	return q->fd;
}

void
queue_fd_drain(struct queue *q)
{
	uint64_t count;

	if (read(q->fd, &count, sizeof(count)) < 0)
		return; /* nothing there */
}

/* --- lanes, under the lock --- */

static struct lane *
lane_find(struct queue *q, int64_t tenant_id)
{
	for (size_t i = 0; i < q->lane_count; i++)
		if (q->lanes[i]->tenant_id == tenant_id)
			return q->lanes[i];
	return NULL;
}

static enum err
lanes_grow(struct queue *q)
{
	size_t size = q->lane_size > 0 ? q->lane_size * 2 : 16;
	struct lane **lanes;
	int64_t *skip;

	if (q->lane_count < q->lane_size)
		return ERR_OK;
	skip = realloc(q->skip, size * sizeof(*skip));
	if (skip == NULL)
		return err_set(ERR_TEMP, "no memory for %zu tenants", size);
	q->skip = skip;
	lanes = realloc(q->lanes, size * sizeof(*lanes)); /* NOLINT(bugprone-sizeof-expression) */
	if (lanes == NULL)
		return err_set(ERR_TEMP, "no memory for %zu tenants", size);
	q->lanes = lanes;
	q->lane_size = size;
	return ERR_OK;
}

static enum err
lane_get(struct queue *q, int64_t tenant_id, struct lane **ret)
{
	struct lane *l = lane_find(q, tenant_id);

	if (l == NULL) {
		TRY(lanes_grow(q));
		l = calloc(1, sizeof(*l));
		if (l == NULL)
			return err_set(ERR_TEMP, "no memory for a tenant");
		l->tenant_id = tenant_id;
		l->end = &l->first;
		throttle_init(
		    &l->throttle, q->opts.per_tenant, q->opts.pause_min_ms, q->opts.pause_max_ms);
		q->lanes[q->lane_count++] = l;
	}
	*ret = l;
	return ERR_OK;
}

static void *
lane_pop(struct queue *q, struct lane *l)
{
	struct item *item = l->first;
	void *what = item->what;

	l->first = item->next;
	if (l->first == NULL)
		l->end = &l->first;
	l->waiting--;
	q->waiting--;
	free(item);
	return what;
}

/* --- dispatcher --- */

size_t
queue_room(struct queue *q, const int64_t **ret_skip, size_t *ret_skip_count, int64_t *ret_wait_ms)
{
	int64_t now = clock_mono_ms(), wait = -1;
	size_t room, count = 0, ready = 0;

	pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < q->lane_count; i++) {
		struct lane *l = q->lanes[i];
		int64_t left = l->throttle.paused_until_ms - now;
		unsigned limit = throttle_limit(&l->throttle, now);

		if (left > 0 && (wait < 0 || left < wait))
			wait = left;
		/* what may not be served now must not keep the others' work out (T10) */
		ready += l->waiting < limit ? l->waiting : limit;
		if (l->waiting >= limit)
			q->skip[count++] = l->tenant_id;
	}
	/*
	 * As much again as is in work, so that no worker waits for a commit; and not before half of
	 * it is gone, so that a commit brings more than one.
	 */
	room = ready <= q->opts.threads / 2 ? q->opts.threads - ready : 0;
	pthread_mutex_unlock(&q->lock);
	*ret_skip = q->skip;
	*ret_skip_count = count;
	*ret_wait_ms = wait;
	return room;
}

enum err
queue_put(struct queue *q, int64_t tenant_id, void *what)
{
	struct item *item = calloc(1, sizeof(*item));
	struct lane *l;
	enum err err;

	if (item == NULL)
		return err_set(ERR_TEMP, "no memory for a claim");
	item->what = what;
	pthread_mutex_lock(&q->lock);
	err = lane_get(q, tenant_id, &l);
	if (err == ERR_OK) {
		*l->end = item;
		l->end = &item->next;
		l->waiting++;
		q->waiting++;
		pthread_cond_signal(&q->change);
	}
	pthread_mutex_unlock(&q->lock);
	if (err != ERR_OK)
		free(item);
	return err;
}

void
queue_stop(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->stopped = true;
	pthread_cond_broadcast(&q->change);
	pthread_mutex_unlock(&q->lock);
}

void *
queue_take_rest(struct queue *q)
{
	void *what = NULL;

	pthread_mutex_lock(&q->lock);
	assert(q->stopped);
	for (size_t i = 0; i < q->lane_count && what == NULL; i++)
		if (q->lanes[i]->waiting > 0)
			what = lane_pop(q, q->lanes[i]);
	pthread_mutex_unlock(&q->lock);
	return what;
}

/* --- workers --- */

/*
 * The next lane in turn that has an item and may be served; *ret_pause_ms: when one may that has
 * to pause.
 */
static struct lane *
lane_next(struct queue *q, int64_t now, int64_t *ret_pause_ms)
{
	*ret_pause_ms = -1;
	for (size_t i = 0; i < q->lane_count; i++) {
		size_t at = (q->turn + i) % q->lane_count;
		struct lane *l = q->lanes[at];
		int64_t left = l->throttle.paused_until_ms - now;

		if (l->waiting == 0)
			continue;
		if (left > 0) {
			if (*ret_pause_ms < 0 || left < *ret_pause_ms)
				*ret_pause_ms = left;
			continue;
		}
		if (l->working >= throttle_limit(&l->throttle, now))
			continue;
		q->turn = at + 1;
		return l;
	}
	return NULL;
}

static void
wait_for_change(struct queue *q, int64_t max_ms)
{
	struct timespec until;

	if (max_ms < 0) {
		pthread_cond_wait(&q->change, &q->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += max_ms / 1000;
	until.tv_nsec += (long)(max_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&q->change, &q->lock, &until);
}

void *
queue_take(struct queue *q, int64_t *ret_tenant_id)
{
	struct lane *l = NULL;
	void *what = NULL;

	pthread_mutex_lock(&q->lock);
	while (!q->stopped) {
		int64_t pause_ms;

		l = lane_next(q, clock_mono_ms(), &pause_ms);
		if (l != NULL)
			break;
		wait_for_change(q, pause_ms);
	}
	if (!q->stopped && l != NULL) {
		*ret_tenant_id = l->tenant_id;
		l->working++;
		what = lane_pop(q, l);
	}
	pthread_mutex_unlock(&q->lock);
	if (what != NULL)
		notify(q);
	return what;
}

void
queue_done(struct queue *q, int64_t tenant_id, enum queue_done how)
{
	struct lane *l;

	pthread_mutex_lock(&q->lock);
	l = lane_find(q, tenant_id);
	assert(l != NULL && l->working > 0);
	l->working--;
	if (how == QUEUE_DONE_OK)
		throttle_succeeded(&l->throttle);
	if (how == QUEUE_DONE_REFUSED)
		throttle_refused(&l->throttle, clock_mono_ms());
	pthread_cond_broadcast(&q->change);
	pthread_mutex_unlock(&q->lock);
	notify(q);
}
