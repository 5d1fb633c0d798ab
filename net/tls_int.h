/*
 * net/tls_int.h - what conn.c needs of tls.c.
 */
#ifndef SECUDOC_NET_TLS_INT_H
#define SECUDOC_NET_TLS_INT_H

#include "core/arena.h"
#include "net/tls.h"

#include <openssl/ssl.h>

/* What verification of the peer's chain found first; filled during the handshake. */
struct tls_verdict {
	int error; /* X509_V_OK or the first error */
	int depth;
};

/* tls_ssl_new() - a connection object that writes its verdict into *verdict; NULL without memory.
 */
SSL *tls_ssl_new(const struct tls_ctx *ctx, struct tls_verdict *verdict);
/* tls_ssl_expect() - client: the name (or address) the server's certificate must stand for; sends
 * SNI. */
MUST_USE enum err tls_ssl_expect(SSL *ssl, const char *name);
/* tls_facts_collect() - after the handshake; names live in names_arena. */
void tls_facts_collect(
    SSL *ssl, const struct tls_verdict *verdict, struct arena *names_arena, struct tls_facts *ret);
/* tls_error_text() - OpenSSL's reason for the last failure of this thread, "" when there is none.
 */
const char *tls_error_text(void);

#endif
