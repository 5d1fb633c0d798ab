/*
 * cli/mail_start.h - is a file a mail, whatever it is called?
 */
#ifndef SECUDOC_CLI_MAIL_START_H
#define SECUDOC_CLI_MAIL_START_H

#include "core/err.h"
#include "core/span.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * mail_start_looks() - does what a file begins with look like a mail's header: a field ("Subject: ..."), behind
 * empty lines, a byte order mark and the "From " line of a mailbox if need be? The name of a field begins with a
 * letter or a digit here and has no quotation mark, as a file of JSON has. More is not asked: a mail that the
 * service would refuse is a mail.
 *
 * Source: RFC 5322 section 2.2, RFC 4155.
 */
bool mail_start_looks(struct span start);

/* mail_start_is() - the same of a file at its beginning, where it is put again. ERR_TEMP with errno set. */
MUST_USE enum err mail_start_is(FILE *in, bool *ret);

#endif
