/* See bench_conn.h. */
#include "bench_conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void
bench_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

int64_t
bench_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
bench_conn_init(struct bench_conn *c, int fd)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->buffer = malloc(BENCH_BUFFER);
	if (c->buffer == NULL)
		bench_die("no memory");
}

void
bench_conn_done(struct bench_conn *c)
{
	if (c->tls != NULL) {
		SSL_shutdown(c->tls);
		SSL_free(c->tls);
	}
	close(c->fd);
	free(c->buffer);
}

bool
bench_conn_tls(struct bench_conn *c, SSL_CTX *ctx, const char *name)
{
	c->tls = SSL_new(ctx);
	if (c->tls == NULL || SSL_set_fd(c->tls, c->fd) != 1)
		bench_die("no TLS object");
	if (name != NULL &&
	    (SSL_set1_host(c->tls, name) != 1 || SSL_set_tlsext_host_name(c->tls, name) != 1))
		bench_die("name %s", name);
	return (name != NULL ? SSL_connect(c->tls) : SSL_accept(c->tls)) == 1;
}

bool
bench_conn_fill(struct bench_conn *c)
{
	ssize_t n;

	if (c->start == c->end)
		c->start = c->end = 0;
	if (c->end == BENCH_BUFFER) {
		memmove(c->buffer, c->buffer + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	if (c->end == BENCH_BUFFER)
		bench_die("line of more than %u bytes", BENCH_BUFFER);
	if (c->tls != NULL)
		n = SSL_read(c->tls, c->buffer + c->end, (int)(BENCH_BUFFER - c->end));
	else
		n = read(c->fd, c->buffer + c->end, BENCH_BUFFER - c->end);
	if (n <= 0)
		return false;
	c->end += (size_t)n;
	return true;
}

char *
bench_conn_line(struct bench_conn *c)
{
	for (;;) {
		char *line = c->buffer + c->start;
		char *end = memchr(line, '\n', c->end - c->start);

		if (end != NULL) {
			c->start = (size_t)(end - c->buffer) + 1;
			*end = '\0';
			if (end > line && end[-1] == '\r')
				end[-1] = '\0';
			return line;
		}
		if (!bench_conn_fill(c))
			return NULL;
	}
}

bool
bench_conn_skip(struct bench_conn *c, size_t count)
{
	while (count > 0) {
		size_t have = c->end - c->start;

		if (have > count)
			have = count;
		c->start += have;
		count -= have;
		if (count > 0 && !bench_conn_fill(c))
			return false;
	}
	return true;
}

bool
bench_conn_write(struct bench_conn *c, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t n;

		if (c->tls != NULL)
			n = SSL_write(c->tls, p, (int)(size > (1u << 20) ? 1u << 20 : size));
		else
			n = write(c->fd, p, size);
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

bool
bench_conn_say(struct bench_conn *c, const char *text)
{
	return bench_conn_write(c, text, strlen(text));
}
