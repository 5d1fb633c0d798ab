/*
 * connector/smtp_params.h - the parameters behind the paths of MAIL and RCPT. Pure.
 *
 * SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET, ENVID, NOTIFY, ORCPT (RFC 3461
 * section 4, RFC 6533 section 3). Each at most once. BODY=BINARYMIME is not offered and so a wrong
 * value.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_PARAMS_H
#define SECUDOC_CONNECTOR_SMTP_PARAMS_H

#include "core/err.h"
#include "core/span.h"
#include "store/mail.h"

#define SMTP_ENVID_MAX 100u /* RFC 3461 section 4.4 */
#define SMTP_ORCPT_MAX 500u /* RFC 3461 section 4.2 */

struct smtp_mail_params {
	bool has_size;
	uint64_t size;
	bool body_8bit;
	bool smtputf8;
	enum store_ret ret;
	struct span envid; /* as given (xtext), empty when not; borrowed */
};

struct smtp_rcpt_params {
	unsigned notify;   /* enum store_notify bits, 0: not given */
	struct span orcpt; /* "rfc822;..." as given, empty when not; borrowed */
};

/*
 * s is all behind the path: nothing, or SP and parameters; blanks at the end are passed over (RFC
 * 5321 section 4.1.1). ERR_SYNTAX: bad form, wrong value, or twice; ERR_DENIED: not a parameter
 * that we offer.
 */
MUST_USE enum err smtp_mail_params_parse(struct span s, struct smtp_mail_params *ret);
MUST_USE enum err smtp_rcpt_params_parse(struct span s, struct smtp_rcpt_params *ret);

#endif
