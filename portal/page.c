/*
 * portal/page.c - the pages themselves.
 */
#include "portal/page.h"

#include <stddef.h>

/* clang-format off */
#define ICON_LOCK \
	"<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">" \
	"<path d=\"M7 10V7a5 5 0 0 1 10 0v3\"></path>" \
	"<rect x=\"4.5\" y=\"10\" width=\"15\" height=\"10.5\" rx=\"2.5\"></rect></svg>"
#define ICON_DOWN \
	"<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">" \
	"<path d=\"M12 4v11m0 0l-4.5-4.5M12 15l4.5-4.5M5 20h14\"></path></svg>"
#define ICON_ALERT \
	"<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">" \
	"<path d=\"M12 8v5m0 3.2v.1\"></path><circle cx=\"12\" cy=\"12\" r=\"9\"></circle></svg>"
#define ICON_DONE \
	"<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">" \
	"<path d=\"M7.5 12.5l3 3 6-7\"></path><circle cx=\"12\" cy=\"12\" r=\"9\"></circle></svg>"

#define LANG "{{#lang}}?lang={{lang}}{{/lang}}"
#define HIDDEN_PAGE "<input type=\"hidden\" name=\"page\" value=\"{{page}}\">\n"

#define PAGE(title, content) \
	"<!doctype html>\n" \
	"<html lang=\"{{code}}\">\n" \
	"<head>\n" \
	"<meta charset=\"utf-8\">\n" \
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" \
	"<meta name=\"robots\" content=\"noindex, nofollow\">\n" \
	"<meta name=\"color-scheme\" content=\"light dark\">\n" \
	"<meta name=\"format-detection\" content=\"telephone=no\">\n" \
	"<title>{{t." title "}}{{#organisation}} · {{organisation}}{{/organisation}}</title>\n" \
	"<link rel=\"stylesheet\" href=\"/style.css?v={{style}}\">\n" \
	"</head>\n" \
	"<body>\n" \
	"<a class=\"skip\" href=\"#content\">{{t.skip}}</a>\n" \
	"<header class=\"top\"><span class=\"mark\">" ICON_LOCK "</span>" \
	"<span class=\"brand\">{{#organisation}}{{organisation}}{{/organisation}}" \
	"{{^organisation}}SecuDoc 365{{/organisation}}</span></header>\n" \
	"<main class=\"card\" id=\"content\">\n" \
	content \
	"</main>\n" \
	"<footer class=\"foot\">\n" \
	"{{#nav}}<nav aria-label=\"{{t.language}}\"><ul class=\"languages\">\n" \
	"{{#languages}}<li>{{#current}}<span lang=\"{{l_code}}\" aria-current=\"true\">{{l_name}}</span>{{/current}}" \
	"{{^current}}<a href=\"?lang={{l_code}}{{#who}}&amp;who={{who}}{{/who}}\" hreflang=\"{{l_code}}\"" \
	" lang=\"{{l_code}}\">{{l_name}}</a>{{/current}}</li>\n" \
	"{{/languages}}</ul></nav>\n{{/nav}}" \
	"<p>{{t.secured_by}}</p>\n" \
	"</footer>\n" \
	"</body>\n" \
	"</html>\n"

#define NOTICE(title, text, icon, kind) \
	PAGE(title, "<div class=\"notice " kind "\">" icon "</div>\n" \
	"<h1>{{t." title "}}</h1>\n" \
	"<p>{{t." text "}}</p>\n")

#define ALERT(flag) "{{#" flag "}}<p class=\"alert\" id=\"error\" role=\"alert\">" ICON_ALERT \
	"<span>{{t.code_" flag "}}</span></p>\n{{/" flag "}}"

/* what a row of files shows, here and on the page where it is a link */
#define FILE_CELLS "<span class=\"ext\" aria-hidden=\"true\">{{ext}}</span>" \
	"<span class=\"name\">{{name}}</span>"
#define FILE_ROW "<li class=\"file\">" FILE_CELLS "<span class=\"size\">{{size}}</span></li>\n"

const char page_link[] = PAGE("link_title",
	"<h1>{{t.link_title}}</h1>\n"
	"<p>{{t.link_intro}}</p>\n"
	"<ul class=\"files\" aria-label=\"{{t.files}}\">\n"
	"{{#files}}" FILE_ROW "{{/files}}"
	"</ul>\n"
	"{{#more}}<details><summary>{{t.more_files}}</summary>\n<ul class=\"files\">\n"
	"{{#more_files}}" FILE_ROW "{{/more_files}}"
	"</ul></details>\n{{/more}}"
	"<dl class=\"facts\">\n"
	"<div><dt>{{t.from}}</dt><dd>{{#sender_name}}<strong>{{sender_name}}</strong><br>{{/sender_name}}{{sender}}</dd></div>\n"
	"<div><dt>{{t.until}}</dt><dd>{{until}}</dd></div>\n"
	"</dl>\n"
	"{{#open_handle}}<p class=\"hint\">{{t.still_open}}</p>\n"
	"<a class=\"button\" href=\"/f/{{open_handle}}" LANG "\">{{t.open}}</a>\n"
	"<div class=\"more\"></div>\n{{/open_handle}}"
	"<form method=\"post\" action=\"/t/{{token}}/code" LANG "\">\n"
	HIDDEN_PAGE
	"{{#address}}<p class=\"hint\">{{t.code_to_known}}</p>\n{{/address}}"
	"{{#typed}}<p class=\"hint\">{{t.code_to_typed}}</p>\n"
	"{{#address_error}}<p class=\"alert\" id=\"error\" role=\"alert\">" ICON_ALERT
	"<span>{{t.address_odd}}</span></p>\n{{/address_error}}"
	"<label for=\"address\">{{t.address}}</label>\n"
	"<input class=\"field\" id=\"address\" name=\"address\" type=\"email\" inputmode=\"email\" autocomplete=\"email\""
	" maxlength=\"320\" required{{#address_error}} aria-invalid=\"true\" aria-describedby=\"error\"{{/address_error}}>\n"
	"{{/typed}}"
	"<button class=\"button{{#open_handle}} quiet{{/open_handle}}\" type=\"submit\">{{t.send_code}}</button>\n"
	"</form>\n");

const char page_code[] = PAGE("code_title",
	"<h1>{{t.code_title}}</h1>\n"
	ALERT("wrong") ALERT("used_up") ALERT("not_right") ALERT("odd") ALERT("too_many")
	"<p>{{#address}}{{t.code_sent_known}}{{/address}}{{#typed}}{{t.code_sent_typed}}{{/typed}}</p>\n"
	"<form method=\"post\" action=\"/t/{{token}}/open" LANG "\">\n"
	HIDDEN_PAGE
	"{{#who}}<input type=\"hidden\" name=\"who\" value=\"{{who}}\">\n{{/who}}"
	"<label for=\"code\">{{t.code}}</label>\n"
	"<input class=\"field digits\" id=\"code\" name=\"code\" type=\"text\" inputmode=\"numeric\""
	" autocomplete=\"one-time-code\" maxlength=\"12\" size=\"6\" required autofocus spellcheck=\"false\""
	"{{#error}} aria-invalid=\"true\" aria-describedby=\"error\"{{/error}}>\n"
	"<button class=\"button\" type=\"submit\">{{t.open}}</button>\n"
	"</form>\n"
	"<div class=\"more\">\n"
	"<p class=\"hint\">{{t.code_late}}</p>\n"
	"{{#address}}<form method=\"post\" action=\"/t/{{token}}/code" LANG "\">\n"
	HIDDEN_PAGE
	"<button class=\"button quiet\" type=\"submit\">{{t.new_code}}</button>\n"
	"<p class=\"hint small\">{{t.new_code_note}}</p>\n"
	"</form>\n{{/address}}"
	"{{#typed}}<a class=\"button quiet\" href=\"/t/{{token}}" LANG "\">{{t.new_code}}</a>\n"
	"<p class=\"hint small\">{{t.new_code_note}}</p>\n{{/typed}}"
	"</div>\n");

const char page_files[] = PAGE("files_title",
	"<h1>{{t.files_title}}</h1>\n"
	"<p>{{t.files_intro}}</p>\n"
	"<ul class=\"files\" aria-label=\"{{t.files}}\">\n"
	"{{#files}}<li><a class=\"file\" href=\"/f/{{handle}}/{{no}}/{{name}}" LANG "\">" FILE_CELLS
	"<span class=\"size\">{{size}}</span><span class=\"down\">" ICON_DOWN
	"<span class=\"unseen\">{{t.download}}</span></span></a></li>\n{{/files}}"
	"</ul>\n"
	"<p class=\"hint\">{{t.session_until}}</p>\n"
	"<div class=\"more\">\n"
	"<form method=\"post\" action=\"/f/{{handle}}/close" LANG "\">\n"
	HIDDEN_PAGE
	"<button class=\"button quiet\" type=\"submit\">{{t.close}}</button>\n"
	"<p class=\"hint small\">{{t.close_note}}</p>\n"
	"</form>\n"
	"</div>\n");

const char page_closed[] = NOTICE("closed_title", "closed_text", ICON_DONE, "good");
const char page_gone[] = NOTICE("gone_title", "gone_text", ICON_ALERT, "plain");
const char page_over[] = NOTICE("over_title", "over_text", ICON_LOCK, "plain");
const char page_stale[] = NOTICE("stale_title", "stale_text", ICON_ALERT, "plain");
const char page_refused[] = NOTICE("refused_title", "refused_text", ICON_ALERT, "plain");
const char page_later[] = NOTICE("later_title", "later_text", ICON_ALERT, "plain");

const char *const page_style[] = {
	/* colours */
	":root{color-scheme:light dark;"
	"--ground:#eef2f4;--card:#fff;--ink:#14232b;--soft:#4d606b;--line:#d5dee3;--wash:#f5f8f9;"
	"--accent:#0b6477;--accent-deep:#084c5b;--on-accent:#fff;--accent-wash:#e3f1f4;"
	"--bad:#9b1c1c;--bad-wash:#fdeeee;--bad-line:#e9b9b9;--good:#1d6b3f}\n"
	"@media (prefers-color-scheme:dark){:root{"
	"--ground:#0e161a;--card:#17232a;--ink:#e8eff2;--soft:#a5b6bf;--line:#2c3d46;--wash:#1d2b33;"
	"--accent:#5cc3d8;--accent-deep:#86d6e6;--on-accent:#06222a;--accent-wash:#17353e;"
	"--bad:#ffb4ab;--bad-wash:#3a1d1c;--bad-line:#6d3532;--good:#7fd6a2}}\n",
	/* ground */
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
	"body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;"
	"background:var(--ground);color:var(--ink);"
	"font:1.0625rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif;"
	"overflow-wrap:anywhere}\n"
	".skip{position:absolute;left:-999px}\n"
	".skip:focus{left:1rem;top:.5rem;z-index:1;background:var(--card);padding:.5rem 1rem;border-radius:.5rem}\n"
	".icon{width:1.5rem;height:1.5rem;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;"
	"stroke-linejoin:round;flex:none}\n"
	".top,.card,.foot{width:100%;max-width:34rem;margin-inline:auto}\n"
	".top{display:flex;align-items:center;gap:.75rem;padding:1.25rem 1.25rem 1rem}\n"
	".mark{display:grid;place-items:center;width:2.5rem;height:2.5rem;border-radius:.75rem;"
	"background:var(--accent);color:var(--on-accent);flex:none}\n"
	".brand{font-weight:650;font-size:1.125rem;line-height:1.25}\n"
	".card{background:var(--card);padding:1.625rem 1.25rem 1.75rem;border-block:1px solid var(--line)}\n"
	"h1{margin:0 0 .5rem;font-size:1.625rem;line-height:1.2;letter-spacing:-.01em;text-wrap:balance}\n"
	"p{margin:0 0 1rem}.keep{white-space:nowrap}\n",
	/* files and facts */
	".files{list-style:none;margin:1.25rem 0 1rem;padding:0;display:grid;gap:.5rem}\n"
	".file{display:grid;grid-template-columns:auto 1fr auto;align-items:center;column-gap:.875rem;"
	"padding:.75rem .875rem;border:1px solid var(--line);border-radius:.75rem;background:var(--wash);"
	"color:inherit;text-decoration:none}\n"
	".ext{grid-row:1/3;display:grid;place-items:center;width:2.75rem;height:2.75rem;border-radius:.5rem;"
	"background:var(--accent-wash);color:var(--accent-deep);font-size:.6875rem;font-weight:700;"
	"letter-spacing:.03em}\n"
	".name{font-weight:600;line-height:1.3;min-width:0}\n"
	".size{grid-column:2;color:var(--soft);font-size:.9375rem}\n"
	".down{grid-column:3;grid-row:1/3;color:var(--accent)}\n"
	"a.file:hover{border-color:var(--accent);background:var(--accent-wash)}\n"
	"summary{padding:.625rem .25rem;color:var(--accent);font-weight:600;cursor:pointer}\n"
	"details .files{margin-top:.25rem}\n"
	".facts{margin:1.25rem 0;padding-top:1.25rem;border-top:1px solid var(--line);display:flex;"
	"flex-wrap:wrap;gap:1rem 2rem}\n"
	"dt{color:var(--soft);font-size:.9375rem}dd{margin:0;line-height:1.35}dd strong{font-weight:600}\n"
	".hint{color:var(--soft)}.hint strong{color:var(--ink)}.small{font-size:.9375rem}\n",
	/* forms */
	"label{display:block;font-weight:600;margin-bottom:.375rem}\n"
	".field{display:block;width:100%;min-height:3.25rem;padding:.625rem .875rem;margin-bottom:1rem;"
	"font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:.75rem}\n"
	".digits{font-size:1.75rem;letter-spacing:.3em;text-align:center;font-variant-numeric:tabular-nums;"
	"padding-left:1.175em}\n"
	".field[aria-invalid]{border-color:var(--bad)}\n"
	".button{display:block;width:100%;min-height:3.25rem;padding:.8125rem 1.25rem;font:inherit;"
	"font-weight:650;text-align:center;text-decoration:none;border:1px solid transparent;border-radius:.75rem;"
	"background:var(--accent);color:var(--on-accent);cursor:pointer}\n"
	".button:hover{background:var(--accent-deep)}\n"
	".quiet{background:none;color:var(--accent);border-color:var(--line)}\n"
	".quiet:hover{background:var(--accent-wash)}\n"
	".more{margin-top:1.75rem;padding-top:1.5rem;border-top:1px solid var(--line)}\n"
	".more .small{margin:.625rem 0 0;text-align:center}\n"
	".alert{display:flex;gap:.75rem;margin-top:1rem;padding:.875rem;border:1px solid var(--bad-line);border-radius:.75rem;"
	"background:var(--bad-wash);color:var(--bad);font-weight:500}\n"
	".notice{margin:0 0 .75rem -.375rem;line-height:0;color:var(--accent)}"
	".notice .icon{width:3.25rem;height:3.25rem;stroke-width:1.4}\n"
	".good{color:var(--good)}\n"
	":focus-visible{outline:3px solid var(--accent);outline-offset:2px}\n"
	".foot{margin-top:auto;padding:1.5rem 1.25rem 2rem;color:var(--soft);font-size:.9375rem;text-align:center}\n"
	".foot p{margin:.5rem 0 0}\n"
	".languages{list-style:none;display:flex;flex-wrap:wrap;justify-content:center;gap:.25rem;margin:0;padding:0}\n"
	".languages a,.languages span{display:block;padding:.625rem .75rem;color:inherit}\n"
	".languages [aria-current]{color:var(--ink);font-weight:600}\n"
	".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}\n"
	"@media (min-width:36rem){.top{padding-top:3rem}.card{border:1px solid var(--line);border-radius:1.25rem;"
	"padding:2.25rem;box-shadow:0 1px 2px #0001,0 12px 32px #0000000f}.foot{margin-top:0}}\n"
	"@media (forced-colors:active){.mark,.button{border:1px solid}}\n",
	NULL,
};
/* clang-format on */
