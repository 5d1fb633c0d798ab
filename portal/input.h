/*
 * portal/input.h - what a request may say, typed before a handler sees it.
 *
 * A route lists the form fields that it takes. A field that it does not list, one that is missing,
 * or one that no browser would send is ERR_SYNTAX: the sender is not one of our pages. What a
 * person may get wrong (a code, an address) is a value that says so, because the answer to that is
 * a page with help.
 */
#ifndef SECUDOC_PORTAL_INPUT_H
#define SECUDOC_PORTAL_INPUT_H

#include "core/arena.h"
#include "core/tenant.h"
#include "store/transfer.h"

enum input_field {
	INPUT_PAGE = 1, /* the form token; checked by portal/guard.h */
	INPUT_CODE = 2,
	INPUT_ADDRESS = 4, /* may be missing: only shared links ask for it */
	INPUT_WHO = 8,     /* may be missing: likewise */
};

#define INPUT_TOKEN_MAX 64u /* page and who: letters, digits, "." */

struct input {
	struct span page;
	struct span who;
	struct span address; /* trimmed; a mailbox when address_ok */
	bool address_ok;
	char code[STORE_CODE_SIZE]; /* digits only; people type blanks and hyphens */
	bool code_ok;
};

/* input_form() - a POST body; fields is a mask of enum input_field. ERR_SYNTAX, ERR_LIMIT,
 * ERR_TEMP. */
MUST_USE enum err input_form(struct span body, unsigned fields, struct arena *a, struct input *ret);

/*
 * input_query() - of a query only lang and who are read, and all else is passed over: mail scanners
 * and click counters add parameters of their own. Never fails; *ret_language is set only when it is
 * one of ours.
 */
void input_query(
    struct span query, struct input *ret, enum tenant_language *ret_language, bool *ret_chosen);

#endif
