/*
 * secudoc keys init [--config FILE]
 *
 * Makes store.keys_dir with fresh keys. Never replaces one: a lost master key is lost mail.
 */
#include "cli/cli.h"
#include "cli/commands.h"

#include "store/keys.h"

#include <string.h>

static int
usage(void)
{
	fprintf(stderr, "usage: secudoc keys init [--config FILE]\n");
	return CLI_USAGE;
}

static int
keys_init(struct config *config)
{
	enum err err = store_keys_init(config->keys_dir);

	if (err != ERR_OK)
		return cli_fail("keys", "init", err);
	printf(
	    "keys made in %s\n"
	    "Keep a copy of master.key and auth.key apart from the backups of database and files:\n"
	    "without them nothing can be read, and with all three everything can.\n",
	    config->keys_dir);
	return CLI_OK;
}

int
cmd_keys(int argc, char **argv)
{
	struct cli_option options[] = { { .name = "config" } };
	enum cli_exit exit_code;
	struct config *config;
	int code;

	exit_code = cli_options(argc, argv, options, 1, &argc, argv);
	if (exit_code != CLI_OK)
		return exit_code;
	if (argc != 1 || strcmp(argv[0], "init") != 0)
		return usage();
	config = cli_config(&options[0]);
	if (config == NULL)
		return CLI_FAILED;
	code = keys_init(config);
	config_free(&config);
	return code;
}
