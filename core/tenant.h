/*
 * core/tenant.h - a tenant's settings: the same kind of table as the machine's, kept as versioned rows.
 *
 * Set with "secudoc tenant add|set", stored as one JSON object a version, read by every role. Secrets are
 * masked where they are shown. The struct is plain data; its arena owns all it points to.
 */
#ifndef SECUDOC_CORE_TENANT_H
#define SECUDOC_CORE_TENANT_H

#include "core/settings.h"

enum tenant_mode { TENANT_OPT_OUT, TENANT_OPT_IN };
enum tenant_links { TENANT_LINK_EACH, TENANT_LINK_SHARED };
enum tenant_rule_scope { TENANT_SCOPE_GROUP, TENANT_SCOPE_ORGANIZATION };
enum tenant_rule_recipients { TENANT_RECIPIENTS_OUTSIDE, TENANT_RECIPIENTS_ALL };
enum tenant_loop_mark { TENANT_LOOP_TOKENS, TENANT_LOOP_PLAIN };
enum tenant_language { LANGUAGE_NL, LANGUAGE_DE, LANGUAGE_EN };

/* What Exchange takes as the name of a connector, a group or a rule, counted as it counts: in UTF-16. */
#define TENANT_NAME_CHARS 64u

struct tenant {
	int64_t id;
	int64_t version;
	const char *name; /* the administrator's word for it: letters, digits, "-" */

	bool enabled;                /* off: its mail is refused 4xx */
	const char *organisation;    /* shown to recipients */
	const char *entra_id;        /* tenant GUID, X-MS-Exchange-CrossTenant-Id, lower case */
	struct setting_list domains; /* registered sender domains */
	const char *secret_header;   /* name of the header that the mail flow rule sets */
	struct setting_list
	    secret_values; /* 1 or 2 (rotation), at least 16 characters each; secret */
	struct setting_list mark_tokens; /* 1 or 2; the first is written into X-SecuDoc */

	int mode;                    /* enum tenant_mode */
	const char *required_header; /* "" none; "Name" or "Name: value" (SD-133) */
	struct setting_list excluded_senders;
	struct setting_list excluded_recipients;
	int64_t threshold_bytes; /* decoded; default 1 KB (SD-073) */

	int language; /* enum tenant_language */
	int links;    /* enum tenant_links */
	int64_t link_life_ms;
	const char *link_base;        /* "https://secudoc.example.nl", no trailing slash */
	const char *facility_address; /* sender of codes and reports (SD-052) */

	const char *inbound_host;     /* "contoso.mail.protection.outlook.com:25" */
	const char *inbound_tls_name; /* name its certificate must have; "" is the host */
	const char *client_cert;      /* PEM chain of the linked domain */
	const char *client_key;

	/* what Exchange Online is to have (rules/plan.h); names: at most TENANT_NAME_CHARS characters */
	const char *linked_domain; /* "" not linked yet; the domain of client_cert */
	const char *smart_host;    /* "" not known yet */
	int rule_scope;            /* enum tenant_rule_scope (SD-094) */
	int rule_recipients;       /* enum tenant_rule_recipients (SD-072, SD-079) */
	int loop_mark;             /* enum tenant_loop_mark (SD-075, SD-082) */
	bool retain_headers;       /* CloudServicesMailEnabled on both connectors */
	const char *users_group;
	const char *admins_group;
	const char *users_group_address;  /* "" secudoc_users@ the first plain domain */
	const char *admins_group_address; /* "" secudoc_admins@ the same */
	const char *inbound_connector;
	const char *outbound_connector;
	const char *rule_name;
	struct setting_list excluded_groups; /* addresses (SD-092) */
	bool spam_rule;                      /* SD-095 */
	bool phone_claim;                    /* SD-114 */

	struct arena arena;
};

extern const struct setting tenant_table[];
extern const size_t tenant_table_count;

/* tenant_check() - what one row alone cannot say: lists that fit together. ERR_SYNTAX with a note. */
MUST_USE enum err tenant_check(const struct tenant *t);
/* tenant_to_json() / tenant_from_json() - the stored form: an object of texts and lists of texts. */
MUST_USE enum err tenant_to_json(const struct tenant *t, struct buf *out);
MUST_USE enum err tenant_from_json(struct span json, struct tenant **ret);
/* tenant_new() - defaults; mark token and secret value made at random. */
MUST_USE enum err tenant_new(const char *name, struct tenant **ret);
void tenant_free(struct tenant **t);

#endif
