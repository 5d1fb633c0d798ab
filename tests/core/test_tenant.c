#include "core/tenant.h"

#include "support/alloc.h"
#include "support/unit.h"

static void
set(struct tenant *t, const char *name, const char *value)
{
	const struct setting *row = setting_find(tenant_table, tenant_table_count, span_str(name));

	assert_non_null(row);
	assert_ok(setting_assign(row, t, &value, 1, NULL, &t->arena));
}

static void
set_two(struct tenant *t, const char *name, const char *first, const char *second)
{
	const struct setting *row = setting_find(tenant_table, tenant_table_count, span_str(name));
	const char *const both[] = { first, second };

	assert_non_null(row);
	assert_ok(setting_assign(row, t, both, 2, NULL, &t->arena));
}

static struct tenant *
complete(void)
{
	struct tenant *t = NULL;

	assert_ok(tenant_new("contoso", &t));
	set(t, "organisation", "Contoso \"B.V.\"");
	set(t, "entra_id", "6f1c1b5c-0a5d-4b52-9d3f-0123456789ab");
	set_two(t, "domains", "contoso.nl", "*.contoso.nl");
	set(t, "link_base", "https://secudoc.contoso.nl");
	set(t, "facility_address", "secudoc@contoso.nl");
	set(t, "inbound_host", "contoso-nl.mail.protection.outlook.com:25");
	set(t, "client_cert", "/etc/secudoc/contoso.pem");
	set(t, "client_key", "/etc/secudoc/contoso.key");
	return t;
}

static void
fresh(void **state)
{
	struct tenant *t = NULL, *other = NULL;

	(void)state;
	assert_ok(tenant_new("contoso", &t));
	assert_ok(tenant_new("fabrikam", &other));
	assert_string_equal(t->name, "contoso");
	assert_true(t->enabled);
	assert_int_equal(t->mode, TENANT_OPT_OUT);
	assert_int_equal(t->links, TENANT_LINK_EACH);
	assert_int_equal(t->threshold_bytes, 1000);
	assert_int_equal(t->link_life_ms, INT64_C(2592000000));
	assert_int_equal(t->secret_values.count, 1);
	assert_true(strlen(t->secret_values.items[0]) >= 32);
	assert_string_not_equal(t->secret_values.items[0], other->secret_values.items[0]);
	assert_string_not_equal(t->mark_tokens.items[0], other->mark_tokens.items[0]);
	assert_err(tenant_check(t), ERR_SYNTAX, "organisation is missing");
	tenant_free(&t);
	tenant_free(&other);
	assert_null(t);
	tenant_free(&t);
	assert_err(tenant_new("", &t), ERR_SYNTAX, "name");
	assert_err(tenant_new("a b", &t), ERR_SYNTAX, "name");
	assert_err(tenant_new("-a", &t), ERR_SYNTAX, "name");
	assert_err(tenant_new("../a", &t), ERR_SYNTAX, "name");
}

#define CHARS64 "1234567890123456789012345678901234567890123456789012345678901234"
#define EURO8                                              \
	"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac" \
	"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
#define CLEF8                                                              \
	"\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e" \
	"\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e"

static void
checks(void **state)
{
	static const struct {
		const char *name, *first, *second, *note; /* note NULL: fine */
	} cases[] = {
		{ "entra_id", "6F1C1B5C-0A5D-4B52-9D3F-0123456789AB", NULL,
		    "entra_id is not a GUID" },
		{ "entra_id", "6f1c1b5c-0a5d-4b52-9d3f-0123456789a_", NULL,
		    "entra_id is not a GUID" },
		{ "entra_id", "6f1c1b5c00a5d-4b52-9d3f-0123456789ab", NULL,
		    "entra_id is not a GUID" },
		{ "link_base", "http://secudoc.contoso.nl", NULL, "link_base" },
		{ "link_base", "https://secudoc.contoso.nl/", NULL, "link_base" },
		{ "link_base", "https://secudoc.contoso.nl/x", NULL, "link_base" },
		{ "link_base", "https://a@contoso.nl", NULL, "link_base" },
		{ "link_base", "https://contoso.nl:0", NULL, "link_base" },
		{ "link_base", "https://contoso.nl:x", NULL, "link_base" },
		{ "link_base", "https://contoso.nl:8443", NULL, NULL },
		{ "link_base", "https://127.0.0.1:40001", NULL, NULL },
		{ "facility_address", "secudoc@fabrikam.nl", NULL, "facility_address is in none" },
		{ "facility_address", "secudoc@mail.contoso.nl", NULL, NULL },
		{ "secret_values", "short", NULL, "secret_values: 16 to 256 printable" },
		{ "secret_values", "0123456789abcde f", NULL, "secret_values: 16" },
		{ "secret_values", "0123456789abcdef", "0123456789abcdef", "the same item twice" },
		{ "secret_values", "0123456789abcdef", "0123456789abcdeg", NULL },
		{ "mark_tokens", "0123456789abcdef", "0123456789abcdeg", NULL },
		{ "mark_tokens", "short", NULL, "mark_tokens" },
		{ "secret_header", "X Secret", NULL, "not a header name" },
		{ "secret_header", "X-Secret:", NULL, "not a header name" },
		{ "secret_header", "x-secudoc-mark", NULL, "has a meaning of its own" },
		{ "secret_header", "Subject", NULL, "has a meaning of its own" },
		{ "secret_header", "Content-Type", NULL, "has a meaning of its own" },
		{ "secret_header", "X-MS-Exchange-CrossTenant-Id", NULL,
		    "has a meaning of its own" },
		{ "secret_header", "X-Contoso-Secret", NULL, NULL },
		{ "required_header", "X-Secure", NULL, NULL },
		{ "required_header", "X-Secure: yes please", NULL, NULL },
		{ "required_header", ": yes", NULL, "required_header" },
		{ "required_header", "x-secudoc-tenant", NULL, "which every mail has" },
		{ "inbound_tls_name", "*.outlook.com", NULL, "inbound_tls_name" },
		{ "inbound_tls_name", "mail.protection.outlook.com", NULL, NULL },
		{ "linked_domain", "secudoc.contoso.nl", NULL, NULL },
		{ "linked_domain",
		    "s\xc3\xa9"
		    "cudoc.contoso.nl",
		    NULL, NULL },
		{ "linked_domain", "*.contoso.nl", NULL, "linked_domain is not" },
		{ "linked_domain", "localhost", NULL, "linked_domain is not" },
		{ "linked_domain", "192.0.2.7", NULL, "linked_domain is not" },
		{ "linked_domain", "a b.nl", NULL, "linked_domain is not" },
		{ "smart_host", "mail.example.net", NULL, NULL },
		{ "smart_host", "192.0.2.7", NULL, "smart_host is not" },
		{ "smart_host", "mail.example.net:25", NULL, "smart_host is not" },
		{ "smart_host", "https://mail.example.net", NULL, "smart_host is not" },
		{ "users_group",
		    "Gr\xc3\xbc\xc3\x9f"
		    "e \"$(x)\" `|<>*",
		    NULL, NULL },
		{ "users_group", "Users\xff", NULL, "users_group is not UTF-8" },
		{ "users_group", "Users\xc2\x85", NULL, "users_group has a control" },
		{ "users_group", "Users\xe2\x80\xa8", NULL, "users_group has a control" },
		{ "users_group", "SECUDOC ADMINS", NULL, "have the same name" },
		{ "rule_name", " ", NULL, "blank at one end" },
		{ "rule_name", "Rule ", NULL, "blank at one end" },
		{ "rule_name", CHARS64, NULL, NULL },
		{ "rule_name", CHARS64 "5", NULL, "rule_name has 65 characters, 64" },
		{ "inbound_connector", CHARS64 "5", NULL, "inbound_connector has 65" },
		{ "outbound_connector", CHARS64 "5", NULL, "outbound_connector has 65" },
		{ "admins_group", CHARS64 "5", NULL, "admins_group has 65" },
		{ "outbound_connector", EURO8 EURO8 EURO8 EURO8 EURO8 EURO8 EURO8 EURO8, NULL,
		    NULL },
		/* beyond U+FFFF a character is two of UTF-16 */
		{ "outbound_connector", CLEF8 CLEF8 CLEF8 CLEF8, NULL, NULL },
		{ "outbound_connector", CLEF8 CLEF8 CLEF8 CLEF8 "x", NULL, "65 characters" },
		{ "users_group_address", "staff@contoso.nl", NULL, NULL },
		{ "users_group_address", "staff@a.contoso.nl", NULL, NULL },
		{ "users_group_address", "staff@fabrikam.nl", NULL,
		    "users_group_address is in none" },
		{ "users_group_address", "\"st aff\"@contoso.nl", NULL, "has quotes" },
		{ "admins_group_address", "st\xc3\xa9@contoso.nl", NULL, "plain ASCII" },
		{ "admins_group_address", "o'neil+{x}|y@contoso.nl", NULL, NULL },
		{ "excluded_groups", "invoices@contoso.nl", "scan@contoso.nl", NULL },
		{ "excluded_groups", "invoices@contoso.nl", "@contoso.nl", "item 2 is not a mail" },
		{ "excluded_groups", "Invoices", NULL, "item 1 is not a mail" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tenant *t = complete();

		assert_ok(tenant_check(t));
		if (cases[i].second == NULL)
			set(t, cases[i].name, cases[i].first);
		else
			set_two(t, cases[i].name, cases[i].first, cases[i].second);
		enum err err = tenant_check(t);
		if (cases[i].note == NULL
			? err != ERR_OK
			: err != ERR_SYNTAX || strstr(err_note(), cases[i].note) == NULL)
			fail_msg("%s = %s: %s: %s", cases[i].name, cases[i].first, err_name(err),
			    err_note());
		tenant_free(&t);
	}
}

static void
stored_form(void **state)
{
	struct tenant *t = complete(), *back = NULL;
	struct buf json, again;

	(void)state;
	buf_init(&json, 1 << 20);
	buf_init(&again, 1 << 20);
	set(t, "mode", "opt-in");
	set(t, "threshold", "64 KiB");
	set(t, "link_life", "90 s");
	set(t, "enabled", "false");
	set_two(t, "excluded_senders", "boss@contoso.nl", "@hr.contoso.nl");
	assert_ok(tenant_to_json(t, &json));
	assert_ok(tenant_from_json(buf_span(&json), &back));
	assert_string_equal(back->name, "contoso");
	assert_string_equal(back->organisation, "Contoso \"B.V.\"");
	assert_string_equal(back->secret_values.items[0], t->secret_values.items[0]);
	assert_int_equal(back->mode, TENANT_OPT_IN);
	assert_int_equal(back->threshold_bytes, 65536);
	assert_int_equal(back->link_life_ms, 90000);
	assert_false(back->enabled);
	assert_string_equal(back->excluded_senders.items[1], "@hr.contoso.nl");
	assert_ok(tenant_to_json(back, &again));
	assert_string_equal(buf_cstr(&again), buf_cstr(&json));
	tenant_free(&t);
	tenant_free(&back);
	buf_done(&json);
	buf_done(&again);
}

static void
stored_form_refused(void **state)
{
	static const struct {
		const char *json, *note;
	} cases[] = {
		{ "", "JSON" },
		{ "[]", "not an object" },
		{ "{}", "without a name" },
		{ "{\"name\":\"a/b\"}", "without a name" },
		{ "{\"name\":\"a\"}", "is missing" },
		{ "{\"name\":\"a\",\"new_in_2030\":\"x\"}", "no setting called" },
		{ "{\"name\":\"a\",\"mode\":\"both\"}", "mode is \"both\"" },
		{ "{\"name\":\"a\",\"mode\":1}", "mode is not a text" },
		{ "{\"name\":\"a\",\"mode\":[\"opt-in\",\"opt-out\"]}", "one value" },
		{ "{\"name\":\"a\",\"domains\":[\"a.nl\",7]}", "domains is not a text" },
		{ "{\"name\":\"a\",\"client_cert\":\"relative.pem\"}", "absolute path" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tenant *t = NULL;

		assert_err(
		    tenant_from_json(span_str(cases[i].json), &t), ERR_SYNTAX, cases[i].note);
		assert_null(t);
	}
}

/* A row as it was written before the settings of the mail flow rules were there. */
static void
stored_form_old(void **state)
{
	struct tenant *t = NULL;

	(void)state;
	assert_ok(tenant_from_json(
	    span_str("{\"name\":\"contoso\",\"organisation\":\"Contoso\","
		     "\"entra_id\":\"6f1c1b5c-0a5d-4b52-9d3f-0123456789ab\","
		     "\"domains\":[\"contoso.nl\"],\"secret_values\":[\"0123456789abcdef\"],"
		     "\"mark_tokens\":[\"fedcba9876543210\"],"
		     "\"link_base\":\"https://secudoc.contoso.nl\","
		     "\"facility_address\":\"secudoc@contoso.nl\","
		     "\"inbound_host\":\"contoso-nl.mail.protection.outlook.com:25\","
		     "\"client_cert\":\"/etc/c.pem\",\"client_key\":\"/etc/c.key\"}"),
	    &t));
	assert_string_equal(t->linked_domain, "");
	assert_string_equal(t->smart_host, "");
	assert_int_equal(t->rule_scope, TENANT_SCOPE_GROUP);
	assert_int_equal(t->rule_recipients, TENANT_RECIPIENTS_OUTSIDE);
	assert_int_equal(t->loop_mark, TENANT_LOOP_TOKENS);
	assert_true(t->retain_headers);
	assert_string_equal(t->users_group, "SecuDoc Users");
	assert_string_equal(t->admins_group, "SecuDoc Admins");
	assert_string_equal(t->users_group_address, "");
	assert_string_equal(t->admins_group_address, "");
	assert_string_equal(t->inbound_connector, "SecuDoc In");
	assert_string_equal(t->outbound_connector, "SecuDoc Out");
	assert_string_equal(t->rule_name, "SecuDoc Mail Integration");
	assert_int_equal(t->excluded_groups.count, 0);
	assert_true(t->spam_rule);
	assert_false(t->phone_claim);
	tenant_free(&t);
}

static void
group_addresses_differ(void **state)
{
	struct tenant *t = complete();

	(void)state;
	set(t, "users_group_address", "staff@contoso.nl");
	set(t, "admins_group_address", "Staff@contoso.nl");
	assert_err(tenant_check(t), ERR_SYNTAX, "the same address");
	set(t, "admins_group_address", "chiefs@contoso.nl");
	assert_ok(tenant_check(t));
	tenant_free(&t);
}

static void
table_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < tenant_table_count; i++) {
		const struct setting *s = &tenant_table[i];

		assert_true(s->help[strlen(s->help) - 1] == '.');
		assert_ptr_equal(
		    setting_find(tenant_table, tenant_table_count, span_str(s->name)), s);
	}
}

static void
without_memory(void **state)
{
	(void)state;
	for (size_t n = 1;; n++) {
		struct tenant *t = NULL;

		alloc_fail_at(n);
		enum err err = tenant_new("contoso", &t);
		bool failed = alloc_failed();
		alloc_fail_at(0);
		if (!failed) {
			assert_ok(err);
			tenant_free(&t);
			break;
		}
		assert_int_equal(err, ERR_TEMP);
		assert_null(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh),
		cmocka_unit_test(checks),
		cmocka_unit_test(stored_form),
		cmocka_unit_test(stored_form_refused),
		cmocka_unit_test(stored_form_old),
		cmocka_unit_test(group_addresses_differ),
		cmocka_unit_test(table_rows),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
