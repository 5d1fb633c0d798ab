# file: scripts/SecuDoc365/Graph.ps1
function Connect-SecuDocGraph {
    [CmdletBinding()]
    param([string]$ClientId = '', [string]$Thumbprint = '', [string]$TenantId = '')
    if ($ClientId -ne '') {
        $login = @{ ClientId = $ClientId; CertificateThumbprint = $Thumbprint; TenantId = $TenantId }
    }
    else {
        $login = @{ Scopes = @('Domain.Read.All', 'Application.ReadWrite.All'); UseDeviceCode = $true }
    }
    Connect-MgGraph @login -NoWelcome -ContextScope Process -ErrorAction Stop
    Disconnect-MgGraph | Out-Null
}
Connect-SecuDocGraph
