/*
 * cli/rules_int.h - the subcommands of "secudoc rules"; a file rules_NAME.c each.
 *
 * argv[0] is "rules NAME"; they return an exit status, which for verify is one of its own.
 */
#ifndef SECUDOC_CLI_RULES_INT_H
#define SECUDOC_CLI_RULES_INT_H

#include <stdio.h>

int rules_plan(int argc, char **argv);
int rules_explain(int argc, char **argv);
int rules_simulate(int argc, char **argv);
int rules_verify(int argc, char **argv);

/* rules_help() - how each is called, and what its exit status means. */
void rules_help(FILE *out);

#endif
