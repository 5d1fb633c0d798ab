/*
 * net/tls.h - TLS contexts: what is demanded of the other side, decided once and shared by
 * connections.
 *
 * TLS 1.2 and 1.3, forward secrecy with AEAD only, no renegotiation, no compression, no session
 * resumption (a resumed session would carry a certificate verdict from one connection, and for a
 * client from one tenant, to another: T4).
 *
 * A server asks for a client certificate and completes the handshake whatever comes: the verdict is
 * kept in struct tls_facts, and the protocol above refuses with a sentence that the other
 * administrator can read, where a failed handshake would only show him an alert. A client breaks
 * the handshake off.
 *
 * A context is not changed after it was made and may be used by many threads.
 */
#ifndef SECUDOC_NET_TLS_H
#define SECUDOC_NET_TLS_H

#include "core/err.h"
#include "core/span.h"

#define TLS_NAMES_MAX 100u /* dNSNames kept of one certificate; one with more is not believed */
#define TLS_NAME_SIZE 256u /* DNS names have at most 253 bytes (RFC 1035 section 2.3.4) */

struct tls_ctx;

struct tls_server_opts {
	const char *cert;      /* PEM chain, leaf first */
	const char *key;       /* PEM */
	const char *client_ca; /* PEM roots for client certificates; NULL: none is asked for */
};

struct tls_client_opts {
	const char *ca;   /* PEM roots; NULL or "": the system's */
	const char *cert; /* PEM chain shown to the server; NULL or "": none */
	const char *key;
};

/*
 * tls_server_new(), tls_client_new() - read the files. ERR_NOT_FOUND: a file is not there;
 * ERR_SYNTAX: it is not what it should be, or key and certificate do not fit; the note names the
 * file. The caller owns *ret.
 *
 * The purpose clientAuth is not insisted on: certificates of public CAs lose it, so a certificate
 * that is good for TLS servers or names no purpose is as good. Other purposes are not.
 */
MUST_USE enum err tls_server_new(const struct tls_server_opts *opts, struct tls_ctx **ret);
MUST_USE enum err tls_client_new(const struct tls_client_opts *opts, struct tls_ctx **ret);
void tls_ctx_free(struct tls_ctx **ctx);

enum tls_cert {
	TLS_CERT_NONE, /* the peer showed no certificate */
	TLS_CERT_BAD,  /* it does not chain to a root, is expired, malformed ...: see problem */
	TLS_CERT_GOOD, /* chain, times and purpose verified; the name is for the caller to check */
};

/* What is known of a connection after the handshake; borrowed from the connection. */
struct tls_facts {
	const char *version; /* "TLSv1.3" */
	const char *cipher;  /* "TLS_AES_256_GCM_SHA384" */
	int cipher_bits;
	enum tls_cert cert;
	char problem[128]; /* why TLS_CERT_BAD: one short line, printable */
	const char
	    *names[TLS_NAMES_MAX]; /* dNSNames of the leaf, else its common name; lower case */
	size_t name_count;         /* 0 unless TLS_CERT_GOOD */
};

/*
 * tls_name_matches() - does one of the peer's names stand for rule?
 *
 * rule "a.example" is met by the name "a.example" and by the certificate wildcard "*.example"
 * (exactly one label, RFC 6125 section 6.4.3); rule "*.example" by every name below example,
 * wildcard or not. Names with a wildcard elsewhere than as the whole first label match nothing. No
 * case. False unless the certificate is good.
 */
bool tls_name_matches(const struct tls_facts *facts, struct span rule);

#endif
