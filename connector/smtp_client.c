/*
 * connector/smtp_client.c - from the greeting to a verified TLS connection, and its end.
 *
 * The order of steps is the function open_steps(). What comes between is in smtp_client_send.c.
 */
#include "connector/smtp_client.h"
#include "connector/smtp_client_int.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err
smtp_client_new(struct smtp_transport t, const char *hostname, struct smtp_client **ret)
{
	struct smtp_client *c;

	assert(t.read_line != NULL && t.write != NULL && t.flush != NULL && t.start_tls != NULL);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_set(ERR_TEMP, "no memory for an SMTP connection");
	c->t = t;
	c->hostname = hostname;
	buf_init(&c->command, SMTP_CLIENT_COMMAND_MAX);
	*ret = c;
	return ERR_OK;
}

void
smtp_client_free(struct smtp_client **c)
{
	if (*c == NULL)
		return;
	buf_done(&(*c)->command);
	free(*c);
	*c = NULL;
}

const struct smtp_offer *
smtp_client_offer(const struct smtp_client *c)
{
	return &c->offer;
}

enum err
smtp_client_read(struct smtp_client *c, struct smtp_reply *ret,
    void (*line)(struct smtp_client *c, struct span text))
{
	struct smtp_reply_parser p;
	struct span in, text;
	bool done = false;

	smtp_reply_begin(&p);
	while (!done) {
		TRY(c->t.read_line(c->t.ctx, &in));
		TRY(smtp_reply_push(&p, in, &text, &done));
		if (line != NULL && p.lines > 1)
			line(c, text);
	}
	*ret = p.reply;
	return ERR_OK;
}

void
smtp_result_remote(struct smtp_result *r, const struct smtp_reply *reply, enum smtp_step step)
{
	*r = (struct smtp_result){
		.outcome = smtp_reply_outcome(reply, step),
		.step = step,
		.remote = true,
		.throttled = smtp_reply_throttles(reply),
		.code = reply->code,
	};
	smtp_reply_status(reply, r->status);
	memcpy(r->text, reply->text, sizeof(r->text));
}

void
smtp_result_local(struct smtp_result *r, enum smtp_outcome outcome, enum smtp_step step,
    const char *status, const char *text)
{
	*r = (struct smtp_result){ .outcome = outcome, .step = step };
	(void)snprintf(r->status, sizeof(r->status), "%s", status);
	(void)snprintf(r->text, sizeof(r->text), "%s", text);
}

/* RFC 3463: X.4.2 bad connection, X.7.5 cryptographic failure. */
static enum err
connection_lost(struct smtp_result *why, enum smtp_step step, enum err err)
{
	smtp_result_local(
	    why, SMTP_OUTCOME_RETRY, step, step == SMTP_STEP_TLS ? "4.7.5" : "4.4.2", err_note());
	return err == ERR_OK ? ERR_TEMP : err;
}

/* Reads an answer that has to be code. */
static enum err
expect(struct smtp_client *c, enum smtp_step step, unsigned code,
    void (*line)(struct smtp_client *c, struct span text), struct smtp_result *why)
{
	struct smtp_reply reply;
	enum err err = smtp_client_read(c, &reply, line);

	if (err != ERR_OK)
		return connection_lost(why, step, err);
	if (reply.code == code)
		return ERR_OK;
	smtp_result_remote(why, &reply, step);
	why->outcome = SMTP_OUTCOME_RETRY;
	return err_set(
	    ERR_DENIED, "%u instead of %u at step %s", reply.code, code, smtp_step_name(step));
}

static enum err
say(struct smtp_client *c, const char *command, const char *arg)
{
	buf_clear(&c->command);
	TRY(buf_printf(
	    &c->command, "%s%s%s\r\n", command, arg != NULL ? " " : "", arg != NULL ? arg : ""));
	TRY(c->t.write(c->t.ctx, buf_span(&c->command)));
	return c->t.flush(c->t.ctx);
}

static void
offer_size(struct smtp_client *c, struct span args)
{
	uint64_t max;

	c->offer.size = true;
	(void)span_skip_wsp(&args);
	if (span_take_u64(&args, UINT64_MAX, &max) && args.len == 0)
		c->offer.size_max = max; /* RFC 1870 section 4: 0 is "no fixed maximum" */
}

/* RFC 5321 section 4.1.1.1: ehlo-line = ehlo-keyword *( SP ehlo-param ), keywords without case */
static void
offer_line(struct smtp_client *c, struct span text)
{
	const struct {
		struct span name;
		bool *flag;
	} rows[] = {
		{ SPAN("PIPELINING"), &c->offer.pipelining },
		{ SPAN("CHUNKING"), &c->offer.chunking },
		{ SPAN("8BITMIME"), &c->offer.eightbit },
		{ SPAN("SMTPUTF8"), &c->offer.smtputf8 },
		{ SPAN("DSN"), &c->offer.dsn },
		{ SPAN("STARTTLS"), &c->starttls },
	};
	struct span keyword;

	if (!span_take_word(&text, &keyword))
		return;
	if (span_ieq(keyword, SPAN("SIZE")))
		offer_size(c, text);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_ieq(keyword, rows[i].name))
			*rows[i].flag = true;
}

static enum err
ehlo(struct smtp_client *c, struct smtp_result *why)
{
	enum err err;

	/* RFC 3207 section 4.2: what was learnt before TLS is forgotten */
	c->offer = (struct smtp_offer){ 0 };
	c->starttls = false;
	err = say(c, "EHLO", c->hostname);
	if (err != ERR_OK)
		return connection_lost(why, SMTP_STEP_EHLO, err);
	return expect(c, SMTP_STEP_EHLO, 250, offer_line, why);
}

static enum err
starttls(struct smtp_client *c, struct smtp_result *why)
{
	enum err err;

	if (!c->starttls) {
		smtp_result_local(why, SMTP_OUTCOME_RETRY, SMTP_STEP_STARTTLS, "4.7.0",
		    "the server does not offer STARTTLS, and mail never goes in the clear");
		return err_set(ERR_DENIED, "STARTTLS not offered");
	}
	err = say(c, "STARTTLS", NULL);
	if (err != ERR_OK)
		return connection_lost(why, SMTP_STEP_STARTTLS, err);
	TRY(expect(c, SMTP_STEP_STARTTLS, 220, NULL, why));
	err = c->t.start_tls(c->t.ctx);
	return err == ERR_OK ? ERR_OK : connection_lost(why, SMTP_STEP_TLS, err);
}

static enum err
open_steps(struct smtp_client *c, struct smtp_result *why)
{
	TRY(expect(c, SMTP_STEP_GREETING, 220, NULL, why));
	TRY(ehlo(c, why));
	TRY(starttls(c, why));
	return ehlo(c, why);
}

enum err
smtp_client_open(struct smtp_client *c, struct smtp_result *ret_why)
{
	struct smtp_result why = { 0 };
	enum err err = open_steps(c, &why);

	if (err != ERR_OK)
		*ret_why = why;
	return err;
}

void
smtp_client_quit(struct smtp_client *c)
{
	struct smtp_reply reply;

	/* RFC 5321 section 4.1.1.10: the answer is waited for; whatever it is, this is the end */
	if (say(c, "QUIT", NULL) == ERR_OK && smtp_client_read(c, &reply, NULL) == ERR_OK)
		return;
}
