/*
 * net/http_text.h - percent-encoding and UTF-8, as strict as the readers of requests need them.
 * Pure.
 */
#ifndef SECUDOC_NET_HTTP_TEXT_H
#define SECUDOC_NET_HTTP_TEXT_H

#include "core/arena.h"
#include "core/buf.h"

/* One line of text for people: valid UTF-8 without control characters (C0, DEL, C1). */
bool http_line_valid(struct span s);

/*
 * http_pct_decode() - %XX, and "+" as a space where plus says so, into the arena; *ret may be s
 * itself when there is nothing to decode. ERR_SYNTAX: "%" without two hex digits; ERR_TEMP: the
 * arena is full.
 */
MUST_USE enum err http_pct_decode(struct span s, bool plus, struct arena *a, struct span *ret);
/* http_pct_encode() - everything but RFC 3986 "unreserved" becomes %XX. */
MUST_USE enum err http_pct_encode(struct span s, struct buf *out);

#endif
