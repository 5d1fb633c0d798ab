/*
 * store/key_cache.c - a ring of opened message keys.
 */
#include "store/key_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct kept {
	int64_t mail_id; /* 0: empty */
	uint8_t sealed[SEALED_KEY_SIZE];
	uint8_t key[STORE_KEY_SIZE];
};

struct key_cache {
	pthread_mutex_t lock;
	size_t next; /* the oldest: replaced first */
	struct kept kept[KEY_CACHE_SIZE];
};

enum err
key_cache_new(struct key_cache **ret)
{
	struct key_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return err_set(ERR_TEMP, "no memory for keys");
	(void)pthread_mutex_init(&c->lock, NULL);
	*ret = c;
	return ERR_OK;
}

void
key_cache_free(struct key_cache **c)
{
	if (*c == NULL)
		return;
	key_cache_clear(*c);
	(void)pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

bool
key_cache_get(
    struct key_cache *c, int64_t mail_id, struct span sealed, uint8_t ret_key[STORE_KEY_SIZE])
{
	bool found = false;

	if (sealed.len != SEALED_KEY_SIZE)
		return false;
	(void)pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < KEY_CACHE_SIZE && !found; i++) {
		const struct kept *k = &c->kept[i];

		if (k->mail_id != mail_id || memcmp(k->sealed, sealed.p, SEALED_KEY_SIZE) != 0)
			continue;
		memcpy(ret_key, k->key, STORE_KEY_SIZE);
		found = true;
	}
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

void
key_cache_put(
    struct key_cache *c, int64_t mail_id, struct span sealed, const uint8_t key[STORE_KEY_SIZE])
{
	struct kept *k;

	(void)pthread_mutex_lock(&c->lock);
	k = &c->kept[c->next];
	c->next = (c->next + 1) % KEY_CACHE_SIZE;
	k->mail_id = mail_id;
	memcpy(k->sealed, sealed.p, SEALED_KEY_SIZE);
	memcpy(k->key, key, STORE_KEY_SIZE);
	(void)pthread_mutex_unlock(&c->lock);
}

void
key_cache_clear(struct key_cache *c)
{
	(void)pthread_mutex_lock(&c->lock);
	crypto_wipe(c->kept, sizeof(c->kept));
	(void)pthread_mutex_unlock(&c->lock);
}
