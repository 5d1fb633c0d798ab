# expect: parameter-set 6
# file: scripts/SecuDoc365/Graph.ps1
function Get-SecuDocDomain {
    [CmdletBinding()]
    param()
    Get-MgDomain -DomainId 'example.net' -Filter 'isVerified eq true' -ErrorAction Stop
}
Get-SecuDocDomain
# repaired 6:     Get-MgDomain -All -Filter 'isVerified eq true' -ErrorAction Stop
