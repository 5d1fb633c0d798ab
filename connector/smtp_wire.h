/*
 * connector/smtp_wire.h - what both directions of SMTP put on the wire: replies, xtext, dots. Pure.
 *
 * Sources: RFC 5321 sections 4.2, 4.5.2, 4.5.3.1; RFC 2034 and 3463 (enhanced codes); RFC 3461
 * section 4 (xtext); RFC 3030 (BDAT needs no stuffing).
 */
#ifndef SECUDOC_CONNECTOR_SMTP_WIRE_H
#define SECUDOC_CONNECTOR_SMTP_WIRE_H

#include "core/buf.h"
#include "core/stream.h"

#define SMTP_COMMAND_MAX \
	4096u /* RFC 5321 says 512; NOTIFY, ORCPT, ENVID and SMTPUTF8 add to it \
	       */
#define SMTP_REPLY_LINE_MAX  2048u /* RFC 5321 says 512; servers are believed with more */
#define SMTP_REPLY_LINES_MAX 128u
#define SMTP_LINE_MAX        998u /* of content in DATA, without CRLF: RFC 5322 section 2.1.1 */

/* One line of a reply: Reply-code ( "-" / SP ) [ status-code SP ] textstring. */
struct smtp_reply_line {
	unsigned code;      /* 200..599 */
	bool last;          /* no "-" after the code */
	unsigned status[3]; /* class, subject, detail; zeros when there is none */
	struct span text;   /* behind code and status; borrowed */
};

/* smtp_reply_line_parse() - line without CRLF. ERR_SYNTAX. */
MUST_USE enum err smtp_reply_line_parse(struct span line, struct smtp_reply_line *ret);
/* smtp_reply_line_put() - "250-..." or "250 2.1.5 ..." with CRLF; status may be NULL; controls
 * become "?". */
MUST_USE enum err smtp_reply_line_put(
    struct buf *out, unsigned code, bool last, const char *status, struct span text);

/* xtext (RFC 3461 section 4): printable ASCII without "+" and "=", others as +HH. Appended to out.
 */
MUST_USE enum err smtp_xtext_encode(struct span in, struct buf *out);
/* ERR_SYNTAX: not xtext, or it decodes to a control character (S10). */
MUST_USE enum err smtp_xtext_decode(struct span in, struct buf *out);

/*
 * Dot-stuffing for DATA (RFC 5321 section 4.5.2), a filter before a sink. Bytes must be CRLF lines
 * of at most SMTP_LINE_MAX bytes without NUL; anything else is ERR_DENIED, and the mail must go by
 * BDAT (S2): a receiver that takes a lone CR or LF for a line end would read other mail than was
 * sent.
 */
struct smtp_stuffer {
	struct sink out;
	size_t line_len;
	bool cr;
};
void smtp_stuffer_init(struct smtp_stuffer *s, struct sink out);
MUST_USE enum err smtp_stuffer_put(struct smtp_stuffer *s, struct span in);
/* smtp_stuffer_end() - completes the last line if need be and puts ".CRLF". */
MUST_USE enum err smtp_stuffer_end(struct smtp_stuffer *s);
struct sink smtp_stuffer_sink(struct smtp_stuffer *s);

#endif
