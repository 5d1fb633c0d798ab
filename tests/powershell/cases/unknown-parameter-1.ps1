# expect: unknown-parameter 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -ResultSize Unlimited -Stat Enabled -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -ResultSize Unlimited -State Enabled -ErrorAction Stop
