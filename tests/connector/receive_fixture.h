/*
 * tests/connector/receive_fixture.h - the role receive in a thread, on a store of its own, and a
 * client.
 *
 * One tenant "contoso" (contoso.example), certificates made on the spot, everything in a folder
 * that goes with the test. The client is our own connection with a script on top; framing and
 * replies are looked at byte by byte.
 */
#ifndef SECUDOC_TESTS_CONNECTOR_RECEIVE_FIXTURE_H
#define SECUDOC_TESTS_CONNECTOR_RECEIVE_FIXTURE_H

#include "connector/receive.h"
#include "core/clock.h"
#include "core/log.h"
#include "net/conn.h"
#include "net/listen.h"
#include "store/audit.h"
#include "store/keys.h"
#include "store/queue.h"
#include "store/tenant.h"

#include "support/certs.h"
#include "support/unit.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOON   60000 /* ms: generous; nothing waits that long when all is well */
#define ENTRA  "11111111-2222-3333-4444-555555555555"
#define SECRET "0123456789abcdef0123456789abcdef"

struct receive_fixture {
	struct tmpdir dir;
	struct cert *ca, *other_ca;
	struct config *config;
	struct role_env env;
	int stop[2];
	char address[LISTEN_NAME_SIZE];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ready;
	enum err result;
	struct store *admin; /* to look at what was stored */
	int64_t tenant_id;
};

static inline void
fixture_ready(void *ctx)
{
	struct receive_fixture *f = ctx;

	pthread_mutex_lock(&f->lock);
	f->ready = true;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

static inline void *
fixture_thread(void *arg)
{
	struct receive_fixture *f = arg;

	f->result = receive_run(&f->env);
	fixture_ready(f);
	return NULL;
}

static inline void
fixture_cert(struct receive_fixture *f, const char *file, struct cert_spec spec, bool other_ca)
{
	struct cert *c;

	spec.issuer = other_ca ? f->other_ca : f->ca;
	c = cert_make(&spec);
	cert_save(c, &f->dir, file);
	cert_free(&c);
}

static inline void
fixture_certs(struct receive_fixture *f)
{
	f->ca = cert_make(&(struct cert_spec){ .name = "Test CA", .ca = true });
	f->other_ca = cert_make(&(struct cert_spec){ .name = "Other CA", .ca = true });
	cert_save_ca(f->ca, &f->dir, "ca");
	fixture_cert(f, "server",
	    (struct cert_spec){ .name = "mx.secudoc.example",
		.dns = { "mx.secudoc.example", "localhost" },
		.ip = { "127.0.0.1" },
		.usage = CERT_SERVER },
	    false);
	fixture_cert(f, "exchange",
	    (struct cert_spec){ .name = "mail.protection.outlook.com",
		.dns = { "mail.protection.outlook.com" },
		.usage = CERT_SERVER },
	    false);
	fixture_cert(f, "stranger",
	    (struct cert_spec){ .name = "mail.attacker.example",
		.dns = { "mail.attacker.example" },
		.usage = CERT_CLIENT },
	    false);
	fixture_cert(f, "foreign",
	    (struct cert_spec){ .name = "mail.protection.outlook.com",
		.dns = { "mail.protection.outlook.com" },
		.usage = CERT_CLIENT },
	    true);
}

static inline void
fixture_config(struct receive_fixture *f, const char *more)
{
	char text[4096];
	int n = snprintf(text, sizeof(text),
	    "store { database = \"sqlite:%s/db\"\n containers_dir = containers\n keys_dir = keys\n"
	    " run_dir = run }\n"
	    "log { level = error }\n"
	    "smtp { listen = { \"127.0.0.1:0\" }\n hostname = mx.secudoc.example\n cert = "
	    "server.pem\n"
	    " key = server.key\n client_ca = ca.pem\n %s }\n"
	    "web { behind_proxy = true }\n",
	    f->dir.path, more);

	assert_ok(config_parse("test", span_of(text, (size_t)n), f->dir.path, &f->config));
}

static inline void
fixture_set(struct tenant *t, const char *name, const char *value)
{
	const struct setting *s = setting_find(tenant_table, tenant_table_count, span_str(name));

	assert_non_null(s);
	assert_ok(setting_assign(s, t, &value, 1, "/", &t->arena));
}

static inline int64_t
fixture_tenant(struct store *st, const char *name, const char *entra, const char *domain)
{
	struct tenant *t;
	char address[128];
	int64_t id;

	assert_ok(tenant_new(name, &t));
	fixture_set(t, "organisation", name);
	fixture_set(t, "entra_id", entra);
	fixture_set(t, "domains", domain);
	fixture_set(t, "secret_header", "X-Contoso-Secret");
	fixture_set(t, "secret_values", SECRET);
	fixture_set(t, "link_base", "https://secudoc.example");
	(void)snprintf(address, sizeof(address), "secudoc@%s", domain);
	fixture_set(t, "facility_address", address);
	fixture_set(t, "inbound_host", "127.0.0.1:9");
	fixture_set(t, "client_cert", "/nowhere.pem");
	fixture_set(t, "client_key", "/nowhere.key");
	assert_ok(store_tenant_add(st, t, &id));
	tenant_free(&t);
	return id;
}

static inline void
fixture_store(struct receive_fixture *f)
{
	struct store_options o;

	assert_ok(store_keys_init(f->config->keys_dir));
	o = store_options_of(f->config, STORE_ADMIN);
	assert_ok(store_open(&o, &f->admin));
	f->tenant_id = fixture_tenant(f->admin, "contoso", ENTRA, "contoso.example");
}

/* more: further lines of the smtp section */
static inline void
fixture_start(struct receive_fixture *f, const char *more)
{
	memset(f, 0, sizeof(*f));
	tmpdir_make(&f->dir);
	log_init("test", LOG_ERROR, LOG_FORM_TEXT, 2);
	fixture_certs(f);
	fixture_config(f, more);
	fixture_store(f);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	assert_int_equal(pipe(f->stop), 0);
	f->env = (struct role_env){ .config = f->config,
		.listen_count = 1,
		.stop_fd = f->stop[0],
		.ready = fixture_ready,
		.ctx = f };
	assert_ok(listen_open("127.0.0.1:0", &f->env.listen_fds[0]));
	(void)listen_name(f->env.listen_fds[0], f->address);
	assert_int_equal(pthread_create(&f->thread, NULL, fixture_thread, f), 0);
	pthread_mutex_lock(&f->lock);
	while (!f->ready)
		pthread_cond_wait(&f->changed, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

static inline void
fixture_stop_begin(struct receive_fixture *f)
{
	assert_int_equal(write(f->stop[1], "x", 1), 1);
}

static inline void
fixture_done(struct receive_fixture *f)
{
	pthread_join(f->thread, NULL);
	assert_int_equal(f->result, ERR_OK);
	store_close(&f->admin);
	close(f->env.listen_fds[0]);
	close(f->stop[0]);
	close(f->stop[1]);
	config_free(&f->config);
	cert_free(&f->ca);
	cert_free(&f->other_ca);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->changed);
	tmpdir_done(&f->dir);
}

/* --- the client ----------------------------------------------------------------------------------
 */

static inline struct conn *
client_connect(struct receive_fixture *f)
{
	struct conn *c;

	assert_ok(conn_connect(f->address, 0, clock_mono_ms() + SOON, -1, &c));
	return c;
}

static inline void
client_send(struct conn *c, const void *bytes, size_t len)
{
	assert_ok(conn_write(c, span_of(bytes, len)));
	assert_ok(conn_flush(c));
}

/* The whole reply, lines joined by " / ", in a buffer that lasts for the next few replies. */
static inline const char *
client_reply(struct conn *c)
{
	static _Thread_local char replies[4][1024];
	static _Thread_local unsigned next;
	char *text = replies[next++ % 4];
	size_t len = 0;
	struct span line;

	do {
		enum err err = conn_read_line(c, 2000, &line);

		if (err == ERR_NOT_FOUND || err == ERR_TEMP) {
			(void)snprintf(text, 1024, "closed");
			return text;
		}
		assert_ok(err);
		len += (size_t)snprintf(text + len, 1024 - len, "%s%.*s", len > 0 ? " / " : "",
		    (int)line.len, (const char *)line.p);
	} while (line.len > 3 && line.p[3] == '-');
	return text;
}

static inline const char *
client_say(struct conn *c, const char *line)
{
	assert_ok(conn_write(c, span_str(line)));
	client_send(c, "\r\n", 2);
	return client_reply(c);
}

/* want: how the reply begins */
#define assert_reply(got, want)                                                                \
	do {                                                                                   \
		const char *got_ = (got);                                                      \
		if (strncmp(got_, (want), strlen(want)) != 0)                                  \
			fail_msg(                                                              \
			    "%s:%d: \"%s\", wanted \"%s\"", __FILE__, __LINE__, got_, (want)); \
	} while (0)

static inline struct tls_ctx *
client_tls(struct receive_fixture *f, const char *cert)
{
	char ca[2 * TMPDIR_PATH_MAX], pem[2 * TMPDIR_PATH_MAX], key[2 * TMPDIR_PATH_MAX], name[64];
	struct tls_client_opts o = { .ca = tmpdir_join(&f->dir, "ca.pem", ca) };
	struct tls_ctx *t;

	if (cert != NULL) {
		(void)snprintf(name, sizeof(name), "%s.pem", cert);
		o.cert = tmpdir_join(&f->dir, name, pem);
		(void)snprintf(name, sizeof(name), "%s.key", cert);
		o.key = tmpdir_join(&f->dir, name, key);
	}
	assert_ok(tls_client_new(&o, &t));
	return t;
}

struct client {
	struct conn *conn;
	struct tls_ctx *tls;
};

/* Greeted, under TLS, greeted again. cert: "exchange", ... or NULL. */
static inline struct client
client_new(struct receive_fixture *f, const char *cert)
{
	struct client c = { client_connect(f), client_tls(f, cert) };

	assert_reply(client_reply(c.conn), "220 mx.secudoc.example ");
	assert_reply(
	    client_say(c.conn, "EHLO exo.example"), "250-mx.secudoc.example / 250-STARTTLS ");
	assert_reply(client_say(c.conn, "STARTTLS"), "220 2.0.0 ");
	assert_ok(conn_starttls_client(c.conn, c.tls, "mx.secudoc.example"));
	assert_reply(client_say(c.conn, "EHLO exo.example"), "250-mx.secudoc.example / 250-SIZE ");
	return c;
}

static inline void
client_done(struct client *c)
{
	conn_free(&c->conn);
	tls_ctx_free(&c->tls);
}

static inline void
client_envelope(struct conn *c, const char *sender, const char *rcpt)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "MAIL FROM:<%s>", sender);
	assert_reply(client_say(c, line), "250 2.1.0 ");
	(void)snprintf(line, sizeof(line), "RCPT TO:<%s>", rcpt);
	assert_reply(client_say(c, line), "250 2.1.5 ");
}

static inline const char *
client_bdat(struct conn *c, const char *mail, size_t len, bool last)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "BDAT %zu%s\r\n", len, last ? " LAST" : "");
	assert_ok(conn_write(c, span_str(line)));
	client_send(c, mail, len);
	return client_reply(c);
}

/* --- mails ---------------------------------------------------------------------------------------
 */

#define STAMP                                         \
	"X-MS-Exchange-CrossTenant-Id: " ENTRA "\r\n" \
	"X-Contoso-Secret: " SECRET "\r\n"
#define HEAD                                                                               \
	"From: Alice <alice@contoso.example>\r\nTo: bob@example.org\r\nSubject: Hello\r\n" \
	"Date: Sat, 21 Nov 2026 20:30:46 +0000\r\n"
#define MIXED                                                                               \
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bbb\r\n\r\n--bbb\r\n" \
	"Content-Type: text/plain\r\n\r\nSee the file.\r\n--bbb\r\nContent-Type: "          \
	"application/pdf\r\n"                                                               \
	"Content-Disposition: attachment; filename=a.pdf\r\n\r\n"

/* --- what was stored -----------------------------------------------------------------------------
 */

struct stored {
	size_t copies; /* waiting in the queue */
	size_t files;  /* in the containers' folder and below */
	int64_t last_copy;
	enum store_verdict last_verdict;
};

static inline size_t
count_files(const char *dir)
{
	size_t n = 0;
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL) {
		char below[1024 + 256];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(below, sizeof(below), "%.1000s/%s", dir, e->d_name);
		if (lstat(below, &st) == 0)
			n += S_ISDIR(st.st_mode) ? count_files(below) : 1;
	}
	closedir(d);
	return n;
}

static inline struct stored
stored_now(struct receive_fixture *f)
{
	struct stored s = { .files = count_files(f->config->containers_dir) };
	struct store_queue_row *rows;
	struct arena a;
	size_t count;

	arena_init(&a, 4u << 20);
	assert_ok(store_queue_list(f->admin, 0, 0, 1000, &a, &rows, &count));
	s.copies = count;
	if (count > 0) {
		s.last_copy = rows[count - 1].copy_id;
		s.last_verdict = rows[count - 1].verdict;
	}
	arena_done(&a);
	return s;
}

/* How many audit lines of a tenant (0: the machine's) say "event reason"; NULL: how many there are. */
static inline size_t
count_audit(struct receive_fixture *f, int64_t tenant_id, const char *want)
{
	struct store_audit_row *rows;
	struct arena a;
	size_t count, found = 0;
	int64_t after = 0;
	char text[160];

	arena_init(&a, 8u << 20);
	do {
		arena_clear(&a);
		assert_ok(store_audit_list(f->admin, tenant_id, 0, after, 500, &a, &rows, &count));
		for (size_t i = 0; i < count; i++) {
			after = rows[i].seq;
			(void)snprintf(text, sizeof(text), "%s %s", rows[i].event, rows[i].reason);
			found += want == NULL || strcmp(text, want) == 0;
		}
	} while (count == 500);
	arena_done(&a);
	return found;
}

/* The newest audit line of a tenant (0: the machine's) as "event reason". */
static inline const char *
last_audit(struct receive_fixture *f, int64_t tenant_id)
{
	static char text[160];
	struct store_audit_row *rows;
	struct arena a;
	size_t count;
	int64_t after = 0;

	text[0] = '\0';
	arena_init(&a, 8u << 20);
	do {
		arena_clear(&a);
		assert_ok(store_audit_list(f->admin, tenant_id, 0, after, 500, &a, &rows, &count));
		if (count > 0) {
			after = rows[count - 1].seq;
			(void)snprintf(text, sizeof(text), "%s %s", rows[count - 1].event,
			    rows[count - 1].reason);
		}
	} while (count == 500);
	arena_done(&a);
	return text;
}

#endif
