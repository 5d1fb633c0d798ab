# expect: unset-variable 6
# expect: unused-variable 8
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Write-Host $size
}
$size = 1
Get-SecuDocRule
# repaired 6:     Write-Host $script:size
# repaired 8: $script:size = 1
