/*
 * connector/cmd_mail.c - MAIL begins a transaction.
 *
 *	mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF	(RFC 5321 section 4.1.1.2)
 */
#include "connector/smtp_commands.h"

#include "core/clock.h"

enum smtp_say
smtp_mail_args(struct span args, struct smtp_path *ret_path, struct smtp_mail_params *ret)
{
	enum err err;

	if (!span_take_i(&args, SPAN(" FROM:")))
		return SMTP_SAY_ARGUMENT;
	err = smtp_path_take_reverse(&args, ret_path);
	if (err != ERR_OK)
		return err == ERR_DENIED ? SMTP_SAY_RCPT_ROUTE : SMTP_SAY_SENDER_SYNTAX;
	err = smtp_mail_params_parse(args, ret);
	if (err != ERR_OK)
		return err == ERR_DENIED ? SMTP_SAY_PARAMETER_UNKNOWN : SMTP_SAY_PARAMETER;
	return ret_path->utf8 && !ret->smtputf8 ? SMTP_SAY_UTF8 : SMTP_SAY_OK;
}

static enum smtp_say
check_mail(const struct smtp_session *s, struct span args, struct smtp_path *path,
    struct smtp_mail_params *params)
{
	enum smtp_say say = smtp_session_peer_check(s);

	if (say == SMTP_SAY_OK)
		say = smtp_mail_args(args, path, params);
	if (say != SMTP_SAY_OK)
		return say;
	/* RFC 1870 section 6.1: refuse before the mail is sent */
	if (params->has_size && params->size > (uint64_t)s->shared->config->smtp_max_size)
		return SMTP_SAY_TOO_LARGE;
	return SMTP_SAY_OK;
}

enum err
cmd_mail(struct smtp_session *s, struct span args)
{
	const struct config *c = s->shared->config;
	size_t rcpt_max = (size_t)c->smtp_max_recipients;
	struct smtp_path path;
	struct smtp_mail_params params;
	enum smtp_say say = check_mail(s, args, &path, &params);

	if (say == SMTP_SAY_CERT_BAD)
		return smtp_session_say_more(s, say, conn_tls(s->conn)->problem);
	if (say != SMTP_SAY_OK)
		return smtp_session_say(s, say);
	if (smtp_tx_new(&path, &params, rcpt_max < STORE_RCPT_MAX ? rcpt_max : STORE_RCPT_MAX,
		clock_mono_ms() + c->smtp_data_timeout_ms, &s->tx) != ERR_OK)
		return smtp_session_say(s, SMTP_SAY_TEMP);
	smtp_session_enter(s, SMTP_STATE_MAIL);
	return smtp_session_say(s, SMTP_SAY_SENDER_OK);
}
