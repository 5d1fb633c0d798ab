/*
 * rules/flow_content.c - conditions on header fields, attachments, sizes and types.
 */
#include "rules/flow_int.h"

#include "core/utf8.h"

#include <string.h>

/*
 * Header fields. All fields of the name that may be there are asked. They agree, or it is not said what
 * counts, or not known what is there; so it is when perhaps none is there.
 */
struct tally {
	bool met, not_met, absent, uncertain, masked;
	struct flow_verdict unknown; /* of a field of which the answer is unknown */
	struct flow_verdict yes, no;
};

/* U+FFFD stands where decoding went wrong, and an encoded word where it was not tried */
static bool
decoded(const struct flow_field *f)
{
	struct span word = span_from(f->value, span_find(f->value, SPAN("=?")));

	return !f->undecodable && utf8_valid(f->value) &&
	    span_find(f->value, SPAN("\xEF\xBF\xBD")) == f->value.len &&
	    span_find(word, SPAN("?=")) == word.len;
}

/* the same with tabs in the place of blanks */
static enum err
ask_tabs(struct span value, const struct flow_text *text, struct flow_verdict *ret)
{
	CLEANUP(buf_done) struct buf tabs;

	buf_init(&tabs, value.len + 1);
	for (size_t i = 0; i < value.len; i++)
		TRY(buf_put_byte(&tabs, value.p[i] == ' ' ? '\t' : value.p[i]));
	return flow_text_ask(text, buf_span(&tabs), true, ret);
}

static enum err
ask_value(const struct flow_field *f, const struct flow_text *text, struct flow_verdict *ret)
{
	struct flow_verdict other;

	TRY(flow_text_ask(text, f->value, true, ret));
	if (!f->tabbed || ret->answer == RULE_UNKNOWN)
		return ERR_OK;
	TRY(ask_tabs(f->value, text, &other));
	if (other.answer != ret->answer)
		*ret = flow_says(RULE_UNKNOWN, "header-folded");
	return ERR_OK;
}

static enum err
ask_field(const struct flow_field *f, const struct flow_text *text, struct flow_verdict *ret)
{
	if (f->masked)
		*ret = f->filled && flow_text_takes_all(text)
		    ? flow_says(RULE_YES, "patterns")
		    : flow_says(RULE_UNKNOWN, "header-masked");
	else if (decoded(f))
		return ask_value(f, text, ret);
	else
		*ret = flow_says(RULE_UNKNOWN, "header-undecodable");
	return ERR_OK;
}

static enum err
count_field(const struct flow_field *f, const struct flow_text *text, struct tally *t)
{
	struct flow_verdict v;

	TRY(ask_field(f, text, &v));
	t->uncertain |= f->uncertain;
	t->absent |= f->absent;
	if (v.answer == RULE_UNKNOWN) {
		t->unknown = flow_or(t->unknown, v);
	} else if (v.answer == RULE_YES) {
		t->met = true;
		t->yes = flow_or(t->yes, v);
	} else {
		t->not_met = true;
		t->no = flow_or(t->no, v);
	}
	return ERR_OK;
}

static struct flow_verdict
result(const struct tally *t)
{
	if (t->unknown.fact != NULL)
		return t->unknown;
	if (t->met && (t->not_met || t->absent))
		return flow_says(RULE_UNKNOWN, t->uncertain ? "header-earlier" : "header-many");
	if (t->met)
		return t->yes;
	return t->no.fact != NULL ? t->no : flow_says(RULE_NO, "header-absent");
}

/* fields that Exchange Online itself writes, rewrites or takes out on a mail's way */
static bool
is_of_service(struct span name)
{
	static const char *const starts[] = { "X-MS-", "X-Microsoft-", "X-Forefront-", "X-EOP",
		"X-Exchange-", "X-OriginatorOrg", "X-CustomSpam", "Received",
		"Authentication-Results", "ARC-", "DKIM-Signature", "Return-Path" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (span_istarts(name, span_str(starts[i])))
			return true;
	return false;
}

static enum err
ask_fields(const struct flow_ask *q, struct span name, struct flow_verdict *ret)
{
	struct tally t = { 0 };

	if (q->changed & FLOW_CHANGES_HEADER) {
		*ret = flow_says(RULE_UNKNOWN, "earlier-action");
		return ERR_OK;
	}
	for (size_t i = 0; i < q->field_count; i++)
		if (span_ieq(q->fields[i].name, name))
			TRY(count_field(&q->fields[i], q->condition->text, &t));
	*ret = result(&t);
	return ERR_OK;
}

enum err
flow_ask_header(const struct flow_ask *q, struct flow_verdict *ret)
{
	struct span name = span_trim(q->condition->partner->text);

	if (is_of_service(name))
		*ret = flow_says(RULE_UNKNOWN, "header-service");
	else if (span_ieq(name, SPAN("Subject")) && (q->changed & FLOW_CHANGES_SUBJECT))
		*ret = flow_says(RULE_UNKNOWN, "earlier-action");
	else
		return ask_fields(q, name, ret);
	return ERR_OK;
}

enum err
flow_ask_subject(const struct flow_ask *q, struct flow_verdict *ret)
{
	if (q->changed & FLOW_CHANGES_SUBJECT) {
		*ret = flow_says(RULE_UNKNOWN, "earlier-action");
		return ERR_OK;
	}
	return ask_fields(q, SPAN("Subject"), ret);
}

/*
 * Sizes
 */
#define KIB 1024u

/* what a size in a rule may mean: a small one may have been rounded up */
struct limit {
	uint64_t low, high;
};

static struct limit
limit_of(const struct exo_value *v)
{
	uint64_t n = v->number > 0 ? (uint64_t)v->number : 0;

	return (struct limit){ n, n < KIB ? KIB : n };
}

/* base64 with its line ends is 78 for 57 bytes */
static uint64_t
encoded(uint64_t bytes)
{
	return bytes > UINT64_MAX / 4 ? bytes : (bytes / 57 + 1) * 78;
}

static struct flow_verdict
over(struct limit limit, uint64_t size, const char *over_fact, const char *equal_fact)
{
	if (size > limit.high)
		return flow_says(RULE_YES, over_fact);
	if (size == limit.low || size == limit.high)
		return flow_says(RULE_UNKNOWN, equal_fact);
	if (size > limit.low)
		return flow_says(RULE_UNKNOWN, "size-small");
	return flow_says(RULE_NO, over_fact);
}

static struct flow_verdict
attachment_verdict(struct limit limit, const struct flow_attachment *at)
{
	switch (at->kind) {
	case FLOW_TNEF:
		return flow_says(RULE_UNKNOWN, "attachment-tnef");
	case FLOW_MESSAGE:
	case FLOW_UNSURE:
		/* a few words are below the size however they are counted, if at all */
		if (encoded(at->size_bytes) < limit.low)
			return flow_says(RULE_NO, "attachment-any");
		return flow_says(RULE_UNKNOWN,
		    at->kind == FLOW_MESSAGE ? "attachment-message" : "attachment-unsure");
	case FLOW_FILE:
	case FLOW_EMBEDDED:
		break;
	}
	struct flow_verdict v = over(limit, at->size_bytes,
	    at->kind == FLOW_EMBEDDED ? "attachment-embedded" : "attachment-any",
	    "attachment-equal");

	if (v.answer == RULE_NO && encoded(at->size_bytes) >= limit.low)
		return flow_says(RULE_UNKNOWN, "attachment-measure");
	return v;
}

enum err
flow_ask_attachment(const struct flow_ask *q, struct flow_verdict *ret)
{
	const struct flow_mail *m = q->mail;
	struct limit limit = limit_of(q->condition->value);
	struct flow_verdict v = flow_says(RULE_NO, "attachment-any");

	if (q->changed & FLOW_CHANGES_CONTENT) {
		*ret = flow_says(RULE_UNKNOWN, "earlier-action");
		return ERR_OK;
	}
	if (m->types[FLOW_ENCRYPTED] != RULE_NO ||
	    m->types[FLOW_PERMISSION_CONTROLLED] != RULE_NO) {
		*ret = flow_says(RULE_UNKNOWN, "attachment-encrypted");
		return ERR_OK;
	}
	for (size_t i = 0; i < m->attachment_count && v.answer != RULE_YES; i++)
		v = flow_or(v, attachment_verdict(limit, &m->attachments[i]));
	*ret = v;
	return ERR_OK;
}

enum err
flow_ask_size(const struct flow_ask *q, struct flow_verdict *ret)
{
	if (q->changed & (FLOW_CHANGES_CONTENT | FLOW_CHANGES_SUBJECT))
		*ret = flow_says(RULE_UNKNOWN, "earlier-action");
	else
		*ret = over(limit_of(q->condition->value), q->mail->size_bytes, "size-message",
		    "size-equal");
	return ERR_OK;
}

/*
 * Types
 */
static const char *const type_names[FLOW_TYPES] = {
	[FLOW_OOF] = "OOF",
	[FLOW_AUTO_FORWARD] = "AutoForward",
	[FLOW_ENCRYPTED] = "Encrypted",
	[FLOW_CALENDARING] = "Calendaring",
	[FLOW_PERMISSION_CONTROLLED] = "PermissionControlled",
	[FLOW_VOICEMAIL] = "Voicemail",
	[FLOW_SIGNED] = "Signed",
	[FLOW_APPROVAL_REQUEST] = "ApprovalRequest",
	[FLOW_READ_RECEIPT] = "ReadReceipt",
};

enum err
flow_ask_type(const struct flow_ask *q, struct flow_verdict *ret)
{
	size_t t = 0;

	while (t < FLOW_TYPES && !span_ieq(q->condition->value->text, span_str(type_names[t])))
		t++;
	if (t == FLOW_TYPES)
		*ret = flow_says(RULE_UNKNOWN, "not-modelled");
	else if (q->changed & FLOW_CHANGES_CONTENT)
		*ret = flow_says(RULE_UNKNOWN, "earlier-action");
	else if (q->mail->types[t] == RULE_YES || q->mail->types[t] == RULE_NO)
		*ret = flow_says(q->mail->types[t], "type-is");
	else
		*ret = flow_says(RULE_UNKNOWN, "type-unseen");
	return ERR_OK;
}

enum err
flow_ask_scl(const struct flow_ask *q, struct flow_verdict *ret)
{
	(void)q;
	*ret = flow_says(RULE_UNKNOWN, "scl-unseen");
	return ERR_OK;
}
