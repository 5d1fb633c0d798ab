/*
 * secudoc check [--config FILE] [--tenants]
 *
 * Reads the configuration and tries what it names: certificates and keys are read and held against each
 * other, folders must be there and writable. With --tenants the store is opened too and every tenant's
 * certificate is tried: it has the tenant's name, and its end is not near. Nothing is changed, except that opening the store brings its schema up to date.
 *
 * Root may read everything, the roles may not when serve.user is set: then the files are also tried as that
 * user, by a child that becomes it.
 */
#include "cli/certificate.h"
#include "cli/cli.h"
#include "cli/commands.h"

#include "core/clock.h"
#include "core/tenant.h"
#include "net/tls.h"
#include "store/store.h"
#include "store/tenant.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES   8192u
#define TENANT_BYTES (4u << 20)
#define GROUPS_MAX   256
#define READ         R_OK
#define MAKE         (W_OK | X_OK) /* of a folder, or of the one above when it will be made */

struct check {
	const struct config *config;
	unsigned wrong;
};

static void
print_note(const char *word, const char *what)
{
	printf("%-6s %s: ", word, what);
	cli_print(stdout, span_str(err_note()));
	printf("\n");
}

/* One line an answer: "ok     WHAT" or "WRONG  WHAT: why"; "warn   WHAT: why" is what will be wrong. */
static void
report(struct check *c, const char *what, enum err err)
{
	if (err == ERR_OK) {
		printf("ok     %s\n", what);
		return;
	}
	c->wrong++;
	print_note("WRONG", what);
}

static enum err
server_certificate(const char *cert, const char *key, const char *client_ca)
{
	struct tls_ctx *ctx = NULL;
	enum err err;

	err = tls_server_new(&(struct tls_server_opts){ cert, key, client_ca }, &ctx);
	tls_ctx_free(&ctx);
	return err;
}

static enum err
client_certificate(const char *ca, const char *cert, const char *key)
{
	struct tls_ctx *ctx = NULL;
	enum err err;

	err = tls_client_new(&(struct tls_client_opts){ ca, cert, key }, &ctx);
	tls_ctx_free(&ctx);
	return err;
}

/* --- as serve.user --- */

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int group_count;
};

/* user_find() - who serve.user is; false: there is none, or it makes no difference now. */
static bool
user_find(const struct config *f, struct user *ret)
{
	const struct passwd *entry;

	if (f->user[0] == '\0' || geteuid() != 0)
		return false;
	entry = getpwnam(f->user);
	if (entry == NULL)
		return false;
	*ret = (struct user){ entry->pw_uid, entry->pw_gid, { 0 }, GROUPS_MAX };
	return getgrouplist(f->user, entry->pw_gid, ret->groups, &ret->group_count) >= 0;
}

static void
parent_of(const char *path, char ret[PATH_BYTES])
{
	char *slash;

	snprintf(ret, PATH_BYTES, "%s", path);
	slash = strrchr(ret, '/');
	if (slash == ret)
		slash++;
	if (slash != NULL)
		*slash = '\0';
}

/* user_try() - in a child, which is gone with it: system calls only. 0, or errno. */
static int
user_try(const struct user *u, const char *path, const char *parent, int mode)
{
	if (setgroups((size_t)u->group_count, u->groups) != 0 || setgid(u->gid) != 0 ||
	    setuid(u->uid) != 0)
		return errno;
	if (access(path, mode) == 0)
		return 0;
	if (errno == ENOENT && mode == MAKE && access(parent, mode) == 0)
		return 0;
	return errno;
}

/* as_user() - may serve.user use path in this way? */
static enum err
as_user(const struct config *f, const struct user *u, const char *path, int mode)
{
	char parent[PATH_BYTES];
	int status;
	pid_t child;

	parent_of(path, parent);
	child = fork();
	if (child == 0)
		_exit(user_try(u, path, parent, mode));
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return err_set(ERR_TEMP, "no child to try %s: %s", path, strerror(errno));
	if (WEXITSTATUS(status) == 0)
		return ERR_OK;
	return err_set(ERR_DENIED, "user %s may not %s %s: %s", f->user,
	    mode == READ ? "read" : "write", path, strerror(WEXITSTATUS(status)));
}

static void
check_as_user(struct check *c)
{
	const struct config *f = c->config;
	const char *database = strchr(f->database, ':') + 1;
	char auth[PATH_BYTES], master[PATH_BYTES], erased[PATH_BYTES], database_dir[PATH_BYTES];
	struct user u;

	if (!user_find(f, &u))
		return;
	snprintf(auth, sizeof(auth), "%s/auth.key", f->keys_dir);
	snprintf(master, sizeof(master), "%s/master.key", f->keys_dir);
	snprintf(erased, sizeof(erased), "%s/erased", f->keys_dir);
	parent_of(database, database_dir);
	bool there = access(database, F_OK) == 0;
	const struct {
		const char *what, *path;
		int mode;
	} rows[] = {
		{ "smtp.cert", f->smtp_cert, READ },
		{ "smtp.key", f->smtp_key, READ },
		{ "smtp.client_ca", f->smtp_client_ca, READ },
		{ "web.cert", f->web_cert, READ },
		{ "web.key", f->web_key, READ },
		{ "deliver.ca", f->deliver_ca, READ },
		{ "store.keys_dir: auth.key", auth, READ },
		{ "store.keys_dir: master.key", master, READ },
		{ "store.keys_dir: erased", erased, R_OK | W_OK },
		{ "store.keys_dir", f->keys_dir, MAKE },
		{ "store.database", there ? database : database_dir, there ? R_OK | W_OK : MAKE },
		{ "store.database: its folder", database_dir, MAKE },
		{ "store.containers_dir", f->containers_dir, MAKE },
		{ "store.run_dir", f->run_dir, MAKE },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char what[128];

		if (rows[i].path[0] == '\0')
			continue;
		snprintf(what, sizeof(what), "serve.user: %s", rows[i].what);
		report(c, what, as_user(f, &u, rows[i].path, rows[i].mode));
	}
}

static void
check_certificates(struct check *c)
{
	const struct config *f = c->config;

	report(c, "smtp.cert, smtp.key, smtp.client_ca",
	    server_certificate(f->smtp_cert, f->smtp_key, f->smtp_client_ca));
	if (f->web_cert[0] != '\0')
		report(c, "web.cert, web.key", server_certificate(f->web_cert, f->web_key, NULL));
	report(c, "deliver.ca", client_certificate(f->deliver_ca, NULL, NULL));
}

/* A key that others may read is no key. */
static enum err
key_file(const char *dir, const char *name)
{
	struct stat st;
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (stat(path, &st) != 0 && errno == ENOENT)
		return err_set(
		    ERR_NOT_FOUND, "%s is not there: \"secudoc keys init\" makes it", path);
	if (access(path, R_OK) != 0)
		return err_set(ERR_DENIED, "%s: %s", path, strerror(errno));
	if ((st.st_mode & 077) != 0)
		return err_set(ERR_DENIED, "%s may be read by others than its owner", path);
	return ERR_OK;
}

/* folder() - there and writable, or its parent is, in which case it will be made. */
static enum err
folder(const char *path)
{
	struct stat st;
	char parent[PATH_BYTES];

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_set(ERR_SYNTAX, "%s is not a folder", path);
	if (access(path, W_OK | X_OK) == 0)
		return ERR_OK;
	if (errno != ENOENT)
		return err_set(ERR_DENIED, "%s: %s", path, strerror(errno));
	snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	if (slash == NULL || slash == parent)
		return err_set(ERR_NOT_FOUND, "%s is not there", path);
	*slash = '\0';
	if (access(parent, W_OK | X_OK) != 0)
		return err_set(
		    ERR_NOT_FOUND, "%s is not there and cannot be made: %s", path, strerror(errno));
	return ERR_OK;
}

static enum err
database(const char *name)
{
	char path[PATH_BYTES];

	/* "sqlite:/path/file.db": the folder must be writable, SQLite makes files beside the database */
	snprintf(path, sizeof(path), "%s", strchr(name, ':') + 1);
	char *slash = strrchr(path, '/');
	if (access(path, F_OK) == 0 && access(path, R_OK | W_OK) != 0)
		return err_set(ERR_DENIED, "%s: %s", path, strerror(errno));
	if (slash == path)
		return folder("/");
	*slash = '\0';
	return folder(path);
}

static enum err
system_user(const char *name)
{
	errno = 0;
	if (name[0] == '\0' || getpwnam(name) != NULL)
		return ERR_OK;
	return err_set(ERR_NOT_FOUND, "there is no user %s", name);
}

static void
check_files(struct check *c)
{
	const struct config *f = c->config;

	report(c, "store.database", database(f->database));
	report(c, "store.containers_dir", folder(f->containers_dir));
	report(c, "store.run_dir", folder(f->run_dir));
	report(c, "store.keys_dir: master.key", key_file(f->keys_dir, "master.key"));
	report(c, "store.keys_dir: auth.key", key_file(f->keys_dir, "auth.key"));
	report(c, "serve.user", system_user(f->user));
}

/* An end that is near is no failure yet: mail still goes. */
static void
check_end(struct check *c, const char *what, const char *path)
{
	bool soon;
	enum err err = certificate_lasts(path, clock_now_ms(), &soon);

	if (err == ERR_DENIED && soon)
		print_note("warn", what);
	else
		report(c, what, err);
}

static enum err
check_tenant(struct check *c, struct store *st, const char *name)
{
	const struct tenant *t = NULL;
	char what[128];
	struct user u;

	TRY(store_tenant_by_name(st, name, &t));
	snprintf(what, sizeof(what), "tenant %s: settings", name);
	report(c, what, tenant_check(t));
	snprintf(what, sizeof(what), "tenant %s: client_cert, client_key", name);
	report(c, what, client_certificate(c->config->deliver_ca, t->client_cert, t->client_key));
	snprintf(what, sizeof(what), "tenant %s: client_cert has not ended", name);
	check_end(c, what, t->client_cert);
	if (t->linked_domain[0] != '\0') {
		snprintf(what, sizeof(what), "tenant %s: linked_domain is in client_cert", name);
		report(c, what, certificate_names(t->client_cert, t->linked_domain));
	}
	if (user_find(c->config, &u)) {
		snprintf(what, sizeof(what), "serve.user: tenant %s: client_cert", name);
		report(c, what, as_user(c->config, &u, t->client_cert, READ));
		snprintf(what, sizeof(what), "serve.user: tenant %s: client_key", name);
		report(c, what, as_user(c->config, &u, t->client_key, READ));
	}
	store_tenant_release(st, &t);
	return ERR_OK;
}

static enum err
check_tenants(struct check *c)
{
	CLEANUP(store_close) struct store *st = NULL;
	CLEANUP(arena_done) struct arena arena;
	struct store_options options = store_options_of(c->config, STORE_ADMIN);
	struct store_tenant_row *rows = NULL;
	size_t count = 0;

	arena_init(&arena, TENANT_BYTES);
	TRY(store_open(&options, &st));
	TRY(store_tenant_list(st, &arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		TRY(check_tenant(c, st, rows[i].name));
	return ERR_OK;
}

static int
usage(FILE *out, int code)
{
	fputs(
	    "usage: secudoc check [--config FILE] [--tenants]\n"
	    "\n"
	    "Tries what the configuration names: certificates, keys, folders. --tenants: also the\n"
	    "store, each tenant's settings, and its certificate: key, name, end. A line each: ok,\n"
	    "WRONG, or warn for what still works but will not for long.\n"
	    "\n"
	    "exit status: 0 nothing is wrong, 1 something is, 2 wrongly called\n",
	    out);
	return code;
}

int
cmd_check(int argc, char **argv)
{
	CLEANUP(config_free) struct config *config = NULL;
	struct cli_option options[] = {
		{ .name = "config" },
		{ .name = "tenants", .flag = true },
		{ .name = "help", .flag = true },
	};
	int operands = 0;

	if (cli_options(argc, argv, options, 3, &operands, argv + 1) != CLI_OK)
		return CLI_USAGE;
	if (options[2].given)
		return usage(stdout, CLI_OK);
	if (operands > 0)
		return usage(stderr, CLI_USAGE);
	config = cli_config(&options[0]);
	if (config == NULL)
		return CLI_FAILED;
	struct check c = { config, 0 };
	report(&c, cli_config_path(&options[0]), ERR_OK);
	check_certificates(&c);
	check_files(&c);
	check_as_user(&c);
	enum err err = options[1].given ? check_tenants(&c) : ERR_OK;
	if (err != ERR_OK)
		report(&c, "tenants", err);
	return c.wrong == 0 ? CLI_OK : CLI_FAILED;
}
