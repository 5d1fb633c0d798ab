/*
 * connector/deliver_copy.c - open, send, decide, write down, log: the order of deliver_copy().
 *
 * What a crash leaves. Before the server's 250: a claim, given back when the owner's lock is gone,
 * and the mail is tried again. Between the server's 250 and our commit: the same, so the mail
 * arrives twice; SMTP has no way around it (RFC 1047), and the window is one commit. After the
 * commit: nothing to do. A connection that is lost after the end of the data is that case too:
 * tried again with the same bytes, the same Message-ID and the same mark, so that Exchange and we
 * can see the repeat.
 */
#include "connector/deliver_copy.h"

#include "connector/deliver_mail.h"
#include "connector/deliver_report.h"
#include "connector/smtp_client_int.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/log.h"
#include "core/metrics.h"
#include "store/tenant.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_WAIT_MIN_MS 50
#define RECORD_WAIT_MAX_MS 5000

struct copy {
	const struct deliver_env *env;
	const struct store_claim *claim;
	const struct tenant *tenant;
	struct deliver_mail mail;
	bool mail_open;
	struct smtp_result *results;
	bool server_has_dsn;
	enum queue_done done;
	int64_t started_ms; /* monotonic */
	struct log_scope scopes[3];
};

/* --- the try --- */

static void
all_retry(struct copy *c, const char *status, const char *text)
{
	for (size_t i = 0; i < c->claim->rcpt_count; i++)
		smtp_result_local(
		    &c->results[i], SMTP_OUTCOME_RETRY, SMTP_STEP_CONNECT, status, text);
}

static bool
open_mail(struct copy *c)
{
	enum err err = store_tenant_by_id(c->env->store, c->claim->tenant_id, &c->tenant);

	if (err == ERR_OK && !c->tenant->enabled) {
		all_retry(c, "4.3.2", "the tenant is switched off");
		return false;
	}
	if (err == ERR_OK) {
		c->mail_open = true;
		err = deliver_mail_open(&c->mail, c->env->store, c->claim, c->tenant);
	}
	if (err != ERR_OK) {
		all_retry(c, "4.3.0", err_note());
		log_err(LOG_ERROR, &c->scopes[2], "deliver-open", err);
		return false;
	}
	return true;
}

/* One transaction; true: the pooled connection was dead, a new one is worth a try at once. */
static bool
send_once(struct copy *c, bool fresh)
{
	struct pool_conn *conn = NULL;
	struct smtp_result why = { 0 };
	enum err err = pool_take(c->env->pool, c->tenant, fresh, &conn, &why);

	if (err != ERR_OK) {
		why.outcome = SMTP_OUTCOME_RETRY;
		for (size_t i = 0; i < c->claim->rcpt_count; i++)
			c->results[i] = why;
		c->done = QUEUE_DONE_REFUSED;
		return false;
	}
	c->server_has_dsn = smtp_client_offer(pool_client(conn))->dsn;
	err = smtp_client_send(
	    pool_client(conn), &c->mail.envelope, deliver_mail_body(&c->mail), c->results);
	pool_give(c->env->pool, &conn, err == ERR_OK);
	return err == ERR_NOT_FOUND && !fresh;
}

/* What the answers say about the server, beside the mail. */
static enum queue_done
judge_server(const struct copy *c)
{
	bool answered = false;

	for (size_t i = 0; i < c->claim->rcpt_count; i++) {
		if (c->results[i].throttled)
			return QUEUE_DONE_REFUSED;
		answered = answered || c->results[i].remote;
	}
	return answered ? QUEUE_DONE_OK : QUEUE_DONE_NEITHER;
}

static void
try_send(struct copy *c)
{
	c->done = QUEUE_DONE_NEITHER;
	if (!open_mail(c))
		return;
	if (send_once(c, false))
		(void)send_once(c, true);
	if (c->done == QUEUE_DONE_NEITHER)
		c->done = judge_server(c);
}

/* --- the result --- */

static uint32_t
random32(void)
{
	uint32_t n;

	crypto_random(&n, sizeof(n));
	return n;
}

/* The words that are kept: the server's with its code, or ours. */
static enum err
keep_reply(struct arena *a, const struct smtp_result *r, struct span *ret)
{
	if (r->remote)
		return arena_printf(a, ret, "%u %s", r->code, r->text);
	*ret = span_str(r->text);
	return ERR_OK;
}

static enum err
build_results(const struct deliver_try *t, struct arena *a, struct store_rcpt_result **ret)
{
	struct store_rcpt_result *rows = arena_alloc(a, t->claim->rcpt_count * sizeof(*rows));

	if (rows == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < t->claim->rcpt_count; i++) {
		rows[i].rcpt_no = t->claim->rcpts[i].no;
		rows[i].result = STORE_RESULT_RETRY;
		if (t->results[i].outcome == SMTP_OUTCOME_OK)
			rows[i].result = STORE_RESULT_DELIVERED;
		else if (deliver_try_failed(t, i))
			rows[i].result = STORE_RESULT_FAILED;
		TRY(keep_reply(a, &t->results[i], &rows[i].reply));
	}
	*ret = rows;
	return ERR_OK;
}

/* One attempt to write everything in one commit. */
static enum err
record_once(
    const struct deliver_env *env, const struct deliver_try *t, int64_t next_ms, bool with_reports)
{
	struct notice *notices[DELIVER_REPORTS_MAX];
	struct store_mail_new mails[DELIVER_REPORTS_MAX];
	struct store_copy_result result = { .rcpt_count = t->claim->rcpt_count,
		.next_try_ms = next_ms };
	struct store_rcpt_result *rows = NULL;
	struct arena a;
	size_t count = 0;
	enum err err;

	arena_init(&a, 2u << 20);
	err = build_results(t, &a, &rows);
	if (err == ERR_OK && with_reports)
		err = deliver_reports(env, t, notices, &count);
	if (err == ERR_OK) {
		for (size_t i = 0; i < count; i++)
			mails[i] = notice_taken(notices[i]);
		result.rcpts = rows;
		result.notices = mails;
		result.notice_count = count;
		err = store_queue_result(env->store, env->owner, t->claim, &result);
		if (err == ERR_OK)
			metric_add(METRIC_REPORTS_MADE, (int64_t)count);
	}
	for (size_t i = 0; i < count; i++)
		notice_free(&notices[i]);
	arena_done(&a);
	return err;
}

/* False: the time is over. */
static bool
wait_for(int abort_fd, int64_t ms)
{
	struct pollfd fd = { .fd = abort_fd, .events = POLLIN };

	return poll(&fd, 1, (int)ms) == 0;
}

static void
record(struct copy *c, const struct deliver_try *t, int64_t next_ms)
{
	int64_t wait = RECORD_WAIT_MIN_MS;
	bool with_reports = true;

	for (;;) {
		enum err err = record_once(c->env, t, next_ms, with_reports);

		/* not found: an earlier attempt did reach the disk */
		if (err == ERR_OK || err == ERR_NOT_FOUND)
			return;
		log_err(LOG_ERROR, &c->scopes[2], "deliver-record", err);
		/* a report that cannot be written must not keep the result from being */
		if (err != ERR_TEMP && err != ERR_UNCERTAIN) {
			if (!with_reports)
				return;
			with_reports = false;
		}
		if (!wait_for(c->env->abort_fd, wait))
			return;
		wait = wait * 2 < RECORD_WAIT_MAX_MS ? wait * 2 : RECORD_WAIT_MAX_MS;
	}
}

/* --- the traces --- */

struct counts {
	size_t ok, retry, failed;
	const struct smtp_result *worst; /* the first that is not OK, or NULL */
};

static struct counts
count_results(const struct deliver_try *t)
{
	struct counts n = { 0 };

	for (size_t i = 0; i < t->claim->rcpt_count; i++) {
		if (t->results[i].outcome == SMTP_OUTCOME_OK) {
			n.ok++;
			continue;
		}
		if (deliver_try_failed(t, i))
			n.failed++;
		else
			n.retry++;
		if (n.worst == NULL)
			n.worst = &t->results[i];
	}
	return n;
}

/* A server's words may hold addresses; they stand in the store, sealed, and not in the log. */
static void
log_try(const struct copy *c, const struct deliver_try *t)
{
	struct counts n = count_results(t);
	const char *event = n.failed > 0 ? "deliver-failed"
	    : n.retry > 0                ? "deliver-retry"
					 : "delivered";
	enum log_level level = n.failed > 0 || n.retry > 0 ? LOG_WARN : LOG_INFO;
	long long ms = (long long)(clock_mono_ms() - c->started_ms);

	metric_add(METRIC_DELIVERED, (int64_t)n.ok);
	metric_add(METRIC_DELIVER_FAILED, (int64_t)n.failed);
	metric_add(METRIC_DELIVER_RETRIED, n.retry > 0);
	metric_add(METRIC_DELIVER_BYTES, (int64_t)c->mail.bytes);
	if (n.ok > 0)
		metric_time_ms(METRIC_DELIVER_SECONDS, t->now_ms - c->claim->received_ms);
	if (n.worst == NULL)
		log_line(level, &c->scopes[2], event, "%zu recipients, %llu bytes, %lld ms", n.ok,
		    (unsigned long long)c->mail.bytes, ms);
	else
		log_line(level, &c->scopes[2], event,
		    "try %d: %zu delivered, %zu later, %zu failed, %lld ms; at %s: %u %s%s%s",
		    c->claim->attempts + 1, n.ok, n.retry, n.failed, ms,
		    smtp_step_name(n.worst->step), n.worst->code, n.worst->status,
		    n.worst->remote ? "" : ": ", n.worst->remote ? "" : n.worst->text);
}

static void
conclude(struct copy *c)
{
	struct deliver_try t = {
		.claim = c->claim,
		.tenant = c->tenant,
		.mail = &c->mail,
		.results = c->results,
		.server_has_dsn = c->server_has_dsn,
		.now_ms = clock_now_ms(),
	};
	struct backoff_answer next = backoff_next(&c->env->rules, (uint32_t)c->claim->attempts + 1,
	    c->claim->received_ms, t.now_ms, random32());

	t.expired = next.give_up;
	record(c, &t, next.next_ms);
	log_try(c, &t);
}

enum queue_done
deliver_copy(const struct deliver_env *env, const struct store_claim *claim)
{
	struct copy c = { .env = env, .claim = claim, .started_ms = clock_mono_ms() };

	assert(claim->rcpt_count > 0);
	log_scope_id(&c.scopes[0], NULL, "tenant", claim->tenant_id);
	log_scope_id(&c.scopes[1], &c.scopes[0], "mail", claim->mail_id);
	log_scope_id(&c.scopes[2], &c.scopes[1], "copy", claim->copy_id);
	c.results = calloc(claim->rcpt_count, sizeof(*c.results));
	if (c.results == NULL) {
		log_line(LOG_ERROR, &c.scopes[2], "deliver-memory", "no memory for results");
		if (store_queue_release(env->store, env->owner, claim) != ERR_OK)
			log_line(LOG_ERROR, &c.scopes[2], "deliver-release", "%s", err_note());
		return QUEUE_DONE_NEITHER;
	}
	try_send(&c);
	conclude(&c);
	if (c.mail_open)
		deliver_mail_done(&c.mail);
	if (c.tenant != NULL)
		store_tenant_release(env->store, &c.tenant);
	free(c.results);
	return c.done;
}
