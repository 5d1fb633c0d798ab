/*
 * mime/cids.h - a bounded set of Content-IDs, kept as hashes.
 *
 * Pictures and the HTML that shows them come in any order, so both are remembered until the end. The hash is
 * SipHash-2-4 with a random key: a mail cannot be made so that two ids meet, and the table stays fast.
 */
#ifndef SECUDOC_MIME_CIDS_H
#define SECUDOC_MIME_CIDS_H

#include "core/err.h"
#include "core/span.h"
#include "mime/limits.h"

struct mime_cids {
	uint64_t key[2];
	uint32_t count;
	uint64_t *slots; /* open addressing, 0 is free; allocated with the first id */
};

void mime_cids_init(struct mime_cids *c);
void mime_cids_done(struct mime_cids *c);

/* mime_cids_hash() - never 0. */
uint64_t mime_cids_hash(const struct mime_cids *c, struct span id);
/* mime_cids_add() - false when there is no memory; beyond MIME_MAX_CIDS nothing is added. */
bool mime_cids_add(struct mime_cids *c, uint64_t hash);
bool mime_cids_has(const struct mime_cids *c, uint64_t hash);

#endif
