/*
 * net/http_stream.c - a body that one thread makes and the connection's thread sends.
 *
 * libmicrohttpd pulls and our producers push (mime reads a file from front to back; a new start for
 * each block would cost the square of its length). Between them stands a ring of two blocks.
 */
#include "net/http_int.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES (2 * HTTP_BLOCK_BYTES)

struct http_stream {
	struct http_conn *conn;
	uint64_t len;
	enum err (*produce)(void *ctx, struct sink out);
	void (*done)(void *ctx, uint64_t sent);
	void *ctx;

	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t moved;
	uint64_t written, taken; /* bytes since the start */
	bool ended;              /* produce has returned */
	bool abandoned;          /* nobody will read any more */
	uint8_t ring[RING_BYTES];
};

struct http_stream *
http_stream_new(struct http_conn *c, uint64_t len, enum err (*produce)(void *ctx, struct sink out),
    void *ctx, void (*done)(void *ctx, uint64_t sent))
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conn = c;
	s->len = len;
	s->produce = produce;
	s->ctx = ctx;
	s->done = done;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	return s;
}

uint64_t
http_stream_len(const struct http_stream *s)
{
	return s->len;
}

static enum err
ring_put(void *ctx, struct span in)
{
	struct http_stream *s = ctx;
	enum err err = ERR_OK;

	pthread_mutex_lock(&s->lock);
	while (in.len > 0 && err == ERR_OK) {
		size_t at = (size_t)(s->written % RING_BYTES);
		size_t room = RING_BYTES - (size_t)(s->written - s->taken);
		size_t n = in.len < room ? in.len : room;

		if (s->abandoned || s->written + in.len > s->len) {
			err = err_set(ERR_TEMP, "the reader of a body is gone");
			break;
		}
		if (n == 0) {
			pthread_cond_wait(&s->moved, &s->lock);
			continue;
		}
		if (n > RING_BYTES - at)
			n = RING_BYTES - at;
		memcpy(s->ring + at, in.p, n);
		s->written += n;
		in = span_from(in, n);
		pthread_cond_signal(&s->moved);
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

static void *
producer(void *ctx)
{
	struct http_stream *s = ctx;
	enum err err = s->produce(s->ctx, (struct sink){ ring_put, s });

	pthread_mutex_lock(&s->lock);
	s->ended = true;
	if (err != ERR_OK)
		s->written = s->taken; /* what is left is not to be trusted */
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

ssize_t
http_stream_read(void *stream, uint64_t pos, char *out, size_t max)
{
	struct http_stream *s = stream;
	size_t n, at;

	http_conn_phase(s->conn, HTTP_PHASE_SENDING);
	if (!s->started) {
		if (pthread_create(&s->thread, NULL, producer, s) != 0)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		s->started = true;
	}
	pthread_mutex_lock(&s->lock);
	assert(pos == s->taken);
	while (s->written == s->taken && !s->ended)
		pthread_cond_wait(&s->moved, &s->lock);
	at = (size_t)(s->taken % RING_BYTES);
	n = (size_t)(s->written - s->taken);
	if (n > max)
		n = max;
	if (n > RING_BYTES - at)
		n = RING_BYTES - at;
	memcpy(out, s->ring + at, n);
	s->taken += n;
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
	return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_WITH_ERROR;
}

void
http_stream_free(void *stream)
{
	struct http_stream *s = stream;

	if (s == NULL)
		return;
	if (s->started) {
		pthread_mutex_lock(&s->lock);
		s->abandoned = true;
		pthread_cond_signal(&s->moved);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	s->done(s->ctx, s->taken);
	pthread_cond_destroy(&s->moved);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
