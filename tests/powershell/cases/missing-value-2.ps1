# expect: missing-value 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -ErrorAction -ResultSize Unlimited
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -ErrorAction Stop -ResultSize Unlimited
