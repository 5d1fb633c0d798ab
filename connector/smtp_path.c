/*
 * connector/smtp_path.c - see smtp_path.h.
 *
 *	Path         = "<" [ A-d-l ":" ] Mailbox ">"
 *	Reverse-path = Path / "<>"
 *	Forward-path = Path
 */
#include "connector/smtp_path.h"

static enum err
take_path(struct span *s, struct smtp_path *ret)
{
	struct smtp_path p = { .null = false };
	struct span at = *s;
	struct address a;
	char shown[80];

	if (!span_take_byte(&at, '<'))
		return err_set(ERR_SYNTAX, "no \"<\" before the address");
	if (span_starts(at, SPAN("@")))
		return err_set(ERR_DENIED, "a source route");
	p.address = at;
	TRY(address_take(&at, &a));
	p.address.len -= at.len;
	if (!span_take_byte(&at, '>'))
		return err_set(ERR_SYNTAX, "no \">\" behind the address: %s",
		    span_printable(at, shown, sizeof(shown)));
	p.domain = a.domain;
	p.utf8 = a.utf8;
	*s = at;
	*ret = p;
	return ERR_OK;
}

enum err
smtp_path_take_reverse(struct span *s, struct smtp_path *ret)
{
	if (span_take(s, SPAN("<>"))) {
		*ret = (struct smtp_path){ .null = true };
		return ERR_OK;
	}
	return take_path(s, ret);
}

enum err
smtp_path_take_forward(struct span *s, struct smtp_path *ret)
{
	struct span at = *s, local;
	struct smtp_path p;

	TRY(take_path(&at, &p));
	local = span_upto(p.address, p.address.len - p.domain.len - 1);
	for (size_t i = 0; i < local.len; i++)
		if (local.p[i] == '%' || local.p[i] == '!' || local.p[i] == '@')
			return err_set(
			    ERR_DENIED, "\"%c\" in a local part routes elsewhere", local.p[i]);
	*s = at;
	*ret = p;
	return ERR_OK;
}
