/*
 * rules/verify_bench.h - a plan and an export that is as it wants, read from files, for the tests of verify.
 */
#ifndef SECUDOC_TESTS_RULES_VERIFY_BENCH_H
#define SECUDOC_TESTS_RULES_VERIFY_BENCH_H

#include "rules/exo_json.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES (256u << 20)

struct bench {
	struct arena arena; /* the plan and the export */
	struct arena run;   /* one case */
	struct exo_state plan, base;
};

static inline void
read_state(const char *path, struct arena *a, struct exo_state *ret)
{
	char full[512];
	char *text = malloc(1u << 20);
	enum exo_document document;

	snprintf(full, sizeof(full), "%s/%s", SOURCE_DIR, path);
	FILE *f = fopen(full, "rb");
	assert_non_null(f);
	assert_non_null(text);
	size_t len = fread(text, 1, 1u << 20, f);
	fclose(f);
	enum err err = exo_json_read(span_of(text, len), a, ret, &document);
	free(text);
	assert_ok(err);
}

static inline int
setup(void **state)
{
	static struct bench b;

	arena_init(&b.arena, ARENA_BYTES);
	arena_init(&b.run, ARENA_BYTES);
	read_state("tests/data/exports/plan.json", &b.arena, &b.plan);
	read_state("tests/data/exports/base.json", &b.arena, &b.base);
	*state = &b;
	return 0;
}

static inline int
teardown(void **state)
{
	struct bench *b = *state;

	arena_done(&b->arena);
	arena_done(&b->run);
	return 0;
}

#endif
