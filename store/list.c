/*
 * store/list.c - growing arrays in an arena.
 */
#include "store/list.h"

#include "store/limits.h"

#include <string.h>

static enum err
grow(struct list *l)
{
	size_t room = l->room > 0 ? l->room * 2 : 8;
	void *items;

	if (l->count >= STORE_LIST_MAX)
		return err_set(ERR_LIMIT, "more than %u rows", STORE_LIST_MAX);
	items = arena_alloc(l->arena, room * l->item_size);
	if (items == NULL)
		return ERR_TEMP; /* the arena's note */
	if (l->count > 0)
		memcpy(items, l->items, l->count * l->item_size);
	l->items = items;
	l->room = room;
	return ERR_OK;
}

enum err
list_more(struct list *l, void **ret_item)
{
	if (l->count == l->room)
		TRY(grow(l));
	*ret_item = (uint8_t *)l->items + l->item_size * l->count++;
	return ERR_OK;
}
