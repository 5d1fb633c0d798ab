#Requires -Version 7.4
<#
    Entra.ps1 - what SecuDoc has in Entra ID: an application that reads the directory, an enterprise application for signing in with
    SAML, and the linked domain. Here: what is wanted and what is there. The difference is in EntraCompare.ps1, making and undoing it
    in EntraChange.ps1.

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

# What the template gives to a service principal, so that the admin center shows it with its pages for SAML (Microsoft: "Configure
# application proxy using Microsoft Graph APIs", the answer of instantiate).
$script:EntraSamlTags = @('WindowsAzureActiveDirectoryCustomSingleSignOnApplication', 'WindowsAzureActiveDirectoryIntegratedApp')

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
        throw (New-SecuDocError -Code 'SD102' -Message "The certificate in $Source has expired on $($until.ToString('yyyy-MM-dd', [cultureinfo]::InvariantCulture))." -Advice 'Make a new one.')
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
        foreach ($row in @(Get-SecuDocList (Get-SecuDocValue $entry -Name 'New') -Name 'Certificates')) {
            [string](Get-SecuDocValue $row -Name 'Certificate')
        }
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

# A new group of Exchange needs some minutes until Entra has it. Call it inside @( ).
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
        # read before in this run: something may have been changed since, so that it is not "not begun"
        $code = 'SD105'
        if ($script:EntraIds.ContainsKey('Api')) { $code = 'SD141' }
        throw (New-SecuDocError -Code $code -Message 'Microsoft Graph is not to be seen in this tenant.' -Advice 'The session may not read applications: sign in with another account.')
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
            $row = [pscustomobject]@{ Mail = $mail; Group = $null; Found = 0 }
            $groups.Add($row)
            if ($mail -eq '') { continue }
            $named = @(Get-SecuDocEntraGroup -Mail $mail -WaitSeconds $GroupWaitSeconds)
            $row.Found = $named.Count
            if ($named.Count -eq 1) { $row.Group = $named[0] }
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
