/*
 * store/schema.h - the tables, as numbered steps that are only ever added to.
 *
 * What is not encrypted, and why (all else is sealed: under the mail's own key, the master key, or a key
 * from auth.key):
 *
 *   table           column                              why it is in the clear
 *   counter         all                                 numbers of the machine; nobody's data
 *   tenant          id, version, created_ms             numbers
 *   tenant          name, entra_id                      looked up by; a public GUID, an administrator's word
 *   tenant          public_key                          it is public
 *   tenant_version  tenant_id, version, changed_ms      numbers
 *   audit           all                                 read without the master key; ids, times and fixed
 *                                                       words only, addresses as keyed hashes
 *   audit_head      all                                 numbers and MACs
 *   mail            id, tenant_id, times, state, verdict, origin, reason, flags, dsn_ret,
 *                   returned_copy_id, open_copies       the queue works with them; fixed words, no content
 *   mail            stored_bytes                        size of the container, seen on the disk anyway
 *   copy            all                                 the queue: states, times, counts
 *   rcpt            all but address, reply              states; address_hash is keyed
 *   repeat_seen     all                                 keyed hashes and times
 *   returned        all                                 ids, keyed hashes, times
 *   transfer, link  all                                 ids, times, states; the token as its SHA-256
 *   code            all                                 times and counts; the code as a keyed hash
 *   session         all                                 ids, times; the token as its SHA-256
 */
#ifndef SECUDOC_STORE_SCHEMA_H
#define SECUDOC_STORE_SCHEMA_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

struct db_conn;

extern const char *const schema_steps[]; /* step i leads from version i to i + 1 */
extern const size_t schema_step_count;   /* the newest version */

/*
 * schema_apply() - bring a database from where it is to version `to`, all in one transaction; processes that
 * start together wait for each other. ERR_DENIED: the database is newer than that.
 */
MUST_USE enum err schema_apply(struct db_conn *c, int64_t to);

#endif
