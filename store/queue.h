/*
 * store/queue.h - copies on their way out.
 *
 * deliver claims copies that are due, tries them, and writes results; each is one commit. A claim belongs
 * to an owner: a process with a locked file in run_dir. When the process is gone the lock is gone too, and
 * store_queue_recover() gives its copies back. Claims are dealt out to the tenants in turn, so that one with
 * a long queue does not keep the others waiting.
 *
 * The life of a copy (store/state.h): QUEUED -> CLAIMED -> QUEUED (retry) | DONE.
 * Of a recipient: PENDING -> DELIVERED | FAILED | DROPPED.
 */
#ifndef SECUDOC_STORE_QUEUE_H
#define SECUDOC_STORE_QUEUE_H

#include "store/mail.h"

struct store_owner; /* close-on-exec; one a process is enough */
MUST_USE enum err store_owner_new(struct store *st, struct store_owner **ret);
void store_owner_free(struct store_owner **o); /* its claims are free from now on, see recover */

struct store_claim_rcpt {
	int no; /* number within the mail */
	struct span address;
	struct span orcpt;
	unsigned notify;
};

/* A claimed copy, with everything decrypted that the envelope and the header changes need. */
struct store_claim {
	int64_t copy_id, mail_id, tenant_id;
	int64_t transfer_id; /* 0: the mail passes */
	int64_t received_ms;
	int64_t first_try_ms; /* 0: this is the first */
	int64_t link_expires_ms;
	int attempts;                 /* before this one */
	int link_rcpt_no;             /* whose link, or STORE_RCPT_SHARED */
	char token[STORE_TOKEN_SIZE]; /* "" when the mail passes */
	enum store_verdict verdict;
	enum store_origin origin;
	enum store_ret ret;
	bool smtputf8, body_8bit, needs_bdat, automatic;
	bool returned; /* the mail was a return of ours */
	const char *reason;
	struct store_mail_facts facts;
	const struct store_claim_rcpt *rcpts; /* still pending */
	size_t rcpt_count;                    /* at least 1 */
	const uint8_t *seal_key;              /* the store's own: seals the replies */
	struct arena arena;                   /* owns all of it; wiped */
};
void store_claim_free(struct store_claim **c);

struct store_claim_opts {
	size_t max;                  /* copies at once; at most 64 */
	size_t max_per_tenant;       /* of these; 0: no bound */
	const int64_t *skip_tenants; /* those that have enough in work already */
	size_t skip_count;
};
/*
 * store_queue_claim() - up to opts->max due copies into ret[], which has room for them; *ret_count may be 0.
 * The caller ends each with store_queue_result() and store_claim_free(). A copy whose mail cannot be opened
 * (not authentic) is failed with an audit line and not handed out. After an error, ERR_UNCERTAIN too, nothing
 * stays claimed without a holder: the owner's next claim begins by giving back what did. STORE_DELIVER.
 */
MUST_USE enum err store_queue_claim(struct store *st, struct store_owner *owner, int64_t now_ms,
    const struct store_claim_opts *opts, struct store_claim **ret, size_t *ret_count);

enum store_result { STORE_RESULT_DELIVERED, STORE_RESULT_FAILED, STORE_RESULT_RETRY };

struct store_rcpt_result {
	int rcpt_no;
	enum store_result result;
	struct span reply; /* the remote server's words, or ours; sealed */
};
struct store_copy_result {
	const struct store_rcpt_result *rcpts; /* all that were claimed, once each */
	size_t rcpt_count;
	int64_t next_try_ms;            /* used when any is RETRY */
	struct store_mail_new *notices; /* reports born of this result, same commit */
	size_t notice_count;            /* containers taken, whatever the answer */
};
/*
 * store_queue_result() - write what became of a claim; the notices (a report to the sender) are stored in the
 * same commit, so there is exactly one. May be repeated after ERR_UNCERTAIN without notices: ERR_NOT_FOUND
 * then says that the claim is not ours any more (the first attempt did happen). With notices give fresh
 * ones. STORE_DELIVER.
 */
MUST_USE enum err store_queue_result(struct store *st, struct store_owner *owner,
    const struct store_claim *claim, const struct store_copy_result *result);
/*
 * store_queue_release() - give a claim back untried: due at once, no attempt counted. After an error the
 * owner's next claim gives it back; the caller has nothing more to do with it.
 */
MUST_USE enum err
store_queue_release(struct store *st, struct store_owner *owner, const struct store_claim *claim);

/*
 * store_queue_recover() - free the claims of owners that are gone, each as one attempt more; from the fourth on
 * the copy is not due at once. At start and every minute.
 */
MUST_USE enum err store_queue_recover(struct store *st, uint64_t *ret_freed);
/* store_queue_next_due() - when the next queued copy is due; 0: none is queued. */
MUST_USE enum err store_queue_next_due(struct store *st, int64_t *ret_ms);

struct store_queue_stats {
	uint64_t queued, claimed;
	int64_t oldest_received_ms;
};
MUST_USE enum err store_queue_stats(struct store *st, struct store_queue_stats *ret);

/* --- for the administrator (STORE_ADMIN); tenant_id 0: all tenants --- */

enum store_copy_state { STORE_COPY_QUEUED, STORE_COPY_CLAIMED, STORE_COPY_DONE };
const char *store_copy_state_name(enum store_copy_state s);
enum store_rcpt_state {
	STORE_RCPT_PENDING,
	STORE_RCPT_DELIVERED,
	STORE_RCPT_FAILED,
	STORE_RCPT_DROPPED,
};
const char *store_rcpt_state_name(enum store_rcpt_state s);

struct store_queue_row {
	int64_t copy_id, mail_id, tenant_id, received_ms, next_try_ms;
	int attempts;
	enum store_copy_state state;
	enum store_verdict verdict;
	enum store_origin origin;
	int pending; /* recipients */
};
/* Copies that are not done, oldest first, after copy_id after_id. */
MUST_USE enum err store_queue_list(struct store *st, int64_t tenant_id, int64_t after_id,
    size_t max, struct arena *a, struct store_queue_row **ret, size_t *ret_count);

struct store_queue_rcpt {
	int no;
	enum store_rcpt_state state;
	struct span address; /* empty when the key is destroyed */
	struct span reply;   /* the last one, or empty */
};
struct store_queue_detail {
	struct store_queue_row row;
	const char *reason;
	struct store_mail_facts facts; /* empty when the key is destroyed */
	const struct store_queue_rcpt *rcpts;
	size_t rcpt_count;
};
MUST_USE enum err store_queue_show(
    struct store *st, int64_t copy_id, struct arena *a, struct store_queue_detail *ret);
/* store_queue_retry() - due now. ERR_DENIED: claimed or done. Wakes deliver. */
MUST_USE enum err store_queue_retry(struct store *st, int64_t copy_id);
/* store_queue_drop() - give the pending recipients up, without a report; audited. ERR_DENIED: claimed or done. */
MUST_USE enum err store_queue_drop(struct store *st, int64_t copy_id);

#endif
