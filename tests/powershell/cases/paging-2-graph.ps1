# expect: paging 6
# file: scripts/SecuDoc365/Graph.ps1
function Get-SecuDocDomain {
    [CmdletBinding()]
    param()
    Get-MgDomain -ErrorAction Stop
}
Get-SecuDocDomain
# repaired 6:     Get-MgDomain -All -ErrorAction Stop
