/*
 * rules/policy.h - facts of one mail in, one decision with its reason out. Pure.
 *
 * The caller says what it knows; what it could not find out (a lookup failed) is said to be unknown and
 * makes the mail wait: unknown never counts as no. The order of the questions is the order of the table in
 * policy.c, first match wins, and docs/attachments.md shows it to administrators.
 *
 * Requirements: SD-012, SD-013, SD-073, SD-076, SD-090, SD-133, X-04, X-06, X-07.
 */
#ifndef SECUDOC_RULES_POLICY_H
#define SECUDOC_RULES_POLICY_H

#include "core/span.h"

#include <stdint.h>

enum rule_answer { RULE_NO, RULE_YES, RULE_UNKNOWN };

/* What the message is, as a whole; the rows of docs/attachments.md. */
enum policy_kind {
	POLICY_KIND_PLAIN,
	POLICY_KIND_SIGNED,    /* multipart/signed */
	POLICY_KIND_ENCRYPTED, /* multipart/encrypted, PKCS#7 */
	POLICY_KIND_CALENDAR,
	POLICY_KIND_REPORT, /* delivery reports, receipts, feedback */
	POLICY_KIND_TNEF,
};

/* X-SecuDoc-Enabled as it was found. */
enum policy_switch {
	POLICY_SWITCH_ABSENT,
	POLICY_SWITCH_ON,  /* once, "1" */
	POLICY_SWITCH_OFF, /* once, "0" */
	POLICY_SWITCH_ODD, /* any other value, or more than once: secure */
};

struct policy_facts {
	enum policy_kind kind;
	enum policy_switch enabled;
	bool opt_in;                          /* the tenant's mode */
	bool validation;                      /* connector validation mail: passes */
	bool passed_before;                   /* valid mark whose original decision was pass */
	enum rule_answer has_required_header; /* RULE_YES when none is required */
	enum rule_answer sender_excluded;
	enum rule_answer recipient_excluded; /* asked once for each recipient */
	uint64_t attachment_count;
	uint64_t largest_attachment_bytes; /* decoded */
	uint64_t threshold_bytes;
};

enum policy_verdict { POLICY_PASS, POLICY_SECURE, POLICY_WAIT };

struct policy_decision {
	enum policy_verdict verdict;
	const char *reason;   /* stable word, "no-attachment": audit, metrics, tests */
	const char *sentence; /* one English sentence for people */
};

/* policy_decide() - total: a value outside its enum counts as unknown, odd or plain, never as a pass. */
struct policy_decision policy_decide(const struct policy_facts *facts);

/* The table itself, for the documents and the tests that compare the two. The last row always applies. */
struct policy_row {
	bool (*applies)(const struct policy_facts *facts);
	enum policy_verdict verdict;
	const char *reason;
	const char *sentence;
};
extern const struct policy_row policy_table[];
extern const size_t policy_table_count;
const char *policy_verdict_name(enum policy_verdict verdict); /* "pass", "secure", "wait" */

/*
 * Facts from fields and settings.
 */

/* policy_switch_seen() - what X-SecuDoc-Enabled says after one more such field with this raw value. */
enum policy_switch policy_switch_seen(enum policy_switch before, struct span value);

/*
 * policy_header_matches() - does a field meet the setting "Name" or "Name: value"? Names and values
 * without case, blanks around them left off. An empty setting matches no field.
 */
bool policy_header_matches(struct span setting, struct span name, struct span value);

/*
 * policy_pattern_matches() - "user@x", "@x" (that domain) or "*@x" against a canonical address. In the two
 * domain forms x may be "*.y", all true subdomains of y. The empty address (null sender) matches nothing.
 */
bool policy_pattern_matches(struct span pattern, struct span address);
/* policy_patterns_match() - any of them. */
bool policy_patterns_match(const char *const *patterns, size_t count, struct span address);

#endif
