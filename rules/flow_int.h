/*
 * rules/flow_int.h - what the files of rules/flow share, and their tests.
 *
 *	flow.c             objects -> struct flow_rule
 *	flow_facts.c       the facts
 *	flow_pattern.c     a pattern as Microsoft writes it -> as PCRE2 reads it
 *	flow_encoded.c     raw values of fields of which it is certain what they decode to
 *	flow_match.c       words and patterns in a text
 *	flow_conditions.c  the table of conditions; each asks in flow_sender.c, flow_recipient.c, flow_content.c
 *	flow_actions.c     the table of actions
 *	flow_step.c        one rule, asked of every branch
 *	flow_settle.c      the checks of recipients who share a copy for different reasons
 *	flow_cite.c        which facts of the pass count
 *	flow_run.c         branches become copies
 *	flow_returned.c    the copy that comes back
 */
#ifndef SECUDOC_RULES_FLOW_INT_H
#define SECUDOC_RULES_FLOW_INT_H

#include "rules/flow.h"

/* flow_alloc() - from the arena, zeroed: an array of count things of size bytes. ERR_TEMP, ERR_LIMIT. */
MUST_USE enum err flow_alloc(struct arena *a, size_t count, size_t size, void *ret);

/* An answer and what it rests on; fact NULL: nothing was compared yet. */
struct flow_verdict {
	enum rule_answer answer;
	const struct flow_fact *fact;
};
struct flow_verdict flow_says(enum rule_answer answer, const char *fact);
/*
 * flow_or() - yes if one is yes, else unknown if one is unknown, else no. Of two that answer the same the fact
 * that stands first in the table counts, so that the order of values and recipients changes nothing.
 */
struct flow_verdict flow_or(struct flow_verdict a, struct flow_verdict b);
enum rule_answer flow_and(enum rule_answer a, enum rule_answer b);
enum rule_answer flow_maybe(enum rule_answer a); /* yes becomes unknown */

/*
 * Texts: words or patterns, compiled once, asked often.
 */
struct flow_text;
enum flow_text_kind { FLOW_WORDS, FLOW_PATTERNS };
/* flow_text_compile() - a pattern that cannot be read is kept and answers unknown. ERR_TEMP, ERR_LIMIT. */
MUST_USE enum err flow_text_compile(enum flow_text_kind kind, const struct span *items,
    size_t count, bool legacy, struct arena *a, const struct flow_text **ret);
/*
 * flow_text_ask() - is any of them in the text? of_field: the text is a header field's, whose first blank may
 * belong to it or not, and whose blanks may be read as one.
 */
MUST_USE enum err
flow_text_ask(const struct flow_text *t, struct span text, bool of_field, struct flow_verdict *ret);

/* flow_text_takes_all() - is it met by every text that is not blank, whatever stands in it? */
bool flow_text_takes_all(const struct flow_text *t);

/*
 * flow_pattern_translate() - the same for PCRE2, with nothing in it but what Microsoft lists. dot_any: an unescaped
 * dot is any character, else a dot. *ret_fact is NULL, or why it cannot be said what the pattern means;
 * then out holds rubbish. *ret_dot: there is an unescaped dot.
 */
#define FLOW_MAX_PATTERN_BYTES    8192u /* a whole rule has 8 KB in Exchange Online */
#define FLOW_MAX_TRANSLATED_BYTES (FLOW_MAX_PATTERN_BYTES * 16)
MUST_USE enum err flow_pattern_translate(
    struct span pattern, bool dot_any, struct buf *out, const char **ret_fact, bool *ret_dot);

/*
 * Rules
 */
enum flow_location { FLOW_IN_HEADER, FLOW_IN_ENVELOPE, FLOW_IN_BOTH };

struct flow_predicate;
struct flow_condition {
	const struct flow_predicate *predicate; /* NULL: not modelled */
	struct span name;                       /* of the check */
	bool exception;
	const struct exo_value *value;
	const struct exo_value *partner; /* of the second parameter of a pair */
	const struct flow_text *text;    /* compiled, for words and patterns */
	const char *always;              /* the fact for which the answer is always unknown */
};

struct flow_rule {
	struct span name;
	bool enabled, audit;
	enum flow_location location;
	bool location_broken;                    /* there is no such location */
	bool original_recipients;                /* RecipientAddressType Original */
	const struct flow_condition *conditions; /* exceptions behind */
	size_t condition_count;
	struct span connector; /* empty: does not route */
	struct span set_name, set_value;
	bool set_masked;
	struct span remove_name;
	bool has_scl;
	int64_t scl;
	bool stops;
	unsigned changes; /* FLOW_CHANGES_..., what actions that are not followed may change */
	bool ends;        /* an action that is documented to end the pass */
};

#define FLOW_CHANGES_FATE       0x01u /* it may be gone, or go elsewhere */
#define FLOW_CHANGES_CONTENT    0x02u /* body, attachments, size, type */
#define FLOW_CHANGES_RECIPIENTS 0x04u /* there may be others */
#define FLOW_CHANGES_SUBJECT    0x08u
#define FLOW_CHANGES_ALL        0x0Fu
#define FLOW_CHANGES_HEADER     0x10u /* any field: by actions that are not known at all, or by half */

/* The table of actions; shown in docs/rules.md. */
struct flow_action {
	const char *name;
	void (*read)(const struct exo_value *v, struct flow_rule *rule); /* NULL: not followed */
	unsigned changes;
};
extern const struct flow_action flow_actions[];
extern const size_t flow_action_count;
/* flow_action_read() - take the member of a rule that is an action; says nothing: left alone. */
void flow_action_read(const struct exo_member *m, struct flow_rule *rule);

/*
 * Asking
 */
struct flow_ask {
	const struct flow_rule *rule;
	const struct flow_condition *condition;
	const struct flow_world *world;
	const struct flow_mail *mail;    /* as it came */
	const struct flow_field *fields; /* as earlier rules left them */
	size_t field_count;
	unsigned changed;      /* FLOW_CHANGES_..., by earlier rules */
	struct span recipient; /* for conditions on recipients */
	/* for flow_detail(): some of those for whom the answer is, if not for all; at most FLOW_NAMED */
	const struct span *whom;
	size_t whom_count;
};
#define FLOW_NAMED 3

enum flow_subject { FLOW_ASKS_MAIL, FLOW_ASKS_RECIPIENT, FLOW_ASKS_ANY_RECIPIENT };

typedef enum err (*flow_predicate_ask)(const struct flow_ask *q, struct flow_verdict *ret);
struct flow_predicate {
	const char *name;
	const char *partner; /* the parameter that names the header field; NULL: none */
	enum flow_subject subject;
	bool text;                /* words or patterns */
	enum flow_text_kind kind; /* if text */
	flow_predicate_ask ask;
	const char *compares; /* for administrators: what with what */
};
extern const struct flow_predicate flow_predicates[];
extern const size_t flow_predicate_count;

/* the values of a condition as a list, whatever its type; a size has none */
const struct span *flow_values(const struct exo_value *v, size_t *ret_count);
/* flow_address_is() - without case, blanks around left off. */
bool flow_address_is(struct span a, struct span b);
/* flow_domain_of() - behind the last "@"; empty: there is none. */
struct span flow_domain_of(struct span address);
bool flow_accepted(const struct flow_world *world, struct span address);
const struct flow_group *flow_group_of(const struct flow_world *world, struct span address);

/* the questions about an address that senders and recipients share */
struct flow_verdict flow_domain_ask(const struct flow_condition *c, struct span address);
struct flow_verdict flow_member_ask(const struct flow_ask *q, struct span address);

/* flow_asks_location() - is SenderAddressLocation for it? */
bool flow_asks_location(const struct flow_predicate *p);

enum err flow_ask_sender_is(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_sender_scope(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_sender_member(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_sender_domain(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_sender_text(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_recipient_is(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_recipient_scope(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_recipient_member(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_recipient_domain(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_recipient_text(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_attachment(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_size(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_type(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_header(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_subject(const struct flow_ask *q, struct flow_verdict *ret);
enum err flow_ask_scl(const struct flow_ask *q, struct flow_verdict *ret);

/* flow_detail() - detail and asked of a check whose answer is there. They name those in whom and nobody else. */
MUST_USE enum err flow_detail(const struct flow_ask *q, struct arena *a, struct flow_check *check);

/*
 * The state of a branch: recipients for whom every rule came out the same so far.
 */
struct flow_branch {
	size_t *recipients; /* indices into the mail's, rising */
	size_t recipient_count;
	/* a rule came out unknown for each of them for himself: they may have parted */
	bool loose;
	/* checks without a fact are still to be made, when it is known who is in the copy: flow_settle() */
	struct flow_rule_result *results;
	struct flow_field *fields; /* shared until a rule changes them */
	size_t field_count;
	enum rule_answer stopped, routed, altered, spam_check_skipped;
	struct span connector;
	bool connector_sure;
	unsigned changed; /* FLOW_CHANGES_... */
};

/* flow_act() - do what the rule does; fires is yes or unknown. */
MUST_USE enum err flow_act(
    const struct flow_rule *rule, enum rule_answer fires, struct flow_branch *b, struct arena *a);

/* flow_ask_one() - one condition, for one recipient if it asks for one. */
MUST_USE enum err flow_ask_one(const struct flow_ask *q, struct flow_verdict *ret);
enum flow_subject flow_subject_of(const struct flow_condition *c);

/*
 * flow_cite_check() - the fact of the pass on which a check rests as well, or NULL; before are the results of
 * the rules in front.
 */
const struct flow_fact *flow_cite_check(const struct flow_ask *q, const struct flow_check *check,
    const struct flow_rule_result *before, size_t count);
/* flow_cite_copy() - fill facts. copies: into how many the mail parts. */
MUST_USE enum err flow_cite_copy(
    const struct flow_mail *mail, size_t copies, struct arena *a, struct flow_copy *copy);

/* A pass under way. */
struct flow_pass {
	const struct flow_world *world;
	const struct flow_mail *mail;
	struct arena *a;
	struct flow_branch *branches; /* room for one a recipient */
	size_t count;
};

/* flow_step() - one rule, asked of every branch; branches may part. */
MUST_USE enum err
flow_step(struct flow_pass *pass, const struct flow_rule *rule, size_t index, size_t rule_count);

/* flow_settle() - the checks that are still to be made, at the end of the pass. */
MUST_USE enum err flow_settle(struct flow_pass *pass, struct flow_branch *b, size_t rule_count);

#endif
