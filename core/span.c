#include "core/span.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct span
span_of(const void *p, size_t len)
{
	assert(p != NULL || len == 0);
	return (struct span){ p, len };
}

struct span
span_str(const char *s)
{
	return (struct span){ (const uint8_t *)s, s == NULL ? 0 : strlen(s) };
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
span_ieq(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

bool
span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len && span_eq(span_upto(s, prefix.len), prefix);
}

bool
span_istarts(struct span s, struct span prefix)
{
	return s.len >= prefix.len && span_ieq(span_upto(s, prefix.len), prefix);
}

bool
span_iends(struct span s, struct span suffix)
{
	return s.len >= suffix.len && span_ieq(span_from(s, s.len - suffix.len), suffix);
}

size_t
span_find(struct span s, struct span needle)
{
	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return s.len;
	const uint8_t *at = memmem(s.p, s.len, needle.p, needle.len);
	return at == NULL ? s.len : (size_t)(at - s.p);
}

size_t
span_find_byte(struct span s, uint8_t byte)
{
	if (s.len == 0)
		return 0;
	const uint8_t *at = memchr(s.p, byte, s.len);
	return at == NULL ? s.len : (size_t)(at - s.p);
}

struct span
span_from(struct span s, size_t n)
{
	if (n > s.len)
		n = s.len;
	/* NULL + 0 is undefined in C */
	return n == 0 ? s : (struct span){ s.p + n, s.len - n };
}

struct span
span_upto(struct span s, size_t n)
{
	return (struct span){ s.p, n < s.len ? n : s.len };
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = span_from(s, 1);
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
span_take_byte(struct span *s, uint8_t byte)
{
	if (s->len == 0 || s->p[0] != byte)
		return false;
	*s = span_from(*s, 1);
	return true;
}

bool
span_take(struct span *s, struct span prefix)
{
	if (!span_starts(*s, prefix))
		return false;
	*s = span_from(*s, prefix.len);
	return true;
}

bool
span_take_i(struct span *s, struct span prefix)
{
	if (!span_istarts(*s, prefix))
		return false;
	*s = span_from(*s, prefix.len);
	return true;
}

bool
span_take_until(struct span *s, uint8_t byte, struct span *ret_head)
{
	size_t n = span_find_byte(*s, byte);

	if (n == s->len)
		return false;
	*ret_head = span_upto(*s, n);
	*s = span_from(*s, n);
	return true;
}

bool
span_take_word(struct span *s, struct span *ret_word)
{
	size_t n = 0;

	while (n < s->len && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	if (n == 0)
		return false;
	*ret_word = span_upto(*s, n);
	*s = span_from(*s, n);
	return true;
}

size_t
span_skip_wsp(struct span *s)
{
	size_t n = 0;

	while (n < s->len && (s->p[n] == ' ' || s->p[n] == '\t'))
		n++;
	*s = span_from(*s, n);
	return n;
}

bool
span_take_u64(struct span *s, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; n < s->len && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		uint64_t digit = (uint64_t)(s->p[n] - '0');
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (n == 0)
		return false;
	*ret_value = value;
	*s = span_from(*s, n);
	return true;
}

bool
span_eq_secret(struct span a, struct span b)
{
	volatile uint8_t diff = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		diff = (uint8_t)(diff | (a.p[i] ^ b.p[i]));
	return diff == 0;
}

/* shown_as() - one byte's spelling into out; its length. */
static size_t
shown_as(uint8_t c, char out[5])
{
	if (c == '\\')
		return (size_t)snprintf(out, 5, "\\\\");
	if (c < 0x20 || c >= 0x7f)
		return (size_t)snprintf(out, 5, "\\x%02x", c);
	out[0] = (char)c;
	return 1;
}

const char *
span_printable(struct span s, char *out, size_t size)
{
	size_t n = 0, whole = 0;
	char one[5];

	assert(size >= 8);
	for (size_t i = 0; i < s.len && whole < size; i++)
		whole += shown_as(s.p[i], one);
	/* room for "..." is kept only where it will be needed */
	size_t room = whole < size ? size - 1 : size - 4;
	for (size_t i = 0; i < s.len; i++) {
		size_t len = shown_as(s.p[i], one);

		if (n + len > room) {
			memcpy(out + n, "...", 4);
			return out;
		}
		memcpy(out + n, one, len);
		n += len;
	}
	out[n] = '\0';
	return out;
}
