#Requires -Version 7.4
<#
    UndoSteps.ps1 - the steps of undoing: routing off, time for mail on its way, then one entry of the undo file after
    the other, each judged from what is there.

    The way back for mail is removed last, and only when nothing sends mail to the service any more.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# ---- judging

# One entry, with the members of its group looked up.
function Get-SecuDocUndoJudged {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [object] $View,
        [switch] $RemoveGroups
    )
    $members = @()
    $have = Find-SecuDocUndoObject -Entry $Entry -State $View.State
    $guid = [string](Get-SecuDocValue $have -Name 'Guid')
    if ($null -ne $have -and $View.Removed -contains $guid) {
        return New-SecuDocUndoStep -Entry $Entry -Verdict 'Undone' -Reason 'It is not there any more.'
    }
    if ($null -ne $have -and $Entry['Kind'] -eq 'DistributionGroup' -and $Entry['Action'] -eq 'Create') {
        $members = @(Get-SecuDocGroupMember -Guid $guid)
    }
    $step = Get-SecuDocUndoStep -Entry $Entry -State $View.State -Created $View.Created -Members $members -RemoveGroups:$RemoveGroups
    if ($step.Verdict -ne 'Undo') { return $step }
    $need = Get-SecuDocConnectorNeed -Entry $Entry -View $View
    if ($need -ne '') { return New-SecuDocUndoStep -Entry $Entry -Verdict 'Left' -Reason $need }
    return $step
}

# What is to become of each open entry of Exchange, in the order of undoing, as if those before it were undone. Call it inside @( ).
function Get-SecuDocUndoPlan {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [object] $State,
        [switch] $RemoveGroups
    )
    $view = New-SecuDocUndoView -Entries ($Journal.Entries.ToArray()) -State $State
    # they are switched off before anything is undone
    foreach ($rule in @(Get-SecuDocRoutingOurs -View $view)) { $view.Quiet.Add([string](Get-SecuDocValue $rule -Name 'Guid')) }
    $entries = @(Get-SecuDocJournalEntry -Journal $Journal -Area 'Exchange')
    foreach ($entry in @(Get-SecuDocUndoOrder -Entries $entries)) {
        try {
            $step = Get-SecuDocUndoJudged -Entry $entry -View $view -RemoveGroups:$RemoveGroups
        } catch {
            # the others are undone all the same; this one is tried again then
            $step = New-SecuDocUndoStep -Entry $entry -Verdict 'Left' -Reason "It cannot be judged now: $($_.Exception.Message)"
        }
        if ($step.Verdict -eq 'Undo') { Add-SecuDocUndoDone -View $view -Change $step.Change }
        $step
    }
}

# ---- one entry

# Undoes one entry, judged anew: undoing one changes what the next one finds. Gives its state. What Microsoft refuses is left, and
# the next one is tried.
function Invoke-SecuDocUndoEntry {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Entry,
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [object] $View,
        [switch] $RemoveGroups
    )
    $id = [int]$Entry['Id']
    $label = ConvertTo-SecuDocPrintable "$($Entry['Action']) $($Entry['Kind']) $($Entry['Name'])"
    if (-not $PSCmdlet.ShouldProcess($label, 'Undo')) { return [string]$Entry['State'] }
    $secrets = @()
    try {
        $step = Get-SecuDocUndoJudged -Entry $Entry -View $View -RemoveGroups:$RemoveGroups
        if ($step.Verdict -eq 'Undo') {
            $secrets = @(Get-SecuDocSecretText -Change $step.Change)
            [void](Invoke-SecuDocRetry -Secrets $secrets -Action { Invoke-SecuDocExchangeChange -Change $step.Change -Confirm:$false })
        }
    } catch {
        $text = ConvertTo-SecuDocPrintable (Hide-SecuDocText -Text ([string]$_.Exception.Message) -Secrets $secrets)
        Set-SecuDocJournalState -Journal $Journal -Id $id -State 'Left' -Note $text
        Write-SecuDocNote "$label - left: $text"
        return 'Left'
    }
    if ($step.Verdict -ne 'Undo') {
        Set-SecuDocJournalState -Journal $Journal -Id $id -State $step.Verdict -Note $step.Reason
        Write-SecuDocNote (ConvertTo-SecuDocPrintable "$label - $($step.Verdict.ToLowerInvariant()): $($step.Reason)")
        return $step.Verdict
    }
    Add-SecuDocUndoDone -View $View -Change $step.Change
    $verdict = 'Undone'
    if ($step.Reason -ne '') { $verdict = 'Left' }
    Set-SecuDocJournalState -Journal $Journal -Id $id -State $verdict -Note $step.Reason
    Write-SecuDocNote (ConvertTo-SecuDocPrintable "$label - undone. $($step.Reason)")
    return $verdict
}

# ---- routing off

# No new mail to the service: rules of others get back what we set on them, rules that we made or switched on are switched off, also
# when somebody else switched them on. Gives how many were stopped.
function Disable-SecuDocRouting {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Journal
    )
    $stopped = 0
    $view = New-SecuDocUndoView -Entries ($Journal.Entries.ToArray()) -State (Get-SecuDocExchangeState)
    foreach ($entry in @(Get-SecuDocJournalEntry -Journal $Journal -Area 'Exchange')) {
        if ($entry['Stage'] -ne 'EnableRouting' -or $entry['Action'] -ne 'Change' -or $view.Created -contains [string]$entry['Guid']) { continue }
        $before = [string]$entry['State']
        $verdict = Invoke-SecuDocUndoEntry -Entry $entry -Journal $Journal -View $view -Confirm:$false
        if ($verdict -eq 'Undone' -and $before -ne 'Undone') { $stopped = $stopped + 1 }
    }
    foreach ($rule in @(Get-SecuDocRoutingOurs -View $view)) {
        $name = ConvertTo-SecuDocPrintable ([string](Get-SecuDocValue $rule -Name 'Name'))
        if (-not $PSCmdlet.ShouldProcess($name, 'Disable the routing rule')) { continue }
        $guid = [string](Get-SecuDocValue $rule -Name 'Guid')
        [void](Invoke-SecuDocRetry -Action { Disable-SecuDocTransportRule -Guid $guid -Confirm:$false })
        Write-SecuDocNote "$name is off. Microsoft takes up to 30 minutes to follow, and mail that is at the service comes back through the inbound connector."
        $stopped = $stopped + 1
    }
    return $stopped
}

# Routing off, then time for mail that is on its way, also when an earlier run or somebody else switched it off. Gives $true when the
# rest may be undone.
function Stop-SecuDocRouting {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Steps,
        [Parameter(Mandatory)]
        [int] $DrainMinutes,
        [switch] $Force
    )
    $way = @('TransportRule', 'OutboundConnector', 'InboundConnector')
    $affected = @($Steps | Where-Object { $_.Verdict -eq 'Undo' -and $way -contains $_.Entry['Kind'] })
    if ($affected.Count -eq 0) { return $true }
    Write-SecuDocStep 'Routing'
    $stopped = Disable-SecuDocRouting -Journal $Journal -Confirm:$false
    if ($WhatIfPreference) { return $true }
    $view = New-SecuDocUndoView -Entries ($Journal.Entries.ToArray()) -State (Get-SecuDocExchangeState -KnownGroups @())
    $minutes = Get-SecuDocDrainMinute -View $view -DrainMinutes $DrainMinutes -Now ([datetime]::UtcNow)
    if ($stopped -gt 0) { $minutes = [double]$DrainMinutes }
    if ($minutes -lt 0) { return $true }
    if ($DrainMinutes -eq 0) {
        Write-SecuDocNote '-DrainMinutes 0: mail that is on its way now will be refused.'
        return $true
    }
    Write-SecuDocNote 'Look on the server until it is empty: secudoc queue list'
    $rounded = [int][math]::Ceiling($minutes)
    if ($rounded -gt 0) {
        $question = "Mail may be on its way for $rounded minutes more. Wait here? (No: run this again later.)"
        if (-not $Force -and -not $PSCmdlet.ShouldContinue($question, 'Mail on its way')) { return $false }
        Write-SecuDocNote "Waiting $rounded minutes. It may be stopped with Ctrl-C, and run again later."
        [void](Wait-SecuDocCondition -TimeoutSeconds (60 * $rounded) -IntervalSeconds 30 -Activity 'Waiting for mail on its way' -Condition { $false })
    }
    if ($Force) { return $true }
    return $PSCmdlet.ShouldContinue('Is the queue of the service empty (secudoc queue list), and shall rules and connectors be removed now? (No: run this again later.)', 'Mail on its way')
}

# ---- all entries

# All open entries of Exchange. Gives { Entry, State } of each: call it inside @( ).
function Invoke-SecuDocExchangeUndo {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [switch] $RemoveGroups
    )
    $entries = @(Get-SecuDocJournalEntry -Journal $Journal -Area 'Exchange')
    $view = New-SecuDocUndoView -Entries ($Journal.Entries.ToArray()) -State (Get-SecuDocExchangeState)
    foreach ($entry in @(Get-SecuDocUndoOrder -Entries $entries)) {
        $verdict = Invoke-SecuDocUndoEntry -Entry $entry -Journal $Journal -View $view -RemoveGroups:$RemoveGroups
        [pscustomobject]@{ Entry = $entry; State = $verdict }
        if ($WhatIfPreference -or $verdict -ne 'Undone') { continue }
        $groups = $view.State.DistributionGroups
        if ($entry['Kind'] -eq 'DistributionGroup') { $groups = $null }
        $view.State = Get-SecuDocExchangeState -KnownGroups $groups
    }
}

# All open entries of Entra ID; the linked domain stays while mail may come back. Gives { Entry, State } of each: call it inside @( ).
function Invoke-SecuDocEntraUndo {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Entries,
        [Parameter(Mandatory)]
        [bool] $SeesExchange
    )
    $view = $null
    if ($SeesExchange) { $view = New-SecuDocUndoView -Entries ($Journal.Entries.ToArray()) -State (Get-SecuDocExchangeState -KnownGroups @()) }
    foreach ($entry in $Entries) {
        $keep = ''
        # with -WhatIf connectors are still there that would be gone by now
        if (@('Domain', 'DomainService') -contains $entry['Kind'] -and -not ($WhatIfPreference -and $SeesExchange)) {
            $keep = Get-SecuDocDomainNeed -DomainName ([string]$entry['Name']) -View $view
        }
        $state = Undo-SecuDocEntraEntry -Entry $entry -Journal $Journal -KeepDomain $keep -Confirm:$false
        [pscustomobject]@{ Entry = $entry; State = [string]$state }
    }
}
