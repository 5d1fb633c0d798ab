/*
 * store/store.c - opening and closing.
 */
#include "store/store.h"

#include "store/container_int.h"
#include "store/erased.h"
#include "store/io.h"
#include "store/key_cache.h"
#include "store/schema.h"
#include "store/store_int.h"
#include "store/tenant_int.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct store_options
store_options_of(const struct config *c, enum store_role role)
{
	return (struct store_options){
		.database = c->database,
		.containers_dir = c->containers_dir,
		.keys_dir = c->keys_dir,
		.run_dir = c->run_dir,
		.sweep_age_ms = c->sweep_age_ms,
		.repeat_window_ms = c->smtp_repeat_window_ms,
		.role = role,
	};
}

static enum err
copy_options(struct store *st, const struct store_options *o)
{
	st->role = o->role;
	st->sweep_age_ms = o->sweep_age_ms;
	st->repeat_window_ms = o->repeat_window_ms;
	st->database = strdup(o->database);
	st->containers_dir = strdup(o->containers_dir);
	st->keys_dir = strdup(o->keys_dir);
	st->run_dir = strdup(o->run_dir);
	if (st->database == NULL || st->containers_dir == NULL || st->keys_dir == NULL ||
	    st->run_dir == NULL)
		return err_set(ERR_TEMP, "no memory for the store's options");
	return ERR_OK;
}

static enum err
make_folders(struct store *st)
{
	TRY(io_mkdir(st->run_dir, 0700));
	TRY(io_open(st->run_dir, O_RDONLY | O_DIRECTORY, 0, &st->run_dir_fd));
	return container_folders_make(st->containers_dir);
}

static enum err
follow_job(struct db_conn *c, void *arg)
{
	const struct store *st = arg;

	return erased_follow(c, st->keys_dir);
}

static enum err
open_database(struct store *st)
{
	struct db_conn *conn = NULL;
	enum err err;

	TRY(db_open(st->database, st->role, &conn));
	err = schema_apply(conn, (int64_t)schema_step_count);
	if (err == ERR_OK)
		err = db_prepare_all(conn);
	if (err != ERR_OK) {
		db_close(&conn);
		return err;
	}
	TRY(writer_new(conn, &st->writer));
	return readers_new(st->database, st->role, &st->readers);
}

/*
 * check_master() - the newest tenant's private key opens. With another machine's master key nothing could be
 * read, and it is better known now than at the first mail.
 */
static enum err
check_master(struct store *st)
{
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	int64_t id;
	enum err err;

	TRY(read_begin(st->readers, &rd));
	TRY(db_one_int(rd.conn, STMT_TENANT_NEWEST, DB_NO_ARGS, &id));
	read_end(&rd);
	if (id == 0)
		return ERR_OK;
	err = tenant_private_key(st, id, key);
	if (err == ERR_DENIED)
		return err_set(ERR_DENIED, "%s/%s does not open tenant %lld", st->keys_dir,
		    KEYS_MASTER, (long long)id);
	return err;
}

static enum err
open_all(struct store *st, const struct store_options *options)
{
	TRY(copy_options(st, options));
	/* receive has no use for the master key: it must not even look at the file */
	TRY(keys_load(st->keys_dir, st->role != STORE_RECEIVE, &st->keys));
	TRY(make_folders(st));
	TRY(open_database(st));
	TRY(tenant_cache_new(&st->tenants));
	TRY(key_cache_new(&st->opened));
	if (st->role == STORE_RECEIVE)
		return ERR_OK;
	TRY(check_master(st));
	return store_write(st, follow_job, st);
}

enum err
store_open(const struct store_options *options, struct store **ret)
{
	struct store *st = calloc(1, sizeof(*st));
	enum err err;

	if (st == NULL)
		return err_set(ERR_TEMP, "no memory for the store");
	st->run_dir_fd = -1;
	err = open_all(st, options);
	if (err != ERR_OK) {
		store_close(&st);
		return err;
	}
	*ret = st;
	return ERR_OK;
}

void
store_close(struct store **stp)
{
	struct store *st = *stp;

	if (st == NULL)
		return;
	writer_free(&st->writer);
	readers_free(&st->readers);
	tenant_cache_free(&st->tenants);
	key_cache_free(&st->opened);
	keys_wipe(&st->keys);
	io_close(&st->run_dir_fd);
	free(st->database);
	free(st->containers_dir);
	free(st->keys_dir);
	free(st->run_dir);
	free(st);
	*stp = NULL;
}

enum store_role
store_role(const struct store *st)
{
	return st->role;
}

enum err
store_write(struct store *st, writer_job *run, void *arg)
{
	return writer_run(st->writer, run, arg);
}

void
store_stats(struct store *st, struct store_stats *ret)
{
	writer_stats(st->writer, ret);
}

bool
word_ok(const char *s, size_t max)
{
	size_t n = strlen(s);

	if (n == 0 || n > max)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '-'))
			return false;
	}
	return true;
}
