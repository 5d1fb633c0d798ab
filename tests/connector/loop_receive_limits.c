/*
 * tests/connector/loop_receive_limits.c - bounds of time, number and memory, and the end of the role.
 *
 * Threat S9: slow and many clients; requirement: memory per session is a constant, whatever the mail.
 */
#include "receive_fixture.h"

#include "connector/refusal.h"
#include "core/metrics.h"

#include "support/alloc.h"

#include <sched.h>

static struct receive_fixture fix;

/* The greeting of a fresh connection, which is then closed. */
static const char *
knock(void)
{
	struct conn *c = client_connect(&fix);
	const char *reply = client_reply(c);

	conn_free(&c);
	return reply;
}

static void
wait_for_connections(int64_t wanted)
{
	for (int64_t end = clock_mono_ms() + SOON;
	     metric_value(METRIC_SMTP_CONNECTIONS) != wanted;) {
		assert_true(clock_mono_ms() < end);
		sched_yield();
	}
}

static void
connections(void **state)
{
	struct conn *c[3];

	(void)state;
	fixture_start(&fix, "max_connections = 10\n max_connections_per_address = 3");
	for (size_t i = 0; i < COUNT(c); i++) {
		c[i] = client_connect(&fix);
		assert_reply(client_reply(c[i]), "220 ");
	}
	assert_reply(knock(), "421 4.7.0 Too many connections from your address");
	assert_reply(knock(), "421 4.7.0 ");
	assert_int_equal(count_audit(&fix, 0, "deferred connections-address"), 2);
	assert_reply(client_say(c[1], "QUIT"), "221 ");
	conn_free(&c[1]);
	wait_for_connections(2);
	assert_reply(knock(), "220 ");
	conn_free(&c[0]);
	conn_free(&c[2]);
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

static void
connections_of_all(void **state)
{
	struct conn *c[2];

	(void)state;
	fixture_start(&fix, "max_connections = 2\n max_connections_per_address = 10");
	for (size_t i = 0; i < COUNT(c); i++) {
		c[i] = client_connect(&fix);
		assert_reply(client_reply(c[i]), "220 ");
	}
	assert_reply(knock(), "421 4.3.2 Too many connections;");
	assert_int_equal(count_audit(&fix, 0, "deferred connections"), 1);
	for (size_t i = 0; i < COUNT(c); i++)
		conn_free(&c[i]);
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

static void
recipients(void **state)
{
	struct client c;
	char line[128];

	(void)state;
	fixture_start(&fix, "max_recipients = 100");
	c = client_new(&fix, "exchange");
	assert_reply(client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), "250 ");
	for (int i = 0; i < 100; i++) {
		(void)snprintf(line, sizeof(line), "RCPT TO:<r%d@example.org>", i);
		assert_reply(client_say(c.conn, line), "250 2.1.5 ");
	}
	assert_reply(client_say(c.conn, "RCPT TO:<r100@example.org>"), "452 4.5.3 ");
	assert_int_equal(count_audit(&fix, 0, "deferred recipient-count"), 1);
	assert_reply(
	    client_say(c.conn, "RCPT TO:<R7@EXAMPLE.ORG>"), "250 2.1.5 "); /* is there already */
	static const char mail[] =
	    STAMP HEAD "Message-ID: <many@contoso.example>\r\n\r\nHello.\r\n";
	assert_reply(client_bdat(c.conn, mail, sizeof(mail) - 1, true), "250 2.0.0 Accepted as ");
	client_done(&c);
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

/* Strangers cannot fill the disk with lines about themselves; another word has a bound of its own. */
static void
refusals_are_bounded(void **state)
{
	struct client c;

	(void)state;
	fixture_start(&fix, "");
	c = client_new(&fix, NULL);
	for (unsigned i = 0; i < REFUSAL_PER_HOUR + 30; i++)
		assert_reply(client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), "554 5.7.0 ");
	client_done(&c);
	assert_int_equal(count_audit(&fix, 0, "refused certificate-missing"), REFUSAL_PER_HOUR);
	assert_string_equal(last_audit(&fix, 0), "refusals-omitted certificate-missing");
	assert_int_equal(count_audit(&fix, 0, NULL), REFUSAL_PER_HOUR + 1);
	c = client_new(&fix, "stranger");
	assert_reply(client_say(c.conn, "MAIL FROM:<alice@contoso.example>"), "554 5.7.1 ");
	client_done(&c);
	assert_string_equal(last_audit(&fix, 0), "refused certificate-name");
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

/* Commands that lead nowhere keep no connection for ever. */
static void
idle_talk(void **state)
{
	struct conn *c;
	const char *reply = "250 ";
	int said = 0;

	(void)state;
	fixture_start(&fix, "");
	c = client_connect(&fix);
	assert_reply(client_reply(c), "220 ");
	for (; said < 5000 && strncmp(reply, "250 ", 4) == 0; said++)
		reply = client_say(c, "NOOP");
	assert_in_range(said, 1000, 4000); /* more than any honest client, and not without end */
	/* the last NOOP has its answer, and then the server ends it */
	assert_reply(reply, "421 4.7.0 ");
	assert_int_equal(count_audit(&fix, 0, "deferred too-many-errors"), 1);
	assert_int_equal(count_audit(&fix, 0, NULL), 1);
	conn_free(&c);
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

/* Chunks that bring content lead somewhere, however small they are and however many. */
static void
small_chunks(void **state)
{
	static char mail[6000];
	struct client c;
	int n = snprintf(mail, sizeof(mail), "%s%05000d\r\n",
	    STAMP HEAD "Message-ID: <chunks@contoso.example>\r\n\r\n", 7);

	(void)state;
	fixture_start(&fix, "");
	c = client_new(&fix, "exchange");
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	for (int i = 0; i < n - 1; i++)
		assert_reply(client_bdat(c.conn, mail + i, 1, false), "250 2.0.0 OK 1 octets");
	assert_reply(client_bdat(c.conn, mail + n - 1, 1, true), "250 2.0.0 Accepted as ");
	/* empty ones do not */
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	const char *reply = "250 ";
	for (int i = 0; i < 5000 && strncmp(reply, "250 ", 4) == 0; i++)
		reply = client_bdat(c.conn, "", 0, false);
	assert_reply(reply, "421 4.7.0 ");
	client_done(&c);
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

/* A second is the shortest that can be set; the clock is the system's. */
static void
time_is_up(void **state)
{
	struct client c;
	struct stored s;
	struct conn *plain;

	(void)state;
	fixture_start(&fix, "command_timeout = \"1 s\"\n data_timeout = \"1 s\"");
	plain = client_connect(&fix);
	assert_reply(client_reply(plain), "220 ");
	assert_reply(client_reply(plain), "421 4.4.2 "); /* nothing was said */
	assert_reply(client_reply(plain), "closed");
	conn_free(&plain);
	c = client_new(&fix, "exchange");
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	client_send(c.conn, "BDAT 100 LAST\r\nabc", 18); /* and then nothing */
	assert_reply(client_reply(c.conn), "421 4.4.2 ");
	assert_reply(client_reply(c.conn), "closed");
	client_done(&c);
	c = client_new(&fix, "exchange");
	client_envelope(c.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_say(c.conn, "DATA"), "354 ");
	/* a byte now and then keeps no mail open beyond its time */
	for (int64_t end = clock_mono_ms() + SOON; clock_mono_ms() < end;) {
		struct span reply;

		assert_ok(conn_write(c.conn, SPAN("x")));
		conn_deadline_set(c.conn, clock_mono_ms() + 20);
		if (conn_peek(c.conn, &reply) == ERR_OK)
			break;
	}
	conn_deadline_set(c.conn, clock_mono_ms() + SOON);
	assert_reply(client_reply(c.conn), "421 4.4.2 ");
	client_done(&c);
	assert_int_equal(count_audit(&fix, 0, "deferred mail-incomplete"), 2);
	s = stored_now(&fix);
	assert_int_equal(s.copies, 0);
	assert_int_equal(s.files, 0);
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

static void
drain(void **state)
{
	static const char mail[] =
	    STAMP HEAD "Message-ID: <drain@contoso.example>\r\n\r\nHello.\r\n";
	struct client idle, busy;
	struct conn *shaking; /* is to begin a handshake and does not */

	(void)state;
	fixture_start(&fix, "");
	idle = client_new(&fix, "exchange");
	shaking = client_connect(&fix);
	assert_reply(client_reply(shaking), "220 ");
	assert_reply(client_say(shaking, "EHLO exo.example"), "250-");
	assert_reply(client_say(shaking, "STARTTLS"), "220 ");
	busy = client_new(&fix, "exchange");
	client_envelope(busy.conn, "alice@contoso.example", "bob@example.org");
	assert_reply(client_bdat(busy.conn, mail, 50, false), "250 2.0.0 ");
	fixture_stop_begin(&fix);
	/* who sends nothing is told at once; who is at it may finish, and is told then */
	assert_reply(client_reply(idle.conn), "421 4.3.2 The service is stopping");
	assert_reply(client_reply(idle.conn), "closed");
	assert_reply(client_reply(shaking), "closed");
	conn_free(&shaking);
	assert_reply(
	    client_bdat(busy.conn, mail + 50, sizeof(mail) - 51, true), "250 2.0.0 Accepted as ");
	assert_reply(client_reply(busy.conn), "421 4.3.2 ");
	client_done(&idle);
	client_done(&busy);
	assert_int_equal(stored_now(&fix).copies, 1);
	fixture_done(&fix);
}

/* A mail of size bytes with one attachment, in 1 MiB chunks; the most that was held meanwhile. */
static size_t
peak_of(struct client *c, size_t size, int number)
{
	enum { CHUNK = 1 << 20 };
	static char part[CHUNK];
	char head[2048];
	int n = snprintf(head, sizeof(head), "%sMessage-ID: <size-%d@contoso.example>\r\n%s",
	    STAMP HEAD, number, MIXED);

	for (size_t i = 0; i < CHUNK; i++)
		part[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : (char)('A' + i % 23);
	client_envelope(c->conn, "alice@contoso.example", "bob@example.org");
	alloc_watch();
	assert_reply(client_bdat(c->conn, head, (size_t)n, false), "250 2.0.0 ");
	for (size_t sent = 0; sent < size; sent += CHUNK)
		assert_reply(client_bdat(c->conn, part, CHUNK, false), "250 2.0.0 ");
	assert_reply(client_bdat(c->conn, "--bbb--\r\n", 9, true), "250 2.0.0 Accepted as ");
	return alloc_peak_bytes();
}

static void
flat_memory(void **state)
{
	struct client c;
	size_t small, large;

	(void)state;
	fixture_start(&fix, "");
	c = client_new(&fix, "exchange");
	(void)peak_of(&c, 1u << 20, 0); /* what is made once */
	small = peak_of(&c, 2u << 20, 1);
	large = peak_of(&c, 40u << 20, 2);
	if (large > small + (64u << 10) || large > (512u << 10))
		fail_msg("%zu bytes for 40 MiB, %zu for 2 MiB", large, small);
	client_done(&c);
	fixture_stop_begin(&fix);
	fixture_done(&fix);
}

static void
bad_start(void **state)
{
	(void)state;
	memset(&fix, 0, sizeof(fix));
	tmpdir_make(&fix.dir);
	fixture_certs(&fix);
	fixture_config(&fix, "");
	fix.env = (struct role_env){ .config = fix.config, .stop_fd = -1 };
	/* no keys yet */
	assert_int_equal(receive_run(&fix.env), ERR_NOT_FOUND);
	assert_ok(store_keys_init(fix.config->keys_dir));
	fix.config->smtp_cert = fix.config->smtp_key;
	assert_err(receive_run(&fix.env), ERR_SYNTAX, "server.key");
	config_free(&fix.config);
	cert_free(&fix.ca);
	cert_free(&fix.other_ca);
	tmpdir_done(&fix.dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections),
		cmocka_unit_test(connections_of_all),
		cmocka_unit_test(recipients),
		cmocka_unit_test(small_chunks),
		cmocka_unit_test(refusals_are_bounded),
		cmocka_unit_test(idle_talk),
		cmocka_unit_test(time_is_up),
		cmocka_unit_test(drain),
		cmocka_unit_test(flat_memory),
		cmocka_unit_test(bad_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
