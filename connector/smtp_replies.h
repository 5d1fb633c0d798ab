/*
 * connector/smtp_replies.h - everything the server answers, in one table.
 *
 * A row is a stable word (audit lines, logs, tests), a reply code, an enhanced status code (RFC
 * 3463) and one sentence for the administrator of the other side, who sees it in his message trace.
 * docs/threats.md and tests name rows by their word. Temporary or permanent is decided here and
 * nowhere else: unsure means 4xx, so that no mail is lost.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_REPLIES_H
#define SECUDOC_CONNECTOR_SMTP_REPLIES_H

#include "core/err.h"
#include "core/span.h"

enum smtp_say {
	/* yes */
	SMTP_SAY_OK,
	SMTP_SAY_HELP,
	SMTP_SAY_TLS_GO,
	SMTP_SAY_BYE,
	SMTP_SAY_SENDER_OK,
	SMTP_SAY_RCPT_OK,
	SMTP_SAY_VRFY,
	SMTP_SAY_DATA_GO,
	SMTP_SAY_ACCEPTED,
	SMTP_SAY_REPEAT,
	/* the connection ends */
	SMTP_SAY_STOPPING,
	SMTP_SAY_IDLE,
	SMTP_SAY_INCOMPLETE, /* on record only: whoever broke off reads no reply */
	SMTP_SAY_CONNECTIONS,
	SMTP_SAY_CONNECTIONS_ADDRESS,
	SMTP_SAY_TOO_MANY_ERRORS,
	SMTP_SAY_TLS_INJECTION,
	/* the command is refused */
	SMTP_SAY_UNKNOWN_COMMAND,
	SMTP_SAY_LINE_ODD,
	SMTP_SAY_LINE_LONG,
	SMTP_SAY_ARGUMENT,
	SMTP_SAY_NO_ARGUMENT,
	SMTP_SAY_HELO_NAME,
	SMTP_SAY_NOT_OFFERED,
	SMTP_SAY_SEQUENCE,
	SMTP_SAY_NO_RCPT,
	SMTP_SAY_TLS_FIRST,
	SMTP_SAY_TLS_ALREADY,
	SMTP_SAY_TLS_FAILED,
	SMTP_SAY_CERT_NONE,
	SMTP_SAY_CERT_BAD,
	SMTP_SAY_CERT_NAME,
	SMTP_SAY_SENDER_SYNTAX,
	SMTP_SAY_RCPT_SYNTAX,
	SMTP_SAY_RCPT_ROUTE,
	SMTP_SAY_UTF8,
	SMTP_SAY_PARAMETER,
	SMTP_SAY_PARAMETER_UNKNOWN,
	SMTP_SAY_RCPT_COUNT,
	SMTP_SAY_CHUNK_SIZE,
	SMTP_SAY_TOO_LARGE,
	/* the mail is refused */
	SMTP_SAY_BARE_CR,
	SMTP_SAY_BARE_LF,
	SMTP_SAY_NUL,
	SMTP_SAY_MIME,
	SMTP_SAY_MIME_LIMIT,
	SMTP_SAY_HOPS,
	SMTP_SAY_LOOP,
	SMTP_SAY_TENANT_MISSING,
	SMTP_SAY_TENANT_AMBIGUOUS,
	SMTP_SAY_TENANT_UNKNOWN,
	SMTP_SAY_SECRET_MISSING,
	SMTP_SAY_SECRET_AMBIGUOUS,
	SMTP_SAY_SECRET_WRONG,
	SMTP_SAY_SENDER_DOMAIN,
	SMTP_SAY_FROM_MISSING,
	SMTP_SAY_FROM_AMBIGUOUS,
	SMTP_SAY_FROM_DOMAIN,
	SMTP_SAY_VALIDATION_SIZE,
	SMTP_SAY_VALIDATION_FILE,
	/* the mail waits on the other side */
	SMTP_SAY_VALIDATION_RATE,
	SMTP_SAY_TENANT_OFF,
	SMTP_SAY_POLICY_WAIT,
	SMTP_SAY_TEMP,
	SMTP_SAY__COUNT
};

struct smtp_answer {
	const char *word;
	unsigned code;
	const char *status; /* NULL: RFC 2034 section 4 has none for this reply */
	const char *text;
};

const struct smtp_answer *smtp_answer(enum smtp_say say);

/*
 * smtp_reply_for() - what is said about a mail that ended in err: the peer's bytes (ERR_SYNTAX), a
 * bound (ERR_LIMIT), and for all else, our own trouble, SMTP_SAY_TEMP.
 */
enum smtp_say smtp_reply_for(enum err err);

#endif
