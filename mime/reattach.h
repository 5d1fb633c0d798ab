/*
 * mime/reattach.h - the mail as it came in, byte for byte.
 *
 * For mails that pass untouched, for export, and as the proof of promise 3: reattach(detach(m)) == m.
 */
#ifndef SECUDOC_MIME_REATTACH_H
#define SECUDOC_MIME_REATTACH_H

#include "mime/index.h"

/*
 * mime_reattach() - write the whole mail into out, in pieces of at most 64 KiB.
 * Returns what the container's source or the sink said; out then holds a beginning of the mail.
 */
MUST_USE enum err mime_reattach(const struct mime_index *ix, struct sink out);

#endif
