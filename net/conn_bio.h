/*
 * net/conn_bio.h - OpenSSL's way to a socket without SIGPIPE: its own socket BIO uses write().
 */
#ifndef SECUDOC_NET_CONN_BIO_H
#define SECUDOC_NET_CONN_BIO_H

#include <openssl/bio.h>

/* conn_bio_new() - borrows *fd, which must stay where it is; NULL without memory. */
BIO *conn_bio_new(int *fd);

#endif
