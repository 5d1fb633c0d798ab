# expect: splat 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param([string]$Key)
    $rule = @{ State = 'Enabled' }; $rule[$Key] = 'x'
    Get-TransportRule @rule -ResultSize Unlimited -ErrorAction Stop
}
Get-SecuDocRule -Key 'State'
# repaired 5:     $rule = @{ State = 'Enabled' }; $rule['Filter'] = $Key
