/*
 * rules/plan.h - what a tenant's Exchange Online should have, derived from the tenant's settings.
 *
 * The plan is a complete desired state: groups, accepted domain of the certificate, both connectors,
 * remote domain, mail flow rules in their order, and what the Entra part of the set-up script makes. It
 * is printed as text, as Markdown for a change request, and as JSON for the script. Pure.
 *
 * Requirements: SD-030 to SD-098, SD-100 to SD-115 for the Entra part, X-18.
 */
#ifndef SECUDOC_RULES_PLAN_H
#define SECUDOC_RULES_PLAN_H

#include "core/tenant.h"
#include "rules/exo.h"

struct plan {
	const struct tenant *tenant; /* borrowed */
	struct exo_state state;
	const struct span *notes; /* sentences an administrator should read before applying it */
	size_t note_count;
};

/*
 * plan_make() - ERR_SYNTAX with a note when the settings do not suffice (no linked domain, no smart host) or
 * contradict each other; ERR_LIMIT when a rule would pass Microsoft's limits. The arena holds secrets.
 */
MUST_USE enum err plan_make(const struct tenant *t, struct arena *a, struct plan *ret);

/* plan_json() - for the script, secrets in clear. The other two mask them. */
MUST_USE enum err plan_json(const struct plan *p, struct buf *out);
MUST_USE enum err plan_text(const struct plan *p, struct buf *out);
MUST_USE enum err plan_markdown(const struct plan *p, struct buf *out);

#endif
