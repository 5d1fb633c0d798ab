/*
 * secudoc transfer list [--tenant NAME] [--json]
 * secudoc transfer show ID [--json]
 * secudoc transfer revoke ID
 * secudoc transfer get LINK --out DIR [--json]
 *
 * get is for the operator: it needs the master key instead of a code, and leaves an audit line. LINK is the
 * address as it stands in the mail, or the token at its end.
 */
#include "cli/admin.h"
#include "cli/commands.h"
#include "cli/outfile.h"

#include "core/clock.h"
#include "mime/file.h"
#include "store/audit.h"
#include "store/transfer.h"

#include <string.h>

#define PAGE 500u

enum { OPT_CONFIG, OPT_TENANT, OPT_OUT, OPT_JSON, OPT__COUNT };

static int
usage(void)
{
	fprintf(stderr,
	    "usage: secudoc transfer list [--tenant NAME] [--json] [--config FILE]\n"
	    "       secudoc transfer show ID [--json]\n"
	    "       secudoc transfer revoke ID\n"
	    "       secudoc transfer get LINK --out DIR [--json]\n");
	return CLI_USAGE;
}

/* --- list --- */

static void
row_json(struct admin *a, struct json_writer *w, const struct store_transfer_row *r)
{
	admin_json_id(w, "id", r->id);
	admin_json_id(w, "mail_id", r->mail_id);
	admin_json_id(w, "tenant_id", r->tenant_id);
	json_put_str(w, "tenant", span_str(admin_tenant_name(a, r->tenant_id)));
	json_put_str(w, "state", span_str(store_transfer_state_name(r->state)));
	admin_json_time(w, "created", r->created_ms);
	admin_json_time(w, "expires", r->expires_ms);
	json_put_i64(w, "links", r->link_count);
	json_put_bool(w, "shared", r->shared);
	json_put_bool(w, "erased", r->erased);
}

static void
row_text(struct admin *a, const struct store_transfer_row *r)
{
	char created[CLI_TEXT_SIZE], expires[CLI_TEXT_SIZE];

	printf("%-19lld %-20s %-8s %5d %-6s %s  %s%s\n", (long long)r->id,
	    admin_tenant_name(a, r->tenant_id), store_transfer_state_name(r->state), r->link_count,
	    r->shared ? "shared" : "each", cli_time(r->created_ms, created),
	    cli_time(r->expires_ms, expires), r->erased ? "  erased" : "");
}

static const char list_heading[] = "TRANSFER            TENANT               STATE    LINKS KIND   "
				   "CREATED                  EXPIRES";

static enum err
list_page(struct admin *a, int64_t tenant_id, int64_t *after, struct json_writer *w, bool *ret_more)
{
	CLEANUP(arena_done) struct arena arena;
	struct store_transfer_row *rows;
	size_t count;

	arena_init(&arena, ADMIN_OUT_BYTES);
	TRY(store_transfer_list(a->store, tenant_id, *after, PAGE, &arena, &rows, &count));
	for (size_t i = 0; i < count; i++) {
		*after = rows[i].id;
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
reader_cleanup(struct store_reader **r)
{
	store_reader_free(r);
}

static void
show_file(const struct mime_part *part, struct json_writer *w)
{
	char hex[HEX_SIZE(SHA256_SIZE)], size[CLI_TEXT_SIZE];

	(void)hex_encode(span_of(part->sha256, SHA256_SIZE), hex);
	if (w == NULL) {
		printf("file      ");
		cli_print(stdout, part->name);
		printf("  %s\n          SHA-256 %s\n", cli_size(part->file_len, size), hex);
		return;
	}
	json_object(w, NULL);
	json_put_str(w, "name", part->name);
	json_put_i64(w, "size", (int64_t)part->file_len);
	json_put_str(w, "sha256", span_str(hex));
	json_end(w, '}');
}

/* show_files() - as text, or into the array that w is in; none are known once the key is destroyed. */
static enum err
show_files(struct admin *a, const struct store_transfer_row *row, struct json_writer *w)
{
	CLEANUP(reader_cleanup) struct store_reader *r = NULL;
	CLEANUP(arena_done) struct arena arena;
	struct mime_index *ix;

	arena_init(&arena, MIME_INDEX_MEMORY_MAX);
	if (row->erased)
		return ERR_OK;
	TRY(store_reader_open(a->store, row->tenant_id, row->mail_id, &r));
	TRY(mime_index_open(store_reader_source(r), &arena, &ix));
	for (uint32_t i = 0; i < ix->part_count; i++)
		if (ix->parts[i].role == MIME_ROLE_ATTACHMENT)
			show_file(&ix->parts[i], w);
	return ERR_OK;
}

static void
show_text(struct admin *a, const struct store_transfer_detail *d)
{
	char created[CLI_TEXT_SIZE], expires[CLI_TEXT_SIZE];

	printf(
	    "transfer  %lld\nmail      %lld\ntenant    %s\nstate     %s%s\ncreated   %s\nexpires   %s\n",
	    (long long)d->row.id, (long long)d->row.mail_id, admin_tenant_name(a, d->row.tenant_id),
	    store_transfer_state_name(d->row.state), d->row.erased ? ", erased" : "",
	    cli_time(d->row.created_ms, created), cli_time(d->row.expires_ms, expires));
	if (!d->row.erased) {
		printf("sender    ");
		cli_print(stdout, d->facts.sender);
		printf("\nsubject   ");
		cli_print(stdout, d->facts.subject);
		printf("\n");
	}
	for (size_t i = 0; i < d->link_count; i++) {
		printf("link      %lld  ", (long long)d->links[i].id);
		if (d->links[i].rcpt_no == STORE_RCPT_SHARED)
			printf("(all recipients)");
		cli_print(stdout, d->links[i].address);
		printf("\n");
	}
}

static void
show_json(struct admin *a, struct json_writer *w, const struct store_transfer_detail *d)
{
	row_json(a, w, &d->row);
	json_put_str(w, "sender", d->facts.sender);
	json_put_str(w, "subject", d->facts.subject);
	json_array(w, "recipients");
	for (size_t i = 0; i < d->link_count; i++) {
		json_object(w, NULL);
		admin_json_id(w, "id", d->links[i].id);
		json_put_str(w, "address", d->links[i].address);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static enum err
show(struct admin *a, int64_t id, bool json)
{
	CLEANUP(arena_done) struct arena arena;
	CLEANUP(buf_done) struct buf out = { 0 };
	struct store_transfer_detail d;
	struct json_writer w;

	arena_init_secret(&arena, ADMIN_OUT_BYTES);
	TRY(admin_tenants(a));
	TRY(store_transfer_show(a->store, id, &arena, &d));
	if (!json) {
		show_text(a, &d);
		return show_files(a, &d.row, NULL);
	}
	buf_init(&out, ADMIN_OUT_BYTES);
	json_begin(&w, &out);
	json_object(&w, NULL);
	show_json(a, &w, &d);
	json_array(&w, "files");
	TRY(show_files(a, &d.row, &w));
	json_end(&w, ']');
	json_end(&w, '}');
	return admin_json_print(a, &w) == CLI_OK ? ERR_OK : ERR_LIMIT;
}

static enum err
revoke(struct admin *a, int64_t id)
{
	TRY(store_transfer_revoke(a->store, id));
	printf("transfer %lld is revoked\n", (long long)id);
	return ERR_OK;
}

/* --- get --- */

struct fetch {
	struct admin *admin;
	const char *folder;
	bool json;
	struct json_writer w;
	unsigned files, wrong;
};

static void
fetched(
    struct fetch *f, const char *name, uint64_t size, const uint8_t sha256[SHA256_SIZE], bool same)
{
	char hex[HEX_SIZE(SHA256_SIZE)];

	(void)hex_encode(span_of(sha256, SHA256_SIZE), hex);
	f->files++;
	f->wrong += !same;
	if (!f->json) {
		cli_print(stdout, span_str(name));
		printf("\n  %llu bytes\n  SHA-256 %s %s\n", (unsigned long long)size, hex,
		    same ? "as received" : "DIFFERS from what was received");
		return;
	}
	json_object(&f->w, NULL);
	json_put_str(&f->w, "name", span_str(name));
	json_put_i64(&f->w, "size", (int64_t)size);
	json_put_str(&f->w, "sha256", span_str(hex));
	json_put_bool(&f->w, "same", same);
	json_end(&f->w, '}');
}

static void
outfile_cleanup(struct outfile **f)
{
	outfile_free(f);
}

static enum err
fetch_part(struct fetch *f, const struct mime_index *ix, const struct mime_part *part)
{
	CLEANUP(outfile_cleanup) struct outfile *out = NULL;
	uint8_t sha256[SHA256_SIZE];
	uint64_t size;

	TRY(outfile_new(f->folder, part->name, part->no, &out));
	TRY(mime_file_copy(ix, part->no, 0, part->file_len, outfile_sink(out)));
	TRY(outfile_finish(out, &size, sha256));
	fetched(f, outfile_shown_name(out), size, sha256,
	    size == part->file_len && memcmp(sha256, part->sha256, SHA256_SIZE) == 0);
	return ERR_OK;
}

static enum err
fetch_all(struct fetch *f, struct store_reader *r)
{
	CLEANUP(arena_done) struct arena arena;
	struct mime_index *ix;

	arena_init(&arena, MIME_INDEX_MEMORY_MAX);
	TRY(mime_index_open(store_reader_source(r), &arena, &ix));
	for (uint32_t i = 0; i < ix->part_count; i++)
		if (ix->parts[i].role == MIME_ROLE_ATTACHMENT)
			TRY(fetch_part(f, ix, &ix->parts[i]));
	return ERR_OK;
}

/* What stands behind the last slash of the link as it was copied, without "?lang=nl" or "#...". */
static struct span
token_of(const char *link)
{
	const char *slash = strrchr(link, '/');
	struct span s = span_str(slash != NULL ? slash + 1 : link);

	s = span_upto(s, span_find_byte(s, '?'));
	return span_trim(span_upto(s, span_find_byte(s, '#')));
}

static enum err
fetch_link(struct fetch *f, const struct store_link *l)
{
	CLEANUP(reader_cleanup) struct store_reader *r = NULL;
	struct store_audit_line line = {
		.event = "operator-export", .mail_id = l->mail_id, .transfer_id = l->transfer_id
	};

	if (l->state != STORE_LINK_ACTIVE)
		return err_set(ERR_DENIED, "the link is %s", store_link_state_name(l->state));
	/* the line comes first: nothing leaves without it */
	TRY(store_audit_add(f->admin->store, l->tenant_id, &line));
	TRY(store_reader_open(f->admin->store, l->tenant_id, l->mail_id, &r));
	return fetch_all(f, r);
}

static enum err
get(struct admin *a, const char *link, const char *folder, bool json)
{
	CLEANUP(arena_done) struct arena arena;
	CLEANUP(buf_done) struct buf out = { 0 };
	struct fetch f = { .admin = a, .folder = folder, .json = json };
	struct store_link l;

	arena_init_secret(&arena, ADMIN_OUT_BYTES);
	buf_init(&out, ADMIN_OUT_BYTES);
	json_begin(&f.w, &out);
	json_array(&f.w, NULL);
	TRY(store_link_find(a->store, token_of(link), clock_now_ms(), &arena, &l));
	TRY(fetch_link(&f, &l));
	json_end(&f.w, ']');
	if (json && admin_json_print(a, &f.w) != CLI_OK)
		return ERR_LIMIT;
	if (f.files == 0)
		return err_set(ERR_NOT_FOUND, "the mail holds no file");
	if (f.wrong > 0)
		return err_set(ERR_DENIED, "%u of %u files differ", f.wrong, f.files);
	return ERR_OK;
}

/* --- the command --- */

static bool
well_formed(int argc, char **argv, const struct cli_option *options)
{
	int64_t id;

	if (argc < 1)
		return false;
	if (strcmp(argv[0], "list") == 0)
		return argc == 1;
	if (strcmp(argv[0], "get") == 0)
		return argc == 2 && options[OPT_OUT].given;
	return argc == 2 && (strcmp(argv[0], "show") == 0 || strcmp(argv[0], "revoke") == 0) &&
	    admin_id(argv[1], &id);
}

static enum err
run(struct admin *a, const struct cli_option *options, int64_t tenant_id, int argc, char **argv)
{
	bool json = options[OPT_JSON].given;
	int64_t id = 0;

	(void)argc;
	if (strcmp(argv[0], "list") == 0)
		return admin_list(a, list_heading, list_page, tenant_id, json);
	if (strcmp(argv[0], "get") == 0)
		return get(a, argv[1], options[OPT_OUT].value, json);
	if (!admin_id(argv[1], &id))
		return err_set(ERR_SYNTAX, "%s is no id", argv[1]);
	return strcmp(argv[0], "show") == 0 ? show(a, id, json) : revoke(a, id);
}

int
cmd_transfer(int argc, char **argv)
{
	struct cli_option options[OPT__COUNT] = {
		[OPT_CONFIG] = { .name = "config" },
		[OPT_TENANT] = { .name = "tenant" },
		[OPT_OUT] = { .name = "out" },
		[OPT_JSON] = { .name = "json", .flag = true },
	};
	CLEANUP(admin_close) struct admin a = { 0 };
	int64_t tenant_id;
	enum cli_exit code;
	enum err err;

	code = cli_options(argc, argv, options, OPT__COUNT, &argc, argv);
	if (code != CLI_OK)
		return code;
	if (!well_formed(argc, argv, options))
		return usage();
	code = admin_open("transfer", &options[OPT_CONFIG], &a);
	if (code == CLI_OK)
		code = admin_tenant(&a, options[OPT_TENANT].value, &tenant_id);
	if (code != CLI_OK)
		return code;
	err = run(&a, options, tenant_id, argc, argv);
	return err == ERR_OK ? CLI_OK : cli_fail("transfer", argv[0], err);
}
