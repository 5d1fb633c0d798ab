/*
 * store/audit_int.h - audit lines inside other commits.
 */
#ifndef SECUDOC_STORE_AUDIT_INT_H
#define SECUDOC_STORE_AUDIT_INT_H

#include "store/audit.h"
#include "store/store_int.h"

/* A line ready for the commit: words checked, address hashed. */
struct audit_entry {
	char event[STORE_AUDIT_WORD_MAX + 1];
	char reason[STORE_AUDIT_WORD_MAX + 1];
	int64_t mail_id, transfer_id, copy_id, number;
	bool has_address;
	uint8_t address_hash[SHA256_SIZE];
};
/* audit_entry_of() - ERR_SYNTAX: an odd word; an address that is none is audited without. */
MUST_USE enum err audit_entry_of(struct store *st, int64_t tenant_id,
    const struct store_audit_line *line, struct audit_entry *ret);
/*
 * audit_append() - inside a job. ERR_TEMP: also when the head is not authentic; nothing more is chained to a
 * head that somebody wrote.
 */
MUST_USE enum err
audit_append(struct store *st, struct db_conn *c, int64_t tenant_id, const struct audit_entry *e);
/* audit_note() - both, for lines without an address. */
MUST_USE enum err
audit_note(struct store *st, struct db_conn *c, int64_t tenant_id, struct store_audit_line line);

/* audit_heads_save() - copy the heads of all tenants into keys_dir/heads. */
MUST_USE enum err audit_heads_save(struct store *st);

#endif
