/*
 * core/stream.h - where bytes go and where they come from, without saying what is behind it.
 *
 * mime writes its container through a sink and reads it through a source; store, net and tests stand
 * behind them. Both are small values, passed by value; ctx belongs to whoever made them.
 */
#ifndef SECUDOC_CORE_STREAM_H
#define SECUDOC_CORE_STREAM_H

#include "core/buf.h"

struct sink {
	/* takes all of in, in order; in is borrowed during the call */
	enum err (*put)(void *ctx, struct span in);
	void *ctx;
};

struct source {
	/* copies exactly len bytes at off; off + len beyond the end is ERR_NOT_FOUND */
	enum err (*get)(void *ctx, uint64_t off, uint8_t *out, size_t len);
	void *ctx;
	uint64_t len;
};

MUST_USE enum err sink_put(struct sink s, struct span in);
MUST_USE enum err source_get(struct source s, uint64_t off, uint8_t *out, size_t len);
/* source_copy() - len bytes from off into a sink, 64 KiB at a time. */
MUST_USE enum err source_copy(struct source s, uint64_t off, uint64_t len, struct sink out);

struct sink sink_buf(struct buf *b);       /* appends to b */
struct source source_span(struct span *s); /* reads from *s, which must stay */
/* sink_counting() - counts into *bytes and drops. */
struct sink sink_counting(uint64_t *bytes);

#endif
