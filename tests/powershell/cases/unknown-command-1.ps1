# expect: unknown-command 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRules -ResultSize Unlimited -ErrorAction Stop
}
Get-SecuDocRule
# repaired 5:     Get-TransportRule -ResultSize Unlimited -ErrorAction Stop
