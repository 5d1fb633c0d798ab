/*
 * rules/verify_watch.c - how bad a difference is, and why: the tables.
 *
 * The first row that fits decides. A row says what it means that a member has another value, is missing, or is
 * there though the plan has none; where that depends on the values themselves, a function looks at them.
 * Members of connectors, groups and domains that the plan does not have are of interest only when they
 * stand here; of a rule, every member counts, as nobody can say of an unknown condition that it does nothing.
 *
 * Sources for what the members do: Microsoft's PowerShell reference of New- and Set-TransportRule,
 * New-InboundConnector, New-OutboundConnector, Set-RemoteDomain, New-DistributionGroup; attribution to a
 * tenant by certificate: message centre MC1226222.
 */
#include "rules/verify_int.h"

#include <assert.h>
#include <string.h>

#define ANY_PART    0xFFu
#define TOKEN_MIN   16u  /* core/tenant.c takes none that is shorter */
#define PATTERN_MAX 512u /* one alternative of the loop mark; a longer one is none of ours */

typedef enum drift_severity judge(const struct verify *v, const char *name,
    const struct exo_value *want, const struct exo_value *have);

struct watch {
	enum exo_kind kind;
	unsigned parts;       /* of rules; ANY_PART for others */
	const char *property; /* with "ExceptIf" */
	int changed, missing, added;
	judge *judge; /* decides instead, when both are there; NULL: changed holds */
	const char *why;
};

/* short names, so that the tables stay readable; X: of no interest */
enum { X = -1, N = DRIFT_NOTE, W = DRIFT_WARNING, C = DRIFT_CRITICAL };

/*
 * Where the values decide
 */

/* an attachment between the two sizes leaves as it is, when the rule asks for a larger one than planned */
static enum drift_severity
larger_is_worse(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	(void)v;
	(void)name;
	return have->number > want->number ? DRIFT_CRITICAL : DRIFT_NOTE;
}

/* a condition that lost one of its values lets mail go; one that gained values takes too much */
static enum drift_severity
fewer_is_worse(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	return verify_covers(v, name, have, false, want, true) ? DRIFT_WARNING : DRIFT_CRITICAL;
}

/* with exceptions it is the other way round */
static enum drift_severity
more_is_worse(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	return verify_covers(v, name, want, true, have, false) ? DRIFT_WARNING : DRIFT_CRITICAL;
}

static enum drift_severity
unless_both(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	(void)v;
	(void)name;
	(void)want;
	return span_ieq(have->text, SPAN("HeaderOrEnvelope")) ? DRIFT_WARNING : DRIFT_CRITICAL;
}

static enum drift_severity
open_is_worse(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	(void)v;
	(void)name;
	(void)want;
	return span_ieq(have->text, SPAN("Open")) ? DRIFT_CRITICAL : DRIFT_WARNING;
}

static enum drift_severity
mandatory_is_worse(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	(void)v;
	(void)name;
	(void)want;
	return span_ieq(have->text, SPAN("Mandatory")) ? DRIFT_WARNING : DRIFT_NOTE;
}

static int
tls_strength(const struct exo_value *value)
{
	static const char *const levels[] = { "EncryptionOnly", "CertificateValidation",
		"DomainValidation" };

	for (int i = 0; i < 3; i++)
		if (span_ieq(value->text, span_str(levels[i])))
			return i;
	return -1;
}

static enum drift_severity
weaker_is_worse(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	(void)v;
	(void)name;
	return tls_strength(have) < tls_strength(want) ? DRIFT_CRITICAL : DRIFT_WARNING;
}

/* the two connectors must agree; when they do, it is only not what was planned */
static enum drift_severity
agreeing_is_better(const struct verify *v, const char *name, const struct exo_value *want,
    const struct exo_value *have)
{
	(void)want;
	(void)have;
	return verify_connectors_agree(v, name) ? DRIFT_WARNING : DRIFT_CRITICAL;
}

/*
 * Connectors, groups, domains
 */
#define IN(property, changed, missing, added, judge, why)                                      \
	{                                                                                      \
		EXO_INBOUND_CONNECTOR, ANY_PART, property, changed, missing, added, judge, why \
	}
#define OUT(property, changed, missing, added, judge, why)                                      \
	{                                                                                       \
		EXO_OUTBOUND_CONNECTOR, ANY_PART, property, changed, missing, added, judge, why \
	}
#define GROUP(property, changed, missing, added, judge, why)                                    \
	{                                                                                       \
		EXO_DISTRIBUTION_GROUP, ANY_PART, property, changed, missing, added, judge, why \
	}

#define HEADERS_WHY                                                                               \
	"Both connectors must say the same: kept on one side only, the headers that show a mail " \
	"as internal are stripped, and rules on its way back may not match."
#define TEST_WHY "What Exchange does with it is not documented: it is not part of the plan."

static const struct watch objects[] = {
	IN("ConnectorType", C, C, C, NULL,
	    "Only a connector of type OnPremises lets the service hand mail back to the tenant: "
	    "otherwise it is refused, and mail waits."),
	IN("TlsSenderCertificateName", C, C, C, NULL,
	    "By this name Exchange knows the service's certificate: with another one returned mail is "
	    "refused (5.7.64) or counts as somebody else's."),
	IN("RequireTls", C, C, X, NULL, "Without TLS no certificate says who hands the mail in."),
	IN("RestrictDomainsToCertificate", C, C, X, NULL,
	    "Without it the certificate does not decide who may use the connector."),
	IN("CloudServicesMailEnabled", C, C, C, agreeing_is_better, HEADERS_WHY),
	IN("SenderDomains", W, W, W, NULL,
	    "It may limit whose mail the connector takes: mail of other senders would be refused."),
	IN("RestrictDomainsToIPAddresses", C, C, C, NULL,
	    "Mail from addresses that are not listed is refused: the service's may be among them."),
	IN("SenderIPAddresses", C, C, C, NULL,
	    "Whoever sends from these addresses may send as the tenant, with no certificate at all."),
	IN("AssociatedAcceptedDomains", C, C, C, NULL,
	    "It limits the sender domains that may use the connector: mail of the others is refused."),
	IN("TrustedOrganizations", W, W, W, NULL, "Others than the service may use the connector."),
	IN("TreatMessagesAsInternal", W, W, W, NULL,
	    "It marks all mail of the connector as internal in another way than planned."),
	IN("EFSkipLastIP", N, N, N, NULL,
	    "Enhanced filtering looks for the sender behind the service; it is meant for mail from "
	    "outside and not needed here."),
	IN("EFSkipIPs", N, N, N, NULL,
	    "Enhanced filtering looks for the sender behind the service; it is meant for mail from "
	    "outside and not needed here."),
	IN("EFUsers", N, N, N, NULL,
	    "Enhanced filtering looks for the sender behind the service; it is meant for mail from "
	    "outside and not needed here."),
	IN("EFTestMode", N, N, N, NULL, TEST_WHY),
	IN("EFSkipMailGateway", N, N, N, NULL, TEST_WHY),
	IN("ScanAndDropRecipients", W, W, W, NULL, TEST_WHY),

	OUT("ConnectorType", C, C, C, NULL,
	    "The type decides what headers are kept on the way, and which settings count."),
	OUT("IsTransportRuleScoped", C, C, C, NULL,
	    "Without it no rule can use the connector, and all mail for its domains takes this way, "
	    "without the tenant's secret: the service refuses it."),
	OUT("UseMXRecord", C, C, C, NULL,
	    "With MX records the mail goes straight to its recipients: unprotected."),
	OUT("SmartHosts", C, C, C, NULL, "The mail goes to other hosts than the service's."),
	OUT("TlsSettings", C, C, C, weaker_is_worse,
	    "It decides whether Exchange checks that it talks to the service; when it does not, mail may "
	    "be read or taken on its way."),
	OUT("TlsDomain", C, C, C, NULL,
	    "Exchange checks the service's certificate for this name: with a wrong one mail waits and "
	    "is given up after a day, with a wider one others may take it."),
	OUT("CloudServicesMailEnabled", C, C, C, agreeing_is_better, HEADERS_WHY),
	OUT("RecipientDomains", W, W, W, NULL,
	    "A connector for rules needs none; without the limit to rules all mail for these domains "
	    "would take this way."),
	OUT("RouteAllMessagesViaOnPremises", C, C, C, NULL,
	    "All mail is led through the organization's own servers, not only what the rule sends here."),
	OUT("AllAcceptedDomains", W, W, W, NULL,
	    "Mail for the tenant's own domains may take this way as well."),
	OUT("SenderRewritingEnabled", W, W, W, NULL,
	    "The envelope sender may be rewritten, and then the service does not know whose mail it is."),
	OUT("TestMode", W, W, W, NULL, TEST_WHY),
	OUT("SmtpDaneMode", W, W, W, mandatory_is_worse,
	    "With Mandatory, mail waits and is given up after a day when the service's name has no valid "
	    "records; with None they are not asked for."),
	OUT("MtaStsMode", N, N, N, NULL,
	    "Exchange does not ask for the policy of the service's domain; the certificate is still checked."),

	GROUP("MemberJoinRestriction", W, W, X, open_is_worse,
	    "Who joins gets the rights of the group, also to the service's pages: an owner must agree."),
	GROUP("MemberDepartRestriction", W, W, X, open_is_worse,
	    "Who leaves the group sends unprotected from then on: that must not be the user's choice."),
	GROUP("PrimarySmtpAddress", W, W, X, NULL,
	    "Rules name the group by its address; whether they follow a change is not documented."),
	GROUP("RequireSenderAuthenticationEnabled", W, W, X, NULL,
	    "Strangers can write to all members of the group."),
	GROUP("Type", C, C, X, NULL,
	    "Only a mail-enabled security group can be assigned to the application for sign-in."),
	GROUP("Alias", N, N, X, NULL, "The group has another alias than planned."),
	GROUP("DisplayName", N, N, X, NULL, "The group is shown under another name than planned."),

	{ EXO_REMOTE_DOMAIN, ANY_PART, "TNEFEnabled", W, W, W, NULL,
	    "Outlook's own format (winmail.dat) hides files from the rule and from the service." },
	{ EXO_REMOTE_DOMAIN, ANY_PART, "Name", N, N, X, NULL,
	    "The remote domain has another name than planned." },
	{ EXO_ACCEPTED_DOMAIN, ANY_PART, "DomainType", W, W, X, NULL,
	    "It decides whether senders and recipients in the domain count as inside." },
};

/*
 * Rules
 */
#define RULE(parts, property, changed, missing, added, judge, why)                       \
	{                                                                                \
		EXO_TRANSPORT_RULE, parts, property, changed, missing, added, judge, why \
	}

#define SENDER_WHY                                                                                   \
	"It says whose mail is protected: that of everybody else leaves as it is, and mail that is " \
	"not meant for the service is refused there."
#define SWITCH_WHY                                                                                 \
	"It says which value of the header switches protection on: with another one, mail that a " \
	"sender marked leaves as it is."
#define SECRET_WHY                                                                                   \
	"The service takes mail only with the tenant's secret in this header: all mail is refused, " \
	"or waits."
#define EXCLUDED_WHY "Mail of these senders is not protected: each one too many leaves as it is."
#define COPY_WHY     "A copy with its files goes to others."
#define ENDS_WHY     "The mail ends here, or goes elsewhere, and does not reach the service."
#define APPROVAL_WHY "The mail waits until somebody approves it."
#define SEALED_WHY   "The service cannot take files out of a mail that is encrypted."
#define EDITS_WHY    "It changes the mail in a way that is not part of the plan."
#define SHOWN_WHY    "It is not part of the plan; it shows or tells of mail to others."
#define STAMP_WHY                                                                               \
	"Mail that meets the conditions is set aside and leaves unprotected: they must not be " \
	"wider than planned."
#define STRIP_WHY                                                                             \
	"The service's own headers leave to strangers; who knows the token in X-SecuDoc can " \
	"tell insiders how to go past the service."
#define SPAM_WHY                                                                                   \
	"It decides which mail is said not to be spam: wider than planned, strangers' mail skips " \
	"the filter; narrower, returned mail may be held for spam."

static const struct watch rule_rows[] = {
	/* what every rule has */
	RULE(ANY_PART, "SenderAddressLocation", C, W, C, unless_both,
	    "It decides which sender address the conditions see: copies for groups have none in the "
	    "envelope."),
	RULE(ANY_PART, "RecipientAddressType", W, W, W, NULL,
	    "It decides which recipient addresses the conditions see."),
	RULE(ANY_PART, "UseLegacyRegex", W, W, W, NULL,
	    "Patterns may mean something else than planned."),
	RULE(PART_ROUTE | PART_OTHER, "RuleErrorAction", C, C, C, NULL,
	    "When the rule cannot be evaluated, Ignore lets the mail leave unprotected; Defer makes it "
	    "wait and try again."),
	RULE(ANY_PART, "RuleErrorAction", W, W, W, NULL,
	    "When the rule cannot be evaluated, Ignore lets the mail go on without it."),
	RULE(ANY_PART, "SetAuditSeverity", N, N, N, NULL, "It only marks entries in reports."),
	RULE(ANY_PART, "LogEventText", N, N, N, NULL, "It only writes a line into a log."),
	RULE(ANY_PART, "DlpPolicy", W, W, W, NULL, "The rule belongs to a policy of others."),
	RULE(ANY_PART, "RuleSubType", W, W, W, NULL, "The rule is run as one of another kind."),

	/* actions that nobody planned */
	RULE(ANY_PART, "DeleteMessage", C, C, C, NULL, "The mail is deleted, and nobody is told."),
	RULE(ANY_PART, "RedirectMessageTo", C, C, C, NULL, ENDS_WHY),
	RULE(ANY_PART, "Quarantine", C, C, C, NULL,
	    "The mail is held, and when it is let go no further rule sees it: it leaves unprotected."),
	RULE(ANY_PART, "RejectMessageReasonText", C, C, C, NULL, ENDS_WHY),
	RULE(ANY_PART, "RejectMessageEnhancedStatusCode", C, C, C, NULL, ENDS_WHY),
	RULE(ANY_PART, "SmtpRejectMessageRejectText", C, C, C, NULL, ENDS_WHY),
	RULE(ANY_PART, "SmtpRejectMessageRejectStatusCode", C, C, C, NULL, ENDS_WHY),
	RULE(ANY_PART, "Disconnect", C, C, C, NULL, ENDS_WHY),
	RULE(ANY_PART, "NotifySender", C, C, C, NULL, ENDS_WHY),
	RULE(ANY_PART, "ModerateMessageByUser", C, C, C, NULL, APPROVAL_WHY),
	RULE(ANY_PART, "ModerateMessageByManager", C, C, C, NULL, APPROVAL_WHY),
	RULE(ANY_PART, "CopyTo", C, C, C, NULL, COPY_WHY),
	RULE(ANY_PART, "BlindCopyTo", C, C, C, NULL, COPY_WHY),
	RULE(ANY_PART, "AddToRecipients", C, C, C, NULL, COPY_WHY),
	RULE(ANY_PART, "AddManagerAsRecipientType", C, C, C, NULL, COPY_WHY),
	RULE(ANY_PART, "GenerateIncidentReport", W, W, W, NULL, SHOWN_WHY),
	RULE(ANY_PART, "IncidentReportContent", W, W, W, NULL, SHOWN_WHY),
	RULE(ANY_PART, "GenerateNotification", W, W, W, NULL, SHOWN_WHY),
	RULE(ANY_PART, "ApplyOME", W, W, W, NULL, SEALED_WHY),
	RULE(ANY_PART, "ApplyRightsProtectionTemplate", W, W, W, NULL, SEALED_WHY),
	RULE(ANY_PART, "ApplyRightsProtectionCustomizationTemplate", W, W, W, NULL, SEALED_WHY),
	RULE(ANY_PART, "RemoveOME", C, C, C, NULL, "It takes encryption off."),
	RULE(ANY_PART, "RemoveOMEv2", C, C, C, NULL, "It takes encryption off."),
	RULE(ANY_PART, "RemoveRMSAttachmentEncryption", C, C, C, NULL, "It takes encryption off."),
	RULE(ANY_PART, "ApplyHtmlDisclaimerText", W, W, W, NULL, EDITS_WHY),
	RULE(ANY_PART, "ApplyHtmlDisclaimerLocation", N, N, N, NULL, EDITS_WHY),
	RULE(ANY_PART, "ApplyHtmlDisclaimerFallbackAction", W, W, W, NULL, EDITS_WHY),
	RULE(ANY_PART, "ApplyClassification", W, W, W, NULL, EDITS_WHY),
	RULE(ANY_PART, "PrependSubject", W, W, W, NULL, EDITS_WHY),
	RULE(ANY_PART, "RouteMessageOutboundRequireTls", W, W, W, NULL,
	    "How the mail is encrypted on its way is the connector's to say."),

	/* the rule that everything is about */
	RULE(PART_ROUTE, "FromMemberOf", C, C, C, fewer_is_worse, SENDER_WHY),
	RULE(PART_ROUTE, "FromScope", C, C, C, NULL, SENDER_WHY),
	RULE(PART_ROUTE, "AttachmentSizeOver", C, W, C, larger_is_worse,
	    "Files up to this size leave as they are; without it all mail is sent to the service."),
	RULE(PART_ROUTE, "SentToScope", C, W, C, NULL,
	    "It says which recipients count: mail for others leaves as it is, or is sent to the "
	    "service without need."),
	RULE(PART_ROUTE, "HeaderMatchesMessageHeader", C, W, C, NULL, SWITCH_WHY),
	RULE(PART_ROUTE, "HeaderMatchesPatterns", C, W, C, fewer_is_worse, SWITCH_WHY),
	RULE(PART_ROUTE, "ExceptIfHeaderContainsMessageHeader", C, C, C, NULL,
	    "By this header the rule knows mail that was at the service: without it mail goes round "
	    "in a loop; with another one mail leaves unprotected."),
	RULE(PART_ROUTE, "ExceptIfHeaderContainsWords", C, C, C, NULL,
	    "By this word the rule knows mail that was at the service: without it mail goes round in "
	    "a loop; with another one mail leaves unprotected."),
	RULE(PART_ROUTE, "ExceptIfHeaderMatchesMessageHeader", C, C, C, NULL,
	    "By this header the rule knows mail that was at the service: without it mail goes round "
	    "in a loop; with another one mail leaves unprotected."),
	RULE(PART_ROUTE, "ExceptIfHeaderMatchesPatterns", C, C, C, NULL,
	    "By this pattern the rule knows mail that was at the service: without it mail goes round "
	    "in a loop; with another one mail leaves unprotected."),
	RULE(PART_ROUTE, "ExceptIfMessageTypeMatches", C, W, C, NULL,
	    "Mail of this type goes past the service: invitations must, as they would arrive "
	    "unusable, and anything else would leave unprotected."),
	RULE(PART_ROUTE, "ExceptIfFrom", C, W, C, more_is_worse, EXCLUDED_WHY),
	RULE(PART_ROUTE, "ExceptIfFromMemberOf", C, W, C, more_is_worse, EXCLUDED_WHY),
	RULE(
	    PART_ROUTE, "ExceptIfFromAddressMatchesPatterns", C, W, C, more_is_worse, EXCLUDED_WHY),
	RULE(PART_ROUTE, "RouteMessageOutboundConnector", C, C, C, NULL,
	    "The mail goes somewhere else than to the service."),
	RULE(PART_ROUTE, "SetHeaderName", C, C, C, NULL, SECRET_WHY),
	RULE(PART_ROUTE, "SetHeaderValue", C, C, C, NULL, SECRET_WHY),
	RULE(PART_ROUTE, "StopRuleProcessing", C, C, C, NULL,
	    "Rules behind act on the mail on its way to the service: one that routes it elsewhere may "
	    "win, and ours take off what the sender chose."),
	RULE(PART_ROUTE, "RemoveHeader", C, C, C, NULL,
	    "It takes a header off that the service may need to see."),
	RULE(PART_ROUTE, "SetSCL", W, W, W, NULL, EDITS_WHY),

	/* what sets mail aside: a condition less is a hole */
	RULE(PART_STAMP, "SetHeaderName", W, W, W, NULL,
	    "What is set aside is known by this header; with another one it is sent to the service."),
	RULE(PART_STAMP, "SetHeaderValue", W, W, W, NULL,
	    "What is set aside is known by this value; with another one it is sent to the service."),
	RULE(PART_STAMP, "FromMemberOf", W, W, W, NULL,
	    "It says whose mail is set aside: that of others who are protected is sent to the service."),
	RULE(PART_STAMP, "FromScope", W, W, W, NULL,
	    "It says whose mail is set aside: that of others who are protected is sent to the service."),
	RULE(PART_STAMP, "SentToScope", C, W, W, NULL, STAMP_WHY),
	RULE(PART_STAMP, "StopRuleProcessing", W, W, W, NULL, STRIP_WHY),
	RULE(PART_STAMP, "RouteMessageOutboundConnector", C, C, C, NULL, ENDS_WHY),

	RULE(PART_SPAM, "SetSCL", W, W, W, NULL,
	    "Returned mail may be held for spam, or other mail pass for none."),
	RULE(PART_SPAM | PART_STRIP, "StopRuleProcessing", W, W, W, NULL,
	    "Rules behind do not see the mail: the service's own headers may leave to strangers."),
	RULE(PART_STRIP, "RemoveHeader", W, W, W, NULL, STRIP_WHY),
	RULE(PART_SPAM | PART_STRIP, "RouteMessageOutboundConnector", C, C, C, NULL,
	    "Returned mail goes somewhere else instead of to its recipients."),
};

/*
 * Members without a row of their own: by the part that they play in the rule. The order of the columns is
 * changed, missing, added.
 */
struct fallback {
	unsigned parts;
	enum exo_role role;
	bool exception;
	int changed, missing, added;
	const char *why;
};
static const struct fallback fallbacks[] = {
	{ PART_ROUTE, EXO_CONDITION, false, C, W, C,
	    "Mail that does not meet this condition is not sent to the service and leaves as it is." },
	{ PART_ROUTE, EXO_CONDITION, true, C, W, C,
	    "Mail that meets this exception is not sent to the service and leaves as it is." },
	{ PART_STAMP, EXO_CONDITION, false, C, C, W, STAMP_WHY },
	{ PART_STAMP, EXO_CONDITION, true, C, C, W, STAMP_WHY },
	{ PART_SPAM, EXO_CONDITION, false, W, C, W, SPAM_WHY },
	{ PART_SPAM, EXO_CONDITION, true, W, W, W, SPAM_WHY },
	{ PART_STRIP, EXO_CONDITION, false, W, W, W, STRIP_WHY },
	{ PART_STRIP, EXO_CONDITION, true, W, W, W, STRIP_WHY },
	{ PART_OTHER, EXO_CONDITION, false, C, C, C, "The rule acts on other mail than planned." },
	{ PART_OTHER, EXO_CONDITION, true, C, C, C, "The rule acts on other mail than planned." },
	{ ANY_PART, EXO_ACTION, false, C, C, W, "The rule does something else than planned." },
};

static const struct watch *
find(const struct watch *rows, size_t count, enum exo_kind kind, unsigned part, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].kind == kind && (rows[i].parts & part) &&
		    span_ieq(span_str(rows[i].property), name))
			return &rows[i];
	return NULL;
}

static int
column(
    int changed, int missing, int added, const struct exo_value *want, const struct exo_value *have)
{
	if (want == NULL)
		return added;
	return have == NULL ? missing : changed;
}

static struct verify_judgement
by_row(const struct verify *v, const struct watch *row, const struct exo_value *want,
    const struct exo_value *have)
{
	int severity = column(row->changed, row->missing, row->added, want, have);
	struct verify_judgement j = {
		.severity = severity == X ? DRIFT_NOTE : (enum drift_severity)severity,
		.why = row->why,
		.watched = severity != X,
	};

	if (row->judge != NULL && want != NULL && have != NULL)
		j.severity = row->judge(v, row->property, want, have);
	else if (row->judge == agreeing_is_better)
		j.severity = agreeing_is_better(v, row->property, want, have);
	else if ((row->judge == unless_both || row->judge == mandatory_is_worse) && have != NULL)
		j.severity = row->judge(v, row->property, want, have);
	return j;
}

static struct verify_judgement
by_role(unsigned part, const struct exo_member *m, const struct exo_value *want,
    const struct exo_value *have)
{
	/*
	 * A name that nobody knows: it may be a condition, and it may be a new word that Exchange shows of every
	 * rule. The watch is to look once, not to be woken each night.
	 */
	if (m->property == NULL)
		return (struct verify_judgement){
			.severity = DRIFT_WARNING,
			.why =
			    "This version does not know it: it may change which mail the rule takes, "
			    "or what becomes of it.",
			.watched = true,
		};
	enum exo_role role = m->property->role;
	bool exception = m->exception;

	for (size_t i = 0; i < sizeof(fallbacks) / sizeof(fallbacks[0]); i++) {
		const struct fallback *f = &fallbacks[i];

		if ((f->parts & part) && f->role == role && f->exception == exception)
			return (struct verify_judgement){
				.severity = (enum drift_severity)column(
				    f->changed, f->missing, f->added, want, have),
				.why = f->why,
				.watched = true,
			};
	}
	return (struct verify_judgement){
		.severity = DRIFT_WARNING,
		.why = "It is not as planned.",
		.watched = true,
	};
}

struct verify_judgement
verify_judge(const struct verify *v, const struct exo_object *object,
    const struct exo_member *member, const struct exo_value *want, const struct exo_value *have)
{
	assert(want != NULL || have != NULL);
	if (object->kind == EXO_TRANSPORT_RULE) {
		unsigned part = verify_part_of(object);
		const struct watch *row = find(rule_rows, sizeof(rule_rows) / sizeof(rule_rows[0]),
		    EXO_TRANSPORT_RULE, part, member->name);

		if (row != NULL)
			return by_row(v, row, want, have);
		return by_role(part, member, want, have);
	}
	const struct watch *row = find(
	    objects, sizeof(objects) / sizeof(objects[0]), object->kind, ANY_PART, member->name);
	if (row != NULL)
		return by_row(v, row, want, have);
	return (struct verify_judgement){
		.severity = DRIFT_WARNING,
		.why = "It is not as planned.",
		.watched = want != NULL,
	};
}

/*
 * Objects that are missing, or do nothing
 */
static struct verify_judgement
judge_rule(const struct exo_object *o)
{
	switch (verify_part_of(o)) {
	case PART_ROUTE:
		return (struct verify_judgement){ DRIFT_CRITICAL,
			"Without this rule no mail is sent to the service: all of it leaves unprotected.",
			true };
	case PART_STAMP:
		return (struct verify_judgement){ DRIFT_WARNING,
			"Without this rule mail that should go past the service is sent to it.",
			true };
	case PART_SPAM:
		return (struct verify_judgement){ DRIFT_WARNING,
			"Without this rule mail that the service hands back may be held for spam.",
			true };
	case PART_STRIP:
		return (struct verify_judgement){ DRIFT_WARNING, STRIP_WHY, true };
	case PART_OTHER:
		break;
	}
	return (struct verify_judgement){ DRIFT_WARNING, "It is part of the plan.", true };
}

/* is the group in a condition or exception of the plan's routing rule? */
static bool
is_in_rule(const struct verify *v, const struct exo_object *group)
{
	const struct exo_list *rules = verify_want(v, EXO_TRANSPORT_RULE);
	size_t route = verify_route(v);
	const struct exo_value *members =
	    route == VERIFY_NONE ? NULL : exo_get(&rules->items[route], "FromMemberOf");
	const char *const keys[] = { "Name", "Alias", "PrimarySmtpAddress" };

	for (size_t i = 0; members != NULL && i < members->count; i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (span_ieq(verify_text(group, keys[k]), members->items[i]))
				return true;
	return false;
}

struct verify_judgement
verify_judge_missing(const struct verify *v, const struct exo_object *o)
{
	switch (o->kind) {
	case EXO_TRANSPORT_RULE:
		return judge_rule(o);
	case EXO_INBOUND_CONNECTOR:
		return (struct verify_judgement){ DRIFT_CRITICAL,
			"Without this connector the service cannot hand mail back (5.7.64): all of it waits.",
			true };
	case EXO_OUTBOUND_CONNECTOR:
		return (struct verify_judgement){ DRIFT_CRITICAL,
			"Without this connector no mail reaches the service.", true };
	case EXO_ACCEPTED_DOMAIN:
		return (struct verify_judgement){ DRIFT_CRITICAL,
			"Without this domain Exchange may not know whose mail the service hands back, and "
			"refuse it; it is added in Microsoft 365, by no command of Exchange.",
			true };
	case EXO_DISTRIBUTION_GROUP:
		if (is_in_rule(v, o))
			return (struct verify_judgement){ DRIFT_CRITICAL,
				"The routing rule asks for the members of this group: without it "
				"nobody's mail is protected.",
				true };
		return (struct verify_judgement){ DRIFT_WARNING,
			"Without this group nobody has the rights that it gives.", true };
	case EXO_REMOTE_DOMAIN:
	case EXO_KINDS:
		break;
	}
	return (struct verify_judgement){ DRIFT_WARNING,
		"Outlook's own format (winmail.dat) hides files from the rule and from the service.",
		true };
}

/*
 * The loop mark
 */
/* what a token may be within a pattern: no choice, no wildcard, nothing but itself */
static bool
is_token(struct span s)
{
	size_t n = 0;

	while (s.len > 0) {
		bool escaped = span_take_byte(&s, '\\') && s.len > 0;
		uint8_t c = s.p[0];
		bool letter = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		/* "\d" is any digit, "\." a point */
		if (escaped ? letter : !letter && c != '-' && c != '_')
			return false;
		s = span_from(s, 1);
		n++;
	}
	return n >= TOKEN_MIN;
}

/* a pattern that the plan does not have: a former token of ours, or a way past the service for anybody? */
static bool
is_former(const struct span branch[3])
{
	uint8_t text[PATTERN_MAX];
	size_t len = 0;

	for (int i = 0; i < 3; i++) {
		if (branch[i].len > sizeof(text) - len)
			return false;
		if (branch[i].len > 0)
			memcpy(&text[len], branch[i].p, branch[i].len);
		len += branch[i].len;
	}
	struct span s = span_of(text, len), end = SPAN("\\s*$");
	if (!span_take(&s, SPAN("^\\s*1\\.0\\s\\s*")) || s.len < end.len ||
	    !span_eq(span_from(s, s.len - end.len), end))
		return false;
	return is_token(span_upto(s, s.len - end.len));
}

struct verify_judgement
verify_judge_mark(const struct exo_value *want, const struct exo_value *have)
{
	struct verify_branches wanted = { .value = want }, found = { .value = have };
	struct verify_judgement j = { DRIFT_WARNING,
		"A token is in it that is no longer the tenant's: who knows it can go past the service.",
		true };
	struct span branch[3];
	bool first = true, lacking = false;

	while (verify_branch_next(&found, branch))
		if (!verify_branch_in(want, branch) && !is_former(branch)) {
			j.severity = DRIFT_CRITICAL;
			j.why =
			    "It lets mail go past the service that was never there: what it matches "
			    "is not a token of the tenant.";
		}
	while (verify_branch_next(&wanted, branch)) {
		if (!verify_branch_in(have, branch)) {
			if (first)
				return (struct verify_judgement){ DRIFT_CRITICAL,
					"The token that the service writes now is not in it: mail that "
					"comes back is sent to the service again, in a loop.",
					true };
			lacking = true;
		}
		first = false;
	}
	if (lacking && j.severity != DRIFT_CRITICAL)
		j.why =
		    "A token that is still valid is not in it: mail that is on its way with that "
		    "one goes round in a loop.";
	return j;
}

bool
verify_is_mark(const struct verify *v, const struct exo_object *o, struct span name)
{
	size_t route = verify_route(v);

	if (route == VERIFY_NONE || o->kind != EXO_TRANSPORT_RULE ||
	    !span_iends(name, SPAN("HeaderMatchesPatterns")))
		return false;
	const struct exo_object *rule = &verify_want(v, EXO_TRANSPORT_RULE)->items[route];
	struct span mark = verify_text(rule, "ExceptIfHeaderMatchesMessageHeader");
	const struct exo_value *tokens = exo_get(rule, "ExceptIfHeaderMatchesPatterns");
	char key[EXO_MAX_NAME_BYTES + 1] = "";

	memcpy(key, name.p, name.len < sizeof(key) ? name.len : sizeof(key) - 1);
	const struct exo_value *asked = exo_get(o, key);
	struct span header = verify_text(o,
	    span_istarts(name, SPAN("ExceptIf")) ? "ExceptIfHeaderMatchesMessageHeader"
						 : "HeaderMatchesMessageHeader");
	return tokens != NULL && asked != NULL && span_ieq(header, mark) &&
	    verify_patterns_same(tokens, asked);
}
