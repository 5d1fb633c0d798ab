/*
 * connector/smtp_client.h - one connection to a tenant's inbound connector, and mails over it.
 *
 * TLS is not a choice: after the greeting comes EHLO, STARTTLS, the handshake with a verified name,
 * EHLO again; where one of these fails the connection is of no use and the mail waits. Nothing of a
 * mail ever crosses a connection that has not been through all of them.
 *
 * The client does not know sockets: it speaks over a struct smtp_transport, which connector/pool.c
 * fills with a net/conn.h connection and tests with a script. One thread at a time.
 *
 * Source: RFC 5321, RFC 3207 (STARTTLS), RFC 2920 (PIPELINING), RFC 3030 (CHUNKING), RFC 1870
 * (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 3461 (DSN).
 */
#ifndef SECUDOC_CONNECTOR_SMTP_CLIENT_H
#define SECUDOC_CONNECTOR_SMTP_CLIENT_H

#include "connector/smtp_client_reply.h"
#include "core/stream.h"

struct smtp_transport {
	void *ctx;
	/*
	 * One line without its CR LF, borrowed until the next call. ERR_SYNTAX: not ended by CR LF,
	 * or too long; ERR_TEMP: closed by the peer, or its time was over.
	 */
	enum err (*read_line)(void *ctx, struct span *ret_line);
	enum err (*write)(void *ctx, struct span in); /* may buffer */
	enum err (*flush)(void *ctx);
	/*
	 * ERR_DENIED: plain bytes stand behind the 220 (response injection), or the peer is not
	 * who it must be
	 */
	enum err (*start_tls)(void *ctx);
};

/* What the server offered after TLS. */
struct smtp_offer {
	bool pipelining, chunking, eightbit, smtputf8, dsn, size;
	uint64_t size_max; /* bytes; 0: no limit stated */
};

enum smtp_ret { SMTP_RET_NONE, SMTP_RET_FULL, SMTP_RET_HDRS };

/* NOTIFY of RFC 3461 section 4.1, as a mask; 0: the parameter was not given. */
#define SMTP_NOTIFY_NEVER   1u
#define SMTP_NOTIFY_SUCCESS 2u
#define SMTP_NOTIFY_FAILURE 4u
#define SMTP_NOTIFY_DELAY   8u

struct smtp_envelope_rcpt {
	struct span address;
	unsigned notify;
	struct span orcpt; /* as received, "rfc822;..." in xtext; empty: none */
};

struct smtp_envelope {
	struct span sender; /* empty: the null reverse-path */
	bool smtputf8;
	bool body_8bit;
	bool needs_bdat; /* bare CR or LF, NUL or a line over 998: cannot go by DATA */
	enum smtp_ret ret;
	struct span envid; /* xtext as received; empty: none */
	uint64_t size; /* of the message, for SIZE=, as well as it is known; 0: only once written */
	const struct smtp_envelope_rcpt *rcpts;
	size_t rcpt_count; /* at least 1 */
};

struct smtp_body {
	/*
	 * Writes the whole message, CR LF line ends where lines end; any error ends the
	 * transaction.
	 */
	enum err (*write)(void *ctx, struct sink out);
	void *ctx;
};

struct smtp_result {
	enum smtp_outcome outcome; /* OK: the server has taken responsibility */
	enum smtp_step step;       /* where it was decided */
	bool remote;               /* text are the server's own words */
	bool uncertain; /* RETRY: lost after the end of the data was sent; it may have arrived */
	bool throttled;
	unsigned code;   /* remote: the reply code */
	char status[12]; /* "5.1.1" */
	char text[SMTP_REPLY_TEXT_MAX + 1];
};

struct smtp_client;

/*
 * smtp_client_new() - hostname is what EHLO says; borrowed. t's ctx must outlive the client.
 * ERR_TEMP.
 */
MUST_USE enum err
smtp_client_new(struct smtp_transport t, const char *hostname, struct smtp_client **ret);
void smtp_client_free(struct smtp_client **c);

/*
 * smtp_client_open() - greeting, EHLO, STARTTLS, TLS, EHLO.
 *
 * On an error *ret_why says at which step and why, outcome SMTP_OUTCOME_RETRY always: what fails
 * here says nothing about a mail. Only smtp_client_free() may follow.
 */
MUST_USE enum err smtp_client_open(struct smtp_client *c, struct smtp_result *ret_why);
const struct smtp_offer *smtp_client_offer(const struct smtp_client *c);

/*
 * smtp_client_send() - one transaction.
 *
 * results has e->rcpt_count members and each is written, whatever is returned. body is asked at
 * most once, and not at all when the server cannot carry the mail: SMTPUTF8, 8BITMIME or CHUNKING
 * missing where the mail needs it is permanent (converting would change what must stay untouched;
 * RFC 6152 section 3, RFC 6531 section 3.2). Whether it is too large the server says itself, to
 * SIZE= or at the end.
 *
 * ERR_OK: the connection may carry another mail. ERR_NOT_FOUND: the pooled connection had died
 * before the server took any of this mail; try once more on a new one, the results say RETRY.
 * Others: drop the connection.
 */
MUST_USE enum err smtp_client_send(struct smtp_client *c, const struct smtp_envelope *e,
    struct smtp_body body, struct smtp_result *results);

/* smtp_client_quit() - say QUIT and wait for the answer no longer than the transport does. */
void smtp_client_quit(struct smtp_client *c);

#endif
