/*
 * PowerShell literals and commands. Expected literals from about_Quoting_Rules; every command is
 * read back by support/pwsh.h, which knows nothing of ours, and looked up in Microsoft's reference
 * (tests/data/cmdlets.json).
 */
#include "rules/powershell.h"

#include "rules/exo_json.h"
#include "support/cmdlets.h"
#include "support/pwsh.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

static struct json *file;
static const struct json *cmdlets;

static int
load(void **state)
{
	(void)state;
	cmdlets = cmdlets_load(SOURCE_DIR "/tests/data/cmdlets.json", &file);
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	json_free(&file);
	return 0;
}

static void
quotes(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "''" },
		{ "SecuDoc In", "'SecuDoc In'" },
		{ "it's", "'it''s'" },
		{ "'", "''''" },
		{ "''", "''''''" },
		{ "\xE2\x80\x98", "'\xE2\x80\x98\xE2\x80\x98'" }, /* U+2018 */
		{ "\xE2\x80\x99", "'\xE2\x80\x99\xE2\x80\x99'" }, /* U+2019 */
		{ "\xE2\x80\x9A", "'\xE2\x80\x9A\xE2\x80\x9A'" }, /* U+201A */
		{ "\xE2\x80\x9B", "'\xE2\x80\x9B\xE2\x80\x9B'" }, /* U+201B */
		{ "\xE2\x80\x9C", "'\xE2\x80\x9C'" },             /* U+201C: a double one */
		{ "\"", "'\"'" },
		{ "$(Remove-Item C:\\)", "'$(Remove-Item C:\\)'" },
		{ "$env:PATH", "'$env:PATH'" },
		{ "`n", "'`n'" },
		{ "a;b|c&d", "'a;b|c&d'" },
		{ "*?[a-z]", "'*?[a-z]'" },
		{ "-Force", "'-Force'" },
		{ "@{}", "'@{}'" },
		{ "#", "'#'" },
		{ "\xF0\x9F\x98\x80", "'\xF0\x9F\x98\x80'" },
		{ "a\nb", "('a' + [char]10 + 'b')" },
		{ "a\r\nb", "('a' + [char]13 + [char]10 + 'b')" },
		{ "\n", "('' + [char]10)" },
		{ "\tx", "('' + [char]9 + 'x')" },
		{ "\x1B[31m", "('' + [char]27 + '[31m')" },
		/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
		{ "a\xE2\x80\xAE'b", "('a' + [char]8238 + '''b')" }, /* U+202E */
		{ "a\xE2\x80\xA8", "('a' + [char]8232)" },           /* U+2028 */
		{ "\xEF\xBB\xBF", "('' + [char]65279)" },            /* U+FEFF */
		{ "\x7F", "('' + [char]127)" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 256);
		assert_ok(powershell_quote(span_str(cases[i].text), &out));
		assert_string_equal(buf_cstr(&out), cases[i].want);
		buf_done(&out);
	}
}

static void
refuses_to_quote(void **state)
{
	static const struct {
		struct span text;
		enum err want;
	} cases[] = {
		{ { (const uint8_t *)"a\0b", 3 }, ERR_SYNTAX },
		{ { (const uint8_t *)"\0", 1 }, ERR_SYNTAX },
		{ { (const uint8_t *)"\xFF", 1 }, ERR_SYNTAX },
		{ { (const uint8_t *)"a\xE2\x80", 3 }, ERR_SYNTAX }, /* cut off before the quote */
		{ { (const uint8_t *)"\xC0\xA7", 2 }, ERR_SYNTAX },  /* overlong ' */
		{ { (const uint8_t *)"\xE0\x80\xA7", 3 }, ERR_SYNTAX }, /* the same, longer */
		{ { (const uint8_t *)"\xED\xA0\x80", 3 }, ERR_SYNTAX }, /* half a character */
		{ { (const uint8_t *)"123456789012345", 15 }, ERR_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 16);
		if (powershell_quote(cases[i].text, &out) != cases[i].want)
			fail_msg("row %zu", i);
		buf_done(&out);
	}
}

/* names that someone chose to be unpleasant */
static const char *const hostile[] = {
	"plain",
	"",
	"'; Remove-TransportRule -Identity * -Confirm:$false; '",
	"\xE2\x80\x99; Remove-TransportRule -Identity *; \xE2\x80\x98",
	"\xE2\x80\x9A''\xE2\x80\x9B'",
	"'\xE2\x80\x99'\xE2\x80\x98",
	"\xE2\x80\x98'",
	"$(Get-Date)",
	"$secret",
	"`$x `' `\" `n",
	"a' + [char]10 + 'b",
	"('x')",
	"@('a', 'b')",
	"', '",
	"*",
	"?[abc]",
	"\\",
	"\"double\" \xE2\x80\x9Cones\xE2\x80\x9D",
	"-Name 'x'",
	"line\nline\r\nline",
	"'\n'",
	"\n\n",
	"tab\tand\x1B[2J",
	"\xF0\x9F\x92\xA9 emoji",
	"\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
	"\xE2\x80\xAEtxt.exe",
	"\xE2\x81\xA6isolated\xE2\x81\xA9",
	"zero\xE2\x80\x8Bwidth",
	"\xEF\xBB\xBFmark",
	"\xC2\x85next line\xE2\x80\xA9paragraph",
	"gr\xC3\xBC\xC3\x9F Gott",
	"%USERPROFILE% #comment <# block #>",
};

static void
quotes_so_that_it_reads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct pwsh_value v;
		struct arena a;
		struct buf out;

		arena_init(&a, 1 << 16);
		buf_init(&out, 1 << 12);
		assert_ok(powershell_quote(span_str(hostile[i]), &out));
		struct span rest = buf_span(&out);
		if (!pwsh_take_value(&rest, &a, &v) || rest.len > 0 || v.kind != PWSH_TEXT)
			fail_msg("%s", buf_cstr(&out));
		assert_span(v.texts[0], hostile[i]);
		for (size_t j = 0; j < out.len; j++)
			assert_true(out.p[j] >= 0x20);
		buf_done(&out);
		arena_done(&a);
	}
}

/* the reader itself: it must not take what PowerShell would take otherwise */
static void
reader_refuses(void **state)
{
	static const char *const cases[] = { "", "'", "'a", "'a''", "a", "\"a\"", "('a' +)",
		"('a' + b)", "('a' + 'b'", "@('a', )", "@('a' 'b')", "@(", "$", "$(x)", "-",
		"$secret", "$(if ($a) { $b } else { throw 'set $a first' })", "('a' + [char]x)",
		"('a' + [char]55296)", "([char]10 + 'a')", "'a\nb'", "'a\xE2\x80\x99\xE2\x80\x98" };
	static const char *const not_commands[] = { "New-X 'a'", "New-X -A", "New-X -A 'a' b",
		"New-X -A 'a'; Remove-Y -Z $x'", "New-X -A 'a'-B 'b'", "New-X  -A 'a'", "$x -A 'a'",
		"New-X -A:", "New-X -A 'a' | y" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span s = span_str(cases[i]);
		struct pwsh_value v;
		struct arena a;

		arena_init(&a, 1 << 16);
		if (pwsh_take_value(&s, &a, &v) && s.len == 0)
			fail_msg("%s", cases[i]);
		arena_done(&a);
	}
	for (size_t i = 0; i < COUNT(not_commands); i++) {
		struct span s = span_str(not_commands[i]);
		struct pwsh_command c;
		struct arena a;
		bool ok = true;

		arena_init(&a, 1 << 16);
		do
			ok = pwsh_take_command(&s, &a, &c);
		while (ok && s.len > 0);
		if (ok)
			fail_msg("%s", not_commands[i]);
		arena_done(&a);
	}
}

/*
 * Commands
 */
static struct exo_object
object(enum exo_kind kind, struct arena *a, const char *const *members)
{
	struct exo_object o = { .kind = kind };

	for (; members[0] != NULL; members += 2)
		assert_ok(exo_set_text(&o, members[0], span_str(members[1]), a));
	return o;
}

static const struct {
	enum exo_kind kind;
	const char *members[16];
	const char *want;
} wholes[] = {
	{ EXO_TRANSPORT_RULE,
	    { "Name", "SecuDoc No Spam Check", "Enabled", "True", "Mode", "Enforce",
		"HeaderMatchesMessageHeader", "X-SecuDoc", "HeaderMatchesPatterns", "^1$", "SetSCL",
		"-1", "StopRuleProcessing", "True", NULL },
	    "New-TransportRule -Name 'SecuDoc No Spam Check' -Enabled $true -Mode 'Enforce' "
	    "-HeaderMatchesMessageHeader 'X-SecuDoc' -HeaderMatchesPatterns @('^1$') -SetSCL -1 "
	    "-StopRuleProcessing $true" },
	{ EXO_TRANSPORT_RULE,
	    { "Name", "r", "AttachmentSizeOver", "1 KB (1,024 bytes)", "ExceptIfFrom", "a@x.nl",
		"SetHeaderName", "X-Key", "SetHeaderValue", "hunter2", "Comments", "it's", NULL },
	    "New-TransportRule -Name 'r' -AttachmentSizeOver '1KB' -ExceptIfFrom @('a@x.nl') "
	    "-SetHeaderName 'X-Key' -SetHeaderValue "
	    "$(if ($secret) { $secret } else { throw 'set $secret first' }) -Comments 'it''s'" },
	/* what Get- shows and no cmdlet takes is left out */
	{ EXO_TRANSPORT_RULE, { "Name", "r", "Guid", "g", "WhenChanged", "now", NULL },
	    "New-TransportRule -Name 'r'" },
	{ EXO_INBOUND_CONNECTOR,
	    { "Name", "In", "SenderDomains", "smtp:*;1", "RequireTls", "True", NULL },
	    "New-InboundConnector -Name 'In' -SenderDomains @('*') -RequireTls $true" },
	{ EXO_OUTBOUND_CONNECTOR,
	    { "Name", "Out", "SmartHosts", "[192.0.2.1]", "TlsSettings", "DomainValidation",
		"IsValidated", "True", NULL },
	    "New-OutboundConnector -Name 'Out' -SmartHosts @('192.0.2.1') -TlsSettings "
	    "'DomainValidation'; Set-OutboundConnector -Identity 'Out' -IsValidated $true" },
	{ EXO_REMOTE_DOMAIN,
	    { "Name", "Def'ault", "DomainName", "*", "TNEFEnabled", "False", "CharacterSet",
		"utf-8", NULL },
	    "New-RemoteDomain -Name 'Def''ault' -DomainName '*'; Set-RemoteDomain -Identity "
	    "'Def''ault' -TNEFEnabled $false -CharacterSet 'utf-8'" },
	{ EXO_DISTRIBUTION_GROUP,
	    { "Name", "SecuDoc Users", "Type", "Security", "RoomList", "True", NULL },
	    "New-DistributionGroup -Name 'SecuDoc Users' -Type 'Security' -RoomList:$true" },
	/* Microsoft 365 makes these, not Exchange */
	{ EXO_ACCEPTED_DOMAIN, { "DomainName", "contoso.nl", "DomainType", "InternalRelay", NULL },
	    "" },
};

static void
writes_whole_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wholes); i++) {
		struct arena a;
		struct buf out;

		arena_init(&a, 1 << 16);
		buf_init(&out, 1 << 12);
		struct exo_object o = object(wholes[i].kind, &a, wholes[i].members);
		assert_ok(powershell_new(&o, &out));
		assert_string_equal(buf_cstr(&out), wholes[i].want);
		buf_done(&out);
		arena_done(&a);
	}
}

static const struct {
	enum exo_kind kind;
	const char *members[8]; /* the last one is set */
	const char *set, *unset;
} singles[] = {
	{ EXO_INBOUND_CONNECTOR, { "Name", "SecuDoc In", "RequireTls", "True", NULL },
	    "Set-InboundConnector -Identity 'SecuDoc In' -RequireTls $true",
	    "Set-InboundConnector -Identity 'SecuDoc In' -RequireTls $false" },
	{ EXO_TRANSPORT_RULE, { "Name", "r'", "Enabled", "True", NULL },
	    "Enable-TransportRule -Identity 'r'''", "Enable-TransportRule -Identity 'r'''" },
	{ EXO_TRANSPORT_RULE, { "Name", "r", "State", "Disabled", NULL },
	    "Disable-TransportRule -Identity 'r'", "Enable-TransportRule -Identity 'r'" },
	{ EXO_TRANSPORT_RULE, { "Name", "r", "ExceptIfFrom", "a@x.nl", NULL },
	    "Set-TransportRule -Identity 'r' -ExceptIfFrom @('a@x.nl')",
	    "Set-TransportRule -Identity 'r' -ExceptIfFrom $null" },
	{ EXO_TRANSPORT_RULE, { "Name", "r", "StopRuleProcessing", "True", NULL },
	    "Set-TransportRule -Identity 'r' -StopRuleProcessing $true",
	    "Set-TransportRule -Identity 'r' -StopRuleProcessing $false" },
	{ EXO_TRANSPORT_RULE, { "Name", "r", "SetHeaderValue", "sha256:00", NULL },
	    "Set-TransportRule -Identity 'r' -SetHeaderValue "
	    "$(if ($secret) { $secret } else { throw 'set $secret first' })",
	    "Set-TransportRule -Identity 'r' -SetHeaderValue $null" },
	{ EXO_REMOTE_DOMAIN, { "DomainName", "*", "TNEFEnabled", "False", NULL },
	    "Set-RemoteDomain -Identity '*' -TNEFEnabled $false",
	    "Set-RemoteDomain -Identity '*' -TNEFEnabled $false" },
	{ EXO_REMOTE_DOMAIN, { "DomainName", "*", "Name", "Default", "TNEFEnabled", "False", NULL },
	    "Set-RemoteDomain -Identity 'Default' -TNEFEnabled $false",
	    "Set-RemoteDomain -Identity 'Default' -TNEFEnabled $false" },
	{ EXO_DISTRIBUTION_GROUP, { "Name", "g", "RoomList", "True", NULL },
	    "Set-DistributionGroup -Identity 'g' -RoomList:$true",
	    "Set-DistributionGroup -Identity 'g' -RoomList:$false" },
	/* what nobody can set gets no command */
	{ EXO_DISTRIBUTION_GROUP, { "Name", "g", "Type", "Security", NULL }, "", "" },
	{ EXO_DISTRIBUTION_GROUP, { "Name", "g", "Members", "a@x.nl", NULL }, "", "" },
	{ EXO_TRANSPORT_RULE, { "Name", "r", "UseLegacyRegex", "True", NULL }, "", "" },
	{ EXO_TRANSPORT_RULE, { "Name", "r", "Guid", "g", NULL }, "", "" },
	{ EXO_REMOTE_DOMAIN, { "DomainName", "x.nl", NULL }, "", "" },
	{ EXO_ACCEPTED_DOMAIN, { "DomainName", "x.nl", "DomainType", "InternalRelay", NULL }, "",
	    "" },
};

static void
writes_single_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(singles); i++) {
		struct arena a;
		struct buf out;

		arena_init(&a, 1 << 16);
		buf_init(&out, 1 << 12);
		struct exo_object o = object(singles[i].kind, &a, singles[i].members);
		const struct exo_member *m = &o.members[o.count - 1];
		assert_ok(powershell_set(&o, m, &out));
		assert_string_equal(buf_cstr(&out), singles[i].set);
		buf_clear(&out);
		assert_ok(powershell_unset(&o, m, &out));
		assert_string_equal(buf_cstr(&out), singles[i].unset);
		buf_done(&out);
		arena_done(&a);
	}
}

/* a name nobody knows may be anything: it is in no command, neither alone nor in the whole */
static void
leaves_unknown_members_out(void **state)
{
	static const char text[] =
	    "{\"SecuDocExport\":1,\"TransportRules\":[{\"Name\":\"r\","
	    "\"Mode; Remove-Item C:\\\\ #\":\"x\",\"MoonPhaseIs\":[\"full\"]}]}";
	struct exo_state all;
	enum exo_document document;
	struct arena a;
	struct buf out;

	(void)state;
	arena_init(&a, 1 << 16);
	buf_init(&out, 1 << 12);
	assert_ok(exo_json_read(span_str(text), &a, &all, &document));
	const struct exo_object *o = &all.lists[EXO_TRANSPORT_RULE].items[0];
	assert_int_equal(o->count, 3);
	assert_ok(powershell_set(o, &o->members[1], &out));
	assert_ok(powershell_unset(o, &o->members[2], &out));
	assert_int_equal(out.len, 0);
	assert_ok(powershell_new(o, &out));
	assert_string_equal(buf_cstr(&out), "New-TransportRule -Name 'r'");
	buf_done(&out);
	arena_done(&a);
}

/*
 * Every command that the table can give, against the reference: the cmdlet is there, it takes the
 * parameter, and a switch, and only a switch, is written with a colon.
 */
static void
look_up(const struct pwsh_command *c)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%.*s", (int)c->cmdlet.len, (const char *)c->cmdlet.p);
	const struct json *parameters = cmdlets_parameters(cmdlets, "", name);
	if (parameters == NULL)
		fail_msg("no cmdlet %s", name);
	for (size_t i = 0; i < c->count; i++) {
		char parameter[128];
		struct span type = SPAN_NONE;

		(void)snprintf(parameter, sizeof(parameter), "%.*s", (int)c->parameters[i].name.len,
		    (const char *)c->parameters[i].name.p);
		const struct json *p = json_get(parameters, parameter);
		if (p == NULL || !json_str(json_get(p, "type"), &type))
			fail_msg("%s has no %s", name, parameter);
		if (c->parameters[i].colon != span_eq(type, SPAN("SwitchParameter")))
			fail_msg("%s -%s", name, parameter);
	}
}

static size_t
look_up_line(struct span line, struct arena *a)
{
	struct pwsh_command *c = calloc(1, sizeof(*c));
	size_t count = 0;

	for (; line.len > 0; count++) {
		assert_true(pwsh_take_command(&line, a, c));
		look_up(c);
	}
	free(c);
	return count;
}

static const char *
some_value(enum exo_type type)
{
	switch (type) {
	case EXO_BOOL:
		return "True";
	case EXO_INT:
	case EXO_SIZE:
		return "5";
	default:
		return "it's $x";
	}
}

static size_t
look_up_property(const struct exo_property *p, bool exception)
{
	struct exo_object o = { .kind = p->kind };
	struct arena a;
	struct buf out;
	char name[128];
	size_t count = 0;

	arena_init(&a, 1 << 16);
	buf_init(&out, 1 << 12);
	(void)snprintf(name, sizeof(name), "%s%s", exception ? "ExceptIf" : "", p->name);
	assert_ok(exo_set_text(&o, exo_kind_names(p->kind)->name_key, SPAN("n"), &a));
	assert_ok(exo_set_text(&o, name, span_str(some_value(p->type)), &a));
	assert_ok(powershell_new(&o, &out));
	count += look_up_line(buf_span(&out), &a);
	buf_clear(&out);
	assert_ok(powershell_set(&o, &o.members[o.count - 1], &out));
	count += look_up_line(buf_span(&out), &a);
	buf_clear(&out);
	assert_ok(powershell_unset(&o, &o.members[o.count - 1], &out));
	count += look_up_line(buf_span(&out), &a);
	buf_done(&out);
	arena_done(&a);
	return count;
}

static void
writes_commands_that_exist(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < exo_property_count; i++) {
		count += look_up_property(&exo_properties[i], false);
		if (exo_properties[i].role == EXO_CONDITION)
			count += look_up_property(&exo_properties[i], true);
	}
	assert_true(count > 600);
}

/* hostile names in every place of a rule, read back */
static void
carries_hostile_names(void **state)
{
	struct pwsh_command *c = calloc(1, sizeof(*c));

	(void)state;
	for (size_t i = 1; i < COUNT(hostile); i++) {
		struct span name = span_str(hostile[i]), two[] = { name, SPAN("x") };
		struct exo_object o = { .kind = EXO_TRANSPORT_RULE };
		struct arena a;
		struct buf out;

		if (span_trim(name).len < name.len || name.len == 0)
			continue; /* Exchange, too, takes no blanks around a name */
		arena_init(&a, 1 << 16);
		buf_init(&out, 1 << 12);
		assert_ok(exo_set_text(&o, "Name", name, &a));
		assert_ok(exo_set_texts(&o, "SubjectMatchesPatterns", two, 2, &a));
		assert_ok(exo_set_text(&o, "PrependSubject", name, &a));
		assert_ok(powershell_new(&o, &out));
		struct span line = buf_span(&out);
		if (!pwsh_take_command(&line, &a, c) || line.len > 0)
			fail_msg("%s", buf_cstr(&out));
		assert_span(c->cmdlet, "New-TransportRule");
		assert_int_equal(c->count, 3);
		assert_span(c->parameters[0].value.texts[0], hostile[i]);
		assert_int_equal(c->parameters[1].value.count, 2);
		assert_span(c->parameters[1].value.texts[0], hostile[i]);
		assert_span(c->parameters[2].value.texts[0], hostile[i]);
		buf_clear(&out);
		assert_ok(powershell_set(&o, &o.members[2], &out));
		line = buf_span(&out);
		assert_true(pwsh_take_command(&line, &a, c) && line.len == 0);
		assert_span(c->parameters[0].name, "Identity");
		assert_span(c->parameters[0].value.texts[0], hostile[i]);
		buf_done(&out);
		arena_done(&a);
	}
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes),
		cmocka_unit_test(refuses_to_quote),
		cmocka_unit_test(quotes_so_that_it_reads_back),
		cmocka_unit_test(reader_refuses),
		cmocka_unit_test(writes_whole_objects),
		cmocka_unit_test(writes_single_members),
		cmocka_unit_test(leaves_unknown_members_out),
		cmocka_unit_test(writes_commands_that_exist),
		cmocka_unit_test(carries_hostile_names),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
