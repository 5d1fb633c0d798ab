/*
 * tests/fuzz/fuzz_smtp_data.c - where a mail ends: DATA and BDAT framing, and our own dot-stuffing.
 *
 * Reaches: smtp_data_push, smtp_chunk_parse, smtp_chunk_take, smtp_stuffer_put (S1, S2, S3).
 *
 * The first byte steers how the rest is cut. Properties: any split gives the same bytes and the same end; the
 * end is the first CR LF . CR LF of the wire (or . CR LF at its start), found here by a search of the
 * simplest kind; a mail that is not odd, stuffed again, is the wire again; a chunk takes exactly its octets.
 */
#include "connector/smtp_data.h"
#include "connector/smtp_wire.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX 65536u

struct trace {
	struct buf out;
	bool ended;
	enum smtp_data_odd odd;
	uint64_t odd_at, octets;
};

static struct trace
run(struct span in, size_t step)
{
	struct trace t = { .ended = false };
	struct smtp_data d;

	buf_init(&t.out, MAX);
	smtp_data_init(&d);
	while (in.len > 0 && !d.ended) {
		struct span part = span_upto(in, step), rest = part;

		assert(smtp_data_push(&d, &rest, sink_buf(&t.out)) == ERR_OK);
		assert(d.ended || rest.len == 0);
		in = span_from(in, part.len - rest.len);
	}
	t.ended = d.ended;
	t.odd = d.odd;
	t.odd_at = d.odd_at;
	t.octets = d.octets;
	return t;
}

/* Octets up to and with the end of the mail, or 0: there is none. */
static size_t
end_of_mail(struct span in)
{
	if (span_starts(in, SPAN(".\r\n")))
		return 3;
	size_t at = span_find(in, SPAN("\r\n.\r\n"));
	return at < in.len ? at + 5 : 0;
}

static void
check_stuffing(struct span in, const struct trace *t)
{
	struct smtp_stuffer s;
	struct buf wire;

	buf_init(&wire, 2 * MAX);
	smtp_stuffer_init(&s, sink_buf(&wire));
	if (smtp_stuffer_put(&s, buf_span(&t->out)) == ERR_OK && smtp_stuffer_end(&s) == ERR_OK) {
		/* a dot that need not be there is gone: compare what both mean, and the bytes if none is */
		struct trace again = run(buf_span(&wire), wire.len);

		assert(again.ended && again.odd == SMTP_DATA_FINE && again.octets == wire.len);
		assert(span_eq(buf_span(&again.out), buf_span(&t->out)));
		buf_done(&again.out);
	}
	(void)in;
	buf_done(&wire);
}

static void
check_data(struct span in, size_t step)
{
	struct trace whole = run(in, in.len), split = run(in, step);

	assert(
	    whole.ended == split.ended && whole.odd == split.odd && whole.odd_at == split.odd_at);
	assert(whole.octets == split.octets && span_eq(buf_span(&whole.out), buf_span(&split.out)));
	assert(whole.ended == (end_of_mail(in) > 0));
	if (whole.ended)
		assert(whole.octets == end_of_mail(in));
	if (whole.ended && whole.odd == SMTP_DATA_FINE)
		check_stuffing(in, &whole);
	buf_done(&whole.out);
	buf_done(&split.out);
}

/* The input as lines of BDAT and octets behind them, as a session takes it. */
static void
check_chunks(struct span in)
{
	while (in.len > 0) {
		size_t at = span_find(in, SPAN("\r\n"));
		struct smtp_chunk chunk;
		uint64_t size;
		struct span rest = span_from(in, at + 2), part;
		size_t before = rest.len;

		if (smtp_chunk_parse(span_upto(in, at), &chunk) != ERR_OK)
			return;
		size = chunk.left;
		part = smtp_chunk_take(&chunk, &rest);
		assert(part.len + rest.len == before && chunk.left == size - part.len);
		assert(chunk.left == 0 || rest.len == 0);
		in = rest;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	size_t step;

	if (size < 2 || size > MAX)
		return 0;
	step = data[0] % 16u + 1;
	in = span_from(in, 1);
	check_data(in, step);
	check_chunks(in);
	return 0;
}
