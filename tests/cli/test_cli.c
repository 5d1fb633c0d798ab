/*
 * Tests of cli/cli.c: options as they come from a shell, text as it goes to a terminal.
 */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 8

static const struct {
	const char *name;
	const char *args[ARGS_MAX];
	enum cli_exit want;
	const char *config; /* NULL: not given */
	bool json;
	const char *operands; /* joined by "|" */
} option_cases[] = {
	{ "none", { "list" }, CLI_OK, NULL, false, "" },
	{ "value apart", { "list", "--config", "/a" }, CLI_OK, "/a", false, "" },
	{ "value behind =", { "list", "--config=/a" }, CLI_OK, "/a", false, "" },
	{ "empty value", { "list", "--config=" }, CLI_OK, "", false, "" },
	{ "value with =", { "list", "--config=a=b" }, CLI_OK, "a=b", false, "" },
	{ "last one counts", { "list", "--config", "/a", "--config", "/b" }, CLI_OK, "/b", false,
	    "" },
	{ "flag", { "list", "--json" }, CLI_OK, NULL, true, "" },
	{ "operands keep order", { "list", "x", "--json", "y" }, CLI_OK, NULL, true, "x|y" },
	{ "operand with =", { "list", "name=value" }, CLI_OK, NULL, false, "name=value" },
	{ "single dash is an operand", { "list", "-" }, CLI_OK, NULL, false, "-" },
	{ "-- ends options", { "list", "--", "--json" }, CLI_OK, NULL, false, "--json" },
	{ "unknown option", { "list", "--nope" }, CLI_USAGE, NULL, false, "" },
	{ "prefix of an option", { "list", "--conf=/a" }, CLI_USAGE, NULL, false, "" },
	{ "longer than an option", { "list", "--configs=/a" }, CLI_USAGE, NULL, false, "" },
	{ "value missing", { "list", "--config" }, CLI_USAGE, NULL, false, "" },
	{ "flag with value", { "list", "--json=yes" }, CLI_USAGE, NULL, false, "" },
};

static void
test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(option_cases) / sizeof(option_cases[0]); i++) {
		struct cli_option options[] = { { .name = "config" },
			{ .name = "json", .flag = true } };
		char *argv[ARGS_MAX + 1] = { NULL };
		char *copies[ARGS_MAX] = { NULL };
		char operands[256] = "";
		int argc = 0, count = 0;
		enum cli_exit got;

		print_message("options: %s\n", option_cases[i].name);
		for (; argc < ARGS_MAX && option_cases[i].args[argc] != NULL; argc++)
			argv[argc] = copies[argc] = strdup(option_cases[i].args[argc]);
		got = cli_options(argc, argv, options, 2, &count, argv + 1);
		assert_int_equal(got, option_cases[i].want);
		if (got == CLI_OK) {
			for (int k = 0; k < count; k++) {
				strcat(operands, k > 0 ? "|" : "");
				strcat(operands, argv[1 + k]);
			}
			assert_string_equal(operands, option_cases[i].operands);
			assert_int_equal(options[1].given, option_cases[i].json);
			assert_int_equal(options[0].given, option_cases[i].config != NULL);
			if (option_cases[i].config != NULL)
				assert_string_equal(options[0].value, option_cases[i].config);
		}
		for (int k = 0; k < argc; k++)
			free(copies[k]);
	}
}

static void
test_config_path(void **state)
{
	struct cli_option given = { .name = "config", .given = true, .value = "/x" };
	struct cli_option absent = { .name = "config" };

	(void)state;
	unsetenv("SECUDOC_CONFIG");
	assert_string_equal(cli_config_path(&absent), "/etc/secudoc/secudoc.conf");
	setenv("SECUDOC_CONFIG", "/env", 1);
	assert_string_equal(cli_config_path(&absent), "/env");
	assert_string_equal(cli_config_path(&given), "/x");
	setenv("SECUDOC_CONFIG", "", 1);
	assert_string_equal(cli_config_path(&absent), "/etc/secudoc/secudoc.conf");
	unsetenv("SECUDOC_CONFIG");
}

static const struct {
	const char *name, *in, *want;
} print_cases[] = {
	{ "plain", "report.pdf", "report.pdf" },
	{ "UTF-8 stays", "r\xc3\xa9sum\xc3\xa9.pdf", "r\xc3\xa9sum\xc3\xa9.pdf" },
	{ "escape sequence", "a\x1b[31mb", "a\\x1b[31mb" },
	{ "line end", "a\r\nb", "a\\x0d\\x0ab" },
	{ "delete", "a\x7f", "a\\x7f" },
	{ "C1 control (CSI)",
	    "a\xc2\x9b"
	    "31m",
	    "a\\xc2\\x9b31m" },
	{ "no C1 control", "\xc2\xa0", "\xc2\xa0" },
	{ "right-to-left override",
	    "fdp\xe2\x80\xae"
	    "exe",
	    "fdp\\xe2\\x80\\xaeexe" },
	{ "isolate", "\xe2\x81\xa6x", "\\xe2\\x81\\xa6x" },
	{ "euro sign stays", "\xe2\x82\xac", "\xe2\x82\xac" },
	{ "cut sequence", "\xe2\x80", "\\xe2\\x80" },
	{ "Arabic letter mark", "a\xd8\x9c", "a\\xd8\\x9c" },
	{ "bare C1 byte",
	    "a\x9b"
	    "31m",
	    "a\\x9b31m" },
	{ "no UTF-8", "caf\xe9!", "caf\\xe9!" },
};

static void
test_print(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(print_cases) / sizeof(print_cases[0]); i++) {
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		print_message("print: %s\n", print_cases[i].name);
		cli_print(out, span_str(print_cases[i].in));
		fclose(out);
		assert_string_equal(text, print_cases[i].want);
		free(text);
	}
}

static void
test_sizes_and_times(void **state)
{
	char text[CLI_TEXT_SIZE];

	(void)state;
	assert_string_equal(cli_size(0, text), "0 B");
	assert_string_equal(cli_size(999, text), "999 B");
	assert_string_equal(cli_size(1000, text), "1.0 KB");
	assert_string_equal(cli_size(1500000, text), "1.5 MB");
	assert_string_equal(cli_size(UINT64_MAX, text), "18446744.1 TB");
	assert_string_equal(cli_time(0, text), "-");
	/* date -u -d @1000000000: Sun Sep 9 01:46:40 UTC 2001 */
	assert_string_equal(cli_time(1000000000000, text), "2001-09-09 01:46:40 UTC");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_config_path),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_sizes_and_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
