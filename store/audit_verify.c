/*
 * store/audit_verify.c - walking a chain, and the copies of the heads beside the keys.
 *
 * keys_dir/heads holds a line a tenant: id, number of the newest line, its mac in hex. Whoever sets a database
 * back to an older state, or cuts a chain and writes an older head that was once authentic, meets this copy.
 */
#include "store/audit.h"

#include "store/audit_chain.h"
#include "store/io.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define WALK_LINES 512
#define HEADS_MAX  (16u << 20)

/* --- copies of heads --- */

static bool
head_line(struct span *text, int64_t *ret_tenant, struct audit_head *ret)
{
	struct span line;
	uint64_t tenant, seq;

	if (!span_take_until(text, '\n', &line))
		return false;
	(void)span_take_byte(text, '\n');
	if (!span_take_u64(&line, INT64_MAX, &tenant) || !span_take_byte(&line, ' ') ||
	    !span_take_u64(&line, INT64_MAX, &seq) || !span_take_byte(&line, ' ') ||
	    hex_decode(line, ret->mac, SHA256_SIZE) != ERR_OK)
		return false;
	*ret_tenant = (int64_t)tenant;
	ret->seq = (int64_t)seq;
	return true;
}

static enum err
heads_read(struct store *st, struct buf *out)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", st->keys_dir, KEYS_HEADS) >= (int)sizeof(path))
		return err_set(ERR_LIMIT, "keys_dir is too long");
	return io_read_file(path, out);
}

/* saved_in() - the copy for this tenant in text; seq 0: there is none. ERR_DENIED: text is damaged. */
static enum err
saved_in(struct span text, int64_t tenant_id, struct audit_head *ret)
{
	struct audit_head h;
	int64_t tenant;

	ret->seq = 0;
	while (head_line(&text, &tenant, &h))
		if (tenant == tenant_id)
			*ret = h;
	if (text.len > 0)
		return err_set(ERR_DENIED, "keys_dir/%s is damaged", KEYS_HEADS);
	return ERR_OK;
}

static enum err
saved_head(struct store *st, int64_t tenant_id, struct audit_head *ret)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	enum err err;

	ret->seq = 0;
	buf_init(&text, HEADS_MAX);
	err = heads_read(st, &text);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	TRY(err);
	return saved_in(buf_span(&text), tenant_id, ret);
}

static enum err
put_head(struct buf *out, int64_t tenant_id, const struct audit_head *h)
{
	char hex[HEX_SIZE(SHA256_SIZE)];

	return buf_printf(out, "%lld %lld %s\n", (long long)tenant_id, (long long)h->seq,
	    hex_encode(span_of(h->mac, SHA256_SIZE), hex));
}

/* still_there() - the line that the copy tells of stands in the chain as it was. */
static enum err
still_there(struct db_conn *c, int64_t tenant_id, const struct audit_head *saved, bool *ret)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	struct audit_chained line = { 0 };
	bool have;

	TRY(db_query(c, STMT_AUDIT_AFTER,
	    DB_ARGS(db_int(tenant_id), db_int(saved->seq - 1), db_int(1)), &row));
	TRY(db_next(&row, &have));
	if (have)
		audit_line_read(&row, &line);
	*ret = have && line.seq == saved->seq && memcmp(line.mac, saved->mac, SHA256_SIZE) == 0;
	return ERR_OK;
}

/* One tenant's line for the new file: the newer head, but a copy that proves a loss stays. */
static enum err
renew_head(
    struct db_conn *c, struct span old, int64_t tenant_id, struct audit_head head, struct buf *out)
{
	struct audit_head saved;
	bool good = true;

	TRY(saved_in(old, tenant_id, &saved));
	if (saved.seq > 0)
		TRY(still_there(c, tenant_id, &saved, &good));
	return put_head(out, tenant_id, good && head.seq >= saved.seq ? &head : &saved);
}

static enum err
renew_present(struct db_conn *c, struct span old, struct buf *out)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	struct audit_head head;
	bool have;

	TRY(db_query(c, STMT_AUDIT_HEADS, DB_NO_ARGS, &rows));
	for (;;) {
		TRY(db_next(&rows, &have));
		if (!have)
			return ERR_OK;
		head.seq = db_get_int(&rows, 1);
		if (db_get_bytes(&rows, 2).len != SHA256_SIZE)
			continue; /* a damaged head is for verify to tell */
		memcpy(head.mac, db_get_bytes(&rows, 2).p, SHA256_SIZE);
		TRY(renew_head(c, old, db_get_int(&rows, 0), head, out));
	}
}

/* keep_absent() - copies of tenants that have no head any more. */
static enum err
keep_absent(struct span old, struct buf *out)
{
	struct audit_head h, present;
	int64_t tenant_id;

	while (head_line(&old, &tenant_id, &h)) {
		TRY(saved_in(buf_span(out), tenant_id, &present));
		if (present.seq == 0)
			TRY(put_head(out, tenant_id, &h));
	}
	return ERR_OK;
}

/* In the writer: the database's lock keeps two processes from writing the file at once. */
static enum err
heads_job(struct db_conn *c, void *arg)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(buf_done) struct buf old = { 0 };
	struct store *st = arg;
	enum err err;

	buf_init(&text, HEADS_MAX);
	buf_init(&old, HEADS_MAX);
	err = heads_read(st, &old);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	TRY(renew_present(c, buf_span(&old), &text));
	TRY(keep_absent(buf_span(&old), &text));
	if (span_eq(buf_span(&old), buf_span(&text)))
		return ERR_OK;
	return io_replace_file(st->keys_dir, KEYS_HEADS, 0600, buf_span(&text));
}

enum err
audit_heads_save(struct store *st)
{
	return store_write(st, heads_job, st);
}

/* --- walking --- */

struct walk {
	struct store *st;
	int64_t tenant_id;
	struct audit_head at; /* the last good line */
	struct audit_head saved;
	enum store_audit_finding finding;
	int64_t trouble_seq;
};

static void
found(struct walk *w, enum store_audit_finding finding, int64_t seq)
{
	w->finding = finding;
	w->trouble_seq = seq;
}

static void
walk_line(struct walk *w, const struct audit_chained *l)
{
	uint8_t mac[SHA256_SIZE];

	if (l->seq != w->at.seq + 1) {
		found(w, STORE_AUDIT_MISSING, w->at.seq + 1);
		return;
	}
	audit_line_mac(w->st, w->tenant_id, w->at.mac, l, mac);
	if (!span_eq_secret(span_of(mac, SHA256_SIZE), span_of(l->mac, SHA256_SIZE)) ||
	    (l->seq == w->saved.seq && memcmp(mac, w->saved.mac, SHA256_SIZE) != 0)) {
		found(w, STORE_AUDIT_CHANGED, l->seq);
		return;
	}
	w->at.seq = l->seq;
	memcpy(w->at.mac, mac, SHA256_SIZE);
}

/* walk_some() - *ret_more: there may be more lines. */
static enum err
walk_some(struct walk *w, bool *ret_more)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	struct audit_chained line;
	size_t n = 0;
	bool have;

	TRY(read_begin(w->st->readers, &rd));
	TRY(db_query(rd.conn, STMT_AUDIT_AFTER,
	    DB_ARGS(db_int(w->tenant_id), db_int(w->at.seq), db_int(WALK_LINES)), &rows));
	for (;;) {
		TRY(db_next(&rows, &have));
		if (!have)
			break;
		n++;
		audit_line_read(&rows, &line);
		walk_line(w, &line);
		if (w->finding != STORE_AUDIT_OK)
			break;
	}
	*ret_more = n == WALK_LINES && w->finding == STORE_AUDIT_OK;
	return ERR_OK;
}

/* check_head() - against the head as it was before the walk: lines may have been added since. */
static void
check_head(struct walk *w, const struct audit_head *head, bool authentic)
{
	if (w->finding != STORE_AUDIT_OK)
		return;
	if (!authentic)
		found(w, STORE_AUDIT_HEAD, w->at.seq);
	else if (head->seq > w->at.seq || w->saved.seq > w->at.seq)
		found(w, STORE_AUDIT_CUT, w->at.seq + 1);
}

static enum err
head_now(struct store *st, int64_t tenant_id, struct audit_head *ret, bool *ret_authentic)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	*ret = (struct audit_head){ .seq = 0 };
	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_AUDIT_HEAD_GET, DB_ARGS(db_int(tenant_id)), &row));
	TRY(db_next(&row, &have));
	*ret_authentic = false;
	if (!have)
		return ERR_OK;
	ret->seq = db_get_int(&row, 0);
	*ret_authentic =
	    audit_head_check(st, tenant_id, ret->seq, db_get_bytes(&row, 1), db_get_bytes(&row, 2));
	if (*ret_authentic)
		memcpy(ret->mac, db_get_bytes(&row, 1).p, SHA256_SIZE);
	return ERR_OK;
}

enum err
store_audit_verify(struct store *st, int64_t tenant_id, struct store_audit_result *ret)
{
	struct walk w = { .st = st, .tenant_id = tenant_id, .finding = STORE_AUDIT_OK };
	struct audit_head head;
	bool authentic, more;

	TRY(saved_head(st, tenant_id, &w.saved));
	TRY(head_now(st, tenant_id, &head, &authentic));
	do
		TRY(walk_some(&w, &more));
	while (more);
	/* no line, no head, no copy: nothing has happened yet */
	if (w.at.seq > 0 || head.seq > 0 || w.saved.seq > 0)
		check_head(&w, &head, authentic);
	*ret = (struct store_audit_result){
		.finding = w.finding, .seq = w.trouble_seq, .lines = w.at.seq
	};
	memcpy(ret->head, w.at.mac, SHA256_SIZE);
	return w.finding == STORE_AUDIT_OK ? audit_heads_save(st) : ERR_OK;
}

const char *
store_audit_finding_name(enum store_audit_finding f)
{
	static const char *const names[] = { "ok", "changed", "missing", "head", "cut" };

	return (size_t)f < sizeof(names) / sizeof(names[0]) ? names[f] : "?";
}
