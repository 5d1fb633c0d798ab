/* mime/cids.c - see cids.h. SipHash: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. */
#include "mime/cids.h"

#include "core/crypto.h"

#include <stdlib.h>
#include <string.h>

/* Twice the bound, so that a search is short when the set is full; a power of two. */
#define SLOTS (2u * MIME_MAX_CIDS)

void
mime_cids_init(struct mime_cids *c)
{
	*c = (struct mime_cids){ 0 };
	crypto_random(c->key, sizeof(c->key));
}

void
mime_cids_done(struct mime_cids *c)
{
	free(c->slots);
	c->slots = NULL;
}

static uint64_t
rotate(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void
sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
}

uint64_t
mime_cids_hash(const struct mime_cids *c, struct span id)
{
	uint64_t v[4] = { c->key[0] ^ 0x736f6d6570736575, c->key[1] ^ 0x646f72616e646f6d,
		c->key[0] ^ 0x6c7967656e657261, c->key[1] ^ 0x7465646279746573 };
	uint64_t m, last = (uint64_t)id.len << 56;

	for (; id.len >= 8; id = span_from(id, 8)) {
		memcpy(&m, id.p, 8);
		sip_word(v, m);
	}
	for (size_t i = 0; i < id.len; i++)
		last |= (uint64_t)id.p[i] << 8 * i;
	sip_word(v, last);
	v[2] ^= 0xFF;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	m = v[0] ^ v[1] ^ v[2] ^ v[3];
	return m == 0 ? 1 : m;
}

/* The slot that holds hash, or the free one where it would go. */
static uint64_t *
slot_of(const struct mime_cids *c, uint64_t hash)
{
	size_t i = hash & (SLOTS - 1);

	while (c->slots[i] != 0 && c->slots[i] != hash)
		i = (i + 1) & (SLOTS - 1);
	return &c->slots[i];
}

bool
mime_cids_add(struct mime_cids *c, uint64_t hash)
{
	uint64_t *slot;

	if (c->slots == NULL)
		c->slots = calloc(SLOTS, sizeof(*c->slots));
	if (c->slots == NULL)
		return false;
	slot = slot_of(c, hash);
	if (*slot == 0 && c->count < MIME_MAX_CIDS) {
		*slot = hash;
		c->count++;
	}
	return true;
}

bool
mime_cids_has(const struct mime_cids *c, uint64_t hash)
{
	return c->slots != NULL && *slot_of(c, hash) == hash;
}
