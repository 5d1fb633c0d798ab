/* cli/newfile.c - see newfile.h. */
#include "cli/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096u

static enum err
failed(const char *path)
{
	int why = errno;
	enum err err = ERR_TEMP;

	if (why == ENOENT || why == ENOTDIR)
		err = ERR_NOT_FOUND;
	if (why == EACCES || why == EPERM || why == EROFS || why == EISDIR)
		err = ERR_DENIED;
	return err_set(err, "%.300s: %s", path, strerror(why));
}

static bool
write_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.p, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = span_from(bytes, (size_t)n);
	}
	return fsync(fd) == 0;
}

/* The rename is durable once the folder is; one that cannot be opened is none of ours to sync. */
static void
sync_folder(const char *path)
{
	char folder[PATH_BYTES];
	char *slash;
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		slash[slash == folder] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

enum err
newfile_write(const char *path, struct span bytes)
{
	char temporary[PATH_BYTES];
	enum err err = ERR_OK;
	int fd;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return err_set(ERR_LIMIT, "the path is longer than %u bytes", PATH_BYTES - 8);
	fd = mkostemp(temporary, O_CLOEXEC); /* 0600, and nothing that is there is opened */
	if (fd < 0)
		return failed(path);
	if (!write_all(fd, bytes))
		err = failed(path);
	if (close(fd) != 0 && err == ERR_OK)
		err = failed(path);
	if (err == ERR_OK && rename(temporary, path) != 0)
		err = failed(path);
	if (err != ERR_OK)
		(void)unlink(temporary);
	else
		sync_folder(path);
	return err;
}
