/*
 * connector/trust.h - whose mail is it? Pure: facts of the session and the header against a
 * tenant's row.
 *
 * All Exchange Online tenants share addresses, host names and certificates, so a mail is a tenant's
 * only if all of these say so (T1): the certificate (asked at MAIL, connector/cmd_mail.c), the
 * tenant id that Exchange stamps, the secret that the tenant's mail flow rule sets, the envelope
 * sender's domain, and the domain of the one author. Each "no" is a row of connector/smtp_replies.h
 * with a word of its own.
 *
 * A field counts only when it stands there exactly once, its value in one piece (T2). The null sender
 * has no domain; the author's is asked all the same.
 */
#ifndef SECUDOC_CONNECTOR_TRUST_H
#define SECUDOC_CONNECTOR_TRUST_H

#include "connector/mail_head.h"
#include "connector/smtp_replies.h"
#include "core/tenant.h"

#define TRUST_TENANT_FIELD "X-MS-Exchange-CrossTenant-Id"
/* A mail without the secret is at most this large (connector validation, SD-066). */
#define TRUST_VALIDATION_MAX (64u << 10)
/* and one tenant gets at most this many an hour: an administrator validates a few times in a row */
#define TRUST_VALIDATION_PER_HOUR 30u

/* trust_tenant_id() - the claimed tenant: SMTP_SAY_OK and its id, or why there is none. */
enum smtp_say trust_tenant_id(const struct mail_head *head, struct span *ret_entra_id);

/*
 * trust_secret() - SMTP_SAY_OK, or what is wrong with the secret. SMTP_SAY_SECRET_MISSING is the
 * one case that may still be a validation mail.
 */
enum smtp_say trust_secret(const struct mail_head *head, const struct tenant *t);

/* trust_sender() - sender is the reverse-path, empty for null. */
enum smtp_say
trust_sender(const struct mail_head *head, const struct tenant *t, struct span sender);

/* trust_own_domain() - is the mailbox in one of the tenant's domains? */
bool trust_own_domain(const struct tenant *t, struct span mailbox);

#endif
