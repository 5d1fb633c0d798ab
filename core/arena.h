/*
 * core/arena.h - memory with one common end: a session, a transaction, a request.
 *
 * Everything taken from an arena is freed by arena_done() and by nothing else, so error paths free
 * nothing. An arena has a bound; past it arena_alloc() gives NULL and sets a note (answer ERR_LIMIT), and
 * so it does when the system has no memory (the caller treats both as ERR_TEMP unless it knows better).
 */
#ifndef SECUDOC_CORE_ARENA_H
#define SECUDOC_CORE_ARENA_H

#include "core/err.h"
#include "core/span.h"

struct arena {
	struct arena_block *blocks;
	size_t used_bytes;
	size_t max_bytes;
	bool secret;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_init_secret(struct arena *a, size_t max_bytes); /* wiped when freed */
void arena_done(struct arena *a);
void arena_clear(struct arena *a); /* frees all, keeps the bound */

void *arena_alloc(struct arena *a, size_t size);    /* zeroed, aligned for any type; or NULL */
char *arena_strdup(struct arena *a, struct span s); /* NUL-terminated copy; or NULL */
MUST_USE enum err arena_dup(struct arena *a, struct span s, struct span *ret_copy);
MUST_USE enum err
arena_printf(struct arena *a, struct span *ret, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
