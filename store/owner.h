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

#endif
