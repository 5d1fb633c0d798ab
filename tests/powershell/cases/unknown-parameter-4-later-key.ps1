# expect: unknown-parameter 6
# expect: unknown-parameter 7
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    $rule = @{ Identity = 'SecuDoc Mail Integration' }; $rule.Stat = 'Enabled'
    $rule['Dlp'] = 'x'
    $rule += @{ ErrorAction = 'Stop' }
    Get-TransportRule @rule
}
Get-SecuDocRule
# repaired 6:     $rule = @{ Identity = 'SecuDoc Mail Integration' }; $rule.State = 'Enabled'
# repaired 7:     $rule['Filter'] = 'x'
