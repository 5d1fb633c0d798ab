/*
 * support/unit.h - cmocka with what it needs before it, and a few assertions of ours.
 */
#ifndef SECUDOC_TESTS_SUPPORT_UNIT_H
#define SECUDOC_TESTS_SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/err.h"
#include "core/span.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* assert_span() - the span holds exactly the bytes of a C string. */
#define assert_span(s, text)                                                 \
	do {                                                                 \
		struct span span_is_ = (s);                                  \
		assert_int_equal(span_is_.len, strlen(text));                \
		if (span_is_.len > 0)                                        \
			assert_memory_equal(span_is_.p, text, span_is_.len); \
	} while (0)

/* assert_ok() - shows the note when it is not. */
#define assert_ok(call)                                                               \
	do {                                                                          \
		enum err err_is_ = (call);                                            \
		if (err_is_ != ERR_OK)                                                \
			fail_msg("%s: %s: %s", #call, err_name(err_is_), err_note()); \
	} while (0)

/* assert_err() - the code, and a part of the note. */
#define assert_err(call, code, part)                                                     \
	do {                                                                             \
		enum err err_is_ = (call);                                               \
		if (err_is_ != (code) || strstr(err_note(), (part)) == NULL)             \
			fail_msg("%s: %s: %s (wanted %s: %s)", #call, err_name(err_is_), \
			    err_note(), err_name(code), (part));                         \
	} while (0)

#endif
