/*
 * cli/outfile.c - strangers' names made harmless, files never overwritten.
 */
#include "cli/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TRIES 1000

struct outfile {
	int folder_fd, fd;
	char name[OUTFILE_NAME_MAX + 16];
	struct sha256 *sha;
	uint64_t size;
	bool finished;
};

static bool
bad_byte(uint8_t b)
{
	return b < 0x20 || b == 0x7f || strchr("/\\:*?\"<>|", b) != NULL;
}

/* Names that mean a device on some systems; the folder may be read there. */
static bool
reserved(const char *name)
{
	static const char *const names[] = { "con", "prn", "aux", "nul", "com", "lpt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);
		const char *rest = name + len;

		if (strncasecmp(name, names[i], len) != 0)
			continue;
		if (i >= 4 && *rest >= '0' && *rest <= '9')
			rest++;
		/* NOLINTNEXTLINE: the analyser knows nothing of strncasecmp: the name is that long */
		if (*rest == '\0' || *rest == '.')
			return true;
	}
	return false;
}

/* cut() - at most max bytes, not inside a UTF-8 character. */
static struct span
cut(struct span s, size_t max)
{
	size_t n = s.len < max ? s.len : max;

	while (n > 0 && n < s.len && (s.p[n] & 0xc0) == 0x80)
		n--;
	return span_upto(s, n);
}

enum err
outfile_name(struct span label, unsigned no, struct buf *out)
{
	char safe[OUTFILE_NAME_MAX] = { 0 };

	label = cut(span_trim(label), OUTFILE_NAME_MAX - 8);
	/* trailing dots and blanks are dropped by some systems, which makes two names one */
	while (label.len > 0 && (label.p[label.len - 1] == '.' || label.p[label.len - 1] == ' '))
		label.len--;
	if (label.len == 0)
		return buf_printf(out, "file-%u.bin", no);
	for (size_t i = 0; i < label.len; i++) {
		bool bad = bad_byte(label.p[i]) || (i == 0 && label.p[i] == '.');

		safe[i] = (char)(bad ? '_' : label.p[i]);
	}
	safe[label.len] = '\0';
	return buf_printf(out, "%s%s", reserved(safe) ? "_" : "", safe);
}

/* make_file() - the first free name: "NAME", "2-NAME", "3-NAME", ... */
static enum err
make_file(struct outfile *f, const char *name)
{
	for (int i = 1; i <= TRIES; i++) {
		if (i == 1)
			(void)snprintf(f->name, sizeof(f->name), "%s", name);
		else
			(void)snprintf(f->name, sizeof(f->name), "%d-%s", i, name);
		f->fd = openat(f->folder_fd, f->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd >= 0)
			return ERR_OK;
		if (errno != EEXIST)
			return err_set(ERR_TEMP, "%s: %s", f->name, strerror(errno));
	}
	return err_set(ERR_DENIED, "%s and %d more of that name are there", name, TRIES - 1);
}

enum err
outfile_new(const char *folder, struct span label, unsigned no, struct outfile **ret)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	struct outfile *f;
	enum err err;

	buf_init(&name, OUTFILE_NAME_MAX);
	TRY(outfile_name(label, no, &name));
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return err_set(ERR_TEMP, "no memory for a file");
	f->fd = -1;
	f->sha = sha256_new();
	f->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = f->folder_fd < 0 ? err_set(ERR_NOT_FOUND, "folder %s: %s", folder, strerror(errno))
			       : make_file(f, buf_cstr(&name));
	if (err != ERR_OK) {
		outfile_free(&f);
		return err;
	}
	*ret = f;
	return ERR_OK;
}

static enum err
take(void *ctx, struct span in)
{
	struct outfile *f = ctx;

	sha256_update(f->sha, in);
	f->size += in.len;
	while (in.len > 0) {
		ssize_t n = write(f->fd, in.p, in.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(ERR_TEMP, "%s: %s", f->name, strerror(errno));
		in = span_from(in, (size_t)n);
	}
	return ERR_OK;
}

struct sink
outfile_sink(struct outfile *f)
{
	return (struct sink){ take, f };
}

enum err
outfile_finish(struct outfile *f, uint64_t *ret_size, uint8_t ret_sha256[SHA256_SIZE])
{
	if (fsync(f->fd) != 0)
		return err_set(ERR_TEMP, "%s: %s", f->name, strerror(errno));
	sha256_final(f->sha, ret_sha256);
	*ret_size = f->size;
	f->finished = true;
	return ERR_OK;
}

const char *
outfile_shown_name(const struct outfile *f)
{
	return f->name;
}

void
outfile_free(struct outfile **fp)
{
	struct outfile *f = *fp;

	if (f == NULL)
		return;
	if (f->fd >= 0) {
		(void)close(f->fd);
		if (!f->finished)
			(void)unlinkat(f->folder_fd, f->name, 0);
	}
	if (f->folder_fd >= 0)
		(void)close(f->folder_fd);
	sha256_free(&f->sha);
	free(f);
	*fp = NULL;
}
