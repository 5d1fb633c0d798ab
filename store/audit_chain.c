/*
 * store/audit_chain.c - macs of lines and heads.
 */
#include "store/audit_chain.h"

#include <assert.h>
#include <string.h>

struct packed {
	uint8_t bytes[SHA256_SIZE + 7 * 8 + 2 * (1 + STORE_AUDIT_WORD_MAX) + 1 + SHA256_SIZE];
	size_t len;
};

static void
put(struct packed *p, const void *bytes, size_t len)
{
	assert(len <= sizeof(p->bytes) - p->len);
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static void
put_number(struct packed *p, int64_t v)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
	put(p, be, sizeof(be));
}

static void
put_word(struct packed *p, const char *word)
{
	uint8_t len = (uint8_t)strlen(word);

	put(p, &len, 1);
	put(p, word, len);
}

static void
mac_of(struct store *st, const char *label, int64_t tenant_id, const struct packed *p,
    uint8_t ret_mac[SHA256_SIZE])
{
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];

	store_key_derive(st, label, tenant_id, key);
	hmac_sha256(span_of(key, sizeof(key)), span_of(p->bytes, p->len), ret_mac);
}

void
audit_line_mac(struct store *st, int64_t tenant_id, const uint8_t before[SHA256_SIZE],
    const struct audit_chained *l, uint8_t ret_mac[SHA256_SIZE])
{
	const struct audit_entry *e = &l->entry;
	const int64_t numbers[] = { tenant_id, l->seq, l->time_ms, e->mail_id, e->transfer_id,
		e->copy_id, e->number };
	uint8_t flag = e->has_address ? 1 : 0;
	struct packed p = { .len = 0 };

	put(&p, before, SHA256_SIZE);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		put_number(&p, numbers[i]);
	put_word(&p, e->event);
	put_word(&p, e->reason);
	put(&p, &flag, 1);
	put(&p, e->address_hash, SHA256_SIZE);
	mac_of(st, "store-audit", tenant_id, &p, ret_mac);
}

void
audit_head_mac(struct store *st, int64_t tenant_id, int64_t seq, const uint8_t mac[SHA256_SIZE],
    uint8_t ret_mac[SHA256_SIZE])
{
	struct packed p = { .len = 0 };

	put_number(&p, tenant_id);
	put_number(&p, seq);
	put(&p, mac, SHA256_SIZE);
	mac_of(st, "store-audit-head", tenant_id, &p, ret_mac);
}

bool
audit_head_check(
    struct store *st, int64_t tenant_id, int64_t seq, struct span mac, struct span head_mac)
{
	uint8_t want[SHA256_SIZE];

	if (mac.len != SHA256_SIZE)
		return false;
	audit_head_mac(st, tenant_id, seq, mac.p, want);
	return span_eq_secret(span_of(want, sizeof(want)), head_mac);
}

static void
read_word(struct span s, char out[STORE_AUDIT_WORD_MAX + 1])
{
	s = span_upto(s, STORE_AUDIT_WORD_MAX);
	if (s.len > 0)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
}

void
audit_line_read(struct db_rows *row, struct audit_chained *ret)
{
	struct audit_entry *e = &ret->entry;
	struct span address, mac;

	memset(ret, 0, sizeof(*ret));
	ret->seq = db_get_int(row, 0);
	ret->time_ms = db_get_int(row, 1);
	read_word(db_get_bytes(row, 2), e->event);
	read_word(db_get_bytes(row, 3), e->reason);
	e->mail_id = db_get_int(row, 4);
	e->transfer_id = db_get_int(row, 5);
	e->copy_id = db_get_int(row, 6);
	e->number = db_get_int(row, 7);
	e->has_address = !db_is_null(row, 8);
	address = span_upto(db_get_bytes(row, 8), SHA256_SIZE);
	if (address.len > 0)
		memcpy(e->address_hash, address.p, address.len);
	mac = span_upto(db_get_bytes(row, 9), SHA256_SIZE);
	if (mac.len > 0)
		memcpy(ret->mac, mac.p, mac.len);
}
