/*
 * portal/template.c - HTML from a text with holes, escaped by where the hole stands.
 *
 * One pass over the template; literal bytes go out and move a small automaton along, holes are
 * filled by its state. Sections are rendered by recursion over the bytes between their marks.
 */
#include "portal/template.h"

#include "mime/banner.h"
#include "net/http_text.h"

#include <assert.h>
#include <string.h>

#define MAX_DEPTH     8u /* sections and texts inside each other; pages use 3 */
#define ATTR_NAME_MAX 16u

enum html_state {
	HTML_NONE, /* plain text */
	HTML_TEXT,
	HTML_TAG,   /* between "<" and ">" and outside of values */
	HTML_VALUE, /* inside a double-quoted value */
};

struct scope {
	const struct scope *outer;
	const struct template_view *view;
};

struct renderer {
	struct buf *out;
	enum tenant_language language;
	enum html_state state;
	char attr[ATTR_NAME_MAX]; /* name of the attribute begun last */
	size_t attr_len;
	unsigned depth;
};

static enum err render(struct renderer *r, struct span html, const struct scope *scope);

/* Follow one literal byte of HTML. */
static void
advance(struct renderer *r, uint8_t c)
{
	switch (r->state) {
	case HTML_NONE:
		break;
	case HTML_TEXT:
		if (c == '<')
			r->state = HTML_TAG;
		r->attr_len = 0;
		break;
	case HTML_TAG:
		assert(
		    c != '\'' && c != '<' && c != '{'); /* our templates use double quotes only */
		if (c == '>') {
			r->state = HTML_TEXT;
		} else if (c == '"') {
			r->state = HTML_VALUE;
		} else if (c == ' ' || c == '\n' || c == '\t' || c == '/') {
			r->attr_len = 0;
		} else if (c != '=') {
			assert(r->attr_len < ATTR_NAME_MAX);
			r->attr[r->attr_len++] = (char)c;
		}
		break;
	case HTML_VALUE:
		if (c == '"') {
			r->state = HTML_TAG;
			r->attr_len = 0;
		}
		break;
	}
}

static bool
attr_is(const struct renderer *r, const char *name)
{
	return r->attr_len == strlen(name) && memcmp(r->attr, name, r->attr_len) == 0;
}

static enum err
put_literal(struct renderer *r, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		advance(r, s.p[i]);
	return buf_put(r->out, s);
}

static enum err
put_escaped(struct renderer *r, struct span value)
{
	assert(r->state != HTML_TAG);
	if (r->state == HTML_NONE)
		return buf_put(r->out, value);
	if (r->state == HTML_VALUE) {
		/* attributes whose value is code or a list of addresses take no holes at all */
		assert(!attr_is(r, "style") && !attr_is(r, "src") && !attr_is(r, "srcset") &&
		    !(r->attr_len > 2 && memcmp(r->attr, "on", 2) == 0));
		if (attr_is(r, "href") || attr_is(r, "action"))
			return http_pct_encode(value, r->out);
	}
	return mime_text_html(value, r->out);
}

static const struct template_value *
find(const struct scope *scope, struct span name)
{
	for (; scope != NULL; scope = scope->outer)
		for (size_t i = 0; i < scope->view->count; i++)
			if (span_eq(span_str(scope->view->values[i].name), name))
				return &scope->view->values[i];
	return NULL;
}

static bool
is_set(const struct template_value *v)
{
	if (v == NULL)
		return false;
	switch (v->kind) {
	case TEMPLATE_TEXT:
		return v->text.len > 0;
	case TEMPLATE_FLAG:
		return v->flag;
	case TEMPLATE_ROWS:
		return v->row_count > 0;
	}
	return false;
}

static enum err
put_hole(struct renderer *r, struct span name, const struct scope *scope)
{
	const struct template_value *v;
	enum err err;

	if (span_take(&name, SPAN("t."))) {
		assert(r->depth < MAX_DEPTH);
		r->depth++;
		err = render(r, span_str(text_of(name, r->language)), scope);
		r->depth--;
		return err;
	}
	v = find(scope, name);
	assert(v != NULL && v->kind == TEMPLATE_TEXT);
	return put_escaped(r, v->text);
}

static enum err
put_section(struct renderer *r, const struct template_value *v, bool inverted, struct span inner,
    const struct scope *scope)
{
	enum err err = ERR_OK;

	assert(r->depth < MAX_DEPTH);
	r->depth++;
	if (inverted || (v != NULL && v->kind != TEMPLATE_ROWS)) {
		if (is_set(v) != inverted)
			err = render(r, inner, scope);
	} else if (v != NULL) {
		for (size_t i = 0; i < v->row_count && err == ERR_OK; i++) {
			struct scope row = { scope, &v->rows[i] };

			err = render(r, inner, &row);
		}
	}
	r->depth--;
	return err;
}

/* The bytes up to the mark that closes section name, which is taken too; sections of one name do
 * not nest. */
static struct span
take_section(struct span *html, struct span name)
{
	struct span rest = *html;

	for (;;) {
		struct span after = span_from(rest, span_find(rest, SPAN("{{/")));

		assert(after.len > 0);
		rest = span_from(after, 3);
		struct span close = span_upto(rest, span_find(rest, SPAN("}}")));
		if (!span_eq(close, name))
			continue;
		struct span inner = span_upto(*html, html->len - after.len);

		*html = span_from(rest, close.len + 2);
		return inner;
	}
}

static enum err
render(struct renderer *r, struct span html, const struct scope *scope)
{
	while (html.len > 0) {
		size_t n = span_find(html, SPAN("{{"));
		struct span name;
		bool section, inverted;

		TRY(put_literal(r, span_upto(html, n)));
		html = span_from(html, n);
		if (!span_take(&html, SPAN("{{")))
			continue;
		section = span_take_byte(&html, '#');
		inverted = !section && span_take_byte(&html, '^');
		name = span_upto(html, span_find(html, SPAN("}}")));
		assert(name.len > 0 && name.len < html.len);
		html = span_from(html, name.len + 2);
		if (section || inverted)
			TRY(put_section(
			    r, find(scope, name), inverted, take_section(&html, name), scope));
		else
			TRY(put_hole(r, name, scope));
	}
	return ERR_OK;
}

#define MAX_VIEWS 4u

static enum err
render_views(struct renderer *r, const char *text, const struct template_view *views, size_t count)
{
	struct scope scopes[MAX_VIEWS];

	assert(count > 0 && count <= MAX_VIEWS);
	for (size_t i = 0; i < count; i++)
		scopes[i] = (struct scope){ i + 1 < count ? &scopes[i + 1] : NULL, &views[i] };
	return render(r, span_str(text), &scopes[0]);
}

enum err
template_render(const char *html, enum tenant_language language, const struct template_view *views,
    size_t view_count, struct buf *out)
{
	struct renderer r = { .out = out, .language = language, .state = HTML_TEXT };

	TRY(render_views(&r, html, views, view_count));
	assert(r.state == HTML_TEXT);
	return ERR_OK;
}

enum err
template_render_text(const char *text, enum tenant_language language,
    const struct template_view *views, size_t view_count, struct buf *out)
{
	struct renderer r = { .out = out, .language = language, .state = HTML_NONE };

	return render_views(&r, text, views, view_count);
}
