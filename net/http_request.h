/*
 * net/http_request.h - strict readers of the parts of a request: path, Range, Cookie,
 * Accept-Language.
 *
 * Pure: bytes in, values out. What is odd is refused where guessing would be dangerous (path,
 * cookie) and ignored where the RFC asks for that (Range, Accept-Language).
 */
#ifndef SECUDOC_NET_HTTP_REQUEST_H
#define SECUDOC_NET_HTTP_REQUEST_H

#include "core/arena.h"

#define HTTP_PATH_MAX_BYTES    2048u /* a file name of 255 bytes is at most 765 encoded */
#define HTTP_PATH_MAX_SEGMENTS 6u    /* the deepest route has 4 */

struct http_segments {
	struct span items[HTTP_PATH_MAX_SEGMENTS]; /* decoded */
	size_t count;                              /* 0 for "/" */
};

/*
 * http_path_parse() - "/a/b%20c" into its decoded segments.
 *
 * ERR_SYNTAX: not absolute, a character outside pchar (RFC 3986 section 3.3), a bad escape, a
 * segment that is empty, "." or "..", or that holds "/", "\", a control character or invalid UTF-8
 * after decoding. ERR_LIMIT: longer or deeper than the bounds above.
 */
MUST_USE enum err http_path_parse(struct span raw, struct arena *a, struct http_segments *ret);

enum http_range {
	HTTP_RANGE_WHOLE, /* no range that we serve: 200 */
	HTTP_RANGE_PART,  /* 206 */
	HTTP_RANGE_NEVER, /* 416 */
};

/*
 * http_range_parse() - the Range field for a body of size bytes (RFC 9110 section 14).
 *
 * One range is served. Several ranges, another unit, or bad syntax mean the whole body, as
 * section 14.2 allows: lists of overlapping ranges are an old way to make a server work hard.
 */
enum http_range
http_range_parse(struct span value, uint64_t size, uint64_t *ret_off, uint64_t *ret_len);

/*
 * http_cookie_find() - the value of one cookie in a Cookie field (RFC 6265 section 4.2.1).
 *
 * false when it is not there, there twice (one of them is not ours: P9), or holds other than
 * cookie-octets.
 */
bool http_cookie_find(struct span field, struct span name, struct span *ret_value);

/*
 * http_language_pick() - the best of the languages offered for an Accept-Language field (RFC 9110
 * section 12.5.4): "nl-BE, de;q=0.5". Only the primary subtag counts. Gives the index, or count
 * when the field wants none of them. Reads at most the first 16 entries.
 */
size_t http_language_pick(struct span field, const char *const *offered, size_t count);

#endif
