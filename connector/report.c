/*
 * connector/report.c - a report as a mail: header, text, delivery status, the original's header.
 */
#include "connector/report.h"

#include "connector/report_text.h"
#include "connector/smtp_client.h"
#include "connector/smtp_wire.h"
#include "core/clock.h"
#include "mime/base64.h"
#include "mime/header.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Text for a thousand recipients of the longest kind, each with the words of his server twice. */
#define TEXT_MAX      (3u << 20)
#define VALUE_MAX     2048u
#define LINE_MAX_QP   76u /* RFC 2045 section 6.7 (5), "=" included */
#define LINE_MAX_SOFT 76u /* RFC 5322 section 2.1.1 */

/* --- whether --- */

static bool
first_word_is(struct span value, struct span word)
{
	struct span v = span_trim(value);

	return span_istarts(v, word) &&
	    (v.len == word.len || v.p[word.len] == ';' || v.p[word.len] == ' ' ||
		v.p[word.len] == '\t' || v.p[word.len] == '(' || v.p[word.len] == '\r');
}

static bool
contains_word(struct span list, struct span word)
{
	struct span item;

	while (list.len > 0) {
		if (!span_take_until(&list, ',', &item)) {
			item = list;
			list = SPAN_NONE;
		}
		if (span_ieq(span_trim(item), word))
			return true;
		(void)span_take_byte(&list, ',');
	}
	return false;
}

static bool
automatic_field(const struct mime_field *f)
{
	if (span_ieq(f->name, SPAN("Auto-Submitted"))) /* RFC 3834 section 5 */
		return !first_word_is(f->value, SPAN("no"));
	if (span_ieq(f->name, SPAN("Precedence")))
		return first_word_is(f->value, SPAN("bulk")) ||
		    first_word_is(f->value, SPAN("junk")) || first_word_is(f->value, SPAN("list"));
	if (span_ieq(f->name, SPAN("X-Auto-Response-Suppress")))
		return contains_word(f->value, SPAN("All")) || contains_word(f->value, SPAN("NDR"));
	return false;
}

bool
report_allowed(struct span sender, struct span header)
{
	struct mime_field f;

	if (sender.len == 0)
		return false;
	while (mime_header_next(&header, &f))
		if (automatic_field(&f))
			return false;
	return true;
}

bool
report_wanted(enum report_kind kind, unsigned notify)
{
	if (notify & SMTP_NOTIFY_NEVER)
		return false;
	if (kind == REPORT_RELAYED) /* RFC 3461 section 5.2.3 (b) */
		return (notify & SMTP_NOTIFY_SUCCESS) != 0;
	/* RFC 3461 section 4.1: without NOTIFY failures are reported */
	return notify == 0 || (notify & SMTP_NOTIFY_FAILURE) != 0;
}

/* --- pieces of text --- */

static enum err
put_str(struct sink out, const char *s)
{
	return sink_put(out, span_str(s));
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

/* Quoted-printable (RFC 2045 section 6.7) for text with CRLF line ends. */
struct qp {
	struct sink out;
	uint8_t line[LINE_MAX_QP + 4];
	size_t len;
};

static enum err
qp_line_end(struct qp *q, const char *end)
{
	TRY(sink_put(q->out, span_of(q->line, q->len)));
	q->len = 0;
	return put_str(q->out, end);
}

static enum err
qp_put(struct qp *q, const char *token, size_t len)
{
	if (q->len + len > LINE_MAX_QP - 1)
		TRY(qp_line_end(q, "=\r\n"));
	for (size_t i = 0; i < len; i++)
		q->line[q->len++] = (uint8_t)token[i];
	return ERR_OK;
}

static enum err
put_qp(struct sink out, struct span text)
{
	struct qp q = { .out = out };

	for (size_t i = 0; i < text.len; i++) {
		uint8_t b = text.p[i];
		bool crlf = b == '\r' && i + 1 < text.len && text.p[i + 1] == '\n';
		bool at_end = i + 1 == text.len || text.p[i + 1] == '\r';
		char token[4];

		if (crlf) {
			TRY(qp_line_end(&q, "\r\n"));
			i++;
			continue;
		}
		if ((b > 0x20 && b < 0x7f && b != '=') || ((b == ' ' || b == '\t') && !at_end)) {
			TRY(qp_put(&q, (const char *)&text.p[i], 1));
			continue;
		}
		(void)snprintf(token, sizeof(token), "=%02X", b);
		TRY(qp_put(&q, token, 3));
	}
	return q.len > 0 ? qp_line_end(&q, "\r\n") : ERR_OK;
}

/* name and text as a field, folded at blanks; bytes that a field cannot hold become "?". */
static enum err
put_field(struct sink out, const char *name, const char *type, struct span text)
{
	size_t column = strlen(name) + 1 + strlen(type);
	struct span word;

	TRY(put_str(out, name));
	TRY(put_str(out, type[0] != '\0' ? ": " : ":"));
	TRY(put_str(out, type));
	while (span_skip_wsp(&text), span_take_word(&text, &word)) {
		bool fold = column + 1 + word.len > LINE_MAX_SOFT;

		TRY(put_str(out, fold ? "\r\n " : " "));
		column = (fold ? 0 : column) + 1 + word.len;
		for (size_t i = 0; i < word.len; i++) {
			bool plain = word.p[i] > 0x20 && word.p[i] < 0x7f;

			TRY(sink_put(out, plain ? span_of(&word.p[i], 1) : SPAN("?")));
		}
	}
	return put_str(out, "\r\n");
}

/* UTF-8 text as encoded words (RFC 2047), each of whole characters. */
static enum err
put_encoded(struct sink out, struct span text)
{
	const char *before = " ";

	while (text.len > 0) {
		uint8_t coded[MIME_BASE64_ENCODED(45)];
		size_t n = text.len < 42 ? text.len : 42;

		while (n < text.len && n > 1 && (text.p[n] & 0xc0) == 0x80)
			n--;
		TRY(put_str(out, before));
		TRY(put_str(out, "=?UTF-8?B?"));
		TRY(sink_put(out, span_of(coded, mime_base64_encode(span_upto(text, n), coded))));
		TRY(put_str(out, "?="));
		text = span_from(text, n);
		before = "\r\n ";
	}
	return put_str(out, "\r\n");
}

static enum err
put_subject(struct sink out, struct span text)
{
	TRY(put_str(out, "Subject:"));
	if (!is_ascii(text) || text.len > LINE_MAX_SOFT - 10 ||
	    span_find(text, SPAN("=?")) < text.len)
		return put_encoded(out, text);
	TRY(put_str(out, " "));
	TRY(sink_put(out, text));
	return put_str(out, "\r\n");
}

/* --- the original --- */

static enum err
find_value(const struct report *r, struct span name, struct buf *out)
{
	struct span block = r->header;
	struct mime_field f;
	enum err err;

	while (mime_header_next(&block, &f)) {
		if (!span_ieq(f.name, name))
			continue;
		err = mime_value_decode(f.value, out);
		return err == ERR_LIMIT ? ERR_OK : err; /* what fitted will do */
	}
	return ERR_OK;
}

static bool
quoted(const struct report *r, const struct mime_field *f)
{
	if (span_istarts(f->name, SPAN("X-SecuDoc")))
		return false;
	return r->secret_header == NULL || r->secret_header[0] == '\0' ||
	    !span_ieq(f->name, span_str(r->secret_header));
}

static enum err
put_original(const struct report *r, struct sink out)
{
	struct span block = r->header;
	struct mime_field f;
	struct buf kept;
	enum err err = ERR_OK;

	buf_init(&kept, r->header.len + 1);
	while (err == ERR_OK && mime_header_next(&block, &f))
		if (quoted(r, &f))
			err = buf_put(&kept, f.whole);
	if (err == ERR_OK)
		err = put_qp(out, buf_span(&kept));
	buf_done(&kept);
	return err;
}

/* --- delivery status --- */

/* "rfc822; a@b", or for UTF-8 "utf-8; \x{E9}..." (RFC 6533 section 3, utf-8-addr-xtext). */
static enum err
put_address(struct sink out, const char *name, struct span address)
{
	char token[16];

	TRY(put_str(out, name));
	if (is_ascii(address)) {
		TRY(put_str(out, ": rfc822; "));
		TRY(sink_put(out, address));
		return put_str(out, "\r\n");
	}
	TRY(put_str(out, ": utf-8; "));
	for (size_t i = 0; i < address.len; i++) {
		uint32_t c = address.p[i];
		size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

		if (more == 0 && c > 0x20 && c < 0x7f && c != '\\' && c != '+' && c != '=') {
			TRY(sink_put(out, span_of(&address.p[i], 1)));
			continue;
		}
		c &= more > 0 ? 0x3fu >> more : 0xffu;
		for (; more > 0 && i + 1 < address.len; more--)
			c = c << 6 | (address.p[++i] & 0x3f);
		(void)snprintf(token, sizeof(token), "\\x{%02X}", c);
		TRY(put_str(out, token));
	}
	return put_str(out, "\r\n");
}

/* ORCPT as it was given: addr-type ";" xtext (RFC 3461 section 4.2). */
static enum err
put_original_recipient(struct sink out, struct span orcpt)
{
	struct span type, rest = orcpt;
	CLEANUP(buf_done) struct buf decoded = { 0 };
	enum err err;

	if (!span_take_until(&rest, ';', &type) || !is_ascii(type))
		return ERR_OK;
	(void)span_take_byte(&rest, ';');
	buf_init(&decoded, VALUE_MAX);
	err = smtp_xtext_decode(rest, &decoded);
	if (err == ERR_TEMP)
		return err;
	if (err != ERR_OK || !is_ascii(buf_span(&decoded)))
		return ERR_OK; /* what a report cannot hold is left out of it */
	TRY(put_str(out, "Original-Recipient: "));
	TRY(sink_put(out, type));
	TRY(put_str(out, "; "));
	TRY(sink_put(out, buf_span(&decoded)));
	return put_str(out, "\r\n");
}

static enum err
put_date(struct sink out, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	TRY(put_str(out, name));
	TRY(put_str(out, ": "));
	TRY(put_str(out, clock_rfc5322(ms, text)));
	return put_str(out, "\r\n");
}

static enum err
put_envid(struct sink out, struct span envid)
{
	CLEANUP(buf_done) struct buf decoded = { 0 };
	enum err err;

	if (envid.len == 0)
		return ERR_OK;
	buf_init(&decoded, VALUE_MAX);
	err = smtp_xtext_decode(envid, &decoded);
	if (err == ERR_OK)
		return put_field(out, "Original-Envelope-Id", "", buf_span(&decoded));
	return err == ERR_TEMP ? err : ERR_OK;
}

static struct span
status_of(const struct report *r, const struct report_rcpt *rcpt)
{
	switch (r->kind) {
	case REPORT_EXPIRED:
		return SPAN("4.4.7"); /* RFC 3463 section 3.5: delivery time expired */
	case REPORT_LOOP:
		return SPAN("5.4.6");
	case REPORT_RELAYED:
		return SPAN("2.0.0");
	case REPORT_FAILED:
		break;
	}
	return rcpt->status.len > 0 ? rcpt->status : SPAN("5.0.0");
}

/* RFC 3464 section 2.3 */
static enum err
put_rcpt_status(const struct report *r, const struct report_rcpt *rcpt, struct sink out)
{
	TRY(put_str(out, "\r\n"));
	TRY(put_original_recipient(out, rcpt->orcpt));
	TRY(put_address(out, "Final-Recipient", rcpt->address));
	TRY(put_str(out, r->kind == REPORT_RELAYED ? "Action: relayed\r\n" : "Action: failed\r\n"));
	TRY(put_field(out, "Status", "", status_of(r, rcpt)));
	if (r->remote_host != NULL && r->remote_host[0] != '\0' && rcpt->diagnostic.len > 0)
		TRY(put_field(out, "Remote-MTA", "dns;", span_str(r->remote_host)));
	if (rcpt->diagnostic.len > 0)
		TRY(put_field(out, "Diagnostic-Code", "smtp;", rcpt->diagnostic));
	else if (rcpt->reason.len > 0)
		TRY(put_field(out, "Diagnostic-Code", "X-SecuDoc;", rcpt->reason));
	return rcpt->last_try_ms > 0 ? put_date(out, "Last-Attempt-Date", rcpt->last_try_ms)
				     : ERR_OK;
}

/* RFC 3464 section 2.2 */
static enum err
put_status(const struct report *r, struct sink out)
{
	TRY(put_envid(out, r->envid));
	TRY(put_field(out, "Reporting-MTA", "dns;", span_str(r->hostname)));
	TRY(put_date(out, "Arrival-Date", r->arrival_ms));
	for (size_t i = 0; i < r->rcpt_count; i++)
		TRY(put_rcpt_status(r, &r->rcpts[i], out));
	return ERR_OK;
}

/* --- the whole --- */

char *
report_message_id(const struct report *r, char *out, size_t size)
{
	(void)snprintf(out, size, "report.%lld.%u.%d@%s", (long long)r->id, r->tries, (int)r->kind,
	    r->hostname);
	return out;
}

static char *
boundary(const struct report *r, char *out, size_t size)
{
	/* "=_" is nothing that quoted-printable or a field can hold at the start of a line */
	(void)snprintf(out, size, "=_report_%lld_%u_%d", (long long)r->id, r->tries, (int)r->kind);
	return out;
}

static enum err
put_part(struct sink out, const char *mark, const char *fields)
{
	TRY(put_str(out, "\r\n--"));
	TRY(put_str(out, mark));
	TRY(put_str(out, "\r\n"));
	TRY(put_str(out, fields));
	return put_str(out, "\r\n");
}

static enum err
put_head(const struct report *r, struct span subject, const char *mark, struct sink out)
{
	char id[320];

	TRY(put_str(out, "From: SecuDoc <"));
	TRY(put_str(out, r->from));
	TRY(put_str(out, ">\r\nTo: <"));
	TRY(sink_put(out, r->to));
	TRY(put_str(out, ">\r\n"));
	TRY(put_subject(out, subject));
	TRY(put_date(out, "Date", r->now_ms));
	TRY(put_str(out, "Message-ID: <"));
	TRY(put_str(out, report_message_id(r, id, sizeof(id))));
	TRY(put_str(out, ">\r\nAuto-Submitted: auto-replied\r\n")); /* RFC 3834 section 5 */
	TRY(put_str(
	    out, "X-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\nContent-Language: "));
	TRY(put_str(out, report_text_language(r->language)));
	TRY(put_str(out,
	    "\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\""));
	TRY(put_str(out, mark));
	return put_str(out, "\"\r\n");
}

static enum err
put_text(const struct report *r, struct span subject, struct sink out, struct buf *text)
{
	char arrival[CLOCK_TEXT_SIZE];
	struct buf date;
	enum err err;

	buf_init(&date, VALUE_MAX);
	err = find_value(r, SPAN("Date"), &date);
	if (err == ERR_OK)
		err = report_text_body(r, subject,
		    date.len > 0 ? buf_span(&date)
				 : span_str(clock_rfc5322(r->arrival_ms, arrival)),
		    text);
	if (err == ERR_OK)
		err = put_qp(out, buf_span(text));
	buf_done(&date);
	return err;
}

static enum err
put_all(const struct report *r, struct span subject, struct buf *text, struct sink out)
{
	char mark[64];

	(void)boundary(r, mark, sizeof(mark));
	TRY(report_text_subject(r, subject, text));
	TRY(put_head(r, buf_span(text), mark, out));
	buf_clear(text);
	TRY(put_part(out, mark,
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"));
	TRY(put_text(r, subject, out, text));
	TRY(put_part(out, mark, "Content-Type: message/delivery-status\r\n"));
	TRY(put_status(r, out));
	if (r->header.len > 0) {
		/*
		 * RFC 6522 section 4: encoded only because foreign header lines may be long or
		 * 8-bit
		 */
		TRY(put_part(out, mark,
		    "Content-Type: text/rfc822-headers\r\n"
		    "Content-Transfer-Encoding: quoted-printable\r\n"));
		TRY(put_original(r, out));
	}
	TRY(put_str(out, "\r\n--"));
	TRY(put_str(out, mark));
	return put_str(out, "--\r\n");
}

enum err
report_write(const struct report *r, struct sink out)
{
	struct buf subject, text;
	enum err err;

	assert(r->rcpt_count > 0);
	buf_init(&subject, VALUE_MAX);
	buf_init(&text, TEXT_MAX);
	err = find_value(r, SPAN("Subject"), &subject);
	if (err == ERR_OK)
		err = put_all(r, buf_span(&subject), &text, out);
	buf_done(&subject);
	buf_done(&text);
	return err;
}
