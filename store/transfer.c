/*
 * store/transfer.c - transfers as the administrator sees and ends them.
 */
#include "store/transfer.h"

#include "store/audit_int.h"
#include "store/container_int.h"
#include "store/limits.h"
#include "store/list.h"
#include "store/record.h"
#include "store/state.h"
#include "store/store_int.h"
#include "store/transfer_int.h"

static void
row_read(struct db_rows *row, struct store_transfer_row *out)
{
	*out = (struct store_transfer_row){
		.id = db_get_int(row, 0),
		.mail_id = db_get_int(row, 1),
		.tenant_id = db_get_int(row, 2),
		.created_ms = db_get_int(row, 3),
		.expires_ms = db_get_int(row, 4),
		.state = (enum store_transfer_state)db_get_int(row, 5),
		.link_count = (int)db_get_int(row, 6),
		.shared = db_get_int(row, 7) != 0,
		.erased = db_get_int(row, 8) != 0,
	};
}

enum err
store_transfer_list(struct store *st, int64_t tenant_id, int64_t after_id, size_t max,
    struct arena *a, struct store_transfer_row **ret, size_t *ret_count)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	struct list list = { .arena = a, .item_size = sizeof(struct store_transfer_row) };
	bool have;

	max = max < STORE_LIST_MAX ? max : STORE_LIST_MAX;
	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_TRANSFER_LIST,
	    DB_ARGS(db_int(tenant_id), db_int(after_id), db_int((int64_t)max)), &rows));
	for (;;) {
		struct store_transfer_row *row;

		TRY(db_next(&rows, &have));
		if (!have)
			break;
		TRY(list_more(&list, (void **)&row));
		row_read(&rows, row);
	}
	*ret = list.items;
	*ret_count = list.count;
	return ERR_OK;
}

static enum err
get_row(struct db_conn *c, int64_t transfer_id, struct store_transfer_row *ret)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	TRY(db_query(c, STMT_TRANSFER_GET, DB_ARGS(db_int(transfer_id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no transfer %lld", (long long)transfer_id);
	row_read(&row, ret);
	return ERR_OK;
}

static enum err
get_links(struct db_conn *c, const struct store_transfer_row *t, struct list *list)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	TRY(db_query(c, STMT_TRANSFER_LINKS, DB_ARGS(db_int(t->tenant_id), db_int(t->id)), &rows));
	for (;;) {
		struct store_transfer_link *l;

		TRY(db_next(&rows, &have));
		if (!have)
			return ERR_OK;
		TRY(list_more(list, (void **)&l));
		l->id = db_get_int(&rows, 0);
		l->rcpt_no = (int)db_get_int(&rows, 1);
		l->state = (enum store_link_state)t->state;
	}
}

/* --- opening what is sealed --- */

static enum err
open_facts(struct store *st, const struct store_transfer_row *t, struct arena *a, uint8_t *key,
    struct store_mail_facts *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	struct span sealed_key, facts;
	bool have;

	TRY(read_begin(st->readers, &rd));
	TRY(db_query(
	    rd.conn, STMT_MAIL_META, DB_ARGS(db_int(t->tenant_id), db_int(t->mail_id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no mail %lld with a key", (long long)t->mail_id);
	TRY(arena_dup(a, db_get_bytes(&row, 0), &sealed_key));
	TRY(arena_dup(a, db_get_bytes(&row, 1), &facts));
	db_rows_done(&row);
	read_end(&rd);
	TRY(message_key_open(st, t->tenant_id, t->mail_id, sealed_key, key));
	return record_open_facts(key, t->mail_id, facts, a, ret);
}

static enum err
open_address(struct store *st, const struct store_transfer_row *t, const uint8_t *key,
    struct arena *a, struct store_transfer_link *l)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	struct span orcpt;
	bool have;

	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_MAIL_RCPT,
	    DB_ARGS(db_int(t->tenant_id), db_int(t->mail_id), db_int(l->rcpt_no)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return ERR_OK;
	return record_open_rcpt(
	    key, t->mail_id, l->rcpt_no, db_get_bytes(&row, 1), a, &l->address, &orcpt);
}

enum err
store_transfer_show(
    struct store *st, int64_t transfer_id, struct arena *a, struct store_transfer_detail *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];
	struct list list = { .arena = a, .item_size = sizeof(struct store_transfer_link) };
	struct store_transfer_detail d = { .links = NULL };
	struct store_transfer_link *links;

	TRY(read_begin(st->readers, &rd));
	TRY(get_row(rd.conn, transfer_id, &d.row));
	TRY(get_links(rd.conn, &d.row, &list));
	read_end(&rd);
	links = list.items;
	if (!d.row.erased) {
		TRY(open_facts(st, &d.row, a, key, &d.facts));
		for (size_t i = 0; i < list.count; i++)
			if (links[i].rcpt_no != STORE_RCPT_SHARED)
				TRY(open_address(st, &d.row, key, a, &links[i]));
	}
	d.links = links;
	d.link_count = list.count;
	*ret = d;
	return ERR_OK;
}

/* --- ending --- */

enum err
transfer_end(struct store *st, struct db_conn *c, int64_t tenant_id, int64_t transfer_id,
    int64_t mail_id, enum store_transfer_state to, bool *ret_ended)
{
	int64_t changed;

	state_change(LIFE_TRANSFER, STORE_TRANSFER_ACTIVE, to);
	TRY(db_exec(c, STMT_TRANSFER_END,
	    DB_ARGS(db_int(tenant_id), db_int(transfer_id), db_int(to)), &changed));
	*ret_ended = changed == 1;
	if (changed == 0)
		return ERR_OK;
	/* a mail that is still on its way is ended by its last copy */
	state_change(LIFE_MAIL, MAIL_HELD, MAIL_DONE);
	TRY(db_exec(c, STMT_MAIL_STATE_SET,
	    DB_ARGS(db_int(tenant_id), db_int(mail_id), db_int(MAIL_HELD), db_int(MAIL_DONE)),
	    NULL));
	return audit_note(st, c, tenant_id,
	    (struct store_audit_line){ .event = store_transfer_state_name(to),
		.mail_id = mail_id,
		.transfer_id = transfer_id });
}

struct revoke {
	struct store *st;
	int64_t transfer_id;
};

static enum err
revoke_job(struct db_conn *c, void *arg)
{
	const struct revoke *r = arg;
	struct store_transfer_row t;
	bool ended;

	TRY(get_row(c, r->transfer_id, &t));
	TRY(transfer_end(r->st, c, t.tenant_id, t.id, t.mail_id, STORE_TRANSFER_REVOKED, &ended));
	if (!ended)
		return err_set(ERR_DENIED, "transfer %lld is %s already", (long long)t.id,
		    store_transfer_state_name(t.state));
	return ERR_OK;
}

enum err
store_transfer_revoke(struct store *st, int64_t transfer_id)
{
	struct revoke r = { st, transfer_id };

	return store_write(st, revoke_job, &r);
}
