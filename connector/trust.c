/*
 * connector/trust.c - see trust.h.
 */
#include "connector/trust.h"

#include "connector/mail_from.h"

#define GUID_LEN 36u

/* 8-4-4-4-12 lower case hexadecimal digits, as Exchange Online writes it; no other spelling is one.
 */
static bool
is_guid(struct span s)
{
	if (s.len != GUID_LEN)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t b = s.p[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? b != '-' : !((b >= '0' && b <= '9') || (b >= 'a' && b <= 'f')))
			return false;
	}
	return true;
}

enum smtp_say
trust_tenant_id(const struct mail_head *head, struct span *ret_entra_id)
{
	struct span value;
	size_t count = mail_head_find(head, SPAN(TRUST_TENANT_FIELD), &value);

	if (count == 0)
		return SMTP_SAY_TENANT_MISSING;
	if (count > 1 || !is_guid(value))
		return SMTP_SAY_TENANT_AMBIGUOUS;
	*ret_entra_id = value;
	return SMTP_SAY_OK;
}

enum smtp_say
trust_secret(const struct mail_head *head, const struct tenant *t)
{
	struct span value;
	size_t count = mail_head_find(head, span_str(t->secret_header), &value);
	bool equal = false;

	if (count == 0)
		return SMTP_SAY_SECRET_MISSING;
	if (count > 1 || !mail_head_plain(value))
		return SMTP_SAY_SECRET_AMBIGUOUS;
	for (size_t i = 0; i < t->secret_values.count; i++) /* all of them, whichever fits */
		equal |= span_eq_secret(value, span_str(t->secret_values.items[i]));
	return equal ? SMTP_SAY_OK : SMTP_SAY_SECRET_WRONG;
}

static bool
own_domain(const struct tenant *t, struct span domain)
{
	for (size_t i = 0; i < t->domains.count; i++)
		if (domain_is(domain, span_str(t->domains.items[i])))
			return true;
	return false;
}

bool
trust_own_domain(const struct tenant *t, struct span mailbox)
{
	struct address a;

	return address_parse(mailbox, &a) == ERR_OK && own_domain(t, a.domain);
}

enum smtp_say
trust_sender(const struct mail_head *head, const struct tenant *t, struct span sender)
{
	struct span from;
	struct address author;
	size_t count = mail_head_find(head, SPAN("From"), &from);

	if (sender.len > 0 && !trust_own_domain(t, sender))
		return SMTP_SAY_SENDER_DOMAIN;
	if (count == 0)
		return SMTP_SAY_FROM_MISSING;
	if (count > 1 || mail_from_parse(from, &author) != ERR_OK)
		return SMTP_SAY_FROM_AMBIGUOUS;
	return own_domain(t, author.domain) ? SMTP_SAY_OK : SMTP_SAY_FROM_DOMAIN;
}
