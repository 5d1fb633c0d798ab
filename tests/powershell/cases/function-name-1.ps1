# expect: function-name 2
function Get-Rule {
    [CmdletBinding()]
    param()
    Write-Host 'x'
}
Get-Rule
# repaired 2: function Get-SecuDocRule {
# repaired 7: Get-SecuDocRule
