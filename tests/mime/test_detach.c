/*
 * mime/detach.c, mime/parse.c and mime/entity.c: what is refused and what is not, facts, events, errors.
 *
 * The shapes of refusal are those by which readers were made to see different mails: threats M1, M3, M4 and
 * "Inbox Invasion" (Zhang and others, CCS 2024) with the draft named there. Next to each stands its neighbour
 * that all readers agree on.
 */
#include "mime/limits.h"

#include "support/alloc.h"
#include "support/unit.h"

#include "mime/mail_text.h"
#include "mime/trip.h"

#include <stdio.h>

#define MIXED "Content-Type: multipart/mixed; boundary=m\n\n"
#define REST  "\n\n--m\n\nx\n--m--\n"

static const struct {
	const char *name, *mail;
	enum err err;
	const char *note; /* a part of it */
} cases[] = {
	/* header blocks */
	{ "a mail of no bytes", "", ERR_SYNTAX, "no bytes" },
	{ "one byte", "x", ERR_SYNTAX, "colon" },
	{ "an empty line", "\n", ERR_OK, NULL },
	{ "header line without colon", "From: a\nthis is no field\n\nx\n", ERR_SYNTAX, "colon" },
	{ "in a part", MIXED "--m\njust text\n\nx\n--m--\n", ERR_SYNTAX, "colon" },
	{ "colon only behind a fold", "From\n : a\n\nx\n", ERR_SYNTAX, "colon" },
	{ "field without name", ": x\n\nx\n", ERR_SYNTAX, "name" },
	{ "begins with a blank", " From: a\n\nx\n", ERR_SYNTAX, "begins with a blank" },
	{ "part begins with a blank", MIXED "--m\n x\n\nx\n--m--\n", ERR_SYNTAX,
	    "begins with a blank" },
	{ "NUL in a header", "From: a\v\n\nx\n", ERR_SYNTAX, "NUL" },
	{ "NUL in a body", "From: a\n\nx\vy\n", ERR_OK, NULL },
	{ "CR in a header", "From: a\bContent-Type: text/html\n\nx\n", ERR_SYNTAX,
	    "CR without LF" },
	{ "CR CR LF in a header", "From: a\b\n\nx\n", ERR_SYNTAX, "CR without LF" },
	{ "LF in a header", "From: a\aContent-Type: text/html\n\nx\n", ERR_SYNTAX, "CRLF" },
	{ "LF ends the header", "From: a\n\ax\n", ERR_SYNTAX, "CRLF" },
	{ "LF in a part's header", MIXED "--m\nA: b\a\nx\n--m--\n", ERR_SYNTAX, "CRLF" },
	{ "mailbox line", "From a@b Mon\nFrom: a\n\nx\n", ERR_SYNTAX, "colon" },
	{ "blank before the colon", "From : a\nContent-Type : text/plain\n\nx\n", ERR_OK, NULL },
	{ "blank before the colon in a part", MIXED "--m\nContent-Type : text/plain\n\nx\n--m--\n",
	    ERR_SYNTAX, "before the colon" },
	{ "blank before another colon in a part", MIXED "--m\nSubject : x\n\nx\n--m--\n", ERR_OK,
	    NULL },
	{ "line of blanks in a fold", "Subject: a\n \n b\nContent-Type: text/plain\n\nx\n", ERR_OK,
	    NULL },
	{ "no-break space before the colon", "Content-Type\xA0: multipart/mixed; boundary=m\n\nx\n",
	    ERR_SYNTAX, "some readers drop" },
	{ "form feed in a name",
	    "\x0C"
	    "Content-Type: multipart/mixed; boundary=m\n\nx\n",
	    ERR_SYNTAX, "some readers drop" },
	{ "zero-width space in a name", "Content-Type\xE2\x80\x8B: x\n\nx\n", ERR_SYNTAX,
	    "some readers drop" },
	{ "word before a Content field", "x Content-Type: text/html\n\nx\n", ERR_SYNTAX,
	    "some readers drop" },
	{ "word before another field", "x Delivered-To: a\n\nx\n", ERR_OK, NULL },
	{ "field that looks like a boundary", "Subject: a\n \n--m: b\n\nx\n", ERR_SYNTAX,
	    "looks like a boundary" },
	{ "8-bit in a header", "Subject: \xC3\xA9\n\nx\n", ERR_OK, NULL },

	/* M1: two of a kind */
	{ "two Content-Types", "Content-Type: text/plain\nContent-Type: text/html\n\nx\n",
	    ERR_SYNTAX, "two different Content-Type" },
	{ "differing in case of the name",
	    "Content-type: text/plain\nCONTENT-TYPE: text/html\n\nx\n", ERR_SYNTAX,
	    "Content-Type" },
	{ "differing in a parameter",
	    "Content-Type: text/plain\nContent-Type: text/plain; name=x\n\nx\n", ERR_SYNTAX,
	    "Content-Type" },
	{ "the same twice", "Content-Type: text/plain\nContent-Type:  text/plain \n\nx\n", ERR_OK,
	    NULL },
	{ "two encodings",
	    "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\nx\n", ERR_SYNTAX,
	    "Content-Transfer-Encoding" },
	{ "two dispositions", "Content-Disposition: inline\nContent-Disposition: attachment\n\nx\n",
	    ERR_SYNTAX, "Content-Disposition" },
	{ "two Content-IDs", "Content-ID: <a>\nContent-ID: <b>\n\nx\n", ERR_SYNTAX, "Content-ID" },
	{ "two descriptions", "Content-Description: a\nContent-Description: b\n\nx\n", ERR_OK,
	    NULL },
	{ "in a part", MIXED "--m\nContent-Type: a/b\nContent-Type: c/d\n\nx\n--m--\n", ERR_SYNTAX,
	    "Content-Type" },
	{ "one each in two parts",
	    MIXED "--m\nContent-Type: a/b\n\nx\n--m\nContent-Type: c/d\n\nx\n--m--\n", ERR_OK,
	    NULL },

	/* M1: the boundary parameter */
	{ "plain", "Content-Type: multipart/mixed; boundary=m" REST, ERR_OK, NULL },
	{ "quoted", "Content-Type: multipart/mixed; boundary=\"m\"" REST, ERR_OK, NULL },
	{ "blanks around", "Content-Type: multipart/mixed ; boundary = m ;" REST, ERR_OK, NULL },
	{ "folded", "Content-Type: multipart/mixed;\n\tboundary=\"m\"" REST, ERR_OK, NULL },
	{ "behind another", "Content-Type: multipart/mixed; charset=\"x;y\"; boundary=m" REST,
	    ERR_OK, NULL },
	{ "bare with =",
	    "Content-Type: multipart/mixed; boundary=--=_m?\n\n----=_m?\n\nx\n----=_m?--\n", ERR_OK,
	    NULL },
	{ "bare with = behind dashes", "Content-Type: multipart/mixed; boundary=--=_P,1" REST,
	    ERR_SYNTAX, "extent" },
	/* Python's email and MIME-tools take these for "m" */
	{ "bare with a comma", "Content-Type: multipart/mixed; boundary=m,n" REST, ERR_SYNTAX,
	    "extent" },
	{ "bare with a colon", "Content-Type: multipart/mixed; boundary=m:" REST, ERR_SYNTAX,
	    "extent" },
	{ "bare with a slash", "Content-Type: multipart/mixed; boundary=m/n" REST, ERR_SYNTAX,
	    "extent" },
	{ "bare with = behind letters", "Content-Type: multipart/mixed; boundary=m=n" REST,
	    ERR_SYNTAX, "extent" },
	{ "bare with a star", "Content-Type: multipart/mixed; boundary=m*n" REST, ERR_SYNTAX,
	    "extent" },
	{ "quoted with a comma", "Content-Type: multipart/mixed; boundary=\"m,n\"" REST, ERR_OK,
	    NULL },
	{ "none", "Content-Type: multipart/mixed" REST, ERR_SYNTAX, "no boundary" },
	{ "none, of a signed mail", "Content-Type: multipart/signed" REST, ERR_SYNTAX,
	    "no boundary" },
	{ "empty", "Content-Type: multipart/mixed; boundary=" REST, ERR_SYNTAX, "empty boundary" },
	{ "empty, quoted", "Content-Type: multipart/mixed; boundary=\"\"" REST, ERR_SYNTAX,
	    "empty boundary" },
	{ "two", "Content-Type: multipart/mixed; boundary=m; boundary=n" REST, ERR_SYNTAX,
	    "two boundary" },
	{ "RFC 2231", "Content-Type: multipart/mixed; boundary*=us-ascii''m" REST, ERR_SYNTAX,
	    "RFC 2231" },
	{ "RFC 2231 in pieces", "Content-Type: multipart/mixed; boundary*0=m; boundary*1=n" REST,
	    ERR_SYNTAX, "RFC 2231" },
	{ "both forms", "Content-Type: multipart/mixed; boundary=m; boundary*0=n" REST, ERR_SYNTAX,
	    "RFC 2231" },
	{ "another inside a quoted value",
	    "Content-Type: multipart/mixed; x=\"; boundary=n\"; boundary=m" REST, ERR_SYNTAX,
	    "seems to" },
	{ "no-break space before another",
	    "Content-Type: multipart/mixed; boundary=m; \xA0"
	    "boundary=n" REST,
	    ERR_SYNTAX, "seems to" },
	{ "form feed before the type", "Content-Type:\x0Cmultipart/mixed; boundary=m" REST,
	    ERR_SYNTAX, "almost" },
	{ "no-break space behind another",
	    "Content-Type: multipart/mixed; boundary=m; boundary\xA0=n" REST, ERR_SYNTAX,
	    "seems to" },
	{ "the word in its value",
	    "Content-Type: multipart/mixed; boundary=\"boundary m\"\n\n--boundary m--\n", ERR_OK,
	    NULL },
	{ "encoded word", "Content-Type: multipart/mixed; boundary=\"=?utf-8?Q?m?=\"" REST,
	    ERR_SYNTAX, "encoded word" },
	{ "backslash", "Content-Type: multipart/mixed; boundary=\"m\\n\"" REST, ERR_SYNTAX,
	    "character" },
	{ "quote inside", "Content-Type: multipart/mixed; boundary=m\"n" REST, ERR_SYNTAX,
	    "character" },
	{ "quote never closed", "Content-Type: multipart/mixed; boundary=\"m" REST, ERR_SYNTAX,
	    "extent" },
	{ "fold inside", "Content-Type: multipart/mixed; boundary=\"m\n n\"" REST, ERR_SYNTAX,
	    "character" },
	{ "8-bit", "Content-Type: multipart/mixed; boundary=\xE9" REST, ERR_SYNTAX, "character" },
	{ "blank inside, bare", "Content-Type: multipart/mixed; boundary=m n" REST, ERR_SYNTAX,
	    "extent" },
	{ "blank inside, quoted",
	    "Content-Type: multipart/mixed; boundary=\"m n\"\n\n--m n\n\nx\n--m n--\n", ERR_OK,
	    NULL },
	{ "blank at the end", "Content-Type: multipart/mixed; boundary=\"m \"" REST, ERR_SYNTAX,
	    "extent" },
	{ "blank at the start", "Content-Type: multipart/mixed; boundary=\" m\"" REST, ERR_SYNTAX,
	    "extent" },
	{ "comment behind", "Content-Type: multipart/mixed; boundary=m (x)" REST, ERR_SYNTAX,
	    "extent" },
	{ "comment in front", "Content-Type: multipart/mixed (x); boundary=m" REST, ERR_SYNTAX,
	    "no parameter" },
	{ "comment behind the name", "Content-Type: multipart/mixed; boundary(x)=m" REST,
	    ERR_SYNTAX, "no parameter" },
	{ "comment instead", "Content-Type: multipart/mixed; (boundary=m)" REST, ERR_SYNTAX,
	    "no boundary" },
	{ "stray word in front", "Content-Type: multipart/mixed; x; boundary=m" REST, ERR_SYNTAX,
	    "no parameter" },
	{ "stray value in front", "Content-Type: multipart/mixed; =x; boundary=m" REST, ERR_SYNTAX,
	    "no parameter" },
	{ "broken parameter in front", "Content-Type: multipart/mixed; a=\"b\"c; boundary=m" REST,
	    ERR_SYNTAX, "no parameter" },
	{ "no semicolon", "Content-Type: multipart/mixed boundary=m" REST, ERR_SYNTAX,
	    "no boundary" },
	{ "almost a multipart", "Content-Type: multipart /mixed; boundary=m" REST, ERR_SYNTAX,
	    "almost" },
	{ "boundary without a type", "Content-Type: ; boundary=m" REST, ERR_SYNTAX, "almost" },
	{ "boundary of a text", "Content-Type: text/plain; boundary=m" REST, ERR_OK, NULL },
	{ "the other slash", "Content-Type: multipart\\mixed; boundary=m" REST, ERR_SYNTAX,
	    "almost" },
	{ "quoted type", "Content-Type: \"multipart/mixed\"; boundary=m" REST, ERR_SYNTAX,
	    "almost" },
	{ "comment in the type", "Content-Type: (x) multipart/mixed; boundary=m" REST, ERR_SYNTAX,
	    "no parameter" },
	{ "multipart in a name only", "Content-Type: text/plain; name=\"multipart/mixed\"\n\nx\n",
	    ERR_OK, NULL },

	/* M1: encodings */
	{ "multipart in base64", "Content-Transfer-Encoding: base64\n" MIXED "--m\n\nx\n--m--\n",
	    ERR_SYNTAX, "transfer encoding" },
	{ "multipart in quoted-printable",
	    "Content-Transfer-Encoding: quoted-printable\n" MIXED "--m--\n", ERR_SYNTAX,
	    "transfer encoding" },
	{ "multipart in something", "Content-Transfer-Encoding: x-gzip\n" MIXED "--m--\n",
	    ERR_SYNTAX, "transfer encoding" },
	{ "signed mail in base64",
	    "Content-Transfer-Encoding: base64\nContent-Type: multipart/signed; boundary=m" REST,
	    ERR_SYNTAX, "transfer encoding" },
	{ "multipart in 8bit", "Content-Transfer-Encoding: 8BIT\n" MIXED "--m\n\nx\n--m--\n",
	    ERR_OK, NULL },
	{ "unknown encoding of a file", "Content-Transfer-Encoding: x-uuencode\n\nx\n", ERR_OK,
	    NULL },

	/* M1: delimiters */
	{ "no closing delimiter", MIXED "--m\n\nx\n", ERR_OK, NULL },
	{ "no delimiter at all", MIXED "x\n", ERR_OK, NULL },
	{ "closing delimiter without part", MIXED "--m--\n", ERR_OK, NULL },
	{ "no line end behind the last", MIXED "--m\n\nx\n--m--", ERR_OK, NULL },
	{ "delimiter at the very end", MIXED "--m", ERR_OK, NULL },
	{ "padding (RFC 2046 5.1.1)", MIXED "--m \t\n\nx\n--m-- \n", ERR_OK, NULL },
	{ "text behind a delimiter", MIXED "--m x\n\nx\n--m--\n", ERR_SYNTAX, "goes on" },
	{ "letters behind a delimiter", MIXED "--mx\n\nx\n--m--\n", ERR_SYNTAX, "goes on" },
	{ "text behind the closing one", MIXED "--m\n\nx\n--m-- x\n", ERR_SYNTAX, "goes on" },
	{ "one dash too few", MIXED "--m\n\nx\n--m-\n", ERR_SYNTAX, "goes on" },
	{ "a third dash", MIXED "--m\n\nx\n--m---\n", ERR_SYNTAX, "goes on" },
	{ "NUL behind a delimiter", MIXED "--m\v\n\nx\n--m--\n", ERR_SYNTAX, "goes on" },
	{ "another case", MIXED "--m\n\n--M\n--m--\n", ERR_OK, NULL },
	{ "one dash", MIXED "--m\n\n-m\n--m--\n", ERR_OK, NULL },
	{ "dashes in the text", MIXED "--m\n\n--\n-- \n--x\n---m\n a--m\n--m--\n", ERR_OK, NULL },
	{ "boundary in a part's header", MIXED "--m\nA: b\n--m\n\nx\n--m--\n", ERR_SYNTAX,
	    "inside a header" },
	{ "closing one in a part's header", MIXED "--m\n--m--\n", ERR_SYNTAX, "inside a header" },
	{ "a part behind the end", MIXED "--m\n\nx\n--m--\n--m\n\ny\n", ERR_SYNTAX,
	    "behind the end" },
	{ "closed twice", MIXED "--m\n\nx\n--m--\n--m--\n", ERR_OK, NULL },
	{ "text behind the end", MIXED "--m\n\nx\n--m--\nepilogue\n--n\n", ERR_OK, NULL },
	{ "LF before a delimiter", MIXED "--m\n\nx\a--m--\n", ERR_SYNTAX, "CRLF" },
	{ "LF behind a delimiter", MIXED "--m\a\nx\n--m--\n", ERR_SYNTAX, "CRLF" },
	{ "CR before a delimiter", MIXED "--m\n\nx\b--m--\n", ERR_SYNTAX, "CRLF" },
	{ "CR behind a delimiter", MIXED "--m\b\nx\n--m--\n", ERR_SYNTAX, "CRLF" },
	{ "CR in the preamble before one", MIXED "x\b--m\n\nx\n--m--\n", ERR_SYNTAX, "CRLF" },
	{ "LF before other dashes", MIXED "--m\n\nx\a--n\b--o\n--m--\n", ERR_OK, NULL },

	/* nesting */
	{ "sub-boundary longer than the outer one",
	    MIXED "--m\nContent-Type: multipart/mixed; boundary=mm\n\n"
		  "--mm\n\nx\n--mm--\n--m--\n",
	    ERR_OK, NULL },
	{ "and its delimiter behind its end",
	    MIXED "--m\nContent-Type: multipart/mixed; boundary=mm\n\n"
		  "--mm\n\nx\n--m\n\n--mm\n--m--\n",
	    ERR_SYNTAX, "goes on" },
	{ "the same boundary", MIXED "--m\n" MIXED "--m\n\nx\n--m--\n--m--\n", ERR_SYNTAX,
	    "of one around it" },
	{ "the same in an opaque part",
	    MIXED "--m\nContent-Type: multipart/signed; boundary=m\n\nx\n--m--\n", ERR_SYNTAX,
	    "of one around it" },
	{ "the same in the next part",
	    "Content-Type: multipart/mixed; boundary=o\n\n--o\n" MIXED
	    "--m\n\nx\n--m--\n--o\n" MIXED "--m\n\nx\n--m--\n--o--\n",
	    ERR_OK, NULL },
	{ "inner ends like outer with dashes",
	    MIXED "--m\nContent-Type: multipart/mixed; boundary=m--\n\nx\n--m--\n", ERR_SYNTAX,
	    "end of another" },
	{ "outer ends like inner with dashes",
	    "Content-Type: multipart/mixed; boundary=m--\n\n--m--\n" MIXED "x\n--m----\n",
	    ERR_SYNTAX, "end of another" },
	{ "inner never closed",
	    MIXED "--m\nContent-Type: multipart/mixed; boundary=n\n\n--n\n\nx\n--m\n\ny\n--m--\n",
	    ERR_OK, NULL },

	/* M6: names */
	{ "two names of one kind", "Content-Type: a/b; name=x; name=y\n\nx\n", ERR_SYNTAX,
	    "file name" },
	{ "two kinds of name", "Content-Type: a/b; name=x; name*=utf-8''y\n\nx\n", ERR_OK, NULL },
};

static void
refuses_what_is_ambiguous(void **state)
{
	static struct trip t;
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&mail);
		mail_text(&mail, cases[i].mail);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		if (t.err != cases[i].err ||
		    (cases[i].note != NULL && strstr(t.note, cases[i].note) == NULL))
			fail_msg("%s: %s: %s", cases[i].name, err_name(t.err), t.note);
		if (t.err == ERR_OK && !trip_is_lossless(&t, buf_span(&mail)))
			fail_msg("%s: not lossless", cases[i].name);
		trip_done(&t);
	}
	buf_done(&mail);
}

/* What lenient takes in addition: LF ends lines, a mailbox line comes first. CR alone stays refused. */
static const struct {
	const char *name, *mail;
	enum err err;
} lenient[] = {
	{ "LF everywhere",
	    "From: a\aContent-Type: multipart/mixed; boundary=m\a\a--m\a\ax\a--m--\a", ERR_OK },
	{ "LF and CRLF", "From: a\nContent-Type: multipart/mixed; boundary=m\a\n--m\n\ax\a--m--\n",
	    ERR_OK },
	{ "mailbox line", "From a@b Mon\nFrom: a\n\nx\n", ERR_OK },
	{ "mailbox line, quoted", ">From a@b Mon\nFrom: a\n\nx\n", ERR_OK },
	{ "mailbox line in a part", MIXED "--m\nFrom a@b Mon\n\nx\n--m--\n", ERR_SYNTAX },
	{ "mailbox line second", "A: b\nFrom a@b Mon\n\nx\n", ERR_SYNTAX },
	{ "CR in a header", "From: a\bB: c\n\nx\n", ERR_SYNTAX },
	{ "CR before a delimiter", MIXED "--m\n\nx\b--m--\n", ERR_SYNTAX },
};

static void
lenient_takes_lf(void **state)
{
	static struct trip t;
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	for (size_t i = 0; i < COUNT(lenient); i++) {
		buf_clear(&mail);
		mail_text(&mail, lenient[i].mail);
		trip_detach(&t, buf_span(&mail), true, NULL, NULL);
		if (t.err != lenient[i].err)
			fail_msg("%s: %s: %s", lenient[i].name, err_name(t.err), t.note);
		if (t.err == ERR_OK)
			assert_true(trip_is_lossless(&t, buf_span(&mail)));
		trip_done(&t);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		assert_int_equal(t.err, ERR_SYNTAX);
		trip_done(&t);
	}
	buf_done(&mail);
}

/* ---- limits (M3) ---- */

static void
nested(struct buf *mail, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		assert_ok(
		    buf_printf(mail, "%sContent-Type: multipart/mixed; boundary=n%ux\r\n\r\n--n%ux",
			i == 0 ? "" : "\r\n", i, i));
	assert_ok(buf_put_str(mail, "\r\n\r\nx\r\n"));
}

static void
repeated(struct buf *mail, const char *head, const char *text, size_t count)
{
	assert_ok(buf_put_str(mail, head));
	for (size_t i = 0; i < count; i++)
		assert_ok(buf_put_str(mail, text));
	assert_ok(buf_put_str(mail, "\r\n\r\nx\r\n"));
}

static void
expect(struct buf *mail, enum err err, const char *note)
{
	static struct trip t;

	trip_detach(&t, buf_span(mail), false, NULL, NULL);
	if (t.err != err || strstr(t.note, note) == NULL)
		fail_msg(
		    "wanted %s (%s), got %s: %s", err_name(err), note, err_name(t.err), t.note);
	if (err == ERR_OK)
		assert_true(trip_is_lossless(&t, buf_span(mail)));
	trip_done(&t);
	buf_clear(mail);
}

static void
keeps_limits(void **state)
{
	struct buf mail;

	(void)state;
	buf_init(&mail, 64u << 20);
	nested(&mail, MIME_MAX_DEPTH);
	expect(&mail, ERR_OK, "");
	nested(&mail, MIME_MAX_DEPTH + 1);
	expect(&mail, ERR_LIMIT, "nested deeper");
	nested(&mail, 1000);
	expect(&mail, ERR_LIMIT, "nested deeper");
	repeated(&mail, "Content-Type: multipart/mixed; boundary=m\r\n\r\n", "--m\r\n\r\nx\r\n",
	    MIME_MAX_PARTS - 1);
	expect(&mail, ERR_OK, "");
	repeated(&mail, "Content-Type: multipart/mixed; boundary=m\r\n\r\n", "--m\r\n\r\nx\r\n",
	    MIME_MAX_PARTS);
	expect(&mail, ERR_LIMIT, "parts");
	repeated(&mail, "", "A: b\r\n", MIME_MAX_FIELDS);
	expect(&mail, ERR_OK, "");
	repeated(&mail, "", "A: b\r\n", MIME_MAX_FIELDS + 1);
	expect(&mail, ERR_LIMIT, "fields");
	repeated(&mail, "", "A: b\r\n", 100000);
	expect(&mail, ERR_LIMIT, "fields");
	repeated(&mail, "A: ", "0123456789abcdef", MIME_MAX_HEADER_BYTES / 16 - 1);
	expect(&mail, ERR_OK, "");
	repeated(&mail, "A: ", "0123456789abcdef", MIME_MAX_HEADER_BYTES / 16);
	expect(&mail, ERR_LIMIT, "header of more");
	repeated(&mail, "Content-Type: text/plain; name=", "0123456789abcdef", 5u << 16);
	expect(&mail, ERR_LIMIT, "header of more");
	repeated(&mail, "Content-Type: text/plain; name=", "0123456789abcdef",
	    MIME_MAX_CONTENT_FIELD / 16 - 2);
	expect(&mail, ERR_OK, "");
	repeated(&mail, "Content-Type: text/plain; name=", "0123456789abcdef",
	    MIME_MAX_CONTENT_FIELD / 16);
	expect(&mail, ERR_LIMIT, "Content-Type field of");
	repeated(&mail,
	    "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nA: ", "0123456789abcdef",
	    MIME_MAX_PART_HEADER_BYTES / 16 - 1);
	expect(&mail, ERR_OK, "");
	repeated(&mail,
	    "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nA: ", "0123456789abcdef",
	    MIME_MAX_PART_HEADER_BYTES / 16);
	expect(&mail, ERR_LIMIT, "header of more");
	repeated(&mail, "Content-Type: multipart/mixed; boundary=", "b", MIME_MAX_BOUNDARY);
	expect(&mail, ERR_OK, "");
	repeated(&mail, "Content-Type: multipart/mixed; boundary=", "b", MIME_MAX_BOUNDARY + 1);
	expect(&mail, ERR_LIMIT, "boundary of 201");
	repeated(
	    &mail, "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m", " ", MIME_MAX_PADDING);
	expect(&mail, ERR_OK, "");
	repeated(&mail, "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m", " ", 1000);
	expect(&mail, ERR_SYNTAX, "goes on");
	buf_done(&mail);
}

/* ---- facts and events ---- */

static const struct {
	const char *name, *mail;
	struct mime_wire_facts want;
} wires[] = {
	{ "nothing special", "A: b\n\nx\ny", { 0 } },
	{ "bare LF", "A: b\n\nx\ay\n", { .bare_lf = true } },
	{ "LF first", "A: b\n\n\ax\n", { .bare_lf = true } },
	{ "bare CR", "A: b\n\nx\by\n", { .bare_cr = true } },
	{ "CR CR LF", "A: b\n\nx\b\n", { .bare_cr = true } },
	{ "CR last", "A: b\n\nx\b", { .bare_cr = true } },
	{ "CR before a delimiter's line end", MIXED "--m\n\nx\b\n--m--\n", { .bare_cr = true } },
	{ "LF CR", "A: b\n\nx\a\b", { .bare_cr = true, .bare_lf = true } },
	{ "NUL", "A: b\n\nx\vy\n", { .nul = true } },
	{ "8-bit body", "A: b\n\n\xC3\xA9\n", { .body_8bit = true } },
	{ "8-bit header", "A: \xC3\xA9\n\nx\n", { .header_8bit = true } },
	{ "8-bit in a part's header", MIXED "--m\nA: \xE9\n\nx\n--m--\n", { .header_8bit = true } },
	{ "8-bit preamble", MIXED "\xE9\n--m\n\nx\n--m--\n", { .body_8bit = true } },
	{ "bare LF in an epilogue", MIXED "--m\n\nx\n--m--\na\ab\n", { .bare_lf = true } },
	{ "base64 with LF", "Content-Transfer-Encoding: base64\nContent-Type: a/b\n\nQUJD\aQUJD\a",
	    { .bare_lf = true } },
	{ "base64 with LF, of a text", "Content-Transfer-Encoding: base64\n\nQUJD\aQUJD\a",
	    { .bare_lf = true } },
};

static void
notes_facts_of_the_wire(void **state)
{
	static struct trip t;
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	for (size_t i = 0; i < COUNT(wires); i++) {
		buf_clear(&mail);
		mail_text(&mail, wires[i].mail);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		assert_ok(t.err);
		if (memcmp(&t.facts.wire, &wires[i].want, sizeof(wires[i].want)) != 0 ||
		    memcmp(&t.ix->wire, &wires[i].want, sizeof(wires[i].want)) != 0)
			fail_msg("%s", wires[i].name);
		trip_done(&t);
	}
	buf_done(&mail);
}

/* RFC 5321 section 4.5.3.1.6: 998 and CRLF; a CR that is not part of the line end counts. */
static void
notes_long_lines(void **state)
{
	static const char *const heads[] = { "A: b\r\n\r\n", "A: b\r\n\r\nx\r\n",
		"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n" };
	static struct trip t;
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	for (size_t i = 0; i < COUNT(heads); i++)
		for (size_t len = 990; len < 1004; len++) {
			buf_clear(&mail);
			assert_ok(buf_put_str(&mail, heads[i]));
			for (size_t n = 0; n < len; n++)
				assert_ok(buf_put_byte(&mail, 'A'));
			assert_ok(buf_put_str(&mail, "\r\nB\r\n"));
			trip_detach(&t, buf_span(&mail), false, NULL, NULL);
			assert_ok(t.err);
			assert_int_equal(t.facts.wire.long_line, len > 998);
			assert_true(trip_is_lossless(&t, buf_span(&mail)));
			trip_done(&t);
		}
	buf_done(&mail);
}

static void
tells_fields_and_facts(void **state)
{
	static struct trip t;
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	mail_text(&mail,
	    "Received: a\nReceived: b\nSubject: x\n y\nContent-Type: multipart/mixed; boundary=m\n\n"
	    "--m\nX-Part: not told\nReceived: c\n\ntext\n--m\nContent-Type: a/b\nContent-Transfer-Encoding: base64\n\n"
	    "QUJDRA==\n--m\nContent-Type: a/c\n\n12345678\n--m--\n");
	trip_detach(&t, buf_span(&mail), false, NULL, NULL);
	assert_ok(t.err);
	assert_int_equal(t.fields.len,
	    sizeof("Received\0 a\0Received\0 b\0Subject\0 x\r\n y\0"
		   "Content-Type\0 multipart/mixed; boundary=m\0end") -
		1);
	assert_memory_equal(t.fields.p,
	    "Received\0 a\0Received\0 b\0Subject\0 x\r\n y\0"
	    "Content-Type\0 multipart/mixed; boundary=m\0end",
	    t.fields.len);
	assert_int_equal(t.facts.received_count, 2);
	assert_int_equal(t.facts.part_count, 4);
	assert_int_equal(t.facts.attachment_count, 2);
	assert_int_equal(t.facts.largest_attachment_bytes, 8);
	assert_int_equal(t.facts.attachment_bytes, 12);
	assert_int_equal(t.fact_parts[2].file_len, 4);
	assert_int_equal(t.facts.mail_len, mail.len);
	assert_int_equal(t.facts.header_len, span_find(buf_span(&mail), SPAN("\r\n\r\n")) + 4);
	trip_done(&t);
	buf_done(&mail);
}

/* The digest of the content: other boundaries, headers and wrapping do not count, the files do. */
static void
knows_a_repeat_by_its_content(void **state)
{
	static const char *const mails[] = {
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n\ntext\n--m\nContent-Type: a/b\n"
		"Content-Transfer-Encoding: base64\n\nQUJDREVG\n--m--\n",
		"Received: x\nContent-Type: multipart/mixed; boundary=zz\n\npre\n--zz\n\ntext\n--zz\n"
		"Content-Type: a/b; name=c\nContent-Transfer-Encoding: base64\n\nQUJD\nREVG\n\n--zz--\nepi\n",
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n\ntext\n--m\nContent-Type: a/b\n\nABCDEF\n--m--\n",
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n\ntext\n--m\nContent-Type: a/b\n\nABCDEf\n--m--\n",
	};
	static struct trip t;
	uint8_t first[SHA256_SIZE];
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	for (size_t i = 0; i < COUNT(mails); i++) {
		buf_clear(&mail);
		mail_text(&mail, mails[i]);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		assert_ok(t.err);
		if (i == 0)
			memcpy(first, t.facts.content_sha256, sizeof(first));
		assert_int_equal(memcmp(first, t.facts.content_sha256, sizeof(first)) == 0, i < 3);
		trip_done(&t);
	}
	buf_done(&mail);
}

/* ---- the world fails ---- */

static const char failing[] =
    "From: a\nContent-Type: multipart/related; boundary=m\n\n--m\nContent-Type: text/html\n\n"
    "<img src=\"cid:x\">\n--m\nContent-Type: image/png; name=\"=?utf-8?Q?a?=\"\nContent-ID: <x>\n"
    "Content-Transfer-Encoding: base64\n\nQUJD\nQUJDREVG\n--m--\n";

struct broken_sink {
	uint64_t left;
};

static enum err
broken_put(void *ctx, struct span in)
{
	struct broken_sink *b = ctx;

	if (in.len > b->left)
		return err_set(ERR_TEMP, "disk full");
	b->left -= in.len;
	return ERR_OK;
}

static enum err
run(struct span mail, struct sink out, const struct mime_detach_events *events)
{
	const struct mime_facts *facts;
	struct mime_detach *d = NULL;
	enum err err = mime_detach_new(NULL, events, out, &d);

	if (err == ERR_OK)
		err = mime_detach_push(d, mail);
	if (err == ERR_OK)
		err = mime_detach_finish(d, &facts);
	mime_detach_free(&d);
	return err;
}

static void
passes_on_what_the_sink_says(void **state)
{
	struct buf mail;
	uint64_t whole = 0;
	enum err err;

	(void)state;
	buf_init(&mail, 65536);
	mail_text(&mail, failing);
	assert_ok(run(buf_span(&mail), sink_counting(&whole), NULL));
	for (uint64_t n = 0; n < whole; n++) {
		struct broken_sink b = { n };

		err = run(buf_span(&mail), (struct sink){ broken_put, &b }, NULL);
		assert_err(err, ERR_TEMP, "disk full");
	}
	buf_done(&mail);
}

static void
survives_every_failed_allocation(void **state)
{
	struct buf mail;
	uint64_t count;
	enum err err;
	size_t n;

	(void)state;
	buf_init(&mail, 65536);
	mail_text(&mail, failing);
	for (n = 1;; n++) {
		/* the two digests, whose memory is taken as given (core/crypto.h) */
		if (n == 2 || n == 3)
			continue;
		alloc_fail_at(n);
		err = run(buf_span(&mail), sink_counting(&count), NULL);
		if (!alloc_failed())
			break;
		if (err != ERR_TEMP)
			fail_msg("allocation %zu: %s", n, err_name(err));
	}
	alloc_fail_at(0);
	assert_ok(err);
	assert_true(n > 5);
	buf_done(&mail);
}

static enum err
refuse_subject(void *ctx, struct span name, struct span value)
{
	(void)ctx;
	(void)value;
	return span_eq(name, SPAN("From")) ? err_set(ERR_DENIED, "not him") : ERR_OK;
}

static enum err
refuse_head(void *ctx)
{
	(void)ctx;
	return err_set(ERR_DENIED, "not this");
}

static void
passes_on_what_callbacks_say(void **state)
{
	struct mime_detach_events field = { .field = refuse_subject },
				  head = { .head_end = refuse_head };
	struct buf mail;
	uint64_t count;

	(void)state;
	buf_init(&mail, 65536);
	mail_text(&mail, failing);
	assert_err(run(buf_span(&mail), sink_counting(&count), &field), ERR_DENIED, "not him");
	assert_err(run(buf_span(&mail), sink_counting(&count), &head), ERR_DENIED, "not this");
	buf_done(&mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_ambiguous),
		cmocka_unit_test(lenient_takes_lf),
		cmocka_unit_test(keeps_limits),
		cmocka_unit_test(notes_facts_of_the_wire),
		cmocka_unit_test(notes_long_lines),
		cmocka_unit_test(tells_fields_and_facts),
		cmocka_unit_test(knows_a_repeat_by_its_content),
		cmocka_unit_test(passes_on_what_the_sink_says),
		cmocka_unit_test(survives_every_failed_allocation),
		cmocka_unit_test(passes_on_what_callbacks_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
