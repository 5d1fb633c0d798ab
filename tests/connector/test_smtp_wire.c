/*
 * tests/connector/test_smtp_wire.c - replies, xtext, dots.
 *
 * RFC 5321 sections 4.2 and 4.5.2, RFC 2034 section 4, RFC 3461 section 4. Dots and lone CR or LF: the
 * property that S2 asks for is checked with a receiver that takes every line end there is.
 */
#include "connector/smtp_wire.h"

#include "support/unit.h"

static void
reply_lines(void **state)
{
	static const struct {
		const char *in;
		enum err want;
		unsigned code;
		bool last;
		unsigned status[3];
		const char *text;
	} cases[] = {
		{ "250 OK", ERR_OK, 250, true, { 0 }, "OK" },
		{ "250", ERR_OK, 250, true, { 0 }, "" },
		{ "250 ", ERR_OK, 250, true, { 0 }, "" },
		{ "250-SIZE 1000", ERR_OK, 250, false, { 0 }, "SIZE 1000" },
		{ "250 2.1.5 Recipient OK", ERR_OK, 250, true, { 2, 1, 5 }, "Recipient OK" },
		{ "550-5.7.509 Access denied", ERR_OK, 550, false, { 5, 7, 509 }, "Access denied" },
		{ "451 4.7.500", ERR_OK, 451, true, { 4, 7, 500 }, "" },
		{ "550 4.1.1 classes differ", ERR_OK, 550, true, { 0 }, "4.1.1 classes differ" },
		{ "550 5.1.1x", ERR_OK, 550, true, { 0 }, "5.1.1x" },
		{ "550 5.1", ERR_OK, 550, true, { 0 }, "5.1" },
		{ "354 Go", ERR_OK, 354, true, { 0 }, "Go" },
		{ "", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ "25", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ "25x OK", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ "199 no", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ "600 no", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ "2500 OK", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ "250OK", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ " 250 OK", ERR_SYNTAX, 0, false, { 0 }, "" },
		{ "250\tOK", ERR_SYNTAX, 0, false, { 0 }, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_reply_line r;
		enum err err = smtp_reply_line_parse(span_str(cases[i].in), &r);

		if (err != cases[i].want)
			fail_msg("\"%s\": %s", cases[i].in, err_name(err));
		if (err == ERR_OK &&
		    (r.code != cases[i].code || r.last != cases[i].last ||
			memcmp(r.status, cases[i].status, sizeof(r.status)) != 0 ||
			!span_eq(r.text, span_str(cases[i].text))))
			fail_msg("\"%s\"", cases[i].in);
	}
}

static void
reply_lines_written(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 512);
	assert_ok(smtp_reply_line_put(&b, 250, false, NULL, SPAN("SIZE 1")));
	assert_ok(smtp_reply_line_put(&b, 550, true, "5.7.1", SPAN("a\r\n250 b\0c")));
	assert_span(buf_span(&b), "250-SIZE 1\r\n550 5.7.1 a??250 b?c\r\n");
	buf_done(&b);
	buf_init(&b, 8);
	assert_int_equal(smtp_reply_line_put(&b, 250, true, NULL, SPAN("too long")), ERR_LIMIT);
	buf_done(&b);
}

static void
xtext(void **state)
{
	static const struct {
		const char *plain;
		const char *coded;
	} both[] = {
		{ "", "" },
		{ "Bob@Example.COM", "Bob@Example.COM" },
		{ "a+b=c d", "a+2Bb+3Dc+20d" },
		{ "\xc3\xbc", "+C3+BC" },
		{ "~!", "~!" },
	};
	static const char *const wrong[] = { "+", "+2", "+2b", "+G0", "a b", "a=b", "+0D", "+0A",
		"+00", "+7F", "\x7f", "\xc3" };

	(void)state;
	for (size_t i = 0; i < COUNT(both); i++) {
		struct buf b;

		buf_init(&b, 100);
		assert_ok(smtp_xtext_encode(span_str(both[i].plain), &b));
		assert_span(buf_span(&b), both[i].coded);
		buf_clear(&b);
		assert_ok(smtp_xtext_decode(span_str(both[i].coded), &b));
		assert_span(buf_span(&b), both[i].plain);
		buf_done(&b);
	}
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct buf b;

		buf_init(&b, 100);
		if (smtp_xtext_decode(span_str(wrong[i]), &b) != ERR_SYNTAX)
			fail_msg("\"%s\"", wrong[i]);
		buf_done(&b);
	}
}

/* All of it through the stuffer in steps of the given size. */
static enum err
stuff(struct span in, size_t step, struct buf *out)
{
	struct smtp_stuffer s;

	smtp_stuffer_init(&s, sink_buf(out));
	for (size_t i = 0; i < in.len; i += step)
		TRY(smtp_stuffer_put(&s, span_upto(span_from(in, i), step)));
	return smtp_stuffer_end(&s);
}

static void
dots(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", ".\r\n" },
		{ "a\r\n", "a\r\n.\r\n" },
		{ "a", "a\r\n.\r\n" },
		{ ".\r\n", "..\r\n.\r\n" },
		{ ".", "..\r\n.\r\n" },
		{ "..\r\n.a\r\nb.\r\n", "...\r\n..a\r\nb.\r\n.\r\n" },
		{ "\r\n.\r\nMAIL FROM:<>\r\n", "\r\n..\r\nMAIL FROM:<>\r\n.\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 20; step++) {
			struct buf b;

			buf_init(&b, 200);
			assert_ok(stuff(span_str(cases[i].in), step, &b));
			assert_span(buf_span(&b), cases[i].out);
			buf_done(&b);
		}
}

static void
not_by_data(void **state)
{
	static const struct {
		const char *name, *in;
		size_t len;
	} cases[] = {
		{ "LF", "a\nb\r\n", 5 },
		{ "LF first", "\na", 2 },
		{ "CR", "a\rb\r\n", 5 },
		{ "CR at the end", "a\r", 2 },
		{ "CR CR LF", "a\r\r\n", 4 },
		{ "LF dot", "a\n.\r\nMAIL", 9 },
		{ "NUL", "a\0\r\n", 4 },
	};
	char line[1100];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 10; step++) {
			struct buf b;

			buf_init(&b, 200);
			if (stuff(span_of(cases[i].in, cases[i].len), step, &b) != ERR_DENIED)
				fail_msg("%s in steps of %zu", cases[i].name, step);
			buf_done(&b);
		}
	memset(line, 'x', sizeof(line));
	for (size_t len = 997; len <= 999; len++) {
		struct buf b;

		buf_init(&b, 2000);
		assert_int_equal(
		    stuff(span_of(line, len), 100, &b), len <= 998 ? ERR_OK : ERR_DENIED);
		buf_done(&b);
	}
}

/* A receiver that ends lines at CR, LF and CRLF: no line of what we send is "." but the last. */
static void
lax_receiver(void **state)
{
	static const char alphabet[] = { '.', '\r', '\n', 'a', '\0' };

	(void)state;
	for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5 * 5; n++) {
		char in[6];
		struct buf b;

		for (unsigned i = 0, k = n; i < 6; i++, k /= 5)
			in[i] = alphabet[k % 5];
		buf_init(&b, 64);
		if (stuff(span_of(in, 6), 6, &b) == ERR_OK) {
			struct span s = buf_span(&b);

			for (size_t i = 0; i + 3 < s.len; i++) {
				bool begins = i == 0 || s.p[i - 1] == '\r' || s.p[i - 1] == '\n';
				bool ends = s.p[i + 1] == '\r' || s.p[i + 1] == '\n';

				if (begins && s.p[i] == '.' && ends)
					fail_msg("number %u", n);
			}
			assert_true(span_iends(s, SPAN("\r\n.\r\n")) || span_eq(s, SPAN(".\r\n")));
		}
		buf_done(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_lines),
		cmocka_unit_test(reply_lines_written),
		cmocka_unit_test(xtext),
		cmocka_unit_test(dots),
		cmocka_unit_test(not_by_data),
		cmocka_unit_test(lax_receiver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
