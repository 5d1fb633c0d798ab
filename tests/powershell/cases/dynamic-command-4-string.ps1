# expect: dynamic-command 5
function Invoke-SecuDocAction {
    [CmdletBinding()]
    param([string]$Action)
    & $Action
}
Invoke-SecuDocAction -Action 'x'
# repaired 4:     param([scriptblock]$Action)
# repaired 7: Invoke-SecuDocAction -Action { Get-Module }
