/*
 * connector/smtp_client_send.c - one transaction: envelope, message, results.
 *
 * The message is written into a buffer of one chunk. If all of it fits, nothing was said to the
 * server yet, and envelope and message leave in one flight; if not, the envelope is settled before
 * the first chunk leaves, so that a large mail is not sent to a server that does not want it.
 *
 * Commands wait for their answers in a queue (struct await); one function, settle(), gives each
 * answer to the recipients it is about. A recipient's result is written once: by his own RCPT, else
 * by MAIL, DATA, a chunk or the end of the data, else by the loss of the connection.
 */
#include "connector/smtp_client.h"
#include "connector/smtp_client_int.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct await {
	enum smtp_step step;
	size_t rcpt;
};

struct tx {
	struct smtp_client *c;
	const struct smtp_envelope *e;
	struct smtp_result *results;
	struct buf chunk;
	struct smtp_stuffer stuffer;
	struct await await[SMTP_PIPELINE_MAX + 4];
	size_t await_count;
	size_t accepted; /* recipients */
	unsigned answers;
	bool bdat;
	bool begun;     /* the envelope was said */
	bool refused;   /* MAIL, DATA or a chunk was: nothing more to send */
	bool data_open; /* 354 was said: the server waits for the final dot */
	bool unfit;     /* the message is not what DATA can carry */
	bool end_sent;
	bool stopped;  /* put() ended the body because nobody wants it */
	enum err wire; /* first failure of the connection */
};

static bool
decided(const struct smtp_result *r)
{
	return r->status[0] != '\0';
}

/* Writes why as the result of all that have none yet. */
static void
decide_rest(struct tx *t, const struct smtp_result *why)
{
	for (size_t i = 0; i < t->e->rcpt_count; i++)
		if (!decided(&t->results[i]))
			t->results[i] = *why;
}

static void
decide_rest_local(struct tx *t, enum smtp_outcome outcome, enum smtp_step step, const char *status,
    const char *text)
{
	struct smtp_result why;

	smtp_result_local(&why, outcome, step, status, text);
	why.uncertain = t->end_sent && outcome == SMTP_OUTCOME_RETRY;
	decide_rest(t, &why);
}

static enum err
wire_lost(struct tx *t, enum smtp_step step, enum err err)
{
	/* ERR_NOT_FOUND is "closed in good order" here, and "try a new connection" to our caller */
	t->wire = err == ERR_NOT_FOUND ? ERR_TEMP : err;
	decide_rest_local(t, SMTP_OUTCOME_RETRY, step, "4.4.2", err_note());
	return t->wire;
}

static void
settle(struct tx *t, const struct await *a, const struct smtp_reply *reply)
{
	struct smtp_result r;

	smtp_result_remote(&r, reply, a->step);
	if (a->step == SMTP_STEP_RCPT) {
		if (r.outcome == SMTP_OUTCOME_OK)
			t->accepted++;
		else if (!decided(&t->results[a->rcpt]))
			t->results[a->rcpt] = r;
		return;
	}
	if (a->step == SMTP_STEP_END) {
		decide_rest(t, &r);
		return;
	}
	if (r.outcome == SMTP_OUTCOME_OK) {
		t->data_open = a->step == SMTP_STEP_DATA && !t->bdat;
		return;
	}
	t->refused = true;
	decide_rest(t, &r);
}

/* Reads answers until at most keep are outstanding. */
static enum err
drain(struct tx *t, size_t keep)
{
	size_t done = 0;
	enum err err = ERR_OK;

	if (t->await_count <= keep)
		return ERR_OK;
	err = t->c->t.flush(t->c->t.ctx);
	if (err != ERR_OK)
		return wire_lost(t, t->await[0].step, err);
	for (; t->await_count - done > keep; done++) {
		struct smtp_reply reply;

		err = smtp_client_read(t->c, &reply, NULL);
		if (err != ERR_OK)
			return wire_lost(t, t->await[done].step, err);
		if (t->await[done].step == SMTP_STEP_RSET && reply.code / 100 != 2)
			return t->wire = err_set(ERR_TEMP, "RSET answered %u", reply.code);
		t->answers++;
		settle(t, &t->await[done], &reply);
		if (reply.code == 421) { /* RFC 5321 section 3.8: it closes, whatever we asked */
			struct smtp_result why;

			smtp_result_remote(&why, &reply, t->await[done].step);
			decide_rest(t, &why);
			return t->wire =
				   err_set(ERR_TEMP, "the server closes the connection (421)");
		}
	}
	t->await_count -= done;
	memmove(t->await, t->await + done, t->await_count * sizeof(t->await[0]));
	return ERR_OK;
}

/* Sends what is in c->command, and notes that step's answer is to come. */
static enum err
command_sent(struct tx *t, enum smtp_step step, size_t rcpt)
{
	enum err err = t->c->t.write(t->c->t.ctx, buf_span(&t->c->command));

	if (err != ERR_OK)
		return wire_lost(t, step, err);
	assert(t->await_count < sizeof(t->await) / sizeof(t->await[0]));
	t->await[t->await_count++] = (struct await){ step, rcpt };
	if (!t->c->offer.pipelining)
		return drain(t, 0);
	return t->await_count >= SMTP_PIPELINE_MAX ? drain(t, 0) : ERR_OK;
}

static enum err
put_param(struct buf *out, const char *name, struct span value)
{
	TRY(buf_put_str(out, name));
	return buf_put(out, value);
}

/* MAIL FROM:<reverse-path> and the parameters that the server knows. */
static enum err
build_mail(struct tx *t, uint64_t size)
{
	const struct smtp_offer *offer = &t->c->offer;
	const struct smtp_envelope *e = t->e;
	struct buf *out = &t->c->command;

	buf_clear(out);
	TRY(put_param(out, "MAIL FROM:<", e->sender));
	TRY(buf_put_byte(out, '>'));
	if (offer->size && size > 0)
		TRY(buf_printf(out, " SIZE=%llu", (unsigned long long)size));
	if (e->body_8bit)
		TRY(buf_put_str(out, " BODY=8BITMIME"));
	if (e->smtputf8)
		TRY(buf_put_str(out, " SMTPUTF8"));
	/* RFC 3461 section 5.2.3: none of its parameters for a server that does not offer it */
	if (offer->dsn && e->ret != SMTP_RET_NONE)
		TRY(buf_put_str(out, e->ret == SMTP_RET_FULL ? " RET=FULL" : " RET=HDRS"));
	if (offer->dsn && e->envid.len > 0)
		TRY(put_param(out, " ENVID=", e->envid));
	return buf_put_str(out, "\r\n");
}

static enum err
put_notify(struct buf *out, unsigned notify)
{
	static const struct {
		unsigned bit;
		const char *word;
	} rows[] = {
		{ SMTP_NOTIFY_SUCCESS, "SUCCESS" },
		{ SMTP_NOTIFY_FAILURE, "FAILURE" },
		{ SMTP_NOTIFY_DELAY, "DELAY" },
	};
	const char *separator = " NOTIFY=";

	if (notify & SMTP_NOTIFY_NEVER)
		return buf_put_str(out, " NOTIFY=NEVER");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(notify & rows[i].bit))
			continue;
		TRY(buf_printf(out, "%s%s", separator, rows[i].word));
		separator = ",";
	}
	return ERR_OK;
}

static enum err
build_rcpt(struct tx *t, const struct smtp_envelope_rcpt *r)
{
	struct buf *out = &t->c->command;

	buf_clear(out);
	TRY(put_param(out, "RCPT TO:<", r->address));
	TRY(buf_put_byte(out, '>'));
	if (t->c->offer.dsn) {
		TRY(put_notify(out, r->notify));
		if (r->orcpt.len > 0)
			TRY(put_param(out, " ORCPT=", r->orcpt));
	}
	return buf_put_str(out, "\r\n");
}

static enum err
say(struct tx *t, const char *command, enum smtp_step step)
{
	buf_clear(&t->c->command);
	TRY(buf_put_str(&t->c->command, command));
	return command_sent(t, step, 0);
}

/* The envelope; with sync its answers are in when this returns. size is the message's, if known. */
static enum err
begin(struct tx *t, uint64_t size, bool sync)
{
	bool rset = t->c->used;

	t->begun = true;
	t->c->used = true;
	if (rset)
		TRY(say(t, "RSET\r\n", SMTP_STEP_RSET));
	TRY(build_mail(t, size));
	TRY(command_sent(t, SMTP_STEP_MAIL, 0));
	for (size_t i = 0; i < t->e->rcpt_count && !t->refused; i++) {
		TRY(build_rcpt(t, &t->e->rcpts[i]));
		TRY(command_sent(t, SMTP_STEP_RCPT, i));
	}
	if (t->bdat)
		return sync ? drain(t, 0) : ERR_OK;
	/* without PIPELINING it is known by now whether anybody wants the data */
	if (!t->c->offer.pipelining && (t->refused || t->accepted == 0))
		return ERR_OK;
	TRY(say(t, "DATA\r\n", SMTP_STEP_DATA));
	return drain(t, 0);
}

static bool
wanted(const struct tx *t)
{
	return !t->refused && t->accepted > 0;
}

/* Sends the buffered bytes: as a chunk, or as they are within DATA. */
static enum err
send_chunk(struct tx *t, bool last)
{
	struct smtp_client *c = t->c;
	enum smtp_step step = last ? SMTP_STEP_END : SMTP_STEP_DATA;
	enum err err = ERR_OK;

	t->end_sent = t->end_sent || last;
	if (t->bdat) {
		buf_clear(&c->command);
		TRY(buf_printf(&c->command, "BDAT %zu%s\r\n", t->chunk.len, last ? " LAST" : ""));
		err = c->t.write(c->t.ctx, buf_span(&c->command));
	}
	if (err == ERR_OK)
		err = c->t.write(c->t.ctx, buf_span(&t->chunk));
	if (err != ERR_OK)
		return wire_lost(t, step, err);
	buf_clear(&t->chunk);
	if (!t->bdat && !last)
		return ERR_OK;
	t->await[t->await_count++] = (struct await){ step, 0 };
	/*
	 * RFC 3030 section 4.2: chunks may be pipelined; one answer behind is enough to keep the
	 * line busy
	 */
	return drain(t, last || !c->offer.pipelining ? 0 : 1);
}

/* The buffer is full and more is to come. */
static enum err
spill(struct tx *t)
{
	if (!t->begun)
		TRY(begin(t, t->e->size, true));
	if (wanted(t))
		TRY(send_chunk(t, false));
	if (wanted(t))
		return ERR_OK;
	t->stopped = true;
	return err_set(ERR_DENIED, "no recipient was accepted");
}

/* The sink behind the body, or behind its dot-stuffing. */
static enum err
put(void *ctx, struct span in)
{
	struct tx *t = ctx;

	while (in.len > 0) {
		struct span part;

		if (t->chunk.len == SMTP_CHUNK_BYTES)
			TRY(spill(t));
		part = span_upto(in, SMTP_CHUNK_BYTES - t->chunk.len);
		TRY(buf_put(&t->chunk, part));
		in = span_from(in, part.len);
	}
	return ERR_OK;
}

static enum err
put_stuffed(void *ctx, struct span in)
{
	struct tx *t = ctx;
	enum err err = smtp_stuffer_put(&t->stuffer, in);

	t->unfit = err == ERR_DENIED && t->wire == ERR_OK && !t->stopped;
	return err;
}

/* The body is whole. */
static enum err
finish(struct tx *t, uint64_t size)
{
	if (!t->begun)
		TRY(begin(t, size, false));
	if (t->bdat) {
		if (t->await_count == 0 && !wanted(t))
			return ERR_OK;
		return send_chunk(t, true);
	}
	return wanted(t) ? send_chunk(t, true) : ERR_OK;
}

static enum err
write_body(struct tx *t, struct smtp_body body)
{
	struct sink sink = { t->bdat ? put : put_stuffed, t };
	uint64_t size;

	TRY(body.write(body.ctx, sink));
	size = t->begun ? t->e->size : t->chunk.len;
	if (!t->bdat)
		TRY(smtp_stuffer_end(&t->stuffer));
	return finish(t, size);
}

/* A byte that would end the command line or hide in it (S10). */
static bool
command_safe(struct span s, bool blanks)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f || (s.p[i] == ' ' && !blanks))
			return false;
	return true;
}

static bool
envelope_safe(const struct smtp_envelope *e)
{
	if (!command_safe(e->sender, true) || !command_safe(e->envid, false))
		return false;
	for (size_t i = 0; i < e->rcpt_count; i++)
		if (!command_safe(e->rcpts[i].address, true) ||
		    !command_safe(e->rcpts[i].orcpt, false))
			return false;
	return true;
}

/*
 * can_carry() - does the server offer what this mail needs? If not, all results say so for good:
 * sending it differently would change bytes that must stay, and waiting for a server to learn an
 * extension helps no sender.
 */
static bool
can_carry(struct tx *t)
{
	const struct smtp_offer *offer = &t->c->offer;
	const struct smtp_envelope *e = t->e;
	const struct {
		bool missing;
		const char *status, *text;
	} rows[] = {
		{ !envelope_safe(e), "5.1.7", "the envelope has a control character" },
		{ e->smtputf8 && !offer->smtputf8, "5.6.7",
		    "the mail needs SMTPUTF8, which the next server does not offer" },
		{ e->body_8bit && !offer->eightbit, "5.6.3",
		    "the mail has 8-bit text, and the next server does not offer 8BITMIME" },
		{ e->needs_bdat && !offer->chunking, "5.6.1",
		    "the mail has lines that only CHUNKING can carry, which the next server does not offer" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].missing)
			continue;
		decide_rest_local(
		    t, SMTP_OUTCOME_FAILED, SMTP_STEP_MAIL, rows[i].status, rows[i].text);
		return false;
	}
	return true;
}

/* The last answers, after a message that was sent or that nobody wanted. */
static enum err
settle_rest(struct tx *t)
{
	/*
	 * RFC 2920 section 3.1: 354 although no recipient was accepted is answered with a lone
	 * dot
	 */
	if (t->data_open && !t->end_sent) {
		buf_clear(&t->chunk);
		TRY(buf_put_str(&t->chunk, ".\r\n"));
		TRY(send_chunk(t, true));
	}
	TRY(drain(t, 0));
	decide_rest_local(
	    t, SMTP_OUTCOME_RETRY, SMTP_STEP_END, "4.5.0", "the server gave no result");
	return ERR_OK;
}

/* What the end of write_body() means for recipients and connection. */
static enum err
conclude(struct tx *t, bool was_used, enum err err)
{
	if (t->wire != ERR_OK) {
		decide_rest_local(t, SMTP_OUTCOME_RETRY, SMTP_STEP_RSET, "4.4.2", err_note());
		return was_used && t->answers == 0 ? ERR_NOT_FOUND : t->wire;
	}
	if (err == ERR_OK || t->stopped)
		return settle_rest(t);
	/*
	 * Our own end could not give the message. Half of it is never completed with an end of
	 * data.
	 */
	if (t->unfit)
		decide_rest_local(t, SMTP_OUTCOME_FAILED, SMTP_STEP_DATA, "5.6.1", err_note());
	else
		decide_rest_local(t, SMTP_OUTCOME_RETRY, SMTP_STEP_DATA, "4.3.0", err_note());
	return t->begun ? err : ERR_OK;
}

enum err
smtp_client_send(struct smtp_client *c, const struct smtp_envelope *e, struct smtp_body body,
    struct smtp_result *results)
{
	struct tx t = { .c = c, .e = e, .results = results, .bdat = c->offer.chunking };
	bool was_used = c->used;
	enum err err;

	assert(e->rcpt_count > 0);
	memset(results, 0, e->rcpt_count * sizeof(*results));
	if (!can_carry(&t))
		return ERR_OK;

	buf_init(&t.chunk, SMTP_CHUNK_BYTES);
	smtp_stuffer_init(&t.stuffer, (struct sink){ put, &t });
	err = conclude(&t, was_used, write_body(&t, body));
	buf_done(&t.chunk);
	return err;
}
