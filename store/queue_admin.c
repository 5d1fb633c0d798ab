/*
 * store/queue_admin.c - the queue as the administrator sees and moves it.
 */
#include "store/queue.h"

#include "core/clock.h"
#include "store/audit_int.h"
#include "store/container_int.h"
#include "store/limits.h"
#include "store/list.h"
#include "store/queue_int.h"
#include "store/record.h"
#include "store/state.h"

#include <stdlib.h>

enum err
store_queue_list(struct store *st, int64_t tenant_id, int64_t after_id, size_t max, struct arena *a,
    struct store_queue_row **ret, size_t *ret_count)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	struct list list = { .arena = a, .item_size = sizeof(struct store_queue_row) };
	bool have;

	max = max < STORE_LIST_MAX ? max : STORE_LIST_MAX;
	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_QUEUE_LIST,
	    DB_ARGS(db_int(tenant_id), db_int(after_id), db_int((int64_t)max)), &rows));
	for (;;) {
		struct store_queue_row *r;

		TRY(db_next(&rows, &have));
		if (!have)
			break;
		TRY(list_more(&list, (void **)&r));
		r->copy_id = db_get_int(&rows, 0);
		r->mail_id = db_get_int(&rows, 1);
		r->tenant_id = db_get_int(&rows, 2);
		r->received_ms = db_get_int(&rows, 3);
		r->next_try_ms = db_get_int(&rows, 4);
		r->attempts = (int)db_get_int(&rows, 5);
		r->state = (enum store_copy_state)db_get_int(&rows, 6);
		r->verdict = (enum store_verdict)db_get_int(&rows, 7);
		r->origin = (enum store_origin)db_get_int(&rows, 8);
		r->pending = (int)db_get_int(&rows, 9);
	}
	*ret = list.items;
	*ret_count = list.count;
	return ERR_OK;
}

/* One recipient as stored; opened once the mail's key is. */
struct shown {
	int no;
	int state;
	struct span address, reply; /* sealed */
};

static enum err
shown_rcpts(struct db_conn *c, const struct copy_row *row, struct list *list)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	TRY(db_query(c, STMT_COPY_RCPTS,
	    DB_ARGS(db_int(row->plain.tenant_id), db_int(row->plain.copy_id)), &rows));
	for (;;) {
		struct shown *s;

		TRY(db_next(&rows, &have));
		if (!have)
			return ERR_OK;
		TRY(list_more(list, (void **)&s));
		s->no = (int)db_get_int(&rows, 0);
		s->state = (int)db_get_int(&rows, 3);
		TRY(arena_dup(list->arena, db_get_bytes(&rows, 2), &s->address));
		if (!db_is_null(&rows, 4))
			TRY(arena_dup(list->arena, db_get_bytes(&rows, 4), &s->reply));
	}
}

static enum err
open_rcpt(const uint8_t *key, int64_t mail_id, const struct shown *s, struct arena *a,
    struct store_queue_rcpt *out)
{
	struct span orcpt;

	out->no = s->no;
	out->state = (enum store_rcpt_state)s->state;
	if (key == NULL)
		return ERR_OK;
	TRY(record_open_rcpt(key, mail_id, s->no, s->address, a, &out->address, &orcpt));
	if (s->reply.len == 0)
		return ERR_OK;
	return record_open_reply(key, mail_id, s->no, s->reply, a, &out->reply);
}

static enum err
fill_detail(struct store *st, const struct copy_row *row, const struct list *shown, struct arena *a,
    struct store_queue_detail *ret)
{
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];
	bool readable = row->sealed_key.len > 0;
	struct store_queue_rcpt *rcpts = arena_alloc(a, (shown->count + 1) * sizeof(*rcpts));

	if (rcpts == NULL)
		return err_set(ERR_TEMP, "no memory for recipients");
	if (readable) {
		TRY(message_key_open(
		    st, row->plain.tenant_id, row->plain.mail_id, row->sealed_key, key));
		TRY(record_open_facts(key, row->plain.mail_id, row->facts, a, &ret->facts));
	}
	for (size_t i = 0; i < shown->count; i++) {
		const struct shown *s = (const struct shown *)shown->items + i;

		TRY(open_rcpt(readable ? key : NULL, row->plain.mail_id, s, a, &rcpts[i]));
		ret->row.pending += s->state == STORE_RCPT_PENDING;
	}
	ret->rcpts = rcpts;
	ret->rcpt_count = shown->count;
	return ERR_OK;
}

enum err
store_queue_show(struct store *st, int64_t copy_id, struct arena *a, struct store_queue_detail *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	struct list shown = { .arena = a, .item_size = sizeof(struct shown) };
	struct store_queue_detail d = { .rcpts = NULL };
	struct copy_row row;

	TRY(read_begin(st->readers, &rd));
	TRY(copy_row_get(rd.conn, copy_id, a, &row));
	TRY(shown_rcpts(rd.conn, &row, &shown));
	read_end(&rd);
	d.row = (struct store_queue_row){ .copy_id = copy_id,
		.mail_id = row.plain.mail_id,
		.tenant_id = row.plain.tenant_id,
		.received_ms = row.plain.received_ms,
		.next_try_ms = row.next_try_ms,
		.attempts = row.plain.attempts,
		.state = row.state,
		.verdict = row.plain.verdict,
		.origin = row.plain.origin };
	d.reason = row.plain.reason;
	TRY(fill_detail(st, &row, &shown, a, &d));
	*ret = d;
	return ERR_OK;
}

/* --- moving --- */

struct move {
	struct store *st;
	int64_t copy_id;
};

static enum err
get_queued(struct db_conn *c, int64_t copy_id, struct copy_row *ret)
{
	struct arena a;
	enum err err;

	arena_init(&a, 2u << 20);
	err = copy_row_get(c, copy_id, &a, ret);
	arena_done(&a); /* only the numbers are looked at */
	TRY(err);
	if (ret->state != STORE_COPY_QUEUED)
		return err_set(ERR_DENIED, "copy %lld is %s", (long long)copy_id,
		    store_copy_state_name(ret->state));
	return ERR_OK;
}

static enum err
retry_job(struct db_conn *c, void *arg)
{
	const struct move *m = arg;
	struct copy_row row;

	TRY(get_queued(c, m->copy_id, &row));
	return db_exec(c, STMT_COPY_HURRY, DB_ARGS(db_int(m->copy_id)), NULL);
}

enum err
store_queue_retry(struct store *st, int64_t copy_id)
{
	struct move m = { st, copy_id };

	TRY(store_write(st, retry_job, &m));
	store_wake(st);
	return ERR_OK;
}

static enum err
drop_job(struct db_conn *c, void *arg)
{
	const struct move *m = arg;
	struct copy_row row;
	int64_t tenant_id, changed;

	TRY(get_queued(c, m->copy_id, &row));
	tenant_id = row.plain.tenant_id;
	state_change(LIFE_COPY, STORE_COPY_QUEUED, STORE_COPY_DONE);
	state_change(LIFE_RCPT, STORE_RCPT_PENDING, STORE_RCPT_DROPPED);
	TRY(db_exec(c, STMT_COPY_DROP, DB_ARGS(db_int(tenant_id), db_int(m->copy_id)), NULL));
	TRY(db_exec(c, STMT_RCPTS_DROP,
	    DB_ARGS(db_int(tenant_id), db_int(m->copy_id), db_int(STORE_RCPT_DROPPED),
		db_int(clock_now_ms())),
	    &changed));
	TRY(audit_note(m->st, c, tenant_id,
	    (struct store_audit_line){ .event = "dropped",
		.mail_id = row.plain.mail_id,
		.transfer_id = row.plain.transfer_id,
		.copy_id = m->copy_id,
		.number = changed }));
	return copy_finished(c, tenant_id, row.plain.mail_id);
}

enum err
store_queue_drop(struct store *st, int64_t copy_id)
{
	struct move m = { st, copy_id };

	return store_write(st, drop_job, &m);
}
