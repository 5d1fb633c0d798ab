/*
 * store/mail.h - accepting a mail: one commit, and then it is ours.
 *
 * store_mail_commit() writes container, mail, recipients, copies, links, repeat rows, return rows and audit
 * lines in one commit. When it returns ERR_OK everything is synced and 250 may be said.
 *
 * A copy is what deliver hands over in one SMTP transaction: one for all recipients when the mail passes or
 * has a shared link, one a recipient when each has a link of his own. Recipients of a secured mail who are to
 * get it as it came (rcpts[].unchanged) share one further copy, which has no link; when only such ones are new,
 * the mail passes.
 *
 * Repeats. Per recipient there is one row for (tenant, message key, content digest, returned copy), kept for
 * the repeat window. A recipient that is known already is left out; with all of them known nothing is
 * stored. It is decided inside the commit, so two sessions with the same mail cannot both win.
 *
 * Returns. A mail that carries a valid mark of ours names the copy it was (returned_copy_id). Each copy may
 * come back once for each recipient; and the copies made for a returned mail may not come back at all (ask
 * store_return_find() before deciding).
 */
#ifndef SECUDOC_STORE_MAIL_H
#define SECUDOC_STORE_MAIL_H

#include "store/audit.h"
#include "store/container.h"

enum store_verdict { STORE_PASS, STORE_SECURE };
enum store_origin { STORE_FROM_EXCHANGE, STORE_FROM_NOTICE };
enum store_ret { STORE_RET_NONE, STORE_RET_FULL, STORE_RET_HDRS }; /* RFC 3461 section 4.3 */
enum store_notify { /* RFC 3461 section 4.1; 0: not given */
	STORE_NOTIFY_NEVER = 1,
	STORE_NOTIFY_SUCCESS = 2,
	STORE_NOTIFY_FAILURE = 4,
	STORE_NOTIFY_DELAY = 8,
};

#define STORE_RCPT_MAX 1000u /* recipients of one mail; smtp.max_recipients stays below */

/* What deliver and the portal need to know of a mail; sealed under the message key as one value. */
struct store_mail_facts {
	struct span sender;         /* reverse-path without brackets; empty is the null sender */
	struct span envid;          /* as given, or empty */
	struct span received_field; /* the whole Received: field with CRLF, built at receipt */
	struct span message_id;     /* value of Message-ID as the mark's MAC takes it, or empty */
	struct span subject;        /* decoded, for reports and the link page, or empty */
	struct span from;           /* the From field's text for people, or empty */
	struct span extra;          /* the connector's own; stored and given back untouched */
};

struct store_rcpt_new {
	struct span address; /* as given in RCPT */
	struct span orcpt;   /* "rfc822;..." as given, or empty */
	unsigned notify;     /* enum store_notify bits */
	bool unchanged;      /* SECURE: this one gets the mail as it came, without a link */
};

struct store_mail_new {
	int64_t tenant_id;
	struct store_container *container; /* taken, whatever the answer */
	enum store_verdict verdict;
	const char *reason; /* policy's stable word */
	enum store_origin origin;
	bool smtputf8;
	bool body_8bit;
	bool needs_bdat;
	bool automatic; /* no report ever (null sender, Auto-Submitted, ...) */
	enum store_ret ret;
	struct store_mail_facts facts;
	const struct store_rcpt_new *rcpts;
	size_t rcpt_count;       /* 1..STORE_RCPT_MAX */
	bool shared_link;        /* SECURE only: one link for all */
	int64_t link_expires_ms; /* SECURE only */
	int64_t received_ms;
	struct span message_key;    /* network message id or Message-ID; empty: never a repeat */
	struct span content_digest; /* of the decoded leaf parts */
	int64_t returned_copy_id;   /* 0: not a return */
	const struct store_audit_line
	    *audit; /* more lines for the same commit; "accepted" is written anyway */
	size_t audit_count;
};

enum store_rcpt_outcome {
	STORE_RCPT_NEW,
	STORE_RCPT_REPEAT,         /* accepted before: say 250, do nothing */
	STORE_RCPT_RETURNED_AGAIN, /* this copy came back for him before: stop */
};

struct store_mail_done {
	int64_t mail_id; /* 0: nothing was stored (no recipient is new) */
	size_t new_count;
	enum store_rcpt_outcome rcpt[STORE_RCPT_MAX]; /* the first rcpt_count are set */
};

/*
 * store_mail_commit() - RECEIVE (any origin), WEB and DELIVER (notices). Blocks until synced. Wakes deliver.
 * On any error nothing is stored; on ERR_UNCERTAIN it may be: answer 4xx, the repeat finds out.
 * ERR_NOT_FOUND: no such tenant. ERR_SYNTAX: an address that is no mailbox.
 */
MUST_USE enum err
store_mail_commit(struct store *st, const struct store_mail_new *mail, struct store_mail_done *ret);

/* What is known of a copy that a mark names. */
struct store_return {
	int64_t mail_id;
	enum store_verdict verdict; /* of the mail the copy belonged to */
	enum store_origin origin;
	unsigned generation; /* 0: of a first pass; 1: of a mail that was itself a return: stop */
	int64_t received_ms;
};
/* store_return_find() - ERR_NOT_FOUND: this tenant has no such copy. All roles. */
MUST_USE enum err
store_return_find(struct store *st, int64_t tenant_id, int64_t copy_id, struct store_return *ret);

#endif
