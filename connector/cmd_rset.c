/*
 * connector/cmd_rset.c - RSET forgets the transaction (RFC 5321 section 4.1.1.5).
 */
#include "connector/smtp_commands.h"

enum err
cmd_rset(struct smtp_session *s, struct span args)
{
	if (!smtp_no_args(args))
		return smtp_session_say(s, SMTP_SAY_NO_ARGUMENT);
	smtp_session_reset(s);
	return smtp_session_say(s, SMTP_SAY_OK);
}
