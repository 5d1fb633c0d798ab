/*
 * tests/cli/test_outfile.c - strangers' file names, and files that are there already.
 *
 * The names are those of the attack class "path and name attacks" (M5) and of Windows' reserved names.
 */
#include "cli/outfile.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_names(void **state)
{
	static const struct {
		const char *label, *want;
	} cases[] = {
		{ "offerte.pdf", "offerte.pdf" },
		{ "r\xc3\xa9sum\xc3\xa9.pdf", "r\xc3\xa9sum\xc3\xa9.pdf" },
		{ "", "file-7.bin" },
		{ "   ", "file-7.bin" },
		{ "...", "file-7.bin" },
		{ "../../etc/passwd", "_._.._etc_passwd" },
		{ "/etc/passwd", "_etc_passwd" },
		{ "C:\\windows\\x.exe", "C__windows_x.exe" },
		{ "\\\\server\\share", "__server_share" },
		{ ".htaccess", "_htaccess" },
		{ "CON", "_CON" },
		{ "nul.txt", "_nul.txt" },
		{ "com1.x", "_com1.x" },
		{ "con.a/b", "_con.a_b" },
		{ "console.txt", "console.txt" },
		{ "file.txt:stream", "file.txt_stream" },
		{ "trailing. . ", "trailing" },
		{ "line\r\nbreak", "line__break" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, OUTFILE_NAME_MAX);
		assert_ok(outfile_name(span_str(cases[i].label), 7, &out));
		if (strcmp(buf_cstr(&out), cases[i].want) != 0)
			fail_msg("\"%s\" became \"%s\", wanted \"%s\"", cases[i].label,
			    buf_cstr(&out), cases[i].want);
		buf_done(&out);
	}
}

static void
test_long_name(void **state)
{
	uint8_t label[4096];
	struct buf out;

	(void)state;
	/* two-byte characters, so that a careless cut would fall inside one */
	for (size_t i = 0; i < sizeof(label); i += 2) {
		label[i] = 0xc3;
		label[i + 1] = 0xa9;
	}
	buf_init(&out, OUTFILE_NAME_MAX);
	assert_ok(outfile_name(span_of(label, sizeof(label)), 1, &out));
	assert_true(out.len <= OUTFILE_NAME_MAX && out.len > 100);
	assert_int_equal(out.len % 2, 0);
	buf_done(&out);
}

static void
write_one(const struct tmpdir *d, const char *label, const char *content, const char *want)
{
	struct outfile *f = NULL;
	uint8_t sha[SHA256_SIZE], expected[SHA256_SIZE];
	uint64_t size;

	assert_ok(outfile_new(d->path, span_str(label), 1, &f));
	assert_ok(sink_put(outfile_sink(f), span_str(content)));
	assert_ok(outfile_finish(f, &size, sha));
	assert_int_equal(size, strlen(content));
	sha256_of(span_str(content), expected);
	assert_memory_equal(sha, expected, SHA256_SIZE);
	assert_string_equal(outfile_shown_name(f), want);
	outfile_free(&f);
}

static void
check_file(const struct tmpdir *d, const char *name, const char *content)
{
	struct buf b;

	buf_init(&b, 1000);
	tmpdir_read(d, name, &b);
	assert_string_equal(buf_cstr(&b), content);
	buf_done(&b);
}

static void
test_nothing_is_overwritten(void **state)
{
	char link_path[2 * TMPDIR_PATH_MAX], target[2 * TMPDIR_PATH_MAX];
	struct outfile *f = NULL;
	struct tmpdir d;

	(void)state;
	tmpdir_make(&d);
	tmpdir_write(&d, "a.txt", SPAN("mine"));
	write_one(&d, "a.txt", "first", "2-a.txt");
	write_one(&d, "a.txt", "second", "3-a.txt");
	check_file(&d, "a.txt", "mine");
	check_file(&d, "2-a.txt", "first");
	/* a link is not followed */
	assert_int_equal(
	    symlink(tmpdir_join(&d, "target", target), tmpdir_join(&d, "l.txt", link_path)), 0);
	write_one(&d, "l.txt", "content", "2-l.txt");
	assert_int_equal(access(target, F_OK), -1);
	/* what was not finished is gone */
	assert_ok(outfile_new(d.path, SPAN("half.txt"), 1, &f));
	assert_ok(sink_put(outfile_sink(f), SPAN("ha")));
	outfile_free(&f);
	assert_int_equal(access(tmpdir_join(&d, "half.txt", target), F_OK), -1);
	assert_int_equal(
	    outfile_new(tmpdir_join(&d, "missing", target), SPAN("x"), 1, &f), ERR_NOT_FOUND);
	tmpdir_done(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_nothing_is_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
