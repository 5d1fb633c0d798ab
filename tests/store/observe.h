/*
 * tests/store/observe.h - the database seen from outside, past all of our code: for tests that look or tamper.
 */
#ifndef SECUDOC_TESTS_STORE_OBSERVE_H
#define SECUDOC_TESTS_STORE_OBSERVE_H

#include "fixture.h"

#include <sqlite3.h>

static inline sqlite3 *
observe_open(const struct fix *f)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->database + strlen("sqlite:"), &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 20000);
	return db;
}

/* sql_int() - the first column of the first row; -1 without one. */
static inline int64_t
sql_int(const struct fix *f, const char *sql)
{
	sqlite3 *db = observe_open(f);
	sqlite3_stmt *stmt = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		v = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return v;
}

static inline void
sql_run(const struct fix *f, const char *sql)
{
	sqlite3 *db = observe_open(f);

	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static inline bool
sql_text(const struct fix *f, const char *sql, char out[200])
{
	sqlite3 *db = observe_open(f);
	sqlite3_stmt *stmt = NULL;
	bool have;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	have = sqlite3_step(stmt) == SQLITE_ROW;
	if (have)
		(void)snprintf(out, 200, "%s", (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return have;
}

#endif
