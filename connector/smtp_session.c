/*
 * connector/smtp_session.c - see smtp_session.h.
 */
#include "connector/smtp_session.h"

#include "connector/refusal.h"
#include "connector/smtp_commands.h"
#include "connector/smtp_wire.h"
#include "core/clock.h"
#include "core/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Commands that bring no mail: an honest client needs a handful of them a mail. */
#define IDLE_COMMANDS_MAX 2000u
/* How long the last reply may take to be read before the connection is closed. */
#define LINGER_MS 2000

const char *
smtp_state_name(enum smtp_state state)
{
	static const char *const names[] = { "helo-wanted", "ready", "mail", "rcpt", "bdat",
		"closed" };

	return names[state];
}

void
smtp_session_enter(struct smtp_session *s, enum smtp_state state)
{
	if (state == s->state)
		return;
	log_line(LOG_DEBUG, &s->scope, "state", "%s -> %s", smtp_state_name(s->state),
	    smtp_state_name(state));
	s->state = state;
}

void
smtp_session_reset(struct smtp_session *s)
{
	smtp_tx_free(&s->tx);
	if (s->state != SMTP_STATE_CLOSED)
		smtp_session_enter(
		    s, s->helo[0] == '\0' ? SMTP_STATE_HELO_WANTED : SMTP_STATE_READY);
}

/* --- replies -------------------------------------------------------------------------------------
 */

static enum err
reply(struct smtp_session *s, enum smtp_say say, const char *more)
{
	CLEANUP(buf_done) struct buf line, text;
	const struct smtp_answer *a = smtp_answer(say);

	buf_init(&text, 480);
	buf_init(&line, 512); /* RFC 5321 section 4.5.3.1.5 */
	TRY(buf_put_str(&text, a->text));
	if (more[0] != '\0')
		TRY(buf_printf(&text, "%s%s", a->code < 400 ? " " : ": ", more));
	if (a->code >= 400) {
		metric_add(METRIC_SMTP_COMMANDS_REFUSED, 1);
		log_line(LOG_DEBUG, &s->scope, "refused", "%s", a->word);
	}
	TRY(smtp_reply_line_put(&line, a->code, true, a->status, buf_span(&text)));
	return conn_write(s->conn, buf_span(&line));
}

static void
record(const struct smtp_session *s, enum smtp_say say)
{
	refusal_record(&s->shared->pipeline, &s->scope, say,
	    s->tx != NULL ? s->tx->envelope.sender : SPAN_NONE);
}

enum err
smtp_session_say_more(struct smtp_session *s, enum smtp_say say, const char *more)
{
	record(s, say);
	return reply(s, say, more);
}

enum err
smtp_session_say(struct smtp_session *s, enum smtp_say say)
{
	return smtp_session_say_more(s, say, "");
}

enum err
smtp_session_say_last(struct smtp_session *s, enum smtp_say say)
{
	record(s, say); /* while the sender is known */
	smtp_tx_free(&s->tx);
	smtp_session_enter(s, SMTP_STATE_CLOSED);
	TRY(reply(s, say, ""));
	return conn_flush(s->conn);
}

static enum err
greet(struct smtp_session *s)
{
	CLEANUP(buf_done) struct buf line, text;

	buf_init(&text, 400);
	buf_init(&line, 512);
	TRY(buf_printf(&text, "%s ESMTP", s->shared->config->smtp_hostname));
	TRY(smtp_reply_line_put(&line, 220, true, NULL, buf_span(&text)));
	return conn_write(s->conn, buf_span(&line));
}

/* --- who is it -----------------------------------------------------------------------------------
 */

enum smtp_say
smtp_session_peer_check(const struct smtp_session *s)
{
	const struct tls_facts *tls = conn_tls(s->conn);
	const struct setting_list *names = &s->shared->config->smtp_client_names;

	if (tls == NULL)
		return SMTP_SAY_TLS_FIRST;
	if (tls->cert != TLS_CERT_GOOD)
		return tls->cert == TLS_CERT_NONE ? SMTP_SAY_CERT_NONE : SMTP_SAY_CERT_BAD;
	for (size_t i = 0; i < names->count; i++)
		if (tls_name_matches(tls, span_str(names->items[i])))
			return SMTP_SAY_OK;
	return SMTP_SAY_CERT_NAME;
}

/* --- the mail ------------------------------------------------------------------------------------
 */

enum err
smtp_session_mail_begin(struct smtp_session *s)
{
	struct pipeline_envelope *e = &s->tx->envelope;

	e->helo = s->helo;
	e->peer = conn_peer(s->conn);
	e->tls = conn_tls(s->conn);
	e->scope = &s->scope;
	return pipeline_new(&s->shared->pipeline, e, &s->tx->pipeline);
}

void
smtp_session_content(struct smtp_session *s, struct span in)
{
	uint64_t max = (uint64_t)s->shared->config->smtp_max_size;

	s->tx->octets += in.len;
	if (s->tx->octets > max)
		pipeline_refuse(s->tx->pipeline, SMTP_SAY_TOO_LARGE);
	else
		pipeline_push(s->tx->pipeline, in);
}

enum err
smtp_session_mail_end(struct smtp_session *s)
{
	struct pipeline_answer answer;
	char id[24];

	pipeline_finish(s->tx->pipeline, &answer);
	(void)snprintf(id, sizeof(id), "%" PRId64, answer.mail_id);
	if (answer.say == SMTP_SAY_ACCEPTED)
		s->idle_commands = 0;
	smtp_session_reset(s);
	/* not by way of smtp_session_say(): the pipeline put a refusal on record */
	return reply(s, answer.say, answer.say == SMTP_SAY_ACCEPTED ? id : answer.detail);
}

/* --- the loop ------------------------------------------------------------------------------------
 */

void
smtp_session_wait_until(struct smtp_session *s)
{
	int64_t at = clock_mono_ms() + s->shared->config->smtp_command_timeout_ms;

	if (s->tx != NULL && s->tx->deadline_ms < at)
		at = s->tx->deadline_ms;
	conn_deadline_set(s->conn, at);
}

/* Between two mails a stop ends the session; a mail that was begun is taken to its end. */
static enum err
read_command(struct smtp_session *s, struct span *ret)
{
	bool between = s->tx == NULL;

	smtp_session_wait_until(s);
	conn_interrupt_set(s->conn, between ? s->shared->stop_fd : -1);
	if (between && atomic_load(s->shared->stopping))
		return smtp_session_say_last(s, SMTP_SAY_STOPPING);
	return conn_read_line(s->conn, SMTP_COMMAND_MAX, ret);
}

static void
mail_broke_off(struct smtp_session *s)
{
	if (s->tx == NULL || s->tx->octets == 0)
		return;
	log_line(LOG_WARN, &s->scope, "mail-incomplete",
	    "the connection ended after %" PRIu64 " bytes of a mail; nothing was kept",
	    s->tx->octets);
	record(s, SMTP_SAY_INCOMPLETE);
}

/* The input broke off: say what can be said. */
static enum err
broke_off(struct smtp_session *s, enum err err)
{
	if (s->state == SMTP_STATE_CLOSED)
		return err;
	mail_broke_off(s);
	if (err == ERR_TEMP && conn_interrupted(s->conn)) {
		smtp_session_wait_until(s);
		return smtp_session_say_last(s, SMTP_SAY_STOPPING);
	}
	if (err == ERR_TEMP && conn_timed_out(s->conn)) {
		/* a moment to hand the reply to the system, without waiting for the peer */
		conn_deadline_set(s->conn, clock_mono_ms() + 100);
		return smtp_session_say_last(s, SMTP_SAY_IDLE);
	}
	return err;
}

static enum err
step(struct smtp_session *s)
{
	struct span line = SPAN_NONE;
	enum err err = read_command(s, &line);

	if (s->state == SMTP_STATE_CLOSED)
		return err;
	if (err == ERR_SYNTAX || err == ERR_LIMIT)
		return smtp_session_say(
		    s, err == ERR_SYNTAX ? SMTP_SAY_LINE_ODD : SMTP_SAY_LINE_LONG);
	if (err == ERR_OK)
		err = smtp_command_run(s, line);
	if (err != ERR_OK)
		return broke_off(s, err);
	if (s->state != SMTP_STATE_CLOSED && ++s->idle_commands > IDLE_COMMANDS_MAX)
		return smtp_session_say_last(s, SMTP_SAY_TOO_MANY_ERRORS);
	return ERR_OK;
}

void
smtp_session_run(const struct smtp_shared *shared, struct conn *conn, int64_t id)
{
	struct smtp_session s = { .shared = shared, .conn = conn, .state = SMTP_STATE_HELO_WANTED };
	enum err err;

	log_scope_id(&s.scope, NULL, "session", id);
	log_line(LOG_DEBUG, &s.scope, "session-begin", "from %s", conn_peer(conn));
	smtp_session_wait_until(&s);
	err = greet(&s);
	while (err == ERR_OK && s.state != SMTP_STATE_CLOSED)
		err = step(&s);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		log_err(LOG_INFO, &s.scope, "session-broken", err);
	smtp_tx_free(&s.tx);
	log_line(LOG_DEBUG, &s.scope, "session-end", "in state %s", smtp_state_name(s.state));
	if (s.state == SMTP_STATE_CLOSED) {
		conn_deadline_set(s.conn, clock_mono_ms() + LINGER_MS);
		conn_linger(s.conn);
	}
	conn_free(&s.conn);
}
