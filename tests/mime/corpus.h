/*
 * tests/mime/corpus.h - the mails of the shared corpus, and the list of those that are refused.
 *
 * The corpus stands beside the tree; where it is missing the tests that need it say so and skip.
 */
#ifndef TESTS_MIME_CORPUS_H
#define TESTS_MIME_CORPUS_H

#include "support/tmpdir.h"
#include "support/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define CORPUS_MAX 2000u

struct corpus {
	char *paths[CORPUS_MAX];
	size_t count;
};

static struct corpus corpus;

static inline int
corpus_add(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct span p = span_str(path);

	(void)at;
	if (type != FTW_F || st->st_size == 0 ||
	    !(span_iends(p, SPAN(".eml")) || span_iends(p, SPAN(".msg"))))
		return 0;
	assert_true(corpus.count < CORPUS_MAX);
	corpus.paths[corpus.count++] = strdup(path);
	return 0;
}

static inline int
corpus_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Fills corpus; skips the test when there is none. */
static inline void
corpus_load(void)
{
	if (corpus.count > 0)
		return;
	if (nftw(CORPUS_DIR, corpus_add, 16, FTW_PHYS) != 0 || corpus.count == 0) {
		printf("no mail corpus at %s: skipped\n", CORPUS_DIR);
		skip();
	}
	qsort(corpus.paths, corpus.count, sizeof(corpus.paths[0]), corpus_order);
}

static inline int
corpus_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < corpus.count; i++)
		free(corpus.paths[i]);
	corpus.count = 0;
	return 0;
}

/* LF alone becomes CRLF. */
static inline void
corpus_crlf(struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		if (in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r'))
			assert_ok(buf_put_byte(out, '\r'));
		assert_ok(buf_put_byte(out, in.p[i]));
	}
}

#endif
