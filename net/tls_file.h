/*
 * net/tls_file.h - a certificate in a file, looked at without using it.
 */
#ifndef SECUDOC_NET_TLS_FILE_H
#define SECUDOC_NET_TLS_FILE_H

#include "core/arena.h"
#include "net/tls.h"

struct tls_file {
	struct tls_facts facts; /* cert, names and name_count only */
	int64_t begins_ms;      /* Unix time; of the leaf */
	int64_t ends_ms;
};

/*
 * tls_file_read() - the first certificate of a PEM file; names live in the arena. facts.cert is
 * TLS_CERT_GOOD when its names can be believed, which says nothing about its chain. ERR_NOT_FOUND,
 * ERR_DENIED: the file cannot be opened; ERR_SYNTAX: no certificate in it; ERR_TEMP.
 */
MUST_USE enum err tls_file_read(const char *path, struct arena *a, struct tls_file *ret);

#endif
