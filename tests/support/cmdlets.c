#include "support/cmdlets.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (1u << 20)

const struct json *
cmdlets_load(const char *path, struct json **ret_file)
{
	FILE *f = fopen(path, "rb");
	uint8_t *text = malloc(FILE_MAX);

	assert_non_null(f);
	assert_non_null(text);
	size_t len = fread(text, 1, FILE_MAX, f);
	assert_true(len < FILE_MAX);
	fclose(f);
	assert_ok(json_parse(span_of(text, len), ret_file));
	free(text);
	const struct json *cmdlets = json_get(*ret_file, "cmdlets");
	assert_true(json_count(cmdlets) > 10);
	return cmdlets;
}

const struct json *
cmdlets_parameters(const struct json *cmdlets, const char *verb, const char *noun)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s%s", verb, noun);
	return json_get(json_get(cmdlets, name), "parameters");
}
