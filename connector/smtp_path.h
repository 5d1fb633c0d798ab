/*
 * connector/smtp_path.h - Reverse-path and Forward-path of MAIL and RCPT. Pure.
 *
 * Source: RFC 5321 sections 4.1.1.2, 4.1.1.3, 4.1.2, 3.6.1 and appendix F.2 (source routes: refused
 * here), RFC 6531 section 3.3.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_PATH_H
#define SECUDOC_CONNECTOR_SMTP_PATH_H

#include "core/address.h"

struct smtp_path {
	bool null;           /* "<>" */
	struct span address; /* as written, without brackets; borrowed */
	struct span domain;
	bool utf8;
};

/*
 * smtp_path_take_reverse(), smtp_path_take_forward() - take "<...>" off the front of *s; *s moves
 * only on success. ERR_SYNTAX: no path. ERR_DENIED: it would route through another host: a source
 * route, or, for recipients, "%", "!" or a quoted "@" in the local part (T3). A forward-path is
 * never null, and
 * "<postmaster>" without domain is none: mail for this machine does not come from Exchange Online.
 */
MUST_USE enum err smtp_path_take_reverse(struct span *s, struct smtp_path *ret);
MUST_USE enum err smtp_path_take_forward(struct span *s, struct smtp_path *ret);

#endif
