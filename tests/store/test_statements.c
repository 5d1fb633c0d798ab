/*
 * tests/store/test_statements.c - the table of statements: roles, tenants, and that each is backed by an index.
 */
#include "observe.h"

#include "store/db.h"
#include "store/schema.h"

#include <ctype.h>

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < STMT__COUNT; i++) {
		const struct stmt_row *s = &stmt_table[i];

		assert_non_null(s->name);
		assert_non_null(s->sql);
		if (s->roles == 0 || (s->roles & ~15u) != 0)
			fail_msg("%s: odd roles", s->name);
		/* bound to a tenant, or a reason why not */
		if (s->wide == NULL && strstr(s->sql, "tenant_id = ?1") == NULL &&
		    !(strncmp(s->sql, "INSERT", 6) == 0 && strstr(s->sql, "tenant_id") != NULL))
			fail_msg("%s is bound to no tenant and does not say why", s->name);
		/* values are bound, never written into the text: a quote would be one */
		if (strchr(s->sql, '\'') != NULL)
			fail_msg("%s holds a literal", s->name);
		/* and one statement is one */
		if (strchr(s->sql, ';') != NULL)
			fail_msg("%s holds more than a statement", s->name);
	}
}

/* receive cannot ask for what unwraps, web not for what administers, and so on. */
static void
test_roles(void **state)
{
	static const struct {
		enum stmt stmt;
		unsigned denied;
	} cases[] = {
		{ STMT_TENANT_PRIVATE_KEY, STORE_RECEIVE },
		{ STMT_MAIL_OPEN, STORE_RECEIVE },
		{ STMT_MAIL_META, STORE_RECEIVE },
		{ STMT_MAIL_RCPTS, STORE_RECEIVE },
		{ STMT_QUEUE_CLAIM, STORE_RECEIVE | STORE_WEB | STORE_ADMIN },
		{ STMT_TENANT_ADD, STORE_RECEIVE | STORE_DELIVER | STORE_WEB },
		{ STMT_TENANT_SET, STORE_RECEIVE | STORE_DELIVER | STORE_WEB },
		{ STMT_TRANSFER_LIST, STORE_RECEIVE | STORE_DELIVER | STORE_WEB },
		{ STMT_LINK_BY_TOKEN, STORE_RECEIVE | STORE_DELIVER },
		{ STMT_CODE_TRY, STORE_RECEIVE | STORE_DELIVER | STORE_ADMIN },
		{ STMT_SESSION_ADD, STORE_RECEIVE | STORE_DELIVER | STORE_ADMIN },
	};
	struct fix f;

	(void)state;
	fix_init(&f);
	for (unsigned role = STORE_RECEIVE; role <= STORE_ADMIN; role <<= 1) {
		struct db_conn *c = NULL;

		assert_ok(db_open(f.database, role, &c));
		assert_ok(db_prepare_all(c));
		for (size_t i = 0; i < COUNT(cases); i++) {
			struct db_rows rows;

			if ((cases[i].denied & role) == 0)
				continue;
			if (db_query(c, cases[i].stmt, DB_NO_ARGS, &rows) != ERR_DENIED)
				fail_msg(
				    "role %u may run %s", role, stmt_table[cases[i].stmt].name);
		}
		db_close(&c);
	}
	fix_done(&f);
}

/* --- plans --- */

/* Tables that grow with the mail; a whole read of one of them is a bug, but for those named. */
static const char *const big_tables[] = { "mail", "copy", "rcpt", "audit", "repeat_seen",
	"returned", "transfer", "link", "code", "session" };
static const char *const aliases[][2] = { { "c", "copy" }, { "m", "mail" }, { "l", "link" },
	{ "t", "transfer" }, { "r", "rcpt" }, { "s", "session" } };

static bool
is_big(const char *word)
{
	for (size_t i = 0; i < COUNT(aliases); i++)
		if (strcmp(word, aliases[i][0]) == 0)
			word = aliases[i][1];
	for (size_t i = 0; i < COUNT(big_tables); i++)
		if (strcmp(word, big_tables[i]) == 0)
			return true;
	return false;
}

/* whole_read() - a line of a plan that reads a big table, or all of an index, from end to end. */
static bool
whole_read(const char *detail, const char *sql)
{
	char word[40];

	if (sscanf(detail, "SCAN %39s", word) != 1)
		return false;
	/* "t" is a tenant in the statements on tenants */
	if (strcmp(word, "t") == 0 && strstr(sql, "FROM tenant t") != NULL)
		return false;
	/* the index of claims holds those that are under way only */
	if (strstr(detail, "copy_owner") != NULL)
		return false;
	return is_big(word);
}

static bool
plan_is_good(sqlite3 *db, const char *sql, char bad[200])
{
	sqlite3_stmt *stmt = NULL;
	char explain[4000];
	bool good = true;

	assert_true(snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql) <
	    (int)sizeof(explain));
	if (sqlite3_prepare_v2(db, explain, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(stmt, 3);

		if (whole_read(detail, sql)) {
			(void)snprintf(bad, 200, "%s", detail);
			good = false;
		}
	}
	(void)sqlite3_finalize(stmt);
	return good;
}

static void
test_plans(void **state)
{
	char bad[200] = "";
	struct fix f;
	sqlite3 *db;

	(void)state;
	fix_init(&f);
	db = observe_open(&f);
	for (size_t i = 0; i < STMT__COUNT; i++)
		if (!plan_is_good(db, stmt_table[i].sql, bad))
			fail_msg("%s: %s", stmt_table[i].name, bad);
	/* the check itself finds what it is for */
	assert_false(plan_is_good(db, "SELECT id FROM copy WHERE attempts = ?1", bad));
	assert_false(plan_is_good(db, "SELECT m.id FROM mail m WHERE reason = ?1", bad));
	assert_true(plan_is_good(db, "SELECT id FROM copy WHERE id = ?1", bad));
	(void)sqlite3_close(db);
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
