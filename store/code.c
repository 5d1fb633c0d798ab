/*
 * store/code.c - codes: made, counted, compared; and the sessions they open.
 *
 * Making and trying are jobs of the writer: the counting, the comparing and the using up are one commit, and
 * there is one writer at a time whatever the number of threads and processes.
 */
#include "store/transfer.h"

#include "core/clock.h"
#include "store/audit_int.h"
#include "store/limits.h"
#include "store/store_int.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define HOUR_MS (3600 * 1000LL)

static void
code_hash(struct store *st, const struct store_link *l, int rcpt_no, struct span code,
    uint8_t ret[SHA256_SIZE])
{
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];
	uint8_t code_sum[SHA256_SIZE];
	char text[160], hex[HEX_SIZE(SHA256_SIZE)];
	int n;

	/* what was typed may be anything: its digest has a known shape */
	sha256_of(code, code_sum);
	(void)hex_encode(span_of(code_sum, sizeof(code_sum)), hex);
	n = snprintf(text, sizeof(text), "%lld %d %s", (long long)l->id, rcpt_no, hex);
	store_key_derive(st, "store-code", l->tenant_id, key);
	hmac_sha256(span_of(key, sizeof(key)), span_of(text, (size_t)n), ret);
	crypto_wipe(text, sizeof(text));
}

/* make_code() - uniform: numbers beyond the last whole multiple are drawn again. */
static void
make_code(char ret[STORE_CODE_SIZE])
{
	const uint32_t range = 1000000, fair = UINT32_MAX - UINT32_MAX % range;
	uint32_t r;

	do
		crypto_random(&r, sizeof(r));
	while (r >= fair);
	(void)snprintf(ret, STORE_CODE_SIZE, "%06u", (unsigned)(r % range));
}

static struct span
rcpt_address(const struct store_link *l, int rcpt_no)
{
	for (size_t i = 0; i < l->rcpt_count; i++)
		if (l->rcpts[i].no == rcpt_no)
			return l->rcpts[i].address;
	return SPAN_NONE;
}

static enum err
link_live(struct db_conn *c, const struct store_link *l, int64_t now_ms, bool *ret)
{
	int64_t one;
	enum err err = db_one_int(
	    c, STMT_LINK_LIVE, DB_ARGS(db_int(l->tenant_id), db_int(l->id), db_int(now_ms)), &one);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*ret = err == ERR_OK;
	return ERR_OK;
}

static enum err
code_audit(struct store *st, const struct store_link *l, int rcpt_no, const char *event,
    const char *reason, struct audit_entry *ret)
{
	struct store_audit_line line = { .event = event,
		.reason = reason,
		.address = rcpt_address(l, rcpt_no),
		.mail_id = l->mail_id,
		.transfer_id = l->transfer_id,
		.number = rcpt_no };

	return audit_entry_of(st, l->tenant_id, &line, ret);
}

/* --- a new code --- */

struct make {
	struct store *st;
	const struct store_link *l;
	int rcpt_no;
	int64_t now_ms, expires_ms, id;
	uint8_t hash[SHA256_SIZE];
	struct audit_entry made, refused;
	enum store_code_new answer;
};

static enum err
made_since(struct db_conn *c, const struct make *m, int64_t since_ms, int64_t *ret)
{
	return db_one_int(c, STMT_CODES_MADE,
	    DB_ARGS(
		db_int(m->l->tenant_id), db_int(m->l->id), db_int(m->rcpt_no), db_int(since_ms)),
	    ret);
}

static enum err
make_job(struct db_conn *c, void *arg)
{
	struct make *m = arg;
	const struct store_link *l = m->l;
	int64_t hour, day;
	bool live;

	TRY(link_live(c, l, m->now_ms, &live));
	if (!live) {
		m->answer = STORE_CODE_LINK_GONE;
		return ERR_OK;
	}
	TRY(made_since(c, m, m->now_ms - HOUR_MS, &hour));
	TRY(made_since(c, m, m->now_ms - STORE_CODE_KEEP_MS, &day));
	if (hour >= STORE_CODES_PER_HOUR || day >= STORE_CODES_PER_DAY) {
		m->answer = STORE_CODE_TOO_MANY;
		return audit_append(m->st, c, l->tenant_id, &m->refused);
	}
	TRY(db_exec(c, STMT_CODES_VOID,
	    DB_ARGS(db_int(l->tenant_id), db_int(l->id), db_int(m->rcpt_no)), NULL));
	TRY(db_exec(c, STMT_CODE_ADD,
	    DB_ARGS(db_int(m->id), db_int(l->tenant_id), db_int(l->id), db_int(m->rcpt_no),
		db_blob(span_of(m->hash, SHA256_SIZE)), db_int(m->now_ms), db_int(m->expires_ms)),
	    NULL));
	m->answer = STORE_CODE_MADE;
	return audit_append(m->st, c, l->tenant_id, &m->made);
}

enum err
store_code_new(struct store *st, const struct store_link *l, int rcpt_no, int64_t now_ms,
    int64_t life_ms, enum store_code_new *ret, char ret_code[STORE_CODE_SIZE])
{
	struct make m = { .st = st,
		.l = l,
		.rcpt_no = rcpt_no,
		.now_ms = now_ms,
		.expires_ms = now_ms + life_ms,
		.id = store_new_id() };
	char code[STORE_CODE_SIZE];
	enum err err;

	assert(rcpt_no >= 0);
	make_code(code);
	code_hash(st, l, rcpt_no, span_str(code), m.hash);
	TRY(code_audit(st, l, rcpt_no, "code-made", NULL, &m.made));
	TRY(code_audit(st, l, rcpt_no, "code-refused", "too-many", &m.refused));
	err = store_write(st, make_job, &m);
	if (err == ERR_OK) {
		*ret = m.answer;
		memcpy(ret_code, m.answer == STORE_CODE_MADE ? code : "",
		    m.answer == STORE_CODE_MADE ? sizeof(code) : 1);
	}
	crypto_wipe(code, sizeof(code));
	return err;
}

/* --- trying one --- */

struct attempt {
	struct store *st;
	const struct store_link *l;
	int rcpt_no, max_attempts;
	int64_t now_ms, session_expires_ms;
	uint8_t hash[SHA256_SIZE], session_hash[SHA256_SIZE];
	struct audit_entry right, wrong, refused;
	enum store_code_try answer;
	int attempts_left;
};

/* count_attempt() - *ret_right: the code was live and the same. */
static enum err
count_attempt(struct db_conn *c, struct attempt *t, bool *ret_live, bool *ret_right)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool more;

	*ret_right = false;
	TRY(db_query(c, STMT_CODE_TRY,
	    DB_ARGS(db_int(t->l->tenant_id), db_int(t->l->id), db_int(t->rcpt_no),
		db_int(t->now_ms), db_int(t->max_attempts)),
	    &row));
	TRY(db_next(&row, ret_live));
	if (!*ret_live)
		return ERR_OK;
	*ret_right = span_eq_secret(db_get_bytes(&row, 0), span_of(t->hash, SHA256_SIZE));
	t->attempts_left = t->max_attempts - (int)db_get_int(&row, 1);
	return db_next(&row, &more); /* to the end: the update is complete then */
}

static enum err
open_session(struct db_conn *c, const struct attempt *t)
{
	TRY(db_exec(c, STMT_CODES_VOID,
	    DB_ARGS(db_int(t->l->tenant_id), db_int(t->l->id), db_int(t->rcpt_no)), NULL));
	return db_exec(c, STMT_SESSION_ADD,
	    DB_ARGS(db_blob(span_of(t->session_hash, SHA256_SIZE)), db_int(t->l->tenant_id),
		db_int(t->l->id), db_int(t->rcpt_no), db_int(t->session_expires_ms)),
	    NULL);
}

static enum err
attempt_job(struct db_conn *c, void *arg)
{
	struct attempt *t = arg;
	bool live, right;

	t->answer = STORE_CODE_GONE;
	TRY(link_live(c, t->l, t->now_ms, &live));
	if (!live)
		return ERR_OK;
	t->answer = STORE_CODE_NONE;
	TRY(count_attempt(c, t, &live, &right));
	if (!live) /* guessing that goes on after the last attempt is worth seeing */
		return audit_append(t->st, c, t->l->tenant_id, &t->refused);
	t->answer = right ? STORE_CODE_RIGHT : STORE_CODE_WRONG;
	if (right)
		TRY(open_session(c, t));
	t->wrong.number = t->attempts_left;
	return audit_append(t->st, c, t->l->tenant_id, right ? &t->right : &t->wrong);
}

static void
new_token(char ret[STORE_TOKEN_SIZE], uint8_t ret_hash[SHA256_SIZE])
{
	uint8_t random[20];

	crypto_random(random, sizeof(random));
	(void)base32_encode(span_of(random, sizeof(random)), ret);
	sha256_of(span_str(ret), ret_hash);
	crypto_wipe(random, sizeof(random));
}

enum err
store_code_try(struct store *st, const struct store_link *l, int rcpt_no, struct span code,
    int64_t now_ms, int max_attempts, int64_t session_life_ms, struct store_code_tried *ret)
{
	struct attempt t = { .st = st,
		.l = l,
		.rcpt_no = rcpt_no,
		.max_attempts = max_attempts,
		.now_ms = now_ms,
		.session_expires_ms = now_ms + session_life_ms };
	char token[STORE_TOKEN_SIZE];

	code_hash(st, l, rcpt_no, code, t.hash);
	new_token(token, t.session_hash);
	TRY(code_audit(st, l, rcpt_no, "code-right", NULL, &t.right));
	TRY(code_audit(st, l, rcpt_no, "code-wrong", NULL, &t.wrong));
	TRY(code_audit(st, l, rcpt_no, "code-refused", "no-live-code", &t.refused));
	TRY(store_write(st, attempt_job, &t));
	*ret = (struct store_code_tried){ .answer = t.answer };
	if (t.answer == STORE_CODE_WRONG)
		ret->attempts_left = t.attempts_left;
	if (t.answer == STORE_CODE_RIGHT)
		memcpy(ret->session, token, sizeof(token));
	crypto_wipe(token, sizeof(token));
	return ERR_OK;
}

/* --- sessions --- */

enum err
store_session_find(struct store *st, struct span session, int64_t now_ms, struct store_session *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	uint8_t hash[SHA256_SIZE];
	bool have;

	sha256_of(session, hash);
	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_SESSION_FIND,
	    DB_ARGS(db_blob(span_of(hash, SHA256_SIZE)), db_int(now_ms)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no such session");
	*ret = (struct store_session){
		.link_id = db_get_int(&row, 0),
		.transfer_id = db_get_int(&row, 1),
		.mail_id = db_get_int(&row, 2),
		.tenant_id = db_get_int(&row, 3),
		.rcpt_no = (int)db_get_int(&row, 4),
		.expires_ms = db_get_int(&row, 5),
	};
	return ERR_OK;
}

static enum err
end_job(struct db_conn *c, void *arg)
{
	return db_exec(c, STMT_SESSION_END, DB_ARGS(db_blob(span_of(arg, SHA256_SIZE))), NULL);
}

enum err
store_session_end(struct store *st, struct span session)
{
	uint8_t hash[SHA256_SIZE];

	sha256_of(session, hash);
	return store_write(st, end_job, hash);
}

/* --- downloads --- */

struct download {
	struct store *st;
	const struct store_session *s;
	uint32_t part;
	const char *event;
};

/* The address is taken from the recipient's row as the keyed hash it is: no key is opened for this. */
static enum err
download_job(struct db_conn *c, void *arg)
{
	const struct download *d = arg;
	const struct store_session *s = d->s;
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	struct store_audit_line line = { .event = d->event,
		.mail_id = s->mail_id,
		.transfer_id = s->transfer_id,
		.number = d->part };
	struct audit_entry e;
	bool have;

	TRY(audit_entry_of(d->st, s->tenant_id, &line, &e));
	TRY(db_query(c, STMT_RCPT_HASH,
	    DB_ARGS(db_int(s->tenant_id), db_int(s->mail_id), db_int(s->rcpt_no)), &row));
	TRY(db_next(&row, &have));
	if (have && db_get_bytes(&row, 0).len == SHA256_SIZE) {
		memcpy(e.address_hash, db_get_bytes(&row, 0).p, SHA256_SIZE);
		e.has_address = true;
	}
	db_rows_done(&row);
	return audit_append(d->st, c, s->tenant_id, &e);
}

enum err
store_download_note(struct store *st, const struct store_session *s, uint32_t part, bool complete)
{
	struct download d = { st, s, part, complete ? "downloaded" : "download-begun" };

	return store_write(st, download_job, &d);
}

enum err
store_download_live(struct store *st, const struct store_session *s, int64_t now_ms)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	int64_t one;
	enum err err;

	TRY(read_begin(st->readers, &rd));
	err = db_one_int(rd.conn, STMT_LINK_LIVE,
	    DB_ARGS(db_int(s->tenant_id), db_int(s->link_id), db_int(now_ms)), &one);
	return err == ERR_NOT_FOUND ? err_set(err, "the link is over") : err;
}
