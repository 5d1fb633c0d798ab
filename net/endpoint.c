/*
 * net/endpoint.c - see endpoint.h.
 */
#include "net/endpoint.h"

#include <stdio.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define PORT_MAX 65535u

static bool
take_host(struct span *s, struct span *ret_host)
{
	if (span_take_byte(s, '['))
		return span_take_until(s, ']', ret_host) && span_take_byte(s, ']');
	if (span_take_until(s, ':', ret_host))
		return true;
	*ret_host = *s;
	*s = span_from(*s, s->len);
	return true;
}

enum err
endpoint_parse(const char *text, unsigned default_port, struct endpoint *ret)
{
	struct span s = span_str(text), host = SPAN_NONE;
	uint64_t port = default_port;
	bool ok = take_host(&s, &host) && host.len > 0 && host.len < ENDPOINT_HOST_SIZE;

	if (ok && s.len > 0)
		ok = span_take_byte(&s, ':') && span_take_u64(&s, PORT_MAX, &port) && s.len == 0;
	else if (ok)
		ok = default_port != 0;
	if (!ok)
		return err_set(ERR_SYNTAX, "\"%.200s\" is not HOST:PORT", text);
	memcpy(ret->host, host.p, host.len);
	ret->host[host.len] = '\0';
	ret->port = (unsigned)port;
	return ERR_OK;
}

enum err
endpoint_resolve(const struct endpoint *e, bool passive, struct addrinfo **ret)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0) };
	char port[16];
	int rc;

	(void)snprintf(port, sizeof(port), "%u", e->port);
	rc = getaddrinfo(e->host, port, &hints, ret);
	if (rc == 0)
		return ERR_OK;
	if (rc == EAI_NONAME || rc == EAI_NODATA)
		return err_set(ERR_NOT_FOUND, "%.200s: %s", e->host, gai_strerror(rc));
	return err_set(ERR_TEMP, "%.200s: %s", e->host, gai_strerror(rc));
}

void
endpoint_network(const struct sockaddr_storage *a, uint8_t ret[ENDPOINT_NETWORK_SIZE])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)a;

	memset(ret, 0, ENDPOINT_NETWORK_SIZE);
	if (a->ss_family == AF_INET) {
		ret[0] = 4;
		memcpy(ret + 1, &v4->sin_addr, 4);
	} else if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		ret[0] = 4;
		memcpy(ret + 1, v6->sin6_addr.s6_addr + 12, 4);
	} else if (a->ss_family == AF_INET6) {
		ret[0] = 6;
		memcpy(ret + 1, &v6->sin6_addr, 8);
	}
}
