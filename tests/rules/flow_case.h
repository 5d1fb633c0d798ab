/*
 * Rules, mails and an organisation in a few words, for the tests of rules/flow.
 *
 *	rules  "FromScope: InOrganization\nSentTo: a@x | b@x\n\nName: next\n..."
 *	       members by line, values parted by " | ", rules parted by an empty line; without Name "rule N"
 *	mail   "from: a@x\nto: b@y\nfile: 2000\nh Subject: hello\n..."; later lines of from, env, size and
 *	       auth win; the first "to" takes the place of the default recipient; "odd: from" and
 *	       "odd: env": who that is is not certain; "odd: field": what fields behind it decode to is not,
 *	       "odd: tabs": their blanks may have been tabs
 *
 * Whatever cannot be read fails the test.
 */
#ifndef SECUDOC_TESTS_RULES_FLOW_CASE_H
#define SECUDOC_TESTS_RULES_FLOW_CASE_H

#include "rules/exo_int.h"
#include "rules/flow.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define CASE_MEMORY (64u << 20)
#define CASE_ITEMS  64

/* what a test takes its memory from, gone behind it */
static struct arena case_arena;

static inline int
case_open(void **state)
{
	(void)state;
	arena_init(&case_arena, CASE_MEMORY);
	return 0;
}

static inline int
case_close(void **state)
{
	(void)state;
	arena_done(&case_arena);
	return 0;
}

#define CASE_TEST(name) cmocka_unit_test_setup_teardown(name, case_open, case_close)

/*
 * contoso.nl: Anna and Bert are users, Carl is in a group that is in the users' group.
 */
static const struct span case_domains[] = { { (const uint8_t *)"contoso.nl", 10 },
	{ (const uint8_t *)"*.branch.contoso.nl", 19 } };

static inline struct flow_world
case_world(void)
{
	static struct span users[2], nested[1], flat[2], sales[2];
	static struct flow_group groups[4];

	users[0] = SPAN("anna@contoso.nl");
	users[1] = SPAN("bert@contoso.nl");
	nested[0] = SPAN("team@contoso.nl");
	flat[0] = SPAN("anna@contoso.nl");
	flat[1] = SPAN("partner@fabrikam.com");
	sales[0] = SPAN("eva@contoso.nl");
	sales[1] = SPAN("buyer@fabrikam.com");
	groups[0] = (struct flow_group){ SPAN("users@contoso.nl"), users, 2, nested, 1 };
	groups[1] = (struct flow_group){ SPAN("flat@contoso.nl"), flat, 2, NULL, 0 };
	groups[2] = (struct flow_group){ SPAN("sales@contoso.nl"), sales, 2, NULL, 0 };
	groups[3] = (struct flow_group){ SPAN("none@contoso.nl"), NULL, 0, NULL, 0 };
	return (struct flow_world){ case_domains, 2, groups, 4 };
}

static inline bool
case_line(struct span *rest, struct span *ret)
{
	if (rest->len == 0)
		return false;
	*ret = span_upto(*rest, span_find_byte(*rest, '\n'));
	*rest = span_from(*rest, ret->len + 1);
	return true;
}

/* "name: value" */
static inline void
case_split(struct span line, struct span *ret_name, struct span *ret_value)
{
	*ret_name = span_upto(line, span_find_byte(line, ':'));
	assert_true(ret_name->len < line.len);
	*ret_value = span_trim(span_from(line, ret_name->len + 1));
}

/* a parameter that the table does not know is put in as an export would bring it */
static inline enum err
case_member(struct exo_object *o, struct span name, struct span value, struct arena *a)
{
	struct span items[CASE_ITEMS], rest = value;
	bool exception;
	size_t count = 0;
	char *key = arena_strdup(a, name);

	while (rest.len > 0) {
		assert_true(count < CASE_ITEMS);
		items[count] = span_upto(rest, span_find(rest, SPAN(" | ")));
		rest = span_from(rest, items[count++].len + 3);
	}
	if (exo_property_find(EXO_TRANSPORT_RULE, name, &exception) != NULL)
		return count > 1 ? exo_set_texts(o, key, items, count, a)
				 : exo_set_text(o, key, value, a);
	const struct exo_value v = { .type = EXO_TEXT, .text = value };
	return exo_put(o, NULL, false, name, &v, a);
}

static inline enum err
case_read_rules(const char *text, struct arena *a, struct exo_list *ret)
{
	struct span rest = span_str(text), line, name, value;
	struct exo_object *o = NULL;
	char numbered[32];

	*ret = (struct exo_list){ 0 };
	while (case_line(&rest, &line)) {
		if (line.len == 0) {
			o = NULL;
			continue;
		}
		if (o == NULL) {
			TRY(exo_add(ret, EXO_TRANSPORT_RULE, a, &o));
			snprintf(numbered, sizeof(numbered), "rule %zu", ret->count);
			TRY(exo_set_text(o, "Name", span_str(numbered), a));
		}
		case_split(line, &name, &value);
		TRY(case_member(o, name, value, a));
	}
	return ERR_OK;
}

static inline struct flow_rules
case_rules(const char *text, struct arena *a)
{
	struct exo_list *list = arena_alloc(a, sizeof(*list));
	struct flow_rules rules;

	assert_ok(case_read_rules(text, a, list));
	assert_ok(flow_compile(list, a, &rules));
	return rules;
}

static inline enum rule_answer
case_answer(struct span s)
{
	if (span_eq(s, SPAN("yes")))
		return RULE_YES;
	assert_true(span_eq(s, SPAN("no")) || span_eq(s, SPAN("unknown")));
	return span_eq(s, SPAN("no")) ? RULE_NO : RULE_UNKNOWN;
}

struct case_mail {
	struct flow_mail mail;
	struct span recipients[CASE_ITEMS];
	struct flow_field fields[CASE_ITEMS];
	struct flow_attachment attachments[CASE_ITEMS];
	bool defaults, odd_fields, tabs;
};

static const char *const case_types[FLOW_TYPES] = { "OOF", "AutoForward", "Encrypted",
	"Calendaring", "PermissionControlled", "Voicemail", "Signed", "ApprovalRequest",
	"ReadReceipt" };
static const char *const case_kinds[] = { "file", "picture", "message", "tnef", "unsure" };

static inline uint64_t
case_number(struct span s)
{
	uint64_t n;

	assert_true(span_take_u64(&s, UINT64_MAX, &n) && s.len == 0);
	return n;
}

static inline bool
case_put_attachment(struct case_mail *m, struct span name, struct span value)
{
	for (size_t i = 0; i < COUNT(case_kinds); i++)
		if (span_eq(name, span_str(case_kinds[i]))) {
			m->attachments[m->mail.attachment_count++] =
			    (struct flow_attachment){ (enum flow_attachment_kind)i,
				    case_number(value) };
			return true;
		}
	return false;
}

static inline bool
case_put_type(struct case_mail *m, struct span name, struct span value)
{
	for (size_t i = 0; i < FLOW_TYPES; i++)
		if (span_eq(name, span_str(case_types[i]))) {
			m->mail.types[i] = case_answer(value);
			return true;
		}
	return false;
}

static inline void
case_put(struct case_mail *m, struct span name, struct span value)
{
	if (span_eq(name, SPAN("from"))) {
		m->mail.from = value;
	} else if (span_eq(name, SPAN("env"))) {
		m->mail.envelope_from = value;
	} else if (span_eq(name, SPAN("odd"))) {
		m->mail.from_uncertain |= span_eq(value, SPAN("from"));
		m->mail.envelope_uncertain |= span_eq(value, SPAN("env"));
		m->odd_fields |= span_eq(value, SPAN("field"));
		m->tabs |= span_eq(value, SPAN("tabs"));
	} else if (span_eq(name, SPAN("size"))) {
		m->mail.size_bytes = case_number(value);
	} else if (span_eq(name, SPAN("auth"))) {
		m->mail.authenticated = case_answer(value);
	} else if (span_eq(name, SPAN("to"))) {
		if (m->defaults)
			m->mail.recipient_count = 0;
		m->defaults = false;
		m->recipients[m->mail.recipient_count++] = value;
	} else if (!case_put_type(m, name, value) && !case_put_attachment(m, name, value)) {
		assert_true(span_take(&name, SPAN("h ")));
		m->fields[m->mail.field_count++] = (struct flow_field){ .name = name,
			.value = value,
			.undecodable = m->odd_fields,
			.tabbed = m->tabs };
	}
	assert_true(m->mail.recipient_count < CASE_ITEMS && m->mail.field_count < CASE_ITEMS &&
	    m->mail.attachment_count < CASE_ITEMS);
}

/* the mail borrows text and the arena */
static inline const struct flow_mail *
case_mail(const char *text, struct arena *a)
{
	struct case_mail *m = arena_alloc(a, sizeof(*m));
	struct span rest = span_str(text), line, name, value;

	m->mail = (struct flow_mail){ .from = SPAN("anna@contoso.nl"),
		.envelope_from = SPAN("anna@contoso.nl"),
		.recipients = m->recipients,
		.fields = m->fields,
		.attachments = m->attachments,
		.size_bytes = 5000,
		.authenticated = RULE_YES };
	m->recipients[m->mail.recipient_count++] = SPAN("out@fabrikam.com");
	m->defaults = true;
	while (case_line(&rest, &line)) {
		case_split(line, &name, &value);
		case_put(m, name, value);
	}
	return &m->mail;
}

/* one pass in contoso.nl */
static inline struct flow_outcome
case_run(const char *rules, const char *mail, struct arena *a)
{
	struct flow_rules compiled = case_rules(rules, a);
	struct flow_world world = case_world();
	struct flow_outcome out;

	assert_ok(flow_run(&compiled, &world, case_mail(mail, a), a, &out));
	return out;
}

static inline const struct flow_copy *
case_copy(const struct flow_outcome *out, const char *recipient)
{
	static const struct flow_copy none;

	for (size_t i = 0; i < out->count; i++)
		for (size_t k = 0; k < out->copies[i].recipient_count; k++)
			if (span_eq(out->copies[i].recipients[k], span_str(recipient)))
				return &out->copies[i];
	fail_msg("no copy for %s", recipient);
	return &none;
}

static inline const char *
case_answer_name(enum rule_answer answer)
{
	return answer == RULE_YES ? "yes" : answer == RULE_NO ? "no" : "unknown";
}

#endif
