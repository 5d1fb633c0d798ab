/*
 * store/transfer.h - the way to the file: links, codes, sessions.
 *
 * A secured mail is one transfer with a link for each recipient, or one shared link. Of a link only the
 * SHA-256 of its token is stored. Reading a link changes nothing (mail scanners open every link); codes and
 * sessions are made on request only.
 *
 * Codes (threat P3). For a link and recipient there is at most one live code: a new one ends the old. Attempts
 * are counted in the commit that compares, per recipient and not per session or address, so parallel
 * guessing gains nothing. How many codes may be asked for in an hour and in a day is bounded, too.
 * A right code is used up and makes a session in the same commit.
 */
#ifndef SECUDOC_STORE_TRANSFER_H
#define SECUDOC_STORE_TRANSFER_H

#include "store/mail.h"

#define STORE_CODE_DIGITS    6
#define STORE_CODE_SIZE      (STORE_CODE_DIGITS + 1)
#define STORE_CODES_PER_HOUR 5u
#define STORE_CODES_PER_DAY  20u

enum store_link_state { STORE_LINK_ACTIVE, STORE_LINK_EXPIRED, STORE_LINK_REVOKED };
const char *store_link_state_name(enum store_link_state s);

struct store_link_rcpt {
	int no;
	struct span address;
};

struct store_link {
	int64_t id, transfer_id, mail_id, tenant_id;
	enum store_link_state
	    state; /* EXPIRED by the clock, too, before housekeeping has come by */
	int64_t created_ms, expires_ms;
	int rcpt_no; /* or STORE_RCPT_SHARED */
	/* ACTIVE only: */
	struct store_mail_facts facts;
	const struct store_link_rcpt
	    *rcpts; /* whom a code may be sent to: one, or all of a shared link */
	size_t rcpt_count;
};
/*
 * store_link_find() - by the token as it stands in the URL. Unknown, malformed, expired and revoked take
 * the same work as a link that is there. ERR_NOT_FOUND: unknown or malformed. What it points to is in a.
 * WEB, ADMIN.
 */
MUST_USE enum err store_link_find(
    struct store *st, struct span token, int64_t now_ms, struct arena *a, struct store_link *ret);
/*
 * store_link_rcpt_find() - the recipient of l with this address (any case). ERR_NOT_FOUND: not his link;
 * show the same page as for a right one.
 */
MUST_USE enum err
store_link_rcpt_find(const struct store_link *l, struct span address, int *ret_rcpt_no);

enum store_code_new {
	STORE_CODE_MADE,
	STORE_CODE_TOO_MANY,  /* the hour's or the day's codes are used up */
	STORE_CODE_LINK_GONE, /* expired or revoked meanwhile */
};
/*
 * store_code_new() - a fresh random code; any older one is void. The caller mails it and wipes it. The code
 * is valid from the return on. WEB.
 */
MUST_USE enum err store_code_new(struct store *st, const struct store_link *l, int rcpt_no,
    int64_t now_ms, int64_t life_ms, enum store_code_new *ret, char ret_code[STORE_CODE_SIZE]);

enum store_code_try {
	STORE_CODE_RIGHT,
	STORE_CODE_WRONG,
	STORE_CODE_NONE, /* no live code: never asked for, expired, used, replaced, attempts used up */
	STORE_CODE_GONE, /* the link expired or was revoked */
};
struct store_code_tried {
	enum store_code_try answer;
	int attempts_left;              /* WRONG: 0 when this was the last */
	char session[STORE_TOKEN_SIZE]; /* RIGHT: goes into the cookie; only its hash is kept */
};
/* store_code_try() - counts, compares and, when right, opens a session; one commit. WEB. */
MUST_USE enum err
store_code_try(struct store *st, const struct store_link *l, int rcpt_no, struct span code,
    int64_t now_ms, int max_attempts, int64_t session_life_ms, struct store_code_tried *ret);

struct store_session {
	int64_t link_id, transfer_id, mail_id, tenant_id;
	int rcpt_no; /* a recipient, never shared */
	int64_t expires_ms;
};
/* store_session_find() - ERR_NOT_FOUND: unknown, ended, expired, or its link is not active any more. WEB. */
MUST_USE enum err store_session_find(
    struct store *st, struct span session, int64_t now_ms, struct store_session *ret);
/* store_session_end() - no such session is fine. WEB. */
MUST_USE enum err store_session_end(struct store *st, struct span session);

/*
 * store_download_note() - audit that this session's recipient began ("download-begun") or got the whole of
 * ("downloaded") part. WEB.
 */
MUST_USE enum err
store_download_note(struct store *st, const struct store_session *s, uint32_t part, bool complete);

/*
 * store_download_live() - asked now and then while bytes go out: ERR_NOT_FOUND when the session's link is over,
 * so that no more may follow. The session itself may have run out meanwhile. WEB.
 */
MUST_USE enum err
store_download_live(struct store *st, const struct store_session *s, int64_t now_ms);

/* --- for the administrator (STORE_ADMIN); tenant_id 0: all tenants --- */

enum store_transfer_state { STORE_TRANSFER_ACTIVE, STORE_TRANSFER_EXPIRED, STORE_TRANSFER_REVOKED };
const char *store_transfer_state_name(enum store_transfer_state s);

struct store_transfer_row {
	int64_t id, mail_id, tenant_id, created_ms, expires_ms;
	enum store_transfer_state state;
	int link_count;
	bool shared;
	bool erased; /* the key is destroyed */
};
MUST_USE enum err store_transfer_list(struct store *st, int64_t tenant_id, int64_t after_id,
    size_t max, struct arena *a, struct store_transfer_row **ret, size_t *ret_count);

struct store_transfer_link {
	int64_t id;
	int rcpt_no;
	enum store_link_state state;
	struct span address; /* empty for a shared link or when the key is destroyed */
};
struct store_transfer_detail {
	struct store_transfer_row row;
	struct store_mail_facts facts; /* empty when the key is destroyed */
	const struct store_transfer_link *links;
	size_t link_count;
};
MUST_USE enum err store_transfer_show(
    struct store *st, int64_t transfer_id, struct arena *a, struct store_transfer_detail *ret);
/*
 * store_transfer_revoke() - at once for every link and session of the transfer, audited; once no copy is on
 * its way any more housekeeping destroys the key. ERR_DENIED: it is not active. STORE_ADMIN.
 */
MUST_USE enum err store_transfer_revoke(struct store *st, int64_t transfer_id);

#endif
