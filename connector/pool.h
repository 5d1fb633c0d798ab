/*
 * connector/pool.h - connections to the tenants' inbound connectors, kept for the next mail of the
 * same tenant.
 *
 * Exchange Online decides by the client certificate for which tenant it takes a mail, so nothing
 * here is ever shared between tenants: TLS context, certificate and idle connections belong to one
 * tenant in one version of its settings (T4). A new version gets connections of its own; those of
 * the old one are closed.
 *
 * Any thread may call; a connection itself belongs to the thread that took it.
 */
#ifndef SECUDOC_CONNECTOR_POOL_H
#define SECUDOC_CONNECTOR_POOL_H

#include "connector/smtp_client.h"
#include "core/tenant.h"

struct pool;
struct pool_conn;

struct pool_opts {
	const char *hostname;       /* for EHLO; borrowed, as ca is */
	const char *ca;             /* roots for the servers' certificates; "": the system's */
	int64_t connect_timeout_ms; /* TCP, TLS and both EHLOs */
	int64_t reply_timeout_ms;   /* one answer, or one buffer of output */
	int64_t idle_ms;            /* 0: connections are not kept */
	int interrupt_fd;           /* readable: whatever waits for a server ends at once */
};

MUST_USE enum err pool_new(const struct pool_opts *opts, struct pool **ret);
/*
 * pool_free() - all connections must have been given back. Says QUIT on idle ones without waiting
 * long.
 */
void pool_free(struct pool **p);

/*
 * pool_take() - a connection that is through TLS with the tenant's certificate: an idle one that
 * still stands, or, with fresh or when there is none, a new one. On an error *ret_why says at which
 * step and why.
 */
MUST_USE enum err pool_take(struct pool *p, const struct tenant *t, bool fresh,
    struct pool_conn **ret, struct smtp_result *ret_why);
struct smtp_client *pool_client(struct pool_conn *c);
/* pool_give() - back into the pool if good, else closed; clears *c. */
void pool_give(struct pool *p, struct pool_conn **c, bool good);

/* pool_tidy() - close what was idle too long. Every second or so. */
void pool_tidy(struct pool *p);

#endif
