/*
 * rules/verify_rivals.c - connectors and domains of others that get between us and the tenant.
 *
 * Attribution by certificate: message centre MC1226222; that Partner connectors may stand beside one of type
 * OnPremises for the same certificate, and only they refuse mail: "Manage mail flow using a third-party
 * cloud service"; what the restrictions of a Partner connector do: New-InboundConnector.
 */
#include "rules/verify_int.h"

#include "core/address.h"

static enum err
rival(struct verify *v, const struct exo_object *theirs, const char *property,
    enum drift_severity severity, const char *why)
{
	struct verify_item *item;
	bool on = verify_on(theirs);

	TRY(verify_add(v, DRIFT_RIVAL, on ? severity : DRIFT_NOTE, theirs, &item));
	item->drift.property = span_str(property);
	TRY(verify_show(v, exo_get(theirs, property), &item->drift.have));
	return verify_printf(
	    v, &item->drift.why, "%s%s", on ? "" : "It is off; when it is switched on: ", why);
}

/*
 * Inbound
 */

/* "<I>CN=the issuer<S>CN=name, O=..." is how a whole certificate is named; otherwise it is the name alone */
static struct span
certificate_name(struct span s)
{
	size_t subject = span_find(s, SPAN("<S>"));

	if (subject == s.len)
		return s;
	s = span_from(s, subject);
	size_t cn = span_find(s, SPAN("CN="));
	if (cn == s.len)
		return SPAN_NONE;
	s = span_from(s, cn + 3);
	return span_trim(span_upto(s, span_find_byte(s, ',')));
}

/* the wildcard of a domain and all below it, or the domain itself */
static bool
covers(struct span pattern, struct span domain)
{
	return span_eq(pattern, SPAN("*")) || domain_is(domain, pattern);
}

static enum err
same_certificate(struct verify *v, const struct exo_object *theirs)
{
	const struct exo_list *ours = verify_want(v, EXO_INBOUND_CONNECTOR);
	struct span name = certificate_name(verify_text(theirs, "TlsSenderCertificateName"));
	bool partner = span_ieq(verify_text(theirs, "ConnectorType"), SPAN("Partner"));

	for (size_t i = 0; i < ours->count; i++) {
		struct span own = verify_text(&ours->items[i], "TlsSenderCertificateName");

		if (name.len == 0 || own.len == 0 || !covers(name, own))
			continue;
		/* documented to go together with ours */
		if (partner)
			return ERR_OK;
		if (span_ieq(name, own))
			return rival(v, theirs, "TlsSenderCertificateName", DRIFT_CRITICAL,
			    "It claims the service's certificate too: which of the two returned mail takes, "
			    "and with which rights, is not documented.");
		return rival(v, theirs, "TlsSenderCertificateName", DRIFT_WARNING,
		    "Its wildcard covers the service's certificate: returned mail may take this "
		    "connector, with other rights.");
	}
	return ERR_OK;
}

/* do the senders of the connector include a domain of the tenant by name? */
static bool
names_domain(const struct verify *v, const struct exo_value *domains)
{
	const struct exo_list *accepted = verify_have(v, EXO_ACCEPTED_DOMAIN);

	for (size_t i = 0; domains != NULL && i < domains->count; i++) {
		if (span_eq(domains->items[i], SPAN("*")))
			continue;
		for (size_t j = 0; j < accepted->count; j++)
			if (domain_is(v->names[EXO_ACCEPTED_DOMAIN][j], domains->items[i]))
				return true;
	}
	return false;
}

static bool
names_all(const struct exo_value *domains)
{
	for (size_t i = 0; domains != NULL && i < domains->count; i++)
		if (span_eq(domains->items[i], SPAN("*")))
			return true;
	return false;
}

/* does its certificate restriction let ours through? */
static bool
knows_ours(const struct verify *v, const struct exo_object *theirs)
{
	const struct exo_list *ours = verify_want(v, EXO_INBOUND_CONNECTOR);
	struct span name = certificate_name(verify_text(theirs, "TlsSenderCertificateName"));

	for (size_t i = 0; i < ours->count; i++)
		if (covers(name, verify_text(&ours->items[i], "TlsSenderCertificateName")))
			return true;
	return false;
}

static enum err
refusing(struct verify *v, const struct exo_object *theirs)
{
	const struct exo_value *domains = exo_get(theirs, "SenderDomains");
	bool by_address = verify_yes(theirs, "RestrictDomainsToIPAddresses");
	bool by_name = verify_yes(theirs, "RestrictDomainsToCertificate") && !knows_ours(v, theirs);

	if (!span_ieq(verify_text(theirs, "ConnectorType"), SPAN("Partner")) ||
	    (!by_address && !by_name))
		return ERR_OK;
	bool named = names_domain(v, domains);
	if (!named && !names_all(domains))
		return ERR_OK;
	return rival(v, theirs,
	    by_address ? "RestrictDomainsToIPAddresses" : "RestrictDomainsToCertificate",
	    named ? DRIFT_CRITICAL : DRIFT_WARNING,
	    named
		? "It refuses mail of the tenant's own senders unless it comes from hosts that it lists: "
		  "mail that the service hands back may be refused."
		: "It refuses mail of all senders unless it comes from hosts that it lists: see that mail "
		  "which the service hands back is let in by the other connector.");
}

static enum err
inbound(struct verify *v)
{
	const struct exo_list *list = verify_have(v, EXO_INBOUND_CONNECTOR);

	for (size_t i = 0; i < list->count; i++) {
		if (v->want_of[EXO_INBOUND_CONNECTOR][i] != VERIFY_NONE)
			continue;
		TRY(same_certificate(v, &list->items[i]));
		TRY(refusing(v, &list->items[i]));
	}
	return ERR_OK;
}

/*
 * Outbound
 */
static bool
shares_host(const struct verify *v, const struct exo_object *theirs)
{
	const struct exo_list *ours = verify_want(v, EXO_OUTBOUND_CONNECTOR);
	const struct exo_value *hosts = exo_get(theirs, "SmartHosts");

	for (size_t i = 0; hosts != NULL && i < ours->count; i++) {
		const struct exo_value *own = exo_get(&ours->items[i], "SmartHosts");

		for (size_t j = 0; own != NULL && j < own->count; j++)
			if (verify_holds(v, "SmartHosts", hosts, false, own->items[j], true))
				return true;
	}
	return false;
}

static enum err
outbound(struct verify *v)
{
	const struct exo_list *list = verify_have(v, EXO_OUTBOUND_CONNECTOR);

	for (size_t i = 0; i < list->count; i++) {
		const struct exo_object *theirs = &list->items[i];

		if (v->want_of[EXO_OUTBOUND_CONNECTOR][i] != VERIFY_NONE || !shares_host(v, theirs))
			continue;
		if (verify_yes(theirs, "IsTransportRuleScoped"))
			TRY(rival(v, theirs, "SmartHosts", DRIFT_WARNING,
			    "A second connector leads to the service: with other settings than planned, for "
			    "whatever rule names it."));
		else
			TRY(rival(v, theirs, "SmartHosts", DRIFT_CRITICAL,
			    "It sends mail to the service that no rule chose, without the tenant's secret: the "
			    "service refuses it."));
	}
	return ERR_OK;
}

/*
 * Domains
 */

/* what was planned for the remote domain of all others holds for those that have settings of their own */
static bool
plan_forbids_tnef(const struct verify *v)
{
	const struct exo_list *want = verify_want(v, EXO_REMOTE_DOMAIN);

	for (size_t i = 0; i < want->count; i++) {
		const struct exo_value *tnef = exo_get(&want->items[i], "TNEFEnabled");

		if (tnef != NULL && !tnef->yes)
			return true;
	}
	return false;
}

static enum err
remote(struct verify *v)
{
	const struct exo_list *list = verify_have(v, EXO_REMOTE_DOMAIN);
	bool exception;
	struct exo_member off = {
		.property = exo_property_find(EXO_REMOTE_DOMAIN, SPAN("TNEFEnabled"), &exception),
		.name = SPAN("TNEFEnabled"),
		.value = { .type = EXO_BOOL },
	};

	for (size_t i = 0; plan_forbids_tnef(v) && i < list->count; i++) {
		const struct exo_object *o = &list->items[i];
		const struct exo_value *tnef = exo_get(o, "TNEFEnabled");
		struct verify_item *item;

		if (v->want_of[EXO_REMOTE_DOMAIN][i] != VERIFY_NONE || (tnef != NULL && !tnef->yes))
			continue;
		TRY(verify_add(
		    v, DRIFT_RIVAL, tnef == NULL ? DRIFT_NOTE : DRIFT_WARNING, o, &item));
		item->drift.property = SPAN("TNEFEnabled");
		item->drift.want = SPAN("no");
		TRY(verify_show(v, tnef, &item->drift.have));
		item->drift.why = span_str(tnef == NULL
			? "For this domain the sender's own settings decide whether mail is in Outlook's "
			  "format (winmail.dat), which hides files from the rule and from the service."
			: "Mail for this domain is in Outlook's own format (winmail.dat), which hides files "
			  "from the rule and from the service.");
		TRY(verify_set(v, o, o, &off, &item->drift.repair));
	}
	return ERR_OK;
}

/*
 * New-TransportRule, FromScope: a sender in an external relay domain is not inside, so the rule that asks
 * for senders inside does not see his mail.
 */
static enum err
accepted(struct verify *v)
{
	const struct exo_list *list = verify_have(v, EXO_ACCEPTED_DOMAIN);
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);
	size_t route = verify_route(v);
	bool by_scope = route != VERIFY_NONE && exo_get(&rules->items[route], "FromScope") != NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct exo_object *o = &list->items[i];
		bool planned = v->want_of[EXO_ACCEPTED_DOMAIN][i] != VERIFY_NONE;
		struct verify_item *item;

		if (!span_ieq(verify_text(o, "DomainType"), SPAN("ExternalRelay")) ||
		    (!planned && !by_scope))
			continue;
		/* then it was compared already */
		if (planned &&
		    exo_get(&verify_want(v, EXO_ACCEPTED_DOMAIN)
				 ->items[v->want_of[EXO_ACCEPTED_DOMAIN][i]],
			"DomainType") != NULL)
			continue;
		TRY(verify_add(v, DRIFT_RIVAL, DRIFT_WARNING, o, &item));
		item->drift.property = SPAN("DomainType");
		TRY(verify_show(v, exo_get(o, "DomainType"), &item->drift.have));
		item->drift.why = SPAN(
		    "Senders in an external relay domain do not count as inside: a rule that asks for "
		    "senders inside leaves their mail unprotected.");
	}
	return ERR_OK;
}

enum err
verify_rivals(struct verify *v)
{
	TRY(inbound(v));
	TRY(outbound(v));
	TRY(remote(v));
	return accepted(v);
}
