/*
 * store/audit.c - adding lines, listing them.
 */
#include "store/audit.h"

#include "core/clock.h"
#include "store/audit_chain.h"
#include "store/audit_int.h"
#include "store/limits.h"
#include "store/list.h"

#include <assert.h>
#include <string.h>

static enum err
copy_word(const char *word, bool optional, char out[STORE_AUDIT_WORD_MAX + 1])
{
	out[0] = '\0';
	if (optional && (word == NULL || word[0] == '\0'))
		return ERR_OK;
	if (word == NULL || !word_ok(word, STORE_AUDIT_WORD_MAX))
		return err_set(ERR_SYNTAX, "an audit word is 1 to %u letters, digits, \"-\"",
		    STORE_AUDIT_WORD_MAX);
	memcpy(out, word, strlen(word) + 1);
	return ERR_OK;
}

enum err
audit_entry_of(struct store *st, int64_t tenant_id, const struct store_audit_line *line,
    struct audit_entry *ret)
{
	*ret = (struct audit_entry){
		.mail_id = line->mail_id,
		.transfer_id = line->transfer_id,
		.copy_id = line->copy_id,
		.number = line->number,
	};
	TRY(copy_word(line->event, false, ret->event));
	TRY(copy_word(line->reason, true, ret->reason));
	/* what a stranger gave as an address may be none; the line is wanted all the same */
	ret->has_address = line->address.len > 0 &&
	    store_address_hash(st, tenant_id, line->address, ret->address_hash) == ERR_OK;
	return ERR_OK;
}

static enum err
head_read(struct store *st, struct db_conn *c, int64_t tenant_id, struct audit_head *ret)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	*ret = (struct audit_head){ .seq = 0 };
	TRY(db_query(c, STMT_AUDIT_HEAD_GET, DB_ARGS(db_int(tenant_id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return ERR_OK; /* the first line; a chain that lost its head has a line 1 already */
	ret->seq = db_get_int(&row, 0);
	if (!audit_head_check(
		st, tenant_id, ret->seq, db_get_bytes(&row, 1), db_get_bytes(&row, 2)))
		return err_set(
		    ERR_TEMP, "audit head of tenant %lld is not authentic", (long long)tenant_id);
	memcpy(ret->mac, db_get_bytes(&row, 1).p, SHA256_SIZE);
	return ERR_OK;
}

static enum err
line_write(struct db_conn *c, int64_t tenant_id, const struct audit_chained *l)
{
	const struct audit_entry *e = &l->entry;

	return db_exec(c, STMT_AUDIT_ADD,
	    DB_ARGS(db_int(tenant_id), db_int(l->seq), db_int(l->time_ms), db_text(e->event),
		db_text(e->reason), db_int(e->mail_id), db_int(e->transfer_id), db_int(e->copy_id),
		db_int(e->number),
		e->has_address ? db_blob(span_of(e->address_hash, SHA256_SIZE)) : db_null(),
		db_blob(span_of(l->mac, SHA256_SIZE))),
	    NULL);
}

enum err
audit_append(struct store *st, struct db_conn *c, int64_t tenant_id, const struct audit_entry *e)
{
	struct audit_chained l = { .time_ms = clock_now_ms(), .entry = *e };
	struct audit_head head;
	uint8_t head_mac[SHA256_SIZE];

	TRY(head_read(st, c, tenant_id, &head));
	l.seq = head.seq + 1;
	audit_line_mac(st, tenant_id, head.mac, &l, l.mac);
	TRY(line_write(c, tenant_id, &l));
	audit_head_mac(st, tenant_id, l.seq, l.mac, head_mac);
	return db_exec(c, STMT_AUDIT_HEAD_SET,
	    DB_ARGS(db_int(tenant_id), db_int(l.seq), db_blob(span_of(l.mac, SHA256_SIZE)),
		db_blob(span_of(head_mac, SHA256_SIZE))),
	    NULL);
}

enum err
audit_note(struct store *st, struct db_conn *c, int64_t tenant_id, struct store_audit_line line)
{
	struct audit_entry e;

	assert(line.address.len == 0);
	TRY(audit_entry_of(st, tenant_id, &line, &e));
	return audit_append(st, c, tenant_id, &e);
}

struct add {
	struct store *st;
	int64_t tenant_id;
	struct audit_entry entry;
};

static enum err
add_job(struct db_conn *c, void *arg)
{
	const struct add *add = arg;

	return audit_append(add->st, c, add->tenant_id, &add->entry);
}

enum err
store_audit_add(struct store *st, int64_t tenant_id, const struct store_audit_line *line)
{
	struct add add = { .st = st, .tenant_id = tenant_id };

	TRY(audit_entry_of(st, tenant_id, line, &add.entry));
	return store_write(st, add_job, &add);
}

static enum err
row_copy(const struct audit_chained *l, struct arena *a, struct store_audit_row *out)
{
	const struct audit_entry *e = &l->entry;

	*out = (struct store_audit_row){
		.seq = l->seq,
		.time_ms = l->time_ms,
		.event = arena_strdup(a, span_str(e->event)),
		.reason = arena_strdup(a, span_str(e->reason)),
		.mail_id = e->mail_id,
		.transfer_id = e->transfer_id,
		.copy_id = e->copy_id,
		.number = e->number,
		.has_address = e->has_address,
	};
	memcpy(out->address_hash, e->address_hash, SHA256_SIZE);
	if (out->event == NULL || out->reason == NULL)
		return err_set(ERR_TEMP, "no memory for audit lines");
	return ERR_OK;
}

static enum err
list_query(struct db_conn *c, int64_t tenant_id, int64_t mail_id, int64_t after_seq, int64_t max,
    struct db_rows *rows)
{
	if (mail_id != 0)
		return db_query(c, STMT_AUDIT_OF_MAIL,
		    DB_ARGS(db_int(tenant_id), db_int(mail_id), db_int(after_seq), db_int(max)),
		    rows);
	return db_query(
	    c, STMT_AUDIT_AFTER, DB_ARGS(db_int(tenant_id), db_int(after_seq), db_int(max)), rows);
}

enum err
store_audit_list(struct store *st, int64_t tenant_id, int64_t mail_id, int64_t after_seq,
    size_t max, struct arena *a, struct store_audit_row **ret, size_t *ret_count)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	struct list list = { .arena = a, .item_size = sizeof(struct store_audit_row) };
	struct audit_chained line;
	bool have;

	max = max < STORE_LIST_MAX ? max : STORE_LIST_MAX;
	TRY(read_begin(st->readers, &rd));
	TRY(list_query(rd.conn, tenant_id, mail_id, after_seq, (int64_t)max, &rows));
	for (;;) {
		struct store_audit_row *row;

		TRY(db_next(&rows, &have));
		if (!have)
			break;
		TRY(list_more(&list, (void **)&row));
		audit_line_read(&rows, &line);
		TRY(row_copy(&line, a, row));
	}
	*ret = list.items;
	*ret_count = list.count;
	return ERR_OK;
}
