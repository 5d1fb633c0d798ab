/*
 * Exports of a tenant, compared with a plan. Threats T1, T5, A22.
 * Reaches: exo_json_read, verify_compare, verify_members, verify_front, verify_rivals, verify_order,
 * powershell_set, powershell_unset, powershell_new.
 *
 * The input is an export, or a plan and an export with a NUL between them; without a plan the export is held
 * against one of the target's own. Or it begins with 1 and is a row of changes, three bytes each, to a tenant
 * that is as that plan wants it. Properties: a state compared with itself misses, changes and adds nothing; findings
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

/*
 * Changes
 */
static const char *const words[] = { "", "True", "False", "0", "1", "-1", "1 KB (1,025 bytes)",
	"2MB", "u@x.example", "Users", "x@x.example", "Out", "Other", "In", "Open", "Partner",
	"OnPremises", "EncryptionOnly", "DomainValidation", "*", "*.example", "s.example",
	"m.example", "X-SecuDoc", "X-T", "OOF", "Calendaring", "InOrganization",
	"NotInOrganization", "Audit", "Enforce", "Ignore", "Defer", "Envelope",
	"^1\\.0 (bbbbbbbbbbbbbbbb|aaaaaaaaaaaaaaaa)$", "^1\\.0 aaaaaaaaaaaaaaaa$", "(a|b", "\\S",
	"sha256:00", "it's $(x) \xE2\x80\x98q\xE2\x80\xAE\n;", "ExternalRelay",
	"CodeTwo Exchange transport rule 1", "Exclaimer", "Route", "Strip", "Aside", "aside" };
#define WORDS (sizeof(words) / sizeof(words[0]))

static const char *
property_at(enum exo_kind kind, uint8_t which, char out[EXO_MAX_NAME_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < exo_property_count; i++)
		n += exo_properties[i].kind == kind;
	assert(n > 0);
	size_t skip = which % n;
	for (size_t i = 0; i < exo_property_count; i++) {
		const struct exo_property *p = &exo_properties[i];

		if (p->kind != kind || skip-- > 0)
			continue;
		bool exception = p->role == EXO_CONDITION && (which & 1);
		snprintf(out, EXO_MAX_NAME_BYTES, "%s%s", exception ? "ExceptIf" : "", p->name);
		return out;
	}
	return "Name";
}

static void
set_member(struct exo_object *o, uint8_t which, uint8_t word, struct arena *a)
{
	char name[EXO_MAX_NAME_BYTES];
	const char *key = property_at(o->kind, which, name);
	struct span items[2] = { span_str(words[word % WORDS]),
		span_str(words[(size_t)(word / 3) % WORDS]) };

	/* a value that the type does not take changes nothing */
	enum err err = exo_set_texts(o, key, items, 1 + word % 2, a);
	if (err != ERR_OK)
		err = exo_set_texts(o, key, items, 1, a);
	assert(err == ERR_OK || err == ERR_SYNTAX);
}

/* the last byte is the value; the first says what is done, and to which kind; the second which object */
static void
change(struct exo_state *s, const uint8_t b[3], struct arena *a)
{
	enum exo_kind kind = (b[0] >> 2) % 8 < EXO_KINDS ? (b[0] >> 2) % 8 : EXO_TRANSPORT_RULE;
	struct exo_list *list = &s->lists[kind];
	struct exo_object *o;

	switch (b[0] & 3) {
	case 0: /* a new one, named by what it will hold */
		assert(exo_add(list, kind, a, &o) == ERR_OK);
		assert(
		    exo_set_text(o, "Name", span_str(words[1 + b[2] % (WORDS - 1)]), a) == ERR_OK);
		if (span_eq(span_str(exo_kind_names(kind)->name_key), SPAN("DomainName")))
			assert(exo_set_text(o, "DomainName",
				   span_str(words[1 + b[2] % (WORDS - 1)]), a) == ERR_OK);
		model_move(list, list->count - 1, b[1] % list->count);
		break;
	case 1:
		if (list->count > 0)
			model_move(list, b[1] % list->count, b[2] % list->count);
		break;
	case 2:
		if (list->count > 0 && b[2] % 16 == 0)
			model_remove(list, b[1] % list->count);
		break;
	default:
		/* names stay: an object without one is no object */
		if (list->count > 0) {
			o = &list->items[b[1] % list->count];
			struct span name = exo_name(o);
			set_member(o, (uint8_t)(b[0] ^ (b[2] * 7)), b[2], a);
			set_member(o, (uint8_t)(b[1] * 13 + b[2]), b[0], a);
			assert(exo_set_text(o, exo_kind_names(kind)->name_key, name, a) == ERR_OK);
		}
	}
}

static void
compare_changed(const struct exo_state *own, struct span changes, struct arena *a)
{
	struct exo_state have;

	model_copy(own, a, &have);
	for (int i = 0; i < 40 && changes.len >= 3; i++) {
		change(&have, changes.p, a);
		changes = span_from(changes, 3);
	}
	check_itself(&have, a);
	compare(own, &have, true, true, a);
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
	if (size > 0 && data[0] == 1) {
		compare_changed(&own, span_from(all, 1), &a);
	} else if (nul < size &&
	    exo_json_read(span_upto(all, nul), &a, &want, &document) == ERR_OK &&
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
