/*
 * support/pwsh.h - reads a PowerShell command back, as PowerShell's tokenizer would.
 *
 * Written from about_Quoting_Rules and about_Parsing, on its own: knows nothing of
 * rules/powershell.c. Only commands with named parameters and literal values; anything else is
 * refused, so that whatever a hostile name could smuggle in is a failure.
 */
#ifndef SECUDOC_TESTS_SUPPORT_PWSH_H
#define SECUDOC_TESTS_SUPPORT_PWSH_H

#include "core/arena.h"
#include "core/span.h"

#define PWSH_MAX_PARAMETERS 400

enum pwsh_kind {
	PWSH_VARIABLE, /* $true, $false, $null, or one that must be filled: texts[0] without the $ */
	PWSH_NUMBER,   /* texts[0] has the digits */
	PWSH_TEXT,
	PWSH_LIST, /* of texts */
};
struct pwsh_value {
	enum pwsh_kind kind;
	struct span *texts;
	size_t count;
};
struct pwsh_parameter {
	struct span name; /* without the hyphen */
	bool colon;       /* -Name:value, as a switch needs it */
	struct pwsh_value value;
};
struct pwsh_command {
	struct span cmdlet;
	struct pwsh_parameter parameters[PWSH_MAX_PARAMETERS];
	size_t count;
};

/* pwsh_take_command() - the first command of a line, with its "; ". False: not one of ours. */
bool pwsh_take_command(struct span *line, struct arena *a, struct pwsh_command *ret);
/* pwsh_take_value() - one literal; what is behind it stays. */
bool pwsh_take_value(struct span *s, struct arena *a, struct pwsh_value *ret);

#endif
