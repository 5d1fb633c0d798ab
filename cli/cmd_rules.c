/*
 * secudoc rules plan      what a tenant's Exchange Online should have
 * secudoc rules explain   what its mail flow rules do to one mail, and why
 * secudoc rules simulate  the same for a folder of mails, as a table
 * secudoc rules verify    what it has, compared with what it should have
 *
 * Nothing is changed anywhere, and nobody is asked: plan and export are files that the set-up script reads
 * and writes.
 *
 * Exit status: 0 done; 1 it could not be done; 2 wrongly called. verify, for monitoring: 0 nothing differs
 * (or nothing as bad as --min-severity), 3 the worst difference is a warning, 4 the worst is critical.
 */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/rules_int.h"

#include <string.h>

static const struct {
	const char *name, *full; /* full: argv[0], which messages begin with */
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "plan", "rules plan", rules_plan },
	{ "explain", "rules explain", rules_explain },
	{ "simulate", "rules simulate", rules_simulate },
	{ "verify", "rules verify", rules_verify },
};

void
rules_help(FILE *out)
{
	fputs(
	    "usage: secudoc rules plan [TENANT] [--format text|json|markdown] [--out FILE] [--reveal]\n"
	    "       secudoc rules explain MAIL.eml [RULES] [WHO] [--all | --json]\n"
	    "       secudoc rules simulate FOLDER [RULES] [WHO] [--all] [--json]\n"
	    "       secudoc rules verify EXPORT.json [TENANT | --plan PLAN.json] [--json]\n"
	    "                            [--min-severity note|warning|critical]\n"
	    "\n"
	    "TENANT, whose settings count:\n"
	    "  --config FILE               the store's configuration\n"
	    "  --tenant NAME               not needed when there is only one\n"
	    "  --scope group|organization  --mode opt-out|opt-in  --recipients outside|all\n"
	    "  --loop-mark tokens|plain    instead of what the settings say\n"
	    "RULES, one of:\n"
	    "  TENANT                      the plan that follows from the settings\n"
	    "  --plan PLAN.json            a plan as \"rules plan --format json\" wrote it\n"
	    "  --export EXPORT.json        what a tenant has; with TENANT the settings say the rest\n"
	    "WHO, lists are \"a@x,b@y\" or \"@FILE\" with an address a line:\n"
	    "  --members LIST              direct members of the group that the rule asks for;\n"
	    "                              without it membership is not known\n"
	    "  --group GROUP=LIST          members of another group, by name or address; repeatable\n"
	    "  --to LIST                   recipients instead of To, Cc and Bcc\n"
	    "  --from-envelope ADDRESS     envelope sender, \"\" for none; else the address in From\n"
	    "  --anonymous                 the mail did not come over an authenticated connection\n"
	    "--reveal: plan shows secrets in text and Markdown too, and JSON on a terminal.\n"
	    "--all: explain shows every check of every rule, not only what decided (JSON always does);\n"
	    "simulate also lists the files that are no mails. A mail begins with a header field, whatever\n"
	    "the file is called; a folder without any mail is an error (exit status 1).\n"
	    "\n"
	    "exit status: 0 done, 1 it could not be done, 2 wrongly called; verify also: 3 the worst\n"
	    "difference is a warning, 4 the worst difference is critical. Differences below\n"
	    "--min-severity are not shown and do not count; notes alone give 0.\n",
	    out);
}

int
cmd_rules(int argc, char **argv)
{
	char name[32];

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			rules_help(stdout);
			return CLI_OK;
		}
	}
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s", verbs[i].full);
		argv[1] = name;
		return verbs[i].run(argc - 1, argv + 1);
	}
	rules_help(stderr);
	return CLI_USAGE;
}
