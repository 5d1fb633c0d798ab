/*
 * portal/guard.h - tokens that tie a form to its page, and the check where a POST comes from. Pure.
 *
 * A page token says "this form was shown by us, for this link or session, less than a day ago"; it
 * needs no cookie and no state. Together with the origin check it keeps other sites from posting
 * into a visitor's browser (P10). A who token names a recipient of a shared link without saying
 * whether there is one (P8).
 */
#ifndef SECUDOC_PORTAL_GUARD_H
#define SECUDOC_PORTAL_GUARD_H

#include "core/buf.h"
#include "store/keys.h"

#define GUARD_PAGE_LIFE_MS (24ll * 3600 * 1000) /* a page left open over night still works */
#define GUARD_TOKEN_SIZE   48u

/* subject is what the page is about: a link's token or a session's handle. */
void guard_page_token(const uint8_t key[STORE_KEY_SIZE], struct span subject, int64_t now_ms,
    char ret[GUARD_TOKEN_SIZE]);
bool guard_page_ok(
    const uint8_t key[STORE_KEY_SIZE], struct span subject, struct span token, int64_t now_ms);

/* guard_who() - address in canonical form. */
void guard_who(const uint8_t key[STORE_KEY_SIZE], struct span link_token, struct span address,
    char ret[GUARD_TOKEN_SIZE]);

/*
 * guard_origin_ok() - may a POST with these fields be from a page of ours? Fields that are not
 * there are empty spans.
 *
 * Sec-Fetch-Site decides where a browser sends it. Our pages ask for no referrer, and so browsers
 * send "Origin: null" from them; older ones without Sec-Fetch-Site are then let through to the page
 * token.
 */
bool guard_origin_ok(struct span fetch_site, struct span origin, struct span host, bool tls);

#endif
