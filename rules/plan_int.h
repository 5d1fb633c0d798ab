/*
 * rules/plan_int.h - what the files of rules/plan share, and their tests.
 */
#ifndef SECUDOC_RULES_PLAN_INT_H
#define SECUDOC_RULES_PLAN_INT_H

#include "rules/exo_int.h"
#include "rules/plan.h"

/* The names that no setting changes; one rule more, the one that routes, has rule_name. */
#define PLAN_RULE_OOF            "SecuDoc Set Aside Out-of-Office"
#define PLAN_RULE_OFF            "SecuDoc Set Aside Switched Off"
#define PLAN_RULE_SPAM           "SecuDoc No Spam Check"
#define PLAN_RULE_REMOVE_ENABLED "SecuDoc Remove X-SecuDoc-Enabled"
#define PLAN_RULE_REMOVE_MARK    "SecuDoc Remove X-SecuDoc-Mark"
#define PLAN_RULE_REMOVE_DONE    "SecuDoc Remove X-SecuDoc"

#define PLAN_APP_GRAPH "SecuDoc 365 directory"
#define PLAN_APP_SAML  "SecuDoc 365"
/* The endpoints that the sign-in of the portal will have, below link_base. */
#define PLAN_SAML_METADATA "/saml/metadata"
#define PLAN_SAML_ACS      "/saml/acs"

/*
 * Microsoft's limits. A rule: 8,192 characters ("The rule can't be created because it is too large", KB
 * 3003043). Words and patterns of all rules of a tenant: 20,480 ("Understanding Exchange Transport Rule
 * Size, part 2"). What stands around a value in the stored rule counts as well and is written down
 * nowhere: each value is counted with something for it, a margin is kept, and of the patterns only a
 * share is taken, as other rules need some too.
 */
#define PLAN_RULE_BYTES     7000u
#define PLAN_ITEM_BYTES     40u
#define PLAN_PATTERN_BYTES  4096u
#define PLAN_COMMENTS_CHARS 1024u /* New-TransportRule, Comments */

#define PLAN_NOTES 24u

/* A plan in the making. The first failure is kept; after it nothing more is added. */
struct plan_draft {
	const struct tenant *t;
	struct arena *a;
	struct plan *plan;
	struct exo_object *object; /* the one that members go to */
	struct span users, admins; /* addresses of the groups */
	struct span *notes;        /* PLAN_NOTES */
	enum err err;
};

/* plan_open() - a new object of that name; what follows goes into it. */
void plan_open(struct plan_draft *d, enum exo_kind kind, const char *key, struct span name);
void plan_text_member(struct plan_draft *d, const char *name, const char *value);
void plan_span_member(struct plan_draft *d, const char *name, struct span value);
void plan_bool_member(struct plan_draft *d, const char *name, bool yes);
void
plan_list_member(struct plan_draft *d, const char *name, const struct span *items, size_t count);
/* plan_note() - one sentence for the administrator. */
void plan_note(struct plan_draft *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* plan_rule_name_fixed() - is it one of the names above? */
bool plan_rule_name_fixed(struct span name);
/* plan_exclusions() - the exceptions of the routing rule that stand in settings, into the open object. */
void plan_exclusions(struct plan_draft *d);
/* plan_rules() - all mail flow rules, in their order. */
void plan_rules(struct plan_draft *d);

/* plan_regex_escape() - text as a regular expression that matches just it. */
MUST_USE enum err plan_regex_escape(struct span text, struct buf *out);
/* plan_regex_domain() - "@x", "*@x", "@*.y" as an anchored pattern for addresses. */
MUST_USE enum err plan_regex_domain(struct span pattern, struct buf *out);
/* plan_rule_bytes() - how much of Microsoft's limit a rule takes, by our counting. */
size_t plan_rule_bytes(const struct exo_object *rule);

/*
 * For people. Secrets and tokens of t are masked, also as parts of patterns, and nothing is when t is NULL; of a
 * loop mark "1.0 TOKEN" the version stays. Characters that nobody sees are written as "U+202E".
 *
 * plan_value_words() - a value on one line, items with the joiner between them.
 * plan_rule_words() - what a rule does, in lines that each end in LF: "If ...", "and ...", "except if ...",
 * "or if ...", "then ...".
 */
#define PLAN_MASK "********"
MUST_USE enum err plan_value_words(
    const struct tenant *t, const struct exo_value *v, const char *joiner, struct buf *out);
MUST_USE enum err
plan_rule_words(const struct tenant *t, const struct exo_object *rule, struct buf *out);

#endif
