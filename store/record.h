/*
 * store/record.h - several byte strings as one value, to be sealed as one.
 *
 * A version byte, then each field as four bytes of length (big-endian) and its bytes. A reader that knows
 * more fields than there are gets empty ones; one that knows fewer ignores the rest.
 */
#ifndef SECUDOC_STORE_RECORD_H
#define SECUDOC_STORE_RECORD_H

#include "core/buf.h"
#include "store/mail.h"

MUST_USE enum err record_put(const struct span *fields, size_t count, struct buf *out);
/* Fields point into in. ERR_DENIED: not a record. */
MUST_USE enum err record_get(struct span in, struct span *fields, size_t count);

/* The two records of a mail, sealed under its key. Opened ones point into memory of a. */
MUST_USE enum err record_seal_facts(
    const uint8_t key[32], int64_t mail_id, const struct store_mail_facts *facts, struct buf *out);
MUST_USE enum err record_open_facts(const uint8_t key[32], int64_t mail_id, struct span sealed,
    struct arena *a, struct store_mail_facts *ret);
MUST_USE enum err record_seal_rcpt(const uint8_t key[32], int64_t mail_id, int no,
    struct span address, struct span orcpt, struct buf *out);
MUST_USE enum err record_open_rcpt(const uint8_t key[32], int64_t mail_id, int no,
    struct span sealed, struct arena *a, struct span *ret_address, struct span *ret_orcpt);
MUST_USE enum err record_seal_reply(
    const uint8_t key[32], int64_t mail_id, int no, struct span reply, struct buf *out);
MUST_USE enum err record_open_reply(const uint8_t key[32], int64_t mail_id, int no,
    struct span sealed, struct arena *a, struct span *ret_reply);

#endif
