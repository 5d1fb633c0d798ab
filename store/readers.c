/*
 * store/readers.c - the pool of reading connections; opened when first needed.
 */
#include "store/readers.h"

#include "store/limits.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct readers {
	char *url;
	unsigned roles;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t back;
	struct db_conn *idle[STORE_READERS];
	size_t idle_count, open_count;
};

enum err
readers_new(const char *url, unsigned roles, struct readers **ret)
{
	struct readers *r = calloc(1, sizeof(*r));

	if (r == NULL || (r->url = strdup(url)) == NULL) {
		free(r);
		return err_set(ERR_TEMP, "no memory for readers");
	}
	r->roles = roles;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->back, NULL);
	*ret = r;
	return ERR_OK;
}

void
readers_free(struct readers **r)
{
	if (*r == NULL)
		return;
	assert((*r)->idle_count == (*r)->open_count);
	for (size_t i = 0; i < (*r)->idle_count; i++)
		db_close(&(*r)->idle[i]);
	(void)pthread_cond_destroy(&(*r)->back);
	(void)pthread_mutex_destroy(&(*r)->lock);
	free((*r)->url);
	free(*r);
	*r = NULL;
}

static enum err
open_one(struct readers *r, struct db_conn **ret)
{
	enum err err;

	TRY(db_open(r->url, r->roles, ret));
	err = db_prepare_all(*ret);
	if (err != ERR_OK)
		db_close(ret);
	return err;
}

enum err
read_begin(struct readers *r, struct read *ret)
{
	struct db_conn *conn = NULL;
	enum err err = ERR_OK;

	(void)pthread_mutex_lock(&r->lock);
	while (r->idle_count == 0 && r->open_count == STORE_READERS)
		(void)pthread_cond_wait(&r->back, &r->lock);
	if (r->idle_count > 0)
		conn = r->idle[--r->idle_count];
	else
		r->open_count++;
	(void)pthread_mutex_unlock(&r->lock);

	if (conn == NULL)
		err = open_one(r, &conn);
	if (err != ERR_OK) {
		(void)pthread_mutex_lock(&r->lock);
		r->open_count--;
		(void)pthread_cond_signal(&r->back);
		(void)pthread_mutex_unlock(&r->lock);
		return err;
	}
	*ret = (struct read){ r, conn };
	return ERR_OK;
}

void
read_end(struct read *rd)
{
	struct readers *r = rd->readers;

	if (rd->conn == NULL)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->idle[r->idle_count++] = rd->conn;
	(void)pthread_cond_signal(&r->back);
	(void)pthread_mutex_unlock(&r->lock);
	*rd = (struct read){ NULL, NULL };
}
