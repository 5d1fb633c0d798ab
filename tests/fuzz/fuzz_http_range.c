/*
 * Range fields. Threat P16. Input: 8 bytes of the body's size, little-endian, then the field.
 * Reaches: http_range_parse.
 * Property: a part that is served lies inside the body.
 */
#include "net/http_request.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t body, off = 1, len = 2;
	enum http_range range;

	if (size < sizeof(body))
		return 0;
	memcpy(&body, data, sizeof(body));
	range =
	    http_range_parse(span_of(data + sizeof(body), size - sizeof(body)), body, &off, &len);
	if (range == HTTP_RANGE_PART)
		assert(len > 0 && off < body && len <= body - off);
	else
		assert(off == 1 && len == 2);
	return 0;
}
