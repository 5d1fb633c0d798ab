/*
 * store/wake.c - the datagram that tells deliver that there is work.
 *
 * Each listener binds a name of its own in run_dir, and a wake-up goes to all of them: during a reload two
 * generations listen, and neither may take the other's name away (the new one may be given up again). The
 * name of one that has ended answers "refused" once and is removed.
 *
 * Sockets are reached as /proc/self/fd/N/NAME, because sun_path holds 107 bytes and run_dir may be deeper.
 */
#include "store/store_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAKE_PREFIX    "wake-"
#define WAKE_NAME_SIZE 32

static struct sockaddr_un
wake_address(const struct store *st, const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(
	    a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%.40s", st->run_dir_fd, name);
	return a;
}

static int
wake_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

enum err
store_wake_listen(struct store *st, int *ret_fd)
{
	char name[WAKE_NAME_SIZE];
	struct sockaddr_un a;
	int fd = wake_socket();

	if (fd < 0)
		return err_set(ERR_TEMP, "wake-up socket: %s", strerror(errno));
	(void)snprintf(name, sizeof(name), WAKE_PREFIX "%" PRId64, store_new_id());
	a = wake_address(st, name);
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) != 0) {
		enum err err = err_set(ERR_TEMP, "wake-up socket in run_dir: %s", strerror(errno));

		(void)close(fd);
		return err;
	}
	*ret_fd = fd;
	return ERR_OK;
}

void
store_wake_drain(int fd)
{
	uint8_t byte[16];

	while (recv(fd, byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
}

static void
wake_one(const struct store *st, int fd, const char *name)
{
	struct sockaddr_un a = wake_address(st, name);

	/* its box is full: it will look anyway */
	if (sendto(fd, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&a,
		sizeof(a)) < 0 &&
	    errno == ECONNREFUSED)
		(void)unlinkat(st->run_dir_fd, name, 0);
}

static DIR *
open_run_dir(const struct store *st)
{
	int dir_fd = openat(st->run_dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = dir_fd < 0 ? NULL : fdopendir(dir_fd);

	if (dir == NULL && dir_fd >= 0)
		(void)close(dir_fd);
	return dir;
}

void
store_wake(struct store *st)
{
	DIR *dir = open_run_dir(st);
	int fd = dir == NULL ? -1 : wake_socket();
	const struct dirent *entry;

	while (fd >= 0 && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, WAKE_PREFIX, strlen(WAKE_PREFIX)) == 0)
			wake_one(st, fd, entry->d_name);
	if (fd >= 0)
		(void)close(fd);
	if (dir != NULL)
		(void)closedir(dir);
}
