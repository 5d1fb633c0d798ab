/*
 * tests/connector/test_smtp_data.c - where a mail ends.
 *
 * RFC 5321 section 4.5.2 (dots), threat S1 with the spellings of CVE-2023-51764 to -51766 and
 * CVE-2024-27305, RFC 3030 section 2 (chunks). Each row is pushed whole and in every split into two, and
 * byte by byte; all must agree.
 */
#include "connector/smtp_data.h"

#include "core/buf.h"

#include "support/unit.h"

struct outcome {
	struct buf out;
	bool ended;
	enum smtp_data_odd odd;
	uint64_t odd_at;
	size_t taken;
};

static void
push(struct smtp_data *d, struct span in, struct outcome *o)
{
	struct span s = in;

	if (d->ended)
		return;
	assert_ok(smtp_data_push(d, &s, sink_buf(&o->out)));
	o->taken += in.len - s.len;
}

static struct outcome
run(struct span in, size_t first, size_t step)
{
	struct outcome o = { .ended = false };
	struct smtp_data d;

	buf_init(&o.out, 4096);
	smtp_data_init(&d);
	push(&d, span_upto(in, first), &o);
	for (size_t i = first; i < in.len; i += step)
		push(&d, span_upto(span_from(in, i), step), &o);
	o.ended = d.ended;
	o.odd = d.odd;
	o.odd_at = d.odd_at;
	assert_int_equal(d.octets, o.taken);
	return o;
}

static void
same(const char *name, const struct outcome *a, struct outcome *b)
{
	if (a->ended != b->ended || a->odd != b->odd || a->odd_at != b->odd_at ||
	    a->taken != b->taken || !span_eq(buf_span(&a->out), buf_span(&b->out)))
		fail_msg("%s: another split, another mail", name);
	buf_done(&b->out);
}

static void
data(void **state)
{
	static const struct {
		const char *name, *in;
		size_t len;
		const char *out;
		bool ended;
		size_t rest; /* behind the end */
		enum smtp_data_odd odd;
		uint64_t odd_at;
	} cases[] = {
#define IN(lit) lit, sizeof(lit) - 1
		{ "plain", IN("a\r\nb\r\n.\r\n"), "a\r\nb\r\n", true, 0, SMTP_DATA_FINE, 0 },
		{ "empty", IN(".\r\n"), "", true, 0, SMTP_DATA_FINE, 0 },
		{ "empty line", IN("\r\n.\r\n"), "\r\n", true, 0, SMTP_DATA_FINE, 0 },
		{ "next command stays", IN("a\r\n.\r\nQUIT\r\n"), "a\r\n", true, 6, SMTP_DATA_FINE,
		    0 },
		{ "stuffed", IN("..\r\n...\r\n..a\r\n.\r\n"), ".\r\n..\r\n.a\r\n", true, 0,
		    SMTP_DATA_FINE, 0 },
		{ "dot and text", IN(".a\r\n.\r\n"), "a\r\n", true, 0, SMTP_DATA_FINE, 0 },
		{ "dot in a line", IN("a.\r\nb.c\r\n.\r\n"), "a.\r\nb.c\r\n", true, 0,
		    SMTP_DATA_FINE, 0 },
		{ "no end", IN("a\r\n.\r"), "a\r\n", false, 0, SMTP_DATA_FINE, 0 },
		{ "8-bit", IN("\xff\xfe\r\n.\r\n"), "\xff\xfe\r\n", true, 0, SMTP_DATA_FINE, 0 },
		/* S1: none of these ends the mail */
		{ "LF . LF", IN("a\n.\nb"), "a", false, 0, SMTP_DATA_BARE_LF, 1 },
		{ "LF . CRLF", IN("a\n.\r\nb\r\n.\r\nX"), "a", true, 1, SMTP_DATA_BARE_LF, 1 },
		{ "CRLF . LF", IN("a\r\n.\nb\r\n.\r\nX"), "a\r\n", true, 1, SMTP_DATA_BARE_LF, 4 },
		{ "CR . CR", IN("a\r.\rb\r\n.\r\n"), "a\r", true, 0, SMTP_DATA_BARE_CR, 1 },
		{ "CR . CRLF", IN("a\r.\r\nb\r\n.\r\n"), "a\r", true, 0, SMTP_DATA_BARE_CR, 1 },
		{ "CRLF . CR", IN("a\r\n.\rb\r\n.\r\n"), "a\r\n", true, 0, SMTP_DATA_BARE_CR, 4 },
		{ "CRLF . CR CRLF", IN("a\r\n.\r\r\nb\r\n.\r\n"), "a\r\n", true, 0,
		    SMTP_DATA_BARE_CR, 4 },
		{ "LF . CR", IN("a\n.\rb\r\n.\r\n"), "a", true, 0, SMTP_DATA_BARE_LF, 1 },
		{ "CR . LF", IN("a\r.\nb\r\n.\r\n"), "a\r", true, 0, SMTP_DATA_BARE_CR, 1 },
		{ "CR CRLF . CRLF", IN("a\r\r\n.\r\n"), "a\r", true, 0, SMTP_DATA_BARE_CR, 1 },
		{ "NUL CRLF . CRLF", IN("a\0\r\n.\r\n"), "a", true, 0, SMTP_DATA_NUL, 1 },
		{ "CRLF NUL . CRLF", IN("a\r\n\0.\r\n.\r\n"), "a\r\n", true, 0, SMTP_DATA_NUL, 3 },
		{ "CRLF . NUL CRLF", IN("a\r\n.\0\r\n.\r\n"), "a\r\n", true, 0, SMTP_DATA_NUL, 4 },
		{ "CR NUL", IN("a\r\0\r\n.\r\n"), "a\r", true, 0, SMTP_DATA_BARE_CR, 1 },
		{ "LF first", IN("\n.\r\n.\r\n"), "", true, 0, SMTP_DATA_BARE_LF, 0 },
		{ "two LF", IN("a\n\n.\r\n.\r\n"), "a", true, 0, SMTP_DATA_BARE_LF, 1 },
		{ "the first oddity counts", IN("a\0b\nc\rd\r\n.\r\n"), "a", true, 0, SMTP_DATA_NUL,
		    1 },
#undef IN
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span in = span_of(cases[i].in, cases[i].len);
		struct outcome whole = run(in, in.len, 1), split;

		if (whole.ended != cases[i].ended || whole.odd != cases[i].odd ||
		    whole.odd_at != cases[i].odd_at || in.len - whole.taken != cases[i].rest ||
		    !span_eq(buf_span(&whole.out), span_str(cases[i].out)))
			fail_msg("%s: %d %d at %zu, %zu left", cases[i].name, whole.ended,
			    (int)whole.odd, (size_t)whole.odd_at, in.len - whole.taken);
		for (size_t at = 0; at <= in.len; at++) {
			split = run(in, at, in.len);
			same(cases[i].name, &whole, &split);
		}
		split = run(in, 0, 1);
		same(cases[i].name, &whole, &split);
		buf_done(&whole.out);
	}
}

static enum err
full(void *ctx, struct span in)
{
	(void)ctx;
	return in.len > 0 ? err_set(ERR_TEMP, "full") : ERR_OK;
}

static void
sink_that_fails(void **state)
{
	struct smtp_data d;
	struct span in = SPAN("a\r\n.\r\n");

	(void)state;
	smtp_data_init(&d);
	assert_int_equal(smtp_data_push(&d, &in, (struct sink){ full, NULL }), ERR_TEMP);
}

static void
chunk_sizes(void **state)
{
	static const struct {
		const char *in;
		enum err want;
		uint64_t size;
		bool last;
	} cases[] = {
		{ "0", ERR_OK, 0, false },
		{ "0 LAST", ERR_OK, 0, true },
		{ "86", ERR_OK, 86, false },
		{ "86 last", ERR_OK, 86, true },
		{ "86  ", ERR_OK, 86, false },
		{ "86 LAST ", ERR_OK, 86, true },
		{ "9223372036854775807", ERR_OK, INT64_MAX, false },
		{ "9223372036854775808", ERR_SYNTAX, 0, false },
		{ "18446744073709551617", ERR_SYNTAX, 0, false },
		{ "99999999999999999999999", ERR_SYNTAX, 0, false },
		{ "", ERR_SYNTAX, 0, false },
		{ " 86", ERR_SYNTAX, 0, false },
		{ "-1", ERR_SYNTAX, 0, false },
		{ "+1", ERR_SYNTAX, 0, false },
		{ "0x10", ERR_SYNTAX, 0, false },
		{ "1.5", ERR_SYNTAX, 0, false },
		{ "86LAST", ERR_SYNTAX, 0, false },
		{ "86  LAST", ERR_SYNTAX, 0, false },
		{ "86 LAST LAST", ERR_SYNTAX, 0, false },
		{ "86 FIRST", ERR_SYNTAX, 0, false },
		{ "LAST", ERR_SYNTAX, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_chunk c;
		enum err err = smtp_chunk_parse(span_str(cases[i].in), &c);

		if (err != cases[i].want)
			fail_msg("\"%s\": %s", cases[i].in, err_name(err));
		if (err == ERR_OK && (c.left != cases[i].size || c.last != cases[i].last))
			fail_msg("\"%s\"", cases[i].in);
	}
}

static void
chunk_octets(void **state)
{
	struct smtp_chunk c = { .left = 5 };
	struct span in = SPAN("abc"), more = SPAN("deNOOP\r\n");

	(void)state;
	assert_span(smtp_chunk_take(&c, &in), "abc");
	assert_int_equal(c.left, 2);
	assert_int_equal(in.len, 0);
	assert_span(smtp_chunk_take(&c, &more), "de");
	assert_int_equal(c.left, 0);
	assert_span(more, "NOOP\r\n");
	assert_int_equal(smtp_chunk_take(&c, &more).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data),
		cmocka_unit_test(sink_that_fails),
		cmocka_unit_test(chunk_sizes),
		cmocka_unit_test(chunk_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
