/*
 * connector/smtp_data.c - see smtp_data.h.
 */
#include "connector/smtp_data.h"

#include <assert.h>

/* What was seen of the present line. */
enum state {
	LINE_START, /* CR LF, or the beginning of the mail */
	LINE_DOT,   /* "." at its start: stuffed, or the end */
	LINE_DOT_CR,
	LINE,
	LINE_CR, /* CR inside or at the end of a line */
};

void
smtp_data_init(struct smtp_data *d)
{
	*d = (struct smtp_data){ .state = LINE_START };
}

static void
odd(struct smtp_data *d, enum smtp_data_odd what, uint64_t at)
{
	if (d->odd == SMTP_DATA_FINE) {
		d->odd = what;
		d->odd_at = at;
	}
}

/* The state after byte b at offset at; d->ended and d->odd are set on the way. */
static int
step(struct smtp_data *d, uint8_t b, uint64_t at)
{
	bool after_cr = d->state == LINE_CR || d->state == LINE_DOT_CR;

	if (b == '\n' && after_cr) {
		d->ended = d->state == LINE_DOT_CR;
		return LINE_START;
	}
	if (after_cr)
		odd(d, SMTP_DATA_BARE_CR, at - 1);
	if (b == '\n')
		odd(d, SMTP_DATA_BARE_LF, at);
	if (b == '\0')
		odd(d, SMTP_DATA_NUL, at);
	if (b == '\r')
		return d->state == LINE_DOT ? LINE_DOT_CR : LINE_CR;
	return b == '.' && d->state == LINE_START ? LINE_DOT : LINE;
}

/* Bytes of a line that are neither CR, LF nor NUL, as many as there are. */
static size_t
plain_run(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] != '\r' && s.p[n] != '\n' && s.p[n] != '\0')
		n++;
	return n;
}

/*
 * A dot at the start of a line is held back until it is known to be stuffed or the end, and with it
 * the CR behind it; ".CR" and then no LF is odd, so that CR never needs to be put out.
 */
enum err
smtp_data_push(struct smtp_data *d, struct span *in, struct sink out)
{
	size_t from = 0, i = 0; /* in[from..i) is to be put out */

	assert(!d->ended);
	while (i < in->len && !d->ended) {
		bool fine = d->odd == SMTP_DATA_FINE, held;
		size_t run = d->state == LINE ? plain_run(span_from(*in, i)) : 0;

		if (run > 0) {
			i += run;
			continue;
		}
		d->state = step(d, in->p[i], d->octets + i);
		held = d->state == LINE_DOT || d->state == LINE_DOT_CR || d->ended;
		if (fine && (held || d->odd != SMTP_DATA_FINE))
			TRY(sink_put(out, span_of(in->p + from, i - from)));
		if (held || d->odd != SMTP_DATA_FINE)
			from = i + 1;
		i++;
	}
	if (d->odd == SMTP_DATA_FINE)
		TRY(sink_put(out, span_of(in->p + from, i - from)));
	d->octets += i;
	*in = span_from(*in, i);
	return ERR_OK;
}

enum err
smtp_chunk_parse(struct span args, struct smtp_chunk *ret)
{
	struct smtp_chunk c = { .last = false };
	struct span s = args;
	char shown[64];

	/* RFC 3030 section 2: chunk-size = 1*DIGIT; more than fits is no size at all */
	if (!span_take_u64(&s, UINT64_MAX / 2, &c.left))
		return err_set(ERR_SYNTAX, "no size of a chunk: %s",
		    span_printable(args, shown, sizeof(shown)));
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	if (span_take_byte(&s, ' ') && span_take_i(&s, SPAN("LAST")))
		c.last = true;
	if (s.len > 0)
		return err_set(ERR_SYNTAX, "no size of a chunk: %s",
		    span_printable(args, shown, sizeof(shown)));
	*ret = c;
	return ERR_OK;
}

struct span
smtp_chunk_take(struct smtp_chunk *c, struct span *in)
{
	size_t n = c->left < in->len ? (size_t)c->left : in->len;
	struct span chunk = span_upto(*in, n);

	*in = span_from(*in, n);
	c->left -= n;
	return chunk;
}
