/*
 * fuzz_exo_json: plans and exports, values, PowerShell commands.
 *
 * The input is a document, and a text by itself. Held for every document that is read: written and
 * read again it is the same, and written again the same bytes; every value equals itself; what
 * people are shown holds no secret and nothing that moves a cursor; the commands, read back by
 * support/pwsh.h, hold exactly the values and nothing else. For every text: what can be quoted
 * reads back; a size that is read and printed is the same size.
 */
#include "core/utf8.h"
#include "rules/exo_int.h"
#include "rules/exo_json.h"
#include "rules/powershell.h"
#include "support/pwsh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM      (64u << 20)
#define MAX_INPUT (256u << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken promise: %s (%s)\n", what, err_note());
	abort();
}

/*
 * Texts
 */
static void
check_size(struct span text)
{
	int64_t bytes, again;
	struct buf out;

	if (!exo_size_parse(text, &bytes))
		return;
	require(bytes >= 0, "no negative size");
	buf_init(&out, 64);
	for (int blank = 0; blank < 2; blank++) {
		buf_clear(&out);
		require(exo_size_print(bytes, blank ? " " : "", &out) == ERR_OK, "size in print");
		require(exo_size_parse(buf_span(&out), &again) && again == bytes, "size again");
	}
	buf_done(&out);
}

static void
check_quote(struct span text)
{
	struct arena a;
	struct buf out;
	struct pwsh_value v;

	arena_init(&a, ROOM);
	buf_init(&out, ROOM);
	enum err err = powershell_quote(text, &out);
	require(err == ERR_OK || !utf8_valid(text) || span_find_byte(text, '\0') < text.len,
	    "all text can be quoted");
	struct span rest = buf_span(&out);
	if (err == ERR_OK)
		require(pwsh_take_value(&rest, &a, &v) && rest.len == 0 && v.kind == PWSH_TEXT &&
			span_eq(v.texts[0], text),
		    "a literal reads back");
	buf_done(&out);
	arena_done(&a);
}

/*
 * Documents
 */
static void
write_all(const struct exo_state *s, enum exo_document document, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_object(&w, NULL);
	json_put_i64(&w, document == EXO_PLAN ? "SecuDocPlan" : "SecuDocExport", 1);
	require(exo_json_write(s, &w) == ERR_OK, "writing");
	json_end(&w, '}');
	require(json_finish(&w) == ERR_OK, "written");
}

static bool
same_member(const struct exo_member *a, const struct exo_member *b)
{
	if (a->property != b->property || a->exception != b->exception ||
	    !span_eq(a->name, b->name) || a->value.type != b->value.type ||
	    a->value.yes != b->value.yes || a->value.number != b->value.number ||
	    !span_eq(a->value.text, b->value.text) || a->value.count != b->value.count)
		return false;
	for (size_t i = 0; i < a->value.count; i++)
		if (!span_eq(a->value.items[i], b->value.items[i]))
			return false;
	return exo_equal(&a->value, &b->value);
}

static void
check_same(const struct exo_state *a, const struct exo_state *b)
{
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		const struct exo_list *x = &a->lists[kind], *y = &b->lists[kind];

		require(x->count == y->count, "as many objects");
		for (size_t i = 0; i < x->count; i++) {
			require(x->items[i].kind == kind && y->items[i].kind == kind, "kinds");
			require(x->items[i].count == y->items[i].count, "as many members");
			for (size_t j = 0; j < x->items[i].count; j++)
				require(
				    same_member(&x->items[i].members[j], &y->items[i].members[j]),
				    "the same member");
		}
	}
}

static void
check_print(const struct exo_value *v)
{
	struct buf out;

	buf_init(&out, ROOM);
	require(exo_value_print(v, &out) == ERR_OK, "in print");
	struct span shown = buf_span(&out);
	require(utf8_valid(shown), "print is UTF-8");
	if (v->type == EXO_SECRET)
		require(span_eq(shown, SPAN("(secret)")), "no secret in print");
	while (shown.len > 0) {
		bool ok;

		require(!exo_unsafe(utf8_take(&shown, &ok)), "print is harmless");
	}
	buf_done(&out);
}

static bool
is_variable(const struct pwsh_value *v, const char *name)
{
	return v->kind == PWSH_VARIABLE && span_eq(v->texts[0], span_str(name));
}

/* does the literal say what the value is? */
static bool
same_literal(const struct pwsh_value *l, const struct exo_value *v)
{
	char number[32];
	int64_t bytes;

	switch (v->type) {
	case EXO_BOOL:
		return is_variable(l, v->yes ? "true" : "false");
	case EXO_SECRET:
		return is_variable(l, "secret");
	case EXO_INT:
		(void)snprintf(number, sizeof(number), "%lld", (long long)v->number);
		return l->kind == PWSH_NUMBER && span_eq(l->texts[0], span_str(number));
	case EXO_SIZE:
		return l->kind == PWSH_TEXT && exo_size_parse(l->texts[0], &bytes) &&
		    bytes == v->number;
	case EXO_TEXT:
	case EXO_NAME:
	case EXO_IGNORED:
		return l->kind == PWSH_TEXT && span_eq(l->texts[0], v->text);
	case EXO_TEXTS:
	case EXO_NAMES:
		break;
	}
	if (l->kind != PWSH_LIST || l->count != v->count)
		return false;
	for (size_t i = 0; i < v->count; i++)
		if (!span_eq(l->texts[i], v->items[i]))
			return false;
	return true;
}

/* every parameter is a member, in order; returns how many there are beside the identity */
static size_t
check_parameters(const struct exo_object *o, const struct pwsh_command *c)
{
	size_t own = 0, next = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct pwsh_parameter *p = &c->parameters[i];

		if (span_eq(p->name, SPAN("Identity"))) {
			require(i == 0 && p->value.kind == PWSH_TEXT, "identity in front");
			continue;
		}
		while (next < o->count && !span_eq(o->members[next].name, p->name))
			next++;
		require(next < o->count, "a member for each parameter");
		require(same_literal(&p->value, &o->members[next].value), "the same value");
		next++;
		own++;
	}
	return own;
}

static void
check_commands(const struct exo_object *o)
{
	static struct pwsh_command c;
	struct arena a;
	struct buf out;
	size_t written = 0, wanted = 0;

	arena_init(&a, ROOM);
	buf_init(&out, ROOM);
	require(powershell_new(o, &out) == ERR_OK, "a command");
	for (struct span line = buf_span(&out); line.len > 0;) {
		require(pwsh_take_command(&line, &a, &c), "a command reads back");
		written += check_parameters(o, &c);
	}
	for (size_t i = 0; i < o->count; i++) {
		const struct exo_property *p = o->members[i].property;

		if (p != NULL && (p->flags & (EXO_NEW | EXO_SET)) != 0)
			wanted++;
		buf_clear(&out);
		require(powershell_set(o, &o->members[i], &out) == ERR_OK, "one member");
		struct span line = buf_span(&out);
		if (line.len > 0)
			require(pwsh_take_command(&line, &a, &c) && line.len == 0 && c.count <= 2 &&
				check_parameters(o, &c) <= 1,
			    "one member reads back");
	}
	require(written == wanted, "every parameter once");
	buf_done(&out);
	arena_done(&a);
}

static void
check_object(const struct exo_object *o)
{
	require(exo_name(o).len > 0, "a name");
	for (size_t i = 0; i < o->count; i++) {
		const struct exo_member *m = &o->members[i];

		require(exo_equal(&m->value, &m->value), "equal to itself");
		require(exo_equal(&m->value, NULL) == (m->value.type == EXO_IGNORED),
		    "a value is not nothing");
		require(exo_member_of(o, m->property, m->exception, m->name) == m, "once");
		check_print(&m->value);
	}
	check_commands(o);
}

static void
check_document(struct span text)
{
	struct arena a;
	struct exo_state first, second;
	enum exo_document document, again;
	struct buf once, twice;

	arena_init(&a, ROOM);
	buf_init(&once, JSON_MAX_BYTES);
	buf_init(&twice, JSON_MAX_BYTES);
	if (exo_json_read(text, &a, &first, &document) == ERR_OK) {
		for (unsigned kind = 0; kind < EXO_KINDS; kind++)
			for (size_t i = 0; i < first.lists[kind].count; i++)
				check_object(&first.lists[kind].items[i]);
		write_all(&first, document, &once);
		require(exo_json_read(buf_span(&once), &a, &second, &again) == ERR_OK, "again");
		require(document == again, "the same document");
		check_same(&first, &second);
		write_all(&second, document, &twice);
		require(span_eq(buf_span(&once), buf_span(&twice)), "the same bytes");
	}
	buf_done(&twice);
	buf_done(&once);
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);

	if (size > MAX_INPUT)
		return 0;
	check_size(text);
	check_quote(text);
	check_document(text);
	return 0;
}
