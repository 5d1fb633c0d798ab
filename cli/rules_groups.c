/*
 * cli/rules_groups.c - who is in which group, as --members and --group say.
 *
 * A member that is a group itself makes the answer for everybody else unknown, as nobody documents whether
 * its members count. A file of members may be long, so all that is a group is looked up in a sorted list.
 */
#include "cli/rules_world.h"

#include "core/address.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX \
	4u /* under which a group is known to rules: as it was given, address, name, alias */

struct making {
	struct rules_source *s;
	const struct rules_args *args;
	struct rules_list asked;   /* groups that rules ask about, as they name them */
	struct rules_list groups;  /* addresses of groups, sorted */
	struct rules_list aliases; /* what stands before the "@" of addresses of groups, sorted */
	struct flow_group *made;
	size_t made_count;
};

/* --- sorted lists --- */

static int
compare_nocase(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	for (size_t i = 0; i < x->len && i < y->len; i++) {
		int p = x->p[i], q = y->p[i];

		p = p >= 'A' && p <= 'Z' ? p | 0x20 : p;
		q = q >= 'A' && q <= 'Z' ? q | 0x20 : q;
		if (p != q)
			return p - q;
	}
	return (x->len > y->len) - (x->len < y->len);
}

static void
sort(struct rules_list *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare_nocase);
}

static bool
is_among(const struct rules_list *list, struct span s)
{
	return list->count > 0 &&
	    bsearch(&s, list->items, list->count, sizeof(s), compare_nocase) != NULL;
}

/* --- what rules ask about --- */

static void
add(struct rules_list *list, struct span s)
{
	if (s.len > 0)
		list->items[list->count++] = s;
}

static bool
asks_group(const struct exo_member *m)
{
	return m->property != NULL && m->property->role == EXO_CONDITION &&
	    span_find(m->name, SPAN("MemberOf")) < m->name.len && m->value.count > 0;
}

/* Counts them; with items also puts them there. */
static size_t
groups_asked(const struct exo_list *rules, struct rules_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->count; i++) {
		for (size_t k = 0; k < rules->items[i].count; k++) {
			const struct exo_member *m = &rules->items[i].members[k];

			if (!asks_group(m))
				continue;
			count += m->value.count;
			for (size_t n = 0; list->items != NULL && n < m->value.count; n++)
				add(list, m->value.items[n]);
		}
	}
	return count;
}

static enum err
list_alloc(struct making *g, size_t room, struct rules_list *ret)
{
	ret->items = arena_alloc(&g->s->arena, (room + 1) * sizeof(*ret->items));
	ret->count = 0;
	return ret->items != NULL ? ERR_OK : ERR_TEMP;
}

static enum err
asked_make(struct making *g)
{
	const struct exo_list *rules = &g->s->state.lists[EXO_TRANSPORT_RULE];
	struct rules_list none = { NULL, 0 };

	TRY(list_alloc(g, groups_asked(rules, &none), &g->asked));
	(void)groups_asked(rules, &g->asked);
	sort(&g->asked);
	return ERR_OK;
}

/* --- what is a group --- */

/* "smtp:a@x": the address; of other kinds nothing. */
static struct span
proxy_address(struct span proxy)
{
	return span_take_i(&proxy, SPAN("smtp:")) ? proxy : SPAN_NONE;
}

static void
add_group(struct making *g, const struct exo_object *group)
{
	const struct exo_value *all = exo_get(group, "EmailAddresses");

	add(&g->groups, rules_text(group, "PrimarySmtpAddress"));
	/* its address is made of the alias, unless it is known to be another */
	if (all == NULL)
		add(&g->aliases, rules_text(group, "Alias"));
	for (size_t i = 0; all != NULL && i < all->count; i++)
		add(&g->groups, proxy_address(all->items[i]));
}

static size_t
addresses_known(const struct exo_list *known)
{
	size_t count = 0;

	for (size_t i = 0; i < known->count; i++) {
		const struct exo_value *all = exo_get(&known->items[i], "EmailAddresses");

		count += 1 + (all != NULL ? all->count : 0);
	}
	return count;
}

/* The name in --group NAME=LIST. */
static struct span
option_name(const char *option)
{
	const char *eq = strchr(option, '=');

	return eq != NULL ? span_of(option, (size_t)(eq - option)) : SPAN_NONE;
}

/* All that is known to be one: by the export or plan, by what rules ask about, and by what is said here. */
static enum err
known_make(struct making *g, const struct cli_option *option)
{
	const struct exo_list *known = &g->s->state.lists[EXO_DISTRIBUTION_GROUP];
	size_t given = option != NULL ? option->count : 0;

	TRY(list_alloc(g, addresses_known(known) + g->asked.count + given, &g->groups));
	TRY(list_alloc(g, known->count, &g->aliases));
	for (size_t i = 0; i < known->count; i++)
		add_group(g, &known->items[i]);
	for (size_t i = 0; i < g->asked.count; i++)
		add(&g->groups, g->asked.items[i]);
	for (size_t i = 0; i < given; i++)
		add(&g->groups, option_name(option->all[i]));
	sort(&g->groups);
	sort(&g->aliases);
	return ERR_OK;
}

/* Domains that are not known may be the organisation's. */
static bool
may_be_inside(const struct flow_world *world, struct span domain)
{
	for (size_t i = 0; i < world->domain_count; i++)
		if (domain_is(domain, world->domains[i]))
			return true;
	return world->domain_count == 0;
}

static bool
is_group(const struct making *g, struct span member)
{
	size_t at = member.len;

	if (is_among(&g->groups, member))
		return true;
	while (at > 0 && member.p[at - 1] != '@')
		at--;
	return at > 0 && is_among(&g->aliases, span_upto(member, at - 1)) &&
	    may_be_inside(&g->s->world, span_from(member, at));
}

/* --- members --- */

static enum err
members_part(const struct making *g, const struct rules_list *members, struct flow_group *ret)
{
	struct arena *a = &g->s->arena;
	struct span *plain = arena_alloc(a, (members->count + 1) * sizeof(*plain));
	struct span *nested = arena_alloc(a, (members->count + 1) * sizeof(*nested));
	struct flow_group made = { .members = plain, .nested = nested };

	if (plain == NULL || nested == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < members->count; i++) {
		if (is_group(g, members->items[i]))
			nested[made.nested_count++] = members->items[i];
		else
			plain[made.member_count++] = members->items[i];
	}
	*ret = made;
	return ERR_OK;
}

static const struct exo_object *
group_named(const struct exo_list *known, struct span who)
{
	for (size_t i = 0; i < known->count; i++)
		if (span_ieq(rules_text(&known->items[i], "PrimarySmtpAddress"), who) ||
		    span_ieq(rules_text(&known->items[i], "Name"), who) ||
		    span_ieq(rules_text(&known->items[i], "Alias"), who))
			return &known->items[i];
	return NULL;
}

/* A rule may name a group by its address or by its name: both lead to the same members. */
static size_t
group_names(const struct making *g, struct span who, struct span names[NAMES_MAX])
{
	static const char *const keys[] = { "PrimarySmtpAddress", "Name", "Alias" };
	const struct exo_object *group =
	    group_named(&g->s->state.lists[EXO_DISTRIBUTION_GROUP], who);
	size_t count = 0;

	names[count++] = who;
	for (size_t i = 0; group != NULL && i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct span other = rules_text(group, keys[i]);

		if (other.len > 0 && !span_ieq(other, who))
			names[count++] = other;
	}
	return count;
}

static enum err
group_make(struct making *g, struct span who, const struct rules_list *members)
{
	struct span names[NAMES_MAX];
	size_t count = group_names(g, who, names);
	struct flow_group made;

	TRY(members_part(g, members, &made));
	for (size_t i = 0; i < count; i++) {
		made.address = names[i];
		g->made[g->made_count++] = made;
	}
	return ERR_OK;
}

/* --- what was given in vain --- */

static void
note(const struct making *g, const char *option, struct span what, const char *text)
{
	fprintf(stderr, "secudoc %s: note: %s", g->args->command, option);
	cli_print(stderr, what);
	fprintf(stderr, ": %s\n", text);
}

/* Does a rule ask about the group, or is it a member of one that is known here? */
static bool
is_wanted(const struct making *g, struct span who)
{
	struct span names[NAMES_MAX];
	size_t count = group_names(g, who, names);

	for (size_t i = 0; i < count; i++) {
		if (is_among(&g->asked, names[i]))
			return true;
		for (size_t k = 0; k < g->made_count; k++)
			for (size_t n = 0; n < g->made[k].nested_count; n++)
				if (span_ieq(g->made[k].nested[n], names[i]))
					return true;
	}
	return false;
}

static void
note_unwanted(const struct making *g, const struct cli_option *option)
{
	for (size_t i = 0; option != NULL && i < option->count; i++)
		if (!is_wanted(g, option_name(option->all[i])))
			note(g, "--group ", option_name(option->all[i]),
			    "no rule asks who is in a group of this name or address");
}

/* --- the options --- */

/* --group WHO=a@x,b@y */
static enum err
group_option(struct making *g, const char *option)
{
	struct span who = option_name(option);
	struct rules_list members;

	if (who.len == 0)
		return err_set(ERR_SYNTAX, "--group is GROUP=a@x,b@y");
	TRY(rules_addresses(option + who.len + 1, &g->s->arena, &members));
	return group_make(g, who, &members);
}

/* --members: of whatever groups the rule that routes asks for. */
static enum err
members_option(struct making *g, const char *option)
{
	const struct exo_object *ours = g->s->ours;
	const struct exo_value *of = ours != NULL ? exo_get(ours, "FromMemberOf") : NULL;
	struct rules_list members;

	TRY(rules_addresses(option, &g->s->arena, &members));
	if (ours == NULL)
		note(g, "--members", SPAN_NONE, "no rule is known to bring mail to the service");
	else if (of == NULL)
		note(g, "--members", SPAN_NONE, "the rule that routes asks for no group");
	for (size_t i = 0; of != NULL && i < of->count && i < RULES_GROUPS_MAX; i++)
		TRY(group_make(g, of->items[i], &members));
	return ERR_OK;
}

enum err
rules_groups_make(const struct rules_args *args, struct rules_source *s)
{
	const struct cli_option *option = rules_given(args, "group");
	const char *members = rules_value(args, "members");
	struct making g = { .s = s, .args = args };

	TRY(asked_make(&g));
	TRY(known_make(&g, option));
	g.made = arena_alloc(&s->arena, RULES_GROUPS_MAX * NAMES_MAX * 2 * sizeof(*g.made));
	if (g.made == NULL)
		return ERR_TEMP;
	/* the first group of a name counts, so what is said of one group goes before what is said of all */
	for (size_t i = 0; option != NULL && i < option->count; i++)
		TRY(group_option(&g, option->all[i]));
	if (members != NULL)
		TRY(members_option(&g, members));
	note_unwanted(&g, option);
	s->world.groups = g.made;
	s->world.group_count = g.made_count;
	return ERR_OK;
}
