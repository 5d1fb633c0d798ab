/*
 * portal/session.h - a visitor who entered a code: the cookie, and the handle in the address.
 *
 * The secret is in the cookie only (__Host-: this host, TLS, no script); the address holds a handle
 * that is derived from it, so that several transfers can be open in one browser and no address
 * opens anything by itself (P25). A session is made with the right code and never before (P9).
 */
#ifndef SECUDOC_PORTAL_SESSION_H
#define SECUDOC_PORTAL_SESSION_H

#include "portal/web.h"

/* session_handle() - of the cookie's value. */
void session_handle(struct span secret, char ret[WEB_HANDLE_SIZE]);

/*
 * session_find() - the session whose handle is the path's second segment, by its cookie. Fills
 * handle, session_token and session of v. ERR_NOT_FOUND for every reason why there is none.
 */
MUST_USE enum err session_find(struct visit *v);

/* session_cookie() - the reply sets the cookie; an empty secret takes it away. */
void session_cookie(struct visit *v, const char *handle, struct span secret, int64_t life_ms);

#endif
