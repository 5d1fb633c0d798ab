/*
 * rules/exo_table.c - the one table of parameters, and what kinds of objects are called.
 *
 * A parameter is a condition when the reference has an exception of its name ("ExceptIf..."), an
 * action when it says "an action or part of an action"; the rest are properties of the rule.
 * Parameters that do something once and are not kept (Confirm, WhatIf, ForceUpgrade, ...) are not
 * here.
 */
#include "rules/exo.h"

#include <assert.h>

#define BOTH (EXO_NEW | EXO_SET)

/* the names are quoted by the macros, so that a row is one line */
#define ROW(kind, name, type, role, flags)                       \
	{                                                        \
		kind, #name, EXO_##type, EXO_##role, flags, NULL \
	}
#define ACCEPTED(name, type)        ROW(EXO_ACCEPTED_DOMAIN, name, type, PLAIN, 0)
#define GROUP(name, type, flags)    ROW(EXO_DISTRIBUTION_GROUP, name, type, PLAIN, flags)
#define INBOUND(name, type, flags)  ROW(EXO_INBOUND_CONNECTOR, name, type, PLAIN, flags)
#define OUTBOUND(name, type, flags) ROW(EXO_OUTBOUND_CONNECTOR, name, type, PLAIN, flags)
#define REMOTE(name, type, flags)   ROW(EXO_REMOTE_DOMAIN, name, type, PLAIN, flags)
#define CONDITION(name, type)       ROW(EXO_TRANSPORT_RULE, name, type, CONDITION, BOTH)
#define ACTION(name, type)          ROW(EXO_TRANSPORT_RULE, name, type, ACTION, BOTH)
#define RULE(name, type, flags, absent)                                         \
	{                                                                       \
		EXO_TRANSPORT_RULE, #name, EXO_##type, EXO_PLAIN, flags, absent \
	}

/* clang-format off */
const struct exo_property exo_properties[] = {
	/* New-AcceptedDomain is not in Exchange Online: domains are added in Microsoft 365 */
	ACCEPTED(Name, NAME),
	ACCEPTED(DomainName, NAME),
	ACCEPTED(DomainType, NAME),
	ACCEPTED(Default, BOOL),
	ACCEPTED(MatchSubDomains, BOOL),
	ACCEPTED(Identity, IGNORED),
	ACCEPTED(Guid, IGNORED),
	ACCEPTED(WhenChanged, IGNORED),

	GROUP(AcceptMessagesOnlyFrom, NAMES, EXO_SET),
	GROUP(AcceptMessagesOnlyFromDLMembers, NAMES, EXO_SET),
	GROUP(AcceptMessagesOnlyFromSendersOrMembers, NAMES, EXO_SET),
	GROUP(Alias, NAME, BOTH),
	GROUP(BccBlocked, BOOL, BOTH),
	GROUP(BypassModerationFromSendersOrMembers, NAMES, EXO_SET),
	GROUP(BypassNestedModerationEnabled, BOOL, BOTH),
	GROUP(CopyOwnerToMember, BOOL, EXO_NEW | EXO_SWITCH),
	GROUP(CustomAttribute1, TEXT, EXO_SET),
	GROUP(CustomAttribute10, TEXT, EXO_SET),
	GROUP(CustomAttribute11, TEXT, EXO_SET),
	GROUP(CustomAttribute12, TEXT, EXO_SET),
	GROUP(CustomAttribute13, TEXT, EXO_SET),
	GROUP(CustomAttribute14, TEXT, EXO_SET),
	GROUP(CustomAttribute15, TEXT, EXO_SET),
	GROUP(CustomAttribute2, TEXT, EXO_SET),
	GROUP(CustomAttribute3, TEXT, EXO_SET),
	GROUP(CustomAttribute4, TEXT, EXO_SET),
	GROUP(CustomAttribute5, TEXT, EXO_SET),
	GROUP(CustomAttribute6, TEXT, EXO_SET),
	GROUP(CustomAttribute7, TEXT, EXO_SET),
	GROUP(CustomAttribute8, TEXT, EXO_SET),
	GROUP(CustomAttribute9, TEXT, EXO_SET),
	GROUP(Description, IGNORED, BOTH),
	GROUP(DisplayName, TEXT, BOTH),
	GROUP(EmailAddresses, TEXTS, EXO_SET),
	GROUP(ExtensionCustomAttribute1, TEXTS, EXO_SET),
	GROUP(ExtensionCustomAttribute2, TEXTS, EXO_SET),
	GROUP(ExtensionCustomAttribute3, TEXTS, EXO_SET),
	GROUP(ExtensionCustomAttribute4, TEXTS, EXO_SET),
	GROUP(ExtensionCustomAttribute5, TEXTS, EXO_SET),
	GROUP(GrantSendOnBehalfTo, NAMES, EXO_SET),
	GROUP(HiddenFromAddressListsEnabled, BOOL, EXO_SET),
	GROUP(HiddenGroupMembershipEnabled, BOOL, BOTH | EXO_SWITCH),
	GROUP(IgnoreNamingPolicy, BOOL, BOTH | EXO_SWITCH),
	GROUP(MailTip, TEXT, EXO_SET),
	GROUP(MailTipTranslations, TEXTS, EXO_SET),
	GROUP(ManagedBy, NAMES, BOTH),
	GROUP(MemberDepartRestriction, NAME, BOTH),
	GROUP(MemberJoinRestriction, NAME, BOTH),
	GROUP(Members, NAMES, EXO_NEW),
	GROUP(ModeratedBy, NAMES, BOTH),
	GROUP(ModerationEnabled, BOOL, BOTH),
	GROUP(Name, NAME, BOTH),
	GROUP(Notes, IGNORED, EXO_NEW),
	GROUP(OrganizationalUnit, NAME, EXO_NEW),
	GROUP(PrimarySmtpAddress, NAME, BOTH),
	GROUP(RejectMessagesFrom, NAMES, EXO_SET),
	GROUP(RejectMessagesFromDLMembers, NAMES, EXO_SET),
	GROUP(RejectMessagesFromSendersOrMembers, NAMES, EXO_SET),
	GROUP(ReportToManagerEnabled, BOOL, EXO_SET),
	GROUP(ReportToOriginatorEnabled, BOOL, EXO_SET),
	GROUP(RequireSenderAuthenticationEnabled, BOOL, BOTH),
	GROUP(RoomList, BOOL, BOTH | EXO_SWITCH),
	GROUP(SendModerationNotifications, NAME, BOTH),
	GROUP(SendOofMessageToOriginatorEnabled, BOOL, EXO_SET),
	GROUP(SimpleDisplayName, TEXT, EXO_SET),
	GROUP(Type, NAME, EXO_NEW),
	GROUP(WindowsEmailAddress, NAME, EXO_SET),
	GROUP(Identity, IGNORED, 0),
	GROUP(Guid, IGNORED, 0),
	GROUP(WhenChanged, IGNORED, 0),

	INBOUND(AssociatedAcceptedDomains, NAMES, BOTH),
	INBOUND(ClientHostNames, NAMES, EXO_NEW),
	INBOUND(CloudServicesMailEnabled, BOOL, BOTH),
	INBOUND(Comment, IGNORED, BOTH),
	INBOUND(ConnectorSource, NAME, BOTH),
	INBOUND(ConnectorType, NAME, BOTH),
	INBOUND(EFSkipIPs, NAMES, BOTH),
	INBOUND(EFSkipLastIP, BOOL, BOTH),
	INBOUND(EFSkipMailGateway, NAMES, BOTH),
	INBOUND(EFTestMode, BOOL, BOTH),
	INBOUND(EFUsers, NAMES, BOTH),
	INBOUND(Enabled, BOOL, BOTH),
	INBOUND(Name, NAME, BOTH),
	INBOUND(RequireTls, BOOL, BOTH),
	INBOUND(RestrictDomainsToCertificate, BOOL, BOTH),
	INBOUND(RestrictDomainsToIPAddresses, BOOL, BOTH),
	INBOUND(ScanAndDropRecipients, NAMES, BOTH),
	INBOUND(SenderDomains, NAMES, BOTH | EXO_DOMAIN),
	INBOUND(SenderIPAddresses, NAMES, BOTH),
	INBOUND(TlsSenderCertificateName, NAME, BOTH),
	INBOUND(TreatMessagesAsInternal, BOOL, BOTH),
	INBOUND(TrustedOrganizations, NAMES, BOTH),
	INBOUND(Identity, IGNORED, 0),
	INBOUND(Guid, IGNORED, 0),
	INBOUND(WhenChanged, IGNORED, 0),

	OUTBOUND(AllAcceptedDomains, BOOL, BOTH),
	OUTBOUND(CloudServicesMailEnabled, BOOL, BOTH),
	OUTBOUND(Comment, IGNORED, BOTH),
	OUTBOUND(ConnectorSource, NAME, BOTH),
	OUTBOUND(ConnectorType, NAME, BOTH),
	OUTBOUND(Enabled, BOOL, BOTH),
	OUTBOUND(IsTransportRuleScoped, BOOL, BOTH),
	OUTBOUND(IsValidated, BOOL, EXO_SET),
	OUTBOUND(LastValidationTimestamp, IGNORED, EXO_SET),
	OUTBOUND(LinkForModifiedConnector, IGNORED, EXO_NEW),
	/* since February 2026 every connector shows these two (Set-OutboundConnector) */
	{ EXO_OUTBOUND_CONNECTOR, "MtaStsMode", EXO_NAME, EXO_PLAIN, BOTH, "Opportunistic" },
	OUTBOUND(Name, NAME, BOTH),
	OUTBOUND(RecipientDomains, NAMES, BOTH | EXO_DOMAIN),
	OUTBOUND(RouteAllMessagesViaOnPremises, BOOL, BOTH),
	OUTBOUND(SenderRewritingEnabled, BOOL, BOTH),
	OUTBOUND(SmartHosts, NAMES, BOTH | EXO_HOST),
	{ EXO_OUTBOUND_CONNECTOR, "SmtpDaneMode", EXO_NAME, EXO_PLAIN, BOTH, "Opportunistic" },
	OUTBOUND(TestMode, BOOL, BOTH),
	OUTBOUND(TlsDomain, NAME, BOTH),
	OUTBOUND(TlsSettings, NAME, BOTH),
	OUTBOUND(UseMXRecord, BOOL, BOTH),
	OUTBOUND(ValidationRecipients, NAMES, EXO_SET),
	OUTBOUND(Identity, IGNORED, 0),
	OUTBOUND(Guid, IGNORED, 0),
	OUTBOUND(WhenChanged, IGNORED, 0),

	REMOTE(AllowedOOFType, NAME, EXO_SET),
	REMOTE(AutoForwardEnabled, BOOL, EXO_SET),
	REMOTE(AutoReplyEnabled, BOOL, EXO_SET),
	REMOTE(ByteEncoderTypeFor7BitCharsets, NAME, EXO_SET),
	REMOTE(CharacterSet, NAME, EXO_SET),
	REMOTE(ContentType, NAME, EXO_SET),
	REMOTE(DeliveryReportEnabled, BOOL, EXO_SET),
	REMOTE(DisplaySenderName, BOOL, EXO_SET),
	REMOTE(DomainName, NAME, EXO_NEW),
	REMOTE(IsInternal, BOOL, EXO_SET),
	REMOTE(LineWrapSize, INT, EXO_SET),
	REMOTE(MeetingForwardNotificationEnabled, BOOL, EXO_SET),
	REMOTE(NDRDiagnosticInfoEnabled, BOOL, EXO_SET),
	REMOTE(NDREnabled, BOOL, EXO_SET),
	REMOTE(Name, NAME, BOTH),
	REMOTE(NonMimeCharacterSet, NAME, EXO_SET),
	REMOTE(PreferredInternetCodePageForShiftJis, NAME, EXO_SET),
	REMOTE(RequiredCharsetCoverage, INT, EXO_SET),
	REMOTE(TNEFEnabled, BOOL, EXO_SET),
	REMOTE(TargetDeliveryDomain, BOOL, EXO_SET),
	REMOTE(TrustedMailInboundEnabled, BOOL, EXO_SET),
	REMOTE(TrustedMailOutboundEnabled, BOOL, EXO_SET),
	REMOTE(UseSimpleDisplayName, BOOL, EXO_SET),
	REMOTE(Identity, IGNORED, 0),
	REMOTE(Guid, IGNORED, 0),
	REMOTE(WhenChanged, IGNORED, 0),

	/* how a rule is kept and run; a rule's State is its Enabled */
	RULE(ActivationDate, TEXT, BOTH, NULL),
	RULE(Comments, IGNORED, BOTH, NULL),
	RULE(DlpPolicy, NAME, BOTH, NULL),
	RULE(Enabled, BOOL, EXO_NEW, "True"),
	RULE(ExpiryDate, TEXT, BOTH, NULL),
	RULE(Mode, NAME, BOTH, "Enforce"),
	RULE(Name, NAME, BOTH, NULL),
	RULE(Priority, INT, BOTH, NULL),
	RULE(RecipientAddressType, NAME, BOTH, "Resolved"),
	RULE(RuleErrorAction, NAME, BOTH, "Ignore"),
	RULE(RuleSubType, NAME, BOTH, "None"),
	RULE(SenderAddressLocation, NAME, BOTH, "Header"),
	RULE(UseLegacyRegex, BOOL, EXO_NEW, "False"),
	RULE(Description, IGNORED, 0, NULL),
	RULE(Identity, IGNORED, 0, NULL),
	RULE(Guid, IGNORED, 0, NULL),
	RULE(WhenChanged, IGNORED, 0, NULL),

	CONDITION(ADComparisonAttribute, NAME),
	CONDITION(ADComparisonOperator, NAME),
	CONDITION(AnyOfCcHeader, NAMES),
	CONDITION(AnyOfCcHeaderMemberOf, NAMES),
	CONDITION(AnyOfRecipientAddressContainsWords, NAMES),
	CONDITION(AnyOfRecipientAddressMatchesPatterns, TEXTS),
	CONDITION(AnyOfToCcHeader, NAMES),
	CONDITION(AnyOfToCcHeaderMemberOf, NAMES),
	CONDITION(AnyOfToHeader, NAMES),
	CONDITION(AnyOfToHeaderMemberOf, NAMES),
	CONDITION(AttachmentContainsWords, NAMES),
	CONDITION(AttachmentExtensionMatchesWords, NAMES),
	CONDITION(AttachmentHasExecutableContent, BOOL),
	CONDITION(AttachmentIsPasswordProtected, BOOL),
	CONDITION(AttachmentIsUnsupported, BOOL),
	CONDITION(AttachmentMatchesPatterns, TEXTS),
	CONDITION(AttachmentNameMatchesPatterns, TEXTS),
	CONDITION(AttachmentProcessingLimitExceeded, BOOL),
	CONDITION(AttachmentPropertyContainsWords, NAMES),
	CONDITION(AttachmentSizeOver, SIZE),
	CONDITION(BetweenMemberOf1, NAMES),
	CONDITION(BetweenMemberOf2, NAMES),
	CONDITION(ContentCharacterSetContainsWords, NAMES),
	CONDITION(From, NAMES),
	CONDITION(FromAddressContainsWords, NAMES),
	CONDITION(FromAddressMatchesPatterns, TEXTS),
	CONDITION(FromMemberOf, NAMES),
	CONDITION(FromScope, NAME),
	CONDITION(HasClassification, NAME),
	CONDITION(HasNoClassification, BOOL),
	CONDITION(HasSenderOverride, BOOL),
	CONDITION(HeaderContainsMessageHeader, NAME),
	CONDITION(HeaderContainsWords, NAMES),
	CONDITION(HeaderMatchesMessageHeader, NAME),
	CONDITION(HeaderMatchesPatterns, TEXTS),
	CONDITION(ManagerAddresses, NAMES),
	CONDITION(ManagerForEvaluatedUser, NAME),
	CONDITION(MessageContainsDataClassifications, TEXTS),
	CONDITION(MessageSizeOver, SIZE),
	CONDITION(MessageTypeMatches, NAME),
	CONDITION(RecipientADAttributeContainsWords, NAMES),
	CONDITION(RecipientADAttributeMatchesPatterns, TEXTS),
	CONDITION(RecipientAddressContainsWords, NAMES),
	CONDITION(RecipientAddressMatchesPatterns, TEXTS),
	CONDITION(RecipientDomainIs, NAMES),
	CONDITION(RecipientInSenderList, NAMES),
	CONDITION(SCLOver, INT),
	CONDITION(SenderADAttributeContainsWords, NAMES),
	CONDITION(SenderADAttributeMatchesPatterns, TEXTS),
	CONDITION(SenderDomainIs, NAMES),
	CONDITION(SenderInRecipientList, NAMES),
	CONDITION(SenderIpRanges, NAMES),
	CONDITION(SenderManagementRelationship, NAME),
	CONDITION(SentTo, NAMES),
	CONDITION(SentToMemberOf, NAMES),
	CONDITION(SentToScope, NAME),
	CONDITION(SubjectContainsWords, NAMES),
	CONDITION(SubjectMatchesPatterns, TEXTS),
	CONDITION(SubjectOrBodyContainsWords, NAMES),
	CONDITION(SubjectOrBodyMatchesPatterns, TEXTS),
	CONDITION(WithImportance, NAME),

	ACTION(AddManagerAsRecipientType, NAME),
	ACTION(AddToRecipients, NAMES),
	ACTION(ApplyClassification, NAME),
	ACTION(ApplyHtmlDisclaimerFallbackAction, NAME),
	ACTION(ApplyHtmlDisclaimerLocation, NAME),
	ACTION(ApplyHtmlDisclaimerText, TEXT),
	ACTION(ApplyOME, BOOL),
	ACTION(ApplyRightsProtectionCustomizationTemplate, NAME),
	ACTION(ApplyRightsProtectionTemplate, NAME),
	ACTION(BlindCopyTo, NAMES),
	ACTION(CopyTo, NAMES),
	ACTION(DeleteMessage, BOOL),
	ACTION(Disconnect, BOOL),
	ACTION(GenerateIncidentReport, NAME),
	ACTION(GenerateNotification, TEXT),
	ACTION(IncidentReportContent, NAMES),
	ACTION(LogEventText, TEXT),
	ACTION(ModerateMessageByManager, BOOL),
	ACTION(ModerateMessageByUser, NAMES),
	ACTION(NotifySender, NAME),
	ACTION(PrependSubject, TEXT),
	ACTION(Quarantine, BOOL),
	ACTION(RedirectMessageTo, NAMES),
	ACTION(RejectMessageEnhancedStatusCode, NAME),
	ACTION(RejectMessageReasonText, TEXT),
	ACTION(RemoveHeader, NAME),
	ACTION(RemoveOME, BOOL),
	ACTION(RemoveOMEv2, BOOL),
	ACTION(RemoveRMSAttachmentEncryption, BOOL),
	ACTION(RouteMessageOutboundConnector, NAME),
	ACTION(RouteMessageOutboundRequireTls, BOOL),
	ACTION(SetAuditSeverity, NAME),
	ACTION(SetHeaderName, NAME),
	ACTION(SetHeaderValue, SECRET),
	ACTION(SetSCL, INT),
	ACTION(SmtpRejectMessageRejectStatusCode, NAME),
	ACTION(SmtpRejectMessageRejectText, TEXT),
	ACTION(StopRuleProcessing, BOOL),
};
/* clang-format on */
const size_t exo_property_count = sizeof(exo_properties) / sizeof(exo_properties[0]);

static const struct exo_kind_names names[EXO_KINDS] = {
	[EXO_ACCEPTED_DOMAIN] = { "AcceptedDomain", "AcceptedDomains", "accepted domain",
	    "DomainName" },
	[EXO_DISTRIBUTION_GROUP] = { "DistributionGroup", "DistributionGroups", "group", "Name" },
	[EXO_INBOUND_CONNECTOR] = { "InboundConnector", "InboundConnectors", "inbound connector",
	    "Name" },
	[EXO_OUTBOUND_CONNECTOR] = { "OutboundConnector", "OutboundConnectors",
	    "outbound connector", "Name" },
	/* names can be changed; the domain of one cannot */
	[EXO_REMOTE_DOMAIN] = { "RemoteDomain", "RemoteDomains", "remote domain", "DomainName" },
	[EXO_TRANSPORT_RULE] = { "TransportRule", "TransportRules", "mail flow rule", "Name" },
};

const struct exo_kind_names *
exo_kind_names(enum exo_kind kind)
{
	assert((unsigned)kind < EXO_KINDS);
	return &names[kind];
}

static const struct exo_property *
row(enum exo_kind kind, struct span name)
{
	for (size_t i = 0; i < exo_property_count; i++)
		if (exo_properties[i].kind == kind &&
		    span_ieq(span_str(exo_properties[i].name), name))
			return &exo_properties[i];
	return NULL;
}

const struct exo_property *
exo_property_find(enum exo_kind kind, struct span name, bool *ret_exception)
{
	bool exception = false;

	if (kind == EXO_TRANSPORT_RULE) {
		/* Get-TransportRule has no Enabled, New-TransportRule no State */
		if (span_ieq(name, SPAN("State")))
			name = SPAN("Enabled");
		exception = span_take_i(&name, SPAN("ExceptIf"));
	}
	const struct exo_property *p = row(kind, name);
	if (p == NULL || (exception && p->role != EXO_CONDITION))
		return NULL;
	*ret_exception = exception;
	return p;
}
