/* The tenants of the plan's tests: fixed words, so that what is printed is fixed. */
#ifndef SECUDOC_TESTS_RULES_PLAN_TENANT_H
#define SECUDOC_TESTS_RULES_PLAN_TENANT_H

#include "core/tenant.h"

#include "support/unit.h"

#define TEST_SECRET "test-secret-0123456789"
#define TEST_TOKEN  "testtoken0123456789abcdef"
#define TEST_TOKEN2 "test.token+(2)[9876543210"

static inline void
tenant_set_list(struct tenant *t, const char *name, const char *const *values, size_t count)
{
	const struct setting *row = setting_find(tenant_table, tenant_table_count, span_str(name));

	assert_non_null(row);
	assert_ok(setting_assign(row, t, values, count, NULL, &t->arena));
}

static inline void
tenant_set(struct tenant *t, const char *name, const char *value)
{
	tenant_set_list(t, name, &value, 1);
}

static inline struct tenant *
tenant_fixed(void)
{
	struct tenant *t = NULL;

	assert_ok(tenant_new("contoso", &t));
	tenant_set(t, "organisation", "Contoso B.V.");
	tenant_set(t, "entra_id", "6f1c1b5c-0a5d-4b52-9d3f-0123456789ab");
	tenant_set(t, "domains", "contoso.nl");
	tenant_set(t, "secret_values", TEST_SECRET);
	tenant_set(t, "mark_tokens", TEST_TOKEN);
	tenant_set(t, "link_base", "https://secudoc.contoso.nl");
	tenant_set(t, "facility_address", "secudoc@contoso.nl");
	tenant_set(t, "inbound_host", "contoso-nl.mail.protection.outlook.com:25");
	tenant_set(t, "client_cert", "/etc/secudoc/contoso.pem");
	tenant_set(t, "client_key", "/etc/secudoc/contoso.key");
	tenant_set(t, "linked_domain", "secudoc.contoso.nl");
	tenant_set(t, "smart_host", "mail.example.net");
	return t;
}

#endif
