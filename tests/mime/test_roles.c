/*
 * mime/role.c and mime/entity.c, through detach: what each part of a mail is, and what the mail is.
 * The shapes are those that Outlook, Exchange, Apple Mail, Gmail, Thunderbird and mailing lists write; the
 * wanted column is the table of docs/attachments.md. Threats M2, M10 to M14, M16.
 */
#include "support/unit.h"

#include "mime/mail_text.h"
#include "mime/trip.h"

#define MIXED "Content-Type: multipart/mixed; boundary=m\n\n"
#define ALT   "Content-Type: multipart/alternative; boundary=a\n\n"
#define REL   "Content-Type: multipart/related; boundary=r\n\n"
#define PDF   "Content-Type: application/pdf; name=x.pdf\nContent-Disposition: attachment\n\n%PDF\n"
#define PNG   "Content-Type: image/png; name=l.png\nContent-ID: <p@x>\n\nPNG\n"
#define HTML  "Content-Type: text/html\n\n<img src=\"cid:p@x\">\n"
#define TEXT  "Content-Type: text/plain\n\ntext\n"

static const struct {
	const char *name, *mail, *kind, *want;
} cases[] = {
	{ "no MIME at all", "From: a@b\n\ntext\n", "plain", "body-plain" },
	{ "text", "Content-Type: text/plain; charset=utf-8\n\ntext\n", "plain", "body-plain" },
	{ "HTML", "Content-Type: TEXT/HTML\n\n<p>\n", "plain", "body-html" },
	{ "header only", "From: a@b\n", "plain", "body-plain" },
	{ "empty header", "\ntext\n", "plain", "body-plain" },
	{ "old type without a slash", "Content-Type: text\n\nx\n", "plain", "body-plain" },
	{ "empty type", "Content-Type:\n\nx\n", "plain", "body-plain" },
	{ "charset with a comment (RFC 2045 5.1)",
	    "Content-Type: text/plain; charset=us-ascii (Plain text)\n\nx\n", "plain",
	    "body-plain" },
	{ "charset twice", "Content-Type: text/plain; charset=utf-8; charset=x\n\nx\n", "plain",
	    "body-plain" },

	{ "alternative", ALT "--a\n" TEXT "--a\n" HTML "--a--\n", "plain",
	    "multipart body-plain body-html" },
	{ "text and file", MIXED "--m\n" TEXT "--m\n" PDF "--m--\n", "plain",
	    "multipart body-plain attachment" },
	{ "Outlook: mixed of related of alternative",
	    MIXED "--m\n" REL "--r\n" ALT "--a\n" TEXT "--a\n" HTML "--a--\n--r\n" PNG
		  "--r--\n--m\n" PDF "--m--\n",
	    "plain", "multipart multipart multipart body-plain body-html picture attachment" },
	{ "Apple: text between files",
	    MIXED "--m\n" TEXT "--m\n" PDF "--m\n" TEXT "--m\n" PDF "--m--\n", "plain",
	    "multipart body-plain attachment inline-text attachment" },
	{ "Apple: alternative of text and mixed",
	    ALT "--a\n" TEXT "--a\n" MIXED "--m\n" HTML "--m\n" PDF "--m\n" HTML "--m--\n--a--\n",
	    "plain", "multipart body-plain multipart body-html attachment inline-text" },
	{ "list footer behind the text", MIXED "--m\n" TEXT "--m\n" TEXT "--m--\n", "plain",
	    "multipart body-plain inline-text" },
	{ "the text behind the file", MIXED "--m\n" PDF "--m\n" TEXT "--m--\n", "plain",
	    "multipart attachment body-plain" },
	{ "file only", MIXED "--m\n" PDF "--m--\n", "plain", "multipart attachment" },
	{ "second alternative is no body",
	    MIXED "--m\n" TEXT "--m\n" ALT "--a\n" TEXT "--a\n" HTML "--a--\n--m--\n", "plain",
	    "multipart body-plain multipart inline-text inline-text" },
	{ "parallel and form-data",
	    "Content-Type: multipart/parallel; boundary=m\n\n--m\n" TEXT "--m\n"
	    "Content-Type: multipart/form-data; boundary=r\n\n--r\n" TEXT "--r--\n--m--\n",
	    "plain", "multipart body-plain multipart inline-text" },
	{ "digest: children are messages",
	    "Content-Type: multipart/digest; boundary=m\n\n--m\n\nFrom: x\n\ny\n--m--\n", "plain",
	    "multipart attachment" },

	/* MIME-tools and GMime take the second one for a message with a PDF */
	{ "digest: a text", "Content-Type: multipart/digest; boundary=m\n\n--m\n" TEXT "--m--\n",
	    "plain", "multipart attachment" },
	{ "digest: empty type",
	    "Content-Type: multipart/digest; boundary=m\n\n--m\nContent-Type:\n\n" PDF "--m--\n",
	    "plain", "multipart attachment" },

	/* files from before MIME; the data is Python's binascii.b2a_uu() of "Cat" */
	{ "uuencoded file", "Subject: x\n\nhi\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n", "plain",
	    "attachment" },
	{ "uuencoded file in base64",
	    "Content-Transfer-Encoding: base64\n\nYmVnaW4gNjQ0IGEKIzBWJVQKYAplbmQK\n", "plain",
	    "attachment" },
	{ "uuencoded file in the second text",
	    MIXED "--m\n" TEXT "--m\n\nbegin 0644 a\n#0V%T\n--m\n" TEXT "--m--\n", "plain",
	    "multipart body-plain attachment inline-text" },
	{ "words about uuencode", "Subject: x\n\nbegin 644 cat.txt\nis how it starts\n", "plain",
	    "body-plain" },
	{ "a begin line and a line of another length", "Subject: x\n\nbegin 644 cat.txt\nTHE END\n",
	    "plain", "body-plain" },
	{ "data without a begin line", "Subject: x\n\nbegin\n#0V%T\n", "plain", "body-plain" },

	/* M2: odd shapes that are files */
	{ "a part with an empty type", MIXED "--m\n" TEXT "--m\nContent-Type:\n\nx\n--m--\n",
	    "plain", "multipart body-plain attachment" },
	{ "a part of type text", MIXED "--m\n" TEXT "--m\nContent-Type: text\n\nx\n--m--\n",
	    "plain", "multipart body-plain attachment" },
	{ "a mail of type text", "Content-Type: text\n\nx\n", "plain", "body-plain" },
	{ "a comment in the type",
	    MIXED "--m\n" TEXT "--m\nContent-Type: text(x)/plain\n\nx\n--m--\n", "plain",
	    "multipart body-plain attachment" },
	{ "a comment before the type",
	    MIXED "--m\n" TEXT "--m\nContent-Type: (x)text/plain\n\nx\n--m--\n", "plain",
	    "multipart body-plain attachment" },
	{ "a blank in the type", MIXED "--m\n" TEXT "--m\nContent-Type: text /plain\n\nx\n--m--\n",
	    "plain", "multipart body-plain attachment" },
	{ "a comment behind the type", "Content-Type: text/plain (x); charset=us-ascii (y)\n\nx\n",
	    "plain", "body-plain" },
	{ "a name in an encoded word",
	    MIXED
	    "--m\n" TEXT
	    "--m\nContent-Disposition: inline; =?utf-8?b?ZmlsZW5hbWU9YS5wZGY=?=\n\nx\n--m--\n",
	    "plain", "multipart body-plain attachment" },
	{ "the body is a PDF", "Content-Type: application/pdf\n\n%PDF\n", "plain", "attachment" },
	{ "the body is a named text", "Content-Type: text/plain; name=a.txt\n\nx\n", "plain",
	    "attachment" },
	{ "the body is an attached text", "Content-Disposition: attachment\n\nx\n", "plain",
	    "attachment" },
	{ "a message as top", "Content-Type: message/rfc822\n\nFrom: x\n\ny\n", "plain",
	    "attachment" },
	{ "a message in base64",
	    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nRnJvbQ==\n",
	    "plain", "attachment" },
	{ "unknown multipart", "Content-Type: multipart/x; boundary=m\n\n--m\n" PDF "--m--\n",
	    "plain", "attachment" },
	{ "file in alternative", ALT "--a\n" TEXT "--a\n" PDF "--a--\n", "plain",
	    "multipart body-plain attachment" },
	{ "AMP and enriched text in alternative",
	    ALT
	    "--a\n" TEXT
	    "--a\nContent-Type: text/x-amp-html\n\nx\n--a\nContent-Type: text/enriched\n\nx\n--a--\n",
	    "plain", "multipart body-plain attachment attachment" },
	{ "unknown disposition (RFC 2183 2.8)",
	    MIXED "--m\n" TEXT "--m\nContent-Disposition: strange\n\nx\n--m--\n", "plain",
	    "multipart body-plain attachment" },
	{ "unknown encoding (RFC 2045 6.4)", "Content-Transfer-Encoding: x-uuencode\n\nx\n",
	    "plain", "attachment" },
	{ "empty file name",
	    MIXED "--m\n" TEXT "--m\nContent-Disposition: inline; filename=\"\"\n\nx\n--m--\n",
	    "plain", "multipart body-plain attachment" },
	{ "a name that cannot be read",
	    MIXED "--m\n" TEXT "--m\nContent-Type: text/plain filename=x\n\nx\n--m--\n", "plain",
	    "multipart body-plain attachment" },
	{ "a name behind a no-break space",
	    MIXED "--m\n" TEXT "--m\nContent-Type: text/plain; \xA0name=x\n\nx\n--m--\n", "plain",
	    "multipart body-plain attachment" },
	{ "a type that is none", MIXED "--m\n" TEXT "--m\nContent-Type: ???\n\nx\n--m--\n", "plain",
	    "multipart body-plain attachment" },
	{ "text beside the root of related",
	    REL "--r\n" HTML "--r\nContent-Type: text/css\n\nx\n--r\n" TEXT "--r--\n", "plain",
	    "multipart body-html attachment attachment" },

	/* M14: pictures */
	{ "picture before the HTML", REL "--r\n" PNG "--r\n" HTML "--r--\n", "plain",
	    "multipart picture body-html" },
	{ "start that names nothing",
	    "Content-Type: multipart/related; boundary=r; start=none\n\n--r\n" HTML "--r\n" HTML
	    "--r--\n",
	    "plain", "multipart inline-text attachment" },
	{ "related with start",
	    "Content-Type: multipart/related; boundary=r; start=\"<root>\"\n\n--r\n" PNG
	    "--r\nContent-ID: <root>\n" HTML "--r--\n",
	    "plain", "multipart picture body-html" },
	{ "referenced though called an attachment",
	    REL "--r\n" HTML "--r\nContent-Disposition: attachment; filename=l.png\n" PNG "--r--\n",
	    "plain", "multipart body-html picture" },
	{ "linked, not shown",
	    REL "--r\nContent-Type: text/html\n\n<a href=\"cid:p@x\">x</a>\n--r\n" PNG "--r--\n",
	    "plain", "multipart body-html attachment" },
	{ "shown, but SVG",
	    REL "--r\n" HTML "--r\nContent-Type: image/svg+xml\nContent-ID: <p@x>\n\nx\n--r--\n",
	    "plain", "multipart body-html attachment" },
	{ "shown, but a drawing of CAD",
	    REL "--r\n" HTML "--r\nContent-Type: image/vnd.dwg\nContent-ID: <p@x>\n\nx\n--r--\n",
	    "plain", "multipart body-html attachment" },
	{ "shown, but named as a document",
	    REL "--r\n" HTML "--r\nContent-Disposition: inline; filename=l.pdf\n" PNG "--r--\n",
	    "plain", "multipart body-html attachment" },
	{ "shown, its name without a dot",
	    REL "--r\n" HTML "--r\nContent-Disposition: inline; filename=Outlook-1\n" PNG "--r--\n",
	    "plain", "multipart body-html picture" },
	{ "shown, its name in capitals",
	    REL "--r\n" HTML "--r\nContent-Disposition: inline; filename=A.PNG\n" PNG "--r--\n",
	    "plain", "multipart body-html picture" },
	{ "not referenced", REL "--r\nContent-Type: text/html\n\n<p>\n--r\n" PNG "--r--\n", "plain",
	    "multipart body-html attachment" },
	{ "inline and not referenced",
	    MIXED "--m\n" HTML
		  "--m\nContent-Type: image/png\nContent-Disposition: inline\n\nPNG\n--m--\n",
	    "plain", "multipart body-html attachment" },
	{ "referenced, but no picture",
	    REL "--r\n" HTML
		"--r\nContent-Type: application/pdf\nContent-ID: <p@x>\n\nPDF\n--r--\n",
	    "plain", "multipart body-html attachment" },
	{ "reference in quoted-printable",
	    REL "--r\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
		"<img src=3D\"ci=\nd:p=40x\">\n--r\n" PNG "--r--\n",
	    "plain", "multipart body-html picture" },
	{ "reference in base64",
	    REL "--r\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
		"PGltZyBzcmM9ImNp\nZDpwQHgiPg==\n--r\n" PNG "--r--\n",
	    "plain", "multipart body-html picture" },
	{ "reference in an attached HTML does not count",
	    MIXED "--m\n" TEXT "--m\nContent-Disposition: attachment\n" HTML "--m\n" PNG "--m--\n",
	    "plain", "multipart body-plain attachment attachment" },
	{ "reference in a text does not count",
	    REL "--r\nContent-Type: text/plain\n\ncid:p@x\n--r\n" PNG "--r--\n", "plain",
	    "multipart body-plain attachment" },

	/* M11: signed and encrypted */
	{ "S/MIME signed",
	    "Content-Type: multipart/signed; boundary=s; micalg=sha-256;\n"
	    " protocol=\"application/pkcs7-signature\"\n\n--s\n" TEXT "--s\n"
	    "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n--s--\n",
	    "signed", "protected" },
	{ "PGP/MIME encrypted",
	    "Content-Type: multipart/encrypted; boundary=s\n\n--s\n\nx\n--s--\n", "encrypted",
	    "protected" },
	{ "opaque, enveloped",
	    "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
	    "Content-Disposition: attachment; filename=smime.p7m\n\nx\n",
	    "encrypted", "protected" },
	{ "opaque, signed", "Content-Type: application/x-pkcs7-mime; smime-type=Signed-Data\n\nx\n",
	    "signed", "protected" },
	{ "signed inside mixed with footer",
	    MIXED "--m\nContent-Type: multipart/signed; boundary=s\n\n--s\n" TEXT
		  "--s--\n--m\n" TEXT "--m--\n",
	    "plain", "multipart protected inline-text" },

	/* M12: calendar */
	{ "invitation",
	    ALT "--a\n" TEXT
		"--a\nContent-Type: text/calendar; method=REQUEST; name=i.ics\n\nx\n--a--\n",
	    "calendar", "multipart body-plain calendar" },
	{ "invitation with a file",
	    MIXED "--m\n" ALT "--a\n" TEXT
		  "--a\nContent-Type: text/calendar; method=CANCEL\n\nx\n--a--\n--m\n" PDF
		  "--m--\n",
	    "calendar", "multipart multipart body-plain calendar attachment" },
	{ "calendar as the body", "Content-Type: text/calendar; method=REPLY\n\nx\n", "calendar",
	    "calendar" },
	{ "attached calendar file",
	    MIXED "--m\n" TEXT "--m\nContent-Type: text/calendar; method=REQUEST\n"
		  "Content-Disposition: attachment\n\nx\n--m--\n",
	    "plain", "multipart body-plain attachment" },
	{ "calendar named as a document",
	    MIXED "--m\n" TEXT "--m\nContent-Type: text/calendar; method=REQUEST; name=a.pdf\n\nx\n"
		  "--m--\n",
	    "plain", "multipart body-plain attachment" },
	{ "calendar without method",
	    ALT "--a\n" TEXT "--a\nContent-Type: text/calendar\n\nx\n--a--\n", "plain",
	    "multipart body-plain calendar" },
	{ "calendar behind the text",
	    MIXED "--m\n" TEXT "--m\nContent-Type: text/calendar; method=REQUEST\n\nx\n"
		  "--m--\n",
	    "plain", "multipart body-plain calendar" },

	/* M13: reports */
	{ "delivery report",
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=m\n\n--m\n" TEXT
	    "--m\nContent-Type: message/delivery-status\n\nx\n--m\nContent-Type: message/rfc822\n\nx\n--m--\n",
	    "report", "multipart report report report" },
	{ "receipt",
	    "Content-Type: multipart/report; boundary=m; report-type=\"disposition-notification\"\n\n--m\n" TEXT
	    "--m--\n",
	    "report", "multipart report" },
	{ "report of an unknown kind",
	    "Content-Type: multipart/report; boundary=m; report-type=x\n\n--m\n" PDF "--m--\n",
	    "plain", "attachment" },
	{ "report inside a mail",
	    MIXED
	    "--m\n" TEXT "--m\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=r\n\n--r\n" TEXT
	    "--r--\n--m--\n",
	    "plain", "multipart body-plain attachment" },

	/* M10: TNEF */
	{ "winmail.dat",
	    MIXED "--m\n" TEXT "--m\nContent-Type: application/ms-tnef; name=winmail.dat\n"
		  "Content-Disposition: attachment; filename=winmail.dat\n\nx\n--m--\n",
	    "tnef", "multipart body-plain tnef" },
	{ "TNEF as the body", "Content-Type: application/ms-tnef\n\nx\n", "tnef", "tnef" },
	{ "by name only it is a file",
	    MIXED "--m\n" TEXT "--m\nContent-Type: application/octet-stream;"
		  " name=winmail.dat\n\nx\n--m--\n",
	    "plain", "multipart body-plain attachment" },

	/* M16: charsets that cannot be edited by inserting bytes */
	{ "UTF-16", "Content-Type: text/plain; charset=utf-16le\n\nx\n", "plain", "attachment" },
	{ "UTF-7", "Content-Type: text/html; charset=utf-7\n\nx\n", "plain", "attachment" },
	{ "unknown charset", "Content-Type: text/plain; charset=x-unknown\n\nx\n", "plain",
	    "body-plain" },
	{ "ISO-2022-JP", "Content-Type: text/plain; charset=iso-2022-jp\n\nx\n", "plain",
	    "body-plain" },
};

static void
gives_roles(void **state)
{
	static struct trip t;
	struct buf mail, got;

	(void)state;
	buf_init(&mail, 65536);
	buf_init(&got, 4096);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&mail);
		buf_clear(&got);
		mail_text(&mail, cases[i].mail);
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		if (t.err != ERR_OK)
			fail_msg("%s: %s", cases[i].name, t.note);
		for (uint32_t k = 0; k < t.ix->part_count; k++)
			assert_ok(buf_printf(
			    &got, "%s%s", k > 0 ? " " : "", mime_role_name(t.ix->parts[k].role)));
		if (strcmp(buf_cstr(&got), cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, buf_cstr(&got));
		if (strcmp(mime_kind_name(t.ix->kind), cases[i].kind) != 0)
			fail_msg("%s: %s", cases[i].name, mime_kind_name(t.ix->kind));
		assert_int_equal(t.ix->kind, t.facts.kind);
		assert_true(trip_is_lossless(&t, buf_span(&mail)));
		trip_done(&t);
	}
	buf_done(&mail);
	buf_done(&got);
}

/* Names of attachments: every one has one, and it is harmless. */
static const struct {
	const char *part, *want;
} names[] = {
	{ "Content-Type: application/pdf; name=\"../a.pdf\"\n\n", "a.pdf" },
	{ "Content-Type: application/pdf\n\n", "attachment-2.pdf" },
	{ "Content-Type: message/rfc822\n\n", "attachment-2.eml" },
	{ "Content-Type: x/y\n\n", "attachment-2.bin" },
	{ "Content-Type: text/plain\nContent-Disposition: attachment; filename=\"\"\n\n",
	    "attachment-2.txt" },
	{ "Content-Disposition: attachment; filename*=utf-8''%e2%80%aetxt.exe\n\n", "_txt.exe" },
};

static void
names_every_attachment(void **state)
{
	static struct trip t;
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	for (size_t i = 0; i < COUNT(names); i++) {
		buf_clear(&mail);
		mail_text(&mail, MIXED "--m\n" TEXT "--m\n");
		mail_text(&mail, names[i].part);
		mail_text(&mail, "x\n--m--\n");
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		assert_ok(t.err);
		assert_int_equal(t.ix->part_count, 3);
		assert_int_equal(t.ix->parts[2].role, MIME_ROLE_ATTACHMENT);
		assert_span(t.ix->parts[2].name, names[i].want);
		trip_done(&t);
	}
	buf_done(&mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_roles),
		cmocka_unit_test(names_every_attachment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
