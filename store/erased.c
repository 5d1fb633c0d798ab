/*
 * store/erased.c - destroyed keys stay destroyed.
 */
#include "store/erased.h"

#include "store/io.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define LINE_SIZE 20u /* 19 digits and a line end: places in the file are counts of lines */

static enum err
list_path(const char *keys_dir, char out[PATH_MAX])
{
	if (snprintf(out, PATH_MAX, "%s/%s", keys_dir, KEYS_ERASED) >= PATH_MAX)
		return err_set(ERR_LIMIT, "path of %s is too long", KEYS_ERASED);
	return ERR_OK;
}

/* A torn line at the end is of an append that was never acknowledged: filled up with spaces' worth of 0. */
static enum err
list_size(int fd, const char *path, int64_t *ret)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0)
		return err_set(ERR_TEMP, "%s: size unknown", path);
	*ret = sb.st_size;
	return ERR_OK;
}

static enum err
mend(int fd, const char *path)
{
	static const uint8_t filler[LINE_SIZE + 1] = "-------------------\n";
	int64_t size;

	TRY(list_size(fd, path, &size));
	size %= LINE_SIZE;
	if (size == 0)
		return ERR_OK;
	return io_write(fd, span_of(filler + size, LINE_SIZE - (size_t)size), path);
}

enum err
erased_append(const char *keys_dir, const int64_t *ids, size_t count)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(io_close) int fd = -1;
	char path[PATH_MAX];

	if (count == 0)
		return ERR_OK;
	buf_init(&text, count * LINE_SIZE);
	for (size_t i = 0; i < count; i++)
		TRY(buf_printf(&text, "%019lld\n", (long long)ids[i]));
	TRY(list_path(keys_dir, path));
	TRY(io_open(path, O_WRONLY | O_CREAT | O_APPEND, 0600, &fd));
	TRY(mend(fd, path));
	TRY(io_write(fd, buf_span(&text), path));
	return io_sync(fd, path);
}

static enum err
erase_line(struct db_conn *c, const uint8_t line[LINE_SIZE])
{
	struct span s = span_of(line, LINE_SIZE - 1);
	uint64_t id;

	/* a mended line has no number of its own; its append is repeated behind it */
	if (!span_take_u64(&s, INT64_MAX, &id) || s.len > 0)
		return ERR_OK;
	return db_exec(c, STMT_MAIL_ERASE, DB_ARGS(db_int((int64_t)id)), NULL);
}

enum err
erased_follow(struct db_conn *c, const char *keys_dir)
{
	CLEANUP(io_close) int fd = -1;
	uint8_t line[LINE_SIZE];
	char path[PATH_MAX];
	int64_t done, size = 0;

	TRY(list_path(keys_dir, path));
	TRY(db_one_int(c, STMT_COUNTER_GET, DB_ARGS(db_text("erased")), &done));
	TRY(io_open(path, O_RDONLY | O_CREAT, 0600, &fd));
	TRY(list_size(fd, path, &size));
	size -= size % LINE_SIZE;
	if (size < done)
		return err_set(ERR_DENIED, "%s holds %lld bytes, %lld were followed: it was cut",
		    path, (long long)size, (long long)done);
	if (size == done)
		return ERR_OK;
	for (; done < size; done += LINE_SIZE) {
		TRY(io_read_at(fd, (uint64_t)done, line, LINE_SIZE, path));
		TRY(erase_line(c, line));
	}
	return db_exec(c, STMT_COUNTER_SET, DB_ARGS(db_text("erased"), db_int(size)), NULL);
}
