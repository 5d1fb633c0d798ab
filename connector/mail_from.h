/*
 * connector/mail_from.h - the one author of a mail. Pure.
 *
 *	from = mailbox; mailbox = addr-spec / [display-name] "<" addr-spec ">"	(RFC 5322
 *section 3.4)
 *
 * Only what every reader reads in the same way: one mailbox, no group, no second "<", no "@" or ","
 *outside quotes in the display name (T8). Comments and folding are passed over.
 */
#ifndef SECUDOC_CONNECTOR_MAIL_FROM_H
#define SECUDOC_CONNECTOR_MAIL_FROM_H

#include "core/address.h"

/* value is the field's, folding as it came. ERR_SYNTAX: not one plain mailbox. Borrows value. */
MUST_USE enum err mail_from_parse(struct span value, struct address *ret);

#endif
