/*
 * net/http_server.c - connections: accepting under caps, deadlines, draining.
 *
 * We accept and libmicrohttpd serves: it has no listening socket of its own, so that the caps hold
 * over all listeners together, and a socket shared with another process is never shut down from
 * here. The thread that accepts also looks four times a second for connections that are over their
 * deadline and shuts those down; their own threads then notice and end.
 */
#include "net/http_int.h"

#include "core/clock.h"
#include "net/listen.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WATCH_INTERVAL_MS 250
#define PEM_MAX_BYTES     (256u << 10) /* a long chain is 20 KiB */
#define CONN_MEMORY_BYTES \
	(32u << 10) /* header read, header written: HTTP_HEADER_MAX_BYTES each \
					*/
#define THREAD_STACK_BYTES (512u << 10)
#define DRAIN_IDLE_MS      200 /* a request just sent on an old connection is still answered */
/* TLS 1.2 and 1.3 with forward secrecy and AEAD only */
#define TLS_PRIORITIES                                                                 \
	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-256-GCM:" \
	"+AES-128-GCM:+CHACHA20-POLY1305:%SERVER_PRECEDENCE"

void
http_conn_phase(struct http_conn *c, enum http_phase phase)
{
	atomic_store(&c->phase_since_ms, clock_mono_ms());
	atomic_store(&c->phase, (int)phase);
}

/* --- the list; all with the lock held --- */

static void
conn_link(struct http_server *s, struct http_conn *c)
{
	c->server = s;
	c->next = s->conns;
	if (s->conns != NULL)
		s->conns->prev = c;
	s->conns = c;
	s->stats.connections++;
}

static void
conn_unlink(struct http_server *s, struct http_conn *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	s->stats.connections--;
	pthread_cond_broadcast(&s->gone);
}

static void
conn_cut(struct http_conn *c)
{
	if (!c->cut)
		(void)shutdown(c->fd, SHUT_RDWR);
	c->cut = true;
}

static size_t
conns_from(const struct http_server *s, const uint8_t network[ENDPOINT_NETWORK_SIZE])
{
	size_t count = 0;

	for (const struct http_conn *c = s->conns; c != NULL; c = c->next)
		if (memcmp(c->network, network, ENDPOINT_NETWORK_SIZE) == 0)
			count++;
	return count;
}

/* --- libmicrohttpd's word about connections --- */

static void
conn_notify(void *server, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http_server *s = server;
	struct http_conn *c;

	pthread_mutex_lock(&s->lock);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		int fd =
		    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

		for (c = s->conns; c != NULL && c->fd != fd;)
			c = c->next;
		assert(c != NULL);
		*context = c;
	} else {
		c = *context;
		conn_unlink(s, c);
		free(c);
		*context = NULL;
	}
	pthread_mutex_unlock(&s->lock);
}

/* The raw path is read by our own parser (net/http_request.h): nothing is unescaped on the way. */
static size_t
leave_escaped(void *server, struct MHD_Connection *mhd, char *s)
{
	(void)server, (void)mhd;
	return strlen(s);
}

/* --- accepting --- */

static void
address_text(const struct sockaddr_storage *a, char out[INET6_ADDRSTRLEN])
{
	out[0] = '\0';
	if (a->ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr,
		    out, INET6_ADDRSTRLEN);
	else if (a->ss_family == AF_INET6)
		(void)inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, out,
		    INET6_ADDRSTRLEN);
}

/* A connection object on the list, or NULL when a cap or memory says no. */
static struct http_conn *
conn_admit(struct http_server *s, int fd, const struct sockaddr_storage *peer)
{
	struct http_conn *c = calloc(1, sizeof(*c));
	bool full;

	if (c == NULL)
		return NULL;
	c->fd = fd;
	address_text(peer, c->address);
	endpoint_network(peer, c->network);
	http_conn_phase(c, HTTP_PHASE_HEADER);
	pthread_mutex_lock(&s->lock);
	full = s->stats.connections >= s->opts.max_connections ||
	    (!s->opts.behind_proxy &&
		conns_from(s, c->network) >= s->opts.max_connections_per_address);
	if (full)
		s->stats.refused_full++;
	else
		conn_link(s, c);
	s->stats.accepted++;
	pthread_mutex_unlock(&s->lock);
	if (!full)
		return c;
	free(c);
	return NULL;
}

static void
conn_accept(struct http_server *s, int fd)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);
	struct http_conn *c;

	if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0) {
		(void)close(fd);
		return;
	}
	c = conn_admit(s, fd, &peer);
	if (c == NULL) {
		(void)close(fd);
		return;
	}
	if (MHD_add_connection(s->daemon, fd, (struct sockaddr *)&peer, len) == MHD_YES)
		return;
	/* libmicrohttpd has closed the socket; was the connection already taken off by
	 * conn_notify()? */
	pthread_mutex_lock(&s->lock);
	for (struct http_conn *i = s->conns; i != NULL; i = i->next) {
		if (i == c) {
			conn_unlink(s, c);
			free(c);
			break;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

static void
watch(struct http_server *s, int64_t now_ms)
{
	pthread_mutex_lock(&s->lock);
	for (struct http_conn *c = s->conns; c != NULL; c = c->next) {
		if (c->cut || atomic_load(&c->phase) == HTTP_PHASE_HANDLING ||
		    now_ms - atomic_load(&c->phase_since_ms) <= s->opts.timeout_ms)
			continue;
		conn_cut(c);
		s->stats.timed_out++;
	}
	pthread_mutex_unlock(&s->lock);
}

static void *
server_thread(void *ctx)
{
	struct http_server *s = ctx;
	int64_t next_watch_ms = clock_mono_ms() + WATCH_INTERVAL_MS;
	bool stop = false;

	while (!stop) {
		int fd = -1;
		enum err err = listen_accept(
		    s->opts.listen_fds, s->opts.listen_count, s->stop_fds[0], next_watch_ms, &fd);

		if (err == ERR_OK)
			conn_accept(s, fd);
		stop = err == ERR_NOT_FOUND;
		if (clock_mono_ms() >= next_watch_ms) {
			watch(s, clock_mono_ms());
			next_watch_ms = clock_mono_ms() + WATCH_INTERVAL_MS;
		} else if (err == ERR_TEMP) {
			/* out of descriptors: let connections end */
			(void)poll(&(struct pollfd){ s->stop_fds[0], POLLIN, 0 }, 1, 10);
		}
	}
	return NULL;
}

/* --- life --- */

static enum err
pem_read(const char *path, char **ret)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t len;

	if (f == NULL)
		return err_set(ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	text = calloc(1, PEM_MAX_BYTES + 1);
	if (text == NULL) {
		(void)fclose(f);
		return err_set(ERR_TEMP, "no memory");
	}
	len = fread(text, 1, PEM_MAX_BYTES, f);
	(void)fclose(f);
	if (len == 0 || len == PEM_MAX_BYTES) {
		free(text);
		return err_set(ERR_SYNTAX, "%s: not a PEM file", path);
	}
	*ret = text;
	return ERR_OK;
}

static enum err
daemon_start(struct http_server *s)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert_pem },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, s->key_pem },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem plain[] = { { MHD_OPTION_END, 0, NULL } };
	bool with_tls = s->cert_pem != NULL;
	unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION |
	    MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC;

	s->daemon = MHD_start_daemon(with_tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL,
	    http_exchange_step, s, MHD_OPTION_URI_LOG_CALLBACK, http_exchange_uri, s,
	    MHD_OPTION_NOTIFY_COMPLETED, http_exchange_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
	    conn_notify, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, s,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->opts.max_connections + 1,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONN_MEMORY_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(s->opts.timeout_ms / 1000 + 5),
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
	    1, MHD_OPTION_ARRAY, with_tls ? tls : plain, MHD_OPTION_END);
	if (s->daemon == NULL)
		return with_tls ? err_set(ERR_SYNTAX, "%s: not usable as a certificate for HTTPS",
				      s->opts.cert_file)
				: err_set(ERR_TEMP, "no thread or memory for HTTP");
	return ERR_OK;
}

static enum err
server_begin(struct http_server *s)
{
	bool with_tls = s->opts.cert_file != NULL && s->opts.cert_file[0] != '\0';

	if (pipe2(s->stop_fds, O_CLOEXEC) != 0)
		return err_set(ERR_TEMP, "pipe: %s", strerror(errno));
	if (with_tls) {
		TRY(pem_read(s->opts.cert_file, &s->cert_pem));
		TRY(pem_read(s->opts.key_file, &s->key_pem));
	}
	TRY(daemon_start(s));
	if (pthread_create(&s->thread, NULL, server_thread, s) != 0)
		return err_set(ERR_TEMP, "no thread for HTTP");
	s->running = true;
	return ERR_OK;
}

enum err
http_server_start(const struct http_server_opts *opts, struct http_server **ret)
{
	struct http_server *s = calloc(1, sizeof(*s));
	enum err err;

	assert(opts->max_connections > 0 && opts->timeout_ms > 0 && opts->handler.handle != NULL &&
	    opts->handler.begin != NULL && opts->handler.refuse != NULL);
	if (s == NULL)
		return err_set(ERR_TEMP, "no memory");
	s->opts = *opts;
	s->stop_fds[0] = s->stop_fds[1] = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->gone, &monotonic);
	pthread_condattr_destroy(&monotonic);
	err = server_begin(s);
	if (err != ERR_OK) {
		http_server_free(&s);
		return err;
	}
	*ret = s;
	return ERR_OK;
}

static void
accept_stop(struct http_server *s)
{
	if (!s->running)
		return;
	atomic_store(&s->draining, true);
	(void)!write(s->stop_fds[1], "q", 1);
	pthread_join(s->thread, NULL);
	s->running = false;
}

/* Kept-alive connections that wait for a next request would never end by themselves. */
static void
cut_idle(struct http_server *s, int64_t now_ms, int64_t idle_ms)
{
	for (struct http_conn *c = s->conns; c != NULL; c = c->next)
		if (atomic_load(&c->phase) == HTTP_PHASE_HEADER && atomic_load(&c->served) &&
		    now_ms - atomic_load(&c->phase_since_ms) >= idle_ms)
			conn_cut(c);
}

static void
wait_gone(struct http_server *s, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_cond_timedwait(&s->gone, &s->lock, &until);
}

void
http_server_drain(struct http_server *s, int64_t max_ms)
{
	int64_t end_ms = clock_mono_ms() + max_ms;

	accept_stop(s);
	pthread_mutex_lock(&s->lock);
	while (s->conns != NULL && clock_mono_ms() < end_ms) {
		cut_idle(s, clock_mono_ms(), DRAIN_IDLE_MS);
		wait_gone(s, WATCH_INTERVAL_MS / 5);
	}
	for (struct http_conn *c = s->conns; c != NULL; c = c->next)
		conn_cut(c);
	pthread_mutex_unlock(&s->lock);
}

void
http_server_free(struct http_server **server)
{
	struct http_server *s = *server;

	if (s == NULL)
		return;
	accept_stop(s);
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon); /* joins the connections' threads */
	/* A connection that was handed over and not begun yet is closed there without a word. */
	while (s->conns != NULL) {
		struct http_conn *c = s->conns;

		conn_unlink(s, c);
		free(c);
	}
	if (s->stop_fds[0] >= 0) {
		(void)close(s->stop_fds[0]);
		(void)close(s->stop_fds[1]);
	}
	if (s->key_pem != NULL)
		explicit_bzero(s->key_pem, PEM_MAX_BYTES);
	free(s->key_pem);
	free(s->cert_pem);
	pthread_cond_destroy(&s->gone);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*server = NULL;
}

void
http_server_stats(const struct http_server *s, struct http_server_stats *ret)
{
	struct http_server *unlocked = (struct http_server *)(uintptr_t)s;

	pthread_mutex_lock(&unlocked->lock);
	*ret = s->stats;
	pthread_mutex_unlock(&unlocked->lock);
}
