/*
 * portal/throttle.c - how often one address may POST.
 */
#include "portal/throttle.h"

#include "core/crypto.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PLACES    4096u
#define WINDOW_MS 60000

struct throttle {
	uint8_t secret[SHA256_SIZE];
	pthread_mutex_t lock;
	struct {
		int64_t window;
		uint32_t count;
	} places[PLACES];
};

enum err
throttle_new(struct span secret, struct throttle **ret)
{
	struct throttle *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return err_set(ERR_TEMP, "no memory to count visitors");
	hkdf_sha256(secret, SPAN("throttle"), t->secret, sizeof(t->secret));
	pthread_mutex_init(&t->lock, NULL);
	*ret = t;
	return ERR_OK;
}

void
throttle_free(struct throttle **throttle)
{
	struct throttle *t = *throttle;

	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	crypto_wipe(t->secret, sizeof(t->secret));
	free(t);
	*throttle = NULL;
}

/* What counts of an address: all of IPv4, the network of IPv6; odd text counts as it is. */
static struct span
counted(struct span peer, uint8_t address[sizeof(struct in6_addr)])
{
	char text[INET6_ADDRSTRLEN];

	if (peer.len == 0 || peer.len >= sizeof(text))
		return peer;
	memcpy(text, peer.p, peer.len);
	text[peer.len] = '\0';
	if (inet_pton(AF_INET6, text, address) != 1)
		return peer;
	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)address))
		return span_of(address, sizeof(struct in6_addr));
	return span_of(address, 8);
}

bool
throttle_pass(struct throttle *t, struct span peer, int64_t mono_ms)
{
	uint8_t address[sizeof(struct in6_addr)] __attribute__((aligned(8)));
	uint8_t mac[SHA256_SIZE];
	int64_t window = mono_ms / WINDOW_MS;
	uint32_t count;
	size_t place;

	hmac_sha256(span_of(t->secret, sizeof(t->secret)), counted(peer, address), mac);
	place = ((size_t)mac[0] << 8 | mac[1]) % PLACES;
	pthread_mutex_lock(&t->lock);
	if (t->places[place].window != window) {
		t->places[place].window = window;
		t->places[place].count = 0;
	}
	count = t->places[place].count;
	if (count <= THROTTLE_POSTS_PER_MINUTE)
		t->places[place].count = ++count;
	pthread_mutex_unlock(&t->lock);
	return count <= THROTTLE_POSTS_PER_MINUTE;
}
