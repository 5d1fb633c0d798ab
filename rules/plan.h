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
	const struct tenant *tenant; /* borrowed, for as long as the plan is printed */
	struct exo_state state;
	const struct span *notes; /* sentences an administrator should read before applying it */
	size_t note_count;
};

/*
 * plan_make() - mail flow rules in the order that they must have among each other.
 *
 * ERR_SYNTAX with a note that names the setting: it does not suffice (no linked domain, no smart host, no
 * domain for the groups' addresses), or two contradict each other. ERR_LIMIT: excluded_groups do not fit
 * into a rule; nobody but Exchange knows who is in a group. Excluded senders that do not fit, or that
 * a rule cannot name, stay with the service, and a note says so. ERR_TEMP. The arena holds secrets.
 */
MUST_USE enum err plan_make(const struct tenant *t, struct arena *a, struct plan *ret);

/*
 * Each ends in LF; appended to out. ERR_LIMIT, ERR_TEMP from it.
 *
 * plan_json() - for the script, secrets in clear. The other two mask secrets and tokens, also inside patterns, or
 * with reveal say in their first line that they do not, for whoever makes the rules by hand. They show
 * characters that nobody sees as "U+202E"; in plan_markdown() no text from settings has a meaning.
 */
MUST_USE enum err plan_json(const struct plan *p, struct buf *out);
MUST_USE enum err plan_text(const struct plan *p, bool reveal, struct buf *out);
MUST_USE enum err plan_markdown(const struct plan *p, bool reveal, struct buf *out);

#endif
