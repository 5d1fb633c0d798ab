/*
 * connector/receive.c - see receive.h. Opens what the role needs, in order, and closes it again.
 */
#include "connector/receive.h"

#include "connector/smtp_server.h"
#include "net/listen.h"

#include <unistd.h>

struct receive {
	struct store *st;
	struct tls_ctx *tls;
	struct rate validations, refusals;
	int own_fds[ROLE_LISTEN_MAX]; /* opened here; closed here */
	size_t own_count;
	atomic_bool stopping;
};

static enum err
open_tls(const struct config *c, struct tls_ctx **ret)
{
	struct tls_server_opts opts = {
		.cert = c->smtp_cert, .key = c->smtp_key, .client_ca = c->smtp_client_ca
	};

	return tls_server_new(&opts, ret);
}

static enum err
open_listeners(struct receive *r, const struct config *c)
{
	char name[LISTEN_NAME_SIZE];

	if (c->smtp_listen.count > ROLE_LISTEN_MAX)
		return err_set(ERR_LIMIT, "%zu addresses in smtp.listen, %u allowed",
		    c->smtp_listen.count, ROLE_LISTEN_MAX);
	for (size_t i = 0; i < c->smtp_listen.count; i++) {
		TRY(listen_open(c->smtp_listen.items[i], &r->own_fds[i]));
		r->own_count++;
		log_line(LOG_INFO, NULL, "listening", "%s", listen_name(r->own_fds[i], name));
	}
	return ERR_OK;
}

static enum err
serve(struct receive *r, const struct role_env *env)
{
	struct store_options options = store_options_of(env->config, STORE_RECEIVE);
	const int *fds = env->listen_count > 0 ? env->listen_fds : r->own_fds;
	struct smtp_shared shared;

	TRY(open_tls(env->config, &r->tls));
	TRY(store_open(&options, &r->st));
	if (env->listen_count == 0)
		TRY(open_listeners(r, env->config));
	shared = (struct smtp_shared){
		.pipeline = { env->config, r->st, &r->validations, &r->refusals },
		.config = env->config,
		.tls = r->tls,
		.stop_fd = env->stop_fd,
		.stopping = &r->stopping,
	};
	if (env->ready != NULL)
		env->ready(env->ctx);
	return smtp_server_run(
	    &shared, fds, env->listen_count > 0 ? env->listen_count : r->own_count);
}

enum err
receive_run(const struct role_env *env)
{
	struct receive r = { .own_count = 0 };
	enum err err;

	atomic_init(&r.stopping, false);
	rate_init(&r.validations);
	rate_init(&r.refusals);
	err = serve(&r, env);
	for (size_t i = 0; i < r.own_count; i++)
		close(r.own_fds[i]);
	if (r.st != NULL)
		store_close(&r.st);
	tls_ctx_free(&r.tls);
	rate_done(&r.refusals);
	rate_done(&r.validations);
	return err;
}
