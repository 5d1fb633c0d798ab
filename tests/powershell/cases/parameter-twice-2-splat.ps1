# expect: parameter-twice 6
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    $rule = @{ Identity = 'a'; ErrorAction = 'Stop' }
    Get-TransportRule @rule -Identity 'b'
}
Get-SecuDocRule
# repaired 5:     $rule = @{ ErrorAction = 'Stop' }
