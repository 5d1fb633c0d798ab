/*
 * support/alloc.h - memory under observation: let an allocation fail, and see how much is held.
 *
 * Every C test is linked with the linker's --wrap for malloc, calloc, realloc, free, strdup and strndup,
 * so calls of our own code come here first; those inside shared libraries (OpenSSL, SQLite, libc) do not.
 * Process-wide, atomics: what other threads do counts too.
 */
#ifndef SECUDOC_TESTS_SUPPORT_ALLOC_H
#define SECUDOC_TESTS_SUPPORT_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * alloc_fail_at() - the nth allocation from now (1 is the next) gives NULL, once; 0 switches that off.
 * To walk through all of a function's allocations:
 *
 *	for (size_t n = 1;; n++) {
 *		alloc_fail_at(n);
 *		err = function();
 *		if (!alloc_failed())
 *			break;		// it makes fewer than n
 *		assert_int_equal(err, ERR_TEMP);
 *	}
 *	alloc_fail_at(0);
 */
void alloc_fail_at(size_t n);
bool alloc_failed(void); /* since alloc_fail_at() */

/* alloc_watch() - begin counting: bytes taken less bytes given back from now on, and their peak. */
void alloc_watch(void);
size_t alloc_now_bytes(void);
size_t alloc_peak_bytes(void);

#endif
