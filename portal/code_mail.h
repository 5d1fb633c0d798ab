/*
 * portal/code_mail.h - the mail that carries a code to a recipient.
 *
 * It goes the way of every mail: into the store as a notice of ours, and from there through the
 * tenant's connector by deliver. It holds the code and no link: who has the mail alone cannot open
 * anything, and nobody learns to click on links in code mails.
 */
#ifndef SECUDOC_PORTAL_CODE_MAIL_H
#define SECUDOC_PORTAL_CODE_MAIL_H

#include "portal/texts.h"
#include "store/mail.h"

struct code_mail {
	const struct tenant *tenant;
	enum tenant_language language;
	struct span to; /* the mailbox */
	const char *code;
	int64_t life_ms;
	int64_t now_ms;
	char message_id[320]; /* with its brackets; code_mail_name() fills it */
};

/* code_mail_name() - give it a Message-ID: random, under the facility address's domain. */
void code_mail_name(struct code_mail *m);

/*
 * code_mail_write() - the whole mail, CRLF, 7-bit unless the address is not; the same bytes for the
 * same values but for the boundary. ERR_LIMIT or ERR_TEMP of out. RFC 5322, RFC 2045, RFC 2047, RFC
 * 3834 section 5.
 */
MUST_USE enum err code_mail_write(const struct code_mail *m, struct buf *out);

/* code_mail_send() - write and commit it; on ERR_OK deliver has it. Errors: store_mail_commit()'s.
 */
MUST_USE enum err code_mail_send(struct store *st, struct code_mail *m);

#endif
