#include "core/stream.h"

#include "support/unit.h"

static void
copy(void **state)
{
	static uint8_t big[200000];
	struct span s = span_of(big, sizeof(big));
	struct buf out;
	uint64_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 ^ i >> 8);
	buf_init(&out, sizeof(big));
	assert_ok(source_copy(source_span(&s), 0, sizeof(big), sink_buf(&out)));
	assert_int_equal(out.len, sizeof(big));
	assert_memory_equal(out.p, big, sizeof(big));
	buf_clear(&out);
	assert_ok(source_copy(source_span(&s), 65535, 65538, sink_buf(&out)));
	assert_memory_equal(out.p, big + 65535, 65538);
	assert_ok(source_copy(source_span(&s), 200000, 0, sink_buf(&out)));
	assert_ok(source_copy(source_span(&s), 0, 200000, sink_counting(&bytes)));
	assert_int_equal(bytes, 200000);
	buf_done(&out);
}

static void
beyond_the_end(void **state)
{
	struct span s = SPAN("0123456789");
	uint8_t out[16] = { 0 };
	uint64_t bytes = 0;

	(void)state;
	assert_ok(source_get(source_span(&s), 8, out, 2));
	assert_memory_equal(out, "89", 3);
	assert_err(source_get(source_span(&s), 8, out, 3), ERR_NOT_FOUND, "3 bytes at 8 of 10");
	assert_err(source_get(source_span(&s), UINT64_MAX, out, 2), ERR_NOT_FOUND, "of 10");
	assert_ok(source_get(source_span(&s), 10, out, 0));
	assert_err(source_copy(source_span(&s), 1, UINT64_MAX, sink_counting(&bytes)),
	    ERR_NOT_FOUND, "of 10");
	assert_int_equal(bytes, 0);
}

static void
full_sink(void **state)
{
	struct span s = SPAN("0123456789");
	struct buf out;

	(void)state;
	buf_init(&out, 9);
	assert_err(source_copy(source_span(&s), 0, 10, sink_buf(&out)), ERR_LIMIT, "9 allowed");
	assert_ok(sink_put(sink_buf(&out), SPAN_NONE));
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy),
		cmocka_unit_test(beyond_the_end),
		cmocka_unit_test(full_sink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
