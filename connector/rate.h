/*
 * connector/rate.h - how often something happened for one id within the hour.
 *
 * Shared by the sessions of a process under a mutex of its own, because the bound is the tenant's
 * and not the connection's. Memory is fixed: when all places are taken the one unused for longest
 * goes.
 */
#ifndef SECUDOC_CONNECTOR_RATE_H
#define SECUDOC_CONNECTOR_RATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define RATE_PLACES 64u

struct rate {
	pthread_mutex_t lock;
	struct rate_place {
		int64_t id; /* 0: free */
		int64_t since_ms;
		unsigned count;
	} places[RATE_PLACES];
};

void rate_init(struct rate *r);
void rate_done(struct rate *r);
/* rate_allow() - count one more for id (not 0); false when it had max within the hour before
 * now_ms. */
bool rate_allow(struct rate *r, int64_t id, unsigned max, int64_t now_ms);

#endif
