/*
 * Plans byte for byte: what administrators approve and the script applies changes only when somebody looked at
 * it. SECUDOC_GOLDEN=write in the environment writes them anew; the difference is then to be reviewed.
 */
#include "rules/plan_int.h"

#include "rules/exo_json.h"
#include "rules/plan_tenant.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>

#define GOLDEN SOURCE_DIR "/tests/rules/golden/"

struct form {
	const char *suffix;
	enum err (*print)(const struct plan *p, struct buf *out);
};

static enum err
masked_text(const struct plan *p, struct buf *out)
{
	return plan_text(p, false, out);
}

static enum err
masked_markdown(const struct plan *p, struct buf *out)
{
	return plan_markdown(p, false, out);
}

static const struct form forms[] = {
	{ "json", plan_json },
	{ "txt", masked_text },
	{ "md", masked_markdown },
};

static void
compare(const char *name, const struct form *form, const struct buf *is)
{
	char path[512];
	struct buf want;

	snprintf(path, sizeof(path), GOLDEN "%s.%s", name, form->suffix);
	if (getenv("SECUDOC_GOLDEN") != NULL) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_int_equal(fwrite(is->p, 1, is->len, f), is->len);
		assert_int_equal(fclose(f), 0);
	}
	buf_init(&want, 1 << 20);
	if (!file_read(path, &want))
		fail_msg("no %s", path);
	size_t at = 0;
	while (at < is->len && at < want.len && is->p[at] == want.p[at])
		at++;
	if (at < is->len || at < want.len)
		fail_msg("%s differs at byte %zu: \"%.60s\", not \"%.60s\"", path, at,
		    buf_cstr(is) + at, buf_cstr(&want) + at);
	buf_done(&want);
}

/* What stands in the JSON is the state that was printed. */
static void
read_again(const struct plan *p, const struct buf *json)
{
	enum exo_document document;
	struct exo_state back;
	struct arena a;

	arena_init(&a, 4 << 20);
	assert_ok(exo_json_read(buf_span(json), &a, &back, &document));
	assert_int_equal(document, EXO_PLAN);
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		const struct exo_list *was = &p->state.lists[kind], *is = &back.lists[kind];

		assert_int_equal(is->count, was->count);
		for (size_t i = 0; i < was->count; i++) {
			const struct exo_object *o = &was->items[i];

			assert_int_equal(is->items[i].count, o->count);
			for (size_t m = 0; m < o->count; m++) {
				char name[64];

				snprintf(name, sizeof(name), "%.*s", (int)o->members[m].name.len,
				    (const char *)o->members[m].name.p);
				const struct exo_value *v = exo_get(&is->items[i], name);
				if (v == NULL || !exo_equal(v, &o->members[m].value))
					fail_msg("%s comes back changed", name);
			}
		}
	}
	arena_done(&a);
}

/* Secrets are in the JSON, and nowhere else. */
static void
secrets(const struct tenant *t, const struct form *form, const struct buf *is)
{
	bool json = form->print == plan_json;
	const struct span text = buf_span(is);

	for (size_t i = 0; i < t->mark_tokens.count; i++) {
		struct span token = span_str(t->mark_tokens.items[i]);

		/* of the first the stamps are made; as a pattern a token may be escaped */
		if (!json || (i == 0 && t->loop_mark == TENANT_LOOP_TOKENS))
			assert_int_equal(span_find(text, token) < text.len, json);
	}
	assert_int_equal(span_find(text, span_str(t->secret_values.items[0])) < text.len, json);
}

/* No text of ours has "<"; a row of a table has two cells, whatever stands in them. */
static void
markdown_holds(const struct buf *md)
{
	struct span rest = buf_span(md), line;
	size_t rows = 0;

	assert_int_equal(span_find_byte(rest, '<'), rest.len);
	while (span_take_until(&rest, '\n', &line)) {
		size_t bars = 0;

		span_take_byte(&rest, '\n');
		for (size_t i = 0; i < line.len; i++) {
			if (line.p[i] == '\\')
				i++;
			else if (line.p[i] == '|')
				bars++;
		}
		if (bars != 0 && bars != 3)
			fail_msg("%zu bars: %.*s", bars, (int)line.len, (const char *)line.p);
		rows += bars == 3;
	}
	assert_true(rows > 80);
}

static void
golden(const char *name, struct tenant *t)
{
	struct arena a;
	struct plan p;

	arena_init_secret(&a, 4 << 20);
	assert_ok(plan_make(t, &a, &p));
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_ok(forms[i].print(&p, &out));
		secrets(t, &forms[i], &out);
		compare(name, &forms[i], &out);
		if (forms[i].print == plan_json)
			read_again(&p, &out);
		if (forms[i].print == masked_markdown)
			markdown_holds(&out);
		buf_done_secret(&out);
	}
	arena_done(&a);
	tenant_free(&t);
}

static struct tenant *
tenant_of(const char *scope, const char *mode)
{
	static const char *const exclusions[] = { "facturen@contoso.nl", "@hr.contoso.nl" };
	static const char *const groups[] = { "scanners@contoso.nl" };
	struct tenant *t = tenant_fixed();

	tenant_set(t, "rule_scope", scope);
	tenant_set(t, "mode", mode);
	tenant_set_list(t, "excluded_senders", exclusions, COUNT(exclusions));
	tenant_set_list(t, "excluded_groups", groups, COUNT(groups));
	return t;
}

static void
group_optout(void **state)
{
	(void)state;
	golden("group-optout", tenant_of("group", "opt-out"));
}

static void
group_optin(void **state)
{
	(void)state;
	golden("group-optin", tenant_of("group", "opt-in"));
}

static void
organization_optout(void **state)
{
	(void)state;
	golden("organization-optout", tenant_of("organization", "opt-out"));
}

static void
organization_optin(void **state)
{
	(void)state;
	golden("organization-optin", tenant_of("organization", "opt-in"));
}

/* Names as nobody should choose them, in each place where a name can stand (threat A22). */
static void
hostile(void **state)
{
	static const char *const two[] = { TEST_TOKEN2, TEST_TOKEN };
	static const char *const domains[] = { "*.contoso.nl", "contoso.nl" };
	struct tenant *t = tenant_fixed();

	(void)state;
	tenant_set(t, "organisation", "<script>alert(1)</script> | \xe2\x80\xae `x` $(y)");
	tenant_set_list(t, "domains", domains, COUNT(domains));
	tenant_set(t, "users_group", "Us'ers \xe2\x80\x99 \"$(Remove-Item *)\" `n |");
	tenant_set(t, "users_group_address", "o'neil+{x}|y@contoso.nl");
	tenant_set(t, "admins_group",
	    "|--| <b>Gr\xc3\xbc\xc3\x9f"
	    "e</b> & [a](javascript:b)");
	tenant_set(t, "inbound_connector", "In; exit #*?[a-z]");
	tenant_set(t, "outbound_connector", "Out\\ ${env:PATH} \xe2\x80\xae \xf0\x9d\x84\x9e");
	tenant_set(t, "rule_name", "= @{a=1} ![x](y) ~~z~~ __w__");
	tenant_set_list(t, "mark_tokens", two, COUNT(two));
	golden("hostile", t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_optout),
		cmocka_unit_test(group_optin),
		cmocka_unit_test(organization_optout),
		cmocka_unit_test(organization_optin),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
