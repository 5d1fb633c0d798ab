/*
 * rules/flow_actions.c - what a rule does, read from its object and done to a branch.
 *
 * Followed are routing, setting and removing a header field, the spam level and the end of the pass. Of all
 * other actions the table says what they may change; one that it does not name may change everything.
 */
#include "rules/flow_int.h"

#include "core/crypto.h"

#include <assert.h>
#include <string.h>

/*
 * Reading
 */
static void
read_connector(const struct exo_value *v, struct flow_rule *rule)
{
	rule->connector = v->text;
}

static void
read_set_name(const struct exo_value *v, struct flow_rule *rule)
{
	rule->set_name = span_trim(v->text);
}

#define DIGEST SPAN("sha256:")

/* "sha256:HEX": an export does not show the value */
static bool
is_digest(struct span s)
{
	if (!span_take_i(&s, DIGEST) || s.len != 64)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (memchr("0123456789abcdefABCDEF", s.p[i], 22) == NULL)
			return false;
	return true;
}

static void
read_set_value(const struct exo_value *v, struct flow_rule *rule)
{
	rule->set_value = v->text;
	rule->set_masked = is_digest(v->text);
}

static void
read_remove(const struct exo_value *v, struct flow_rule *rule)
{
	rule->remove_name = span_trim(v->text);
}

static void
read_scl(const struct exo_value *v, struct flow_rule *rule)
{
	rule->has_scl = true;
	rule->scl = v->number;
}

static void
read_stop(const struct exo_value *v, struct flow_rule *rule)
{
	rule->stops = v->yes;
}

static void
read_end(const struct exo_value *v, struct flow_rule *rule)
{
	rule->ends |= v->yes;
}

#define FATE       FLOW_CHANGES_FATE
#define CONTENT    FLOW_CHANGES_CONTENT
#define RECIPIENTS FLOW_CHANGES_RECIPIENTS

const struct flow_action flow_actions[] = {
	{ "RouteMessageOutboundConnector", read_connector, 0 },
	{ "SetHeaderName", read_set_name, 0 },
	{ "SetHeaderValue", read_set_value, 0 },
	{ "RemoveHeader", read_remove, 0 },
	{ "SetSCL", read_scl, 0 },
	{ "StopRuleProcessing", read_stop, 0 },
	/* reports, notices and labels leave the mail and its way as they are */
	{ "GenerateIncidentReport", NULL, 0 },
	{ "GenerateNotification", NULL, 0 },
	{ "IncidentReportContent", NULL, 0 },
	{ "LogEventText", NULL, 0 },
	{ "RouteMessageOutboundRequireTls", NULL, 0 },
	{ "SetAuditSeverity", NULL, 0 },
	/* the mail ends, or goes elsewhere */
	{ "DeleteMessage", read_end, FATE },
	{ "Quarantine", read_end, FATE },
	{ "Disconnect", NULL, FATE },
	{ "ModerateMessageByManager", NULL, FATE },
	{ "ModerateMessageByUser", NULL, FATE },
	{ "NotifySender", NULL, FATE },
	{ "RejectMessageEnhancedStatusCode", NULL, FATE },
	{ "RejectMessageReasonText", NULL, FATE },
	{ "SmtpRejectMessageRejectStatusCode", NULL, FATE },
	{ "SmtpRejectMessageRejectText", NULL, FATE },
	{ "RedirectMessageTo", NULL, FATE | RECIPIENTS },
	{ "AddManagerAsRecipientType", NULL, FATE | RECIPIENTS }, /* one of its values redirects */
	{ "AddToRecipients", NULL, RECIPIENTS },
	{ "BlindCopyTo", NULL, RECIPIENTS },
	{ "CopyTo", NULL, RECIPIENTS },
	/* what is in it */
	{ "PrependSubject", NULL, FLOW_CHANGES_SUBJECT },
	{ "ApplyClassification", NULL, CONTENT },
	/* the default is to wrap what cannot be changed into a new message, or to reject it */
	{ "ApplyHtmlDisclaimerText", NULL, FLOW_CHANGES_ALL },
	{ "ApplyHtmlDisclaimerFallbackAction", NULL, FLOW_CHANGES_ALL },
	{ "ApplyHtmlDisclaimerLocation", NULL, 0 },
	{ "ApplyOME", NULL, CONTENT },
	{ "ApplyRightsProtectionCustomizationTemplate", NULL, CONTENT },
	{ "ApplyRightsProtectionTemplate", NULL, CONTENT },
	{ "RemoveOME", NULL, CONTENT },
	{ "RemoveOMEv2", NULL, CONTENT },
	{ "RemoveRMSAttachmentEncryption", NULL, CONTENT },
};
const size_t flow_action_count = sizeof(flow_actions) / sizeof(flow_actions[0]);

void
flow_action_read(const struct exo_member *m, struct flow_rule *rule)
{
	const struct exo_property *p = m->property;

	/* an exception that is not known does nothing; a parameter that is not known may do anything */
	if (p == NULL && span_istarts(m->name, SPAN("ExceptIf")))
		return;
	if (p != NULL && p->role != EXO_ACTION)
		return;
	for (size_t i = 0; p != NULL && i < flow_action_count; i++) {
		if (strcmp(flow_actions[i].name, p->name) != 0)
			continue;
		if (flow_actions[i].read != NULL)
			flow_actions[i].read(&m->value, rule);
		rule->changes |= flow_actions[i].changes;
		return;
	}
	rule->changes |= FLOW_CHANGES_ALL | FLOW_CHANGES_HEADER;
}

/*
 * Doing
 */
static bool
is_named(const struct flow_field *f, struct span name)
{
	return span_ieq(f->name, name);
}

/*
 * The fields of a name as a set of cases of which one is true: for the question whether a condition is met, it
 * is enough to know which fields may be there, whether there may be none, and whether several at once.
 */
struct group {
	size_t there;
	bool absent, together;
};

static struct group
group_of(const struct flow_branch *b, struct span name)
{
	struct group g = { .absent = true };
	size_t certain = 0;

	for (size_t i = 0; i < b->field_count; i++) {
		const struct flow_field *f = &b->fields[i];

		if (!is_named(f, name))
			continue;
		g.there++;
		certain += !f->uncertain;
		g.absent &= f->absent;
		g.together |= f->together;
	}
	g.together |= certain > 1;
	return g;
}

/* all of a name: each may be there or not */
static void
doubt(struct flow_branch *b, struct span name, bool absent, bool together)
{
	for (size_t i = 0; i < b->field_count; i++) {
		struct flow_field *f = &b->fields[i];

		if (!is_named(f, name))
			continue;
		f->uncertain = true;
		f->absent = absent;
		f->together = together;
	}
}

static void
drop(struct flow_branch *b, struct span name)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->field_count; i++)
		if (!is_named(&b->fields[i], name))
			b->fields[kept++] = b->fields[i];
	b->field_count = kept;
}

/* a list of its own, as others may share the old one, with room for one more */
static enum err
own_fields(struct flow_branch *b, struct arena *a)
{
	struct flow_field *fields;

	TRY(flow_alloc(a, b->field_count + 1, sizeof(*fields), &fields));
	if (b->field_count > 0)
		memcpy(fields, b->fields, b->field_count * sizeof(*fields));
	b->fields = fields;
	return ERR_OK;
}

static enum err
remove_field(struct flow_branch *b, struct span name, enum rule_answer fires, struct arena *a)
{
	struct group g = group_of(b, name);

	if (g.there == 0)
		return ERR_OK;
	TRY(own_fields(b, a));
	/* of several it is not said whether all go: set-header-many */
	if (fires != RULE_YES || g.together)
		doubt(b, name, true, g.together);
	else
		drop(b, name);
	return ERR_OK;
}

/* is it the value of which an export shows the digest? */
static bool
has_digest(struct span value, struct span digest)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t raw[SHA256_SIZE], text[2 * SHA256_SIZE];

	sha256_of(value, raw);
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = (uint8_t)digits[raw[i] >> 4];
		text[2 * i + 1] = (uint8_t)digits[raw[i] & 0x0F];
	}
	return span_take_i(&digest, DIGEST) && span_ieq(digest, span_of(text, sizeof(text)));
}

static bool
same_value(const struct flow_field *a, const struct flow_field *b)
{
	if (a->masked == b->masked)
		return !a->filled && !b->filled && span_eq(a->value, b->value);
	return a->masked ? has_digest(b->value, a->value) : has_digest(a->value, b->value);
}

/* is there a case in which it stands there with this value? alone, if never several are there */
static bool
may_be(const struct flow_branch *b, const struct flow_field *set)
{
	for (size_t i = 0; i < b->field_count; i++) {
		const struct flow_field *f = &b->fields[i];

		if (is_named(f, set->name) && same_value(f, set))
			return true;
	}
	return false;
}

static enum err
set_field(
    struct flow_branch *b, const struct flow_rule *rule, enum rule_answer fires, struct arena *a)
{
	struct flow_field set = { .name = rule->set_name,
		.value = rule->set_value,
		.uncertain = fires != RULE_YES,
		.masked = rule->set_masked };
	struct group g = group_of(b, rule->set_name);
	bool known = fires != RULE_YES && may_be(b, &set);

	/* the new case is one of the old ones */
	if (known && !g.together)
		return ERR_OK;
	TRY(own_fields(b, a));
	set.absent = fires != RULE_YES && g.absent;
	set.together = g.together;
	/* of several it is not said which one is changed: set-header-many; the new one is there */
	if (fires != RULE_YES || g.together)
		doubt(b, rule->set_name, set.absent, g.together);
	else
		drop(b, rule->set_name);
	if (!known)
		b->fields[b->field_count++] = set;
	return ERR_OK;
}

static void
route(struct flow_branch *b, struct span connector, enum rule_answer fires)
{
	if (b->routed == RULE_NO)
		b->connector_sure = true;
	else if (!span_ieq(b->connector, connector))
		b->connector_sure = false; /* route-twice */
	b->connector = connector;
	if (b->routed != RULE_YES)
		b->routed = fires;
}

static void
set_scl(struct flow_branch *b, int64_t scl, enum rule_answer fires)
{
	enum rule_answer asked = scl == -1 ? RULE_YES : RULE_NO;

	if (fires == RULE_YES)
		b->spam_check_skipped = asked;
	else if (b->spam_check_skipped != asked)
		b->spam_check_skipped = RULE_UNKNOWN;
}

static void
lift(enum rule_answer *state, enum rule_answer fires)
{
	if (*state != RULE_YES)
		*state = fires;
}

/* sets and removes the same field: which of the two comes first is not said */
static bool
same_field(const struct flow_rule *rule)
{
	return rule->remove_name.len > 0 && span_ieq(rule->remove_name, rule->set_name);
}

enum err
flow_act(
    const struct flow_rule *rule, enum rule_answer fires, struct flow_branch *b, struct arena *a)
{
	assert(fires != RULE_NO);

	if (rule->connector.len > 0)
		route(b, rule->connector, fires);
	if (rule->remove_name.len > 0)
		TRY(remove_field(b, rule->remove_name, fires, a));
	if (rule->set_name.len > 0)
		TRY(set_field(b, rule, same_field(rule) ? RULE_UNKNOWN : fires, a));
	if (rule->has_scl)
		set_scl(b, rule->scl, fires);
	if (rule->changes & FLOW_CHANGES_ALL)
		lift(&b->altered, fires);
	if (rule->stops || rule->ends)
		lift(&b->stopped, fires);
	else if (rule->changes & FLOW_CHANGES_FATE)
		lift(&b->stopped, RULE_UNKNOWN); /* what is not there any more is not asked about */
	b->changed |= rule->changes;
	return ERR_OK;
}
