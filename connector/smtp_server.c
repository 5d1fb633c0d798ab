/*
 * connector/smtp_server.c - see smtp_server.h.
 */
#include "connector/smtp_server.h"

#include "connector/smtp_wire.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "net/listen.h"
#include "store/store.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_STACK (512u << 10)
/* A refused connection gets this long to take its one line. */
#define REFUSE_MS 50
/* The system has no descriptors to spare: sessions end meanwhile. */
#define PAUSE_MS 100

struct slot {
	struct smtp_server *server;
	struct conn *conn; /* NULL: free; given to the session's thread when it starts */
	char peer[CONN_PEER_SIZE];
	bool used;
};

struct smtp_server {
	const struct smtp_shared *shared;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	pthread_attr_t attr;
	struct slot *slots; /* slot_count of them: smtp.max_connections */
	size_t slot_count;
	size_t used;
};

/* Who a connection counts for: the address, of IPv6 its /64, which one customer has to himself. */
static void
peer_key(const char *peer, char ret_key[CONN_PEER_SIZE])
{
	struct in6_addr v6;

	(void)snprintf(ret_key, CONN_PEER_SIZE, "%s", peer);
	if (inet_pton(AF_INET6, peer, &v6) != 1)
		return;
	memset(v6.s6_addr + 8, 0, 8);
	(void)inet_ntop(AF_INET6, &v6, ret_key, CONN_PEER_SIZE);
}

static void
slot_free(struct slot *slot)
{
	struct smtp_server *server = slot->server;

	metric_add(METRIC_SMTP_CONNECTIONS, -1);
	pthread_mutex_lock(&server->lock);
	slot->used = false;
	server->used--;
	pthread_cond_signal(&server->ended);
	pthread_mutex_unlock(&server->lock);
}

static void *
session_thread(void *arg)
{
	struct slot *slot = arg;
	struct conn *conn = slot->conn;

	slot->conn = NULL;
	smtp_session_run(slot->server->shared, conn, store_new_id());
	slot_free(slot);
	return NULL;
}

/* A place for the connection, or NULL and what to say. */
static struct slot *
slot_take(struct smtp_server *server, struct conn *conn, enum smtp_say *ret_say)
{
	struct slot *free_slot = NULL;
	char key[CONN_PEER_SIZE];
	int64_t same = 0;

	peer_key(conn_peer(conn), key);
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < server->slot_count; i++) {
		struct slot *slot = &server->slots[i];

		if (!slot->used)
			free_slot = slot;
		else if (strcmp(slot->peer, key) == 0)
			same++;
	}
	*ret_say = SMTP_SAY_CONNECTIONS;
	if (same >= server->shared->config->smtp_max_connections_per_address) {
		*ret_say = SMTP_SAY_CONNECTIONS_ADDRESS;
		free_slot = NULL;
	}
	if (free_slot != NULL) {
		free_slot->used = true;
		free_slot->conn = conn;
		memcpy(free_slot->peer, key, sizeof(key));
		server->used++;
	}
	pthread_mutex_unlock(&server->lock);
	return free_slot;
}

static void
turn_away(struct conn *conn, enum smtp_say say)
{
	CLEANUP(buf_done) struct buf line;
	const struct smtp_answer *a = smtp_answer(say);

	buf_init(&line, 512);
	metric_add(METRIC_SMTP_CONNECTIONS_REFUSED, 1);
	log_line(LOG_WARN, NULL, "connection-refused", "%s from %s", a->word, conn_peer(conn));
	conn_deadline_set(conn, clock_mono_ms() + REFUSE_MS);
	if (smtp_reply_line_put(&line, a->code, true, a->status, span_str(a->text)) == ERR_OK &&
	    conn_write(conn, buf_span(&line)) == ERR_OK && conn_flush(conn) == ERR_OK)
		return;
	log_line(LOG_DEBUG, NULL, "connection-refused", "the peer did not take the reply");
}

static void
begin_session(struct smtp_server *server, int fd)
{
	struct conn *conn;
	struct slot *slot;
	enum smtp_say say;
	pthread_t thread;

	if (conn_new(fd, &conn) != ERR_OK) {
		log_err(LOG_ERROR, NULL, "connection-trouble", ERR_TEMP);
		return;
	}
	metric_add(METRIC_SMTP_CONNECTIONS_TOTAL, 1);
	slot = slot_take(server, conn, &say);
	if (slot == NULL) {
		turn_away(conn, say);
		conn_free(&conn);
		return;
	}
	metric_add(METRIC_SMTP_CONNECTIONS, 1);
	if (pthread_create(&thread, &server->attr, session_thread, slot) == 0)
		return;
	turn_away(conn, SMTP_SAY_CONNECTIONS);
	slot->conn = NULL;
	conn_free(&conn);
	slot_free(slot);
}

static void
accept_until_stop(struct smtp_server *server, const int *fds, size_t count)
{
	int stop_fd = server->shared->stop_fd, fd;

	for (;;) {
		enum err err = listen_accept(fds, count, stop_fd, INT64_MAX, &fd);

		if (err == ERR_OK) {
			begin_session(server, fd);
			continue;
		}
		if (err == ERR_NOT_FOUND)
			return;
		log_err(LOG_ERROR, NULL, "accept-trouble", err);
		/* no listener but stop: wait a moment for descriptors to come free */
		if (listen_accept(NULL, 0, stop_fd, clock_mono_ms() + PAUSE_MS, &fd) ==
		    ERR_NOT_FOUND)
			return;
	}
}

static void
wait_for_sessions(struct smtp_server *server)
{
	pthread_mutex_lock(&server->lock);
	log_line(LOG_INFO, NULL, "draining", "%zu sessions left", server->used);
	while (server->used > 0)
		pthread_cond_wait(&server->ended, &server->lock);
	pthread_mutex_unlock(&server->lock);
}

enum err
smtp_server_run(const struct smtp_shared *shared, const int *listen_fds, size_t listen_count)
{
	struct smtp_server server = { .shared = shared,
				      .slot_count = (size_t)shared->config->smtp_max_connections };

	server.slots = calloc(server.slot_count, sizeof(*server.slots));
	if (server.slots == NULL)
		return err_set(ERR_TEMP, "no memory for %zu connections", server.slot_count);
	for (size_t i = 0; i < server.slot_count; i++)
		server.slots[i].server = &server;
	pthread_mutex_init(&server.lock, NULL);
	pthread_cond_init(&server.ended, NULL);
	pthread_attr_init(&server.attr);
	(void)pthread_attr_setdetachstate(&server.attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&server.attr, SESSION_STACK);
	accept_until_stop(&server, listen_fds, listen_count);
	atomic_store(shared->stopping, true);
	wait_for_sessions(&server);
	pthread_attr_destroy(&server.attr);
	pthread_cond_destroy(&server.ended);
	pthread_mutex_destroy(&server.lock);
	free(server.slots);
	return ERR_OK;
}
