/*
 * store/keys.h - the key folder, and what other folders may derive from it.
 *
 * keys_dir holds
 *   master.key  32 bytes in hex, mode 0600. Opens the tenants' private keys. Never opened by STORE_RECEIVE.
 *   auth.key    32 bytes in hex. Everything that is MACed, and the sealed settings, come from it by HKDF
 *               with a label and the tenant's id. All roles read it.
 *   erased      ids of destroyed message keys, one a line, only ever appended to.
 *   heads       the last audit heads seen (store/audit.h).
 * Database, containers and this folder are each worthless without the others.
 */
#ifndef SECUDOC_STORE_KEYS_H
#define SECUDOC_STORE_KEYS_H

#include "core/crypto.h"
#include "store/store.h"

#define STORE_KEY_SIZE 32u

/*
 * store_keys_init() - make the folder (0700) and fresh keys (0600), synced. ERR_DENIED and nothing changed
 * when there is any key already: a lost master key is lost mail, so nothing here overwrites one.
 */
MUST_USE enum err store_keys_init(const char *keys_dir);

/*
 * store_key_derive() - HKDF(auth.key, label || 0 || tenant id). The caller wipes out. tenant_id 0 for what
 * is the machine's own. Labels in use: "mark" (X-SecuDoc-Mark), "form" (the portal's form tokens); the
 * store's own begin with "store-".
 */
void store_key_derive(
    struct store *st, const char *label, int64_t tenant_id, uint8_t ret_key[STORE_KEY_SIZE]);

/*
 * store_address_hash() - the keyed hash under which an address is looked up and audited: HMAC over
 * address_canonical(). The same for the same tenant for ever, unrelated between tenants. ERR_SYNTAX, ERR_LIMIT.
 */
MUST_USE enum err store_address_hash(
    struct store *st, int64_t tenant_id, struct span address, uint8_t ret_hash[SHA256_SIZE]);

#endif
