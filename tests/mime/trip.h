/*
 * tests/mime/trip.h - one mail through detach and back, for tests and fuzz targets.
 */
#ifndef TESTS_MIME_TRIP_H
#define TESTS_MIME_TRIP_H

#include "mime/detach.h"
#include "mime/reattach.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How the input is cut into pushes. */
typedef size_t trip_split_fn(void *ctx, size_t left);

struct trip {
	enum err err; /* of detach */
	char note[512];
	struct buf container;
	struct span container_span;
	struct buf fields;       /* name, NUL, value, NUL; then "end" */
	struct mime_facts facts; /* parts NULL: see fact_parts */
	struct mime_part_fact fact_parts[MIME_MAX_PARTS];
	struct arena arena;
	struct mime_index *ix; /* NULL unless err is ERR_OK */
};

#define TRIP_MAX ((size_t)1 << 30)

static inline enum err
trip_field(void *ctx, struct span name, struct span value)
{
	struct trip *t = ctx;

	TRY(buf_put(&t->fields, name));
	TRY(buf_put_byte(&t->fields, 0));
	TRY(buf_put(&t->fields, value));
	return buf_put_byte(&t->fields, 0);
}

static inline enum err
trip_head_end(void *ctx)
{
	struct trip *t = ctx;

	return buf_put_str(&t->fields, "end");
}

static inline enum err
trip_feed(struct mime_detach *d, struct span mail, trip_split_fn *split, void *ctx,
    const struct mime_facts **ret)
{
	while (mail.len > 0) {
		size_t n = split == NULL ? mail.len : split(ctx, mail.len);

		n = n == 0 || n > mail.len ? mail.len : n;
		TRY(mime_detach_push(d, span_upto(mail, n)));
		mail = span_from(mail, n);
	}
	return mime_detach_finish(d, ret);
}

/* Detach and open the index. split NULL: in one piece. */
static inline void
trip_detach(struct trip *t, struct span mail, bool lenient, trip_split_fn *split, void *ctx)
{
	struct mime_detach_opts opts = { .lenient_line_ends = lenient };
	struct mime_detach_events events = {
		.ctx = t, .field = trip_field, .head_end = trip_head_end
	};
	const struct mime_facts *facts = NULL;
	struct mime_detach *d = NULL;
	enum err err;

	memset(t, 0, sizeof(*t));
	buf_init(&t->container, TRIP_MAX);
	buf_init(&t->fields, TRIP_MAX);
	arena_init(&t->arena, MIME_INDEX_MEMORY_MAX);
	t->err = mime_detach_new(&opts, &events, sink_buf(&t->container), &d);
	assert(t->err == ERR_OK);
	t->err = trip_feed(d, mail, split, ctx, &facts);
	if (t->err == ERR_OK) {
		t->facts = *facts;
		memcpy(t->fact_parts, facts->parts, facts->part_count * sizeof(*facts->parts));
		t->facts.parts = NULL;
		t->container_span = buf_span(&t->container);
		err = mime_index_open(source_span(&t->container_span), &t->arena, &t->ix);
		assert(err == ERR_OK);
	} else {
		strncpy(t->note, err_note(), sizeof(t->note) - 1);
	}
	mime_detach_free(&d);
}

static inline void
trip_done(struct trip *t)
{
	buf_done(&t->container);
	buf_done(&t->fields);
	arena_done(&t->arena);
}

/* A sink that takes nothing but the bytes of left, in order. */
static inline enum err
trip_compare(void *ctx, struct span in)
{
	struct span *left = ctx;

	if (!span_starts(*left, in))
		return err_set(ERR_DENIED, "other bytes");
	*left = span_from(*left, in.len);
	return ERR_OK;
}

/* Does putting it together give the mail? */
static inline bool
trip_is_lossless(const struct trip *t, struct span mail)
{
	struct span left = mail;

	return mime_reattach(t->ix, (struct sink){ trip_compare, &left }) == ERR_OK &&
	    left.len == 0 && t->ix->mail_len == mail.len && t->facts.mail_len == mail.len;
}

/* The same result, to the last byte? */
static inline bool
trip_equal(const struct trip *a, const struct trip *b)
{
	if (a->err != b->err || !span_eq(buf_span(&a->fields), buf_span(&b->fields)))
		return false;
	if (a->err != ERR_OK)
		return strcmp(a->note, b->note) == 0;
	return span_eq(buf_span(&a->container), buf_span(&b->container)) &&
	    memcmp(a->fact_parts, b->fact_parts, sizeof(a->fact_parts)) == 0 &&
	    a->facts.kind == b->facts.kind &&
	    a->facts.attachment_count == b->facts.attachment_count &&
	    a->facts.attachment_bytes == b->facts.attachment_bytes &&
	    a->facts.largest_attachment_bytes == b->facts.largest_attachment_bytes &&
	    a->facts.received_count == b->facts.received_count &&
	    a->facts.header_len == b->facts.header_len &&
	    memcmp(&a->facts.wire, &b->facts.wire, sizeof(a->facts.wire)) == 0 &&
	    memcmp(a->facts.content_sha256, b->facts.content_sha256, SHA256_SIZE) == 0;
}

#endif
