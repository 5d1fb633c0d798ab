#Requires -Version 7.4
<#
    Prerequisites.ps1 - what has to be there before anything is changed: versions, sign-in to the right tenant, licences, roles.

    Decisions are in functions that get the facts as parameters; the facts come from Exchange.ps1, Graph.ps1 and PowerShell.

    Order of signing in: Microsoft Graph first. The other way round, Connect-MgGraph fails in the same process
    (known fault 3394 of microsoftgraph/msgraph-sdk-powershell, open and seen with versions 2.40.0 and 3.10.1).
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Modules and their least versions. ExchangeOnlineManagement 3.5 is the first for PowerShell 7.4, 3.10 needs 7.6 (Microsoft: "About the
# Exchange Online PowerShell module"). Of Microsoft Graph only these parts are needed; version 2 has the names that are used.
$script:PrerequisiteExchange = @{ 'ExchangeOnlineManagement' = [version]'3.5.0' }
$script:PrerequisiteGraph = @{
    'Microsoft.Graph.Authentication'               = [version]'2.0.0'
    'Microsoft.Graph.Applications'                 = [version]'2.0.0'
    'Microsoft.Graph.Groups'                       = [version]'2.0.0'
    'Microsoft.Graph.Identity.DirectoryManagement' = [version]'2.0.0'
}

# Names of one cloud at both services (Microsoft: Connect-MgGraph, Connect-ExchangeOnline). GCC uses Global.
$script:PrerequisiteClouds = @{
    Global   = 'O365Default'
    USGov    = 'O365USGovGCCHigh'
    USGovDoD = 'O365USGovDoD'
    China    = 'O365China'
}

# Cmdlets that installing calls. Exchange gives a session only those that the roles of the administrator allow.
$script:PrerequisiteCommands = @(
    'New-InboundConnector', 'Set-InboundConnector', 'Remove-InboundConnector', 'New-OutboundConnector', 'Set-OutboundConnector',
    'Remove-OutboundConnector', 'Validate-OutboundConnector', 'New-TransportRule', 'Set-TransportRule', 'Remove-TransportRule',
    'Enable-TransportRule', 'Disable-TransportRule', 'New-DistributionGroup', 'Set-DistributionGroup', 'Remove-DistributionGroup',
    'Set-RemoteDomain', 'Get-AcceptedDomain'
)
$script:PrerequisiteReadCommands = @(
    'Get-InboundConnector', 'Get-OutboundConnector', 'Get-TransportRule', 'Get-DistributionGroup', 'Get-RemoteDomain', 'Get-AcceptedDomain',
    'Get-OrganizationConfig'
)

# Sessions that this run opened: only those are closed again.
$script:PrerequisiteOpened = @{ Graph = $false; Exchange = $false }

# ---- before signing in

# The newest installed version of each module, $null for one that is not there.
function Get-SecuDocModuleVersion {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]] $Name
    )
    $versions = [ordered]@{}
    foreach ($module in $Name) {
        $versions[$module] = $null
        foreach ($found in @(Get-Module -ListAvailable -Name $module)) {
            if ($null -eq $versions[$module] -or $found.Version -gt $versions[$module]) { $versions[$module] = $found.Version }
        }
    }
    return $versions
}

# Pure: is each module there, new enough, and made for this PowerShell?
function Test-SecuDocModuleVersion {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [version] $PowerShell,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Installed,
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Needed
    )
    if ($PowerShell -lt [version]'7.4.0') {
        New-SecuDocCheck -Name 'PowerShell' -Result 'Fail' -Detail "version $PowerShell" -Advice 'Install PowerShell 7.4 or later: https://aka.ms/powershell'
    } else {
        New-SecuDocCheck -Name 'PowerShell' -Result 'Pass' -Detail "version $PowerShell"
    }
    foreach ($name in @($Needed.Keys)) {
        $have = $Installed[$name]
        if ($null -eq $have) {
            New-SecuDocCheck -Name "Module $name" -Result 'Fail' -Detail 'not installed' -Advice "Install-Module $name -Scope CurrentUser"
        } elseif ($have -lt $Needed[$name]) {
            New-SecuDocCheck -Name "Module $name" -Result 'Fail' -Detail "version $have, needed $($Needed[$name])" -Advice "Update-Module $name"
        } elseif ($name -eq 'ExchangeOnlineManagement' -and $have -ge [version]'3.10.0' -and $PowerShell -lt [version]'7.6.0') {
            New-SecuDocCheck -Name "Module $name" -Result 'Fail' -Detail "version $have is made for PowerShell 7.6 and later, this is $PowerShell" -Advice 'Install PowerShell 7.6, or: Uninstall-Module ExchangeOnlineManagement -AllVersions; Install-Module ExchangeOnlineManagement -RequiredVersion 3.9.2'
        } else {
            New-SecuDocCheck -Name "Module $name" -Result 'Pass' -Detail "version $have"
        }
    }
}

# Pure: parts of Microsoft Graph of different versions do not work together.
function Test-SecuDocModuleMix {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Installed
    )
    $seen = @()
    foreach ($name in @($Installed.Keys)) {
        if ($name.StartsWith('Microsoft.Graph.') -and $null -ne $Installed[$name]) { $seen += [string]$Installed[$name] }
    }
    $different = @($seen | Sort-Object -Unique)
    if ($different.Count -gt 1) {
        New-SecuDocCheck -Name 'Modules of Microsoft Graph' -Result 'Fail' -Detail "versions $($different -join ', ') side by side" -Advice 'Bring all of them to one version: Update-Module Microsoft.Graph'
    }
}

# Checks: PowerShell and modules.
function Test-SecuDocModule {
    [CmdletBinding()]
    param(
        [switch] $SkipExchange,
        [switch] $SkipEntra
    )
    $needed = [ordered]@{}
    if (-not $SkipExchange) {
        foreach ($name in @($script:PrerequisiteExchange.Keys)) { $needed[$name] = $script:PrerequisiteExchange[$name] }
    }
    if (-not $SkipEntra) {
        foreach ($name in @($script:PrerequisiteGraph.Keys)) { $needed[$name] = $script:PrerequisiteGraph[$name] }
    }
    $installed = Get-SecuDocModuleVersion -Name @($needed.Keys)
    $running = $PSVersionTable.PSVersion
    $powerShell = [version]::new($running.Major, $running.Minor, $running.Patch)
    Test-SecuDocModuleVersion -PowerShell $powerShell -Installed $installed -Needed $needed
    Test-SecuDocModuleMix -Installed $installed
}

# ---- signing in

# Pure: the permissions that were asked for and not given. ReadWrite includes Read.
function Get-SecuDocMissingScope {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]] $Wanted,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]] $Granted
    )
    foreach ($scope in $Wanted) {
        if ($Granted -contains $scope) { continue }
        if ($Granted -contains ($scope -replace '\.Read\.', '.ReadWrite.')) { continue }
        if ($Granted -contains 'Directory.Read.All' -and @('LicenseAssignment.Read.All', 'GroupMember.Read.All', 'Application.Read.All') -contains $scope) { continue }
        $scope
    }
}

# Pure: a tenant that is not the plan's is left alone.
function Assert-SecuDocTenant {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Service,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Connected,
        [Parameter(Mandatory)]
        [guid] $Expected
    )
    $id = [guid]::Empty
    $isGuid = [guid]::TryParse($Connected, [ref] $id)
    if (-not $isGuid -or $id -ne $Expected) {
        throw (New-SecuDocError -Code 'SD104' -Message "$Service is connected to the tenant '$Connected', the plan is for $Expected." -Advice 'Sign in with an account of that tenant, or correct Tenant.EntraId of the plan. Nothing was changed.')
    }
}

# The certificate with its private key, for signing in without a user.
function Read-SecuDocSignInCertificate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,
        [AllowNull()]
        [securestring] $Password = $null
    )
    $full = Resolve-SecuDocPath $Path
    try {
        if ($null -eq $Password) {
            $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($full)
        } else {
            $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($full, $Password)
        }
    } catch {
        throw (New-SecuDocError -Code 'SD102' -Message "The certificate $full cannot be opened: $($_.Exception.Message)" -Advice 'It must be a PFX file; its password goes to -CertificatePassword.')
    }
    if (-not $certificate.HasPrivateKey) {
        throw (New-SecuDocError -Code 'SD102' -Message "$full has no private key." -Advice 'For signing in a PFX file with its key is needed.')
    }
    return $certificate
}

# Pure: may the open session of Microsoft Graph be used? Of that tenant, with all permissions, and of the account that is meant: that
# application when there is an -AppId, else a user.
function Test-SecuDocDirectorySession {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Context,
        [Parameter(Mandatory)]
        [guid] $TenantId,
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]] $Wanted,
        [AllowEmptyString()]
        [string] $AppId = ''
    )
    if ($null -eq $Context) { return $false }
    if (-not (Test-SecuDocSameText $Context.TenantId -Right ($TenantId.ToString()))) { return $false }
    if ($Context.AppOnly -ne ($AppId -ne '')) { return $false }
    if ($Context.AppOnly -and -not (Test-SecuDocSameText $Context.ClientId -Right $AppId)) { return $false }
    return @(Get-SecuDocMissingScope -Wanted $Wanted -Granted $Context.Scopes).Count -eq 0
}

function Show-SecuDocDirectoryAccount {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Context,
        [AllowEmptyString()]
        [string] $More = ''
    )
    $who = $Context.Account
    if ($Context.AppOnly) { $who = "the application $($Context.ClientId)" }
    Write-SecuDocNote "as $who$More"
}

# Signs in to Microsoft Graph, unless the open session will do; SD106 when that fails.
function Connect-SecuDocDirectory {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Method,
        [Parameter(Mandatory)]
        [guid] $TenantId,
        [Parameter(Mandatory)]
        [object[]] $Scopes,
        [string] $AppId = '',
        [string] $CertificateThumbprint = '',
        [string] $CertificateFilePath = '',
        [AllowNull()]
        [securestring] $CertificatePassword = $null,
        [string] $Environment = 'Global'
    )
    $names = @($Scopes | ForEach-Object { $_.Name })
    $context = Get-SecuDocGraphContext
    if (Test-SecuDocDirectorySession -Context $context -TenantId $TenantId -Wanted $names -AppId $AppId) {
        Show-SecuDocDirectoryAccount -Context $context -More ', in the session that is open already'
        return
    }
    if ($null -ne $context -and -not $script:PrerequisiteOpened['Graph']) {
        Write-SecuDocNote 'The open session of Microsoft Graph is of another tenant or account, or lacks permissions. It is replaced: sign in again afterwards.'
    }
    if ($null -eq $context -and @(Get-Module -Name 'ExchangeOnlineManagement').Count -gt 0) {
        Write-SecuDocNote 'Exchange Online was used in this session before Microsoft Graph. If signing in fails now, start a new PowerShell and run the script first.'
    }
    $connect = @{ Method = $Method; TenantId = $TenantId.ToString(); Environment = $Environment }
    if ($Method -ne 'Certificate') {
        Show-SecuDocGraphScope -Scopes $Scopes
        $connect['Scope'] = $names
    } else {
        $connect['AppId'] = $AppId
        if ($CertificateFilePath -eq '') {
            $connect['CertificateThumbprint'] = $CertificateThumbprint
        } else {
            $connect['Certificate'] = Read-SecuDocSignInCertificate -Path $CertificateFilePath -Password $CertificatePassword
        }
    }
    try {
        Connect-SecuDocGraph @connect
        $script:PrerequisiteOpened['Graph'] = $true
    } catch {
        throw (New-SecuDocError -Code 'SD106' -Message "Microsoft Graph: $($_.Exception.Message)" -Advice (Get-SecuDocSignInAdvice -Text $_.Exception.Message))
    }
    Assert-SecuDocDirectory -TenantId $TenantId -Scopes $Scopes
}

# Both services, each only in the tenant that is meant. Errors: SD102, SD104, SD105, SD106. With -AddDomain the right to add domains
# is asked for; when -LinkedDomain is given too, only if Entra does not have that domain verified.
function Connect-SecuDocTenant {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Interactive', 'Device', 'Certificate')]
        [string] $Method,
        [Parameter(Mandatory)]
        [guid] $TenantId,
        [string] $AppId = '',
        [string] $CertificateThumbprint = '',
        [string] $CertificateFilePath = '',
        [AllowNull()]
        [securestring] $CertificatePassword = $null,
        [string] $Organization = '',
        [string] $UserPrincipalName = '',
        [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
        [string] $Environment = 'Global',
        [switch] $SkipExchange,
        [switch] $SkipEntra,
        [string] $LinkedDomain = '',
        [switch] $ReadOnly,
        [switch] $AddDomain,
        [switch] $PhoneClaim,
        [switch] $MailOnly
    )
    Assert-SecuDocSignIn -Method $Method -AppId $AppId -CertificateThumbprint $CertificateThumbprint -CertificateFilePath $CertificateFilePath -Organization $Organization -SkipExchange:$SkipExchange
    $script:EntraCloud = $Environment
    $certificate = @{ AppId = $AppId; CertificateThumbprint = $CertificateThumbprint; CertificateFilePath = $CertificateFilePath; CertificatePassword = $CertificatePassword }
    if (-not $SkipEntra) {
        Write-SecuDocStep 'Signing in to Microsoft Graph'
        $ask = @{ ReadOnly = [bool]$ReadOnly; PhoneClaim = [bool]$PhoneClaim; MailOnly = [bool]$MailOnly; AddDomain = ($AddDomain -and $LinkedDomain -eq '') }
        $begin = @{ Method = $Method; TenantId = $TenantId; Environment = $Environment }
        Connect-SecuDocDirectory @begin @certificate -Scopes @(Get-SecuDocGraphScope @ask)
        if ($AddDomain -and -not $ReadOnly -and $LinkedDomain -ne '' -and -not (Get-SecuDocDomainState -DomainName $LinkedDomain).Verified) {
            Write-SecuDocNote "The linked domain $LinkedDomain is not a verified domain of this tenant yet. To add it one more permission is needed."
            $ask['AddDomain'] = $true
            Connect-SecuDocDirectory @begin @certificate -Scopes @(Get-SecuDocGraphScope @ask)
        }
    }
    if (-not $SkipExchange) {
        Write-SecuDocStep 'Signing in to Exchange Online'
        $connection = Get-SecuDocExchangeConnection
        if ($null -ne $connection) {
            Assert-SecuDocExchangeAccount -Connection $connection -AppId $AppId -UserPrincipalName $UserPrincipalName
        } else {
            $script:PrerequisiteOpened['Exchange'] = $true
            try {
                Connect-SecuDocExchange -Method $Method @certificate -Organization $Organization -UserPrincipalName $UserPrincipalName -Environment $script:PrerequisiteClouds[$Environment]
            } catch {
                throw (New-SecuDocError -Code 'SD106' -Message "Exchange Online: $($_.Exception.Message)" -Advice (Get-SecuDocSignInAdvice -Text $_.Exception.Message))
            }
            $connection = Get-SecuDocExchangeConnection
        }
        Assert-SecuDocTenant -Service 'Exchange Online' -Connected ([string](Get-SecuDocValue $connection -Name 'TenantId' -Default '')) -Expected $TenantId
        $who = [string](Get-SecuDocValue $connection -Name 'UserName')
        if ($who -eq '') { $who = "the application $([string](Get-SecuDocValue $connection -Name 'AppId'))" }
        Write-SecuDocNote "as $who"
    }
}

# Pure: a session that was open before and is of somebody else than the parameters name is not used.
function Assert-SecuDocExchangeAccount {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Connection,
        [AllowEmptyString()]
        [string] $AppId = '',
        [AllowEmptyString()]
        [string] $UserPrincipalName = ''
    )
    $user = [string](Get-SecuDocValue $Connection -Name 'UserName')
    $application = [string](Get-SecuDocValue $Connection -Name 'AppId')
    $problem = ''
    if ($AppId -ne '' -and -not (Test-SecuDocSameText $AppId -Right $application)) { $problem = "-AppId says $AppId" }
    if ($UserPrincipalName -ne '' -and -not (Test-SecuDocSameText $UserPrincipalName -Right $user)) { $problem = "-UserPrincipalName says $UserPrincipalName" }
    if ($problem -ne '') {
        $who = $user
        if ($application -ne '') { $who = "the application $application" }
        throw (New-SecuDocError -Code 'SD102' -Message "The open session of Exchange Online is of '$who', $problem." -Advice 'Close it with Disconnect-ExchangeOnline, or leave the parameter out.')
    }
}

# Pure: parameters that belong together.
function Assert-SecuDocSignIn {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Method,
        [string] $AppId = '',
        [string] $CertificateThumbprint = '',
        [string] $CertificateFilePath = '',
        [string] $Organization = '',
        [switch] $SkipExchange
    )
    if ($Method -ne 'Certificate') { return }
    $problem = ''
    if ($AppId -eq '') { $problem = '-AppId is missing.' }
    if (($CertificateThumbprint -eq '') -eq ($CertificateFilePath -eq '')) { $problem = 'Give one of -CertificateThumbprint and -CertificateFilePath.' }
    if ($CertificateThumbprint -ne '' -and -not $IsWindows) { $problem = '-CertificateThumbprint is for Windows only: use -CertificateFilePath.' }
    if ($Organization -eq '' -and -not $SkipExchange) { $problem = '-Organization is missing: the name that ends in .onmicrosoft.com.' }
    if ($problem -ne '') {
        throw (New-SecuDocError -Code 'SD102' -Message "Signing in with a certificate: $problem")
    }
}

# The session of Microsoft Graph is of this tenant and has what was asked for; else it is closed again.
function Assert-SecuDocDirectory {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid] $TenantId,
        [Parameter(Mandatory)]
        [object[]] $Scopes
    )
    $context = Get-SecuDocGraphContext
    $connected = [string](Get-SecuDocValue $context -Name 'TenantId' -Default '')
    try {
        Assert-SecuDocTenant -Service 'Microsoft Graph' -Connected $connected -Expected $TenantId
    } catch {
        Disconnect-SecuDocGraph
        throw
    }
    $missing = @(Get-SecuDocMissingScope -Wanted @($Scopes | ForEach-Object { $_.Name }) -Granted $context.Scopes)
    if ($missing.Count -gt 0) {
        throw (New-SecuDocError -Code 'SD105' -Message "Microsoft Graph did not give these permissions: $($missing -join ', ')." -Advice 'Somebody with the role Cloud Application Administrator or higher must consent to them; or leave the Entra part out with -SkipEntra.')
    }
    Show-SecuDocDirectoryAccount -Context $context
}

function Get-SecuDocSignInAdvice {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Text
    )
    if ($Text -match 'WithLogging|Could not load (file|type)|Method not found|RuntimeBroker') {
        return 'The modules of both services disturb each other in this session. Start a new PowerShell and run the script first; if that does not help, use -Device.'
    }
    if ($Text -match 'AADSTS65001|AADSTS90094|consent') {
        return 'The permissions need the consent of an administrator: sign in as one, or ask one to consent.'
    }
    if ($Text -match 'AADSTS50105|AADSTS53003|AADSTS530') {
        return 'A policy of your organisation forbids this way of signing in (conditional access).'
    }
    if ($Text -match 'AADSTS700027|AADSTS700016|AADSTS90002') {
        return 'Look at -AppId, -TenantId and the certificate of the application.'
    }
    if ($Text -match 'timed out|canceled|cancelled') {
        return 'Try again; the window for signing in may be behind others. -Device shows a code instead.'
    }
    return 'Look whether the account may sign in, and whether login.microsoftonline.com, graph.microsoft.com and outlook.office365.com can be reached.'
}

# Closes what this run opened; a session that was open before stays.
function Disconnect-SecuDocTenant {
    [CmdletBinding()]
    param(
        [switch] $SkipExchange,
        [switch] $SkipEntra
    )
    if (-not $SkipExchange -and $script:PrerequisiteOpened['Exchange']) {
        Disconnect-SecuDocExchange
        $script:PrerequisiteOpened['Exchange'] = $false
    }
    if (-not $SkipEntra -and $script:PrerequisiteOpened['Graph']) {
        Disconnect-SecuDocGraph
        $script:PrerequisiteOpened['Graph'] = $false
    }
}

# ---- after signing in

# Pure. Exchange Online, Entra ID P1, and the developer subscription in which connectors cannot be made.
function Test-SecuDocLicence {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Skus,
        [switch] $NeedsPremium
    )
    $active = @($Skus | Where-Object { @('Enabled', 'Warning') -contains $_.Status })
    $exchange = @()
    foreach ($sku in $active) {
        foreach ($plan in $sku.Plans) {
            # FOUNDATION is a part of other products, ARCHIVE an addition: neither is a mailbox.
            if ($plan -match '^EXCHANGE_' -and $plan -notmatch 'FOUNDATION|ARCHIVE') { $exchange += $sku.PartNumber }
        }
    }
    if ($exchange.Count -gt 0) {
        New-SecuDocCheck -Name 'Licence for Exchange Online' -Result 'Pass' -Detail (@($exchange | Sort-Object -Unique) -join ', ')
    } else {
        New-SecuDocCheck -Name 'Licence for Exchange Online' -Result 'Fail' -Detail 'no subscription in force contains it' -Advice 'Mail flow needs Exchange Online. If your subscription does contain it, leave this check out with -SkipLicence and tell us its name.'
    }
    if ($NeedsPremium) {
        if (Test-SecuDocEntraPremium -Skus $active) {
            New-SecuDocCheck -Name 'Licence for Entra ID P1' -Result 'Pass'
        } else {
            New-SecuDocCheck -Name 'Licence for Entra ID P1' -Result 'Skipped' -Detail 'not there: groups cannot be assigned to the sign-in application' -Advice 'Everything else works without it. For signing in with Entra ID get P1 for the users, or use accounts of the service.'
        }
    }
    if (@($active | Where-Object { $_.PartNumber -match 'DEVELOPER' }).Count -gt 0) {
        New-SecuDocCheck -Name 'Developer subscription' -Result 'Waiting' -Detail 'the tenant has a Microsoft 365 developer subscription' -Advice 'Microsoft restricts making inbound connectors in Microsoft 365 E5 developer subscriptions, and a support ticket does not help. If that step fails, use another tenant.'
    }
}

# Pure. Which of the needed cmdlets does the session not have?
function Test-SecuDocRole {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]] $Missing
    )
    if ($Missing.Count -eq 0) {
        return New-SecuDocCheck -Name 'Roles in Exchange Online' -Result 'Pass'
    }
    return New-SecuDocCheck -Name 'Roles in Exchange Online' -Result 'Fail' -Detail "not allowed: $($Missing -join ', ')" -Advice 'The account needs the role Exchange Administrator (role group Organization Management). A role that was just given, or activated in PIM, needs a new sign-in and up to an hour.'
}

# Pure. A tenant whose configuration is still packed up refuses new objects.
function Test-SecuDocOrganization {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Organization
    )
    if ((Get-SecuDocValue $Organization -Name 'IsDehydrated' -Default $false) -eq $true) {
        return New-SecuDocCheck -Name 'Customisation of Exchange Online' -Result 'Waiting' -Detail 'not enabled yet (IsDehydrated)' -Advice 'The script enables it (Enable-OrganizationCustomization). It may take some hours until new objects can be made, and it cannot be taken back.'
    }
    return New-SecuDocCheck -Name 'Customisation of Exchange Online' -Result 'Pass'
}

# Pure. Connectors of type OnPremises of a hybrid set-up are not ours, and mail may take their way.
function Test-SecuDocHybrid {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Connectors
    )
    $hybrid = @()
    foreach ($connector in $Connectors) {
        $source = [string](Get-SecuDocValue $connector -Name 'ConnectorSource')
        if ($source -eq 'HybridWizard') { $hybrid += [string](Get-SecuDocValue $connector -Name 'Name') }
    }
    if ($hybrid.Count -eq 0) {
        return New-SecuDocCheck -Name 'Hybrid set-up' -Result 'Pass' -Detail 'none'
    }
    return New-SecuDocCheck -Name 'Hybrid set-up' -Result 'Waiting' -Detail "connectors of the hybrid wizard: $($hybrid -join ', ')" -Advice 'They are not touched. Mail of mailboxes on premises goes through the rules only if it passes Exchange Online, and a domain that is internal relay counts as inside.'
}

# Checks after signing in. With -ReadOnly only what reading needs.
function Test-SecuDocPrerequisite {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Plan,
        [switch] $SkipExchange,
        [switch] $SkipEntra,
        [switch] $SkipLicence,
        [switch] $ReadOnly
    )
    $wanted = Get-SecuDocEntraWanted -Plan $Plan
    $tenant = [guid]$wanted.TenantId
    if (-not $SkipEntra) {
        $context = Get-SecuDocGraphContext
        Assert-SecuDocTenant -Service 'Microsoft Graph' -Connected ([string](Get-SecuDocValue $context -Name 'TenantId' -Default '')) -Expected $tenant
        New-SecuDocCheck -Name 'Tenant of Microsoft Graph' -Result 'Pass' -Detail $tenant.ToString()
        if (-not $SkipLicence) {
            Test-SecuDocLicence -Skus @(Get-SecuDocGraphSku) -NeedsPremium:$wanted.HasSaml
        }
    }
    if ($SkipExchange) { return }
    $connection = Get-SecuDocExchangeConnection
    Assert-SecuDocTenant -Service 'Exchange Online' -Connected ([string](Get-SecuDocValue $connection -Name 'TenantId' -Default '')) -Expected $tenant
    New-SecuDocCheck -Name 'Tenant of Exchange Online' -Result 'Pass' -Detail $tenant.ToString()
    $commands = $script:PrerequisiteCommands
    if ($ReadOnly) { $commands = $script:PrerequisiteReadCommands }
    $missing = @()
    foreach ($command in $commands) {
        if (-not (Test-SecuDocExchangeCommand -Name $command)) { $missing += $command }
    }
    Test-SecuDocRole -Missing $missing
    if ($missing.Count -gt 0) { return }
    $state = Get-SecuDocExchangeState -KnownGroups @()
    Test-SecuDocOrganization -Organization $state.Organization
    Test-SecuDocHybrid -Connectors @(@($state.InboundConnectors) + @($state.OutboundConnectors))
}
