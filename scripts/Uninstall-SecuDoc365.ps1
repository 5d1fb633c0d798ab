#Requires -Version 7.4
<#
.SYNOPSIS
    Undoes what Install-SecuDoc365.ps1 did in Exchange Online and Entra ID, and nothing else.

.DESCRIPTION
    Reads the undo file backwards and compares it with what the organization has now. What was created is removed when
    it is still the same object under the same name; what was changed is set back where it still has the value that was
    set. Everything that somebody else changed since is left, and said so. Shows all that first, and asks.

    The routing rule is switched off before anything else, so that no new mail is routed; then the script waits until the
    mail that is still at the service has come back, because that needs the inbound connector. Look at
    "secudoc queue list" on the server meanwhile. Connectors and the linked domain stay while any rule still sends mail
    to the service, also a rule of somebody else.

    May be run again: what is undone already is not touched.

.PARAMETER UndoPath
    The undo file; by default the only one in the state folder.

.PARAMETER StateDirectory
    The folder that was given to Install-SecuDoc365.ps1.

.PARAMETER RemoveGroups
    Remove groups that were made by the script even when there are members in them.

.PARAMETER DrainMinutes
    How long after the routing rule was switched off the connectors may be removed. Microsoft takes up to 30 minutes to
    follow a rule's change. The script offers to wait, and then asks whether the service's queue is empty; you may say no
    and run it again later: it counts from the rule's last change. 0: do not wait.

.PARAMETER SkipEntra
    Leave Entra ID as it is.

.PARAMETER SkipExchange
    Leave Exchange Online as it is. The linked domain then stays too: mail may still come back to it.

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
    The administrator who signs in.

.PARAMETER Environment
    The national cloud.

.PARAMETER Force
    Do not ask. Waits what is left of -DrainMinutes (30 minutes unless given), without looking at the service's queue;
    so does -Confirm:$false.

.EXAMPLE
    ./Uninstall-SecuDoc365.ps1 -WhatIf

    Shows what would be undone, and what would be left.

.EXAMPLE
    ./Uninstall-SecuDoc365.ps1

    Shows, asks, undoes.

.NOTES
    Exit status: 0 undone, or nothing to undo; 1 error of the script; 2 not begun (parameters, modules, wrong
    organization); 3 you said no; 4 the routing rule is off, and mail may still be on its way: run it again; 5 no undo
    file, or a damaged one; 6 Microsoft refused a change; 7 undone, but something was left: see the list.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
    [string] $UndoPath = '',
    [string] $StateDirectory = '',
    [switch] $RemoveGroups,
    [ValidateRange(0, 240)]
    [int] $DrainMinutes = 30,
    [switch] $SkipEntra,
    [switch] $SkipExchange,

    [switch] $Device,
    [string] $AppId = '',
    [string] $CertificateThumbprint = '',
    [string] $CertificateFilePath = '',
    [securestring] $CertificatePassword = $null,
    [string] $Organization = '',
    [string] $UserPrincipalName = '',
    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global',

    [switch] $Force
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

. "$PSScriptRoot/SecuDoc365/Common.ps1"
. "$PSScriptRoot/SecuDoc365/Plan.ps1"
. "$PSScriptRoot/SecuDoc365/Compare.ps1"
. "$PSScriptRoot/SecuDoc365/Journal.ps1"
. "$PSScriptRoot/SecuDoc365/Undo.ps1"
. "$PSScriptRoot/SecuDoc365/Steps.ps1"
. "$PSScriptRoot/SecuDoc365/UndoSteps.ps1"
. "$PSScriptRoot/SecuDoc365/Prerequisites.ps1"
. "$PSScriptRoot/SecuDoc365/Entra.ps1"
. "$PSScriptRoot/SecuDoc365/EntraCompare.ps1"
. "$PSScriptRoot/SecuDoc365/EntraChange.ps1"
. "$PSScriptRoot/SecuDoc365/Exchange.ps1"
. "$PSScriptRoot/SecuDoc365/Graph.ps1"

if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }
# -Confirm:$false asks nothing either
$unasked = $Force -or $ConfirmPreference -eq 'None'

$exitCode = 0
$journal = $null
$recording = $false
$connected = $false
$transcript = ''
$doExchange = $false
$doEntra = $false

try {
    # ---- what there is to undo
    $path = $UndoPath
    $folder = ''
    if ($path -eq '') {
        $folder = Initialize-SecuDocStateDirectory -Path $StateDirectory
        $path = Find-SecuDocJournal -StateDirectory $folder
    } else {
        $path = Resolve-SecuDocPath $path
        $folder = [System.IO.Path]::GetDirectoryName($path)
    }
    $tenant = Get-SecuDocJournalTenant -Path $path
    $journal = Open-SecuDocJournal -Path $path -TenantId $tenant
    $exchangeEntries = @()
    if (-not $SkipExchange) { $exchangeEntries = @(Get-SecuDocJournalEntry -Journal $journal -Area 'Exchange') }
    $entraEntries = @()
    if (-not $SkipEntra) { $entraEntries = @(Get-SecuDocJournalEntry -Journal $journal -Area 'Entra') }
    $kinds = @(foreach ($entry in $entraEntries) { [string]$entry['Kind'] })
    $undoesDomain = $kinds -contains 'Domain' -or $kinds -contains 'DomainService'
    # whether the linked domain may go is seen in Exchange Online
    $doExchange = -not $SkipExchange -and ($exchangeEntries.Count -gt 0 -or $undoesDomain)
    $doEntra = $entraEntries.Count -gt 0

    if (-not $doExchange -and -not $doEntra) {
        Write-SecuDocNote "Nothing to undo in $path."
    } else {
        $transcript = Start-SecuDocTranscript -StateDirectory $folder -Name 'uninstall'
        $recording = $true

        Assert-SecuDocModule -SkipExchange:(-not $doExchange) -SkipEntra:(-not $doEntra)
        $method = 'Interactive'
        if ($Device) { $method = 'Device' }
        if ($AppId -ne '') { $method = 'Certificate' }
        $connect = @{
            Method = $method; TenantId = $tenant; AppId = $AppId; CertificateThumbprint = $CertificateThumbprint
            CertificateFilePath = $CertificateFilePath; CertificatePassword = $CertificatePassword; Organization = $Organization
            UserPrincipalName = $UserPrincipalName; Environment = $Environment; SkipExchange = -not $doExchange; SkipEntra = -not $doEntra
            AddDomain = $undoesDomain; PhoneClaim = ($kinds -contains 'SamlClaim')
        }
        $connected = $true
        Connect-SecuDocTenant @connect

        # ---- what becomes of each
        $steps = @()
        if ($doExchange) { $steps = @(Get-SecuDocUndoPlan -Journal $journal -State (Get-SecuDocExchangeState) -RemoveGroups:$RemoveGroups) }
        Show-SecuDocUndoPlan -Steps $steps -EntraEntries $entraEntries

        $count = $steps.Count + $entraEntries.Count
        if (-not $PSCmdlet.ShouldProcess("organization $tenant", "undo these $count changes") -and -not $WhatIfPreference) {
            Write-SecuDocNote 'Nothing was changed.'
            $exitCode = 3
        } elseif ($doExchange -and -not (Stop-SecuDocRouting -Journal $journal -Steps $steps -DrainMinutes $DrainMinutes -Force:$unasked)) {
            Write-SecuDocNote 'The routing rule is off; connectors and rules are still there. Run this again when the queue is empty.'
            $exitCode = 4
        } else {
            # ---- undoing
            $outcome = [System.Collections.Generic.List[object]]::new()
            if ($doExchange) {
                Write-SecuDocStep 'Exchange Online'
                foreach ($one in @(Invoke-SecuDocExchangeUndo -Journal $journal -RemoveGroups:$RemoveGroups)) { $outcome.Add($one) }
            }
            if ($doEntra) {
                Write-SecuDocStep 'Entra ID'
                foreach ($one in @(Invoke-SecuDocEntraUndo -Journal $journal -Entries $entraEntries -SeesExchange $doExchange)) { $outcome.Add($one) }
            }
            if (-not $WhatIfPreference) {
                $left = @($outcome | Where-Object { $_.State -eq 'Left' })
                Show-SecuDocUndoResult -Left $left -Count $outcome.Count
                if ($left.Count -gt 0) { $exitCode = 7 }
            }
        }
    }
} catch {
    $code = Get-SecuDocErrorCode $_
    $exitCode = Get-SecuDocExitCode $code
    Write-Host (ConvertTo-SecuDocPrintable $_.Exception.Message) -ForegroundColor Red
    if ($code -eq '') { Write-SecuDocNote (ConvertTo-SecuDocPrintable $_.ScriptStackTrace) }
} finally {
    Close-SecuDocJournal -Journal $journal
    if ($connected) { Disconnect-SecuDocTenant -SkipExchange:(-not $doExchange) -SkipEntra:(-not $doEntra) }
    if ($recording) {
        Write-SecuDocNote "Transcript: $transcript"
        [void](Stop-Transcript)
    }
}
exit $exitCode
