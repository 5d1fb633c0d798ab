/* mime/utf8.c - see utf8.h. */
#include "mime/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

/* What mail programs write in names and subjects; stateful or exotic converters stay out. */
static const char *const convertible[] = {
	"big5",
	"big5-hkscs",
	"cp1250",
	"cp1251",
	"cp437",
	"cp850",
	"cp866",
	"cp932",
	"cp936",
	"cp949",
	"euc-jp",
	"euc-kr",
	"euc-tw",
	"gb18030",
	"gb2312",
	"gbk",
	"iso-2022-jp",
	"iso-8859-10",
	"iso-8859-11",
	"iso-8859-13",
	"iso-8859-14",
	"iso-8859-15",
	"iso-8859-16",
	"iso-8859-2",
	"iso-8859-3",
	"iso-8859-4",
	"iso-8859-5",
	"iso-8859-6",
	"iso-8859-7",
	"iso-8859-8",
	"iso-8859-9",
	"koi8-r",
	"koi8-u",
	"ks_c_5601-1987",
	"macintosh",
	"shift_jis",
	"tis-620",
	"utf-16",
	"utf-16be",
	"utf-16le",
	"windows-1250",
	"windows-1251",
	"windows-1253",
	"windows-1254",
	"windows-1255",
	"windows-1256",
	"windows-1257",
	"windows-1258",
	"windows-31j",
	"windows-874",
};

enum err
mime_utf8_put(uint32_t c, struct buf *out)
{
	uint8_t b[4];
	size_t n;

	if (c < 0x80) {
		b[0] = (uint8_t)c;
		n = 1;
	} else if (c < 0x800) {
		b[0] = (uint8_t)(0xC0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		b[0] = (uint8_t)(0xE0 | c >> 12);
		n = 3;
	} else {
		b[0] = (uint8_t)(0xF0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		b[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3F));
	return buf_put(out, span_of(b, n));
}

/* UTF-8 in, UTF-8 out, what is broken replaced. */
static enum err
put_utf8(struct span in, struct buf *out)
{
	bool ok;

	while (in.len > 0)
		TRY(mime_utf8_put(utf8_take(&in, &ok), out));
	return ERR_OK;
}

/* Windows-1252 in 0x80 to 0x9F (the encoding standard, "index windows-1252"); elsewhere it is Latin 1. */
static const uint16_t cp1252[32] = { 0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C,
	0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E,
	0x0178 };

static enum err
put_cp1252(struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.p[i];

		TRY(mime_utf8_put(c >= 0x80 && c < 0xA0 ? cp1252[c - 0x80] : c, out));
	}
	return ERR_OK;
}

/* The list's own spelling of charset, or NULL. A language tag (RFC 2231 section 5, "utf-8*en") is cut off. */
static const char *
listed(struct span charset)
{
	charset = span_upto(charset, span_find_byte(charset, '*'));
	for (size_t i = 0; i < sizeof(convertible) / sizeof(convertible[0]); i++)
		if (span_ieq(charset, span_str(convertible[i])))
			return convertible[i];
	if (span_ieq(charset, SPAN("cp-850")))
		return "cp850";
	return NULL;
}

static void
converter_close(iconv_t *cd)
{
	if (*cd != (iconv_t)-1)
		iconv_close(*cd);
}

static enum err
convert(iconv_t cd, struct span in, struct buf *out)
{
	char piece[256], *to, *from = (char *)(uintptr_t)in.p;
	size_t room, left = in.len, rc;
	int why;

	while (left > 0) {
		to = piece;
		room = sizeof(piece);
		rc = iconv(cd, &from, &left, &to, &room);
		why = errno;
		TRY(put_utf8(span_of(piece, sizeof(piece) - room), out));
		if (rc != (size_t)-1 || why == E2BIG)
			continue;
		TRY(mime_utf8_put(UTF8_REPLACEMENT, out));
		if (why != EILSEQ)
			break; /* cut character at the end */
		from++;
		left--;
	}
	return ERR_OK;
}

/* Windows-1252, and Latin 1, which readers take for its superset (so does the encoding standard). */
static bool
is_cp1252(struct span charset)
{
	static const char *const names[] = { "windows-1252", "cp1252", "iso-8859-1", "iso8859-1",
		"latin1" };

	charset = span_upto(charset, span_find_byte(charset, '*'));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_ieq(charset, span_str(names[i])))
			return true;
	return false;
}

enum err
mime_to_utf8(struct span charset, struct span in, struct buf *out)
{
	CLEANUP(converter_close) iconv_t cd = (iconv_t)-1;
	const char *name = listed(charset);

	if (is_cp1252(charset))
		return put_cp1252(in, out);
	if (name == NULL && !span_ieq(charset, SPAN("utf-8")) && !utf8_valid(in))
		return put_cp1252(in, out);
	if (name == NULL)
		return put_utf8(in, out);
	cd = iconv_open("utf-8", name);
	if (cd == (iconv_t)-1)
		return put_utf8(in, out); /* a system without that converter */
	return convert(cd, in, out);
}
