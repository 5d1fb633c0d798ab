/*
 * mime/banner.h - the notice with the download button that stands at the top of a mail's text.
 *
 * One set of facts, two forms (HTML and plain text), three languages. The HTML form has to survive the
 * mail's own style sheet and the readers' sanitizers: a table with inline styles marked !important, no id,
 * no class, no script, no picture, no reference to anything but the link. Names of files and of the
 * organisation are strangers' bytes: controls and direction overrides are neutralised, and what has a
 * meaning in HTML is escaped. The same facts give the same bytes.
 *
 * Requirements: SD-134, X-08, X-14. Threats: M6, M7, M15, M16.
 */
#ifndef SECUDOC_MIME_BANNER_H
#define SECUDOC_MIME_BANNER_H

#include "mime/charset.h"
#include "mime/text.h"

/* A longer list ends with "and N more": the page behind the link shows all. */
#define MIME_BANNER_FILES_MAX 20u
/* Characters of a name that are shown; a longer one loses its middle and keeps its extension. */
#define MIME_BANNER_NAME_MAX 80u
#define MIME_BANNER_URL_MAX  512u
/* Bound of either form in bytes, with all of the above at their largest. */
#define MIME_BANNER_BYTES_MAX (64u * 1024)

struct mime_banner_file {
	struct span name;    /* UTF-8 as detach found it; may be empty */
	uint64_t size_bytes; /* decoded */
};

/* Plain data; all spans borrowed for as long as the struct is used. */
struct mime_banner {
	enum tenant_language language;
	struct span organisation;             /* UTF-8, may be empty */
	const struct mime_banner_file *files; /* in message order; NULL with mime_render(): the
							   parts that leave, from the index */
	size_t file_count;
	int64_t expires_ms; /* the day, UTC, is shown */
	struct span url;    /* "https://..." from the tenant's own base */
};

/*
 * mime_banner_check() - ERR_SYNTAX unless url is http(s) with nothing but unreserved and URL punctuation
 * (RFC 3986; no quotes, blanks, angle brackets, controls, 8-bit), ERR_LIMIT past MIME_BANNER_URL_MAX.
 */
MUST_USE enum err mime_banner_check(const struct mime_banner *b);

/*
 * mime_banner_html(), mime_banner_text() - append the notice in cs, lines ended by CRLF and at most 998
 * bytes. The HTML form begins and ends with CRLF. The text form ends with an empty line; no line ends in a
 * space or begins with a space, ">" or "From ", so that it is the same under format=flowed (RFC 3676), and none
 * of either form begins with "--", so that it is no beginning of a boundary.
 * pad (0..2) makes the form that many bytes longer, for base64. Errors: mime_banner_check()'s, ERR_LIMIT or
 * ERR_TEMP of out.
 */
MUST_USE enum err
mime_banner_html(const struct mime_banner *b, enum mime_charset cs, unsigned pad, struct buf *out);
MUST_USE enum err
mime_banner_text(const struct mime_banner *b, enum mime_charset cs, unsigned pad, struct buf *out);

#endif
