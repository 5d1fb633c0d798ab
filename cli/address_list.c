/* cli/address_list.c - see address_list.h. */
#include "cli/address_list.h"

#include "connector/mail_from.h"

/* Where a walk over a value stands: separators count outside of all of these only. */
struct lex {
	bool quoted, angle, literal;
	unsigned comments;
};

/* How many bytes belong together here; l is moved over the first of them. */
static size_t
lex_step(struct lex *l, struct span s)
{
	uint8_t c = s.p[0];

	if (c == '\\' && (l->quoted || l->comments > 0))
		return s.len > 1 ? 2 : 1;
	if (l->quoted)
		l->quoted = c != '"';
	else if (c == '(')
		l->comments++;
	else if (l->comments > 0)
		l->comments -= c == ')';
	else if (c == '"')
		l->quoted = true;
	else if (c == '[' || c == ']')
		l->literal = c == '[';
	else if (c == '<' || c == '>')
		l->angle = c == '<';
	return 1;
}

static bool
lex_plain(const struct lex *l)
{
	return !l->quoted && !l->angle && !l->literal && l->comments == 0;
}

/*
 * Take one item off the front. "name:" opens a group and ";" ends it: its members are items like others,
 * so the name is dropped and ";" separates as "," does.
 */
static struct span
item_take(struct span *value)
{
	struct span item = *value;
	struct lex l = { false, false, false, 0 };
	size_t at = 0;

	while (at < item.len) {
		uint8_t c = item.p[at];

		if (lex_plain(&l) && (c == ',' || c == ';'))
			break;
		at += lex_step(&l, span_from(item, at));
		if (lex_plain(&l) && c == ':') {
			item = span_from(item, at);
			at = 0;
		}
	}
	*value = span_from(item, at + 1);
	return span_trim(span_upto(item, at));
}

/* The text from the last "<" on that opens an angle; s itself when there is none. */
static struct span
last_angle(struct span s)
{
	struct span found = s;
	struct lex l = { false, false, false, 0 };

	for (size_t at = 0; at < s.len;) {
		if (lex_plain(&l) && s.p[at] == '<')
			found = span_from(s, at);
		at += lex_step(&l, span_from(s, at));
	}
	return found;
}

bool
address_list_next(struct span *value, struct span *ret_mailbox)
{
	struct address a;
	struct span item;

	do {
		if (value->len == 0)
			return false;
		item = item_take(value);
	} while (item.len == 0);
	*ret_mailbox = SPAN_NONE;
	if (mail_from_parse(item, &a) == ERR_OK || mail_from_parse(last_angle(item), &a) == ERR_OK)
		*ret_mailbox = span_of(a.local.p, a.local.len + 1 + a.domain.len);
	return true;
}
