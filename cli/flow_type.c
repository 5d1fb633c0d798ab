/* cli/flow_type.c - see flow_type.h. */
#include "cli/flow_type.h"

#include "mime/header.h"
#include "mime/limits.h"

#include <assert.h>

/* The first field called name, or NULL. */
static const struct flow_field *
field(const struct flow_type_facts *f, const char *name)
{
	for (size_t i = 0; i < f->field_count; i++)
		if (span_ieq(f->fields[i].name, span_str(name)))
			return &f->fields[i];
	return NULL;
}

static bool
field_is(const struct flow_type_facts *f, const char *name, const char *value)
{
	const struct flow_field *found = field(f, name);

	return found != NULL && span_ieq(span_trim(found->value), span_str(value));
}

static bool
field_begins(const struct flow_type_facts *f, const char *prefix)
{
	for (size_t i = 0; i < f->field_count; i++)
		if (span_istarts(f->fields[i].name, span_str(prefix)))
			return true;
	return false;
}

/* Does the message's own Content-Type say type, with this value of a parameter (NULL: any)? */
static bool
content_is(const struct flow_type_facts *f, const char *type, const char *param, const char *value)
{
	const struct flow_field *found = field(f, "Content-Type");
	CLEANUP(buf_done) struct buf text;
	struct mime_params ps;
	struct span first;

	buf_init(&text, MIME_MAX_CONTENT_FIELD);
	if (found == NULL)
		return false;
	mime_params_start(&ps, found->value, &first);
	if (!span_ieq(first, span_str(type)))
		return false;
	return param == NULL ||
	    (mime_param_get(found->value, span_str(param), &text) == ERR_OK &&
		span_ieq(buf_span(&text), span_str(value)));
}

struct verdict {
	enum rule_answer answer;
	const char *why;
};

/* RFC 3834 section 5; what Exchange, Outlook and others put into automatic mail */
static struct verdict
oof(const struct flow_type_facts *f)
{
	const struct flow_field *automatic = field(f, "Auto-Submitted");

	if ((automatic != NULL && !span_ieq(span_trim(automatic->value), SPAN("no"))) ||
	    field(f, "X-Auto-Response-Suppress") != NULL || field(f, "X-Autoreply") != NULL ||
	    field(f, "X-Autorespond") != NULL || field_is(f, "Precedence", "auto_reply"))
		return (struct verdict){ RULE_UNKNOWN,
			"It was sent automatically. Exchange Online tells an out-of-office reply by "
			"its message class, which a file does not show." };
	return (struct verdict){ RULE_NO,
		"Nothing in the header says that it was sent automatically." };
}

static struct verdict
auto_forward(const struct flow_type_facts *f)
{
	if (field(f, "X-MS-Exchange-Generated-Message-Source") != NULL ||
	    field(f, "X-MS-Exchange-Inbox-Rules-Loop") != NULL)
		return (struct verdict){
			RULE_UNKNOWN,
			"A rule of a mailbox made it; whether that was a forwarding is not shown."
		};
	return (struct verdict){ RULE_NO, "Nothing in the header says that a rule forwarded it." };
}

static bool
is_smime(const struct flow_type_facts *f)
{
	return content_is(f, "application/pkcs7-mime", NULL, NULL) ||
	    content_is(f, "application/x-pkcs7-mime", NULL, NULL);
}

/* RFC 8551 section 3.2.2; without the parameter only the bytes inside would tell */
static bool
smime_is(const struct flow_type_facts *f, const char *type)
{
	return content_is(f, "application/pkcs7-mime", "smime-type", type) ||
	    content_is(f, "application/x-pkcs7-mime", "smime-type", type);
}

static struct verdict
encrypted(const struct flow_type_facts *f)
{
	if (smime_is(f, "enveloped-data") || smime_is(f, "authEnveloped-data"))
		return (struct verdict){ RULE_YES, "It is encrypted with S/MIME." };
	if (is_smime(f) && f->kind == MIME_KIND_ENCRYPTED)
		return (struct verdict){ RULE_UNKNOWN,
			"It is S/MIME that does not say whether it is signed or encrypted." };
	if (f->kind == MIME_KIND_ENCRYPTED)
		return (struct verdict){
			RULE_NO,
			"It is encrypted, but not with S/MIME, which is all that this type means."
		};
	if (f->kind != MIME_KIND_SIGNED && f->sealed_part)
		return (struct verdict){ RULE_UNKNOWN,
			"A part of it may be encrypted, the mail as a whole is not." };
	return (struct verdict){ RULE_NO, "It is not encrypted." };
}

static struct verdict
calendaring(const struct flow_type_facts *f)
{
	if (f->kind == MIME_KIND_CALENDAR)
		return (struct verdict){
			RULE_YES,
			"It is a meeting request or an answer to one: text/calendar with a method."
		};
	return (struct verdict){ RULE_NO, "It is no meeting request and no answer to one." };
}

static struct verdict
permission_controlled(const struct flow_type_facts *f)
{
	if (f->rights_part || field_is(f, "Content-Class", "rpmsg.message"))
		return (struct verdict){ RULE_YES, "It is protected with rights management." };
	if (field(f, "msip_labels") != NULL)
		return (struct verdict){ RULE_UNKNOWN,
			"It has a sensitivity label; whether that one protects is not shown." };
	return (struct verdict){ RULE_NO, "It has neither a sensitivity label nor protection." };
}

static struct verdict
voicemail(const struct flow_type_facts *f)
{
	if (content_is(f, "multipart/voice-message", NULL, NULL) ||
	    field_is(f, "Message-Context", "voice-message") ||
	    field_is(f, "Content-Class", "voice") || field(f, "X-CallingTelephoneNumber") != NULL)
		return (struct verdict){ RULE_UNKNOWN,
			"It looks like voice mail; Exchange Online tells it by its message class, which "
			"a file does not show." };
	return (struct verdict){ RULE_NO, "Nothing in the header says that it is voice mail." };
}

static struct verdict
signed_mail(const struct flow_type_facts *f)
{
	bool smime = content_is(f, "multipart/signed", "protocol", "application/pkcs7-signature") ||
	    content_is(f, "multipart/signed", "protocol", "application/x-pkcs7-signature");

	if (f->kind == MIME_KIND_SIGNED && (smime || smime_is(f, "signed-data")))
		return (struct verdict){ RULE_YES, "It is signed with S/MIME." };
	if (smime_is(f, "enveloped-data") || smime_is(f, "authEnveloped-data"))
		return (struct verdict){ RULE_NO, "It is encrypted; what is inside is not seen." };
	if (f->kind == MIME_KIND_SIGNED || f->signed_part || f->sealed_part)
		return (struct verdict){ RULE_UNKNOWN,
			"It is signed in a way, or in a part, of which Microsoft does not say whether it "
			"counts." };
	return (struct verdict){ RULE_NO, "It is not signed." };
}

static struct verdict
approval_request(const struct flow_type_facts *f)
{
	if (field_begins(f, "X-MS-Exchange-Organization-Approval-"))
		return (struct verdict){ RULE_UNKNOWN,
			"Its header has to do with approval by a moderator." };
	return (struct verdict){ RULE_NO, "Nothing in the header asks a moderator for approval." };
}

/* RFC 8098 section 3 */
static struct verdict
read_receipt(const struct flow_type_facts *f)
{
	if (content_is(f, "multipart/report", "report-type", "disposition-notification"))
		return (struct verdict){ RULE_YES, "It is a read receipt." };
	return (struct verdict){ RULE_NO, "It is no read receipt." };
}

static const struct {
	const char *name;
	struct verdict (*judge)(const struct flow_type_facts *f);
	bool by_content; /* not known when the content is not */
} types[FLOW_TYPES] = {
	[FLOW_OOF] = { "OOF", oof, false },
	[FLOW_AUTO_FORWARD] = { "AutoForward", auto_forward, false },
	[FLOW_ENCRYPTED] = { "Encrypted", encrypted, true },
	[FLOW_CALENDARING] = { "Calendaring", calendaring, true },
	[FLOW_PERMISSION_CONTROLLED] = { "PermissionControlled", permission_controlled, true },
	[FLOW_VOICEMAIL] = { "Voicemail", voicemail, false },
	[FLOW_SIGNED] = { "Signed", signed_mail, true },
	[FLOW_APPROVAL_REQUEST] = { "ApprovalRequest", approval_request, false },
	[FLOW_READ_RECEIPT] = { "ReadReceipt", read_receipt, false },
};

enum rule_answer
flow_type_answer(enum flow_type type, const struct flow_type_facts *f, const char **ret_why)
{
	struct verdict v;

	assert(type < FLOW_TYPES);
	v = types[type].by_content && !f->readable
	    ? (struct verdict){ RULE_UNKNOWN, "Its content cannot be read." }
	    : types[type].judge(f);
	*ret_why = v.why;
	return v.answer;
}

const char *
flow_type_name(enum flow_type type)
{
	assert(type < FLOW_TYPES);
	return types[type].name;
}
