/*
 * cli/rules_world.h - the parts of rules_source_world(), a file each.
 */
#ifndef SECUDOC_CLI_RULES_WORLD_H
#define SECUDOC_CLI_RULES_WORLD_H

#include "cli/rules_source.h"

#define RULES_MARK_HEADER "X-SecuDoc"

/* A member's text, empty when there is none; a member that is there and yes. */
struct span rules_text(const struct exo_object *o, const char *name);
bool rules_flag(const struct exo_object *o, const char *name);

/*
 * rules_marks_make() - tokens of the loop mark, what must not be shown, and how mail comes back: back and
 * secrets of *s. What an export has as a digest and is one of the tokens stands in the rules in clear.
 * Asks for ours and tenant.
 */
MUST_USE enum err rules_marks_make(struct rules_source *s);

/*
 * rules_groups_make() - who is in which group, by --members and --group. Asks for ours and the domains of
 * world. What was given in vain is said on stderr. ERR_SYNTAX: no list, or no address in it.
 */
MUST_USE enum err rules_groups_make(const struct rules_args *args, struct rules_source *s);

#endif
