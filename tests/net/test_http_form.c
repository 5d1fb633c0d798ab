/*
 * Forms. Expected values: URL Standard, application/x-www-form-urlencoded parsing, for what is
 * taken; the refusals are our own rule, stated in the header.
 */
#include "net/http_form.h"
#include "support/unit.h"

static void
test_form(void **state)
{
	static const struct {
		const char *name, *body;
		enum err want;
		const char *field, *value;
	} cases[] = {
		{ "one", "code=123456", ERR_OK, "code", "123456" },
		{ "empty value", "code=", ERR_OK, "code", "" },
		{ "second", "a=1&code=2", ERR_OK, "code", "2" },
		{ "plus is a blank", "address=a+b", ERR_OK, "address", "a b" },
		{ "escape", "address=b%40x.example", ERR_OK, "address", "b@x.example" },
		{ "escaped plus", "address=a%2Bb%40x", ERR_OK, "address", "a+b@x" },
		{ "escaped ampersand", "a=1%262", ERR_OK, "a", "1&2" },
		{ "equals in value", "a=b=c", ERR_OK, "a", "b=c" },
		{ "utf-8", "a=%C3%A9", ERR_OK, "a", "\xc3\xa9" },
		{ "raw utf-8", "a=\xc3\xa9", ERR_OK, "a", "\xc3\xa9" },
		{ "script is text", "a=<script>", ERR_OK, "a", "<script>" },
		{ "format is text", "a=%25s%25n", ERR_OK, "a", "%s%n" },
		{ "braces are text", "a={{7*7}}${1}", ERR_OK, "a", "{{7*7}}${1}" },
		{ "nothing", "", ERR_OK, NULL, NULL },
		{ "not there", "a=1", ERR_OK, NULL, NULL },
		{ "twice", "a=1&a=2", ERR_SYNTAX, NULL, NULL },
		{ "twice, apart", "a=1&b=2&a=1", ERR_SYNTAX, NULL, NULL },
		{ "no equals", "a", ERR_SYNTAX, NULL, NULL },
		{ "no name", "=1", ERR_SYNTAX, NULL, NULL },
		{ "empty field", "a=1&&b=2", ERR_SYNTAX, NULL, NULL },
		{ "ends in &", "a=1&", ERR_SYNTAX, NULL, NULL },
		{ "begins with &", "&a=1", ERR_SYNTAX, NULL, NULL },
		{ "capital name", "A=1", ERR_SYNTAX, NULL, NULL },
		{ "escaped name", "%61=1", ERR_SYNTAX, NULL, NULL },
		{ "digit first", "1a=1", ERR_SYNTAX, NULL, NULL },
		{ "bracket name", "a[]=1", ERR_SYNTAX, NULL, NULL },
		{ "half an escape", "a=%4", ERR_SYNTAX, NULL, NULL },
		{ "bad escape", "a=%gg", ERR_SYNTAX, NULL, NULL },
		{ "nul", "a=%00", ERR_SYNTAX, NULL, NULL },
		{ "line end", "a=b%0D%0AX: y", ERR_SYNTAX, NULL, NULL },
		{ "tab", "a=%09", ERR_SYNTAX, NULL, NULL },
		{ "C1 control", "a=%C2%9B", ERR_SYNTAX, NULL, NULL },
		{ "overlong", "a=%C0%AF", ERR_SYNTAX, NULL, NULL },
		{ "cut utf-8", "a=%E2%82", ERR_SYNTAX, NULL, NULL },
		{ "latin-1", "a=%E9", ERR_SYNTAX, NULL, NULL },
		{ "surrogate", "a=%ED%A0%80", ERR_SYNTAX, NULL, NULL },
		{ "nine fields", "a=&b=&c=&d=&e=&f=&g=&h=&i=", ERR_LIMIT, NULL, NULL },
		{ "long name", "aaaaaaaaaabbbbbbbbbbccccccccccddd=", ERR_LIMIT, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_form form = { .count = 99 };
		struct span value = SPAN_NONE;
		struct arena a;

		arena_init(&a, 65536);
		if (http_form_parse(span_str(cases[i].body), &a, &form) != cases[i].want)
			fail_msg("%s", cases[i].name);
		if (cases[i].want != ERR_OK)
			assert_int_equal(form.count, 99);
		else if (cases[i].field == NULL)
			assert_false(http_form_get(&form, "code", &value));
		else if (!http_form_get(&form, cases[i].field, &value) ||
		    !span_eq(value, span_str(cases[i].value)))
			fail_msg("%s", cases[i].name);
		arena_done(&a);
	}
}

static void
test_value_length(void **state)
{
	char body[HTTP_FORM_MAX_VALUE_BYTES + 4] = "a=";
	struct http_form form;
	struct arena a;

	(void)state;
	memset(body + 2, 'x', sizeof(body) - 2);
	arena_init(&a, 65536);
	assert_ok(http_form_parse(span_of(body, 2 + HTTP_FORM_MAX_VALUE_BYTES), &a, &form));
	assert_err(http_form_parse(span_of(body, 3 + HTTP_FORM_MAX_VALUE_BYTES), &a, &form),
	    ERR_LIMIT, "form value");
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_value_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
