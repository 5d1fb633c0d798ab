# expect: missing-parameter 6
# file: scripts/SecuDoc365/Graph.ps1
function Get-SecuDocRecord {
    [CmdletBinding()]
    param()
    Get-MgDomainVerificationDnsRecord -All -ErrorAction Stop
}
Get-SecuDocRecord
# repaired 6:     Get-MgDomainVerificationDnsRecord -DomainId 'example.net' -All -ErrorAction Stop
