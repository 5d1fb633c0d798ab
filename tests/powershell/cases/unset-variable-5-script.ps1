# expect: unset-variable 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Write-Host $script:Size
}
Get-SecuDocRule
# repaired 7: $script:Size = 1; Get-SecuDocRule
