/*
 * connector/marks.h - X-SecuDoc-Mark: how we know our own mail when it comes back. Pure.
 *
 *   X-SecuDoc-Mark: v1; t=<entra id>; c=<copy id>; d=<unix ms>; m=<base64url HMAC-SHA-256>
 *
 * The MAC covers the fields before it and the mail's Message-ID, so that a mark does not make
 * another mail ours (T5). The key is the tenant's: store_key_derive(st, "mark", tenant id, key). A
 * mark that is not exactly as written here is invalid and counts for nothing.
 */
#ifndef SECUDOC_CONNECTOR_MARKS_H
#define SECUDOC_CONNECTOR_MARKS_H

#include "core/buf.h"
#include "core/crypto.h"
#include "core/tenant.h"

#define MARK_FIELD     "X-SecuDoc-Mark"
#define MARK_VALUE_MAX 192u

struct mark {
	int64_t copy_id;
	int64_t made_ms;
};

/*
 * mark_put() - append the field's value (no name, no CRLF; below 200 bytes). message_id is the
 * field's value as it stands in the mail, trimmed; empty when the mail has none. ERR_LIMIT,
 * ERR_TEMP from out.
 */
MUST_USE enum err mark_put(const uint8_t key[SHA256_SIZE], const char *entra_id,
    const struct mark *mark, struct span message_id, struct buf *out);

/* mark_check() - value trimmed. False: not a mark of this tenant for this mail; *ret untouched. */
bool mark_check(const uint8_t key[SHA256_SIZE], const char *entra_id, struct span value,
    struct span message_id, struct mark *ret);

#endif
