/*
 * mime/html.c: where the banner goes, and which pictures the HTML shows.
 *
 * In the rows of places() the expected place is the mark "@" in the input, which is taken out before the
 * scanner sees it. Expected values are from the HTML standard's tree construction (13.2.6.4.1 to .6): the
 * place is where a browser creates the body element; rows that say "careful" go before what readers are
 * known to disagree about.
 */
#include "mime/html.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seen {
	char text[4096]; /* Content-IDs, "|" behind each */
	size_t len;
};

static void
note_cid(void *ctx, struct span id)
{
	struct seen *s = ctx;

	assert_true(s->len + id.len + 1 < sizeof(s->text));
	memcpy(s->text + s->len, id.p, id.len);
	s->len += id.len;
	s->text[s->len++] = '|';
}

static uint64_t
scan(struct span in, size_t step, bool iso2022, struct seen *seen)
{
	struct mime_html_events events = { seen, note_cid };
	struct mime_html h;
	uint64_t early = UINT64_MAX, end;

	memset(seen, 0, sizeof(*seen));
	mime_html_init(&h, iso2022, &events);
	while (in.len > 0) {
		/* an own copy of each piece, so that reading past it is found */
		struct span piece = span_upto(in, step);
		uint8_t *copy = malloc(piece.len);

		memcpy(copy, piece.p, piece.len);
		mime_html_push(&h, span_of(copy, piece.len));
		free(copy);
		in = span_from(in, step);
		if (early == UINT64_MAX)
			(void)mime_html_place(&h, &early);
	}
	end = mime_html_finish(&h);
	if (early != UINT64_MAX)
		assert_int_equal(early, end);
	return end;
}

static const struct {
	const char *name, *in;
} places[] = {
	/* as mail programs write it */
	{ "whole document", "<html><head><title>x</title></head><body>@<p>Hi" },
	{ "Outlook",
	    "<html xmlns:v=\"urn:schemas-microsoft-com:vml\">\r\n<head>\r\n<meta http-equiv=\"Content-"
	    "Type\" content=\"text/html\">\r\n<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style>"
	    "<![endif]--><style><!--\r\n/* <body> */ p {margin:0cm}\r\n--></style><!--[if gte mso 9]><xml>"
	    "<o:shapedefaults/></xml><![endif]-->\r\n</head>\r\n<body lang=\"NL\" link=\"#0563C1\">@\r\n<div>" },
	{ "Gmail", "@<div dir=\"ltr\">Hi</div>" },
	{ "Apple Mail",
	    "<html><head></head><body style=\"overflow-wrap: break-word;\">@Hi</body></html>" },
	{ "Thunderbird",
	    "<!DOCTYPE html>\n<html>\n  <head>\n\n    <meta charset=\"UTF-8\">\n  </head>\n"
	    "  <body>@\n    <p>Hi" },
	{ "only text", "@Hi there" },
	{ "text after blanks", " \r\n\t@Hi" },
	{ "empty", "@" },
	{ "blanks", " \r\n@" },
	{ "upper case", "<HTML><HEAD></HEAD><BODY BGCOLOR=white>@Hi" },
	{ "no head, body", "<html>@Hi</html>" },
	{ "no body", "<html><head><title>t</title></head>\n@<p>Hi" },
	{ "head only", "<html><head><title>t</title></head>@" },
	{ "byte order mark", "\xef\xbb\xbf@Hi" },
	{ "byte order mark and document", "\xef\xbb\xbf<html><body>@Hi" },
	{ "half a byte order mark", "@\xef\xbb" },
	{ "not a byte order mark", "@\xef\xbb\xbbHi" },
	{ "XML declaration", "<?xml version=\"1.0\"?><html><body>@Hi" },
	{ "old doctype", "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://x\">@Hi" },
	/* the standard's rules for what opens the body */
	{ "head elements",
	    "<meta a=b><link rel=x><base href=y><style>p{}</style><title>t</title>@<p>" },
	{ "content before body", "@<div style='display:none'><body>Hi" },
	{ "text before body", "<html>@x<body>Hi" },
	{ "frameset", "<html><head></head>@<frameset><frame>" },
	{ "second body", "<body>@<body><body>" },
	{ "end of html first", "<html><head></head>@</html>" },
	{ "end of body first", "@</body>x" },
	{ "stray end tags", "</p></div></head>@x" },
	{ "self-closing body", "<body/>@x" },
	{ "body with line ends", "<body\r\n a\r\n=\r\n'b'\r\n>@x" },
	{ "noframes is head", "<noframes><body></noframes><body>@x" },
	{ "less-than sign is text", "@< body>x" },
	{ "NUL is text", "@\\0x" },
	{ "NUL in the name", "@<bo\\0dy>x" },
	{ "other tag that begins so", "@<bodyguard>x" },
	{ "long name", "@<bodybodybodybodybodybody>x" },
	/* attributes */
	{ "greater-than in double quotes", "<body title=\"a>b\">@x" },
	{ "greater-than in single quotes", "<body title='a>b'>@x" },
	{ "quote in a bare value", "<body title=a\"b>@x" },
	{ "body in a value", "<html title='<body>'><body>@x" },
	{ "value left out", "<body title=>@x" },
	{ "no blank between attributes", "<body a='1'b='>'>@x" },
	{ "equals sign first", "<body =a>@x" },
	{ "slashes", "<body / a / = 'x>@'>x" },
	/* comments */
	{ "leading comment", "<!-- <body> -->@x" },
	{ "comment between", "<html><!-- x --><body>@x" },
	{ "body in a comment", "<html><head><!-- <body> --></head><body>@x" },
	{ "comment with dashes", "<!-- -- - --- <body> --->@x" },
	{ "comment in a comment", "<!-- <!-- <body> -->@x" },
	{ "conditional comment", "<!--[if mso]><body class='mso'><![endif]--><body>@x" },
	{ "conditional comment with text", "<!--[if mso]>text<![endif]--><html><body>@x" },
	{ "revealed conditional", "<![if !mso]><html><![endif]><body>@x" },
	{ "conditional around html",
	    "<!--[if IE]><html class='ie'><![endif]--><!--[if !IE]><!--><html>"
	    "<!--<![endif]--><body>@x" },
	{ "quote in a conditional", "<!--[if mso]><p title='--><body>@x" },
	{ "style left open in a conditional", "<!--[if mso]><style><![endif]--><body>@x" },
	{ "bogus comments", "<!x><?y></ z><body>@x" },
	{ "CDATA", "<![CDATA[ x ]]><body>@x" },
	/* raw text */
	{ "body in style", "<style> <body> </styles> </style ><body>@x" },
	{ "body in title", "<title><body></title><body>@x" },
	{ "comment in style", "<style><!-- </style><body>@x" },
	{ "style end with attributes", "<style></style x='>'><body>@x" },
	{ "almost an end", "<style></style<body></style><body>@x" },
	{ "upper case end", "<STYLE>p{}</Style><body>@x" },
	/* never closed: before it */
	{ "open comment", "<html>@<!-- <body>x" },
	{ "open conditional", "<html>@<!--[if mso]><body>x" },
	{ "open style", "<html>@<style><body>x" },
	{ "open title", "<html><head>@<title>t<body>x" },
	{ "open tag", "<html>@<body title='x>y" },
	{ "open bogus comment", "<html>@<!x" },
	{ "single less-than sign", "<html>@<" },
	{ "half an end tag", "<html>@</" },
	{ "half a comment", "<html>@<!-" },
	{ "open style end", "@<style></style" },
	/* careful */
	{ "script", "<html><head>@<script>document.write('<body>')</script></head><body>x" },
	{ "noscript", "<html><head>@<noscript><style></style></noscript></head><body>x" },
	{ "template", "@<template><body></template><body>x" },
	{ "plaintext", "<html>@<plaintext><body>x" },
	{ "comment that old parsers keep open", "@<!-- --!><body>--><body>x" },
	{ "empty comment for new parsers", "@<!--><body>--><body>x" },
	{ "the same with a dash", "@<!---><body>--><body>x" },
	{ "not such a comment", "<!--!><body>--><body>@x" },
};

/* strip() - the row's text without its "@", with "\0" spelled out as NUL; returns the place. */
static size_t
strip(const char *row, uint8_t *out, size_t *ret_len)
{
	size_t place = SIZE_MAX, len = 0;

	for (; *row != '\0'; row++) {
		if (*row == '@' && place == SIZE_MAX) {
			place = len;
		} else if (row[0] == '\\' && row[1] == '0') {
			out[len++] = '\0';
			row++;
		} else {
			out[len++] = (uint8_t)*row;
		}
	}
	*ret_len = len;
	return place;
}

static void
finds_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		uint8_t text[2048];
		size_t len, want = strip(places[i].in, text, &len);
		struct seen seen;

		for (size_t step = 1; step <= len + 1; step += step < 8 ? 1 : len) {
			uint64_t got = scan(span_of(text, len), step, false, &seen);

			if (got != want)
				fail_msg("%s, by %zu: %llu instead of %zu", places[i].name, step,
				    (unsigned long long)got, want);
		}
	}
}

static const struct {
	const char *name, *in, *want;
} refs[] = {
	{ "img", "<img src=\"cid:image001.png@01DA.5F\">", "image001.png@01DA.5F|" },
	{ "single quotes", "<img src='cid:a@b'>", "a@b|" },
	{ "bare", "<img src=cid:a@b>", "a@b|" },
	{ "bare with slash", "<img src=cid:a@b />", "a@b|" },
	{ "upper case", "<IMG SRC=\"CID:A@b\">", "A@b|" },
	{ "blanks around", "<img src = \" cid:a@b \">", "a@b|" },
	{ "folded", "<img src=\"cid:a\r\n@b\">", "a@b|" },
	{ "background", "<td background=\"cid:bg\">", "bg|" },
	{ "body background", "<body background=cid:bg>", "bg|" },
	{ "link", "<a href='cid:doc'>", "" },
	{ "link in a map", "<area href='cid:doc'>", "" },
	{ "link with a background", "<a href='cid:doc' style='background:url(cid:b)'>", "b|" },
	{ "picture of SVG", "<svg><image href='cid:doc'>", "doc|" },
	{ "VML in a conditional comment",
	    "<!--[if gte vml 1]><v:imagedata src=\"cid:vml@x\"/><![endif]-->"
	    "<![if !vml]><img src=\"cid:img@x\"><![endif]>",
	    "vml@x|img@x|" },
	{ "two", "<img src=cid:a><img src=cid:b>", "a|b|" },
	{ "percent-encoded (RFC 2392)", "<img src=\"cid:foo4%25foo1@bar.net\">",
	    "foo4%foo1@bar.net|" },
	{ "percent for the sign", "<img src=\"cid:a%40b\">", "a@b|" },
	{ "stray percent signs", "<img src=\"cid:100%x%4\">", "100%x%4|" },
	{ "named reference", "<img src=\"cid:a&amp;b&commat;c\">", "a&b@c|" },
	{ "numbers", "<img src=\"c&#105;d&#x3a;a&#64;b&#x000040;\">", "a@b@|" },
	{ "number without semicolon", "<img src=\"cid:a&#64b\">", "a&#64b|" },
	{ "unknown reference", "<img src=\"cid:a&foo;b\">", "a&foo;b|" },
	{ "UTF-8", "<img src=\"cid:&#233;\">", "\xc3\xa9|" },
	{ "angle brackets", "<img src=\"cid:&lt;a@b&gt;\">", "a@b|" },
	{ "style attribute", "<p style=\"background: url(cid:a@b) no-repeat\">", "a@b|" },
	{ "style attribute, quotes", "<p style=\"background:url( 'cid:a b' )\">", "a b|" },
	{ "style attribute, encoded quotes", "<p style=\"background:url(&quot;cid:a&quot;)\">",
	    "a|" },
	{ "two in a style", "<p style=\"x:url(cid:a),url(cid:b)\">", "a|b|" },
	{ "style element", "<style>p { background: URL(\"cid:a@b\") }</style>", "a@b|" },
	{ "style element, old comment", "<style><!--\np{background:url(cid:a)}\n--></style>",
	    "a|" },
	{ "srcset", "<img srcset=\"cid:a 1x, cid:b 2x,cid:c\">", "a|b|c|" },
	{ "poster", "<video poster=cid:p>", "p|" },
	{ "after broken markup", "<img alt='x' src='cid:a'src=\"cid:b\"><", "a|b|" },
	{ "in ISO 2022 text", "\x1b$B<img src=cid:x>\x1b(B<img src=cid:y>", "y|" },
	/* none */
	{ "comment", "<!-- <img src=cid:a> -->", "" },
	{ "open comment", "<!-- <img src=cid:a>", "" },
	{ "comment like a conditional", "<!-- [if mso]><img src=cid:a><![endif]-->", "" },
	{ "script", "<script>'<img src=cid:a>'</script>", "" },
	{ "title", "<title><img src=cid:a></title>", "" },
	{ "textarea", "<textarea><img src=cid:a></textarea>", "" },
	{ "xmp", "<xmp><img src=cid:a></xmp>", "" },
	{ "plaintext", "<plaintext></plaintext><img src=cid:a>", "" },
	{ "text", "see cid:a@b", "" },
	{ "other attribute",
	    "<img alt=\"cid:a\" title='cid:b' data-src=cid:c longattributename1=cid:d>", "" },
	{ "end tag", "</img src=cid:a>", "" },
	{ "other scheme", "<img src=\"http://x/cid:a\">", "" },
	{ "not at the start", "<img src=\"xcid:a\">", "" },
	{ "mid", "<img src=mid:a>", "" },
	{ "nothing behind", "<img src=\"cid:\"><img src='cid: '><img src='cid:&lt;&gt;'>", "" },
	{ "never closed", "<img src=\"cid:a", "" },
	{ "CSS comment", "<style>/* url(cid:a) */ p{}</style>", "" },
	{ "CSS without url", "<p style=\"content:'cid:a'\">", "" },
	{ "cut by the comment's end", "<!--[if mso]><img src=\"cid:a--><p>\">", "" },
};

static void
finds_references(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refs); i++) {
		struct span in = span_str(refs[i].in);
		bool iso2022 = span_find_byte(in, 0x1b) < in.len;
		struct seen seen;

		for (size_t step = 1; step <= in.len; step += step < 8 ? 1 : in.len) {
			scan(in, step, iso2022, &seen);
			if (strcmp(seen.text, refs[i].want) != 0)
				fail_msg("%s, by %zu: \"%s\"", refs[i].name, step, seen.text);
		}
	}
}

static void
keeps_to_its_bound(void **state)
{
	struct seen seen;
	char in[MIME_HTML_CID_MAX + 64];
	int len;

	(void)state;
	len = snprintf(in, sizeof(in), "<img src='cid:%0*d'>", (int)MIME_HTML_CID_MAX, 7);
	scan(span_of(in, (size_t)len), 5, false, &seen);
	assert_int_equal(seen.len, MIME_HTML_CID_MAX + 1);
	len = snprintf(in, sizeof(in), "<img src='cid:%0*d'>", (int)MIME_HTML_CID_MAX + 1, 7);
	scan(span_of(in, (size_t)len), 5, false, &seen);
	assert_int_equal(seen.len, 0);
}

static void
knows_iso2022(void **state)
{
	/* "<body>" in JIS X 0208 rows is not a tag; ASCII again behind ESC ( B: RFC 1468 */
	static const char jp[] = "<title>\x1b$B<body>\x1b(B</title><body>\x1b$B$3\x1b(B";
	static const char kr[] = "\x1b$)C<html>\x0e<body>\x0f";
	struct seen seen;

	(void)state;
	assert_int_equal(scan(span_str(jp), 3, true, &seen), strstr(jp, "/title><body>") + 13 - jp);
	assert_int_equal(scan(span_str(kr), 3, true, &seen), 0);
	assert_int_equal(scan(SPAN("\x1b(B<html><body>x"), 2, true, &seen), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_place),
		cmocka_unit_test(finds_references),
		cmocka_unit_test(keeps_to_its_bound),
		cmocka_unit_test(knows_iso2022),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
