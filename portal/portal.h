/*
 * portal/portal.h - role web: the pages a recipient sees.
 *
 * The way through (portal/routes.c is the table; whatever is not in it is answered 404):
 *
 *   GET  /t/TOKEN            the link page: who sends what, how long; button "send me a code"
 *   POST /t/TOKEN/code       page=TOKEN2 [address=...]  makes and mails a code; 303 to
 *   GET  /t/TOKEN/code       code entry
 *   POST /t/TOKEN/open       page=TOKEN2 code=123456 [who=...]  opens a session: __Host- cookie,
 * 303 to GET  /f/HANDLE           the files; the link's token is no longer in the address GET
 * /f/HANDLE/N/NAME    file N (1, 2, ...), as an attachment; Range and If-Range; HEAD POST
 * /f/HANDLE/close     page=TOKEN2  ends the session; 303 to GET  /closed             "you may close
 * this window" GET  /style.css          the one style sheet GET  /robots.txt         nobody may
 * crawl
 *
 * page is a hidden input: clients copy all hidden inputs of the form they send. ?lang=nl|de|en on
 * any page wins over Accept-Language, which wins over the tenant's language. GET and HEAD change
 * nothing, except that a download inside a session writes an audit line. Unknown, expired and
 * revoked links get the same bytes.
 */
#ifndef SECUDOC_PORTAL_PORTAL_H
#define SECUDOC_PORTAL_PORTAL_H

#include "core/err.h"

struct role_env;

/*
 * portal_run() - serve on env's listening sockets until env's stop descriptor is readable, then
 * drain.
 *
 * Blocks. Calls env->ready when connections are accepted. Returns ERR_OK after a stop, or the error
 * that kept it from starting (certificate files, store, keys), with its note.
 */
MUST_USE enum err portal_run(const struct role_env *env);

#endif
