/*
 * cli/cli.h - what the subcommands share: options, the configuration, the store, exit codes, tables.
 *
 * A subcommand is a file cmd_NAME.c with int cmd_NAME(int argc, char **argv), argv[0] being the
 * subcommand's name, and a row in the table of main.c. It returns CLI_OK, CLI_FAILED (said why on
 * stderr) or CLI_USAGE. What a person asked for goes to stdout, everything else to stderr.
 */
#ifndef SECUDOC_CLI_CLI_H
#define SECUDOC_CLI_CLI_H

#include "core/config.h"
#include "core/err.h"

#include <stdio.h>

enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/*
 * Options: "--name value", "--name=value" or, for flags, "--name"; "--" ends them. Everything else stays as
 * operands, in order. An option that may be given several times collects its values in all, which has
 * room for so many.
 */
#define CLI_OPTION_MAX 16
struct cli_option {
	const char *name; /* without the dashes */
	bool flag;
	bool given;
	const char *value; /* of the last one; borrowed from argv */
	const char **all;  /* all of them; NULL: only the last one counts */
	size_t room, count;
};

/*
 * cli_options() - take the options out of argv; *ret_argc operands remain in ret_argv (which may be
 * argv + 1, or has room for argc pointers), argv[0] not among them. Unknown options, missing values and values
 * for flags are said on stderr and give CLI_USAGE.
 */
enum cli_exit cli_options(int argc, char **argv, struct cli_option *options, size_t count,
    int *ret_argc, char **ret_argv);

/*
 * cli_config() - load the file of --config, or of $SECUDOC_CONFIG, or /etc/secudoc/secudoc.conf.
 * Says on stderr what is wrong and returns NULL. The caller ends it with config_free().
 */
struct config *cli_config(const struct cli_option *config_option);
const char *cli_config_path(const struct cli_option *config_option);

/* cli_fail() - "secudoc NAME: what: note" on stderr; returns CLI_FAILED. what may be NULL. */
enum cli_exit cli_fail(const char *name, const char *what, enum err err);

/* cli_print() - peer or stored text for a terminal: control characters and bidi overrides as \xNN. */
void cli_print(FILE *out, struct span text);
/* Human forms; out holds at least CLI_TEXT_SIZE; returns out. */
#define CLI_TEXT_SIZE 48
char *cli_size(uint64_t bytes, char *out); /* "1.4 MB" */
char *cli_time(int64_t ms, char *out);     /* "2026-11-21 20:30:46 UTC", "-" for 0 */

#endif
