/*
 * The table of parameters against Microsoft's reference (tests/data/cmdlets.json): every parameter
 * of every cmdlet is there with a type that fits, and nothing else is said to be one.
 */
#include "rules/exo.h"

#include "support/cmdlets.h"
#include "support/unit.h"

#include <stdio.h>

static struct json *file;
static const struct json *cmdlets;

static int
load(void **state)
{
	(void)state;
	cmdlets = cmdlets_load(SOURCE_DIR "/tests/data/cmdlets.json", &file);
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	json_free(&file);
	return 0;
}

static bool
among(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* what a cmdlet is told, but the object does not keep */
static const char *const orders[] = { "Confirm", "WhatIf", "Identity",
	"BypassSecurityGroupManagerCheck", "ForceUpgrade", "ResetMigrationToUnifiedGroup",
	"UpdateMemberCount", NULL };

/* for people only, or of the moment: a difference in them is no drift */
static const char *const not_compared[] = { "Comment", "Comments", "Notes", "Description",
	"LastValidationTimestamp", "LinkForModifiedConnector", NULL };

/* MultiValuedProperty of texts in which case counts: proxy addresses (SMTP: is the primary), free texts */
static const char *const cased[] = { "EmailAddresses", "MailTipTranslations",
	"ExtensionCustomAttribute1", "ExtensionCustomAttribute2", "ExtensionCustomAttribute3",
	"ExtensionCustomAttribute4", "ExtensionCustomAttribute5", NULL };

static bool
fits(const struct exo_property *p, struct span type)
{
	static const struct {
		const char *type;
		enum exo_type is;
	} exact[] = {
		{ "Boolean", EXO_BOOL },
		{ "SwitchParameter", EXO_BOOL },
		{ "Int32", EXO_INT },
		{ "SclValue", EXO_INT },
		{ "Unlimited", EXO_INT },
		{ "ByteQuantifiedSize", EXO_SIZE },
		{ "Pattern[]", EXO_TEXTS },
		{ "Hashtable[]", EXO_TEXTS },
		{ "ProxyAddressCollection", EXO_TEXTS },
		{ "HeaderValue", EXO_SECRET },
		{ "DisclaimerText", EXO_TEXT },
		{ "EventLogText", EXO_TEXT },
		{ "RejectText", EXO_TEXT },
		{ "SubjectPrefix", EXO_TEXT },
		{ "DateTime", EXO_TEXT },
	};

	if (among(p->name, not_compared))
		return p->type == EXO_IGNORED;
	for (size_t i = 0; i < COUNT(exact); i++)
		if (span_eq(type, span_str(exact[i].type)))
			return p->type == exact[i].is;
	if (span_eq(type, SPAN("MultiValuedProperty")) || span_iends(type, SPAN("[]")))
		return p->type == (among(p->name, cased) ? EXO_TEXTS : EXO_NAMES);
	if (span_eq(type, SPAN("String")))
		return p->type == EXO_TEXT || p->type == EXO_NAME;
	return p->type == EXO_NAME; /* enumerations, identities, addresses, names of fields */
}

static void
check_parameter(enum exo_kind kind, const char *verb, const char *name, const struct json *of)
{
	bool exception = false;
	const struct exo_property *p = exo_property_find(kind, span_str(name), &exception);
	struct span type = SPAN_NONE;
	const char *bare = exception ? name + strlen("ExceptIf") : name;

	if (p == NULL) {
		fail_msg("%s%s -%s is not in the table", verb, exo_kind_names(kind)->noun, name);
		return;
	}
	if (strcmp(p->name, bare) != 0)
		fail_msg("%s is written %s", name, p->name);
	if ((p->flags & (strcmp(verb, "New-") == 0 ? EXO_NEW : EXO_SET)) == 0)
		fail_msg("%s%s takes %s", verb, exo_kind_names(kind)->noun, name);
	assert_true(json_str(json_get(of, "type"), &type));
	if (!fits(p, type))
		fail_msg("%s is a %.*s", name, (int)type.len, (const char *)type.p);
	if (((p->flags & EXO_SWITCH) != 0) != span_eq(type, SPAN("SwitchParameter")))
		fail_msg("%s and switches", name);
}

static size_t
check_cmdlet(enum exo_kind kind, const char *verb)
{
	const struct json *all = cmdlets_parameters(cmdlets, verb, exo_kind_names(kind)->noun);
	size_t checked = 0;

	for (size_t i = 0; i < json_count(all); i++) {
		const char *name = json_key_at(all, i);

		if (among(name, orders))
			continue;
		check_parameter(kind, verb, name, json_at(all, i));
		checked++;
	}
	return checked;
}

static void
has_every_parameter(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		if (kind == EXO_ACCEPTED_DOMAIN)
			continue;
		assert_true(check_cmdlet(kind, "New-") >= 2);
		assert_true(check_cmdlet(kind, "Set-") > 10);
	}
	/* 61 conditions and exceptions each, 36 actions, properties: the list is not short by accident */
	assert_true(check_cmdlet(EXO_TRANSPORT_RULE, "New-") > 160);
}

static void
has_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < exo_property_count; i++) {
		const struct exo_property *p = &exo_properties[i];
		const char *noun = exo_kind_names(p->kind)->noun;
		bool by_new = json_get(cmdlets_parameters(cmdlets, "New-", noun), p->name) != NULL;
		bool by_set = json_get(cmdlets_parameters(cmdlets, "Set-", noun), p->name) != NULL;

		/* New-RemoteDomain has a Name, Set-RemoteDomain too; but Identity is no member's value */
		if (strcmp(p->name, "Identity") == 0)
			by_new = by_set = false;
		if (((p->flags & EXO_NEW) != 0) != by_new || ((p->flags & EXO_SET) != 0) != by_set)
			fail_msg("%s of %s: %d %d", p->name, noun, by_new, by_set);
		for (size_t j = 0; j < i; j++)
			if (exo_properties[j].kind == p->kind &&
			    strcasecmp(exo_properties[j].name, p->name) == 0)
				fail_msg("%s of %s is there twice", p->name, noun);
	}
}

/* a condition is what has an exception; the properties of a rule are few and named here */
static void
knows_the_parts_of_a_rule(void **state)
{
	static const char *const properties[] = { "Name", "Comments", "Enabled", "Priority", "Mode",
		"RuleErrorAction", "RuleSubType", "SenderAddressLocation", "RecipientAddressType",
		"ActivationDate", "ExpiryDate", "DlpPolicy", "UseLegacyRegex", "Identity", "Guid",
		"WhenChanged", "Description", NULL };
	const struct json *all = cmdlets_parameters(cmdlets, "New-", "TransportRule");
	size_t conditions = 0, actions = 0;

	(void)state;
	for (size_t i = 0; i < exo_property_count; i++) {
		const struct exo_property *p = &exo_properties[i];
		char exception[128];

		if (p->kind != EXO_TRANSPORT_RULE) {
			assert_int_equal(p->role, EXO_PLAIN);
			continue;
		}
		(void)snprintf(exception, sizeof(exception), "ExceptIf%s", p->name);
		enum exo_role want = EXO_ACTION;
		if (json_get(all, exception) != NULL)
			want = EXO_CONDITION;
		else if (among(p->name, properties))
			want = EXO_PLAIN;
		if (p->role != want)
			fail_msg("%s has role %d", p->name, (int)p->role);
		conditions += want == EXO_CONDITION;
		actions += want == EXO_ACTION;
	}
	assert_true(conditions > 50 && actions > 30);
}

static void
finds_rows(void **state)
{
	static const struct {
		enum exo_kind kind;
		const char *name;
		const char *want; /* NULL: no such row */
		bool exception;
	} cases[] = {
		{ EXO_TRANSPORT_RULE, "FromMemberOf", "FromMemberOf", false },
		{ EXO_TRANSPORT_RULE, "frommemberof", "FromMemberOf", false },
		{ EXO_TRANSPORT_RULE, "ExceptIfFromMemberOf", "FromMemberOf", true },
		{ EXO_TRANSPORT_RULE, "exceptifFROM", "From", true },
		{ EXO_TRANSPORT_RULE, "State", "Enabled", false },
		{ EXO_TRANSPORT_RULE, "Guid", "Guid", false },
		{ EXO_REMOTE_DOMAIN, "TnefEnabled", "TNEFEnabled", false },
		{ EXO_ACCEPTED_DOMAIN, "DomainName", "DomainName", false },
		{ EXO_TRANSPORT_RULE, "ExceptIf", NULL, false },
		{ EXO_TRANSPORT_RULE, "ExceptIfExceptIfFrom", NULL, false },
		{ EXO_TRANSPORT_RULE, "ExceptIfMode", NULL, false },   /* a property */
		{ EXO_TRANSPORT_RULE, "ExceptIfSetSCL", NULL, false }, /* an action */
		{ EXO_TRANSPORT_RULE, "ExceptIfState", NULL, false },
		{ EXO_TRANSPORT_RULE, "From ", NULL, false },
		{ EXO_TRANSPORT_RULE, "Fro", NULL, false },
		{ EXO_TRANSPORT_RULE, "Fromm", NULL, false },
		{ EXO_TRANSPORT_RULE, "", NULL, false },
		{ EXO_TRANSPORT_RULE, "SmartHosts", NULL, false }, /* of another kind */
		{ EXO_INBOUND_CONNECTOR, "State", NULL, false },
		{ EXO_INBOUND_CONNECTOR, "ExceptIfSenderDomains", NULL, false },
		{ EXO_OUTBOUND_CONNECTOR, "SenderDomains", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool exception = false;
		const struct exo_property *p =
		    exo_property_find(cases[i].kind, span_str(cases[i].name), &exception);

		if ((p == NULL) != (cases[i].want == NULL) || exception != cases[i].exception)
			fail_msg("\"%s\"", cases[i].name);
		if (p != NULL)
			assert_string_equal(p->name, cases[i].want);
	}
}

/* the nouns are Microsoft's: each has a Get- */
static void
names_the_kinds(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		const struct exo_kind_names *n = exo_kind_names(kind);
		bool exception;

		if (cmdlets_parameters(cmdlets, "Get-", n->noun) == NULL)
			fail_msg("Get-%s", n->noun);
		assert_int_equal(strlen(n->array), strlen(n->noun) + 1);
		assert_memory_equal(n->array, n->noun, strlen(n->noun));
		assert_non_null(exo_property_find(kind, span_str(n->name_key), &exception));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_every_parameter),
		cmocka_unit_test(has_nothing_else),
		cmocka_unit_test(knows_the_parts_of_a_rule),
		cmocka_unit_test(finds_rows),
		cmocka_unit_test(names_the_kinds),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
