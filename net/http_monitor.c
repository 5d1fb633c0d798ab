/*
 * net/http_monitor.c - a small loopback responder for health and metrics.
 */
#include "net/http_monitor.h"

#include "net/http_server.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define MONITOR_MAX_BYTES       (1u << 20)
#define MONITOR_MAX_CONNECTIONS 16u /* a scraper, a probe, and an operator with curl */
#define MONITOR_TIMEOUT_MS      10000

struct http_monitor {
	struct http_server *server;
	int listen_fd;
	const struct http_monitor_page *pages;
	size_t count;
	pthread_mutex_t lock; /* one renderer at a time */
};

static void
reply_text(struct http_exchange *x, unsigned status, const char *type, struct span text)
{
	http_reply_status(x, status);
	http_reply_field(x, "Content-Type", span_str(type));
	http_reply_field(x, "X-Content-Type-Options", SPAN("nosniff"));
	http_reply_field(x, "Cache-Control", SPAN("no-store"));
	http_reply_body(x, text);
}

static void
refuse(void *ctx, struct http_exchange *x, unsigned status)
{
	(void)ctx;
	reply_text(x, status, "text/plain; charset=utf-8", SPAN("refused\n"));
}

static bool
begin(void *ctx, struct http_exchange *x, size_t *ret_body_max)
{
	if (http_method(x) == HTTP_GET || http_method(x) == HTTP_HEAD) {
		*ret_body_max = 0;
		return true;
	}
	refuse(ctx, x, 405);
	http_reply_field(x, "Allow", SPAN("GET, HEAD"));
	return false;
}

static void
render(struct http_monitor *m, const struct http_monitor_page *page, struct http_exchange *x)
{
	struct buf out;
	unsigned status = 200;

	buf_init(&out, MONITOR_MAX_BYTES);
	pthread_mutex_lock(&m->lock);
	if (page->render(page->ctx, &out, &status) != ERR_OK)
		status = 503;
	pthread_mutex_unlock(&m->lock);
	reply_text(x, status, page->type, buf_span(&out));
	buf_done(&out);
}

static void
handle(void *ctx, struct http_exchange *x)
{
	struct http_monitor *m = ctx;

	for (size_t i = 0; i < m->count; i++) {
		if (span_eq(http_path(x), span_str(m->pages[i].path))) {
			render(m, &m->pages[i], x);
			return;
		}
	}
	reply_text(x, 404, "text/plain; charset=utf-8", SPAN("not found\n"));
}

enum err
http_monitor_start(
    int listen_fd, const struct http_monitor_page *pages, size_t count, struct http_monitor **ret)
{
	struct http_monitor *m = calloc(1, sizeof(*m));
	enum err err;

	if (m == NULL)
		return err_set(ERR_TEMP, "no memory");
	m->listen_fd = listen_fd;
	m->pages = pages;
	m->count = count;
	pthread_mutex_init(&m->lock, NULL);
	err = http_server_start(
	    &(struct http_server_opts){
		.listen_fds = &m->listen_fd,
		.listen_count = 1,
		.max_connections = MONITOR_MAX_CONNECTIONS,
		.max_connections_per_address = MONITOR_MAX_CONNECTIONS,
		.timeout_ms = MONITOR_TIMEOUT_MS,
		.handler = { begin, handle, refuse, m },
	    },
	    &m->server);
	if (err != ERR_OK) {
		http_monitor_free(&m);
		return err;
	}
	*ret = m;
	return ERR_OK;
}

void
http_monitor_free(struct http_monitor **monitor)
{
	struct http_monitor *m = *monitor;

	if (m == NULL)
		return;
	http_server_free(&m->server);
	pthread_mutex_destroy(&m->lock);
	free(m);
	*monitor = NULL;
}
