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
session_handle(const struct web *w, int64_t link_id, char ret[WEB_HANDLE_SIZE])
{
	uint8_t input[16] = "handle", mac[SHA256_SIZE];

	memcpy(input + 8, &link_id, sizeof(link_id));
	hmac_sha256(span_of(w->form_key, sizeof(w->form_key)), span_of(input, sizeof(input)), mac);
	(void)base32_encode(span_of(mac, 10), ret);
}

enum err
session_find(struct visit *v, struct span handle)
{
	char name[sizeof(COOKIE_PREFIX) + WEB_HANDLE_SIZE];
	struct span field;

	if (handle.len != WEB_HANDLE_SIZE - 1 || !http_field(v->x, "Cookie", &field))
		return err_set(ERR_NOT_FOUND, "no session cookie");
	(void)snprintf(
	    name, sizeof(name), "%s%.*s", COOKIE_PREFIX, (int)handle.len, (const char *)handle.p);
	if (!http_cookie_find(field, span_str(name), &v->session_token))
		return err_set(ERR_NOT_FOUND, "no session cookie");
	TRY(store_session_find(v->web->store, v->session_token, v->now_ms, &v->session));
	session_handle(v->web, v->session.link_id, v->handle);
	if (!span_eq(span_str(v->handle), handle))
		return err_set(ERR_NOT_FOUND, "a cookie of another link");
	return ERR_OK;
}

/*
 * Lax, not Strict: a recipient who comes back through his mail program would otherwise look logged
 * out (the link page shows him the way to his files). What Lax lets through from other sites are
 * GETs, and those change nothing.
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
