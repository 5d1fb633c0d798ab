/*
 * tests/connector/loop_deliver.c - the role as a whole: a real store, a real TLS server, mails in
 * between.
 */
#include "connector/deliver.h"
#include "connector/marks.h"
#include "core/metrics.h"
#include "core/clock.h"
#include "core/role.h"
#include "mime/detach.h"
#include "smtp_fake_server.h"
#include "store/keys.h"
#include "store/queue.h"
#include "store/tenant.h"
#include "support/unit.h"

#include <poll.h>
#include <sys/eventfd.h>

#define PATH_SIZE (2 * TMPDIR_PATH_MAX)

struct world {
	struct tmpdir dir;
	struct cert *ca, *server_cert, *client[2];
	char database[PATH_SIZE + 8], containers[PATH_SIZE], keys[PATH_SIZE], run[PATH_SIZE];
	char ca_path[PATH_SIZE];
	struct config config;
	struct store *admin, *receive;
	int64_t tenant[2];
	struct fake_server server;
	struct role_env env;
	pthread_t thread;
	enum err ended;
};

/* --- set-up --- */

static void
set(struct tenant *t, const char *name, const char *value)
{
	const struct setting *s = setting_find(tenant_table, tenant_table_count, span_str(name));

	assert_non_null(s);
	assert_ok(setting_assign(s, t, &value, 1, "/", &t->arena));
}

static int64_t
tenant_add(struct world *w, int n, unsigned port)
{
	static const char *const names[] = { "contoso", "fabrikam" };
	static const char *const entra[] = { "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3d0001",
		"9b1deb4d-3b7d-4bad-9bdd-2b0d7b3d0002" };
	static const char *const domains[] = { "contoso.example", "fabrikam.example" };
	static const char *const facility[] = { "secudoc@contoso.example",
		"secudoc@fabrikam.example" };
	char text[PATH_SIZE], name[32];
	struct tenant *t;
	int64_t id;

	assert_ok(tenant_new(names[n], &t));
	set(t, "organisation", names[n]);
	set(t, "entra_id", entra[n]);
	set(t, "domains", domains[n]);
	set(t, "secret_header", "X-Our-Secret");
	set(t, "language", "en");
	set(t, "link_base", "https://secudoc.example");
	set(t, "facility_address", facility[n]);
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	set(t, "inbound_host", text);
	set(t, "inbound_tls_name", "mx.example");
	(void)snprintf(name, sizeof(name), "client%d.pem", n);
	set(t, "client_cert", tmpdir_join(&w->dir, name, text));
	(void)snprintf(name, sizeof(name), "client%d.key", n);
	set(t, "client_key", tmpdir_join(&w->dir, name, text));
	assert_ok(store_tenant_add(w->admin, t, &id));
	tenant_free(&t);
	return id;
}

static void
world_certs(struct world *w)
{
	w->ca = cert_make(&(struct cert_spec){ .name = "Test CA", .ca = true });
	w->server_cert = cert_make(&(struct cert_spec){
	    .issuer = w->ca, .name = "mx.example", .dns = { "mx.example" }, .usage = CERT_SERVER });
	cert_save_ca(w->ca, &w->dir, "ca");
	for (int i = 0; i < 2; i++) {
		w->client[i] = cert_make(&(struct cert_spec){
		    .issuer = w->ca, .name = i == 0 ? "contoso" : "fabrikam" });
		cert_save(w->client[i], &w->dir, i == 0 ? "client0" : "client1");
	}
}

static void
world_config(struct world *w)
{
	(void)snprintf(w->database, sizeof(w->database), "sqlite:%s/secudoc.db", w->dir.path);
	w->config = (struct config){
		.database = w->database,
		.containers_dir = tmpdir_join(&w->dir, "containers", w->containers),
		.keys_dir = tmpdir_join(&w->dir, "keys", w->keys),
		.run_dir = tmpdir_join(&w->dir, "run", w->run),
		.sweep_age_ms = 3600000,
		.smtp_hostname = "out.secudoc.example",
		.smtp_repeat_window_ms = 48 * 3600000LL,
		.deliver_hostname = "",
		.deliver_ca = tmpdir_join(&w->dir, "ca.pem", w->ca_path),
		.deliver_threads = 4,
		.deliver_connections_per_tenant = 2,
		.deliver_connect_timeout_ms = 60000,
		.deliver_reply_timeout_ms = 60000,
		.deliver_retry_min_ms = 100,
		.deliver_retry_max_ms = 200,
		.deliver_give_up_ms = 24 * 3600000LL,
		.deliver_idle_ms = 10000,
		.drain_ms = 60000,
	};
}

/* server is copied; its certificates are set here. Its rules and offer must stay. */
static struct world *
world_make(struct fake_server server)
{
	struct world *w = calloc(1, sizeof(*w));
	struct store_options admin, receive;

	assert_non_null(w);
	tmpdir_make(&w->dir);
	world_certs(w);
	world_config(w);
	assert_ok(store_keys_init(w->keys));
	admin = store_options_of(&w->config, STORE_ADMIN);
	receive = store_options_of(&w->config, STORE_RECEIVE);
	assert_ok(store_open(&admin, &w->admin));
	assert_ok(store_open(&receive, &w->receive));
	w->server = server;
	w->server.cert = w->server_cert;
	w->server.client_ca = w->ca;
	fake_server_start(&w->server);
	for (int i = 0; i < 2; i++)
		w->tenant[i] = tenant_add(w, i, w->server.port);
	w->env = (struct role_env){ .config = &w->config, .stop_fd = eventfd(0, EFD_CLOEXEC) };
	assert_true(w->env.stop_fd >= 0);
	return w;
}

static void *
role_thread(void *arg)
{
	struct world *w = arg;

	w->ended = deliver_run(&w->env);
	if (w->ended != ERR_OK)
		fprintf(stderr, "deliver_run: %s\n", err_note());
	return NULL;
}

static void
role_start(struct world *w)
{
	assert_int_equal(pthread_create(&w->thread, NULL, role_thread, w), 0);
}

static void
role_stop(struct world *w)
{
	uint64_t one = 1;

	assert_int_equal(write(w->env.stop_fd, &one, sizeof(one)), sizeof(one));
	pthread_join(w->thread, NULL);
	assert_int_equal(w->ended, ERR_OK);
}

static void
world_free(struct world *w)
{
	fake_server_done(&w->server);
	store_close(&w->admin);
	store_close(&w->receive);
	close(w->env.stop_fd);
	cert_free(&w->ca);
	cert_free(&w->server_cert);
	cert_free(&w->client[0]);
	cert_free(&w->client[1]);
	tmpdir_done(&w->dir);
	free(w);
}

/* Until nothing is queued or claimed: the store has no event for that, so it is asked. */
static void
wait_until_empty(struct world *w)
{
	int64_t end = clock_mono_ms() + 60000;

	for (;;) {
		struct store_queue_stats s;

		assert_ok(store_queue_stats(w->admin, &s));
		if (s.queued + s.claimed == 0)
			return;
		assert_true(clock_mono_ms() < end);
		(void)poll(NULL, 0, 5);
	}
}

/* --- mails --- */

struct mail {
	int tenant; /* 0 or 1 */
	const char *sender, *text;
	const char *rcpts[4];
	unsigned notify;
	bool secure, automatic, needs_bdat, smtputf8;
	char tokens[4][STORE_TOKEN_SIZE]; /* set by mail_in() */
};

static enum err
push(void *ctx, struct span in)
{
	return mime_detach_push(ctx, in);
}

static struct store_container *
container_of(struct world *w, const struct mail *m)
{
	struct mime_detach *d;
	const struct mime_facts *facts;
	struct store_container *c;

	assert_ok(store_container_new(w->receive, w->tenant[m->tenant], &c));
	assert_ok(mime_detach_new(NULL, NULL, store_container_sink(c), &d));
	assert_ok(push(d, span_str(m->text)));
	assert_ok(mime_detach_finish(d, &facts));
	mime_detach_free(&d);
	return c;
}

static int64_t
mail_in(struct world *w, struct mail *m)
{
	struct store_rcpt_new rcpts[4] = { 0 };
	struct store_mail_done *done = calloc(1, sizeof(*done));
	struct store_mail_new new = {
		.tenant_id = w->tenant[m->tenant],
		.verdict = m->secure ? STORE_SECURE : STORE_PASS,
		.reason = m->secure ? "attachment" : "no-attachment",
		.smtputf8 = m->smtputf8,
		.needs_bdat = m->needs_bdat,
		.automatic = m->automatic,
		.ret = STORE_RET_HDRS,
		.facts = { .sender = span_str(m->sender),
		    .envid = SPAN("QQ314159"),
		    .received_field = SPAN("Received: from ours by ours; now\r\n"),
		    .message_id = SPAN("<1@contoso.example>"),
		    .subject = SPAN("Hello") },
		.rcpts = rcpts,
		.link_expires_ms = clock_now_ms() + 30 * 86400000LL,
		.received_ms = clock_now_ms(),
	};
	int64_t id;

	assert_non_null(done);
	new.container = container_of(w, m);
	for (size_t i = 0; i < 4 && m->rcpts[i] != NULL; i++) {
		rcpts[i] = (struct store_rcpt_new){ .address = span_str(m->rcpts[i]),
			.notify = m->notify };
		store_container_token(new.container, (int)i, m->tokens[i]);
		new.rcpt_count++;
	}
	assert_ok(store_mail_commit(w->receive, &new, done));
	id = done->mail_id;
	free(done);
	return id;
}

static const char plain[] = "Received: from a by b; x\r\n"
			    "X-SecuDoc-Enabled: 1\r\n"
			    "DKIM-Signature: v=1; a=rsa-sha256;\r\n\tb=abc\r\n"
			    "x-our-secret: 0123456789abcdef\r\n"
			    "From: anna@contoso.example\r\n"
			    "To: bert@out.example\r\n"
			    "Subject: Hello\r\n"
			    "Message-ID: <1@contoso.example>\r\n"
			    "X-SecuDoc: 1.0 forged\r\n"
			    "\r\n"
			    ".first\r\n"
			    "second\r\n";

static const char plain_without[] = "Received: from a by b; x\r\n"
				    "DKIM-Signature: v=1; a=rsa-sha256;\r\n\tb=abc\r\n"
				    "From: anna@contoso.example\r\n"
				    "To: bert@out.example\r\n"
				    "Subject: Hello\r\n"
				    "Message-ID: <1@contoso.example>\r\n"
				    "\r\n"
				    ".first\r\n"
				    "second\r\n";

static const char with_file[] = "DKIM-Signature: v=1; b=abc\r\n"
				"ARC-Seal: i=1; b=abc\r\n"
				"From: anna@contoso.example\r\n"
				"To: bert@out.example, carl@out.example\r\n"
				"Subject: Hello\r\n"
				"Message-ID: <1@contoso.example>\r\n"
				"MIME-Version: 1.0\r\n"
				"Content-Type: multipart/mixed; boundary=b1\r\n"
				"\r\n"
				"--b1\r\n"
				"Content-Type: text/plain\r\n"
				"\r\n"
				"the text\r\n"
				"--b1\r\n"
				"Content-Type: application/pdf; name=offer.pdf\r\n"
				"Content-Disposition: attachment; filename=offer.pdf\r\n"
				"Content-Transfer-Encoding: base64\r\n"
				"\r\n"
				"U2VjcmV0IGJ5dGVzIG9mIGEgZmlsZS4=\r\n"
				"--b1--\r\n";

static bool
holds(struct span s, const char *text)
{
	return span_find(s, span_str(text)) < s.len;
}

/* --- promise 3 --- */

static void
test_pass_is_identical(void **state)
{
	struct world *w =
	    world_make((struct fake_server){ .offer = "PIPELINING\nCHUNKING\nSIZE\nDSN" });
	struct mail m = { .sender = "anna@contoso.example",
		.text = plain,
		.rcpts = { "bert@out.example", "carl@out.example" } };
	const struct tenant *t;
	const struct fake_message *got;
	struct span rest, value;
	uint8_t key[STORE_KEY_SIZE];
	struct mark mark;
	char token[200];

	(void)state;
	role_start(w);
	mail_in(w, &m);
	assert_true(fake_server_wait(&w->server, 1));
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);

	assert_int_equal(w->server.messages, 1); /* one copy for all its recipients */
	got = fake_server_message(&w->server, 0, NULL);
	assert_int_equal(got->rcpts, 2);
	assert_true(got->by_bdat);
	assert_string_equal(got->sender, "anna@contoso.example");
	assert_non_null(strstr(got->params, "RET=HDRS ENVID=QQ314159"));
	rest = buf_span(&got->bytes);
	assert_true(span_take(&rest, SPAN("Received: from ours by ours; now\r\n")));
	assert_ok(store_tenant_by_id(w->admin, w->tenant[0], &t));
	(void)snprintf(token, sizeof(token), "X-SecuDoc: 1.0 %s\r\n", t->mark_tokens.items[0]);
	assert_true(span_take(&rest, span_str(token)));
	assert_true(span_take(&rest, SPAN("X-SecuDoc-Mark: ")));
	assert_true(span_take_until(&rest, '\r', &value));
	store_key_derive(w->admin, "mark", w->tenant[0], key);
	assert_true(mark_check(key, t->entra_id, value, SPAN("<1@contoso.example>"), &mark));
	assert_true(mark.copy_id > 0);
	assert_true(span_take(&rest, SPAN("\r\n")));
	assert_span(rest, plain_without);
	store_tenant_release(w->admin, &t);
	world_free(w);
}

static void
test_secured_has_a_link_each(void **state)
{
	struct world *w = world_make((struct fake_server){ .offer = "PIPELINING\nCHUNKING" });
	struct mail m = { .sender = "anna@contoso.example",
		.text = with_file,
		.secure = true,
		.rcpts = { "bert@out.example", "carl@out.example" } };
	bool seen[2] = { false, false };

	(void)state;
	mail_in(w, &m); /* before the role starts: found when it does */
	role_start(w);
	assert_true(fake_server_wait(&w->server, 2));
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);

	assert_int_equal(w->server.messages, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct fake_message *got = fake_server_message(&w->server, i, NULL);
		struct span s = buf_span(&got->bytes);
		char link[100];

		assert_int_equal(got->rcpts, 1);
		for (int k = 0; k < 2; k++) {
			(void)snprintf(
			    link, sizeof(link), "https://secudoc.example/t/%s", m.tokens[k]);
			seen[k] = seen[k] || holds(s, link);
		}
		assert_true(holds(s, "To: bert@out.example, carl@out.example\r\n"));
		assert_true(holds(s, "the text\r\n"));
		assert_true(holds(s, "offer.pdf")); /* named in the notice */
		assert_false(holds(s, "U2VjcmV0"));
		assert_false(holds(s, "application/pdf"));
		assert_false(holds(s, "DKIM-Signature"));
		assert_false(holds(s, "ARC-Seal"));
		assert_true(holds(s, "X-SecuDoc-Mark: v1; "));
	}
	assert_true(seen[0] && seen[1]);
	world_free(w);
}

/* --- later --- */

static const struct {
	const char *name, *offer;
	struct fake_rule rule;
	bool sent_before; /* the refused try brought the whole mail */
} laters[] = {
	{ "MAIL 4xx", "PIPELINING\nCHUNKING", { "MAIL", 1, FAKE_REPLY, "451 4.3.0 later", NULL },
	    false },
	{ "MAIL busy", "PIPELINING\nCHUNKING",
	    { "MAIL", 1, FAKE_REPLY, "451 4.7.500 Server busy", NULL }, false },
	{ "end 4xx", "PIPELINING\nCHUNKING", { "END", 1, FAKE_REPLY, "452 4.3.1 full", NULL },
	    true },
	{ "end 4xx, DATA", "PIPELINING", { "END", 1, FAKE_REPLY, "452 4.3.1 full", NULL }, true },
	{ "503", "", { "DATA", 1, FAKE_REPLY, "503 5.5.1 what", NULL }, false },
};

static void
test_later(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(laters); i++) {
		struct world *w = world_make((struct fake_server){
		    .offer = laters[i].offer, .rules = &laters[i].rule, .rule_count = 1 });
		struct mail m = { .sender = "anna@contoso.example",
			.text = with_file,
			.secure = true,
			.rcpts = { "bert@out.example" } };

		print_message("%s\n", laters[i].name);
		role_start(w);
		mail_in(w, &m);
		assert_true(fake_server_wait(&w->server, 1));
		wait_until_empty(w);
		role_stop(w);
		fake_server_stop(&w->server);
		assert_int_equal(w->server.messages, 1);
		/* the same bytes at each try */
		if (laters[i].sent_before) {
			const struct fake_message *got = fake_server_message(&w->server, 0, NULL);

			assert_true(span_eq(buf_span(&w->server.connections[0]->fake.refused),
			    buf_span(&got->bytes)));
		}
		world_free(w);
	}
}

/*
 * The connection goes in the middle of each step; a rule holds for one connection, so the next
 * tries too.
 */
static const struct fake_rule drops[] = {
	{ "GREETING", 1, FAKE_CLOSE, NULL, NULL },
	{ "EHLO", 1, FAKE_CLOSE, NULL, NULL },
	{ "STARTTLS", 1, FAKE_CLOSE, NULL, NULL },
	{ "EHLO", 2, FAKE_CLOSE, NULL, NULL },
	{ "MAIL", 1, FAKE_CLOSE, NULL, NULL },
	{ "RCPT", 2, FAKE_CLOSE, NULL, NULL },
	{ "END", 1, FAKE_CLOSE, NULL, NULL },
	{ "MAIL", 1, FAKE_REPLY_CLOSE, "421 4.3.2 bye", NULL },
};

static void
test_dropped_at_each_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(drops); i++) {
		struct world *w = world_make((struct fake_server){
		    .offer = "PIPELINING\nCHUNKING", .rules = &drops[i], .rule_count = 1 });
		struct mail m = { .sender = "anna@contoso.example",
			.text = plain,
			.rcpts = { "bert@out.example", "carl@out.example" } };
		int64_t end = clock_mono_ms() + 60000;
		size_t tried = 0;

		print_message("%s %u\n", drops[i].verb, drops[i].nth);
		role_start(w);
		mail_in(w, &m);
		while (tried < 2 && clock_mono_ms() < end) {
			pthread_mutex_lock(&w->server.lock);
			tried = w->server.connection_count;
			pthread_mutex_unlock(&w->server.lock);
			(void)poll(NULL, 0, 2);
		}
		assert_true(tried >= 2);
		fake_server_rules(&w->server, NULL, 0);
		assert_true(fake_server_wait(&w->server, 1));
		wait_until_empty(w);
		role_stop(w);
		fake_server_stop(&w->server);
		assert_int_equal(w->server.messages, 1);
		assert_int_equal(fake_server_message(&w->server, 0, NULL)->rcpts, 2);
		world_free(w);
	}
}

static void
test_partly_later(void **state)
{
	static const struct fake_rule rule = { "RCPT", 2, FAKE_REPLY, "450 4.2.1 later", NULL };
	struct world *w = world_make((struct fake_server){
	    .offer = "PIPELINING\nCHUNKING", .rules = &rule, .rule_count = 1 });
	struct mail m = { .sender = "anna@contoso.example",
		.text = plain,
		.rcpts = { "bert@out.example", "carl@out.example", "dora@out.example" } };

	(void)state;
	role_start(w);
	mail_in(w, &m);
	assert_true(fake_server_wait(&w->server, 2));
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);
	assert_int_equal(w->server.messages, 2);
	assert_int_equal(fake_server_message(&w->server, 0, NULL)->rcpts, 2);
	assert_int_equal(fake_server_message(&w->server, 1, NULL)->rcpts, 1);
	assert_true(span_eq(buf_span(&fake_server_message(&w->server, 0, NULL)->bytes),
	    buf_span(&fake_server_message(&w->server, 1, NULL)->bytes)));
	world_free(w);
}

/* --- never --- */

static const struct {
	const char *name, *offer;
	struct fake_rule rule;
	struct mail mail;
	size_t reports;
	const char *words, *status;
} nevers[] = {
	{ "unknown recipient", "PIPELINING\nCHUNKING",
	    { "RCPT", 0, FAKE_REPLY, "550 5.1.1 MXIN501 mailbox unknown", "bert@" },
	    { .sender = "anna@contoso.example", .text = plain, .rcpts = { "bert@out.example" } }, 1,
	    "smtp; 550 5.1.1 MXIN501 mailbox unknown", "Status: 5.1.1\r\n" },
	{ "refused at the end", "PIPELINING\nCHUNKING",
	    { "END", 1, FAKE_REPLY, "554 5.6.0 content refused", NULL },
	    { .sender = "anna@contoso.example", .text = plain, .rcpts = { "bert@out.example" } }, 1,
	    "smtp; 554 5.6.0 content refused", "Status: 5.6.0\r\n" },
	{ "null sender", "PIPELINING\nCHUNKING",
	    { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", "bert@" },
	    { .sender = "", .text = plain, .rcpts = { "bert@out.example" } }, 0, NULL, NULL },
	{ "automatic", "PIPELINING\nCHUNKING", { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", "bert@" },
	    { .sender = "anna@contoso.example",
		.text = plain,
		.rcpts = { "bert@out.example" },
		.automatic = true },
	    0, NULL, NULL },
	{ "automatic by its header", "PIPELINING\nCHUNKING",
	    { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", "bert@" },
	    { .sender = "anna@contoso.example",
		.text = "Auto-Submitted: auto-replied\r\n\r\nx\r\n",
		.rcpts = { "bert@out.example" } },
	    0, NULL, NULL },
	{ "NOTIFY=NEVER", "PIPELINING\nCHUNKING",
	    { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", "bert@" },
	    { .sender = "anna@contoso.example",
		.text = plain,
		.rcpts = { "bert@out.example" },
		.notify = STORE_NOTIFY_NEVER },
	    0, NULL, NULL },
	{ "CHUNKING missing", "PIPELINING", { "-", 0, FAKE_REPLY, "", NULL },
	    { .sender = "anna@contoso.example",
		.text = plain,
		.rcpts = { "bert@out.example" },
		.needs_bdat = true },
	    1, "CHUNKING", "Status: 5.6.1\r\n" },
	{ "SMTPUTF8 missing", "PIPELINING", { "-", 0, FAKE_REPLY, "", NULL },
	    { .sender = "anna@contoso.example",
		.text = plain,
		.rcpts = { "bert@out.example" },
		.smtputf8 = true },
	    1, "SMTPUTF8", "Status: 5.6.7\r\n" },
	{ "the report is refused too", "PIPELINING\nCHUNKING",
	    { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", NULL },
	    { .sender = "anna@contoso.example", .text = plain, .rcpts = { "bert@out.example" } }, 0,
	    NULL, NULL },
};

static void
check_report(const struct fake_message *got, const char *words, const char *status)
{
	struct span s = buf_span(&got->bytes);

	assert_string_equal(got->sender, ""); /* RFC 3464 section 2 */
	assert_int_equal(got->rcpts, 1);
	assert_true(holds(s, "To: <anna@contoso.example>\r\n"));
	assert_true(holds(s, "From: SecuDoc <secudoc@contoso.example>\r\n"));
	assert_true(holds(s, "Auto-Submitted: auto-replied\r\n"));
	assert_true(holds(s, "X-SecuDoc: 1.0 ")); /* no rule sends it to us again */
	assert_true(holds(s, "X-SecuDoc-Mark: v1; "));
	assert_true(holds(s, words));
	assert_true(holds(s, status));
	assert_false(holds(s, "0123456789abcdef")); /* the tenant's secret */
	assert_false(holds(s, "second"));           /* headers only */
}

static void
test_never(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(nevers); i++) {
		struct world *w = world_make((struct fake_server){
		    .offer = nevers[i].offer, .rules = &nevers[i].rule, .rule_count = 1 });
		struct mail m = nevers[i].mail;

		print_message("%s\n", nevers[i].name);
		role_start(w);
		mail_in(w, &m);
		wait_until_empty(w);
		role_stop(w);
		fake_server_stop(&w->server);
		assert_int_equal(w->server.messages, nevers[i].reports);
		if (nevers[i].reports > 0)
			check_report(fake_server_message(&w->server, 0, NULL), nevers[i].words,
			    nevers[i].status);
		world_free(w);
	}
}

static void
test_given_up(void **state)
{
	static const struct fake_rule rule = { "RCPT", 0, FAKE_REPLY, "451 4.4.1 no route yet",
		"bert@" };
	struct world *w = world_make((struct fake_server){
	    .offer = "PIPELINING\nCHUNKING", .rules = &rule, .rule_count = 1 });
	struct mail m = { .sender = "anna@contoso.example",
		.text = plain,
		.rcpts = { "bert@out.example", "carl@out.example" } };
	const struct fake_message *report;

	(void)state;
	w->config.deliver_give_up_ms = 700;
	role_start(w);
	mail_in(w, &m);
	assert_true(fake_server_wait(&w->server, 2)); /* carl's mail and anna's report */
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);
	assert_int_equal(w->server.messages, 2);
	report = fake_server_message(&w->server, 1, NULL);
	check_report(report, "smtp; 451 4.4.1 no route yet", "Status: 4.4.7\r\n");
	assert_true(holds(buf_span(&report->bytes), "Final-Recipient: rfc822; bert@out.example"));
	assert_false(holds(buf_span(&report->bytes), "Final-Recipient: rfc822; carl@out.example"));
	world_free(w);
}

/* What is wrong on our machine is for the log; a sender learns that it was us, and no path of ours. */
static void
test_own_trouble(void **state)
{
	struct world *w = world_make((struct fake_server){ .offer = "PIPELINING\nCHUNKING" });
	struct mail m = {
		.sender = "anna@contoso.example", .text = plain, .rcpts = { "bert@out.example" }
	};
	int64_t before = metric_value(METRIC_REPORTS_MADE);
	char key[PATH_SIZE], away[PATH_SIZE];
	const struct fake_message *report;

	(void)state;
	(void)tmpdir_join(&w->dir, "client0.key", key);
	(void)tmpdir_join(&w->dir, "away.key", away);
	assert_int_equal(rename(key, away), 0);
	w->config.deliver_give_up_ms = 3000;
	role_start(w);
	mail_in(w, &m);
	while (metric_value(METRIC_REPORTS_MADE) == before)
		(void)poll(NULL, 0, 5);
	assert_int_equal(rename(away, key), 0);
	assert_true(fake_server_wait(&w->server, 1));
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);
	report = fake_server_message(&w->server, 0, NULL);
	check_report(report, "trouble in the mail service itself", "Status: 4.4.7\r\n");
	assert_false(holds(buf_span(&report->bytes), w->dir.path));
	world_free(w);
}

/* RFC 3461 section 5.2.3: a server without DSN, and the sender wants to know. */
static void
test_passed_on(void **state)
{
	(void)state;
	for (int dsn = 0; dsn < 2; dsn++) {
		struct world *w = world_make((struct fake_server){
		    .offer = dsn ? "PIPELINING\nCHUNKING\nDSN" : "PIPELINING\nCHUNKING" });
		struct mail m = { .sender = "anna@contoso.example",
			.text = plain,
			.rcpts = { "bert@out.example" },
			.notify = STORE_NOTIFY_SUCCESS };

		role_start(w);
		mail_in(w, &m);
		assert_true(fake_server_wait(&w->server, dsn ? 1 : 2));
		wait_until_empty(w);
		role_stop(w);
		fake_server_stop(&w->server);
		assert_int_equal(w->server.messages, dsn ? 1 : 2);
		if (!dsn)
			check_report(fake_server_message(&w->server, 1, NULL),
			    "Action: relayed\r\n", "Status: 2.0.0\r\n");
		world_free(w);
	}
}

/* --- tenants --- */

static void
test_tenants_interleaved(void **state)
{
	struct world *w = world_make((struct fake_server){ .offer = "PIPELINING\nCHUNKING" });
	enum { EACH = 25 };
	size_t seen = 0;

	(void)state;
	role_start(w);
	for (int i = 0; i < 2 * EACH; i++) {
		struct mail m = { .tenant = i % 2,
			.text = plain,
			.rcpts = { "bert@out.example" },
			.sender = i % 2 == 0 ? "anna@contoso.example" : "bill@fabrikam.example" };

		mail_in(w, &m);
	}
	assert_true(fake_server_wait(&w->server, 2 * EACH));
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);
	for (size_t i = 0; i < w->server.connection_count; i++) {
		const struct fake_connection *c = w->server.connections[i];
		bool first = strcmp(c->client, "contoso") == 0;

		for (size_t k = 0; k < c->fake.message_count; k++, seen++) {
			assert_string_equal(c->fake.messages[k].sender,
			    first ? "anna@contoso.example" : "bill@fabrikam.example");
		}
	}
	assert_int_equal(seen, 2 * EACH);
	assert_true(w->server.most <= 4); /* two tenants, two connections each */
	world_free(w);
}

/* T10: one tenant's server says nothing at all; the other's mail does not wait for it. */
static void
test_silent_tenant(void **state)
{
	struct world *w = world_make((struct fake_server){ .offer = "PIPELINING\nCHUNKING" });
	struct fake_server silent = { .cert = NULL };
	struct store_queue_stats stats;
	const struct tenant *found;
	struct tenant changed;
	char endpoint[64];
	int64_t version;

	(void)state;
	fake_server_listen(&silent);
	assert_ok(store_tenant_by_id(w->admin, w->tenant[0], &found));
	changed = *found;
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", silent.port);
	changed.inbound_host = endpoint;
	assert_ok(store_tenant_set(w->admin, &changed, &version));
	store_tenant_release(w->admin, &found);

	for (int i = 0; i < 10; i++) {
		struct mail m = { .sender = "anna@contoso.example",
			.text = plain,
			.rcpts = { "bert@out.example" } };

		mail_in(w, &m);
	}
	for (int i = 0; i < 5; i++) {
		struct mail m = { .tenant = 1,
			.sender = "bill@fabrikam.example",
			.text = plain,
			.rcpts = { "bert@out.example" } };

		mail_in(w, &m);
	}
	w->config.drain_ms = 800;
	role_start(w);
	assert_true(fake_server_wait(&w->server, 5));
	role_stop(w); /* breaks off what waits for the silent one */
	fake_server_stop(&w->server);
	assert_int_equal(w->server.messages, 5);
	assert_ok(store_queue_stats(w->admin, &stats));
	assert_int_equal(stats.queued + stats.claimed, 10);
	close(silent.fd);
	world_free(w);
}

/* A tenant that is switched off: its mail waits, unsent and unreported, until it is on again. */
static void
test_switched_off(void **state)
{
	struct world *w = world_make((struct fake_server){ .offer = "PIPELINING\nCHUNKING" });
	struct mail m = {
		.sender = "anna@contoso.example", .text = plain, .rcpts = { "bert@out.example" }
	};
	const struct tenant *found;
	struct tenant changed;
	struct store_queue_row *rows;
	struct arena a;
	size_t count;
	int64_t version;

	(void)state;
	for (int on = 0; on < 2; on++) {
		assert_ok(store_tenant_by_id(w->admin, w->tenant[0], &found));
		changed = *found;
		changed.enabled = on;
		assert_ok(store_tenant_set(w->admin, &changed, &version));
		store_tenant_release(w->admin, &found);
		if (on)
			break;
		mail_in(w, &m);
		role_start(w);
		for (int tries = 0; tries < 2;) {
			arena_init(&a, 1u << 20);
			assert_ok(store_queue_list(w->admin, 0, 0, 10, &a, &rows, &count));
			assert_int_equal(count, 1);
			tries = rows[0].attempts;
			arena_done(&a);
			(void)poll(NULL, 0, 2);
		}
	}
	assert_true(fake_server_wait(&w->server, 1));
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);
	assert_int_equal(w->server.messages, 1);
	world_free(w);
}

/* Stopped in good order, a second process goes on; nothing is lost and nothing comes twice. */
static void
test_stop_and_go(void **state)
{
	struct world *w = world_make((struct fake_server){ .offer = "PIPELINING\nCHUNKING" });
	enum { MAILS = 40 };

	(void)state;
	for (int i = 0; i < MAILS; i++) {
		struct mail m = { .sender = "anna@contoso.example",
			.text = plain,
			.rcpts = { "bert@out.example" } };

		mail_in(w, &m);
	}
	for (int round = 0; round < 5; round++) {
		uint64_t count;

		role_start(w);
		assert_true(fake_server_wait(&w->server, (size_t)round * 5 + 1));
		role_stop(w);
		assert_int_equal(read(w->env.stop_fd, &count, sizeof(count)), sizeof(count));
	}
	role_start(w);
	wait_until_empty(w);
	role_stop(w);
	fake_server_stop(&w->server);
	assert_int_equal(w->server.messages, MAILS);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass_is_identical),
		cmocka_unit_test(test_secured_has_a_link_each),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_dropped_at_each_step),
		cmocka_unit_test(test_partly_later),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_own_trouble),
		cmocka_unit_test(test_passed_on),
		cmocka_unit_test(test_tenants_interleaved),
		cmocka_unit_test(test_silent_tenant),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_stop_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
