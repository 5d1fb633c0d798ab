/* cli/rules_args.c - see rules_args.h. */
#include "cli/rules_args.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

const struct rules_option rules_mail_options[] = {
	{ "config", RULES_VALUE },
	{ "tenant", RULES_VALUE },
	{ "plan", RULES_VALUE },
	{ "export", RULES_VALUE },
	{ "scope", RULES_VALUE },
	{ "mode", RULES_VALUE },
	{ "recipients", RULES_VALUE },
	{ "loop-mark", RULES_VALUE },
	{ "members", RULES_VALUE },
	{ "group", RULES_VALUES },
	{ "to", RULES_VALUE },
	{ "from-envelope", RULES_VALUE },
	{ "anonymous", RULES_FLAG },
	{ "all", RULES_FLAG },
	{ "json", RULES_FLAG },
};
const size_t rules_mail_option_count = sizeof(rules_mail_options) / sizeof(rules_mail_options[0]);

enum cli_exit
rules_args_parse(
    int argc, char **argv, const struct rules_option *table, size_t count, struct rules_args *ret)
{
	assert(count <= CLI_OPTION_MAX);
	memset(ret, 0, sizeof(*ret));
	ret->command = argv[0];
	ret->option_count = count;
	ret->operands = argv + 1;
	for (size_t i = 0; i < count; i++) {
		ret->options[i].name = table[i].name;
		ret->options[i].flag = table[i].takes == RULES_FLAG;
		if (table[i].takes == RULES_VALUES) {
			ret->options[i].all = ret->values;
			ret->options[i].room = RULES_GROUPS_MAX;
		}
	}
	return cli_options(argc, argv, ret->options, count, &ret->operand_count, ret->operands);
}

const struct cli_option *
rules_given(const struct rules_args *args, const char *name)
{
	for (size_t i = 0; i < args->option_count; i++)
		if (args->options[i].given && strcmp(args->options[i].name, name) == 0)
			return &args->options[i];
	return NULL;
}

const char *
rules_value(const struct rules_args *args, const char *name)
{
	const struct cli_option *option = rules_given(args, name);

	return option != NULL ? option->value : NULL;
}

enum cli_exit
rules_wrong(const struct rules_args *args, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "secudoc %s: ", args->command);
	cli_print(stderr, span_str(text));
	fputc('\n', stderr);
	return CLI_USAGE;
}
