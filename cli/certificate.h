/*
 * cli/certificate.h - does a tenant's client certificate fit what Exchange Online is told about it?
 *
 * The inbound connector knows our mail by a name in this certificate alone (SD-042), so a name that is not
 * in it, or an end, stops all mail.
 */
#ifndef SECUDOC_CLI_CERTIFICATE_H
#define SECUDOC_CLI_CERTIFICATE_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CERTIFICATE_SOON_DAYS 21

/*
 * certificate_names() - ERR_OK: the first certificate in path has the name domain, written out. ERR_DENIED,
 * with a note: it has not, or only a wildcard that covers it; else as tls_file_read().
 */
MUST_USE enum err certificate_names(const char *path, const char *domain);
/*
 * certificate_lasts() - ERR_DENIED, with a note: it has not begun, has ended, or ends within the days above, and
 * only then is ret_soon true: it still serves. Else as tls_file_read().
 */
MUST_USE enum err certificate_lasts(const char *path, int64_t now_ms, bool *ret_soon);

#endif
