/*
 * Typed input: what people get wrong is said, what only a machine sends is refused.
 */
#include "portal/input.h"
#include "support/unit.h"

static void
test_fields(void **state)
{
	static const struct {
		const char *name, *body;
		unsigned fields;
		enum err want;
	} cases[] = {
		{ "as asked", "page=1.a&code=123456", INPUT_PAGE | INPUT_CODE, ERR_OK },
		{ "optional left out", "page=1.a", INPUT_PAGE | INPUT_ADDRESS, ERR_OK },
		{ "optional there", "page=1.a&address=b%40x.example", INPUT_PAGE | INPUT_ADDRESS,
		    ERR_OK },
		{ "required left out", "page=1.a", INPUT_PAGE | INPUT_CODE, ERR_SYNTAX },
		{ "nothing", "", INPUT_PAGE, ERR_SYNTAX },
		{ "not of this form", "page=1.a&code=1", INPUT_PAGE, ERR_SYNTAX },
		{ "unknown", "page=1.a&admin=1", INPUT_PAGE, ERR_SYNTAX },
		{ "odd token", "page=1.A", INPUT_PAGE, ERR_SYNTAX },
		{ "empty token", "page=", INPUT_PAGE, ERR_SYNTAX },
		{ "quote in who", "page=1.a&who=%22", INPUT_PAGE | INPUT_WHO, ERR_SYNTAX },
		{ "long token",
		    "page=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg",
		    INPUT_PAGE, ERR_SYNTAX },
		{ "no form", "<xml/>", INPUT_PAGE, ERR_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct input in = { .code = "keep" };
		struct arena a;

		arena_init(&a, 65536);
		if (input_form(span_str(cases[i].body), cases[i].fields, &a, &in) != cases[i].want)
			fail_msg("%s", cases[i].name);
		if (cases[i].want != ERR_OK)
			assert_string_equal(in.code, "keep");
		arena_done(&a);
	}
}

static void
test_code(void **state)
{
	static const struct {
		const char *typed;
		const char *want; /* NULL: typed wrong */
	} cases[] = {
		{ "123456", "123456" },
		{ "123+456", "123456" },
		{ "+1-2-3-4-5-6+", "123456" },
		{ "000000", "000000" },
		{ "12345", NULL },
		{ "1234567", NULL },
		{ "12345a", NULL },
		{ "", NULL },
		{ "0x1234", NULL },
		{ "%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5%D9%A6", NULL }, /* arabic-indic digits */
		{ "123456%27+OR+1%3D1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char body[256] = "page=1.a&code=";
		struct input in;
		struct arena a;

		arena_init(&a, 65536);
		(void)strcat(body, cases[i].typed);
		assert_ok(input_form(span_str(body), INPUT_PAGE | INPUT_CODE, &a, &in));
		if (in.code_ok != (cases[i].want != NULL) ||
		    (in.code_ok && strcmp(in.code, cases[i].want) != 0))
			fail_msg("%s", cases[i].typed);
		arena_done(&a);
	}
}

static void
test_query(void **state)
{
	static const struct {
		const char *query, *who;
		int language; /* -1: none */
	} cases[] = {
		{ "lang=de", "", LANGUAGE_DE },
		{ "a=1&lang=nl&b", "", LANGUAGE_NL },
		{ "who=abc&lang=en", "abc", LANGUAGE_EN },
		{ "", "", -1 },
		{ "lang=fr", "", -1 },
		{ "lang=DE", "", -1 },
		{ "lang=de&lang=de", "", -1 },
		{ "xlang=de", "", -1 },
		{ "lang", "", -1 },
		{ "who=%22%3E", "", -1 },
		{ "who=a&who=b", "", -1 },
		{ "&&&=&=&%zz", "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum tenant_language language = LANGUAGE_EN;
		struct input in = { 0 };
		bool chosen = false;

		input_query(span_str(cases[i].query), &in, &language, &chosen);
		if (chosen != (cases[i].language >= 0) ||
		    (chosen && (int)language != cases[i].language) ||
		    !span_eq(in.who, span_str(cases[i].who)))
			fail_msg("%s", cases[i].query);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
