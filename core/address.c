#include "core/address.h"

#include "core/utf8.h"

#include <assert.h>
#include <string.h>

#define LOCAL_MAX  64u  /* RFC 5321 section 4.5.3.1.1 */
#define DOMAIN_MAX 255u /* RFC 5321 section 4.5.3.1.2 */
#define LABEL_MAX  63u  /* RFC 1035 section 2.3.4 */

static bool
is_letter_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322 section 3.2.3: atext; RFC 6531 section 3.3 adds UTF8-non-ascii */
static bool
atext_take(struct span *s, bool *utf8)
{
	if (s->len == 0)
		return false;
	uint8_t c = s->p[0];
	if (is_letter_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL)) {
		*s = span_from(*s, 1);
		return true;
	}
	if (c < 0x80 || !utf8_take_graphic(s))
		return false;
	*utf8 = true;
	return true;
}

/* Dot-string = Atom *("." Atom) */
static bool
dot_string_take(struct span *s, bool *utf8)
{
	do {
		if (!atext_take(s, utf8))
			return false;
		while (atext_take(s, utf8))
			;
	} while (span_take_byte(s, '.'));
	return true;
}

/* Quoted-string = DQUOTE *QcontentSMTP DQUOTE; qtextSMTP is 32-33, 35-91, 93-126 or UTF-8 */
static bool
quoted_string_take(struct span *s, bool *utf8)
{
	if (!span_take_byte(s, '"'))
		return false;
	while (!span_take_byte(s, '"')) {
		bool escaped = span_take_byte(s, '\\');

		if (s->len == 0)
			return false;
		if (s->p[0] >= 0x80) {
			/* a quoted pair holds ASCII only */
			if (escaped || !utf8_take_graphic(s))
				return false;
			*utf8 = true;
			continue;
		}
		if (s->p[0] < 0x20 || s->p[0] == 0x7f)
			return false;
		*s = span_from(*s, 1);
	}
	return true;
}

/* sub-domain = Let-dig [Ldh-str] / U-label */
static bool
label_take(struct span *s, bool *utf8)
{
	struct span begin = *s;
	bool hyphen = false;

	while (s->len > 0) {
		if (s->p[0] >= 0x80) {
			if (!utf8_take_graphic(s))
				return false;
			*utf8 = true;
			hyphen = false;
		} else if (is_letter_digit(s->p[0]) || (s->p[0] == '-' && s->len < begin.len)) {
			hyphen = s->p[0] == '-';
			*s = span_from(*s, 1);
		} else {
			break;
		}
	}
	size_t len = begin.len - s->len;
	return len >= 1 && len <= LABEL_MAX && !hyphen;
}

static bool
domain_name_take(struct span *s, bool *utf8)
{
	do {
		if (!label_take(s, utf8))
			return false;
	} while (span_take_byte(s, '.'));
	return true;
}

/* RFC 5321 section 4.1.3: Snum is 1*3DIGIT of 0..255 */
static bool
ipv4_take(struct span *s)
{
	for (int i = 0; i < 4; i++) {
		uint64_t n;

		if (i > 0 && !span_take_byte(s, '.'))
			return false;
		struct span begin = *s;
		if (!span_take_u64(s, 255, &n) || begin.len - s->len > 3)
			return false;
	}
	return true;
}

static size_t
hex_group_take(struct span *s)
{
	size_t n = 0;

	while (n < 4 && n < s->len &&
	    ((s->p[n] >= '0' && s->p[n] <= '9') ||
		((s->p[n] | 32) >= 'a' && (s->p[n] | 32) <= 'f')))
		n++;
	*s = span_from(*s, n);
	return n;
}

/* IPv6-addr with at most one "::", and an IPv4 tail in place of the last two groups */
static bool
ipv6_take(struct span *s)
{
	unsigned groups = 0;
	bool gap = span_take(s, SPAN("::"));

	for (;;) {
		struct span v4 = *s;

		if (ipv4_take(&v4) && v4.len > 0 && v4.p[0] == ']') {
			*s = v4;
			groups += 2;
			break;
		}
		if (hex_group_take(s) == 0)
			return gap && groups == 0;
		groups++;
		if (span_take(s, SPAN("::"))) {
			if (gap)
				return false;
			gap = true;
			if (s->len > 0 && s->p[0] == ']')
				break;
		} else if (!span_take_byte(s, ':')) {
			break;
		}
	}
	return gap ? groups <= 6 : groups == 8;
}

static bool
literal_take(struct span *s)
{
	if (!span_take_byte(s, '['))
		return false;
	bool ok = span_take_i(s, SPAN("IPv6:")) ? ipv6_take(s) : ipv4_take(s);
	return ok && span_take_byte(s, ']');
}

enum err
address_take(struct span *s, struct address *ret)
{
	struct span rest = *s;
	struct address a = { 0 };
	char shown[64];

	bool ok = rest.len > 0 && rest.p[0] == '"' ? quoted_string_take(&rest, &a.utf8)
						   : dot_string_take(&rest, &a.utf8);
	if (!ok)
		return err_set(
		    ERR_SYNTAX, "not a mailbox: %s", span_printable(*s, shown, sizeof(shown)));
	a.local = span_upto(*s, s->len - rest.len);
	if (!span_take_byte(&rest, '@'))
		return err_set(ERR_SYNTAX, "mailbox without a domain: %s",
		    span_printable(*s, shown, sizeof(shown)));
	struct span domain = rest;
	ok = rest.len > 0 && rest.p[0] == '[' ? literal_take(&rest)
					      : domain_name_take(&rest, &a.utf8);
	if (!ok)
		return err_set(
		    ERR_SYNTAX, "not a domain: %s", span_printable(domain, shown, sizeof(shown)));
	a.domain = span_upto(domain, domain.len - rest.len);
	if (a.local.len > LOCAL_MAX)
		return err_set(
		    ERR_LIMIT, "local part of %zu bytes, %u allowed", a.local.len, LOCAL_MAX);
	if (a.domain.len > DOMAIN_MAX)
		return err_set(
		    ERR_LIMIT, "domain of %zu bytes, %u allowed", a.domain.len, DOMAIN_MAX);
	*s = rest;
	*ret = a;
	return ERR_OK;
}

enum err
address_parse(struct span s, struct address *ret)
{
	struct address a;
	struct span rest = s;
	char shown[64];

	TRY(address_take(&rest, &a));
	if (rest.len > 0)
		return err_set(ERR_SYNTAX, "more behind a mailbox: %s",
		    span_printable(rest, shown, sizeof(shown)));
	*ret = a;
	return ERR_OK;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static enum err
put_lower(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		TRY(buf_put_byte(out, lower(s.p[i])));
	return ERR_OK;
}

/* The content of a quoted local part with quoted pairs undone. */
static enum err
unquote(struct span local, struct buf *out)
{
	for (size_t i = 1; i + 1 < local.len; i++) {
		if (local.p[i] == '\\')
			i++;
		TRY(buf_put_byte(out, lower(local.p[i])));
	}
	return ERR_OK;
}

/* Quotes that the content needs, in the one spelling that escapes only what must be. */
static enum err
put_quoted(struct buf *out, struct span content)
{
	TRY(buf_put_byte(out, '"'));
	for (size_t i = 0; i < content.len; i++) {
		if (content.p[i] == '"' || content.p[i] == '\\')
			TRY(buf_put_byte(out, '\\'));
		TRY(buf_put_byte(out, content.p[i]));
	}
	return buf_put_byte(out, '"');
}

static enum err
put_local(struct buf *out, struct span local)
{
	CLEANUP(buf_done) struct buf content;
	bool utf8 = false;

	assert(local.len > 0);
	buf_init(&content, LOCAL_MAX);
	if (local.p[0] != '"')
		return put_lower(out, local);
	TRY(unquote(local, &content));
	struct span rest = buf_span(&content);
	bool plain = dot_string_take(&rest, &utf8) && rest.len == 0;
	return plain ? buf_put(out, buf_span(&content)) : put_quoted(out, buf_span(&content));
}

enum err
address_canonical(struct span s, struct buf *out)
{
	struct address a;

	/* "a@b." is a mailbox that the DNS reads like "a@b" */
	if (s.len > 0 && s.p[s.len - 1] == '.')
		s.len--;
	TRY(address_parse(s, &a));
	TRY(put_local(out, a.local));
	TRY(buf_put_byte(out, '@'));
	return put_lower(out, a.domain);
}

bool
domain_is(struct span domain, struct span rule)
{
	if (!span_take(&rule, SPAN("*")))
		return rule.len > 0 && span_ieq(domain, rule);
	/* rule is now ".x": something must stand before it */
	return rule.len > 1 && rule.p[0] == '.' && domain.len > rule.len &&
	    span_iends(domain, rule);
}

bool
domain_valid(struct span domain)
{
	bool utf8 = false;

	return domain.len <= DOMAIN_MAX && domain_name_take(&domain, &utf8) && domain.len == 0;
}
