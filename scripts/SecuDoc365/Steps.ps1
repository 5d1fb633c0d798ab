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

# What there is to do in one stage, from what is there now. Call it inside @( ).
function Get-SecuDocStageChange {
    [CmdletBinding()]
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
    $ours = @(Get-SecuDocCreatedGuid -Entries ($Journal.Entries.ToArray()))
    foreach ($change in @(Compare-SecuDocState -Plan $Plan -State $state -Ours $ours)) {
        if ($change.Stage -eq $Stage -and $change.Action -ne 'Manual' -and $change.Kind -ne 'AcceptedDomain') { $change }
    }
}

# Makes one stage. What was made a moment ago may not be listed yet, and cannot be changed then: a little patience. Gives the changes
# that were made: call it inside @( ).
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
    $todo = [System.Collections.Generic.List[object]]::new()
    $listed = Wait-SecuDocCondition -TimeoutSeconds 180 -IntervalSeconds 15 -Activity 'Microsoft lists what was made' -Condition {
        $todo.Clear()
        foreach ($one in @(Get-SecuDocStageChange -Plan $Plan -Stage $Stage -Journal $Journal -KnownGroups $KnownGroups)) { $todo.Add($one) }
        $unlisted = @($todo | Where-Object { $_.Kind -ne 'Organization' -and $_.Action -ne 'Create' -and $_.Guid -eq '' })
        $WhatIfPreference -or $unlisted.Count -eq 0
    }
    if (-not $listed) {
        throw (New-SecuDocError -Code 'SD141' -Message 'Exchange Online does not list yet what was made.' -Advice 'Run this again in some minutes: it goes on from here.')
    }
    foreach ($change in $todo) {
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
            throw (New-SecuDocError -Code 'SD121' -Message "The linked domain $name is not a domain of this organization yet, and this run does not add it (-SkipEntra, -SkipDomain, or a plan without a part for Entra ID)." -Advice $advice)
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
        $check = Test-SecuDocConnector -Plan $Plan -State $state -Journal $Journal -Recipient $Recipient -WaitMinutes $WaitMinutes
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
        Write-SecuDocNote 'SD122 - Everything else is in place; the routing rule is as it was: what would route mail, more mail or elsewhere is not done yet.'
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
        [Parameter(Mandatory)]
        [object] $Journal,
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
        $connector = Test-SecuDocConnector -Plan $Plan -State $state -Journal $Journal -Recipient $Recipient -WaitMinutes $WaitMinutes
    }
    $counts = Get-SecuDocMemberCount -Plan $Plan -State $state
    Get-SecuDocStateCheck -Plan $Plan -State $state -MemberCounts $counts -ConnectorWorks ($connector.Result -eq 'Pass') -Ours @(Get-SecuDocCreatedGuid -Entries ($Journal.Entries.ToArray()))
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

# ---- before anything is changed

# Who gets the test mail; '' when nothing is tested and nobody named.
function Get-SecuDocTestRecipient {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [AllowEmptyString()]
        [string] $Given = '',
        [switch] $Needed
    )
    $recipient = $Given
    if ($recipient -eq '') { $recipient = [string](Get-SecuDocValue (Get-SecuDocValue $Plan -Name 'Tenant') -Name 'FacilityAddress') }
    if ($Needed -and $recipient -eq '') {
        throw (New-SecuDocError -Code 'SD102' -Message '-Validate needs an address for the test mail.' -Advice 'Give one of your organization with -TestRecipient.')
    }
    return $recipient
}

function Assert-SecuDocPrerequisite {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [switch] $SkipExchange,
        [switch] $SkipEntra,
        [switch] $SkipLicence,
        [switch] $ReadOnly
    )
    Write-SecuDocStep 'Prerequisites'
    $checks = @(Test-SecuDocPrerequisite -Plan $Plan -SkipExchange:$SkipExchange -SkipEntra:$SkipEntra -SkipLicence:$SkipLicence -ReadOnly:$ReadOnly)
    Write-SecuDocCheck -Checks $checks
    if (Test-SecuDocFailed -Checks $checks) {
        throw (New-SecuDocError -Code 'SD105' -Message 'A role or licence is missing.' -Advice 'See the advice above; nothing was changed.')
    }
}

function Save-SecuDocExport {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [Parameter(Mandatory)]
        [string] $Path
    )
    $tenant = Get-SecuDocTenantId -Plan $Plan
    $document = ConvertTo-SecuDocExport -Plan $Plan -State $State -TenantId ($tenant.ToString())
    if ($WhatIfPreference) {
        Write-SecuDocNote "The export would be written to $Path."
        return
    }
    Write-SecuDocFile -Path $Path -Text (ConvertTo-SecuDocJson $document)
    Write-SecuDocNote "Written to $Path. Compare it on the server: secudoc rules verify"
}

# What differs in Exchange Online; what an earlier run made is recognized first. Call it inside @( ).
function Get-SecuDocExchangeDifference {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [AllowNull()]
        [object] $State
    )
    if ($null -eq $State) { return }
    if (-not $WhatIfPreference) { Resume-SecuDocJournal -Journal $Journal -State $State }
    $ours = @(Get-SecuDocCreatedGuid -Entries ($Journal.Entries.ToArray()))
    Compare-SecuDocState -Plan $Plan -State $State -Ours $ours
}

# The plan with what -Exclude names.
function Add-SecuDocExclusion {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]] $Exclude,
        [Parameter(Mandatory)]
        [object] $State
    )
    if ($Exclude.Count -eq 0) { return $Plan }
    $groups = @(Get-SecuDocList $State -Name 'DistributionGroups')
    $types = @{}
    foreach ($given in $Exclude) {
        $item = $given.Trim()
        if ($item -notmatch '^[^@\s*?:]+@[^@\s*?]+$' -or @(Get-SecuDocGroupNamed -Groups $groups -Identifier $item).Count -gt 0) { continue }
        $types[$item] = Get-SecuDocRecipientType -Address $item
    }
    $split = Split-SecuDocExclusion -Exclude $Exclude -KnownGroups $groups -Types $types
    return Add-SecuDocPlanExclusion -Plan $Plan -Senders $split.Senders -Groups $split.Groups -Domains $split.Domains
}

# A run that broke off wrote down what it was about to make, and not what came of it. While it can be recognized its Guid is taken over.
function Resume-SecuDocJournal {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [object] $State
    )
    foreach ($entry in @(Get-SecuDocJournalEntry -Journal $Journal -Area 'Exchange')) {
        if ($entry['State'] -eq 'Left' -or $entry['Action'] -ne 'Create' -or [string]$entry['Guid'] -ne '') { continue }
        $guid = [string](Get-SecuDocValue (Find-SecuDocUndoObject -Entry $entry -State $State) -Name 'Guid')
        if ($guid -eq '') { continue }
        Complete-SecuDocJournalEntry -Journal $Journal -Id ([int]$entry['Id']) -Guid $guid
        Write-SecuDocNote (ConvertTo-SecuDocPrintable "$($entry['Kind']) $($entry['Name']) was made by an earlier run.")
    }
}

# Groups that nobody vouches for stop the run before it gives them anything (SD102). Without Exchange Online only the undo file and the
# administrator can tell.
function Assert-SecuDocGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Journal,
        [AllowNull()]
        [object] $State = $null
    )
    $entries = $Journal.Entries.ToArray()
    if ($null -ne $State) {
        $foreign = @(Get-SecuDocForeignGroup -Plan $Plan -State $State -Ours @(Get-SecuDocCreatedGuid -Entries $entries))
    } else {
        $made = @(foreach ($entry in $entries) {
                if ($entry['Kind'] -eq 'DistributionGroup' -and $entry['Action'] -eq 'Create' -and @('Done', 'Left') -contains $entry['State']) { [string]$entry['Name'] }
            })
        $foreign = @(foreach ($want in @(Get-SecuDocList $Plan -Name 'DistributionGroups')) {
                if ($made -contains [string](Get-SecuDocValue $want -Name 'Name')) { continue }
                if (Test-SecuDocTrustedGroup -Plan $Plan -Have $want) { continue }
                [string](Get-SecuDocValue $want -Name 'Name')
            })
    }
    if ($foreign.Count -gt 0) {
        throw (New-SecuDocError -Code 'SD102' -Message "Whether these groups are yours is not known: $($foreign -join ', ')." -Advice 'Look at their owners and members, and name those that are yours with -TrustedGroup. Nothing was changed.')
    }
}

# ---- everything

# Exchange Online, then Entra ID, then the routing rule. Gives { Made, Check, Enabled }: what was changed, Microsoft's test of the
# connector when it was run, and whether all of routing was done.
function Invoke-SecuDocInstall {
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
        [bool] $ThroughGraph,
        [Parameter(Mandatory)]
        [bool] $WithEntra,
        [AllowEmptyCollection()]
        [object[]] $Certificate = @(),
        [AllowEmptyCollection()]
        [string[]] $TrustedId = @(),
        [switch] $PhoneClaim,
        [switch] $Validate,
        [switch] $EnableRouting,
        [switch] $Force,
        [AllowEmptyString()]
        [string] $Recipient = '',
        [int] $WaitMinutes = 0
    )
    $result = [pscustomobject]@{ Made = [System.Collections.Generic.List[object]]::new(); Check = $null; Enabled = $true }
    if ($Changes.Count -gt 0) {
        Write-SecuDocStep 'Exchange Online'
        foreach ($change in @(Invoke-SecuDocExchangeInstall -Plan $Plan -Journal $Journal -Changes $Changes -ThroughGraph $ThroughGraph)) { $result.Made.Add($change) }
    }
    if ($WithEntra) {
        # Entra ID sees a new group some minutes later
        $wait = 0
        if ($result.Made.Count -gt 0) { $wait = 300 }
        $entra = @{ Plan = $Plan; Journal = $Journal; Certificate = $Certificate; TrustedId = $TrustedId; PhoneClaim = $PhoneClaim; GroupWaitSeconds = $wait }
        foreach ($change in @(Invoke-SecuDocEntraPart @entra)) { $result.Made.Add($change) }
    }
    if (@(Get-SecuDocRoutingChange -Changes $Changes).Count -gt 0) {
        $ask = @{ Validate = $Validate; EnableRouting = $EnableRouting; Force = $Force; Recipient = $Recipient; WaitMinutes = $WaitMinutes }
        $routing = Invoke-SecuDocRoutingStep -Plan $Plan -Journal $Journal @ask
        foreach ($change in $routing.Made) { $result.Made.Add($change) }
        $result.Check = $routing.Check
        $result.Enabled = $routing.Enabled
    }
    if ($result.Made.Count -gt 0) {
        Write-SecuDocStep 'What was changed'
        Show-SecuDocChange -Changes ($result.Made.ToArray())
        Write-SecuDocNote "Undo file: $($Journal.Path)"
    }
    return $result
}

# ---- Entra ID

# Looks, makes what is missing, looks again and shows it. Gives the changes that were made: call it inside @( ).
function Invoke-SecuDocEntraPart {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $Journal,
        [AllowEmptyCollection()]
        [object[]] $Certificate = @(),
        [AllowEmptyCollection()]
        [string[]] $TrustedId = @(),
        [int] $GroupWaitSeconds = 0,
        [switch] $PhoneClaim
    )
    Write-SecuDocStep 'Entra ID'
    $state = Get-SecuDocEntraState -Plan $Plan -Journal $Journal -TrustedId $TrustedId -GroupWaitSeconds $GroupWaitSeconds -PhoneClaim:$PhoneClaim
    $changes = @(Compare-SecuDocEntra -Plan $Plan -State $state -Certificate $Certificate -PhoneClaim:$PhoneClaim)
    Invoke-SecuDocEntraInstall -Plan $Plan -Journal $Journal -Changes $changes
    $state = Get-SecuDocEntraState -Plan $Plan -Journal $Journal -TrustedId $TrustedId -PhoneClaim:$PhoneClaim
    Show-SecuDocEntraResult -Plan $Plan -State $state
}

# ---- what is left

# Gives how many points are left to the administrator.
function Show-SecuDocManual {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Changes
    )
    $points = @($Changes | Where-Object { $_.Action -eq 'Manual' })
    if ($points.Count -eq 1) { Write-SecuDocNote 'One point is left to you: see "Manual" above.' }
    if ($points.Count -gt 1) { Write-SecuDocNote "$($points.Count) points are left to you: see ""Manual"" above." }
    return $points.Count
}
