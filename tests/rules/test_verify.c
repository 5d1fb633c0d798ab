/*
 * rules/verify.h: what drifts is found, and nothing else; what is repaired stays repaired.
 */
#include "rules/flow_int.h"
#include "rules/verify.h"

#include "rules/verify_bench.h"
#include "rules/verify_cases.h"
#include "rules/verify_edit.h"
#include "rules/verify_model.h"

#define SECRET "test-secret-0123456789"

/*
 * Findings
 */
static void
print(const struct drift_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct drift *d = &list->items[i];

		print_message("  %s %s '%.*s' %.*s: %.*s -> %.*s\n    %.*s\n    %.*s\n",
		    drift_severity_name(d->severity), drift_kind_name(d->kind), (int)d->object.len,
		    (const char *)d->object.p, (int)d->property.len, (const char *)d->property.p,
		    (int)d->want.len, (const char *)d->want.p, (int)d->have.len,
		    (const char *)d->have.p, (int)d->why.len, (const char *)d->why.p,
		    (int)d->repair.len, (const char *)d->repair.p);
	}
}

static bool
contains(struct span s, const char *word)
{
	return span_find(s, span_str(word)) < s.len;
}

/* what holds of every list of findings */
static void
check_list(const struct drift_list *list)
{
	static const char *const secrets[] = { SECRET, NOW, FORMER, "sha256:" };

	for (size_t i = 0; i < list->count; i++) {
		const struct drift *d = &list->items[i];
		const struct span texts[] = { d->want, d->have, d->why, d->repair };

		assert_true(i == 0 || list->items[i - 1].severity >= d->severity);
		assert_true(d->why.len > 20 && d->why.p[d->why.len - 1] == '.');
		for (size_t j = 0; j < COUNT(texts); j++) {
			for (size_t k = 0; k < COUNT(secrets); k++)
				assert_false(contains(texts[j], secrets[k]));
			for (size_t k = 0; k < texts[j].len; k++)
				assert_true(texts[j].p[k] >= ' ' && texts[j].p[k] != 0x7F);
		}
	}
}

static bool
is(const struct drift *d, const struct expected *e)
{
	return d->kind == e->kind && d->severity == e->severity &&
	    span_eq(d->object, span_str(e->object)) && span_eq(d->property, span_str(e->property));
}

static void
expect(const char *name, const struct expected *expected, const struct drift_list *list)
{
	size_t count = 0;

	while (count < MAX_EXPECTED && expected[count].object != NULL)
		count++;
	for (size_t i = 0; i < count && i < list->count; i++)
		if (!is(&list->items[i], &expected[i])) {
			print(list);
			fail_msg("%s: finding %zu is not '%s' %s", name, i + 1, expected[i].object,
			    expected[i].property);
		}
	if (count != list->count) {
		print(list);
		fail_msg("%s: %zu findings, %zu expected", name, list->count, count);
	}
	check_list(list);
}

static void
finds_nothing_in_what_is_right(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(same_cases); i++) {
		struct drift_list list;
		struct exo_state have;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, same_cases[i].edits, &b->run);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		if (list.count > 0) {
			print(&list);
			fail_msg("%s: %zu findings", same_cases[i].name, list.count);
		}
	}
}

static void
finds_each_drift(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(drift_cases); i++) {
		struct drift_list list;
		struct exo_state have;

		arena_clear(&b->run);
		model_copy(&b->base, &b->run, &have);
		edit(&have, drift_cases[i].edits, &b->run);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		expect(drift_cases[i].name, drift_cases[i].expected, &list);
	}
}

/* whatever may change a mail's fate or its recipients in front of ours is told */
static void
knows_every_action(void **state)
{
	static const char *const values[] = { "True", "Reject", "RejectMessage", "x@contoso.nl" };
	struct bench *b = *state;
	size_t told = 0;

	for (size_t i = 0; i < flow_action_count; i++) {
		const struct flow_action *action = &flow_actions[i];
		struct drift_list list = { 0 };
		struct exo_state have;

		/* of a text that is put in, what happens where it cannot be decides */
		if (!(action->changes & (FLOW_CHANGES_FATE | FLOW_CHANGES_RECIPIENTS)) ||
		    strcmp(action->name, "ApplyHtmlDisclaimerText") == 0)
			continue;
		for (size_t j = 0; j < COUNT(values) && list.count == 0; j++) {
			struct exo_object *o;

			arena_clear(&b->run);
			model_copy(&b->base, &b->run, &have);
			edit(&have, "+rule@0 Name=x", &b->run);
			o = &have.lists[EXO_TRANSPORT_RULE].items[0];
			if (exo_set_text(o, action->name, span_str(values[j]), &b->run) != ERR_OK)
				continue;
			assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		}
		if (list.count != 1)
			fail_msg("%s: %zu findings", action->name, list.count);
		assert_int_equal(list.items[0].kind, IN_FRONT);
		assert_true(list.items[0].severity >= W);
		told++;
	}
	assert_true(told > 10);
}

/*
 * Whole files, as the script writes them
 */
static const struct {
	const char *file;
	struct expected expected[MAX_EXPECTED];
} files[] = {
	{ "base.json", { { 0 } } },
	{ "missing.json",
	    { { MISSING, C, "secudoc.contoso.nl", "" }, { MISSING, C, "SecuDoc Users", "" },
		{ MISSING, C, "SecuDoc In", "" }, { MISSING, C, "SecuDoc Out", "" },
		{ MISSING, C, ROUTE, "" }, { MISSING, W, "SecuDoc Admins", "" },
		{ MISSING, W, "*", "" }, { MISSING, W, OOF, "" }, { MISSING, W, OFF, "" },
		{ MISSING, W, SPAM, "" }, { MISSING, W, SWITCH, "" },
		{ MISSING, W, "SecuDoc Remove X-SecuDoc-Mark", "" }, { MISSING, W, STRIP, "" } } },
	{ "changed.json",
	    { { CHANGED, C, "SecuDoc Admins", "MemberJoinRestriction" },
		{ CHANGED, C, "SecuDoc In", "CloudServicesMailEnabled" },
		{ CHANGED, C, "SecuDoc Out", "TlsSettings" },
		{ CHANGED, C, ROUTE, "RuleErrorAction" },
		{ CHANGED, C, ROUTE, "AttachmentSizeOver" },
		{ CHANGED, C, ROUTE, "SetHeaderValue" }, { CHANGED, W, "*", "TNEFEnabled" } } },
	{ "added.json",
	    { { ADDED, C, "SecuDoc In", "SenderIPAddresses" },
		{ CHANGED, C, ROUTE, "ExceptIfFrom" }, { ADDED, C, ROUTE, "RedirectMessageTo" },
		{ ADDED, C, ROUTE, "SubjectContainsWords" },
		{ ADDED, C, ROUTE, "ExceptIfRecipientDomainIs" },
		{ ADDED, W, STRIP, "StopRuleProcessing" } } },
	{ "disabled.json",
	    { { DISABLED, C, "SecuDoc In", "Enabled" }, { DISABLED, C, ROUTE, "ExpiryDate" },
		{ DISABLED, C, ROUTE, "Mode" }, { DISABLED, W, OFF, "Enabled" } } },
	{ "order.json", { { ORDER, C, ROUTE, "Priority" }, { ORDER, C, STRIP, "Priority" } } },
	{ "in-front.json",
	    { { IN_FRONT, C, "Finance goes past all", "StopRuleProcessing" },
		{ IN_FRONT, C, "Old gateway", "RouteMessageOutboundConnector" },
		{ IN_FRONT, C, "Card numbers", "Quarantine" },
		{ IN_FRONT, C, "Partners without protection", "SetHeaderName" },
		{ IN_FRONT, N, "Trial of deletion", "DeleteMessage" } } },
	{ "rival.json",
	    { { RIVAL, C, "Lock-down", "RestrictDomainsToIPAddresses" },
		{ RIVAL, C, "Everything", "SmartHosts" },
		{ RIVAL, W, "All our hosts", "TlsSenderCertificateName" },
		{ RIVAL, W, "partner.example", "TNEFEnabled" } } },
	{ "duplicate.json",
	    { { DUPLICATE, C, "Test route", "RouteMessageOutboundConnector" },
		{ DUPLICATE, W, "secudoc no spam check", "Name" },
		{ DUPLICATE, W, "Copy of SecuDoc Mail Integration",
		    "RouteMessageOutboundConnector" },
		{ DUPLICATE, N, "Remove mark", "" } } },
	{ "unknown.json", { { ADDED, W, ROUTE, "WordOfTomorrow" } } },
	{ "not-exported.json", { { NOT_EXPORTED, C, "", "" }, { NOT_EXPORTED, W, "", "" } } },
};

static void
reads_exports(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(files); i++) {
		char path[128];
		struct drift_list list;
		struct exo_state have;

		arena_clear(&b->run);
		snprintf(path, sizeof(path), "tests/data/exports/%s", files[i].file);
		read_state(path, &b->run, &have);
		assert_ok(verify_compare(&b->plan, &have, &b->run, &list));
		expect(files[i].file, files[i].expected, &list);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_what_is_right),
		cmocka_unit_test(finds_each_drift),
		cmocka_unit_test(knows_every_action),
		cmocka_unit_test(reads_exports),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
