#include "rules/plan_int.h"

#include "rules/plan_tenant.h"
#include "support/alloc.h"

#include <stdio.h>
#include <stdlib.h>

/* One plan and what it was made of. */
struct trial {
	struct tenant *t;
	struct arena a;
	struct plan plan;
	enum err err;
};

static void
trial_make(struct trial *x, struct tenant *t)
{
	x->t = t;
	arena_init_secret(&x->a, 8 << 20);
	x->err = plan_make(t, &x->a, &x->plan);
}

static void
trial_done(struct trial *x)
{
	arena_done(&x->a);
	tenant_free(&x->t);
}

static const struct exo_object *
object(const struct trial *x, enum exo_kind kind, const char *name)
{
	struct exo_object *o = exo_find(&x->plan.state.lists[kind], span_str(name));

	if (o == NULL)
		fail_msg("no %s", name);
	return o;
}

static const struct exo_object *
rule(const struct trial *x, const char *name)
{
	return object(x, EXO_TRANSPORT_RULE, name);
}

/* What a member says, as people read it; "none" when it is not there. */
static void
says(const struct exo_object *o, const char *member, const char *text)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_ok(exo_value_print(exo_get(o, member), &out));
	if (strcmp(buf_cstr(&out), text) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", member, buf_cstr(&out), text);
	buf_done(&out);
}

static size_t
notes_with(const struct trial *x, const char *words)
{
	size_t n = 0;

	for (size_t i = 0; i < x->plan.note_count; i++)
		n += span_find(x->plan.notes[i], span_str(words)) < x->plan.notes[i].len;
	return n;
}

static void
refused(struct tenant *t, enum err err, const char *note)
{
	struct trial x;

	trial_make(&x, t);
	if (x.err != err || strstr(err_note(), note) == NULL)
		fail_msg("%s: %s, not %s", err_name(x.err), err_note(), note);
	trial_done(&x);
}

static struct tenant *
with(const char *name, const char *value)
{
	struct tenant *t = tenant_fixed();

	tenant_set(t, name, value);
	return t;
}

/* SD-021: without the link installation does not go on. */
static void
refusals(void **state)
{
	static const char *const below[] = { "*.contoso.nl" };
	struct tenant *t;

	(void)state;
	refused(with("linked_domain", ""), ERR_SYNTAX, "linked_domain is empty: link the domain");
	refused(with("smart_host", ""), ERR_SYNTAX, "smart_host is empty");
	refused(with("linked_domain", "*.contoso.nl"), ERR_SYNTAX, "linked_domain is not");
	refused(with("users_group_address", "secudoc_admins@contoso.nl"), ERR_SYNTAX,
	    "are the same address");
	refused(with("excluded_groups", "SecuDoc_Users@contoso.nl"), ERR_SYNTAX,
	    "nobody's mail would be secured");
	refused(with("rule_name", PLAN_RULE_OOF), ERR_SYNTAX, "rule_name is the name of another");
	refused(with("rule_name", "secudoc no spam check"), ERR_SYNTAX,
	    "rule_name is the name of another");

	t = tenant_fixed();
	tenant_set_list(t, "domains", below, COUNT(below));
	tenant_set(t, "facility_address", "secudoc@a.contoso.nl");
	refused(t, ERR_SYNTAX, "users_group_address is empty, and none of the domains");
	t = tenant_fixed();
	tenant_set_list(t, "domains", below, COUNT(below));
	tenant_set(t, "facility_address", "secudoc@a.contoso.nl");
	tenant_set(t, "users_group_address", "users@a.contoso.nl");
	refused(t, ERR_SYNTAX, "admins_group_address is empty");
}

static void
wildcard_domains(void **state)
{
	static const char *const below[] = { "*.contoso.nl" };
	static const char *const mixed[] = { "*.contoso.nl", "fabrikam.nl", "contoso.nl" };
	static const char *const senders[] = { "a@x.contoso.nl", "b@fabrikam.nl", "@contoso.nl" };
	struct tenant *t = tenant_fixed();
	struct trial x;

	(void)state;
	tenant_set_list(t, "domains", below, COUNT(below));
	tenant_set(t, "facility_address", "secudoc@a.contoso.nl");
	tenant_set(t, "users_group_address", "users@a.contoso.nl");
	tenant_set(t, "admins_group_address", "admins@a.contoso.nl");
	tenant_set(t, "excluded_senders", "a@x.contoso.nl");
	trial_make(&x, t);
	assert_ok(x.err);
	says(object(&x, EXO_DISTRIBUTION_GROUP, "SecuDoc Users"), "Alias", "users");
	says(rule(&x, "SecuDoc Mail Integration"), "ExceptIfFrom", "none");
	assert_int_equal(notes_with(&x, "1 of excluded_senders cannot be named in a rule"), 1);
	trial_done(&x);

	t = tenant_fixed();
	tenant_set_list(t, "domains", mixed, COUNT(mixed));
	tenant_set_list(t, "excluded_senders", senders, COUNT(senders));
	trial_make(&x, t);
	assert_ok(x.err);
	says(object(&x, EXO_DISTRIBUTION_GROUP, "SecuDoc Users"), "PrimarySmtpAddress",
	    "secudoc_users@fabrikam.nl");
	says(rule(&x, "SecuDoc Mail Integration"), "ExceptIfFrom", "b@fabrikam.nl");
	says(rule(&x, "SecuDoc Mail Integration"), "ExceptIfFromAddressMatchesPatterns",
	    "@contoso\\.nl$");
	assert_int_equal(notes_with(&x, "1 of excluded_senders cannot be named in a rule"), 1);
	trial_done(&x);
}

static void
plain_mark(void **state)
{
	struct trial x;

	(void)state;
	trial_make(&x, with("loop_mark", "plain"));
	assert_ok(x.err);
	const struct exo_object *r = rule(&x, "SecuDoc Mail Integration");
	says(r, "ExceptIfHeaderContainsMessageHeader", "X-SecuDoc");
	says(r, "ExceptIfHeaderContainsWords", "1.0");
	says(r, "ExceptIfHeaderMatchesPatterns", "none");
	const struct exo_value *stamp = exo_get(rule(&x, PLAN_RULE_OOF), "SetHeaderValue");
	assert_non_null(stamp);
	assert_span(stamp->text, "1.0");
	/* anybody on the internet can write it: the spam check is left out for mail from inside only */
	says(rule(&x, PLAN_RULE_SPAM), "FromScope", "InOrganization");
	assert_int_equal(notes_with(&x, "every sender can write"), 1);
	assert_int_equal(notes_with(&x, "spam rule asks for mail from inside"), 0);
	trial_done(&x);

	struct tenant *t = with("loop_mark", "plain");
	tenant_set(t, "retain_headers", "false");
	trial_make(&x, t);
	assert_int_equal(notes_with(&x, "spam rule asks for mail from inside"), 1);
	trial_done(&x);
}

static void
two_tokens(void **state)
{
	static const char *const two[] = { TEST_TOKEN2, TEST_TOKEN };
	struct tenant *t = tenant_fixed();
	struct trial x;

	(void)state;
	tenant_set_list(t, "mark_tokens", two, COUNT(two));
	trial_make(&x, t);
	assert_ok(x.err);
	says(rule(&x, "SecuDoc Mail Integration"), "ExceptIfHeaderMatchesPatterns",
	    "^\\s*1\\.0\\s\\s*(test\\.token\\+\\(2\\)\\[9876543210|testtoken0123456789abcdef)\\s*$");
	const struct exo_value *stamp = exo_get(rule(&x, PLAN_RULE_OFF), "SetHeaderValue");
	assert_non_null(stamp);
	assert_span(stamp->text, "1.0 " TEST_TOKEN2);
	trial_done(&x);
}

static void
recipients_all(void **state)
{
	static const char *const rules[] = { PLAN_RULE_OOF, PLAN_RULE_OFF,
		"SecuDoc Mail Integration", PLAN_RULE_REMOVE_ENABLED, PLAN_RULE_REMOVE_MARK,
		PLAN_RULE_REMOVE_DONE };
	struct trial x;

	(void)state;
	trial_make(&x, with("rule_recipients", "all"));
	for (size_t i = 0; i < COUNT(rules); i++)
		says(rule(&x, rules[i]), "SentToScope", "none");
	trial_done(&x);
	trial_make(&x, tenant_fixed());
	for (size_t i = 0; i < COUNT(rules); i++)
		says(rule(&x, rules[i]), "SentToScope", "NotInOrganization");
	trial_done(&x);
}

/* New-InboundConnector, New-OutboundConnector: the same value on both, or headers are stripped. */
static void
connectors(void **state)
{
	struct trial x;

	(void)state;
	trial_make(&x, with("retain_headers", "false"));
	assert_ok(x.err);
	const struct exo_object *in = object(&x, EXO_INBOUND_CONNECTOR, "SecuDoc In");
	const struct exo_object *out = object(&x, EXO_OUTBOUND_CONNECTOR, "SecuDoc Out");
	says(in, "ConnectorType", "OnPremises");
	says(in, "CloudServicesMailEnabled", "no");
	says(out, "ConnectorType", "Partner");
	says(out, "CloudServicesMailEnabled", "no");
	assert_int_equal(notes_with(&x, "retain_headers is false"), 1);
	trial_done(&x);

	trial_make(&x, tenant_fixed());
	in = object(&x, EXO_INBOUND_CONNECTOR, "SecuDoc In");
	out = object(&x, EXO_OUTBOUND_CONNECTOR, "SecuDoc Out");
	says(in, "ConnectorType", "OnPremises");
	says(in, "CloudServicesMailEnabled", "yes");
	says(in, "SenderDomains", "*");
	says(in, "RequireTls", "yes");
	says(in, "RestrictDomainsToCertificate", "yes");
	says(in, "TlsSenderCertificateName", "secudoc.contoso.nl");
	says(out, "ConnectorType", "OnPremises");
	says(out, "CloudServicesMailEnabled", "yes");
	says(out, "IsTransportRuleScoped", "yes");
	says(out, "UseMXRecord", "no");
	says(out, "SmartHosts", "mail.example.net");
	says(out, "TlsSettings", "DomainValidation");
	says(out, "TlsDomain", "mail.example.net");
	assert_int_equal(notes_with(&x, "retain_headers is false"), 0);
	trial_done(&x);
}

/*
 * Never above the tenant's threshold: a file of exactly that size must be over it, read as "greater than". The
 * smallest that a rule can ask for is 1 KB, and then a note says what is missed.
 */
static void
thresholds(void **state)
{
	static const struct {
		const char *threshold, *kb;
		bool missed;
	} cases[] = {
		{ "0", "1 KB", true },
		{ "1", "1 KB", true },
		{ "1 KB", "1 KB", true },
		{ "1024", "1 KB", true },
		{ "1025", "1 KB", false },
		{ "2048", "1 KB", false },
		{ "2049", "2 KB", false },
		{ "5 KB", "4 KB", false },
		{ "64 KiB", "63 KB", false },
		{ "1 MB", "976 KB", false },
		{ "1 GiB", "1048575 KB", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct trial x;

		trial_make(&x, with("threshold", cases[i].threshold));
		assert_ok(x.err);
		says(rule(&x, "SecuDoc Mail Integration"), "AttachmentSizeOver", cases[i].kb);
		const struct exo_value *v =
		    exo_get(rule(&x, "SecuDoc Mail Integration"), "AttachmentSizeOver");
		assert_non_null(v);
		assert_true(v->number < x.t->threshold_bytes || v->number == 1024);
		assert_int_equal(notes_with(&x, "leave as they are"), cases[i].missed);
		assert_int_equal(notes_with(&x, "passed on as it was when no"), !cases[i].missed);
		trial_done(&x);
	}
}

/* A list of addresses "PREFIXn@DOMAIN"; the caller frees nothing: they live in the tenant. */
static void
set_many(struct tenant *t, const char *setting, size_t count, const char *fmt)
{
	const char **items = calloc(count, sizeof(*items));

	assert_non_null(items);
	for (size_t i = 0; i < count; i++) {
		struct span text = SPAN_NONE;
		char number[24];

		snprintf(number, sizeof(number), "%zu", i);
		assert_ok(arena_printf(&t->arena, &text, "%s%s", number, fmt));
		items[i] = (const char *)text.p;
	}
	tenant_set_list(t, setting, items, count);
	free(items);
}

static void
many_exclusions(void **state)
{
	struct tenant *t = tenant_fixed();
	struct trial x;

	(void)state;
	/* far too many: none in the rule, the service has them all */
	set_many(t, "excluded_senders", 5000, "sender@contoso.nl");
	trial_make(&x, t);
	assert_ok(x.err);
	const struct exo_object *r = rule(&x, "SecuDoc Mail Integration");
	says(r, "ExceptIfFrom", "none");
	assert_int_equal(notes_with(&x, "5000 addresses of excluded_senders do not fit"), 1);
	assert_true(plan_rule_bytes(r) < 8192);
	trial_done(&x);

	t = tenant_fixed();
	set_many(t, "excluded_senders", 40, "sender@contoso.nl");
	trial_make(&x, t);
	assert_ok(x.err);
	r = rule(&x, "SecuDoc Mail Integration");
	assert_non_null(exo_get(r, "ExceptIfFrom"));
	assert_int_equal(exo_get(r, "ExceptIfFrom")->count, 40);
	assert_int_equal(notes_with(&x, "do not fit"), 0);
	assert_true(plan_rule_bytes(r) < 8192);
	trial_done(&x);

	/* groups are known to Exchange alone: what does not fit there would not be excepted at all */
	t = tenant_fixed();
	set_many(t, "excluded_groups", 100,
	    "a-group-with-a-name-that-is-as-long-as-names-of-groups-are@contoso.nl");
	refused(t, ERR_LIMIT, "the 100 excluded_groups do not fit");
}

static void
many_patterns(void **state)
{
	static const char *const odd[] = { "@ok.contoso.nl", "@gr\xc3\xbc\303\237e.example",
		"\"quoted one\"@contoso.nl", "j\xc3\xb6rg@contoso.nl", "who@fabrikam.example" };
	struct tenant *t = tenant_fixed();
	struct trial x;

	(void)state;
	const char **items = calloc(200, sizeof(*items));
	assert_non_null(items);
	for (size_t i = 0; i < 200; i++) {
		struct span text = SPAN_NONE;

		assert_ok(arena_printf(&t->arena, &text, "@d%zu.contoso.nl", i));
		items[i] = (const char *)text.p;
	}
	tenant_set_list(t, "excluded_senders", items, 200);
	free(items);
	trial_make(&x, t);
	assert_ok(x.err);
	says(rule(&x, "SecuDoc Mail Integration"), "ExceptIfFromAddressMatchesPatterns", "none");
	assert_int_equal(notes_with(&x, "200 domains of excluded_senders do not fit"), 1);
	trial_done(&x);

	t = tenant_fixed();
	tenant_set_list(t, "excluded_senders", odd, COUNT(odd));
	trial_make(&x, t);
	assert_ok(x.err);
	says(rule(&x, "SecuDoc Mail Integration"), "ExceptIfFromAddressMatchesPatterns",
	    "@ok\\.contoso\\.nl$");
	says(rule(&x, "SecuDoc Mail Integration"), "ExceptIfFrom", "none");
	assert_int_equal(notes_with(&x, "4 of excluded_senders cannot be named"), 1);
	trial_done(&x);
}

static void
patterns(void **state)
{
	static const struct {
		const char *pattern, *regex;
	} cases[] = {
		{ "@contoso.nl", "@contoso\\.nl$" },
		{ "*@contoso.nl", "@contoso\\.nl$" },
		{ "@*.contoso.nl", "@\\S\\S*\\.contoso\\.nl$" },
		{ "*@*.a-b.nl", "@\\S\\S*\\.a-b\\.nl$" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		assert_ok(plan_regex_domain(span_str(cases[i].pattern), &out));
		assert_string_equal(buf_cstr(&out), cases[i].regex);
	}
	assert_err(plan_regex_domain(SPAN("a@b.nl"), &out), ERR_SYNTAX, "begins with");
	buf_clear(&out);
	/* Regex.Escape of .NET, and the closing brackets */
	assert_ok(plan_regex_escape(SPAN("\\*+?|{}[]()^$.# aZ09_-/\"'"), &out));
	assert_string_equal(
	    buf_cstr(&out), "\\\\\\*\\+\\?\\|\\{\\}\\[\\]\\(\\)\\^\\$\\.\\#\\ aZ09_-/\"'");
	buf_done(&out);
}

/* Rules in their order; names and comments within Microsoft's bounds; all wait on an error. */
static void
order(void **state)
{
	static const char *const names[] = { PLAN_RULE_OOF, PLAN_RULE_OFF,
		"SecuDoc Mail Integration", PLAN_RULE_SPAM, PLAN_RULE_REMOVE_ENABLED,
		PLAN_RULE_REMOVE_MARK, PLAN_RULE_REMOVE_DONE };
	struct trial x;

	(void)state;
	trial_make(&x, tenant_fixed());
	const struct exo_list *rules = &x.plan.state.lists[EXO_TRANSPORT_RULE];
	assert_int_equal(rules->count, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_span(exo_name(&rules->items[i]), names[i]);
		assert_true(strlen(names[i]) <= 64);
		says(&rules->items[i], "RuleErrorAction", "Defer");
		assert_true(exo_get(&rules->items[i], "Comments")->text.len <= PLAN_COMMENTS_CHARS);
	}
	trial_done(&x);

	/* opt-in has nothing to switch off, and the spam rule can be left out */
	struct tenant *t = with("mode", "opt-in");
	tenant_set(t, "spam_rule", "false");
	trial_make(&x, t);
	assert_ok(x.err);
	assert_int_equal(x.plan.state.lists[EXO_TRANSPORT_RULE].count, COUNT(names) - 2);
	says(rule(&x, "SecuDoc Mail Integration"), "HeaderMatchesMessageHeader",
	    "X-SecuDoc-Enabled");
	says(rule(&x, "SecuDoc Mail Integration"), "HeaderMatchesPatterns", "^\\s*1\\s*$");
	trial_done(&x);
}

/* What stays with the service is said. */
static void
notes(void **state)
{
	static const struct {
		const char *setting, *value, *words;
	} cases[] = {
		{ "excluded_recipients", "@recognise.example", "excluded_recipients stay with" },
		{ "required_header", "X-Secure", "required_header stays with the service: mail" },
		{ "mode", "opt-in", "nothing is secured unless" },
		{ "rule_scope", "organization", "mail of everybody inside" },
		{ "loop_mark", "plain", "every sender can write" },
		{ "excluded_senders", "boss@contoso.nl", "only their primary address counts" },
	};
	struct trial x;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		trial_make(&x, tenant_fixed());
		assert_int_equal(notes_with(&x, cases[i].words), 0);
		trial_done(&x);
		trial_make(&x, with(cases[i].setting, cases[i].value));
		assert_int_equal(notes_with(&x, cases[i].words), 1);
		trial_done(&x);
	}
	trial_make(&x, with("spam_rule", "false"));
	assert_int_equal(notes_with(&x, "The spam rule asks"), 0);
	trial_done(&x);
	struct tenant *t = with("required_header", "X-Secure");
	tenant_set(t, "mode", "opt-in");
	trial_make(&x, t);
	assert_int_equal(notes_with(&x, "and that is X-SecuDoc-Enabled"), 1);
	trial_done(&x);
}

/* Rules that are not of a plan are said too, if less well; what nobody should see is not seen. */
static void
words(void **state)
{
	struct tenant *t = tenant_fixed();
	struct exo_list rules = { 0 };
	struct exo_object *o;
	struct arena a;
	struct buf out;

	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&out, 1 << 16);
	assert_ok(exo_add(&rules, EXO_TRANSPORT_RULE, &a, &o));
	assert_ok(exo_set_text(o, "Name", SPAN("x"), &a));
	assert_ok(exo_set_text(o, "SubjectContainsWords", SPAN("secret"), &a));
	assert_ok(exo_set_text(o, "FromScope", SPAN("NotInOrganization"), &a));
	assert_ok(exo_set_text(o, "ExceptIfHeaderMatchesMessageHeader", SPAN("X-A"), &a));
	assert_ok(exo_set_text(o, "PrependSubject", SPAN("[" TEST_SECRET "] \xe2\x80\xae"), &a));
	assert_ok(exo_set_int(o, "SetSCL", 6, &a));
	assert_ok(plan_rule_words(t, o, &out));
	assert_string_equal(buf_cstr(&out),
	    "If SubjectContainsWords is secret\n"
	    "and FromScope is NotInOrganization\n"
	    "except if the header X-A matches the pattern \n"
	    "then PrependSubject is [********] U+202E\n"
	    "and SetSCL is 6\n");
	buf_done(&out);
	arena_done(&a);
	tenant_free(&t);
}

static void
printed(const struct plan *p, bool markdown, bool reveal, struct buf *out)
{
	buf_clear(out);
	assert_ok(markdown ? plan_markdown(p, reveal, out) : plan_text(p, reveal, out));
}

static bool
has(const struct buf *out, const char *text)
{
	return strstr(buf_cstr(out), text) != NULL;
}

/*
 * Whoever makes the rules by hand needs the values that the script would set, exactly: those of the JSON. Markdown
 * shows a character that means something with a backslash in front.
 */
static void
revealed(void **state)
{
	static const char *const stamp = "set the header X-SecuDoc to 1.0 " TEST_TOKEN "\n";
	struct trial x;
	struct buf out;

	(void)state;
	trial_make(&x, tenant_fixed());
	buf_init(&out, 1 << 20);
	printed(&x.plan, false, true, &out);
	assert_memory_equal(buf_cstr(&out), "THIS OUTPUT HOLDS SECRETS", 25);
	assert_true(has(&out, stamp));
	assert_true(has(&out, "set the header X-SecuDoc-Tenant to " TEST_SECRET "\n"));
	assert_true(has(&out, "matches the pattern ^\\s*1\\.0\\s\\s*" TEST_TOKEN "\\s*$\n"));
	assert_false(has(&out, PLAN_MASK));
	printed(&x.plan, true, true, &out);
	assert_memory_equal(buf_cstr(&out), "**This output holds secrets", 27);
	assert_true(has(&out, stamp));
	assert_true(has(&out, "| SetHeaderValue | 1.0 " TEST_TOKEN " |\n"));
	assert_true(has(&out, "| SetHeaderValue | " TEST_SECRET " |\n"));
	assert_true(has(&out, "| \\^\\\\s\\*1\\\\.0\\\\s\\\\s\\*" TEST_TOKEN "\\\\s\\*\\$ |\n"));
	assert_false(has(&out, "\\*\\*\\*\\*\\*\\*\\*\\*"));
	buf_done_secret(&out);
	trial_done(&x);
}

/* Rules made by hand must find their place as the script does: behind what signature tools call theirs. */
static void
signature_tools(void **state)
{
	static const char *const lines[] = {
		"- CodeTwo Email Signatures 365: CodeTwo Exchange transport rule\\*\n",
		"- Exclaimer: Identify messages to send to Exclaimer Cloud\\*\n",
		"- Exclaimer: Prevent Out of Office messages being sent to Exclaimer Cloud\\*\n",
		"- Letsignit: Route email to LSI\\*\n",
		"- Crossware Mail Signature: Crossware Transport Rule\\*\n",
		"- ExSign Agent: Identify messages to send to ExSign Agent\\*\n",
	};
	struct trial x;
	struct buf out;

	(void)state;
	trial_make(&x, tenant_fixed());
	buf_init(&out, 1 << 20);
	printed(&x.plan, true, false, &out);
	const char *objects = strstr(buf_cstr(&out), "\n## Objects\n");
	assert_non_null(objects);
	const char *first = strstr(objects, "\n### ");
	assert_non_null(first);
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *line = strstr(objects, lines[i]);

		if (line == NULL || line > first)
			fail_msg("no line %s", lines[i]);
	}
	buf_done_secret(&out);
	trial_done(&x);
}

/* The stamp is told from the secret: its first word is none. */
static void
masked(void **state)
{
	struct trial x;
	struct buf out;

	(void)state;
	trial_make(&x, tenant_fixed());
	buf_init(&out, 1 << 20);
	for (int markdown = 0; markdown < 2; markdown++) {
		printed(&x.plan, markdown, false, &out);
		assert_false(has(&out, TEST_TOKEN));
		assert_false(has(&out, TEST_SECRET));
		assert_false(has(&out, "olds secrets"));
		assert_false(has(&out, "HOLDS SECRETS"));
		assert_true(has(&out,
		    markdown ? "set the header X-SecuDoc to 1.0 \\*\\*\\*\\*\\*\\*\\*\\*\n"
			     : "set the header X-SecuDoc to 1.0 ********\n"));
		assert_true(has(&out,
		    markdown ? "set the header X-SecuDoc-Tenant to \\*\\*\\*\\*\\*\\*\\*\\*\n"
			     : "set the header X-SecuDoc-Tenant to ********\n"));
	}
	trial_done(&x);
	/* a token with signs of patterns in it, and a stamp without any */
	trial_make(&x, with("mark_tokens", TEST_TOKEN2));
	printed(&x.plan, false, true, &out);
	assert_true(has(&out, "to 1.0 " TEST_TOKEN2 "\n"));
	assert_true(has(&out, "s*test\\.token\\+\\(2\\)\\[9876543210\\s*$\n"));
	trial_done(&x);
	trial_make(&x, with("loop_mark", "plain"));
	printed(&x.plan, false, false, &out);
	assert_true(has(&out, "set the header X-SecuDoc to 1.0\n"));
	assert_false(has(&out, TEST_SECRET));
	buf_done_secret(&out);
	trial_done(&x);
}

/* The most that settings can ask for still fits: every note, the longest names. */
static void
everything_at_once(void **state)
{
	static const char *const senders[] = { "boss@contoso.nl", "@a.nl", "x@fabrikam.nl" };
	struct tenant *t = tenant_fixed();
	struct trial x;
	struct buf out;

	(void)state;
	tenant_set(t, "loop_mark", "plain");
	tenant_set(t, "retain_headers", "false");
	tenant_set(t, "rule_scope", "organization");
	tenant_set(t, "mode", "opt-in");
	tenant_set(t, "required_header", "X-Secure: yes");
	tenant_set(t, "excluded_recipients", "@recognise.example");
	tenant_set_list(t, "excluded_senders", senders, COUNT(senders));
	tenant_set(t, "linked_domain",
	    "a23456789012345678901234567890123456789012345678901234567890123."
	    "b23456789012345678901234567890123456789012345678901234567890123."
	    "c23456789012345678901234567890123456789012345678901234567890123.contoso.nl");
	trial_make(&x, t);
	assert_ok(x.err);
	assert_true(x.plan.note_count < PLAN_NOTES);
	buf_init(&out, 1 << 20);
	assert_ok(plan_text(&x.plan, false, &out));
	assert_ok(plan_markdown(&x.plan, false, &out));
	assert_ok(plan_json(&x.plan, &out));
	buf_done_secret(&out);
	/* a buffer too small is said, not written past */
	buf_init(&out, 1000);
	assert_int_equal(plan_text(&x.plan, false, &out), ERR_LIMIT);
	buf_clear(&out);
	assert_int_equal(plan_markdown(&x.plan, false, &out), ERR_LIMIT);
	buf_clear(&out);
	assert_int_equal(plan_json(&x.plan, &out), ERR_LIMIT);
	buf_done_secret(&out);
	trial_done(&x);
}

static enum err
make_and_print(const struct tenant *t)
{
	CLEANUP(arena_done) struct arena a;
	CLEANUP(buf_done_secret) struct buf out;
	struct plan plan;

	arena_init_secret(&a, 8 << 20);
	buf_init(&out, 1 << 20);
	TRY(plan_make(t, &a, &plan));
	TRY(plan_json(&plan, &out));
	TRY(plan_text(&plan, false, &out));
	return plan_markdown(&plan, false, &out);
}

static void
without_memory(void **state)
{
	static const char *const senders[] = { "boss@contoso.nl", "@a.nl" };
	struct tenant *t = tenant_fixed();
	size_t n = 1;

	(void)state;
	tenant_set_list(t, "excluded_senders", senders, COUNT(senders));
	for (;; n++) {
		alloc_fail_at(n);
		enum err err = make_and_print(t);
		bool failed = alloc_failed();
		alloc_fail_at(0);
		if (!failed) {
			assert_ok(err);
			break;
		}
		assert_int_equal(err, ERR_TEMP);
	}
	assert_true(n > 20);
	tenant_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(wildcard_domains),
		cmocka_unit_test(plain_mark),
		cmocka_unit_test(two_tokens),
		cmocka_unit_test(recipients_all),
		cmocka_unit_test(connectors),
		cmocka_unit_test(thresholds),
		cmocka_unit_test(many_exclusions),
		cmocka_unit_test(many_patterns),
		cmocka_unit_test(patterns),
		cmocka_unit_test(order),
		cmocka_unit_test(notes),
		cmocka_unit_test(words),
		cmocka_unit_test(revealed),
		cmocka_unit_test(signature_tools),
		cmocka_unit_test(masked),
		cmocka_unit_test(everything_at_once),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
