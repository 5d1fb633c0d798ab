/* mime/qp.c - see qp.h. */
#include "mime/qp.h"

#include "core/crypto.h"

#include <assert.h>
#include <string.h>

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* What was held was text after all. */
static size_t
release(struct mime_qp *q, uint8_t *out)
{
	size_t n = q->held_count;

	memcpy(out, q->held, n);
	q->held_count = 0;
	q->escape = 0;
	return n;
}

static void
drop(struct mime_qp *q)
{
	q->held_count = 0;
	q->escape = 0;
}

static void
hold(struct mime_qp *q, uint8_t c)
{
	assert(q->held_count < sizeof(q->held));
	q->held[q->held_count++] = c;
}

/*
 * c behind "=", "=X", "=  " or "=  CR". Returns true when c is used up; else the held bytes are settled and
 * c is to be looked at anew.
 */
static bool
in_escape(struct mime_qp *q, uint8_t c, uint8_t *out, size_t *ret_n)
{
	uint8_t last = q->held[q->held_count - 1];
	bool digit = hex_value(last) >= 0;

	*ret_n = 0;
	if (digit && hex_value(c) >= 0) {
		out[0] = (uint8_t)(hex_value(last) << 4 | hex_value(c));
		drop(q);
		*ret_n = 1;
		return true;
	}
	if (!digit && c == '\n') {
		drop(q); /* soft line break, blanks before it allowed: note (3) */
		return true;
	}
	if (last == '\r') {
		drop(q);
		return false;
	}
	if (!digit && (c == '\r' || (is_blank(c) && q->held_count < sizeof(q->held) - 1))) {
		hold(q, c);
		return true;
	}
	if (q->held_count == 1 && hex_value(c) >= 0) {
		hold(q, c);
		return true;
	}
	*ret_n = release(q, out); /* note (2): leave it as it stands */
	return false;
}

static size_t
push_byte(struct mime_qp *q, uint8_t c, uint8_t *out)
{
	size_t n = 0;

	if (q->escape != 0) {
		bool used = in_escape(q, c, out, &n);

		if (used)
			return n;
	}
	if (is_blank(c) || c == '=') {
		if (q->held_count == sizeof(q->held) || (c == '=' && q->held_count > 0))
			n += release(q, out + n);
		q->escape = c == '=';
		hold(q, c);
		return n;
	}
	if (c == '\r' || c == '\n')
		drop(q); /* note (3): blanks at the end of a line were not written by the author */
	else
		n += release(q, out + n);
	out[n++] = c;
	return n;
}

size_t
mime_qp_push(struct mime_qp *q, struct span in, uint8_t *out)
{
	const uint8_t *p = in.p, *end = in.p + in.len;
	uint8_t *start = out;

	while (p < end) {
		if (q->held_count == 0)
			while (p < end && *p != '=' && *p != ' ' && *p != '\t')
				*out++ = *p++;
		if (p < end)
			out += push_byte(q, *p++, out);
	}
	return (size_t)(out - start);
}

size_t
mime_qp_finish(struct mime_qp *q, uint8_t *out)
{
	size_t n = 0;

	/* "=X" at the very end is text; "=" is a soft break, and blanks end a line */
	if (q->escape != 0 && q->held_count == 2 && hex_value(q->held[1]) >= 0)
		n = release(q, out);
	drop(q);
	return n;
}
