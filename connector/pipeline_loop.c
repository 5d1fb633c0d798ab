/*
 * connector/pipeline_loop.c - tell the sender that a mail was stopped for some of its recipients.
 *
 * When a mail came back a second time for all of them it is refused, and Exchange tells the sender. With
 * some new it is accepted for these, so nobody but us can say what became of the others. The report is stored
 * after the mail: when it cannot be, the answer is 4xx, the mail comes again, its new recipients are known
 * by then, and those who were stopped are found once more (store/mail.c keeps no repeat row of them). Its
 * Message-ID follows from the copy, so there is one, however often this runs.
 */
#include "connector/notice.h"
#include "connector/pipeline_int.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "mime/limits.h"

/* The header block anew from its fields: what report.h quotes, and looks for subject and date in. */
static enum err
put_header(const struct mail_head *h, struct buf *out)
{
	for (size_t i = 0; i < h->count; i++) {
		TRY(buf_put(out, h->fields[i].name));
		TRY(buf_put_str(out, ": "));
		TRY(buf_put(out, h->fields[i].value));
		TRY(buf_put_str(out, "\r\n"));
	}
	return ERR_OK;
}

/* The stopped recipients who are to be reported on, in memory of their own; *ret_count may be 0. */
static enum err
stopped(const struct pipeline *p, struct arena *a, struct report_rcpt **ret, size_t *ret_count)
{
	struct report_rcpt *rcpts = arena_alloc(a, p->envelope.rcpt_count * sizeof(*rcpts));
	size_t n = 0;

	if (rcpts == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < p->envelope.rcpt_count; i++) {
		const struct store_rcpt_new *rcpt = &p->envelope.rcpts[i];

		if (p->done.rcpt[i] != STORE_RCPT_RETURNED_AGAIN ||
		    !report_wanted(REPORT_LOOP, rcpt->notify))
			continue;
		rcpts[n++] = (struct report_rcpt){
			.address = rcpt->address,
			.orcpt = rcpt->orcpt,
			.status = span_str(smtp_answer(SMTP_SAY_LOOP)->status),
			.reason = span_str(smtp_answer(SMTP_SAY_LOOP)->text),
			.last_try_ms = p->begun_ms,
		};
	}
	*ret = rcpts;
	*ret_count = n;
	return ERR_OK;
}

static enum err
store_notice(struct pipeline *p, const struct report *r)
{
	struct store_mail_done done;
	struct store_mail_new mail;
	struct notice *n;
	enum err err;

	TRY(notice_new(p->env.st, p->tenant->id, r, &n));
	mail = notice_taken(n);
	err = store_mail_commit(p->env.st, &mail, &done);
	if (err == ERR_OK)
		metric_add(METRIC_REPORTS_MADE, (int64_t)done.new_count);
	notice_free(&n);
	return err;
}

static enum err
write_notice(struct pipeline *p, struct arena *a, struct buf *header)
{
	const struct config *c = p->env.config;
	struct report r = {
		.kind = REPORT_LOOP,
		.language = p->tenant->language,
		.organisation = p->tenant->organisation,
		.hostname = c->deliver_hostname[0] != '\0' ? c->deliver_hostname : c->smtp_hostname,
		.remote_host = "",
		.from = p->tenant->facility_address,
		.to = p->envelope.sender,
		.envid = p->envelope.envid,
		.id = p->returned_copy_id,
		.arrival_ms = p->begun_ms,
		.now_ms = clock_now_ms(),
		.secret_header = p->tenant->secret_header,
	};
	struct report_rcpt *rcpts;

	TRY(stopped(p, a, &rcpts, &r.rcpt_count));
	if (r.rcpt_count == 0)
		return ERR_OK;
	TRY(put_header(&p->head, header));
	r.rcpts = rcpts;
	r.header = buf_span(header);
	return report_allowed(r.to, r.header) ? store_notice(p, &r) : ERR_OK;
}

enum err
pipeline_loop_notice(struct pipeline *p)
{
	CLEANUP(buf_done) struct buf header;
	struct arena a;
	enum err err;

	/* ": " and CRLF anew: a field had at least its colon and CRLF, so one byte more each */
	buf_init(&header, MIME_MAX_HEADER_BYTES + MIME_MAX_FIELDS);
	arena_init(&a, STORE_RCPT_MAX * sizeof(struct report_rcpt) + 4096);
	err = pipeline_is_automatic(p) ? ERR_OK : write_notice(p, &a, &header);
	arena_done(&a);
	if (err == ERR_OK || err == ERR_TEMP || err == ERR_UNCERTAIN)
		return err;
	/* it would fail again; the mail itself is accepted and must not be refused for its report */
	log_err(LOG_ERROR, p->envelope.scope, "loop-notice", err);
	return ERR_OK;
}
