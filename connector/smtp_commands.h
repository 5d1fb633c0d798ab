/*
 * connector/smtp_commands.h - the table of commands, and what is common to their lines.
 *
 * A command line is a verb, and behind one SP what belongs to it. A command checks everything first
 * and has no effect until all of it is right.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_COMMANDS_H
#define SECUDOC_CONNECTOR_SMTP_COMMANDS_H

#include "connector/smtp_session.h"

/* args: what stands behind the verb, its blank included; borrowed */
typedef enum err smtp_command(struct smtp_session *s, struct span args);

struct smtp_verb {
	const char *name;
	unsigned allowed; /* SMTP_IN() mask */
	bool tls_only;
	smtp_command *run;
	bool has_chunk; /* octets follow that are not a command, whatever the answer */
};

/* smtp_verb_find() - split a line; NULL: no such verb. Pure. */
const struct smtp_verb *smtp_verb_find(struct span line, struct span *ret_args);
/* smtp_command_run() - one line, one reply; an error ends the connection. */
MUST_USE enum err smtp_command_run(struct smtp_session *s, struct span line);

smtp_command cmd_bdat, cmd_data, cmd_ehlo, cmd_helo, cmd_help, cmd_mail, cmd_noop, cmd_not_offered,
    cmd_quit, cmd_rcpt, cmd_rset, cmd_starttls, cmd_vrfy;

/* smtp_bdat_refuse() - say no to a BDAT, after its octets. */
MUST_USE enum err smtp_bdat_refuse(struct smtp_session *s, struct span args, enum smtp_say say);

/* smtp_mail_args(), smtp_rcpt_args() - the grammar of MAIL and RCPT; SMTP_SAY_OK or what is wrong.
 * Pure. */
enum smtp_say
smtp_mail_args(struct span args, struct smtp_path *ret_path, struct smtp_mail_params *ret);
enum smtp_say smtp_rcpt_args(
    struct span args, bool smtputf8, struct smtp_path *ret_path, struct smtp_rcpt_params *ret);
/* smtp_helo_arg() - a host name or address literal, as far as that can matter to anyone. Pure. */
bool smtp_helo_arg(struct span args, struct span *ret_name);
/* smtp_no_args() - nothing but blanks. */
bool smtp_no_args(struct span args);

#endif
