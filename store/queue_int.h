/*
 * store/queue_int.h - parts of the queue that its files share.
 */
#ifndef SECUDOC_STORE_QUEUE_INT_H
#define SECUDOC_STORE_QUEUE_INT_H

#include "store/queue.h"
#include "store/store_int.h"

/*
 * copy_finished() - inside a job, after a copy became DONE: the mail has one copy less under way, and with
 * the last one it is held for its links, or done.
 */
MUST_USE enum err copy_finished(struct db_conn *c, int64_t tenant_id, int64_t mail_id);

/* What COPY_GET says, as it stands in the row. */
struct copy_row {
	struct store_claim plain; /* its numbers and reason; facts, recipients and arena unset */
	enum store_copy_state state;
	int64_t next_try_ms;
	struct span sealed_key, facts; /* empty: destroyed; memory of a */
};
MUST_USE enum err
copy_row_get(struct db_conn *c, int64_t copy_id, struct arena *a, struct copy_row *ret);

#endif
