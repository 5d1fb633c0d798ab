/*
 * secudoc rules plan [--config FILE] [--tenant NAME] [--format text|json|markdown] [--out FILE] [--reveal]
 *                    [--scope group|organization] [--mode opt-out|opt-in] [--recipients outside|all]
 *                    [--loop-mark tokens|plain]
 *
 * Text and Markdown mask secrets unless --reveal is given, for whoever makes the rules by hand. JSON is for the
 * set-up script and holds them: it goes into a file or a pipe, and to a terminal with --reveal only. A file
 * has mode 0600.
 */
#include "cli/certificate.h"
#include "cli/newfile.h"
#include "cli/rules_int.h"
#include "cli/rules_source.h"

#include "core/clock.h"
#include "core/tenant.h"

#include <string.h>
#include <unistd.h>

#define OUT_BYTES (32u << 20)

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN, FORMATS };

static enum err
put_plan(const struct plan *p, enum format format, bool reveal, struct buf *out)
{
	if (format == FORMAT_JSON)
		return plan_json(p, out);
	return format == FORMAT_TEXT ? plan_text(p, reveal, out) : plan_markdown(p, reveal, out);
}

static enum cli_exit
format_of(const struct rules_args *args, enum format *ret)
{
	static const char *const names[FORMATS] = { "text", "json", "markdown" };
	const char *name = rules_value(args, "format");

	*ret = FORMAT_TEXT;
	if (name == NULL)
		return CLI_OK;
	for (int i = 0; i < FORMATS; i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = i;
			return CLI_OK;
		}
	}
	return rules_wrong(args, "--format is text, json or markdown, not %s", name);
}

static void
warn(const struct rules_args *args, enum err err)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "secudoc %s: warning: client_cert: ", args->command);
	cli_print(stderr, span_str(err_note()));
	fputc('\n', stderr);
}

/* A plan is right or wrong without it, but mail stops when the certificate does not fit. */
static void
warn_of_certificate(const struct rules_args *args, const struct tenant *t)
{
	bool soon;
	enum err err = certificate_names(t->client_cert, t->linked_domain);

	warn(args, err);
	if (err == ERR_OK || err == ERR_DENIED)
		warn(args, certificate_lasts(t->client_cert, clock_now_ms(), &soon));
}

static enum cli_exit
write_out(const struct rules_args *args, enum format format, struct span text)
{
	const char *path = rules_value(args, "out");
	enum err err;

	if (path != NULL) {
		err = newfile_write(path, text);
		return err == ERR_OK ? CLI_OK : cli_fail(args->command, "--out", err);
	}
	if (format == FORMAT_JSON)
		fprintf(stderr,
		    "secudoc %s: note: this JSON holds the tenant's secret; --out FILE writes it for its "
		    "owner alone\n",
		    args->command);
	if (fwrite(text.p, 1, text.len, stdout) != text.len || fflush(stdout) != 0)
		return cli_fail(args->command, "stdout", err_set(ERR_TEMP, "it cannot be written"));
	return CLI_OK;
}

static enum cli_exit
print_plan(const struct rules_args *args, const struct plan *p, enum format format)
{
	CLEANUP(buf_done_secret) struct buf out = { 0 };
	enum err err;

	buf_init(&out, OUT_BYTES);
	err = put_plan(p, format, rules_given(args, "reveal") != NULL, &out);
	if (err == ERR_OK && (out.len == 0 || out.p[out.len - 1] != '\n'))
		err = buf_put_byte(&out, '\n');
	if (err != ERR_OK)
		return cli_fail(args->command, NULL, err);
	return write_out(args, format, buf_span(&out));
}

int
rules_plan(int argc, char **argv)
{
	static const struct rules_option table[] = {
		{ "config", RULES_VALUE },
		{ "tenant", RULES_VALUE },
		{ "format", RULES_VALUE },
		{ "out", RULES_VALUE },
		{ "reveal", RULES_FLAG },
		{ "scope", RULES_VALUE },
		{ "mode", RULES_VALUE },
		{ "recipients", RULES_VALUE },
		{ "loop-mark", RULES_VALUE },
	};
	CLEANUP(rules_source_done) struct rules_source s = { 0 };
	struct rules_args args;
	enum format format;
	enum cli_exit code;

	code = rules_args_parse(argc, argv, table, sizeof(table) / sizeof(table[0]), &args);
	if (code != CLI_OK)
		return code;
	if (args.operand_count > 0)
		return rules_wrong(&args, "%s is one word too many", args.operands[0]);
	code = format_of(&args, &format);
	if (code != CLI_OK)
		return code;
	if (format == FORMAT_JSON && rules_given(&args, "out") == NULL &&
	    rules_given(&args, "reveal") == NULL && isatty(STDOUT_FILENO) == 1)
		return rules_wrong(&args,
		    "this JSON holds the tenant's secret: --out FILE, a pipe, or --reveal to see it here");
	code = rules_source_open(&args, &s);
	if (code != CLI_OK)
		return code;
	warn_of_certificate(&args, s.tenant);
	return print_plan(&args, &s.plan, format);
}
