/*
 * store/owner.c - owners' locks.
 */
#include "store/owner.h"

#include "store/io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct store_owner {
	int64_t id;
	int fd;
	int run_dir_fd;       /* the store's */
	pthread_mutex_t lock; /* guards the rest */
	int64_t *strays;
	size_t stray_count, stray_room;
};

static void
owner_name(int64_t id, char out[64])
{
	(void)snprintf(out, 64, "owner-%lld", (long long)id);
}

enum err
store_owner_new(struct store *st, struct store_owner **ret)
{
	struct store_owner *o = calloc(1, sizeof(*o));
	char name[64];

	if (o == NULL)
		return err_set(ERR_TEMP, "no memory for an owner");
	o->id = store_new_id();
	o->run_dir_fd = st->run_dir_fd;
	owner_name(o->id, name);
	o->fd = openat(st->run_dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (o->fd < 0 || flock(o->fd, LOCK_EX | LOCK_NB) != 0) {
		enum err err = err_set(ERR_TEMP, "owner's lock in run_dir: %s", strerror(errno));

		io_close(&o->fd);
		free(o);
		return err;
	}
	(void)pthread_mutex_init(&o->lock, NULL);
	*ret = o;
	return ERR_OK;
}

void
store_owner_free(struct store_owner **o)
{
	if (*o == NULL)
		return;
	/* the file stays: recover finds it unlocked, frees what it still claims, and removes it */
	io_close(&(*o)->fd);
	(void)pthread_mutex_destroy(&(*o)->lock);
	free((*o)->strays);
	free(*o);
	*o = NULL;
}

void
owner_lock(struct store_owner *o)
{
	(void)pthread_mutex_lock(&o->lock);
}

void
owner_unlock(struct store_owner *o)
{
	(void)pthread_mutex_unlock(&o->lock);
}

void
owner_stray_add(struct store_owner *o, const int64_t *copy_ids, size_t count)
{
	size_t room = o->stray_room > 0 ? o->stray_room : 64;
	int64_t *more;

	while (room < o->stray_count + count)
		room *= 2;
	if (room > o->stray_room) {
		more = realloc(o->strays, room * sizeof(*more));
		if (more == NULL)
			return; /* they are free when the process ends */
		o->strays = more;
		o->stray_room = room;
	}
	for (size_t i = 0; i < count; i++)
		o->strays[o->stray_count++] = copy_ids[i];
}

const int64_t *
owner_strays(const struct store_owner *o, size_t *ret_count)
{
	*ret_count = o->stray_count;
	return o->strays;
}

void
owner_strays_clear(struct store_owner *o)
{
	o->stray_count = 0;
}

int64_t
owner_id(const struct store_owner *o)
{
	return o->id;
}

bool
owner_gone(struct store *st, int64_t id)
{
	char name[64];
	bool gone;
	int fd;

	owner_name(id, name);
	fd = openat(st->run_dir_fd, name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT;
	gone = flock(fd, LOCK_EX | LOCK_NB) == 0;
	(void)close(fd);
	return gone;
}

void
owner_forget(struct store *st, int64_t id)
{
	char name[64];

	owner_name(id, name);
	(void)unlinkat(st->run_dir_fd, name, 0);
}
