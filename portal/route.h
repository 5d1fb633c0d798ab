/*
 * portal/route.h - the one table of what the portal answers; everything else is 404 or 405.
 *
 * A row says who may come (access), what a POST may say (fields), and which handler answers. Before
 * a handler runs its row has been enforced, so a handler has no way to forget it. Tests walk the
 * table.
 */
#ifndef SECUDOC_PORTAL_ROUTE_H
#define SECUDOC_PORTAL_ROUTE_H

#include "portal/web.h"

enum route_access {
	ROUTE_OPEN,    /* anybody: shows nothing of any tenant */
	ROUTE_LINK,    /* whoever has an active link: segment 1 is its token */
	ROUTE_SESSION, /* whoever entered a code: segment 1 is the handle, the cookie holds the rest
			*/
};

struct route {
	enum http_method method; /* GET rows answer HEAD, too */
	const char *path;        /* ":" stands for any one segment */
	enum route_access access;
	unsigned fields; /* POST: enum input_field that the form has */
	void (*run)(struct visit *v);
};

#define ROUTE_BODY_MAX 4096u /* the largest form: an address, two tokens */

extern const struct route route_table[];
extern const size_t route_count;

/* The handler of the whole portal; ctx is a struct web. */
struct http_handler route_handler(struct web *w);

#endif
