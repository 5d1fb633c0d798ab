#Requires -Version 7.4
<#
    Plan.ps1 - what the tenant should have: read from the file of "secudoc rules plan --format json", or made
    from parameters in the same form; changed by -Mode, -Scope, -Recipients and -Exclude as the program would.

    Pure but for Read-SecuDocPlan, which reads the file. A plan is never changed in place.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# The names that no setting changes, and what rules/plan_rules.c writes into them.
$script:RuleSetAsideOof = 'SecuDoc Set Aside Out-of-Office'
$script:RuleSetAsideOff = 'SecuDoc Set Aside Switched Off'
$script:RuleSpam = 'SecuDoc No Spam Check'
$script:HeaderDone = 'X-SecuDoc'
$script:HeaderSwitch = 'X-SecuDoc-Enabled'
$script:HeaderMark = 'X-SecuDoc-Mark'
$script:SwitchedOn = '^\s*1\s*$'
$script:SwitchedOff = '^\s*0\s*$'
$script:Anything = '\S'

# Kinds of objects, in the order of the plan: its array, the noun of its cmdlets, the key that names one.
$script:PlanKinds = @(
    @{ Array = 'AcceptedDomains'; Kind = 'AcceptedDomain'; Key = 'DomainName'; Command = '' }
    @{ Array = 'DistributionGroups'; Kind = 'DistributionGroup'; Key = 'Name'; Command = 'New-DistributionGroup' }
    @{ Array = 'InboundConnectors'; Kind = 'InboundConnector'; Key = 'Name'; Command = 'New-InboundConnector' }
    @{ Array = 'OutboundConnectors'; Kind = 'OutboundConnector'; Key = 'Name'; Command = 'New-OutboundConnector' }
    @{ Array = 'RemoteDomains'; Kind = 'RemoteDomain'; Key = 'DomainName'; Command = 'Set-RemoteDomain' }
    @{ Array = 'TransportRules'; Kind = 'TransportRule'; Key = 'Name'; Command = 'New-TransportRule' }
)

# ---- reading and checking

function Read-SecuDocPlan {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path
    )
    try {
        $plan = ConvertFrom-SecuDocJson (Read-SecuDocFile -Path $Path)
    } catch {
        throw (New-SecuDocError -Code 'SD101' -Message "The plan $Path cannot be read: $($_.Exception.Message)" -Advice 'Make it again with: secudoc rules plan --format json')
    }
    Assert-SecuDocPlan -Plan $plan
    return $plan
}

function New-SecuDocPlanError {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Message
    )
    return New-SecuDocError -Code 'SD101' -Message $Message -Advice 'Make the plan again with: secudoc rules plan --format json'
}

# Everything the other parts rely on is asked for here, so that a wrong file stops before anything begins.
function Assert-SecuDocPlan {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowNull()]
        [object] $Plan
    )
    if ($Plan -isnot [System.Collections.IDictionary] -or (Get-SecuDocValue $Plan -Name 'SecuDocPlan') -ne 1) {
        throw (New-SecuDocPlanError 'The file is not a plan of version 1.')
    }
    $tenant = Get-SecuDocValue $Plan -Name 'Tenant'
    $tenantId = [guid]::Empty
    if (-not [guid]::TryParse([string](Get-SecuDocValue $tenant -Name 'EntraId'), [ref] $tenantId)) {
        throw (New-SecuDocPlanError 'The plan does not say for which tenant it is (Tenant.EntraId).')
    }
    if ((Get-SecuDocValue $Plan -Name 'Options') -isnot [System.Collections.IDictionary]) {
        throw (New-SecuDocPlanError 'The plan has no Options.')
    }
    foreach ($kind in $script:PlanKinds) {
        Assert-SecuDocPlanKind -Plan $Plan -Kind $kind
    }
    $routing = @(Get-SecuDocRoutingRule -Plan $Plan)
    if ($routing.Count -ne 1) {
        throw (New-SecuDocPlanError "The plan has $($routing.Count) rules that route mail, and must have one.")
    }
    if (@(Get-SecuDocList $Plan -Name 'InboundConnectors').Count -ne 1 -or @(Get-SecuDocList $Plan -Name 'OutboundConnectors').Count -ne 1) {
        throw (New-SecuDocPlanError 'The plan must have one inbound and one outbound connector.')
    }
}

function Assert-SecuDocPlanKind {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [hashtable] $Kind
    )
    $seen = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($object in @(Get-SecuDocList $Plan -Name $Kind.Array)) {
        if ($object -isnot [System.Collections.IDictionary]) {
            throw (New-SecuDocPlanError "$($Kind.Array) holds something that is not an object.")
        }
        $name = [string](Get-SecuDocValue $object -Name $Kind.Key)
        if ($name -eq '' -or $name.Length -gt 256) {
            throw (New-SecuDocPlanError "An object of $($Kind.Array) has no usable $($Kind.Key).")
        }
        if (-not $seen.Add($name)) {
            throw (New-SecuDocPlanError "$($Kind.Array) has $name twice.")
        }
        if ($Kind.Command -eq '') { continue }
        foreach ($parameter in @($object.Keys)) {
            $known = $script:AllowedParameters[$Kind.Command] -contains $parameter
            if (-not $known -and $parameter -ne $Kind.Key) {
                throw (New-SecuDocPlanError "$name of $($Kind.Array) has $parameter, which this script does not know.")
            }
        }
    }
}

# The one rule that sends mail to the service. Call it inside @( ).
function Get-SecuDocRoutingRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan
    )
    foreach ($rule in @(Get-SecuDocList $Plan -Name 'TransportRules')) {
        if ([string](Get-SecuDocValue $rule -Name 'RouteMessageOutboundConnector') -ne '') { $rule }
    }
}

function Get-SecuDocTenantId {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan
    )
    return [guid][string](Get-SecuDocValue (Get-SecuDocValue $Plan -Name 'Tenant') -Name 'EntraId')
}

# ---- making one from parameters

# Text as a regular expression that matches just it: what .NET escapes, and the closing brackets.
function ConvertTo-SecuDocPattern {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [AllowEmptyString()]
        [string] $Text
    )
    return $Text -replace '[\\*+?|{}\[\]()^$.# ]', '\$0'
}

# "@x", "*@x" and "@*.y" as an anchored pattern for addresses.
function ConvertTo-SecuDocDomainPattern {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Domain
    )
    $rest = $Domain -replace '^\*?@', ''
    $front = '@'
    if ($rest.StartsWith('*.', [System.StringComparison]::Ordinal)) {
        $front = '@\S\S*\.'
        $rest = $rest.Substring(2)
    }
    return $front + (ConvertTo-SecuDocPattern $rest) + '$'
}

# What connector/deliver_mail writes into X-SecuDoc, and nothing that others can write.
function Get-SecuDocDonePattern {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string[]] $Token
    )
    $escaped = @(foreach ($one in $Token) { ConvertTo-SecuDocPattern $one })
    if ($escaped.Count -eq 1) { return '^\s*1\.0\s\s*' + $escaped[0] + '\s*$' }
    return '^\s*1\.0\s\s*(' + ($escaped -join '|') + ')\s*$'
}

function New-SecuDocRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [string] $Comments,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Members
    )
    $rule = [ordered]@{
        Name            = $Name
        Comments        = $Comments
        Enabled         = $true
        Mode            = 'Enforce'
        RuleErrorAction = 'Defer'
    }
    foreach ($member in @($Members.Keys)) { $rule[$member] = $Members[$member] }
    return $rule
}

# Whose mail, and to whom: the same in the rules that route and that set aside.
function Get-SecuDocScopeMember {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Group', 'Organization')]
        [string] $Scope,
        [Parameter(Mandatory)]
        [ValidateSet('Outside', 'All')]
        [string] $Recipients,
        [Parameter(Mandatory)]
        [string] $UsersGroup
    )
    $members = [ordered]@{ SenderAddressLocation = 'Header' }
    if ($Scope -eq 'Organization') {
        $members['FromScope'] = 'InOrganization'
    } else {
        $members['FromMemberOf'] = @($UsersGroup)
    }
    if ($Recipients -eq 'Outside') { $members['SentToScope'] = 'NotInOrganization' }
    return $members
}

function New-SecuDocSwitchedOffRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Scope,
        [Parameter(Mandatory)]
        [string] $Stamp
    )
    $members = ConvertTo-SecuDocTable $Scope
    $members['HeaderMatchesMessageHeader'] = $script:HeaderSwitch
    $members['HeaderMatchesPatterns'] = @($script:SwitchedOff)
    $members['SetHeaderName'] = $script:HeaderDone
    $members['SetHeaderValue'] = $Stamp
    $comments = 'SecuDoc 365, opt-out. Marks mail that its sender switched off (X-SecuDoc-Enabled: 0) as done, so that the routing rule behind leaves it alone. Any other value of that header does not count.'
    return New-SecuDocRule -Name $script:RuleSetAsideOff -Comments $comments -Members $members
}

function New-SecuDocRemoveRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Header,
        [Parameter(Mandatory)]
        [ValidateSet('Outside', 'All')]
        [string] $Recipients,
        [Parameter(Mandatory)]
        [string] $Comments
    )
    $members = [ordered]@{}
    if ($Recipients -eq 'Outside') { $members['SentToScope'] = 'NotInOrganization' }
    $members['HeaderMatchesMessageHeader'] = $Header
    $members['HeaderMatchesPatterns'] = @($script:Anything)
    $members['RemoveHeader'] = $Header
    return New-SecuDocRule -Name "SecuDoc Remove $Header" -Comments $Comments -Members $members
}

function New-SecuDocRoutingRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Scope,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Values
    )
    $members = ConvertTo-SecuDocTable $Scope
    $members['AttachmentSizeOver'] = '1KB'
    if ($Values.Mode -eq 'OptIn') {
        $members['HeaderMatchesMessageHeader'] = $script:HeaderSwitch
        $members['HeaderMatchesPatterns'] = @($script:SwitchedOn)
    }
    if ($Values.LoopMark -eq 'Tokens') {
        $members['ExceptIfHeaderMatchesMessageHeader'] = $script:HeaderDone
        $members['ExceptIfHeaderMatchesPatterns'] = @($Values.DonePattern)
    } else {
        $members['ExceptIfHeaderContainsMessageHeader'] = $script:HeaderDone
        $members['ExceptIfHeaderContainsWords'] = @('1.0')
    }
    $members['ExceptIfMessageTypeMatches'] = 'Calendaring'
    $members['RouteMessageOutboundConnector'] = 'SecuDoc Out'
    $members['SetHeaderName'] = $Values.SecretHeader
    $members['SetHeaderValue'] = $Values.SecretValue
    $members['StopRuleProcessing'] = $true
    $comments = 'SecuDoc 365. Sends mail with files to the service, which hands it back with links in place of the files. Leaves alone what was there already, what was set aside by the rules in front, invitations, and excluded senders. The header it sets says to the service that the mail is this organization''s. No rule behind may see the mail before it is back.'
    return New-SecuDocRule -Name 'SecuDoc Mail Integration' -Comments $comments -Members $members
}

function New-SecuDocSpamRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Values
    )
    $members = [ordered]@{}
    if ($Values.LoopMark -eq 'Tokens') {
        $members['HeaderMatchesMessageHeader'] = $script:HeaderDone
        $members['HeaderMatchesPatterns'] = @($Values.DonePattern)
    } else {
        $members['FromScope'] = 'InOrganization'
        $members['HeaderContainsMessageHeader'] = $script:HeaderDone
        $members['HeaderContainsWords'] = @('1.0')
    }
    $members['ExceptIfHeaderMatchesMessageHeader'] = $script:HeaderSwitch
    $members['ExceptIfHeaderMatchesPatterns'] = @($script:Anything)
    $members['ExceptIfMessageTypeMatches'] = 'OOF'
    $members['SetSCL'] = -1
    $comments = 'SecuDoc 365. Mail that the service handed back is now and then taken for spam: asks the filter to let it pass. Microsoft calls this an input to its filter, no more.'
    return New-SecuDocRule -Name $script:RuleSpam -Comments $comments -Members $members
}

# All rules, in their order (rules/plan_rules.c).
function New-SecuDocRuleList {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Values
    )
    $scope = Get-SecuDocScopeMember -Scope $Values.Scope -Recipients $Values.Recipients -UsersGroup $Values.UsersGroup
    $rules = [System.Collections.Generic.List[object]]::new()

    $oof = ConvertTo-SecuDocTable $scope
    $oof['MessageTypeMatches'] = 'OOF'
    $oof['SetHeaderName'] = $script:HeaderDone
    $oof['SetHeaderValue'] = $Values.Stamp
    $comments = 'SecuDoc 365. Marks automatic replies as done, so that the routing rule behind leaves them alone: they have no files that anybody chose to send, and no person waits for a link. The mark is taken off again before the mail leaves.'
    $rules.Add((New-SecuDocRule -Name $script:RuleSetAsideOof -Comments $comments -Members $oof))
    if ($Values.Mode -eq 'OptOut') {
        $rules.Add((New-SecuDocSwitchedOffRule -Scope $scope -Stamp $Values.Stamp))
    }
    $rules.Add((New-SecuDocRoutingRule -Scope $scope -Values $Values))
    $rules.Add((New-SecuDocSpamRule -Values $Values))
    $comments = 'SecuDoc 365. Takes the sender''s switch off mail before it is delivered. Mail on its way to the service is not touched: the routing rule in front has stopped the rules.'
    $rules.Add((New-SecuDocRemoveRule -Header $script:HeaderSwitch -Recipients $Values.Recipients -Comments $comments))
    $comments = 'SecuDoc 365. Takes the service''s signed mark off mail before it is delivered.'
    $rules.Add((New-SecuDocRemoveRule -Header $script:HeaderMark -Recipients $Values.Recipients -Comments $comments))
    $comments = 'SecuDoc 365. Takes the loop mark off mail before it is delivered. Must stay the last of these rules: by this mark the routing rule knows what was there already.'
    $rules.Add((New-SecuDocRemoveRule -Header $script:HeaderDone -Recipients $Values.Recipients -Comments $comments))
    return , $rules.ToArray()
}

function New-SecuDocPlanGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [string] $Address
    )
    return [ordered]@{
        Name                               = $Name
        DisplayName                        = $Name
        Alias                              = $Address.Substring(0, $Address.IndexOf('@'))
        PrimarySmtpAddress                 = $Address
        Type                               = 'Security'
        MemberJoinRestriction              = 'ApprovalRequired'
        MemberDepartRestriction            = 'Closed'
        RequireSenderAuthenticationEnabled = $true
    }
}

function ConvertFrom-SecuDocSecureString {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [securestring] $Secure
    )
    return [System.Net.NetworkCredential]::new('', $Secure).Password
}

function New-SecuDocPlanEntra {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $LinkBase
    )
    return [ordered]@{
        Graph = [ordered]@{ DisplayName = 'SecuDoc 365 directory'; Permissions = @('User.Read.All', 'GroupMember.Read.All') }
        Saml  = [ordered]@{
            DisplayName = 'SecuDoc 365'; Identifier = $LinkBase + '/saml/metadata'; ReplyUrl = $LinkBase + '/saml/acs'
            PhoneClaim = $false
        }
    }
}

# Known tools by what their set-up calls their rules and connectors (rules/tools.c). Call it inside @( ).
function Get-SecuDocKnownTool {
    [CmdletBinding()]
    param()
    [ordered]@{ Name = 'CodeTwo Email Signatures 365'; Rule = 'CodeTwo Exchange transport rule*' }
    [ordered]@{ Name = 'Exclaimer'; Rule = 'Identify messages to send to Exclaimer Cloud*'; Connector = 'Send to Exclaimer Cloud*' }
    [ordered]@{ Name = 'Exclaimer'; Rule = 'Prevent Out of Office messages being sent to Exclaimer Cloud*' }
    [ordered]@{ Name = 'Letsignit'; Rule = 'Route email to LSI*'; Connector = 'o365 to LSI*' }
    [ordered]@{ Name = 'Letsignit'; Rule = 'LSI exception for automatic reply*' }
    [ordered]@{ Name = 'Crossware Mail Signature'; Rule = 'Crossware Transport Rule*' }
    [ordered]@{ Name = 'ExSign Agent'; Rule = 'Identify messages to send to ExSign Agent*'; Connector = 'From O365 to ExSign Agent*' }
    [ordered]@{ Name = 'ExSign Agent'; Rule = 'Prevent Out of Office messages from being sent to ExSign Agent*' }
}

# A plan with the defaults of the program's settings; for anything else there is the program.
function New-SecuDocPlan {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $TenantId,
        [Parameter(Mandatory)]
        [string] $LinkedDomain,
        [Parameter(Mandatory)]
        [string] $SmartHost,
        [Parameter(Mandatory)]
        [string] $Domain,
        [Parameter(Mandatory)]
        [securestring] $TenantSecret,
        [AllowNull()]
        [securestring[]] $MarkToken,
        [string] $SecretHeader = 'X-SecuDoc-Tenant',
        [string] $LinkBase = '',
        [string] $FacilityAddress = '',
        [ValidateSet('Tokens', 'Plain')]
        [string] $LoopMark = 'Tokens',
        [ValidateSet('OptOut', 'OptIn')]
        [string] $Mode = 'OptOut',
        [ValidateSet('Group', 'Organization')]
        [string] $Scope = 'Group',
        [ValidateSet('Outside', 'All')]
        [string] $Recipients = 'Outside'
    )
    $users = 'secudoc_users@' + $Domain
    $values = @{
        Mode = $Mode; Scope = $Scope; Recipients = $Recipients; LoopMark = $LoopMark; UsersGroup = $users
        SecretHeader = $SecretHeader; SecretValue = ConvertFrom-SecuDocSecureString $TenantSecret
        Stamp = '1.0'; DonePattern = ''
    }
    if ($LoopMark -eq 'Tokens') {
        $marks = @(foreach ($one in @($MarkToken)) { if ($null -ne $one) { ConvertFrom-SecuDocSecureString $one } })
        if ($marks.Count -lt 1 -or $marks.Count -gt 2) {
            throw (New-SecuDocError -Code 'SD102' -Message 'One or two mark tokens are needed.' -Advice 'Give them with -MarkToken, as "secudoc tenant show --reveal" names them, or use -PlanPath.')
        }
        $values.Stamp = '1.0 ' + $marks[0]
        $values.DonePattern = Get-SecuDocDonePattern -Token $marks
    }
    if ($values.SecretValue.Length -lt 16) {
        throw (New-SecuDocError -Code 'SD102' -Message 'The tenant secret has less than 16 characters.' -Advice 'Give the one of the tenant''s settings, or use -PlanPath.')
    }
    $plan = [ordered]@{
        SecuDocPlan        = 1
        Tenant             = [ordered]@{
            Name = $Domain; EntraId = $TenantId.ToString(); Organisation = $Domain; LinkedDomain = $LinkedDomain
            Domains = @($Domain); LinkBase = $LinkBase; FacilityAddress = $FacilityAddress
        }
        Options            = [ordered]@{
            Scope = $Scope; Mode = $Mode; Recipients = $Recipients; LoopMark = $LoopMark; RetainHeaders = $true
        }
        AcceptedDomains    = @([ordered]@{ DomainName = $LinkedDomain })
        DistributionGroups = @(
            (New-SecuDocPlanGroup -Name 'SecuDoc Users' -Address $users),
            (New-SecuDocPlanGroup -Name 'SecuDoc Admins' -Address ('secudoc_admins@' + $Domain))
        )
        InboundConnectors  = @([ordered]@{
                Name = 'SecuDoc In'; ConnectorType = 'OnPremises'; SenderDomains = @('*'); RequireTls = $true
                RestrictDomainsToCertificate = $true; TlsSenderCertificateName = $LinkedDomain
                CloudServicesMailEnabled = $true; Enabled = $true
                Comment = 'Mail from SecuDoc 365 back to Exchange Online. Whoever shows a certificate of this name may send as this organization.'
            })
        OutboundConnectors = @([ordered]@{
                Name = 'SecuDoc Out'; ConnectorType = 'OnPremises'; IsTransportRuleScoped = $true; UseMXRecord = $false
                SmartHosts = @($SmartHost); TlsSettings = 'DomainValidation'; TlsDomain = $SmartHost
                CloudServicesMailEnabled = $true; Enabled = $true
                Comment = 'Mail from Exchange Online to SecuDoc 365; used by rules only.'
            })
        RemoteDomains      = @([ordered]@{ DomainName = '*'; Name = 'Default'; TNEFEnabled = $false })
        TransportRules     = New-SecuDocRuleList -Values $values
    }
    if ($LinkBase -ne '') { $plan['Entra'] = New-SecuDocPlanEntra -LinkBase $LinkBase }
    $plan['SignatureTools'] = @(Get-SecuDocKnownTool)
    $plan['Notes'] = @('Rules that are new or changed take up to 30 minutes, connectors up to 10.')
    Assert-SecuDocPlan -Plan $plan
    return $plan
}

# ---- changing one

# The rules that ask whose mail it is in the plan's own way; the spam rule asks in another.
function Test-SecuDocScopedRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [System.Collections.IDictionary] $Rule
    )
    return (Test-SecuDocKey $Rule -Name 'SenderAddressLocation')
}

function Get-SecuDocUsersGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan
    )
    $groups = @(Get-SecuDocList $Plan -Name 'DistributionGroups')
    if ($groups.Count -eq 0) { throw (New-SecuDocPlanError 'The plan has no group of users.') }
    return [string](Get-SecuDocValue $groups[0] -Name 'PrimarySmtpAddress')
}

function Set-SecuDocPlanScope {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [ValidateSet('Group', 'Organization')]
        [string] $Scope
    )
    $changed = ConvertTo-SecuDocTable $Plan
    $users = Get-SecuDocUsersGroup -Plan $changed
    foreach ($rule in @($changed['TransportRules'])) {
        if (-not (Test-SecuDocScopedRule $rule)) { continue }
        $rule.Remove('FromScope')
        $rule.Remove('FromMemberOf')
        if ($Scope -eq 'Organization') {
            $rule['FromScope'] = 'InOrganization'
        } else {
            $rule['FromMemberOf'] = @($users)
        }
    }
    $changed['Options']['Scope'] = $Scope
    return $changed
}

function Set-SecuDocPlanRecipient {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [ValidateSet('Outside', 'All')]
        [string] $Recipients
    )
    $changed = ConvertTo-SecuDocTable $Plan
    foreach ($rule in @($changed['TransportRules'])) {
        $removes = Test-SecuDocKey $rule -Name 'RemoveHeader'
        if (-not $removes -and -not (Test-SecuDocScopedRule $rule)) { continue }
        $rule.Remove('SentToScope')
        if ($Recipients -eq 'Outside') { $rule['SentToScope'] = 'NotInOrganization' }
    }
    $changed['Options']['Recipients'] = $Recipients
    return $changed
}

# Opt-in asks in the routing rule; opt-out sets aside in a rule of its own, in front of it.
function Set-SecuDocPlanMode {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [ValidateSet('OptOut', 'OptIn')]
        [string] $Mode
    )
    $changed = ConvertTo-SecuDocTable $Plan
    $rules = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in @($changed['TransportRules'])) {
        $name = [string](Get-SecuDocValue $rule -Name 'Name')
        if (Test-SecuDocSameText $name -Right $script:RuleSetAsideOff) { continue }
        if ([string](Get-SecuDocValue $rule -Name 'RouteMessageOutboundConnector') -ne '') {
            $rule.Remove('HeaderMatchesMessageHeader')
            $rule.Remove('HeaderMatchesPatterns')
            if ($Mode -eq 'OptIn') {
                $rule['HeaderMatchesMessageHeader'] = $script:HeaderSwitch
                $rule['HeaderMatchesPatterns'] = @($script:SwitchedOn)
            } else {
                $rules.Add((ConvertTo-SecuDocSwitchedOffRule -Plan $changed -Routing $rule))
            }
        }
        $rules.Add($rule)
    }
    $changed['TransportRules'] = $rules.ToArray()
    $changed['Options']['Mode'] = $Mode
    return $changed
}

# Scope and stamp are those of the rules that are there.
function ConvertTo-SecuDocSwitchedOffRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Routing
    )
    $scope = [ordered]@{}
    foreach ($member in @('SenderAddressLocation', 'FromScope', 'FromMemberOf', 'SentToScope')) {
        if (Test-SecuDocKey $Routing -Name $member) { $scope[$member] = $Routing[$member] }
    }
    foreach ($rule in @($Plan['TransportRules'])) {
        if (Test-SecuDocSameText ([string](Get-SecuDocValue $rule -Name 'Name')) -Right $script:RuleSetAsideOof) {
            return New-SecuDocSwitchedOffRule -Scope $scope -Stamp ([string](Get-SecuDocValue $rule -Name 'SetHeaderValue'))
        }
    }
    throw (New-SecuDocPlanError "The plan has no rule $script:RuleSetAsideOof, whose mark is needed.")
}

# Excluded senders and groups come on top of those of the plan.
function Add-SecuDocPlanExclusion {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [string[]] $Senders = @(),
        [string[]] $Groups = @(),
        [string[]] $Domains = @()
    )
    $changed = ConvertTo-SecuDocTable $Plan
    $patterns = @(foreach ($domain in $Domains) { ConvertTo-SecuDocDomainPattern $domain })
    foreach ($rule in @(Get-SecuDocRoutingRule -Plan $changed)) {
        Add-SecuDocMember -Rule $rule -Member 'ExceptIfFromMemberOf' -Items $Groups
        Add-SecuDocMember -Rule $rule -Member 'ExceptIfFromAddressMatchesPatterns' -Items $patterns
        Add-SecuDocMember -Rule $rule -Member 'ExceptIfFrom' -Items $Senders
    }
    return $changed
}

function Add-SecuDocMember {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Rule,
        [Parameter(Mandatory)]
        [string] $Member,
        [string[]] $Items = @()
    )
    if ($Items.Count -eq 0) { return }
    $all = [System.Collections.Generic.List[object]]::new()
    $seen = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($item in (@(Get-SecuDocList $Rule -Name $Member) + $Items)) {
        if ($seen.Add([string]$item)) { $all.Add([string]$item) }
    }
    $Rule[$Member] = $all.ToArray()
}

# Groups that were there before and that the administrator vouches for, by address or name.
function Set-SecuDocPlanTrust {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [AllowEmptyCollection()]
        [string[]] $Group = @()
    )
    $changed = ConvertTo-SecuDocTable $Plan
    $changed['TrustedGroups'] = @(foreach ($one in $Group) { $one.Trim() })
    return $changed
}

# All groups that a text names, by whatever Exchange knows them: two of the same name are two. Call it inside @( ).
function Get-SecuDocGroupNamed {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Groups,
        [Parameter(Mandatory)]
        [string] $Identifier
    )
    foreach ($group in $Groups) {
        foreach ($key in @('PrimarySmtpAddress', 'Name', 'Alias', 'DisplayName', 'Guid', 'DistinguishedName')) {
            if (Test-SecuDocSameText ([string](Get-SecuDocValue $group -Name $key)) -Right $Identifier) {
                $group
                break
            }
        }
    }
}

# What -Exclude names: "@domain" or "*@domain", "group:address", or an address, which is a group when the tenant has one of that name or
# address, or when -Types (address to the type of its recipient) says so.
function Split-SecuDocExclusion {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string[]] $Exclude,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $KnownGroups,
        [Parameter(Mandatory)]
        [hashtable] $Types
    )
    $senders = [System.Collections.Generic.List[string]]::new()
    $groups = [System.Collections.Generic.List[string]]::new()
    $domains = [System.Collections.Generic.List[string]]::new()
    foreach ($given in $Exclude) {
        $item = $given.Trim()
        if ($item -match '^\*?@[^@]+$') {
            $domains.Add($item)
            continue
        }
        if ($item -match '^group:(.+)$') {
            $groups.Add($Matches[1].Trim())
            continue
        }
        $known = @(Get-SecuDocGroupNamed -Groups $KnownGroups -Identifier $item)
        if ($known.Count -gt 1) {
            throw (New-SecuDocError -Code 'SD102' -Message "-Exclude ${item}: $($known.Count) groups have this name." -Advice 'Name the one that is meant by its address.')
        }
        if ($known.Count -eq 1) {
            $groups.Add([string](Get-SecuDocValue $known[0] -Name 'PrimarySmtpAddress'))
        } elseif ($item -notmatch '^[^@\s*?]+@[^@\s*?]+$') {
            throw (New-SecuDocError -Code 'SD102' -Message "-Exclude $item is neither an address, nor @domain, nor a group of this tenant." -Advice 'Name a Microsoft 365 group as group:address.')
        } elseif ([string]$Types[$item] -match 'Dynamic') {
            throw (New-SecuDocError -Code 'SD102' -Message "-Exclude $item is a dynamic group: whether rules know who is in one is documented nowhere." -Advice 'Name the senders, or a group with members of its own.')
        } elseif ([string]$Types[$item] -match 'Group') {
            $groups.Add($item)
        } else {
            $senders.Add($item)
        }
    }
    return [pscustomobject]@{
        Senders = $senders.ToArray()
        Groups  = $groups.ToArray()
        Domains = $domains.ToArray()
    }
}
