/*
 * core/buf.h - owned bytes that grow to a bound named at birth.
 *
 * Going past the bound is ERR_LIMIT, memory that is not to be had is ERR_TEMP; in both cases the buffer
 * keeps what it held. A struct buf of zeros is valid only for buf_done(). Not thread-safe.
 */
#ifndef SECUDOC_CORE_BUF_H
#define SECUDOC_CORE_BUF_H

#include "core/err.h"
#include "core/span.h"

#include <stdarg.h>

struct buf {
	uint8_t *p; /* NUL-terminated one byte beyond len once anything was put */
	size_t len;
	size_t size;
	size_t max;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_done(struct buf *b);        /* frees; NULL and zeros are fine; the buffer is zeros after */
void buf_done_secret(struct buf *b); /* wipes first */
void buf_clear(struct buf *b);       /* len 0, memory kept */
void buf_consume(struct buf *b, size_t n); /* drops n bytes off the front; n <= len */
struct span buf_span(const struct buf *b);

MUST_USE enum err buf_put(struct buf *b, struct span s);
MUST_USE enum err buf_put_byte(struct buf *b, uint8_t byte);
MUST_USE enum err buf_put_str(struct buf *b, const char *s);
MUST_USE enum err buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
MUST_USE enum err buf_reserve(struct buf *b, size_t more); /* room for more bytes at p + len */
/* buf_cstr() - the bytes with a NUL behind them, "" for an empty buffer; borrowed. */
const char *buf_cstr(const struct buf *b);

#endif
