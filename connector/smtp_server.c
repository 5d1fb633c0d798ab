/*
 * connector/smtp_server.c - see smtp_server.h.
 */
#include "connector/smtp_server.h"

#include "connector/refusal.h"
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

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_ENDED /* its thread waits to be joined */ };

struct slot {
	struct smtp_server *server;
	struct conn *conn; /* the session's thread takes it when it starts */
	pthread_t thread;
	char peer[CONN_PEER_SIZE];
	enum slot_state state; /* under the lock */
};

struct smtp_server {
	const struct smtp_shared *shared;
	pthread_mutex_t lock;
	pthread_attr_t attr;
	struct slot *slots; /* slot_count of them: smtp.max_connections */
	size_t slot_count;
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
slot_set(struct slot *slot, enum slot_state state)
{
	pthread_mutex_lock(&slot->server->lock);
	slot->state = state;
	pthread_mutex_unlock(&slot->server->lock);
}

static void *
session_thread(void *arg)
{
	struct slot *slot = arg;
	struct conn *conn = slot->conn;

	smtp_session_run(slot->server->shared, conn, store_new_id());
	slot_set(slot, SLOT_ENDED);
	metric_add(METRIC_SMTP_CONNECTIONS, -1);
	return NULL;
}

/*
 * Sessions that ended are joined here, by the accepting thread; wait: also those that run. So no thread
 * outlives the server, and a slot is free only when its thread is really gone.
 */
static void
join_sessions(struct smtp_server *server, bool wait)
{
	for (size_t i = 0; i < server->slot_count; i++) {
		struct slot *slot = &server->slots[i];
		enum slot_state state;

		pthread_mutex_lock(&server->lock);
		state = slot->state;
		pthread_mutex_unlock(&server->lock);
		if (state == SLOT_FREE || (state == SLOT_RUNNING && !wait))
			continue;
		pthread_join(slot->thread, NULL);
		slot_set(slot, SLOT_FREE);
	}
}

/* A place for the connection, or NULL and what to say. */
static struct slot *
slot_take(struct smtp_server *server, struct conn *conn, enum smtp_say *ret_say)
{
	struct slot *found = NULL;
	char key[CONN_PEER_SIZE];
	int64_t same = 0;

	peer_key(conn_peer(conn), key);
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < server->slot_count; i++) {
		struct slot *slot = &server->slots[i];

		if (slot->state == SLOT_FREE)
			found = slot;
		else if (slot->state == SLOT_RUNNING && strcmp(slot->peer, key) == 0)
			same++;
	}
	*ret_say = SMTP_SAY_CONNECTIONS;
	if (same >= server->shared->config->smtp_max_connections_per_address) {
		*ret_say = SMTP_SAY_CONNECTIONS_ADDRESS;
		found = NULL;
	}
	if (found != NULL) {
		found->state = SLOT_RUNNING;
		found->conn = conn;
		memcpy(found->peer, key, sizeof(key));
	}
	pthread_mutex_unlock(&server->lock);
	return found;
}

static void
turn_away(const struct smtp_shared *shared, struct conn *conn, enum smtp_say say)
{
	CLEANUP(buf_done) struct buf line;
	const struct smtp_answer *a = smtp_answer(say);

	buf_init(&line, 512);
	metric_add(METRIC_SMTP_CONNECTIONS_REFUSED, 1);
	log_line(LOG_WARN, NULL, "connection-refused", "%s from %s", a->word, conn_peer(conn));
	refusal_record(&shared->pipeline, NULL, say, SPAN_NONE);
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

	if (conn_new(fd, &conn) != ERR_OK) {
		log_err(LOG_ERROR, NULL, "connection-trouble", ERR_TEMP);
		return;
	}
	metric_add(METRIC_SMTP_CONNECTIONS_TOTAL, 1);
	join_sessions(server, false);
	slot = slot_take(server, conn, &say);
	if (slot == NULL) {
		turn_away(server->shared, conn, say);
		conn_free(&conn);
		return;
	}
	metric_add(METRIC_SMTP_CONNECTIONS, 1);
	if (pthread_create(&slot->thread, &server->attr, session_thread, slot) == 0)
		return;
	metric_add(METRIC_SMTP_CONNECTIONS, -1);
	slot_set(slot, SLOT_FREE);
	turn_away(server->shared, conn, SMTP_SAY_CONNECTIONS);
	conn_free(&conn);
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
	pthread_attr_init(&server.attr);
	(void)pthread_attr_setstacksize(&server.attr, SESSION_STACK);
	accept_until_stop(&server, listen_fds, listen_count);
	atomic_store(shared->stopping, true);
	log_line(LOG_INFO, NULL, "draining", "waiting for the sessions to end");
	join_sessions(&server, true);
	pthread_attr_destroy(&server.attr);
	pthread_mutex_destroy(&server.lock);
	free(server.slots);
	return ERR_OK;
}
