/*
 * mime/qp.c. Expected values: RFC 2045 section 6.7 (rules 1 to 5, the example, the notes on robust decoders).
 */
#include "core/crypto.h"
#include "mime/qp.h"

#include "support/unit.h"

static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "plain", "Hello world", "Hello world" },
	{ "example of section 6.7",
	    "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
	    "Now's the time for all folk to come to the aid of their country." },
	{ "rule 1", "=3D=41=7e", "=A~" },
	{ "lower case digits, note 1", "=3d=e2=82=ac", "=\xE2\x82\xAC" },
	{ "mixed case digits", "=3d=4A=4a", "=JJ" },
	{ "line ends stay", "a\r\nb\nc", "a\r\nb\nc" },
	{ "encoded line end", "a=0D=0Ab", "a\r\nb" },
	{ "rule 3, blanks at the end of a line", "a \t \r\nb  \nc", "a\r\nb\nc" },
	{ "blanks within", "a \t b", "a \t b" },
	{ "blanks at the end of all", "a  ", "a" },
	{ "encoded blank at the end", "a=20\r\nb", "a \r\nb" },
	{ "soft break with LF", "a=\nb", "ab" },
	{ "soft break with blanks, note 3", "a= \t\r\nb", "ab" },
	{ "soft break at the end of all", "a=", "a" },
	{ "soft break after blanks", "a  =\r\nb", "a  b" },
	{ "two soft breaks", "a=\r\n=\r\nb", "ab" },
	{ "no digits, note 2", "a=XYb", "a=XYb" },
	{ "one digit", "a=4Xb", "a=4Xb" },
	{ "one digit at the end", "a=4", "a=4" },
	{ "escape before an escape", "==41", "=A" },
	{ "escape in an escape", "=4=41", "=4A" },
	{ "blanks behind an escape", "= x", "= x" },
	{ "digit and line end", "=4\r\nb", "=4\r\nb" },
	{ "8-bit passes", "\xE9t\xE9", "\xE9t\xE9" },
	{ "bare CR", "a \rb", "a\rb" },
	{ "soft break with CR alone", "a=\rb", "ab" },
};

static void
decodes(void **state)
{
	uint8_t out[512];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 12; step++) {
			struct mime_qp q = { 0 };
			struct span in = span_str(cases[i].in);
			size_t n = 0;

			for (; in.len > 0; in = span_from(in, step))
				n += mime_qp_push(&q, span_upto(in, step), out + n);
			n += mime_qp_finish(&q, out + n);
			if (!span_eq(span_of(out, n), span_str(cases[i].want)))
				fail_msg("%s in steps of %zu: \"%.*s\"", cases[i].name, step,
				    (int)n, out);
		}
}

/* More blanks than are remembered: none is lost in the middle of a line. */
static void
keeps_many_blanks(void **state)
{
	static uint8_t in[1002], out[2048];
	struct mime_qp q = { 0 };
	size_t n;

	(void)state;
	memset(in, ' ', sizeof(in));
	in[0] = 'a';
	in[1001] = 'b';
	n = mime_qp_push(&q, span_of(in, sizeof(in)), out);
	n += mime_qp_finish(&q, out + n);
	assert_int_equal(n, sizeof(in));
	assert_memory_equal(out, in, n);
}

static void
knows_hex_digits(void **state)
{
	const char digits[] = "0123456789abcdef";

	(void)state;
	for (int c = 0; c < 256; c++) {
		const char *at = c == 0 ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

		assert_int_equal(hex_value((uint8_t)c), at == NULL ? -1 : (int)(at - digits));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(keeps_many_blanks),
		cmocka_unit_test(knows_hex_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
