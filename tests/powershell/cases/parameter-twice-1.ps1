# expect: parameter-twice 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -Identity 'a' -Identity 'b' -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -Identity 'b' -ErrorAction Stop
