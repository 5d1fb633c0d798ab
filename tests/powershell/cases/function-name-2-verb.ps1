# expect: function-name 2
function Create-SecuDocRule {
    [CmdletBinding()]
    param()
    Write-Host 'x'
}
Create-SecuDocRule
# repaired 2: function New-SecuDocRule {
# repaired 7: New-SecuDocRule
