/*
 * store/io.h - the file calls of this folder, in a table, so that tests can make the Nth one fail.
 *
 * All of them are the system's own with EINTR handled; they answer enum err with the reason in the note.
 * The table is process-wide and replaced before threads start.
 */
#ifndef SECUDOC_STORE_IO_H
#define SECUDOC_STORE_IO_H

#include "core/buf.h"

#include <sys/types.h>

struct io_calls {
	int (*open)(const char *path, int flags, mode_t mode);
	ssize_t (*write)(int fd, const void *p, size_t len);
	int (*fsync)(int fd);
	int (*rename)(const char *from, const char *to);
	int (*rename_new)(const char *from, const char *to); /* EEXIST when to is there */
	int (*unlink)(const char *path);
};
void io_replace(const struct io_calls *replacement); /* NULL: the system's again */

void io_close(int *fd); /* for CLEANUP(); -1 is fine; sets -1 */

/* flags get O_CLOEXEC. ERR_NOT_FOUND: no such file. ERR_DENIED: no right to. ERR_TEMP: else. */
MUST_USE enum err io_open(const char *path, int flags, mode_t mode, int *ret_fd);
MUST_USE enum err io_write(int fd, struct span in, const char *path); /* all of it */
MUST_USE enum err io_sync(int fd, const char *path);
MUST_USE enum err io_rename(const char *from, const char *to); /* replaces what is there */
MUST_USE enum err
io_rename_new(const char *from, const char *to);           /* ERR_TEMP when something is there */
MUST_USE enum err io_unlink(const char *path);             /* a file that is not there is fine */
MUST_USE enum err io_mkdir(const char *path, mode_t mode); /* one that is there is fine */
MUST_USE enum err io_sync_folder(const char *path);
/* exactly len bytes at off; ERR_NOT_FOUND: the file ends before. */
MUST_USE enum err io_read_at(int fd, uint64_t off, uint8_t *out, size_t len, const char *path);
/* the whole file, up to out's bound. */
MUST_USE enum err io_read_file(const char *path, struct buf *out);
/* a new file with these bytes, written aside, synced, renamed, folder synced. */
MUST_USE enum err
io_replace_file(const char *folder, const char *name, mode_t mode, struct span in);

#endif
