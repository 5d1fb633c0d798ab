# expect: splat 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param([hashtable]$Rule)
    Get-TransportRule @Rule -ResultSize Unlimited -ErrorAction Stop
}
Get-SecuDocRule -Rule @{ State = 'Enabled' }
# repaired 5:     Get-TransportRule -State $Rule['State'] -ResultSize Unlimited -ErrorAction Stop
