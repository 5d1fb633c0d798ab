/*
 * connector/smtp_commands.c - which command may be given when. The table is the specification.
 *
 * RFC 5321 section 4.1.4 (order), RFC 3207 section 4 (before TLS: NOOP, EHLO, STARTTLS, QUIT), RFC
 * 3030.
 */
#include "connector/smtp_commands.h"

#define ANY   SMTP_IN_ANY
#define READY SMTP_IN(SMTP_STATE_READY)
#define MAIL  SMTP_IN(SMTP_STATE_MAIL)
#define RCPT  SMTP_IN(SMTP_STATE_RCPT)
#define BDAT  SMTP_IN(SMTP_STATE_BDAT)

static const struct smtp_verb verbs[] = {
	/* clang-format off */
	/* verb       states       TLS?   function         octets follow? */
	{ "EHLO",     ANY,         false, cmd_ehlo,        false },	/* also resets: RFC 5321 4.1.4 */
	{ "HELO",     ANY,         false, cmd_helo,        false },
	{ "STARTTLS", READY,       false, cmd_starttls,    false },
	{ "MAIL",     READY,       true,  cmd_mail,        false },
	{ "RCPT",     MAIL | RCPT, true,  cmd_rcpt,        false },
	{ "DATA",     RCPT,        true,  cmd_data,        false },
	{ "BDAT",     RCPT | BDAT, true,  cmd_bdat,        true },
	{ "RSET",     ANY,         true,  cmd_rset,        false },
	{ "NOOP",     ANY,         false, cmd_noop,        false },
	{ "QUIT",     ANY,         false, cmd_quit,        false },
	{ "VRFY",     ANY,         true,  cmd_vrfy,        false },
	{ "HELP",     ANY,         true,  cmd_help,        false },
	{ "EXPN",     ANY,         true,  cmd_not_offered, false },
	{ "AUTH",     ANY,         true,  cmd_not_offered, false },
	{ "ETRN",     ANY,         true,  cmd_not_offered, false },
	{ "TURN",     ANY,         true,  cmd_not_offered, false },
	/* clang-format on */
};

const struct smtp_verb *
smtp_verb_find(struct span line, struct span *ret_args)
{
	size_t end = span_find_byte(line, ' ');
	struct span verb = span_upto(line, end);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (span_ieq(verb, span_str(verbs[i].name))) {
			*ret_args = span_from(line, end);
			return &verbs[i];
		}
	}
	return NULL;
}

bool
smtp_no_args(struct span args)
{
	(void)span_skip_wsp(&args);
	return args.len == 0;
}

static enum smtp_say
out_of_order(const struct smtp_session *s, const struct smtp_verb *v)
{
	if ((v->run == cmd_data || v->run == cmd_bdat) && s->state == SMTP_STATE_MAIL)
		return SMTP_SAY_NO_RCPT;
	return SMTP_SAY_SEQUENCE;
}

enum err
smtp_command_run(struct smtp_session *s, struct span line)
{
	struct span args;
	const struct smtp_verb *v = smtp_verb_find(line, &args);
	enum smtp_say no = SMTP_SAY_OK;

	if (v == NULL)
		return smtp_session_say(s, SMTP_SAY_UNKNOWN_COMMAND);
	if (v->tls_only && conn_tls(s->conn) == NULL)
		no = SMTP_SAY_TLS_FIRST;
	else if ((v->allowed & SMTP_IN(s->state)) == 0)
		no = out_of_order(s, v);
	if (no != SMTP_SAY_OK)
		return v->has_chunk ? smtp_bdat_refuse(s, args, no) : smtp_session_say(s, no);
	return v->run(s, args);
}
