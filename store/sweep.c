/*
 * store/sweep.c - one folder of the sweep.
 */
#include "store/sweep.h"

#include "store/container_int.h"
#include "store/io.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void
folder_close(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

/* id_of() - 0: not a name of ours. */
static int64_t
id_of(const char *name)
{
	uint8_t bytes[8];
	uint64_t id = 0;

	if (strlen(name) != 16 || hex_decode(span_str(name), bytes, sizeof(bytes)) != ERR_OK)
		return 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		id = id << 8 | bytes[i];
	return (int64_t)id;
}

static bool
old_file(const char *path, int64_t before_ms)
{
	struct stat sb;

	if (lstat(path, &sb) != 0 || !S_ISREG(sb.st_mode))
		return false;
	return sb.st_mtim.tv_sec * 1000 + sb.st_mtim.tv_nsec / 1000000 < before_ms;
}

static enum err
has_row(struct store *st, int64_t id, bool *ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	int64_t one;
	enum err err;

	TRY(read_begin(st->readers, &rd));
	err = db_one_int(rd.conn, STMT_MAIL_HAS_FILE, DB_ARGS(db_int(id)), &one);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*ret = err == ERR_OK;
	return ERR_OK;
}

static enum err
sweep_file(struct store *st, const char *path, int64_t id, bool in_tmp, uint64_t *swept)
{
	bool keep = false;

	if (!in_tmp)
		TRY(has_row(st, id, &keep));
	if (keep)
		return ERR_OK;
	TRY(io_unlink(path));
	(*swept)++;
	return ERR_OK;
}

static enum err
folder_path(const struct store *st, unsigned folder, char out[PATH_MAX])
{
	int n = folder == CONTAINER_FOLDERS
	    ? snprintf(out, PATH_MAX, "%s/tmp", st->containers_dir)
	    : snprintf(out, PATH_MAX, "%s/%02x", st->containers_dir, folder);

	if (n >= PATH_MAX)
		return err_set(ERR_LIMIT, "containers_dir is too long");
	return ERR_OK;
}

enum err
sweep_folder(struct store *st, unsigned folder, int64_t now_ms, uint64_t *swept)
{
	CLEANUP(folder_close) DIR *d = NULL;
	bool in_tmp = folder == CONTAINER_FOLDERS;
	char dir[PATH_MAX], path[PATH_MAX + 280];
	const struct dirent *e;

	TRY(folder_path(st, folder, dir));
	d = opendir(dir);
	if (d == NULL)
		return err_set(ERR_TEMP, "folder %s cannot be read", dir);
	while ((e = readdir(d)) != NULL) {
		int64_t id = id_of(e->d_name);

		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (id != 0 && old_file(path, now_ms - st->sweep_age_ms))
			TRY(sweep_file(st, path, id, in_tmp, swept));
	}
	return ERR_OK;
}
