/*
 * connector/backoff.h - when to try again, when to give up, and how many connections a server
 * bears. Pure.
 */
#ifndef SECUDOC_CONNECTOR_BACKOFF_H
#define SECUDOC_CONNECTOR_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff_rules {
	int64_t min_ms;     /* delay after the first failure */
	int64_t max_ms;     /* delays grow up to this */
	int64_t give_up_ms; /* since the mail was taken in */
};

struct backoff_answer {
	bool give_up;
	int64_t next_ms; /* wall time of the next try, unless give_up */
};

/*
 * backoff_next() - after a try that failed for now.
 *
 * tries       that have failed, this one included; at least 1
 * first_ms    when the mail was taken in
 * random      any 32 bits: spreads the delay over 75 % to 125 %, so that mails that failed together
 * do not
 *             come back together
 *
 * The delay doubles from min to max; with its jitter it stays within both. The last try falls on
 * the moment of giving up, so that a mail has all of its time. A clock set back never gives up
 * early.
 */
struct backoff_answer backoff_next(const struct backoff_rules *r, uint32_t tries, int64_t first_ms,
    int64_t now_ms, uint32_t random);

/*
 * struct throttle - how many transactions one destination may have at a time.
 *
 * Refused for being too many (451 4.7.500), or not to be reached at all: half as many, and a pause
 * that doubles with each further refusal; as many successes in a row as the limit: one more, up to
 * the setting. Guarded by its owner.
 */
struct throttle {
	unsigned limit, limit_max;
	int64_t pause_min_ms, pause_max_ms;
	unsigned successes;
	unsigned refusals;       /* in a row */
	int64_t paused_until_ms; /* monotonic */
};

void
throttle_init(struct throttle *t, unsigned limit_max, int64_t pause_min_ms, int64_t pause_max_ms);
void throttle_set_max(struct throttle *t, unsigned limit_max);
void throttle_refused(struct throttle *t, int64_t now_ms);
void throttle_succeeded(struct throttle *t);
/* throttle_limit() - how many may run now; 0 during a pause. */
unsigned throttle_limit(const struct throttle *t, int64_t now_ms);

#endif
