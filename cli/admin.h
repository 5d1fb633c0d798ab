/*
 * cli/admin.h - the store as the command line opens it, for one command.
 */
#ifndef SECUDOC_CLI_ADMIN_H
#define SECUDOC_CLI_ADMIN_H

#include "cli/cli.h"
#include "core/json.h"
#include "store/store.h"
#include "store/tenant.h"

#define ADMIN_OUT_BYTES (16u << 20) /* of one answer, and of the rows of one page */

struct admin {
	const char *command; /* "tenant" */
	struct config *config;
	struct store *store;
	struct arena arena;               /* for the next */
	struct store_tenant_row *tenants; /* admin_tenants() */
	size_t tenant_count;
};

/* admin_open() - configuration and store (STORE_ADMIN); says on stderr what is wrong. */
enum cli_exit
admin_open(const char *command, const struct cli_option *config_option, struct admin *ret);
void admin_close(struct admin *a); /* for CLEANUP(); fine when not opened */

/* admin_id() - a decimal id of ours; false when it is none. */
bool admin_id(const char *text, int64_t *ret);
/* admin_tenant() - the id of the tenant called name; NULL: 0, which is all of them. */
enum cli_exit admin_tenant(struct admin *a, const char *name, int64_t *ret_id);

/* admin_tenant_copy() - a tenant of one's own, by way of the stored form; ended with tenant_free(). */
MUST_USE enum err admin_tenant_copy(const struct tenant *t, struct tenant **ret);

/* admin_tenants() - read the tenants' names, once; they are in a->tenants. */
MUST_USE enum err admin_tenants(struct admin *a);
/* admin_tenant_name() - after admin_tenants(): "contoso"; 0 is the machine itself, "(machine)". */
const char *admin_tenant_name(const struct admin *a, int64_t id);

/* Ids go into JSON as strings: they do not fit into the numbers of many readers. */
void admin_json_id(struct json_writer *w, const char *key, int64_t id);
void admin_json_time(struct json_writer *w, const char *key, int64_t ms);
/* admin_json_print() - what was written, and a line end, on stdout. */
enum cli_exit admin_json_print(struct admin *a, struct json_writer *w);

/*
 * admin_list() - a table for people under its heading, or one JSON array, page by page: however many
 * rows there are, one page of them is in memory.
 *
 * page prints the rows that come after *after, or writes an object for each when w is not NULL, sets
 * *after to the last one's id, and *ret_more when there may be another page.
 */
typedef enum err admin_page(
    struct admin *a, int64_t tenant_id, int64_t *after, struct json_writer *w, bool *ret_more);
MUST_USE enum err
admin_list(struct admin *a, const char *heading, admin_page *page, int64_t tenant_id, bool json);

#endif
