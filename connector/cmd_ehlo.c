/*
 * connector/cmd_ehlo.c - EHLO and HELO: who speaks, and what is offered.
 *
 *	ehlo = "EHLO" SP ( Domain / address-literal ) CRLF	(RFC 5321 section 4.1.1.1)
 *
 * The name proves nothing and goes into the Received field only. Underscores are let in, because
 *Windows hosts have them; nothing that could end a comment or a line is.
 */
#include "connector/smtp_commands.h"

#include "connector/smtp_wire.h"

#include <inttypes.h>
#include <string.h>

bool
smtp_helo_arg(struct span args, struct span *ret_name)
{
	struct span s = args;

	if (!span_take_byte(&s, ' '))
		return false;
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	if (s.len == 0 || s.len >= SMTP_HELO_SIZE)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t b = s.p[i];
		bool fine = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
		    (b >= '0' && b <= '9') || b == '-' || b == '.' || b == '_' || b == ':' ||
		    b == '[' || b == ']';

		if (!fine)
			return false;
	}
	*ret_name = s;
	return true;
}

static void
introduced(struct smtp_session *s, struct span name)
{
	memcpy(s->helo, name.p, name.len);
	s->helo[name.len] = '\0';
	smtp_session_reset(s);
}

static enum err
put_line(struct buf *out, bool last, const char *text)
{
	return smtp_reply_line_put(out, 250, last, NULL, span_str(text));
}

static enum err
offer(struct smtp_session *s, struct buf *out)
{
	CLEANUP(buf_done) struct buf size;

	buf_init(&size, 64);
	TRY(buf_printf(&size, "SIZE %" PRId64, s->shared->config->smtp_max_size));
	TRY(put_line(out, false, s->shared->config->smtp_hostname));
	if (conn_tls(s->conn) == NULL)
		TRY(put_line(out, false, "STARTTLS"));
	TRY(put_line(out, false, buf_cstr(&size)));
	TRY(put_line(out, false, "PIPELINING"));
	TRY(put_line(out, false, "8BITMIME"));
	TRY(put_line(out, false, "SMTPUTF8"));
	TRY(put_line(out, false, "ENHANCEDSTATUSCODES"));
	TRY(put_line(out, false, "DSN"));
	return put_line(out, true, "CHUNKING");
}

enum err
cmd_ehlo(struct smtp_session *s, struct span args)
{
	CLEANUP(buf_done) struct buf out;
	struct span name;

	buf_init(&out, 1024);
	if (!smtp_helo_arg(args, &name))
		return smtp_session_say(s, SMTP_SAY_HELO_NAME);
	introduced(s, name);
	TRY(offer(s, &out));
	return conn_write(s->conn, buf_span(&out));
}

enum err
cmd_helo(struct smtp_session *s, struct span args)
{
	CLEANUP(buf_done) struct buf out;
	struct span name;

	buf_init(&out, 512);
	if (!smtp_helo_arg(args, &name))
		return smtp_session_say(s, SMTP_SAY_HELO_NAME);
	introduced(s, name);
	TRY(put_line(&out, true, s->shared->config->smtp_hostname));
	return conn_write(s->conn, buf_span(&out));
}
