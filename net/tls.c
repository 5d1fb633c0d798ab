/*
 * net/tls.c - contexts for both sides; see tls.h.
 */
#include "net/tls_int.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Forward secrecy and AEAD; TLS 1.3's own suites are all of that kind. */
#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

struct tls_ctx {
	SSL_CTX *ssl_ctx;
};

static int verdict_index = -1;
static pthread_once_t verdict_once = PTHREAD_ONCE_INIT;

static void
verdict_index_make(void)
{
	verdict_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	assert(verdict_index >= 0);
}

const char *
tls_error_text(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code == 0 ? NULL : ERR_reason_error_string(code);

	return text != NULL ? text : "";
}

/* A key file that wants a password is an error, never a question on the terminal. */
static int
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
no_password(char *out, int size, int writing, void *ctx)
{
	(void)out, (void)size, (void)writing, (void)ctx;
	return -1;
}

static enum err
file_error(const char *path, const char *what)
{
	if (access(path, R_OK) != 0)
		return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED, "%.300s: %s", path,
		    strerror(errno));
	return err_set(ERR_SYNTAX, "%.300s: %s (%s)", path, what, tls_error_text());
}

static enum err
load_pair(SSL_CTX *c, const char *cert, const char *key)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(c, cert) != 1)
		return file_error(cert, "not a PEM certificate chain");
	if (SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1)
		return file_error(key, "not a PEM private key, or not the certificate's");
	if (SSL_CTX_check_private_key(c) != 1)
		return file_error(key, "not the key of the certificate");
	return ERR_OK;
}

static enum err
load_roots(SSL_CTX *c, const char *path)
{
	ERR_clear_error();
	if (path == NULL || *path == '\0') {
		if (SSL_CTX_set_default_verify_paths(c) != 1)
			return err_set(ERR_TEMP, "the system's certificates: %s", tls_error_text());
		return ERR_OK;
	}
	if (SSL_CTX_load_verify_file(c, path) != 1)
		return file_error(path, "no PEM certificates");
	return ERR_OK;
}

/*
 * Public CAs stop issuing clientAuth, so a server certificate is as good; that holds for the whole
 * chain, because their issuing CAs are limited in the same way. Everything else stays an error. The
 * handshake always goes on (tls.h says why): what was found first is the verdict.
 */
static int
verify_client(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_verdict *verdict = SSL_get_ex_data(ssl, verdict_index);
	int error = X509_STORE_CTX_get_error(store), depth = X509_STORE_CTX_get_error_depth(store);

	if (ok == 1)
		return 1;
	if (error == X509_V_ERR_INVALID_PURPOSE &&
	    X509_check_purpose(
		X509_STORE_CTX_get_current_cert(store), X509_PURPOSE_SSL_SERVER, depth > 0) == 1) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	if (verdict->error == X509_V_OK)
		*verdict = (struct tls_verdict){ error, depth };
	return 1;
}

static int
verify_server(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_verdict *verdict = SSL_get_ex_data(ssl, verdict_index);

	if (ok != 1 && verdict->error == X509_V_OK) {
		verdict->error = X509_STORE_CTX_get_error(store);
		verdict->depth = X509_STORE_CTX_get_error_depth(store);
	}
	return ok;
}

static enum err
ctx_new(const SSL_METHOD *method, struct tls_ctx **ret)
{
	struct tls_ctx *t = calloc(1, sizeof(*t));
	SSL_CTX *c = t == NULL ? NULL : SSL_CTX_new(method);

	pthread_once(&verdict_once, verdict_index_make);
	if (c == NULL) {
		free(t);
		return err_set(ERR_TEMP, "no memory for TLS");
	}
	t->ssl_ctx = c;
	*ret = t;
	if (SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(c, TLS12_CIPHERS) != 1)
		return err_set(ERR_TEMP, "TLS set-up: %s", tls_error_text());
	SSL_CTX_set_security_level(c, 2);
	SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(c, 0);
	/* idle connections give their record buffers back: memory a session stays small */
	SSL_CTX_set_mode(c,
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
		SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(c, 1); /* one system call a record, not two */
	SSL_CTX_set_default_passwd_cb(c, no_password);
	return ERR_OK;
}

enum err
tls_server_new(const struct tls_server_opts *opts, struct tls_ctx **ret)
{
	CLEANUP(tls_ctx_free) struct tls_ctx *t = NULL;

	TRY(ctx_new(TLS_server_method(), &t));
	SSL_CTX_set_options(t->ssl_ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	TRY(load_pair(t->ssl_ctx, opts->cert, opts->key));
	if (opts->client_ca != NULL) {
		/* no list of CA names is sent: the client shows what it has, and we judge it */
		TRY(load_roots(t->ssl_ctx, opts->client_ca));
		SSL_CTX_set_verify(t->ssl_ctx, SSL_VERIFY_PEER, verify_client);
	}
	*ret = t;
	t = NULL;
	return ERR_OK;
}

enum err
tls_client_new(const struct tls_client_opts *opts, struct tls_ctx **ret)
{
	CLEANUP(tls_ctx_free) struct tls_ctx *t = NULL;

	TRY(ctx_new(TLS_client_method(), &t));
	TRY(load_roots(t->ssl_ctx, opts->ca));
	if (opts->cert != NULL && *opts->cert != '\0')
		TRY(load_pair(t->ssl_ctx, opts->cert, opts->key));
	SSL_CTX_set_verify(t->ssl_ctx, SSL_VERIFY_PEER, verify_server);
	*ret = t;
	t = NULL;
	return ERR_OK;
}

void
tls_ctx_free(struct tls_ctx **ctx)
{
	if (*ctx == NULL)
		return;
	SSL_CTX_free((*ctx)->ssl_ctx);
	free(*ctx);
	*ctx = NULL;
}

SSL *
tls_ssl_new(const struct tls_ctx *ctx, struct tls_verdict *verdict)
{
	SSL *ssl = SSL_new(ctx->ssl_ctx);

	*verdict = (struct tls_verdict){ X509_V_OK, 0 };
	if (ssl != NULL && SSL_set_ex_data(ssl, verdict_index, verdict) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

enum err
tls_ssl_expect(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char sni[TLS_NAME_SIZE]; /* OpenSSL's macro casts const away */

	if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1)
		return ERR_OK; /* an address: no SNI (RFC 6066 section 3) */
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	(void)snprintf(sni, sizeof(sni), "%s", name);
	if (strlen(name) >= sizeof(sni) || SSL_set1_host(ssl, name) != 1 ||
	    SSL_set_tlsext_host_name(ssl, sni) != 1)
		return err_set(ERR_SYNTAX, "\"%.200s\" cannot be the name of a server", name);
	return ERR_OK;
}
