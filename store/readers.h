/*
 * store/readers.h - a few reading connections, lent out one thread at a time.
 */
#ifndef SECUDOC_STORE_READERS_H
#define SECUDOC_STORE_READERS_H

#include "store/db.h"

struct readers;

MUST_USE enum err readers_new(const char *url, unsigned roles, struct readers **ret);
void readers_free(struct readers **r); /* all are back */

struct read {
	struct readers *readers;
	struct db_conn *conn;
};
/* read_begin() - waits for a free one; end with read_end() (CLEANUP). Not nested: a thread holds one. */
MUST_USE enum err read_begin(struct readers *readers, struct read *ret);
void read_end(struct read *r);

#endif
