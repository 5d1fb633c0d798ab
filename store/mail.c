/*
 * store/mail.c - the accepting commit.
 */
#include "store/mail.h"

#include "core/address.h"
#include "core/clock.h"
#include "store/audit_int.h"
#include "store/container_int.h"
#include "store/limits.h"
#include "store/mail_int.h"
#include "store/queue.h"
#include "store/record.h"
#include "store/state.h"
#include "store/transfer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One recipient, ready for its rows. */
struct rcpt_work {
	uint8_t address_hash[SHA256_SIZE];
	uint8_t repeat_hash[SHA256_SIZE];
	uint8_t token_hash[SHA256_SIZE]; /* of his own link */
	struct span sealed;              /* address and ORCPT */
	int64_t copy_id, link_id;
};

struct mail_work {
	struct store *st;
	const struct store_mail_new *mail;
	struct store_container *container;
	int64_t mail_id, copy_id, unchanged_copy_id; /* the shared copies */
	int64_t transfer_id, link_id;
	int64_t now_ms;
	uint8_t shared_token_hash[SHA256_SIZE];
	struct buf facts;
	struct buf sealed_rcpts; /* one after the other */
	struct rcpt_work *rcpts;
	struct audit_entry *audit;
	/* decided in the commit, from the recipients that are new: */
	enum store_verdict verdict;
	int64_t linked_count, unchanged_count;
	struct store_mail_done done;
};

/* --- preparing --- */

static enum err
check_address(struct span address)
{
	struct address parsed;

	return address_parse(address, &parsed);
}

/*
 * repeat_hash() - what makes two deliveries of one mail the same: the mail's name, its content, which of our
 * copies it is the return of, and the recipient. Keyed, so that the table says nothing without auth.key.
 */
static enum err
repeat_hash(struct mail_work *w, struct rcpt_work *r)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];
	uint8_t key_hash[SHA256_SIZE], digest_hash[SHA256_SIZE];

	sha256_of(w->mail->message_key, key_hash);
	sha256_of(w->mail->content_digest, digest_hash);
	buf_init(&text, 256);
	TRY(buf_put(&text, span_of(key_hash, SHA256_SIZE)));
	TRY(buf_put(&text, span_of(digest_hash, SHA256_SIZE)));
	TRY(buf_put(&text, span_of(r->address_hash, SHA256_SIZE)));
	TRY(buf_printf(&text, "%lld", (long long)w->mail->returned_copy_id));
	store_key_derive(w->st, "store-repeat", w->mail->tenant_id, key);
	hmac_sha256(span_of(key, sizeof(key)), buf_span(&text), r->repeat_hash);
	return ERR_OK;
}

static void
token_hash(const struct mail_work *w, int rcpt_no, uint8_t ret[SHA256_SIZE])
{
	char token[STORE_TOKEN_SIZE];

	store_container_token(w->container, rcpt_no, token);
	sha256_of(span_str(token), ret);
	crypto_wipe(token, sizeof(token));
}

static enum err
prepare_rcpt(struct mail_work *w, size_t i)
{
	const struct store_rcpt_new *in = &w->mail->rcpts[i];
	struct rcpt_work *r = &w->rcpts[i];
	size_t before = w->sealed_rcpts.len;

	TRY(check_address(in->address));
	TRY(store_address_hash(w->st, w->mail->tenant_id, in->address, r->address_hash));
	TRY(repeat_hash(w, r));
	token_hash(w, (int)i, r->token_hash);
	TRY(record_seal_rcpt(container_key(w->container), w->mail_id, (int)i, in->address,
	    in->orcpt, &w->sealed_rcpts));
	r->sealed.len = w->sealed_rcpts.len - before;
	r->copy_id = store_new_id();
	r->link_id = store_new_id();
	return ERR_OK;
}

static enum err
prepare_rcpts(struct mail_work *w)
{
	const uint8_t *at;

	w->rcpts = calloc(w->mail->rcpt_count, sizeof(*w->rcpts));
	if (w->rcpts == NULL)
		return err_set(ERR_TEMP, "no memory for recipients");
	buf_init(&w->sealed_rcpts, w->mail->rcpt_count * 2048);
	for (size_t i = 0; i < w->mail->rcpt_count; i++)
		TRY(prepare_rcpt(w, i));
	at = w->sealed_rcpts.p; /* it does not move any more */
	for (size_t i = 0; i < w->mail->rcpt_count; i++) {
		w->rcpts[i].sealed.p = at;
		at += w->rcpts[i].sealed.len;
	}
	return ERR_OK;
}

static enum err
prepare_audit(struct mail_work *w)
{
	w->audit = calloc(w->mail->audit_count + 1, sizeof(*w->audit));
	if (w->audit == NULL)
		return err_set(ERR_TEMP, "no memory for audit lines");
	for (size_t i = 0; i < w->mail->audit_count; i++) {
		TRY(audit_entry_of(w->st, w->mail->tenant_id, &w->mail->audit[i], &w->audit[i]));
		if (w->audit[i].mail_id == 0)
			w->audit[i].mail_id = w->mail_id;
	}
	return ERR_OK;
}

static enum err
prepare(struct mail_work *w)
{
	const struct store_mail_new *m = w->mail;

	if (m->reason == NULL || !word_ok(m->reason, STORE_AUDIT_WORD_MAX))
		return err_set(ERR_SYNTAX, "a mail's reason is a stable word");
	if (m->facts.sender.len > 0)
		TRY(check_address(m->facts.sender));
	TRY(store_container_finish(w->container));
	buf_init(&w->facts, STORE_FACTS_MAX + VALUE_OVERHEAD);
	TRY(record_seal_facts(container_key(w->container), w->mail_id, &m->facts, &w->facts));
	token_hash(w, STORE_RCPT_SHARED, w->shared_token_hash);
	TRY(prepare_rcpts(w));
	return prepare_audit(w);
}

enum err
mail_work_new(struct store *st, const struct store_mail_new *mail, struct mail_work **ret)
{
	struct mail_work *w;
	enum err err;

	assert(mail->container != NULL);
	assert(mail->tenant_id == container_tenant_id(mail->container));
	assert(mail->rcpt_count >= 1 && mail->rcpt_count <= STORE_RCPT_MAX);
	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		struct store_container *c = mail->container;

		store_container_free(&c);
		return err_set(ERR_TEMP, "no memory for a mail");
	}
	w->st = st;
	w->mail = mail;
	w->container = mail->container;
	w->mail_id = store_container_mail_id(mail->container);
	w->now_ms = clock_now_ms();
	w->copy_id = store_new_id();
	w->unchanged_copy_id = store_new_id();
	w->transfer_id = store_new_id();
	w->link_id = store_new_id();
	err = prepare(w);
	if (err != ERR_OK) {
		mail_work_free(&w);
		return err;
	}
	*ret = w;
	return ERR_OK;
}

void
mail_work_free(struct mail_work **wp)
{
	struct mail_work *w = *wp;

	if (w == NULL)
		return;
	store_container_free(&w->container);
	buf_done(&w->facts);
	buf_done(&w->sealed_rcpts);
	free(w->rcpts);
	free(w->audit);
	free(w);
	*wp = NULL;
}

const struct store_mail_done *
mail_work_done(const struct mail_work *w)
{
	return &w->done;
}

void
mail_work_settle(struct mail_work *w, enum err commit)
{
	/* unknown: the row may be there, so its bytes stay; if it is not, the sweep takes them */
	if (commit == ERR_UNCERTAIN || (commit == ERR_OK && w->done.mail_id != 0))
		container_keep(w->container);
}

/* --- inserting: everything below runs in the writer --- */

static bool
is_unchanged(const struct mail_work *w, size_t i)
{
	return w->verdict == STORE_SECURE && w->mail->rcpts[i].unchanged;
}

static bool
is_linked(const struct mail_work *w, size_t i)
{
	return w->verdict == STORE_SECURE && !w->mail->rcpts[i].unchanged;
}

static bool
has_own_copy(const struct mail_work *w, size_t i)
{
	return is_linked(w, i) && !w->mail->shared_link;
}

static int64_t
rcpt_copy_id(const struct mail_work *w, size_t i)
{
	if (is_unchanged(w, i))
		return w->unchanged_copy_id;
	return has_own_copy(w, i) ? w->rcpts[i].copy_id : w->copy_id;
}

/* The copy that is neither one recipient's nor of those who get the mail as it came. */
static bool
has_common_copy(const struct mail_work *w)
{
	return w->verdict == STORE_PASS || w->mail->shared_link;
}

static int64_t
copy_count(const struct mail_work *w)
{
	return (has_common_copy(w) ? 1 : w->linked_count) + (w->unchanged_count > 0);
}

static int64_t
transfer_id(const struct mail_work *w)
{
	return w->verdict == STORE_SECURE ? w->transfer_id : 0;
}

static enum err
decide_rcpt(struct db_conn *c, struct mail_work *w, size_t i, enum store_rcpt_outcome *ret)
{
	const struct store_mail_new *m = w->mail;
	const struct rcpt_work *r = &w->rcpts[i];
	int64_t changed;

	*ret = STORE_RCPT_NEW;
	if (m->message_key.len > 0) {
		TRY(db_exec(c, STMT_REPEAT_ADD,
		    DB_ARGS(db_int(m->tenant_id), db_blob(span_of(r->repeat_hash, SHA256_SIZE)),
			db_int(w->now_ms), db_int(w->mail_id),
			db_int(w->now_ms - w->st->repeat_window_ms)),
		    &changed));
		if (changed == 0)
			*ret = STORE_RCPT_REPEAT;
	}
	if (*ret == STORE_RCPT_NEW && m->returned_copy_id != 0) {
		TRY(db_exec(c, STMT_RETURNED_ADD,
		    DB_ARGS(db_int(m->tenant_id), db_int(m->returned_copy_id),
			db_blob(span_of(r->address_hash, SHA256_SIZE)), db_int(w->now_ms)),
		    &changed));
		if (changed > 0)
			return ERR_OK;
		*ret = STORE_RCPT_RETURNED_AGAIN;
		/* nothing was accepted for him: when the mail is sent again it is no repeat, he hears the same */
		if (m->message_key.len > 0)
			TRY(db_exec(c, STMT_REPEAT_DROP,
			    DB_ARGS(db_int(m->tenant_id),
				db_blob(span_of(r->repeat_hash, SHA256_SIZE))),
			    &changed));
	}
	return ERR_OK;
}

static enum err
audit_rcpt(struct db_conn *c, struct mail_work *w, size_t i, const char *event)
{
	bool stored = w->done.new_count > 0;
	struct audit_entry e = {
		.mail_id = stored ? w->mail_id : 0,
		.transfer_id = stored ? transfer_id(w) : 0,
		.copy_id = w->done.rcpt[i] == STORE_RCPT_NEW ? rcpt_copy_id(w, i) : 0,
		.number = (int64_t)i,
		.has_address = true,
	};

	(void)strcpy(e.event, event);
	memcpy(e.address_hash, w->rcpts[i].address_hash, SHA256_SIZE);
	return audit_append(w->st, c, w->mail->tenant_id, &e);
}

/* A secured mail of which nobody new gets a link is one that passes. */
static void
count_ways(struct mail_work *w)
{
	w->linked_count = 0;
	for (size_t i = 0; i < w->mail->rcpt_count; i++)
		w->linked_count +=
		    w->done.rcpt[i] == STORE_RCPT_NEW && !w->mail->rcpts[i].unchanged;
	w->verdict = w->linked_count > 0 ? w->mail->verdict : STORE_PASS;
	w->unchanged_count =
	    w->verdict == STORE_SECURE ? (int64_t)w->done.new_count - w->linked_count : 0;
}

static enum err
decide_all(struct db_conn *c, struct mail_work *w)
{
	w->done.new_count = 0;
	for (size_t i = 0; i < w->mail->rcpt_count; i++) {
		TRY(decide_rcpt(c, w, i, &w->done.rcpt[i]));
		w->done.new_count += w->done.rcpt[i] == STORE_RCPT_NEW;
	}
	w->done.mail_id = w->done.new_count > 0 ? w->mail_id : 0;
	count_ways(w);
	return ERR_OK;
}

static enum err
insert_mail(struct db_conn *c, struct mail_work *w)
{
	const struct store_mail_new *m = w->mail;
	int64_t flags = (m->smtputf8 ? MAIL_FLAG_SMTPUTF8 : 0) |
	    (m->body_8bit ? MAIL_FLAG_8BIT : 0) | (m->needs_bdat ? MAIL_FLAG_BDAT : 0) |
	    (m->automatic ? MAIL_FLAG_AUTOMATIC : 0);

	state_change(LIFE_MAIL, STATE_NONE, MAIL_OPEN);
	return db_exec(c, STMT_MAIL_ADD,
	    DB_ARGS(db_int(w->mail_id), db_int(m->tenant_id), db_int(m->received_ms),
		db_int(w->verdict), db_int(m->origin), db_text(m->reason), db_int(flags),
		db_int(m->ret), db_int(m->returned_copy_id), db_int(copy_count(w)),
		db_blob(span_of(container_sealed_key(w->container), SEALED_KEY_SIZE)),
		db_blob(buf_span(&w->facts)), db_int((int64_t)container_stored_size(w->container)),
		db_blob_or_null(container_row(w->container))),
	    NULL);
}

static enum err
insert_copy(struct db_conn *c, struct mail_work *w, int64_t copy_id, int link_rcpt_no)
{
	state_change(LIFE_COPY, STATE_NONE, STORE_COPY_QUEUED);
	return db_exec(c, STMT_COPY_ADD,
	    DB_ARGS(db_int(copy_id), db_int(w->mail->tenant_id), db_int(w->mail_id),
		db_int(w->now_ms), db_int(link_rcpt_no)),
	    NULL);
}

static enum err
insert_rcpt(struct db_conn *c, struct mail_work *w, size_t i)
{
	const struct rcpt_work *r = &w->rcpts[i];

	state_change(LIFE_RCPT, STATE_NONE, STORE_RCPT_PENDING);
	return db_exec(c, STMT_RCPT_ADD,
	    DB_ARGS(db_int(w->mail_id), db_int((int64_t)i), db_int(w->mail->tenant_id),
		db_int(rcpt_copy_id(w, i)), db_int(w->mail->rcpts[i].notify), db_blob(r->sealed),
		db_blob(span_of(r->address_hash, SHA256_SIZE))),
	    NULL);
}

static enum err
insert_link(struct db_conn *c, struct mail_work *w, int64_t link_id, int rcpt_no,
    const uint8_t hash[SHA256_SIZE])
{
	return db_exec(c, STMT_LINK_ADD,
	    DB_ARGS(db_int(link_id), db_int(w->mail->tenant_id), db_int(w->transfer_id),
		db_int(w->mail_id), db_int(rcpt_no), db_blob(span_of(hash, SHA256_SIZE))),
	    NULL);
}

static enum err
insert_transfer(struct db_conn *c, struct mail_work *w)
{
	const struct store_mail_new *m = w->mail;
	int64_t links = m->shared_link ? 1 : w->linked_count;

	state_change(LIFE_TRANSFER, STATE_NONE, STORE_TRANSFER_ACTIVE);
	TRY(db_exec(c, STMT_TRANSFER_ADD,
	    DB_ARGS(db_int(w->transfer_id), db_int(m->tenant_id), db_int(w->mail_id),
		db_int(w->now_ms), db_int(m->link_expires_ms), db_int(m->shared_link),
		db_int(links)),
	    NULL));
	if (m->shared_link)
		TRY(insert_link(c, w, w->link_id, STORE_RCPT_SHARED, w->shared_token_hash));
	return ERR_OK;
}

/* insert_one() - all rows of one new recipient. */
static enum err
insert_one(struct db_conn *c, struct mail_work *w, size_t i)
{
	if (has_own_copy(w, i)) {
		TRY(insert_copy(c, w, w->rcpts[i].copy_id, (int)i));
		TRY(insert_link(c, w, w->rcpts[i].link_id, (int)i, w->rcpts[i].token_hash));
	}
	TRY(insert_rcpt(c, w, i));
	if (is_linked(w, i))
		TRY(audit_rcpt(c, w, i, "link-made"));
	if (is_unchanged(w, i))
		TRY(audit_rcpt(c, w, i, "recipient-unchanged"));
	return ERR_OK;
}

static enum err
insert_new(struct db_conn *c, struct mail_work *w)
{
	TRY(insert_mail(c, w));
	if (w->verdict == STORE_SECURE)
		TRY(insert_transfer(c, w));
	if (has_common_copy(w))
		TRY(insert_copy(c, w, w->copy_id, STORE_RCPT_SHARED));
	if (w->unchanged_count > 0)
		TRY(insert_copy(c, w, w->unchanged_copy_id, STORE_RCPT_UNCHANGED));
	TRY(audit_note(w->st, c, w->mail->tenant_id,
	    (struct store_audit_line){ .event = "accepted",
		.reason = w->mail->reason,
		.mail_id = w->mail_id,
		.transfer_id = transfer_id(w),
		.number = (int64_t)w->done.new_count }));
	for (size_t i = 0; i < w->mail->rcpt_count; i++)
		if (w->done.rcpt[i] == STORE_RCPT_NEW)
			TRY(insert_one(c, w, i));
	return ERR_OK;
}

static enum err
audit_old(struct db_conn *c, struct mail_work *w)
{
	for (size_t i = 0; i < w->mail->rcpt_count; i++) {
		if (w->done.rcpt[i] == STORE_RCPT_REPEAT)
			TRY(audit_rcpt(c, w, i, "repeat"));
		if (w->done.rcpt[i] == STORE_RCPT_RETURNED_AGAIN)
			TRY(audit_rcpt(c, w, i, "returned-again"));
	}
	return ERR_OK;
}

enum err
mail_work_insert(struct db_conn *c, struct mail_work *w)
{
	TRY(decide_all(c, w));
	if (w->done.new_count > 0)
		TRY(insert_new(c, w));
	TRY(audit_old(c, w));
	for (size_t i = 0; i < w->mail->audit_count; i++)
		TRY(audit_append(w->st, c, w->mail->tenant_id, &w->audit[i]));
	return ERR_OK;
}

static enum err
insert_job(struct db_conn *c, void *arg)
{
	return mail_work_insert(c, arg);
}

static void
work_free(struct mail_work **w)
{
	mail_work_free(w);
}

enum err
store_mail_commit(struct store *st, const struct store_mail_new *mail, struct store_mail_done *ret)
{
	CLEANUP(work_free) struct mail_work *w = NULL;
	enum err err;

	TRY(mail_work_new(st, mail, &w));
	err = store_write(st, insert_job, w);
	mail_work_settle(w, err);
	if (err != ERR_OK)
		return err;
	*ret = w->done;
	if (ret->mail_id != 0)
		store_wake(st);
	return ERR_OK;
}

enum err
store_return_find(struct store *st, int64_t tenant_id, int64_t copy_id, struct store_return *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_RETURN_FIND, DB_ARGS(db_int(tenant_id), db_int(copy_id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no copy %lld of this tenant", (long long)copy_id);
	*ret = (struct store_return){
		.mail_id = db_get_int(&row, 0),
		.verdict = (enum store_verdict)db_get_int(&row, 1),
		.origin = (enum store_origin)db_get_int(&row, 2),
		.generation = db_get_int(&row, 3) != 0 ? 1 : 0,
		.received_ms = db_get_int(&row, 4),
	};
	return ERR_OK;
}
