/*
 * connector/cmd_data.c - DATA: content up to CR LF "." CR LF. Framing: smtp_data.h.
 *
 *	data = "DATA" CRLF	(RFC 5321 section 4.1.1.4)
 *
 * A mail with bare CR, bare LF or NUL is read to its real end, refused, and the connection closed:
 *what comes behind it may be a mail that only the sender believes in (S1).
 */
#include "connector/smtp_commands.h"

#include "connector/smtp_data.h"

#include <inttypes.h>

/* What a client may go on sending after its mail became too large, before we hang up on it. */
#define OVERRUN_MAX (64u << 20)

static enum err
content_put(void *ctx, struct span in)
{
	smtp_session_content(ctx, in);
	return ERR_OK;
}

static enum err
read_mail(struct smtp_session *s, struct smtp_data *d)
{
	uint64_t most = (uint64_t)s->shared->config->smtp_max_size + OVERRUN_MAX;

	while (!d->ended) {
		struct span in, rest;

		smtp_session_wait_until(s);
		TRY(conn_peek(s->conn, &in));
		rest = in;
		TRY(smtp_data_push(d, &rest, (struct sink){ content_put, s }));
		conn_consume(s->conn, in.len - rest.len);
		if (d->octets > most)
			return smtp_session_say_last(s, SMTP_SAY_TOO_LARGE);
	}
	return ERR_OK;
}

static enum err
refuse_odd(struct smtp_session *s, const struct smtp_data *d)
{
	enum smtp_say say = d->odd == SMTP_DATA_NUL ? SMTP_SAY_NUL
	    : d->odd == SMTP_DATA_BARE_CR           ? SMTP_SAY_BARE_CR
						    : SMTP_SAY_BARE_LF;

	log_line(LOG_WARN, &s->scope, "line-ends", "%s at octet %" PRIu64 " from %s",
	    smtp_answer(say)->word, d->odd_at, conn_peer(s->conn));
	pipeline_refuse(s->tx->pipeline, say);
	TRY(smtp_session_mail_end(s));
	smtp_session_enter(s, SMTP_STATE_CLOSED);
	return ERR_OK;
}

enum err
cmd_data(struct smtp_session *s, struct span args)
{
	struct smtp_data d;

	if (!smtp_no_args(args))
		return smtp_session_say(s, SMTP_SAY_NO_ARGUMENT);
	if (smtp_session_mail_begin(s) != ERR_OK)
		return smtp_session_say(s, SMTP_SAY_TEMP);
	TRY(smtp_session_say(s, SMTP_SAY_DATA_GO));
	smtp_data_init(&d);
	TRY(read_mail(s, &d));
	if (s->state == SMTP_STATE_CLOSED)
		return ERR_OK;
	return d.odd != SMTP_DATA_FINE ? refuse_odd(s, &d) : smtp_session_mail_end(s);
}
