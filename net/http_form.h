/*
 * net/http_form.h - application/x-www-form-urlencoded, from bodies and queries. Pure.
 *
 * Strict, because the only honest senders are our own pages: a name twice is refused (two readers
 * would pick different ones), and so are unnamed fields, bad escapes, control characters and
 * invalid UTF-8.
 */
#ifndef SECUDOC_NET_HTTP_FORM_H
#define SECUDOC_NET_HTTP_FORM_H

#include "core/arena.h"

#define HTTP_FORM_MAX_FIELDS      8u /* the largest form of ours has 4 */
#define HTTP_FORM_MAX_NAME_BYTES  32u
#define HTTP_FORM_MAX_VALUE_BYTES 1024u /* an address has at most 320 */

struct http_form {
	struct http_form_field {
		struct span name;  /* a-z, 0-9, "-" and "_", begins with a letter */
		struct span value; /* one line of valid UTF-8 */
	} fields[HTTP_FORM_MAX_FIELDS];
	size_t count;
};

/*
 * http_form_parse() - the whole body or query; the empty one has no fields. The spans of *ret
 * borrow from body and the arena. ERR_SYNTAX, ERR_LIMIT (a bound above), ERR_TEMP (arena).
 */
MUST_USE enum err http_form_parse(struct span body, struct arena *a, struct http_form *ret);
/* http_form_get() - false when there is no such field. */
bool http_form_get(const struct http_form *f, const char *name, struct span *ret_value);

#endif
