# expect: wrong-value 6
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    $state = 'On'
    Get-TransportRule -ResultSize Unlimited -State $state -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     $state = 'Enabled'
