/*
 * rules/flow_returned.c - a copy as this service hands it back to Exchange Online (SD-077).
 */
#include "rules/flow_int.h"

#include <assert.h>

/* ours, and the tenant's secret: never handed on */
static bool
is_control(const struct flow_field *f, const struct flow_return *how)
{
	return span_istarts(f->name, SPAN("X-SecuDoc")) ||
	    (how->secret_header.len > 0 && span_ieq(f->name, how->secret_header));
}

static enum err
put_fields(const struct flow_copy *copy, const struct flow_return *how, struct arena *a,
    struct flow_mail *ret)
{
	struct flow_field *fields;
	size_t count = 2;

	TRY(flow_alloc(a, copy->field_count + 2, sizeof(*fields), &fields));
	fields[0] = (struct flow_field){ .name = SPAN("X-SecuDoc"), .value = SPAN("1.0") };
	if (how->token.len > 0)
		TRY(arena_printf(a, &fields[0].value, "1.0 %.*s", (int)how->token.len,
		    (const char *)how->token.p));
	fields[1] =
	    (struct flow_field){ .name = SPAN("X-SecuDoc-Mark"), .masked = true, .filled = true };
	for (size_t i = 0; i < copy->field_count; i++)
		if (!is_control(&copy->fields[i], how))
			fields[count++] = copy->fields[i];
	ret->fields = fields;
	ret->field_count = count;
	return ERR_OK;
}

/* types that a receiver reads from the MIME structure come back with it; others were marked otherwise */
static bool
is_of_mime(enum flow_type type)
{
	return type == FLOW_ENCRYPTED || type == FLOW_SIGNED || type == FLOW_CALENDARING ||
	    type == FLOW_READ_RECEIPT;
}

enum err
flow_returned(const struct flow_mail *sent, const struct flow_copy *copy,
    const struct flow_return *how, struct arena *a, struct flow_mail *ret)
{
	struct flow_mail m = *sent;

	assert(how != NULL && how->token.len <= 4096);
	m.returned = true;
	m.recipients = copy->recipients;
	m.recipient_count = copy->recipient_count;
	TRY(put_fields(copy, how, a, &m));
	if (!how->retain_headers)
		m.authenticated = RULE_UNKNOWN;
	for (enum flow_type t = 0; t < FLOW_TYPES; t++)
		if (!is_of_mime(t))
			m.types[t] = flow_maybe(m.types[t]);
	*ret = m;
	return ERR_OK;
}
