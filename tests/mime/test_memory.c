/*
 * Memory and time of detach, whatever the mail looks like (promise 5, threats M3 and M4).
 *
 * Memory: at most MIME_MEMORY_MAX beyond the header at hand, for mails of many parts, pieces, references,
 * names, levels, and of great size; the same for reattach and for reading a file. Time: twice the mail takes
 * about twice as long; the bound is generous, a quadratic step shows as a factor of ten and more.
 */
#include "mime/file.h"
#include "mime/limits.h"

#include "support/alloc.h"
#include "support/unit.h"

#include "mime/mail_text.h"
#include "mime/trip.h"

#include <stdio.h>
#include <time.h>

struct shape {
	const char *name;
	const char *head; /* once */
	const char *text; /* repeated, with a number for %zu if there is one */
	size_t count;
	size_t header_bytes; /* of its largest header */
};

#define MIXED "Content-Type: multipart/mixed; boundary=m\n\n"
#define REL   "Content-Type: multipart/related; boundary=m\n\n"
#define NAME  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct shape shapes[] = {
	{ "one large text", "Content-Type: text/plain\n\n",
	    "All work and no play makes a dull mail.\n", 200000, 100 },
	{ "one large HTML", "Content-Type: text/html\n\n", "<p>All work and no play</p>\n", 200000,
	    100 },
	{ "one large file", "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n",
	    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWkFCQ0RFRkdI\n",
	    200000, 100 },
	{ "many parts", MIXED, "--m\n\nx\n", MIME_MAX_PARTS - 1, 100 },
	{ "many parts with long names", MIXED,
	    "--m\nContent-Type: application/x-" NAME "; charset=" NAME
	    "; name=\"" NAME NAME NAME NAME "%zu.pdf\"\n"
	    "Content-ID: <" NAME "%zu>\n\nx\n",
	    MIME_MAX_PARTS - 1, 1000 },
	{ "many pictures", REL, "--m\nContent-Type: image/png\nContent-ID: <%zu@x>\n\nx\n",
	    MIME_MAX_PARTS - 1, 100 },
	{ "many references", "Content-Type: text/html\n\n", "<img src=\"cid:%zu@x\">\n", 200000,
	    100 },
	{ "every line deviates", "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n",
	    "QUJD\nQUJDREVG\n QUJD\n", 200000, 100 },
	{ "pieces of one line", "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n",
	    "QUJD\nQUJDREVG\n", 200000, 100 },
	{ "one line without end", "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n",
	    "QUJDREVGR0hJSktMTU5P", 500000, 100 },
	{ "lines of dashes", MIXED, "--\n", 1000000, 100 },
	{ "nothing but dashes", MIXED, "----------------------------------------", 200000, 100 },
	{ "nothing but line ends", MIXED, "\n", 2000000, 100 },
	{ "nothing but CR", MIXED, "\b", 2000000, 100 },
	{ "soft breaks", "Content-Transfer-Encoding: quoted-printable\n\n", "=\n", 700000, 100 },
	{ "blanks", "Content-Transfer-Encoding: quoted-printable\n\n", "                     ",
	    200000, 100 },
	{ "escapes", "Content-Transfer-Encoding: quoted-printable\n\n", "=3D=", 500000, 100 },
	{ "base64 with nine tenths of junk",
	    "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n", "A!!!!!!!!!", 200000, 100 },
	{ "many small fields", "", "A: %zu\n", MIME_MAX_FIELDS, 60000 },
	{ "one long field", "X: ", "0123456789abcdef", MIME_MAX_HEADER_BYTES / 16 - 2,
	    MIME_MAX_HEADER_BYTES },
	{ "unclosed comments", "Content-Type: text/plain; ", "(((((((((((((((",
	    MIME_MAX_CONTENT_FIELD / 15 - 2, MIME_MAX_CONTENT_FIELD },
	{ "beginnings of words", "Content-Type: text/plain; name=\"", "=?a?q?=?utf-8?Q",
	    MIME_MAX_CONTENT_FIELD / 15 - 3, MIME_MAX_CONTENT_FIELD },
	{ "many parameters", "Content-Type: text/plain", "; name*%zu=a", 550,
	    MIME_MAX_CONTENT_FIELD },
	{ "a long field, then many parts", MIXED "--m\nX: " NAME NAME NAME NAME "\n\n",
	    "\n--m\nContent-Type: text/html;"
	    " name=\"" NAME "=?utf-8?q?" NAME "?=\"\n\n<img src=cid:%zu>\n",
	    MIME_MAX_PARTS - 2, 400 },
	{ "levels", "Content-Type: multipart/related; start=" NAME "; boundary=" NAME "\n\n--" NAME,
	    "\nContent-Type: multipart/related; start=" NAME "; boundary=" NAME "-%zu\n\n--" NAME
	    "-%zu",
	    MIME_MAX_DEPTH - 1, 400 },
	{ "uuencode", "Content-Type: text/plain\n\n",
	    "M(2,C)\"4F)R@I*BLL+2XO,#$R,S0U-C<X.3H[/#T^/T!!0D-$149'2$E*2TQ-\n", 200000, 100 },
};

static void
make(struct buf *mail, const struct shape *s, size_t count)
{
	char text[2048];

	buf_clear(mail);
	mail_text(mail, s->head);
	for (size_t i = 0; i < count; i++) {
		const char *p = s->text, *mark;
		size_t n = 0;

		while ((mark = strstr(p, "%zu")) != NULL) {
			n += (size_t)snprintf(
			    text + n, sizeof(text) - n, "%.*s%zu", (int)(mark - p), p, i);
			p = mark + 3;
		}
		snprintf(text + n, sizeof(text) - n, "%s", p);
		mail_text(mail, text);
	}
}

static struct mime_detach *
start(struct sink out)
{
	struct mime_detach_opts opts = { 0 };
	struct mime_detach *d;

	assert_ok(mime_detach_new(&opts, NULL, out, &d));
	return d;
}

static void
feed(struct mime_detach *d, struct span mail)
{
	const struct mime_facts *facts;

	for (; mail.len > 0; mail = span_from(mail, 16384))
		assert_ok(mime_detach_push(d, span_upto(mail, 16384)));
	assert_ok(mime_detach_finish(d, &facts));
}

static void
detach_holds_little(void **state)
{
	struct mime_detach *d;
	struct buf mail;
	uint64_t count = 0;
	size_t most = 0;

	(void)state;
	buf_init(&mail, 256u << 20);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		size_t peak, header = shapes[i].header_bytes;

		make(&mail, &shapes[i], shapes[i].count);
		alloc_watch();
		d = start(sink_counting(&count));
		feed(d, buf_span(&mail));
		mime_detach_free(&d);
		peak = alloc_peak_bytes();
		assert_int_equal(alloc_now_bytes(), 0);
		if (peak > MIME_MEMORY_MAX + header)
			fail_msg("%s: %zu bytes", shapes[i].name, peak);
		if (getenv("SHOW") != NULL)
			printf("%8zu %s\n", peak, shapes[i].name);
		most = peak > most ? peak : most;
	}
	printf("peak %zu bytes\n", most);
	buf_done(&mail);
}

static void
reading_holds_little(void **state)
{
	static struct trip t;
	struct buf mail;
	uint64_t count = 0;

	(void)state;
	buf_init(&mail, 256u << 20);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		make(&mail, &shapes[i], shapes[i].count);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		assert_ok(t.err);
		assert_true(t.arena.used_bytes <= MIME_INDEX_MEMORY_MAX);
		alloc_watch();
		assert_ok(mime_reattach(t.ix, sink_counting(&count)));
		for (uint32_t k = 0; k < t.ix->part_count; k++)
			if (t.ix->parts[k].role != MIME_ROLE_MULTIPART)
				assert_ok(mime_file_copy(
				    t.ix, k, 0, t.ix->parts[k].file_len, sink_counting(&count)));
		/* a chunk of the index, and what source_copy() takes */
		assert_true(alloc_peak_bytes() <= 128u * 1024);
		trip_done(&t);
	}
	buf_done(&mail);
}

static double
seconds(struct span mail)
{
	struct timespec a, b;
	double best = 1e9, took;
	uint64_t count = 0;

	for (int i = 0; i < 2; i++) {
		struct mime_detach *d = start(sink_counting(&count));

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		feed(d, mail);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		mime_detach_free(&d);
		took = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
		best = took < best ? took : best;
	}
	return best;
}

/* An eighth of the mail against all of it: linear is a factor of 8, quadratic one of 64. */
static void
time_is_linear(void **state)
{
	struct buf mail;
	double part, whole;

	(void)state;
	buf_init(&mail, 256u << 20);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		make(&mail, &shapes[i], shapes[i].count / 8);
		part = seconds(buf_span(&mail));
		make(&mail, &shapes[i], shapes[i].count);
		whole = seconds(buf_span(&mail));
		/* what takes less than a few milliseconds is not worth measuring */
		if (whole > 0.02 && whole > part * 28)
			fail_msg(
			    "%s: %.4f s, and %.4f s for an eighth", shapes[i].name, whole, part);
	}
	buf_done(&mail);
}

/* 100 open multiparts and as many "--" lines as fit: each is compared with each boundary, and that is all. */
static void
deep_mails_take_their_time_and_no_more(void **state)
{
	struct buf mail;
	double took;

	(void)state;
	buf_init(&mail, 64u << 20);
	for (unsigned i = 0; i < MIME_MAX_DEPTH; i++)
		assert_ok(buf_printf(&mail,
		    "Content-Type: multipart/mixed; boundary=%s%u\r\n\r\n--%s%u\r\n", NAME,
		    1000 + i, NAME, 1000 + i));
	mail_text(&mail, "\n");
	while (mail.len < 4u << 20)
		assert_ok(buf_printf(&mail, "--%s\r\n", NAME));
	took = seconds(buf_span(&mail));
	printf("%zu bytes below 100 multiparts: %.2f s\n", mail.len, took);
	assert_true(took < 20);
	buf_done(&mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detach_holds_little),
		cmocka_unit_test(reading_holds_little),
		cmocka_unit_test(time_is_linear),
		cmocka_unit_test(deep_mails_take_their_time_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
