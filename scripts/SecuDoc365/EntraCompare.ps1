#Requires -Version 7.4
<#
    EntraCompare.ps1 - the difference between what is wanted in Entra ID and what is there, and the list of what was granted.

    Nothing here talks to Microsoft. Properties have the names and shapes of Graph's JSON.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

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

# Certificates are added and never taken away, so that the old one works until the service has changed over. All that are missing are one
# change: the list of an application is replaced as a whole, and a list read right after a change may still be the old one.
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
    $rows = [System.Collections.Generic.List[object]]::new()
    $subjects = @()
    $seen = @($present)
    foreach ($item in $Certificate) {
        if ($seen -ccontains $item.Base64) { continue }
        $seen += $item.Base64
        $subjects += $item.Subject
        $rows.Add([ordered]@{
                Subject = $item.Subject; Thumbprint = $item.Thumbprint; NotBefore = $item.NotBefore; NotAfter = $item.NotAfter; Certificate = $item.Base64
            })
    }
    if ($rows.Count -gt 0) {
        $new = [ordered]@{ Certificates = $rows.ToArray() }
        New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Create' -Kind 'GraphCertificate' -Name "$($Wanted.GraphName): $($subjects -join ', ')" -New $new
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
            New-SecuDocEntraManual -Kind 'GraphCertificate' -Name $Name -Note "The certificate '$label' has expired on $($until.ToString('yyyy-MM-dd', [cultureinfo]::InvariantCulture)). It may be deleted."
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
        if ($null -eq $Part.Principal) {
            $new = [ordered]@{ AppId = $Part.Application.AppId; Tags = $script:EntraSamlTags }
            New-SecuDocChange -Area 'Entra' -Stage 'Entra' -Action 'Create' -Kind 'SamlPrincipal' -Name $name -New $new -Note 'The registration is there, its enterprise application was deleted. A new one has a new signing certificate: enter its metadata in the service again. (Microsoft keeps the deleted one restorable for 30 days.)'
        }
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

# The thumbprint of a key credential, '' when it cannot be told. Microsoft's certificates have it, as bytes, as customKeyIdentifier
# (Microsoft: "servicePrincipal: addTokenSigningCertificate"); certificates of others may have its 40 digits there.
function Get-SecuDocEntraThumbprint {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Key
    )
    $text = [string](Get-SecuDocValue $Key -Name 'customKeyIdentifier')
    if ($text -match '^[0-9A-Fa-f]{40}$') { return $text.ToUpperInvariant() }
    # 20 bytes in Base64
    if ($text -notmatch '^[0-9A-Za-z+/]{27}=$') { return '' }
    return [System.Convert]::ToHexString([System.Convert]::FromBase64String($text))
}

# A certificate in force that is the active one. A run that stopped between making it and making it active is gone on with.
function Compare-SecuDocEntraSigning {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Wanted,
        [Parameter(Mandatory)]
        [object] $Part
    )
    $active = [string](Get-SecuDocValue $Part.PrincipalValues -Name 'preferredTokenSigningKeyThumbprint')
    $candidate = ''
    $latest = [datetime]::UtcNow
    foreach ($key in @(Get-SecuDocList $Part.PrincipalValues -Name 'keyCredentials')) {
        $until = ConvertTo-SecuDocUtc (Get-SecuDocValue $key -Name 'endDateTime')
        if ([string](Get-SecuDocValue $key -Name 'usage') -ne 'Verify' -or $null -eq $until -or $until -le [datetime]::UtcNow) { continue }
        $thumbprint = Get-SecuDocEntraThumbprint -Key $key
        if ($active -ne '' -and ($thumbprint -eq '' -or (Test-SecuDocSameText $thumbprint -Right $active))) { return }
        if ($thumbprint -ne '' -and $until -gt $latest) {
            $candidate = $thumbprint
            $latest = $until
        }
    }
    if ($candidate -ne '') {
        $want = [ordered]@{ preferredTokenSigningKeyThumbprint = $candidate }
        New-SecuDocEntraPropertyChange -Kind 'SamlPrincipal' -Name $Wanted.SamlName -Guid $Part.Principal.Id -Have $Part.PrincipalValues -Want $want
        return
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
        if ($row.Found -gt 1) {
            New-SecuDocEntraManual -Kind 'SamlAssignment' -Name $name -Note "$($row.Found) groups have this address. Look at them in the Entra admin center: one must go, or get another address."
            continue
        }
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
            if ($null -ne $until) { $day = $until.ToString('yyyy-MM-dd', [cultureinfo]::InvariantCulture) }
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
        if ($row.Found -gt 1) { $id = "$($row.Found) groups have its address" }
        if ($null -ne $row.Group) { $id = $row.Group.Id }
        Write-SecuDocNote "$($labels[$index])$id"
    }
    Write-SecuDocNote 'The group claim names groups of direct members only: members of nested groups cannot sign in.'
}
