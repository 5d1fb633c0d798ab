/*
 * cli/newfile.h - a file for its owner alone, in one piece or not at all.
 */
#ifndef SECUDOC_CLI_NEWFILE_H
#define SECUDOC_CLI_NEWFILE_H

#include "core/err.h"
#include "core/span.h"

/*
 * newfile_write() - path becomes a file with these bytes and mode 0600, synced. It is written beside path
 * under another name and renamed, so whoever opens path sees the old file or the new one; a link at path is
 * replaced, not followed. On failure path is as it was. ERR_NOT_FOUND, ERR_DENIED, ERR_TEMP as the system
 * says.
 */
MUST_USE enum err newfile_write(const char *path, struct span bytes);

#endif
