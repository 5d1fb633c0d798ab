/*
 * core/utf8.h - well-formed UTF-8, read in one place: two readers that differ are a hole. Pure.
 *
 * No overlong forms, no surrogates, nothing beyond U+10FFFF (RFC 3629 section 3; the Unicode standard,
 * table 3-7).
 */
#ifndef SECUDOC_CORE_UTF8_H
#define SECUDOC_CORE_UTF8_H

#include "core/span.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* utf8_length() - bytes of the well-formed character at the front (1 for ASCII); 0: none stands there. */
size_t utf8_length(struct span s);
/*
 * utf8_take() - take one character off the front. A byte that starts none is taken alone and gives
 * UTF8_REPLACEMENT; *ret_ok says which it was. s must not be empty.
 */
uint32_t utf8_take(struct span *s, bool *ret_ok);
/* utf8_take_graphic() - take one character outside ASCII that is no control (C1); false: s stays. */
bool utf8_take_graphic(struct span *s);
bool utf8_valid(struct span s);
/* utf8_upto() - the first max bytes of s or fewer, so that no well-formed character is cut in two. */
struct span utf8_upto(struct span s, size_t max);

#endif
