/*
 * connector/pool.c - one entry a tenant and version, each with its own TLS context and idle
 * connections.
 *
 * The lock guards the lists only. Connecting, handshakes and QUIT happen outside of it.
 */
#include "connector/pool.h"

#include "connector/smtp_client_int.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "net/conn.h"
#include "net/endpoint.h"
#include "net/tls.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SMTP_PORT 25u
/*
 * How long a QUIT may take: it is a courtesy, and nobody waits for it but a thread that has other
 * work.
 */
#define QUIT_MS 500

struct entry {
	int64_t tenant_id, version;
	struct tls_ctx *tls;
	struct pool_conn *idle; /* the last used first */
	size_t users;           /* connections, idle or taken */
	bool old;               /* a newer version is there */
	struct entry *next;
};

struct pool_conn {
	struct conn *conn;
	struct smtp_client *client;
	struct pool *pool;
	struct entry *entry;
	char name[TLS_NAME_SIZE]; /* that the server's certificate must have */
	int64_t idle_since_ms;
	int64_t open_deadline_ms; /* 0: open */
	struct pool_conn *next;
};

struct pool {
	struct pool_opts opts;
	pthread_mutex_t lock;
	struct entry *entries;
};

enum err
pool_new(const struct pool_opts *opts, struct pool **ret)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return err_set(ERR_TEMP, "no memory for the connection pool");
	p->opts = *opts;
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		free(p);
		return err_set(ERR_TEMP, "no lock for the connection pool");
	}
	*ret = p;
	return ERR_OK;
}

/* --- one connection --- */

/* Each answer and each buffer has its own time; while opening all of them share one. */
static void
deadline_renew(struct pool_conn *c)
{
	conn_deadline_set(c->conn,
	    c->open_deadline_ms != 0 ? c->open_deadline_ms
				     : clock_mono_ms() + c->pool->opts.reply_timeout_ms);
}

static enum err
wire_read_line(void *ctx, struct span *ret_line)
{
	struct pool_conn *c = ctx;

	deadline_renew(c);
	return conn_read_line(c->conn, SMTP_REPLY_LINE_MAX, ret_line);
}

static enum err
wire_write(void *ctx, struct span in)
{
	struct pool_conn *c = ctx;

	deadline_renew(c);
	return conn_write(c->conn, in);
}

static enum err
wire_flush(void *ctx)
{
	struct pool_conn *c = ctx;

	deadline_renew(c);
	return conn_flush(c->conn);
}

static enum err
wire_start_tls(void *ctx)
{
	struct pool_conn *c = ctx;

	deadline_renew(c);
	return conn_starttls_client(c->conn, c->entry->tls, c->name);
}

static void
conn_close(struct pool_conn **c)
{
	if (*c == NULL)
		return;
	if ((*c)->conn != NULL)
		metric_add(METRIC_DELIVER_CONNECTIONS, -1);
	smtp_client_free(&(*c)->client);
	conn_free(&(*c)->conn);
	free(*c);
	*c = NULL;
}

static enum err
name_of(const struct tenant *t, char ret_name[TLS_NAME_SIZE])
{
	struct endpoint e;
	size_t len;

	TRY(endpoint_parse(t->inbound_host, SMTP_PORT, &e));
	const char *name = t->inbound_tls_name != NULL && t->inbound_tls_name[0] != '\0'
	    ? t->inbound_tls_name
	    : e.host;
	len = strlen(name);
	if (len >= TLS_NAME_SIZE)
		return err_set(ERR_LIMIT, "inbound_tls_name of %zu bytes", len);
	memcpy(ret_name, name, len + 1);
	return ERR_OK;
}

/* A new connection, up to the EHLO under TLS. *c is closed by the caller on an error. */
static enum err
conn_open(struct pool_conn *c, const struct tenant *t, struct smtp_result *why)
{
	const struct smtp_transport transport = { c, wire_read_line, wire_write, wire_flush,
		wire_start_tls };
	enum err err = name_of(t, c->name);

	c->open_deadline_ms = clock_mono_ms() + c->pool->opts.connect_timeout_ms;
	if (err == ERR_OK)
		err = conn_connect(t->inbound_host, SMTP_PORT, c->open_deadline_ms,
		    c->pool->opts.interrupt_fd, &c->conn);
	if (err != ERR_OK) {
		smtp_result_local(why, SMTP_OUTCOME_RETRY, SMTP_STEP_CONNECT, "4.4.1", err_note());
		return err;
	}
	metric_add(METRIC_DELIVER_CONNECTIONS, 1);
	err = smtp_client_new(transport, c->pool->opts.hostname, &c->client);
	if (err != ERR_OK) {
		smtp_result_local(why, SMTP_OUTCOME_RETRY, SMTP_STEP_CONNECT, "4.3.0", err_note());
		return err;
	}
	err = smtp_client_open(c->client, why);
	c->open_deadline_ms = 0;
	return err;
}

struct smtp_client *
pool_client(struct pool_conn *c)
{
	return c->client;
}

/* --- entries, under the lock --- */

static struct entry *
entry_find(struct pool *p, const struct tenant *t)
{
	for (struct entry *e = p->entries; e != NULL; e = e->next)
		if (e->tenant_id == t->id && e->version == t->version)
			return e;
	return NULL;
}

static void
entry_free(struct entry *e)
{
	tls_ctx_free(&e->tls);
	free(e);
}

/*
 * Unlinks entries that are old and that nobody uses; they are freed by the caller without the
 * lock.
 */
static struct entry *
entries_unused(struct pool *p)
{
	struct entry *unused = NULL;

	for (struct entry **at = &p->entries; *at != NULL;) {
		struct entry *e = *at;

		if (!e->old || e->users > 0) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		e->next = unused;
		unused = e;
	}
	return unused;
}

static void
entries_free(struct entry *e)
{
	while (e != NULL) {
		struct entry *next = e->next;

		entry_free(e);
		e = next;
	}
}

/* Moves connections idle since before then, and all of an old entry, onto *list. */
static void
idle_collect(struct entry *e, int64_t idle_before_ms, struct pool_conn **list)
{
	for (struct pool_conn **at = &e->idle; *at != NULL;) {
		struct pool_conn *c = *at;

		if (!e->old && c->idle_since_ms > idle_before_ms) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		c->next = *list;
		*list = c;
		e->users--;
	}
}

static void
idle_close(struct pool_conn *list)
{
	while (list != NULL) {
		struct pool_conn *c = list;

		list = c->next;
		c->open_deadline_ms = clock_mono_ms() + QUIT_MS;
		if (conn_alive(c->conn))
			smtp_client_quit(c->client);
		conn_close(&c);
	}
}

/* The entry for t, made if need be, with one more user. Older versions of t are marked. */
static enum err
entry_use(struct pool *p, const struct tenant *t, struct entry **ret)
{
	struct entry *e = entry_find(p, t);

	if (e == NULL) {
		const struct tls_client_opts opts = {
			.ca = p->opts.ca, .cert = t->client_cert, .key = t->client_key
		};

		e = calloc(1, sizeof(*e));
		if (e == NULL)
			return err_set(ERR_TEMP, "no memory for a tenant's connections");
		e->tenant_id = t->id;
		e->version = t->version;
		enum err err = tls_client_new(&opts, &e->tls);
		if (err != ERR_OK) {
			free(e);
			return err;
		}
		for (struct entry *other = p->entries; other != NULL; other = other->next)
			other->old = other->old ||
			    (other->tenant_id == t->id && other->version < t->version);
		e->next = p->entries;
		p->entries = e;
	}
	e->users++;
	*ret = e;
	return ERR_OK;
}

/* --- taking and giving --- */

static struct pool_conn *
idle_take(struct pool *p, const struct tenant *t)
{
	struct pool_conn *c = NULL;
	struct entry *e;

	pthread_mutex_lock(&p->lock);
	e = entry_find(p, t);
	if (e != NULL && e->idle != NULL) {
		c = e->idle;
		e->idle = c->next;
		c->next = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return c;
}

/* Closes c, which is on no list, and lets go of its entry. */
static void
drop(struct pool *p, struct pool_conn **c)
{
	struct entry *e = (*c)->entry, *unused;

	conn_close(c);
	pthread_mutex_lock(&p->lock);
	e->users--;
	unused = entries_unused(p);
	pthread_mutex_unlock(&p->lock);
	entries_free(unused);
}

static enum err
take_new(struct pool *p, const struct tenant *t, struct pool_conn **ret, struct smtp_result *why)
{
	struct pool_conn *c = calloc(1, sizeof(*c));
	enum err err;

	if (c == NULL) {
		err = err_set(ERR_TEMP, "no memory for a connection");
		smtp_result_local(why, SMTP_OUTCOME_RETRY, SMTP_STEP_CONNECT, "4.3.0", err_note());
		return err;
	}
	c->pool = p;
	pthread_mutex_lock(&p->lock);
	err = entry_use(p, t, &c->entry);
	pthread_mutex_unlock(&p->lock);
	if (err != ERR_OK) {
		/* our own certificate or roots cannot be read */
		smtp_result_local(why, SMTP_OUTCOME_RETRY, SMTP_STEP_CONNECT, "4.3.5", err_note());
		free(c);
		return err;
	}
	err = conn_open(c, t, why);
	if (err != ERR_OK) {
		drop(p, &c);
		return err;
	}
	*ret = c;
	return ERR_OK;
}

enum err
pool_take(struct pool *p, const struct tenant *t, bool fresh, struct pool_conn **ret,
    struct smtp_result *ret_why)
{
	struct pool_conn *c;

	while (!fresh && (c = idle_take(p, t)) != NULL) {
		assert(c->entry->tenant_id == t->id && c->entry->version == t->version);
		if (conn_alive(c->conn)) {
			*ret = c;
			return ERR_OK;
		}
		drop(p, &c);
	}
	return take_new(p, t, ret, ret_why);
}

void
pool_give(struct pool *p, struct pool_conn **c, bool good)
{
	struct pool_conn *kept = *c;

	if (good && p->opts.idle_ms > 0) {
		pthread_mutex_lock(&p->lock);
		good = !kept->entry->old;
		if (good) {
			kept->idle_since_ms = clock_mono_ms();
			kept->next = kept->entry->idle;
			kept->entry->idle = kept;
			*c = NULL;
		}
		pthread_mutex_unlock(&p->lock);
	}
	if (*c == NULL)
		return;
	if (good) {
		(*c)->open_deadline_ms = clock_mono_ms() + QUIT_MS;
		smtp_client_quit((*c)->client);
	}
	drop(p, c);
}

static void
close_idle(struct pool *p, int64_t idle_before_ms)
{
	struct pool_conn *list = NULL;
	struct entry *unused;

	pthread_mutex_lock(&p->lock);
	for (struct entry *e = p->entries; e != NULL; e = e->next)
		idle_collect(e, idle_before_ms, &list);
	unused = entries_unused(p);
	pthread_mutex_unlock(&p->lock);
	idle_close(list);
	entries_free(unused);
}

void
pool_tidy(struct pool *p)
{
	close_idle(p, clock_mono_ms() - p->opts.idle_ms);
}

void
pool_free(struct pool **p)
{
	if (*p == NULL)
		return;
	close_idle(*p, INT64_MAX);
	for (struct entry *e = (*p)->entries; e != NULL; e = e->next)
		assert(e->users == 0);
	entries_free((*p)->entries);
	pthread_mutex_destroy(&(*p)->lock);
	free(*p);
	*p = NULL;
}
