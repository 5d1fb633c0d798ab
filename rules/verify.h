/*
 * rules/verify.h - what a tenant has, compared with what it should have. Pure.
 *
 * Each difference is one finding: what it is, how bad, why it matters, and the command that repairs it.
 * Critical is what may let a mail leave unprotected, loop, or not leave at all.
 */
#ifndef SECUDOC_RULES_VERIFY_H
#define SECUDOC_RULES_VERIFY_H

#include "rules/exo.h"

enum drift_severity { DRIFT_NOTE, DRIFT_WARNING, DRIFT_CRITICAL };
enum drift_kind {
	DRIFT_MISSING, /* an object of the plan is not there */
	DRIFT_CHANGED, /* a member has another value */
	DRIFT_ADDED, /* a member that the plan does not have: one more exception, one more action */
	DRIFT_DISABLED, /* there, but off, or in a trial mode */
	DRIFT_ORDER,    /* our rules among each other, or beside those of a known signature tool */
	DRIFT_IN_FRONT, /* a rule of others that may stop, route or delete before ours see the mail */
	DRIFT_RIVAL,    /* a connector of others that claims the same certificate or smart host */
};
struct drift {
	enum drift_kind kind;
	enum drift_severity severity;
	enum exo_kind object_kind;
	struct span object;     /* its name */
	struct span property;   /* empty: the object as a whole */
	struct span want, have; /* for people, secrets masked; empty where there is none */
	struct span why;        /* one sentence */
	struct span repair; /* PowerShell, safely quoted; empty: look at it, nothing can be said */
};
struct drift_list {
	const struct drift *items; /* worst first, then in the order of the plan */
	size_t count;
};

const char *drift_severity_name(enum drift_severity s); /* "critical" */
const char *drift_kind_name(enum drift_kind k);         /* "in-front" */

/* verify_compare() - have comes from an export. ERR_TEMP, ERR_LIMIT. */
MUST_USE enum err verify_compare(const struct exo_state *want, const struct exo_state *have,
    struct arena *a, struct drift_list *ret);

#endif
