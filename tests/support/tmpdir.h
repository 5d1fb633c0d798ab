/*
 * support/tmpdir.h - a folder of one test, gone with it.
 *
 * In TMPDIR or /tmp. A failure inside these functions fails the test at once.
 */
#ifndef SECUDOC_TESTS_SUPPORT_TMPDIR_H
#define SECUDOC_TESTS_SUPPORT_TMPDIR_H

#include "core/buf.h"

#define TMPDIR_PATH_MAX 256u

struct tmpdir {
	char path[TMPDIR_PATH_MAX];
};

void tmpdir_make(struct tmpdir *d);
void tmpdir_done(struct tmpdir *d); /* removes it with all that is in it; fine when not made */

/* tmpdir_join() - "PATH/name" into out, which it returns. */
char *tmpdir_join(const struct tmpdir *d, const char *name, char out[2 * TMPDIR_PATH_MAX]);
void tmpdir_mkdir(const struct tmpdir *d, const char *name);
void tmpdir_write(const struct tmpdir *d, const char *name, struct span content);
/* tmpdir_read() - appends the file to out. */
void tmpdir_read(const struct tmpdir *d, const char *name, struct buf *out);
/* file_read() - the same with a whole path; false when there is no such file. */
bool file_read(const char *path, struct buf *out);

#endif
