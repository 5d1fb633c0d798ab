/*
 * cli/outfile.h - a file that came by mail, written into a folder under a harmless name.
 *
 * The name is a label chosen by a stranger: separators, controls, colons and leading dots are replaced, it is
 * cut at 150 bytes, reserved names get a prefix, and nothing that is there is overwritten or followed: a taken name gets a
 * number in front.
 */
#ifndef SECUDOC_CLI_OUTFILE_H
#define SECUDOC_CLI_OUTFILE_H

#include "core/buf.h"
#include "core/crypto.h"
#include "core/stream.h"

#define OUTFILE_NAME_MAX 150u

/* outfile_name() - label as a file name; never empty, never "." or "..". no is used when there is none. */
MUST_USE enum err outfile_name(struct span label, unsigned no, struct buf *out);

struct outfile;
/* ERR_DENIED, ERR_NOT_FOUND, ERR_TEMP as the system says. The caller ends it with outfile_free(). */
MUST_USE enum err
outfile_new(const char *folder, struct span label, unsigned no, struct outfile **ret);
struct sink outfile_sink(struct outfile *f);
/* outfile_finish() - synced; *ret_size and the digest of what was written. */
MUST_USE enum err
outfile_finish(struct outfile *f, uint64_t *ret_size, uint8_t ret_sha256[SHA256_SIZE]);
const char *outfile_shown_name(const struct outfile *f);
/* Removes the file when it was not finished. */
void outfile_free(struct outfile **f);

#endif
