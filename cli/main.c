/*
 * cli/main.c - the one program: a table of subcommands.
 */
#include "cli/cli.h"
#include "cli/commands.h"

#include <string.h>

#ifndef SECUDOC_VERSION
#define SECUDOC_VERSION "unknown"
#endif

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "serve", cmd_serve, "run the service, or one role of it (--role receive|deliver|web)" },
	{ "check", cmd_check,
	    "check the configuration file and what it names; --tenants: the tenants too" },
	{ "config", cmd_config, "--defaults: an example file with every setting explained" },
	{ "keys", cmd_keys, "init: make the machine's keys" },
	{ "tenant", cmd_tenant, "add, set, show, list tenants" },
	{ "queue", cmd_queue, "list, show, retry, drop what waits for delivery" },
	{ "transfer", cmd_transfer, "list, show, revoke transfers; get LINK --out DIR" },
	{ "audit", cmd_audit,
	    "verify, list: the chains of audit lines, of all tenants or --tenant NAME" },
	{ "rules", cmd_rules,
	    "plan, explain, simulate, verify: Exchange Online's mail flow rules (--help)" },
};

static int
usage(FILE *out, int code)
{
	fprintf(out, "usage: secudoc COMMAND [--config FILE] ...\n\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	fprintf(out,
	    "\nThe configuration is taken from --config, from $SECUDOC_CONFIG, or from\n"
	    "/etc/secudoc/secudoc.conf.\n");
	return code;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, CLI_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout, CLI_OK);
	if (strcmp(argv[1], "--version") == 0) {
		printf("secudoc %s\n", SECUDOC_VERSION);
		return CLI_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[1]) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "secudoc: there is no command %s\n\n", argv[1]);
	return usage(stderr, CLI_USAGE);
}
