/*
 * tests/connector/test_queue.c - who is served next: turns, limits, pauses, stop (T10).
 */
#include "connector/queue.h"
#include "core/clock.h"
#include "support/unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic int64_t now_ms;

static int64_t
frozen(void)
{
	return atomic_load(&now_ms);
}

static int
freeze(void **state)
{
	static const struct clock_source source = { frozen, frozen };

	(void)state;
	atomic_store(&now_ms, 1000000);
	clock_replace(&source);
	return 0;
}

static int
thaw(void **state)
{
	(void)state;
	clock_replace(NULL);
	return 0;
}

static struct queue *
make(unsigned threads, unsigned per_tenant)
{
	const struct queue_opts opts = { .threads = threads,
		.per_tenant = per_tenant,
		.pause_min_ms = 1000,
		.pause_max_ms = 60000 };
	struct queue *q;

	assert_ok(queue_new(&opts, &q));
	return q;
}

/* Items are numbers that are pointers. */
static char items[1000];

static void
put(struct queue *q, int64_t tenant, int count)
{
	static size_t next;

	for (int i = 0; i < count; i++)
		assert_ok(queue_put(q, tenant, &items[next++ % sizeof(items)]));
}

static void
end(struct queue *q)
{
	queue_stop(q);
	while (queue_take_rest(q) != NULL)
		;
	queue_free(&q);
}

static bool
skipped(struct queue *q, int64_t tenant, size_t *ret_room, int64_t *ret_wait)
{
	const int64_t *skip;
	size_t count;
	bool found = false;

	*ret_room = queue_room(q, &skip, &count, ret_wait);
	for (size_t i = 0; i < count; i++)
		found = found || skip[i] == tenant;
	return found;
}

static void
test_turns(void **state)
{
	struct queue *q = make(16, 8);
	int64_t tenant, order[6];

	(void)state;
	put(q, 1, 6); /* a long queue that was there first */
	put(q, 2, 1);
	put(q, 3, 1);
	for (int i = 0; i < 6; i++) {
		assert_non_null(queue_take(q, &tenant));
		order[i] = tenant;
		queue_done(q, tenant, QUEUE_DONE_OK);
	}
	assert_int_equal(order[0], 1);
	assert_int_equal(order[1], 2);
	assert_int_equal(order[2], 3);
	assert_int_equal(order[3], 1);
	end(q);
}

static void
test_order_within_a_tenant(void **state)
{
	struct queue *q = make(16, 8);
	int64_t tenant;

	(void)state;
	assert_ok(queue_put(q, 1, &items[5]));
	assert_ok(queue_put(q, 1, &items[6]));
	assert_ok(queue_put(q, 1, &items[7]));
	for (int i = 5; i <= 7; i++) {
		assert_ptr_equal(queue_take(q, &tenant), &items[i]);
		queue_done(q, tenant, QUEUE_DONE_NEITHER);
	}
	end(q);
}

struct taker {
	struct queue *q;
	int64_t tenant;
	atomic_bool got;
};

static void *
take_one(void *arg)
{
	struct taker *t = arg;

	if (queue_take(t->q, &t->tenant) != NULL)
		atomic_store(&t->got, true);
	return NULL;
}

/* A tenant at its limit waits; another one's item gets past. */
static void
test_limit(void **state)
{
	struct queue *q = make(16, 2);
	struct taker taker = { .q = q };
	int64_t tenant;
	pthread_t thread;

	(void)state;
	put(q, 1, 3);
	assert_non_null(queue_take(q, &tenant));
	assert_non_null(queue_take(q, &tenant));
	assert_int_equal(tenant, 1);
	put(q, 2, 1);
	assert_non_null(queue_take(q, &tenant));
	assert_int_equal(tenant, 2);
	queue_done(q, 2, QUEUE_DONE_OK);

	assert_int_equal(pthread_create(&thread, NULL, take_one, &taker), 0);
	queue_done(q, 1, QUEUE_DONE_OK); /* makes room: the third may go */
	pthread_join(thread, NULL);
	assert_true(atomic_load(&taker.got));
	assert_int_equal(taker.tenant, 1);
	queue_done(q, 1, QUEUE_DONE_OK);
	queue_done(q, 1, QUEUE_DONE_OK);
	end(q);
}

static void
test_refusal_pauses_one_tenant(void **state)
{
	struct queue *q = make(16, 4);
	int64_t tenant, wait;
	size_t room;

	(void)state;
	put(q, 1, 2);
	put(q, 2, 1);
	assert_non_null(queue_take(q, &tenant));
	assert_int_equal(tenant, 1);
	assert_false(skipped(q, 1, &room, &wait));
	assert_int_equal(wait, -1);
	queue_done(q, 1, QUEUE_DONE_REFUSED);
	assert_true(skipped(q, 1, &room, &wait));
	assert_false(skipped(q, 2, &room, &wait));
	assert_int_equal(wait, 1000);

	assert_non_null(queue_take(q, &tenant));
	assert_int_equal(tenant, 2);
	queue_done(q, 2, QUEUE_DONE_OK);

	atomic_fetch_add(&now_ms, 1000);
	assert_false(skipped(q, 1, &room, &wait));
	assert_non_null(queue_take(q, &tenant));
	assert_int_equal(tenant, 1);
	queue_done(q, 1, QUEUE_DONE_OK);
	end(q);
}

static void
test_room(void **state)
{
	struct queue *q = make(8, 4);
	int64_t tenant, wait;
	size_t room;

	(void)state;
	assert_false(skipped(q, 1, &room, &wait));
	assert_int_equal(room, 8);
	put(q, 1, 4);
	assert_true(skipped(q, 1, &room, &wait)); /* as many wait as may be served */
	assert_int_equal(room, 4);
	put(q, 2, 1);
	assert_false(skipped(q, 2, &room, &wait));
	assert_int_equal(room, 0); /* not before half of it is gone */
	assert_non_null(queue_take(q, &tenant));
	(void)skipped(q, 1, &room, &wait);
	assert_int_equal(room, 4);
	queue_done(q, tenant, QUEUE_DONE_OK);
	end(q);
}

/* What waits for a tenant in a pause takes no room from the others, however many such tenants are. */
static void
test_paused_tenants_take_no_room(void **state)
{
	struct queue *q = make(8, 4);
	int64_t tenant, wait;
	size_t room;

	(void)state;
	for (int64_t t = 1; t <= 3; t++) {
		put(q, t, 5);
		assert_non_null(queue_take(q, &tenant));
		assert_int_equal(tenant, t);
		queue_done(q, t, QUEUE_DONE_REFUSED);
		assert_true(skipped(q, t, &room, &wait));
	}
	assert_false(skipped(q, 4, &room, &wait));
	assert_int_equal(room, 8);
	put(q, 4, 5);
	(void)skipped(q, 4, &room, &wait);
	assert_int_equal(room, 4); /* more than the tenant may have in work counts for nothing */
	atomic_fetch_add(&now_ms, 1000); /* the pauses are over: six more may go */
	(void)skipped(q, 4, &room, &wait);
	assert_int_equal(room, 0);
	end(q);
}

static void
test_dispatcher_is_woken(void **state)
{
	struct queue *q = make(8, 4);
	struct pollfd fd = { .fd = queue_fd(q), .events = POLLIN };
	int64_t tenant;

	(void)state;
	put(q, 1, 1);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_non_null(queue_take(q, &tenant));
	assert_int_equal(poll(&fd, 1, 0), 1);
	queue_fd_drain(q);
	assert_int_equal(poll(&fd, 1, 0), 0);
	queue_done(q, 1, QUEUE_DONE_OK);
	assert_int_equal(poll(&fd, 1, 0), 1);
	queue_fd_drain(q);
	queue_fd_drain(q); /* nothing there is fine */
	end(q);
}

static void
test_stop(void **state)
{
	struct queue *q = make(8, 4);
	struct taker takers[3];
	pthread_t threads[3];
	int64_t tenant;

	(void)state;
	for (int i = 0; i < 3; i++) {
		takers[i] = (struct taker){ .q = q };
		assert_int_equal(pthread_create(&threads[i], NULL, take_one, &takers[i]), 0);
	}
	queue_stop(q);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_false(atomic_load(&takers[i].got));
	}
	put(q, 1, 2);
	put(q, 2, 1);
	assert_null(queue_take(q, &tenant));
	assert_non_null(queue_take_rest(q));
	assert_non_null(queue_take_rest(q));
	assert_non_null(queue_take_rest(q));
	assert_null(queue_take_rest(q));
	queue_free(&q);
}

static void
test_many_tenants(void **state)
{
	struct queue *q = make(600, 2);
	int64_t tenant;
	bool seen[501] = { false };

	(void)state;
	for (int64_t t = 1; t <= 500; t++)
		put(q, t, 1);
	for (int i = 0; i < 500; i++) {
		assert_non_null(queue_take(q, &tenant));
		assert_false(seen[tenant]);
		seen[tenant] = true;
		queue_done(q, tenant, QUEUE_DONE_OK);
	}
	end(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_order_within_a_tenant),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_refusal_pauses_one_tenant),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_paused_tenants_take_no_room),
		cmocka_unit_test(test_dispatcher_is_woken),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_many_tenants),
	};

	return cmocka_run_group_tests(tests, freeze, thaw);
}
