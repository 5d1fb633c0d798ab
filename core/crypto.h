/*
 * core/crypto.h - the few primitives the system rests on, over OpenSSL's EVP interface.
 *
 * SHA-256, HMAC-SHA-256, HKDF-SHA-256 (RFC 5869), AES-256-GCM (NIST SP 800-38D) and a sealed box over
 * X25519 (RFC 7748). Random bytes come from the system and never fail: a system without randomness stops
 * the process. Keys are cleared by whoever holds them (crypto_wipe()).
 */
#ifndef SECUDOC_CORE_CRYPTO_H
#define SECUDOC_CORE_CRYPTO_H

#include "core/err.h"
#include "core/span.h"

#define SHA256_SIZE     32u
#define AEAD_KEY_SIZE   32u
#define AEAD_NONCE_SIZE 12u
#define AEAD_TAG_SIZE   16u
#define X25519_SIZE     32u
/* ephemeral public key, then ciphertext and tag */
#define SEAL_OVERHEAD (X25519_SIZE + AEAD_TAG_SIZE)

void crypto_random(void *out, size_t len);
void crypto_wipe(void *p, size_t len);

struct sha256;                   /* a running digest */
struct sha256 *sha256_new(void); /* aborts without memory: small and ours */
void sha256_update(struct sha256 *h, struct span in);
void sha256_final(struct sha256 *h, uint8_t out[SHA256_SIZE]); /* ready for a new message after */
void sha256_free(struct sha256 **h);
void sha256_of(struct span in, uint8_t out[SHA256_SIZE]);

void hmac_sha256(struct span key, struct span in, uint8_t out[SHA256_SIZE]);
/* hkdf_sha256() - no salt; info is the label; out_len at most 255 * 32. */
void hkdf_sha256(struct span key, struct span info, uint8_t *out, size_t out_len);

struct aead; /* AES-256-GCM with one key; one thread at a time */
struct aead *aead_new(const uint8_t key[AEAD_KEY_SIZE]);
void aead_free(struct aead **a); /* wipes */
/* aead_seal() - out gets in.len + AEAD_TAG_SIZE bytes; out may be in.p. */
void aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE_SIZE], struct span aad,
    struct span in, uint8_t *out);
/* aead_open() - in holds ciphertext and tag; out gets in.len - AEAD_TAG_SIZE. ERR_DENIED: not authentic. */
MUST_USE enum err aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE_SIZE], struct span aad,
    struct span in, uint8_t *out);

void x25519_keypair(uint8_t ret_private[X25519_SIZE], uint8_t ret_public[X25519_SIZE]);
void x25519_public(const uint8_t priv[X25519_SIZE], uint8_t ret_public[X25519_SIZE]);
/*
 * seal() - encrypt in so that only the holder of the private key reads it: X25519 with an ephemeral key,
 * HKDF over the shared secret and both public keys, AES-256-GCM. out gets in.len + SEAL_OVERHEAD bytes.
 * aad is bound and not carried. ERR_DENIED: not a usable public key.
 */
MUST_USE enum err
seal(const uint8_t public_key[X25519_SIZE], struct span aad, struct span in, uint8_t *out);
MUST_USE enum err
seal_open(const uint8_t private_key[X25519_SIZE], struct span aad, struct span in, uint8_t *out);

/* Text forms. out holds what the macro says, NUL included. */
#define HEX_SIZE(n)    (2 * (n) + 1)
#define BASE32_SIZE(n) ((8 * (n) + 4) / 5 + 1)
int hex_value(uint8_t c);                    /* of either case; -1: not one */
char *hex_encode(struct span in, char *out); /* lower case */
MUST_USE enum err hex_decode(struct span in, uint8_t *out, size_t out_len); /* exact length */
char *base32_encode(struct span in, char *out); /* RFC 4648 alphabet, lower case, no padding */
MUST_USE enum err base32_decode(struct span in, uint8_t *out, size_t out_len);

#endif
