/*
 * rules/plan.c - everything of a plan but the mail flow rules.
 *
 * Microsoft's own design for services like this one ("Integrate Microsoft 365 with an email add-on service"):
 * a connector out, used by rules only; a connector back in, which knows us by a certificate name that is
 * this tenant's alone; a header that the service sets, by which the rule leaves alone what was there.
 */
#include "rules/plan_int.h"

#include "core/address.h"

#include <stdarg.h>
#include <stdio.h>

#define NOTE_BYTES 600u

void
plan_open(struct plan_draft *d, enum exo_kind kind, const char *key, struct span name)
{
	if (d->err == ERR_OK)
		d->err = exo_add(&d->plan->state.lists[kind], kind, d->a, &d->object);
	plan_span_member(d, key, name);
}

void
plan_span_member(struct plan_draft *d, const char *name, struct span value)
{
	if (d->err == ERR_OK)
		d->err = exo_set_text(d->object, name, value, d->a);
}

void
plan_text_member(struct plan_draft *d, const char *name, const char *value)
{
	plan_span_member(d, name, span_str(value));
}

void
plan_bool_member(struct plan_draft *d, const char *name, bool yes)
{
	if (d->err == ERR_OK)
		d->err = exo_set_bool(d->object, name, yes, d->a);
}

void
plan_list_member(struct plan_draft *d, const char *name, const struct span *items, size_t count)
{
	if (d->err == ERR_OK && count > 0)
		d->err = exo_set_texts(d->object, name, items, count, d->a);
}

void
plan_note(struct plan_draft *d, const char *fmt, ...)
{
	char text[NOTE_BYTES];
	va_list args;

	if (d->err != ERR_OK)
		return;
	if (d->plan->note_count == PLAN_NOTES) {
		d->err = err_set(ERR_LIMIT, "a plan has at most %u notes", PLAN_NOTES);
		return;
	}
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		d->err = err_set(ERR_LIMIT, "a note of a plan is too long");
		return;
	}
	d->err = arena_dup(d->a, span_str(text), &d->notes[d->plan->note_count]);
	if (d->err == ERR_OK)
		d->plan->note_count++;
}

/* The first domain that mail can be sent to; groups cannot live in "all below x". */
static struct span
plain_domain(const struct tenant *t)
{
	for (size_t i = 0; i < t->domains.count; i++) {
		if (!span_starts(span_str(t->domains.items[i]), SPAN("*.")))
			return span_str(t->domains.items[i]);
	}
	return SPAN_NONE;
}

static enum err
group_address(struct plan_draft *d, const char *setting, const char *given, const char *local,
    struct span *ret)
{
	struct span domain = plain_domain(d->t);

	if (given[0] != '\0') {
		*ret = span_str(given);
		return ERR_OK;
	}
	if (domain.len == 0)
		return err_set(ERR_SYNTAX,
		    "%s is empty, and none of the domains is one to make an address of", setting);
	return arena_printf(d->a, ret, "%s@%.*s", local, (int)domain.len, (const char *)domain.p);
}

/* What a plan cannot do without, and settings that do not go together. */
static enum err
check_settings(struct plan_draft *d)
{
	const struct tenant *t = d->t;

	/* SD-021: without the link nothing of what follows can work */
	if (t->linked_domain[0] == '\0')
		return err_set(ERR_SYNTAX,
		    "linked_domain is empty: link the domain first, then \"secudoc tenant set %s "
		    "linked_domain=...\"",
		    t->name);
	if (t->smart_host[0] == '\0')
		return err_set(ERR_SYNTAX,
		    "smart_host is empty: \"secudoc tenant set %s smart_host=...\" says by which "
		    "name Exchange Online reaches this service",
		    t->name);
	TRY(group_address(
	    d, "users_group_address", t->users_group_address, "secudoc_users", &d->users));
	TRY(group_address(
	    d, "admins_group_address", t->admins_group_address, "secudoc_admins", &d->admins));
	if (span_ieq(d->users, d->admins))
		return err_set(ERR_SYNTAX,
		    "users_group_address and admins_group_address are the same address");
	if (plan_rule_name_fixed(span_str(t->rule_name)))
		return err_set(ERR_SYNTAX, "rule_name is the name of another rule of the plan");
	for (size_t i = 0; i < t->excluded_groups.count; i++) {
		if (span_ieq(span_str(t->excluded_groups.items[i]), d->users))
			return err_set(ERR_SYNTAX,
			    "excluded_groups has users_group_address: nobody's mail would be secured");
	}
	return ERR_OK;
}

/*
 * The domain of our certificate, as an accepted domain of the tenant: mail with the null sender is attributed
 * by nothing else, and Microsoft counts a certificate of any other domain as a mistake (MC1226222).
 */
static void
accepted_domain(struct plan_draft *d)
{
	plan_open(d, EXO_ACCEPTED_DOMAIN, "DomainName", span_str(d->t->linked_domain));
	plan_note(d,
	    "Exchange Online has no command that adds a domain: %s is added and proven in Microsoft 365, "
	    "which the script does through Microsoft Graph; it needs a TXT record in DNS.",
	    d->t->linked_domain);
}

/*
 * Mail-enabled security groups (SD-030 to SD-033): rules can ask for their members, applications can be
 * assigned to them. Who is in them is the administrators' business, and no part of the plan.
 */
static void
group(struct plan_draft *d, const char *name, struct span address)
{
	struct span local = SPAN_NONE, rest = address;

	span_take_until(&rest, '@', &local);
	plan_open(d, EXO_DISTRIBUTION_GROUP, "Name", span_str(name));
	plan_text_member(d, "DisplayName", name);
	plan_span_member(d, "Alias", local);
	plan_span_member(d, "PrimarySmtpAddress", address);
	plan_text_member(d, "Type", "Security");
	/* SD-032; leaving by oneself would switch protection off, and security groups do not allow it */
	plan_text_member(d, "MemberJoinRestriction", "ApprovalRequired");
	plan_text_member(d, "MemberDepartRestriction", "Closed");
	/* strangers have nothing to say to all who use this */
	plan_bool_member(d, "RequireSenderAuthenticationEnabled", true);
}

static void
groups(struct plan_draft *d)
{
	group(d, d->t->users_group, d->users);
	group(d, d->t->admins_group, d->admins);
	plan_note(d,
	    "Members of the groups are not part of the plan. Put people in directly: whether a rule counts "
	    "members of inner groups is not documented. Requests to join a security group do not reach its "
	    "owners, although it asks for their approval: owners add members themselves.");
}

/* From us to Exchange Online: known by the certificate, allowed to send as the tenant (SD-040 to SD-044). */
static void
inbound(struct plan_draft *d)
{
	const struct span any = SPAN("*");

	plan_open(d, EXO_INBOUND_CONNECTOR, "Name", span_str(d->t->inbound_connector));
	/* only this type may relay to the outside, and counts what it brings as the tenant's own */
	plan_text_member(d, "ConnectorType", "OnPremises");
	plan_list_member(d, "SenderDomains", &any, 1);
	plan_bool_member(d, "RequireTls", true);
	plan_bool_member(d, "RestrictDomainsToCertificate", true);
	/* written out: with a wildcard, whoever has a certificate below that domain would be us */
	plan_text_member(d, "TlsSenderCertificateName", d->t->linked_domain);
	plan_bool_member(d, "CloudServicesMailEnabled", d->t->retain_headers);
	plan_bool_member(d, "Enabled", true);
	plan_text_member(d, "Comment",
	    "Mail from SecuDoc 365 back to Exchange Online. Whoever shows a certificate of this name may "
	    "send as this organization.");
}

/*
 * From Exchange Online to us (SD-060 to SD-064). With retained headers it is of the type of Microsoft's design
 * for such services, and both connectors have the same value: kept on one side only, they are stripped.
 */
static void
outbound(struct plan_draft *d)
{
	const struct span host = span_str(d->t->smart_host);

	plan_open(d, EXO_OUTBOUND_CONNECTOR, "Name", span_str(d->t->outbound_connector));
	plan_text_member(d, "ConnectorType", d->t->retain_headers ? "OnPremises" : "Partner");
	/* without it the connector would take mail that no rule sent here */
	plan_bool_member(d, "IsTransportRuleScoped", true);
	plan_bool_member(d, "UseMXRecord", false);
	plan_list_member(d, "SmartHosts", &host, 1);
	/* an authority's certificate of just that name: neither plain text nor anybody else's host */
	plan_text_member(d, "TlsSettings", "DomainValidation");
	plan_span_member(d, "TlsDomain", host);
	plan_bool_member(d, "CloudServicesMailEnabled", d->t->retain_headers);
	plan_bool_member(d, "Enabled", true);
	plan_text_member(
	    d, "Comment", "Mail from Exchange Online to SecuDoc 365; used by rules only.");
	if (!d->t->retain_headers)
		plan_note(d,
		    "retain_headers is false: mail that returns may no longer count as sent from inside, so "
		    "other rules of the organization that ask for that may pass it over the second time.");
}

/* winmail.dat hides files from the rule and from us (pain 9); what goes to the outside is MIME. */
static void
remote_domain(struct plan_draft *d)
{
	plan_open(d, EXO_REMOTE_DOMAIN, "DomainName", SPAN("*"));
	plan_text_member(d, "Name", "Default");
	plan_bool_member(d, "TNEFEnabled", false);
	plan_note(d,
	    "Outlook's own format (winmail.dat) is switched off for the remote domain Default. Other remote "
	    "domains have settings of their own: look at them if there are any.");
}

enum err
plan_make(const struct tenant *t, struct arena *a, struct plan *ret)
{
	struct plan plan = { .tenant = t };
	struct plan_draft d = { .t = t, .a = a, .plan = &plan };

	TRY(tenant_check(t));
	d.notes = arena_alloc(a, PLAN_NOTES * sizeof(*d.notes));
	if (d.notes == NULL)
		return ERR_TEMP;
	plan.notes = d.notes;
	TRY(check_settings(&d));
	accepted_domain(&d);
	groups(&d);
	inbound(&d);
	outbound(&d);
	remote_domain(&d);
	plan_rules(&d);
	TRY(d.err);
	*ret = plan;
	return ERR_OK;
}
