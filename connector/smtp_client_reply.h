/*
 * connector/smtp_client_reply.h - what a server answered, and what that means for a mail. Pure.
 *
 * Source: RFC 5321 section 4.2 (replies), RFC 2034 and RFC 3463 (enhanced status codes).
 */
#ifndef SECUDOC_CONNECTOR_SMTP_CLIENT_REPLY_H
#define SECUDOC_CONNECTOR_SMTP_CLIENT_REPLY_H

#include "connector/smtp_wire.h"

/*
 * What is kept of the words: enough for the literal reason of a report, and a bound for the
 * store.
 */
#define SMTP_REPLY_TEXT_MAX 500u

/* The step of a delivery that an answer belongs to, in the order of time. */
enum smtp_step {
	SMTP_STEP_CONNECT,
	SMTP_STEP_GREETING,
	SMTP_STEP_EHLO,
	SMTP_STEP_STARTTLS,
	SMTP_STEP_TLS,
	SMTP_STEP_RSET,
	SMTP_STEP_MAIL,
	SMTP_STEP_RCPT,
	SMTP_STEP_DATA, /* DATA itself, or a chunk before the last */
	SMTP_STEP_END,  /* the final dot, or BDAT LAST */
};
const char *smtp_step_name(enum smtp_step step); /* "greeting", ...: stable, for logs */

struct smtp_reply {
	unsigned code; /* 200..559; 0: none was read */
	/* RFC 3463, of the first line; status_class 0: there was none */
	unsigned status_class, status_subject, status_detail;
	bool contradicts; /* 5xx beside 4.x.x: not believed */
	/*
	 * all lines' text as one line, without the code, with the enhanced code; printable ASCII
	 * or UTF-8
	 */
	char text[SMTP_REPLY_TEXT_MAX + 1];
};

struct smtp_reply_parser {
	struct smtp_reply reply;
	unsigned lines;
};

/* smtp_reply_begin() - ready for the first line of an answer. */
void smtp_reply_begin(struct smtp_reply_parser *p);
/*
 * smtp_reply_push() - take one line, without its CR LF; borrowed during the call.
 *
 * *ret_done: that was the last line and p->reply is whole. *ret_text is what stands behind the code
 * and its separator (for EHLO keywords); part of line. ERR_SYNTAX: not a reply line, or a line
 * whose code differs from the first's; ERR_LIMIT: too many lines. The connection cannot be used
 * after either.
 */
MUST_USE enum err smtp_reply_push(
    struct smtp_reply_parser *p, struct span line, struct span *ret_text, bool *ret_done);

enum smtp_outcome {
	SMTP_OUTCOME_OK,
	SMTP_OUTCOME_RETRY,
	SMTP_OUTCOME_FAILED,
};
const char *smtp_outcome_name(enum smtp_outcome outcome);

/*
 * smtp_reply_outcome() - is the answer yes, later, or never?
 *
 * Unsure means later: an answer that is out of place or whose two codes contradict each other, 552
 * for "too many recipients" (RFC 5321 section 4.5.3.1.10), and every refusal before MAIL, which is
 * about the connection and not about the mail.
 */
enum smtp_outcome smtp_reply_outcome(const struct smtp_reply *r, enum smtp_step step);

/* smtp_reply_throttles() - the server asks for less: 421, 4.3.2, 4.4.5, 4.7.500..699. */
bool smtp_reply_throttles(const struct smtp_reply *r);

/*
 * smtp_reply_status() - "5.1.1", or "5.0.0" by the class of the code; out holds 12 bytes; returns
 * out.
 */
char *smtp_reply_status(const struct smtp_reply *r, char out[12]);

#endif
