# expect: place 5
function Get-SecuDocDomain {
    [CmdletBinding()]
    param()
    Get-MgDomain -All -ErrorAction Stop
}
Get-SecuDocDomain
# repaired 5:     Get-AcceptedDomain -ResultSize Unlimited -ErrorAction Stop
