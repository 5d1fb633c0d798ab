/*
 * store/sweep.h - bytes without a row.
 *
 * They are left by a crash between rename and commit, by a commit of unknown outcome that did not happen, and
 * by a mail whose key was destroyed. Only files of our own naming and older than sweep_age are looked at:
 * a younger one may belong to a commit that is under way.
 */
#ifndef SECUDOC_STORE_SWEEP_H
#define SECUDOC_STORE_SWEEP_H

#include "store/store_int.h"

/* sweep_folder() - folder 0..255 of containers, CONTAINER_FOLDERS for tmp. Adds to *swept. */
MUST_USE enum err sweep_folder(struct store *st, unsigned folder, int64_t now_ms, uint64_t *swept);

#endif
