/*
 * portal/texts.h - every sentence that a recipient reads, by language.
 *
 * One table, so that a translator reads it from top to bottom. A text may have holes of
 * portal/template.h and the inline tags <strong> and <span>; it holds no addresses of pages.
 */
#ifndef SECUDOC_PORTAL_TEXTS_H
#define SECUDOC_PORTAL_TEXTS_H

#include "core/span.h"
#include "core/tenant.h"

#define TEXT_LANGUAGES 3u

struct text {
	const char *key;
	const char *in[TEXT_LANGUAGES]; /* by enum tenant_language */
};
extern const struct text text_table[];
extern const size_t text_count;

/* text_of() - a key that is not in the table is a bug (assert). */
const char *text_of(struct span key, enum tenant_language language);

/* "nl", "de", "en" and the names that speakers give them. */
extern const char *const text_language_codes[TEXT_LANGUAGES];
extern const char *const text_language_names[TEXT_LANGUAGES];

#endif
