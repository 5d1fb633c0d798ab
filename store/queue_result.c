/*
 * store/queue_result.c - what became of a claim: one commit, with the reports that it gave birth to.
 */
#include "store/queue.h"

#include "core/clock.h"
#include "store/audit_int.h"
#include "store/limits.h"
#include "store/mail_int.h"
#include "store/owner.h"
#include "store/queue_int.h"
#include "store/record.h"
#include "store/state.h"
#include "store/transfer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One recipient's result, ready for its row. */
struct outcome {
	int no;
	enum store_result result;
	struct span reply; /* sealed; empty: none */
	struct audit_entry audit;
};

struct result_work {
	struct store *st;
	const struct store_claim *claim;
	const struct store_copy_result *result;
	int64_t owner, now_ms;
	struct outcome *outcomes;
	struct buf replies; /* sealed, one after the other */
	struct mail_work *notices[STORE_NOTICES_MAX];
	size_t notice_count;
	bool retry;
};

static const struct {
	const char *event;
	enum store_rcpt_state state;
} results[] = {
	[STORE_RESULT_DELIVERED] = { "delivered", STORE_RCPT_DELIVERED },
	[STORE_RESULT_FAILED] = { "failed", STORE_RCPT_FAILED },
	[STORE_RESULT_RETRY] = { "deferred", STORE_RCPT_PENDING },
};

enum err
copy_finished(struct db_conn *c, int64_t tenant_id, int64_t mail_id)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	int64_t left, transfer = STORE_TRANSFER_REVOKED;
	enum mail_state to;
	bool have;
	enum err err;

	TRY(db_query(c, STMT_MAIL_COPY_DONE, DB_ARGS(db_int(tenant_id), db_int(mail_id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no mail %lld", (long long)mail_id);
	left = db_get_int(&row, 0);
	TRY(db_next(&row, &have)); /* to the end: the update is complete then */
	db_rows_done(&row);
	if (left > 0)
		return ERR_OK;
	err = db_one_int(
	    c, STMT_MAIL_TRANSFER_STATE, DB_ARGS(db_int(tenant_id), db_int(mail_id)), &transfer);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	to = transfer == STORE_TRANSFER_ACTIVE ? MAIL_HELD : MAIL_DONE;
	state_change(LIFE_MAIL, MAIL_OPEN, to);
	return db_exec(c, STMT_MAIL_STATE_SET,
	    DB_ARGS(db_int(tenant_id), db_int(mail_id), db_int(MAIL_OPEN), db_int(to)), NULL);
}

/* --- preparing --- */

static struct span
rcpt_address(const struct store_claim *cl, int no)
{
	for (size_t i = 0; i < cl->rcpt_count; i++)
		if (cl->rcpts[i].no == no)
			return cl->rcpts[i].address;
	assert(!"a result for a recipient that was not claimed");
	return SPAN_NONE;
}

static enum err
prepare_outcome(struct result_work *w, size_t i)
{
	const struct store_rcpt_result *in = &w->result->rcpts[i];
	const struct store_claim *cl = w->claim;
	struct outcome *o = &w->outcomes[i];
	size_t before = w->replies.len;
	struct store_audit_line line = { .event = results[in->result].event,
		.address = rcpt_address(cl, in->rcpt_no),
		.mail_id = cl->mail_id,
		.transfer_id = cl->transfer_id,
		.copy_id = cl->copy_id,
		.number = in->rcpt_no };

	o->no = in->rcpt_no;
	o->result = in->result;
	w->retry = w->retry || in->result == STORE_RESULT_RETRY;
	if (in->reply.len > 0)
		TRY(record_seal_reply(cl->seal_key, cl->mail_id, in->rcpt_no,
		    span_upto(in->reply, STORE_REPLY_MAX), &w->replies));
	o->reply.len = w->replies.len - before;
	return audit_entry_of(w->st, cl->tenant_id, &line, &o->audit);
}

static enum err
prepare_outcomes(struct result_work *w)
{
	size_t count = w->result->rcpt_count;
	const uint8_t *at;

	assert(count == w->claim->rcpt_count);
	w->outcomes = calloc(count, sizeof(*w->outcomes));
	if (w->outcomes == NULL)
		return err_set(ERR_TEMP, "no memory for results");
	buf_init(&w->replies, count * (STORE_REPLY_MAX + 64));
	for (size_t i = 0; i < count; i++)
		TRY(prepare_outcome(w, i));
	at = w->replies.p; /* it does not move any more */
	for (size_t i = 0; i < count; i++) {
		w->outcomes[i].reply.p = at;
		if (at != NULL)
			at += w->outcomes[i].reply.len;
	}
	return ERR_OK;
}

/* prepare_notices() - every container is taken, also when one of them goes wrong. */
static enum err
prepare_notices(struct result_work *w)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < w->result->notice_count; i++) {
		if (err != ERR_OK) {
			store_container_free(&w->result->notices[i].container);
			continue;
		}
		err = mail_work_new(w->st, &w->result->notices[i], &w->notices[i]);
		w->notice_count = i + 1;
	}
	return err;
}

static void
result_work_done(struct result_work *w)
{
	for (size_t i = 0; i < w->notice_count; i++)
		mail_work_free(&w->notices[i]);
	buf_done(&w->replies);
	free(w->outcomes);
}

/* --- in the writer --- */

static enum err
write_outcome(struct db_conn *c, struct result_work *w, const struct outcome *o)
{
	const struct store_claim *cl = w->claim;
	enum store_rcpt_state to = results[o->result].state;

	if (to == STORE_RCPT_PENDING)
		return db_exec(c, STMT_RCPT_REPLY,
		    DB_ARGS(db_int(cl->tenant_id), db_int(cl->copy_id), db_int(o->no),
			db_blob_or_null(o->reply)),
		    NULL);
	state_change(LIFE_RCPT, STORE_RCPT_PENDING, to);
	TRY(db_exec(c, STMT_RCPT_DONE,
	    DB_ARGS(db_int(cl->tenant_id), db_int(cl->copy_id), db_int(o->no), db_int(to),
		db_blob_or_null(o->reply), db_int(w->now_ms)),
	    NULL));
	return audit_append(w->st, c, cl->tenant_id, &o->audit);
}

static enum err
write_copy(struct db_conn *c, struct result_work *w)
{
	const struct store_claim *cl = w->claim;

	state_change(LIFE_COPY, STORE_COPY_CLAIMED, w->retry ? STORE_COPY_QUEUED : STORE_COPY_DONE);
	if (w->retry)
		return db_exec(c, STMT_COPY_RETRY,
		    DB_ARGS(db_int(cl->tenant_id), db_int(cl->copy_id), db_int(w->owner),
			db_int(w->result->next_try_ms), db_int(w->now_ms)),
		    NULL);
	TRY(db_exec(c, STMT_COPY_DONE,
	    DB_ARGS(db_int(cl->tenant_id), db_int(cl->copy_id), db_int(w->owner)), NULL));
	return copy_finished(c, cl->tenant_id, cl->mail_id);
}

static enum err
result_job(struct db_conn *c, void *arg)
{
	struct result_work *w = arg;
	const struct store_claim *cl = w->claim;
	int64_t ours;
	enum err err;

	err = db_one_int(c, STMT_COPY_CLAIMED,
	    DB_ARGS(db_int(cl->tenant_id), db_int(cl->copy_id), db_int(w->owner)), &ours);
	if (err == ERR_NOT_FOUND)
		return err_set(ERR_NOT_FOUND, "copy %lld is not claimed by us any more",
		    (long long)cl->copy_id);
	TRY(err);
	for (size_t i = 0; i < w->result->rcpt_count; i++)
		TRY(write_outcome(c, w, &w->outcomes[i]));
	TRY(write_copy(c, w));
	for (size_t i = 0; i < w->notice_count; i++)
		TRY(mail_work_insert(c, w->notices[i]));
	return ERR_OK;
}

enum err
store_queue_result(struct store *st, struct store_owner *owner, const struct store_claim *claim,
    const struct store_copy_result *result)
{
	CLEANUP(result_work_done)
	struct result_work w = { .st = st,
		.claim = claim,
		.result = result,
		.owner = owner_id(owner),
		.now_ms = clock_now_ms() };
	enum err err, prepared;

	assert(result->notice_count <= STORE_NOTICES_MAX);
	prepared = prepare_notices(&w);
	TRY(prepared);
	TRY(prepare_outcomes(&w));
	err = store_write(st, result_job, &w);
	for (size_t i = 0; i < w.notice_count; i++)
		mail_work_settle(w.notices[i], err);
	if (err == ERR_OK && w.notice_count > 0)
		store_wake(st);
	return err;
}
