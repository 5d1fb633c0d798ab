/*
 * portal/route.c - from a request to a handler: find the row, enforce it, run it.
 */
#include "portal/route.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "portal/guard.h"
#include "portal/page.h"
#include "portal/reply.h"
#include "portal/session.h"
#include "portal/visit.h"

#include <assert.h>
#include <string.h>

/* clang-format off */
const struct route route_table[] = {
	{ HTTP_GET,  "/t/:",        ROUTE_LINK,    0,                           visit_link },
	{ HTTP_POST, "/t/:/code",   ROUTE_LINK,    INPUT_PAGE | INPUT_ADDRESS,  visit_code_new },
	{ HTTP_GET,  "/t/:/code",   ROUTE_LINK,    0,                           visit_code },
	{ HTTP_POST, "/t/:/open",   ROUTE_LINK,    INPUT_PAGE | INPUT_CODE | INPUT_WHO, visit_open },
	{ HTTP_GET,  "/f/:",        ROUTE_SESSION, 0,                           visit_files },
	{ HTTP_GET,  "/f/:/:/:",    ROUTE_SESSION, 0,                           visit_download },
	{ HTTP_POST, "/f/:/close",  ROUTE_SESSION, INPUT_PAGE,                  visit_close },
	{ HTTP_GET,  "/closed",     ROUTE_OPEN,    0,                           visit_closed },
	{ HTTP_GET,  "/style.css",  ROUTE_OPEN,    0,                           visit_style },
	{ HTTP_GET,  "/robots.txt", ROUTE_OPEN,    0,                           visit_robots },
};
/* clang-format on */
const size_t route_count = sizeof(route_table) / sizeof(route_table[0]);

static bool
path_fits(struct span pattern, const struct http_segments *path)
{
	for (size_t i = 0; i < path->count; i++) {
		struct span want;

		if (!span_take_byte(&pattern, '/'))
			return false;
		want = span_upto(pattern, span_find_byte(pattern, '/'));
		if (!span_eq(want, SPAN(":")) && !span_eq(want, path->items[i]))
			return false;
		pattern = span_from(pattern, want.len);
	}
	return pattern.len == 0;
}

/* The row for this request; else the status that says why there is none, with the methods that
 * would do. */
static const struct route *
find_route(const struct visit *v, unsigned *ret_status, const char **ret_allow)
{
	enum http_method method = http_method(v->x);

	*ret_status = 404;
	if (method == HTTP_HEAD)
		method = HTTP_GET;
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &route_table[i];

		if (!path_fits(span_str(r->path), &v->path))
			continue;
		if (r->method == method)
			return r;
		*ret_allow = *ret_status == 405 ? "GET, HEAD, POST"
		    : r->method == HTTP_GET     ? "GET, HEAD"
						: "POST";
		*ret_status = 405;
	}
	return NULL;
}

static void
visit_begin(struct visit *v, struct web *w, struct http_exchange *x)
{
	struct span accept;
	size_t best;

	*v = (struct visit){ .web = w,
		.x = x,
		.arena = http_arena(x),
		.now_ms = clock_now_ms(),
		.language = LANGUAGE_EN };
	input_query(http_query(x), &v->input, &v->language, &v->language_chosen);
	if (v->language_chosen || !http_field(x, "Accept-Language", &accept))
		return;
	best = http_language_pick(accept, text_language_codes, TEXT_LANGUAGES);
	if (best < TEXT_LANGUAGES)
		v->language = (enum tenant_language)best;
}

/* The tenant's language holds only where the visitor's browser said nothing that we speak. */
static void
visit_language(struct visit *v)
{
	struct span accept;

	if (v->language_chosen)
		return;
	if (http_field(v->x, "Accept-Language", &accept) &&
	    http_language_pick(accept, text_language_codes, TEXT_LANGUAGES) < TEXT_LANGUAGES)
		return;
	v->language = (enum tenant_language)v->tenant->language;
}

static void
visit_scope(struct visit *v, int64_t tenant_id, int64_t mail_id)
{
	log_scope_id(&v->log_tenant, NULL, "tenant", tenant_id);
	log_scope_id(&v->log_mail, &v->log_tenant, "mail", mail_id);
	v->log = &v->log_mail;
}

/* --- enforcing a row; each gives true, or has made the reply --- */

static bool
admit_link(struct visit *v)
{
	enum err err;

	v->token = v->path.items[1];
	err = store_link_find(v->web->store, v->token, v->now_ms, v->arena, &v->link);
	if (err == ERR_OK && v->link.state != STORE_LINK_ACTIVE)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = store_tenant_by_id(v->web->store, v->link.tenant_id, &v->tenant);
	if (err != ERR_OK) {
		reply_err(v, "link", err);
		return false;
	}
	visit_scope(v, v->link.tenant_id, v->link.mail_id);
	visit_language(v);
	return true;
}

static bool
admit_session(struct visit *v)
{
	enum err err = session_find(v, v->path.items[1]);

	if (err == ERR_OK)
		err = store_tenant_by_id(v->web->store, v->session.tenant_id, &v->tenant);
	if (err == ERR_NOT_FOUND) {
		reply_page(v, 403, page_over, NULL);
		return false;
	}
	if (err != ERR_OK) {
		reply_err(v, "session", err);
		return false;
	}
	visit_scope(v, v->session.tenant_id, v->session.mail_id);
	visit_language(v);
	return true;
}

static bool
admit(struct visit *v)
{
	switch (v->route->access) {
	case ROUTE_OPEN:
		return true;
	case ROUTE_LINK:
		return admit_link(v);
	case ROUTE_SESSION:
		return admit_session(v);
	}
	return false;
}

static struct span
field_or_none(const struct visit *v, const char *name)
{
	struct span value = SPAN_NONE;

	(void)http_field(v->x, name, &value);
	return value;
}

static bool
is_form(struct span type)
{
	type = span_trim(span_upto(type, span_find_byte(type, ';')));
	return span_ieq(type, SPAN("application/x-www-form-urlencoded"));
}

static bool
check_post(struct visit *v)
{
	struct span subject = v->path.items[1];

	if (http_field_count(v->x, "Sec-Fetch-Site") > 1 || http_field_count(v->x, "Origin") > 1 ||
	    !guard_origin_ok(field_or_none(v, "Sec-Fetch-Site"), field_or_none(v, "Origin"),
		field_or_none(v, "Host"), http_tls(v->x))) {
		reply_page(v, 403, page_stale, NULL);
		return false;
	}
	if (!is_form(field_or_none(v, "Content-Type")) ||
	    input_form(http_body(v->x), v->route->fields, v->arena, &v->input) != ERR_OK) {
		reply_refusal(v, 400);
		return false;
	}
	if (!guard_page_ok(v->web->form_key, subject, v->input.page, v->now_ms)) {
		reply_page(v, 403, page_stale, NULL);
		return false;
	}
	return true;
}

/* --- the server's handler --- */

static void
reply_unrouted(struct visit *v, unsigned status, const char *allow)
{
	reply_refusal(v, status);
	if (allow != NULL)
		http_reply_field(v->x, "Allow", span_str(allow));
}

static void
visit_end(struct visit *v, int64_t started_ms)
{
	static const enum metric by_class[] = { METRIC_WEB_REQUESTS_2XX, METRIC_WEB_REQUESTS_3XX,
		METRIC_WEB_REQUESTS_4XX, METRIC_WEB_REQUESTS_5XX };
	int64_t ms = clock_mono_ms() - started_ms;

	assert(v->status >= 200 && v->status < 600);
	metric_add(by_class[v->status / 100 - 2], 1);
	metric_time_ms(METRIC_WEB_SECONDS, ms);
	/* the route's pattern, never the path: that holds the token */
	log_line(LOG_DEBUG, v->log, "request", "%s %s: %u, %lld ms",
	    http_method(v->x) == HTTP_POST ? "POST" : "GET",
	    v->route != NULL ? v->route->path : "-", v->status, (long long)ms);
	store_tenant_release(v->web->store, &v->tenant);
}

static bool
begin(void *ctx, struct http_exchange *x, size_t *ret_body_max)
{
	int64_t started_ms = clock_mono_ms();
	unsigned status = 404;
	const char *allow = NULL;
	struct visit v;

	visit_begin(&v, ctx, x);
	if (http_path_parse(http_path(x), v.arena, &v.path) == ERR_OK)
		v.route = find_route(&v, &status, &allow);
	if (v.route != NULL) {
		*ret_body_max = v.route->method == HTTP_POST ? ROUTE_BODY_MAX : 0;
		return true;
	}
	reply_unrouted(&v, status, allow);
	visit_end(&v, started_ms);
	return false;
}

static void
handle(void *ctx, struct http_exchange *x)
{
	int64_t started_ms = clock_mono_ms();
	unsigned status;
	const char *allow;
	struct visit v;

	visit_begin(&v, ctx, x);
	if (http_path_parse(http_path(x), v.arena, &v.path) == ERR_OK)
		v.route = find_route(&v, &status, &allow);
	assert(v.route != NULL); /* begin() found it */
	if (v.route->method == HTTP_POST &&
	    !throttle_pass(v.web->throttle, http_peer(x), started_ms))
		reply_refusal(&v, 429);
	else if (admit(&v) && (v.route->method != HTTP_POST || check_post(&v)))
		v.route->run(&v);
	visit_end(&v, started_ms);
}

static void
refuse(void *ctx, struct http_exchange *x, unsigned status)
{
	int64_t started_ms = clock_mono_ms();
	struct visit v;

	visit_begin(&v, ctx, x);
	reply_refusal(&v, status);
	visit_end(&v, started_ms);
}

struct http_handler
route_handler(struct web *w)
{
	return (struct http_handler){ begin, handle, refuse, w };
}
