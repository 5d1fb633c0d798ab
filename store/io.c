/*
 * store/io.c - file calls with errors as this project spells them.
 */
#include "store/io.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
sys_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

static int
sys_rename_new(const char *from, const char *to)
{
	int rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);

	if (rc == 0 || errno != EINVAL)
		return rc;
	/* a file system that does not know the flag: a second name cannot replace either */
	if (link(from, to) != 0)
		return -1;
	return unlink(from);
}

static const struct io_calls sys_calls = { sys_open, write, fsync, rename, sys_rename_new, unlink };
static const struct io_calls *calls = &sys_calls;

void
io_replace(const struct io_calls *replacement)
{
	calls = replacement != NULL ? replacement : &sys_calls;
}

void
io_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static enum err
io_err(const char *what, const char *path)
{
	int e = errno;

	if (e == ENOENT || e == ENOTDIR)
		return err_set(ERR_NOT_FOUND, "%s %s: %s", what, path, strerror(e));
	if (e == EACCES || e == EPERM)
		return err_set(ERR_DENIED, "%s %s: %s", what, path, strerror(e));
	return err_set(ERR_TEMP, "%s %s: %s", what, path, strerror(e));
}

enum err
io_open(const char *path, int flags, mode_t mode, int *ret_fd)
{
	int fd;

	do
		fd = calls->open(path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return io_err("open", path);
	*ret_fd = fd;
	return ERR_OK;
}

enum err
io_write(int fd, struct span in, const char *path)
{
	while (in.len > 0) {
		ssize_t n = calls->write(fd, in.p, in.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return io_err("write", path);
		in = span_from(in, (size_t)n);
	}
	return ERR_OK;
}

enum err
io_sync(int fd, const char *path)
{
	if (calls->fsync(fd) != 0)
		return io_err("sync", path);
	return ERR_OK;
}

enum err
io_rename(const char *from, const char *to)
{
	if (calls->rename(from, to) != 0)
		return io_err("rename", from);
	return ERR_OK;
}

enum err
io_rename_new(const char *from, const char *to)
{
	if (calls->rename_new(from, to) != 0)
		return io_err("rename", from);
	return ERR_OK;
}

enum err
io_unlink(const char *path)
{
	if (calls->unlink(path) != 0 && errno != ENOENT)
		return io_err("unlink", path);
	return ERR_OK;
}

enum err
io_mkdir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return io_err("mkdir", path);
	return ERR_OK;
}

enum err
io_sync_folder(const char *path)
{
	CLEANUP(io_close) int fd = -1;

	TRY(io_open(path, O_RDONLY | O_DIRECTORY, 0, &fd));
	return io_sync(fd, path);
}

enum err
io_read_at(int fd, uint64_t off, uint8_t *out, size_t len, const char *path)
{
	while (len > 0) {
		ssize_t n = pread(fd, out, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_err("read", path);
		if (n == 0)
			return err_set(
			    ERR_NOT_FOUND, "%s ends at byte %llu", path, (unsigned long long)off);
		out += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

enum err
io_read_file(const char *path, struct buf *out)
{
	CLEANUP(io_close) int fd = -1;
	uint8_t piece[4096];

	/* O_NONBLOCK: a pipe in place of a file must not hang us */
	TRY(io_open(path, O_RDONLY | O_NONBLOCK, 0, &fd));
	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_err("read", path);
		if (n == 0)
			return ERR_OK;
		TRY(buf_put(out, span_of(piece, (size_t)n)));
	}
}

enum err
io_replace_file(const char *folder, const char *name, mode_t mode, struct span in)
{
	CLEANUP(io_close) int fd = -1;
	char aside[PATH_MAX], path[PATH_MAX];
	enum err err;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
	    snprintf(aside, sizeof(aside), "%s/%s.new", folder, name) >= (int)sizeof(aside))
		return err_set(ERR_LIMIT, "path of %s is too long", name);
	TRY(io_open(aside, O_WRONLY | O_CREAT | O_TRUNC, mode, &fd));
	err = io_write(fd, in, aside);
	if (err == ERR_OK)
		err = io_sync(fd, aside);
	if (err == ERR_OK)
		err = io_rename(aside, path);
	if (err != ERR_OK) {
		(void)calls->unlink(aside);
		return err;
	}
	return io_sync_folder(folder);
}
