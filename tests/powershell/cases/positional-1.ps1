# expect: positional 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule 'SecuDoc Mail Integration' -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -Identity 'SecuDoc Mail Integration' -ErrorAction Stop
