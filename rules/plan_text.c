/* rules/plan_text.c - a plan to read on a terminal. */
#include "rules/plan_int.h"

static enum err
put_head(const struct tenant *t, struct buf *out)
{
	TRY(buf_printf(out, "Plan for the tenant %s (", t->name));
	TRY(exo_text_print(span_str(t->organisation), out));
	TRY(buf_printf(out, "), %s\n\n", t->entra_id));
	TRY(buf_printf(out, "  mode         %s\n",
	    t->mode == TENANT_OPT_IN
		? "opt-in: secured is what was switched on, mail by mail"
		: "opt-out: secured is everything that was not switched off, mail by mail"));
	TRY(buf_printf(out, "  scope        %s\n",
	    t->rule_scope == TENANT_SCOPE_ORGANIZATION ? "everybody inside the organization"
						       : "members of the users' group"));
	TRY(buf_printf(out, "  recipients   %s\n",
	    t->rule_recipients == TENANT_RECIPIENTS_ALL ? "all, colleagues too"
							: "outside the organization"));
	TRY(buf_printf(out, "  loop mark    %s\n",
	    t->loop_mark == TENANT_LOOP_PLAIN ? "plain, any sender can write it"
					      : "tokens, only this service writes them"));
	return buf_printf(out, "  headers      %s\n",
	    t->retain_headers ? "Exchange's own are retained on both ways"
			      : "Exchange's own are not retained");
}

/* "inbound connector" as the beginning of a line */
static enum err
put_heading(const struct exo_object *o, const struct tenant *mask, struct buf *out)
{
	const struct exo_kind_names *names = exo_kind_names(o->kind);
	const struct exo_value *name = exo_get(o, names->name_key);

	TRY(buf_put_byte(out, (uint8_t)(names->words[0] - 'a' + 'A')));
	TRY(buf_printf(out, "%s ", names->words + 1));
	TRY(plan_value_words(mask, name, ", ", out));
	return buf_put_str(out, "\n");
}

static enum err
put_object(const struct exo_object *o, const struct tenant *mask, struct buf *out)
{
	TRY(buf_put_str(out, "\n"));
	TRY(put_heading(o, mask, out));
	for (size_t i = 0; i < o->count; i++) {
		const struct exo_member *m = &o->members[i];

		if (span_ieq(m->name, span_str(exo_kind_names(o->kind)->name_key)))
			continue;
		TRY(buf_printf(out, "  %-36.*s", (int)m->name.len, (const char *)m->name.p));
		TRY(plan_value_words(mask, &m->value, ", ", out));
		TRY(buf_put_str(out, "\n"));
	}
	return ERR_OK;
}

static enum err
put_rule(const struct exo_object *rule, size_t number, const struct tenant *mask, struct buf *out)
{
	CLEANUP(buf_done_secret) struct buf words;
	struct span rest, line;
	const struct exo_value *on_error = exo_get(rule, "RuleErrorAction");

	buf_init(&words, out->max);
	TRY(plan_rule_words(mask, rule, &words));
	TRY(buf_printf(out, "\n%2zu. ", number));
	TRY(plan_value_words(mask, exo_get(rule, "Name"), ", ", out));
	TRY(buf_put_str(out, "\n"));
	rest = buf_span(&words);
	while (span_take_until(&rest, '\n', &line)) {
		span_take_byte(&rest, '\n');
		TRY(buf_put_str(out, "    "));
		TRY(buf_put(out, line));
		TRY(buf_put_str(out, "\n"));
	}
	if (on_error != NULL && span_ieq(on_error->text, SPAN("Defer")))
		TRY(buf_put_str(
		    out, "    (a mail for which Exchange cannot ask this rule waits)\n"));
	return ERR_OK;
}

static enum err
put_rules(const struct plan *p, const struct tenant *mask, struct buf *out)
{
	const struct exo_list *rules = &p->state.lists[EXO_TRANSPORT_RULE];

	TRY(buf_put_str(
	    out, "\nMail flow rules, in this order, behind those of signature tools\n"));
	for (size_t i = 0; i < rules->count; i++)
		TRY(put_rule(&rules->items[i], i + 1, mask, out));
	return ERR_OK;
}

static enum err
put_entra(const struct tenant *t, struct buf *out)
{
	TRY(buf_put_str(out, "\nEntra ID\n"));
	TRY(buf_printf(out,
	    "  %s: may read users and memberships (User.Read.All, GroupMember.Read.All), known by a "
	    "certificate\n",
	    PLAN_APP_GRAPH));
	TRY(buf_printf(out, "  %s: sign-in with SAML for both groups%s\n", PLAN_APP_SAML,
	    t->phone_claim ? ", with the mobile number (claim Phone)" : ""));
	TRY(buf_printf(out, "    identifier   %s%s\n", t->link_base, PLAN_SAML_METADATA));
	return buf_printf(out, "    reply URL    %s%s\n", t->link_base, PLAN_SAML_ACS);
}

enum err
plan_text(const struct plan *p, bool reveal, struct buf *out)
{
	const struct tenant *mask = reveal ? NULL : p->tenant;

	if (reveal)
		TRY(buf_put_str(out,
		    "THIS OUTPUT HOLDS SECRETS: with them mail can pass unsecured, or for this tenant's. "
		    "Keep it as you would a password.\n\n"));
	TRY(put_head(p->tenant, out));
	for (unsigned kind = 0; kind < EXO_KINDS; kind++) {
		const struct exo_list *list = &p->state.lists[kind];

		for (size_t i = 0; kind != EXO_TRANSPORT_RULE && i < list->count; i++)
			TRY(put_object(&list->items[i], mask, out));
	}
	TRY(put_rules(p, mask, out));
	TRY(put_entra(p->tenant, out));
	TRY(buf_put_str(out, "\nTo know\n"));
	for (size_t i = 0; i < p->note_count; i++) {
		TRY(buf_put_str(out, "  - "));
		TRY(exo_text_print(p->notes[i], out));
		TRY(buf_put_str(out, "\n"));
	}
	if (reveal)
		return ERR_OK;
	return buf_put_str(out,
	    "  - Values shown as " PLAN_MASK
	    " stand in the JSON form of this plan, which the set-up script reads and nobody else should; "
	    "--reveal shows them here, for rules made by hand.\n");
}
