/*
 * connector/smtp_wire.c - see smtp_wire.h.
 */
#include "connector/smtp_wire.h"

#include <assert.h>
#include <stdio.h>

/* --- replies -------------------------------------------------------------------------------------
 */

/* status-code (RFC 2034 section 4) = class "." subject "." detail; taken only when a space or the
 * end follows. */
static bool
take_status(struct span *s, unsigned class, unsigned ret_status[3])
{
	struct span at = *s;
	uint64_t n[3];

	if (!span_take_u64(&at, 5, &n[0]) || !span_take_byte(&at, '.') ||
	    !span_take_u64(&at, 999, &n[1]) || !span_take_byte(&at, '.') ||
	    !span_take_u64(&at, 999, &n[2]) || (at.len > 0 && !span_take_byte(&at, ' ')))
		return false;
	if (n[0] != class || (n[0] != 2 && n[0] != 4 && n[0] != 5))
		return false; /* RFC 2034 section 4: the class agrees with the reply code */
	for (int i = 0; i < 3; i++)
		ret_status[i] = (unsigned)n[i];
	*s = at;
	return true;
}

enum err
smtp_reply_line_parse(struct span line, struct smtp_reply_line *ret)
{
	struct smtp_reply_line r = { .last = true };
	struct span s = span_from(line, 3);
	char shown[80];

	if (line.len > SMTP_REPLY_LINE_MAX)
		return err_set(ERR_SYNTAX, "a reply line of %zu bytes", line.len);
	for (size_t i = 0; i < 3 && line.len >= 3; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			break;
		r.code = r.code * 10 + (unsigned)(line.p[i] - '0');
	}
	if (r.code < 200 || r.code > 599)
		return err_set(
		    ERR_SYNTAX, "not a reply: %s", span_printable(line, shown, sizeof(shown)));
	if (span_take_byte(&s, '-'))
		r.last = false;
	else if (s.len > 0 && !span_take_byte(&s, ' '))
		return err_set(
		    ERR_SYNTAX, "not a reply: %s", span_printable(line, shown, sizeof(shown)));
	(void)take_status(&s, r.code / 100, r.status);
	r.text = s;
	*ret = r;
	return ERR_OK;
}

enum err
smtp_reply_line_put(struct buf *out, unsigned code, bool last, const char *status, struct span text)
{
	assert(code >= 200 && code <= 599);
	TRY(buf_printf(out, "%03u%c%s%s", code, last ? ' ' : '-', status != NULL ? status : "",
	    status != NULL ? " " : ""));
	for (size_t i = 0; i < text.len; i++) {
		uint8_t b = text.p[i];

		TRY(buf_put_byte(out, (b < ' ' && b != '\t') || b == 0x7f ? '?' : b));
	}
	return buf_put_str(out, "\r\n");
}

/* --- xtext ---------------------------------------------------------------------------------------
 */

static bool
xchar(uint8_t b)
{
	return b > ' ' && b < 0x7f && b != '+' && b != '=';
}

enum err
smtp_xtext_encode(struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		if (xchar(in.p[i]))
			TRY(buf_put_byte(out, in.p[i]));
		else
			TRY(buf_printf(out, "+%02X", in.p[i]));
	}
	return ERR_OK;
}

/* hexchar = "+" and two of 0-9 A-F, upper case only (RFC 3461 section 4) */
static bool
take_hex_digit(struct span *s, unsigned *value)
{
	uint8_t b = s->len > 0 ? s->p[0] : 0;

	if (b >= '0' && b <= '9')
		*value = *value * 16 + (unsigned)(b - '0');
	else if (b >= 'A' && b <= 'F')
		*value = *value * 16 + (unsigned)(b - 'A') + 10;
	else
		return false;
	*s = span_from(*s, 1);
	return true;
}

static bool
take_hex_pair(struct span *s, unsigned *value)
{
	for (int i = 0; i < 2; i++)
		if (!take_hex_digit(s, value))
			return false;
	return true;
}

enum err
smtp_xtext_decode(struct span in, struct buf *out)
{
	while (in.len > 0) {
		unsigned value = 0;

		if (span_take_byte(&in, '+')) {
			if (!take_hex_pair(&in, &value))
				return err_set(ERR_SYNTAX, "\"+\" without two hexadecimal digits");
		} else {
			value = in.p[0];
			if (!xchar((uint8_t)value))
				return err_set(ERR_SYNTAX, "byte 0x%02x in xtext", value);
			in = span_from(in, 1);
		}
		if (value < ' ' || value == 0x7f)
			return err_set(
			    ERR_SYNTAX, "xtext stands for the control character 0x%02x", value);
		TRY(buf_put_byte(out, (uint8_t)value));
	}
	return ERR_OK;
}

/* --- dots ----------------------------------------------------------------------------------------
 */

void
smtp_stuffer_init(struct smtp_stuffer *s, struct sink out)
{
	*s = (struct smtp_stuffer){ .out = out };
}

static enum err
stuffer_check(struct smtp_stuffer *s, uint8_t b)
{
	if (s->cr != (b == '\n'))
		return err_set(ERR_DENIED, "a lone %s cannot go by DATA", s->cr ? "CR" : "LF");
	if (b == '\0')
		return err_set(ERR_DENIED, "a NUL byte cannot go by DATA");
	s->cr = b == '\r';
	if (b == '\n')
		s->line_len = 0;
	else if (b != '\r' && ++s->line_len > SMTP_LINE_MAX)
		return err_set(
		    ERR_DENIED, "a line of more than %u bytes cannot go by DATA", SMTP_LINE_MAX);
	return ERR_OK;
}

enum err
smtp_stuffer_put(struct smtp_stuffer *s, struct span in)
{
	size_t from = 0; /* bytes before it went to the sink */

	for (size_t i = 0; i < in.len; i++) {
		bool line_begins = s->line_len == 0 && !s->cr;

		TRY(stuffer_check(s, in.p[i]));
		if (line_begins && in.p[i] == '.') {
			/* RFC 5321 section 4.5.2: one more dot at the beginning of the line */
			TRY(sink_put(s->out, span_of(in.p + from, i - from)));
			TRY(sink_put(s->out, SPAN(".")));
			from = i;
		}
	}
	return sink_put(s->out, span_from(in, from));
}

enum err
smtp_stuffer_end(struct smtp_stuffer *s)
{
	if (s->cr)
		return err_set(ERR_DENIED, "a lone CR cannot go by DATA");
	if (s->line_len > 0)
		TRY(sink_put(s->out, SPAN("\r\n")));
	return sink_put(s->out, SPAN(".\r\n"));
}

static enum err
stuffer_sink_put(void *ctx, struct span in)
{
	return smtp_stuffer_put(ctx, in);
}

struct sink
smtp_stuffer_sink(struct smtp_stuffer *s)
{
	return (struct sink){ stuffer_sink_put, s };
}
