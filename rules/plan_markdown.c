/*
 * rules/plan_markdown.c - a plan as a change request.
 *
 * Whoever approves it may read it in any of a dozen programs that each know a Markdown of their own. All text
 * from settings is escaped: no name may end a cell, open a tag, make a link or begin a formula.
 */
#include "rules/plan_int.h"
#include "rules/tools.h"

/* Punctuation that means something in one Markdown or another; a backslash takes the meaning away. */
static bool
special(uint8_t c)
{
	const struct span list = SPAN("\\`*_{}[]#+!|~$^=");

	return span_find_byte(list, c) < list.len;
}

static enum err
put_escaped(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '<')
			TRY(buf_put_str(out, "&lt;"));
		else if (s.p[i] == '>')
			TRY(buf_put_str(out, "&gt;"));
		else if (s.p[i] == '&')
			TRY(buf_put_str(out, "&amp;"));
		else if (special(s.p[i]))
			TRY(buf_printf(out, "\\%c", s.p[i]));
		else
			TRY(buf_put_byte(out, s.p[i]));
	}
	return ERR_OK;
}

static enum err
put_foreign(struct span s, struct buf *out)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, 8 * s.len + 64);
	TRY(exo_text_print(s, &text));
	return put_escaped(buf_span(&text), out);
}

static enum err
put_value(const struct tenant *mask, const struct exo_value *v, struct buf *out)
{
	CLEANUP(buf_done_secret) struct buf text;

	buf_init(&text, out->max);
	TRY(plan_value_words(mask, v, ", ", &text));
	return put_escaped(buf_span(&text), out);
}

static enum err
put_row(const char *name, struct span value, struct buf *out)
{
	TRY(buf_printf(out, "| %s | ", name));
	TRY(put_foreign(value, out));
	return buf_put_str(out, " |\n");
}

static enum err
put_head(const struct tenant *t, struct buf *out)
{
	TRY(buf_put_str(out, "# Change request: SecuDoc 365 for "));
	TRY(put_foreign(span_str(t->organisation), out));
	TRY(buf_put_str(out, "\n\n| | |\n| --- | --- |\n"));
	TRY(put_row("tenant", span_str(t->name), out));
	TRY(put_row("Entra id", span_str(t->entra_id), out));
	TRY(put_row("mode",
	    span_str(t->mode == TENANT_OPT_IN
		    ? "opt-in: only mail for which it was switched on is secured"
		    : "opt-out: every mail is secured that was not switched off"),
	    out));
	TRY(put_row("whose mail",
	    span_str(t->rule_scope == TENANT_SCOPE_ORGANIZATION
		    ? "everybody inside the organization"
		    : "members of the users' group"),
	    out));
	return put_row("to whom",
	    span_str(t->rule_recipients == TENANT_RECIPIENTS_ALL
		    ? "everybody, colleagues too"
		    : "recipients outside the organization"),
	    out);
}

static enum err
put_intent(const struct plan *p, struct buf *out)
{
	size_t rules = p->state.lists[EXO_TRANSPORT_RULE].count;

	TRY(buf_printf(out,
	    "\n## What\n\n"
	    "One accepted domain, two groups, one connector in each direction, one setting of the default "
	    "remote domain, %zu mail flow rules, two applications in Entra ID. All of them with every "
	    "parameter below.\n",
	    rules));
	TRY(buf_put_str(out,
	    "\n## Why\n\n"
	    "Files in mail are to travel as links that can be withdrawn and that only the recipient can use. "
	    "Exchange Online sends such mail to SecuDoc 365, which takes the files out, puts links in, and "
	    "hands the mail back; Exchange Online delivers it as the organization's own.\n"));
	return buf_put_str(out,
	    "\n## Impact\n\n"
	    "- Mail that the routing rule takes makes a detour of seconds. When the service cannot be "
	    "reached, it waits at Exchange Online, which tries for 24 hours; it is never sent "
	    "unprotected instead.\n"
	    "- Mail that it does not take is not seen by the service.\n"
	    "- Whoever holds the private key of the certificate named below may send as this "
	    "organization: the key is to be guarded as such.\n"
	    "- Routed mail counts twice against the tenant's limit of external recipients, as "
	    "administrators of similar services report.\n"
	    "- Existing rules, connectors and groups are not changed. Rules that stop processing and stand "
	    "in front of these would switch protection off for their mail; the script and `secudoc rules "
	    "verify` report them.\n");
}

static enum err
put_rollback(const struct plan *p, struct buf *out)
{
	TRY(buf_put_str(out,
	    "\n## Rollback\n\n"
	    "At once: switch the rule "));
	TRY(put_foreign(span_str(p->tenant->rule_name), out));
	TRY(buf_put_str(out,
	    " off. From then on nothing is routed; mail that is on its way still comes back, so the other "
	    "rules and the connectors stay until nothing waits any more.\n\n"
	    "Completely: `Uninstall-SecuDoc365.ps1` undoes what the set-up script did, from the undo file "
	    "that it wrote before each change, and nothing else.\n"));
	return buf_put_str(out,
	    "\n## How to check\n\n"
	    "1. Before: `Install-SecuDoc365.ps1 -PlanPath ... -WhatIf` shows the difference and changes "
	    "nothing.\n"
	    "2. After: `Install-SecuDoc365.ps1 -PlanPath ... -Validate`, each check on its own. New rules "
	    "need up to 30 minutes, connectors up to 10.\n"
	    "3. `Test-SecuDoc365.ps1` leads through the four tests: without a file, with a file, to a "
	    "colleague, switched off.\n"
	    "4. From then on: `secudoc rules verify` compares an export of the tenant with this plan.\n");
}

static enum err
put_object(const struct exo_object *o, const struct tenant *mask, struct buf *out)
{
	const struct exo_kind_names *names = exo_kind_names(o->kind);

	TRY(buf_printf(out, "\n### %c%s: ", names->words[0] - 'a' + 'A', names->words + 1));
	TRY(put_value(mask, exo_get(o, names->name_key), out));
	TRY(buf_put_str(out, "\n\n"));
	if (o->kind == EXO_TRANSPORT_RULE) {
		CLEANUP(buf_done_secret) struct buf words;
		struct span rest, line;

		buf_init(&words, out->max);
		TRY(plan_rule_words(mask, o, &words));
		rest = buf_span(&words);
		while (span_take_until(&rest, '\n', &line)) {
			span_take_byte(&rest, '\n');
			TRY(buf_put_str(out, "- "));
			TRY(put_escaped(line, out));
			TRY(buf_put_str(out, "\n"));
		}
		TRY(buf_put_str(out, "\n"));
	}
	TRY(buf_put_str(out, "| parameter | value |\n| --- | --- |\n"));
	for (size_t i = 0; i < o->count; i++) {
		TRY(buf_printf(out, "| %.*s | ", (int)o->members[i].name.len,
		    (const char *)o->members[i].name.p));
		TRY(put_value(mask, &o->members[i].value, out));
		TRY(buf_put_str(out, " |\n"));
	}
	return ERR_OK;
}

static enum err
put_entra(const struct tenant *t, struct buf *out)
{
	TRY(buf_put_str(out,
	    "\n### Application: " PLAN_APP_GRAPH "\n\n"
	    "| parameter | value |\n| --- | --- |\n"
	    "| credential | a certificate; no client secret |\n"
	    "| application permissions | User.Read.All, GroupMember.Read.All |\n"
	    "\n### Application: " PLAN_APP_SAML "\n\n"
	    "| parameter | value |\n| --- | --- |\n"
	    "| sign-in | SAML |\n| identifier | "));
	TRY(put_foreign(span_str(t->link_base), out));
	TRY(buf_put_str(out, PLAN_SAML_METADATA " |\n| reply URL | "));
	TRY(put_foreign(span_str(t->link_base), out));
	TRY(buf_put_str(out, PLAN_SAML_ACS " |\n| assigned to | "));
	TRY(put_foreign(span_str(t->users_group), out));
	TRY(buf_put_str(out, ", "));
	TRY(put_foreign(span_str(t->admins_group), out));
	return buf_printf(out, " |\n| claims | ids of the assigned groups%s |\n",
	    t->phone_claim ? "; Phone, the mobile number" : "");
}

/* Where the rules stand: verify and the script look for the same names. */
static enum err
put_order(bool reveal, struct buf *out)
{
	TRY(buf_put_str(out, "\n## Objects\n\n"));
	if (!reveal)
		TRY(buf_put_str(out,
		    "\\*\\*\\*\\*\\*\\*\\*\\* is a secret, which stands in the JSON form of the plan, and here "
		    "only with `--reveal`.\n\n"));
	TRY(buf_put_str(out,
	    "Mail flow rules stand in their order, behind those of signature tools. The ones that are known, "
	    "by the names that their own set-up gives (\\* is any text):\n\n"));
	for (size_t i = 0; i < rule_tool_count; i++) {
		if (rule_tools[i].rule_pattern == NULL)
			continue;
		TRY(buf_printf(out, "- %s: ", rule_tools[i].name));
		TRY(put_escaped(span_str(rule_tools[i].rule_pattern), out));
		TRY(buf_put_str(out, "\n"));
	}
	return ERR_OK;
}

enum err
plan_markdown(const struct plan *p, bool reveal, struct buf *out)
{
	const struct tenant *mask = reveal ? NULL : p->tenant;

	if (reveal)
		TRY(buf_put_str(out,
		    "**This output holds secrets: with them mail can pass unsecured, or for this tenant's. "
		    "Keep it as you would a password.**\n\n"));
	TRY(put_head(p->tenant, out));
	TRY(put_intent(p, out));
	TRY(put_rollback(p, out));
	TRY(buf_put_str(out, "\n## To know\n\n"));
	for (size_t i = 0; i < p->note_count; i++) {
		TRY(buf_put_str(out, "- "));
		TRY(put_foreign(p->notes[i], out));
		TRY(buf_put_str(out, "\n"));
	}
	TRY(put_order(reveal, out));
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		const struct exo_list *list = &p->state.lists[kind];

		for (size_t i = 0; i < list->count; i++)
			TRY(put_object(&list->items[i], mask, out));
	}
	return put_entra(p->tenant, out);
}
