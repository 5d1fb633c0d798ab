/*
 * rules/verify_mask.c - the plan's secrets and tokens, wherever they come up.
 *
 * Findings go to monitoring, by mail and into tickets. A token that a rule of somebody else looks for, or that an
 * administrator typed into another condition, is masked like one that stands where it belongs; in the letters
 * of a pattern ("\-" for "-") and in any case, as Exchange takes it.
 */
#include "rules/verify_int.h"

#include <string.h>

#define MASK         "********"
#define SECRET_MIN   8u  /* shorter ones ("1.0") are words of every text */
#define MAX_SECRETS  64u /* some tokens and values, each in two spellings */
#define MARK_PATTERN "^\\s*1\\.0\\s\\s*"
#define MARK_END     "\\s*$"

static void
add(struct verify *v, struct span secret)
{
	if (secret.len < SECRET_MIN || v->secret_count == MAX_SECRETS)
		return;
	for (size_t i = 0; i < v->secret_count; i++)
		if (span_ieq(v->secrets[i], secret))
			return;
	v->secrets[v->secret_count++] = secret;
}

/* as it stands in the pattern, and without its backslashes */
static enum err
add_pattern(struct verify *v, struct span escaped)
{
	uint8_t *plain;
	size_t n = 0;

	TRY(verify_alloc(v->a, escaped.len, 1, &plain));
	for (size_t i = 0; i < escaped.len; i++) {
		if (escaped.p[i] == '\\' && i + 1 < escaped.len)
			i++;
		plain[n++] = escaped.p[i];
	}
	add(v, span_of(plain, n));
	add(v, escaped);
	return ERR_OK;
}

/* "(a|b)" has one token in each branch; a single one stands between what the plan writes around it */
static enum err
add_tokens(struct verify *v, const struct exo_value *patterns)
{
	struct verify_branches all = { .value = patterns };
	struct span branch[3];

	while (v->secret_count < MAX_SECRETS && verify_branch_next(&all, branch)) {
		struct span token = branch[1];

		if (branch[1].len == 0 && branch[2].len == 0) {
			token = branch[0];
			(void)span_take(&token, SPAN(MARK_PATTERN));
			if (token.len >= strlen(MARK_END) &&
			    span_eq(span_from(token, token.len - strlen(MARK_END)), SPAN(MARK_END)))
				token = span_upto(token, token.len - strlen(MARK_END));
		}
		TRY(add_pattern(v, token));
	}
	return ERR_OK;
}

enum err
verify_find_secrets(struct verify *v)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);
	size_t route = verify_route(v);

	TRY(verify_alloc(v->a, MAX_SECRETS, sizeof(*v->secrets), &v->secrets));
	for (size_t i = 0; i < rules->count; i++) {
		struct span value = verify_text(&rules->items[i], "SetHeaderValue"), rest = value;

		add(v, value);
		/* "1.0 TOKEN" */
		if (span_take(&rest, SPAN("1.0 ")))
			add(v, span_trim(rest));
	}
	const struct exo_value *patterns = route == VERIFY_NONE
	    ? NULL
	    : exo_get(&rules->items[route], "ExceptIfHeaderMatchesPatterns");
	return patterns == NULL ? ERR_OK : add_tokens(v, patterns);
}

/* the longest secret that stands at the beginning of s, or 0 */
static size_t
secret_at(const struct verify *v, struct span s)
{
	size_t longest = 0;

	for (size_t i = 0; i < v->secret_count; i++)
		if (v->secrets[i].len > longest && span_istarts(s, v->secrets[i]))
			longest = v->secrets[i].len;
	return longest;
}

bool
verify_is_secret(const struct verify *v, struct span text)
{
	for (; text.len > 0; text = span_from(text, 1))
		if (secret_at(v, text) > 0)
			return true;
	return false;
}

enum err
verify_mask(const struct verify *v, struct span text, struct buf *out)
{
	while (text.len > 0) {
		size_t n = secret_at(v, text);

		if (n > 0)
			TRY(buf_put_str(out, MASK));
		else
			TRY(buf_put_byte(out, text.p[0]));
		text = span_from(text, n > 0 ? n : 1);
	}
	return ERR_OK;
}
