/*
 * connector/rate.c - see rate.h.
 */
#include "connector/rate.h"

#include <string.h>

#define HOUR_MS (3600 * INT64_C(1000))

void
rate_init(struct rate *r)
{
	memset(r, 0, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
}

void
rate_done(struct rate *r)
{
	pthread_mutex_destroy(&r->lock);
}

bool
rate_allow(struct rate *r, int64_t id, unsigned max, int64_t now_ms)
{
	struct rate_place *p = &r->places[0];
	bool allowed;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < RATE_PLACES && p->id != id; i++)
		if (r->places[i].id == id || r->places[i].since_ms < p->since_ms)
			p = &r->places[i];
	if (p->id != id || now_ms - p->since_ms >= HOUR_MS || now_ms < p->since_ms)
		*p = (struct rate_place){ id, now_ms, 0 };
	allowed = p->count < max;
	if (allowed)
		p->count++;
	pthread_mutex_unlock(&r->lock);
	return allowed;
}
