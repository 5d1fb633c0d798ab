/*
 * store/audit.h - what happened, per tenant, in a chain that shows tampering.
 *
 * Each line carries HMAC(key of the tenant from auth.key, mac of the line before || all its columns); the
 * newest number and mac stand in a head row with a MAC of its own, and the heads are copied into keys_dir
 * by housekeeping and by each verification. So an edit, a deletion, a new order, a cut tail and a database
 * set back are found by store_audit_verify(). Lines are added inside the commit of what they tell.
 *
 * A line holds ids, stable words and keyed hashes; no names, addresses, subjects or file names. Tenant 0 is
 * the machine's own chain: refusals before a tenant is known.
 */
#ifndef SECUDOC_STORE_AUDIT_H
#define SECUDOC_STORE_AUDIT_H

#include "core/arena.h"
#include "core/crypto.h"
#include "store/store.h"

#define STORE_AUDIT_WORD_MAX 64u

struct store_audit_line {
	const char *event;   /* "refused", "accepted", "delivered", ... letters, digits, "-" */
	const char *reason;  /* a word of the same kind, or NULL */
	struct span address; /* whom it is about, or empty; only its keyed hash is kept */
	int64_t mail_id;     /* 0: none; store_mail_commit() puts its own mail's id for 0 */
	int64_t transfer_id;
	int64_t copy_id;
	int64_t number; /* a count or part number that belongs to the event, else 0 */
};

/* store_audit_add() - one line in a commit of its own. All roles. ERR_SYNTAX: an odd word. */
MUST_USE enum err
store_audit_add(struct store *st, int64_t tenant_id, const struct store_audit_line *line);

enum store_audit_finding {
	STORE_AUDIT_OK,
	STORE_AUDIT_CHANGED, /* the mac of line seq does not fit: edited, moved or inserted */
	STORE_AUDIT_MISSING, /* line seq is not there */
	STORE_AUDIT_HEAD,    /* the head row is missing or not authentic */
	STORE_AUDIT_CUT,     /* the head or the copy in keys_dir knows more lines than there are */
};

struct store_audit_result {
	enum store_audit_finding finding;
	int64_t seq;               /* where the first trouble is */
	int64_t lines;             /* how many were good */
	uint8_t head[SHA256_SIZE]; /* mac of the last good line: note it elsewhere, compare later */
};
/*
 * store_audit_verify() - walk one tenant's chain in flat memory. A broken chain is a result, not an error.
 * A good one renews the copy of its head in keys_dir. STORE_ADMIN.
 */
MUST_USE enum err
store_audit_verify(struct store *st, int64_t tenant_id, struct store_audit_result *ret);
const char *store_audit_finding_name(enum store_audit_finding f); /* "ok", "changed", ... */

struct store_audit_row {
	int64_t seq;
	int64_t time_ms;
	const char *event;
	const char *reason; /* "" when none */
	int64_t mail_id, transfer_id, copy_id, number;
	bool has_address;
	uint8_t address_hash[SHA256_SIZE];
};
/* store_audit_list() - up to max lines after seq, oldest first. mail_id 0: of all mails. STORE_ADMIN, WEB. */
MUST_USE enum err
store_audit_list(struct store *st, int64_t tenant_id, int64_t mail_id, int64_t after_seq,
    size_t max, struct arena *a, struct store_audit_row **ret, size_t *ret_count);

#endif
