# expect: dead-code 2
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Write-Host 'x'
}
Write-Host 'y'
# repaired 7: Get-SecuDocRule
