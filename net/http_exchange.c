/*
 * net/http_exchange.c - one request and its response, between libmicrohttpd and a handler.
 *
 * libmicrohttpd calls http_exchange_step() first when the header is there, then with pieces of the
 * body, then once more when the body is whole. The reply is gathered in the exchange and queued at
 * the end of the step in which a handler made it.
 */
#include "net/http_int.h"

#include "core/clock.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXCHANGE_ARENA_BYTES (1u << 20)
#define REPLY_MAX_FIELDS     24u
#define TOKEN_CHARS          "!#$%&'*+-.^_`|~" /* tchar beside ALPHA and DIGIT, RFC 9110 section 5.6.2 */

struct http_exchange {
	struct http_conn *conn;
	struct MHD_Connection *mhd;
	struct arena arena;
	enum http_method method;
	struct span path, query;
	struct span peer;
	struct buf body;
	size_t body_max;
	bool begun;
	bool refused;

	unsigned status;
	struct {
		const char *name, *value;
	} fields[REPLY_MAX_FIELDS];
	size_t field_count;
	uint8_t *reply_body; /* malloc */
	size_t reply_len;
	struct http_stream *stream;
};

/* --- the request --- */

enum http_method
http_method(const struct http_exchange *x)
{
	return x->method;
}
struct span
http_path(const struct http_exchange *x)
{
	return x->path;
}
struct span
http_query(const struct http_exchange *x)
{
	return x->query;
}
struct span
http_body(const struct http_exchange *x)
{
	return buf_span(&x->body);
}
struct span
http_peer(const struct http_exchange *x)
{
	return x->peer;
}
struct arena *
http_arena(struct http_exchange *x)
{
	return &x->arena;
}

bool
http_tls(const struct http_exchange *x)
{
	return x->conn->server->cert_pem != NULL;
}

struct field_search {
	const char *name;
	size_t count;
	struct span value;
};

static enum MHD_Result
match_field(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct field_search *search = ctx;

	(void)kind;
	if (strcasecmp(name, search->name) == 0) {
		search->count++;
		search->value = span_str(value);
	}
	return MHD_YES;
}

static struct field_search
find_field(const struct http_exchange *x, const char *name)
{
	struct field_search search = { .name = name };

	(void)MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, match_field, &search);
	return search;
}

bool
http_field(const struct http_exchange *x, const char *name, struct span *ret_value)
{
	struct field_search search = find_field(x, name);

	if (search.count != 1)
		return false;
	*ret_value = search.value;
	return true;
}

size_t
http_field_count(const struct http_exchange *x, const char *name)
{
	return find_field(x, name).count;
}

/* --- the response --- */

void
http_reply_status(struct http_exchange *x, unsigned status)
{
	assert(status >= 200 && status <= 599);
	x->status = status;
}

void
http_reply_field(struct http_exchange *x, const char *name, struct span value)
{
	assert(x->field_count < REPLY_MAX_FIELDS);
	for (size_t i = 0; i < value.len; i++)
		assert(value.p[i] != '\r' && value.p[i] != '\n' && value.p[i] != '\0');

	const char *copy = arena_strdup(&x->arena, value);

	if (copy == NULL) /* an answer without one of its fields must not go out */
		abort();
	x->fields[x->field_count].name = name;
	x->fields[x->field_count].value = copy;
	x->field_count++;
}

void
http_reply_body(struct http_exchange *x, struct span body)
{
	assert(x->stream == NULL);
	free(x->reply_body);
	x->reply_body = NULL;
	x->reply_len = 0;
	if (body.len == 0)
		return;
	x->reply_body = malloc(body.len);
	if (x->reply_body == NULL) {
		x->status = 503;
		return;
	}
	memcpy(x->reply_body, body.p, body.len);
	x->reply_len = body.len;
}

void
http_reply_stream(struct http_exchange *x, uint64_t len,
    enum err (*produce)(void *ctx, struct sink out), void *ctx,
    void (*done)(void *ctx, uint64_t sent))
{
	assert(x->stream == NULL && x->reply_body == NULL);
	x->stream = http_stream_new(x->conn, len, produce, ctx, done);
	if (x->stream == NULL) {
		done(ctx, 0);
		x->status = 503;
	}
}

static struct MHD_Response *
response_new(struct http_exchange *x)
{
	struct MHD_Response *r;

	if (x->stream != NULL) {
		r = MHD_create_response_from_callback(http_stream_len(x->stream), HTTP_BLOCK_BYTES,
		    http_stream_read, x->stream, http_stream_free);
		if (r != NULL)
			x->stream = NULL; /* the response's now */
		return r;
	}
	r = MHD_create_response_from_buffer(x->reply_len, x->reply_body,
	    x->reply_len > 0 ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (r != NULL)
		x->reply_body = NULL;
	return r;
}

static enum MHD_Result
reply_send(struct http_exchange *x)
{
	struct MHD_Response *r = response_new(x);
	enum MHD_Result result;

	if (r == NULL)
		return MHD_NO;
	result = MHD_YES;
	for (size_t i = 0; i < x->field_count && result == MHD_YES; i++)
		result = MHD_add_response_header(r, x->fields[i].name, x->fields[i].value);
	/* a refused request may have been framed otherwise by a proxy: nothing more is read from
	 * here */
	if (result == MHD_YES && (x->refused || atomic_load(&x->conn->server->draining)))
		result = MHD_add_response_header(r, "Connection", "close");
	if (result == MHD_YES) {
		atomic_store(&x->conn->served, true);
		http_conn_phase(x->conn, HTTP_PHASE_SENDING);
		result = MHD_queue_response(x->mhd, x->status == 0 ? 500 : x->status, r);
	}
	MHD_destroy_response(r);
	return result;
}

/* --- the steps --- */

static enum http_method
method_of(const char *method)
{
	if (strcmp(method, "GET") == 0)
		return HTTP_GET;
	if (strcmp(method, "HEAD") == 0)
		return HTTP_HEAD;
	return strcmp(method, "POST") == 0 ? HTTP_POST : HTTP_METHOD_OTHER;
}

void *
http_exchange_uri(void *server, const char *uri, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_exchange *x = calloc(1, sizeof(*x));
	const char *copy;

	(void)server;
	if (x == NULL)
		return NULL;
	assert(info != NULL && info->socket_context != NULL);
	x->conn = info->socket_context;
	x->mhd = mhd;
	arena_init_secret(&x->arena, EXCHANGE_ARENA_BYTES); /* codes, sessions, addresses */
	copy = arena_strdup(&x->arena, span_str(uri));
	if (copy == NULL) {
		arena_done(&x->arena);
		free(x);
		return NULL;
	}
	x->path = span_upto(span_str(copy), span_find_byte(span_str(copy), '?'));
	x->query = span_from(span_str(copy), x->path.len + 1);
	return x;
}

static bool
is_token(const char *name)
{
	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++) {
		bool alnum = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
		    (*name >= '0' && *name <= '9');

		if (!alnum && strchr(TOKEN_CHARS, *name) == NULL)
			return false;
	}
	return true;
}

struct field_check {
	size_t count, bytes;
	bool odd;
};

static enum MHD_Result
check_field(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct field_check *check = ctx;

	(void)kind;
	check->count++;
	check->bytes += strlen(name) + 4;
	if (value != NULL)
		check->bytes += strlen(value);
	if (value == NULL || !is_token(name))
		check->odd = true;
	for (const char *c = value; c != NULL && *c != '\0'; c++)
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			check->odd = true;
	return MHD_YES;
}

/*
 * framing_check() - 0, or the status that refuses the request. A proxy in front may have read the
 * length of this request otherwise than we do; only forms without doubt are taken (RFC 9112
 * section 6.3).
 */
static unsigned
framing_check(const struct http_exchange *x, uint64_t *ret_length)
{
	struct field_check check = { 0 };
	struct span length;
	size_t lengths = http_field_count(x, "Content-Length");

	(void)MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, check_field, &check);
	if (check.count > HTTP_HEADER_MAX_FIELDS || check.bytes > HTTP_HEADER_MAX_BYTES)
		return 431;
	if (check.odd || http_field_count(x, "Host") != 1 || lengths > 1)
		return 400;
	if (http_field_count(x, "Transfer-Encoding") > 0)
		return lengths > 0 ? 400 : 411;
	*ret_length = 0;
	if (lengths == 1 &&
	    (!http_field(x, "Content-Length", &length) ||
		!span_take_u64(&length, UINT64_MAX, ret_length) || length.len > 0))
		return 400;
	return 0;
}

static enum MHD_Result
refuse(struct http_exchange *x, unsigned status)
{
	const struct http_handler *h = &x->conn->server->opts.handler;

	x->refused = true;
	http_reply_status(x, status);
	h->refuse(h->ctx, x, status);
	return reply_send(x);
}

/*
 * The proxy's word: the last entry of X-Forwarded-For, when it is an address. Some proxies append to the
 * visitor's field, others add one of their own behind it; either way the last is theirs.
 */
static struct span
forwarded_peer(const struct http_exchange *x, struct span otherwise)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	struct field_search search = find_field(x, "X-Forwarded-For");
	struct span field = search.value;

	for (size_t comma; (comma = span_find_byte(field, ',')) < field.len;)
		field = span_from(field, comma + 1);
	field = span_trim(field);
	if (field.len == 0 || field.len >= sizeof(text))
		return otherwise;
	memcpy(text, field.p, field.len);
	text[field.len] = '\0';
	if (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1)
		return otherwise;
	return field;
}

static enum MHD_Result
exchange_begin(struct http_exchange *x, const char *method)
{
	const struct http_server_opts *opts = &x->conn->server->opts;
	uint64_t length = 0;
	unsigned status;

	x->begun = true;
	x->method = method_of(method);
	x->peer = span_str(x->conn->address);
	if (opts->behind_proxy)
		x->peer = forwarded_peer(x, x->peer);
	http_conn_phase(x->conn, HTTP_PHASE_HANDLING);
	status = framing_check(x, &length);
	if (status != 0)
		return refuse(x, status);
	if (!opts->handler.begin(opts->handler.ctx, x, &x->body_max)) {
		x->refused = length > 0; /* its body stays unread */
		return reply_send(x);
	}
	assert(x->body_max <= HTTP_BODY_MAX_BYTES);
	if (length > x->body_max)
		return refuse(x, 413);
	buf_init(&x->body, x->body_max + 1);
	http_conn_phase(x->conn, HTTP_PHASE_BODY);
	return MHD_YES;
}

enum MHD_Result
http_exchange_step(void *server, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_len, void **exchange)
{
	struct http_exchange *x = *exchange;

	(void)server, (void)mhd, (void)url, (void)version;
	if (x == NULL) /* no memory when the request line came */
		return MHD_NO;
	if (!x->begun)
		return exchange_begin(x, method);
	if (*upload_len > 0) {
		/* never more than Content-Length, which was within the bound */
		if (buf_put(&x->body, span_of(upload, *upload_len)) != ERR_OK)
			return MHD_NO;
		*upload_len = 0;
		return MHD_YES;
	}
	http_conn_phase(x->conn, HTTP_PHASE_HANDLING);
	pthread_mutex_lock(&x->conn->server->lock);
	x->conn->server->stats.requests++;
	pthread_mutex_unlock(&x->conn->server->lock);
	x->conn->server->opts.handler.handle(x->conn->server->opts.handler.ctx, x);
	return reply_send(x);
}

void
http_exchange_completed(
    void *server, struct MHD_Connection *mhd, void **exchange, enum MHD_RequestTerminationCode how)
{
	struct http_exchange *x = *exchange;

	(void)server, (void)mhd, (void)how;
	if (x == NULL)
		return;
	http_conn_phase(x->conn, HTTP_PHASE_HEADER);
	http_stream_free(x->stream);
	free(x->reply_body);
	buf_done_secret(&x->body); /* a code may be in it */
	arena_done(&x->arena);
	free(x);
	*exchange = NULL;
}
