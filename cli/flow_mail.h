/*
 * cli/flow_mail.h - a mail in a file as the facts from which rules/flow.h answers.
 *
 * The file is read by the same parser as the service's own (mime/detach.h), with either line end. What the
 * file does not show is unknown and has a sentence that says so: Exchange Online decides some types of
 * message by properties that are lost when a mail is saved as a file.
 */
#ifndef SECUDOC_CLI_FLOW_MAIL_H
#define SECUDOC_CLI_FLOW_MAIL_H

#include "core/arena.h"
#include "rules/flow.h"

#include <stdio.h>

struct flow_mail_opts {
	const struct span *to; /* recipients instead of those in To, Cc and Bcc; NULL: those */
	size_t to_count;
	const struct span *envelope_from; /* NULL: the address in From */
	bool anonymous;                   /* it did not come over an authenticated connection */
};

struct flow_eml {
	struct flow_mail mail;
	const char *types_why[FLOW_TYPES]; /* one sentence each */
	const struct span
	    *attachment_names;    /* one for each of mail.attachments; labels, may be empty */
	size_t unread_recipients; /* items of To, Cc and Bcc in which no mailbox can be read */
	enum err refused; /* ERR_OK, or what the parser said: the service refuses such a mail */
	struct span refused_note; /* its sentence */
};

/* of a file: far above what Exchange Online takes */
#define FLOW_EML_BYTES  (256u << 20)
#define FLOW_EML_MEMORY (16u << 20) /* what the arena needs at most for one mail */

/*
 * flow_mail_read() - everything in *ret lives in the arena. A mail that the parser refuses is an answer,
 * not an error: refused is set, and in place of what it carries stands one attachment of which nothing is
 * known. ERR_SYNTAX, ERR_LIMIT: the file is empty, or too large, or its header is refused; ERR_TEMP: it cannot be read, no
 * memory, no temporary file. The mail's content passes through a temporary file without a name.
 */
MUST_USE enum err
flow_mail_read(FILE *in, const struct flow_mail_opts *opts, struct arena *a, struct flow_eml *ret);

#endif
