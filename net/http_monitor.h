/*
 * net/http_monitor.h - a small loopback responder for health and metrics, over http_server.
 *
 * GET and HEAD of the paths given, 404 for all else, 405 for other methods. Renderers are called
 * from a connection thread of the responder, one at a time for each monitor, and append text to out
 * (bound 1 MiB).
 */
#ifndef SECUDOC_NET_HTTP_MONITOR_H
#define SECUDOC_NET_HTTP_MONITOR_H

#include "core/buf.h"

struct http_monitor_page {
	const char *path; /* "/healthz" */
	const char *type; /* "text/plain; version=0.0.4; charset=utf-8" */
	/* Sets *ret_status (200 before the call) and appends the text; an error is answered with
	 * 503. */
	enum err (*render)(void *ctx, struct buf *out, unsigned *ret_status);
	void *ctx;
};

struct http_monitor;

/* listen_fd is borrowed. pages is borrowed for the life of the monitor. ERR_TEMP: sockets, memory.
 */
MUST_USE enum err http_monitor_start(
    int listen_fd, const struct http_monitor_page *pages, size_t count, struct http_monitor **ret);
void http_monitor_free(struct http_monitor **m);

#endif
