# expect: paging 5
function Get-SecuDocGroup {
    [CmdletBinding()]
    param()
    Get-DistributionGroup -ErrorAction Stop
}
Get-SecuDocGroup
# repaired 5:     Get-DistributionGroup -ResultSize Unlimited -ErrorAction Stop
