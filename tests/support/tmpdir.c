#include "support/tmpdir.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
fail(const char *what, const char *path)
{
	fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
	abort();
}

void
tmpdir_make(struct tmpdir *d)
{
	const char *base = getenv("TMPDIR");

	snprintf(d->path, sizeof(d->path), "%s/secudoc-test-XXXXXX", base == NULL ? "/tmp" : base);
	if (mkdtemp(d->path) == NULL)
		fail("mkdtemp", d->path);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	/* a test may have taken the rights away */
	if (kind == FTW_DNR)
		(void)chmod(path, 0700);
	return remove(path);
}

void
tmpdir_done(struct tmpdir *d)
{
	if (d->path[0] == '\0')
		return;
	if (nftw(d->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fail("remove", d->path);
	d->path[0] = '\0';
}

char *
tmpdir_join(const struct tmpdir *d, const char *name, char out[2 * TMPDIR_PATH_MAX])
{
	int n = snprintf(out, 2 * TMPDIR_PATH_MAX, "%s/%s", d->path, name);

	if (n < 0 || (unsigned)n >= 2 * TMPDIR_PATH_MAX)
		fail("path too long", name);
	return out;
}

void
tmpdir_mkdir(const struct tmpdir *d, const char *name)
{
	char path[2 * TMPDIR_PATH_MAX];

	if (mkdir(tmpdir_join(d, name, path), 0700) != 0)
		fail("mkdir", path);
}

void
tmpdir_write(const struct tmpdir *d, const char *name, struct span content)
{
	char path[2 * TMPDIR_PATH_MAX];
	FILE *f = fopen(tmpdir_join(d, name, path), "wbe");

	if (f == NULL || (content.len > 0 && fwrite(content.p, 1, content.len, f) != content.len) ||
	    fclose(f) != 0)
		fail("write", path);
}

bool
file_read(const char *path, struct buf *out)
{
	uint8_t chunk[16384];
	size_t n;
	FILE *f = fopen(path, "rbe");

	if (f == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		if (buf_put(out, span_of(chunk, n)) != ERR_OK)
			fail("read", path);
	}
	if (ferror(f))
		fail("read", path);
	fclose(f);
	return true;
}

void
tmpdir_read(const struct tmpdir *d, const char *name, struct buf *out)
{
	char path[2 * TMPDIR_PATH_MAX];

	if (!file_read(tmpdir_join(d, name, path), out))
		fail("open", path);
}
