/*
 * Exports of a tenant, compared with a plan. Threats T1, T5, A22.
 * Reaches: exo_json_read, verify_compare, verify_members, verify_front, verify_rivals, verify_order,
 * powershell_set, powershell_unset, powershell_new.
 *
 * The input is an export, or a plan and an export with a NUL between them; without a plan the export is held
 * against one of its own. Properties: a state compared with itself misses, changes and adds nothing; findings
 * are the worst first, bounded, one line each and without the secret; every command can be read by another
 * reader of PowerShell, and when all were run none is left that could be.
 */
#include "rules/exo_json.h"
#include "rules/verify.h"

#include "rules/verify_model.h"

#include <assert.h>

#define ARENA_BYTES (64u << 20)
#define CANARY      "fuzz-canary-0123456789-zyx"
/* the model is slow and simple: what is larger is compared, not repaired */
#define MAX_REPAIRED 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plan_text[] =
    "{\"SecuDocPlan\":1,"
    "\"AcceptedDomains\":[{\"DomainName\":\"s.example\"}],"
    "\"DistributionGroups\":[{\"Name\":\"Users\",\"PrimarySmtpAddress\":\"u@x.example\","
    "\"Type\":\"Security\",\"MemberJoinRestriction\":\"ApprovalRequired\"}],"
    "\"InboundConnectors\":[{\"Name\":\"In\",\"ConnectorType\":\"OnPremises\",\"SenderDomains\":[\"*\"],"
    "\"RequireTls\":true,\"TlsSenderCertificateName\":\"s.example\","
    "\"CloudServicesMailEnabled\":true,\"Enabled\":true}],"
    "\"OutboundConnectors\":[{\"Name\":\"Out\",\"IsTransportRuleScoped\":true,\"UseMXRecord\":false,"
    "\"SmartHosts\":[\"m.example\"],\"TlsSettings\":\"DomainValidation\","
    "\"CloudServicesMailEnabled\":true}],"
    "\"RemoteDomains\":[{\"Name\":\"Default\",\"DomainName\":\"*\",\"TNEFEnabled\":false}],"
    "\"TransportRules\":["
    "{\"Name\":\"Aside\",\"MessageTypeMatches\":\"OOF\",\"SetHeaderName\":\"X-SecuDoc\","
    "\"SetHeaderValue\":\"" CANARY "\"},"
    "{\"Name\":\"Route\",\"RuleErrorAction\":\"Defer\",\"FromMemberOf\":[\"u@x.example\"],"
    "\"AttachmentSizeOver\":\"1KB\",\"ExceptIfHeaderMatchesMessageHeader\":\"X-SecuDoc\","
    "\"ExceptIfHeaderMatchesPatterns\":[\"^1\\\\.0 (aaaaaaaaaaaaaaaa|bbbbbbbbbbbbbbbb)$\"],"
    "\"RouteMessageOutboundConnector\":\"Out\",\"SetHeaderName\":\"X-T\",\"SetHeaderValue\":\"" CANARY
    "\",\"StopRuleProcessing\":true},"
    "{\"Name\":\"Strip\",\"HeaderMatchesMessageHeader\":\"X-SecuDoc\","
    "\"HeaderMatchesPatterns\":[\"\\\\S\"],\"RemoveHeader\":\"X-SecuDoc\"}]}";

static bool
is_ours(enum drift_kind kind)
{
	return kind == DRIFT_MISSING || kind == DRIFT_CHANGED || kind == DRIFT_ADDED ||
	    kind == DRIFT_DISABLED;
}

static void
check_text(struct span s, size_t max, bool secret)
{
	assert(s.len <= max);
	for (size_t i = 0; i < s.len; i++)
		assert(s.p[i] >= ' ' && s.p[i] != 0x7F);
	assert(!secret || span_find(s, SPAN(CANARY)) == s.len);
}

static void
check_list(const struct drift_list *list, bool secret)
{
	assert(list->count <= DRIFT_MAX_FINDINGS);
	for (size_t i = 0; i < list->count; i++) {
		const struct drift *d = &list->items[i];

		assert(i == 0 || list->items[i - 1].severity >= d->severity);
		assert(d->why.len > 0 && d->kind < DRIFT_KINDS && d->object_kind < EXO_KINDS);
		assert(
		    drift_kind_name(d->kind) != NULL && drift_severity_name(d->severity) != NULL);
		check_text(d->want, DRIFT_MAX_TEXT_BYTES, secret);
		check_text(d->have, DRIFT_MAX_TEXT_BYTES, secret);
		check_text(d->why, 2 * DRIFT_MAX_TEXT_BYTES, secret);
		check_text(d->repair, DRIFT_MAX_REPAIR + 32, secret);
	}
}

static void
check_itself(const struct exo_state *s, struct arena *a)
{
	struct drift_list list;
	enum err err = verify_compare(s, s, a, &list);

	assert(err == ERR_OK || err == ERR_LIMIT);
	for (size_t i = 0; err == ERR_OK && i < list.count; i++)
		assert(!is_ours(list.items[i].kind));
}

/* an Identity that names two objects, or the same name with other letters elsewhere, is beyond the model */
static bool
is_simple(const struct exo_state *s)
{
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		const struct exo_list *list = &s->lists[kind];

		if (list->count > MAX_REPAIRED || list->absent)
			return false;
		for (size_t i = 0; i < list->count; i++) {
			const struct exo_value *name = exo_get(&list->items[i], "Name");

			if (name == NULL && kind != EXO_ACCEPTED_DOMAIN)
				return false;
			for (size_t j = 0; name != NULL && j < i; j++) {
				const struct exo_value *other = exo_get(&list->items[j], "Name");

				if (other != NULL && span_ieq(name->text, other->text))
					return false;
			}
			for (size_t j = 0; j < i; j++)
				if (span_ieq(exo_name(&list->items[i]), exo_name(&list->items[j])))
					return false;
		}
	}
	return true;
}

static void
check_repairs(const struct exo_state *want, const struct exo_state *have,
    const struct drift_list *list, struct arena *a)
{
	struct model m = { .want = want, .a = a };
	struct drift_list after;

	model_copy(have, a, &m.state);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].repair.len > 0)
			model_run(&m, list->items[i].repair);
	if (verify_compare(want, &m.state, a, &after) != ERR_OK)
		return;
	for (size_t i = 0; i < after.count; i++)
		assert(after.items[i].repair.len == 0);
}

static void
compare(const struct exo_state *want, const struct exo_state *have, bool secret, bool fixed,
    struct arena *a)
{
	struct drift_list list;
	enum err err = verify_compare(want, have, a, &list);

	assert(err == ERR_OK || err == ERR_LIMIT);
	if (err != ERR_OK)
		return;
	check_list(&list, secret);
	/* a plan that nobody made may ask for what no command gives */
	if (fixed && is_simple(have))
		check_repairs(want, have, &list, a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);
	size_t nul = span_find_byte(all, '\0');
	struct exo_state own, want, have;
	enum exo_document document;
	struct arena a;

	arena_init(&a, ARENA_BYTES);
	assert(exo_json_read(span_of(plan_text, sizeof(plan_text) - 1), &a, &own, &document) ==
	    ERR_OK);
	if (nul < size && exo_json_read(span_upto(all, nul), &a, &want, &document) == ERR_OK &&
	    exo_json_read(span_from(all, nul + 1), &a, &have, &document) == ERR_OK) {
		check_itself(&want, &a);
		compare(&want, &have, false, false, &a);
		compare(&have, &want, false, false, &a);
	} else if (exo_json_read(all, &a, &have, &document) == ERR_OK) {
		bool secret = span_find(all, SPAN("fuzz-canary")) == size;

		check_itself(&have, &a);
		compare(&own, &have, secret, true, &a);
	}
	arena_done(&a);
	return 0;
}
