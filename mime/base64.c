/*
 * mime/base64.c - see base64.h.
 *
 * The decoder looks four characters up in four tables whose entries are the character's bits at their place
 * among the three bytes. Each valid entry also carries VALID; the sum of four has ALL_VALID set exactly when
 * all four were valid, so that whole lines are decoded without a branch for each character. Where the
 * processor has AVX2, 32 characters of a line are decoded at once.
 */
#include "mime/base64.h"

#include <assert.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_AVX2 1
#endif

#define VALID     (UINT32_C(1) << 24)
#define ALL_VALID (UINT32_C(1) << 26)

/* the formatter indents such a list further with every run */
/* clang-format off */
#define ALPHABET(X) \
	X('A', 0) X('B', 1) X('C', 2) X('D', 3) X('E', 4) X('F', 5) X('G', 6) X('H', 7) \
	X('I', 8) X('J', 9) X('K', 10) X('L', 11) X('M', 12) X('N', 13) X('O', 14) X('P', 15) \
	X('Q', 16) X('R', 17) X('S', 18) X('T', 19) X('U', 20) X('V', 21) X('W', 22) X('X', 23) \
	X('Y', 24) X('Z', 25) X('a', 26) X('b', 27) X('c', 28) X('d', 29) X('e', 30) X('f', 31) \
	X('g', 32) X('h', 33) X('i', 34) X('j', 35) X('k', 36) X('l', 37) X('m', 38) X('n', 39) \
	X('o', 40) X('p', 41) X('q', 42) X('r', 43) X('s', 44) X('t', 45) X('u', 46) X('v', 47) \
	X('w', 48) X('x', 49) X('y', 50) X('z', 51) X('0', 52) X('1', 53) X('2', 54) X('3', 55) \
	X('4', 56) X('5', 57) X('6', 58) X('7', 59) X('8', 60) X('9', 61) X('+', 62) X('/', 63)
/* clang-format on */

/* bytes in memory order: the first decoded byte is the lowest */
#define FIRST(c, v)  [c] = VALID | (v) << 2,
#define SECOND(c, v) [c] = VALID | (v) >> 4 | ((v)&15u) << 12,
#define THIRD(c, v)  [c] = VALID | ((v) >> 2) << 8 | ((v)&3u) << 22,
#define FOURTH(c, v) [c] = VALID | (v) << 16,
#define LETTER(c, v) [v] = (c),

static const uint32_t first[256] = { ALPHABET(FIRST) };
static const uint32_t second[256] = { ALPHABET(SECOND) };
static const uint32_t third[256] = { ALPHABET(THIRD) };
static const uint32_t fourth[256] = { ALPHABET(FOURTH) };
static const uint8_t letters[64] = { ALPHABET(LETTER) };

static uint32_t
quantum(const uint8_t *p)
{
	return first[p[0]] + second[p[1]] + third[p[2]] + fourth[p[3]];
}

static void
put3(uint8_t *out, uint32_t bits)
{
	out[0] = (uint8_t)bits;
	out[1] = (uint8_t)(bits >> 8);
	out[2] = (uint8_t)(bits >> 16);
}

#ifdef HAVE_AVX2
/* Characters that one step takes, and those behind it whose bytes its store overwrites. */
#define STEP  32u
#define SLACK 12u

/*
 * Mula and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018), section 4: the high
 * and low half of a character select bits of two tables, and a character is valid when they have none in
 * common; the high half, moved down by one for "/", selects what is to be added.
 *
 * 32 characters at a time while SLACK more follow. Returns how many were taken; *valid turns false when one
 * was not of the alphabet.
 */
__attribute__((target("avx2"))) static size_t
decode_wide(const uint8_t *p, size_t len, uint8_t *out, bool *valid)
{
	const __m256i low_table = _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
	    0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11,
	    0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
	const __m256i high_table = _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
	    0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08,
	    0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
	const __m256i add_table = _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0,
	    0, 0, 0, 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1,
	    -1, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
	const __m256i slash = _mm256_set1_epi8(0x2F);
	__m256i bad = _mm256_setzero_si256();
	size_t done = 0;

	for (; len - done >= STEP + SLACK; done += STEP, out += STEP / 4 * 3) {
		__m256i in = _mm256_loadu_si256((const __m256i *)(const void *)(p + done));
		__m256i high = _mm256_and_si256(_mm256_srli_epi32(in, 4), slash);
		__m256i low = _mm256_and_si256(in, slash);
		__m256i row = _mm256_add_epi8(_mm256_cmpeq_epi8(in, slash), high);

		bad = _mm256_or_si256(bad,
		    _mm256_and_si256(_mm256_shuffle_epi8(low_table, low),
			_mm256_shuffle_epi8(high_table, high)));
		in = _mm256_add_epi8(in, _mm256_shuffle_epi8(add_table, row));
		in = _mm256_maddubs_epi16(in, _mm256_set1_epi32(0x01400140));
		in = _mm256_madd_epi16(in, _mm256_set1_epi32(0x00011000));
		in = _mm256_shuffle_epi8(in, order);
		in = _mm256_permutevar8x32_epi32(in, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
		_mm256_storeu_si256((__m256i *)(void *)out, in);
	}
	*valid = _mm256_testz_si256(bad, bad) != 0;
	return done;
}
#endif

/* All quanta of p; true when every character was of the alphabet. */
static bool
decode_quanta(const uint8_t *p, size_t len, uint8_t *out)
{
	uint32_t all = ALL_VALID, bits;

#ifdef HAVE_AVX2
	if (len >= STEP + SLACK && __builtin_cpu_supports("avx2")) {
		bool valid;
		size_t done = decode_wide(p, len, out, &valid);

		if (!valid)
			return false;
		p += done;
		len -= done;
		out += done / 4 * 3;
	}
#endif
	for (; len >= 4; len -= 4, p += 4, out += 3) {
		bits = quantum(p);
		all &= bits;
		put3(out, bits);
	}
	return all != 0;
}

/* One character of a quantum, most significant bits first; returns how many bytes became complete. */
static size_t
push_byte(struct mime_base64 *b, uint8_t c, uint8_t *out)
{
	uint32_t value = fourth[c];

	if (c == '=' && b->count >= 2)
		return mime_base64_finish(b, out);
	if ((value & VALID) == 0)
		return 0;
	b->bits = b->bits << 6 | (value >> 16 & 63u);
	if (++b->count < 4)
		return 0;
	out[0] = (uint8_t)(b->bits >> 16);
	out[1] = (uint8_t)(b->bits >> 8);
	out[2] = (uint8_t)b->bits;
	*b = (struct mime_base64){ 0 };
	return 3;
}

size_t
mime_base64_push(struct mime_base64 *b, struct span in, uint8_t *out)
{
	const uint8_t *p = in.p, *end = in.p + in.len;
	uint8_t *start = out;
	uint32_t bits;

	while (p < end) {
		while (b->count == 0 && end - p >= 4) {
			bits = quantum(p);
			if ((bits & ALL_VALID) == 0)
				break;
			put3(out, bits);
			out += 3;
			p += 4;
		}
		if (p < end)
			out += push_byte(b, *p++, out);
	}
	return (size_t)(out - start);
}

size_t
mime_base64_finish(struct mime_base64 *b, uint8_t out[2])
{
	size_t n = 0;

	if (b->count == 2) {
		out[0] = (uint8_t)(b->bits >> 4);
		n = 1;
	} else if (b->count == 3) {
		out[0] = (uint8_t)(b->bits >> 10);
		out[1] = (uint8_t)(b->bits >> 2);
		n = 2;
	}
	*b = (struct mime_base64){ 0 };
	return n;
}

/* The last quantum of a line, when it ends in "=". */
static bool
padded_quantum(const uint8_t *p, uint8_t *out, size_t *ret_len)
{
	struct mime_base64 b = { 0 };
	uint8_t again[4];

	for (size_t i = 0; i < 4 && p[i] != '='; i++) {
		if ((fourth[p[i]] & VALID) == 0)
			return false;
		b.bits = b.bits << 6 | (fourth[p[i]] >> 16 & 63u);
		b.count++;
	}
	*ret_len = mime_base64_finish(&b, out);
	if (*ret_len == 0)
		return false;
	/* zero bits beneath the padding and nothing else behind it */
	mime_base64_encode((struct span){ out, *ret_len }, again);
	return memcmp(again, p, 4) == 0;
}

bool
mime_base64_line(struct span line, uint8_t *out, size_t *ret_len)
{
	size_t whole, tail = 0;

	if (line.len == 0 || line.len % 4 != 0)
		return false;
	whole = line.p[line.len - 1] == '=' ? line.len - 4 : line.len;
	if (!decode_quanta(line.p, whole, out))
		return false;
	if (whole < line.len && !padded_quantum(line.p + whole, out + whole / 4 * 3, &tail))
		return false;
	*ret_len = whole / 4 * 3 + tail;
	return true;
}

size_t
mime_base64_lines(struct span in, size_t line_len, struct span eol, uint8_t *out, size_t out_max)
{
	size_t full = line_len + eol.len, bytes = line_len / 4 * 3, n = 0;

	assert(line_len >= 4 && line_len % 4 == 0);
	while (in.len >= full && out_max >= bytes) {
		if (memcmp(in.p + line_len, eol.p, eol.len) != 0 ||
		    !decode_quanta(in.p, line_len, out))
			break;
		in = span_from(in, full);
		out += bytes;
		out_max -= bytes;
		n++;
	}
	return n;
}

size_t
mime_base64_encode(struct span in, uint8_t *out)
{
	const uint8_t *p = in.p;
	uint8_t *start = out;
	uint32_t bits;

	for (; in.len >= 3; in.len -= 3, p += 3, out += 4) {
		bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		out[0] = letters[bits >> 18];
		out[1] = letters[bits >> 12 & 63];
		out[2] = letters[bits >> 6 & 63];
		out[3] = letters[bits & 63];
	}
	if (in.len > 0) {
		bits = (uint32_t)p[0] << 16 | (in.len == 2 ? (uint32_t)p[1] << 8 : 0);
		out[0] = letters[bits >> 18];
		out[1] = letters[bits >> 12 & 63];
		out[2] = in.len == 2 ? letters[bits >> 6 & 63] : '=';
		out[3] = '=';
		out += 4;
	}
	return (size_t)(out - start);
}
