/*
 * Cookie and Accept-Language fields. Threats P9, P16.
 * Reaches: http_cookie_find, http_language_pick.
 * Property: a value that was found stands in the field behind the cookie's name, once.
 */
#include "net/http_request.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const languages[] = { "nl", "de", "en" };
	struct span field = span_of(data, size), value = SPAN_NONE, rest;

	if (http_cookie_find(field, SPAN("__Host-f-x"), &value)) {
		assert(span_find_byte(value, ';') == value.len &&
		    span_find_byte(value, ' ') == value.len);
		rest = span_from(field, span_find(field, SPAN("__Host-f-x=")));
		assert(rest.len >= 11 + value.len);
	}
	assert(http_language_pick(field, languages, 3) <= 3);
	return 0;
}
