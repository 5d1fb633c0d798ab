/*
 * store/db_driver.h - what one kind of database answers; only store/db.c calls it.
 *
 * A driver keeps its state behind void pointers. Roles, faults and the table of statements are db.c's.
 */
#ifndef SECUDOC_STORE_DB_DRIVER_H
#define SECUDOC_STORE_DB_DRIVER_H

#include "store/db.h"

struct db_driver {
	const char *scheme; /* "sqlite:" */
	enum err (*open)(const char *where, void **ret_db);
	void (*close)(void *db);
	enum err (*script)(void *db, const char *sql);
	enum err (*commit)(void *db); /* ERR_TEMP: surely not; ERR_UNCERTAIN */
	bool (*in_transaction)(void *db);
	enum err (*prepare)(void *db, const char *sql, void **ret_stmt);
	void (*stmt_free)(void *stmt);
	enum err (*bind)(void *db, void *stmt, const struct db_value *args, size_t count);
	enum err (*step)(void *db, void *stmt, bool *ret_have);
	void (*reset)(void *stmt);
	int64_t (*changed)(void *db);
	int64_t (*get_int)(void *stmt, int column);
	struct span (*get_bytes)(void *stmt, int column);
	bool (*is_null)(void *stmt, int column);
	void (*flush)(void *db);
	const char *begin_sql;
};

extern const struct db_driver db_sqlite;

#endif
