/*
 * tests/store/fixture.h - a store of one test: folders, keys, a tenant, a clock that stands still.
 */
#ifndef SECUDOC_TESTS_STORE_FIXTURE_H
#define SECUDOC_TESTS_STORE_FIXTURE_H

#include "core/clock.h"
#include "core/tenant.h"
#include "store/keys.h"
#include "store/queue.h"
#include "store/tenant.h"
#include "store/transfer.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MS   (24 * 3600 * 1000LL)
#define HOUR_MS  (3600 * 1000LL)
#define START_MS 1795000000000LL /* November 2026 */

static _Atomic int64_t fix_now_ms;

static int64_t
fix_clock(void)
{
	return atomic_load(&fix_now_ms);
}

struct fix {
	struct tmpdir dir;
	char database[600], containers[600], keys[600], run[600];
	int64_t tenant_id;
	struct store *admin, *receive, *deliver, *web; /* opened on demand */
};

static inline struct store_options
fix_options(const struct fix *f, enum store_role role)
{
	return (struct store_options){ .database = f->database,
		.containers_dir = f->containers,
		.keys_dir = f->keys,
		.run_dir = f->run,
		.sweep_age_ms = HOUR_MS,
		.repeat_window_ms = 48 * HOUR_MS,
		.role = role };
}

static inline struct store *
fix_open(struct fix *f, enum store_role role)
{
	struct store_options o = fix_options(f, role);
	struct store *st = NULL;

	assert_ok(store_open(&o, &st));
	return st;
}

static inline struct store *
fix_admin(struct fix *f)
{
	return f->admin != NULL ? f->admin : (f->admin = fix_open(f, STORE_ADMIN));
}
static inline struct store *
fix_receive(struct fix *f)
{
	return f->receive != NULL ? f->receive : (f->receive = fix_open(f, STORE_RECEIVE));
}
static inline struct store *
fix_deliver(struct fix *f)
{
	return f->deliver != NULL ? f->deliver : (f->deliver = fix_open(f, STORE_DELIVER));
}
static inline struct store *
fix_web(struct fix *f)
{
	return f->web != NULL ? f->web : (f->web = fix_open(f, STORE_WEB));
}

static inline void
fix_close(struct fix *f)
{
	store_close(&f->admin);
	store_close(&f->receive);
	store_close(&f->deliver);
	store_close(&f->web);
}

static inline void
fix_set(struct tenant *t, const char *name, const char *value)
{
	const struct setting *s = setting_find(tenant_table, tenant_table_count, span_str(name));

	assert_non_null(s);
	assert_ok(setting_assign(s, t, &value, 1, "/", &t->arena));
}

/* A tenant with all that tenant_check() asks for; n makes it different from others. */
static inline struct tenant *
fix_tenant_new(const char *name, int n)
{
	struct tenant *t = NULL;
	char entra[40];

	assert_ok(tenant_new(name, &t));
	(void)snprintf(entra, sizeof(entra), "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3d%04x", (unsigned)n);
	fix_set(t, "organisation", "Contoso");
	fix_set(t, "entra_id", entra);
	fix_set(t, "domains", "contoso.example");
	fix_set(t, "link_base", "https://secudoc.contoso.example");
	fix_set(t, "facility_address", "secudoc@contoso.example");
	fix_set(t, "inbound_host", "contoso.mail.protection.outlook.com:25");
	fix_set(t, "client_cert", "/etc/secudoc/contoso.pem");
	fix_set(t, "client_key", "/etc/secudoc/contoso.key");
	return t;
}

static inline int64_t
fix_tenant_add(struct fix *f, const char *name, int n)
{
	struct tenant *t = fix_tenant_new(name, n);
	int64_t id = 0;

	assert_ok(store_tenant_add(fix_admin(f), t, &id));
	tenant_free(&t);
	return id;
}

static inline void
fix_init(struct fix *f)
{
	static const struct clock_source frozen = { fix_clock, fix_clock };

	memset(f, 0, sizeof(*f));
	/* syncing costs nothing there; what a sync is worth no test without a power switch can see */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	atomic_store(&fix_now_ms, START_MS);
	clock_replace(&frozen);
	tmpdir_make(&f->dir);
	(void)snprintf(f->database, sizeof(f->database), "sqlite:%s/secudoc.db", f->dir.path);
	(void)snprintf(f->containers, sizeof(f->containers), "%s/containers", f->dir.path);
	(void)snprintf(f->keys, sizeof(f->keys), "%s/keys", f->dir.path);
	(void)snprintf(f->run, sizeof(f->run), "%s/run", f->dir.path);
	assert_ok(store_keys_init(f->keys));
	f->tenant_id = fix_tenant_add(f, "contoso", 1);
}

static inline void
fix_done(struct fix *f)
{
	fix_close(f);
	tmpdir_done(&f->dir);
	clock_replace(NULL);
}

static inline void
fix_tick(int64_t ms)
{
	atomic_fetch_add(&fix_now_ms, ms);
}

/* Bytes that differ everywhere: position-dependent, so that swaps show. */
static inline uint8_t
fix_byte(uint64_t at)
{
	return (uint8_t)((at * 2654435761u) >> 13 ^ at);
}

static inline enum err
fix_fill(struct store_container *c, uint64_t size)
{
	uint8_t piece[4096];
	uint64_t at = 0;

	while (at < size) {
		size_t n = size - at < sizeof(piece) ? (size_t)(size - at) : sizeof(piece);

		for (size_t i = 0; i < n; i++)
			piece[i] = fix_byte(at + i);
		TRY(sink_put(store_container_sink(c), span_of(piece, n)));
		at += n;
	}
	return ERR_OK;
}

/* What a test wants of a mail; zeros are good defaults. */
struct fix_mail {
	int64_t tenant_id; /* 0: the fixture's */
	uint64_t size;     /* of the container; 0: 1000 */
	size_t rcpts;      /* 0: 1; r0@fabrikam.example, ... */
	bool secure, shared;
	unsigned unchanged; /* bits by recipient: gets the mail as it came */
	const char *key;    /* message key; NULL: never a repeat */
	int64_t returned_copy_id;
	int64_t life_ms; /* of links; 0: 30 days */
};

struct fix_sent {
	int64_t mail_id;
	struct store_mail_done done;
	char tokens[4][STORE_TOKEN_SIZE];
	char shared_token[STORE_TOKEN_SIZE];
};

static inline enum err
fix_commit(struct fix *f, struct store *st, const struct fix_mail *m, struct fix_sent *ret)
{
	int64_t tenant_id = m->tenant_id != 0 ? m->tenant_id : f->tenant_id;
	size_t count = m->rcpts > 0 ? m->rcpts : 1;
	struct store_rcpt_new *rcpts = calloc(count, sizeof(*rcpts));
	char(*addresses)[64] = calloc(count, sizeof(*addresses));
	struct store_container *c = NULL;
	struct store_mail_new new = {
		.tenant_id = tenant_id,
		.verdict = m->secure ? STORE_SECURE : STORE_PASS,
		.reason = m->secure ? "attachment" : "no-attachment",
		.ret = STORE_RET_HDRS,
		.facts = { .sender = SPAN("anna@contoso.example"),
		    .envid = SPAN("QQ314159"),
		    .received_field = SPAN("Received: from x\r\n"),
		    .message_id = SPAN("<1@contoso.example>"),
		    .subject = SPAN("Offerte"),
		    .from = SPAN("Anna <anna@contoso.example>"),
		    .extra = SPAN("extra") },
		.rcpts = rcpts,
		.rcpt_count = count,
		.shared_link = m->shared,
		.link_expires_ms = clock_now_ms() + (m->life_ms != 0 ? m->life_ms : 30 * DAY_MS),
		.received_ms = clock_now_ms(),
		.message_key = m->key != NULL ? span_str(m->key) : SPAN_NONE,
		.content_digest = SPAN("digest"),
		.returned_copy_id = m->returned_copy_id,
	};
	enum err err = store_container_new(st, tenant_id, &c);

	if (err == ERR_OK)
		err = fix_fill(c, m->size != 0 ? m->size : 1000);
	if (err == ERR_OK) {
		for (size_t i = 0; i < count; i++) {
			(void)snprintf(addresses[i], 64, "r%zu@Fabrikam.example", i);
			rcpts[i].address = span_str(addresses[i]);
			rcpts[i].notify = STORE_NOTIFY_FAILURE;
			rcpts[i].orcpt = SPAN("rfc822;r@fabrikam.example");
			rcpts[i].unchanged = i < 32 && (m->unchanged >> i & 1u) != 0;
			if (i < 4)
				store_container_token(c, (int)i, ret->tokens[i]);
		}
		store_container_token(c, STORE_RCPT_SHARED, ret->shared_token);
		ret->mail_id = store_container_mail_id(c);
		new.container = c;
		c = NULL;
		err = store_mail_commit(st, &new, &ret->done);
	}
	store_container_free(&c);
	free(rcpts);
	free(addresses);
	return err;
}

/* fix_claim_all() - up to 64 due copies. */
static inline size_t
fix_claim(struct store *st, struct store_owner *o, struct store_claim *claims[64])
{
	struct store_claim_opts opts = { .max = 64 };
	size_t n = 0;

	assert_ok(store_queue_claim(st, o, clock_now_ms(), &opts, claims, &n));
	return n;
}

/* fix_result() - the same result for all recipients of a claim. */
static inline enum err
fix_result(
    struct store *st, struct store_owner *o, const struct store_claim *cl, enum store_result r)
{
	struct store_rcpt_result *rcpts = calloc(cl->rcpt_count, sizeof(*rcpts));
	struct store_copy_result result = {
		.rcpts = rcpts, .rcpt_count = cl->rcpt_count, .next_try_ms = clock_now_ms() + 60000
	};
	enum err err;

	for (size_t i = 0; i < cl->rcpt_count; i++)
		rcpts[i] = (struct store_rcpt_result){ cl->rcpts[i].no, r,
			SPAN("550 5.1.1 no such user r0@fabrikam.example") };
	err = store_queue_result(st, o, cl, &result);
	free(rcpts);
	return err;
}

/* fix_deliver_all() - claims until nothing is due, all delivered; how many copies there were. */
static inline size_t
fix_deliver_all(struct store *st, struct store_owner *o)
{
	struct store_claim *claims[64];
	size_t total = 0, n;

	while ((n = fix_claim(st, o, claims)) > 0) {
		for (size_t i = 0; i < n; i++) {
			assert_ok(fix_result(st, o, claims[i], STORE_RESULT_DELIVERED));
			store_claim_free(&claims[i]);
		}
		total += n;
	}
	return total;
}

#endif
