/*
 * store/writer.c - group commit.
 */
#include "store/writer.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "store/limits.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct job {
	struct job *next;
	writer_job *run;
	void *arg;
	enum err err;
	bool done;
	pthread_cond_t wake;
	char note[512]; /* notes are a thread's own: carried over by hand */
};

struct writer {
	struct db_conn *conn;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t work;
	struct job *first, **last;
	bool stop;
	struct store_stats stats;
};

static void
fail(struct job *j, enum err err)
{
	j->err = err;
	(void)snprintf(j->note, sizeof(j->note), "%s", err_note());
}

/* run_one() - false: the database threw the whole transaction away. */
static bool
run_one(struct db_conn *c, struct job *j)
{
	enum err err = db_savepoint(c);

	if (err == ERR_OK) {
		err = j->run(c, j->arg);
		if (err == ERR_OK && db_in_transaction(c))
			err = db_release(c);
		if (err != ERR_OK) {
			fail(j, err);
			db_rollback_savepoint(c);
		}
	} else {
		fail(j, err);
	}
	return db_in_transaction(c);
}

/* fail_rest() - all jobs that have not failed by themselves share what became of the transaction. */
static void
fail_rest(struct job *batch, enum err err)
{
	for (struct job *j = batch; j != NULL; j = j->next)
		if (j->err == ERR_OK)
			fail(j, err);
}

static void
run_batch(struct db_conn *c, struct job *batch)
{
	enum err err = db_begin(c);

	if (err != ERR_OK) {
		fail_rest(batch, err);
		return;
	}
	for (struct job *j = batch; j != NULL; j = j->next) {
		if (run_one(c, j))
			continue;
		fail_rest(batch,
		    err_set(ERR_TEMP, "transaction was undone by the database: %s", j->note));
		return;
	}
	err = db_commit(c);
	if (err != ERR_OK)
		fail_rest(batch, err);
}

/* take_batch() - called with the lock held. */
static struct job *
take_batch(struct writer *w, size_t *ret_count)
{
	struct job *batch = w->first, *end = batch;
	size_t n = 1;

	while (n < STORE_BATCH_MAX && end->next != NULL) {
		end = end->next;
		n++;
	}
	w->first = end->next;
	if (w->first == NULL)
		w->last = &w->first;
	end->next = NULL;
	*ret_count = n;
	return batch;
}

static void
finish_batch(struct writer *w, struct job *batch, size_t count, int64_t ms)
{
	struct job *next;
	bool failed = false;

	for (struct job *j = batch; j != NULL; j = next) {
		next = j->next; /* j is gone once its owner sees done */
		failed = failed || j->err == ERR_TEMP || j->err == ERR_UNCERTAIN;
		j->done = true;
		(void)pthread_cond_signal(&j->wake);
	}
	metric_add(METRIC_STORE_COMMITS, 1);
	metric_add(METRIC_STORE_JOBS, (int64_t)count);
	metric_time_ms(METRIC_STORE_COMMIT_SECONDS, ms);
	w->stats.commits++;
	w->stats.jobs += count;
	w->stats.commit_failures += failed;
	w->stats.commit_ms_total += (uint64_t)ms;
	if (count > w->stats.largest_batch)
		w->stats.largest_batch = count;
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		struct job *batch;
		int64_t start;
		size_t count;

		while (w->first == NULL && !w->stop)
			(void)pthread_cond_wait(&w->work, &w->lock);
		if (w->first == NULL)
			break;
		batch = take_batch(w, &count);
		(void)pthread_mutex_unlock(&w->lock);
		start = clock_mono_ms();
		run_batch(w->conn, batch);
		(void)pthread_mutex_lock(&w->lock);
		finish_batch(w, batch, count, clock_mono_ms() - start);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

enum err
writer_new(struct db_conn *conn, struct writer **ret)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		db_close(&conn);
		return err_set(ERR_TEMP, "no memory for the writer");
	}
	w->conn = conn;
	w->last = &w->first;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->work, NULL);
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
		db_close(&w->conn);
		free(w);
		return err_set(ERR_TEMP, "no thread for the writer");
	}
	*ret = w;
	return ERR_OK;
}

void
writer_free(struct writer **w)
{
	if (*w == NULL)
		return;
	(void)pthread_mutex_lock(&(*w)->lock);
	(*w)->stop = true;
	(void)pthread_cond_signal(&(*w)->work);
	(void)pthread_mutex_unlock(&(*w)->lock);
	(void)pthread_join((*w)->thread, NULL);
	db_close(&(*w)->conn);
	(void)pthread_cond_destroy(&(*w)->work);
	(void)pthread_mutex_destroy(&(*w)->lock);
	free(*w);
	*w = NULL;
}

enum err
writer_run(struct writer *w, writer_job *run, void *arg)
{
	struct job j = { .run = run, .arg = arg };

	(void)pthread_cond_init(&j.wake, NULL);
	(void)pthread_mutex_lock(&w->lock);
	assert(!w->stop);
	*w->last = &j;
	/* cppcheck-suppress autoVariables ; taken off the list before this returns */
	w->last = &j.next;
	(void)pthread_cond_signal(&w->work);
	while (!j.done)
		(void)pthread_cond_wait(&j.wake, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_cond_destroy(&j.wake);
	if (j.err != ERR_OK)
		return err_set(j.err, "%s", j.note);
	return ERR_OK;
}

void
writer_stats(struct writer *w, struct store_stats *ret)
{
	(void)pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	(void)pthread_mutex_unlock(&w->lock);
}
