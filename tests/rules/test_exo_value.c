/*
 * Values of Exchange: sizes, texts read into each type, equality, what people are shown. Sizes in
 * brackets are what Exchange prints (ByteQuantifiedSize); the other numbers are powers of 1024
 * worked out by hand.
 */
#include "rules/exo_int.h"

#include "support/unit.h"

static void
reads_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: not a size */
	} cases[] = {
		{ "1024", 1024 },
		{ "0", 0 },
		{ "512 B", 512 },
		{ "512B", 512 },
		{ "1KB", 1024 },
		{ "1kb", 1024 },
		{ "1 KB", 1024 },
		{ " 1 KB ", 1024 },
		{ "1 KB (1,024 bytes)", 1024 },
		{ "1.5 MB", 1572864 },
		{ "1.5 MB (1,572,864 bytes)", 1572864 },
		{ "35 MB (36,700,160 bytes)", 36700160 },
		{ "35MB", 36700160 },
		{ "150 MB (157,286,400 bytes)", 157286400 },
		{ "2 GB (2,147,483,648 bytes)", 2147483648 },
		{ "1TB", 1099511627776 },
		{ "0 B (0 bytes)", 0 },
		/* rounded in front: the brackets decide */
		{ "1.001 KB (1,025 bytes)", 1025 },
		{ "34.18 MB (35,840,000 bytes)", 35840000 },
		/* the same in other languages */
		{ "1,5 MB (1.572.864 bytes)", 1572864 },
		{ "1,5 MB (1 572 864 bytes)", 1572864 },
		{ "1,5 MB (1\xC2\xA0"
		  "572\xC2\xA0"
		  "864 bytes)",
		    1572864 },
		{ "1,5 MB (1\xE2\x80\xAF"
		  "572\xE2\x80\xAF"
		  "864 bytes)",
		    1572864 },
		{ "1.5 MB (1'572'864 bytes)", 1572864 },
		{ "1 KB (1024 bytes)", 1024 },

		{ "", -1 },
		{ "KB", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ "1 XB", -1 },
		{ "1 KBytes", -1 },
		{ "1 K", -1 },
		{ "1.5", -1 }, /* half a byte */
		{ "1.5 B", -1 },
		{ "1. KB", -1 },
		{ ".5 KB", -1 },
		{ "1.1234567 MB", -1 },
		{ "1,024", -1 }, /* a thousand, or one? */
		{ "1,024 KB", -1 },
		{ "1 KB 1", -1 },
		{ "1 KB (1,024 bytes", -1 },
		{ "1 KB (1,024)", -1 },
		{ "1 KB (1,02 bytes)", -1 },
		{ "1 KB (1,0244 bytes)", -1 },
		{ "1 KB (,024 bytes)", -1 },
		{ "1 KB ( bytes)", -1 },
		{ "1 KB (1,024 bytes) x", -1 },
		{ "1 KB (-1,024 bytes)", -1 },
		{ "(1,024 bytes)", -1 },
		{ "8388608TB", -1 },            /* 2^63 */
		{ "9223372036854775808", -1 },  /* 2^63 */
		{ "99999999999999999999", -1 }, /* beyond 2^64 */
		{ "1 KB (99999999999999999999 bytes)", -1 },
		{ "Unlimited", -1 },
		{ "1\n2", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t bytes = -1;
		bool ok = exo_size_parse(span_str(cases[i].text), &bytes);

		if (ok != (cases[i].want >= 0) || bytes != cases[i].want)
			fail_msg("\"%s\": %d, %lld", cases[i].text, ok, (long long)bytes);
	}
}

static void
prints_sizes(void **state)
{
	static const struct {
		int64_t bytes;
		const char *spaced, *tight;
	} cases[] = {
		{ 0, "0 B", "0B" },
		{ 1, "1 B", "1B" },
		{ 1023, "1023 B", "1023B" },
		{ 1024, "1 KB", "1KB" },
		{ 1025, "1025 B", "1025B" },
		{ 1536, "1536 B", "1536B" },
		{ 1048576, "1 MB", "1MB" },
		{ 36700160, "35 MB", "35MB" },
		{ 36700161, "36700161 B", "36700161B" },
		{ 1572864, "1536 KB", "1536KB" },
		{ 1073741824, "1 GB", "1GB" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 64);
		assert_ok(exo_size_print(cases[i].bytes, " ", &out));
		assert_string_equal(buf_cstr(&out), cases[i].spaced);
		buf_clear(&out);
		assert_ok(exo_size_print(cases[i].bytes, "", &out));
		assert_string_equal(buf_cstr(&out), cases[i].tight);
		buf_done(&out);
	}
}

/*
 * One text through each type. want: how the value prints; NULL: no value; "!": ERR_SYNTAX.
 */
static const struct reading {
	enum exo_kind kind;
	const char *name, *text, *want;
} readings[] = {
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "True", "yes" },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "true", "yes" },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "$true", "yes" },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", " False ", "no" },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "$FALSE", "no" },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "", NULL },
	{ EXO_REMOTE_DOMAIN, "TNEFEnabled", "$null", NULL },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "tru", "!" },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "2", "!" },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "$null$true", "!" },
	{ EXO_TRANSPORT_RULE, "State", "Enabled", "yes" },
	{ EXO_TRANSPORT_RULE, "State", "Disabled", "no" },
	{ EXO_TRANSPORT_RULE, "Enabled", "$false", "no" },
	{ EXO_TRANSPORT_RULE, "State", "Sometimes", "!" },
	{ EXO_TRANSPORT_RULE, "SetSCL", "-1", "-1" },
	{ EXO_TRANSPORT_RULE, "SetSCL", "9", "9" },
	{ EXO_TRANSPORT_RULE, "Priority", "0", "0" },
	{ EXO_REMOTE_DOMAIN, "LineWrapSize", "Unlimited", NULL },
	{ EXO_REMOTE_DOMAIN, "LineWrapSize", "76", "76" },
	{ EXO_TRANSPORT_RULE, "SetSCL", "--1", "!" },
	{ EXO_TRANSPORT_RULE, "SetSCL", "1.5", "!" },
	{ EXO_TRANSPORT_RULE, "SetSCL", "-", "!" },
	{ EXO_TRANSPORT_RULE, "SetSCL", "six", "!" },
	{ EXO_TRANSPORT_RULE, "SetSCL", "9007199254740993", "!" }, /* 2^53 + 1: not in JSON */
	{ EXO_TRANSPORT_RULE, "AttachmentSizeOver", "1 KB (1,024 bytes)", "1 KB" },
	{ EXO_TRANSPORT_RULE, "ExceptIfMessageSizeOver", "36700160", "35 MB" },
	{ EXO_TRANSPORT_RULE, "MessageSizeOver", "Unlimited", NULL },
	{ EXO_TRANSPORT_RULE, "AttachmentSizeOver", "big", "!" },
	{ EXO_TRANSPORT_RULE, "AttachmentSizeOver", "1,024", "!" },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "*", "*" },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "smtp:*;1", "*" },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "SMTP:contoso.nl;10", "contoso.nl" },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "contoso.nl;x", "contoso.nl;x" },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "contoso.nl;", "contoso.nl;" },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "smtp:;1", NULL },
	{ EXO_OUTBOUND_CONNECTOR, "RecipientDomains", "smtp:*;1", "*" },
	{ EXO_OUTBOUND_CONNECTOR, "SmartHosts", "[192.0.2.1]", "192.0.2.1" },
	{ EXO_OUTBOUND_CONNECTOR, "SmartHosts", "Mail.Example.NET", "Mail.Example.NET" },
	{ EXO_OUTBOUND_CONNECTOR, "SmartHosts", "[192.0.2.1", "[192.0.2.1" },
	{ EXO_OUTBOUND_CONNECTOR, "SmartHosts", "[]", "[]" },
	{ EXO_OUTBOUND_CONNECTOR, "TlsDomain", "[192.0.2.1]", "[192.0.2.1]" }, /* not a host */
	{ EXO_OUTBOUND_CONNECTOR, "TlsSettings", "$null", NULL },
	{ EXO_OUTBOUND_CONNECTOR, "TlsSettings", " DomainValidation ", "DomainValidation" },
	{ EXO_TRANSPORT_RULE, "PrependSubject", " [ext] ", " [ext] " }, /* blanks count in a text */
	{ EXO_TRANSPORT_RULE, "HeaderMatchesPatterns", " $null", " $null" },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", "hunter2", "(secret)" },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", "", NULL },
	{ EXO_TRANSPORT_RULE, "Comments", "a\nb", "aU+000Ab" },
	{ EXO_TRANSPORT_RULE, "Name", "gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F" },
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
	{ EXO_TRANSPORT_RULE, "Name", "x\xE2\x80\xAEyz", "xU+202Eyz" },
	{ EXO_TRANSPORT_RULE, "Name", "\x1B[2J", "U+001B[2J" },
	{ EXO_TRANSPORT_RULE, "Name", "x\xC2\x9Byz", "xU+009Byz" }, /* C1: CSI */
	{ EXO_TRANSPORT_RULE, "Name", "\xFF", "!" },
	{ EXO_TRANSPORT_RULE, "Name", "\xC0\x80", "!" },
	{ EXO_TRANSPORT_RULE, "Name", "\xED\xA0\x80", "!" }, /* a surrogate */
	{ EXO_TRANSPORT_RULE, "FromWhom", "x", "!" },
	{ EXO_ACCEPTED_DOMAIN, "RequireTls", "True", "!" },
};

static void
reads_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(readings); i++) {
		const struct reading *r = &readings[i];
		struct exo_object o = { .kind = r->kind };
		struct arena a;
		struct buf out;

		arena_init(&a, 1 << 16);
		buf_init(&out, 1 << 10);
		enum err err = exo_set_text(&o, r->name, span_str(r->text), &a);
		enum err want = r->want != NULL && r->want[0] == '!' ? ERR_SYNTAX : ERR_OK;
		if (err != want)
			fail_msg("%s \"%s\": %s: %s", r->name, r->text, err_name(err), err_note());
		const struct exo_value *v = exo_get(&o, r->name);
		if ((v != NULL) != (want == ERR_OK && r->want != NULL))
			fail_msg("%s \"%s\": a value?", r->name, r->text);
		if (v != NULL) {
			assert_ok(exo_value_print(v, &out));
			assert_string_equal(buf_cstr(&out), r->want);
		}
		buf_done(&out);
		arena_done(&a);
	}
}

/*
 * Equality; a list is written "a|b"
 */
static void
set_list(struct exo_object *o, const char *name, const char *list, struct arena *a)
{
	struct span items[8], rest = span_str(list);
	size_t count = 0;

	if (list == NULL)
		return;
	while (count < COUNT(items) && span_take_until(&rest, '|', &items[count])) {
		rest = span_from(rest, 1);
		count++;
	}
	items[count++] = rest;
	assert_ok(exo_set_texts(o, name, items, count, a));
}

#define SECRET "correct horse"
/* printf 'correct horse' | sha256sum */
#define SECRET_HEX "4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631"

static const struct comparison {
	enum exo_kind kind;
	const char *name;
	const char *a, *b; /* NULL: not there */
	bool equal;
} comparisons[] = {
	{ EXO_TRANSPORT_RULE, "AttachmentSizeOver", "1KB", "1 KB (1,024 bytes)", true },
	{ EXO_TRANSPORT_RULE, "AttachmentSizeOver", "1KB", "1024", true },
	{ EXO_TRANSPORT_RULE, "AttachmentSizeOver", "1KB", "1.001 KB (1,025 bytes)", false },
	{ EXO_TRANSPORT_RULE, "AttachmentSizeOver", "1KB", NULL, false },
	{ EXO_TRANSPORT_RULE, "MessageSizeOver", "Unlimited", NULL, true },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "*", "smtp:*;1", true },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "*", "smtp:contoso.nl;1", false },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "a.nl|b.nl", "smtp:B.NL;1|smtp:a.nl;2", true },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "a.nl|b.nl", "a.nl", false },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "a.nl", "a.nl|b.nl", false },
	{ EXO_INBOUND_CONNECTOR, "SenderDomains", "a.nl|a.nl", "a.nl", true },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "True", "$true", true },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "True", "False", false },
	{ EXO_INBOUND_CONNECTOR, "RequireTls", "False", NULL, false },
	{ EXO_OUTBOUND_CONNECTOR, "SmartHosts", "[192.0.2.1]", "192.0.2.1", true },
	{ EXO_OUTBOUND_CONNECTOR, "SmartHosts", "mail.example.net", "MAIL.example.net", true },
	{ EXO_OUTBOUND_CONNECTOR, "SmartHosts", "192.0.2.1", "192.0.2.11", false },
	{ EXO_OUTBOUND_CONNECTOR, "TlsSettings", "$null", NULL, true },
	{ EXO_OUTBOUND_CONNECTOR, "TlsSettings", "DomainValidation", "domainvalidation", true },
	{ EXO_OUTBOUND_CONNECTOR, "TlsSettings", "DomainValidation", "EncryptionOnly", false },
	{ EXO_OUTBOUND_CONNECTOR, "Comment", "ours", "theirs", true }, /* never compared */
	{ EXO_OUTBOUND_CONNECTOR, "Comment", "ours", NULL, true },
	{ EXO_TRANSPORT_RULE, "FromMemberOf", "Users@contoso.nl", "users@CONTOSO.nl", true },
	{ EXO_TRANSPORT_RULE, "FromMemberOf", "users@contoso.nl", "user@contoso.nl", false },
	{ EXO_TRANSPORT_RULE, "HeaderMatchesPatterns", "^\\s*1$", "^\\s*1$", true },
	{ EXO_TRANSPORT_RULE, "HeaderMatchesPatterns", "^\\s*1$", "^\\S*1$",
	    false }, /* case counts */
	{ EXO_TRANSPORT_RULE, "HeaderMatchesPatterns", "a|b", "b|a", true },
	{ EXO_TRANSPORT_RULE, "HeaderMatchesPatterns", "1", "1 ", false },
	{ EXO_TRANSPORT_RULE, "HeaderContainsWords", "One", "oNE", true },
	{ EXO_TRANSPORT_RULE, "PrependSubject", "[Ext] ", "[ext] ", false },
	{ EXO_TRANSPORT_RULE, "SetSCL", "-1", "-1", true },
	{ EXO_TRANSPORT_RULE, "SetSCL", "-1", "1", false },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", SECRET, SECRET, true },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", SECRET, "sha256:" SECRET_HEX, true },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", "sha256:" SECRET_HEX, SECRET, true },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", "sha256:" SECRET_HEX, "sha256:" SECRET_HEX, true },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", SECRET, "Correct horse", false },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", "correct horse ", "sha256:" SECRET_HEX, false },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", SECRET, SECRET_HEX, false }, /* no prefix: a text */
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", SECRET, "sha256:", false },
	{ EXO_TRANSPORT_RULE, "SetHeaderValue", SECRET, NULL, false },
	{ EXO_TRANSPORT_RULE, "Enabled", "True", "Enabled", true },
};

static void
compares_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(comparisons); i++) {
		const struct comparison *c = &comparisons[i];
		struct exo_object a = { .kind = c->kind }, b = { .kind = c->kind };
		struct arena arena;

		arena_init(&arena, 1 << 16);
		set_list(&a, c->name, c->a, &arena);
		set_list(&b, c->name, c->b, &arena);
		const struct exo_value *x = exo_get(&a, c->name), *y = exo_get(&b, c->name);
		if (exo_equal(x, y) != c->equal || exo_equal(y, x) != c->equal)
			fail_msg("row %zu: %s \"%s\", \"%s\"", i, c->name, c->a, c->b);
		assert_true(exo_equal(x, x) && exo_equal(y, y));
		arena_done(&arena);
	}
	assert_true(exo_equal(NULL, NULL));
	assert_true(exo_equal(NULL, &(struct exo_value){ .type = EXO_NAMES }));
	assert_false(exo_equal(NULL, &(struct exo_value){ .type = EXO_BOOL }));
	assert_false(exo_equal(
	    &(struct exo_value){ .type = EXO_INT }, &(struct exo_value){ .type = EXO_SIZE }));
}

/* Get-TransportRule shows these of a rule that was made with a name and one action only */
static void
knows_what_says_nothing(void **state)
{
	static const struct {
		enum exo_kind kind;
		const char *name, *text;
		bool nothing;
	} cases[] = {
		{ EXO_TRANSPORT_RULE, "Mode", "Enforce", true },
		{ EXO_TRANSPORT_RULE, "Mode", "Audit", false },
		{ EXO_TRANSPORT_RULE, "RuleErrorAction", "Ignore", true },
		{ EXO_TRANSPORT_RULE, "RuleErrorAction", "Defer", false },
		{ EXO_TRANSPORT_RULE, "SenderAddressLocation", "header", true },
		{ EXO_TRANSPORT_RULE, "SenderAddressLocation", "Envelope", false },
		{ EXO_TRANSPORT_RULE, "State", "Enabled", true },
		{ EXO_TRANSPORT_RULE, "State", "Disabled", false },
		{ EXO_TRANSPORT_RULE, "UseLegacyRegex", "False", true },
		{ EXO_TRANSPORT_RULE, "UseLegacyRegex", "True", false },
		{ EXO_TRANSPORT_RULE, "StopRuleProcessing", "False", true },
		{ EXO_TRANSPORT_RULE, "StopRuleProcessing", "True", false },
		{ EXO_TRANSPORT_RULE, "ExceptIfHasSenderOverride", "False", true },
		{ EXO_TRANSPORT_RULE, "ExceptIfHasSenderOverride", "True", false },
		{ EXO_TRANSPORT_RULE, "From", "a@contoso.nl", false },
		{ EXO_TRANSPORT_RULE, "Priority", "0", false },
		{ EXO_INBOUND_CONNECTOR, "RequireTls", "False", false }, /* not a rule */
		{ EXO_INBOUND_CONNECTOR, "Enabled", "True", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exo_object o = { .kind = cases[i].kind };
		struct arena a;

		arena_init(&a, 1 << 16);
		assert_ok(exo_set_text(&o, cases[i].name, span_str(cases[i].text), &a));
		assert_int_equal(o.count, 1);
		if (exo_says_nothing(&o.members[0]) != cases[i].nothing)
			fail_msg("%s %s", cases[i].name, cases[i].text);
		arena_done(&a);
	}
}

static void
prints_lists(void **state)
{
	struct exo_object o = { .kind = EXO_TRANSPORT_RULE };
	struct arena a;
	struct buf out;

	(void)state;
	arena_init(&a, 1 << 16);
	buf_init(&out, 32);
	set_list(&o, "From", "b@x.nl|a@x.nl", &a);
	assert_ok(exo_value_print(exo_get(&o, "From"), &out));
	assert_string_equal(buf_cstr(&out), "b@x.nl, a@x.nl"); /* as they came */
	buf_clear(&out);
	assert_ok(exo_value_print(NULL, &out));
	assert_string_equal(buf_cstr(&out), "none");
	set_list(&o, "From", "aaaaaaaaaaaaaaaaaaaa|bbbbbbbbbbbbbbbbbbbbbbbb", &a);
	assert_int_equal(exo_value_print(exo_get(&o, "From"), &out), ERR_LIMIT);
	buf_done(&out);
	arena_done(&a);
}

/* what vanishes, or moves what stands around it, is not shown as it is */
static void
knows_unsafe_characters(void **state)
{
	static const uint32_t unsafe[] = { 0, 7, 8, 9, 10, 13, 0x1B, 0x7F, 0x85, 0x9B, 0xAD, 0x200B,
		0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF };
	static const uint32_t safe[] = { ' ', '\'', '$', '~', 0xA0, 0xE9, 0x2018, 0x2019, 0x201C,
		0x20AC, 0x5D0, 0x627, 0x4E2D, 0x1F600, 0xFFFD };

	(void)state;
	for (size_t i = 0; i < COUNT(unsafe); i++)
		if (!exo_unsafe(unsafe[i]))
			fail_msg("U+%04X", (unsigned)unsafe[i]);
	for (size_t i = 0; i < COUNT(safe); i++)
		if (exo_unsafe(safe[i]))
			fail_msg("U+%04X", (unsigned)safe[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_sizes),
		cmocka_unit_test(prints_sizes),
		cmocka_unit_test(reads_texts),
		cmocka_unit_test(compares_values),
		cmocka_unit_test(knows_what_says_nothing),
		cmocka_unit_test(prints_lists),
		cmocka_unit_test(knows_unsafe_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
