/*
 * cli/rules_world.c - what stands around the rules: domains, groups, and how the service hands mail back.
 *
 * Settings say it when there are any; else it is read off the rules themselves, as they hold all of it.
 */
#include "cli/rules_source.h"

#include "rules/exo.h"

#include <string.h>

#define LOOP_HEADER "X-SecuDoc"

static struct span
text_of(const struct exo_object *o, const char *name)
{
	const struct exo_value *v = exo_get(o, name);

	return v != NULL ? v->text : SPAN_NONE;
}

static bool
yes_of(const struct exo_object *o, const char *name)
{
	const struct exo_value *v = exo_get(o, name);

	return v != NULL && v->yes;
}

/* The first rule that routes mail to a connector, or NULL. */
static const struct exo_object *
routing_rule(const struct exo_state *state)
{
	const struct exo_list *rules = &state->lists[EXO_TRANSPORT_RULE];

	for (size_t i = 0; i < rules->count; i++)
		if (exo_get(&rules->items[i], "RouteMessageOutboundConnector") != NULL)
			return &rules->items[i];
	return NULL;
}

/* --- domains --- */

/* Recipients in a domain that is relayed elsewhere are outside (New-TransportRule, SentToScope). */
static bool
is_inside(const struct exo_object *domain)
{
	return !span_ieq(text_of(domain, "DomainType"), SPAN("ExternalRelay"));
}

static enum err
domain_add(
    struct rules_source *s, const struct exo_object *domain, struct span *items, size_t *count)
{
	struct span name = text_of(domain, "DomainName");

	items[(*count)++] = name;
	if (!yes_of(domain, "MatchSubDomains"))
		return ERR_OK;
	return arena_printf(
	    &s->arena, &items[(*count)++], "*.%.*s", (int)name.len, (const char *)name.p);
}

static enum err
domains_make(struct rules_source *s)
{
	const struct exo_list *accepted = &s->state.lists[EXO_ACCEPTED_DOMAIN];
	size_t own = s->tenant != NULL ? s->tenant->domains.count : 0;
	size_t room = own + s->document.domains.count + 2 * accepted->count + 1, count = 0;
	struct span *items = arena_alloc(&s->arena, room * sizeof(*items));

	if (items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < accepted->count; i++)
		if (is_inside(&accepted->items[i]))
			TRY(domain_add(s, &accepted->items[i], items, &count));
	for (size_t i = 0; i < own; i++)
		items[count++] = span_str(s->tenant->domains.items[i]);
	for (size_t i = 0; i < s->document.domains.count; i++)
		items[count++] = s->document.domains.items[i];
	s->world.domains = items;
	s->world.domain_count = count;
	return ERR_OK;
}

/* --- groups --- */

static enum err
group_add(struct rules_source *s, struct flow_group *groups, size_t *count, struct span address,
    const struct rules_list *members)
{
	const struct exo_list *known = &s->state.lists[EXO_DISTRIBUTION_GROUP];
	struct flow_group g = { .address = address };
	struct span *plain = arena_alloc(&s->arena, (members->count + 1) * sizeof(*plain));
	struct span *nested = arena_alloc(&s->arena, (members->count + 1) * sizeof(*nested));

	if (plain == NULL || nested == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < members->count; i++) {
		bool group = false;

		for (size_t k = 0; k < known->count; k++)
			group = group ||
			    span_ieq(
				text_of(&known->items[k], "PrimarySmtpAddress"), members->items[i]);
		if (group)
			nested[g.nested_count++] = members->items[i];
		else
			plain[g.member_count++] = members->items[i];
	}
	g.members = plain;
	g.nested = nested;
	groups[(*count)++] = g;
	return ERR_OK;
}

/* A rule may name a group by its address or by its name: both lead to the same members. */
static enum err
group_add_known(struct rules_source *s, struct flow_group *groups, size_t *count, struct span who,
    const struct rules_list *members)
{
	static const char *const names[] = { "PrimarySmtpAddress", "Name", "Alias" };
	const struct exo_list *known = &s->state.lists[EXO_DISTRIBUTION_GROUP];

	TRY(group_add(s, groups, count, who, members));
	for (size_t i = 0; i < known->count; i++) {
		bool is = false;

		for (size_t n = 0; n < 3; n++)
			is = is || span_ieq(text_of(&known->items[i], names[n]), who);
		for (size_t n = 0; is && n < 3; n++) {
			struct span other = text_of(&known->items[i], names[n]);

			if (other.len > 0 && !span_ieq(other, who))
				TRY(group_add(s, groups, count, other, members));
		}
		if (is)
			break;
	}
	return ERR_OK;
}

/* --group WHO=a@x,b@y */
static enum err
group_option(struct rules_source *s, struct flow_group *groups, size_t *count, const char *option)
{
	const char *eq = strchr(option, '=');
	struct rules_list members;

	if (eq == NULL || eq == option)
		return err_set(ERR_SYNTAX, "--group is GROUP=a@x,b@y");
	TRY(rules_addresses(eq + 1, &s->arena, &members));
	return group_add_known(s, groups, count, span_of(option, (size_t)(eq - option)), &members);
}

/* --members: of whatever groups the rule that routes asks for. */
static enum err
members_option(struct rules_source *s, struct flow_group *groups, size_t *count, const char *option)
{
	const struct exo_object *rule = routing_rule(&s->state);
	const struct exo_value *of = rule != NULL ? exo_get(rule, "FromMemberOf") : NULL;
	struct rules_list members;

	TRY(rules_addresses(option, &s->arena, &members));
	for (size_t i = 0; of != NULL && i < of->count && i < RULES_GROUPS_MAX; i++)
		TRY(group_add_known(s, groups, count, of->items[i], &members));
	return ERR_OK;
}

static enum err
groups_make(const struct rules_args *args, struct rules_source *s)
{
	/* each with an address, a name and an alias; two options */
	size_t room = (size_t)RULES_GROUPS_MAX * 4 * 2;
	struct flow_group *groups = arena_alloc(&s->arena, room * sizeof(*groups));
	const char *members = rules_value(args, "members");
	const struct cli_option *option = rules_given(args, "group");
	size_t count = 0;

	if (groups == NULL)
		return ERR_TEMP;
	/* the first group of a name counts, so what is said of one group goes before what is said of all */
	for (size_t i = 0; option != NULL && i < option->count; i++)
		TRY(group_option(s, groups, &count, option->all[i]));
	if (members != NULL)
		TRY(members_option(s, groups, &count, members));
	s->world.groups = groups;
	s->world.group_count = count;
	return ERR_OK;
}

/* --- the way back --- */

/* The token in "1.0 TOKEN", as a rule that sets the header says it. */
static struct span
token_stamped(const struct exo_object *rule)
{
	struct span value = text_of(rule, "SetHeaderValue");

	if (!span_ieq(text_of(rule, "SetHeaderName"), SPAN(LOOP_HEADER)) ||
	    !span_take(&value, SPAN("1.0 ")))
		return SPAN_NONE;
	return span_trim(value);
}

/*
 * The first of the tokens "one|two" at the front of *list, escapes undone; false at the end of them. A
 * backslash before a letter is a class of characters, as in "\s".
 */
static bool
token_take(struct span *list, char *out, size_t *ret_len)
{
	const struct span end = SPAN("|)^$*+?.[{ ");
	size_t n = 0;

	while (list->len > 0 && span_find_byte(end, list->p[0]) == end.len) {
		bool escape = span_take_byte(list, '\\');

		if (list->len == 0 ||
		    (escape && (list->p[0] | 0x20) >= 'a' && (list->p[0] | 0x20) <= 'z'))
			break;
		out[n++] = (char)list->p[0];
		*list = span_from(*list, 1);
	}
	(void)span_take_byte(list, '|');
	*ret_len = n;
	return n > 0;
}

/*
 * The tokens in a pattern "^\s*1\.0\s\s*(one|two)\s*$", which is all that an export shows of them: it has
 * a digest in the place of a header's value. Whatever stands for blanks behind "1.0" is passed over.
 */
static enum err
tokens_in_pattern(struct span pattern, struct arena *a, struct rules_list *ret)
{
	struct span rest = span_from(pattern, span_find(pattern, SPAN("1\\.0")) + 4);
	char *token = arena_alloc(a, rest.len + 1);
	size_t len;

	ret->items = arena_alloc(a, (rest.len + 1) * sizeof(*ret->items));
	ret->count = 0;
	if (token == NULL || ret->items == NULL)
		return ERR_TEMP;
	while (span_take(&rest, SPAN("\\s")) || span_take_byte(&rest, ' ') ||
	    span_take_byte(&rest, '+') || span_take_byte(&rest, '*') || span_take_byte(&rest, '('))
		;
	while (token_take(&rest, token, &len)) {
		ret->items[ret->count++] = span_of(token, len);
		token += len;
	}
	return ERR_OK;
}

/* The tokens of the exception for the loop mark; none when there is no such exception. */
static enum err
tokens_find(struct rules_source *s, struct rules_list *ret)
{
	const struct exo_object *routes = routing_rule(&s->state);
	const struct exo_value *patterns;

	*ret = (struct rules_list){ NULL, 0 };
	if (routes == NULL ||
	    !span_ieq(text_of(routes, "ExceptIfHeaderMatchesMessageHeader"), SPAN(LOOP_HEADER)))
		return ERR_OK;
	patterns = exo_get(routes, "ExceptIfHeaderMatchesPatterns");
	if (patterns == NULL || patterns->count == 0)
		return ERR_OK;
	return tokens_in_pattern(patterns->items[0], &s->arena, ret);
}

/* Both connectors keep Exchange's own headers, or it is as if none did. */
static bool
headers_retained(const struct exo_state *state)
{
	const struct exo_object *rule = routing_rule(state);
	const struct exo_object *out = rule == NULL
	    ? NULL
	    : exo_find(&state->lists[EXO_OUTBOUND_CONNECTOR],
		  text_of(rule, "RouteMessageOutboundConnector"));
	const struct exo_list *in = &state->lists[EXO_INBOUND_CONNECTOR];
	bool one = false;

	for (size_t i = 0; i < in->count; i++) {
		bool on_premises =
		    span_ieq(text_of(&in->items[i], "ConnectorType"), SPAN("OnPremises"));

		if (on_premises && !yes_of(&in->items[i], "CloudServicesMailEnabled"))
			return false;
		one = one || on_premises;
	}
	return one && out != NULL && yes_of(out, "CloudServicesMailEnabled");
}

static enum err
way_back_make(struct rules_source *s, const struct rules_list *tokens)
{
	const struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	const struct exo_object *rule = routing_rule(&s->state);
	const struct tenant *t = s->tenant;

	s->back.retain_headers = headers_retained(&s->state);
	if (t != NULL) {
		s->back.secret_header = span_str(t->secret_header);
		if (t->mark_tokens.count > 0)
			s->back.token = span_str(t->mark_tokens.items[0]);
		return ERR_OK;
	}
	s->back.secret_header = rule != NULL ? text_of(rule, "SetHeaderName") : SPAN_NONE;
	for (size_t i = 0; i < rules->count && s->back.token.len == 0; i++)
		s->back.token = token_stamped(&rules->items[i]);
	if (s->back.token.len == 0 && tokens->count > 0)
		s->back.token = tokens->items[0];
	return ERR_OK;
}

/* --- secrets --- */

static void
secrets_add(struct rules_list *list, struct span secret)
{
	/* shorter ones would mask half of the text, and keep nothing from anybody */
	if (secret.len >= 8)
		list->items[list->count++] = secret;
}

static enum err
secrets_make(struct rules_source *s, const struct rules_list *tokens)
{
	const struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	const struct tenant *t = s->tenant;
	size_t room = 2 * rules->count + tokens->count + 8;

	s->secrets.items = arena_alloc(&s->arena, room * sizeof(*s->secrets.items));
	if (s->secrets.items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < tokens->count; i++)
		secrets_add(&s->secrets, tokens->items[i]);
	for (size_t i = 0; i < rules->count; i++) {
		struct span stamped = token_stamped(&rules->items[i]);

		secrets_add(&s->secrets,
		    stamped.len > 0 ? stamped : text_of(&rules->items[i], "SetHeaderValue"));
	}
	for (size_t i = 0; t != NULL && i < t->mark_tokens.count && i < 2; i++)
		secrets_add(&s->secrets, span_str(t->mark_tokens.items[i]));
	for (size_t i = 0; t != NULL && i < t->secret_values.count && i < 2; i++)
		secrets_add(&s->secrets, span_str(t->secret_values.items[i]));
	return ERR_OK;
}

/* How much of text the secret takes at its front, backslashes aside; 0: it does not stand there. */
static size_t
secret_here(struct span text, struct span secret)
{
	size_t at = 0;

	for (size_t i = 0; i < secret.len; i++) {
		if (secret.p[i] == '\\')
			continue;
		while (at < text.len && text.p[at] == '\\')
			at++;
		if (at == text.len || text.p[at] != secret.p[i])
			return 0;
		at++;
	}
	return at;
}

enum err
rules_mask(const struct rules_source *s, struct span text, struct buf *out)
{
	while (text.len > 0) {
		size_t taken = 0;

		for (size_t i = 0; i < s->secrets.count && taken == 0; i++)
			taken = secret_here(text, s->secrets.items[i]);
		TRY(buf_put(out, taken > 0 ? SPAN("********") : span_upto(text, 1)));
		text = span_from(text, taken > 0 ? taken : 1);
	}
	return ERR_OK;
}

/* Is value what the rule sets, of which the export has a digest? Then the rule gets it back. */
static enum err
unmask_one(struct rules_source *s, struct exo_object *rule, struct span value)
{
	struct exo_value candidate = { .type = EXO_SECRET, .text = value };
	const struct exo_value *v = exo_get(rule, "SetHeaderValue");

	if (v == NULL || !exo_equal(&candidate, v))
		return ERR_OK;
	return exo_set_text(rule, "SetHeaderValue", value, &s->arena);
}

/* An export shows digests of what rules set; the loop mark can be told by what its exception asks for. */
static enum err
unmask(struct rules_source *s, const struct rules_list *tokens)
{
	struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	struct span mark;

	for (size_t i = 0; i < rules->count; i++) {
		TRY(unmask_one(s, &rules->items[i], SPAN("1.0")));
		for (size_t k = 0; k < tokens->count; k++) {
			TRY(arena_printf(&s->arena, &mark, "1.0 %.*s", (int)tokens->items[k].len,
			    (const char *)tokens->items[k].p));
			TRY(unmask_one(s, &rules->items[i], mark));
		}
	}
	return ERR_OK;
}

static enum err
tokens_make(struct rules_source *s)
{
	struct rules_list tokens;

	TRY(tokens_find(s, &tokens));
	TRY(unmask(s, &tokens));
	TRY(way_back_make(s, &tokens));
	return secrets_make(s, &tokens);
}

static enum err
world_make(struct rules_source *s)
{
	TRY(domains_make(s));
	TRY(tokens_make(s));
	return flow_compile(&s->state.lists[EXO_TRANSPORT_RULE], &s->arena, &s->rules);
}

enum cli_exit
rules_source_world(const struct rules_args *args, struct rules_source *s)
{
	enum err err = world_make(s);

	if (err != ERR_OK)
		return cli_fail(args->command, "mail flow rules", err);
	err = groups_make(args, s);
	if (err == ERR_SYNTAX)
		return rules_wrong(args, "%s", err_note());
	return err == ERR_OK ? CLI_OK : cli_fail(args->command, "groups", err);
}
