/*
 * rules/verify_int.h - what the files of rules/verify share.
 *
 *	verify.c          the frame: pairs of objects, findings, their order, their repairs
 *	verify_members.c  one object with its counterpart
 *	verify_watch.c    how bad a difference is, and why: the tables
 *	verify_same.c     which values, groups and connectors are the same
 *	verify_front.c    rules of others
 *	verify_rivals.c   connectors and domains of others
 *	verify_names.c    objects by what they are called
 *	verify_mask.c     secrets and tokens, wherever they come up
 *	verify_order.c    the order of rules, and the priorities that put it right
 */
#ifndef SECUDOC_RULES_VERIFY_INT_H
#define SECUDOC_RULES_VERIFY_INT_H

#include "rules/verify.h"

#define VERIFY_NONE ((size_t)-1)

/* What a rule of ours is for, seen from what it does. */
enum verify_part {
	PART_ROUTE = 0x01, /* sends the mail to the service */
	PART_STAMP = 0x02, /* sets the loop mark, so that the mail is not sent there */
	PART_SPAM = 0x04,  /* asks that the returned mail is not taken for spam */
	PART_STRIP = 0x08, /* removes our headers before the mail leaves */
	PART_OTHER = 0x10,
};
enum verify_part verify_part_of(const struct exo_object *rule);

/* A repair whose priority is known only when all findings are in their order. */
enum verify_fix { FIX_TEXT, FIX_CREATE_RULE, FIX_MOVE_RULE };

struct verify_item {
	struct drift drift;
	enum verify_fix fix;
	size_t rule; /* index in the plan, for the two that need it */
};

/* names of all objects of a kind, sorted */
struct verify_name;
struct verify_index {
	struct verify_name *items;
	size_t count;
};

struct verify {
	const struct exo_state *want, *have;
	struct arena *a;
	struct verify_item *items;
	size_t count, room, left_out;
	const struct span *names[EXO_KINDS]; /* of the export's objects */
	struct verify_index want_names[EXO_KINDS],
	    have_names[EXO_KINDS];          /* groups, outbound connectors */
	struct verify_index have_addresses; /* of groups */
	struct span
	    *secrets; /* of the plan, and its tokens, as texts and as they stand in patterns */
	size_t secret_count;
	struct span mark_literal; /* the loop mark's patterns, as PowerShell; empty: no tokens */
	/* the counterpart of each object: index, or VERIFY_NONE */
	size_t *have_of[EXO_KINDS]; /* by index in the plan */
	size_t *want_of[EXO_KINDS]; /* by index in the export */
};

/* verify_alloc() - from the arena, zeroed: room for count and one more. ret: the address of a pointer. */
MUST_USE enum err verify_alloc(struct arena *a, size_t count, size_t size, void *ret);

/* Findings */

/* verify_add() - a new finding, to be filled; good until the next one is added. */
MUST_USE enum err verify_add(struct verify *v, enum drift_kind kind, enum drift_severity severity,
    const struct exo_object *object, struct verify_item **ret);
/* verify_show() - a value for people; NULL gives the empty text. */
MUST_USE enum err verify_show(struct verify *v, const struct exo_value *value, struct span *ret);
MUST_USE enum err
verify_printf(struct verify *v, struct span *ret, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* verify_safe() - s as one safe line, cut to what a finding shows. */
MUST_USE enum err verify_safe(struct verify *v, struct span s, struct span *ret);
/* verify_unique() - is it the only object of its name in the export? */
bool verify_unique(const struct verify *v, const struct exo_object *have);

/* Secrets */

MUST_USE enum err verify_find_secrets(struct verify *v);
bool verify_is_secret(const struct verify *v, struct span text); /* is there one in it? */
/* verify_mask() - text with "********" for each secret. ERR_TEMP, ERR_LIMIT as out says. */
MUST_USE enum err verify_mask(const struct verify *v, struct span text, struct buf *out);

/*
 * Commands; empty when there is none, when the export has two objects of that name, and when a secret would stand
 * in it that is no variable.
 */

/* verify_set() - have gets what want has, and the partner of the member with it. */
MUST_USE enum err verify_set(struct verify *v, const struct exo_object *have,
    const struct exo_object *want, const struct exo_member *member, struct span *ret);
/* verify_unset() - have loses the member, and the partner of the member unless want has it. */
MUST_USE enum err verify_unset(struct verify *v, const struct exo_object *have,
    const struct exo_object *want, const struct exo_member *member, struct span *ret);
/* verify_switch() - Enabled of a rule or connector. */
MUST_USE enum err
verify_switch(struct verify *v, const struct exo_object *have, bool on, struct span *ret);
MUST_USE enum err verify_new(struct verify *v, const struct exo_object *want, struct span *ret);

/* Sameness */

const struct exo_list *verify_want(const struct verify *v, enum exo_kind kind);
const struct exo_list *verify_have(const struct verify *v, enum exo_kind kind);
bool verify_yes(const struct exo_object *o, const char *name); /* there, and $true */
bool verify_on(const struct exo_object *o);                    /* not switched off, not on trial */
struct span verify_text(const struct exo_object *o, const char *name); /* empty: there is none */
/* verify_same() - a value of the plan and one of the export, of the same parameter, mean the same. */
bool verify_same(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have);
/* verify_holds() - does a list (or single value) hold this one? want says which side the item is of. */
bool verify_holds(const struct verify *v, const char *name, const struct exo_value *list,
    bool list_is_want, struct span item, bool item_is_want);
/* verify_covers() - is everything that small names also named by big? NULL is never covered. */
bool verify_covers(const struct verify *v, const char *name, const struct exo_value *big,
    bool big_is_want, const struct exo_value *small, bool small_is_want);
MUST_USE enum err verify_find_names(struct verify *v);
/* verify_lookup() - the index of the one object that has the name; VERIFY_NONE: none has, or two have. */
size_t verify_lookup(const struct verify_index *index, struct span name);
/* verify_connector() - the export's outbound connector that is named so, or NULL. */
const struct exo_object *verify_connector(const struct verify *v, struct span name);
/* verify_ours() - does a rule of the export send mail to a connector of the plan? */
bool verify_ours(const struct verify *v, const struct exo_object *rule);
/* verify_route() - index of the plan's routing rule, or VERIFY_NONE. */
size_t verify_route(const struct verify *v);
/* verify_mark_header() - the header by which the plan's routing rule knows what was there; empty: none. */
struct span verify_mark_header(const struct verify *v);
/* verify_tool() - whose rule is it, by its name or the connector it routes to? NULL: nobody's we know. */
struct rule_tool;
const struct rule_tool *verify_tool(const struct verify *v, const struct exo_object *rule);
/* verify_partner() - "HeaderMatchesPatterns" for "HeaderMatchesMessageHeader" and back; NULL: it stands alone. */
const char *verify_partner(struct span name);

/* verify_connectors_agree() - has this member the same value in both connectors of the export? */
bool verify_connectors_agree(const struct verify *v, const char *name);

/* Patterns, with "(a|b)" written as two */

struct verify_branches {
	const struct exo_value *value; /* a list of texts; the rest is zero at first */
	size_t item;
	bool in_group;
	struct span head, rest, tail;
};
/* verify_branch_next() - the next one, in three pieces that belong together; false: no more. */
bool verify_branch_next(struct verify_branches *b, struct span ret[3]);
bool verify_branch_in(const struct exo_value *value, const struct span branch[3]);
bool verify_patterns_same(const struct exo_value *want, const struct exo_value *have);
/* verify_patterns_alike() - but for the case of letters; of escapes ("\S") it counts. */
bool verify_patterns_alike(const struct exo_value *want, const struct exo_value *have);

/* How bad */

struct verify_judgement {
	enum drift_severity severity;
	const char *why;
	bool watched; /* false: a member that the plan lacks is of no interest here */
};
/* verify_judge() - want or have is NULL when the member is missing or added. */
struct verify_judgement verify_judge(const struct verify *v, const struct exo_object *object,
    const struct exo_member *member, const struct exo_value *want, const struct exo_value *have);
struct verify_judgement verify_judge_missing(const struct verify *v, const struct exo_object *o);
/* verify_judge_mark() - the pattern by which returned mail is known; token by token. */
struct verify_judgement
verify_judge_mark(const struct exo_value *want, const struct exo_value *have);
/* verify_is_mark() - is this member of a rule of the plan the pattern with the tokens of the loop mark? */
bool verify_is_mark(const struct verify *v, const struct exo_object *o, struct span name);

/* The steps */

MUST_USE enum err
verify_members(struct verify *v, const struct exo_object *want, const struct exo_object *have);
MUST_USE enum err verify_front(struct verify *v);
MUST_USE enum err verify_rivals(struct verify *v);
MUST_USE enum err verify_order(struct verify *v);
/* verify_number() - priorities of rules that are made or moved, for the findings in their final order. */
MUST_USE enum err verify_number(struct verify *v);

#endif
