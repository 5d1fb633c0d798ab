/*
 * mime/banner.c - the notice with the download button, as HTML and as text.
 *
 * HTML: the mail's own style sheet must not hide or restyle it (M15). Every element carries its whole look
 * in a style attribute. Each declaration stands twice, plain for Outlook (Word drops those marked
 * !important when inline) and then !important, which no style sheet of the mail can beat. "all:initial"
 * comes first and undoes what is not named; readers that do not know it drop it. Background and text
 * colour always come together, so that dark modes turn both or none.
 */
#include "mime/banner.h"

#include <assert.h>
#include <string.h>

#define ORGANISATION_MAX 80u /* characters that are shown */
/* no line of ours begins with "--": it might look like the beginning of the mail's boundary */
#define RULE "____________________________________________________________"

struct words {
	const char *lang;
	const char *one, *one_from; /* "You have received a file", with the sender's organisation */
	const char *many, *many_from;
	const char *more;
	const char *unnamed;
	const char *button_one, *button_many;
	const char *until;
};

/* "%N" is the number of files, "%O" the organisation, "%D" the date. */
static const struct words all_words[3] = {
	[LANGUAGE_NL] = {
		"nl",
		"U hebt een bestand ontvangen",
		"U hebt een bestand ontvangen van %O",
		"U hebt %N bestanden ontvangen",
		"U hebt %N bestanden ontvangen van %O",
		"en nog %N",
		"naamloos bestand",
		"Bestand downloaden",
		"Bestanden downloaden",
		"Beschikbaar tot %D.",
	},
	[LANGUAGE_DE] = {
		"de",
		"Sie haben eine Datei erhalten",
		"Sie haben eine Datei von %O erhalten",
		"Sie haben %N Dateien erhalten",
		"Sie haben %N Dateien von %O erhalten",
		"und %N weitere",
		"unbenannte Datei",
		"Datei herunterladen",
		"Dateien herunterladen",
		"Verf\xc3\xbcgbar bis %D.",
	},
	[LANGUAGE_EN] = {
		"en",
		"You have received a file",
		"You have received a file from %O",
		"You have received %N files",
		"You have received %N files from %O",
		"and %N more",
		"unnamed file",
		"Download file",
		"Download files",
		"Available until %D.",
	},
};

/* clang-format off */
/* A declaration for Outlook, and the same again for everybody else's cascade. */
#define D(property, value) property ":" value ";" property ":" value "!important;"
#define BARE                                                                                       \
	"all:initial!important;visibility:visible!important;opacity:1!important;"                  \
	"position:static!important;float:none!important;transform:none!important;"                 \
	"max-height:none!important;overflow:visible!important;text-indent:0!important;"            \
	"direction:ltr!important;"
/* tbody and tr are written out: a browser would make a tbody that the mail's style sheet could hide */
#define ROW                                                                                        \
	"<tbody\r\nstyle=\"all:initial!important;" D("display", "table-row-group") "\"><tr\r\n"    \
	"style=\"all:initial!important;" D("display", "table-row") "\">"
#define ROW_END "</tr></tbody>"
#define FONT D("font-family", "Arial,Helvetica,sans-serif")
#define INK  D("color", "#1b1b1b")
#define PAPER "#eef3fa"
#define BLUE  "#0b57a4"

static const char html_open[] =
    "<table role=\"presentation\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\"\r\n"
    "style=\"" BARE D("display", "table") D("width", "100%") D("border-collapse", "collapse")
    D("margin", "0 0 16px 0") "\">" ROW "<td align=\"left\" bgcolor=\"" PAPER "\"\r\n"
    "style=\"" BARE D("display", "table-cell") D("padding", "16px") D("background-color", PAPER)
    D("border-left", "4px solid " BLUE) D("text-align", "left") INK "\">\r\n";

static const char line_open[] =
    "<p style=\"" BARE D("display", "block") D("margin", "0 0 8px 0") FONT INK
    D("line-height", "1.4") "\r\n" D("font-size", "15px") D("overflow-wrap", "anywhere")
    D("word-break", "break-word") D("text-align", "left") "\"\r\n>";

static const char title_open[] =
    "<p style=\"" BARE D("display", "block") D("margin", "0 0 8px 0") FONT INK
    D("line-height", "1.4") "\r\n" D("font-size", "16px") D("font-weight", "bold")
    D("overflow-wrap", "anywhere") D("text-align", "left") "\"\r\n>";

static const char line_close[] = "</p>\r\n";

/* The button: a table cell with its own colour, which Outlook draws too; the link fills it elsewhere. */
static const char button_open[] =
    "<table role=\"presentation\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\"\r\n"
    "style=\"" BARE D("display", "table") D("border-collapse", "separate") D("margin", "8px 0 16px 0")
    "\">" ROW "<td align=\"center\" bgcolor=\"" BLUE "\"\r\n"
    "style=\"" BARE D("display", "table-cell") D("background-color", BLUE) D("border-radius", "4px")
    "mso-padding-alt:12px 24px;\"><a target=\"_blank\" rel=\"noopener noreferrer\"\r\n"
    "href=\"";

static const char button_style[] =
    "\"\r\nstyle=\"" BARE D("display", "inline-block") D("padding", "12px 24px") FONT
    D("font-size", "16px") D("font-weight", "bold") D("line-height", "20px") "\r\n"
    D("color", "#ffffff") D("background-color", BLUE) D("text-decoration", "none")
    D("border-radius", "4px") "cursor:pointer!important;\">";

static const char button_close[] = "</a></td>" ROW_END "</table>\r\n";
static const char html_close[] = "</td>" ROW_END "</table>";
/* clang-format on */

static bool
is_url_byte(uint8_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr("-._~:/?#[]@!$&*+,;=%", c) != NULL;
}

enum err
mime_banner_check(const struct mime_banner *b)
{
	struct span rest;

	assert(b != NULL && b->language <= LANGUAGE_EN);
	rest = b->url;
	if (rest.len > MIME_BANNER_URL_MAX)
		return err_set(ERR_LIMIT, "download link of %zu bytes, %u allowed", rest.len,
		    MIME_BANNER_URL_MAX);
	if (!span_take(&rest, SPAN("https://")) && !span_take(&rest, SPAN("http://")))
		return err_set(ERR_SYNTAX, "download link that does not begin with https://");
	if (rest.len == 0)
		return err_set(ERR_SYNTAX, "download link without a host");
	for (size_t i = 0; i < rest.len; i++)
		if (!is_url_byte(rest.p[i]))
			return err_set(ERR_SYNTAX, "download link with byte 0x%02x", rest.p[i]);
	return ERR_OK;
}

/* put() - append words, escaped or not: the same text goes into both forms. */
static enum err
put(struct span utf8, bool html, struct buf *out)
{
	return html ? mime_text_html(utf8, out) : buf_put(out, utf8);
}

static enum err
put_organisation(const struct mime_banner *b, bool html, struct buf *out)
{
	struct buf line CLEANUP(buf_done) = { 0 };

	buf_init(&line, ORGANISATION_MAX * 4);
	TRY(mime_text_line(b->organisation, ORGANISATION_MAX, &line));
	return put(buf_span(&line), html, out);
}

static enum err
put_date(const struct mime_banner *b, bool html, struct buf *out)
{
	struct buf date CLEANUP(buf_done) = { 0 };

	buf_init(&date, 64);
	TRY(mime_text_date(b->language, b->expires_ms, &date));
	return put(buf_span(&date), html, out);
}

/* put_sentence() - a pattern of our own with its "%N", "%O" and "%D". */
static enum err
put_sentence(
    const struct mime_banner *b, const char *pattern, size_t count, bool html, struct buf *out)
{
	struct span rest = span_str(pattern), head;

	while (span_take_until(&rest, '%', &head)) {
		TRY(put(head, html, out));
		if (span_take(&rest, SPAN("%O")))
			TRY(put_organisation(b, html, out));
		else if (span_take(&rest, SPAN("%D")))
			TRY(put_date(b, html, out));
		else if (span_take(&rest, SPAN("%N")))
			TRY(buf_printf(out, "%zu", count));
		else
			assert(!"a pattern with an unknown sign");
	}
	return put(rest, html, out);
}

static const char *
title_of(const struct mime_banner *b, const struct words *w)
{
	bool from = span_trim(b->organisation).len > 0;

	if (b->file_count == 1)
		return from ? w->one_from : w->one;
	return from ? w->many_from : w->many;
}

/* put_file() - "name (1.2 MB)". */
static enum err
put_file(const struct mime_banner *b, const struct mime_banner_file *f, bool html, struct buf *out)
{
	struct buf line CLEANUP(buf_done) = { 0 };

	buf_init(&line, MIME_BANNER_NAME_MAX * 4 + 64);
	TRY(mime_text_line(f->name, MIME_BANNER_NAME_MAX, &line));
	if (line.len == 0)
		TRY(buf_put_str(&line, all_words[b->language].unnamed));
	TRY(buf_put_str(&line, " ("));
	TRY(mime_text_size(b->language, f->size_bytes, &line));
	TRY(buf_put_byte(&line, ')'));
	return put(buf_span(&line), html, out);
}

static size_t
shown(const struct mime_banner *b)
{
	return b->file_count < MIME_BANNER_FILES_MAX ? b->file_count : MIME_BANNER_FILES_MAX;
}

static enum err
html_line(const struct mime_banner *b, const char *open, const char *pattern, size_t count,
    struct buf *out)
{
	TRY(buf_put_str(out, open));
	TRY(put_sentence(b, pattern, count, true, out));
	return buf_put_str(out, line_close);
}

static enum err
html_files(const struct mime_banner *b, struct buf *out)
{
	for (size_t i = 0; i < shown(b); i++) {
		TRY(buf_put_str(out, line_open));
		TRY(put_file(b, &b->files[i], true, out));
		TRY(buf_put_str(out, line_close));
	}
	if (shown(b) < b->file_count)
		TRY(html_line(
		    b, line_open, all_words[b->language].more, b->file_count - shown(b), out));
	return ERR_OK;
}

static enum err
put_pad(char c, unsigned pad, struct buf *out)
{
	for (; pad > 0; pad--)
		TRY(buf_put_byte(out, (uint8_t)c));
	return ERR_OK;
}

enum err
mime_banner_html(const struct mime_banner *b, enum mime_charset cs, unsigned pad, struct buf *out)
{
	struct buf html CLEANUP(buf_done) = { 0 };
	const struct words *w;

	assert(out != NULL && pad <= 2);
	TRY(mime_banner_check(b));
	w = &all_words[b->language];
	buf_init(&html, MIME_BANNER_BYTES_MAX);
	TRY(buf_printf(&html, "\r\n<div lang=\"%s\" dir=\"ltr\" style=\"%s\">\r\n", w->lang,
	    BARE D("display", "block")));
	TRY(buf_put_str(&html, html_open));
	TRY(html_line(b, title_open, title_of(b, w), b->file_count, &html));
	TRY(html_files(b, &html));
	TRY(buf_put_str(&html, button_open));
	TRY(mime_text_html(b->url, &html));
	TRY(buf_put_str(&html, button_style));
	TRY(buf_put_str(&html, b->file_count == 1 ? w->button_one : w->button_many));
	TRY(buf_put_str(&html, button_close));
	TRY(html_line(b, line_open, w->until, 0, &html));
	TRY(buf_put_str(&html, html_close));
	TRY(buf_put_str(&html, "</div>"));
	TRY(put_pad(' ', pad, &html));
	TRY(buf_put_str(&html, "\r\n"));
	return mime_charset_html(cs, buf_span(&html), out);
}

static enum err
text_files(const struct mime_banner *b, struct buf *out)
{
	for (size_t i = 0; i < shown(b); i++) {
		TRY(buf_put_str(out, "- "));
		TRY(put_file(b, &b->files[i], false, out));
		TRY(buf_put_str(out, "\r\n"));
	}
	if (shown(b) < b->file_count) {
		TRY(put_sentence(
		    b, all_words[b->language].more, b->file_count - shown(b), false, out));
		TRY(buf_put_str(out, "\r\n"));
	}
	return ERR_OK;
}

enum err
mime_banner_text(const struct mime_banner *b, enum mime_charset cs, unsigned pad, struct buf *out)
{
	struct buf text CLEANUP(buf_done) = { 0 };
	const struct words *w;

	assert(out != NULL && pad <= 2);
	TRY(mime_banner_check(b));
	w = &all_words[b->language];
	buf_init(&text, MIME_BANNER_BYTES_MAX);
	TRY(buf_put_str(&text, RULE "\r\n"));
	TRY(put_sentence(b, title_of(b, w), b->file_count, false, &text));
	TRY(buf_put_str(&text, "\r\n\r\n"));
	TRY(text_files(b, &text));
	TRY(buf_printf(&text, "\r\n%s:\r\n", b->file_count == 1 ? w->button_one : w->button_many));
	TRY(buf_put(&text, b->url));
	TRY(buf_put_str(&text, "\r\n\r\n"));
	TRY(put_sentence(b, w->until, 0, false, &text));
	TRY(buf_put_str(&text, "\r\n" RULE));
	/* padding that is no blank: under format=flowed a blank at a line's end would join it to the next */
	TRY(put_pad('_', pad, &text));
	TRY(buf_put_str(&text, "\r\n\r\n"));
	return mime_charset_text(cs, buf_span(&text), out);
}
