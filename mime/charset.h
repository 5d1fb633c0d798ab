/*
 * mime/charset.h - writing our own text into bodies of a given charset.
 *
 * Our texts are UTF-8. Five charsets are written natively; in all other ASCII-compatible ones only ASCII is
 * written: character references in HTML, a transliteration in plain text. Bodies in charsets that are not
 * ASCII-compatible cannot be edited by inserting bytes: they count as files (docs/attachments.md).
 * Names: IANA charset registry with the aliases that mail programs write, without case.
 */
#ifndef SECUDOC_MIME_CHARSET_H
#define SECUDOC_MIME_CHARSET_H

#include "core/buf.h"

enum mime_charset {
	MIME_CHARSET_ASCII, /* also none given: RFC 2046 section 4.1.2 */
	MIME_CHARSET_UTF8,
	MIME_CHARSET_LATIN1, /* ISO-8859-1 */
	MIME_CHARSET_LATIN9, /* ISO-8859-15 */
	MIME_CHARSET_CP1252,
	MIME_CHARSET_OTHER,   /* ASCII-compatible (or unknown): ASCII only is written */
	MIME_CHARSET_ISO2022, /* ASCII until an escape sequence: ASCII only, at the very start */
	MIME_CHARSET_FOREIGN, /* UTF-16, UTF-32, UTF-7, EBCDIC ...: no editing */
};

/* mime_charset_of() - name as the charset parameter has it, quotes removed; empty gives ASCII. */
enum mime_charset mime_charset_of(struct span name);

/* mime_charset_editable() - false: a text body in this charset counts as a file. */
bool mime_charset_editable(struct span name);
/* mime_charset_iso2022() - ISO-2022-JP and its kin, for mime_html_init(). */
bool mime_charset_iso2022(struct span name);

/*
 * mime_charset_text() - append UTF-8 text in the charset. What it cannot hold becomes ASCII: accents are
 * dropped, umlauts spelled out, quotes and dashes made plain, all else "?". Invalid UTF-8 counts as U+FFFD.
 */
MUST_USE enum err mime_charset_text(enum mime_charset cs, struct span utf8, struct buf *out);
/* mime_charset_html() - the same for HTML that is otherwise ready: "&#NNN;" for what cs cannot hold. */
MUST_USE enum err mime_charset_html(enum mime_charset cs, struct span utf8, struct buf *out);

#endif
