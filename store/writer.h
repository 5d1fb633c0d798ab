/*
 * store/writer.h - one thread that owns the writing connection: group commit.
 *
 * A job is a function that runs statements. Jobs that wait at the same time share one transaction, each in a
 * savepoint of its own: one that fails is undone alone. The caller sleeps until the commit that carries his
 * job is synced. Jobs run one at a time, in order of arrival.
 *
 * A job must not keep what it reads from the connection beyond its end, must not write to what its caller
 * sees on error, and may be run only once. Effects other than the database's must be safe to have happened
 * when the commit does not (the list of erased keys is).
 */
#ifndef SECUDOC_STORE_WRITER_H
#define SECUDOC_STORE_WRITER_H

#include "store/db.h"
#include "store/store.h"

struct writer;

typedef enum err writer_job(struct db_conn *c, void *arg);

MUST_USE enum err writer_new(struct db_conn *conn, struct writer **ret); /* conn is taken */
void writer_free(struct writer **w); /* what waits is still done */
/*
 * writer_run() - ERR_OK: committed. The job's own error: its changes are undone. ERR_TEMP: nothing happened.
 * ERR_UNCERTAIN: see store/store.h. The note is the caller's thread's.
 */
MUST_USE enum err writer_run(struct writer *w, writer_job *run, void *arg);
void writer_stats(struct writer *w, struct store_stats *ret);

#endif
