/*
 * core/clock.h - time, from a clock that tests can replace.
 *
 * Wall time (milliseconds since 1970, UTC) is for what people and other systems see; monotonic time is for
 * deadlines. clock_replace() is for tests: one process-wide clock, set before threads start.
 */
#ifndef SECUDOC_CORE_CLOCK_H
#define SECUDOC_CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_now_ms(void);
int64_t clock_mono_ms(void);

struct clock_source {
	int64_t (*now_ms)(void);
	int64_t (*mono_ms)(void);
};
void clock_replace(const struct clock_source *source); /* NULL: the system's again */

/* Dates as text; out holds at least CLOCK_TEXT_SIZE bytes; returns out. */
#define CLOCK_TEXT_SIZE 40
char *clock_rfc3339(int64_t ms, char *out); /* 2026-11-21T20:30:46.123Z */
char *clock_rfc5322(int64_t ms, char *out); /* Sat, 21 Nov 2026 20:30:46 +0000 */
char *clock_rfc9110(int64_t ms, char *out); /* Sat, 21 Nov 2026 20:30:46 GMT (HTTP-date) */

#endif
