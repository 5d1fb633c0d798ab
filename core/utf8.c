/* core/utf8.c - see utf8.h. */
#include "core/utf8.h"

#include <assert.h>

static bool
continues(struct span s, size_t at, uint8_t low, uint8_t high)
{
	return at < s.len && s.p[at] >= low && s.p[at] <= high;
}

size_t
utf8_length(struct span s)
{
	uint8_t c = s.len > 0 ? s.p[0] : 0xFF;
	uint8_t low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
	uint8_t high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;

	if (c < 0x80)
		return 1;
	if (c < 0xC2 || c > 0xF4 || !continues(s, 1, low, high))
		return 0;
	if (c < 0xE0)
		return 2;
	if (!continues(s, 2, 0x80, 0xBF))
		return 0;
	if (c < 0xF0)
		return 3;
	return continues(s, 3, 0x80, 0xBF) ? 4 : 0;
}

uint32_t
utf8_take(struct span *s, bool *ret_ok)
{
	static const uint8_t lead[5] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	size_t len = utf8_length(*s);
	uint32_t c;

	assert(s->len > 0);
	*ret_ok = len > 0;
	if (len == 0) {
		*s = span_from(*s, 1);
		return UTF8_REPLACEMENT;
	}
	c = s->p[0] & lead[len];
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s->p[i] & 0x3Fu);
	*s = span_from(*s, len);
	return c;
}

bool
utf8_take_graphic(struct span *s)
{
	size_t len = utf8_length(*s);

	if (len < 2 || (s->p[0] == 0xC2 && s->p[1] < 0xA0))
		return false;
	*s = span_from(*s, len);
	return true;
}

bool
utf8_valid(struct span s)
{
	while (s.len > 0) {
		size_t len = utf8_length(s);

		if (len == 0)
			return false;
		s = span_from(s, len);
	}
	return true;
}

struct span
utf8_upto(struct span s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && (s.p[max] & 0xC0) == 0x80)
		max--;
	return span_upto(s, max);
}
