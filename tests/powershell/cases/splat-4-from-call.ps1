# expect: splat 10
function Get-SecuDocTable {
    [CmdletBinding()]
    param()
    return @{ State = 'Enabled' }
}
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    $rule = Get-SecuDocTable
    Get-TransportRule @rule -ResultSize Unlimited -ErrorAction Stop
}
Get-SecuDocRule
# repaired 11:     Get-TransportRule -State $rule['State'] -ResultSize Unlimited -ErrorAction Stop
