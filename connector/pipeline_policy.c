/*
 * connector/pipeline_policy.c - gather the facts that rules/policy.h decides from.
 */
#include "connector/pipeline_int.h"

#include "connector/mail_from.h"
#include "core/address.h"

static enum policy_kind
kind_of(enum mime_kind kind)
{
	switch (kind) {
	case MIME_KIND_SIGNED:
		return POLICY_KIND_SIGNED;
	case MIME_KIND_ENCRYPTED:
		return POLICY_KIND_ENCRYPTED;
	case MIME_KIND_CALENDAR:
		return POLICY_KIND_CALENDAR;
	case MIME_KIND_REPORT:
		return POLICY_KIND_REPORT;
	case MIME_KIND_TNEF:
		return POLICY_KIND_TNEF;
	case MIME_KIND_PLAIN:
		break;
	}
	return POLICY_KIND_PLAIN;
}

static enum policy_switch
switch_of(const struct mail_head *head)
{
	enum policy_switch seen = POLICY_SWITCH_ABSENT;

	for (size_t i = 0; i < head->count; i++)
		if (span_ieq(head->fields[i].name, SPAN("X-SecuDoc-Enabled")))
			seen = policy_switch_seen(seen, head->fields[i].value);
	return seen;
}

/* tenant.required_header: "" is always there, anything else once or more. */
static enum rule_answer
has_required(const struct mail_head *head, struct span wanted)
{
	if (wanted.len == 0)
		return RULE_YES;
	for (size_t i = 0; i < head->count; i++)
		if (policy_header_matches(wanted, head->fields[i].name, head->fields[i].value))
			return RULE_YES;
	return RULE_NO;
}

static enum rule_answer
excluded(const struct setting_list *patterns, struct span mailbox)
{
	CLEANUP(buf_done) struct buf canonical;

	buf_init(&canonical, ADDRESS_MAX);
	if (patterns->count == 0)
		return RULE_NO;
	if (address_canonical(mailbox, &canonical) != ERR_OK)
		return RULE_UNKNOWN;
	return policy_patterns_match(patterns->items, patterns->count, buf_span(&canonical))
	    ? RULE_YES
	    : RULE_NO;
}

/* Behind the null sender stands the author (group copies); trust has looked at both. */
static enum rule_answer
sender_excluded(const struct pipeline *p)
{
	struct span from, mailbox = p->envelope.sender;
	struct address author;

	if (p->tenant->excluded_senders.count == 0)
		return RULE_NO;
	if (mailbox.len == 0) {
		if (mail_head_find(&p->head, SPAN("From"), &from) != 1 ||
		    mail_from_parse(from, &author) != ERR_OK)
			return RULE_NO;
		mailbox = span_of(author.local.p, author.local.len + 1 + author.domain.len);
	}
	return excluded(&p->tenant->excluded_senders, mailbox);
}

static struct policy_facts
gather(const struct pipeline *p)
{
	return (struct policy_facts){
		.kind = kind_of(p->facts->kind),
		.enabled = switch_of(&p->head),
		.opt_in = p->tenant->mode == TENANT_OPT_IN,
		.validation = p->validation,
		.passed_before = p->passed_before,
		.has_required_header = has_required(&p->head, span_str(p->tenant->required_header)),
		.sender_excluded = sender_excluded(p),
		.attachment_count = p->facts->attachment_count,
		.largest_attachment_bytes = p->facts->largest_attachment_bytes,
		.threshold_bytes = (uint64_t)p->tenant->threshold_bytes,
	};
}

/* Of two recipients' decisions the mail's: waiting outweighs securing, securing outweighs passing. */
static bool
outweighs(enum policy_verdict a, enum policy_verdict b)
{
	return a != b && (a == POLICY_WAIT || b == POLICY_PASS);
}

/*
 * Every recipient has a decision of his own. Those who are excluded get the mail as it came (SD-096), the
 * others of the same mail get a link; the store keeps them in copies apart.
 */
static void
decide_each(struct pipeline *p)
{
	struct policy_facts f = gather(p);

	for (size_t i = 0; i < p->envelope.rcpt_count; i++) {
		struct store_rcpt_new *rcpt = &p->envelope.rcpts[i];
		struct policy_decision d;

		f.recipient_excluded = excluded(&p->tenant->excluded_recipients, rcpt->address);
		d = policy_decide(&f);
		rcpt->unchanged = d.verdict == POLICY_PASS;
		if (i == 0 || outweighs(d.verdict, p->decision.verdict))
			p->decision = d;
	}
}

enum err
pipeline_policy(struct pipeline *p)
{
	decide_each(p);
	if (p->decision.verdict == POLICY_WAIT)
		return pipeline_no(p, SMTP_SAY_POLICY_WAIT);
	/* our own mail, and somebody put a file into it on the way: secured, and on record */
	if (p->returned_copy_id != 0 && p->decision.verdict == POLICY_SECURE)
		pipeline_audit(p, "returned-with-files", NULL);
	return ERR_OK;
}
