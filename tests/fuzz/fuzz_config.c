/*
 * The configuration file, tenant rows and mailboxes: what is taken can be shown and taken again.
 *
 * The first byte chooses the reader. A file of settings is read by libconfuse; a tenant row by cJSON and
 * our tables; a mailbox by our grammar.
 */
#include "core/address.h"
#include "core/config.h"
#include "core/tenant.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
try_config(struct span text)
{
	struct config *c = NULL;
	struct buf out;

	if (config_parse("fuzz.conf", text, "/", &c) != ERR_OK) {
		must(c == NULL && err_note()[0] != '\0');
		return;
	}
	buf_init(&out, 8u << 20);
	for (size_t i = 0; i < config_table_count; i++)
		must(setting_format(&config_table[i], c, false, &out) == ERR_OK);
	buf_done(&out);
	config_free(&c);
}

static void
try_tenant(struct span json)
{
	struct tenant *t = NULL, *again = NULL;
	struct buf first, second;

	if (tenant_from_json(json, &t) != ERR_OK)
		return;
	buf_init(&first, 8u << 20);
	buf_init(&second, 8u << 20);
	must(tenant_to_json(t, &first) == ERR_OK);
	must(tenant_from_json(buf_span(&first), &again) == ERR_OK);
	must(tenant_to_json(again, &second) == ERR_OK);
	must(span_eq(buf_span(&first), buf_span(&second)));
	buf_done(&first);
	buf_done(&second);
	tenant_free(&t);
	tenant_free(&again);
}

static void
try_address(struct span text)
{
	struct buf first, second;
	struct address a;

	buf_init(&first, ADDRESS_MAX);
	buf_init(&second, ADDRESS_MAX);
	if (address_canonical(text, &first) == ERR_OK) {
		must(address_parse(buf_span(&first), &a) == ERR_OK);
		must(address_canonical(buf_span(&first), &second) == ERR_OK);
		must(span_eq(buf_span(&first), buf_span(&second)));
	}
	buf_done(&first);
	buf_done(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);

	if (span_take_byte(&in, 't'))
		try_tenant(in);
	else if (span_take_byte(&in, 'a'))
		try_address(in);
	else if (span_take_byte(&in, 'c'))
		try_config(in);
	return 0;
}
