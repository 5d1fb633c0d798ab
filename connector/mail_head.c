/*
 * connector/mail_head.c - see mail_head.h.
 */
#include "connector/mail_head.h"

#include "mime/limits.h"

#include <stdlib.h>
#include <string.h>

/* names and values, and a NUL and alignment each */
#define ARENA_MAX (MIME_MAX_HEADER_BYTES + MIME_MAX_FIELDS * 2u * sizeof(struct mail_field))

void
mail_head_init(struct mail_head *h)
{
	*h = (struct mail_head){ .count = 0 };
	arena_init(&h->arena, ARENA_MAX);
}

void
mail_head_done(struct mail_head *h)
{
	free(h->fields);
	arena_done(&h->arena);
	memset(h, 0, sizeof(*h));
}

enum err
mail_head_add(struct mail_head *h, struct span name, struct span raw_value)
{
	struct mail_field *f;

	if (h->count == MIME_MAX_FIELDS)
		return err_set(ERR_LIMIT, "more than %u header fields", MIME_MAX_FIELDS);
	if (h->count == h->room) {
		size_t room = h->room == 0 ? 64 : h->room * 2;
		struct mail_field *grown = realloc(h->fields, room * sizeof(*grown));

		if (grown == NULL)
			return err_set(ERR_TEMP, "no memory for %zu header fields", room);
		h->fields = grown;
		h->room = room;
	}
	f = &h->fields[h->count];
	TRY(arena_dup(&h->arena, name, &f->name));
	TRY(arena_dup(&h->arena, span_trim(raw_value), &f->value));
	h->count++;
	return ERR_OK;
}

size_t
mail_head_find(const struct mail_head *h, struct span name, struct span *ret_value)
{
	size_t found = 0;

	for (size_t i = 0; i < h->count; i++) {
		if (!span_ieq(h->fields[i].name, name))
			continue;
		if (found++ == 0)
			*ret_value = h->fields[i].value;
	}
	return found;
}

bool
mail_head_plain(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] < ' ' || value.p[i] >= 0x7f)
			return false;
	return true;
}
