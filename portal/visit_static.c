/*
 * portal/visit_static.c - what anybody may have.
 */
#include "portal/page.h"
#include "portal/reply.h"
#include "portal/visit.h"

#define STYLE_MAX_BYTES (32u << 10)

void
visit_closed(struct visit *v)
{
	reply_page(v, 200, page_closed, NULL);
}

static void
reply_file(struct visit *v, const char *type, struct span body, const char *caching)
{
	reply_guard(v, 200);
	http_reply_field(v->x, "Content-Type", span_str(type));
	http_reply_field(
	    v->x, "Content-Security-Policy", SPAN("default-src 'none'; frame-ancestors 'none'"));
	http_reply_field(v->x, "Cache-Control", span_str(caching));
	http_reply_body(v->x, body);
}

/* Pages ask for it with its version in the query, so a browser may keep it for as long as it likes.
 */
void
visit_style(struct visit *v)
{
	CLEANUP(buf_done) struct buf css;

	buf_init(&css, STYLE_MAX_BYTES);
	for (size_t i = 0; page_style[i] != NULL; i++) {
		if (buf_put_str(&css, page_style[i]) != ERR_OK) {
			reply_refusal(v, 503);
			return;
		}
	}
	reply_file(
	    v, "text/css; charset=utf-8", buf_span(&css), "public, max-age=31536000, immutable");
}

void
visit_robots(struct visit *v)
{
	reply_file(
	    v, "text/plain; charset=utf-8", SPAN("User-agent: *\nDisallow: /\n"), "max-age=86400");
}
