/*
 * Objects and lists of them: members are set, replaced, taken away; bounds; memory that is not to
 * be had.
 */
#include "rules/exo_int.h"

#include "support/alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOM (4u << 20)

static int
setup(void **state)
{
	struct arena *a = calloc(1, sizeof(*a));

	arena_init(a, ROOM);
	*state = a;
	return 0;
}

static int
teardown(void **state)
{
	arena_done(*state);
	free(*state);
	return 0;
}

static void
sets_members(void **state)
{
	struct arena *a = *state;
	struct exo_object o = { .kind = EXO_TRANSPORT_RULE };
	const struct span from[] = { SPAN("a@x.nl"), SPAN(" "), SPAN("b@x.nl") };

	assert_ok(exo_set_text(&o, "name", SPAN("Rule"), a));
	assert_ok(exo_set_texts(&o, "exceptiffrom", from, 3, a));
	assert_ok(exo_set_bool(&o, "StopRuleProcessing", true, a));
	assert_ok(exo_set_int(&o, "SetSCL", -1, a));
	assert_ok(exo_set_int(&o, "AttachmentSizeOver", 1024, a));
	assert_ok(exo_set_int(&o, "Comments", 7, a));
	assert_int_equal(o.count, 6);

	assert_span(exo_name(&o), "Rule");
	assert_span(o.members[0].name, "Name");
	assert_span(o.members[1].name, "ExceptIfFrom");
	assert_true(o.members[1].exception);
	assert_string_equal(o.members[1].property->name, "From");
	const struct exo_value *v = exo_get(&o, "ExceptIfFrom");
	assert_int_equal(v->count, 2); /* the empty one is none */
	assert_span(v->items[1], "b@x.nl");
	assert_true(exo_get(&o, "StopRuleProcessing")->yes);
	assert_int_equal(exo_get(&o, "SetSCL")->number, -1);
	assert_int_equal(exo_get(&o, "AttachmentSizeOver")->number, 1024);
	assert_span(exo_get(&o, "Comments")->text, "7");

	assert_null(exo_get(&o, "From")); /* the exception is not the condition */
	assert_null(exo_get(&o, "ExceptIfSubjectContainsWords"));
	assert_null(exo_get(&o, "NoSuchThing"));
	assert_null(exo_get(&o, ""));
}

static void
replaces_and_takes_away(void **state)
{
	struct arena *a = *state;
	struct exo_object o = { .kind = EXO_TRANSPORT_RULE };

	assert_ok(exo_set_text(&o, "Name", SPAN("one"), a));
	assert_ok(exo_set_text(&o, "Mode", SPAN("Audit"), a));
	assert_ok(exo_set_text(&o, "FromScope", SPAN("InOrganization"), a));
	assert_ok(exo_set_text(&o, "MODE", SPAN("Enforce"), a));
	assert_int_equal(o.count, 3);
	assert_span(exo_get(&o, "Mode")->text, "Enforce");
	assert_ok(exo_set_text(&o, "Mode", SPAN("$null"), a));
	assert_int_equal(o.count, 2);
	assert_null(exo_get(&o, "Mode"));
	assert_span(exo_get(&o, "FromScope")->text, "InOrganization");
	assert_ok(exo_set_texts(&o, "FromScope", NULL, 0, a));
	assert_ok(exo_set_text(&o, "FromScope", SPAN_NONE, a)); /* again: nothing there */
	assert_int_equal(o.count, 1);
	/* the state is how Exchange shows it, Enabled how it takes it */
	assert_ok(exo_set_bool(&o, "Enabled", true, a));
	assert_ok(exo_set_text(&o, "State", SPAN("Disabled"), a));
	assert_int_equal(o.count, 2);
	assert_false(exo_get(&o, "Enabled")->yes);
	assert_ptr_equal(exo_get(&o, "State"), exo_get(&o, "Enabled"));
}

static void
refuses(void **state)
{
	struct arena *a = *state;
	struct exo_object o = { .kind = EXO_TRANSPORT_RULE };
	const struct span two[] = { SPAN("a"), SPAN("b") };

	assert_err(exo_set_text(&o, "Nonsense", SPAN("x"), a), ERR_SYNTAX,
	    "TransportRule has no parameter Nonsense");
	assert_err(exo_set_text(&o, "a\nb", SPAN("x"), a), ERR_SYNTAX, "a\\x0ab");
	assert_err(exo_set_bool(&o, "Nonsense", true, a), ERR_SYNTAX, "Nonsense");
	assert_err(exo_set_int(&o, "ExceptIfSetSCL", 1, a), ERR_SYNTAX, "ExceptIfSetSCL");
	assert_err(exo_set_bool(&o, "Mode", true, a), ERR_SYNTAX, "TransportRule Mode");
	assert_err(exo_set_int(&o, "Enabled", 1, a), ERR_SYNTAX, "TransportRule Enabled");
	assert_err(exo_set_int(&o, "AttachmentSizeOver", -1, a), ERR_SYNTAX, "not a size");
	assert_err(exo_set_text(&o, "AttachmentSizeOver", SPAN("big"), a), ERR_SYNTAX,
	    "big is not a size");
	assert_err(exo_set_texts(&o, "Mode", two, 2, a), ERR_SYNTAX, "2 values");
	assert_err(exo_set_texts(&o, "SetHeaderValue", two, 2, a), ERR_SYNTAX, "2 values");
	assert_err(exo_set_text(&o, "Name", span_of("a\0b", 3), a), ERR_SYNTAX, "NUL");
	assert_int_equal(o.count, 0); /* nothing of it stayed */
}

/* the note of a value that is refused must not give a secret away: secrets are never wrong but in bytes */
static void
keeps_secrets_out_of_notes(void **state)
{
	struct exo_object o = { .kind = EXO_TRANSPORT_RULE };

	assert_int_equal(
	    exo_set_text(&o, "SetHeaderValue", span_of("hunter2\xFF", 8), *state), ERR_SYNTAX);
	assert_null(strstr(err_note(), "hunter2"));
}

static void
finds_objects(void **state)
{
	struct arena *a = *state;
	struct exo_list list = { 0 };
	struct exo_object *o;
	char name[32];

	assert_null(exo_find(&list, SPAN("rule 1")));
	for (size_t i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "Rule %zu", i);
		assert_ok(exo_add(&list, EXO_TRANSPORT_RULE, a, &o));
		assert_int_equal(o->kind, EXO_TRANSPORT_RULE);
		assert_int_equal(o->count, 0);
		assert_ok(exo_set_text(o, "Name", span_str(name), a));
	}
	assert_int_equal(list.count, 100);
	for (size_t i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "rULE %zu", i);
		assert_ptr_equal(exo_find(&list, span_str(name)), &list.items[i]);
	}
	assert_null(exo_find(&list, SPAN("Rule 100")));
	assert_null(exo_find(&list, SPAN("Rule")));
	assert_null(exo_find(&list, SPAN("Rule 1 ")));
}

/* a remote domain is known by its domain: "Default" is a name that can be changed */
static void
finds_by_the_key_of_the_kind(void **state)
{
	struct arena *a = *state;
	struct exo_list list = { 0 };
	struct exo_object *o;

	assert_ok(exo_add(&list, EXO_REMOTE_DOMAIN, a, &o));
	assert_ok(exo_set_text(o, "Name", SPAN("Default"), a));
	assert_int_equal(exo_name(o).len, 0);
	assert_ok(exo_set_text(o, "DomainName", SPAN("*"), a));
	assert_ptr_equal(exo_find(&list, SPAN("*")), o);
	assert_null(exo_find(&list, SPAN("Default")));
}

static void
has_bounds(void **state)
{
	struct arena *a = *state;
	struct exo_list list = { 0 };
	struct exo_object *o, *rule;
	struct exo_value v = { .type = EXO_BOOL, .yes = true };
	struct span *many = calloc(EXO_MAX_ITEMS + 1, sizeof(*many));
	char *text = calloc(1, EXO_MAX_TEXT_BYTES + 1), name[32];

	for (size_t i = 0; i < EXO_MAX_OBJECTS; i++)
		assert_ok(exo_add(&list, EXO_TRANSPORT_RULE, a, &o));
	assert_err(
	    exo_add(&list, EXO_TRANSPORT_RULE, a, &o), ERR_LIMIT, "5000 objects: TransportRules");
	rule = &list.items[0];
	for (size_t i = 0; i < EXO_MAX_MEMBERS; i++) {
		(void)snprintf(name, sizeof(name), "New%zu", i);
		assert_ok(exo_put(rule, NULL, false, span_str(name), &v, a));
	}
	assert_err(exo_put(rule, NULL, false, SPAN("one more"), &v, a), ERR_LIMIT, "400");
	assert_ok(exo_put(rule, NULL, false, SPAN("new7"), &v, a)); /* there already */
	rule = &list.items[1];
	for (size_t i = 0; i < EXO_MAX_ITEMS + 1; i++)
		many[i] = SPAN("a@x.nl");
	assert_ok(exo_set_texts(rule, "From", many, EXO_MAX_ITEMS, a));
	assert_err(exo_set_texts(rule, "From", many, EXO_MAX_ITEMS + 1, a), ERR_LIMIT,
	    "TransportRule From: 5001 values");
	memset(text, 'a', EXO_MAX_TEXT_BYTES + 1);
	assert_ok(exo_set_text(rule, "Name", span_of(text, EXO_MAX_TEXT_BYTES), a));
	assert_err(exo_set_text(rule, "Name", span_of(text, EXO_MAX_TEXT_BYTES + 1), a), ERR_LIMIT,
	    "65537 bytes");
	free(text);
	free(many);
}

static enum err
build(struct arena *a)
{
	struct exo_list list = { 0 };
	struct exo_object *o = NULL;
	const struct span from[] = { SPAN("a@x.nl"), SPAN("b@x.nl") };

	for (size_t i = 0; i < 40; i++) {
		TRY(exo_add(&list, EXO_TRANSPORT_RULE, a, &o));
		TRY(exo_set_text(o, "Name", SPAN("Rule"), a));
		TRY(exo_set_texts(o, "ExceptIfFrom", from, 2, a));
		TRY(exo_set_int(o, "SetSCL", -1, a));
	}
	return ERR_OK;
}

static void
says_when_memory_ends(void **state)
{
	struct arena small;
	size_t n = 1;

	(void)state;
	for (;; n++) {
		arena_init(&small, 1 << 20);
		alloc_fail_at(n);
		enum err err = build(&small);
		bool failed = alloc_failed();
		arena_done(&small);
		if (!failed)
			break;
		assert_int_equal(err, ERR_TEMP);
	}
	alloc_fail_at(0);
	assert_true(n > 3);
	arena_init(&small, 1000);
	assert_int_equal(build(&small), ERR_LIMIT);
	arena_done(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sets_members, setup, teardown),
		cmocka_unit_test_setup_teardown(replaces_and_takes_away, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_secrets_out_of_notes, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_by_the_key_of_the_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(has_bounds, setup, teardown),
		cmocka_unit_test(says_when_memory_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
