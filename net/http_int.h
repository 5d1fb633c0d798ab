/*
 * net/http_int.h - what http_server.c (connections) and http_exchange.c (requests) share.
 */
#ifndef SECUDOC_NET_HTTP_INT_H
#define SECUDOC_NET_HTTP_INT_H

#include "net/endpoint.h"
#include "net/http_server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

/* What a connection waits for; each change restarts its clock. */
enum http_phase {
	HTTP_PHASE_HEADER,   /* TLS handshake, idle between requests, or a header under way */
	HTTP_PHASE_BODY,     /* header read, body under way */
	HTTP_PHASE_HANDLING, /* our own work: no deadline here */
	HTTP_PHASE_SENDING,  /* restarted by each block that was taken */
};

/*
 * One accepted connection, on the server's list from accept to close. The descriptor belongs to
 * libmicrohttpd, which closes it only after it has told us; so under the list's lock it is safe
 * to shut it down.
 */
struct http_conn {
	struct http_server *server;
	struct http_conn *prev, *next;
	int fd;
	char address[INET6_ADDRSTRLEN];
	uint8_t network[ENDPOINT_NETWORK_SIZE]; /* what the cap per address counts */
	atomic_int phase;
	atomic_llong phase_since_ms;
	atomic_bool served; /* at least one response was queued */
	bool cut;           /* shut down by the watchdog; under the lock */
};

struct http_server {
	struct http_server_opts opts;
	struct MHD_Daemon *daemon;
	char *cert_pem, *key_pem;
	pthread_t thread; /* accepts, and watches deadlines */
	bool running;
	int stop_fds[2];
	atomic_bool draining;

	pthread_mutex_t lock; /* the list and the counts below */
	pthread_cond_t gone;  /* a connection left the list */
	struct http_conn *conns;
	struct http_server_stats stats;
};

void http_conn_phase(struct http_conn *c, enum http_phase phase);

/* A body in the making (http_stream.c): libmicrohttpd reads, a thread of its own writes. */
struct http_stream;
struct http_stream *
http_stream_new(struct http_conn *c, uint64_t len, enum err (*produce)(void *ctx, struct sink out),
    void *ctx, void (*done)(void *ctx, uint64_t sent)); /* or NULL */
uint64_t http_stream_len(const struct http_stream *s);
ssize_t http_stream_read(void *stream, uint64_t pos, char *out, size_t max);
void http_stream_free(void *stream); /* NULL is fine */

/* libmicrohttpd's callbacks of http_exchange.c. */
void *http_exchange_uri(void *server, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result
http_exchange_step(void *server, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_len, void **exchange);
void http_exchange_completed(
    void *server, struct MHD_Connection *mhd, void **exchange, enum MHD_RequestTerminationCode how);

#endif
