/*
 * rules/flow_conditions.c - the table of conditions that are modelled, and the sentence of each answer.
 *
 * A condition has the same name as its exception without "ExceptIf". What is not here is unknown. The table
 * is shown in docs/rules.md.
 */
#include "rules/flow_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
 * Sentences. Texts of mails and rules are shown in printable ASCII and cut.
 */
#define SHOWN      64 /* of one text */
#define MAX_VALUES 3
#define MAX_DETAIL 2048u

static enum err
put_quoted(struct buf *out, struct span s)
{
	char shown[SHOWN];

	return buf_printf(out, "\"%s\"", span_printable(s, shown, sizeof(shown)));
}

static enum err
put_sender(const struct flow_ask *q, struct buf *out)
{
	TRY(buf_put_str(out, "sender "));
	if (q->rule->location != FLOW_IN_ENVELOPE ||
	    q->condition->predicate->ask == flow_ask_sender_scope)
		return put_quoted(out, q->mail->from);
	return put_quoted(out, q->mail->envelope_from);
}

static enum err
put_fields(const struct flow_ask *q, struct span name, struct buf *out)
{
	size_t count = 0;
	char shown[SHOWN];

	TRY(buf_printf(out, "field %s", span_printable(name, shown, sizeof(shown))));
	for (size_t i = 0; i < q->field_count; i++) {
		if (!span_ieq(q->fields[i].name, name) || ++count > MAX_VALUES)
			continue;
		TRY(buf_put_str(out, " "));
		if (q->fields[i].masked)
			TRY(buf_put_str(out, "(not shown)"));
		else
			TRY(put_quoted(out, q->fields[i].value));
	}
	return count > 0 ? ERR_OK : buf_put_str(out, " that is not there");
}

static enum err
put_attachments(const struct flow_ask *q, struct buf *out)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < q->mail->attachment_count; i++)
		if (q->mail->attachments[i].size_bytes > largest)
			largest = q->mail->attachments[i].size_bytes;
	if (q->mail->attachment_count == 0)
		return buf_put_str(out, "no attachment");
	return buf_printf(out, "%zu attachments, the largest of %" PRIu64 " bytes",
	    q->mail->attachment_count, largest);
}

static enum err
put_subject(const struct flow_ask *q, struct buf *out)
{
	const struct flow_predicate *p = q->condition->predicate;

	if (p == NULL)
		return buf_put_str(out, "nothing");
	if (p->subject != FLOW_ASKS_MAIL)
		return buf_put_str(
		    out, p->subject == FLOW_ASKS_RECIPIENT ? "the recipient" : "all recipients");
	if (p->partner != NULL)
		return put_fields(q, q->condition->partner->text, out);
	if (p->ask == flow_ask_subject)
		return put_fields(q, SPAN("Subject"), out);
	if (p->ask == flow_ask_attachment)
		return put_attachments(q, out);
	if (p->ask == flow_ask_size)
		return buf_printf(out, "message of %" PRIu64 " bytes", q->mail->size_bytes);
	if (p->ask == flow_ask_type || p->ask == flow_ask_scl)
		return buf_put_str(out, "the message");
	return put_sender(q, out);
}

static enum err
put_values(const struct exo_value *v, struct buf *out)
{
	size_t count;
	const struct span *values = flow_values(v, &count);

	if (v->type == EXO_SIZE)
		return buf_printf(out, "%" PRId64 " bytes", v->number);
	if (v->type == EXO_INT)
		return buf_printf(out, "%" PRId64, v->number);
	if (count == 0)
		return buf_put_str(out, "it");
	for (size_t i = 0; i < count && i < MAX_VALUES; i++) {
		TRY(buf_put_str(out, i > 0 ? ", " : ""));
		TRY(put_quoted(out, values[i]));
	}
	if (count > MAX_VALUES)
		return buf_printf(out, " and %zu more", count - MAX_VALUES);
	return ERR_OK;
}

enum err
flow_detail(const struct flow_ask *q, struct arena *a, struct span *ret)
{
	CLEANUP(buf_done) struct buf out;

	buf_init(&out, MAX_DETAIL);
	TRY(buf_put_str(&out, "Asked of "));
	TRY(put_subject(q, &out));
	TRY(buf_put_str(&out, ": "));
	TRY(put_values(q->condition->value, &out));
	TRY(buf_put_str(&out, "."));
	return arena_dup(a, buf_span(&out), ret);
}
