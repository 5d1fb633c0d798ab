/*
 * connector/deliver_report.c - results of one try, sorted into reports by what is to be told.
 */
#include "connector/deliver_report.h"

#include "mime/limits.h"
#include "net/endpoint.h"

#include <stdlib.h>

#define ARENA_MAX (4u << 20)

bool
deliver_try_failed(const struct deliver_try *t, size_t i)
{
	return t->results[i].outcome == SMTP_OUTCOME_FAILED ||
	    (t->results[i].outcome == SMTP_OUTCOME_RETRY && t->expired);
}

static bool
belongs(const struct deliver_try *t, size_t i, enum report_kind kind)
{
	unsigned notify = t->claim->rcpts[i].notify;

	if (!report_wanted(kind, notify))
		return false;
	switch (kind) {
	case REPORT_FAILED:
		return t->results[i].outcome == SMTP_OUTCOME_FAILED;
	case REPORT_EXPIRED:
		return t->results[i].outcome == SMTP_OUTCOME_RETRY && t->expired;
	case REPORT_RELAYED:
		return t->results[i].outcome == SMTP_OUTCOME_OK && !t->server_has_dsn;
	case REPORT_LOOP:
		break;
	}
	return false;
}

/*
 * Trouble of this machine (x.3.x, RFC 3463 section 3.4) is described in the log with files and paths; a
 * sender learns that it was ours.
 */
static struct span
own_reason(const struct smtp_result *result)
{
	if (span_starts(span_from(span_str(result->status), 1), SPAN(".3.")))
		return SPAN(
		    "trouble in the mail service itself; its administrator finds it in the log");
	return span_str(result->text);
}

static enum err
fill_rcpt(const struct deliver_try *t, size_t i, struct arena *a, struct report_rcpt *ret)
{
	const struct smtp_result *result = &t->results[i];

	*ret = (struct report_rcpt){
		.address = t->claim->rcpts[i].address,
		.orcpt = t->claim->rcpts[i].orcpt,
		.status = span_str(result->status),
		.last_try_ms = t->now_ms,
	};
	if (result->outcome == SMTP_OUTCOME_OK)
		return ERR_OK;
	if (!result->remote) {
		ret->reason = own_reason(result);
		return ERR_OK;
	}
	return arena_printf(a, &ret->diagnostic, "%u %s", result->code, result->text);
}

/* One report of this kind, or none: *ret stays NULL. */
static enum err
report_one(const struct deliver_env *env, const struct deliver_try *t, enum report_kind kind,
    struct span header, struct arena *a, struct notice **ret)
{
	struct report_rcpt *rcpts = arena_alloc(a, t->claim->rcpt_count * sizeof(*rcpts));
	struct endpoint remote = { .host = "" };
	size_t count = 0;

	if (rcpts == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < t->claim->rcpt_count; i++)
		if (belongs(t, i, kind))
			TRY(fill_rcpt(t, i, a, &rcpts[count++]));
	if (count == 0)
		return ERR_OK;
	if (endpoint_parse(t->tenant->inbound_host, 25, &remote) != ERR_OK)
		remote.host[0] = '\0';

	const struct report r = {
		.kind = kind,
		.language = t->tenant->language,
		.organisation = t->tenant->organisation,
		.hostname = env->hostname,
		.remote_host = remote.host,
		.from = t->tenant->facility_address,
		.to = t->claim->facts.sender,
		.envid = t->claim->facts.envid,
		.id = t->claim->copy_id,
		.tries = (unsigned)t->claim->attempts + 1,
		.arrival_ms = t->claim->received_ms,
		.now_ms = t->now_ms,
		.header = header,
		.secret_header = t->tenant->secret_header,
		.rcpts = rcpts,
		.rcpt_count = count,
	};
	return notice_new(env->store, t->claim->tenant_id, &r, ret);
}

static enum err
report_all(const struct deliver_env *env, const struct deliver_try *t, struct span header,
    struct arena *a, struct notice *ret[DELIVER_REPORTS_MAX], size_t *count)
{
	static const enum report_kind kinds[] = { REPORT_FAILED, REPORT_EXPIRED, REPORT_RELAYED };

	if (!report_allowed(t->claim->facts.sender, header))
		return ERR_OK;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ret[*count] = NULL;
		TRY(report_one(env, t, kinds[i], header, a, &ret[*count]));
		if (ret[*count] != NULL)
			(*count)++;
	}
	return ERR_OK;
}

static bool
anything_to_report(const struct deliver_try *t)
{
	if (t->tenant == NULL || t->claim->automatic || t->claim->facts.sender.len == 0)
		return false;
	for (size_t i = 0; i < t->claim->rcpt_count; i++)
		if (belongs(t, i, REPORT_FAILED) || belongs(t, i, REPORT_EXPIRED) ||
		    belongs(t, i, REPORT_RELAYED))
			return true;
	return false;
}

enum err
deliver_reports(const struct deliver_env *env, const struct deliver_try *t,
    struct notice *ret[DELIVER_REPORTS_MAX], size_t *ret_count)
{
	struct arena a;
	struct buf header;
	size_t count = 0;
	enum err err;

	*ret_count = 0;
	if (!anything_to_report(t))
		return ERR_OK;
	arena_init(&a, ARENA_MAX);
	buf_init(&header, MIME_MAX_HEADER_BYTES + 2);
	err = deliver_mail_header(t->mail, &header);
	if (err != ERR_OK && err != ERR_TEMP) { /* damaged: better a report without it than none */
		buf_clear(&header);
		err = ERR_OK;
	}
	if (err == ERR_OK)
		err = report_all(env, t, buf_span(&header), &a, ret, &count);
	buf_done(&header);
	arena_done(&a);
	if (err != ERR_OK) {
		while (count > 0)
			notice_free(&ret[--count]);
		return err;
	}
	*ret_count = count;
	return ERR_OK;
}
