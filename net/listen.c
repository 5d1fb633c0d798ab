/*
 * net/listen.c - see listen.h.
 */
#include "net/listen.h"

#include "core/clock.h"
#include "net/endpoint.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_BACKLOG 128
#define LISTEN_FDS_MAX 64u

static int
bind_one(const struct addrinfo *ai)
{
	int on = 1;
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6) /* "[::]" and "0.0.0.0" may stand beside each other */
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	on = errno;
	close(fd);
	errno = on;
	return -1;
}

enum err
listen_open(const char *endpoint, int *ret_fd)
{
	struct endpoint e;
	struct addrinfo *list;
	int fd = -1;

	TRY(endpoint_parse(endpoint, 0, &e));
	TRY(endpoint_resolve(&e, true, &list));
	for (const struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next)
		fd = bind_one(ai);
	freeaddrinfo(list);
	if (fd == -1)
		return err_set(ERR_TEMP, "%.200s: %s", endpoint, strerror(errno));
	*ret_fd = fd;
	return ERR_OK;
}

char *
listen_name(int fd, char out[LISTEN_NAME_SIZE])
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);
	char host[INET6_ADDRSTRLEN + 8], port[8];

	out[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return out;
	(void)snprintf(out, LISTEN_NAME_SIZE,
	    sa.ss_family == AF_INET6 ? "[%.46s]:%.7s" : "%.46s:%.7s", host, port);
	return out;
}

static int
timeout_until(int64_t deadline_ms)
{
	int64_t left;

	if (deadline_ms == INT64_MAX)
		return -1;
	left = deadline_ms - clock_mono_ms();
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* A connection that went away between poll() and accept(), or that another thread took, is no
 * trouble. */
static bool
accept_again(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPROTO ||
	    error == ENETDOWN || error == EHOSTUNREACH || error == ENETUNREACH;
}

enum err
listen_accept(const int *fds, size_t count, int stop_fd, int64_t deadline_ms, int *ret_fd)
{
	struct pollfd p[LISTEN_FDS_MAX + 1] = { { .fd = stop_fd, .events = POLLIN } };

	if (count > LISTEN_FDS_MAX)
		return err_set(
		    ERR_LIMIT, "%zu listening sockets, %u allowed", count, LISTEN_FDS_MAX);
	for (size_t i = 0; i < count; i++)
		p[i + 1] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	for (;;) {
		int ready = poll(p, (nfds_t)count + 1, timeout_until(deadline_ms));

		if (ready == -1 && errno != EINTR)
			return err_set(ERR_TEMP, "poll: %s", strerror(errno));
		if (ready == 0)
			return err_set(ERR_TEMP, "no connection came in time");
		if (ready > 0 && p[0].revents != 0)
			return err_set(ERR_NOT_FOUND, "told to stop");
		for (size_t i = 1; ready > 0 && i <= count; i++) {
			int fd;

			if (p[i].revents == 0)
				continue;
			fd = accept4(p[i].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
			if (fd != -1) {
				*ret_fd = fd;
				return ERR_OK;
			}
			if (!accept_again(errno))
				return err_set(ERR_TEMP, "accept: %s", strerror(errno));
		}
	}
}
