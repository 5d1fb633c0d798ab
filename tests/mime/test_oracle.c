/*
 * Another reader as oracle: for each mail of the corpus that we take, Python's email package finds the same
 * leaves with the same decoded bytes and names (tests/mime/oracle.py says where it is not asked).
 */
#include "mime/corpus.h"
#include "mime/trip.h"

#include <unistd.h>

/* Mails in which the two see different trees, with the reason. */
static const struct {
	const char *path, *reason;
} other_trees[] = {
	{ "testmsgs/obsolete.msg", "Python ends a header at a blank before the colon" },
	{ "plain_emails/raw_email_incorrect_header.eml",
	    "Python ends a header at a blank in a name" },
};

struct tally {
	size_t mails, leaves, digests, names;
};

static bool
tree_differs(const char *path)
{
	for (size_t i = 0; i < COUNT(other_trees); i++)
		if (span_iends(span_str(path), span_str(other_trees[i].path)))
			return true;
	return false;
}

static uint32_t
next_leaf(const struct trip *t, uint32_t i)
{
	while (i < t->ix->part_count && t->ix->parts[i].role == MIME_ROLE_MULTIPART)
		i++;
	return i;
}

/* "P sha256 name" against our part. */
static void
check_leaf(const char *path, const struct mime_part *p, struct span line, struct tally *tally)
{
	char hex[HEX_SIZE(SHA256_SIZE)], name[HEX_SIZE(MIME_NAME_MAX)];
	struct span want_digest, want_name;

	assert_true(span_take_word(&line, &want_digest));
	span_skip_wsp(&line);
	assert_true(span_take_word(&line, &want_name));
	hex_encode(span_of(p->sha256, SHA256_SIZE), hex);
	hex_encode(p->name, name);
	tally->leaves++;
	if (!span_eq(want_digest, SPAN("-"))) {
		tally->digests++;
		if (!span_eq(want_digest, span_str(hex)))
			fail_msg("%s: part %u has other bytes", path, p->no);
	}
	if (!span_eq(want_name, SPAN("-"))) {
		tally->names++;
		if (!span_eq(want_name, span_str(name)))
			fail_msg("%s: part %u is called %s, not %.*s", path, p->no, name,
			    (int)want_name.len, (const char *)want_name.p);
	}
}

/* The lines of one mail, up to the next "M". */
static void
check_mail(const char *path, struct span lines, struct tally *tally)
{
	static struct trip t;
	struct buf mail;
	uint32_t leaf = 0;

	buf_init(&mail, 64u << 20);
	assert_true(file_read(path, &mail));
	trip_detach(&t, buf_span(&mail), true, NULL, NULL);
	if (t.err == ERR_OK && !tree_differs(path)) {
		tally->mails++;
		while (lines.len > 0) {
			size_t n = span_find_byte(lines, '\n');

			leaf = next_leaf(&t, leaf);
			if (leaf == t.ix->part_count)
				fail_msg("%s: the other reader has more leaves", path);
			check_leaf(
			    path, &t.ix->parts[leaf++], span_from(span_upto(lines, n), 2), tally);
			lines = span_from(lines, n + 1);
		}
		if (next_leaf(&t, leaf) != t.ix->part_count)
			fail_msg("%s: we have more leaves", path);
	}
	trip_done(&t);
	buf_done(&mail);
}

/* All that the script prints. */
static void
ask_python(struct buf *out)
{
	static const char command[] =
	    "python3 '" SOURCE_DIR "/tests/mime/oracle.py' '" CORPUS_DIR "'";
	char piece[4096];
	FILE *f;
	size_t n;

	if (system("python3 -c 'import email' 2>/dev/null") != 0) {
		printf("no python3: skipped\n");
		skip();
	}
	f = popen(command, "r");
	assert_non_null(f);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		assert_ok(buf_put(out, span_of(piece, n)));
	assert_int_equal(pclose(f), 0);
}

static void
agrees_with_python(void **state)
{
	struct tally tally = { 0 };
	struct span rest;
	struct buf out;
	char path[4096];

	(void)state;
	corpus_load();
	buf_init(&out, 16u << 20);
	ask_python(&out);
	for (rest = buf_span(&out); rest.len > 0;) {
		size_t line = span_find_byte(rest, '\n'), end;

		assert_true(span_starts(rest, SPAN("M ")));
		snprintf(path, sizeof(path), "%.*s", (int)(line - 2), (const char *)rest.p + 2);
		rest = span_from(rest, line + 1);
		end = span_starts(rest, SPAN("M ")) ? 0 : span_find(rest, SPAN("\nM ")) + 1;
		end = end > rest.len ? rest.len : end;
		check_mail(path, span_upto(rest, end), &tally);
		rest = span_from(rest, end);
	}
	printf("%zu mails, %zu leaves, %zu digests and %zu names compared\n", tally.mails,
	    tally.leaves, tally.digests, tally.names);
	assert_true(tally.mails > 150 && tally.digests > 150 && tally.names > 30);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_python),
	};

	return cmocka_run_group_tests(tests, NULL, corpus_done);
}
