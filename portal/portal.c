/*
 * portal/portal.c - role web: start, serve, drain.
 */
#include "portal/portal.h"

#include "core/metrics.h"
#include "core/role.h"
#include "portal/page.h"
#include "portal/route.h"
#include "portal/web.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define GAUGE_INTERVAL_MS 1000

static void
style_version(char ret[WEB_STYLE_VERSION_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	char hex[HEX_SIZE(SHA256_SIZE)];
	struct sha256 *h = sha256_new();

	for (size_t i = 0; page_style[i] != NULL; i++)
		sha256_update(h, span_str(page_style[i]));
	sha256_final(h, digest);
	sha256_free(&h);
	(void)hex_encode(span_of(digest, SHA256_SIZE), hex);
	memcpy(ret, hex, WEB_STYLE_VERSION_SIZE - 1);
	ret[WEB_STYLE_VERSION_SIZE - 1] = '\0';
}

static enum err
serve(struct web *w, const struct role_env *env)
{
	const struct config *c = env->config;

	return http_server_start(
	    &(struct http_server_opts){
		.listen_fds = env->listen_fds,
		.listen_count = env->listen_count,
		.cert_file = c->web_cert,
		.key_file = c->web_key,
		.max_connections = (size_t)c->web_max_connections,
		.max_connections_per_address = (size_t)c->web_max_connections_per_address,
		.timeout_ms = c->web_timeout_ms,
		.behind_proxy = c->web_behind_proxy,
		.handler = route_handler(w),
	    },
	    &w->server);
}

static void
wait_for_stop(struct web *w)
{
	struct pollfd stop = { w->stop_fd, POLLIN, 0 };
	struct http_server_stats stats;

	do {
		http_server_stats(w->server, &stats);
		metric_set(METRIC_WEB_CONNECTIONS, (int64_t)stats.connections);
	} while (poll(&stop, 1, GAUGE_INTERVAL_MS) <= 0);
}

enum err
portal_run(const struct role_env *env)
{
	struct store_options options = store_options_of(env->config, STORE_WEB);
	struct web w = { .config = env->config, .stop_fd = env->stop_fd };
	enum err err;

	if (env->config->web_cert[0] == '\0' && !env->config->web_behind_proxy)
		return err_set(ERR_SYNTAX,
		    "web.cert is empty, and web.behind_proxy does not allow plain HTTP");
	TRY(store_open(&options, &w.store));
	store_key_derive(w.store, "form", 0, w.form_key);
	style_version(w.style_version);
	err = throttle_new(span_of(w.form_key, sizeof(w.form_key)), &w.throttle);
	if (err == ERR_OK)
		err = serve(&w, env);
	if (err == ERR_OK) {
		if (env->ready != NULL)
			env->ready(env->ctx);
		wait_for_stop(&w);
		/* time is left for the rest of the way out before the supervisor loses patience */
		http_server_drain(w.server, env->config->drain_ms / 4 * 3);
		http_server_free(&w.server);
		metric_set(METRIC_WEB_CONNECTIONS, 0);
	}
	throttle_free(&w.throttle);
	store_close(&w.store);
	crypto_wipe(w.form_key, sizeof(w.form_key));
	return err;
}
