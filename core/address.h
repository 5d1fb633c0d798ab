/*
 * core/address.h - mailboxes: one grammar and one canonical form for all state and limits.
 *
 * RFC 5321 section 4.1.2 (Mailbox), RFC 6531 section 3.3 (UTF-8). Source routes, control characters and
 * the null path are not mailboxes. Lengths: RFC 5321 section 4.5.3.1 (local part 64, domain 255).
 */
#ifndef SECUDOC_CORE_ADDRESS_H
#define SECUDOC_CORE_ADDRESS_H

#include "core/buf.h"

#define ADDRESS_MAX 320u /* 64 + "@" + 255 */

struct address {
	struct span local;  /* as written, quotes included */
	struct span domain; /* a name or an address literal with its brackets */
	bool utf8;          /* needs SMTPUTF8 */
};

/* address_parse() - s is the whole mailbox without angle brackets. ERR_SYNTAX, ERR_LIMIT. Borrows s. */
MUST_USE enum err address_parse(struct span s, struct address *ret);
/* address_take() - the same off the front of *s, up to the first byte that cannot belong to it. */
MUST_USE enum err address_take(struct span *s, struct address *ret);

/*
 * address_canonical() - the form under which an address is counted, hashed and compared: needless quotes
 * removed, ASCII lower case (Exchange compares local parts without case), trailing dot of the domain
 * removed, xn-- labels kept, UTF-8 domain labels kept. out has room for ADDRESS_MAX bytes.
 */
MUST_USE enum err address_canonical(struct span s, struct buf *out);

/* domain_is() - domain equals rule, or rule is "*.x" and domain is a true subdomain of x; no case. */
bool domain_is(struct span domain, struct span rule);
bool
domain_valid(struct span domain); /* letters, digits, hyphens, UTF-8; labels 1..63; no literal */

#endif
