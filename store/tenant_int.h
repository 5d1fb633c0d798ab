/*
 * store/tenant_int.h - tenants from inside: the cache and the tenants' keys.
 */
#ifndef SECUDOC_STORE_TENANT_INT_H
#define SECUDOC_STORE_TENANT_INT_H

#include "store/store_int.h"
#include "store/tenant.h"

struct tenant_cache;
MUST_USE enum err tenant_cache_new(struct tenant_cache **ret);
void tenant_cache_free(struct tenant_cache **c); /* every tenant was released */

MUST_USE enum err tenant_public_key(struct store *st, int64_t id, uint8_t ret[X25519_SIZE]);
/* ERR_DENIED: the role has no master key (receive), or the sealed key is not authentic. */
MUST_USE enum err tenant_private_key(struct store *st, int64_t id, uint8_t ret[X25519_SIZE]);

#endif
