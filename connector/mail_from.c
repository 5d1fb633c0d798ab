/*
 * connector/mail_from.c - see mail_from.h.
 */
#include "connector/mail_from.h"

#include <string.h>

#define COMMENT_DEPTH_MAX 5u

static bool
skip_comment(struct span *s)
{
	unsigned depth = 0;

	do {
		uint8_t b;

		if (s->len == 0)
			return false;
		b = s->p[0];
		*s = span_from(*s, 1);
		if (b == '(' && ++depth > COMMENT_DEPTH_MAX)
			return false;
		if (b == ')')
			depth--;
		if (b == '\\') {
			if (s->len == 0)
				return false;
			*s = span_from(*s, 1);
		}
	} while (depth > 0);
	return true;
}

/* CFWS (RFC 5322 section 3.2.2); what follows a folded line's CRLF is known to be a blank */
static bool
skip_cfws(struct span *s)
{
	while (s->len > 0) {
		uint8_t b = s->p[0];

		if (b == ' ' || b == '\t' || b == '\r' || b == '\n')
			*s = span_from(*s, 1);
		else if (b != '(')
			return true;
		else if (!skip_comment(s))
			return false;
	}
	return true;
}

static bool
skip_quoted(struct span *s)
{
	*s = span_from(*s, 1);
	while (s->len > 0 && s->p[0] != '"') {
		bool escape = s->p[0] == '\\';

		*s = span_from(*s, 1);
		if (escape)
			*s = span_from(*s, 1);
	}
	return span_take_byte(s, '"');
}

/* display-name = phrase; "." and bytes beyond ASCII as everybody writes them (obs-phrase, RFC 6532)
 */
static bool
skip_phrase(struct span *s)
{
	for (;;) {
		if (!skip_cfws(s) || s->len == 0)
			return false;
		if (s->p[0] == '<')
			return true;
		if (s->p[0] == '"') {
			if (!skip_quoted(s))
				return false;
			continue;
		}
		if (s->p[0] <= ' ' || s->p[0] == 0x7f || strchr("()[]:;@\\,>", s->p[0]) != NULL)
			return false;
		*s = span_from(*s, 1);
	}
}

enum err
mail_from_parse(struct span value, struct address *ret)
{
	struct span s = value, at;
	struct address a;

	if (span_find_byte(value, '\0') < value.len || !skip_cfws(&s))
		return err_set(ERR_SYNTAX, "the From field cannot be read");
	at = s;
	if (address_take(&at, &a) != ERR_OK || !skip_cfws(&at) || at.len > 0) {
		at = s;
		if (!skip_phrase(&at) || !span_take_byte(&at, '<') ||
		    address_take(&at, &a) != ERR_OK || !span_take_byte(&at, '>') ||
		    !skip_cfws(&at) || at.len > 0)
			return err_set(ERR_SYNTAX, "the From field is not one plain mailbox");
	}
	*ret = a;
	return ERR_OK;
}
