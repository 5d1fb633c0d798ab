/*
 * net/http_server.h - HTTP/1.1 in, over libmicrohttpd, which nobody else sees.
 *
 * One thread a connection, so a handler may block (store, disk) without holding up others;
 * connections are few and capped, and each has deadlines for its header, its body and the progress
 * of its response. The request is given raw: path, query, cookies and forms are read by our own
 * strict parsers (net/http_request.h, net/http_form.h). Requests that two readers could frame
 * differently (two Content-Length, any Transfer-Encoding, no Host or two, odd field names) are
 * refused here and the connection is closed. H/2, H/3 and ACME belong to a proxy in front.
 *
 * Threads: handler functions are called from connection threads, several at once. An exchange
 * belongs to one thread until its handler returns; its spans live until then.
 */
#ifndef SECUDOC_NET_HTTP_SERVER_H
#define SECUDOC_NET_HTTP_SERVER_H

#include "core/arena.h"
#include "core/stream.h"

/* Bounds, each with its reason. */
#define HTTP_HEADER_MAX_BYTES  16384u /* request line and fields; a browser sends 1 to 3 KiB */
#define HTTP_HEADER_MAX_FIELDS 64u    /* a browser sends about 20 */
#define HTTP_BODY_MAX_BYTES    65536u /* no handler may ask for more: forms only */
#define HTTP_BLOCK_BYTES       65536u /* streamed bodies are sent in blocks of this size */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_METHOD_OTHER };

struct http_exchange; /* one request and its one response */

/*
 * The request. All spans are borrowed from the exchange.
 *
 * path   as sent, still %-encoded; begins with "/"
 * query  behind the "?", as sent; may be empty
 * peer   the address as text; behind a proxy the one that the proxy names
 * tls    TLS ends here
 */
enum http_method http_method(const struct http_exchange *x);
struct span http_path(const struct http_exchange *x);
struct span http_query(const struct http_exchange *x);
struct span http_body(const struct http_exchange *x);
struct span http_peer(const struct http_exchange *x);
bool http_tls(const struct http_exchange *x);
/* http_field() - the value of a header field; false when it is there not at all or twice. */
bool http_field(const struct http_exchange *x, const char *name, struct span *ret_value);
/* http_field_count() - how often a field is there. */
size_t http_field_count(const struct http_exchange *x, const char *name);
/* http_arena() - freed with the exchange; 1 MiB. */
struct arena *http_arena(struct http_exchange *x);

/*
 * The response: set status and fields in any order, then a body. One that nobody set is an empty
 * 500. http_reply_field() refuses (assert) names and values with CR, LF or NUL: escape peer bytes
 * before. HEAD gets the same fields, Content-Length included, and no body; Date is added here.
 */
void http_reply_status(struct http_exchange *x, unsigned status);
void http_reply_field(struct http_exchange *x, const char *name, struct span value);
/* http_reply_body() - a copy of body. */
void http_reply_body(struct http_exchange *x, struct span body);
/*
 * http_reply_stream() - a body of exactly len bytes, made while it is sent.
 *
 * produce writes it into out, in order, any split. It runs in a thread of its own, from the first
 * byte that the peer wants on; two blocks of it are held at most, so it waits inside out for a slow
 * peer. When the peer is gone out answers ERR_TEMP, and produce returns. done() is called once
 * after all that, also when produce never ran (HEAD, or the peer left), with the number of bytes
 * that were handed to the connection. An error of produce, or fewer bytes than len, cuts the
 * connection, so that the peer sees a short body.
 */
void http_reply_stream(struct http_exchange *x, uint64_t len,
    enum err (*produce)(void *ctx, struct sink out), void *ctx,
    void (*done)(void *ctx, uint64_t sent));

struct http_handler {
	/*
	 * Header is there, body is not. Gives the largest body that is wanted (0: none may come; at
	 * most HTTP_BODY_MAX_BYTES) and true; or makes the reply itself and gives false. May not
	 * block.
	 */
	bool (*begin)(void *ctx, struct http_exchange *x, size_t *ret_body_max);
	/* The request is whole; make the reply. */
	void (*handle)(void *ctx, struct http_exchange *x);
	/* Makes the reply to a request that is refused here: 400, 411, 413 or 431 says why. */
	void (*refuse)(void *ctx, struct http_exchange *x, unsigned status);
	void *ctx;
};

struct http_server_opts {
	const int *listen_fds; /* listening sockets; borrowed: neither closed nor shut down */
	size_t listen_count;
	const char *cert_file; /* PEM chain, leaf first; NULL or "": plain HTTP */
	const char *key_file;
	size_t max_connections;             /* all listeners together */
	size_t max_connections_per_address; /* of IPv6 a /64; not counted behind a proxy */
	int64_t timeout_ms;                 /* whole header, whole body, each step of a response */
	bool behind_proxy;                  /* the last X-Forwarded-For entry is the peer */
	struct http_handler handler;
};

struct http_server;

/*
 * http_server_start() - accepts from here on. ERR_NOT_FOUND, ERR_SYNTAX: certificate files;
 * ERR_TEMP: sockets, memory.
 */
MUST_USE enum err http_server_start(const struct http_server_opts *opts, struct http_server **ret);
/*
 * http_server_drain() - accept no more, close idle connections, let running exchanges end; those
 * that are not done after max_ms are cut. The listening sockets stay usable for another process.
 */
void http_server_drain(struct http_server *s, int64_t max_ms);
void http_server_free(struct http_server **s); /* drains with 0 ms if that was not done */

struct http_server_stats {
	size_t connections; /* now */
	uint64_t accepted, refused_full, timed_out, requests;
};
void http_server_stats(const struct http_server *s, struct http_server_stats *ret);

#endif
