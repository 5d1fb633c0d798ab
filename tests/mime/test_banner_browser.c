/*
 * The banner in a browser, at a phone's width, between mails whose style sheets try to hide or restyle it
 * (M15): each of its elements must look as it does in a mail without any style sheet.
 *
 * What is not covered: a style sheet that hides the whole mail, and generated content (::before) that is
 * laid over the banner; no inline style can forbid either.
 */
#include "mime/banner.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *name, *css;
} sheets[] = {
	{ "none", "" },
	{ "display", "*{display:none!important}html,body{display:block!important}" },
	{ "named display", "div,table,tbody,tr,td,p,a{display:none!important}" },
	{ "visibility", "body,body *{visibility:hidden!important}" },
	{ "opacity", "body *{opacity:0!important;filter:opacity(0)!important}" },
	{ "off the page",
	    "body *{position:absolute!important;left:-9999px!important;top:-9999px!important}" },
	{ "clipped",
	    "body *{clip-path:inset(100%)!important;clip:rect(0,0,0,0)!important;"
	    "mask:linear-gradient(transparent,transparent)!important}" },
	{ "no height",
	    "body *{max-height:0!important;height:0!important;overflow:hidden!important;"
	    "line-height:0!important}" },
	{ "no width", "body *{max-width:0!important;width:0!important;min-width:0!important}" },
	{ "tiny",
	    "body{font-size:1px!important}body *{font-size:1px!important;zoom:0.1!important}" },
	{ "inherited",
	    "body{font-size:0;color:#fff;line-height:0;letter-spacing:50px;text-indent:-999px;"
	    "text-transform:uppercase;word-spacing:90px;visibility:hidden;direction:rtl;text-align:right;"
	    "cursor:none;white-space:nowrap}" },
	{ "white on white",
	    "body *{color:#fff!important;background:#fff!important;"
	    "-webkit-text-fill-color:#fff!important;text-shadow:none!important}" },
	{ "transformed",
	    "body *{transform:scale(0)!important;rotate:180deg;scale:0!important;"
	    "translate:-999px!important}" },
	{ "moved",
	    "body *{float:right!important;margin:-500px!important;padding:0!important;"
	    "text-indent:-999px!important}" },
	{ "animated",
	    "@keyframes x{to{opacity:0;visibility:hidden}}body *{animation:x 1ms forwards!important;"
	    "transition:all 9s!important}" },
	{ "first child",
	    "body>:first-child,body>div:first-of-type,[lang],[dir],[role],[style]"
	    "{display:none!important;content-visibility:hidden!important}" },
	{ "dead link",
	    "a,a:link,a[href]{pointer-events:none!important;display:none!important;"
	    "text-decoration:line-through!important;color:red!important}" },
	{ "no contents", "body *{display:contents!important;font:0/0 a!important}" },
};

static const char script[] =
    "<pre id=out></pre><script>onload=function(){var out='';"
    "var keys=['display','visibility','opacity','color','backgroundColor','fontSize','fontWeight',"
    "'lineHeight','position','float','transform','filter','clipPath','maskImage','textIndent','textAlign',"
    "'letterSpacing','textTransform','direction','pointerEvents','zoom','scale','translate',"
    "'webkitTextFillColor','animationName','contentVisibility','whiteSpace'];"
    "document.querySelectorAll('iframe').forEach(function(f){var d=f.contentDocument,s='';"
    "var b=d.body.firstElementChild;"
    "[b].concat(Array.from(b.querySelectorAll('*'))).forEach(function(e){"
    "var c=f.contentWindow.getComputedStyle(e),r=e.getBoundingClientRect();"
    "s+=e.tagName+':'+keys.map(function(k){return c[k]}).join(',')+','"
    "+Math.round(r.width)+'x'+Math.round(r.height)+';'});"
    "var a=b.querySelector('a').getBoundingClientRect();"
    "var hit=d.elementFromPoint(a.x+a.width/2,a.y+a.height/2);"
    "s+=' hit '+(hit&&hit.tagName)+' wide '+(d.documentElement.scrollWidth>390);"
    "out+='\\nMAIL '+s});document.getElementById('out').textContent=out+'\\nEND\\n'}</script>";

static void
put_frame(struct buf *page, const char *css, const char *banner)
{
	struct buf mail;

	buf_init(&mail, 1 << 20);
	assert_ok(buf_printf(&mail,
	    "<!DOCTYPE html><html><head><style>%s</style></head>"
	    "<body>%s<p>The mail's words.</p></body></html>",
	    css, banner));
	assert_ok(buf_put_str(page, "<iframe width=390 height=700 srcdoc=\""));
	assert_ok(mime_text_html(buf_span(&mail), page));
	assert_ok(buf_put_str(page, "\"></iframe>\n"));
	buf_done(&mail);
}

static void
make_banner(struct buf *out)
{
	const struct mime_banner_file files[] = {
		{ SPAN("Jaarrapport.pdf"), 1234567 },
		{ SPAN(
		      "a-very-long-name-without-any-blank-in-it-that-is-wider-than-the-screen-of-a-phone.zip"),
		    1 },
	};
	const struct mime_banner b = {
		.language = LANGUAGE_NL,
		.organisation = SPAN("Contoso"),
		.files = files,
		.file_count = 2,
		.expires_ms = 1798070400000,
		.url = SPAN("https://secudoc.example.nl/t/x"),
	};

	buf_init(out, MIME_BANNER_BYTES_MAX);
	assert_ok(mime_banner_html(&b, MIME_CHARSET_UTF8, 0, out));
}

/* visit() - what the browser makes of the page, its script run. */
static void
visit(const char *browser, const struct tmpdir *dir, struct buf *out)
{
	char command[1024];
	uint8_t chunk[4096];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command),
	    "timeout 120 %s --headless --no-sandbox --disable-gpu "
	    "--user-data-dir=%s/profile --dump-dom file://%s/page.html 2>/dev/null",
	    browser, dir->path, dir->path);
	f = popen(command, "r"); /* NOLINT(cert-env33-c): the command is ours */
	assert_non_null(f);
	buf_init(out, 16 << 20);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		assert_ok(buf_put(out, span_of(chunk, n)));
	assert_int_equal(pclose(f), 0);
}

/* show_difference() - fail with the element that looks different. */
static void
show_difference(const char *name, struct span want, struct span got)
{
	struct span a = want, b = got;

	while (span_take_until(&want, ';', &a) && span_take_until(&got, ';', &b) && span_eq(a, b)) {
		(void)span_take_byte(&want, ';');
		(void)span_take_byte(&got, ';');
		a = want;
		b = got;
	}
	a = span_upto(a, 400);
	b = span_upto(b, 400);
	fail_msg("changed by the style sheet \"%s\":\n%.*s\n%.*s", name, (int)a.len,
	    (const char *)a.p, (int)b.len, (const char *)b.p);
}

static void
compare(struct span dom)
{
	struct span line, first = SPAN_NONE;
	size_t count = 0;

	while (span_take_until(&dom, '\n', &line)) {
		(void)span_take_byte(&dom, '\n');
		if (!span_take(&line, SPAN("MAIL ")))
			continue;
		if (count == 0)
			first = line;
		/* what is wider than the screen may be the mail's own words */
		line = span_upto(line, span_find(line, SPAN(" wide ")));
		if (!span_starts(first, line))
			show_difference(sheets[count].name, first, line);
		count++;
	}
	assert_int_equal(count, COUNT(sheets));
	assert_true(span_iends(first, SPAN(" hit A wide false")));
}

static void
looks_the_same_everywhere(void **state)
{
	const char *browser = access("/usr/bin/chromium", X_OK) == 0 ? "/usr/bin/chromium" : NULL;
	struct tmpdir dir;
	struct buf banner, page, dom;

	(void)state;
	if (browser == NULL) {
		print_message("skipped: /usr/bin/chromium is not installed\n");
		skip();
	}
	tmpdir_make(&dir);
	make_banner(&banner);
	buf_init(&page, 16 << 20);
	assert_ok(buf_put_str(&page, "<!DOCTYPE html><meta charset=utf-8>\n"));
	for (size_t i = 0; i < COUNT(sheets); i++)
		put_frame(&page, sheets[i].css, buf_cstr(&banner));
	assert_ok(buf_put_str(&page, script));
	tmpdir_write(&dir, "page.html", buf_span(&page));
	visit(browser, &dir, &dom);
	compare(buf_span(&dom));
	buf_done(&dom);
	buf_done(&page);
	buf_done(&banner);
	tmpdir_done(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_the_same_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
