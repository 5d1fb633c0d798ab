#include "core/crypto.h"

#include "support/unit.h"

#include <stdlib.h>

/* Expected values: FIPS 180-4 examples, RFC 4231, RFC 5869, the GCM specification's test cases, RFC 7748
 * section 6.1, RFC 4648 section 10, and Python's "cryptography" for what no document lists. */

static uint8_t *
unhex(const char *text, uint8_t *out)
{
	assert_ok(hex_decode(span_str(text), out, strlen(text) / 2));
	return out;
}

static void
assert_hex(const uint8_t *bytes, const char *expected)
{
	uint8_t want[256];

	assert_memory_equal(bytes, unhex(expected, want), strlen(expected) / 2);
}

static void
digest(void **state)
{
	uint8_t out[SHA256_SIZE];

	(void)state;
	sha256_of(SPAN("abc"), out);
	assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_of(SPAN_NONE, out);
	assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

	struct sha256 *h = sha256_new();
	sha256_update(h, SPAN("abcdbcdecdefdefgefghfghighij"));
	sha256_update(h, SPAN_NONE);
	sha256_update(h, SPAN("hijkijkljklmklmnlmnomnopnopq"));
	sha256_final(h, out);
	assert_hex(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	/* ready for a new message */
	sha256_update(h, SPAN("abc"));
	sha256_final(h, out);
	assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_free(&h);
	assert_null(h);
	sha256_free(&h);
}

static void
mac(void **state)
{
	uint8_t out[SHA256_SIZE], key[131];

	(void)state;
	memset(key, 0x0b, 20);
	hmac_sha256(span_of(key, 20), SPAN("Hi There"), out);
	assert_hex(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(SPAN("Jefe"), SPAN("what do ya want for nothing?"), out);
	assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hmac_sha256(span_of(key, sizeof(key)),
	    SPAN("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_sha256(SPAN_NONE, SPAN_NONE, out);
	assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void
derive(void **state)
{
	uint8_t key[22], out[70];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	/* RFC 5869 A.3: neither salt nor info */
	hkdf_sha256(span_of(key, sizeof(key)), SPAN_NONE, out, 42);
	assert_hex(out,
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4"
	    "b61a96c8");
	hkdf_sha256(span_of(key, sizeof(key)), SPAN("mark\0\x01\x02"), out, 70);
	assert_hex(out,
	    "37389df224cd9602ab89ca2775201162386f7be747263086f630a5c4d5b18dea70fbc571b5829f"
	    "84b686c70278b1702cbe77087d9f9a5d9cdc97955df4556db1b6b986b946b7");
	/* a shorter key is the front of a longer one: labels, not lengths, tell uses apart */
	hkdf_sha256(span_of(key, sizeof(key)), SPAN("mark\0\x01\x02"), out, 1);
	assert_int_equal(out[0], 0x37);
}

static const struct gcm_case {
	const char *key, *nonce, *aad, *plain, *sealed;
} gcm_cases[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "00000000000000000000000000000000",
	    "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
	    "25b16aedf5aa0de657ba637b39",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568288"
	    "38c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b" },
};

static void
sealed_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(gcm_cases); i++) {
		const struct gcm_case *c = &gcm_cases[i];
		uint8_t key[32], nonce[12], aad[64], plain[64], sealed[80], out[80];
		struct span in = span_of(unhex(c->plain, plain), strlen(c->plain) / 2);
		struct span bound = span_of(unhex(c->aad, aad), strlen(c->aad) / 2);
		struct span box = span_of(unhex(c->sealed, sealed), strlen(c->sealed) / 2);
		struct aead *a = aead_new(unhex(c->key, key));

		unhex(c->nonce, nonce);
		aead_seal(a, nonce, bound, in, out);
		assert_memory_equal(out, box.p, box.len);
		assert_ok(aead_open(a, nonce, bound, box, out));
		assert_memory_equal(out, in.p, in.len);
		/* in place */
		memcpy(out, in.p, in.len);
		aead_seal(a, nonce, bound, span_of(out, in.len), out);
		assert_memory_equal(out, box.p, box.len);
		assert_ok(aead_open(a, nonce, bound, span_of(out, box.len), out));
		assert_memory_equal(out, in.p, in.len);
		aead_free(&a);
		assert_null(a);
	}
}

/* Each single bit of nonce, bound data, ciphertext and tag counts. */
static void
frames_not_authentic(void **state)
{
	uint8_t key[AEAD_KEY_SIZE], nonce[AEAD_NONCE_SIZE] = { 1 }, aad[4] = "mail", out[64],
				    box[64];

	(void)state;
	crypto_random(key, sizeof(key));
	struct aead *a = aead_new(key);
	const size_t len = 20 + AEAD_TAG_SIZE;
	aead_seal(a, nonce, span_of(aad, 4), SPAN("01234567890123456789"), box);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		box[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(out, 0xff, sizeof(out));
		assert_err(aead_open(a, nonce, span_of(aad, 4), span_of(box, len), out), ERR_DENIED,
		    "not authentic");
		for (size_t i = 0; i < 20; i++)
			assert_int_equal(out[i], 0); /* and nothing of it is shown */
		box[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	nonce[11] = 1;
	assert_err(
	    aead_open(a, nonce, span_of(aad, 4), span_of(box, len), out), ERR_DENIED, "authentic");
	nonce[11] = 0;
	assert_err(
	    aead_open(a, nonce, span_of(aad, 3), span_of(box, len), out), ERR_DENIED, "authentic");
	assert_err(aead_open(a, nonce, span_of(aad, 4), span_of(box, len - 1), out), ERR_DENIED,
	    "authentic");
	assert_err(
	    aead_open(a, nonce, span_of(aad, 4), span_of(box, 15), out), ERR_DENIED, "15 bytes");
	assert_ok(aead_open(a, nonce, span_of(aad, 4), span_of(box, len), out));
	aead_free(&a);
}

static void
key_pairs(void **state)
{
	uint8_t priv[32], pub[32], priv2[32], pub2[32];

	(void)state;
	x25519_public(
	    unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", priv), pub);
	assert_hex(pub, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	x25519_public(
	    unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", priv), pub);
	assert_hex(pub, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	x25519_keypair(priv, pub);
	x25519_keypair(priv2, pub2);
	assert_memory_not_equal(pub, pub2, 32);
	x25519_public(priv, pub2);
	assert_memory_equal(pub, pub2, 32);
}

static void
sealed_box(void **state)
{
	uint8_t priv[32], box[80], out[32];

	(void)state;
	unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", priv);
	unhex(
	    "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f61b4196ed0a1b0422a9860ee3fe2c"
	    "045ea33248fe4584774811971b1d9618fa54be14d5fe3624eeb17577e4a8b64fbd2",
	    box);
	assert_ok(seal_open(priv, SPAN("mail 7"), span_of(box, sizeof(box)), out));
	assert_memory_equal(out, "thirty-two bytes of a data key..", 32);
	assert_err(seal_open(priv, SPAN("mail 8"), span_of(box, sizeof(box)), out), ERR_DENIED,
	    "authentic");
	for (size_t i = 0; i < sizeof(box); i++) {
		/* the top bit of an X25519 public key is ignored, but the key is bound too */
		box[i] ^= 0x80;
		assert_int_equal(
		    seal_open(priv, SPAN("mail 7"), span_of(box, sizeof(box)), out), ERR_DENIED);
		box[i] ^= 0x80;
	}
	assert_err(seal_open(priv, SPAN("mail 7"), span_of(box, SEAL_OVERHEAD - 1), out),
	    ERR_DENIED, "47");
	unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", priv);
	assert_err(seal_open(priv, SPAN("mail 7"), span_of(box, sizeof(box)), out), ERR_DENIED,
	    "authentic");
}

static void
seal_round(void **state)
{
	uint8_t priv[32], pub[32], box[100], box2[100], out[52], zero[32] = { 0 };

	(void)state;
	x25519_keypair(priv, pub);
	assert_ok(seal(pub, SPAN("a"), SPAN_NONE, box));
	assert_ok(seal_open(priv, SPAN("a"), span_of(box, SEAL_OVERHEAD), out));
	assert_ok(seal(pub, SPAN_NONE, span_of(zero, 32), box));
	assert_ok(seal(pub, SPAN_NONE, span_of(zero, 32), box2));
	assert_memory_not_equal(box, box2, 80);
	assert_ok(seal_open(priv, SPAN_NONE, span_of(box, 80), out));
	assert_memory_equal(out, zero, 32);
	/* RFC 7748 section 6.1: a point of small order gives the all-zero secret */
	assert_err(seal(zero, SPAN_NONE, SPAN("x"), box), ERR_DENIED, "small order");
}

static void
hex(void **state)
{
	uint8_t out[4];
	char text[HEX_SIZE(4)];

	(void)state;
	assert_string_equal(hex_encode(SPAN("\x00\x9f\xff\x10"), text), "009fff10");
	assert_string_equal(hex_encode(SPAN_NONE, text), "");
	assert_ok(hex_decode(SPAN("00aBCdef"), out, 4));
	assert_memory_equal(out, "\x00\xab\xcd\xef", 4);
	assert_err(hex_decode(SPAN("00aBCde"), out, 4), ERR_SYNTAX, "7 digits");
	assert_err(hex_decode(SPAN("00aBCdef0"), out, 4), ERR_SYNTAX, "9 digits");
	assert_err(hex_decode(SPAN("00aBCdeg"), out, 4), ERR_SYNTAX, "at 6");
	assert_err(hex_decode(SPAN("0 aBCdef"), out, 4), ERR_SYNTAX, "at 0");
}

static void
base32(void **state)
{
	static const struct {
		const char *plain, *text;
	} cases[] = { { "", "" }, { "f", "my" }, { "fo", "mzxq" }, { "foo", "mzxw6" },
		{ "foob", "mzxw6yq" }, { "fooba", "mzxw6ytb" }, { "foobar", "mzxw6ytboi" } };
	uint8_t out[8];
	char text[BASE32_SIZE(8)];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].plain);

		assert_int_equal(BASE32_SIZE(len), strlen(cases[i].text) + 1);
		assert_string_equal(base32_encode(span_str(cases[i].plain), text), cases[i].text);
		assert_ok(base32_decode(span_str(cases[i].text), out, len));
		assert_memory_equal(out, cases[i].plain, len);
	}
	assert_ok(base32_decode(SPAN("MZXW6YTB"), out, 5));
	assert_err(base32_decode(SPAN("mzxw6yt"), out, 5), ERR_SYNTAX, "7 digits");
	assert_err(base32_decode(SPAN("mzxw6yt1"), out, 5), ERR_SYNTAX, "at 7");
	assert_err(base32_decode(SPAN("mzxw6yt="), out, 5), ERR_SYNTAX, "at 7");
	/* "my" and "mz" would both be "f" */
	assert_err(base32_decode(SPAN("mz"), out, 1), ERR_SYNTAX, "stray bits");
}

static void
random_bytes(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	crypto_wipe(a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		assert_int_equal(a[i], 0);
	crypto_wipe(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest),
		cmocka_unit_test(mac),
		cmocka_unit_test(derive),
		cmocka_unit_test(sealed_frames),
		cmocka_unit_test(frames_not_authentic),
		cmocka_unit_test(key_pairs),
		cmocka_unit_test(sealed_box),
		cmocka_unit_test(seal_round),
		cmocka_unit_test(hex),
		cmocka_unit_test(base32),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
