/*
 * connector/cmd_quit.c - QUIT ends the connection in good order (RFC 5321 section 4.1.1.10).
 */
#include "connector/smtp_commands.h"

enum err
cmd_quit(struct smtp_session *s, struct span args)
{
	if (!smtp_no_args(args))
		return smtp_session_say(s, SMTP_SAY_NO_ARGUMENT);
	return smtp_session_say_last(s, SMTP_SAY_BYE);
}
