#include "support/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static _Atomic size_t fail_at;
static _Atomic bool failed;
static _Atomic int64_t now_bytes, peak_bytes;

void
alloc_fail_at(size_t n)
{
	failed = false;
	fail_at = n;
}

bool
alloc_failed(void)
{
	return failed;
}

void
alloc_watch(void)
{
	now_bytes = 0;
	peak_bytes = 0;
}

size_t
alloc_now_bytes(void)
{
	int64_t n = now_bytes;

	return n < 0 ? 0 : (size_t)n;
}

size_t
alloc_peak_bytes(void)
{
	return (size_t)peak_bytes;
}

static bool
fails_now(void)
{
	size_t n = fail_at;

	while (n > 0) {
		if (!atomic_compare_exchange_weak(&fail_at, &n, n - 1))
			continue;
		if (n == 1)
			failed = true;
		return n == 1;
	}
	return false;
}

static void *
count(void *p)
{
	if (p == NULL)
		return NULL;
	int64_t size = (int64_t)malloc_usable_size(p);
	int64_t now = atomic_fetch_add(&now_bytes, size) + size;
	int64_t peak = peak_bytes;
	while (now > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, now))
		;
	return p;
}

static void
uncount(void *p)
{
	if (p != NULL)
		atomic_fetch_sub(&now_bytes, (int64_t)malloc_usable_size(p));
}

void *
__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : count(__real_malloc(size));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : count(__real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t size)
{
	if (fails_now())
		return NULL;
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *grown = __real_realloc(p, size);
	if (grown == NULL)
		return NULL;
	atomic_fetch_sub(&now_bytes, (int64_t)old);
	return count(grown);
}

void
__wrap_free(void *p)
{
	uncount(p);
	__real_free(p);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = __wrap_malloc(len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, SIZE_MAX);
}
