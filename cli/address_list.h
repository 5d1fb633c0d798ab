/*
 * cli/address_list.h - the mailboxes of To, Cc and Bcc. Pure.
 *
 *	address-list = address *("," address); address = mailbox / group	(RFC 5322 section 3.4)
 *
 * For showing what Exchange Online would do, not for trust: who an address is decides the envelope. So it
 * takes what mailers write ("bob@x.example <bob@x.example>" without quotes) and passes over what it cannot
 * read, where connector/mail_from.h refuses.
 */
#ifndef SECUDOC_CLI_ADDRESS_LIST_H
#define SECUDOC_CLI_ADDRESS_LIST_H

#include "core/span.h"

/*
 * address_list_next() - take the next item off a field's value, folding as it came; false at the end. *ret
 * borrows value; it is empty for an item in which no mailbox can be read. Empty items and groups without
 * members give nothing.
 */
bool address_list_next(struct span *value, struct span *ret_mailbox);

#endif
