/*
 * net/listen.h - listening sockets: opened by the supervisor or by a role alone, accepted by roles.
 */
#ifndef SECUDOC_NET_LISTEN_H
#define SECUDOC_NET_LISTEN_H

#include "core/err.h"
#include "core/span.h"

#define LISTEN_NAME_SIZE 64u

/*
 * listen_open() - bind "host:port" or "[v6]:port" and listen; port 0 is the kernel's choice.
 * Close-on-exec and non-blocking. ERR_SYNTAX: no endpoint; ERR_TEMP: it cannot be bound (the note
 * says why).
 */
MUST_USE enum err listen_open(const char *endpoint, int *ret_fd);
/* listen_name() - "127.0.0.1:40001" or "[::1]:40001", as bound; returns out. "" when fd is no
 * socket. */
char *listen_name(int fd, char out[LISTEN_NAME_SIZE]);
/*
 * listen_accept() - wait for a connection on one of the sockets until stop_fd is readable or
 * deadline_ms (monotonic; INT64_MAX: none). ERR_OK with a close-on-exec, non-blocking socket, the
 * caller's; ERR_NOT_FOUND: stop; ERR_TEMP: time is up, or the system has no descriptor or memory to
 * spare (wait a moment and go on).
 */
MUST_USE enum err
listen_accept(const int *fds, size_t count, int stop_fd, int64_t deadline_ms, int *ret_fd);

#endif
