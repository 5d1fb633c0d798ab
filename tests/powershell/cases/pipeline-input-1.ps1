# expect: pipeline-input 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    'SecuDoc In' | Get-InboundConnector -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     Get-InboundConnector -Identity 'SecuDoc In' -ErrorAction Stop
