/*
 * tests/fuzz/fuzz_smtp_replies.c - what a server may say to our client (threats S5, S6, S9, O1).
 *
 * The input is all that the server ever sends, one half before TLS, one behind it. Whatever it is: every
 * recipient gets a result, nothing of a mail is written before TLS, and an OK needs a final 2xx line.
 *
 * Reaches: smtp_client_open(), smtp_client_send(), smtp_reply_push(), smtp_reply_outcome().
 */
#include "connector/smtp_client.h"
#include "connector/smtp_wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct server {
	struct span clear, secret; /* still to be read */
	bool tls, mail_said;
};

static enum err
read_line(void *ctx, struct span *ret)
{
	struct server *s = ctx;
	struct span *in = s->tls ? &s->secret : &s->clear;
	size_t eol = span_find(*in, SPAN("\r\n"));

	if (eol == in->len)
		return err_set(ERR_NOT_FOUND, "closed");
	*ret = span_upto(*in, eol);
	*in = span_from(*in, eol + 2);
	if (ret->len > SMTP_REPLY_LINE_MAX)
		return err_set(ERR_LIMIT, "long line");
	return ERR_OK;
}

static enum err
write_out(void *ctx, struct span out)
{
	struct server *s = ctx;

	s->mail_said = s->mail_said || span_starts(out, SPAN("MAIL"));
	assert(s->tls || !s->mail_said);
	return ERR_OK;
}

static enum err
flush(void *ctx)
{
	(void)ctx;
	return ERR_OK;
}

static enum err
start_tls(void *ctx)
{
	struct server *s = ctx;

	if (s->clear.len > 0)
		return err_set(ERR_DENIED, "bytes behind the answer to STARTTLS");
	s->tls = true;
	return ERR_OK;
}

static enum err
body(void *ctx, struct sink out)
{
	const size_t *lines = ctx;

	for (size_t i = 0; i < *lines; i++)
		TRY(sink_put(
		    out, SPAN(".a line of sixty bytes that begins with a dot and ends well\r\n")));
	return ERR_OK;
}

static void
send_one(struct smtp_client *c, size_t lines)
{
	struct smtp_envelope_rcpt rcpts[3] = { { .address = SPAN("a@x") },
		{ .address = SPAN("b@x") }, { .address = SPAN("c@x") } };
	struct smtp_envelope e = { .sender = SPAN("s@x"), .rcpts = rcpts, .rcpt_count = 3 };
	struct smtp_result r[3];

	(void)!smtp_client_send(c, &e, (struct smtp_body){ body, &lines }, r);
	for (int i = 0; i < 3; i++) {
		assert(r[i].status[0] != '\0');
		assert(memchr(r[i].text, '\0', sizeof(r[i].text)) != NULL);
		assert(r[i].outcome != SMTP_OUTCOME_OK ||
		    (r[i].remote && r[i].code / 100 == 2 && r[i].step == SMTP_STEP_END));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	size_t cut = span_find_byte(all, 0); /* a NUL stands for the handshake */
	struct server s = { .clear = span_upto(all, cut), .secret = span_from(all, cut + 1) };
	struct smtp_transport t = { &s, read_line, write_out, flush, start_tls };
	struct smtp_client *c;
	struct smtp_result why;

	if (smtp_client_new(t, "out.example", &c) != ERR_OK)
		return 0;
	if (smtp_client_open(c, &why) == ERR_OK) {
		send_one(c, 3);
		send_one(c, 4500); /* more than one chunk */
	} else {
		assert(why.outcome == SMTP_OUTCOME_RETRY && why.status[0] != '\0');
	}
	smtp_client_free(&c);
	return 0;
}
