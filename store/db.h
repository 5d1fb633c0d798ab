/*
 * store/db.h - what this folder asks of a database; behind it one driver a kind (db_sqlite.c).
 *
 * One connection belongs to one thread at a time. A connection is opened for a role and prepares the
 * statements of that role (store/stmt.h) once; nothing else can be run, and values are always bound. The
 * dialect is the common part of SQLite and PostgreSQL (tests/store/test_statements_pg.c).
 *
 * Errors: ERR_TEMP - the statement did nothing, the transaction may be rolled back (db_in_transaction());
 * ERR_UNCERTAIN - from db_commit() only; ERR_DENIED - the role may not run that statement.
 */
#ifndef SECUDOC_STORE_DB_H
#define SECUDOC_STORE_DB_H

#include "core/err.h"
#include "core/span.h"
#include "store/stmt.h"

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BLOB };

struct db_value {
	enum db_type type;
	int64_t i;
	struct span s; /* borrowed until the statement is done */
};
static inline struct db_value
db_int(int64_t i)
{
	return (struct db_value){ DB_INT, i, { NULL, 0 } };
}
static inline struct db_value
db_blob(struct span s)
{
	return (struct db_value){ DB_BLOB, 0, s };
}
static inline struct db_value
db_text(const char *s)
{
	return (struct db_value){ DB_TEXT, 0, span_str(s) };
}
static inline struct db_value
db_null(void)
{
	return (struct db_value){ DB_NULL, 0, { NULL, 0 } };
}
/* db_blob_or_null() - NULL for the empty span. */
static inline struct db_value
db_blob_or_null(struct span s)
{
	return s.len > 0 ? db_blob(s) : db_null();
}

/* DB_ARGS(...) - the values for ?1, ?2, ... and their count; DB_NO_ARGS for none. */
#define DB_ARGS(...)                              \
	(const struct db_value[]){ __VA_ARGS__ }, \
	    sizeof((const struct db_value[]){ __VA_ARGS__ }) / sizeof(struct db_value)
#define DB_NO_ARGS NULL, 0

struct db_conn;

/* url: "sqlite:PATH". roles: what the connection may run (0: none, for the schema). */
MUST_USE enum err db_open(const char *url, unsigned roles, struct db_conn **ret);
/* db_prepare_all() - the statements of the connection's roles; after the schema is there. */
MUST_USE enum err db_prepare_all(struct db_conn *c);
void db_close(struct db_conn **c);

MUST_USE enum err db_begin(struct db_conn *c); /* takes the write lock */
/* After ERR_UNCERTAIN the connection is out of the transaction, and the work may be there or not. */
MUST_USE enum err db_commit(struct db_conn *c);
void db_rollback(struct db_conn *c);
bool db_in_transaction(struct db_conn *c);
MUST_USE enum err db_savepoint(struct db_conn *c);
MUST_USE enum err db_release(struct db_conn *c);
void db_rollback_savepoint(struct db_conn *c);

/* db_script() - schema steps only: several statements without values. */
MUST_USE enum err db_script(struct db_conn *c, const char *sql);
MUST_USE enum err db_schema_version(struct db_conn *c, int64_t *ret);
MUST_USE enum err db_set_schema_version(struct db_conn *c, int64_t version);
/* db_flush() - move the log into the database, so that what was deleted is gone from the log, too. */
void db_flush(struct db_conn *c);

struct db_rows {
	struct db_conn *conn;
	void *stmt;
};
/* db_query() - start; *rows is set on success and must be ended with db_rows_done() (use CLEANUP). */
MUST_USE enum err db_query(struct db_conn *c, enum stmt id, const struct db_value *args,
    size_t arg_count, struct db_rows *rows);
MUST_USE enum err db_next(struct db_rows *rows, bool *ret_have);
int64_t db_get_int(struct db_rows *rows, int column);       /* 0 for NULL */
struct span db_get_bytes(struct db_rows *rows, int column); /* until the next db_next() */
bool db_is_null(struct db_rows *rows, int column);
void db_rows_done(struct db_rows *rows);

/* db_exec() - to the end, rows dropped. ret_changed (or NULL): rows written. */
MUST_USE enum err db_exec(struct db_conn *c, enum stmt id, const struct db_value *args,
    size_t arg_count, int64_t *ret_changed);
/* db_one_int() - first column of the first row; ERR_NOT_FOUND without one. */
MUST_USE enum err db_one_int(
    struct db_conn *c, enum stmt id, const struct db_value *args, size_t arg_count, int64_t *ret);

/*
 * Faults, for tests: asked before each of these; an answer other than ERR_OK is the operation's. For
 * DB_FAULT_COMMITTED the commit has happened and is told as ERR_UNCERTAIN. Process-wide, set before threads.
 */
enum db_fault { DB_FAULT_BEGIN, DB_FAULT_STEP, DB_FAULT_COMMIT, DB_FAULT_COMMITTED };
extern enum err (*db_fault_hook)(enum db_fault at);

#endif
