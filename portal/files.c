/*
 * portal/files.c - the files of one mail, from its container.
 */
#include "portal/files.h"

#include "mime/file.h"

#include <stdlib.h>
#include <string.h>

#define FILES_ARENA_BYTES (MIME_INDEX_MEMORY_MAX + MIME_MAX_PARTS * sizeof(struct file) + 4096)

struct files {
	struct store_reader *reader;
	struct arena arena;
	struct mime_index *index;
	struct file *items;
	size_t count;
};

/* The letters behind the last dot, for the badge; decoration only. */
static void
ext_of(struct span name, char ext[FILES_EXT_SIZE])
{
	size_t len = 0;

	while (len < name.len && name.p[name.len - 1 - len] != '.')
		len++;
	ext[0] = '\0';
	if (len == 0 || len >= FILES_EXT_SIZE || len >= name.len)
		return;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = name.p[name.len - len + i];

		if (c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
			ext[0] = '\0';
			return;
		}
		ext[i] = (char)c;
	}
	ext[len] = '\0';
}

static enum err
list_files(struct files *f)
{
	for (uint32_t i = 0; i < f->index->part_count; i++)
		f->count += f->index->parts[i].role == MIME_ROLE_ATTACHMENT;
	f->items = arena_alloc(&f->arena, (f->count + 1) * sizeof(*f->items));
	if (f->items == NULL)
		return ERR_TEMP;

	struct file *item = f->items;

	for (uint32_t i = 0; i < f->index->part_count; i++) {
		const struct mime_part *part = &f->index->parts[i];

		if (part->role != MIME_ROLE_ATTACHMENT)
			continue;
		item->part = i;
		item->name = part->name.len > 0 ? part->name : SPAN("unnamed");
		item->len = part->file_len;
		memcpy(item->sha256, part->sha256, SHA256_SIZE);
		ext_of(item->name, item->ext);
		item++;
	}
	return ERR_OK;
}

static enum err
open_index(struct files *f, struct store *st, int64_t tenant_id, int64_t mail_id)
{
	TRY(store_reader_open(st, tenant_id, mail_id, &f->reader));
	TRY(mime_index_open(store_reader_source(f->reader), &f->arena, &f->index));
	return list_files(f);
}

enum err
files_open(struct store *st, int64_t tenant_id, int64_t mail_id, struct files **ret)
{
	struct files *f = calloc(1, sizeof(*f));
	enum err err;

	if (f == NULL)
		return err_set(ERR_TEMP, "no memory for a list of files");
	arena_init_secret(&f->arena, FILES_ARENA_BYTES);
	err = open_index(f, st, tenant_id, mail_id);
	if (err != ERR_OK) {
		files_free(&f);
		return err;
	}
	*ret = f;
	return ERR_OK;
}

void
files_free(struct files **files)
{
	struct files *f = *files;

	if (f == NULL)
		return;
	arena_done(&f->arena);
	store_reader_free(&f->reader);
	free(f);
	*files = NULL;
}

size_t
files_count(const struct files *f)
{
	return f->count;
}

const struct file *
files_at(const struct files *f, size_t i)
{
	return i < f->count ? &f->items[i] : NULL;
}

uint64_t
files_total(const struct files *f)
{
	uint64_t total = 0;

	for (size_t i = 0; i < f->count; i++)
		total += f->items[i].len;
	return total;
}

enum err
files_copy(
    const struct files *f, const struct file *file, uint64_t off, uint64_t len, struct sink out)
{
	return mime_file_copy(f->index, file->part, off, len, out);
}
