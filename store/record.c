/*
 * store/record.c - records: written, read, sealed under a mail's key.
 *
 * The sealing key is HKDF(message key, "meta"); label, mail id and recipient number are bound to each value.
 */
#include "store/record.h"

#include "store/keys_int.h"
#include "store/limits.h"

#include <assert.h>

#define RECORD_VERSION 1u
#define FACTS_FIELDS   7u

enum err
record_put(const struct span *fields, size_t count, struct buf *out)
{
	TRY(buf_put_byte(out, RECORD_VERSION));
	for (size_t i = 0; i < count; i++) {
		uint8_t len[4];

		for (int b = 0; b < 4; b++)
			len[b] = (uint8_t)(fields[i].len >> (24 - 8 * b));
		TRY(buf_put(out, span_of(len, sizeof(len))));
		TRY(buf_put(out, fields[i]));
	}
	return ERR_OK;
}

enum err
record_get(struct span in, struct span *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fields[i] = SPAN_NONE;
	if (!span_take_byte(&in, RECORD_VERSION))
		return err_set(ERR_DENIED, "record of another version");
	for (size_t i = 0; in.len > 0; i++) {
		size_t len;

		if (in.len < 4)
			return err_set(ERR_DENIED, "record ends inside a length");
		len =
		    (size_t)in.p[0] << 24 | (size_t)in.p[1] << 16 | (size_t)in.p[2] << 8 | in.p[3];
		in = span_from(in, 4);
		if (len > in.len)
			return err_set(ERR_DENIED, "record ends inside a field");
		if (i < count)
			fields[i] = span_upto(in, len);
		in = span_from(in, len);
	}
	return ERR_OK;
}

static enum err
seal_record(const uint8_t key[32], struct value_at at, const struct span *fields, size_t count,
    struct buf *out)
{
	CLEANUP(buf_done_secret) struct buf plain = { 0 };
	CLEANUP(key_wipe) uint8_t meta_key[STORE_KEY_SIZE];

	buf_init(&plain, STORE_FACTS_MAX);
	TRY(record_put(fields, count, &plain));
	key_expand(key, "meta", 0, meta_key);
	return value_seal(meta_key, at, buf_span(&plain), out);
}

static enum err
open_record(const uint8_t key[32], struct value_at at, struct span sealed, struct arena *a,
    struct span *fields, size_t count)
{
	CLEANUP(buf_done_secret) struct buf plain = { 0 };
	CLEANUP(key_wipe) uint8_t meta_key[STORE_KEY_SIZE];
	struct span kept;

	buf_init(&plain, STORE_FACTS_MAX + VALUE_OVERHEAD);
	key_expand(key, "meta", 0, meta_key);
	TRY(value_open(meta_key, at, sealed, &plain));
	TRY(arena_dup(a, buf_span(&plain), &kept));
	return record_get(kept, fields, count);
}

enum err
record_seal_facts(
    const uint8_t key[32], int64_t mail_id, const struct store_mail_facts *f, struct buf *out)
{
	const struct span fields[FACTS_FIELDS] = { f->sender, f->envid, f->received_field,
		f->message_id, f->subject, f->from, f->extra };

	return seal_record(
	    key, (struct value_at){ "facts", mail_id, 0 }, fields, FACTS_FIELDS, out);
}

enum err
record_open_facts(const uint8_t key[32], int64_t mail_id, struct span sealed, struct arena *a,
    struct store_mail_facts *ret)
{
	struct span f[FACTS_FIELDS];

	TRY(open_record(key, (struct value_at){ "facts", mail_id, 0 }, sealed, a, f, FACTS_FIELDS));
	*ret = (struct store_mail_facts){ f[0], f[1], f[2], f[3], f[4], f[5], f[6] };
	return ERR_OK;
}

enum err
record_seal_rcpt(const uint8_t key[32], int64_t mail_id, int no, struct span address,
    struct span orcpt, struct buf *out)
{
	const struct span fields[] = { address, orcpt };

	return seal_record(key, (struct value_at){ "rcpt", mail_id, no }, fields, 2, out);
}

enum err
record_open_rcpt(const uint8_t key[32], int64_t mail_id, int no, struct span sealed,
    struct arena *a, struct span *ret_address, struct span *ret_orcpt)
{
	struct span f[2];

	TRY(open_record(key, (struct value_at){ "rcpt", mail_id, no }, sealed, a, f, 2));
	*ret_address = f[0];
	*ret_orcpt = f[1];
	return ERR_OK;
}

enum err
record_seal_reply(
    const uint8_t key[32], int64_t mail_id, int no, struct span reply, struct buf *out)
{
	return seal_record(key, (struct value_at){ "reply", mail_id, no }, &reply, 1, out);
}

enum err
record_open_reply(const uint8_t key[32], int64_t mail_id, int no, struct span sealed,
    struct arena *a, struct span *ret_reply)
{
	return open_record(key, (struct value_at){ "reply", mail_id, no }, sealed, a, ret_reply, 1);
}
