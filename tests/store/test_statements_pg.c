/*
 * tests/store/test_statements_pg.c - schema and every statement, PREPAREd by a private PostgreSQL.
 *
 * A cluster of its own in a temporary folder, reached by a Unix socket only, run by an unprivileged user
 * (PostgreSQL refuses root). Skipped, and saying so, where initdb is not installed.
 */
#include "store/schema.h"
#include "store/stmt.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_MAX 4000

struct pg {
	struct tmpdir dir;
	char bin[256]; /* folder of initdb */
	char as[64];   /* "runuser -u NAME -- ", or nothing */
	bool running;
};

static bool
find_initdb(struct pg *pg)
{
	glob_t g;
	bool found = false;

	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0 && g.gl_pathc > 0) {
		(void)snprintf(pg->bin, sizeof(pg->bin), "%s", g.gl_pathv[g.gl_pathc - 1]);
		*strrchr(pg->bin, '/') = '\0';
		found = true;
	}
	globfree(&g);
	return found;
}

static int
run(struct pg *pg, const char *what, const char *more)
{
	char command[COMMAND_MAX];

	assert_true(snprintf(command, sizeof(command), "cd / && %s%s/%s %s >>%s/log 2>&1", pg->as,
			pg->bin, what, more, pg->dir.path) < COMMAND_MAX);
	return system(command);
}

static void
show_log(const struct pg *pg)
{
	char command[COMMAND_MAX];

	(void)snprintf(command, sizeof(command), "tail -n 20 %s/log >&2", pg->dir.path);
	if (system(command) != 0)
		print_message("no log\n");
}

static void
become(struct pg *pg)
{
	const struct passwd *who;

	if (getuid() != 0)
		return;
	who = getpwnam("postgres");
	if (who == NULL)
		who = getpwnam("nobody");
	assert_non_null(who);
	(void)snprintf(pg->as, sizeof(pg->as), "runuser -u %s -- ", who->pw_name);
	assert_int_equal(chown(pg->dir.path, who->pw_uid, who->pw_gid), 0);
}

static void
start(struct pg *pg)
{
	char more[1500];

	(void)snprintf(more, sizeof(more),
	    "-D %s/data -U secudoc --auth=trust --no-sync -E UTF8 --locale=C", pg->dir.path);
	if (run(pg, "initdb", more) != 0) {
		show_log(pg);
		fail_msg("initdb");
	}
	(void)snprintf(more, sizeof(more),
	    "-D %s/data -w -t 120 -l %s/server.log -o \"-F -c listen_addresses='' -c unix_socket_directories=%s\""
	    " start",
	    pg->dir.path, pg->dir.path, pg->dir.path);
	if (run(pg, "pg_ctl", more) != 0) {
		show_log(pg);
		fail_msg("pg_ctl start");
	}
	pg->running = true;
}

static void
stop(struct pg *pg)
{
	char more[600];

	if (!pg->running)
		return;
	(void)snprintf(more, sizeof(more), "-D %s/data -m immediate -w stop", pg->dir.path);
	assert_int_equal(run(pg, "pg_ctl", more), 0);
	pg->running = false;
}

/* psql() - run a file; true when all of it was taken. */
static bool
psql(struct pg *pg, struct span sql)
{
	char more[900], path[2 * TMPDIR_PATH_MAX];

	tmpdir_write(&pg->dir, "in.sql", sql);
	assert_int_equal(chmod(tmpdir_join(&pg->dir, "in.sql", path), 0644), 0);
	(void)snprintf(more, sizeof(more),
	    "-X -q -v ON_ERROR_STOP=1 -h %s -U secudoc -d postgres -f %s", pg->dir.path, path);
	return run(pg, "psql", more) == 0;
}

/* ?1 in our dialect is $1 there. */
static void
put_translated(struct buf *out, const char *sql)
{
	for (const char *c = sql; *c != '\0'; c++)
		assert_ok(buf_put_byte(out, (uint8_t)(*c == '?' ? '$' : *c)));
}

static void
put_schema(struct buf *out)
{
	assert_ok(buf_put_str(out, "CREATE DOMAIN BLOB AS BYTEA;\n"));
	for (size_t i = 0; i < schema_step_count; i++) {
		assert_ok(buf_put_str(out, schema_steps[i]));
		assert_ok(buf_put_str(out, "\n"));
	}
}

static void
put_statement(struct buf *out, const struct stmt_row *s)
{
	assert_ok(buf_printf(out, "PREPARE stmt_%s AS ", s->name));
	put_translated(out, s->sql);
	assert_ok(buf_put_str(out, ";\n"));
}

/* A parameter taken for four bytes would refuse our ids when they come. */
#define NO_FOUR_BYTES                                                                        \
	"DO $check$ DECLARE bad TEXT; BEGIN SELECT string_agg(name, ' ') INTO bad FROM"      \
	" pg_prepared_statements WHERE 'integer' = ANY(parameter_types::TEXT[]);"            \
	" IF bad IS NOT NULL THEN RAISE EXCEPTION 'four-byte parameters in %', bad; END IF;" \
	" END $check$;\n"

static void
check_statements(struct pg *pg)
{
	struct buf sql;

	buf_init(&sql, 1u << 20);
	put_schema(&sql);
	if (!psql(pg, buf_span(&sql))) {
		show_log(pg);
		fail_msg("the schema was refused");
	}
	buf_clear(&sql);
	for (size_t i = 0; i < STMT__COUNT; i++)
		put_statement(&sql, &stmt_table[i]);
	assert_ok(buf_put_str(&sql, NO_FOUR_BYTES));
	if (!psql(pg, buf_span(&sql))) {
		show_log(pg);
		fail_msg("a statement was refused");
	}
	buf_done(&sql);
}

/* What works in SQLite alone, or nowhere, must not get through. */
static void
check_bad_statements(struct pg *pg)
{
	static const char *const bad[] = {
		"PREPARE bad AS SELECT nonsense FROM mail WHERE id = $1;",
		"PREPARE bad AS INSERT OR REPLACE INTO counter (name, value) VALUES ($1, $2);",
		"PREPARE bad AS SELECT id FROM mail LIMIT $1, $2;",
		"PREPARE bad AS SELECT no FROM rcpt WHERE mail_id = $1 AND state = \"pending\";",
		"PREPARE bad AS SELECT id FROM mail WHERE $1 = 0;" NO_FOUR_BYTES,
	};

	for (size_t i = 0; i < COUNT(bad); i++)
		if (psql(pg, span_str(bad[i])))
			fail_msg("this was taken: %s", bad[i]);
}

static void
test_all(void **state)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	(void)state;
	assert_non_null(pg);
	if (!find_initdb(pg)) {
		print_message("SKIPPED: initdb is not installed (Debian package postgresql)\n");
		free(pg);
		skip();
	}
	/* a short name: a socket's is bounded */
	(void)setenv("TMPDIR", "/tmp", 1);
	tmpdir_make(&pg->dir);
	become(pg);
	start(pg);
	check_statements(pg);
	check_bad_statements(pg);
	stop(pg);
	tmpdir_done(&pg->dir);
	free(pg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
