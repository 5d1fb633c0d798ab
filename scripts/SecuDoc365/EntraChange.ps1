#Requires -Version 7.4
<#
    EntraChange.ps1 - makes a change in Entra ID and undoes it: written into the undo file first, and only what we made is taken away.
    The linked domain too.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# ---- making it

# A new object is not seen by all servers at once: errors that say so are tried again for a minute and a half.
function Invoke-SecuDocEntraRetry {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [scriptblock] $Action
    )
    $entraAttempt = 1
    while ($true) {
        try {
            return & $Action
        } catch {
            if ($entraAttempt -ge 10 -or -not (Test-SecuDocEntraLate -ErrorRecord $_)) { throw }
            $entraAttempt = $entraAttempt + 1
            Start-Sleep -Seconds 10
        }
    }
}

function Test-SecuDocEntraLate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )
    $text = Get-SecuDocGraphErrorText -ErrorRecord $ErrorRecord
    return $text -match 'ResourceNotFound|ObjectNotFound|NoBackingApplicationObject|HostNameNotOnVerifiedDomain|does not reference a valid|does not exist'
}

# One change: asked, written down, made, written down.
function Invoke-SecuDocEntraChange {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Plan,
        [Parameter(Mandatory)]
        [object] $Change,
        [Parameter(Mandatory)]
        [object] $Journal
    )
    if ($Change.Action -eq 'Manual') { return }
    if (-not $PSCmdlet.ShouldProcess($Change.Name, "$($Change.Action) $($Change.Kind)")) { return }
    $wanted = Get-SecuDocEntraWanted -Plan $Plan
    $id = Add-SecuDocJournalEntry -Journal $Journal -Change $Change
    try {
        $made = Invoke-SecuDocEntraStep -Wanted $wanted -Change $Change
    } catch {
        if ((Get-SecuDocErrorCode $_) -ne '') { throw }
        # The line stays Planned: whether the request arrived is judged from what is there.
        $text = Get-SecuDocGraphErrorText -ErrorRecord $_
        throw (New-SecuDocError -Code 'SD141' -Message "$($Change.Action) $($Change.Kind) '$($Change.Name)': $text" -Advice (Get-SecuDocEntraAdvice -Text $text))
    }
    Complete-SecuDocJournalEntry -Journal $Journal -Id $id -Guid $made.Guid -Result $made.Result
}

function Get-SecuDocEntraAdvice {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Text
    )
    if ($Text -match 'Authorization_RequestDenied|Insufficient privileges|accessDenied|Forbidden') {
        return 'The role of the administrator does not allow this: Cloud Application Administrator for applications and groups, Privileged Role Administrator for the permissions of Microsoft Graph.'
    }
    if ($Text -match 'HostNameNotOnVerifiedDomain') {
        return 'The identifier must lie in a verified domain of this tenant: verify the linked domain first, then run again.'
    }
    if ($Text -match 'Permission being assigned already exists') { return 'It is there already: run again.' }
    return 'What was made is in the undo file. Run again: the script goes on where it stopped.'
}

function Invoke-SecuDocEntraStep {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $Change
    )
    switch ("$($Change.Kind) $($Change.Action)") {
        'GraphApplication Create' { return New-SecuDocEntraDirectory -Change $Change }
        'GraphApplication Change' { return Set-SecuDocEntraProperty -Change $Change -Kind 'Application' -IdName 'GraphApplication' }
        'GraphPrincipal Create' { return New-SecuDocEntraPrincipal -Change $Change -Part 'Graph' }
        'GraphCertificate Create' { return Add-SecuDocEntraKey -Change $Change }
        'GraphPermission Grant' { return Grant-SecuDocEntraPermission -Change $Change }
        'SamlApplication Create' { return New-SecuDocEntraSaml -Change $Change }
        'SamlApplication Change' { return Set-SecuDocEntraProperty -Change $Change -Kind 'Application' -IdName 'SamlApplication' }
        'SamlPrincipal Create' { return New-SecuDocEntraPrincipal -Change $Change -Part 'Saml' }
        'SamlPrincipal Change' { return Set-SecuDocEntraProperty -Change $Change -Kind 'ServicePrincipal' -IdName 'SamlPrincipal' }
        'SamlSigningCertificate Create' { return Add-SecuDocEntraSigning -Change $Change }
        'SamlAssignment Grant' { return Grant-SecuDocEntraAssignment -Change $Change }
        'SamlClaim Change' { return Set-SecuDocEntraClaim -Change $Change }
    }
    throw "No way to $($Change.Action) a $($Change.Kind) of $($Wanted.TenantId)."
}

# What a step gives: the id that undoing needs, and what else it needs.
function New-SecuDocEntraAnswer {
    [CmdletBinding()]
    param(
        [AllowEmptyString()]
        [string] $Guid = '',
        [System.Collections.IDictionary] $Result = [ordered]@{}
    )
    return [pscustomobject]@{ Guid = $Guid; Result = $Result }
}

function New-SecuDocEntraDirectory {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $made = New-SecuDocGraphApplication -DisplayName $Change.New['DisplayName'] -ResourceAppId $script:EntraGraphAppId -RoleId $Change.New['RoleIds']
    $script:EntraIds['GraphApplication'] = $made.Id
    $script:EntraIds['GraphAppId'] = $made.AppId
    $null = Wait-SecuDocCondition -Activity 'Waiting until Entra ID shows the application' -TimeoutSeconds 120 -IntervalSeconds 5 -Condition {
        @(Get-SecuDocGraphApplication -Id $made.Id).Count -gt 0
    }
    return New-SecuDocEntraAnswer -Guid $made.Id -Result ([ordered]@{ AppId = $made.AppId })
}

# Ready when it can be seen.
function New-SecuDocEntraPrincipal {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change,
        [Parameter(Mandatory)]
        [ValidateSet('Graph', 'Saml')]
        [string] $Part
    )
    $appId = Get-SecuDocEntraId -Name "${Part}AppId"
    $tags = @(Get-SecuDocList $Change.New -Name 'Tags')
    $made = Invoke-SecuDocEntraRetry -Action { New-SecuDocGraphPrincipal -AppId $appId -Tag $tags }
    $script:EntraIds["${Part}Principal"] = $made.Id
    $null = Wait-SecuDocCondition -Activity 'Waiting until Entra ID shows the service principal' -TimeoutSeconds 120 -IntervalSeconds 5 -Condition {
        @(Get-SecuDocGraphPrincipal -Id $made.Id).Count -gt 0
    }
    return New-SecuDocEntraAnswer -Guid $made.Id -Result ([ordered]@{ AppId = $appId })
}

# The bytes of certificates (Base64): of keys as Graph shows them, or of lines of the undo file.
function Get-SecuDocEntraKeyText {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $From,
        [Parameter(Mandatory)]
        [ValidateSet('key', 'Certificate')]
        [string] $Name
    )
    foreach ($item in $From) { [string](Get-SecuDocValue $item -Name $Name) }
}

# Replaces the list and reads it until it is the new one: a change that followed would be made from the old one. $true when it is.
function Set-SecuDocEntraKey {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $ApplicationId,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Keys
    )
    Set-SecuDocGraphProperty -Kind 'Application' -Id $ApplicationId -Values ([ordered]@{ keyCredentials = $Keys })
    $expected = @(Get-SecuDocEntraKeyText -From $Keys -Name 'key' | Sort-Object -Unique -CaseSensitive:$true) -join ' '
    return Wait-SecuDocCondition -Activity 'Waiting until Entra ID shows the certificates' -TimeoutSeconds 120 -IntervalSeconds 5 -Condition {
        $shown = @(Get-SecuDocGraphKey -ApplicationId $ApplicationId)
        (@(Get-SecuDocEntraKeyText -From $shown -Name 'key' | Sort-Object -Unique -CaseSensitive:$true) -join ' ') -ceq $expected
    }
}

# PATCH replaces the whole list, so that what is there goes with it as it came, bytes included; all new ones at once.
function Add-SecuDocEntraKey {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $id = Get-SecuDocEntraId -Name 'GraphApplication'
    $rows = @(Get-SecuDocList $Change.New -Name 'Certificates')
    $action = {
        $keys = @(Get-SecuDocGraphKey -ApplicationId $id)
        $present = @(Get-SecuDocEntraKeyText -From $keys -Name 'key')
        foreach ($row in $rows) {
            if ($present -ccontains $row['Certificate']) { continue }
            $keys += [ordered]@{
                type          = 'AsymmetricX509Cert'
                usage         = 'Verify'
                displayName   = $row['Subject']
                startDateTime = ConvertTo-SecuDocTable $row['NotBefore']
                endDateTime   = ConvertTo-SecuDocTable $row['NotAfter']
                key           = $row['Certificate']
            }
        }
        Set-SecuDocEntraKey -ApplicationId $id -Keys $keys
    }
    $shown = Invoke-SecuDocEntraRetry -Action $action
    if (-not $shown) {
        throw (New-SecuDocError -Code 'SD141' -Message 'Entra ID does not show the certificates as they were set.' -Advice 'Run the script again in some minutes: it adds those that are missing then.')
    }
    $thumbprints = @(foreach ($row in $rows) { [string]$row['Thumbprint'] })
    return New-SecuDocEntraAnswer -Guid $id -Result ([ordered]@{ ApplicationId = $id; Thumbprints = $thumbprints })
}

# The consent of the administrator to one application permission.
function Grant-SecuDocEntraPermission {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $api = Get-SecuDocEntraId -Name 'Api'
    $principal = Get-SecuDocEntraId -Name 'GraphPrincipal'
    $role = $Change.New['RoleId']
    $id = Invoke-SecuDocEntraRetry -Action { New-SecuDocGraphAssignment -ResourceId $api -PrincipalId $principal -RoleId $role }
    return New-SecuDocEntraAnswer -Guid $id -Result ([ordered]@{ ResourceId = $api; PrincipalId = $principal })
}

# Made from the template; ready when both objects can be seen.
function New-SecuDocEntraSaml {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $made = New-SecuDocGraphTemplateApplication -DisplayName $Change.New['DisplayName'] -TemplateId $Change.New['TemplateId']
    $script:EntraIds['SamlApplication'] = $made.Id
    $script:EntraIds['SamlAppId'] = $made.AppId
    $script:EntraIds['SamlPrincipal'] = $made.PrincipalId
    $seen = Wait-SecuDocCondition -Activity 'Waiting until Entra ID shows the enterprise application' -TimeoutSeconds 180 -IntervalSeconds 5 -Condition {
        (@(Get-SecuDocGraphApplication -Id $made.Id).Count -gt 0) -and (@(Get-SecuDocGraphPrincipal -Id $made.PrincipalId).Count -gt 0)
    }
    if (-not $seen) { Write-SecuDocNote 'Entra ID does not show the enterprise application yet; going on, each step is tried several times.' }
    return New-SecuDocEntraAnswer -Guid $made.Id -Result ([ordered]@{ AppId = $made.AppId; PrincipalId = $made.PrincipalId })
}

function Set-SecuDocEntraProperty {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change,
        [Parameter(Mandatory)]
        [ValidateSet('Application', 'ServicePrincipal')]
        [string] $Kind,
        [Parameter(Mandatory)]
        [string] $IdName
    )
    $id = Get-SecuDocEntraId -Name $IdName
    $values = $Change.New
    $null = Invoke-SecuDocEntraRetry -Action { Set-SecuDocGraphProperty -Kind $Kind -Id $id -Values $values }
    return New-SecuDocEntraAnswer -Guid $id
}

# Made and at once the one that signs.
function Add-SecuDocEntraSigning {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $principal = Get-SecuDocEntraId -Name 'SamlPrincipal'
    $subject = $Change.New['Subject']
    $until = $Change.New['EndDate']
    $made = Invoke-SecuDocEntraRetry -Action { Add-SecuDocGraphSigningCertificate -PrincipalId $principal -Subject $subject -EndDate $until }
    $values = [ordered]@{ preferredTokenSigningKeyThumbprint = $made.Thumbprint }
    $null = Invoke-SecuDocEntraRetry -Action { Set-SecuDocGraphProperty -Kind 'ServicePrincipal' -Id $principal -Values $values }
    return New-SecuDocEntraAnswer -Guid $principal -Result ([ordered]@{ Thumbprint = $made.Thumbprint; KeyId = $made.KeyId })
}

# The role for ordinary users of the template ("User"; "msiam_access" is kept and used when there is no other).
function Select-SecuDocEntraRole {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Roles
    )
    foreach ($name in @('User', 'msiam_access')) {
        foreach ($role in $Roles) {
            if ($role.Enabled -and $role.DisplayName -eq $name -and $role.Members -contains 'User') { return $role.Id }
        }
    }
    foreach ($role in $Roles) {
        if ($role.Enabled -and $role.Members -contains 'User') { return $role.Id }
    }
    # An application without roles is assigned with this one (Microsoft: "appRoleAssignment resource type").
    return '00000000-0000-0000-0000-000000000000'
}

function Grant-SecuDocEntraAssignment {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $resource = Get-SecuDocEntraId -Name 'SamlPrincipal'
    $group = $Change.New['GroupId']
    $found = @(Get-SecuDocGraphPrincipal -Id $resource)
    if ($found.Count -eq 0) {
        throw (New-SecuDocError -Code 'SD141' -Message 'Entra ID does not show the enterprise application yet.' -Advice 'Run the script again in some minutes: it goes on where it stopped.')
    }
    $role = Select-SecuDocEntraRole -Roles $found[0].Roles
    $id = Invoke-SecuDocEntraRetry -Action { New-SecuDocGraphAssignment -ResourceId $resource -PrincipalId $group -RoleId $role }
    return New-SecuDocEntraAnswer -Guid $id -Result ([ordered]@{ ResourceId = $resource; PrincipalId = $group; RoleId = $role })
}

# There is one policy a service principal and PUT replaces it: all that is known of it is sent again.
function Set-SecuDocEntraClaim {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $principal = Get-SecuDocEntraId -Name 'SamlPrincipal'
    $policy = New-SecuDocEntraClaimsPolicy -Current (Get-SecuDocGraphClaimsPolicy -PrincipalId $principal) -Claims $Change.New['claims']
    Set-SecuDocGraphClaimsPolicy -PrincipalId $principal -Policy $policy
    return New-SecuDocEntraAnswer -Guid $principal
}

function New-SecuDocEntraClaimsPolicy {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Current,
        [AllowEmptyCollection()]
        [object[]] $Claims = @()
    )
    $policy = [ordered]@{ includeBasicClaimSet = $true }
    foreach ($name in @('includeBasicClaimSet', 'includeApplicationIdInIssuer', 'audienceOverride', 'groupFilter')) {
        $value = Get-SecuDocValue $Current -Name $name
        if ($null -ne $value) { $policy[$name] = $value }
    }
    $policy['claims'] = $Claims
    return $policy
}

# ---- undoing it

# One line of the undo file; sets Undone or Left and gives it. -KeepDomain: why the linked domain stays for now (mail on its way still
# comes back through the connector that knows it); '' when it may go.
function Undo-SecuDocEntraEntry {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Entry,
        [Parameter(Mandatory)]
        [object] $Journal,
        [AllowEmptyString()]
        [string] $KeepDomain = ''
    )
    $label = "$([string](Get-SecuDocValue $Entry -Name 'Action')) $([string](Get-SecuDocValue $Entry -Name 'Kind'))"
    if (-not $PSCmdlet.ShouldProcess([string](Get-SecuDocValue $Entry -Name 'Name'), "undo: $label")) {
        return [string](Get-SecuDocValue $Entry -Name 'State')
    }
    $isDomain = @('Domain', 'DomainService') -contains [string](Get-SecuDocValue $Entry -Name 'Kind')
    try {
        if ($isDomain -and $KeepDomain -ne '') {
            $note = "left: $KeepDomain"
        } else {
            $note = Undo-SecuDocEntraStep -Entry $Entry -Journal $Journal -Label $label
        }
        $state = 'Undone'
        if ($note.StartsWith('left: ')) { $state = 'Left' }
    } catch {
        $state = 'Left'
        $note = Get-SecuDocGraphErrorText -ErrorRecord $_
    }
    Set-SecuDocJournalState -Journal $Journal -Id ([int](Get-SecuDocValue $Entry -Name 'Id')) -State $state -Note $note
    return $state
}

# Gives a note; one that begins with "left: " says that it stays as it is.
function Undo-SecuDocEntraStep {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry,
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [string] $Label
    )
    switch ($Label) {
        'Create GraphApplication' { return Undo-SecuDocEntraApplication -Entry $Entry }
        'Create SamlApplication' { return Undo-SecuDocEntraApplication -Entry $Entry }
        'Grant GraphPermission' { return Undo-SecuDocEntraGrant -Entry $Entry }
        'Grant SamlAssignment' { return Undo-SecuDocEntraGrant -Entry $Entry }
        'Create Domain' { return Undo-SecuDocEntraDomain -Entry $Entry }
    }
    $whole = @{ Graph = 'GraphApplication'; Saml = 'SamlApplication'; Domain = 'Domain' }
    $kind = [string](Get-SecuDocValue $Entry -Name 'Kind')
    foreach ($prefix in @($whole.Keys)) {
        if ($kind.StartsWith($prefix) -and (Test-SecuDocEntraCreated -Journal $Journal -Kind $whole[$prefix])) { return 'goes with the object that it is part of' }
    }
    if ([string](Get-SecuDocValue $Entry -Name 'Guid') -eq '') { return 'left: whether it was made is not known, look at it in the Entra admin center' }
    switch ($Label) {
        'Create GraphPrincipal' { return Undo-SecuDocEntraPrincipal -Entry $Entry }
        'Create SamlPrincipal' { return Undo-SecuDocEntraPrincipal -Entry $Entry }
        'Change GraphApplication' { return Undo-SecuDocEntraProperty -Entry $Entry -Kind 'Application' }
        'Change SamlApplication' { return Undo-SecuDocEntraProperty -Entry $Entry -Kind 'Application' }
        'Change SamlPrincipal' { return Undo-SecuDocEntraProperty -Entry $Entry -Kind 'ServicePrincipal' }
        'Create GraphCertificate' { return Undo-SecuDocEntraKey -Entry $Entry }
        'Change SamlClaim' { return Undo-SecuDocEntraClaim -Entry $Entry }
        'Change DomainService' { return Undo-SecuDocEntraService -Entry $Entry }
    }
    return 'left: remove it in the Entra admin center if nothing uses it'
}

# Did we make the whole object, and is it not undone yet?
function Test-SecuDocEntraCreated {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [string] $Kind
    )
    foreach ($entry in @(Get-SecuDocJournalEntry -Journal $Journal -Area 'Entra')) {
        if ([string](Get-SecuDocValue $entry -Name 'Kind') -eq $Kind -and [string](Get-SecuDocValue $entry -Name 'Action') -eq 'Create') { return $true }
    }
    return $false
}

# Only what we made: by its id, or, when the id was never written down, by name and time together.
function Undo-SecuDocEntraApplication {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry
    )
    $guid = [string](Get-SecuDocValue $Entry -Name 'Guid')
    if ($guid -ne '') {
        $found = @(Get-SecuDocGraphApplication -Id $guid)
    } else {
        $times = @(ConvertTo-SecuDocUtc (Get-SecuDocValue $Entry -Name 'Time'))
        $named = @(Get-SecuDocGraphApplication -DisplayName ([string](Get-SecuDocValue $Entry -Name 'Name')))
        $found = @($named | Where-Object { Test-SecuDocEntraResumed -Created $_.Created -Times $times })
    }
    if ($found.Count -eq 0) { return 'is gone already' }
    if ($found.Count -gt 1) { return 'left: several applications have this name, delete ours in the Entra admin center' }
    Remove-SecuDocGraphApplication -Id $found[0].Id
    return 'deleted; Microsoft keeps it restorable for 30 days'
}

function Undo-SecuDocEntraPrincipal {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry
    )
    $guid = [string](Get-SecuDocValue $Entry -Name 'Guid')
    if (@(Get-SecuDocGraphPrincipal -Id $guid).Count -eq 0) { return 'is gone already' }
    Remove-SecuDocGraphPrincipal -Id $guid
    return 'deleted'
}

# An assignment is looked for where the list is short: at the group's application, or at our own service principal.
function Undo-SecuDocEntraGrant {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry
    )
    $guid = [string](Get-SecuDocValue $Entry -Name 'Guid')
    $result = Get-SecuDocValue $Entry -Name 'Result'
    $resource = [string](Get-SecuDocValue $result -Name 'ResourceId' -Default '')
    $holder = [string](Get-SecuDocValue $result -Name 'PrincipalId' -Default '')
    if ($guid -eq '' -or $resource -eq '') { return 'left: whether it was granted is not known; it goes with the application, else look at it in the Entra admin center' }
    if ([string](Get-SecuDocValue $Entry -Name 'Kind') -eq 'SamlAssignment') {
        if (@(Get-SecuDocGraphPrincipal -Id $resource).Count -eq 0) { return 'is gone already' }
        $there = @(Get-SecuDocGraphAssignedRole -PrincipalId $resource | Where-Object { $_.Id -ceq $guid })
    } else {
        if (@(Get-SecuDocGraphPrincipal -Id $holder).Count -eq 0) { return 'is gone already' }
        $there = @(Get-SecuDocGraphGrantedRole -PrincipalId $holder | Where-Object { $_.Id -ceq $guid })
    }
    if ($there.Count -eq 0) { return 'is gone already' }
    Remove-SecuDocGraphAssignment -ResourceId $resource -AssignmentId $guid
    return 'taken back'
}

# Old values, for those properties that still have ours.
function Undo-SecuDocEntraProperty {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry,
        [Parameter(Mandatory)]
        [ValidateSet('Application', 'ServicePrincipal')]
        [string] $Kind
    )
    $guid = [string](Get-SecuDocValue $Entry -Name 'Guid')
    if ($Kind -eq 'Application') { $there = @(Get-SecuDocGraphApplication -Id $guid) } else { $there = @(Get-SecuDocGraphPrincipal -Id $guid) }
    if ($there.Count -eq 0) { return 'is gone already' }
    $current = Get-SecuDocGraphProperty -Kind $Kind -Id $guid
    $old = Get-SecuDocValue $Entry -Name 'Old'
    $new = Get-SecuDocValue $Entry -Name 'New'
    $back = [ordered]@{}
    $foreign = @()
    foreach ($key in @($new.Keys)) {
        $have = Get-SecuDocEntraRaw -From $current -Name $key
        $before = Get-SecuDocEntraRaw -From $old -Name $key
        if (Test-SecuDocEntraSame -Have $have -Want $new[$key]) {
            $back[$key] = $before
        } elseif (-not (Test-SecuDocEntraSame -Have $have -Want $before)) {
            $foreign += $key
        }
    }
    if ($back.Count -gt 0) { Set-SecuDocGraphProperty -Kind $Kind -Id $guid -Values $back }
    if ($foreign.Count -gt 0) { return "left: changed since by others: $($foreign -join ', ')" }
    return 'old values are back'
}

function Undo-SecuDocEntraKey {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry
    )
    $guid = [string](Get-SecuDocValue $Entry -Name 'Guid')
    $rows = @(Get-SecuDocList (Get-SecuDocValue $Entry -Name 'New') -Name 'Certificates')
    $ours = @(Get-SecuDocEntraKeyText -From $rows -Name 'Certificate')
    if (@(Get-SecuDocGraphApplication -Id $guid).Count -eq 0) { return 'is gone already' }
    $all = @(Get-SecuDocGraphKey -ApplicationId $guid)
    $kept = @($all | Where-Object { $ours -cnotcontains [string](Get-SecuDocValue $_ -Name 'key') })
    if ($kept.Count -eq $all.Count) { return 'is gone already' }
    if (-not (Set-SecuDocEntraKey -ApplicationId $guid -Keys $kept)) { return 'left: removed, but Entra ID still shows it: look again in some minutes' }
    return 'removed'
}

# Takes out the one claim that we added; others stay as they are.
function Undo-SecuDocEntraClaim {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry
    )
    $guid = [string](Get-SecuDocValue $Entry -Name 'Guid')
    if (@(Get-SecuDocGraphPrincipal -Id $guid).Count -eq 0) { return 'is gone already' }
    $current = Get-SecuDocGraphClaimsPolicy -PrincipalId $guid
    $kept = @()
    foreach ($claim in @(Get-SecuDocList $current -Name 'claims')) {
        if ([string](Get-SecuDocValue $claim -Name 'name') -cne 'Phone') { $kept += $claim }
    }
    if ($null -eq $current) { return 'is gone already' }
    Set-SecuDocGraphClaimsPolicy -PrincipalId $guid -Policy (New-SecuDocEntraClaimsPolicy -Current $current -Claims $kept)
    return 'removed'
}

function Undo-SecuDocEntraDomain {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry
    )
    $name = [string](Get-SecuDocValue $Entry -Name 'Name')
    if (-not (Get-SecuDocDomainState -DomainName $name).Exists) { return 'is gone already' }
    if ([string](Get-SecuDocValue $Entry -Name 'State') -eq 'Planned') { return 'left: whether this script added it is not known' }
    Remove-SecuDocGraphDomain -DomainName $name
    return 'removed'
}

function Undo-SecuDocEntraService {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Entry
    )
    $name = [string](Get-SecuDocValue $Entry -Name 'Name')
    $state = Get-SecuDocDomainState -DomainName $name
    $ours = @(Get-SecuDocList (Get-SecuDocValue $Entry -Name 'New') -Name 'supportedServices')
    $old = @(Get-SecuDocList (Get-SecuDocValue $Entry -Name 'Old') -Name 'supportedServices')
    if (-not $state.Exists) { return 'is gone already' }
    if (-not (Test-SecuDocEntraSame -Have $state.Services -Want $ours)) { return 'left: changed since by others' }
    if ($old.Count -eq 0) { return 'left: a domain without any service cannot be made by script' }
    Set-SecuDocGraphDomainService -DomainName $name -Service $old
    return 'old values are back'
}

# ---- the linked domain

# @{ Exists; Verified; Services; Records } of the Entra domain.
function Get-SecuDocDomainState {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    $state = @{ Exists = $false; Verified = $false; Services = @(); Records = @() }
    foreach ($domain in @(Get-SecuDocGraphDomain -DomainName $DomainName)) {
        $state.Exists = $true
        $state.Verified = $domain.Verified
        $state.Services = $domain.Services
    }
    if ($state.Exists -and -not $state.Verified) {
        $state.Records = @(Get-SecuDocGraphDomainRecord -DomainName $DomainName)
    }
    return $state
}

# Adds it. A name below a verified domain is verified at once; others when the record is in DNS.
function Add-SecuDocDomain {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName,
        [Parameter(Mandatory)]
        [object] $Journal
    )
    if ((Get-SecuDocDomainState -DomainName $DomainName).Exists) { return }
    if (-not $PSCmdlet.ShouldProcess($DomainName, 'Create Domain')) { return }
    $change = New-SecuDocChange -Area 'Entra' -Stage 'Domain' -Action 'Create' -Kind 'Domain' -Name $DomainName -New ([ordered]@{ DomainName = $DomainName })
    $id = Add-SecuDocJournalEntry -Journal $Journal -Change $change
    try {
        New-SecuDocGraphDomain -DomainName $DomainName
    } catch {
        $text = Get-SecuDocGraphErrorText -ErrorRecord $_
        throw (New-SecuDocError -Code 'SD141' -Message "Domain '$DomainName': $text" -Advice 'Perhaps another tenant has it, or your role is not Domain Name Administrator.')
    }
    Complete-SecuDocJournalEntry -Journal $Journal -Id $id -Result ([ordered]@{ DomainName = $DomainName })
}

# $true when Microsoft sees the record now. What it says otherwise is shown.
function Confirm-SecuDocDomain {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    $state = Get-SecuDocDomainState -DomainName $DomainName
    if ($state.Verified) { return $true }
    if (-not $state.Exists) { return $false }
    try {
        Confirm-SecuDocGraphDomain -DomainName $DomainName
    } catch {
        Write-SecuDocNote "Microsoft does not confirm $DomainName yet: $(Get-SecuDocGraphErrorText -ErrorRecord $_)"
    }
    return (Get-SecuDocDomainState -DomainName $DomainName).Verified
}

# A domain is of use to Exchange when it is for mail. Only verified ones can be changed.
function Enable-SecuDocDomainMail {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName,
        [Parameter(Mandatory)]
        [object] $Journal
    )
    $state = Get-SecuDocDomainState -DomainName $DomainName
    if (-not $state.Verified -or $state.Services -contains 'Email') { return }
    if (-not $PSCmdlet.ShouldProcess($DomainName, 'Change DomainService')) { return }
    $services = @($state.Services) + @('Email')
    $old = [ordered]@{ supportedServices = @($state.Services) }
    $new = [ordered]@{ supportedServices = $services }
    $change = New-SecuDocChange -Area 'Entra' -Stage 'Domain' -Action 'Change' -Kind 'DomainService' -Name $DomainName -Guid $DomainName -Old $old -New $new
    $id = Add-SecuDocJournalEntry -Journal $Journal -Change $change
    try {
        Set-SecuDocGraphDomainService -DomainName $DomainName -Service $services
    } catch {
        $text = Get-SecuDocGraphErrorText -ErrorRecord $_
        throw (New-SecuDocError -Code 'SD141' -Message "Domain '$DomainName', service Email: $text" -Advice 'Look at the domain in the Microsoft 365 admin center: choose e-mail as its service there, then run this again.')
    }
    Complete-SecuDocJournalEntry -Journal $Journal -Id $id
}
