/*
 * mime/base64.c. Expected values: RFC 4648 section 10, and OpenSSL's EVP_EncodeBlock for long inputs.
 */
#include "mime/base64.h"

#include "support/unit.h"

#include <openssl/evp.h>

#include <stdlib.h>

static size_t
decode(const char *text, size_t step, char *out)
{
	struct mime_base64 b = { 0 };
	struct span in = span_str(text);
	size_t n = 0;

	for (; in.len > 0; in = span_from(in, step))
		n += mime_base64_push(&b, span_upto(in, step), (uint8_t *)out + n);
	n += mime_base64_finish(&b, (uint8_t *)out + n);
	out[n] = '\0';
	return n;
}

static const struct {
	const char *text, *want;
} vectors[] = {
	/* RFC 4648 section 10 */
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm9vYg==", "foob" },
	{ "Zm9vYmE=", "fooba" },
	{ "Zm9vYmFy", "foobar" },
	/* RFC 2045 section 6.8: characters outside of the alphabet are ignored */
	{ "Zm9v\r\nYmFy\r\n", "foobar" },
	{ "Zm 9v\tYm-Fy", "foobar" },
	{ "Z\nm\n9\nv", "foo" },
	/* no padding at the end: the whole bytes that are there */
	{ "Zg", "f" },
	{ "Zm8", "fo" },
	{ "Zm9vY", "foo" },
	/* padding in the middle: two encodings one behind the other */
	{ "Zg==Zg==", "ff" },
	{ "Zm8=Zm9v", "fofoo" },
	/* padding where none can be */
	{ "=Zm9v", "foo" },
	{ "Z=m9v", "foo" },
	{ "====", "" },
	{ "Zg=", "f" },
	{ "Zg======", "f" },
};

static void
decodes_vectors(void **state)
{
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++)
		for (size_t step = 1; step < 9; step++) {
			size_t n = decode(vectors[i].text, step, out);

			if (n != strlen(vectors[i].want) || strcmp(out, vectors[i].want) != 0)
				fail_msg(
				    "\"%s\" in steps of %zu: \"%s\"", vectors[i].text, step, out);
		}
}

static const struct {
	const char *line, *want; /* NULL: not canonical */
} lines[] = {
	{ "Zm9v", "foo" },
	{ "Zm8=", "fo" },
	{ "Zg==", "f" },
	{ "Zm9vYmFy", "foobar" },
	{ "Zm9vYg==", "foob" },
	{ "", NULL },
	{ "Zm9", NULL },
	{ "Zm9vY", NULL },
	{ "Zm 9v", NULL },
	{ "Zm-v", NULL },
	{ "Zh==", NULL }, /* bits beneath the padding */
	{ "Zm9=", NULL },
	{ "Z===", NULL },
	{ "====", NULL },
	{ "Zg==Zg==", NULL },
	{ "Zg=v", NULL },
	{ "=Zm9", NULL },
	{ "Zm9v\r\n\r\n", NULL },
};

static void
knows_canonical_lines(void **state)
{
	uint8_t out[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		bool ok = mime_base64_line(span_str(lines[i].line), out, &n);

		if (ok != (lines[i].want != NULL))
			fail_msg("\"%s\"", lines[i].line);
		if (ok)
			assert_span(span_of(out, n), lines[i].want);
	}
}

/* Every byte in every place of a quantum: only the alphabet is canonical. */
static void
knows_the_alphabet(void **state)
{
	uint8_t line[4], out[3];
	size_t n;

	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (size_t place = 0; place < 4; place++) {
			bool in = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c >= '0' && c <= '9') || c == '+' || c == '/';

			memcpy(line, "AAAA", 4);
			line[place] = (uint8_t)c;
			if (c == '=' && place == 3)
				in = true; /* "AAA=" */
			assert_int_equal(mime_base64_line(span_of(line, 4), out, &n), in);
		}
}

static void
encodes_like_openssl(void **state)
{
	static uint8_t in[3000], want[4004], got[4004], back[3002];
	struct mime_base64 b = { 0 };

	(void)state;
	srandom(7);
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)random();
	for (size_t len = 0; len < sizeof(in); len += len < 100 ? 1 : 97) {
		size_t n = (size_t)EVP_EncodeBlock(want, in, (int)len);

		assert_int_equal(mime_base64_encode(span_of(in, len), got), n);
		assert_memory_equal(got, want, n);
		n = mime_base64_push(&b, span_of(want, n), back);
		assert_int_equal(n + mime_base64_finish(&b, back + n), len);
		assert_memory_equal(back, in, len);
	}
}

/* 76 characters a line, one of them spoiled: the lines before it are taken, and no more. */
static void
stops_at_the_first_odd_line(void **state)
{
	static uint8_t in[57 * 20], text[78 * 20 + 1], out[57 * 20];
	static const char odd[] = { '=', '-', '.', ' ', '\r', '\n', '\0', '\x80', '\xFF' };

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < 20; i++) {
		EVP_EncodeBlock(text + i * 78, in + i * 57, 57);
		memcpy(text + i * 78 + 76, "\r\n", 2);
	}
	assert_int_equal(
	    mime_base64_lines(span_of(text, 78 * 20), 76, SPAN("\r\n"), out, sizeof(out)), 20);
	assert_memory_equal(out, in, sizeof(in));
	assert_int_equal(
	    mime_base64_lines(span_of(text, 78 * 20 - 1), 76, SPAN("\r\n"), out, sizeof(out)), 19);
	assert_int_equal(
	    mime_base64_lines(span_of(text, 78 * 20), 76, SPAN("\r\n"), out, 57 * 3 + 56), 3);
	assert_int_equal(
	    mime_base64_lines(span_of(text, 78 * 20), 76, SPAN("\n"), out, sizeof(out)), 0);
	assert_int_equal(
	    mime_base64_lines(span_of(text, 78 * 20), 72, SPAN("\r\n"), out, sizeof(out)), 0);
	for (size_t at = 0; at < 78 * 20; at++) {
		uint8_t kept = text[at];

		text[at] = (uint8_t)odd[at % sizeof(odd)];
		if (text[at] != kept)
			assert_int_equal(mime_base64_lines(span_of(text, 78 * 20), 76, SPAN("\r\n"),
					     out, sizeof(out)),
			    at / 78);
		text[at] = kept;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(knows_canonical_lines),
		cmocka_unit_test(knows_the_alphabet),
		cmocka_unit_test(encodes_like_openssl),
		cmocka_unit_test(stops_at_the_first_odd_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
