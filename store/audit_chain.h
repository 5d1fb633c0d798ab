/*
 * store/audit_chain.h - the macs of the audit chain: what they cover.
 *
 * mac of a line = HMAC(K, mac of the line before (32 zero bytes for the first) || tenant || seq || time ||
 * mail || transfer || copy || number (8 bytes each, big-endian) || 1-byte length and event || 1-byte length and
 * reason || 1-byte flag and 32 bytes of address hash), K = HKDF(auth.key, "store-audit", tenant).
 * mac of a head = HMAC(HKDF(auth.key, "store-audit-head", tenant), tenant || seq || mac of line seq).
 */
#ifndef SECUDOC_STORE_AUDIT_CHAIN_H
#define SECUDOC_STORE_AUDIT_CHAIN_H

#include "store/audit_int.h"

struct audit_chained {
	int64_t seq, time_ms;
	struct audit_entry entry;
	uint8_t mac[SHA256_SIZE];
};
struct audit_head {
	int64_t seq; /* 0: no line yet */
	uint8_t mac[SHA256_SIZE];
};

void audit_line_mac(struct store *st, int64_t tenant_id, const uint8_t before[SHA256_SIZE],
    const struct audit_chained *l, uint8_t ret_mac[SHA256_SIZE]);
void audit_head_mac(struct store *st, int64_t tenant_id, int64_t seq,
    const uint8_t mac[SHA256_SIZE], uint8_t ret_mac[SHA256_SIZE]);
bool audit_head_check(
    struct store *st, int64_t tenant_id, int64_t seq, struct span mac, struct span head_mac);
/* audit_line_read() - a row of AUDIT_AFTER or AUDIT_OF_MAIL; what does not fit is cut and fails its mac. */
void audit_line_read(struct db_rows *row, struct audit_chained *ret);

#endif
