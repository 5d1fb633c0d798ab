/*
 * tests/fuzz/fuzz_frames.c - container frames and sealed records (threat P20).
 *
 * Reaches frames_layout_of(), frames_check_header(), frame_open(), record_get().
 *
 * The input is, for one, a stored container as a stranger with the disk would leave it: nothing in it may
 * open. For another it is a recipe: three bytes give the size of a plaintext, the others damage its container
 * step by step (flip, cut, swap frames, repeat a frame, grow). The container then reads back as it was
 * written, or is refused; there is no third way. And as a record it parses into fields inside its bounds.
 */
#include "store/frames.h"
#include "store/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ID        0x0102030405060708LL
#define TENANT    77LL
#define PLAIN_MAX 200000u
#define ROOM      (FRAMES_HEADER_SIZE + 5 * FRAME_STORED_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[AEAD_KEY_SIZE] = { 1, 2, 3 };

static uint8_t
plain_byte(size_t at)
{
	return (uint8_t)(at * 31 + (at >> 8));
}

static size_t
write_container(uint8_t *out, size_t plain_size)
{
	uint64_t number = 0;
	struct frames f;
	size_t len = FRAMES_HEADER_SIZE, at = 0;

	frames_init(&f, key, ID, TENANT);
	frames_header(ID, out);
	do {
		size_t n = plain_size - at < STORE_FRAME_SIZE ? plain_size - at : STORE_FRAME_SIZE;

		for (size_t i = 0; i < n; i++)
			out[len + i] = plain_byte(at + i);
		at += n;
		frame_seal(&f, number++, at == plain_size, span_of(out + len, n), out + len);
		len += n + AEAD_TAG_SIZE;
	} while (at < plain_size);
	frames_done(&f);
	return len;
}

/* read_container() - how many bytes of plaintext, or -1 when it is refused; each one is checked if told so. */
static long
read_container(const uint8_t *stored, size_t len, bool check)
{
	uint8_t *frame = malloc(FRAME_STORED_MAX);
	struct frames_layout l;
	struct frames f;
	enum err err;
	long total = 0;

	assert(frame != NULL);
	frames_init(&f, key, ID, TENANT);
	err = frames_layout_of(len, &l);
	if (err == ERR_OK)
		err = frames_check_header(stored, ID);
	for (uint64_t i = 0; err == ERR_OK && i < l.count; i++) {
		uint64_t off;
		size_t n;

		frames_place(&l, i, &off, &n);
		assert(off + n <= len);
		err = frame_open(&f, i, i == l.count - 1, span_of(stored + off, n), frame);
		for (size_t k = 0; check && err == ERR_OK && k < n - AEAD_TAG_SIZE; k++)
			assert(frame[k] == plain_byte((size_t)total + k));
		total += (long)(n - AEAD_TAG_SIZE);
	}
	if (err == ERR_OK)
		assert((uint64_t)total == l.plain_size);
	frames_done(&f);
	free(frame);
	return err == ERR_OK ? total : -1;
}

static size_t
number_of(const uint8_t *p)
{
	return (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
}

/* damage() - one step of the recipe: an operation and three bytes. Returns the new length. */
static size_t
damage(uint8_t *c, size_t len, const uint8_t *op)
{
	size_t n = number_of(op + 1),
	       frames =
		   len > FRAMES_HEADER_SIZE ? (len - FRAMES_HEADER_SIZE) / FRAME_STORED_MAX : 0;
	uint8_t *body = c + FRAMES_HEADER_SIZE;

	switch (op[0] % 5) {
	case 0:
		if (len > 0)
			c[n % len] ^= (uint8_t)(op[0] >> 3 | 1);
		return len;
	case 1:
		return len > 0 ? n % (len + 1) : 0;
	case 2:
		if (frames >= 2)
			for (size_t i = 0; i < FRAME_STORED_MAX; i++) {
				uint8_t keep = body[i];

				body[i] = body[FRAME_STORED_MAX + i];
				body[FRAME_STORED_MAX + i] = keep;
			}
		return len;
	case 3:
		if (frames >= 2)
			memcpy(body + FRAME_STORED_MAX, body, FRAME_STORED_MAX);
		return len;
	default:
		n = n % (ROOM - len + 1);
		memset(c + len, op[0], n);
		return len + n;
	}
}

static void
check_recipe(const uint8_t *data, size_t size)
{
	size_t plain_size = number_of(data) % PLAIN_MAX, whole, len;
	uint8_t *c = calloc(1, ROOM), *original = malloc(ROOM);
	long read;

	assert(c != NULL && original != NULL);
	whole = len = write_container(c, plain_size);
	memcpy(original, c, len);
	assert(read_container(c, len, true) == (long)plain_size);
	for (size_t at = 3; at + 4 <= size && at < 3 + 4 * 8; at += 4)
		len = damage(c, len, data + at);
	read = read_container(c, len, true);
	if (len == whole && memcmp(c, original, len) == 0)
		assert(read == (long)plain_size);
	else
		assert(read == -1);
	free(c);
	free(original);
}

static void
check_record(const uint8_t *data, size_t size)
{
	struct span fields[4];
	struct buf again;

	if (record_get(span_of(data, size), fields, 4) != ERR_OK)
		return;
	for (size_t i = 0; i < 4; i++)
		assert(fields[i].len == 0 ||
		    (fields[i].p >= data && fields[i].p + fields[i].len <= data + size));
	/* written again and read, it is the same */
	buf_init(&again, size + 64);
	if (record_put(fields, 4, &again) == ERR_OK) {
		struct span twice[4];

		assert(record_get(buf_span(&again), twice, 4) == ERR_OK);
		for (size_t i = 0; i < 4; i++)
			assert(span_eq(fields[i], twice[i]));
	}
	buf_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* nobody without the key makes a frame that opens */
	assert(read_container(data, size, false) == -1);
	check_record(data, size);
	if (size >= 3)
		check_recipe(data, size);
	return 0;
}
