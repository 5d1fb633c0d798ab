/*
 * portal/session.c - a visitor who entered a code.
 */
#include "portal/session.h"

#include "core/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE_PREFIX "__Host-f-"

void
session_handle(struct span secret, char ret[WEB_HANDLE_SIZE])
{
	uint8_t out[10];

	hkdf_sha256(secret, SPAN("session handle"), out, sizeof(out));
	(void)base32_encode(span_of(out, sizeof(out)), ret);
}

enum err
session_find(struct visit *v)
{
	char name[sizeof(COOKIE_PREFIX) + WEB_HANDLE_SIZE], right[WEB_HANDLE_SIZE];
	struct span handle = v->path.items[1], field;

	if (handle.len != WEB_HANDLE_SIZE - 1 || !http_field(v->x, "Cookie", &field))
		return err_set(ERR_NOT_FOUND, "no session cookie");
	(void)snprintf(
	    name, sizeof(name), "%s%.*s", COOKIE_PREFIX, (int)handle.len, (const char *)handle.p);
	if (!http_cookie_find(field, span_str(name), &v->session_token))
		return err_set(ERR_NOT_FOUND, "no session cookie");
	session_handle(v->session_token, right);
	if (!span_eq_secret(span_str(right), handle))
		return err_set(ERR_NOT_FOUND, "a cookie of another session");
	memcpy(v->handle, right, sizeof(right));
	return store_session_find(v->web->store, v->session_token, v->now_ms, &v->session);
}

/*
 * Lax, not Strict: a recipient who comes back through his mail program would otherwise look logged
 * out. What Lax lets through from other sites are GETs, and those change nothing.
 */
void
session_cookie(struct visit *v, const char *handle, struct span secret, int64_t life_ms)
{
	struct span cookie;

	if (arena_printf(v->arena, &cookie,
		"%s%s=%.*s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=Lax", COOKIE_PREFIX,
		handle, (int)secret.len, secret.len > 0 ? (const char *)secret.p : "",
		secret.len > 0 ? (long long)(life_ms / 1000) : 0LL) != ERR_OK)
		abort(); /* the arena holds far more than this */
	http_reply_field(v->x, "Set-Cookie", cookie);
}
