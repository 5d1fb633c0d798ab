#Requires -Version 7.4
<#
    Undo.ps1 - from the undo file and from what the tenant has now to what is to be undone.

    Pure. What was created is removed when it is still the same object under the same name; what was changed is set
    back where it still has the value that we gave it. Everything else is left, with the reason.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# How long after its entry something may have been made by us without its Guid being written down.
$script:UndoResumeMinutes = 15

# Rules before what they use, groups last; the newest first among equals.
$script:UndoOrder = @('TransportRule', 'RemoteDomain', 'OutboundConnector', 'InboundConnector', 'DistributionGroup', 'Organization')

# Call it inside @( ).
function Get-SecuDocUndoOrder {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Entries
    )
    $routing = @($Entries | Where-Object { $_['Stage'] -eq 'EnableRouting' })
    foreach ($entry in $routing) { $entry }
    foreach ($kind in $script:UndoOrder) {
        foreach ($entry in $Entries) {
            if ($entry['Kind'] -eq $kind -and $entry['Stage'] -ne 'EnableRouting') { $entry }
        }
    }
}

function New-SecuDocUndoStep {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [ValidateSet('Undo', 'Undone', 'Left')]
        [string] $Verdict,
        [AllowEmptyString()]
        [string] $Reason = '',
        [AllowNull()]
        [object] $Change = $null
    )
    return [pscustomobject]@{
        Entry   = $Entry
        Verdict = $Verdict
        Reason  = $Reason
        Change  = $Change
    }
}

# The object that an entry is about. Without a Guid the change may not have happened: an object of the name
# counts when it was made within minutes after the entry was written. Rules do not say when they were made: one that was
# last changed within these minutes was made before that, and was not there when the entry was written.
function Find-SecuDocUndoObject {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [object] $State
    )
    $objects = @(Get-SecuDocList $State -Name ([string]$Entry['Kind'] + 's'))
    if ([string]$Entry['Guid'] -ne '') {
        return Find-SecuDocObject -Objects $objects -Key 'Guid' -Value ([string]$Entry['Guid'])
    }
    $found = Find-SecuDocObject -Objects $objects -Key 'Name' -Value ([string]$Entry['Name'])
    if ($null -eq $found) { return $null }
    $written = ConvertTo-SecuDocUtc $Entry['Time']
    if ($null -eq $written) { return $null }
    $moments = @(Get-SecuDocMoment -From $found -Name 'WhenCreated')
    if ($moments.Count -eq 0) { $moments = @(Get-SecuDocMoment -From $found -Name 'WhenChanged') }
    foreach ($moment in $moments) {
        # clocks differ a little; much later it was somebody else
        if ($moment -ge $written.AddMinutes(-2) -and $moment -le $written.AddMinutes($script:UndoResumeMinutes)) { return $found }
    }
    return $null
}

# Is this still the value that was set? Secrets are known by their digests.
function Test-SecuDocStillOurs {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Property,
        [AllowNull()]
        [object] $Kept,
        [AllowNull()]
        [object] $Shown,
        [Parameter(Mandatory)]
        [bool] $Secret,
        [AllowEmptyCollection()]
        [object[]] $Groups = @()
    )
    $value = $Shown
    if ($Secret -and $null -ne $Shown -and $null -ne $Kept) {
        $value = @(foreach ($item in @($Shown)) { if ([string]$item -ne '') { Get-SecuDocDigest ([string]$item) } })
    }
    $now = ConvertTo-SecuDocCanonical -Property $Property -Value $value -Groups $Groups
    $then = ConvertTo-SecuDocCanonical -Property $Property -Value $Kept -Groups $Groups
    # what was taken off is shown as nothing or as "no"
    if ($null -eq $Kept -and $now -eq 'false') { return $true }
    return $now -ceq $then
}

function Get-SecuDocUndoCreate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [AllowNull()]
        [object] $Have,
        [AllowEmptyCollection()]
        [object[]] $Members = @(),
        [switch] $RemoveGroups
    )
    if ($null -eq $Have) { return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undone' -Reason 'It is not there any more.' }
    $name = [string](Get-SecuDocValue $Have -Name 'Name')
    if (-not (Test-SecuDocSameText $name -Right ([string]$Entry['Name']))) {
        return New-SecuDocUndoStep -Entry $Entry -Verdict 'Left' -Reason "Somebody renamed it to $name."
    }
    if ($Entry['Kind'] -eq 'DistributionGroup' -and $Members.Count -gt 0 -and -not $RemoveGroups) {
        return New-SecuDocUndoStep -Entry $Entry -Verdict 'Left' -Reason "The group has $($Members.Count) members. Use -RemoveGroups to remove it all the same."
    }
    $change = @{
        Area = 'Exchange'; Stage = $Entry['Stage']; Action = 'Remove'; Kind = $Entry['Kind']; Name = $name
        Guid = [string](Get-SecuDocValue $Have -Name 'Guid')
    }
    return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undo' -Change (New-SecuDocChange @change)
}

function Get-SecuDocUndoChange {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [AllowNull()]
        [object] $Have,
        [Parameter(Mandatory)]
        [bool] $Created,
        [AllowEmptyCollection()]
        [object[]] $Groups = @()
    )
    if ($null -eq $Have) {
        $verdict = 'Left'
        if ($Created) { $verdict = 'Undone' }
        return New-SecuDocUndoStep -Entry $Entry -Verdict $verdict -Reason 'It is not there any more, so there is nothing to set back.'
    }
    $secrets = @(Get-SecuDocList $Entry -Name 'Secrets')
    $back = [ordered]@{}
    $from = [ordered]@{}
    $left = [System.Collections.Generic.List[string]]::new()
    foreach ($property in @($Entry['New'].Keys)) {
        $shown = Get-SecuDocShown -Kind $Entry['Kind'] -Have $Have -Property $property
        $kept = $Entry['New'][$property]
        $old = $Entry['Old'][$property]
        $secret = $secrets -contains $property
        $now = ConvertTo-SecuDocCanonical -Property $property -Value $shown -Groups $Groups
        if ($now -ceq (ConvertTo-SecuDocCanonical -Property $property -Value $old -Groups $Groups)) { continue }
        if (Test-SecuDocStillOurs -Property $property -Kept $kept -Shown $shown -Secret $secret -Groups $Groups) {
            $back[$property] = $old
            $from[$property] = ConvertTo-SecuDocSettable -Property $property -Value $shown
        } else {
            $left.Add($property)
        }
    }
    $reason = ''
    if ($left.Count -gt 0) { $reason = 'Changed by others since, and left: ' + ($left -join ', ') + '.' }
    if ($back.Count -eq 0) {
        $verdict = 'Undone'
        if ($left.Count -gt 0) { $verdict = 'Left' }
        return New-SecuDocUndoStep -Entry $Entry -Verdict $verdict -Reason $reason
    }
    Complete-SecuDocUndoPair -Old $Entry['Old'] -Left $left -Back $back -From $from
    $change = @{
        Area = 'Exchange'; Stage = $Entry['Stage']; Action = 'Change'; Kind = $Entry['Kind']; Name = $Entry['Name']
        Guid = [string](Get-SecuDocValue $Have -Name 'Guid'); Old = $from; New = $back; Secrets = $secrets
    }
    return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undo' -Reason $reason -Change (New-SecuDocChange @change)
}

# Both parts of a pair go back together, unless somebody else changed the other one.
function Complete-SecuDocUndoPair {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Old,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [System.Collections.Generic.List[string]] $Left,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Back,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $From
    )
    foreach ($pair in $script:PropertyPairs) {
        $first = Test-SecuDocKey $Back -Name $pair[0]
        $second = Test-SecuDocKey $Back -Name $pair[1]
        if ($first -eq $second) { continue }
        $missing = $pair[0]
        if ($first) { $missing = $pair[1] }
        if ($Left.Contains($missing) -or -not (Test-SecuDocKey $Old -Name $missing)) { continue }
        $Back[$missing] = $Old[$missing]
        $From[$missing] = $Old[$missing]
    }
}

function Get-SecuDocUndoSwitch {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [AllowNull()]
        [object] $Have
    )
    if ($null -eq $Have) { return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undone' -Reason 'The rule is not there any more.' }
    $action = 'Disable'
    $from = 'Enabled'
    $back = 'Disabled'
    if ($Entry['Action'] -eq 'Disable') {
        $action = 'Enable'
        $from = 'Disabled'
        $back = 'Enabled'
    }
    if (Test-SecuDocSameText ([string](Get-SecuDocValue $Have -Name 'State')) -Right $back) {
        return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undone' -Reason "The rule is $($back.ToLowerInvariant()) already."
    }
    $change = @{
        Area = 'Exchange'; Stage = $Entry['Stage']; Action = $action; Kind = 'TransportRule'; Name = $Entry['Name']
        Guid = [string](Get-SecuDocValue $Have -Name 'Guid')
        Old = [ordered]@{ State = $from }; New = [ordered]@{ State = $back }
    }
    return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undo' -Change (New-SecuDocChange @change)
}

# A rule of others that was moved goes back to its place, as far as there are that many rules.
function Get-SecuDocUndoMove {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [AllowNull()]
        [object] $Have,
        [Parameter(Mandatory)]
        [int] $RuleCount,
        [Parameter(Mandatory)]
        [bool] $Created
    )
    if ($null -eq $Have -or $Created) { return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undone' -Reason 'The rule itself is removed.' }
    $old = [int]$Entry['Old']['Priority']
    $now = [int](Get-SecuDocValue $Have -Name 'Priority' -Default -1)
    if ($now -eq $old) { return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undone' -Reason 'It stands there already.' }
    $target = [math]::Max(0, [math]::Min($old, $RuleCount - 1))
    $change = @{
        Area = 'Exchange'; Stage = 'Order'; Action = 'Move'; Kind = 'TransportRule'; Name = $Entry['Name']
        Guid = [string](Get-SecuDocValue $Have -Name 'Guid')
        Old = [ordered]@{ Priority = $now }; New = [ordered]@{ Priority = $target }
    }
    return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undo' -Change (New-SecuDocChange @change)
}

# What becomes of one entry. -Created are the Guids that the undo file says we made; -Members those of the group.
function Get-SecuDocUndoStep {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [object] $State,
        [AllowEmptyCollection()]
        [string[]] $Created = @(),
        [AllowEmptyCollection()]
        [object[]] $Members = @(),
        [switch] $RemoveGroups
    )
    if ($Entry['Kind'] -eq 'Organization') {
        return New-SecuDocUndoStep -Entry $Entry -Verdict 'Left' -Reason 'Microsoft offers no way back. It does no harm.'
    }
    $groups = @(Get-SecuDocList $State -Name 'DistributionGroups')
    $have = Find-SecuDocUndoObject -Entry $Entry -State $State
    $ours = $Created -contains [string]$Entry['Guid']
    switch ($Entry['Action']) {
        'Create' {
            $objects = @(Get-SecuDocList $State -Name ([string]$Entry['Kind'] + 's'))
            if ($null -eq $have -and [string]$Entry['Guid'] -eq '' -and $null -ne (Find-SecuDocObject -Objects $objects -Key 'Name' -Value ([string]$Entry['Name']))) {
                return New-SecuDocUndoStep -Entry $Entry -Verdict 'Left' -Reason 'One of that name is there, and whether this script made it is not known. Look at it in the admin center.'
            }
            return Get-SecuDocUndoCreate -Entry $Entry -Have $have -Members $Members -RemoveGroups:$RemoveGroups
        }
        'Change' {
            return Get-SecuDocUndoChange -Entry $Entry -Have $have -Created $ours -Groups $groups
        }
        'Enable' {
            return Get-SecuDocUndoSwitch -Entry $Entry -Have $have
        }
        'Disable' {
            return Get-SecuDocUndoSwitch -Entry $Entry -Have $have
        }
        'Move' {
            $rules = @(Get-SecuDocList $State -Name 'TransportRules')
            return Get-SecuDocUndoMove -Entry $Entry -Have $have -RuleCount $rules.Count -Created $ours
        }
        default {
            return New-SecuDocUndoStep -Entry $Entry -Verdict 'Left' -Reason "This script does not know how to undo $($Entry['Action'])."
        }
    }
}

# ---- mail on its way

# What undoing looks at, and what it has done: { State, Entries, Created, Connectors, Removed, Quiet }. -Entries are all of the undo
# file; Connectors are the names that rules know our outbound connectors by; Removed and Quiet are Guids of objects that are gone,
# and of rules that do not route any more, whatever a list that is a little old still says.
function New-SecuDocUndoView {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Entries,
        [Parameter(Mandatory)]
        [object] $State
    )
    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($entry in $Entries) {
        if ($entry['Kind'] -eq 'OutboundConnector') {
            $names.Add([string]$entry['Name'])
            $names.Add([string](Get-SecuDocValue (Find-SecuDocUndoObject -Entry $entry -State $State) -Name 'Name'))
        } elseif ($entry['Kind'] -eq 'TransportRule') {
            $names.Add([string](Get-SecuDocValue $entry['New'] -Name 'RouteMessageOutboundConnector'))
        }
    }
    return [pscustomobject]@{
        State      = $State
        Entries    = $Entries
        Created    = @(Get-SecuDocCreatedGuid -Entries $Entries)
        Connectors = @($names | Where-Object { $_ -ne '' } | Sort-Object -Unique)
        Removed    = [System.Collections.Generic.List[string]]::new()
        Quiet      = [System.Collections.Generic.List[string]]::new()
    }
}

# Writes down what a change of undoing does to mail.
function Add-SecuDocUndoDone {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $View,
        [Parameter(Mandatory)]
        [object] $Change
    )
    if ($Change.Action -eq 'Remove') { $View.Removed.Add($Change.Guid) }
    if (@('Remove', 'Disable') -contains $Change.Action -or (Test-SecuDocKey $Change.New -Name 'RouteMessageOutboundConnector')) {
        $View.Quiet.Add($Change.Guid)
    }
}

# Rules that are on and send mail through our outbound connectors, whoever made them. Call it inside @( ).
function Get-SecuDocRoutingNow {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $View
    )
    foreach ($rule in @(Get-SecuDocList $View.State -Name 'TransportRules')) {
        $route = [string](Get-SecuDocValue $rule -Name 'RouteMessageOutboundConnector')
        if ($route -eq '' -or $View.Connectors -notcontains $route) { continue }
        if ($View.Quiet -contains [string](Get-SecuDocValue $rule -Name 'Guid')) { continue }
        if (Test-SecuDocSameText ([string](Get-SecuDocValue $rule -Name 'State')) -Right 'Enabled') { $rule }
    }
}

# Rules that route and that we made or switched on: those are switched off before anything else. Call it inside @( ).
function Get-SecuDocRoutingOurs {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $View
    )
    $seen = [System.Collections.Generic.HashSet[string]]::new()
    foreach ($entry in $View.Entries) {
        if ($entry['Kind'] -ne 'TransportRule' -or @('Create', 'Enable') -notcontains $entry['Action'] -or $entry['State'] -eq 'Undone') { continue }
        $rule = Find-SecuDocUndoObject -Entry $entry -State $View.State
        if ([string](Get-SecuDocValue $rule -Name 'RouteMessageOutboundConnector') -eq '') { continue }
        $on = Test-SecuDocSameText ([string](Get-SecuDocValue $rule -Name 'State')) -Right 'Enabled'
        if ($on -and $seen.Add([string](Get-SecuDocValue $rule -Name 'Guid'))) { $rule }
    }
}

# Why a connector has to stay for now; '' when it may go.
function Get-SecuDocConnectorNeed {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [object] $View
    )
    if (@('InboundConnector', 'OutboundConnector') -notcontains $Entry['Kind']) { return '' }
    $rules = @(Get-SecuDocRoutingNow -View $View)
    if ($rules.Count -gt 0) {
        return "The rule $([string](Get-SecuDocValue $rules[0] -Name 'Name')) still sends mail to the service. Switch it off, and run this again when the service's queue is empty."
    }
    if ($Entry['Kind'] -eq 'OutboundConnector') { return '' }
    foreach ($other in $View.Entries) {
        if ($other['Kind'] -ne 'OutboundConnector' -or $other['Action'] -ne 'Create') { continue }
        $have = Find-SecuDocUndoObject -Entry $other -State $View.State
        if ($null -eq $have -or $View.Removed -contains [string](Get-SecuDocValue $have -Name 'Guid')) { continue }
        return "The outbound connector $([string](Get-SecuDocValue $have -Name 'Name')) is still there: what it sends comes back through this one."
    }
    return ''
}

# Why the linked domain has to stay for now: without it Exchange refuses what comes back. '' when it may go. -View is $null when
# Exchange Online was not looked at.
function Get-SecuDocDomainNeed {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName,
        [AllowNull()]
        [object] $View
    )
    if ($null -eq $View) { return 'Exchange Online was left out, and mail may still come back to this domain. Run this again without -SkipExchange.' }
    $rules = @(Get-SecuDocRoutingNow -View $View)
    if ($rules.Count -gt 0) { return "The rule $([string](Get-SecuDocValue $rules[0] -Name 'Name')) still sends mail to the service." }
    $ours = @(foreach ($entry in $View.Entries) { if ($entry['Kind'] -eq 'InboundConnector') { [string]$entry['Guid'] } })
    foreach ($connector in @(Get-SecuDocList $View.State -Name 'InboundConnectors')) {
        $guid = [string](Get-SecuDocValue $connector -Name 'Guid')
        if ($View.Removed -contains $guid) { continue }
        $certificate = [string](Get-SecuDocValue $connector -Name 'TlsSenderCertificateName')
        if ((Test-SecuDocSameText $certificate -Right $DomainName) -or $ours -contains $guid) {
            return "The inbound connector $([string](Get-SecuDocValue $connector -Name 'Name')) is still there."
        }
    }
    return ''
}

# How many minutes mail may still be on its way; -1 when none was ever sent. Known by the last change of the rules that can send it,
# and by the times of the undo file. A rule that is gone without our doing says nothing: then all minutes count.
function Get-SecuDocDrainMinute {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $View,
        [Parameter(Mandatory)]
        [int] $DrainMinutes,
        [Parameter(Mandatory)]
        [datetime] $Now
    )
    $quiet = [System.Collections.Generic.List[double]]::new()
    $rules = @(Get-SecuDocList $View.State -Name 'TransportRules')
    foreach ($rule in $rules) {
        $route = [string](Get-SecuDocValue $rule -Name 'RouteMessageOutboundConnector')
        if ($route -ne '' -and $View.Connectors -contains $route) { $quiet.Add((Get-SecuDocMinutesSince -Have $rule -Now $Now)) }
    }
    foreach ($entry in $View.Entries) {
        if ($entry['Stage'] -ne 'EnableRouting') { continue }
        $ended = ConvertTo-SecuDocUtc (Get-SecuDocValue $entry -Name 'StateTime')
        if ($null -ne $ended) {
            $quiet.Add([math]::Max(0.0, ($Now - $ended).TotalMinutes))
        } elseif ($null -eq (Find-SecuDocUndoObject -Entry $entry -State $View.State)) {
            $quiet.Add(0.0)
        }
    }
    if ($quiet.Count -eq 0) { return -1.0 }
    $least = $quiet[0]
    foreach ($minutes in $quiet) { $least = [math]::Min($least, $minutes) }
    return [math]::Max(0.0, $DrainMinutes - $least)
}

# ---- what people see

function Show-SecuDocUndoPlan {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Steps,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $EntraEntries
    )
    Write-SecuDocStep 'What is to be undone'
    foreach ($step in $Steps) {
        if ($step.Verdict -eq 'Undo') {
            Show-SecuDocChange -Changes @($step.Change)
        } else {
            Write-Host ('{0,-8} {1,-18} {2}' -f $step.Verdict, $step.Entry['Kind'], (ConvertTo-SecuDocPrintable $step.Entry['Name']))
        }
        if ($step.Reason -ne '') { Write-Host ('           ' + (ConvertTo-SecuDocPrintable $step.Reason)) }
    }
    foreach ($entry in $EntraEntries) {
        Write-Host ('{0,-8} {1,-18} {2}' -f 'Undo', $entry['Kind'], (ConvertTo-SecuDocPrintable "$($entry['Name']) ($($entry['Action']))"))
    }
}

function Show-SecuDocUndoResult {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Left,
        [Parameter(Mandatory)]
        [int] $Count
    )
    Write-SecuDocStep 'What was left'
    if ($Left.Count -eq 0) {
        Write-SecuDocNote "Nothing: all $Count changes are undone."
        return
    }
    foreach ($one in $Left) {
        Write-SecuDocNote (ConvertTo-SecuDocPrintable "$($one.Entry['Kind']) $($one.Entry['Name']): $($one.Entry['Note'])")
    }
}
