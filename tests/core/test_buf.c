#include "core/arena.h"
#include "core/buf.h"

#include "support/alloc.h"
#include "support/unit.h"

static void
err_notes(void **state)
{
	(void)state;
	assert_int_equal(err_set(ERR_LIMIT, "boundary of %d bytes", 71), ERR_LIMIT);
	assert_string_equal(err_note(), "boundary of 71 bytes");
	/* a note about the note */
	assert_int_equal(err_set(ERR_SYNTAX, "line 3: %s", err_note()), ERR_SYNTAX);
	assert_string_equal(err_note(), "line 3: boundary of 71 bytes");
	assert_int_equal(err_set(ERR_TEMP, "%0600d", 7), ERR_TEMP);
	assert_int_equal(strlen(err_note()), 511);
	assert_string_equal(err_name(ERR_OK), "ok");
	assert_string_equal(err_name(ERR_UNCERTAIN), "uncertain");
}

static void
grow_to_the_bound(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_string_equal(buf_cstr(&b), "");
	assert_ok(buf_put(&b, SPAN("a\0b")));
	assert_span(span_from(buf_span(&b), 2), "b");
	assert_ok(buf_printf(&b, "%090d", 1));
	assert_int_equal(b.len, 93);
	assert_err(buf_put(&b, SPAN("12345678")), ERR_LIMIT, "101 bytes, 100 allowed");
	assert_err(buf_printf(&b, "%08d", 1), ERR_LIMIT, "101 bytes");
	assert_err(buf_reserve(&b, SIZE_MAX), ERR_LIMIT, "");
	/* and it keeps what it held */
	assert_int_equal(b.len, 93);
	assert_ok(buf_put(&b, SPAN("1234567")));
	assert_int_equal(b.len, 100);
	assert_int_equal(b.p[100], 0);
	assert_err(buf_put_byte(&b, 'x'), ERR_LIMIT, "101");
	assert_ok(buf_put(&b, SPAN_NONE));
	buf_done(&b);
	assert_null(b.p);
	buf_done(&b);
}

static void
consume(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_consume(&b, 0);
	assert_ok(buf_put_str(&b, "0123456789"));
	buf_consume(&b, 4);
	assert_span(buf_span(&b), "456789");
	assert_ok(buf_put_str(&b, "abcd"));
	assert_string_equal(buf_cstr(&b), "456789abcd");
	buf_consume(&b, 10);
	assert_string_equal(buf_cstr(&b), "");
	assert_ok(buf_put_byte(&b, 0));
	assert_int_equal(b.len, 1);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_done_secret(&b);
}

static void
buf_without_memory(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_ok(buf_put_str(&b, "kept"));
	alloc_fail_at(1);
	enum err err = buf_reserve(&b, 5000);
	alloc_fail_at(0);
	assert_int_equal(err, ERR_TEMP);
	assert_string_equal(buf_cstr(&b), "kept");
	assert_ok(buf_reserve(&b, 5000));
	buf_done(&b);
}

static void
arena_pieces(void **state)
{
	struct arena a;
	struct span s;

	(void)state;
	arena_init(&a, 100000);
	for (size_t size = 0; size < 300; size++) {
		uint8_t *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	/* a large piece does not waste the room in the block before it */
	assert_non_null(arena_alloc(&a, 20000));
	assert_ok(arena_dup(&a, SPAN("a\0b"), &s));
	assert_true(span_eq(s, SPAN("a\0b")));
	assert_int_equal(s.p[3], 0);
	assert_ok(arena_printf(&a, &s, "%s-%d", "x", 7));
	assert_span(s, "x-7");
	assert_string_equal(arena_strdup(&a, SPAN("text")), "text");
	assert_string_equal(arena_strdup(&a, SPAN_NONE), "");
	arena_done(&a);
}

static void
arena_bound(void **state)
{
	struct arena a;
	struct span s;

	(void)state;
	arena_init_secret(&a, 64);
	assert_non_null(arena_alloc(&a, 60));
	assert_null(arena_alloc(&a, 5));
	assert_string_equal(err_note(), "arena of 65 bytes, 64 allowed");
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_strdup(&a, SPAN("1234")));
	assert_int_equal(arena_dup(&a, SPAN("1234"), &s), ERR_LIMIT);
	assert_int_equal(arena_printf(&a, &s, "%d", 1234), ERR_LIMIT);
	assert_ok(arena_printf(&a, &s, "%d", 123));
	arena_clear(&a);
	assert_non_null(arena_alloc(&a, 64));
	arena_done(&a);
	arena_done(&a);
}

static void
arena_without_memory(void **state)
{
	struct arena a;
	struct span s = SPAN_NONE;

	(void)state;
	arena_init(&a, 1 << 20);
	alloc_fail_at(1);
	enum err err = arena_dup(&a, SPAN("x"), &s);
	alloc_fail_at(0);
	assert_int_equal(err, ERR_TEMP);
	assert_int_equal(s.len, 0);
	assert_ok(arena_dup(&a, SPAN("x"), &s));
	arena_done(&a);
}

static void
watched(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	alloc_watch();
	assert_ok(buf_reserve(&b, 100000));
	assert_in_range(alloc_now_bytes(), 100000, 300000);
	buf_done(&b);
	assert_int_equal(alloc_now_bytes(), 0);
	assert_in_range(alloc_peak_bytes(), 100000, 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_notes),
		cmocka_unit_test(grow_to_the_bound),
		cmocka_unit_test(consume),
		cmocka_unit_test(buf_without_memory),
		cmocka_unit_test(arena_pieces),
		cmocka_unit_test(arena_bound),
		cmocka_unit_test(arena_without_memory),
		cmocka_unit_test(watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
