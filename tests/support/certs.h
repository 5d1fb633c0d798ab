/*
 * support/certs.h - throw-away certificates for tests, made with OpenSSL at run time.
 *
 * Keys are P-256, so making one costs nothing. A failure inside these functions fails the test at once.
 *
 *	struct cert *ca = cert_make(&(struct cert_spec){ .name = "Test CA", .ca = true });
 *	struct cert *server = cert_make(&(struct cert_spec){ .issuer = ca, .name = "mx.example.net",
 *	    .dns = { "mx.example.net", "*.example.net" }, .usage = CERT_SERVER });
 *	cert_save(server, &dir, "server");	DIR/server.pem (chain), DIR/server.key
 */
#ifndef SECUDOC_TESTS_SUPPORT_CERTS_H
#define SECUDOC_TESTS_SUPPORT_CERTS_H

#include "support/tmpdir.h"

#include <openssl/x509.h>

#define CERT_SERVER 1u /* extended key usage serverAuth */
#define CERT_CLIENT 2u /* extended key usage clientAuth */

struct cert;

struct cert_spec {
	const struct cert *issuer; /* NULL: signed by itself */
	const char *name;          /* common name */
	const char *dns[8];        /* subject alternative names */
	const char *ip[4];
	unsigned usage; /* 0: no extended key usage at all */
	bool ca;
	int64_t from_s; /* validity, relative to now; 0,0 is an hour ago to a day ahead */
	int64_t until_s;
	bool rsa; /* RSA 2048 instead of P-256 */
};

struct cert *cert_make(const struct cert_spec *spec);
void cert_free(struct cert **c);

X509 *cert_x509(const struct cert *c);    /* borrowed */
EVP_PKEY *cert_key(const struct cert *c); /* borrowed */
/* cert_save() - DIR/name.pem: the certificate and its issuers without the root; DIR/name.key. */
void cert_save(const struct cert *c, const struct tmpdir *dir, const char *name);
/* cert_save_ca() - DIR/name.pem: the certificate alone, as a list of roots. */
void cert_save_ca(const struct cert *c, const struct tmpdir *dir, const char *name);

#endif
