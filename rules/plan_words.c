/* rules/plan_words.c - values and rules of a plan as words for people, without its secrets. */
#include "rules/plan_int.h"

#define NEEDLE_BYTES 1024u

/* The secret itself and what a pattern has in its place. */
static enum err
mask_word(struct span word, struct buf *text)
{
	CLEANUP(buf_done_secret) struct buf escaped;
	CLEANUP(buf_done_secret) struct buf masked;

	buf_init(&escaped, NEEDLE_BYTES);
	buf_init(&masked, text->max);
	TRY(plan_regex_escape(word, &escaped));
	const struct span needles[] = { buf_span(&escaped), word };
	for (size_t i = 0; i < 2; i++) {
		struct span rest = buf_span(text);

		buf_clear(&masked);
		for (size_t at; (at = span_find(rest, needles[i])) < rest.len;) {
			TRY(buf_put(&masked, span_upto(rest, at)));
			TRY(buf_put_str(&masked, PLAN_MASK));
			rest = span_from(rest, at + needles[i].len);
		}
		TRY(buf_put(&masked, rest));
		buf_clear(text);
		TRY(buf_put(text, buf_span(&masked)));
	}
	return ERR_OK;
}

static enum err
mask(const struct tenant *t, struct buf *text)
{
	const struct setting_list *lists[] = { &t->secret_values, &t->mark_tokens };

	for (size_t l = 0; l < 2; l++) {
		for (size_t i = 0; i < lists[l]->count; i++)
			TRY(mask_word(span_str(lists[l]->items[i]), text));
	}
	return ERR_OK;
}

static enum err
put_text(const struct tenant *t, struct span s, struct buf *out)
{
	CLEANUP(buf_done_secret) struct buf text;

	buf_init(&text, 16 * s.len + 64); /* the shortest secret has 16 bytes, a character 8 */
	TRY(buf_put(&text, s));
	if (t != NULL)
		TRY(mask(t, &text));
	return exo_text_print(buf_span(&text), out);
}

/* A loop mark is no secret but for its token; of a secret not even a part is shown. */
static enum err
put_secret(const struct tenant *t, struct span s, struct buf *out)
{
	struct span token = span_from(s, SPAN("1.0 ").len);

	if (t == NULL || span_eq(s, SPAN("1.0")))
		return put_text(NULL, s, out);
	for (size_t i = 0; span_starts(s, SPAN("1.0 ")) && i < t->mark_tokens.count; i++)
		if (span_eq(token, span_str(t->mark_tokens.items[i])))
			return buf_put_str(out, "1.0 " PLAN_MASK);
	return buf_put_str(out, PLAN_MASK);
}

enum err
plan_value_words(
    const struct tenant *t, const struct exo_value *v, const char *joiner, struct buf *out)
{
	switch (v->type) {
	case EXO_SECRET:
		return put_secret(t, v->text, out);
	case EXO_TEXT:
	case EXO_NAME:
	case EXO_IGNORED:
		return put_text(t, v->text, out);
	case EXO_TEXTS:
	case EXO_NAMES:
		for (size_t i = 0; i < v->count; i++) {
			TRY(buf_put_str(out, i > 0 ? joiner : ""));
			TRY(put_text(t, v->items[i], out));
		}
		return ERR_OK;
	default:
		return exo_value_print(v, out);
	}
}

/*
 * How a condition or action is said. A row with a value is for that value and says all; else the value stands
 * between the words, and the value of the second member, if there is one, behind them.
 */
static const struct phrase {
	const char *name, *value;
	const char *before, *between, *second;
} phrases[] = {
	{ "FromMemberOf", NULL, "the sender is a member of ", "", NULL },
	{ "FromScope", "InOrganization", "the sender is inside the organization", NULL, NULL },
	{ "From", NULL, "the sender is ", "", NULL },
	{ "FromAddressMatchesPatterns", NULL, "the sender's address matches the pattern ", "",
	    NULL },
	{ "SentToScope", "NotInOrganization", "the recipient is outside the organization", NULL,
	    NULL },
	{ "AttachmentSizeOver", NULL, "a file larger than ", " is attached", NULL },
	{ "MessageTypeMatches", "OOF", "the mail is an automatic reply (type OOF)", NULL, NULL },
	{ "MessageTypeMatches", "Calendaring",
	    "the mail is an invitation or the answer to one (type Calendaring)", NULL, NULL },
	{ "HeaderMatchesMessageHeader", NULL, "the header ", " matches the pattern ",
	    "HeaderMatchesPatterns" },
	{ "HeaderContainsMessageHeader", NULL, "the header ", " has the word ",
	    "HeaderContainsWords" },
	{ "SetHeaderName", NULL, "set the header ", " to ", "SetHeaderValue" },
	{ "RouteMessageOutboundConnector", NULL, "send the mail through the connector ", "", NULL },
	{ "StopRuleProcessing", NULL, "ask no rule behind this one", NULL, NULL },
	{ "SetSCL", "-1", "ask the spam filter to let the mail pass (SCL -1)", NULL, NULL },
	{ "RemoveHeader", NULL, "remove the header ", "", NULL },
};

static const struct phrase *
phrase_of(const struct exo_member *m, struct span value)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (span_ieq(span_str(m->property->name), span_str(phrases[i].name)) &&
		    (phrases[i].value == NULL || span_ieq(value, span_str(phrases[i].value))))
			return &phrases[i];
	}
	return NULL;
}

/* Said together with the member in front of it. */
static bool
is_second(const struct exo_member *m)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].second != NULL &&
		    span_ieq(span_str(m->property->name), span_str(phrases[i].second)))
			return true;
	}
	return false;
}

static enum err
put_second(const struct tenant *t, const struct exo_object *rule, const struct exo_member *m,
    const char *second, struct buf *out)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct exo_member *other = &rule->members[i];

		if (other->property != NULL && other->exception == m->exception &&
		    span_ieq(span_str(other->property->name), span_str(second)))
			return plan_value_words(t, &other->value, " or ", out);
	}
	return ERR_OK;
}

static enum err
put_clause(const struct tenant *t, const struct exo_object *rule, const struct exo_member *m,
    struct buf *out)
{
	CLEANUP(buf_done_secret) struct buf value;

	buf_init(&value, out->max);
	TRY(plan_value_words(t, &m->value, " or ", &value));
	const struct phrase *p = phrase_of(m, buf_span(&value));
	if (p == NULL) {
		TRY(buf_put(out, m->name));
		TRY(buf_put_str(out, " is "));
		return buf_put(out, buf_span(&value));
	}
	TRY(buf_put_str(out, p->before));
	if (p->between == NULL)
		return ERR_OK;
	TRY(buf_put(out, buf_span(&value)));
	TRY(buf_put_str(out, p->between));
	return p->second == NULL ? ERR_OK : put_second(t, rule, m, p->second, out);
}

/* The clauses of one part of the rule; the first begins with other words than the rest. */
static enum err
put_part(const struct tenant *t, const struct exo_object *rule, enum exo_role role, bool exception,
    const char *const words[2], struct buf *out)
{
	size_t said = 0;

	for (size_t i = 0; i < rule->count; i++) {
		const struct exo_member *m = &rule->members[i];

		if (m->property == NULL || m->property->role != role || m->exception != exception ||
		    is_second(m))
			continue;
		TRY(buf_put_str(out, words[said++ > 0]));
		TRY(put_clause(t, rule, m, out));
		TRY(buf_put_str(out, "\n"));
	}
	return ERR_OK;
}

enum err
plan_rule_words(const struct tenant *t, const struct exo_object *rule, struct buf *out)
{
	static const char *const conditions[] = { "If ", "and " };
	static const char *const exceptions[] = { "except if ", "or if " };
	static const char *const actions[] = { "then ", "and " };

	TRY(put_part(t, rule, EXO_CONDITION, false, conditions, out));
	TRY(put_part(t, rule, EXO_CONDITION, true, exceptions, out));
	return put_part(t, rule, EXO_ACTION, false, actions, out);
}
