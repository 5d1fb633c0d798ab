#Requires -Version 7.4
<#
    Steps.ps1 - the steps of installing, in a safe order, each judged from what is there.

    A step reads the tenant, compares it with the plan, and makes its own changes one by one, each written into
    the undo file before it is made. So a run that stopped anywhere is simply run again. Rules are made
    switched off; the routing rule is switched on last of all.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Before and after the linked domain, without which the connectors know nobody.
$script:StagesBeforeDomain = @('Organization', 'Group')
$script:StagesAfterDomain = @('Inbound', 'Outbound', 'RemoteDomain', 'Rule', 'Order', 'EnableRule')

# ---- one change

# Gives $true when the change was made.
function Invoke-SecuDocJournaledChange {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Change,
        [Parameter(Mandatory)]
        [object] $Journal
    )
    if (-not $PSCmdlet.ShouldProcess("$($Change.Kind) $($Change.Name)", $Change.Action)) { return $false }
    $id = Add-SecuDocJournalEntry -Journal $Journal -Change $Change
    # a rule may name a group that was made a minute ago
    $late = ''
    if ($Change.Kind -eq 'TransportRule') { $late = 'could ?n.t (be )?f(i|ou)nd|cannot find' }
    $secrets = @(Get-SecuDocSecretText -Change $Change)
    try {
        $guid = [string](Invoke-SecuDocRetry -AlsoOn $late -Secrets $secrets -Action { Invoke-SecuDocExchangeChange -Change $Change -Confirm:$false })
    } catch {
        # the line stays Planned: whether it happened all the same is judged from what is there
        $text = Hide-SecuDocText -Text ([string]$_.Exception.Message) -Secrets $secrets
        $advice = 'What was made so far is in the undo file. Remove the cause and run this again.'
        throw (New-SecuDocError -Code 'SD141' -Message "$($Change.Action) $($Change.Kind) '$($Change.Name)': $text" -Advice $advice)
    }
    if ($guid -eq '' -and $Change.Action -eq 'Create') { $guid = Get-SecuDocNewGuid -Change $Change }
    Complete-SecuDocJournalEntry -Journal $Journal -Id $id -Guid $guid
    Write-SecuDocNote (ConvertTo-SecuDocPrintable "$($Change.Action) $($Change.Kind) $($Change.Name): done")
    return $true
}

# A cmdlet that made something and did not say which.
function Get-SecuDocNewGuid {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    try {
        $state = Get-SecuDocExchangeState
    } catch {
        # without it the object is known by its name and the time
        return ''
    }
    $objects = @(Get-SecuDocList $state -Name ($Change.Kind + 's'))
    $made = Find-SecuDocObject -Objects $objects -Key 'Name' -Value $Change.Name
    return [string](Get-SecuDocValue $made -Name 'Guid')
}

# ---- installing: Exchange

# What there is to do in one stage, from what is there now. Gives the changes that were made: call it inside @( ).
function Invoke-SecuDocStage {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [string] $Stage,
        [Parameter(Mandatory)]
        [object] $Journal,
        [AllowNull()]
        [object[]] $KnownGroups = $null
    )
    $state = Get-SecuDocExchangeState -KnownGroups $KnownGroups
    foreach ($change in @(Compare-SecuDocState -Plan $Plan -State $state)) {
        if ($change.Stage -ne $Stage -or $change.Action -eq 'Manual' -or $change.Kind -eq 'AcceptedDomain') { continue }
        if (Invoke-SecuDocJournaledChange -Change $change -Journal $Journal) {
            if ($change.Kind -eq 'Organization') { Wait-SecuDocCustomization }
            $change
        }
    }
}

function Wait-SecuDocCustomization {
    [CmdletBinding()]
    param()
    $ready = Wait-SecuDocCondition -TimeoutSeconds 900 -IntervalSeconds 30 -Activity 'Microsoft prepares the organization' -Condition { -not (Test-SecuDocDehydrated) }
    if (-not $ready) {
        throw (New-SecuDocError -Code 'SD141' -Message 'The organization cannot be customized yet.' -Advice 'Microsoft needs more time: run this again in an hour.')
    }
}

# Everything but the routing rule's switch. Gives the changes that were made: call it inside @( ).
function Invoke-SecuDocExchangeInstall {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Changes,
        [Parameter(Mandatory)]
        [bool] $ThroughGraph
    )
    $planned = @(foreach ($change in $Changes) { $change.Stage })
    foreach ($stage in $script:StagesBeforeDomain) {
        if ($planned -contains $stage) { Invoke-SecuDocStage -Plan $Plan -Stage $stage -Journal $Journal }
    }
    $groups = @(Get-SecuDocList (Get-SecuDocExchangeState) -Name 'DistributionGroups')
    if ($planned -contains 'Domain') { Invoke-SecuDocDomainStage -Plan $Plan -Journal $Journal -ThroughGraph $ThroughGraph }
    foreach ($stage in $script:StagesAfterDomain) {
        if ($planned -contains $stage) { Invoke-SecuDocStage -Plan $Plan -Stage $stage -Journal $Journal -KnownGroups $groups }
    }
}

# Domains of the plan that Exchange does not accept. Call it inside @( ).
function Get-SecuDocMissingDomain {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $accepted = @(Get-SecuDocList $State -Name 'AcceptedDomains')
    foreach ($want in @(Get-SecuDocList $Plan -Name 'AcceptedDomains')) {
        $name = [string](Get-SecuDocValue $want -Name 'DomainName')
        if ($null -eq (Find-SecuDocObject -Objects $accepted -Key 'DomainName' -Value $name)) { $name }
    }
}

# The linked domain is added and proven in Entra; Exchange accepts it some minutes later. Throws SD121 while
# there is something that only people can do.
function Invoke-SecuDocDomainStage {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [bool] $ThroughGraph
    )
    foreach ($name in @(Get-SecuDocMissingDomain -Plan $Plan -State (Get-SecuDocExchangeState -KnownGroups @()))) {
        if (-not $ThroughGraph) {
            if (-not $PSCmdlet.ShouldProcess($name, 'Wait for this domain to be added by hand')) { continue }
            $advice = 'Microsoft 365 admin center, Settings, Domains, Add domain; prove it with the TXT record shown there, and choose no services but e-mail. Then run this again.'
            throw (New-SecuDocError -Code 'SD121' -Message "The linked domain $name is not a domain of this organization yet." -Advice $advice)
        }
        if (-not $PSCmdlet.ShouldProcess($name, 'Add and prove the linked domain')) { continue }
        [void](Add-SecuDocDomain -DomainName $name -Journal $Journal -Confirm:$false)
        if (-not (Confirm-SecuDocDomain -DomainName $name)) {
            Show-SecuDocDomainRecord -DomainName $name
            throw (New-SecuDocError -Code 'SD121' -Message "The linked domain $name is not proven yet." -Advice 'Publish the TXT record above in DNS, wait until it can be seen, and run this again.')
        }
        [void](Enable-SecuDocDomainMail -DomainName $name -Journal $Journal -Confirm:$false)
        Wait-SecuDocAcceptedDomain -Plan $Plan
    }
}

function Show-SecuDocDomainRecord {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    $domain = Get-SecuDocDomainState -DomainName $DomainName
    Write-SecuDocStep "Records that prove $DomainName (one is enough)"
    foreach ($record in @(Get-SecuDocList $domain -Name 'Records')) {
        $type = [string](Get-SecuDocValue $record -Name 'Type')
        $name = [string](Get-SecuDocValue $record -Name 'Name')
        $value = [string](Get-SecuDocValue $record -Name 'Value')
        Write-SecuDocNote (ConvertTo-SecuDocPrintable "$name  $type  $value")
    }
}

function Wait-SecuDocAcceptedDomain {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan
    )
    $there = Wait-SecuDocCondition -TimeoutSeconds 900 -IntervalSeconds 30 -Activity 'Exchange Online takes the domain over' -Condition {
        @(Get-SecuDocMissingDomain -Plan $Plan -State (Get-SecuDocExchangeState -KnownGroups @())).Count -eq 0
    }
    if (-not $there) {
        throw (New-SecuDocError -Code 'SD121' -Message 'The linked domain is proven, but Exchange Online does not accept it yet.' -Advice 'This takes minutes, seldom an hour: run this again then.')
    }
}

# ---- installing: the routing rule's switch

# Changes that begin to route mail. Call it inside @( ).
function Get-SecuDocRoutingChange {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Changes
    )
    foreach ($change in $Changes) {
        if ($change.Stage -eq 'EnableRouting') { $change }
    }
}

# The routing rule begins to route when Microsoft's test of the connector passes, or when the administrator
# answers for it. Gives { Enabled, Made, Check }.
function Invoke-SecuDocRoutingStep {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Journal,
        [switch] $Validate,
        [switch] $EnableRouting,
        [switch] $Force,
        [AllowEmptyString()]
        [string] $Recipient = '',
        [int] $WaitMinutes = 0
    )
    Write-SecuDocStep 'Routing'
    $tested = [bool]$EnableRouting
    $check = $null
    if ($Validate -and -not $tested) {
        $state = Get-SecuDocExchangeState -KnownGroups @()
        $check = Test-SecuDocConnector -Plan $Plan -State $state -Recipient $Recipient -WaitMinutes $WaitMinutes
        Write-SecuDocCheck -Checks @($check)
        $tested = $check.Result -eq 'Pass'
    } elseif (-not $tested -and -not $Force -and -not $WhatIfPreference) {
        $question = 'Was the outbound connector tested in the Exchange admin center, and shall mail be routed from now on? (-Validate tests it for you.)'
        $tested = $PSCmdlet.ShouldContinue($question, 'Routing rule')
    }
    $made = @()
    if ($tested -or $WhatIfPreference) {
        $made = @(Invoke-SecuDocStage -Plan $Plan -Stage 'EnableRouting' -Journal $Journal)
    } else {
        Write-SecuDocNote 'SD122 - Everything else is in place; the routing rule is off, and no mail is routed yet.'
        Write-SecuDocNote 'Run this again with -Validate, which tests the connector first, or with -EnableRouting when it was tested.'
    }
    return [pscustomobject]@{
        Enabled = $tested -or $WhatIfPreference
        Made    = $made
        Check   = $check
    }
}

# ---- installing: Entra

# Gives the changes that were made: call it inside @( ).
function Invoke-SecuDocEntraInstall {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Changes
    )
    foreach ($change in $Changes) {
        if ($change.Action -eq 'Manual') { continue }
        if ($PSCmdlet.ShouldProcess("$($change.Kind) $($change.Name)", $change.Action)) {
            [void](Invoke-SecuDocEntraChange -Plan $Plan -Change $change -Journal $Journal -Confirm:$false)
            Write-SecuDocNote (ConvertTo-SecuDocPrintable "$($change.Action) $($change.Kind) $($change.Name): done")
            $change
        }
    }
}

# ---- checks that need the tenant

# Guid of each group of the plan to the number of its direct members.
function Get-SecuDocMemberCount {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $counts = @{}
    foreach ($want in @(Get-SecuDocList $Plan -Name 'DistributionGroups')) {
        $have = Find-SecuDocCounterpart -Kind $script:PlanKinds[1] -Want $want -State $State
        if ($null -eq $have) { continue }
        $guid = [string](Get-SecuDocValue $have -Name 'Guid')
        $counts[$guid] = @(Get-SecuDocGroupMember -Guid $guid).Count
    }
    return $counts
}

# Every check of -Validate. The connector is tested here when it was not before. Call it inside @( ).
function Get-SecuDocFullCheck {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [AllowNull()]
        [object] $ConnectorCheck = $null,
        [Parameter(Mandatory)]
        [string] $Recipient,
        [Parameter(Mandatory)]
        [int] $WaitMinutes
    )
    $state = Get-SecuDocExchangeState
    $connector = $ConnectorCheck
    if ($null -eq $connector) {
        $connector = Test-SecuDocConnector -Plan $Plan -State $state -Recipient $Recipient -WaitMinutes $WaitMinutes
    }
    $counts = Get-SecuDocMemberCount -Plan $Plan -State $state
    Get-SecuDocStateCheck -Plan $Plan -State $state -MemberCounts $counts -ConnectorWorks ($connector.Result -eq 'Pass')
    Get-SecuDocNetworkCheck -Plan $Plan
    $connector
}

function Assert-SecuDocModule {
    [CmdletBinding()]
    param(
        [switch] $SkipExchange,
        [switch] $SkipEntra
    )
    Write-SecuDocStep 'Modules'
    $checks = @(Test-SecuDocModule -SkipExchange:$SkipExchange -SkipEntra:$SkipEntra)
    Write-SecuDocCheck -Checks $checks
    if (Test-SecuDocFailed -Checks $checks) {
        throw (New-SecuDocError -Code 'SD103' -Message 'PowerShell or a module is missing or too old.' -Advice 'Install what is named above, in a new session.')
    }
}

function Show-SecuDocDifference {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Changes,
        [Parameter(Mandatory)]
        [bool] $Overridden
    )
    Write-SecuDocStep 'What differs from the plan'
    foreach ($note in @(Get-SecuDocList $Plan -Name 'Notes')) { Write-SecuDocNote (ConvertTo-SecuDocPrintable $note) }
    if ($Overridden) {
        Write-SecuDocNote 'Parameters override the plan. Change the settings of the service too (secudoc tenant set), or "secudoc rules verify" reports a difference.'
    }
    Show-SecuDocChange -Changes $Changes
}
