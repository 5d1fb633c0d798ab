/*
 * net/conn_bio.c - see conn_bio.h.
 */
#include "net/conn_bio.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

static BIO_METHOD *method;
static pthread_once_t method_once = PTHREAD_ONCE_INIT;

static int
bio_fd(BIO *b)
{
	return *(const int *)BIO_get_data(b);
}

static int
bio_result(BIO *b, ssize_t n, int retry_flag)
{
	BIO_clear_retry_flags(b);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		BIO_set_flags(b, retry_flag | BIO_FLAGS_SHOULD_RETRY);
	return (int)n;
}

static int
bio_write(BIO *b, const char *data, int len)
{
	return bio_result(b, send(bio_fd(b), data, (size_t)len, MSG_NOSIGNAL), BIO_FLAGS_WRITE);
}

static int
bio_read(BIO *b, char *data, int len)
{
	ssize_t n = recv(bio_fd(b), data, (size_t)len, 0);

	if (n == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return bio_result(b, n, BIO_FLAGS_READ);
}

static long
bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)num, (void)ptr;
	if (cmd == BIO_CTRL_EOF)
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	return cmd == BIO_CTRL_FLUSH;
}

static void
method_make(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "conn");
	if (method != NULL) {
		BIO_meth_set_write(method, bio_write);
		BIO_meth_set_read(method, bio_read);
		BIO_meth_set_ctrl(method, bio_ctrl);
	}
}

BIO *
conn_bio_new(int *fd)
{
	BIO *b;

	pthread_once(&method_once, method_make);
	b = method == NULL ? NULL : BIO_new(method);
	if (b != NULL) {
		BIO_set_data(b, fd);
		BIO_set_init(b, 1);
	}
	return b;
}
