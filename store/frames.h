/*
 * store/frames.h - the container's format, pure: sizes, header, one frame at a time.
 *
 * See store/container.h for the layout. Nonces are frame numbers: a message key encrypts one container once.
 * Source: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar: "Online Authenticated-Encryption and
 * its Nonce-Reuse Misuse-Resistance", 2015), with position and final flag in the associated data.
 */
#ifndef SECUDOC_STORE_FRAMES_H
#define SECUDOC_STORE_FRAMES_H

#include "core/crypto.h"
#include "store/container.h"

#define FRAMES_HEADER_SIZE 16u
#define FRAME_STORED_MAX   (STORE_FRAME_SIZE + AEAD_TAG_SIZE)

struct frames {
	struct aead *aead;
	int64_t container_id, tenant_id;
};
/* key: the message key. One thread at a time. */
void frames_init(
    struct frames *f, const uint8_t key[AEAD_KEY_SIZE], int64_t container_id, int64_t tenant_id);
void frames_done(struct frames *f);

void frames_header(int64_t container_id, uint8_t out[FRAMES_HEADER_SIZE]);
/* ERR_DENIED: another format or another container's. */
MUST_USE enum err frames_check_header(const uint8_t in[FRAMES_HEADER_SIZE], int64_t container_id);

/* frame_seal() - out gets in.len + AEAD_TAG_SIZE bytes and may be in.p; in.len is at most STORE_FRAME_SIZE. */
void frame_seal(struct frames *f, uint64_t number, bool final, struct span in, uint8_t *out);
MUST_USE enum err
frame_open(struct frames *f, uint64_t number, bool final, struct span in, uint8_t *out);

struct frames_layout {
	uint64_t count; /* at least 1 */
	uint64_t plain_size;
};
/* frames_layout_of() - from the size of the stored container. ERR_DENIED: no container has that size. */
MUST_USE enum err frames_layout_of(uint64_t stored_size, struct frames_layout *ret);
/* where frame `number` lies and how long it is, tag included. */
void
frames_place(const struct frames_layout *l, uint64_t number, uint64_t *ret_off, size_t *ret_len);

#endif
