#include "cli/cli.h"
#include "cli/commands.h"

#include "core/config.h"

#include "support/certs.h"
#include "support/tmpdir.h"
#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct tmpdir dir;
static struct buf said;

/* run() - a subcommand with its standard output and errors in said. */
static int
run(int (*command)(int, char **), int argc, char **argv)
{
	char path[2 * TMPDIR_PATH_MAX];
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	int fd =
	    open(tmpdir_join(&dir, "said", path), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(out >= 0 && err >= 0 && fd >= 0);
	fflush(stdout);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	int code = command(argc, argv);
	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
	close(out);
	close(err);
	close(fd);
	buf_clear(&said);
	tmpdir_read(&dir, "said", &said);
	return code;
}

static int
check(void)
{
	char path[2 * TMPDIR_PATH_MAX], name[] = "check", option[] = "--config";
	char *argv[] = { name, option, tmpdir_join(&dir, "secudoc.conf", path), NULL };

	return run(cmd_check, 3, argv);
}

static void
assert_said(const char *part)
{
	if (strstr(buf_cstr(&said), part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, buf_cstr(&said));
}

/* Everything that a configuration names, made anew for each test, which then breaks one thing. */
static int
setup(void **state)
{
	(void)state;
	buf_init(&said, 1 << 20);
	tmpdir_make(&dir);
	struct cert *ca = cert_make(&(struct cert_spec){ .name = "Test CA", .ca = true });
	struct cert *server = cert_make(&(struct cert_spec){ .issuer = ca,
	    .name = "mx.example.net",
	    .dns = { "mx.example.net" },
	    .usage = CERT_SERVER });
	struct cert *other =
	    cert_make(&(struct cert_spec){ .issuer = ca, .name = "other.example.net" });
	cert_save_ca(ca, &dir, "ca");
	cert_save(server, &dir, "mx");
	cert_save(other, &dir, "other");
	cert_free(&other);
	cert_free(&server);
	cert_free(&ca);
	tmpdir_mkdir(&dir, "keys");
	tmpdir_mkdir(&dir, "run");
	tmpdir_write(&dir, "keys/master.key", SPAN("00"));
	tmpdir_write(&dir, "keys/auth.key", SPAN("00"));
	char path[2 * TMPDIR_PATH_MAX];
	assert_int_equal(chmod(tmpdir_join(&dir, "keys/master.key", path), 0600), 0);
	assert_int_equal(chmod(tmpdir_join(&dir, "keys/auth.key", path), 0600), 0);
	tmpdir_write(&dir, "secudoc.conf",
	    SPAN(
		"store { database = \"sqlite:secudoc.db\"\n containers_dir = containers\n keys_dir = keys\n"
		" run_dir = run }\n"
		"smtp { hostname = mx.example.net cert = mx.pem key = mx.key client_ca = ca.pem }\n"
		"web { cert = mx.pem key = mx.key }\ndeliver { ca = ca.pem }\n"));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tmpdir_done(&dir);
	buf_done(&said);
	return 0;
}

static void
all_well(void **state)
{
	(void)state;
	assert_int_equal(check(), CLI_OK);
	assert_said("ok     smtp.cert, smtp.key, smtp.client_ca\n");
	assert_said("ok     web.cert, web.key\n");
	assert_said("ok     store.keys_dir: auth.key\n");
	assert_null(strstr(buf_cstr(&said), "WRONG"));
}

static void
replace(const char *name, const char *with)
{
	char from[2 * TMPDIR_PATH_MAX], to[2 * TMPDIR_PATH_MAX];

	assert_int_equal(rename(tmpdir_join(&dir, with, from), tmpdir_join(&dir, name, to)), 0);
}

static void
key_of_another(void **state)
{
	(void)state;
	replace("mx.key", "other.key");
	assert_int_equal(check(), CLI_FAILED);
	assert_said("WRONG  smtp.cert, smtp.key, smtp.client_ca: ");
	assert_said("WRONG  web.cert, web.key: ");
	assert_said("mx.key");
	assert_said("ok     deliver.ca\n");
}

static void
no_certificate(void **state)
{
	(void)state;
	tmpdir_write(&dir, "mx.pem", SPAN("no certificate\n"));
	tmpdir_write(&dir, "ca.pem", SPAN(""));
	assert_int_equal(check(), CLI_FAILED);
	assert_said("WRONG  smtp.cert, smtp.key, smtp.client_ca: ");
	assert_said("WRONG  deliver.ca: ");
}

static void
missing_files(void **state)
{
	char path[2 * TMPDIR_PATH_MAX];

	(void)state;
	assert_int_equal(unlink(tmpdir_join(&dir, "mx.key", path)), 0);
	assert_int_equal(unlink(tmpdir_join(&dir, "keys/master.key", path)), 0);
	assert_int_equal(check(), CLI_FAILED);
	assert_said("mx.key");
	assert_said("WRONG  store.keys_dir: master.key: ");
	assert_said("\"secudoc keys init\" makes it");
	assert_said("ok     store.keys_dir: auth.key\n");
}

static void
open_key(void **state)
{
	char path[2 * TMPDIR_PATH_MAX];

	(void)state;
	assert_int_equal(chmod(tmpdir_join(&dir, "keys/auth.key", path), 0640), 0);
	assert_int_equal(check(), CLI_FAILED);
	assert_said("WRONG  store.keys_dir: auth.key: ");
	assert_said("may be read by others");
}

static void
folders(void **state)
{
	(void)state;
	tmpdir_write(&dir, "secudoc.conf",
	    SPAN(
		"store { database = \"sqlite:none/secudoc.db\"\n containers_dir = none/containers\n keys_dir = keys\n"
		" run_dir = mx.pem }\n"
		"smtp { hostname = mx.example.net cert = mx.pem key = mx.key client_ca = ca.pem }\n"
		"web { behind_proxy = true }\ndeliver { ca = ca.pem }\nserve { user = \"no such user\" }\n"));
	assert_int_equal(check(), CLI_FAILED);
	/* a folder is made, its parents are not */
	assert_said("ok     store.database\n");
	assert_said("WRONG  store.containers_dir: ");
	assert_said("WRONG  store.run_dir: ");
	assert_said("is not a folder");
	assert_said("WRONG  serve.user: there is no user no such user");
}

static void
bad_file(void **state)
{
	(void)state;
	tmpdir_write(&dir, "secudoc.conf", SPAN("smtp {\n\thostnam = x\n}\n"));
	assert_int_equal(check(), CLI_FAILED);
	assert_said("secudoc.conf:2: no such option 'hostnam'");
}

static void
defaults(void **state)
{
	char name[] = "config", option[] = "--defaults", markdown[] = "--markdown";
	char *argv[] = { name, option, NULL }, *both[] = { name, option, markdown, NULL },
	     *none[] = { name, NULL };

	(void)state;
	assert_int_equal(run(cmd_config, 2, argv), CLI_OK);
	assert_said("\t#max_size = \"150 MiB\"\n");
	assert_said("\thostname = \"\"\n");
	argv[1] = markdown;
	assert_int_equal(run(cmd_config, 2, argv), CLI_OK);
	for (size_t i = 0; i < config_table_count; i++)
		assert_said(config_table[i].name);
	assert_int_equal(run(cmd_config, 3, both), CLI_USAGE);
	assert_int_equal(run(cmd_config, 1, none), CLI_USAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(all_well), TEST(key_of_another),
		TEST(no_certificate), TEST(missing_files), TEST(open_key), TEST(folders),
		TEST(bad_file), TEST(defaults) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
