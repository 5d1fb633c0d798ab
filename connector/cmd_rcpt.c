/*
 * connector/cmd_rcpt.c - RCPT names one recipient.
 *
 *	rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters] CRLF	(RFC 5321 section 4.1.1.3)
 */
#include "connector/smtp_commands.h"

enum smtp_say
smtp_rcpt_args(
    struct span args, bool smtputf8, struct smtp_path *ret_path, struct smtp_rcpt_params *ret)
{
	enum err err;

	if (!span_take_i(&args, SPAN(" TO:")))
		return SMTP_SAY_ARGUMENT;
	err = smtp_path_take_forward(&args, ret_path);
	if (err != ERR_OK)
		return err == ERR_DENIED ? SMTP_SAY_RCPT_ROUTE : SMTP_SAY_RCPT_SYNTAX;
	err = smtp_rcpt_params_parse(args, ret);
	if (err != ERR_OK)
		return err == ERR_DENIED ? SMTP_SAY_PARAMETER_UNKNOWN : SMTP_SAY_PARAMETER;
	return ret_path->utf8 && !smtputf8 ? SMTP_SAY_UTF8 : SMTP_SAY_OK;
}

enum err
cmd_rcpt(struct smtp_session *s, struct span args)
{
	struct smtp_path path;
	struct smtp_rcpt_params params;
	enum smtp_say say = smtp_rcpt_args(args, s->tx->envelope.smtputf8, &path, &params);

	if (say != SMTP_SAY_OK)
		return smtp_session_say(s, say);
	switch (smtp_tx_add(s->tx, &path, &params)) {
	case ERR_OK:
		break;
	case ERR_LIMIT:
		return smtp_session_say(s, SMTP_SAY_RCPT_COUNT);
	case ERR_SYNTAX:
		return smtp_session_say(s, SMTP_SAY_RCPT_SYNTAX);
	default:
		return smtp_session_say(s, SMTP_SAY_TEMP);
	}
	smtp_session_enter(s, SMTP_STATE_RCPT);
	return smtp_session_say(s, SMTP_SAY_RCPT_OK);
}
