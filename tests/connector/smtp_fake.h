/*
 * tests/connector/smtp_fake.h - an SMTP server as a pure machine: bytes in, bytes out, no sockets.
 *
 * It knows the protocol by itself (written from RFC 5321 and RFC 3030, sharing no code with the
 * client) and keeps every command and message it was given. Rules replace single answers or cut the
 * connection. tests/connector/test_smtp_client.c feeds it by hand, the loop tests put it behind a
 * TLS socket.
 */
#ifndef TESTS_CONNECTOR_SMTP_FAKE_H
#define TESTS_CONNECTOR_SMTP_FAKE_H

#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum fake_act {
	FAKE_REPLY, /* answer with text, lines separated by "\n" */
	FAKE_CLOSE, /* close instead of answering */
	FAKE_REPLY_CLOSE,
	FAKE_REPLY_INJECT, /* answer, and text2 in the same segment (S5) */
};

/*
 * "GREETING", "EHLO", "STARTTLS", "RSET", "MAIL", "RCPT", "DATA", "BDAT", "END" (of data), "QUIT"
 */
struct fake_rule {
	const char *verb;
	unsigned nth; /* counted from 1 over the whole connection; 0: each */
	enum fake_act act;
	const char *text;
	const char *match; /* only when the command line holds this; NULL: always */
};

struct fake_message {
	struct buf bytes;
	char sender[400];
	char params[200];
	unsigned rcpts;
	bool by_bdat;
};

#define FAKE_MESSAGES_MAX 64

struct fake {
	const char *offer;       /* EHLO keywords under TLS, separated by "\n" */
	const char *offer_clear; /* before it; NULL: "STARTTLS" */
	const struct fake_rule *rules;
	size_t rule_count;
	bool discard; /* messages are counted, not kept */

	size_t in_done; /* bytes at the front of in that were dealt with */
	struct buf in, out;
	struct buf log; /* every command as it came, one a line */
	bool tls, want_tls, closed;
	unsigned seen[16];
	bool mail, data;
	unsigned rcpts;
	uint64_t chunk_left;
	bool chunk, chunk_last, chunk_bad;
	char sender[400], params[200];
	struct buf body;
	struct buf refused; /* messages that were not taken at their end, one behind the other */
	char line[8192];    /* the last command */
	struct fake_message messages[FAKE_MESSAGES_MAX];
	size_t message_count;
};

static const char *const fake_verbs[] = { "GREETING", "EHLO", "STARTTLS", "RSET", "MAIL", "RCPT",
	"DATA", "BDAT", "END", "QUIT" };

static void
fake_must(enum err err)
{
	if (err != ERR_OK) {
		fprintf(stderr, "fake: %s\n", err_note());
		abort();
	}
}

static void
fake_answer(struct fake *f, const char *lines)
{
	const char *at = lines, *end;
	char code[4] = "";

	(void)snprintf(code, sizeof(code), "%.3s", lines);
	/* further lines get the code; all but the last a "-" */
	for (bool first = true; at != NULL; at = end == NULL ? NULL : end + 1, first = false) {
		size_t len;

		end = strchr(at, '\n');
		len = end == NULL ? strlen(at) : (size_t)(end - at);
		if (first && len >= 3) {
			at += len > 3 ? 4 : 3;
			len -= len > 3 ? 4 : 3;
		}
		fake_must(buf_printf(
		    &f->out, "%s%c%.*s\r\n", code, end == NULL ? ' ' : '-', (int)len, at));
	}
}

/* The rule for this answer, or text. True: that was no refusal and no end. */
static bool
fake_step(struct fake *f, const char *verb, const char *text)
{
	const struct fake_rule *rule = NULL;
	unsigned nth = 0;

	for (size_t i = 0; i < sizeof(fake_verbs) / sizeof(fake_verbs[0]); i++)
		if (strcmp(fake_verbs[i], verb) == 0)
			nth = ++f->seen[i];
	for (size_t i = 0; i < f->rule_count; i++)
		if (strcmp(f->rules[i].verb, verb) == 0 &&
		    (f->rules[i].nth == 0 || f->rules[i].nth == nth) &&
		    (f->rules[i].match == NULL || strstr(f->line, f->rules[i].match) != NULL))
			rule = &f->rules[i];
	if (rule != NULL && rule->act == FAKE_CLOSE) {
		f->closed = true;
		return false;
	}
	if (rule != NULL && rule->act == FAKE_REPLY_INJECT) {
		fake_answer(f, text);
		fake_must(buf_put_str(&f->out, rule->text));
		return true;
	}
	if (rule != NULL)
		text = rule->text;
	fake_answer(f, text);
	if (rule != NULL && rule->act == FAKE_REPLY_CLOSE)
		f->closed = true;
	return text[0] == '2' || (text[0] == '3' && strcmp(verb, "DATA") == 0);
}

static void
fake_init(struct fake *f)
{
	buf_init(&f->in, 8u << 20);
	buf_init(&f->out, 1u << 20);
	buf_init(&f->log, 4u << 20);
	buf_init(&f->body, 64u << 20);
	buf_init(&f->refused, 64u << 20);
	fake_step(f, "GREETING", "220 fake ESMTP");
}

static void
fake_done(struct fake *f)
{
	buf_done(&f->in);
	buf_done(&f->out);
	buf_done(&f->log);
	buf_done(&f->body);
	buf_done(&f->refused);
	for (size_t i = 0; i < f->message_count; i++)
		buf_done(&f->messages[i].bytes);
}

static void
fake_reset(struct fake *f)
{
	f->mail = f->data = f->chunk_bad = false;
	f->rcpts = 0;
	buf_clear(&f->body);
}

static void
fake_ehlo(struct fake *f)
{
	char text[1000] = "250 fake";
	const char *offer = f->tls   ? f->offer
	    : f->offer_clear != NULL ? f->offer_clear
				     : "STARTTLS";

	fake_reset(f);
	if (offer[0] != '\0')
		(void)snprintf(text, sizeof(text), "250 fake\n%s", offer);
	fake_step(f, "EHLO", text);
}

static void
fake_mail(struct fake *f, const char *args)
{
	const char *open = strchr(args, '<'), *close = strrchr(args, '>');

	if (f->mail || open == NULL || close == NULL || strncasecmp(args, "FROM:<", 6) != 0) {
		fake_answer(f, "503 5.5.1 no");
		return;
	}
	(void)snprintf(f->sender, sizeof(f->sender), "%.*s", (int)(close - open - 1), open + 1);
	(void)snprintf(f->params, sizeof(f->params), "%s", close + 1);
	f->mail = fake_step(f, "MAIL", "250 2.1.0 sender ok");
}

static void
fake_message_keep(struct fake *f, bool by_bdat)
{
	if (f->discard) {
		(void)fake_step(f, "END", "250 2.6.0 taken");
	} else if (fake_step(f, "END", "250 2.6.0 taken") && f->message_count < FAKE_MESSAGES_MAX) {
		struct fake_message *m = &f->messages[f->message_count++];

		buf_init(&m->bytes, 64u << 20);
		fake_must(buf_put(&m->bytes, buf_span(&f->body)));
		memcpy(m->sender, f->sender, sizeof(m->sender));
		memcpy(m->params, f->params, sizeof(m->params));
		m->rcpts = f->rcpts;
		m->by_bdat = by_bdat;
	} else {
		fake_must(buf_put(&f->refused, buf_span(&f->body)));
	}
	fake_reset(f);
}

static void
fake_bdat(struct fake *f, const char *args)
{
	char *end;

	f->chunk_left = strtoull(args, &end, 10);
	f->chunk_last = strcmp(end, " LAST") == 0;
	f->chunk = true;
}

static void
fake_chunk_end(struct fake *f)
{
	f->chunk = false;
	if (!f->mail || f->rcpts == 0 || f->chunk_bad)
		fake_answer(f, "503 5.5.1 no transaction");
	else if (f->chunk_last)
		fake_message_keep(f, true);
	else
		f->chunk_bad = !fake_step(f, "BDAT", "250 2.0.0 chunk ok");
}

static void
fake_command(struct fake *f, const char *line)
{
	const char *args = strchr(line, ' ');

	fake_must(buf_printf(&f->log, "%s\n", line));
	args = args == NULL ? "" : args + 1;
	if (strncasecmp(line, "EHLO ", 5) == 0) {
		fake_ehlo(f);
	} else if (strcasecmp(line, "STARTTLS") == 0) {
		f->want_tls = fake_step(f, "STARTTLS", "220 go");
	} else if (strcasecmp(line, "RSET") == 0) {
		fake_reset(f);
		fake_step(f, "RSET", "250 2.0.0 flushed");
	} else if (strcasecmp(line, "QUIT") == 0) {
		fake_step(f, "QUIT", "221 2.0.0 bye");
		f->closed = true;
	} else if (!f->tls) {
		fake_answer(f, "530 5.7.0 STARTTLS first");
	} else if (strncasecmp(line, "MAIL ", 5) == 0) {
		fake_mail(f, args);
	} else if (strncasecmp(line, "RCPT ", 5) == 0) {
		if (!f->mail)
			fake_answer(f, "503 5.5.1 MAIL first");
		else if (fake_step(f, "RCPT", "250 2.1.5 recipient ok"))
			f->rcpts++;
	} else if (strcasecmp(line, "DATA") == 0) {
		if (!f->mail || f->rcpts == 0) {
			/* as some servers do: RFC 2920 section 3.1 */
			f->data = fake_step(f, "DATA", "503 5.5.1 RCPT first");
		} else {
			f->data = fake_step(f, "DATA", "354 go");
		}
	} else if (strncasecmp(line, "BDAT ", 5) == 0) {
		fake_bdat(f, args);
	} else {
		fake_answer(f, "500 5.5.2 what?");
	}
}

/* One line of DATA, without its CRLF. */
static void
fake_data_line(struct fake *f, struct span line)
{
	if (span_eq(line, SPAN("."))) {
		f->data = false;
		if (f->rcpts == 0) {
			fake_answer(f, "554 5.5.1 no valid recipients");
			fake_reset(f);
		} else {
			fake_message_keep(f, false);
		}
		return;
	}
	(void)span_take_byte(&line, '.');
	if (f->discard)
		return;
	fake_must(buf_put(&f->body, line));
	fake_must(buf_put_str(&f->body, "\r\n"));
}

/* One step on the input; false: nothing more can be done with it. */
static bool
fake_next(struct fake *f)
{
	struct span in = span_from(buf_span(&f->in), f->in_done), line;
	size_t eol;

	if (f->chunk) {
		size_t n = in.len < f->chunk_left ? in.len : (size_t)f->chunk_left;

		if (!f->discard)
			fake_must(buf_put(&f->body, span_upto(in, n)));
		f->in_done += n;
		f->chunk_left -= n;
		if (f->chunk_left > 0)
			return false;
		fake_chunk_end(f);
		return true;
	}
	eol = span_find(in, SPAN("\r\n"));
	if (eol == in.len)
		return false;
	line = span_upto(in, eol);
	if (f->data) {
		fake_data_line(f, line);
	} else {
		(void)snprintf(
		    f->line, sizeof(f->line), "%.*s", (int)line.len, (const char *)line.p);
		fake_command(f, f->line);
	}
	f->in_done += eol + 2;
	return true;
}

/* fake_input() - bytes from the client; what is to be said to it is in f->out afterwards. */
static void
fake_input(struct fake *f, struct span in)
{
	fake_must(buf_put(&f->in, in));
	while (!f->closed && !f->want_tls && fake_next(f))
		;
	buf_consume(&f->in, f->in_done);
	f->in_done = 0;
}

/* fake_tls_done() - the caller has done the handshake that want_tls asked for. */
static inline void
fake_tls_done(struct fake *f)
{
	f->want_tls = false;
	f->tls = true;
	buf_clear(&f->in);
}

#endif
