# expect: wrong-value 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -ResultSize Unlimited -ErrorAction Silent
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -ResultSize Unlimited -ErrorAction SilentlyContinue
