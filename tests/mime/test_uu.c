/*
 * Tests of mime/uu.c. The encoded lines are those of POSIX's example (uuencode, "Cat") and of Python's
 * binascii.b2a_uu(); a mail holds them between words as people write them.
 */
#include "mime/uu.h"

#include "support/unit.h"

static const struct {
	const char *name, *in;
	bool found;
} cases[] = {
	{ "POSIX's example", "begin 644 cat.txt\n#0V%T\n`\nend\n", true },
	{ "CRLF", "begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n", true },
	{ "four digits", "begin 0644 cat.txt\n#0V%T\n`\nend\n", true },
	{ "a whole line (b2a_uu of 45 x A)",
	    "begin 600 a\nM04%!04%!04%!04%!04%!04%!04%!04%!04%!04%!04%!04%!04%!04%!04%!\n", true },
	{ "behind words", "Dear Bob,\nhere it is:\n\nbegin 644 x.bin\n#0V%T\n`\nend\nRegards\n",
	    true },
	{ "no line end behind it", "begin 644 cat.txt\n#0V%T", true },
	{ "two begins, the second is one", "begin 644 words\nand more\nbegin 644 cat\n#0V%T\n",
	    true },

	{ "empty", "", false },
	{ "words", "Let us begin 644 pages later.\n", false },
	{ "not at the start of the line", " begin 644 cat.txt\n#0V%T\n", false },
	{ "quoted", "> begin 644 cat.txt\n> #0V%T\n", false },
	{ "words behind begin", "begin 644 cat.txt\nand then we went home\n", false },
	{ "an empty line behind begin", "begin 644 cat.txt\n\n#0V%T\n", false },
	{ "mode of letters", "begin rwx cat.txt\n#0V%T\n", false },
	{ "mode of digits over 7", "begin 689 cat.txt\n#0V%T\n", false },
	{ "no name", "begin 644\n#0V%T\n", false },
	{ "capitals", "BEGIN 644 cat.txt\n#0V%T\n", false },
	{ "line shorter than it says", "begin 644 cat.txt\nM0V%T\n", false },
	{ "line much longer than it says", "begin 644 cat.txt\n#0V%T0V%T0V%T\n", false },
	{ "only begin", "begin 644 cat.txt\n", false },
};

static bool
run(const char *text, size_t step)
{
	struct mime_uu u = { 0 };
	struct span s = span_str(text);

	while (s.len > 0) {
		mime_uu_push(&u, span_upto(s, step));
		s = span_from(s, step);
	}
	return mime_uu_end(&u);
}

static void
test_found_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("uu: %s\n", cases[i].name);
		for (size_t step = 1; step < 80; step++)
			assert_int_equal(run(cases[i].in, step), cases[i].found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_found_or_not) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
