/*
 * mime/text.c - sizes, dates and strangers' words for people.
 */
#include "mime/text.h"

#include "mime/utf8.h"

#include <assert.h>
#include <string.h>
#include <time.h>

static uint32_t
take(struct span *s)
{
	bool ok;

	return utf8_take(s, &ok);
}

static uint64_t
rounded(uint64_t size, uint64_t unit)
{
	return size / unit + (size % unit * 2 >= unit ? 1 : 0);
}

enum err
mime_text_size(enum tenant_language language, uint64_t size, struct buf *out)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	const size_t last = sizeof(units) / sizeof(units[0]) - 1;
	const char *bytes = language == LANGUAGE_DE ? "Byte" : size == 1 ? "byte" : "bytes";
	uint64_t unit = 1000, tenths;
	size_t i = 0;

	if (size < 1000)
		return buf_printf(out, "%u %s", (unsigned)size, bytes);
	/* 999,500 bytes are 1.0 MB, not 1000 kB */
	for (; i < last && rounded(size, unit) >= 1000; i++)
		unit *= 1000;
	tenths = rounded(size, unit / 10);
	if (tenths >= 100)
		return buf_printf(out, "%u %s", (unsigned)rounded(size, unit), units[i]);
	return buf_printf(out, "%u%c%u %s", (unsigned)(tenths / 10),
	    language == LANGUAGE_EN ? '.' : ',', (unsigned)(tenths % 10), units[i]);
}

enum err
mime_text_date(enum tenant_language language, int64_t ms, struct buf *out)
{
	static const char *const months[3][12] = {
		[LANGUAGE_NL] = { "januari", "februari", "maart", "april", "mei", "juni", "juli",
		    "augustus", "september", "oktober", "november", "december" },
		[LANGUAGE_DE] = { "Januar", "Februar", "M\xc3\xa4rz", "April", "Mai", "Juni",
		    "Juli", "August", "September", "Oktober", "November", "Dezember" },
		[LANGUAGE_EN] = { "January", "February", "March", "April", "May", "June", "July",
		    "August", "September", "October", "November", "December" },
	};
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	assert(language <= LANGUAGE_EN);
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year > 9999 - 1900)
		return err_set(ERR_LIMIT, "no calendar has the time %lld ms", (long long)ms);
	return buf_printf(out, "%d%s %s %d", tm.tm_mday, language == LANGUAGE_DE ? "." : "",
	    months[language][tm.tm_mon], tm.tm_year + 1900);
}

/* Characters that change how their neighbours are shown, or are not shown at all (CVE-2021-42574). */
static const struct {
	uint32_t from, to;
} harmful[] = {
	{ 0x00, 0x08 }, { 0x0B, 0x0C }, { 0x0E, 0x1F }, { 0x7F, 0x9F }, { 0xAD, 0xAD },
	{ 0x034F, 0x034F }, /* combining grapheme joiner */
	{ 0x061C, 0x061C }, /* Arabic letter mark */
	{ 0x115F, 0x1160 }, /* Hangul fillers */
	{ 0x180B, 0x180F }, /* Mongolian selectors and separator */
	{ 0x200B, 0x200F }, /* zero width, direction marks */
	{ 0x2028, 0x202E }, /* line and paragraph separator, embeddings and overrides */
	{ 0x2060, 0x206F }, /* invisible operators, isolates */
	{ 0x3164, 0x3164 }, { 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFC },
	{ 0xFFFE, 0xFFFF }, { 0xE0000, 0xE0FFF }, /* tags, selectors */
};

static bool
is_harmful(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
		if (cp >= harmful[i].from && cp <= harmful[i].to)
			return true;
	return false;
}

static bool
is_blank(uint32_t cp)
{
	return cp == ' ' || cp == '\t' || cp == '\r' || cp == '\n' || cp == 0xA0 ||
	    (cp >= 0x2000 && cp <= 0x200A) || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

/* A line's characters one by one: neutralised, runs of blanks as one, none at either end. */
struct line {
	struct span rest;
	bool begun;
	bool blank;    /* one is due before the next character */
	uint32_t held; /* the character behind that blank, 0 none */
};

static uint32_t
line_next(struct line *l)
{
	uint32_t cp = l->held;

	l->held = 0;
	while (cp == 0 && l->rest.len > 0) {
		uint32_t c = take(&l->rest);

		if (is_blank(c)) {
			l->blank = l->begun;
			continue;
		}
		cp = is_harmful(c) ? UTF8_REPLACEMENT : c;
	}
	if (cp != 0 && l->blank) {
		l->held = cp;
		cp = ' ';
	}
	l->blank = false;
	l->begun |= cp != 0;
	return cp;
}

enum err
mime_text_line(struct span utf8, size_t max_chars, struct buf *out)
{
	struct line l = { .rest = utf8 };
	size_t total = 0, tail = max_chars / 4, head = max_chars - tail - 1, i = 0;
	uint32_t cp;

	assert(max_chars >= 8);
	while (line_next(&l) != 0)
		total++;
	l = (struct line){ .rest = utf8 };
	for (; (cp = line_next(&l)) != 0; i++) {
		if (total <= max_chars || i < head || i >= total - tail)
			TRY(mime_utf8_put(cp, out));
		else if (i == head)
			TRY(mime_utf8_put(0x2026, out));
	}
	return ERR_OK;
}

enum err
mime_text_html(struct span utf8, struct buf *out)
{
	while (utf8.len > 0) {
		uint32_t cp = take(&utf8);
		const char *escaped = cp == '&' ? "&amp;"
		    : cp == '<'                 ? "&lt;"
		    : cp == '>'                 ? "&gt;"
		    : cp == '"'                 ? "&quot;"
		    : cp == '\''                ? "&#39;"
						: NULL;

		if (escaped != NULL) {
			TRY(buf_put_str(out, escaped));
			continue;
		}
		if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') ||
		    (cp >= 0x7F && cp < 0xA0))
			cp = UTF8_REPLACEMENT;
		TRY(mime_utf8_put(cp, out));
	}
	return ERR_OK;
}
