/*
 * secudoc rules explain MAIL.eml [RULES] [WHO] [--json]		RULES, WHO: cli/cmd_rules.c
 *
 * The first line is the verdict. Then the mail as it was understood; each copy with every rule, its
 * conditions and what they were compared with; for a copy that is routed the second pass, when the service
 * hands it back; and the facts that all this rests on.
 */
#include "cli/rules_answer.h"
#include "cli/rules_int.h"
#include "cli/rules_json.h"
#include "cli/wrap.h"

#include "connector/smtp_replies.h"
#include "cli/flow_type.h"

#include <string.h>

#define FACTS_MAX    128u
#define MASKED_BYTES (64u << 10)

struct explain {
	const struct rules_source *s;
	const struct rules_answer *r;
	const struct flow_fact *facts[FACTS_MAX]; /* cited so far, each once */
	size_t fact_count;
};

/* "  what        text", further lines under text. */
static void
print_row(const char *what, struct span text)
{
	printf("  %-12s", what);
	wrap_print(stdout, 14, 14, text);
}

static void
print_connector(struct span name)
{
	putchar('"');
	cli_print(stdout, name);
	putchar('"');
}

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
	if (t->routed > 0 && t->maybe > 0)
		TRY(buf_printf(out, ", %zu perhaps", t->maybe));
	if (t->direct > 0)
		TRY(buf_printf(out, ", %zu directly", t->direct));
	if (t->routed == 0)
		TRY(buf_printf(out, " (%s)", t->reason));
	return buf_put_str(out, again_words(t));
}

static enum err
put_verdict(const struct rules_tally *t, struct buf *out)
{
	if (t->recipients == 0)
		return buf_put_str(out, "NO RECIPIENT: the mail names none; --to says who gets it");
	if (t->routed + t->maybe == 0)
		return buf_printf(out, "NOT ROUTED: it goes to its recipient%s directly (%s)",
		    t->recipients == 1 ? "" : "s", t->reason);
	TRY(buf_put_str(out, t->routed > 0 ? "ROUTED: " : "MAYBE: "));
	return put_counts(t, out);
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

/* What would be answered if the mail came here. */
static void
print_refusal(const struct flow_eml *e)
{
	const struct smtp_answer *a = smtp_answer(smtp_reply_for(e->refused));

	if (e->refused == ERR_OK)
		return;
	printf("REFUSED if routed: %u %s, so its sender gets a report that it was not delivered\n",
	    a->code, a->status);
	print_row("why", e->refused_note);
}

/* --- the mail --- */

static void
print_list(const char *what, const struct span *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_row(i == 0 ? what : "", items[i]);
}

static void
print_attachments(const struct flow_eml *e)
{
	char size[CLI_TEXT_SIZE];

	if (e->mail.attachment_count == 0)
		print_row("attachments", SPAN("none"));
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
	print_row("from", e->mail.from.len > 0 ? e->mail.from : SPAN("(nobody)"));
	if (e->mail.from_uncertain)
		print_row(
		    "", SPAN("The From field is missing, there twice, or not one plain mailbox."));
	if (!span_ieq(e->mail.from, e->mail.envelope_from))
		print_row(
		    "envelope", e->mail.envelope_from.len > 0 ? e->mail.envelope_from : SPAN("<>"));
	print_list("to", e->mail.recipients, e->mail.recipient_count);
	if (e->unread_recipients > 0)
		printf("  %-12s(%zu more in which no mailbox can be read)\n", "",
		    e->unread_recipients);
	print_row("size", span_str(cli_size(e->mail.size_bytes, size)));
	print_attachments(e);
	print_types(e);
}

/* --- rules --- */

static void
cite(struct explain *x, const struct flow_fact *fact)
{
	for (size_t i = 0; i < x->fact_count; i++)
		if (x->facts[i] == fact)
			return;
	if (fact != NULL && x->fact_count < FACTS_MAX)
		x->facts[x->fact_count++] = fact;
}

static void
print_masked(const struct explain *x, struct span text)
{
	CLEANUP(buf_done_secret) struct buf masked;

	buf_init(&masked, MASKED_BYTES);
	if (rules_mask(x->s, text, &masked) == ERR_OK)
		wrap_print(stdout, 14, 14, buf_span(&masked));
	else
		wrap_print(stdout, 14, 14, SPAN("(too long to show)"));
}

static void
print_check(struct explain *x, const struct flow_check *c)
{
	printf("    %-8s", rules_yes_no(c->answer));
	cli_print(stdout, c->name);
	if (c->fact != NULL)
		printf("  [%s]", c->fact->id);
	printf("\n%*s", 14, "");
	print_masked(x, c->detail);
	if (c->answer == RULE_UNKNOWN && c->fact != NULL) {
		printf("%*s%s: ", 14, "", flow_standing_name(c->fact->standing));
		wrap_print(stdout, 16 + strlen(flow_standing_name(c->fact->standing)), 14,
		    span_str(c->fact->sentence));
	}
	cite(x, c->fact);
}

static const char *
fires_words(const struct flow_rule_result *r)
{
	if (r->skip == FLOW_DISABLED)
		return "switched off";
	if (r->skip == FLOW_STOPPED)
		return "not asked, a rule in front ended the pass";
	if (r->skip == FLOW_AUDIT)
		return r->fires == RULE_NO ? "does not fire"
					   : "trial mode, its actions are not done";
	return r->fires == RULE_YES ? "FIRES" : r->fires == RULE_NO ? "does not fire" : "may fire";
}

/* Does this check alone keep the rule from firing? */
static bool
keeps_off(const struct flow_check *c)
{
	return c->answer == (c->exception ? RULE_YES : RULE_NO);
}

/* Of a rule beside the one that routes only what decided, when it does not fire; JSON has all. */
static void
print_rule(struct explain *x, const struct flow_rule_result *r)
{
	bool all = r->fires != RULE_NO || rules_routes(x->s, r->rule);

	fputs("  rule \"", stdout);
	cli_print(stdout, flow_rule_name(r->rule));
	printf("\": %s\n", fires_words(r));
	if (r->skip == FLOW_DISABLED || r->skip == FLOW_STOPPED)
		return;
	for (size_t i = 0; i < r->check_count; i++)
		if (all || keeps_off(&r->checks[i]))
			print_check(x, &r->checks[i]);
}

static void
print_routed(const struct flow_copy *copy)
{
	if (copy->routed == RULE_NO) {
		printf("delivered directly\n");
		return;
	}
	printf("%s ", copy->routed == RULE_YES ? "routed through" : "perhaps routed through");
	print_connector(copy->connector);
	putchar('\n');
}

static bool
has_field(const struct flow_copy *copy, struct span name)
{
	for (size_t i = 0; i < copy->field_count; i++)
		if (span_ieq(copy->fields[i].name, name))
			return true;
	return false;
}

/* Which of our fields are in the header at the end of a pass, and which were taken off. */
static void
print_fields(struct explain *x, const struct flow_mail *before, const struct flow_copy *copy)
{
	bool any = false;

	for (size_t i = 0; i < copy->field_count; i++) {
		const struct flow_field *f = &copy->fields[i];

		if (!rules_is_ours(x->s, f->name))
			continue;
		printf("  header      ");
		cli_print(stdout, f->name);
		printf(": %s\n", f->uncertain ? "perhaps in it" : "in it");
		any = true;
	}
	for (size_t i = 0; i < before->field_count; i++) {
		struct span name = before->fields[i].name;

		if (!rules_is_ours(x->s, name) || has_field(copy, name))
			continue;
		printf("  header      ");
		cli_print(stdout, name);
		printf(": taken off\n");
		any = true;
	}
	if (!any)
		printf("  header      no X-SecuDoc field\n");
}

static void
print_copy(struct explain *x, const struct flow_mail *mail, const struct flow_copy *copy)
{
	print_list("for", copy->recipients, copy->recipient_count);
	printf("  %-12s", "way");
	print_routed(copy);
	print_fields(x, mail, copy);
	if (copy->spam_check_skipped != RULE_NO)
		print_row("spam check",
		    copy->spam_check_skipped == RULE_YES
			? SPAN("asked to be left out (SCL -1), which is advice only")
			: SPAN("perhaps asked to be left out (SCL -1)"));
	for (size_t i = 0; i < copy->result_count; i++)
		print_rule(x, &copy->results[i]);
}

static void
print_copies(struct explain *x)
{
	const struct rules_answer *r = x->r;

	for (size_t i = 0; i < r->first.count; i++) {
		const struct rules_return *back = &r->returns[i];

		printf("\nCopy %zu of %zu\n", i + 1, r->first.count);
		print_copy(x, &r->eml.mail, &r->first.copies[i]);
		for (size_t k = 0; k < back->outcome.count; k++) {
			printf("\nCopy %zu of %zu, when the service hands it back\n", i + 1,
			    r->first.count);
			print_copy(x, &back->mail, &back->outcome.copies[k]);
		}
	}
}

static void
print_facts(const struct explain *x)
{
	if (x->fact_count == 0)
		return;
	printf("\nThis rests on\n");
	for (size_t i = 0; i < x->fact_count; i++) {
		const struct flow_fact *f = x->facts[i];

		printf("  %s (%s; ", f->id, flow_standing_name(f->standing));
		wrap_print(stdout, strlen(f->id) + strlen(flow_standing_name(f->standing)) + 6, 4,
		    span_str(f->source));
		fputs("    ", stdout);
		wrap_print(stdout, 4, 4, span_str(f->sentence));
	}
}

static enum err
print_text(const struct rules_source *s, const struct rules_answer *r)
{
	struct explain x = { .s = s, .r = r };

	TRY(print_verdict(&r->tally));
	print_refusal(&r->eml);
	print_mail(&r->eml);
	print_copies(&x);
	print_facts(&x);
	return ERR_OK;
}

static enum err
explain(const struct rules_args *args, struct rules_source *s, const struct rules_who *who)
{
	CLEANUP(arena_done) struct arena a;
	struct rules_answer r;
	enum err err;
	FILE *in;

	arena_init_secret(&a, RULES_ANSWER_BYTES);
	TRY(rules_file_open(args->operands[0], &in));
	err = rules_answer_read(in, s, who, &a, &r);
	(void)fclose(in);
	if (err != ERR_OK)
		return err;
	if (rules_given(args, "json") != NULL)
		return rules_json_explain(s, &r, args->operands[0]);
	return print_text(s, &r);
}

int
rules_explain(int argc, char **argv)
{
	CLEANUP(rules_source_done) struct rules_source s = { 0 };
	struct rules_args args;
	struct rules_who who;
	enum cli_exit code;
	enum err err;

	code = rules_args_parse(argc, argv, rules_mail_options, rules_mail_option_count, &args);
	if (code != CLI_OK)
		return code;
	if (args.operand_count != 1)
		return rules_wrong(&args, "one file is wanted: the mail");
	code = rules_source_open(&args, &s);
	if (code == CLI_OK)
		code = rules_source_world(&args, &s);
	if (code == CLI_OK)
		code = rules_who_read(&args, &s.arena, &who);
	if (code != CLI_OK)
		return code;
	err = explain(&args, &s, &who);
	return err == ERR_OK ? CLI_OK : cli_fail(args.command, args.operands[0], err);
}
