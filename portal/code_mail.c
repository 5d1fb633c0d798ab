/*
 * portal/code_mail.c - the mail that carries a code to a recipient.
 */
#include "portal/code_mail.h"

#include "core/address.h"
#include "core/clock.h"
#include "mime/base64.h"
#include "mime/detach.h"
#include "portal/template.h"

#include <stdio.h>
#include <string.h>

#define MAIL_MAX_BYTES (64u << 10)
#define WORD_MAX_BYTES \
	42u                /* an encoded word is at most 75 characters: 12 of frame, 56 of base64 \
			    */
#define LINE_MAX_CHARS 76u /* RFC 2045 section 6.7 rule 5 */

static const char text_template[] = "{{t.mail_code}}: {{digits}}\n"
				    "\n"
				    "{{t.mail_valid}}\n"
				    "\n"
				    "{{t.mail_warn}}\n"
				    "\n"
				    "-- \n"
				    "{{organisation}}\n"
				    "{{t.mail_auto}}\n";

static const char html_template[] =
    "<!doctype html>\n"
    "<html lang=\"{{code}}\"><head><meta charset=\"utf-8\">"
    "<meta name=\"color-scheme\" content=\"light dark\"></head>\n"
    "<body style=\"margin:0;padding:24px 16px;"
    "font-family:system-ui,-apple-system,'Segoe "
    "UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.5\">\n"
    "<div style=\"max-width:480px;margin:0 auto\">\n"
    "<p style=\"margin:0 0 16px;font-weight:bold\">{{organisation}}</p>\n"
    "<p style=\"margin:0\">{{t.mail_code}}</p>\n"
    "<p style=\"margin:4px 0 "
    "16px;font-size:36px;line-height:1.3;letter-spacing:6px;font-weight:bold\">"
    "{{digits}}</p>\n"
    "<p style=\"margin:0 0 16px\">{{t.mail_valid}}</p>\n"
    "<p style=\"margin:0 0 24px\">{{t.mail_warn}}</p>\n"
    "<p style=\"margin:0;font-size:14px;color:#666\">{{t.mail_auto}}</p>\n"
    "</div></body></html>\n";

void
code_mail_name(struct code_mail *m)
{
	uint8_t id[16];
	char text[BASE32_SIZE(sizeof(id))];
	const char *at = strrchr(m->tenant->facility_address, '@');

	crypto_random(id, sizeof(id));
	(void)snprintf(m->message_id, sizeof(m->message_id), "<%s%s>",
	    base32_encode(span_of(id, sizeof(id)), text), at != NULL ? at : "@localhost");
}

static bool
is_plain_phrase(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != ' ')
			return false;
	}
	return s.len > 0 && s.len < WORD_MAX_BYTES;
}

/* RFC 2047: words of base64, each a whole number of characters, on a line of its own. */
static enum err
put_words(struct span s, struct buf *out)
{
	if (is_plain_phrase(s))
		return buf_put(out, s);
	for (bool first = true; s.len > 0; first = false) {
		uint8_t coded[MIME_BASE64_ENCODED(WORD_MAX_BYTES)];
		size_t n = s.len < WORD_MAX_BYTES ? s.len : WORD_MAX_BYTES;

		while (n < s.len && n > 1 && (s.p[n] & 0xc0) == 0x80)
			n--;
		TRY(buf_printf(out, "%s=?utf-8?B?", first ? "" : "\r\n "));
		TRY(buf_put(out, span_of(coded, mime_base64_encode(span_upto(s, n), coded))));
		TRY(buf_put_str(out, "?="));
		s = span_from(s, n);
	}
	return ERR_OK;
}

/* Quoted-printable (RFC 2045 section 6.7) of text whose lines end with LF. */
static enum err
put_qp(struct span s, struct buf *out)
{
	unsigned column = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];
		bool last = i + 1 == s.len || s.p[i + 1] == '\n';
		bool plain = c > 0x20 && c < 0x7f && c != '=';
		unsigned width = plain || (c == ' ' && !last) ? 1 : 3;

		if (c == '\n') {
			TRY(buf_put_str(out, "\r\n"));
			column = 0;
			continue;
		}
		if (column + width > LINE_MAX_CHARS - 1) {
			TRY(buf_put_str(out, "=\r\n"));
			column = 0;
		}
		if (width == 1)
			TRY(buf_put_byte(out, c));
		else
			TRY(buf_printf(out, "=%02X", c));
		column += width;
	}
	return ERR_OK;
}

static enum err
put_part(const struct code_mail *m, const struct template_view *view, bool html, struct buf *out)
{
	CLEANUP(buf_done_secret) struct buf text;

	buf_init(&text, MAIL_MAX_BYTES);
	if (html)
		TRY(template_render(html_template, m->language, view, 1, &text));
	else
		TRY(template_render_text(text_template, m->language, view, 1, &text));
	TRY(buf_printf(out,
	    "Content-Type: text/%s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    html ? "html" : "plain"));
	TRY(put_qp(buf_span(&text), out));
	return ERR_OK;
}

static enum err
put_header(const struct code_mail *m, const struct template_view *view, const char *boundary,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf subject;
	char date[CLOCK_TEXT_SIZE];

	buf_init(&subject, 4096);
	TRY(template_render_text("{{t.mail_subject}}", m->language, view, 1, &subject));
	TRY(buf_put_str(out, "From: "));
	TRY(put_words(span_str(m->tenant->organisation), out));
	TRY(buf_printf(out, "%s<%s>\r\nTo: <", m->tenant->organisation[0] != '\0' ? "\r\n " : "",
	    m->tenant->facility_address));
	TRY(buf_put(out, m->to));
	TRY(buf_put_str(out, ">\r\nSubject: "));
	TRY(put_words(buf_span(&subject), out));
	return buf_printf(out,
	    "\r\nDate: %s\r\nMessage-ID: %s\r\nAuto-Submitted: auto-generated\r\n"
	    "X-Auto-Response-Suppress: All\r\nContent-Language: %s\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n",
	    clock_rfc5322(m->now_ms, date), m->message_id, text_language_codes[m->language],
	    boundary);
}

enum err
code_mail_write(const struct code_mail *m, struct buf *out)
{
	char minutes[24], boundary[BASE32_SIZE(16)];
	uint8_t random[16];

	(void)snprintf(minutes, sizeof(minutes), "%lld", (long long)((m->life_ms + 59999) / 60000));
	crypto_random(random, sizeof(random));
	(void)base32_encode(span_of(random, sizeof(random)), boundary);

	const struct template_value values[] = {
		TEMPLATE_SET("code", span_str(text_language_codes[m->language])),
		TEMPLATE_SET("digits", span_str(m->code)),
		TEMPLATE_SET("organisation", span_str(m->tenant->organisation)),
		TEMPLATE_SET("minutes", span_str(minutes)),
	};
	const struct template_view view = { values, sizeof(values) / sizeof(values[0]) };

	TRY(put_header(m, &view, boundary, out));
	TRY(buf_printf(out, "--%s\r\n", boundary));
	TRY(put_part(m, &view, false, out));
	TRY(buf_printf(out, "\r\n--%s\r\n", boundary));
	TRY(put_part(m, &view, true, out));
	return buf_printf(out, "\r\n--%s--\r\n", boundary);
}

static enum err
detach(struct span mail, struct store_container *container)
{
	CLEANUP(mime_detach_free) struct mime_detach *d = NULL;
	const struct mime_facts *facts;

	TRY(mime_detach_new(NULL, NULL, store_container_sink(container), &d));
	TRY(mime_detach_push(d, mail));
	return mime_detach_finish(d, &facts);
}

static enum err
commit(struct store *st, const struct code_mail *m, struct store_container **container)
{
	struct address address;
	struct store_rcpt_new rcpt = { .address = m->to, .notify = STORE_NOTIFY_NEVER };
	struct store_mail_done done;
	struct store_mail_new mail = {
		.tenant_id = m->tenant->id,
		.container = *container,
		.verdict = STORE_PASS,
		.reason = "code",
		.origin = STORE_FROM_NOTICE,
		.automatic = true,
		.facts = {
		    .sender = span_str(m->tenant->facility_address),
		    .message_id = span_str(m->message_id),
		},
		.rcpts = &rcpt,
		.rcpt_count = 1,
		.received_ms = m->now_ms,
	};

	TRY(address_parse(m->to, &address));
	mail.smtputf8 = address.utf8;
	*container = NULL; /* taken, whatever the answer */
	return store_mail_commit(st, &mail, &done);
}

enum err
code_mail_send(struct store *st, struct code_mail *m)
{
	CLEANUP(buf_done_secret) struct buf mail;
	CLEANUP(store_container_free) struct store_container *container = NULL;

	buf_init(&mail, MAIL_MAX_BYTES);
	code_mail_name(m);
	TRY(code_mail_write(m, &mail));
	TRY(store_container_new(st, m->tenant->id, &container));
	TRY(detach(buf_span(&mail), container));
	TRY(store_container_finish(container));
	return commit(st, m, &container);
}
