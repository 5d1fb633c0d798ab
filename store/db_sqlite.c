/*
 * store/db_sqlite.c - SQLite: the one place that knows sqlite3.
 *
 * WAL, synchronous=FULL: a commit that returned is on the disk. secure_delete: what is deleted is
 * overwritten in the database; the log holds it until the next checkpoint (db_flush()). Connections are not
 * shared between threads at the same time, so SQLite's own mutexes are off.
 */
#include "store/db_driver.h"
#include "store/limits.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

static enum err
sqlite_err(sqlite3 *db, const char *what)
{
	int code = sqlite3_extended_errcode(db);

	return err_set(ERR_TEMP, "%s: %s (%d)", what, sqlite3_errmsg(db), code);
}

/*
 * Another process holds the write lock for a few milliseconds at a time. SQLite's own handler backs off to
 * 100 ms and would leave the lock idle for most of that.
 */
static int
busy(void *ctx, int count)
{
	const long pause_us = count < 10 ? 200 : 1000;
	struct timespec pause = { 0, pause_us * 1000 };

	(void)ctx;
	if (count > STORE_BUSY_MS)
		return 0;
	(void)nanosleep(&pause, NULL);
	return 1;
}

static enum err
sqlite_script(void *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_err(db, "sql");
	return ERR_OK;
}

static void
sqlite_close(void *db)
{
	int rc = sqlite3_close(db);

	assert(rc == SQLITE_OK); /* else a statement was not finished: ours */
	(void)rc;
}

static enum err
set_up(sqlite3 *db)
{
	(void)sqlite3_extended_result_codes(db, 1);
	(void)sqlite3_busy_handler(db, busy, NULL);
	/* no functions or schemas from the file are trusted; a stolen and planted file stays data */
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return sqlite_script(db,
	    "PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = FULL;"
	    "PRAGMA foreign_keys = ON;"
	    "PRAGMA secure_delete = ON;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA cache_size = -4096;");
}

static enum err
sqlite_open(const char *where, void **ret_db)
{
	sqlite3 *db = NULL;
	enum err err;

	if (sqlite3_open_v2(where, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		err = err_set(sqlite3_errcode(db) == SQLITE_CANTOPEN ? ERR_NOT_FOUND : ERR_TEMP,
		    "database %s: %s", where, sqlite3_errmsg(db));
		(void)sqlite3_close(db);
		return err;
	}
	err = set_up(db);
	if (err != ERR_OK) {
		sqlite_close(db);
		return err;
	}
	*ret_db = db;
	return ERR_OK;
}

static enum err
sqlite_commit(void *db)
{
	int rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		return ERR_OK;
	if ((rc & 0xff) == SQLITE_BUSY)
		return sqlite_err(db, "commit");
	/* the commit record may have reached the log before the write or the sync that went wrong */
	return err_set(ERR_UNCERTAIN, "commit: %s (%d)", sqlite3_errmsg(db), rc);
}

static bool
sqlite_in_transaction(void *db)
{
	return sqlite3_get_autocommit(db) == 0;
}

static enum err
sqlite_prepare(void *db, const char *sql, void **ret_stmt)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		return sqlite_err(db, sql);
	*ret_stmt = stmt;
	return ERR_OK;
}

static void
sqlite_stmt_free(void *stmt)
{
	(void)sqlite3_finalize(stmt);
}

static int
bind_one(sqlite3_stmt *stmt, int at, const struct db_value *v)
{
	switch (v->type) {
	case DB_INT:
		return sqlite3_bind_int64(stmt, at, v->i);
	case DB_TEXT:
		return sqlite3_bind_text64(
		    stmt, at, (const char *)v->s.p, v->s.len, SQLITE_STATIC, SQLITE_UTF8);
	case DB_BLOB:
		/* a NULL pointer would bind NULL */
		return sqlite3_bind_blob64(
		    stmt, at, v->s.len > 0 ? v->s.p : (const void *)"", v->s.len, SQLITE_STATIC);
	case DB_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at);
}

static enum err
sqlite_bind(void *db, void *stmt, const struct db_value *args, size_t count)
{
	assert((int)count == sqlite3_bind_parameter_count(stmt));
	for (size_t i = 0; i < count; i++)
		if (bind_one(stmt, (int)i + 1, &args[i]) != SQLITE_OK)
			return sqlite_err(db, "bind");
	return ERR_OK;
}

static enum err
sqlite_step(void *db, void *stmt, bool *ret_have)
{
	int rc = sqlite3_step(stmt);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		enum err err = sqlite_err(db, "step");

		(void)sqlite3_reset(stmt);
		return err;
	}
	*ret_have = rc == SQLITE_ROW;
	return ERR_OK;
}

static void
sqlite_reset(void *stmt)
{
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
}

static int64_t
sqlite_changed(void *db)
{
	return sqlite3_changes64(db);
}

static int64_t
sqlite_get_int(void *stmt, int column)
{
	return sqlite3_column_int64(stmt, column);
}

static struct span
sqlite_get_bytes(void *stmt, int column)
{
	const void *p = sqlite3_column_blob(stmt, column);

	return span_of(p, (size_t)sqlite3_column_bytes(stmt, column));
}

static bool
sqlite_is_null(void *stmt, int column)
{
	return sqlite3_column_type(stmt, column) == SQLITE_NULL;
}

static void
sqlite_flush(void *db)
{
	/* with no patience: a reader in the way must not make writers wait; another flush comes */
	(void)sqlite3_busy_handler(db, NULL, NULL);
	(void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_handler(db, busy, NULL);
}

const struct db_driver db_sqlite = {
	.scheme = "sqlite:",
	.open = sqlite_open,
	.close = sqlite_close,
	.script = sqlite_script,
	.commit = sqlite_commit,
	.in_transaction = sqlite_in_transaction,
	.prepare = sqlite_prepare,
	.stmt_free = sqlite_stmt_free,
	.bind = sqlite_bind,
	.step = sqlite_step,
	.reset = sqlite_reset,
	.changed = sqlite_changed,
	.get_int = sqlite_get_int,
	.get_bytes = sqlite_get_bytes,
	.is_null = sqlite_is_null,
	.flush = sqlite_flush,
	.begin_sql = "BEGIN IMMEDIATE",
};
