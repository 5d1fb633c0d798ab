/*
 * cli/wrap.h - sentences on a terminal, broken into lines of at most WRAP_COLUMNS.
 */
#ifndef SECUDOC_CLI_WRAP_H
#define SECUDOC_CLI_WRAP_H

#include "core/span.h"

#include <stdio.h>

#define WRAP_COLUMNS 100u

/*
 * wrap_print() - text broken at blanks, each line but the first after hang blanks, and a line end. The
 * caller has printed column columns of the first line already. What a terminal would obey is shown as
 * cli_print() shows it.
 */
void wrap_print(FILE *out, size_t column, size_t hang, struct span text);

#endif
