/*
 * rules/policy.c - the ordered table of questions: the first row that applies decides.
 *
 * Order: first what is not ours to secure (validation, a mail that came by before, kinds that any change
 * would break), then what has nothing to secure, then what people chose, then what the tenant's settings
 * say. Within one question "unknown" stands before "yes", so that no later row can turn it into a pass.
 */
#include "rules/policy.h"

#include "core/address.h"

#include <assert.h>

static bool
unknown(enum rule_answer a)
{
	return a != RULE_NO && a != RULE_YES;
}

static bool
is_validation(const struct policy_facts *f)
{
	return f->validation;
}

static bool
is_passed_before(const struct policy_facts *f)
{
	return f->passed_before;
}

static bool
is_encrypted(const struct policy_facts *f)
{
	return f->kind == POLICY_KIND_ENCRYPTED;
}

static bool
is_signed(const struct policy_facts *f)
{
	return f->kind == POLICY_KIND_SIGNED;
}

static bool
is_calendar(const struct policy_facts *f)
{
	return f->kind == POLICY_KIND_CALENDAR;
}

static bool
is_report(const struct policy_facts *f)
{
	return f->kind == POLICY_KIND_REPORT;
}

static bool
is_tnef(const struct policy_facts *f)
{
	return f->kind == POLICY_KIND_TNEF;
}

static bool
has_no_attachment(const struct policy_facts *f)
{
	return f->attachment_count == 0;
}

static bool
is_below_threshold(const struct policy_facts *f)
{
	return f->largest_attachment_bytes < f->threshold_bytes;
}

static bool
is_switched_off(const struct policy_facts *f)
{
	return f->enabled == POLICY_SWITCH_OFF;
}

static bool
is_not_switched_on(const struct policy_facts *f)
{
	return f->opt_in && f->enabled == POLICY_SWITCH_ABSENT;
}

static bool
header_unknown(const struct policy_facts *f)
{
	return unknown(f->has_required_header);
}

static bool
header_missing(const struct policy_facts *f)
{
	return f->has_required_header == RULE_NO;
}

static bool
sender_unknown(const struct policy_facts *f)
{
	return unknown(f->sender_excluded);
}

static bool
sender_excluded(const struct policy_facts *f)
{
	return f->sender_excluded == RULE_YES;
}

static bool
recipient_unknown(const struct policy_facts *f)
{
	return unknown(f->recipient_excluded);
}

static bool
recipient_excluded(const struct policy_facts *f)
{
	return f->recipient_excluded == RULE_YES;
}

static bool
switch_odd(const struct policy_facts *f)
{
	return f->enabled != POLICY_SWITCH_ON && f->enabled != POLICY_SWITCH_ABSENT;
}

static bool
always(const struct policy_facts *f)
{
	(void)f;
	return true;
}

const struct policy_row policy_table[] = {
	{ is_validation, POLICY_PASS, "connector-validation",
	    "Exchange Online is checking its connector." },
	{ is_passed_before, POLICY_PASS, "passed-before",
	    "This mail was passed unchanged before and came by again." },
	{ is_encrypted, POLICY_PASS, "encrypted",
	    "The mail is encrypted; nobody but its reader can open it." },
	{ is_signed, POLICY_PASS, "signed",
	    "The mail is signed; any change would break the signature." },
	{ is_calendar, POLICY_PASS, "calendar", "The mail is an invitation or an answer to one." },
	{ is_report, POLICY_PASS, "report",
	    "The mail is a delivery report, a receipt or another report for machines." },
	{ is_tnef, POLICY_PASS, "tnef", "The mail is in Outlook's own format (winmail.dat)." },
	{ has_no_attachment, POLICY_PASS, "no-attachment", "The mail has no attachment." },
	{ is_below_threshold, POLICY_PASS, "below-threshold",
	    "Every attachment is smaller than the threshold." },
	{ is_switched_off, POLICY_PASS, "switched-off",
	    "The sender switched the service off for this mail." },
	{ is_not_switched_on, POLICY_PASS, "not-switched-on",
	    "The organisation secures on request only, and the sender did not ask for it." },
	{ header_unknown, POLICY_WAIT, "required-header-unknown",
	    "It could not be found out whether the required header is there." },
	{ header_missing, POLICY_PASS, "required-header-missing",
	    "The header that the organisation requires is not there." },
	{ sender_unknown, POLICY_WAIT, "sender-unknown",
	    "It could not be found out whether the sender is excluded." },
	{ sender_excluded, POLICY_PASS, "sender-excluded",
	    "The organisation excluded this sender." },
	{ recipient_unknown, POLICY_WAIT, "recipient-unknown",
	    "It could not be found out whether the recipient is excluded." },
	{ recipient_excluded, POLICY_PASS, "recipient-excluded",
	    "The organisation excluded this recipient." },
	{ switch_odd, POLICY_SECURE, "switch-odd",
	    "The mail has attachments, and its switch has a value that means neither on nor off." },
	{ always, POLICY_SECURE, "attachment", "The mail has attachments." },
};

const size_t policy_table_count = sizeof(policy_table) / sizeof(policy_table[0]);

struct policy_decision
policy_decide(const struct policy_facts *facts)
{
	const struct policy_row *row = policy_table;

	assert(facts != NULL);

	while (!row->applies(facts))
		row++;
	assert(row < policy_table + policy_table_count);
	return (struct policy_decision){ row->verdict, row->reason, row->sentence };
}

const char *
policy_verdict_name(enum policy_verdict verdict)
{
	switch (verdict) {
	case POLICY_PASS:
		return "pass";
	case POLICY_SECURE:
		return "secure";
	case POLICY_WAIT:
		break;
	}
	return "wait";
}

enum policy_switch
policy_switch_seen(enum policy_switch before, struct span value)
{
	value = span_trim(value);
	if (before != POLICY_SWITCH_ABSENT)
		return POLICY_SWITCH_ODD;
	if (span_eq(value, SPAN("1")))
		return POLICY_SWITCH_ON;
	return span_eq(value, SPAN("0")) ? POLICY_SWITCH_OFF : POLICY_SWITCH_ODD;
}

bool
policy_header_matches(struct span setting, struct span name, struct span value)
{
	struct span want_name = span_upto(setting, span_find_byte(setting, ':'));
	struct span want = span_trim(span_from(setting, want_name.len + 1));

	want_name = span_trim(want_name);
	if (want_name.len == 0 || !span_ieq(want_name, name))
		return false;
	return want.len == 0 || span_ieq(want, span_trim(value));
}

/* split() - at the last "@": a quoted local part may hold others. */
static bool
split(struct span address, struct span *ret_domain)
{
	size_t at = address.len;

	while (at > 0 && address.p[at - 1] != '@')
		at--;
	if (at == 0)
		return false;
	*ret_domain = span_from(address, at);
	return true;
}

bool
policy_pattern_matches(struct span pattern, struct span address)
{
	struct buf canonical;
	struct span domain;
	bool equal;

	pattern = span_trim(pattern);
	if (!split(address, &domain))
		return false;
	if (span_take(&pattern, SPAN("*@")) || span_take(&pattern, SPAN("@")))
		return pattern.len > 0 && domain_is(domain, pattern);
	buf_init(&canonical, ADDRESS_MAX);
	equal = address_canonical(pattern, &canonical) == ERR_OK &&
	    span_eq(buf_span(&canonical), address);
	buf_done(&canonical);
	return equal;
}

bool
policy_patterns_match(const char *const *patterns, size_t count, struct span address)
{
	for (size_t i = 0; i < count; i++)
		if (policy_pattern_matches(span_str(patterns[i]), address))
			return true;
	return false;
}
