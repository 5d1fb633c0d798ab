/*
 * secudoc audit verify [--tenant NAME] [--json]
 * secudoc audit list [--tenant NAME] [--mail ID]
 *
 * verify walks the chain of every tenant, and the machine's own, and says where the first trouble is; exit
 * code 1 when there is any. list shows the lines of one chain after another, oldest first, each with its
 * tenant; "(machine)" is the machine's own chain, of what belongs to no tenant. --tenant: that one only.
 */
#include "cli/admin.h"
#include "cli/commands.h"

#include "store/audit.h"

#include <string.h>

#define OUT_BYTES (16u << 20)
#define PAGE      500u

static int
usage(void)
{
	fprintf(stderr,
	    "usage: secudoc audit verify [--tenant NAME] [--json] [--config FILE]\n"
	    "       secudoc audit list [--tenant NAME] [--mail ID]\n");
	return CLI_USAGE;
}

static void
print_result(const char *name, const struct store_audit_result *r, bool json, struct json_writer *w)
{
	char head[HEX_SIZE(SHA256_SIZE)];

	(void)hex_encode(span_of(r->head, SHA256_SIZE), head);
	if (json) {
		json_object(w, NULL);
		json_put_str(w, "tenant", span_str(name));
		json_put_str(w, "finding", span_str(store_audit_finding_name(r->finding)));
		json_put_i64(w, "lines", r->lines);
		json_put_i64(w, "seq", r->seq);
		json_put_str(w, "head", span_str(head));
		json_end(w, '}');
	} else if (r->finding == STORE_AUDIT_OK) {
		printf("%-20s ok, %lld lines, head %.16s\n", name, (long long)r->lines, head);
	} else {
		printf("%-20s BROKEN: %s at line %lld, %lld lines before it are good\n", name,
		    store_audit_finding_name(r->finding), (long long)r->seq, (long long)r->lines);
	}
}

static enum err
verify_one(struct admin *a, int64_t tenant_id, const char *name, bool json, struct json_writer *w,
    bool *broken)
{
	struct store_audit_result r;

	TRY(store_audit_verify(a->store, tenant_id, &r));
	print_result(name, &r, json, w);
	*broken = *broken || r.finding != STORE_AUDIT_OK;
	return ERR_OK;
}

static enum err
verify_all(struct admin *a, bool json, struct json_writer *w, bool *broken)
{
	TRY(admin_tenants(a));
	TRY(verify_one(a, 0, admin_tenant_name(a, 0), json, w, broken));
	for (size_t i = 0; i < a->tenant_count; i++)
		TRY(verify_one(a, a->tenants[i].id, a->tenants[i].name, json, w, broken));
	return ERR_OK;
}

static int
verify(struct admin *a, int64_t tenant_id, const char *name, bool json)
{
	CLEANUP(buf_done) struct buf out = { 0 };
	struct json_writer w;
	bool broken = false;
	enum err err;

	buf_init(&out, OUT_BYTES);
	json_begin(&w, &out);
	json_array(&w, NULL);
	err = name != NULL ? verify_one(a, tenant_id, name, json, &w, &broken)
			   : verify_all(a, json, &w, &broken);
	if (err != ERR_OK)
		return cli_fail("audit", "verify", err);
	json_end(&w, ']');
	if (json && admin_json_print(a, &w) != CLI_OK)
		return CLI_FAILED;
	return broken ? CLI_FAILED : CLI_OK;
}

static void
print_row(const char *tenant, const struct store_audit_row *r)
{
	char when[CLI_TEXT_SIZE], who[HEX_SIZE(SHA256_SIZE)] = "-";

	if (r->has_address)
		(void)hex_encode(span_of(r->address_hash, SHA256_SIZE), who);
	printf("%-20s %lld  %s  %-16s %-24s mail %lld transfer %lld copy %lld no %lld who %.16s\n",
	    tenant, (long long)r->seq, cli_time(r->time_ms, when), r->event, r->reason,
	    (long long)r->mail_id, (long long)r->transfer_id, (long long)r->copy_id,
	    (long long)r->number, who);
}

static enum err
list_one(struct admin *a, int64_t tenant_id, int64_t mail_id)
{
	struct store_audit_row *rows;
	int64_t after = 0;
	size_t count;

	do {
		CLEANUP(arena_done) struct arena arena;

		arena_init(&arena, OUT_BYTES);
		TRY(store_audit_list(
		    a->store, tenant_id, mail_id, after, PAGE, &arena, &rows, &count));
		for (size_t i = 0; i < count; i++)
			print_row(admin_tenant_name(a, tenant_id), &rows[i]);
		if (count > 0)
			after = rows[count - 1].seq;
	} while (count == PAGE);
	return ERR_OK;
}

static enum err
list(struct admin *a, int64_t tenant_id, int64_t mail_id)
{
	TRY(admin_tenants(a));
	TRY(list_one(a, tenant_id, mail_id));
	for (size_t i = 0; tenant_id == 0 && i < a->tenant_count; i++)
		TRY(list_one(a, a->tenants[i].id, mail_id));
	return ERR_OK;
}

enum { OPT_CONFIG, OPT_TENANT, OPT_MAIL, OPT_JSON, OPT__COUNT };

int
cmd_audit(int argc, char **argv)
{
	struct cli_option options[OPT__COUNT] = {
		[OPT_CONFIG] = { .name = "config" },
		[OPT_TENANT] = { .name = "tenant" },
		[OPT_MAIL] = { .name = "mail" },
		[OPT_JSON] = { .name = "json", .flag = true },
	};
	CLEANUP(admin_close) struct admin a = { 0 };
	int64_t tenant_id, mail_id = 0;
	enum cli_exit code;
	enum err err;

	code = cli_options(argc, argv, options, OPT__COUNT, &argc, argv);
	if (code != CLI_OK)
		return code;
	if (argc != 1 || (strcmp(argv[0], "verify") != 0 && strcmp(argv[0], "list") != 0))
		return usage();
	if (options[OPT_MAIL].given && !admin_id(options[OPT_MAIL].value, &mail_id))
		return usage();
	code = admin_open("audit", &options[OPT_CONFIG], &a);
	if (code == CLI_OK)
		code = admin_tenant(&a, options[OPT_TENANT].value, &tenant_id);
	if (code != CLI_OK)
		return code;
	if (strcmp(argv[0], "verify") == 0)
		return verify(&a, tenant_id, options[OPT_TENANT].value, options[OPT_JSON].given);
	err = list(&a, tenant_id, mail_id);
	return err == ERR_OK ? CLI_OK : cli_fail("audit", "list", err);
}
