/* cli/rules_doubt.c - see rules_doubt.h. */
#include "cli/rules_doubt.h"

#include "rules/exo.h"

#include <string.h>

#define GIVE_BYTES (64u << 10)

static bool
rests_on(const struct flow_check *c, const char *fact)
{
	return c->fact != NULL && strcmp(c->fact->id, fact) == 0;
}

/* --- what to give --- */

static bool
is_given(const struct rules_source *s, struct span group)
{
	for (size_t i = 0; i < s->world.group_count; i++)
		if (span_ieq(s->world.groups[i].address, group))
			return true;
	return false;
}

/* As one word of a shell's command line. */
static enum err
put_word(struct buf *out, struct span word)
{
	bool plain = word.len > 0;

	for (size_t i = 0; i < word.len; i++) {
		uint8_t c = word.p[i];

		plain = plain &&
		    ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			(c != '\0' && strchr("@._-+", c) != NULL));
	}
	if (plain)
		return buf_put(out, word);
	TRY(buf_put_byte(out, '\''));
	for (size_t i = 0; i < word.len; i++)
		TRY(word.p[i] == '\'' ? buf_put_str(out, "'\\''") : buf_put_byte(out, word.p[i]));
	return buf_put_byte(out, '\'');
}

/* --members stands for the groups that our rule asks for, when none of them was given. */
static bool
asks_for_members(const struct rules_source *s, const struct rules_doubt *d)
{
	return s->ours != NULL && span_ieq(exo_name(s->ours), flow_rule_name(d->rule)) &&
	    span_ieq(d->check->name, SPAN("FromMemberOf"));
}

static enum err
put_groups(const struct rules_source *s, const struct rules_doubt *d, struct buf *out)
{
	const struct exo_object *o =
	    exo_find(&s->state.lists[EXO_TRANSPORT_RULE], flow_rule_name(d->rule));
	const struct exo_value *groups;
	char name[64];

	(void)snprintf(
	    name, sizeof(name), "%.*s", (int)d->check->name.len, (const char *)d->check->name.p);
	groups = o != NULL ? exo_get(o, name) : NULL;
	if (groups != NULL && groups->count == 1 && asks_for_members(s, d))
		return buf_put_str(out, "--members LIST");
	for (size_t i = 0; groups != NULL && i < groups->count; i++) {
		if (is_given(s, groups->items[i]))
			continue;
		TRY(buf_put_str(out, out->len > 0 ? " --group " : "--group "));
		TRY(put_word(out, groups->items[i]));
		TRY(buf_put_str(out, "=LIST"));
	}
	return ERR_OK;
}

static enum err
find_give(const struct rules_source *s, struct arena *a, struct rules_doubt *d)
{
	CLEANUP(buf_done) struct buf out;

	buf_init(&out, GIVE_BYTES);
	if (rests_on(d->check, "member-unseen"))
		TRY(put_groups(s, d, &out));
	if (rests_on(d->check, "scope-domains"))
		TRY(buf_put_str(&out, "an export with the tenant's accepted domains"));
	return arena_dup(a, buf_span(&out), &d->give);
}

/* --- what it depends on --- */

struct finding {
	const struct rules_source *s;
	struct arena *a;
	struct rules_doubts *found;
	bool back;
};

static bool
is_found(const struct finding *f, const struct flow_rule *rule, const struct flow_check *c)
{
	for (size_t i = 0; i < f->found->count; i++) {
		const struct rules_doubt *d = &f->found->items[i];

		if (d->rule == rule && d->back == f->back && d->check->fact == c->fact &&
		    span_eq(d->check->name, c->name))
			return true;
	}
	return false;
}

static enum err
add(struct finding *f, const struct flow_rule *rule, const struct flow_check *c)
{
	struct rules_doubt *d;

	if (is_found(f, rule, c))
		return ERR_OK;
	if (f->found->count == RULES_DOUBTS_MAX) {
		f->found->more = true;
		return ERR_OK;
	}
	d = &f->found->items[f->found->count++];
	*d = (struct rules_doubt){ .rule = rule, .check = c, .back = f->back };
	return find_give(f->s, f->a, d);
}

/* The unknown checks of one rule; are they for rules in front to settle? */
static enum err
add_rule(struct finding *f, const struct flow_rule_result *r, bool *ret_in_front)
{
	bool none = true;

	*ret_in_front = false;
	for (size_t i = 0; i < r->check_count; i++) {
		const struct flow_check *c = &r->checks[i];

		if (c->answer != RULE_UNKNOWN)
			continue;
		none = false;
		*ret_in_front =
		    *ret_in_front || rests_on(c, "header-earlier") || rests_on(c, "earlier-action");
		TRY(add(f, r->rule, c));
	}
	/* it is in doubt, and not by itself: a rule in front may have ended the pass */
	*ret_in_front = *ret_in_front || none;
	return ERR_OK;
}

static bool
may_fire(const struct flow_rule_result *r)
{
	return r->skip == FLOW_ASKED && r->fires == RULE_UNKNOWN;
}

static enum err
find_in_copy(struct finding *f, const struct flow_copy *copy)
{
	if (copy->routed != RULE_UNKNOWN)
		return ERR_OK;
	for (size_t i = 0; i < copy->result_count; i++) {
		const struct flow_rule_result *r = &copy->results[i];
		bool in_front, ignored;

		if (!may_fire(r) || !rules_routes(r->rule))
			continue;
		TRY(add_rule(f, r, &in_front));
		for (size_t k = 0; k < i && in_front; k++)
			if (may_fire(&copy->results[k]))
				TRY(add_rule(f, &copy->results[k], &ignored));
	}
	return ERR_OK;
}

static enum err
find_in_outcome(struct finding *f, const struct flow_outcome *outcome)
{
	for (size_t i = 0; i < outcome->count; i++)
		TRY(find_in_copy(f, &outcome->copies[i]));
	return ERR_OK;
}

enum err
rules_doubts_find(const struct rules_source *s, const struct rules_answer *r, struct arena *a,
    struct rules_doubts *ret)
{
	struct finding f = { .s = s, .a = a, .found = ret };

	memset(ret, 0, sizeof(*ret));
	TRY(find_in_outcome(&f, &r->first));
	f.back = true;
	for (size_t i = 0; i < r->first.count; i++)
		TRY(find_in_outcome(&f, &r->returns[i].outcome));
	return ERR_OK;
}
