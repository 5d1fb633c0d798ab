/*
 * store/frames.c - frames of a container: seal, open, places.
 */
#include "store/frames.h"

#include "store/keys_int.h"

#include <assert.h>
#include <string.h>

static const uint8_t magic[8] = { 'S', 'D', 'C', '1', 0, 0, 0, 0 };

static void
put_u64(uint8_t out[8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}

void
frames_init(
    struct frames *f, const uint8_t key[AEAD_KEY_SIZE], int64_t container_id, int64_t tenant_id)
{
	CLEANUP(key_wipe) uint8_t frame_key[STORE_KEY_SIZE];

	key_expand(key, "frames", 0, frame_key);
	*f = (struct frames){ aead_new(frame_key), container_id, tenant_id };
}

void
frames_done(struct frames *f)
{
	aead_free(&f->aead);
}

void
frames_header(int64_t container_id, uint8_t out[FRAMES_HEADER_SIZE])
{
	memcpy(out, magic, sizeof(magic));
	put_u64(out + sizeof(magic), (uint64_t)container_id);
}

enum err
frames_check_header(const uint8_t in[FRAMES_HEADER_SIZE], int64_t container_id)
{
	uint8_t want[FRAMES_HEADER_SIZE];

	frames_header(container_id, want);
	if (memcmp(in, want, sizeof(want)) != 0)
		return err_set(
		    ERR_DENIED, "container %lld has another's header", (long long)container_id);
	return ERR_OK;
}

#define AAD_SIZE (8u + 8u + 8u + 8u + 1u)

static void
frame_binding(const struct frames *f, uint64_t number, bool final, uint8_t nonce[AEAD_NONCE_SIZE],
    uint8_t aad[AAD_SIZE])
{
	memset(nonce, 0, AEAD_NONCE_SIZE - 8);
	put_u64(nonce + AEAD_NONCE_SIZE - 8, number);
	memcpy(aad, magic, 8);
	put_u64(aad + 8, (uint64_t)f->container_id);
	put_u64(aad + 16, (uint64_t)f->tenant_id);
	put_u64(aad + 24, number);
	aad[32] = final ? 1 : 0;
}

void
frame_seal(struct frames *f, uint64_t number, bool final, struct span in, uint8_t *out)
{
	uint8_t nonce[AEAD_NONCE_SIZE], aad[AAD_SIZE];

	assert(in.len <= STORE_FRAME_SIZE);
	assert(final || in.len == STORE_FRAME_SIZE);
	frame_binding(f, number, final, nonce, aad);
	aead_seal(f->aead, nonce, span_of(aad, sizeof(aad)), in, out);
}

enum err
frame_open(struct frames *f, uint64_t number, bool final, struct span in, uint8_t *out)
{
	uint8_t nonce[AEAD_NONCE_SIZE], aad[AAD_SIZE];

	assert(in.len >= AEAD_TAG_SIZE && in.len <= FRAME_STORED_MAX);
	frame_binding(f, number, final, nonce, aad);
	if (aead_open(f->aead, nonce, span_of(aad, sizeof(aad)), in, out) != ERR_OK)
		return err_set(ERR_DENIED, "frame %llu of container %lld is not authentic",
		    (unsigned long long)number, (long long)f->container_id);
	return ERR_OK;
}

enum err
frames_layout_of(uint64_t stored_size, struct frames_layout *ret)
{
	uint64_t frames, count, last;

	if (stored_size < FRAMES_HEADER_SIZE + AEAD_TAG_SIZE)
		return err_set(ERR_DENIED, "container of %llu bytes is too short",
		    (unsigned long long)stored_size);
	frames = stored_size - FRAMES_HEADER_SIZE;
	count = (frames + FRAME_STORED_MAX - 1) / FRAME_STORED_MAX;
	last = frames - (count - 1) * FRAME_STORED_MAX;
	/* a last frame is empty only in an empty container */
	if (last < AEAD_TAG_SIZE || (last == AEAD_TAG_SIZE && count > 1))
		return err_set(ERR_DENIED, "container of %llu bytes ends inside a frame",
		    (unsigned long long)stored_size);
	*ret = (struct frames_layout){ count, frames - count * AEAD_TAG_SIZE };
	return ERR_OK;
}

void
frames_place(const struct frames_layout *l, uint64_t number, uint64_t *ret_off, size_t *ret_len)
{
	assert(number < l->count);
	*ret_off = FRAMES_HEADER_SIZE + number * FRAME_STORED_MAX;
	*ret_len = FRAME_STORED_MAX;
	if (number == l->count - 1)
		*ret_len = (size_t)(l->plain_size - number * STORE_FRAME_SIZE) + AEAD_TAG_SIZE;
}
