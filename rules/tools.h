/*
 * rules/tools.h - known tools that put themselves into the flow of mail: signatures, disclaimers, routing.
 *
 * Two tools that both route a mail, or both edit it, depend on their order: ours takes files out of what
 * will be sent, so it must see the mail when the others are done with it. The table names tools by what
 * their own set-up calls its mail flow rules and connectors; verify asks where they stand beside ours, and
 * the set-up script places our rules behind theirs. An administrator may have renamed anything, so "not
 * found" means only that.
 */
#ifndef SECUDOC_RULES_TOOLS_H
#define SECUDOC_RULES_TOOLS_H

#include "core/span.h"

struct rule_tool {
	const char *name;         /* "CodeTwo Email Signatures 365" */
	const char *rule_pattern; /* its mail flow rule; "*": any text; no case; NULL: not known */
	const char *connector_pattern; /* of the connector it routes to; NULL: not known */
	const char *source;            /* where the names were found */
};
extern const struct rule_tool rule_tools[];
extern const size_t rule_tool_count;

/*
 * rule_tool_find() - whose rule is this? By its name, or by the connector it routes to (empty when it routes
 * to none). NULL: nobody's we know. The first row that matches.
 */
const struct rule_tool *rule_tool_find(struct span rule_name, struct span connector);

/* rule_pattern_matches() - "*" is any text, also none; ASCII without case; everything else is itself. */
bool rule_pattern_matches(struct span pattern, struct span text);

#endif
