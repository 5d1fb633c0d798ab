/*
 * Forms and what the portal takes from them. Threats P8, P14, P16.
 * Reaches: http_form_parse, http_form_get, http_pct_decode, http_line_valid, input_form,
 * input_query. Property: what was parsed, written again and parsed again, is the same.
 */
#include "net/http_form.h"
#include "net/http_text.h"
#include "portal/input.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_form(const struct http_form *form, struct buf *out)
{
	for (size_t i = 0; i < form->count; i++) {
		assert(i == 0 || buf_put_byte(out, '&') == ERR_OK);
		assert(buf_put(out, form->fields[i].name) == ERR_OK);
		assert(buf_put_byte(out, '=') == ERR_OK);
		assert(http_pct_encode(form->fields[i].value, out) == ERR_OK);
	}
}

static void
check_again(const struct http_form *form, struct arena *a)
{
	struct http_form again;
	struct span value;
	struct buf text;

	buf_init(&text, 1u << 20);
	write_form(form, &text);
	assert(http_form_parse(buf_span(&text), a, &again) == ERR_OK);
	assert(again.count == form->count);
	for (size_t i = 0; i < form->count; i++) {
		assert(span_eq(again.fields[i].name, form->fields[i].name));
		assert(span_eq(again.fields[i].value, form->fields[i].value));
		assert(http_line_valid(form->fields[i].value));
	}
	(void)http_form_get(&again, "code", &value);
	buf_done(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum tenant_language language = LANGUAGE_EN;
	struct span body = span_of(data, size);
	struct input in = { 0 };
	struct http_form form;
	bool chosen = false;
	struct arena a;

	arena_init(&a, 1u << 20);
	if (http_form_parse(body, &a, &form) == ERR_OK)
		check_again(&form, &a);
	for (unsigned fields = 0; fields < 16; fields++) {
		if (input_form(body, fields, &a, &in) != ERR_OK)
			continue;
		for (size_t i = 0; in.code_ok && i < STORE_CODE_DIGITS; i++)
			assert(in.code[i] >= '0' && in.code[i] <= '9');
		assert(in.page.len <= INPUT_TOKEN_MAX && in.who.len <= INPUT_TOKEN_MAX);
	}
	in = (struct input){ 0 };
	input_query(body, &in, &language, &chosen);
	assert(in.who.len <= INPUT_TOKEN_MAX);
	arena_done(&a);
	return 0;
}
