/*
 * docs/attachments.md against the program: the mails of ten clients part by part, and for each row of the
 * table of parts mails that it fits and mails that only look as if it did.
 */
#include "mime/name.h"

#include "support/unit.h"

#include "load.h"
#include "trip.h"

#define DOCUMENT SOURCE_DIR "/docs/attachments.md"

static struct buf document;

static int
read_document(void **state)
{
	(void)state;
	return load_file(DOCUMENT, &document) ? 0 : -1;
}

static int
free_document(void **state)
{
	(void)state;
	buf_done(&document);
	return 0;
}

static bool
next_line(struct span *rest, struct span *ret)
{
	if (!span_take_until(rest, '\n', ret))
		return false;
	return span_take_byte(rest, '\n');
}

/*
 * Mails of clients.
 */

static void
list_roles(const struct mime_index *ix, struct buf *out)
{
	for (uint32_t i = 0; i < ix->part_count; i++) {
		assert_ok(buf_put_str(out, i > 0 ? ", " : ""));
		assert_ok(buf_put_str(out, mime_role_name(ix->parts[i].role)));
	}
}

static void
check_client(struct span file, struct span kind, struct span roles)
{
	static struct trip t;
	struct buf mail, got;
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/data/clients/%.*s", SOURCE_DIR, (int)file.len - 2,
	    (const char *)file.p + 1);
	assert_true(load_mail(path, &mail));
	trip_detach(&t, buf_span(&mail), false, NULL, NULL);
	if (t.err != ERR_OK)
		fail_msg("%s: %s", path, t.note);
	assert_true(trip_is_lossless(&t, buf_span(&mail)));
	buf_init(&got, 4096);
	list_roles(t.ix, &got);
	if (!span_eq(buf_span(&got), roles) || !span_eq(kind, span_str(mime_kind_name(t.ix->kind))))
		fail_msg("%s: %s: %s", path, mime_kind_name(t.ix->kind), buf_cstr(&got));
	buf_done(&got);
	buf_done(&mail);
	trip_done(&t);
}

static void
sees_clients_as_published(void **state)
{
	struct span rest = buf_span(&document);
	struct span line = SPAN_NONE, file = SPAN_NONE, kind = SPAN_NONE, roles = SPAN_NONE;
	size_t count = 0;

	(void)state;
	while (next_line(&rest, &line)) {
		if (!load_cell(&line, &file) || !span_iends(file, SPAN(".eml`")))
			continue;
		assert_true(load_cell(&line, &kind) && load_cell(&line, &roles));
		check_client(file, kind, roles);
		count++;
	}
	assert_true(count >= 20);
}

/*
 * The rows of the table of parts.
 */

#define MIXED(parts)     "Content-Type: multipart/mixed; boundary=b\n\n" parts "--b--\n"
#define RELATED(parts)   "Content-Type: multipart/related; boundary=b\n\n" parts "--b--\n"
#define PART(type, body) "--b\nContent-Type: " type "\n\n" body "\n"
#define TEXT             PART("text/plain", "text")
#define HTML             PART("text/html", "<img src=cid:x@y>")
#define REPORT(type)     "Content-Type: multipart/report; report-type=" type "; boundary=b\n\n"

static const struct {
	const char *row, *in;
	uint32_t part;
	const char *role;
} rows[] = {
	{ "P1",
	    REPORT("delivery-status") TEXT PART("message/delivery-status", "Action: failed")
		PART("application/pdf", "x") "--b--\n",
	    3, "report" },
	{ "P1", REPORT("feedback-report") TEXT "--b--\n", 1, "report" },
	{ "P1", REPORT("tlsrpt") PART("application/tlsrpt+gzip", "x") "--b--\n", 1, "report" },
	/* other types are multiparts that nobody knows; a report inside a mail is no report */
	{ "P4", REPORT("x-invoice") PART("application/pdf", "x") "--b--\n", 0, "attachment" },
	{ "P4",
	    MIXED(TEXT PART(
		"multipart/report; report-type=delivery-status; boundary=c", "--c\n\nx\n--c--")),
	    2, "attachment" },

	{ "P2", "Content-Type: multipart/signed; boundary=b\n\n" TEXT "--b--\n", 0, "protected" },
	{ "P2", "Content-Type: multipart/encrypted; boundary=b\n\n" TEXT "--b--\n", 0,
	    "protected" },
	{ "P2", MIXED(TEXT PART("application/pkcs7-mime", "x")), 2, "protected" },
	{ "P2", "Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\n\nx\n", 0,
	    "protected" },
	{ "P10", MIXED(TEXT PART("application/pkcs7-signature", "x")), 2, "attachment" },
	{ "P10", MIXED(TEXT PART("application/pgp-encrypted", "x")), 2, "attachment" },

	{ "P3", MIXED(TEXT), 0, "multipart" },
	{ "P3", RELATED(HTML), 0, "multipart" },
	{ "P3", "Content-Type: multipart/alternative; boundary=b\n\n" TEXT "--b--\n", 0,
	    "multipart" },
	{ "P3", "Content-Type: MULTIPART/Form-Data; boundary=b\n\n" TEXT "--b--\n", 0,
	    "multipart" },
	{ "P3", "Content-Type: multipart/digest; boundary=b\n\n" TEXT "--b--\n", 0, "multipart" },
	{ "P3", "Content-Type: multipart/parallel; boundary=b\n\n" TEXT "--b--\n", 0, "multipart" },
	{ "P4", "Content-Type: multipart/x-mixed; boundary=b\n\n" TEXT "--b--\n", 0, "attachment" },
	{ "P4", MIXED(TEXT PART("multipart/appledouble; boundary=c", "--c\n\nx\n--c--")), 2,
	    "attachment" },
	{ "P4", "Content-Type: multipart/byteranges; boundary=b\n\n" TEXT "--b--\n", 0,
	    "attachment" },

	{ "P5", MIXED(TEXT PART("application/ms-tnef", "x")), 2, "tnef" },
	{ "P5", MIXED(TEXT PART("application/vnd.ms-tnef; name=winmail.dat", "x")), 2, "tnef" },
	{ "P10", MIXED(TEXT PART("application/octet-stream; name=winmail.dat", "x")), 2,
	    "attachment" },

	{ "P6", "Content-Type: text/calendar; method=REQUEST\n\nx\n", 0, "calendar" },
	{ "P6", MIXED(TEXT PART("text/calendar", "x")), 2, "calendar" },
	{ "P10",
	    MIXED(TEXT PART("text/calendar; method=REQUEST\nContent-Disposition: attachment", "x")),
	    2, "attachment" },
	{ "P10", MIXED(TEXT PART("application/ics; name=x.ics", "x")), 2, "attachment" },

	{ "P7", "Subject: x\n\ntext\n", 0, "body-plain" },
	{ "P7", "Content-Type: text/html; charset=utf-8\n\n<p>text\n", 0, "body-html" },
	{ "P7", MIXED(TEXT), 1, "body-plain" },
	{ "P7", MIXED(PART("application/pdf", "x") TEXT), 2, "body-plain" },
	{ "P7", MIXED(PART("text/plain\nContent-Disposition: inline", "x")), 1, "body-plain" },
	{ "P7", RELATED(PART("image/png\nContent-ID: <x@y>", "x") HTML), 2, "body-html" },
	{ "P7",
	    "Content-Type: multipart/related; start=\"<r>\"; boundary=b\n\n" PART(
		"image/png\nContent-ID: <x@y>", "x")
		PART("text/html\nContent-ID: <r>", "<img src=cid:x@y>") "--b--\n",
	    2, "body-html" },
	{ "P7", "Content-Type: text/plain; charset=x-nobody-knows\n\ntext\n", 0, "body-plain" },
	{ "P7", "Content-Type: text/plain; charset=iso-2022-jp\n\ntext\n", 0, "body-plain" },
	{ "P10", "Content-Type: text/plain; name=x.txt\n\ntext\n", 0, "attachment" },
	{ "P10", "Content-Type: text/plain\nContent-Disposition: attachment\n\ntext\n", 0,
	    "attachment" },
	{ "P10", "Content-Type: text/plain\nContent-Disposition: x-other\n\ntext\n", 0,
	    "attachment" },
	{ "P10", "Content-Type: text/plain\nContent-Disposition: inline; filename=\"\"\n\ntext\n",
	    0, "attachment" },
	{ "P10", "Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\ntext\n", 0,
	    "attachment" },
	{ "P10", "Content-Type: text/plain; charset=utf-16\n\ntext\n", 0, "attachment" },
	{ "P10", "Content-Type: text/html; charset=utf-7\n\ntext\n", 0, "attachment" },
	{ "P10", "Content-Type: text/csv\n\na;b\n", 0, "attachment" },
	{ "P10", "Content-Type: text/rtf\n\n{\n", 0, "attachment" },

	{ "P8", MIXED(TEXT TEXT), 2, "inline-text" },
	{ "P8", MIXED(TEXT PART("application/pdf", "x") PART("text/html", "footer")), 3,
	    "inline-text" },
	{ "P10", MIXED(TEXT PART("text/plain; name=a.txt", "x")), 2, "attachment" },
	{ "P10", RELATED(HTML TEXT), 2, "attachment" },

	{ "P9", RELATED(HTML PART("image/png\nContent-ID: <x@y>", "x")), 2, "picture" },
	{ "P9", MIXED(PART("image/png\nContent-ID: <x@y>", "x") HTML), 1, "picture" },
	{ "P9",
	    RELATED(HTML PART("image/png; name=x.png\nContent-Disposition: attachment\n"
			      "Content-ID: <x@y>",
		"x")),
	    2, "picture" },
	{ "P10", RELATED(HTML PART("image/png\nContent-ID: <x@z>", "x")), 2, "attachment" },
	{ "P10", RELATED(HTML PART("image/png", "x")), 2, "attachment" },
	{ "P10", RELATED(HTML PART("application/pdf\nContent-ID: <x@y>", "x")), 2, "attachment" },
	{ "P10",
	    RELATED(PART("text/html", "<!-- <img src=cid:x@y> -->")
		    PART("image/png\nContent-ID: <x@y>", "x")),
	    2, "attachment" },
	{ "P10",
	    RELATED(PART("text/html; name=x.html", "<img src=cid:x@y>")
		    PART("image/png\nContent-ID: <x@y>", "x")),
	    2, "attachment" },
	{ "P10", MIXED(TEXT PART("image/png\nContent-ID: <x@y>", "x")), 2, "attachment" },

	{ "P10", "Content-Type: application/pdf\n\nx\n", 0, "attachment" },
	{ "P10", "Content-Type: message/rfc822\n\nSubject: x\n\nx\n", 0, "attachment" },
	{ "P10", MIXED(TEXT PART("message/rfc822", "Subject: x\n\nx")), 2, "attachment" },
	{ "P10", MIXED(TEXT PART("message/external-body; access-type=url", "x")), 2, "attachment" },
	{ "P10",
	    "Content-Type: multipart/alternative; boundary=b\n\n" TEXT PART(
		"application/pdf", "x") "--b--\n",
	    2, "attachment" },
	{ "P10", MIXED(TEXT PART("audio/wav", "x") PART("video/mp4", "x")), 3, "attachment" },
	{ "P10", MIXED(TEXT PART("not a type", "x")), 2, "attachment" },
};

static void
decides_each_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static struct trip t;
		struct buf mail;
		const char *role;

		buf_init(&mail, 65536);
		assert_true(load_crlf(span_str(rows[i].in), &mail));
		trip_detach(&t, buf_span(&mail), false, NULL, NULL);
		if (t.err != ERR_OK)
			fail_msg("row %zu (%s): %s", i, rows[i].row, t.note);
		assert_true(rows[i].part < t.ix->part_count);
		role = mime_role_name(t.ix->parts[rows[i].part].role);
		if (strcmp(role, rows[i].role) != 0)
			fail_msg("row %zu (%s): %s instead of %s:\n%s", i, rows[i].row, role,
			    rows[i].role, rows[i].in);
		trip_done(&t);
		buf_done(&mail);
	}
}

/* has_example() - some mail above stands for this row, with a role that the document gives it. */
static size_t
examples_of(struct span row, struct span roles)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char quoted[64];

		if (!span_eq(row, span_str(rows[i].row)))
			continue;
		snprintf(quoted, sizeof(quoted), "`%s`", rows[i].role);
		if (span_find(roles, span_str(quoted)) < roles.len)
			n++;
	}
	return n;
}

static void
has_examples_of_each_row(void **state)
{
	struct span rest = buf_span(&document);
	struct span line = SPAN_NONE, row = SPAN_NONE, what = SPAN_NONE, roles = SPAN_NONE;
	size_t count = 0;

	(void)state;
	while (next_line(&rest, &line)) {
		if (!load_cell(&line, &row) || row.len < 2 || row.p[0] != 'P' || row.p[1] < '1' ||
		    row.p[1] > '9')
			continue;
		assert_true(load_cell(&line, &what) && load_cell(&line, &roles));
		if (examples_of(row, roles) < 2)
			fail_msg("%.*s has no two examples", (int)row.len, (const char *)row.p);
		count++;
	}
	assert_int_equal(count, 10);
}

static void
names_all_roles_and_kinds(void **state)
{
	char quoted[64];

	(void)state;
	for (int r = 0; r < MIME_ROLE__COUNT; r++) {
		snprintf(quoted, sizeof(quoted), "`%s`", mime_role_name((enum mime_role)r));
		assert_true(span_find(buf_span(&document), span_str(quoted)) < document.len);
	}
	for (int k = MIME_KIND_PLAIN; k <= MIME_KIND_TNEF; k++) {
		snprintf(quoted, sizeof(quoted), "| `%s` |", mime_kind_name((enum mime_kind)k));
		assert_true(span_find(buf_span(&document), span_str(quoted)) < document.len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_clients_as_published),
		cmocka_unit_test(decides_each_row),
		cmocka_unit_test(has_examples_of_each_row),
		cmocka_unit_test(names_all_roles_and_kinds),
	};

	return cmocka_run_group_tests(tests, read_document, free_document);
}
