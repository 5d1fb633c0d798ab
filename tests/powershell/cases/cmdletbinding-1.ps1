# expect: cmdletbinding 2
function Get-SecuDocRule {
    param()
    Write-Host 'x'
}
Get-SecuDocRule
# repaired 3:     [CmdletBinding()] param()
