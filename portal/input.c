/*
 * portal/input.c - what a request may say, typed before a handler sees it.
 */
#include "portal/input.h"

#include "core/address.h"
#include "net/http_form.h"
#include "portal/texts.h"

#include <string.h>

static bool
is_token(struct span s)
{
	if (s.len == 0 || s.len > INPUT_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.')
			return false;
	}
	return true;
}

static enum err
take_page(struct input *in, struct span value)
{
	in->page = value;
	return is_token(value) ? ERR_OK : err_set(ERR_SYNTAX, "odd form token");
}

static enum err
take_who(struct input *in, struct span value)
{
	in->who = value;
	return is_token(value) ? ERR_OK : err_set(ERR_SYNTAX, "odd recipient token");
}

static enum err
take_code(struct input *in, struct span value)
{
	size_t count = 0;

	in->code_ok = false;
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.p[i];

		if (c == ' ' || c == '-')
			continue;
		if (c < '0' || c > '9' || count == STORE_CODE_DIGITS)
			return ERR_OK; /* typed wrong, which the page says */
		in->code[count++] = (char)c;
	}
	in->code_ok = count == STORE_CODE_DIGITS;
	return ERR_OK;
}

static enum err
take_address(struct input *in, struct span value)
{
	struct address parsed;

	in->address = span_trim(value);
	in->address_ok =
	    in->address.len <= ADDRESS_MAX && address_parse(in->address, &parsed) == ERR_OK;
	return ERR_OK;
}

static const struct input_row {
	const char *name;
	enum input_field field;
	bool required;
	enum err (*take)(struct input *in, struct span value);
} rows[] = {
	{ "page", INPUT_PAGE, true, take_page },
	{ "code", INPUT_CODE, true, take_code },
	{ "address", INPUT_ADDRESS, false, take_address },
	{ "who", INPUT_WHO, false, take_who },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

enum err
input_form(struct span body, unsigned fields, struct arena *a, struct input *ret)
{
	struct input in = { 0 };
	struct http_form form;
	size_t taken = 0;

	TRY(http_form_parse(body, a, &form));
	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct span value;

		if ((fields & rows[i].field) == 0)
			continue;
		if (http_form_get(&form, rows[i].name, &value)) {
			TRY(rows[i].take(&in, value));
			taken++;
		} else if (rows[i].required) {
			return err_set(ERR_SYNTAX, "form field \"%s\" is missing", rows[i].name);
		}
	}
	if (taken != form.count)
		return err_set(ERR_SYNTAX, "a form field that this page does not have");
	*ret = in;
	return ERR_OK;
}

/* The value of one parameter, wherever it stands in the query; false when it is not there just
 * once. */
static bool
query_get(struct span query, struct span name, struct span *ret)
{
	size_t count = 0;

	while (query.len > 0) {
		struct span pair = span_upto(query, span_find_byte(query, '&'));

		query = span_from(query, pair.len + 1);
		if (span_take(&pair, name) && span_take_byte(&pair, '=')) {
			*ret = pair;
			count++;
		}
	}
	return count == 1;
}

void
input_query(
    struct span query, struct input *ret, enum tenant_language *ret_language, bool *ret_chosen)
{
	struct span value;

	if (query_get(query, SPAN("who"), &value) && is_token(value))
		ret->who = value;
	if (!query_get(query, SPAN("lang"), &value))
		return;
	for (unsigned i = 0; i < TEXT_LANGUAGES; i++) {
		if (span_eq(value, span_str(text_language_codes[i]))) {
			*ret_language = (enum tenant_language)i;
			*ret_chosen = true;
		}
	}
}
