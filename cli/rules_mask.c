/*
 * cli/rules_mask.c - the loop mark's tokens: how mail comes back, and what is never shown.
 *
 * Settings say them when there are any; else they are read off the rules, which hold all of them.
 */
#include "cli/rules_world.h"

#include <string.h>

#define SECRET_MIN 8u  /* shorter ones would mask half of the text, and keep nothing from anybody */
#define CUT_MIN    4u  /* of a secret before "..."; fewer are any word's */
#define TOKENS_MAX 64u /* a tenant has two; others' rules may ask for the mark as well */
#define MASK       SPAN("********")

/* --- tokens --- */

/* The token in "1.0 TOKEN", as a rule that sets the header says it. */
static struct span
token_stamped(const struct exo_object *rule)
{
	struct span value = rules_text(rule, "SetHeaderValue");

	if (!span_ieq(rules_text(rule, "SetHeaderName"), SPAN(RULES_MARK_HEADER)) ||
	    !span_take(&value, SPAN("1.0 ")))
		return SPAN_NONE;
	return span_trim(value);
}

/* What has a meaning of its own in a pattern, or ends a word: "(?:" and "\\s" as a whole. */
static bool
syntax_take(struct span *rest)
{
	const struct span ends = SPAN("|)^$*+?.[]{}( \t");

	if (span_take(rest, SPAN("(?:")))
		return true;
	if (rest->len > 1 && rest->p[0] == '\\' && (rest->p[1] | 0x20) >= 'a' &&
	    (rest->p[1] | 0x20) <= 'z')
		*rest = span_from(*rest, 2);
	else if (span_find_byte(ends, rest->p[0]) < ends.len)
		*rest = span_from(*rest, 1);
	else
		return false;
	return true;
}

/* The word at the front of *rest, escapes undone; out has room for all of it. */
static size_t
word_take(struct span *rest, char *out)
{
	size_t n = 0;

	while (rest->len > 0) {
		struct span after = *rest;

		if (syntax_take(&after))
			break;
		(void)span_take_byte(rest, '\\');
		if (rest->len == 0)
			break;
		out[n++] = (char)rest->p[0];
		*rest = span_from(*rest, 1);
	}
	return n;
}

static void
token_add(struct rules_list *list, struct span token)
{
	if (token.len < SECRET_MIN || list->count == TOKENS_MAX)
		return;
	for (size_t i = 0; i < list->count; i++)
		if (span_eq(list->items[i], token))
			return;
	list->items[list->count++] = token;
}

/*
 * The tokens in a pattern "^\\s*1\\.0\\s\\s*(one|two)\\s*$", which is all that an export shows of them: it has
 * a digest in the place of a header's value. However it is written, they are its long words.
 */
static enum err
tokens_in(struct span pattern, struct arena *a, struct rules_list *list)
{
	char *word = arena_alloc(a, pattern.len + 1);

	if (word == NULL)
		return ERR_TEMP;
	while (pattern.len > 0) {
		size_t len = word_take(&pattern, word);

		token_add(list, span_of(word, len));
		word += len;
		if (pattern.len > 0)
			(void)syntax_take(&pattern);
	}
	return ERR_OK;
}

/* Where a rule asks for the mark. */
static const struct {
	const char *header, *texts;
} asked[] = {
	{ "ExceptIfHeaderMatchesMessageHeader", "ExceptIfHeaderMatchesPatterns" },
	{ "ExceptIfHeaderContainsMessageHeader", "ExceptIfHeaderContainsWords" },
	{ "HeaderMatchesMessageHeader", "HeaderMatchesPatterns" },
	{ "HeaderContainsMessageHeader", "HeaderContainsWords" },
};
#define ASKED (sizeof(asked) / sizeof(asked[0]))

static const struct exo_value *
texts_asked(const struct exo_object *rule, size_t way)
{
	return span_ieq(rules_text(rule, asked[way].header), SPAN(RULES_MARK_HEADER))
	    ? exo_get(rule, asked[way].texts)
	    : NULL;
}

static enum err
tokens_of_rule(const struct exo_object *rule, struct arena *a, struct rules_list *list)
{
	for (size_t way = 0; way < ASKED; way++) {
		const struct exo_value *v = texts_asked(rule, way);

		for (size_t k = 0; v != NULL && k < v->count; k++)
			TRY(tokens_in(v->items[k], a, list));
	}
	return ERR_OK;
}

/* The tenant's, then those of our rule: of these the service writes the first. */
static enum err
tokens_find(struct rules_source *s, struct rules_list *ret)
{
	const struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	const struct tenant *t = s->tenant;

	ret->count = 0;
	ret->items = arena_alloc(&s->arena, TOKENS_MAX * sizeof(*ret->items));
	if (ret->items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; t != NULL && i < t->mark_tokens.count && i < 2; i++)
		token_add(ret, span_str(t->mark_tokens.items[i]));
	if (s->ours != NULL)
		TRY(tokens_of_rule(s->ours, &s->arena, ret));
	for (size_t i = 0; i < rules->count; i++)
		if (&rules->items[i] != s->ours)
			TRY(tokens_of_rule(&rules->items[i], &s->arena, ret));
	return ERR_OK;
}

/* --- the way back --- */

/* Both connectors keep Exchange's own headers, or it is as if none did. */
static bool
headers_retained(const struct exo_state *state, const struct exo_object *rule)
{
	const struct exo_object *out = rule == NULL
	    ? NULL
	    : exo_find(&state->lists[EXO_OUTBOUND_CONNECTOR],
		  rules_text(rule, "RouteMessageOutboundConnector"));
	const struct exo_list *in = &state->lists[EXO_INBOUND_CONNECTOR];
	bool one = false;

	for (size_t i = 0; i < in->count; i++) {
		bool on_premises =
		    span_ieq(rules_text(&in->items[i], "ConnectorType"), SPAN("OnPremises"));

		if (on_premises && !rules_flag(&in->items[i], "CloudServicesMailEnabled"))
			return false;
		one = one || on_premises;
	}
	return one && out != NULL && rules_flag(out, "CloudServicesMailEnabled");
}

static enum err
way_back_make(struct rules_source *s, const struct rules_list *tokens)
{
	const struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	const struct exo_object *rule = s->ours;
	const struct tenant *t = s->tenant;

	s->back.retain_headers = headers_retained(&s->state, rule);
	if (t != NULL) {
		s->back.secret_header = span_str(t->secret_header);
		if (t->mark_tokens.count > 0)
			s->back.token = span_str(t->mark_tokens.items[0]);
		return ERR_OK;
	}
	s->back.secret_header = rule != NULL ? rules_text(rule, "SetHeaderName") : SPAN_NONE;
	for (size_t i = 0; i < rules->count && s->back.token.len == 0; i++)
		s->back.token = token_stamped(&rules->items[i]);
	if (s->back.token.len == 0 && tokens->count > 0)
		s->back.token = tokens->items[0];
	return ERR_OK;
}

/* --- what is never shown --- */

/* A digest is what stands in an export instead of the secret. */
static void
secrets_add(struct rules_list *list, struct span secret)
{
	if (secret.len >= SECRET_MIN && !span_istarts(secret, SPAN("sha256:")))
		list->items[list->count++] = secret;
}

static enum err
secrets_make(struct rules_source *s, const struct rules_list *tokens)
{
	const struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	const struct tenant *t = s->tenant;
	size_t room = 2 * rules->count + tokens->count + 8;

	s->secrets.items = arena_alloc(&s->arena, room * sizeof(*s->secrets.items));
	if (s->secrets.items == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < tokens->count; i++)
		secrets_add(&s->secrets, tokens->items[i]);
	for (size_t i = 0; i < rules->count; i++) {
		struct span stamped = token_stamped(&rules->items[i]);

		secrets_add(&s->secrets,
		    stamped.len > 0 ? stamped : rules_text(&rules->items[i], "SetHeaderValue"));
	}
	for (size_t i = 0; t != NULL && i < t->secret_values.count && i < 2; i++)
		secrets_add(&s->secrets, span_str(t->secret_values.items[i]));
	return ERR_OK;
}

/* One character off the front, as rules compare it: ASCII without case, and what folds to "s" and "k". */
static uint8_t
folded_take(struct span *s)
{
	uint8_t c;

	if (span_take(s, SPAN("\xC5\xBF"))) /* U+017F */
		return 's';
	if (span_take(s, SPAN("\xE2\x84\xAA"))) /* U+212A */
		return 'k';
	c = s->p[0];
	*s = span_from(*s, 1);
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* So much of a secret is nearly all of it, or all that is left of it before the cut. */
static bool
tells_it(size_t same, size_t all, struct span behind)
{
	return (same >= SECRET_MIN && same >= all / 2) ||
	    (same >= CUT_MIN && span_starts(behind, SPAN("...")));
}

/* How much of text the secret takes at its front, backslashes aside; 0: it does not stand there. */
static size_t
secret_here(struct span text, struct span secret)
{
	struct span rest = text, left = secret;
	size_t same = 0;

	while (left.len > 0) {
		struct span before;

		if (span_take_byte(&left, '\\'))
			continue;
		while (span_take_byte(&rest, '\\'))
			;
		before = rest;
		if (rest.len == 0 || folded_take(&rest) != folded_take(&left))
			return tells_it(same, secret.len, before) ? text.len - before.len : 0;
		same++;
	}
	return text.len - rest.len;
}

enum err
rules_mask(const struct rules_source *s, struct span text, struct buf *out)
{
	while (text.len > 0) {
		size_t taken = 0;

		/* the longest, as one may begin like another */
		for (size_t i = 0; i < s->secrets.count; i++) {
			size_t n = secret_here(text, s->secrets.items[i]);

			taken = n > taken ? n : taken;
		}
		TRY(buf_put(out, taken > 0 ? MASK : span_upto(text, 1)));
		text = span_from(text, taken > 0 ? taken : 1);
	}
	return ERR_OK;
}

/* Is one of the values what the rule sets, of which the export has a digest? Then the rule gets it back. */
static enum err
unmask_rule(struct exo_object *rule, const struct rules_list *values, struct arena *a)
{
	const struct exo_value *v = exo_get(rule, "SetHeaderValue");

	for (size_t i = 0; v != NULL && i < values->count; i++) {
		struct exo_value candidate = { .type = EXO_SECRET, .text = values->items[i] };

		if (exo_equal(&candidate, v))
			return exo_set_text(rule, "SetHeaderValue", values->items[i], a);
	}
	return ERR_OK;
}

/* An export shows digests of what rules set; the loop mark can be told by what its exception asks for. */
static enum err
unmask(struct rules_source *s, const struct rules_list *tokens)
{
	struct exo_list *rules = &s->state.lists[EXO_TRANSPORT_RULE];
	struct span values[TOKENS_MAX + 1] = { SPAN("1.0") };
	struct rules_list marks = { values, 1 };

	for (size_t i = 0; i < tokens->count; i++)
		TRY(arena_printf(&s->arena, &values[marks.count++], "1.0 %.*s",
		    (int)tokens->items[i].len, (const char *)tokens->items[i].p));
	for (size_t i = 0; i < rules->count; i++)
		TRY(unmask_rule(&rules->items[i], &marks, &s->arena));
	return ERR_OK;
}

enum err
rules_marks_make(struct rules_source *s)
{
	struct rules_list tokens;

	TRY(tokens_find(s, &tokens));
	TRY(unmask(s, &tokens));
	TRY(way_back_make(s, &tokens));
	return secrets_make(s, &tokens);
}
