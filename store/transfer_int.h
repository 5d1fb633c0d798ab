/*
 * store/transfer_int.h - ending a transfer, as housekeeping and the administrator do.
 */
#ifndef SECUDOC_STORE_TRANSFER_INT_H
#define SECUDOC_STORE_TRANSFER_INT_H

#include "store/store_int.h"
#include "store/transfer.h"

/*
 * transfer_end() - inside a job: ACTIVE becomes `to`, and a mail that was only held for its links is done.
 * *ret_ended false: it was not active any more.
 */
MUST_USE enum err transfer_end(struct store *st, struct db_conn *c, int64_t tenant_id,
    int64_t transfer_id, int64_t mail_id, enum store_transfer_state to, bool *ret_ended);

#endif
