/*
 * rules/flow.h - what Exchange Online's mail flow rules do to a mail, as far as one can know.
 *
 * Rules are compiled from exo objects (a plan's or an export's). A condition is answered yes, no or
 * unknown; every answer cites the fact it rests on (flow_facts), and facts that nobody documented are
 * unknown, which stays unknown to the end: it is never rounded to yes or no.
 *
 *	rule     fires when all conditions are yes and no exception is yes
 *	         (conditions ANDed, values of one ORed, exceptions ORed; no condition at all: every mail)
 *	pass     rules in order of priority; actions of those that fire change what later ones see;
 *	         StopRuleProcessing ends the pass
 *	copies   a condition on recipients is asked for each recipient; recipients for whom every rule came
 *	         out the same share a copy (bifurcation), whatever the reasons
 *
 * A rule that fires unknown leaves its traces unknown: what it may have set, and, if it may have
 * stopped, everything behind it. Routing, fields and the spam level are followed through the pass; any
 * other action is not modelled, and what it may change (content, recipients, whether the mail lives on) is
 * unknown behind it. Pure; everything returned lives in the arena.
 *
 * Requirements: SD-070 to SD-082, SD-090 to SD-096.
 */
#ifndef SECUDOC_RULES_FLOW_H
#define SECUDOC_RULES_FLOW_H

#include "rules/exo.h"
#include "rules/policy.h"

/* Bounds of one question; a tenant's and a mail's own limits are far below. */
#define FLOW_MAX_RECIPIENTS  10000u /* of a mail; Exchange Online takes 1,000 */
#define FLOW_MAX_ATTACHMENTS 100000u
#define FLOW_MAX_FIELDS      100000u

/*
 * Facts
 */
enum flow_standing {
	FLOW_DOCUMENTED,   /* Microsoft says so */
	FLOW_REPORTED,     /* others say so */
	FLOW_INFERRED,     /* follows from documented facts */
	FLOW_DISPUTED,     /* Microsoft's own pages disagree: the answer is unknown */
	FLOW_UNDOCUMENTED, /* nobody says: the answer is unknown */
	FLOW_UNSEEN,       /* Microsoft says, but it rests on what is not seen here: unknown */
};
enum flow_place { FLOW_OF_CONDITION, FLOW_OF_PASS }; /* cited by a check, or a rule of the pass */
struct flow_fact {
	const char *id;       /* "words-whole": stable, for tests and documents */
	const char *sentence; /* for administrators */
	const char *source;   /* "New-TransportRule" or a page's name */
	enum flow_standing standing;
	enum flow_place place;
};
extern const struct flow_fact flow_facts[];
extern const size_t flow_fact_count;
const struct flow_fact *flow_fact(const char *id);           /* asserts that there is one */
const char *flow_standing_name(enum flow_standing standing); /* "documented", "disputed", ... */

/*
 * The mail and the tenant around it
 */
enum flow_type { /* MessageTypeMatches */
	FLOW_OOF,
	FLOW_AUTO_FORWARD,
	FLOW_ENCRYPTED,
	FLOW_CALENDARING,
	FLOW_PERMISSION_CONTROLLED,
	FLOW_VOICEMAIL,
	FLOW_SIGNED,
	FLOW_APPROVAL_REQUEST,
	FLOW_READ_RECEIPT,
	FLOW_TYPES,
};
enum flow_attachment_kind {
	FLOW_FILE,
	FLOW_EMBEDDED, /* a picture in the text: counts (documented) */
	FLOW_MESSAGE,  /* message/rfc822: not documented */
	FLOW_TNEF,     /* winmail.dat: not documented */
	FLOW_UNSURE,   /* signed content, text between files, a calendar entry: not documented */
};
struct flow_attachment {
	enum flow_attachment_kind kind;
	uint64_t size_bytes; /* decoded */
};
/*
 * A field of the header. Behind a rule that may have set or removed it, the fields of a name are those that
 * may be there. Members from uncertain on are of the rules, and false in a mail that no rule has seen.
 */
struct flow_field {
	struct span name;
	struct span value; /* unfolded, encoded words decoded, UTF-8 */
	bool undecodable;  /* what it decodes to is not certain: !flow_decodes() */
	bool tabbed;       /* blanks in it may have been tabs, as at folds */
	bool uncertain;    /* it may be there or not */
	bool absent;       /* and perhaps none of this name is there: the same in all of the name */
	bool together;     /* perhaps several of this name are there at once: the same in all too */
	bool masked;       /* what stands in it is not known: an export hides it */
	bool filled;       /* if masked: it is known that it is not blank */
};
/*
 * flow_decodes() - is it certain what the raw value of a field decodes to? Encoded words are whole and stand
 * where they may (RFC 2047), there are no controls but folding, and what is not ASCII is UTF-8 (RFC 6532).
 */
bool flow_decodes(struct span raw);

struct flow_mail {
	struct span from; /* address of the header From; empty when there is none */
	/* From is not there exactly once with one plain mailbox: who counts as sender is not documented, so
	   all that asks for the sender in the header is unknown, whatever from says */
	bool from_uncertain;
	struct span envelope_from; /* empty: null sender */
	bool envelope_uncertain;   /* nobody said what it is, and From does not show it: the same */
	const struct span *recipients;
	size_t recipient_count;
	const struct flow_field *fields;
	size_t field_count;
	const struct flow_attachment *attachments;
	size_t attachment_count;
	uint64_t size_bytes; /* of the whole message as it is sent */
	enum rule_answer types[FLOW_TYPES];
	enum rule_answer authenticated; /* did it come over an authenticated connection? */
	bool returned;                  /* flow_returned() made it */
};
struct flow_group {
	struct span address;
	const struct span *members; /* addresses of direct members */
	size_t member_count;
	const struct span *nested; /* addresses of member groups: what is in them is unknown */
	size_t nested_count;
};
struct flow_world {
	/* accepted domains, those of external relay left out; "*.x" is all below x; none: not known */
	const struct span *domains;
	size_t domain_count;
	const struct flow_group *groups;
	size_t group_count; /* membership in a group that is not here is unknown */
};

/*
 * Rules
 */
struct flow_rule;
struct flow_rules {
	const struct flow_rule *items;
	size_t count;
};
/*
 * flow_compile() - borrows the objects. What Exchange would not have taken (half of a pair, a mode or location
 * that there is none, a pattern that cannot be read) is unknown where it is asked: one broken rule of others
 * says nothing of the rest. ERR_SYNTAX with a note for a rule without a name; ERR_TEMP, ERR_LIMIT as the arena
 * says.
 */
MUST_USE enum err
flow_compile(const struct exo_list *rules, struct arena *a, struct flow_rules *ret);
struct span flow_rule_name(const struct flow_rule *rule);
struct span flow_rule_connector(const struct flow_rule *rule); /* to which it routes; or empty */

/*
 * The result
 */
struct flow_check {
	struct span name; /* "FromMemberOf", "ExceptIfHeaderMatchesPatterns" */
	bool exception;
	enum rule_answer
	    answer; /* of the condition itself: an exception that is yes keeps the rule off */
	const struct flow_fact *fact;
	/* of the pass: how a field came to be as it is, or a mail that comes back; NULL: neither matters */
	const struct flow_fact *also;
	/* UTF-8, safe to show; patterns and words among them: mask what is secret */
	struct span detail; /* one sentence that says the answer: "Sender "a@x" is not in "g@x"." */
	struct span asked;  /* what the condition names, at most three; empty: a switch */
	/*
	 * 0: the answer is that for every recipient of the copy. Else there are several checks of this
	 * condition, one behind the other, each with what is answered for so many of the copy's recipients;
	 * detail names three of them.
	 */
	size_t only_for;
};
enum flow_skip {
	FLOW_ASKED,
	FLOW_DISABLED,
	FLOW_AUDIT,  /* Mode Audit: asked, but its actions are not done */
	FLOW_STOPPED /* a rule in front ended the pass */
};
struct flow_rule_result {
	const struct flow_rule *rule;
	enum flow_skip skip;
	enum rule_answer fires;
	const struct flow_check *checks; /* in the order of the conditions, exceptions last */
	size_t check_count;
};
struct flow_copy {
	const struct span *recipients;
	size_t recipient_count;
	const struct flow_rule_result *results; /* one for each rule, in order */
	size_t result_count;
	enum rule_answer routed;
	struct span connector; /* of the last rule that routes, or may */
	bool connector_sure;   /* if routed, then there; false: rules name several (route-twice) */
	const struct flow_field *fields; /* the header after the pass */
	size_t field_count;
	enum rule_answer spam_check_skipped; /* SetSCL -1 asks for it; documented as advice only */
	/* does an action that is not modelled befall it: delete, reject, redirect, encrypt, ...? */
	enum rule_answer altered;
	const struct flow_fact *const
	    *facts; /* of the pass, that made the copy what it is; each once */
	size_t fact_count;
};
struct flow_outcome {
	const struct flow_copy *copies;
	size_t count;
};

/*
 * flow_run() - one pass. A mail without recipients gives no copy. Copies stand in the order of their first
 * recipients, recipients as they came, each once for each time it is there. ERR_TEMP, ERR_LIMIT.
 */
MUST_USE enum err flow_run(const struct flow_rules *rules, const struct flow_world *world,
    const struct flow_mail *mail, struct arena *a, struct flow_outcome *ret);

/*
 * flow_returned() - the copy as this service hands it back, for the second pass: control fields (X-SecuDoc*)
 * and the secret header gone, X-SecuDoc: "1.0 TOKEN" and X-SecuDoc-Mark (masked) in front. The attachments stay, as with a mail that
 * passes: nothing in the proof that there is no loop rests on their being gone. What it came by is known
 * only when headers are retained; of types that are no part of MIME only "no" stays known.
 */
struct flow_return {
	struct span token; /* of the tenant; empty: "1.0" alone */
	struct span secret_header;
	bool retain_headers; /* CloudServicesMailEnabled on both connectors */
};
MUST_USE enum err flow_returned(const struct flow_mail *sent, const struct flow_copy *copy,
    const struct flow_return *how, struct arena *a, struct flow_mail *ret);

#endif
