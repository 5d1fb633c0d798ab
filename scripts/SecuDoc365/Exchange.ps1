#Requires -Version 7.4
<#
    Exchange.ps1 - the only place where cmdlets of Exchange Online are called.

    Each function is one call, or a few that read. What to do with the answers is decided elsewhere. Objects
    are looked up by listing all of them and comparing names (Compare.ps1), and changed by their Guid: a
    name may hold wildcards or quotes.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# What may be taken from a plan or from an undo file, for each cmdlet: parameters of the cloud-based service,
# without those that cannot be written back as they are shown (data classifications, dates).
$script:AllowedParameters = @{
    'New-DistributionGroup' = @(
        'Name', 'DisplayName', 'Alias', 'PrimarySmtpAddress', 'Type', 'ManagedBy', 'Members', 'MemberJoinRestriction',
        'MemberDepartRestriction', 'RequireSenderAuthenticationEnabled', 'Description', 'Notes'
    )
    'Set-DistributionGroup' = @(
        'DisplayName', 'Alias', 'PrimarySmtpAddress', 'ManagedBy', 'MemberJoinRestriction', 'MemberDepartRestriction',
        'RequireSenderAuthenticationEnabled', 'Description'
    )
    'New-InboundConnector' = @(
        'AssociatedAcceptedDomains', 'ClientHostNames', 'CloudServicesMailEnabled', 'Comment', 'ConnectorSource', 'ConnectorType',
        'EFSkipIPs', 'EFSkipLastIP', 'EFSkipMailGateway', 'EFTestMode', 'EFUsers', 'Enabled', 'Name', 'RequireTls',
        'RestrictDomainsToCertificate', 'RestrictDomainsToIPAddresses', 'ScanAndDropRecipients', 'SenderDomains', 'SenderIPAddresses',
        'TlsSenderCertificateName', 'TreatMessagesAsInternal', 'TrustedOrganizations'
    )
    'Set-InboundConnector' = @(
        'AssociatedAcceptedDomains', 'CloudServicesMailEnabled', 'Comment', 'ConnectorSource', 'ConnectorType', 'EFSkipIPs', 'EFSkipLastIP',
        'EFSkipMailGateway', 'EFTestMode', 'EFUsers', 'Enabled', 'Name', 'RequireTls', 'RestrictDomainsToCertificate',
        'RestrictDomainsToIPAddresses', 'ScanAndDropRecipients', 'SenderDomains', 'SenderIPAddresses', 'TlsSenderCertificateName',
        'TreatMessagesAsInternal', 'TrustedOrganizations'
    )
    'New-OutboundConnector' = @(
        'AllAcceptedDomains', 'CloudServicesMailEnabled', 'Comment', 'ConnectorSource', 'ConnectorType', 'Enabled', 'IsTransportRuleScoped',
        'MtaStsMode', 'Name', 'RecipientDomains', 'RouteAllMessagesViaOnPremises', 'SenderRewritingEnabled', 'SmartHosts', 'SmtpDaneMode',
        'TestMode', 'TlsDomain', 'TlsSettings', 'UseMXRecord'
    )
    'Set-OutboundConnector' = @(
        'AllAcceptedDomains', 'CloudServicesMailEnabled', 'Comment', 'ConnectorSource', 'ConnectorType', 'Enabled', 'IsTransportRuleScoped',
        'IsValidated', 'MtaStsMode', 'Name', 'RecipientDomains', 'RouteAllMessagesViaOnPremises', 'SenderRewritingEnabled', 'SmartHosts',
        'SmtpDaneMode', 'TestMode', 'TlsDomain', 'TlsSettings', 'UseMXRecord', 'ValidationRecipients'
    )
    'Set-RemoteDomain' = @(
        'AllowedOOFType', 'AutoForwardEnabled', 'AutoReplyEnabled', 'ByteEncoderTypeFor7BitCharsets', 'CharacterSet', 'ContentType',
        'DeliveryReportEnabled', 'DisplaySenderName', 'IsInternal', 'LineWrapSize', 'MeetingForwardNotificationEnabled',
        'NDRDiagnosticInfoEnabled', 'NDREnabled', 'Name', 'NonMimeCharacterSet', 'PreferredInternetCodePageForShiftJis',
        'RequiredCharsetCoverage', 'TNEFEnabled', 'TargetDeliveryDomain', 'TrustedMailInboundEnabled', 'TrustedMailOutboundEnabled',
        'UseSimpleDisplayName'
    )
    'New-TransportRule' = @(
        'Name', 'Comments', 'Enabled', 'Mode', 'Priority', 'RuleErrorAction', 'SenderAddressLocation', 'ADComparisonAttribute',
        'ADComparisonOperator', 'AnyOfCcHeader', 'AnyOfCcHeaderMemberOf', 'AnyOfRecipientAddressContainsWords',
        'AnyOfRecipientAddressMatchesPatterns', 'AnyOfToCcHeader', 'AnyOfToCcHeaderMemberOf', 'AnyOfToHeader', 'AnyOfToHeaderMemberOf',
        'AttachmentContainsWords', 'AttachmentExtensionMatchesWords', 'AttachmentHasExecutableContent', 'AttachmentIsPasswordProtected',
        'AttachmentIsUnsupported', 'AttachmentMatchesPatterns', 'AttachmentNameMatchesPatterns', 'AttachmentProcessingLimitExceeded',
        'AttachmentPropertyContainsWords', 'AttachmentSizeOver', 'BetweenMemberOf1', 'BetweenMemberOf2', 'ContentCharacterSetContainsWords',
        'From', 'FromAddressContainsWords', 'FromAddressMatchesPatterns', 'FromMemberOf', 'FromScope', 'HasClassification',
        'HasNoClassification', 'HasSenderOverride', 'HeaderContainsMessageHeader', 'HeaderContainsWords', 'HeaderMatchesMessageHeader',
        'HeaderMatchesPatterns', 'ManagerAddresses', 'ManagerForEvaluatedUser', 'MessageSizeOver', 'MessageTypeMatches',
        'RecipientADAttributeContainsWords', 'RecipientADAttributeMatchesPatterns', 'RecipientAddressContainsWords',
        'RecipientAddressMatchesPatterns', 'RecipientDomainIs', 'RecipientInSenderList', 'SCLOver', 'SenderADAttributeContainsWords',
        'SenderADAttributeMatchesPatterns', 'SenderDomainIs', 'SenderInRecipientList', 'SenderIpRanges', 'SenderManagementRelationship',
        'SentTo', 'SentToMemberOf', 'SentToScope', 'SubjectContainsWords', 'SubjectMatchesPatterns', 'SubjectOrBodyContainsWords',
        'SubjectOrBodyMatchesPatterns', 'WithImportance', 'ExceptIfADComparisonAttribute', 'ExceptIfADComparisonOperator',
        'ExceptIfAnyOfCcHeader', 'ExceptIfAnyOfCcHeaderMemberOf', 'ExceptIfAnyOfRecipientAddressContainsWords',
        'ExceptIfAnyOfRecipientAddressMatchesPatterns', 'ExceptIfAnyOfToCcHeader', 'ExceptIfAnyOfToCcHeaderMemberOf',
        'ExceptIfAnyOfToHeader', 'ExceptIfAnyOfToHeaderMemberOf', 'ExceptIfAttachmentContainsWords',
        'ExceptIfAttachmentExtensionMatchesWords', 'ExceptIfAttachmentHasExecutableContent', 'ExceptIfAttachmentIsPasswordProtected',
        'ExceptIfAttachmentIsUnsupported', 'ExceptIfAttachmentMatchesPatterns', 'ExceptIfAttachmentNameMatchesPatterns',
        'ExceptIfAttachmentProcessingLimitExceeded', 'ExceptIfAttachmentPropertyContainsWords', 'ExceptIfAttachmentSizeOver',
        'ExceptIfBetweenMemberOf1', 'ExceptIfBetweenMemberOf2', 'ExceptIfContentCharacterSetContainsWords', 'ExceptIfFrom',
        'ExceptIfFromAddressContainsWords', 'ExceptIfFromAddressMatchesPatterns', 'ExceptIfFromMemberOf', 'ExceptIfFromScope',
        'ExceptIfHasClassification', 'ExceptIfHasNoClassification', 'ExceptIfHasSenderOverride', 'ExceptIfHeaderContainsMessageHeader',
        'ExceptIfHeaderContainsWords', 'ExceptIfHeaderMatchesMessageHeader', 'ExceptIfHeaderMatchesPatterns', 'ExceptIfManagerAddresses',
        'ExceptIfManagerForEvaluatedUser', 'ExceptIfMessageSizeOver', 'ExceptIfMessageTypeMatches',
        'ExceptIfRecipientADAttributeContainsWords', 'ExceptIfRecipientADAttributeMatchesPatterns', 'ExceptIfRecipientAddressContainsWords',
        'ExceptIfRecipientAddressMatchesPatterns', 'ExceptIfRecipientDomainIs', 'ExceptIfRecipientInSenderList', 'ExceptIfSCLOver',
        'ExceptIfSenderADAttributeContainsWords', 'ExceptIfSenderADAttributeMatchesPatterns', 'ExceptIfSenderDomainIs',
        'ExceptIfSenderInRecipientList', 'ExceptIfSenderIpRanges', 'ExceptIfSenderManagementRelationship', 'ExceptIfSentTo',
        'ExceptIfSentToMemberOf', 'ExceptIfSentToScope', 'ExceptIfSubjectContainsWords', 'ExceptIfSubjectMatchesPatterns',
        'ExceptIfSubjectOrBodyContainsWords', 'ExceptIfSubjectOrBodyMatchesPatterns', 'ExceptIfWithImportance', 'AddManagerAsRecipientType',
        'AddToRecipients', 'ApplyClassification', 'ApplyHtmlDisclaimerFallbackAction', 'ApplyHtmlDisclaimerLocation',
        'ApplyHtmlDisclaimerText', 'ApplyOME', 'ApplyRightsProtectionCustomizationTemplate', 'ApplyRightsProtectionTemplate', 'BlindCopyTo',
        'CopyTo', 'DeleteMessage', 'GenerateIncidentReport', 'GenerateNotification', 'IncidentReportContent', 'ModerateMessageByManager',
        'ModerateMessageByUser', 'NotifySender', 'PrependSubject', 'Quarantine', 'RedirectMessageTo', 'RejectMessageEnhancedStatusCode',
        'RejectMessageReasonText', 'RemoveHeader', 'RemoveOME', 'RemoveOMEv2', 'RemoveRMSAttachmentEncryption',
        'RouteMessageOutboundConnector', 'RouteMessageOutboundRequireTls', 'SetAuditSeverity', 'SetHeaderName', 'SetHeaderValue', 'SetSCL',
        'StopRuleProcessing'
    )
    'Set-TransportRule' = @(
        'Name', 'Comments', 'Mode', 'Priority', 'RuleErrorAction', 'SenderAddressLocation', 'ADComparisonAttribute', 'ADComparisonOperator',
        'AnyOfCcHeader', 'AnyOfCcHeaderMemberOf', 'AnyOfRecipientAddressContainsWords', 'AnyOfRecipientAddressMatchesPatterns',
        'AnyOfToCcHeader', 'AnyOfToCcHeaderMemberOf', 'AnyOfToHeader', 'AnyOfToHeaderMemberOf', 'AttachmentContainsWords',
        'AttachmentExtensionMatchesWords', 'AttachmentHasExecutableContent', 'AttachmentIsPasswordProtected', 'AttachmentIsUnsupported',
        'AttachmentMatchesPatterns', 'AttachmentNameMatchesPatterns', 'AttachmentProcessingLimitExceeded',
        'AttachmentPropertyContainsWords', 'AttachmentSizeOver', 'BetweenMemberOf1', 'BetweenMemberOf2', 'ContentCharacterSetContainsWords',
        'From', 'FromAddressContainsWords', 'FromAddressMatchesPatterns', 'FromMemberOf', 'FromScope', 'HasClassification',
        'HasNoClassification', 'HasSenderOverride', 'HeaderContainsMessageHeader', 'HeaderContainsWords', 'HeaderMatchesMessageHeader',
        'HeaderMatchesPatterns', 'ManagerAddresses', 'ManagerForEvaluatedUser', 'MessageSizeOver', 'MessageTypeMatches',
        'RecipientADAttributeContainsWords', 'RecipientADAttributeMatchesPatterns', 'RecipientAddressContainsWords',
        'RecipientAddressMatchesPatterns', 'RecipientDomainIs', 'RecipientInSenderList', 'SCLOver', 'SenderADAttributeContainsWords',
        'SenderADAttributeMatchesPatterns', 'SenderDomainIs', 'SenderInRecipientList', 'SenderIpRanges', 'SenderManagementRelationship',
        'SentTo', 'SentToMemberOf', 'SentToScope', 'SubjectContainsWords', 'SubjectMatchesPatterns', 'SubjectOrBodyContainsWords',
        'SubjectOrBodyMatchesPatterns', 'WithImportance', 'ExceptIfADComparisonAttribute', 'ExceptIfADComparisonOperator',
        'ExceptIfAnyOfCcHeader', 'ExceptIfAnyOfCcHeaderMemberOf', 'ExceptIfAnyOfRecipientAddressContainsWords',
        'ExceptIfAnyOfRecipientAddressMatchesPatterns', 'ExceptIfAnyOfToCcHeader', 'ExceptIfAnyOfToCcHeaderMemberOf',
        'ExceptIfAnyOfToHeader', 'ExceptIfAnyOfToHeaderMemberOf', 'ExceptIfAttachmentContainsWords',
        'ExceptIfAttachmentExtensionMatchesWords', 'ExceptIfAttachmentHasExecutableContent', 'ExceptIfAttachmentIsPasswordProtected',
        'ExceptIfAttachmentIsUnsupported', 'ExceptIfAttachmentMatchesPatterns', 'ExceptIfAttachmentNameMatchesPatterns',
        'ExceptIfAttachmentProcessingLimitExceeded', 'ExceptIfAttachmentPropertyContainsWords', 'ExceptIfAttachmentSizeOver',
        'ExceptIfBetweenMemberOf1', 'ExceptIfBetweenMemberOf2', 'ExceptIfContentCharacterSetContainsWords', 'ExceptIfFrom',
        'ExceptIfFromAddressContainsWords', 'ExceptIfFromAddressMatchesPatterns', 'ExceptIfFromMemberOf', 'ExceptIfFromScope',
        'ExceptIfHasClassification', 'ExceptIfHasNoClassification', 'ExceptIfHasSenderOverride', 'ExceptIfHeaderContainsMessageHeader',
        'ExceptIfHeaderContainsWords', 'ExceptIfHeaderMatchesMessageHeader', 'ExceptIfHeaderMatchesPatterns', 'ExceptIfManagerAddresses',
        'ExceptIfManagerForEvaluatedUser', 'ExceptIfMessageSizeOver', 'ExceptIfMessageTypeMatches',
        'ExceptIfRecipientADAttributeContainsWords', 'ExceptIfRecipientADAttributeMatchesPatterns', 'ExceptIfRecipientAddressContainsWords',
        'ExceptIfRecipientAddressMatchesPatterns', 'ExceptIfRecipientDomainIs', 'ExceptIfRecipientInSenderList', 'ExceptIfSCLOver',
        'ExceptIfSenderADAttributeContainsWords', 'ExceptIfSenderADAttributeMatchesPatterns', 'ExceptIfSenderDomainIs',
        'ExceptIfSenderInRecipientList', 'ExceptIfSenderIpRanges', 'ExceptIfSenderManagementRelationship', 'ExceptIfSentTo',
        'ExceptIfSentToMemberOf', 'ExceptIfSentToScope', 'ExceptIfSubjectContainsWords', 'ExceptIfSubjectMatchesPatterns',
        'ExceptIfSubjectOrBodyContainsWords', 'ExceptIfSubjectOrBodyMatchesPatterns', 'ExceptIfWithImportance', 'AddManagerAsRecipientType',
        'AddToRecipients', 'ApplyClassification', 'ApplyHtmlDisclaimerFallbackAction', 'ApplyHtmlDisclaimerLocation',
        'ApplyHtmlDisclaimerText', 'ApplyOME', 'ApplyRightsProtectionCustomizationTemplate', 'ApplyRightsProtectionTemplate', 'BlindCopyTo',
        'CopyTo', 'DeleteMessage', 'GenerateIncidentReport', 'GenerateNotification', 'IncidentReportContent', 'ModerateMessageByManager',
        'ModerateMessageByUser', 'NotifySender', 'PrependSubject', 'Quarantine', 'RedirectMessageTo', 'RejectMessageEnhancedStatusCode',
        'RejectMessageReasonText', 'RemoveHeader', 'RemoveOME', 'RemoveOMEv2', 'RemoveRMSAttachmentEncryption',
        'RouteMessageOutboundConnector', 'RouteMessageOutboundRequireTls', 'SetAuditSeverity', 'SetHeaderName', 'SetHeaderValue', 'SetSCL',
        'StopRuleProcessing'
    )
}

# Only keys of the table, as a hashtable to splat; lists as [string[]].
function Select-SecuDocParameter {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Command,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $From
    )
    $selected = @{}
    foreach ($name in @($From.Keys)) {
        if ($script:AllowedParameters[$Command] -notcontains $name) {
            throw (New-SecuDocError -Code 'SD101' -Message "$Command is not given $name by this script.")
        }
        $value = $From[$name]
        if ($value -is [System.Collections.IEnumerable] -and $value -isnot [string]) {
            [string[]] $list = @(foreach ($item in $value) { [string]$item })
            $value = $list
        }
        $selected[[string]$name] = $value
    }
    return $selected
}

# ---- the connection

function Connect-SecuDocExchange {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Interactive', 'Device', 'Certificate')]
        [string] $Method,
        [string] $AppId = '',
        [string] $CertificateThumbprint = '',
        [string] $CertificateFilePath = '',
        [AllowNull()]
        [securestring] $CertificatePassword = $null,
        [string] $Organization = '',
        [string] $UserPrincipalName = '',
        [ValidateSet('O365Default', 'O365USGovGCCHigh', 'O365USGovDoD', 'O365China')]
        [string] $Environment = 'O365Default'
    )
    switch ($Method) {
        'Interactive' {
            # In one process with Microsoft Graph the sign-in window of Windows fails (known fault 3394 of microsoftgraph/msgraph-sdk-powershell).
            $connect = @{ ShowBanner = $false; ExchangeEnvironmentName = $Environment }
            if (Test-SecuDocExchangeCommand -Name 'Connect-ExchangeOnline' -Parameter 'DisableWAM') { $connect['DisableWAM'] = $true }
            if ($UserPrincipalName -ne '') { $connect['UserPrincipalName'] = $UserPrincipalName }
            Connect-ExchangeOnline @connect -ErrorAction Stop
        }
        'Device' {
            Connect-ExchangeOnline -Device:$true -ShowBanner:$false -ExchangeEnvironmentName $Environment -ErrorAction Stop
        }
        'Certificate' {
            $connect = @{ AppId = $AppId; Organization = $Organization; ShowBanner = $false; ExchangeEnvironmentName = $Environment }
            if ($CertificateThumbprint -ne '') { $connect['CertificateThumbprint'] = $CertificateThumbprint }
            if ($CertificateFilePath -ne '') { $connect['CertificateFilePath'] = Resolve-SecuDocPath $CertificateFilePath }
            if ($null -ne $CertificatePassword) { $connect['CertificatePassword'] = $CertificatePassword }
            Connect-ExchangeOnline @connect -ErrorAction Stop
        }
    }
}

function Disconnect-SecuDocExchange {
    [CmdletBinding()]
    param()
    Disconnect-ExchangeOnline -Confirm:$false -WhatIf:$false -ErrorAction SilentlyContinue
}

# Sessions of Exchange Online, open or broken; those of compliance have other cmdlets. Call it inside @( ).
function Get-SecuDocExchangeSession {
    [CmdletBinding()]
    param()
    foreach ($session in @(Get-ConnectionInformation -ErrorAction Stop)) {
        if ((Get-SecuDocValue $session -Name 'IsEopSession' -Default $false) -eq $true) { continue }
        [pscustomobject]@{
            TenantId     = [string](Get-SecuDocValue $session -Name 'TenantID')
            UserName     = [string](Get-SecuDocValue $session -Name 'UserPrincipalName')
            Organization = [string](Get-SecuDocValue $session -Name 'Organization')
            AppId        = [string](Get-SecuDocValue $session -Name 'AppId')
            State        = [string](Get-SecuDocValue $session -Name 'State')
            Prefix       = [string](Get-SecuDocValue $session -Name 'ModulePrefix')
        }
    }
}

# Of several sessions the cmdlets of the one that was opened last are called, whichever that is: then nothing is (SD104).
function Assert-SecuDocExchangeSession {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Sessions
    )
    $tenants = @($Sessions | ForEach-Object { $_.TenantId } | Sort-Object -Unique)
    $open = @($Sessions | Where-Object { Test-SecuDocSameText $_.State -Right 'Connected' })
    $prefixed = @($Sessions | Where-Object { $_.Prefix -ne '' })
    $problem = ''
    if ($open.Count -gt 1) { $problem = "There are $($open.Count) open sessions of Exchange Online here." }
    if ($tenants.Count -gt 1) { $problem = "There are sessions of Exchange Online with $($tenants.Count) organizations here." }
    if ($prefixed.Count -gt 0) { $problem = 'A session of Exchange Online here was opened with -Prefix.' }
    if ($problem -ne '') {
        throw (New-SecuDocError -Code 'SD104' -Message "$problem It is not certain in which organization changes would be made." -Advice 'Run Disconnect-ExchangeOnline, or start a new PowerShell. Nothing was changed.')
    }
}

# The open connection, $null when there is none. A module that is not loaded has none, and asking would load it: Microsoft Graph must
# sign in before that. Throws SD104 when there is more than one.
function Get-SecuDocExchangeConnection {
    [CmdletBinding()]
    param()
    if (@(Get-Module -Name 'ExchangeOnlineManagement').Count -eq 0) { return $null }
    $sessions = @(Get-SecuDocExchangeSession)
    Assert-SecuDocExchangeSession -Sessions $sessions
    foreach ($session in $sessions) {
        if (Test-SecuDocSameText $session.State -Right 'Connected') { return $session }
    }
    return $null
}

# The module offers the cmdlets and parameters that the administrator's roles allow, and no others.
function Test-SecuDocExchangeCommand {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name,
        [string] $Parameter = ''
    )
    $found = @(Get-Command -Name $Name -CommandType 'Function', 'Cmdlet' -ErrorAction SilentlyContinue)
    if ($found.Count -eq 0) { return $false }
    if ($Parameter -eq '') { return $true }
    return $found[0].Parameters.ContainsKey($Parameter)
}

# ---- reading

# By documentation, connectors for rules and connectors in test mode come only when asked for: all four are.
function Get-SecuDocOutboundConnector {
    [CmdletBinding()]
    param()
    $seen = [System.Collections.Generic.HashSet[string]]::new()
    foreach ($scoped in @($true, $false)) {
        foreach ($test in @($true, $false)) {
            $some = @(Get-OutboundConnector -IsTransportRuleScoped $scoped -IncludeTestModeConnectors $test -ResultSize Unlimited -ErrorAction Stop)
            foreach ($connector in $some) {
                if ($null -ne $connector -and $seen.Add([string](Get-SecuDocValue $connector -Name 'Guid'))) { $connector }
            }
        }
    }
}

# Everything that is compared. Groups can be many, so those of an earlier reading may be used again.
function Get-SecuDocExchangeState {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object[]] $KnownGroups = $null
    )
    $organization = Invoke-SecuDocRetry -Action { Get-OrganizationConfig -ErrorAction Stop }
    $groups = $KnownGroups
    if ($null -eq $groups) {
        $groups = @(Invoke-SecuDocRetry -Action { Get-DistributionGroup -ResultSize Unlimited -ErrorAction Stop })
    }
    return [pscustomobject]@{
        Organization       = $organization
        AcceptedDomains    = @(Invoke-SecuDocRetry -Action { Get-AcceptedDomain -ResultSize Unlimited -ErrorAction Stop })
        DistributionGroups = @($groups)
        InboundConnectors  = @(Invoke-SecuDocRetry -Action { Get-InboundConnector -ResultSize Unlimited -ErrorAction Stop })
        OutboundConnectors = @(Invoke-SecuDocRetry -Action { Get-SecuDocOutboundConnector })
        RemoteDomains      = @(Invoke-SecuDocRetry -Action { Get-RemoteDomain -ResultSize Unlimited -ErrorAction Stop })
        TransportRules     = @(Invoke-SecuDocRetry -Action { Get-TransportRule -ResultSize Unlimited -ErrorAction Stop })
    }
}

# Rules and connectors cannot be made in an organization that Microsoft keeps in its shortest form.
function Test-SecuDocDehydrated {
    [CmdletBinding()]
    param()
    $organization = Get-OrganizationConfig -ErrorAction Stop
    return (Get-SecuDocValue $organization -Name 'IsDehydrated' -Default $false) -eq $true
}

# Kind of the recipient of that address, '' when there is none.
function Get-SecuDocRecipientType {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Address
    )
    try {
        $found = @(Invoke-SecuDocRetry -Action { Get-Recipient -Identity $Address -ResultSize Unlimited -ErrorAction Stop })
    } catch {
        if ($_.Exception.Message -match "could ?n.t (be )?f(i|ou)nd|cannot find") { return '' }
        throw
    }
    if ($found.Count -eq 0) { return '' }
    return [string](Get-SecuDocValue $found[0] -Name 'RecipientTypeDetails')
}

# Call it inside @( ).
function Get-SecuDocGroupMember {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Guid
    )
    Invoke-SecuDocRetry -Action { Get-DistributionGroupMember -Identity $Guid -ResultSize Unlimited -ErrorAction Stop }
}

# Call it inside @( ). Times in UTC.
function Get-SecuDocMessageTrace {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [datetime] $Start,
        [Parameter(Mandatory)]
        [datetime] $End,
        [string] $SenderAddress = '',
        [string] $RecipientAddress = '',
        [string] $MessageId = ''
    )
    $trace = @{ StartDate = $Start; EndDate = $End; ResultSize = 1000 }
    if ($SenderAddress -ne '') { $trace['SenderAddress'] = $SenderAddress }
    if ($RecipientAddress -ne '') { $trace['RecipientAddress'] = $RecipientAddress }
    if ($MessageId -ne '') { $trace['MessageId'] = $MessageId }
    Get-MessageTraceV2 @trace -ErrorAction Stop
}

# Call it inside @( ). Without times Microsoft looks at the last 48 hours only.
function Get-SecuDocMessageTraceDetail {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $MessageTraceId,
        [Parameter(Mandatory)]
        [string] $RecipientAddress,
        [Parameter(Mandatory)]
        [datetime] $Start,
        [Parameter(Mandatory)]
        [datetime] $End
    )
    $detail = @{ MessageTraceId = $MessageTraceId; RecipientAddress = $RecipientAddress; StartDate = $Start; EndDate = $End }
    Get-MessageTraceDetailV2 @detail -ErrorAction Stop
}

# ---- changing

# Gives the Guid of what was made, '' when the answer does not say it.
function New-SecuDocExchangeObject {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('DistributionGroup', 'InboundConnector', 'OutboundConnector', 'TransportRule')]
        [string] $Kind,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Properties
    )
    $made = @()
    if (-not $PSCmdlet.ShouldProcess($Kind, 'Create')) { return '' }
    switch ($Kind) {
        'DistributionGroup' {
            $group = Select-SecuDocParameter -Command 'New-DistributionGroup' -From $Properties
            # a naming policy of the organization would give it another name than the plan's
            if (Test-SecuDocExchangeCommand -Name 'New-DistributionGroup' -Parameter 'IgnoreNamingPolicy') { $group['IgnoreNamingPolicy'] = $true }
            $made = @(New-DistributionGroup @group -ErrorAction Stop)
        }
        'InboundConnector' {
            $inbound = Select-SecuDocParameter -Command 'New-InboundConnector' -From $Properties
            $made = @(New-InboundConnector @inbound -ErrorAction Stop)
        }
        'OutboundConnector' {
            $outbound = Select-SecuDocParameter -Command 'New-OutboundConnector' -From $Properties
            $made = @(New-OutboundConnector @outbound -ErrorAction Stop)
        }
        'TransportRule' {
            $rule = Select-SecuDocParameter -Command 'New-TransportRule' -From $Properties
            $made = @(New-TransportRule @rule -ErrorAction Stop)
        }
    }
    if ($made.Count -eq 0) { return '' }
    return [string](Get-SecuDocValue $made[$made.Count - 1] -Name 'Guid')
}

function Set-SecuDocExchangeObject {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('DistributionGroup', 'InboundConnector', 'OutboundConnector', 'RemoteDomain', 'TransportRule')]
        [string] $Kind,
        [Parameter(Mandatory)]
        [guid] $Guid,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Properties
    )
    if (-not $PSCmdlet.ShouldProcess($Kind, 'Change')) { return }
    switch ($Kind) {
        'DistributionGroup' {
            $group = Select-SecuDocParameter -Command 'Set-DistributionGroup' -From $Properties
            $group['Identity'] = $Guid.ToString()
            if (Test-SecuDocExchangeCommand -Name 'Set-DistributionGroup' -Parameter 'BypassSecurityGroupManagerCheck') {
                $group['BypassSecurityGroupManagerCheck'] = $true
            }
            Set-DistributionGroup @group -ErrorAction Stop
        }
        'InboundConnector' {
            $inbound = Select-SecuDocParameter -Command 'Set-InboundConnector' -From $Properties
            $inbound['Identity'] = $Guid.ToString()
            Set-InboundConnector @inbound -ErrorAction Stop
        }
        'OutboundConnector' {
            $outbound = Select-SecuDocParameter -Command 'Set-OutboundConnector' -From $Properties
            $outbound['Identity'] = $Guid.ToString()
            Set-OutboundConnector @outbound -ErrorAction Stop
        }
        'RemoteDomain' {
            $remote = Select-SecuDocParameter -Command 'Set-RemoteDomain' -From $Properties
            $remote['Identity'] = $Guid.ToString()
            Set-RemoteDomain @remote -ErrorAction Stop
        }
        'TransportRule' {
            $rule = Select-SecuDocParameter -Command 'Set-TransportRule' -From $Properties
            $rule['Identity'] = $Guid.ToString()
            Set-TransportRule @rule -ErrorAction Stop
        }
    }
}

function Remove-SecuDocExchangeObject {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('DistributionGroup', 'InboundConnector', 'OutboundConnector', 'TransportRule')]
        [string] $Kind,
        [Parameter(Mandatory)]
        [guid] $Guid
    )
    if (-not $PSCmdlet.ShouldProcess($Kind, 'Remove')) { return }
    switch ($Kind) {
        'DistributionGroup' {
            $remove = @{ Identity = $Guid.ToString() }
            if (Test-SecuDocExchangeCommand -Name 'Remove-DistributionGroup' -Parameter 'BypassSecurityGroupManagerCheck') {
                $remove['BypassSecurityGroupManagerCheck'] = $true
            }
            Remove-DistributionGroup @remove -Confirm:$false -ErrorAction Stop
        }
        'InboundConnector' {
            Remove-InboundConnector -Identity ($Guid.ToString()) -Confirm:$false -ErrorAction Stop
        }
        'OutboundConnector' {
            Remove-OutboundConnector -Identity ($Guid.ToString()) -Confirm:$false -ErrorAction Stop
        }
        'TransportRule' {
            Remove-TransportRule -Identity ($Guid.ToString()) -Confirm:$false -ErrorAction Stop
        }
    }
}

function Enable-SecuDocTransportRule {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [guid] $Guid
    )
    if ($PSCmdlet.ShouldProcess('TransportRule', 'Enable')) {
        Enable-TransportRule -Identity ($Guid.ToString()) -Confirm:$false -ErrorAction Stop
    }
}

function Disable-SecuDocTransportRule {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [guid] $Guid
    )
    if ($PSCmdlet.ShouldProcess('TransportRule', 'Disable')) {
        Disable-TransportRule -Identity ($Guid.ToString()) -Confirm:$false -ErrorAction Stop
    }
}

function Enable-SecuDocCustomization {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if ($PSCmdlet.ShouldProcess('Organization', 'Enable customization')) {
        Enable-OrganizationCustomization -Confirm:$false -ErrorAction Stop
    }
}

# One change, one cmdlet. Gives the Guid of what was created, '' otherwise.
function Invoke-SecuDocExchangeChange {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    if (-not $PSCmdlet.ShouldProcess($Change.Name, $Change.Action)) { return '' }
    if ($Change.Kind -eq 'Organization') {
        [void](Enable-SecuDocCustomization -Confirm:$false)
        return ''
    }
    $guid = ''
    switch ($Change.Action) {
        'Create' {
            $guid = New-SecuDocExchangeObject -Kind $Change.Kind -Properties $Change.New -Confirm:$false
        }
        'Change' {
            [void](Set-SecuDocExchangeObject -Kind $Change.Kind -Guid $Change.Guid -Properties $Change.New -Confirm:$false)
        }
        'Move' {
            [void](Set-SecuDocExchangeObject -Kind $Change.Kind -Guid $Change.Guid -Properties $Change.New -Confirm:$false)
        }
        'Enable' {
            [void](Enable-SecuDocTransportRule -Guid $Change.Guid -Confirm:$false)
        }
        'Disable' {
            [void](Disable-SecuDocTransportRule -Guid $Change.Guid -Confirm:$false)
        }
        'Remove' {
            [void](Remove-SecuDocExchangeObject -Kind $Change.Kind -Guid $Change.Guid -Confirm:$false)
        }
        default {
            throw "There is no cmdlet for $($Change.Action) of $($Change.Kind)."
        }
    }
    return $guid
}

# ---- the connector's test

# What Microsoft's test answers, as { Task, Passed ($true, $false, $null: not understood), Detail }. The form of
# the answer is not documented: TaskName and IsTaskSuccessful are known from scripts of others.
function Test-SecuDocOutboundConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [guid] $Guid,
        [Parameter(Mandatory)]
        [string[]] $Recipient
    )
    if (-not $PSCmdlet.ShouldProcess('OutboundConnector', 'Send a test mail through it')) { return }
    $answers = @(Validate-OutboundConnector -Identity ($Guid.ToString()) -Recipients $Recipient -Confirm:$false -ErrorAction Stop)
    foreach ($answer in $answers) {
        if ($null -eq $answer) { continue }
        $passed = Get-SecuDocValue $answer -Name 'IsTaskSuccessful'
        [pscustomobject]@{
            Task   = [string](Get-SecuDocValue $answer -Name 'TaskName' -Default 'test')
            Passed = ConvertTo-SecuDocBoolean $passed
            Detail = Format-SecuDocValue (Get-SecuDocValue $answer -Name 'Details' -Default ([string]$answer))
        }
    }
}

function ConvertTo-SecuDocBoolean {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [object] $Value
    )
    if ($Value -is [bool]) { return $Value }
    if (Test-SecuDocSameText ([string]$Value) -Right 'True') { return $true }
    if (Test-SecuDocSameText ([string]$Value) -Right 'False') { return $false }
    return $null
}
