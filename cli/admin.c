/*
 * cli/admin.c - opening the store for a command, and small things about output.
 */
#include "cli/admin.h"

#include "core/clock.h"
#include "store/tenant.h"

#include <string.h>

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
	*ret = a;
	return CLI_OK;
}

void
admin_close(struct admin *a)
{
	store_close(&a->store);
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
