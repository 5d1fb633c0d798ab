/*
 * store/keys_int.h - keys in memory, and small values sealed under them.
 */
#ifndef SECUDOC_STORE_KEYS_INT_H
#define SECUDOC_STORE_KEYS_INT_H

#include "core/buf.h"
#include "core/crypto.h"
#include "store/keys.h"

#define KEYS_MASTER "master.key"
#define KEYS_AUTH   "auth.key"
#define KEYS_ERASED "erased"
#define KEYS_HEADS  "heads"

struct keys {
	uint8_t auth[STORE_KEY_SIZE];
	uint8_t master[STORE_KEY_SIZE];
	bool has_master;
};
/* keys_load() - with_master false does not so much as look at master.key. */
MUST_USE enum err keys_load(const char *keys_dir, bool with_master, struct keys *ret);
void keys_wipe(struct keys *k);

/* key_expand() - HKDF(key, label || 0 || number as 8 bytes): the one way keys are derived here. */
void key_expand(const uint8_t key[STORE_KEY_SIZE], const char *label, int64_t number,
    uint8_t ret_key[STORE_KEY_SIZE]);
void key_wipe(uint8_t (*key)[STORE_KEY_SIZE]); /* for CLEANUP() */

/*
 * A sealed value is nonce, ciphertext, tag. label, id and no are bound: a value cannot be moved to another
 * column, row or recipient. The nonce is random: a key seals few values.
 */
#define VALUE_OVERHEAD (AEAD_NONCE_SIZE + AEAD_TAG_SIZE)
struct value_at {
	const char *label;
	int64_t id;
	int64_t no;
};
MUST_USE enum err value_seal(const uint8_t key[STORE_KEY_SIZE], struct value_at at, struct span in,
    struct buf *out); /* appends */
/* ERR_DENIED: not authentic. Appends to out. */
MUST_USE enum err
value_open(const uint8_t key[STORE_KEY_SIZE], struct value_at at, struct span in, struct buf *out);

#endif
