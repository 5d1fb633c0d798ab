/*
 * store/list.h - rows gathered in an arena, when their number is not known before.
 */
#ifndef SECUDOC_STORE_LIST_H
#define SECUDOC_STORE_LIST_H

#include "core/arena.h"

struct list {
	struct arena *arena;
	size_t item_size;
	void *items;
	size_t count, room;
};
/* list_more() - one more item, zeroed; those before may have moved. ERR_LIMIT past STORE_LIST_MAX. */
MUST_USE enum err list_more(struct list *l, void **ret_item);

#endif
