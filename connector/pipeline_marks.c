/*
 * connector/pipeline_marks.c - is it our own mail that came back? See marks.h and store/mail.h.
 *
 * A mark that does not hold counts for nothing and is reported. A good one names the copy that came
 * back; whether that copy was here before for a recipient is decided inside the commit. Copies made
 * for a mail that was itself a return must not come back at all: a mail flow rule without its
 * exception sends them in a circle (T6). Exchange tells the sender when we refuse.
 */
#include "connector/pipeline_int.h"

#include "connector/marks.h"
#include "core/metrics.h"
#include "mime/header.h"
#include "store/keys.h"

#define MESSAGE_ID_MAX 2048u

/* The value of the first field called name on one line, in p's arena; empty when there is none. */
static enum err
unfolded(struct pipeline *p, struct span name, size_t max, size_t *ret_count, struct span *ret)
{
	CLEANUP(buf_done) struct buf text;
	struct span value;

	buf_init(&text, max);
	*ret = SPAN_NONE;
	*ret_count = mail_head_find(&p->head, name, &value);
	if (*ret_count == 0)
		return ERR_OK;
	TRY(mime_value_unfold(value, &text));
	return arena_dup(&p->arena, buf_span(&text), ret);
}

static bool
mark_holds(struct pipeline *p, struct span value, struct mark *ret)
{
	uint8_t key[STORE_KEY_SIZE];
	bool holds;

	store_key_derive(p->env.st, "mark", p->tenant->id, key);
	holds = mark_check(key, p->tenant->entra_id, value, p->message_id, ret);
	crypto_wipe(key, sizeof(key));
	return holds;
}

/* The copy's rows may be gone already when its mail was done long ago; the mark itself still holds.
 */
static enum err
came_back(struct pipeline *p, int64_t copy_id)
{
	struct store_return r = { .generation = 0 };
	enum err err = store_return_find(p->env.st, p->tenant->id, copy_id, &r);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (r.generation > 0) {
		metric_add(METRIC_MAIL_LOOPED, 1);
		return pipeline_no(p, SMTP_SAY_LOOP);
	}
	p->returned_copy_id = copy_id;
	p->passed_before = err == ERR_OK && r.verdict == STORE_PASS;
	pipeline_audit(p, "returned", NULL);
	return ERR_OK;
}

enum err
pipeline_mark(struct pipeline *p)
{
	struct span value;
	struct mark m;
	size_t count;
	enum err err;

	TRY(unfolded(p, SPAN("Message-ID"), MESSAGE_ID_MAX, &count, &p->message_id));
	err = unfolded(p, SPAN(MARK_FIELD), MESSAGE_ID_MAX, &count, &value);
	if (err != ERR_OK &&
	    err != ERR_LIMIT) /* too long: left empty, which holds no more than rubbish */
		return err;
	if (count == 0)
		return ERR_OK;
	if (count == 1 && mark_holds(p, value, &m))
		return came_back(p, m.copy_id);
	metric_add(METRIC_MARK_INVALID, 1);
	log_line(LOG_WARN, p->envelope.scope, "mark-invalid", "the mail is taken for a new one");
	pipeline_audit(p, "mark-invalid", NULL);
	return ERR_OK;
}
