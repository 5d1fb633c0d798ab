/*
 * net/http_form.c - application/x-www-form-urlencoded.
 */
#include "net/http_form.h"

#include "net/http_text.h"

static bool
is_name(struct span s)
{
	if (s.len == 0 || s.p[0] < 'a' || s.p[0] > 'z')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

static enum err
field_parse(struct span pair, struct arena *a, struct http_form_field *ret)
{
	struct span name = SPAN_NONE;

	if (!span_take_until(&pair, '=', &name))
		return err_set(ERR_SYNTAX, "a form field without \"=\"");
	pair = span_from(pair, 1);
	if (name.len > HTTP_FORM_MAX_NAME_BYTES)
		return err_set(ERR_LIMIT, "form field name of %zu bytes", name.len);
	if (!is_name(name))
		return err_set(ERR_SYNTAX, "odd form field name");
	TRY(http_pct_decode(pair, true, a, &ret->value));
	if (ret->value.len > HTTP_FORM_MAX_VALUE_BYTES)
		return err_set(ERR_LIMIT, "form value of %zu bytes", ret->value.len);
	if (!http_line_valid(ret->value))
		return err_set(ERR_SYNTAX, "a form value that is no line of text");
	ret->name = name;
	return ERR_OK;
}

enum err
http_form_parse(struct span body, struct arena *a, struct http_form *ret)
{
	struct http_form form = { 0 };

	while (body.len > 0) {
		struct span pair = span_upto(body, span_find_byte(body, '&'));
		struct http_form_field *field = &form.fields[form.count];

		body = span_from(body, pair.len);
		if (span_take_byte(&body, '&') && body.len == 0)
			return err_set(ERR_SYNTAX, "a form ends in \"&\"");
		if (form.count == HTTP_FORM_MAX_FIELDS)
			return err_set(ERR_LIMIT, "more than %u form fields", HTTP_FORM_MAX_FIELDS);
		TRY(field_parse(pair, a, field));
		for (size_t i = 0; i < form.count; i++)
			if (span_eq(form.fields[i].name, field->name))
				return err_set(ERR_SYNTAX, "a form field twice");
		form.count++;
	}
	*ret = form;
	return ERR_OK;
}

bool
http_form_get(const struct http_form *f, const char *name, struct span *ret_value)
{
	for (size_t i = 0; i < f->count; i++) {
		if (span_eq(f->fields[i].name, span_str(name))) {
			*ret_value = f->fields[i].value;
			return true;
		}
	}
	return false;
}
