/*
 * mime/charset.c - charset names, and our UTF-8 texts written in the five charsets that we write.
 */
#include "mime/charset.h"

#include "mime/utf8.h"

#include <assert.h>
#include <string.h>

static const struct {
	const char *name;
	enum mime_charset cs;
} names[] = {
	/* IANA "Character Sets", and what mail programs write beside it */
	{ "us-ascii", MIME_CHARSET_ASCII },
	{ "ascii", MIME_CHARSET_ASCII },
	{ "ansi_x3.4-1968", MIME_CHARSET_ASCII },
	{ "iso646-us", MIME_CHARSET_ASCII },
	{ "us", MIME_CHARSET_ASCII },
	{ "ibm367", MIME_CHARSET_ASCII },
	{ "cp367", MIME_CHARSET_ASCII },
	{ "csascii", MIME_CHARSET_ASCII },
	{ "utf-8", MIME_CHARSET_UTF8 },
	{ "utf8", MIME_CHARSET_UTF8 },
	{ "csutf8", MIME_CHARSET_UTF8 },
	{ "unicode-1-1-utf-8", MIME_CHARSET_UTF8 },
	{ "iso-8859-1", MIME_CHARSET_LATIN1 },
	{ "iso8859-1", MIME_CHARSET_LATIN1 },
	{ "iso_8859-1", MIME_CHARSET_LATIN1 },
	{ "iso_8859-1:1987", MIME_CHARSET_LATIN1 },
	{ "latin1", MIME_CHARSET_LATIN1 },
	{ "latin-1", MIME_CHARSET_LATIN1 },
	{ "l1", MIME_CHARSET_LATIN1 },
	{ "cp819", MIME_CHARSET_LATIN1 },
	{ "ibm819", MIME_CHARSET_LATIN1 },
	{ "csisolatin1", MIME_CHARSET_LATIN1 },
	{ "iso-8859-15", MIME_CHARSET_LATIN9 },
	{ "iso8859-15", MIME_CHARSET_LATIN9 },
	{ "iso_8859-15", MIME_CHARSET_LATIN9 },
	{ "latin-9", MIME_CHARSET_LATIN9 },
	{ "latin9", MIME_CHARSET_LATIN9 },
	{ "csiso885915", MIME_CHARSET_LATIN9 },
	{ "windows-1252", MIME_CHARSET_CP1252 },
	{ "cp1252", MIME_CHARSET_CP1252 },
	{ "cp-1252", MIME_CHARSET_CP1252 },
	{ "x-cp1252", MIME_CHARSET_CP1252 },
	{ "cswindows1252", MIME_CHARSET_CP1252 },
	{ "iso-2022-jp", MIME_CHARSET_ISO2022 },
	{ "iso-2022-jp-1", MIME_CHARSET_ISO2022 },
	{ "iso-2022-jp-2", MIME_CHARSET_ISO2022 },
	{ "iso-2022-jp-3", MIME_CHARSET_ISO2022 },
	{ "iso-2022-jp-2004", MIME_CHARSET_ISO2022 },
	{ "csiso2022jp", MIME_CHARSET_ISO2022 },
	{ "csiso2022jp2", MIME_CHARSET_ISO2022 },
	{ "iso-2022-kr", MIME_CHARSET_ISO2022 },
	{ "csiso2022kr", MIME_CHARSET_ISO2022 },
	{ "iso-2022-cn", MIME_CHARSET_ISO2022 },
	{ "iso-2022-cn-ext", MIME_CHARSET_ISO2022 },
	{ "cp50220", MIME_CHARSET_ISO2022 },
	{ "cp50221", MIME_CHARSET_ISO2022 },
	{ "cp50222", MIME_CHARSET_ISO2022 },
	{ "windows-50220", MIME_CHARSET_ISO2022 },
	{ "windows-50221", MIME_CHARSET_ISO2022 },
	/* bytes below 0x80 mean something else than in ASCII, sometimes or always */
	{ "utf-7", MIME_CHARSET_FOREIGN },
	{ "utf7", MIME_CHARSET_FOREIGN },
	{ "utf-7-imap", MIME_CHARSET_FOREIGN },
	{ "unicode-1-1-utf-7", MIME_CHARSET_FOREIGN },
	{ "x-unicode-2-0-utf-7", MIME_CHARSET_FOREIGN },
	{ "unicode-2-0-utf-7", MIME_CHARSET_FOREIGN },
	{ "csunicode11utf7", MIME_CHARSET_FOREIGN },
	{ "csutf7", MIME_CHARSET_FOREIGN },
	{ "csutf7imap", MIME_CHARSET_FOREIGN },
	{ "cp65000", MIME_CHARSET_FOREIGN },
	{ "unicode", MIME_CHARSET_FOREIGN },
	{ "unicodefffe", MIME_CHARSET_FOREIGN },
	{ "unicodefeff", MIME_CHARSET_FOREIGN },
	{ "scsu", MIME_CHARSET_FOREIGN },
	{ "bocu-1", MIME_CHARSET_FOREIGN },
	{ "cesu-16", MIME_CHARSET_FOREIGN },
	{ "hz-gb-2312", MIME_CHARSET_FOREIGN },
	{ "hz", MIME_CHARSET_FOREIGN },
};

/* Families: any name that starts so is not ASCII-compatible. */
static const char *const foreign_starts[] = { "utf-16", "utf16", "utf-32", "utf32", "csutf16",
	"csutf32", "ucs-2", "ucs2", "ucs-4", "ucs4", "iso-10646", "csunicode", "ebcdic", "csebcdic",
	"x-ebcdic", "x-utf-16", "x-utf-32", "x-imap4-modified-utf7" };

/* clang-format off */
/* EBCDIC code pages that IANA lists as IBMnnn and cpnnn. */
static const char *const ebcdic_pages[] = { "037", "038", "273", "274", "275", "277", "278", "280", "281",
	"284", "285", "290", "297", "420", "423", "424", "500", "870", "871", "880", "905", "918", "924",
	"1026", "1047", "01140", "01141", "01142", "01143", "01144", "01145", "01146", "01147", "01148",
	"01149", "1140", "1141", "1142", "1143", "1144", "1145", "1146", "1147", "1148", "1149" };
/* clang-format on */

static bool
is_ebcdic(struct span name)
{
	if (!span_take_i(&name, SPAN("ibm")) && !span_take_i(&name, SPAN("cp")) &&
	    !span_take_i(&name, SPAN("csibm")))
		return false;
	(void)span_take_byte(&name, '-');
	for (size_t i = 0; i < sizeof(ebcdic_pages) / sizeof(ebcdic_pages[0]); i++)
		if (span_ieq(name, span_str(ebcdic_pages[i])))
			return true;
	return false;
}

enum mime_charset
mime_charset_of(struct span name)
{
	name = span_trim(name);
	if (name.len == 0)
		return MIME_CHARSET_ASCII;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_ieq(name, span_str(names[i].name)))
			return names[i].cs;
	for (size_t i = 0; i < sizeof(foreign_starts) / sizeof(foreign_starts[0]); i++)
		if (span_istarts(name, span_str(foreign_starts[i])))
			return MIME_CHARSET_FOREIGN;
	return is_ebcdic(name) ? MIME_CHARSET_FOREIGN : MIME_CHARSET_OTHER;
}

bool
mime_charset_editable(struct span name)
{
	return mime_charset_of(name) != MIME_CHARSET_FOREIGN;
}

bool
mime_charset_iso2022(struct span name)
{
	return mime_charset_of(name) == MIME_CHARSET_ISO2022;
}

/* clang-format off */
/* The eight places where ISO-8859-15 differs from ISO-8859-1. */
static const struct {
	uint8_t  byte;
	uint16_t cp;
} latin9[] = {
	{ 0xA4, 0x20AC }, { 0xA6, 0x0160 }, { 0xA8, 0x0161 }, { 0xB4, 0x017D },
	{ 0xB8, 0x017E }, { 0xBC, 0x0152 }, { 0xBD, 0x0153 }, { 0xBE, 0x0178 },
};
/* clang-format on */

/* clang-format off */
/* Windows-1252 from 0x80 to 0x9F; 0: not assigned. */
static const uint16_t cp1252[32] = {
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
};
/* clang-format on */

static bool
in_latin9(uint32_t cp, uint8_t *ret_byte)
{
	for (size_t i = 0; i < sizeof(latin9) / sizeof(latin9[0]); i++) {
		if (latin9[i].cp == cp) {
			*ret_byte = latin9[i].byte;
			return true;
		}
		if (latin9[i].byte == cp)
			return false;
	}
	*ret_byte = (uint8_t)cp;
	return cp >= 0xA0 && cp <= 0xFF;
}

static bool
in_cp1252(uint32_t cp, uint8_t *ret_byte)
{
	for (size_t i = 0; i < 32; i++) {
		if (cp1252[i] == cp) {
			*ret_byte = (uint8_t)(0x80 + i);
			return true;
		}
	}
	*ret_byte = (uint8_t)cp;
	return cp >= 0xA0 && cp <= 0xFF;
}

/* byte_for() - the single byte for a character beyond ASCII, if cs has one. */
static bool
byte_for(enum mime_charset cs, uint32_t cp, uint8_t *ret_byte)
{
	if (cs == MIME_CHARSET_LATIN9)
		return in_latin9(cp, ret_byte);
	if (cs == MIME_CHARSET_CP1252)
		return in_cp1252(cp, ret_byte);
	*ret_byte = (uint8_t)cp;
	return cs == MIME_CHARSET_LATIN1 && cp >= 0xA0 && cp <= 0xFF;
}

/* clang-format off */
/* Latin letters and signs as ASCII, from U+00A0 to U+017F; "?" where nothing is near. */
static const char *const plain[0x180 - 0xA0] = {
	" ", "!", "c", "GBP", "?", "JPY", "|", "S", "\"", "(c)", "a", "<<", "-", "", "(r)", "-",
	"o", "+/-", "2", "3", "'", "u", "P", ".", ",", "1", "o", ">>", "1/4", "1/2", "3/4", "?",
	"A", "A", "A", "A", "Ae", "A", "AE", "C", "E", "E", "E", "E", "I", "I", "I", "I",
	"D", "N", "O", "O", "O", "O", "Oe", "x", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",
	"a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y",
	"A", "a", "A", "a", "A", "a", "C", "c", "C", "c", "C", "c", "C", "c", "D", "d",
	"D", "d", "E", "e", "E", "e", "E", "e", "E", "e", "E", "e", "G", "g", "G", "g",
	"G", "g", "G", "g", "H", "h", "H", "h", "I", "i", "I", "i", "I", "i", "I", "i",
	"I", "i", "IJ", "ij", "J", "j", "K", "k", "k", "L", "l", "L", "l", "L", "l", "L",
	"l", "L", "l", "N", "n", "N", "n", "N", "n", "n", "N", "n", "O", "o", "O", "o",
	"O", "o", "OE", "oe", "R", "r", "R", "r", "R", "r", "S", "s", "S", "s", "S", "s",
	"S", "s", "T", "t", "T", "t", "T", "t", "U", "u", "U", "u", "U", "u", "U", "u",
	"U", "u", "U", "u", "W", "w", "Y", "y", "Y", "Z", "z", "Z", "z", "Z", "z", "s",
};
/* clang-format on */

/* clang-format off */
/* General punctuation that our texts and people's file names hold. */
static const struct {
	uint16_t    cp;
	const char *ascii;
} signs[] = {
	{ 0x2010, "-" }, { 0x2011, "-" }, { 0x2012, "-" }, { 0x2013, "-" }, { 0x2014, "-" },
	{ 0x2018, "'" }, { 0x2019, "'" }, { 0x201A, "'" }, { 0x201C, "\"" }, { 0x201D, "\"" },
	{ 0x201E, "\"" }, { 0x2022, "*" }, { 0x2026, "..." }, { 0x2032, "'" }, { 0x2033, "\"" },
	{ 0x2039, "<" }, { 0x203A, ">" }, { 0x20AC, "EUR" }, { 0x2122, "(tm)" }, { 0x202F, " " },
};
/* clang-format on */

static const char *
ascii_for(uint32_t cp)
{
	if (cp >= 0xA0 && cp < 0x180)
		return plain[cp - 0xA0];
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (signs[i].cp == cp)
			return signs[i].ascii;
	return "?";
}

static enum err
put_char(enum mime_charset cs, uint32_t cp, bool html, struct buf *out)
{
	uint8_t byte;

	if (cp < 0x80)
		return buf_put_byte(out, (uint8_t)cp);
	if (cs == MIME_CHARSET_UTF8)
		return mime_utf8_put(cp, out);
	if (byte_for(cs, cp, &byte))
		return buf_put_byte(out, byte);
	if (html)
		return buf_printf(out, "&#%u;", (unsigned)cp);
	return buf_put_str(out, ascii_for(cp));
}

static enum err
put_all(enum mime_charset cs, struct span utf8, bool html, struct buf *out)
{
	assert(cs != MIME_CHARSET_FOREIGN);

	while (utf8.len > 0) {
		bool ok;

		TRY(put_char(cs, utf8_take(&utf8, &ok), html, out));
	}
	return ERR_OK;
}

enum err
mime_charset_text(enum mime_charset cs, struct span utf8, struct buf *out)
{
	return put_all(cs, utf8, false, out);
}

enum err
mime_charset_html(enum mime_charset cs, struct span utf8, struct buf *out)
{
	return put_all(cs, utf8, true, out);
}
