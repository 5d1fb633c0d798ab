/*
 * connector/backoff.c - growing, jittered delays and a limit of connections that finds its height.
 *
 * Exchange Online answers 451 4.7.500 to addresses that come too often or on too many connections
 * and asks to come back later with less; so a refusal halves at once and success returns slowly.
 */
#include "connector/backoff.h"

#include <assert.h>
#include <stddef.h>

static int64_t
doubled(int64_t start, uint32_t times, int64_t cap)
{
	int64_t delay = start;

	for (uint32_t i = 0; i < times && delay < cap; i++)
		delay = delay > cap / 2 ? cap : delay * 2;
	return delay > cap ? cap : delay;
}

struct backoff_answer
backoff_next(const struct backoff_rules *r, uint32_t tries, int64_t first_ms, int64_t now_ms,
    uint32_t random)
{
	int64_t delay, quarter, end;

	assert(r->min_ms > 0 && r->max_ms >= r->min_ms && r->give_up_ms > 0);
	assert(tries > 0);
	end = first_ms + r->give_up_ms;
	if (now_ms >= end)
		return (struct backoff_answer){ .give_up = true };

	delay = doubled(r->min_ms, tries - 1, r->max_ms);
	quarter = delay / 4;
	delay = delay - quarter + (int64_t)(random % (uint64_t)(2 * quarter + 1));
	if (delay < r->min_ms)
		delay = r->min_ms;
	if (delay > r->max_ms)
		delay = r->max_ms;
	return (struct backoff_answer){ .next_ms = now_ms + delay < end ? now_ms + delay : end };
}

void
throttle_init(struct throttle *t, unsigned limit_max, int64_t pause_min_ms, int64_t pause_max_ms)
{
	assert(limit_max > 0);
	assert(pause_min_ms > 0 && pause_max_ms >= pause_min_ms);
	*t = (struct throttle){
		.limit = limit_max,
		.limit_max = limit_max,
		.pause_min_ms = pause_min_ms,
		.pause_max_ms = pause_max_ms,
	};
}

void
throttle_set_max(struct throttle *t, unsigned limit_max)
{
	assert(limit_max > 0);
	if (t->limit > limit_max || t->limit == t->limit_max)
		t->limit = limit_max;
	t->limit_max = limit_max;
}

void
throttle_refused(struct throttle *t, int64_t now_ms)
{
	/*
	 * Transactions that ran side by side are refused together: that is one refusal, not
	 * several.
	 */
	if (now_ms < t->paused_until_ms)
		return;
	t->limit = t->limit > 1 ? t->limit / 2 : 1;
	t->successes = 0;
	t->paused_until_ms = now_ms + doubled(t->pause_min_ms, t->refusals, t->pause_max_ms);
	if (t->refusals < UINT32_MAX)
		t->refusals++;
}

void
throttle_succeeded(struct throttle *t)
{
	t->refusals = 0;
	if (t->limit == t->limit_max)
		return;
	if (++t->successes < t->limit)
		return;
	t->successes = 0;
	t->limit++;
}

unsigned
throttle_limit(const struct throttle *t, int64_t now_ms)
{
	return now_ms < t->paused_until_ms ? 0 : t->limit;
}
