# expect: unknown-parameter 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-InboundConnector -Identity 'SecuDoc In' -ErrorAction Stop -Confirm:$false
}
Get-SecuDocRule
# repaired 5:     Get-InboundConnector -Identity 'SecuDoc In' -ErrorAction Stop -Verbose:$false
