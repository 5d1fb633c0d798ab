/*
 * connector/cmd_starttls.c - from here on nobody listens in.
 *
 * RFC 3207. What was said before counts no more (section 4.2), and bytes sent ahead of the
 * handshake end the connection (S4, CVE-2011-0411): under TLS they would pass for the client's.
 */
#include "connector/smtp_commands.h"

#include "core/metrics.h"

static enum err
tls_failed(struct smtp_session *s, enum err err)
{
	metric_add(METRIC_SMTP_TLS_FAILED, 1);
	smtp_session_enter(s, SMTP_STATE_CLOSED);
	return err;
}

/* A peer that cannot send mail is told so at MAIL; the operator sees it here, once a connection. */
static void
note_peer(struct smtp_session *s)
{
	enum smtp_say say = smtp_session_peer_check(s);
	const struct tls_facts *tls = conn_tls(s->conn);

	if (say == SMTP_SAY_OK)
		return;
	metric_add(METRIC_TRUST_REFUSED, 1);
	log_line(LOG_WARN, &s->scope, "peer-refused", "%s: %s%s%s", conn_peer(s->conn),
	    smtp_answer(say)->word, tls->problem[0] != '\0' ? ": " : "", tls->problem);
}

enum err
cmd_starttls(struct smtp_session *s, struct span args)
{
	enum err err;

	if (conn_tls(s->conn) != NULL)
		return smtp_session_say(s, SMTP_SAY_TLS_ALREADY);
	if (!smtp_no_args(args))
		return smtp_session_say(s, SMTP_SAY_NO_ARGUMENT);
	if (conn_buffered(s->conn) > 0) {
		log_line(LOG_WARN, &s->scope, "tls-injection", "%zu bytes behind STARTTLS from %s",
		    conn_buffered(s->conn), conn_peer(s->conn));
		return smtp_session_say_last(s, SMTP_SAY_TLS_INJECTION);
	}
	TRY(smtp_session_say(s, SMTP_SAY_TLS_GO));
	smtp_session_wait_until(s);
	err = conn_starttls_server(s->conn, s->shared->tls);
	if (err != ERR_OK)
		return tls_failed(s, err);
	note_peer(s);
	s->helo[0] = '\0';
	smtp_session_reset(s);
	return ERR_OK;
}
