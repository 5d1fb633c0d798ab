# expect: splat 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param([string]$Identity)
    Get-TransportRule @PSBoundParameters -ErrorAction Stop
}
Get-SecuDocRule -Identity 'x'
# repaired 5:     Get-TransportRule -Identity $Identity -ErrorAction Stop
