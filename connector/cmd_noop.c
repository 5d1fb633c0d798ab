/*
 * connector/cmd_noop.c - NOOP, and commands whose answer is all there is to them.
 *
 * RFC 5321 sections 4.1.1.6 to 4.1.1.9 and 3.5.3: VRFY may leave it open whether a mailbox exists,
 * and here that is the truth, because recipients are other people's.
 */
#include "connector/smtp_commands.h"

enum err
cmd_noop(struct smtp_session *s, struct span args)
{
	(void)args; /* an argument is allowed and ignored */
	return smtp_session_say(s, SMTP_SAY_OK);
}

enum err
cmd_help(struct smtp_session *s, struct span args)
{
	(void)args;
	return smtp_session_say(s, SMTP_SAY_HELP);
}

enum err
cmd_vrfy(struct smtp_session *s, struct span args)
{
	return smtp_session_say(s, smtp_no_args(args) ? SMTP_SAY_ARGUMENT : SMTP_SAY_VRFY);
}

enum err
cmd_not_offered(struct smtp_session *s, struct span args)
{
	(void)args;
	return smtp_session_say(s, SMTP_SAY_NOT_OFFERED);
}
