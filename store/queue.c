/*
 * store/queue.c - claims: dealing them out, filling them, giving them back.
 */
#include "store/queue.h"

#include "core/clock.h"
#include "store/audit_int.h"
#include "store/container_int.h"
#include "store/limits.h"
#include "store/list.h"
#include "store/mail_int.h"
#include "store/owner.h"
#include "store/queue_int.h"
#include "store/record.h"
#include "store/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A claim holds a thousand recipients' addresses and a few header fields at most. */
#define CLAIM_MEMORY (8u << 20)

/* --- taking --- */

struct deal {
	int64_t owner, now_ms, turn;
	const struct store_claim_opts *opts;
	int64_t copy_ids[STORE_CLAIM_MAX];
	size_t count;
};

static bool
skipped(const struct store_claim_opts *opts, int64_t tenant_id)
{
	for (size_t i = 0; i < opts->skip_count; i++)
		if (opts->skip_tenants[i] == tenant_id)
			return true;
	return false;
}

/* due_ids() - read first, then write: a statement is not stepped while its table changes. */
static enum err
due_ids(struct db_conn *c, const struct deal *d, int64_t tenant_id, size_t max, int64_t *ids,
    size_t *ret_count)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	*ret_count = 0;
	TRY(db_query(c, STMT_QUEUE_DUE,
	    DB_ARGS(db_int(tenant_id), db_int(d->now_ms), db_int((int64_t)max)), &rows));
	for (;;) {
		TRY(db_next(&rows, &have));
		if (!have)
			return ERR_OK;
		ids[(*ret_count)++] = db_get_int(&rows, 0);
	}
}

static enum err
deal_tenant(struct db_conn *c, struct deal *d, int64_t tenant_id)
{
	int64_t ids[STORE_CLAIM_MAX], changed;
	size_t max = d->opts->max - d->count, n;

	if (d->opts->max_per_tenant > 0 && d->opts->max_per_tenant < max)
		max = d->opts->max_per_tenant;
	TRY(due_ids(c, d, tenant_id, max, ids, &n));
	state_change(LIFE_COPY, STORE_COPY_QUEUED, STORE_COPY_CLAIMED);
	for (size_t i = 0; i < n; i++) {
		TRY(db_exec(c, STMT_QUEUE_CLAIM,
		    DB_ARGS(db_int(tenant_id), db_int(ids[i]), db_int(d->owner)), &changed));
		if (changed == 1)
			d->copy_ids[d->count++] = ids[i];
	}
	return ERR_OK;
}

/* next_tenant() - the first with queued copies behind `after`; 0: none. */
static enum err
next_tenant(struct db_conn *c, int64_t after, int64_t *ret)
{
	return db_one_int(c, STMT_QUEUE_TENANT_NEXT, DB_ARGS(db_int(after)), ret);
}

/*
 * deal_job() - one round over the tenants, from the one behind the last that was served, and once around the
 * end. MIN() over no row is NULL, which reads as 0.
 */
static enum err
deal_job(struct db_conn *c, void *arg)
{
	struct deal *d = arg;
	int64_t start = d->turn, at = start, tenant_id;
	bool wrapped = start == 0;

	for (size_t seen = 0; seen < STORE_CLAIM_TENANTS && d->count < d->opts->max; seen++) {
		TRY(next_tenant(c, at, &tenant_id));
		if (tenant_id == 0 && wrapped)
			return ERR_OK;
		if (tenant_id == 0) {
			wrapped = true;
			at = 0;
			continue;
		}
		if (wrapped && start != 0 && tenant_id > start)
			return ERR_OK; /* all around */
		at = tenant_id;
		if (!skipped(d->opts, tenant_id))
			TRY(deal_tenant(c, d, tenant_id));
		d->turn = tenant_id;
	}
	return ERR_OK;
}

/* --- filling --- */

enum err
copy_row_get(struct db_conn *c, int64_t copy_id, struct arena *a, struct copy_row *ret)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	int64_t flags;
	bool have;

	TRY(db_query(c, STMT_COPY_GET, DB_ARGS(db_int(copy_id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no copy %lld", (long long)copy_id);
	flags = db_get_int(&row, 10);
	*ret = (struct copy_row){
		.plain = {
			.copy_id = db_get_int(&row, 0),
			.mail_id = db_get_int(&row, 1),
			.tenant_id = db_get_int(&row, 2),
			.received_ms = db_get_int(&row, 3),
			.first_try_ms = db_get_int(&row, 4),
			.attempts = (int)db_get_int(&row, 5),
			.link_rcpt_no = (int)db_get_int(&row, 6),
			.verdict = (enum store_verdict)db_get_int(&row, 7),
			.origin = (enum store_origin)db_get_int(&row, 8),
			.ret = (enum store_ret)db_get_int(&row, 9),
			.smtputf8 = (flags & MAIL_FLAG_SMTPUTF8) != 0,
			.body_8bit = (flags & MAIL_FLAG_8BIT) != 0,
			.needs_bdat = (flags & MAIL_FLAG_BDAT) != 0,
			.automatic = (flags & MAIL_FLAG_AUTOMATIC) != 0,
			.returned = db_get_int(&row, 12) != 0,
			.transfer_id = db_get_int(&row, 15),
			.link_expires_ms = db_get_int(&row, 16),
		},
		.state = (enum store_copy_state)db_get_int(&row, 17),
		.next_try_ms = db_get_int(&row, 18),
	};
	ret->plain.reason = arena_strdup(a, db_get_bytes(&row, 11));
	if (ret->plain.reason == NULL)
		return err_set(ERR_TEMP, "no memory for a copy");
	if (db_is_null(&row, 13))
		return ERR_OK;
	TRY(arena_dup(a, db_get_bytes(&row, 13), &ret->sealed_key));
	return arena_dup(a, db_get_bytes(&row, 14), &ret->facts);
}

static enum err
fill_rcpt(struct db_rows *row, const uint8_t *key, struct store_claim *cl, struct list *list)
{
	struct store_claim_rcpt *r;

	TRY(list_more(list, (void **)&r));
	r->no = (int)db_get_int(row, 0);
	r->notify = (unsigned)db_get_int(row, 1);
	return record_open_rcpt(
	    key, cl->mail_id, r->no, db_get_bytes(row, 2), &cl->arena, &r->address, &r->orcpt);
}

static enum err
fill_rcpts(struct db_conn *c, const uint8_t *key, struct store_claim *cl)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	struct list list = { .arena = &cl->arena, .item_size = sizeof(struct store_claim_rcpt) };
	bool have;

	TRY(db_query(
	    c, STMT_COPY_RCPTS, DB_ARGS(db_int(cl->tenant_id), db_int(cl->copy_id)), &row));
	for (;;) {
		TRY(db_next(&row, &have));
		if (!have)
			break;
		if (db_get_int(&row, 3) == STORE_RCPT_PENDING)
			TRY(fill_rcpt(&row, key, cl, &list));
	}
	if (list.count == 0)
		return err_set(
		    ERR_DENIED, "copy %lld is queued without recipients", (long long)cl->copy_id);
	cl->rcpts = list.items;
	cl->rcpt_count = list.count;
	return ERR_OK;
}

static enum err
claim_fill(struct store *st, int64_t copy_id, struct store_claim *cl)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	struct copy_row row;
	struct arena arena;
	uint8_t *key;

	arena_init_secret(&cl->arena, CLAIM_MEMORY);
	TRY(read_begin(st->readers, &rd));
	TRY(copy_row_get(rd.conn, copy_id, &cl->arena, &row));
	read_end(&rd); /* opening the key reads, too, and a thread holds one connection */
	arena = cl->arena;
	*cl = row.plain;
	cl->arena = arena;
	key = arena_alloc(&cl->arena, STORE_KEY_SIZE);
	if (key == NULL)
		return err_set(ERR_TEMP, "no memory for a claim");
	TRY(message_key_open(st, cl->tenant_id, cl->mail_id, row.sealed_key, key));
	cl->seal_key = key;
	TRY(record_open_facts(key, cl->mail_id, row.facts, &cl->arena, &cl->facts));
	if (cl->verdict == STORE_SECURE)
		message_token(key, cl->link_rcpt_no, cl->token);
	TRY(read_begin(st->readers, &rd));
	return fill_rcpts(rd.conn, key, cl);
}

void
store_claim_free(struct store_claim **c)
{
	if (*c == NULL)
		return;
	arena_done(&(*c)->arena);
	crypto_wipe(*c, sizeof(**c));
	free(*c);
	*c = NULL;
}

/* --- a claim that cannot be opened --- */

struct lost {
	struct store *st;
	int64_t owner, copy_id;
};

static enum err
lost_job(struct db_conn *c, void *arg)
{
	const struct lost *l = arg;
	struct copy_row row;
	struct arena a;
	int64_t changed;
	enum err err;

	arena_init(&a, CLAIM_MEMORY);
	err = copy_row_get(c, l->copy_id, &a, &row);
	arena_done(&a);
	TRY(err);
	TRY(db_exec(c, STMT_COPY_DONE,
	    DB_ARGS(db_int(row.plain.tenant_id), db_int(l->copy_id), db_int(l->owner)), &changed));
	if (changed == 0)
		return ERR_OK; /* somebody else's by now */
	TRY(db_exec(c, STMT_RCPTS_DROP,
	    DB_ARGS(db_int(row.plain.tenant_id), db_int(l->copy_id), db_int(STORE_RCPT_FAILED),
		db_int(clock_now_ms())),
	    NULL));
	TRY(audit_note(l->st, c, row.plain.tenant_id,
	    (struct store_audit_line){
		.event = "unreadable", .mail_id = row.plain.mail_id, .copy_id = l->copy_id }));
	return copy_finished(c, row.plain.tenant_id, row.plain.mail_id);
}

/*
 * claim_open() - ERR_DENIED and ERR_NOT_FOUND say that no later try will do better: the mail's key is
 * destroyed or something is not authentic. All else is passing trouble: the claim goes back.
 */
static enum err
claim_open(struct store *st, int64_t owner, int64_t copy_id, struct store_claim **ret)
{
	struct store_claim *cl = calloc(1, sizeof(*cl));
	struct lost lost = { st, owner, copy_id };
	enum err err;

	if (cl == NULL)
		return err_set(ERR_TEMP, "no memory for a claim");
	err = claim_fill(st, copy_id, cl);
	if (err == ERR_OK) {
		*ret = cl;
		return ERR_OK;
	}
	store_claim_free(&cl);
	*ret = NULL;
	if (err != ERR_DENIED && err != ERR_NOT_FOUND)
		return err;
	return store_write(st, lost_job, &lost);
}

struct give_back {
	int64_t owner;
	const int64_t *copy_ids;
	size_t count;
};

static enum err
give_back_one(struct db_conn *c, int64_t owner, int64_t copy_id)
{
	struct copy_row row;
	struct arena a;
	enum err err;

	arena_init(&a, CLAIM_MEMORY);
	err = copy_row_get(c, copy_id, &a, &row);
	arena_done(&a);
	TRY(err);
	return db_exec(c, STMT_COPY_RELEASE,
	    DB_ARGS(db_int(row.plain.tenant_id), db_int(copy_id), db_int(owner)), NULL);
}

static enum err
give_back_job(struct db_conn *c, void *arg)
{
	const struct give_back *g = arg;

	state_change(LIFE_COPY, STORE_COPY_CLAIMED, STORE_COPY_QUEUED);
	for (size_t i = 0; i < g->count; i++)
		TRY(give_back_one(c, g->owner, g->copy_ids[i]));
	return ERR_OK;
}

/* give_back() - with the owner's lock held. Those that may still be claimed are noted as strays. */
static enum err
give_back(struct store *st, struct store_owner *owner, const int64_t *copy_ids, size_t count)
{
	struct give_back g = { owner_id(owner), copy_ids, count };
	enum err err = store_write(st, give_back_job, &g);

	if (err != ERR_OK)
		owner_stray_add(owner, copy_ids, count);
	return err;
}

/* gather_strays() - first thing of a claim, with the lock held: what got stuck is due again. */
static enum err
gather_strays(struct store *st, struct store_owner *owner)
{
	struct give_back g = { .owner = owner_id(owner) };

	g.copy_ids = owner_strays(owner, &g.count);
	if (g.count == 0)
		return ERR_OK;
	TRY(store_write(st, give_back_job, &g));
	owner_strays_clear(owner);
	return ERR_OK;
}

static enum err
claims_open(struct store *st, struct store_owner *owner, const struct deal *d,
    struct store_claim **ret, size_t *ret_count)
{
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++) {
		enum err err = claim_open(st, d->owner, d->copy_ids[i], &ret[n]);

		if (err == ERR_OK) {
			n += ret[n] != NULL;
			continue;
		}
		/* those that are open are worked on; the rest goes back */
		owner_lock(owner);
		if (give_back(st, owner, d->copy_ids + i, d->count - i) != ERR_OK)
			err = ERR_TEMP;
		owner_unlock(owner);
		if (n == 0)
			return err;
		break;
	}
	*ret_count = n;
	return ERR_OK;
}

static enum err
deal(struct store *st, struct store_owner *owner, struct deal *d)
{
	enum err err = gather_strays(st, owner);

	if (err != ERR_OK)
		return err;
	err = store_write(st, deal_job, d);
	if (err == ERR_UNCERTAIN)
		owner_stray_add(owner, d->copy_ids, d->count);
	return err;
}

enum err
store_queue_claim(struct store *st, struct store_owner *owner, int64_t now_ms,
    const struct store_claim_opts *opts, struct store_claim **ret, size_t *ret_count)
{
	struct deal d = { .owner = owner_id(owner), .now_ms = now_ms, .opts = opts };
	enum err err;

	assert(opts->max >= 1 && opts->max <= STORE_CLAIM_MAX);
	d.turn = atomic_load(&st->claim_turn);
	owner_lock(owner);
	err = deal(st, owner, &d);
	owner_unlock(owner);
	TRY(err);
	atomic_store(&st->claim_turn, d.turn);
	return claims_open(st, owner, &d, ret, ret_count);
}

enum err
store_queue_release(struct store *st, struct store_owner *owner, const struct store_claim *claim)
{
	enum err err;

	owner_lock(owner);
	err = give_back(st, owner, &claim->copy_id, 1);
	owner_unlock(owner);
	return err;
}

/* --- owners that are gone --- */

struct recover {
	struct list *dead;
	uint64_t freed;
};

/*
 * A claim whose owner died counts as an attempt: it may be what the owner died of. Three times it is due at
 * once, as a restart is nothing to wait for; then after ten seconds and at last ten minutes, so that a mail
 * that ends every process which touches it leaves time for all others.
 */
static enum err
recover_job(struct db_conn *c, void *arg)
{
	struct recover *r = arg;
	const int64_t *ids = r->dead->items;
	int64_t changed;

	for (size_t i = 0; i < r->dead->count; i++) {
		TRY(db_exec(c, STMT_QUEUE_FREE_OWNER,
		    DB_ARGS(db_int(ids[i]), db_int(clock_now_ms())), &changed));
		r->freed += (uint64_t)changed;
	}
	return ERR_OK;
}

static enum err
dead_owners(struct store *st, struct list *dead)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_QUEUE_OWNERS, DB_NO_ARGS, &row));
	for (;;) {
		int64_t *id;

		TRY(db_next(&row, &have));
		if (!have)
			return ERR_OK;
		if (!owner_gone(st, db_get_int(&row, 0)))
			continue;
		TRY(list_more(dead, (void **)&id));
		*id = db_get_int(&row, 0);
	}
}

enum err
store_queue_recover(struct store *st, uint64_t *ret_freed)
{
	CLEANUP(arena_done) struct arena a;
	struct list dead = { .arena = &a, .item_size = sizeof(int64_t) };
	struct recover r = { .dead = &dead };

	arena_init(&a, CLAIM_MEMORY);
	TRY(dead_owners(st, &dead));
	if (dead.count > 0)
		TRY(store_write(st, recover_job, &r));
	for (size_t i = 0; i < dead.count; i++)
		owner_forget(st, ((const int64_t *)dead.items)[i]);
	*ret_freed = r.freed;
	return ERR_OK;
}

/* --- looking --- */

enum err
store_queue_next_due(struct store *st, int64_t *ret_ms)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	int64_t tenant_id = 0, due, first = 0;

	TRY(read_begin(st->readers, &rd));
	for (;;) {
		TRY(next_tenant(rd.conn, tenant_id, &tenant_id));
		if (tenant_id == 0)
			break;
		TRY(db_one_int(rd.conn, STMT_QUEUE_TENANT_DUE, DB_ARGS(db_int(tenant_id)), &due));
		due = due > 0 ? due : 1; /* 0 would say that there is none */
		if (first == 0 || due < first)
			first = due;
	}
	*ret_ms = first;
	return ERR_OK;
}

static enum err
count_state(
    struct db_conn *c, enum store_copy_state state, uint64_t *ret_count, int64_t *ret_oldest)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	TRY(db_query(c, STMT_QUEUE_COUNT, DB_ARGS(db_int(state)), &row));
	TRY(db_next(&row, &have));
	*ret_count = (uint64_t)db_get_int(&row, 0);
	*ret_oldest = db_get_int(&row, 1);
	return ERR_OK;
}

enum err
store_queue_stats(struct store *st, struct store_queue_stats *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	struct store_queue_stats s = { 0 };
	int64_t queued_id, claimed_id, oldest;

	TRY(read_begin(st->readers, &rd));
	TRY(count_state(rd.conn, STORE_COPY_QUEUED, &s.queued, &queued_id));
	TRY(count_state(rd.conn, STORE_COPY_CLAIMED, &s.claimed, &claimed_id));
	oldest =
	    queued_id != 0 && (claimed_id == 0 || queued_id < claimed_id) ? queued_id : claimed_id;
	if (oldest != 0) {
		enum err err = db_one_int(
		    rd.conn, STMT_QUEUE_OLDEST, DB_ARGS(db_int(oldest)), &s.oldest_received_ms);

		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
	}
	*ret = s;
	return ERR_OK;
}
