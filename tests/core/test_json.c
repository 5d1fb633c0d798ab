#include "core/json.h"

#include "support/alloc.h"
#include "support/unit.h"

#include <stdlib.h>

static void
read_values(void **state)
{
	struct json *j = NULL;
	struct span s;
	int64_t n;
	bool b;

	(void)state;
	assert_ok(json_parse(
	    SPAN(" {\"a\": \"x\\u00e9\\ud83d\\ude00\\n\", \"n\": 9007199254740992, \"neg\": -7,"
		 "\"half\": 0.5, \"big\": 1e300, \"t\": true, \"z\": null, \"l\": [1, \"2\", []],"
		 "\"o\": {\"a\": 1}} \r\n"),
	    &j));
	assert_true(json_is_object(j));
	assert_false(json_is_array(j));
	assert_int_equal(json_count(j), 9);
	assert_string_equal(json_key_at(j, 1), "n");
	assert_null(json_key_at(j, 9));
	assert_true(json_str(json_get(j, "a"), &s));
	assert_span(s, "x\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_true(json_i64(json_get(j, "n"), &n));
	assert_int_equal(n, INT64_C(9007199254740992));
	assert_true(json_i64(json_get(j, "neg"), &n));
	assert_int_equal(n, -7);
	assert_false(json_i64(json_get(j, "half"), &n));
	assert_false(json_i64(json_get(j, "big"), &n));
	assert_false(json_i64(json_get(j, "a"), &n));
	assert_false(json_str(json_get(j, "n"), &s));
	assert_true(json_bool(json_get(j, "t"), &b));
	assert_true(b);
	assert_false(json_bool(json_get(j, "n"), &b));
	assert_true(json_is_null(json_get(j, "z")));
	assert_false(json_is_null(json_get(j, "none")));
	assert_null(json_get(j, "A"));
	const struct json *list = json_get(j, "l");
	assert_int_equal(json_count(list), 3);
	assert_true(json_str(json_at(list, 1), &s));
	assert_span(s, "2");
	assert_null(json_at(list, 3));
	assert_null(json_at(list, SIZE_MAX));
	assert_null(json_get(list, "a"));
	assert_null(json_key_at(list, 0));
	assert_true(json_i64(json_get(json_get(j, "o"), "a"), &n));
	/* questions to nothing have the answer no */
	assert_false(json_str(json_get(NULL, "a"), &s));
	assert_int_equal(json_count(NULL), 0);
	json_free(&j);
	assert_null(j);
	json_free(&j);
}

static void
refused(void **state)
{
	static const struct {
		struct span text;
		const char *note;
	} cases[] = {
		{ { (const uint8_t *)"", 0 }, "empty" },
		{ { (const uint8_t *)"{", 1 }, "wrong" },
		{ { (const uint8_t *)"{} x", 4 }, "after its end" },
		{ { (const uint8_t *)"{}{}", 4 }, "after its end" },
		{ { (const uint8_t *)"{}\0", 3 }, "stray byte at 2" },
		{ { (const uint8_t *)"[1,]", 4 }, "wrong" },
		{ { (const uint8_t *)"'a'", 3 }, "wrong" },
		{ { (const uint8_t *)"\"a", 2 }, "without end" },
		{ { (const uint8_t *)"\"a\\", 3 }, "without end" },
		{ { (const uint8_t *)"\"a\nb\"", 5 }, "control character in a string at byte 2" },
		{ { (const uint8_t *)"\"a\0b\"", 5 }, "control" },
		{ { (const uint8_t *)"\"a\\u0000b\"", 10 }, "NUL" },
		{ { (const uint8_t *)"\"\\ud800\"", 8 }, "wrong" },
		{ { (const uint8_t *)"\"\xff\"", 3 }, "not UTF-8 at byte 1" },
		{ { (const uint8_t *)"\"\xc0\x80\"", 4 }, "not UTF-8" },
		{ { (const uint8_t *)"\"\xed\xa0\x80\"", 5 }, "not UTF-8" },
		{ { (const uint8_t *)"\"\xe2\x82\"", 4 }, "not UTF-8" },
		{ { (const uint8_t *)"{\"a\":1,\"b\":{\"c\":1,\"d\":2,\"c\":3}}", 31 },
		    "\"c\" twice" },
		{ { (const uint8_t *)"{\"a\":1,\"\\u0061\":2}", 18 }, "\"a\" twice" },
		{ { (const uint8_t *)"\xef\xbb\xbf{}", 5 }, "stray byte at 0" },
		{ { (const uint8_t *)"nul", 3 }, "wrong" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json *j = NULL;

		assert_err(json_parse(cases[i].text, &j), ERR_SYNTAX, cases[i].note);
		assert_null(j);
	}
}

static void
bounds(void **state)
{
	struct json *j = NULL;
	struct buf text;

	(void)state;
	buf_init(&text, JSON_MAX_BYTES + 10);
	for (unsigned i = 0; i < JSON_MAX_DEPTH; i++)
		assert_ok(buf_put_byte(&text, '['));
	for (unsigned i = 0; i < JSON_MAX_DEPTH; i++)
		assert_ok(buf_put_byte(&text, ']'));
	assert_ok(json_parse(buf_span(&text), &j));
	json_free(&j);
	buf_clear(&text);
	for (unsigned i = 0; i < 100000; i++)
		assert_ok(buf_put_byte(&text, '['));
	assert_err(json_parse(buf_span(&text), &j), ERR_LIMIT, "deeper than 32");
	/* brackets inside a string are not depth */
	buf_clear(&text);
	assert_ok(buf_put_str(&text, "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""));
	assert_ok(json_parse(buf_span(&text), &j));
	json_free(&j);
	while (text.len <= JSON_MAX_BYTES)
		assert_ok(buf_put(&text, SPAN("          ")));
	assert_err(json_parse(buf_span(&text), &j), ERR_LIMIT, "allowed");
	buf_done(&text);
}

static void
write_values(void **state)
{
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	json_begin(&w, &out);
	json_object(&w, NULL);
	json_put_str(&w, "s", SPAN("a\"b\\c\n\x01\x7f\xc3\xa9\xff\xe2\x82"));
	json_put_i64(&w, "n", INT64_MIN);
	json_array(&w, "l");
	json_put_bool(&w, NULL, true);
	json_put_null(&w, NULL);
	json_object(&w, NULL);
	json_end(&w, '}');
	json_end(&w, ']');
	json_put_str(&w, "<k>", SPAN_NONE);
	json_end(&w, '}');
	assert_ok(json_finish(&w));
	assert_string_equal(buf_cstr(&out),
	    "{\"s\":\"a\\\"b\\\\c\\u000a\\u0001\\u007f\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
	    "\"n\":-9223372036854775808,\"l\":[true,null,{}],\"<k>\":\"\"}");
	struct json *j = NULL;
	assert_ok(json_parse(buf_span(&out), &j));
	json_free(&j);
	buf_done(&out);
}

static void
write_past_the_bound(void **state)
{
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 10);
	json_begin(&w, &out);
	json_array(&w, NULL);
	json_put_str(&w, NULL, SPAN("0123456789"));
	json_put_i64(&w, NULL, 1);
	json_end(&w, ']');
	assert_err(json_finish(&w), ERR_LIMIT, "10 allowed");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_values),
		cmocka_unit_test(refused),
		cmocka_unit_test(bounds),
		cmocka_unit_test(write_values),
		cmocka_unit_test(write_past_the_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
