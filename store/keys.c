/*
 * store/keys.c - the key folder, derivation, sealed values.
 */
#include "store/keys.h"

#include "core/address.h"
#include "store/io.h"
#include "store/store_int.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
path_in(const char *folder, const char *name, char out[PATH_MAX])
{
	if (snprintf(out, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
		return err_set(ERR_LIMIT, "path of %s is too long", name);
	return ERR_OK;
}

static enum err
check_mode(const char *path, mode_t forbidden)
{
	struct stat sb;

	if (stat(path, &sb) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(ERR_NOT_FOUND, "%s is not there; secudoc keys init makes it", path);
	if (stat(path, &sb) != 0)
		return err_set(
		    errno == EACCES ? ERR_DENIED : ERR_TEMP, "%s: %s", path, strerror(errno));
	if (!S_ISREG(sb.st_mode))
		return err_set(ERR_DENIED, "%s is no plain file", path);
	if ((sb.st_mode & forbidden) != 0)
		return err_set(ERR_DENIED, "%s has mode %03o: others may read or change it", path,
		    (unsigned)(sb.st_mode & 0777));
	return ERR_OK;
}

static enum err
load_key(const char *folder, const char *name, mode_t forbidden, uint8_t ret[STORE_KEY_SIZE])
{
	CLEANUP(buf_done_secret) struct buf text = { 0 };
	char path[PATH_MAX];

	TRY(path_in(folder, name, path));
	TRY(check_mode(path, forbidden));
	buf_init(&text, 256);
	TRY(io_read_file(path, &text));
	if (hex_decode(span_trim(buf_span(&text)), ret, STORE_KEY_SIZE) != ERR_OK)
		return err_set(
		    ERR_DENIED, "%s does not hold %u bytes in hex", path, STORE_KEY_SIZE);
	return ERR_OK;
}

enum err
keys_load(const char *keys_dir, bool with_master, struct keys *ret)
{
	struct keys k = { 0 };

	/* a group may share auth.key: roles can run as different users */
	TRY(load_key(keys_dir, KEYS_AUTH, 0027, k.auth));
	if (with_master)
		TRY(load_key(keys_dir, KEYS_MASTER, 0077, k.master));
	k.has_master = with_master;
	*ret = k;
	keys_wipe(&k);
	return ERR_OK;
}

void
keys_wipe(struct keys *k)
{
	crypto_wipe(k, sizeof(*k));
}

static enum err
make_key(const char *folder, const char *name)
{
	CLEANUP(io_close) int fd = -1;
	uint8_t key[STORE_KEY_SIZE];
	char path[PATH_MAX], text[HEX_SIZE(STORE_KEY_SIZE) + 1];
	enum err err;

	TRY(path_in(folder, name, path));
	TRY(io_open(path, O_WRONLY | O_CREAT | O_EXCL, 0600, &fd));
	crypto_random(key, sizeof(key));
	(void)hex_encode(span_of(key, sizeof(key)), text);
	(void)strcat(text, "\n");
	err = io_write(fd, span_str(text), path);
	if (err == ERR_OK)
		err = io_sync(fd, path);
	crypto_wipe(key, sizeof(key));
	crypto_wipe(text, sizeof(text));
	if (err != ERR_OK)
		(void)unlink(path); /* nobody has used it yet */
	return err;
}

static enum err
make_empty(const char *folder, const char *name)
{
	CLEANUP(io_close) int fd = -1;
	char path[PATH_MAX];

	TRY(path_in(folder, name, path));
	TRY(io_open(path, O_WRONLY | O_CREAT | O_APPEND, 0600, &fd));
	return io_sync(fd, path);
}

enum err
store_keys_init(const char *keys_dir)
{
	static const char *const names[] = { KEYS_MASTER, KEYS_AUTH, KEYS_ERASED, KEYS_HEADS };
	char path[PATH_MAX];

	TRY(io_mkdir(keys_dir, 0700));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		TRY(path_in(keys_dir, names[i], path));
		if (access(path, F_OK) == 0)
			return err_set(
			    ERR_DENIED, "%s is there already; keys are never replaced", path);
	}
	TRY(make_empty(keys_dir, KEYS_ERASED));
	TRY(make_empty(keys_dir, KEYS_HEADS));
	TRY(make_key(keys_dir, KEYS_AUTH));
	TRY(make_key(keys_dir, KEYS_MASTER));
	return io_sync_folder(keys_dir);
}

static void
put_u64(uint8_t out[8], int64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
}

/* label || 0 || number || number: labels hold no NUL, so two inputs never look alike. */
static size_t
bind_label(const char *label, const int64_t *numbers, size_t count, uint8_t *out, size_t size)
{
	size_t len = strlen(label) + 1;

	assert(len + 8 * count <= size);
	memcpy(out, label, len);
	for (size_t i = 0; i < count; i++)
		put_u64(out + len + 8 * i, numbers[i]);
	return len + 8 * count;
}

void
key_expand(const uint8_t key[STORE_KEY_SIZE], const char *label, int64_t number,
    uint8_t ret_key[STORE_KEY_SIZE])
{
	uint8_t info[96];
	size_t len = bind_label(label, &number, 1, info, sizeof(info));

	hkdf_sha256(span_of(key, STORE_KEY_SIZE), span_of(info, len), ret_key, STORE_KEY_SIZE);
}

void
key_wipe(uint8_t (*key)[STORE_KEY_SIZE])
{
	crypto_wipe(*key, STORE_KEY_SIZE);
}

void
store_key_derive(
    struct store *st, const char *label, int64_t tenant_id, uint8_t ret_key[STORE_KEY_SIZE])
{
	key_expand(st->keys.auth, label, tenant_id, ret_key);
}

enum err
store_address_hash(
    struct store *st, int64_t tenant_id, struct span address, uint8_t ret_hash[SHA256_SIZE])
{
	CLEANUP(buf_done) struct buf canonical = { 0 };
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];

	buf_init(&canonical, ADDRESS_MAX);
	TRY(address_canonical(address, &canonical));
	key_expand(st->keys.auth, "store-address", tenant_id, key);
	hmac_sha256(span_of(key, sizeof(key)), buf_span(&canonical), ret_hash);
	return ERR_OK;
}

enum err
value_seal(const uint8_t key[STORE_KEY_SIZE], struct value_at at, struct span in, struct buf *out)
{
	const int64_t numbers[] = { at.id, at.no };
	uint8_t aad[96];
	struct span bound = span_of(aad, bind_label(at.label, numbers, 2, aad, sizeof(aad)));
	struct aead *a;

	TRY(buf_reserve(out, in.len + VALUE_OVERHEAD));
	a = aead_new(key);
	crypto_random(out->p + out->len, AEAD_NONCE_SIZE);
	aead_seal(a, out->p + out->len, bound, in, out->p + out->len + AEAD_NONCE_SIZE);
	out->len += in.len + VALUE_OVERHEAD;
	aead_free(&a);
	return ERR_OK;
}

enum err
value_open(const uint8_t key[STORE_KEY_SIZE], struct value_at at, struct span in, struct buf *out)
{
	const int64_t numbers[] = { at.id, at.no };
	uint8_t aad[96];
	struct span bound = span_of(aad, bind_label(at.label, numbers, 2, aad, sizeof(aad)));
	struct aead *a;
	enum err err;

	if (in.len < VALUE_OVERHEAD)
		return err_set(
		    ERR_DENIED, "sealed %s of %lld is too short", at.label, (long long)at.id);
	TRY(buf_reserve(out, in.len - VALUE_OVERHEAD));
	a = aead_new(key);
	err = aead_open(a, in.p, bound, span_from(in, AEAD_NONCE_SIZE), out->p + out->len);
	aead_free(&a);
	if (err != ERR_OK)
		return err_set(
		    ERR_DENIED, "sealed %s of %lld is not authentic", at.label, (long long)at.id);
	out->len += in.len - VALUE_OVERHEAD;
	return ERR_OK;
}
