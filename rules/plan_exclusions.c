/*
 * rules/plan_exclusions.c - whose mail the routing rule leaves alone, as far as a rule can say it.
 *
 * What it cannot say stays with the service, which excepts these senders as well, and a note says so. Groups
 * are the other way round: only Exchange knows who is in them.
 */
#include "rules/plan_int.h"

#include "core/address.h"

/*
 * Patterns use the signs that Microsoft lists ("Regular expressions in mail flow rules in Exchange Online"): \s
 * \S \d \D \w \W | * ( ) ^ $. Whether . + ? and brackets mean what they mean to .NET is disputed, so as
 * text they have a backslash in front, which is the sign itself under either reading.
 */
enum err
plan_regex_escape(struct span text, struct buf *out)
{
	const struct span special = SPAN("\\*+?|{}[]()^$.# ");

	for (size_t i = 0; i < text.len; i++) {
		if (span_find_byte(special, text.p[i]) < special.len)
			TRY(buf_put_byte(out, '\\'));
		TRY(buf_put_byte(out, text.p[i]));
	}
	return ERR_OK;
}

/* An address ends in its domain and "@" stands in none, so one anchor suffices. */
enum err
plan_regex_domain(struct span pattern, struct buf *out)
{
	if (!span_take(&pattern, SPAN("*@")) && !span_take(&pattern, SPAN("@")))
		return err_set(ERR_SYNTAX, "a domain pattern begins with \"@\" or \"*@\"");
	TRY(buf_put_str(out, "@"));
	if (span_take(&pattern, SPAN("*.")))
		TRY(buf_put_str(out, "\\S\\S*\\."));
	TRY(plan_regex_escape(pattern, out));
	return buf_put_str(out, "$");
}

size_t
plan_rule_bytes(const struct exo_object *rule)
{
	size_t bytes = 0;

	for (size_t i = 0; i < rule->count; i++) {
		const struct exo_value *v = &rule->members[i].value;

		bytes += rule->members[i].name.len + v->text.len + PLAN_ITEM_BYTES;
		for (size_t k = 0; k < v->count; k++)
			bytes += v->items[k].len + PLAN_ITEM_BYTES;
	}
	return bytes;
}

/* Items for one member of the rule under way, and how much they take. */
struct items {
	struct span *items;
	size_t count, bytes;
	size_t left; /* not for Exchange */
};

static void
items_add(struct items *list, struct span item)
{
	list->items[list->count++] = item;
	list->bytes += item.len + PLAN_ITEM_BYTES;
}

static bool
ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] > '~')
			return false;
	}
	return true;
}

/*
 * Exchange refuses a rule that names a recipient it does not know: an address of a domain that is written out
 * is one, an address below a wildcard may be, others are not. Neither takes quotes or UTF-8.
 */
static bool
recipient_certain(const struct tenant *t, struct span address)
{
	struct address a;

	if (!ascii(address) || address_parse(address, &a) != ERR_OK || a.local.p[0] == '"')
		return false;
	for (size_t i = 0; i < t->domains.count; i++) {
		if (span_ieq(a.domain, span_str(t->domains.items[i])))
			return true;
	}
	return false;
}

static enum err
sort_senders(const struct plan_draft *d, struct items *people, struct items *patterns)
{
	const struct setting_list *list = &d->t->excluded_senders;

	people->items = arena_alloc(d->a, (list->count + 1) * sizeof(*people->items));
	patterns->items = arena_alloc(d->a, (list->count + 1) * sizeof(*patterns->items));
	if (people->items == NULL || patterns->items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < list->count; i++) {
		struct span s = span_trim(span_str(list->items[i]));
		bool domain = span_starts(s, SPAN("@")) || span_starts(s, SPAN("*@"));

		if (domain && ascii(s)) {
			CLEANUP(buf_done) struct buf text;
			struct span copy;

			buf_init(&text, 4 * ADDRESS_MAX);
			TRY(plan_regex_domain(s, &text));
			TRY(arena_dup(d->a, buf_span(&text), &copy));
			items_add(patterns, copy);
		} else if (!domain && recipient_certain(d->t, s)) {
			items_add(people, s);
		} else {
			people->left++;
		}
	}
	return ERR_OK;
}

/* Either all of them or none: half a list would be taken for the whole by whoever reads the rule. */
static void
except_items(struct plan_draft *d, const char *member, const char *what, const struct items *list,
    size_t max_bytes)
{
	if (d->err != ERR_OK || list->count == 0)
		return;
	if (list->bytes > max_bytes || plan_rule_bytes(d->object) + list->bytes > PLAN_RULE_BYTES) {
		plan_note(d,
		    "The %zu %s of excluded_senders do not fit into a rule (Microsoft's limit is 8 KB): their "
		    "mail is routed here, and the service passes it on untouched.",
		    list->count, what);
		return;
	}
	plan_list_member(d, member, list->items, list->count);
}

/* SD-090, SD-091: the service excepts these senders as well, so whatever is not in the rule is still safe. */
static void
exception_senders(struct plan_draft *d)
{
	struct items people = { 0 }, patterns = { 0 };

	if (d->err == ERR_OK)
		d->err = sort_senders(d, &people, &patterns);
	except_items(
	    d, "ExceptIfFromAddressMatchesPatterns", "domains", &patterns, PLAN_PATTERN_BYTES);
	except_items(d, "ExceptIfFrom", "addresses", &people, PLAN_RULE_BYTES);
	if (people.count > 0)
		plan_note(d,
		    "Excluded senders must be there as recipients of the organization when the rule is made, "
		    "and only their primary address counts.");
	if (people.left > 0)
		plan_note(d,
		    "%zu of excluded_senders cannot be named in a rule (not in a domain of the organization "
		    "that is written out, or not plain ASCII): their mail is routed here, and the service "
		    "passes it on untouched.",
		    people.left);
}

/* SD-092: only Exchange knows who is in a group, so these must be in the rule. */
static void
exception_groups(struct plan_draft *d)
{
	const struct setting_list *list = &d->t->excluded_groups;
	struct span *items = arena_alloc(d->a, (list->count + 1) * sizeof(*items));

	if (d->err == ERR_OK && items == NULL)
		d->err = ERR_TEMP;
	if (d->err != ERR_OK)
		return;
	for (size_t i = 0; i < list->count; i++)
		items[i] = span_str(list->items[i]);
	plan_list_member(d, "ExceptIfFromMemberOf", items, list->count);
	if (d->err == ERR_OK && plan_rule_bytes(d->object) > PLAN_RULE_BYTES)
		d->err = err_set(ERR_LIMIT,
		    "the %zu excluded_groups do not fit into one mail flow rule (Microsoft's limit is 8 KB)",
		    list->count);
}

void
plan_exclusions(struct plan_draft *d)
{
	exception_groups(d);
	exception_senders(d);
}
