/*
 * connector/pipeline.c - the way of a mail through the system, each step by its name, in order.
 *
 * Bytes flow session -> here -> mime/detach -> container. Two moments decide: when the header is
 * complete (whose mail is it?), and when the mail is (what is to be done with it?). After the
 * commit deliver has it.
 */
#include "connector/pipeline_int.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "mime/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static pipeline_step *const head_steps[] = {
	pipeline_hops,      /* does it go in a circle? */
	pipeline_tenant,    /* whose mail does it say it is? */
	pipeline_trust,     /* do secret, sender and author say so too? */
	pipeline_container, /* from here on bytes go to disk, encrypted to that tenant */
};

static pipeline_step *const end_steps[] = {
	pipeline_content,    /* what is in it? */
	pipeline_validation, /* without the secret: is it harmless? */
	pipeline_mark,       /* was it here before? */
	pipeline_policy,     /* pass or secure? */
	pipeline_commit,     /* container, mail, recipients, links, audit: one commit */
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* the container's bytes before the tenant is known: the header block, and framing around it */
#define EARLY_MAX (MIME_MAX_HEADER_BYTES + (64u << 10))
#define ARENA_MAX (64u << 10)

enum err
pipeline_no(struct pipeline *p, enum smtp_say say)
{
	if (p->say == SMTP_SAY_OK)
		p->say = say;
	return ERR_DENIED;
}

void
pipeline_audit(struct pipeline *p, const char *event, const char *reason)
{
	if (p->audit_count < PIPELINE_AUDIT_MAX)
		p->audit[p->audit_count++] =
		    (struct store_audit_line){ .event = event, .reason = reason };
}

/* Everything stored for the mail goes, and what would only cost memory. */
static void
drop(struct pipeline *p)
{
	mime_detach_free(&p->detach);
	store_container_free(&p->container);
	buf_done(&p->early);
}

static void
failed(struct pipeline *p, enum err err)
{
	if (p->say == SMTP_SAY_OK) {
		p->say = smtp_reply_for(err);
		if (p->say == SMTP_SAY_TEMP)
			log_err(LOG_ERROR, p->envelope.scope, "receive-trouble", err);
		else
			(void)snprintf(p->detail, sizeof(p->detail), "%s", err_note());
	}
	drop(p);
}

static enum err
run(struct pipeline *p, pipeline_step *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		TRY(steps[i](p));
	return ERR_OK;
}

/* --- while bytes arrive --------------------------------------------------------------------------
 */

static enum err
on_field(void *ctx, struct span name, struct span raw_value)
{
	struct pipeline *p = ctx;

	return mail_head_add(&p->head, name, raw_value);
}

static enum err
on_head_end(void *ctx)
{
	return run(ctx, head_steps, COUNT(head_steps));
}

static enum err
container_put(void *ctx, struct span in)
{
	struct pipeline *p = ctx;

	if (p->container == NULL)
		return buf_put(&p->early, in);
	return sink_put(store_container_sink(p->container), in);
}

enum err
pipeline_new(
    const struct pipeline_env *env, const struct pipeline_envelope *envelope, struct pipeline **ret)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	struct mime_detach_events events = { p, on_field, on_head_end };
	enum err err;

	if (p == NULL)
		return err_set(ERR_TEMP, "no memory for a mail");
	p->env = *env;
	p->envelope = *envelope;
	p->begun_ms = clock_now_ms();
	p->say = SMTP_SAY_OK;
	mail_head_init(&p->head);
	buf_init(&p->early, EARLY_MAX);
	arena_init(&p->arena, ARENA_MAX);
	err = mime_detach_new(NULL, &events, (struct sink){ container_put, p }, &p->detach);
	if (err != ERR_OK) {
		pipeline_free(&p);
		return err;
	}
	*ret = p;
	return ERR_OK;
}

void
pipeline_free(struct pipeline **pp)
{
	struct pipeline *p = *pp;

	if (p == NULL)
		return;
	drop(p);
	mail_head_done(&p->head);
	arena_done(&p->arena);
	if (p->tenant != NULL)
		store_tenant_release(p->env.st, &p->tenant);
	free(p);
	*pp = NULL;
}

void
pipeline_push(struct pipeline *p, struct span in)
{
	enum err err;

	p->octets += in.len;
	if (p->say != SMTP_SAY_OK)
		return;
	err = mime_detach_push(p->detach, in);
	if (err != ERR_OK)
		failed(p, err);
}

void
pipeline_refuse(struct pipeline *p, enum smtp_say say)
{
	failed(p, pipeline_no(p, say));
}

bool
pipeline_is_refused(const struct pipeline *p)
{
	return p->say != SMTP_SAY_OK;
}

/* --- the end -------------------------------------------------------------------------------------
 */

enum err
pipeline_content(struct pipeline *p)
{
	return mime_detach_finish(p->detach, &p->facts);
}

/* A refusal is on record before it is said; what cannot be put on record waits. */
static void
audit_refusal(struct pipeline *p)
{
	const struct smtp_answer *a = smtp_answer(p->say);
	struct store_audit_line line = { .event = a->code < 500 ? "deferred" : "refused",
		.reason = a->word,
		.address = p->envelope.sender };
	enum err err;

	if (a->code < 400)
		return;
	metric_add(a->code < 500 ? METRIC_MAIL_DEFERRED : METRIC_MAIL_REFUSED, 1);
	log_line(LOG_WARN, p->envelope.scope, "mail-refused",
	    "%s (%u %s) after %" PRIu64 " bytes%s%s", a->word, a->code, a->status, p->octets,
	    p->detail[0] != '\0' ? ": " : "", p->detail);
	err = store_audit_add(p->env.st, p->tenant != NULL ? p->tenant->id : 0, &line);
	if (err == ERR_OK)
		return;
	log_err(LOG_ERROR, p->envelope.scope, "audit-trouble", err);
	if (a->code >= 500) {
		p->say = SMTP_SAY_TEMP;
		p->detail[0] = '\0';
	}
}

void
pipeline_finish(struct pipeline *p, struct pipeline_answer *ret)
{
	if (p->say == SMTP_SAY_OK) {
		enum err err = run(p, end_steps, COUNT(end_steps));

		if (err != ERR_OK)
			failed(p, err);
	}
	audit_refusal(p);
	*ret = (struct pipeline_answer){ .say = p->say, .mail_id = p->mail_id };
	(void)snprintf(ret->detail, sizeof(ret->detail), "%s", p->detail);
}
