/*
 * secudoc rules explain MAIL.eml [RULES] [WHO] [--all | --json]	RULES, WHO: cli/cmd_rules.c
 *
 * The first line is the verdict, followed by what it depends on when it is not known. Then the mail as it was
 * understood; each copy and what decided (cli/rules_copy.h); for a copy that is routed the second pass, when
 * the service hands it back; and the facts that all this rests on. JSON has every check of every rule.
 */
#include "cli/flow_type.h"
#include "cli/rules_copy.h"
#include "cli/rules_doubt.h"
#include "cli/rules_int.h"
#include "cli/rules_json.h"
#include "cli/wrap.h"

#include "connector/smtp_replies.h"

#include <string.h>

#define MASKED_BYTES (64u << 10)

/* --- the verdict --- */

static const char *
again_words(const struct rules_tally *t)
{
	if (t->again == RULE_UNKNOWN)
		return "; whether it is routed again when it comes back is not known";
	return t->again == RULE_NO ? "; not routed again when it comes back"
				   : "; ROUTED AGAIN when it comes back: it goes round in a circle";
}

static enum err
put_counts(const struct rules_tally *t, struct buf *out)
{
	size_t shown = t->routed > 0 ? t->routed : t->maybe;

	TRY(buf_printf(out, "%zu of %zu recipient%s %sby way of \"", shown, t->recipients,
	    t->recipients == 1 ? "" : "s", t->routed > 0 ? "" : "perhaps "));
	TRY(buf_put(out, t->connector));
	TRY(buf_put_str(out, "\""));
	if (t->routed == 0)
		TRY(buf_printf(out, " (%s)", t->reason));
	if (t->routed > 0 && t->maybe > 0)
		TRY(buf_printf(out, ", %zu perhaps", t->maybe));
	return ERR_OK;
}

static enum err
put_others(const struct rules_tally *t, struct buf *out)
{
	if (t->routed + t->maybe > 0 && t->elsewhere > 0)
		TRY(buf_printf(out, ", %zu by way of another connector", t->elsewhere));
	if (t->direct > 0)
		TRY(buf_printf(out, ", %zu directly", t->direct));
	return ERR_OK;
}

static enum err
put_elsewhere(const struct rules_tally *t, struct buf *out)
{
	TRY(buf_printf(out, "ELSEWHERE: %zu of %zu recipient%s %sby way of \"", t->elsewhere,
	    t->recipients, t->recipients == 1 ? "" : "s", t->elsewhere_sure ? "" : "perhaps "));
	TRY(buf_put(out, t->connector));
	TRY(buf_put_str(out, "\", which is another tool's"));
	TRY(put_others(t, out));
	return buf_put_str(out, "; what comes back from there is not known");
}

static enum err
put_verdict(const struct rules_tally *t, struct buf *out)
{
	if (t->recipients == 0)
		return buf_put_str(out, "NO RECIPIENT: the mail names none; --to says who gets it");
	if (t->routed + t->maybe == 0 && t->elsewhere > 0)
		return put_elsewhere(t, out);
	if (t->routed + t->maybe == 0)
		return buf_printf(out, "NOT ROUTED: it goes to its recipient%s directly (%s)",
		    t->recipients == 1 ? "" : "s", t->reason);
	TRY(buf_put_str(out, t->routed > 0 ? "ROUTED: " : "MAYBE: "));
	TRY(put_counts(t, out));
	TRY(put_others(t, out));
	return buf_put_str(out, again_words(t));
}

static enum err
print_verdict(const struct rules_tally *t)
{
	CLEANUP(buf_done) struct buf out;

	buf_init(&out, MASKED_BYTES);
	TRY(put_verdict(t, &out));
	wrap_print(stdout, 0, 2, buf_span(&out));
	return ERR_OK;
}

static enum err
put_doubt(const struct rules_source *s, const struct rules_doubt *d, struct buf *out)
{
	TRY(buf_put(out, d->check->name));
	TRY(buf_put_str(out, " of \""));
	TRY(buf_put(out, flow_rule_name(d->rule)));
	TRY(buf_put_str(out, d->back ? "\", when it comes back: " : "\": "));
	TRY(rules_mask(s, d->check->detail, out));
	TRY(buf_put_str(out, " "));
	return buf_put_str(out, d->check->fact->sentence);
}

/* The same thing may settle several doubts. */
static bool
is_said(const struct rules_doubts *doubts, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (span_eq(doubts->items[i].give, doubts->items[index].give))
			return true;
	return false;
}

static enum err
put_gifts(const struct rules_doubts *doubts, struct buf *out)
{
	for (size_t i = 0; i < doubts->count; i++) {
		if (doubts->items[i].give.len == 0 || is_said(doubts, i))
			continue;
		TRY(buf_put_str(out, out->len > 0 ? " " : "give "));
		TRY(buf_put(out, doubts->items[i].give));
	}
	if (span_find(buf_span(out), SPAN("LIST")) < out->len)
		TRY(buf_put_str(out, " (the members: a@x,b@y or @FILE)"));
	return ERR_OK;
}

static bool
all_can_be_given(const struct rules_doubts *doubts)
{
	for (size_t i = 0; i < doubts->count; i++)
		if (doubts->items[i].give.len == 0)
			return false;
	return true;
}

/* What an answer that is not known depends on, and how to know. */
static enum err
print_doubts(const struct rules_source *s, const struct rules_doubts *doubts)
{
	CLEANUP(buf_done) struct buf gifts;

	buf_init(&gifts, MASKED_BYTES);
	for (size_t i = 0; i < doubts->count; i++) {
		CLEANUP(buf_done_secret) struct buf text;

		buf_init(&text, MASKED_BYTES);
		TRY(put_doubt(s, &doubts->items[i], &text));
		rules_row(i == 0 ? "depends on" : "", buf_span(&text));
	}
	if (doubts->more)
		rules_row("", SPAN("and on more"));
	if (doubts->count == 0)
		return ERR_OK;
	TRY(put_gifts(doubts, &gifts));
	if (gifts.len > 0)
		rules_row("to know", buf_span(&gifts));
	if (!all_can_be_given(doubts))
		rules_row(gifts.len > 0 ? "" : "to know",
		    gifts.len > 0 ? SPAN("the rest only a mail in the real tenant can tell")
				  : SPAN("only a mail in the real tenant can tell"));
	return ERR_OK;
}

/* What would be answered if the mail came here. */
static void
print_refusal(const struct flow_eml *e)
{
	const struct smtp_answer *a = smtp_answer(smtp_reply_for(e->refused));

	if (e->refused == ERR_OK)
		return;
	printf("REFUSED if routed: %u %s, so its sender gets a report that it was not delivered\n",
	    a->code, a->status);
	rules_row("why", e->refused_note);
}

/* --- the mail --- */

static void
print_attachments(const struct flow_eml *e)
{
	char size[CLI_TEXT_SIZE];

	if (e->mail.attachment_count == 0)
		rules_row("attachments", SPAN("none"));
	for (size_t i = 0; i < e->mail.attachment_count; i++) {
		const struct flow_attachment *f = &e->mail.attachments[i];
		struct span name = e->attachment_names[i];

		printf("  %-12s%s, %s%s", i == 0 ? "attachments" : "", rules_kind_words(f->kind),
		    cli_size(f->size_bytes, size), name.len > 0 ? ", " : "");
		cli_print(stdout, name);
		putchar('\n');
	}
}

/* Of the types those that the mail is, or may be. */
static void
print_types(const struct flow_eml *e)
{
	bool any = false;

	for (int t = 0; t < FLOW_TYPES; t++) {
		if (e->mail.types[t] == RULE_NO)
			continue;
		printf("  %-12s%s: %s. ", any ? "" : "types", flow_type_name(t),
		    rules_yes_no(e->mail.types[t]));
		wrap_print(stdout,
		    14 + strlen(flow_type_name(t)) + 4 + strlen(rules_yes_no(e->mail.types[t])), 14,
		    span_str(e->types_why[t]));
		any = true;
	}
}

static void
print_mail(const struct flow_eml *e)
{
	char size[CLI_TEXT_SIZE];

	putchar('\n');
	rules_row("from", e->mail.from.len > 0 ? e->mail.from : SPAN("(nobody)"));
	if (e->mail.from_uncertain)
		rules_row(
		    "", SPAN("The From field is missing, there twice, or not one plain mailbox."));
	if (!span_ieq(e->mail.from, e->mail.envelope_from))
		rules_row(
		    "envelope", e->mail.envelope_from.len > 0 ? e->mail.envelope_from : SPAN("<>"));
	rules_rows("to", e->mail.recipients, e->mail.recipient_count);
	if (e->unread_recipients > 0)
		printf("  %-12s(%zu more in which no mailbox can be read)\n", "",
		    e->unread_recipients);
	rules_row("size", span_str(cli_size(e->mail.size_bytes, size)));
	print_attachments(e);
	print_types(e);
}

static enum err
print_text(const struct rules_source *s, const struct rules_answer *r,
    const struct rules_doubts *doubts, bool all)
{
	TRY(print_verdict(&r->tally));
	print_refusal(&r->eml);
	TRY(print_doubts(s, doubts));
	print_mail(&r->eml);
	rules_copies_print(s, r, all);
	return ERR_OK;
}

static enum err
explain(const struct rules_args *args, struct rules_source *s, const struct rules_who *who)
{
	CLEANUP(arena_done) struct arena a;
	struct rules_doubts doubts;
	struct rules_answer r;
	enum err err;
	FILE *in;

	arena_init_secret(&a, RULES_ANSWER_BYTES);
	TRY(rules_file_open(args->operands[0], &in));
	err = rules_answer_read(in, s, who, &a, &r);
	(void)fclose(in);
	if (err == ERR_OK)
		err = rules_doubts_find(s, &r, &a, &doubts);
	if (err != ERR_OK)
		return err;
	if (rules_given(args, "json") != NULL)
		return rules_json_explain(s, &r, &doubts, args->operands[0]);
	return print_text(s, &r, &doubts, rules_given(args, "all") != NULL);
}

int
rules_explain(int argc, char **argv)
{
	CLEANUP(rules_source_done) struct rules_source s = { 0 };
	struct rules_args args;
	struct rules_who who;
	enum cli_exit code;
	enum err err;

	code = rules_mail_open(argc, argv, "one file is wanted: the mail", &args, &s, &who);
	if (code != CLI_OK)
		return code;
	err = explain(&args, &s, &who);
	return err == ERR_OK ? CLI_OK : cli_fail(args.command, args.operands[0], err);
}
