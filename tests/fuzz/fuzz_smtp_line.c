/*
 * tests/fuzz/fuzz_smtp_line.c - command lines: verbs, paths, parameters, host names, From fields, xtext.
 *
 * Reaches: smtp_verb_find, smtp_mail_args, smtp_rcpt_args, smtp_helo_arg, smtp_path_take_*,
 * smtp_*_params_parse, smtp_xtext_decode, mail_from_parse, mark_check, smtp_reply_line_parse (T3, S10, S11).
 *
 * Properties beyond "does not crash": what was taken lies inside the input; an accepted address holds no
 * byte that ends a line, has a canonical form, and that form is its own canonical form; what was decoded
 * from xtext comes back from its encoding.
 */
#include "connector/mail_from.h"
#include "connector/marks.h"
#include "connector/smtp_commands.h"
#include "connector/smtp_wire.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct span part, struct span whole)
{
	if (part.len > 0)
		assert(part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

static void
check_mailbox(struct span mailbox)
{
	struct buf once, twice;

	for (size_t i = 0; i < mailbox.len; i++)
		assert(mailbox.p[i] >= ' ' && mailbox.p[i] != 0x7f);
	buf_init(&once, ADDRESS_MAX);
	buf_init(&twice, ADDRESS_MAX);
	if (address_canonical(mailbox, &once) == ERR_OK) {
		assert(address_canonical(buf_span(&once), &twice) == ERR_OK);
		assert(span_eq(buf_span(&once), buf_span(&twice)));
	}
	buf_done(&once);
	buf_done(&twice);
}

static void
check_xtext(struct span in)
{
	struct buf plain, coded, again;

	buf_init(&plain, 4096);
	buf_init(&coded, 3 * 4096);
	buf_init(&again, 4096);
	if (smtp_xtext_decode(in, &plain) == ERR_OK) {
		assert(smtp_xtext_encode(buf_span(&plain), &coded) == ERR_OK);
		assert(smtp_xtext_decode(buf_span(&coded), &again) == ERR_OK);
		assert(span_eq(buf_span(&plain), buf_span(&again)));
	}
	buf_done(&plain);
	buf_done(&coded);
	buf_done(&again);
}

static void
check_args(struct span args)
{
	struct smtp_path path = { .null = false };
	struct smtp_mail_params mail;
	struct smtp_rcpt_params rcpt;
	struct span name;

	if (smtp_mail_args(args, &path, &mail) == SMTP_SAY_OK) {
		inside(path.address, args);
		inside(mail.envid, args);
		if (!path.null)
			check_mailbox(path.address);
		check_xtext(mail.envid);
	}
	if (smtp_rcpt_args(args, true, &path, &rcpt) == SMTP_SAY_OK) {
		assert(!path.null && path.address.len > 0);
		inside(path.address, args);
		inside(rcpt.orcpt, args);
		check_mailbox(path.address);
	}
	if (smtp_helo_arg(args, &name)) {
		inside(name, args);
		assert(name.len > 0 && name.len < SMTP_HELO_SIZE);
	}
	check_xtext(args);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = span_of(data, size), args = SPAN_NONE;
	const uint8_t key[SHA256_SIZE] = { 0 };
	struct smtp_reply_line reply;
	struct address author;
	struct mark mark;

	if (size > SMTP_COMMAND_MAX)
		return 0;
	if (smtp_verb_find(line, &args) != NULL)
		inside(args, line);
	check_args(args.p != NULL ? args : line);
	if (mail_from_parse(line, &author) == ERR_OK) {
		inside(author.local, line);
		inside(author.domain, line);
	}
	if (smtp_reply_line_parse(line, &reply) == ERR_OK)
		inside(reply.text, line);
	(void)mark_check(key, "11111111-2222-3333-4444-555555555555", line, SPAN("<a@b>"), &mark);
	return 0;
}
