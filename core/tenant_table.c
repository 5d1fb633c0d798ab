/* The rows of tenant.h's table: the one place where a tenant's setting is described. */
#include "core/tenant.h"

#define AT(member) offsetof(struct tenant, member)
#define H          INT64_C(3600000)
#define D          (24 * H)

static const char *const modes[] = {
	[TENANT_OPT_OUT] = "opt-out", [TENANT_OPT_IN] = "opt-in", NULL
};
static const char *const links[] = {
	[TENANT_LINK_EACH] = "each", [TENANT_LINK_SHARED] = "shared", NULL
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
};
const size_t tenant_table_count = sizeof(tenant_table) / sizeof(tenant_table[0]);
