/* cli/rules_source.c - see rules_source.h. */
#include "cli/rules_source.h"

#include "cli/admin.h"
#include "core/address.h"
#include "core/crypto.h"
#include "core/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE_BYTES (128u << 20)
#define LIST_BYTES   (4u << 20) /* of a file of members */

/* --- files --- */

enum err
rules_file_open(const char *path, FILE **ret)
{
	/* O_NONBLOCK: a pipe without a writer is a mistake, not something to wait for */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		int why = fd < 0 ? errno : EISDIR;

		if (fd >= 0)
			(void)close(fd);
		return err_set(
		    why == ENOENT ? ERR_NOT_FOUND : ERR_DENIED, "%.300s: %s", path, strerror(why));
	}
	(void)fcntl(fd, F_SETFL, 0);
	*ret = fdopen(fd, "r");
	if (*ret != NULL)
		return ERR_OK;
	(void)close(fd);
	return err_set(ERR_TEMP, "%.300s: %s", path, strerror(errno));
}

/* All of a file; out has its bound. */
static enum err
file_read(const char *path, struct buf *out)
{
	uint8_t piece[65536];
	enum err err = ERR_OK;
	FILE *f;
	size_t n;

	TRY(rules_file_open(path, &f));
	while (err == ERR_OK && (n = fread(piece, 1, sizeof(piece), f)) > 0)
		err = buf_put(out, span_of(piece, n));
	if (err == ERR_OK && ferror(f))
		err = err_set(ERR_TEMP, "%.300s: %s", path, strerror(errno));
	crypto_wipe(piece, sizeof(piece));
	(void)fclose(f);
	if (err == ERR_LIMIT)
		return err_set(ERR_LIMIT, "%.300s: over %zu bytes", path, out->max);
	return err;
}

static const char *
document_name(enum exo_document d)
{
	return d == EXO_PLAN ? "a plan" : "an export";
}

/* Tenant.Domains of a plan; a plan without is one whose rules say all that is known. */
static enum err
domains_read(const struct json *plan, struct arena *a, struct rules_list *ret)
{
	const struct json *domains = json_get(json_get(plan, "Tenant"), "Domains");
	struct rules_list list = { NULL, 0 };
	struct span name;

	list.items = arena_alloc(a, (json_count(domains) + 1) * sizeof(*list.items));
	if (list.items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < json_count(domains); i++)
		if (json_str(json_at(domains, i), &name))
			TRY(arena_dup(a, name, &list.items[list.count++]));
	*ret = list;
	return ERR_OK;
}

static enum err
text_read(const struct json *j, struct arena *a, struct span *ret)
{
	struct span text = SPAN_NONE;

	(void)json_str(j, &text);
	return arena_dup(a, text, ret);
}

static enum err
document_read(struct span text, struct arena *a, struct rules_document *ret)
{
	CLEANUP(json_free) struct json *whole = NULL;

	TRY(json_parse(text, &whole));
	TRY(text_read(json_get(json_get(whole, "Tenant"), "EntraId"), a, &ret->entra_id));
	TRY(text_read(json_get(whole, "ExportedAt"), a, &ret->exported_at));
	return domains_read(whole, a, &ret->domains);
}

enum err
rules_json_read(const char *path, enum exo_document want, struct arena *a, struct exo_state *ret,
    struct rules_document *ret_document)
{
	CLEANUP(buf_done_secret) struct buf text = { 0 };
	enum exo_document is;

	buf_init(&text, JSON_MAX_BYTES);
	TRY(file_read(path, &text));
	TRY(exo_json_read(buf_span(&text), a, ret, &is));
	if (is != want)
		return err_set(
		    ERR_SYNTAX, "it is %s, %s is wanted", document_name(is), document_name(want));
	return document_read(buf_span(&text), a, ret_document);
}

enum err
rules_same_tenant(const struct rules_source *s, const struct rules_document *export)
{
	struct span ours = s->tenant != NULL ? span_str(s->tenant->entra_id) : s->document.entra_id;
	char there[64], here[64];

	if (ours.len == 0 || export->entra_id.len == 0 || span_ieq(ours, export->entra_id))
		return ERR_OK;
	return err_set(ERR_DENIED, "it is the export of tenant %s, and not of %s",
	    span_printable(export->entra_id, there, sizeof(there)),
	    span_printable(ours, here, sizeof(here)));
}

/* --- lists of addresses --- */

/* The next item of a list separated by commas, or by lines with "#" for comments. */
static bool
item_next(struct span *text, uint8_t separator, struct span *ret)
{
	while (text->len > 0) {
		size_t end = span_find_byte(*text, separator);

		*ret = span_upto(*text, end);
		*text = span_from(*text, end + 1);
		if (separator == '\n')
			*ret = span_upto(*ret, span_find_byte(*ret, '#'));
		*ret = span_trim(*ret);
		if (ret->len > 0)
			return true;
	}
	return false;
}

static enum err
address_add(struct span item, struct arena *a, struct rules_list *list)
{
	struct address parsed;
	char shown[128];

	if (address_parse(item, &parsed) != ERR_OK)
		return err_set(
		    ERR_SYNTAX, "\"%s\" is no address", span_printable(item, shown, sizeof(shown)));
	return arena_dup(a, item, &list->items[list->count++]);
}

enum err
rules_addresses(const char *text, struct arena *a, struct rules_list *ret)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	uint8_t separator = text[0] == '@' ? '\n' : ',';
	struct rules_list list = { NULL, 0 };
	struct span all = span_str(text), walk, item;
	size_t room = 1;

	buf_init(&file, LIST_BYTES);
	if (separator == '\n') {
		TRY(file_read(text + 1, &file));
		all = buf_span(&file);
	}
	for (walk = all; item_next(&walk, separator, &item); room++)
		;
	list.items = arena_alloc(a, room * sizeof(*list.items));
	if (list.items == NULL)
		return ERR_TEMP;
	for (walk = all; item_next(&walk, separator, &item);)
		TRY(address_add(item, a, &list));
	*ret = list;
	return ERR_OK;
}

/* --- the tenant --- */

static enum cli_exit
which_tenant(const struct rules_args *args, struct admin *a, const char **ret_name)
{
	enum err err;

	*ret_name = rules_value(args, "tenant");
	if (*ret_name != NULL)
		return CLI_OK;
	err = admin_tenants(a);
	if (err != ERR_OK)
		return cli_fail(args->command, "tenants", err);
	if (a->tenant_count == 1) {
		*ret_name = a->tenants[0].name;
		return CLI_OK;
	}
	if (a->tenant_count == 0)
		return rules_wrong(
		    args, "there is no tenant yet: \"secudoc tenant add\" makes one");
	fprintf(stderr, "secudoc %s: which tenant? --tenant NAME, one of:\n", args->command);
	for (size_t i = 0; i < a->tenant_count; i++)
		fprintf(stderr, "  %s\n", a->tenants[i].name);
	return CLI_USAGE;
}

/* Options that stand for a setting in this run. */
static const struct {
	const char *option, *setting;
} overrides[] = {
	{ "scope", "rule_scope" },
	{ "mode", "mode" },
	{ "recipients", "rule_recipients" },
	{ "loop-mark", "loop_mark" },
};
#define OVERRIDES (sizeof(overrides) / sizeof(overrides[0]))

static enum cli_exit
override_settings(const struct rules_args *args, struct tenant *t)
{
	for (size_t i = 0; i < OVERRIDES; i++) {
		const char *value = rules_value(args, overrides[i].option);
		const struct setting *s =
		    setting_find(tenant_table, tenant_table_count, span_str(overrides[i].setting));

		if (value == NULL)
			continue;
		if (setting_assign(s, t, &value, 1, NULL, &t->arena) != ERR_OK)
			return rules_wrong(args, "--%s: %s", overrides[i].option, err_note());
	}
	return CLI_OK;
}

static enum cli_exit
tenant_read(const struct rules_args *args, struct rules_source *s)
{
	CLEANUP(admin_close) struct admin a = { 0 };
	const struct tenant *found;
	const char *name = NULL;
	enum cli_exit code;
	enum err err;

	code = admin_open(args->command, rules_given(args, "config"), &a);
	if (code == CLI_OK)
		code = which_tenant(args, &a, &name);
	if (code != CLI_OK)
		return code;
	err = store_tenant_by_name(a.store, name, &found);
	if (err != ERR_OK)
		return cli_fail(args->command, name, err);
	err = admin_tenant_copy(found, &s->tenant);
	store_tenant_release(a.store, &found);
	if (err != ERR_OK)
		return cli_fail(args->command, name, err);
	code = override_settings(args, s->tenant);
	if (code != CLI_OK)
		return code;
	err = plan_make(s->tenant, &s->arena, &s->plan);
	return err == ERR_OK ? CLI_OK : cli_fail(args->command, name, err);
}

/* --- open --- */

static bool
tenant_is_wanted(const struct rules_args *args)
{
	return rules_given(args, "config") != NULL || rules_given(args, "tenant") != NULL ||
	    (rules_given(args, "plan") == NULL && rules_given(args, "export") == NULL);
}

static enum cli_exit
check_sources(const struct rules_args *args)
{
	if (rules_given(args, "plan") != NULL && rules_given(args, "export") != NULL)
		return rules_wrong(args, "--plan and --export are two answers to one question");
	if (rules_given(args, "plan") != NULL && tenant_is_wanted(args))
		return rules_wrong(args, "--plan holds what --config and --tenant would say");
	for (size_t i = 0; i < OVERRIDES; i++)
		if (rules_given(args, overrides[i].option) != NULL && !tenant_is_wanted(args))
			return rules_wrong(args,
			    "--%s changes a tenant's settings, and none are asked for here",
			    overrides[i].option);
	return CLI_OK;
}

enum cli_exit
rules_source_open(const struct rules_args *args, struct rules_source *ret)
{
	const char *plan = rules_value(args, "plan"), *export = rules_value(args, "export");
	enum cli_exit code = check_sources(args);
	enum err err = ERR_OK;

	memset(ret, 0, sizeof(*ret));
	arena_init_secret(&ret->arena, SOURCE_BYTES);
	if (code == CLI_OK && tenant_is_wanted(args))
		code = tenant_read(args, ret);
	if (code != CLI_OK)
		return code;
	ret->state = ret->plan.state;
	if (plan != NULL)
		err = rules_json_read(plan, EXO_PLAN, &ret->arena, &ret->state, &ret->document);
	if (export != NULL)
		err = rules_json_read(export, EXO_EXPORT, &ret->arena, &ret->state, &ret->document);
	if (export != NULL && err == ERR_OK)
		err = rules_same_tenant(ret, &ret->document);
	if (err != ERR_OK)
		return cli_fail(args->command, plan != NULL ? plan : export, err);
	return CLI_OK;
}

void
rules_source_done(struct rules_source *s)
{
	tenant_free(&s->tenant);
	arena_done(&s->arena);
}
