# expect: outside-of-loop 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param([switch]$None)
    if ($None) { break }
    Write-Host 'x'
}
Get-SecuDocRule -None
# repaired 5:     if ($None) { return }
