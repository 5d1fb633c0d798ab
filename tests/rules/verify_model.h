/*
 * rules/verify_model.h - a tenant to try things on: edits as words, and commands that act as Exchange's do.
 *
 * model_run() reads PowerShell as a reader of its own, by the language's rules for quotes, and does what the
 * reference says of the cmdlets: New- takes what New- takes, Set- what Set- takes, a priority moves a
 * rule. So a repair that is quoted badly, or names a parameter that the cmdlet does not have, fails here.
 */
#ifndef SECUDOC_TESTS_RULES_VERIFY_MODEL_H
#define SECUDOC_TESTS_RULES_VERIFY_MODEL_H

#include "rules/exo.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_ITEMS 256

struct model {
	struct exo_state state;
	const struct exo_state *want; /* where $secret, $mark and $pattern are read from */
	struct arena *a;
	size_t commands;
};

/*
 * States
 */
static inline void
model_copy(const struct exo_state *from, struct arena *a, struct exo_state *to)
{
	*to = (struct exo_state){ 0 };
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		to->lists[kind].absent = from->lists[kind].absent;
		for (size_t i = 0; i < from->lists[kind].count; i++) {
			const struct exo_object *old = &from->lists[kind].items[i];
			struct exo_object *o;

			assert(exo_add(&to->lists[kind], kind, a, &o) == ERR_OK);
			o->members = arena_alloc(a, (old->count + 1) * sizeof(*o->members));
			assert(o->members != NULL);
			if (old->count > 0)
				memcpy(o->members, old->members, old->count * sizeof(*o->members));
			o->count = o->room = old->count;
		}
	}
}

static inline void
model_move(struct exo_list *list, size_t from, size_t to)
{
	struct exo_object o = list->items[from];

	if (from < to)
		memmove(&list->items[from], &list->items[from + 1], (to - from) * sizeof(o));
	else
		memmove(&list->items[to + 1], &list->items[to], (from - to) * sizeof(o));
	list->items[to] = o;
}

static inline void
model_remove(struct exo_list *list, size_t at)
{
	model_move(list, at, list->count - 1);
	list->count--;
}

/* by its Name, as -Identity finds it; the only one */
static inline size_t
model_find(const struct exo_list *list, struct span name)
{
	size_t found = list->count;

	for (size_t i = 0; i < list->count; i++) {
		const struct exo_value *v = exo_get(&list->items[i], "Name");

		if (!span_ieq(v == NULL ? exo_name(&list->items[i]) : v->text, name))
			continue;
		assert(found == list->count);
		found = i;
	}
	return found;
}

/*
 * PowerShell
 */
struct model_value {
	struct span *items;
	size_t count;
	bool variable; /* items[0] is its name */
};

static inline uint32_t
model_quote(struct span s, size_t *ret_len)
{
	/* ', and the four that the tokenizer of PowerShell takes for it */
	if (s.len > 0 && s.p[0] == '\'') {
		*ret_len = 1;
		return '\'';
	}
	if (s.len >= 3 && s.p[0] == 0xE2 && s.p[1] == 0x80 && s.p[2] >= 0x98 && s.p[2] <= 0x9B) {
		*ret_len = 3;
		return 0x2000u + s.p[2] - 0x80u;
	}
	*ret_len = 0;
	return 0;
}

/* a literal between single quotes, appended; any quote ends it, two of them are the second one */
static inline void
model_literal(struct span *s, char *out, size_t *len)
{
	size_t quote;
	uint32_t opening = model_quote(*s, &quote);

	assert(opening != 0);
	*s = span_from(*s, quote);
	for (;;) {
		assert(s->len > 0);
		if (model_quote(*s, &quote) != 0) {
			size_t second;

			if (model_quote(span_from(*s, quote), &second) == 0) {
				*s = span_from(*s, quote);
				return;
			}
			*s = span_from(*s, quote);
			memcpy(&out[*len], s->p, second);
			*len += second;
			*s = span_from(*s, second);
			continue;
		}
		assert(s->p[0] >= ' '); /* one line */
		out[(*len)++] = (char)s->p[0];
		*s = span_from(*s, 1);
	}
}

static inline void
model_char(struct span *s, char *out, size_t *len)
{
	uint64_t c;

	assert(span_take(s, SPAN("[char]")) && span_take_u64(s, 0xFFFF, &c));
	if (c < 0x80) {
		out[(*len)++] = (char)c;
	} else if (c < 0x800) {
		out[(*len)++] = (char)(0xC0 | (c >> 6));
		out[(*len)++] = (char)(0x80 | (c & 0x3F));
	} else {
		out[(*len)++] = (char)(0xE0 | (c >> 12));
		out[(*len)++] = (char)(0x80 | ((c >> 6) & 0x3F));
		out[(*len)++] = (char)(0x80 | (c & 0x3F));
	}
}

/* 'text', or ('a' + [char]10 + 'b') */
static inline struct span
model_text(struct model *m, struct span *s)
{
	char *out = malloc(s->len + 1);
	struct span text;
	size_t len = 0;

	assert(out != NULL);
	if (span_take_byte(s, '(')) {
		model_literal(s, out, &len);
		while (span_take(s, SPAN(" + ")))
			if (s->len > 0 && s->p[0] == '[')
				model_char(s, out, &len);
			else
				model_literal(s, out, &len);
		assert(span_take_byte(s, ')'));
	} else {
		model_literal(s, out, &len);
	}
	assert(arena_dup(m->a, span_of(out, len), &text) == ERR_OK);
	free(out);
	return text;
}

/* ... "($x) { $x } else { throw 'set $x first' })": the value, or nothing is done at all */
static inline void
model_filled(struct span *s, struct span *ret_name)
{
	char rest[160];

	*ret_name = span_upto(*s, span_find_byte(*s, ')'));
	int n = snprintf(rest, sizeof(rest), "%.*s) { $%.*s } else { throw 'set $%.*s first' })",
	    (int)ret_name->len, (const char *)ret_name->p, (int)ret_name->len,
	    (const char *)ret_name->p, (int)ret_name->len, (const char *)ret_name->p);
	assert(n > 0 && (size_t)n < sizeof(rest));
	assert(span_take(s, span_str(rest)));
}

static inline struct model_value
model_value(struct model *m, struct span *s)
{
	struct model_value v = { 0 };
	uint64_t n;

	if (span_take(s, SPAN("@("))) {
		v.items = arena_alloc(m->a, MODEL_ITEMS * sizeof(*v.items));
		assert(v.items != NULL);
		while (!span_take_byte(s, ')')) {
			assert(v.count == 0 || span_take(s, SPAN(", ")));
			assert(v.count < MODEL_ITEMS);
			v.items[v.count++] = model_text(m, s);
		}
		return v;
	}
	v.items = arena_alloc(m->a, sizeof(*v.items));
	assert(v.items != NULL);
	v.count = 1;
	if (span_take(s, SPAN("$(if ($"))) {
		model_filled(s, &v.items[0]);
		v.variable = true;
		return v;
	}
	if (span_take_byte(s, '$')) {
		assert(span_take_word(s, &v.items[0]));
		/* one that nobody set would take the member away without a word */
		assert(span_take_i(&(struct span){ v.items[0].p, v.items[0].len }, SPAN("null")) ||
		    span_take_i(&(struct span){ v.items[0].p, v.items[0].len }, SPAN("true")) ||
		    span_take_i(&(struct span){ v.items[0].p, v.items[0].len }, SPAN("false")));
		/* a command may follow: "$true; Set-..." */
		size_t semicolon = span_find_byte(v.items[0], ';');
		if (semicolon < v.items[0].len) {
			*s = span_of(v.items[0].p + semicolon, v.items[0].len - semicolon + s->len);
			v.items[0] = span_upto(v.items[0], semicolon);
		}
		v.variable = true;
		return v;
	}
	struct span number = *s;
	(void)span_take_byte(s, '-');
	if (span_take_u64(s, UINT64_MAX, &n)) {
		v.items[0] = span_upto(number, number.len - s->len);
		return v;
	}
	v.items[0] = model_text(m, s);
	return v;
}

static inline const struct exo_value *
model_planned(const struct model *m, const struct exo_object *o, const char *name)
{
	const struct exo_object *planned = exo_find(&m->want->lists[o->kind], exo_name(o));

	assert(planned != NULL && exo_get(planned, name) != NULL);
	return exo_get(planned, name);
}

static inline void
model_set(struct model *m, struct exo_object *o, const char *name, struct model_value v)
{
	if (!v.variable) {
		assert(exo_set_texts(o, name, v.items, v.count, m->a) == ERR_OK);
	} else if (span_eq(v.items[0], SPAN("null"))) {
		assert(exo_set_texts(o, name, NULL, 0, m->a) == ERR_OK);
	} else if (span_eq(v.items[0], SPAN("secret")) || span_eq(v.items[0], SPAN("mark"))) {
		/* the one of the rule that routes, the other of those that set aside */
		bool routes = exo_get(exo_find(&m->want->lists[o->kind], exo_name(o)),
				  "RouteMessageOutboundConnector") != NULL;

		assert(strcmp(name, "SetHeaderValue") == 0);
		assert(routes == span_eq(v.items[0], SPAN("secret")));
		assert(exo_set_text(o, name, model_planned(m, o, name)->text, m->a) == ERR_OK);
	} else if (span_eq(v.items[0], SPAN("pattern"))) {
		const struct exo_value *p = model_planned(m, o, name);

		assert(exo_set_texts(o, name, p->items, p->count, m->a) == ERR_OK);
	} else {
		bool yes = span_eq(v.items[0], SPAN("true"));

		assert(yes || span_eq(v.items[0], SPAN("false")));
		assert(exo_set_bool(o, name, yes, m->a) == ERR_OK);
	}
}

static inline enum exo_kind
model_noun(struct span *s)
{
	for (unsigned kind = 0; kind < EXO_KINDS; kind++)
		if (span_take(s, span_str(exo_kind_names(kind)->noun)))
			return kind;
	assert(!"a noun of Exchange");
	return EXO_KINDS;
}

/* the parameters of one command; what New- and Set- take is asked of the table */
static inline void
model_parameters(struct model *m, struct exo_list *list, size_t at, unsigned by, struct span *s)
{
	size_t to = at;

	while (span_take(s, SPAN(" -"))) {
		char name[EXO_MAX_NAME_BYTES];
		size_t len = 0;
		bool exception;
		uint64_t n;

		while (s->len > 0 && s->p[0] != ' ' && s->p[0] != ':') {
			assert(len + 1 < sizeof(name));
			name[len++] = (char)s->p[0];
			*s = span_from(*s, 1);
		}
		name[len] = '\0';
		assert(span_take_byte(s, ' ') || span_take_byte(s, ':'));
		const struct exo_property *p =
		    exo_property_find(list->items[at].kind, span_str(name), &exception);
		assert(p != NULL && (p->flags & by) != 0);
		struct model_value v = model_value(m, s);
		if (strcmp(name, "Priority") != 0) {
			model_set(m, &list->items[at], name, v);
			continue;
		}
		assert(span_take_u64(&v.items[0], list->count - 1, &n));
		to = n;
	}
	/* no rule acts before it is whole and where it belongs */
	const struct exo_value *on = exo_get(&list->items[at], "Enabled");
	assert(by != EXO_NEW || list->items[at].kind != EXO_TRANSPORT_RULE ||
	    (on != NULL && !on->yes));
	model_move(list, at, to);
}

static inline void
model_command(struct model *m, struct span *s)
{
	bool make = span_take(s, SPAN("New-"));
	bool on = !make && span_take(s, SPAN("Enable-"));
	bool off = !make && !on && span_take(s, SPAN("Disable-"));

	assert(make || on || off || span_take(s, SPAN("Set-")));
	enum exo_kind kind = model_noun(s);
	struct exo_list *list = &m->state.lists[kind];
	struct exo_object *o;

	m->commands++;
	if (make) {
		assert(exo_add(list, kind, m->a, &o) == ERR_OK);
		model_parameters(m, list, list->count - 1, EXO_NEW, s);
		return;
	}
	assert(span_take(s, SPAN(" -Identity ")));
	size_t at = model_find(list, model_text(m, s));
	assert(at < list->count);
	if (on || off) {
		assert(kind == EXO_TRANSPORT_RULE);
		assert(exo_set_bool(&list->items[at], "Enabled", on, m->a) == ERR_OK);
		return;
	}
	model_parameters(m, list, at, EXO_SET, s);
}

static inline void
model_run(struct model *m, struct span commands)
{
	do
		model_command(m, &commands);
	while (span_take(&commands, SPAN("; ")));
	assert(commands.len == 0);
}

#endif
