/*
 * net/conn.h - one buffered connection, plain or TLS, blocking with a deadline.
 *
 * One thread owns a connection. Memory is constant: one buffer a direction. Nothing waits longer
 * than the deadline; past it every call is ERR_TEMP. Errors of reading:
 *
 * - ERR_NOT_FOUND: the peer ended the stream in good order (with TLS: close_notify). It stays
 *   ended: after TLS nothing is ever read in the clear from the same connection (S3).
 * - ERR_TEMP: time is up, the wait was interrupted, the connection broke or was cut within TLS.
 * - ERR_SYNTAX, conn_read_line() only: the line has a CR, LF or NUL inside; it was consumed.
 * - ERR_LIMIT, conn_read_line() only: the line is too long; it was consumed with its CRLF. A line
 *   of more than CONN_SKIP_MAX bytes breaks the connection: ERR_TEMP.
 *
 * After ERR_TEMP from writing or a handshake only conn_free() makes sense. SIGPIPE is never raised.
 */
#ifndef SECUDOC_NET_CONN_H
#define SECUDOC_NET_CONN_H

#include "core/err.h"
#include "core/span.h"
#include "net/tls.h"

#define CONN_BUFFER    (32u << 10) /* a direction: two TLS records */
#define CONN_SKIP_MAX  (1u << 20)
#define CONN_PEER_SIZE 64u

struct conn;

/* conn_new() - fd is taken, also on error; ERR_TEMP without memory. */
MUST_USE enum err conn_new(int fd, struct conn **ret);
/*
 * conn_connect() - to "host:port", "[v6]:port" or "host" with the default port, trying each address
 * in turn until deadline_ms (monotonic), which is set as the connection's. While abort_fd (borrowed
 * as long as the connection lives; -1: none) is readable everything that would wait is ERR_TEMP:
 * connecting, the handshake, reading and writing. Only the look-up of the name is not cut short.
 * ERR_NOT_FOUND: the name does not exist; ERR_TEMP: all else; ERR_SYNTAX: not an endpoint.
 */
MUST_USE enum err conn_connect(const char *endpoint, unsigned default_port, int64_t deadline_ms,
    int abort_fd, struct conn **ret);
/* conn_free() - says close_notify if that needs no waiting, and closes. Output not flushed is
 * dropped. */
void conn_free(struct conn **c);

/*
 * conn_linger() - the last word was said: flush it, end our side, and read away what the peer still
 * sends until it ends too or the deadline comes. Closing with unread input would reset the
 * connection and take the last reply with it.
 */
void conn_linger(struct conn *c);

/* Monotonic time (clock_mono_ms()) until which later calls may take; INT64_MAX: no end. */
void conn_deadline_set(struct conn *c, int64_t deadline_ms);
int64_t conn_deadline(const struct conn *c);
bool conn_timed_out(const struct conn *c); /* the last ERR_TEMP was the deadline */

/* While fd (borrowed; -1: none) is readable, a read or a handshake that would wait is ERR_TEMP.
 * Writing is not affected: the last reply still goes out. */
void conn_interrupt_set(struct conn *c, int fd);
bool conn_interrupted(const struct conn *c); /* the last ERR_TEMP was that */

/*
 * conn_starttls_server(), conn_starttls_client() - the TLS handshake, in place; output is flushed
 * first.
 *
 * ERR_DENIED when bytes received in the clear are still unread: they would be taken for bytes that
 * came under TLS (S4, S5); drop the connection. ERR_DENIED too when the client does not believe the
 * server's certificate; name is what it must stand for (RFC 6125; also sent as SNI) and must not be
 * NULL. ERR_TEMP: the handshake did not come to an end. ctx must outlive the connection.
 */
MUST_USE enum err conn_starttls_server(struct conn *c, const struct tls_ctx *ctx);
MUST_USE enum err conn_starttls_client(struct conn *c, const struct tls_ctx *ctx, const char *name);
const struct tls_facts *conn_tls(const struct conn *c); /* NULL: in the clear */

/*
 * conn_read_line() - a line that ends in CRLF, without it; max counts the bytes before the CRLF and
 * is below CONN_BUFFER - 2. *ret is borrowed until the next read. Pending output is flushed before
 * it waits.
 */
MUST_USE enum err conn_read_line(struct conn *c, size_t max, struct span *ret);
/*
 * conn_peek() - at least one byte of input and as much as is there without waiting for more; the
 * same bytes come again until conn_consume(). Borrowed until the next read. Flushes output before
 * it waits.
 */
MUST_USE enum err conn_peek(struct conn *c, struct span *ret);
void conn_consume(struct conn *c, size_t n); /* n <= what conn_peek() gave */
size_t conn_buffered(const struct conn *c);  /* bytes received and not yet consumed */
/* conn_alive() - an idle connection still stands: no input, no end, no error seen without waiting.
 */
bool conn_alive(struct conn *c);

/* conn_write() - into the buffer, sent when it is full or by conn_flush(). */
MUST_USE enum err conn_write(struct conn *c, struct span out);
MUST_USE enum err conn_flush(struct conn *c);

/* The peer's address without port, "192.0.2.1" or "2001:db8::1"; "unknown" when there is none. */
const char *conn_peer(const struct conn *c);

#endif
