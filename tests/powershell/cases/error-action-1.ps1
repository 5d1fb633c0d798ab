# expect: error-action 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -ResultSize Unlimited
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -ResultSize Unlimited -ErrorAction Stop
