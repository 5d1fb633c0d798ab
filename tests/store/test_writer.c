/*
 * tests/store/test_writer.c - group commit: many threads, one commit; one job's failure is its own.
 */
#include "faults.h"

#include "store/store_int.h"

#include <pthread.h>

#define THREADS 12
#define ROUNDS  20

struct worker {
	struct fix *f;
	int number;
	unsigned good, bad;
};

/* --- mails from many threads --- */

static void *
accept_many(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct fix_sent sent = { 0 };
		char key[32];

		(void)snprintf(key, sizeof(key), "%d-%d", w->number, i);
		if (fix_commit(w->f, w->f->receive,
			&(struct fix_mail){ .key = key,
			    .secure = i % 2 == 0,
			    .rcpts = 2,
			    .size = i % 7 == 0 ? 70000 : 300 },
			&sent) == ERR_OK &&
		    sent.done.new_count == 2)
			w->good++;
		else
			w->bad++;
	}
	return NULL;
}

static void *
deliver_many(void *arg)
{
	struct worker *w = arg;
	struct store_owner *o = NULL;

	if (store_owner_new(w->f->deliver, &o) != ERR_OK)
		return NULL;
	for (int i = 0; i < ROUNDS; i++)
		w->good += (unsigned)fix_deliver_all(w->f->deliver, o);
	store_owner_free(&o);
	return NULL;
}

static void
test_many_threads(void **state)
{
	struct worker in[THREADS], out[4];
	pthread_t in_threads[THREADS], out_threads[4];
	struct store_owner *o = NULL;
	struct store_stats stats;
	unsigned good = 0, delivered = 0;
	struct fix f;

	(void)state;
	fix_init(&f);
	(void)fix_receive(&f);
	(void)fix_deliver(&f);
	for (int i = 0; i < THREADS; i++) {
		in[i] = (struct worker){ &f, i, 0, 0 };
		assert_int_equal(pthread_create(&in_threads[i], NULL, accept_many, &in[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		out[i] = (struct worker){ &f, i, 0, 0 };
		assert_int_equal(pthread_create(&out_threads[i], NULL, deliver_many, &out[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(in_threads[i], NULL), 0);
		assert_int_equal(in[i].bad, 0);
		good += in[i].good;
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(out_threads[i], NULL), 0);
		delivered += out[i].good;
	}
	assert_int_equal(good, THREADS * ROUNDS);
	assert_ok(store_owner_new(f.deliver, &o));
	delivered += (unsigned)fix_deliver_all(f.deliver, o);
	store_owner_free(&o);
	/* secured ones are a copy a recipient; each was handed out once */
	assert_int_equal(delivered, good + good / 2);
	assert_int_equal(
	    sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'delivered'"), 2 * good);
	store_stats(f.receive, &stats);
	assert_true(stats.jobs >= good);
	assert_true(stats.largest_batch > 1);
	assert_true(stats.commits < stats.jobs);
	assert_int_equal(stats.commit_failures, 0);
	check_consistent(&f);
	fix_done(&f);
}

/* --- the same mail from many threads at once --- */

struct same {
	struct fix *f;
	_Atomic int *fresh;
	pthread_barrier_t *start;
};

static void *
accept_same(void *arg)
{
	struct same *s = arg;
	struct fix_sent sent = { 0 };

	(void)pthread_barrier_wait(s->start);
	if (fix_commit(s->f, s->f->receive, &(struct fix_mail){ .key = "the-same", .size = 70000 },
		&sent) == ERR_OK)
		atomic_fetch_add(s->fresh, (int)sent.done.new_count);
	return NULL;
}

static void
test_same_mail_at_once(void **state)
{
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	_Atomic int fresh = 0;
	struct same s;
	struct fix f;

	(void)state;
	fix_init(&f);
	(void)fix_receive(&f);
	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	s = (struct same){ &f, &fresh, &start };
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, accept_same, &s), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	(void)pthread_barrier_destroy(&start);
	assert_int_equal(fresh, 1);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail"), 1);
	fix_done(&f);
}

/* --- jobs and their failures --- */

struct note {
	const char *name;
	int64_t value;
	enum err answer;
};

static enum err
note_job(struct db_conn *c, void *arg)
{
	const struct note *n = arg;

	TRY(db_exec(c, STMT_COUNTER_SET, DB_ARGS(db_text(n->name), db_int(n->value)), NULL));
	if (n->answer != ERR_OK)
		return err_set(n->answer, "note of %lld", (long long)n->value);
	return ERR_OK;
}

static void *
fail_many(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct note n = { "erased", 1000 * w->number + i, ERR_LIMIT };
		char want[32];

		(void)snprintf(want, sizeof(want), "note of %lld", (long long)n.value);
		/* each thread gets the answer and the note of its own job */
		if (store_write(w->f->admin, note_job, &n) == ERR_LIMIT &&
		    strcmp(err_note(), want) == 0)
			w->good++;
	}
	return NULL;
}

static void *
succeed_many(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct note n = { "tenants", 1000 + i, ERR_OK };

		w->good += store_write(w->f->admin, note_job, &n) == ERR_OK;
	}
	return NULL;
}

static void
test_failures_are_ones_own(void **state)
{
	struct worker w[8];
	pthread_t threads[8];
	struct fix f;

	(void)state;
	fix_init(&f);
	for (int i = 0; i < 8; i++) {
		w[i] = (struct worker){ &f, i + 1, 0, 0 };
		assert_int_equal(
		    pthread_create(&threads[i], NULL, i % 2 == 0 ? fail_many : succeed_many, &w[i]),
		    0);
	}
	for (int i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(w[i].good, ROUNDS);
	}
	/* nothing of the failed ones is there, all of the others is */
	assert_int_equal(sql_int(&f, "SELECT value FROM counter WHERE name = 'erased'"), 0);
	assert_int_equal(
	    sql_int(&f, "SELECT value FROM counter WHERE name = 'tenants'"), 1000 + ROUNDS - 1);
	fix_done(&f);
}

static void
test_commit_failures(void **state)
{
	static const struct {
		unsigned fault;
		enum err want;
		int64_t value;
	} cases[] = {
		{ FAULT_BEGIN, ERR_TEMP, 0 },
		{ FAULT_STEP, ERR_TEMP, 0 },
		{ FAULT_COMMIT, ERR_TEMP, 0 },
		/* it did happen, but nobody could know */
		{ FAULT_COMMITTED, ERR_UNCERTAIN, 5 },
	};
	struct fix f;

	(void)state;
	fix_init(&f);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct note n = { "erased", 5, ERR_OK };

		fault_arm(cases[i].fault, 1, false);
		assert_int_equal(store_write(f.admin, note_job, &n), cases[i].want);
		assert_true(fault_disarm());
		assert_int_equal(
		    sql_int(&f, "SELECT value FROM counter WHERE name = 'erased'"), cases[i].value);
	}
	fix_done(&f);
}

/* --- many readers: more threads than connections --- */

static void *
read_many(void *arg)
{
	struct worker *w = arg;
	int64_t due;

	for (int i = 0; i < 10 * ROUNDS; i++)
		w->good += store_queue_next_due(w->f->deliver, &due) == ERR_OK;
	return NULL;
}

static void
test_readers(void **state)
{
	struct worker w[THREADS];
	pthread_t threads[THREADS];
	struct fix f;

	(void)state;
	fix_init(&f);
	(void)fix_deliver(&f);
	for (int i = 0; i < THREADS; i++) {
		w[i] = (struct worker){ &f, i, 0, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, read_many, &w[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(w[i].good, 10 * ROUNDS);
	}
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_same_mail_at_once),
		cmocka_unit_test(test_failures_are_ones_own),
		cmocka_unit_test(test_commit_failures),
		cmocka_unit_test(test_readers),
	};

	fault_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
