/*
 * connector/refusal.c - see refusal.h.
 */
#include "connector/refusal.h"

#include "core/clock.h"
#include "store/audit.h"

static bool
on_record(enum smtp_say say)
{
	switch (say) {
	case SMTP_SAY_STOPPING:
	case SMTP_SAY_IDLE: /* within a mail it is SMTP_SAY_INCOMPLETE as well */
	case SMTP_SAY_UNKNOWN_COMMAND:
	case SMTP_SAY_LINE_ODD:
	case SMTP_SAY_LINE_LONG:
	case SMTP_SAY_ARGUMENT:
	case SMTP_SAY_NO_ARGUMENT:
	case SMTP_SAY_HELO_NAME:
	case SMTP_SAY_NOT_OFFERED:
	case SMTP_SAY_SEQUENCE:
	case SMTP_SAY_NO_RCPT:
	case SMTP_SAY_TLS_ALREADY:
		return false;
	default:
		return smtp_answer(say)->code >= 400;
	}
}

void
refusal_record(const struct pipeline_env *env, const struct log_scope *scope, enum smtp_say say,
    struct span sender)
{
	const struct smtp_answer *a = smtp_answer(say);
	struct store_audit_line line = { .event = a->code < 500 ? "deferred" : "refused",
		.reason = a->word,
		.address = sender };
	int64_t now = clock_now_ms(), id = (int64_t)say + 1; /* of a rate: not 0 */
	enum err err;

	if (!on_record(say))
		return;
	if (!rate_allow(env->refusals, id, REFUSAL_PER_HOUR, now)) {
		if (!rate_allow(env->refusals, -id, 1, now))
			return;
		line = (struct store_audit_line){ .event = "refusals-omitted", .reason = a->word };
		log_line(LOG_WARN, scope, "refusals-omitted",
		    "%s: more than %u within the hour; the rest of it goes unrecorded", a->word,
		    REFUSAL_PER_HOUR);
	}
	err = store_audit_add(env->st, 0, &line);
	if (err != ERR_OK)
		log_err(LOG_ERROR, scope, "audit-trouble", err);
}
