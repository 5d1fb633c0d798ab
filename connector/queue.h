/*
 * connector/queue.h - claimed copies between the dispatcher and the workers, shared fairly.
 *
 * The dispatcher puts in what it claimed, workers take. Tenants take turns, and none has more
 * copies in work than its server bears (connector/backoff.h, struct throttle), so neither a long
 * queue nor a slow or dead server of one tenant keeps the others waiting (T10).
 *
 * The dispatcher sleeps in poll(); the queue's descriptor becomes readable when room was made. All
 * of this is one structure under one lock, because who may be served next depends on all of it.
 */
#ifndef SECUDOC_CONNECTOR_QUEUE_H
#define SECUDOC_CONNECTOR_QUEUE_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct queue_opts {
	unsigned threads;                   /* workers: copies in work at most */
	unsigned per_tenant;                /* of them for one tenant */
	int64_t pause_min_ms, pause_max_ms; /* after a refusal for being too many */
};

MUST_USE enum err queue_new(const struct queue_opts *opts, struct queue **ret);
/* queue_free() - nothing may be left in it. */
void queue_free(struct queue **q);
int queue_fd(const struct queue *q); /* readable: a copy was done, or a pause is over; borrowed */
void queue_fd_drain(struct queue *q);

/* --- dispatcher --- */

/*
 * queue_room() - how many more copies it is worth claiming now, and for which tenants none: those
 * in *ret_skip (*ret_skip_count of them, borrowed until the next call). *ret_wait_ms: when a pause
 * ends, from now; -1: none.
 */
size_t
queue_room(struct queue *q, const int64_t **ret_skip, size_t *ret_skip_count, int64_t *ret_wait_ms);
/* queue_put() - item belongs to the queue until it is taken. ERR_TEMP: not put. */
MUST_USE enum err queue_put(struct queue *q, int64_t tenant_id, void *item);
/* queue_stop() - workers get nothing more; what waits comes out of queue_take_rest(). */
void queue_stop(struct queue *q);
void *queue_take_rest(struct queue *q); /* NULL: empty */

/* --- workers --- */

/* queue_take() - waits for an item whose tenant may be served; NULL after queue_stop(). */
void *queue_take(struct queue *q, int64_t *ret_tenant_id);

enum queue_done {
	QUEUE_DONE_OK,      /* its server took it or had its reasons */
	QUEUE_DONE_REFUSED, /* its server wants less, or cannot be reached */
	QUEUE_DONE_NEITHER, /* says nothing about the server */
};
/* queue_done() - once for each item taken. */
void queue_done(struct queue *q, int64_t tenant_id, enum queue_done how);

#endif
