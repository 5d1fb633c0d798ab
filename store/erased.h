/*
 * store/erased.h - the list of destroyed message keys, beside the master key.
 *
 * Destroying goes in this order: the id is appended to keys_dir/erased and synced; the row loses its key, in
 * a commit that also notes how far the list has been followed; the bytes go. A crash or a failed commit in
 * between leaves the list ahead of the database, and the next erased_follow() catches up; so it does when a
 * backup has brought an old database back. The list is only appended to, inside the database's write lock.
 */
#ifndef SECUDOC_STORE_ERASED_H
#define SECUDOC_STORE_ERASED_H

#include "store/store_int.h"

/* erased_append() - inside a job. */
MUST_USE enum err erased_append(const char *keys_dir, const int64_t *ids, size_t count);
/*
 * erased_follow() - inside a job: every id behind the noted place loses its key. ERR_DENIED: the list is
 * shorter than what was followed before, so somebody has cut it.
 */
MUST_USE enum err erased_follow(struct db_conn *c, const char *keys_dir);

#endif
