#include "support/pwsh.h"

#include "core/buf.h"
#include "core/utf8.h"

#include <assert.h>
#include <string.h>

/* room for texts that were doubled and taken apart again; tests have no larger ones */
#define TEXT_MAX (1u << 20)

static bool
is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* letters, digits and, in a cmdlet, hyphens */
static bool
take_name(struct span *s, bool hyphens, struct span *ret)
{
	size_t n = 0;

	while (n < s->len &&
	    (is_letter(s->p[n]) || (n > 0 && (is_digit(s->p[n]) || (hyphens && s->p[n] == '-')))))
		n++;
	*ret = span_upto(*s, n);
	*s = span_from(*s, n);
	return n > 0;
}

/* one of the five characters that begin and end a literal text */
static bool
take_quote(struct span *s, struct span *ret)
{
	static const char *const quotes[] = { "'", "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A",
		"\xE2\x80\x9B" };

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
		if (span_take(s, span_str(quotes[i]))) {
			*ret = span_str(quotes[i]);
			return true;
		}
	return false;
}

/* 'text': two quotes in a row, of any kind, are the second of them; a line end would end the command */
static bool
take_literal(struct span *s, struct buf *out)
{
	struct span quote;

	if (!take_quote(s, &quote))
		return false;
	while (s->len > 0) {
		if (take_quote(s, &quote)) {
			if (!take_quote(s, &quote))
				return true;
			if (buf_put(out, quote) != ERR_OK)
				return false;
			continue;
		}
		if (s->p[0] < 0x20 || buf_put_byte(out, s->p[0]) != ERR_OK)
			return false;
		*s = span_from(*s, 1);
	}
	return false;
}

/* [char]N: one UTF-16 unit; the commands use none that is half a character */
static bool
take_char(struct span *s, struct buf *out)
{
	uint64_t n;

	if (!span_take(s, SPAN("[char]")) || !span_take_u64(s, 0xFFFF, &n) || n == 0)
		return false;
	uint32_t c = (uint32_t)n;
	if (c < 0x80)
		return buf_put_byte(out, (uint8_t)c) == ERR_OK;
	if (c < 0x800)
		return buf_printf(out, "%c%c", (int)(0xC0 | c >> 6), (int)(0x80 | (c & 0x3F))) ==
		    ERR_OK;
	if (c >= 0xD800 && c <= 0xDFFF)
		return false;
	return buf_printf(out, "%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3F)),
		   (int)(0x80 | (c & 0x3F))) == ERR_OK;
}

/* 'text' or ('text' + [char]10 + 'text'): a sum is of texts when its first term is one */
static bool
take_text(struct span *s, struct arena *a, struct span *ret)
{
	CLEANUP(buf_done) struct buf out;

	buf_init(&out, TEXT_MAX);
	if (!span_take_byte(s, '(')) {
		if (!take_literal(s, &out))
			return false;
	} else {
		if (!take_literal(s, &out))
			return false;
		while (span_take(s, SPAN(" + ")))
			if (!take_char(s, &out) && !take_literal(s, &out))
				return false;
		if (!span_take_byte(s, ')'))
			return false;
	}
	return arena_dup(a, buf_span(&out), ret) == ERR_OK;
}

static struct span *
texts(struct arena *a, size_t count)
{
	struct span *p = arena_alloc(a, count * sizeof(*p));

	assert(p != NULL);
	return p;
}

static bool
take_list(struct span *s, struct arena *a, struct pwsh_value *ret)
{
	size_t room = 0;

	ret->kind = PWSH_LIST;
	do {
		if (ret->count == room) {
			struct span *wider = texts(a, room = 2 * room + 2);

			if (ret->count > 0)
				memcpy(wider, ret->texts, ret->count * sizeof(*wider));
			ret->texts = wider;
		}
		if (!take_text(s, a, &ret->texts[ret->count++]))
			return false;
	} while (span_take(s, SPAN(", ")));
	return span_take_byte(s, ')');
}

static bool
take_number(struct span *s, struct span *ret)
{
	size_t n = s->len > 0 && s->p[0] == '-' ? 1 : 0, first = n;

	while (n < s->len && is_digit(s->p[n]))
		n++;
	*ret = span_upto(*s, n);
	*s = span_from(*s, n);
	return n > first;
}

static bool
is_constant(struct span name)
{
	return span_eq(name, SPAN("true")) || span_eq(name, SPAN("false")) ||
	    span_eq(name, SPAN("null"));
}

/* "if ($x) { $x } else { throw 'set $x first' })" behind "$(": $x, or the command is not run at all */
static bool
take_filled(struct span *s, struct span *ret)
{
	struct span again, third;

	return span_take(s, SPAN("if ($")) && take_name(s, false, ret) &&
	    span_take(s, SPAN(") { $")) && take_name(s, false, &again) && span_eq(again, *ret) &&
	    span_take(s, SPAN(" } else { throw 'set $")) && take_name(s, false, &third) &&
	    span_eq(third, *ret) && span_take(s, SPAN(" first' })"));
}

bool
pwsh_take_value(struct span *s, struct arena *a, struct pwsh_value *ret)
{
	*ret = (struct pwsh_value){ .kind = PWSH_TEXT, .count = 0 };
	if (span_take(s, SPAN("@(")))
		return take_list(s, a, ret);
	ret->texts = texts(a, 1);
	ret->count = 1;
	if (span_take(s, SPAN("$("))) {
		ret->kind = PWSH_VARIABLE;
		return take_filled(s, ret->texts);
	}
	if (span_take_byte(s, '$')) {
		ret->kind = PWSH_VARIABLE;
		/* one that nobody set is $null, and takes a member away */
		return take_name(s, false, ret->texts) && is_constant(*ret->texts);
	}
	if (s->len > 0 && (s->p[0] == '-' || is_digit(s->p[0]))) {
		ret->kind = PWSH_NUMBER;
		return take_number(s, ret->texts);
	}
	return take_text(s, a, ret->texts);
}

bool
pwsh_take_command(struct span *line, struct arena *a, struct pwsh_command *ret)
{
	ret->count = 0;
	if (!take_name(line, true, &ret->cmdlet))
		return false;
	while (span_take(line, SPAN(" -"))) {
		if (ret->count == PWSH_MAX_PARAMETERS)
			return false;
		struct pwsh_parameter *p = &ret->parameters[ret->count++];
		if (!take_name(line, false, &p->name))
			return false;
		p->colon = span_take_byte(line, ':');
		if (!p->colon && !span_take_byte(line, ' '))
			return false;
		if (!pwsh_take_value(line, a, &p->value))
			return false;
	}
	return line->len == 0 || span_take(line, SPAN("; "));
}
