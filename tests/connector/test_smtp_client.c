/*
 * tests/connector/test_smtp_client.c - the client against tests/connector/smtp_fake.h, without
 * sockets.
 *
 * The transport gives the server only what was flushed, and fails a read that would wait for ever,
 * so a missing flush is found.
 */
#include "connector/smtp_client.h"
#include "connector/smtp_client_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "smtp_fake.h"
#include "support/alloc.h"

struct wire {
	struct fake fake;
	struct buf pending; /* written, not flushed */
	struct buf line;
	bool bad_peer; /* the handshake ends in "wrong name" */
	bool deaf;     /* the connection is gone */
};

static enum err
wire_flush(void *ctx)
{
	struct wire *w = ctx;

	if (w->deaf)
		return err_set(ERR_TEMP, "connection reset");
	fake_input(&w->fake, buf_span(&w->pending));
	buf_clear(&w->pending);
	return ERR_OK;
}

static enum err
wire_write(void *ctx, struct span in)
{
	struct wire *w = ctx;

	if (w->deaf)
		return err_set(ERR_TEMP, "connection reset");
	if (w->pending.len + in.len > 100000) /* as net/conn does when its buffer is full */
		TRY(wire_flush(w));
	return buf_put(&w->pending, in);
}

static enum err
wire_read_line(void *ctx, struct span *ret)
{
	struct wire *w = ctx;
	struct span out = buf_span(&w->fake.out);
	size_t eol = span_find(out, SPAN("\r\n"));

	if (eol == out.len)
		return err_set(w->fake.closed ? ERR_NOT_FOUND : ERR_TEMP, "%s",
		    w->fake.closed ? "connection closed" : "timed out");
	buf_clear(&w->line);
	TRY(buf_put(&w->line, span_upto(out, eol)));
	buf_consume(&w->fake.out, eol + 2);
	*ret = buf_span(&w->line);
	return ERR_OK;
}

static enum err
wire_start_tls(void *ctx)
{
	struct wire *w = ctx;

	assert_true(w->fake.want_tls);
	if (w->fake.out.len > 0)
		return err_set(ERR_DENIED, "bytes behind the answer to STARTTLS");
	if (w->bad_peer)
		return err_set(ERR_DENIED, "certificate of another name");
	fake_tls_done(&w->fake);
	return ERR_OK;
}

static struct wire *
wire_new(const char *offer, const struct fake_rule *rules, size_t rule_count)
{
	struct wire *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->fake.offer = offer;
	w->fake.rules = rules;
	w->fake.rule_count = rule_count;
	buf_init(&w->pending, 8u << 20);
	buf_init(&w->line, 1u << 20);
	fake_init(&w->fake);
	return w;
}

static void
wire_free(struct wire *w)
{
	fake_done(&w->fake);
	buf_done(&w->pending);
	buf_done(&w->line);
	free(w);
}

static struct smtp_client *
client_on(struct wire *w)
{
	struct smtp_transport t = { w, wire_read_line, wire_write, wire_flush, wire_start_tls };
	struct smtp_client *c;

	assert_int_equal(smtp_client_new(t, "out.example", &c), ERR_OK);
	return c;
}

static struct smtp_client *
opened(struct wire *w)
{
	struct smtp_client *c = client_on(w);
	struct smtp_result why;

	assert_int_equal(smtp_client_open(c, &why), ERR_OK);
	buf_clear(&w->fake.log);
	return c;
}

struct text_body {
	struct span text;
	enum err fail_after; /* said after the text was written */
	unsigned asked;
	size_t piece; /* bytes a call; 0: all at once */
};

static enum err
text_write(void *ctx, struct sink out)
{
	struct text_body *b = ctx;
	struct span rest = b->text;

	b->asked++;
	while (rest.len > 0) {
		struct span part = span_upto(rest, b->piece > 0 ? b->piece : rest.len);

		TRY(sink_put(out, part));
		rest = span_from(rest, part.len);
	}
	return b->fail_after != ERR_OK ? err_set(b->fail_after, "container frame 3") : ERR_OK;
}

static struct smtp_envelope_rcpt two_rcpts[2];

static struct smtp_envelope
envelope(size_t rcpt_count)
{
	two_rcpts[0].address = SPAN("anna@out.example");
	two_rcpts[1].address = SPAN("bert@out.example");
	return (struct smtp_envelope){
		.sender = SPAN("from@in.example"),
		.rcpts = two_rcpts,
		.rcpt_count = rcpt_count,
	};
}

static const char small[] = "Subject: x\r\n\r\n.hidden\r\n..\r\n.\r\nend\r\n";

/* --- opening --- */

static const struct {
	const char *name;
	struct fake_rule rule;
	const char *offer_clear;
	bool bad_peer;
	enum smtp_step step;
	const char *status;
	bool throttled;
} openings[] = {
	{ "refused at the door", { "GREETING", 1, FAKE_REPLY, "554 5.7.1 no", NULL }, NULL, false,
	    SMTP_STEP_GREETING, "5.7.1", false },
	{ "busy at the door", { "GREETING", 1, FAKE_REPLY, "421 4.3.2 too many", NULL }, NULL,
	    false, SMTP_STEP_GREETING, "4.3.2", true },
	{ "odd greeting", { "GREETING", 1, FAKE_REPLY, "250 hello", NULL }, NULL, false,
	    SMTP_STEP_GREETING, "2.0.0", false },
	{ "no SMTP at all", { "GREETING", 1, FAKE_REPLY_INJECT, "HTTP/1.1 400\r\n", NULL },
	    "STARTTLS", false, SMTP_STEP_EHLO, "4.4.2", false },
	{ "closed at once", { "GREETING", 1, FAKE_CLOSE, NULL, NULL }, NULL, false,
	    SMTP_STEP_GREETING, "4.4.2", false },
	{ "EHLO unknown", { "EHLO", 1, FAKE_REPLY, "500 5.5.1 what", NULL }, NULL, false,
	    SMTP_STEP_EHLO, "5.5.1", false },
	{ "closed at EHLO", { "EHLO", 1, FAKE_CLOSE, NULL, NULL }, NULL, false, SMTP_STEP_EHLO,
	    "4.4.2", false },
	{ "S6: STARTTLS not offered", { "-", 0, FAKE_REPLY, "", NULL }, "SIZE 1000\nCHUNKING",
	    false, SMTP_STEP_STARTTLS, "4.7.0", false },
	{ "S6: nothing offered", { "-", 0, FAKE_REPLY, "", NULL }, "", false, SMTP_STEP_STARTTLS,
	    "4.7.0", false },
	{ "S6: 454", { "STARTTLS", 1, FAKE_REPLY, "454 4.7.0 not available", NULL }, NULL, false,
	    SMTP_STEP_STARTTLS, "4.7.0", false },
	{ "S6: 5xx", { "STARTTLS", 1, FAKE_REPLY, "502 5.5.1 no", NULL }, NULL, false,
	    SMTP_STEP_STARTTLS, "5.5.1", false },
	{ "closed at STARTTLS", { "STARTTLS", 1, FAKE_CLOSE, NULL, NULL }, NULL, false,
	    SMTP_STEP_STARTTLS, "4.4.2", false },
	{ "S5: lines behind the 220",
	    { "STARTTLS", 1, FAKE_REPLY_INJECT, "250 ok\r\n250 ok\r\n", NULL }, NULL, false,
	    SMTP_STEP_TLS, "4.7.5", false },
	{ "S6: wrong certificate", { "-", 0, FAKE_REPLY, "", NULL }, NULL, true, SMTP_STEP_TLS,
	    "4.7.5", false },
	{ "second EHLO refused", { "EHLO", 2, FAKE_REPLY, "421 4.4.5 bye", NULL }, NULL, false,
	    SMTP_STEP_EHLO, "4.4.5", true },
	{ "closed after TLS", { "EHLO", 2, FAKE_CLOSE, NULL, NULL }, NULL, false, SMTP_STEP_EHLO,
	    "4.4.2", false },
};

static void
test_openings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		struct wire *w = wire_new("PIPELINING", &openings[i].rule, 1);
		struct smtp_client *c;
		struct smtp_result why = { 0 };

		w->fake.offer_clear = openings[i].offer_clear;
		w->bad_peer = openings[i].bad_peer;
		c = client_on(w);
		if (smtp_client_open(c, &why) == ERR_OK)
			fail_msg("%s: opened", openings[i].name);
		if (why.outcome != SMTP_OUTCOME_RETRY || why.step != openings[i].step ||
		    strcmp(why.status, openings[i].status) != 0 ||
		    why.throttled != openings[i].throttled)
			fail_msg("%s: %s at %s, %s \"%s\"", openings[i].name,
			    smtp_outcome_name(why.outcome), smtp_step_name(why.step), why.status,
			    why.text);
		if (why.text[0] == '\0')
			fail_msg("%s: no reason", openings[i].name);
		/* promise 2: not a byte of any mail */
		if (strstr(buf_cstr(&w->fake.log), "MAIL") != NULL)
			fail_msg("%s: MAIL was said", openings[i].name);
		smtp_client_free(&c);
		wire_free(w);
	}
}

static void
test_offer_is_learnt_under_tls(void **state)
{
	struct wire *w =
	    wire_new("size 1000\nChunking\nPIPELINING\nDSN\nSMTPUTF8\n8bitmime", NULL, 0);
	struct smtp_client *c;

	(void)state;
	w->fake.offer_clear = "STARTTLS\nX-OTHER\nSIZE 5";
	c = opened(w);
	assert_true(smtp_client_offer(c)->size);
	assert_int_equal(smtp_client_offer(c)->size_max, 1000);
	assert_true(smtp_client_offer(c)->chunking && smtp_client_offer(c)->pipelining);
	assert_true(smtp_client_offer(c)->dsn && smtp_client_offer(c)->smtputf8);
	assert_true(smtp_client_offer(c)->eightbit);
	smtp_client_quit(c);
	assert_string_equal(buf_cstr(&w->fake.log), "QUIT\n");
	smtp_client_free(&c);
	wire_free(w);

	w = wire_new("CHUNKINGS\nXPIPELINING\nSIZE x", NULL, 0);
	w->fake.offer_clear = "STARTTLS\nCHUNKING\nPIPELINING\nDSN\nSMTPUTF8\n8BITMIME";
	c = opened(w);
	assert_false(smtp_client_offer(c)->chunking || smtp_client_offer(c)->pipelining);
	assert_false(smtp_client_offer(c)->dsn || smtp_client_offer(c)->smtputf8);
	assert_int_equal(smtp_client_offer(c)->size_max, 0);
	smtp_client_free(&c);
	wire_free(w);
}

/* --- sending --- */

static const char *const offers[] = { "", "PIPELINING", "CHUNKING", "PIPELINING\nCHUNKING" };

static void
test_small_by_all_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct wire *w = wire_new(offers[i], NULL, 0);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(2);
		struct text_body b = { .text = span_str(small), .piece = i };
		struct smtp_result r[2];

		assert_int_equal(
		    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(r[k].outcome, SMTP_OUTCOME_OK);
			assert_int_equal(r[k].step, SMTP_STEP_END);
			assert_string_equal(r[k].status, "2.6.0");
		}
		assert_int_equal(w->fake.message_count, 1);
		assert_int_equal(w->fake.messages[0].by_bdat, i >= 2);
		assert_int_equal(w->fake.messages[0].rcpts, 2);
		assert_string_equal(buf_cstr(&w->fake.messages[0].bytes), small);
		assert_int_equal(b.asked, 1);
		smtp_client_free(&c);
		wire_free(w);
	}
}

/* A large mail crosses chunk borders; dots, and lines of the largest length, lie on them. */
static void
test_large_by_all_ways(void **state)
{
	struct buf large;

	(void)state;
	buf_init(&large, 4u << 20);
	fake_must(buf_put_str(&large, "Subject: large\r\n\r\n"));
	for (unsigned n = 0; large.len < 3 * SMTP_CHUNK_BYTES + 1000; n++) {
		for (unsigned k = 0; k < n % 998; k++)
			fake_must(buf_put_byte(&large, '.'));
		fake_must(buf_put_str(&large, "\r\n"));
	}
	for (size_t i = 0; i < 4; i++) {
		struct wire *w = wire_new(offers[i], NULL, 0);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(1);
		struct text_body b = { .text = buf_span(&large), .piece = 4093 * i };
		struct smtp_result r[1];

		assert_int_equal(
		    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
		assert_int_equal(r[0].outcome, SMTP_OUTCOME_OK);
		assert_int_equal(w->fake.message_count, 1);
		assert_true(span_eq(buf_span(&w->fake.messages[0].bytes), buf_span(&large)));
		smtp_client_free(&c);
		wire_free(w);
	}
	buf_done(&large);
}

/* BDAT carries anything; a mail that ends without a line end too. */
static void
test_bdat_is_byte_exact(void **state)
{
	static const uint8_t odd[] = "Subject: x\r\n\r\na\nb\rc\0d\r\n.\r\nMAIL FROM:<evil@x>\r\n.";
	struct wire *w = wire_new("PIPELINING\nCHUNKING\n8BITMIME", NULL, 0);
	struct smtp_client *c = opened(w);
	struct smtp_envelope e = envelope(1);
	struct text_body b = { .text = span_of(odd, sizeof(odd) - 1) };
	struct smtp_result r[1];

	(void)state;
	e.needs_bdat = e.body_8bit = true;
	assert_int_equal(smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
	assert_int_equal(r[0].outcome, SMTP_OUTCOME_OK);
	assert_true(span_eq(buf_span(&w->fake.messages[0].bytes), b.text));
	smtp_client_free(&c);
	wire_free(w);
}

/* S2: what DATA cannot hold is never sent by DATA, whatever the facts said. */
static void
test_data_refuses_odd_bytes(void **state)
{
	static const char *const odd[] = { "a\nb\r\n", "a\rb\r\n", "a\n.\r\nMAIL FROM:<evil@x>\r\n",
		"a\r\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct wire *w = wire_new("PIPELINING", NULL, 0);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(1);
		struct text_body b = { .text = span_str(odd[i]) };
		struct smtp_result r[1];

		assert_int_equal(
		    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
		assert_int_equal(r[0].outcome, SMTP_OUTCOME_FAILED);
		assert_string_equal(r[0].status, "5.6.1");
		assert_int_equal(w->fake.message_count, 0);
		assert_string_equal(buf_cstr(&w->fake.log), "");
		smtp_client_free(&c);
		wire_free(w);
	}
}

static const struct {
	const char *name, *offer;
	bool smtputf8, body_8bit, needs_bdat;
	uint64_t size;
	const char *sender, *envid, *status;
} needs[] = {
	{ "SMTPUTF8 missing", "8BITMIME\nCHUNKING\nPIPELINING", true, false, false, 0, "a@b", "",
	    "5.6.7" },
	{ "8BITMIME missing", "SMTPUTF8\nCHUNKING\nPIPELINING", false, true, false, 0, "a@b", "",
	    "5.6.3" },
	{ "CHUNKING missing", "8BITMIME\nSMTPUTF8\nPIPELINING", false, false, true, 0, "a@b", "",
	    "5.6.1" },
	{ "S10: CR LF in the sender", "PIPELINING", false, false, false, 0, "a\r\nRCPT TO:<x@y>@b",
	    "", "5.1.7" },
	{ "S10: blank in ENVID", "DSN", false, false, false, 0, "a@b", "x SMTPUTF8", "5.1.7" },
	{ "size is the server's to judge", "SIZE 1000", false, false, false, 1001, "a@b", "",
	    NULL },
	{ "no limit", "SIZE 0", false, false, false, 1001, "a@b", "", NULL },
	{ "all there", "SMTPUTF8\n8BITMIME\nCHUNKING", true, true, true, 0, "a@b", "", NULL },
	{ "nothing needed", "", false, false, false, 0, "a@b", "", NULL },
};

static void
test_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		struct wire *w = wire_new(needs[i].offer, NULL, 0);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(2);
		struct text_body b = { .text = span_str(small) };
		struct smtp_result r[2];
		bool no = needs[i].status != NULL;

		e.sender = span_str(needs[i].sender);
		e.envid = span_str(needs[i].envid);
		e.smtputf8 = needs[i].smtputf8;
		e.body_8bit = needs[i].body_8bit;
		e.needs_bdat = needs[i].needs_bdat;
		e.size = needs[i].size;
		assert_int_equal(
		    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
		for (int k = 0; k < 2; k++)
			if (r[k].outcome != (no ? SMTP_OUTCOME_FAILED : SMTP_OUTCOME_OK) ||
			    (no && strcmp(r[k].status, needs[i].status) != 0))
				fail_msg("%s: %s", needs[i].name, r[k].status);
		/* refused by us: nothing was said, and the connection is as good as before */
		if (no && (w->fake.log.len > 0 || b.asked > 0))
			fail_msg("%s: \"%s\"", needs[i].name, buf_cstr(&w->fake.log));
		smtp_client_free(&c);
		wire_free(w);
	}
}

static void
test_parameters(void **state)
{
	const struct smtp_envelope_rcpt rcpts[] = {
		{ SPAN("anna@out.example"), SMTP_NOTIFY_NEVER, SPAN("rfc822;anna@old.example") },
		{ SPAN("bert@out.example"),
		    SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_DELAY, SPAN_NONE },
		{ SPAN("carl@out.example"), 0, SPAN_NONE },
	};
	static const struct {
		const char *offer, *want;
	} rows[] = {
		{ "DSN\nSIZE 100000\n8BITMIME\nSMTPUTF8\nCHUNKING\nPIPELINING",
		    "MAIL FROM:<from@in.example> SIZE=4 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B314159\n"
		    "RCPT TO:<anna@out.example> NOTIFY=NEVER ORCPT=rfc822;anna@old.example\n"
		    "RCPT TO:<bert@out.example> NOTIFY=SUCCESS,FAILURE,DELAY\n"
		    "RCPT TO:<carl@out.example>\n"
		    "BDAT 4 LAST\n" },
		{ "8BITMIME\nSMTPUTF8",
		    "MAIL FROM:<from@in.example> BODY=8BITMIME SMTPUTF8\n"
		    "RCPT TO:<anna@out.example>\n"
		    "RCPT TO:<bert@out.example>\n"
		    "RCPT TO:<carl@out.example>\n"
		    "DATA\n" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct wire *w = wire_new(rows[i].offer, NULL, 0);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = { .sender = SPAN("from@in.example"),
			.smtputf8 = true,
			.body_8bit = true,
			.ret = SMTP_RET_HDRS,
			.envid = SPAN("QQ+2B314159"),
			.rcpts = rcpts,
			.rcpt_count = 3 };
		struct text_body b = { .text = SPAN("\r\n\r\n") };
		struct smtp_result r[3];

		assert_int_equal(
		    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
		assert_string_equal(buf_cstr(&w->fake.log), rows[i].want);
		smtp_client_free(&c);
		wire_free(w);
	}
}

static void
test_null_sender(void **state)
{
	struct wire *w = wire_new("DSN\nPIPELINING", NULL, 0);
	struct smtp_client *c = opened(w);
	struct smtp_envelope e = envelope(1);
	struct text_body b = { .text = span_str(small) };
	struct smtp_result r[1];

	(void)state;
	e.sender = SPAN_NONE;
	assert_int_equal(smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
	assert_true(span_starts(buf_span(&w->fake.log), SPAN("MAIL FROM:<>\n")));
	smtp_client_free(&c);
	wire_free(w);
}

/* Each answer at each command, by each of the four ways: what each recipient gets. */
static const struct {
	const char *name;
	struct fake_rule rule;
	bool large;
	enum smtp_outcome want[2];
	enum smtp_step step[2]; /* of those that are not OK; SMTP_STEP_DATA also stands for END */
	bool lost;              /* the connection is of no more use */
	bool uncertain;
	int messages;
} answers[] = {
#define OK     SMTP_OUTCOME_OK
#define RETRY  SMTP_OUTCOME_RETRY
#define FAILED SMTP_OUTCOME_FAILED
	{ "MAIL 4xx", { "MAIL", 1, FAKE_REPLY, "451 4.7.500 busy", NULL }, false, { RETRY, RETRY },
	    { SMTP_STEP_MAIL, SMTP_STEP_MAIL }, false, false, 0 },
	{ "MAIL 5xx", { "MAIL", 1, FAKE_REPLY, "550 5.7.1 no", NULL }, false, { FAILED, FAILED },
	    { SMTP_STEP_MAIL, SMTP_STEP_MAIL }, false, false, 0 },
	{ "MAIL 5xx, large", { "MAIL", 1, FAKE_REPLY, "550 5.7.1 no", NULL }, true,
	    { FAILED, FAILED }, { SMTP_STEP_MAIL, SMTP_STEP_MAIL }, false, false, 0 },
	{ "MAIL 421", { "MAIL", 1, FAKE_REPLY_CLOSE, "421 4.3.2 bye", NULL }, false,
	    { RETRY, RETRY }, { SMTP_STEP_MAIL, SMTP_STEP_MAIL }, true, false, 0 },
	{ "MAIL lost", { "MAIL", 1, FAKE_CLOSE, NULL, NULL }, true, { RETRY, RETRY },
	    { SMTP_STEP_MAIL, SMTP_STEP_MAIL }, true, false, 0 },
	{ "first RCPT 5xx", { "RCPT", 1, FAKE_REPLY, "550 5.1.1 who", NULL }, false, { FAILED, OK },
	    { SMTP_STEP_RCPT, 0 }, false, false, 1 },
	{ "second RCPT 4xx", { "RCPT", 2, FAKE_REPLY, "450 4.2.1 later", NULL }, false,
	    { OK, RETRY }, { 0, SMTP_STEP_RCPT }, false, false, 1 },
	{ "second RCPT 4xx, large", { "RCPT", 2, FAKE_REPLY, "450 4.2.1 later", NULL }, true,
	    { OK, RETRY }, { 0, SMTP_STEP_RCPT }, false, false, 1 },
	{ "all RCPT 5xx", { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", NULL }, false,
	    { FAILED, FAILED }, { SMTP_STEP_RCPT, SMTP_STEP_RCPT }, false, false, 0 },
	{ "all RCPT 5xx, large", { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", NULL }, true,
	    { FAILED, FAILED }, { SMTP_STEP_RCPT, SMTP_STEP_RCPT }, false, false, 0 },
	{ "all RCPT 4xx", { "RCPT", 0, FAKE_REPLY, "450 4.1.1 who", NULL }, false, { RETRY, RETRY },
	    { SMTP_STEP_RCPT, SMTP_STEP_RCPT }, false, false, 0 },
	{ "second RCPT 421", { "RCPT", 2, FAKE_REPLY_CLOSE, "421 4.4.5 bye", NULL }, true,
	    { RETRY, RETRY }, { SMTP_STEP_RCPT, SMTP_STEP_RCPT }, true, false, 0 },
	{ "second RCPT lost", { "RCPT", 2, FAKE_CLOSE, NULL, NULL }, true, { RETRY, RETRY },
	    { SMTP_STEP_RCPT, SMTP_STEP_RCPT }, true, false, 0 },
	{ "end 4xx", { "END", 1, FAKE_REPLY, "452 4.3.1 full", NULL }, false, { RETRY, RETRY },
	    { SMTP_STEP_END, SMTP_STEP_END }, false, false, 0 },
	{ "end 5xx", { "END", 1, FAKE_REPLY, "554 5.6.0 no", NULL }, false, { FAILED, FAILED },
	    { SMTP_STEP_END, SMTP_STEP_END }, false, false, 0 },
	{ "end 5xx, large", { "END", 1, FAKE_REPLY, "554 5.6.0 no", NULL }, true,
	    { FAILED, FAILED }, { SMTP_STEP_END, SMTP_STEP_END }, false, false, 0 },
	{ "end 421", { "END", 1, FAKE_REPLY_CLOSE, "421 4.3.0 bye", NULL }, false, { RETRY, RETRY },
	    { SMTP_STEP_END, SMTP_STEP_END }, true, false, 0 },
	{ "end lost", { "END", 1, FAKE_CLOSE, NULL, NULL }, false, { RETRY, RETRY },
	    { SMTP_STEP_END, SMTP_STEP_END }, true, true, 0 },
	{ "end lost, large", { "END", 1, FAKE_CLOSE, NULL, NULL }, true, { RETRY, RETRY },
	    { SMTP_STEP_END, SMTP_STEP_END }, true, true, 0 },
	{ "end answered oddly", { "END", 1, FAKE_REPLY, "354 more", NULL }, false, { RETRY, RETRY },
	    { SMTP_STEP_END, SMTP_STEP_END }, false, false, 0 },
	{ "taken, then closed", { "END", 1, FAKE_REPLY_CLOSE, "250 2.6.0 taken", NULL }, false,
	    { OK, OK }, { 0, 0 }, false, false, 1 },
};

static void
answers_check(size_t i, size_t way, const struct wire *w, const struct smtp_result *r, enum err err)
{
	for (int k = 0; k < 2; k++) {
		if (r[k].outcome != answers[i].want[k])
			fail_msg("%s, way %zu: recipient %d: %s at %s: %s", answers[i].name, way, k,
			    smtp_outcome_name(r[k].outcome), smtp_step_name(r[k].step), r[k].text);
		if (r[k].outcome != OK && r[k].step != answers[i].step[k])
			fail_msg("%s, way %zu: recipient %d: step %s", answers[i].name, way, k,
			    smtp_step_name(r[k].step));
		if (r[k].uncertain != answers[i].uncertain)
			fail_msg("%s, way %zu: uncertain %d", answers[i].name, way, r[k].uncertain);
		if (r[k].status[0] == '\0' || r[k].text[0] == '\0')
			fail_msg("%s, way %zu: no status or text", answers[i].name, way);
	}
	if ((err != ERR_OK) != answers[i].lost)
		fail_msg("%s, way %zu: %s", answers[i].name, way, err_name(err));
	if ((int)w->fake.message_count != answers[i].messages)
		fail_msg("%s, way %zu: %zu messages", answers[i].name, way, w->fake.message_count);
}

static void
test_answers(void **state)
{
	static uint8_t large[SMTP_CHUNK_BYTES * 2 + 10];

	(void)state;
	for (size_t n = 0; n < sizeof(large); n++)
		large[n] = n % 100 == 98 ? '\r' : n % 100 == 99 ? '\n' : 'x';
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		for (size_t way = 0; way < 4; way++) {
			struct wire *w = wire_new(offers[way], &answers[i].rule, 1);
			struct smtp_client *c = opened(w);
			struct smtp_envelope e = envelope(2);
			struct text_body b = { .text = answers[i].large
				    ? span_of(large, sizeof(large))
				    : span_str(small) };
			struct smtp_body body = { text_write, &b };
			struct smtp_result r[2];
			enum err err = smtp_client_send(c, &e, body, r);

			answers_check(i, way, w, r, err);
			/* where the connection is said to be good, the next mail goes over it */
			if (err == ERR_OK && !w->fake.closed) {
				w->fake.rule_count = 0;
				b.text = span_str(small);
				assert_int_equal(smtp_client_send(c, &e, body, r), ERR_OK);
				assert_int_equal(r[0].outcome, OK);
				assert_int_equal(r[1].outcome, OK);
				assert_non_null(strstr(buf_cstr(&w->fake.log), "RSET\n"));
			}
			smtp_client_free(&c);
			wire_free(w);
		}
	}
}

static const struct {
	const char *name, *offer;
	struct fake_rule rule;
	enum smtp_outcome want;
	bool lost, uncertain;
} datas[] = {
	{ "DATA 4xx", "PIPELINING", { "DATA", 1, FAKE_REPLY, "451 4.3.0 no", NULL }, RETRY, false,
	    false },
	{ "DATA 5xx", "PIPELINING", { "DATA", 1, FAKE_REPLY, "554 5.7.1 no", NULL }, FAILED, false,
	    false },
	{ "DATA 5xx, one by one", "", { "DATA", 1, FAKE_REPLY, "554 5.7.1 no", NULL }, FAILED,
	    false, false },
	{ "DATA lost", "PIPELINING", { "DATA", 1, FAKE_CLOSE, NULL, NULL }, RETRY, true, false },
	{ "DATA 250", "PIPELINING", { "DATA", 1, FAKE_REPLY, "421 4.3.2 x", NULL }, RETRY, true,
	    false },
	{ "first chunk 4xx", "CHUNKING", { "BDAT", 1, FAKE_REPLY, "452 4.3.1 full", NULL }, RETRY,
	    false, false },
	{ "first chunk 5xx", "CHUNKING\nPIPELINING",
	    { "BDAT", 1, FAKE_REPLY, "552 5.3.4 large", NULL }, FAILED, false, false },
	{ "second chunk 5xx", "CHUNKING\nPIPELINING",
	    { "BDAT", 2, FAKE_REPLY, "554 5.6.0 no", NULL }, FAILED, false, false },
	{ "first chunk lost", "CHUNKING", { "BDAT", 1, FAKE_CLOSE, NULL, NULL }, RETRY, true,
	    false },
	{ "second chunk lost", "CHUNKING", { "BDAT", 2, FAKE_CLOSE, NULL, NULL }, RETRY, true,
	    false },
};

static void
test_data_and_chunks(void **state)
{
	static uint8_t large[SMTP_CHUNK_BYTES * 5];

	(void)state;
	for (size_t n = 0; n < sizeof(large); n++)
		large[n] = n % 64 == 62 ? '\r' : n % 64 == 63 ? '\n' : 'x';
	for (size_t i = 0; i < sizeof(datas) / sizeof(datas[0]); i++) {
		struct wire *w = wire_new(datas[i].offer, &datas[i].rule, 1);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(2);
		struct text_body b = { .text = span_of(large, sizeof(large)) };
		struct smtp_result r[2];
		enum err err = smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r);

		for (int k = 0; k < 2; k++)
			if (r[k].outcome != datas[i].want || r[k].step != SMTP_STEP_DATA ||
			    r[k].uncertain != datas[i].uncertain)
				fail_msg("%s: %s at %s", datas[i].name,
				    smtp_outcome_name(r[k].outcome), smtp_step_name(r[k].step));
		if ((err != ERR_OK) != datas[i].lost)
			fail_msg("%s: %s", datas[i].name, err_name(err));
		assert_int_equal(w->fake.message_count, 0);
		smtp_client_free(&c);
		wire_free(w);
	}
}

/* A refused large mail is not sent: the server sees no chunk. */
static void
test_unwanted_is_not_sent(void **state)
{
	static const struct fake_rule rule = { "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", NULL };
	static uint8_t large[SMTP_CHUNK_BYTES * 3];
	struct wire *w = wire_new("PIPELINING\nCHUNKING", &rule, 1);
	struct smtp_client *c = opened(w);
	struct smtp_envelope e = envelope(2);
	struct text_body b = { .text = span_of(large, sizeof(large)) };
	struct smtp_result r[2];

	(void)state;
	assert_int_equal(smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
	assert_null(strstr(buf_cstr(&w->fake.log), "BDAT"));
	smtp_client_free(&c);
	wire_free(w);
}

/* RFC 2920 section 3.1: 354 although all recipients were refused. */
static void
test_lone_dot(void **state)
{
	static const struct fake_rule rules[] = {
		{ "RCPT", 0, FAKE_REPLY, "550 5.1.1 who", NULL },
		{ "DATA", 1, FAKE_REPLY, "354 go", NULL },
	};
	static uint8_t large[SMTP_CHUNK_BYTES * 2];

	(void)state;
	for (size_t n = 0; n < sizeof(large); n++)
		large[n] = n % 64 == 62 ? '\r' : n % 64 == 63 ? '\n' : 'x';
	for (int big = 0; big < 2; big++) {
		struct wire *w = wire_new("PIPELINING", rules, 2);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(2);
		struct text_body b = { .text =
					   big ? span_of(large, sizeof(large)) : span_str(small) };
		struct smtp_body body = { text_write, &b };
		struct smtp_result r[2];

		assert_int_equal(smtp_client_send(c, &e, body, r), ERR_OK);
		assert_int_equal(r[0].outcome, FAILED);
		assert_int_equal(w->fake.message_count, 0);
		w->fake.rule_count = 0;
		assert_int_equal(smtp_client_send(c, &e, body, r), ERR_OK);
		assert_int_equal(r[1].outcome, OK);
		assert_int_equal(w->fake.message_count, 1);
		smtp_client_free(&c);
		wire_free(w);
	}
}

/* The container breaks while the mail is read: no end of data is ever said. */
static void
test_body_breaks(void **state)
{
	static uint8_t large[SMTP_CHUNK_BYTES * 2];

	(void)state;
	for (size_t n = 0; n < sizeof(large); n++)
		large[n] = n % 64 == 62 ? '\r' : n % 64 == 63 ? '\n' : 'x';
	for (size_t way = 0; way < 4; way++) {
		for (int big = 0; big < 2; big++) {
			struct wire *w = wire_new(offers[way], NULL, 0);
			struct smtp_client *c = opened(w);
			struct smtp_envelope e = envelope(2);
			struct text_body b = { .text = big ? span_of(large, sizeof(large))
							   : span_str(small),
				.fail_after = big ? ERR_DENIED : ERR_TEMP };
			struct smtp_result r[2];
			enum err err =
			    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r);

			assert_int_equal(r[0].outcome, RETRY);
			assert_int_equal(r[1].outcome, RETRY);
			assert_string_equal(r[0].text, "container frame 3");
			assert_false(r[0].uncertain);
			assert_int_equal(w->fake.message_count, 0);
			assert_null(strstr(buf_cstr(&w->fake.log), "LAST"));
			assert_int_equal(err == ERR_OK, !big);
			smtp_client_free(&c);
			wire_free(w);
		}
	}
}

/* --- the pooled connection --- */

static void
test_reuse(void **state)
{
	(void)state;
	for (size_t way = 0; way < 4; way++) {
		struct wire *w = wire_new(offers[way], NULL, 0);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(1);
		struct text_body b = { .text = span_str(small) };
		struct smtp_result r[1];

		for (int i = 0; i < 3; i++) {
			assert_int_equal(
			    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r),
			    ERR_OK);
			assert_int_equal(r[0].outcome, OK);
		}
		assert_int_equal(w->fake.message_count, 3);
		smtp_client_free(&c);
		wire_free(w);
	}
}

static void
test_pooled_connection_has_died(void **state)
{
	static const struct fake_rule rules[] = {
		{ "RSET", 1, FAKE_CLOSE, NULL, NULL },
		{ "RSET", 1, FAKE_REPLY_CLOSE, "421 4.4.2 idle too long", NULL },
		{ "-", 0, FAKE_REPLY, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t way = 0; way < 4; way++) {
			struct wire *w = wire_new(offers[way], &rules[i], 1);
			struct smtp_client *c = opened(w);
			struct smtp_envelope e = envelope(1);
			struct text_body b = { .text = span_str(small) };
			struct smtp_body body = { text_write, &b };
			struct smtp_result r[1];

			assert_int_equal(smtp_client_send(c, &e, body, r), ERR_OK);
			w->deaf = i == 2;
			assert_int_equal(smtp_client_send(c, &e, body, r), ERR_NOT_FOUND);
			assert_int_equal(r[0].outcome, RETRY);
			assert_int_equal(w->fake.message_count, 1);
			smtp_client_free(&c);
			wire_free(w);
		}
	}
}

/* A fresh connection that dies is no stale one: no second try at once. */
static void
test_fresh_connection_dies(void **state)
{
	struct wire *w = wire_new("PIPELINING", NULL, 0);
	struct smtp_client *c = opened(w);
	struct smtp_envelope e = envelope(1);
	struct text_body b = { .text = span_str(small) };
	struct smtp_result r[1];

	(void)state;
	w->deaf = true;
	assert_int_equal(
	    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_TEMP);
	assert_int_equal(r[0].outcome, RETRY);
	smtp_client_free(&c);
	wire_free(w);
}

/* More recipients than are sent ahead: all get their own answer. */
static void
test_many_recipients(void **state)
{
	enum { COUNT = 173 };
	static const struct fake_rule rules[] = {
		{ "RCPT", 1, FAKE_REPLY, "550 5.1.1 first", NULL },
		{ "RCPT", 50, FAKE_REPLY, "450 4.2.1 fiftieth", NULL },
		{ "RCPT", COUNT, FAKE_REPLY, "550 5.1.2 last", NULL },
	};

	(void)state;
	for (size_t way = 0; way < 4; way++) {
		struct wire *w = wire_new(offers[way], rules, 3);
		struct smtp_client *c = opened(w);
		struct smtp_envelope_rcpt rcpts[COUNT];
		struct smtp_envelope e = envelope(1);
		struct text_body b = { .text = span_str(small) };
		struct smtp_result *r = calloc(COUNT, sizeof(*r));

		for (size_t i = 0; i < COUNT; i++)
			rcpts[i] = (struct smtp_envelope_rcpt){ .address = SPAN("x@out.example") };
		e.rcpts = rcpts;
		e.rcpt_count = COUNT;
		assert_non_null(r);
		assert_int_equal(
		    smtp_client_send(c, &e, (struct smtp_body){ text_write, &b }, r), ERR_OK);
		for (size_t i = 0; i < COUNT; i++) {
			enum smtp_outcome want = i == 0 || i == COUNT - 1 ? FAILED
			    : i == 49                                     ? RETRY
									  : OK;

			assert_int_equal(r[i].outcome, want);
		}
		assert_string_equal(r[COUNT - 1].text, "5.1.2 last");
		assert_int_equal(w->fake.messages[0].rcpts, COUNT - 3);
		free(r);
		smtp_client_free(&c);
		wire_free(w);
	}
}

/* --- memory --- */

/* A server that needs no memory of its own while the client is watched. */
static struct wire *
frugal(const char *offer)
{
	struct wire *w = wire_new(offer, NULL, 0);

	w->fake.discard = true;
	fake_must(buf_reserve(&w->fake.in, 1u << 20));
	fake_must(buf_reserve(&w->fake.out, 1u << 16));
	fake_must(buf_reserve(&w->fake.log, 1u << 18));
	fake_must(buf_reserve(&w->pending, 1u << 20));
	fake_must(buf_reserve(&w->line, 1u << 16));
	return w;
}

/* The Nth allocation fails, for every N: all recipients wait, nothing leaks, nothing is half said. */
static void
test_no_memory(void **state)
{
	(void)state;
	for (size_t way = 0; way < 4; way++) {
		bool failed = true;

		for (size_t n = 1; failed; n++) {
			struct wire *w = frugal(offers[way]);
			struct smtp_transport t = { w, wire_read_line, wire_write, wire_flush,
				wire_start_tls };
			struct smtp_envelope e = envelope(2);
			struct text_body b = { .text = span_str(small) };
			struct smtp_result r[2] = { 0 };
			struct smtp_client *c = NULL;
			enum err err;

			alloc_fail_at(n);
			err = smtp_client_new(t, "out.example", &c);
			if (err == ERR_OK)
				err = smtp_client_open(c, &r[0]);
			if (err == ERR_OK)
				err = smtp_client_send(
				    c, &e, (struct smtp_body){ text_write, &b }, r);
			failed = alloc_failed();
			alloc_fail_at(0);
			assert_int_equal(r[0].outcome == SMTP_OUTCOME_RETRY || c == NULL, failed);
			assert_int_equal(w->fake.seen[8], !failed); /* END */
			smtp_client_free(&c);
			wire_free(w);
		}
	}
}

static enum err
write_16_mb(void *ctx, struct sink out)
{
	static uint8_t lines[8192];

	(void)ctx;
	for (size_t i = 0; i < sizeof(lines); i++)
		lines[i] = i % 128 == 126 ? '\r' : i % 128 == 127 ? '\n' : '.';
	for (size_t i = 0; i < (16u << 20) / sizeof(lines); i++)
		TRY(sink_put(out, span_of(lines, sizeof(lines))));
	return ERR_OK;
}

/* Promise 5: one chunk and its growing, whatever the size of the mail. */
static void
test_flat_memory(void **state)
{
	(void)state;
	for (size_t way = 0; way < 4; way++) {
		struct wire *w = frugal(offers[way]);
		struct smtp_client *c = opened(w);
		struct smtp_envelope e = envelope(1);
		struct smtp_result r[1];

		alloc_watch();
		assert_int_equal(
		    smtp_client_send(c, &e, (struct smtp_body){ write_16_mb, NULL }, r), ERR_OK);
		assert_true(alloc_peak_bytes() <= 2 * SMTP_CHUNK_BYTES + 16384);
		assert_int_equal(alloc_now_bytes(), 0);
		assert_int_equal(r[0].outcome, OK);
		smtp_client_free(&c);
		wire_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openings),
		cmocka_unit_test(test_offer_is_learnt_under_tls),
		cmocka_unit_test(test_small_by_all_ways),
		cmocka_unit_test(test_large_by_all_ways),
		cmocka_unit_test(test_bdat_is_byte_exact),
		cmocka_unit_test(test_data_refuses_odd_bytes),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_null_sender),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_data_and_chunks),
		cmocka_unit_test(test_unwanted_is_not_sent),
		cmocka_unit_test(test_lone_dot),
		cmocka_unit_test(test_body_breaks),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_pooled_connection_has_died),
		cmocka_unit_test(test_fresh_connection_dies),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_flat_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
