/*
 * mime/text.h - small texts for people in three languages, and their escaping.
 *
 * Shared by the banner, the portal's pages and notices, so that a file is described alike everywhere. All
 * text is UTF-8.
 */
#ifndef SECUDOC_MIME_TEXT_H
#define SECUDOC_MIME_TEXT_H

#include "core/tenant.h"

/* mime_text_size() - append "1,2 MB" (nl, de) or "1.2 MB": powers of 1000, one decimal below 10 units. */
MUST_USE enum err
mime_text_size(enum tenant_language language, uint64_t size_bytes, struct buf *out);

/* mime_text_date() - append "21 december 2026", "21. Dezember 2026", "21 December 2026": the day in UTC. */
MUST_USE enum err mime_text_date(enum tenant_language language, int64_t ms, struct buf *out);

/*
 * mime_text_line() - append a stranger's words as one harmless line: controls, line and paragraph
 * separators, direction overrides and marks, zero-width characters and invalid UTF-8 become U+FFFD, blanks
 * are trimmed and runs of them made one. Past max_chars characters the middle becomes "..." (U+2026), so
 * that a file keeps its extension. Not escaped: that depends on where it goes.
 */
MUST_USE enum err mime_text_line(struct span utf8, size_t max_chars, struct buf *out);

/*
 * mime_text_html() - append text escaped for HTML text and double- or single-quoted attributes; controls
 * other than tab and line ends become U+FFFD.
 */
MUST_USE enum err mime_text_html(struct span utf8, struct buf *out);

#endif
