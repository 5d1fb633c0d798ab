# expect: duplicate-key 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    $rule = @{ State = 'Enabled'; 'State' = 'Disabled' }
    Get-TransportRule @rule -ResultSize Unlimited -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     $rule = @{ State = 'Enabled' }
