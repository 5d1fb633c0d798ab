/*
 * tests/connector/loop_receive.c - the role receive on real sockets, under TLS, into a real store.
 *
 * What is said: RFC 5321, 3030, 3207, 3461, 1870. What is refused: threats T1 to T3, S1, S3, S4,
 * S9, S10. After each refusal the store is looked at: nothing is left, and the reason is on record.
 */
#include "receive_fixture.h"

#include "connector/marks.h"
#include "connector/trust.h"
#include "core/metrics.h"

static struct receive_fixture fix;

static int
setup(void **state)
{
	(void)state;
	fixture_start(&fix, "max_size = \"1 MiB\"");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_stop_begin(&fix);
	fixture_done(&fix);
	return 0;
}

/* One mail in one chunk on a session of its own; the reply. */
static const char *
send_mail(const char *sender, const char *rcpt, const char *mail, size_t len)
{
	struct client c = client_new(&fix, "exchange");
	const char *reply;

	client_envelope(c.conn, sender, rcpt);
	reply = client_bdat(c.conn, mail, len, true);
	client_done(&c);
	return reply;
}

static void
bdat_into_the_store(void **state)
{
	static const char mail[] =
	    STAMP HEAD "Message-ID: <bdat@contoso.example>\r\n\r\nHello.\r\n";
	struct client c = client_new(&fix, "exchange");
	struct stored before = stored_now(&fix), after;
	const char *reply;
	uint64_t id;
	struct span s;

	(void)state;
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	reply = client_bdat(c.conn, mail, 30, false);
	assert_reply(reply, "250 2.0.0 OK 30 octets received");
	reply = client_bdat(c.conn, mail + 30, sizeof(mail) - 1 - 30, true);
	assert_reply(reply, "250 2.0.0 Accepted as ");
	s = span_from(span_str(reply), strlen("250 2.0.0 Accepted as "));
	assert_true(span_take_u64(&s, INT64_MAX, &id) && s.len == 0);
	after = stored_now(&fix);
	assert_int_equal(after.copies, before.copies + 1);
	assert_int_equal(after.last_verdict, STORE_PASS);
	assert_reply(client_say(c.conn, "QUIT"), "221 2.0.0 ");
	client_done(&c);
}

static void
a_file_is_taken_out(void **state)
{
	enum { SIZE = 300000 };
	static char mail[SIZE + 2000];
	size_t len;
	struct stored before = stored_now(&fix), after;

	(void)state;
	len = (size_t)snprintf(
	    mail, sizeof(mail), "%s", STAMP HEAD "Message-ID: <file@contoso.example>\r\n" MIXED);
	for (size_t i = 0; i < SIZE / 62; i++)
		len += (size_t)snprintf(mail + len, sizeof(mail) - len, "%060zu\r\n", i);
	len += (size_t)snprintf(mail + len, sizeof(mail) - len, "--bbb--\r\n");
	assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail, len),
	    "250 2.0.0 Accepted as ");
	after = stored_now(&fix);
	assert_int_equal(after.copies, before.copies + 1);
	assert_int_equal(after.last_verdict, STORE_SECURE);
	assert_int_equal(after.files, before.files + 1); /* beyond 64 KiB it is a file */
	assert_reply(last_audit(&fix, fix.tenant_id), "link-made ");
}

static void
before_tls(void **state)
{
	struct conn *c = client_connect(&fix);

	(void)state;
	assert_reply(client_reply(c), "220 ");
	assert_reply(client_say(c, "MAIL FROM:<alice@contoso.example>"), "530 5.7.0 ");
	assert_reply(client_say(c, "STARTTLS"), "503 5.5.1 "); /* EHLO comes first */
	assert_reply(client_say(c, "EHLO exo.example"), "250-");
	assert_reply(client_say(c, "MAIL FROM:<alice@contoso.example>"), "530 5.7.0 ");
	assert_reply(client_say(c, "VRFY alice"), "530 5.7.0 ");
	assert_reply(client_say(c, "RSET"), "530 5.7.0 ");
	assert_reply(client_say(c, "NOOP"), "250 2.0.0 ");
	assert_reply(client_say(c, "STARTTLS now"), "501 5.5.4 ");
	assert_reply(
	    client_say(c, "BDAT 6"), "530 5.7.0 "); /* what would follow cannot be trusted */
	assert_reply(client_reply(c), "closed");
	conn_free(&c);
}

static void
starttls_injection(void **state)
{
	struct conn *c = client_connect(&fix);

	(void)state;
	assert_reply(client_reply(c), "220 ");
	assert_reply(client_say(c, "EHLO exo.example"), "250-");
	assert_reply(client_say(c, "STARTTLS\r\nMAIL FROM:<evil@contoso.example>"), "554 5.5.1 ");
	assert_reply(client_reply(c), "closed");
	assert_string_equal(last_audit(&fix, 0), "refused tls-injection");
	conn_free(&c);
}

static void
certificates(void **state)
{
	static const struct {
		const char *cert, *want, *record;
	} cases[] = {
		{ NULL, "554 5.7.0 A TLS client certificate is required here and none was shown",
		    "refused certificate-missing" },
		{ "stranger", "554 5.7.1 The TLS client certificate has none of the names",
		    "refused certificate-name" },
		{ "foreign",
		    "554 5.7.5 The TLS client certificate does not verify: unable to get "
		    "local issuer",
		    "refused certificate-invalid" },
		{ "exchange", "250 2.1.0 ", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct client c = client_new(&fix, cases[i].cert);
		size_t lines = count_audit(&fix, 0, NULL);
		size_t of_it = count_audit(&fix, 0, cases[i].record);

		assert_reply(
		    client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), cases[i].want);
		assert_int_equal(
		    count_audit(&fix, 0, NULL), lines + (cases[i].record != NULL ? 1 : 0));
		if (cases[i].record != NULL)
			assert_int_equal(count_audit(&fix, 0, cases[i].record), of_it + 1);
		if (cases[i].want[0] == '5')
			assert_reply(client_say(c.conn, "RCPT TO:<bob@example.org>"), "503 5.5.1 ");
		client_done(&c);
	}
}

/* What refuses a mail leaves one line in the machine's chain; mistakes of the protocol leave none. */
static void
refusals_on_record(void **state)
{
	static const struct {
		bool after_mail;
		const char *line, *record;
	} cases[] = {
		{ false, "MAIL FROM:<alice@contoso.example> SIZE=1048577", "refused too-large" },
		{ false, "MAIL FROM:<alice@contoso.example> XOORG=a.example",
		    "refused parameter-unknown" },
		{ false, "MAIL FROM:<alice@contoso.example> BODY=BINARYMIME", "refused parameter" },
		{ false, "MAIL FROM:<alice@>", "refused sender-syntax" },
		{ false, "MAIL FROM:<\303\244@contoso.example>", "refused utf8-address" },
		{ true, "RCPT TO:<bob>", "refused recipient-syntax" },
		{ true, "RCPT TO:<bob%example.org@relay.example>", "refused recipient-route" },
		{ false, "MAIL FROM:<alice@contoso.example> SIZE=1048576", NULL },
		{ true, "RCPT TO:<bob@example.org>", NULL },
		{ true, "DATA", NULL },
		{ false, "RCPT TO:<bob@example.org>", NULL },
		{ false, "FROB", NULL },
		{ false, "EHLO (a)", NULL },
		{ false, "MAIL", NULL },
		{ false, "RSET now", NULL },
		{ false, "AUTH LOGIN", NULL },
		{ false, "STARTTLS", NULL },
		{ false, "QUIT", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct client c = client_new(&fix, "exchange");
		size_t lines = count_audit(&fix, 0, NULL), more = cases[i].record != NULL ? 1 : 0;
		const char *reply;

		if (cases[i].after_mail)
			assert_reply(
			    client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), "250 ");
		reply = client_say(c.conn, cases[i].line);
		if (count_audit(&fix, 0, NULL) != lines + more)
			fail_msg("%s: \"%s\", %zu lines more", cases[i].line, reply,
			    count_audit(&fix, 0, NULL) - lines);
		if (more > 0)
			assert_string_equal(last_audit(&fix, 0), cases[i].record);
		client_done(&c);
	}
}

/* A mail that is refused after its content is the pipeline's to put on record, and no one else's. */
static void
refused_once(void **state)
{
	static const char mail[] = HEAD "Message-ID: <once@contoso.example>\r\n\r\nHello.\r\n";
	size_t lines = count_audit(&fix, 0, NULL), theirs = count_audit(&fix, fix.tenant_id, NULL);

	(void)state;
	assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail, sizeof(mail) - 1),
	    "550 5.7.0 ");
	assert_string_equal(last_audit(&fix, 0), "refused tenant-missing");
	assert_int_equal(count_audit(&fix, 0, NULL), lines + 1);
	assert_int_equal(count_audit(&fix, fix.tenant_id, NULL), theirs);
}

/* Each row is one line under TLS after "MAIL FROM:<alice@contoso.example>" or without it. */
static void
grammar_and_order(void **state)
{
	static const struct {
		bool after_mail;
		const char *line, *want;
	} cases[] = {
		{ false, "EHLO", "501 5.5.4 " },
		{ false, "EHLO a b", "501 5.5.4 " },
		{ false, "EHLO [192.0.2.1]", "250-" },
		{ false, "EHLO win_host", "250-" },
		{ false, "EHLO (a)", "501 5.5.4 " },
		{ false, "HELO exo.example", "250 mx.secudoc.example" },
		{ false, "STARTTLS", "503 5.5.1 TLS is active" },
		{ false, "MAIL", "501 5.5.4 " },
		{ false, "MAIL FROM:<alice@contoso.example> SIZE=1048577", "552 5.3.4 " },
		{ false, "MAIL FROM:<alice@contoso.example> SIZE=99999999999999999999",
		    "552 5.3.4 " },
		{ false, "MAIL FROM:<alice@contoso.example> SIZE=1048576", "250 2.1.0 " },
		{ false, "MAIL FROM:<alice@contoso.example> XOORG=contoso.example", "555 5.5.4 " },
		{ false, "MAIL FROM:<alice@contoso.example> BODY=BINARYMIME", "501 5.5.4 " },
		{ false, "MAIL FROM: <alice@contoso.example>", "553 5.1.7 " },
		{ false, "MAIL FROM:<@a.example:alice@contoso.example>", "553 5.7.1 " },
		{ false, "MAIL FROM:<j\xc3\xbcrgen@contoso.example>", "553 5.6.7 " },
		{ false, "MAIL FROM:<j\xc3\xbcrgen@contoso.example> SMTPUTF8", "250 2.1.0 " },
		{ false, "RCPT TO:<bob@example.org>", "503 5.5.1 " },
		{ false, "DATA", "503 5.5.1 " },
		{ false, "VRFY bob", "252 2.5.0 " },
		{ false, "EXPN staff", "502 5.5.1 " },
		{ false, "AUTH PLAIN", "502 5.5.1 " },
		{ false, "FROBNICATE", "500 5.5.1 " },
		{ false, "", "500 5.5.1 " },
		{ false, "NOOP hello", "250 2.0.0 " },
		{ false, "NOOP a\nMAIL FROM:<alice@contoso.example>", "500 5.5.2 " },
		{ true, "MAIL FROM:<alice@contoso.example>", "503 5.5.1 " },
		{ true, "DATA", "503 5.5.1 No recipient" },
		{ true, "RCPT TO:<>", "553 5.1.3 " },
		{ true, "RCPT TO:<postmaster>", "553 5.1.3 " },
		{ true, "RCPT TO:<bob@example.org> NOTIFY=NEVER,FAILURE", "501 5.5.4 " },
		{ true,
		    "RCPT TO:<bob@example.org> NOTIFY=SUCCESS,FAILURE "
		    "ORCPT=rfc822;bob+2B1@example.org",
		    "250 2.1.5 " },
		{ true, "RCPT TO:<bob@example.org> ORCPT=rfc822;bob+0D+0ARCPT", "501 5.5.4 " },
		{ true, "RCPT TO:<bob%other.example@example.org>", "553 5.7.1 " },
		{ true, "RCPT TO:<\"bob@other.example\"@example.org>", "553 5.7.1 " },
		{ true, "RCPT TO:<\"bob smith\"@example.org>", "250 2.1.5 " },
		{ true, "RCPT TO:<other.example!bob@example.org>", "553 5.7.1 " },
		{ true, "RCPT TO:<@a.example:bob@example.org>", "553 5.7.1 " },
		{ true,
		    "RCPT TO:<b\xc3\xb6"
		    "b@example.org>",
		    "553 5.6.7 " },
		{ true, "RSET", "250 2.0.0 " },
		{ true, "RSET x", "501 5.5.4 " },
	};
	struct client c = client_new(&fix, "exchange");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_reply(client_say(c.conn, "EHLO exo.example"), "250-");
		if (cases[i].after_mail)
			assert_reply(
			    client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), "250 2.1.0 ");
		assert_reply(client_say(c.conn, cases[i].line), cases[i].want);
	}
	client_done(&c);
}

/* S1: only CR LF . CR LF ends the mail; the rest is refused, and what is behind it is never run. */
static void
smuggling(void **state)
{
	static const struct {
		const char *end;
		size_t len;
	} cases[] = {
#define END(lit) { lit, sizeof(lit) - 1 }
		END("\n.\n"),
		END("\n.\r\n"),
		END("\r\n.\n"),
		END("\r.\r"),
		END("\r.\r\n"),
		END("\r\n.\rx"),
		END("\n.\r"),
		END("\r.\n"),
		END("\n\n.\r\n"),
		END("\r\r\n.\r\n"),
		END("\0\r\n."),
		END("\r\n.\0\r\n"),
		END("\r\n\0.\r\n"),
		END("\n"),
		END("\r"),
		END("\0"),
#undef END
	};
	static const char head[] = STAMP HEAD "\r\nfirst";
	static const char evil[] =
	    "MAIL FROM:<alice@contoso.example>\r\nRCPT TO:<evil@example.org>\r\nDATA\r\n" STAMP HEAD
	    "\r\nsecond\r\n.\r\nQUIT\r\n";
	struct stored before = stored_now(&fix), after;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct client c = client_new(&fix, "exchange");
		const char *reply;

		client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
		assert_reply(client_say(c.conn, "DATA"), "354 ");
		assert_ok(conn_write(c.conn, span_str(head)));
		assert_ok(conn_write(c.conn, span_of(cases[i].end, cases[i].len)));
		client_send(c.conn, evil, sizeof(evil) - 1);
		reply = client_reply(c.conn);
		assert_reply(reply, "550 5.6.0 ");
		assert_reply(client_reply(c.conn), "closed");
		client_done(&c);
		after = stored_now(&fix);
		assert_int_equal(after.copies, before.copies);
		assert_int_equal(after.files, before.files);
	}
	assert_reply(last_audit(&fix, fix.tenant_id), "refused nul");
}

static void
data_with_dots(void **state)
{
	static const char mail[] = STAMP HEAD "\r\n..\r\n...x\r\n.\r\n";
	struct client c = client_new(&fix, "exchange");
	struct stored before = stored_now(&fix);

	(void)state;
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_say(c.conn, "DATA"), "354 ");
	for (size_t i = 0; i < sizeof(mail) - 1; i++) /* a TLS record for each byte */
		client_send(c.conn, mail + i, 1);
	assert_reply(client_reply(c.conn), "250 2.0.0 Accepted as ");
	assert_int_equal(stored_now(&fix).copies, before.copies + 1);
	assert_reply(client_say(c.conn, "DATA x"), "503 5.5.1 ");
	client_done(&c);
}

/* S3: every row is a whole conversation after the envelope; "<n>" in bytes is what follows BDAT. */
static void
chunks(void **state)
{
	static const char mail[] =
	    STAMP HEAD "Message-ID: <chunks@contoso.example>\r\n\r\nA mail.\r\n";
	struct client c = client_new(&fix, "exchange");
	struct stored before = stored_now(&fix);

	(void)state;
	/* without a transaction: the octets are read over, not run */
	assert_reply(
	    client_bdat(c.conn, "MAIL FROM:<alice@contoso.example>\r\n", 35, false), "503 5.5.1 ");
	assert_reply(client_say(c.conn, "RCPT TO:<bob@example.org>"), "503 5.5.1 ");
	/* without a recipient */
	assert_reply(client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), "250 ");
	assert_reply(client_bdat(c.conn, "NOOP\r\n", 6, true), "503 5.5.1 ");
	assert_reply(client_say(c.conn, "RSET"), "250 ");
	/* BDAT then DATA, MAIL, RCPT; then RSET drops it */
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_bdat(c.conn, mail, sizeof(mail) - 1, false), "250 2.0.0 ");
	assert_reply(client_say(c.conn, "DATA"), "503 5.5.1 ");
	assert_reply(client_say(c.conn, "RCPT TO:<eve@example.org>"), "503 5.5.1 ");
	assert_reply(client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), "503 5.5.1 ");
	assert_reply(client_say(c.conn, "RSET"), "250 2.0.0 ");
	assert_reply(client_say(c.conn, "BDAT 0 LAST"), "503 5.5.1 ");
	assert_int_equal(stored_now(&fix).copies, before.copies);
	/* empty chunks, LAST alone, and LAST twice */
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_say(c.conn, "BDAT 0"), "250 2.0.0 ");
	assert_reply(client_bdat(c.conn, mail, sizeof(mail) - 1, false), "250 2.0.0 ");
	assert_reply(client_say(c.conn, "BDAT 0"), "250 2.0.0 ");
	assert_reply(client_say(c.conn, "bdat 0 last"), "250 2.0.0 Accepted as ");
	assert_reply(client_say(c.conn, "BDAT 0 LAST"), "503 5.5.1 ");
	assert_int_equal(stored_now(&fix).copies, before.copies + 1);
	/* nothing at all is not a mail */
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_say(c.conn, "BDAT 0 LAST"), "550 5.7.0 ");
	assert_int_equal(stored_now(&fix).copies, before.copies + 1);
	client_done(&c);
}

static void
odd_chunk_sizes(void **state)
{
	static const char *const sizes[] = { "", " ", " x", " -1", " +1", " 0x10", " 1.5",
		" 99999999999999999999", " 18446744073709551617 LAST", " 10 LAST LAST", " 10 FIRST",
		" 10LAST", "10" };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct client c = client_new(&fix, "exchange");
		/* "BDAT10" is no command at all, and nothing follows it */
		const char *want = sizes[i][0] == '1' ? "500 5.5.1 " : "501 5.5.4 ";
		char line[64];

		client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
		(void)snprintf(line, sizeof(line), "BDAT%s", sizes[i]);
		assert_reply(client_say(c.conn, line), want);
		if (sizes[i][0] != '1')
			assert_reply(client_reply(c.conn), "closed");
		client_done(&c);
	}
}

static void
pipelined(void **state)
{
	static const char mail[] =
	    STAMP HEAD "Message-ID: <pipe@contoso.example>\r\n\r\nA mail.\r\n";
	struct client c = client_new(&fix, "exchange");
	struct stored before = stored_now(&fix);
	static char all[4096];
	int len;

	(void)state;
	len = snprintf(all, sizeof(all),
	    "MAIL FROM:<alice@contoso.example>\r\nRCPT TO:<bob@example.org>\r\n"
	    "RCPT TO:<BOB@Example.org>\r\nRCPT TO:<x>\r\nBDAT 10\r\n%.10sBDAT %zu "
	    "LAST\r\n%sNOOP\r\n",
	    mail, sizeof(mail) - 11, mail + 10);
	client_send(c.conn, all, (size_t)len);
	assert_reply(client_reply(c.conn), "250 2.1.0 ");
	assert_reply(client_reply(c.conn), "250 2.1.5 ");
	assert_reply(client_reply(c.conn), "250 2.1.5 "); /* the same one: counted once */
	assert_reply(client_reply(c.conn), "553 5.1.3 ");
	assert_reply(client_reply(c.conn), "250 2.0.0 OK 10 ");
	assert_reply(client_reply(c.conn), "250 2.0.0 Accepted as ");
	assert_reply(client_reply(c.conn), "250 2.0.0 OK");
	assert_int_equal(stored_now(&fix).copies, before.copies + 1);
	client_done(&c);
}

static void
too_large(void **state)
{
	static char big[(1u << 20) + 4096];
	struct stored before = stored_now(&fix);
	struct client c = client_new(&fix, "exchange");
	size_t head = (size_t)snprintf(big, sizeof(big), "%s", STAMP HEAD "\r\n");

	(void)state;
	for (size_t i = head; i < sizeof(big); i++)
		big[i] = (i - head) % 72 == 70 ? '\r' : (i - head) % 72 == 71 ? '\n' : 'x';
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_bdat(c.conn, big, (1u << 20) + 1, true), "552 5.3.4 ");
	client_envelope(
	    c.conn, "alice@contoso.example", "bob@example.org"); /* the session goes on */
	assert_reply(client_bdat(c.conn, big, 1u << 19, false), "250 2.0.0 ");
	assert_reply(client_bdat(c.conn, big + (1u << 19), (1u << 19) + 1, true), "552 5.3.4 ");
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_say(c.conn, "DATA"), "354 ");
	client_send(c.conn, big, sizeof(big));
	client_send(c.conn, "\r\n.\r\n", 5);
	assert_reply(client_reply(c.conn), "552 5.3.4 ");
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_say(c.conn, "BDAT 4000000000000 LAST"), "552 5.3.4 ");
	assert_reply(client_reply(c.conn), "closed");
	assert_int_equal(stored_now(&fix).copies, before.copies);
	assert_int_equal(stored_now(&fix).files, before.files);
	client_done(&c);
}

/* T1, T2, T8: whose mail it is. */
static void
trust(void **state)
{
#define ID   "X-MS-Exchange-CrossTenant-Id: " ENTRA "\r\n"
#define SEC  "X-Contoso-Secret: " SECRET "\r\n"
#define FROM "From: alice@contoso.example\r\n"
	static const struct {
		const char *name, *sender, *head, *want, *reason;
		bool machine; /* on record for no tenant */
	} cases[] = {
		{ "no tenant id", "alice@contoso.example", SEC FROM, "550 5.7.0 ", "tenant-missing",
		    true },
		{ "twice the same", "alice@contoso.example", ID SEC ID FROM, "550 5.7.0 ",
		    "tenant-ambiguous", true },
		{ "twice in other case", "alice@contoso.example",
		    ID SEC
		    "x-ms-exchange-crosstenant-ID: 99999999-2222-3333-4444-555555555555\r\n" FROM,
		    "550 5.7.0 ", "tenant-ambiguous", true },
		{ "folded", "alice@contoso.example",
		    "X-MS-Exchange-CrossTenant-Id: 11111111-2222-\r\n"
		    " 3333-4444-555555555555\r\n" SEC FROM,
		    "550 5.7.0 ", "tenant-ambiguous", true },
		{ "a list", "alice@contoso.example",
		    "X-MS-Exchange-CrossTenant-Id: " ENTRA ", " ENTRA "\r\n" SEC FROM, "550 5.7.0 ",
		    "tenant-ambiguous", true },
		{ "empty", "alice@contoso.example", "X-MS-Exchange-CrossTenant-Id:\r\n" SEC FROM,
		    "550 5.7.0 ", "tenant-ambiguous", true },
		{ "unknown", "alice@contoso.example",
		    "X-MS-Exchange-CrossTenant-Id: 99999999-2222-3333-4444-555555555555\r\n" SEC
			FROM,
		    "550 5.7.1 ", "tenant-unknown", true },
		{ "no secret", "alice@contoso.example", ID FROM, "550 5.7.0 ", "secret-missing",
		    false },
		{ "wrong secret", "alice@contoso.example", ID "X-Contoso-Secret: 0123\r\n" FROM,
		    "550 5.7.1 ", "secret-wrong", false },
		{ "secret in other case", "alice@contoso.example",
		    ID "X-Contoso-Secret: 0123456789ABCDEF0123456789ABCDEF\r\n" FROM, "550 5.7.1 ",
		    "secret-wrong", false },
		{ "secret twice", "alice@contoso.example", ID SEC SEC FROM, "550 5.7.0 ",
		    "secret-ambiguous", false },
		{ "secret folded", "alice@contoso.example",
		    ID "X-Contoso-Secret: 0123456789abcdef\r\n"
		       " 0123456789abcdef\r\n" FROM,
		    "550 5.7.0 ", "secret-ambiguous", false },
		{ "foreign sender", "alice@fabrikam.example", ID SEC FROM, "550 5.7.1 ",
		    "sender-domain", false },
		{ "sender of a subdomain", "alice@x.contoso.example", ID SEC FROM, "550 5.7.1 ",
		    "sender-domain", false },
		{ "no From", "alice@contoso.example", ID SEC, "550 5.7.1 ", "from-missing", false },
		{ "two From", "alice@contoso.example", ID SEC FROM FROM, "550 5.7.1 ",
		    "from-ambiguous", false },
		{ "two authors", "alice@contoso.example",
		    ID SEC "From: alice@contoso.example, bob@contoso.example\r\n", "550 5.7.1 ",
		    "from-ambiguous", false },
		{ "foreign author", "alice@contoso.example",
		    ID SEC "From: ceo@fabrikam.example\r\n", "550 5.7.1 ", "from-domain", false },
		{ "foreign author behind our name", "alice@contoso.example",
		    ID SEC "From: \"alice@contoso.example\" <ceo@fabrikam.example>\r\n",
		    "550 5.7.1 ", "from-domain", false },
		{ "foreign author, null sender", "", ID SEC "From: ceo@fabrikam.example\r\n",
		    "550 5.7.1 ", "from-domain", false },
	};
	struct stored before = stored_now(&fix), after;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char mail[1024], reason[64];
		int n = snprintf(
		    mail, sizeof(mail), "%sSubject: x\r\n\r\n%sHello\r\n", cases[i].head, STAMP);
		const char *reply = send_mail(cases[i].sender, "bob@example.org", mail, (size_t)n);

		if (strncmp(reply, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: %s", cases[i].name, reply);
		assert_null(strstr(reply, "0123456789"));
		(void)snprintf(reason, sizeof(reason), "refused %s", cases[i].reason);
		if (strcmp(last_audit(&fix, cases[i].machine ? 0 : fix.tenant_id), reason) != 0)
			fail_msg("%s: %s", cases[i].name,
			    last_audit(&fix, cases[i].machine ? 0 : fix.tenant_id));
		after = stored_now(&fix);
		assert_int_equal(after.copies, before.copies);
		assert_int_equal(after.files, before.files);
	}
}

static void
trusted(void **state)
{
	static const struct {
		const char *name, *sender, *head;
	} cases[] = {
		{ "plain", "alice@contoso.example", ID SEC FROM },
		{ "null sender", "", ID SEC FROM },
		{ "other case", "Alice@Contoso.EXAMPLE", ID SEC "From: ALICE@CONTOSO.EXAMPLE\r\n" },
		{ "names in other case", "alice@contoso.example",
		    "x-ms-exchange-crosstenant-id: " ENTRA "\r\n"
		    "X-CONTOSO-SECRET:" SECRET "\r\nFROM: alice@contoso.example\r\n" },
		{ "display name", "alice@contoso.example",
		    ID SEC "From: \"Alice (Sales)\" =?utf-8?q?=C3=BC?= <alice@contoso.example> (at "
			   "work)\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char mail[1024];
		int n = snprintf(mail, sizeof(mail),
		    "%sMessage-ID: <trusted-%zu@contoso.example>\r\n\r\nHello\r\n", cases[i].head,
		    i);
		const char *reply = send_mail(cases[i].sender, "bob@example.org", mail, (size_t)n);

		if (strncmp(reply, "250 ", 4) != 0)
			fail_msg("%s: %s", cases[i].name, reply);
	}
}

static void
connector_validation(void **state)
{
	static const char mail[] =
	    ID "From: O365ConnectorValidation@contoso.example\r\n"
	       "Subject: Test email for connector validation\r\n\r\nThis test email.\r\n";
	static const char with_file[] = ID FROM MIXED "file\r\n--bbb--\r\n";
	static char large[TRUST_VALIDATION_MAX + 2000];
	struct stored before;
	size_t n;

	(void)state;
	assert_reply(send_mail("", "admin@contoso.example", mail, sizeof(mail) - 1),
	    "250 2.0.0 Accepted as ");
	assert_int_equal(stored_now(&fix).last_verdict, STORE_PASS);
	assert_reply(send_mail("O365ConnectorValidation@contoso.example", "admin2@contoso.example",
			 mail, sizeof(mail) - 1),
	    "250 2.0.0 Accepted as ");
	before = stored_now(&fix);
	assert_reply(send_mail("", "bob@example.org", mail, sizeof(mail) - 1), "550 5.7.0 ");
	assert_reply(
	    send_mail("alice@contoso.example", "admin@contoso.example", mail, sizeof(mail) - 1),
	    "550 5.7.0 ");
	assert_reply(
	    send_mail("", "admin@contoso.example", with_file, sizeof(with_file) - 1), "550 5.7.1 ");
	assert_reply(last_audit(&fix, fix.tenant_id), "refused validation-attachment");
	n = (size_t)snprintf(large, sizeof(large), "%s", mail);
	while (n < TRUST_VALIDATION_MAX)
		n += (size_t)snprintf(large + n, sizeof(large) - n, "%070d\r\n", 0);
	assert_reply(send_mail("", "admin@contoso.example", large, n), "550 5.7.1 ");
	assert_reply(last_audit(&fix, fix.tenant_id), "refused validation-size");
	assert_int_equal(stored_now(&fix).copies, before.copies);
	assert_int_equal(stored_now(&fix).files, before.files);
	/* and not for ever */
	const char *reply = "250 ";
	for (unsigned i = 0; i <= TRUST_VALIDATION_PER_HOUR && reply[0] == '2'; i++) {
		char one[512];
		int len =
		    snprintf(one, sizeof(one), "Message-ID: <v%u@contoso.example>\r\n%s", i, mail);

		reply = send_mail("", "admin@contoso.example", one, (size_t)len);
	}
	assert_reply(reply, "450 4.7.1 ");
}

static void
repeats(void **state)
{
	static const char mail[] =
	    STAMP HEAD "X-MS-Exchange-CrossTenant-Network-Message-Id: repeat-1\r\n\r\nOnce.\r\n";
	static const char other[] = STAMP HEAD
	    "X-MS-Exchange-CrossTenant-Network-Message-Id: repeat-1\r\n\r\nOther content.\r\n";
	struct stored before = stored_now(&fix);
	struct client c;

	(void)state;
	assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail, sizeof(mail) - 1),
	    "250 2.0.0 Accepted as ");
	assert_int_equal(stored_now(&fix).copies, before.copies + 1);
	assert_reply(send_mail("alice@contoso.example", "BOB@example.org", mail, sizeof(mail) - 1),
	    "250 2.0.0 Accepted before");
	assert_int_equal(stored_now(&fix).copies, before.copies + 1);
	/* Exchange splits a mail into envelopes, also one from <>: the one who is new is work */
	c = client_new(&fix, "exchange");
	client_envelope(c.conn, "", "bob@example.org");
	assert_reply(client_say(c.conn, "RCPT TO:<carol@example.org>"), "250 ");
	assert_reply(client_bdat(c.conn, mail, sizeof(mail) - 1, true), "250 2.0.0 Accepted as ");
	client_done(&c);
	assert_int_equal(stored_now(&fix).copies, before.copies + 2);
	assert_reply(
	    send_mail("alice@contoso.example", "bob@example.org", other, sizeof(other) - 1),
	    "250 2.0.0 Accepted as ");
	assert_int_equal(stored_now(&fix).copies, before.copies + 3);
}

/* The mail of copy_id as it comes back, with a mark made as deliver makes it. */
static size_t
returned(char *out, size_t size, int64_t copy_id, const char *message_id, const char *body)
{
	CLEANUP(buf_done) struct buf value;
	struct mark m = { .copy_id = copy_id, .made_ms = clock_now_ms() };
	uint8_t key[STORE_KEY_SIZE];

	buf_init(&value, 400);
	store_key_derive(fix.admin, "mark", fix.tenant_id, key);
	assert_ok(mark_put(key, ENTRA, &m, span_str(message_id), &value));
	return (size_t)snprintf(out, size, "%s" MARK_FIELD ": %s\r\nMessage-ID: %s\r\n%s",
	    STAMP HEAD, buf_cstr(&value), message_id, body);
}

static void
marks(void **state)
{
	static const char first[] =
	    STAMP HEAD "Message-ID: <m1@contoso.example>\r\nX-SecuDoc-Enabled: 0\r\n" MIXED
		       "%01500d\r\n--bbb--\r\n";
	static char mail[8192], body[4096];
	struct stored s;
	int64_t copy_id, second_copy;
	size_t n;

	(void)state;
	n = (size_t)snprintf(mail, sizeof(mail), first, 7);
	assert_reply(send_mail("alice@contoso.example", "marks@example.org", mail, n),
	    "250 2.0.0 Accepted as ");
	s = stored_now(&fix);
	assert_int_equal(s.last_verdict, STORE_PASS);
	copy_id = s.last_copy;
	/* the switch is gone, the mark says that it passed before */
	(void)snprintf(body, sizeof(body), MIXED "%01500d\r\n--bbb--\r\n", 7);
	n = returned(mail, sizeof(mail), copy_id, "<m1@contoso.example>", body);
	assert_reply(send_mail("alice@contoso.example", "marks@example.org", mail, n),
	    "250 2.0.0 Accepted as ");
	s = stored_now(&fix);
	assert_int_equal(s.last_verdict, STORE_PASS);
	second_copy = s.last_copy;
	assert_int_not_equal(second_copy, copy_id);
	/* the copy of a mail that was a return must not come back */
	n = returned(mail, sizeof(mail), second_copy, "<m1@contoso.example>", body);
	assert_reply(
	    send_mail("alice@contoso.example", "marks@example.org", mail, n), "554 5.4.6 ");
	assert_reply(last_audit(&fix, fix.tenant_id), "refused loop");
	assert_int_equal(stored_now(&fix).copies, s.copies);
	/* the mark on another mail counts for nothing: secured */
	n = returned(mail, sizeof(mail), copy_id, "<m1@contoso.example>", body);
	strstr(mail, "<m1@contoso.example>")[2] = '2';
	int64_t invalid = metric_value(METRIC_MARK_INVALID);
	assert_reply(send_mail("alice@contoso.example", "carol@example.org", mail, n),
	    "250 2.0.0 Accepted as ");
	assert_int_equal(stored_now(&fix).last_verdict, STORE_SECURE);
	assert_int_equal(metric_value(METRIC_MARK_INVALID), invalid + 1);
	/* nor does one that is longer than any of ours, and it refuses nothing */
	n = (size_t)snprintf(mail, sizeof(mail),
	    STAMP HEAD MARK_FIELD ": v1; %0900d\r\n %0900d\r\n %0900d\r\n\r\nHello.\r\n", 0, 0, 0);
	assert_reply(send_mail("alice@contoso.example", "carol@example.org", mail, n),
	    "250 2.0.0 Accepted as ");
	assert_int_equal(metric_value(METRIC_MARK_INVALID), invalid + 2);
}

/* A mail that comes back for bob again, and for carol for the first time; params of bob's RCPT. */
static const char *
come_back(const char *sender, const char *params, int64_t copy_id, const char *id, const char *body)
{
	static char mail[8192];
	struct client c = client_new(&fix, "exchange");
	char line[256];
	const char *reply;
	size_t n = returned(mail, sizeof(mail), copy_id, id, body);

	(void)snprintf(line, sizeof(line), "MAIL FROM:<%s>", sender);
	assert_reply(client_say(c.conn, line), "250 2.1.0 ");
	(void)snprintf(line, sizeof(line), "RCPT TO:<bob@example.org>%s", params);
	assert_reply(client_say(c.conn, line), "250 2.1.5 ");
	assert_reply(client_say(c.conn, "RCPT TO:<carol@example.org>"), "250 2.1.5 ");
	reply = client_bdat(c.conn, mail, n, true);
	client_done(&c);
	return reply;
}

static void
assert_is_notice(int64_t copy_id, const char *to)
{
	struct store_queue_detail d;
	struct arena a;

	arena_init(&a, 1u << 20);
	assert_ok(store_queue_show(fix.admin, copy_id, &a, &d));
	assert_int_equal(d.row.origin, STORE_FROM_NOTICE);
	assert_int_equal(d.facts.sender.len, 0);
	assert_int_equal(d.rcpt_count, 1);
	assert_span(d.rcpts[0].address, to);
	arena_done(&a);
}

/* Stopped for one recipient of several: the sender is told, once; automatic senders are not. */
static void
second_return_of_some(void **state)
{
	static const struct {
		const char *sender, *params, *fields;
		bool told;
	} cases[] = {
		{ "alice@contoso.example", "", "", true },
		{ "alice@contoso.example", " NOTIFY=FAILURE", "Auto-Submitted: no\r\n", true },
		{ "alice@contoso.example", " NOTIFY=NEVER", "", false },
		{ "alice@contoso.example", "", "Auto-Submitted: auto-replied\r\n", false },
		{ "alice@contoso.example", "", "Precedence: bulk\r\n", false },
		{ "", "", "", false },
	};
	static char mail[8192], body[1024], id[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stored s;
		int64_t copy_id;
		size_t n;

		(void)snprintf(id, sizeof(id), "<again%zu@contoso.example>", i);
		n = (size_t)snprintf(
		    mail, sizeof(mail), STAMP HEAD "Message-ID: %s\r\n\r\none\r\n", id);
		assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail, n),
		    "250 2.0.0 Accepted as ");
		copy_id = stored_now(&fix).last_copy;
		n = returned(mail, sizeof(mail), copy_id, id, "\r\ntwo\r\n");
		assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail, n),
		    "250 2.0.0 Accepted as ");
		s = stored_now(&fix);
		(void)snprintf(body, sizeof(body), "%s\r\nthree\r\n", cases[i].fields);
		assert_reply(come_back(cases[i].sender, cases[i].params, copy_id, id, body),
		    "250 2.0.0 Accepted");
		assert_int_equal(stored_now(&fix).copies, s.copies + 1 + cases[i].told);
		if (cases[i].told)
			assert_is_notice(stored_now(&fix).last_copy, "alice@contoso.example");
		/* Exchange did not hear the answer: carol has it, bob is stopped, nobody is told again */
		assert_reply(
		    come_back(cases[i].sender, cases[i].params, copy_id, id, body), "250 ");
		assert_int_equal(stored_now(&fix).copies, s.copies + 1 + cases[i].told);
		/* all of them again: Exchange tells the sender, each time it asks */
		n = returned(mail, sizeof(mail), copy_id, id, "\r\nfour\r\n");
		for (int again = 0; again < 2; again++)
			assert_reply(
			    send_mail(cases[i].sender, "bob@example.org", mail, n), "554 5.4.6 ");
		assert_int_equal(stored_now(&fix).copies, s.copies + 1 + cases[i].told);
	}
}

static void
ambiguous_mail(void **state)
{
	static const struct {
		const char *name, *mail, *want;
	} cases[] = {
		{ "two Content-Type",
		    STAMP HEAD "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx\r\n",
		    "550 5.6.0 " },
		{ "LF in the header", STAMP HEAD "X-A: 1\nX-B: 2\r\n\r\nx\r\n", "550 5.6.0 " },
		{ "a header line without colon", STAMP HEAD "nonsense\r\n\r\nx\r\n", "550 5.6.0 " },
	};
	struct stored before = stored_now(&fix);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *reply = send_mail("alice@contoso.example", "bob@example.org",
		    cases[i].mail, strlen(cases[i].mail));

		if (strncmp(reply, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: %s", cases[i].name, reply);
	}
	assert_int_equal(stored_now(&fix).copies, before.copies);
	assert_int_equal(stored_now(&fix).files, before.files);
}

static void
endless_header(void **state)
{
	static char mail[400000];
	struct stored before = stored_now(&fix);
	size_t n = (size_t)snprintf(mail, sizeof(mail), "%s", STAMP HEAD);

	(void)state;
	while (n < 300000)
		n += (size_t)snprintf(mail + n, sizeof(mail) - n, "X-%zu: %0900d\r\n", n, 0);
	n += (size_t)snprintf(mail + n, sizeof(mail) - n, "\r\nx\r\n");
	assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail, n), "554 5.6.0 ");
	assert_reply(last_audit(&fix, 0), "refused mime-limit");
	assert_int_equal(stored_now(&fix).copies, before.copies);
	assert_int_equal(stored_now(&fix).files, before.files);
}

static void
hops(void **state)
{
	static char mail[8192];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 51; i++)
		n += (size_t)snprintf(
		    mail + n, sizeof(mail) - n, "Received: from a by b; today\r\n");
	n += (size_t)snprintf(mail + n, sizeof(mail) - n, "%s", STAMP HEAD "\r\nx\r\n");
	assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail, n), "554 5.4.6 ");
	n -= strlen("Received: from a by b; today\r\n");
	assert_reply(send_mail("alice@contoso.example", "bob@example.org", mail + 30, n), "250 ");
}

/*
 * Commands in every order (T3): a walk of random steps, and beside it the smallest model of RFC 5321 section
 * 4.1.4 and RFC 3030 that says which may succeed. The seed is fixed, so a failure can be had again.
 */
enum walk_state { WALK_READY, WALK_MAIL, WALK_RCPT, WALK_BDAT };

static const char walk_mail[] = STAMP HEAD "\r\nA mail.\r\n";

static const char *
walk_data(struct conn *c, const char *reply)
{
	if (strncmp(reply, "354", 3) != 0)
		return reply;
	client_send(c, walk_mail, sizeof(walk_mail) - 1);
	client_send(c, ".\r\n", 3);
	return client_reply(c);
}

static const char *
walk_step(struct conn *c, unsigned what)
{
	static const char *const lines[] = { "EHLO a.example", "RSET", "NOOP",
		"MAIL FROM:<alice@contoso.example>", "MAIL FROM:<alice>",
		"RCPT TO:<bob@example.org>", "RCPT TO:<bob>", "DATA" };

	if (what == 8 || what == 9)
		return client_bdat(c, walk_mail, sizeof(walk_mail) - 1, what == 9);
	if (what == 10)
		return client_say(c, "BDAT 0");
	return walk_data(c, client_say(c, lines[what]));
}

/* The first digit of the reply, and the state behind it. */
static char
walk_model(enum walk_state *state, bool *begun, unsigned what)
{
	bool in_mail = *state == WALK_RCPT || *state == WALK_BDAT;
	bool was_begun = *begun;

	switch (what) {
	case 0:
	case 1:
		*state = WALK_READY;
		*begun = false;
		return '2';
	case 2:
		return '2';
	case 3:
		if (*state != WALK_READY)
			return '5';
		*state = WALK_MAIL;
		return '2';
	case 5:
		if (*state != WALK_MAIL && *state != WALK_RCPT)
			return '5';
		*state = WALK_RCPT;
		return '2';
	case 7:
		if (*state != WALK_RCPT)
			return '5';
		*state = WALK_READY;
		return '2';
	case 8:
	case 9:
	case 10:
		if (!in_mail)
			return '5';
		*state = what == 9 ? WALK_READY : WALK_BDAT;
		*begun = what != 9 && (was_begun || what == 8);
		return '2';
	default:
		return '5';
	}
}

static void
every_order(void **state)
{
	struct client c = client_new(&fix, "exchange");
	enum walk_state at = WALK_READY;
	bool begun = false;
	uint32_t seed = 20261121;
	char trace[2000] = "";

	(void)state;
	for (int i = 0; i < 600; i++) {
		seed = seed * 1664525u + 1013904223u;
		unsigned what = (seed >> 16) % 11;
		enum walk_state before = at;
		char want = walk_model(&at, &begun, what);
		const char *got = walk_step(c.conn, what);

		(void)snprintf(trace + i * 3, sizeof(trace) - (size_t)i * 3, "%2u ", what);
		if (got[0] != want)
			fail_msg(
			    "%s in state %d: \"%s\", wanted %c..", trace, (int)before, got, want);
	}
	client_done(&c);
}

static void
cut_off(void **state)
{
	static char mail[200000];
	struct stored before = stored_now(&fix);
	size_t n = (size_t)snprintf(mail, sizeof(mail), "%s", STAMP HEAD MIXED);
	size_t lines = count_audit(&fix, 0, "deferred mail-incomplete");

	(void)state;
	for (size_t i = n; i < sizeof(mail); i++)
		mail[i] = (i - n) % 72 == 70 ? '\r' : (i - n) % 72 == 71 ? '\n' : 'A';
	for (int how = 0; how < 2; how++) {
		struct client c = client_new(&fix, "exchange");

		client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
		if (how == 0)
			assert_ok(conn_write(c.conn, SPAN("BDAT 300000 LAST\r\n")));
		else
			assert_reply(client_say(c.conn, "DATA"), "354 ");
		client_send(c.conn, mail, sizeof(mail));
		client_done(&c);
	}
	/* until the server has seen both ends */
	for (int64_t end = clock_mono_ms() + SOON; metric_value(METRIC_SMTP_CONNECTIONS) > 0;) {
		assert_true(clock_mono_ms() < end);
		sched_yield();
	}
	assert_int_equal(stored_now(&fix).copies, before.copies);
	assert_int_equal(stored_now(&fix).files, before.files);
	assert_int_equal(count_audit(&fix, 0, "deferred mail-incomplete"), lines + 2);
}

static void *
many(void *arg)
{
	struct client c = client_new(&fix, "exchange");
	int thread = *(int *)arg;

	for (int i = 0; i < 10; i++) {
		char mail[2048];
		int n = snprintf(mail, sizeof(mail),
		    "%sMessage-ID: <t%d-%d@contoso.example>\r\n%s%01200d\r\n--bbb--\r\n",
		    STAMP HEAD, thread, i, MIXED, i);

		client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
		assert_reply(client_bdat(c.conn, mail, (size_t)n, true), "250 2.0.0 Accepted as ");
	}
	client_done(&c);
	return NULL;
}

static void
at_the_same_time(void **state)
{
	struct stored before = stored_now(&fix);
	pthread_t threads[8];
	int numbers[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, many, &numbers[i]), 0);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(stored_now(&fix).copies, before.copies + 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bdat_into_the_store),
		cmocka_unit_test(a_file_is_taken_out),
		cmocka_unit_test(before_tls),
		cmocka_unit_test(starttls_injection),
		cmocka_unit_test(certificates),
		cmocka_unit_test(refusals_on_record),
		cmocka_unit_test(refused_once),
		cmocka_unit_test(grammar_and_order),
		cmocka_unit_test(smuggling),
		cmocka_unit_test(data_with_dots),
		cmocka_unit_test(chunks),
		cmocka_unit_test(odd_chunk_sizes),
		cmocka_unit_test(pipelined),
		cmocka_unit_test(too_large),
		cmocka_unit_test(trust),
		cmocka_unit_test(trusted),
		cmocka_unit_test(connector_validation),
		cmocka_unit_test(repeats),
		cmocka_unit_test(marks),
		cmocka_unit_test(second_return_of_some),
		cmocka_unit_test(ambiguous_mail),
		cmocka_unit_test(endless_header),
		cmocka_unit_test(hops),
		cmocka_unit_test(every_order),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(at_the_same_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
