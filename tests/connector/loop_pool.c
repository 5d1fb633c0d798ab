/*
 * tests/connector/loop_pool.c - the client over real TLS: who is believed, and who shares with
 * whom.
 */
#include "connector/pool.h"
#include "core/clock.h"
#include "smtp_fake_server.h"
#include "support/unit.h"

#include <sys/eventfd.h>

struct world {
	struct tmpdir dir;
	struct cert *ca, *other_ca, *server, *client_a, *client_b;
	char paths[8][2 * TMPDIR_PATH_MAX];
	int interrupt_fd;
};

static int
world_make(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	tmpdir_make(&w->dir);
	w->ca = cert_make(&(struct cert_spec){ .name = "Test CA", .ca = true });
	w->other_ca = cert_make(&(struct cert_spec){ .name = "Other CA", .ca = true });
	w->server = cert_make(&(struct cert_spec){
	    .issuer = w->ca, .name = "mx.example", .dns = { "mx.example" }, .usage = CERT_SERVER });
	/* a public CA's certificate, without clientAuth */
	w->client_a = cert_make(&(struct cert_spec){
	    .issuer = w->ca, .name = "tenant-a", .dns = { "a.smtp.secudoc.example" } });
	w->client_b = cert_make(&(struct cert_spec){
	    .issuer = w->ca, .name = "tenant-b", .dns = { "b.smtp.secudoc.example" } });
	cert_save_ca(w->ca, &w->dir, "ca");
	cert_save(w->client_a, &w->dir, "a");
	cert_save(w->client_b, &w->dir, "b");
	tmpdir_join(&w->dir, "ca.pem", w->paths[0]);
	tmpdir_join(&w->dir, "a.pem", w->paths[1]);
	tmpdir_join(&w->dir, "a.key", w->paths[2]);
	tmpdir_join(&w->dir, "b.pem", w->paths[3]);
	tmpdir_join(&w->dir, "b.key", w->paths[4]);
	w->interrupt_fd = eventfd(0, EFD_CLOEXEC);
	*state = w;
	return 0;
}

static int
world_end(void **state)
{
	struct world *w = *state;

	close(w->interrupt_fd);
	cert_free(&w->ca);
	cert_free(&w->other_ca);
	cert_free(&w->server);
	cert_free(&w->client_a);
	cert_free(&w->client_b);
	tmpdir_done(&w->dir);
	free(w);
	return 0;
}

static struct pool *
pool_make(struct world *w, int64_t idle_ms)
{
	const struct pool_opts opts = { .hostname = "out.example",
		.ca = w->paths[0],
		.connect_timeout_ms = 60000,
		.reply_timeout_ms = 60000,
		.idle_ms = idle_ms,
		.interrupt_fd = w->interrupt_fd };
	struct pool *p;

	assert_ok(pool_new(&opts, &p));
	return p;
}

static struct tenant
tenant_of(struct world *w, int64_t id, const char *endpoint)
{
	return (struct tenant){
		.id = id,
		.version = 1,
		.inbound_host = endpoint,
		.inbound_tls_name = "mx.example",
		.client_cert = w->paths[id == 1 ? 1 : 3],
		.client_key = w->paths[id == 1 ? 2 : 4],
	};
}

static enum err
write_small(void *ctx, struct sink out)
{
	return sink_put(out, span_str(ctx));
}

static enum err
send_small(struct pool_conn *c, const char *sender, struct smtp_result *r)
{
	static char text[] = "Subject: x\r\n\r\nhello\r\n";
	struct smtp_envelope_rcpt rcpt = { .address = SPAN("bert@out.example") };
	struct smtp_envelope e = { .sender = span_str(sender), .rcpts = &rcpt, .rcpt_count = 1 };

	return smtp_client_send(pool_client(c), &e, (struct smtp_body){ write_small, text }, r);
}

static void
test_send_and_reuse(void **state)
{
	struct world *w = *state;
	struct fake_server s = {
		.offer = "PIPELINING\nCHUNKING", .cert = w->server, .client_ca = w->ca
	};
	struct pool *p = pool_make(w, 60000);
	struct pool_conn *c;
	struct smtp_result r;
	struct tenant t;
	char endpoint[64];

	fake_server_start(&s);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	t = tenant_of(w, 1, endpoint);
	for (int i = 0; i < 3; i++) {
		assert_ok(pool_take(p, &t, false, &c, &r));
		assert_ok(send_small(c, "anna@a.example", &r));
		assert_int_equal(r.outcome, SMTP_OUTCOME_OK);
		pool_give(p, &c, true);
		assert_null(c);
	}
	pool_free(&p);
	fake_server_stop(&s);
	assert_int_equal(s.connection_count, 1);
	assert_int_equal(s.connections[0]->fake.message_count, 3);
	assert_string_equal(s.connections[0]->client, "tenant-a");
	/* in good order to the end */
	assert_non_null(strstr(buf_cstr(&s.connections[0]->fake.log), "QUIT\n"));
	fake_server_done(&s);
}

enum shown {
	SHOW_GOOD,
	SHOW_OTHER_NAME,
	SHOW_EXPIRED,
	SHOW_NOT_YET,
	SHOW_SELF,
	SHOW_OTHER_CA,
	SHOW_CLIENT_ONLY
};

static struct cert *
shown_make(const struct world *w, enum shown how)
{
	struct cert_spec spec = {
		.issuer = w->ca, .name = "mx.example", .dns = { "mx.example" }, .usage = CERT_SERVER
	};

	switch (how) {
	case SHOW_GOOD:
		break;
	case SHOW_OTHER_NAME:
		spec.name = spec.dns[0] = "mx.attacker.example";
		break;
	case SHOW_EXPIRED:
		spec.from_s = -7200;
		spec.until_s = -3600;
		break;
	case SHOW_NOT_YET:
		spec.from_s = 3600;
		spec.until_s = 7200;
		break;
	case SHOW_SELF:
		spec.issuer = NULL;
		break;
	case SHOW_OTHER_CA:
		spec.issuer = w->other_ca;
		break;
	case SHOW_CLIENT_ONLY:
		spec.usage = CERT_CLIENT;
		break;
	}
	return cert_make(&spec);
}

static const struct {
	const char *name;
	enum shown shown;
	const char *offer_clear;
	struct fake_rule rule;
	enum smtp_step step; /* where it ends; SMTP_STEP_END: it does not */
} trusts[] = {
	{ "good", SHOW_GOOD, NULL, { "-", 0, FAKE_REPLY, "", NULL }, SMTP_STEP_END },
	{ "S6: another name", SHOW_OTHER_NAME, NULL, { "-", 0, FAKE_REPLY, "", NULL },
	    SMTP_STEP_TLS },
	{ "S6: expired", SHOW_EXPIRED, NULL, { "-", 0, FAKE_REPLY, "", NULL }, SMTP_STEP_TLS },
	{ "S6: not yet valid", SHOW_NOT_YET, NULL, { "-", 0, FAKE_REPLY, "", NULL },
	    SMTP_STEP_TLS },
	{ "S6: self-signed", SHOW_SELF, NULL, { "-", 0, FAKE_REPLY, "", NULL }, SMTP_STEP_TLS },
	{ "S6: of another CA", SHOW_OTHER_CA, NULL, { "-", 0, FAKE_REPLY, "", NULL },
	    SMTP_STEP_TLS },
	{ "S6: STARTTLS not offered", SHOW_GOOD, "CHUNKING\nPIPELINING",
	    { "-", 0, FAKE_REPLY, "", NULL }, SMTP_STEP_STARTTLS },
	{ "S6: 454", SHOW_GOOD, NULL, { "STARTTLS", 1, FAKE_REPLY, "454 4.7.0 not now", NULL },
	    SMTP_STEP_STARTTLS },
	{ "S5: response injection", SHOW_GOOD, NULL,
	    { "STARTTLS", 1, FAKE_REPLY_INJECT, "250-mx.example\r\n250 CHUNKING\r\n", NULL },
	    SMTP_STEP_TLS },
	{ "closed instead of a handshake", SHOW_GOOD, NULL,
	    { "STARTTLS", 1, FAKE_REPLY_CLOSE, "220 go", NULL }, SMTP_STEP_TLS },
};

static void
test_trust(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(trusts); i++) {
		struct cert *cert = shown_make(w, trusts[i].shown);
		struct fake_server s = { .offer = "PIPELINING\nCHUNKING",
			.cert = cert,
			.client_ca = w->ca,
			.offer_clear = trusts[i].offer_clear,
			.rules = &trusts[i].rule,
			.rule_count = 1 };
		struct pool *p = pool_make(w, 60000);
		struct pool_conn *c = NULL;
		struct smtp_result why = { 0 };
		struct tenant t;
		char endpoint[64];
		bool want = trusts[i].step == SMTP_STEP_END;
		enum err err;

		fake_server_start(&s);
		(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
		t = tenant_of(w, 1, endpoint);
		err = pool_take(p, &t, false, &c, &why);
		if ((err == ERR_OK) != want)
			fail_msg("%s: %s: %s", trusts[i].name, err_name(err), err_note());
		if (!want &&
		    (why.outcome != SMTP_OUTCOME_RETRY || why.step != trusts[i].step ||
			why.text[0] == '\0'))
			fail_msg(
			    "%s: at %s: %s", trusts[i].name, smtp_step_name(why.step), why.text);
		if (c != NULL)
			pool_give(p, &c, true);
		pool_free(&p);
		fake_server_stop(&s);
		/* promise 2: nothing of a mail in the clear */
		for (size_t k = 0; k < s.connection_count; k++)
			assert_null(strstr(buf_cstr(&s.connections[k]->fake.log), "MAIL"));
		fake_server_done(&s);
		cert_free(&cert);
	}
}

/*
 * The server demands a certificate of its roots: ours is shown with its chain, another is not
 * believed.
 */
static void
test_client_certificate_is_demanded(void **state)
{
	struct world *w = *state;
	struct fake_server s = {
		.offer = "PIPELINING", .cert = w->server, .client_ca = w->other_ca
	};
	struct pool *p = pool_make(w, 60000);
	struct pool_conn *c = NULL;
	struct smtp_result why = { 0 };
	struct tenant t;
	char endpoint[64];

	fake_server_start(&s);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	t = tenant_of(w, 1, endpoint);
	assert_int_not_equal(pool_take(p, &t, false, &c, &why), ERR_OK);
	assert_int_equal(why.outcome, SMTP_OUTCOME_RETRY);
	/*
	 * with TLS 1.3 the refusal comes behind our end of the handshake: RFC 8446 section
	 * 4.4.2.4
	 */
	assert_true(why.step == SMTP_STEP_TLS || why.step == SMTP_STEP_EHLO);
	print_message("the reason: %s\n", why.text);
	pool_free(&p);
	fake_server_stop(&s);
	fake_server_done(&s);
}

static void
test_nobody_there(void **state)
{
	struct world *w = *state;
	struct pool *p = pool_make(w, 60000);
	struct pool_conn *c = NULL;
	struct smtp_result why = { 0 };
	struct fake_server s = { .cert = w->server };
	struct tenant t;
	char endpoint[64];

	fake_server_listen(&s); /* a port that is ours and on which nobody listens any more */
	close(s.fd);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	t = tenant_of(w, 1, endpoint);
	assert_int_not_equal(pool_take(p, &t, false, &c, &why), ERR_OK);
	assert_int_equal(why.step, SMTP_STEP_CONNECT);
	assert_string_equal(why.status, "4.4.1");
	assert_int_equal(why.outcome, SMTP_OUTCOME_RETRY);

	t.client_cert = "/nonexistent/cert.pem";
	t.version = 2;
	assert_int_not_equal(pool_take(p, &t, false, &c, &why), ERR_OK);
	assert_string_equal(why.status, "4.3.5");
	pool_free(&p);
}

/*
 * A silent server costs the connect timeout, not for ever; and an interrupt ends the wait at
 * once.
 */
static void
test_silent_server(void **state)
{
	struct world *w = *state;
	struct fake_server s = { .cert = w->server };
	struct pool_opts opts = { .hostname = "out.example",
		.ca = w->paths[0],
		.connect_timeout_ms = 300,
		.reply_timeout_ms = 60000,
		.idle_ms = 60000,
		.interrupt_fd = -1 };
	struct pool *p;
	struct pool_conn *c = NULL;
	struct smtp_result why = { 0 };
	struct tenant t;
	char endpoint[64];
	uint64_t one = 1;

	fake_server_listen(&s); /* the kernel accepts, nobody speaks */
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	t = tenant_of(w, 1, endpoint);
	assert_ok(pool_new(&opts, &p));
	assert_int_not_equal(pool_take(p, &t, false, &c, &why), ERR_OK);
	assert_int_equal(why.step, SMTP_STEP_GREETING);
	pool_free(&p);

	opts.connect_timeout_ms = 600000;
	opts.interrupt_fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(write(opts.interrupt_fd, &one, sizeof(one)), sizeof(one));
	assert_ok(pool_new(&opts, &p));
	assert_int_not_equal(pool_take(p, &t, false, &c, &why), ERR_OK);
	assert_int_equal(why.step, SMTP_STEP_GREETING);
	pool_free(&p);
	close(opts.interrupt_fd);
	close(s.fd);
}

/* --- T4 --- */

struct sender {
	struct pool *pool;
	struct tenant tenant;
	const char *address;
	int mails, failed;
};

static void *
sender_run(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < s->mails; i++) {
		struct pool_conn *c;
		struct smtp_result r;

		if (pool_take(s->pool, &s->tenant, false, &c, &r) != ERR_OK) {
			s->failed++;
			continue;
		}
		if (send_small(c, s->address, &r) != ERR_OK || r.outcome != SMTP_OUTCOME_OK)
			s->failed++;
		pool_give(s->pool, &c, i % 7 != 6);
	}
	return NULL;
}

static void
test_two_tenants_never_share(void **state)
{
	struct world *w = *state;
	struct fake_server s = {
		.offer = "PIPELINING\nCHUNKING", .cert = w->server, .client_ca = w->ca
	};
	struct pool *p = pool_make(w, 60000);
	struct sender senders[6];
	pthread_t threads[6];
	char endpoint[64];
	size_t seen = 0;

	fake_server_start(&s);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	for (size_t i = 0; i < 6; i++) {
		senders[i] = (struct sender){ .pool = p,
			.tenant = tenant_of(w, i % 2 == 0 ? 1 : 2, endpoint),
			.address = i % 2 == 0 ? "anna@a.example" : "bert@b.example",
			.mails = 20 };
		assert_int_equal(pthread_create(&threads[i], NULL, sender_run, &senders[i]), 0);
	}
	for (size_t i = 0; i < 6; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(senders[i].failed, 0);
	}
	pool_free(&p);
	fake_server_stop(&s);
	for (size_t i = 0; i < s.connection_count; i++) {
		const struct fake_connection *c = s.connections[i];
		const char *want =
		    strcmp(c->client, "tenant-a") == 0 ? "anna@a.example" : "bert@b.example";

		for (size_t k = 0; k < c->fake.message_count; k++, seen++)
			assert_string_equal(c->fake.messages[k].sender, want);
	}
	assert_int_equal(seen, 120);
	fake_server_done(&s);
}

/*
 * New settings: new connections with the new certificate; the old ones are closed when they come
 * back.
 */
static void
test_new_version(void **state)
{
	struct world *w = *state;
	struct fake_server s = { .offer = "PIPELINING", .cert = w->server, .client_ca = w->ca };
	struct pool *p = pool_make(w, 60000);
	struct pool_conn *old_idle, *old_busy, *fresh;
	struct smtp_result r;
	struct tenant t;
	char endpoint[64];

	fake_server_start(&s);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	t = tenant_of(w, 1, endpoint);
	assert_ok(pool_take(p, &t, false, &old_idle, &r));
	assert_ok(pool_take(p, &t, false, &old_busy, &r));
	pool_give(p, &old_idle, true);

	t.version = 2;
	t.client_cert = w->paths[3];
	t.client_key = w->paths[4];
	assert_ok(pool_take(p, &t, false, &fresh, &r));
	assert_ok(send_small(old_busy, "old@a.example", &r));
	assert_ok(send_small(fresh, "new@a.example", &r));
	pool_give(p, &old_busy, true);
	pool_give(p, &fresh, true);
	pool_tidy(p);

	/* a laggard with the old row still gets the old certificate */
	pool_free(&p);
	fake_server_stop(&s);
	assert_int_equal(s.connection_count, 3);
	assert_string_equal(s.connections[0]->client, "tenant-a");
	assert_string_equal(s.connections[1]->client, "tenant-a");
	assert_string_equal(s.connections[2]->client, "tenant-b");
	assert_string_equal(s.connections[2]->fake.messages[0].sender, "new@a.example");
	fake_server_done(&s);
}

static void
test_idle_is_closed(void **state)
{
	struct world *w = *state;
	struct fake_server s = { .offer = "PIPELINING", .cert = w->server, .client_ca = w->ca };
	struct pool *p = pool_make(w, 1);
	struct pool_conn *c;
	struct smtp_result r;
	struct tenant t;
	char endpoint[64];
	size_t now = 1;

	fake_server_start(&s);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	t = tenant_of(w, 1, endpoint);
	assert_ok(pool_take(p, &t, false, &c, &r));
	pool_give(p, &c, true);
	for (int64_t end = clock_mono_ms() + 60000; now > 0 && clock_mono_ms() < end;) {
		pool_tidy(p);
		pthread_mutex_lock(&s.lock);
		now = s.now;
		pthread_mutex_unlock(&s.lock);
	}
	assert_int_equal(now, 0);
	pool_free(&p);
	fake_server_stop(&s);
	fake_server_done(&s);
}

/* The server closed what the pool keeps: that is seen, and a new connection is made. */
static void
test_dead_idle_connection(void **state)
{
	static const struct fake_rule rule = { "END", 1, FAKE_REPLY_CLOSE,
		"250 2.6.0 taken, and I am off", NULL };
	struct world *w = *state;
	struct fake_server s = { .offer = "PIPELINING\nCHUNKING",
		.cert = w->server,
		.client_ca = w->ca,
		.rules = &rule,
		.rule_count = 1 };
	struct pool *p = pool_make(w, 60000);
	struct pool_conn *c;
	struct smtp_result r;
	struct tenant t;
	char endpoint[64];

	fake_server_start(&s);
	(void)snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", s.port);
	t = tenant_of(w, 1, endpoint);
	for (int i = 0; i < 5; i++) {
		enum err err = ERR_NOT_FOUND;

		for (int k = 0; k < 2 && err == ERR_NOT_FOUND; k++) {
			assert_ok(pool_take(p, &t, k > 0, &c, &r));
			err = send_small(c, "anna@a.example", &r);
			pool_give(p, &c, err == ERR_OK);
		}
		assert_ok(err);
		assert_int_equal(r.outcome, SMTP_OUTCOME_OK);
	}
	pool_free(&p);
	fake_server_stop(&s);
	assert_int_equal(s.messages, 5);
	fake_server_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send_and_reuse),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_client_certificate_is_demanded),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_two_tenants_never_share),
		cmocka_unit_test(test_new_version),
		cmocka_unit_test(test_idle_is_closed),
		cmocka_unit_test(test_dead_idle_connection),
	};

	return cmocka_run_group_tests(tests, world_make, world_end);
}
