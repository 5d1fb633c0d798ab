/*
 * portal/file_list.c - files as rows of a page.
 */
#include "portal/file_list.h"

#include "mime/banner.h"

#include <stdio.h>

#define LIST_ARENA_BYTES (1u << 20) /* 1000 files at about 500 bytes */
#define ROW_VALUES       4u

static enum err
put_size(struct file_list *l, enum tenant_language language, uint64_t bytes, struct span *ret)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, 64);
	TRY(mime_text_size(language, bytes, &text));
	return arena_dup(&l->arena, buf_span(&text), ret);
}

static enum err
put_row(struct file_list *l, const struct file *file, size_t no, enum tenant_language language,
    struct template_view *ret)
{
	struct template_value *values = arena_alloc(&l->arena, ROW_VALUES * sizeof(*values));
	struct span number, size;

	if (values == NULL)
		return ERR_TEMP;
	TRY(arena_printf(&l->arena, &number, "%zu", no));
	TRY(put_size(l, language, file->len, &size));
	values[0] = TEMPLATE_SET("no", number);
	values[1] = TEMPLATE_SET("name", file->name);
	values[2] = TEMPLATE_SET("ext", file->ext[0] != '\0' ? span_str(file->ext) : SPAN("•"));
	values[3] = TEMPLATE_SET("size", size);
	*ret = (struct template_view){ values, ROW_VALUES };
	return ERR_OK;
}

enum err
file_list_init(struct file_list *l, const struct files *f, enum tenant_language language)
{
	*l = (struct file_list){ .count = files_count(f) };
	arena_init_secret(&l->arena, LIST_ARENA_BYTES);
	l->rows = arena_alloc(&l->arena, (l->count + 1) * sizeof(*l->rows));
	if (l->rows == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < l->count; i++)
		TRY(put_row(l, files_at(f, i), i + 1, language, &l->rows[i]));
	(void)snprintf(l->count_text, sizeof(l->count_text), "%zu", l->count);
	return put_size(l, language, files_total(f), &l->total);
}

void
file_list_done(struct file_list *l)
{
	arena_done(&l->arena);
}
