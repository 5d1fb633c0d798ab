/* mime/name.c - see name.h. */
#include "mime/name.h"

#include "core/crypto.h"
#include "core/utf8.h"
#include "mime/header.h"
#include "mime/qp.h"
#include "mime/utf8.h"

#include <stdio.h>
#include <string.h>

/* A name before it is shortened; what is longer loses its end. */
#define RAW_NAME_MAX 4608u
/* Longest ending that counts as an extension, its dot included. */
#define EXTENSION_MAX 21u

/* The forms in which one parameter may stand (RFC 2231 sections 3 and 4). */
struct forms {
	struct mime_param plain;                      /* filename= */
	struct mime_param extended;                   /* filename*= */
	struct mime_param section[MIME_MAX_SECTIONS]; /* filename*0=, filename*0*= */
	bool section_coded[MIME_MAX_SECTIONS];
	bool have_plain, have_extended;
	bool have_section[MIME_MAX_SECTIONS];
	bool any;
};

static enum err
once(bool *have)
{
	if (*have)
		return err_set(
		    ERR_SYNTAX, "a file name parameter stands twice in one header field");
	*have = true;
	return ERR_OK;
}

/* tail is what follows the parameter's name: "", "*", "*3", "*3*" */
static enum err
note_form(struct forms *f, struct span tail, const struct mime_param *p)
{
	uint64_t no;
	bool coded;

	f->any = true;
	if (tail.len == 0) {
		TRY(once(&f->have_plain));
		f->plain = *p;
		return ERR_OK;
	}
	tail = span_from(tail, 1);
	if (tail.len == 0) {
		TRY(once(&f->have_extended));
		f->extended = *p;
		return ERR_OK;
	}
	if ((tail.len > 1 && tail.p[0] == '0' && tail.p[1] != '*') ||
	    !span_take_u64(&tail, MIME_MAX_SECTIONS - 1, &no))
		return ERR_OK; /* no number, or beyond what is kept: RFC 2231 section 3 has no such */
	coded = span_take_byte(&tail, '*');
	if (tail.len > 0)
		return ERR_OK;
	TRY(once(&f->have_section[no]));
	f->section[no] = *p;
	f->section_coded[no] = coded;
	return ERR_OK;
}

static enum err
collect(struct span value, struct span name, struct forms *f)
{
	struct mime_params ps;
	struct mime_param p;
	struct span first;

	mime_params_start(&ps, value, &first);
	while (mime_params_next(&ps, &p))
		if (span_istarts(p.name, name) &&
		    (p.name.len == name.len || p.name.p[name.len] == '*'))
			TRY(note_form(f, span_from(p.name, name.len), &p));
	return ERR_OK;
}

/* ext-value without its charset and language: percent-encoded bytes */
static enum err
put_percent(struct span s, struct buf *out)
{
	while (s.len > 0) {
		uint8_t c = s.p[0];

		if (c == '%' && s.len > 2 && hex_value(s.p[1]) >= 0 && hex_value(s.p[2]) >= 0) {
			c = (uint8_t)(hex_value(s.p[1]) << 4 | hex_value(s.p[2]));
			s = span_from(s, 2);
		}
		s = span_from(s, 1);
		TRY(buf_put_byte(out, c));
	}
	return ERR_OK;
}

/* charset "'" language "'" rest; without both quotes all of it is the rest */
static struct span
take_charset(struct span *s)
{
	struct span in = *s, charset, language;

	if (!span_take_until(&in, '\'', &charset))
		return SPAN_NONE;
	in = span_from(in, 1);
	if (!span_take_until(&in, '\'', &language))
		return SPAN_NONE;
	*s = span_from(in, 1);
	return charset;
}

static enum err
from_extended(const struct forms *f, struct buf *out)
{
	CLEANUP(buf_done) struct buf bytes;
	struct span value = f->extended.value, charset = take_charset(&value);

	buf_init(&bytes, MIME_MAX_HEADER_BYTES);
	TRY(put_percent(value, &bytes));
	return mime_to_utf8(charset, buf_span(&bytes), out);
}

static enum err
from_sections(const struct forms *f, struct buf *out)
{
	CLEANUP(buf_done) struct buf bytes;
	struct span value, charset = SPAN_NONE;

	buf_init(&bytes, MIME_MAX_HEADER_BYTES);
	for (size_t i = 0; i < MIME_MAX_SECTIONS && f->have_section[i]; i++) {
		value = f->section[i].value;
		if (!f->section_coded[i]) {
			TRY(mime_param_unquote(&f->section[i], &bytes));
			continue;
		}
		if (i == 0)
			charset = take_charset(&value);
		TRY(put_percent(value, &bytes));
	}
	return mime_to_utf8(charset, buf_span(&bytes), out);
}

static enum err
from_plain(const struct forms *f, struct buf *out)
{
	CLEANUP(buf_done) struct buf bytes;

	buf_init(&bytes, MIME_MAX_HEADER_BYTES);
	TRY(mime_param_unquote(&f->plain, &bytes));
	return mime_value_decode(buf_span(&bytes), out);
}

static enum err
from_forms(const struct forms *f, struct buf *out)
{
	if (f->have_extended)
		return from_extended(f, out);
	if (f->have_section[0])
		return from_sections(f, out);
	return f->have_plain ? from_plain(f, out) : ERR_OK;
}

enum err
mime_name_choose(struct span disposition, struct span type, struct buf *out, bool *ret_named)
{
	struct forms filename = { 0 }, name = { 0 };
	size_t start = out->len;
	enum err err;

	TRY(collect(disposition, SPAN("filename"), &filename));
	TRY(collect(type, SPAN("name"), &name));
	err = from_forms(&filename, out);
	if (err == ERR_OK && out->len == start)
		err = from_forms(&name, out);
	if (err == ERR_LIMIT)
		err = ERR_OK; /* cut: a name is only a label */
	if (err == ERR_OK)
		*ret_named = filename.any || name.any;
	return err;
}

static bool
between(uint32_t c, uint32_t low, uint32_t high)
{
	return c >= low && c <= high;
}

/* Unicode general category Zs, and tab */
static bool
is_wide_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == 0xA0 || c == 0x1680 || between(c, 0x2000, 0x200A) ||
	    c == 0x202F || c == 0x205F || c == 0x3000;
}

/*
 * What may not be shown: it moves other text, is invisible, or means something to a file system.
 * Controls, Unicode categories Zl, Zp and Cf, Hangul fillers, private and unassigned ends of planes.
 */
static bool
is_harmful(uint32_t c)
{
	if (c < 0x80)
		return c < 0x20 || c == 0x7F || memchr(":*?\"<>|", (int)c, 7) != NULL;
	return between(c, 0x80, 0x9F) || c == 0xAD || c == 0x34F || between(c, 0x600, 0x605) ||
	    c == 0x61C || c == 0x6DD || c == 0x70F || c == 0x115F || c == 0x1160 ||
	    between(c, 0x17B4, 0x17B5) || between(c, 0x180B, 0x180F) ||
	    between(c, 0x200B, 0x200F) || between(c, 0x2028, 0x202E) ||
	    between(c, 0x2060, 0x206F) || c == 0x3164 || between(c, 0xFE00, 0xFE0F) ||
	    c == 0xFEFF || c == 0xFFA0 || between(c, 0xFFF0, 0xFFFB) ||
	    between(c, 0x1D173, 0x1D17A) || (c & 0xFFFE) == 0xFFFE || between(c, 0xE0000, 0xE0FFF);
}

/* Behind the last separator that something follows. */
static struct span
base_name(struct span s)
{
	while (s.len > 0 && (s.p[s.len - 1] == '/' || s.p[s.len - 1] == '\\'))
		s.len--;
	for (size_t i = s.len; i > 0; i--)
		if (s.p[i - 1] == '/' || s.p[i - 1] == '\\')
			return span_from(s, i);
	return s;
}

/* Character by character into out, which holds 3 bytes for each byte of s. Blanks at the start go. */
static struct span
neutralise(struct span s, uint8_t *out)
{
	bool blank = true, ok;
	struct span one;
	size_t n = 0;
	uint32_t c;

	while (s.len > 0) {
		one = s;
		c = utf8_take(&s, &ok);
		one.len -= s.len;
		if (!ok)
			one = SPAN("\xEF\xBF\xBD"); /* UTF8_REPLACEMENT */
		else if (is_wide_blank(c))
			one = blank ? SPAN_NONE : SPAN(" ");
		else if (is_harmful(c))
			one = SPAN("_");
		blank = ok && is_wide_blank(c);
		if (one.len > 0)
			memcpy(out + n, one.p, one.len);
		n += one.len;
	}
	return span_of(out, n);
}

/* CON, NUL, COM1 and so on, with or without an extension: Windows opens the device. */
static bool
is_device(struct span s)
{
	static const char *const names[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };
	struct span stem = span_trim(span_upto(s, span_find_byte(s, '.')));

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_ieq(stem, span_str(names[i])))
			return true;
	return (span_istarts(stem, SPAN("COM")) || span_istarts(stem, SPAN("LPT"))) &&
	    stem.len == 4 && stem.p[3] >= '0' && stem.p[3] <= '9';
}

static struct span
trim_dots(struct span s)
{
	while (s.len > 0 && (s.p[0] == '.' || s.p[0] == ' '))
		s = span_from(s, 1);
	while (s.len > 0 && (s.p[s.len - 1] == '.' || s.p[s.len - 1] == ' '))
		s.len--;
	return s;
}

/* The ending that decides how a file opens; empty when it has none that is short enough. */
static struct span
extension(struct span s)
{
	for (size_t i = s.len; i > 1 && s.len - i < EXTENSION_MAX; i--)
		if (s.p[i - 1] == '.')
			return span_from(s, i - 1);
	return SPAN_NONE;
}

size_t
mime_name_label(struct span name, char *out)
{
	uint8_t tmp[RAW_NAME_MAX * 3];
	const char *front = "";
	struct span s, end = SPAN_NONE;
	size_t room = MIME_NAME_MAX;

	s = trim_dots(neutralise(base_name(utf8_upto(name, RAW_NAME_MAX)), tmp));
	if (s.len == 0)
		s = SPAN("unnamed");
	if (is_device(s))
		front = "_";
	room -= strlen(front);
	if (s.len > room) {
		end = extension(s);
		s = utf8_upto(s, room - end.len);
		s = end.len > 0 ? s : trim_dots(s);
	}
	return (size_t)snprintf(out, MIME_NAME_MAX + 1, "%s%.*s%.*s", front, (int)s.len,
	    (const char *)s.p, (int)end.len, (const char *)(end.len > 0 ? end.p : s.p));
}
