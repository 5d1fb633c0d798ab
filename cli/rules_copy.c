/* cli/rules_copy.c - see rules_copy.h. */
#include "cli/rules_copy.h"

#include "cli/wrap.h"

#include <string.h>

#define FACTS_MAX    128u
#define MASKED_BYTES (64u << 10)
#define HANG         14u /* where text goes on in the next line */

/* of a check: its answer, and the names of most conditions */
#define ANSWER_COLUMNS 12u
#define NAME_COLUMNS   (ANSWER_COLUMNS + 20u)

struct report {
	const struct rules_source *s;
	bool all;
	const struct flow_fact *facts[FACTS_MAX]; /* cited so far, each once */
	size_t fact_count;
};

void
rules_row(const char *what, struct span text)
{
	printf("  %-12s", what);
	wrap_print(stdout, HANG, HANG, text);
}

void
rules_rows(const char *what, const struct span *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rules_row(i == 0 ? what : "", items[i]);
}

/* --- checks --- */

/* The number under which the fact stands at the end; 0: there is no room for it. */
static size_t
cite(struct report *x, const struct flow_fact *fact)
{
	for (size_t i = 0; i < x->fact_count; i++)
		if (x->facts[i] == fact)
			return i + 1;
	if (fact == NULL || x->fact_count == FACTS_MAX)
		return 0;
	x->facts[x->fact_count++] = fact;
	return x->fact_count;
}

static bool
holds(struct span text, struct span part)
{
	return span_find(text, part) < text.len;
}

/* with all, what is asked for also where the sentence does without it */
static enum err
put_check(struct report *x, const struct flow_check *c, struct span detail, struct buf *out)
{
	size_t number = cite(x, c->fact), also = cite(x, c->also);

	TRY(rules_mask(x->s, detail, out));
	if (x->all && c->asked.len > 0 && !holds(detail, c->asked)) {
		TRY(buf_put_str(out, " Asked for "));
		TRY(rules_mask(x->s, c->asked, out));
		TRY(buf_put_str(out, "."));
	}
	if (number > 0 && also > 0)
		return buf_printf(out, " [%zu,%zu]", number, also);
	return number > 0 ? buf_printf(out, " [%zu]", number) : ERR_OK;
}

/* Sentences stand under each other where there is room for that. */
static void
print_check(struct report *x, const struct flow_check *c)
{
	CLEANUP(buf_done_secret) struct buf text;
	size_t room = NAME_COLUMNS - ANSWER_COLUMNS;
	size_t pad = c->name.len < room ? room - c->name.len : 0;
	struct span shown;

	buf_init(&text, MASKED_BYTES);
	shown = put_check(x, c, c->detail, &text) == ERR_OK ? buf_span(&text)
							    : SPAN("(too long to show)");
	if (NAME_COLUMNS + 2 + shown.len > WRAP_COLUMNS)
		pad = 0;
	printf("    %-8s", rules_yes_no(c->answer));
	cli_print(stdout, c->name);
	printf("%*s", (int)pad + 2, "");
	wrap_print(stdout, ANSWER_COLUMNS + c->name.len + pad + 2, HANG, shown);
}

/* --- rules --- */

/* Does this check alone keep the rule from firing? */
static bool
keeps_off(const struct flow_check *c)
{
	return c->answer == (c->exception ? RULE_YES : RULE_NO);
}

/* What keeps the rule off; exceptions first: when a mail comes back, it is for one of them. */
static const struct flow_check *
decisive(const struct flow_rule_result *r, bool exceptions_first)
{
	const struct flow_check *found = NULL;

	for (size_t i = 0; i < r->check_count; i++) {
		const struct flow_check *c = &r->checks[i];

		if (keeps_off(c) &&
		    (found == NULL || (exceptions_first && c->exception && !found->exception)))
			found = c;
	}
	return found;
}

static bool
is_asked(const struct flow_rule_result *r)
{
	return r->skip == FLOW_ASKED || r->skip == FLOW_AUDIT;
}

static const char *
fires_words(const struct flow_rule_result *r)
{
	if (r->skip == FLOW_DISABLED)
		return "is switched off";
	if (r->skip == FLOW_STOPPED)
		return "is not asked: a rule in front ended the pass";
	if (r->fires == RULE_NO)
		return "does not fire";
	if (r->skip == FLOW_AUDIT)
		return r->fires == RULE_YES ? "would fire, but is on trial: nothing is done"
					    : "might fire, but is on trial: nothing is done";
	return r->fires == RULE_YES ? "FIRES" : "may fire";
}

static void
print_rule(struct report *x, const struct flow_rule_result *r)
{
	fputs("  \"", stdout);
	cli_print(stdout, flow_rule_name(r->rule));
	printf("\" %s%s\n", fires_words(r),
	    is_asked(r) && r->check_count == 0 ? ": it asks for nothing" : "");
	for (size_t i = 0; i < r->check_count; i++)
		print_check(x, &r->checks[i]);
}

/* A sentence within another: "The message is" is "message is". */
static enum err
put_inner(struct span sentence, struct buf *out)
{
	size_t start = out->len;

	(void)span_take(&sentence, SPAN("The "));
	TRY(buf_put(out, sentence));
	if (out->len > start && out->p[start] >= 'A' && out->p[start] <= 'Z')
		out->p[start] |= 0x20;
	return ERR_OK;
}

static enum err
put_off(struct report *x, const struct flow_rule_result *r, bool exceptions_first, struct buf *out)
{
	const struct flow_check *c = decisive(r, exceptions_first);
	CLEANUP(buf_done_secret) struct buf detail;

	buf_init(&detail, MASKED_BYTES);
	TRY(buf_put_str(out, "\""));
	TRY(buf_put(out, flow_rule_name(r->rule)));
	TRY(buf_put_str(out, "\" does not fire"));
	if (c == NULL)
		return ERR_OK;
	TRY(buf_put_str(out, c->exception ? ", by an exception: " : ": "));
	TRY(put_inner(c->detail, &detail));
	return put_check(x, c, buf_span(&detail), out);
}

/* The rule and what keeps it off, in one line where it fits. */
static void
print_off(struct report *x, const struct flow_rule_result *r)
{
	CLEANUP(buf_done_secret) struct buf text;

	buf_init(&text, MASKED_BYTES);
	fputs("  ", stdout);
	wrap_print(stdout, 2, 4,
	    put_off(x, r, false, &text) == ERR_OK ? buf_span(&text)
						  : SPAN("(a rule too long to show)"));
}

static void
print_unasked(size_t stopped, size_t disabled)
{
	if (stopped + disabled == 0)
		return;
	fputs("  not asked   ", stdout);
	if (stopped > 0)
		printf("%zu rule%s behind one that ended the pass%s", stopped,
		    stopped == 1 ? "" : "s", disabled > 0 ? "; " : "");
	if (disabled > 0)
		printf(
		    "%zu rule%s switched off", disabled, disabled == 1 ? " that is" : "s that are");
	putchar('\n');
}

/* back: whatever does not fire is summed up, but for a rule that routes where that is in question. */
static void
print_rules(struct report *x, const struct flow_copy *copy, bool back)
{
	size_t stopped = 0, disabled = 0, off = 0;

	for (size_t i = 0; i < copy->result_count; i++) {
		const struct flow_rule_result *r = &copy->results[i];
		bool routes = rules_routes(r->rule) && !(back && r->fires == RULE_NO);

		if (x->all || routes || (is_asked(r) && r->fires != RULE_NO)) {
			print_rule(x, r);
		} else if (!is_asked(r)) {
			*(r->skip == FLOW_STOPPED ? &stopped : &disabled) += 1;
		} else if (back) {
			off++;
		} else {
			print_off(x, r);
		}
	}
	if (off > 0)
		printf("  others      %zu rule%s not fire\n", off, off == 1 ? " does" : "s do");
	print_unasked(stopped, disabled);
}

/* --- copies --- */

/* To another tool, which is no circle by itself. */
static enum err
put_elsewhere(const struct flow_copy *copy, struct buf *out)
{
	TRY(buf_put_str(
	    out, copy->routed == RULE_YES ? "routed through \"" : "perhaps routed through \""));
	TRY(buf_put(out, copy->connector));
	return buf_put_str(out, "\", which is another tool's");
}

static enum err
put_way(const struct rules_source *s, const struct flow_copy *copy, bool back, struct buf *out)
{
	const char *again = back ? " AGAIN" : "";

	if (copy->routed == RULE_NO)
		return buf_put_str(
		    out, back ? "delivered directly: not routed again" : "delivered directly");
	if (rules_brought(s, copy) == RULE_NO)
		return put_elsewhere(copy, out);
	TRY(buf_printf(out, "%s%s through \"",
	    copy->routed == RULE_YES ? (back ? "ROUTED" : "routed")
				     : (back ? "perhaps ROUTED" : "perhaps routed"),
	    again));
	TRY(buf_put(out, copy->connector));
	return buf_put_str(
	    out, copy->connector_sure ? "\"" : "\", or through another connector that rules name");
}

static void
print_way(const struct rules_source *s, const struct flow_copy *copy, bool back)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, MASKED_BYTES);
	rules_row("way",
	    put_way(s, copy, back, &text) == ERR_OK ? buf_span(&text) : SPAN("(too long to show)"));
	if (copy->routed != RULE_NO && rules_brought(s, copy) == RULE_NO)
		rules_row("then",
		    SPAN(
			"What comes back from there is not known: ask about the mail as it comes back."));
}

static void
print_why(struct report *x, const struct flow_rule_result *r)
{
	CLEANUP(buf_done_secret) struct buf text;

	buf_init(&text, MASKED_BYTES);
	rules_row("why",
	    put_off(x, r, true, &text) == ERR_OK ? buf_span(&text) : SPAN("(too long to show)"));
}

/* Why what has come back is not routed again. */
static void
print_why_not_again(struct report *x, const struct flow_copy *copy)
{
	for (size_t i = 0; i < copy->result_count && copy->routed == RULE_NO; i++) {
		const struct flow_rule_result *r = &copy->results[i];

		if (rules_routes(r->rule) && is_asked(r) && r->fires == RULE_NO)
			print_why(x, r);
	}
}

static bool
has_field(const struct flow_copy *copy, struct span name)
{
	for (size_t i = 0; i < copy->field_count; i++)
		if (span_ieq(copy->fields[i].name, name))
			return true;
	return false;
}

static void
print_field(struct span name, const char *what, bool *any)
{
	printf("  %-12s", *any ? "" : "header");
	cli_print(stdout, name);
	printf(": %s\n", what);
	*any = true;
}

/* Which of our fields are in the header at the end of a pass, and which were taken off. */
static void
print_fields(struct report *x, const struct flow_mail *before, const struct flow_copy *copy)
{
	bool any = false;

	for (size_t i = 0; i < copy->field_count; i++) {
		const struct flow_field *f = &copy->fields[i];

		if (rules_is_ours(x->s, f->name))
			print_field(f->name, f->uncertain ? "perhaps in it" : "in it", &any);
	}
	for (size_t i = 0; i < before->field_count; i++) {
		struct span name = before->fields[i].name;

		if (rules_is_ours(x->s, name) && !has_field(copy, name))
			print_field(name, "taken off", &any);
	}
	if (!any)
		rules_row("header", SPAN("no X-SecuDoc field"));
}

/* The facts that made the copy what it is. */
static void
print_pass(struct report *x, const struct flow_copy *copy)
{
	char text[FACTS_MAX * 4 + 8] = "";
	size_t len = 0;

	for (size_t i = 0; i < copy->fact_count; i++) {
		size_t number = cite(x, copy->facts[i]);

		if (number > 0 && len + 8 < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%zu",
			    len > 0 ? "," : "by facts [", number);
	}
	if (len > 0) {
		snprintf(text + len, sizeof(text) - len, "]");
		rules_row("pass", span_str(text));
	}
}

static void
print_copy(
    struct report *x, const struct flow_mail *before, const struct flow_copy *copy, bool back)
{
	rules_rows("for", copy->recipients, copy->recipient_count);
	print_way(x->s, copy, back);
	if (back)
		print_why_not_again(x, copy);
	print_fields(x, before, copy);
	if (copy->spam_check_skipped != RULE_NO)
		rules_row("spam check",
		    copy->spam_check_skipped == RULE_YES
			? SPAN("asked to be left out (SCL -1), which is advice only")
			: SPAN("perhaps asked to be left out (SCL -1)"));
	if (copy->altered != RULE_NO)
		rules_row("besides",
		    copy->altered == RULE_YES
			? SPAN("a rule also does what is not followed here: delete, redirect, ...")
			: SPAN("a rule perhaps does what is not followed here: delete, ..."));
	print_rules(x, copy, back);
	if (x->all)
		print_pass(x, copy);
}

/* --- facts --- */

static enum err
put_standing(const struct flow_fact *f, struct buf *out)
{
	static const char *const words[] = { [FLOW_DOCUMENTED] = "documented: ",
		[FLOW_REPORTED] = "reported by others: ",
		[FLOW_INFERRED] = "concluded from: ",
		[FLOW_DISPUTED] = "documents disagree: ",
		[FLOW_UNDOCUMENTED] = "not said in: ",
		[FLOW_UNSEEN] = "not to be seen here: " };

	if (strcmp(f->source, "no source") == 0)
		return buf_put_str(out, "documented nowhere");
	TRY(buf_put_str(out, words[f->standing]));
	return buf_put_str(out, f->source);
}

static enum err
put_fact(const struct flow_fact *f, struct buf *out)
{
	TRY(buf_printf(out, "%s: %s (", f->id, f->sentence));
	TRY(put_standing(f, out));
	return buf_put_str(out, ")");
}

static void
print_facts(const struct report *x)
{
	if (x->fact_count > 0)
		printf("\nThis rests on\n");
	for (size_t i = 0; i < x->fact_count; i++) {
		CLEANUP(buf_done) struct buf text;
		int width = printf("  [%zu] ", i + 1);

		buf_init(&text, MASKED_BYTES);
		wrap_print(stdout, (size_t)width, 6,
		    put_fact(x->facts[i], &text) == ERR_OK ? buf_span(&text)
							   : span_str(x->facts[i]->id));
	}
	if (!x->all)
		printf("\n--all shows every check of every rule.\n");
}

void
rules_copies_print(const struct rules_source *s, const struct rules_answer *r, bool all)
{
	struct report x = { .s = s, .all = all };

	for (size_t i = 0; i < r->first.count; i++) {
		const struct rules_return *back = &r->returns[i];

		printf("\nCopy %zu of %zu\n", i + 1, r->first.count);
		print_copy(&x, &r->eml.mail, &r->first.copies[i], false);
		for (size_t k = 0; k < back->outcome.count; k++) {
			printf("\nCopy %zu of %zu, when the service hands it back\n", i + 1,
			    r->first.count);
			print_copy(&x, &back->mail, &back->outcome.copies[k], true);
		}
	}
	print_facts(&x);
}
