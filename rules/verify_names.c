/*
 * rules/verify_names.c - objects by what they are called.
 *
 * An export may have thousands of groups with dozens of addresses each, and rules that name thousands of them: so
 * the names are sorted once, without case, and looked up by halving.
 */
#include "rules/verify_int.h"

#include <string.h>

struct verify_name {
	struct span name;
	size_t object;
};

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static int
compare(struct span a, struct span b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return lower(a.p[i]) < lower(b.p[i]) ? -1 : 1;
	return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

/* by name, and of one name by object */
static bool
is_less(const struct verify_name *a, const struct verify_name *b)
{
	int order = compare(a->name, b->name);

	return order != 0 ? order < 0 : a->object < b->object;
}

static void
sift(struct verify_name *items, size_t at, size_t count)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= count)
			return;
		if (child + 1 < count && is_less(&items[child], &items[child + 1]))
			child++;
		if (!is_less(&items[at], &items[child]))
			return;
		struct verify_name swap = items[at];
		items[at] = items[child];
		items[child] = swap;
		at = child;
	}
}

/* heapsort: no memory, and no order of names that makes it slow */
static void
sort(struct verify_name *items, size_t count)
{
	for (size_t i = count / 2; i > 0; i--)
		sift(items, i - 1, count);
	for (size_t end = count; end > 1; end--) {
		struct verify_name swap = items[0];

		items[0] = items[end - 1];
		items[end - 1] = swap;
		sift(items, 0, end - 1);
	}
}

static bool
is_key(const char *property, bool address)
{
	static const char *const keys[] = { "PrimarySmtpAddress", "WindowsEmailAddress", "Name",
		"Alias", "DisplayName", "Guid", "Identity" };

	for (size_t i = 0; i < (address ? 2 : sizeof(keys) / sizeof(keys[0])); i++)
		if (strcmp(property, keys[i]) == 0)
			return true;
	return false;
}

/* the names of a list into the index, or only how many there are */
static size_t
collect(const struct exo_list *list, bool address, struct verify_name *items)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->items[i].count; j++) {
			const struct exo_member *m = &list->items[i].members[j];

			if (m->property == NULL)
				continue;
			if (is_key(m->property->name, address)) {
				if (items != NULL)
					items[n] = (struct verify_name){ m->value.text, i };
				n++;
			}
			if (strcmp(m->property->name, "EmailAddresses") != 0)
				continue;
			for (size_t k = 0; k < m->value.count; k++) {
				struct span name = m->value.items[k];

				if (!span_take_i(&name, SPAN("smtp:")))
					continue;
				if (items != NULL)
					items[n] = (struct verify_name){ name, i };
				n++;
			}
		}
	return n;
}

static enum err
make(struct verify *v, const struct exo_list *list, bool address, struct verify_index *ret)
{
	ret->count = collect(list, address, NULL);
	TRY(verify_alloc(v->a, ret->count, sizeof(*ret->items), &ret->items));
	(void)collect(list, address, ret->items);
	sort(ret->items, ret->count);
	return ERR_OK;
}

enum err
verify_find_names(struct verify *v)
{
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		if (kind != EXO_DISTRIBUTION_GROUP && kind != EXO_OUTBOUND_CONNECTOR)
			continue;
		TRY(make(v, verify_want(v, kind), false, &v->want_names[kind]));
		TRY(make(v, verify_have(v, kind), false, &v->have_names[kind]));
	}
	return make(v, verify_have(v, EXO_DISTRIBUTION_GROUP), true, &v->have_addresses);
}

size_t
verify_lookup(const struct verify_index *index, struct span name)
{
	size_t low = 0, high = index->count, end;

	if (name.len == 0)
		return VERIFY_NONE;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(index->items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = index->count, high = low; high < end;) {
		size_t middle = high + (end - high) / 2;

		if (compare(index->items[middle].name, name) > 0)
			end = middle;
		else
			high = middle + 1;
	}
	/* two objects of the name: none can be meant for certain */
	if (low == high || index->items[low].object != index->items[high - 1].object)
		return VERIFY_NONE;
	return index->items[low].object;
}
