#Requires -Version 7.4
<#
    Compare.ps1 - what the tenant has beside what the plan wants, as a list of changes.

    Pure. Values come as cmdlets show them ("1 KB (1,024 bytes)", "smtp:*;1", a rule's State) and as the plan
    writes them ("1KB", "*", Enabled); each is brought to one text before it is compared. Names are compared
    letter by letter without case, never as patterns.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Compared with case, as they are.
$script:ExactProperty = '(Patterns|SetHeaderValue|DisclaimerText|ReasonText|PrependSubject|GenerateNotification|DisplayName)$'
# For people only, or of use when something is made only.
$script:IgnoredProperties = @('Name', 'Comment', 'Comments', 'Description', 'Notes', 'Members', 'ManagedBy', 'Enabled', 'Priority')
$script:SizeProperty = '^(ExceptIf)?(AttachmentSizeOver|MessageSizeOver)$'
$script:DomainListProperty = '^(SenderDomains|RecipientDomains)$'
$script:RecipientProperty = '^(ExceptIf)?(From|FromMemberOf|SentTo|SentToMemberOf|ManagerAddresses|AnyOf(Cc|To|ToCc)Header(MemberOf)?|BetweenMemberOf[12])$'

# Parts of a rule that only work together: when one is set, the other is given too.
$script:PropertyPairs = @(
    @('HeaderMatchesMessageHeader', 'HeaderMatchesPatterns'),
    @('HeaderContainsMessageHeader', 'HeaderContainsWords'),
    @('ExceptIfHeaderMatchesMessageHeader', 'ExceptIfHeaderMatchesPatterns'),
    @('ExceptIfHeaderContainsMessageHeader', 'ExceptIfHeaderContainsWords'),
    @('SetHeaderName', 'SetHeaderValue')
)
# Not a condition, exception or action, or with a default that is always shown.
$script:RuleSettings = @('Name', 'Comments', 'Mode', 'Priority', 'RuleErrorAction', 'SenderAddressLocation', 'SetAuditSeverity')
# These would narrow a rule, and cannot be written back as they are shown: the administrator decides.
$script:RuleUntouchable = @('MessageContainsDataClassifications', 'ExceptIfMessageContainsDataClassifications', 'ActivationDate', 'ExpiryDate')
# What must not be there on our connectors, and what stands for "not there".
$script:ConnectorExtras = @{
    InboundConnector  = [ordered]@{ AssociatedAcceptedDomains = $null; SenderIPAddresses = $null; RestrictDomainsToIPAddresses = $false; TreatMessagesAsInternal = $false }
    OutboundConnector = [ordered]@{ TestMode = $false }
}

# ---- one value

# Bytes, -1 when the text is no size. The number in brackets counts: "1,024 KB" alone means two things.
function ConvertTo-SecuDocByteCount {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [AllowEmptyString()]
        [string] $Text
    )
    if ($Text -match '\(([0-9][0-9.,''\s\u00A0\u202F]*)\s*bytes\)') {
        $digits = $Matches[1] -replace '[^0-9]', ''
        return [long]$digits
    }
    if ($Text -match '^\s*([0-9]{1,15})\s*(B|KB|MB|GB|TB)?\s*$') {
        $number = [long]$Matches[1]
        $unit = ''
        if ($Matches.Count -gt 2) { $unit = $Matches[2].ToUpperInvariant() }
        $factors = @{ '' = 1; 'B' = 1; 'KB' = 1024; 'MB' = 1048576; 'GB' = 1073741824; 'TB' = 1099511627776 }
        return $number * [long]$factors[$unit]
    }
    return [long]-1
}

function ConvertTo-SecuDocCanonicalItem {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Property,
        [AllowNull()]
        [object] $Item,
        [AllowEmptyCollection()]
        [object[]] $Groups = @()
    )
    $text = [string]$Item
    if ($Property -match $script:ExactProperty) { return $text }
    $text = $text.Trim().ToLowerInvariant()
    if ($Property -match $script:SizeProperty) {
        $bytes = ConvertTo-SecuDocByteCount $text
        if ($bytes -ge 0) { return [string]$bytes }
    } elseif ($Property -match $script:DomainListProperty) {
        $text = ($text -replace '^smtp:', '') -replace ';[0-9]+$', ''
    } elseif ($Property -eq 'SmartHosts') {
        $text = $text -replace '^\[(.+)\]$', '$1'
    } elseif ($Property -match $script:RecipientProperty) {
        $group = Find-SecuDocGroup -Groups $Groups -Identifier $text
        if ($null -ne $group) { return ([string](Get-SecuDocValue $group -Name 'PrimarySmtpAddress')).ToLowerInvariant() }
    }
    return $text
}

# One text for a value of any shape: equal texts, equal values. No value is ''.
function ConvertTo-SecuDocCanonical {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Property,
        [AllowNull()]
        [object] $Value,
        [AllowEmptyCollection()]
        [object[]] $Groups = @()
    )
    if ($null -eq $Value) { return '' }
    $items = [System.Collections.Generic.SortedSet[string]]::new([System.StringComparer]::Ordinal)
    foreach ($item in @($Value)) {
        if ($null -eq $item) { continue }
        $text = ConvertTo-SecuDocCanonicalItem -Property $Property -Item $item -Groups $Groups
        if ($text -ne '') { [void]$items.Add($text) }
    }
    return [string]::Join("`n", $items)
}

# As a cmdlet takes it back, and as JSON keeps it.
function ConvertTo-SecuDocSettable {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Property,
        [AllowNull()]
        [object] $Value
    )
    if ($null -eq $Value) { return $null }
    if ($Value -is [bool]) { return $Value }
    if ($Value -is [int] -or $Value -is [long]) { return [long]$Value }
    if ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            if ($null -eq $item) { continue }
            $text = [string]$item
            if ($Property -match $script:DomainListProperty) { $text = $text -replace '^(?i:smtp):(.+);1$', '$1' }
            $items.Add($text)
        }
        if ($items.Count -eq 0) { return $null }
        return , $items.ToArray()
    }
    $text = [string]$Value
    if ($text -eq '') { return $null }
    if ($Property -match $script:SizeProperty) {
        $bytes = ConvertTo-SecuDocByteCount $text
        if ($bytes -ge 0) { return "${bytes}B" }
    }
    return $text
}

# ---- looking up

# The one object of that name; Exchange keeps names unique within a kind.
function Find-SecuDocObject {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Objects,
        [Parameter(Mandatory)]
        [string] $Key,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Value
    )
    if ($Value -eq '') { return $null }
    foreach ($object in $Objects) {
        # an organization may have tens of thousands: no call of a function for each
        if ($object -is [System.Collections.IDictionary]) {
            $found = [string](Get-SecuDocValue $object -Name $Key)
        } else {
            $property = $object.PSObject.Properties[$Key]
            if ($null -eq $property) { continue }
            $found = [string]$property.Value
        }
        if ([string]::Equals($found, $Value, [System.StringComparison]::OrdinalIgnoreCase)) { return $object }
    }
    return $null
}

# Rules show groups by address, by name or otherwise.
function Find-SecuDocGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Groups,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Identifier
    )
    foreach ($key in @('PrimarySmtpAddress', 'Name', 'Alias', 'DisplayName', 'Guid', 'ExternalDirectoryObjectId', 'DistinguishedName')) {
        $group = Find-SecuDocObject -Objects $Groups -Key $key -Value $Identifier
        if ($null -ne $group) { return $group }
    }
    return $null
}

# The object of the tenant that an object of the plan is about; groups also by address.
function Find-SecuDocCounterpart {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [hashtable] $Kind,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want,
        [Parameter(Mandatory)]
        [object] $State
    )
    $objects = @(Get-SecuDocList $State -Name $Kind.Array)
    $have = Find-SecuDocObject -Objects $objects -Key $Kind.Key -Value ([string](Get-SecuDocValue $Want -Name $Kind.Key))
    if ($null -eq $have -and $Kind.Kind -eq 'DistributionGroup') {
        $have = Find-SecuDocObject -Objects $objects -Key 'PrimarySmtpAddress' -Value ([string](Get-SecuDocValue $Want -Name 'PrimarySmtpAddress'))
    }
    return $have
}

# Is this group ours to rely on? Where people may make groups, anybody can take the name first, and would say by its members whose
# mail is secured and who administers the service. The undo file knows it (-Ours: Guids that we made), or the administrator named it.
function Test-SecuDocTrustedGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Have,
        [AllowEmptyCollection()]
        [string[]] $Ours = @()
    )
    if ($Ours -contains [string](Get-SecuDocValue $Have -Name 'Guid')) { return $true }
    foreach ($trusted in @(Get-SecuDocList $Plan -Name 'TrustedGroups')) {
        foreach ($key in @('PrimarySmtpAddress', 'Name')) {
            if (Test-SecuDocSameText ([string](Get-SecuDocValue $Have -Name $key)) -Right ([string]$trusted)) { return $true }
        }
    }
    return $false
}

# Groups of the plan that were there before and that nobody vouches for, by name. Call it inside @( ).
function Get-SecuDocForeignGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [AllowEmptyCollection()]
        [string[]] $Ours = @()
    )
    foreach ($want in @(Get-SecuDocList $Plan -Name 'DistributionGroups')) {
        $have = Find-SecuDocCounterpart -Kind $script:PlanKinds[1] -Want $want -State $State
        if ($null -eq $have -or (Test-SecuDocTrustedGroup -Plan $Plan -Have $have -Ours $Ours)) { continue }
        [string](Get-SecuDocValue $want -Name 'Name')
    }
}

# What an object has, by the name that the plan uses.
function Get-SecuDocShown {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [object] $Have,
        [Parameter(Mandatory)]
        [string] $Property
    )
    if ($Kind -eq 'DistributionGroup' -and $Property -eq 'Type') {
        $details = [string](Get-SecuDocValue $Have -Name 'RecipientTypeDetails')
        if ($details -match 'Security') { return 'Security' }
        return 'Distribution'
    }
    $found = $Have.PSObject.Properties[$Property]
    if ($null -eq $found) { return $null }
    $value = $found.Value
    # a list of one stays a list, so that it can be set back as it was
    if ($value -is [System.Collections.IEnumerable] -and $value -isnot [string]) { return , @($value) }
    return $value
}

# ---- one object

# Names of properties that are not to be seen: the tenant's secret, and patterns and stamps with tokens.
function Get-SecuDocSecretName {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary[]] $Properties
    )
    $harmless = @($script:SwitchedOn, $script:SwitchedOff, $script:Anything, '1.0')
    $names = [System.Collections.Generic.SortedSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($some in $Properties) {
        foreach ($name in @($some.Keys)) {
            if ($name -notmatch '^(SetHeaderValue|(ExceptIf)?HeaderMatchesPatterns)$') { continue }
            foreach ($item in @($some[$name])) {
                if ($null -ne $item -and $harmless -cnotcontains [string]$item) { [void]$names.Add($name) }
            }
        }
    }
    foreach ($name in $names) { $name }
}

# What is to be set on an object that is there: { Old, New }, both empty when all is as it should be.
function Compare-SecuDocObject {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want,
        [Parameter(Mandatory)]
        [object] $Have,
        [AllowEmptyCollection()]
        [object[]] $Groups = @()
    )
    $old = [ordered]@{}
    $new = [ordered]@{}
    $settable = @($script:AllowedParameters["Set-$Kind"])
    foreach ($property in @($Want.Keys)) {
        if ($script:IgnoredProperties -contains $property -and -not ($property -eq 'Enabled' -and $Kind -match 'Connector$')) { continue }
        if ($settable -notcontains $property) { continue }
        $shown = Get-SecuDocShown -Kind $Kind -Have $Have -Property $property
        $wanted = ConvertTo-SecuDocCanonical -Property $property -Value $Want[$property] -Groups $Groups
        $found = ConvertTo-SecuDocCanonical -Property $property -Value $shown -Groups $Groups
        if ($wanted -cne $found) {
            $old[$property] = ConvertTo-SecuDocSettable -Property $property -Value $shown
            $new[$property] = $Want[$property]
        }
    }
    $extras = Get-SecuDocExtra -Kind $Kind -Want $Want -Have $Have
    foreach ($property in @($extras.Keys)) {
        $old[$property] = ConvertTo-SecuDocSettable -Property $property -Value (Get-SecuDocShown -Kind $Kind -Have $Have -Property $property)
        $new[$property] = $extras[$property]
    }
    if ($Kind -eq 'TransportRule') { Complete-SecuDocPair -Want $Want -Have $Have -Old $old -New $new }
    return [pscustomobject]@{
        Old = $old
        New = $new
    }
}

# Conditions, exceptions and actions that somebody added to our rule, and what narrows our connectors; $null takes
# one off a rule (Microsoft's page does not say so, public scripts do it).
function Get-SecuDocExtra {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want,
        [Parameter(Mandatory)]
        [object] $Have
    )
    $extras = [ordered]@{}
    $candidates = [ordered]@{}
    if ($Kind -eq 'TransportRule') {
        foreach ($name in $script:AllowedParameters['Set-TransportRule']) {
            if ($script:RuleSettings -notcontains $name) { $candidates[$name] = $null }
        }
    } elseif ($script:ConnectorExtras.ContainsKey($Kind)) {
        $candidates = $script:ConnectorExtras[$Kind]
    }
    foreach ($name in @($candidates.Keys)) {
        if (Test-SecuDocKey $Want -Name $name) { continue }
        $found = ConvertTo-SecuDocCanonical -Property $name -Value (Get-SecuDocShown -Kind $Kind -Have $Have -Property $name)
        if ($found -ne '' -and $found -ne 'false') { $extras[$name] = $candidates[$name] }
    }
    return $extras
}

# A rule's action or condition that is switched off is taken away with $false where it is a yes or no.
function Complete-SecuDocPair {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want,
        [Parameter(Mandatory)]
        [object] $Have,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Old,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $New
    )
    foreach ($property in @($New.Keys)) {
        if ($null -eq $New[$property] -and $Old[$property] -is [bool]) { $New[$property] = $false }
    }
    foreach ($pair in $script:PropertyPairs) {
        $first = Test-SecuDocKey $New -Name $pair[0]
        $second = Test-SecuDocKey $New -Name $pair[1]
        if ($first -eq $second) { continue }
        $missing = $pair[0]
        if ($first) { $missing = $pair[1] }
        $Old[$missing] = ConvertTo-SecuDocSettable -Property $missing -Value (Get-SecuDocShown -Kind 'TransportRule' -Have $Have -Property $missing)
        $New[$missing] = Get-SecuDocValue $Want -Name $missing
        if ($missing -match '(Patterns|Words)$') { $New[$missing] = @(Get-SecuDocList $Want -Name $missing) }
    }
}

# ---- the order of rules

# "*" is any text; everything else is itself, without case.
function Test-SecuDocWildcard {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Pattern,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Text
    )
    if ($Pattern -eq '' -or $Text -eq '') { return $false }
    $expression = '^' + [regex]::Escape($Pattern).Replace('\*', '.*') + '$'
    return [regex]::IsMatch($Text, $expression, [System.Text.RegularExpressions.RegexOptions]'IgnoreCase, Singleline, CultureInvariant')
}

# Whose rule is this? The name of a tool that wants to see the mail before us, '' for any other.
function Get-SecuDocSignatureTool {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Rule
    )
    $name = [string](Get-SecuDocValue $Rule -Name 'Name')
    $connector = [string](Get-SecuDocValue $Rule -Name 'RouteMessageOutboundConnector')
    foreach ($tool in @(Get-SecuDocList $Plan -Name 'SignatureTools')) {
        $byName = Test-SecuDocWildcard -Pattern ([string](Get-SecuDocValue $tool -Name 'Rule')) -Text $name
        $byConnector = Test-SecuDocWildcard -Pattern ([string](Get-SecuDocValue $tool -Name 'Connector')) -Text $connector
        if ($byName -or $byConnector) { return [string](Get-SecuDocValue $tool -Name 'Name' -Default 'signature tool') }
    }
    return ''
}

# The tenant's rules by priority, and behind them those that are going to be made. Call it inside @( ).
function Get-SecuDocRuleOrder {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $wanted = @(Get-SecuDocList $Plan -Name 'TransportRules')
    $rules = @(Get-SecuDocList $State -Name 'TransportRules')
    $sorted = @($rules | Sort-Object -Stable -Property { [int](Get-SecuDocValue $_ -Name 'Priority' -Default 0) })
    foreach ($rule in $sorted) {
        $name = [string](Get-SecuDocValue $rule -Name 'Name')
        $ours = $null -ne (Find-SecuDocObject -Objects $wanted -Key 'Name' -Value $name)
        $tool = ''
        if (-not $ours) { $tool = Get-SecuDocSignatureTool -Plan $Plan -Rule $rule }
        [pscustomobject]@{
            Name = $name; Guid = [string](Get-SecuDocValue $rule -Name 'Guid')
            Priority = [int](Get-SecuDocValue $rule -Name 'Priority' -Default 0); Ours = $ours; Tool = $tool
        }
    }
    foreach ($rule in $wanted) {
        $name = [string](Get-SecuDocValue $rule -Name 'Name')
        if ($null -eq (Find-SecuDocObject -Objects $rules -Key 'Name' -Value $name)) {
            [pscustomobject]@{ Name = $name; Guid = ''; Priority = -1; Ours = $true; Tool = '' }
        }
    }
}

# Our rules stand behind the last one of a known tool, and among each other as in the plan. From the last of the plan to
# the first, so that at no time a rule that takes marks off stands in front of the routing rule: it is live. Each move
# counts with those before it done. Call it inside @( ).
function Get-SecuDocRuleMove {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $order = [System.Collections.Generic.List[object]]::new()
    foreach ($rule in @(Get-SecuDocRuleOrder -Plan $Plan -State $State)) { $order.Add($rule) }
    $wanted = @(Get-SecuDocList $Plan -Name 'TransportRules')
    $next = ''
    for ($position = $wanted.Count - 1; $position -ge 0; $position--) {
        $name = [string](Get-SecuDocValue $wanted[$position] -Name 'Name')
        $at = -1
        $tool = -1
        $follower = $order.Count
        for ($index = 0; $index -lt $order.Count; $index++) {
            if ($order[$index].Tool -ne '') { $tool = $index }
            if (Test-SecuDocSameText $order[$index].Name -Right $name) { $at = $index }
            if ($next -ne '' -and (Test-SecuDocSameText $order[$index].Name -Right $next)) { $follower = $index }
        }
        $next = $name
        if ($at -gt $tool -and $at -lt $follower) { continue }
        # taken out from in front of the tool, the place behind it is the tool's own
        $target = $follower
        if ($at -lt $tool) { $target = $tool }
        $rule = $order[$at]
        $order.RemoveAt($at)
        $order.Insert($target, $rule)
        $change = @{
            Area = 'Exchange'; Stage = 'Order'; Action = 'Move'; Kind = 'TransportRule'; Name = $rule.Name; Guid = $rule.Guid
            Old = [ordered]@{ Priority = $at }; New = [ordered]@{ Priority = $target }
            Note = 'Our rules stand behind those of signature tools, and in the order of the plan.'
        }
        New-SecuDocChange @change
    }
}

# ---- everything

# -Ours: Guids of what the undo file says we made. Call it inside @( ).
function Compare-SecuDocState {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [AllowEmptyCollection()]
        [string[]] $Ours = @()
    )
    $organization = Get-SecuDocValue $State -Name 'Organization'
    if ((Get-SecuDocValue $organization -Name 'IsDehydrated' -Default $false) -eq $true) {
        $change = @{
            Area = 'Exchange'; Stage = 'Organization'; Action = 'Enable'; Kind = 'Organization'; Name = 'Customization of the organization'
            Undoable = $false; Note = 'Microsoft asks for this once, before the first rule or connector of a new organization.'
        }
        New-SecuDocChange @change
    }
    foreach ($kind in $script:PlanKinds) {
        foreach ($want in @(Get-SecuDocList $Plan -Name $kind.Array)) {
            Compare-SecuDocWanted -Plan $Plan -Kind $kind -Want $want -State $State -Ours $Ours
        }
    }
    Get-SecuDocRuleMove -Plan $Plan -State $State
    Compare-SecuDocLeftover -Plan $Plan -State $State
    Compare-SecuDocEnabled -Plan $Plan -State $State
}

function Get-SecuDocStage {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind
    )
    $stages = @{
        AcceptedDomain = 'Domain'; DistributionGroup = 'Group'; InboundConnector = 'Inbound'; OutboundConnector = 'Outbound'
        RemoteDomain = 'RemoteDomain'; TransportRule = 'Rule'
    }
    return $stages[$Kind]
}

# One object of the plan.
function Compare-SecuDocWanted {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [hashtable] $Kind,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want,
        [Parameter(Mandatory)]
        [object] $State,
        [AllowEmptyCollection()]
        [string[]] $Ours = @()
    )
    $name = [string](Get-SecuDocValue $Want -Name $Kind.Key)
    $base = @{ Area = 'Exchange'; Stage = Get-SecuDocStage -Kind $Kind.Kind; Kind = $Kind.Kind; Name = $name }
    $have = Find-SecuDocCounterpart -Kind $Kind -Want $Want -State $State
    if ($null -eq $have) {
        if ($Kind.Kind -eq 'RemoteDomain') {
            New-SecuDocChange @base -Action 'Manual' -Note 'This remote domain is not there. Make it in the Exchange admin center if it is needed.'
            return
        }
        $new = ConvertTo-SecuDocTable $Want
        # a new rule does nothing until all is in place
        if ($Kind.Kind -eq 'TransportRule') { $new['Enabled'] = $false }
        $note = ''
        if ($Kind.Kind -eq 'AcceptedDomain') { $note = 'Added in Microsoft Entra and proven by a TXT record in DNS.' }
        New-SecuDocChange @base -Action 'Create' -New $new -Secrets @(Get-SecuDocSecretName -Properties @($new)) -Note $note
        return
    }
    if ($Kind.Kind -eq 'AcceptedDomain') { return }
    $guid = [string](Get-SecuDocValue $have -Name 'Guid')
    $base['Guid'] = $guid
    if ($Kind.Kind -eq 'DistributionGroup' -and -not (Test-SecuDocTrustedGroup -Plan $Plan -Have $have -Ours $Ours)) {
        $owners = Format-SecuDocValue (Get-SecuDocValue $have -Name 'ManagedBy')
        New-SecuDocChange @base -Action 'Manual' -Note "This group was there before, and the undo file does not know it. Its owners: $owners. Who is in it decides whose mail is secured, or who administers the service. If it is yours, run again with -TrustedGroup '$name'; else remove or rename it."
        return
    }
    $groups = @(Get-SecuDocList $State -Name 'DistributionGroups')
    $difference = Compare-SecuDocObject -Kind $Kind.Kind -Want $Want -Have $have -Groups $groups
    if ($Kind.Kind -eq 'TransportRule') {
        Compare-SecuDocRuleRest -Name $name -Guid $guid -Want $Want -Have $have -Difference $difference
    }
    if ($Kind.Kind -eq 'DistributionGroup') {
        $type = Get-SecuDocShown -Kind 'DistributionGroup' -Have $have -Property 'Type'
        if ($type -ne [string](Get-SecuDocValue $Want -Name 'Type' -Default $type)) {
            New-SecuDocChange @base -Action 'Manual' -Note 'This is no security group: rules work with it, sign-in by group does not. Its type cannot be changed.'
        }
    }
    if ($difference.New.Count -gt 0) {
        $secrets = @(Get-SecuDocSecretName -Properties $difference.Old, $difference.New)
        New-SecuDocChange @base -Action 'Change' -Old $difference.Old -New $difference.New -Secrets $secrets
    }
}

# Does this change of a routing rule that is on send mail to the service that did not go there, or send it elsewhere? A condition or an
# exception more does not; where it cannot be told, it does.
function Test-SecuDocWidening {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Property,
        [AllowNull()]
        [object] $Old,
        [AllowNull()]
        [object] $New
    )
    if (@('SetHeaderName', 'SetHeaderValue', 'StopRuleProcessing', 'RuleErrorAction', 'SetAuditSeverity') -contains $Property) { return $false }
    if ($Property -eq 'RouteMessageOutboundConnector' -or $null -eq $New) { return $true }
    $before = ConvertTo-SecuDocCanonical -Property $Property -Value $Old
    if ($before -eq '' -or $before -eq 'false') { return $false }
    # the exception for the loop mark: without the right one mail goes round, so it never waits
    if ($Property -match '^ExceptIfHeader') { return $false }
    if ($Property -notmatch '^ExceptIf') { return $true }
    $after = @((ConvertTo-SecuDocCanonical -Property $Property -Value $New) -split "`n")
    foreach ($item in @($before -split "`n")) {
        if ($after -cnotcontains $item) { return $true }
    }
    return $false
}

# What of a rule is not set with the rest: with what the routing rule begins to route, or routes more, or elsewhere, and what cannot be
# set back. It is taken out of the difference.
function Compare-SecuDocRuleRest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Guid,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want,
        [Parameter(Mandatory)]
        [object] $Have,
        [Parameter(Mandatory)]
        [object] $Difference
    )
    $base = @{ Area = 'Exchange'; Kind = 'TransportRule'; Name = $Name; Guid = $Guid }
    foreach ($property in $script:RuleUntouchable) {
        $found = ConvertTo-SecuDocCanonical -Property $property -Value (Get-SecuDocValue $Have -Name $property)
        if ($found -ne '') {
            New-SecuDocChange @base -Stage 'Rule' -Action 'Manual' -Note "Somebody set $property on this rule. Take it off in the Exchange admin center: it decides when the rule works."
        }
    }
    if ([string](Get-SecuDocValue $Want -Name 'RouteMessageOutboundConnector') -eq '') { return }
    $on = Test-SecuDocSameText ([string](Get-SecuDocValue $Have -Name 'State')) -Right 'Enabled'
    $old = [ordered]@{}
    $new = [ordered]@{}
    foreach ($property in @($Difference.New.Keys)) {
        $later = $property -eq 'Mode'
        if ($on -and -not $later) { $later = Test-SecuDocWidening -Property $property -Old $Difference.Old[$property] -New $Difference.New[$property] }
        if (-not $later) { continue }
        $old[$property] = $Difference.Old[$property]
        $new[$property] = $Difference.New[$property]
        $Difference.Old.Remove($property)
        $Difference.New.Remove($property)
    }
    if ($new.Count -eq 0) { return }
    $secrets = @(Get-SecuDocSecretName -Properties $old, $new)
    New-SecuDocChange @base -Stage 'EnableRouting' -Action 'Change' -Old $old -New $new -Secrets $secrets -Note 'With this more mail is routed, or elsewhere: it comes last, when the connector was tested.'
}

# Rules of ours that this plan does without, as after a change of mode: switched off, not removed.
function Compare-SecuDocLeftover {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $wanted = @(Get-SecuDocList $Plan -Name 'TransportRules')
    $rules = @(Get-SecuDocList $State -Name 'TransportRules')
    foreach ($name in @($script:RuleSetAsideOff, $script:RuleSpam)) {
        if ($null -ne (Find-SecuDocObject -Objects $wanted -Key 'Name' -Value $name)) { continue }
        $have = Find-SecuDocObject -Objects $rules -Key 'Name' -Value $name
        if (-not (Test-SecuDocSameText ([string](Get-SecuDocValue $have -Name 'State')) -Right 'Enabled')) { continue }
        $change = @{
            Area = 'Exchange'; Stage = 'EnableRule'; Action = 'Disable'; Kind = 'TransportRule'; Name = $name
            Guid = [string](Get-SecuDocValue $have -Name 'Guid')
            Old = [ordered]@{ State = 'Enabled' }; New = [ordered]@{ State = 'Disabled' }
            Note = 'The plan does without this rule.'
        }
        New-SecuDocChange @change
    }
}

# Rules that are off, or are going to be made: what removes marks first, what sets aside next, routing last.
function Compare-SecuDocEnabled {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $wanted = @(Get-SecuDocList $Plan -Name 'TransportRules')
    $rules = @(Get-SecuDocList $State -Name 'TransportRules')
    $routing = $null
    for ($index = $wanted.Count - 1; $index -ge 0; $index--) {
        $want = $wanted[$index]
        $name = [string](Get-SecuDocValue $want -Name 'Name')
        $have = Find-SecuDocObject -Objects $rules -Key 'Name' -Value $name
        if ((Get-SecuDocValue $want -Name 'Enabled' -Default $true) -ne $true) { continue }
        if ($null -ne $have -and (Test-SecuDocSameText ([string](Get-SecuDocValue $have -Name 'State')) -Right 'Enabled')) { continue }
        $change = @{
            Area = 'Exchange'; Stage = 'EnableRule'; Action = 'Enable'; Kind = 'TransportRule'; Name = $name
            Guid = [string](Get-SecuDocValue $have -Name 'Guid')
            Old = [ordered]@{ State = 'Disabled' }; New = [ordered]@{ State = 'Enabled' }
        }
        if ([string](Get-SecuDocValue $want -Name 'RouteMessageOutboundConnector') -ne '') {
            $change['Stage'] = 'EnableRouting'
            $change['Note'] = 'Mail is routed from now on, within 30 minutes.'
            $routing = New-SecuDocChange @change
        } else {
            New-SecuDocChange @change
        }
    }
    if ($null -ne $routing) { $routing }
}
