/*
 * connector/smtp_client_reply.c - a server's answer: lines into one reply, a reply into yes, later,
 * never.
 */
#include "connector/smtp_client_reply.h"

#include "core/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const step_names[] = {
	[SMTP_STEP_CONNECT] = "connect",
	[SMTP_STEP_GREETING] = "greeting",
	[SMTP_STEP_EHLO] = "ehlo",
	[SMTP_STEP_STARTTLS] = "starttls",
	[SMTP_STEP_TLS] = "tls",
	[SMTP_STEP_RSET] = "rset",
	[SMTP_STEP_MAIL] = "mail",
	[SMTP_STEP_RCPT] = "rcpt",
	[SMTP_STEP_DATA] = "data",
	[SMTP_STEP_END] = "end-of-data",
};

const char *
smtp_step_name(enum smtp_step step)
{
	assert((unsigned)step < sizeof(step_names) / sizeof(step_names[0]));
	return step_names[step];
}

const char *
smtp_outcome_name(enum smtp_outcome outcome)
{
	static const char *const names[] = { "ok", "retry", "failed" };

	assert((unsigned)outcome < sizeof(names) / sizeof(names[0]));
	return names[outcome];
}

/* Appends line's words to the kept text; what is neither printable ASCII nor UTF-8 becomes "?". */
static void
text_add(struct smtp_reply *r, struct span line)
{
	size_t len = strlen(r->text), take;

	line = span_trim(line);
	if (len > 0 && line.len > 0 && len < SMTP_REPLY_TEXT_MAX)
		r->text[len++] = ' ';
	for (; line.len > 0; line = span_from(line, take)) {
		bool ascii = line.p[0] >= 0x20 && line.p[0] < 0x7f;
		size_t length = utf8_length(line);
		bool utf8 = length > 1; /* of one byte is what is ASCII, controls too */

		take = utf8 ? length : 1;
		if (len + take > SMTP_REPLY_TEXT_MAX)
			break;
		if (ascii || utf8)
			memcpy(r->text + len, line.p, take);
		else
			r->text[len] = line.p[0] == '\t' ? ' ' : '?';
		len += take;
	}
	r->text[len] = '\0';
}

void
smtp_reply_begin(struct smtp_reply_parser *p)
{
	*p = (struct smtp_reply_parser){ 0 };
}

/*
 * smtp_wire leaves a status code out whose class is not the reply code's (RFC 2034 section 4). One
 * that says "later" beside a 5xx is worth knowing: unsure means later.
 */
static bool
says_later(struct span text)
{
	uint64_t n;

	return span_take(&text, SPAN("4.")) && span_take_u64(&text, 999, &n) &&
	    span_take_byte(&text, '.') && span_take_u64(&text, 999, &n) &&
	    (text.len == 0 || text.p[0] == ' ');
}

enum err
smtp_reply_push(
    struct smtp_reply_parser *p, struct span line, struct span *ret_text, bool *ret_done)
{
	struct smtp_reply_line parsed;

	TRY(smtp_reply_line_parse(line, &parsed));
	if (p->lines == 0) {
		p->reply.code = parsed.code;
		p->reply.status_class = parsed.status[0];
		p->reply.status_subject = parsed.status[1];
		p->reply.status_detail = parsed.status[2];
		p->reply.contradicts = parsed.status[0] == 0 && says_later(parsed.text);
	}
	/* RFC 5321 section 4.2.1: "the reply code on each of the lines MUST be the same" */
	if (parsed.code != p->reply.code)
		return err_set(ERR_SYNTAX, "reply line %u has code %u, the first has %u",
		    p->lines + 1, parsed.code, p->reply.code);
	if (++p->lines > SMTP_REPLY_LINES_MAX)
		return err_set(ERR_LIMIT, "reply of more than %u lines", SMTP_REPLY_LINES_MAX);
	text_add(&p->reply, span_from(line, 4));
	*ret_text = span_from(line, 4);
	*ret_done = parsed.last;
	return ERR_OK;
}

/* RFC 5321 section 4.5.3.1.10: 552 for too many recipients is an old spelling of 452. */
static bool
too_many_recipients(const struct smtp_reply *r)
{
	bool status_says = r->status_class == 5 && r->status_subject == 5 && r->status_detail == 3;

	return status_says || (r->code == 552 && r->status_class == 0);
}

enum smtp_outcome
smtp_reply_outcome(const struct smtp_reply *r, enum smtp_step step)
{
	unsigned first = r->code / 100;

	if (first == 2)
		return SMTP_OUTCOME_OK;
	if (first == 3 && r->code == 354 && step == SMTP_STEP_DATA)
		return SMTP_OUTCOME_OK;
	if (first != 5 || step < SMTP_STEP_MAIL)
		return SMTP_OUTCOME_RETRY;
	if (r->contradicts)
		return SMTP_OUTCOME_RETRY;
	if (step == SMTP_STEP_RCPT && too_many_recipients(r))
		return SMTP_OUTCOME_RETRY;
	/* 503: it lost the thread of this transaction; a new one may go well */
	return r->code == 503 ? SMTP_OUTCOME_RETRY : SMTP_OUTCOME_FAILED;
}

bool
smtp_reply_throttles(const struct smtp_reply *r)
{
	unsigned subject = r->status_subject, detail = r->status_detail;

	if (r->code == 421)
		return true;
	if (r->code / 100 != 4 || r->status_class != 4)
		return false;
	if (subject ==
	    7) /* 451 4.7.500 Server busy; 4.7.500-699 (ASxxx): too much from this address */
		return detail >= 500 && detail <= 699;
	return (subject == 3 && detail == 2) || (subject == 4 && detail == 5);
}

char *
smtp_reply_status(const struct smtp_reply *r, char out[12])
{
	unsigned first = r->code / 100;

	if (r->status_class != 0 && r->status_class == first)
		(void)snprintf(out, 12, "%u.%u.%u", r->status_class % 10, r->status_subject % 1000,
		    r->status_detail % 1000);
	else
		(void)snprintf(out, 12, "%u.0.0", first == 2 || first == 5 ? first : 4);
	return out;
}
