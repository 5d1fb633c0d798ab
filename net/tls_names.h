/*
 * net/tls_names.h - the names of a verified certificate.
 */
#ifndef SECUDOC_NET_TLS_NAMES_H
#define SECUDOC_NET_TLS_NAMES_H

#include "core/arena.h"
#include "net/tls.h"

struct x509_st; /* OpenSSL's X509 */

/* tls_names_collect() - false (and no names): one of them is not a name, or there are too many. */
bool tls_names_collect(struct x509_st *leaf, struct arena *a, struct tls_facts *f);

#endif
