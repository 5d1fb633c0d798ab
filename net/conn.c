/*
 * net/conn.c - see conn.h.
 *
 * The socket is non-blocking; every call tries first and polls when it must wait, so that one place
 * (conn_wait) knows the deadline and the interrupt. TLS and plain differ in raw_read() and
 * raw_write() only.
 */
#include "net/conn.h"

#include "core/clock.h"
#include "net/conn_bio.h"
#include "net/endpoint.h"
#include "net/tls_int.h"

#include <openssl/err.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMES_ARENA_MAX (48u << 10)

struct conn {
	int fd;
	SSL *ssl; /* NULL: in the clear */
	int64_t deadline_ms;
	int interrupt_fd, abort_fd;
	bool ended; /* the peer's orderly end; for good */
	bool broken;
	bool timed_out, interrupted; /* why the last ERR_TEMP */

	uint8_t in[CONN_BUFFER];
	size_t in_pos, in_len; /* unread bytes are in[in_pos .. in_len) */
	uint8_t out[CONN_BUFFER];
	size_t out_len;

	char peer[CONN_PEER_SIZE];
	struct tls_facts facts;
	struct tls_verdict verdict;
	struct arena names;
};

/* What one try of raw_read() or raw_write() came to. */
enum raw { RAW_DONE, RAW_WANT_READ, RAW_WANT_WRITE, RAW_ENDED, RAW_BROKEN };

static void
peer_name(struct conn *c)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);
	const char v4_mapped[] = "::ffff:";

	(void)snprintf(c->peer, sizeof(c->peer), "unknown");
	if (getpeername(c->fd, (struct sockaddr *)&sa, &len) == 0 &&
	    (sa.ss_family == AF_INET || sa.ss_family == AF_INET6))
		(void)getnameinfo(
		    (struct sockaddr *)&sa, len, c->peer, sizeof(c->peer), NULL, 0, NI_NUMERICHOST);
	if (strncmp(c->peer, v4_mapped, sizeof(v4_mapped) - 1) == 0 && strchr(c->peer, '.') != NULL)
		memmove(c->peer, c->peer + sizeof(v4_mapped) - 1,
		    strlen(c->peer) - sizeof(v4_mapped) + 2);
}

enum err
conn_new(int fd, struct conn **ret)
{
	struct conn *c = calloc(1, sizeof(*c));
	int flags = fcntl(fd, F_GETFL), on = 1;

	if (c == NULL || flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) {
		free(c);
		close(fd);
		return err_set(ERR_TEMP, "no memory or descriptor for a connection");
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->fd = fd;
	c->interrupt_fd = c->abort_fd = -1;
	c->deadline_ms = INT64_MAX;
	arena_init(&c->names, NAMES_ARENA_MAX);
	peer_name(c);
	*ret = c;
	return ERR_OK;
}

void
conn_free(struct conn **cp)
{
	struct conn *c = *cp;

	if (c == NULL)
		return;
	if (c->ssl != NULL) {
		if (!c->broken && SSL_is_init_finished(c->ssl))
			(void)SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
		ERR_clear_error();
	}
	close(c->fd);
	arena_done(&c->names);
	free(c);
	*cp = NULL;
}

void
conn_deadline_set(struct conn *c, int64_t deadline_ms)
{
	c->deadline_ms = deadline_ms;
}

int64_t
conn_deadline(const struct conn *c)
{
	return c->deadline_ms;
}

bool
conn_timed_out(const struct conn *c)
{
	return c->timed_out;
}

void
conn_interrupt_set(struct conn *c, int fd)
{
	c->interrupt_fd = fd;
}

bool
conn_interrupted(const struct conn *c)
{
	return c->interrupted;
}

const struct tls_facts *
conn_tls(const struct conn *c)
{
	return c->ssl != NULL && SSL_is_init_finished(c->ssl) ? &c->facts : NULL;
}

const char *
conn_peer(const struct conn *c)
{
	return c->peer;
}

/* --- waiting ------------------------------------------------------------------------------------
 */

static enum err
conn_wait(struct conn *c, short events, bool interruptible)
{
	struct pollfd p[3] = { { .fd = c->fd, .events = events },
		{ .fd = interruptible ? c->interrupt_fd : -1, .events = POLLIN },
		{ .fd = c->abort_fd, .events = POLLIN } };

	c->timed_out = c->interrupted = false;
	for (;;) {
		int64_t left =
		    c->deadline_ms == INT64_MAX ? INT_MAX : c->deadline_ms - clock_mono_ms();
		int ready;

		if (left <= 0) {
			c->timed_out = true;
			return err_set(ERR_TEMP, "time is up waiting for the peer");
		}
		ready = poll(p, 3, left > INT_MAX ? INT_MAX : (int)left);
		if (ready == -1 && errno != EINTR) {
			c->broken = true;
			return err_set(ERR_TEMP, "poll: %s", strerror(errno));
		}
		if (ready > 0 && p[0].revents != 0)
			return ERR_OK;
		if (ready > 0 && (p[1].revents != 0 || p[2].revents != 0)) {
			c->interrupted = true;
			return err_set(ERR_TEMP, "told to stop waiting");
		}
	}
}

/* --- one try ------------------------------------------------------------------------------------
 */

static enum raw
ssl_outcome(struct conn *c, int rc)
{
	int error = SSL_get_error(c->ssl, rc);

	switch (error) {
	case SSL_ERROR_WANT_READ:
		return RAW_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return RAW_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return RAW_ENDED;
	default:
		return RAW_BROKEN;
	}
}

static enum raw
raw_read(struct conn *c, uint8_t *out, size_t size, size_t *ret_len)
{
	ssize_t n;

	if (c->ssl != NULL) {
		int rc;

		ERR_clear_error();
		errno = 0;
		rc = SSL_read_ex(c->ssl, out, size, ret_len);
		return rc == 1 ? RAW_DONE : ssl_outcome(c, rc);
	}
	n = recv(c->fd, out, size, 0);
	if (n > 0) {
		*ret_len = (size_t)n;
		return RAW_DONE;
	}
	if (n == 0)
		return RAW_ENDED;
	return errno == EAGAIN || errno == EINTR ? RAW_WANT_READ : RAW_BROKEN;
}

static enum raw
raw_write(struct conn *c, struct span in, size_t *ret_len)
{
	ssize_t n;

	if (c->ssl != NULL) {
		int rc;

		ERR_clear_error();
		errno = 0;
		rc = SSL_write_ex(c->ssl, in.p, in.len, ret_len);
		return rc == 1 ? RAW_DONE : ssl_outcome(c, rc);
	}
	n = send(c->fd, in.p, in.len, MSG_NOSIGNAL);
	if (n >= 0) {
		*ret_len = (size_t)n;
		return RAW_DONE;
	}
	return errno == EAGAIN || errno == EINTR ? RAW_WANT_WRITE : RAW_BROKEN;
}

static enum err
broken(struct conn *c, const char *doing)
{
	const char *why = tls_error_text();

	c->broken = true;
	c->timed_out = c->interrupted = false;
	if (*why == '\0')
		why = errno != 0 ? strerror(errno) : "cut off";
	return err_set(ERR_TEMP, "%s: %s", doing, why);
}

/* --- output -------------------------------------------------------------------------------------
 */

static enum err
send_all(struct conn *c, struct span in)
{
	while (in.len > 0) {
		size_t n = 0;

		if (c->broken)
			return err_set(ERR_TEMP, "the connection is broken");
		switch (raw_write(c, in, &n)) {
		case RAW_DONE:
			in = span_from(in, n);
			break;
		case RAW_WANT_READ:
			TRY(conn_wait(c, POLLIN, false));
			break;
		case RAW_WANT_WRITE:
			TRY(conn_wait(c, POLLOUT, false));
			break;
		default:
			return broken(c, "sending");
		}
	}
	return ERR_OK;
}

enum err
conn_flush(struct conn *c)
{
	size_t len = c->out_len;

	c->out_len = 0;
	return send_all(c, span_of(c->out, len));
}

enum err
conn_write(struct conn *c, struct span out)
{
	if (out.len > CONN_BUFFER - c->out_len)
		TRY(conn_flush(c));
	if (out.len >= CONN_BUFFER)
		return send_all(c, out);
	if (out.len > 0)
		memcpy(c->out + c->out_len, out.p, out.len);
	c->out_len += out.len;
	return ERR_OK;
}

void
conn_linger(struct conn *c)
{
	ssize_t n;

	if (c->broken || conn_flush(c) != ERR_OK)
		return;
	if (c->ssl != NULL && SSL_is_init_finished(c->ssl))
		(void)SSL_shutdown(c->ssl);
	if (shutdown(c->fd, SHUT_WR) == -1)
		return;
	for (;;) {
		n = recv(c->fd, c->in, sizeof(c->in), 0);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			break;
		if (n == -1 && conn_wait(c, POLLIN, false) != ERR_OK)
			break;
	}
	c->broken = true; /* nothing can be said or heard any more */
}

/* --- input --------------------------------------------------------------------------------------
 */

size_t
conn_buffered(const struct conn *c)
{
	return c->in_len - c->in_pos;
}

void
conn_consume(struct conn *c, size_t n)
{
	assert(n <= conn_buffered(c));
	c->in_pos += n;
	if (c->in_pos == c->in_len)
		c->in_pos = c->in_len = 0;
}

static void
make_room(struct conn *c)
{
	size_t len = conn_buffered(c);

	if (c->in_len < CONN_BUFFER)
		return;
	memmove(c->in, c->in + c->in_pos, len);
	c->in_pos = 0;
	c->in_len = len;
}

/* One try to get more input; waits for nothing. */
static enum raw
fill_try(struct conn *c)
{
	size_t n = 0;
	enum raw got;

	make_room(c);
	assert(c->in_len < CONN_BUFFER);
	got = raw_read(c, c->in + c->in_len, CONN_BUFFER - c->in_len, &n);
	if (got == RAW_DONE)
		c->in_len += n;
	if (got == RAW_ENDED)
		c->ended = true;
	return got;
}

/* At least one byte more. */
static enum err
fill(struct conn *c)
{
	for (;;) {
		if (c->ended)
			return err_set(ERR_NOT_FOUND, "the peer ended the connection");
		if (c->broken)
			return err_set(ERR_TEMP, "the connection is broken");
		switch (fill_try(c)) {
		case RAW_DONE:
			return ERR_OK;
		case RAW_ENDED:
			break;
		case RAW_BROKEN:
			return broken(c, "receiving");
		case RAW_WANT_READ:
			TRY(conn_flush(c)); /* the peer may wait for it */
			TRY(conn_wait(c, POLLIN, true));
			break;
		case RAW_WANT_WRITE:
			TRY(conn_wait(c, POLLOUT, true));
			break;
		}
	}
}

enum err
conn_peek(struct conn *c, struct span *ret)
{
	if (conn_buffered(c) == 0)
		TRY(fill(c));
	*ret = span_of(c->in + c->in_pos, conn_buffered(c));
	return ERR_OK;
}

bool
conn_alive(struct conn *c)
{
	if (c->ended || c->broken || conn_buffered(c) > 0)
		return false;
	return fill_try(c) == RAW_WANT_READ;
}

/* The rest of a line that is too long, up to its CRLF; a CR at the end stays for the next round. */
static enum err
skip_line(struct conn *c, size_t max)
{
	size_t skipped = 0;

	for (;;) {
		struct span s = span_of(c->in + c->in_pos, conn_buffered(c));
		size_t at = span_find(s, SPAN("\r\n"));
		size_t n = at < s.len                     ? at + 2
		    : s.len > 0 && s.p[s.len - 1] == '\r' ? s.len - 1
							  : s.len;

		skipped += n;
		conn_consume(c, n);
		if (at < s.len)
			return err_set(
			    ERR_LIMIT, "a line of %zu bytes, %zu allowed", skipped - 2, max);
		if (skipped > CONN_SKIP_MAX) {
			c->broken = true;
			return err_set(ERR_TEMP, "a line without end");
		}
		TRY(fill(c));
	}
}

enum err
conn_read_line(struct conn *c, size_t max, struct span *ret)
{
	size_t seen = 0; /* bytes known to hold no CRLF */

	assert(max < CONN_BUFFER - 2);
	for (;;) {
		struct span s = span_of(c->in + c->in_pos, conn_buffered(c));
		struct span tail = span_from(s, seen);
		size_t at = span_find(tail, SPAN("\r\n"));

		if (at < tail.len) {
			struct span line = span_upto(s, seen + at);

			c->in_pos += line.len + 2; /* not conn_consume(): the bytes stay for *ret */
			if (line.len > max)
				return err_set(
				    ERR_LIMIT, "a line of %zu bytes, %zu allowed", line.len, max);
			if (span_find_byte(line, '\r') < line.len ||
			    span_find_byte(line, '\n') < line.len ||
			    span_find_byte(line, '\0') < line.len)
				return err_set(ERR_SYNTAX, "a line with CR, LF or NUL inside");
			*ret = line;
			return ERR_OK;
		}
		if (s.len > max + 1)
			return skip_line(c, max);
		seen = s.len > 0 ? s.len - 1 : 0;
		if (c->in_pos == c->in_len)
			c->in_pos = c->in_len = 0;
		TRY(fill(c));
	}
}

/* --- TLS ----------------------------------------------------------------------------------------
 */

static enum err
handshake_failed(struct conn *c)
{
	enum err err = c->verdict.error != X509_V_OK ? ERR_DENIED : ERR_TEMP;
	enum err told = broken(c, "TLS handshake");

	if (err == ERR_DENIED)
		return err_set(ERR_DENIED, "the peer's certificate is not believed: %s",
		    X509_verify_cert_error_string(c->verdict.error));
	return told;
}

static enum err
handshake(struct conn *c, bool server)
{
	for (;;) {
		int rc;

		ERR_clear_error();
		errno = 0;
		rc = server ? SSL_accept(c->ssl) : SSL_connect(c->ssl);
		if (rc == 1)
			break;
		switch (ssl_outcome(c, rc)) {
		case RAW_WANT_READ:
			TRY(conn_wait(c, POLLIN, true));
			break;
		case RAW_WANT_WRITE:
			TRY(conn_wait(c, POLLOUT, true));
			break;
		default:
			return handshake_failed(c);
		}
	}
	tls_facts_collect(c->ssl, &c->verdict, &c->names, &c->facts);
	return ERR_OK;
}

static enum err
tls_begin(struct conn *c, const struct tls_ctx *ctx)
{
	BIO *bio;

	assert(c->ssl == NULL);
	TRY(conn_flush(c));
	if (conn_buffered(c) > 0) {
		c->broken = true;
		return err_set(
		    ERR_DENIED, "%zu bytes in the clear behind STARTTLS", conn_buffered(c));
	}
	c->in_pos = c->in_len = 0;
	bio = conn_bio_new(&c->fd);
	c->ssl = bio == NULL ? NULL : tls_ssl_new(ctx, &c->verdict);
	if (c->ssl == NULL) {
		BIO_free(bio);
		c->broken = true;
		return err_set(ERR_TEMP, "no memory for TLS");
	}
	SSL_set_bio(c->ssl, bio, bio);
	return ERR_OK;
}

enum err
conn_starttls_server(struct conn *c, const struct tls_ctx *ctx)
{
	TRY(tls_begin(c, ctx));
	return handshake(c, true);
}

enum err
conn_starttls_client(struct conn *c, const struct tls_ctx *ctx, const char *name)
{
	assert(name != NULL);
	TRY(tls_begin(c, ctx));
	TRY(tls_ssl_expect(c->ssl, name));
	return handshake(c, false);
}

/* --- connecting ---------------------------------------------------------------------------------
 */

static enum err
connect_one(const struct addrinfo *ai, int64_t deadline_ms, int abort_fd, struct conn **ret)
{
	CLEANUP(conn_free) struct conn *c = NULL;
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t len = sizeof(error);

	if (fd == -1)
		return err_set(ERR_TEMP, "socket: %s", strerror(errno));
	TRY(conn_new(fd, &c));
	conn_deadline_set(c, deadline_ms);
	c->abort_fd = abort_fd;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
		if (errno != EINPROGRESS && errno != EINTR)
			return err_set(ERR_TEMP, "connect: %s", strerror(errno));
		TRY(conn_wait(c, POLLOUT, false));
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
			error = errno;
		if (error != 0)
			return err_set(ERR_TEMP, "connect: %s", strerror(error));
	}
	peer_name(c);
	*ret = c;
	c = NULL;
	return ERR_OK;
}

enum err
conn_connect(const char *endpoint, unsigned default_port, int64_t deadline_ms, int abort_fd,
    struct conn **ret)
{
	struct endpoint e;
	struct addrinfo *list;
	int64_t left;
	int64_t count = 0;
	enum err err = ERR_TEMP;

	TRY(endpoint_parse(endpoint, default_port, &e));
	TRY(endpoint_resolve(&e, false, &list));
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
		count++;
	for (const struct addrinfo *ai = list; ai != NULL && err != ERR_OK; ai = ai->ai_next) {
		/* an address that does not answer must not use up the time of those behind it */
		left = deadline_ms == INT64_MAX
		    ? INT64_MAX
		    : clock_mono_ms() + (deadline_ms - clock_mono_ms()) / count--;
		err = connect_one(ai, left, abort_fd, ret);
	}
	freeaddrinfo(list);
	if (err == ERR_OK)
		conn_deadline_set(*ret, deadline_ms);
	return err;
}
