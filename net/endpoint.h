/*
 * net/endpoint.h - "host:port", "[v6]:port", "host", "v4": taken apart and resolved.
 */
#ifndef SECUDOC_NET_ENDPOINT_H
#define SECUDOC_NET_ENDPOINT_H

#include "core/err.h"
#include "core/span.h"

#include <netdb.h>
#include <sys/socket.h>

#define ENDPOINT_HOST_SIZE 256u

struct endpoint {
	char host[ENDPOINT_HOST_SIZE]; /* without brackets */
	unsigned port;
};

/* endpoint_parse() - default_port when none is written; 0: one must be written. ERR_SYNTAX. */
MUST_USE enum err endpoint_parse(const char *text, unsigned default_port, struct endpoint *ret);
/*
 * endpoint_resolve() - stream addresses; end with freeaddrinfo(). ERR_NOT_FOUND: no such name;
 * ERR_TEMP: the resolver cannot say now. Blocks as long as the system's resolver does.
 */
MUST_USE enum err endpoint_resolve(const struct endpoint *e, bool passive, struct addrinfo **ret);

#define ENDPOINT_NETWORK_SIZE 17u

/*
 * endpoint_network() - what counts as one peer, for comparing: all of an IPv4 address (also one mapped into
 * IPv6), of IPv6 the first 64 bits, as whoever has one address has its whole network (RFC 6177 section 2).
 * All other families are one.
 */
void endpoint_network(const struct sockaddr_storage *a, uint8_t ret[ENDPOINT_NETWORK_SIZE]);

#endif
