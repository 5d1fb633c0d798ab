/*
 * cli/rules_answer.h - one mail asked of the rules, on its first pass and when the service hands it back.
 */
#ifndef SECUDOC_CLI_RULES_ANSWER_H
#define SECUDOC_CLI_RULES_ANSWER_H

#include "cli/flow_mail.h"
#include "cli/rules_source.h"

#define RULES_ANSWER_BYTES (256u << 20) /* bound of the arena for one mail */

/* A mail as it comes back, and what the rules do then; mail.fields is NULL for a copy that never came here. */
struct rules_return {
	struct flow_mail mail;
	struct flow_outcome outcome;
};

/*
 * How many recipients, by what happens to their mail: it is routed here, perhaps so, to another tool only (for
 * certain or perhaps), or not at all. What another tool hands back nobody knows.
 */
struct rules_tally {
	size_t recipients, routed, maybe, elsewhere, direct;
	bool elsewhere_sure;    /* for one of them at least */
	struct span connector;  /* of the routed, else of the maybe, else of those elsewhere */
	enum rule_answer again; /* is a copy routed a second time: it would go round in a circle */
	const char *reason;     /* one stable word: what decided */
};

struct rules_answer {
	struct flow_eml eml;
	struct flow_outcome first;
	struct rules_return *returns; /* one for each copy of first */
	struct rules_tally tally;
};

/* The options that say whose mail it is. */
struct rules_who {
	struct rules_list to;
	struct span envelope_from;
	struct flow_mail_opts opts; /* points into the two above */
};
enum cli_exit rules_who_read(const struct rules_args *args, struct arena *a, struct rules_who *ret);
/*
 * rules_mail_open() - what explain and simulate begin with: the options, one operand (wanted says which), the
 * rules, the world around them, and who is asked about. rules_source_done() ends *ret_source in any case.
 */
enum cli_exit rules_mail_open(int argc, char **argv, const char *wanted,
    struct rules_args *ret_args, struct rules_source *ret_source, struct rules_who *ret_who);

/* rules_answer_read() - the file at path. Errors as flow_mail_read() and flow_run(). */
MUST_USE enum err rules_answer_read(FILE *in, const struct rules_source *s,
    const struct rules_who *who, struct arena *a, struct rules_answer *ret);

/* rules_brought() - does the copy come to the service? It may be routed, and to another tool. */
enum rule_answer rules_brought(const struct rules_source *s, const struct flow_copy *copy);
/* rules_routes() - has the rule the action that routes? */
bool rules_routes(const struct flow_rule *rule);
/* rules_is_ours() - a field by which the service and its rules talk: never for outsiders. */
bool rules_is_ours(const struct rules_source *s, struct span name);
const char *rules_yes_no(enum rule_answer a); /* "yes", "no", "unknown" */

#endif
