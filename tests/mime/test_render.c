/*
 * mime/render.c: what goes back, judged by an independent parser (tests/mime/render_oracle.py, Python's email
 * package) and by our own: no attachment left, nothing else changed.
 */
#include "mime/render.h"

#include "mime/encode.h"
#include "support/alloc.h"
#include "support/tmpdir.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "corpus.h"
#include "load.h"
#include "trip.h"

#define URL "https://secudoc.example.nl/t/abcdefghijklmnopqrstuvwxyz234567"

static bool
drop(void *ctx, struct span name)
{
	(void)ctx;
	return span_istarts(name, SPAN("X-Drop"));
}

static struct mime_banner
banner(enum tenant_language language)
{
	return (struct mime_banner){
		.language = language,
		.organisation = SPAN("Contoso \xc3\xa9\xc3\xa9n B.V."),
		.expires_ms = 1798070400000,
		.url = SPAN(URL),
	};
}

static struct mime_render_plan
plan_with(const struct mime_banner *b)
{
	return (struct mime_render_plan){
		.edit = b != NULL,
		.head_add = SPAN("X-Added: 1\r\nX-Added-Too: a b\r\n"),
		.drop_field = drop,
		.banner = b,
	};
}

static void
render(const struct mime_index *ix, const struct mime_render_plan *plan, struct buf *out)
{
	buf_init(out, TRIP_MAX);
	assert_ok(mime_render(ix, plan, sink_buf(out)));
}

/* check_again() - our own parser sees the edited mail without attachments, and can take it apart. */
static void
check_again(const char *name, const struct trip *was, struct span mail)
{
	static struct trip t;

	trip_detach(&t, mail, false, NULL, NULL);
	if (t.err != ERR_OK)
		fail_msg("%s: cannot be read again: %s", name, t.note);
	if (t.facts.attachment_count != 0)
		fail_msg("%s: %u attachments left", name, t.facts.attachment_count);
	assert_true(trip_is_lossless(&t, mail));
	assert_int_equal(t.facts.kind, was->facts.kind);
	assert_true(!t.facts.wire.bare_cr && !t.facts.wire.bare_lf && !t.facts.wire.nul);
	assert_true(!t.facts.wire.long_line || was->facts.wire.long_line);
	assert_true(!t.facts.wire.body_8bit || was->facts.wire.body_8bit);
	assert_true(!t.facts.wire.header_8bit || was->facts.wire.header_8bit);
	trip_done(&t);
}

static void
write_plan(const struct tmpdir *dir, const char *name, const struct mime_index *ix)
{
	struct buf plan;
	char file[128];

	buf_init(&plan, 1 << 20);
	for (uint32_t i = 0; i < ix->part_count; i++)
		assert_ok(buf_printf(&plan, "%s\n", mime_role_name(ix->parts[i].role)));
	assert_ok(buf_put_str(&plan, "url " URL "\n"));
	for (uint32_t i = 0; i < ix->part_count; i++) {
		if (ix->parts[i].role != MIME_ROLE_ATTACHMENT || ix->parts[i].name.len == 0)
			continue;
		assert_ok(buf_put_str(&plan, "name "));
		assert_ok(buf_put(&plan, ix->parts[i].name));
		assert_ok(buf_put_byte(&plan, '\n'));
	}
	snprintf(file, sizeof(file), "%s.plan", name);
	tmpdir_write(dir, file, buf_span(&plan));
	buf_done(&plan);
}

/* try_mail() - render one mail (CRLF) edited, check it here, and lay it out for the oracle. */
static void
try_mail(
    const struct tmpdir *dir, const char *name, struct span mail, enum tenant_language language)
{
	static struct trip t;
	struct mime_banner b = banner(language);
	struct mime_render_plan plan = plan_with(&b);
	struct buf once, twice;
	char file[128];

	trip_detach(&t, mail, false, NULL, NULL);
	if (t.err != ERR_OK)
		fail_msg("%s: %s", name, t.note);
	render(t.ix, &plan, &once);
	render(t.ix, &plan, &twice);
	assert_true(span_eq(buf_span(&once), buf_span(&twice)));
	check_again(name, &t, buf_span(&once));
	snprintf(file, sizeof(file), "%s.before", name);
	tmpdir_write(dir, file, mail);
	snprintf(file, sizeof(file), "%s.after", name);
	tmpdir_write(dir, file, buf_span(&once));
	write_plan(dir, name, t.ix);
	buf_done(&once);
	buf_done(&twice);
	trip_done(&t);
}

/* ask_oracle() - how many mails it looked at and found right; -1 when one was not. */
static int
ask_oracle(const struct tmpdir *dir, bool complain)
{
	char command[1024], line[1024] = "";
	FILE *f;

	snprintf(command, sizeof(command),
	    "/usr/bin/python3 -B %s/tests/mime/render_oracle.py %s 2>&1", SOURCE_DIR, dir->path);
	f = popen(command, "r"); /* NOLINT(cert-env33-c): the command is ours */
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		;
	if (pclose(f) == 0)
		return atoi(line);
	if (complain)
		fail_msg("%s", line);
	return -1;
}

/*
 * Mails of clients.
 */

static const char *const clients[] = { "apple-mail", "forward", "gmail-web", "ios", "java-app",
	"lotus", "mailspring", "outlook-classic", "outlook-new", "outlook-web", "scanner-file",
	"scanner-mfp", "signed-and-file", "thunderbird", "unreferenced", "utf16" };

static void
load_client(const char *name, struct buf *out)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/data/clients/%s.eml", SOURCE_DIR, name);
	assert_true(load_mail(path, out));
}

static void
edits_mails_of_clients(void **state)
{
	struct tmpdir dir;

	(void)state;
	tmpdir_make(&dir);
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct buf mail;

		load_client(clients[i], &mail);
		try_mail(&dir, clients[i], buf_span(&mail), (enum tenant_language)(i % 3));
		buf_done(&mail);
	}
	assert_int_equal(ask_oracle(&dir, true), COUNT(clients));
	tmpdir_done(&dir);
}

/*
 * Texts in all charsets and encodings, with the place of the banner at every offset of a base64 quantum.
 */

#define FILE_PART                                                                         \
	"\r\n--b\r\nContent-Type: application/pdf; name=\"r\xc3\xa9sum\xc3\xa9.pdf\"\r\n" \
	"Content-Transfer-Encoding: base64\r\n\r\n"                                       \
	"VGhpcyBpcyBhIGZpbGUgd2l0aCBzb21lIGNvbnRlbnQgdGhhdCBtdXN0IG5vdCBzdGF5Lg==\r\n--b--\r\n"

static const struct {
	const char *charset,
	    *text; /* text: in that charset, beyond ASCII where the encoding lets it */
} charsets[] = {
	{ "us-ascii", "plain" },
	{ "utf-8", "\xc3\xa9\xe2\x82\xac" },
	{ "iso-8859-1", "\xe9" },
	{ "iso-8859-15", "\xe9\xa4" },
	{ "windows-1252", "\xe9\x80" },
	{ "iso-8859-2", "\xb3" },
	{ "koi8-r", "\xc4\xc1" },
	{ "shift_jis", "\x82\xa0" },
	{ "iso-2022-jp", "\x1b$B$\"\x1b(B" },
};

static const char *const encodings[] = { "7bit", "8bit", "binary", "quoted-printable", "base64" };

static void
encode_text(const char *encoding, struct span text, struct buf *out)
{
	if (strcmp(encoding, "quoted-printable") == 0)
		assert_ok(mime_encode_qp(text, out));
	else if (strcmp(encoding, "base64") == 0)
		assert_ok(mime_encode_base64(text, out));
	else
		assert_ok(buf_put(out, text));
}

static void
make_text(const char *subtype, const char *content, unsigned filler, struct buf *text)
{
	buf_init(text, 4096);
	if (strcmp(subtype, "html") == 0)
		assert_ok(
		    buf_put_str(text, "<html><head><title>t</title></head>\r\n<body class=\"x"));
	assert_ok(buf_printf(text, "%.*s", (int)filler, "yyyyyyyy"));
	if (strcmp(subtype, "html") == 0)
		assert_ok(buf_put_str(text, "\">"));
	assert_ok(buf_put_str(text, content));
	assert_ok(buf_put_str(text,
	    " = words that follow, some more of them than fit into one line of the "
	    "encoding\r\nnext line"));
	assert_ok(buf_printf(text, "%.*s", (int)filler / 3, "zz"));
}

static void
make_mail(const char *subtype, size_t cs, size_t cte, unsigned filler, struct buf *mail)
{
	bool seven = strcmp(encodings[cte], "7bit") == 0 && cs != COUNT(charsets) - 1;
	struct buf text;

	make_text(subtype, seven ? "plain" : charsets[cs].text, filler, &text);
	buf_init(mail, 65536);
	assert_ok(buf_printf(mail,
	    "From: a@b.example\r\nX-Drop-Me: 1\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\nX-Drop-2: a\r\n\tb\r\nSubject: x\r\n\r\n--b\r\n"
	    "Content-Type: text/%s; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	    subtype, charsets[cs].charset, encodings[cte]));
	encode_text(encodings[cte], buf_span(&text), mail);
	assert_ok(buf_put_str(mail, FILE_PART));
	buf_done(&text);
}

static void
edits_all_charsets_and_encodings(void **state)
{
	struct tmpdir dir;
	int count = 0;

	(void)state;
	tmpdir_make(&dir);
	for (size_t cs = 0; cs < COUNT(charsets); cs++) {
		for (size_t cte = 0; cte < COUNT(encodings); cte++) {
			for (unsigned n = 0; n < 2 * 9; n++) {
				const char *subtype = n % 2 == 0 ? "html" : "plain";
				struct buf mail;
				char name[64];

				snprintf(name, sizeof(name), "%s-%s-%s-%u", charsets[cs].charset,
				    encodings[cte], subtype, n / 2);
				make_mail(subtype, cs, cte, n / 2, &mail);
				try_mail(
				    &dir, name, buf_span(&mail), (enum tenant_language)(n % 3));
				buf_done(&mail);
				count++;
			}
		}
	}
	assert_int_equal(ask_oracle(&dir, true), count);
	tmpdir_done(&dir);
}

/*
 * Shapes.
 */

#define HEAD  "From: a@b.example\r\nMIME-Version: 1.0\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define TEXT  "--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n"
#define B64   "Content-Transfer-Encoding: base64\r\n\r\n"
#define FILE1                                                        \
	"--b\r\nContent-Type: application/pdf; name=one.pdf\r\n" B64 \
	"Rmlyc3QgZmlsZSB3aXRoIGNvbnRlbnQgdGhhdCBtdXN0IGJlIGdvbmUgYWZ0ZXJ3YXJkcw==\r\n"
#define FILE2                                                  \
	"--b\r\nContent-Type: image/png; name=two.png\r\n" B64 \
	"U2Vjb25kIGZpbGUgd2l0aCBjb250ZW50IHRoYXQgbXVzdCBiZSBnb25lIGFmdGVyd2FyZHM=\r\n"
#define END "--b--\r\n"

static const struct {
	const char *name, *mail;
} shapes[] = {
	{ "text-first", MIXED TEXT FILE1 FILE2 END },
	{ "text-between", MIXED FILE1 TEXT FILE2 END },
	{ "text-last", MIXED FILE1 FILE2 TEXT END },
	{ "preamble-and-epilogue", MIXED "This is MIME.\r\n" TEXT FILE1 END "\r\nbehind\r\n" },
	{ "no-end", MIXED TEXT FILE1 },
	{ "no-end-text-last", MIXED FILE1 TEXT },
	{ "no-last-line-end", MIXED TEXT FILE1 "--b--" },
	{ "empty-text", MIXED "--b\r\nContent-Type: text/plain\r\n\r\n\r\n" FILE1 END },
	{ "empty-text-no-line", MIXED "--b\r\nContent-Type: text/plain\r\n\r\n" FILE1 END },
	{ "empty-html-base64", MIXED "--b\r\nContent-Type: text/html\r\n" B64 FILE1 END },
	{ "empty-part", MIXED "--b\r\n\r\n" FILE1 END },
	{ "only-files", MIXED FILE1 FILE2 END },
	{ "only-files-preamble", MIXED "This is MIME.\r\n" FILE1 FILE2 END },
	{ "only-files-no-end", MIXED FILE1 FILE2 },
	{ "only-files-nested",
	    MIXED
	    "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
	    "Content-Type: application/pdf; name=deep.pdf\r\n" B64
	    "RGVlcCBmaWxlIHdpdGggY29udGVudCB0aGF0IG11c3QgYmUgZ29uZSBhZnRlcndhcmRz\r\n--c--\r\n" END },
	{ "nested-goes",
	    MIXED TEXT
	    "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
	    "Content-Type: application/pdf; name=deep.pdf\r\n" B64
	    "RGVlcCBmaWxlIHdpdGggY29udGVudCB0aGF0IG11c3QgYmUgZ29uZSBhZnRlcndhcmRz\r\n--c--\r\n" END },
	{ "nested-stays",
	    MIXED
	    "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\n"
	    "words\r\n--c\r\nContent-Type: application/pdf; name=deep.pdf\r\n" B64
	    "RGVlcCBmaWxlIHdpdGggY29udGVudCB0aGF0IG11c3QgYmUgZ29uZSBhZnRlcndhcmRz\r\n--c--\r\n" FILE1
		END },
	{ "alternative-of-files",
	    HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n" FILE1 FILE2 END },
	{ "alternative-text-and-file",
	    HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n" TEXT FILE1 END },
	{ "related-without-html",
	    HEAD "Content-Type: multipart/related; boundary=b\r\n\r\n" FILE1 FILE2 END },
	{ "whole-body",
	    HEAD
	    "Content-Type: application/pdf; name=one.pdf\r\nContent-Disposition: attachment\r\n" B64
	    "Rmlyc3QgZmlsZSB3aXRoIGNvbnRlbnQgdGhhdCBtdXN0IGJlIGdvbmUgYWZ0ZXJ3YXJkcw==\r\n" },
	{ "whole-body-no-version",
	    "From: a@b.example\r\nContent-Type: text/plain; name=a.txt\r\nSubject: x\r\n"
	    "\r\nText that is a file because of its name.\r\n" },
	{ "whole-body-empty", HEAD "Content-Type: application/pdf\r\n\r\n" },
	{ "whole-body-multipart",
	    HEAD "Content-Type: multipart/x-unknown; boundary=b\r\n\r\n" TEXT FILE1 END },
	{ "whole-body-message",
	    HEAD "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n"
		 "Inner text that nobody may see any more.\r\n" },
	{ "bare-parts", MIXED "--b\r\n--b\r\nContent-Type: application/pdf\r\n\r\n--b--\r\n" },
	{ "file-without-body", MIXED TEXT "--b\r\nContent-Type: application/pdf\r\n\r\n--b--\r\n" },
	{ "padding-behind-boundary",
	    MIXED "--b  \r\nContent-Type: application/pdf; name=x\r\n\r\nx\r\n--b--  \r\n" },
	{ "html-before-file-base64-76",
	    MIXED "--b\r\nContent-Type: text/html; charset=utf-8\r\n" B64
		  "PGh0bWw+PGJvZHkgc3R5bGU9ImNvbG9yOmJsYWNrIj48cD5UaGUgcXVpY2sgYnJvd24gZm94IGp1\r\n"
		  "bXBzPC9ib2R5PjwvaHRtbD4=\r\n" FILE1 END },
	{ "html-base64-odd-lines",
	    MIXED
	    "--b\r\nContent-Type: text/html; charset=utf-8\r\n" B64
	    "PGh0b\r\nWw+PGJvZHkgc3\r\nR5bGU9ImNvbG9yOmJsYWNrIj4\r\n8cD5UaGU=\r\n" FILE1 END },
	{ "html-base64-body-only",
	    MIXED "--b\r\nContent-Type: text/html; charset=utf-8\r\n" B64
		  "PGJvZHk+\r\n" FILE1 END },
	{ "html-qp-blank",
	    MIXED "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: "
		  "quoted-printable\r\n\r\n<html> <p>x</p>\r\n" FILE1 END },
	{ "html-qp-soft",
	    MIXED "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: "
		  "quoted-printable\r\n\r\n<body bgcolor=3D=\r\nred>=\r\n<p>x</p>\r\n" FILE1 END },
	{ "html-qp-escaped",
	    MIXED "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: "
		  "quoted-printable\r\n\r\n=3Cbody=3E=3Cp=3Ex\r\n" FILE1 END },
	{ "html-qp-padding",
	    MIXED "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: "
		  "quoted-printable\r\n\r\n<body>   \r\n<p>x \r\n" FILE1 END },
	{ "html-without-tags", MIXED "--b\r\nContent-Type: text/html\r\n\r\nwords\r\n" FILE1 END },
	{ "html-open-comment",
	    MIXED "--b\r\nContent-Type: text/html\r\n\r\n<html><!-- words <body>\r\n" FILE1 END },
	{ "boundary-of-dashes",
	    HEAD
	    "Content-Type: multipart/mixed; boundary=\"---\"\r\n\r\n-----\r\n\r\n"
	    "words\r\n-----\r\nContent-Type: application/pdf; name=\"a-----------------------------------------"
	    "--------------------------------------------b\"\r\n\r\nx\r\n-------\r\n" },
	{ "own-boundary-in-text",
	    MIXED
	    "--b\r\nContent-Type: text/plain\r\n\r\n--=_secudoc_\r\n--bc is text\r\n" FILE1 END },
};

static void
edits_all_shapes(void **state)
{
	struct tmpdir dir;
	int count = 0;

	(void)state;
	tmpdir_make(&dir);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		static struct trip t;

		trip_detach(&t, span_str(shapes[i].mail), false, NULL, NULL);
		/* the parser may refuse a shape; what it takes must come out well */
		if (t.err == ERR_OK) {
			try_mail(&dir, shapes[i].name, span_str(shapes[i].mail), LANGUAGE_EN);
			count++;
		} else {
			print_message("refused: %s: %s\n", shapes[i].name, t.note);
		}
		trip_done(&t);
	}
	assert_true(count >= 35);
	assert_int_equal(ask_oracle(&dir, true), count);
	tmpdir_done(&dir);
}

/*
 * The corpus, with CRLF line ends.
 */

static bool
is_editable(struct span mail)
{
	static struct trip t;
	bool yes;

	trip_detach(&t, mail, false, NULL, NULL);
	/* the oracle splits lines at CR and at LF, so it cannot judge bodies that hold them alone */
	yes = t.err == ERR_OK && t.facts.attachment_count > 0 && !t.facts.wire.bare_cr &&
	    !t.facts.wire.bare_lf;
	trip_done(&t);
	return yes;
}

static void
edits_mails_of_the_corpus(void **state)
{
	struct tmpdir dir;
	int count = 0;

	(void)state;
	corpus_load();
	tmpdir_make(&dir);
	for (size_t i = 0; i < corpus.count; i++) {
		struct buf mail;
		char name[64];

		assert_true(load_mail(corpus.paths[i], &mail));
		snprintf(name, sizeof(name), "%04zu", i);
		if (is_editable(buf_span(&mail))) {
			try_mail(&dir, name, buf_span(&mail), LANGUAGE_DE);
			count++;
		}
		buf_done(&mail);
	}
	assert_true(count > 50);
	assert_int_equal(ask_oracle(&dir, true), count);
	tmpdir_done(&dir);
}

/* The judge is no judge unless it says no. */
static void
oracle_catches_faults(void **state)
{
	static const struct {
		const char *fault, *find, *put;
	} faults[] = {
		{ "a byte of the text", "hierbij", "hierbix" },
		{ "a byte of a picture", "iVBORw0K", "iVBORw1K" },
		{ "a part's header", "Content-ID: <image001", "Content-ID: <image002" },
		{ "a field of the message", "Thread-Topic", "Thread-Tipic" },
		{ "an added field", "X-Added: 1", "X-Added: 2" },
		{ "the link", "secudoc.example.nl/t/", "secudoc.example.nl/u/" },
		{ "a bare line end", "Subject: Rapport\r\n", "Subject: Rapport\n" },
		{ "the old file", "\r\n--_005_AM0PR04MB1--",
		    "\r\nJVBERi0xLjcK0aLV1m3tvT7P7Q7oBMbtlcMvCWrQ1wmf9y9vXF4qHdf6/Mc3LZzzC0Bpg4cXXA4k" },
	};
	struct tmpdir dir;
	struct buf mail, after;

	(void)state;
	tmpdir_make(&dir);
	load_client("outlook-classic", &mail);
	try_mail(&dir, "x", buf_span(&mail), LANGUAGE_NL);
	assert_int_equal(ask_oracle(&dir, true), 1);
	buf_init(&after, LOAD_MAX);
	tmpdir_read(&dir, "x.after", &after);
	for (size_t i = 0; i < COUNT(faults); i++) {
		size_t at = span_find(buf_span(&after), span_str(faults[i].find));
		struct buf bad;

		assert_true(at < after.len);
		buf_init(&bad, LOAD_MAX);
		assert_ok(buf_put(&bad, span_upto(buf_span(&after), at)));
		assert_ok(buf_put_str(&bad, faults[i].put));
		assert_ok(buf_put(&bad, span_from(buf_span(&after), at + strlen(faults[i].find))));
		tmpdir_write(&dir, "x.after", buf_span(&bad));
		buf_done(&bad);
		if (ask_oracle(&dir, false) != -1)
			fail_msg("the oracle does not see %s", faults[i].fault);
	}
	tmpdir_write(&dir, "x.after", buf_span(&mail)); /* nothing edited at all */
	assert_int_equal(ask_oracle(&dir, false), -1);
	buf_done(&after);
	buf_done(&mail);
	tmpdir_done(&dir);
}

/*
 * Not edited.
 */

static const struct {
	const char *name, *in, *want;
} passes[] = {
	{ "fields added and dropped", "A: 1\r\nX-Drop: 1\r\nB: 2\r\n\r\nbody\r\n",
	    "X-Added: 1\r\nX-Added-Too: a b\r\nA: 1\r\nB: 2\r\n\r\nbody\r\n" },
	{ "folded field dropped", "x-drop: 1\r\n 2\r\n\t3\r\nB: 2\r\n 4\r\n\r\nbody",
	    "X-Added: 1\r\nX-Added-Too: a b\r\nB: 2\r\n 4\r\n\r\nbody" },
	{ "all fields dropped", "X-Drop: 1\r\nX-Drop: 2\r\n\r\nbody",
	    "X-Added: 1\r\nX-Added-Too: a b\r\n\r\nbody" },
	{ "in the body it stays", "A: 1\r\n\r\nX-Drop: 1\r\n",
	    "X-Added: 1\r\nX-Added-Too: a b\r\nA: 1\r\n\r\nX-Drop: 1\r\n" },
	{ "in a part it stays", MIXED "--b\r\nX-Drop: 1\r\n\r\nx\r\n" END,
	    "X-Added: 1\r\nX-Added-Too: a b\r\n" MIXED "--b\r\nX-Drop: 1\r\n\r\nx\r\n" END },
	{ "no body", "A: 1\r\nX-Drop: 1\r\n", "X-Added: 1\r\nX-Added-Too: a b\r\nA: 1\r\n" },
	{ "attachments stay", MIXED TEXT FILE1 END,
	    "X-Added: 1\r\nX-Added-Too: a b\r\n" MIXED TEXT FILE1 END },
};

static void
passes_all_but_named_fields(void **state)
{
	struct mime_render_plan plan = plan_with(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(passes); i++) {
		static struct trip t;
		struct buf out;

		trip_detach(&t, span_str(passes[i].in), false, NULL, NULL);
		if (t.err != ERR_OK)
			fail_msg("%s: %s", passes[i].name, t.note);
		render(t.ix, &plan, &out);
		if (!span_eq(buf_span(&out), span_str(passes[i].want)))
			fail_msg("%s: %s", passes[i].name, buf_cstr(&out));
		buf_done(&out);
		trip_done(&t);
	}
}

static void
passes_clients_byte_for_byte(void **state)
{
	static const struct mime_render_plan nothing;

	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		static struct trip t;
		struct buf mail, out;

		load_client(clients[i], &mail);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		render(t.ix, &nothing, &out);
		assert_true(span_eq(buf_span(&out), buf_span(&mail)));
		buf_done(&out);
		buf_done(&mail);
		trip_done(&t);
	}
}

/*
 * Refusals and failures.
 */

static void
refuses_what_would_break(void **state)
{
	static const char *const fields[] = { "A: 1", "A: 1\n", " A: 1\r\n", "A: 1\r\n\r\n",
		"A: 1\rB: 2\r\n", "\r\n", "A: 1\r\nB: 2\n\r\n" };
	static struct trip t;
	struct mime_banner b = banner(LANGUAGE_EN);
	struct mime_render_plan plan = plan_with(&b);
	uint64_t bytes = 0;

	(void)state;
	trip_detach(&t, SPAN(MIXED TEXT FILE1 END), false, NULL, NULL);
	for (size_t i = 0; i < COUNT(fields); i++) {
		plan.head_add = span_str(fields[i]);
		assert_err(
		    mime_render(t.ix, &plan, sink_counting(&bytes)), ERR_SYNTAX, "not whole lines");
	}
	plan = plan_with(&b);
	b.url = SPAN("https://x/\"");
	assert_err(mime_render(t.ix, &plan, sink_counting(&bytes)), ERR_SYNTAX, "download link");
	trip_done(&t);
	b = banner(LANGUAGE_EN);
	trip_detach(&t, SPAN(MIXED TEXT END), false, NULL, NULL);
	assert_err(
	    mime_render(t.ix, &plan, sink_counting(&bytes)), ERR_SYNTAX, "no part that could be");
	trip_done(&t);
	assert_int_equal(bytes, 0);
}

struct limited {
	size_t left;
};

static enum err
limited_put(void *ctx, struct span in)
{
	struct limited *l = ctx;

	if (in.len > l->left)
		return err_set(ERR_TEMP, "the peer is gone");
	l->left -= in.len;
	return ERR_OK;
}

static void
gives_up_with_its_sink(void **state)
{
	struct mime_banner b = banner(LANGUAGE_EN);
	struct mime_render_plan plan = plan_with(&b);
	static struct trip t;
	uint64_t bytes = 0;
	struct buf mail;

	(void)state;
	load_client("outlook-classic", &mail);
	trip_detach(&t, buf_span(&mail), false, NULL, NULL);
	assert_ok(mime_render(t.ix, &plan, sink_counting(&bytes)));
	for (uint64_t n = 0; n < bytes; n += 97) {
		struct limited l = { (size_t)n };

		assert_err(mime_render(t.ix, &plan, (struct sink){ limited_put, &l }), ERR_TEMP,
		    "peer is gone");
	}
	trip_done(&t);
	buf_done(&mail);
}

static void
survives_lack_of_memory(void **state)
{
	static const char *const mails[] = { "outlook-new", "signed-and-file", "scanner-file" };
	struct mime_banner b = banner(LANGUAGE_DE);
	struct mime_render_plan plan = plan_with(&b);

	(void)state;
	for (size_t i = 0; i < COUNT(mails); i++) {
		static struct trip t;
		struct buf mail;
		size_t n;

		load_client(mails[i], &mail);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		for (n = 1;; n++) {
			uint64_t bytes = 0;
			enum err err;

			alloc_fail_at(n);
			err = mime_render(t.ix, &plan, sink_counting(&bytes));
			if (!alloc_failed())
				break;
			assert_int_equal(err, ERR_TEMP);
		}
		alloc_fail_at(0);
		assert_true(n > 5);
		trip_done(&t);
		buf_done(&mail);
	}
}

/* A mail of 40 MB and one of 4 KB take the same memory. */
static void
is_flat(void **state)
{
	size_t peaks[2];

	(void)state;
	for (size_t big = 0; big < 2; big++) {
		static struct trip t;
		struct mime_banner b = banner(LANGUAGE_NL);
		struct mime_render_plan plan = plan_with(&b);
		struct buf mail;
		uint64_t bytes = 0;

		buf_init(&mail, TRIP_MAX);
		assert_ok(buf_put_str(&mail, MIXED "--b\r\nContent-Type: text/html\r\n\r\n<body>"));
		for (size_t i = 0; i < (big ? 200000 : 10); i++)
			assert_ok(buf_put_str(&mail,
			    "words in a text that is rather long, a hundred bytes in each "
			    "of its lines, which end here and now\r\n"));
		assert_ok(buf_put_str(&mail, FILE1));
		for (size_t i = 0; i < (big ? 250000 : 10); i++)
			assert_ok(buf_put_str(&mail,
			    "VGhpcyBpcyBhIGZpbGUgd2l0aCBzb21lIGNvbnRlbnQgdGhhdCBtdXN0"
			    "IG5vdCBzdGF5IGhlcmUu\r\n"));
		assert_ok(buf_put_str(&mail, END));
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		assert_int_equal(t.err, ERR_OK);
		buf_done(&mail);
		alloc_watch();
		assert_ok(mime_render(t.ix, &plan, sink_counting(&bytes)));
		peaks[big] = alloc_peak_bytes();
		assert_int_equal(alloc_now_bytes(), 0);
		assert_true(bytes > (big ? 19000000 : 1000));
		trip_done(&t);
	}
	/* source_copy() takes up to 64 KiB at a time, less for a small mail */
	assert_true(peaks[1] <= peaks[0] + 2 * 65536);
	assert_true(peaks[1] < 256 * 1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_mails_of_clients),
		cmocka_unit_test(edits_all_charsets_and_encodings),
		cmocka_unit_test(edits_all_shapes),
		cmocka_unit_test(edits_mails_of_the_corpus),
		cmocka_unit_test(oracle_catches_faults),
		cmocka_unit_test(passes_all_but_named_fields),
		cmocka_unit_test(passes_clients_byte_for_byte),
		cmocka_unit_test(refuses_what_would_break),
		cmocka_unit_test(gives_up_with_its_sink),
		cmocka_unit_test(survives_lack_of_memory),
		cmocka_unit_test(is_flat),
	};

	return cmocka_run_group_tests(tests, NULL, corpus_done);
}
