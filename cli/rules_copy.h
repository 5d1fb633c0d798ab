/*
 * cli/rules_copy.h - the copies of a mail, rule by rule, as text for people.
 */
#ifndef SECUDOC_CLI_RULES_COPY_H
#define SECUDOC_CLI_RULES_COPY_H

#include "cli/rules_answer.h"

/*
 * rules_copies_print() - each copy with its second pass, and the facts that were cited. all: every check of
 * every rule; else of rules that do not fire only what decided, and of those that route all.
 */
void rules_copies_print(const struct rules_source *s, const struct rules_answer *r, bool all);

/* rules_row() - "  what        text", further lines under text. */
void rules_row(const char *what, struct span text);
/* rules_rows() - the same for several; what stands before the first. */
void rules_rows(const char *what, const struct span *items, size_t count);

#endif
