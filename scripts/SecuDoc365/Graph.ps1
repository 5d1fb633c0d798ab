#Requires -Version 7.4
<#
    Graph.ps1 - the only place where cmdlets of Microsoft Graph are called.

    Each function is one request, or one list. What comes back is turned into objects of our own with fixed properties, so that no
    other file reads an object of Microsoft's. Nothing is decided here.

    Objects are found by listing and comparing, never by a 404: an empty list is an answer, an error is not.
    Properties that are changed and put back later are read and written as the JSON of Microsoft's REST reference
    (`Get-SecuDocGraphProperty`, `Set-SecuDocGraphProperty`): the objects of the SDK drop null and empty lists on their way out, and an
    undo needs exactly those. It is sent as pure ASCII: Invoke-MgGraphRequest has not always sent UTF-8.

    Sources: learn.microsoft.com/graph/api (application, servicePrincipal, appRoleAssignment, domain, subscribedSku, applicationTemplate,
    customClaimsPolicy) and learn.microsoft.com/powershell/module/microsoft.graph.*.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# ---- connection

# Signs in to Microsoft Graph. The token stays in this process (ContextScope Process).
function Connect-SecuDocGraph {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Interactive', 'Device', 'Certificate')]
        [string] $Method,
        [string] $TenantId = '',
        [string[]] $Scope = @(),
        [string] $AppId = '',
        [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,
        [string] $CertificateThumbprint = '',
        [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
        [string] $Environment = 'Global'
    )
    if ('Certificate' -eq $Method) {
        $app = @{
            ClientId     = $AppId
            TenantId     = $TenantId
            Environment  = $Environment
            ContextScope = 'Process'
            NoWelcome    = $true
        }
        if ($null -ne $Certificate) {
            Connect-MgGraph @app -Certificate $Certificate -ErrorAction Stop | Out-Null
        } else {
            Connect-MgGraph @app -CertificateThumbprint $CertificateThumbprint -ErrorAction Stop | Out-Null
        }
        return
    }

    $user = @{
        Scopes        = $Scope
        Environment   = $Environment
        ContextScope  = 'Process'
        NoWelcome     = $true
        UseDeviceCode = ('Device' -eq $Method)
    }
    if ('' -ne $TenantId) {
        $user.TenantId = $TenantId
    }
    # The code for the other device comes as output (known fault 2798 of microsoftgraph/msgraph-sdk-powershell): it must reach the screen.
    Connect-MgGraph @user -ErrorAction Stop | ForEach-Object { Write-Host $_ }
}

# Signs out; being signed out already is no error.
function Disconnect-SecuDocGraph {
    [CmdletBinding()]
    param()
    if ($null -ne (Get-MgContext)) {
        Disconnect-MgGraph -ErrorAction SilentlyContinue | Out-Null
    }
}

# Who is signed in where; $null when nobody is.
function Get-SecuDocGraphContext {
    [CmdletBinding()]
    param()
    $context = Get-MgContext
    if ($null -eq $context) {
        return $null
    }
    return [pscustomobject] @{
        TenantId = [string] $context.TenantId
        Account  = [string] $context.Account
        ClientId = [string] $context.ClientId
        AppOnly  = ('AppOnly' -eq [string] $context.AuthType)
        Scopes   = @($context.Scopes | Where-Object { $null -ne $_ })
    }
}

# Code and message of what Graph said, as one line of text.
# The code is the first part of FullyQualifiedErrorId for cmdlets of the SDK. Invoke-MgGraphRequest puts the whole answer, with its
# header fields, into ErrorDetails; its JSON is enough.
function Get-SecuDocGraphErrorText {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )
    $parts = @([string] $ErrorRecord.FullyQualifiedErrorId, [string] $ErrorRecord.Exception.Message)
    if ($null -ne $ErrorRecord.ErrorDetails) {
        $detail = [string] $ErrorRecord.ErrorDetails.Message
        $begin = $detail.IndexOf('{"error"', [System.StringComparison]::Ordinal)
        if ($begin -gt 0) { $detail = $detail.Substring($begin) }
        $parts += $detail
    }
    $text = (($parts -join ' ') -replace '\s+', ' ').Trim()
    if ($text.Length -gt 900) { $text = $text.Substring(0, 897) + '...' }
    return $text
}

# A text as literal of an OData filter, quotes included.
function ConvertTo-SecuDocODataLiteral {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Text
    )
    return "'" + $Text.Replace("'", "''") + "'"
}

# ---- licences

# The subscriptions of the tenant: part number, whether it is in force, names of the plans in it.
function Get-SecuDocGraphSku {
    [CmdletBinding()]
    param()
    foreach ($sku in @(Get-MgSubscribedSku -All -ErrorAction Stop)) {
        [pscustomobject] @{
            PartNumber = [string] $sku.SkuPartNumber
            Status     = [string] $sku.CapabilityStatus
            Plans      = @($sku.ServicePlans | Where-Object { $null -ne $_ } | ForEach-Object { [string] $_.ServicePlanName })
        }
    }
}

# ---- domains

# The domain of the tenant with exactly this name, or nothing.
function Get-SecuDocGraphDomain {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    foreach ($domain in @(Get-MgDomain -All -ErrorAction Stop)) {
        if ([string]::Equals([string] $domain.Id, $DomainName, [System.StringComparison]::OrdinalIgnoreCase)) {
            return [pscustomobject] @{
                Name     = [string] $domain.Id
                Verified = (($null -ne $domain.IsVerified) -and [bool] $domain.IsVerified)
                Services = @($domain.SupportedServices | Where-Object { $null -ne $_ })
            }
        }
    }
}

# The DNS records of which one proves that the domain is the tenant's: Type, Name, Value, Ttl.
# Text and host are properties of derived types (domainDnsTxtRecord, domainDnsMxRecord), which the SDK keeps in
# AdditionalProperties.
function Get-SecuDocGraphDomainRecord {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    foreach ($record in @(Get-MgDomainVerificationDnsRecord -DomainId $DomainName -All -ErrorAction Stop)) {
        $value = ''
        if ($record.AdditionalProperties.ContainsKey('text')) {
            $value = [string] $record.AdditionalProperties['text']
        } elseif ($record.AdditionalProperties.ContainsKey('mailExchange')) {
            $value = [string] $record.AdditionalProperties['mailExchange']
        }
        [pscustomobject] @{
            Type  = ([string] $record.RecordType).ToUpperInvariant()
            Name  = [string] $record.Label
            Value = $value
            Ttl   = [string] $record.Ttl
        }
    }
}

# Adds a domain, not verified yet unless it stands below a verified one.
function New-SecuDocGraphDomain {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    if ($PSCmdlet.ShouldProcess($DomainName, 'New-MgDomain')) {
        New-MgDomain -Id $DomainName -ErrorAction Stop | Out-Null
    }
}

# Asks Microsoft to look for the DNS record now. An error when it is not there.
function Confirm-SecuDocGraphDomain {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    if ($PSCmdlet.ShouldProcess($DomainName, 'Confirm-MgDomain')) {
        Confirm-MgDomain -DomainId $DomainName -ErrorAction Stop | Out-Null
    }
}

# Says which services the domain is used for. Only verified domains can be changed.
function Set-SecuDocGraphDomainService {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName,
        [Parameter(Mandatory)]
        [string[]] $Service
    )
    if ($PSCmdlet.ShouldProcess($DomainName, 'Update-MgDomain SupportedServices')) {
        Update-MgDomain -DomainId $DomainName -SupportedServices $Service -ErrorAction Stop | Out-Null
    }
}

# Removes a domain; Microsoft refuses while anything uses it.
function Remove-SecuDocGraphDomain {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DomainName
    )
    if ($PSCmdlet.ShouldProcess($DomainName, 'Remove-MgDomain')) {
        Remove-MgDomain -DomainId $DomainName -Confirm:$false -ErrorAction Stop | Out-Null
    }
}

# ---- groups

# The groups with exactly this mail address.
function Get-SecuDocGraphGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Mail
    )
    $filter = 'mail eq {0}' -f (ConvertTo-SecuDocODataLiteral -Text $Mail)
    foreach ($group in @(Get-MgGroup -Filter $filter -All -ErrorAction Stop)) {
        if ([string]::Equals([string] $group.Mail, $Mail, [System.StringComparison]::OrdinalIgnoreCase)) {
            [pscustomobject] @{
                Id              = [string] $group.Id
                DisplayName     = [string] $group.DisplayName
                Mail            = [string] $group.Mail
                SecurityEnabled = (($null -ne $group.SecurityEnabled) -and [bool] $group.SecurityEnabled)
            }
        }
    }
}

# ---- applications

# Applications registered in the tenant, by id or by exact name.
function Get-SecuDocGraphApplication {
    [CmdletBinding()]
    param(
        [string] $Id = '',
        [string] $DisplayName = ''
    )
    if ('' -ne $Id) {
        $filter = 'id eq {0}' -f (ConvertTo-SecuDocODataLiteral -Text $Id)
    } else {
        $filter = 'displayName eq {0}' -f (ConvertTo-SecuDocODataLiteral -Text $DisplayName)
    }
    foreach ($application in @(Get-MgApplication -Filter $filter -All -ErrorAction Stop)) {
        if (('' -eq $Id) -and ([string] $application.DisplayName -cne $DisplayName)) {
            continue
        }
        $created = [datetime]::MinValue
        if ($null -ne $application.CreatedDateTime) {
            $created = ([datetime] $application.CreatedDateTime).ToUniversalTime()
        }
        [pscustomobject] @{
            Id          = [string] $application.Id
            AppId       = [string] $application.AppId
            DisplayName = [string] $application.DisplayName
            Audience    = [string] $application.SignInAudience
            Created     = $created
            SecretCount = @($application.PasswordCredentials | Where-Object { $null -ne $_ }).Count
        }
    }
}

# Registers an application of this tenant only, which asks for application permissions of one API.
function New-SecuDocGraphApplication {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DisplayName,
        [Parameter(Mandatory)]
        [string] $ResourceAppId,
        [Parameter(Mandatory)]
        [string[]] $RoleId
    )
    $access = @()
    foreach ($role in $RoleId) {
        $access += @{ Id = $role; Type = 'Role' }
    }
    $new = @{
        DisplayName            = $DisplayName
        SignInAudience         = 'AzureADMyOrg'
        RequiredResourceAccess = @(@{ ResourceAppId = $ResourceAppId; ResourceAccess = $access })
    }
    if ($PSCmdlet.ShouldProcess($DisplayName, 'New-MgApplication')) {
        $application = New-MgApplication @new -ErrorAction Stop
        return [pscustomobject] @{ Id = [string] $application.Id; AppId = [string] $application.AppId }
    }
}

# Makes an application and its service principal from a template of the gallery; both need some time until they can be seen.
function New-SecuDocGraphTemplateApplication {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $DisplayName,
        [Parameter(Mandatory)]
        [string] $TemplateId
    )
    $new = @{
        ApplicationTemplateId = $TemplateId
        DisplayName           = $DisplayName
    }
    if ($PSCmdlet.ShouldProcess($DisplayName, 'Invoke-MgInstantiateApplicationTemplate')) {
        $made = Invoke-MgInstantiateApplicationTemplate @new -ErrorAction Stop
        return [pscustomobject] @{
            Id          = [string] $made.Application.Id
            AppId       = [string] $made.Application.AppId
            PrincipalId = [string] $made.ServicePrincipal.Id
        }
    }
}

# Deletes an application with its service principal in this tenant. Microsoft keeps it restorable for 30 days.
function Remove-SecuDocGraphApplication {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $Id
    )
    if ($PSCmdlet.ShouldProcess($Id, 'Remove-MgApplication')) {
        Remove-MgApplication -ApplicationId $Id -Confirm:$false -ErrorAction Stop | Out-Null
    }
}

# ---- service principals

# The service principal with this object id, or of this application; nothing when there is none.
function Get-SecuDocGraphPrincipal {
    [CmdletBinding()]
    param(
        [string] $Id = '',
        [string] $AppId = ''
    )
    if ('' -ne $Id) {
        $filter = 'id eq {0}' -f (ConvertTo-SecuDocODataLiteral -Text $Id)
    } else {
        $filter = 'appId eq {0}' -f (ConvertTo-SecuDocODataLiteral -Text $AppId)
    }
    foreach ($principal in @(Get-MgServicePrincipal -Filter $filter -All -ErrorAction Stop)) {
        $roles = foreach ($role in @($principal.AppRoles | Where-Object { $null -ne $_ })) {
            [pscustomobject] @{
                Id          = [string] $role.Id
                Value       = [string] $role.Value
                DisplayName = [string] $role.DisplayName
                Enabled     = (($null -ne $role.IsEnabled) -and [bool] $role.IsEnabled)
                Members     = @($role.AllowedMemberTypes | Where-Object { $null -ne $_ })
            }
        }
        return [pscustomobject] @{
            Id          = [string] $principal.Id
            AppId       = [string] $principal.AppId
            DisplayName = [string] $principal.DisplayName
            Roles       = @($roles | Where-Object { $null -ne $_ })
        }
    }
}

# Makes the service principal of an application of this tenant. Tags tell the admin center what kind of application it is.
function New-SecuDocGraphPrincipal {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $AppId,
        [string[]] $Tag = @()
    )
    $new = @{ AppId = $AppId }
    if ($Tag.Count -gt 0) { $new['Tags'] = $Tag }
    if ($PSCmdlet.ShouldProcess($AppId, 'New-MgServicePrincipal')) {
        $principal = New-MgServicePrincipal @new -ErrorAction Stop
        return [pscustomobject] @{ Id = [string] $principal.Id }
    }
}

# Deletes a service principal.
function Remove-SecuDocGraphPrincipal {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $Id
    )
    if ($PSCmdlet.ShouldProcess($Id, 'Remove-MgServicePrincipal')) {
        Remove-MgServicePrincipal -ServicePrincipalId $Id -Confirm:$false -ErrorAction Stop | Out-Null
    }
}

# Has Microsoft make a certificate for signing SAML tokens (self-signed, three years); gives its thumbprint.
function Add-SecuDocGraphSigningCertificate {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $PrincipalId,
        [Parameter(Mandatory)]
        [string] $Subject,
        [Parameter(Mandatory)]
        [datetime] $EndDate
    )
    $new = @{
        ServicePrincipalId = $PrincipalId
        DisplayName        = $Subject
        EndDateTime        = $EndDate
    }
    if ($PSCmdlet.ShouldProcess($Subject, 'Add-MgServicePrincipalTokenSigningCertificate')) {
        $made = Add-MgServicePrincipalTokenSigningCertificate @new -ErrorAction Stop
        return [pscustomobject] @{ Thumbprint = [string] $made.Thumbprint; KeyId = [string] $made.KeyId }
    }
}

# ---- role assignments

# An assignment of the SDK as object of ours.
function ConvertFrom-SecuDocGraphAssignment {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Assignment
    )
    return [pscustomobject] @{
        Id            = [string] $Assignment.Id
        RoleId        = [string] $Assignment.AppRoleId
        PrincipalId   = [string] $Assignment.PrincipalId
        PrincipalName = [string] $Assignment.PrincipalDisplayName
        PrincipalType = [string] $Assignment.PrincipalType
        ResourceId    = [string] $Assignment.ResourceId
        ResourceName  = [string] $Assignment.ResourceDisplayName
    }
}

# What a service principal may do elsewhere: its application permissions.
function Get-SecuDocGraphGrantedRole {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $PrincipalId
    )
    foreach ($assignment in @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $PrincipalId -All -ErrorAction Stop)) {
        ConvertFrom-SecuDocGraphAssignment -Assignment $assignment
    }
}

# Who is assigned to a service principal: users, groups, applications.
function Get-SecuDocGraphAssignedRole {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $PrincipalId
    )
    foreach ($assignment in @(Get-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $PrincipalId -All -ErrorAction Stop)) {
        ConvertFrom-SecuDocGraphAssignment -Assignment $assignment
    }
}

# Permissions that a service principal may use in the name of users.
function Get-SecuDocGraphDelegatedGrant {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $PrincipalId
    )
    foreach ($grant in @(Get-MgServicePrincipalOauth2PermissionGrant -ServicePrincipalId $PrincipalId -All -ErrorAction Stop)) {
        [pscustomobject] @{
            Id         = [string] $grant.Id
            Scope      = ([string] $grant.Scope).Trim()
            ResourceId = [string] $grant.ResourceId
        }
    }
}

# Gives a user, group or service principal a role of a resource; gives the id of the assignment.
# Through the resource, as Microsoft advises; for an application permission this is the consent of the administrator.
function New-SecuDocGraphAssignment {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $ResourceId,
        [Parameter(Mandatory)]
        [string] $PrincipalId,
        [Parameter(Mandatory)]
        [string] $RoleId
    )
    $new = @{
        ServicePrincipalId = $ResourceId
        ResourceId         = $ResourceId
        PrincipalId        = $PrincipalId
        AppRoleId          = $RoleId
    }
    if ($PSCmdlet.ShouldProcess($PrincipalId, 'New-MgServicePrincipalAppRoleAssignedTo')) {
        $made = New-MgServicePrincipalAppRoleAssignedTo @new -ErrorAction Stop
        return [string] $made.Id
    }
}

# Takes a role of a resource back.
function Remove-SecuDocGraphAssignment {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $ResourceId,
        [Parameter(Mandatory)]
        [string] $AssignmentId
    )
    $old = @{
        ServicePrincipalId  = $ResourceId
        AppRoleAssignmentId = $AssignmentId
    }
    if ($PSCmdlet.ShouldProcess($AssignmentId, 'Remove-MgServicePrincipalAppRoleAssignedTo')) {
        Remove-MgServicePrincipalAppRoleAssignedTo @old -Confirm:$false -ErrorAction Stop | Out-Null
    }
}

# ---- properties that are put back

# All properties of an application or service principal as Graph's JSON shows them: a hashtable.
function Get-SecuDocGraphProperty {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Application', 'ServicePrincipal')]
        [string] $Kind,
        [Parameter(Mandatory)]
        [guid] $Id
    )
    if ('Application' -eq $Kind) {
        return Invoke-MgGraphRequest -Method GET -Uri "/v1.0/applications/${Id}" -OutputType HashTable -ErrorAction Stop
    }
    return Invoke-MgGraphRequest -Method GET -Uri "/v1.0/servicePrincipals/${Id}" -OutputType HashTable -ErrorAction Stop
}

# The certificates of an application, raw bytes included (Graph gives those only when they are selected).
function Get-SecuDocGraphKey {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $ApplicationId
    )
    $uri = "/v1.0/applications/${ApplicationId}?`$select=keyCredentials"
    $answer = Invoke-MgGraphRequest -Method GET -Uri $uri -OutputType HashTable -ErrorAction Stop
    foreach ($key in @($answer['keyCredentials'])) {
        if ($null -ne $key) {
            $key
        }
    }
}

# Trust in tokens of another issuer: the third kind of credential of an application, after certificates and secrets.
function Get-SecuDocGraphFederation {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $ApplicationId
    )
    foreach ($credential in @(Get-MgApplicationFederatedIdentityCredential -ApplicationId $ApplicationId -All -ErrorAction Stop)) {
        [pscustomobject] @{
            Name    = [string] $credential.Name
            Issuer  = [string] $credential.Issuer
            Subject = [string] $credential.Subject
        }
    }
}

# Changes properties of an application or service principal; names and shapes are those of Graph's JSON.
function Set-SecuDocGraphProperty {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Application', 'ServicePrincipal')]
        [string] $Kind,
        [Parameter(Mandatory)]
        [guid] $Id,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Values
    )
    $request = @{
        Method      = 'PATCH'
        Body        = (ConvertTo-Json -InputObject $Values -Depth 12 -Compress -EscapeHandling 'EscapeNonAscii')
        ContentType = 'application/json'
    }
    if (-not $PSCmdlet.ShouldProcess([string] $Id, "PATCH ${Kind}: $(@($Values.Keys) -join ', ')")) {
        return
    }
    if ('Application' -eq $Kind) {
        Invoke-MgGraphRequest @request -Uri "/v1.0/applications/${Id}" -ErrorAction Stop | Out-Null
    } else {
        Invoke-MgGraphRequest @request -Uri "/v1.0/servicePrincipals/${Id}" -ErrorAction Stop | Out-Null
    }
}

# ---- claims policy

# The custom claims policy of a service principal (it holds what the claims page of the portal shows): a hashtable, or nothing.
# Microsoft offers this in the beta version of Graph only.
function Get-SecuDocGraphClaimsPolicy {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $PrincipalId
    )
    $uri = "/beta/servicePrincipals/${PrincipalId}/claimsPolicy"
    $answer = Invoke-MgGraphRequest -Method GET -Uri $uri -OutputType HashTable -SkipHttpErrorCheck -ErrorAction Stop
    if ($answer -isnot [System.Collections.IDictionary]) {
        return $null
    }
    if ($answer.Contains('error')) {
        $code = [string] $answer['error']['code']
        if ($code -match 'NotFound') {
            return $null
        }
        throw "Graph gives no claims policy: ${code} $([string] $answer['error']['message'])"
    }
    return $answer
}

# Makes or replaces the custom claims policy of a service principal.
function Set-SecuDocGraphClaimsPolicy {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [guid] $PrincipalId,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Policy
    )
    $request = @{
        Method      = 'PUT'
        Uri         = "/beta/servicePrincipals/${PrincipalId}/claimsPolicy"
        Body        = (ConvertTo-Json -InputObject $Policy -Depth 20 -Compress -EscapeHandling 'EscapeNonAscii')
        ContentType = 'application/json'
    }
    if ($PSCmdlet.ShouldProcess([string] $PrincipalId, 'PUT claimsPolicy')) {
        Invoke-MgGraphRequest @request -ErrorAction Stop | Out-Null
    }
}

# ---- mail

# Sends a mail as the user who is signed in. Needs the delegated permission Mail.Send, which only Test-SecuDoc365.ps1 -SendFrom asks for.
function Send-SecuDocGraphMail {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Message
    )
    $request = @{
        Method      = 'POST'
        Uri         = '/v1.0/me/sendMail'
        Body        = (ConvertTo-Json -InputObject @{ message = $Message; saveToSentItems = $true } -Depth 12 -Compress -EscapeHandling 'EscapeNonAscii')
        ContentType = 'application/json'
    }
    if ($PSCmdlet.ShouldProcess('/me/sendMail', 'POST')) {
        Invoke-MgGraphRequest @request -ErrorAction Stop | Out-Null
    }
}
