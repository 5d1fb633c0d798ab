/*
 * store/key_cache.h - the last few message keys that deliver has opened.
 *
 * A copy is claimed and, a moment later, its container is read: the same key is agreed on twice. A key is
 * found again only with the very sealed bytes it came from, which the caller has just read from the row: a
 * row without a key has no way in here. Cleared when keys are destroyed. Other roles do not keep any: web
 * must take the same time for every link.
 */
#ifndef SECUDOC_STORE_KEY_CACHE_H
#define SECUDOC_STORE_KEY_CACHE_H

#include "store/container_int.h"

#define KEY_CACHE_SIZE 128u /* twice the copies that may be claimed at once */

struct key_cache;

MUST_USE enum err key_cache_new(struct key_cache **ret);
void key_cache_free(struct key_cache **c);
bool key_cache_get(
    struct key_cache *c, int64_t mail_id, struct span sealed, uint8_t ret_key[STORE_KEY_SIZE]);
void key_cache_put(
    struct key_cache *c, int64_t mail_id, struct span sealed, const uint8_t key[STORE_KEY_SIZE]);
void key_cache_clear(struct key_cache *c);

#endif
