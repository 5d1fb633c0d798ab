/*
 * connector/smtp_session.h - one connection of Exchange Online: greeting, commands, end.
 *
 * The thread that runs a session owns it. Commands live in connector/cmd_*.c, one file each; the
 *table that says when each may be given is connector/smtp_commands.c.
 *
 *	HELO_WANTED --EHLO--> READY --MAIL--> MAIL --RCPT--> RCPT --DATA, BDAT LAST--> READY
 *	                                                       \--BDAT--> BDAT --BDAT LAST--> READY
 *	RSET, EHLO and a refused mail lead back to READY; STARTTLS leads back to HELO_WANTED.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_SESSION_H
#define SECUDOC_CONNECTOR_SMTP_SESSION_H

#include "connector/smtp_replies.h"
#include "connector/smtp_tx.h"
#include "net/conn.h"

#include <stdatomic.h>

enum smtp_state {
	SMTP_STATE_HELO_WANTED,
	SMTP_STATE_READY,
	SMTP_STATE_MAIL, /* sender is known */
	SMTP_STATE_RCPT, /* and at least one recipient */
	SMTP_STATE_BDAT, /* some chunks of the mail are in */
	SMTP_STATE_CLOSED,
};
#define SMTP_IN(state) (1u << (state))
#define SMTP_IN_ANY    (SMTP_IN(SMTP_STATE_CLOSED) - 1)

#define SMTP_HELO_SIZE 256u

/* What all sessions of the process share; read-only but for the flag. */
struct smtp_shared {
	struct pipeline_env pipeline;
	const struct config *config;
	const struct tls_ctx *tls;
	int stop_fd; /* readable: no new mails */
	atomic_bool *stopping;
};

struct smtp_session {
	const struct smtp_shared *shared;
	struct conn *conn;
	struct log_scope scope;
	enum smtp_state state;
	char helo[SMTP_HELO_SIZE];
	struct smtp_tx *tx;     /* or NULL */
	unsigned idle_commands; /* since the last accepted mail; chunks with content are none */
};

/* smtp_session_run() - until the connection ends; takes conn. id is for the log. */
void smtp_session_run(const struct smtp_shared *shared, struct conn *conn, int64_t id);

/* --- for commands --------------------------------------------------------------------------------
 */

const char *smtp_state_name(enum smtp_state state);
/* smtp_session_enter() - the one place that changes the state; logs "old -> new". */
void smtp_session_enter(struct smtp_session *s, enum smtp_state state);
/* smtp_session_reset() - free the transaction; READY, or HELO_WANTED when nobody said EHLO yet. */
void smtp_session_reset(struct smtp_session *s);
/* smtp_session_say() - one reply, refusals on record (refusal.h); an error ends the connection. */
MUST_USE enum err smtp_session_say(struct smtp_session *s, enum smtp_say say);
/* the same with more words behind the sentence; "" adds nothing */
MUST_USE enum err
smtp_session_say_more(struct smtp_session *s, enum smtp_say say, const char *more);
/* the same, and the connection ends after it */
MUST_USE enum err smtp_session_say_last(struct smtp_session *s, enum smtp_say say);
/* smtp_session_peer_check() - may this peer send mail at all? SMTP_SAY_OK, or why not; text for the
 * log. */
enum smtp_say smtp_session_peer_check(const struct smtp_session *s);
/* smtp_session_wait_until() - set the deadline for the next input: the command's, within the
 * mail's. */
void smtp_session_wait_until(struct smtp_session *s);

/* smtp_session_mail_begin() - the first octet of content is near: start the pipeline. */
MUST_USE enum err smtp_session_mail_begin(struct smtp_session *s);
/* smtp_session_content() - octets of content; past smtp.max_size the mail is refused. */
void smtp_session_content(struct smtp_session *s, struct span in);
/* smtp_session_mail_end() - decide, answer, free the transaction, READY. */
MUST_USE enum err smtp_session_mail_end(struct smtp_session *s);

#endif
