/*
 * portal/reply.h - every answer of the portal goes out through here, and so carries the same
 * protection.
 */
#ifndef SECUDOC_PORTAL_REPLY_H
#define SECUDOC_PORTAL_REPLY_H

#include "portal/template.h"
#include "portal/web.h"

/* reply_guard() - status and the fields that every answer has; the body is the caller's. */
void reply_guard(struct visit *v, unsigned status);
/*
 * reply_page() - a page of portal/page.h in the visit's language; view may be NULL. When it cannot
 * be made, that is an empty 503.
 */
void
reply_page(struct visit *v, unsigned status, const char *page, const struct template_view *view);
/*
 * reply_see() - 303 to a path of ours, with the chosen language carried on. query is "who=..." or
 * NULL; path holds unreserved characters and "/" only.
 */
void reply_see(struct visit *v, const char *path, const char *query);
/* reply_err() - the page for an error of the world: 404 when it is not there, 503 else; logged
 * here. */
void reply_err(struct visit *v, const char *event, enum err err);
/* reply_refusal() - the page that belongs to a status without further words. */
void reply_refusal(struct visit *v, unsigned status);

#endif
