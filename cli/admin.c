/*
 * cli/admin.c - opening the store for a command, and small things about output.
 */
#include "cli/admin.h"

#include "core/clock.h"

#include <stdio.h>
#include <string.h>

#define TENANTS_BYTES (16u << 20)
#define TENANT_BYTES  (4u << 20)

enum cli_exit
admin_open(const char *command, const struct cli_option *config_option, struct admin *ret)
{
	struct admin a = { .command = command };
	struct store_options options;
	enum err err;

	a.config = cli_config(config_option);
	if (a.config == NULL)
		return CLI_FAILED;
	options = store_options_of(a.config, STORE_ADMIN);
	err = store_open(&options, &a.store);
	if (err != ERR_OK) {
		config_free(&a.config);
		return cli_fail(command, "store", err);
	}
	arena_init(&a.arena, TENANTS_BYTES);
	*ret = a;
	return CLI_OK;
}

void
admin_close(struct admin *a)
{
	store_close(&a->store);
	arena_done(&a->arena);
	if (a->config != NULL)
		config_free(&a->config);
}

bool
admin_id(const char *text, int64_t *ret)
{
	struct span s = span_str(text);
	uint64_t v;

	if (!span_take_u64(&s, INT64_MAX, &v) || s.len > 0 || v == 0)
		return false;
	*ret = (int64_t)v;
	return true;
}

enum cli_exit
admin_tenant(struct admin *a, const char *name, int64_t *ret_id)
{
	const struct tenant *t;
	enum err err;

	*ret_id = 0;
	if (name == NULL)
		return CLI_OK;
	err = store_tenant_by_name(a->store, name, &t);
	if (err != ERR_OK)
		return cli_fail(a->command, name, err);
	*ret_id = t->id;
	store_tenant_release(a->store, &t);
	return CLI_OK;
}

enum err
admin_tenant_copy(const struct tenant *t, struct tenant **ret)
{
	CLEANUP(buf_done_secret) struct buf json = { 0 };
	struct tenant *copy;

	buf_init(&json, TENANT_BYTES);
	TRY(tenant_to_json(t, &json));
	TRY(tenant_from_json(buf_span(&json), &copy));
	copy->id = t->id;
	copy->version = t->version;
	copy->name = arena_strdup(&copy->arena, span_str(t->name));
	if (copy->name == NULL) {
		tenant_free(&copy);
		return ERR_TEMP;
	}
	*ret = copy;
	return ERR_OK;
}

enum err
admin_tenants(struct admin *a)
{
	if (a->tenants != NULL)
		return ERR_OK;
	return store_tenant_list(a->store, &a->arena, &a->tenants, &a->tenant_count);
}

const char *
admin_tenant_name(const struct admin *a, int64_t id)
{
	for (size_t i = 0; i < a->tenant_count; i++)
		if (a->tenants[i].id == id)
			return a->tenants[i].name;
	return id == 0 ? "(machine)" : "(unknown)";
}

void
admin_json_id(struct json_writer *w, const char *key, int64_t id)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)id);
	json_put_str(w, key, span_str(text));
}

void
admin_json_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	json_put_str(w, key, span_str(clock_rfc3339(ms, text)));
}

enum cli_exit
admin_json_print(struct admin *a, struct json_writer *w)
{
	enum err err = json_finish(w);

	if (err != ERR_OK)
		return cli_fail(a->command, "json", err);
	printf("%.*s\n", (int)w->out->len, buf_cstr(w->out));
	return CLI_OK;
}

enum err
admin_list(struct admin *a, const char *heading, admin_page *page, int64_t tenant_id, bool json)
{
	CLEANUP(buf_done) struct buf out = { 0 };
	struct json_writer w;
	int64_t after = 0;
	bool more = true;

	buf_init(&out, ADMIN_OUT_BYTES);
	json_begin(&w, &out);
	json_array(&w, NULL);
	TRY(admin_tenants(a));
	if (!json)
		printf("%s\n", heading);
	while (more)
		TRY(page(a, tenant_id, &after, json ? &w : NULL, &more));
	json_end(&w, ']');
	return !json || admin_json_print(a, &w) == CLI_OK ? ERR_OK : ERR_LIMIT;
}
