/*
 * tests/bench/sink.c - the inbound connector, as fast as it can be: TLS, client certificate, discard.
 *
 *	sink CERT KEY CLIENT_CA		prints "port N", then obeys lines on standard input:
 *	expect N			prints "done NS BYTES" (monotonic clock) when N more mails have come
 *
 * One thread a connection. Offers what Exchange Online offers, CHUNKING included.
 */
#include "bench_conn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXTENSIONS                                                                                   \
	"250-sink\r\n250-SIZE 209715200\r\n250-PIPELINING\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n" \
	"250-8BITMIME\r\n250-SMTPUTF8\r\n"

static SSL_CTX *tls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long mails_expected = -1; /* -1: nobody asks */
static long mails_seen;
static long long bytes_seen;

static void
count_mail(size_t size)
{
	pthread_mutex_lock(&lock);
	mails_seen++;
	bytes_seen += (long long)size;
	if (mails_seen == mails_expected) {
		printf("done %lld %lld\n", (long long)bench_now_ns(), bytes_seen);
		fflush(stdout);
		mails_expected = -1;
	}
	pthread_mutex_unlock(&lock);
}

static void
expect(long count)
{
	pthread_mutex_lock(&lock);
	mails_seen = 0;
	bytes_seen = 0;
	mails_expected = count;
	pthread_mutex_unlock(&lock);
}

/* DATA: reads up to the line that is a single dot. */
static bool
take_data(struct bench_conn *c, size_t *ret_size)
{
	char *line;

	*ret_size = 0;
	while ((line = bench_conn_line(c)) != NULL) {
		if (strcmp(line, ".") == 0)
			return true;
		*ret_size += strlen(line) + 2;
	}
	return false;
}

static bool
serve_bdat(struct bench_conn *c, const char *line, size_t *size)
{
	char *rest;
	size_t chunk = strtoul(line + 5, &rest, 10);
	bool last = strcasecmp(rest, " LAST") == 0; /* line goes when more is read */

	if (!bench_conn_skip(c, chunk))
		return false;
	*size += chunk;
	if (last) {
		count_mail(*size);
		*size = 0;
	}
	return bench_conn_say(c, "250 2.0.0 ok\r\n");
}

static bool
serve_command(struct bench_conn *c, const char *line, size_t *size)
{
	if (strncasecmp(line, "BDAT ", 5) == 0)
		return serve_bdat(c, line, size);
	if (strncasecmp(line, "EHLO", 4) == 0) {
		return bench_conn_say(c, EXTENSIONS) &&
		    bench_conn_say(c,
			c->tls != NULL ? "250 CHUNKING\r\n" : "250-CHUNKING\r\n250 STARTTLS\r\n");
	}
	if (strncasecmp(line, "STARTTLS", 8) == 0) {
		return c->tls == NULL && bench_conn_say(c, "220 2.0.0 go\r\n") &&
		    bench_conn_tls(c, tls, NULL);
	}
	if (strncasecmp(line, "DATA", 4) == 0) {
		if (!bench_conn_say(c, "354 go\r\n") || !take_data(c, size))
			return false;
		count_mail(*size);
		*size = 0;
		return bench_conn_say(c, "250 2.0.0 ok\r\n");
	}
	if (strncasecmp(line, "QUIT", 4) == 0) {
		bench_conn_say(c, "221 2.0.0 bye\r\n");
		return false;
	}
	return bench_conn_say(
	    c, c->tls != NULL ? "250 2.0.0 ok\r\n" : "530 5.7.0 STARTTLS first\r\n");
}

static void *
serve(void *fd)
{
	struct bench_conn c;
	size_t size = 0;
	char *line;

	bench_conn_init(&c, (int)(intptr_t)fd);
	if (bench_conn_say(&c, "220 sink ESMTP\r\n")) {
		while ((line = bench_conn_line(&c)) != NULL && serve_command(&c, line, &size))
			;
	}
	bench_conn_done(&c);
	return NULL;
}

static void *
accept_all(void *listener)
{
	pthread_attr_t detached;
	int one = 1;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		int fd = accept((int)(intptr_t)listener, NULL, NULL);
		pthread_t thread;

		if (fd < 0)
			bench_die("accept");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd) != 0)
			bench_die("no thread");
	}
}

static SSL_CTX *
make_tls(const char *cert, const char *key, const char *client_ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_locations(ctx, client_ca, NULL) != 1)
		bench_die("certificate %s, key %s or authorities %s", cert, key, client_ca);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"sink", 4);
	return ctx;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;
	char line[100];

	if (argc != 4)
		bench_die("usage: sink CERT KEY CLIENT_CA");
	signal(SIGPIPE, SIG_IGN);
	tls = make_tls(argv[1], argv[2], argv[3]);
	if (bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 512) != 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &size) != 0)
		bench_die("no port");
	printf("port %d\n", ntohs(at.sin_port));
	fflush(stdout);
	if (pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener) != 0)
		bench_die("no thread");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strncmp(line, "expect ", 7) == 0)
			expect(atol(line + 7));
	}
	return 0;
}
