/*
 * connector/smtp_params.c - see smtp_params.h.
 *
 *	esmtp-param   = esmtp-keyword ["=" esmtp-value]
 *	esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
 *	esmtp-value   = 1*(%d33-60 / %d62-126)		; RFC 6531 adds UTF-8
 */
#include "connector/smtp_params.h"

#include "connector/smtp_wire.h"
#include "core/utf8.h"

struct param {
	struct span keyword;
	struct span value;
	bool has_value;
};

/* What a keyword does; each keyword has a bit, so that the second of its kind is seen. */
struct param_kind {
	const char *keyword;
	enum err (*take)(const struct param *p, void *out);
};

static bool
keyword_byte(uint8_t b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
	    b == '-';
}

static bool
value_byte(uint8_t b)
{
	return b > ' ' && b != '=' && b != 0x7f;
}

static struct span
take_while(struct span *s, bool (*belongs)(uint8_t))
{
	struct span begin = *s;

	while (s->len > 0 && belongs(s->p[0]))
		*s = span_from(*s, 1);
	return span_upto(begin, begin.len - s->len);
}

/* SP esmtp-param */
static bool
take_param(struct span *s, struct param *ret)
{
	struct param p = { .has_value = false };

	if (!span_take_byte(s, ' '))
		return false;
	p.keyword = take_while(s, keyword_byte);
	if (p.keyword.len == 0 || p.keyword.p[0] == '-')
		return false;
	if (span_take_byte(s, '=')) {
		p.has_value = true;
		p.value = take_while(s, value_byte);
		if (p.value.len == 0)
			return false;
	}
	*ret = p;
	return true;
}

static enum err
wrong(const struct param *p)
{
	char keyword[24], value[64];

	return err_set(ERR_SYNTAX, "%s has the wrong value \"%s\"",
	    span_printable(p->keyword, keyword, sizeof(keyword)),
	    span_printable(p->value, value, sizeof(value)));
}

static enum err
parse(struct span s, const struct param_kind *kinds, size_t kind_count, void *out)
{
	unsigned seen = 0;
	char shown[64];

	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	while (s.len > 0) {
		struct param p;
		size_t i = 0;

		if (!take_param(&s, &p))
			return err_set(ERR_SYNTAX, "not a parameter: %s",
			    span_printable(s, shown, sizeof(shown)));
		while (i < kind_count && !span_ieq(p.keyword, span_str(kinds[i].keyword)))
			i++;
		if (i == kind_count)
			return err_set(ERR_DENIED, "parameter %s is not offered",
			    span_printable(p.keyword, shown, sizeof(shown)));
		if ((seen & 1u << i) != 0)
			return err_set(ERR_SYNTAX, "%s stands there twice", kinds[i].keyword);
		seen |= 1u << i;
		TRY(kinds[i].take(&p, out));
	}
	return ERR_OK;
}

/* --- MAIL ----------------------------------------------------------------------------------------
 */

/* size-value = 1*20DIGIT (RFC 1870 section 3); what does not fit 64 bits is just too much */
static enum err
take_size(const struct param *p, void *out)
{
	struct smtp_mail_params *m = out;
	struct span s = p->value;

	if (s.len == 0 || s.len > 20)
		return wrong(p);
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return wrong(p);
	m->has_size = true;
	if (!span_take_u64(&s, UINT64_MAX, &m->size))
		m->size = UINT64_MAX;
	return ERR_OK;
}

static enum err
take_body(const struct param *p, void *out)
{
	struct smtp_mail_params *m = out;

	m->body_8bit = span_ieq(p->value, SPAN("8BITMIME"));
	return m->body_8bit || span_ieq(p->value, SPAN("7BIT")) ? ERR_OK : wrong(p);
}

static enum err
take_smtputf8(const struct param *p, void *out)
{
	struct smtp_mail_params *m = out;

	m->smtputf8 = true;
	return p->has_value ? wrong(p) : ERR_OK;
}

static enum err
take_ret(const struct param *p, void *out)
{
	struct smtp_mail_params *m = out;

	if (span_ieq(p->value, SPAN("FULL")))
		m->ret = STORE_RET_FULL;
	else if (span_ieq(p->value, SPAN("HDRS")))
		m->ret = STORE_RET_HDRS;
	return m->ret != STORE_RET_NONE ? ERR_OK : wrong(p);
}

/* xtext that stands for printable text: S10, nothing that could begin a new line somewhere later */
static enum err
check_xtext(const struct param *p, struct span text, size_t max)
{
	CLEANUP(buf_done) struct buf decoded;
	enum err err;

	buf_init(&decoded, SMTP_ORCPT_MAX);
	if (text.len == 0 || p->value.len > max)
		return wrong(p);
	err = smtp_xtext_decode(text, &decoded);
	return err == ERR_SYNTAX ? wrong(p) : err;
}

static enum err
take_envid(const struct param *p, void *out)
{
	struct smtp_mail_params *m = out;

	TRY(check_xtext(p, p->value, SMTP_ENVID_MAX));
	m->envid = p->value;
	return ERR_OK;
}

static const struct param_kind mail_kinds[] = {
	{ "SIZE", take_size },
	{ "BODY", take_body },
	{ "SMTPUTF8", take_smtputf8 },
	{ "RET", take_ret },
	{ "ENVID", take_envid },
};

enum err
smtp_mail_params_parse(struct span s, struct smtp_mail_params *ret)
{
	*ret = (struct smtp_mail_params){ .ret = STORE_RET_NONE };
	return parse(s, mail_kinds, sizeof(mail_kinds) / sizeof(mail_kinds[0]), ret);
}

/* --- RCPT ----------------------------------------------------------------------------------------
 */

/* "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" ) */
static enum err
take_notify(const struct param *p, void *out)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = { { "SUCCESS", STORE_NOTIFY_SUCCESS }, { "FAILURE", STORE_NOTIFY_FAILURE },
		{ "DELAY", STORE_NOTIFY_DELAY } };
	struct smtp_rcpt_params *r = out;
	struct span s = p->value;

	if (span_ieq(s, SPAN("NEVER"))) {
		r->notify = STORE_NOTIFY_NEVER;
		return ERR_OK;
	}
	do {
		struct span word = span_upto(s, span_find_byte(s, ','));
		unsigned bit = 0;

		for (size_t i = 0; i < 3; i++)
			if (span_ieq(word, span_str(words[i].word)))
				bit = words[i].bit;
		if (bit == 0 || (r->notify & bit) != 0)
			return wrong(p);
		r->notify |= bit;
		s = span_from(s, word.len);
	} while (span_take_byte(&s, ','));
	return ERR_OK;
}

/* "\x{" HEXPOINT "}" (RFC 6533 section 3): any character but a control */
static bool
take_hexpoint(struct span *s)
{
	unsigned long value = 0;
	size_t digits = 0;

	if (!span_take(s, SPAN("\\x{")))
		return false;
	for (; s->len > 0 && s->p[0] != '}' && digits < 7; digits++) {
		uint8_t b = s->p[0];

		if (b >= '0' && b <= '9')
			value = value * 16 + (b - '0');
		else if (b >= 'A' && b <= 'F')
			value = value * 16 + (b - 'A') + 10;
		else
			return false;
		*s = span_from(*s, 1);
	}
	return span_take_byte(s, '}') && digits >= 2 && digits <= 6 && value >= ' ' &&
	    !(value >= 0x7f && value < 0xa0) && value <= 0x10ffff;
}

/* The utf-8 address type: printable ASCII without "+", "=" and "\", hexpoints, and UTF-8 as it is.
 */
static bool
utf8_address(struct span s)
{
	while (s.len > 0) {
		if (s.p[0] == '\\') {
			if (!take_hexpoint(&s))
				return false;
		} else if (s.p[0] < 0x80) {
			if (s.p[0] == '+')
				return false;
			s = span_from(s, 1);
		} else if (!utf8_take_graphic(&s)) {
			return false;
		}
	}
	return true;
}

/* addr-type ";" xtext (RFC 3461 section 4.2) */
static enum err
take_orcpt(const struct param *p, void *out)
{
	struct smtp_rcpt_params *r = out;
	struct span s = p->value, type, rest;

	if (p->value.len > SMTP_ORCPT_MAX || !span_take_until(&s, ';', &type) ||
	    !span_take_byte(&s, ';') || type.len == 0 || s.len == 0)
		return wrong(p);
	rest = type;
	if (take_while(&rest, keyword_byte).len != type.len)
		return wrong(p);
	if (!span_ieq(type, SPAN("utf-8")))
		TRY(check_xtext(p, s, SMTP_ORCPT_MAX));
	else if (!utf8_address(s))
		return wrong(p);
	r->orcpt = p->value;
	return ERR_OK;
}

static const struct param_kind rcpt_kinds[] = {
	{ "NOTIFY", take_notify },
	{ "ORCPT", take_orcpt },
};

enum err
smtp_rcpt_params_parse(struct span s, struct smtp_rcpt_params *ret)
{
	*ret = (struct smtp_rcpt_params){ .notify = 0 };
	return parse(s, rcpt_kinds, sizeof(rcpt_kinds) / sizeof(rcpt_kinds[0]), ret);
}
