/*
 * tests/bench/load.c - Exchange Online as a load: N connections, STARTTLS, client certificate, BDAT.
 *
 *	load PORT NAME CERT KEY CA CONNECTIONS COUNT FILE FROM RCPT
 *
 * FILE is the mail with CRLF line ends. Wherever it holds MARK (16 characters), each mail gets a number
 * of its own, so that no mail is a repeat of another; the first "%" of RCPT is that number too. Prints
 *
 *	start NS
 *	end NS ACCEPTED REFUSED
 *	latency_ms MEDIAN P99 MAX	(from MAIL to the 250 behind the data)
 */
#define _GNU_SOURCE /* memmem */
#include "bench_conn.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK      "@@@@@@@@@@@@@@@@"
#define MARK_SIZE 16u
#define MARKS_MAX 8u
#define CHUNK     (256u << 10)
#define REPLY_MAX 64u

struct load {
	int port;
	const char *name;
	SSL_CTX *tls;
	long count;
	char *mail;
	size_t size;
	size_t marks[MARKS_MAX];
	size_t mark_count;
	const char *from, *rcpt;
	uint64_t base; /* so that no two runs use the same numbers */
	atomic_long next, accepted, refused;
	double *latency_ms; /* by number */
};

static struct load load;

static int
reply(struct bench_conn *c)
{
	for (;;) {
		char *line = bench_conn_line(c);

		if (line == NULL || strlen(line) < 3)
			bench_die("connection lost");
		if (line[3] != '-') {
			int code = atoi(line);

			if (code >= 400)
				fprintf(stderr, "%s\n", line);
			return code;
		}
	}
}

static int
command(struct bench_conn *c, const char *text)
{
	if (!bench_conn_say(c, text))
		bench_die("connection lost");
	return reply(c);
}

static void
connect_session(struct bench_conn *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)load.port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		bench_die("nobody listens on port %d", load.port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	bench_conn_init(c, fd);
	if (reply(c) != 220 || command(c, "EHLO load.example\r\n") != 250 ||
	    command(c, "STARTTLS\r\n") != 220)
		bench_die("no STARTTLS");
	if (!bench_conn_tls(c, load.tls, load.name))
		bench_die("handshake");
	if (command(c, "EHLO load.example\r\n") != 250)
		bench_die("EHLO under TLS");
}

static void
number_mail(char *mail, long number)
{
	char text[MARK_SIZE + 1];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)(load.base + (uint64_t)number));
	for (size_t i = 0; i < load.mark_count; i++)
		memcpy(mail + load.marks[i], text, MARK_SIZE);
}

static void
envelope(struct bench_conn *c, long number)
{
	const char *place = strchr(load.rcpt, '%');
	char text[1024];

	snprintf(text, sizeof(text), "MAIL FROM:<%s> SIZE=%zu\r\nRCPT TO:<%.*s%llx%s>\r\n",
	    load.from, load.size, (int)(place - load.rcpt), load.rcpt,
	    (unsigned long long)(load.base + (uint64_t)number), place + 1);
	if (command(c, text) != 250 || reply(c) != 250)
		bench_die("envelope refused");
}

static bool
send_mail(struct bench_conn *c, const char *mail)
{
	size_t at = 0;
	char head[64];
	int code = 0;

	do {
		size_t size = load.size - at < CHUNK ? load.size - at : CHUNK;
		bool last = at + size == load.size;

		snprintf(head, sizeof(head), "BDAT %zu%s\r\n", size, last ? " LAST" : "");
		if (!bench_conn_say(c, head) || !bench_conn_write(c, mail + at, size))
			bench_die("connection lost in mid-mail");
		code = reply(c);
		at += size;
	} while (at < load.size && code == 250);
	return code == 250;
}

static void *
work(void *unused)
{
	struct bench_conn c;
	char *mail = malloc(load.size);
	long number;

	(void)unused;
	if (mail == NULL)
		bench_die("no memory");
	memcpy(mail, load.mail, load.size);
	connect_session(&c);
	while ((number = atomic_fetch_add(&load.next, 1)) < load.count) {
		int64_t begin = bench_now_ns();

		number_mail(mail, number);
		envelope(&c, number);
		if (send_mail(&c, mail))
			atomic_fetch_add(&load.accepted, 1);
		else
			atomic_fetch_add(&load.refused, 1);
		load.latency_ms[number] = (double)(bench_now_ns() - begin) / 1e6;
	}
	command(&c, "QUIT\r\n");
	bench_conn_done(&c);
	free(mail);
	return NULL;
}

static void
read_mail(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *at;

	if (fd < 0 || fstat(fd, &st) != 0)
		bench_die("%s cannot be read", path);
	load.size = (size_t)st.st_size;
	load.mail = malloc(load.size);
	if (load.mail == NULL || read(fd, load.mail, load.size) != (ssize_t)load.size)
		bench_die("%s cannot be read", path);
	close(fd);
	at = load.mail;
	while (load.mark_count < MARKS_MAX &&
	    (at = memmem(at, load.size - (size_t)(at - load.mail), MARK, MARK_SIZE)) != NULL) {
		load.marks[load.mark_count++] = (size_t)(at - load.mail);
		at += MARK_SIZE;
	}
}

static SSL_CTX *
make_tls(const char *cert, const char *key, const char *ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
		bench_die("certificate %s, key %s or authorities %s", cert, key, ca);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
run(int connections)
{
	pthread_t *threads = calloc((size_t)connections, sizeof(*threads));

	if (threads == NULL)
		bench_die("no memory");
	printf("start %lld\n", (long long)bench_now_ns());
	for (int i = 0; i < connections; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			bench_die("no thread");
	}
	for (int i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	printf("end %lld %ld %ld\n", (long long)bench_now_ns(), atomic_load(&load.accepted),
	    atomic_load(&load.refused));
	free(threads);
}

int
main(int argc, char **argv)
{
	if (argc != 11 || strchr(argv[10], '%') == NULL)
		bench_die("usage: load PORT NAME CERT KEY CA CONNECTIONS COUNT FILE FROM RCPT%%");
	signal(SIGPIPE, SIG_IGN);
	load.port = atoi(argv[1]);
	load.name = argv[2];
	load.tls = make_tls(argv[3], argv[4], argv[5]);
	load.count = atol(argv[7]);
	read_mail(argv[8]);
	load.from = argv[9];
	load.rcpt = argv[10];
	load.base = (uint64_t)bench_now_ns();
	load.latency_ms = calloc((size_t)load.count, sizeof(double));
	if (load.latency_ms == NULL)
		bench_die("no memory");
	run(atoi(argv[6]));
	qsort(load.latency_ms, (size_t)load.count, sizeof(double), compare);
	printf("latency_ms %.2f %.2f %.2f\n", load.latency_ms[load.count / 2],
	    load.latency_ms[(load.count * 99) / 100], load.latency_ms[load.count - 1]);
	return 0;
}
