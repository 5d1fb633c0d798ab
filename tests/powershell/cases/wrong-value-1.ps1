# expect: wrong-value 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -ResultSize Unlimited -State Enable -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -ResultSize Unlimited -State Enabled -ErrorAction Stop
