/*
 * mime_bench.c - how fast a mail is taken apart and put together, without network, cipher or disk.
 *
 * usage: mime_bench [MEGABYTES]
 *
 * One mail with a base64 attachment is detached in pushes of 16 KiB (what a TLS record brings) into a sink
 * that drops everything, and reattached from memory. Prints wire megabytes a second of processor time; best of five.
 */
#include "mime/base64.h"
#include "mime/detach.h"
#include "mime/reattach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 5
#define PUSH (16u * 1024)
#define LINE 57u

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "%s: %s: %s\n", what, err_name(err), err_note());
	exit(1);
}

static const char head[] =
    "From: a@example.com\r\nTo: b@example.com\r\nSubject: bench\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"----=_bench\"\r\n\r\n"
    "------=_bench\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n"
    "------=_bench\r\n";

static void
make_mail(struct buf *mail, size_t megabytes, const char *encoding, bool coded)
{
	uint8_t bytes[LINE], text[MIME_BASE64_ENCODED(LINE)];

	must(buf_put_str(mail, head), "head");
	must(buf_printf(mail,
		 "Content-Type: application/pdf; name=a.pdf\r\n"
		 "Content-Transfer-Encoding: %s\r\n\r\n",
		 encoding),
	    "part");
	srandom(1);
	while (mail->len < megabytes * 1000000) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(coded ? random() : 'a' + random() % 26);
		if (coded)
			must(buf_put(mail,
				 span_of(text, mime_base64_encode(span_of(bytes, LINE), text))),
			    "line");
		else
			must(buf_put(mail, span_of(bytes, LINE)), "line");
		must(buf_put_str(mail, "\r\n"), "line");
	}
	must(buf_put_str(mail, "------=_bench--\r\n"), "end");
}

static void
detach(struct span mail, struct sink out)
{
	const struct mime_facts *facts;
	struct mime_detach *d;

	must(mime_detach_new(NULL, NULL, out, &d), "new");
	for (; mail.len > 0; mail = span_from(mail, PUSH))
		must(mime_detach_push(d, span_upto(mail, PUSH)), "push");
	must(mime_detach_finish(d, &facts), "finish");
	mime_detach_free(&d);
}

static void
report(const char *what, size_t bytes, double best_s)
{
	printf("%-28s %8.0f MB/s\n", what, (double)bytes / best_s / 1e6);
}

static void
bench(const char *name, size_t megabytes, const char *encoding, bool coded)
{
	double best_in = 1e9, best_out = 1e9, start, took;
	char label[64];
	struct buf mail, container;
	struct span stored;
	struct arena arena;
	struct mime_index *ix;
	uint64_t count;

	buf_init(&mail, (size_t)1 << 31);
	buf_init(&container, (size_t)1 << 31);
	arena_init(&arena, MIME_INDEX_MEMORY_MAX);
	make_mail(&mail, megabytes, encoding, coded);
	detach(buf_span(&mail), sink_buf(&container));
	stored = buf_span(&container);
	must(mime_index_open(source_span(&stored), &arena, &ix), "index");
	for (int i = 0; i < RUNS; i++) {
		start = now_s();
		detach(buf_span(&mail), sink_counting(&count));
		took = now_s() - start;
		best_in = took < best_in ? took : best_in;
		start = now_s();
		must(mime_reattach(ix, sink_counting(&count)), "reattach");
		took = now_s() - start;
		best_out = took < best_out ? took : best_out;
	}
	snprintf(label, sizeof(label), "%s detach", name);
	report(label, mail.len, best_in);
	snprintf(label, sizeof(label), "%s reattach", name);
	report(label, mail.len, best_out);
	arena_done(&arena);
	buf_done(&container);
	buf_done(&mail);
}

int
main(int argc, char **argv)
{
	size_t megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 25;

	bench("base64", megabytes, "base64", true);
	bench("text", megabytes, "8bit", false);
	bench("quoted-printable", megabytes, "quoted-printable", false);
	return 0;
}
