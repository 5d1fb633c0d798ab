/*
 * portal/web.h - what the portal's own files share: the server's state and one visit.
 */
#ifndef SECUDOC_PORTAL_WEB_H
#define SECUDOC_PORTAL_WEB_H

#include "core/config.h"
#include "core/log.h"
#include "net/http_request.h"
#include "net/http_server.h"
#include "portal/input.h"
#include "portal/throttle.h"
#include "store/keys.h"
#include "store/tenant.h"
#include "store/transfer.h"

#define WEB_STYLE_VERSION_SIZE 13u /* 12 hex digits of the style sheet's SHA-256, NUL */
#define WEB_HANDLE_SIZE        17u /* 80 bits of base32, NUL */

struct web {
	const struct config *config;
	struct store *store;
	uint8_t form_key[STORE_KEY_SIZE];
	char style_version[WEB_STYLE_VERSION_SIZE];
	struct http_server *server;
	struct throttle *throttle;
	int stop_fd;
};

struct route;

/* One request as handlers see it: resolved and checked as far as its route says. */
struct visit {
	struct web *web;
	struct http_exchange *x;
	struct arena *arena;       /* the exchange's */
	const struct route *route; /* NULL: none fits */
	struct http_segments path;
	enum tenant_language language;
	bool language_chosen; /* by ?lang=, so links carry it on */
	struct input input;
	int64_t now_ms;
	unsigned status; /* of the reply, for log and metrics */
	struct log_scope log_tenant, log_mail;
	const struct log_scope *log;

	const struct tenant *tenant; /* held during the visit; NULL where nobody may know it */
	/* ROUTE_LINK: */
	struct span token;
	struct store_link link;
	/* ROUTE_SESSION: */
	char handle[WEB_HANDLE_SIZE];
	struct span session_token; /* the cookie's value */
	struct store_session session;
};

#endif
