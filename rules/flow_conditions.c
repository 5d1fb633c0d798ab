/*
 * rules/flow_conditions.c - the table of conditions that are modelled, and the sentence of each answer.
 *
 * A condition has the same name as its exception without "ExceptIf". What is not here is unknown. The table
 * is shown in docs/rules.md.
 */
#include "rules/flow_int.h"

#include "core/utf8.h"
#include "rules/exo_int.h"

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
	struct span rest = span_upto(s, SHOWN);

	/* not within a character */
	while (rest.len > 0 && rest.len < s.len && (s.p[rest.len] & 0xC0) == 0x80)
		rest = span_upto(rest, rest.len - 1);
	bool cut = rest.len < s.len;
	while (rest.len > 0) {
		struct span before = rest;
		bool ok;
		uint32_t c = utf8_take(&rest, &ok);

		if (!ok)
			TRY(buf_put_str(out, "?"));
		else if (exo_unsafe(c))
			TRY(buf_printf(out, "U+%04X", (unsigned)c));
		else
			TRY(buf_put(out, span_upto(before, before.len - rest.len)));
	}
	return cut ? buf_put_str(out, "...") : ERR_OK;
}

static enum err
put_quoted(struct buf *out, struct span s)
{
	TRY(buf_put_byte(out, '"'));
	TRY(put_shown(out, s));
	return buf_put_byte(out, '"');
}

static enum err
put_sender(const struct flow_ask *q, struct buf *out)
{
	enum flow_location location = q->rule->location;

	if (q->condition->predicate->ask == flow_ask_sender_scope)
		location = FLOW_IN_HEADER;
	TRY(buf_put_str(out, "Sender "));
	if (location != FLOW_IN_ENVELOPE)
		TRY(put_quoted(out, q->mail->from));
	if (location == FLOW_IN_BOTH)
		TRY(buf_put_str(out, " or "));
	if (location != FLOW_IN_HEADER)
		TRY(put_quoted(out, q->mail->envelope_from));
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
		return buf_printf(out, "One attachment, of %" PRIu64 " bytes", largest);
	return buf_printf(out, "%zu attachments, the largest of %" PRIu64 " bytes", count, largest);
}

static enum err
put_subject(const struct flow_ask *q, struct buf *out)
{
	const struct flow_predicate *p = q->condition->predicate;

	if (p == NULL)
		return buf_put_str(out, "Not looked at");
	if (p->subject != FLOW_ASKS_MAIL)
		return buf_put_str(
		    out, p->subject == FLOW_ASKS_RECIPIENT ? "The recipient" : "All recipients");
	if (p->partner != NULL)
		return put_fields(q, q->condition->partner->text, out);
	if (p->ask == flow_ask_subject)
		return put_fields(q, SPAN("Subject"), out);
	if (p->ask == flow_ask_attachment)
		return put_attachments(q, out);
	if (p->ask == flow_ask_size)
		return buf_printf(out, "Message of %" PRIu64 " bytes", q->mail->size_bytes);
	if (p->ask == flow_ask_type || p->ask == flow_ask_scl)
		return buf_put_str(out, "The message");
	return put_sender(q, out);
}

static enum err
put_values(const struct exo_value *v, struct buf *out)
{
	size_t count;
	const struct span *values = flow_values(v, &count);

	if (v->type == EXO_SIZE)
		return buf_printf(out, "more than %" PRId64 " bytes", v->number);
	if (v->type == EXO_INT)
		return buf_printf(out, "%" PRId64, v->number);
	if (count == 0)
		return buf_put_str(out, "that");
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
	TRY(put_subject(q, &out));
	TRY(buf_put_str(&out, "; asked for "));
	TRY(put_values(q->condition->value, &out));
	TRY(buf_put_str(&out, "."));
	return arena_dup(a, buf_span(&out), ret);
}
