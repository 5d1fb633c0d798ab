/*
 * net/http_request.c - strict readers of the parts of a request.
 */
#include "net/http_request.h"

#include "net/http_text.h"

#include <string.h>

#define LANGUAGE_MAX_ENTRIES 16u /* a browser sends two to five */

/* pchar = unreserved / pct-encoded / sub-delims / ":" / "@"     RFC 3986 section 3.3 */
static bool
is_pchar(uint8_t c)
{
	return c > 0x20 && c < 0x7f && strchr("\"<>\\^`{|}#?[]/", c) == NULL;
}

static enum err
segment_parse(struct span raw, struct arena *a, struct span *ret)
{
	for (size_t i = 0; i < raw.len; i++)
		if (!is_pchar(raw.p[i]))
			return err_set(ERR_SYNTAX, "byte 0x%02x in a path", raw.p[i]);
	TRY(http_pct_decode(raw, false, a, ret));
	if (ret->len == 0 || span_eq(*ret, SPAN(".")) || span_eq(*ret, SPAN("..")))
		return err_set(ERR_SYNTAX, "empty or dot segment in a path");
	if (!http_line_valid(*ret) || span_find_byte(*ret, '/') < ret->len ||
	    span_find_byte(*ret, '\\') < ret->len)
		return err_set(ERR_SYNTAX, "a segment that is no line of text");
	return ERR_OK;
}

enum err
http_path_parse(struct span raw, struct arena *a, struct http_segments *ret)
{
	struct http_segments segments = { 0 };

	if (raw.len > HTTP_PATH_MAX_BYTES)
		return err_set(
		    ERR_LIMIT, "path of %zu bytes, %u allowed", raw.len, HTTP_PATH_MAX_BYTES);
	if (!span_take_byte(&raw, '/'))
		return err_set(ERR_SYNTAX, "path is not absolute");
	while (raw.len > 0) {
		struct span segment = span_upto(raw, span_find_byte(raw, '/'));

		raw = span_from(raw, segment.len);
		if (segments.count == HTTP_PATH_MAX_SEGMENTS)
			return err_set(ERR_LIMIT, "path deeper than %u", HTTP_PATH_MAX_SEGMENTS);
		TRY(segment_parse(segment, a, &segments.items[segments.count]));
		segments.count++;
		if (span_take_byte(&raw, '/') && raw.len == 0)
			return err_set(ERR_SYNTAX, "path ends in a slash");
	}
	*ret = segments;
	return ERR_OK;
}

/*
 * Range      = "bytes=" ( first "-" [ last ] / "-" suffix )
 */
enum http_range
http_range_parse(struct span value, uint64_t size, uint64_t *ret_off, uint64_t *ret_len)
{
	uint64_t first, last = UINT64_MAX, suffix;

	value = span_trim(value);
	if (!span_take_i(&value, SPAN("bytes=")))
		return HTTP_RANGE_WHOLE;
	if (span_take_byte(&value, '-')) {
		if (!span_take_u64(&value, UINT64_MAX, &suffix) || value.len > 0)
			return HTTP_RANGE_WHOLE;
		if (suffix == 0 || size == 0)
			return HTTP_RANGE_NEVER;
		*ret_len = suffix < size ? suffix : size;
		*ret_off = size - *ret_len;
		return HTTP_RANGE_PART;
	}
	if (!span_take_u64(&value, UINT64_MAX, &first) || !span_take_byte(&value, '-'))
		return HTTP_RANGE_WHOLE;
	if (value.len > 0 && (!span_take_u64(&value, UINT64_MAX, &last) || value.len > 0))
		return HTTP_RANGE_WHOLE;
	if (last < first) /* "invalid", section 14.1.1 */
		return HTTP_RANGE_WHOLE;
	if (first >= size)
		return HTTP_RANGE_NEVER;
	if (last >= size)
		last = size - 1;
	*ret_off = first;
	*ret_len = last - first + 1;
	return HTTP_RANGE_PART;
}

/* cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E     RFC 6265 section 4.1.1 */
static bool
is_cookie_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || strchr("\",;\\", s.p[i]) != NULL)
			return false;
	return true;
}

bool
http_cookie_find(struct span field, struct span name, struct span *ret_value)
{
	struct span found = SPAN_NONE;
	size_t count = 0;

	while (field.len > 0) {
		struct span pair = span_upto(field, span_find_byte(field, ';'));
		struct span key = SPAN_NONE;

		field = span_from(field, pair.len + 1);
		pair = span_trim(pair);
		if (!span_take_until(&pair, '=', &key) || !span_eq(key, name))
			continue;
		found = span_from(pair, 1);
		count++;
	}
	if (count != 1 || !is_cookie_value(found))
		return false;
	*ret_value = found;
	return true;
}

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), as thousandths; 0 when odd */
static unsigned
quality_parse(struct span s)
{
	unsigned value, scale = 100;

	if (s.len == 0 || s.len > 5 || (s.p[0] != '0' && s.p[0] != '1'))
		return 0;
	value = s.p[0] == '1' ? 1000 : 0;
	s = span_from(s, 1);
	if (s.len > 0 && !span_take_byte(&s, '.'))
		return 0;
	for (size_t i = 0; i < s.len; i++, scale /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		value += (unsigned)(s.p[i] - '0') * scale;
	}
	return value <= 1000 ? value : 0;
}

static unsigned
entry_quality(struct span params)
{
	params = span_trim(params);
	if (params.len == 0)
		return 1000;
	if (!span_take_byte(&params, ';'))
		return 0;
	params = span_trim(params);
	return span_take_i(&params, SPAN("q=")) ? quality_parse(params) : 0;
}

size_t
http_language_pick(struct span field, const char *const *offered, size_t count)
{
	size_t best = count;
	unsigned best_quality = 0;

	for (size_t n = 0; field.len > 0 && n < LANGUAGE_MAX_ENTRIES; n++) {
		struct span entry = span_upto(field, span_find_byte(field, ','));
		struct span range, primary;
		unsigned quality;

		field = span_from(field, entry.len + 1);
		range = span_trim(span_upto(entry, span_find_byte(entry, ';')));
		quality = entry_quality(span_from(entry, span_find_byte(entry, ';')));
		primary = span_upto(range, span_find_byte(range, '-'));
		for (size_t i = 0; i < count; i++) {
			if (quality > best_quality && span_ieq(primary, span_str(offered[i]))) {
				best = i;
				best_quality = quality;
			}
		}
	}
	return best;
}
