/* cli/mail_start.c - see mail_start.h. */
#include "cli/mail_start.h"

#include <errno.h>
#include <string.h>

#define START_BYTES 4096u

static void
skip_empty_lines(struct span *s)
{
	while (span_take_byte(s, '\r') || span_take_byte(s, '\n'))
		;
}

static bool
is_letter_or_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* "Name:"; blanks before the colon are of old mails (RFC 5322 section 4.5) */
static bool
begins_with_field(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != ':' && s.p[n] != '"')
		n++;
	if (n == 0 || !is_letter_or_digit(s.p[0]))
		return false;
	while (n < s.len && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return n < s.len && s.p[n] == ':';
}

bool
mail_start_looks(struct span start)
{
	(void)span_take(&start, SPAN("\xEF\xBB\xBF"));
	skip_empty_lines(&start);
	if (span_take(&start, SPAN("From ")) || span_take(&start, SPAN(">From "))) {
		start = span_from(start, span_find_byte(start, '\n'));
		skip_empty_lines(&start);
	}
	return begins_with_field(start);
}

enum err
mail_start_is(FILE *in, bool *ret)
{
	uint8_t start[START_BYTES];
	size_t n;

	errno = 0;
	n = fread(start, 1, sizeof(start), in);
	if (ferror(in) || fseeko(in, 0, SEEK_SET) != 0)
		return err_set(ERR_TEMP, "%s", strerror(errno));
	*ret = mail_start_looks(span_of(start, n));
	return ERR_OK;
}
