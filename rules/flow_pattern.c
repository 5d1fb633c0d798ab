/*
 * rules/flow_pattern.c - a pattern as Microsoft writes it, made one that PCRE2 reads the same way.
 *
 *	pattern = branch *( "|" branch )
 *	branch  = *( atom [ "*" ] / "^" / "$" )
 *	atom    = "\" ( one of sSdDwW / a sign that stands for itself ) / "(" pattern ")" / a character
 *
 * Only this is documented for Exchange Online ("Regular expressions in mail flow rules in Exchange Online").
 * Everything else is not passed on: what it would mean is not known, and PCRE2 knows things that nobody
 * should be able to ask for. Whether brackets match is left to PCRE2.
 */
#include "rules/flow_int.h"

#include <assert.h>
#include <string.h>

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "\w matches any letter or decimal digit": without the underscore that other languages count */
static const char *
class_of(uint8_t c)
{
	switch (c) {
	case 's':
		return "\\s";
	case 'S':
		return "\\S";
	case 'd':
		return "\\p{Nd}";
	case 'D':
		return "\\P{Nd}";
	case 'w':
		return "[\\p{L}\\p{Nd}]";
	case 'W':
		return "[^\\p{L}\\p{Nd}]";
	default:
		return NULL;
	}
}

static enum err
put_literal(struct buf *out, uint8_t c)
{
	if (c > ' ' && c < 0x7F && !is_alnum(c))
		TRY(buf_put_byte(out, '\\'));
	return buf_put_byte(out, c);
}

struct translation {
	struct buf *out;
	bool dot_any, dot;
	bool atom; /* the last thing can be repeated */
	const char *fact;
};

static enum err
escape(struct translation *t, struct span *rest)
{
	uint8_t c = rest->len > 0 ? rest->p[0] : 0;
	const char *class = class_of(c);

	if (rest->len == 0) {
		t->fact = "pattern-broken";
		return ERR_OK;
	}
	if (class == NULL && (is_alnum(c) || c >= 0x80)) {
		t->fact = "pattern-more";
		return ERR_OK;
	}
	*rest = span_from(*rest, 1);
	t->atom = true;
	return class != NULL ? buf_put_str(t->out, class) : put_literal(t->out, c);
}

static enum err
sign(struct translation *t, uint8_t c, struct span *rest)
{
	bool was_atom = t->atom;

	t->atom = c == ')' || c == '.';
	switch (c) {
	case '\\':
		return escape(t, rest);
	case '*':
		if (!was_atom)
			t->fact = "pattern-broken";
		return buf_put_byte(t->out, '*');
	case '.':
		t->dot = true;
		return buf_put_str(t->out, t->dot_any ? "." : "\\.");
	default: /* ( ) | ^ $; what follows "(" is not "?", which is refused, nor "*", which is broken */
		return buf_put_byte(t->out, c);
	}
}

enum err
flow_pattern_translate(
    struct span pattern, bool dot_any, struct buf *out, const char **ret_fact, bool *ret_dot)
{
	struct translation t = { .out = out, .dot_any = dot_any };

	if (pattern.len > FLOW_MAX_PATTERN_BYTES)
		t.fact = "pattern-limit";
	while (pattern.len > 0 && t.fact == NULL) {
		uint8_t c = pattern.p[0];

		pattern = span_from(pattern, 1);
		if (c == 0 || memchr("+?[]{}", c, 6) != NULL) {
			t.fact = "pattern-more";
		} else if (memchr("\\*.()|^$", c, 8) != NULL) {
			TRY(sign(&t, c, &pattern));
		} else {
			/* a character of several bytes is repeated as one by PCRE2 */
			t.atom = true;
			TRY(put_literal(out, c));
		}
	}
	*ret_fact = t.fact;
	*ret_dot = t.dot;
	return ERR_OK;
}
