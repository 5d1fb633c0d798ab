/*
 * rules/verify_cases.h - what can happen to a tenant, and what verify must say of it.
 *
 * Each case starts from tests/data/exports/base.json, which is as plan.json wants it, in the words of
 * Exchange, among rules and connectors of others. The expected severity follows from what the mail does
 * then: critical when it leaves unprotected, loops, waits or is refused.
 */
#ifndef SECUDOC_TESTS_RULES_VERIFY_CASES_H
#define SECUDOC_TESTS_RULES_VERIFY_CASES_H

#include "rules/verify.h"

#define ROUTE  "SecuDoc Mail Integration"
#define OOF    "SecuDoc Set Aside Out-of-Office"
#define OFF    "SecuDoc Set Aside Switched Off"
#define SPAM   "SecuDoc No Spam Check"
#define STRIP  "SecuDoc Remove X-SecuDoc"
#define SWITCH "SecuDoc Remove X-SecuDoc-Enabled"
#define TOOL   "CodeTwo Exchange transport rule - user signatures"
#define NOW    "testtoken0123456789abcdef"
#define FORMER "formertoken9876543210zyx"
/* "~" is the bar of a pattern, see rules/verify_edit.h */
#define MARK(tokens) "^\\s*1\\.0\\s\\s*" tokens "\\s*$"

#define N            DRIFT_NOTE
#define W            DRIFT_WARNING
#define C            DRIFT_CRITICAL
#define MISSING      DRIFT_MISSING
#define CHANGED      DRIFT_CHANGED
#define ADDED        DRIFT_ADDED
#define DISABLED     DRIFT_DISABLED
#define ORDER        DRIFT_ORDER
#define IN_FRONT     DRIFT_IN_FRONT
#define RIVAL        DRIFT_RIVAL
#define DUPLICATE    DRIFT_DUPLICATE
#define NOT_EXPORTED DRIFT_NOT_EXPORTED

#define MAX_EXPECTED 16

struct expected {
	enum drift_kind kind;
	enum drift_severity severity;
	const char *object, *property;
};
struct drift_case {
	const char *name, *edits;
	struct expected expected[MAX_EXPECTED]; /* all of them, in their order */
};

static const struct drift_case drift_cases[] = {
	/*
	 * Objects that are gone
	 */
	{ "the certificate's domain is no longer accepted", "-domain secudoc.contoso.nl",
	    { { MISSING, C, "secudoc.contoso.nl", "" } } },
	{ "the group of the users is gone", "-group SecuDoc Users",
	    { { MISSING, C, "SecuDoc Users", "" } } },
	{ "the group of the administrators is gone", "-group SecuDoc Admins",
	    { { MISSING, W, "SecuDoc Admins", "" } } },
	{ "nobody takes our mail back", "-in SecuDoc In", { { MISSING, C, "SecuDoc In", "" } } },
	{ "no way to the service", "-out SecuDoc Out", { { MISSING, C, "SecuDoc Out", "" } } },
	{ "the remote domain of all others is gone", "-remote *", { { MISSING, W, "*", "" } } },
	{ "the rule that routes is gone", "-rule " ROUTE, { { MISSING, C, ROUTE, "" } } },
	{ "automatic replies are not set aside", "-rule " OOF, { { MISSING, W, OOF, "" } } },
	{ "what is switched off is not set aside", "-rule " OFF, { { MISSING, W, OFF, "" } } },
	{ "no word to the spam filter", "-rule " SPAM, { { MISSING, W, SPAM, "" } } },
	{ "the loop mark leaves to strangers", "-rule " STRIP, { { MISSING, W, STRIP, "" } } },
	{ "two are gone: worst first", "-rule " OOF "\n-rule " ROUTE,
	    { { MISSING, C, ROUTE, "" }, { MISSING, W, OOF, "" } } },

	/*
	 * The inbound connector
	 */
	{ "a partner's connector cannot relay", "in SecuDoc In: ConnectorType=Partner",
	    { { CHANGED, C, "SecuDoc In", "ConnectorType" } } },
	{ "another certificate", "in SecuDoc In: TlsSenderCertificateName=old.contoso.nl",
	    { { CHANGED, C, "SecuDoc In", "TlsSenderCertificateName" } } },
	{ "a wildcard in place of our name", "in SecuDoc In: TlsSenderCertificateName=*.contoso.nl",
	    { { CHANGED, C, "SecuDoc In", "TlsSenderCertificateName" } } },
	{ "no certificate at all", "in SecuDoc In: -TlsSenderCertificateName",
	    { { MISSING, C, "SecuDoc In", "TlsSenderCertificateName" } } },
	{ "plain text is taken", "in SecuDoc In: RequireTls=False",
	    { { CHANGED, C, "SecuDoc In", "RequireTls" } } },
	{ "the certificate does not decide", "in SecuDoc In: RestrictDomainsToCertificate=False",
	    { { CHANGED, C, "SecuDoc In", "RestrictDomainsToCertificate" } } },
	{ "what is true and not shown is missing", "in SecuDoc In: -RestrictDomainsToCertificate",
	    { { MISSING, C, "SecuDoc In", "RestrictDomainsToCertificate" } } },
	{ "headers kept on one side only: in", "in SecuDoc In: CloudServicesMailEnabled=False",
	    { { CHANGED, C, "SecuDoc In", "CloudServicesMailEnabled" } } },
	{ "headers kept on one side only: out", "out SecuDoc Out: CloudServicesMailEnabled=False",
	    { { CHANGED, C, "SecuDoc Out", "CloudServicesMailEnabled" } } },
	{ "headers kept on neither side",
	    "in SecuDoc In: CloudServicesMailEnabled=False\n"
	    "out SecuDoc Out: -CloudServicesMailEnabled",
	    { { CHANGED, W, "SecuDoc In", "CloudServicesMailEnabled" },
		{ MISSING, W, "SecuDoc Out", "CloudServicesMailEnabled" } } },
	{ "senders of one domain only", "in SecuDoc In: SenderDomains=contoso.nl",
	    { { CHANGED, W, "SecuDoc In", "SenderDomains" } } },
	{ "only listed addresses", "in SecuDoc In: RestrictDomainsToIPAddresses=True",
	    { { ADDED, C, "SecuDoc In", "RestrictDomainsToIPAddresses" } } },
	{ "whoever sends from there is the tenant", "in SecuDoc In: SenderIPAddresses=192.0.2.0/24",
	    { { ADDED, C, "SecuDoc In", "SenderIPAddresses" } } },
	{ "limited to some accepted domains", "in SecuDoc In: AssociatedAcceptedDomains=contoso.nl",
	    { { ADDED, C, "SecuDoc In", "AssociatedAcceptedDomains" } } },
	{ "internal in another way", "in SecuDoc In: TreatMessagesAsInternal=True",
	    { { ADDED, W, "SecuDoc In", "TreatMessagesAsInternal" } } },
	{ "enhanced filtering", "in SecuDoc In: EFSkipLastIP=True; EFUsers=jan@contoso.nl",
	    { { ADDED, N, "SecuDoc In", "EFSkipLastIP" }, { ADDED, N, "SecuDoc In", "EFUsers" } } },
	{ "the way in is off", "in SecuDoc In: Enabled=False",
	    { { DISABLED, C, "SecuDoc In", "Enabled" } } },

	/*
	 * The outbound connector
	 */
	{ "all mail takes it", "out SecuDoc Out: IsTransportRuleScoped=False",
	    { { CHANGED, C, "SecuDoc Out", "IsTransportRuleScoped" } } },
	{ "straight to the recipients", "out SecuDoc Out: UseMXRecord=True",
	    { { CHANGED, C, "SecuDoc Out", "UseMXRecord" } } },
	{ "straight to the recipients, by default", "out SecuDoc Out: -UseMXRecord",
	    { { MISSING, C, "SecuDoc Out", "UseMXRecord" } } },
	{ "another host", "out SecuDoc Out: SmartHosts=mail.example.org",
	    { { CHANGED, C, "SecuDoc Out", "SmartHosts" } } },
	{ "one host more", "out SecuDoc Out: SmartHosts=mail.example.net|mail.example.org",
	    { { CHANGED, C, "SecuDoc Out", "SmartHosts" } } },
	{ "no name is checked", "out SecuDoc Out: TlsSettings=CertificateValidation",
	    { { CHANGED, C, "SecuDoc Out", "TlsSettings" } } },
	{ "no certificate is checked", "out SecuDoc Out: -TlsSettings",
	    { { MISSING, C, "SecuDoc Out", "TlsSettings" } } },
	{ "any host below a domain", "out SecuDoc Out: TlsDomain=*.example.net",
	    { { CHANGED, C, "SecuDoc Out", "TlsDomain" } } },
	{ "by the organization's own servers",
	    "out SecuDoc Out: RouteAllMessagesViaOnPremises=True",
	    { { ADDED, C, "SecuDoc Out", "RouteAllMessagesViaOnPremises" } } },
	{ "rewritten senders, and DANE or nothing",
	    "out SecuDoc Out: SenderRewritingEnabled=True; SmtpDaneMode=Mandatory",
	    { { ADDED, W, "SecuDoc Out", "SenderRewritingEnabled" },
		{ ADDED, W, "SecuDoc Out", "SmtpDaneMode" } } },
	{ "no DANE, no MTA-STS", "out SecuDoc Out: SmtpDaneMode=None; MtaStsMode=None",
	    { { ADDED, N, "SecuDoc Out", "MtaStsMode" },
		{ ADDED, N, "SecuDoc Out", "SmtpDaneMode" } } },
	{ "the way out is off", "out SecuDoc Out: Enabled=False",
	    { { DISABLED, C, "SecuDoc Out", "Enabled" } } },

	/*
	 * Groups and domains
	 */
	{ "anybody joins", "group SecuDoc Admins: MemberJoinRestriction=Open",
	    { { CHANGED, C, "SecuDoc Admins", "MemberJoinRestriction" } } },
	{ "nobody joins", "group SecuDoc Admins: MemberJoinRestriction=Closed",
	    { { CHANGED, W, "SecuDoc Admins", "MemberJoinRestriction" } } },
	{ "users leave as they like", "group SecuDoc Users: MemberDepartRestriction=Open",
	    { { CHANGED, C, "SecuDoc Users", "MemberDepartRestriction" } } },
	{ "the group has another address",
	    "group SecuDoc Users: PrimarySmtpAddress=safe@contoso.nl",
	    { { CHANGED, W, "SecuDoc Users", "PrimarySmtpAddress" } } },
	{ "strangers write to all users",
	    "group SecuDoc Users: RequireSenderAuthenticationEnabled=False",
	    { { CHANGED, W, "SecuDoc Users", "RequireSenderAuthenticationEnabled" } } },
	{ "a distribution list", "group SecuDoc Users: Type=Distribution",
	    { { CHANGED, C, "SecuDoc Users", "Type" } } },
	{ "winmail.dat", "remote *: TNEFEnabled=True", { { CHANGED, W, "*", "TNEFEnabled" } } },
	{ "winmail.dat as Outlook likes", "remote *: -TNEFEnabled",
	    { { MISSING, W, "*", "TNEFEnabled" } } },
	{ "winmail.dat for a partner", "remote partner.example: TNEFEnabled=True",
	    { { RIVAL, W, "partner.example", "TNEFEnabled" } } },
	{ "winmail.dat for a partner, as Outlook likes", "remote partner.example: -TNEFEnabled",
	    { { RIVAL, N, "partner.example", "TNEFEnabled" } } },
	{ "our domain belongs to another system",
	    "domain secudoc.contoso.nl: DomainType=ExternalRelay",
	    { { RIVAL, W, "secudoc.contoso.nl", "DomainType" } } },

	{ "the group's address belongs to another group now",
	    "group SecuDoc Users: PrimarySmtpAddress=old@contoso.nl; EmailAddresses=SMTP:old@contoso.nl\n"
	    "+group Name=Other; Alias=other; PrimarySmtpAddress=SECUDOC_users@contoso.nl",
	    { { CHANGED, C, "SecuDoc Users", "PrimarySmtpAddress" } } },
	{ "the group's address is a second one of another group",
	    "group SecuDoc Users: PrimarySmtpAddress=old@contoso.nl; EmailAddresses=SMTP:old@contoso.nl\n"
	    "+group Name=Other; EmailAddresses=smtp:secudoc_users@contoso.nl|SMTP:x@contoso.nl",
	    { { CHANGED, C, "SecuDoc Users", "PrimarySmtpAddress" } } },
	{ "the administrators' address belongs to another group now",
	    "group SecuDoc Admins: PrimarySmtpAddress=old@contoso.nl; EmailAddresses=SMTP:old@contoso.nl\n"
	    "+group Name=Other; PrimarySmtpAddress=secudoc_admins@contoso.nl",
	    { { CHANGED, W, "SecuDoc Admins", "PrimarySmtpAddress" } } },

	/*
	 * Other names: they are free to choose
	 */
	{ "the group has another name",
	    "group SecuDoc Users: Name=Safe senders; Identity=Safe senders",
	    { { CHANGED, N, "SecuDoc Users", "Name" } } },
	{ "the group has another name, and its address among others",
	    "group SecuDoc Users: Name=Safe senders; Identity=Safe senders; PrimarySmtpAddress=safe@contoso.nl",
	    { { CHANGED, W, "SecuDoc Users", "PrimarySmtpAddress" },
		{ CHANGED, N, "SecuDoc Users", "Name" } } },
	{ "a group with neither name nor address is another one",
	    "group SecuDoc Users: Name=Safe senders; Identity=Safe senders; PrimarySmtpAddress=safe@contoso.nl; -EmailAddresses",
	    { { MISSING, C, "SecuDoc Users", "" } } },
	{ "the way in has another name",
	    "in SecuDoc In: Name=From our service; Identity=From our service",
	    { { CHANGED, N, "SecuDoc In", "Name" } } },
	{ "the way in has another name, and is off",
	    "in SecuDoc In: Name=From our service; Identity=From our service; Enabled=False",
	    { { DISABLED, C, "SecuDoc In", "Enabled" }, { CHANGED, N, "SecuDoc In", "Name" } } },
	{ "the way in has another name and a second one beside it",
	    "in SecuDoc In: Name=One; Identity=One\n"
	    "+in Name=Two; ConnectorType=OnPremises; TlsSenderCertificateName=secudoc.contoso.nl; "
	    "Enabled=True",
	    { { MISSING, C, "SecuDoc In", "" }, { RIVAL, C, "One", "TlsSenderCertificateName" },
		{ RIVAL, C, "Two", "TlsSenderCertificateName" } } },
	{ "a partner's connector with our certificate is not ours",
	    "in SecuDoc In: Name=Partner; Identity=Partner; ConnectorType=Partner",
	    { { MISSING, C, "SecuDoc In", "" } } },
	{ "the way out has another name",
	    "out SecuDoc Out: Name=To our service; Identity=To our service\n"
	    "rule " ROUTE ": RouteMessageOutboundConnector=To our service",
	    { { CHANGED, N, "SecuDoc Out", "Name" } } },
	{ "the way out has another name, and the rule is gone",
	    "out SecuDoc Out: Name=To our service; Identity=To our service\n-rule " ROUTE,
	    { { MISSING, C, ROUTE, "" }, { CHANGED, N, "SecuDoc Out", "Name" } } },
	{ "the way out has another name, and the rule goes elsewhere",
	    "out SecuDoc Out: Name=To our service; Identity=To our service\n"
	    "rule " ROUTE ": RouteMessageOutboundConnector=CodeTwo Outbound Connector",
	    { { CHANGED, C, ROUTE, "RouteMessageOutboundConnector" },
		{ CHANGED, N, "SecuDoc Out", "Name" } } },
	{ "a connector for all mail is not ours, whatever its host",
	    "out SecuDoc Out: Name=All; Identity=All; IsTransportRuleScoped=False\n"
	    "rule " ROUTE ": RouteMessageOutboundConnector=All",
	    { { MISSING, C, "SecuDoc Out", "" },
		{ CHANGED, C, ROUTE, "RouteMessageOutboundConnector" },
		{ RIVAL, C, "All", "SmartHosts" } } },

	/*
	 * The routing rule: whose mail, and which
	 */
	{ "other senders", "rule " ROUTE ": FromMemberOf=pilot@contoso.nl",
	    { { CHANGED, C, ROUTE, "FromMemberOf" } } },
	{ "more senders", "rule " ROUTE ": FromMemberOf=secudoc_users@contoso.nl|pilot@contoso.nl",
	    { { CHANGED, W, ROUTE, "FromMemberOf" } } },
	{ "all senders, also from outside", "rule " ROUTE ": -FromMemberOf",
	    { { MISSING, C, ROUTE, "FromMemberOf" } } },
	{ "files up to 5 MB leave as they are",
	    "rule " ROUTE ": AttachmentSizeOver=5 MB (5,242,880 bytes)",
	    { { CHANGED, C, ROUTE, "AttachmentSizeOver" } } },
	{ "one byte more", "rule " ROUTE ": AttachmentSizeOver=1 KB (1,025 bytes)",
	    { { CHANGED, C, ROUTE, "AttachmentSizeOver" } } },
	{ "smaller files too", "rule " ROUTE ": AttachmentSizeOver=512 B (512 bytes)",
	    { { CHANGED, N, ROUTE, "AttachmentSizeOver" } } },
	{ "mail without files too", "rule " ROUTE ": -AttachmentSizeOver",
	    { { MISSING, W, ROUTE, "AttachmentSizeOver" } } },
	{ "mail to colleagues only", "rule " ROUTE ": SentToScope=InOrganization",
	    { { CHANGED, C, ROUTE, "SentToScope" } } },
	{ "mail to colleagues too", "rule " ROUTE ": -SentToScope",
	    { { MISSING, W, ROUTE, "SentToScope" } } },
	{ "only some subjects", "rule " ROUTE ": SubjectContainsWords=confidential|secret",
	    { { ADDED, C, ROUTE, "SubjectContainsWords" } } },
	{ "only what is switched on",
	    "rule " ROUTE ": HeaderMatchesMessageHeader=X-SecuDoc-Enabled; HeaderMatchesPatterns=1",
	    { { ADDED, C, ROUTE, "HeaderMatchesMessageHeader" },
		{ ADDED, C, ROUTE, "HeaderMatchesPatterns" } } },
	{ "the envelope decides", "rule " ROUTE ": SenderAddressLocation=Envelope",
	    { { CHANGED, C, ROUTE, "SenderAddressLocation" } } },
	{ "either decides", "rule " ROUTE ": SenderAddressLocation=HeaderOrEnvelope",
	    { { CHANGED, W, ROUTE, "SenderAddressLocation" } } },

	/*
	 * The routing rule: exceptions
	 */
	{ "no loop mark",
	    "rule " ROUTE ": -ExceptIfHeaderMatchesMessageHeader; "
	    "-ExceptIfHeaderMatchesPatterns",
	    { { MISSING, C, ROUTE, "ExceptIfHeaderMatchesMessageHeader" },
		{ MISSING, C, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "another header as the loop mark",
	    "rule " ROUTE ": ExceptIfHeaderMatchesMessageHeader=X-Secure",
	    { { CHANGED, C, ROUTE, "ExceptIfHeaderMatchesMessageHeader" } } },
	{ "rotation: the new token is not in it yet",
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=" MARK(FORMER),
	    { { CHANGED, C, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "rotation: the former token is gone too early",
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=" MARK(NOW),
	    { { CHANGED, W, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "rotation: one token too many",
	    "rule " ROUTE
	    ": ExceptIfHeaderMatchesPatterns=" MARK("(" NOW "~" FORMER "~ancienttoken567890)"),
	    { { CHANGED, W, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "anything is a token",
	    "rule " ROUTE
	    ": ExceptIfHeaderMatchesPatterns=" MARK("(" NOW "~" FORMER "~[a-z0-9]{16,40})"),
	    { { CHANGED, C, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "the plain mark beside the tokens",
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=" MARK("(" NOW "~" FORMER ")") "|1\\.0",
	    { { CHANGED, C, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "the plain mark in place of the tokens",
	    "rule " ROUTE ": -ExceptIfHeaderMatchesMessageHeader; -ExceptIfHeaderMatchesPatterns; "
	    "ExceptIfHeaderContainsMessageHeader=X-SecuDoc; ExceptIfHeaderContainsWords=1.0",
	    { { MISSING, C, ROUTE, "ExceptIfHeaderMatchesMessageHeader" },
		{ MISSING, C, ROUTE, "ExceptIfHeaderMatchesPatterns" },
		{ ADDED, C, ROUTE, "ExceptIfHeaderContainsMessageHeader" },
		{ ADDED, C, ROUTE, "ExceptIfHeaderContainsWords" } } },
	{ "invitations are routed", "rule " ROUTE ": -ExceptIfMessageTypeMatches",
	    { { MISSING, W, ROUTE, "ExceptIfMessageTypeMatches" } } },
	{ "signed mail goes past", "rule " ROUTE ": ExceptIfMessageTypeMatches=Signed",
	    { { CHANGED, C, ROUTE, "ExceptIfMessageTypeMatches" } } },
	{ "the director is excepted",
	    "rule " ROUTE ": ExceptIfFrom=facturen@contoso.nl|director@contoso.nl",
	    { { CHANGED, C, ROUTE, "ExceptIfFrom" } } },
	{ "nobody is excepted", "rule " ROUTE ": -ExceptIfFrom",
	    { { MISSING, W, ROUTE, "ExceptIfFrom" } } },
	{ "another group is excepted", "rule " ROUTE ": ExceptIfFromMemberOf=sales@contoso.nl",
	    { { CHANGED, C, ROUTE, "ExceptIfFromMemberOf" } } },
	{ "an excepted domain in capitals, as reported to be the same",
	    "rule " ROUTE ": ExceptIfFromAddressMatchesPatterns=@HR\\.Contoso\\.nl$",
	    { { CHANGED, N, ROUTE, "ExceptIfFromAddressMatchesPatterns" } } },
	{ "an excepted domain with another class of characters",
	    "rule " ROUTE ": ExceptIfFromAddressMatchesPatterns=@hr\\.contoso\\.nl$|@h\\S",
	    { { CHANGED, C, ROUTE, "ExceptIfFromAddressMatchesPatterns" } } },
	{ "a blank in place of anything else", "rule " STRIP ": HeaderMatchesPatterns=\\s",
	    { { CHANGED, W, STRIP, "HeaderMatchesPatterns" } } },
	{ "a token in capitals",
	    "rule " ROUTE
	    ": ExceptIfHeaderMatchesPatterns=" MARK("(TESTTOKEN0123456789ABCDEF~" FORMER ")"),
	    { { CHANGED, C, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "rotation: a token of 26 characters beside the tenant's",
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=" MARK(
		"(" NOW "~" FORMER "~abcdefghijklmnopqrstuvwxyz)"),
	    { { CHANGED, W, ROUTE, "ExceptIfHeaderMatchesPatterns" } } },
	{ "another host, with a dot at its end", "out SecuDoc Out: SmartHosts=mail.example.org.",
	    { { CHANGED, C, "SecuDoc Out", "SmartHosts" } } },
	{ "a recipient is excepted", "rule " ROUTE ": ExceptIfRecipientDomainIs=partner.example",
	    { { ADDED, C, ROUTE, "ExceptIfRecipientDomainIs" } } },
	{ "subjects are excepted, encrypted mail too",
	    "rule " ROUTE ": ExceptIfSubjectContainsWords=plain; "
	    "ExceptIfAttachmentIsPasswordProtected=True",
	    { { ADDED, C, ROUTE, "ExceptIfSubjectContainsWords" },
		{ ADDED, C, ROUTE, "ExceptIfAttachmentIsPasswordProtected" } } },

	/*
	 * The routing rule: what it does
	 */
	{ "to another connector",
	    "rule " ROUTE ": RouteMessageOutboundConnector=CodeTwo Outbound Connector",
	    { { CHANGED, C, ROUTE, "RouteMessageOutboundConnector" } } },
	{ "to nowhere", "rule " ROUTE ": -RouteMessageOutboundConnector",
	    { { MISSING, C, ROUTE, "RouteMessageOutboundConnector" } } },
	{ "another secret", "rule " ROUTE ": SetHeaderValue=somebody else's secret",
	    { { CHANGED, C, ROUTE, "SetHeaderValue" } } },
	{ "the secret in another header", "rule " ROUTE ": SetHeaderName=X-SecuDoc-Client",
	    { { CHANGED, C, ROUTE, "SetHeaderName" } } },
	{ "no secret", "rule " ROUTE ": -SetHeaderName; -SetHeaderValue",
	    { { MISSING, C, ROUTE, "SetHeaderName" }, { MISSING, C, ROUTE, "SetHeaderValue" } } },
	{ "rules behind act too", "rule " ROUTE ": StopRuleProcessing=False",
	    { { CHANGED, C, ROUTE, "StopRuleProcessing" } } },
	{ "errors let mail out", "rule " ROUTE ": RuleErrorAction=Ignore",
	    { { CHANGED, C, ROUTE, "RuleErrorAction" } } },
	{ "errors let mail out, by default", "rule " ROUTE ": -RuleErrorAction",
	    { { MISSING, C, ROUTE, "RuleErrorAction" } } },
	{ "it deletes", "rule " ROUTE ": DeleteMessage=True",
	    { { ADDED, C, ROUTE, "DeleteMessage" } } },
	{ "it redirects", "rule " ROUTE ": RedirectMessageTo=me@contoso.nl",
	    { { ADDED, C, ROUTE, "RedirectMessageTo" } } },
	{ "it copies", "rule " ROUTE ": BlindCopyTo=me@example.org",
	    { { ADDED, C, ROUTE, "BlindCopyTo" } } },
	{ "it asks a manager", "rule " ROUTE ": ModerateMessageByManager=True",
	    { { ADDED, C, ROUTE, "ModerateMessageByManager" } } },
	{ "it encrypts", "rule " ROUTE ": ApplyOME=True", { { ADDED, W, ROUTE, "ApplyOME" } } },
	{ "it marks entries in a report", "rule " ROUTE ": SetAuditSeverity=High",
	    { { ADDED, N, ROUTE, "SetAuditSeverity" } } },

	/*
	 * On and off
	 */
	{ "the rule is off", "rule " ROUTE ": State=Disabled",
	    { { DISABLED, C, ROUTE, "Enabled" } } },
	{ "the rule is on trial", "rule " ROUTE ": Mode=Audit",
	    { { DISABLED, C, ROUTE, "Mode" } } },
	{ "the rule is on trial, and tells", "rule " ROUTE ": Mode=AuditAndNotify",
	    { { DISABLED, C, ROUTE, "Mode" } } },
	{ "a mode that nobody knows", "rule " ROUTE ": Mode=Whatever",
	    { { DISABLED, C, ROUTE, "Mode" } } },
	{ "a mode that is not there", "rule " ROUTE ": -Mode",
	    { { NOT_EXPORTED, W, ROUTE, "Mode" } } },
	{ "nobody says whether the rule is on", "rule " ROUTE ": -State",
	    { { NOT_EXPORTED, W, ROUTE, "Enabled" } } },
	{ "nobody says whether a connector is on",
	    "in SecuDoc In: -Enabled\nout SecuDoc Out: -Enabled",
	    { { NOT_EXPORTED, W, "SecuDoc In", "Enabled" },
		{ NOT_EXPORTED, W, "SecuDoc Out", "Enabled" } } },
	{ "nobody says what kind of group it is", "group SecuDoc Users: -Type",
	    { { NOT_EXPORTED, W, "SecuDoc Users", "Type" } } },
	{ "the rule ends", "rule " ROUTE ": ExpiryDate=2026-12-31T00:00:00Z",
	    { { DISABLED, C, ROUTE, "ExpiryDate" } } },
	{ "the rule begins", "rule " ROUTE ": ActivationDate=2027-01-01T00:00:00Z",
	    { { DISABLED, W, ROUTE, "ActivationDate" } } },
	{ "a rule beside it is off", "rule " STRIP ": State=Disabled",
	    { { DISABLED, W, STRIP, "Enabled" } } },
	{ "off and wrong: the wrong first",
	    "rule " ROUTE ": State=Disabled; RuleErrorAction=Ignore",
	    { { CHANGED, C, ROUTE, "RuleErrorAction" }, { DISABLED, C, ROUTE, "Enabled" } } },

	/*
	 * The rules beside it
	 */
	{ "every mail is set aside", "rule " OOF ": -MessageTypeMatches",
	    { { MISSING, C, OOF, "MessageTypeMatches" } } },
	{ "any value switches off", "rule " OFF ": HeaderMatchesPatterns=.",
	    { { CHANGED, C, OFF, "HeaderMatchesPatterns" } } },
	{ "another header switches off", "rule " OFF ": HeaderMatchesMessageHeader=X-Any",
	    { { CHANGED, C, OFF, "HeaderMatchesMessageHeader" } } },
	{ "an old stamp", "rule " OFF ": SetHeaderValue=1.0 " FORMER,
	    { { CHANGED, W, OFF, "SetHeaderValue" } } },
	{ "the stamp stays on", "rule " OOF ": StopRuleProcessing=True",
	    { { ADDED, W, OOF, "StopRuleProcessing" } } },
	{ "all mail skips the spam filter",
	    "rule " SPAM ": -HeaderMatchesMessageHeader; -HeaderMatchesPatterns",
	    { { MISSING, C, SPAM, "HeaderMatchesMessageHeader" },
		{ MISSING, C, SPAM, "HeaderMatchesPatterns" } } },
	{ "an old token for the spam filter", "rule " SPAM ": HeaderMatchesPatterns=" MARK(FORMER),
	    { { CHANGED, W, SPAM, "HeaderMatchesPatterns" } } },
	{ "spam after all", "rule " SPAM ": SetSCL=6", { { CHANGED, W, SPAM, "SetSCL" } } },
	{ "the wrong header is removed", "rule " STRIP ": RemoveHeader=X-Mailer",
	    { { CHANGED, W, STRIP, "RemoveHeader" } } },
	{ "marks leave when an error says so", "rule " STRIP ": RuleErrorAction=Ignore",
	    { { CHANGED, W, STRIP, "RuleErrorAction" } } },

	/*
	 * Order
	 */
	{ "the mark is taken off first", "rule " STRIP "@3", { { ORDER, C, STRIP, "Priority" } } },
	{ "the switch is taken off first", "rule " SWITCH "@3",
	    { { ORDER, W, SWITCH, "Priority" } } },
	{ "routed before it is set aside", "rule " OFF "@6", { { ORDER, W, OFF, "Priority" } } },
	{ "the spam rule too late", "rule " SPAM "@9", { { ORDER, W, SPAM, "Priority" } } },
	{ "an exchange of neighbours", "rule " OFF "@3", { { ORDER, N, OFF, "Priority" } } },
	{ "the signatures come last", "rule " TOOL "@10",
	    { { ORDER, W, OOF, "Priority" }, { ORDER, W, OFF, "Priority" },
		{ ORDER, W, ROUTE, "Priority" }, { ORDER, W, SPAM, "Priority" },
		{ ORDER, W, SWITCH, "Priority" },
		{ ORDER, W, "SecuDoc Remove X-SecuDoc-Mark", "Priority" },
		{ ORDER, W, STRIP, "Priority" } } },
	{ "the signatures in between", "rule " TOOL "@4",
	    { { ORDER, W, OOF, "Priority" }, { ORDER, W, OFF, "Priority" } } },
	{ "ours right in front of the signatures", "rule " ROUTE "@0",
	    { { ORDER, W, ROUTE, "Priority" } } },

	/*
	 * Rules of others in front
	 */
	{ "a rule stops all", "+rule@0 Name=Stop; StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a rule stops for some",
	    "+rule@0 Name=Stop; FromMemberOf=finance@contoso.nl; "
	    "StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a tool that stops and takes the mail nowhere",
	    "rule " TOOL ": -RouteMessageOutboundConnector",
	    { { IN_FRONT, C, TOOL, "StopRuleProcessing" } } },
	{ "a tool that does more than it should", "rule " TOOL ": RemoveHeader=X-SecuDoc",
	    { { IN_FRONT, C, TOOL, "RemoveHeader" } } },
	{ "a rule that is off", "+rule@0 Name=Stop; StopRuleProcessing=True; State=Disabled",
	    { { IN_FRONT, N, "Stop", "StopRuleProcessing" } } },
	{ "a rule on trial", "+rule@0 Name=Stop; StopRuleProcessing=True; Mode=Audit",
	    { { IN_FRONT, N, "Stop", "StopRuleProcessing" } } },
	{ "another gateway",
	    "+rule@0 Name=Gate; FromScope=InOrganization; RouteMessageOutboundConnector=Old Gate",
	    { { IN_FRONT, C, "Gate", "RouteMessageOutboundConnector" } } },
	{ "rejected anyhow, so its stop is no news",
	    "+rule@0 Name=No; RejectMessageReasonText=No; RejectMessageEnhancedStatusCode=5.7.1; "
	    "StopRuleProcessing=True",
	    { { IN_FRONT, W, "No", "RejectMessageReasonText" } } },
	{ "deleted", "+rule@0 Name=Del; DeleteMessage=True",
	    { { IN_FRONT, W, "Del", "DeleteMessage" } } },
	{ "redirected", "+rule@0 Name=Re; RedirectMessageTo=x@contoso.nl",
	    { { IN_FRONT, W, "Re", "RedirectMessageTo" } } },
	{ "held and let go", "+rule@0 Name=Q; SubjectContainsWords=q; Quarantine=True",
	    { { IN_FRONT, C, "Q", "Quarantine" } } },
	{ "approved", "+rule@0 Name=Ask; ModerateMessageByUser=x@contoso.nl",
	    { { IN_FRONT, W, "Ask", "ModerateMessageByUser" } } },
	{ "copied", "+rule@0 Name=Cc; CopyTo=x@example.org", { { IN_FRONT, W, "Cc", "CopyTo" } } },
	{ "copied in secret", "+rule@0 Name=Bcc; BlindCopyTo=x@example.org",
	    { { IN_FRONT, W, "Bcc", "BlindCopyTo" } } },
	{ "copied in secret by a tool", "rule " TOOL ": BlindCopyTo=x@example.org",
	    { { IN_FRONT, W, TOOL, "BlindCopyTo" } } },
	{ "to one more", "+rule@0 Name=Add; AddToRecipients=x@example.org",
	    { { IN_FRONT, W, "Add", "AddToRecipients" } } },
	{ "to the manager instead", "+rule@0 Name=Boss; AddManagerAsRecipientType=Redirect",
	    { { IN_FRONT, W, "Boss", "AddManagerAsRecipientType" } } },
	{ "to the manager too", "+rule@0 Name=Boss; AddManagerAsRecipientType=Cc",
	    { { IN_FRONT, W, "Boss", "AddManagerAsRecipientType" } } },
	{ "the line is cut", "+rule@0 Name=Cut; Disconnect=True",
	    { { IN_FRONT, W, "Cut", "Disconnect" } } },
	{ "rejected, by a tip", "+rule@0 Name=Tip; NotifySender=RejectMessage",
	    { { IN_FRONT, W, "Tip", "NotifySender" } } },
	{ "rejected, unless the sender insists",
	    "+rule@0 Name=Tip; NotifySender=RejectUnlessExplicitOverride; StopRuleProcessing=True",
	    { { IN_FRONT, C, "Tip", "StopRuleProcessing" },
		{ IN_FRONT, W, "Tip", "NotifySender" } } },
	{ "rejected, by a code alone", "+rule@0 Name=No; SmtpRejectMessageRejectStatusCode=550",
	    { { IN_FRONT, W, "No", "SmtpRejectMessageRejectStatusCode" } } },
	{ "encrypted, with a template of its own",
	    "+rule@0 Name=Enc; ApplyRightsProtectionCustomizationTemplate=x",
	    { { IN_FRONT, W, "Enc", "ApplyRightsProtectionCustomizationTemplate" } } },
	{ "rejected where no disclaimer can be put",
	    "+rule@0 Name=Dis; ApplyHtmlDisclaimerText=x; ApplyHtmlDisclaimerFallbackAction=Reject",
	    { { IN_FRONT, W, "Dis", "ApplyHtmlDisclaimerFallbackAction" } } },
	{ "encrypted", "+rule@0 Name=Enc; SubjectContainsWords=enc; ApplyOME=True",
	    { { IN_FRONT, W, "Enc", "ApplyOME" } } },
	{ "somebody writes the loop mark",
	    "+rule@0 Name=Fake; SetHeaderName=x-secudoc; SetHeaderValue=1.0 " NOW,
	    { { IN_FRONT, C, "Fake", "SetHeaderName" } } },
	{ "somebody switches off",
	    "+rule@0 Name=Off; SetHeaderName=X-SecuDoc-Enabled; "
	    "SetHeaderValue=0",
	    { { IN_FRONT, C, "Off", "SetHeaderName" } } },
	{ "somebody switches off, with a blank",
	    "+rule@0 Name=Off; SetHeaderName=X-SecuDoc-Enabled; SetHeaderValue=0 ",
	    { { IN_FRONT, C, "Off", "SetHeaderName" } } },
	{ "somebody writes nobody knows what into the switch",
	    "+rule@0 Name=Off; SetHeaderName=X-SecuDoc-Enabled; "
	    "SetHeaderValue=sha256:0000000000000000000000000000000000000000000000000000000000000000",
	    { { IN_FRONT, C, "Off", "SetHeaderName" } } },
	{ "somebody switches on, and only the digest says so",
	    "+rule@0 Name=On; SetHeaderName=X-SecuDoc-Enabled; "
	    "SetHeaderValue=sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
	    { { IN_FRONT, N, "On", "SetHeaderName" } } },
	{ "somebody switches on",
	    "+rule@0 Name=On; SetHeaderName=X-SecuDoc-Enabled; "
	    "SetHeaderValue=1",
	    { { IN_FRONT, N, "On", "SetHeaderName" } } },
	{ "somebody writes the secret's header",
	    "+rule@0 Name=Sec; SetHeaderName=X-SecuDoc-Tenant; SetHeaderValue=guess",
	    { { IN_FRONT, C, "Sec", "SetHeaderName" } } },
	{ "somebody takes the loop mark off", "+rule@0 Name=Rem; RemoveHeader=X-SecuDoc",
	    { { IN_FRONT, C, "Rem", "RemoveHeader" } } },
	{ "somebody takes the switch off", "+rule@0 Name=Rem; RemoveHeader=X-SecuDoc-Enabled",
	    { { IN_FRONT, W, "Rem", "RemoveHeader" } } },
	{ "somebody says spam", "+rule@0 Name=Scl; SetSCL=9",
	    { { IN_FRONT, W, "Scl", "SetSCL" } } },
	{ "somebody says no spam", "+rule@0 Name=Scl; SetSCL=-1",
	    { { IN_FRONT, N, "Scl", "SetSCL" } } },
	{ "marks leave, as a rule behind stops", "+rule@6 Name=Stop; StopRuleProcessing=True",
	    { { IN_FRONT, W, "Stop", "StopRuleProcessing" } } },
	{ "marks leave, as a rule stops what comes back",
	    "+rule@0 Name=Stop; HeaderMatchesMessageHeader=X-SecuDoc; "
	    "HeaderMatchesPatterns=" MARK("(" NOW "~" FORMER ")") "; StopRuleProcessing=True",
	    { { IN_FRONT, W, "Stop", "StopRuleProcessing" } } },
	{ "marks leave, as a rule stops what was set aside",
	    "+rule@5 Name=Stop; MessageTypeMatches=OOF; StopRuleProcessing=True",
	    { { IN_FRONT, W, "Stop", "StopRuleProcessing" } } },
	{ "something that nobody knows", "+rule@0 Name=New; !DoSomethingNew=x",
	    { { IN_FRONT, W, "New", "DoSomethingNew" } } },
	{ "something that nobody knows, when it is switched on",
	    "+rule@0 Name=New; !DoSomethingNew=x; State=Disabled",
	    { { IN_FRONT, N, "New", "DoSomethingNew" } } },
	{ "all that one rule does",
	    "+rule@0 Name=All; RedirectMessageTo=x@contoso.nl; SetSCL=5; "
	    "RemoveHeader=X-SecuDoc; StopRuleProcessing=True",
	    { { IN_FRONT, C, "All", "StopRuleProcessing" }, { IN_FRONT, C, "All", "RemoveHeader" },
		{ IN_FRONT, W, "All", "RedirectMessageTo" }, { IN_FRONT, W, "All", "SetSCL" } } },
	{ "an exception for other users does not help",
	    "+rule@0 Name=Stop; ExceptIfFromMemberOf=sales@contoso.nl; StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	/* who is excepted by the From field is not excepted by the envelope */
	{ "a stop for others than our users, by the envelope",
	    "+rule@0 Name=Stop; ExceptIfFromMemberOf=secudoc_users@contoso.nl; "
	    "SenderAddressLocation=Envelope; StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a stop for a sender that we except, by either address",
	    "+rule@0 Name=Stop; From=facturen@contoso.nl; SenderAddressLocation=HeaderOrEnvelope; "
	    "StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a stop for a domain that we except, by the envelope",
	    "+rule@0 Name=Stop; FromAddressMatchesPatterns=@hr\\.contoso\\.nl$; "
	    "SenderAddressLocation=Envelope; StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a stop for mail from outside, by the envelope: a copy for a group has no sender there",
	    "+rule@0 Name=Stop; FromScope=NotInOrganization; SenderAddressLocation=Envelope; "
	    "StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a stop for patterns that are read in another way",
	    "+rule@0 Name=Stop; FromAddressMatchesPatterns=@hr\\.contoso\\.nl$; "
	    "UseLegacyRegex=True; StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a stop for colleagues, by the recipients as they were",
	    "+rule@0 Name=Stop; SentToScope=InOrganization; RecipientAddressType=Original; "
	    "StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },
	{ "a parameter that nobody knows is no excuse",
	    "+rule@0 Name=Stop; SentToScope=NotInOrganization; StopRuleProcessing=True",
	    { { IN_FRONT, C, "Stop", "StopRuleProcessing" } } },

	/*
	 * Second copies
	 */
	{ "a second rule routes, without exceptions",
	    "+rule Name=Test; RouteMessageOutboundConnector=SecuDoc Out",
	    { { DUPLICATE, C, "Test", "RouteMessageOutboundConnector" } } },
	{ "a second rule routes, with the exception",
	    "+rule Name=Test; RouteMessageOutboundConnector=secudoc out; "
	    "ExceptIfHeaderMatchesMessageHeader=X-SecuDoc; "
	    "ExceptIfHeaderMatchesPatterns=" MARK("(" NOW "~" FORMER ")"),
	    { { DUPLICATE, W, "Test", "RouteMessageOutboundConnector" } } },
	{ "a second rule would route",
	    "+rule Name=Test; RouteMessageOutboundConnector=SecuDoc Out; State=Disabled",
	    { { DUPLICATE, N, "Test", "RouteMessageOutboundConnector" } } },
	{ "a rule twice",
	    "+rule Name=Again; RuleErrorAction=Defer; SentToScope=NotInOrganization; "
	    "HeaderMatchesMessageHeader=X-SecuDoc; HeaderMatchesPatterns=\\S; RemoveHeader=X-SecuDoc",
	    { { DUPLICATE, N, "Again", "" } } },
	{ "two of a name", "+rule Name=secudoc no spam check; SetSCL=0",
	    { { DUPLICATE, W, "secudoc no spam check", "Name" } } },
	{ "a rule renamed, and a hollow one of its name",
	    "rule " OOF ": Name=SecuDoc Set Aside Out-of-Office 2\n"
	    "+rule Name=" OOF "; State=Enabled; Mode=Enforce; RuleErrorAction=Defer",
	    { { MISSING, C, OOF, "MessageTypeMatches" }, { MISSING, W, OOF, "FromMemberOf" },
		{ MISSING, W, OOF, "SentToScope" }, { MISSING, W, OOF, "SetHeaderName" },
		{ MISSING, W, OOF, "SetHeaderValue" }, { ORDER, W, OOF, "Priority" },
		{ DUPLICATE, N, "SecuDoc Set Aside Out-of-Office 2", "" } } },

	/*
	 * Connectors of others
	 */
	{ "a second connector for our certificate",
	    "+in Name=Two; ConnectorType=OnPremises; TlsSenderCertificateName=SECUDOC.contoso.nl; "
	    "Enabled=True",
	    { { RIVAL, C, "Two", "TlsSenderCertificateName" } } },
	{ "a wildcard for our certificate",
	    "+in Name=Two; ConnectorType=OnPremises; TlsSenderCertificateName=*.contoso.nl; "
	    "Enabled=True",
	    { { RIVAL, W, "Two", "TlsSenderCertificateName" } } },
	{ "our certificate by its subject",
	    "+in Name=Two; ConnectorType=OnPremises; "
	    "TlsSenderCertificateName=<I>CN=CA, O=X<S>CN=secudoc.contoso.nl, O=Y; Enabled=True",
	    { { RIVAL, C, "Two", "TlsSenderCertificateName" } } },
	{ "a second connector that is off",
	    "+in Name=Two; ConnectorType=OnPremises; TlsSenderCertificateName=secudoc.contoso.nl; "
	    "Enabled=False",
	    { { RIVAL, N, "Two", "TlsSenderCertificateName" } } },
	{ "our senders only from elsewhere",
	    "+in Name=Lock; ConnectorType=Partner; SenderDomains=contoso.nl; "
	    "RestrictDomainsToIPAddresses=True; SenderIPAddresses=192.0.2.1; Enabled=True",
	    { { RIVAL, C, "Lock", "RestrictDomainsToIPAddresses" } } },
	{ "all senders only from elsewhere",
	    "+in Name=Lock; ConnectorType=Partner; SenderDomains=smtp:*;1; "
	    "RestrictDomainsToIPAddresses=True; SenderIPAddresses=192.0.2.1; Enabled=True",
	    { { RIVAL, W, "Lock", "RestrictDomainsToIPAddresses" } } },
	{ "all senders only with another certificate",
	    "+in Name=Lock; ConnectorType=Partner; SenderDomains=*; "
	    "RestrictDomainsToCertificate=True; TlsSenderCertificateName=mx.example.org; Enabled=True",
	    { { RIVAL, W, "Lock", "RestrictDomainsToCertificate" } } },
	{ "all mail to our host",
	    "+out Name=All; SmartHosts=mail.example.org|MAIL.EXAMPLE.NET; Enabled=True",
	    { { RIVAL, C, "All", "SmartHosts" } } },
	{ "a second way to our host",
	    "+out Name=Two; SmartHosts=mail.example.net; IsTransportRuleScoped=True; Enabled=True",
	    { { RIVAL, W, "Two", "SmartHosts" } } },

	/*
	 * What the export does not say
	 */
	{ "rules could not be read", "?rule", { { NOT_EXPORTED, C, "", "" } } },
	{ "connectors could not be read", "?in\n?out",
	    { { NOT_EXPORTED, C, "", "" }, { NOT_EXPORTED, C, "", "" } } },
	{ "groups and domains could not be read", "?group\n?domain\n?remote",
	    { { NOT_EXPORTED, W, "", "" }, { NOT_EXPORTED, W, "", "" },
		{ NOT_EXPORTED, W, "", "" } } },
};

/*
 * Another way to say the same, and changes that are nobody's business
 */
static const struct {
	const char *name, *edits;
} same_cases[] = {
	{ "nothing", "" },
	{ "a size as it was typed", "rule " ROUTE ": AttachmentSizeOver=1KB" },
	{ "a size in bytes", "rule " ROUTE ": AttachmentSizeOver=1024" },
	{ "a size in another language", "rule " ROUTE ": AttachmentSizeOver=1 KB (1.024 bytes)" },
	{ "names in capitals",
	    "rule " ROUTE ": Mode=ENFORCE; RuleErrorAction=defer; SentToScope=notinorganization" },
	{ "addresses in capitals", "rule " ROUTE ": ExceptIfFrom=Facturen@Contoso.NL" },
	{ "headers in small letters",
	    "rule " ROUTE ": ExceptIfHeaderMatchesMessageHeader=x-secudoc" },
	{ "a rule in another case", "rule " ROUTE ": Name=SECUDOC MAIL INTEGRATION" },
	{ "a connector in another case", "in SecuDoc In: Name=secudoc in" },
	{ "the group by its name", "rule " ROUTE ": FromMemberOf=SecuDoc Users" },
	{ "the group by its alias", "rule " ROUTE ": FromMemberOf=secudoc_users" },
	{ "the group by its second address",
	    "rule " ROUTE ": FromMemberOf=secudoc_users@contoso.onmicrosoft.com" },
	{ "the group by its GUID",
	    "group SecuDoc Users: Guid=5f4b3c2d-0000-4000-8000-000000000001\n"
	    "rule " ROUTE ": FromMemberOf=5F4B3C2D-0000-4000-8000-000000000001" },
	{ "an excepted group by its name", "rule " ROUTE ": ExceptIfFromMemberOf=Scanners" },
	{ "the connector in another case",
	    "rule " ROUTE ": RouteMessageOutboundConnector=SECUDOC OUT" },
	{ "the connector by its GUID",
	    "out SecuDoc Out: Guid=5f4b3c2d-0000-4000-8000-000000000002\n"
	    "rule " ROUTE ": RouteMessageOutboundConnector=5f4b3c2d-0000-4000-8000-000000000002" },
	{ "tokens in another order",
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=" MARK("(" FORMER "~" NOW ")") },
	{ "tokens in two patterns",
	    "rule " ROUTE ": ExceptIfHeaderMatchesPatterns=" MARK(FORMER) "|" MARK(NOW) },
	{ "a secret in clear", "rule " ROUTE ": SetHeaderValue=test-secret-0123456789" },
	{ "comments",
	    "rule " ROUTE ": Comments=do not touch, said Piet\n"
	    "in SecuDoc In: Comment=x\nout SecuDoc Out: -Comment" },
	{ "times", "rule " ROUTE ": WhenChanged=2020-01-01T00:00:00Z; Guid=1; Description=If..." },
	{ "what Get-TransportRule always shows",
	    "rule " ROUTE
	    ": RuleSubType=None; RecipientAddressType=Resolved; UseLegacyRegex=False; "
	    "HasNoClassification=False; ExceptIfHasNoClassification=False; DeleteMessage=False" },
	{ "a rule without its defaults",
	    "rule " ROUTE ": -SenderAddressLocation; -RecipientAddressType; -RuleSubType" },
	{ "what is not shown is off",
	    "in SecuDoc In: -RestrictDomainsToIPAddresses\n"
	    "out SecuDoc Out: -TestMode; -AllAcceptedDomains" },
	{ "what is off is shown",
	    "in SecuDoc In: TreatMessagesAsInternal=False; EFSkipLastIP=False; EFTestMode=False" },
	{ "senders as they were typed", "in SecuDoc In: SenderDomains=*" },
	{ "senders at another cost", "in SecuDoc In: SenderDomains=SMTP:*;100" },
	{ "the host with a dot at its end", "out SecuDoc Out: SmartHosts=mail.example.net." },
	{ "the host with a domain in capitals", "out SecuDoc Out: SmartHosts=Mail.Example.NET" },
	{ "a connector without what all have since 2026",
	    "out SecuDoc Out: -MtaStsMode; -SmtpDaneMode" },
	{ "connectors made by somebody else",
	    "in SecuDoc In: ConnectorSource=HybridWizard\n"
	    "out SecuDoc Out: ConnectorSource=AdminUI; IsValidated=False" },
	{ "groups live",
	    "group SecuDoc Users: ManagedBy=Piet|Klaas; Members=a@b.example; "
	    "MailTip=hello; ReportToOriginatorEnabled=False; CustomAttribute1=7" },
	{ "remote domains live", "remote *: AutoForwardEnabled=True; CharacterSet=utf-8" },
	{ "the tool has no rule", "-rule " TOOL },
	{ "a tool known by its connector",
	    "out CodeTwo Outbound Connector: Name=Send to Exclaimer Cloud\n"
	    "rule " TOOL
	    ": Name=renamed by an administrator; RouteMessageOutboundConnector=Send to Exclaimer Cloud" },
	{ "the tool is off, and behind", "rule " TOOL ": State=Disabled\nrule " TOOL "@10" },
	{ "rules in between that do no harm",
	    "+rule@4 Name=a; PrependSubject=[x]\n+rule@6 Name=b; ApplyHtmlDisclaimerText=x\n"
	    "+rule@8 Name=c; CopyTo=x@contoso.nl" },
	{ "a stop for mail from outside",
	    "+rule@0 Name=Stop; FromScope=NotInOrganization; StopRuleProcessing=True" },
	{ "a stop for mail to colleagues",
	    "+rule@0 Name=Stop; SentToScope=InOrganization; StopRuleProcessing=True" },
	{ "a stop for others than our users",
	    "+rule@0 Name=Stop; ExceptIfFromMemberOf=secudoc_users@contoso.nl; "
	    "StopRuleProcessing=True" },
	{ "a stop for others than our users, by the group's name",
	    "+rule@0 Name=Stop; ExceptIfFromMemberOf=SecuDoc Users|Sales; StopRuleProcessing=True" },
	{ "a stop for what we except: a sender",
	    "+rule@0 Name=Stop; From=facturen@contoso.nl; StopRuleProcessing=True" },
	{ "a stop for a domain that we except",
	    "+rule@0 Name=Stop; FromAddressMatchesPatterns=@hr\\.contoso\\.nl$; "
	    "StopRuleProcessing=True" },
	{ "a stop for a sender that we except, by the From field in words",
	    "+rule@0 Name=Stop; SenderAddressLocation=Header; From=facturen@contoso.nl; "
	    "StopRuleProcessing=True" },
	{ "a stop for invitations, by whatever sender",
	    "+rule@0 Name=Stop; SenderAddressLocation=Envelope; MessageTypeMatches=Calendaring; "
	    "StopRuleProcessing=True" },
	{ "a stop for what we except: a group",
	    "+rule@0 Name=Stop; FromMemberOf=scanners; StopRuleProcessing=True" },
	{ "a stop for what we except: invitations",
	    "+rule@0 Name=Stop; MessageTypeMatches=Calendaring; StopRuleProcessing=True" },
	{ "a stop for others, behind the routing rule",
	    "+rule@6 Name=Stop; FromScope=NotInOrganization; StopRuleProcessing=True\n"
	    "+rule@6 Name=Two; MessageTypeMatches=Calendaring; StopRuleProcessing=True" },
	{ "a stop for what is set aside",
	    "+rule@0 Name=Stop; MessageTypeMatches=OOF; StopRuleProcessing=True" },
	{ "a stop behind ours", "+rule Name=Stop; StopRuleProcessing=True" },
	{ "another gateway behind ours",
	    "+rule Name=Gate; RouteMessageOutboundConnector=Old Gate" },
	{ "rules in front that do no harm",
	    "+rule@0 Name=a; PrependSubject=[x]\n"
	    "+rule@0 Name=b; ApplyHtmlDisclaimerText=x; ApplyHtmlDisclaimerFallbackAction=Wrap\n"
	    "+rule@0 Name=c; NotifySender=NotifyOnly\n+rule@0 Name=d; SetAuditSeverity=High\n"
	    "+rule@0 Name=e; GenerateIncidentReport=x@contoso.nl; IncidentReportContent=Sender\n"
	    "+rule@0 Name=f; BlindCopyTo=x@example.org; FromScope=NotInOrganization\n"
	    "+rule@0 Name=g; Disconnect=False; DeleteMessage=False\n"
	    "+rule@0 Name=h; !ExceptIfSomethingNew=x; PrependSubject=[x]\n"
	    "+rule@0 Name=i; !DoSomethingNew=x; FromScope=NotInOrganization" },
	{ "headers of others",
	    "+rule@0 Name=H; SetHeaderName=X-Contoso; SetHeaderValue=1\n"
	    "+rule@0 Name=R; RemoveHeader=X-Mailer" },
	{ "connectors of others",
	    "+in Name=Hosts; ConnectorType=OnPremises; TlsSenderCertificateName=mx.contoso.nl; "
	    "Enabled=True\n"
	    "+in Name=Mx; ConnectorType=Partner; SenderDomains=*; RequireTls=True; Enabled=True\n"
	    "+out Name=Else; SmartHosts=mail.example.org; Enabled=True" },
	{ "a partner's connector for our certificate goes together with ours",
	    "+in Name=P; ConnectorType=Partner; SenderDomains=*; RestrictDomainsToCertificate=True; "
	    "TlsSenderCertificateName=secudoc.contoso.nl; Enabled=True" },
	{ "a certificate deeper down",
	    "+in Name=Deep; ConnectorType=OnPremises; TlsSenderCertificateName=*.mx.contoso.nl; "
	    "Enabled=True" },
	{ "a domain relayed inside", "domain secudoc.contoso.nl: DomainType=InternalRelay" },
	{ "another domain relayed outside, as the rule asks for a group",
	    "+domain DomainName=old.contoso.nl; DomainType=ExternalRelay" },
	{ "groups of others", "+group Name=Sales; Alias=sales; MemberJoinRestriction=Open" },
	{ "more groups than lists in one rule",
	    "+rule Name=d; From=a@contoso.nl|b@contoso.nl; PrependSubject=x" },
};

#endif
