/* The rows of tenant.h's table: the one place where a tenant's setting is described. */
#include "core/tenant.h"

#define AT(member) offsetof(struct tenant, member)
#define NAME_BYTES 256 /* 64 characters of four bytes each; tenant_check() counts the characters */
#define H          INT64_C(3600000)
#define D          (24 * H)

static const char *const modes[] = {
	[TENANT_OPT_OUT] = "opt-out", [TENANT_OPT_IN] = "opt-in", NULL
};
static const char *const links[] = {
	[TENANT_LINK_EACH] = "each", [TENANT_LINK_SHARED] = "shared", NULL
};
static const char *const scopes[] = {
	[TENANT_SCOPE_GROUP] = "group", [TENANT_SCOPE_ORGANIZATION] = "organization", NULL
};
static const char *const recipients[] = {
	[TENANT_RECIPIENTS_OUTSIDE] = "outside", [TENANT_RECIPIENTS_ALL] = "all", NULL
};
static const char *const loop_marks[] = {
	[TENANT_LOOP_TOKENS] = "tokens", [TENANT_LOOP_PLAIN] = "plain", NULL
};
static const char *const languages[] = {
	[LANGUAGE_NL] = "nl", [LANGUAGE_DE] = "de", [LANGUAGE_EN] = "en", NULL
};

const struct setting tenant_table[] = {
	{ .name = "enabled",
	    .type = SETTING_BOOL,
	    .offset = AT(enabled),
	    .def = "true",
	    .help =
		"Off: mail of this tenant is answered with 4xx, so it waits at Exchange Online." },
	{ .name = "organisation",
	    .type = SETTING_STR,
	    .offset = AT(organisation),
	    .def = NULL,
	    .min = 1,
	    .max = 120,
	    .help = "The organisation's name as recipients see it in mails and pages." },
	{ .name = "entra_id",
	    .type = SETTING_STR,
	    .offset = AT(entra_id),
	    .def = NULL,
	    .min = 36,
	    .max = 36,
	    .help = "The tenant's id in Entra: the GUID that Exchange Online puts into "
		    "X-MS-Exchange-CrossTenant-Id." },
	{ .name = "domains",
	    .type = SETTING_DOMAINS,
	    .offset = AT(domains),
	    .def = NULL,
	    .min = 1,
	    .max = 5000,
	    .help =
		"Registered sender domains; mail from any other is refused. \"*.example.nl\" is every "
		"domain below example.nl." },
	{ .name = "secret_header",
	    .type = SETTING_STR,
	    .offset = AT(secret_header),
	    .def = "X-SecuDoc-Tenant",
	    .min = 1,
	    .max = 76,
	    .help =
		"Name of the header in which the mail flow rule says the tenant's secret. It is "
		"deleted from every mail that leaves." },
	{ .name = "secret_values",
	    .type = SETTING_LIST,
	    .offset = AT(secret_values),
	    .def = "",
	    .min = 1,
	    .max = 2,
	    .secret = true,
	    .help =
		"Values of that header that are believed, at least 16 characters; two while one "
		"replaces the other. Made at random when the tenant is added." },
	{ .name = "mark_tokens",
	    .type = SETTING_LIST,
	    .offset = AT(mark_tokens),
	    .def = "",
	    .min = 1,
	    .max = 2,
	    .secret = true,
	    .help =
		"Tokens of the X-SecuDoc header by which the mail flow rule knows mail that was here "
		"already; the first is written, two while one replaces the other. Made at random when "
		"the tenant is added." },

	{ .name = "mode",
	    .type = SETTING_CHOICE,
	    .offset = AT(mode),
	    .def = "opt-out",
	    .choices = modes,
	    .help = "opt-out: every mail is secured unless the sender switched it off "
		    "(X-SecuDoc-Enabled: 0). opt-in: only mail for which it was switched on "
		    "(X-SecuDoc-Enabled: 1)." },
	{ .name = "required_header",
	    .type = SETTING_STR,
	    .offset = AT(required_header),
	    .def = "",
	    .max = 256,
	    .help =
		"Secure only mail that has this header: \"Name\" or \"Name: value\". Careful: when the "
		"header is not set where you expect it, everything passes unsecured." },
	{ .name = "excluded_senders",
	    .type = SETTING_PATTERNS,
	    .offset = AT(excluded_senders),
	    .def = "",
	    .min = 0,
	    .max = 5000,
	    .help = "Mail from these addresses or @domains passes untouched." },
	{ .name = "excluded_recipients",
	    .type = SETTING_PATTERNS,
	    .offset = AT(excluded_recipients),
	    .def = "",
	    .min = 0,
	    .max = 5000,
	    .help = "These addresses or @domains get their mail untouched." },
	{ .name = "threshold",
	    .type = SETTING_SIZE,
	    .offset = AT(threshold_bytes),
	    .def = "1 KB",
	    .min = 0,
	    .max = INT64_C(1) << 30,
	    .help = "A mail is secured when at least one of its files is this large, decoded." },

	{ .name = "language",
	    .type = SETTING_CHOICE,
	    .offset = AT(language),
	    .def = "nl",
	    .choices = languages,
	    .help =
		"Language of the texts in mails, and of pages when the browser asks for no other." },
	{ .name = "links",
	    .type = SETTING_CHOICE,
	    .offset = AT(links),
	    .def = "each",
	    .choices = links,
	    .help =
		"each: every recipient gets a copy with a link of his own. shared: one copy and one "
		"link for all." },
	{ .name = "link_life",
	    .type = SETTING_DURATION,
	    .offset = AT(link_life_ms),
	    .def = "30 d",
	    .min = 1000,
	    .max = 3650 * D,
	    .help = "How long files can be downloaded. After that their key is destroyed." },
	{ .name = "link_base",
	    .type = SETTING_STR,
	    .offset = AT(link_base),
	    .def = NULL,
	    .min = 9,
	    .max = 200,
	    .help = "Where recipients reach the pages: \"https://secudoc.example.nl\"." },
	{ .name = "facility_address",
	    .type = SETTING_ADDRESS,
	    .offset = AT(facility_address),
	    .def = NULL,
	    .min = 3,
	    .max = 320,
	    .help = "Sender of codes and reports: a mailbox of the tenant." },

	{ .name = "inbound_host",
	    .type = SETTING_ENDPOINT,
	    .offset = AT(inbound_host),
	    .def = NULL,
	    .help = "Where mail is handed back: \"contoso-nl.mail.protection.outlook.com:25\"." },
	{ .name = "inbound_tls_name",
	    .type = SETTING_STR,
	    .offset = AT(inbound_tls_name),
	    .def = "",
	    .min = 1,
	    .max = 255,
	    .help =
		"The name that server's certificate must have. Empty: the host in inbound_host." },
	{ .name = "client_cert",
	    .type = SETTING_PATH,
	    .offset = AT(client_cert),
	    .def = NULL,
	    .help =
		"PEM file of the certificate of the linked domain, leaf first: by it the inbound "
		"connector knows us." },
	{ .name = "client_key",
	    .type = SETTING_PATH,
	    .offset = AT(client_key),
	    .def = NULL,
	    .help = "PEM file of the private key that belongs to client_cert." },

	{ .name = "linked_domain",
	    .type = SETTING_STR,
	    .offset = AT(linked_domain),
	    .def = "",
	    .min = 3,
	    .max = 253,
	    .help =
		"Domain of client_cert, accepted in Exchange Online for this tenant alone: by it the "
		"inbound connector tells our mail from everybody else's. Never a wildcard. Empty: not "
		"linked yet, no mail flow rules can be planned." },
	{ .name = "smart_host",
	    .type = SETTING_STR,
	    .offset = AT(smart_host),
	    .def = "",
	    .min = 3,
	    .max = 253,
	    .help =
		"Host name by which Exchange Online reaches this service; the certificate shown there "
		"must have this name. Empty: not known yet, no mail flow rules can be planned." },
	{ .name = "rule_scope",
	    .type = SETTING_CHOICE,
	    .offset = AT(rule_scope),
	    .def = "group",
	    .choices = scopes,
	    .help = "Whose mail is routed here. group: that of members of users_group. "
		    "organization: that of everybody inside the organization." },
	{ .name = "rule_recipients",
	    .type = SETTING_CHOICE,
	    .offset = AT(rule_recipients),
	    .def = "outside",
	    .choices = recipients,
	    .help = "outside: only what goes to recipients outside the organization is routed "
		    "here. all: mail among colleagues as well." },
	{ .name = "loop_mark",
	    .type = SETTING_CHOICE,
	    .offset = AT(loop_mark),
	    .def = "tokens",
	    .choices = loop_marks,
	    .help =
		"How the mail flow rule knows mail that was here already. tokens: X-SecuDoc with one of "
		"mark_tokens, which nobody can guess. plain: X-SecuDoc: 1.0, which any sender can write "
		"himself to go round protection." },
	{ .name = "retain_headers",
	    .type = SETTING_BOOL,
	    .offset = AT(retain_headers),
	    .def = "true",
	    .help =
		"true: both connectors keep Exchange's own headers (CloudServicesMailEnabled), as "
		"Microsoft documents for services of this kind, so mail that returns still counts as "
		"internal. false: neither does, and the outbound connector is one to a partner." },
	{ .name = "users_group",
	    .type = SETTING_STR,
	    .offset = AT(users_group),
	    .def = "SecuDoc Users",
	    .min = 1,
	    .max = NAME_BYTES,
	    .help = "Name of the group of those who use this service, at most 64 characters." },
	{ .name = "admins_group",
	    .type = SETTING_STR,
	    .offset = AT(admins_group),
	    .def = "SecuDoc Admins",
	    .min = 1,
	    .max = NAME_BYTES,
	    .help = "Name of the group of those who administer this service, at most 64 "
		    "characters." },
	{ .name = "users_group_address",
	    .type = SETTING_ADDRESS,
	    .offset = AT(users_group_address),
	    .def = "",
	    .min = 3,
	    .max = 320,
	    .help = "Address of users_group, in one of the tenant's domains. Empty: secudoc_users@ "
		    "the first domain that is no wildcard." },
	{ .name = "admins_group_address",
	    .type = SETTING_ADDRESS,
	    .offset = AT(admins_group_address),
	    .def = "",
	    .min = 3,
	    .max = 320,
	    .help =
		"Address of admins_group, in one of the tenant's domains. Empty: secudoc_admins@ the "
		"first domain that is no wildcard." },
	{ .name = "inbound_connector",
	    .type = SETTING_STR,
	    .offset = AT(inbound_connector),
	    .def = "SecuDoc In",
	    .min = 1,
	    .max = NAME_BYTES,
	    .help = "Name of the connector by which mail returns to Exchange Online, at most 64 "
		    "characters." },
	{ .name = "outbound_connector",
	    .type = SETTING_STR,
	    .offset = AT(outbound_connector),
	    .def = "SecuDoc Out",
	    .min = 1,
	    .max = NAME_BYTES,
	    .help = "Name of the connector by which Exchange Online sends mail here, at most 64 "
		    "characters." },
	{ .name = "rule_name",
	    .type = SETTING_STR,
	    .offset = AT(rule_name),
	    .def = "SecuDoc Mail Integration",
	    .min = 1,
	    .max = NAME_BYTES,
	    .help =
		"Name of the mail flow rule that sends mail here, at most 64 characters. The names of "
		"the rules around it are fixed." },
	{ .name = "excluded_groups",
	    .type = SETTING_LIST,
	    .offset = AT(excluded_groups),
	    .def = "",
	    .min = 0,
	    .max = 100,
	    .help =
		"Addresses of groups whose members' mail is not routed here. Exchange Online alone "
		"knows who is in them." },
	{ .name = "spam_rule",
	    .type = SETTING_BOOL,
	    .offset = AT(spam_rule),
	    .def = "true",
	    .help =
		"A mail flow rule asks Exchange Online not to take mail that returns from here for "
		"spam." },
	{ .name = "phone_claim",
	    .type = SETTING_BOOL,
	    .offset = AT(phone_claim),
	    .def = "false",
	    .help = "Sign-in hands over the user's mobile number (claim Phone)." },
};
const size_t tenant_table_count = sizeof(tenant_table) / sizeof(tenant_table[0]);
