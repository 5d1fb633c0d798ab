/*
 * portal/guard.c - tokens that tie a form to its page, and the check where a POST comes from.
 */
#include "portal/guard.h"

#include <stdio.h>

#define MAC_BYTES 20u /* 160 bits, 32 characters */
#define MINUTE_MS 60000

static void
mac_text(const uint8_t key[STORE_KEY_SIZE], const char *purpose, struct span a, struct span b,
    char ret[BASE32_SIZE(MAC_BYTES)])
{
	uint8_t digests[3 * SHA256_SIZE], mac[SHA256_SIZE];

	/* over digests, so that no two inputs run into each other */
	sha256_of(span_str(purpose), digests);
	sha256_of(a, digests + SHA256_SIZE);
	sha256_of(b, digests + 2 * (size_t)SHA256_SIZE);
	hmac_sha256(span_of(key, STORE_KEY_SIZE), span_of(digests, sizeof(digests)), mac);
	(void)base32_encode(span_of(mac, MAC_BYTES), ret);
}

static void
page_token_at(const uint8_t key[STORE_KEY_SIZE], struct span subject, uint64_t minute,
    char ret[GUARD_TOKEN_SIZE])
{
	char number[24], mac[BASE32_SIZE(MAC_BYTES)];

	(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)minute);
	mac_text(key, "page", subject, span_str(number), mac);
	(void)snprintf(ret, GUARD_TOKEN_SIZE, "%.12s.%s", number, mac);
}

void
guard_page_token(const uint8_t key[STORE_KEY_SIZE], struct span subject, int64_t now_ms,
    char ret[GUARD_TOKEN_SIZE])
{
	page_token_at(key, subject, (uint64_t)(now_ms / MINUTE_MS), ret);
}

bool
guard_page_ok(
    const uint8_t key[STORE_KEY_SIZE], struct span subject, struct span token, int64_t now_ms)
{
	uint64_t now = (uint64_t)(now_ms / MINUTE_MS), minute;
	char right[GUARD_TOKEN_SIZE];
	struct span rest = token;

	if (!span_take_u64(&rest, now + 1, &minute) || !span_take_byte(&rest, '.'))
		return false;
	if (minute < now && now - minute > GUARD_PAGE_LIFE_MS / MINUTE_MS)
		return false;
	page_token_at(key, subject, minute, right);
	return span_eq_secret(span_str(right), token);
}

void
guard_who(const uint8_t key[STORE_KEY_SIZE], struct span link_token, struct span address,
    char ret[GUARD_TOKEN_SIZE])
{
	char mac[BASE32_SIZE(MAC_BYTES)];

	mac_text(key, "who", link_token, address, mac);
	(void)snprintf(ret, GUARD_TOKEN_SIZE, "%s", mac);
}

bool
guard_origin_ok(struct span fetch_site, struct span origin, struct span host, bool tls)
{
	if (fetch_site.len > 0)
		return span_ieq(fetch_site, SPAN("same-origin")) ||
		    span_ieq(fetch_site, SPAN("none"));
	if (origin.len == 0 || span_eq(origin, SPAN("null")))
		return true;
	if (!span_take_i(&origin, SPAN("https://")) &&
	    (tls || !span_take_i(&origin, SPAN("http://"))))
		return false;
	return host.len > 0 && span_ieq(origin, host);
}
