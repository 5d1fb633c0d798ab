/*
 * store/store_int.h - the store from inside: for the files of this folder and their tests.
 */
#ifndef SECUDOC_STORE_STORE_INT_H
#define SECUDOC_STORE_STORE_INT_H

#include "store/db.h"
#include "store/keys_int.h"
#include "store/readers.h"
#include "store/store.h"
#include "store/writer.h"

#include <pthread.h>
#include <stdatomic.h>

struct key_cache;
struct tenant_cache;

struct store {
	enum store_role role;
	char *database, *containers_dir, *keys_dir, *run_dir;
	int64_t sweep_age_ms, repeat_window_ms;

	struct keys keys; /* read-only after open */
	struct writer *writer;
	struct readers *readers;
	struct tenant_cache *tenants; /* has its own lock */
	struct key_cache *opened;     /* has its own lock; deliver only */
	int run_dir_fd;

	/* shared by deliver's threads: whose turn the next claim is, how far the sweep has come */
	_Atomic int64_t claim_turn;
	_Atomic int64_t sweep_next_ms;
	_Atomic int sweep_folder;
};

/* store_write() - run a job in the next commit. */
MUST_USE enum err store_write(struct store *st, writer_job *run, void *arg);

/* names_ok() - one to max letters, digits or "-": stable words and tenant names. */
bool word_ok(const char *s, size_t max);

#endif
