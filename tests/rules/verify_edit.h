/*
 * rules/verify_edit.h - what happens to a tenant, in a few words for tables of tests.
 *
 *	rule NAME: Mode=Audit; -Comments; From=a|b     members set, taken away, lists with bars
 *	-in NAME                                       an object is removed
 *	+rule@0 Name=X; StopRuleProcessing=True        one is added, rules at a place
 *	rule NAME@3                                    a rule is moved to a place
 *	rule NAME: !Foo=x                              a parameter that nobody knows
 *	?rule                                          the export lacks the array
 *
 * One a line. Kinds: domain, group, in, out, remote, rule.
 */
#ifndef SECUDOC_TESTS_RULES_VERIFY_EDIT_H
#define SECUDOC_TESTS_RULES_VERIFY_EDIT_H

#include "rules/exo_int.h"
#include "rules/verify_model.h"

static inline enum exo_kind
edit_kind(struct span *s)
{
	static const char *const names[EXO_KINDS] = { "domain", "group", "in", "out", "remote",
		"rule" };

	for (unsigned kind = 0; kind < EXO_KINDS; kind++)
		if (span_take(s, span_str(names[kind])))
			return kind;
	fprintf(stderr, "%.*s\n", (int)s->len, (const char *)s->p);
	assert(!"a kind of object");
	return EXO_KINDS;
}

static inline void
edit_member(struct exo_object *o, struct span s, struct arena *a)
{
	struct span items[64];
	struct span name;
	size_t count = 0;
	char key[EXO_MAX_NAME_BYTES];
	bool away = span_take_byte(&s, '-'), unknown = span_take_byte(&s, '!');

	name = span_upto(s, span_find_byte(s, '='));
	snprintf(key, sizeof(key), "%.*s", (int)name.len, (const char *)name.p);
	s = span_from(s, name.len + 1);
	for (bool more = !away; more; count++) {
		/* a bar that is meant is written as a broken one */
		size_t bar = span_find_byte(s, '|');
		char *text = malloc(s.len + 1);

		more = bar < s.len;
		assert(text != NULL && count < 64);
		memcpy(text, s.len > 0 ? s.p : (const uint8_t *)"", bar);
		for (size_t i = 0; i < bar; i++)
			if (text[i] == '~')
				text[i] = '|';
		assert(arena_dup(a, span_of(text, bar), &items[count]) == ERR_OK);
		free(text);
		s = span_from(s, bar + 1);
	}
	if (unknown) {
		struct exo_value value = { .type = EXO_TEXT, .text = items[0] };

		assert(exo_put(o, NULL, false, name, &value, a) == ERR_OK);
		return;
	}
	enum err err = exo_set_texts(o, key, items, count, a);
	if (err != ERR_OK)
		fprintf(stderr, "%s: %s\n", key, err_note());
	assert(err == ERR_OK);
}

static inline void
edit_members(struct exo_object *o, struct span s, struct arena *a)
{
	while (s.len > 0) {
		size_t end = span_find(s, SPAN("; "));

		edit_member(o, span_upto(s, end), a);
		s = span_from(s, end + 2);
	}
}

static inline size_t
edit_find(const struct exo_list *list, struct span name)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_eq(exo_name(&list->items[i]), name))
			return i;
	fprintf(stderr, "%.*s\n", (int)name.len, (const char *)name.p);
	assert(!"an object of that name");
	return 0;
}

static inline void
edit_line(struct exo_state *state, struct span s, struct arena *a)
{
	bool add = span_take_byte(&s, '+'), away = !add && span_take_byte(&s, '-');
	bool absent = !add && !away && span_take_byte(&s, '?');
	enum exo_kind kind = edit_kind(&s);
	struct exo_list *list = &state->lists[kind];
	struct exo_object *o;
	uint64_t at = list->count;

	if (absent) {
		*list = (struct exo_list){ .absent = true };
		return;
	}
	if (add) {
		bool placed = span_take_byte(&s, '@');

		assert(!placed || span_take_u64(&s, list->count, &at));
		(void)span_take_byte(&s, ' ');
		assert(exo_add(list, kind, a, &o) == ERR_OK);
		edit_members(o, s, a);
		model_move(list, list->count - 1, at);
		return;
	}
	assert(span_take_byte(&s, ' '));
	size_t colon = span_find(s, SPAN(": ")), place = span_find_byte(s, '@');
	if (away) {
		model_remove(list, edit_find(list, s));
	} else if (colon < s.len) {
		edit_members(
		    &list->items[edit_find(list, span_upto(s, colon))], span_from(s, colon + 2), a);
	} else {
		struct span rest = span_from(s, place + 1);

		assert(span_take_u64(&rest, list->count - 1, &at));
		model_move(list, edit_find(list, span_upto(s, place)), at);
	}
}

static inline void
edit(struct exo_state *state, const char *edits, struct arena *a)
{
	struct span s = span_str(edits);

	while (s.len > 0) {
		size_t end = span_find_byte(s, '\n');

		edit_line(state, span_upto(s, end), a);
		s = span_from(s, end + 1);
	}
}

#endif
