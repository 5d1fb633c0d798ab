#include "core/crypto.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define HMAC_BLOCK 64u /* of SHA-256: FIPS 180-4 section 1 */

/*
 * OpenSSL's calls below fail only without memory or by misuse; both stop the process, because going on
 * with a key or digest that was not made is worse than any restart.
 */
#define MUST(call)               \
	do {                     \
		if ((call) != 1) \
			abort(); \
	} while (0)

void
crypto_random(void *out, size_t len)
{
	assert(len <= INT32_MAX);
	MUST(RAND_bytes(out, (int)len));
}

void
crypto_wipe(void *p, size_t len)
{
	if (p != NULL)
		OPENSSL_cleanse(p, len);
}

/* Fetched once: an implicit fetch for each digest costs more than digesting a short input. */
static const EVP_MD *md_sha256;
static const EVP_CIPHER *cipher_gcm;

__attribute__((constructor)) static void
fetch(void)
{
	md_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	cipher_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (md_sha256 == NULL || cipher_gcm == NULL)
		abort();
}

struct sha256 {
	EVP_MD_CTX *ctx;
};

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = malloc(sizeof(*h));

	if (h == NULL || (h->ctx = EVP_MD_CTX_new()) == NULL)
		abort();
	MUST(EVP_DigestInit_ex2(h->ctx, md_sha256, NULL));
	return h;
}

void
sha256_update(struct sha256 *h, struct span in)
{
	if (in.len > 0)
		MUST(EVP_DigestUpdate(h->ctx, in.p, in.len));
}

void
sha256_final(struct sha256 *h, uint8_t out[SHA256_SIZE])
{
	MUST(EVP_DigestFinal_ex(h->ctx, out, NULL));
	MUST(EVP_DigestInit_ex2(h->ctx, md_sha256, NULL));
}

void
sha256_free(struct sha256 **h)
{
	if (*h == NULL)
		return;
	EVP_MD_CTX_free((*h)->ctx);
	free(*h);
	*h = NULL;
}

void
sha256_of(struct span in, uint8_t out[SHA256_SIZE])
{
	MUST(EVP_Digest(in.len > 0 ? (const void *)in.p : "", in.len, out, NULL, md_sha256, NULL));
}

/* H(key XOR pad, in), one half of RFC 2104 section 2; block is the key, filled up with zeros. */
static void
hmac_half(EVP_MD_CTX *ctx, const uint8_t block[HMAC_BLOCK], uint8_t pad, struct span in,
    uint8_t out[SHA256_SIZE])
{
	uint8_t padded[HMAC_BLOCK];

	for (size_t i = 0; i < HMAC_BLOCK; i++)
		padded[i] = block[i] ^ pad;
	MUST(EVP_DigestInit_ex2(ctx, md_sha256, NULL));
	MUST(EVP_DigestUpdate(ctx, padded, HMAC_BLOCK));
	if (in.len > 0)
		MUST(EVP_DigestUpdate(ctx, in.p, in.len));
	MUST(EVP_DigestFinal_ex(ctx, out, NULL));
	crypto_wipe(padded, sizeof(padded));
}

/* OpenSSL's own one looks up MAC and digest by name for each call: five times the cost, with locks. */
void
hmac_sha256(struct span key, struct span in, uint8_t out[SHA256_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t block[HMAC_BLOCK] = { 0 }, inner[SHA256_SIZE];

	if (ctx == NULL)
		abort();
	if (key.len > HMAC_BLOCK)
		sha256_of(key, block);
	else if (key.len > 0)
		memcpy(block, key.p, key.len);
	hmac_half(ctx, block, 0x36, in, inner);
	hmac_half(ctx, block, 0x5c, span_of(inner, sizeof(inner)), out);
	EVP_MD_CTX_free(ctx);
	crypto_wipe(block, sizeof(block));
	crypto_wipe(inner, sizeof(inner));
}

void
hkdf_sha256(struct span key, struct span info, uint8_t *out, size_t out_len)
{
	static const uint8_t salt[SHA256_SIZE]; /* RFC 5869 section 2.2: not given is zeros */
	uint8_t prk[SHA256_SIZE], block[SHA256_SIZE] = { 0 };
	uint8_t *in = malloc(SHA256_SIZE + info.len + 1);
	size_t have = 0;

	assert(out_len <= 255u * SHA256_SIZE);
	if (in == NULL)
		abort();
	hmac_sha256(span_of(salt, sizeof(salt)), key, prk);
	/* RFC 5869 section 2.3: T(i) = HMAC(PRK, T(i-1) | info | i) */
	for (uint8_t i = 1; out_len > 0; i++) {
		size_t n = out_len < SHA256_SIZE ? out_len : SHA256_SIZE;

		memcpy(in, block, have);
		if (info.len > 0)
			memcpy(in + have, info.p, info.len);
		in[have + info.len] = i;
		hmac_sha256(span_of(prk, sizeof(prk)), span_of(in, have + info.len + 1), block);
		memcpy(out, block, n);
		have = SHA256_SIZE;
		out += n;
		out_len -= n;
	}
	crypto_wipe(prk, sizeof(prk));
	crypto_wipe(block, sizeof(block));
	crypto_wipe(in, SHA256_SIZE);
	free(in);
}

struct aead {
	EVP_CIPHER_CTX *enc;
	EVP_CIPHER_CTX *dec;
};

static EVP_CIPHER_CTX *
cipher_new(const uint8_t key[AEAD_KEY_SIZE], int enc)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL)
		abort();
	MUST(EVP_CipherInit_ex2(ctx, cipher_gcm, key, NULL, enc, NULL));
	return ctx;
}

struct aead *
aead_new(const uint8_t key[AEAD_KEY_SIZE])
{
	struct aead *a = malloc(sizeof(*a));

	if (a == NULL)
		abort();
	/* a context keeps the expanded key, so each message costs an IV only */
	a->enc = cipher_new(key, 1);
	a->dec = cipher_new(key, 0);
	return a;
}

void
aead_free(struct aead **a)
{
	if (*a == NULL)
		return;
	EVP_CIPHER_CTX_free((*a)->enc); /* cleanses */
	EVP_CIPHER_CTX_free((*a)->dec);
	free(*a);
	*a = NULL;
}

/* EVP counts in int; callers seal frames and keys, never more than this */
static void
update(EVP_CIPHER_CTX *ctx, uint8_t *out, struct span in)
{
	int n = 0;

	assert(in.len <= INT32_MAX);
	if (in.len == 0)
		return;
	MUST(EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.len));
	assert((size_t)n == in.len);
}

void
aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE_SIZE], struct span aad, struct span in,
    uint8_t *out)
{
	int n = 0;
	uint8_t tail[16];

	MUST(EVP_EncryptInit_ex2(a->enc, NULL, NULL, nonce, NULL));
	update(a->enc, NULL, aad);
	update(a->enc, out, in);
	MUST(EVP_EncryptFinal_ex(a->enc, tail, &n));
	MUST(EVP_CIPHER_CTX_ctrl(a->enc, EVP_CTRL_AEAD_GET_TAG, (int)AEAD_TAG_SIZE, out + in.len));
}

enum err
aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE_SIZE], struct span aad, struct span in,
    uint8_t *out)
{
	int n = 0;
	uint8_t tag[AEAD_TAG_SIZE], tail[16];

	if (in.len < AEAD_TAG_SIZE)
		return err_set(ERR_DENIED, "sealed data of %zu bytes", in.len);
	size_t len = in.len - AEAD_TAG_SIZE;
	memcpy(tag, in.p + len, sizeof(tag));
	MUST(EVP_DecryptInit_ex2(a->dec, NULL, NULL, nonce, NULL));
	update(a->dec, NULL, aad);
	update(a->dec, out, span_upto(in, len));
	MUST(EVP_CIPHER_CTX_ctrl(a->dec, EVP_CTRL_AEAD_SET_TAG, (int)sizeof(tag), tag));
	if (EVP_DecryptFinal_ex(a->dec, tail, &n) != 1) {
		/* what is not authentic is not shown */
		crypto_wipe(out, len);
		return err_set(ERR_DENIED, "sealed data of %zu bytes is not authentic", in.len);
	}
	return ERR_OK;
}

static void
free_pkey(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void
free_pkey_ctx(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

void
x25519_keypair(uint8_t ret_private[X25519_SIZE], uint8_t ret_public[X25519_SIZE])
{
	/* RFC 7748 section 5: any 32 bytes are a key, X25519 clamps */
	crypto_random(ret_private, X25519_SIZE);
	x25519_public(ret_private, ret_public);
}

static EVP_PKEY *
private_key(const uint8_t priv[X25519_SIZE])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, priv, X25519_SIZE);

	if (key == NULL)
		abort();
	return key;
}

static void
public_of(EVP_PKEY *key, uint8_t ret_public[X25519_SIZE])
{
	size_t len = X25519_SIZE;

	MUST(EVP_PKEY_get_raw_public_key(key, ret_public, &len));
	assert(len == X25519_SIZE);
}

void
x25519_public(const uint8_t priv[X25519_SIZE], uint8_t ret_public[X25519_SIZE])
{
	CLEANUP(free_pkey) EVP_PKEY *key = private_key(priv);

	public_of(key, ret_public);
}

static enum err
agree(EVP_PKEY *ours, const uint8_t pub[X25519_SIZE], uint8_t secret[X25519_SIZE])
{
	CLEANUP(free_pkey) EVP_PKEY *theirs = NULL;
	CLEANUP(free_pkey_ctx) EVP_PKEY_CTX *ctx = NULL;
	size_t len = X25519_SIZE;

	theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, pub, X25519_SIZE);
	ctx = EVP_PKEY_CTX_new(ours, NULL);
	if (theirs == NULL || ctx == NULL || EVP_PKEY_derive_init(ctx) != 1)
		abort();
	/* RFC 7748 section 6.1: an all-zero result (a point of small order) is refused by EVP */
	if (EVP_PKEY_derive_set_peer(ctx, theirs) != 1 || EVP_PKEY_derive(ctx, secret, &len) != 1)
		return err_set(ERR_DENIED, "public key of small order");
	assert(len == X25519_SIZE);
	return ERR_OK;
}

/* The key of one sealed box: bound to both public keys; the label tells it from any other use. */
static void
box_key(const uint8_t secret[X25519_SIZE], const uint8_t ephemeral[X25519_SIZE],
    const uint8_t recipient[X25519_SIZE], uint8_t key[AEAD_KEY_SIZE])
{
	static const char label[] = "secudoc seal 1";
	uint8_t info[sizeof(label) + 2 * X25519_SIZE];

	memcpy(info, label, sizeof(label));
	memcpy(info + sizeof(label), ephemeral, X25519_SIZE);
	memcpy(info + sizeof(label) + X25519_SIZE, recipient, X25519_SIZE);
	hkdf_sha256(span_of(secret, X25519_SIZE), span_of(info, sizeof(info)), key, AEAD_KEY_SIZE);
}

/* Each box has a key of its own, so one fixed nonce is used once with each key. */
static const uint8_t box_nonce[AEAD_NONCE_SIZE];

static void
free_aead(struct aead **a)
{
	aead_free(a);
}

enum err
seal(const uint8_t public_key[X25519_SIZE], struct span aad, struct span in, uint8_t *out)
{
	uint8_t priv[X25519_SIZE], pub[X25519_SIZE], secret[X25519_SIZE], key[AEAD_KEY_SIZE];

	/* making a key from its bytes computes the public half: once a box is enough */
	crypto_random(priv, sizeof(priv));
	CLEANUP(free_pkey) EVP_PKEY *ours = private_key(priv);
	crypto_wipe(priv, sizeof(priv));
	public_of(ours, pub);
	TRY(agree(ours, public_key, secret));
	box_key(secret, pub, public_key, key);
	crypto_wipe(secret, sizeof(secret));
	CLEANUP(free_aead) struct aead *a = aead_new(key);
	crypto_wipe(key, sizeof(key));
	/* ciphertext first: in may overlap the place of the public key */
	aead_seal(a, box_nonce, aad, in, out + X25519_SIZE);
	memcpy(out, pub, X25519_SIZE);
	return ERR_OK;
}

enum err
seal_open(
    const uint8_t private_key_bytes[X25519_SIZE], struct span aad, struct span in, uint8_t *out)
{
	uint8_t pub[X25519_SIZE], secret[X25519_SIZE], key[AEAD_KEY_SIZE];

	if (in.len < SEAL_OVERHEAD)
		return err_set(ERR_DENIED, "sealed box of %zu bytes", in.len);
	CLEANUP(free_pkey) EVP_PKEY *ours = private_key(private_key_bytes);
	public_of(ours, pub);
	TRY(agree(ours, in.p, secret));
	box_key(secret, in.p, pub, key);
	crypto_wipe(secret, sizeof(secret));
	CLEANUP(free_aead) struct aead *a = aead_new(key);
	crypto_wipe(key, sizeof(key));
	return aead_open(a, box_nonce, aad, span_from(in, X25519_SIZE), out);
}

char *
hex_encode(struct span in, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < in.len; i++) {
		out[2 * i] = digits[in.p[i] >> 4];
		out[2 * i + 1] = digits[in.p[i] & 15];
	}
	out[2 * in.len] = '\0';
	return out;
}

int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
hex_decode(struct span in, uint8_t *out, size_t out_len)
{
	if (in.len != 2 * out_len)
		return err_set(ERR_SYNTAX, "hex of %zu digits, %zu expected", in.len, 2 * out_len);
	for (size_t i = 0; i < out_len; i++) {
		int high = hex_value(in.p[2 * i]), low = hex_value(in.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return err_set(ERR_SYNTAX, "not a hex digit at %zu", 2 * i);
		out[i] = (uint8_t)(high << 4 | low);
	}
	return ERR_OK;
}

char *
base32_encode(struct span in, char *out)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		bits = bits << 8 | in.p[i];
		for (have += 8; have >= 5; have -= 5)
			out[n++] = alphabet[bits >> (have - 5) & 31];
	}
	if (have > 0)
		out[n++] = alphabet[bits << (5 - have) & 31];
	out[n] = '\0';
	return out;
}

static int
base32_digit(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

enum err
base32_decode(struct span in, uint8_t *out, size_t out_len)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	if (in.len != BASE32_SIZE(out_len) - 1)
		return err_set(ERR_SYNTAX, "base32 of %zu digits, %zu expected", in.len,
		    BASE32_SIZE(out_len) - 1);
	for (size_t i = 0; i < in.len; i++) {
		int digit = base32_digit(in.p[i]);

		if (digit < 0)
			return err_set(ERR_SYNTAX, "not a base32 digit at %zu", i);
		bits = bits << 5 | (uint32_t)digit;
		have += 5;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	/* RFC 4648 section 3.5: left-over bits are zero, so that there is one text for each value */
	if ((bits & ((1u << have) - 1)) != 0)
		return err_set(ERR_SYNTAX, "base32 with stray bits at its end");
	return ERR_OK;
}
