/* The rows of config.h's table: the one place where a machine setting is described. */
#include "core/config.h"

#include "core/log.h"

#define AT(member) offsetof(struct config, member)
#define S          INT64_C(1000)
#define MIN        (60 * S)
#define H          (60 * MIN)
#define D          (24 * H)
#define MIB        (INT64_C(1) << 20)

static const char *const levels[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error", NULL
};
static const char *const forms[] = {
	[LOG_FORM_AUTO] = "auto", [LOG_FORM_JSON] = "json", [LOG_FORM_TEXT] = "text", NULL
};

/* clang-format off: a setting is a paragraph, not a column */
const struct setting config_table[] = {
	{ .name = "store.database",
	    .type = SETTING_STR,
	    .offset = AT(database),
	    .def = "sqlite:/var/lib/secudoc/secudoc.db",
	    .min = 8,
	    .max = 4096,
	    .help =
		"Where mails, transfers and tenants are kept: \"sqlite:\" and the path of a file. "
		"The file is made when it is not there." },
	{ .name = "store.containers_dir",
	    .type = SETTING_PATH,
	    .offset = AT(containers_dir),
	    .def = "/var/lib/secudoc/containers",
	    .help =
		"Folder of the encrypted containers, one file a mail that is larger than 64 KiB. Put "
		"it on the large disk." },
	{ .name = "store.keys_dir",
	    .type = SETTING_PATH,
	    .offset = AT(keys_dir),
	    .def = "/etc/secudoc/keys",
	    .help =
		"Folder of master.key, auth.key and the list of erased keys, made by \"secudoc keys "
		"init\". Back it up apart from the database and the containers: who has all three can "
		"read everything." },
	{ .name = "store.run_dir",
	    .type = SETTING_PATH,
	    .offset = AT(run_dir),
	    .def = "/run/secudoc",
	    .help =
		"Folder for what lives as long as the processes: the wake-up socket, locks and the "
		"list of bound addresses." },
	{ .name = "store.sweep_age",
	    .type = SETTING_DURATION,
	    .offset = AT(sweep_age_ms),
	    .def = "1 h",
	    .min = 1 * S,
	    .max = 30 * D,
	    .help =
		"Container files that belong to no mail (left by a crash) are removed when they are "
		"older than this." },

	{ .name = "log.level",
	    .type = SETTING_CHOICE,
	    .offset = AT(log_level),
	    .def = "info",
	    .choices = levels,
	    .help =
		"The least important lines that are written. Only \"debug\" shows mail addresses." },
	{ .name = "log.form",
	    .type = SETTING_CHOICE,
	    .offset = AT(log_form),
	    .def = "auto",
	    .choices = forms,
	    .help =
		"One JSON object a line, or text for people; \"auto\" is text on a terminal and JSON "
		"elsewhere. The log goes to standard error." },

	{ .name = "smtp.listen",
	    .type = SETTING_ENDPOINTS,
	    .offset = AT(smtp_listen),
	    .def = "[::]:25",
	    .min = 1,
	    .max = 16,
	    .help =
		"Addresses on which mail from Exchange Online is accepted. Port 0 is any free port; "
		"the one that was taken stands in listeners.json in store.run_dir." },
	{ .name = "smtp.hostname",
	    .type = SETTING_STR,
	    .offset = AT(smtp_hostname),
	    .def = NULL,
	    .min = 1,
	    .max = 255,
	    .help =
		"This machine's name in greetings and Received fields: the name in smtp.cert and the "
		"smart host of the outbound connector." },
	{ .name = "smtp.cert",
	    .type = SETTING_PATH,
	    .offset = AT(smtp_cert),
	    .def = NULL,
	    .help =
		"PEM file of the certificate shown to Exchange Online: leaf first, then the chain. "
		"Read again on SIGHUP." },
	{ .name = "smtp.key",
	    .type = SETTING_PATH,
	    .offset = AT(smtp_key),
	    .def = NULL,
	    .help = "PEM file of the private key that belongs to smtp.cert." },
	{ .name = "smtp.client_ca",
	    .type = SETTING_PATH,
	    .offset = AT(smtp_client_ca),
	    .def = NULL,
	    .help =
		"PEM file of the roots to which the certificate of Exchange Online must chain, for "
		"example /etc/ssl/certs/ca-certificates.crt." },
	{ .name = "smtp.client_names",
	    .type = SETTING_DOMAINS,
	    .offset = AT(smtp_client_names),
	    .def = "mail.protection.outlook.com",
	    .min = 1,
	    .max = 16,
	    .help =
		"Names of which the client certificate must have one; \"*.example.net\" also stands "
		"for the names below it. The certificate says that Exchange Online speaks, not which "
		"tenant." },
	{ .name = "smtp.max_connections",
	    .type = SETTING_INT,
	    .offset = AT(smtp_max_connections),
	    .def = "200",
	    .min = 1,
	    .max = 10000,
	    .help = "Connections at the same time; one more is answered with 421." },
	{ .name = "smtp.max_connections_per_address",
	    .type = SETTING_INT,
	    .offset = AT(smtp_max_connections_per_address),
	    .def = "50",
	    .min = 1,
	    .max = 10000,
	    .help = "The same for one address (IPv6: one /64)." },
	{ .name = "smtp.max_recipients",
	    .type = SETTING_INT,
	    .offset = AT(smtp_max_recipients),
	    .def = "1000",
	    .min = 100,
	    .max = 10000,
	    .help =
		"Recipients of one mail; one more is answered with 452 and comes in a mail of its own. "
		"RFC 5321 asks for 100 at least." },
	{ .name = "smtp.max_size",
	    .type = SETTING_SIZE,
	    .offset = AT(smtp_max_size),
	    .def = "150 MiB",
	    .min = 64 * 1024,
	    .max = 2048 * MIB,
	    .help =
		"The largest mail, as it comes over the wire. Exchange Online sends 150 MB at most." },
	{ .name = "smtp.max_hops",
	    .type = SETTING_INT,
	    .offset = AT(smtp_max_hops),
	    .def = "50",
	    .min = 5,
	    .max = 200,
	    .help = "A mail with more Received fields than this goes in circles and is refused." },
	{ .name = "smtp.command_timeout",
	    .type = SETTING_DURATION,
	    .offset = AT(smtp_command_timeout_ms),
	    .def = "5 min",
	    .min = 1 * S,
	    .max = 1 * H,
	    .help = "How long the next command, or the next bytes of a mail, may take to come." },
	{ .name = "smtp.data_timeout",
	    .type = SETTING_DURATION,
	    .offset = AT(smtp_data_timeout_ms),
	    .def = "30 min",
	    .min = 1 * S,
	    .max = 24 * H,
	    .help = "How long one whole mail may take to come." },
	{ .name = "smtp.repeat_window",
	    .type = SETTING_DURATION,
	    .offset = AT(smtp_repeat_window_ms),
	    .def = "48 h",
	    .min = 1 * H,
	    .max = 30 * D,
	    .help =
		"How long a mail that comes again is recognised and not delivered again. Exchange "
		"Online tries for a day." },

	{ .name = "deliver.hostname",
	    .type = SETTING_STR,
	    .offset = AT(deliver_hostname),
	    .def = "",
	    .max = 255,
	    .help = "The name said in EHLO. Empty: smtp.hostname." },
	{ .name = "deliver.ca",
	    .type = SETTING_PATH,
	    .offset = AT(deliver_ca),
	    .def = "",
	    .help =
		"PEM file of the roots to which the tenants' inbound servers must chain. Empty: the "
		"roots of the system." },
	{ .name = "deliver.threads",
	    .type = SETTING_INT,
	    .offset = AT(deliver_threads),
	    .def = "16",
	    .min = 1,
	    .max = 256,
	    .help = "Mails that are sent at the same time." },
	{ .name = "deliver.connections_per_tenant",
	    .type = SETTING_INT,
	    .offset = AT(deliver_connections_per_tenant),
	    .def = "8",
	    .min = 1,
	    .max = 64,
	    .help =
		"Connections to the server of one tenant at the same time. Connections are never "
		"shared between tenants." },
	{ .name = "deliver.connect_timeout",
	    .type = SETTING_DURATION,
	    .offset = AT(deliver_connect_timeout_ms),
	    .def = "30 s",
	    .min = 1 * S,
	    .max = 10 * MIN,
	    .help = "How long connecting may take, TLS included." },
	{ .name = "deliver.reply_timeout",
	    .type = SETTING_DURATION,
	    .offset = AT(deliver_reply_timeout_ms),
	    .def = "10 min",
	    .min = 1 * S,
	    .max = 1 * H,
	    .help =
		"How long the other side may take for a reply. RFC 5321 asks for 10 minutes after the "
		"end of a mail." },
	{ .name = "deliver.retry_min",
	    .type = SETTING_DURATION,
	    .offset = AT(deliver_retry_min_ms),
	    .def = "1 min",
	    .min = 100,
	    .max = 1 * H,
	    .help = "The wait after the first try that failed; it doubles with each further one." },
	{ .name = "deliver.retry_max",
	    .type = SETTING_DURATION,
	    .offset = AT(deliver_retry_max_ms),
	    .def = "1 h",
	    .min = 100,
	    .max = 24 * H,
	    .help = "The longest wait between two tries." },
	{ .name = "deliver.give_up",
	    .type = SETTING_DURATION,
	    .offset = AT(deliver_give_up_ms),
	    .def = "24 h",
	    .min = 1 * S,
	    .max = 7 * D,
	    .help = "When a mail could not be delivered for this long its sender gets a report." },
	{ .name = "deliver.idle",
	    .type = SETTING_DURATION,
	    .offset = AT(deliver_idle_ms),
	    .def = "10 s",
	    .min = 0,
	    .max = 5 * MIN,
	    .help = "How long an unused connection is kept for the next mail of its tenant." },

	{ .name = "web.listen",
	    .type = SETTING_ENDPOINTS,
	    .offset = AT(web_listen),
	    .def = "[::]:443",
	    .min = 1,
	    .max = 16,
	    .help = "Addresses of the recipients' pages." },
	{ .name = "web.cert",
	    .type = SETTING_PATH,
	    .offset = AT(web_cert),
	    .def = "",
	    .help =
		"PEM file of the pages' certificate, leaf first. Empty together with web.key: plain "
		"HTTP, which web.behind_proxy must allow." },
	{ .name = "web.key",
	    .type = SETTING_PATH,
	    .offset = AT(web_key),
	    .def = "",
	    .help = "PEM file of the private key that belongs to web.cert." },
	{ .name = "web.max_connections",
	    .type = SETTING_INT,
	    .offset = AT(web_max_connections),
	    .def = "500",
	    .min = 1,
	    .max = 10000,
	    .help = "Connections at the same time." },
	{ .name = "web.max_connections_per_address",
	    .type = SETTING_INT,
	    .offset = AT(web_max_connections_per_address),
	    .def = "50",
	    .min = 1,
	    .max = 10000,
	    .help = "The same for one address. Raise it to web.max_connections behind a proxy." },
	{ .name = "web.timeout",
	    .type = SETTING_DURATION,
	    .offset = AT(web_timeout_ms),
	    .def = "30 s",
	    .min = 1 * S,
	    .max = 1 * H,
	    .help = "How long a connection may be silent." },
	{ .name = "web.behind_proxy",
	    .type = SETTING_BOOL,
	    .offset = AT(web_behind_proxy),
	    .def = "false",
	    .help =
		"A proxy in front does TLS: plain HTTP is served and X-Forwarded-For is believed. "
		"Nobody else may be able to reach web.listen then." },
	{ .name = "web.code_life",
	    .type = SETTING_DURATION,
	    .offset = AT(web_code_life_ms),
	    .def = "10 min",
	    .min = 1 * S,
	    .max = 24 * H,
	    .help = "How long a code that was mailed to a recipient can be used." },
	{ .name = "web.code_attempts",
	    .type = SETTING_INT,
	    .offset = AT(web_code_attempts),
	    .def = "5",
	    .min = 1,
	    .max = 20,
	    .help = "Tries to enter one code." },
	{ .name = "web.session_life",
	    .type = SETTING_DURATION,
	    .offset = AT(web_session_life_ms),
	    .def = "1 h",
	    .min = 1 * S,
	    .max = 24 * H,
	    .help = "How long files can be downloaded after the code was entered." },

	{ .name = "monitor.listen",
	    .type = SETTING_ENDPOINT,
	    .offset = AT(monitor_listen),
	    .def = "127.0.0.1:9109",
	    .help = "Loopback address of /healthz and /metrics (Prometheus)." },

	{ .name = "serve.user",
	    .type = SETTING_STR,
	    .offset = AT(user),
	    .def = "",
	    .max = 32,
	    .help =
		"The system user to run as after the listeners are open. Empty: stay as started." },
	{ .name = "serve.restart_min",
	    .type = SETTING_DURATION,
	    .offset = AT(restart_min_ms),
	    .def = "200 ms",
	    .min = 10,
	    .max = 1 * MIN,
	    .help =
		"The wait before a child that ended is started again; it doubles while it keeps "
		"ending." },
	{ .name = "serve.restart_max",
	    .type = SETTING_DURATION,
	    .offset = AT(restart_max_ms),
	    .def = "30 s",
	    .min = 10,
	    .max = 1 * H,
	    .help = "The longest such wait." },
	{ .name = "serve.drain",
	    .type = SETTING_DURATION,
	    .offset = AT(drain_ms),
	    .def = "5 min",
	    .min = 100,
	    .max = 1 * H,
	    .help = "How long a child may finish the work it has begun when it is to stop." },
};
/* clang-format on */
const size_t config_table_count = sizeof(config_table) / sizeof(config_table[0]);
