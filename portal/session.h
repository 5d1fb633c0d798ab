/*
 * portal/session.h - a visitor who entered a code: the cookie, and the handle in the address.
 *
 * The secret is in the cookie only (__Host-: this host, TLS, no script). The address holds a handle that
 * is made of the link's id and a key of ours: several transfers can be open in one browser, a visitor who
 * comes back through his mail finds his session, and no address opens anything by itself (P25). A session
 * is made with the right code and never before (P9).
 */
#ifndef SECUDOC_PORTAL_SESSION_H
#define SECUDOC_PORTAL_SESSION_H

#include "portal/web.h"

/* session_handle() - of the sessions of one link. */
void session_handle(const struct web *w, int64_t link_id, char ret[WEB_HANDLE_SIZE]);

/*
 * session_find() - the session under a handle, by its cookie. Fills handle, session_token and session of v.
 * ERR_NOT_FOUND for every reason why there is none.
 */
MUST_USE enum err session_find(struct visit *v, struct span handle);

/* session_cookie() - the reply sets the cookie; an empty secret takes it away. */
void session_cookie(struct visit *v, const char *handle, struct span secret, int64_t life_ms);

#endif
