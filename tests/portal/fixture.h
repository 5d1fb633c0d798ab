/*
 * tests/portal/fixture.h - the real role web on loopback, over a store that the test fills, and
 * libcurl.
 *
 * The portal runs in a thread, in plain HTTP as behind a proxy unless tls is set; its wall clock is
 * the test's. Cookies are kept by hand, so that a test sees and twists what the portal sets.
 */
#ifndef SECUDOC_TESTS_PORTAL_FIXTURE_H
#define SECUDOC_TESTS_PORTAL_FIXTURE_H

#include "core/clock.h"
#include "core/role.h"
#include "mime/detach.h"
#include "mime/reattach.h"
#include "net/listen.h"
#include "portal/portal.h"
#include "store/keys.h"
#include "store/queue.h"
#include "store/tenant.h"
#include "store/transfer.h"

#include "support/certs.h"
#include "support/tmpdir.h"
#include "support/unit.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HOUR_MS      (3600 * 1000ll)
#define LINK_LIFE_MS (30 * 24 * HOUR_MS)
#define START_MS     1795000000000ll /* 18 November 2026, 11:06 UTC */
#define BODY_MAX     (64u << 20)

static _Atomic int64_t fix_now_ms;

static int64_t
fix_clock_now(void)
{
	return atomic_load(&fix_now_ms);
}

static int64_t
fix_clock_mono(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct fix {
	struct tmpdir dir;
	struct config *config;
	struct store *admin, *receive, *deliver;
	struct store_owner *owner;
	struct role_env env;
	int stop[2];
	unsigned port;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ready, running;
	enum err ended;
	bool tls;
	const char *more; /* further configuration */
	struct cert *ca, *cert;
	char roots[2 * TMPDIR_PATH_MAX];
};

/* --- the portal --- */

static inline void
fix_ready(void *ctx)
{
	struct fix *f = ctx;

	pthread_mutex_lock(&f->lock);
	f->ready = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

static inline void *
fix_thread(void *ctx)
{
	struct fix *f = ctx;

	f->ended = portal_run(&f->env);
	if (f->ended != ERR_OK)
		(void)fprintf(stderr, "portal_run: %s\n", err_note());
	fix_ready(f);
	return NULL;
}

static inline void
fix_configure(struct fix *f)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, 16384);
	assert_ok(buf_printf(&text,
	    "store {\n database = \"sqlite:%s/secudoc.db\"\n containers_dir = \"containers\"\n"
	    " keys_dir = \"keys\"\n run_dir = \"run\"\n}\n"
	    "smtp {\n hostname = \"mx.test.example\"\n cert = \"c.pem\"\n key = \"k.pem\"\n"
	    " client_ca = \"ca.pem\"\n client_names = {\"mail.test.example\"}\n}\n"
	    "web {\n listen = {\"127.0.0.1:0\"}\n %s\n %s\n}\n",
	    f->dir.path, f->tls ? "cert = \"web.pem\"\n key = \"web.key\"" : "behind_proxy = true",
	    f->more != NULL ? f->more : ""));
	assert_ok(config_parse("test", buf_span(&text), f->dir.path, &f->config));
}

static inline struct store *
fix_open(struct fix *f, enum store_role role)
{
	struct store_options o = store_options_of(f->config, role);
	struct store *st = NULL;

	assert_ok(store_open(&o, &st));
	return st;
}

static inline void
fix_start(struct fix *f)
{
	static const struct clock_source source = { fix_clock_now, fix_clock_mono };
	char name[LISTEN_NAME_SIZE];

	atomic_store(&fix_now_ms, START_MS);
	clock_replace(&source);
	tmpdir_make(&f->dir);
	if (f->tls) {
		f->ca = cert_make(&(struct cert_spec){ .name = "Test CA", .ca = true });
		f->cert = cert_make(&(struct cert_spec){ .issuer = f->ca,
		    .name = "127.0.0.1",
		    .ip = { "127.0.0.1" },
		    .usage = CERT_SERVER });
		cert_save(f->cert, &f->dir, "web");
		cert_save_ca(f->ca, &f->dir, "roots");
		(void)tmpdir_join(&f->dir, "roots.pem", f->roots);
	}
	fix_configure(f);
	assert_ok(store_keys_init(f->config->keys_dir));
	f->admin = fix_open(f, STORE_ADMIN);
	f->receive = fix_open(f, STORE_RECEIVE);
	f->deliver = fix_open(f, STORE_DELIVER);
	assert_ok(store_owner_new(f->deliver, &f->owner));
	assert_ok(listen_open("127.0.0.1:0", &f->env.listen_fds[0]));
	(void)listen_name(f->env.listen_fds[0], name);
	f->port = (unsigned)atoi(strrchr(name, ':') + 1);
	assert_int_equal(pipe(f->stop), 0);
	f->env.config = f->config;
	f->env.listen_count = 1;
	f->env.stop_fd = f->stop[0];
	f->env.ready = fix_ready;
	f->env.ctx = f;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	pthread_create(&f->thread, NULL, fix_thread, f);
	pthread_mutex_lock(&f->lock);
	while (!f->ready)
		pthread_cond_wait(&f->changed, &f->lock);
	pthread_mutex_unlock(&f->lock);
	f->running = true;
	assert_int_equal(f->ended, ERR_OK);
}

static inline void
fix_stop(struct fix *f)
{
	if (!f->running)
		return;
	assert_int_equal(write(f->stop[1], "q", 1), 1);
	pthread_join(f->thread, NULL);
	f->running = false;
	assert_int_equal(f->ended, ERR_OK);
}

static inline void
fix_done(struct fix *f)
{
	fix_stop(f);
	store_owner_free(&f->owner);
	store_close(&f->deliver);
	store_close(&f->receive);
	store_close(&f->admin);
	(void)close(f->env.listen_fds[0]);
	(void)close(f->stop[0]);
	(void)close(f->stop[1]);
	config_free(&f->config);
	cert_free(&f->cert);
	cert_free(&f->ca);
	tmpdir_done(&f->dir);
	clock_replace(NULL);
}

/* --- the store --- */

static inline void
fix_set(struct tenant *t, const char *name, const char *value)
{
	const struct setting *s = setting_find(tenant_table, tenant_table_count, span_str(name));

	assert_non_null(s);
	assert_ok(setting_assign(s, t, &value, 1, "/", &t->arena));
}

static inline int64_t
fix_tenant(struct fix *f, const char *name, const char *organisation)
{
	static unsigned count;
	struct tenant *t = NULL;
	char entra[40];
	int64_t id;

	(void)snprintf(entra, sizeof(entra), "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3d%04x", count++);
	assert_ok(tenant_new(name, &t));
	fix_set(t, "organisation", organisation);
	fix_set(t, "entra_id", entra);
	fix_set(t, "domains", "contoso.example");
	fix_set(t, "link_base", "https://secudoc.contoso.example");
	fix_set(t, "facility_address", "secudoc@contoso.example");
	fix_set(t, "inbound_host", "contoso.mail.protection.outlook.com:25");
	fix_set(t, "client_cert", "/etc/secudoc/contoso.pem");
	fix_set(t, "client_key", "/etc/secudoc/contoso.key");
	assert_ok(store_tenant_add(f->admin, t, &id));
	tenant_free(&t);
	return id;
}

struct fix_file {
	const char *header;  /* Content-Type and the like, with CRLF */
	struct span content; /* as it stands in the mail */
};

struct fix_mail {
	int64_t tenant_id;
	const char *rcpts[4];
	bool shared;
	const char *from, *subject;
	struct fix_file files[4];
	int64_t life_ms;
	/* set by fix_mail_put() */
	int64_t id;
	char tokens[4][STORE_TOKEN_SIZE];
};

static inline void
fix_push(struct mime_detach *d, const char *text)
{
	assert_ok(mime_detach_push(d, span_str(text)));
}

/* A secured mail, as receive commits it. */
static inline void
fix_mail_put(struct fix *f, struct fix_mail *m)
{
	struct store_rcpt_new rcpts[4] = { 0 };
	struct store_mail_done done;
	struct store_container *c = NULL;
	struct mime_detach *d = NULL;
	const struct mime_facts *facts;
	size_t count = 0;

	assert_ok(store_container_new(f->receive, m->tenant_id, &c));
	assert_ok(mime_detach_new(NULL, NULL, store_container_sink(c), &d));
	fix_push(d,
	    "From: a@contoso.example\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=bb\r\n\r\n"
	    "--bb\r\nContent-Type: text/plain\r\n\r\nHello\r\n");
	for (size_t i = 0; i < 4 && m->files[i].header != NULL; i++) {
		fix_push(d, "\r\n--bb\r\n");
		fix_push(d, m->files[i].header);
		fix_push(d, "\r\n");
		assert_ok(mime_detach_push(d, m->files[i].content));
	}
	fix_push(d, "\r\n--bb--\r\n");
	assert_ok(mime_detach_finish(d, &facts));
	mime_detach_free(&d);
	for (; count < 4 && m->rcpts[count] != NULL; count++) {
		rcpts[count].address = span_str(m->rcpts[count]);
		store_container_token(
		    c, m->shared ? STORE_RCPT_SHARED : (int)count, m->tokens[count]);
	}
	m->id = store_container_mail_id(c);

	struct store_mail_new new = { .tenant_id = m->tenant_id,
		.container = c,
		.verdict = STORE_SECURE,
		.reason = "attachment",
		.origin = STORE_FROM_EXCHANGE,
		.facts = { .sender = SPAN("alice@contoso.example"),
		    .from = span_str(m->from),
		    .subject = span_str(m->subject) },
		.rcpts = rcpts,
		.rcpt_count = count,
		.shared_link = m->shared,
		.link_expires_ms = clock_now_ms() + (m->life_ms > 0 ? m->life_ms : LINK_LIFE_MS),
		.received_ms = clock_now_ms() };

	assert_ok(store_mail_commit(f->receive, &new, &done));
	assert_int_equal(done.new_count, count);
}

/* Reads a claimed notice; gives its six digits and checks what it must and must not hold. */
static inline void
fix_read_code(struct fix *f, const struct store_claim *claim, const char *to,
    char code[STORE_CODE_SIZE], struct buf *mail)
{
	struct store_reader *reader = NULL;
	struct mime_index *index;
	struct arena arena;
	const char *at;

	arena_init(&arena, MIME_INDEX_MEMORY_MAX);
	assert_ok(store_reader_open(f->deliver, claim->tenant_id, claim->mail_id, &reader));
	assert_ok(mime_index_open(store_reader_source(reader), &arena, &index));
	assert_ok(mime_reattach(index, sink_buf(mail)));
	arena_done(&arena);
	store_reader_free(&reader);
	assert_int_equal(claim->rcpt_count, 1);
	assert_span(claim->rcpts[0].address, to);
	at = strstr(buf_cstr(mail), "code is: ");
	assert_non_null(at);
	memcpy(code, at + strlen("code is: "), STORE_CODE_DIGITS);
	code[STORE_CODE_DIGITS] = '\0';
}

/*
 * Takes all that waits for deliver off the queue; the last code mailed to an address goes into
 * code. Gives how many code mails to it there were. mail may be NULL.
 */
static inline size_t
fix_codes(struct fix *f, const char *to, char code[STORE_CODE_SIZE], struct buf *mail)
{
	size_t found = 0, count;

	do {
		struct store_claim *claims[8];

		assert_ok(store_queue_claim(f->deliver, f->owner, clock_now_ms(),
		    &(struct store_claim_opts){ .max = 8 }, claims, &count));
		for (size_t i = 0; i < count; i++) {
			struct store_rcpt_result rcpts[4];
			struct buf text;

			buf_init(&text, 1u << 20);
			if (claims[i]->origin == STORE_FROM_NOTICE &&
			    span_eq(claims[i]->rcpts[0].address, span_str(to))) {
				fix_read_code(f, claims[i], to, code, &text);
				if (mail != NULL) {
					buf_clear(mail);
					assert_ok(buf_put(mail, buf_span(&text)));
				}
				found++;
			}
			for (size_t r = 0; r < claims[i]->rcpt_count; r++)
				rcpts[r] = (struct store_rcpt_result){ claims[i]->rcpts[r].no,
					STORE_RESULT_DELIVERED, SPAN("250 ok") };
			assert_ok(store_queue_result(f->deliver, f->owner, claims[i],
			    &(struct store_copy_result){
				.rcpts = rcpts, .rcpt_count = claims[i]->rcpt_count }));
			store_claim_free(&claims[i]);
			buf_done(&text);
		}
	} while (count > 0);
	return found;
}

static inline size_t
fix_audit_count(struct fix *f, int64_t tenant_id, const char *event)
{
	struct store_audit_row *rows;
	size_t count, found = 0;
	struct arena arena;

	arena_init(&arena, 4u << 20);
	assert_ok(store_audit_list(f->admin, tenant_id, 0, 0, 10000, &arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		found += event == NULL || strcmp(rows[i].event, event) == 0;
	arena_done(&arena);
	return found;
}

/* --- the visitor --- */

struct got {
	CURLcode code;
	long status;
	struct buf body, header;
	uint64_t dropped; /* bytes of the body when it was asked to be dropped */
};

struct ask {
	bool drop;          /* count the body, do not keep it */
	const char *method; /* NULL: GET, or POST with a form */
	const char *form;
	const char *cookie;
	const char *language;
	const char *origin;     /* NULL: the right one with a form; "" none */
	const char *fetch_site; /* NULL: none */
	const char *fields[4];  /* more, "Name: value" */
};

static inline size_t
fix_take(char *p, size_t size, size_t count, void *ctx)
{
	assert_ok(buf_put(ctx, span_of(p, size * count)));
	return size * count;
}

static inline size_t
fix_drop(char *p, size_t size, size_t count, void *ctx)
{
	(void)p;
	*(uint64_t *)ctx += size * count;
	return size * count;
}

static inline struct curl_slist *
fix_field(struct curl_slist *list, const char *name, const char *value)
{
	char line[2048];

	if (value == NULL)
		return list;
	(void)snprintf(line, sizeof(line), "%s: %s", name, value);
	return curl_slist_append(list, line);
}

static inline void
got_done(struct got *g)
{
	buf_done(&g->body);
	buf_done(&g->header);
}

static inline void
fetch(struct fix *f, const char *path, const struct ask *ask, struct got *g)
{
	static const struct ask plain;
	char url[4096], origin[64];
	struct curl_slist *fields = NULL;
	CURL *c = curl_easy_init();

	if (ask == NULL)
		ask = &plain;
	buf_init(&g->body, BODY_MAX);
	buf_init(&g->header, 1u << 20);
	(void)snprintf(origin, sizeof(origin), "http%s://127.0.0.1:%u", f->tls ? "s" : "", f->port);
	(void)snprintf(url, sizeof(url), "%s%s", origin, path);
	fields = fix_field(fields, "Accept-Language", ask->language != NULL ? ask->language : "en");
	fields = fix_field(fields, "Cookie", ask->cookie);
	fields = fix_field(fields, "Sec-Fetch-Site", ask->fetch_site);
	if (ask->form != NULL && (ask->origin == NULL || ask->origin[0] != '\0'))
		fields = fix_field(fields, "Origin", ask->origin != NULL ? ask->origin : origin);
	for (size_t i = 0; i < 4 && ask->fields[i] != NULL; i++)
		fields = curl_slist_append(fields, ask->fields[i]);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, fields);
	if (ask->form != NULL)
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, ask->form);
	if (ask->method != NULL)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, ask->method);
	if (ask->method != NULL && strcmp(ask->method, "HEAD") == 0)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if (f->tls)
		curl_easy_setopt(c, CURLOPT_CAINFO, f->roots);
	g->dropped = 0;
	if (ask->drop) {
		curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, fix_drop);
		curl_easy_setopt(c, CURLOPT_WRITEDATA, &g->dropped);
	} else {
		curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, fix_take);
		curl_easy_setopt(c, CURLOPT_WRITEDATA, &g->body);
	}
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, fix_take);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, &g->header);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 120000L);
	g->code = curl_easy_perform(c);
	g->status = 0;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &g->status);
	curl_slist_free_all(fields);
	curl_easy_cleanup(c);
}

/* The value of a response field into out; false when it is not there. */
static inline bool
got_field(const struct got *g, const char *name, char *out, size_t size)
{
	struct span rest = buf_span(&g->header);

	while (rest.len > 0) {
		struct span line = span_upto(rest, span_find(rest, SPAN("\r\n")));

		rest = span_from(rest, line.len + 2);
		if (!span_take_i(&line, span_str(name)) || !span_take_byte(&line, ':'))
			continue;
		line = span_trim(line);
		assert_true(line.len < size);
		memcpy(out, line.p, line.len);
		out[line.len] = '\0';
		return true;
	}
	return false;
}

/* The value of the first hidden input called name. */
static inline bool
got_input(const struct got *g, const char *name, char *out, size_t size)
{
	char mark[64];
	const char *at, *end;

	(void)snprintf(mark, sizeof(mark), "name=\"%s\" value=\"", name);
	at = strstr(buf_cstr(&g->body), mark);
	if (at == NULL)
		return false;
	at += strlen(mark);
	end = strchr(at, '"');
	assert_true((size_t)(end - at) < size);
	memcpy(out, at, (size_t)(end - at));
	out[end - at] = '\0';
	return true;
}

/* --- the usual way --- */

struct way {
	char page[128], who[128];
	char cookie[256]; /* "name=value" */
	char files[128];  /* "/f/HANDLE" */
};

/* GET path and keep the form's tokens. */
static inline void
way_page(struct fix *f, const char *path, struct way *w)
{
	struct got g;

	fetch(f, path, NULL, &g);
	assert_int_equal(g.status, 200);
	assert_true(got_input(&g, "page", w->page, sizeof(w->page)));
	if (!got_input(&g, "who", w->who, sizeof(w->who)))
		w->who[0] = '\0';
	got_done(&g);
}

/* Ask for a code; gives the response to the POST. */
static inline void
way_ask(struct fix *f, const char *token, const char *address, struct way *w, struct got *g)
{
	char path[256], form[1024];

	(void)snprintf(path, sizeof(path), "/t/%s", token);
	way_page(f, path, w);
	(void)snprintf(path, sizeof(path), "/t/%s/code", token);
	(void)snprintf(form, sizeof(form), "page=%s%s%s", w->page,
	    address != NULL ? "&address=" : "", address != NULL ? address : "");
	fetch(f, path, &(struct ask){ .form = form }, g);
}

static inline void
way_enter(struct fix *f, const char *token, const char *code, struct way *w, struct got *g)
{
	char path[256], form[1024];

	(void)snprintf(path, sizeof(path), "/t/%s/open", token);
	(void)snprintf(form, sizeof(form), "page=%s&code=%s%s%s", w->page, code,
	    w->who[0] != '\0' ? "&who=" : "", w->who);
	fetch(f, path, &(struct ask){ .form = form }, g);
}

/* From a 303 with a cookie to where the files are. */
static inline void
way_opened(const struct got *g, struct way *w)
{
	char *end;

	assert_int_equal(g->status, 303);
	assert_true(got_field(g, "Set-Cookie", w->cookie, sizeof(w->cookie)));
	assert_true(got_field(g, "Location", w->files, sizeof(w->files)));
	end = strchr(w->cookie, ';');
	assert_non_null(end);
	*end = '\0';
}

/* All of it for a link of one recipient. */
static inline void
way_whole(struct fix *f, const char *token, const char *to, struct way *w)
{
	char code[STORE_CODE_SIZE];
	struct got g;

	way_ask(f, token, NULL, w, &g);
	assert_int_equal(g.status, 303);
	got_done(&g);
	assert_int_equal(fix_codes(f, to, code, NULL), 1);
	way_enter(f, token, code, w, &g);
	way_opened(&g, w);
	got_done(&g);
}

#endif
