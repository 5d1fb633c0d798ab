/*
 * mime/utf8.h - foreign text as UTF-8, for names and subjects.
 *
 * Bodies are never converted. Only charsets on the list in utf8.c reach iconv(): a mail must not choose
 * which converter is loaded.
 */
#ifndef SECUDOC_MIME_UTF8_H
#define SECUDOC_MIME_UTF8_H

#include "core/buf.h"
#include "core/utf8.h"

MUST_USE enum err mime_utf8_put(uint32_t character, struct buf *out);

/*
 * mime_to_utf8() - append in, which is in charset, as UTF-8; what cannot be read becomes U+FFFD.
 *
 * charset  empty or not on the list: UTF-8 if the bytes are that, else Windows-1252
 *
 * Returns ERR_LIMIT when out is full; out then holds whole characters.
 */
MUST_USE enum err mime_to_utf8(struct span charset, struct span in, struct buf *out);

#endif
