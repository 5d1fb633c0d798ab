/*
 * fuzz_param: header fields, parameters, names.
 *
 * The input is a header block; each field is unfolded, decoded, walked as parameters, and taken as
 * Content-Disposition and Content-Type of a name. Held for every input: the walk takes every byte once; a
 * label is valid UTF-8 without what it promises to leave out, and labelling it again changes nothing.
 */
#include "mime/entity.h"
#include "mime/header.h"
#include "mime/name.h"
#include "mime/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static void
check_label(struct span name)
{
	char label[MIME_NAME_MAX + 1], again[MIME_NAME_MAX + 1];
	size_t len = mime_name_label(name, label);
	struct span s = span_of(label, len);

	require(len > 0 && len <= MIME_NAME_MAX && label[len] == '\0', "length of a label");
	require(utf8_valid(s), "a label is UTF-8");
	for (size_t i = 0; i < len; i++)
		require((uint8_t)label[i] >= ' ' && strchr("/\\:*?\"<>|\x7f", label[i]) == NULL,
		    "characters of a label");
	require(span_find(s, SPAN("\xE2\x80\xAE")) == len, "no right-to-left override");
	require(
	    label[0] != '.' && label[len - 1] != '.' && label[len - 1] != ' ', "ends of a label");
	require(
	    mime_name_label(s, again) == len && strcmp(label, again) == 0, "a label is settled");
}

static void
check_value(struct span value)
{
	struct mime_params ps;
	struct mime_param p;
	struct buf out;
	struct span first;
	size_t count = 0;

	buf_init(&out, MIME_MAX_HEADER_BYTES);
	require(mime_value_unfold(value, &out) == ERR_OK, "unfold");
	require(memchr(buf_cstr(&out), '\n', out.len) == NULL, "unfolded");
	buf_clear(&out);
	if (mime_value_decode(value, &out) == ERR_OK)
		require(utf8_valid(buf_span(&out)), "decoded value is UTF-8");
	mime_params_start(&ps, value, &first);
	require(first.len <= value.len, "first word");
	while (mime_params_next(&ps, &p)) {
		require(++count <= value.len, "parameters end");
		require(p.name.len > 0 && p.value.len <= value.len, "parameter");
		buf_clear(&out);
		require(
		    mime_param_unquote(&p, &out) == ERR_OK && out.len <= p.value.len, "unquote");
	}
	buf_done(&out);
}

static void
check_names(struct span disposition, struct span type)
{
	struct mime_entity e;
	struct buf out;
	bool named;

	buf_init(&out, MIME_MAX_HEADER_BYTES);
	if (mime_name_choose(disposition, type, &out, &named) == ERR_OK) {
		require(utf8_valid(buf_span(&out)), "a name is UTF-8");
		require(named || out.len == 0, "a name is noted");
		check_label(buf_span(&out));
	}
	buf_done(&out);
	mime_entity_init(&e);
	if (mime_entity_field(&e, SPAN("Content-Type"), type) == ERR_OK &&
	    mime_entity_field(&e, SPAN("content-disposition"), disposition) == ERR_OK &&
	    mime_entity_end(&e, false) == ERR_OK)
		require(e.type[0] != '\0' && e.subtype[0] != '\0', "a type");
	mime_entity_done(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span block = span_of(data, size), before, last = SPAN_NONE;
	struct mime_field f;

	if (size > MIME_MAX_HEADER_BYTES)
		return 0;
	check_label(block);
	for (before = block; mime_header_next(&block, &f); before = block) {
		require(f.whole.p == before.p && f.whole.len + block.len == before.len,
		    "every byte once");
		require(f.whole.len > 0, "progress");
		check_value(f.value);
		check_names(last, f.value);
		check_names(f.value, last);
		last = f.value;
	}
	return 0;
}
