/* cli/rules_source.c - see rules_source.h. */
#include "cli/rules_source.h"

#include "cli/admin.h"
#include "core/address.h"
#include "core/crypto.h"
#include "core/json.h"
#include "core/utf8.h"

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
		return err_set(why == ENOENT ? ERR_NOT_FOUND : ERR_DENIED, "%s", strerror(why));
	}
	(void)fcntl(fd, F_SETFL, 0);
	*ret = fdopen(fd, "r");
	if (*ret != NULL)
		return ERR_OK;
	(void)close(fd);
	return err_set(ERR_TEMP, "%s", strerror(errno));
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
		err = err_set(ERR_TEMP, "%s", strerror(errno));
	crypto_wipe(piece, sizeof(piece));
	(void)fclose(f);
	return err == ERR_LIMIT ? err_set(ERR_LIMIT, "over %zu bytes", out->max) : err;
}

/* The text without the byte order mark that editors of Windows write. */
static struct span
without_mark(const struct buf *file)
{
	struct span text = buf_span(file);

	(void)span_take(&text, SPAN("\xEF\xBB\xBF"));
	return text;
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
	TRY(exo_json_read(without_mark(&text), a, ret, &is));
	if (is != want)
		return err_set(
		    ERR_SYNTAX, "it is %s, %s is wanted", document_name(is), document_name(want));
	return document_read(without_mark(&text), a, ret_document);
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

/*
 * Blanks and marks that nobody sees, as they come with text that is copied: an address with one of them looks
 * like another that is meant. From the Unicode standard: general categories Cf, Zs, Zl and Zp, and the
 * characters with Default_Ignorable_Code_Point beside them.
 */
static const struct {
	uint32_t from, to;
} invisible[] = {
	{ 0x00A0, 0x00A0 },
	{ 0x00AD, 0x00AD },
	{ 0x034F, 0x034F },
	{ 0x0600, 0x0605 },
	{ 0x061C, 0x061C },
	{ 0x06DD, 0x06DD },
	{ 0x070F, 0x070F },
	{ 0x08E2, 0x08E2 },
	{ 0x115F, 0x1160 },
	{ 0x1680, 0x1680 },
	{ 0x17B4, 0x17B5 },
	{ 0x180B, 0x180F },
	{ 0x2000, 0x200F },
	{ 0x2028, 0x202F },
	{ 0x205F, 0x206F },
	{ 0x3000, 0x3000 },
	{ 0x3164, 0x3164 },
	{ 0xFE00, 0xFE0F },
	{ 0xFEFF, 0xFEFF },
	{ 0xFFA0, 0xFFA0 },
	{ 0xFFF0, 0xFFFB },
	{ 0x1BCA0, 0x1BCA3 },
	{ 0x1D173, 0x1D17A },
	{ 0xE0000, 0xE0FFF },
};

static bool
has_invisible(struct span s)
{
	while (s.len > 0) {
		bool ok;
		uint32_t c = utf8_take(&s, &ok);

		for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
			if (c >= invisible[i].from && c <= invisible[i].to)
				return true;
	}
	return false;
}

bool
rules_is_address(struct span s)
{
	struct address parsed;

	return address_parse(s, &parsed) == ERR_OK && !has_invisible(s);
}

static enum err
address_add(struct span item, struct arena *a, struct rules_list *list)
{
	char shown[128];

	if (!rules_is_address(item))
		return err_set(
		    ERR_SYNTAX, "\"%s\" is no address", span_printable(item, shown, sizeof(shown)));
	return arena_dup(a, item, &list->items[list->count++]);
}

/* file_read() - with the path in its note: those who ask have several lists. */
static enum err
list_read(const char *path, struct buf *out)
{
	enum err err = file_read(path, out);
	char note[256];

	if (err == ERR_OK)
		return ERR_OK;
	(void)snprintf(note, sizeof(note), "%s", err_note());
	return err_set(err, "%.300s: %s", path, note);
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
		TRY(list_read(text + 1, &file));
		all = without_mark(&file);
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
	ret->exported = export != NULL;
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
