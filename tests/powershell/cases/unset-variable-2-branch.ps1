# expect: unset-variable 6
function Get-SecuDocRule {
    [CmdletBinding()]
    param([switch]$All)
    if ($All) { $size = 'all' }
    Write-Host $size
}
Get-SecuDocRule -All
# repaired 5:     if ($All) { $size = 'all' } else { $size = 'few' }
