/*
 * fuzz_mime: one mail, cut in three ways.
 *
 * The first byte chooses strict or lenient and seeds the random cuts; the rest is the mail. Held for every
 * input: whole, byte by byte and at random cuts give the same container, fields, facts and refusal; putting
 * the container together gives the mail; every file has the size and digest that the index claims, also when
 * it is read in two halves; every banner place lies in its body.
 */
#include "mime/file.h"
#include "mime/trip.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static size_t
one_byte(void *ctx, size_t left)
{
	(void)ctx;
	(void)left;
	return 1;
}

/* xorshift32: the cuts depend on the input only */
static size_t
at_random(void *ctx, size_t left)
{
	uint32_t *x = ctx;

	(void)left;
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return 1 + *x % 97;
}

static void
check_file(const struct trip *t, const struct mime_part *p)
{
	struct buf whole, halves;
	uint8_t sha256[SHA256_SIZE];
	uint64_t half = p->file_len / 2;

	buf_init(&whole, TRIP_MAX);
	buf_init(&halves, TRIP_MAX);
	require(mime_file_copy(t->ix, p->no, 0, p->file_len, sink_buf(&whole)) == ERR_OK, "file");
	require(whole.len == p->file_len, "file size");
	sha256_of(buf_span(&whole), sha256);
	require(memcmp(sha256, p->sha256, SHA256_SIZE) == 0, "file digest");
	require(mime_file_copy(t->ix, p->no, 0, half, sink_buf(&halves)) == ERR_OK, "first half");
	require(mime_file_copy(t->ix, p->no, half, p->file_len - half, sink_buf(&halves)) == ERR_OK,
	    "second half");
	require(span_eq(buf_span(&whole), buf_span(&halves)), "halves");
	require(mime_file_copy(t->ix, p->no, p->file_len, 1, sink_buf(&halves)) == ERR_NOT_FOUND,
	    "behind the end");
	buf_done(&whole);
	buf_done(&halves);
}

static void
check_parts(const struct trip *t, size_t mail_len)
{
	struct mime_insert at;

	require(t->ix->part_count == t->facts.part_count, "part count");
	for (uint32_t i = 0; i < t->ix->part_count; i++) {
		const struct mime_part *p = &t->ix->parts[i];

		require(p->no == i && p->role == t->fact_parts[i].role, "part");
		require(p->file_len == t->fact_parts[i].file_len, "part size");
		if (p->role != MIME_ROLE_MULTIPART)
			check_file(t, p);
		if (p->role != MIME_ROLE_BODY_PLAIN && p->role != MIME_ROLE_BODY_HTML)
			continue;
		require(p->insert_off <= p->file_len, "banner offset");
		require(mime_insert_find(t->ix, i, &at) == ERR_OK, "banner place");
		require(at.raw_off <= at.raw_resume && at.raw_resume <= mail_len, "banner place");
		require(
		    at.quantum_split <= at.quantum_len && at.quantum_len <= 3, "banner quantum");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trip whole, bytes, cuts;
	struct span mail;
	uint32_t seed;
	bool lenient;

	if (size < 1)
		return 0;
	lenient = (data[0] & 1) == 0;
	seed = 0x9E3779B9u ^ data[0];
	mail = span_of(data + 1, size - 1);
	trip_detach(&whole, mail, lenient, NULL, NULL);
	trip_detach(&bytes, mail, lenient, one_byte, NULL);
	trip_detach(&cuts, mail, lenient, at_random, &seed);
	require(trip_equal(&whole, &bytes), "whole and byte by byte differ");
	require(trip_equal(&whole, &cuts), "whole and random cuts differ");
	if (whole.err == ERR_OK) {
		require(trip_is_lossless(&whole, mail), "lossless");
		check_parts(&whole, mail.len);
	}
	trip_done(&whole);
	trip_done(&bytes);
	trip_done(&cuts);
	return 0;
}
