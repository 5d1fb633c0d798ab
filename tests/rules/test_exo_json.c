/*
 * Plans and exports: what is read, what is refused and where, and that what was written reads the
 * same. Shapes of values as PowerShell's ConvertTo-Json writes them of Get-TransportRule and its
 * sisters.
 */
#include "rules/exo_json.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOM (16u << 20)

struct fixture {
	struct arena arena;
	struct exo_state state;
	enum exo_document document;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	arena_init(&f->arena, ROOM);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	free(f);
	return 0;
}

static enum err
read(struct fixture *f, const char *text)
{
	f->state = (struct exo_state){ 0 };
	return exo_json_read(span_str(text), &f->arena, &f->state, &f->document);
}

/* the only member of the only rule of an export, behind its name */
static enum err
read_one(struct fixture *f, const char *member, const struct exo_member **ret)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
	    "{\"SecuDocExport\":1,\"TransportRules\":[{\"Name\":\"r\",%s}]}", member);
	TRY(read(f, text));
	const struct exo_list *rules = &f->state.lists[EXO_TRANSPORT_RULE];
	assert_int_equal(rules->count, 1);
	assert_true(rules->items[0].count <= 2);
	*ret = rules->items[0].count == 2 ? &rules->items[0].members[1] : NULL;
	return ERR_OK;
}

static const char export[] =
    "{\"SecuDocExport\":1,\"ExportedAt\":\"2026-11-21T20:30:46Z\",\n"
    " \"Tenant\":{\"EntraId\":\"x\",\"Organization\":\"contoso.onmicrosoft.com\"},\n"
    " \"AcceptedDomains\":[{\"Name\":\"contoso.nl\",\"DomainName\":\"contoso.nl\","
    "   \"DomainType\":\"Authoritative\",\"Default\":true}],\n"
    " \"DistributionGroups\":{\"Name\":\"SecuDoc Users\",\"GroupType\":\"Universal\"},\n"
    " \"InboundConnectors\":[{\"Name\":\"SecuDoc In\",\"SenderDomains\":[\"smtp:*;1\"],"
    "   \"RequireTls\":true,\"Comment\":null,\"SenderIPAddresses\":[]}],\n"
    " \"OutboundConnectors\":[{\"Name\":\"SecuDoc Out\",\"SmartHosts\":\"[192.0.2.1]\","
    "   \"TlsSettings\":\"DomainValidation\"}],\n"
    " \"RemoteDomains\":[{\"Name\":\"Default\",\"DomainName\":\"*\",\"TnefEnabled\":null}],\n"
    " \"TransportRules\":[\n"
    "   {\"Name\":\"second\",\"Priority\":1,\"State\":\"Disabled\",\"Mode\":\"Enforce\","
    "    \"StopRuleProcessing\":false,\"SetSCL\":-1,\"Guid\":\"g\"},\n"
    "   {\"Name\":\"first\",\"Priority\":\"0\",\"State\":\"Enabled\","
    "    \"AttachmentSizeOver\":\"1 KB (1,024 bytes)\",\"SetHeaderName\":\"X-Key\","
    "    \"SetHeaderValue\":\"sha256:00\",\"StopRuleProcessing\":true,"
    "    \"ExceptIfFrom\":[\"a@contoso.nl\",null,\"b@contoso.nl\"]}]}";

static void
reads_an_export(void **state)
{
	struct fixture *f = *state;

	assert_ok(read(f, export));
	assert_int_equal(f->document, EXO_EXPORT);
	for (unsigned kind = 0; kind < EXO_TRANSPORT_RULE; kind++) {
		assert_int_equal(f->state.lists[kind].count, 1);
		assert_int_equal(f->state.lists[kind].items[0].kind, kind);
	}
	const struct exo_object *in = &f->state.lists[EXO_INBOUND_CONNECTOR].items[0];
	assert_int_equal(in->count, 3); /* no value is no member */
	assert_span(exo_get(in, "SenderDomains")->items[0], "*");
	const struct exo_object *out = &f->state.lists[EXO_OUTBOUND_CONNECTOR].items[0];
	assert_span(exo_get(out, "SmartHosts")->items[0], "192.0.2.1");
	assert_null(exo_get(&f->state.lists[EXO_REMOTE_DOMAIN].items[0], "TNEFEnabled"));
	/* what is no parameter is passed over, but for rules */
	assert_int_equal(f->state.lists[EXO_DISTRIBUTION_GROUP].items[0].count, 1);

	const struct exo_list *rules = &f->state.lists[EXO_TRANSPORT_RULE];
	assert_int_equal(rules->count, 2);
	assert_span(exo_name(&rules->items[0]), "first"); /* by priority */
	assert_span(exo_name(&rules->items[1]), "second");
	assert_true(exo_get(&rules->items[0], "Enabled")->yes);
	assert_false(exo_get(&rules->items[1], "Enabled")->yes);
	assert_int_equal(exo_get(&rules->items[0], "AttachmentSizeOver")->number, 1024);
	assert_int_equal(exo_get(&rules->items[0], "ExceptIfFrom")->count, 2);
	assert_int_equal(exo_get(&rules->items[1], "SetSCL")->number, -1);
	/* $false is how an action is shown that a rule does not have */
	assert_true(exo_get(&rules->items[0], "StopRuleProcessing")->yes);
	assert_null(exo_get(&rules->items[1], "StopRuleProcessing"));
}

static void
reads_a_plan(void **state)
{
	struct fixture *f = *state;

	assert_ok(read(f,
	    "\xEF\xBB\xBF{\"SecuDocPlan\":1,\"Options\":{\"Scope\":\"Group\"},\"Notes\":[\"n\"],"
	    "\"TransportRules\":[{\"Name\":\"b\"},{\"Name\":\"a\"}]}"));
	assert_int_equal(f->document, EXO_PLAN);
	assert_int_equal(f->state.lists[EXO_INBOUND_CONNECTOR].count, 0);
	assert_span(exo_name(&f->state.lists[EXO_TRANSPORT_RULE].items[0]), "b"); /* as written */
	assert_ok(read(f,
	    "{\"SecuDocPlan\":1,\"TransportRules\":[{\"Name\":\"b\",\"Priority\":7},"
	    "{\"Name\":\"a\",\"Priority\":7},{\"Name\":\"c\",\"Priority\":3}]}"));
	assert_span(exo_name(&f->state.lists[EXO_TRANSPORT_RULE].items[0]), "b");
	assert_span(exo_name(&f->state.lists[EXO_TRANSPORT_RULE].items[2]), "c");
	assert_ok(read(f, "{\"SecuDocPlan\":1}"));
	assert_ok(read(f, "{\"SecuDocExport\":1,\"TransportRules\":null}"));
	/* without any priority the order is that of the list, as Get-TransportRule gives it */
	assert_ok(read(
	    f, "{\"SecuDocExport\":1,\"TransportRules\":[{\"Name\":\"b\"},{\"Name\":\"a\"}]}"));
	assert_span(exo_name(&f->state.lists[EXO_TRANSPORT_RULE].items[0]), "b");
}

#define RULES(list)   "{\"SecuDocExport\":1,\"TransportRules\":" list "}"
#define INBOUND(list) "{\"SecuDocExport\":1,\"InboundConnectors\":" list "}"

static void
refuses_with_the_place(void **state)
{
	static const struct {
		const char *text;
		enum err want;
		const char *note;
	} cases[] = {
		{ "", ERR_SYNTAX, "" },
		{ "[]", ERR_SYNTAX, "not a JSON object" },
		{ "null", ERR_SYNTAX, "not a JSON object" },
		{ "{}", ERR_SYNTAX, "neither a plan" },
		{ "{\"secudocplan\":1}", ERR_SYNTAX, "neither a plan" },
		{ "{\"SecuDocPlan\":1,\"SecuDocExport\":1}", ERR_SYNTAX, "both" },
		{ "{\"SecuDocPlan\":2}", ERR_SYNTAX, "newer version" },
		{ "{\"SecuDocExport\":7}", ERR_SYNTAX,
		    "SecuDocExport: 7, made by a newer version" },
		{ "{\"SecuDocPlan\":0}", ERR_SYNTAX, "not a version" },
		{ "{\"SecuDocPlan\":-1}", ERR_SYNTAX, "not a version" },
		{ "{\"SecuDocPlan\":1.5}", ERR_SYNTAX, "not a version" },
		{ "{\"SecuDocPlan\":\"1\"}", ERR_SYNTAX, "not a version" },
		{ "{\"SecuDocPlan\":true}", ERR_SYNTAX, "not a version" },
		{ "{\"SecuDocPlan\":null}", ERR_SYNTAX, "not a version" },
		{ "{\"SecuDocPlan\":1} x", ERR_SYNTAX, "" },
		{ "{\"SecuDocPlan\":1,\"SecuDocPlan\":1}", ERR_SYNTAX, "" },
		{ RULES("7"), ERR_SYNTAX, "TransportRules: not an array" },
		{ RULES("\"x\""), ERR_SYNTAX, "TransportRules: not an array" },
		{ RULES("[7]"), ERR_SYNTAX, "TransportRules[0]: not an object" },
		{ RULES("[{\"Name\":\"a\"},null]"), ERR_SYNTAX,
		    "TransportRules[1]: not an object" },
		{ RULES("[{}]"), ERR_SYNTAX, "TransportRules[0]: no Name" },
		{ RULES("[{\"Name\":\" \"}]"), ERR_SYNTAX, "TransportRules[0]: no Name" },
		{ RULES("[{\"Name\":null}]"), ERR_SYNTAX, "TransportRules[0]: no Name" },
		{ "{\"SecuDocExport\":1,\"RemoteDomains\":[{\"Name\":\"Default\"}]}", ERR_SYNTAX,
		    "RemoteDomains[0]: no DomainName" },
		{ RULES("[{\"Name\":\"a\",\"AttachmentSizeOver\":\"large\"}]"), ERR_SYNTAX,
		    "TransportRules[0].AttachmentSizeOver: large is not a size" },
		{ RULES("[{\"Name\":\"a\"},{\"Name\":\"b\",\"SetSCL\":\"high\"}]"), ERR_SYNTAX,
		    "TransportRules[1].SetSCL: high is not a number" },
		{ RULES("[{\"Name\":\"a\",\"SetSCL\":1.5}]"), ERR_SYNTAX,
		    "TransportRules[0].SetSCL: a number that is not whole" },
		{ RULES("[{\"Name\":\"a\",\"SetSCL\":true}]"), ERR_SYNTAX,
		    "SetSCL: true or false" },
		{ RULES("[{\"Name\":\"a\",\"FromScope\":true}]"), ERR_SYNTAX, "FromScope: true" },
		{ RULES("[{\"Name\":\"a\",\"StopRuleProcessing\":1}]"), ERR_SYNTAX,
		    "StopRuleProcessing: a number" },
		{ RULES("[{\"Name\":\"a\",\"State\":\"maybe\"}]"), ERR_SYNTAX, "State: maybe" },
		{ RULES("[{\"Name\":\"a\",\"Mode\":[\"Audit\",\"Enforce\"]}]"), ERR_SYNTAX,
		    "Mode: 2 values" },
		{ RULES("[{\"Name\":\"a\",\"From\":[[\"x\"]]}]"), ERR_SYNTAX,
		    "From: a list in a list" },
		{ RULES("[{\"Name\":\"a\",\"name\":\"b\"}]"), ERR_SYNTAX,
		    "TransportRules[0].name: given twice" },
		{ RULES("[{\"Name\":\"a\",\"State\":\"Enabled\",\"Enabled\":false}]"), ERR_SYNTAX,
		    "Enabled: given twice" },
		{ RULES("[{\"Name\":\"a\",\"NewThing\":1,\"newthing\":2}]"), ERR_SYNTAX,
		    "newthing: given twice" },
		{ RULES("[{\"Name\":\"a\",\"\":1}]"), ERR_LIMIT, "name of 0 bytes" },
		{ RULES("[{\"Name\":\"a\",\"a\\nb\":[[]]}]"), ERR_SYNTAX, "a\\x0ab: a list" },
		{ RULES("[{\"Name\":\"a\",\"Priority\":3},{\"Name\":\"b\",\"Priority\":3}]"),
		    ERR_SYNTAX, "TransportRules: two have Priority 3" },
		{ RULES("[{\"Name\":\"a\",\"Priority\":3},{\"Name\":\"b\"}]"), ERR_SYNTAX,
		    "TransportRules: 1 have no Priority" },
		{ RULES("[{\"Name\":\"a\",\"Priority\":\"top\"}]"), ERR_SYNTAX,
		    "TransportRules[0].Priority: top" },
		{ INBOUND("[{\"Name\":\"a\",\"RequireTls\":\"perhaps\"}]"), ERR_SYNTAX,
		    "InboundConnectors[0].RequireTls: perhaps" },
		{ INBOUND("[{\"SenderDomains\":\"*\"}]"), ERR_SYNTAX,
		    "InboundConnectors[0]: no Name" },
		{ INBOUND("{\"Name\":7,\"RequireTls\":[true,false]}"), ERR_SYNTAX, "2 values" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err err = read(*state, cases[i].text);

		if (err != cases[i].want || strstr(err_note(), cases[i].note) == NULL)
			fail_msg("%s: %s: %s", cases[i].text, err_name(err), err_note());
	}
}

/* values in the shapes that ConvertTo-Json gives them, depending on the version and on how many there are */
static void
reads_values_in_any_shape(void **state)
{
	static const struct {
		const char *member, *want; /* as it prints; NULL: left out */
	} cases[] = {
		{ "\"From\":\"a@x.nl\"", "a@x.nl" }, { "\"From\":[\"a@x.nl\"]", "a@x.nl" },
		{ "\"From\":[\"a@x.nl\",\"b@x.nl\"]", "a@x.nl, b@x.nl" },
		{ "\"from\":\"a@x.nl\"", "a@x.nl" },
		{ "\"FromScope\":[\"InOrganization\"]", "InOrganization" },
		{ "\"SetSCL\":\"-1\"", "-1" }, { "\"SetSCL\":-1", "-1" },
		{ "\"AttachmentSizeOver\":1024", "1 KB" },
		{ "\"StopRuleProcessing\":\"True\"", "yes" }, { "\"Priority\":4", "4" },
		{ "\"HeaderContainsWords\":[1,\"two\"]", "1, two" },
		{ "\"WhenChanged\":\"2026-11-21T20:30:46Z\"", "2026-11-21T20:30:46Z" },
		{ "\"Description\":[\"a\",\"b\"]", "a, b" },
		{ "\"MessageContainsDataClassifications\":[{\"name\":\"IBAN\",\"n\":[1,true,null]}]",
		    "{\"name\":\"IBAN\",\"n\":[1,true,null]}" },
		{ "\"From\":null", NULL }, { "\"From\":[]", NULL }, { "\"From\":[null]", NULL },
		{ "\"From\":\"\"", NULL }, { "\"From\":[\"\"]", NULL }, { "\"SetSCL\":null", NULL },
		{ "\"DeleteMessage\":false", NULL }, { "\"DeleteMessage\":\"$false\"", NULL },
		{ "\"ExceptIfHasSenderOverride\":false", NULL },
		{ "\"MessageSizeOver\":\"Unlimited\"", NULL },
		{ "\"UseLegacyRegex\":false", "no" }, /* a property, not an action */
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct exo_member *m = NULL;
		struct buf out;

		assert_ok(read_one(*state, cases[i].member, &m));
		if ((m != NULL) != (cases[i].want != NULL))
			fail_msg("%s", cases[i].member);
		if (m == NULL)
			continue;
		buf_init(&out, 256);
		assert_ok(exo_value_print(&m->value, &out));
		assert_string_equal(buf_cstr(&out), cases[i].want);
		buf_done(&out);
	}
}

/*
 * A rule as exports of real tenants show one that has nothing but a name: every flag $false, every list
 * empty, every text null, for conditions, exceptions and actions.
 */
static void
put_unused(struct buf *text, const struct exo_property *p, const char *prefix)
{
	bool list = p->type == EXO_TEXTS || p->type == EXO_NAMES;
	const char *unused = list ? "[]" : "null";

	assert_ok(buf_printf(
	    text, ",\"%s%s\":%s", prefix, p->name, p->type == EXO_BOOL ? "false" : unused));
}

static void
leaves_out_what_a_rule_does_not_use(void **state)
{
	struct fixture *f = *state;
	struct buf text;
	size_t parameters = 0;

	buf_init(&text, 1 << 16);
	assert_ok(buf_put_str(&text, "{\"SecuDocExport\":1,\"TransportRules\":[{\"Name\":\"r\""));
	for (size_t i = 0; i < exo_property_count; i++) {
		const struct exo_property *p = &exo_properties[i];

		if (p->kind != EXO_TRANSPORT_RULE || p->role == EXO_PLAIN)
			continue;
		put_unused(&text, p, "");
		if (p->role == EXO_CONDITION)
			put_unused(&text, p, "ExceptIf");
		parameters++;
	}
	assert_ok(buf_put_str(&text, "}]}"));
	assert_ok(read(f, buf_cstr(&text)));
	assert_true(parameters > 80);
	assert_int_equal(f->state.lists[EXO_TRANSPORT_RULE].items[0].count, 1);
	buf_done(&text);
}

/* a condition that is newer than this program must not be overlooked */
static void
keeps_unknown_members_of_rules(void **state)
{
	static const struct {
		const char *member;
		enum exo_type type;
		const char *want; /* NULL: left out */
	} cases[] = {
		{ "\"MoonPhaseIs\":\"full\"", EXO_TEXT, "full" },
		{ "\"ExceptIfMoonPhaseIs\":[\"full\",\"new\"]", EXO_TEXTS, "full, new" },
		{ "\"DoItTwice\":true", EXO_BOOL, "yes" },
		{ "\"Times\":2", EXO_INT, "2" },
		{ "\"Deep\":{\"a\":{\"b\":[1]}}", EXO_TEXT, "{\"a\":{\"b\":[1]}}" },
		{ "\"DoItTwice\":false", EXO_BOOL, NULL },
		{ "\"MoonPhaseIs\":null", EXO_TEXT, NULL },
		{ "\"MoonPhaseIs\":\"\"", EXO_TEXT, NULL },
		{ "\"MoonPhaseIs\":[]", EXO_TEXTS, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct exo_member *m = NULL;
		struct buf out;

		assert_ok(read_one(*state, cases[i].member, &m));
		if ((m != NULL) != (cases[i].want != NULL))
			fail_msg("%s", cases[i].member);
		if (m == NULL)
			continue;
		assert_null(m->property);
		assert_int_equal(m->value.type, cases[i].type);
		assert_memory_equal(m->name.p, cases[i].member + 1, m->name.len);
		buf_init(&out, 256);
		assert_ok(exo_value_print(&m->value, &out));
		assert_string_equal(buf_cstr(&out), cases[i].want);
		buf_done(&out);
	}
}

static void
repeat(struct buf *out, const char *head, const char *item, size_t count, const char *tail)
{
	assert_ok(buf_put_str(out, head));
	for (size_t i = 0; i < count; i++) {
		assert_ok(buf_put_str(out, i > 0 ? "," : ""));
		assert_ok(buf_put_str(out, item));
	}
	assert_ok(buf_put_str(out, tail));
}

static void
has_bounds(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text, JSON_MAX_BYTES + 1);
	repeat(&text, "{\"SecuDocExport\":1,\"TransportRules\":[", "{\"Name\":\"a\"}",
	    EXO_MAX_OBJECTS, "]}");
	assert_ok(read(f, buf_cstr(&text)));
	assert_int_equal(f->state.lists[EXO_TRANSPORT_RULE].count, EXO_MAX_OBJECTS);
	buf_clear(&text);
	repeat(&text, "{\"SecuDocExport\":1,\"TransportRules\":[", "{\"Name\":\"a\"}",
	    EXO_MAX_OBJECTS + 1, "]}");
	assert_err(read(f, buf_cstr(&text)), ERR_LIMIT, "TransportRules: 5001 objects");
	buf_clear(&text);
	repeat(&text, "{\"SecuDocExport\":1,\"TransportRules\":[{\"Name\":\"a\",\"From\":[", "null",
	    EXO_MAX_ITEMS + 1, "]}]}");
	assert_err(read(f, buf_cstr(&text)), ERR_LIMIT, "TransportRules[0].From: 5001 values");
	buf_clear(&text);
	assert_ok(
	    buf_put_str(&text, "{\"SecuDocExport\":1,\"RemoteDomains\":[{\"DomainName\":\"*\""));
	for (size_t i = 0; i < EXO_MAX_MEMBERS; i++)
		assert_ok(buf_printf(&text, ",\"m%zu\":1", i));
	assert_ok(buf_put_str(&text, "}]}"));
	assert_err(read(f, buf_cstr(&text)), ERR_LIMIT, "RemoteDomains[0]: 401 members");
	buf_clear(&text);
	repeat(&text, "{\"SecuDocExport\":1,\"TransportRules\":[{\"Name\":\"", "aaaaaaaaaaaaaaa",
	    5000, "\"}]}");
	assert_err(read(f, buf_cstr(&text)), ERR_LIMIT, "TransportRules[0].Name: text of");
	buf_done(&text);

	arena_done(&f->arena);
	arena_init(&f->arena, 200);
	assert_int_equal(read(f, export), ERR_LIMIT);
}

static void
write_all(const struct exo_state *state, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_object(&w, NULL);
	json_put_i64(&w, "SecuDocPlan", 1);
	assert_ok(exo_json_write(state, &w));
	json_end(&w, '}');
	assert_ok(json_finish(&w));
}

static void
writes_what_it_reads(void **state)
{
	struct fixture *f = *state;
	struct buf once, twice;

	buf_init(&once, 1 << 16);
	buf_init(&twice, 1 << 16);
	assert_ok(read(f, export));
	write_all(&f->state, &once);
	assert_string_equal(buf_cstr(&once),
	    "{\"SecuDocPlan\":1,"
	    "\"AcceptedDomains\":[{\"Name\":\"contoso.nl\",\"DomainName\":\"contoso.nl\","
	    "\"DomainType\":\"Authoritative\",\"Default\":true}],"
	    "\"DistributionGroups\":[{\"Name\":\"SecuDoc Users\"}],"
	    "\"InboundConnectors\":[{\"Name\":\"SecuDoc In\",\"SenderDomains\":[\"*\"],"
	    "\"RequireTls\":true}],"
	    "\"OutboundConnectors\":[{\"Name\":\"SecuDoc Out\",\"SmartHosts\":[\"192.0.2.1\"],"
	    "\"TlsSettings\":\"DomainValidation\"}],"
	    "\"RemoteDomains\":[{\"Name\":\"Default\",\"DomainName\":\"*\"}],"
	    "\"TransportRules\":[{\"Name\":\"first\",\"Priority\":0,\"Enabled\":true,"
	    "\"AttachmentSizeOver\":\"1KB\",\"SetHeaderName\":\"X-Key\","
	    "\"SetHeaderValue\":\"sha256:00\",\"StopRuleProcessing\":true,"
	    "\"ExceptIfFrom\":[\"a@contoso.nl\",\"b@contoso.nl\"]},"
	    "{\"Name\":\"second\",\"Priority\":1,\"Enabled\":false,\"Mode\":\"Enforce\","
	    "\"SetSCL\":-1,\"Guid\":\"g\"}]}");
	assert_ok(read(f, buf_cstr(&once)));
	write_all(&f->state, &twice);
	assert_string_equal(buf_cstr(&once), buf_cstr(&twice));
	buf_done(&once);
	buf_clear(&twice);
	buf_done(&twice);
	buf_init(&twice, 100);
	struct json_writer w;
	json_begin(&w, &twice);
	json_object(&w, NULL);
	assert_int_equal(exo_json_write(&f->state, &w), ERR_LIMIT);
	buf_done(&twice);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_an_export, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_a_plan, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_with_the_place, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_values_in_any_shape, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    leaves_out_what_a_rule_does_not_use, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_unknown_members_of_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(has_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_what_it_reads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
