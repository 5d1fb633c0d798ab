/*
 * tests/cli/test_flow_mail.c - mails in files as facts for mail flow rules.
 *
 * Addresses: RFC 5322 appendix A, and what mailers write. Attachments: tests/data/clients, mails as real
 * clients build them; which part is what follows from their own headers. For these and the corpus Python's
 * email package is the judge of addresses and sizes (flow_oracle.py).
 */
#include "cli/flow_mail.h"

#include "cli/address_list.h"
#include "cli/flow_type.h"
#include "support/alloc.h"
#include "support/tmpdir.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define CLIENTS SOURCE_DIR "/tests/data/clients"

/* --- addresses --- */

static void
joined(struct span value, struct buf *out)
{
	struct span mailbox;

	while (address_list_next(&value, &mailbox)) {
		if (out->len > 0)
			assert_ok(buf_put_str(out, " "));
		assert_ok(buf_put(out, mailbox.len > 0 ? mailbox : SPAN("?")));
	}
}

static void
test_address_list(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		/* RFC 5322 appendix A.1; A.5 with its comments, but for those inside an address */
		{ " Mary Smith <mary@example.net>", "mary@example.net" },
		{ "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
		    "mary@x.test jdoe@example.org one@y.test" },
		{ "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
		    "boss@nil.test sysservices@example.net" },
		{ "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
		    "c@a.test joe@where.test jdoe@one.test" },
		{ "Undisclosed recipients:;", "" },
		{ "Pete(A nice \\) chap) <pete@silly.test>", "pete@silly.test" },
		{ "A Group(Some people)\r\n     :Chris Jones <c@public.example>,\r\n"
		  "         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend);",
		    "c@public.example joe@example.org jdoe@one.test" },
		{ "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "?" },
		/* as mailers write them */
		{ "bob@x.test <bob@x.test>", "bob@x.test" },
		{ "'bob@x.test' <bob@x.test>", "bob@x.test" },
		{ "\"Jansen, Piet\" <piet@x.test>", "piet@x.test" },
		{ "=?utf-8?Q?Jansen,_Piet?= <piet@x.test>", "? piet@x.test" },
		{ "a@x.test,, ,b@x.test,", "a@x.test b@x.test" },
		{ "a@x.test; b@x.test", "a@x.test b@x.test" },
		{ "a@[192.0.2.1], b@[IPv6:2001:db8::1]", "a@[192.0.2.1] b@[IPv6:2001:db8::1]" },
		/* nobody */
		{ "", "" },
		{ " \t ", "" },
		{ "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "?" },
		{ "Piet Jansen", "?" },
		{ "Piet <>", "?" },
		{ "Piet <piet>", "?" },
		{ "a@x.test b@x.test", "?" },
		{ "\"never closed <a@x.test>, b@x.test", "?" },
		{ "(never closed <a@x.test>, b@x.test", "?" },
		{ "a@x.test, <b@x.test", "a@x.test ?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 4096);
		joined(span_str(cases[i].value), &out);
		if (strcmp(buf_cstr(&out), cases[i].want) != 0)
			fail_msg("\"%s\" is \"%s\", not \"%s\"", cases[i].value, buf_cstr(&out),
			    cases[i].want);
		buf_done(&out);
	}
}

/* --- one mail --- */

struct one {
	struct arena a;
	struct flow_eml e;
	enum err err;
};

static void
one_done(struct one *o)
{
	arena_done(&o->a);
}

static void
read_stream(FILE *in, const struct flow_mail_opts *opts, struct one *o)
{
	static const struct flow_mail_opts none;

	assert_non_null(in);
	memset(o, 0, sizeof(*o));
	arena_init(&o->a, FLOW_EML_MEMORY);
	o->err = flow_mail_read(in, opts != NULL ? opts : &none, &o->a, &o->e);
	assert_int_equal(fclose(in), 0);
}

static void
read_text(const char *text, const struct flow_mail_opts *opts, struct one *o)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	rewind(f);
	read_stream(f, opts, o);
}

static void
read_client(const char *name, struct one *o)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", CLIENTS, name);
	read_stream(fopen(path, "r"), NULL, o);
	assert_ok(o->err);
}

/* --- what it carries --- */

static void
test_attachments(void **state)
{
	/* "F" file, "P" picture in the text, "M" message, "T" winmail.dat, "?" unsure; sizes by Python below */
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "apple-mail.eml",
		    "F?" }, /* the file between two HTML texts, the second may count */
		{ "delivery-report.eml", "???" },
		{ "forward.eml", "M" },
		{ "gmail-web.eml", "PF" },
		{ "invitation.eml", "?" },
		{ "ios.eml", "F?" },
		{ "java-app.eml", "F" },
		{ "lotus.eml", "PF" },
		{ "mailspring.eml", "F" },
		{ "outlook-classic.eml", "PF" },
		{ "outlook-new.eml", "PFF" },
		{ "outlook-web.eml", "FF" },
		{ "pgp-encrypted.eml", "?" },
		{ "receipt.eml", "??" },
		{ "scanner-file.eml", "F" },
		{ "smime-encrypted.eml", "?" },
		{ "smime-signed.eml", "?" },
		{ "signed-and-file.eml", "?F" },
		{ "unreferenced.eml", "PFF" },
		{ "winmail.eml", "T" },
	};
	static const char letters[] = {
		[FLOW_FILE] = 'F',
		[FLOW_EMBEDDED] = 'P',
		[FLOW_MESSAGE] = 'M',
		[FLOW_TNEF] = 'T',
		[FLOW_UNSURE] = '?',
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char got[32] = "";
		struct one o;

		read_client(cases[i].name, &o);
		assert_true(o.e.mail.attachment_count < sizeof(got));
		for (size_t k = 0; k < o.e.mail.attachment_count; k++)
			got[k] = letters[o.e.mail.attachments[k].kind];
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s has %s, not %s", cases[i].name, got, cases[i].want);
		one_done(&o);
	}
}

static void
test_names_and_sizes(void **state)
{
	struct one o;

	(void)state;
	read_client("outlook-classic.eml", &o);
	/* its headers say size=1800 and size=2500 */
	assert_int_equal(o.e.mail.attachments[0].size_bytes, 1800);
	assert_span(o.e.attachment_names[0], "image001.png");
	assert_int_equal(o.e.mail.attachments[1].size_bytes, 2500);
	assert_span(o.e.attachment_names[1], "rapport 2026.pdf");
	assert_span(o.e.mail.from, "piet@contoso.example");
	assert_span(o.e.mail.envelope_from, "piet@contoso.example");
	assert_int_equal(o.e.mail.recipient_count, 1);
	assert_span(o.e.mail.recipients[0], "anna@fabrikam.example");
	assert_int_equal(o.e.mail.authenticated, RULE_YES);
	assert_false(o.e.mail.from_uncertain);
	one_done(&o);
}

/* --- types --- */

static void
test_types(void **state)
{
	static const struct {
		const char *mail;
		enum flow_type type;
		enum rule_answer want;
	} cases[] = {
		{ "Subject: x\n\nx\n", FLOW_OOF, RULE_NO },
		{ "Auto-Submitted: no\n\nx\n", FLOW_OOF, RULE_NO },
		{ "Auto-Submitted: auto-replied\n\nx\n", FLOW_OOF, RULE_UNKNOWN },
		{ "Auto-Submitted: auto-generated\n\nx\n", FLOW_OOF, RULE_UNKNOWN },
		{ "X-Auto-Response-Suppress: All\n\nx\n", FLOW_OOF, RULE_UNKNOWN },
		{ "Precedence: auto_reply\n\nx\n", FLOW_OOF, RULE_UNKNOWN },
		{ "Precedence: bulk\n\nx\n", FLOW_OOF, RULE_NO },
		{ "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n\nx\n",
		    FLOW_AUTO_FORWARD, RULE_UNKNOWN },
		{ "Subject: Fwd: x\n\nx\n", FLOW_AUTO_FORWARD, RULE_NO },
		{ "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx\n",
		    FLOW_ENCRYPTED, RULE_YES },
		{ "Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nx\n",
		    FLOW_ENCRYPTED, RULE_NO },
		{ "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx\n",
		    FLOW_SIGNED, RULE_NO },
		/* RFC 8551 section 3.2.2: the parameter may be left out */
		{ "Content-Type: application/pkcs7-mime; name=smime.p7m\n\nx\n", FLOW_ENCRYPTED,
		    RULE_UNKNOWN },
		{ "Content-Type: application/pkcs7-mime; name=smime.p7m\n\nx\n", FLOW_SIGNED,
		    RULE_UNKNOWN },
		{ "Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nx\n",
		    FLOW_SIGNED, RULE_YES },
		{ "Content-Type: multipart/encrypted; boundary=b;\n protocol=\"application/"
		  "pgp-encrypted\"\n\n--b\n\nx\n--b--\n",
		    FLOW_ENCRYPTED, RULE_NO },
		{ "Subject: x\n\nx\n", FLOW_ENCRYPTED, RULE_NO },
		/* signed in a part, as mailing lists do: that part is not encrypted */
		{ "Content-Type: multipart/mixed; boundary=m\n\n--m\n"
		  "Content-Type: multipart/signed; boundary=b;\n protocol=\"application/pgp-signature\""
		  "\n\n--b\n\nx\n--b--\n--m--\n",
		    FLOW_ENCRYPTED, RULE_NO },
		{ "Content-Type: multipart/mixed; boundary=m\n\n--m\n"
		  "Content-Type: multipart/signed; boundary=b;\n protocol=\"application/pgp-signature\""
		  "\n\n--b\n\nx\n--b--\n--m--\n",
		    FLOW_SIGNED, RULE_UNKNOWN },
		{ "Content-Type: multipart/mixed; boundary=m\n\n--m\n"
		  "Content-Type: application/pkcs7-mime\n\nx\n--m--\n",
		    FLOW_ENCRYPTED, RULE_UNKNOWN },
		{ "Subject: x\n\nx\n", FLOW_SIGNED, RULE_NO },
		{ "Content-Type: multipart/signed; boundary=b; micalg=sha-256;\n"
		  " protocol=\"application/pkcs7-signature\"\n\n--b\n\nx\n--b--\n",
		    FLOW_SIGNED, RULE_YES },
		{ "Content-Type: multipart/signed; boundary=b; micalg=pgp-sha256;\n"
		  " protocol=\"application/pgp-signature\"\n\n--b\n\nx\n--b--\n",
		    FLOW_SIGNED, RULE_UNKNOWN },
		{ "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n",
		    FLOW_CALENDARING, RULE_YES },
		{ "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n",
		    FLOW_CALENDARING, RULE_YES },
		{ "Content-Type: text/calendar; method=REQUEST\n"
		  "Content-Disposition: attachment\n\nBEGIN:VCALENDAR\n",
		    FLOW_CALENDARING, RULE_NO },
		{ "Content-Type: text/plain\n\nBEGIN:VCALENDAR\n", FLOW_CALENDARING, RULE_NO },
		{ "Content-Class: rpmsg.message\n\nx\n", FLOW_PERMISSION_CONTROLLED, RULE_YES },
		{ "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
		  "Content-Type: application/x-microsoft-rpmsg-message; name=message.rpmsg\n\nx\n--b--"
		  "\n",
		    FLOW_PERMISSION_CONTROLLED, RULE_YES },
		{ "msip_labels: MSIP_Label_0=x\n\nx\n", FLOW_PERMISSION_CONTROLLED, RULE_UNKNOWN },
		{ "Subject: x\n\nx\n", FLOW_PERMISSION_CONTROLLED, RULE_NO },
		{ "Message-Context: voice-message\n\nx\n", FLOW_VOICEMAIL, RULE_UNKNOWN },
		{ "Message-Context: message\n\nx\n", FLOW_VOICEMAIL, RULE_NO },
		{ "X-MS-Exchange-Organization-Approval-Initiator: x\n\nx\n", FLOW_APPROVAL_REQUEST,
		    RULE_UNKNOWN },
		{ "Subject: please approve\n\nx\n", FLOW_APPROVAL_REQUEST, RULE_NO },
		{ "Content-Type: multipart/report; boundary=b; report-type=disposition-notification"
		  "\n\n--b\n\nx\n--b--\n",
		    FLOW_READ_RECEIPT, RULE_YES },
		{ "Content-Type: multipart/report; boundary=b; report-type=delivery-status"
		  "\n\n--b\n\nx\n--b--\n",
		    FLOW_READ_RECEIPT, RULE_NO },
		{ "Disposition-Notification-To: a@x.test\n\nx\n", FLOW_READ_RECEIPT, RULE_NO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct one o;

		read_text(cases[i].mail, NULL, &o);
		assert_ok(o.err);
		if (o.e.mail.types[cases[i].type] != cases[i].want)
			fail_msg("%s: %s is %d, not %d", cases[i].mail,
			    flow_type_name(cases[i].type), o.e.mail.types[cases[i].type],
			    cases[i].want);
		for (int t = 0; t < FLOW_TYPES; t++)
			assert_true(strlen(o.e.types_why[t]) > 10);
		one_done(&o);
	}
}

/* --- header, sender, recipients --- */

static const struct flow_field *
field(const struct one *o, const char *name)
{
	for (size_t i = 0; i < o->e.mail.field_count; i++)
		if (span_ieq(o->e.mail.fields[i].name, span_str(name)))
			return &o->e.mail.fields[i];
	return NULL;
}

static void
test_header_decoded(void **state)
{
	struct one o;

	(void)state;
	/* RFC 2047 section 8 and folding; a rule sees what a reader sees */
	read_text("Subject: =?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
		  " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=\r\n"
		  "X-SecuDoc:\r\n  =?utf-8?Q?1=2E0?=\r\n token\r\n\r\nx\r\n",
	    NULL, &o);
	assert_ok(o.err);
	assert_span(
	    field(&o, "subject")->value, "If you can read this you understand the example.");
	assert_false(field(&o, "subject")->undecodable);
	assert_span(field(&o, "X-SecuDoc")->value, "1.0 token");
	assert_false(field(&o, "X-SecuDoc")->uncertain);
	one_done(&o);
	/* a word within a word is none for some readers, and Latin-1 as it is for nobody */
	read_text("Subject: foo=?utf-8?q?bar?=\r\nX-A: caf\xE9\r\n\r\nx\r\n", NULL, &o);
	assert_ok(o.err);
	assert_true(field(&o, "Subject")->undecodable);
	assert_true(field(&o, "X-A")->undecodable);
	assert_false(field(&o, "X-A")->tabbed);
	one_done(&o);
	read_text("Subject: foo\r\n\tbar\r\nX-A:\tbar foo\t\r\n\r\nx\r\n", NULL, &o);
	assert_ok(o.err);
	assert_true(field(&o, "Subject")->tabbed);
	assert_false(field(&o, "X-A")->tabbed);
	one_done(&o);
}

static void
test_from(void **state)
{
	static const struct {
		const char *mail, *want;
		bool odd;
	} cases[] = {
		{ "From: Piet <piet@x.test>\n\n", "piet@x.test", false },
		{ "From: \"a@b.test\" <piet@x.test>\n\n", "piet@x.test", false },
		{ "Subject: none\n\n", "", true },
		{ "From: nobody\n\n", "", true },
		{ "From: a@x.test, b@x.test\n\n", "", true },
		{ "From: a@x.test\nFrom: b@x.test\n\n", "a@x.test", true },
		{ "From: a@x.test\nFROM: a@x.test\n\n", "a@x.test", true },
		{ "From: Sales: a@x.test;\n\n", "", true },
		{ "From: \n\n", "", true },
		{ "From: a@x.test (b@y.test)\n\n", "a@x.test", false },
		{ "From: =?utf-8?Q?A=2C_B?= <a@x.test>\nSender: b@x.test\nResent-From: c@x.test\n\n",
		    "a@x.test", false },
	};
	const struct span envelope = SPAN("e@x.test");
	const struct flow_mail_opts said = { .envelope_from = &envelope };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct one o;

		read_text(cases[i].mail, NULL, &o);
		assert_ok(o.err);
		assert_span(o.e.mail.from, cases[i].want);
		assert_int_equal(o.e.mail.from_uncertain, cases[i].odd);
		/* nothing else says what the envelope has */
		assert_int_equal(o.e.mail.envelope_uncertain, cases[i].odd);
		one_done(&o);
		/* what somebody said of the envelope is certain, and says nothing of From */
		read_text(cases[i].mail, &said, &o);
		assert_ok(o.err);
		assert_span(o.e.mail.envelope_from, "e@x.test");
		assert_int_equal(o.e.mail.from_uncertain, cases[i].odd);
		assert_false(o.e.mail.envelope_uncertain);
		one_done(&o);
	}
}

static void
test_recipients(void **state)
{
	struct one o;

	(void)state;
	read_text("From: p@x.test\nTo: A <a@y.test>, rubbish\nCc: B@y.test, a@Y.test\n"
		  "Bcc: c@y.test\nReply-To: d@y.test\n\nx\n",
	    NULL, &o);
	assert_ok(o.err);
	assert_int_equal(o.e.mail.recipient_count, 3);
	assert_span(o.e.mail.recipients[0], "a@y.test");
	assert_span(o.e.mail.recipients[1], "B@y.test");
	assert_span(o.e.mail.recipients[2], "c@y.test");
	assert_int_equal(o.e.unread_recipients, 1);
	one_done(&o);
}

static void
test_options(void **state)
{
	const struct span to[] = { SPAN("z@y.test") }, null = SPAN("");
	struct flow_mail_opts opts = {
		.to = to, .to_count = 1, .envelope_from = &null, .anonymous = true
	};
	struct one o;

	(void)state;
	read_text("From: p@x.test\nTo: a@y.test\n\nx\n", &opts, &o);
	assert_ok(o.err);
	assert_int_equal(o.e.mail.recipient_count, 1);
	assert_span(o.e.mail.recipients[0], "z@y.test");
	assert_span(o.e.mail.from, "p@x.test");
	assert_span(o.e.mail.envelope_from, "");
	assert_int_equal(o.e.mail.authenticated, RULE_NO);
	one_done(&o);
}

static void
test_size(void **state)
{
	static const struct {
		const char *mail;
		uint64_t want;
	} cases[] = {
		{ "From: p@x.test\r\n\r\nx\r\n", 21 },
		{ "From: p@x.test\n\nx\n", 21 }, /* each LF gets its CR on the way */
		{ "From: p@x.test\r\n\nx\n", 21 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct one o;

		read_text(cases[i].mail, NULL, &o);
		assert_ok(o.err);
		assert_int_equal(o.e.mail.size_bytes, cases[i].want);
		one_done(&o);
	}
}

/* --- what cannot be read --- */

static void
test_refused(void **state)
{
	struct one o;

	(void)state;
	/* two boundaries: two readers see two mails */
	read_text("From: p@x.test\nTo: a@y.test\n"
		  "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\nx\n--a--\n",
	    NULL, &o);
	/* the header itself is what is refused, so nothing is known of the mail */
	assert_int_equal(o.err, ERR_SYNTAX);
	one_done(&o);
	read_text("From: p@x.test\nTo: a@y.test\nContent-Type: multipart/mixed; boundary=a\n\n"
		  "--a\nContent-Type: multipart/mixed; boundary=b; boundary=c\n\nx\n--a--\n",
	    NULL, &o);
	assert_ok(o.err);
	assert_int_equal(o.e.refused, ERR_SYNTAX);
	assert_true(o.e.refused_note.len > 10);
	assert_int_equal(o.e.mail.attachment_count, 1);
	assert_int_equal(o.e.mail.attachments[0].kind, FLOW_UNSURE);
	assert_span(o.e.mail.from, "p@x.test");
	assert_int_equal(o.e.mail.types[FLOW_CALENDARING], RULE_UNKNOWN);
	assert_int_equal(o.e.mail.types[FLOW_OOF], RULE_NO);
	one_done(&o);
}

static void
test_no_mail(void **state)
{
	static const char *const cases[] = { "", "\n", "\r\n\r\n", "no header at all\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct one o;

		read_text(cases[i], NULL, &o);
		if (o.err != ERR_SYNTAX)
			fail_msg("\"%s\": %s", cases[i], err_name(o.err));
		one_done(&o);
	}
}

/* Every allocation fails once: an error that says "try again", and nothing is lost. */
static void
test_no_memory(void **state)
{
	static const struct flow_mail_opts none;
	size_t n;

	(void)state;
	for (n = 1;; n++) {
		FILE *in = fopen(CLIENTS "/outlook-classic.eml", "r");
		struct flow_eml e;
		struct arena a;
		enum err err;

		assert_non_null(in);
		/* the two digests of mime/detach, whose memory is taken as given (core/crypto.h) */
		if (n == 4 || n == 5) {
			fclose(in);
			continue;
		}
		arena_init(&a, FLOW_EML_MEMORY);
		alloc_fail_at(n);
		err = flow_mail_read(in, &none, &a, &e);
		bool failed = alloc_failed();
		alloc_fail_at(0);
		arena_done(&a);
		fclose(in);
		if (!failed)
			break;
		if (err != ERR_TEMP)
			fail_msg("allocation %zu: %s: %s", n, err_name(err), err_note());
	}
	assert_true(n > 10);
}

/* --- Python as the judge --- */

struct judge {
	struct one o;
	bool open;
	size_t mails, refused, froms, recipients, unsaid, files;
	size_t at_recipient; /* of o */
	bool said_nothing;   /* Python does not say who gets it */
	size_t at_file;
	char path[1024];
};

static void
judge_close(struct judge *j)
{
	if (!j->open)
		return;
	if (!j->said_nothing && j->at_recipient != j->o.e.mail.recipient_count)
		fail_msg("%s: %zu recipients, the other reader has %zu", j->path,
		    j->o.e.mail.recipient_count, j->at_recipient);
	one_done(&j->o);
	j->open = false;
}

static void
judge_open(struct judge *j, struct span path)
{
	judge_close(j);
	snprintf(j->path, sizeof(j->path), "%.*s", (int)path.len, (const char *)path.p);
	read_stream(fopen(j->path, "r"), NULL, &j->o);
	j->at_recipient = j->at_file = 0;
	j->said_nothing = false;
	j->open = j->o.err == ERR_OK && j->o.e.refused == ERR_OK;
	if (j->open)
		j->mails++;
	else
		one_done(&j->o);
	j->refused += !j->open;
}

static void
judge_from(struct judge *j, struct span address)
{
	if (j->o.e.mail.from_uncertain)
		return; /* ours is stricter, as readers differ: connector/mail_from.h */
	j->froms++;
	if (!span_ieq(j->o.e.mail.from, address))
		fail_msg("%s: from %.*s, the other reader has %.*s", j->path,
		    (int)j->o.e.mail.from.len, (const char *)j->o.e.mail.from.p, (int)address.len,
		    (const char *)address.p);
}

static void
judge_recipient(struct judge *j, struct span address)
{
	const struct flow_mail *m = &j->o.e.mail;

	if (span_eq(address, SPAN("-"))) {
		j->said_nothing = true;
		j->unsaid++;
		return;
	}
	j->recipients++;
	if (j->at_recipient == m->recipient_count ||
	    !span_ieq(m->recipients[j->at_recipient], address))
		fail_msg("%s: recipient %zu is not %.*s", j->path, j->at_recipient,
		    (int)address.len, (const char *)address.p);
	j->at_recipient++;
}

/* What the other reader finds for a file is, in this order, among what we find. */
static void
judge_file(struct judge *j, struct span size)
{
	const struct flow_mail *m = &j->o.e.mail;
	uint64_t want = 0;

	assert_true(span_take_u64(&size, UINT64_MAX, &want));
	while (j->at_file < m->attachment_count && m->attachments[j->at_file].size_bytes != want)
		j->at_file++;
	if (j->at_file == m->attachment_count)
		fail_msg("%s: no file of %llu bytes", j->path, (unsigned long long)want);
	j->at_file++;
	j->files++;
}

static void
judge_line(struct judge *j, struct span line)
{
	struct span rest = span_from(line, 2);

	if (line.p[0] == 'M')
		judge_open(j, rest);
	if (!j->open)
		return;
	if (line.p[0] == 'F')
		judge_from(j, rest);
	if (line.p[0] == 'R')
		judge_recipient(j, rest);
	if (line.p[0] == 'A')
		judge_file(j, rest);
}

static void
judge_folder(const char *folder, struct judge *j)
{
	char command[1024], line[4096];
	FILE *f;

	if (system("python3 -c 'import email' 2>/dev/null") != 0) {
		printf("no python3: skipped\n");
		skip();
	}
	snprintf(command, sizeof(command), "python3 '%s/tests/cli/flow_oracle.py' '%s'", SOURCE_DIR,
	    folder);
	f = popen(command, "r");
	assert_non_null(f);
	memset(j, 0, sizeof(*j));
	while (fgets(line, sizeof(line), f) != NULL) {
		assert_true(strlen(line) > 2);
		judge_line(j, span_trim(span_str(line)));
	}
	judge_close(j);
	assert_int_equal(pclose(f), 0);
	printf("%s: %zu mails (%zu refused), %zu senders, %zu recipients (%zu mails unsaid), %zu "
	       "files\n",
	    folder, j->mails, j->refused, j->froms, j->recipients, j->unsaid, j->files);
}

static void
test_judge_clients(void **state)
{
	struct judge j;

	(void)state;
	judge_folder(CLIENTS, &j);
	assert_true(j.mails >= 20 && j.froms >= 20 && j.recipients >= 20 && j.files >= 10);
	assert_int_equal(j.refused, 0);
}

static void
test_judge_corpus(void **state)
{
	struct judge j;
	FILE *there = fopen(CORPUS_DIR "/SOURCES.md", "r");

	(void)state;
	if (there == NULL) {
		printf("no mail corpus at %s: skipped\n", CORPUS_DIR);
		skip();
	}
	fclose(there);
	judge_folder(CORPUS_DIR, &j);
	assert_true(j.mails > 200 && j.froms > 100 && j.recipients > 100 && j.files > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_list),
		cmocka_unit_test(test_attachments),
		cmocka_unit_test(test_names_and_sizes),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_header_decoded),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_mail),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_judge_clients),
		cmocka_unit_test(test_judge_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
