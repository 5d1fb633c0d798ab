/*
 * rules/verify_order.c - the order of rules, and the priorities that put it right.
 *
 * Ours must stand among each other as in the plan, and behind every rule of a known tool (rules/tools.h).
 * Of those that are there, as many as possible stay where they are, the routing rule before all; the rest
 * is moved beside its neighbour in the plan. Rules of others never change their order.
 *
 * A priority is a place in the list: setting it takes the rule out and puts it in at that place, and the
 * rules behind move on (Set-TransportRule, Priority). So each number depends on the commands before it, and
 * is reckoned on a copy of the list when all findings are in the order in which they will be run.
 */
#include "rules/verify_int.h"

#include "rules/powershell.h"
#include "rules/tools.h"

#include <assert.h>
#include <string.h>

#define ROUTE_WEIGHT 100000u /* more than all other rules together */

/* rules by number: the export's as they stand there, then the plan's, for those that will be made */
struct order {
	const struct exo_list *want, *have;
	const size_t *have_of, *want_of;
	size_t *before; /* by place in the export: how many rules of others stand in front */
	size_t floor;   /* how many rules of others ours must have in front */
	size_t tool;    /* the last rule of a known tool; VERIFY_NONE: there is none */
	bool *kept;     /* by index in the plan */
	size_t *target; /* the numbers in the order that is right */
	size_t target_count;
	size_t *rank; /* by number: its place in target */
	size_t *now;  /* the numbers in the order that they have, command by command */
	size_t now_count;
	bool *placed; /* by number: stands right already */
};

const struct rule_tool *
verify_tool(const struct verify *v, const struct exo_object *rule)
{
	struct span name = verify_text(rule, "RouteMessageOutboundConnector");
	const struct exo_object *connector = verify_connector(v, name);

	return rule_tool_find(exo_name(rule), connector == NULL ? name : exo_name(connector));
}

/*
 * What stays, what moves
 */
static void
find_floor(const struct verify *v, struct order *o)
{
	size_t others = 0;

	o->tool = VERIFY_NONE;
	for (size_t i = 0; i < o->have->count; i++) {
		const struct exo_object *rule = &o->have->items[i];

		o->before[i] = others;
		if (o->want_of[i] != VERIFY_NONE)
			continue;
		others++;
		/* one that is off may be left from a trial: nothing depends on it */
		if (!verify_on(rule) || verify_tool(v, rule) == NULL)
			continue;
		o->floor = others;
		o->tool = i;
	}
}

static bool
may_stay(const struct order *o, size_t i)
{
	return o->have_of[i] != VERIFY_NONE && o->before[o->have_of[i]] >= o->floor;
}

/* the heaviest rising row of places: longest increasing subsequence, with the routing rule as its heart */
static enum err
choose_kept(struct order *o, struct arena *a)
{
	size_t *weight, *previous, best = VERIFY_NONE;

	TRY(verify_alloc(a, o->want->count, sizeof(*weight), &weight));
	TRY(verify_alloc(a, o->want->count, sizeof(*previous), &previous));
	for (size_t i = 0; i < o->want->count; i++) {
		if (!may_stay(o, i))
			continue;
		previous[i] = VERIFY_NONE;
		for (size_t j = 0; j < i; j++)
			if (may_stay(o, j) && o->have_of[j] < o->have_of[i] &&
			    (previous[i] == VERIFY_NONE || weight[j] > weight[previous[i]]))
				previous[i] = j;
		weight[i] = previous[i] == VERIFY_NONE ? 0 : weight[previous[i]];
		weight[i] += verify_part_of(&o->want->items[i]) == PART_ROUTE ? ROUTE_WEIGHT : 1;
		if (best == VERIFY_NONE || weight[i] > weight[best])
			best = i;
	}
	for (; best != VERIFY_NONE; best = previous[best])
		o->kept[best] = true;
	return ERR_OK;
}

static size_t
number_of(const struct order *o, size_t i)
{
	return o->have_of[i] == VERIFY_NONE ? o->have->count + i : o->have_of[i];
}

static void
put(struct order *o, size_t number)
{
	o->rank[number] = o->target_count;
	o->target[o->target_count++] = number;
}

/* the plan's rules from i on that do not stay, up to the next that does */
static void
put_moved(struct order *o, size_t i)
{
	for (; i < o->want->count && !o->kept[i]; i++)
		put(o, number_of(o, i));
}

static bool
is_there(const struct order *o)
{
	for (size_t i = 0; i < o->want->count; i++)
		if (o->have_of[i] != VERIFY_NONE)
			return true;
	return false;
}

static bool
any_kept(const struct order *o)
{
	for (size_t i = 0; i < o->want->count; i++)
		if (o->kept[i])
			return true;
	return false;
}

/* a place for all of them: behind the last tool, and at the very end when none is there yet */
static void
build_target(struct order *o)
{
	bool kept = any_kept(o), first = true;
	size_t gap = is_there(o) ? o->floor : o->have->count;
	size_t others = 0;

	if (!kept && gap == 0)
		put_moved(o, 0);
	for (size_t i = 0; i < o->have->count; i++) {
		size_t planned = o->want_of[i];

		if (planned == VERIFY_NONE) {
			put(o, i);
			others++;
			if (!kept && others == gap)
				put_moved(o, 0);
		} else if (o->kept[planned]) {
			if (first)
				put_moved(o, 0);
			first = false;
			put(o, i);
			put_moved(o, planned + 1);
		}
	}
	if (!kept && gap > others)
		put_moved(o, 0);
}

static enum err
prepare(struct verify *v, struct order *o)
{
	size_t all;

	*o = (struct order){
		.want = verify_want(v, EXO_TRANSPORT_RULE),
		.have = verify_have(v, EXO_TRANSPORT_RULE),
		.have_of = v->have_of[EXO_TRANSPORT_RULE],
		.want_of = v->want_of[EXO_TRANSPORT_RULE],
	};
	all = o->want->count + o->have->count;
	TRY(verify_alloc(v->a, o->have->count, sizeof(*o->before), &o->before));
	TRY(verify_alloc(v->a, o->want->count, sizeof(*o->kept), &o->kept));
	TRY(verify_alloc(v->a, all, sizeof(*o->target), &o->target));
	TRY(verify_alloc(v->a, all, sizeof(*o->rank), &o->rank));
	TRY(verify_alloc(v->a, all, sizeof(*o->now), &o->now));
	TRY(verify_alloc(v->a, all, sizeof(*o->placed), &o->placed));
	find_floor(v, o);
	TRY(choose_kept(o, v->a));
	build_target(o);
	return ERR_OK;
}

/*
 * Findings
 */
struct pair_row {
	unsigned front, behind; /* parts, in the order of the plan */
	enum drift_severity severity;
	const char *why;
};
static const struct pair_row pairs[] = {
	{ PART_ROUTE, PART_STRIP, DRIFT_CRITICAL,
	    "The loop mark is taken off before the routing rule sees it: mail that comes back is sent to "
	    "the service again, in a loop." },
	{ PART_STAMP, PART_ROUTE, DRIFT_WARNING,
	    "Mail that should be set aside is sent to the service before that rule is asked." },
	{ PART_STAMP, PART_STRIP, DRIFT_WARNING,
	    "What the one rule sets, or asks for, the other takes off too early: our headers leave to "
	    "strangers, or what the sender chose is not seen." },
	{ PART_SPAM, PART_STRIP, DRIFT_WARNING,
	    "The loop mark is taken off before the spam rule sees it: returned mail may be held." },
};

/* does the routing rule ask for this header before it sends mail on? */
static bool
asks_for(const struct exo_object *route, struct span header)
{
	return header.len > 0 &&
	    (span_ieq(verify_text(route, "HeaderMatchesMessageHeader"), header) ||
		span_ieq(verify_text(route, "HeaderContainsMessageHeader"), header));
}

static struct verify_judgement
judge_pair(const struct verify *v, const struct exo_object *front, const struct exo_object *behind)
{
	struct verify_judgement j = { DRIFT_NOTE,
		"The rules stand in another order than planned, which changes little by itself.",
		true };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (!(pairs[i].front & verify_part_of(front)) ||
		    !(pairs[i].behind & verify_part_of(behind)))
			continue;
		j.severity = pairs[i].severity;
		j.why = pairs[i].why;
		break;
	}
	struct span removed = verify_text(behind, "RemoveHeader");
	/* only the loop mark itself makes a loop */
	if (j.severity == DRIFT_CRITICAL && asks_for(front, removed)) {
		j.why =
		    "What the sender chose is taken off before the routing rule sees it: mail that was "
		    "to be protected leaves as it is.";
	} else if (j.severity == DRIFT_CRITICAL && !span_ieq(removed, verify_mark_header(v))) {
		j.severity = DRIFT_WARNING;
		j.why =
		    "The service does not see a header that it needs: it is taken off too early.";
	}
	return j;
}

static struct verify_judgement
judge_place(const struct verify *v, const struct order *o, size_t i)
{
	struct verify_judgement worst = { DRIFT_NOTE, NULL, true };

	for (size_t j = 0; j < o->want->count; j++) {
		if (o->have_of[j] == VERIFY_NONE || j == i ||
		    (j < i) == (o->have_of[j] < o->have_of[i]))
			continue;
		struct verify_judgement pair =
		    judge_pair(v, &o->want->items[j < i ? j : i], &o->want->items[j < i ? i : j]);
		if (worst.why == NULL || pair.severity > worst.severity)
			worst = pair;
	}
	return worst;
}

/* "behind 'X'", or "first" */
static enum err
say_place(
    struct verify *v, const struct order *o, const size_t *list, size_t place, struct span *ret)
{
	struct span name;

	if (place == 0)
		return verify_printf(v, ret, "first");
	size_t number = list[place - 1];
	const struct exo_object *rule = number < o->have->count
	    ? &o->have->items[number]
	    : &o->want->items[number - o->have->count];
	TRY(verify_safe(v, exo_name(rule), &name));
	return verify_printf(v, ret, "behind '%.*s'", (int)name.len, (const char *)name.p);
}

static enum err
misplaced(struct verify *v, const struct order *o, size_t i, const size_t *places)
{
	struct verify_judgement j = judge_place(v, o, i);
	bool tool = o->before[o->have_of[i]] < o->floor;
	struct verify_item *item;
	enum drift_severity severity =
	    tool && j.severity < DRIFT_WARNING ? DRIFT_WARNING : j.severity;

	TRY(verify_add(v, DRIFT_ORDER, severity, &o->want->items[i], &item));
	item->fix = FIX_MOVE_RULE;
	item->rule = i;
	item->drift.property = SPAN("Priority");
	TRY(say_place(v, o, o->target, o->rank[o->have_of[i]], &item->drift.want));
	TRY(say_place(v, o, places, o->have_of[i], &item->drift.have));
	if (!tool || j.severity > DRIFT_WARNING) {
		item->drift.why = span_str(j.why != NULL ? j.why : "");
		return ERR_OK;
	}
	const struct rule_tool *known = verify_tool(v, &o->have->items[o->tool]);
	return verify_printf(v, &item->drift.why,
	    "%s stands behind it: the tool would work on mail that the service has already made, or "
	    "take it a second way round.",
	    known == NULL ? "A known tool" : known->name);
}

enum err
verify_order(struct verify *v)
{
	struct order o;
	size_t *places;

	if (verify_have(v, EXO_TRANSPORT_RULE)->absent)
		return ERR_OK;
	TRY(prepare(v, &o));
	TRY(verify_alloc(v->a, o.have->count, sizeof(*places), &places));
	for (size_t i = 0; i < o.have->count; i++)
		places[i] = i;
	for (size_t i = 0; i < o.want->count; i++)
		if (o.have_of[i] != VERIFY_NONE && !o.kept[i])
			TRY(misplaced(v, &o, i, places));
	return ERR_OK;
}

/*
 * Numbers
 */
static void
take_out(struct order *o, size_t number)
{
	size_t i = 0;

	while (i < o->now_count && o->now[i] != number)
		i++;
	if (i == o->now_count)
		return;
	o->now_count--;
	memmove(&o->now[i], &o->now[i + 1], (o->now_count - i) * sizeof(*o->now));
}

/* behind the last of those that stand right and belong in front */
static size_t
put_in(struct order *o, size_t number)
{
	size_t place = 0;

	for (size_t i = 0; i < o->now_count; i++)
		if (o->placed[o->now[i]] && o->rank[o->now[i]] < o->rank[number])
			place = i + 1;
	memmove(&o->now[place + 1], &o->now[place], (o->now_count - place) * sizeof(*o->now));
	o->now[place] = number;
	o->now_count++;
	o->placed[number] = true;
	return place;
}

static enum err
number_move(struct verify *v, struct order *o, struct verify_item *item)
{
	size_t number = o->have_of[item->rule];
	const struct exo_object *rule = &o->have->items[number];
	bool exception;
	struct exo_member m = {
		.property = exo_property_find(EXO_TRANSPORT_RULE, SPAN("Priority"), &exception),
		.name = SPAN("Priority"),
		.value = { .type = EXO_INT },
	};

	if (!verify_unique(v, rule))
		return ERR_OK;
	take_out(o, number);
	m.value.number = (int64_t)put_in(o, number);
	return verify_set(v, rule, &o->want->items[item->rule], &m, &item->drift.repair);
}

static enum err
number_create(struct verify *v, struct order *o, struct verify_item *item)
{
	const struct exo_object *want = &o->want->items[item->rule];
	const struct exo_value *enabled = exo_get(want, "Enabled");
	struct span command = item->drift.repair, on = SPAN_NONE;

	if (command.len == 0)
		return ERR_OK;
	if (enabled == NULL || enabled->yes)
		TRY(verify_switch(v, want, true, &on));
	item->drift.repair = SPAN_NONE;
	if (command.len + on.len > DRIFT_MAX_REPAIR)
		return ERR_OK;
	size_t place = put_in(o, o->have->count + item->rule);
	return arena_printf(v->a, &item->drift.repair, "%.*s -Priority %zu%s%.*s", (int)command.len,
	    (const char *)command.p, place, on.len > 0 ? "; " : "", (int)on.len,
	    on.len > 0 ? (const char *)on.p : "");
}

enum err
verify_number(struct verify *v)
{
	struct order o;

	TRY(prepare(v, &o));
	for (size_t i = 0; i < o.have->count; i++) {
		o.now[o.now_count++] = i;
		o.placed[i] = o.want_of[i] == VERIFY_NONE || o.kept[o.want_of[i]];
	}
	for (size_t i = 0; i < v->count; i++) {
		if (v->items[i].fix == FIX_MOVE_RULE)
			TRY(number_move(v, &o, &v->items[i]));
		else if (v->items[i].fix == FIX_CREATE_RULE)
			TRY(number_create(v, &o, &v->items[i]));
	}
	return ERR_OK;
}
