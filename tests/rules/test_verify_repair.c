/*
 * rules/verify.h: the commands, run in their order on a tenant that acts as Exchange's reference says.
 *
 * After them the next comparison has no finding that a command could repair, and those that none can repair are
 * the same as before. For every case alone and with every other, for any order of rules, and for names
 * made to break out of quotes.
 */
#include "core/crypto.h"
#include "rules/tools.h"
#include "rules/verify.h"

#include "rules/verify_bench.h"
#include "rules/verify_cases.h"
#include "rules/verify_edit.h"
#include "rules/verify_model.h"
#include "support/alloc.h"

#include <time.h>

/*
 * Repairing
 */
static void
print(const char *name, const struct drift_list *list)
{
	print_message("%s\n", name);
	for (size_t i = 0; i < list->count; i++) {
		const struct drift *d = &list->items[i];

		print_message("  %s %s '%.*s' %.*s: %.*s\n", drift_severity_name(d->severity),
		    drift_kind_name(d->kind), (int)d->object.len, (const char *)d->object.p,
		    (int)d->property.len, (const char *)d->property.p, (int)d->repair.len,
		    (const char *)d->repair.p);
	}
}

static size_t
without_repair(const struct drift_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].repair.len == 0)
			n++;
	return n;
}

/* all commands of the first comparison, then the second; how many commands there were */
static size_t
repair(const char *name, const struct exo_state *plan, const struct exo_state *have,
    struct arena *a, struct exo_state *ret_after)
{
	struct model m = { .want = plan, .a = a };
	struct drift_list before, after;

	model_copy(have, a, &m.state);
	assert_ok(verify_compare(plan, have, a, &before));
	for (size_t i = 0; i < before.count; i++)
		if (before.items[i].repair.len > 0)
			model_run(&m, before.items[i].repair);
	assert_ok(verify_compare(plan, &m.state, a, &after));
	if (without_repair(&after) != after.count) {
		print(name, &before);
		print("then", &after);
		fail_msg("%s: there is still something to repair", name);
	}
	*ret_after = m.state;
	return m.commands;
}

/* kinds that say that the plan is not met; the others are about others */
static bool
is_ours(enum drift_kind kind)
{
	return kind == DRIFT_MISSING || kind == DRIFT_CHANGED || kind == DRIFT_ADDED ||
	    kind == DRIFT_DISABLED || kind == DRIFT_ORDER;
}

static void
repairs_each_drift(void **state)
{
	struct bench *b = *state;
	size_t commands = 0;

	for (size_t i = 0; i < COUNT(drift_cases); i++) {
		struct exo_state have, after;
		struct drift_list list;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, drift_cases[i].edits, &b->run);
		commands += repair(drift_cases[i].name, &b->plan, &have, &b->run, &after);
		assert_ok(verify_compare(&b->plan, &after, &b->run, &list));
		for (size_t j = 0; j < list.count; j++) {
			/*
			 * Exchange has no command for a domain, and none that changes a group's type; names
			 * are free, and an address that another group has is not taken from it
			 */
			if (is_ours(list.items[j].kind) &&
			    list.items[j].object_kind != EXO_ACCEPTED_DOMAIN &&
			    !span_eq(list.items[j].property, SPAN("Type")) &&
			    !span_eq(list.items[j].property, SPAN("Name")) &&
			    strstr(drift_cases[i].edits, "+group") == NULL) {
				print(drift_cases[i].name, &list);
				fail_msg("%s: not repaired", drift_cases[i].name);
			}
		}
	}
	/* the test would prove nothing if there were no commands */
	assert_true(commands > 100);
}

/* an edit of a thing that another edit took away cannot be made */
static bool
goes_together(const char *first, const char *second)
{
	return strstr(first, "-rule ") == NULL && strstr(first, "-in ") == NULL &&
	    strstr(first, "-out ") == NULL && strstr(first, "-remote ") == NULL &&
	    strstr(first, "-group ") == NULL && strstr(first, "-domain ") == NULL &&
	    strchr(first, '?') == NULL && strstr(first, ": Name=") == NULL &&
	    (strstr(second, "+") == NULL || strstr(first, "+") == NULL);
}

static void
repairs_two_at_once(void **state)
{
	struct bench *b = *state;
	size_t pairs = 0;

	for (size_t i = 0; i < COUNT(drift_cases); i++)
		/* all of them take a minute: each with some of the others, each time with different ones */
		for (size_t j = i % 7; j < COUNT(drift_cases); j += 7) {
			struct exo_state have, after;
			char name[256];

			if (i == j || !goes_together(drift_cases[i].edits, drift_cases[j].edits))
				continue;
			arena_clear(&b->run);
			snprintf(
			    name, sizeof(name), "%s; %s", drift_cases[i].name, drift_cases[j].name);
			model_copy(&b->base, &b->run, &have);
			edit(&have, drift_cases[i].edits, &b->run);
			edit(&have, drift_cases[j].edits, &b->run);
			(void)repair(name, &b->plan, &have, &b->run, &after);
			pairs++;
		}
	assert_true(pairs > 1000);
}

/*
 * Order
 */
static uint32_t
next_random(uint32_t *seed)
{
	/* Numerical Recipes' generator: the same on every machine */
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* said without looking at how verify does it */
static void
check_order(
    const struct exo_state *plan, const struct exo_list *before, const struct exo_list *after)
{
	const struct exo_list *ours = &plan->lists[EXO_TRANSPORT_RULE];
	size_t planned = 0, others = 0;
	bool seen = false;

	for (size_t i = 0; i < after->count; i++) {
		struct span name = exo_name(&after->items[i]);

		if (exo_find(ours, name) != NULL) {
			assert_true(span_ieq(name, exo_name(&ours->items[planned])));
			planned++;
			seen = true;
			continue;
		}
		/* no tool behind or between ours */
		if (rule_tool_find(name, SPAN_NONE) != NULL)
			assert_false(seen);
		while (others < before->count &&
		    exo_find(ours, exo_name(&before->items[others])) != NULL)
			others++;
		assert_true(span_eq(name, exo_name(&before->items[others])));
		others++;
	}
	assert_int_equal(planned, ours->count);
}

static void
puts_any_order_right(void **state)
{
	struct bench *b = *state;
	uint32_t seed = 20261121;

	for (int round = 0; round < 600; round++) {
		struct exo_state have, after;
		struct exo_list *rules;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		rules = &have.lists[EXO_TRANSPORT_RULE];
		/* one more tool, and harmless rules in between */
		edit(&have,
		    "+rule Name=LSI exception for automatic reply; PrependSubject=a\n"
		    "+rule Name=one; PrependSubject=b\n+rule Name=two; PrependSubject=c",
		    &b->run);
		for (size_t i = rules->count - 1; i > 0; i--)
			model_move(rules, next_random(&seed) % (i + 1), i);
		for (size_t i = next_random(&seed) % 5; i > 0; i--)
			model_remove(rules, next_random(&seed) % rules->count);
		(void)repair("any order", &b->plan, &have, &b->run, &after);
		check_order(&b->plan, rules, &after.lists[EXO_TRANSPORT_RULE]);
	}
}

/* what stands right stays where it is: a move is a change in somebody's tenant */
static void
moves_no_more_than_it_must(void **state)
{
	static const struct {
		const char *name, *edits;
		size_t commands;
	} cases[] = {
		{ "nothing", "", 0 },
		{ "one of ours to the end", "rule " OOF "@9", 1 },
		{ "one of ours to the front of all", "rule " STRIP "@0", 1 },
		{ "the routing rule stays, those behind it move", "rule " ROUTE "@9", 4 },
		{ "rules of others in between", "+rule@5 Name=x; PrependSubject=x", 0 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exo_state have, after;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, cases[i].edits, &b->run);
		assert_int_equal(
		    repair(cases[i].name, &b->plan, &have, &b->run, &after), cases[i].commands);
	}
}

/*
 * Plans of all shapes, and hostile names
 */
static const char *const plans[] = { "group-optin", "group-optout", "organization-optin",
	"organization-optout", "hostile" };

static void
read_plan(const char *name, struct arena *a, struct exo_state *ret)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/rules/golden/%s.json", name);
	read_state(path, a, ret);
}

/* a tenant that has nothing but what it cannot lack, made what the plan wants by the commands alone */
static void
builds_a_plan_from_nothing(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(plans); i++) {
		struct exo_state plan, empty = { 0 }, after;
		struct drift_list list;

		arena_clear(&b->run);
		read_plan(plans[i], &b->run, &plan);
		assert_true(repair(plans[i], &plan, &empty, &b->run, &after) >= 9);
		assert_ok(verify_compare(&plan, &after, &b->run, &list));
		/* the domain, which no command adds */
		assert_int_equal(list.count, 1);
		assert_int_equal(list.items[0].object_kind, EXO_ACCEPTED_DOMAIN);
		for (unsigned kind = 0; kind < EXO_KINDS; kind++)
			for (size_t j = 0; j < after.lists[kind].count; j++)
				assert_true(span_eq(exo_name(&after.lists[kind].items[j]),
				    exo_name(&plan.lists[kind].items[j])));
	}
}

/* secrets as digests, sizes in words, defaults shown */
static void
as_exported(struct exo_state *s, struct arena *a)
{
	struct exo_list *rules = &s->lists[EXO_TRANSPORT_RULE];

	for (size_t i = 0; i < rules->count; i++) {
		struct exo_object *o = &rules->items[i];
		const struct exo_value *secret = exo_get(o, "SetHeaderValue");
		uint8_t digest[SHA256_SIZE];
		char hex[HEX_SIZE(SHA256_SIZE)], text[16 + HEX_SIZE(SHA256_SIZE)];

		assert_ok(exo_set_text(o, "State", SPAN("Enabled"), a));
		assert_ok(exo_set_bool(o, "HasNoClassification", false, a));
		assert_ok(exo_set_int(o, "Priority", (int64_t)i, a));
		if (exo_get(o, "AttachmentSizeOver") != NULL)
			assert_ok(
			    exo_set_text(o, "AttachmentSizeOver", SPAN("1 KB (1,024 bytes)"), a));
		if (secret == NULL)
			continue;
		sha256_of(secret->text, digest);
		snprintf(text, sizeof(text), "sha256:%s",
		    hex_encode(span_of(digest, sizeof(digest)), hex));
		assert_ok(exo_set_text(o, "SetHeaderValue", span_str(text), a));
	}
	struct exo_list *in = &s->lists[EXO_INBOUND_CONNECTOR];
	for (size_t i = 0; i < in->count; i++)
		assert_ok(exo_set_text(&in->items[i], "SenderDomains", SPAN("smtp:*;1"), a));
}

static void
finds_nothing_in_a_plan_as_exported(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(plans); i++) {
		struct exo_state plan, have;
		struct drift_list list;

		arena_clear(&b->run);
		read_plan(plans[i], &b->run, &plan);
		assert_ok(verify_compare(&plan, &plan, &b->run, &list));
		assert_int_equal(list.count, 0);
		model_copy(&plan, &b->run, &have);
		as_exported(&have, &b->run);
		assert_ok(verify_compare(&plan, &have, &b->run, &list));
		if (list.count > 0)
			print(plans[i], &list);
		assert_int_equal(list.count, 0);
	}
}

/* each member of each object with another value: with names that break out of anything that is not quoted */
static void
repairs_hostile_names(void **state)
{
	struct bench *b = *state;
	struct exo_state plan, have, after;
	size_t commands = 0;

	arena_clear(&b->run);
	read_plan("hostile", &b->arena, &plan);
	for (unsigned kind = 0; kind < EXO_KINDS; kind++)
		for (size_t i = 0; i < plan.lists[kind].count; i++) {
			arena_clear(&b->run);
			model_copy(&plan, &b->run, &have);
			struct exo_object *o = &have.lists[kind].items[i];
			for (size_t j = 0; j < o->count; j++)
				if (o->members[j].value.type == EXO_BOOL)
					o->members[j].value.yes = !o->members[j].value.yes;
			if (kind == EXO_TRANSPORT_RULE)
				edit_members(o,
				    SPAN("SubjectContainsWords='$(x)|\xE2\x80\x98;|`n; "
					 "RuleErrorAction=Ignore; -SetHeaderValue"),
				    &b->run);
			commands += repair("hostile", &plan, &have, &b->run, &after);
		}
	assert_true(commands > 30);
}

/*
 * What the other plans ask for
 */
static void
look(struct bench *b, const char *plan_name, const char *edits, const struct expected *expected)
{
	struct exo_state plan, have;
	struct drift_list list;
	size_t count = 0;

	arena_clear(&b->run);
	read_plan(plan_name, &b->run, &plan);
	model_copy(&plan, &b->run, &have);
	edit(&have, edits, &b->run);
	assert_ok(verify_compare(&plan, &have, &b->run, &list));
	for (; count < MAX_EXPECTED && expected[count].object != NULL; count++) {
		if (count >= list.count || list.items[count].kind != expected[count].kind ||
		    list.items[count].severity != expected[count].severity ||
		    !span_eq(list.items[count].object, span_str(expected[count].object)) ||
		    !span_eq(list.items[count].property, span_str(expected[count].property))) {
			print(edits, &list);
			fail_msg("%s: %s", plan_name, edits);
		}
	}
	if (count != list.count)
		print(edits, &list);
	assert_int_equal(list.count, count);
}

static void
knows_the_other_plans(void **state)
{
	static const struct {
		const char *plan, *edits;
		struct expected expected[MAX_EXPECTED];
	} cases[] = {
		/* opt-in: the header says what to protect */
		{ "group-optin", "rule " ROUTE ": HeaderMatchesPatterns=^2$",
		    { { CHANGED, C, ROUTE, "HeaderMatchesPatterns" } } },
		{ "group-optin",
		    "rule " ROUTE ": -HeaderMatchesMessageHeader; -HeaderMatchesPatterns",
		    { { MISSING, W, ROUTE, "HeaderMatchesMessageHeader" },
			{ MISSING, W, ROUTE, "HeaderMatchesPatterns" } } },
		{ "group-optin",
		    "+rule@0 Name=a; SetHeaderName=X-SecuDoc-Enabled; SetHeaderValue=1",
		    { { IN_FRONT, N, "a", "SetHeaderName" } } },
		{ "group-optin",
		    "+rule@0 Name=a; SetHeaderName=X-SecuDoc-Enabled; SetHeaderValue=maybe",
		    { { IN_FRONT, C, "a", "SetHeaderName" } } },
		{ "group-optin", "+rule@0 Name=a; RemoveHeader=X-SecuDoc-Enabled",
		    { { IN_FRONT, C, "a", "RemoveHeader" } } },
		{ "group-optout",
		    "+rule@0 Name=a; SetHeaderName=X-SecuDoc-Enabled; SetHeaderValue=maybe",
		    { { IN_FRONT, C, "a", "SetHeaderName" } } },
		/* what the sender chose is taken off: only where it is asked for does mail leave */
		{ "group-optin", "rule " SWITCH "@1", { { ORDER, C, SWITCH, "Priority" } } },
		{ "organization-optin", "rule " SWITCH "@1", { { ORDER, C, SWITCH, "Priority" } } },
		{ "group-optin", "rule SecuDoc Remove X-SecuDoc-Mark@1",
		    { { ORDER, W, "SecuDoc Remove X-SecuDoc-Mark", "Priority" } } },
		{ "group-optout", "rule " SWITCH "@2", { { ORDER, W, SWITCH, "Priority" } } },
		/* the whole organisation: the sender's domain decides */
		{ "organization-optout", "rule " ROUTE ": FromScope=NotInOrganization",
		    { { CHANGED, C, ROUTE, "FromScope" } } },
		{ "organization-optout",
		    "+domain DomainName=old.contoso.nl; DomainType=ExternalRelay",
		    { { RIVAL, W, "old.contoso.nl", "DomainType" } } },
		{ "organization-optout",
		    "+domain DomainName=old.contoso.nl; DomainType=InternalRelay", { { 0 } } },
		{ "organization-optout", "-group SecuDoc Users",
		    { { MISSING, W, "SecuDoc Users", "" } } },
		{ "organization-optout",
		    "+rule@0 Name=a; FromScope=NotInOrganization; StopRuleProcessing=True",
		    { { 0 } } },
		{ "organization-optout",
		    "+rule@0 Name=a; ExceptIfFromScope=InOrganization; StopRuleProcessing=True",
		    { { 0 } } },
		{ "organization-optout",
		    "+rule@0 Name=a; FromMemberOf=x@contoso.nl; StopRuleProcessing=True",
		    { { IN_FRONT, C, "a", "StopRuleProcessing" } } },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		look(*state, cases[i].plan, cases[i].edits, cases[i].expected);
}

/* loop_mark plain: the word 1.0 of SD-075 in place of the tokens */
static void
knows_the_plain_mark(void **state)
{
#define PLAIN                                                                                   \
	"rule " ROUTE ": -ExceptIfHeaderMatchesMessageHeader; -ExceptIfHeaderMatchesPatterns; " \
	"ExceptIfHeaderContainsMessageHeader=X-SecuDoc; ExceptIfHeaderContainsWords=1.0\n"
	static const struct {
		const char *edits;
		struct expected expected[4];
	} cases[] = {
		{ "", { { 0 } } },
		{ "rule " ROUTE ": ExceptIfHeaderContainsWords=1",
		    { { CHANGED, C, ROUTE, "ExceptIfHeaderContainsWords" } } },
		{ "rule " ROUTE ": ExceptIfHeaderContainsWords=1.0|2.0",
		    { { CHANGED, C, ROUTE, "ExceptIfHeaderContainsWords" } } },
		{ "rule " ROUTE ": ExceptIfHeaderContainsMessageHeader=X-Secure",
		    { { CHANGED, C, ROUTE, "ExceptIfHeaderContainsMessageHeader" } } },
		{ "rule " ROUTE ": -ExceptIfHeaderContainsMessageHeader; "
		  "-ExceptIfHeaderContainsWords",
		    { { MISSING, C, ROUTE, "ExceptIfHeaderContainsMessageHeader" },
			{ MISSING, C, ROUTE, "ExceptIfHeaderContainsWords" } } },
		{ "+rule@0 Name=a; SetHeaderName=X-SecuDoc; SetHeaderValue=1.0",
		    { { IN_FRONT, C, "a", "SetHeaderName" } } },
		{ "+rule@0 Name=a; RemoveHeader=x-secudoc",
		    { { IN_FRONT, C, "a", "RemoveHeader" } } },
		{ "rule " STRIP "@0", { { ORDER, C, STRIP, "Priority" } } },
		{ "+rule Name=a; RouteMessageOutboundConnector=SecuDoc Out; "
		  "ExceptIfHeaderContainsMessageHeader=X-SecuDoc; ExceptIfHeaderContainsWords=1.0",
		    { { DUPLICATE, W, "a", "RouteMessageOutboundConnector" } } },
		{ "+rule Name=a; RouteMessageOutboundConnector=SecuDoc Out; "
		  "ExceptIfHeaderContainsMessageHeader=X-SecuDoc; ExceptIfHeaderContainsWords=2.0",
		    { { DUPLICATE, C, "a", "RouteMessageOutboundConnector" } } },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exo_state plan, have, after;
		struct drift_list list;
		size_t n = 0;

		arena_clear(&b->run);
		model_copy(&b->plan, &b->run, &plan);
		model_copy(&b->base, &b->run, &have);
		edit(&plan, PLAIN, &b->run);
		edit(&have, PLAIN, &b->run);
		edit(&have, cases[i].edits, &b->run);
		assert_ok(verify_compare(&plan, &have, &b->run, &list));
		for (; n < list.count; n++)
			if (n == COUNT(cases[i].expected) ||
			    list.items[n].kind != cases[i].expected[n].kind ||
			    list.items[n].severity != cases[i].expected[n].severity ||
			    !span_eq(
				list.items[n].property, span_str(cases[i].expected[n].property))) {
				print(cases[i].edits, &list);
				fail_msg("%s", cases[i].edits);
			}
		assert_true(n == COUNT(cases[i].expected) || cases[i].expected[n].object == NULL);
		(void)repair(cases[i].edits, &plan, &have, &b->run, &after);
	}
}

/*
 * What Exchange does with Unicode normal forms is not documented, so nothing is led together: a name that
 * looks the same is a missing object and a second way to the service.
 */
static void
keeps_normal_forms_apart(void **state)
{
	struct bench *b = *state;
	struct exo_state plan, have;
	struct drift_list list;

	arena_clear(&b->run);
	model_copy(&b->plan, &b->run, &plan);
	model_copy(&b->base, &b->run, &have);
	edit(&plan, "rule " ROUTE ": Name=Caf\xC3\xA9", &b->run);
	edit(&have, "rule " ROUTE ": Name=Cafe\xCC\x81", &b->run);
	assert_ok(verify_compare(&plan, &have, &b->run, &list));
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].kind, DRIFT_MISSING);
	assert_span(list.items[0].object, "Caf\xC3\xA9");
	assert_int_equal(list.items[1].kind, DRIFT_DUPLICATE);
	assert_int_equal(list.items[1].severity, DRIFT_WARNING);
	assert_span(list.items[1].object, "Cafe\xCC\x81");
	edit(&have, "rule Cafe\xCC\x81: Name=CAF\xC3\xA9", &b->run);
	assert_ok(verify_compare(&plan, &have, &b->run, &list));
	assert_int_equal(list.count, 0);
}

/* what looks like a variable in a name is a name */
static void
keeps_names_from_being_variables(void **state)
{
	struct bench *b = *state;
	struct exo_state plan, have, after;
	struct drift_list list;

	arena_clear(&b->run);
	model_copy(&b->plan, &b->run, &plan);
	model_copy(&b->base, &b->run, &have);
	edit(&plan, "rule " OOF ": Name=a -SetHeaderValue $secret \xE2\x80\x99 $secret", &b->run);
	edit(&have,
	    "rule " OOF ": Name=a -SetHeaderValue $secret \xE2\x80\x99 $secret; SetHeaderValue=x",
	    &b->run);
	assert_ok(verify_compare(&plan, &have, &b->run, &list));
	assert_int_equal(list.count, 1);
	assert_span(list.items[0].repair,
	    "Set-TransportRule -Identity 'a -SetHeaderValue $secret \xE2\x80\x99\xE2\x80\x99 $secret' "
	    "-SetHeaderValue $(if ($mark) { $mark } else { throw 'set $mark first' }) -SetHeaderName 'X-SecuDoc'");
	(void)repair("variables", &plan, &have, &b->run, &after);
}

/* two rules of one name: neither is touched, as no command can say which */
static void
leaves_twins_alone(void **state)
{
	struct bench *b = *state;
	struct exo_state have;
	struct drift_list list;
	size_t ours = 0;

	arena_clear(&b->run);
	model_copy(&b->base, &b->run, &have);
	edit(&have,
	    "rule " ROUTE ": RuleErrorAction=Ignore; State=Disabled; -ExceptIfFrom; "
	    "SubjectContainsWords=x\n"
	    "rule " ROUTE "@0\n+rule Name=secudoc MAIL integration; StopRuleProcessing=True",
	    &b->run);
	assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
	for (size_t i = 0; i < list.count; i++)
		if (span_ieq(list.items[i].object, SPAN(ROUTE))) {
			assert_int_equal(list.items[i].repair.len, 0);
			ours++;
		}
	assert_int_equal(ours, 6);
}

static void
bounds_what_it_says(void **state)
{
	struct bench *b = *state;
	struct exo_state have;
	struct drift_list list;
	static char name[200], edits[40000];
	size_t len = 0;

	arena_clear(&b->run);
	model_copy(&b->base, &b->run, &have);
	len +=
	    (size_t)snprintf(edits, sizeof(edits), "rule " ROUTE ": ExceptIfSubjectContainsWords=");
	for (int i = 0; i < 60; i++) {
		memset(name, 'a' + i % 26, sizeof(name) - 1);
		len += (size_t)snprintf(
		    &edits[len], sizeof(edits) - len, "%s%s", i > 0 ? "|" : "", name);
	}
	edit(&have, edits, &b->run);
	assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
	assert_int_equal(list.count, 1);
	assert_true(list.items[0].have.len <= DRIFT_MAX_TEXT_BYTES);
	assert_true(span_iends(list.items[0].have, SPAN("...")));
	assert_span(list.items[0].repair,
	    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -ExceptIfSubjectContainsWords "
	    "$null");
}

/* more than are handed over: the worst stay, and it is said how many there were */
static void
keeps_the_worst(void **state)
{
	static const size_t notes[] = { 0, 1000, 30000 };
	struct bench *b = *state;

	for (size_t n = 0; n < COUNT(notes); n++) {
		struct exo_state have;
		struct drift_list list;
		struct exo_object *o;
		size_t critical = 0;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		/* rules that stop all, in front of ours; each on trial with as many notes as there shall be */
		for (size_t i = 0; i < 4500; i++) {
			char name[32];

			snprintf(name, sizeof(name), "stop %zu", i);
			assert_ok(exo_add(
			    &have.lists[EXO_TRANSPORT_RULE], EXO_TRANSPORT_RULE, &b->run, &o));
			assert_ok(exo_set_text(o, "Name", span_str(name), &b->run));
			assert_ok(exo_set_bool(o, "StopRuleProcessing", true, &b->run));
			if (i % 3 == 0)
				assert_ok(exo_set_text(o, "Mode", SPAN("Audit"), &b->run));
			for (size_t j = 0; i % 3 == 0 && j < notes[n] / 1500; j++) {
				struct exo_value value = { .type = EXO_TEXT, .text = SPAN("x") };

				snprintf(name, sizeof(name), "Unknown%zu", j);
				assert_ok(exo_put(o, NULL, false, span_str(name), &value, &b->run));
			}
		}
		struct exo_list *rules = &have.lists[EXO_TRANSPORT_RULE];
		for (size_t i = 0; i < b->base.lists[EXO_TRANSPORT_RULE].count; i++)
			model_move(rules, 0, rules->count - 1);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		assert_int_equal(list.count, DRIFT_MAX_FINDINGS);
		assert_int_equal(
		    list.left_out, 4500 + 1500 * (notes[n] / 1500) - DRIFT_MAX_FINDINGS);
		for (size_t i = 0; i < list.count; i++)
			critical += list.items[i].severity == DRIFT_CRITICAL;
		assert_int_equal(critical, 3000);
		assert_span(list.items[0].object, "stop 1");
		assert_span(list.items[2999].object, "stop 4499");
		assert_span(list.items[3000].object, "stop 0");
	}
}

/* a hostile export: tens of thousands of addresses, and of names that rules look for among them */
static void
finds_its_way_in_a_large_export(void **state)
{
	struct bench *b = *state;
	struct exo_state have;
	struct drift_list list;
	struct exo_object *o;
	struct span names[90];
	char name[64];

	arena_clear(&b->run);
	model_copy(&b->base, &b->run, &have);
	for (size_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "g%zu", i);
		assert_ok(exo_add(
		    &have.lists[EXO_DISTRIBUTION_GROUP], EXO_DISTRIBUTION_GROUP, &b->run, &o));
		assert_ok(exo_set_text(o, "Name", span_str(name), &b->run));
		for (size_t j = 0; j < 40; j++)
			assert_ok(
			    arena_printf(&b->run, &names[j], "smtp:a%zu.%zu@contoso.nl", i, j));
		assert_ok(exo_set_texts(o, "EmailAddresses", names, 40, &b->run));
	}
	for (size_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "r%zu", i);
		assert_ok(
		    exo_add(&have.lists[EXO_TRANSPORT_RULE], EXO_TRANSPORT_RULE, &b->run, &o));
		assert_ok(exo_set_text(o, "Name", span_str(name), &b->run));
		assert_ok(exo_set_bool(o, "StopRuleProcessing", true, &b->run));
		for (size_t j = 0; j < COUNT(names); j++)
			assert_ok(
			    arena_printf(&b->run, &names[j], "a%zu.%zu@contoso.nl", i, j % 40));
		/* every other one names our users too, by another name than we do */
		names[89] = i % 2 == 0 ? SPAN("secudoc users") : SPAN("nobody");
		assert_ok(exo_set_texts(o, "ExceptIfFromMemberOf", names, COUNT(names), &b->run));
		model_move(
		    &have.lists[EXO_TRANSPORT_RULE], have.lists[EXO_TRANSPORT_RULE].count - 1, 0);
	}
	clock_t start = clock();
	assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
	/* looked through one by one it takes minutes */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
	assert_int_equal(list.count, 500);
}

static void
says_when_it_is_too_much(void **state)
{
	struct bench *b = *state;
	struct drift_list list;
	struct arena small;

	arena_init(&small, 1000);
	assert_int_equal(verify_compare(&b->plan, &b->base, &small, &list), ERR_LIMIT);
	arena_done(&small);
}

/* plans that nobody makes today */
static void
follows_odd_plans(void **state)
{
	static const struct {
		const char *plan, *edits;
		struct expected expected;
		const char *repair;
	} cases[] = {
		{ "rule " SPAM ": Enabled=False", "", { CHANGED, W, SPAM, "Enabled" },
		    "Disable-TransportRule -Identity 'SecuDoc No Spam Check'" },
		{ "rule " SPAM ": Enabled=False", "rule " SPAM ": State=Disabled", { 0 }, NULL },
		{ "rule " SPAM ": Mode=Audit", "rule " SPAM ": Mode=AuditAndNotify", { 0 }, NULL },
		{ "rule " SPAM ": ExpiryDate=2027-01-01", "rule " SPAM ": ExpiryDate=2026-12-31",
		    { DISABLED, W, SPAM, "ExpiryDate" },
		    "Set-TransportRule -Identity 'SecuDoc No Spam Check' -ExpiryDate '2027-01-01'" },
		{ "domain secudoc.contoso.nl: DomainType=Authoritative", "", { 0 }, NULL },
		{ "domain secudoc.contoso.nl: DomainType=Authoritative",
		    "domain secudoc.contoso.nl: DomainType=ExternalRelay",
		    { CHANGED, W, "secudoc.contoso.nl", "DomainType" }, "" },
		/* without a routing rule nobody knows whose mail comes back with marks */
		{ "-rule " ROUTE, "-rule " ROUTE,
		    { IN_FRONT, W, "Warn of mail from outside", "StopRuleProcessing" }, "" },
		/* two groups of one display name: which is meant cannot be said */
		{ "",
		    "rule " ROUTE ": FromMemberOf=Double\ngroup SecuDoc Users: DisplayName=Double\n"
		    "+group Name=Other; DisplayName=Double",
		    { CHANGED, C, ROUTE, "FromMemberOf" },
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -FromMemberOf "
		    "@('secudoc_users@contoso.nl')" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exo_state plan, have;
		struct drift_list list;
		const struct expected *e = &cases[i].expected;

		arena_clear(&b->run);
		model_copy(&b->plan, &b->run, &plan);
		model_copy(&b->base, &b->run, &have);
		edit(&plan, cases[i].plan, &b->run);
		edit(&have, cases[i].edits, &b->run);
		assert_ok(verify_compare(&plan, &have, &b->run, &list));
		/* what a display name alone changes is a note behind it */
		while (list.count > 0 && list.items[list.count - 1].severity == DRIFT_NOTE)
			list.count--;
		if (list.count != (e->object != NULL ? 1 : 0)) {
			print(cases[i].edits, &list);
			fail_msg("%s; %s", cases[i].plan, cases[i].edits);
		}
		if (e->object == NULL)
			continue;
		assert_int_equal(list.items[0].kind, e->kind);
		assert_int_equal(list.items[0].severity, e->severity);
		assert_span(list.items[0].object, e->object);
		assert_span(list.items[0].property, e->property);
		assert_span(list.items[0].repair, cases[i].repair);
	}
}

/* an empty plan asks for nothing; whatever the tenant has is its own business */
static void
asks_nothing_for_an_empty_plan(void **state)
{
	struct bench *b = *state;
	struct exo_state nothing = { 0 };
	struct drift_list list;

	arena_clear(&b->run);
	assert_ok(verify_compare(&nothing, &b->base, &b->run, &list));
	assert_int_equal(list.count, 0);
	assert_ok(verify_compare(&nothing, &nothing, &b->run, &list));
	assert_int_equal(list.count, 0);
}

/* patterns of the loop mark's header may hold former tokens: they are counted, never shown */
static void
shows_no_tokens(void **state)
{
	struct bench *b = *state;
	struct exo_state have;
	struct drift_list list;

	arena_clear(&b->run);
	model_copy(&b->base, &b->run, &have);
	edit(&have, "rule " STRIP ": HeaderMatchesPatterns=" MARK("verysecretformertoken1") "|x",
	    &b->run);
	assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
	assert_int_equal(list.count, 1);
	assert_span(list.items[0].want, "\\S");
	assert_span(list.items[0].have, "2 patterns");
	edit(&have,
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=" MARK(
		"(" NOW "~verysecretformertoken1~verysecretformertoken2)"),
	    &b->run);
	assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
	assert_int_equal(list.count, 2);
	assert_span(list.items[0].want, "the tenant's 2 tokens");
	assert_span(list.items[0].have, "1 of them, and 2 others");
}

static void
shows_no_secret(const char *edits, const struct drift_list *list)
{
	static const char *const secrets[] = { "testtoken", "TESTTOKEN", "formertoken", "averyold",
		"test-secret" };

	for (size_t j = 0; j < list->count; j++) {
		const struct drift *d = &list->items[j];
		const struct span texts[] = { d->want, d->have, d->why, d->repair };

		for (size_t k = 0; k < COUNT(texts) * COUNT(secrets); k++) {
			struct span text = texts[k % COUNT(texts)];

			if (span_find(text, span_str(secrets[k / COUNT(texts)])) == text.len)
				continue;
			print(edits, list);
			fail_msg("%s", edits);
		}
	}
}

/* wherever a token of the plan, or its secret, comes up: in no text and in no command, in whatever case */
static void
masks_tokens_everywhere(void **state)
{
	static const struct {
		const char *edits, *have;
	} cases[] = {
		{ "rule " ROUTE ": SubjectContainsWords=x" NOW "y", "x********y" },
		{ "rule " ROUTE ": SubjectContainsWords=TESTTOKEN0123456789ABCDEF", "********" },
		{ "rule " ROUTE ": ExceptIfSubjectMatchesPatterns=" FORMER "~b", "********|b" },
		{ "rule " ROUTE ": ExceptIfHeaderContainsMessageHeader=X-Other; "
		  "ExceptIfHeaderContainsWords=" NOW "|1.0",
		    "********, 1.0" },
		{ "rule " ROUTE ": ExceptIfHeaderContainsMessageHeader=X-SecuDoc; "
		  "ExceptIfHeaderContainsWords=averyoldtoken0123456789|1.0",
		    "2 words" },
		{ "rule " ROUTE ": ExceptIfHeaderContainsMessageHeader=X-SecuDoc; "
		  "ExceptIfHeaderContainsWords=1.0",
		    "1.0" },
		{ "rule " ROUTE ": !Remark=the secret is test-secret-0123456789.",
		    "the secret is ********." },
		{ "out SecuDoc Out: TlsDomain=" NOW ".example.org", "********.example.org" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exo_state have;
		struct drift_list list;
		bool seen = false;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, cases[i].edits, &b->run);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		shows_no_secret(cases[i].edits, &list);
		for (size_t j = 0; j < list.count; j++)
			seen = seen || span_eq(list.items[j].have, span_str(cases[i].have));
		if (!seen)
			print(cases[i].edits, &list);
		assert_true(seen);
	}
}

/* where a value is cut, half a token may not stay: whatever stands before it */
static void
masks_before_it_cuts(void **state)
{
	struct bench *b = *state;

	for (size_t front = 440; front < 520; front++) {
		struct exo_state have;
		struct drift_list list;
		char edits[1024], filler[521];

		memset(filler, 'x', sizeof(filler));
		snprintf(edits, sizeof(edits), "rule " ROUTE ": SubjectContainsWords=%.*s" NOW "yy",
		    (int)front, filler);
		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, edits, &b->run);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		assert_int_equal(list.count, 1);
		assert_true(list.items[0].have.len <= DRIFT_MAX_TEXT_BYTES);
		assert_true(span_find(list.items[0].have, SPAN("test")) == list.items[0].have.len);
	}
}

/* a command that would need a token where no variable stands for it is not given */
static void
gives_no_command_with_a_token(void **state)
{
	struct bench *b = *state;
	struct exo_state plan, have;
	struct drift_list list;

	arena_clear(&b->run);
	model_copy(&b->plan, &b->run, &plan);
	model_copy(&b->base, &b->run, &have);
	edit(&plan, "rule " SPAM ": HeaderMatchesPatterns=" MARK(FORMER), &b->run);
	assert_ok(verify_compare(&plan, &have, &b->run, &list));
	assert_int_equal(list.count, 1);
	assert_span(list.items[0].property, "HeaderMatchesPatterns");
	assert_int_equal(list.items[0].repair.len, 0);
}

/* each allocation fails once: the answer is "again later", and the next time it is right */
static void
survives_without_memory(void **state)
{
	struct bench *b = *state;
	struct exo_state have;
	struct drift_list list;
	size_t n = 1;

	arena_clear(&b->run);
	model_copy(&b->base, &b->run, &have);
	edit(&have,
	    "-group SecuDoc Users\n-rule " OOF "\nrule " STRIP "@0\nin SecuDoc In: Enabled=False\n"
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=x; SetHeaderValue=y; Mode=Audit\n"
	    "+rule@0 Name=Stop; StopRuleProcessing=True\n?domain",
	    &b->run);
	for (;; n++) {
		struct arena a;

		arena_init(&a, ARENA_BYTES);
		alloc_fail_at(n);
		enum err err = verify_compare(&b->plan, &have, &a, &list);
		bool failed = alloc_failed();
		size_t count = list.count;
		alloc_fail_at(0);
		arena_done(&a);
		if (!failed) {
			assert_int_equal(err, ERR_OK);
			assert_int_equal(count, 9);
			break;
		}
		assert_int_equal(err, ERR_TEMP);
	}
	assert_true(n > 20);
}

static void
has_a_word_for_everything(void **state)
{
	static const char *const kinds[DRIFT_KINDS] = { "missing", "changed", "added", "disabled",
		"order", "in-front", "rival", "duplicate", "not-exported" };

	(void)state;
	for (unsigned k = 0; k < DRIFT_KINDS; k++)
		assert_string_equal(drift_kind_name(k), kinds[k]);
	assert_string_equal(drift_severity_name(DRIFT_NOTE), "note");
	assert_string_equal(drift_severity_name(DRIFT_WARNING), "warning");
	assert_string_equal(drift_severity_name(DRIFT_CRITICAL), "critical");
}

static void
says_commands_as_people_would(void **state)
{
	static const struct {
		const char *edits, *repair;
	} cases[] = {
		{ "in SecuDoc In: RequireTls=False",
		    "Set-InboundConnector -Identity 'SecuDoc In' -RequireTls $true" },
		{ "rule " ROUTE ": State=Disabled",
		    "Enable-TransportRule -Identity 'SecuDoc Mail Integration'" },
		{ "rule " ROUTE ": Mode=Audit",
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -Mode 'Enforce'" },
		{ "rule " ROUTE ": SetHeaderValue=x",
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -SetHeaderValue "
		    "$(if ($secret) { $secret } else { throw 'set $secret first' }) "
		    "-SetHeaderName 'X-SecuDoc-Tenant'" },
		{ "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=x",
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' "
		    "-ExceptIfHeaderMatchesPatterns $(if ($pattern) { $pattern } else { throw 'set $pattern first' }) "
		    "-ExceptIfHeaderMatchesMessageHeader "
		    "'X-SecuDoc'" },
		{ "rule " OOF ": SetHeaderValue=x",
		    "Set-TransportRule -Identity 'SecuDoc Set Aside Out-of-Office' -SetHeaderValue "
		    "$(if ($mark) { $mark } else { throw 'set $mark first' }) "
		    "-SetHeaderName 'X-SecuDoc'" },
		{ "-rule " STRIP,
		    "New-TransportRule -Name 'SecuDoc Remove X-SecuDoc' -Mode 'Enforce' "
		    "-RuleErrorAction 'Defer' -SentToScope 'NotInOrganization' "
		    "-HeaderMatchesMessageHeader 'X-SecuDoc' -HeaderMatchesPatterns @('\\S') "
		    "-RemoveHeader 'X-SecuDoc' -Enabled $false -Priority 9; "
		    "Enable-TransportRule -Identity 'SecuDoc Remove X-SecuDoc'" },
		{ "rule " ROUTE ": ExceptIfFrom=facturen@contoso.nl|o'neil@contoso.nl",
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -ExceptIfFrom "
		    "@('facturen@contoso.nl')" },
		{ "rule " ROUTE ": DeleteMessage=True",
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -DeleteMessage $false" },
		{ "rule " ROUTE ": ExpiryDate=2026-12-31T00:00:00Z",
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -ExpiryDate $null" },
		{ "rule " ROUTE ": RecipientAddressType=Original",
		    "Set-TransportRule -Identity 'SecuDoc Mail Integration' -RecipientAddressType "
		    "'Resolved'" },
		{ "remote *: TNEFEnabled=True",
		    "Set-RemoteDomain -Identity 'Default' -TNEFEnabled $false" },
		{ "rule " STRIP "@3",
		    "Set-TransportRule -Identity 'SecuDoc Remove X-SecuDoc' -Priority 9" },
		{ "+rule Name=it's mine; RouteMessageOutboundConnector=SecuDoc Out",
		    "Disable-TransportRule -Identity 'it''s mine'" },
		{ "+rule@0 Name=Stop; StopRuleProcessing=True", "" },
		{ "-domain secudoc.contoso.nl", "" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exo_state have;
		struct drift_list list;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, cases[i].edits, &b->run);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		assert_int_equal(list.count, 1);
		assert_span(list.items[0].repair, cases[i].repair);
	}
}

/* commands name a connector as the tenant calls it, and take no address from another group */
static void
follows_other_names(void **state)
{
#define OTHER_NAME "out SecuDoc Out: Name=To our service; Identity=To our service\n"
	static const struct {
		const char *edits, *first, *holds, *lacks;
	} cases[] = {
		{ OTHER_NAME "-rule " ROUTE, "New-TransportRule ",
		    " -RouteMessageOutboundConnector 'To our service' ", "SecuDoc Out" },
		{ OTHER_NAME "rule " ROUTE
			     ": RouteMessageOutboundConnector=CodeTwo Outbound Connector",
		    "Set-TransportRule ", " -RouteMessageOutboundConnector 'To our service'",
		    "SecuDoc Out" },
		{ OTHER_NAME "out To our service: UseMXRecord=True",
		    "Set-OutboundConnector -Identity 'To our service' ", " -UseMXRecord $false",
		    "SecuDoc Out" },
		{ "in SecuDoc In: Name=Back; Identity=Back; RequireTls=False",
		    "Set-InboundConnector -Identity 'Back' ", " -RequireTls $true", "SecuDoc In" },
		{ "group SecuDoc Users: Name=Safe; Identity=Safe; MemberDepartRestriction=Open",
		    "Set-DistributionGroup -Identity 'Safe' ", " -MemberDepartRestriction 'Closed'",
		    "SecuDoc Users" },
		/* it has the planned name, so it is ours, and its address is another group's */
		{ "group SecuDoc Users: PrimarySmtpAddress=old@contoso.nl; EmailAddresses=SMTP:x@x.nl\n"
		  "+group Name=Other; PrimarySmtpAddress=secudoc_users@contoso.nl",
		    "", "", "Set-" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exo_state have;
		struct drift_list list;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, cases[i].edits, &b->run);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		assert_true(list.count > 0);
		struct span repair = list.items[0].repair;
		assert_true(span_istarts(repair, span_str(cases[i].first)));
		assert_true(cases[i].holds[0] == '\0' ||
		    span_find(repair, span_str(cases[i].holds)) < repair.len);
		assert_int_equal(span_find(repair, span_str(cases[i].lacks)), repair.len);
		for (size_t j = 1; j < list.count; j++)
			assert_int_equal(list.items[j].repair.len, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repairs_each_drift),
		cmocka_unit_test(repairs_two_at_once),
		cmocka_unit_test(puts_any_order_right),
		cmocka_unit_test(moves_no_more_than_it_must),
		cmocka_unit_test(builds_a_plan_from_nothing),
		cmocka_unit_test(finds_nothing_in_a_plan_as_exported),
		cmocka_unit_test(repairs_hostile_names),
		cmocka_unit_test(knows_the_other_plans),
		cmocka_unit_test(knows_the_plain_mark),
		cmocka_unit_test(follows_other_names),
		cmocka_unit_test(keeps_normal_forms_apart),
		cmocka_unit_test(keeps_names_from_being_variables),
		cmocka_unit_test(leaves_twins_alone),
		cmocka_unit_test(follows_odd_plans),
		cmocka_unit_test(asks_nothing_for_an_empty_plan),
		cmocka_unit_test(shows_no_tokens),
		cmocka_unit_test(masks_tokens_everywhere),
		cmocka_unit_test(masks_before_it_cuts),
		cmocka_unit_test(gives_no_command_with_a_token),
		cmocka_unit_test(survives_without_memory),
		cmocka_unit_test(has_a_word_for_everything),
		cmocka_unit_test(bounds_what_it_says),
		cmocka_unit_test(keeps_the_worst),
		cmocka_unit_test(finds_its_way_in_a_large_export),
		cmocka_unit_test(says_when_it_is_too_much),
		cmocka_unit_test(says_commands_as_people_would),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
