/*
 * net/endpoint.c - see endpoint.h.
 */
#include "net/endpoint.h"

#include <stdio.h>
#include <string.h>
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
