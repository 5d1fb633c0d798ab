# expect: unknown-parameter 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -identity 'SecuDoc Mail Integration' -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -Identity 'SecuDoc Mail Integration' -ErrorAction Stop
