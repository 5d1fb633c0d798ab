/*
 * tests/bench/bench_conn.h - a buffered connection, plain or TLS, for the load generator and the sink.
 *
 * Not the product's wire code on purpose: a measuring tool shares nothing with what it measures. Any
 * failure ends the process with a sentence; a bench that goes on after an error measures nothing.
 */
#ifndef BENCH_CONN_H
#define BENCH_CONN_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_BUFFER (256u << 10)

struct bench_conn {
	int fd;
	SSL *tls; /* NULL: plain */
	char *buffer;
	size_t start, end;
};

_Noreturn void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t bench_now_ns(void);

void bench_conn_init(struct bench_conn *c, int fd);
void bench_conn_done(struct bench_conn *c);
/* Handshake over the connection; name is what the peer must be called, NULL for the server's side. */
bool bench_conn_tls(struct bench_conn *c, SSL_CTX *ctx, const char *name);

/* false: the peer has ended the connection. */
bool bench_conn_fill(struct bench_conn *c);
/* The next line without its CRLF, NUL-terminated, valid until the next call; NULL at the end. */
char *bench_conn_line(struct bench_conn *c);
bool bench_conn_skip(struct bench_conn *c, size_t count);
bool bench_conn_write(struct bench_conn *c, const void *data, size_t size);
bool bench_conn_say(struct bench_conn *c, const char *text);

#endif
