/*
 * Promise 3: reattach(detach(m)) == m, byte for byte, and the same result for any cut of the input.
 *
 * For every mail of the corpus, as stored (lenient) and with CRLF line ends (strict), those listed in
 * tests/data/refused-mails.txt excepted; and for generated mails whose base64 deviates in every way we know.
 */
#include "mime/base64.h"
#include "mime/file.h"

#include "mime/corpus.h"
#include "mime/mail_text.h"
#include "mime/trip.h"

#include <unistd.h>

static size_t
one_byte(void *ctx, size_t left)
{
	(void)ctx;
	(void)left;
	return 1;
}

static size_t
at_random(void *ctx, size_t left)
{
	uint32_t *x = ctx;

	(void)left;
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return 1 + *x % (*x % 5 == 0 ? 5000 : 80);
}

/* ---- the corpus ---- */

/* Lines of the list: path, blank, "strict" or "both", blank, a part of the note. "#" begins a comment. */
static bool
listed(struct span list, struct span path, bool strict, struct span *ret_note)
{
	struct span line, word, mode;

	while (list.len > 0) {
		size_t n = span_find_byte(list, '\n');

		line = span_upto(list, n);
		list = span_from(list, n + 1);
		if (!span_take_word(&line, &word) || !span_eq(word, path))
			continue;
		span_skip_wsp(&line);
		if (!span_take_word(&line, &mode))
			continue;
		*ret_note = span_trim(line);
		return span_eq(mode, SPAN("both")) || (strict && span_eq(mode, SPAN("strict")));
	}
	return false;
}

static void
check_corpus_mail(const char *path, struct span mail, bool strict, struct span list)
{
	static struct trip whole, cut;
	struct span name = span_from(span_str(path), strlen(CORPUS_DIR) + 1), note = SPAN_NONE;
	bool refused = listed(list, name, strict, &note);
	uint32_t seed = 2463534242;

	trip_detach(&whole, mail, !strict, NULL, NULL);
	if ((whole.err != ERR_OK) != refused)
		fail_msg("%s: %s: %s", path, err_name(whole.err), whole.note);
	if (refused && span_find(span_str(whole.note), note) == strlen(whole.note))
		fail_msg("%s: %s", path, whole.note);
	if (!refused && !trip_is_lossless(&whole, mail))
		fail_msg("%s: not lossless", path);
	trip_detach(&cut, mail, !strict, one_byte, NULL);
	if (!trip_equal(&whole, &cut))
		fail_msg("%s: differs byte by byte", path);
	trip_done(&cut);
	trip_detach(&cut, mail, !strict, at_random, &seed);
	if (!trip_equal(&whole, &cut))
		fail_msg("%s: differs at random cuts", path);
	trip_done(&cut);
	trip_done(&whole);
}

static void
every_corpus_mail(void **state)
{
	struct buf list, mail, crlf;

	(void)state;
	corpus_load();
	buf_init(&list, 1u << 20);
	buf_init(&mail, 64u << 20);
	buf_init(&crlf, 128u << 20);
	assert_true(file_read(SOURCE_DIR "/tests/data/refused-mails.txt", &list));
	for (size_t i = 0; i < corpus.count; i++) {
		buf_clear(&mail);
		buf_clear(&crlf);
		assert_true(file_read(corpus.paths[i], &mail));
		corpus_crlf(buf_span(&mail), &crlf);
		check_corpus_mail(corpus.paths[i], buf_span(&mail), false, buf_span(&list));
		check_corpus_mail(corpus.paths[i], buf_span(&crlf), true, buf_span(&list));
	}
	buf_done(&list);
	buf_done(&mail);
	buf_done(&crlf);
}

/* The list has no lines that nothing needs. */
static void
list_is_not_longer_than_needed(void **state)
{
	struct buf list;
	struct span rest, line, word;
	char path[4096];

	(void)state;
	corpus_load();
	buf_init(&list, 1u << 20);
	assert_true(file_read(SOURCE_DIR "/tests/data/refused-mails.txt", &list));
	for (rest = buf_span(&list); rest.len > 0;) {
		size_t n = span_find_byte(rest, '\n');

		line = span_upto(rest, n);
		rest = span_from(rest, n + 1);
		if (line.len == 0 || line.p[0] == '#')
			continue;
		assert_true(span_take_word(&line, &word));
		snprintf(
		    path, sizeof(path), "%s/%.*s", CORPUS_DIR, (int)word.len, (const char *)word.p);
		if (access(path, R_OK) != 0)
			fail_msg("%s is listed and not there", path);
	}
	buf_done(&list);
}

/* ---- generated mails ---- */

struct plan {
	size_t file_len;
	size_t line_len; /* characters of base64 a line */
	const char *eol;
	size_t odd_line;     /* number of the line that deviates; SIZE_MAX: none */
	const char *odd;     /* put in the middle of that line, or "" */
	const char *odd_end; /* put at its end */
	const char *tail;    /* behind the last line */
	bool end;            /* with a closing delimiter */
	size_t more_pieces;  /* beyond those of the mail without deviation, at most */
};

static void
fill(uint8_t *p, size_t len)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245 + 12345;
		p[i] = (uint8_t)(x >> 16);
	}
}

static void
put_lines(struct buf *mail, const struct plan *p, struct span text)
{
	for (size_t line = 0; text.len > 0; line++) {
		struct span now = span_upto(text, p->line_len);
		size_t half = line == p->odd_line ? now.len / 2 : now.len;

		assert_ok(buf_put(mail, span_upto(now, half)));
		if (line == p->odd_line)
			assert_ok(buf_put_str(mail, p->odd));
		assert_ok(buf_put(mail, span_from(now, half)));
		if (line == p->odd_line)
			assert_ok(buf_put_str(mail, p->odd_end));
		text = span_from(text, p->line_len);
		if (text.len > 0)
			assert_ok(buf_put_str(mail, p->eol));
	}
	assert_ok(buf_put_str(mail, p->tail));
}

static void
generate(struct buf *mail, struct buf *file, const struct plan *p)
{
	uint8_t *text = malloc(MIME_BASE64_ENCODED(p->file_len) + 1);

	assert_non_null(text);
	buf_clear(mail);
	buf_clear(file);
	assert_ok(buf_reserve(file, p->file_len));
	fill(file->p, p->file_len);
	file->len = p->file_len;
	mail_text(mail,
	    "Content-Type: multipart/mixed; boundary=\"--=m\"\n\n----=m\n\nhello\n----=m\n"
	    "Content-Type: a/b; name=c\nContent-Transfer-Encoding: base64\n\n");
	put_lines(mail, p, span_of(text, mime_base64_encode(buf_span(file), text)));
	if (p->end)
		mail_text(mail, "\n----=m--\n");
	free(text);
}

static void
check_plan(const struct plan *p, const char *name)
{
	static struct trip whole, cut;
	struct buf mail, file;
	struct span left;
	uint32_t seed = 88172645;

	buf_init(&mail, TRIP_MAX);
	buf_init(&file, TRIP_MAX);
	generate(&mail, &file, p);
	trip_detach(&whole, buf_span(&mail), false, NULL, NULL);
	if (whole.err != ERR_OK)
		fail_msg("%s: %s", name, whole.note);
	if (!trip_is_lossless(&whole, buf_span(&mail)))
		fail_msg("%s: not lossless", name);
	assert_int_equal(whole.facts.largest_attachment_bytes, p->file_len);
	left = buf_span(&file);
	if (mime_file_copy(whole.ix, 2, 0, p->file_len, (struct sink){ trip_compare, &left }) !=
		ERR_OK ||
	    left.len > 0)
		fail_msg("%s: another file", name);
	if (whole.ix->piece_count > 8 + p->more_pieces)
		fail_msg("%s: %u pieces", name, whole.ix->piece_count);
	if (p->file_len < 1u << 20) {
		trip_detach(&cut, buf_span(&mail), false, one_byte, NULL);
		assert_true(trip_equal(&whole, &cut));
		trip_done(&cut);
	}
	trip_detach(&cut, buf_span(&mail), false, at_random, &seed);
	assert_true(trip_equal(&whole, &cut));
	trip_done(&cut);
	trip_done(&whole);
	buf_done(&mail);
	buf_done(&file);
}

#define NONE SIZE_MAX

static const struct plan plans[] = {
	/* sizes around every edge */
	{ 0, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 1, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 56, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 57, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 58, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 65535, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 65536, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 65537, 76, "\r\n", NONE, "", "", "", true, 0 },
	{ 57 * 1150, 76, "\r\n", NONE, "", "", "", true, 0 },
	/* deviation in the first, a middle and the last line */
	{ 5700, 76, "\r\n", 0, " ", "", "", true, 1 },
	{ 5700, 76, "\r\n", 50, " ", "", "", true, 2 },
	{ 5700, 76, "\r\n", 99, " ", "", "", true, 1 },
	{ 5700, 76, "\r\n", 0, "!", "", "", true, 1 },
	{ 5700, 76, "\r\n", 50, "-", "", "", true, 2 },
	{ 5701, 76, "\r\n", 100, "\t", "", "", true, 1 },
	{ 5700, 76, "\r\n", 50, "\r\n", "", "", true, 2 }, /* a line broken in two */
	{ 5700, 76, "\r\n", 50, "\r\n\r\n", "", "", true, 4 },
	{ 5700, 76, "\r\n", 50, "\n", "", "", true, 4 },
	{ 5700, 76, "\r\n", 50, "\r", "", "", true, 2 },
	/* blanks at the end of a line */
	{ 5700, 76, "\r\n", 0, "", " ", "", true, 1 },
	{ 5700, 76, "\r\n", 50, "", " \t", "", true, 2 },
	{ 5700, 76, "\r\n", 99, "", " ", "", true, 1 },
	/* line lengths */
	{ 5700, 4, "\r\n", NONE, "", "", "", true, 0 },
	{ 5700, 60, "\r\n", NONE, "", "", "", true, 0 },
	{ 5700, 72, "\r\n", NONE, "", "", "", true, 0 },
	{ 5700, 75, "\r\n", NONE, "", "", "", true, 2 },
	{ 5700, 77, "\r\n", NONE, "", "", "", true, 2 },
	{ 5700, 1, "\r\n", NONE, "", "", "", true, 2 },
	{ 57000, 992, "\r\n", NONE, "", "", "", true, 0 },
	{ 57000, 996, "\r\n", NONE, "", "", "", true, 0 },
	{ 57000, 997, "\r\n", NONE, "", "", "", true, 2 },
	{ 57000, 1000, "\r\n", NONE, "", "", "", true, 2 },
	{ 57000, 100000, "\r\n", NONE, "", "", "", true, 2 }, /* one line */
	/* line ends */
	{ 5700, 76, "\n", NONE, "", "", "", true, 0 },
	{ 5700, 76, "\n", 50, "", "\r", "", true, 2 }, /* CRLF once among LF */
	{ 5700, 76, "\r", NONE, "", "", "", true, 2 },
	{ 5700, 76, "\r\r\n", NONE, "", "", "", true, 2 },
	/* ends */
	{ 5701, 76, "\r\n", NONE, "", "", "\r\n", true, 1 },
	{ 5701, 76, "\r\n", NONE, "", "", "\r\n\r\n\r\n", true, 1 },
	{ 5702, 76, "\r\n", NONE, "", "", "====", true, 1 },
	{ 5702, 76, "\r\n", NONE, "", "", "\r\n====\r\n", true, 1 },
	{ 5700, 76, "\r\n", NONE, "", "", "\r\n!\r\n", true, 1 },
	{ 5700, 76, "\r\n", NONE, "", "", "", false, 0 }, /* no final line end, no delimiter */
	{ 5701, 76, "\r\n", NONE, "", "", "\r\n", false, 0 },
	{ 5701, 76, "\r\n", NONE, "", "", "\r", false, 1 },
	{ 5701, 76, "\r\n", NONE, "", "", "\n", false, 1 },
};

static void
every_generated_mail(void **state)
{
	char name[64];

	(void)state;
	for (size_t i = 0; i < COUNT(plans); i++) {
		snprintf(name, sizeof(name), "plan %zu (%zu bytes)", i, plans[i].file_len);
		check_plan(&plans[i], name);
	}
}

/* Each length around a line and a block, so that no edge is only nearly right. */
static void
every_small_length(void **state)
{
	struct plan p = { .line_len = 76,
		.eol = "\r\n",
		.odd_line = NONE,
		.odd = "",
		.odd_end = "",
		.tail = "",
		.end = true };

	(void)state;
	for (p.file_len = 0; p.file_len < 240; p.file_len++)
		check_plan(&p, "small");
}

static void
a_hundred_megabytes(void **state)
{
	struct plan p = { .file_len = 100000000,
		.line_len = 76,
		.eol = "\r\n",
		.odd_line = 700000,
		.odd = " ",
		.odd_end = "",
		.tail = "",
		.end = true,
		.more_pieces = 2 };

	(void)state;
	check_plan(&p, "100 MB");
}

/* Padding in the middle: two encoded files one behind the other are both in the file. */
static void
padding_in_the_middle(void **state)
{
	static struct trip t;
	struct buf mail, got;

	(void)state;
	buf_init(&mail, 65536);
	buf_init(&got, 65536);
	mail_text(&mail,
	    "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n"
	    "QUJDREVG\nQUI=\nQUJDREVG\nQQ==QUJD\nQUJDREVG\n=QUJD\nQ\nU\nJ\nD\nQUJDREVG\n");
	trip_detach(&t, buf_span(&mail), false, NULL, NULL);
	assert_ok(t.err);
	assert_true(trip_is_lossless(&t, buf_span(&mail)));
	assert_ok(mime_file_copy(t.ix, 0, 0, t.ix->parts[0].file_len, sink_buf(&got)));
	assert_span(buf_span(&got), "ABCDEFABABCDEFAABCABCDEFABCABCABCDEF");
	trip_done(&t);
	buf_done(&mail);
	buf_done(&got);
}

/* Every line deviates: runs are given up at the bound, the file stays right. */
static void
runs_are_bounded(void **state)
{
	static struct trip t;
	struct buf mail, got;
	size_t lines = 2 * MIME_MAX_CODED_PIECES + 1000;

	(void)state;
	buf_init(&mail, TRIP_MAX);
	buf_init(&got, TRIP_MAX);
	mail_text(&mail, "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n");
	for (size_t i = 0; i < lines; i++)
		mail_text(&mail, "QUJD\nQUJDREVG\n QUJD\n");
	trip_detach(&t, buf_span(&mail), false, NULL, NULL);
	assert_ok(t.err);
	assert_true(trip_is_lossless(&t, buf_span(&mail)));
	assert_true(t.ix->piece_count <= 2 * MIME_MAX_CODED_PIECES + 10);
	assert_int_equal(t.ix->parts[0].file_len, lines * 12);
	assert_ok(mime_file_copy(t.ix, 0, lines * 12 - 12, 12, sink_buf(&got)));
	assert_span(buf_span(&got), "ABCABCDEFABC");
	trip_done(&t);
	buf_done(&mail);
	buf_done(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_corpus_mail),
		cmocka_unit_test(list_is_not_longer_than_needed),
		cmocka_unit_test(every_generated_mail),
		cmocka_unit_test(every_small_length),
		cmocka_unit_test(padding_in_the_middle),
		cmocka_unit_test(runs_are_bounded),
		cmocka_unit_test(a_hundred_megabytes),
	};

	return cmocka_run_group_tests(tests, NULL, corpus_done);
}
