/*
 * tests/store/test_schema.c - the schema's steps, from every older version with rows in its tables.
 */
#include "observe.h"

#include "store/db.h"
#include "store/schema.h"

/* Rows that a database of version i + 1 gets, on top of those before: what step i + 1 brought. */
static const char *const rows[] = {
	"INSERT INTO tenant VALUES (1, 'a', 'e1', 2, x'01', x'02', 10), (2, 'b', 'e2', 1, x'03', x'04', 11);"
	"INSERT INTO tenant_version VALUES (1, 1, x'05', 10), (1, 2, x'06', 12), (2, 1, x'07', 11);"
	"INSERT INTO audit VALUES (1, 1, 10, 'refused', '', 0, 0, 0, 0, NULL, x'08'),"
	" (1, 2, 11, 'accepted', 'x', 5, 0, 0, 0, x'09', x'0a');"
	"INSERT INTO audit_head VALUES (1, 2, x'0a', x'0b');"
	"UPDATE counter SET value = 7 WHERE name = 'tenants';",

	"INSERT INTO mail VALUES (5, 1, 10, 0, 1, 0, 'attachment', 0, 0, 0, 1, x'0c', x'0d', 100, NULL),"
	" (6, 2, 10, 3, 0, 0, 'no-attachment', 0, 0, 0, 0, NULL, NULL, 100, NULL);"
	"INSERT INTO copy VALUES (7, 1, 5, 0, 0, 3, 10, 20, 0), (8, 2, 6, 2, 0, 1, 10, 10, -1);"
	"INSERT INTO rcpt VALUES (5, 0, 1, 7, 0, 0, x'0e', x'0f', NULL, 0),"
	" (6, 0, 2, 8, 1, 0, x'10', x'11', x'12', 10);",

	"INSERT INTO repeat_seen VALUES (1, x'13', 10, 5);"
	"INSERT INTO returned VALUES (1, 7, x'14', 10);",

	"INSERT INTO transfer VALUES (9, 1, 5, 0, 10, 99, 0, 1);"
	"INSERT INTO link VALUES (10, 1, 9, 5, 0, x'15');"
	"INSERT INTO code VALUES (11, 1, 10, 0, x'16', 10, 20, 2);"
	"INSERT INTO session VALUES (x'17', 1, 10, 0, 30);",

	"",
};

/* How many rows each table has once all of the above are there; from the statements above, counted by hand. */
static const struct {
	const char *table;
	int64_t since, rows;
} tables[] = {
	{ "counter", 1, 2 },
	{ "tenant", 1, 2 },
	{ "tenant_version", 1, 3 },
	{ "audit", 1, 2 },
	{ "audit_head", 1, 1 },
	{ "mail", 2, 2 },
	{ "copy", 2, 2 },
	{ "rcpt", 2, 2 },
	{ "repeat_seen", 3, 1 },
	{ "returned", 3, 1 },
	{ "transfer", 4, 1 },
	{ "link", 4, 1 },
	{ "code", 4, 1 },
	{ "session", 4, 1 },
};

static void
place(struct fix *f)
{
	memset(f, 0, sizeof(*f));
	tmpdir_make(&f->dir);
	(void)snprintf(f->database, sizeof(f->database), "sqlite:%s/secudoc.db", f->dir.path);
}

static void
check_rows(const struct fix *f, int64_t version)
{
	char sql[200];

	for (size_t i = 0; i < COUNT(tables); i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %s", tables[i].table);
		if (tables[i].since <= version && sql_int(f, sql) != tables[i].rows)
			fail_msg("version %lld: %s has %lld rows", (long long)version,
			    tables[i].table, (long long)sql_int(f, sql));
	}
}

static void
test_from_every_version(void **state)
{
	(void)state;
	assert_int_equal(COUNT(rows), schema_step_count);
	for (int64_t old = 0; old <= (int64_t)schema_step_count; old++) {
		struct db_conn *c = NULL;
		int64_t version;
		struct fix f;

		place(&f);
		assert_ok(db_open(f.database, 0, &c));
		assert_ok(schema_apply(c, old));
		for (int64_t i = 0; i < old; i++)
			assert_ok(db_script(c, rows[i]));
		assert_ok(schema_apply(c, (int64_t)schema_step_count));
		assert_ok(db_schema_version(c, &version));
		assert_int_equal(version, schema_step_count);
		check_rows(&f, old);
		/* and the rest fits in behind */
		for (int64_t i = old; i < (int64_t)schema_step_count; i++)
			assert_ok(db_script(c, rows[i]));
		check_rows(&f, (int64_t)schema_step_count);
		assert_int_equal(
		    sql_int(&f, "SELECT value FROM counter WHERE name = 'tenants'"), 7);
		assert_int_equal(sql_int(&f, "SELECT attempts FROM copy WHERE id = 7"), 3);
		/* once more is nothing */
		assert_ok(schema_apply(c, (int64_t)schema_step_count));
		db_close(&c);
		tmpdir_done(&f.dir);
	}
}

static void
test_newer_is_refused(void **state)
{
	struct db_conn *c = NULL;
	struct store *st = NULL;
	struct store_options o;
	struct fix f;

	(void)state;
	fix_init(&f);
	fix_close(&f);
	assert_ok(db_open(f.database, 0, &c));
	assert_ok(db_set_schema_version(c, (int64_t)schema_step_count + 1));
	db_close(&c);
	o = fix_options(&f, STORE_RECEIVE);
	assert_err(store_open(&o, &st), ERR_DENIED, "this program knows");
	fix_done(&f);
}

static void
test_failing_step_leaves_nothing(void **state)
{
	struct db_conn *c = NULL;
	int64_t version;
	struct fix f;

	(void)state;
	place(&f);
	assert_ok(db_open(f.database, 0, &c));
	assert_ok(schema_apply(c, 1));
	/* in the way of step 2's second table */
	assert_ok(db_script(c, "CREATE TABLE copy (x BIGINT)"));
	assert_int_equal(schema_apply(c, (int64_t)schema_step_count), ERR_TEMP);
	assert_ok(db_schema_version(c, &version));
	assert_int_equal(version, 1);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'mail'"), 0);
	db_close(&c);
	tmpdir_done(&f.dir);
}

static void
test_odd_databases(void **state)
{
	static const struct {
		const char *url;
		enum err want;
	} cases[] = {
		{ "mysql:x", ERR_SYNTAX },
		{ "", ERR_SYNTAX },
		{ "/var/lib/x.db", ERR_SYNTAX },
		{ "sqlite:/nonexistent-folder/x.db", ERR_NOT_FOUND },
	};
	struct db_conn *c = NULL;
	struct fix f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (db_open(cases[i].url, 0, &c) != cases[i].want)
			fail_msg("%s", cases[i].url);
	/* a file that is no database */
	place(&f);
	tmpdir_write(&f.dir, "secudoc.db",
	    SPAN("this is a letter to my aunt, and a long one, about the weather"
		 "in which nothing happens for more than a hundred bytes or so..."));
	assert_int_equal(db_open(f.database, 0, &c), ERR_TEMP);
	tmpdir_done(&f.dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_every_version),
		cmocka_unit_test(test_newer_is_refused),
		cmocka_unit_test(test_failing_step_leaves_nothing),
		cmocka_unit_test(test_odd_databases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
