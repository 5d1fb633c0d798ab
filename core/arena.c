#include "core/arena.h"

#include "core/crypto.h"

#include <assert.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 4096u /* a session's pieces are small; a larger one gets a block of its own */

struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	size_t used;
	alignas(max_align_t) uint8_t data[];
};

void
arena_init(struct arena *a, size_t max_bytes)
{
	assert(max_bytes > 0);
	*a = (struct arena){ .max_bytes = max_bytes };
}

void
arena_init_secret(struct arena *a, size_t max_bytes)
{
	arena_init(a, max_bytes);
	a->secret = true;
}

void
arena_clear(struct arena *a)
{
	while (a->blocks != NULL) {
		struct arena_block *block = a->blocks;

		a->blocks = block->next;
		if (a->secret)
			crypto_wipe(block->data, block->used);
		free(block);
	}
	a->used_bytes = 0;
}

void
arena_done(struct arena *a)
{
	arena_clear(a);
	*a = (struct arena){ 0 };
}

static struct arena_block *
block_for(struct arena *a, size_t size)
{
	struct arena_block *block = a->blocks;

	if (block != NULL && block->size - block->used >= size)
		return block;
	size_t data = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	block = calloc(1, sizeof(*block) + data);
	if (block == NULL) {
		(void)!err_set(ERR_TEMP, "no memory for %zu bytes of an arena", size);
		return NULL;
	}
	block->size = data;
	/* behind the current one when it is a large piece, so that the room in that one stays in use */
	if (a->blocks != NULL && size > BLOCK_BYTES) {
		block->next = a->blocks->next;
		a->blocks->next = block;
	} else {
		block->next = a->blocks;
		a->blocks = block;
	}
	return block;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);

	assert(a->max_bytes > 0);
	if (size == 0)
		size = 1;
	if (size > a->max_bytes - a->used_bytes) {
		(void)!err_set(ERR_LIMIT, "arena of %zu bytes, %zu allowed", a->used_bytes + size,
		    a->max_bytes);
		return NULL;
	}
	size_t rounded = (size + align - 1) & ~(align - 1);
	struct arena_block *block = block_for(a, rounded);
	if (block == NULL)
		return NULL;
	void *p = block->data + block->used;
	block->used += rounded;
	/* rounding up does not count against the bound: it is at most align bytes a piece */
	a->used_bytes += size;
	return p;
}

char *
arena_strdup(struct arena *a, struct span s)
{
	if (s.len == SIZE_MAX)
		return NULL;
	char *p = arena_alloc(a, s.len + 1);
	if (p != NULL && s.len > 0)
		memcpy(p, s.p, s.len);
	return p;
}

/* the code that belongs to a NULL of arena_alloc() for size bytes */
static enum err
refused(const struct arena *a, size_t size)
{
	return size > a->max_bytes - a->used_bytes ? ERR_LIMIT : ERR_TEMP;
}

enum err
arena_dup(struct arena *a, struct span s, struct span *ret_copy)
{
	char *p = arena_strdup(a, s);

	if (p == NULL)
		return refused(a, s.len + 1);
	*ret_copy = span_of(p, s.len);
	return ERR_OK;
}

enum err
arena_printf(struct arena *a, struct span *ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	assert(n >= 0);
	char *p = arena_alloc(a, (size_t)n + 1);
	if (p == NULL)
		return refused(a, (size_t)n + 1);
	va_start(args, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, args);
	va_end(args);
	*ret = span_of(p, (size_t)n);
	return ERR_OK;
}
