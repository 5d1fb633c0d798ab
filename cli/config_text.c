/* cli/config_text.c - the configuration's text in a memory file. See config_text.h. */
#include "cli/config_text.h"

#include "core/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static enum err
read_all(int fd, const char *name, struct buf *out)
{
	for (;;) {
		ssize_t n;

		TRY(buf_reserve(out, 4096));
		n = pread(fd, out->p + out->len, 4096, (off_t)out->len);
		if (n == 0)
			return ERR_OK;
		if (n < 0 && errno != EINTR)
			return err_set(ERR_TEMP, "%s: %s", name, strerror(errno));
		if (n > 0)
			out->len += (size_t)n;
	}
}

static enum err
write_all(int fd, struct span text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.p, text.len);

		if (n < 0 && errno != EINTR)
			return err_set(ERR_TEMP, "memfd: %s", strerror(errno));
		if (n > 0)
			text = span_from(text, (size_t)n);
	}
	return ERR_OK;
}

static enum err
copy_to_memfd(const char *path, int file, int *ret_fd)
{
	CLEANUP(buf_done) struct buf text;
	enum err err;
	int fd;

	buf_init(&text, CONFIG_TEXT_MAX);
	TRY(read_all(file, path, &text));
	fd = memfd_create("secudoc-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_set(ERR_TEMP, "memfd: %s", strerror(errno));
	err = write_all(fd, buf_span(&text));
	if (err == ERR_OK &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
		err = err_set(ERR_TEMP, "memfd: %s", strerror(errno));
	if (err != ERR_OK) {
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return ERR_OK;
}

enum err
config_text_open(const char *path, int *ret_fd)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	enum err err;

	if (file < 0)
		return err_set(ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	err = copy_to_memfd(path, file, ret_fd);
	close(file);
	return err;
}

enum err
config_text_load_fd(const char *path, int fd, struct config **ret)
{
	CLEANUP(buf_done) struct buf text;
	char absolute[PATH_MAX];
	char *slash;

	buf_init(&text, CONFIG_TEXT_MAX);
	TRY(read_all(fd, path, &text));
	if (realpath(path, absolute) == NULL)
		return err_set(ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	slash = strrchr(absolute, '/');
	*(slash == absolute ? slash + 1 : slash) = '\0';
	return config_parse(path, buf_span(&text), absolute, ret);
}
