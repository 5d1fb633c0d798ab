/*
 * cli/rules_world.c - what stands around the rules: which of them is ours, and what is inside.
 *
 * An export says it; where it does not, settings or plan do. What neither says is not known.
 */
#include "cli/rules_world.h"

#include <string.h>

struct span
rules_text(const struct exo_object *o, const char *name)
{
	const struct exo_value *v = exo_get(o, name);

	return v != NULL ? v->text : SPAN_NONE;
}

bool
rules_flag(const struct exo_object *o, const char *name)
{
	const struct exo_value *v = exo_get(o, name);

	return v != NULL && v->yes;
}

/* --- which rule is ours --- */

static const struct exo_list *
planned_connectors(const struct rules_source *s)
{
	const struct exo_state *plan = s->exported ? &s->plan.state : &s->state;

	return &plan->lists[EXO_OUTBOUND_CONNECTOR];
}

/* A connector may be called anything; where it leads to tells it too. */
static bool
is_our_connector(const struct rules_source *s, struct span name)
{
	const struct exo_list *ours = planned_connectors(s);
	const struct exo_object *there = exo_find(&s->state.lists[EXO_OUTBOUND_CONNECTOR], name);
	const struct exo_value *hosts = there != NULL ? exo_get(there, "SmartHosts") : NULL;

	if (exo_find(ours, name) != NULL)
		return true;
	for (size_t i = 0; hosts != NULL && i < ours->count; i++)
		if (exo_equal(hosts, exo_get(&ours->items[i], "SmartHosts")))
			return true;
	return false;
}

static bool
sets_secret(const struct rules_source *s, const struct exo_object *rule)
{
	struct span name = rules_text(rule, "SetHeaderName");

	if (s->tenant != NULL)
		return span_ieq(name, span_str(s->tenant->secret_header));
	return span_istarts(name, SPAN(RULES_MARK_HEADER "-"));
}

static bool
excepts_mark(const struct exo_object *rule)
{
	return span_ieq(rules_text(rule, "ExceptIfHeaderMatchesMessageHeader"),
		   SPAN(RULES_MARK_HEADER)) ||
	    span_ieq(
		rules_text(rule, "ExceptIfHeaderContainsMessageHeader"), SPAN(RULES_MARK_HEADER));
}

/*
 * What says that the rule brings mail to the service, each sign worth more than all behind it; 0: nothing.
 * Other tools route too, and stand in front of ours.
 */
static unsigned
signs(const struct rules_source *s, const struct exo_object *rule)
{
	struct span connector = rules_text(rule, "RouteMessageOutboundConnector");
	bool named = span_istarts(exo_name(rule), SPAN("SecuDoc")) ||
	    span_istarts(connector, SPAN("SecuDoc"));

	if (connector.len == 0)
		return 0;
	return (!s->exported || is_our_connector(s, connector) ? 8u : 0u) +
	    (sets_secret(s, rule) ? 4u : 0u) + (excepts_mark(rule) ? 2u : 0u) + (named ? 1u : 0u);
}

static const struct exo_object *
find_ours(const struct rules_source *s)
{
	const struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	const struct exo_object *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < rules->count; i++) {
		unsigned n = signs(s, &rules->items[i]);

		if (n > most) {
			best = &rules->items[i];
			most = n;
		}
	}
	return best;
}

bool
rules_is_our_way(const struct rules_source *s, struct span connector)
{
	return connector.len > 0 && span_ieq(connector, s->connector);
}

/* --- domains --- */

/* Recipients in a domain that is relayed elsewhere are outside (New-TransportRule, SentToScope). */
static bool
is_inside(const struct exo_object *domain)
{
	return !span_ieq(rules_text(domain, "DomainType"), SPAN("ExternalRelay"));
}

static enum err
domain_add(
    struct rules_source *s, const struct exo_object *domain, struct span *items, size_t *count)
{
	struct span name = rules_text(domain, "DomainName");

	items[(*count)++] = name;
	if (!rules_flag(domain, "MatchSubDomains"))
		return ERR_OK;
	return arena_printf(
	    &s->arena, &items[(*count)++], "*.%.*s", (int)name.len, (const char *)name.p);
}

/*
 * An export that has domains has all of them; what settings or plan register does not count then, as it may
 * be relayed elsewhere there. Without either, the linked domain of a plan is not all that is inside.
 */
static enum err
domains_make(struct rules_source *s)
{
	const struct exo_list *accepted = &s->state.lists[EXO_ACCEPTED_DOMAIN];
	size_t own = s->tenant != NULL ? s->tenant->domains.count : 0, count = 0;
	size_t room = own + s->document.domains.count + 2 * accepted->count + 1;
	bool whole = s->exported && accepted->count > 0;
	struct span *items = arena_alloc(&s->arena, room * sizeof(*items));

	if (items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; !whole && i < own; i++)
		items[count++] = span_str(s->tenant->domains.items[i]);
	for (size_t i = 0; !whole && i < s->document.domains.count; i++)
		items[count++] = s->document.domains.items[i];
	for (size_t i = 0; (whole || count > 0) && i < accepted->count; i++)
		if (is_inside(&accepted->items[i]))
			TRY(domain_add(s, &accepted->items[i], items, &count));
	s->world.domains = items;
	s->world.domain_count = count;
	return ERR_OK;
}

static enum err
world_make(struct rules_source *s)
{
	s->ours = find_ours(s);
	if (s->ours != NULL)
		s->connector = rules_text(s->ours, "RouteMessageOutboundConnector");
	TRY(domains_make(s));
	TRY(rules_marks_make(s));
	return flow_compile(&s->state.lists[EXO_TRANSPORT_RULE], &s->arena, &s->rules);
}

enum cli_exit
rules_source_world(const struct rules_args *args, struct rules_source *s)
{
	enum err err = world_make(s);

	if (err != ERR_OK)
		return cli_fail(args->command, "mail flow rules", err);
	err = rules_groups_make(args, s);
	if (err == ERR_SYNTAX)
		return rules_wrong(args, "%s", err_note());
	return err == ERR_OK ? CLI_OK : cli_fail(args->command, NULL, err);
}
