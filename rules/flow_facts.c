/*
 * rules/flow_facts.c - what is known of Exchange Online's mail flow rules, and who says so.
 *
 * Every answer of rules/flow.h rests on a row of this table. Sentences are ours; sources are pages of
 * Microsoft by their titles, in the state of 2026 where a year matters, or they say whose they are. "No
 * source" stands for a question that was looked up and not found answered. docs/rules.md is made from it.
 */
#include "rules/flow.h"

#include <assert.h>
#include <string.h>

#define CMDLET     "New-TransportRule"
#define CONDITIONS "Mail flow rule conditions and exceptions (predicates) in Exchange Online"
#define ACTIONS    "Mail flow rule actions in Exchange Online"
#define RULES      "Mail flow rules (transport rules) in Exchange Online"
#define REGEX      "Regular expressions in mail flow rules in Exchange Online"
#define NOBODY     "no source"

#define CHECK(id, standing, source, sentence)                            \
	{                                                                \
		id, sentence, source, FLOW_##standing, FLOW_OF_CONDITION \
	}
#define PASS(id, standing, source, sentence)                        \
	{                                                           \
		id, sentence, source, FLOW_##standing, FLOW_OF_PASS \
	}

/* clang-format off */
const struct flow_fact flow_facts[] = {
	/* words */
	CHECK("words-whole", DOCUMENTED, CONDITIONS,
	    "A word is found without regard to case, when nothing, a blank or a punctuation mark stands on either "
	    "side of it. There are no parts of words and no wildcards."),
	CHECK("words-neighbour", UNDOCUMENTED, NOBODY,
	    "Whether an underscore, one of $ + < = > ^ ` | ~ or a character outside ASCII beside a word parts it "
	    "from the rest is not written down."),

	CHECK("letter-case", UNDOCUMENTED, NOBODY,
	    "Which letters besides a to z are the same but for their case is not said; the text has only such a one."),

	/* patterns */
	CHECK("patterns", DOCUMENTED, REGEX,
	    "A pattern may be found anywhere in the text. Its signs are \\s \\S \\d \\D \\w \\W, | * ( ), ^ for the "
	    "start, $ for the end, and \\ before a sign that stands for itself."),
	CHECK("pattern-case", REPORTED, "Exchange Transport Rules and Regular expressions (a blog)",
	    "Patterns are found without regard to case."),
	CHECK("pattern-dot", DISPUTED, REGEX " and " CONDITIONS,
	    "A dot without a backslash is a period in one page's example, and any character in the syntax to which "
	    "the other refers."),
	CHECK("pattern-more", DISPUTED, REGEX " and " CONDITIONS,
	    "Other signs, as + ? [ ] { }, are not in the one page's list, and belong to the syntax to which the "
	    "other refers. Administrators report that some are refused."),
	CHECK("pattern-legacy", UNDOCUMENTED, CMDLET,
	    "A rule may ask for the regular expressions of Exchange 2010; how they differ is not said."),
	CHECK("pattern-broken", UNDOCUMENTED, NOBODY,
	    "The pattern is no regular expression; Exchange Online refuses such a rule when it is made."),
	CHECK("pattern-limit", UNSEEN, "this program",
	    "The pattern or the text is larger than what is tried here."),

	/* headers */
	CHECK("header-absent", DOCUMENTED, CONDITIONS,
	    "A condition on a header field asks the fields of that name only; a mail without one does not meet it."),
	CHECK("header-many", UNDOCUMENTED, NOBODY,
	    "When a field is there more than once and some meet the condition, it is not said whether that does."),
	CHECK("header-blank", UNDOCUMENTED, NOBODY,
	    "Whether the blank behind the colon belongs to the text of a field is not said."),
	CHECK("header-folded", UNDOCUMENTED, NOBODY,
	    "Whether the blanks of a field, at which it may have been folded, are compared as they came or as one is not "
	    "said."),
	CHECK("header-undecodable", UNDOCUMENTED, NOBODY,
	    "Fields are compared after decoding; what is compared when decoding goes wrong is not said."),
	CHECK("header-service", UNSEEN, CMDLET,
	    "Exchange Online writes and removes fields of this name itself; a mail in a file does not show them."),
	CHECK("header-earlier", INFERRED, RULES,
	    "An earlier rule may have set or removed the field, and whether it did is unknown."),
	CHECK("header-masked", UNSEEN, "the export of a tenant's rules",
	    "An earlier rule sets the field to a value of which an export shows only a digest."),

	/* sizes */
	CHECK("attachment-any", DOCUMENTED, CMDLET,
	    "The size of each attachment is compared by itself, never their sum; one larger one is enough."),
	CHECK("attachment-embedded", DOCUMENTED, CMDLET,
	    "Pictures embedded in the text, such as those of signatures, count as attachments."),
	CHECK("attachment-equal", DISPUTED, CMDLET " and " CONDITIONS,
	    "An attachment of exactly the size is too small by one page (\"greater\") and meets the condition by "
	    "the other (\"greater than or equal\")."),
	CHECK("attachment-measure", UNDOCUMENTED, NOBODY,
	    "Whether the size is that of the file or of its longer encoded form is not said."),
	CHECK("attachment-message", UNDOCUMENTED, NOBODY,
	    "How the size of an attached message is counted is not said."),
	CHECK("attachment-tnef", UNDOCUMENTED, NOBODY,
	    "How winmail.dat, or what is in it, is counted is not said."),
	CHECK("attachment-unsure", UNDOCUMENTED, NOBODY,
	    "Whether signatures, calendar entries and text between files count as attachments is not said."),
	CHECK("attachment-encrypted", UNDOCUMENTED, RULES,
	    "Rules cannot look into encrypted mail; what a condition on its content answers is not said."),
	CHECK("size-message", DOCUMENTED, CMDLET,
	    "The size of a message is that of all of it, attachments included."),
	CHECK("size-equal", DISPUTED, CMDLET " and " CONDITIONS,
	    "A message of exactly the size is too small by one page (\"larger\") and meets the condition by the "
	    "other (\"greater than or equal\")."),
	CHECK("size-small", UNDOCUMENTED, CMDLET,
	    "A size below 1 KB may be rounded up to 1 KB; when that happens is not said."),

	/* senders */
	CHECK("sender-is", DOCUMENTED, CMDLET,
	    "The sender is the one whose address is given."),
	CHECK("sender-name", UNSEEN, CMDLET,
	    "A rule may name a person or group by name, alias or number; which address that is is not seen here."),
	CHECK("sender-none", UNDOCUMENTED, CMDLET,
	    "Looking for an empty sender \"doesn't work\"; whether such a mail has no text or \"<>\" as its sender is "
	    "not said."),
	CHECK("sender-odd", UNDOCUMENTED, NOBODY,
	    "Who counts as the sender is not said of a mail whose From field is missing, is there twice, or does not name "
	    "one mailbox, nor is an envelope's sender known that nobody gave."),
	CHECK("sender-inside", DOCUMENTED, CMDLET,
	    "Inside the organisation is who sends over an authenticated connection and is of the organisation, or "
	    "has an address in an accepted domain (external relay domains excepted)."),
	CHECK("sender-outside", DOCUMENTED, CMDLET,
	    "Outside the organisation is whose address is in no accepted domain (external relay domains excepted)."),
	CHECK("scope-authenticated", UNSEEN, CMDLET,
	    "Inside the organisation asks for an authenticated connection, and whether there was one is unknown."),
	CHECK("scope-mail-user", UNSEEN, CMDLET,
	    "A mail user or guest of the organisation may have an address elsewhere and yet be inside; who is one is "
	    "not seen here."),
	CHECK("scope-no-sender", UNDOCUMENTED, NOBODY,
	    "Whether a mail without a sender's address comes from inside or outside is not said."),
	CHECK("scope-domains", UNSEEN, CMDLET, "The organisation's accepted domains were not given."),
	CHECK("domain-is", DOCUMENTED, CMDLET, "The domain of the address is one of those given."),
	CHECK("domain-below", DISPUTED, CMDLET " and " CONDITIONS,
	    "Subdomains are met too by one page; the other says to use a pattern for that."),
	CHECK("member-direct", DOCUMENTED, CONDITIONS,
	    "A member of a distribution group, mail-enabled security group or Microsoft 365 group, by primary "
	    "address."),
	CHECK("member-nested", UNDOCUMENTED, NOBODY,
	    "Whether members of groups in the group count is not said."),
	CHECK("member-unseen", UNSEEN, CONDITIONS, "Who is in the group was not given."),

	/* recipients */
	CHECK("recipient-is", DOCUMENTED, CONDITIONS,
	    "A condition on recipients is asked for each recipient, by primary address, wherever the mail names him."),
	CHECK("recipient-inside", DOCUMENTED, CMDLET,
	    "A recipient is inside the organisation if the mail came over an authenticated connection and he is of "
	    "the organisation, or his address is in an accepted domain (external relay domains excepted)."),
	CHECK("recipient-outside", DOCUMENTED, CMDLET,
	    "A recipient is outside the organisation if his address is in no accepted domain (external relay domains "
	    "excepted)."),
	CHECK("recipient-group", UNDOCUMENTED, NOBODY,
	    "Whether a rule sees a group that is written to, or its members, is not said for this condition."),
	CHECK("recipient-member", DOCUMENTED, CONDITIONS,
	    "A mail to the group itself is a mail to its members."),
	CHECK("recipient-original", UNSEEN, CMDLET,
	    "The rule asks for the address as written before it was resolved, which is not seen here."),
	CHECK("recipient-any", DOCUMENTED, CMDLET,
	    "\"Any recipient\" is met for all recipients of the mail as soon as it is met by one."),
	CHECK("recipient-split", UNDOCUMENTED, NOBODY,
	    "Whether \"any recipient\" also means those whose copy an earlier rule parted from this one is not said."),

	/* the rest */
	CHECK("type-is", DOCUMENTED, CMDLET, "The mail is of the type that the condition names."),
	CHECK("type-unseen", UNSEEN, CMDLET,
	    "Exchange Online tells this type by what the mail does not show here."),
	CHECK("scl-unseen", UNSEEN, CMDLET,
	    "The spam level is given by Exchange Online's filter and is not seen here."),
	CHECK("dates-unseen", UNSEEN, CMDLET,
	    "The rule works from or until a day, and this program asks no clock."),
	CHECK("earlier-action", INFERRED, ACTIONS,
	    "An earlier rule changes, or may change, what this condition looks at, by an action that is not "
	    "followed here."),
	CHECK("rule-broken", UNDOCUMENTED, NOBODY,
	    "Half of a pair of parameters, or a value that there is not: Exchange Online refuses such a rule when it is "
	    "made."),
	CHECK("not-modelled", UNSEEN, "this program", "The condition is not modelled."),

	/* the pass */
	PASS("and-or", DOCUMENTED, RULES,
	    "All conditions of a rule must be met; of the values of one condition any is enough."),
	PASS("exceptions", DOCUMENTED, RULES,
	    "One exception that is met keeps the rule from acting, whatever its conditions say."),
	PASS("no-condition", DOCUMENTED, RULES, "A rule without conditions and exceptions acts on every mail."),
	PASS("unknown-stays", INFERRED, "this program",
	    "What is unknown stays unknown: a rule that rests on it may act or not, and what it may have done is "
	    "unknown behind it."),
	PASS("order", DOCUMENTED, RULES, "Rules are asked in order of priority, 0 first."),
	PASS("disabled", DOCUMENTED, RULES, "Only enabled rules are asked."),
	PASS("audit", DOCUMENTED, CMDLET,
	    "In the modes Audit and AuditAndNotify a rule is asked, and nothing that affects the mail is done."),
	PASS("stop", DOCUMENTED, CMDLET, "StopRuleProcessing ends the pass: later rules are not asked for this mail."),
	PASS("ends", DOCUMENTED, RULES " and " CMDLET,
	    "A mail that a rule deletes or puts into quarantine is not asked about by later rules."),
	PASS("location", DOCUMENTED, CMDLET,
	    "SenderAddressLocation says where the sender's address is looked for: in the From field, in the envelope, "
	    "or in both. It is for From, FromMemberOf, FromAddress..., SenderDomainIs; FromScope asks the header."),
	PASS("switch-off", INFERRED, CMDLET,
	    "A condition or action that is a switch and off asks and does nothing; Exchange shows it so for every rule."),
	PASS("sees-earlier", REPORTED, "published set-up scripts of signature services",
	    "A rule sees the header fields as earlier rules of the pass left them."),
	PASS("set-header", DOCUMENTED, ACTIONS, "Setting a header field adds it or changes the one that is there."),
	PASS("set-header-many", UNDOCUMENTED, NOBODY,
	    "Which fields are changed or removed when there are several of the name is not said."),
	PASS("remove-header", DOCUMENTED, ACTIONS, "Removing a header field takes it out of the mail."),
	PASS("route", DOCUMENTED, ACTIONS, "The mail is delivered through the outbound connector that the rule names."),
	PASS("route-twice", UNDOCUMENTED, NOBODY,
	    "Which connector counts when two rules name different ones is not said."),
	PASS("scl", DOCUMENTED, CMDLET,
	    "A spam level of -1 asks for the spam filter to be passed by; Exchange Online takes it as advice."),
	PASS("other-actions", UNSEEN, "this program",
	    "Other actions are not followed. What they may change is unknown to later rules, and the copy is marked."),
	PASS("bifurcation", DOCUMENTED, "Bifurcation (Exchange reference)",
	    "When rules come out differently for its recipients, a mail is parted into copies with the same content."),
	PASS("returned", INFERRED, "Integrate Office 365 with an email add-on service",
	    "A mail that comes back counts as authenticated when both connectors keep the internal headers; else that "
	    "is unknown."),
};
/* clang-format on */
const size_t flow_fact_count = sizeof(flow_facts) / sizeof(flow_facts[0]);

const struct flow_fact *
flow_fact(const char *id)
{
	for (size_t i = 0; i < flow_fact_count; i++)
		if (strcmp(flow_facts[i].id, id) == 0)
			return &flow_facts[i];
	assert(!"a fact that is cited stands in the table");
	return NULL;
}

const char *
flow_standing_name(enum flow_standing standing)
{
	switch (standing) {
	case FLOW_DOCUMENTED:
		return "documented";
	case FLOW_REPORTED:
		return "reported";
	case FLOW_INFERRED:
		return "inferred";
	case FLOW_DISPUTED:
		return "disputed";
	case FLOW_UNSEEN:
		return "not seen here";
	case FLOW_UNDOCUMENTED:
		break;
	}
	return "undocumented";
}
