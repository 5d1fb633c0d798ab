/* cli/cmd_serve.c - "secudoc serve": the supervisor with all roles, or one role alone. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/roles.h"
#include "cli/supervisor.h"

int
cmd_serve(int argc, char **argv)
{
	struct cli_option options[] = { { .name = "config" }, { .name = "role" } };
	int count;

	if (cli_options(argc, argv, options, 2, &count, argv + 1) != CLI_OK || count != 0) {
		fprintf(stderr, "usage: secudoc serve [--config FILE] [--role ROLE]\n");
		return CLI_USAGE;
	}
	if (!options[1].given)
		return supervisor_main(cli_config_path(&options[0]));
	if (role_find(options[1].value) == ROLE__COUNT) {
		fprintf(stderr, "secudoc serve: there is no role %s; receive, deliver, web are\n",
		    options[1].value);
		return CLI_USAGE;
	}
	return role_main(cli_config_path(&options[0]), role_find(options[1].value));
}
