/*
 * secudoc queue list [--tenant NAME] [--json]
 * secudoc queue show COPY [--json]
 * secudoc queue retry COPY
 * secudoc queue drop COPY
 *
 * A copy is what goes to the tenant's inbound connector in one transaction. retry makes it due now,
 * whatever its pause; drop gives its pending recipients up without a report, and leaves an audit
 * line. Neither touches a copy that is being sent at this moment.
 */
#include "cli/admin.h"
#include "cli/commands.h"

#include "core/clock.h"
#include "store/queue.h"

#include <string.h>

#define PAGE 500u

enum { OPT_CONFIG, OPT_TENANT, OPT_JSON, OPT__COUNT };

static int
usage(void)
{
	fprintf(stderr,
	    "usage: secudoc queue list [--tenant NAME] [--json] [--config FILE]\n"
	    "       secudoc queue show COPY [--json]\n"
	    "       secudoc queue retry COPY\n"
	    "       secudoc queue drop COPY\n");
	return CLI_USAGE;
}

static const char *
verdict_name(enum store_verdict v)
{
	return v == STORE_SECURE ? "secure" : "pass";
}

static const char *
origin_name(enum store_origin o)
{
	return o == STORE_FROM_NOTICE ? "notice" : "exchange";
}

/* --- list --- */

static void
row_json(struct admin *a, struct json_writer *w, const struct store_queue_row *r)
{
	admin_json_id(w, "copy_id", r->copy_id);
	admin_json_id(w, "mail_id", r->mail_id);
	admin_json_id(w, "tenant_id", r->tenant_id);
	json_put_str(w, "tenant", span_str(admin_tenant_name(a, r->tenant_id)));
	json_put_str(w, "state", span_str(store_copy_state_name(r->state)));
	json_put_str(w, "verdict", span_str(verdict_name(r->verdict)));
	json_put_str(w, "origin", span_str(origin_name(r->origin)));
	json_put_i64(w, "pending", r->pending);
	json_put_i64(w, "tries", r->attempts);
	admin_json_time(w, "received", r->received_ms);
	admin_json_time(w, "next_try", r->next_try_ms);
}

static void
row_text(struct admin *a, const struct store_queue_row *r)
{
	char received[CLI_TEXT_SIZE], next[CLI_TEXT_SIZE];

	printf("%-19lld %-20s %-8s %-6s %7d %5d %s  %s\n", (long long)r->copy_id,
	    admin_tenant_name(a, r->tenant_id), store_copy_state_name(r->state),
	    verdict_name(r->verdict), r->pending, r->attempts, cli_time(r->received_ms, received),
	    cli_time(r->next_try_ms, next));
}

static const char list_heading[] =
    "COPY                TENANT               STATE    KIND   PENDING TRIES "
    "RECEIVED                 NEXT TRY";

static enum err
list_page(struct admin *a, int64_t tenant_id, int64_t *after, struct json_writer *w, bool *ret_more)
{
	CLEANUP(arena_done) struct arena arena;
	struct store_queue_row *rows;
	size_t count;

	arena_init(&arena, ADMIN_OUT_BYTES);
	TRY(store_queue_list(a->store, tenant_id, *after, PAGE, &arena, &rows, &count));
	for (size_t i = 0; i < count; i++) {
		*after = rows[i].copy_id;
		if (w == NULL) {
			row_text(a, &rows[i]);
			continue;
		}
		json_object(w, NULL);
		row_json(a, w, &rows[i]);
		json_end(w, '}');
	}
	*ret_more = count == PAGE;
	return ERR_OK;
}

/* --- show --- */

static void
line(const char *label, struct span text)
{
	if (text.len == 0)
		return;
	printf("%-10s", label);
	cli_print(stdout, text);
	printf("\n");
}

static void
show_text(struct admin *a, const struct store_queue_detail *d)
{
	char received[CLI_TEXT_SIZE], next[CLI_TEXT_SIZE];

	printf(
	    "copy      %lld\nmail      %lld\ntenant    %s\nstate     %s\nkind      %s (%s), from %s\n",
	    (long long)d->row.copy_id, (long long)d->row.mail_id,
	    admin_tenant_name(a, d->row.tenant_id), store_copy_state_name(d->row.state),
	    verdict_name(d->row.verdict), d->reason != NULL ? d->reason : "-",
	    origin_name(d->row.origin));
	printf("received  %s\ntries     %d\nnext try  %s\n", cli_time(d->row.received_ms, received),
	    d->row.attempts, cli_time(d->row.next_try_ms, next));
	line("sender", d->facts.sender);
	line("subject", d->facts.subject);
	for (size_t i = 0; i < d->rcpt_count; i++) {
		printf("%-10s%-10s", "recipient", store_rcpt_state_name(d->rcpts[i].state));
		cli_print(stdout, d->rcpts[i].address);
		printf("\n");
		line("", d->rcpts[i].reply);
	}
}

static void
show_json(struct admin *a, struct json_writer *w, const struct store_queue_detail *d)
{
	json_object(w, NULL);
	row_json(a, w, &d->row);
	json_put_str(w, "reason", span_str(d->reason));
	json_put_str(w, "sender", d->facts.sender);
	json_put_str(w, "subject", d->facts.subject);
	json_array(w, "recipients");
	for (size_t i = 0; i < d->rcpt_count; i++) {
		json_object(w, NULL);
		json_put_i64(w, "no", d->rcpts[i].no);
		json_put_str(w, "state", span_str(store_rcpt_state_name(d->rcpts[i].state)));
		json_put_str(w, "address", d->rcpts[i].address);
		json_put_str(w, "reply", d->rcpts[i].reply);
		json_end(w, '}');
	}
	json_end(w, ']');
	json_end(w, '}');
}

static enum err
show(struct admin *a, int64_t id, bool json)
{
	CLEANUP(arena_done) struct arena arena;
	CLEANUP(buf_done) struct buf out = { 0 };
	struct store_queue_detail d;
	struct json_writer w;

	arena_init_secret(&arena, ADMIN_OUT_BYTES);
	TRY(admin_tenants(a));
	TRY(store_queue_show(a->store, id, &arena, &d));
	if (!json) {
		show_text(a, &d);
		return ERR_OK;
	}
	buf_init(&out, ADMIN_OUT_BYTES);
	json_begin(&w, &out);
	show_json(a, &w, &d);
	return admin_json_print(a, &w) == CLI_OK ? ERR_OK : ERR_LIMIT;
}

/* --- retry, drop --- */

static enum err
retry(struct admin *a, int64_t id)
{
	TRY(store_queue_retry(a->store, id));
	printf("copy %lld is due now\n", (long long)id);
	return ERR_OK;
}

static enum err
drop(struct admin *a, int64_t id)
{
	TRY(store_queue_drop(a->store, id));
	printf("copy %lld is given up; its sender is not told\n", (long long)id);
	return ERR_OK;
}

/* --- the command --- */

static bool
well_formed(int argc, char **argv)
{
	int64_t id;

	if (argc < 1)
		return false;
	if (strcmp(argv[0], "list") == 0)
		return argc == 1;
	return argc == 2 && admin_id(argv[1], &id) &&
	    (strcmp(argv[0], "show") == 0 || strcmp(argv[0], "retry") == 0 ||
		strcmp(argv[0], "drop") == 0);
}

static enum err
run(struct admin *a, int64_t tenant_id, bool json, char **argv)
{
	int64_t id = 0;

	if (strcmp(argv[0], "list") == 0)
		return admin_list(a, list_heading, list_page, tenant_id, json);
	if (!admin_id(argv[1], &id))
		return err_set(ERR_SYNTAX, "%s is no id", argv[1]);
	if (strcmp(argv[0], "show") == 0)
		return show(a, id, json);
	return strcmp(argv[0], "retry") == 0 ? retry(a, id) : drop(a, id);
}

int
cmd_queue(int argc, char **argv)
{
	struct cli_option options[OPT__COUNT] = {
		[OPT_CONFIG] = { .name = "config" },
		[OPT_TENANT] = { .name = "tenant" },
		[OPT_JSON] = { .name = "json", .flag = true },
	};
	CLEANUP(admin_close) struct admin a = { 0 };
	int64_t tenant_id;
	enum cli_exit code;
	enum err err;

	code = cli_options(argc, argv, options, OPT__COUNT, &argc, argv);
	if (code != CLI_OK)
		return code;
	if (!well_formed(argc, argv))
		return usage();
	code = admin_open("queue", &options[OPT_CONFIG], &a);
	if (code == CLI_OK)
		code = admin_tenant(&a, options[OPT_TENANT].value, &tenant_id);
	if (code != CLI_OK)
		return code;
	err = run(&a, tenant_id, options[OPT_JSON].given, argv);
	return err == ERR_OK ? CLI_OK : cli_fail("queue", argv[0], err);
}
