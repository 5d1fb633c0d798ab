/*
 * store/wake.c - the datagram that tells deliver that there is work.
 *
 * The socket is reached as /proc/self/fd/N/deliver.sock, because sun_path holds 107 bytes and run_dir may be
 * deeper.
 */
#include "store/store_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un
wake_address(const struct store *st)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(
	    a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", st->run_dir_fd, WAKE_NAME);
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
	struct sockaddr_un a = wake_address(st);
	int fd = wake_socket();

	if (fd < 0)
		return err_set(ERR_TEMP, "wake-up socket: %s", strerror(errno));
	/* the name of one that has ended, or is draining and takes no new work */
	(void)unlinkat(st->run_dir_fd, WAKE_NAME, 0);
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

void
store_wake(struct store *st)
{
	struct sockaddr_un a = wake_address(st);
	int fd = wake_socket();

	if (fd < 0)
		return;
	/* nobody there, or its box is full: it will look by itself */
	(void)sendto(
	    fd, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&a, sizeof(a));
	(void)close(fd);
}
