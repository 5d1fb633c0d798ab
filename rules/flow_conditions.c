/*
 * rules/flow_conditions.c - the table of conditions that are modelled, and the sentence of each answer.
 *
 * A condition has the same name as its exception without "ExceptIf". What is not here is unknown. The table
 * is shown in docs/rules.md.
 */
#include "rules/flow_int.h"

#include "core/utf8.h"
#include "rules/exo_int.h"

#include <assert.h>
#include <inttypes.h>

#define WORDS    true, FLOW_WORDS
#define PATTERNS true, FLOW_PATTERNS
#define PLAIN    false, FLOW_WORDS
#define MAIL     FLOW_ASKS_MAIL
#define EACH     FLOW_ASKS_RECIPIENT
#define ANY      FLOW_ASKS_ANY_RECIPIENT

/* clang-format off */
const struct flow_predicate flow_predicates[] = {
	{ "From", NULL, MAIL, PLAIN, flow_ask_sender_is, "the sender with addresses" },
	{ "FromMemberOf", NULL, MAIL, PLAIN, flow_ask_sender_member, "the sender with members of groups" },
	{ "FromScope", NULL, MAIL, PLAIN, flow_ask_sender_scope, "the sender's domain with the accepted domains" },
	{ "FromAddressContainsWords", NULL, MAIL, WORDS, flow_ask_sender_text, "the sender's address with words" },
	{ "FromAddressMatchesPatterns", NULL, MAIL, PATTERNS, flow_ask_sender_text, "the sender's address with patterns" },
	{ "SenderDomainIs", NULL, MAIL, PLAIN, flow_ask_sender_domain, "the sender's domain with domains" },
	{ "SentTo", NULL, EACH, PLAIN, flow_ask_recipient_is, "the recipient with addresses" },
	{ "SentToMemberOf", NULL, EACH, PLAIN, flow_ask_recipient_member, "the recipient with members of groups" },
	{ "SentToScope", NULL, EACH, PLAIN, flow_ask_recipient_scope, "the recipient's domain with the accepted domains" },
	{ "RecipientAddressContainsWords", NULL, EACH, WORDS, flow_ask_recipient_text, "the recipient's address with words" },
	{ "RecipientAddressMatchesPatterns", NULL, EACH, PATTERNS, flow_ask_recipient_text, "the recipient's address with patterns" },
	{ "RecipientDomainIs", NULL, EACH, PLAIN, flow_ask_recipient_domain, "the recipient's domain with domains" },
	{ "AnyOfRecipientAddressContainsWords", NULL, ANY, WORDS, flow_ask_recipient_text, "all recipients' addresses with words" },
	{ "AnyOfRecipientAddressMatchesPatterns", NULL, ANY, PATTERNS, flow_ask_recipient_text, "all recipients' addresses with patterns" },
	{ "HeaderContainsWords", "HeaderContainsMessageHeader", MAIL, WORDS, flow_ask_header, "a header field with words" },
	{ "HeaderMatchesPatterns", "HeaderMatchesMessageHeader", MAIL, PATTERNS, flow_ask_header, "a header field with patterns" },
	{ "SubjectContainsWords", NULL, MAIL, WORDS, flow_ask_subject, "the subject with words" },
	{ "SubjectMatchesPatterns", NULL, MAIL, PATTERNS, flow_ask_subject, "the subject with patterns" },
	{ "AttachmentSizeOver", NULL, MAIL, PLAIN, flow_ask_attachment, "each attachment's size with a size" },
	{ "MessageSizeOver", NULL, MAIL, PLAIN, flow_ask_size, "the size of the whole message with a size" },
	{ "MessageTypeMatches", NULL, MAIL, PLAIN, flow_ask_type, "the type of the message with a type" },
	{ "SCLOver", NULL, MAIL, PLAIN, flow_ask_scl, "the spam level with a number: always unknown" },
};
/* clang-format on */
const size_t flow_predicate_count = sizeof(flow_predicates) / sizeof(flow_predicates[0]);

/*
 * Sentences. Texts of mails and rules are shown as they are, cut, and without what moves a cursor.
 */
#define SHOWN      1024 /* bytes of one text: tokens in it stay whole, so that they can be masked */
#define MAX_VALUES 3
#define MAX_DETAIL (64u << 10)

static enum err
put_shown(struct buf *out, struct span s)
{
	struct span shown = utf8_upto(s, SHOWN);

	TRY(exo_text_print(shown, out));
	return shown.len < s.len ? buf_put_str(out, "...") : ERR_OK;
}

static enum err
put_quoted(struct buf *out, struct span s)
{
	TRY(buf_put_byte(out, '"'));
	TRY(put_shown(out, s));
	return buf_put_byte(out, '"');
}

static enum err
put_address(struct buf *out, struct span address, bool uncertain)
{
	TRY(put_quoted(out, address));
	return uncertain ? buf_put_str(out, ", who is not certain,") : ERR_OK;
}

static enum err
put_sender(const struct flow_ask *q, struct buf *out)
{
	enum flow_location location = q->rule->location;

	if (q->condition->predicate->ask == flow_ask_sender_scope)
		location = FLOW_IN_HEADER;
	TRY(buf_put_str(out, "Sender "));
	if (location != FLOW_IN_ENVELOPE)
		TRY(put_address(out, q->mail->from, q->mail->from_uncertain));
	if (location == FLOW_IN_BOTH)
		TRY(buf_put_str(out, " or "));
	if (location != FLOW_IN_HEADER)
		TRY(put_address(out, q->mail->envelope_from, q->mail->envelope_uncertain));
	return ERR_OK;
}

static enum err
put_fields(const struct flow_ask *q, struct span name, struct buf *out)
{
	size_t there = 0, shown = 0;

	for (size_t i = 0; i < q->field_count; i++)
		there += span_ieq(q->fields[i].name, name);
	TRY(buf_put_str(out, there > 0 ? "Field " : "No field "));
	TRY(put_shown(out, name));
	for (size_t i = 0; i < q->field_count && shown < MAX_VALUES; i++) {
		if (!span_ieq(q->fields[i].name, name))
			continue;
		TRY(buf_put_str(out, shown++ > 0 ? ", " : " "));
		if (q->fields[i].masked)
			TRY(buf_put_str(out, "(not shown)"));
		else
			TRY(put_quoted(out, q->fields[i].value));
	}
	return there > shown ? buf_printf(out, " and %zu more", there - shown) : ERR_OK;
}

static enum err
put_attachments(const struct flow_ask *q, struct buf *out)
{
	size_t count = q->mail->attachment_count;
	uint64_t largest = 0;

	for (size_t i = 0; i < count; i++)
		if (q->mail->attachments[i].size_bytes > largest)
			largest = q->mail->attachments[i].size_bytes;
	if (count == 0)
		return buf_put_str(out, "No attachment");
	if (count == 1)
		return buf_printf(out, "One attachment, of %" PRIu64 " bytes,", largest);
	return buf_printf(
	    out, "The largest of %zu attachments, of %" PRIu64 " bytes,", count, largest);
}

static struct span
field_name(const struct flow_ask *q)
{
	return q->condition->predicate->partner != NULL ? q->condition->partner->text
							: SPAN("Subject");
}

static bool
asks_fields(const struct flow_predicate *p)
{
	return p->ask == flow_ask_header || p->ask == flow_ask_subject;
}

/* Is there nothing of the kind that the condition looks at? */
static bool
is_absent(const struct flow_ask *q)
{
	const struct flow_predicate *p = q->condition->predicate;

	if (p->ask == flow_ask_attachment)
		return q->mail->attachment_count == 0;
	if (!asks_fields(p))
		return false;
	for (size_t i = 0; i < q->field_count; i++)
		if (span_ieq(q->fields[i].name, field_name(q)))
			return false;
	return true;
}

/* In the place of what is not there, and yet may meet the condition. */
static enum err
put_unseen(const struct flow_ask *q, struct buf *out)
{
	if (q->condition->predicate->ask == flow_ask_attachment)
		return buf_put_str(out, "An attachment, not seen here,");
	TRY(buf_put_str(out, "A field "));
	TRY(put_shown(out, field_name(q)));
	return buf_put_str(out, ", not seen here,");
}

static enum err
put_recipient(const struct flow_predicate *p, enum rule_answer answer, struct buf *out)
{
	const char *who = "The recipient";

	if (p->subject == FLOW_ASKS_ANY_RECIPIENT)
		who = answer == RULE_NO ? "No recipient" : "A recipient";
	TRY(buf_put_str(out, who));
	return p->text ? buf_put_str(out, "'s address") : ERR_OK;
}

static enum err
put_subject(const struct flow_ask *q, enum rule_answer answer, struct buf *out)
{
	const struct flow_predicate *p = q->condition->predicate;

	if (p->subject != FLOW_ASKS_MAIL)
		return put_recipient(p, answer, out);
	if (is_absent(q) && answer != RULE_NO)
		return put_unseen(q, out);
	if (asks_fields(p))
		return put_fields(q, field_name(q), out);
	if (p->ask == flow_ask_attachment)
		return put_attachments(q, out);
	if (p->ask == flow_ask_size)
		return buf_printf(out, "The message, of %" PRIu64 " bytes,", q->mail->size_bytes);
	if (p->ask == flow_ask_type || p->ask == flow_ask_scl)
		return buf_put_str(out, "The message");
	return put_sender(q, out);
}

/* What the subject is to the values. */
struct relation {
	const char *yes, *no, *unknown;
};
static const struct relation words = { "contains", "does not contain", "may contain" };
static const struct relation patterns = { "matches", "does not match", "may match" };
static const struct {
	flow_predicate_ask ask;
	struct relation relation;
} relations[] = {
	{ flow_ask_sender_is, { "is", "is not", "may be" } },
	{ flow_ask_sender_member, { "is in", "is not in", "may be in" } },
	{ flow_ask_sender_scope, { "is", "is not", "may be" } },
	{ flow_ask_sender_domain, { "is of", "is not of", "may be of" } },
	{ flow_ask_recipient_is, { "is", "is not", "may be" } },
	{ flow_ask_recipient_member, { "is in", "is not in", "may be in" } },
	{ flow_ask_recipient_scope, { "is", "is not", "may be" } },
	{ flow_ask_recipient_domain, { "is of", "is not of", "may be of" } },
	{ flow_ask_attachment,
	    { "is larger than", "is not larger than", "may count as larger than" } },
	{ flow_ask_size, { "is larger than", "is not larger than", "may count as larger than" } },
	{ flow_ask_type, { "is of type", "is not of type", "may be of type" } },
	{ flow_ask_scl,
	    { "is over spam level", "is not over spam level", "may be over spam level" } },
};

static const struct relation *
relation_of(const struct flow_predicate *p)
{
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++)
		if (relations[i].ask == p->ask)
			return &relations[i].relation;
	assert(p->text);
	return p->kind == FLOW_WORDS ? &words : &patterns;
}

static enum err
put_relation(const struct flow_predicate *p, enum rule_answer answer, struct buf *out)
{
	const struct relation *r = relation_of(p);

	/* "No recipient" has the "no" in it */
	if (answer == RULE_YES || (answer == RULE_NO && p->subject == FLOW_ASKS_ANY_RECIPIENT))
		return buf_put_str(out, r->yes);
	return buf_put_str(out, answer == RULE_NO ? r->no : r->unknown);
}

static enum err
put_list(const struct span *values, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count && i < MAX_VALUES; i++) {
		TRY(buf_put_str(out, i == 0 ? "" : i + 1 == count ? " or " : ", "));
		TRY(put_quoted(out, values[i]));
	}
	return count > MAX_VALUES ? buf_printf(out, " or %zu more", count - MAX_VALUES) : ERR_OK;
}

/* What the condition names. */
static enum err
put_values(const struct flow_condition *c, struct buf *out)
{
	flow_predicate_ask ask = c->predicate != NULL ? c->predicate->ask : NULL;
	const struct exo_value *v = c->value;
	size_t count;
	const struct span *values = flow_values(v, &count);

	if (v->type == EXO_SIZE)
		return buf_printf(out, "%" PRId64 " bytes", v->number);
	if (v->type == EXO_INT)
		return buf_printf(out, "%" PRId64, v->number);
	if (ask == flow_ask_type)
		return put_shown(out, v->text);
	if (ask == flow_ask_sender_scope || ask == flow_ask_recipient_scope) {
		if (span_ieq(v->text, SPAN("InOrganization")))
			return buf_put_str(out, "inside the organisation");
		if (span_ieq(v->text, SPAN("NotInOrganization")))
			return buf_put_str(out, "outside the organisation");
		TRY(buf_put_str(out, "of the scope "));
	}
	return put_list(values, count, out);
}

/* "For "a", "b" and 4 more: " */
static enum err
put_whom(const struct flow_ask *q, size_t only_for, struct buf *out)
{
	if (only_for == 0)
		return ERR_OK;
	for (size_t i = 0; i < q->whom_count; i++) {
		bool last = i + 1 == only_for && i > 0;

		TRY(buf_put_str(out, i == 0 ? "For " : last ? " and " : ", "));
		TRY(put_quoted(out, q->whom[i]));
	}
	if (only_for > q->whom_count)
		TRY(buf_printf(out, " and %zu more", only_for - q->whom_count));
	return buf_put_str(out, ": ");
}

static enum err
put_detail(const struct flow_ask *q, enum rule_answer answer, struct span asked, struct buf *out)
{
	const struct flow_predicate *p = q->condition->predicate;

	if (p == NULL) {
		TRY(buf_put_str(out, "Not looked at"));
		TRY(buf_put_str(out, asked.len > 0 ? "; the rule names " : ""));
	} else {
		TRY(put_subject(q, answer, out));
		if (answer == RULE_NO && is_absent(q))
			return buf_put_str(out, ".");
		TRY(buf_put_str(out, " "));
		TRY(put_relation(p, answer, out));
		TRY(buf_put_str(out, " "));
	}
	TRY(buf_put(out, asked));
	return buf_put_str(out, ".");
}

enum err
flow_detail(const struct flow_ask *q, struct arena *a, struct flow_check *check)
{
	CLEANUP(buf_done) struct buf asked;
	CLEANUP(buf_done) struct buf out;

	buf_init(&asked, MAX_DETAIL);
	buf_init(&out, MAX_DETAIL);
	TRY(put_values(q->condition, &asked));
	TRY(put_whom(q, check->only_for, &out));
	TRY(put_detail(q, check->answer, buf_span(&asked), &out));
	TRY(arena_dup(a, buf_span(&asked), &check->asked));
	return arena_dup(a, buf_span(&out), &check->detail);
}
