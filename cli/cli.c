/* cli/cli.c - options, configuration and output for all subcommands. See cli.h. */
#include "cli/cli.h"

#include "core/clock.h"
#include "core/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_CONFIG "/etc/secudoc/secudoc.conf"

static struct cli_option *
find_option(struct cli_option *options, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++) {
		if (span_eq(span_str(options[i].name), name))
			return &options[i];
	}
	return NULL;
}

static bool
keep_value(const char *command, struct cli_option *option, const char *value)
{
	option->value = value;
	if (option->all == NULL)
		return true;
	if (option->count == option->room) {
		fprintf(stderr, "secudoc %s: --%s is given more than %zu times\n", command,
		    option->name, option->room);
		return false;
	}
	option->all[option->count++] = value;
	return true;
}

/* One "--name[=value]" at argv[*at]; *at moves past a value that stands apart. */
static bool
take_option(int argc, char **argv, int *at, struct cli_option *options, size_t count)
{
	struct span name = span_str(argv[*at] + 2);
	const char *inline_value = strchr(argv[*at], '=');
	struct cli_option *option;

	if (inline_value != NULL)
		name.len = (size_t)(inline_value - argv[*at]) - 2;
	option = find_option(options, count, name);
	if (option == NULL) {
		fprintf(stderr, "secudoc %s: there is no option %s\n", argv[0], argv[*at]);
		return false;
	}
	option->given = true;
	if (option->flag) {
		if (inline_value != NULL)
			fprintf(stderr, "secudoc %s: --%s takes no value\n", argv[0], option->name);
		return inline_value == NULL;
	}
	if (inline_value != NULL)
		return keep_value(argv[0], option, inline_value + 1);
	if (*at + 1 >= argc) {
		fprintf(stderr, "secudoc %s: --%s needs a value\n", argv[0], option->name);
		return false;
	}
	return keep_value(argv[0], option, argv[++*at]);
}

enum cli_exit
cli_options(
    int argc, char **argv, struct cli_option *options, size_t count, int *ret_argc, char **ret_argv)
{
	int operands = 0;
	bool options_end = false;

	assert(count <= CLI_OPTION_MAX);
	for (int i = 1; i < argc; i++) {
		if (options_end || strncmp(argv[i], "--", 2) != 0)
			ret_argv[operands++] = argv[i];
		else if (argv[i][2] == '\0')
			options_end = true;
		else if (!take_option(argc, argv, &i, options, count))
			return CLI_USAGE;
	}
	*ret_argc = operands;
	return CLI_OK;
}

const char *
cli_config_path(const struct cli_option *config_option)
{
	const char *env = getenv("SECUDOC_CONFIG");

	if (config_option != NULL && config_option->given)
		return config_option->value;
	return env != NULL && env[0] != '\0' ? env : DEFAULT_CONFIG;
}

struct config *
cli_config(const struct cli_option *config_option)
{
	struct config *config = NULL;

	if (config_load(cli_config_path(config_option), &config) != ERR_OK) {
		fprintf(stderr, "secudoc: %s\n", err_note());
		return NULL;
	}
	return config;
}

enum cli_exit
cli_fail(const char *name, const char *what, enum err err)
{
	const char *note = err_note();

	fprintf(
	    stderr, "secudoc %s: %s%s", name, what != NULL ? what : "", what != NULL ? ": " : "");
	/* a note may quote what a stranger sent */
	cli_print(stderr, span_str(note[0] != '\0' ? note : err_name(err)));
	fputc('\n', stderr);
	return CLI_FAILED;
}

/*
 * U+202A..U+202E, U+2066..U+2069, U+200E/F and U+061C turn the reading order of what follows; C1 controls
 * (U+0080..U+009F) drive old terminals, and so do their bytes where no UTF-8 is spoken. Gives the length of
 * such a sequence at the front, or 0.
 */
static size_t
unsafe_sequence(struct span s)
{
	if (s.p[0] < 0x20 || s.p[0] == 0x7f || utf8_length(s) == 0)
		return 1;
	if (s.len >= 2 && s.p[0] == 0xd8 && s.p[1] == 0x9c)
		return 2;
	if (s.len >= 2 && s.p[0] == 0xc2 && s.p[1] >= 0x80 && s.p[1] <= 0x9f)
		return 2;
	if (s.len >= 3 && s.p[0] == 0xe2 && s.p[1] == 0x80 &&
	    ((s.p[2] >= 0xaa && s.p[2] <= 0xae) || s.p[2] == 0x8e || s.p[2] == 0x8f))
		return 3;
	if (s.len >= 3 && s.p[0] == 0xe2 && s.p[1] == 0x81 && s.p[2] >= 0xa6 && s.p[2] <= 0xa9)
		return 3;
	return 0;
}

void
cli_print(FILE *out, struct span text)
{
	while (text.len > 0) {
		size_t unsafe = unsafe_sequence(text), length = utf8_length(text);

		for (size_t i = 0; i < unsafe; i++)
			fprintf(out, "\\x%02x", text.p[i]);
		if (unsafe == 0)
			fwrite(text.p, 1, length, out);
		text = span_from(text, unsafe == 0 ? length : unsafe);
	}
}

char *
cli_size(uint64_t bytes, char *out)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1000.0 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000.0;
		unit++;
	}
	snprintf(out, CLI_TEXT_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
	return out;
}

char *
cli_time(int64_t ms, char *out)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (ms == 0 || gmtime_r(&seconds, &tm) == NULL)
		return strcpy(out, "-");
	strftime(out, CLI_TEXT_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm);
	return out;
}
