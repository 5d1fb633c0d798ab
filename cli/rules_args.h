/*
 * cli/rules_args.h - the options of "secudoc rules ...".
 */
#ifndef SECUDOC_CLI_RULES_ARGS_H
#define SECUDOC_CLI_RULES_ARGS_H

#include "cli/cli.h"

#define RULES_GROUPS_MAX 64u

enum rules_takes { RULES_FLAG, RULES_VALUE, RULES_VALUES };
struct rules_option {
	const char *name;
	enum rules_takes takes;
};

/* of explain and simulate, which ask about mails */
extern const struct rules_option rules_mail_options[];
extern const size_t rules_mail_option_count;

struct rules_args {
	const char *command; /* "rules plan", for messages */
	struct cli_option options[CLI_OPTION_MAX];
	size_t option_count;
	const char *values[RULES_GROUPS_MAX]; /* of the one option that takes several */
	int operand_count;
	char **operands;
};

/*
 * rules_args_parse() - argv[0] is the command's name and argv[1...] what follows; operands are moved to
 * argv + 1. The table has at most one RULES_VALUES.
 */
enum cli_exit rules_args_parse(
    int argc, char **argv, const struct rules_option *table, size_t count, struct rules_args *ret);

/* rules_given() - the option when it was given; NULL when not, or when the command has none of that name. */
const struct cli_option *rules_given(const struct rules_args *args, const char *name);
/* rules_value() - its value, or NULL. */
const char *rules_value(const struct rules_args *args, const char *name);
/* rules_wrong() - "secudoc rules plan: ..." on stderr; returns CLI_USAGE. */
enum cli_exit rules_wrong(const struct rules_args *args, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
