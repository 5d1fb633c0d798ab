/*
 * rules/exo.h - objects of Exchange Online as data: connectors, groups, remote domains, mail flow
 * rules.
 *
 * What a tenant should have (rules/plan.h) and what it has (an export of the set-up script) are the
 * same thing in this form, so that they can be printed, compared and evaluated by the same code. An
 * object is a list of members; a member is a parameter of the cmdlets New-NOUN and Set-NOUN with a
 * value. One table, exo_properties, says of every parameter what type it has and what part it plays
 * in a rule; the names are Microsoft's (PowerShell reference of each cmdlet), compared without
 * case.
 *
 * Values are normalised when they are made, so that equal things are equal however they were
 * written: "1KB", "1 KB (1,024 bytes)" and 1024 are one size; "smtp:*;1" and "*" one sender domain;
 * a rule's State "Disabled", as Get-TransportRule shows it, is Enabled $false, as New-TransportRule
 * takes it.
 *
 * "No value" (null, an empty text, an empty list, "Unlimited") is the same as not being there.
 * Names are compared without case in ASCII; other letters count as they are.
 *
 * Everything points into the arena that made it. Pure.
 *
 * Sources: Microsoft's PowerShell reference of New-, Set- and Get-TransportRule, -InboundConnector,
 * -OutboundConnector, -RemoteDomain, -DistributionGroup, and Get-AcceptedDomain.
 */
#ifndef SECUDOC_RULES_EXO_H
#define SECUDOC_RULES_EXO_H

#include "core/arena.h"
#include "core/buf.h"

/* Bounds; a tenant's own limits are far below, what is above them is not an export. */
#define EXO_MAX_OBJECTS    5000u  /* of a kind; Exchange Online takes some hundred rules */
#define EXO_MAX_MEMBERS    400u   /* of an object; New-TransportRule has some 180 parameters */
#define EXO_MAX_ITEMS      5000u  /* of a list; they are compared pair by pair */
#define EXO_MAX_TEXT_BYTES 65536u /* a text; a rule has at most 8 KB in Exchange Online */
#define EXO_MAX_NAME_BYTES 128u   /* a parameter's name; the longest known has 46 */

enum exo_kind {
	EXO_ACCEPTED_DOMAIN,
	EXO_DISTRIBUTION_GROUP,
	EXO_INBOUND_CONNECTOR,
	EXO_OUTBOUND_CONNECTOR,
	EXO_REMOTE_DOMAIN,
	EXO_TRANSPORT_RULE,
	EXO_KINDS,
};

enum exo_type {
	EXO_BOOL,
	EXO_INT,
	EXO_SIZE,    /* bytes, in exo_value.number */
	EXO_TEXT,    /* compared as it is */
	EXO_NAME,    /* compared without case: names, addresses, enumerated words */
	EXO_TEXTS,   /* a set of texts: order does not count, case does (patterns) */
	EXO_NAMES,   /* a set of names */
	EXO_SECRET,  /* a text that is shown masked; "sha256:HEX" stands for it in exports */
	EXO_IGNORED, /* times, ids, comments: kept for show, never compared */
};

/* The part that a parameter plays in a mail flow rule; EXO_PLAIN everywhere else. */
enum exo_role { EXO_PLAIN, EXO_CONDITION, EXO_ACTION };

/* What else there is to know of a parameter. */
#define EXO_NEW    0x01u /* New-NOUN takes it */
#define EXO_SET    0x02u /* Set-NOUN takes it */
#define EXO_SWITCH 0x04u /* a switch: -Name:$true */
#define EXO_DOMAIN 0x08u /* domains, which Get-InboundConnector shows as "smtp:example.nl;1" */
#define EXO_HOST   0x10u /* hosts, whose addresses may stand in square brackets */

struct exo_property {
	enum exo_kind kind;
	const char *name; /* as Microsoft writes it; of an exception without "ExceptIf" */
	enum exo_type type;
	enum exo_role role;
	unsigned flags;
	const char *absent; /* the value that says no more than its absence; NULL: none is known */
};
extern const struct exo_property exo_properties[];
extern const size_t exo_property_count;
/*
 * exo_property_find() - the row for a parameter's name, without case; "ExceptIfX" finds condition X
 * and sets *ret_exception. A rule's "State" is "Enabled". NULL when there is none.
 */
const struct exo_property *
exo_property_find(enum exo_kind kind, struct span name, bool *ret_exception);

struct exo_value {
	enum exo_type type;
	bool yes;
	int64_t number;
	struct span text;
	const struct span *items;
	size_t count;
};

struct exo_member {
	const struct exo_property *property; /* NULL: a name that the table does not know */
	bool exception;
	struct span name; /* the table's, with "ExceptIf"; as it was written when that is NULL */
	struct exo_value value;
};

struct exo_object {
	enum exo_kind kind;
	struct exo_member *members;
	size_t count, room;
};

/*
 * All objects of a tenant, or all that it should have. exo_add() may move the objects of its list:
 * pointers to them hold until then, and pointers to an object's members until it gets another.
 */
struct exo_list {
	struct exo_object *items;
	size_t count, room;
	bool absent; /* the document had no array of this kind: nothing is known of it */
};
struct exo_state {
	struct exo_list lists[EXO_KINDS]; /* mail flow rules in order of priority */
};

/* What a kind is called. */
struct exo_kind_names {
	const char *noun;     /* "TransportRule", of New-TransportRule */
	const char *array;    /* "TransportRules", the key in JSON */
	const char *words;    /* "mail flow rule", for people */
	const char *name_key; /* the member by which two states are matched: "Name" */
};
const struct exo_kind_names *exo_kind_names(enum exo_kind kind);

/*
 * Reading. exo_get() gives the value of a parameter ("ExceptIfFrom"), or NULL when the object has
 * none. exo_name() is the object's name, empty when it has none. exo_find() looks an object up by
 * name, without case; NULL when there is none.
 */
const struct exo_value *exo_get(const struct exo_object *o, const char *name);
struct span exo_name(const struct exo_object *o);
struct exo_object *exo_find(const struct exo_list *list, struct span name);
/*
 * exo_equal() - do both say the same? A secret equals its own digest. NULL equals NULL, and an
 * empty list; what is never compared equals everything.
 */
bool exo_equal(const struct exo_value *a, const struct exo_value *b);
/*
 * exo_says_nothing() - would the object mean the same without this member? A rule's Mode "Enforce",
 * a condition or action that is $false, as Get-TransportRule shows them of every rule.
 */
bool exo_says_nothing(const struct exo_member *m);
/*
 * exo_value_print() - one line for people, secrets masked: "1 KB", "a, b", "yes". Characters that
 * move the cursor or the direction of writing are shown as "U+202E". The NULL value is "none".
 */
MUST_USE enum err exo_value_print(const struct exo_value *v, struct buf *out);

/*
 * Building; a member that is there already is replaced. ERR_TEMP, ERR_LIMIT as the arena says,
 * ERR_SYNTAX when the value cannot be one of the parameter's type, or there is no such parameter
 * (the note names it). "No value" takes the member away. Texts are UTF-8 without NUL; spans are
 * copied.
 */
MUST_USE enum err
exo_add(struct exo_list *list, enum exo_kind kind, struct arena *a, struct exo_object **ret);
MUST_USE enum err exo_set_bool(struct exo_object *o, const char *name, bool yes, struct arena *a);
MUST_USE enum err exo_set_int(struct exo_object *o, const char *name, int64_t n, struct arena *a);
/* exo_set_text() - a text for any type: it is read as Exchange would show or take it. */
MUST_USE enum err
exo_set_text(struct exo_object *o, const char *name, struct span text, struct arena *a);
MUST_USE enum err exo_set_texts(struct exo_object *o, const char *name, const struct span *items,
    size_t count, struct arena *a);

/*
 * exo_size_parse() - "1KB", "1 KB (1,024 bytes)", "35 MB", "512 B", "1024"; powers of 1024. The
 * bytes in brackets decide when they are there, as what stands before them is rounded.
 */
bool exo_size_parse(struct span text, int64_t *ret_bytes);

#endif
