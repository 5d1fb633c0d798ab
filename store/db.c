/*
 * store/db.c - connections: roles, prepared statements and faults, over a driver.
 */
#include "store/db.h"

#include "store/db_driver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct db_driver *const drivers[] = { &db_sqlite };

struct db_conn {
	const struct db_driver *driver;
	void *db;
	unsigned roles;
	void *stmts[STMT__COUNT];
};

enum err (*db_fault_hook)(enum db_fault at);

static enum err
fault(enum db_fault at)
{
	return db_fault_hook != NULL ? db_fault_hook(at) : ERR_OK;
}

enum err
db_open(const char *url, unsigned roles, struct db_conn **ret)
{
	const struct db_driver *driver = NULL;
	struct db_conn *c;
	enum err err;

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strncmp(url, drivers[i]->scheme, strlen(drivers[i]->scheme)) == 0)
			driver = drivers[i];
	if (driver == NULL)
		return err_set(ERR_SYNTAX, "store.database is neither sqlite:PATH nor known");
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_set(ERR_TEMP, "no memory for a connection");
	err = driver->open(url + strlen(driver->scheme), &c->db);
	if (err != ERR_OK) {
		free(c);
		return err;
	}
	c->driver = driver;
	c->roles = roles;
	*ret = c;
	return ERR_OK;
}

enum err
db_prepare_all(struct db_conn *c)
{
	for (unsigned i = 0; i < STMT__COUNT; i++) {
		if ((stmt_table[i].roles & c->roles) == 0 || c->stmts[i] != NULL)
			continue;
		TRY(c->driver->prepare(c->db, stmt_table[i].sql, &c->stmts[i]));
	}
	return ERR_OK;
}

void
db_close(struct db_conn **c)
{
	if (*c == NULL)
		return;
	for (unsigned i = 0; i < STMT__COUNT; i++)
		if ((*c)->stmts[i] != NULL)
			(*c)->driver->stmt_free((*c)->stmts[i]);
	(*c)->driver->close((*c)->db);
	free(*c);
	*c = NULL;
}

enum err
db_begin(struct db_conn *c)
{
	TRY(fault(DB_FAULT_BEGIN));
	return c->driver->script(c->db, c->driver->begin_sql);
}

enum err
db_commit(struct db_conn *c)
{
	enum err err = fault(DB_FAULT_COMMIT);

	if (err == ERR_OK)
		err = c->driver->commit(c->db);
	if (err != ERR_OK) {
		db_rollback(c);
		return err;
	}
	return fault(DB_FAULT_COMMITTED);
}

void
db_rollback(struct db_conn *c)
{
	/* one that is rolled back already, by the database itself, is what we want */
	if (db_in_transaction(c) && c->driver->script(c->db, "ROLLBACK") != ERR_OK)
		assert(!db_in_transaction(c));
}

bool
db_in_transaction(struct db_conn *c)
{
	return c->driver->in_transaction(c->db);
}

enum err
db_savepoint(struct db_conn *c)
{
	return c->driver->script(c->db, "SAVEPOINT job");
}

enum err
db_release(struct db_conn *c)
{
	return c->driver->script(c->db, "RELEASE SAVEPOINT job");
}

void
db_rollback_savepoint(struct db_conn *c)
{
	if (!db_in_transaction(c))
		return;
	if (c->driver->script(c->db, "ROLLBACK TO SAVEPOINT job") != ERR_OK ||
	    db_release(c) != ERR_OK)
		db_rollback(c); /* the whole batch then says ERR_TEMP */
}

enum err
db_script(struct db_conn *c, const char *sql)
{
	return c->driver->script(c->db, sql);
}

static enum err
one_off(struct db_conn *c, const char *sql, const struct db_value *args, size_t count,
    bool *ret_have, int64_t *ret_value)
{
	void *stmt = NULL;
	enum err err;

	TRY(c->driver->prepare(c->db, sql, &stmt));
	err = c->driver->bind(c->db, stmt, args, count);
	if (err == ERR_OK)
		err = c->driver->step(c->db, stmt, ret_have);
	if (err == ERR_OK && *ret_have)
		*ret_value = c->driver->get_int(stmt, 0);
	c->driver->stmt_free(stmt);
	return err;
}

enum err
db_schema_version(struct db_conn *c, int64_t *ret)
{
	int64_t version = 0;
	bool have = false;

	TRY(db_script(c, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"));
	TRY(one_off(c, "SELECT version FROM schema_version", DB_NO_ARGS, &have, &version));
	*ret = have ? version : 0;
	return ERR_OK;
}

enum err
db_set_schema_version(struct db_conn *c, int64_t version)
{
	int64_t unused;
	bool have;

	TRY(db_script(c, "DELETE FROM schema_version"));
	return one_off(c, "INSERT INTO schema_version (version) VALUES (?1)",
	    DB_ARGS(db_int(version)), &have, &unused);
}

void
db_flush(struct db_conn *c)
{
	c->driver->flush(c->db);
}

enum err
db_query(struct db_conn *c, enum stmt id, const struct db_value *args, size_t arg_count,
    struct db_rows *rows)
{
	void *stmt = c->stmts[id];

	if ((stmt_table[id].roles & c->roles) == 0)
		return err_set(
		    ERR_DENIED, "statement %s is not for this role", stmt_table[id].name);
	assert(stmt != NULL);
	TRY(c->driver->bind(c->db, stmt, args, arg_count));
	*rows = (struct db_rows){ c, stmt };
	return ERR_OK;
}

enum err
db_next(struct db_rows *rows, bool *ret_have)
{
	TRY(fault(DB_FAULT_STEP));
	return rows->conn->driver->step(rows->conn->db, rows->stmt, ret_have);
}

int64_t
db_get_int(struct db_rows *rows, int column)
{
	return rows->conn->driver->get_int(rows->stmt, column);
}

struct span
db_get_bytes(struct db_rows *rows, int column)
{
	return rows->conn->driver->get_bytes(rows->stmt, column);
}

bool
db_is_null(struct db_rows *rows, int column)
{
	return rows->conn->driver->is_null(rows->stmt, column);
}

void
db_rows_done(struct db_rows *rows)
{
	if (rows->stmt != NULL)
		rows->conn->driver->reset(rows->stmt);
	rows->stmt = NULL;
}

enum err
db_exec(struct db_conn *c, enum stmt id, const struct db_value *args, size_t arg_count,
    int64_t *ret_changed)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	TRY(db_query(c, id, args, arg_count, &rows));
	do
		TRY(db_next(&rows, &have));
	while (have);
	if (ret_changed != NULL)
		*ret_changed = c->driver->changed(c->db);
	return ERR_OK;
}

enum err
db_one_int(
    struct db_conn *c, enum stmt id, const struct db_value *args, size_t arg_count, int64_t *ret)
{
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	bool have;

	TRY(db_query(c, id, args, arg_count, &rows));
	TRY(db_next(&rows, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no row for %s", stmt_table[id].name);
	*ret = db_get_int(&rows, 0);
	return ERR_OK;
}
