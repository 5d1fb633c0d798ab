/*
 * fuzz_decoders: base64 and quoted-printable.
 *
 * Held for every input: cutting changes nothing; output stays within its bound; base64 that is encoded
 * decodes to itself, as one line and as lines in bulk; a canonical line encodes to itself and decodes as the
 * lenient decoder decodes it.
 */
#include "mime/base64.h"
#include "mime/qp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 8192u

static void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

/* Decode in pieces of at most step bytes; out has room for all of it. */
static size_t
base64(struct span in, size_t step, uint8_t *out)
{
	struct mime_base64 b = { 0 };
	uint8_t piece[MIME_BASE64_DECODED_MAX(INPUT_MAX)];
	size_t len = 0, n;

	for (; in.len > 0; in = span_from(in, step)) {
		struct span part = span_upto(in, step);

		n = mime_base64_push(&b, part, piece);
		require(n <= MIME_BASE64_DECODED_MAX(part.len), "bound of base64");
		memcpy(out + len, piece, n);
		len += n;
	}
	return len + mime_base64_finish(&b, out + len);
}

static size_t
qp(struct span in, size_t step, uint8_t *out)
{
	struct mime_qp q = { 0 };
	uint8_t piece[MIME_QP_DECODED_MAX(INPUT_MAX)];
	size_t len = 0, n;

	for (; in.len > 0; in = span_from(in, step)) {
		struct span part = span_upto(in, step);

		n = mime_qp_push(&q, part, piece);
		require(n <= MIME_QP_DECODED_MAX(part.len), "bound of quoted-printable");
		memcpy(out + len, piece, n);
		len += n;
	}
	return len + mime_qp_finish(&q, out + len);
}

static void
check_split(size_t (*decode)(struct span, size_t, uint8_t *), struct span in)
{
	static uint8_t a[2 * INPUT_MAX], b[2 * INPUT_MAX];
	size_t n = decode(in, INPUT_MAX, a);

	require(n <= in.len + 2, "decoding does not grow");
	for (size_t step = 1; step < 6; step += 2)
		require(decode(in, step, b) == n && memcmp(a, b, n) == 0, "cuts");
}

static void
check_line(struct span line)
{
	static uint8_t out[INPUT_MAX], lenient[INPUT_MAX + 2], text[2 * INPUT_MAX];
	size_t len;

	if (!mime_base64_line(line, out, &len))
		return;
	require(len <= line.len / 4 * 3, "bound of a line");
	require(base64(line, INPUT_MAX, lenient) == len && memcmp(out, lenient, len) == 0,
	    "line and lenient decoder agree");
	require(mime_base64_encode(span_of(out, len), text) == line.len &&
		memcmp(text, line.p, line.len) == 0,
	    "a canonical line encodes to itself");
}

/* The input as bytes: encode in lines of 4 * width characters, decode in bulk. */
static void
check_encode(struct span in, size_t width)
{
	static uint8_t text[4 * INPUT_MAX], back[INPUT_MAX + 2];
	struct span left;
	size_t len = 0, lines;

	for (left = in; left.len > 0; left = span_from(left, width * 3)) {
		len += mime_base64_encode(span_upto(left, width * 3), text + len);
		text[len++] = '\r';
		text[len++] = '\n';
	}
	require(base64(span_of(text, len), INPUT_MAX, back) == in.len, "encoded and decoded");
	require(in.len == 0 || memcmp(back, in.p, in.len) == 0, "encoded and decoded");
	lines = mime_base64_lines(span_of(text, len), width * 4, SPAN("\r\n"), back, sizeof(back));
	require(lines == in.len / (width * 3), "whole lines in bulk");
	require(lines == 0 || memcmp(back, in.p, lines * width * 3) == 0, "bytes in bulk");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size < INPUT_MAX / 2 ? size : INPUT_MAX / 2);

	check_split(base64, in);
	check_split(qp, in);
	check_line(in);
	check_encode(in, 1);
	check_encode(in, 19);
	return 0;
}
