# expect: unused-variable 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    $table = @{}
    $table['a'] = 1
    Write-Host 'x'
}
Get-SecuDocRule
# repaired 7:     Write-Host $table.Count
