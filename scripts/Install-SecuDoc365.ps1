#Requires -Version 7.4
<#
.SYNOPSIS
    Sets up Exchange Online and Entra ID for SecuDoc 365, or shows what it would do.

.DESCRIPTION
    Reads the plan that "secudoc rules plan --format json" made (or takes the few values that one needs as parameters),
    compares it with what the organization has, shows the difference, asks, and makes exactly that:

      two mail-enabled security groups, the linked domain as accepted domain, an inbound and an outbound connector,
      the remote domain's TNEF setting, the mail flow rules in their order, behind those of known signature tools,
      and in Entra ID an application that reads the directory and an enterprise application for signing in.

    Rules are made switched off. The routing rule is switched on last, and only when -Validate has tested the connector,
    or when you say with -EnableRouting (or when asked) that it was tested. So is every change of a routing rule that is
    on by which more mail would be routed, or elsewhere.

    Every change is written into an undo file before it is made; Uninstall-SecuDoc365.ps1 undoes what stands there. The
    script may be run as often as you like: what is already as it should be is left alone, and after a failure it goes
    on where it stopped.

.PARAMETER PlanPath
    The plan, from "secudoc rules plan --format json". It holds secrets: keep it to yourself, and delete it afterwards.

.PARAMETER TenantId
    Without a plan: the id of the organization in Entra ID.

.PARAMETER LinkedDomain
    Without a plan: the domain of the service's certificate, for example secudoc.contoso.nl.

.PARAMETER SmartHost
    Without a plan: the host name to which Exchange Online sends mail.

.PARAMETER Domain
    Without a plan: the mail domain in which the two groups get their addresses.

.PARAMETER TenantSecret
    Without a plan: the secret that the routing rule writes into each mail.

.PARAMETER MarkToken
    Without a plan: one or two tokens of the X-SecuDoc header. Left out only with -LoopMark Plain.

.PARAMETER SecretHeader
    Without a plan: the name of the header for the secret.

.PARAMETER LoopMark
    Without a plan: Tokens (default) or Plain.

.PARAMETER LinkBase
    Without a plan: address of the portal; without it there is no Entra part.

.PARAMETER FacilityAddress
    Without a plan: sender of the service's own mail; it gets the test mail when -TestRecipient is not given.

.PARAMETER Mode
    OptOut: everything is secured unless switched off. OptIn: only what is switched on. Overrides the plan.

.PARAMETER Scope
    Group: mail of the group's members. Organization: mail of everybody. Overrides the plan.

.PARAMETER Recipients
    Outside: mail to others only. All: mail to colleagues too. Overrides the plan.

.PARAMETER Exclude
    Senders whose mail is not routed, beside those of the plan: addresses, "@domain", groups by address, or
    "group:address" for a Microsoft 365 group.

.PARAMETER SkipEntra
    Leave Entra ID alone. The linked domain is then added by hand, also when the plan has no part for Entra ID.

.PARAMETER SkipExchange
    Leave Exchange Online alone.

.PARAMETER SkipDomain
    Do not ask for the permission to add a domain; the linked domain is added by hand.

.PARAMETER SkipLicence
    Do not look at licences.

.PARAMETER Device
    Sign in with a code on another device.

.PARAMETER AppId
    Sign in as this application, with a certificate.

.PARAMETER CertificateThumbprint
    The certificate for -AppId, from the certificate store (Windows).

.PARAMETER CertificateFilePath
    The certificate for -AppId, from a file.

.PARAMETER CertificatePassword
    The password of that file.

.PARAMETER Organization
    For -AppId: the organization's name that ends in .onmicrosoft.com.

.PARAMETER UserPrincipalName
    The administrator who signs in, so that the window does not ask.

.PARAMETER Environment
    The national cloud.

.PARAMETER DirectoryCertificate
    Files of the certificates (without keys) with which the service signs in to read the directory.

.PARAMETER TrustedApplicationId
    Ids of applications in Entra ID that are ours although this undo file does not know them.

.PARAMETER TrustedGroup
    Groups of the plan that were there before, by address or name, that are yours although this undo file does not know
    them. Look at their owners and members first: who is in them decides whose mail is secured and who administers
    the service.

.PARAMETER PhoneClaim
    Add the claim Phone through an interface that Microsoft calls beta.

.PARAMETER Validate
    Test the connector (a mail is sent), then check everything and report each item on its own.

.PARAMETER TestRecipient
    Who gets the test mail: an address of this organization.

.PARAMETER WaitMinutes
    How long the connector's test is repeated while it fails; new connectors take up to 10 minutes.

.PARAMETER EnableRouting
    Switch the routing rule on without a test by this script.

.PARAMETER Export
    Only write what the organization has to this file, for "secudoc rules verify". Nothing is changed, and no
    transcript is written.

.PARAMETER StateDirectory
    Folder for undo file and transcripts. Keep using the same one.

.PARAMETER Force
    Do not ask.

.EXAMPLE
    ./Install-SecuDoc365.ps1 -PlanPath contoso.json -WhatIf

    Shows what would be done.

.EXAMPLE
    ./Install-SecuDoc365.ps1 -PlanPath contoso.json -Validate

    Sets everything up, tests the connector, and switches routing on when it works.

.EXAMPLE
    ./Install-SecuDoc365.ps1 -PlanPath contoso.json -Export export.json -AppId $id -CertificateFilePath app.pfx -Organization contoso.onmicrosoft.com

    Writes the export for the daily comparison, without anybody at the keyboard.

.NOTES
    Exit status: 0 done or nothing to do; 1 error of the script; 2 not begun (plan, parameters, modules, roles, licences,
    wrong organization); 3 you said no; 4 stopped half-way, run it again (domain not proven, routing still off);
    5 state folder or undo file; 6 Microsoft refused a change; 7 done, but a check failed or something is left to you.
    The codes SD1xx in messages stand in SecuDoc365/README.md.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'Plan')]
param(
    [Parameter(Mandatory, Position = 0, ParameterSetName = 'Plan')]
    [string] $PlanPath,

    [Parameter(Mandatory, ParameterSetName = 'Parameters')]
    [guid] $TenantId,
    [Parameter(Mandatory, ParameterSetName = 'Parameters')]
    [string] $LinkedDomain,
    [Parameter(Mandatory, ParameterSetName = 'Parameters')]
    [string] $SmartHost,
    [Parameter(Mandatory, ParameterSetName = 'Parameters')]
    [string] $Domain,
    [Parameter(Mandatory, ParameterSetName = 'Parameters')]
    [securestring] $TenantSecret,
    [Parameter(ParameterSetName = 'Parameters')]
    [securestring[]] $MarkToken = @(),
    [Parameter(ParameterSetName = 'Parameters')]
    [string] $SecretHeader = 'X-SecuDoc-Tenant',
    [Parameter(ParameterSetName = 'Parameters')]
    [ValidateSet('Tokens', 'Plain')]
    [string] $LoopMark = 'Tokens',
    [Parameter(ParameterSetName = 'Parameters')]
    [string] $LinkBase = '',
    [Parameter(ParameterSetName = 'Parameters')]
    [string] $FacilityAddress = '',

    [ValidateSet('OptOut', 'OptIn')]
    [string] $Mode,
    [ValidateSet('Group', 'Organization')]
    [string] $Scope,
    [ValidateSet('Outside', 'All')]
    [string] $Recipients,
    [string[]] $Exclude = @(),

    [switch] $SkipEntra,
    [switch] $SkipExchange,
    [switch] $SkipDomain,
    [switch] $SkipLicence,

    [switch] $Device,
    [string] $AppId = '',
    [string] $CertificateThumbprint = '',
    [string] $CertificateFilePath = '',
    [securestring] $CertificatePassword = $null,
    [string] $Organization = '',
    [string] $UserPrincipalName = '',
    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global',

    [string[]] $DirectoryCertificate = @(),
    [string[]] $TrustedApplicationId = @(),
    [string[]] $TrustedGroup = @(),
    [switch] $PhoneClaim,

    [switch] $Validate,
    [string] $TestRecipient = '',
    [ValidateRange(0, 120)]
    [int] $WaitMinutes = 15,
    [switch] $EnableRouting,
    [string] $Export = '',
    [string] $StateDirectory = '',
    [switch] $Force
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

. "$PSScriptRoot/SecuDoc365/Common.ps1"
. "$PSScriptRoot/SecuDoc365/Plan.ps1"
. "$PSScriptRoot/SecuDoc365/Compare.ps1"
. "$PSScriptRoot/SecuDoc365/Journal.ps1"
. "$PSScriptRoot/SecuDoc365/Validate.ps1"
. "$PSScriptRoot/SecuDoc365/Export.ps1"
. "$PSScriptRoot/SecuDoc365/Undo.ps1"
. "$PSScriptRoot/SecuDoc365/Steps.ps1"
. "$PSScriptRoot/SecuDoc365/Prerequisites.ps1"
. "$PSScriptRoot/SecuDoc365/Entra.ps1"
. "$PSScriptRoot/SecuDoc365/EntraCompare.ps1"
. "$PSScriptRoot/SecuDoc365/EntraChange.ps1"
. "$PSScriptRoot/SecuDoc365/Exchange.ps1"
. "$PSScriptRoot/SecuDoc365/Graph.ps1"

if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }

$exitCode = 0
$journal = $null
$recording = $false
$connected = $false
$linesBefore = 0
$transcript = ''
$doExchange = -not $SkipExchange
$doEntra = -not $SkipEntra -and $Export -eq ''

try {
    # ---- what is wanted
    $folder = Initialize-SecuDocStateDirectory -Path $StateDirectory
    if ($PSCmdlet.ParameterSetName -eq 'Plan') {
        $plan = Read-SecuDocPlan -Path $PlanPath
    } else {
        $values = @{
            TenantId = $TenantId; LinkedDomain = $LinkedDomain; SmartHost = $SmartHost; Domain = $Domain; TenantSecret = $TenantSecret
            MarkToken = $MarkToken; SecretHeader = $SecretHeader; LoopMark = $LoopMark; LinkBase = $LinkBase; FacilityAddress = $FacilityAddress
        }
        $plan = New-SecuDocPlan @values
    }
    $planned = Get-SecuDocTenantId -Plan $plan
    if ($Mode) { $plan = Set-SecuDocPlanMode -Plan $plan -Mode $Mode }
    if ($Scope) { $plan = Set-SecuDocPlanScope -Plan $plan -Scope $Scope }
    if ($Recipients) { $plan = Set-SecuDocPlanRecipient -Plan $plan -Recipients $Recipients }
    $plan = Set-SecuDocPlanTrust -Plan $plan -Group $TrustedGroup
    if ($null -eq (Get-SecuDocValue $plan -Name 'Entra')) { $doEntra = $false }
    if (-not $doExchange -and ($Validate -or $Export -ne '' -or -not $doEntra)) {
        throw (New-SecuDocError -Code 'SD102' -Message 'With -SkipExchange there is nothing left to do.' -Advice 'Leave it out, or leave out -Validate, -Export and -SkipEntra.')
    }
    $recipient = Get-SecuDocTestRecipient -Plan $plan -Given $TestRecipient -Needed:$Validate
    if ($Export -eq '') {
        $transcript = Start-SecuDocTranscript -StateDirectory $folder -Name 'install'
        $recording = $true
    }

    # ---- may it be done
    Assert-SecuDocModule -SkipExchange:$SkipExchange -SkipEntra:(-not $doEntra)
    $method = 'Interactive'
    if ($Device) { $method = 'Device' }
    if ($AppId -ne '') { $method = 'Certificate' }
    $connect = @{
        Method = $method; TenantId = $planned; AppId = $AppId; CertificateThumbprint = $CertificateThumbprint
        CertificateFilePath = $CertificateFilePath; CertificatePassword = $CertificatePassword; Organization = $Organization
        UserPrincipalName = $UserPrincipalName; Environment = $Environment; SkipExchange = $SkipExchange; SkipEntra = -not $doEntra
        ReadOnly = ($Export -ne '' -or $WhatIfPreference); AddDomain = ($doExchange -and -not $SkipDomain); PhoneClaim = $PhoneClaim
        LinkedDomain = [string](Get-SecuDocValue (Get-SecuDocValue $plan -Name 'Tenant') -Name 'LinkedDomain')
    }
    $connected = $true
    Connect-SecuDocTenant @connect

    Assert-SecuDocPrerequisite -Plan $plan -SkipExchange:$SkipExchange -SkipEntra:(-not $doEntra) -SkipLicence:$SkipLicence -ReadOnly:($Export -ne '')

    # ---- what is there
    $state = $null
    if ($doExchange) {
        Write-SecuDocStep 'Reading Exchange Online'
        $state = Get-SecuDocExchangeState
        $plan = Add-SecuDocExclusion -Plan $plan -Exclude $Exclude -State $state
    }

    if ($Export -ne '') {
        Save-SecuDocExport -Plan $plan -State $state -Path $Export
    } else {
        # ---- what differs
        $journal = Open-SecuDocJournal -Path (Get-SecuDocJournalPath -StateDirectory $folder -TenantId $planned) -TenantId $planned
        $linesBefore = $journal.Entries.Count
        $changes = @(Get-SecuDocExchangeDifference -Plan $plan -Journal $journal -State $state)
        $certificates = @(foreach ($file in $DirectoryCertificate) { Read-SecuDocCertificate -Path $file })
        $entraChanges = @()
        if ($doEntra) {
            $entra = Get-SecuDocEntraState -Plan $plan -Journal $journal -TrustedId $TrustedApplicationId -PhoneClaim:$PhoneClaim
            $entraChanges = @(Compare-SecuDocEntra -Plan $plan -State $entra -Certificate $certificates -PhoneClaim:$PhoneClaim)
        }
        $all = $changes + $entraChanges
        $todo = @($all | Where-Object { $_.Action -ne 'Manual' })
        $overridden = $Mode -ne '' -or $Scope -ne '' -or $Recipients -ne '' -or $Exclude.Count -gt 0
        Show-SecuDocDifference -Plan $plan -Changes $all -Overridden $overridden
        $manual = Show-SecuDocManual -Changes $all
        if ($todo.Count -gt 0) { Assert-SecuDocGroup -Plan $plan -Journal $journal -State $state }

        # ---- making it
        $connectorCheck = $null
        if ($todo.Count -eq 0) {
            Write-SecuDocNote 'Nothing to do for this script.'
        } elseif (-not $PSCmdlet.ShouldProcess("organization $planned", "make these $($todo.Count) changes") -and -not $WhatIfPreference) {
            Write-SecuDocNote 'Nothing was changed.'
            $exitCode = 3
        } else {
            $install = @{
                Plan = $plan; Journal = $journal; Changes = $changes; ThroughGraph = ($doEntra -and -not $SkipDomain); WithEntra = $doEntra
                Certificate = $certificates; TrustedId = $TrustedApplicationId; PhoneClaim = $PhoneClaim; Validate = $Validate
                EnableRouting = $EnableRouting; Force = $Force; Recipient = $recipient; WaitMinutes = $WaitMinutes
            }
            $result = Invoke-SecuDocInstall @install
            $connectorCheck = $result.Check
            if (-not $result.Enabled) { $exitCode = 4 }
        }
        if ($manual -gt 0 -and $exitCode -eq 0) { $exitCode = 7 }

        # ---- checking it; with -WhatIf what is not there yet would fail
        if ($Validate -and $exitCode -ne 3 -and -not ($WhatIfPreference -and $todo.Count -gt 0)) {
            Write-SecuDocStep 'Checks'
            $checks = @(Get-SecuDocFullCheck -Plan $plan -Journal $journal -ConnectorCheck $connectorCheck -Recipient $recipient -WaitMinutes $WaitMinutes)
            Write-SecuDocCheck -Checks $checks
            if ($exitCode -eq 0 -and (Test-SecuDocFailed -Checks $checks)) { $exitCode = 7 }
        }
    }
} catch {
    $code = Get-SecuDocErrorCode $_
    $exitCode = Get-SecuDocExitCode $code
    Write-Host (ConvertTo-SecuDocPrintable $_.Exception.Message) -ForegroundColor Red
    if ($code -eq '') { Write-SecuDocNote (ConvertTo-SecuDocPrintable $_.ScriptStackTrace) }
    if ($null -ne $journal) {
        Write-SecuDocNote "Undo file: $($journal.Path)"
        # "not begun" it is only while nothing was written down
        if ($exitCode -eq 2 -and $journal.Entries.Count -gt $linesBefore) { $exitCode = 4 }
    }
} finally {
    Close-SecuDocJournal -Journal $journal
    if ($connected) { Disconnect-SecuDocTenant -SkipExchange:$SkipExchange -SkipEntra:(-not $doEntra) }
    if ($recording) {
        Write-SecuDocNote "Transcript: $transcript"
        [void](Stop-Transcript)
    }
}
exit $exitCode
