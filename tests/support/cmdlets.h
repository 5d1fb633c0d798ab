/*
 * support/cmdlets.h - tests/data/cmdlets.json: what Microsoft's reference says of cmdlets.
 */
#ifndef SECUDOC_TESTS_SUPPORT_CMDLETS_H
#define SECUDOC_TESTS_SUPPORT_CMDLETS_H

#include "core/json.h"

/* cmdlets_load() - the file's "cmdlets"; *ret_file is to be freed. Fails the test when it is not there. */
const struct json *cmdlets_load(const char *path, struct json **ret_file);
/* cmdlets_parameters() - of "New-" and "TransportRule"; NULL: there is no such cmdlet. */
const struct json *
cmdlets_parameters(const struct json *cmdlets, const char *verb, const char *noun);

#endif
