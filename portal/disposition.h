/*
 * portal/disposition.h - Content-Disposition of a download (RFC 6266, RFC 8187). Pure.
 */
#ifndef SECUDOC_PORTAL_DISPOSITION_H
#define SECUDOC_PORTAL_DISPOSITION_H

#include "core/buf.h"

/*
 * disposition_put() - attachment; filename="..." with what ASCII can say, and filename*=UTF-8''...
 * when that is not all of the name. name is UTF-8, as mime_name_label() makes it.
 */
MUST_USE enum err disposition_put(struct span name, struct buf *out);

#endif
