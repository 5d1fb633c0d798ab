/*
 * mime/name.h - what a file is called: one choice, made once, shown everywhere.
 *
 * filename* before filename before name* before name (RFC 2183, RFC 2231, RFC 6266 section 4.3 for the
 * order), sections put in order, encoded words decoded even where RFC 2047 section 5 forbids them, because
 * mailers write them. The result is UTF-8 and harmless: see mime_name_label().
 */
#ifndef SECUDOC_MIME_NAME_H
#define SECUDOC_MIME_NAME_H

#include "core/buf.h"
#include "mime/limits.h"

/*
 * mime_name_choose() - append the name that the two raw field values give; nothing when they give none.
 *
 * disposition, type   raw values of Content-Disposition and Content-Type; may be empty
 * ret_named           some name parameter is there, be it empty or unreadable
 *
 * Returns ERR_SYNTAX when one parameter stands there twice (two readers would take different ones).
 */
MUST_USE enum err
mime_name_choose(struct span disposition, struct span type, struct buf *out, bool *ret_named);

/*
 * mime_name_label() - a name as it may be shown, logged as a label, and offered for saving.
 *
 * Folders before the last / or \ go; controls, line and paragraph separators, bidirectional controls,
 * zero-width characters and : * ? " < > | become "_"; runs of blanks become one; blanks and dots at the end
 * and dots at the start go; a device name of Windows gets "_" in front; invalid UTF-8 becomes U+FFFD; more
 * than MIME_NAME_MAX bytes are cut in front of the extension. Nothing left: "unnamed".
 *
 * out holds MIME_NAME_MAX + 1 bytes. Returns the length; out is NUL-terminated.
 */
size_t mime_name_label(struct span name, char *out);

#endif
