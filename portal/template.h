/*
 * portal/template.h - HTML from a text with holes, escaped by where the hole stands.
 *
 *   {{name}}               the value, escaped for its context
 *   {{#name}} ... {{/name}}  once for each row of a list; once when a flag is set or a value is not
 * empty
 *   {{^name}} ... {{/name}}  when the list is empty, the flag clear, the value empty or not there
 *   {{t.key}}              the text called key in the page's language (portal/texts.h), with its
 * own holes
 *
 * The engine follows the HTML around it and knows three contexts: text, a double-quoted attribute,
 * and a double-quoted attribute that holds a URL (href, action). In a URL a value becomes one
 * percent-encoded component, so it can neither choose a scheme nor leave its segment; elsewhere it
 * is escaped for HTML. A hole anywhere else (a tag or attribute name, an unquoted value, a comment,
 * style, script) is a bug of ours and stops the process, which a test of every page shows before a
 * user does. There is no unescaped form for HTML.
 */
#ifndef SECUDOC_PORTAL_TEMPLATE_H
#define SECUDOC_PORTAL_TEMPLATE_H

#include "core/buf.h"
#include "portal/texts.h"

enum template_kind { TEMPLATE_TEXT, TEMPLATE_FLAG, TEMPLATE_ROWS };

/* What fills the holes; plain data, borrowed. Names not found in a row are looked up in the rows
 * around it. */
struct template_view {
	const struct template_value *values;
	size_t count;
};

struct template_value {
	const char *name;
	enum template_kind kind;
	struct span text;
	bool flag;
	const struct template_view *rows;
	size_t row_count;
};

#define TEMPLATE_SET(n, s) ((struct template_value){ .name = (n), .text = (s) })
#define TEMPLATE_SWITCH(n, b) \
	((struct template_value){ .name = (n), .kind = TEMPLATE_FLAG, .flag = (b) })
#define TEMPLATE_LIST(n, r, c)    \
	((struct template_value){ \
	    .name = (n), .kind = TEMPLATE_ROWS, .rows = (r), .row_count = (c) })

/*
 * template_render() - views are looked through in order. ERR_LIMIT or ERR_TEMP of out. A name that
 * nobody set is a bug (assert), except behind # and ^.
 */
MUST_USE enum err template_render(const char *html, enum tenant_language language,
    const struct template_view *views, size_t view_count, struct buf *out);
/* template_render_text() - the same for plain text, such as a mail: nothing is HTML, nothing is
 * escaped. */
MUST_USE enum err template_render_text(const char *text, enum tenant_language language,
    const struct template_view *views, size_t view_count, struct buf *out);

#endif
