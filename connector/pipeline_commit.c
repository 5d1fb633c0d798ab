/*
 * connector/pipeline_commit.c - hand the mail to the store; after that it is ours.
 */
#include "connector/pipeline_int.h"

#include "connector/received.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "mime/header.h"

#include <inttypes.h>

#define SUBJECT_MAX     1024u
#define MESSAGE_KEY_MAX 512u

/* Text for people, decoded; what is beyond max is cut. */
static enum err
decoded(struct pipeline *p, struct span name, size_t max, struct span *ret)
{
	CLEANUP(buf_done) struct buf text;
	struct span value;
	enum err err;

	buf_init(&text, max);
	*ret = SPAN_NONE;
	if (mail_head_find(&p->head, name, &value) == 0)
		return ERR_OK;
	err = mime_value_decode(value, &text);
	if (err != ERR_OK && err != ERR_LIMIT)
		return err;
	return arena_dup(&p->arena, buf_span(&text), ret);
}

static enum err
received(struct pipeline *p, int64_t mail_id, int64_t now_ms, struct span *ret)
{
	CLEANUP(buf_done) struct buf text;
	struct received_facts f = { .hostname = p->env.config->smtp_hostname,
		.helo = p->envelope.helo,
		.peer = p->envelope.peer,
		.tls = p->envelope.tls,
		.smtputf8 = p->envelope.smtputf8,
		.mail_id = mail_id,
		.now_ms = now_ms };

	buf_init(&text, RECEIVED_MAX);
	TRY(received_put(&f, &text));
	return arena_dup(&p->arena, buf_span(&text), ret);
}

/*
 * What Exchange calls the mail, the same for all envelopes it splits it into; else what its
 * author's program called it. Without either a repeat cannot be told from a new mail.
 */
static struct span
message_key(const struct pipeline *p)
{
	static const char *const names[] = {
		"X-MS-Exchange-Organization-Network-Message-Id",
		"X-MS-Exchange-CrossTenant-Network-Message-Id",
	};
	struct span value;

	for (size_t i = 0; i < 2; i++)
		if (mail_head_find(&p->head, span_str(names[i]), &value) == 1 && value.len > 0)
			return span_upto(value, MESSAGE_KEY_MAX);
	return span_upto(p->message_id, MESSAGE_KEY_MAX);
}

/* value is a list in which one of the words stands, whatever the case */
static bool
has_word(struct span value, const char *const *words, size_t count)
{
	while (value.len > 0) {
		struct span one = span_upto(value, span_find_byte(value, ','));

		for (size_t i = 0; i < count; i++)
			if (span_ieq(span_trim(one), span_str(words[i])))
				return true;
		value = span_from(value, one.len + 1);
	}
	return false;
}

/* RFC 3834 sections 2 and 5, and Exchange's own field: nobody waits for a report on these (T7). */
bool
pipeline_is_automatic(const struct pipeline *p)
{
	static const char *const bulk[] = { "bulk", "junk", "list" };
	static const char *const suppress[] = { "All", "NDR", "DR" };
	struct span value;

	if (p->envelope.sender.len == 0)
		return true;
	if (mail_head_find(&p->head, SPAN("Auto-Submitted"), &value) > 0 &&
	    !span_ieq(value, SPAN("no")))
		return true;
	if (mail_head_find(&p->head, SPAN("X-Auto-Response-Suppress"), &value) > 0 &&
	    has_word(value, suppress, 3))
		return true;
	return mail_head_find(&p->head, SPAN("Precedence"), &value) > 0 && has_word(value, bulk, 3);
}

static enum err
fill(struct pipeline *p, struct store_mail_new *m)
{
	const struct mime_wire_facts *wire = &p->facts->wire;
	bool secure = p->decision.verdict == POLICY_SECURE;

	m->tenant_id = p->tenant->id;
	m->verdict = secure ? STORE_SECURE : STORE_PASS;
	m->reason = p->decision.reason;
	m->origin = STORE_FROM_EXCHANGE;
	m->smtputf8 = p->envelope.smtputf8;
	m->body_8bit = p->envelope.body_8bit || wire->body_8bit || wire->header_8bit;
	m->needs_bdat = wire->bare_cr || wire->bare_lf || wire->nul || wire->long_line;
	m->automatic = pipeline_is_automatic(p);
	m->ret = p->envelope.ret;
	m->facts.sender = p->envelope.sender;
	m->facts.envid = p->envelope.envid;
	m->facts.message_id = p->message_id;
	TRY(received(
	    p, store_container_mail_id(p->container), m->received_ms, &m->facts.received_field));
	TRY(decoded(p, SPAN("Subject"), SUBJECT_MAX, &m->facts.subject));
	TRY(decoded(p, SPAN("From"), SUBJECT_MAX, &m->facts.from));
	m->rcpts = p->envelope.rcpts;
	m->rcpt_count = p->envelope.rcpt_count;
	m->shared_link = secure && p->tenant->links == TENANT_LINK_SHARED;
	m->link_expires_ms = secure ? m->received_ms + p->tenant->link_life_ms : 0;
	m->message_key = message_key(p);
	m->content_digest = span_of(p->facts->content_sha256, SHA256_SIZE);
	m->returned_copy_id = p->returned_copy_id;
	m->audit = p->audit;
	m->audit_count = p->audit_count;
	return ERR_OK;
}

static size_t
count_outcome(const struct pipeline *p, enum store_rcpt_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < p->envelope.rcpt_count; i++)
		n += p->done.rcpt[i] == outcome;
	return n;
}

static void
tell(struct pipeline *p, int64_t begun_ms)
{
	bool secure = p->decision.verdict == POLICY_SECURE;

	metric_add(METRIC_MAIL_RECEIVED, 1);
	metric_add(secure ? METRIC_MAIL_SECURED : METRIC_MAIL_PASSED, 1);
	metric_add(METRIC_MAIL_BYTES, (int64_t)p->octets);
	if (secure)
		metric_add(METRIC_FILES_DETACHED, p->facts->attachment_count);
	metric_time_ms(METRIC_RECEIVE_SECONDS, clock_mono_ms() - begun_ms);
	log_line(LOG_INFO, p->envelope.scope, "mail-accepted",
	    "mail %" PRId64 " of tenant %s: %s (%s), %zu of %zu recipients new, %" PRIu64 " bytes, "
	    "%" PRId64 " ms",
	    p->mail_id, p->tenant->name, secure ? "secure" : "pass", p->decision.reason,
	    p->done.new_count, p->envelope.rcpt_count, p->octets, clock_now_ms() - p->begun_ms);
}

enum err
pipeline_commit(struct pipeline *p)
{
	struct store_mail_new m = { .received_ms = clock_now_ms() };
	int64_t begun_ms = clock_mono_ms();
	size_t again;

	TRY(store_container_finish(p->container));
	TRY(fill(p, &m));
	m.container = p->container; /* taken, whatever the answer */
	p->container = NULL;
	TRY(store_mail_commit(p->env.st, &m, &p->done));
	again = count_outcome(p, STORE_RCPT_RETURNED_AGAIN);
	if (again > 0) {
		metric_add(METRIC_MAIL_LOOPED, 1);
		log_line(LOG_WARN, p->envelope.scope, "mail-looped",
		    "copy %" PRId64 " came back a second time for %zu recipients",
		    p->returned_copy_id, again);
	}
	if (again == p->envelope.rcpt_count)
		return pipeline_no(p, SMTP_SAY_LOOP);
	p->mail_id = p->done.mail_id;
	if (p->done.new_count > 0)
		tell(p, begun_ms);
	if (again > 0)
		TRY(pipeline_loop_notice(p));
	if (p->done.new_count > 0) {
		p->say = SMTP_SAY_ACCEPTED;
		return ERR_OK;
	}
	p->say = SMTP_SAY_REPEAT;
	metric_add(METRIC_MAIL_REPEATED, 1);
	log_line(LOG_INFO, p->envelope.scope, "mail-repeated", "known for all %zu recipients",
	    p->envelope.rcpt_count);
	return ERR_OK;
}
