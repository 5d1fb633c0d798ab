/*
 * cli/rules_doubt.h - what an answer that is not known depends on, and what would settle it.
 */
#ifndef SECUDOC_CLI_RULES_DOUBT_H
#define SECUDOC_CLI_RULES_DOUBT_H

#include "cli/rules_answer.h"

#define RULES_DOUBTS_MAX 32u

struct rules_doubt {
	const struct flow_rule *rule;
	const struct flow_check *check; /* of the rule; its answer is unknown */
	bool back;                      /* asked when the mail comes back */
	struct span give; /* for the command line: "--group g@x=LIST"; empty: nothing settles it */
};

struct rules_doubts {
	struct rules_doubt items[RULES_DOUBTS_MAX]; /* each once, however many copies have it */
	size_t count;
	bool more; /* than there is room for */
};

/*
 * rules_doubts_find() - of the copies of which it is not known whether they are routed, or routed again: the
 * checks of the rules that route, and, where these look at what rules in front may have done, theirs. What
 * is to be given is in the arena. ERR_TEMP, ERR_LIMIT.
 */
MUST_USE enum err rules_doubts_find(const struct rules_source *s, const struct rules_answer *r,
    struct arena *a, struct rules_doubts *ret);

#endif
