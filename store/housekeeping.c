/*
 * store/housekeeping.c - timed jobs: expiry, destroying keys, forgetting, the sweep.
 *
 * Order for each mail that is done: its id on the list of erased keys (synced), its key out of the row (one
 * commit for a round of mails, with the place in the list), its bytes off the disk.
 *
 * A round that fails is done again one by one: a tenant whose audit chain was tampered with takes no more lines,
 * and its mails must not keep the other tenants' keys from being destroyed.
 */
#include "store/store.h"

#include "core/clock.h"
#include "store/audit_int.h"
#include "store/container_int.h"
#include "store/erased.h"
#include "store/io.h"
#include "store/key_cache.h"
#include "store/limits.h"
#include "store/mail.h"
#include "store/state.h"
#include "store/sweep.h"
#include "store/transfer_int.h"

#include <limits.h>

#define SWEEP_EVERY_MS (3600 * 1000LL)

/* --- expiry --- */

struct due {
	int64_t id, mail_id, tenant_id;
};
struct expire {
	struct store *st;
	int64_t now_ms;
	struct due due[STORE_ROUND_MAX];
	size_t found, at, count;
};

static enum err
due_transfers(struct db_conn *c, int64_t now_ms, struct due out[STORE_ROUND_MAX], size_t *ret_count)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	*ret_count = 0;
	TRY(db_query(
	    c, STMT_TRANSFERS_DUE, DB_ARGS(db_int(now_ms), db_int(STORE_ROUND_MAX)), &rows));
	for (;;) {
		TRY(db_next(&rows, &have));
		if (!have)
			return ERR_OK;
		out[(*ret_count)++] = (struct due){ db_get_int(&rows, 0), db_get_int(&rows, 1),
			db_get_int(&rows, 2) };
	}
}

static enum err
expire_one(struct db_conn *c, struct expire *e, const struct due *d)
{
	bool ended;

	return transfer_end(
	    e->st, c, d->tenant_id, d->id, d->mail_id, STORE_TRANSFER_EXPIRED, &ended);
}

static enum err
expire_job(struct db_conn *c, void *arg)
{
	struct expire *e = arg;

	TRY(due_transfers(c, e->now_ms, e->due, &e->found));
	for (size_t i = 0; i < e->found; i++)
		TRY(expire_one(c, e, &e->due[i]));
	return ERR_OK;
}

static enum err
expire_one_job(struct db_conn *c, void *arg)
{
	struct expire *e = arg;

	return expire_one(c, e, &e->due[e->at]);
}

static enum err
expire_round(struct store *st, struct expire *e)
{
	enum err err = store_write(st, expire_job, e);

	if (err == ERR_OK)
		e->count = e->found;
	if (err == ERR_OK || err == ERR_UNCERTAIN) /* unknown: the next round sees */
		return err;
	for (e->at = 0; e->at < e->found; e->at++)
		e->count += store_write(st, expire_one_job, e) == ERR_OK;
	return err;
}

/* --- destroying keys --- */

struct erase {
	struct store *st;
	int64_t ids[STORE_ROUND_MAX], tenants[STORE_ROUND_MAX];
	bool secured[STORE_ROUND_MAX];
	size_t found, at, count;
};

static enum err
mails_to_erase(struct db_conn *c, struct erase *e)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	e->found = 0;
	TRY(db_query(c, STMT_MAILS_TO_ERASE, DB_ARGS(db_int(STORE_ROUND_MAX)), &rows));
	for (;;) {
		TRY(db_next(&rows, &have));
		if (!have)
			return ERR_OK;
		e->ids[e->found] = db_get_int(&rows, 0);
		e->tenants[e->found] = db_get_int(&rows, 1);
		e->secured[e->found++] = db_get_int(&rows, 2) == STORE_SECURE;
	}
}

/* erase_some() - the lines come first: what cannot be noted is not put on the list of erased keys either. */
static enum err
erase_some(struct db_conn *c, const struct erase *e, size_t first, size_t count)
{
	if (count == 0)
		return ERR_OK;
	state_change(LIFE_MAIL, MAIL_DONE, MAIL_ERASED);
	for (size_t i = first; i < first + count; i++)
		if (e->secured[i])
			TRY(audit_note(e->st, c, e->tenants[i],
			    (struct store_audit_line){ .event = "erased", .mail_id = e->ids[i] }));
	TRY(erased_append(e->st->keys_dir, e->ids + first, count));
	return erased_follow(c, e->st->keys_dir);
}

static enum err
erase_job(struct db_conn *c, void *arg)
{
	struct erase *e = arg;

	TRY(mails_to_erase(c, e));
	return erase_some(c, e, 0, e->found);
}

static enum err
erase_one_job(struct db_conn *c, void *arg)
{
	const struct erase *e = arg;

	return erase_some(c, e, e->at, 1);
}

static enum err
erase_round(struct store *st, struct erase *e)
{
	enum err err = store_write(st, erase_job, e);

	if (err == ERR_OK)
		e->count = e->found;
	if (err == ERR_OK || err == ERR_UNCERTAIN)
		return err;
	for (e->at = 0; e->at < e->found; e->at++) {
		if (store_write(st, erase_one_job, e) != ERR_OK)
			continue;
		e->ids[e->count++] = e->ids[e->at]; /* those whose bytes go; at is never behind */
	}
	return err;
}

static void
remove_bytes(struct store *st, const struct erase *e)
{
	char path[PATH_MAX];

	/* what cannot be removed now has no row and no key: the sweep's */
	for (size_t i = 0; i < e->count; i++)
		if (container_path(st->containers_dir, e->ids[i], path) != ERR_OK ||
		    io_unlink(path) != ERR_OK)
			continue;
}

/* --- forgetting --- */

struct forget {
	struct store *st;
	int64_t now_ms, count;
};

static enum err
forget_job(struct db_conn *c, void *arg)
{
	struct forget *f = arg;
	int64_t repeats, codes, sessions;

	TRY(db_exec(
	    c, STMT_REPEATS_OLD, DB_ARGS(db_int(f->now_ms - f->st->repeat_window_ms)), &repeats));
	TRY(db_exec(c, STMT_CODES_OLD, DB_ARGS(db_int(f->now_ms - STORE_CODE_KEEP_MS)), &codes));
	TRY(db_exec(c, STMT_SESSIONS_OLD, DB_ARGS(db_int(f->now_ms)), &sessions));
	f->count = repeats + codes + sessions;
	return ERR_OK;
}

/* flush() - what was deleted is in the log until that starts anew; if somebody reads, another round does it. */
static enum err
flush(struct store *st)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };

	TRY(read_begin(st->readers, &rd));
	db_flush(rd.conn);
	return ERR_OK;
}

/* --- the round --- */

static enum err
sweep_round(struct store *st, int64_t now_ms, struct store_housekeeping *did, bool *ret_more)
{
	int folder = atomic_load(&st->sweep_folder);
	uint64_t swept = 0;

	*ret_more = false;
	if (folder == 0 && now_ms < atomic_load(&st->sweep_next_ms))
		return ERR_OK;
	for (unsigned i = 0; i < STORE_SWEEP_FOLDERS && folder <= (int)CONTAINER_FOLDERS; i++)
		TRY(sweep_folder(st, (unsigned)folder++, now_ms, &swept));
	did->swept += swept;
	*ret_more = folder <= (int)CONTAINER_FOLDERS;
	if (!*ret_more)
		atomic_store(&st->sweep_next_ms, now_ms + SWEEP_EVERY_MS);
	atomic_store(&st->sweep_folder, *ret_more ? folder : 0);
	return ERR_OK;
}

/* first_of() - a later trouble does not hide the first. The note is that of the last call that failed. */
static void
first_of(enum err *err, enum err next)
{
	if (*err == ERR_OK)
		*err = next;
}

enum err
store_housekeeping(struct store *st, struct store_housekeeping *ret_did, bool *ret_more)
{
	int64_t now_ms = clock_now_ms();
	struct store_housekeeping did = { 0 };
	struct expire expire = { .st = st, .now_ms = now_ms };
	struct erase erase = { .st = st };
	struct forget forget = { .st = st, .now_ms = now_ms };
	enum err err = ERR_OK;
	bool sweep_more = false;

	if ((st->role & (STORE_DELIVER | STORE_ADMIN)) == 0)
		return err_set(ERR_DENIED, "housekeeping is not for this role");
	first_of(&err, expire_round(st, &expire));
	first_of(&err, erase_round(st, &erase));
	if (erase.count > 0)
		key_cache_clear(st->opened);
	remove_bytes(st, &erase);
	first_of(&err, store_write(st, forget_job, &forget));
	if (erase.count > 0)
		first_of(&err, flush(st));
	first_of(&err, audit_heads_save(st));
	first_of(&err, sweep_round(st, now_ms, &did, &sweep_more));
	TRY(err);
	did.expired = expire.count;
	did.erased = erase.count;
	did.forgotten = (uint64_t)forget.count;
	*ret_did = did;
	*ret_more = sweep_more || expire.count == STORE_ROUND_MAX || erase.count == STORE_ROUND_MAX;
	return ERR_OK;
}
