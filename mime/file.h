/*
 * mime/file.h - a part's file: its decoded bytes, from any offset.
 *
 * For downloads with Range and for export. What canonical base64 was is stored decoded and is read from
 * its place; deviating runs and quoted-printable are decoded while they are read, so an offset into them
 * costs reading from the start of that run.
 */
#ifndef SECUDOC_MIME_FILE_H
#define SECUDOC_MIME_FILE_H

#include "mime/index.h"

/*
 * mime_file_copy() - write len decoded bytes of part, from off on, into out; flat memory.
 *
 * part  a leaf (any role but MULTIPART); its length is parts[part].file_len
 *
 * Returns ERR_NOT_FOUND when off + len is beyond the end (nothing was written), or what the source or the
 * sink said.
 */
MUST_USE enum err mime_file_copy(
    const struct mime_index *ix, uint32_t part, uint64_t off, uint64_t len, struct sink out);

#endif
