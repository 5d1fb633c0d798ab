/*
 * portal/throttle.h - how often one address may POST.
 *
 * What counts for a recipient (codes, attempts) is counted in the store, for him and not for addresses. This
 * here only keeps one machine from making work: each POST with a link may cost a commit, and a shared link
 * asked by strangers an audit line. Counts live in this process, in a fixed table that a visitor cannot
 * aim at, as its places follow from a secret; addresses that meet in one place share its count.
 *
 * Thread-safe.
 */
#ifndef SECUDOC_PORTAL_THROTTLE_H
#define SECUDOC_PORTAL_THROTTLE_H

#include "core/err.h"
#include "core/span.h"

#define THROTTLE_POSTS_PER_MINUTE 300u /* an office behind one address, all at once */

struct throttle;

/* secret is copied. ERR_TEMP without memory. */
MUST_USE enum err throttle_new(struct span secret, struct throttle **ret);
void throttle_free(struct throttle **t);

/*
 * throttle_pass() - count one for peer, an address as text (of IPv6 the /64 counts), and say whether that is
 * within what a minute allows. mono_ms is monotonic.
 */
bool throttle_pass(struct throttle *t, struct span peer, int64_t mono_ms);

#endif
