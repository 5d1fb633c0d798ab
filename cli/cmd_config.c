/*
 * secudoc config --defaults     a commented example of the configuration file
 * secudoc config --markdown     the settings' tables of the manual, machine and tenant
 *
 * Needs no configuration and no store.
 */
#include "cli/cli.h"
#include "cli/commands.h"

#include "core/config.h"
#include "core/tenant.h"

#define TEXT_MAX (1u << 20)

/* docs/configuration.md as a whole; a test holds the file against it. */
static enum err
print_markdown(struct buf *out)
{
	TRY(buf_put_str(out,
	    "# Settings\n\nMade by `scripts/docs` from the tables in the program "
	    "(`core/config_table.c`, `core/tenant_table.c`): change those.\n\n"
	    "Sizes are written `64 KiB`, `150 MiB`, `1 KB` (1000 bytes) or as plain bytes; times `30 d`, "
	    "`24 h`, `10 min`, `5 s`, `200 ms`.\n\n"
	    "## The machine's file\n\nTaken from `--config`, `$SECUDOC_CONFIG` or "
	    "`/etc/secudoc/secudoc.conf`. `section.name` here is `name = value` inside `section { ... }` "
	    "there; lists are `{\"a\", \"b\"}`; `#` begins a comment. Relative paths are taken from the "
	    "file's folder. Unknown names, odd values and settings given twice stop the start with file, "
	    "line and reason. `secudoc config --defaults` prints an example, `secudoc check` tries a file "
	    "and what it names. On SIGHUP the file is read again.\n\n"));
	TRY(settings_print_markdown(config_table, config_table_count, out));
	TRY(buf_put_str(out,
	    "\n## A tenant's settings\n\nSet with `secudoc tenant add NAME name=value ...` and `secudoc "
	    "tenant set NAME name=value ...`, kept in the database, every change a new version; running "
	    "processes see it with the next mail. Lists are written with commas or by repeating the name. "
	    "Secrets are masked where they are shown. Paths are absolute.\n\n"));
	return settings_print_markdown(tenant_table, tenant_table_count, out);
}

int
cmd_config(int argc, char **argv)
{
	CLEANUP(buf_done) struct buf out;
	struct cli_option options[] = {
		{ .name = "defaults", .flag = true },
		{ .name = "markdown", .flag = true },
	};
	int operands = 0;

	buf_init(&out, TEXT_MAX);
	if (cli_options(argc, argv, options, 2, &operands, argv + 1) != CLI_OK)
		return CLI_USAGE;
	if (operands > 0 || options[0].given == options[1].given) {
		fprintf(stderr, "usage: secudoc config --defaults | --markdown\n");
		return CLI_USAGE;
	}
	enum err err = options[0].given ? config_print_defaults(&out) : print_markdown(&out);
	if (err != ERR_OK)
		return cli_fail(argv[0], NULL, err);
	if (fwrite(out.p, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
		return cli_fail(argv[0], "standard output", err_set(ERR_TEMP, "cannot be written"));
	return CLI_OK;
}
