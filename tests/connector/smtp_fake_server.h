/*
 * tests/connector/smtp_fake_server.h - smtp_fake.h behind real sockets and TLS, as Exchange
 * Online's inbound connector would stand there: it demands a client certificate and keeps who
 * showed which.
 *
 * OpenSSL is used directly, so that client and server share no code of ours. One thread a
 * connection.
 */
#ifndef TESTS_CONNECTOR_SMTP_FAKE_SERVER_H
#define TESTS_CONNECTOR_SMTP_FAKE_SERVER_H

#include "smtp_fake.h"
#include "support/certs.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define FAKE_CONNECTIONS_MAX 64

struct fake_server;

struct fake_connection {
	struct fake fake;
	struct fake_server *server;
	pthread_t thread;
	int fd;
	char client[100]; /* common name of the certificate it showed, or "" */
	size_t counted;   /* messages told to the server */
};

struct fake_server {
	/* set before fake_server_start() */
	const char *offer, *offer_clear;
	const struct fake_rule *rules;
	size_t rule_count;
	const struct cert *cert, *client_ca;

	int fd;
	unsigned port;
	SSL_CTX *ctx;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct fake_connection *connections[FAKE_CONNECTIONS_MAX];
	size_t connection_count, messages;
	size_t now, most; /* open at a time */
	bool stopping;
};

/* Rules may change while the server runs; they hold for connections that come afterwards. */
static inline void
fake_server_rules(struct fake_server *s, const struct fake_rule *rules, size_t count)
{
	pthread_mutex_lock(&s->lock);
	s->rules = rules;
	s->rule_count = count;
	pthread_mutex_unlock(&s->lock);
}

static void
fake_count_messages(struct fake_connection *c)
{
	pthread_mutex_lock(&c->server->lock);
	c->server->messages += c->fake.message_count - c->counted;
	c->counted = c->fake.message_count;
	pthread_cond_broadcast(&c->server->change);
	pthread_mutex_unlock(&c->server->lock);
}

static bool
fake_send(struct fake_connection *c, SSL *ssl)
{
	struct span out = buf_span(&c->fake.out);

	while (out.len > 0) {
		int n = ssl != NULL ? SSL_write(ssl, out.p, (int)out.len)
				    : (int)send(c->fd, out.p, out.len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		out = span_from(out, (size_t)n);
	}
	buf_clear(&c->fake.out);
	return true;
}

static bool
fake_handshake(struct fake_connection *c, SSL **ret)
{
	SSL *ssl = SSL_new(c->server->ctx);
	X509 *peer;

	if (ssl == NULL || SSL_set_fd(ssl, c->fd) != 1 || SSL_accept(ssl) != 1) {
		SSL_free(ssl);
		ERR_clear_error();
		return false;
	}
	peer = SSL_get1_peer_certificate(ssl);
	if (peer != NULL)
		X509_NAME_get_text_by_NID(
		    X509_get_subject_name(peer), NID_commonName, c->client, sizeof(c->client));
	X509_free(peer);
	fake_tls_done(&c->fake);
	*ret = ssl;
	return true;
}

static void
fake_serve(struct fake_connection *c)
{
	SSL *ssl = NULL;
	uint8_t *in = malloc(65536);

	if (in == NULL)
		abort();
	for (;;) {
		int n;

		/*
		 * what was taken is counted before it is said, so that a test that waits sees
		 * both
		 */
		fake_count_messages(c);
		if (!fake_send(c, ssl) || c->fake.closed)
			break;
		if (c->fake.want_tls && !fake_handshake(c, &ssl))
			break;
		n = ssl != NULL ? SSL_read(ssl, in, 65536) : (int)recv(c->fd, in, 65536, 0);
		if (n <= 0)
			break;
		fake_input(&c->fake, span_of(in, (size_t)n));
	}
	fake_count_messages(c);
	if (ssl != NULL)
		SSL_shutdown(ssl);
	SSL_free(ssl);
	ERR_clear_error();
	free(in);
}

static void *
fake_connection_run(void *arg)
{
	struct fake_connection *c = arg;
	sigset_t pipe;

	/* in this thread only: ours must get along without */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	fake_serve(c);
	shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_lock(&c->server->lock);
	c->server->now--;
	pthread_cond_broadcast(&c->server->change);
	pthread_mutex_unlock(&c->server->lock);
	return NULL;
}

static void
fake_connection_start(struct fake_server *s, int fd)
{
	struct fake_connection *c = calloc(1, sizeof(*c));
	struct timeval patience = { .tv_sec = 60 };

	if (c == NULL)
		abort();
	c->server = s;
	c->fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	pthread_mutex_lock(&s->lock);
	if (s->stopping || s->connection_count == FAKE_CONNECTIONS_MAX) {
		pthread_mutex_unlock(&s->lock);
		close(fd);
		free(c);
		return;
	}
	c->fake.offer = s->offer;
	c->fake.offer_clear = s->offer_clear;
	c->fake.rules = s->rules;
	c->fake.rule_count = s->rule_count;
	fake_init(&c->fake);
	s->connections[s->connection_count++] = c;
	s->now++;
	s->most = s->now > s->most ? s->now : s->most;
	if (pthread_create(&c->thread, NULL, fake_connection_run, c) != 0)
		abort();
	pthread_mutex_unlock(&s->lock);
}

static void *
fake_server_run(void *arg)
{
	struct fake_server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0)
		fake_connection_start(s, fd);
	return NULL;
}

static void
fake_server_listen(struct fake_server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, len) != 0 || listen(s->fd, 64) != 0 ||
	    getsockname(s->fd, (struct sockaddr *)&a, &len) != 0)
		abort();
	s->port = ntohs(a.sin_port);
}

static void
fake_server_start(struct fake_server *s)
{
	fake_server_listen(s);
	s->ctx = SSL_CTX_new(TLS_server_method());
	if (s->ctx == NULL || SSL_CTX_use_certificate(s->ctx, cert_x509(s->cert)) != 1 ||
	    SSL_CTX_use_PrivateKey(s->ctx, cert_key(s->cert)) != 1)
		abort();
	if (s->client_ca != NULL) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(s->ctx), cert_x509(s->client_ca));
		SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	if (pthread_mutex_init(&s->lock, NULL) != 0 || pthread_cond_init(&s->change, NULL) != 0 ||
	    pthread_create(&s->thread, NULL, fake_server_run, s) != 0)
		abort();
}

/* fake_server_wait() - until count messages were taken; false after a minute. */
static inline bool
fake_server_wait(struct fake_server *s, size_t count)
{
	struct timespec until;
	bool there;
	int timed_out = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(&s->lock);
	while (s->messages < count && timed_out == 0)
		timed_out = pthread_cond_timedwait(&s->change, &s->lock, &until);
	there = s->messages >= count;
	pthread_mutex_unlock(&s->lock);
	return there;
}

/*
 * fake_server_stop() - ends all connections; what they were given may be read until
 * fake_server_done().
 */
static void
fake_server_stop(struct fake_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	for (size_t i = 0; i < s->connection_count; i++)
		shutdown(s->connections[i]->fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (size_t i = 0; i < s->connection_count; i++)
		pthread_join(s->connections[i]->thread, NULL);
}

static void
fake_server_done(struct fake_server *s)
{
	for (size_t i = 0; i < s->connection_count; i++) {
		close(s->connections[i]->fd);
		fake_done(&s->connections[i]->fake);
		free(s->connections[i]);
	}
	close(s->fd);
	SSL_CTX_free(s->ctx);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->change);
}

/*
 * The nth message over all connections, in the order of connections; it must be there. After
 * stop.
 */
static inline const struct fake_message *
fake_server_message(const struct fake_server *s, size_t n, const struct fake_connection **ret_by)
{
	for (size_t i = 0; i < s->connection_count; i++) {
		const struct fake_connection *c = s->connections[i];

		if (n < c->fake.message_count) {
			if (ret_by != NULL)
				*ret_by = c;
			return &c->fake.messages[n];
		}
		n -= c->fake.message_count;
	}
	fprintf(stderr, "fake: there is no such message\n");
	abort();
}

#endif
