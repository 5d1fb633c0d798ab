/*
 * tests/net/loop_conn.c - real sockets: lines, deadlines, STARTTLS in place, certificates, ends.
 *
 * The other side is OpenSSL's own API or plain system calls in a thread, so that our code does not
 * test itself; where both sides are ours, the facts that each sees are compared.
 */
#include "net/conn.h"

#include "core/clock.h"
#include "net/listen.h"

#include "support/certs.h"
#include "support/unit.h"

#include <openssl/ssl.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOON 20000 /* ms: generous, nothing waits that long when all is well */

static struct fixture {
	struct tmpdir dir;
	struct cert *ca, *other_ca, *server;
	struct tls_ctx *server_ctx;
} fix;

static const char *
in_dir(const char *name)
{
	static char path[16][2 * TMPDIR_PATH_MAX];
	static unsigned next;

	return tmpdir_join(&fix.dir, name, path[next++ % 16]);
}

static int
setup(void **state)
{
	(void)state;
	tmpdir_make(&fix.dir);
	fix.ca = cert_make(&(struct cert_spec){ .name = "Test CA", .ca = true });
	fix.other_ca = cert_make(&(struct cert_spec){ .name = "Other CA", .ca = true });
	fix.server = cert_make(&(struct cert_spec){ .issuer = fix.ca,
	    .name = "mx.example.net",
	    .dns = { "mx.example.net" },
	    .usage = CERT_SERVER });
	cert_save(fix.server, &fix.dir, "server");
	cert_save_ca(fix.ca, &fix.dir, "ca");
	cert_save_ca(fix.other_ca, &fix.dir, "other-ca");
	struct tls_server_opts opts = { in_dir("server.pem"), in_dir("server.key"),
		in_dir("ca.pem") };
	assert_ok(tls_server_new(&opts, &fix.server_ctx));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tls_ctx_free(&fix.server_ctx);
	cert_free(&fix.server);
	cert_free(&fix.ca);
	cert_free(&fix.other_ca);
	tmpdir_done(&fix.dir);
	return 0;
}

/* A connected pair: ours, and a bare socket. */
static struct conn *
pair(int *ret_other)
{
	struct conn *c;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_ok(conn_new(fds[0], &c));
	conn_deadline_set(c, clock_mono_ms() + SOON);
	*ret_other = fds[1];
	return c;
}

static void
feed(int fd, const char *bytes, size_t len)
{
	assert_int_equal(write(fd, bytes, len), len);
}
#define FEED(fd, lit) feed(fd, lit, sizeof(lit) - 1)

static void
lines(void **state)
{
	struct span s;
	int other;
	struct conn *c = pair(&other);

	(void)state;
	FEED(other, "one\r\n\r\nthree \t\r\nab");
	assert_ok(conn_read_line(c, 10, &s));
	assert_span(s, "one");
	assert_ok(conn_read_line(c, 10, &s));
	assert_span(s, "");
	assert_ok(conn_read_line(c, 10, &s));
	assert_span(s, "three \t");
	FEED(other, "c\r");
	FEED(other, "\nrest");
	assert_ok(conn_read_line(c, 3, &s));
	assert_span(s, "abc");
	assert_int_equal(conn_buffered(c), 4);
	assert_ok(conn_peek(c, &s));
	assert_span(s, "rest");
	conn_consume(c, 4);
	close(other);
	assert_int_equal(conn_read_line(c, 10, &s), ERR_NOT_FOUND);
	assert_int_equal(conn_peek(c, &s), ERR_NOT_FOUND); /* and stays so */
	conn_free(&c);
	assert_null(c);
}

static void
odd_lines(void **state)
{
	static const struct {
		const char *name, *in;
		size_t len;
		enum err want;
	} cases[] = {
		{ "LF alone joins two", "a\nb\r\n", 5, ERR_SYNTAX },
		{ "CR alone", "a\rb\r\n", 5, ERR_SYNTAX },
		{ "CR before CRLF", "a\r\r\n", 4, ERR_SYNTAX },
		{ "NUL", "a\0b\r\n", 5, ERR_SYNTAX },
		{ "one too long", "12345678901\r\n", 13, ERR_LIMIT },
		{ "much too long", "123456789012345678901234567890\r\n", 32, ERR_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span s;
		int other;
		struct conn *c = pair(&other);

		feed(other, cases[i].in, cases[i].len);
		FEED(other, "next\r\n");
		if (conn_read_line(c, 10, &s) != cases[i].want)
			fail_msg("%s", cases[i].name);
		assert_ok(conn_read_line(c, 10, &s));
		assert_span(s, "next");
		close(other);
		conn_free(&c);
	}
}

/* Lines far beyond the buffer are passed over in constant memory, with the CRLF across its edge
 * too. */
static void
endless_line(void **state)
{
	static char big[CONN_BUFFER + 64];
	struct span s;

	(void)state;
	memset(big, 'x', sizeof(big));
	for (size_t len = CONN_BUFFER - 4; len < CONN_BUFFER + 4; len++) {
		int other;
		struct conn *c = pair(&other);

		feed(other, big, len);
		FEED(other, "\r\nnext\r\n");
		assert_int_equal(conn_read_line(c, 100, &s), ERR_LIMIT);
		assert_ok(conn_read_line(c, 100, &s));
		assert_span(s, "next");
		close(other);
		conn_free(&c);
	}
}

static void *
feed_for_ever(void *arg)
{
	static char big[CONN_BUFFER];
	int fd = *(int *)arg;

	memset(big, 'x', sizeof(big));
	while (send(fd, big, sizeof(big), MSG_NOSIGNAL) > 0)
		;
	return NULL;
}

static void
no_end_at_all(void **state)
{
	struct span s;
	int other;
	struct conn *c = pair(&other);
	pthread_t feeder;

	(void)state;
	assert_int_equal(pthread_create(&feeder, NULL, feed_for_ever, &other), 0);
	assert_int_equal(conn_read_line(c, 100, &s), ERR_TEMP);
	assert_false(conn_timed_out(c));
	conn_free(&c);
	pthread_join(feeder, NULL);
	close(other);
}

static void
deadline_and_interrupt(void **state)
{
	struct span s;
	int other, stop[2];
	struct conn *c = pair(&other);

	(void)state;
	assert_int_equal(pipe(stop), 0);
	conn_deadline_set(c, clock_mono_ms() + 30);
	assert_int_equal(conn_read_line(c, 10, &s), ERR_TEMP);
	assert_true(conn_timed_out(c));
	assert_false(conn_interrupted(c));
	conn_deadline_set(c, clock_mono_ms() + SOON);
	conn_interrupt_set(c, stop[0]);
	FEED(stop[1], "x");
	assert_int_equal(conn_read_line(c, 10, &s), ERR_TEMP);
	assert_true(conn_interrupted(c));
	assert_false(conn_timed_out(c));
	FEED(other, "still\r\n"); /* what is there is read all the same */
	assert_ok(conn_read_line(c, 10, &s));
	assert_span(s, "still");
	close(stop[0]);
	close(stop[1]);
	close(other);
	conn_free(&c);
}

static void
broken_pipe(void **state)
{
	static const char big[100000];
	int other;
	struct conn *c = pair(&other);
	enum err err = ERR_OK;

	(void)state;
	close(other);
	for (int i = 0; i < 10 && err == ERR_OK; i++)
		err = conn_write(c, span_of(big, sizeof(big)));
	assert_int_equal(err, ERR_TEMP); /* and the process still stands */
	conn_free(&c);
}

static void
alive(void **state)
{
	int other;
	struct conn *c = pair(&other);

	(void)state;
	assert_true(conn_alive(c));
	FEED(other, "421 bye\r\n");
	assert_false(conn_alive(c));
	conn_free(&c);
	close(other);
	c = pair(&other);
	close(other);
	assert_false(conn_alive(c));
	conn_free(&c);
}

/* --- TLS -----------------------------------------------------------------------------------------
 */

struct peer {
	int fd;
	SSL_CTX *ctx;
	const char *send; /* after the handshake */
	bool end;         /* with close_notify */
	bool clear_after; /* and then bytes in the clear */
	int rc;
	long verify;
};

static void *
client_thread(void *arg)
{
	struct peer *p = arg;
	SSL *ssl = SSL_new(p->ctx);
	char buf[64];
	sigset_t pipe_signal;

	/* OpenSSL's own socket code raises it; only ours must not, so it stays on elsewhere */
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	SSL_set_fd(ssl, p->fd);
	p->rc = SSL_connect(ssl);
	if (p->rc == 1 && p->send != NULL)
		SSL_write(ssl, p->send, (int)strlen(p->send));
	if (p->rc == 1 && p->end)
		SSL_shutdown(ssl);
	if (p->clear_after)
		(void)!write(p->fd, "NOOP\r\n", 6);
	if (p->rc == 1 && !p->end)
		(void)SSL_read(ssl, buf, sizeof(buf));
	SSL_free(ssl);
	close(p->fd);
	return NULL;
}

static SSL_CTX *
client_ctx(const struct cert *cert, int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	if (version < TLS1_2_VERSION)
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
	if (cert != NULL) {
		cert_save(cert, &fix.dir, "client");
		assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, in_dir("client.pem")), 1);
		assert_int_equal(
		    SSL_CTX_use_PrivateKey_file(ctx, in_dir("client.key"), SSL_FILETYPE_PEM), 1);
	}
	return ctx;
}

/* Our server against OpenSSL as client; *ret_facts is a copy, names included up to the first. */
static enum err
server_meets(struct peer *p, struct conn **ret)
{
	struct conn *c = pair(&p->fd);
	pthread_t thread;
	enum err err;

	assert_int_equal(pthread_create(&thread, NULL, client_thread, p), 0);
	err = conn_starttls_server(c, fix.server_ctx);
	*ret = c;
	if (err != ERR_OK || !p->end)
		conn_free(ret);
	pthread_join(thread, NULL);
	return err;
}

static const struct {
	const char *name;
	struct cert_spec spec;
	bool other_ca; /* signed by the one that is not trusted */
	enum tls_cert want;
	const char *rule; /* matched, or not, by the name */
	bool matches;
	const char *problem;
} certificates[] = {
	{ "client purpose",
	    { .name = "x", .dns = { "mail.protection.outlook.com" }, .usage = CERT_CLIENT }, false,
	    TLS_CERT_GOOD, "mail.protection.outlook.com", true, "" },
	{ "server purpose",
	    { .name = "x", .dns = { "mail.protection.outlook.com" }, .usage = CERT_SERVER }, false,
	    TLS_CERT_GOOD, "mail.protection.outlook.com", true, "" },
	{ "no purpose", { .name = "x", .dns = { "mail.protection.outlook.com" } }, false,
	    TLS_CERT_GOOD, "mail.protection.outlook.com", true, "" },
	{ "second name", { .name = "x", .dns = { "a.example", "b.example" } }, false, TLS_CERT_GOOD,
	    "b.example", true, "" },
	{ "other name", { .name = "x", .dns = { "a.example" } }, false, TLS_CERT_GOOD, "b.example",
	    false, "" },
	{ "common name", { .name = "a.example" }, false, TLS_CERT_GOOD, "a.example", true, "" },
	{ "common name beside names", { .name = "a.example", .dns = { "b.example" } }, false,
	    TLS_CERT_GOOD, "a.example", false, "" },
	{ "common name of words", { .name = "Some Company" }, false, TLS_CERT_GOOD, "a.example",
	    false, "" },
	{ "own root", { .name = "a.example", .dns = { "a.example" } }, true, TLS_CERT_BAD,
	    "a.example", false, "issuer" },
	{ "expired",
	    { .name = "a.example", .dns = { "a.example" }, .from_s = -7200, .until_s = -3600 },
	    false, TLS_CERT_BAD, "a.example", false, "expired" },
	{ "not yet",
	    { .name = "a.example", .dns = { "a.example" }, .from_s = 3600, .until_s = 7200 }, false,
	    TLS_CERT_BAD, "a.example", false, "not yet" },
};

static void
client_certificates(void **state)
{
	const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(certificates); i++) {
		struct cert_spec spec = certificates[i / 2].spec;
		struct peer p = { .end = true };
		const struct tls_facts *f;
		struct conn *c;
		struct cert *cert;

		spec.issuer = certificates[i / 2].other_ca ? fix.other_ca : fix.ca;
		cert = cert_make(&spec);
		p.ctx = client_ctx(cert, versions[i % 2]);
		assert_ok(server_meets(&p, &c));
		f = conn_tls(c);
		assert_non_null(f);
		if (f->cert != certificates[i / 2].want ||
		    strstr(f->problem, certificates[i / 2].problem) == NULL ||
		    tls_name_matches(f, span_str(certificates[i / 2].rule)) !=
			certificates[i / 2].matches)
			fail_msg("%s: %d %s", certificates[i / 2].name, (int)f->cert, f->problem);
		assert_string_equal(f->version, i % 2 == 0 ? "TLSv1.2" : "TLSv1.3");
		conn_free(&c);
		SSL_CTX_free(p.ctx);
		cert_free(&cert);
	}
}

static void
no_certificate_is_a_fact(void **state)
{
	struct peer p = { .end = true, .ctx = client_ctx(NULL, TLS1_3_VERSION) };
	struct conn *c;

	(void)state;
	assert_ok(server_meets(&p, &c));
	assert_int_equal(conn_tls(c)->cert, TLS_CERT_NONE);
	assert_false(tls_name_matches(conn_tls(c), SPAN("a.example")));
	conn_free(&c);
	SSL_CTX_free(p.ctx);
}

static void
old_tls_is_refused(void **state)
{
	struct peer p = { .end = true, .ctx = client_ctx(NULL, TLS1_1_VERSION) };
	struct conn *c;

	(void)state;
	assert_int_equal(server_meets(&p, &c), ERR_TEMP);
	assert_int_not_equal(p.rc, 1);
	SSL_CTX_free(p.ctx);
}

/* S4: what came in the clear behind STARTTLS never counts as said under TLS. */
static void
injection_is_refused(void **state)
{
	struct span s;
	int other;
	struct conn *c = pair(&other);

	(void)state;
	FEED(other, "STARTTLS\r\nMAIL FROM:<a@b.example>\r\n");
	assert_ok(conn_read_line(c, 100, &s));
	assert_span(s, "STARTTLS");
	assert_int_equal(conn_starttls_server(c, fix.server_ctx), ERR_DENIED);
	assert_null(conn_tls(c));
	close(other);
	conn_free(&c);
}

/* S3: close_notify, then clear text: the stream has ended. */
static void
clear_text_after_tls(void **state)
{
	struct peer p = { .end = true,
		.clear_after = true,
		.send = "abc\r\n",
		.ctx = client_ctx(NULL, TLS1_3_VERSION) };
	struct conn *c;
	struct span s;

	(void)state;
	assert_ok(server_meets(&p, &c));
	assert_ok(conn_read_line(c, 100, &s));
	assert_span(s, "abc");
	assert_int_equal(conn_read_line(c, 100, &s), ERR_NOT_FOUND);
	assert_int_equal(conn_peek(c, &s), ERR_NOT_FOUND);
	conn_free(&c);
	SSL_CTX_free(p.ctx);
}

/* A cut connection is not an orderly end. */
static void
cut_within_tls(void **state)
{
	struct peer p = { .send = "half a li", .ctx = client_ctx(NULL, TLS1_3_VERSION) };
	struct conn *c = pair(&p.fd);
	struct span s;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, client_thread, &p), 0);
	assert_ok(conn_starttls_server(c, fix.server_ctx));
	assert_ok(conn_peek(c, &s));
	shutdown(p.fd, SHUT_RDWR);
	assert_int_equal(conn_read_line(c, 100, &s), ERR_TEMP);
	pthread_join(thread, NULL);
	conn_free(&c);
	SSL_CTX_free(p.ctx);
}

/* --- our client ----------------------------------------------------------------------------------
 */

struct server_side {
	struct conn *conn;
	enum err err;
};

static void *
server_thread(void *arg)
{
	struct server_side *s = arg;
	struct span line;

	conn_deadline_set(s->conn, clock_mono_ms() + SOON);
	s->err = conn_starttls_server(s->conn, fix.server_ctx);
	if (s->err == ERR_OK && conn_read_line(s->conn, 100, &line) == ERR_OK &&
	    conn_write(s->conn, line) == ERR_OK && conn_write(s->conn, SPAN("\r\n")) == ERR_OK)
		s->err = conn_flush(s->conn);
	return NULL;
}

static void
our_client(void **state)
{
	static const struct {
		const char *what, *ca, *name;
		enum err want;
	} cases[] = {
		{ "right name", "ca.pem", "mx.example.net", ERR_OK },
		{ "other case", "ca.pem", "MX.Example.NET", ERR_OK },
		{ "wrong name", "ca.pem", "mx.example.org", ERR_DENIED },
		{ "address", "ca.pem", "127.0.0.1", ERR_DENIED },
		{ "wrong root", "other-ca.pem", "mx.example.net", ERR_DENIED },
	};
	struct cert *client = cert_make(&(struct cert_spec){
	    .issuer = fix.ca, .name = "c.example", .dns = { "c.example" }, .usage = CERT_CLIENT });

	(void)state;
	cert_save(client, &fix.dir, "ours");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tls_client_opts opts = { in_dir(cases[i].ca), in_dir("ours.pem"),
			in_dir("ours.key") };
		struct server_side server = { .err = ERR_OK };
		struct tls_ctx *ctx;
		struct conn *c;
		struct span line;
		pthread_t thread;
		int fds[2];

		assert_ok(tls_client_new(&opts, &ctx));
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
		assert_ok(conn_new(fds[0], &c));
		assert_ok(conn_new(fds[1], &server.conn));
		conn_deadline_set(c, clock_mono_ms() + SOON);
		assert_int_equal(pthread_create(&thread, NULL, server_thread, &server), 0);
		if (conn_starttls_client(c, ctx, cases[i].name) != cases[i].want)
			fail_msg("%s: %s", cases[i].what, err_note());
		if (cases[i].want == ERR_OK) {
			assert_ok(conn_write(c, SPAN("hello\r\n")));
			assert_ok(conn_read_line(c, 100, &line));
			assert_span(line, "hello");
		} else {
			conn_free(&c);
		}
		pthread_join(thread, NULL);
		if (cases[i].want == ERR_OK) {
			assert_ok(server.err);
			assert_true(tls_name_matches(conn_tls(server.conn), SPAN("c.example")));
			assert_int_equal(conn_tls(server.conn)->cert, TLS_CERT_GOOD);
		}
		conn_free(&c);
		conn_free(&server.conn);
		tls_ctx_free(&ctx);
	}
	cert_free(&client);
}

static void
over_tcp(void **state)
{
	char name[LISTEN_NAME_SIZE];
	struct conn *c, *other;
	int listener, fd, stop[2];
	struct span s;

	(void)state;
	assert_int_equal(pipe(stop), 0);
	assert_ok(listen_open("127.0.0.1:0", &listener));
	assert_memory_equal(listen_name(listener, name), "127.0.0.1:", 10);
	assert_ok(conn_connect(name, 25, clock_mono_ms() + SOON, -1, &c));
	assert_ok(listen_accept(&listener, 1, stop[0], clock_mono_ms() + SOON, &fd));
	assert_ok(conn_new(fd, &other));
	assert_string_equal(conn_peer(other), "127.0.0.1");
	conn_deadline_set(other, clock_mono_ms() + SOON);
	assert_ok(conn_write(c, SPAN("NOOP\r\n")));
	assert_ok(conn_flush(c));
	assert_ok(conn_read_line(other, 100, &s));
	assert_span(s, "NOOP");
	conn_free(&c);
	conn_free(&other);
	assert_int_equal(listen_accept(&listener, 1, stop[0], clock_mono_ms() + 20, &fd), ERR_TEMP);
	FEED(stop[1], "x");
	assert_int_equal(listen_accept(&listener, 1, stop[0], INT64_MAX, &fd), ERR_NOT_FOUND);
	close(listener);
	assert_int_equal(conn_connect(name, 25, clock_mono_ms() + SOON, -1, &c), ERR_TEMP);
	assert_int_equal(
	    conn_connect("127.0.0.1:x", 25, clock_mono_ms() + SOON, -1, &c), ERR_SYNTAX);
	assert_int_equal(listen_open("127.0.0.1", &fd), ERR_SYNTAX);
	close(stop[0]);
	close(stop[1]);
}

/* A stop whose time is over cuts off whatever waits: connecting and writing too. */
static void
abort_cuts_off(void **state)
{
	static const char big[1 << 20];
	struct conn *waiting[8] = { NULL }, *c = NULL;
	char name[LISTEN_NAME_SIZE];
	int listener, stop[2];
	enum err err = ERR_OK;
	size_t n = 0;

	(void)state;
	assert_int_equal(pipe(stop), 0);
	assert_ok(listen_open("127.0.0.1:0", &listener));
	(void)listen_name(listener, name);
	assert_ok(conn_connect(name, 25, clock_mono_ms() + SOON, stop[0], &c));
	FEED(stop[1], "x");
	for (int i = 0; i < 100 && err == ERR_OK; i++) /* nobody reads */
		err = conn_write(c, span_of(big, sizeof(big)));
	assert_err(err, ERR_TEMP, "told to stop");
	assert_true(conn_interrupted(c));
	assert_false(conn_timed_out(c));
	conn_free(&c);

	assert_int_equal(listen(listener, 0), 0); /* soon full: who connects then gets no answer */
	do {
		assert_true(n < COUNT(waiting));
		err = conn_connect(name, 25, clock_mono_ms() + SOON, stop[0], &waiting[n]);
	} while (err == ERR_OK && ++n > 0);
	assert_err(err, ERR_TEMP, "told to stop");
	while (n > 0)
		conn_free(&waiting[--n]);
	close(listener);
	close(stop[0]);
	close(stop[1]);
}

static void
bad_files(void **state)
{
	static const struct {
		const char *what, *cert, *key, *ca;
		enum err want;
		const char *note;
	} cases[] = {
		{ "no certificate", "none.pem", "server.key", "ca.pem", ERR_NOT_FOUND, "none.pem" },
		{ "no key", "server.pem", "none.key", "ca.pem", ERR_NOT_FOUND, "none.key" },
		{ "no roots", "server.pem", "server.key", "none.pem", ERR_NOT_FOUND, "none.pem" },
		{ "another's key", "server.pem", "ours.key", "ca.pem", ERR_SYNTAX, "ours.key" },
		{ "roots that are a key", "server.pem", "server.key", "server.key", ERR_SYNTAX,
		    "server.key" },
		{ "a certificate that is a key", "server.key", "server.key", "ca.pem", ERR_SYNTAX,
		    "server.key" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tls_server_opts opts = { in_dir(cases[i].cert), in_dir(cases[i].key),
			in_dir(cases[i].ca) };
		struct tls_ctx *ctx = NULL;

		assert_err(tls_server_new(&opts, &ctx), cases[i].want, cases[i].note);
		assert_null(ctx);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(odd_lines),
		cmocka_unit_test(endless_line),
		cmocka_unit_test(no_end_at_all),
		cmocka_unit_test(deadline_and_interrupt),
		cmocka_unit_test(broken_pipe),
		cmocka_unit_test(alive),
		cmocka_unit_test(client_certificates),
		cmocka_unit_test(no_certificate_is_a_fact),
		cmocka_unit_test(old_tls_is_refused),
		cmocka_unit_test(injection_is_refused),
		cmocka_unit_test(clear_text_after_tls),
		cmocka_unit_test(cut_within_tls),
		cmocka_unit_test(our_client),
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(abort_cuts_off),
		cmocka_unit_test(bad_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
