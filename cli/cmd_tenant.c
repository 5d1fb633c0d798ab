/*
 * secudoc tenant add NAME key=value ...	a new tenant with keys of its own
 * secudoc tenant set NAME key=value ...	the next version of its settings
 * secudoc tenant show NAME [--reveal] [--json]
 * secudoc tenant list [--json]
 *
 * A key is a row of core/tenant.h's table. Lists take several values: "domains=a.nl,b.nl", or the key several
 * times. "key=" empties a list and sets a text to nothing. A certificate or key that cannot be read is stored all
 * the same, because it may come later, and said on stderr.
 */
#include "cli/admin.h"
#include "cli/commands.h"

#include "store/tenant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUES_MAX 6000u
#define SHOW_BYTES (4u << 20)

static int
usage(void)
{
	fprintf(stderr,
	    "usage: secudoc tenant add|set NAME KEY=VALUE ... [--config FILE]\n"
	    "       secudoc tenant show NAME [--reveal] [--json]\n"
	    "       secudoc tenant list [--json]\n\nsettings:\n");
	for (size_t i = 0; i < tenant_table_count; i++)
		fprintf(stderr, "  %-20s %s\n", tenant_table[i].name, tenant_table[i].help);
	return CLI_USAGE;
}

/* --- key=value --- */

static bool
is_list(enum setting_type type)
{
	return type == SETTING_LIST || type == SETTING_ENDPOINTS || type == SETTING_DOMAINS ||
	    type == SETTING_PATTERNS;
}

static const struct setting *
setting_of(const char *word, const char **ret_value)
{
	const char *eq = strchr(word, '=');

	if (eq == NULL)
		return NULL;
	*ret_value = eq + 1;
	return setting_find(tenant_table, tenant_table_count, span_of(word, (size_t)(eq - word)));
}

struct values {
	const char *items[VALUES_MAX];
	size_t count;
};

/* add_values() - one for a plain setting, those between commas for a list. */
static enum err
add_values(struct values *v, const struct setting *s, const char *text, struct arena *a)
{
	struct span rest = span_str(text), item;

	while (is_list(s->type) && rest.len > 0) {
		if (!span_take_until(&rest, ',', &item)) {
			item = rest;
			rest = SPAN_NONE;
		}
		(void)span_take_byte(&rest, ',');
		item = span_trim(item);
		if (item.len == 0)
			continue;
		if (v->count == VALUES_MAX)
			return err_set(ERR_LIMIT, "%s: more than %u values", s->name, VALUES_MAX);
		v->items[v->count] = arena_strdup(a, item);
		if (v->items[v->count++] == NULL)
			return err_set(ERR_TEMP, "no memory for %s", s->name);
	}
	if (is_list(s->type))
		return ERR_OK;
	if (v->count == 1)
		return err_set(ERR_SYNTAX, "%s is given twice", s->name);
	v->items[v->count++] = text;
	return ERR_OK;
}

/* assign_setting() - all words of one key together. */
static enum err
assign_setting(struct tenant *t, const struct setting *s, int argc, char **argv, const char *dir)
{
	struct values *v = calloc(1, sizeof(*v));
	const char *value;
	enum err err = ERR_OK;

	if (v == NULL)
		return err_set(ERR_TEMP, "no memory for %s", s->name);
	for (int i = 0; i < argc && err == ERR_OK; i++)
		if (setting_of(argv[i], &value) == s)
			err = add_values(v, s, value, &t->arena);
	if (err == ERR_OK)
		err = setting_assign(s, t, v->items, v->count, dir, &t->arena);
	free(v);
	return err;
}

static bool
first_of_its_key(int i, char **argv)
{
	const char *value;
	const struct setting *s = setting_of(argv[i], &value);

	for (int k = 0; k < i; k++)
		if (setting_of(argv[k], &value) == s)
			return false;
	return true;
}

static enum err
assign_all(struct tenant *t, int argc, char **argv)
{
	char dir[4096];
	const char *value;

	if (getcwd(dir, sizeof(dir)) == NULL)
		return err_set(ERR_TEMP, "current folder is not known");
	for (int i = 0; i < argc; i++) {
		const struct setting *s = setting_of(argv[i], &value);

		if (s == NULL)
			return err_set(ERR_SYNTAX, "\"%s\" is no KEY=VALUE of a tenant", argv[i]);
		if (first_of_its_key(i, argv))
			TRY(assign_setting(t, s, argc, argv, dir));
	}
	return ERR_OK;
}

/* --- add, set --- */

static void
warn_unreadable(const char *setting, const char *path)
{
	int why;

	if (path[0] == '\0' || access(path, R_OK) == 0)
		return;
	why = errno;
	fprintf(stderr, "secudoc tenant: %s ", setting);
	cli_print(stderr, span_str(path));
	fprintf(stderr, " cannot be read: %s; stored all the same\n", strerror(why));
}

static void
warn_of_files(const struct tenant *t)
{
	warn_unreadable("client_cert", t->client_cert);
	warn_unreadable("client_key", t->client_key);
}

static enum err
add(struct admin *a, const char *name, int argc, char **argv)
{
	struct tenant *t = NULL;
	int64_t id;
	enum err err;

	TRY(tenant_new(name, &t));
	err = assign_all(t, argc, argv);
	if (err == ERR_OK)
		err = store_tenant_add(a->store, t, &id);
	if (err == ERR_OK)
		printf("tenant %s added, id %lld\n"
		       "Its secrets for the mail flow rule: secudoc tenant show %s --reveal\n",
		    name, (long long)id, name);
	if (err == ERR_OK)
		warn_of_files(t);
	tenant_free(&t);
	return err;
}

static enum err
set(struct admin *a, const char *name, int argc, char **argv)
{
	const struct tenant *now;
	struct tenant *t = NULL;
	int64_t version;
	enum err err;

	TRY(store_tenant_by_name(a->store, name, &now));
	err = admin_tenant_copy(now, &t);
	store_tenant_release(a->store, &now);
	if (err == ERR_OK)
		err = assign_all(t, argc, argv);
	if (err == ERR_OK)
		err = store_tenant_set(a->store, t, &version);
	if (err == ERR_OK)
		printf("tenant %s is at version %lld\n", name, (long long)version);
	if (err == ERR_OK)
		warn_of_files(t);
	tenant_free(&t);
	return err;
}

/* --- show, list --- */

static enum err
show_text(const struct tenant *t, bool reveal)
{
	CLEANUP(buf_done_secret) struct buf value = { 0 };

	buf_init(&value, SHOW_BYTES);
	printf("%-20s %lld\n%-20s %s\n%-20s %lld\n", "id", (long long)t->id, "name", t->name,
	    "version", (long long)t->version);
	for (size_t i = 0; i < tenant_table_count; i++) {
		buf_clear(&value);
		TRY(setting_format(&tenant_table[i], t, reveal, &value));
		printf("%-20s ", tenant_table[i].name);
		cli_print(stdout, buf_span(&value));
		printf("\n");
	}
	return ERR_OK;
}

static enum err
show_json(struct admin *a, const struct tenant *t, bool reveal)
{
	CLEANUP(buf_done_secret) struct buf out = { 0 };
	CLEANUP(buf_done_secret) struct buf value = { 0 };
	struct json_writer w;

	buf_init(&out, SHOW_BYTES);
	buf_init(&value, SHOW_BYTES);
	json_begin(&w, &out);
	json_object(&w, NULL);
	admin_json_id(&w, "id", t->id);
	json_put_str(&w, "name", span_str(t->name));
	json_put_i64(&w, "version", t->version);
	json_object(&w, "settings");
	for (size_t i = 0; i < tenant_table_count; i++) {
		buf_clear(&value);
		TRY(setting_format(&tenant_table[i], t, reveal, &value));
		json_put_str(&w, tenant_table[i].name, buf_span(&value));
	}
	json_end(&w, '}');
	json_end(&w, '}');
	return admin_json_print(a, &w) == CLI_OK ? ERR_OK : ERR_LIMIT;
}

static enum err
show(struct admin *a, const char *name, bool reveal, bool json)
{
	const struct tenant *t;
	enum err err;

	TRY(store_tenant_by_name(a->store, name, &t));
	err = json ? show_json(a, t, reveal) : show_text(t, reveal);
	store_tenant_release(a->store, &t);
	return err;
}

static void
list_json_row(struct json_writer *w, const struct store_tenant_row *r)
{
	json_object(w, NULL);
	admin_json_id(w, "id", r->id);
	json_put_str(w, "name", span_str(r->name));
	json_put_str(w, "entra_id", span_str(r->entra_id));
	json_put_i64(w, "version", r->version);
	admin_json_time(w, "created", r->created_ms);
	admin_json_time(w, "changed", r->changed_ms);
	json_end(w, '}');
}

static enum err
list_print(struct admin *a, const struct store_tenant_row *rows, size_t count, bool json)
{
	CLEANUP(buf_done) struct buf out = { 0 };
	char changed[CLI_TEXT_SIZE];
	struct json_writer w;

	if (!json) {
		printf("%-20s %-36s %7s  %s\n", "NAME", "ENTRA ID", "VERSION", "CHANGED");
		for (size_t i = 0; i < count; i++)
			printf("%-20s %-36s %7lld  %s\n", rows[i].name, rows[i].entra_id,
			    (long long)rows[i].version, cli_time(rows[i].changed_ms, changed));
		return ERR_OK;
	}
	buf_init(&out, SHOW_BYTES);
	json_begin(&w, &out);
	json_array(&w, NULL);
	for (size_t i = 0; i < count; i++)
		list_json_row(&w, &rows[i]);
	json_end(&w, ']');
	return admin_json_print(a, &w) == CLI_OK ? ERR_OK : ERR_LIMIT;
}

static enum err
list(struct admin *a, bool json)
{
	CLEANUP(arena_done) struct arena arena;
	struct store_tenant_row *rows;
	size_t count;

	arena_init(&arena, 16u << 20);
	TRY(store_tenant_list(a->store, &arena, &rows, &count));
	return list_print(a, rows, count, json);
}

enum { OPT_CONFIG, OPT_REVEAL, OPT_JSON, OPT__COUNT };

static enum err
run(struct admin *a, const struct cli_option *options, int argc, char **argv)
{
	const char *verb = argv[0];

	if (strcmp(verb, "add") == 0)
		return add(a, argv[1], argc - 2, argv + 2);
	if (strcmp(verb, "set") == 0)
		return set(a, argv[1], argc - 2, argv + 2);
	if (strcmp(verb, "show") == 0)
		return show(a, argv[1], options[OPT_REVEAL].given, options[OPT_JSON].given);
	return list(a, options[OPT_JSON].given);
}

/* well_formed() - a known verb with as many operands as it takes. */
static bool
well_formed(int argc, char **argv)
{
	if (argc < 1)
		return false;
	if (strcmp(argv[0], "add") == 0 || strcmp(argv[0], "set") == 0)
		return argc >= 3;
	if (strcmp(argv[0], "show") == 0)
		return argc == 2;
	return strcmp(argv[0], "list") == 0 && argc == 1;
}

int
cmd_tenant(int argc, char **argv)
{
	struct cli_option options[OPT__COUNT] = {
		[OPT_CONFIG] = { .name = "config" },
		[OPT_REVEAL] = { .name = "reveal", .flag = true },
		[OPT_JSON] = { .name = "json", .flag = true },
	};
	CLEANUP(admin_close) struct admin a = { 0 };
	enum cli_exit code;
	enum err err;

	code = cli_options(argc, argv, options, OPT__COUNT, &argc, argv);
	if (code != CLI_OK)
		return code;
	if (!well_formed(argc, argv))
		return usage();
	code = admin_open("tenant", &options[OPT_CONFIG], &a);
	if (code != CLI_OK)
		return code;
	err = run(&a, options, argc, argv);
	return err == ERR_OK ? CLI_OK : cli_fail("tenant", argv[0], err);
}
