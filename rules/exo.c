/*
 * rules/exo.c - objects and lists of them: add, set, get, find.
 */
#include "rules/exo_int.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FIRST_ROOM 8u
#define SHOWN      64 /* of a foreign name in a note */

static enum err
alloc(struct arena *a, size_t size, void *ret)
{
	void *p = arena_alloc(a, size);

	if (p == NULL)
		return size > a->max_bytes - a->used_bytes ? ERR_LIMIT : ERR_TEMP;
	memcpy(ret, &p, sizeof(p));
	return ERR_OK;
}

/* room for one more of size bytes: twice the room, in new memory, as an arena gives none back */
static enum err
grow(void *items, size_t count, size_t *room, size_t size, struct arena *a)
{
	void *old, *wider;

	if (count < *room)
		return ERR_OK;
	size_t more = *room == 0 ? FIRST_ROOM : 2 * *room;
	TRY(alloc(a, more * size, &wider));
	memcpy(&old, items, sizeof(old));
	if (count > 0)
		memcpy(wider, old, count * size);
	memcpy(items, &wider, sizeof(wider));
	*room = more;
	return ERR_OK;
}

enum err
exo_add(struct exo_list *list, enum exo_kind kind, struct arena *a, struct exo_object **ret)
{
	assert((unsigned)kind < EXO_KINDS);
	if (list->count == EXO_MAX_OBJECTS)
		return err_set(ERR_LIMIT, "more than %u objects: %s", EXO_MAX_OBJECTS,
		    exo_kind_names(kind)->array);
	TRY(grow(&list->items, list->count, &list->room, sizeof(*list->items), a));
	struct exo_object *o = &list->items[list->count++];
	*o = (struct exo_object){ .kind = kind };
	*ret = o;
	return ERR_OK;
}

/*
 * Members
 */
struct exo_member *
exo_member_of(const struct exo_object *o, const struct exo_property *property, bool exception,
    struct span name)
{
	for (size_t i = 0; i < o->count; i++) {
		struct exo_member *m = &o->members[i];

		if (m->property != property || m->exception != exception)
			continue;
		if (property != NULL || span_ieq(m->name, name))
			return m;
	}
	return NULL;
}

static enum err
canonical_name(const struct exo_property *property, bool exception, struct span name,
    struct arena *a, struct span *ret)
{
	if (property == NULL)
		return arena_dup(a, name, ret);
	if (exception)
		return arena_printf(a, ret, "ExceptIf%s", property->name);
	*ret = span_str(property->name);
	return ERR_OK;
}

enum err
exo_put(struct exo_object *o, const struct exo_property *property, bool exception, struct span name,
    const struct exo_value *value, struct arena *a)
{
	struct exo_member *m = exo_member_of(o, property, exception, name);
	struct span canonical;

	if (m != NULL) {
		m->value = *value;
		return ERR_OK;
	}
	if (o->count == EXO_MAX_MEMBERS)
		return err_set(ERR_LIMIT, "more than %u parameters", EXO_MAX_MEMBERS);
	TRY(canonical_name(property, exception, name, a, &canonical));
	TRY(grow(&o->members, o->count, &o->room, sizeof(*o->members), a));
	o->members[o->count++] = (struct exo_member){
		.property = property,
		.exception = exception,
		.name = canonical,
		.value = *value,
	};
	return ERR_OK;
}

static void
take_away(struct exo_object *o, const struct exo_property *property, bool exception)
{
	struct exo_member *m = exo_member_of(o, property, exception, SPAN_NONE);

	if (m == NULL)
		return;
	size_t behind = (size_t)(&o->members[o->count] - m) - 1;
	memmove(m, m + 1, behind * sizeof(*m));
	o->count--;
}

/* one note: the parameter in front of what was wrong with its value */
static enum err
named(enum err err, const struct exo_object *o, const char *name)
{
	char note[256];

	if (err != ERR_SYNTAX && err != ERR_LIMIT)
		return err;
	(void)snprintf(note, sizeof(note), "%s", err_note());
	return err_set(err, "%s %s: %s", exo_kind_names(o->kind)->noun, name, note);
}

enum err
exo_set_texts(
    struct exo_object *o, const char *name, const struct span *items, size_t count, struct arena *a)
{
	bool exception, there;
	struct exo_value value;
	const struct exo_property *p = exo_property_find(o->kind, span_str(name), &exception);
	char shown[SHOWN];

	if (p == NULL)
		return err_set(ERR_SYNTAX, "%s has no parameter %s", exo_kind_names(o->kind)->noun,
		    span_printable(span_str(name), shown, sizeof(shown)));
	enum err err = exo_value_read(p, items, count, a, &value, &there);
	if (err != ERR_OK)
		return named(err, o, p->name);
	if (there)
		return exo_put(o, p, exception, SPAN_NONE, &value, a);
	take_away(o, p, exception);
	return ERR_OK;
}

enum err
exo_set_text(struct exo_object *o, const char *name, struct span text, struct arena *a)
{
	return exo_set_texts(o, name, &text, 1, a);
}

enum err
exo_set_bool(struct exo_object *o, const char *name, bool yes, struct arena *a)
{
	bool exception;
	const struct exo_property *p = exo_property_find(o->kind, span_str(name), &exception);

	if (p != NULL && p->type != EXO_BOOL && p->type != EXO_IGNORED)
		return err_set(ERR_SYNTAX, "%s %s: true or false is not a value of it",
		    exo_kind_names(o->kind)->noun, p->name);
	return exo_set_text(o, name, yes ? SPAN("True") : SPAN("False"), a);
}

enum err
exo_set_int(struct exo_object *o, const char *name, int64_t n, struct arena *a)
{
	bool exception;
	const struct exo_property *p = exo_property_find(o->kind, span_str(name), &exception);
	struct span text;

	if (p != NULL && p->type == EXO_BOOL)
		return err_set(ERR_SYNTAX, "%s %s: a number is not a value of it",
		    exo_kind_names(o->kind)->noun, p->name);
	TRY(arena_printf(a, &text, "%lld", (long long)n));
	return exo_set_text(o, name, text, a);
}

/*
 * Looking
 */
const struct exo_value *
exo_get(const struct exo_object *o, const char *name)
{
	bool exception = false;
	const struct exo_property *p = exo_property_find(o->kind, span_str(name), &exception);
	const struct exo_member *m = exo_member_of(o, p, exception, span_str(name));

	return m == NULL ? NULL : &m->value;
}

struct span
exo_name(const struct exo_object *o)
{
	const struct exo_value *v = exo_get(o, exo_kind_names(o->kind)->name_key);

	return v == NULL ? SPAN_NONE : v->text;
}

struct exo_object *
exo_find(const struct exo_list *list, struct span name)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_ieq(exo_name(&list->items[i]), name))
			return &list->items[i];
	return NULL;
}
