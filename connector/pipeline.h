/*
 * connector/pipeline.h - one mail from its first byte to the answer.
 *
 * The session pushes bytes while they arrive; they are taken apart, encrypted and written at once.
 * What refuses the mail is remembered, everything stored for it is dropped at that moment, and the
 * session goes on reading and pushing until the end, where the answer is. Memory is a constant
 * beyond the header.
 *
 * A mail that ends without pipeline_finish() leaves nothing behind. One thread a pipeline.
 */
#ifndef SECUDOC_CONNECTOR_PIPELINE_H
#define SECUDOC_CONNECTOR_PIPELINE_H

#include "connector/rate.h"
#include "connector/smtp_replies.h"
#include "core/config.h"
#include "core/log.h"
#include "net/tls.h"
#include "store/mail.h"

/* What all mails of a process share; borrowed by each. */
struct pipeline_env {
	const struct config *config;
	struct store *st;
	struct rate *validations; /* mails without the tenant's secret, by tenant */
	struct rate *refusals;    /* connector/refusal.h, by word */
};

/* Envelope and session; all of it borrowed until pipeline_free(). */
struct pipeline_envelope {
	struct span sender; /* empty: the null sender */
	bool smtputf8, body_8bit;
	enum store_ret ret;
	struct span envid;
	struct store_rcpt_new *rcpts; /* the policy sets their unchanged */
	size_t rcpt_count;
	const char *helo, *peer;
	const struct tls_facts *tls;
	const struct log_scope *scope;
};

struct pipeline;

/* ERR_TEMP: no memory. */
MUST_USE enum err pipeline_new(const struct pipeline_env *env,
    const struct pipeline_envelope *envelope, struct pipeline **ret);
/* pipeline_push() - the next bytes of content; borrowed during the call. */
void pipeline_push(struct pipeline *p, struct span in);
/* pipeline_refuse() - the session found a reason (size, line ends); the first reason stays. */
void pipeline_refuse(struct pipeline *p, enum smtp_say say);
bool pipeline_is_refused(const struct pipeline *p);

struct pipeline_answer {
	enum smtp_say say;
	int64_t mail_id;  /* SMTP_SAY_ACCEPTED */
	char detail[200]; /* more words for a refusal, printable ASCII, or "" */
};
/*
 * pipeline_finish() - the mail is complete, or nobody wants the rest of it: decide, commit, audit,
 * log. With SMTP_SAY_ACCEPTED everything is synced and deliver was woken. Call it once.
 */
void pipeline_finish(struct pipeline *p, struct pipeline_answer *ret);
void pipeline_free(struct pipeline **p);

#endif
