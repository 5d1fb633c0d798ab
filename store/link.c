/*
 * store/link.c - from the token in a URL to the link and what may be said about it.
 */
#include "store/transfer.h"

#include "core/address.h"
#include "store/container_int.h"
#include "store/list.h"
#include "store/record.h"
#include "store/store_int.h"

#include <string.h>

static enum err
link_row(struct db_conn *c, const uint8_t hash[SHA256_SIZE], int64_t now_ms, struct store_link *ret)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	TRY(db_query(c, STMT_LINK_BY_TOKEN, DB_ARGS(db_blob(span_of(hash, SHA256_SIZE))), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no such link");
	*ret = (struct store_link){
		.id = db_get_int(&row, 0),
		.transfer_id = db_get_int(&row, 1),
		.mail_id = db_get_int(&row, 2),
		.tenant_id = db_get_int(&row, 3),
		.rcpt_no = (int)db_get_int(&row, 4),
		.state = (enum store_link_state)db_get_int(&row, 5),
		.created_ms = db_get_int(&row, 6),
		.expires_ms = db_get_int(&row, 7),
	};
	if (ret->state == STORE_LINK_ACTIVE && ret->expires_ms <= now_ms)
		ret->state = STORE_LINK_EXPIRED;
	return ERR_OK;
}

/* --- what an active link shows --- */

/* Sealed values of the mail, copied out of the rows before the key is opened. */
struct sealed_mail {
	struct span key, facts;
	struct list rcpts; /* struct sealed_rcpt */
};
struct sealed_rcpt {
	int no;
	struct span address;
};

static enum err
sealed_facts(struct db_conn *c, const struct store_link *l, struct arena *a, struct sealed_mail *m)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	TRY(db_query(c, STMT_MAIL_META, DB_ARGS(db_int(l->tenant_id), db_int(l->mail_id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no mail %lld with a key", (long long)l->mail_id);
	TRY(arena_dup(a, db_get_bytes(&row, 0), &m->key));
	return arena_dup(a, db_get_bytes(&row, 1), &m->facts);
}

static enum err
rcpt_query(struct db_conn *c, const struct store_link *l, struct db_rows *rows)
{
	if (l->rcpt_no == STORE_RCPT_SHARED)
		return db_query(
		    c, STMT_MAIL_RCPTS, DB_ARGS(db_int(l->tenant_id), db_int(l->mail_id)), rows);
	return db_query(c, STMT_MAIL_RCPT,
	    DB_ARGS(db_int(l->tenant_id), db_int(l->mail_id), db_int(l->rcpt_no)), rows);
}

static enum err
sealed_rcpts(struct db_conn *c, const struct store_link *l, struct sealed_mail *m)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	TRY(rcpt_query(c, l, &rows));
	for (;;) {
		struct sealed_rcpt *r;

		TRY(db_next(&rows, &have));
		if (!have)
			return ERR_OK;
		TRY(list_more(&m->rcpts, (void **)&r));
		r->no = (int)db_get_int(&rows, 0);
		TRY(arena_dup(m->rcpts.arena, db_get_bytes(&rows, 1), &r->address));
	}
}

static enum err
open_mail(struct store *st, const struct sealed_mail *m, struct arena *a, struct store_link *l)
{
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];
	struct store_link_rcpt *rcpts = arena_alloc(a, (m->rcpts.count + 1) * sizeof(*rcpts));
	struct span orcpt;

	if (rcpts == NULL)
		return err_set(ERR_TEMP, "no memory for recipients");
	TRY(message_key_open(st, l->tenant_id, l->mail_id, m->key, key));
	TRY(record_open_facts(key, l->mail_id, m->facts, a, &l->facts));
	for (size_t i = 0; i < m->rcpts.count; i++) {
		const struct sealed_rcpt *r = (const struct sealed_rcpt *)m->rcpts.items + i;

		rcpts[i].no = r->no;
		TRY(record_open_rcpt(
		    key, l->mail_id, r->no, r->address, a, &rcpts[i].address, &orcpt));
	}
	l->rcpts = rcpts;
	l->rcpt_count = m->rcpts.count;
	return ERR_OK;
}

/*
 * work_alike() - what opening a mail's key costs, for tokens that lead to none: a key of our own making is
 * agreed with and the result thrown away, so that time tells nothing about a token.
 */
static void
work_alike(void)
{
	static const uint8_t priv[X25519_SIZE] = { 1 };
	uint8_t sealed[SEALED_KEY_SIZE], out[STORE_KEY_SIZE];

	crypto_random(sealed, sizeof(sealed));
	if (seal_open(priv, SPAN("none"), span_of(sealed, sizeof(sealed)), out) == ERR_OK)
		crypto_wipe(out, sizeof(out));
}

enum err
store_link_find(
    struct store *st, struct span token, int64_t now_ms, struct arena *a, struct store_link *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	struct sealed_mail m = { .rcpts = { .arena = a, .item_size = sizeof(struct sealed_rcpt) } };
	struct store_link l;
	uint8_t hash[SHA256_SIZE];
	enum err err;

	/* a malformed token is looked up like any other: its hash is in no row */
	sha256_of(token, hash);
	TRY(read_begin(st->readers, &rd));
	err = link_row(rd.conn, hash, now_ms, &l);
	if (err != ERR_OK || l.state != STORE_LINK_ACTIVE) {
		read_end(&rd);
		work_alike();
		if (err == ERR_OK)
			*ret = l;
		return err == ERR_NOT_FOUND ? err_set(ERR_NOT_FOUND, "no such link") : err;
	}
	TRY(sealed_facts(rd.conn, &l, a, &m));
	TRY(sealed_rcpts(rd.conn, &l, &m));
	read_end(&rd);
	TRY(open_mail(st, &m, a, &l));
	*ret = l;
	return ERR_OK;
}

enum err
store_link_rcpt_find(const struct store_link *l, struct span address, int *ret_rcpt_no)
{
	CLEANUP(buf_done) struct buf want = { 0 };
	CLEANUP(buf_done) struct buf have = { 0 };

	buf_init(&want, ADDRESS_MAX);
	buf_init(&have, ADDRESS_MAX);
	if (address_canonical(address, &want) != ERR_OK)
		return err_set(ERR_NOT_FOUND, "not a recipient of this link");
	for (size_t i = 0; i < l->rcpt_count; i++) {
		buf_clear(&have);
		if (address_canonical(l->rcpts[i].address, &have) == ERR_OK &&
		    span_eq(buf_span(&want), buf_span(&have))) {
			*ret_rcpt_no = l->rcpts[i].no;
			return ERR_OK;
		}
	}
	return err_set(ERR_NOT_FOUND, "not a recipient of this link");
}
