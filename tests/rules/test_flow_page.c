/*
 * docs/rules.md shows the tables of rules/flow to administrators; this test keeps it so.
 *
 * With "--print" the program writes the page to stdout instead (scripts/docs uses it).
 */
#include "rules/flow_int.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE_MAX (256u << 10)

static void
put(struct buf *out, const char *text)
{
	if (buf_put_str(out, text) != ERR_OK)
		abort();
}

/* text in a cell of a table */
static void
put_cell(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		char c[3] = { '\\', *text, '\0' };

		put(out, strchr("\\`*_[]<>|$^", *text) != NULL ? c : c + 1);
	}
}

static void
put_code(struct buf *out, const char *name)
{
	put(out, "`");
	put(out, name);
	put(out, "`");
}

static const char front[] =
    "# How mail flow rules are evaluated\n"
    "\n"
    "Made from the tables in `rules/flow_facts.c`, `rules/flow_conditions.c` and `rules/flow_actions.c` by\n"
    "`scripts/docs`.\n"
    "\n"
    "Exchange Online decides by mail flow rules which mail goes to SecuDoc 365. `secudoc rules explain` and\n"
    "`secudoc rules simulate` answer for a mail what the rules would do with it, without a tenant. They know\n"
    "what Microsoft has written down, and nothing else: a question has three answers, *yes*, *no* and\n"
    "*unknown*, every answer names the fact on which it rests, and unknown is never rounded. Where this page\n"
    "says unknown, only a mail in the real tenant can tell.\n"
    "\n"
    "## A rule\n"
    "\n"
    "It acts when all its conditions are met and none of its exceptions is. Of the values of one condition\n"
    "any is enough.\n"
    "\n"
    "| conditions | exceptions | the rule acts |\n"
    "| --- | --- | --- |\n"
    "| one no | whatever | no |\n"
    "| whatever | one yes | no |\n"
    "| all yes, or there are none | all no, or there are none | yes |\n"
    "| anything else | | unknown |\n"
    "\n"
    "## A pass\n"
    "\n"
    "Rules are asked in order of priority. What one sets or removes is seen by those behind it. A rule that\n"
    "acts *unknown* leaves its traces unknown: the fields that it may have set, the connector, and, if it may\n"
    "have ended the pass, everything behind it. Rules that are disabled are not asked; rules in a test mode are\n"
    "asked and do nothing.\n"
    "\n"
    "A mail passes twice: when it is sent, and when SecuDoc 365 hands it back. The second time it bears the loop\n"
    "mark, `X-SecuDoc`, which the routing rule excepts.\n"
    "\n"
    "Conditions on recipients are asked for each recipient. Recipients for whom every rule comes out the same\n"
    "share a copy of the mail, whatever the reasons; the others get copies of their own.\n"
    "\n"
    "## If you write rules of your own\n"
    "\n"
    "- In patterns keep to the signs that Microsoft lists for Exchange Online: `\\s` `\\S` `\\d` `\\D` `\\w` `\\W`,\n"
    "  `|`, `*`, `( )`, `^`, `$`, and `\\` before a sign that stands for itself. Write `\\d\\d*` in place of\n"
    "  `\\d+`, `\\S` in place of `.` and `(a|b)` in place of `[ab]`.\n"
    "- A word is found beside punctuation: the word `1` is found in `1.0` and in `v-1`. Where it matters, use a\n"
    "  pattern: `^\\s*1\\s*$`.\n"
    "- Put people directly into groups that rules name: what members of inner groups are is nowhere said.\n"
    "- Give sizes in whole KB; attachments of exactly the size may count or not.\n"
    "- Name people and groups by their primary addresses.\n"
    "- A rule that deletes, rejects, redirects, encrypts or adds a disclaimer belongs behind ours: they are asked\n"
    "  when the mail comes back. In front, nothing certain can be said of the mail that it touches.\n";

static const char commands[] =
    "\n"
    "## The commands\n"
    "\n"
    "`secudoc rules` changes nothing and asks nobody; it reads settings and files.\n"
    "\n"
    "| command | says |\n"
    "| --- | --- |\n"
    "| `secudoc rules plan` | what the tenant's Exchange Online should have: `--format text`, `markdown` "
    "(change request) or `json` (set-up script). JSON holds the tenant's secret: `--out FILE` writes it "
    "with mode 0600; to a terminal it goes with `--reveal` only. The other two mask it, "
    "unless `--reveal` is given for rules made by hand. Warns when `linked_domain` is not in "
    "`client_cert`, or that ends within 21 days |\n"
    "| `secudoc rules explain MAIL.eml` | what the rules do to one mail: the verdict in the first line; "
    "of a *maybe*, on what it depends and what to give; for each copy the rules that fire and the one "
    "that routes with all their checks, the others with what keeps them off; the second pass when the "
    "mail comes back; and the facts on which the answers rest. `--all` shows every check of every rule, "
    "`--json` always has them |\n"
    "| `secudoc rules simulate FOLDER` | a row for each mail in the folder and those below: would it be "
    "routed, why (one word), how many recipients; then counts and bytes |\n"
    "| `secudoc rules verify EXPORT.json` | what the tenant has, compared with the plan: each difference "
    "with its severity and the command that repairs it |\n"
    "\n"
    "Rules come from the tenant's settings (`--config`, `--tenant`), from a plan (`--plan PLAN.json`) or "
    "from an export\n"
    "(`--export EXPORT.json`). `--scope`, `--mode`, `--recipients` and `--loop-mark` stand in for a "
    "setting in this run.\n"
    "Who is in a group is said with `--members` (the group that the routing rule asks for) and `--group "
    "GROUP=LIST`;\n"
    "lists are `a@x,b@y` or `@FILE`. Without them membership is unknown, and so is the answer. A member that\n"
    "is known to be a group itself leaves it unknown for everybody who is not named; a group that no rule asks "
    "about is said\n"
    "on stderr.\n"
    "\n"
    "An export holds other tools' rules as well. Ours is the one that routes to the connector of the settings, or "
    "to its\n"
    "smart host; without settings the one that sets an `X-SecuDoc-` header, excepts `X-SecuDoc`, or whose name or "
    "connector\n"
    "begins with \"SecuDoc\". When the export has accepted domains these say what is inside, and not the "
    "settings.\n"
    "\n"
    "`simulate` looks at what files begin with, not at what they are called: a mail begins with a header "
    "field. The files of a\n"
    "Maildir are mails; what is none is counted, and listed with `--all`. A mail that the service would "
    "refuse is\n"
    "*unreadable*. Links are not followed. In a folder without any mail there is nothing to answer: exit "
    "status 1. Words of\n"
    "the column REASON:\n"
    "\n"
    "| word | what decided |\n"
    "| --- | --- |\n"
    "| `rule-fires` | nothing keeps the rule off |\n"
    "| `not-a-member`, `sender-outside`, `recipients-inside`, `no-large-file`, `not-switched-on` | a "
    "condition: it says no, or cannot be answered when the verdict is maybe |\n"
    "| `marked`, `message-type`, `excluded-sender`, `excluded-group` | an exception: it says yes, or "
    "cannot be answered |\n"
    "| `rule-disabled`, `rule-in-audit-mode`, `rule-in-front`, `no-rule` | the rule is off, on trial, "
    "behind one that ended the pass, or not there |\n"
    "| `other-connector` | a rule of another tool, whose connector the mail takes: the verdict is "
    "*elsewhere*, and what comes back from there is not known |\n"
    "| `no-recipient`, `another-condition` | the mail names nobody; a condition that is not one of ours |\n"
    "\n"
    "`verify` compares exports of the same tenant only (`EntraId`), and shows of when the export is: "
    "monitoring should see to\n"
    "it that it is recent. Its exit status is for monitoring: 0 nothing differs, 1 it could not be "
    "compared, 2 wrongly called,\n"
    "3 the worst difference is a warning, 4 the worst is critical. The first line of output is the one to "
    "show. Differences\n"
    "below `--min-severity` neither show nor count; notes alone give 0.\n";

static const struct {
	enum flow_standing standing;
	const char *means, *answers;
} standings[] = {
	{ FLOW_DOCUMENTED, "Microsoft says so", "yes or no" },
	{ FLOW_REPORTED, "others say so, Microsoft does not contradict", "yes or no" },
	{ FLOW_INFERRED, "it follows from other facts; of a condition: it cannot be known any more",
	    "unknown" },
	{ FLOW_DISPUTED, "Microsoft's own pages contradict each other", "unknown" },
	{ FLOW_UNDOCUMENTED, "looked for, and found nowhere", "unknown" },
	{ FLOW_UNSEEN, "Microsoft says so, but it rests on what is not seen from outside",
	    "unknown" },
};

static void
put_standings(struct buf *out)
{
	put(out,
	    "\n## Facts\n\nStandings, and what a condition answers that rests on such a fact:\n\n"
	    "| standing | means | answer |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < COUNT(standings); i++) {
		put(out, "| ");
		put(out, flow_standing_name(standings[i].standing));
		put(out, " | ");
		put(out, standings[i].means);
		put(out, " | ");
		put(out, standings[i].answers);
		put(out, " |\n");
	}
}

static void
put_facts(struct buf *out, enum flow_place place, const char *title)
{
	put(out, title);
	put(out, "\n\n| fact | says | standing | source |\n| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < flow_fact_count; i++) {
		const struct flow_fact *f = &flow_facts[i];

		if (f->place != place)
			continue;
		put(out, "| ");
		put_code(out, f->id);
		put(out, " | ");
		put_cell(out, f->sentence);
		put(out, " | ");
		put(out, flow_standing_name(f->standing));
		put(out, " | ");
		put_cell(out, f->source);
		put(out, " |\n");
	}
}

static void
put_conditions(struct buf *out)
{
	static const char *const of[] = { [FLOW_ASKS_MAIL] = "the mail",
		[FLOW_ASKS_RECIPIENT] = "each recipient",
		[FLOW_ASKS_ANY_RECIPIENT] = "all recipients" };

	put(out,
	    "\n## Conditions\n\nAn exception is called like its condition, with `ExceptIf` in front, and asked "
	    "the same way.\n\n| condition | asked of | compares |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < flow_predicate_count; i++) {
		const struct flow_predicate *p = &flow_predicates[i];

		put(out, "| ");
		if (p->partner != NULL) {
			put_code(out, p->partner);
			put(out, " and ");
		}
		put_code(out, p->name);
		put(out, " | ");
		put(out, of[p->subject]);
		put(out, " | ");
		put_cell(out, p->compares);
		put(out, " |\n");
	}
}

static bool
is_modelled(const char *name)
{
	for (size_t i = 0; i < flow_predicate_count; i++)
		if (strcmp(flow_predicates[i].name, name) == 0 ||
		    (flow_predicates[i].partner != NULL &&
			strcmp(flow_predicates[i].partner, name) == 0))
			return true;
	return false;
}

/* a list in lines of some hundred characters */
static void
put_others(struct buf *out)
{
	size_t line = 0;

	put(out,
	    "\nNot modelled, and always unknown; so is every parameter that this version does not know:\n\n");
	for (size_t i = 0; i < exo_property_count; i++) {
		const struct exo_property *p = &exo_properties[i];

		if (p->kind != EXO_TRANSPORT_RULE || p->role != EXO_CONDITION ||
		    is_modelled(p->name))
			continue;
		if (line > 0)
			put(out, line > 80 ? ",\n" : ", ");
		line = line > 80 ? 0 : line;
		put_code(out, p->name);
		line += strlen(p->name) + 4;
	}
	put(out, ".\n");
}

static void
put_action(struct buf *out, const struct flow_action *action)
{
	static const struct {
		unsigned bit;
		const char *what;
	} changes[] = { { FLOW_CHANGES_FATE, "whether and where it goes on" },
		{ FLOW_CHANGES_CONTENT, "content, size and type" },
		{ FLOW_CHANGES_RECIPIENTS, "recipients" }, { FLOW_CHANGES_SUBJECT, "subject" } };
	size_t count = 0;

	put(out, "| ");
	put_code(out, action->name);
	put(out, action->read != NULL ? " | yes | " : " | no | ");
	for (size_t i = 0; i < COUNT(changes); i++)
		if (action->changes & changes[i].bit) {
			put(out, count++ > 0 ? ", " : "");
			put(out, changes[i].what);
		}
	put(out, count > 0 ? " |\n" : "nothing else |\n");
}

static void
put_actions(struct buf *out)
{
	put(out,
	    "\n## Actions\n\nActions that are followed are done to the copy. What others may change is unknown to "
	    "the rules\nbehind, and the copy is marked as altered. A parameter that this version does not know may "
	    "change\neverything.\n\n| action | followed | may change |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < flow_action_count; i++)
		put_action(out, &flow_actions[i]);
}

static void
page(struct buf *out)
{
	put(out, front);
	put(out, commands);
	put_conditions(out);
	put_others(out);
	put_actions(out);
	put_standings(out);
	put_facts(out, FLOW_OF_CONDITION, "\n### Of conditions");
	put_facts(out, FLOW_OF_PASS, "\n### Of rules and passes");
}

static void
test_page_is_up_to_date(void **state)
{
	FILE *file = fopen(SOURCE_DIR "/docs/rules.md", "r");
	static char have[PAGE_MAX];
	struct buf want;

	(void)state;
	assert_non_null(file);
	have[fread(have, 1, sizeof(have) - 1, file)] = '\0';
	fclose(file);
	buf_init(&want, PAGE_MAX);
	page(&want);
	assert_string_equal(have, buf_cstr(&want));
	buf_done(&want);
}

/* every action of the reference is in the table: none changes everything only because it was forgotten */
static void
test_actions_are_complete(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < exo_property_count; i++) {
		size_t k = 0;

		if (exo_properties[i].kind != EXO_TRANSPORT_RULE ||
		    exo_properties[i].role != EXO_ACTION)
			continue;
		while (k < flow_action_count &&
		    strcmp(flow_actions[k].name, exo_properties[i].name) != 0)
			k++;
		if (k == flow_action_count)
			fail_msg("%s is in no row", exo_properties[i].name);
		found++;
	}
	assert_int_equal(found, flow_action_count);
}

/* and the table of conditions has names of the reference only */
static void
test_conditions_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < flow_predicate_count; i++) {
		const char *names[] = { flow_predicates[i].name, flow_predicates[i].partner };

		for (size_t k = 0; k < 2 && names[k] != NULL; k++) {
			bool exception;
			const struct exo_property *p =
			    exo_property_find(EXO_TRANSPORT_RULE, span_str(names[k]), &exception);

			assert_non_null(p);
			assert_int_equal(p->role, EXO_CONDITION);
			assert_string_equal(p->name, names[k]);
		}
	}
}

static int
print_page(void)
{
	struct buf out;

	buf_init(&out, PAGE_MAX);
	page(&out);
	fputs(buf_cstr(&out), stdout);
	buf_done(&out);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_is_up_to_date),
		cmocka_unit_test(test_actions_are_complete),
		cmocka_unit_test(test_conditions_are_known),
	};

	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return print_page();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
