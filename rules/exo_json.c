/*
 * rules/exo_json.c - plan and export as JSON.
 *
 * A value is first made a list of texts, whatever its JSON type, and then read as any text of
 * Exchange is (rules/exo_value.c): PowerShell writes a list of one as the one, and numbers as
 * numbers or texts.
 */
#include "rules/exo_json.h"

#include "rules/exo_int.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define VERSION 1
#define SHOWN   64 /* of a foreign name in a note */
#define NOTE    256

/* where in the document we are, for notes */
struct place {
	const char *array;
	size_t index;
	const char *key; /* NULL: the object itself */
	struct arena *arena;
};

/* the error of a deeper layer, with the place in front of its note */
static enum err
at(const struct place *at, enum err err)
{
	char note[NOTE], shown[SHOWN];

	if (err != ERR_SYNTAX && err != ERR_LIMIT)
		return err;
	(void)snprintf(note, sizeof(note), "%s", err_note());
	if (at->key == NULL)
		return err_set(err, "%s[%zu]: %s", at->array, at->index, note);
	return err_set(err, "%s[%zu].%s: %s", at->array, at->index,
	    span_printable(span_str(at->key), shown, sizeof(shown)), note);
}

/*
 * Values
 */
static void
copy_value(const struct json *j, const char *key, struct json_writer *w)
{
	struct span s;
	int64_t n;
	bool yes;

	if (json_is_object(j) || json_is_array(j)) {
		bool object = json_is_object(j);

		if (object)
			json_object(w, key);
		else
			json_array(w, key);
		for (size_t i = 0; i < json_count(j); i++)
			copy_value(json_at(j, i), json_key_at(j, i), w);
		json_end(w, object ? '}' : ']');
	} else if (json_str(j, &s)) {
		json_put_str(w, key, s);
	} else if (json_bool(j, &yes)) {
		json_put_bool(w, key, yes);
	} else if (json_i64(j, &n)) {
		json_put_i64(w, key, n);
	} else {
		json_put_null(w, key); /* or a fraction, which no parameter has */
	}
}

/* Hashtables, as of MessageContainsDataClassifications: their JSON is the text */
static enum err
object_text(const struct json *j, struct arena *a, struct span *ret)
{
	CLEANUP(buf_done) struct buf out;
	struct json_writer w;

	buf_init(&out, EXO_MAX_TEXT_BYTES);
	json_begin(&w, &out);
	copy_value(j, NULL, &w);
	TRY(json_finish(&w));
	return arena_dup(a, buf_span(&out), ret);
}

/* one value that is no list; null is the empty text */
static enum err
one_text(const struct json *j, struct arena *a, struct span *ret)
{
	int64_t n;
	bool yes;

	if (json_is_object(j))
		return object_text(j, a, ret);
	if (json_is_array(j))
		return err_set(ERR_SYNTAX, "a list in a list");
	if (json_i64(j, &n))
		return arena_printf(a, ret, "%lld", (long long)n);
	if (json_bool(j, &yes))
		*ret = yes ? SPAN("True") : SPAN("False");
	else if (json_is_null(j))
		*ret = SPAN_NONE;
	else if (!json_str(j, ret))
		return err_set(ERR_SYNTAX, "a number that is not whole");
	return ERR_OK;
}

static enum err
texts_of(const struct json *j, struct arena *a, struct span **ret, size_t *ret_count)
{
	size_t count = json_is_array(j) ? json_count(j) : 1;

	if (count > EXO_MAX_ITEMS)
		return err_set(ERR_LIMIT, "%zu values, %u allowed", count, EXO_MAX_ITEMS);
	struct span *texts = arena_alloc(a, count * sizeof(*texts));
	if (texts == NULL)
		return a->max_bytes - a->used_bytes < count * sizeof(*texts) ? ERR_LIMIT : ERR_TEMP;
	for (size_t i = 0; i < count; i++)
		TRY(one_text(json_is_array(j) ? json_at(j, i) : j, a, &texts[i]));
	*ret = texts;
	*ret_count = count;
	return ERR_OK;
}

/* a list where one is kept for show only: "a, b" */
static enum err
join(struct arena *a, struct span *texts, size_t *count)
{
	CLEANUP(buf_done) struct buf out;

	buf_init(&out, EXO_MAX_TEXT_BYTES);
	for (size_t i = 0; i < *count; i++) {
		TRY(i > 0 ? buf_put_str(&out, ", ") : ERR_OK);
		TRY(buf_put(&out, texts[i]));
	}
	*count = 1;
	return arena_dup(a, buf_span(&out), &texts[0]);
}

/* JSON's own type may contradict the parameter's, where the text would not show it */
static enum err
check_type(enum exo_type type, const struct json *j)
{
	int64_t n;
	bool yes;
	bool flag = type == EXO_BOOL;

	if (type == EXO_IGNORED || (!json_bool(j, &yes) && !json_i64(j, &n)))
		return ERR_OK;
	if (flag != json_bool(j, &yes))
		return err_set(ERR_SYNTAX,
		    flag ? "a number where true or false stands"
			 : "true or false where something else stands");
	return ERR_OK;
}

/* the type of a parameter that the table does not know */
static enum exo_type
guess_type(const struct json *j)
{
	int64_t n;
	bool yes;

	if (json_bool(j, &yes))
		return EXO_BOOL;
	if (json_i64(j, &n))
		return EXO_INT;
	return json_is_array(j) ? EXO_TEXTS : EXO_TEXT;
}

/*
 * Members and objects
 */
static enum err
put_member(struct exo_object *o, const struct exo_property *p, bool exception, const char *key,
    const struct exo_value *value, struct arena *a)
{
	struct span name = span_str(key);
	const struct exo_member *before = exo_member_of(o, p, exception, name);
	struct exo_member m = { .property = p, .exception = exception, .value = *value };

	if (before != NULL && !exo_equal(&before->value, value))
		return err_set(ERR_SYNTAX, "given twice, differently");
	/* Get-TransportRule shows every condition and action, $false where it is not used */
	if (o->kind == EXO_TRANSPORT_RULE && value->type == EXO_BOOL &&
	    (p == NULL || p->role != EXO_PLAIN) && exo_says_nothing(&m))
		return ERR_OK;
	return exo_put(o, p, exception, name, value, a);
}

static enum err
read_member(struct exo_object *o, const char *key, const struct json *j, struct arena *a)
{
	struct exo_property unknown = { .kind = o->kind, .type = guess_type(j) };
	bool exception = false, there;
	struct exo_value value;
	struct span *texts;
	size_t count;
	const struct exo_property *p = exo_property_find(o->kind, span_str(key), &exception);

	if (p == NULL && o->kind != EXO_TRANSPORT_RULE)
		return ERR_OK;
	if (span_str(key).len == 0 || span_str(key).len > EXO_MAX_NAME_BYTES)
		return err_set(ERR_LIMIT, "name of %zu bytes, 1 to %u allowed", span_str(key).len,
		    EXO_MAX_NAME_BYTES);
	const struct exo_property *shape = p != NULL ? p : &unknown;
	TRY(check_type(shape->type, j));
	TRY(texts_of(j, a, &texts, &count));
	if (shape->type == EXO_IGNORED && count > 1)
		TRY(join(a, texts, &count));
	TRY(exo_value_read(shape, texts, count, a, &value, &there));
	return there ? put_member(o, p, exception, key, &value, a) : ERR_OK;
}

static enum err
read_object(struct place *place, const struct json *j, struct exo_object *o)
{
	if (!json_is_object(j))
		return at(place, err_set(ERR_SYNTAX, "not an object"));
	if (json_count(j) > EXO_MAX_MEMBERS)
		return at(place,
		    err_set(ERR_LIMIT, "%zu members, %u allowed", json_count(j), EXO_MAX_MEMBERS));
	for (size_t i = 0; i < json_count(j); i++) {
		place->key = json_key_at(j, i);
		enum err err = read_member(o, place->key, json_at(j, i), place->arena);
		if (err != ERR_OK)
			return at(place, err);
	}
	place->key = NULL;
	/* by its name an object is found again in the other state */
	if (exo_name(o).len == 0)
		return at(place, err_set(ERR_SYNTAX, "no %s", exo_kind_names(o->kind)->name_key));
	return ERR_OK;
}

static enum err
read_list(const struct json *root, enum exo_kind kind, struct arena *a, struct exo_list *list)
{
	const char *array = exo_kind_names(kind)->array;
	const struct json *j = json_get(root, array);
	struct place place = { .array = array, .arena = a };
	/* PowerShell writes an array of one object as the object, unless told not to */
	bool alone = json_is_object(j);
	size_t count = alone ? 1 : json_count(j);

	if (j != NULL && !json_is_null(j) && !alone && !json_is_array(j))
		return err_set(ERR_SYNTAX, "%s: not an array", array);
	list->absent = j == NULL || json_is_null(j);
	if (count > EXO_MAX_OBJECTS)
		return err_set(
		    ERR_LIMIT, "%s: %zu objects, %u allowed", array, count, EXO_MAX_OBJECTS);
	for (; place.index < count; place.index++) {
		struct exo_object *o;

		TRY(exo_add(list, kind, a, &o));
		TRY(read_object(&place, alone ? j : json_at(j, place.index), o));
	}
	return ERR_OK;
}

/*
 * Order
 */
static int64_t
priority(const struct exo_object *o)
{
	const struct exo_value *v = exo_get(o, "Priority");

	return v == NULL ? -1 : v->number;
}

static int
by_priority(const void *a, const void *b)
{
	int64_t x = priority(a), y = priority(b);

	return x < y ? -1 : x > y;
}

/* Get-TransportRule lists rules in their order, and says it again as Priority: 0 is asked first */
static enum err
order(struct exo_list *rules)
{
	size_t without = 0;

	for (size_t i = 0; i < rules->count; i++)
		if (exo_get(&rules->items[i], "Priority") == NULL)
			without++;
	if (without == rules->count)
		return ERR_OK;
	if (without > 0)
		return err_set(
		    ERR_SYNTAX, "TransportRules: %zu have no Priority, others do", without);
	qsort(rules->items, rules->count, sizeof(*rules->items), by_priority);
	for (size_t i = 1; i < rules->count; i++)
		if (priority(&rules->items[i]) == priority(&rules->items[i - 1]))
			return err_set(ERR_SYNTAX, "TransportRules: two have Priority %lld",
			    (long long)priority(&rules->items[i]));
	return ERR_OK;
}

/*
 * Documents
 */
static enum err
document_of(const struct json *root, enum exo_document *ret)
{
	const struct json *plan = json_get(root, "SecuDocPlan");
	const struct json *export = json_get(root, "SecuDocExport");
	const char *key = plan != NULL ? "SecuDocPlan" : "SecuDocExport";
	int64_t version;

	if ((plan == NULL) == (export == NULL))
		return err_set(ERR_SYNTAX,
		    plan == NULL ? "neither a plan (SecuDocPlan) nor an export (SecuDocExport)"
				 : "both SecuDocPlan and SecuDocExport");
	if (!json_i64(plan != NULL ? plan : export, &version) || version < VERSION)
		return err_set(ERR_SYNTAX, "%s: not a version", key);
	if (version > VERSION)
		return err_set(ERR_SYNTAX,
		    "%s: %lld, made by a newer version; this one reads up to %d", key,
		    (long long)version, VERSION);
	*ret = plan != NULL ? EXO_PLAN : EXO_EXPORT;
	return ERR_OK;
}

enum err
exo_json_read(
    struct span text, struct arena *a, struct exo_state *ret, enum exo_document *ret_document)
{
	CLEANUP(json_free) struct json *root = NULL;
	struct exo_state state = { 0 };
	enum exo_document document;

	/* PowerShell writes a byte order mark when asked for UTF8BOM, and Notepad likes to */
	(void)span_take(&text, SPAN("\xEF\xBB\xBF"));
	TRY(json_parse(text, &root));
	if (!json_is_object(root))
		return err_set(ERR_SYNTAX, "not a JSON object");
	TRY(document_of(root, &document));
	for (unsigned kind = 0; kind < EXO_KINDS; kind++)
		TRY(read_list(root, kind, a, &state.lists[kind]));
	if (document == EXO_EXPORT)
		TRY(order(&state.lists[EXO_TRANSPORT_RULE]));
	*ret = state;
	*ret_document = document;
	return ERR_OK;
}

/*
 * Writing
 */
static enum err
write_size(struct json_writer *w, const char *key, int64_t bytes)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, SHOWN);
	TRY(exo_size_print(bytes, "", &text));
	json_put_str(w, key, buf_span(&text));
	return ERR_OK;
}

static enum err
write_member(struct json_writer *w, const struct exo_member *m)
{
	char key[EXO_MAX_NAME_BYTES + 1];
	const struct exo_value *v = &m->value;

	(void)snprintf(key, sizeof(key), "%.*s", (int)m->name.len, (const char *)m->name.p);
	switch (v->type) {
	case EXO_BOOL:
		json_put_bool(w, key, v->yes);
		break;
	case EXO_INT:
		json_put_i64(w, key, v->number);
		break;
	case EXO_SIZE:
		return write_size(w, key, v->number);
	case EXO_TEXT:
	case EXO_NAME:
	case EXO_SECRET:
	case EXO_IGNORED:
		json_put_str(w, key, v->text);
		break;
	case EXO_TEXTS:
	case EXO_NAMES:
		json_array(w, key);
		for (size_t i = 0; i < v->count; i++)
			json_put_str(w, NULL, v->items[i]);
		json_end(w, ']');
		break;
	}
	return ERR_OK;
}

enum err
exo_json_write(const struct exo_state *state, struct json_writer *w)
{
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		const struct exo_list *list = &state->lists[kind];

		json_array(w, exo_kind_names(kind)->array);
		for (size_t i = 0; i < list->count; i++) {
			json_object(w, NULL);
			for (size_t j = 0; j < list->items[i].count; j++)
				TRY(write_member(w, &list->items[i].members[j]));
			json_end(w, '}');
		}
		json_end(w, ']');
	}
	return w->err;
}
