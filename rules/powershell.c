/*
 * rules/powershell.c - values as PowerShell literals, and commands made of them.
 *
 * Between single quotes nothing is expanded and only quotes are special. What would break the line
 * or hide from its reader (line ends, controls, marks of direction) is written as [char]N beside
 * the quotes.
 */
#include "rules/powershell.h"

#include "core/utf8.h"
#include "rules/exo_int.h"

#include <assert.h>
#include <string.h>

/* ', and what PowerShell's tokenizer takes for it (CharTraits.IsSingleQuote: U+2018 to U+201B) */
static bool
is_quote(uint32_t c)
{
	return c == '\'' || (c >= 0x2018 && c <= 0x201B);
}

static bool
is_bare(struct span text)
{
	while (text.len > 0) {
		bool ok;

		if (exo_unsafe(utf8_take(&text, &ok)))
			return false;
	}
	return true;
}

/* the text between single quotes up to the first unsafe character, which stays */
static enum err
put_quoted(struct span *text, struct buf *out)
{
	TRY(buf_put_byte(out, '\''));
	while (text->len > 0) {
		struct span rest = *text;
		bool ok;
		uint32_t c = utf8_take(&rest, &ok);
		struct span whole = span_upto(*text, text->len - rest.len);

		if (exo_unsafe(c))
			break;
		if (is_quote(c))
			TRY(buf_put(out, whole));
		TRY(buf_put(out, whole));
		*text = rest;
	}
	return buf_put_byte(out, '\'');
}

enum err
powershell_quote(struct span text, struct buf *out)
{
	if (!utf8_valid(text))
		return err_set(ERR_SYNTAX, "text that is not UTF-8");
	if (span_find_byte(text, '\0') < text.len)
		return err_set(ERR_SYNTAX, "text with NUL");
	if (is_bare(text))
		return put_quoted(&text, out);
	/* begins with a text, so that + joins texts */
	TRY(buf_put_byte(out, '('));
	TRY(put_quoted(&text, out));
	while (text.len > 0) {
		bool ok;

		if (exo_unsafe(utf8_take(&(struct span){ text.p, text.len }, &ok)))
			TRY(buf_printf(out, " + [char]%u", (unsigned)utf8_take(&text, &ok)));
		else {
			TRY(buf_put_str(out, " + "));
			TRY(put_quoted(&text, out));
		}
	}
	return buf_put_byte(out, ')');
}

static enum err
put_list(const struct exo_value *v, struct buf *out)
{
	TRY(buf_put_str(out, "@("));
	for (size_t i = 0; i < v->count; i++) {
		if (i > 0)
			TRY(buf_put_str(out, ", "));
		TRY(powershell_quote(v->items[i], out));
	}
	return buf_put_byte(out, ')');
}

enum err
powershell_value(const struct exo_value *v, struct buf *out)
{
	switch (v->type) {
	case EXO_BOOL:
		return buf_put_str(out, v->yes ? "$true" : "$false");
	case EXO_INT:
		return buf_printf(out, "%lld", (long long)v->number);
	case EXO_SIZE:
		/* a text for -AttachmentSizeOver to read; between quotes, as all texts are */
		TRY(buf_put_byte(out, '\''));
		TRY(exo_size_print(v->number, "", out));
		return buf_put_byte(out, '\'');
	case EXO_SECRET:
		return buf_put_str(out, POWERSHELL_FILLED("secret"));
	case EXO_TEXT:
	case EXO_NAME:
	case EXO_IGNORED:
		return powershell_quote(v->text, out);
	case EXO_TEXTS:
	case EXO_NAMES:
		return put_list(v, out);
	}
	return err_set(ERR_SYNTAX, "value of no type");
}

/*
 * Commands
 */

/* does New- (EXO_NEW) or Set- (EXO_SET) take this member? Of unknown ones nothing says so */
static bool
taken(const struct exo_member *m, unsigned by)
{
	return m->property != NULL && (m->property->flags & by) != 0;
}

static enum err
put_name(const struct exo_member *m, struct buf *out)
{
	return buf_printf(out, " -%s%s", m->exception ? "ExceptIf" : "", m->property->name);
}

static enum err
put_parameter(const struct exo_member *m, struct buf *out)
{
	TRY(put_name(m, out));
	TRY(buf_put_byte(out, m->property->flags & EXO_SWITCH ? ':' : ' '));
	return powershell_value(&m->value, out);
}

/* "Set-TransportRule -Identity 'name'" */
static enum err
put_command(const char *verb, const struct exo_object *o, struct buf *out)
{
	/* the name where there is one: a remote domain's Identity is not its domain */
	const struct exo_value *name = exo_get(o, "Name");

	TRY(buf_printf(out, "%s-%s -Identity ", verb, exo_kind_names(o->kind)->noun));
	return powershell_quote(name != NULL ? name->text : exo_name(o), out);
}

/* a rule is switched by cmdlets of its own: Set-TransportRule has no Enabled */
static bool
is_rule_switch(const struct exo_member *m)
{
	return m->property != NULL && m->property->kind == EXO_TRANSPORT_RULE &&
	    strcmp(m->property->name, "Enabled") == 0;
}

enum err
powershell_set(const struct exo_object *o, const struct exo_member *m, struct buf *out)
{
	if (is_rule_switch(m))
		return put_command(m->value.yes ? "Enable" : "Disable", o, out);
	if (!taken(m, EXO_SET))
		return ERR_OK;
	TRY(put_command("Set", o, out));
	return put_parameter(m, out);
}

enum err
powershell_unset(const struct exo_object *o, const struct exo_member *m, struct buf *out)
{
	if (is_rule_switch(m))
		return put_command("Enable", o, out);
	if (!taken(m, EXO_SET))
		return ERR_OK;
	TRY(put_command("Set", o, out));
	TRY(put_name(m, out));
	if (m->value.type == EXO_BOOL)
		return buf_printf(out, "%s$false", m->property->flags & EXO_SWITCH ? ":" : " ");
	return buf_put_str(out, " $null");
}

/* what New- does not take is set behind it: New-RemoteDomain takes the name and the domain only */
static enum err
put_rest(const struct exo_object *o, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < o->count; i++) {
		const struct exo_member *m = &o->members[i];

		if (taken(m, EXO_NEW) || !taken(m, EXO_SET))
			continue;
		if (!any) {
			TRY(buf_put_str(out, "; "));
			TRY(put_command("Set", o, out));
		}
		any = true;
		TRY(put_parameter(m, out));
	}
	return ERR_OK;
}

enum err
powershell_new(const struct exo_object *o, struct buf *out)
{
	if (o->kind == EXO_ACCEPTED_DOMAIN)
		return ERR_OK;
	TRY(buf_printf(out, "New-%s", exo_kind_names(o->kind)->noun));
	for (size_t i = 0; i < o->count; i++)
		if (taken(&o->members[i], EXO_NEW))
			TRY(put_parameter(&o->members[i], out));
	return put_rest(o, out);
}
