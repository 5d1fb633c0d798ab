#include "core/stream.h"

#include <assert.h>
#include <string.h>

#define COPY_BYTES (64u << 10) /* one frame of a container */

enum err
sink_put(struct sink s, struct span in)
{
	assert(s.put != NULL);
	return in.len == 0 ? ERR_OK : s.put(s.ctx, in);
}

enum err
source_get(struct source s, uint64_t off, uint8_t *out, size_t len)
{
	assert(s.get != NULL);
	if (off > s.len || len > s.len - off)
		return err_set(ERR_NOT_FOUND, "%zu bytes at %llu of %llu", len,
		    (unsigned long long)off, (unsigned long long)s.len);
	return len == 0 ? ERR_OK : s.get(s.ctx, off, out, len);
}

enum err
source_copy(struct source s, uint64_t off, uint64_t len, struct sink out)
{
	CLEANUP(buf_done_secret) struct buf b;

	buf_init(&b, COPY_BYTES);
	if (off > s.len || len > s.len - off)
		return err_set(ERR_NOT_FOUND, "%llu bytes at %llu of %llu", (unsigned long long)len,
		    (unsigned long long)off, (unsigned long long)s.len);
	if (len > 0)
		TRY(buf_reserve(&b, len < COPY_BYTES ? (size_t)len : COPY_BYTES));
	while (len > 0) {
		size_t n = len < COPY_BYTES ? (size_t)len : COPY_BYTES;

		TRY(source_get(s, off, b.p, n));
		TRY(sink_put(out, span_of(b.p, n)));
		off += n;
		len -= n;
	}
	return ERR_OK;
}

static enum err
put_buf(void *ctx, struct span in)
{
	return buf_put(ctx, in);
}

struct sink
sink_buf(struct buf *b)
{
	return (struct sink){ put_buf, b };
}

static enum err
get_span(void *ctx, uint64_t off, uint8_t *out, size_t len)
{
	const struct span *s = ctx;

	assert(off <= s->len && len <= s->len - off);
	memcpy(out, s->p + off, len);
	return ERR_OK;
}

struct source
source_span(struct span *s)
{
	return (struct source){ get_span, s, s->len };
}

static enum err
put_count(void *ctx, struct span in)
{
	uint64_t *bytes = ctx;

	*bytes += in.len;
	return ERR_OK;
}

struct sink
sink_counting(uint64_t *bytes)
{
	return (struct sink){ put_count, bytes };
}
