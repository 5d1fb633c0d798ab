/*
 * portal/files.h - the files of one mail, from its container: the list, and one of them as a body.
 */
#ifndef SECUDOC_PORTAL_FILES_H
#define SECUDOC_PORTAL_FILES_H

#include "core/arena.h"
#include "core/crypto.h"
#include "core/stream.h"
#include "store/container.h"

#define FILES_EXT_SIZE 5u

struct file {
	uint32_t part;    /* in the mail */
	struct span name; /* harmless to show and to save under (mime/name.h) */
	uint64_t len;
	uint8_t sha256[SHA256_SIZE];
	char ext[FILES_EXT_SIZE]; /* "PDF"; "" when there is no short one */
};

struct files; /* an open container; one thread at a time */

/* files_open() - ERR_NOT_FOUND: no such mail, or its key was destroyed; else store_reader_open()'s.
 */
MUST_USE enum err
files_open(struct store *st, int64_t tenant_id, int64_t mail_id, struct files **ret);
void files_free(struct files **f);

size_t files_count(const struct files *f);
const struct file *
files_at(const struct files *f, size_t i); /* in message order; NULL beyond the end */
uint64_t files_total(const struct files *f);
/* files_copy() - len bytes of a file from off on into out; flat memory. */
MUST_USE enum err files_copy(
    const struct files *f, const struct file *file, uint64_t off, uint64_t len, struct sink out);

#endif
