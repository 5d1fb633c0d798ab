/*
 * connector/smtp_client_int.h - what the client's own files share.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_CLIENT_INT_H
#define SECUDOC_CONNECTOR_SMTP_CLIENT_INT_H

#include "connector/smtp_client.h"

/*
 * One chunk, or one piece of DATA between two flushes. Large enough that a chunk's answer costs
 * nothing beside its bytes, small enough for a hundred connections. A mail that fits goes in one
 * flight with its envelope.
 */
#define SMTP_CHUNK_BYTES (256u << 10)

/*
 * Commands sent ahead of their answers. RFC 2920 section 3.1: a client must not let both sides
 * block on writing; this many answers of the longest kind still fit into a socket's buffer.
 */
#define SMTP_PIPELINE_MAX 50u

#define SMTP_CLIENT_COMMAND_MAX 8192u /* two addresses with their parameters, several times over */

struct smtp_client {
	struct smtp_transport t;
	const char *hostname;
	struct smtp_offer offer;
	bool starttls; /* offered in the last EHLO */
	bool used;     /* there was a transaction: the next one begins with RSET */
	struct buf command;
};

/*
 * smtp_client_read() - one whole answer; lines (may be NULL) sees the text of each after the
 * first.
 */
MUST_USE enum err smtp_client_read(struct smtp_client *c, struct smtp_reply *ret,
    void (*line)(struct smtp_client *c, struct span text));

/* The result that an answer means, and the one that a failure of the connection means. */
void smtp_result_remote(struct smtp_result *r, const struct smtp_reply *reply, enum smtp_step step);
void smtp_result_local(struct smtp_result *r, enum smtp_outcome outcome, enum smtp_step step,
    const char *status, const char *text);

#endif
