/*
 * portal/reply.c - every answer of the portal goes out through here.
 */
#include "portal/reply.h"

#include "portal/page.h"

#define PAGE_MAX_BYTES (2u << 20) /* 1000 files, each name escaped at its longest */

/*
 * No script, no frames, no other hosts, nothing kept. The style sheet is the only thing a page
 * loads.
 */
#define PAGE_POLICY                                                                   \
	"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; " \
	"frame-ancestors 'none'"

static const struct {
	const char *name, *value;
} guard_fields[] = {
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "X-Robots-Tag", "noindex, nofollow, noarchive" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy",
	    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()" },
};

void
reply_guard(struct visit *v, unsigned status)
{
	v->status = status;
	http_reply_status(v->x, status);
	for (size_t i = 0; i < sizeof(guard_fields) / sizeof(guard_fields[0]); i++)
		http_reply_field(v->x, guard_fields[i].name, span_str(guard_fields[i].value));
	if (http_tls(v->x))
		http_reply_field(v->x, "Strict-Transport-Security", SPAN("max-age=31536000"));
}

static enum err
render_page(struct visit *v, const char *page, const struct template_view *view, struct buf *out)
{
	enum http_method method = http_method(v->x);
	/* what is not there looks alike, whoever's it was */
	bool anonymous = v->tenant == NULL || page == page_gone || page == page_over;
	const char *organisation = anonymous ? "" : v->tenant->organisation;
	const char *code = text_language_codes[v->language];
	struct template_value languages[TEXT_LANGUAGES][3];
	struct template_view rows[TEXT_LANGUAGES];

	for (unsigned i = 0; i < TEXT_LANGUAGES; i++) {
		languages[i][0] = TEMPLATE_SET("l_code", span_str(text_language_codes[i]));
		languages[i][1] = TEMPLATE_SET("l_name", span_str(text_language_names[i]));
		languages[i][2] = TEMPLATE_SWITCH("current", i == (unsigned)v->language);
		rows[i] = (struct template_view){ languages[i], 3 };
	}
	const struct template_value frame[] = {
		TEMPLATE_SET("code", span_str(code)),
		TEMPLATE_SET("lang", v->language_chosen ? span_str(code) : SPAN_NONE),
		TEMPLATE_SET("organisation", span_str(organisation)),
		TEMPLATE_SET("style", span_str(v->web->style_version)),
		TEMPLATE_LIST("languages", rows, TEXT_LANGUAGES),
		/* the answer to a POST has no address that could be opened in another language */
		TEMPLATE_SWITCH("nav", method == HTTP_GET || method == HTTP_HEAD),
	};
	const struct template_view views[] = {
		{ view != NULL ? view->values : NULL, view != NULL ? view->count : 0 },
		{ frame, sizeof(frame) / sizeof(frame[0]) },
	};

	return template_render(page, v->language, views, 2, out);
}

void
reply_page(struct visit *v, unsigned status, const char *page, const struct template_view *view)
{
	CLEANUP(buf_done) struct buf out;
	enum err err;

	buf_init(&out, PAGE_MAX_BYTES);
	err = render_page(v, page, view, &out);
	if (err != ERR_OK) {
		log_err(LOG_ERROR, v->log, "page", err);
		buf_clear(&out);
		status = 503;
	}
	reply_guard(v, status);
	http_reply_field(v->x, "Content-Type", SPAN("text/html; charset=utf-8"));
	http_reply_field(v->x, "Content-Security-Policy", SPAN(PAGE_POLICY));
	http_reply_field(v->x, "Cache-Control", SPAN("no-store"));
	http_reply_field(v->x, "Content-Language", span_str(text_language_codes[v->language]));
	http_reply_field(v->x, "Vary", SPAN("Accept-Language, Cookie"));
	http_reply_body(v->x, buf_span(&out));
}

void
reply_see(struct visit *v, const char *path, const char *query)
{
	const char *lang = v->language_chosen ? text_language_codes[v->language] : NULL;
	struct span location;

	if (arena_printf(v->arena, &location, "%s%s%s%s%s", path, lang != NULL ? "?lang=" : "",
		lang != NULL ? lang : "",
		query == NULL      ? ""
		    : lang != NULL ? "&"
				   : "?",
		query != NULL ? query : "") != ERR_OK) {
		reply_refusal(v, 503);
		return;
	}
	reply_guard(v, 303);
	http_reply_field(v->x, "Location", location);
	http_reply_field(v->x, "Content-Security-Policy", SPAN(PAGE_POLICY));
	http_reply_field(v->x, "Cache-Control", SPAN("no-store"));
}

void
reply_refusal(struct visit *v, unsigned status)
{
	const char *page = page_refused;

	if (status == 404)
		page = page_gone;
	if (status == 429 || status >= 500)
		page = page_later;
	reply_page(v, status, page, NULL);
	if (status == 429 || status == 503)
		http_reply_field(v->x, "Retry-After", SPAN("60"));
}

void
reply_err(struct visit *v, const char *event, enum err err)
{
	if (err == ERR_NOT_FOUND) {
		reply_refusal(v, 404);
		return;
	}
	log_err(err == ERR_TEMP ? LOG_WARN : LOG_ERROR, v->log, event, err);
	reply_refusal(v, 503);
}
