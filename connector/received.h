/*
 * connector/received.h - the one Received field that a mail gets here. Pure.
 *
 * Source: RFC 5321 section 4.4 (form), RFC 3848 and 6531 section 4.3 (ESMTPS, UTF8SMTPS), RFC 8314
 * section 4.3 (TLS as a comment). It is built once, at receipt, and kept, so that each try of the
 * delivery sends the same bytes. No recipient stands in it (Bcc, M18).
 */
#ifndef SECUDOC_CONNECTOR_RECEIVED_H
#define SECUDOC_CONNECTOR_RECEIVED_H

#include "core/buf.h"
#include "net/tls.h"

#define RECEIVED_MAX 2048u

struct received_facts {
	const char *hostname; /* ours */
	const char *helo;     /* theirs */
	const char *peer;     /* address without brackets */
	const struct tls_facts *tls;
	bool smtputf8;
	int64_t mail_id;
	int64_t now_ms;
};

/* received_put() - the whole field with its CRLF; bytes that could end a comment or line become
 * "?". */
MUST_USE enum err received_put(const struct received_facts *f, struct buf *out);

#endif
