/*
 * rules/verify_front.c - rules of others: what they do to mail before ours see it.
 *
 * A condition of theirs keeps them away from our mail for certain only when it contradicts what our rule asks
 * for, or repeats what ours excepts. Everything else is taken as "may apply": who is in which group is
 * not in the export. A rule that is off, or on trial, is a note: it will act when somebody switches it on.
 */
#include "rules/verify_int.h"

#include <string.h>

/*
 * Can the two ever act on the same mail?
 */
static bool
is_text(const struct exo_object *o, const char *name, struct span text)
{
	return span_ieq(verify_text(o, name), text);
}

/* a property of two rules, of which the first value is what a rule has that does not show it */
static bool
same_way(const struct exo_object *a, const struct exo_object *b, const char *property,
    struct span when_absent)
{
	struct span of_a = verify_text(a, property), of_b = verify_text(b, property);

	return span_ieq(of_a.len > 0 ? of_a : when_absent, of_b.len > 0 ? of_b : when_absent);
}

static bool
same_senders(const struct exo_object *a, const struct exo_object *b)
{
	return same_way(a, b, "SenderAddressLocation", SPAN("Header"));
}

static bool
same_recipients(const struct exo_object *a, const struct exo_object *b)
{
	return same_way(a, b, "RecipientAddressType", SPAN("Resolved"));
}

static bool
has_word(struct span name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_find(name, span_str(words[i])) < name.len)
			return true;
	return false;
}

/*
 * Do two rules read the condition of this name in the same way? Which sender, which recipients and which kind of
 * pattern is meant is said beside it (New-TransportRule: SenderAddressLocation, RecipientAddressType,
 * UseLegacyRegex). Asked of every name that may have to do with them: it finds too much before too little.
 */
static bool
same_reading(const struct exo_object *a, const struct exo_object *b, struct span name)
{
	static const char *const senders[] = { "From", "Sender", "Manager", "Between" };
	static const char *const recipients[] = { "SentTo", "Recipient", "AnyOf", "Manager",
		"Between" };

	if (has_word(name, senders, sizeof(senders) / sizeof(senders[0])) && !same_senders(a, b))
		return false;
	if (has_word(name, recipients, sizeof(recipients) / sizeof(recipients[0])) &&
	    !same_recipients(a, b))
		return false;
	return !span_iends(name, SPAN("Patterns")) ||
	    verify_yes(a, "UseLegacyRegex") == verify_yes(b, "UseLegacyRegex");
}

/* inside against outside, where each says it with words of its own */
static bool
contradicts(const struct exo_object *theirs, const struct exo_object *ours)
{
	bool inside = exo_get(ours, "FromMemberOf") != NULL ||
	    is_text(ours, "FromScope", SPAN("InOrganization"));

	/* of two addresses the one may be inside and the other outside */
	if (inside && same_senders(theirs, ours) &&
	    !is_text(ours, "SenderAddressLocation", SPAN("HeaderOrEnvelope")) &&
	    is_text(theirs, "FromScope", SPAN("NotInOrganization")))
		return true;
	return same_recipients(theirs, ours) &&
	    is_text(theirs, "SentToScope", SPAN("InOrganization")) &&
	    is_text(ours, "SentToScope", SPAN("NotInOrganization"));
}

/* a name as the rule has it, for exo_get() */
static const char *
key_of(const struct exo_member *m, bool exception, char out[EXO_MAX_NAME_BYTES + 9])
{
	struct span name = m->name;

	(void)span_take_i(&name, SPAN("ExceptIf"));
	size_t front = exception ? 8 : 0;
	if (name.len > EXO_MAX_NAME_BYTES)
		name.len = EXO_MAX_NAME_BYTES;
	memcpy(out, "ExceptIf", front);
	if (name.len > 0)
		memcpy(&out[front], name.p, name.len);
	out[front + name.len] = '\0';
	return out;
}

/* a header is the half of a condition: its words or patterns decide, when the header is the same */
static bool
is_header_half(struct span name)
{
	return span_iends(name, SPAN("MessageHeader"));
}

static bool
same_half(
    const struct exo_object *a, const char *key_a, const struct exo_object *b, const char *key_b)
{
	const char *half_a = verify_partner(span_str(key_a)),
		   *half_b = verify_partner(span_str(key_b));

	if (half_a == NULL || half_b == NULL)
		return half_a == half_b;
	return exo_equal(exo_get(a, half_a), exo_get(b, half_b));
}

/*
 * Does every value that "narrow" asks for stand in what "wide" excepts? Then mail that meets the one is never
 * touched by the other. Without headers: only by what does not change on the mail's way.
 */
static bool
excepted(const struct verify *v, const struct exo_object *narrow, bool narrow_is_want,
    const struct exo_object *wide, bool wide_is_want, bool headers)
{
	for (size_t i = 0; i < narrow->count; i++) {
		const struct exo_member *m = &narrow->members[i];
		char condition[EXO_MAX_NAME_BYTES + 9], exception[EXO_MAX_NAME_BYTES + 9];

		if (m->property == NULL || m->property->role != EXO_CONDITION || m->exception ||
		    is_header_half(m->name) || (!headers && span_istarts(m->name, SPAN("Header"))))
			continue;
		key_of(m, false, condition);
		key_of(m, true, exception);
		const struct exo_value *all = exo_get(wide, exception);
		if (all == NULL || !same_half(narrow, condition, wide, exception) ||
		    !same_reading(narrow, wide, m->name))
			continue;
		bool patterns = span_iends(m->name, SPAN("Patterns"));
		if (patterns
			? verify_patterns_same(&m->value, all)
			: verify_covers(v, condition, all, wide_is_want, &m->value, narrow_is_want))
			return true;
	}
	return false;
}

/* what a rule of ours sets aside is not routed, when it stands behind place */
static bool
is_set_aside(const struct verify *v, const struct exo_object *theirs, size_t place)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);
	struct span type = verify_text(theirs, "MessageTypeMatches");

	for (size_t i = 0; type.len > 0 && i < rules->count; i++) {
		size_t at = v->have_of[EXO_TRANSPORT_RULE][i];

		if (verify_part_of(&rules->items[i]) == PART_STAMP && at != VERIFY_NONE &&
		    at >= place &&
		    span_ieq(verify_text(&rules->items[i], "MessageTypeMatches"), type))
			return true;
	}
	return false;
}

/* ours excepts what theirs asks for, or theirs what ours asks for */
static bool
never_meet(const struct verify *v, const struct exo_object *theirs, const struct exo_object *ours)
{
	return contradicts(theirs, ours) || excepted(v, theirs, false, ours, true, true) ||
	    excepted(v, ours, true, theirs, false, true);
}

/*
 * Can theirs touch mail that has headers of ours: mail that comes back, or is set aside in front of it? Who sent
 * it and what kind of mail it is are as they were when the routing rule saw it; only now it has the mark.
 */
static bool
sees_marked(const struct verify *v, const struct exo_object *theirs, size_t place)
{
	size_t index = verify_route(v);

	if (index == VERIFY_NONE)
		return true;
	const struct exo_object *route = &verify_want(v, EXO_TRANSPORT_RULE)->items[index];
	if (contradicts(theirs, route) || excepted(v, theirs, false, route, true, false) ||
	    excepted(v, route, true, theirs, false, false))
		return false;
	return !is_set_aside(v, theirs, place);
}

/*
 * What they do
 */
#define REJECTED_WHY "What it matches is rejected before the service sees it."
#define APPROVAL_WHY \
	"What it matches waits for approval, and how it goes on after that is not documented."
#define SEALED_WHY \
	"What it matches reaches the service encrypted, and no files can be taken out of it."
#define COPY_WHY                                                                                    \
	"What it matches goes to others too, with its files; whether the rules behind see them as " \
	"recipients of the mail is not documented."

struct hazard {
	const char *action;
	enum drift_severity severity;
	bool ends; /* the mail ends here: what else the rule does is of no interest */
	const char *only, *unless; /* the one value that does, or does not; NULL: all do */
	const char *why;
};
/* every action of which rules/flow_actions.c says that it changes a mail's fate or its recipients */
static const struct hazard hazards[] = {
	/* New-TransportRule, Quarantine: when it is released, the remaining rules are not evaluated */
	{ "Quarantine", DRIFT_CRITICAL, true, NULL, NULL,
	    "What it holds leaves unprotected when it is let go: no further rule sees it then." },
	{ "DeleteMessage", DRIFT_WARNING, true, NULL, NULL,
	    "What it matches is deleted before the service sees it." },
	{ "RejectMessageReasonText", DRIFT_WARNING, true, NULL, NULL, REJECTED_WHY },
	{ "RejectMessageEnhancedStatusCode", DRIFT_WARNING, true, NULL, NULL, REJECTED_WHY },
	{ "SmtpRejectMessageRejectText", DRIFT_WARNING, true, NULL, NULL, REJECTED_WHY },
	{ "SmtpRejectMessageRejectStatusCode", DRIFT_WARNING, true, NULL, NULL, REJECTED_WHY },
	{ "NotifySender", DRIFT_WARNING, true, "RejectMessage", NULL, REJECTED_WHY },
	{ "NotifySender", DRIFT_WARNING, false, NULL, "NotifyOnly",
	    "What it matches is rejected before the service sees it, unless the sender insists." },
	{ "Disconnect", DRIFT_WARNING, false, NULL, NULL,
	    "It ends the connection by which the mail comes: what it matches may be lost." },
	{ "RedirectMessageTo", DRIFT_WARNING, false, NULL, NULL,
	    "What it matches goes to other recipients, with its files, before the service sees it." },
	{ "AddManagerAsRecipientType", DRIFT_WARNING, false, "Redirect", NULL,
	    "What it matches goes to the sender's manager instead, with its files, before the service "
	    "sees it." },
	{ "AddManagerAsRecipientType", DRIFT_WARNING, false, NULL, "Redirect", COPY_WHY },
	{ "AddToRecipients", DRIFT_WARNING, false, NULL, NULL, COPY_WHY },
	{ "CopyTo", DRIFT_WARNING, false, NULL, NULL, COPY_WHY },
	{ "BlindCopyTo", DRIFT_WARNING, false, NULL, NULL, COPY_WHY },
	{ "ModerateMessageByUser", DRIFT_WARNING, false, NULL, NULL, APPROVAL_WHY },
	{ "ModerateMessageByManager", DRIFT_WARNING, false, NULL, NULL, APPROVAL_WHY },
	{ "ApplyOME", DRIFT_WARNING, false, NULL, NULL, SEALED_WHY },
	{ "ApplyRightsProtectionTemplate", DRIFT_WARNING, false, NULL, NULL, SEALED_WHY },
	{ "ApplyRightsProtectionCustomizationTemplate", DRIFT_WARNING, false, NULL, NULL,
	    SEALED_WHY },
	/* Wrap and Ignore let the mail go on */
	{ "ApplyHtmlDisclaimerFallbackAction", DRIFT_WARNING, false, "Reject", NULL,
	    "What it matches is rejected before the service sees it, where no text can be put in." },
	{ "RouteMessageOutboundConnector", DRIFT_CRITICAL, false, NULL, NULL,
	    "What it matches is routed elsewhere; which of two connectors wins is not documented." },
	{ "StopRuleProcessing", DRIFT_CRITICAL, false, NULL, NULL,
	    "What it matches leaves unprotected: ours do not see it." },
};

static bool
does(const struct exo_object *rule, const char *action)
{
	const struct exo_value *value = exo_get(rule, action);

	return value != NULL && (value->type != EXO_BOOL || value->yes);
}

static enum err
in_front(struct verify *v, const struct exo_object *theirs, const char *property,
    enum drift_severity severity, const char *why)
{
	struct verify_item *item;
	bool on = verify_on(theirs);

	TRY(verify_add(v, DRIFT_IN_FRONT, on ? severity : DRIFT_NOTE, theirs, &item));
	item->drift.property = span_str(property);
	TRY(verify_show(v, exo_get(theirs, property), &item->drift.have));
	return verify_printf(
	    v, &item->drift.why, "%s%s", on ? "" : "It is off, or on trial; when it acts: ", why);
}

static bool
is_hazard(const struct exo_object *rule, const struct hazard *h)
{
	return does(rule, h->action) &&
	    (h->only == NULL || is_text(rule, h->action, span_str(h->only))) &&
	    (h->unless == NULL || !is_text(rule, h->action, span_str(h->unless)));
}

/* nothing of it leaves; what is held may be let go */
static bool
is_the_end(const struct exo_object *rule)
{
	for (size_t i = 0; i < sizeof(hazards) / sizeof(hazards[0]); i++)
		if (hazards[i].ends && hazards[i].severity != DRIFT_CRITICAL &&
		    is_hazard(rule, &hazards[i]))
			return true;
	return false;
}

/* a parameter that this program does not know may do anything; an exception only does less */
static enum err
judge_unknown(struct verify *v, const struct exo_object *theirs)
{
	for (size_t i = 0; i < theirs->count; i++) {
		const struct exo_member *m = &theirs->members[i];
		struct verify_item *item;
		bool on = verify_on(theirs);

		if (m->property != NULL || exo_says_nothing(m) ||
		    span_istarts(m->name, SPAN("ExceptIf")))
			continue;
		TRY(verify_add(v, DRIFT_IN_FRONT, on ? DRIFT_WARNING : DRIFT_NOTE, theirs, &item));
		item->drift.property = m->name;
		TRY(verify_show(v, &m->value, &item->drift.have));
		item->drift.why = SPAN(
		    "This program does not know the parameter: if it is an action, what it does to "
		    "mail before the service sees it is not known.");
	}
	return ERR_OK;
}

static enum err
judge_actions(struct verify *v, const struct exo_object *theirs)
{
	/* one that only has a tool's name, or stops without routing, brings nothing back */
	bool tool = verify_tool(v, theirs) != NULL && does(theirs, "RouteMessageOutboundConnector");

	for (size_t i = 0; i < sizeof(hazards) / sizeof(hazards[0]); i++) {
		const struct hazard *h = &hazards[i];

		if (!is_hazard(theirs, h))
			continue;
		/* it takes the mail its own way round and hands it back: the place in front is right */
		if (tool && h->severity == DRIFT_CRITICAL && !h->ends)
			continue;
		TRY(in_front(v, theirs, h->action, h->severity, h->why));
		if (h->ends)
			return ERR_OK;
	}
	return judge_unknown(v, theirs);
}

/*
 * Headers of ours in rules of others
 */

/* the header by which a sender switches protection, and which value lets mail go */
static struct span
switch_header(const struct verify *v, bool *ret_opt_in)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);

	for (size_t i = 0; i < rules->count; i++) {
		enum verify_part part = verify_part_of(&rules->items[i]);
		struct span header = verify_text(&rules->items[i], "HeaderMatchesMessageHeader");

		if (header.len == 0 || !(part & (PART_ROUTE | PART_STAMP)))
			continue;
		*ret_opt_in = part == PART_ROUTE;
		return header;
	}
	*ret_opt_in = false;
	return SPAN_NONE;
}

static bool
sets(const struct exo_object *rule, struct span value)
{
	struct exo_value secret = { .type = EXO_SECRET, .text = value };

	return exo_equal(&secret, exo_get(rule, "SetHeaderValue"));
}

static bool
is_secret_header(const struct verify *v, struct span header)
{
	size_t route = verify_route(v);

	return route != VERIFY_NONE &&
	    span_ieq(
		verify_text(&verify_want(v, EXO_TRANSPORT_RULE)->items[route], "SetHeaderName"),
		header);
}

static enum err
judge_set(struct verify *v, const struct exo_object *theirs)
{
	struct span header = verify_text(theirs, "SetHeaderName");
	bool opt_in;
	struct span protects = switch_header(v, &opt_in);

	header = span_trim(header);
	if (header.len == 0)
		return ERR_OK;
	if (span_ieq(header, verify_mark_header(v)))
		return in_front(v, theirs, "SetHeaderName", DRIFT_CRITICAL,
		    "It writes the loop mark: with the right value mail leaves unprotected, with another one "
		    "mail that comes back goes round in a loop.");
	if (is_secret_header(v, header))
		return in_front(v, theirs, "SetHeaderName", DRIFT_CRITICAL,
		    "It writes the header of the tenant's secret, by which the service knows whose mail it is.");
	if (protects.len == 0 || !span_ieq(header, protects))
		return ERR_OK;
	/* of another value only a digest may be there: who can say that it is not " 0"? */
	bool harmless = sets(theirs, SPAN("1"));
	return in_front(v, theirs, "SetHeaderName", harmless ? DRIFT_NOTE : DRIFT_CRITICAL,
	    harmless ? "It switches protection on for the sender."
		: opt_in
		? "It overwrites what switches protection on: what it matches leaves unprotected."
		: "It may switch protection off: then what it matches leaves unprotected.");
}

static bool
is_stripped(const struct verify *v, struct span header)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);

	for (size_t i = 0; i < rules->count; i++)
		if (span_ieq(verify_text(&rules->items[i], "RemoveHeader"), header))
			return true;
	return false;
}

static enum err
judge_remove(struct verify *v, const struct exo_object *theirs)
{
	struct span header = verify_text(theirs, "RemoveHeader");
	bool opt_in;
	struct span protects = switch_header(v, &opt_in);

	header = span_trim(header);
	if (header.len == 0)
		return ERR_OK;
	if (span_ieq(header, verify_mark_header(v)))
		return in_front(v, theirs, "RemoveHeader", DRIFT_CRITICAL,
		    "It takes the loop mark off: mail that comes back is sent to the service again, in a loop.");
	if (opt_in && protects.len > 0 && span_ieq(header, protects))
		return in_front(v, theirs, "RemoveHeader", DRIFT_CRITICAL,
		    "It takes off what the sender chose: mail that was to be protected leaves as it is.");
	if (!is_stripped(v, header) && !span_ieq(header, protects))
		return ERR_OK;
	return in_front(v, theirs, "RemoveHeader", DRIFT_WARNING,
	    "It takes off a header that the rules or the service need to see.");
}

static enum err
judge_scl(struct verify *v, const struct exo_object *theirs)
{
	const struct exo_value *scl = exo_get(theirs, "SetSCL");

	if (scl == NULL)
		return ERR_OK;
	if (scl->number < 0)
		return in_front(v, theirs, "SetSCL", DRIFT_NOTE,
		    "What it matches is said not to be spam, also when it comes back from the service.");
	return in_front(v, theirs, "SetSCL", DRIFT_WARNING,
	    "What it matches may be taken for spam, and be held when it comes back from the service.");
}

/*
 * Second copies
 */

/* the loop mark's exception as the plan has it */
static bool
has_exception(const struct verify *v, const struct exo_object *rule)
{
	static const char *const keys[] = { "ExceptIfHeaderMatchesPatterns",
		"ExceptIfHeaderContainsWords" };
	size_t route = verify_route(v);

	if (route == VERIFY_NONE)
		return true;
	const struct exo_object *ours = &verify_want(v, EXO_TRANSPORT_RULE)->items[route];
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct exo_value *want = exo_get(ours, keys[i]);

		if (want != NULL &&
		    (!verify_same(v, keys[i], want, exo_get(rule, keys[i])) ||
			!same_half(ours, keys[i], rule, keys[i]) ||
			!same_reading(ours, rule, span_str(keys[i]))))
			return false;
	}
	return true;
}

static enum err
second_way(struct verify *v, const struct exo_object *theirs)
{
	bool on = verify_on(theirs), excepts = has_exception(v, theirs);
	struct verify_item *item;
	enum drift_severity severity = !on ? DRIFT_NOTE : excepts ? DRIFT_WARNING : DRIFT_CRITICAL;

	TRY(verify_add(v, DRIFT_DUPLICATE, severity, theirs, &item));
	item->drift.property = SPAN("RouteMessageOutboundConnector");
	TRY(verify_show(v, exo_get(theirs, "RouteMessageOutboundConnector"), &item->drift.have));
	if (!on)
		return verify_printf(v, &item->drift.why,
		    "A second rule sends mail to the service; it is off, or on trial.");
	item->drift.why = span_str(excepts
		? "A second rule sends mail to the service: with other conditions than planned, or twice."
		: "A second rule sends mail to the service and does not except what comes back: that goes "
		  "round in a loop.");
	return verify_switch(v, theirs, false, &item->drift.repair);
}

static bool
is_copied(const struct exo_member *m)
{
	static const char *const names[] = { "Name", "Priority", "Enabled" };

	for (size_t i = 0; m->property != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(m->property->name, names[i]) == 0)
			return false;
	return m->value.type != EXO_IGNORED && !exo_says_nothing(m);
}

/* all of one in the other; the caller asks both ways */
static bool
repeats(const struct verify *v, const struct exo_object *some, const struct exo_object *all,
    bool some_is_want)
{
	for (size_t i = 0; i < some->count; i++) {
		const struct exo_member *m = &some->members[i];
		char key[EXO_MAX_NAME_BYTES + 9];

		if (!is_copied(m))
			continue;
		const struct exo_value *other = exo_get(all, key_of(m, m->exception, key));
		if (other == NULL ||
		    !verify_same(
			v, key, some_is_want ? &m->value : other, some_is_want ? other : &m->value))
			return false;
	}
	return true;
}

static const struct exo_object *
original(const struct verify *v, const struct exo_object *theirs)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);

	for (size_t i = 0; i < rules->count; i++) {
		const struct exo_object *ours = &rules->items[i];

		if (verify_part_of(ours) != PART_ROUTE && repeats(v, ours, theirs, true) &&
		    repeats(v, theirs, ours, false))
			return ours;
	}
	return NULL;
}

static enum err
second_copy(struct verify *v, const struct exo_object *theirs, const struct exo_object *ours)
{
	struct verify_item *item;
	struct span name;

	if (!verify_on(theirs))
		return ERR_OK;
	TRY(verify_safe(v, exo_name(ours), &name));
	TRY(verify_add(v, DRIFT_DUPLICATE, DRIFT_NOTE, theirs, &item));
	TRY(verify_printf(v, &item->drift.why, "It is a second copy of '%.*s', under another name.",
	    (int)name.len, (const char *)name.p));
	return verify_switch(v, theirs, false, &item->drift.repair);
}

/*
 * One rule of others
 */

/* the first rule of ours of that part that stands behind place */
static const struct exo_object *
ours_behind(const struct verify *v, enum verify_part part, size_t place)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);

	for (size_t i = 0; i < rules->count; i++) {
		size_t at = v->have_of[EXO_TRANSPORT_RULE][i];

		if (verify_part_of(&rules->items[i]) == part && at != VERIFY_NONE && at > place)
			return &rules->items[i];
	}
	return NULL;
}

/* it leaves our mail to the routing rule, or stands behind it: what keeps mail from the last of ours matters */
static enum err
before_strip(struct verify *v, const struct exo_object *theirs, size_t place)
{
	const struct exo_object *strip = ours_behind(v, PART_STRIP, place);

	if (strip == NULL || verify_tool(v, theirs) != NULL || never_meet(v, theirs, strip) ||
	    !sees_marked(v, theirs, place) || !does(theirs, "StopRuleProcessing") ||
	    is_the_end(theirs))
		return ERR_OK;
	return in_front(v, theirs, "StopRuleProcessing", DRIFT_WARNING,
	    "What it matches leaves with the service's own headers: ours, which take them off, do not "
	    "see it.");
}

static enum err
judge(struct verify *v, const struct exo_object *theirs, size_t place)
{
	const struct exo_object *copied = original(v, theirs);
	const struct exo_object *route = ours_behind(v, PART_ROUTE, place);

	if (verify_ours(v, theirs))
		return second_way(v, theirs);
	if (copied != NULL)
		return second_copy(v, theirs, copied);
	if (route == NULL)
		return before_strip(v, theirs, place);
	/* headers of ours are nobody else's business, but a rule that never acts on our mail does no harm */
	if (never_meet(v, theirs, route) || is_set_aside(v, theirs, 0))
		return before_strip(v, theirs, place);
	TRY(judge_actions(v, theirs));
	TRY(judge_set(v, theirs));
	TRY(judge_remove(v, theirs));
	return judge_scl(v, theirs);
}

enum err
verify_front(struct verify *v)
{
	const struct exo_list *rules = verify_have(v, EXO_TRANSPORT_RULE);

	for (size_t i = 0; i < rules->count; i++)
		if (v->want_of[EXO_TRANSPORT_RULE][i] == VERIFY_NONE)
			TRY(judge(v, &rules->items[i], i));
	return ERR_OK;
}
