/*
 * store/owner.h - who holds claims: a process with a locked file in run_dir.
 *
 * The lock goes with the process, however it ends. The file's name is the owner's number; it is removed when
 * its claims are free again.
 */
#ifndef SECUDOC_STORE_OWNER_H
#define SECUDOC_STORE_OWNER_H

#include "store/queue.h"
#include "store/store_int.h"

int64_t owner_id(const struct store_owner *o);
/* owner_gone() - true when nobody holds its lock; a file that cannot be looked at counts as held. */
bool owner_gone(struct store *st, int64_t id);
void owner_forget(struct store *st, int64_t id); /* removes the file of one that is gone */

/*
 * Claims that stand in the database under this owner while nobody works on them: a commit whose outcome is
 * unknown, or giving back that went wrong. Its lock is held, so recovering would never free them.
 *
 * owner_lock() is held around each commit that claims or gives back together with the note of what it left,
 * so that a note never speaks of a copy that was claimed anew since.
 */
void owner_lock(struct store_owner *o);
void owner_unlock(struct store_owner *o);
/* with the lock held: */
void owner_stray_add(struct store_owner *o, const int64_t *copy_ids, size_t count);
/* owner_strays() - the copies, borrowed until the next call. */
const int64_t *owner_strays(const struct store_owner *o, size_t *ret_count);
void owner_strays_clear(struct store_owner *o);

#endif
