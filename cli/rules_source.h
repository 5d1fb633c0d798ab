/*
 * cli/rules_source.h - which rules are asked: those of a tenant's settings, of a plan, or of an export.
 *
 *	--config FILE [--tenant NAME]	the plan that follows from the tenant's settings in the store, with
 *					--scope, --mode, --recipients and --loop-mark in their place
 *	--plan FILE			a plan as "rules plan" wrote it
 *	--export FILE			what a tenant has, as the set-up script wrote it; with --tenant the
 *					settings say what the service puts into mail
 */
#ifndef SECUDOC_CLI_RULES_SOURCE_H
#define SECUDOC_CLI_RULES_SOURCE_H

#include "cli/rules_args.h"
#include "core/arena.h"
#include "rules/exo_json.h"
#include "rules/flow.h"
#include "rules/plan.h"

struct rules_list {
	struct span *items;
	size_t count;
};

/* What a plan or an export says beside its objects; empty where it does not. */
struct rules_document {
	struct span entra_id;
	struct span exported_at;   /* of an export */
	struct rules_list domains; /* of a plan: the tenant's registered domains */
};

struct rules_source {
	struct arena arena;    /* secret */
	struct tenant *tenant; /* a copy of its own, or NULL */
	struct plan plan;      /* when there is a tenant */
	struct exo_state state;
	bool exported; /* state is what a tenant has, with other tools' rules among ours */
	struct rules_document document; /* of --plan, --export */
	const struct exo_object *ours;  /* the rule that brings mail here; NULL: none is known to */
	struct span connector;          /* to which it routes; empty without it */
	struct flow_rules rules;
	struct flow_world world;
	struct flow_return back;
	struct rules_list secrets; /* tokens and values that are never shown */
};

/*
 * rules_source_open() - tenant, plan and state. Says on stderr what is wrong. rules_source_done() ends it,
 * also when it was not opened.
 */
enum cli_exit rules_source_open(const struct rules_args *args, struct rules_source *ret);
void rules_source_done(struct rules_source *s);

/* rules_source_world() - the rest, with the groups of --members and --group. */
enum cli_exit rules_source_world(const struct rules_args *args, struct rules_source *s);

/* rules_is_our_way() - does mail that is routed through this connector come to the service? */
bool rules_is_our_way(const struct rules_source *s, struct span connector);

/*
 * rules_mask() - append text with "********" where a secret stands: in either case, as rules compare without
 * it, escaped as a pattern or not, or the greater part of one, as where text was cut.
 */
MUST_USE enum err rules_mask(const struct rules_source *s, struct span text, struct buf *out);

/*
 * rules_file_open() - for reading; never waits for a pipe, never a folder. The caller closes *ret, and says
 * in errors which file it was.
 */
MUST_USE enum err rules_file_open(const char *path, FILE **ret);

/* rules_json_read() - a file of JSON; ERR_SYNTAX when it is not the document that is wanted. */
MUST_USE enum err rules_json_read(const char *path, enum exo_document want, struct arena *a,
    struct exo_state *ret, struct rules_document *ret_document);

/* rules_same_tenant() - ERR_DENIED with a note: an export of another tenant than the settings or plan. */
MUST_USE enum err
rules_same_tenant(const struct rules_source *s, const struct rules_document *export);

/* rules_is_address() - a mailbox, without a character in it that nobody sees. */
bool rules_is_address(struct span s);
/*
 * rules_addresses() - "a@x,b@y", or "@FILE" with an address a line, as mailboxes in the arena. ERR_SYNTAX
 * names the one that is none.
 */
MUST_USE enum err rules_addresses(const char *text, struct arena *a, struct rules_list *ret);

#endif
