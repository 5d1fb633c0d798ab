/*
 * store/id.c - ids: 41 bits of milliseconds since 2024, 22 bits that are random at first.
 *
 * Within a process ids only grow, by random steps when many fall into one millisecond; between processes
 * the random start keeps them apart, and a primary key refuses the rest (ERR_TEMP, tried again).
 */
#include "store/store.h"

#include "core/clock.h"
#include "core/crypto.h"

#include <stdatomic.h>

#define ID_EPOCH_MS 1704067200000LL /* 2024-01-01T00:00:00Z: good until 2093 */

int64_t
store_new_id(void)
{
	static _Atomic int64_t last;
	int64_t ms = clock_now_ms() - ID_EPOCH_MS;
	int64_t before = atomic_load(&last), id;
	uint32_t random;

	crypto_random(&random, sizeof(random));
	if (ms < 1)
		ms = 1; /* a clock that is far off still gives ids */
	do {
		id = (ms << 22) | (random & 0x3fffff);
		if (id <= before)
			id = before + 1 + (random & 0xffff);
	} while (!atomic_compare_exchange_weak(&last, &before, id));
	return id;
}
