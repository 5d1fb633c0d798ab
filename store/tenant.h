/*
 * store/tenant.h - tenants as versioned rows.
 *
 * A change is a new version; the old ones stay. The settings (they hold secrets) are sealed under a key
 * from auth.key; name and Entra id are plain columns because mail is looked up by them. With a tenant its
 * X25519 key pair is made: the public half is what receive seals message keys to, the private half lies
 * in the row sealed under the master key.
 *
 * Lookups answer from a small cache that is checked against the database's version counter at each
 * call, so a change made by any process holds for the next mail.
 */
#ifndef SECUDOC_STORE_TENANT_H
#define SECUDOC_STORE_TENANT_H

#include "core/tenant.h"
#include "store/store.h"

/*
 * The found tenant is shared and read-only; release it with store_tenant_release() (before store_close()),
 * which also clears the pointer. id, version and name are set. A tenant that is not enabled is found too.
 */
MUST_USE enum err store_tenant_by_entra_id(struct store *st, struct span entra_id,
    const struct tenant **ret); /* any case; ERR_NOT_FOUND */
MUST_USE enum err store_tenant_by_id(struct store *st, int64_t id, const struct tenant **ret);
MUST_USE enum err
store_tenant_by_name(struct store *st, const char *name, const struct tenant **ret);
void store_tenant_release(struct store *st, const struct tenant **t);
/* store_tenant_hold() - one more holder of a found tenant. */
const struct tenant *store_tenant_hold(struct store *st, const struct tenant *t);

/*
 * store_tenant_add() - t as made by tenant_new() and filled; checked with tenant_check(). Makes id and keys.
 * STORE_ADMIN. ERR_SYNTAX: name or Entra id taken already (note says which), or the check's note.
 */
MUST_USE enum err store_tenant_add(struct store *st, const struct tenant *t, int64_t *ret_id);
/*
 * store_tenant_set() - t->id gets t's settings as its next version, if t->version is still the current one;
 * else ERR_DENIED (somebody was faster: read again). The name cannot change. STORE_ADMIN.
 */
MUST_USE enum err store_tenant_set(struct store *st, const struct tenant *t, int64_t *ret_version);

struct store_tenant_row {
	int64_t id;
	int64_t version;
	int64_t created_ms;
	int64_t changed_ms;
	const char *name;
	const char *entra_id;
};
/* store_tenant_list() - by name; rows in a. */
MUST_USE enum err store_tenant_list(
    struct store *st, struct arena *a, struct store_tenant_row **ret, size_t *ret_count);

#endif
