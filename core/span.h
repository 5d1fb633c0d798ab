/*
 * core/span.h - borrowed bytes.
 *
 * Protocol bytes hold NUL and need no terminator, so they are never C strings here: length is the truth.
 * Parsers advance a span: each span_take_*() either takes something off the front and returns true, or
 * leaves the span as it was and returns false. No index arithmetic in protocol code.
 */
#ifndef SECUDOC_CORE_SPAN_H
#define SECUDOC_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *p;
	size_t len;
};

/* SPAN("literal") - without its NUL; usable in initialisers. */
#define SPAN(lit) ((struct span){ (const uint8_t *)("" lit), sizeof(lit) - 1 })
#define SPAN_NONE ((struct span){ NULL, 0 })

struct span span_of(const void *p, size_t len);
struct span span_str(const char *s); /* NULL gives the empty span */

bool span_eq(struct span a, struct span b);
bool span_ieq(struct span a, struct span b); /* ASCII letters without case */
bool span_starts(struct span s, struct span prefix);
bool span_istarts(struct span s, struct span prefix);
bool span_iends(struct span s, struct span suffix);

/* span_find*() - offset of the first match, or s.len when there is none. */
size_t span_find(struct span s, struct span needle);
size_t span_find_byte(struct span s, uint8_t byte);

/* span_from() and span_upto() clamp: n beyond the end gives the empty span or all of it. */
struct span span_from(struct span s, size_t n);
struct span span_upto(struct span s, size_t n);
struct span span_trim(struct span s); /* SP, HT, CR, LF off both ends */

bool span_take_byte(struct span *s, uint8_t byte);
bool span_take(struct span *s, struct span prefix);
bool span_take_i(struct span *s, struct span prefix);
/* span_take_until() - all before the first byte, which stays; false when byte is not there. */
bool span_take_until(struct span *s, uint8_t byte, struct span *ret_head);
/* span_take_word() - bytes up to the first SP or HT or the end; false when there are none. */
bool span_take_word(struct span *s, struct span *ret_word);
size_t span_skip_wsp(struct span *s); /* SP and HT; how many */
/* span_take_u64() - decimal digits, no sign, value at most max; false on none or overflow. */
bool span_take_u64(struct span *s, uint64_t max, uint64_t *ret_value);

/* span_cmp_secret() - equal, in time that depends on the lengths only. */
bool span_eq_secret(struct span a, struct span b);

/*
 * span_printable() - s as one safe line for notes and logs: bytes outside printable ASCII as \xNN, the
 * backslash doubled, cut with "..." to fit. Returns out, which holds size bytes (at least 8).
 */
const char *span_printable(struct span s, char *out, size_t size);

#endif
