#Requires -Version 7.4
<#
    Entra.ps1 - what SecuDoc has in Entra ID: an application that reads the directory, an enterprise application for signing in with
    SAML, and the linked domain. What is wanted, what is there, the difference, making it, undoing it.

    The directory application signs in with certificates only and is granted two permissions of Microsoft Graph; a client secret is
    never made. More than that, found on it, is shown as something to be looked at, and not changed.

    An application is taken for ours when the undo file says that we made it, or when the administrator names its id. Its
    name is no proof: where users may register applications anybody can take the name first, and would be granted the permissions.

    Requirements: SD-034, SD-100 to SD-117. Requests are in Graph.ps1.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# The application id of Microsoft Graph, the same in every tenant.
$script:EntraGraphAppId = '00000003-0000-0000-c000-000000000000'

# Template "non-gallery application" and address of sign-in (Microsoft: "applicationTemplate: instantiate"; "National cloud deployments").
$script:EntraClouds = @{
    Global   = @{ Template = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'; Login = 'https://login.microsoftonline.com' }
    USGov    = @{ Template = '4602d0b4-76bb-404b-bca9-2652e1a39c6d'; Login = 'https://login.microsoftonline.us' }
    USGovDoD = @{ Template = '4602d0b4-76bb-404b-bca9-2652e1a39c6d'; Login = 'https://login.microsoftonline.us' }
    China    = @{ Template = '5a532e38-1581-4918-9658-008dc27c1d68'; Login = 'https://login.chinacloudapi.cn' }
}
$script:EntraCloud = 'Global'

# Ids of what is there or was just made: later changes need them, and a list shows new objects late.
$script:EntraIds = @{}

# How long after its line in the undo file an object may have been made by us without its id being written down.
$script:EntraResumeMinutes = 15

# ---- permissions of the signed-in administrator, with the reason of each

function Get-SecuDocGraphScope {
    [CmdletBinding()]
    param(
        [switch] $ReadOnly,
        [switch] $AddDomain,
        [switch] $PhoneClaim,
        [switch] $MailOnly
    )
    if ($MailOnly) {
        return [pscustomobject]@{ Name = 'Mail.Send'; Why = 'sends the test mails from the mailbox of the signed-in user' }
    }
    $scopes = @(
        [pscustomobject]@{ Name = 'LicenseAssignment.Read.All'; Why = 'sees whether the licences suffice' }
        [pscustomobject]@{ Name = 'GroupMember.Read.All'; Why = 'finds the object ids of the two groups' }
    )
    if ($ReadOnly) {
        $scopes += [pscustomobject]@{ Name = 'Application.Read.All'; Why = 'sees the two applications' }
    } else {
        $scopes += [pscustomobject]@{ Name = 'Application.ReadWrite.All'; Why = 'registers the two applications and sets them up' }
        $scopes += [pscustomobject]@{ Name = 'AppRoleAssignment.ReadWrite.All'; Why = 'grants the directory application its two permissions, assigns the two groups' }
    }
    if ($AddDomain -and -not $ReadOnly) {
        $scopes += [pscustomobject]@{ Name = 'Domain.ReadWrite.All'; Why = 'adds and verifies the linked domain' }
    } else {
        $scopes += [pscustomobject]@{ Name = 'Domain.Read.All'; Why = 'sees whether the linked domain is verified' }
    }
    if ($PhoneClaim -and $ReadOnly) {
        $scopes += [pscustomobject]@{ Name = 'Policy.Read.ApplicationConfiguration'; Why = 'sees the claims of the sign-in application' }
    } elseif ($PhoneClaim) {
        $scopes += [pscustomobject]@{ Name = 'Policy.ReadWrite.ApplicationConfiguration'; Why = 'adds the claim Phone' }
    }
    return $scopes
}

function Show-SecuDocGraphScope {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object[]] $Scopes
    )
    Write-SecuDocNote 'Microsoft will ask you to consent to these permissions of Microsoft Graph PowerShell:'
    foreach ($scope in $Scopes) {
        Write-SecuDocNote ('  {0,-42} {1}' -f $scope.Name, $scope.Why)
    }
}

# ---- the certificate with which the service signs in

# From .cer, .crt or .pem. A file with a private key is refused: that key stays with the service.
function Read-SecuDocCertificate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path
    )
    $full = Resolve-SecuDocPath $Path
    try {
        [byte[]] $bytes = [System.IO.File]::ReadAllBytes($full)
    } catch {
        throw (New-SecuDocError -Code 'SD102' -Message "The certificate $full cannot be read: $($_.Exception.Message)")
    }
    $text = [System.Text.Encoding]::ASCII.GetString($bytes)
    if ($text.Contains('PRIVATE KEY-----')) {
        throw (New-SecuDocError -Code 'SD102' -Message "$full holds a private key." -Advice 'Give the certificate alone; the key stays with the service.')
    }
    $begin = $text.IndexOf('-----BEGIN CERTIFICATE-----', [System.StringComparison]::Ordinal)
    try {
        if ($begin -ge 0) {
            $begin = $begin + '-----BEGIN CERTIFICATE-----'.Length
            $end = $text.IndexOf('-----END CERTIFICATE-----', $begin, [System.StringComparison]::Ordinal)
            $bytes = [System.Convert]::FromBase64String(($text.Substring($begin, $end - $begin) -replace '\s', ''))
        }
        $type = [System.Security.Cryptography.X509Certificates.X509Certificate2]::GetCertContentType($bytes)
        $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($bytes)
    } catch {
        throw (New-SecuDocError -Code 'SD102' -Message "$full is no certificate in DER or PEM." -Advice 'Export it as .cer or .pem.')
    }
    if ($type -ne [System.Security.Cryptography.X509Certificates.X509ContentType]::Cert -or $certificate.HasPrivateKey) {
        throw (New-SecuDocError -Code 'SD102' -Message "$full holds more than a certificate ($type)." -Advice 'Export it as .cer or .pem, without the key.')
    }
    return ConvertTo-SecuDocEntraCertificate -Certificate $certificate -Source $full
}

function ConvertTo-SecuDocEntraCertificate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,
        [Parameter(Mandatory)]
        [string] $Source
    )
    $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPublicKey($Certificate)
    if ($null -eq $key -or $key.KeySize -lt 2048) {
        throw (New-SecuDocError -Code 'SD102' -Message "The certificate in $Source has no RSA key of at least 2048 bits." -Advice 'Entra ID needs one.')
    }
    $until = $Certificate.NotAfter.ToUniversalTime()
    if ($until -le [datetime]::UtcNow) {
        throw (New-SecuDocError -Code 'SD102' -Message "The certificate in $Source has expired on $($until.ToString('yyyy-MM-dd'))." -Advice 'Make a new one.')
    }
    return [pscustomobject]@{
        Subject    = [string]$Certificate.Subject
        Thumbprint = [string]$Certificate.Thumbprint
        NotBefore  = $Certificate.NotBefore.ToUniversalTime()
        NotAfter   = $until
        Base64     = [System.Convert]::ToBase64String($Certificate.RawData)
    }
}

# ---- what is wanted

# The users group is the first of the plan, the administrators' the second.
function Get-SecuDocEntraWanted {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Plan
    )
    $tenant = Get-SecuDocValue $Plan -Name 'Tenant'
    $entra = Get-SecuDocValue $Plan -Name 'Entra'
    $graph = Get-SecuDocValue $entra -Name 'Graph'
    $saml = Get-SecuDocValue $entra -Name 'Saml'
    $mails = @()
    foreach ($group in @(Get-SecuDocList $Plan -Name 'DistributionGroups')) {
        $mails += [string](Get-SecuDocValue $group -Name 'PrimarySmtpAddress')
    }
    return [pscustomobject]@{
        TenantId    = [string](Get-SecuDocValue $tenant -Name 'EntraId')
        HasGraph    = ($null -ne $graph)
        GraphName   = [string](Get-SecuDocValue $graph -Name 'DisplayName' -Default 'SecuDoc 365 directory')
        Permissions = @(Get-SecuDocList $graph -Name 'Permissions')
        HasSaml     = ($null -ne $saml)
        SamlName    = [string](Get-SecuDocValue $saml -Name 'DisplayName' -Default 'SecuDoc 365')
        Identifier  = [string](Get-SecuDocValue $saml -Name 'Identifier' -Default '')
        ReplyUrl    = [string](Get-SecuDocValue $saml -Name 'ReplyUrl' -Default '')
        PhoneClaim  = ($true -eq (Get-SecuDocValue $saml -Name 'PhoneClaim' -Default $false))
        GroupMails  = $mails
    }
}

# ---- what is there

# What the undo file knows of a kind of application: ids of those that we made, and times at which we were about to make one.
function Get-SecuDocEntraKnown {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Journal,
        [Parameter(Mandatory)]
        [string] $Kind
    )
    $ids = @()
    $times = @()
    if ($null -ne $Journal) {
        foreach ($entry in @(Get-SecuDocJournalEntry -Journal $Journal -Area 'Entra')) {
            $entryKind = [string](Get-SecuDocValue $entry -Name 'Kind')
            $entryAction = [string](Get-SecuDocValue $entry -Name 'Action')
            if ($entryKind -ne $Kind -or $entryAction -ne 'Create') { continue }
            $guid = [string](Get-SecuDocValue $entry -Name 'Guid')
            if ($guid -ne '') {
                $ids += $guid
            } else {
                $times += ConvertTo-SecuDocUtc (Get-SecuDocValue $entry -Name 'Time')
            }
        }
    }
    return [pscustomobject]@{ Ids = $ids; Times = @($times | Where-Object { $null -ne $_ }) }
}

# The certificates that the undo file says were added by us.
function Get-SecuDocEntraOurKey {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Journal
    )
    if ($null -eq $Journal) { return }
    foreach ($entry in @(Get-SecuDocJournalEntry -Journal $Journal -Area 'Entra')) {
        if ([string](Get-SecuDocValue $entry -Name 'Kind') -ne 'GraphCertificate') { continue }
        [string](Get-SecuDocValue (Get-SecuDocValue $entry -Name 'New') -Name 'Certificate')
    }
}

# Made within minutes after a line of the undo file that has no id: that line's.
function Test-SecuDocEntraResumed {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [datetime] $Created,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Times
    )
    foreach ($time in $Times) {
        if ($Created -ge $time.AddMinutes(-1) -and $Created -le $time.AddMinutes($script:EntraResumeMinutes)) { return $true }
    }
    return $false
}

# The application of one part, by known id before name. Count is that of applications with the name.
function Find-SecuDocEntraApplication {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $DisplayName,
        [Parameter(Mandatory)]
        [object] $Known,
        [string[]] $TrustedId = @()
    )
    foreach ($id in @(@($Known.Ids) + @($TrustedId))) {
        if ($id -eq '') { continue }
        foreach ($application in @(Get-SecuDocGraphApplication -Id $id)) {
            if ($Known.Ids -contains $id -or $application.DisplayName -ceq $DisplayName) {
                return [pscustomobject]@{ Application = $application; Trusted = $true; Count = 1 }
            }
        }
    }
    $found = @(Get-SecuDocGraphApplication -DisplayName $DisplayName)
    if ($found.Count -eq 0) {
        return [pscustomobject]@{ Application = $null; Trusted = $true; Count = 0 }
    }
    $resumed = ($found.Count -eq 1) -and (Test-SecuDocEntraResumed -Created $found[0].Created -Times $Known.Times)
    return [pscustomobject]@{ Application = $found[0]; Trusted = $resumed; Count = $found.Count }
}

# All that is to be known of one of the two applications. Delegated and Federation are $null when we may not see them.
function Get-SecuDocEntraPart {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Found
    )
    $part = [pscustomobject]@{
        Count           = $Found.Count
        Trusted         = $Found.Trusted
        Application     = $Found.Application
        Values          = $null
        Keys            = @()
        Federation      = $null
        OurKeys         = @()
        Principal       = $null
        PrincipalValues = $null
        Granted         = @()
        Assigned        = @()
        Delegated       = $null
    }
    if ($null -eq $Found.Application -or -not $Found.Trusted) { return $part }
    $part.Values = Get-SecuDocGraphProperty -Kind 'Application' -Id $Found.Application.Id
    $part.Keys = @(Get-SecuDocGraphKey -ApplicationId $Found.Application.Id)
    try {
        $part.Federation = @(Get-SecuDocGraphFederation -ApplicationId $Found.Application.Id)
    } catch {
        # Microsoft gives these to those who may change applications only; $null is unknown.
        $part.Federation = $null
    }
    foreach ($principal in @(Get-SecuDocGraphPrincipal -AppId $Found.Application.AppId)) {
        $part.Principal = $principal
        $part.PrincipalValues = Get-SecuDocGraphProperty -Kind 'ServicePrincipal' -Id $principal.Id
        $part.Granted = @(Get-SecuDocGraphGrantedRole -PrincipalId $principal.Id)
        $part.Assigned = @(Get-SecuDocGraphAssignedRole -PrincipalId $principal.Id)
        try {
            $part.Delegated = @(Get-SecuDocGraphDelegatedGrant -PrincipalId $principal.Id)
        } catch {
            # Reading these may need more rights than the script asks for; $null is shown as unknown.
            $part.Delegated = $null
        }
    }
    return $part
}

# A new group of Exchange needs some minutes until Entra has it.
function Get-SecuDocEntraGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Mail,
        [int] $WaitSeconds = 0
    )
    $found = @(Get-SecuDocGraphGroup -Mail $Mail)
    if ($found.Count -eq 0 -and $WaitSeconds -gt 0) {
        $seen = Wait-SecuDocCondition -Activity "Waiting until Entra ID knows the group $Mail" -TimeoutSeconds $WaitSeconds -Condition {
            @(Get-SecuDocGraphGroup -Mail $Mail).Count -gt 0
        }
        if ($seen) { $found = @(Get-SecuDocGraphGroup -Mail $Mail) }
    }
    if ($found.Count -gt 1) {
        throw (New-SecuDocError -Code 'SD102' -Message "$($found.Count) groups have the address $Mail." -Advice 'Look at them in the Entra admin center.')
    }
    return $found
}

# -Journal and -TrustedId say which applications are ours; -PhoneClaim reads the claims policy too (needs its permission).
function Get-SecuDocEntraState {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Plan,
        [AllowNull()]
        [object] $Journal = $null,
        [string[]] $TrustedId = @(),
        [int] $GroupWaitSeconds = 0,
        [switch] $PhoneClaim
    )
    $wanted = Get-SecuDocEntraWanted -Plan $Plan
    $state = [pscustomobject]@{
        Api = $null; Graph = $null; Saml = $null; Groups = @(); Premium = $false; ClaimsPolicy = $null
    }
    foreach ($principal in @(Get-SecuDocGraphPrincipal -AppId $script:EntraGraphAppId)) { $state.Api = $principal }
    if ($null -eq $state.Api) {
        throw (New-SecuDocError -Code 'SD105' -Message 'Microsoft Graph is not to be seen in this tenant.' -Advice 'The session may not read applications: sign in with another account.')
    }
    if ($wanted.HasGraph) {
        $known = Get-SecuDocEntraKnown -Journal $Journal -Kind 'GraphApplication'
        $found = Find-SecuDocEntraApplication -DisplayName $wanted.GraphName -Known $known -TrustedId $TrustedId
        $state.Graph = Get-SecuDocEntraPart -Found $found
        $state.Graph.OurKeys = @(Get-SecuDocEntraOurKey -Journal $Journal)
    }
    if ($wanted.HasSaml) {
        $known = Get-SecuDocEntraKnown -Journal $Journal -Kind 'SamlApplication'
        $found = Find-SecuDocEntraApplication -DisplayName $wanted.SamlName -Known $known -TrustedId $TrustedId
        $state.Saml = Get-SecuDocEntraPart -Found $found
        $state.Premium = Test-SecuDocEntraPremium -Skus @(Get-SecuDocGraphSku)
        $groups = [System.Collections.Generic.List[object]]::new()
        foreach ($mail in $wanted.GroupMails) {
            $row = [pscustomobject]@{ Mail = $mail; Group = $null }
            $groups.Add($row)
            if ($mail -eq '') { continue }
            foreach ($group in @(Get-SecuDocEntraGroup -Mail $mail -WaitSeconds $GroupWaitSeconds)) { $row.Group = $group }
        }
        $state.Groups = $groups.ToArray()
        if ($PhoneClaim -and $null -ne $state.Saml.Principal) {
            $state.ClaimsPolicy = Get-SecuDocGraphClaimsPolicy -PrincipalId $state.Saml.Principal.Id
        }
    }
    Set-SecuDocEntraId -State $state
    return $state
}

# AAD_PREMIUM is Entra ID P1, AAD_PREMIUM_P2 is P2. "Warning" is a subscription in its days of grace.
function Test-SecuDocEntraPremium {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Skus
    )
    foreach ($sku in $Skus) {
        if (@('Enabled', 'Warning') -notcontains $sku.Status) { continue }
        if ($sku.Plans -contains 'AAD_PREMIUM' -or $sku.Plans -contains 'AAD_PREMIUM_P2') { return $true }
    }
    return $false
}

function Set-SecuDocEntraId {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $State
    )
    $script:EntraIds = @{}
    foreach ($name in @('Graph', 'Saml')) {
        $part = Get-SecuDocValue $State -Name $name
        if ($null -eq $part -or -not $part.Trusted) { continue }
        if ($null -ne $part.Application) {
            $script:EntraIds["${name}Application"] = $part.Application.Id
            $script:EntraIds["${name}AppId"] = $part.Application.AppId
        }
        if ($null -ne $part.Principal) { $script:EntraIds["${name}Principal"] = $part.Principal.Id }
    }
    if ($null -ne $State.Api) { $script:EntraIds['Api'] = $State.Api.Id }
}

function Get-SecuDocEntraId {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name
    )
    if (-not $script:EntraIds.ContainsKey($Name)) {
        throw (New-SecuDocError -Code 'SD141' -Message "Entra ID does not show the object '$Name' yet." -Advice 'Run the script again in some minutes: it goes on where it stopped.')
    }
    return [string]$script:EntraIds[$Name]
}

# ---- the difference

# A value of a dictionary as it is: a list of one stays a list, for what is sent as JSON later.
function Get-SecuDocEntraRaw {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $From,
        [Parameter(Mandatory)]
        [string] $Name
    )
    if ($From -is [System.Collections.IDictionary] -and $From.Contains($Name)) { return , $From[$Name] }
    return $null
}

# One text for one value: without order in lists and keys, without what says nothing (null, empty, false); a list of one is that one.
function ConvertTo-SecuDocEntraText {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [object] $Value
    )
    if ($null -eq $Value -or ($Value -is [bool] -and -not $Value)) { return '' }
    if ($Value -is [string] -or $Value -is [System.ValueType]) { return [string]$Value }
    $parts = [System.Collections.Generic.List[string]]::new()
    if ($Value -is [System.Collections.IDictionary]) {
        foreach ($key in @($Value.Keys)) {
            $text = ConvertTo-SecuDocEntraText $Value[$key]
            if ($text -ne '') { $parts.Add(([string]$key).ToLowerInvariant() + '=' + $text) }
        }
    } else {
        foreach ($item in @($Value)) {
            $text = ConvertTo-SecuDocEntraText $item
            if ($text -ne '') { $parts.Add($text) }
        }
    }
    if ($parts.Count -eq 0) { return '' }
    if ($parts.Count -eq 1 -and $Value -isnot [System.Collections.IDictionary]) { return $parts[0] }
    $parts.Sort([System.StringComparer]::Ordinal)
    return '(' + ($parts -join ';') + ')'
}

# Are the values of Want there? In dictionaries only the keys of Want count.
function Test-SecuDocEntraSame {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Have,
        [AllowNull()]
        [object] $Want
    )
    $seen = $Have
    if ($Want -is [System.Collections.IDictionary]) {
        $seen = [ordered]@{}
        foreach ($key in @($Want.Keys)) { $seen[[string]$key] = Get-SecuDocEntraRaw -From $Have -Name ([string]$key) }
    }
    return (ConvertTo-SecuDocEntraText $seen) -ceq (ConvertTo-SecuDocEntraText $Want)
}

function New-SecuDocEntraManual {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [string] $Note
    )
    return New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Manual' -Kind $Kind -Name $Name -Note $Note
}

# A change of those properties that differ, or nothing.
function New-SecuDocEntraPropertyChange {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [string] $Name,
        [AllowEmptyString()]
        [string] $Guid = '',
        [AllowNull()]
        [object] $Have,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Want
    )
    $old = [ordered]@{}
    $new = [ordered]@{}
    foreach ($key in @($Want.Keys)) {
        $current = Get-SecuDocEntraRaw -From $Have -Name $key
        if ($null -ne $Have -and (Test-SecuDocEntraSame -Have $current -Want $Want[$key])) { continue }
        $new[$key] = $Want[$key]
        $old[$key] = $current
        if ($Want[$key] -is [System.Collections.IDictionary]) {
            $kept = [ordered]@{}
            foreach ($inner in @($Want[$key].Keys)) { $kept[$inner] = Get-SecuDocEntraRaw -From $current -Name $inner }
            $old[$key] = $kept
        }
    }
    if ($new.Count -gt 0) {
        New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Change' -Kind $Kind -Name $Name -Guid $Guid -Old $old -New $new
    }
}

# The list with one more value; what was there stays.
function Add-SecuDocEntraValue {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $List,
        [Parameter(Mandatory)]
        [string] $Value
    )
    $values = @($Value)
    foreach ($item in @($List)) {
        if ($null -ne $item -and [string]$item -cne $Value) { $values += [string]$item }
    }
    return , $values
}

# May a part be worked on? If not: the change that says why.
function Get-SecuDocEntraRefusal {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Part,
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [string] $Name
    )
    if ($Part.Trusted) { return }
    if ($Part.Count -gt 1) {
        New-SecuDocEntraManual -Kind $Kind -Name $Name -Note "$($Part.Count) applications have this name. Rename or delete those that are not yours, or say with -TrustedApplicationId which object id is."
        return
    }
    New-SecuDocEntraManual -Kind $Kind -Name $Name -Note "An application with this name is there that this script did not make (object id $($Part.Application.Id)). A name proves nothing: look at its owners, certificates and secrets. If it is yours run again with -TrustedApplicationId $($Part.Application.Id)."
}

# Changes, Area Entra. Pure. -Certificate: what Read-SecuDocCertificate gave; -PhoneClaim: make the claim by script.
function Compare-SecuDocEntra {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [AllowEmptyCollection()]
        [object[]] $Certificate = @(),
        [switch] $PhoneClaim
    )
    $wanted = Get-SecuDocEntraWanted -Plan $Plan
    if ($wanted.HasGraph) {
        $refused = @(Get-SecuDocEntraRefusal -Part $State.Graph -Kind 'GraphApplication' -Name $wanted.GraphName)
        if ($refused.Count -gt 0) {
            $refused
        } else {
            Compare-SecuDocEntraDirectory -Wanted $wanted -Part $State.Graph -Api $State.Api
            Compare-SecuDocEntraKey -Wanted $wanted -Part $State.Graph -Certificate $Certificate
            Compare-SecuDocEntraPermission -Wanted $wanted -Part $State.Graph -Api $State.Api
        }
    }
    if ($wanted.HasSaml) {
        $refused = @(Get-SecuDocEntraRefusal -Part $State.Saml -Kind 'SamlApplication' -Name $wanted.SamlName)
        if ($refused.Count -gt 0) {
            $refused
        } else {
            Compare-SecuDocEntraSaml -Wanted $wanted -Part $State.Saml
            Compare-SecuDocEntraAssignment -Wanted $wanted -State $State
            Compare-SecuDocEntraPhone -Wanted $wanted -State $State -PhoneClaim:$PhoneClaim
        }
    }
}

# The id of a permission in this tenant's Microsoft Graph, by its value; an error when the plan names an unknown one.
function Get-SecuDocEntraRoleId {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Api,
        [Parameter(Mandatory)]
        [string] $Permission
    )
    foreach ($role in @(Get-SecuDocList $Api -Name 'Roles')) {
        if ($role.Value -ceq $Permission -and $role.Enabled -and $role.Members -contains 'Application') { return $role.Id }
    }
    throw (New-SecuDocError -Code 'SD101' -Message "Microsoft Graph has no application permission '$Permission' in this tenant." -Advice 'Correct Entra.Graph.Permissions of the plan.')
}

# Registration and service principal of the directory application.
function Compare-SecuDocEntraDirectory {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $Part,
        [AllowNull()]
        [object] $Api
    )
    $access = @()
    $ids = @()
    foreach ($permission in $Wanted.Permissions) {
        $id = Get-SecuDocEntraRoleId -Api $Api -Permission $permission
        $ids += $id
        $access += [ordered]@{ id = $id; type = 'Role' }
    }
    if ($null -eq $Part.Application) {
        $new = [ordered]@{ DisplayName = $Wanted.GraphName; SignInAudience = 'AzureADMyOrg'; Permissions = $Wanted.Permissions; RoleIds = $ids }
        New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Create' -Kind 'GraphApplication' -Name $Wanted.GraphName -New $new
    } else {
        $want = [ordered]@{ requiredResourceAccess = @([ordered]@{ resourceAppId = $script:EntraGraphAppId; resourceAccess = $access }) }
        New-SecuDocEntraPropertyChange -Kind 'GraphApplication' -Name $Wanted.GraphName -Guid $Part.Application.Id -Have $Part.Values -Want $want
        if ($Part.Application.Audience -ne 'AzureADMyOrg') {
            New-SecuDocEntraManual -Kind 'GraphApplication' -Name $Wanted.GraphName -Note "The application is open to other organisations ($($Part.Application.Audience)). It should be for this one only."
        }
    }
    if ($null -eq $Part.Principal) {
        New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Create' -Kind 'GraphPrincipal' -Name $Wanted.GraphName -New ([ordered]@{ AccountEnabled = $true })
    }
}

# Certificates are added and never taken away, so that the old one works until the service has changed over.
function Compare-SecuDocEntraKey {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $Part,
        [AllowEmptyCollection()]
        [object[]] $Certificate = @()
    )
    $present = @()
    foreach ($key in $Part.Keys) { $present += [string](Get-SecuDocValue $key -Name 'key') }
    foreach ($item in $Certificate) {
        if ($present -ccontains $item.Base64) { continue }
        $new = [ordered]@{
            Subject = $item.Subject; Thumbprint = $item.Thumbprint; NotBefore = $item.NotBefore; NotAfter = $item.NotAfter; Certificate = $item.Base64
        }
        New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Create' -Kind 'GraphCertificate' -Name "$($Wanted.GraphName): $($item.Subject)" -New $new
    }
    if ($present.Count -eq 0 -and $Certificate.Count -eq 0) {
        New-SecuDocEntraManual -Kind 'GraphCertificate' -Name $Wanted.GraphName -Note 'The application has no certificate yet: the service cannot sign in. Run again with -DirectoryCertificate FILE.cer.'
    }
    Compare-SecuDocEntraCredential -Name $Wanted.GraphName -Part $Part -Expected @(@($Part.OurKeys) + @($Certificate | ForEach-Object { $_.Base64 }))
}

# Every way to sign in as the application that this script did not make, and certificates that have expired.
function Compare-SecuDocEntraCredential {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [object] $Part,
        [AllowEmptyCollection()]
        [string[]] $Expected = @()
    )
    foreach ($key in $Part.Keys) {
        $label = [string](Get-SecuDocValue $key -Name 'displayName')
        $until = ConvertTo-SecuDocUtc (Get-SecuDocValue $key -Name 'endDateTime')
        if ($null -ne $until -and $until -le [datetime]::UtcNow) {
            New-SecuDocEntraManual -Kind 'GraphCertificate' -Name $Name -Note "The certificate '$label' has expired on $($until.ToString('yyyy-MM-dd')). It may be deleted."
        } elseif ($Expected -cnotcontains [string](Get-SecuDocValue $key -Name 'key')) {
            New-SecuDocEntraManual -Kind 'GraphCertificate' -Name $Name -Note "The certificate '$label' was not added by this script. Who holds its key can read the directory: delete it if you do not know it."
        }
    }
    if ($null -ne $Part.Application -and $Part.Application.SecretCount -gt 0) {
        New-SecuDocEntraManual -Kind 'GraphApplication' -Name $Name -Note "The application has $($Part.Application.SecretCount) client secrets. This script makes none and the service uses none: delete them."
    }
    foreach ($credential in @($Part.Federation | Where-Object { $null -ne $_ })) {
        New-SecuDocEntraManual -Kind 'GraphApplication' -Name $Name -Note "The application trusts tokens of $($credential.Issuer) ($($credential.Subject)). The service does not use this: delete it."
    }
    foreach ($kind in @('keyCredentials', 'passwordCredentials')) {
        if (@(Get-SecuDocList $Part.PrincipalValues -Name $kind).Count -gt 0) {
            New-SecuDocEntraManual -Kind 'GraphPrincipal' -Name $Name -Note "The service principal itself has $kind. This script makes none there: delete them."
        }
    }
}

# Exactly the permissions of the plan; more than those is shown, not taken away.
function Compare-SecuDocEntraPermission {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $Part,
        [AllowNull()]
        [object] $Api
    )
    $expected = @()
    foreach ($permission in $Wanted.Permissions) {
        $id = Get-SecuDocEntraRoleId -Api $Api -Permission $permission
        $expected += $id
        $there = @($Part.Granted | Where-Object { $_.RoleId -eq $id -and $_.ResourceId -eq $Api.Id })
        if ($there.Count -eq 0) {
            $new = [ordered]@{ Permission = $permission; Resource = 'Microsoft Graph'; RoleId = $id }
            New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Grant' -Kind 'GraphPermission' -Name "$($Wanted.GraphName): $permission" -New $new
        }
    }
    foreach ($granted in $Part.Granted) {
        if ($granted.ResourceId -eq $Api.Id -and $expected -contains $granted.RoleId) { continue }
        $name = Get-SecuDocEntraRoleName -Api $Api -Assignment $granted
        New-SecuDocEntraManual -Kind 'GraphPermission' -Name "$($Wanted.GraphName): $name" -Note 'Granted beyond the plan. The service does not need it: take it away under Enterprise applications > Permissions.'
    }
    foreach ($grant in @($Part.Delegated | Where-Object { $null -ne $_ })) {
        New-SecuDocEntraManual -Kind 'GraphPermission' -Name "$($Wanted.GraphName): $($grant.Scope) (delegated)" -Note 'Granted beyond the plan. The service never acts in the name of a user: take it away under Enterprise applications > Permissions.'
    }
}

function Get-SecuDocEntraRoleName {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Api,
        [Parameter(Mandatory)]
        [object] $Assignment
    )
    if ($null -ne $Api -and $Assignment.ResourceId -eq $Api.Id) {
        foreach ($role in $Api.Roles) {
            if ($role.Id -eq $Assignment.RoleId) { return "$($role.Value) of Microsoft Graph" }
        }
    }
    return "role $($Assignment.RoleId) of $($Assignment.ResourceName)"
}

# optionalClaims with "groups" in the SAML token; what else is there stays.
function Add-SecuDocEntraGroupClaim {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Claims
    )
    $new = [ordered]@{}
    foreach ($kind in @('idToken', 'accessToken', 'saml2Token')) {
        $new[$kind] = @(Get-SecuDocList $Claims -Name $kind)
    }
    $names = @($new['saml2Token'] | ForEach-Object { [string](Get-SecuDocValue $_ -Name 'name') })
    if ($names -notcontains 'groups') {
        $new['saml2Token'] = @($new['saml2Token']) + @([ordered]@{ name = 'groups'; source = $null; essential = $false; additionalProperties = @() })
    }
    return $new
}

# The enterprise application: mode, addresses, group claim, signing certificate. Mode first: as a SAML application it may have
# identifiers that others may not.
function Compare-SecuDocEntraSaml {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $Part
    )
    $name = $Wanted.SamlName
    $applicationId = ''
    if ($null -eq $Part.Application) {
        $new = [ordered]@{ DisplayName = $name; TemplateId = $script:EntraClouds[$script:EntraCloud].Template }
        New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Create' -Kind 'SamlApplication' -Name $name -New $new
    } else {
        $applicationId = $Part.Application.Id
    }
    $principalId = [string](Get-SecuDocValue $Part.Principal -Name 'Id' -Default '')
    $mode = [ordered]@{ preferredSingleSignOnMode = 'saml'; appRoleAssignmentRequired = $true }
    New-SecuDocEntraPropertyChange -Kind 'SamlPrincipal' -Name $name -Guid $principalId -Have $Part.PrincipalValues -Want $mode
    $want = [ordered]@{}
    if ($Wanted.Identifier -ne '') {
        $want['identifierUris'] = Add-SecuDocEntraValue -List (Get-SecuDocValue $Part.Values -Name 'identifierUris') -Value $Wanted.Identifier
    }
    if ($Wanted.ReplyUrl -ne '') {
        $uris = Get-SecuDocValue (Get-SecuDocValue $Part.Values -Name 'web') -Name 'redirectUris'
        $want['web'] = [ordered]@{ redirectUris = (Add-SecuDocEntraValue -List $uris -Value $Wanted.ReplyUrl) }
    }
    $want['groupMembershipClaims'] = 'ApplicationGroup'
    $want['optionalClaims'] = Add-SecuDocEntraGroupClaim -Claims (Get-SecuDocValue $Part.Values -Name 'optionalClaims')
    New-SecuDocEntraPropertyChange -Kind 'SamlApplication' -Name $name -Guid $applicationId -Have $Part.Values -Want $want
    if ($Wanted.Identifier -eq '' -or $Wanted.ReplyUrl -eq '') {
        New-SecuDocEntraManual -Kind 'SamlApplication' -Name $name -Note "The plan has no identifier or no reply URL: upload the service's metadata.xml under Single sign-on > Upload metadata file."
    }
    Compare-SecuDocEntraSigning -Wanted $Wanted -Part $Part
}

function Compare-SecuDocEntraSigning {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $Part
    )
    foreach ($key in @(Get-SecuDocList $Part.PrincipalValues -Name 'keyCredentials')) {
        $until = ConvertTo-SecuDocUtc (Get-SecuDocValue $key -Name 'endDateTime')
        if ([string](Get-SecuDocValue $key -Name 'usage') -eq 'Verify' -and $null -ne $until -and $until -gt [datetime]::UtcNow) { return }
    }
    if ($script:EntraCloud -ne 'Global') {
        New-SecuDocEntraManual -Kind 'SamlSigningCertificate' -Name $Wanted.SamlName -Note 'In this cloud a script cannot make the signing certificate: Single sign-on > SAML certificates > New certificate, then make it active.'
        return
    }
    $subject = ($Wanted.SamlName -replace '[^\p{L}\p{Nd} .-]', ' ').Trim()
    if ($subject -eq '') { $subject = 'SecuDoc 365' }
    if ($subject.Length -gt 60) { $subject = $subject.Substring(0, 60) }
    $new = [ordered]@{ Subject = "CN=$subject"; EndDate = [datetime]::UtcNow.Date.AddYears(3).AddDays(-1) }
    New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Create' -Kind 'SamlSigningCertificate' -Name $Wanted.SamlName -New $new
}

# Groups as such can be assigned with Entra ID P1 only; the claim then names direct members' groups only.
function Compare-SecuDocEntraAssignment {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $State
    )
    foreach ($row in $State.Groups) {
        $name = "$($Wanted.SamlName): $($row.Mail)"
        if ($null -eq $row.Group) {
            New-SecuDocEntraManual -Kind 'SamlAssignment' -Name $name -Note 'Entra ID does not know this group yet. New groups need some minutes: run the script again.'
            continue
        }
        $there = @($State.Saml.Assigned | Where-Object { $_.PrincipalId -eq $row.Group.Id })
        if ($there.Count -gt 0) { continue }
        if (-not $row.Group.SecurityEnabled) {
            New-SecuDocEntraManual -Kind 'SamlAssignment' -Name $name -Note 'This is no security group and cannot be assigned. Make it a mail-enabled security group.'
            continue
        }
        if (-not $State.Premium) {
            New-SecuDocEntraManual -Kind 'SamlAssignment' -Name $name -Note 'Assigning groups needs Entra ID P1, which no subscription of this tenant has. Without it sign-in with Entra ID cannot tell users from administrators.'
            continue
        }
        $new = [ordered]@{ Group = $row.Group.DisplayName; GroupId = $row.Group.Id }
        New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Grant' -Kind 'SamlAssignment' -Name $name -New $new
    }
}

# The claim Phone of a custom claims policy, as "Create or replace claimsPolicy" describes it.
function New-SecuDocEntraPhoneClaim {
    [CmdletBinding()]
    param()
    $attribute = [ordered]@{ '@odata.type' = '#microsoft.graph.sourcedAttribute'; id = 'mobilephone'; source = 'user'; isExtensionAttribute = $false }
    $configuration = [ordered]@{ condition = $null; attribute = $attribute; transformations = @() }
    return [ordered]@{
        '@odata.type'           = '#microsoft.graph.customClaim'
        name                    = 'Phone'
        namespace               = $null
        tokenFormat             = @('saml')
        samlAttributeNameFormat = $null
        configurations          = @($configuration)
    }
}

# SD-114. A claims mapping policy would lock the claims page of the portal and outrank it; a custom claims policy is that page, but
# Microsoft still calls it beta. So the claim is made by hand unless -PhoneClaim is given.
function Compare-SecuDocEntraPhone {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $State,
        [switch] $PhoneClaim
    )
    if (-not $Wanted.PhoneClaim -and -not $PhoneClaim) { return }
    if (-not $PhoneClaim) {
        New-SecuDocEntraManual -Kind 'SamlClaim' -Name "$($Wanted.SamlName): Phone" -Note 'Single sign-on > Attributes & Claims > Add new claim: name Phone, namespace empty, source attribute user.mobilephone. (-PhoneClaim does it with an interface that Microsoft calls beta.)'
        return
    }
    $old = @(Get-SecuDocList $State.ClaimsPolicy -Name 'claims')
    $names = @($old | ForEach-Object { [string](Get-SecuDocValue $_ -Name 'name') })
    if ($names -contains 'Phone') { return }
    $principalId = [string](Get-SecuDocValue $State.Saml.Principal -Name 'Id' -Default '')
    $new = [ordered]@{ claims = @($old) + @(New-SecuDocEntraPhoneClaim) }
    $before = [ordered]@{ claims = $old }
    New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Change' -Kind 'SamlClaim' -Name "$($Wanted.SamlName): Phone" -Guid $principalId -Old $before -New $new -Note 'Uses a beta interface of Microsoft Graph. Sign in once and look whether the claim arrives.'
}

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
        'GraphPrincipal Create' { return New-SecuDocEntraPrincipal }
        'GraphCertificate Create' { return Add-SecuDocEntraKey -Change $Change }
        'GraphPermission Grant' { return Grant-SecuDocEntraPermission -Change $Change }
        'SamlApplication Create' { return New-SecuDocEntraSaml -Change $Change }
        'SamlApplication Change' { return Set-SecuDocEntraProperty -Change $Change -Kind 'Application' -IdName 'SamlApplication' }
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

function New-SecuDocEntraPrincipal {
    [CmdletBinding()]
    param()
    $appId = Get-SecuDocEntraId -Name 'GraphAppId'
    $made = Invoke-SecuDocEntraRetry -Action { New-SecuDocGraphPrincipal -AppId $appId }
    $script:EntraIds['GraphPrincipal'] = $made.Id
    return New-SecuDocEntraAnswer -Guid $made.Id -Result ([ordered]@{ AppId = $appId })
}

# PATCH replaces the whole list, so that what is there goes with it as it came, bytes included.
function Add-SecuDocEntraKey {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Change
    )
    $id = Get-SecuDocEntraId -Name 'GraphApplication'
    $keys = [System.Collections.Generic.List[object]]::new()
    $action = {
        $keys.Clear()
        foreach ($key in @(Get-SecuDocGraphKey -ApplicationId $id)) { $keys.Add($key) }
        $keys.Add([ordered]@{
                type          = 'AsymmetricX509Cert'
                usage         = 'Verify'
                displayName   = $Change.New['Subject']
                startDateTime = ConvertTo-SecuDocTable $Change.New['NotBefore']
                endDateTime   = ConvertTo-SecuDocTable $Change.New['NotAfter']
                key           = $Change.New['Certificate']
            })
        Set-SecuDocGraphProperty -Kind 'Application' -Id $id -Values ([ordered]@{ keyCredentials = $keys.ToArray() })
    }
    $null = Invoke-SecuDocEntraRetry -Action $action
    return New-SecuDocEntraAnswer -Guid $id -Result ([ordered]@{ ApplicationId = $id; Thumbprint = $Change.New['Thumbprint'] })
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

# One line of the undo file; sets Undone or Left and gives it.
function Undo-SecuDocEntraEntry {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [object] $Entry,
        [Parameter(Mandatory)]
        [object] $Journal
    )
    $label = "$([string](Get-SecuDocValue $Entry -Name 'Action')) $([string](Get-SecuDocValue $Entry -Name 'Kind'))"
    if (-not $PSCmdlet.ShouldProcess([string](Get-SecuDocValue $Entry -Name 'Name'), "undo: $label")) {
        return [string](Get-SecuDocValue $Entry -Name 'State')
    }
    try {
        $note = Undo-SecuDocEntraStep -Entry $Entry -Journal $Journal -Label $label
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
        'Create GraphPrincipal' { return Undo-SecuDocEntraPrincipal -Entry $Entry }
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
    if ($guid -eq '') { return 'goes with the application' }
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
    $ours = [string](Get-SecuDocValue (Get-SecuDocValue $Entry -Name 'New') -Name 'Certificate')
    if (@(Get-SecuDocGraphApplication -Id $guid).Count -eq 0) { return 'is gone already' }
    $all = @(Get-SecuDocGraphKey -ApplicationId $guid)
    $kept = [System.Collections.Generic.List[object]]::new()
    foreach ($key in $all) {
        if ([string](Get-SecuDocValue $key -Name 'key') -cne $ours) { $kept.Add($key) }
    }
    if ($kept.Count -eq $all.Count) { return 'is gone already' }
    Set-SecuDocGraphProperty -Kind 'Application' -Id $guid -Values ([ordered]@{ keyCredentials = $kept.ToArray() })
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
    Set-SecuDocGraphDomainService -DomainName $DomainName -Service $services
    Complete-SecuDocJournalEntry -Journal $Journal -Id $id
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

# ---- what was granted

# Rows for the list of what SecuDoc may do: Who, What, Where, Wanted.
function Get-SecuDocEntraGrant {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $wanted = Get-SecuDocEntraWanted -Plan $Plan
    if ($null -ne $State.Graph) {
        foreach ($granted in $State.Graph.Granted) {
            $name = Get-SecuDocEntraRoleName -Api $State.Api -Assignment $granted
            $known = $false
            foreach ($permission in $wanted.Permissions) {
                if ($name -ceq "$permission of Microsoft Graph") { $known = $true }
            }
            [pscustomobject]@{ Who = $wanted.GraphName; What = $name; Where = 'the whole tenant, without a user'; Wanted = $known }
        }
        foreach ($grant in @($State.Graph.Delegated | Where-Object { $null -ne $_ })) {
            [pscustomobject]@{ Who = $wanted.GraphName; What = $grant.Scope; Where = 'in the name of users'; Wanted = $false }
        }
    }
    if ($null -ne $State.Saml) {
        $groupIds = @($State.Groups | Where-Object { $null -ne $_.Group } | ForEach-Object { $_.Group.Id })
        foreach ($assigned in $State.Saml.Assigned) {
            $isOurs = $groupIds -contains $assigned.PrincipalId
            [pscustomobject]@{ Who = "$($assigned.PrincipalType) $($assigned.PrincipalName)"; What = 'may sign in'; Where = $wanted.SamlName; Wanted = $isOurs }
        }
        foreach ($granted in $State.Saml.Granted) {
            $name = Get-SecuDocEntraRoleName -Api $State.Api -Assignment $granted
            [pscustomobject]@{ Who = $wanted.SamlName; What = $name; Where = 'the whole tenant, without a user'; Wanted = $false }
        }
    }
}

# Of this application: its own signing keys are in the metadata only with ?appid=.
function Get-SecuDocFederationUrl {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $TenantId,
        [Parameter(Mandatory)]
        [guid] $AppId
    )
    $login = $script:EntraClouds[$script:EntraCloud].Login
    return "$login/$TenantId/federationmetadata/2007-06/federationmetadata.xml?appid=$AppId"
}

# What was granted, and what is to be entered in the settings of the service (SD-106, SD-108).
function Show-SecuDocEntraResult {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $wanted = Get-SecuDocEntraWanted -Plan $Plan
    Write-SecuDocStep 'What was granted'
    foreach ($row in @(Get-SecuDocEntraGrant -Plan $Plan -State $State)) {
        $mark = 'BEYOND  '
        if ($row.Wanted) { $mark = 'planned ' }
        Write-SecuDocNote (ConvertTo-SecuDocPrintable "$mark $($row.Who): $($row.What) ($($row.Where))")
    }
    if ($null -ne $State.Graph -and $null -ne $State.Graph.Principal) {
        if ($null -eq $State.Graph.Delegated) { Write-SecuDocNote 'unknown  permissions in the name of users: the session may not see them.' }
        if ($null -eq $State.Graph.Federation) { Write-SecuDocNote 'unknown  federated credentials of the directory application: the session may not see them.' }
    }
    Write-SecuDocStep 'For the settings of the service'
    Write-SecuDocNote "Tenant id                        $($wanted.TenantId)"
    if ($null -ne $State.Graph -and $State.Graph.Trusted -and $null -ne $State.Graph.Application) {
        Write-SecuDocNote "Directory application, client id $($State.Graph.Application.AppId)"
        foreach ($key in $State.Graph.Keys) {
            $until = ConvertTo-SecuDocUtc (Get-SecuDocValue $key -Name 'endDateTime')
            $day = 'unknown'
            if ($null -ne $until) { $day = $until.ToString('yyyy-MM-dd') }
            Write-SecuDocNote (ConvertTo-SecuDocPrintable "   certificate until $day       $([string](Get-SecuDocValue $key -Name 'displayName'))")
        }
    }
    if ($null -ne $State.Saml -and $State.Saml.Trusted -and $null -ne $State.Saml.Application) {
        Write-SecuDocNote "Federation metadata              $(Get-SecuDocFederationUrl -TenantId $wanted.TenantId -AppId $State.Saml.Application.AppId)"
    }
    $labels = @('Users group, object id           ', 'Administrators group, object id  ')
    for ($index = 0; $index -lt [math]::Min($labels.Count, @($State.Groups).Count); $index++) {
        $row = $State.Groups[$index]
        $id = 'not known to Entra ID yet'
        if ($null -ne $row.Group) { $id = $row.Group.Id }
        Write-SecuDocNote "$($labels[$index])$id"
    }
    Write-SecuDocNote 'The group claim names groups of direct members only: members of nested groups cannot sign in.'
}
