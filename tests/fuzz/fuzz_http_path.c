/*
 * Paths of requests. Threats P12, P13, P16.
 * Reaches: http_path_parse, http_pct_decode, http_line_valid.
 * Property: segments hold no separators and no dots; written again and parsed again they are the
 * same.
 */
#include "net/http_request.h"
#include "net/http_text.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct http_segments *path, struct arena *a)
{
	struct http_segments again;
	struct buf text;

	buf_init(&text, 1u << 20);
	for (size_t i = 0; i < path->count; i++) {
		struct span s = path->items[i];

		assert(s.len > 0 && !span_eq(s, SPAN(".")) && !span_eq(s, SPAN("..")));
		assert(span_find_byte(s, '/') == s.len && span_find_byte(s, 0) == s.len);
		assert(http_line_valid(s));
		assert(buf_put_byte(&text, '/') == ERR_OK);
		assert(http_pct_encode(s, &text) == ERR_OK);
	}
	if (path->count == 0)
		assert(buf_put_byte(&text, '/') == ERR_OK);
	if (text.len <= HTTP_PATH_MAX_BYTES) {
		assert(http_path_parse(buf_span(&text), a, &again) == ERR_OK);
		assert(again.count == path->count);
		for (size_t i = 0; i < path->count; i++)
			assert(span_eq(again.items[i], path->items[i]));
	}
	buf_done(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_segments path;
	struct arena a;

	arena_init(&a, 1u << 20);
	if (http_path_parse(span_of(data, size), &a, &path) == ERR_OK)
		check(&path, &a);
	arena_done(&a);
	return 0;
}
