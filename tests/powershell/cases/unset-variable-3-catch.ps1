# expect: unset-variable 6
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    try { $text = Get-Content -LiteralPath 'a' -Raw } catch { Write-Host 'no' }
    Write-Host $text
}
Get-SecuDocRule
# repaired 5:     try { $text = Get-Content -LiteralPath 'a' -Raw } catch { return }
