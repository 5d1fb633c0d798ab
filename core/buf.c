#include "core/buf.h"

#include "core/crypto.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max_bytes)
{
	assert(max_bytes > 0);
	*b = (struct buf){ .max = max_bytes };
}

void
buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void
buf_done_secret(struct buf *b)
{
	if (b->p != NULL)
		crypto_wipe(b->p, b->size);
	buf_done(b);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
	b->p[b->len] = '\0';
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->len };
}

enum err
buf_reserve(struct buf *b, size_t more)
{
	assert(b->max > 0);
	if (more > b->max - b->len)
		return err_set(
		    ERR_LIMIT, "buffer of %zu bytes, %zu allowed", b->len + more, b->max);

	size_t need = b->len + more + 1;
	if (need <= b->size)
		return ERR_OK;
	size_t size = b->size < 64 ? 64 : b->size;
	while (size < need)
		size = size > SIZE_MAX / 2 ? need : size * 2;
	if (size > b->max + 1)
		size = b->max + 1;

	/* not realloc: bytes that are left behind may be secret, and wiping needs both copies */
	uint8_t *p = malloc(size);
	if (p == NULL)
		return err_set(ERR_TEMP, "no memory for a buffer of %zu bytes", size);
	if (b->p != NULL) {
		memcpy(p, b->p, b->len);
		free(b->p);
	}
	p[b->len] = '\0';
	b->p = p;
	b->size = size;
	return ERR_OK;
}

enum err
buf_put(struct buf *b, struct span s)
{
	TRY(buf_reserve(b, s.len));
	if (s.len > 0)
		memcpy(b->p + b->len, s.p, s.len);
	b->len += s.len;
	b->p[b->len] = '\0';
	return ERR_OK;
}

enum err
buf_put_byte(struct buf *b, uint8_t byte)
{
	return buf_put(b, span_of(&byte, 1));
}

enum err
buf_put_str(struct buf *b, const char *s)
{
	return buf_put(b, span_str(s));
}

enum err
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	assert(n >= 0);
	TRY(buf_reserve(b, (size_t)n));
	va_start(args, fmt);
	vsnprintf((char *)b->p + b->len, (size_t)n + 1, fmt, args);
	va_end(args);
	b->len += (size_t)n;
	return ERR_OK;
}

const char *
buf_cstr(const struct buf *b)
{
	return b->p == NULL ? "" : (const char *)b->p;
}
