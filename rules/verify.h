/*
 * rules/verify.h - what a tenant has, compared with what it should have. Pure.
 *
 * Each difference is one finding: what it is, how bad, why it matters, and the command that repairs it.
 * Critical is what may let a mail leave unprotected, loop, wait for ever, be refused or lose its tenant; a
 * warning is what hurts otherwise or may do so; a note is worth knowing.
 *
 * What counts as the same. Objects are matched by their name (domains by their domain), ASCII without case,
 * byte for byte otherwise: no Unicode normalisation, as it is not documented what Exchange does, so a name
 * in another normal form is another object (the one missing, the other a second copy). A group that has
 * the planned address, a connector with the planned certificate or hosts, is the planned one under
 * another name (SD-041, SD-061 leave names free). Groups and
 * connectors that a rule names may be named in any way that the export knows of them: name, alias,
 * address, GUID. "(a|b)" and "(b|a)" in a pattern are the same. What Get-TransportRule shows of every
 * rule (exo_says_nothing()) is no difference, nor is a $false that is not shown.
 *
 * What is left alone. Rules of others are judged by what they do and by the conditions that keep them away
 * from our mail for certain; other conditions are taken as "may apply". No command is made that removes
 * or changes an object of others, but for switching off what sends mail to our service or repeats a
 * rule of ours, and TNEF of remote domains. Nothing is repaired in objects whose name is not unique.
 */
#ifndef SECUDOC_RULES_VERIFY_H
#define SECUDOC_RULES_VERIFY_H

#include "rules/exo.h"

#define DRIFT_MAX_FINDINGS   4096u  /* the worst; more than anybody reads */
#define DRIFT_MAX_TEXT_BYTES 512u   /* want and have; what is longer ends in "..." */
#define DRIFT_MAX_REPAIR     65536u /* a command; what would be longer is not given */

enum drift_severity { DRIFT_NOTE, DRIFT_WARNING, DRIFT_CRITICAL };
enum drift_kind {
	DRIFT_MISSING, /* an object of the plan is not there, or a member that it should have */
	DRIFT_CHANGED, /* a member has another value */
	DRIFT_ADDED, /* a member that the plan does not have: one more exception, one more action */
	DRIFT_DISABLED, /* there, but off, in a trial mode, or with a date on which it begins or ends */
	DRIFT_ORDER,    /* our rules among each other, or beside those of a known signature tool */
	DRIFT_IN_FRONT, /* a rule of others that may stop, route or delete before ours see the mail */
	DRIFT_RIVAL,    /* a connector of others that claims the same certificate or smart host */
	DRIFT_DUPLICATE,    /* a second copy: of a rule, of a way to our service, of a name */
	DRIFT_NOT_EXPORTED, /* the export has nothing of this kind, or lacks what all of them show */
	DRIFT_KINDS,
};
struct drift {
	enum drift_kind kind;
	enum drift_severity severity;
	enum exo_kind object_kind;
	/* Names as the plan or export has them: escape them where they are printed. */
	struct span object;   /* its name; empty when it is about the kind as a whole */
	struct span property; /* empty: the object as a whole */
	struct span want,
	    have;        /* for people, one safe line, secrets masked; empty: there is none */
	struct span why; /* one sentence */
	/*
	 * PowerShell on one line, safely quoted; empty: look at it, nothing can be said. What is secret is a
	 * variable that the reader fills from the plan, and without which the command stops before it does
	 * anything: $secret is SetHeaderValue of the routing rule, $mark that of the rules that set mail
	 * aside, $pattern ExceptIfHeaderMatchesPatterns of the routing rule. The commands are to be run in the order of the list; then the next comparison has no
	 * finding with a repair.
	 */
	struct span repair;
};
struct drift_list {
	const struct drift *items; /* worst first, then in the order of the plan */
	size_t count;
	size_t left_out; /* more of them, none worse than the last */
};

const char *drift_severity_name(enum drift_severity s); /* "critical" */
const char *drift_kind_name(enum drift_kind k);         /* "in-front" */

/*
 * verify_compare() - have comes from an export. Everything returned lives in the arena or in the two states.
 * ERR_TEMP, ERR_LIMIT.
 */
MUST_USE enum err verify_compare(const struct exo_state *want, const struct exo_state *have,
    struct arena *a, struct drift_list *ret);

#endif
